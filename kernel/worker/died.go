package worker

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// Died says that the worker process has ended, which loses all variables.
type Died struct {
	Reason string  // what happened, in one line
	Stderr string  // the last lines that the process wrote about it, a trace in general
	Frames []Frame // of the goroutine that was running, from Stderr; may be empty
}

func (d *Died) Error() string { return "the worker died: " + d.Reason }

// keptWords bounds Died.Stderr in bytes.
const keptWords = 16 << 10

// newDied explains the end of a process from its exit status and its last words.
// killed is why the kernel ended it, if it did.
func newDied(state *os.ProcessState, words, killed string) *Died {
	words = strings.TrimRight(words, "\n")
	d := &Died{Stderr: words, Frames: traceFrames(words)}
	if len(d.Stderr) > keptWords {
		d.Stderr, _ = cutText(d.Stderr, keptWords)
		d.Stderr += "…"
	}
	switch {
	case killed != "":
		d.Reason = "the kernel ended it: " + killed
	default:
		d.Reason = wordsReason(words)
		if d.Reason == "" {
			d.Reason = statusReason(state)
		}
	}
	return d
}

// The runtime announces a signal in one of two ways: before a trace of its own,
// or when the signal arrived where it could not happen.
var (
	signalLine = regexp.MustCompile(`(?m)^\[signal (SIG\w+): ([^\]]*?)(?: code=\S+)?(?: addr=(\S+))?(?: pc=\S+)?\]`)
	signalHead = regexp.MustCompile(`(?m)^(SIG[A-Z]+): (.*)\nPC=.*?(?: sigcode=[1-9]\d* addr=(\S+))?$`)
)

// wordsReason finds the reason in what the Go runtime prints before it ends a
// process, or returns "".
func wordsReason(words string) string {
	line := func(mark string) string {
		for l := range strings.Lines(words) {
			if rest, ok := strings.CutPrefix(l, mark); ok {
				return strings.TrimSpace(rest)
			}
		}
		return ""
	}
	fatal := line("fatal error: ")
	crash := ""
	m := signalLine.FindStringSubmatch(words)
	if m == nil {
		m = signalHead.FindStringSubmatch(words)
	}
	if m != nil {
		crash = fmt.Sprintf("signal: %s (%s)", m[2], m[1])
		if m[3] != "" && m[1] != "SIGABRT" {
			crash += " at address " + m[3]
		}
		if inC(words) {
			crash += ", in C code"
		}
	}
	switch {
	case fatal == "stack overflow" || strings.Contains(words, "goroutine stack exceeds"):
		return fmt.Sprintf("stack overflow: the stack of a goroutine grew beyond %d MB, as in a recursion without end", wire.MaxStack>>20)
	case strings.HasPrefix(fatal, "concurrent map"):
		return fatal + ": a map was used by several goroutines at once; protect it with a sync.Mutex"
	case strings.Contains(fatal, "out of memory"), strings.Contains(fatal, "cannot allocate memory"):
		return "out of memory: " + fatal
	case crash != "" && (fatal == "" || strings.HasPrefix(fatal, "unexpected signal")):
		return crash
	case fatal != "":
		return "fatal error: " + fatal
	}
	if text := line("panic: "); text != "" {
		return "panic in a goroutine that no cell code guards: " + text
	}
	return ""
}

// inC tells whether the last words say that C code was running.
func inC(words string) bool {
	return strings.Contains(words, "signal arrived during cgo execution") ||
		strings.Contains(words, "signal arrived during external code execution")
}

// statusReason finds the reason in the exit status.
func statusReason(state *os.ProcessState) string {
	if state == nil {
		return "it ended without a status"
	}
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		name := s.Signal().String()
		switch s.Signal() {
		case syscall.SIGKILL:
			name += " (SIGKILL); either the system ran out of memory or somebody ended it"
		case syscall.SIGSEGV:
			name += " (SIGSEGV)"
		}
		return "signal: " + name
	}
	code := state.ExitCode()
	text := fmt.Sprintf("exit status %d: os.Exit, log.Fatal or C's exit was called outside of cell code", code)
	if code == 2 {
		text += ", or the runtime gave up without a word"
	}
	return text
}

var (
	traceHead = regexp.MustCompile(`^goroutine \d+ .*\[([^\]]+)\]:$`)
	traceLine = regexp.MustCompile(`^\t(.+?):(\d+)(?: \+0x[0-9a-f]+)?(?: fp=.*)?$`)
)

// traceFrames reads the frames of the goroutine that was running when a Go
// process wrote a traceback; while C code ran, its goroutine counts as in a
// system call. Goroutines that only waited say nothing.
func traceFrames(words string) (frames []Frame) {
	c := inC(words)
	lines := strings.Split(words, "\n")
	in := false
	for i, line := range lines {
		if m := traceHead.FindStringSubmatch(line); m != nil {
			if len(frames) > 0 {
				return frames
			}
			in = strings.HasPrefix(m[1], "running") || c && strings.HasPrefix(m[1], "syscall")
			continue
		}
		m := traceLine.FindStringSubmatch(line)
		if m == nil || !in || i == 0 {
			continue
		}
		function := lines[i-1]
		if k := strings.LastIndexByte(function, '('); k > 0 {
			function = function[:k]
		}
		if internalFrame(function) {
			continue
		}
		n, _ := strconv.Atoi(m[2])
		frames = append(frames, Frame{Func: function, File: m[1], Line: n})
	}
	return frames
}

// internalFrame tells frames of the runtime and of the worker itself.
func internalFrame(function string) bool {
	for _, prefix := range []string{
		"runtime.", "runtime/", "internal/runtime/", "panic(", "created by ",
		"github.com/spikebook/spikebook/kernel/live.", "github.com/spikebook/spikebook/kernel/worker/main.(*server).",
		"github.com/spikebook/spikebook/kernel/worker/main.guard", "github.com/spikebook/spikebook/kernel/worker/render.",
	} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return function == "panic"
}
