"""The command line: doctor, run, install and what they say when something is missing."""

import json
import os
import shutil
import subprocess

import pytest


def call(binary, *args, **kwargs):
    return subprocess.run([binary, *args], capture_output=True, text=True, timeout=300, **kwargs)


def notebook(path, *cells):
    path.write_text(json.dumps({
        "cells": [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": c} for i, c in enumerate(cells)],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_doctor_runs_a_cell(binary, kernels):
    done = call(binary, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       cell" in done.stdout and "missing" not in done.stdout


@pytest.mark.parametrize("lacks, says", [("gcc", "C compiler"), ("cache", "cache folder")])
def test_doctor_names_what_is_missing(binary, tmp_path, lacks, says):
    env = dict(os.environ)
    if lacks == "gcc":
        os.symlink(shutil.which("go"), tmp_path / "go")
        env.update(PATH=str(tmp_path), CC="")
    else:
        (tmp_path / "file").touch()
        env["SPIKEBOOK_CACHE"] = str(tmp_path / "file")
    done = call(binary, "doctor", env=env)
    assert done.returncode == 1
    missing = [line for line in done.stdout.splitlines() if line.startswith("missing")]
    assert len(missing) == 1 and says in missing[0] and ("install" in missing[0] or "set SPIKEBOOK_CACHE" in missing[0]), done.stdout


def test_a_kernel_without_a_compiler_says_so(start, tmp_path):
    os.symlink(shutil.which("go"), tmp_path / "go")
    k = start(env={"PATH": str(tmp_path), "CC": ""})
    ran = k.run("1 + 1")
    assert ran.status == "error" and "C compiler" in ran.trace and "install" in ran.trace, ran.trace
    assert k.run("1 + 1").kinds == ["busy", "execute_input", "error", "idle"]


def test_run_saves_the_state_of_widgets(binary, kernels, tmp_path):
    file = notebook(tmp_path / "widgets.ipynb", "gain := widget.Slider(0.0, 5).Set(1.5)\ngain", "gain.Set(2.5);")
    done = call(binary, "run", file)
    assert done.returncode == 0, done.stderr
    nb = json.loads(file.read_text())
    shown = nb["cells"][0]["outputs"][-1]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    saved = nb["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
    assert (saved["version_major"], saved["version_minor"]) == (2, 0)
    model = saved["state"][shown]
    assert model["model_name"] == "FloatSliderModel" and model["model_module"] == "@jupyter-widgets/controls" and model["model_module_version"]
    assert model["state"]["value"] == 2.5 and model["state"]["max"] == 5
    for reference in (v for m in saved["state"].values() for v in m["state"].values() if isinstance(v, str) and v.startswith("IPY_MODEL_")):
        assert reference.removeprefix("IPY_MODEL_") in saved["state"]


def test_run_executes_and_stops_at_the_first_error(binary, kernels, tmp_path):
    good = notebook(tmp_path / "good.ipynb", "x := 20", "fmt.Println(x)\nx + 1")
    bad = notebook(tmp_path / "bad.ipynb", "y := 1", "y + nothing", "y = 2")
    done = call(binary, "run", "--html", "--out", tmp_path / "out", bad, good)
    assert done.returncode == 1 and "bad.ipynb: cell 2" in done.stderr, done.stderr
    cells = json.loads((tmp_path / "out" / "good.ipynb").read_text())["cells"]
    kinds = [o["output_type"] for o in cells[1]["outputs"]]
    assert kinds == ["stream", "execute_result"] and cells[1]["execution_count"] == 2
    assert "".join(cells[1]["outputs"][1]["data"]["text/plain"]) == "21"
    cells = json.loads((tmp_path / "out" / "bad.ipynb").read_text())["cells"]
    assert [o["output_type"] for o in cells[1]["outputs"]] == ["error"] and cells[2]["outputs"] == []
    assert "<html" in (tmp_path / "out" / "good.html").read_text()
    assert json.loads(good.read_text())["cells"][1]["outputs"] == [], "with --out the notebook itself stays as it is"


def test_run_ends_a_cell_that_takes_too_long(binary, kernels, tmp_path):
    endless = notebook(tmp_path / "endless.ipynb", "for { }")
    done = call(binary, "run", "--timeout", "2s", "--out", tmp_path / "out", endless)
    assert done.returncode == 1 and "endless.ipynb: cell 1" in done.stderr, done.stderr


def test_run_of_something_else(binary, kernels, tmp_path):
    text = tmp_path / "text.ipynb"
    text.write_text("hello")
    done = call(binary, "run", text)
    assert done.returncode == 1 and "not JSON" in done.stderr and "panic" not in done.stderr
    done = call(binary, "run", tmp_path / "absent.ipynb")
    assert done.returncode == 1 and "absent.ipynb" in done.stderr


def test_bad_connection_file(binary, tmp_path):
    file = tmp_path / "c.json"
    for text, says in [("{", "not JSON"), ('{"transport":"udp","ip":"127.0.0.1","key":"k","signature_scheme":"hmac-md5"}', "hmac-md5")]:
        file.write_text(text)
        done = call(binary, "kernel", "--connection-file", file)
        assert done.returncode == 1 and says in done.stderr and done.stdout == "", done.stderr
