"""Widgets in JupyterLab in headless Chromium: moved by hand, set by the program, there again after a reload."""

import os
import re
import time

import nbformat
import pytest

from test_lab import browser, lab, pytestmark  # fixtures

CELLS = [
    # Each cell is run by its own Shift-Enter, as a person would.
    'import "github.com/spikebook/spikebook/display/widget"\n'
    'gain := widget.Slider(0, 10).Label("gain").Set(2)\n'
    'gain.OnChange(func(v int) { fmt.Println("gain is", v) })\n'
    'gain',
    'go1 := widget.Button("Press me").Kind("primary").OnClick(func() { fmt.Println("pressed at", gain.Get()) })\n'
    'bar := widget.Progress(10)\nwidget.Link(gain, bar)\n'
    'widget.VBox(widget.HBox(go1, bar), widget.Tabs(widget.Dropdown("LIF", "Izhikevich").Label("model"), widget.HTML("<i>second</i>")).Titles("Model", "More"))',
    'widget.Interact(func(x float64, name string) { fmt.Printf("%s: %.2f\\n", name, x*x) }, [2]float64{0, 4}, []string{"square", "area"})',
    'fmt.Println("waiting")\nfor v := range gain.Changes() {\n\tif v == 9 { break }\n}\nfmt.Println("nine")',
    'gain.Set(4);',
]


@pytest.fixture(scope="module")
def notebook(lab):
    """A notebook with the cells, in the server's folder."""
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "spikebook", "display_name": "Go (Spikebook)", "language": "go"}},
                                  cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbformat.write(nb, lab[2] / "widgets.ipynb")
    return "widgets.ipynb"


def expect(what, check, seconds=30):
    """Waits until check() is true."""
    deadline = time.time() + seconds
    while time.time() < deadline:
        if check():
            return
        time.sleep(0.1)
    raise AssertionError(f"after {seconds} s: {what() if callable(what) else what}")


def open_page(lab, browser, name):
    address, token, _ = lab
    page = browser.new_page(viewport={"width": 1280, "height": 1500})
    page.goto(f"{address}/lab/tree/{name}?token={token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=/Go.*\\| Idle/", timeout=60_000)
    return page


def run_cell(page, i):
    page.locator(".jp-CodeCell").nth(i).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def output(page, i):
    return page.locator(".jp-CodeCell").nth(i).locator(".jp-OutputArea").first


def test_widgets_in_the_page(lab, browser, notebook):
    page = open_page(lab, browser, notebook)
    run_cell(page, 0)
    slider = output(page, 0)
    readout = slider.locator(".widget-readout")
    readout.wait_for(timeout=60_000)
    assert readout.inner_text() == "2"
    assert slider.locator(".widget-label").inner_text() == "gain"

    # Moved by hand: the program sees it, and what its handler prints is under the cell.
    slider.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    expect("gain is 3", lambda: "gain is 3" in slider.inner_text())
    assert readout.inner_text() == "3"

    run_cell(page, 1)
    boxes = output(page, 1)
    boxes.locator("button:has-text('Press me')").wait_for(timeout=60_000)
    assert boxes.locator(".widget-tab .lm-TabBar-tab").count() == 2
    boxes.locator("button:has-text('Press me')").click()
    expect("pressed at 3", lambda: "pressed at 3" in boxes.inner_text())

    # A function that is tried out: its output is replaced, not piled up.
    run_cell(page, 2)
    tried = output(page, 2)
    tried.locator(".widget-output").wait_for(timeout=60_000)
    expect("square: 0.00", lambda: "square: 0.00" in tried.inner_text())
    tried.locator(".noUi-handle").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect("square: 0.01", lambda: "square: 0.01" in tried.inner_text())
    expect("one line", lambda: len(re.findall("square:", tried.locator(".widget-output").inner_text())) == 1)
    tried.locator("select").select_option("area")
    expect("area: 0.01", lambda: "area: 0.01" in tried.locator(".widget-output").inner_text())

    # While a cell waits for the slider.
    run_cell(page, 3)
    expect("waiting", lambda: "waiting" in output(page, 3).inner_text())
    slider.locator(".noUi-handle").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect("nine", lambda: "nine" in output(page, 3).inner_text())

    # Set by the program.
    run_cell(page, 4)
    expect("readout 4", lambda: readout.inner_text() == "4")
    assert page.locator("text=/Error displaying widget|model not found/i").count() == 0
    page.screenshot(path=os.environ.get("SPIKEBOOK_SCREENSHOT_WIDGETS", lab[2] / "widgets.png"))

    # A page that is loaded anew shows the same widgets in their present state.
    page.keyboard.press("Control+s")
    time.sleep(1)
    page.close()
    page = open_page(lab, browser, notebook)
    readout = output(page, 0).locator(".widget-readout")
    readout.wait_for(timeout=60_000)
    assert readout.inner_text() == "4"
    output(page, 0).locator(".noUi-handle").focus()
    page.keyboard.press("ArrowLeft")
    expect("readout 3", lambda: readout.inner_text() == "3")
    page.close()


