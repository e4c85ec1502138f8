package nef

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
)

// Sim is a simulation of a network. After a failure it keeps the first error:
// later calls do nothing and return it. It is not safe for concurrent use.
type Sim struct {
	net     *Network
	l       *lowering
	parts   []part
	signals [][]float64
	probes  map[*Probe]int // the record
	spikes  map[*Probe]Spikes
	order   []*Probe
	backend string
	seed    uint32 // of processes
	step    int64

	tables    []*table
	processes []*operator // in the order of a step
	filled    int         // rows of the tables not used yet
	filledAt  int64       // the step before the first row
	pending   error       // of a function of time, in the step after those filled
	err       error
}

// part is what a step is made of: a program for the backend, or a Go function.
// A network without functions of inputs is a single program, which makes many
// steps at a time.
type part struct {
	program  *plan.Program
	executor plan.Executor
	state    *plan.State
	host     func(x [][]float64, step int64) error
}

// BuildOption says how to build, for [Network.Build].
type BuildOption func(*buildOptions)

type buildOptions struct {
	backend snn.Backend
	dt      float64
	seed    *uint32
}

// On chooses the backend. Without it Build takes snn.CC when there is a C compiler,
// else snn.Ref.
func On(b snn.Backend) BuildOption { return func(o *buildOptions) { o.backend = b } }

// Dt is the length of a step in seconds; 0.001 without this option.
func Dt(dt float64) BuildOption { return func(o *buildOptions) { o.dt = dt } }

// ProcessSeed decides the random numbers of processes that have no seed of their
// own; without it they follow from the network's seed.
func ProcessSeed(seed uint32) BuildOption { return func(o *buildOptions) { o.seed = &seed } }

// Build draws all parameters, finds the decoders, and makes a simulation. The
// error holds all mistakes of the description.
func (n *Network) Build(options ...BuildOption) (*Sim, error) {
	o := buildOptions{dt: 0.001}
	for _, f := range options {
		f(&o)
	}
	if n.parent != nil {
		return nil, fmt.Errorf("%s is inside %s; build the outermost network", n.what(), n.parent.what())
	}
	if !(o.dt > 0) || !finite(o.dt) {
		return nil, fmt.Errorf("%s: the step is %g s, want more than 0; write nef.Dt(0.001)", n.what(), o.dt)
	}
	l := &lowering{
		net: n, dt: o.dt, seeds: n.drawSeeds(),
		built: map[*Ensemble]*Built{}, connections: map[*Connection]*BuiltConnection{}, shared: map[sharedKey]*decoded{},
		ensembles: map[*Ensemble]*ensembleSignals{}, nodeIn: map[*Node]*signal{}, nodeOut: map[*Node]*signal{},
		lines: map[*Connection]*lineSignals{}, rules: map[*Rule]map[string]*signal{}, probes: map[*Probe]*signal{},
	}
	l.dtSignal = l.scalar("dt", o.dt)
	l.time = &signal{name: "time"}
	l.add(&operator{sets: []*signal{l.time}})
	l.network(n)
	if all := append(slices.Clone(n.mistakes), l.errs...); len(all) > 0 {
		return nil, all
	}
	sorted, ok := order(l.operators)
	if !ok {
		return nil, fmt.Errorf("%s: connections without a synapse form a loop, so that no step has a beginning; give one of them a synapse", n.what())
	}
	s := &Sim{net: n, l: l, probes: map[*Probe]int{}, seed: l.seeds.simulator}
	if o.seed != nil {
		s.seed = *o.seed
	}
	for _, o := range sorted {
		if o.process {
			s.processes = append(s.processes, o)
		}
		if o.table != nil {
			s.tables = append(s.tables, o.table)
		}
	}
	n.eachProbe(func(p *Probe) {
		s.probes[p] = len(s.order)
		s.order = append(s.order, p)
	})
	if err := s.compile(sorted, o.backend); err != nil {
		return nil, err
	}
	if s.initialise(); s.err != nil {
		return nil, s.err
	}
	return s, nil
}

func (n *Network) eachProbe(f func(*Probe)) {
	for _, p := range n.probes {
		f(p)
	}
	for _, c := range n.networks {
		c.eachProbe(f)
	}
}

