"""Every notebook, run by `spikebook run`, shows what its committed copy shows."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Durations differ from run to run, also in their unit ("58 s", "1 min 02 s"), and so do rates.
TIMING = re.compile(r"[\d.,]+\s?(?:ns|µs|ms|s|min|h)\b(?: [\d.,]+\s?(?:ms|s|min)\b)*|[\d.,]+\s?×")

# Notebooks that take minutes have a switch for a class. With it the cells from the marked one on show other numbers, and
# the last one named must show a number within bounds.
SMALLER = {"mushroom_body": {"switch": ("const classroom = false", "const classroom = true"), "from": "const classroom",
                             "same until": "func teach(", "number": (r"([\d.]+) % of \d+ images right", 65, 85)}}


def shown(cell):
    """What a cell shows, without pixels and durations."""
    lines = []
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "stream":
            lines.append((output["name"], TIMING.sub("_", "".join(output["text"]))))
        elif kind == "error":
            lines.append((kind, output["ename"], output["evalue"]))
        else:
            text = TIMING.sub("_", "".join(output["data"].get("text/plain", "")))
            lines.append((kind, sorted(output["data"]), text, json.dumps(output["metadata"], sort_keys=True)))
    return lines


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_as_committed(notebook, tmp_path):
    copy = tmp_path / notebook.name
    smaller = SMALLER.get(notebook.stem)
    text = notebook.read_text()
    if smaller:
        assert smaller["switch"][0] in text
        text = text.replace(*smaller["switch"])
    copy.write_text(text)
    command = os.environ.get("SPIKEBOOK", str(ROOT / "bin" / "spikebook"))
    run = subprocess.run([command, "run", "--html", "--out", str(tmp_path / "out"), str(copy)],
                         capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr
    committed = json.loads(notebook.read_text())["cells"]
    executed = json.loads((tmp_path / "out" / notebook.name).read_text())["cells"]
    assert len(committed) == len(executed)
    same = True
    for number, (was, now) in enumerate(zip(committed, executed), 1):
        if was["cell_type"] == "code":
            assert was["execution_count"], f"cell {number} is committed without having run"
            source = "".join(was["source"])
            same = same and not (smaller and smaller["same until"] in source)
            if same and not (smaller and smaller["from"] in source):
                assert shown(now) == shown(was), f"cell {number}"
            else:
                assert [o["output_type"] for o in now["outputs"]] == [o["output_type"] for o in was["outputs"]], f"cell {number}"
    if smaller:
        pattern, low, high = smaller["number"]
        for cells in executed, committed:
            found = re.search(pattern, json.dumps(cells))
            assert found and low <= float(found[1]) <= high, found
    page = (tmp_path / "out" / (notebook.stem + ".html")).read_text()
    assert "<img" in page and "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page.split("</head>")[0]), "the page is not self-contained"


def test_a_file_that_is_no_notebook(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{ not json")
    command = os.environ.get("SPIKEBOOK", str(ROOT / "bin" / "spikebook"))
    run = subprocess.run([command, "run", "--out", str(tmp_path / "out"), str(broken)], capture_output=True, text=True, timeout=300)
    assert run.returncode != 0
    assert "broken.ipynb" in run.stderr and "JSON" in run.stderr, run.stderr
    assert not (tmp_path / "out" / "broken.ipynb").exists()
