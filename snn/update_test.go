package snn_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// A softmax over a population, of three stages (spec genn §5.1).
func TestUpdateSoftmax(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("softmax", snn.Seed(2), precision)
		pop := net.Population("pop", snn.Spiking("V : init=0\nV += I\ny : init=0\ntop : shared\nwhole : shared", nil), 50).Init("V", snn.Normal(0, 2))
		softmax := net.Update("softmax").
			Reduce("max", snn.As("V", pop, "V"), snn.As("top", pop, "top")).
			Do("y = exp(V - top)", nil, snn.As("V", pop, "V"), snn.As("y", pop, "y"), snn.As("top", pop, "top")).
			Reduce("sum", snn.As("y", pop, "y"), snn.As("whole", pop, "whole")).
			Do("y = y/whole", nil, snn.As("y", pop, "y"), snn.As("whole", pop, "whole"))
		sim := build(t, net, on)
		if err := sim.Do(softmax); err != nil {
			t.Fatal(err)
		}
		v := sim.Var(pop, "V").Values()
		total := 0.0
		for _, x := range v {
			total += math.Exp(x)
		}
		for i, got := range sim.Var(pop, "y").Values() {
			if want := math.Exp(v[i]) / total; math.Abs(got-want) > 1e-6 {
				t.Errorf("neuron %d: %v, want %v", i, got, want)
			}
		}
		if sim.Time() != 0 {
			t.Errorf("an update took %v", sim.Time())
		}
	})
}

// Updates of synapses, receptors and sources; transposes.
func TestUpdatesOfEverything(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("updates", precision)
		a, b := net.Population("a", every, 6), net.Population("b", accumulate, 4)
		source := a.Inject("dc", snn.Magnitude{}).Init("magnitude", 2)
		exc := b.Receptor("exc", snn.ExpCurr{Tau: 5})
		p := net.Connect(a, b, snn.AllToAll()).Target("exc").Weight(snn.Uniform(0, 1))
		back := net.Connect(b, a, snn.AllToAll()).Weight(0)
		all := net.Update("all").
			Do("w = 2*w", nil, snn.As("w", p, "w")).
			Do("g = in + 1", nil, snn.As("in", exc, "in"), snn.As("g", exc, "in")).
			Do("m = m*m", nil, snn.As("m", source, "magnitude")).
			Transpose(snn.As("w", p, "w"), snn.As("w", back, "w"))
		sim := build(t, net, on)
		before := sim.Var(p, "w").Values()
		err := sim.Do(all)
		if err == nil || !strings.Contains(err.Error(), "one symbol") {
			t.Errorf("one variable under two names: %v", err)
		}
		sim = build(t, net, on)
		once := net.Update("once").
			Do("w = 2*w", nil, snn.As("w", p, "w")).
			Do("in = in + 1", nil, snn.As("in", exc, "in")).
			Do("m = m*m", nil, snn.As("m", source, "magnitude")).
			Transpose(snn.As("w", p, "w"), snn.As("w", back, "w"))
		if err := sim.Do(once); err != nil {
			t.Fatal(err)
		}
		w, turned := sim.Var(p, "w").Values(), sim.Var(back, "w").Values()
		for i := range 6 {
			for j := range 4 {
				if w[i*4+j] != 2*before[i*4+j] || turned[j*6+i] != w[i*4+j] {
					t.Errorf("synapse %d → %d: %v, transposed %v, want twice %v", i, j, w[i*4+j], turned[j*6+i], before[i*4+j])
				}
			}
		}
		if got := sim.Var(exc, "in").Values(); !slices.Equal(got, []float64{1, 1, 1, 1}) {
			t.Errorf("input of the receptor: %v, want ones", got)
		}
		if got := sim.Var(source, "magnitude").Values()[5]; got != 4 {
			t.Errorf("magnitude %v, want 4", got)
		}
	})
}

func TestUpdatesThatCannotBe(t *testing.T) {
	net := snn.New("updates")
	a, b := net.Population("a", every, 6), net.Population("b", accumulate, 4)
	p := net.Connect(a, b, snn.AllToAll()).Weight(1)
	for says, u := range map[string]*snn.Update{
		`did you mean "V"`:         net.Update("1").Do("x = 1", nil, snn.As("x", a, "v")),
		"neurons of one":           net.Update("2").Do("x = y", nil, snn.As("x", a, "V"), snn.As("y", b, "V")),
		"synapses and of neuron":   net.Update("3").Do("x = y", nil, snn.As("x", p, "w"), snn.As("y", b, "V")),
		"want a variable with one": net.Update("4").Reduce("sum", snn.As("V", a, "V"), snn.As("V", b, "V")),
		"of opposite sizes":        net.Update("5").Transpose(snn.As("w", p, "w"), snn.As("w", p, "w")),
		"nothing":                  net.Update("6").Do("x = 1", nil, snn.As("x", nil, "V")),
	} {
		sim := build(t, net, snn.On(snn.Ref))
		if err := sim.Do(u); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it to say %q", err, says)
		}
	}
}

// A conductance of the neuron's own equations takes what its target receives,
// and rates arrive after their delay.
func TestConductancesAndRateDelays(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("annarchy", snn.Dt(1), precision)
		source := net.SpikeSource("source", [][]snn.Time{{2}})
		cell := net.Population("cell", snn.Spiking("tau*dg_exc/dt = -g_exc : init=0, exponential\nV : init=0\nV = g_exc", snn.P{"tau": 5}), 1)
		net.Connect(source, cell, snn.AllToAll()).Target("exc").Weight(3)
		in := net.Input("in", 2)
		out := net.Population("out", snn.Rate("r = sum(exc)", nil), 2)
		net.Connect(in, out, snn.OneToOne()).Target("exc").Weight(1).Delay(4)
		v, r := net.Record(cell, "V"), net.Record(out, "r")
		sim := build(t, net, on)
		sim.Var(in, "r").Fill(1)
		run(t, sim, 8)
		decay := math.Exp(-1.0 / 5)
		for n, got := range sim.Samples(v).Of(0) {
			want := 0.0
			if n >= 3 {
				want = 3 * math.Pow(decay, float64(n-2))
			}
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("conductance after step %d: %v, want %v", n, got, want)
			}
		}
		// The input's rate of step 0 is pushed at its end and arrives 4 steps later.
		if got := sim.Samples(r).Of(1); !slices.Equal(got, []float64{0, 0, 0, 0, 1, 1, 1, 1}) {
			t.Errorf("rates %v", got)
		}
	})
}
