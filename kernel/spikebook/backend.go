package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/jupyter"
	"github.com/spikebook/spikebook/kernel/session"
	"github.com/spikebook/spikebook/kernel/worker"
)

// backend is a session as jupyter's Evaluator. The toolchain is found, the
// cache made warm and the session started in the background, so that the
// kernel answers its client at once; the first cell waits for that and shows
// how far it is.
type backend struct {
	ctx     context.Context
	cancel  context.CancelFunc
	log     jupyter.Logf
	dir     string
	trace   func(stage, text string) // nil unless asked for
	program bool                     // cells are programs of their own

	opened chan struct{} // tool or err is set
	ready  chan struct{} // session or err is set

	mu       sync.Mutex
	tool     *gotool.Tool
	session  *session.Session
	err      error
	progress string // what warming does now
}

// newBackend returns a backend that start is to be called on, in a goroutine.
func newBackend(dir string, trace bool, log jupyter.Logf) *backend {
	ctx, cancel := context.WithCancel(context.Background())
	b := &backend{ctx: ctx, cancel: cancel, log: log, dir: dir, opened: make(chan struct{}), ready: make(chan struct{})}
	if trace {
		b.trace = func(stage, text string) { log("%s:\n%s", stage, strings.TrimRight(text, "\n")) }
	}
	return b
}

func (b *backend) start() {
	defer close(b.ready)
	tool, err := gotool.Open(b.ctx, gotool.Options{Log: b.log})
	b.mu.Lock()
	b.tool, b.err = tool, err
	b.mu.Unlock()
	close(b.opened)
	if err == nil {
		err = tool.Warm(b.ctx, func(done, total int, what string) {
			b.mu.Lock()
			b.progress = progressLine(done, total, what)
			b.mu.Unlock()
		})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err = err; err == nil && b.ctx.Err() == nil {
		var pinned session.Pinned
		if nb := openNotebook(b.dir, os.Getenv); nb != nil {
			pinned = pinnedIn(nb)
		}
		b.session = session.New(session.Options{Tool: tool, Dir: b.dir, Log: b.log, Trace: b.trace, Program: b.program, Pinned: pinned})
	}
}

// goVersion is the version of the toolchain, or that of this binary while the
// toolchain is still being looked for: the client must not wait for long.
func (b *backend) goVersion() string {
	v := runtime.Version()
	select {
	case <-b.opened:
		b.mu.Lock()
		if b.tool != nil {
			v = b.tool.GoVersion()
		}
		b.mu.Unlock()
	case <-time.After(50 * time.Millisecond):
	}
	return strings.TrimPrefix(v, "go")
}

// wait returns the session when it is there. While the cache is being made
// warm it tells out so, after a second and then each second.
func (b *backend) wait(ctx context.Context, out jupyter.Output) (*session.Session, *jupyter.Error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-b.ready:
			if said != "" {
				out.ClearOutput(false)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.err != nil {
				return nil, plainError("NotReady", b.err.Error()+"\nthen restart the kernel; spikebook doctor tells more")
			}
			if b.session == nil {
				return nil, plainError("NotReady", "the kernel is shutting down")
			}
			return b.session, nil
		case <-b.ctx.Done():
			return nil, plainError("NotReady", "the kernel is shutting down")
		case <-ctx.Done():
			return nil, plainError("Interrupted", "interrupted while the build cache is made warm; that goes on, run the cell again")
		case <-tick.C:
			b.mu.Lock()
			line := b.progress
			b.mu.Unlock()
			if line != said && line != "" {
				// Blanks, since front ends overwrite and do not erase.
				out.Stream("stderr", fmt.Sprintf("\r%-*s", utf8.RuneCountInString(said), line))
				said = line
			}
		}
	}
}

func plainError(name, value string) *jupyter.Error {
	return &jupyter.Error{Name: name, Value: value, Traceback: strings.Split("\x1b[31m"+name+"\x1b[0m: "+value, "\n")}
}

