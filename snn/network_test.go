package snn_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// relax is a population that relaxes to its input.
func relax(t *testing.T, options ...snn.Option) (net *snn.Network, in, pop *snn.Population, p *snn.Projection) {
	t.Helper()
	net = snn.New("relax", options...)
	in = net.Input("in", 3)
	pop = net.Population("pop", snn.Rate("tau*dr/dt + r = sum(exc)", snn.P{"tau": 10}), 3)
	p = net.Connect(in, pop, snn.OneToOne()).Weight(2)
	return
}

func TestRunFollowsTheEuler(t *testing.T) {
	for _, backend := range backends(t) {
		net, in, pop, _ := relax(t, snn.Dt(0.5))
		sim, err := net.Build(snn.On(backend))
		if err != nil {
			t.Fatal(err)
		}
		sim.Var(in, "r").Set([]float64{0, 1, 3})
		if err := sim.Run(10); err != nil {
			t.Fatal(err)
		}
		got := sim.Var(pop, "r").Values()
		for i, x := range []float64{0, 1, 3} {
			want := 2 * x * (1 - math.Pow(1-0.5/10, 20)) // r(n) = S·(1 − (1 − h/τ)ⁿ)
			if !(math.Abs(got[i]-want) <= 20*2.3e-16*want) {
				t.Errorf("%s: r[%d] = %v, want %v", backend.Name(), i, got[i], want)
			}
		}
		if sim.Time() != 10 {
			t.Errorf("time %v, want 10 ms", sim.Time())
		}
	}
}

func TestTwoRunsEqualOne(t *testing.T) {
	for _, backend := range backends(t) {
		run := func(parts ...snn.Time) []float64 {
			b := newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), 3)
			sim, err := b.net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			sim.Var(b.in.Col(2), "r").Fill(1)
			for _, d := range parts {
				if err := sim.Run(d); err != nil {
					t.Fatal(err)
				}
			}
			return append(sim.Var(b.ff, "w").Values(), sim.Var(b.pop, "r").Values()...)
		}
		if !slices.Equal(run(20), run(10, 10)) {
			t.Errorf("%s: two runs of 10 ms differ from one of 20", backend.Name())
		}
	}
}

func TestBackendsAgreeBitForBit(t *testing.T) {
	for _, precision := range []snn.Option{snn.Float64, snn.Float32} {
		var first []float64
		for _, backend := range backends(t) {
			b := newBars(snn.Uniform(0, 0.5), snn.Normal(0.5, 0.1), 7)
			precision(b.net)
			sim, err := b.net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			sim.Var(b.in.Row(1), "r").Fill(1)
			sim.Var(b.in.Col(5), "r").Fill(1)
			sim.Run(500)
			got := append(sim.Var(b.ff, "w").Values(), sim.Var(b.pop, "r").Values()...)
			if first == nil {
				first = got
			} else if !slices.Equal(first, got) {
				t.Errorf("%s differs from %s", backend.Name(), snn.Ref.Name())
			}
		}
	}
}

func TestSeedsAndReset(t *testing.T) {
	b := newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), 1)
	sim := snn.Must(b.net.Build())
	w0 := sim.Var(b.ff, "w").Values()
	for _, w := range w0 {
		if w < 0 || w >= 0.5 {
			t.Fatalf("weight %g outside Uniform(0, 0.5)", w)
		}
	}
	if other := snn.Must(newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), 2).net.Build()); slices.Equal(w0, other.Var(b.ff, "w").Values()) {
		// another network's handle is an error, so this reads as empty
		t.Error("seeds 1 and 2 give the same weights")
	}
	sim.Var(b.in.Row(0), "r").Fill(1)
	sim.Var(b.ff, "alpha").Fill(4)
	sim.Run(100)
	trained := sim.Var(b.ff, "w").Values()
	if slices.Equal(trained, w0) {
		t.Fatal("nothing was learnt")
	}
	if err := sim.Reset(b.ff); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sim.Var(b.ff, "w").Values(), trained) {
		t.Error("Reset(ff) did not keep the weights of ff")
	}
	if sim.Time() != 0 || sum(sim.Var(b.pop, "r").Values()) != 0 || sum(sim.Var(b.in, "r").Values()) != 0 {
		t.Error("Reset(ff) did not reset time and rates")
	}
	sim.Reset()
	if !slices.Equal(sim.Var(b.ff, "w").Values(), w0) {
		t.Error("Reset() did not bring back the initial weights")
	}
	if got := sim.Var(b.ff, "alpha").Value(); got != 4 {
		t.Errorf("Reset() changed the parameter alpha to %g, want 4", got)
	}
}

