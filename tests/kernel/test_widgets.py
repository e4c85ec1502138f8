"""Widgets as a front end of ipywidgets sees them: models, updates, echoes, clicks, reconnection."""

import json
import time

import pytest

from test_comms import info, kinds, send, until_idle

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module", autouse=True)
def imported(k):
    k.ok("_ = widget.Label")  # no import line is needed


class Page:
    """The models that a front end would hold, from the messages of a cell."""

    def __init__(self, ran):
        self.models = {}
        for c in ran.of("comm_open"):
            assert c["target_name"] == "jupyter.widget"
            self.models[c["comm_id"]] = c["data"]["state"]
        for m in ran.published:
            if m["msg_type"] == "comm_open":
                assert m["metadata"]["version"].startswith("2.")
        for state in self.models.values():
            for key in ("_model_module", "_model_module_version", "_model_name", "_view_module", "_view_module_version", "_view_name"):
                assert key in state
        self.ran = ran

    def id(self, name):
        found = [i for i, s in self.models.items() if s["_model_name"] == name + "Model"]
        assert len(found) == 1, f"{name}: {[s['_model_name'] for s in self.models.values()]}"
        return found[0]

    def __getitem__(self, name):
        return self.models[self.id(name)]


def update(k, comm_id, **state):
    got = until_idle(k, send(k, "msg", comm_id, data={"method": "update", "state": state, "buffer_paths": []}))
    return [m["content"]["data"] for m in got if m["msg_type"] == "comm_msg"]


def test_slider_at_the_end_of_a_cell(k):
    ran = k.ok('gain := widget.Slider(0.0, 5).Label("gain").Step(0.5).Set(1.5)\ngain')
    page = Page(ran)
    s = page["FloatSlider"]
    assert (s["min"], s["max"], s["step"], s["value"], s["description"]) == (0, 5, 0.5, 1.5, "gain")
    assert (s["_model_module"], s["_view_name"]) == ("@jupyter-widgets/controls", "FloatSliderView")
    shown = ran.of("execute_result")[0]["data"]
    assert shown[VIEW] == {"model_id": page.id("FloatSlider"), "version_major": 2, "version_minor": 0}
    assert "gain" in shown["text/plain"]
    # The model is there before its view.
    assert ran.kinds.index("comm_open") < ran.kinds.index("execute_result")

    k.ok("seen := []float64{}\ngain.OnChange(func(v float64) { seen = append(seen, v) });")
    answers = update(k, page.id("FloatSlider"), value=2.5)
    assert answers == [{"method": "echo_update", "state": {"value": 2.5}, "buffer_paths": []}]
    assert k.ok("gain.Get()").value == "2.5"
    assert k.ok("seen").value == "[2.5]"
    # A value that the slider cannot have is put right in the front end.
    answers = update(k, page.id("FloatSlider"), value=17)
    assert {"method": "update", "state": {"value": 2.5}, "buffer_paths": []} in answers
    ran = k.ok("gain.Set(4);")
    assert [c["data"]["state"] for c in ran.of("comm_msg")] == [{"value": 4}]
    assert k.ok("seen").value == "[2.5 4]"
    assert k.ok("gain.Err()").of("execute_result") == [] or k.ok("gain.Err() == nil").value == "true"


def test_show_stands_between_prints(k):
    ran = k.ok('fmt.Println("above")\nwidget.Label("between").Show()\nfmt.Println("below")')
    order = [x for x in ran.kinds if x in ("stream", "comm_open", "display_data")]
    assert order == ["stream", "comm_open", "display_data", "stream"]
    assert VIEW in ran.of("display_data")[0]["data"]


