package nef

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// play shows row n−1 in step n, and the last one after the end.
func play(rows Rows, dt float64) Output {
	return OfTime(func(t float64) []float64 {
		return rows[min(max(int(math.Round(t/dt))-1, 0), len(rows)-1)]
	})
}

func TestNeuronTraces(t *testing.T) {
	lif := DefaultLIF()
	floor := func(v float64) LIF { m := lif; m.MinVoltage = v; return m }
	quick := AdaptiveLIF{lif, 0.05, 0.1}
	adaptiveRate := AdaptiveLIFRate{DefaultLIFRate(), 0.1, 0.01}
	chattering := DefaultIzhikevich()
	chattering.ResetVoltage, chattering.ResetRecovery = -50, 2
	srl := DefaultSpikingRectifiedLinear()
	type run struct {
		dt  float64
		typ NeuronType
	}
	for name, runs := range map[string]map[string]run{
		"micro_lif": {"const": {0.001, lif}, "const_dt05": {0.0005, lif}, "const_dt2": {0.002, lif}, "vary": {0.001, lif}, "vary_dt2": {0.002, lif}},
		"micro_lif_parameters": {
			"tau_ref_0": {0.001, LIF{0.02, 0, 0, 1}}, "tau_rc_005": {0.001, LIF{0.005, 0.0035, 0, 1}}, "amplitude_01": {0.001, LIF{0.02, 0.002, 0, 0.1}},
			"floor_0": {0.001, lif}, "floor_minus_1": {0.001, floor(-1)}, "floor_none": {0.001, floor(math.Inf(-1))}, "started": {0.001, lif},
		},
		"micro_adaptive_lif":             {"const": {0.001, DefaultAdaptiveLIF()}, "fast": {0.001, quick}, "vary_dt05": {0.0005, quick}},
		"micro_lif_rate":                 {"const": {0.001, DefaultLIFRate()}, "vary": {0.001, DefaultLIFRate()}, "amplitude_01": {0.001, LIFRate{0.03, 0.001, 0.1}}},
		"micro_adaptive_lif_rate":        {"const": {0.001, adaptiveRate}, "vary": {0.001, adaptiveRate}},
		"micro_rectified_linear":         {"const": {0.001, RectifiedLinear{0.5}}, "vary": {0.001, RectifiedLinear{0.5}}},
		"micro_sigmoid":                  {"const": {0.001, DefaultSigmoid()}, "vary": {0.001, DefaultSigmoid()}},
		"micro_tanh":                     {"const": {0.001, DefaultTanh()}, "vary": {0.001, DefaultTanh()}},
		"micro_spiking_rectified_linear": {"const": {0.001, srl}, "amplitude_01": {0.0005, SpikingRectifiedLinear{RectifiedLinear{0.1}}}, "vary": {0.001, srl}},
		"micro_regular_spiking":          {"const": {0.001, RegularSpiking{DefaultLIFRate(), 1}}, "amplitude_05": {0.002, RegularSpiking{DefaultLIFRate(), 0.5}}},
		"micro_stochastic_spiking":       {"const": {0.001, StochasticSpiking{DefaultLIFRate(), 1}}, "amplitude_05": {0.002, StochasticSpiking{DefaultLIFRate(), 0.5}}},
		"micro_poisson_spiking":          {"const": {0.001, PoissonSpiking{DefaultLIFRate(), 1}}, "amplitude_05": {0.002, PoissonSpiking{DefaultLIFRate(), 0.5}}},
		"micro_poisson_tanh":             {"poisson": {0.01, PoissonSpiking{DefaultTanh(), 1}}, "stochastic": {0.01, StochasticSpiking{DefaultTanh(), 1}}},
		"micro_izhikevich": {
			"const": {0.001, DefaultIzhikevich()}, "const_dt05": {0.0005, DefaultIzhikevich()}, "chattering": {0.001, chattering}, "vary": {0.001, DefaultIzhikevich()},
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				for prefix, c := range runs {
					j := r.rows(prefix + "_J")
					size := len(j[0])
					n := New(prefix, Seed(0))
					e := n.Ensemble("e", size, 1).Type(c.typ).GainBias(Values{1}, Values{0}).Encoders(Choice(1)).Seed(1)
					states := map[string]*Probe{}
					for _, s := range c.typ.states() {
						if r.has(prefix + "_" + s.name + "_initial") {
							initial, _ := r.get(prefix + "_" + s.name + "_initial")
							e.InitialState(s.name, Values(initial))
						}
						states[s.name] = n.Probe(e.Neurons()).Signal(s.name)
					}
					n.Connect(n.Node("u", play(j, c.dt)), e.Neurons()).Synapse(NoSynapse)
					out := n.Probe(e.Neurons())
					s := mustBuild(t, n, On(b), Dt(c.dt))
					if err := s.RunSteps(int64(len(j))); err != nil {
						t.Fatal(err)
					}
					x := s.Data(out).Data
					if r.index[prefix+"_output"].Tolerance == "spikes" {
						x = spikes(x)
					}
					r.check(prefix+"_output", x)
					for name, p := range states {
						r.check(prefix+"_"+name, s.Data(p).Data)
					}
				}
				r.all()
			})
		})
	}
}

