"""Notebooks made with GoNB: the kernel named gonb, and the same cells in a live notebook."""

import json
import os
import pathlib
import re
import subprocess

import pytest
import standins
from conftest import Kernel


@pytest.fixture(scope="module", params=["gonb", "spikebook"])
def g(request, kernels, tmp_path_factory):
    """One kernel of each kind: programs as in GoNB, and live."""
    kernel = Kernel(kernels, name=request.param, cwd=tmp_path_factory.mktemp("gonb"))
    kernel.live = request.param == "spikebook"
    yield kernel
    kernel.stop()


def test_spec(kernels):
    spec = kernels.get_kernel_spec("gonb")
    assert spec.language == "go" and spec.interrupt_mode == "message" and "program" in spec.argv
    assert (pathlib.Path(spec.resource_dir) / "logo-svg.svg").exists()


def test_main_is_not_remembered(g):
    assert g.ok('func main() {\n    fmt.Printf("Hello World!")\n}').stream() == "Hello World!"
    assert g.ok('%%\nfmt.Printf("again")').stream() == "again"
    assert g.ok("// only a comment").kinds == ["busy", "execute_input", "idle"]


def test_globals_start_over_in_programs_only(g):
    g.ok("var counter = 1")
    assert g.ok("%%\ncounter++\nfmt.Println(counter)").stream() == "2\n"
    assert g.ok("%%\nfmt.Println(counter)").stream() == ("2\n" if g.live else "1\n")


def test_init_functions_run_in_every_cell_until_removed(g):
    assert g.ok('func init_b() { fmt.Println("init_b") }').stream() == "init_b\n"
    assert g.ok('func init_a() { fmt.Println("init_a") }\n%%\nfmt.Println("main")').stream() == "init_a\ninit_b\nmain\n"
    assert g.ok("%rm init_a init_b").stream() == ". removed func init_a\n. removed func init_b\n"
    assert g.ok('%%\nfmt.Println("main")').stream() == "main\n"
    assert g.ok("%rm init_a").stream("stderr") == '. key "init_a" not found in any definition, not removed\n'


def test_flags(g):
    g.ok('var who = flag.String("who", "", "Your name!")\nfunc hello() { fmt.Printf("Hello %s!\\n", *who) }')
    assert g.ok("%% --who=world\nhello()").stream() == "Hello world!\n"
    assert g.ok("%args --who=Wally\nfunc main() {\n    flag.Parse()\n    hello()\n}").stream() == "Hello Wally!\n"
    assert g.ok("//gonb:%exec hello -who=x").stream() == "Hello x!\n"


def test_redefinition_reaches_callers(g):
    g.ok("func inner() int { return 1 }\nfunc outer() int { return 10 * inner() }")
    assert g.ok("%%\nfmt.Println(outer())").stream() == "10\n"
    g.ok("func inner() int { return 2 }")
    assert g.ok("%%\nfmt.Println(outer())").stream() == "20\n"


def test_methods_of_later_cells_and_generics(g):
    g.ok("type point struct{ x, y int }")
    g.ok("func (p point) sum() int { return p.x + p.y }\nfunc incr[T int | float64](v T) T { return v + 1 }")
    assert g.ok('%%\nfmt.Println(point{1, incr(2)}.sum(), incr(0.5))').stream() == "4 1.5\n"


def test_failures_name_cells(g):
    ran = g.run('%%\nlog.SetFlags(0)\nlog.Fatalf("given %d", 7)')
    assert ran.status == "error" and ran.stream("stderr").startswith("given 7") and "exit status 1" in ran.trace
    g.ok("func boom(i int) int {\n\treturn []int{1}[i]\n}")
    ran = g.run("%%\nfmt.Println(1)\nboom(3)")
    assert ran.status == "error" and "index out of range [3] with length 1" in ran.trace
    assert re.search(r"Cell \[\d+\]: Line 2, in boom", ran.trace) and re.search(r"Cell \[\d+\]: Line 3", ran.trace)
    assert g.ok("%%\nos.Exit(0)").status == "ok"
    ran = g.run('%%\nfmt.Println("Hello World"')
    assert ran.status == "error" and "Line 2" in ran.trace


def test_programs_show_errors_in_html_too(g):
    for code in ('%%\nfmt.Println(undefinedName)', '%%\nfmt.Println("a"'):
        check_html(g, g.run(code))


