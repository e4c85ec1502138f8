package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// Source is what a node puts out: an [Output] or a [Process].
type Source interface{ output() Output }

// Process is a signal over time that may draw random numbers and keep a state:
// [WhiteNoise], [FilteredNoise], [BrownNoise], [WhiteSignal], [Piecewise] or
// [PresentInput]. It is what a node puts out (Node("noise", WhiteNoise(d).Size(2)))
// or noise in the input currents of neurons ([Ensemble.Noise]), and it can be run off
// line ([Process.Run]).
//
// A process without a seed is given one by the simulation, as in Nengo: the
// simulation's generator draws a seed for each process and each synapse, in the order
// in which they come in a step. So another synapse before it changes an unseeded
// process: give seeds to what is to be compared.
type Process struct {
	name    string
	size    int // 0: any
	seed    *uint32
	mistake error
	own     processOptions
	limits  func(p Process, size int, dt float64) error // or nil
	// start returns p at its beginning, for outputs of size numbers.
	start func(p Process, size int, dt float64, r *rng.RandomState) (*stepper, error)
}

// processOptions are what methods change: each belongs to some processes only.
type processOptions struct {
	unscaled      bool
	rms, y0       float64
	interpolation Interpolation
}

// stepper is a process that runs. What it will do depends on r, on memory and on
// the step alone.
type stepper struct {
	r      *rng.RandomState // nil: nothing is drawn any more
	memory []float64
	next   func(step int64, out []float64) error // steps are counted from 1
}

func (p Process) output() Output { return Output{process: &p} }

// Size is how many numbers the process puts out; those of noise are independent.
func (p Process) Size(n int) Process {
	switch {
	case n < 1:
		p.fail("%s has the size %d, want at least 1", p.name, n)
	case p.fixedSize() && n != p.size:
		p.fail("%s has %d numbers, not %d; leave Size out", p.name, p.size, n)
	default:
		p.size = n
	}
	return p
}

func (p Process) fixedSize() bool { return p.name == "Piecewise" || p.name == "PresentInput" }

// Seed decides the random numbers of the process, whatever the simulation's seed.
func (p Process) Seed(seed uint32) Process { p.seed = &seed; return p }

func (p *Process) fail(format string, args ...any) {
	if p.mistake == nil {
		p.mistake = fmt.Errorf(format, args...)
	}
}

func (p Process) String() string {
	if p.seed != nil {
		return fmt.Sprintf("%s, seed %d", p.name, *p.seed)
	}
	return p.name
}

// generator is that of a process: from its own seed, or from one that r draws.
func (p Process) generator(r *rng.RandomState) *rng.RandomState {
	if p.seed != nil {
		return rng.NewRandomState(*p.seed)
	}
	return rng.NewRandomState(r.DrawSeed())
}

func (p Process) begin(size int, dt float64, r *rng.RandomState) (*stepper, error) {
	switch {
	case p.mistake != nil:
		return nil, p.mistake
	case p.start == nil:
		return nil, fmt.Errorf("the process is empty; make one with nef.WhiteNoise, nef.WhiteSignal or another of its kind")
	}
	if err := p.fits(size, dt); err != nil {
		return nil, err
	}
	s, err := p.start(p, size, dt, p.generator(r))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return s, nil
}

// fits tells whether the process can run with such steps.
func (p Process) fits(size int, dt float64) error {
	if p.limits == nil {
		return nil
	}
	if err := p.limits(p, size, dt); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// Run is the process off line: row i is its output at (i+1)·dt. A process without
// a seed takes seed 0 from a generator of seed 0.
func (p Process) Run(steps int, dt float64) (Rows, error) {
	if steps < 0 || !(dt > 0) || !finite(dt) {
		return nil, fmt.Errorf("%s: %d steps of %g s, want 0 or more of more than 0 s", p.name, steps, dt)
	}
	size := max(p.size, 1)
	s, err := p.begin(size, dt, rng.NewRandomState(0))
	if err != nil {
		return nil, err
	}
	rows := make(Rows, steps)
	for i := range rows {
		rows[i] = make([]float64, size)
		if err := s.next(int64(i)+1, rows[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return rows, nil
}

// WhiteNoise is new in every step, drawn from a distribution and divided by the
// square root of the step in seconds, so that the power of its integral does not
// depend on the step (Gillespie, Phys. Rev. E 54, 1996). [Process.Unscaled] leaves
// the division out.
func WhiteNoise(d Distribution) Process { return noise("WhiteNoise", NoSynapse, d) }

// FilteredNoise is [WhiteNoise] behind a synapse.
func FilteredNoise(s Synapse, d Distribution) Process { return noise("FilteredNoise", s, d) }

// BrownNoise is the integral of [WhiteNoise].
func BrownNoise(d Distribution) Process {
	return noise("BrownNoise", LinearFilter([]float64{1}, []float64{1, 0}).By(Euler), d)
}

// Unscaled noise is not divided by the square root of the step.
func (p Process) Unscaled() Process {
	if p.name != "WhiteNoise" && p.name != "FilteredNoise" && p.name != "BrownNoise" {
		p.fail("%s is not scaled; leave Unscaled out", p.name)
	}
	p.own.unscaled = true
	return p
}

func noise(name string, s Synapse, d Distribution) Process {
	p := Process{name: name, start: func(p Process, size int, dt float64, r *rng.RandomState) (*stepper, error) {
		scale := 1 / math.Sqrt(dt)
		if p.own.unscaled {
			scale = 1
		}
		// The filters share one memory, so that a snapshot takes all of it.
		filters := make([]*filter, size)
		width := len(newFilter(s, dt).memory)
		memory := make([]float64, width*size)
		for i := range filters {
			filters[i] = newFilter(s, dt)
			filters[i].memory = memory[i*width : i*width+width]
		}
		return &stepper{r: r, memory: memory, next: func(_ int64, out []float64) error {
			x, err := sample(d, 1, size, r)
			if err != nil {
				return err
			}
			for i, v := range x {
				out[i] = filters[i].step(float64(v * scale))
			}
			return nil
		}}, nil
	}}
	if d == nil {
		p.fail("%s has no distribution; give one, such as nef.Gaussian(0, 1)", name)
	}
	if err := s.check(); err != nil {
		p.fail("%s: %w", name, err)
	}
	return p
}

// PresentInput shows the rows one after the other, each for a time in seconds, and
// then begins again.
func PresentInput(rows [][]float64, each float64) Process {
	p := Process{name: "PresentInput"}
	if len(rows) == 0 || !(each > 0) || !finite(each) {
		p.fail("PresentInput has %d rows for %g s each, want at least one and more than 0 s", len(rows), each)
		return p
	}
	p.size = len(rows[0])
	for i, row := range rows {
		if len(row) != p.size || p.size == 0 || !finite(row...) {
			p.fail("PresentInput has the row %v at %d, want %d finite numbers in each, at least one", row, i, p.size)
			return p
		}
	}
	p.start = func(_ Process, _ int, dt float64, _ *rng.RandomState) (*stepper, error) {
		return &stepper{next: func(step int64, out []float64) error {
			// A hair more, so that rounding does not keep a row for a step too long.
			i := int64((float64(step)*dt-dt)/each + 1e-7)
			copy(out, rows[i%int64(len(rows))])
			return nil
		}}, nil
	}
	return p
}
