"""JupyterLab in headless Chromium: open a tutorial, Run All, look at what a person sees."""

import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
BROWSER = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
# Without these flags the browser looks for its maker's hosts at every start.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium: install it with `apt install chromium`")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab server on copies of the notebooks; yields its address and folder."""
    folder = tmp_path_factory.mktemp("lab")
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(notebook, folder)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    token = secrets.token_hex(8)
    env = dict(os.environ, JUPYTER_CONFIG_DIR=str(folder / ".config"), JUPYTERLAB_SETTINGS_DIR=str(folder / ".settings"),
               JUPYTERLAB_WORKSPACES_DIR=str(folder / ".workspaces"), SPIKEBOOK_FIGURES=str(folder), SPIKEBOOK_HISTORY=str(folder / ".history"))
    log = open(folder / "server.log", "w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.ip=127.0.0.1",
         f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"],
        stdout=log, stderr=subprocess.STDOUT, env=env)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2)
            break
        except OSError:
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.5)
    else:
        pytest.fail("JupyterLab did not start:\n" + (folder / "server.log").read_text())
    yield address, token, folder
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")  # Playwright bears one of its loops at a time
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield chromium
        chromium.close()


def run_all(lab, browser, name, seconds):
    """Opens a notebook, clears it, runs all cells, saves it; returns the saved cells and the page."""
    address, token, folder = lab
    page = browser.new_page(viewport={"width": 1280, "height": 1800})
    page.goto(f"{address}/lab/tree/{name}?token={token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=/Go.*\\| Idle/", timeout=60_000)
    page.click(".lm-MenuBar-item:has-text('Run')")
    page.click(".lm-Menu-item:has-text('Run All Cells') >> nth=0")
    cells = len([c for c in json.loads((NOTEBOOKS / name).read_text())["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()])
    deadline = time.time() + seconds
    time.sleep(1)
    while time.time() < deadline:
        status = page.locator("text=/Go.*\\| Idle/").count()
        if status:
            page.keyboard.press("Control+s")
            time.sleep(1)
            saved = json.loads((folder / name).read_text())
            counts = [c.get("execution_count") for c in saved["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()]
            # A fresh kernel counts the cells in order.
            if counts == list(range(1, cells + 1)) and page.locator("text=/Go.*\\| Idle/").count():
                return saved["cells"], page
        time.sleep(1)
    page.screenshot(path=str(folder / f"{name}.failed.png"))
    pytest.fail(f"{name}: not done after {seconds} s; see {folder}/{name}.failed.png and server.log")


def outputs(cells):
    return [o for c in cells if c["cell_type"] == "code" for o in c["outputs"]]


def test_bar_learning_run_all(lab, browser):
    folder = lab[2]
    cells, page = run_all(lab, browser, "bar_learning.ipynb", 180)
    errors = [o for o in outputs(cells) if o["output_type"] == "error"]
    assert not errors, "\n".join("\n".join(e["traceback"]) for e in errors)
    pictures = [o for o in outputs(cells) if any(k.startswith("image/png") for k in o.get("data", {}))]
    assert len(pictures) >= 3, "the tutorial shows the first trial, the fields after learning and the film"
    # The page really shows them: every image has loaded and has an extent.
    # (Lab takes cells far off the screen out of the page, so go through it.)
    shown = players = 0
    for cell in page.locator(".jp-CodeCell").all():
        cell.scroll_into_view_if_needed()
        for image in cell.locator(".jp-OutputArea img").all():
            width = image.evaluate("i => i.complete && i.naturalWidth && i.getBoundingClientRect().width")
            assert width and width > 100, "an image did not load"
            shown += 1
        players += cell.locator(".jp-OutputArea input[type=range]").count()
    assert shown >= 3
    assert players == 1, "the film has its slider"
    page.screenshot(path=os.environ.get("SPIKEBOOK_SCREENSHOT", folder / "lab.png"))
