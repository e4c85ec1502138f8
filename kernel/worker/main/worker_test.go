package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/internal/ctest"
)

// The tests drive a real worker process through the kernel's handle. The process
// is this test program itself; its cells are functions below instead of plugins,
// chosen by the name of the plugin file, with an argument behind a colon.
func TestMain(m *testing.M) {
	if os.Getenv("SPIKEBOOK_TEST_KERNEL") != "" {
		testKernel()
		return
	}
	if os.Getenv("SPIKEBOOK_TEST_WORKER") != "" {
		openPlugin = openTestCell
		main()
		return
	}
	os.Exit(m.Run())
}

// seen records output.
type seen struct {
	mu       sync.Mutex
	events   []string // "stdout:…", "display:…", "update:…"
	displays []worker.Display
	messages int
}

func (s *seen) Stream(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	if n := len(s.events); n > 0 && strings.HasPrefix(s.events[n-1], name+":") {
		s.events[n-1] += text
		return
	}
	s.events = append(s.events, name+":"+text)
}

func (s *seen) Display(d worker.Display) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	s.displays = append(s.displays, d)
	kind := "display:"
	if d.Update {
		kind = "update:"
	}
	s.events = append(s.events, kind+fmt.Sprint(d.Data["text/html"]))
}

func (s *seen) ClearOutput(bool) {}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.events...)
}

func (s *seen) stream(name string) string {
	var b strings.Builder
	for _, e := range s.all() {
		if text, ok := strings.CutPrefix(e, name+":"); ok {
			b.WriteString(text)
		}
	}
	return b.String()
}

