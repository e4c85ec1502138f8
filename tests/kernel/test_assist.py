"""What a person asks while writing: completion, help on names, history."""

import statistics
import time

import pytest


def ask(k, request):
    """The content of the reply; what is published meanwhile is only busy and idle."""
    reply = k.client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == request
    states = [k.client.get_iopub_msg(timeout=10) for _ in range(2)]
    assert [m["content"].get("execution_state") for m in states] == ["busy", "idle"]
    assert reply["content"]["status"] == "ok", reply["content"]
    return reply["content"]


def complete(k, code, cursor=None):
    content = ask(k, k.client.complete(code, cursor))
    assert set(content) == {"status", "matches", "cursor_start", "cursor_end", "metadata"}
    return content


def inspect(k, code, cursor=None, detail=0):
    content = ask(k, k.client.inspect(code, cursor, detail))
    assert set(content) == {"status", "found", "data", "metadata"}
    return content


@pytest.fixture(scope="module")
def assisted(k):
    k.ok("longVariableName := 1\n// charge adds to the potential.\nfunc charge(n *neuron, by float64) { n.potential += by }\n"
         "type neuron struct {\n\tpotential float64 // in mV\n\tLabel string\n}\nkc := &neuron{Label: \"KC\"}")
    return k


@pytest.mark.parametrize("code, matches", [
    ("strings.HasPre", {"strings.HasPrefix"}), ("fmt.Printl", {"fmt.Println"}), ("longVariableN", {"longVariableName"}),
    ("math.MaxInt1", {"math.MaxInt16"}), ("charg", {"charge"}), ("kc.", {"kc.potential", "kc.Label"}),
    ("if true {\n\tkc.pot", {"kc.potential"}), ("%hel", {"%help"}), ("snn.LeastSq", set()), ("snn.NewNetw", None),
    ("nothingLikeThis", set()), ('"strings.HasPre', set()), ("", None),
])
def test_matches(assisted, code, matches):
    content = complete(assisted, code)
    if matches is not None:
        assert set(content["matches"]) == matches
    start, end = content["cursor_start"], content["cursor_end"]
    assert end == len(code) and (start < end or not matches)
    kinds = content["metadata"].get("_jupyter_types_experimental", [])
    assert [t["text"] for t in kinds] == content["matches"]
    assert all((t["start"], t["end"]) == (start, end) for t in kinds)
    assert "Ꞌ" not in str(content)


def test_cursor_counts_code_points(assisted):
    code = '"😀"; fmt.Printl; "after"'
    content = complete(assisted, code, code.index(";", 5))
    assert content["matches"] == ["fmt.Println"]
    assert code[content["cursor_start"]:content["cursor_end"]] == "fmt.Printl"
    found = inspect(assisted, '"😀😀"; fmt.Println', 10)
    assert found["found"] and "fmt.Println" in found["data"]["text/plain"]


def test_types_and_signatures(assisted):
    one, = complete(assisted, "charg")["metadata"]["_jupyter_types_experimental"]
    assert one["type"] == "function" and one["signature"] == "(n *neuron, by float64)"


def test_the_toolkit_without_an_import(assisted):
    assert "display.Line" in complete(assisted, "display.Li")["matches"]
    found = inspect(assisted, "display.Line")
    assert found["found"] and "func display.Line(" in found["data"]["text/plain"]


@pytest.mark.parametrize("code, wanted, source", [
    ("fmt.Println", "Println formats using the default formats", "Fprintln"),
    ("fmt.Println(", "Println formats using the default formats", "Fprintln"),
    ("longVariableName", "var longVariableName int", "longVariableName := 1"),
    ("kc", "var kc *neuron", "kc := &neuron{"),
    ("neuron", "type neuron struct", "Label string"),
    ("charge(kc, ", "charge adds to the potential.", "n.potential += by"),
    ("kc.potential", "field neuron.potential float64", "// in mV"),
])
def test_inspect(assisted, code, wanted, source):
    short, long = inspect(assisted, code), inspect(assisted, code, detail=1)
    assert short["found"] and long["found"]
    assert wanted in short["data"]["text/plain"] and "```go" in short["data"]["text/markdown"]
    assert source in long["data"]["text/plain"] or source.startswith("//")
    assert "Ꞌ" not in str(long)