def check_html(g, ran):
    shown = [d["data"].get("text/html", "") for d in ran.of("display_data")]
    assert len(ran.of("error")) == 1
    if g.live:
        assert shown == []
    else:
        assert len(shown) == 1 and re.search(r"Cell\[\d+\]: Line 2", shown[0])


def test_tests_and_benchmarks(g):
    g.ok("func double(x int) int { return 2 * x }")
    ran = g.ok("func TestDouble(t *testing.T) {\n\tif double(2) != 4 {\n\t\tt.Fatal()\n\t}\n}\n%test")
    assert ran.stream().startswith("=== RUN   TestDouble\n--- PASS: TestDouble (0.00s)\nPASS\n")
    ran = g.run("func TestWrong(t *testing.T) { t.Error(\"no\") }\n%test", timeout=120)
    assert ran.status == "error" and "--- FAIL: TestWrong" in ran.stream() and "exit status 1" in ran.trace
    g.ok("%rm TestWrong")
    assert g.ok('%test ""').stream() == "PASS\n"
    ran = g.ok("func BenchmarkDouble(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tdouble(i)\n\t}\n}\n%test -test.bench=. -test.run=None -test.benchtime=10x")
    assert "BenchmarkDouble" in ran.stream() and "ns/op" in ran.stream()


def test_coverage_flags_make_a_program(g, tmp_path):
    assert g.ok("%goflags -cover").stream() == '%goflags=["-cover"]\n'
    g.ok(f"%env GOCOVERDIR {tmp_path}")
    g.ok('func A() { fmt.Println("A") }\n\n%%\nA()')
    assert "main.go" in g.ok("!go tool covdata func -i ${GOCOVERDIR}").stream()
    assert g.ok('%goflags ""').stream() == "%goflags=[]\n"


def test_folder_of_go_mod(g):
    text = g.ok("!*pwd; head -1 go.mod; echo $GONB_TMP_DIR").stream().split()
    assert re.search(r"/gonb_[0-9a-f]{8}$", text[0]) and text[1] == "module" and text[2].startswith("gonb_") and text[3] == text[0]
    g.ok('type shape struct{ a int }\n\nfunc (s *shape) area() int {\n\treturn s.a * s.a\n}')
    diagnostics = g.ok("!*go build -o /dev/null -gcflags=-m . 2>&1")
    assert "can inline (*shape).area" in diagnostics.stream()


def test_lists(g):
    g.ok('import "math"\nconst limit = 3\ntype kind int\nvar level = 1\nfunc (k kind) name() string { return "k" }\n%%\nfmt.Println(math.Pi, limit, level, kind(1).name())')
    html = [d["data"]["text/html"] for d in g.ok("%list").of("display_data")]
    assert html[0] == "<h3>Memorized Definitions</h3>\n"
    text = "".join(html)
    for heading, key in [("Imports", "math"), ("Constants", "limit"), ("Types", "kind"), ("Variables", "level"), ("Functions", "kind~name")]:
        assert f"<h4>{heading}</h4>" in text and f"<li><pre>{key}</pre></li>" in text


def test_displays_keep_their_order(g):
    ran = g.ok('import "github.com/janpfeifer/gonb/gonbui"\n%%\nfmt.Print("a")\ngonbui.DisplayHtml("<b>one</b>")\ngonbui.Sync()\nfmt.Print("b")\ngonbui.UpdateHtml("id", "two")\ngonbui.UpdateHtml("id", "three")\ngonbui.Sync()')
    order = [m["msg_type"] for m in ran.published if m["msg_type"].endswith("display_data") or m["content"].get("name") == "stdout"]
    assert order == ["stream", "display_data", "stream", "display_data", "update_display_data"]


def test_input(g):
    request = g.send('%%\ngonbui.RequestInput("name? ", false)\nvar name string\nfmt.Scan(&name)\nfmt.Println("<" + name + ">")', allow_stdin=True)
    asked = g.client.get_stdin_msg(timeout=60)
    assert asked["content"] == {"prompt": "name? ", "password": False}
    g.client.input("gopher")
    assert "<gopher>\n" in g.wait(request).stream()


def test_interrupt(g):
    request = g.begin('%%\nfmt.Println("begun")\nfor {\n\ttime.Sleep(10 * time.Millisecond)\n}', "begun")
    g.interrupt()
    ran = g.wait(request)
    assert ran.status == "error" and ran.of("error")[0]["ename"] == "Interrupted"
    assert g.ok('%%\nfmt.Println("after")').stream() == "after\n"


