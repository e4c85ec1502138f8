package snn

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// ErrInterrupted is returned by a run that was asked to stop. The state is
// that after the last whole step, and the simulation goes on from there.
var ErrInterrupted = errors.New("interrupted")

// Sim is a simulation of a network: its values, and the plan that a backend
// runs. After a failure it keeps the first error: later calls do nothing and
// return it, and Trials end. It is not safe for concurrent use.
type Sim struct {
	net      *Network
	layout   *layout
	state    *plan.State
	backend  string
	executor plan.Executor
	resident plan.Resident // executor, if it keeps the state with itself
	compiler Backend       // what made executor
	updates  map[*Update][]prepared
	changed  []bool // buffers that may differ from their initial values
	stale    bool   // a parameter changed since the derived values were computed
	err      error

	hooks  []hook
	times  map[*Population][][]Time // of spike sources
	agenda []play                   // the same by step
	next   int                      // of the agenda
	fired  []firedNeuron            // by Fire, in the step to come
}

// BuildOption says how to build, for [Network.Build].
type BuildOption func(*buildOptions)

type buildOptions struct{ backend Backend }

// On chooses the backend. Without it Build takes CC when there is a C
// compiler, else Ref.
func On(b Backend) BuildOption { return func(o *buildOptions) { o.backend = b } }

// Build checks the network and makes a simulation of it, with its initial
// values. The error holds all mistakes of the description.
func (n *Network) Build(options ...BuildOption) (*Sim, error) {
	n.ensureReceptors()
	n.checkWhole()
	if err := n.Err(); err != nil {
		return nil, err
	}
	if err := n.specialise(); err != nil {
		return nil, err
	}
	var o buildOptions
	for _, f := range options {
		if f != nil {
			f(&o)
		}
	}
	l, err := lower(n)
	if err != nil {
		return nil, err
	}
	executor, compiler, err := compile(o.backend, l.program)
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", n.name, err)
	}
	s := &Sim{net: n, layout: l, state: plan.NewState(l.program), backend: compiler.Name(), executor: executor, compiler: compiler,
		updates: map[*Update][]prepared{}, times: map[*Population][][]Time{}}
	for _, p := range n.populations {
		if p.schedule != nil {
			s.times[p] = p.schedule.times
		}
	}
	s.plays()
	if err := s.initialise(kept{}, true); err != nil {
		return nil, err
	}
	return s, nil
}

// checkWhole finds what is wrong only once the whole network is known. Its
// findings replace those of an earlier Build.
func (n *Network) checkWhole() {
	n.mistakes = slices.DeleteFunc(n.mistakes, func(m Mistake) bool {
		_, late := m.Err.(lateMistake)
		return late
	})
	add := func(of, site string, err error) {
		n.mistakes = append(n.mistakes, Mistake{of, site, lateMistake{err}})
	}
	if len(n.populations) == 0 {
		add("network "+n.name, "", errors.New("it has no populations; add one with Input or Population"))
	}
	for _, p := range n.populations {
		if p.shapeless {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(p.inits)) {
			s := symbol(p.model, name)
			shared := s != nil && s.Kind == model.Var && s.Locality == model.Global
			if err := checkLength(p.inits[name], p.Len()); err != nil && !shared {
				add(p.what(), p.site, fmt.Errorf("initial value of %q: %w", name, err))
			}
		}
	}
	for _, r := range n.recordings {
		p, isPopulation := r.of.(*Population)
		q, isProjection := r.of.(*Projection)
		if isPopulation && p.model == nil && !p.input || isProjection && q.model == nil {
			continue // a mistake of the model, told already
		}
		if known := readable(r.of); !contains(known, r.name) {
			add("recording "+r.label(), r.site, unknown("variable", r.name, known))
		}
	}
	for _, p := range n.projections {
		if p.model == nil || p.post.model == nil {
			continue
		}
		known := p.names()
		meant := false // w, by a misspelt name
		for _, name := range slices.Sorted(maps.Keys(p.inits)) {
			if !contains(known, name) {
				meant = meant || model.Nearest(name, known) == p.weight()
				add(p.what(), p.site, unknown("variable or parameter", name, known))
			}
		}
		w := p.weight()
		if s := symbol(p.model, w); s != nil && s.Locality == model.Local && !p.pre.shapeless && !p.post.shapeless && p.stored() >= 0 {
			if err := checkLength(p.inits[w], p.stored()); err != nil {
				add(p.what(), p.site, fmt.Errorf("initial value of %q: %w", w, err))
			}
		}
		if _, ok := p.inits[w]; !ok && !meant && symbol(p.model, w) != nil {
			add(p.what(), p.site, errors.New("it has no weights; add .Weight(snn.Uniform(0, 1)) or a number"))
		}
		targets := p.post.targets()
		if !p.spiking() && p.target == "" && len(targets) != 1 && !contains(targets, "") {
			add(p.what(), p.site, fmt.Errorf("it has no target, and %s reads %d sums (%s); add .Target(…)", p.post.name, len(targets), strings.Join(targets, ", ")))
		}
	}
}

