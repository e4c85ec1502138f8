package model

import (
	"math"
	"testing"
)

// machine runs the Step of a model for one element, in float64.
type machine struct {
	m      *Model
	values map[*Symbol]float64
	t, dt  float64
	draw   func(*Rand) float64
}

func newMachine(m *Model, dt float64) *machine {
	k := &machine{m: m, values: map[*Symbol]float64{}, dt: dt, draw: func(*Rand) float64 { return math.NaN() }}
	for _, s := range m.Symbols {
		switch s.Kind {
		case Param:
			k.values[s] = s.Value
		case Var:
			if s.Init != nil {
				k.values[s] = Eval(s.Init, k.lookup)
			}
		}
	}
	k.derive()
	return k
}

func (k *machine) derive() {
	for _, d := range k.m.Derived {
		in, out := make([]float64, len(d.In)), make([]float64, len(d.Out))
		for i, e := range d.In {
			in[i] = Eval(e, k.lookup)
		}
		d.Compute(in, out)
		for i, s := range d.Out {
			k.values[s] = out[i]
		}
	}
}

func (k *machine) lookup(s *Symbol) float64 {
	switch s.Kind {
	case Time:
		return k.t
	case Dt:
		return k.dt
	}
	return k.values[s]
}

func (k *machine) step() {
	for _, a := range k.m.Step {
		k.values[a.To] = eval(a.X, k.lookup, k.draw)
	}
	k.t += k.dt
}

func (k *machine) symbol(text string) *Symbol {
	for _, s := range k.m.Symbols {
		if symbolText(s) == text {
			return s
		}
	}
	return nil
}

func (k *machine) get(name string) float64    { return k.values[k.symbol(name)] }
func (k *machine) set(name string, v float64) { k.values[k.symbol(name)] = v }

func parse(t testing.TB, src Source) *Model {
	t.Helper()
	m, err := Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q):\n%v", src.Equations, err)
	}
	return m
}

// neuron parses a neuron; r is added when the equations lack it.
func neuron(t testing.TB, equations string, params map[string]float64) *Model {
	t.Helper()
	return parse(t, Source{Equations: equations, Params: params})
}

func close(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.17g, want %.17g ± %g", what, got, want, tol)
	}
}
