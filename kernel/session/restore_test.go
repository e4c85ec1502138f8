package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const die = "syscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}"

// S-8: what has no side effects comes back by itself.
func TestFunctionsAndTypesComeBack(t *testing.T) {
	n := open(t)
	n.ok("func base() int { return 1 }\nimport str \"strings\"\ntype bee struct{ wings int }\nconst hives = 3\nfmt.Println(\"a side effect\")")
	n.ok("func (b bee) fly() string { return str.Repeat(\"~\", b.wings) }\nfunc swarm() string { return maja.fly() + fmt.Sprint(hives, calls) }\nmaja, calls := bee{4}, 0")
	n.ok("func first[T any](xs ...T) T { return xs[0] }\nlist := []bee{maja}")
	n.ok("func (b bee) sting() string { return \"ouch\" }\nfunc (b bee) tell() string { calls++; return fmt.Sprint(base(), calls) }") // maja and list go on with a renewed type
	n.ok("func above() int { return 10 * base() }")
	n.ok("func base() int { return 2 }")
	e := n.fails(die, "WorkerDied")
	for _, want := range []string{"calls, list, maja", "functions and types are back", "%restore", "Cell [2]", "Cell [3]"} {
		if !strings.Contains(e.EValue, want) {
			t.Errorf("message %q lacks %q", e.EValue, want)
		}
	}
	_, out := n.ok("first(bee{2}).fly() + bee{}.sting() + fmt.Sprint(above(), hives)")
	n.want("first(bee{2}).fly() + bee{}.sting() + fmt.Sprint(above(), hives)", "~~ouch20 3")
	if strings.Contains(out.String(), "side effect") {
		t.Error("statements ran again")
	}
	e = n.fails("maja.fly()", "CompileError")
	if !strings.Contains(e.EValue, "it was lost when the worker ended; run Cell [2] again") {
		t.Errorf("message %q", e.EValue)
	}
	n.ok("maja, calls := bee{1}, 7") // the function that mentions them sees the new ones
	n.want("swarm()", "~3 7")
	n.want("bee{1}.tell() + bee{1}.tell() + fmt.Sprint(\" \", calls)", "2 82 9 9") // methods too, also from new cells
	_, out = n.ok("%restore")
	if got := out.stream("stdout"); got != "Cell [3]: list\n" {
		t.Errorf("%%restore printed %q", got)
	}
	n.want("len(list), list[0].sting()", "1, ouch")
	_, out = n.ok("%restore")
	if got := out.stream("stdout"); !strings.Contains(got, "nothing is lost") {
		t.Errorf("%%restore printed %q", got)
	}
	n.fails(die, "WorkerDied") // and once more
	n.want("bee{3}.fly()", "~~~")
	n.ok("%restore")
	n.want("swarm() + bee{}.tell()", "~3 72 8")
}

// When they cannot come back they are named, and the next cells work.
func TestFunctionsThatCannotComeBackAreNamed(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	n := open(t)
	n.ok("type wasp struct{ n int }\nfunc hum() int { return 1 }")
	libraries, _ := filepath.Glob(filepath.Join(tmp, "spikebook-cells-*", "*.lib.a"))
	if len(libraries) == 0 {
		t.Fatal("no compiled cells found")
	}
	for _, name := range libraries {
		os.Remove(name)
	}
	n.fails(die, "WorkerDied")
	_, out := n.ok("6 * 7")
	if got := out.stream("stderr"); !strings.Contains(got, "could not be brought back: hum, wasp") {
		t.Errorf("stderr %q", got)
	}
	if e := n.fails("hum()", "CompileError"); !strings.Contains(e.EValue, "run Cell [1] again") {
		t.Errorf("message %q", e.EValue)
	}
	n.ok("type wasp struct{ n int }\nfunc hum() int { return 1 }")
	n.want("hum() + wasp{2}.n", "3")
}

