package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/vmath"
	"gonum.org/v1/gonum/mat"
)

// Synapse filters a signal. On a connection or probe it also delays by one
// step, even with a time constant of 0; [NoSynapse] neither filters nor delays.
type Synapse struct {
	kind     synapseKind
	tau      float64   // s
	num, den []float64 // transfer function, highest power first
}

type synapseKind uint8

const (
	noSynapse synapseKind = iota
	lowpass
	linearFilter
	triangle
)

// NoSynapse passes a signal on in the same step.
var NoSynapse = Synapse{}

// Lowpass decays exponentially with a time constant in seconds: 1/(tau·s + 1).
func Lowpass(tau float64) Synapse {
	return Synapse{kind: lowpass, tau: tau, num: []float64{1}, den: []float64{tau, 1}}
}

// Alpha rises and falls: 1/(tau·s + 1)², tau in seconds.
func Alpha(tau float64) Synapse {
	return LinearFilter([]float64{1}, []float64{float64(tau * tau), 2 * tau, 1})
}

// LinearFilter has the transfer function of two polynomials in s (1/seconds),
// highest power first. The numerator may not have the higher power.
func LinearFilter(num, den []float64) Synapse {
	return Synapse{kind: linearFilter, num: num, den: den}
}

// Triangle falls linearly to zero within t seconds.
func Triangle(t float64) Synapse { return Synapse{kind: triangle, tau: t} }

func (s Synapse) String() string {
	switch s.kind {
	case lowpass:
		return fmt.Sprintf("Lowpass(%g s)", s.tau)
	case triangle:
		return fmt.Sprintf("Triangle(%g s)", s.tau)
	case linearFilter:
		return fmt.Sprintf("LinearFilter(%v, %v)", s.num, s.den)
	}
	return "NoSynapse"
}

func (s Synapse) check() error {
	switch s.kind {
	case lowpass, triangle:
		if !(s.tau >= 0) || math.IsInf(s.tau, 0) {
			return fmt.Errorf("the synapse has the time constant %g s, want 0 or more", s.tau)
		}
	case linearFilter:
		if len(s.den) == 0 || len(s.num) == 0 || len(s.num) > len(s.den) || s.den[0] == 0 || !finite(s.den...) || !finite(s.num...) {
			return fmt.Errorf("the synapse has the transfer function %v over %v, want finite numbers, the first of the denominator not 0, and no higher power above", s.num, s.den)
		}
	}
	return nil
}

// discrete is a synapse for one step length: a state space
//
//	x ← A·x + B·u,  y = C·x + D·u
//
// where y is taken after the update if D is 0, else before it; or taps: the
// weights of this input and those before it.
type discrete struct {
	order   int
	a       []float64 // order × order
	b, c    []float64
	d       float64
	taps    []float64
	oneStep bool // Lowpass: y ← a·y + b·u
}

func (s Synapse) discretise(dt float64) discrete {
	switch s.kind {
	case lowpass:
		// A time constant far below the step leaves nothing to filter.
		if s.tau <= 0.03*dt {
			return discrete{d: 1}
		}
		x := -dt / s.tau
		return discrete{order: 1, oneStep: true, a: []float64{vmath.Exp(x)}, b: []float64{-vmath.Expm1(x)}, c: []float64{1}}
	case triangle:
		n := int(math.RoundToEven(s.tau/dt)) + 1
		taps := make([]float64, n)
		sum := 0.0
		for i := range taps {
			taps[i] = float64(n - i)
			sum += taps[i]
		}
		for i := range taps {
			taps[i] /= sum
		}
		return discrete{taps: taps}
	}
	n := len(s.den) - 1
	norm := make([]float64, n+1)
	for i, x := range s.den {
		norm[i] = x / s.den[0]
	}
	num := make([]float64, n+1) // padded in front
	for i, x := range s.num {
		num[n+1-len(s.num)+i] = x / s.den[0]
	}
	r := discrete{order: n, d: num[0], b: make([]float64, n), c: make([]float64, n), a: make([]float64, n*n)}
	if n == 0 {
		return r
	}
	// The controllable form, with A and B side by side for the zero-order hold.
	m := mat.NewDense(n+1, n+1, nil)
	for j := range n {
		m.Set(0, j, -norm[j+1]*dt)
		r.c[j] = num[j+1] - norm[j+1]*num[0]
		if j > 0 {
			m.Set(j, j-1, dt)
		}
	}
	m.Set(0, n, dt)
	var e mat.Dense
	e.Exp(m)
	for i := range n {
		r.b[i] = e.At(i, n)
		for j := range n {
			r.a[i*n+j] = e.At(i, j)
		}
	}
	return r
}

// Filter passes a signal of one or more columns through the synapse, off line:
// row i is the output of the step in which row i came in. It begins at rest.
func (s Synapse) Filter(x [][]float64, dt float64) ([][]float64, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if !(dt > 0) || !finite(dt) {
		return nil, fmt.Errorf("the step is %g s, want more than 0", dt)
	}
	y := make([][]float64, len(x))
	for i, row := range x {
		if len(row) != len(x[0]) {
			return nil, fmt.Errorf("row %d has %d numbers, row 0 has %d; want equal lengths", i, len(row), len(x[0]))
		}
		y[i] = make([]float64, len(row))
	}
	if len(x) == 0 {
		return y, nil
	}
	for column := range x[0] {
		f := newFilter(s, dt)
		for i := range x {
			y[i][column] = f(x[i][column])
		}
	}
	return y, nil
}

// newFilter is one step of a synapse, in Go, in the order of [lowering.filter].
func newFilter(s Synapse, dt float64) func(u float64) float64 {
	if s.kind == noSynapse {
		return func(u float64) float64 { return u }
	}
	d := s.discretise(dt)
	out, states := 0.0, make([]float64, d.order)
	switch {
	case d.oneStep:
		return func(u float64) float64 {
			out = float64(d.a[0]*out) + float64(d.b[0]*u)
			return out
		}
	case d.taps != nil:
		past := make([]float64, len(d.taps)-1)
		return func(u float64) float64 {
			y := float64(d.taps[0] * u)
			for i, p := range past {
				y += float64(d.taps[i+1] * p)
			}
			if len(past) > 0 {
				copy(past[1:], past)
				past[0] = u
			}
			return y
		}
	}
	next := make([]float64, d.order)
	return func(u float64) float64 {
		for i := range next {
			x := 0.0
			for j, v := range states {
				x += float64(d.a[i*d.order+j] * v)
			}
			next[i] = x + float64(d.b[i]*u)
		}
		from := next
		if d.d != 0 {
			from = states
		}
		y := 0.0
		for i, v := range from {
			y += float64(d.c[i] * v)
		}
		if d.d != 0 {
			y += float64(d.d * u)
		}
		copy(states, next)
		return y
	}
}