// specialise reads those models again that have a parameter with a value for
// each element.
func (n *Network) specialise() error {
	for _, of := range n.owners() {
		o := of.owned()
		if m, err := perElement(o.model, o.made, o.inits); err != nil {
			return Mistakes{{of.what(), o.site, err}}
		} else if m != nil {
			o.model = m
		}
	}
	return nil
}

// perElement is m with the parameters that inits names made local, and those
// that are derived from parameters with them; or nil when there are none or m is
// that already.
func perElement(m *model.Model, made described, inits map[string]Init) (*model.Model, error) {
	if m == nil {
		return nil, nil
	}
	src := m.Source
	add := func(given bool) {
		for _, s := range m.Symbols {
			if s.Kind == model.Param && s.Locality == model.Global && (given && inits[s.Name] != nil || !given && made.isDerived(s.Name)) {
				src.PerElement = append(slices.Clip(src.PerElement), s.Name)
			}
		}
	}
	add(true)
	if len(src.PerElement) == len(m.Source.PerElement) {
		return nil, nil
	}
	add(false)
	return model.Parse(src)
}

type lateMistake struct{ error }

func (m lateMistake) Unwrap() error { return m.error }

// Must returns v, or panics with err: for notebooks and examples.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Run simulates a duration, which must be a multiple of the step.
func (s *Sim) Run(d Time) error {
	if s.err != nil {
		return s.err
	}
	n, err := steps(d, s.net.dt)
	if err != nil {
		return s.fail(fmt.Errorf("simulation %s: run: %w", s.net.name, err))
	}
	s.derive()
	done, err := s.advance(n)
	if err != nil {
		return s.fail(fmt.Errorf("simulation %s: after %d of %d steps: %w", s.net.name, done, n, err))
	}
	if done < n {
		return fmt.Errorf("simulation %s: %w after %d of %d steps; the state is kept", s.net.name, ErrInterrupted, done, n)
	}
	return nil
}

// Trials counts from 0 to n−1, and ends early when the simulation has failed
// or an interrupt was asked for.
func (s *Sim) Trials(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if s.err != nil || interrupt.Requested() || !yield(i) {
				return
			}
		}
	}
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

// Time is the simulated time since the start or the last reset.
func (s *Sim) Time() Time { return Time(s.state.Step) * s.net.dt }

// Backend names what runs the plan: "ref", "cc" or "cuda".
func (s *Sim) Backend() string { return s.backend }

// Plan is one step as readable operations, in their order.
func (s *Sim) Plan() *plan.Program { return s.layout.program }

// Learning switches the learning of a projection on or off.
func (s *Sim) Learning(p *Projection, on bool) error {
	if p == nil {
		return s.fail(fmt.Errorf("simulation %s: learning of nothing (nil); give what Connect returned", s.net.name))
	}
	b, ok := s.layout.learns[p]
	if !ok {
		return s.fail(fmt.Errorf("simulation %s: %s does not learn; add .Learn(…) to it", s.net.name, p.what()))
	}
	x := 0.0
	if on {
		x = 1
	}
	s.set(b, 0, x)
	return nil
}

// Close frees what the backend holds. The values stay readable.
func (s *Sim) Close() error {
	s.readAll(func(int) bool { return true })
	s.resident = nil
	return s.executor.Close()
}

// String tells what is simulated, on what, and how far it is.
func (s *Sim) String() string {
	return fmt.Sprintf("simulation of %s on %s at %v\n%s", s.net.name, s.backend, s.Time(), s.net)
}

// Samples is what a recording has gathered since the start or the last reset.
func (s *Sim) Samples(r *Recording) Samples {
	k, ok := s.layout.records[r]
	if !ok {
		s.fail(fmt.Errorf("simulation %s: this recording belongs to another network", s.net.name))
		return Samples{}
	}
	s.take()
	raw := s.state.Records[k]
	at := s.layout.slots[slotKey{r.of, r.name}]
	width := s.layout.program.Buffers[at.buffer].Len
	out := Samples{Dim: at.shape}
	for i, step := range raw.Steps {
		row := make([]float64, width)
		for j := range row {
			switch {
			case raw.F64 != nil:
				row[j] = raw.F64[i*width+j]
			case raw.F32 != nil:
				row[j] = float64(raw.F32[i*width+j])
			case raw.I64 != nil:
				row[j] = float64(raw.I64[i*width+j])
			default:
				row[j] = float64(raw.Bool[i*width+j])
			}
		}
		out.Times = append(out.Times, Time(step+1)*s.net.dt)
		out.Values = append(out.Values, row)
	}
	return out
}
