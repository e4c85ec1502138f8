package nef

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

func TestPES(t *testing.T) {
	pes := func(rate float64, s Synapse) PES { return PES{rate, s} }
	standard := pes(0.01, Lowpass(0.005))
	type parts struct {
		pre, post *Ensemble
		c         *Connection
		from      Object // what the error is taken from
		d         int
		rules     []PES
	}
	stage := func(n *Network, pre *Ensemble, from Object, size int) parts {
		out := n.Node("out", PassThrough(size))
		return parts{pre: pre, c: n.Connect(from, out), from: out, d: size}
	}
	post := func(n *Network) *Ensemble { return n.Ensemble("post", 12, 2).Radius(1.5).Seed(42) }
	node := func(s Synapse) func(*Network, *Ensemble) parts {
		return func(n *Network, pre *Ensemble) parts {
			p := stage(n, pre, pre, 2)
			p.rules = []PES{pes(0.01, s)}
			return p
		}
	}
	matrix := make([][]float64, 2)
	for i := range matrix {
		for j := range 20 {
			matrix[i] = append(matrix[i], float64(i-j)/65536)
		}
	}
	for name, c := range map[string]struct {
		d    int
		make func(n *Network, pre *Ensemble) parts
	}{
		"micro_pes":           {2, node(Lowpass(0.005))},
		"micro_pes_pre_none":  {2, node(NoSynapse)},
		"micro_pes_pre_alpha": {2, node(Alpha(0.01))},
		"micro_pes_transform": {1, func(n *Network, pre *Ensemble) parts {
			p := stage(n, pre, pre, 2)
			p.c.Function(func(x []float64) []float64 { return []float64{x[0] * x[0]} }).Transform(Matrix([]float64{0.5}, []float64{-0.5}))
			return p
		}},
		"micro_pes_weights": {2, func(n *Network, pre *Ensemble) parts {
			e := post(n)
			return parts{pre: pre, post: e, c: n.Connect(pre, e).Solver(LstsqL2{Reg: 0.1, Weights: true}), from: e, d: 2}
		}},
		"micro_pes_to_ensemble": {1, func(n *Network, pre *Ensemble) parts {
			e := post(n)
			return parts{pre: pre, post: e, c: n.Connect(pre, e.At(1)), from: e.At(1), d: 1}
		}},
		"micro_pes_neurons_to_ensemble": {2, func(n *Network, pre *Ensemble) parts {
			e := post(n)
			return parts{pre: pre, post: e, c: n.Connect(pre.Neurons(), e).Transform(Matrix(matrix...)), from: e, d: 2}
		}},
		"micro_pes_neurons_slice": {2, func(n *Network, pre *Ensemble) parts {
			p := stage(n, pre, pre.Neurons().Slice(2, 12), 2)
			p.c.Transform(Fill(2, 10, 0))
			return p
		}},
		"micro_pes_two_rules": {2, func(n *Network, pre *Ensemble) parts {
			p := stage(n, pre, pre, 2)
			p.rules = []PES{standard, pes(0.005, NoSynapse)}
			return p
		}},
	} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				n := New(name, Seed(2))
				u := n.Node("stimulus", play(r.rows("stimulus"), dt))
				pre := n.Ensemble("pre", 20, c.d).Seed(41)
				n.Connect(u, pre).Synapse(NoSynapse)
				p := c.make(n, pre)
				p.c.Seed(43)
				if p.rules == nil {
					p.rules = []PES{standard}
				}
				errNode := n.Node("error", PassThrough(p.d))
				from := n.Connect(p.from, errNode)
				if p.post == nil {
					from.Synapse(NoSynapse)
				}
				wanted := n.Node("wanted", Constant([]float64{0.25, -0.5, 0.125}[:p.d]...))
				n.Connect(wanted, errNode).Transform(Scalar(-1)).Synapse(NoSynapse)
				probes := map[string]*Probe{"pre_spikes": n.Probe(pre.Neurons()), "error_node": n.Probe(errNode), "output": n.Probe(p.c), "weights": n.Probe(p.c).Signal("weights")}
				for i, rule := range p.rules {
					handle := p.c.Learn(rule)
					into := n.Connect(errNode, handle)
					suffix := ""
					if len(p.rules) > 1 {
						suffix = fmt.Sprint("_", i)
					}
					if i == 1 {
						into.Synapse(Lowpass(0.02))
					}
					for _, signal := range []string{"error", "activities", "delta"} {
						probes[signal+suffix] = n.Probe(handle).Signal(signal)
					}
				}
				if p.post != nil {
					probes["post_spikes"] = n.Probe(p.post.Neurons())
					probes["post_input"] = n.Probe(p.post.Neurons()).Signal("input")
				}
				s := mustBuild(t, n, On(b))
				if err := s.Run(0.15); err != nil {
					t.Fatal(err)
				}
				r.built("pre_", s, pre)
				if p.post != nil {
					r.built("post_", s, p.post)
				}
				compareProbes(r, s, probes)
				r.all()
			})
		})
	}
}