def test_unknown_commands(g):
    ran = g.run("%foo\n%%\nfmt.Println(1)")
    if g.live:
        assert ran.status == "error"
    else:
        assert ran.status == "ok" and ran.stream() == "1\n" and '"%foo" unknown or not implemented yet.' in ran.stream("stderr")
    ran = g.run("X=17\n%%sh\necho $X")
    assert ran.status == "error" and '"%%sh" can only appear at the start of the cell' in ran.trace


def test_reset_last(g):
    assert g.ok("%reset").stream() == "* State reset: all memorized declarations discarded.\n"
    assert g.run("%%\nhello()").status == "error"


def test_wasm(kernels, tmp_path):
    kernel = Kernel(kernels, name="gonb", cwd=tmp_path, env={"GONB_JUPYTER_ROOT": str(tmp_path)})
    try:
        ran = kernel.ok("%wasm\n%%\nfmt.Println(GonbWasmDivId, GonbWasmUrl)", timeout=180)
    finally:
        kernel.stop()
    built = list(tmp_path.glob("jupyter_files/gonb_*/gonb_cell.wasm"))
    assert len(built) == 1 and built[0].read_bytes()[:4] == b"\0asm" and (built[0].parent / "wasm_exec.js").exists()
    assert "WebAssembly.instantiate" in ran.of("display_data")[0]["data"]["text/html"]


@pytest.mark.parametrize("mode", ["program", "live"])
def test_published_tutorial(binary, kernels, tmp_path, mode):
    """GoNB's own tutorial, from the module cache. Modules that not every proxy has are replaced by
    stand-ins of the same names; the cell that waits for a person at a slider is left out."""
    got = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", "github.com/janpfeifer/gonb"], capture_output=True, text=True, check=True,
                         cwd=pathlib.Path(__file__).resolve().parents[2])
    source = pathlib.Path(got.stdout.strip())
    notebook = json.loads((source / "examples" / "tutorial.ipynb").read_text())
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if "widgets.Slider" in text:
            cell["metadata"]["tags"] = ["skip-execution"]
        # The same without the pauses of its animations.
        cell["source"] = text.replace("40 * time.Millisecond", "1 * time.Millisecond").replace("freq += 0.05", "freq += 1").replace("sleep 1", "sleep 0")
    file = tmp_path / "tutorial.ipynb"
    file.write_text(json.dumps(notebook))
    # Two of its cells expect a checkout of GoNB in the home folder.
    home = tmp_path / "home"
    checkout = home / "Projects" / "gonb"
    checkout.mkdir(parents=True)
    (checkout / "go.mod").write_bytes((source / "go.mod").read_bytes())
    go = json.loads(subprocess.run(["go", "env", "-json", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOPATH"], capture_output=True, text=True, check=True).stdout)
    cache = os.environ.get("SPIKEBOOK_CACHE") or str(pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "spikebook")
    proxy = standins.proxy(tmp_path / "proxy")
    env = dict(os.environ, HOME=str(home), GOMODCACHE=go["GOMODCACHE"], GOCACHE=go["GOCACHE"], GOPATH=go["GOPATH"], SPIKEBOOK_CACHE=cache,
               GOPROXY=f"{proxy},{go['GOPROXY']}", GONOSUMDB=standins.NOSUM)
    done = subprocess.run([binary, "run", "--mode", mode, "--out", tmp_path / "out", file], capture_output=True, text=True, env=env, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((tmp_path / "out" / "tutorial.ipynb").read_text())["cells"]
    text = {i: "".join("".join(o.get("text", "")) for o in c.get("outputs", [])) for i, c in enumerate(cells)}
    kinds = {i: {k for o in c.get("outputs", []) for k in o.get("data", {})} for i, c in enumerate(cells)}
    by = {"".join(c["source"]): i for i, c in enumerate(cells)}
    after = [i for s, i in by.items() if "current startValue" in s]
    assert text[after[0]] == "current startValue=2.000000\n" and text[after[1]] == f"current startValue={1 if mode == 'program' else 2}.000000\n"
    assert any("Hello world!" in t for t in text.values()) and any("Where is Wally?" in t for t in text.values())
    assert any("init_a\ninit_b\nmain\n" in t for t in text.values()) and any("--- PASS: TestIncr" in t for t in text.values())
    assert sum("image/png" in k for k in kinds.values()) >= 2
