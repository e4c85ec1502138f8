"""Special lines over the wire; the tests in Go beside kernel/session go into more detail."""

import json
import pathlib
import re


def test_help_lists_every_command_and_explains_one(k):
    ran = k.ok("%help")
    assert ran.kinds == ["busy", "execute_input", "display_data", "idle"]
    text = ran.of("display_data")[0]["data"]["text/markdown"]
    for name in ("%timeit", "%export", "%%bash", "%test", "%pin"):
        assert f"`{name}" in text
    assert "[-n N]" in k.ok("%help timeit").of("display_data")[0]["data"]["text/plain"]


def test_unknown_commands_are_told_with_what_may_have_been_meant(k):
    ran = k.run("%tiem\n1 + 1")
    assert ran.status == "error" and "did you mean %time?" in ran.trace
    assert k.ok("%time 1 + 1").value == "2"


def test_a_cell_with_a_syntax_error_runs_no_command(k, tmp_path):
    file = tmp_path / "made"
    ran = k.run(f"!touch {file}\nx := (1")
    assert ran.status == "error" and not file.exists()


def test_commands_run_in_order_before_the_code(k):
    ran = k.ok('fmt.Println("code")\n%env WORD=5\n!echo shell $WORD')
    assert ran.stream() == 'Set: WORD="5"\nshell 5\ncode\n'
    assert k.ok('os.Getenv("WORD")').value == "5"


def test_output_of_a_shell_comes_while_it_runs(k):
    request = k.begin("!echo first; sleep 1; echo second", "first")
    ran = k.wait(request)
    assert ran.status == "ok" and ran.stream() == "second\n"


def test_shell_commands_are_interrupted(k):
    request = k.begin("!echo begun; sleep 60", "begun")
    k.interrupt()
    ran = k.wait(request)
    assert ran.status == "error" and ran.of("error")[0]["ename"] == "Interrupted"
    assert k.ok("!echo after").stream() == "after\n"


def test_input_for_a_shell(k):
    request = k.send("%with_password\n!read word; echo \"<$word>\"", allow_stdin=True)
    asked = k.client.get_stdin_msg(timeout=30)
    assert asked["content"]["password"] is True
    k.client.input("secret")
    assert "<secret>\n" in k.wait(request).stream()
    assert k.run("%with_inputs\n!read word", allow_stdin=False).status == "error"


def test_capture_into_a_variable_and_a_file(start, tmp_path):
    k = start(cwd=tmp_path)
    assert k.ok('%capture text\nfmt.Println("ping")').stream() == "ping\n"
    assert k.ok("strings.TrimSpace(text)").value == "ping"
    k.ok('%capture -a out.txt\nfmt.Println("pong")')
    assert (tmp_path / "out.txt").read_text() == "pong\n"
    ran = k.ok("%%writefile notes/../words.txt\nabc\n")
    assert (tmp_path / "words.txt").read_text() == "abc\n" and "Cell contents written to" in ran.stream("stderr")


def test_vars_memory_jobs(k):
    k.ok("grid := make([]float64, 1000)\nword := \"löwe\"")
    table = k.ok("%vars").of("display_data")[0]["data"]
    assert re.search(r"grid +\[\]float64 +1000 +8\.0 kB", table["text/plain"]) and "<table>" in table["text/html"]
    assert "löwe" in table["text/plain"]
    assert "worker: private memory" in k.ok("%memory").of("display_data")[0]["data"]["text/plain"]
    k.ok("stop := make(chan int)\ngo func() { <-stop }()")
    assert re.search(r"\[\d+\] +1 ", k.ok("%jobs").of("display_data")[0]["data"]["text/plain"])
    k.ok("close(stop)")


def test_pprof_is_a_picture(k):
    ran = k.ok("%pprof\nsum := 0\nfor end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {\n\tsum++\n}")
    data = ran.of("display_data")[0]["data"]
    assert data["image/svg+xml"].startswith("<svg") and "of CPU time" in data["text/plain"]


def test_timeit_times(k):
    k.ok("func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }")
    line = k.ok("%timeit -r 3 fib(10)").stream()
    assert re.match(r"[0-9.]+ (ns|µs) per loop \(median [^)]*\), 3 rounds of \d+; 0 B and 0 allocations per loop\n$", line), line


def test_save_and_restore_across_kernels(start, tmp_path):
    k = start(cwd=tmp_path)
    k.ok("type point struct{ x, y int }\npoints := map[string]point{\"a\": {1, 2}}\nrate := 0.5")
    assert "saved 2 variables" in k.ok("%save state.bin").stream()
    other = start(cwd=tmp_path)
    other.ok("type point struct{ x, y int }")
    assert "restored 2 variables: points, rate" in other.ok("%restore state.bin").stream()
    assert other.ok("points[\"a\"].y").value == "2" and other.ok("rate").value == "0.5"


def test_export_is_a_module_that_runs(start, tmp_path):
    k = start(cwd=tmp_path)
    k.ok("factor := 3\nfunc times(n int) int { return factor * n }")
    k.ok("fmt.Println(times(14))")
    k.ok("func TestTimes(t *testing.T) {\n\tfactor = 2\n\tif times(2) != 4 {\n\t\tt.Fatal(times(2))\n\t}\n}")
    k.ok("%export made")
    assert (tmp_path / "made" / "main_test.go").exists()
    assert k.ok("!cd made && go run . && go test . > /dev/null && echo tested").stream() == "42\ntested\n"


def test_reset_forgets(k):
    k.ok("kept := 1")
    assert k.ok("%reset").stream() == "* State reset: all memorized declarations discarded.\n"
    assert k.run("kept").status == "error"
    assert k.ok("kept := 2\nkept").value == "2"


def test_counter_counts_cells_of_commands_only(k):
    first = k.ok("%timing off").reply["content"]["execution_count"]
    assert k.ok("// a comment").reply["content"]["execution_count"] == first + 1
    assert k.ok("%version").reply["content"]["execution_count"] == first + 2


def test_is_complete_knows_commands(k):
    def status(code):
        message = k.client.is_complete(code)
        while True:
            reply = k.client.get_shell_msg(timeout=10)
            if reply["parent_header"]["msg_id"] == message:
                k.quiet()
                return reply["content"]["status"]

    assert status("!ls") == "complete" and status("%list") == "complete"
    assert status("!ls \\") == "incomplete" and status("%%bash\nls") == "incomplete" and status("%%bash\nls\n") == "complete"


def test_readme_has_the_table_of_commands():
    """The table in kernel/README.md is the one that %help shows."""
    root = pathlib.Path(__file__).resolve().parents[2]
    text = (root / "kernel" / "README.md").read_text()
    source = (root / "kernel" / "magic" / "table.go").read_text()
    names = re.findall(r'^\t\{"([^"]+)", ', source, re.M)
    assert len(names) > 40
    for name in names:
        assert f"| `{name}" in text, name
    assert json.dumps(names)


def test_the_next_queued_cell_is_compiled_while_one_runs(k):
    first = k.send("ahead := 6\ntime.Sleep(1500 * time.Millisecond)")
    second = k.send("ahead * 7 // compiled beside the first")
    assert k.wait(first).status == "ok"
    ran = k.wait(second)
    assert ran.value == "42"
    timing = ran.reply["metadata"]["timing"]
    assert timing["compile"] == 0 and timing["link"] == 0 and timing["run"] > 0, timing
