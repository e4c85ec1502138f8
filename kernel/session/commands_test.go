package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/magic"
)

// says executes a cell that must succeed and tests its standard output.
func (n *notebook) says(code, want string) {
	n.t.Helper()
	if _, out := n.ok(code); out.stream("stdout") != want {
		n.t.Errorf("cell\n%s\nsaid %q, want %q; stderr %q", code, out.stream("stdout"), want, out.stream("stderr"))
	}
}

// matches executes a cell that must succeed; what it shows, displays as plain
// text, must match a pattern.
func (n *notebook) matches(code, pattern string) []string {
	n.t.Helper()
	_, out := n.ok(code)
	text := out.stream("stdout")
	for _, d := range out.displays {
		text += fmt.Sprint(d.Data["text/plain"]) + "\n"
	}
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		n.t.Errorf("cell\n%s\nshowed %q, want %s; stderr %q", code, text, pattern, out.stream("stderr"))
		return make([]string, 10)
	}
	return found
}

func TestEveryCommandIsCarriedOut(t *testing.T) {
	for _, c := range magic.Commands {
		if handlers[c.Name] == nil {
			t.Errorf("%s has no handler", c.Name)
		}
	}
}

func TestCommandsOfAllKinds(t *testing.T) {
	n := open(t)
	n.matches("%help", `%timeit`)
	n.matches("%help timeit", `%timeit \[-n N\]`)
	if e := n.fails("%help timiet", "CommandError"); !strings.Contains(e.EValue, "did you mean %timeit?") {
		t.Error(e.EValue)
	}
	if e := n.fails("%timiet f()", "CompileError"); !strings.Contains(e.EValue, "did you mean %timeit?") {
		t.Error(e.EValue)
	}

}

func TestEnvironmentAndFolder(t *testing.T) {
	n := open(t)
	n.says(`%env GREETING "hello there"`, "Set: GREETING=\"hello there\"\n")
	n.says("%env N=5\n!echo $GREETING $N", "Set: N=\"5\"\nhello there 5\n")
	n.want(`os.Getenv("GREETING") + os.Getenv("N")`, "hello there5")
	n.says("%env", "GREETING=\"hello there\"\nN=\"5\"\n")
	n.fails("%env a b c", "CommandError")
	os.Mkdir(filepath.Join(n.dir, "sub"), 0o755)
	sub := filepath.Join(n.dir, "sub")
	n.says("%cd sub", fmt.Sprintf("Changed directory to %q\n", sub))
	n.says("%cd\n!pwd\n!echo $GONB_DIR", fmt.Sprintf("Current directory: %q\n%s\n%s\n", sub, sub, sub))
	n.want(`dir, _ := os.Getwd(); dir`, sub)
	n.fails("%cd nowhere", "CommandError")
	n.says("!*basename $PWD | cut -c1-5", "gonb_\n")
	if _, out := n.ok("!*pwd; echo $GONB_TMP_DIR"); func() bool {
		lines := strings.Fields(out.stream("stdout"))
		return len(lines) != 2 || lines[0] != lines[1] || !regexp.MustCompile(`gonb_[0-9a-f]{8}$`).MatchString(lines[0])
	}() {
		t.Errorf("folder of go.mod: %s", out)
	}
}

