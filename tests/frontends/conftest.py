"""Other programs that drive the kernel `spikebook` of this Python: `make test-python` installs it there."""

import nbformat
import pytest


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """History and settings of whoever runs the tests stay as they are."""
    monkeypatch.setenv("SPIKEBOOK_HISTORY", str(tmp_path / "history.jsonl"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


@pytest.fixture
def notebook():
    """notebook("x := 1", …) is a notebook of these cells; a pair is a cell and its tags, "# …" is text."""

    def make(*cells):
        nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "spikebook", "display_name": "Go (Spikebook)", "language": "go"}})
        for source in cells:
            source, tags = source if isinstance(source, tuple) else (source, [])
            new = nbformat.v4.new_markdown_cell if source.startswith("# ") else nbformat.v4.new_code_cell
            nb.cells.append(new(source, metadata={"tags": tags} if tags else {}))
        return nb

    return make