// Whenever the worker dies while a cell is on its way, the cell ends, functions
// and types come back, and the next cell works.
func TestWorkerKilledAtEveryStage(t *testing.T) {
	n := open(t)
	n.ok("type ant struct{ legs int }\nfunc (a ant) walk() int { return a.legs }\nfunc march(n int) int { return n * ant{6}.walk() }")
	stages := []time.Duration{0, 20, 60, 120, 200, 300, 450}
	if testing.Short() {
		stages = stages[:3]
	}
	for i, after := range stages {
		w, err := n.s.live(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, done := n.start(fmt.Sprintf("x%d := march(%d)\nfor i := range 200 {\n\tfmt.Println(i)\n}\ntime.Sleep(150 * time.Millisecond)\nx%d", i, i, i))
		time.Sleep(after * time.Millisecond)
		syscall.Kill(w.PID(), syscall.SIGKILL)
		var r Result
		select {
		case r = <-done:
		case <-time.After(time.Minute):
			t.Fatalf("killed after %d ms: the cell does not end", after)
		}
		what := "succeeded"
		if r.Err != nil {
			what = r.Err.EName
			if what != "WorkerDied" {
				t.Errorf("killed after %d ms: %v", after, r.Err)
			}
		}
		t.Logf("killed after %d ms: %s", after, what)
		if r.Err == nil {
			// The cell was done when the signal came: the next one may meet the death.
			_, next := n.start("1")
			if r := <-next; r.Err != nil && r.Err.EName != "WorkerDied" {
				t.Errorf("killed after a cell: %v", r.Err)
			}
		}
		n.want(fmt.Sprintf("march(%d)", i), fmt.Sprint(6*i))
	}
}

// A cell that stops defines what it came to, and says what it did not.
func TestStoppedCellNamesWhatItDidNotDefine(t *testing.T) {
	n := open(t)
	e := n.fails("one := 1\nvar xs []int\ntwo := xs[3]\nthree := 3", "panic")
	if text := uncoloured(strings.Join(e.Traceback, "\n")); !strings.Contains(text, "not defined, since the cell stopped before: three, two") {
		t.Errorf("traceback:\n%s", text)
	}
	n.want("one", "1")
	n.fails("two", "CompileError")
	_, r, _ := n.interruptAfter("four := 4\ntime.Sleep(time.Hour)\nfive := 5", 50*time.Millisecond)
	if text := uncoloured(strings.Join(r.Err.Traceback, "\n")); !strings.Contains(text, "stopped before: five") {
		t.Errorf("traceback:\n%s", text)
	}
	n.want("four", "4")
	n.fails("five", "CompileError")
	e = n.fails("os.Exit(2)\nsix := 6", "Exit")
	if text := uncoloured(strings.Join(e.Traceback, "\n")); !strings.Contains(text, "stopped before: six") {
		t.Errorf("traceback:\n%s", text)
	}
}

// What cannot follow a new declaration is told when the cell runs.
func TestWhatStaysBehindIsTold(t *testing.T) {
	n := open(t)
	n.ok("type cat struct{ name string }\nfunc purr(c cat) string { return c.name }")
	n.ok("tom := cat{\"Tom\"}")
	_, out := n.ok("type cat struct{ title string }")
	if got := out.stream("stderr"); got != "purr of Cell [1] does not go with this cell and stays as it was: line 2: c.name undefined (type cat has no field or method name)\ntom keeps the former type cat (field name is gone); run Cell [2] again to make it anew\n" {
		t.Errorf("stderr %q", got)
	}
	n.want("purr(tom)", "Tom")
}

// S-7, in the real worker.
func TestMemoryOfRedefinedVariables(t *testing.T) {
	n := open(t)
	heap := func() int {
		t.Helper()
		var mb int
		text, _ := n.ok("var stats runtime.MemStats\nruntime.GC()\nruntime.ReadMemStats(&stats)\nstats.HeapAlloc >> 20")
		fmt.Sscan(text, &mb)
		return mb
	}
	began := heap()
	n.ok("data := make([]byte, 100<<20)")
	if got := heap() - began; got < 90 {
		t.Fatalf("%d MB more, want 100", got)
	}
	n.ok("data := make([]byte, 100<<20)")
	if got := heap() - began; got > 140 {
		t.Errorf("defined again: %d MB more, want 100", got)
	}
	n.ok("data := \"text\"")
	if got := heap() - began; got > 40 {
		t.Errorf("defined again with another type: %d MB more, want none", got)
	}
}

// A long notebook: most cells come again, some are new, some fail.
func TestNotebookOfAThousandCells(t *testing.T) {
	cells := 1000
	if testing.Short() {
		cells = 200
	}
	n := open(t)
	n.ok("total := 0\ntype step struct{ n int }\nfunc add(s step) int { total += s.n; return total }")
	want := 0
	began := time.Now()
	for i := range cells {
		switch {
		case i%40 == 7:
			n.ok(fmt.Sprintf("func (s step) m%d() int { return s.n * %d }\nstep{2}.m%d()", i, i, i))
		case i%40 == 17:
			n.ok(fmt.Sprintf("func add(s step) int { total += s.n; return total + 0*%d }", i))
		case i%40 == 27:
			n.fails("nothing(", "CompileError")
		case i%40 == 37:
			n.fails("panic(1)", "panic")
		default:
			n.ok("add(step{1})")
			want++
		}
	}
	n.want("total", fmt.Sprint(want))
	t.Logf("%d cells in %v; %d kB of anonymous memory", cells, time.Since(began).Round(time.Millisecond), privateMemory(t, n))
}

// What the runtime says is followed by what it may come from.
func TestHintsForPanics(t *testing.T) {
	n := open(t)
	for code, hint := range map[string]string{
		"var m map[string]int\nm[\"a\"] = 1":       "the map was declared but not made",
		"var p *struct{ a int }\np.a = 1":          "is nil: nothing was assigned to it",
		"xs := []int{1, 2}\ni := 5\nxs[i]":         "indices go from 0 to the length less one",
		"var none []int\nnone[0]":                  "it is empty",
		"a, b := 1, 0\na / b":                      "look whether the divisor is 0 before",
		"var v any = 1\nv.(string)":                "asks first whether x holds a T",
		"var wg sync.WaitGroup\nwg.Done()":         "wg.Go(f)",
		"map[any]int{}[[]int{1}]":                  "cannot be keys of a map",
		"ch := make(chan int)\nclose(ch)\nch <- 1": "by its only sender",
	} {
		e := n.fails(code, "panic")
		if text := uncoloured(strings.Join(e.Traceback, "\n")); !strings.Contains(text, hint) {
			t.Errorf("%s\nsays\n%s\nwant %q", code, text, hint)
		}
	}
	if e := n.fails("panic(\"index out of range of my own\")", "panic"); strings.Contains(strings.Join(e.Traceback, ""), "indices go") {
		t.Errorf("a hint for a panic of the cell's own: %q", e.Traceback)
	}
}

// A worker that is killed when its cell is done, or while the next one is compiled
// and loaded, costs its variables only: the next cell says so and runs.
func TestTheCellAfterADeathRuns(t *testing.T) {
	n := open(t)
	n.ok("func twice(x int) int { return 2 * x }")
	n.want("twice(4)", "8")
	for i := range 12 {
		n.ok(fmt.Sprintf("kept := %d", i))
		syscall.Kill(n.s.current().PID(), syscall.SIGKILL)
		time.Sleep(time.Duration(i%4) * 20 * time.Millisecond)
		code, want := "twice(4)", "8" // it is loaded already
		if i%3 > 0 {
			code, want = fmt.Sprintf("twice(%d) // %d", i, i), fmt.Sprint(2*i)
		}
		got, out := n.ok(code)
		if text := out.stream("stderr"); got != want || !strings.Contains(text, "these variables are gone: kept.") || strings.Count(text, "the worker died") != 1 {
			t.Errorf("%s: got %q, want %q; told %q", code, got, want, text)
		}
	}
	syscall.Kill(n.s.current().PID(), syscall.SIGKILL) // with nothing to lose
	n.want("twice(4)", "8")
	n.ok("kept := 1")
	syscall.Kill(n.s.current().PID(), syscall.SIGKILL)
	if e := n.fails("kept", "CompileError"); !strings.Contains(e.EValue, "lost") {
		t.Errorf("a cell that needs what is gone: %q", e.EValue)
	}
	n.want("twice(4)", "8")
}