func TestFilesAndCapture(t *testing.T) {
	n := open(t)
	_, out := n.ok("%%writefile words.txt\nlöwe\n%help is no command here\n")
	if out.stream("stderr") != fmt.Sprintf("Cell contents written to %q.\n", filepath.Join(n.dir, "words.txt")) {
		t.Errorf("writefile: %s", out)
	}
	n.ok("%%writefile -a words.txt\nmore")
	n.says("!cat words.txt", "löwe\n%help is no command here\nmore")
	n.says("%%bash\nfor i in 1 2; do\n  echo \"$i%\"\ndone", "1%\n2%\n")
	n.says("%%script tr a-z A-Z\nshout", "SHOUT")
	if e := n.fails("x := 17\n%%sh\necho $X", "CompileError"); !strings.Contains(e.EValue, `"%%sh" can only appear at the start of the cell`) {
		t.Error(e.EValue)
	}
	n.fails("!exit 3", "ShellError")

	n.ok("%capture seen\nfmt.Print(\"one \")\nfmt.Fprint(os.Stderr, \"two\")")
	n.want("seen", "one two")
	n.ok("%capture out.txt\nfmt.Println(\"Ping\")")
	n.ok("%capture -a out.txt\nfmt.Println(\"Pong\")\ngonbui.DisplayMarkdown(\"# Title\\n\")")
	n.says("!cat out.txt", "Ping\nPong\n# Title\n")
}

func TestTimes(t *testing.T) {
	n := open(t)
	n.matches("%time\ntime.Sleep(30 * time.Millisecond)", `check .*compile .*link .*load .*run \d\d(\.\d+)?ms.*total`)
	n.matches("%time s := 0\ns", `run .*total`)
	n.want("s", "0")
	n.ok("func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }")
	n.matches("%timeit -n 10 -r 3 fib(12)", `^(\S+) (ns|µs|ms) per loop \(median .*\), 3 rounds of 10; \d+ B and \d+ allocations per loop\n$`)
	n.matches("%timeit -r 1 -n 5 1.5 * float64(s)", `per loop`)
	n.matches("%timeit -r1 -n2\nx := fib(5)\n_ = x", `1 rounds of 2`)
	n.fails("%timeit -n 0 fib(3)", "CommandError")
	n.says("%timing on", "timing on\n")
	n.matches("fib(3)", `run .*total`)
	n.ok("%timing off")
	n.says("fib(3);", "")
	// A line moves nowhere: the mistake is in line 2.
	if e := n.fails("%timeit fib(1)\nundefinedName", "CompileError"); !strings.Contains(uncoloured(e.Traceback[0]), "Line 2") {
		t.Error(e.Traceback)
	}
}

func TestProfile(t *testing.T) {
	n := open(t)
	n.ok("func spin(d time.Duration) (k int) { for end := time.Now().Add(d); time.Now().Before(end); { for i := range 1000 { k += i } }; return k }")
	_, out := n.ok("%pprof p.out\nk := spin(500 * time.Millisecond)")
	if len(out.displays) != 1 {
		t.Fatalf("profile: %s", out)
	}
	svg, text := fmt.Sprint(out.displays[0].Data["image/svg+xml"]), fmt.Sprint(out.displays[0].Data["text/plain"])
	if !strings.Contains(svg, "<svg") || !strings.Contains(text, "spin (Cell [1]:1)") {
		t.Errorf("profile: %s", text)
	}
	if data, err := os.ReadFile(filepath.Join(n.dir, "p.out")); err != nil || len(data) < 100 || data[0] != 0x1f {
		t.Errorf("file of the profile: %d bytes, %v", len(data), err)
	}
}

func TestVariables(t *testing.T) {
	n := open(t)
	n.says("%vars", "no variables\n")
	n.ok("grid := make([][]float64, 3)\nfor i := range grid { grid[i] = make([]float64, 1000) }\nname := \"löwe\"\nages := map[string]int{\"a\": 1}\nvar none error\nf := func() {}")
	n.matches("%vars", `name .*type .*\nages +map\[string\]int +1 +\d+ B +\[2\]  .*\nf +func\(\) .*\ngrid +\[\]\[\]float64 +3×1000 +24\.1 kB +\[2\].*\nname +string +5 +21 B +\[2\] +"löwe"\nnone +error`)
	n.matches("%vars g*", `(?s)^name[^\n]*\ngrid[^\n]*\n$`)
	n.matches("%memory", `(?s)worker: private memory.*variable grid +24\.1 kB +\[\]\[\]float64 3×1000`)
	n.ok("%rm grid name")
	n.fails("grid", "CompileError")
	n.matches("%vars", `(?s)ages.*f `)
	if _, out := n.ok("%rm nothing"); out.stream("stderr") != ". key \"nothing\" not found in any definition, not removed\n" {
		t.Errorf("rm: %s", out)
	}
	n.ok("name := \"again\"")
	n.want("name", "again")
	n.matches("%list", `(?s)Variables.*ages`)
	n.says("%reset", "* State reset: all memorized declarations discarded.\n")
	n.fails("ages", "CompileError")
	n.ok("ages := 3")
	n.want("ages", "3")
}