// compile cuts the sorted operators where Go functions stand and hands the rest
// to the backend.
func (s *Sim) compile(sorted []*operator, backend snn.Backend) error {
	l := s.l
	records := l.records(s.order)
	if l.tick != nil {
		b := newBody()
		b.set(l.tick, add(b.own(l.tick), num(1)))
		records = append([]plan.Op{mapOp("next row", 1, b)}, records...)
	}
	buffers := make([]plan.Buffer, len(l.signals), len(l.signals)+l.flags)
	for i, sig := range l.signals {
		buffers[i] = plan.Buffer{Name: sig.name, Type: plan.F64, Len: sig.len()}
		if sig.shared {
			buffers[i].Part = &plan.Part{Of: sig.base.buffer, First: sig.first}
		}
	}
	for range l.flags {
		buffers = append(buffers, plan.Buffer{Name: "sample", Type: plan.Bool, Len: 1})
	}
	program := func() *plan.Program {
		return &plan.Program{Name: s.net.name, Dt: l.dt * 1000, Float: plan.F64, Seed: uint64(l.seeds.simulator), Buffers: buffers}
	}
	p := program()
	for _, o := range sorted {
		p.Ops = append(p.Ops, o.ops...)
		if o.host == nil {
			continue
		}
		if len(p.Ops) > 0 {
			s.parts = append(s.parts, part{program: p})
			p = program()
		}
		s.parts = append(s.parts, part{host: o.host})
	}
	p.Ops = append(p.Ops, records...)
	s.parts = append(s.parts, part{program: p})
	for i := range s.parts {
		q := &s.parts[i]
		if q.program == nil {
			continue
		}
		var err error
		if q.executor, s.backend, err = compileOn(backend, q.program); err != nil {
			return fmt.Errorf("%s: %w", s.net.what(), err)
		}
		q.state = plan.NewState(q.program)
		if s.signals == nil {
			s.signals = q.state.F64
		} else {
			q.state.F64 = s.signals
		}
	}
	return nil
}

// compileOn takes the backend asked for, or snn.CC where it works, else snn.Ref,
// which it says once.
func compileOn(b snn.Backend, p *plan.Program) (plan.Executor, string, error) {
	if b != nil {
		e, err := b.Compile(p)
		return e, b.Name(), err
	}
	e, err := snn.CC.Compile(p)
	if err == nil {
		return e, snn.CC.Name(), nil
	}
	slowOnce.Do(func() {
		fmt.Fprintf(notices, "nef: running in pure Go, with the same results but several times slower: %v\n", err)
	})
	e, err = snn.Ref.Compile(p)
	return e, snn.Ref.Name(), err
}

var (
	notices  io.Writer = os.Stderr
	slowOnce sync.Once
)

func (s *Sim) initialise() {
	for i, sig := range s.l.signals {
		if sig.shared {
			continue
		}
		clear(s.signals[i])
		copy(s.signals[i], sig.init)
	}
	for i := range s.parts {
		if st := s.parts[i].state; st != nil {
			st.Step = 0
			for k := range st.Records {
				st.Records[k] = plan.Samples{}
			}
		}
	}
	s.step, s.filled, s.pending, s.err = 0, 0, nil, nil
	s.spikes = map[*Probe]Spikes{}
	if err := s.startProcesses(); err != nil {
		s.fail(err)
	}
	for _, f := range s.l.resets {
		if err := f(); err != nil {
			s.fail(err)
		}
	}
}

// Reset goes back to the state before the first step, learned weights and
// encoders included, and forgets what the probes recorded.
func (s *Sim) Reset() { s.initialise() }

// ClearProbes forgets what the probes recorded, and goes on from the present step.
func (s *Sim) ClearProbes() {
	for _, p := range s.parts {
		if p.state != nil {
			for k := range p.state.Records {
				p.state.Records[k] = plan.Samples{}
			}
		}
	}
	s.spikes = map[*Probe]Spikes{}
}

// ResetWith is Reset with another seed for the processes that have none of their
// own.
func (s *Sim) ResetWith(seed uint32) {
	s.seed = seed
	s.initialise()
}