func TestViews(t *testing.T) {
	net := snn.New("views")
	p := net.Input("p", 2, 3)
	sim := snn.Must(net.Build(snn.On(snn.Ref)))
	sim.Var(p.Row(1), "r").Fill(1)
	sim.Var(p.Col(-1), "r").Set([]float64{5, 6})
	sim.Var(p.Slice(0, 2), "r").Fill(9)
	if got := sim.Var(p, "r").Values(); !slices.Equal(got, []float64{9, 9, 5, 1, 1, 6}) {
		t.Errorf("values %v", got)
	}
	if got := sim.Var(p.Row(1), "r").Values(); !slices.Equal(got, []float64{1, 1, 6}) {
		t.Errorf("row 1: %v", got)
	}
	if r, c := sim.Var(p, "r").Dims(); r != 2 || c != 3 {
		t.Errorf("dims %d, %d", r, c)
	}
}

func TestRecordings(t *testing.T) {
	for _, backend := range backends(t) {
		net, in, pop, p := relax(t)
		rates := net.Record(pop, "r")
		sums := net.Record(pop, "sum(exc)").Every(5)
		weights := net.Record(p, "w").Every(4)
		sim := snn.Must(net.Build(snn.On(backend)))
		sim.Var(in, "r").Fill(1)
		sim.Run(7)
		sim.Run(3)
		r := sim.Samples(rates)
		if len(r.Times) != 10 || r.Times[0] != 1 || r.Times[9] != 10 {
			t.Fatalf("%s: times %v", backend.Name(), r.Times)
		}
		for k, x := range r.Of(2) {
			if want := 2 * (1 - math.Pow(0.9, float64(k+1))); math.Abs(x-want) > 1e-14 {
				t.Errorf("%s: r at %v = %v, want %v", backend.Name(), r.Times[k], x, want)
			}
		}
		if s := sim.Samples(sums); !slices.Equal(s.Times, []snn.Time{5, 10}) || s.Values[0][0] != 2 {
			t.Errorf("%s: sums at %v: %v", backend.Name(), s.Times, s.Values)
		}
		if s := sim.Samples(weights); !slices.Equal(s.Times, []snn.Time{4, 8}) || s.Values[1][1] != 2 {
			t.Errorf("%s: weights at %v: %v", backend.Name(), s.Times, s.Values)
		}
		sim.Reset()
		if n := len(sim.Samples(rates).Times); n != 0 {
			t.Errorf("%d samples after Reset, want 0", n)
		}
	}
}

func TestReceptiveFields(t *testing.T) {
	net := snn.New("fields")
	in := net.Input("in", 2, 2)
	pop := net.Population("pop", snn.Rate("r = sum(exc)", nil), 2, 1)
	w := make([]float64, 8)
	for i := range 4 {
		for j := range 2 {
			w[i*2+j] = float64(10*j + i)
		}
	}
	p := net.Connect(in, pop, snn.AllToAll()).Weight(w)
	m := snn.Must(net.Build(snn.On(snn.Ref))).ReceptiveFields(p, "w")
	if m.Rows != 4 || m.Cols != 2 || !slices.Equal(m.Data, []float64{0, 1, 2, 3, 10, 11, 12, 13}) {
		t.Errorf("mosaic %+v", m)
	}
}

func TestPerElementParameters(t *testing.T) {
	for _, backend := range backends(t) {
		net := snn.New("taus")
		in := net.Input("in", 3)
		pop := net.Population("pop", snn.Rate("tau*dr/dt + r = sum(exc)", snn.P{"tau": 10}), 3).Init("tau", []float64{1, 2, 4})
		net.Connect(in, pop, snn.OneToOne()).Weight(1)
		sim, err := net.Build(snn.On(backend))
		if err != nil {
			t.Fatal(err)
		}
		sim.Var(in, "r").Fill(1)
		sim.Run(1)
		if got := sim.Var(pop, "r").Values(); !slices.Equal(got, []float64{1, 0.5, 0.25}) {
			t.Errorf("%s: %v, want [1 0.5 0.25]", backend.Name(), got)
		}
	}
}