func TestSaveAndRestore(t *testing.T) {
	n := open(t)
	n.ok("type pair struct{ a int; B []string }\npairs := []pair{{1, []string{\"x\"}}, {2, nil}}\nweights := []float64{1, 2.5}\nch := make(chan int)\nnothing := map[string]int(nil)\nzero := 0")
	_, out := n.ok("%save state.bin")
	if !strings.Contains(out.stream("stdout"), "saved 4 variables") || !strings.Contains(out.stream("stderr"), "not saved: ch: ") {
		t.Errorf("save: %s", out)
	}
	n.ok("weights[0] = 7\nzero = 9\nnothing = map[string]int{\"k\": 1}")
	n.ok("%restore state.bin")
	n.want("fmt.Sprint(weights, zero, nothing == nil, pairs[0].a, pairs[0].B)", "[1 2.5] 0 true 1 [x]")
	n.ok("weights = nil")
	n.matches("%restore state.bin weights", `restored 1 variables: weights`)
	n.want("weights[1]", "2.5")

	// In another session the type is missing for one of them.
	data, err := os.ReadFile(filepath.Join(n.dir, "state.bin"))
	if err != nil {
		t.Fatal(err)
	}
	m := open(t)
	os.WriteFile(filepath.Join(m.dir, "state.bin"), data, 0o644)
	_, out = m.ok("%restore state.bin")
	if !strings.Contains(out.stream("stdout"), "restored 3 variables: nothing, weights, zero") || !strings.Contains(out.stream("stderr"), "not restored: pairs: its type []pair cannot be declared") {
		t.Errorf("restore: %s", out)
	}
	m.want("weights[1]", "2.5")
	m.ok("type pair struct{ a int; B []string }")
	m.ok("%restore state.bin pairs")
	m.want("pairs[0].a", "1")
	os.WriteFile(filepath.Join(m.dir, "no.bin"), []byte("something else\n"), 0o644)
	if e := m.fails("%restore no.bin", "CommandError"); !strings.Contains(e.EValue, "not written by %save") {
		t.Error(e.EValue)
	}
	os.WriteFile(filepath.Join(m.dir, "cut.bin"), data[:len(data)-7], 0o644)
	m.fails("%restore cut.bin", "CommandError")
	m.want("weights[1]", "2.5")
}

func TestJobs(t *testing.T) {
	n := open(t)
	n.says("%jobs", "no goroutines of cells are running\n")
	n.ok("var ticks atomic.Int64\nfor range 3 {\n\tgo func() {\n\t\tfor {\n\t\t\tticks.Add(1)\n\t\t\ttime.Sleep(time.Millisecond)\n\t\t}\n\t}()\n}")
	deadline := time.Now().Add(10 * time.Second)
	for three := regexp.MustCompile(`\[2\] +3 +Cell\[2\]:\d`); ; { // the cell's own goroutine may still be on its way out
		_, out := n.ok("%jobs")
		if len(out.displays) > 0 && three.MatchString(fmt.Sprint(out.displays[0].Data["text/plain"])) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%%jobs showed %v, want three goroutines of cell 2", out.displays)
		}
	}
	n.matches("%kill 2", `told 3 goroutines of cell 2`)
	for {
		if _, out := n.ok("%jobs"); strings.HasPrefix(out.stream("stdout"), "no goroutines") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the goroutines go on")
		}
	}
	n.fails("%kill 2", "CommandError")
}

