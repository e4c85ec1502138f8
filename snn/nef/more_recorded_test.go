package nef

import (
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// checkAlmost compares with an array to a part of its largest magnitude, for
// methods that stop near a solution.
func (r *recorded) checkAlmost(array string, got []float64, part float64) {
	r.t.Helper()
	want, _ := r.get(array)
	if len(got) != len(want) {
		r.t.Fatalf("%s: %s has %d values, want %d", r.name, array, len(got), len(want))
	}
	largest, worst := 0.0, 0.0
	for i, w := range want {
		largest = max(largest, math.Abs(w))
		worst = max(worst, math.Abs(w-got[i]))
	}
	if !(worst <= part*largest) {
		r.t.Errorf("%s: %s differs by up to %g, want %g", r.name, array, worst, part*largest)
	}
}

func TestMoreSolvers(t *testing.T) {
	r := open(t, "dec_more")
	given := r.rows("no_solver_values")
	fine := Conjgrad{Tol: 1e-4}
	decoders := map[string]Solver{
		"conjgrad": LstsqL2{Reg: 0.1, By: DefaultConjgrad()}, "conjgrad_fine": LstsqL2{Reg: 0.1, By: fine},
		"conjgrad_three": LstsqL2{Reg: 0.1, By: Conjgrad{1e-4, 3}}, "block_conjgrad": LstsqL2{Reg: 0.1, By: BlockConjgrad{1e-3}},
		"svd": LstsqL2{Reg: 0.02, By: SVD{}}, "l2nz_conjgrad": LstsqL2nz{Reg: 0.1, By: fine}, "noise_svd": LstsqNoise{Noise: 0.1, By: SVD{}},
		"multnoise_svd": LstsqMultNoise{Noise: 0.1, By: SVD{}}, "nnlsl2nz": DefaultNnlsL2nz(), "l1": DefaultLstsqL1(),
		"l1_strong": LstsqL1{L1: 0.01, L2: 1e-3, Tol: 1e-4, MaxIter: 1000}, "no_solver_zeros": NoSolver{}, "no_solver": NoSolver{Decoders: given},
	}
	drop, l2nz, noise, lstsq, nnlsL2, nnlsL2nz := DefaultLstsqDrop(), DefaultLstsqL2nz(), DefaultLstsqNoise(), DefaultLstsq(), DefaultNnlsL2(), DefaultNnlsL2nz()
	drop.Weights, l2nz.Weights, noise.Weights, lstsq.Weights, nnlsL2.Weights, nnlsL2nz.Weights = true, true, true, true, true, true
	weights := map[string]Solver{
		"drop": drop, "nnls": Nnls{Weights: true}, "nnlsl2": nnlsL2, "nnlsl2nz": nnlsL2nz, "lstsq": lstsq, "l2nz": l2nz,
		"noise": noise, "no_solver": NoSolver{Decoders: given, Weights: true}, "sliced_drop": drop,
	}
	solve := func(describe func(n *Network, pre *Ensemble) *Connection) []float64 {
		n := New("solver", Seed(1))
		c := describe(n, n.Ensemble("pre", 30, 2).Seed(21)).Seed(31)
		return mustBuild(t, n).Connection(c).Weights.Data
	}
	for name, s := range decoders {
		got := solve(func(n *Network, pre *Ensemble) *Connection {
			return n.Connect(pre, n.Node("out", PassThrough(2))).Solver(s)
		})
		switch name {
		case "l1", "l1_strong": // another way to the same minimum, stopped where the gap is 1e-4 of |Y|²
			r.checkAlmost(name, got, 0.02)
		case "conjgrad", "conjgrad_fine", "conjgrad_three", "block_conjgrad", "l2nz_conjgrad":
			// Directions that are no longer conjugate, because of rounding, magnify it.
			r.checkAlmost(name, got, 1e-5)
		default:
			r.check(name, got)
		}
	}
	for name, s := range weights {
		r.check("weights_"+name, solve(func(n *Network, pre *Ensemble) *Connection {
			post := n.Ensemble("post", 25, 2).Radius(1.5).Seed(22)
			if name == "sliced_drop" {
				return n.Connect(pre, post.At(1)).Solver(s).Transform(Matrix([]float64{0.5, -1}))
			}
			return n.Connect(pre, post).Solver(s).Transform(Matrix([]float64{1, 0}, []float64{0, 1}))
		}))
	}
	r.check("function_points", solve(func(n *Network, pre *Ensemble) *Connection {
		return n.Connect(pre, n.Node("out", PassThrough(1))).Targets(r.rows("points"), r.rows("point_values"))
	}))
	n := New("points", Seed(1))
	pre := n.Ensemble("pre", 30, 1).Seed(21).EvalPoints(Rows{{-1}, {0}, {1}})
	c := n.Connect(pre, n.Node("out", PassThrough(1))).Seed(31).EvalPoints(Uniform(-1, 1))
	b := mustBuild(t, n).Connection(c)
	r.check("connection_points", b.EvalPoints.Data)
	r.check("connection_points_weights", b.Weights.Data)
	r.all()
}

func TestTransforms(t *testing.T) {
	r := open(t, "transforms")
	conv := func(filters, channels int, input []int, change func(c *Convolution)) LinearMap {
		c := DefaultConvolution(filters, channels, input...)
		if change != nil {
			change(&c)
		}
		return c
	}
	back := func(filters, channels int, input []int, change func(c *Convolution)) LinearMap {
		c := DefaultConvolutionTranspose(filters, channels, input...)
		if change != nil {
			change(&c)
		}
		return c
	}
	indices := [][2]int{{0, 1}, {2, 3}, {2, 0}, {1, 2}, {2, 3}}
	for name, m := range map[string]LinearMap{
		"valid": conv(2, 3, []int{5, 6}, nil),
		"same_strided": conv(3, 2, []int{5, 6}, func(c *Convolution) {
			c.Same, c.Strides, c.Kernel = true, []int{2, 3}, []int{4, 3}
		}),
		"valid_strided":  conv(2, 1, []int{7, 6}, func(c *Convolution) { c.Strides, c.Kernel = []int{2, 2}, []int{2, 3} }),
		"line":           conv(2, 2, []int{9}, func(c *Convolution) { c.Strides = []int{2} }),
		"line_same":      conv(1, 1, []int{8}, func(c *Convolution) { c.Same, c.Strides, c.Kernel = true, []int{3}, []int{4} }),
		"channels_first": conv(2, 3, []int{5, 4}, func(c *Convolution) { c.Same, c.ChannelsFirst = true, true }),
		"groups":         conv(4, 6, []int{4, 4}, func(c *Convolution) { c.Groups, c.Init = 2, Gaussian(0, 1) }),
		"t_valid":        back(2, 3, []int{3, 4}, nil),
		"t_strided":      back(3, 2, []int{3, 2}, func(c *Convolution) { c.Strides, c.Kernel = []int{2, 3}, []int{4, 3} }),
		"t_same": back(2, 1, []int{3, 4}, func(c *Convolution) {
			c.Same, c.Strides, c.Kernel = true, []int{2, 1}, []int{4, 2}
		}),
		"t_output":         back(2, 1, []int{3, 3}, func(c *Convolution) { c.Strides, c.Output = []int{2, 2}, []int{8, 7} }),
		"t_line":           back(1, 2, []int{4}, func(c *Convolution) { c.Same, c.Strides = true, []int{2} }),
		"t_channels_first": back(2, 3, []int{2, 3}, func(c *Convolution) { c.ChannelsFirst = true }),
		"sparse":           Sparse(3, 4, indices, Values{0.5, -1, 2, 0.25, 4}),
		"sparse_drawn":     Sparse(3, 4, indices, Uniform(-1, 1)),
		"dense_drawn":      Random(Uniform(-1, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			sub := *r
			sub.t = t
			x, _ := r.get(name + "_in")
			want, _ := r.get(name + "_out")
			n := New("transform", Seed(5))
			v := n.Node("v", PassThrough(len(want)))
			c := n.Connect(n.Node("u", Constant(x...)), v).Transform(m).Synapse(NoSynapse).Seed(7)
			p := n.Probe(v)
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				s := mustBuild(t, n, On(b))
				if err := s.RunSteps(1); err != nil {
					t.Fatal(err)
				}
				sub.check(name+"_out", s.Data(p).Data)
				switch {
				case name == "dense_drawn":
					sub.check(name+"_weights", s.Connection(c).Weights.Data)
				case len(name) > 5 && name[:6] == "sparse":
					// Where an index is there twice, Nengo shows the last value and adds both.
					full := make([]float64, 12)
					for k, at := range indices {
						full[at[0]*4+at[1]] = s.Connection(c).Kernel[k]
					}
					sub.check(name+"_weights", full)
				default:
					sub.check(name+"_weights", s.Connection(c).Kernel)
				}
			})
		})
	}
	r.all()
}