func TestSynapsePaths(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		r := open(t, "micro_synapse_paths")
		n := New("paths", Seed(0))
		u := n.Node("u", play(r.rows("u"), dt))
		probes := map[string]*Probe{"u": n.Probe(u)}
		for name, s := range map[string]Synapse{
			"none": NoSynapse, "zero": Lowpass(0), "lowpass": Lowpass(0.005), "alpha": Alpha(0.01), "triangle": Triangle(0.005),
			"direct": LinearFilter([]float64{0.01, 1}, []float64{0.02, 1}),
		} {
			to := n.Node(name, PassThrough(2))
			c := n.Connect(u, to).Synapse(s)
			probes["target_"+name] = n.Probe(to)
			probes["output_"+name] = n.Probe(c)
			probes["probe_"+name] = n.Probe(u).Synapse(s)
		}
		s := mustBuild(t, n, On(b))
		if err := s.Run(0.1); err != nil {
			t.Fatal(err)
		}
		for name, p := range probes {
			r.check(name, s.Data(p).Data)
		}
		r.all()
	})
}

func TestSynapsesOffLine(t *testing.T) {
	r := open(t, "micro_synapses")
	u := r.rows("u")
	named := map[string]Synapse{
		"lowpass_0": Lowpass(0), "second_order": LinearFilter([]float64{1}, []float64{0.0004, 0.02, 1}),
		"lead": LinearFilter([]float64{0.01, 1}, []float64{0.0009, 0.06, 1}), "direct": LinearFilter([]float64{0.01, 1}, []float64{0.02, 1}),
		"discrete": DiscreteFilter([]float64{0.5, 0.25}, []float64{1, -0.5}), "discrete_direct": DiscreteFilter([]float64{0.5}, []float64{1}),
		"euler": Lowpass(0.01).By(Euler), "bilinear": Lowpass(0.01).By(Bilinear),
	}
	for array := range r.index {
		kind, rest, _ := strings.Cut(array, "_")
		ms, suffix, _ := strings.Cut(rest, "_")
		tau := 0.0
		if _, err := fmt.Sscan(ms, &tau); err != nil || !strings.HasPrefix(suffix, "dt") {
			continue
		}
		name := kind + "_" + ms
		switch kind {
		case "lowpass":
			named[name] = Lowpass(tau / 1000)
		case "alpha":
			named[name] = Alpha(tau / 1000)
		case "triangle":
			named[name] = Triangle(tau / 1000)
		}
	}
	for name, s := range named {
		checkOffLine(r, name, s, u)
	}
	for array, f := range map[string]func() ([][]float64, error){
		"lowpass_5_from_1":   func() ([][]float64, error) { return Lowpass(0.005).FilterFrom(u, dt, 1) },
		"lowpass_5_filtfilt": func() ([][]float64, error) { return Lowpass(0.005).FiltFilt(u, dt) },
		"alpha_5_filtfilt":   func() ([][]float64, error) { return Alpha(0.005).FiltFilt(u, dt) },
	} {
		y, err := f()
		if err != nil {
			t.Fatal(err)
		}
		r.check(array, flat(y))
	}
	r.all()
}

func checkOffLine(r *recorded, name string, s Synapse, u Rows) {
	for suffix, dt := range map[string]float64{"_dt1": 0.001, "_dt05": 0.0005, "_dt2": 0.002} {
		if !r.has(name + suffix) {
			continue
		}
		y, err := s.Filter(u, dt)
		if err != nil {
			r.t.Fatal(err)
		}
		r.check(name+suffix, flat(y))
	}
}