// Run simulates a duration in seconds: the nearest number of steps, halves to
// even.
func (s *Sim) Run(t float64) error {
	n, err := steps(t, s.l.dt)
	if err != nil {
		return s.fail(fmt.Errorf("simulation %s: run: %w", s.net.name, err))
	}
	return s.RunSteps(n)
}

// RunSteps makes n steps. An interrupt ends it between two steps with
// snn.ErrInterrupted; the simulation goes on from there.
func (s *Sim) RunSteps(n int64) error {
	if s.err != nil {
		return s.err
	}
	if n < 0 {
		return s.fail(fmt.Errorf("simulation %s: run: %d steps, want 0 or more", s.net.name, n))
	}
	s.reserve(n)
	for n > 0 {
		m := n
		if len(s.tables) > 0 {
			if s.filled == 0 {
				if s.pending != nil {
					return s.fail(s.pending)
				}
				if s.fill(min(n, tableRows)); s.filled == 0 {
					return s.fail(s.pending)
				}
			}
			m = min(n, int64(s.filled))
		}
		sparse := slices.ContainsFunc(s.order, func(p *Probe) bool { return p.sparse })
		if sparse {
			m = min(m, sparseChunk)
		}
		done, err := s.advance(m)
		if sparse {
			s.drain()
		}
		s.step += done
		n -= done
		if len(s.tables) > 0 {
			s.filled -= int(done)
		}
		if err != nil {
			return s.fail(err)
		}
		if done < m {
			return fmt.Errorf("simulation %s: %w after %d steps; the state is kept", s.net.name, snn.ErrInterrupted, s.step)
		}
	}
	return nil
}

// reserve makes room for the samples of n steps, so that what is recorded is not
// moved while it grows; not more than 64 MB a probe in advance.
func (s *Sim) reserve(n int64) {
	last := s.parts[len(s.parts)-1]
	k := 0
	for _, op := range last.program.Ops {
		if r, ok := op.(*plan.Record); ok {
			to, width := &last.state.Records[k], last.program.Buffers[r.Buffer].Len
			k++
			if s.order[k-1].sparse {
				continue
			}
			samples := min(int(min(n, 1<<30)/r.Every)+1, (8<<20)/width+1)
			to.F64 = slices.Grow(to.F64, samples*width)
			to.Steps = slices.Grow(to.Steps, samples)
		}
	}
}

// advance makes up to n steps.
func (s *Sim) advance(n int64) (int64, error) {
	if len(s.parts) == 1 {
		return s.parts[0].executor.Run(s.parts[0].state, n, interrupt.Word())
	}
	for done := range n {
		if interrupt.Requested() {
			return done, nil
		}
		for i := range s.parts {
			p := &s.parts[i]
			if p.host != nil {
				if err := p.host(s.signals, s.step+done); err != nil {
					return done, err
				}
			} else if _, err := p.executor.Run(p.state, 1, nil); err != nil {
				return done, err
			}
		}
	}
	return n, nil
}

// Err is the first failure, or nil. After one nothing runs until it was taken
// ([Sim.TakeErr]) or the simulation is reset; a call that failed has changed nothing.
func (s *Sim) Err() error { return s.err }

// TakeErr is Err, and lets the simulation go on from where it is. The kernel
// calls it when a cell has shown the error, so that the next cell can do better.
func (s *Sim) TakeErr() error {
	err := s.err
	s.err = nil
	return err
}

func (s *Sim) fail(err error) error {
	if s.err == nil {
		s.err = err
	}
	return err
}

// Time is the simulated time in seconds.
func (s *Sim) Time() float64 { return float64(s.step) * s.l.dt }

// Steps is the number of steps made.
func (s *Sim) Steps() int64 { return s.step }

// Backend names what runs the plan: "ref" or "cc".
func (s *Sim) Backend() string { return s.backend }

// Plans are the operations of one step, in order; more than one where Go
// functions stand between them.
func (s *Sim) Plans() []*plan.Program {
	var ps []*plan.Program
	for _, p := range s.parts {
		if p.program != nil {
			ps = append(ps, p.program)
		}
	}
	return ps
}