func TestMoreFilters(t *testing.T) {
	r := open(t, "filters")
	u := r.rows("u")
	den, _ := r.get("fifth_den")
	try := func(array string, y [][]float64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r.check(array, flat(y))
	}
	transfer := func(array string, s Synapse, frequencies ...float64) {
		y, err := s.Evaluate(frequencies)
		if err != nil {
			t.Fatal(err)
		}
		var parts []float64
		for _, v := range y {
			parts = append(parts, real(v), imag(v))
		}
		r.check(array, parts)
	}
	for name, f := range map[string]Synapse{
		"fifth": LinearFilter([]float64{1}, den), "delay": LinearFilter([]float64{0.0001, -0.02, 1}, []float64{0.0001, 0.02, 1}),
		"lead": LinearFilter([]float64{0.01, 1}, []float64{0.0009, 0.06, 1}),
	} {
		for method, m := range map[string]Method{"zoh": ZeroOrderHold, "euler": Euler, "backward_diff": Backward, "bilinear": Bilinear} {
			y, err := f.By(m).Filter(u, dt)
			try(name+"_"+method, y, err)
			y, err = f.By(m).FilterFrom(u, dt, 0.5)
			try(name+"_"+method+"_from", y, err)
		}
		y, err := f.By(Bilinear).FiltFilt(u, dt)
		try(name+"_both", y, err)
		transfer(name+"_evaluate", f, 0, 1, 10, 100)
	}
	both, err := Lowpass(0.01).Combine(Alpha(0.005))
	if err != nil {
		t.Fatal(err)
	}
	y, err := both.Filter(u, dt)
	try("combined", y, err)
	discrete := DiscreteFilter([]float64{0.2, 0.1, 0.05}, []float64{1, -0.9, 0.2, 0.01})
	y, err = discrete.Filter(u, dt)
	try("discrete", y, err)
	y, err = discrete.FilterFrom(u, dt, 0.5)
	try("discrete_from", y, err)
	transfer("discrete_evaluate", discrete, 0, 0.1, 0.5)
	y, err = Triangle(0.01).FilterFrom(u, dt, 0.5)
	try("triangle_from", y, err)
	r.all()
}