@pytest.mark.parametrize("code, name, trait, sent, go", [
    ("widget.Slider(0, 10)", "IntSlider", "value", 7, "7"),
    ("widget.Range(0, 10)", "IntRangeSlider", "value", [2, 5], "[2 5]"),
    ("widget.Range(0.0, 1)", "FloatRangeSlider", "value", [0.25, 0.5], "[0.25 0.5]"),
    ("widget.Number(0, 10)", "BoundedIntText", "value", 3, "3"),
    ("widget.Number(0.0, 10)", "BoundedFloatText", "value", 3.25, "3.25"),
    ('widget.Checkbox("on")', "Checkbox", "value", True, "true"),
    ('widget.Toggle("on")', "ToggleButton", "value", True, "true"),
    ("widget.Text()", "Text", "value", "zażółć", "zażółć"),
    ("widget.TextArea()", "Textarea", "value", "a\nb", "a\nb"),
    ("widget.Password()", "Password", "value", "pw", "pw"),
    ('widget.Dropdown("LIF", "Izhikevich")', "Dropdown", "index", 1, "Izhikevich"),
    ("widget.Select(1.5, 2.5)", "Select", "index", 1, "2.5"),
    ("widget.Radio(3, 4)", "RadioButtons", "index", 1, "4"),
    ('widget.Toggles("a", "b")', "ToggleButtons", "index", 1, "b"),
    ('widget.SelectSlider("a", "b")', "SelectionSlider", "index", 1, "b"),
    ('widget.SelectMany("a", "b", "c")', "SelectMultiple", "index", [0, 2], "[a c]"),
    ('widget.Color("teal")', "ColorPicker", "value", "#ff0000", "#ff0000"),
    ("widget.Player(0, 10, 100)", "Play", "value", 3, "3"),
])
def test_controls(k, code, name, trait, sent, go):
    page = Page(k.ok(f"w := {code}\nw"))
    assert trait in page[name]
    answers = update(k, page.id(name), **{trait: sent})
    assert [a["method"] for a in answers] == ["echo_update"]
    assert k.ok("fmt.Print(w.Get())").stream() == go
    # Nonsense is refused and changes nothing.
    update(k, page.id(name), **{trait: {"a": 1}})
    assert k.ok("fmt.Print(w.Get())").stream() == go


def test_shown_only(k):
    page = Page(k.ok('p := widget.Progress(100)\nl := widget.Label("x")\nh := widget.HTML("<b>y</b>")\nwidget.VBox(p, l, h)'))
    assert page["IntProgress"]["max"] == 100 and page["Label"]["value"] == "x" and page["HTML"]["value"] == "<b>y</b>"
    children = page["VBox"]["children"]
    assert children == ["IPY_MODEL_" + page.id(n) for n in ("IntProgress", "Label", "HTML")]
    # A hundred thousand changes are few messages, and the last one arrives.
    ran = k.ok("for i := range 100_000 {\n\tp.Set(i % 101)\n}\np.Set(42);")
    states = [c["data"]["state"]["value"] for c in ran.of("comm_msg")]
    assert states[-1] == 42 and len(states) < 500


def test_button(k):
    page = Page(k.ok('clicked := make(chan bool, 1)\nb := widget.Button("Go").Kind("primary").OnClick(func() { clicked <- true })\nb'))
    assert page["Button"]["description"] == "Go" and page["Button"]["button_style"] == "primary"
    request = k.begin('fmt.Println("started")\n<-clicked\nb.Clicks()')  # served while the cell waits
    send(k, "msg", page.id("Button"), data={"method": "custom", "content": {"event": "click"}})
    got = until_idle(k, request)
    assert [m["content"]["data"]["text/plain"] for m in got if m["msg_type"] == "execute_result"] == ["1"]
    k.client.get_shell_msg(timeout=10)
    k.quiet()


def test_waits_end_by_the_stop_button(k):
    k.ok("quiet := widget.Slider(0, 10)\nquiet")
    for code in ("widget.Button(\"never\").Wait()", "for range quiet.Changes() { }"):
        request = k.begin(f'fmt.Println("started")\n{code}')
        k.interrupt()
        ran = k.wait(request)
        assert ran.reply["content"]["ename"] == "Interrupted" and "goes on in the background" not in ran.trace, ran.trace
        k.quiet()


