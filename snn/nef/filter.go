package nef

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Filter passes a signal of one or more columns through the synapse, off line:
// row i is the output of the step in which row i came in. It begins at rest.
func (s Synapse) Filter(x [][]float64, dt float64) ([][]float64, error) {
	return s.FilterFrom(x, dt, 0)
}

// FilterFrom is Filter that begins as if the output had been y0 for a long time.
func (s Synapse) FilterFrom(x [][]float64, dt, y0 float64) ([][]float64, error) {
	return s.filter(x, dt, y0, false)
}

// FiltFilt passes a signal through the synapse forward and then backward in time,
// which filters twice and shifts nothing.
func (s Synapse) FiltFilt(x [][]float64, dt float64) ([][]float64, error) {
	return s.filter(x, dt, 0, true)
}

func (s Synapse) filter(x [][]float64, dt, y0 float64, both bool) ([][]float64, error) {
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
		if err := f.settle(y0); err != nil {
			return nil, fmt.Errorf("%v: %w", s, err)
		}
		for i := range x {
			y[i][column] = f.step(x[i][column])
		}
		for i := len(x) - 1; both && i >= 0; i-- {
			y[i][column] = f.step(y[i][column])
		}
	}
	return y, nil
}

// filter is a synapse in Go, in the order of [lowering.filter]: the two give the
// same bits. Memory holds the last output of a filter of the first order, the past
// inputs of taps, or the states.
type filter struct {
	discrete
	passes bool
	memory []float64
	next   []float64
}

func newFilter(s Synapse, dt float64) *filter {
	if s.kind == noSynapse {
		return &filter{passes: true}
	}
	f := &filter{discrete: s.discretise(dt)}
	if f.taps != nil {
		f.memory = make([]float64, len(f.taps)-1)
	} else {
		f.memory, f.next = make([]float64, f.order), make([]float64, f.order)
	}
	return f
}

func (f *filter) step(u float64) float64 {
	switch {
	case f.passes:
		return u
	case f.oneStep:
		f.memory[0] = float64(f.a[0]*f.memory[0]) + float64(f.b[0]*u)
		return f.memory[0]
	case f.taps != nil:
		y := float64(f.taps[0] * u)
		for i, p := range f.memory {
			y += float64(f.taps[i+1] * p)
		}
		if len(f.memory) > 0 {
			copy(f.memory[1:], f.memory)
			f.memory[0] = u
		}
		return y
	}
	for i := range f.next {
		x := 0.0
		for j, v := range f.memory {
			x += float64(f.a[i*f.order+j] * v)
		}
		f.next[i] = x + float64(f.b[i]*u)
	}
	from := f.next
	if f.d != 0 {
		from = f.memory
	}
	y := 0.0
	for i, v := range from {
		y += float64(f.c[i] * v)
	}
	if f.d != 0 {
		y += float64(f.d * u)
	}
	copy(f.memory, f.next)
	return y
}

// settle gives the memory what a constant input leaves there that brings the
// output to y0. (Of a filter of the first order y0 is the input, as in Nengo.)
func (f *filter) settle(y0 float64) error {
	switch {
	case !finite(y0):
		return fmt.Errorf("the filter begins at %g, want a finite number", y0)
	case y0 == 0 || f.passes || f.order == 0 && f.taps == nil:
		return nil
	case f.oneStep:
		f.memory[0] = f.b[0] / (1 - f.a[0]) * y0
		if !finite(f.memory[0]) {
			return fmt.Errorf("the filter has no steady state; begin at 0")
		}
		return nil
	case f.taps != nil:
		for i := range f.memory {
			f.memory[i] = y0
		}
		return nil
	}
	n := f.order
	m := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			m.Set(i, j, -f.a[i*n+j])
		}
		m.Set(i, i, m.At(i, i)+1)
	}
	var x mat.Dense
	if err := x.Solve(m, mat.NewDense(n, 1, append([]float64(nil), f.b...))); err != nil {
		return fmt.Errorf("the filter has no steady state; begin at 0: %w", err)
	}
	gain := f.d
	for i, c := range f.c {
		gain += float64(c * x.At(i, 0))
	}
	if gain < 1e-8 && gain > -1e-8 {
		return fmt.Errorf("a constant input leaves nothing of it, so it cannot begin at %g; begin at 0", y0)
	}
	for i := range n {
		f.memory[i] = float64(x.At(i, 0) * (y0 / gain))
	}
	return nil
}
