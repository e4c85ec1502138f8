"""Dependencies of cells: fetched, local, changed, pinned."""

import json
import subprocess

import pytest
import standins

FETCHED = {
    "example.com/fetched@v1.0.0": {"go.mod": "module example.com/fetched\n\ngo 1.24\n", "f.go": 'package fetched\n\nconst Version = "one"\n\ntype T struct{ N int }\n'},
    "example.com/fetched@v1.1.0": {"go.mod": "module example.com/fetched\n\ngo 1.24\n", "f.go": 'package fetched\n\nconst Version = "two"\n\ntype T struct{ N int }\n'},
}


@pytest.fixture
def fetching(tmp_path_factory, start, tmp_path):
    """A kernel that fetches from a proxy of files, into a module cache of its own for what is new."""
    root = tmp_path_factory.mktemp("proxy")
    url = standins.proxy(root, FETCHED)
    mods = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    env = {"GOPROXY": f"{url},file://{mods}/cache/download", "GONOSUMDB": "example.com/*", "GOFLAGS": "-modcacherw"}
    return start(cwd=tmp_path, env=env)


def test_missing_modules_are_fetched_with_progress(fetching):
    k = fetching
    ran = k.ok('import "example.com/fetched"\nfetched.Version')
    assert ran.value == "two" and "go get example.com/fetched" in ran.stream("stderr") and "added example.com/fetched v1.1.0" in ran.stream("stderr")
    assert "example.com/fetched v1.1.0" in k.ok("!*cat go.mod").stream()


def test_versions_stand_side_by_side(fetching):
    k = fetching
    k.ok("%get example.com/fetched@v1.0.0")
    k.ok('import "example.com/fetched"\nold := fetched.T{7}\nfunc version() string { return fetched.Version }')
    assert k.ok("version()").value == "one"
    k.ok("%get example.com/fetched@v1.1.0")
    assert k.ok("fetched.Version").value == "two"
    assert k.ok("old.N").value == "7", "values of the first version live on"


def test_without_autoget_nothing_is_fetched(fetching):
    k = fetching
    k.ok("%noautoget")
    ran = k.run('import "example.com/fetched"')
    assert ran.status == "error" and "%get example.com/fetched" in ran.trace
    k.ok("%autoget")
    assert k.ok('import "example.com/fetched"\nfetched.Version').value == "two"


def test_what_cannot_be_fetched_is_named(fetching):
    ran = fetching.run('import "example.com/absent/thing"')
    assert ran.status == "error" and "example.com/absent/thing" in ran.trace
    assert fetching.ok("1 + 1").value == "2"


def test_a_changed_local_package_is_picked_up(start, tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/mine\n\ngo 1.24\n")
    (tmp_path / "calc").mkdir()
    source = tmp_path / "calc" / "calc.go"
    source.write_text("package calc\n\nfunc F(n int) int { return n + 1 }\n")
    k = start(cwd=tmp_path)
    k.ok('import "example.com/mine/calc"\nkept := calc.F(1)')
    source.write_text("package calc\n\nfunc F(n int) int { return n * 100 }\n\nfunc G() string { return \"new\" }\n")
    assert k.ok("calc.F(kept)").value == "200" and k.ok("calc.G()").value == "new"
    source.write_text("package calc\n\nfunc F(n int) int { return missing }\n")
    ran = k.run("calc.F(1)")
    assert ran.status == "error" and "undefined: missing" in ran.trace
    source.write_text("package calc\n\nfunc F(n int) int { return -n }\n")
    assert k.ok("calc.F(kept)").value == "-2"


def test_modules_by_replace_and_go_work(start, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "go.mod").write_text("module example.com/other\n\ngo 1.24\n")
    (other / "o.go").write_text("package other\n\nconst Name = \"by replace\"\n")
    notebook = tmp_path / "nb"
    notebook.mkdir()
    k = start(cwd=notebook)
    k.ok(f"!*go mod edit -replace example.com/other={other}")
    assert k.ok('import "example.com/other"\nother.Name').value == "by replace"
    k = start(cwd=notebook)
    k.ok(f"!*rm -f go.work && go work init && go work use . {other}")
    fixed = k.ok("%goworkfix").stream()
    assert fixed == f'\t- Added replace rule for module "example.com/other" to local directory "{other}".\n'
    assert str(other) in k.ok("%track").of("display_data")[0]["data"]["text/html"]
    (other / "o.go").write_text("package other\n\nconst Name = \"by go.work\"\n")
    assert k.ok('import "example.com/other"\nother.Name').value == "by go.work"


def test_a_broken_go_mod_is_explained(start, tmp_path):
    k = start(cwd=tmp_path)
    k.ok("!*echo 'modul x' > go.mod")
    assert k.ok("1 + 1").value == "2"
    ran = k.run('import "example.com/any"')
    assert ran.status == "error" and "go.mod" in ran.trace and "%reset go.mod" in ran.trace
    k.ok("%reset go.mod")
    assert k.ok('import "net/http"\nhttp.StatusTeapot').value == "418"


def test_pin_goes_into_the_notebook_and_comes_back(binary, kernels, tmp_path, tmp_path_factory):
    url = standins.proxy(tmp_path_factory.mktemp("proxy"), FETCHED)
    mods = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    import os

    env = dict(os.environ, GOPROXY=f"{url},file://{mods}/cache/download", GONOSUMDB="example.com/*", GOFLAGS="-modcacherw")
    cells = ["%get example.com/fetched@v1.0.0", "%pin", 'import "example.com/fetched"\nfetched.Version']
    file = tmp_path / "pinned.ipynb"
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": c} for i, c in enumerate(cells)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    done = subprocess.run([binary, "run", file], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    saved = json.loads(file.read_text())
    module = saved["metadata"]["spikebook"]["module"]
    assert "example.com/fetched v1.0.0" in module["go.mod"] and "spikebook/spikebook" not in module["go.mod"]
    # The cells that fetched and pinned are gone; the versions stay.
    saved["cells"] = saved["cells"][2:]
    file.write_text(json.dumps(saved))
    done = subprocess.run([binary, "run", file], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    outputs = json.loads(file.read_text())["cells"][0]["outputs"]
    assert "".join(outputs[-1]["data"]["text/plain"]) == "one"