// Every kind of mistake is found, by name, at the line that made it.
func TestMistakes(t *testing.T) {
	leaky := snn.Rate("tau*dr/dt + r = sum(exc) - sum(inh)", snn.P{"tau": 10})
	for _, c := range []struct {
		name string
		make func(net *snn.Network, in, pop *snn.Population)
		want string
	}{
		{"parameter misspelt", func(n *snn.Network, _, _ *snn.Population) { n.Population("x", leaky.With("tua", 3), 2) }, "tua"},
		{"NaN parameter", func(n *snn.Network, _, _ *snn.Population) { n.Population("x", leaky.With("tau", math.NaN()), 2) }, "NaN"},
		{"does not parse", func(n *snn.Network, _, _ *snn.Population) { n.Population("x", snn.Rate("r = = 1", nil), 2) }, "1:"},
		{"unknown name", func(n *snn.Network, _, _ *snn.Population) {
			n.Population("x", snn.Rate("tau*dr/dt = -r + taau", snn.P{"tau": 1}), 2)
		}, "tau"},
		{"geometry", func(n *snn.Network, _, _ *snn.Population) { n.Input("x", 3, 0) }, "[3 0]"},
		{"huge geometry", func(n *snn.Network, _, _ *snn.Population) { n.Input("x", math.MaxInt, 4) }, "2³¹"},
		{"no geometry", func(n *snn.Network, _, _ *snn.Population) { n.Input("x") }, "geometry"},
		{"second name", func(n *snn.Network, _, _ *snn.Population) { n.Input("pop", 3) }, "already"},
		{"wrong target", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exz").Weight(1)
		}, `did you mean "exc"`},
		{"no target", func(n *snn.Network, in, pop *snn.Population) { n.Connect(in, pop, snn.AllToAll()).Weight(1) }, "exc, inh"},
		{"no weights", func(n *snn.Network, in, pop *snn.Population) { n.Connect(in, pop, snn.AllToAll()).Target("exc") }, "no weights"},
		{"NaN weight", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Weight(math.NaN())
		}, "NaN"},
		{"weights of the wrong number", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Weight([]float64{1, 2})
		}, "want 6"},
		{"weight of a wrong type", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Weight("heavy")
		}, "string"},
		{"uniform upside down", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Weight(snn.Uniform(1, 0))
		}, "Uniform(1, 0)"},
		{"one to one of different sizes", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.OneToOne()).Target("exc").Weight(1)
		}, "equal numbers"},
		{"input as target", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(pop, in, snn.AllToAll()).Target("exc").Weight(1)
		}, "input"},
		{"population of another network", func(n *snn.Network, in, _ *snn.Population) {
			n.Connect(in, snn.New("b").Input("x", 3), snn.AllToAll()).Weight(1)
		}, "network net"},
		{"nil population", func(n *snn.Network, in, _ *snn.Population) { n.Connect(in, nil, snn.AllToAll()).Weight(1) }, "network net"},
		{"rule reads an unknown variable", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Learn(snn.Synapse("dw/dt = pre.v", nil)).Weight(1)
		}, `"v"`},
		{"learning period", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Weight(1).Every(0.5)
		}, "0.5 ms"},
		{"initial value of nothing", func(n *snn.Network, _, pop *snn.Population) { pop.Init("v", 1) }, `"v"`},
		{"recording of nothing", func(n *snn.Network, _, pop *snn.Population) { n.Record(pop, "rate") }, `"rate"`},
		{"recording period", func(n *snn.Network, _, pop *snn.Population) { n.Record(pop, "r").Every(-1) }, "-1 ms"},
		{"recording of a view", func(n *snn.Network, in, _ *snn.Population) { n.Record(in.Slice(0, 1), "r") }, "view"},
		{"recording of another network", func(n *snn.Network, _, _ *snn.Population) {
			n.Record(snn.New("b").Input("x", 3), "r")
		}, "network b"},
		{"recording of nothing at all", func(n *snn.Network, _, _ *snn.Population) { n.Record(nil, "r") }, "nil"},
		{"recording of a nil population", func(n *snn.Network, _, _ *snn.Population) { n.Record((*snn.Population)(nil), "r") }, "nil"},
		{"initial values of the wrong number", func(n *snn.Network, _, pop *snn.Population) { pop.Init("tau", []float64{1, 2, 3}) }, "3 values, want 2"},
		{"weights misspelt", func(n *snn.Network, in, pop *snn.Population) {
			n.Connect(in, pop, snn.AllToAll()).Target("exc").Init("ww", 1)
		}, `did you mean "w"`},
		{"third population of a name", func(n *snn.Network, _, _ *snn.Population) { n.Input("pop", 3).Name() }, "already"},
		{"step", func(n *snn.Network, _, _ *snn.Population) { snn.Dt(snn.Time(math.NaN()))(n) }, "NaN"},
	} {
		net := snn.New("net")
		in := net.Input("in", 3)
		pop := net.Population("pop", leaky, 2)
		c.make(net, in, pop)
		_, err := net.Build(snn.On(snn.Ref))
		if err == nil {
			t.Errorf("%s: Build gave no error", c.name)
			continue
		}
		var all snn.Mistakes
		if !errors.As(err, &all) || len(all) != 1 {
			t.Errorf("%s: %d mistakes, want 1: %v", c.name, len(all), err)
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q does not contain %q", c.name, err, c.want)
		}
		if c.name != "step" && !strings.Contains(err.Error(), "network_test.go:") {
			t.Errorf("%s: %q does not name the line", c.name, err)
		}
	}
}

