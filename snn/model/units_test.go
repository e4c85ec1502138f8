package model

import (
	"strings"
	"testing"
)

// CUBA of Brette et al. 2007 as Brian writes it: units are checked, literals
// converted, and the numbers are those of the same model without units.
func TestUnits(t *testing.T) {
	with := Source{Kind: SpikingNeuron, Equations: `
		dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
		dge/dt = -ge/taue : volt
		dgi/dt = -gi/(0.01*second) : volt`,
		Spike: "v > -50*mV", Reset: "v = -60*mV", Refractory: "5*ms", Params: params{"taue": 5}, Units: map[string]string{"taue": "ms"}}
	without := Source{Kind: SpikingNeuron, Equations: `
		dv/dt = (ge + gi - (v + 49))/20 : 1 (unless refractory)
		dge/dt = -ge/taue
		dgi/dt = -gi/(0.01*1000)`,
		Spike: "v > -50", Reset: "v = -60", Refractory: "5", Params: params{"taue": 5}}
	a, b := newSpiker(parse(t, with), 0.1), newSpiker(parse(t, without), 0.1)
	for _, k := range []*spiker{a, b} {
		k.set("v", -55)
		k.set("ge", 40)
		k.set("gi", -3)
	}
	fired := 0
	for range 400 {
		x, y := a.neuron(), b.neuron()
		if x != y || a.get("v") != b.get("v") {
			t.Fatalf("v is %v with units, %v without", a.get("v"), b.get("v"))
		}
		if x {
			fired++
		}
	}
	if fired == 0 {
		t.Error("the neuron does not fire, the test shows little")
	}
}

func TestUnitMistakes(t *testing.T) {
	neuron := func(eq, spike string, units map[string]string, p params) Source {
		return Source{Kind: SpikingNeuron, Equations: eq, Spike: spike, Units: units, Params: p}
	}
	tau := map[string]string{"tau": "ms"}
	p := params{"tau": 10}
	for _, c := range []struct {
		src  Source
		want string // "" for a model that is right
	}{
		{neuron("dv/dt = -v/tau : mV", "v > -50*mV", tau, p), ""},
		{neuron("tau*dv/dt + v = 3*mV + sqrt(tau)*2*mV*xi : mV", "", tau, p), ""},
		{neuron("C*dv/dt = g*(E - v) + I : mV, init=-60*mV", "", map[string]string{"C": "nF", "g": "uS", "E": "mV", "I": "nA"}, params{"C": 1, "g": 1, "E": 1}), ""},
		{neuron("dv/dt = -v/tau : mV\nx = (v/mV)^2 + exp(-v/(10*mV)) : 1\nscalar y = 2*v; v += y", "v > 0", tau, p), ""},
		{neuron("dv/dt = -v : mV", "", nil, nil), "the left side is in mV/ms, the right side in mV"},
		{neuron("dv/dt = -v/tau : mV", "v > 50*nA", tau, p), "v is in mV, but 50*nA is in nA"},
		{neuron("dv/dt = -v/tau : mV", "v > 50", tau, p), "but 50 is in 1"},
		{neuron("dv/dt = (v + t)/tau : mV", "", tau, p), "v is in mV, but t is in ms"},
		{neuron("dv/dt = -v/tau : mV\nx = exp(v) : 1", "", tau, p), "wants a plain number, but v is in mV"},
		{neuron("dv/dt = -v/tau : mV\nx = v : nA", "", tau, p), `"x" is in nA, but its value is in mV`},
		{neuron("dv/dt = -v/tau : mV\nscalar y = v; x = y : 1", "", tau, p), `"x" is in 1, but its value is in mV`},
		{neuron("dv/dt = -v/tau : mV, init=3*ms", "", tau, p), `"v" is in mV, but its value is in ms`},
		{neuron("dv/dt = -v/tau : mV\nx = 2", "", tau, p), `"x" has no unit, but others have`},
		{neuron("dv/dt = -v/tau : mV", "", nil, p), `parameter "tau" has no unit`},
		{neuron("dv/dt = -v/tau : mV", "", map[string]string{"tau": "year"}, p), `"year" is no unit`},
		{neuron("dv/dt = -v/tau : pA", "", tau, p), "values are in ms, mV"},
		{neuron("dv/dt = -v/tau : mV/", "", tau, p), "is not understood"},
		{Source{Kind: SpikingNeuron, Equations: "dv/dt = -v/tau : mV", Spike: "v > 0", Refractory: "2", Units: tau, Params: p}, "a refractory period is a time, but this is in 1"},
		{Source{Kind: SpikingSynapse, Equations: "dx/dt = -x/tau : 1 (event-driven)", OnPre: "x += 1*mV", Units: tau, Params: p}, "x is in 1, but 1*mV is in mV"},
		{Source{Kind: SpikingSynapse, Weight: "g", OnPre: "addToPost(g*exp(-(t - st_post)/tau)); g += A", Units: map[string]string{"tau": "ms", "A": "uS", "g": "uS"}, Params: params{"tau": 1, "A": 1}}, ""},
		{Source{Kind: SpikingSynapse, Weight: "g", OnPre: "addToPost(g*exp(-(t - st_post))); g += A", Units: map[string]string{"A": "uS", "g": "uS"}, Params: params{"A": 1}}, "wants a plain number"},
		{Source{Kind: SpikingSynapse, OnPre: "addToPost(w*V)"}, "unknown name"},
	} {
		m, err := Parse(c.src)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.src.Equations+c.src.OnPre, err)
			}
			continue
		}
		if m != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: error is %v\nwant %q", c.src.Equations, c.src.Spike, err, c.want)
		}
	}
}