func TestIzhikevichEnsembles(t *testing.T) {
	eachBackend(t, func(t *testing.T, on snn.Backend) {
		r := open(t, "izhikevich")
		n := New("izhikevich", Seed(2))
		u := n.Node("u", Piecewise(map[float64][]float64{0: {0.5, -0.25}, 0.05: {-0.5, 0.75}}))
		a := n.Ensemble("a", 20, 2).Type(DefaultIzhikevich()).MaxRates(Uniform(20, 60))
		quick := DefaultIzhikevich()
		quick.ResetRecovery = 6
		gain, _ := r.get("b_gain")
		bias, _ := r.get("b_bias")
		b := n.Ensemble("b", 15, 1).Type(quick).GainBias(Values(gain), Values(bias))
		n.Connect(u, a).Synapse(NoSynapse)
		ab := n.Connect(a, b).Function(func(x []float64) []float64 { return []float64{float64(x[0] * x[1])} })
		probes := map[string]*Probe{
			"decoded": n.Probe(b).Synapse(Lowpass(0.02)), "spikes_a": n.Probe(a.Neurons()), "spikes_b": n.Probe(b.Neurons()),
			"input_b": n.Probe(b.Neurons()).Signal("input"),
		}
		s := mustBuild(t, n, On(on))
		if err := s.Run(0.1); err != nil {
			t.Fatal(err)
		}
		compareProbes(r, s, probes)
		r.built("a_", s, a)
		r.built("b_", s, b)
		r.check("weights", s.Connection(ab).Weights.Data)
		r.all()
	})
}

func TestAdaptiveSpiking(t *testing.T) {
	eachBackend(t, func(t *testing.T, on snn.Backend) {
		r := open(t, "adaptive_spiking")
		n := New("adaptive", Seed(6))
		u := n.Node("u", WhiteSignal(0.1, 20).Seed(1))
		base := AdaptiveLIFRate{DefaultLIFRate(), 0.05, 0.02}
		probes := map[string]*Probe{}
		for _, c := range []struct {
			name string
			typ  NeuronType
		}{{"regular", RegularSpiking{base, 1}}, {"stochastic", StochasticSpiking{base, 1}}, {"poisson", PoissonSpiking{base, 1}}} {
			e := n.Ensemble(c.name, 12, 1).Type(c.typ)
			n.Connect(u, e)
			probes[c.name+"_output"] = n.Probe(e.Neurons())
			probes[c.name+"_rate_out"] = n.Probe(e.Neurons()).Signal("rate_out")
			probes[c.name+"_adaptation"] = n.Probe(e.Neurons()).Signal("adaptation")
			probes[c.name+"_decoded"] = n.Probe(e).Synapse(Lowpass(0.01))
		}
		s := mustBuild(t, n, On(on))
		if err := s.Run(0.1); err != nil {
			t.Fatal(err)
		}
		compareProbes(r, s, probes)
		r.all()
	})
}