func TestAllMistakesTogether(t *testing.T) {
	net := snn.New("net", snn.Dt(-1), nil)
	in := net.Input("in", 0)
	pop := net.Population("pop", snn.Rate("r = 1 +", nil), 2)
	net.Connect(in, pop, snn.AllToAll()).Weight("heavy").Every(-3)
	good := net.Population("good", snn.Rate("r = sum(exc)", nil), 2).Init("r", []float64{1})
	net.Record(good, "v")
	net.Connect(good, good, snn.AllToAll()).Weight([]float64{1})
	var all snn.Mistakes
	if _, err := net.Build(); !errors.As(err, &all) || len(all) != 9 {
		t.Errorf("want 9 mistakes, got %d: %v", len(all), err)
	}
	for _, m := range all { // the options' too
		if !strings.HasPrefix(m.Site, "network_test.go:") {
			t.Errorf("%v: its line is %q, want one of this file", m, m.Site)
		}
	}
	// Building again finds the same ones, not more.
	if _, err := net.Build(nil); !errors.As(err, &all) || len(all) != 9 {
		t.Errorf("second Build: want 9 mistakes, got %d: %v", len(all), err)
	}
}

func TestSimulationErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(sim *snn.Sim, in, pop *snn.Population, p *snn.Projection) error
		want string
	}{
		{"duration", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Run(0.3) }, "multiple"},
		{"negative", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Run(-1) }, "-1 ms"},
		{"NaN", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Run(snn.Time(math.NaN())) }, "NaN"},
		{"for ever", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Run(1e300) }, "at most"},
		{"variable of nothing", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Var(nil, "r").Fill(1) }, "nil"},
		{"variable of a nil projection", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error {
			return s.Var((*snn.Projection)(nil), "w").Fill(1)
		}, "nil"},
		{"fields of nothing", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error {
			s.ReceptiveFields(nil, "w")
			return s.Err()
		}, "nil"},
		{"learning of nothing", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error { return s.Learning(nil, true) }, "nil"},
		{"variable", func(s *snn.Sim, _, pop *snn.Population, _ *snn.Projection) error { return s.Var(pop, "R").Fill(1) }, `did you mean "r"`},
		{"length", func(s *snn.Sim, in, _ *snn.Population, _ *snn.Projection) error {
			return s.Var(in, "r").Set([]float64{1})
		}, "want 3"},
		{"one value", func(s *snn.Sim, _, pop *snn.Population, _ *snn.Projection) error {
			return s.Var(pop, "tau").Set([]float64{1, 2, 3})
		}, "Init"},
		{"NaN value", func(s *snn.Sim, in, _ *snn.Population, _ *snn.Projection) error {
			return s.Var(in, "r").Fill(math.NaN())
		}, "NaN"},
		{"row", func(s *snn.Sim, in, _ *snn.Population, _ *snn.Projection) error { return s.Var(in.Row(9), "r").Fill(1) }, "row 9"},
		{"slice", func(s *snn.Sim, in, _ *snn.Population, _ *snn.Projection) error {
			return s.Var(in.Slice(2, 9), "r").Fill(1)
		}, "2:9"},
		{"another network", func(s *snn.Sim, _, _ *snn.Population, _ *snn.Projection) error {
			return s.Var(snn.New("b").Input("x", 1), "r").Fill(1)
		}, "network b"},
		{"no learning", func(s *snn.Sim, _, _ *snn.Population, p *snn.Projection) error { return s.Learning(p, false) }, "does not learn"},
	} {
		net, in, pop, p := relax(t)
		sim := snn.Must(net.Build(snn.On(snn.Ref)))
		err := c.do(sim, in, pop, p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if sim.Err() == nil || sim.Run(1) == nil {
			t.Errorf("%s: the simulation did not keep its failure", c.name)
		}
		for range sim.Trials(3) {
			t.Errorf("%s: Trials go on after a failure", c.name)
		}
		if err := sim.Reset(); err != nil || sim.Run(1) != nil {
			t.Errorf("%s: Reset did not help: %v", c.name, err)
		}
	}
}
