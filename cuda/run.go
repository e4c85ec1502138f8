//go:build cgo && linux

package cuda

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/spikebook/spikebook/snn/plan"
)

// Run makes n steps on s. A state that is kept is on the device already, and stays
// there. Any other goes to the device, steps are made there, and what they change
// comes back; after an error it is as it was before.
func (x *executor) Run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if x.stream == nil {
		return 0, fmt.Errorf("program %s: run after Close; compile it again", x.p.Name)
	}
	if err := s.Fits(x.p); err != nil {
		return 0, err
	}
	if x.kept != nil {
		if err := x.same(s); err != nil {
			return 0, err
		}
	}
	if n <= 0 || stop != nil && stop.Load() != 0 {
		return 0, nil
	}
	run := x.run
	if x.kept == nil {
		run = x.visit
	}
	done, err := run(s, n, stop)
	if err != nil {
		return 0, fmt.Errorf("program %s, steps from %d on: %w", x.p.Name, s.Step, err)
	}
	return done, nil
}

// visit runs a state that is not kept.
func (x *executor) visit(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if x.blocks == nil {
		if err := x.hold(s, false); err != nil {
			return 0, err
		}
	}
	for _, b := range x.blocks {
		if b != nil {
			b.mark(theHost)
		}
	}
	away := &plan.State{F64: s.F64, F32: s.F32, I64: s.I64, Bool: s.Bool, I32: s.I32, Step: s.Step, Records: make([]plan.Samples, len(s.Records))}
	done, err := x.run(away, n, stop)
	if err != nil {
		return 0, err
	}
	if err := x.collect(away.Records); err != nil {
		return 0, err
	}
	// All values have arrived or none: they go by way of memory of their own.
	arrived := make([][]byte, len(x.p.Buffers))
	for i, b := range x.blocks {
		if b != nil && x.written[i] {
			arrived[i] = make([]byte, b.of.bytes)
			if err := b.fetch(x.stream, arrived[i]); err != nil {
				return 0, err
			}
		}
	}
	for i, b := range arrived {
		copy(values(x.p.Buffers[i].Type, s, i), b)
	}
	for i, r := range away.Records {
		add(&s.Records[i], r)
	}
	s.Step = away.Step
	return done, nil
}

// run makes steps on a state whose blocks are held, and leaves the outcome there.
func (x *executor) run(s *plan.State, n int64, stop *atomic.Uint32) (done int64, err error) {
	defer runtime.KeepAlive(x)
	if err := x.upload(s); err != nil {
		return 0, err
	}
	if err := x.capture(); err != nil {
		return 0, err
	}
	now := []int64{s.Step, 0}
	defer func() {
		for i, b := range x.blocks {
			switch {
			case b == nil || !x.written[i]:
			case err != nil: // how far the device has come is not known
				b.mark(theHost)
				x.forget()
			default:
				b.mark(theDevice)
			}
		}
	}()
	for end := s.Step + n; now[0] < end && (stop == nil || stop.Load() == 0); {
		m := min(x.batch, end-now[0])
		begin := time.Now()
		x.waiting = true
		if err := x.steps(m); err != nil {
			return 0, err
		}
		before := now[0]
		if err := x.stream.Download(raw(now), x.now); err != nil {
			return 0, err
		}
		x.step = now[0]
		halted := now[1] != 0
		if now[0]-before != m && !halted {
			return 0, fmt.Errorf("cuda: %d of %d steps were made on %s; report this with the printed plan", now[0]-before, m, x.gpu.device.Name)
		}
		if halted {
			if err := x.collect(s.Records); err != nil {
				return 0, err
			}
			now[1] = 0
			if err := x.stream.Upload(x.now, raw(now)); err != nil {
				return 0, err
			}
		}
		// A look takes a few microseconds; a user waits some milliseconds.
		switch d := time.Since(begin); {
		case !halted && d < 4*time.Millisecond:
			x.batch = min(2*x.batch, 1<<20)
		case d > 16*time.Millisecond:
			x.batch = max(x.batch/2, stepsPerGraph)
		}
	}
	done = now[0] - s.Step
	s.Step = now[0]
	return done, nil
}

// upload copies what the host has newer, and what is made of it.
func (x *executor) upload(s *plan.State) error {
	for i, b := range x.blocks {
		if b != nil {
			if err := b.send(x.stream, values(x.p.Buffers[i].Type, s, i)); err != nil {
				return err
			}
		}
	}
	for k, l := range x.u.lists {
		r := l.shape.Sparse
		of := [2]int{x.blocks[x.root(r.Rows)].writes, x.blocks[x.root(r.Targets)].writes}
		if err := x.wirings[k].send(x.stream, x.p, l, s, of); err != nil {
			return err
		}
	}
	if x.step == s.Step && !x.dirty {
		return nil
	}
	if x.dirty {
		if err := x.stream.Upload(x.got, make([]byte, 16*len(x.records))); err != nil {
			return err
		}
	}
	if err := x.stream.Upload(x.now, raw([]int64{s.Step, 0})); err != nil {
		return err
	}
	x.step, x.dirty = s.Step, false
	return nil
}

// forget drops samples on the device, and lets the next run set the step.
func (x *executor) forget() { x.dirty, x.waiting = true, false }
