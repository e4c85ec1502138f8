package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/worker/render"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// front is the worker's end of what cell code and front ends say to each other:
// comms and their events, questions, standard input.
type front struct {
	report func(wire.Report)
	input  *input

	mu      sync.Mutex
	next    int64                 // number of the latest sync or question
	answers map[int64]chan answer // to be given
	parent  string
	events  []event // whose work waits
	working *work   // nil between events
	running bool    // a goroutine serves events
	cell    bool    // a cell runs
	stopped *sync.Cond
	halted  bool // a cell is being interrupted: no work begins
}

// answer is what the kernel sends back.
type answer struct{ text, refuse string }

// An event has arrived and its work is to be done.
type event struct {
	number int64
	work   func()
}

// work is the work of one event while it is done.
type work struct {
	number    int64
	goroutine string
	owner     interrupt.Owner
	stop      time.Time // when it was interrupted; zero when it was not
}

func newFront(report func(wire.Report)) *front {
	f := &front{report: report, answers: map[int64]chan answer{}}
	f.stopped = sync.NewCond(&f.mu)
	f.input = newInput(f)
	comm.Connect(f)
	comm.SetRender(render.Bundle)
	return f
}

// command carries out a command of package wire's front.go. It does not wait.
func (f *front) command(c wire.Command) {
	switch c.Op {
	case wire.Comm:
		if c.Comm == nil {
			return
		}
		if c.Parent != "" {
			f.mu.Lock()
			f.parent = c.Parent
			f.mu.Unlock()
		}
		f.arrived(comm.Event{Message: *c.Comm, Number: c.ID})
	case wire.Input, wire.Sync:
		if c.ID == 0 {
			go f.input.line(c.Text)
			return
		}
		f.mu.Lock()
		waits := f.answers[c.ID]
		delete(f.answers, c.ID)
		f.mu.Unlock()
		if waits != nil {
			waits <- answer{c.Text, c.Refuse}
		}
	case wire.StopEvents:
		f.interrupt()
	}
}

// begin is called before a cell runs; parent is the message its output belongs to.
func (f *front) begin(parent string) {
	f.mu.Lock()
	f.parent, f.cell, f.halted = parent, true, false
	f.stopped.Broadcast()
	f.mu.Unlock()
	f.input.begin()
}

// end is called when a cell has ended or was left behind.
func (f *front) end() {
	f.mu.Lock()
	f.cell, f.halted = false, false
	f.stopped.Broadcast()
	f.mu.Unlock()
	f.input.end()
}

// expect numbers a request to the kernel and returns where its answer will come.
func (f *front) expect() (number int64, waits chan answer) {
	waits = make(chan answer, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	f.answers[f.next] = waits
	return f.next, waits
}

// Send implements comm.Transport.
func (f *front) Send(m comm.Message, event int64) error {
	f.report(wire.Report{Op: wire.Comm, FromFront: wire.FromFront{Comm: &m, Event: event}})
	return nil
}

// Sync implements comm.Transport.
func (f *front) Sync() {
	number, waits := f.expect()
	f.report(wire.Report{Op: wire.Sync, ID: number})
	<-waits
}

// Ask implements comm.Transport.
func (f *front) Ask(prompt string, password bool) (string, error) {
	number, waits := f.expect()
	f.report(wire.Report{Op: wire.Input, ID: number, FromFront: wire.FromFront{Ask: &wire.Question{Prompt: prompt, Password: password}}})
	a := <-waits
	if interrupt.Requested() {
		interrupt.Panic()
	}
	if a.refuse != "" {
		return "", fmt.Errorf("question %q: no answer: %s", prompt, a.refuse)
	}
	return a.text, nil
}

// Next implements comm.Transport.
func (f *front) Next(text string, replace bool) error {
	f.report(wire.Report{Op: wire.Next, FromFront: wire.FromFront{Text: text, Swap: replace}})
	return nil
}

// Target implements comm.Transport.
func (f *front) Target(name string, taken bool) {
	f.report(wire.Report{Op: wire.Target, FromFront: wire.FromFront{Text: name, Taken: taken}})
}

// Clear implements comm.Transport.
func (f *front) Clear(wait bool) {
	f.report(wire.Report{Op: wire.Clear, FromFront: wire.FromFront{Wait: wait}})
}

// Parent implements comm.Transport.
func (f *front) Parent() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parent
}

