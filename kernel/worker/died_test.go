package worker

import (
	"strings"
	"testing"
	"time"
)

func TestReasonsFromLastWords(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"runtime: goroutine stack exceeds 67108864-byte limit\nfatal error: stack overflow\n", "stack overflow: "},
		{"fatal error: concurrent map read and map write\n\ngoroutine 7 [running]:\n", "concurrent map read and map write: "},
		{"fatal error: unexpected signal during runtime execution\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x10 pc=0x7f]\n", "signal: segmentation violation (SIGSEGV) at address 0x10"},
		{"SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1 addr=0x8\nsignal arrived during cgo execution\n", "signal: segmentation violation (SIGSEGV) at address 0x8, in C code"},
		{"SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=0 addr=0x4a4\n", "signal: segmentation violation (SIGSEGV)"},
		{"SIGABRT: abort\nPC=0x1\n", "signal: abort (SIGABRT)"},
		{"fatal error: runtime: out of memory\n", "out of memory: "},
		{"fatal error: found bad pointer in Go heap\n", "fatal error: found bad pointer in Go heap"},
		{"panic: oh no\n\ngoroutine 9 [running]:\n", "panic in a goroutine that no cell code guards: oh no"},
		{"something else\n", ""},
	} {
		got := wordsReason(c.words)
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || strings.Contains(got, "0x4a4") {
			t.Errorf("%q: reason %q, want %q", c.words, got, c.want)
		}
	}
}

func TestFramesFromATrace(t *testing.T) {
	trace := "fatal error: concurrent map writes\n\n" +
		"goroutine 20 [running]:\n" +
		"internal/runtime/maps.fatal({0x1, 0x2})\n\t/usr/local/go/src/runtime/panic.go:1181 +0x18\n" +
		"cell/7.SpikebookRun.func1()\n\tCell[3]:5 +0x6f\n" +
		"created by cell/7.SpikebookRun in goroutine 19\n\tCell[3]:3 +0x6f\n\n" +
		"goroutine 1 [syscall]:\nsyscall.Syscall(0x0)\n\t/usr/local/go/src/syscall/syscall_linux.go:74 +0x25\n"
	frames := traceFrames(trace)
	if len(frames) != 1 || frames[0] != (Frame{Func: "cell/7.SpikebookRun.func1", File: "Cell[3]", Line: 5}) {
		t.Errorf("frames %+v", frames)
	}
	long := "goroutine 34 gp=0xc00 m=0 mp=0x1 [syscall]:\ncell/2.SpikebookRun()\n\tCell[2]:1 +0x1 fp=0x1 sp=0x2 pc=0x3\n"
	if got := traceFrames(long); len(got) != 0 {
		t.Errorf("a waiting goroutine: %+v", got)
	}
	if got := traceFrames("signal arrived during cgo execution\n\n" + long); len(got) != 1 || got[0].Line != 1 {
		t.Errorf("C code: %+v", got)
	}
}

func TestLastWordsAreHeldBack(t *testing.T) {
	var l lastWords
	if got := l.add("ordinary\npanic: x\nmore"); got != "ordinary\n" || l.text() != "panic: x\nmore" {
		t.Errorf("shown %q, held %q", got, l.text())
	}
	if l.over(false) {
		t.Error("over at once")
	}
	l.since = time.Now().Add(-crashPause)
	if !l.over(false) {
		t.Error("not over after the pause")
	}
	if got := l.release(); got != "panic: x\nmore" || l.held() {
		t.Errorf("released %q", got)
	}
	// In the middle of a line it is no mark.
	if got := l.add("panic: y"); got != "panic: y" {
		t.Errorf("shown %q", got)
	}
	l.add("\n")
	l.add("fatal error: z\n")
	l.since = time.Now().Add(-crashPause)
	if l.over(false) {
		t.Error("the runtime is writing a trace; that takes time")
	}
	if !l.over(true) {
		t.Error("a cell has ended, so the process is well")
	}
}
