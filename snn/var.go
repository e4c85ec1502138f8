package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
)

// Var is a variable, parameter or sum of a simulation: a live handle through
// which values are read and set between runs. Its shape is the geometry of the
// population, the shape of the view, (source, target) for what every synapse
// of an all-to-all projection has, or nothing for a single value.
//
// A handle to something that is not there reads as empty; the simulation then
// holds the error, and so do the methods that return one.
type Var struct {
	sim    *Sim
	name   string
	buffer int
	index  []int // elements of a view; nil means all
	shape  []int
	sets   func() // after a change
	err    error
}

// Var finds a variable or parameter by name; sums are named "sum(exc)".
func (s *Sim) Var(of Owner, name string) Var {
	v := Var{sim: s, name: name}
	if absent(of) {
		return s.noVar(v, fmt.Errorf("variable %q of nothing (nil); give a population, a view or a projection", name))
	}
	owner := of
	if view, ok := of.(View); ok {
		if view.err != nil {
			return s.noVar(v, view.err)
		}
		owner = view.pop
	}
	at, ok := s.layout.slots[slotKey{owner, name}]
	if !ok || at.symbol != nil && at.symbol.Kind == model.Derived {
		switch o := owner.(type) {
		case *Population:
			if o.net != s.net {
				return s.noVar(v, fmt.Errorf("%s belongs to network %s; use a population of %s", o.what(), o.net.name, s.net.name))
			}
		case *Projection:
			if o.net != s.net {
				return s.noVar(v, fmt.Errorf("%s belongs to network %s; use a projection of %s", o.what(), o.net.name, s.net.name))
			}
		}
		return s.noVar(v, fmt.Errorf("%s: %w", owner.what(), unknown("variable", name, readable(owner))))
	}
	v.buffer, v.shape = at.buffer, at.shape
	if view, ok := of.(View); ok && at.shape != nil {
		v.index, v.shape = view.index, view.shape
	}
	if at.symbol != nil && at.symbol.Kind == model.Param {
		v.sets = func() { s.stale = true }
	}
	return v
}

func (s *Sim) noVar(v Var, err error) Var {
	v.err = s.fail(fmt.Errorf("simulation %s (%s): %w", s.net.name, callSite(), err))
	return v
}

// Len is the number of values.
func (v Var) Len() int {
	switch {
	case v.err != nil:
		return 0
	case v.index != nil:
		return len(v.index)
	}
	return v.sim.layout.program.Buffers[v.buffer].Len
}

// Shape is the lengths of the dimensions.
func (v Var) Shape() []int { return append([]int(nil), v.shape...) }

func (v Var) element(i int) int {
	if v.index != nil {
		return v.index[i]
	}
	return i
}

// Values is a copy of all values in row-major order.
func (v Var) Values() []float64 {
	x := make([]float64, v.Len())
	if len(x) > 0 {
		v.sim.read(v.buffer)
	}
	for i := range x {
		x[i] = v.sim.peek(v.buffer, v.element(i))
	}
	return x
}

// Value is the only value, or the first.
func (v Var) Value() float64 {
	if v.Len() == 0 {
		return 0
	}
	return v.sim.get(v.buffer, v.element(0))
}

// Fill sets all values to x.
func (v Var) Fill(x float64) error {
	if err := v.settable(); err != nil {
		return err
	}
	if !finite(x) {
		return v.sim.fail(fmt.Errorf("simulation %s: %q set to %g, want a finite number", v.sim.net.name, v.name, x))
	}
	v.sim.write(v.buffer, v.index == nil)
	for i := range v.Len() {
		v.sim.put(v.buffer, v.element(i), x)
	}
	v.changed()
	return nil
}

// Set sets all values, in row-major order.
func (v Var) Set(x []float64) error {
	if err := v.settable(); err != nil {
		return err
	}
	if len(x) != v.Len() {
		err := fmt.Errorf("simulation %s: %d values for %q, want %d", v.sim.net.name, len(x), v.name, v.Len())
		if v.Len() == 1 {
			err = fmt.Errorf("%w; to give every element its own, call .Init(%q, …) before Build", err, v.name)
		}
		return v.sim.fail(err)
	}
	for i, y := range x {
		if !finite(y) {
			return v.sim.fail(fmt.Errorf("simulation %s: value %d for %q is %g, want finite numbers", v.sim.net.name, i, v.name, y))
		}
	}
	v.sim.write(v.buffer, v.index == nil)
	for i, y := range x {
		v.sim.put(v.buffer, v.element(i), y)
	}
	v.changed()
	return nil
}

func (v Var) settable() error {
	if v.err != nil {
		return v.err
	}
	return v.sim.err
}

func (v Var) changed() {
	v.sim.changed[v.buffer] = true
	if v.sets != nil {
		v.sets()
	}
}

// Dims and At make the values a matrix: those of one dimension are a row,
// those of more have the last dimension as columns.
func (v Var) Dims() (r, c int) {
	n := v.Len()
	switch len(v.shape) {
	case 0, 1:
		return 1, n
	}
	c = v.shape[len(v.shape)-1]
	return n / c, c
}

// At is the value at row i and column j; see Dims.
func (v Var) At(i, j int) float64 {
	_, c := v.Dims()
	return v.sim.get(v.buffer, v.element(i*c+j))
}

// Array gives shape and values to package npy, and SetArray takes them back:
// npy.Save("w.npy", v) and npy.LoadInto("w.npy", v).
func (v Var) Array() (shape []int, data any) { return v.Shape(), v.Values() }

// SetArray is [Var.Set] for package npy; data is a []float64.
func (v Var) SetArray(data any) error {
	x, ok := data.([]float64)
	if !ok {
		return v.sim.fail(fmt.Errorf("simulation %s: a %T for %q, want a []float64", v.sim.net.name, data, v.name))
	}
	return v.Set(x)
}

func (v Var) String() string {
	if v.err != nil {
		return v.err.Error()
	}
	if v.Len() == 1 {
		return fmt.Sprintf("%s = %g", v.name, v.Value())
	}
	x := v.Values()
	const most = 8
	if len(x) > most {
		return fmt.Sprintf("%s (%s): %.6g … (%d values)", v.name, times(v.shape), x[:most], len(x))
	}
	return fmt.Sprintf("%s (%s): %.6g", v.name, times(v.shape), x)
}
