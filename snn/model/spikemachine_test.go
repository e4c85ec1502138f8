package model

import (
	"math"
	"testing"
)

// never is the step of a spike that has not been.
const never = -(1 << 40)

// spiker runs the parts of spiking models for one element, in float64.
type spiker struct {
	*machine
	n       int
	inputs  map[string]float64 // of the present step
	emitted map[string]float64 // by symbolText, since it was cleared
	delayed map[string]map[int]float64
	stamps  map[string]float64 // steps of spikes by symbolText: "st", "st_pre"
}

func newSpiker(m *Model, dt float64) *spiker {
	return &spiker{machine: newMachine(m, dt), inputs: map[string]float64{}, emitted: map[string]float64{}, delayed: map[string]map[int]float64{}, stamps: map[string]float64{}}
}

func (k *spiker) lookup(s *Symbol) float64 {
	switch s.Kind {
	case Time:
		return float64(k.n) * k.dt
	case StepNow:
		return float64(k.n)
	case LastSpike:
		if at, ok := k.stamps[symbolText(s)]; ok {
			return at
		}
		return never
	case Input:
		if v, ok := k.inputs[s.Name]; ok {
			return v
		}
		return s.Value
	}
	return k.machine.lookup(s)
}

func (k *spiker) value(e Expr) float64 { return eval(e, k.lookup, k.draw) }

// run carries a body out. What is emitted is added up.
func (k *spiker) run(body []Assign) {
	for _, a := range body {
		x := k.value(a.X)
		switch {
		case a.To.Kind == Emit && a.Delay != nil:
			at := int(k.value(a.Delay))
			name := symbolText(a.To)
			if k.delayed[name] == nil {
				k.delayed[name] = map[int]float64{}
			}
			k.delayed[name][at] += x
		case a.To.Kind == Emit:
			k.emitted[symbolText(a.To)] += x
		default:
			k.values[a.To] = x
		}
	}
}

func (k *spiker) set(name string, v float64) {
	for _, s := range k.m.Symbols {
		if symbolText(s) == name && s.Kind != Emit {
			k.values[s] = v
		}
	}
}

// neuron does one step of a neuron and tells whether it fired.
func (k *spiker) neuron() bool {
	k.run(k.m.Before)
	dt, turns := k.dt, max(1, k.m.Substeps)
	k.dt = dt / float64(turns)
	for range turns {
		k.run(k.m.Step)
	}
	k.dt = dt
	fired := k.m.Spike != nil && k.value(k.m.Spike) != 0
	if fired {
		k.stamps["st"] = float64(k.n)
		k.run(k.m.Reset)
	}
	k.n++
	return fired
}

// spikes are the times of the spikes of a number of steps.
func (k *spiker) spikes(steps int) []float64 {
	var out []float64
	for range steps {
		if t := float64(k.n) * k.dt; k.neuron() {
			out = append(out, t)
		}
	}
	return out
}

func sameTimes(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) < len(want) {
		t.Fatalf("%s: %d spikes %.4g, want %.4g", what, len(got), got, want)
	}
	for i, w := range want {
		if math.Abs(got[i]-w) > 1e-9 {
			t.Fatalf("%s: spike %d at %.6g, want %.6g; all: %.4g", what, i, got[i], w, got)
		}
	}
}