// compareProbes compares what probes recorded; the stimulus is that of the
// recording.
func compareProbes(r *recorded, s *Sim, probes map[string]*Probe) {
	r.t.Helper()
	for name, p := range probes {
		x := s.Data(p).Data
		if r.index[name].Tolerance == "spikes" {
			x = spikes(x)
		}
		r.check(name, x)
	}
}

func TestVoja(t *testing.T) {
	for name, c := range map[string]struct {
		radius float64
		post   Synapse
	}{"micro_voja_raw": {1, NoSynapse}, "micro_voja_filtered": {1, Lowpass(0.005)}, "micro_voja_radius_2": {2, Lowpass(0.005)}} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				n := New(name, Seed(2))
				u := n.Node("stimulus", play(r.rows("stimulus"), dt))
				e := n.Ensemble("ensemble", 20, 3).Intercepts(Uniform(-1, 0.2)).Radius(c.radius).Seed(51)
				in := n.Connect(u, e).Synapse(NoSynapse)
				voja := in.Learn(Voja{0.1, c.post})
				n.Connect(n.Node("constant", Constant(0.125, 0, -0.25)), e).Synapse(NoSynapse)
				learning := n.Node("learning", play(r.rows("learning"), dt))
				n.Connect(learning, voja).Synapse(NoSynapse)
				probes := map[string]*Probe{
					"input": n.Probe(e).Signal("input"), "spikes": n.Probe(e.Neurons()), "post_filtered": n.Probe(voja).Signal("post_filtered"),
					"delta": n.Probe(voja).Signal("delta"), "scaled_encoders_each_step": n.Probe(e).Signal("scaled_encoders"), "J": n.Probe(e.Neurons()).Signal("input"),
				}
				s := mustBuild(t, n, On(b))
				if err := s.Run(0.15); err != nil {
					t.Fatal(err)
				}
				r.built("ensemble_", s, e)
				compareProbes(r, s, probes)
				r.all()
			})
		})
	}
}