// start runs a worker for one test.
func start(t *testing.T) *worker.Worker {
	t.Helper()
	w, err := worker.Start(context.Background(), os.Args[0],
		append(os.Environ(), "SPIKEBOOK_TEST_WORKER=1"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// try loads and runs a cell.
func try(t *testing.T, w *worker.Worker, name string) (worker.RunResult, *seen, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if err := w.Load(ctx, &worker.Plugin{File: name, Path: name}); err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	out := &seen{}
	result, err := w.Run(ctx, name, out)
	return result, out, err
}

// mustRun is try for a cell that the worker survives.
func mustRun(t *testing.T, w *worker.Worker, name string) (worker.RunResult, *seen) {
	t.Helper()
	result, out, err := try(t, w, name)
	if err != nil {
		t.Fatalf("run %s: %v\n%.20000s\n%v", name, err, worker.IsDied(err).Stderr, out.all())
	}
	return result, out
}

func plain(r worker.RunResult) string { return fmt.Sprint(r.Value["text/plain"]) }

func TestStateLivesAcrossRuns(t *testing.T) {
	w := start(t)
	for want := 1; want <= 3; want++ {
		r, _ := mustRun(t, w, "count")
		if plain(r) != fmt.Sprint(want) {
			t.Fatalf("count is %s, want %d", plain(r), want)
		}
	}
}

func TestValues(t *testing.T) {
	w := start(t)
	if r, _ := mustRun(t, w, "value"); plain(r) != "[1 4 9]" {
		t.Errorf("got %q", plain(r))
	}
	if r, _ := mustRun(t, w, "moody"); plain(r) != "(method String: panic: not today)" {
		t.Errorf("got %q", plain(r))
	}
	r, _ := mustRun(t, w, "error")
	if len(r.Errors) != 1 || r.Errors[0].Type != "*strconv.NumError" || !strings.Contains(r.Errors[0].Text, `parsing "x"`) || r.Errors[0].Line != 4 || r.Value != nil {
		t.Errorf("error as last value: %+v", r)
	}
}

func TestLargeValues(t *testing.T) {
	w := start(t)
	began := time.Now()
	r, _ := mustRun(t, w, "large:30000000")
	if n := len(fmt.Sprint(r.Value["image/png"])); n != 40_000_000 {
		t.Errorf("%d bytes of base64 arrived, want 40000000", n)
	}
	t.Logf("30 MB in %v", time.Since(began))
	r, _ = mustRun(t, w, "large:60000000")
	if r.Value["image/png"] != nil || !strings.Contains(plain(r), "image/png form of 76 MB left out") {
		t.Errorf("too large a picture: %.200s", plain(r))
	}
}

func TestPanicsKeepState(t *testing.T) {
	w := start(t)
	r, out := mustRun(t, w, "panic")
	if r.Panic == nil || r.Panic.Text != "runtime error: index out of range [5] with length 0" {
		t.Fatalf("panic is %+v", r.Panic)
	}
	// The first frame is the cell's, with the line of the mistake.
	if len(r.Panic.Frames) == 0 || !strings.HasSuffix(r.Panic.Frames[0].File, "cells_test.go") {
		t.Errorf("frames: %+v", r.Panic.Frames)
	}
	for _, f := range r.Panic.Frames {
		if strings.HasPrefix(f.Func, "runtime.") || strings.Contains(f.Func, "guard") {
			t.Errorf("frame %s should be hidden", f.Func)
		}
	}
	if got := out.all(); len(got) > 0 {
		t.Errorf("a panic printed %q", got)
	}
	if r, _ := mustRun(t, w, "nil"); r.Panic == nil || !strings.Contains(r.Panic.Text, "nil pointer dereference") {
		t.Errorf("nil dereference: %+v", r)
	}
	if r, _ := mustRun(t, w, "fault"); r.Panic == nil || !strings.Contains(r.Panic.Text, "invalid memory address") && !strings.Contains(r.Panic.Text, "fault") {
		t.Errorf("memory fault: %+v", r)
	}
	if r, _ := mustRun(t, w, "goexit"); r.Panic == nil || !r.Panic.Goexit {
		t.Errorf("Goexit: %+v", r)
	}
	if r, _ := mustRun(t, w, "exit:3"); r.Exit == nil || *r.Exit != 3 {
		t.Errorf("exit: %+v", r)
	}
	_, out = mustRun(t, w, "goroutine")
	if text := out.stream("stderr"); !strings.HasPrefix(text, "panic in a goroutine of Cell[3]: in the background\n") || !strings.Contains(text, "cells_test.go:") {
		t.Errorf("goroutine panic printed %q", text)
	}
	if r, _ := mustRun(t, w, "count"); plain(r) != "101" {
		t.Errorf("state after panics: %s, want 101", plain(r))
	}
}

func TestLinesCompleteAndInOrder(t *testing.T) {
	const lines = 100_000
	w := start(t)
	began := time.Now()
	_, out := mustRun(t, w, fmt.Sprintf("lines:%d", lines))
	t.Logf("%d lines in %v, %d messages", lines, time.Since(began), out.messages)
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, "line", i)
	}
	if got := out.stream("stdout"); got != want.String() {
		t.Errorf("got %d bytes, want %d, or the order differs", len(got), want.Len())
	}
	if out.messages > 2500 {
		t.Errorf("%d messages are over the rate limit", out.messages)
	}
}

func TestParallelLinesCompleteAndInOrder(t *testing.T) {
	w := start(t)
	_, out := mustRun(t, w, "parallel:5000")
	next := [8]int{}
	for line := range strings.Lines(out.stream("stdout")) {
		var g, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &g, &i); err != nil || next[g] != i {
			t.Fatalf("line %q: want %d of goroutine %d (%v)", line, next[g], g, err)
		}
		next[g]++
	}
	for g, n := range next {
		if n != 5000 {
			t.Errorf("goroutine %d: %d lines arrived", g, n)
		}
	}
}

