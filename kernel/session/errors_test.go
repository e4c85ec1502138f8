package session

import (
	"strings"
	"testing"
)

func TestCompileErrorChangesNothing(t *testing.T) {
	n := open(t)
	n.ok("x := 1")
	e := n.fails("x = 2\ny := undefinedName\nx = \"text\"", "CompileError")
	text := strings.Join(e.Traceback, "\n")
	for _, want := range []string{"Cell [2]: Line 2", "undefinedName", "Cell [2]: Line 3", "^"} {
		if !strings.Contains(uncoloured(text), want) {
			t.Errorf("traceback lacks %q:\n%s", want, text)
		}
	}
	n.want("x", "1")
}

func TestPanicNamesCellAndLineAndKeepsState(t *testing.T) {
	n := open(t)
	n.ok("func at(xs []int, i int) int {\n\treturn xs[i]\n}")
	r, out := n.run("done := 1\nxs := []int{1, 2, 3}\ndone = 2\nat(xs, 5)\ndone = 3")
	if r.Err == nil || r.Err.EName != "panic" {
		t.Fatalf("result %+v", r)
	}
	if want := "runtime error: index out of range [5] with length 3"; r.Err.EValue != want {
		t.Errorf("message %q, want %q", r.Err.EValue, want)
	}
	text := uncoloured(strings.Join(r.Err.Traceback, "\n"))
	t.Logf("\n%s", strings.Join(r.Err.Traceback, "\n"))
	inner := strings.Index(text, "Cell [1]: Line 2, in at\n    1 | func at(xs []int, i int) int {\n→   2 | \treturn xs[i]\n")
	outer := strings.Index(text, "Cell [2]: Line 4\n    3 | done = 2\n→   4 | at(xs, 5)\n")
	if inner < 0 || outer < inner {
		t.Errorf("traceback:\n%s", text)
	}
	if strings.Contains(text, "runtime.") || strings.Contains(text, "plugin") || strings.Contains(text, "guard") {
		t.Errorf("frames of the runtime are shown:\n%s", text)
	}
	if out.String() != "" {
		t.Errorf("a panic printed %q", out)
	}
	n.want("done", "2")
}

func TestPanicValues(t *testing.T) {
	n := open(t)
	for code, want := range map[string]string{
		`panic("oh")`:                                                  "oh",
		`panic(fmt.Errorf("no %d", 3))`:                                "no 3",
		`type bad struct{ code int }; panic(bad{7})`:                   "(main.bad) {code:7}",
		`var m map[string]int; m["a"] = 1`:                             "assignment to entry in nil map",
		`type node struct{ next *node }; var p *node; _ = p.next.next`: "runtime error: invalid memory address or nil pointer dereference",
		`a, b := 1, 0; a / b`:                                          "runtime error: integer divide by zero",
		`var v any = "s"; _ = v.(int)`:                                 "interface conversion: interface {} is string, not int",
		`ch := make(chan int); close(ch); close(ch)`:                   "close of closed channel",
	} {
		if e := n.fails(code, "panic"); e.EValue != want {
			t.Errorf("%s: message %q, want %q", code, e.EValue, want)
		}
	}
}

func TestRecoveredPanicIsNone(t *testing.T) {
	n := open(t)
	n.ok("func safe(f func()) (err error) {\n\tdefer func() {\n\t\tif r := recover(); r != nil {\n\t\t\terr = fmt.Errorf(\"caught %v\", r)\n\t\t}\n\t}()\n\tf()\n\treturn nil\n}")
	n.want(`safe(func() { panic("x") }).Error()`, "caught x")
}

func TestErrorAsLastValueFailsTheCell(t *testing.T) {
	n := open(t)
	e := n.fails(`strconv.Atoi("x")`, "error")
	if e.EValue != `strconv.Atoi: parsing "x": invalid syntax` {
		t.Errorf("message %q", e.EValue)
	}
	if text := uncoloured(strings.Join(e.Traceback, "\n")); !strings.Contains(text, "Cell [1]: Line 1\n→   1 | strconv.Atoi") {
		t.Errorf("traceback %q", text)
	}
	n.want("err := fmt.Errorf(\"kept\")\nerr.Error()", "kept")
	n.fails("err", "error")
	n.want(`strconv.Atoi("17")`, "17")
	n.ok("func work() error { return nil }")
	n.want("work()", "")
}

