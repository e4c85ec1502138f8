"""Notebook 7 in headless Chromium: Run All, a proposal by Tab, documentation by Shift-Tab, and a widget."""

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

import nbformat
import pytest

BROWSER = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
# Without these flags the browser looks for its maker's hosts at every start.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium: install it with `apt install chromium`")


@pytest.fixture
def server(tmp_path):
    """A Notebook 7 server on an empty folder; yields address, token and folder."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    token, folder = secrets.token_hex(8), tmp_path / "notebooks"
    folder.mkdir()
    # The page would ask whether to fetch news from its makers.
    config = pathlib.Path(os.environ["JUPYTER_CONFIG_DIR"]) / "labconfig"
    config.mkdir(parents=True)
    (config / "page_config.json").write_text('{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}')
    env = dict(os.environ, JUPYTERLAB_SETTINGS_DIR=str(tmp_path / "settings"), JUPYTERLAB_WORKSPACES_DIR=str(tmp_path / "workspaces"))
    with open(tmp_path / "server.log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "notebook", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.ip=127.0.0.1",
             f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"],
            stdout=log, stderr=subprocess.STDOUT, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2)
                break
            except OSError:
                assert process.poll() is None, (tmp_path / "server.log").read_text()
                time.sleep(0.5)
        else:
            pytest.fail("Notebook did not start:\n" + (tmp_path / "server.log").read_text())
        yield address, token, folder
    finally:
        process.terminate()
        process.wait(20)


def expect(what, check, seconds=60):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if check():
            return
        time.sleep(0.2)
    raise AssertionError(f"not after {seconds} s: {what() if callable(what) else what}")


def test_a_page(server, notebook):
    from playwright.sync_api import sync_playwright

    address, token, folder = server
    nb = notebook("# Squares", "gain := 0.5", "func square(v float64) float64 { return gain * v * v }",
                  'fmt.Println("printed")\nsquare(2)', "display.Line(nil, []float64{1, 3, 2})", "var list []int\nlist[3]", "gain = 3")
    nbformat.write(nb, folder / "squares.ipynb")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 1300})
        page.goto(f"{address}/notebooks/squares.ipynb?token={token}")
        page.wait_for_selector(".jp-CodeCell", timeout=60_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
        cells = page.locator(".jp-CodeCell")
        first = cells.nth(0).locator(".jp-InputPrompt")

        def run_all():
            """On a busy machine the page forgets a choice made while it is still building itself."""
            page.click(".lm-MenuBar-item:has-text('Run')")
            page.click(".lm-Menu-item:has-text('Run All Cells') >> nth=0")
            time.sleep(2)
            return first.inner_text() != "[ ]:"

        expect("Run All", run_all)
        # The fifth fails, so the sixth does not run.
        expect(lambda: cells.all_inner_texts(), lambda: "index out of range" in cells.nth(4).inner_text())
        assert "printed" in cells.nth(2).inner_text() and cells.nth(2).locator(".jp-OutputArea-executeResult").inner_text().endswith("2")
        assert "Cell [5]: Line 2" in cells.nth(4).inner_text()
        picture = cells.nth(3).locator(".jp-OutputArea img")
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("i => i.complete && i.naturalWidth") > 100
        assert cells.nth(5).locator(".jp-InputPrompt").inner_text() != "[6]:"

        # What a person types in the last cell.
        last = cells.nth(5)
        last.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.type("strings.HasPre")
        page.keyboard.press("Tab")
        proposals = page.locator(".jp-Completer:visible")
        proposals.wait_for(timeout=30_000)
        assert proposals.inner_text().split() == ["f", "strings.HasPrefix", "function"]
        page.keyboard.press("Enter")
        expect("strings.HasPrefix is completed", lambda: "HasPrefix" in last.locator(".cm-content").inner_text())
        page.keyboard.press("Shift+Tab")
        page.wait_for_selector(".jp-Tooltip", timeout=30_000)
        assert "reports whether" in page.locator(".jp-Tooltip").inner_text()
        page.screenshot(path=os.environ.get("SPIKEBOOK_SCREENSHOT_NOTEBOOK", folder / "page.png"))
        page.keyboard.press("Escape")

        page.keyboard.press("Control+s")
        expect("saved", lambda: any(c.get("outputs") for c in json.loads((folder / "squares.ipynb").read_text())["cells"]))
        browser.close()
