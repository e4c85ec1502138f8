"""user_expressions, live values on inspection, payloads, display handles, clear_output."""

import time

import pytest


@pytest.fixture(scope="module", autouse=True)
def variables(k):
    k.ok("""
type point struct { x, Y int; next *point }
type named int
func (n named) String() string { panic("asked") }
num, word, p := 42, "żółw", point{1, 2, &point{x: 7}}
list, table := []int{1, 4, 9}, map[string]float64{"a": 0.5}
odd := named(3)
var none *point
inner := []point{{x: 5}};""")


def expressions(k, **asked):
    ran = k.run("", user_expressions=asked)
    assert ran.status == "ok"
    return ran.reply["content"]["user_expressions"]


def test_variables_and_parts_without_compiling(k):
    begin = time.perf_counter()
    got = expressions(k, a="num", b="word", c="p.x", d="p.next.x", e="list[2]", f='table["a"]', g="(*p.next).x", h="inner[0].x", i='table["none"]')
    seconds = time.perf_counter() - begin
    texts = {n: v["data"]["text/plain"] for n, v in got.items()}
    assert texts == dict(a="42", b="żółw", c="1", d="7", e="9", f="0.5", g="7", h="5", i="0")
    assert all(v["status"] == "ok" and v["metadata"] == {} for v in got.values())
    print(f"nine expressions in {seconds:.3f} s")


def test_other_expressions_are_compiled(k):
    got = expressions(k, a="num*2", b="len(list)", c="strings.ToUpper(word)", d="func() int { return 3 }()")
    assert {n: v["data"]["text/plain"] for n, v in got.items()} == dict(a="84", b="3", c="ŻÓŁW", d="3")


def test_bad_ones_fail_alone(k):
    got = expressions(k, good="num", syntax="1 +", unknown="nothingHere", nil="none.x", range="list[9]", statement="num = 5", field="p.nope", none="")
    assert got["good"]["status"] == "ok"
    for name in ("syntax", "unknown", "nil", "range", "statement", "field", "none"):
        assert got[name]["status"] == "error", name
        assert got[name]["ename"] and got[name]["evalue"] and isinstance(got[name]["traceback"], list)
    assert k.ok("num").value == "42"


def test_after_success_only_and_with_silent(k):
    assert k.run('panic("x")', user_expressions={"a": "num"}).reply["content"]["user_expressions"] == {}
    ran = k.run("num2 := num + 1", silent=True, user_expressions={"a": "num2"})
    assert ran.reply["content"]["user_expressions"]["a"]["data"]["text/plain"] == "43"
    assert ran.kinds == ["busy", "idle"]


def test_the_counter_stays(k):
    count = k.ok("num").reply["content"]["execution_count"]
    k.run("", silent=True, user_expressions={"a": "num*3"})
    assert k.ok("num").reply["content"]["execution_count"] == count + 1


def inspected(k, code, cursor=None, detail=0):
    k.client.inspect(code, cursor, detail)
    content = k.client.get_shell_msg(timeout=20)["content"]
    k.quiet()
    return content["data"].get("text/plain", "") if content["found"] else None


def test_inspection_shows_the_value(k):
    assert "Value: 42" in inspected(k, "num")
    assert 'Value: "żółw"' in inspected(k, "fmt.Println(word)", cursor=13)
    assert "Value: 7" in inspected(k, "p.next.x")
    assert "Value: map[string]float64, 1 entries" in inspected(k, "table")
    assert "Value: 3" in inspected(k, "odd")  # without its method, which panics
    assert "Value: nil" in inspected(k, "none")
    assert "{x:1 Y:2 next:" in inspected(k, "p")
    assert "Value:" not in inspected(k, "strings.Fields")
    # Not of a name that this text declares anew.
    assert "Value: 42" not in (inspected(k, 'num := "x"\nnum', cursor=14) or "")


def test_inspection_is_bounded(k):
    k.ok('big := make([]float64, 1_000_000)\nlong := strings.Repeat("ab", 1_000_000)\ndeep := [][][][][]int{{{{{1}}}}};')
    for name in ("big", "long", "deep"):
        text = inspected(k, name)
        assert "Value:" in text and len(text) < 3000, name


def test_a_question_has_the_value_too(k):
    payload = k.ok("num?").reply["content"]["payload"]
    assert len(payload) == 1 and "Value: 42" in payload[0]["data"]["text/plain"]


IMPORT = 'import "github.com/spikebook/spikebook/display/cell"\n'


def test_next_cell(k):
    ran = k.ok(IMPORT + 'cell.Next("first")\ncell.Next("second := 1")')
    assert ran.reply["content"]["payload"] == [{"source": "set_next_input", "text": "second := 1", "replace": False}]
    ran = k.ok('cell.Replace("this")')
    assert ran.reply["content"]["payload"] == [{"source": "set_next_input", "text": "this", "replace": True}]
    assert k.ok("1").reply["content"]["payload"] == []


def test_displays_that_change(k):
    ran = k.ok('s := cell.Show("starting")\nfmt.Println("between")\ns.Update("ready")')
    kinds = [x for x in ran.kinds if x not in ("busy", "idle", "execute_input")]
    assert kinds == ["display_data", "stream", "update_display_data"]
    shown, = ran.of("display_data")
    changed, = ran.of("update_display_data")
    assert shown["transient"] == changed["transient"] and shown["transient"]["display_id"]
    assert (shown["data"]["text/plain"], changed["data"]["text/plain"]) == ("starting", "ready")
    ran = k.ok("s.Update([]int{1, 2})")  # in another cell
    assert ran.of("update_display_data")[0]["data"]["text/plain"] == "[1 2]"


def test_clear_output(k):
    ran = k.ok('fmt.Println("a")\ncell.Clear(true)\nfmt.Println("b")\ncell.Clear(false)')
    order = [m["content"].get("text") or m["content"]["wait"] for m in ran.published if m["msg_type"] in ("stream", "clear_output")]
    assert order == ["a\n", True, "b\n", False]


def test_ask_and_password(k):
    request = k.send('name, err := cell.Ask("Name? ")\npw, _ := cell.Password("Token: ")\nfmt.Println(name, err, len(pw))', allow_stdin=True)
    asked = []
    for answer in ("Ada", "żółw"):
        asked.append(k.client.get_stdin_msg(timeout=30)["content"])
        k.client.input(answer)
    assert k.wait(request).stream() == "Ada <nil> 7\n"
    assert asked == [{"prompt": "Name? ", "password": False}, {"prompt": "Token: ", "password": True}]
    ran = k.run('_, err = cell.Ask("Name? ")\nfmt.Println(err)', allow_stdin=False)
    assert "does not accept input" in ran.stream()
    request = k.send('for { cell.Ask("again? ") }', allow_stdin=True)
    k.client.get_stdin_msg(timeout=30)
    k.interrupt()
    assert k.wait(request).reply["content"]["ename"] == "Interrupted"