func TestBCMAndOja(t *testing.T) {
	matrix := make([][]float64, 10)
	for i := range matrix {
		for j := range 12 {
			matrix[i] = append(matrix[i], float64((7*i+5*j)%11-5)/8192)
		}
	}
	for name, c := range map[string]struct {
		rule    LearningRule
		neurons bool
	}{
		"micro_bcm":         {BCM{1e-8, Lowpass(0.005), Lowpass(0.005), Lowpass(0.1)}, false},
		"micro_bcm_neurons": {BCM{1e-8, Lowpass(0.01), NoSynapse, Lowpass(1)}, true},
		"micro_oja":         {Oja{1e-5, 1, Lowpass(0.005), Lowpass(0.005)}, false},
		"micro_oja_neurons": {Oja{1e-5, 0.5, NoSynapse, Lowpass(0.01)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				n := New(name, Seed(2))
				u := n.Node("stimulus", play(r.rows("stimulus"), dt))
				pre, post := n.Ensemble("pre", 12, 1).Seed(61), n.Ensemble("post", 10, 1).Seed(62)
				n.Connect(u, pre).Synapse(NoSynapse)
				var line *Connection
				if c.neurons {
					line = n.Connect(pre.Neurons(), post.Neurons()).Transform(Matrix(matrix...))
				} else {
					line = n.Connect(pre, post).Solver(LstsqL2{Reg: 0.1, Weights: true})
				}
				rule := line.Seed(63).Learn(c.rule)
				probes := map[string]*Probe{
					"pre_spikes": n.Probe(pre.Neurons()), "post_spikes": n.Probe(post.Neurons()), "post_J": n.Probe(post.Neurons()).Signal("input"),
					"weights": n.Probe(line).Signal("weights"),
				}
				for array := range r.index {
					if slices.Contains([]string{"theta", "pre_filtered", "post_filtered", "delta"}, array) {
						probes[array] = n.Probe(rule).Signal(array)
					}
				}
				s := mustBuild(t, n, On(b))
				if err := s.Run(0.15); err != nil {
					t.Fatal(err)
				}
				r.built("pre_", s, pre)
				r.built("post_", s, post)
				compareProbes(r, s, probes)
				r.all()
			})
		})
	}
}

func TestRLS(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		r := open(t, "micro_rls")
		n := New("rls", Seed(2))
		u := n.Node("stimulus", play(r.rows("stimulus"), dt))
		pre := n.Ensemble("pre", 12, 1).Seed(71)
		n.Connect(u, pre).Synapse(NoSynapse)
		out := n.Node("out", PassThrough(2))
		c := n.Connect(pre, out).Function(func([]float64) []float64 { return []float64{0, 0} }).Seed(72)
		rule := c.Learn(DefaultRLS())
		errNode := n.Node("error", PassThrough(2))
		n.Connect(out, errNode).Synapse(NoSynapse)
		n.Connect(u, errNode).Transform(Matrix([]float64{-1}, []float64{0.5})).Synapse(NoSynapse)
		n.Connect(errNode, rule).Synapse(NoSynapse)
		probes := map[string]*Probe{"pre_spikes": n.Probe(pre.Neurons()), "weights": n.Probe(c).Signal("weights"), "output": n.Probe(c)}
		for _, name := range []string{"error", "pre_filtered", "inv_gamma", "delta"} {
			probes[name] = n.Probe(rule).Signal(name)
		}
		s := mustBuild(t, n, On(b))
		if err := s.Run(0.15); err != nil {
			t.Fatal(err)
		}
		r.built("pre_", s, pre)
		compareProbes(r, s, probes)
		r.all()
	})
}

func TestDirectAndNoise(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		r := open(t, "micro_direct_and_noise")
		n := New("direct", Seed(4))
		u := n.Node("u", play(r.rows("u"), dt))
		x := n.Ensemble("x", 1, 2).Type(Direct{})
		n.Connect(u, x).Synapse(NoSynapse)
		y := n.Node("y", PassThrough(2))
		n.Connect(x, y).Function(func(x []float64) []float64 { return []float64{x[0] * x[1], x[0] - x[1]} })
		noisy := n.Ensemble("noisy", 30, 2).Noise(WhiteNoise(Gaussian(0, 0.5)).Seed(92)).Seed(91)
		n.Connect(u, noisy).Synapse(NoSynapse)
		probes := map[string]*Probe{
			"u": n.Probe(u), "x": n.Probe(x), "y": n.Probe(y), "noisy_J": n.Probe(noisy.Neurons()).Signal("input"), "noisy_spikes": n.Probe(noisy.Neurons()),
		}
		s := mustBuild(t, n, On(b))
		for range 2 {
			if err := s.Run(0.1); err != nil {
				t.Fatal(err)
			}
			r.built("noisy_", s, noisy)
			compareProbes(r, s, probes)
			s.Reset() // the noise begins anew too
		}
		r.all()
	})
}
