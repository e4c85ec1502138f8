package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// secondInterrupt is how soon after an interrupt the next one counts as
// impatience: the run is then left behind at once.
const secondInterrupt = 300 * time.Millisecond

// remembered is how long a run that was left behind is told to stop when it looks.
// One that waits for ever would otherwise slow down the checks of all others for
// ever.
const remembered = 10 * time.Minute

// A cell is a loaded plugin.
type cell struct {
	load func()       // binds its variables
	run  func() []any // its statements; the values of the last expression
}

// A server carries out commands. Loads and runs have their own goroutines, so
// that it reads the next command, an interrupt or the end, at any time.
type server struct {
	open    func(file string) (cell, error) // a variable for tests
	writing sync.Mutex
	reports io.Writer

	flushing atomic.Bool // C's buffers are being written

	loading sync.Mutex // package init of plugins is serial
	mu      sync.Mutex
	cells   map[string]cell // by package path
	current *run            // nil between runs

	front *front // comms, questions, standard input
}

// A run is one execution of a cell.
type run struct {
	id          int64
	interrupted time.Time // first request; zero when none
	left        *time.Timer
	goroutine   string // its number in tracebacks
	owner       interrupt.Owner
}

func newServer(reports io.Writer, open func(string) (cell, error)) *server {
	s := &server{open: open, reports: reports, cells: map[string]cell{}}
	s.front = newFront(s.report)
	live.OnPanic(goroutinePanic)
	s.report(wire.Report{Op: wire.Ready})
	return s
}

// serve carries out commands until their pipe ends.
func (s *server) serve(commands io.Reader) {
	in := bufio.NewReader(commands)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var c wire.Command
		if json.Unmarshal(line, &c) != nil {
			continue
		}
		switch c.Op {
		case wire.Load:
			go s.load(c)
		case wire.Run:
			s.start(c)
		case wire.Free:
			free(c.Slots)
		case wire.Interrupt:
			s.interrupt(c.ID)
		case wire.Ask:
			go s.ask(c)
		default:
			s.front.command(c)
		}
	}
}

// free zeroes variables and forgets them. What was compiled before keeps pointers
// to them, which would keep all that they hold.
func free(slots []int) {
	for _, n := range slots {
		if p := live.Lookup(n); p != nil {
			reflect.ValueOf(p).Elem().SetZero()
			live.Drop(n)
		}
	}
}

// report sends one report.
func (s *server) report(r wire.Report) {
	line, err := json.Marshal(r)
	if err != nil {
		// Only a value can fail; the rest are strings and numbers.
		r.Value, r.Metadata = map[string]any{"text/plain": "the value cannot be shown: " + err.Error()}, nil
		line, _ = json.Marshal(r)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.reports.Write(append(line, '\n'))
}

// load opens a plugin. A failure of the runtime's own leaves the process damaged
// (rule PL-2), and so does a panic in a package's init (rule PL-3).
func (s *server) load(c wire.Command) {
	s.loading.Lock()
	defer s.loading.Unlock()
	report := wire.Report{Op: wire.Loaded, ID: c.ID}
	opened := false
	defer func() {
		if v := recover(); v != nil {
			text, _ := panicText(v)
			if opened {
				report.Error = "binding its variables: panic: " + text
			} else {
				report.Error = "initialising a package it imports: panic: " + text
			}
			report.Damaged = true
		}
		s.report(report)
	}()
	loaded, err := s.open(c.File)
	if err != nil {
		report.Error, report.Damaged = err.Error(), true
		return
	}
	opened = true
	loaded.load()
	s.mu.Lock()
	s.cells[c.Path] = loaded
	s.mu.Unlock()
}

// start begins a run in a goroutine of its own.
func (s *server) start(c wire.Command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loaded, ok := s.cells[c.Path]
	if !ok {
		go s.report(wire.Report{Op: wire.Done, ID: c.ID,
			Panic: &wire.Panic{Text: fmt.Sprintf("kernel: cell %s is not loaded", c.Path), Type: "string"}})
		return
	}
	r := &run{id: c.ID}
	s.current = r
	live.TakeDefined() // what runs that were left behind have defined since
	interrupt.Clear()
	newArguments(c.Args)
	s.front.begin(c.Parent)
	go s.execute(r, profiled(c.Profile, loaded.run))
}

// execute runs a cell and reports how it ended.
func (s *server) execute(r *run, statements func() []any) {
	// Goroutines that the cell starts inherit the label, so that all of a run can
	// be told from the rest.
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("spikebook run", strconv.FormatInt(r.id, 10))))
	s.mu.Lock()
	r.goroutine, r.owner = goroutineID(), interrupt.Self()
	remember(r.id, r.owner)
	s.mu.Unlock()
	report := wire.Report{Op: wire.Done, ID: r.id}
	guard(&report, statements, func() { s.finish(r, report) })
}

// finish reports the end of a run, unless it was left behind before.
func (s *server) finish(r *run, report wire.Report) {
	s.flush()
	comm.End()
	s.mu.Lock()
	if s.current != r {
		s.mu.Unlock()
		lateEnd(report)
		interrupt.Forget(r.owner)
		return
	}
	s.current = nil
	report.Interrupted = !r.interrupted.IsZero()
	report.Defined = live.TakeDefined()
	if r.left != nil {
		r.left.Stop()
	}
	s.mu.Unlock()
	s.front.end()
	s.report(report)
}

// flush writes what the C library still holds. C code that was left behind in the
// middle of a read may hold the lock of its file; then the cell ends without.
func (s *server) flush() {
	if !s.flushing.CompareAndSwap(false, true) {
		return
	}
	flushed := make(chan struct{})
	go func() {
		flushC()
		s.flushing.Store(false)
		close(flushed)
	}()
	select {
	case <-flushed:
	case <-time.After(500 * time.Millisecond):
	}
}

// lateEnd tells of a panic in a run that nobody waits for any more.
func lateEnd(report wire.Report) {
	if p := report.Panic; p != nil && !p.Goexit {
		fmt.Fprintf(os.Stderr, "panic in a cell that was interrupted before: %s\n%s", p.Text, framesText(p))
	}
}

// interrupt asks the run with number id to stop, or any run when id is 0. The
// word stays set until the next run begins, so that goroutines which look at it
// late stop too.
func (s *server) interrupt(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.current
	if r == nil || id != 0 && r.id != id {
		return
	}
	interrupt.Set()
	s.front.halt()
	switch {
	case r.interrupted.IsZero():
		r.interrupted = time.Now()
		r.left = time.AfterFunc(wire.AbandonTime, func() { s.abandon(r) })
		go s.watchBlocked(r)
	case time.Since(r.interrupted) > secondInterrupt:
		r.left.Stop()
		go s.abandon(r)
	}
}

// abandon ends a run without its goroutine, which goes on until it next looks
// whether it should stop, or returns.
func (s *server) abandon(r *run) {
	s.mu.Lock()
	if s.current != r {
		s.mu.Unlock()
		return
	}
	s.current = nil
	owner, goroutine := r.owner, r.goroutine
	s.mu.Unlock()
	s.front.end()
	interrupt.Leave(owner)
	time.AfterFunc(remembered, func() { interrupt.Forget(owner) })
	s.report(wire.Report{Op: wire.Done, ID: r.id, Interrupted: true, Abandoned: true,
		Where: placeInCell(goroutine), Defined: live.TakeDefined()})
}
