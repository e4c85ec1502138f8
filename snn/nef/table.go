package nef

import (
	"errors"
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// table holds the output of a function of time or of a process for the next
// steps, so that the backend makes many steps without coming back to Go.
type table struct {
	what, site string
	width      int
	steps      *signal // tableRows × width, row by row
	node       *Node   // with a function of time, or
	process    *Process
	run        *stepper // of the process
	mark       ProcessState
}

// tableRows is how many steps ahead functions of time and processes are evaluated.
const tableRows = 128

// tabulate sets or increments a signal by a row of a table in every step.
func (l *lowering) tabulate(to *signal, add bool, tb *table) {
	if l.slots == nil {
		rows := make([]float64, tableRows)
		for i := range rows {
			rows[i] = float64(i)
		}
		l.slots = l.vector("rows", tableRows, rows...)
		l.tick = l.scalar("row", 0)
	}
	t := l.vector(tb.what+" ahead", tableRows)
	t.rows, t.cols = to.rows, tableRows
	tb.steps, tb.width = t, to.rows
	b := newBody()
	here := call(model.ToFloat, eq(b.pre(l.slots), b.one(l.tick)))
	o := &operator{process: tb.process != nil, table: tb, reads: []*signal{l.time}, ops: []plan.Op{&plan.MatVec{
		Label: tb.what, Shape: plan.Shape{Kind: plan.Dense, Pre: tableRows, Post: to.rows},
		Term: mul(here, b.own(t)), Bind: b.bind, Out: to.buffer, Zero: !add,
	}}}
	if add {
		o.incs = []*signal{to}
	} else {
		o.sets = []*signal{to}
	}
	l.add(o)
}

// row evaluates the table for a step, counted from 1.
func (tb *table) row(step int64, dt float64, out []float64) error {
	if tb.node != nil {
		t := float64(step) * dt
		return tb.node.take(out, tb.node.output.ofTime(t), t)
	}
	if err := tb.run.next(step, out); err != nil {
		return fmt.Errorf("%s (%s): %w", tb.what, tb.site, err)
	}
	if !finite(out...) {
		return fmt.Errorf("%s (%s): it is %v at t = %g s, want finite numbers", tb.what, tb.site, out, float64(step)*dt)
	}
	return nil
}

// ProcessState is what a running process goes on from, in a [Snapshot].
type ProcessState struct {
	Draws     bool
	Generator rng.LegacyState
	Memory    []float64
}

func (s *stepper) state() ProcessState {
	p := ProcessState{Memory: append([]float64(nil), s.memory...)}
	if s.r != nil {
		p.Draws, p.Generator = true, s.r.GetState()
	}
	return p
}

func (s *stepper) accepts(p ProcessState) error {
	if p.Draws != (s.r != nil) || len(p.Memory) != len(s.memory) || !finite(p.Memory...) {
		return fmt.Errorf("it has %d finite numbers in its memory, want %d; describe the same network", len(p.Memory), len(s.memory))
	}
	if s.r != nil {
		return rng.NewRandomState(0).SetState(p.Generator)
	}
	return nil
}

func (s *stepper) setState(p ProcessState) error {
	if err := s.accepts(p); err != nil {
		return err
	}
	copy(s.memory, p.Memory)
	if s.r != nil {
		return s.r.SetState(p.Generator)
	}
	return nil
}

// fill evaluates the tables for up to n steps. When one fails, the error is kept
// until the steps before are made.
func (s *Sim) fill(n int64) {
	s.signals[s.l.tick.buffer][0] = 0
	s.filledAt = s.step
	for _, tb := range s.tables {
		if tb.run != nil {
			tb.mark = tb.run.state()
		}
	}
	for row := range int(n) {
		for _, tb := range s.tables {
			w := tb.width
			if err := tb.row(s.step+int64(row)+1, s.l.dt, s.signals[tb.steps.buffer][row*w:row*w+w]); err != nil {
				s.pending = err
				return
			}
		}
		s.filled++
	}
}

// processStates are the processes' states at the present step. After an interrupt
// the processes are ahead of it, by the rows of the tables that were not used.
func (s *Sim) processStates() (states []ProcessState, err error) {
	for _, tb := range s.tables {
		if tb.run == nil {
			continue
		}
		state := tb.run.state()
		if s.filled > 0 {
			ahead := state
			err = errors.Join(err, tb.run.setState(tb.mark))
			scrap := make([]float64, tb.width)
			for step := s.filledAt; step < s.step; step++ {
				err = errors.Join(err, tb.run.next(step+1, scrap))
			}
			state = tb.run.state()
			err = errors.Join(err, tb.run.setState(ahead))
		}
		states = append(states, state)
	}
	return states, err
}

// startProcesses begins all processes anew. The simulation's generator draws a seed
// for every process and synapse that has none, in the order of a step.
func (s *Sim) startProcesses() error {
	r := rng.NewRandomState(s.seed)
	for _, o := range s.processes {
		if o.table == nil {
			r.DrawSeed()
			continue
		}
		run, err := o.table.process.begin(o.table.width, s.l.dt, r)
		if err != nil {
			return fmt.Errorf("%s (%s): %w", o.table.what, o.table.site, err)
		}
		o.table.run = run
	}
	return nil
}
