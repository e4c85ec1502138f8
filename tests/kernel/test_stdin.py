"""Standard input: fmt.Scan, bufio, passwords, refusals, interrupts."""

import queue
import time

import pytest


def answered(k, code, *answers, timeout=60):
    """Runs a cell and answers its questions; returns what came of it and what was asked."""
    request = k.send(code, allow_stdin=True)
    asked = []
    for answer in answers:
        m = k.client.get_stdin_msg(timeout=timeout)
        assert m["msg_type"] == "input_request" and m["parent_header"]["msg_id"] == request
        asked.append(m["content"])
        k.client.input(answer)
    return k.wait(request, timeout), asked


def test_scan_reads_one_line(k):
    ran, asked = answered(k, 'var name string\nvar age int\nfmt.Print("Who? ")\nfmt.Scan(&name, &age)\nfmt.Println(name, age+1)', "Ada 36")
    assert ran.status == "ok", ran.trace
    assert asked == [{"prompt": "", "password": False}]
    assert ran.stream().endswith("Ada 37\n")


def test_scan_asks_again_when_the_line_is_short(k):
    ran, asked = answered(k, "var a, b int\nfmt.Scan(&a, &b)\na*b", "6", "7")
    assert ran.value == "42" and len(asked) == 2


def test_bufio_line_by_line(k):
    ran, _ = answered(k, 'lines := bufio.NewScanner(os.Stdin)\nfor range 2 {\n\tlines.Scan()\n\tfmt.Println("<" + lines.Text() + ">")\n}', "first line", "żółć 😀")
    assert ran.stream() == "<first line>\n<żółć 😀>\n"


def test_what_is_left_unread_answers_no_later_cell(k):
    ran, _ = answered(k, "var one string\nfmt.Scan(&one)\none", "a b c")
    assert ran.value == "a"
    ran, asked = answered(k, "var two string\nfmt.Scan(&two)\ntwo", "d")
    assert ran.value == "d" and len(asked) == 1


def test_prints_before_a_question_are_shown_first(k):
    request = k.send('fmt.Println("before")\nvar x string\nfmt.Scanln(&x)', allow_stdin=True)
    k.client.get_stdin_msg(timeout=30)
    seen = []
    while "stream" not in seen:
        seen.append(k.client.get_iopub_msg(timeout=0.5)["msg_type"])  # is there already
    k.client.input("y")
    k.quiet()
    assert k.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == request


def test_no_input_is_said_clearly(k):
    begin = time.perf_counter()
    ran = k.run("var x int\n_, err := fmt.Scan(&x)\nerr != nil", allow_stdin=False)
    assert ran.value == "true"
    assert "does not accept input" in ran.stream("stderr")
    assert time.perf_counter() - begin < 10
    with pytest.raises(queue.Empty):
        k.client.get_stdin_msg(timeout=0.2)
    # The next cell may ask.
    ran, _ = answered(k, "fmt.Scan(&x)\nx", "5")
    assert ran.value == "5"


@pytest.mark.parametrize("code", [
    'var n int\nfmt.Scan(&n)\nfmt.Println("went on")',
    'func question() {\n\tvar n int\n\tfmt.Scan(&n)\n\tfmt.Println("went on")\n}\nquestion()',
    'lines := bufio.NewScanner(os.Stdin)\nif lines.Scan() {\n\tfmt.Println(lines.Text())\n}\nfmt.Println("went on")',
    'func() {\n\tall, _ := io.ReadAll(os.Stdin)\n\tfmt.Println("went on", len(all))\n}()',
], ids=["statement", "function", "scanner", "literal"])
def test_interrupt_ends_what_stands_behind_the_question(k, code):
    request = k.send("before, after := 1, 1\n" + code + "\nafter = 2", allow_stdin=True)
    k.client.get_stdin_msg(timeout=30)
    k.interrupt()
    ran = k.wait(request)
    assert ran.status == "error" and ran.reply["content"]["ename"] == "Interrupted", ran.kinds
    assert "went on" not in ran.stream() and "background" not in ran.trace, ran.trace
    assert k.ok("before, after").value == "1, 1"


def test_interrupt_ends_the_question(k):
    request = k.send("kept := 7\nvar y int\nfor y == 0 {\n\tfmt.Scan(&y)\n}\nkept = 8", allow_stdin=True)
    k.client.get_stdin_msg(timeout=30)
    k.interrupt()
    ran = k.wait(request)
    assert ran.status == "error" and ran.reply["content"]["ename"] == "Interrupted"
    assert ran.seconds < 30
    k.client.input("late")  # answers nothing
    ran, asked = answered(k, "var z string\nfmt.Scan(&z)\nfmt.Println(z, kept)", "new")
    assert ran.stream() == "new 7\n" and len(asked) == 1


def test_answers_of_other_clients_are_dropped(k):
    other = k.connect()
    request = k.send("var s string\nfmt.Scan(&s)\ns", allow_stdin=True)
    k.client.get_stdin_msg(timeout=30)
    other.input("theirs")
    time.sleep(0.3)
    k.client.input("ours")
    other.stop_channels()
    k_ran = None
    while k_ran is None:
        m = k.client.get_iopub_msg(timeout=30)
        if m["msg_type"] == "execute_result":
            k_ran = m["content"]["data"]["text/plain"]
    assert k_ran == "ours"
    k.quiet()
    assert k.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == request


def test_gonbui_request_input(k):
    code = ('import "github.com/janpfeifer/gonb/gonbui"\n'
            'gonbui.RequestInput("Name? ", true)\nline, _ := bufio.NewReader(os.Stdin).ReadString(\'\\n\')\nfmt.Printf("%q", line)')
    ran, asked = answered(k, code, "secret")
    assert ran.stream() == '"secret\\n"', ran.trace
    assert asked == [{"prompt": "Name? ", "password": True}]


def test_programs_of_cells_find_no_input(k):
    ran = k.ok('out, _ := exec.Command("cat").Output()\nlen(out)')
    assert ran.value == "0"
