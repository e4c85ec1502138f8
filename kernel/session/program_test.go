package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openProgram opens a session whose cells are programs, as GoNB's are.
func openProgram(t *testing.T) *notebook {
	t.Helper()
	dir := t.TempDir()
	n := &notebook{t: t, dir: dir, s: New(Options{Tool: shared, Dir: dir, Log: t.Logf, Program: true})}
	t.Cleanup(func() {
		if err := n.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n
}

func TestProgramMode(t *testing.T) {
	n := openProgram(t)
	n.says("func main() {\n    fmt.Printf(\"Hello World!\")\n}", "Hello World!")
	// func main is not remembered; a global starts over in each cell (G-3, G-5).
	n.says("var start = float32(1)\n\nfunc incr[T int | float32](x T) T { return x + 1 }", "")
	n.says("%%\nstart = incr(start)\nfmt.Println(start)", "2\n")
	n.says("%%\nfmt.Println(start)", "1\n")
	// init_ functions run before main, sorted, until they are removed (G-6).
	n.says("func init_b() { fmt.Println(\"init_b\") }", "init_b\n")
	n.says("func init_a() { fmt.Println(\"init_a\") }\n%%\nfmt.Println(\"main\")", "init_a\ninit_b\nmain\n")
	n.says("func init() { fmt.Println(\"init: v0\") }", "init: v0\ninit_a\ninit_b\n")
	n.says("func init() { fmt.Println(\"init: v1\") }", "init: v1\ninit_a\ninit_b\n")
	n.says("%rm init_a init_b init", ". removed func init_a\n. removed func init_b\n. removed func init\n")
	// Variables that one call defines go together.
	n.says("func tuple() (x, y, z int) { return 3, 5, 7 }\n\nvar a, _, c = tuple()\n\n%%\nfmt.Printf(\"a=%d, c=%d\\n\", a, c)", "a=3, c=7\n")
	n.says("var c = float32(1.5)\n\n%%\nfmt.Printf(\"c=%g\\n\", c)", "c=1.5\n")
	if _, out := n.ok("%rm a"); out.stream("stderr") != ". key \"a\" not found in any definition, not removed\n" {
		t.Errorf("rm: %s", out)
	}
	// Redefinition reaches everything (G-7).
	n.says("func base() int { return 1 }\nfunc above() int { return 10 * base() }\n%%\nfmt.Println(above())", "10\n")
	n.says("func base() int { return 2 }\n%%\nfmt.Println(above())", "20\n")
	// Methods are named Type~Method.
	n.says("type point struct{ x, y int }\nfunc (p *point) sum() int { return p.x + p.y }\n%%\nfmt.Println((&point{1, 2}).sum())", "3\n")
	_, out := n.ok("%ls")
	listed := fmt.Sprint(out.displays[0].Data["text/html"], out.displays[len(out.displays)-1].Data["text/html"])
	if !strings.HasPrefix(listed, "<h3>Memorized Definitions</h3>") || !strings.Contains(listed, "<h4>Functions</h4>\n<ul>\n<li><pre>above</pre></li>") || !strings.Contains(listed, "<li><pre>point~sum</pre></li>") {
		t.Errorf("list: %s", listed)
	}
	n.says("%rm point~sum", ". removed func point~sum\n")
	// Flags, arguments and %exec (G-4).
	n.says("var x = flag.Int(\"x\", 0, \"value\")\n\nfunc f() {\n    fmt.Printf(\"Got x=%d\\n\", *x)\n}\n\n%% -x=17\nf()", "Got x=17\n")
	n.says("//gonb:%exec f -x=13", "Got x=13\n")
	n.says("%args -x=5\nfunc main() { flag.Parse(); f() }", "Got x=5\n")
	n.says("%%\nf()", "Got x=0\n")
	// A package line is nothing, comments alone are nothing.
	n.says("// a comment\npackage abc\n\n%%\nfmt.Println(\"ok\")", "ok\n")
	n.says("// only a comment", "")
	n.says("", "")
	n.says("%goflags -cover", "%goflags=[\"-cover\"]\n")
	n.says("%goflags \"\"", "%goflags=[]\n")
	if _, out := n.ok("%foo\n%%\nfmt.Println(1)"); out.stream("stdout") != "1\n" || !strings.Contains(out.stream("stderr"), `"%foo" unknown or not implemented yet.`) {
		t.Errorf("unknown command: %s", out)
	}
	if _, out := n.ok("!exit 2"); out.stream("stderr") != "exit status 2\n" {
		t.Errorf("a shell command that fails: %s", out)
	}
	n.says("!*head -1 go.mod | cut -c1-12; ls main.go; go build -o /dev/null . && echo built", "module gonb_\nmain.go\nbuilt\n")
	n.says("%reset", "* State reset: all memorized declarations discarded.\n")
	n.says("%ls", "")
}

func TestProgramsThatFail(t *testing.T) {
	n := openProgram(t)
	n.ok("func first() {}\n\nfunc boom(i int) int {\n\treturn []int{1}[i]\n}")
	e := n.fails("%%\nfmt.Println(\"before\")\n\nboom(3)", "panic")
	trace := uncoloured(strings.Join(e.Traceback, "\n"))
	for _, want := range []string{"index out of range [3] with length 1", "Cell [1]: Line 4, in boom", "Cell [2]: Line 4", "exit status 2"} {
		if !strings.Contains(trace, want) {
			t.Errorf("no %q in\n%s", want, trace)
		}
	}
	r, out := n.run("%%\nlog.SetFlags(0)\nlog.Fatalf(\"given %d\", 7)")
	if r.Err == nil || !strings.Contains(r.Err.Traceback[0], "exit status 1") || out.stream("stderr") != "given 7\n" {
		t.Errorf("log.Fatal: %v %s", r.Err, out)
	}
	n.says("%%\nfmt.Println(1)\nos.Exit(0)", "1\n")
	e = n.fails("%%\nx := 1\nfmt.Println(undefinedName)\n", "CompileError")
	trace = uncoloured(strings.Join(e.Traceback, "\n"))
	if !strings.Contains(trace, "Cell [5]: Line 2") || !strings.Contains(trace, "Line 3") || !strings.Contains(trace, "undefined: undefinedName") || !strings.Contains(trace, "             ^") {
		t.Errorf("compile error:\n%s", trace)
	}
	e = n.fails("%%\nfmt.Println(\"Hello World\"", "CompileError")
	if !strings.Contains(uncoloured(e.Traceback[0]), "Cell [6]: Line 2") {
		t.Errorf("syntax error: %v", e.Traceback)
	}
	// What did not compile is not remembered.
	n.fails("func good() int { return bad }", "CompileError")
	n.fails("%%\ngood()", "CompileError")
	// Traces that a program prints itself name cells too.
	_, out = n.ok("%%\nvar b [4096]byte\nos.Stderr.Write(b[:runtime.Stack(b[:], false)])")
	if !strings.Contains(out.stream("stderr"), "[[ Cell [9] Line 3 ]]") {
		t.Errorf("annotated: %s", out.stream("stderr"))
	}
}

func TestProgramsDisplayAndFetch(t *testing.T) {
	n := openProgram(t)
	_, out := n.ok("import \"github.com/janpfeifer/gonb/gonbui\"\n\n%%\nfmt.Print(\"a\")\ngonbui.DisplayHtml(\"<b>one</b>\")\ngonbui.Sync()\nfmt.Print(\"b\")\ngonbui.Sync()")
	if out.String() != "stdout:a|display:<b>one</b>|stdout:b" {
		t.Errorf("order: %s", out)
	}
	local := filepath.Join(n.dir, "pkg")
	os.MkdirAll(local, 0o755)
	os.WriteFile(filepath.Join(n.dir, "go.mod"), []byte("module example.com/here\n\ngo 1.24\n"), 0o644)
	os.WriteFile(filepath.Join(local, "p.go"), []byte("package pkg\n\nfunc V() int { return 1 }\n"), 0o644)
	n.says("import \"example.com/here/pkg\"\n%%\nfmt.Println(pkg.V())", "1\n")
	os.WriteFile(filepath.Join(local, "p.go"), []byte("package pkg\n\nfunc V() int { return 2 }\n"), 0o644)
	n.says("%%\nfmt.Println(pkg.V())", "2\n")
	// The same in a live notebook, in one worker (G-14).
	n.ok("%mode live")
	n.want("import \"example.com/here/pkg\"\npkg.V()", "2")
	os.WriteFile(filepath.Join(local, "p.go"), []byte("package pkg\n\nfunc V() int { return 3 }\n\nfunc W() string { return \"w\" }\n"), 0o644)
	n.want("pkg.V()", "3")
	n.want("pkg.W()", "w")
	os.WriteFile(filepath.Join(local, "p.go"), []byte("package pkg\n\nfunc V() int { return nothing }\n"), 0o644)
	if e := n.fails("pkg.V()", "CompileError"); !strings.Contains(e.EValue, "p.go:3") {
		t.Error(e.EValue)
	}
	n.want("1 + 1", "2")
	os.WriteFile(filepath.Join(local, "p.go"), []byte("package pkg\n\nfunc V() int { return 4 }\n"), 0o644)
	n.want("pkg.V()", "4")
	n.ok("!*echo broken > go.mod")
	n.want("1 + 2", "3")
	if e := n.fails("import \"example.com/here/other\"", "BuildError"); !strings.Contains(e.EValue, "%reset go.mod") {
		t.Error(e.EValue)
	}
	n.ok("%reset go.mod")
	n.want("pkg.V()", "4")
}

func TestTestsInCells(t *testing.T) {
	n := open(t)
	n.ok("base := 40\nfunc double(x int) int {\n\tif x < 0 {\n\t\treturn 0\n\t}\n\treturn 2 * x\n}")
	_, out := n.ok("func TestDouble(t *testing.T) {\n\tif double(2) != 4 {\n\t\tt.Fatal(\"wrong\")\n\t}\n}\n\nfunc TestBase(t *testing.T) {\n\tif base != 40 {\n\t\tt.Fatal(base)\n\t}\n}\n\n%test")
	text := out.stream("stdout")
	if !strings.Contains(text, "=== RUN   TestDouble\n--- PASS: TestDouble") || !strings.Contains(text, "--- PASS: TestBase") || !strings.HasSuffix(text, "PASS\n") {
		t.Errorf("tests: %s", out)
	}
	r, out := n.run("%test\nfunc TestWrong(t *testing.T) { t.Error(\"no\") }")
	if text := out.stream("stdout"); r.Err == nil || !strings.Contains(text, "--- FAIL: TestWrong") || strings.Contains(text, "TestBase") {
		t.Errorf("a test that fails: %v %s", r.Err, out)
	}
	n.ok("%rm TestWrong")
	if _, out := n.ok("%test \"\""); out.stream("stdout") != "PASS\n" {
		t.Errorf("quiet: %s", out)
	}
	if _, out := n.ok("%test -test.run=Base -test.v"); strings.Contains(out.stream("stdout"), "TestDouble") || !strings.Contains(out.stream("stdout"), "TestBase") {
		t.Errorf("flags: %s", out)
	}
	_, out = n.ok("func BenchmarkDouble(b *testing.B) {\n\tfor b.Loop() {\n\t\tdouble(1)\n\t}\n}\n%bench -test.benchtime=100x")
	if !strings.Contains(out.stream("stdout"), "BenchmarkDouble") || !strings.Contains(out.stream("stdout"), "ns/op") {
		t.Errorf("bench: %s", out)
	}
	if _, out = n.ok("%bench -test.benchtime=100x"); !strings.Contains(out.stream("stdout"), "its last run") {
		t.Errorf("bench again: %s", out)
	}
	n.matches("%cover", `(?s)66\.7 % of statements\nCell \[1\]\n.*\+   3  .if x < 0 .*-   4  ..return 0`)
	n.want("double(base)", "80")
}

func TestLiveHonoursFlagsByPrograms(t *testing.T) {
	n := open(t)
	n.ok("func A() { fmt.Println(\"A\") }\nvar kept = 1")
	cover := t.TempDir()
	n.ok("%goflags -cover\n%env GOCOVERDIR " + cover)
	n.says("%%\nA()", "A\n")
	if files, _ := os.ReadDir(cover); len(files) == 0 {
		t.Error("no coverage was written")
	}
	n.ok("%goflags \"\"")
	n.want("kept", "1")
}

func TestExport(t *testing.T) {
	n := open(t)
	n.ok("rate := 0.5\nnames := []string{\"a\", \"b\"}\nunused := 1")
	n.ok("func scaled(x float64) float64 { return rate * x }\n\ntype point struct{ x, y float64 }\n\nfunc (p point) sum() float64 { return p.x + p.y }")
	n.ok("p := point{scaled(2), 3}\nfmt.Println(p.sum())\nvar total float64\nfor _, name := range names {\n\ttotal += float64(len(name))\n}")
	n.ok("rate = 2\ntotal = scaled(total)\ntotal")
	n.ok("p := \"another type\"\nstrings.ToUpper(p)")
	n.ok("func TestScaled(t *testing.T) {\n\trate = 3\n\tif scaled(2) != 6 {\n\t\tt.Fatal(scaled(2))\n\t}\n}")
	n.ok("%%\nfmt.Println(\"in main\", rate)")
	n.ok("import \"github.com/spikebook/spikebook/npy\"\nvar _ = npy.Save")
	n.ok("%export made")
	dir := filepath.Join(n.dir, "made")
	n.says("!cd made && gofmt -l . && go vet . && go run . && go test . | cut -f1", "4\n4\nANOTHER TYPE\nin main 2\nok  \n")
	text, err := os.ReadFile(filepath.Join(dir, "main.go"))
	if err != nil || !strings.Contains(string(text), "var rate float64") || strings.Contains(string(text), "\ue000") {
		t.Errorf("main.go: %v\n%s", err, text)
	}
	// A cell that is mended and run again replaces its text.
	n.ok("%export made")
	os.MkdirAll(filepath.Join(n.dir, "full"), 0o755)
	os.WriteFile(filepath.Join(n.dir, "full", "letter.txt"), nil, 0o644)
	n.fails("%export full", "CommandError")
}
