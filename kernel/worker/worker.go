package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// AbandonTime is how long after an interrupt a run may go on before its
// goroutine is left behind. KillTime is how long the kernel then still waits for
// the worker's report before it ends the worker.
const (
	AbandonTime = wire.AbandonTime
	KillTime    = AbandonTime + 3*time.Second
)

// A Worker is a running worker process. Load and Run are called one at a time;
// the other methods at any time.
type Worker struct {
	proc   *process
	outlet *Outlet
	gonbui *gonbui
	front  Front // nil: nobody listens

	sending sync.Mutex // commands are written one at a time

	mu       sync.Mutex
	calls    map[int64]chan wire.Report // waiting for the report with this number
	next     int64
	current  int64             // number of the call in progress, 0 when none
	running  bool              // current is a run
	packages map[string]string // import path → hash, of everything loaded
	damaged  error             // why no plugin may be loaded any more
	killed   string            // why the kernel killed it
	killer   *time.Timer

	ready chan struct{} // closed when the worker reads commands
	ended chan struct{} // closed when the process has ended and was drained
	died  *Died         // set before ended is closed
}

// Config says how to start a worker.
type Config struct {
	Path     string            // of the worker program
	Env      []string          // its environment; the display pipes are added
	Dir      string            // its working directory
	Outlet   *Outlet           // receives its output; nil means a new one with JupyterLimits
	Packages map[string]string // import path → hash of the packages linked into the worker, if known
	Front    Front             // takes comms and questions; nil: there are none
}

// Start starts the worker program at path with environment env in directory dir.
// It does not wait until the worker is ready: commands wait in its pipe.
func Start(ctx context.Context, path string, env []string, dir string) (*Worker, error) {
	return Config{Path: path, Env: env, Dir: dir}.Start(ctx)
}

// Start starts a worker. ctx bounds only the start; the worker lives until
// [Worker.Close], or until it dies.
func (c Config) Start(ctx context.Context) (*Worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.Outlet == nil {
		c.Outlet = NewOutlet(JupyterLimits)
	}
	proc, err := prepare(c.Path, c.Env, c.Dir)
	if err != nil {
		return nil, err
	}
	w := &Worker{
		proc:     proc,
		outlet:   c.Outlet,
		front:    c.Front,
		calls:    map[int64]chan wire.Report{},
		packages: map[string]string{},
		ready:    make(chan struct{}),
		ended:    make(chan struct{}),
	}
	for path, hash := range c.Packages {
		w.packages[path] = hash
	}
	started := make(chan error)
	go w.live(started)
	if err := <-started; err != nil {
		proc.close()
		return nil, err
	}
	return w, nil
}

// live starts the process, pumps its output and tells how it ended. It stays on
// one thread: the system ends the worker when the thread that started it ends.
func (w *Worker) live(started chan<- error) {
	runtime.LockOSThread()
	wake, woken, err := os.Pipe()
	if err != nil {
		started <- fmt.Errorf("worker: no pipe: %w", err)
		return
	}
	defer wake.Close()
	if err := w.proc.start(); err != nil {
		woken.Close()
		started <- err
		return
	}
	w.gonbui = newGonbui(w.outlet, w.proc.back)
	w.connectFront()
	started <- nil
	waited := make(chan struct{})
	go func() {
		w.proc.cmd.Wait() // the state is read from cmd
		close(waited)
		woken.Close()
	}()
	p := &pump{
		outlet:  w.outlet,
		gonbui:  w.gonbui,
		stdout:  source{name: "stdout", fd: w.proc.stdout},
		stderr:  source{name: "stderr", fd: w.proc.stderr},
		display: w.proc.display,
		control: w.proc.report,
		wake:    int(wake.Fd()),
		report:  w.reported,
	}
	words := p.run()
	<-waited
	w.proc.kill() // what it started and left
	w.mu.Lock()
	w.died = newDied(w.proc.cmd.ProcessState, words, w.killed)
	w.mu.Unlock()
	w.gonbui.close()
	w.proc.close()
	close(w.ended)
}

// reported routes a report to the call that waits for it. It runs in the pump.
func (w *Worker) reported(r wire.Report) {
	if w.said(r) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Op == wire.Ready {
		select {
		case <-w.ready:
		default:
			close(w.ready)
		}
		return
	}
	if call, ok := w.calls[r.ID]; ok {
		delete(w.calls, r.ID)
		call <- r
	}
}

