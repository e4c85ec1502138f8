package worker

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spikebook/spikebook/kernel/comm"
)

// A Program is one that runs by itself, as GoNB runs every cell: it prints,
// displays through gonbui and asks for input as cells do, and everything ends with
// it.
type Program struct {
	Path   string
	Args   []string // without the program's name
	Env    []string // the display pipes are added
	Dir    string   // working directory
	Outlet *Outlet  // receives its output; required
	Front  Front    // takes questions and pages' values; nil: there are none

	// Annotate, if not nil, may change lines of its standard error.
	Annotate func(text string) string

	mu     sync.Mutex
	gonbui *gonbui
}

// Ended says how a program ended.
type Ended struct {
	Code   int     // exit status; -1 when a signal ended it
	Signal string  // its name, if a signal ended it
	Words  string  // what the Go runtime wrote when it gave up, such as a panic; may be empty
	Reason string  // the same in one line
	Frames []Frame // of the goroutine that gave up
}

// How long an interrupted program has until it is killed.
const programGrace = 5 * time.Second

// Run runs the program until it ends. When ctx ends, it gets SIGINT, and SIGKILL
// five seconds later. The error says why it could not be started.
func (p *Program) Run(ctx context.Context) (Ended, error) {
	type result struct {
		ended Ended
		err   error
	}
	done := make(chan result, 1)
	go func() {
		e, err := p.run(ctx)
		done <- result{e, err}
	}()
	r := <-done
	return r.ended, r.err
}

// run stays on one thread: the system ends the program when the thread that
// started it ends.
func (p *Program) run(ctx context.Context) (Ended, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	proc, err := prepare(p.Path, p.Env, p.Dir)
	if err != nil {
		return Ended{}, err
	}
	defer proc.close()
	proc.cmd.Args = append(proc.cmd.Args, p.Args...)
	proc.cmd.ExtraFiles = nil // no commands, no reports
	theirs, input, err := os.Pipe()
	if err != nil {
		return Ended{}, fmt.Errorf("program: no pipe: %w", err)
	}
	proc.cmd.Stdin = theirs
	defer input.Close()
	wake, woken, err := os.Pipe()
	if err != nil {
		theirs.Close()
		return Ended{}, fmt.Errorf("program: no pipe: %w", err)
	}
	defer wake.Close()
	err = proc.start()
	theirs.Close()
	if err != nil {
		woken.Close()
		return Ended{}, err
	}
	g := newGonbui(p.Outlet, proc.back)
	if p.Front != nil {
		// A worker without a server: only what connects pages and questions is used.
		w := &Worker{proc: proc, outlet: p.Outlet, gonbui: g, front: p.Front}
		w.connectFront()
		g.line = func(text string) { go fmt.Fprintln(input, text) }
	}
	p.mu.Lock()
	p.gonbui = g
	p.mu.Unlock()
	over := make(chan struct{})
	waited := make(chan struct{})
	go func() {
		proc.cmd.Wait()
		close(waited)
		woken.Close()
	}()
	go interruptProgram(ctx, proc.cmd.Process.Pid, over)
	pump := &pump{
		outlet:  p.Outlet,
		gonbui:  g,
		stdout:  source{name: "stdout", fd: proc.stdout},
		stderr:  source{name: "stderr", fd: proc.stderr, edit: p.Annotate},
		display: proc.display,
		control: proc.report,
		wake:    int(wake.Fd()),
	}
	words := pump.run()
	<-waited
	close(over)
	proc.kill() // what it started and left
	g.close()
	p.mu.Lock()
	p.gonbui = nil
	p.mu.Unlock()
	return newEnded(proc.cmd.ProcessState, words), nil
}

// interruptProgram ends a program when ctx ends.
func interruptProgram(ctx context.Context, group int, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	unix.Kill(-group, syscall.SIGINT)
	select {
	case <-over:
	case <-time.After(programGrace):
		unix.Kill(-group, syscall.SIGKILL)
	}
}

// BrowserMessage gives the program a message of a page of gonbui's.
func (p *Program) BrowserMessage(m comm.Message) {
	p.mu.Lock()
	g := p.gonbui
	p.mu.Unlock()
	if g != nil && g.browser != nil {
		(&Worker{gonbui: g}).BrowserMessage(m)
	}
}

var panicLine = regexp.MustCompile(`(?m)^panic: (.*)$`)

// newEnded explains the end of a program.
func newEnded(state *os.ProcessState, words string) Ended {
	e := Ended{Words: strings.TrimRight(words, "\n"), Frames: traceFrames(words)}
	if state == nil {
		e.Code, e.Reason = -1, "it ended without a status"
		return e
	}
	e.Code = state.ExitCode()
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		e.Signal = s.Signal().String()
	}
	if m := panicLine.FindAllStringSubmatch(words, -1); m != nil {
		e.Reason = m[len(m)-1][1]
	} else {
		e.Reason = wordsReason(words)
	}
	if i := slices.IndexFunc(e.Frames, func(f Frame) bool { return strings.HasPrefix(f.Func, "main.") }); i > 0 {
		// What lies above was called by the user's code; the innermost of it is
		// enough.
		e.Frames = e.Frames[max(0, i-1):]
	}
	return e
}