def test_changes_in_a_loop(k):
    page = Page(k.ok("turn := widget.Slider(0, 10)\nturn"))
    request = k.begin('fmt.Println("started")\nfor v := range turn.Changes() {\n\tfmt.Println("got", v)\n\tif v == 9 { break }\n}')
    seen = []
    for v in (3, 9):
        update_id = send(k, "msg", page.id("IntSlider"), data={"method": "update", "state": {"value": v}})
        while f"got {v}\n" not in "".join(seen):
            m = k.client.get_iopub_msg(timeout=10)
            if m["msg_type"] == "stream":
                seen.append(m["content"]["text"])
    assert update_id
    k.quiet()
    assert k.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == request


def test_boxes(k):
    page = Page(k.ok('''
one, two := widget.Label("1"), widget.Label("2")
widget.VBox(widget.HBox(one), widget.Grid(2, two), widget.Tabs(one, two).Titles("A", "B").Select(1), widget.Accordion(two)).Layout("width", "300px")'''))
    assert page["Tab"]["titles"] == ["A", "B"] and page["Tab"]["selected_index"] == 1
    layouts = {s.get("grid_template_columns") or s.get("width") for s in page.models.values() if s["_model_name"] == "LayoutModel"}
    assert layouts == {"auto auto", "300px"}
    assert page["VBox"]["layout"].startswith("IPY_MODEL_")


def test_link(k):
    page = Page(k.ok("a, b := widget.Slider(0, 10), widget.Number(0, 10)\nunlink := widget.Link(a, b)\nwidget.HBox(a, b)"))
    send(k, "msg", page.id("IntSlider"), data={"method": "update", "state": {"value": 8}})
    while True:
        m = k.client.get_iopub_msg(timeout=10)
        if m["msg_type"] == "comm_msg" and m["content"]["data"]["method"] == "update":
            break
    assert (m["content"]["comm_id"], m["content"]["data"]["state"]) == (page.id("BoundedIntText"), {"value": 8})
    k.quiet()
    k.ok("unlink()\na.Set(2);")
    assert k.ok("b.Get()").value == "8"
    ran = k.ok("widget.LinkInPage(a, b)")
    link = Page(ran)["Link"]
    assert link["source"] == ["IPY_MODEL_" + page.id("IntSlider"), "value"]


def test_bytes_travel_as_buffers(k):
    ran = k.ok("widget.Picture([]byte{1, 0, 255})")
    opened = [m for m in ran.published if m["msg_type"] == "comm_open"][0]
    assert "value" not in opened["content"]["data"]["state"]
    assert opened["content"]["data"]["buffer_paths"] == [["value"]]
    assert [bytes(b) for b in opened["buffers"]] == [b"\x01\x00\xff"]


def test_output_area(k):
    page = Page(k.ok('area := widget.Output()\narea'))
    out = page.id("Output")
    assert page["Output"]["_model_module"] == "@jupyter-widgets/output"
    ran = k.ok('fmt.Fprintln(area, "one")\nfmt.Fprint(area, "two")\narea.Add([]int{3});')
    outputs = ran.of("comm_msg")[-1]["data"]["state"]["outputs"]
    assert outputs[0] == {"output_type": "stream", "name": "stdout", "text": "one\ntwo"}
    assert outputs[1]["data"]["text/plain"] == "[3]"
    ran = k.ok('fmt.Println("outside")\narea.Capture(func() { fmt.Println("inside") })\nfmt.Println("after")')
    events = [(m["content"]["text"] if m["msg_type"] == "stream" else m["content"]["data"]["state"]["msg_id"])
              for m in ran.published if m["msg_type"] in ("stream", "comm_msg")]
    mine = ran.reply["parent_header"]["msg_id"]
    assert events == ["outside\n", mine, "inside\n", "", "after\n"]
    ran = k.ok('area.Capture(func() { panic("inside") });')
    assert "panic: inside" in json.dumps([c["data"] for c in ran.of("comm_msg") if c["comm_id"] == out])


def test_interact(k):
    ran = k.ok('box := widget.Interact(func(x float64, n int, s string) string {\n\tfmt.Println("called")\n\treturn fmt.Sprintln(s, x*float64(n))\n}, [2]float64{0, 4}, 3, []string{"=", "~"})\nbox')
    page = Page(ran)
    assert (page["FloatSlider"]["max"], page["IntSlider"]["value"], page["Dropdown"]["_options_labels"]) == (4, 3, ["=", "~"])
    assert "called\n" in ran.stream()  # under the msg_id of the area, where front ends put it
    got = until_idle(k, send(k, "msg", page.id("FloatSlider"), data={"method": "update", "state": {"value": 2}}))
    k.quiet()
    order = [m["msg_type"] for m in got]
    assert "idle" == kinds(got)[-1] and "comm_msg" in order
    ran = k.ok('widget.Interact(7)')
    assert "want a function" in ran.value


