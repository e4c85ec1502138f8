"""Programs that work on notebooks: nbclient, nbconvert, papermill, jupytext, nbdime."""

import json
import os
import pathlib
import subprocess
import sys

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SQUARES = 'import "strings"\nfunc square(v float64) float64 { return gain * v * v }'
SHOW = 'fmt.Println(strings.Repeat("=", 3), square(3))\nsquare(2)'


def outputs(nb):
    return [o for c in nb.cells if c.cell_type == "code" for o in c.outputs]


def test_nbclient(notebook):
    from nbclient import NotebookClient

    nb = notebook("# Squares", "gain := 0.5", SQUARES, SHOW,
                  ("var list []int\nlist[3]", ["raises-exception"]), 'fmt.Println("on")\nfor {\n}', "gain")
    endless = nb.cells[5]
    NotebookClient(nb, timeout_func=lambda c: 2 if c is endless else 60, interrupt_on_timeout=True, allow_errors=True).execute()
    printed, value, panic, on, interrupted, gain = outputs(nb)
    assert printed.text == "=== 4.5\n" and value.data["text/plain"] == "2" and value.execution_count == 3
    assert "index out of range" in panic.evalue and "Cell [4]: Line 2" in "\n".join(panic.traceback)
    assert on.text == "on\n" and interrupted.ename == "Interrupted"
    assert gain.data["text/plain"] == "0.5", "the interrupt cost no variable"
    nbformat.validate(nb)


def test_nbclient_stops_at_an_error(notebook):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    with pytest.raises(CellExecutionError, match="undefined: nothing"):
        NotebookClient(notebook("1", "nothing + 1", "2"), timeout=60).execute()


def test_nbconvert(notebook, tmp_path):
    """The command: execute and HTML in one, then the script of the executed notebook."""
    file = tmp_path / "squares.ipynb"
    nbformat.write(notebook("# Squares", "gain := 0.5", SQUARES, SHOW, "%vars", "gain = 2\nunused := square(1)"), file)

    def convert(*args):
        done = subprocess.run([sys.executable, "-m", "nbconvert", *args], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    convert("--to", "notebook", "--execute", "--inplace", "squares.ipynb")
    nb = nbformat.read(file, 4)
    assert nb.metadata.language_info.name == "go" and nb.metadata.language_info.file_extension == ".go"
    convert("--to", "html", "squares.ipynb")
    page = (tmp_path / "squares.html").read_text()
    assert "=== 4.5" in page and 'class="kd">func' in page, "output is there and Go is coloured"

    convert("--to", "script", "squares.ipynb")
    script = tmp_path / "squares.go"
    text = script.read_text()
    assert "func main() {" in text and "%vars" not in text
    assert subprocess.run(["gofmt", "-l", script], capture_output=True, text=True, check=True).stdout == "", text
    env = dict(os.environ, GO111MODULE="off", GOFLAGS="")
    vet = subprocess.run(["go", "vet", script], env=env, capture_output=True, text=True)
    assert vet.returncode == 0, vet.stderr + text
    ran = subprocess.run(["go", "run", script], env=env, capture_output=True, text=True)
    assert ran.stdout == "=== 4.5\n2\n", ran.stdout + ran.stderr + text


def test_script_of_a_notebook_that_does_not_compile(notebook, tmp_path):
    from nbconvert import ScriptExporter

    nb = notebook("1", "x := nothing")
    nb.metadata["language_info"] = {"name": "go", "file_extension": ".go"}
    with pytest.raises(RuntimeError, match="code cell 2.*\n?.*undefined: nothing"):
        ScriptExporter().from_notebook_node(nb, {"metadata": {"path": str(tmp_path)}})


def test_papermill(notebook, tmp_path):
    import papermill

    nbformat.write(notebook(
        ("gain := 0.5 // of the amplifier\nname := \"a\"\nvar steps int = 3\nweights := []float64{1}\nverbose := true", ["parameters"]),
        "func scaled() float64 { return gain * weights[0] * float64(steps) }",
        'fmt.Printf("%T %v %q %v %v %v\\n", gain, scaled(), name, weights, verbose, extra)'), tmp_path / "in.ipynb")
    known = papermill.inspect_notebook(str(tmp_path / "in.ipynb"))
    assert list(known) == ["gain", "name", "steps", "weights", "verbose"]
    assert known["gain"]["default"] == "0.5" and known["gain"]["help"] == "of the amplifier" and known["steps"]["inferred_type_name"] == "int"

    # 4 stays a float64 and [2, 3] []float64, since the notebook declares them so; extra is new.
    nb = papermill.execute_notebook(str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), progress_bar=False, parameters={
        "gain": 4, "name": 'two\n"words" µ', "weights": [2, 3], "verbose": False, "extra": {"b": [1, 2.5], "a": None}})
    assert nb.cells[1].metadata.tags == ["injected-parameters"]
    assert "".join(o.get("text", "") for o in outputs(nb)) == \
        'float64 24 "two\\n\\"words\\" µ" [2 3] false map[a:<nil> b:[1 2.5]]\n', nb.cells[1].source


def test_papermill_names_the_cell_that_failed(notebook, tmp_path):
    import papermill

    nbformat.write(notebook("1", "var list []int", "list[3]", "2"), tmp_path / "in.ipynb")
    with pytest.raises(papermill.PapermillExecutionError, match="index out of range"):
        papermill.execute_notebook(str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), progress_bar=False)
    done = nbformat.read(tmp_path / "out.ipynb", 4)
    assert done.cells[-1].execution_count is None and not done.cells[-1].outputs


@pytest.mark.parametrize("form", ["go:percent", "md", "go:light"])
def test_jupytext_round_trip(notebook, form):
    """Text and back gives the cells, special lines and tags included."""
    import jupytext

    nb = notebook("# Squares", ("gain := 0.5", ["parameters"]), SQUARES, "%vars\n" + SHOW, "!ls", "%%bash\necho hello", "s := `\n# text\n// %x\n`")
    text = jupytext.writes(nb, fmt=form)
    back = jupytext.reads(text, fmt=form)
    was, now = ([(c.cell_type, c.source, c.metadata.get("tags", [])) for c in n.cells] for n in (nb, back))
    assert now == was, text
    assert back.metadata.kernelspec.name == "spikebook"


def test_nbdime(notebook, tmp_path):
    """A changed function and its output show as such; two people's changes merge."""
    import nbdime

    base = notebook("gain := 0.5", SQUARES, SHOW)
    base.cells[2].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=3)]
    mine, theirs = (nbformat.from_dict(json.loads(json.dumps(base))) for _ in range(2))
    mine.cells[0].source = "gain := 0.25"
    mine.cells[2].outputs[0].data["text/plain"] = "1"
    theirs.cells[1].source = SQUARES.replace("v * v", "v * v * v")
    for name, nb in (("base", base), ("mine", mine)):
        nbformat.write(nb, tmp_path / f"{name}.ipynb")
    shown = subprocess.run([sys.executable, "-m", "nbdime", "diff", "--no-color", "base.ipynb", "mine.ipynb"], cwd=tmp_path,
                           capture_output=True, text=True, timeout=120)
    assert "-  gain := 0.5" in shown.stdout and "+  gain := 0.25" in shown.stdout, shown.stdout + shown.stderr
    merged, decisions = nbdime.merge_notebooks(base, mine, theirs)
    assert not any(d.conflict for d in decisions)
    assert [c.source for c in merged.cells] == [mine.cells[0].source, theirs.cells[1].source, SHOW]