// arrived lets the receiver see an event and queues its work.
func (f *front) arrived(e comm.Event) {
	do := f.deliver(e)
	if do == nil {
		f.report(wire.Report{Op: wire.Handled, ID: e.Number})
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, event{e.Number, do})
	if !f.running {
		f.running = true
		go f.serve()
	}
}

// deliver is comm.Deliver. A receiver is our own code; should it fail all the
// same, the worker must not end.
func (f *front) deliver(e comm.Event) (do func()) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(os.Stderr, "spikebook: a message of a front end was lost: %v\n", v)
			do = nil
		}
	}()
	return comm.Deliver(e)
}

// serve does the work of events, one after the other, until none waits.
func (f *front) serve() {
	for {
		f.mu.Lock()
		for f.halted {
			f.stopped.Wait()
		}
		if len(f.events) == 0 {
			f.running = false
			f.mu.Unlock()
			return
		}
		e := f.events[0]
		f.events[0] = event{}
		f.events = f.events[1:]
		w := &work{number: e.number}
		f.working = w
		if !f.cell {
			interrupt.Clear()
		}
		f.mu.Unlock()
		if !f.do(w, e.work) {
			return // left behind; another goroutine serves
		}
	}
}

// do does the work of one event. It returns false when it was left behind.
func (f *front) do(w *work, statements func()) (ours bool) {
	done := make(chan bool, 1)
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("spikebook event", strconv.FormatInt(w.number, 10))))
		f.mu.Lock()
		w.goroutine, w.owner = goroutineID(), interrupt.Self()
		f.mu.Unlock()
		var report wire.Report
		guard(&report, func() []any { statements(); return nil }, func() {
			if p := report.Panic; p != nil {
				fmt.Fprintf(os.Stderr, "panic in a handler: %s\n%s", p.Text, framesText(p))
			}
			comm.End()
			done <- f.finish(w)
		})
	}()
	return <-done
}

// finish reports that work is done, unless it was left behind before.
func (f *front) finish(w *work) (ours bool) {
	f.mu.Lock()
	ours = f.working == w
	if ours {
		f.working = nil
		if !f.cell && !w.stop.IsZero() {
			interrupt.Clear()
		}
	}
	f.mu.Unlock()
	if ours {
		f.report(wire.Report{Op: wire.Handled, ID: w.number})
	} else {
		interrupt.Forget(w.owner)
	}
	return ours
}

// halt keeps work from beginning while a cell is being interrupted, and stops what
// is being done.
func (f *front) halt() {
	f.mu.Lock()
	f.halted = f.cell
	f.mu.Unlock()
	f.interrupt()
	f.input.interrupt()
}

// interrupt stops the work that is being done. Work that waits, or does not look,
// is left behind.
func (f *front) interrupt() {
	f.mu.Lock()
	w := f.working
	if w == nil || !w.stop.IsZero() {
		f.mu.Unlock()
		return
	}
	w.stop = time.Now()
	f.mu.Unlock()
	interrupt.Set()
	go func() {
		for before := false; ; {
			time.Sleep(nextLook)
			f.mu.Lock()
			over, goroutine := f.working != w, w.goroutine
			f.mu.Unlock()
			if over {
				return
			}
			blocked := blockedInCell(goroutine)
			if blocked && before || time.Since(w.stop) > wire.AbandonTime {
				f.abandon(w)
				return
			}
			before = blocked
		}
	}()
}

// abandon goes on with the next event; the goroutine of w ends when it next looks.
func (f *front) abandon(w *work) {
	f.mu.Lock()
	if f.working != w {
		f.mu.Unlock()
		return
	}
	f.working = nil
	owner := w.owner
	f.mu.Unlock()
	interrupt.Leave(owner)
	time.AfterFunc(remembered, func() { interrupt.Forget(owner) })
	f.report(wire.Report{Op: wire.Handled, ID: w.number})
	go f.serve()
}