// send writes a command. A worker that has died is found out elsewhere.
func (w *Worker) send(c wire.Command) {
	line, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of strings and numbers
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	w.proc.command.Write(append(line, '\n'))
}

// call sends a command and waits for its report.
// numbered, if there is one that is not nil, is told its number before.
func (w *Worker) call(ctx context.Context, c wire.Command, numbered ...func(int64)) (wire.Report, error) {
	answer := make(chan wire.Report, 1)
	w.mu.Lock()
	w.next++
	c.ID = w.next
	for _, f := range numbered {
		if f != nil {
			f(c.ID)
		}
	}
	w.calls[c.ID] = answer
	w.current, w.running = c.ID, c.Op == wire.Run
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.current = 0
		if w.killer != nil {
			w.killer.Stop()
			w.killer = nil
		}
		w.mu.Unlock()
	}()
	w.send(c)
	cancelled := ctx.Done()
	for {
		select {
		case r := <-answer:
			return r, nil
		case <-w.ended:
			select {
			case r := <-answer:
				return r, nil
			default:
			}
			return wire.Report{}, w.died
		case <-cancelled:
			cancelled = nil
			w.Interrupt()
		}
	}
}

// Load opens a plugin in the worker and binds its variables. A plugin that the
// runtime would refuse is not offered to it, because a refusal damages the
// process (rule PL-2); the error is then a [*Mismatch], and a new worker is
// needed. The error is a [*Died] when the worker ended.
func (w *Worker) Load(ctx context.Context, plugin *Plugin) error {
	if err := w.Damaged(); err != nil {
		return err
	}
	w.mu.Lock()
	var differ []string
	for path, hash := range plugin.Packages {
		if had, ok := w.packages[path]; ok && had != hash {
			differ = append(differ, path)
		}
	}
	w.mu.Unlock()
	if len(differ) > 0 {
		slices.Sort(differ)
		return &Mismatch{Packages: differ}
	}
	report, err := w.call(ctx, wire.Command{Op: wire.Load, File: plugin.File, Path: plugin.Path})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if report.Damaged {
		w.damaged = fmt.Errorf("the worker can load no more cells: %s", Unmark(report.Error))
	}
	if report.Error != "" {
		return fmt.Errorf("load %s: %s", plugin.Path, Unmark(report.Error))
	}
	for path, hash := range plugin.Packages {
		w.packages[path] = hash
	}
	return nil
}

// Run runs the statements of a loaded plugin. Output goes to out, from now until
// the next Run, and has been published when Run returns. When ctx ends the run is
// interrupted. The error is a [*Died] when the worker ended meanwhile.
func (w *Worker) Run(ctx context.Context, path string, out Output) (RunResult, error) {
	w.outlet.Begin(out, "")
	return w.RunOn(ctx, path)
}

// RunOn is Run for a caller that has directed the outlet itself.
func (w *Worker) RunOn(ctx context.Context, path string) (RunResult, error) {
	return w.RunWith(ctx, path, RunOptions{})
}

// RunWith is RunOn with options.
func (w *Worker) RunWith(ctx context.Context, path string, o RunOptions) (RunResult, error) {
	if b := w.gonbui.browser; b != nil {
		b.begin()
	}
	report, err := w.call(ctx, wire.Command{Op: wire.Run, Path: path, Args: o.Args, Profile: o.Profile, ToFront: wire.ToFront{Parent: w.outlet.Parent()}}, o.Started)
	flush := time.Now()
	if report.Interrupted {
		w.outlet.Stop()
	} else {
		w.outlet.Flush(context.WithoutCancel(ctx))
	}
	if err != nil {
		return RunResult{Drain: time.Since(flush)}, err
	}
	unmarkReport(&report)
	return RunResult{
		Value:       report.Value,
		Metadata:    report.Metadata,
		Panic:       report.Panic,
		Errors:      report.Errors,
		Exit:        report.Exit,
		Interrupted: report.Interrupted,
		Abandoned:   report.Abandoned,
		Where:       report.Where,
		Defined:     report.Defined,
		Drain:       time.Since(flush),
	}, nil
}