// Off line and in a run a synapse does the same, bit for bit, but for the step of
// delay.
func TestFilterEqualsRun(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		for _, synapse := range []Synapse{NoSynapse, Lowpass(0), Lowpass(0.005), Alpha(0.01), Triangle(0.004), LinearFilter([]float64{0.01, 1}, []float64{0.02, 1})} {
			r := rng.NewRandomState(1)
			x := make(Rows, 50)
			for i := range x {
				x[i] = make([]float64, 2)
				r.FillRandn(x[i])
			}
			n := New("filter")
			c := n.Connect(n.Node("u", play(x, dt)), n.Node("out", PassThrough(2))).Synapse(synapse)
			p := n.Probe(c)
			s := mustBuild(t, n, On(b))
			if err := s.RunSteps(50); err != nil {
				t.Fatal(err)
			}
			y, err := synapse.Filter(x, dt)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(flat(y), s.Data(p).Data) {
				t.Errorf("%v differs", synapse)
			}
		}
	})
}

func TestProbeTiming(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		r := open(t, "micro_probe_timing")
		for _, c := range []struct {
			name string
			dt   float64
		}{{"dt1", 0.001}, {"dt05", 0.0005}, {"dt2", 0.002}} {
			n := New(c.name, Seed(0))
			u := n.Node("t", OfTime(func(t float64) []float64 { return []float64{t} }))
			probes := map[string]*Probe{"none": n.Probe(u)}
			for _, every := range []float64{0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.007, 0.01, 0.0333} {
				probes[fmt.Sprint(math.Round(every*1e4))] = n.Probe(u).Every(every)
			}
			s := mustBuild(t, n, On(b), Dt(c.dt))
			if err := s.RunSteps(333); err != nil {
				t.Fatal(err)
			}
			for name, p := range probes {
				d := s.Data(p)
				r.check(c.name+"_every_"+name, d.Data)
				r.check(c.name+"_every_"+name+"_times", d.Times)
			}
			r.check(c.name+"_time", []float64{s.Time()})
		}
		n := New("pieces", Seed(0))
		u := n.Node("t", OfTime(func(t float64) []float64 { return []float64{t} }))
		p := n.Probe(u).Every(0.0015)
		s := mustBuild(t, n, On(b))
		for _, d := range []float64{0.1, 0.0004, 0.233} {
			if err := s.Run(d); err != nil {
				t.Fatal(err)
			}
		}
		r.check("pieces_every_15", s.Data(p).Data)
		var rounded []float64
		for _, d := range []float64{0.0005, 0.0015, 0.0025, 0.0006, 0.3, 1.0005} {
			k, err := steps(d, 0.001)
			if err != nil {
				t.Fatal(err)
			}
			rounded = append(rounded, float64(k))
		}
		r.check("round_half_even", rounded)
		r.all()
	})
}

func TestNodes(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		r := open(t, "micro_nodes")
		n := New("nodes", Seed(3))
		u := n.Node("u", play(r.rows("u"), dt))
		a := n.Node("a", PassThrough(3))
		n.Connect(u, a).Synapse(NoSynapse)
		n.Connect(u.At(2, 0), a.Slice(1, 3)).Transform(Scalar(0.5)).Synapse(NoSynapse)
		n.Connect(n.Node("constant", Constant(1, 2, 4)), a).Synapse(Lowpass(0.01))
		bb := n.Node("b", PassThrough(2))
		n.Connect(a.Slice(1, 3), bb).Transform(Scalar(2)).Synapse(NoSynapse)
		c := n.Node("c", PassThrough(2))
		n.Connect(bb, c).Transform(Matrix([]float64{1, -1}, []float64{0.5, 0.25}))
		f := n.Node("f", OfInput(2, func(t float64, x []float64) []float64 { return []float64{t + x[0], x[0] * x[1], x[1]} }))
		n.Connect(c, f).Synapse(NoSynapse)
		g := n.Node("g", PassThrough(3))
		n.Connect(f, g).Synapse(NoSynapse)
		n.Connect(f.At(-1), g.At(0)).Synapse(Lowpass(0))
		h := n.Node("h", PassThrough(2))
		n.Connect(u.Slice(0, 2), h).Synapse(NoSynapse).Function(func(x []float64) []float64 { return []float64{x[0] * x[0], x[1] * x[1]} })
		k := n.Node("k", PassThrough(2))
		n.Connect(u, k.At(0, 0, 1)).Synapse(NoSynapse)
		counter := n.Node("counter", OfTime(func(t float64) []float64 { return []float64{3 * t} }))
		probes := map[string]*Probe{
			"u": n.Probe(u), "a": n.Probe(a), "b": n.Probe(bb), "c": n.Probe(c), "f": n.Probe(f), "g": n.Probe(g), "h": n.Probe(h), "k": n.Probe(k),
			"counter": n.Probe(counter), "a_slice": n.Probe(a.At(0, 2)), "f_slow": n.Probe(f).Synapse(Lowpass(0.02)).Every(0.005),
		}
		s := mustBuild(t, n, On(b))
		if err := s.Run(0.1); err != nil {
			t.Fatal(err)
		}
		for name, p := range probes {
			r.check(name, s.Data(p).Data)
		}
		r.all()
	})
}