func TestFloodShowsHeadAndTailAndFile(t *testing.T) {
	const lines = 1_500_000 // 18 MB
	w := start(t)
	_, out := mustRun(t, w, fmt.Sprintf("lines:%d", lines))
	text := out.stream("stdout")
	if len(text) > 6_000_000 {
		t.Errorf("%d bytes reached the front end", len(text))
	}
	if !strings.HasPrefix(text, "line 0\nline 1\n") || !strings.HasSuffix(text, fmt.Sprintf("line %d\n", lines-1)) {
		t.Errorf("head or tail is missing: %q … %q", text[:20], text[max(0, len(text)-20):])
	}
	_, after, ok := strings.Cut(text, "all of it is in ")
	if !ok {
		t.Fatalf("no file is named")
	}
	file, _, _ := strings.Cut(after, ";")
	defer os.Remove(file)
	content, err := os.ReadFile(file)
	if err != nil || strings.Count(string(content), "\n") != lines {
		t.Errorf("file %q: %d lines, want %d (%v)", file, strings.Count(string(content), "\n"), lines, err)
	}
}

func TestTextIsNeverCut(t *testing.T) {
	w := start(t)
	_, out := mustRun(t, w, "split")
	want := "aä€😀\r\nß\x1b[31mred\x1b[0m name\n"
	if got := out.stream("stdout"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatCPrintsIsFlushed(t *testing.T) { // O-2
	if !ctest.Present {
		t.Skip("built without cgo")
	}
	w := start(t)
	for _, text := range []string{"no newline", "line\n", "€"} {
		if _, out := mustRun(t, w, "cprint:"+text); out.stream("stdout") != text {
			t.Errorf("got %q, want %q", out.stream("stdout"), text)
		}
	}
	time.AfterFunc(20*time.Millisecond, w.Interrupt)
	if r, _ := mustRun(t, w, "csleep"); !r.Abandoned {
		t.Errorf("sleep in C ended as %+v", r)
	}
	if r, _ := mustRun(t, w, "count"); plain(r) != "1" {
		t.Errorf("next cell: %+v", r)
	}
}

func TestDisplaysInOrder(t *testing.T) {
	w := start(t)
	_, out := mustRun(t, w, "displays:50")
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprintf("stdout:before %d\n", i), fmt.Sprintf("display:<b>%d</b>", i))
	}
	want = append(want, "stdout:end\n")
	if got := out.all(); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", got)
	}

	_, out = mustRun(t, w, "update")
	if got := strings.Join(out.all(), " "); got != "display:one update:two" {
		t.Errorf("updates: %s", got)
	}

	_, out = mustRun(t, w, "picture")
	if len(out.displays) != 1 {
		t.Fatalf("%d displays", len(out.displays))
	}
	d := out.displays[0]
	if got := fmt.Sprint(d.Data["image/png"], d.Metadata["image/png"], d.Data["application/vnd.x+json"]); got != "AQIDmap[height:8 width:7] map[a:[1 2]]" {
		t.Errorf("picture: %s", got)
	}
}

func TestInterruptOfALoop(t *testing.T) {
	w := start(t)
	mustRun(t, w, "count")
	for range 5 {
		at := make(chan time.Time, 1)
		time.AfterFunc(50*time.Millisecond, func() { at <- time.Now(); w.Interrupt() })
		r, _ := mustRun(t, w, "loop")
		if !r.Interrupted || r.Abandoned || r.Panic != nil {
			t.Fatalf("loop ended as %+v", r)
		}
		t.Logf("interrupt to end: %v", time.Since(<-at))
	}
	if r, _ := mustRun(t, w, "count"); plain(r) != "7" {
		t.Errorf("state after interrupts: %s, want 7", plain(r))
	}
}

func TestInterruptOfABlockedCallLeavesItBehind(t *testing.T) {
	w := start(t)
	began := time.Now()
	time.AfterFunc(20*time.Millisecond, w.Interrupt)
	r, _ := mustRun(t, w, "block")
	if !r.Interrupted || !r.Abandoned {
		t.Fatalf("ended as %+v", r)
	}
	t.Logf("left behind after %v", time.Since(began))
	if r, _ := mustRun(t, w, "count"); plain(r) != "1" {
		t.Errorf("next cell: %s", plain(r))
	}
}