func (b *backend) Execute(ctx context.Context, r jupyter.Request, out jupyter.Output) jupyter.Result {
	s, failed := b.wait(ctx, out)
	if failed != nil {
		return jupyter.Result{Err: failed}
	}
	res := s.Execute(ctx, session.Request{Code: r.Code, CellID: r.CellID, Count: r.Count, Silent: r.Silent,
		Ask: session.Asker(r.Ask), Coming: coming(r.Coming)}, workerOutput{out})
	var j jupyter.Result
	j.Metadata = map[string]any{"timing": res.Timing}
	if res.Value != nil {
		d := jupyter.Display(*res.Value)
		j.Value = &d
	}
	if res.Page != nil {
		d := jupyter.Display(*res.Page)
		j.Page = &d
	}
	if res.Next != nil {
		n := jupyter.Next(*res.Next)
		j.Next = &n
	}
	if res.Err != nil {
		j.Err = &jupyter.Error{Name: res.Err.EName, Value: res.Err.EValue, Traceback: res.Err.Traceback}
	}
	return j
}

func (b *backend) Interrupt() {
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if s != nil {
		s.Interrupt()
	}
}

// IsComplete needs no toolchain, so it is answered from the first moment.
func (b *backend) IsComplete(code string) (status, indent string) { return cell.IsComplete(code) }

// now returns the session, or nil while it is not there yet: who asks while
// writing a cell does not wait.
func (b *backend) now() *session.Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session
}

func (b *backend) Complete(code string, cursor int) jupyter.Completion {
	s := b.now()
	if s == nil {
		return jupyter.Completion{Start: cursor, End: cursor}
	}
	found := s.Complete(code, cursor)
	c := jupyter.Completion{Start: found.Start, End: found.End}
	for _, m := range found.Matches {
		c.Matches = append(c.Matches, jupyter.Match{Text: m.Text, Type: m.Kind, Signature: m.Signature})
	}
	return c
}

func (b *backend) Inspect(code string, cursor, detail int) *jupyter.Display {
	s := b.now()
	if s == nil {
		return nil
	}
	found := s.Inspect(code, cursor, detail)
	if found == nil {
		return nil
	}
	d := jupyter.Display(*found)
	return &d
}

func (b *backend) Close() error {
	b.cancel() // ends warming, too
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if s == nil {
		select {
		case <-b.ready:
		case <-time.After(time.Second):
			return fmt.Errorf("still making the build cache warm")
		}
		b.mu.Lock()
		s = b.session
		b.mu.Unlock()
	}
	if s == nil {
		return nil
	}
	return s.Close()
}

// coming is what waits behind a cell, as a session knows it.
func coming(next func() (jupyter.Request, bool)) func() (session.Request, bool) {
	if next == nil {
		return nil
	}
	return func() (session.Request, bool) {
		r, ok := next()
		return session.Request{Code: r.Code, CellID: r.CellID, Count: r.Count}, ok
	}
}

// workerOutput is a jupyter.Output as the worker knows it.
type workerOutput struct{ jupyter.Output }

func (o workerOutput) Display(d worker.Display) { o.Output.Display(jupyter.Display(d)) }

func (o workerOutput) Comm(m comm.Message) {
	o.Output.Comm(jupyter.Comm{Kind: m.Kind, ID: m.ID, Target: m.Target, Data: m.Data, Metadata: m.Metadata, Buffers: m.Buffers})
}

// messageOf is the opposite.
func messageOf(c jupyter.Comm) comm.Message {
	return comm.Message{Kind: c.Kind, ID: c.ID, Target: c.Target, Data: c.Data, Metadata: c.Metadata, Buffers: c.Buffers}
}

func (b *backend) Comm(m jupyter.Comm, out jupyter.Output, done func()) {
	if s := b.now(); s != nil {
		s.Comm(messageOf(m), workerOutput{out}, done)
		return
	}
	if m.Kind == comm.Opens {
		out.Comm(jupyter.Comm{Kind: comm.Closes, ID: m.ID})
	}
	done()
}

func (b *backend) Knows(m jupyter.Comm) bool {
	s := b.now()
	return s != nil && s.Knows(messageOf(m))
}

func (b *backend) Comms() map[string]string {
	if s := b.now(); s != nil {
		return s.Comms()
	}
	return nil
}

func (b *backend) Evaluate(ctx context.Context, expressions map[string]string, out jupyter.Output) map[string]jupyter.Value {
	s := b.now()
	if s == nil {
		return nil
	}
	values := make(map[string]jupyter.Value, len(expressions))
	for name, v := range s.Evaluate(ctx, expressions, workerOutput{out}) {
		if v.Err != nil {
			values[name] = jupyter.Value{Err: &jupyter.Error{Name: v.Err.EName, Value: v.Err.EValue, Traceback: v.Err.Traceback}}
			continue
		}
		d := jupyter.Display(*v.Display)
		values[name] = jupyter.Value{Display: &d}
	}
	return values
}
