"""Parameters of papermill, written as Go.

Papermill asks a translator by language. It has no entry point for translators, but it
imports every engine that is installed when it starts; importing this module is what
registers the translator.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

# One declaration of a cell tagged "parameters": name := value or var name type = value.
DECLARED = re.compile(r"^\s*(?:var\s+)?(?P<name>[^\W\d]\w*)\s*(?P<type>[\w.\[\]*]*)\s*:?=\s*(?P<value>.*?)\s*(?://\s*(?P<help>.*))?$")
COMPOSITE = re.compile(r"^(\[\]|map\[\w+\])[\w.\[\]]+(?=\{)")


class Engine(NBClientEngine):
    """The ordinary engine."""


class GoTranslator(Translator):
    """Values as Go literals, parameters as a cell.

    A parameter that the tagged cell declares is assigned, so that it keeps its type: 3
    for a float64 stays a float64, and functions that use it see the new value. Others
    are declared.
    """

    # What inspect found last, name → type of a composite literal or "". Papermill inspects
    # a notebook immediately before it writes its parameters and tells codify nothing of it.
    declared: dict[str, str] = {}

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val, ensure_ascii=False)

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_none(cls, val):
        return "any(nil)"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "math.NaN()"
        if math.isinf(val):
            return f"math.Inf({'+' if val > 0 else '-'}1)"
        return repr(val)

    @classmethod
    def element(cls, values):
        """The Go type that holds all values."""
        kinds = {type(v) for v in values}
        for names, go in (({bool}, "bool"), ({str}, "string"), ({int}, "int"), ({int, float}, "float64")):
            if kinds and kinds <= names:
                return go
        return "any"

    @classmethod
    def translate_list(cls, val, of=""):
        return f"{of or '[]' + cls.element(val)}{{{', '.join(map(cls.translate, val))}}}"

    translate_tuple = translate_list

    @classmethod
    def translate_dict(cls, val, of=""):
        pairs = ", ".join(f"{cls.translate_str(str(k))}: {cls.translate(v)}" for k, v in val.items())
        return f"{of or 'map[string]' + cls.element(val.values())}{{{pairs}}}"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"{name} {'=' if name in cls.declared else ':='} {str_val}"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [cls.comment(comment)]
        for name, value in parameters.items():
            of = cls.declared.get(name, "")
            if isinstance(value, (list, tuple)):
                text = cls.translate_list(value, of)
            elif isinstance(value, dict):
                text = cls.translate_dict(value, of)
            else:
                text = cls.translate(value)
            lines.append(cls.assign(name, text))
        cls.declared = {}
        return "\n".join(lines) + "\n"

    @classmethod
    def inspect(cls, parameters_cell):
        found, cls.declared = [], {}
        for line in parameters_cell["source"].splitlines():
            m = DECLARED.match(line)
            if m is None or line.lstrip().startswith("//"):
                continue
            literal = COMPOSITE.match(m["value"])
            of = literal.group() if literal else ""
            cls.declared[m["name"]] = of
            found.append(Parameter(name=m["name"], inferred_type_name=m["type"] or of or "None", default=m["value"], help=m["help"] or ""))
        return found


papermill_translators.register("go", GoTranslator)