GONB = [
    'import (\n\t"github.com/janpfeifer/gonb/gonbui/widgets"\n\t"github.com/janpfeifer/gonb/gonbui/dom"\n\t"github.com/janpfeifer/gonb/gonbui/comms"\n)\n'
    'root := dom.CreateTransientDiv()\ndom.Append(root, "<b>GoNB</b> ")\n'
    's := widgets.Slider(0, 10, 5).AppendTo(root).Done()\nfmt.Println("slider at", s.Value())',
    'b := widgets.Button("Again").AppendTo(root).Done()\nclicks := b.Listen()\nfmt.Println("waiting")\nfor n := range clicks.C {\n\tif n > 0 { break }\n}\nfmt.Println("clicked")',
    's.SetValue(2)\ntime.Sleep(300 * time.Millisecond)\nfmt.Println(dom.GetInnerHtml(root))',
    'fmt.Println("slider at", s.Value())',
    'l := comms.Listen[int](s.Address())\nfmt.Println("listening")\nfmt.Println("heard", <-l.C)\nl.Close()',
    '%widgets_hb',
]


def test_widgets_of_gonb(lab, browser):
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "spikebook", "display_name": "Go (Spikebook)", "language": "go"}},
                                  cells=[nbformat.v4.new_code_cell(c) for c in GONB])
    nbformat.write(nb, lab[2] / "gonb.ipynb")
    page = open_page(lab, browser, "gonb.ipynb")
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)

    def expect_output(i, text):
        expect(lambda: f"{text!r} in {output(page, i).inner_text()!r}; console: {said}", lambda: text in output(page, i).inner_text(), 60)

    run_cell(page, 0)
    expect_output(0, "slider at 5")
    slider = output(page, 0).locator("input[type=range]")
    assert slider.count() == 1
    run_cell(page, 1)
    expect_output(1, "waiting")
    page.locator("button:has-text('Again')").click()  # while the cell runs
    expect_output(1, "clicked")
    run_cell(page, 2)
    expect_output(2, "<b>GoNB</b>")
    assert slider.input_value() == "2"
    slider.fill("3")
    time.sleep(0.5)
    run_cell(page, 3)
    expect_output(3, "slider at 3")
    run_cell(page, 4)
    expect_output(4, "listening")
    slider.fill("4")
    expect_output(4, "heard 4")
    run_cell(page, 5)
    expect_output(5, "Heartbeat pong received back.")
    # Nothing of the connection is saved.
    page.keyboard.press("Control+s")
    time.sleep(1)
    assert "WebSocket" not in (lab[2] / "gonb.ipynb").read_text()
    page.screenshot(path=lab[2] / "gonb.png")
    page.close()


assert browser and lab and pytestmark  # used by pytest