// Processes give Nengo's numbers, off line and as nodes.
func TestProcesses(t *testing.T) {
	r := open(t, "micro_processes")
	normal := Gaussian(0, 1)
	pieces := Piecewise(map[float64][]float64{0.05: {1}, 0.1: {-0.5}, 0.15: {0.25}})
	processes := map[string]Process{
		"white_noise": WhiteNoise(normal), "white_noise_unscaled": WhiteNoise(normal).Unscaled(),
		"filtered_noise": FilteredNoise(Lowpass(0.005), normal), "filtered_noise_alpha": FilteredNoise(Alpha(0.01), normal),
		"brown_noise": BrownNoise(normal), "white_signal": WhiteSignal(0.2, 30), "white_signal_y0": WhiteSignal(0.2, 30).RMS(0.5).Y0(0),
		"present_input":  PresentInput([][]float64{{1, 0}, {0, 1}, {-1, 0.5}}, 0.025),
		"piecewise_zero": pieces, "piecewise_linear": pieces.Interpolate(Linear), "piecewise_nearest": pieces.Interpolate(Nearest),
	}
	n := New("processes", Seed(0))
	probes := map[string]*Probe{}
	for name, p := range processes {
		if p.size == 0 {
			p = p.Size(2)
		}
		p = p.Seed(5)
		rows, err := p.Run(200, dt)
		if err != nil {
			t.Fatal(name, err)
		}
		r.check(name, flat(rows))
		probes[name] = n.Probe(n.Node(name, p))
	}
	r.all()
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		s := mustBuild(t, n, On(b))
		for _, d := range []float64{0.05, 0.013, 0.137} {
			if err := s.Run(d); err != nil {
				t.Fatal(err)
			}
		}
		compareProbes(r, s, probes)
	})
}