// unmarkReport removes the kernel's letter from all text.
func unmarkReport(r *wire.Report) {
	unmarkAll(r.Value)
	unmarkAll(r.Metadata)
	for i := range r.Errors {
		r.Errors[i].Text, r.Errors[i].Type = Unmark(r.Errors[i].Text), Unmark(r.Errors[i].Type)
	}
	if r.Where != nil {
		r.Where.Func = Unmark(r.Where.Func)
	}
	if p := r.Panic; p != nil {
		p.Text, p.Type = Unmark(p.Text), Unmark(p.Type)
		for i := range p.Frames {
			p.Frames[i].Func = Unmark(p.Frames[i].Func)
		}
	}
}

// RunResult is how a run ended.
type RunResult struct {
	Value       map[string]any // mime bundle of the last expression; nil when there is nothing to show
	Metadata    map[string]any // by mime type
	Errors      []Failure      // that the last expression returned, or that are unread
	Panic       *Panic         // that ended the run
	Exit        *int           // status, when cell code called os.Exit
	Interrupted bool           // an interrupt arrived while it ran
	Abandoned   bool           // and the run did not end; its goroutine was left behind
	Where       *Frame         // the line of cell code that the interrupt found it in, when known
	Defined     []int          // slots of the variables whose defining statements ran
	Drain       time.Duration  // from the end of the run until its output was published
}

// Free zeroes variables that no name and no code leads to any more, so that what
// they hold can be collected. It does not wait; the next run comes after it.
func (w *Worker) Free(slots []int) {
	if len(slots) > 0 {
		w.send(wire.Command{Op: wire.Free, Slots: slots})
	}
}

// Names of the wire that callers see.
type (
	Panic   = wire.Panic
	Frame   = wire.Frame
	Failure = wire.Failure
)

// releaseAfter is when an interrupted run that has not ended is freed from
// waiting for the rate limit.
const releaseAfter = 50 * time.Millisecond

// Interrupt stops the run in progress, if there is one. Cell code stops within
// milliseconds; a call into other code that does not come back within
// [AbandonTime] is left behind. A second interrupt leaves it behind at once.
func (w *Worker) Interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.current == 0 {
		return
	}
	if w.running {
		// Written by another goroutine: the pipe of a stopped process may be full.
		run := w.current
		go func() {
			w.send(wire.Command{Op: wire.Interrupt, ID: run})
			// A cell that waits until its displays are published looks after that.
			time.Sleep(releaseAfter)
			w.mu.Lock()
			waits := w.current == run
			w.mu.Unlock()
			if waits {
				w.outlet.Stop()
			}
		}()
	}
	if w.killer == nil {
		w.killer = time.AfterFunc(KillTime, func() {
			w.Kill(fmt.Sprintf("it did not react to an interrupt within %v", KillTime))
		})
	}
}

// Kill ends the worker; why is told to who waits for it.
func (w *Worker) Kill(why string) {
	select {
	case <-w.ended:
		return
	default:
	}
	w.mu.Lock()
	w.killed = why
	w.mu.Unlock()
	w.proc.kill()
}

// Close ends the worker and waits until it is gone. Its output until then was
// given to the outlet.
func (w *Worker) Close() error {
	w.sending.Lock()
	w.proc.command.Close() // the worker ends at the end of its commands
	w.sending.Unlock()
	select {
	case <-w.ended:
	case <-time.After(200 * time.Millisecond):
		w.Kill("the session was closed")
		<-w.ended
	}
	return nil
}

// Ended is closed when the process has ended and its output was read.
func (w *Worker) Ended() <-chan struct{} { return w.ended }

// Died tells how the process ended, or is nil while it lives.
func (w *Worker) Died() *Died {
	select {
	case <-w.ended:
		return w.died
	default:
		return nil
	}
}

// Damaged is not nil when no plugin may be loaded any more: the worker has ended,
// or its runtime has refused a plugin.
func (w *Worker) Damaged() error {
	if died := w.Died(); died != nil {
		return died
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.damaged
}

// Running tells whether a run is in progress.
func (w *Worker) Running() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current != 0 && w.running
}

// PID is the process id of the worker.
func (w *Worker) PID() int { return w.proc.cmd.Process.Pid }

// Mismatch says that a plugin was built with other packages than the worker
// holds, and was not loaded.
type Mismatch struct {
	Packages []string // import paths
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("the cell was compiled against other versions of %d packages than the session holds (first: %s); restart the kernel to use the new ones",
		len(m.Packages), m.Packages[0])
}

// IsDied returns the death in err, or nil.
func IsDied(err error) *Died {
	var d *Died
	if errors.As(err, &d) {
		return d
	}
	return nil
}
