"""What lives from cell to cell, and what mistakes leave of it."""

import re

import pytest


def test_variables_functions_types_persist(k):
    k.ok("x := 41")
    k.ok("func twice(n int) int { return 2 * n }\ntype point struct{ a, b int }\nfunc (p point) sum() int { return p.a + p.b }")
    assert k.ok("x++\ntwice(x)").value == "84"
    assert k.ok("p := point{1, x}\np.sum()").value == "43"
    assert "1" in k.ok("p").value and "42" in k.ok("p").value


def test_declarations_and_statements_in_any_order(k):
    ran = k.ok('const n = 3\nfor i := range n {\n\tfmt.Print(i, " ")\n}\nfunc cube(v int) int { return v * v * v }\nvar total = cube(n)\ntotal')
    assert ran.stream() == "0 1 2 " and ran.value == "27"


def test_closures_and_goroutines_live(k):
    k.ok("count := 0\nnext := func() int { count++; return count }\nch, ch2 := make(chan int), make(chan int)\ngo func() { for v := range ch { ch2 <- v * v } }()")
    assert k.ok("next(); next(); count").value == "2"
    assert k.ok("ch <- 7\n<-ch2").value == "49"


def test_imports_are_found(k):
    assert k.ok('strings.ToUpper("go") + strconv.Itoa(1)').value.strip('"') == "GO1"
    assert k.ok("math.MaxInt16").value == "32767"


def test_packages_are_whole_though_the_first_cell_used_little(k):
    """A package is initialised once, by the first cell that imports it: its maps must be filled even if that cell does not use them."""
    k.ok('import "html/template"\nvar h template.HTML = "x"')
    ran = k.ok('template.Must(template.New("").Parse(`<a href="{{.}}">`)).Execute(os.Stdout, "javascript:alert(1)")')
    assert ran.stream() == '<a href="#ZgotmplZ">'


def test_redefinition_wins_for_later_cells(k):
    k.ok("func version() int { return 1 }")
    k.ok("func version() int { return 2 }")
    assert k.ok("version()").value == "2"
    k.ok("redefined := 1")
    k.ok('redefined := "text"')
    assert "text" in k.ok("redefined").value


def test_unused_is_no_error(k):
    k.ok('import "os"\nunused := 5')


def test_result_and_display_messages(k):
    ran = k.ok('fmt.Println("before")\n6 * 7')
    assert ran.kinds == ["busy", "execute_input", "stream", "execute_result", "idle"]
    result = ran.of("execute_result")[0]
    assert result["data"]["text/plain"] == "42" and result["metadata"] == {}
    assert ran.reply["content"]["execution_count"] == result["execution_count"]


def test_compile_errors_all_at_once(k):
    k.ok("kept := 5")
    ran = k.run('a := undefinedOne\nfmt.Println("fine")\nvar b int = "text"\nundefinedTwo()')
    assert ran.status == "error" and ran.kinds == ["busy", "execute_input", "error", "idle"]
    trace = ran.trace
    for needed in ("undefinedOne", "undefinedTwo", '"text"', "^"):
        assert needed in trace, trace
    count = ran.reply["content"]["execution_count"]
    # Cell and line, of each.
    for line in (1, 3, 4):
        assert re.search(rf"Cell \[{count}\]\D{{0,9}}{line}\b", trace), trace
    # The source line stands with its caret.
    assert "a := undefinedOne" in trace, trace
    assert "Ꞌ" not in trace
    assert k.ok("kept").value == "5"
    assert k.run("a").status == "error", "a failed cell must not leave declarations"


def test_syntax_error(k):
    ran = k.run("func broken( {\n")
    assert ran.status == "error" and "broken" in ran.trace


def test_panic_keeps_state(k):
    k.ok("safe := 11")
    ran = k.run('func fails(v []int) int {\n\treturn v[5]\n}\nsafe = 12\nfails(nil)')
    assert ran.status == "error" and ran.kinds == ["busy", "execute_input", "error", "idle"]
    count = ran.reply["content"]["execution_count"]
    assert "index out of range" in ran.trace
    assert re.search(rf"Cell \[{count}\]\D{{0,9}}2\b", ran.trace), ran.trace
    assert "return v[5]" in ran.trace, ran.trace
    assert ran.stream("stderr") == ""
    assert k.ok("safe").value == "12"


def test_panic_in_an_earlier_cells_function_names_that_cell(k):
    defined = k.ok("func deep(p *int) int {\n\t// a comment\n\treturn *p\n}").reply["content"]["execution_count"]
    ran = k.run("deep(nil)")
    assert re.search(rf"Cell \[{defined}\]\D{{0,9}}3\b", ran.trace), ran.trace
    assert re.search(rf"Cell \[{ran.reply['content']['execution_count']}\]\D{{0,9}}1\b", ran.trace), ran.trace


def test_exit_in_cell_code_keeps_state(k):
    k.ok("alive := 3")
    ran = k.run("os.Exit(3)")
    assert ran.status == "error", ran.kinds
    ran = k.run('log.Fatal("enough")')
    assert ran.status == "error", ran.kinds
    assert k.ok("alive").value == "3"


def test_lower_case_fields_and_methods_across_cells(k):
    k.ok('type neuron struct{ v float64; label string }\nfunc (n *neuron) step(i float64) { n.v += i }')
    ran = k.ok('n := &neuron{label: "KC"}\nn.step(2.5)\nfmt.Printf("%+v %T", *n, n)\nn.v')
    assert ran.value == "2.5" and "Ꞌ" not in ran.stream(), ran.stream()


def test_unchanged_cell_runs_again(k):
    k.ok("tally := 0")
    for want in ("1", "2", "3"):
        assert k.ok("tally++\ntally").value == want


def test_rich_result(k):
    k.ok('type page struct{}\nfunc (page) HTML() string { return "<b>bold</b>" }')
    ran = k.ok("page{}")
    assert ran.of("execute_result")[0]["data"]["text/html"] == "<b>bold</b>"


def test_magics(k):
    assert k.ok("%help").stream() or k.ok("%help").of("display_data", "execute_result")
    assert "hello" in k.ok("!echo hello").stream()
    ran = k.run("%nosuch")
    assert ran.status == "error" and "%help" in ran.trace, ran.trace


@pytest.mark.parametrize("code, status", [
    ("1", "complete"), ('fmt.Println("hello, world")', "complete"), ("func f(x int) int {\n\treturn x * 2\n}", "complete"),
    ("x := []int{1, 2}", "complete"), ("!ls", "complete"),
    ("func f(x int) int {", "incomplete"), ('fmt.Println("a",', "incomplete"), ("s := `abc ", "incomplete"),
    ("x := 1 +", "incomplete"), ("for i := range 3 {\n\tfmt.Println(i)", "incomplete"), ("/* open", "incomplete"),
    ("func = 7q", "invalid"), ("x := )", "invalid"), ("import 3", "invalid"),
])
def test_is_complete(k, code, status):
    k.client.is_complete(code)
    content = k.client.get_shell_msg(timeout=10)["content"]
    k.quiet()
    assert content["status"] == status
    if status == "incomplete" and code.endswith("{"):
        assert content["indent"] == "\t"