func TestModels(t *testing.T) {
	type model struct {
		seconds   float64
		ensembles map[string]*Ensemble
		lines     map[string]*Connection
		probes    map[string]*Probe
	}
	channel := func(r *recorded, n *Network, f func(x []float64) []float64) model {
		u := n.Node("input", OfTime(func(t float64) []float64 { return []float64{math.Sin(t)} }))
		a, b := n.Ensemble("A", 100, 1), n.Ensemble("B", 100, 1)
		n.Connect(u, a)
		ab := n.Connect(a, b)
		if f != nil {
			ab.Function(f)
		}
		return model{2, map[string]*Ensemble{"A": a, "B": b}, map[string]*Connection{"A_to_B": ab}, map[string]*Probe{
			"input": n.Probe(u), "decoded_A": n.Probe(a).Synapse(Lowpass(0.01)), "decoded_B": n.Probe(b).Synapse(Lowpass(0.01)),
		}}
	}
	for name, make := range map[string]func(r *recorded, n *Network) model{
		"model_communication_channel": func(r *recorded, n *Network) model { return channel(r, n, nil) },
		"model_squaring": func(r *recorded, n *Network) model {
			return channel(r, n, func(x []float64) []float64 { return []float64{x[0] * x[0]} })
		},
		"model_integrator": func(r *recorded, n *Network) model {
			a := n.Ensemble("A", 100, 1)
			u := n.Node("input", Piecewise(map[float64][]float64{0: {0}, 0.2: {1}, 1: {0}, 2: {-2}, 3: {0}, 4: {1}, 5: {0}}))
			aa := n.Connect(a, a).Transform(Scalar(1)).Synapse(Lowpass(0.1))
			n.Connect(u, a).Transform(Scalar(0.1)).Synapse(Lowpass(0.1))
			return model{5, map[string]*Ensemble{"A": a}, map[string]*Connection{"A_to_A": aa},
				map[string]*Probe{"input": n.Probe(u), "decoded_A": n.Probe(a).Synapse(Lowpass(0.01))}}
		},
		"model_oscillator": func(r *recorded, n *Network) model {
			a := n.Ensemble("A", 200, 2)
			u := n.Node("input", Piecewise(map[float64][]float64{0: {1, 0}, 0.1: {0, 0}}))
			n.Connect(u, a)
			aa := n.Connect(a, a).Transform(Matrix([]float64{1, 1}, []float64{-1, 1})).Synapse(Lowpass(0.1))
			return model{5, map[string]*Ensemble{"A": a}, map[string]*Connection{"A_to_A": aa},
				map[string]*Probe{"input": n.Probe(u), "decoded_A": n.Probe(a).Synapse(Lowpass(0.1))}}
		},
		"model_multiplication": func(r *recorded, n *Network) model {
			a, b := n.Ensemble("A", 100, 1).Radius(10), n.Ensemble("B", 100, 1).Radius(10)
			both := n.Ensemble("combined", 220, 2).Radius(15).Encoders(ChoiceOfRows([]float64{1, 1}, []float64{-1, 1}, []float64{1, -1}, []float64{-1, -1}))
			product := n.Ensemble("product", 100, 1).Radius(20)
			ua := n.Node("input A", Piecewise(map[float64][]float64{0: {0}, 0.75: {10}, 1.25: {-10}}))
			ub := n.Node("input B", Piecewise(map[float64][]float64{0: {10}, 0.5: {2}, 1: {0}, 1.5: {2}}))
			n.Connect(ua, a)
			n.Connect(ub, b)
			ca := n.Connect(a, both.At(0))
			cb := n.Connect(b, both.At(1))
			cp := n.Connect(both, product).Function(func(x []float64) []float64 { return []float64{x[0] * x[1]} })
			probes := map[string]*Probe{"input_A": n.Probe(ua), "input_B": n.Probe(ub)}
			ensembles := map[string]*Ensemble{"A": a, "B": b, "combined": both, "product": product}
			for _, name := range []string{"A", "B", "combined", "product"} {
				probes["decoded_"+name] = n.Probe(ensembles[name]).Synapse(Lowpass(0.01))
			}
			return model{2, ensembles, map[string]*Connection{"A_to_combined": ca, "B_to_combined": cb, "combined_to_product": cp}, probes}
		},
		"model_product_network": func(r *recorded, n *Network) model {
			u := n.Node("input", Piecewise(map[float64][]float64{0: {0.5, -0.75, 0.25, 1}, 0.3: {-0.5, 0.5, 0.75, 0.25}, 0.6: {1, -1, -1, 1}}))
			p := n.Product("product", 40, 2)
			m := model{seconds: 1, ensembles: map[string]*Ensemble{}}
			for k, array := range p.networks {
				for i, e := range array.ensembles {
					m.ensembles[fmt.Sprintf("sq%d_%d", k+1, i)] = e
				}
			}
			n.Connect(u.Slice(0, 2), p.A)
			n.Connect(u.Slice(2, 4), p.B)
			m.probes = map[string]*Probe{"input": n.Probe(u), "product": n.Probe(p.Output).Synapse(Lowpass(0.01))}
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				n := New(strings.TrimPrefix(name, "model_"), Seed(0))
				m := make(r, n)
				for name, e := range m.ensembles {
					m.probes[name+"_spikes"] = n.Probe(e.Neurons())
				}
				s := mustBuild(t, n, On(b))
				if err := s.Run(m.seconds); err != nil {
					t.Fatal(err)
				}
				for name, e := range m.ensembles {
					r.built(name+"_", s, e)
				}
				for name, c := range m.lines {
					r.check("decoders_"+name, s.Connection(c).Weights.Data)
					r.check("rmses_"+name, s.Connection(c).RMSE)
				}
				compareProbes(r, s, m.probes)
				r.all()
			})
		})
	}
}