def test_mistakes_are_shown_in_place(k):
    ran = k.run('bad := widget.Slider(5, 1)\nbad')
    assert "want the first to be smaller" in (ran.trace + str(ran.of("execute_result")))
    ran = k.run('worse := widget.Checkbox("x").Step(2)\nworse')
    assert "has no steps" in (ran.trace + str(ran.of("execute_result")))


def test_a_reloaded_page_finds_everything(k):
    page = Page(k.ok('kept := widget.Slider(0, 10).Set(3).Width("200px")\nkept'))
    update(k, page.id("IntSlider"), value=6)
    assert page.id("IntSlider") in info(k, target_name="jupyter.widget")
    until_idle(k, send(k, "open", "control-1", target_name="jupyter.widget.control", data={}))
    got = until_idle(k, send(k, "msg", "control-1", data={"method": "request_states"}))
    data = [m["content"]["data"] for m in got if m["msg_type"] == "comm_msg"][0]
    assert data["method"] == "update_states"
    state = data["states"][page.id("IntSlider")]
    assert state["model_name"] == "IntSliderModel" and state["state"]["value"] == 6
    layout = state["state"]["layout"].removeprefix("IPY_MODEL_")
    assert data["states"][layout]["state"]["width"] == "200px"
    answers = [m["content"]["data"] for m in until_idle(k, send(k, "msg", page.id("IntSlider"), data={"method": "request_state"})) if m["msg_type"] == "comm_msg"]
    assert answers[0]["state"]["value"] == 6
    k.ok("kept.Close()")
    assert page.id("IntSlider") not in info(k)


def test_a_page_reloaded_while_a_cell_runs(k):
    page = Page(k.ok("busy := widget.Slider(0, 10)\nbusy"))
    request = k.begin('fmt.Println("started")\nfor busy.Get() != 5 { }')
    until_idle(k, send(k, "open", "control-2", target_name="jupyter.widget.control", data={}))
    got = until_idle(k, send(k, "msg", "control-2", data={"method": "request_states"}))
    assert page.id("IntSlider") in [m["content"]["data"] for m in got if m["msg_type"] == "comm_msg"][0]["states"]
    update(k, page.id("IntSlider"), value=5)
    k.client.get_shell_msg(timeout=20)
    k.quiet()
    assert request


def test_nonsense_from_front_ends(k):
    page = Page(k.ok("n := widget.Slider(0, 10)\nn"))
    for data in ({}, [], "x", {"method": 5}, {"method": "update"}, {"method": "update", "state": []}, {"method": "update", "state": {"": 1, "_model_name": "x", "value": None}},
                 {"method": "custom"}, {"method": "what"}, {"method": "update", "state": {"layout": "IPY_MODEL_1", "value": 1e308}}):
        assert kinds(until_idle(k, send(k, "msg", page.id("IntSlider"), data=data)))[-1] == "idle"
    assert k.ok("n.Get()").value == "0"
    until_idle(k, send(k, "close", page.id("IntSlider"), data={}))
    assert k.ok("n.Set(4).Get()").value == "4"


def test_events_while_busy_are_prompt(k):
    page = Page(k.ok("prompt := widget.Slider(0, 10)\nprompt"))
    request = k.begin('fmt.Println("started")\nfor prompt.Get() != 5 { }\n"over"')
    begin = time.perf_counter()
    send(k, "msg", page.id("IntSlider"), data={"method": "update", "state": {"value": 5}})
    got = until_idle(k, request)
    assert time.perf_counter() - begin < 5
    assert [m["content"]["data"]["text/plain"] for m in got if m["msg_type"] == "execute_result"] == ["over"]
    k.client.get_shell_msg(timeout=10)
    k.quiet()