def test_unknown_is_no_error(assisted):
    for code in ("noSuchName", "", "x := ", "fmt.NoSuch", '"text"'):
        content = inspect(assisted, code)
        assert not content["found"] and content["data"] == {} and content["metadata"] == {}


def test_asking_declares_nothing(assisted):
    complete(assisted, "onlyWritten := 1\nonlyWr")
    assert complete(assisted, "onlyWr")["matches"] == []
    assert assisted.run("onlyWritten").status == "error"


def test_question_is_a_page(assisted):
    for code, wanted in (("strings.Fields?", "Fields splits the string"), ("longVariableName??", "longVariableName := 1"), ("7\ncharge?", "charge adds")):
        ran = assisted.ok(code)
        page, = ran.reply["content"]["payload"]
        assert page["source"] == "page" and page["start"] == 0 and wanted in page["data"]["text/plain"]
        assert ran.kinds == ["busy", "execute_input"] + ["execute_result"] * code.startswith("7") + ["idle"]
    ran = assisted.ok("noSuchName?")
    assert ran.reply["content"]["payload"] == [] and "noSuchName" in ran.stream()
    assisted.client.is_complete("strings.Fields?")
    assert assisted.client.get_shell_msg(timeout=10)["content"]["status"] == "complete"
    assisted.quiet()


def test_completion_while_the_scope_changes(assisted):
    assisted.ok("changing := 1")
    assisted.ok('changing := strings.Repeat("a", 3)\nrest := []string{changing}')
    one, = complete(assisted, "changin")["metadata"]["_jupyter_types_experimental"]
    assert one["signature"] == "string"


def history(k, **content):
    return ask(k, k.client.history(raw=True, **content))["history"]


def test_history(start, tmp_path):
    env = {"SPIKEBOOK_HISTORY": str(tmp_path / "history")}
    first = start(env=env)
    samples = ["1+2+3", "[]int{1, 4, 9}", '"a" + "b"']
    for code in samples:
        first.ok(code)
    first.run("1 + 2", store_history=False)
    first.run("1 + 3", silent=True)
    assert [h[2] for h in history(first, hist_access_type="tail", n=3, output=False)] == samples
    with_output = history(first, hist_access_type="tail", n=3, output=True)
    assert [h[2][0] for h in with_output] == samples and with_output[0][2][1] == "6"
    session, line, _ = with_output[1]
    assert history(first, hist_access_type="range", session=session, start=line, stop=line + 1, output=False) == [[session, line, samples[1]]]
    for code in samples:
        first.ok(code)
    assert len(history(first, hist_access_type="search", pattern="1?2*", output=False)) == 2
    assert history(first, hist_access_type="search", pattern="1?2*", unique=True, output=False) == [[session, 4, samples[0]]]
    assert len(history(first, hist_access_type="search", pattern="*", n=3, output=False)) == 3
    # Another kernel beside it, and one after it, know what it ran.
    second = start(env=env)
    second.ok("other := 1")
    tail = history(second, hist_access_type="tail", n=2, output=False)
    assert tail == [[session, 6, samples[2]], [session + 1, 1, "other := 1"]]
    assert history(second, hist_access_type="range", session=-1, start=1, stop=2, output=False) == [[session, 1, samples[0]]]
    first.ok("7")
    assert history(second, hist_access_type="tail", n=1, output=False) == [[session, 7, "7"]]


def test_history_that_cannot_be_written(start, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    k = start(env={"SPIKEBOOK_HISTORY": str(blocked / "history")})
    k.ok("1 + 1")
    assert [h[2] for h in history(k, hist_access_type="tail", n=5, output=False)] == ["1 + 1"]


def test_it_is_quick(assisted):
    """Printed, not asserted: other work on the machine shows in it."""
    for what, request, codes in (
        ("complete", assisted.client.complete, ["kc.", "strings.", "fmt.Printl", "for i := range 3 {\n\tkc.pot"]),
        ("inspect", assisted.client.inspect, ["kc", "strings.Builder", "http.ListenAndServe", "mat.NewDense"]),
    ):
        times = []
        for code in codes * 10:
            begin = time.perf_counter()
            ask(assisted, request(code))
            times.append(time.perf_counter() - begin)
        print(f"{what}: median {1000 * statistics.median(times):.1f} ms, longest {1000 * max(times):.1f} ms")