// Close frees what the backend holds. Recorded data stay readable.
func (s *Sim) Close() error {
	var errs []error
	for _, p := range s.parts {
		if p.executor != nil {
			errs = append(errs, p.executor.Close())
		}
	}
	return errors.Join(errs...)
}

// String tells what is simulated, on what, and how far it is.
func (s *Sim) String() string {
	return fmt.Sprintf("simulation of %s on %s at %g s\n%s", s.net.name, s.backend, s.Time(), s.net)
}

// Ensemble is what an ensemble was built with; nil if it is not of this network.
func (s *Sim) Ensemble(e *Ensemble) *Built { return s.l.built[e] }

// Connection is what a connection was built with; nil if it is not of this
// network.
func (s *Sim) Connection(c *Connection) *BuiltConnection { return s.l.connections[c] }

// SeedOf is the seed that an object or a network within this one was given.
func (s *Sim) SeedOf(object any) (uint32, bool) {
	seed, ok := s.l.seeds.of[object]
	return seed, ok
}

// SimulatorSeed is the seed from which processes without a seed of their own get
// theirs.
func (s *Sim) SimulatorSeed() uint32 { return s.seed }

// Samples are what a probe has recorded.
type Samples struct {
	Times      []float64 // s, at the end of the steps
	Rows, Cols int       // of a sample: Cols is 1 for a vector
	Data       []float64 // one sample after the other, each row by row
	matrix     bool
}

// Data is what a probe has recorded since the start or the last reset.
func (s *Sim) Data(p *Probe) Samples {
	k, ok := s.probes[p]
	if !ok {
		s.fail(fmt.Errorf("simulation %s: this probe belongs to another network", s.net.name))
		return Samples{}
	}
	raw := s.parts[len(s.parts)-1].state.Records[k]
	sig := s.l.probes[p]
	out := Samples{Rows: sig.rows, Cols: 1, Data: raw.F64, Times: make([]float64, len(raw.Steps))}
	for i, step := range raw.Steps {
		out.Times[i] = float64(step+1) * s.l.dt
	}
	if sig.cols > 0 {
		out.Cols, out.matrix = sig.cols, true
		n := sig.len()
		out.Data = make([]float64, 0, len(raw.F64))
		for i := range raw.Steps {
			out.Data = append(out.Data, transpose(raw.F64[i*n:i*n+n], sig.cols, sig.rows)...)
		}
	}
	return out
}

// Len is the number of samples.
func (s Samples) Len() int { return len(s.Times) }

// Sample is sample i as a matrix; a vector is one column.
func (s Samples) Sample(i int) snn.Matrix {
	n := s.Rows * s.Cols
	return snn.Matrix{Rows: s.Rows, Cols: s.Cols, Data: s.Data[i*n : i*n+n]}
}

// Last is the last sample as a matrix, empty if there is none.
func (s Samples) Last() snn.Matrix {
	if s.Len() == 0 {
		return snn.Matrix{}
	}
	return s.Sample(s.Len() - 1)
}

// Of is the course of element j over time.
func (s Samples) Of(j int) []float64 {
	n := s.Rows * s.Cols
	x := make([]float64, s.Len())
	for i := range x {
		x[i] = s.Data[i*n+j]
	}
	return x
}

// Dims and At make samples a matrix of times × elements, for plots.
func (s Samples) Dims() (r, c int)    { return s.Len(), s.Rows * s.Cols }
func (s Samples) At(i, j int) float64 { return s.Data[i*s.Rows*s.Cols+j] }

// Array is the samples as one array of shape (times, rows) or (times, rows,
// columns), for package npy.
func (s Samples) Array() (shape []int, data any) {
	if !s.matrix {
		return []int{s.Len(), s.Rows}, s.Data
	}
	return []int{s.Len(), s.Rows, s.Cols}, s.Data
}

// RowsOf are the rows of a matrix, for encoders and points.
func RowsOf(m snn.Matrix) Rows {
	rows := make(Rows, m.Rows)
	for i := range rows {
		rows[i] = m.Data[i*m.Cols : i*m.Cols+m.Cols]
	}
	return rows
}