// Code that is busy elsewhere gets some time, unless the user is impatient.
func TestSecondInterruptDoesNotWait(t *testing.T) {
	if !ctest.Present {
		t.Skip("built without cgo, so there is no C code to be busy in")
	}
	w := start(t)
	for _, second := range []time.Duration{time.Hour, 400 * time.Millisecond} {
		began := time.Now()
		time.AfterFunc(20*time.Millisecond, w.Interrupt)
		impatient := time.AfterFunc(second, w.Interrupt)
		if r, _ := mustRun(t, w, "csleep"); !r.Abandoned {
			t.Errorf("ended as %+v", r)
		}
		impatient.Stop()
		t.Logf("second interrupt after %v: left behind after %v", second, time.Since(began))
	}
}

func TestRunLeftBehindStopsWhenItLooks(t *testing.T) {
	w := start(t)
	time.AfterFunc(20*time.Millisecond, w.Interrupt)
	if r, _ := mustRun(t, w, "tick"); !r.Abandoned {
		t.Fatalf("ended as %+v", r)
	}
	// The next cell clears the word, and is not stopped; the old one wakes up once.
	if r, _ := mustRun(t, w, "ticks"); r.Interrupted || plain(r) != "1" {
		t.Errorf("next cell: %+v", r)
	}
}

func TestInterruptByContext(t *testing.T) {
	w := start(t)
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	if err := w.Load(context.Background(), &worker.Plugin{File: "loop", Path: "loop"}); err != nil {
		t.Fatal(err)
	}
	r, err := w.Run(ctx, "loop", &seen{})
	if err != nil || !r.Interrupted {
		t.Errorf("ended as %+v, %v", r, err)
	}
}

func TestInterruptBetweenRunsDoesNothing(t *testing.T) {
	w := start(t)
	w.Interrupt()
	if r, _ := mustRun(t, w, "sleep:50ms"); r.Interrupted || plain(r) != "awake" {
		t.Errorf("ended as %+v", r)
	}
	// Ctrl-C in a terminal reaches the process as a signal.
	syscall.Kill(w.PID(), syscall.SIGINT)
	time.AfterFunc(50*time.Millisecond, func() { syscall.Kill(w.PID(), syscall.SIGINT) })
	if r, _ := mustRun(t, w, "loop"); !r.Interrupted {
		t.Errorf("SIGINT: ended as %+v", r)
	}
}