func TestFlagsOfLiveCells(t *testing.T) {
	n := open(t)
	n.ok("var x = flag.Int(\"x\", 3, \"a number\")\nvar who = flag.String(\"who\", \"nobody\", \"\")\nfunc f() { fmt.Println(*x, *who, flag.Args()) }")
	n.says("%% -x=17 a b\nf()", "17 nobody [a b]\n")
	n.says("%%\nf()", "3 nobody []\n")
	n.says("%args --who=Wally\nfunc main() {\n\tflag.Parse()\n\tf()\n}", "3 Wally []\n")
	n.says("func main() { flag.Parse(); f() }", "3 Wally []\n") // of the cell before
	n.says("%exec f -x=13", "13 nobody []\n")
	n.ok("var x = flag.Int(\"x\", 4, \"a number\")\nvar who = flag.String(\"who\", \"nobody\", \"\")\nfunc f() { fmt.Println(*x, *who, flag.Args()) }")
	n.says("%%\nf()", "4 nobody []\n")
	e := n.fails("%% -y=1\nf()", "panic")
	if !strings.Contains(e.EValue, "flag provided but not defined: -y") {
		t.Error(e.EValue)
	}
	if _, out := n.ok("%% -help\nf()"); !strings.Contains(out.stream("stderr"), "a number") {
		t.Errorf("help: %s", out)
	}
	// What main declares stays in it.
	n.ok("%%\ninner := 1\n_ = inner")
	n.fails("inner", "CompileError")
	n.says("//gonb:%%\nfmt.Println(len(os.Args))", "1\n")
}

func TestInputForShells(t *testing.T) {
	n := open(t)
	asked := make(chan bool, 9)
	ask := func(_ context.Context, prompt string, password bool) (string, error) {
		asked <- password
		return "answer", nil
	}
	out := &shown{}
	r := n.s.Execute(context.Background(), Request{Code: "%with_inputs\n!read a; echo got $a\n!read b; echo none $b", Count: 1, Ask: ask}, out)
	if r.Err != nil && r.Err.EName != "ShellError" || !strings.Contains(out.stream("stdout"), "got answer\n") || !strings.Contains(out.stream("stdout"), "none\n") {
		t.Errorf("input: %v, %s", r.Err, out)
	}
	if password := <-asked; password || len(asked) > 0 {
		t.Error("asked as for a password, or twice")
	}
	out = &shown{}
	n.s.Execute(context.Background(), Request{Code: "%with_password\n!read a; echo got $a", Count: 2, Ask: ask}, out)
	if !strings.Contains(out.stream("stdout"), "got answer\n") || !<-asked {
		t.Errorf("password: %s", out)
	}
	n.fails("%with_inputs\n!read a", "ShellError")
}

func TestInitsRunInEveryLiveCell(t *testing.T) {
	n := open(t)
	n.says("func init_b() {\n\tfmt.Println(\"init_b\")\n}", "init_b\n")
	n.says("func init_a() { fmt.Println(\"init_a\") }\n%%\nfmt.Println(\"main\")", "init_a\ninit_b\nmain\n")
	n.says("func main() {\n\tfmt.Println(\"own main\")\n}", "init_a\ninit_b\nown main\n")
	n.want("1 + 1", "2")
	n.says("var dir string\nfunc init_dir() { dir = \"set\" }\n%%\nfmt.Println(dir)", "init_a\ninit_b\nset\n")
	n.says("%rm init_a init_b init_dir", ". removed func init_a\n. removed func init_b\n. removed func init_dir\n")
	n.says("%%\nfmt.Println(\"main\")", "main\n")
	if e := n.fails("func init_c() {}\n\nfunc main() {\n\tpanic(\"x\")\n}", "panic"); !strings.Contains(uncoloured(strings.Join(e.Traceback, "\n")), "Line 4") {
		t.Error(e.Traceback)
	}
}
