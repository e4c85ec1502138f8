package worker

import (
	"context"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// A Front takes what cell code says to front ends beside printing and displaying.
// Its methods are called one at a time, in order, and must not wait.
type Front interface {
	// Comm takes a message. What was printed and displayed before it is published.
	// event is the number of the event that it answers, 0 when there is none.
	Comm(m comm.Message, event int64)
	// Handled tells that the work of an event is done.
	Handled(event int64)
	// Ask puts a question to the person at the front end and calls reply once, at
	// any time: with the answer, or with the reason why there is none.
	Ask(prompt string, password bool, reply func(text, refuse string))
	// Next gives the text of the next cell, or of the running one.
	Next(text string, replace bool)
	// Target tells that somebody takes comms of front ends for a target, or no
	// longer does.
	Target(name string, taken bool)
}

// A Commer is an [Output] that carries comm messages.
type Commer interface {
	Comm(comm.Message)
}

// A Parented is an [Output] that can tell under which message it publishes.
type Parented interface {
	Parent() string
}

// connectFront lets gonbui ask questions and reach pages.
func (w *Worker) connectFront() {
	if w.front == nil {
		return
	}
	kernel := ""
	for _, v := range w.proc.cmd.Env {
		if id, ok := strings.CutPrefix(v, protocol.GONB_JUPYTER_KERNEL_ID_ENV+"="); ok {
			kernel = id
		}
	}
	w.gonbui.ask, w.gonbui.line = w.front.Ask, w.line
	w.gonbui.browser = newBrowser(w.gonbui, kernel, func(m comm.Message) {
		w.outlet.Post(func() { w.front.Comm(m, 0) })
	})
}

// said handles the reports of package wire's front.go. It runs in the pump.
func (w *Worker) said(r wire.Report) bool {
	switch r.Op {
	case wire.Comm:
		if m := r.Comm; m != nil {
			m.Data, m.Metadata = []byte(Unmark(string(m.Data))), []byte(Unmark(string(m.Metadata)))
			w.outlet.Post(func() {
				if w.front != nil {
					w.front.Comm(*m, r.Event)
				}
			})
		}
	case wire.Handled:
		w.outlet.Then(func() {
			if w.front != nil {
				w.front.Handled(r.ID)
			}
		})
	case wire.Sync:
		w.outlet.Then(func() { go w.send(wire.Command{Op: wire.Sync, ID: r.ID}) })
	case wire.Target:
		if w.front != nil {
			w.front.Target(r.Text, r.Taken)
		}
	case wire.Clear:
		w.outlet.Post(func() { w.outlet.Current().ClearOutput(r.Wait) })
	case wire.Next:
		if w.front != nil {
			w.front.Next(Unmark(r.Text), r.Swap)
		}
	case wire.Input:
		reply := func(text, refuse string) {
			w.send(wire.Command{Op: wire.Input, ID: r.ID, ToFront: wire.ToFront{Text: text, Refuse: refuse}})
		}
		if w.front == nil {
			go reply("", "this program runs cells without a front end that could be asked")
			return true
		}
		var q wire.Question
		if r.Ask != nil {
			q = *r.Ask
		}
		w.front.Ask(q.Prompt, q.Password, reply)
	default:
		return false
	}
	return true
}

// Event gives the worker a message from a front end, under a number by which
// [Front.Handled] names it. parent is the message under which output appears from
// now on; empty when that has not changed.
func (w *Worker) Event(number int64, m comm.Message, parent string) {
	w.send(wire.Command{Op: wire.Comm, ID: number, ToFront: wire.ToFront{Comm: &m, Parent: parent}})
}

// InterruptEvents stops the work that events have caused.
func (w *Worker) InterruptEvents() { w.send(wire.Command{Op: wire.StopEvents}) }

// line gives cell code a line of standard input.
func (w *Worker) line(text string) {
	w.send(wire.Command{Op: wire.Input, ToFront: wire.ToFront{Text: text}})
}

// Show returns the value of a variable, or of a part of it, as front ends show it.
func (w *Worker) Show(ctx context.Context, what wire.Show) (*Display, error) {
	var shown wire.Shown
	if err := w.Ask(ctx, wire.AskShow, what, &shown); err != nil {
		return nil, err
	}
	if shown.Metadata == nil {
		shown.Metadata = map[string]any{}
	}
	unmarkAll(shown.Data)
	unmarkAll(shown.Metadata)
	return &Display{Data: shown.Data, Metadata: shown.Metadata}, nil
}
