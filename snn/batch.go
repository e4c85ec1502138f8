package snn

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/snn/plan"
)

// Batch is several independent copies of a simulation that run side by side,
// on all cores: trials, or the samples of a data set. Parameters with one
// value, connections, and weights that no rule changes they share; all values
// of neurons, and weights that learn, each copy has for itself. Random numbers differ from copy to copy, except
// that copy 0 draws those of the simulation.
type Batch struct {
	sims []*Sim
}

// Batch makes n copies of the simulation as it is now, without what Every asked
// for. Setting what is shared
// in one copy sets it for all, also for the simulation itself.
func (s *Sim) Batch(n int) (*Batch, error) {
	if s.err != nil {
		return nil, s.err
	}
	if n < 1 || n > 1<<16 {
		return nil, s.fail(fmt.Errorf("simulation %s: a batch of %d, want 1 to 65536", s.net.name, n))
	}
	s.derive()
	written := make([]bool, len(s.layout.program.Buffers))
	for _, op := range s.layout.program.Ops {
		for _, b := range plan.Writes(op) {
			written[b] = true
		}
	}
	// What a user sets for each sample: values of neurons, and marks of sources.
	for key, at := range s.layout.slots {
		if _, synapse := key.of.(*Projection); !synapse && at.index == plan.Own {
			written[at.buffer] = true
		}
	}
	for _, f := range s.layout.firing {
		written[f.marks] = true
	}
	s.readAll(func(b int) bool { return written[b] })
	if s.err != nil {
		return nil, s.err
	}
	b := &Batch{}
	for i := range n {
		c := &Sim{net: s.net, layout: s.layout, backend: s.backend, compiler: alone(s.compiler), updates: map[*Update][]prepared{},
			times: map[*Population][][]Time{}}
		for p, times := range s.times {
			c.times[p] = times
		}
		c.plays()
		program := *s.layout.program
		program.Seed += uint64(i) * 0x9E3779B97F4A7C15
		var err error
		if c.executor, err = c.compiler.Compile(&program); err != nil {
			b.Close()
			return nil, s.fail(fmt.Errorf("simulation %s: copy %d of a batch: %w", s.net.name, i, err))
		}
		c.state = copyState(s.state, written)
		c.changed = slices.Clone(s.changed)
		b.sims = append(b.sims, c)
		if err := c.keep(); err != nil {
			b.Close()
			return nil, s.fail(fmt.Errorf("simulation %s: copy %d of a batch: %w", s.net.name, i, err))
		}
	}
	return b, nil
}

// alone is a backend that uses one thread, since the copies share the cores.
func alone(b Backend) Backend {
	if s, ok := b.(interface{ Single() Backend }); ok {
		return s.Single()
	}
	return b
}

// copyState copies the buffers that are written, and shares the others.
func copyState(s *plan.State, written []bool) *plan.State {
	c := &plan.State{Step: s.Step, Records: make([]plan.Samples, len(s.Records)),
		F64: slices.Clone(s.F64), F32: slices.Clone(s.F32), I64: slices.Clone(s.I64), I32: slices.Clone(s.I32), Bool: slices.Clone(s.Bool)}
	for b, w := range written {
		if w {
			c.F64[b], c.F32[b], c.I64[b] = slices.Clone(s.F64[b]), slices.Clone(s.F32[b]), slices.Clone(s.I64[b])
			c.I32[b], c.Bool[b] = slices.Clone(s.I32[b]), slices.Clone(s.Bool[b])
		}
	}
	return c
}

// Len is the number of copies.
func (b *Batch) Len() int { return len(b.sims) }

// Sim is copy i. It may be used by itself, but not while Run does.
func (b *Batch) Sim(i int) *Sim { return b.sims[i] }

// Run simulates a duration in every copy, shared among the cores.
func (b *Batch) Run(d Time) error {
	return b.each(func(s *Sim) error { return s.Run(d) })
}

// Reset is [Sim.Reset] for every copy.
func (b *Batch) Reset(keep ...Keepable) error {
	return b.each(func(s *Sim) error { return s.Reset(keep...) })
}

func (b *Batch) each(do func(*Sim) error) error {
	errs := make([]error, len(b.sims))
	var wait sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(b.sims))
	if b.sims[0].resident != nil { // the host only waits for the device
		workers = min(64, len(b.sims))
	}
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := w; i < len(b.sims); i += workers {
				errs[i] = do(b.sims[i])
			}
		}()
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("copy %d: %w", i, err)
		}
	}
	return nil
}

// Mean replaces a variable of every copy by its mean over the copies; Sum and
// Max by sum and maximum. Copies are added in order.
func (b *Batch) Mean(of Owner, name string) error {
	return b.reduce(of, name, func(x, y float64) float64 { return x + y }, 1/float64(len(b.sims)))
}

// Sum is Mean with the sum.
func (b *Batch) Sum(of Owner, name string) error {
	return b.reduce(of, name, func(x, y float64) float64 { return x + y }, 1)
}

// Max is Mean with the maximum.
func (b *Batch) Max(of Owner, name string) error {
	return b.reduce(of, name, func(x, y float64) float64 { return max(x, y) }, 1)
}

func (b *Batch) reduce(of Owner, name string, join func(x, y float64) float64, scale float64) error {
	var total []float64
	for i, s := range b.sims {
		v := s.Var(of, name)
		if v.err != nil {
			return v.err
		}
		if i == 0 {
			total = v.Values()
			continue
		}
		for k, y := range v.Values() {
			total[k] = join(total[k], y)
		}
	}
	for k := range total {
		total[k] *= scale
	}
	for _, s := range b.sims {
		if err := s.Var(of, name).Set(total); err != nil {
			return err
		}
	}
	return nil
}

// Close frees what the backend holds for the copies.
func (b *Batch) Close() error {
	var errs []error
	for _, s := range b.sims {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