func TestExitInACellEndsTheCellOnly(t *testing.T) {
	n := open(t)
	n.ok("x := 1")
	if e := n.fails("x = 2\nos.Exit(3)\nx = 4", "Exit"); !strings.Contains(e.EValue, "exit status 3") {
		t.Errorf("message %q", e.EValue)
	}
	n.want("x", "2")
	n.ok("os.Exit(0)")
	_, out := n.run("log.Fatalf(\"no %s\", \"way\")")
	if got := out.stream("stderr"); !strings.HasSuffix(got, "no way\n") {
		t.Errorf("log.Fatalf printed %q", got)
	}
	n.want("x", "2")
}

func TestPanicInAGoroutineIsToldUnderItsCell(t *testing.T) {
	n := open(t)
	_, out := n.ok("done := make(chan bool)\ngo func() {\n\tdefer close(done)\n\tpanic(\"in the dark\")\n}()\n<-done\ntime.Sleep(50 * time.Millisecond)")
	text := out.stream("stderr")
	if !strings.Contains(text, "in the dark") || !strings.Contains(text, "Cell [1]: Line 4\n") {
		t.Errorf("stderr is %q", text)
	}
	n.want("1 + 1", "2")
}

// What cannot be survived: the reason and the lost variables are named, and the
// next cell runs.
func TestDeathOfTheWorker(t *testing.T) {
	n := open(t)
	for _, c := range []struct{ name, code, reason string }{
		{"os.Exit in a library", `flag.CommandLine = flag.NewFlagSet("x", flag.ExitOnError); flag.CommandLine.SetOutput(io.Discard); flag.CommandLine.Parse([]string{"-no"})`, "exit status 2: os.Exit"},
		{"signal", "syscall.Kill(syscall.Getpid(), syscall.SIGKILL); select {}", "signal: killed"},
		{"fault", "syscall.Kill(syscall.Getpid(), syscall.SIGSEGV); select {}", "SIGSEGV"},
		{"abort", "syscall.Kill(syscall.Getpid(), syscall.SIGABRT); select {}", "SIGABRT"},
		{"stack overflow", "var deep func(int) int\ndeep = func(i int) int { return deep(i+1) + 1 }\ndeep(0)", "stack overflow"},
		{"map", "m := map[int]int{}\nfor range 4 {\n\tgo func() {\n\t\tfor i := 0; ; i++ {\n\t\t\tm[i%8] = i\n\t\t}\n\t}()\n}\nselect {}", "concurrent map"},
		{"library goroutine", `time.AfterFunc(time.Millisecond, func() { panic("not mine") }); select {}`, "not mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.ok("treasure, gold := 1, 2")
			e := n.fails(c.code, "WorkerDied")
			t.Logf("\n%s", strings.Join(e.Traceback, "\n"))
			if !strings.Contains(e.EValue, c.reason) {
				t.Errorf("message %q lacks %q", e.EValue, c.reason)
			}
			if !strings.Contains(e.EValue, "gold") || !strings.Contains(e.EValue, "treasure") {
				t.Errorf("lost variables are not named: %q", e.EValue)
			}
			n.want("3 * 3", "9")
			n.fails("treasure", "CompileError")
		})
	}
}

func TestDeathBetweenCellsIsTold(t *testing.T) {
	n := open(t)
	n.ok("x := 1")
	n.ok("go func() {\n\ttime.Sleep(100 * time.Millisecond)\n\tsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\n}()")
	<-n.s.current().Ended()
	got, out := n.ok("2 * 2")
	if got != "4" || !strings.Contains(out.stream("stderr"), "gone: x") {
		t.Errorf("value %q, stderr %q", got, out.stream("stderr"))
	}
}

// A network keeps its first mistake for Err; a cell that does not ask is told.
func TestUnreadErrorOfTheToolkit(t *testing.T) {
	n := open(t)
	e := n.fails("net := snn.New(\"broken\")\nnet.Population(\"bad\", snn.RateModel{}, -1)\nx := 3", "error")
	if !strings.Contains(uncoloured(e.Traceback[len(e.Traceback)-1]), "*snn.Network") {
		t.Errorf("traceback %q", e.Traceback)
	}
	n.want("x", "3") // told once
}

// Two declarations of a type print alike, so the runtime's message needs a word more.
func TestAssertionToATypeThatWasDeclaredAgain(t *testing.T) {
	n := open(t)
	n.ok("type dog struct{}\nvar a any = dog{}")
	n.ok("type dog struct{ name string }")
	e := n.fails("a.(dog)", "panic")
	if text := uncoloured(strings.Join(e.Traceback, "\n")); !strings.Contains(text, "type dog was declared again after this value was made") {
		t.Errorf("traceback:\n%s", text)
	}
	e = n.fails("a.(int)", "panic")
	if text := uncoloured(strings.Join(e.Traceback, "\n")); strings.Contains(text, "declared again") {
		t.Errorf("traceback:\n%s", text)
	}
}