func TestBackgroundOutputGoesToTheLastOutput(t *testing.T) {
	w := start(t)
	_, out := mustRun(t, w, "background")
	deadline := time.Now().Add(5 * time.Second)
	for out.stream("stdout") != "late\n" {
		if time.Now().After(deadline) {
			t.Fatalf("got %q", out.all())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestOrdinaryTextThatLooksFatalIsShown(t *testing.T) {
	w := start(t)
	_, out := mustRun(t, w, "looksfatal")
	if got := out.stream("stderr"); got != "panic: only a word\n" {
		t.Errorf("got %q", got)
	}
}

func TestChildrenInheritNothing(t *testing.T) {
	w := start(t)
	if r, _ := mustRun(t, w, "env"); plain(r) != ", true" {
		t.Errorf("environment: %q", plain(r))
	}
	// Descriptor 3 is the folder that ls reads; SIGINT is not ignored.
	if r, _ := mustRun(t, w, "child"); strings.Contains(plain(r), " 4 ") || !strings.HasSuffix(plain(r), "signal: interrupt") {
		t.Errorf("child: %q", plain(r))
	}
}

func TestDeathIsExplained(t *testing.T) {
	for _, c := range []struct{ cell, reason, shown string }{
		{"osexit:3", "exit status 3: os.Exit", ""},
		{"osexit:0", "exit status 0: os.Exit", ""},
		{"killed", "signal: killed", ""},
		{"segv", "segmentation", ""},
		{"ccrash", "signal: segmentation violation (SIGSEGV) at address 0x8, in C code", ""},
		{"cabort", "SIGABRT", ""},
		{"cexit", "exit status 4", ""},
		{"deep", "stack overflow", "stdout:going down\n"},
		{"unguard", "panic in a goroutine that no cell code guards: nobody guards", ""},
		{"maps", "concurrent map", ""},
	} {
		t.Run(c.cell, func(t *testing.T) {
			if strings.HasPrefix(c.cell, "c") && !ctest.Present {
				t.Skip("built without cgo")
			}
			w := start(t)
			began := time.Now()
			_, out, err := try(t, w, c.cell)
			died := worker.IsDied(err)
			if died == nil {
				t.Fatalf("error is %v, want *Died", err)
			}
			t.Logf("%v after %v; %d frames", died, time.Since(began), len(died.Frames))
			if !strings.Contains(died.Reason, c.reason) {
				t.Errorf("reason %q, want one with %q; stderr: %.2000s", died.Reason, c.reason, died.Stderr)
			}
			if got := strings.Join(out.all(), " "); got != c.shown {
				t.Errorf("shown %.300q, want %q", got, c.shown)
			}
			if w.Died() == nil || w.Damaged() == nil {
				t.Error("the worker does not know that it is dead")
			}
			if err := w.Load(context.Background(), &worker.Plugin{File: "count", Path: "count"}); worker.IsDied(err) == nil {
				t.Errorf("load into a dead worker: %v", err)
			}
		})
	}
}

func TestPluginsThatDisagreeAreNotLoaded(t *testing.T) { // PL-2
	w := start(t)
	ctx := context.Background()
	first := &worker.Plugin{File: "count", Path: "a", Packages: map[string]string{"fmt": "1", "x/y": "1"}}
	if err := w.Load(ctx, first); err != nil {
		t.Fatal(err)
	}
	err := w.Load(ctx, &worker.Plugin{File: "count", Path: "b", Packages: map[string]string{"fmt": "1", "x/y": "2"}})
	var mismatch *worker.Mismatch
	if !errors.As(err, &mismatch) || strings.Join(mismatch.Packages, " ") != "x/y" {
		t.Fatalf("error is %v, want *Mismatch of x/y", err)
	}
	if w.Damaged() != nil {
		t.Error("refusing before loading must not damage")
	}
	if err := w.Load(ctx, &worker.Plugin{File: "nothing", Path: "c"}); err == nil || w.Damaged() == nil {
		t.Errorf("failing open: %v; damaged: %v", err, w.Damaged())
	}
}

// testKernel is a kernel with a worker that runs a cell, until somebody kills it.
func testKernel() {
	os.Unsetenv("SPIKEBOOK_TEST_KERNEL")
	w, err := worker.Start(context.Background(), os.Args[0], append(os.Environ(), "SPIKEBOOK_TEST_WORKER=1"), "")
	if err == nil {
		err = w.Load(context.Background(), &worker.Plugin{File: "loop", Path: "loop"})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.PID())
	w.Run(context.Background(), "loop", &seen{})
}

func TestWorkerEndsWithItsKernel(t *testing.T) {
	kernel := exec.Command(os.Args[0])
	kernel.Env = append(os.Environ(), "SPIKEBOOK_TEST_KERNEL=1")
	out, err := kernel.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := kernel.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	kernel.Process.Kill()
	kernel.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for syscall.Kill(pid, 0) == nil && !zombie(pid) {
		if time.Now().After(deadline) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the worker outlives its kernel")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// zombie tells whether a process has ended but nobody has asked for its status.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestCloseEndsTheProcess(t *testing.T) {
	w := start(t)
	go func() { time.Sleep(50 * time.Millisecond); w.Close() }()
	_, _, err := try(t, w, "sleep:1h")
	if worker.IsDied(err) == nil {
		t.Errorf("run of a closed worker: %v", err)
	}
	if err := syscall.Kill(w.PID(), 0); err == nil {
		t.Error("the process still exists")
	}
}
