package nef

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// stepwise is a node that keeps each value from its moment on.
func stepwise(n *Network, values map[float64][]float64) *Node { return n.Node("", Piecewise(values)) }

// output is a probe with a name, filtered by 10 ms.
type output struct {
	name string
	of   Object
}

// recordedNetworks are those of testdata/record_networks.py.
var recordedNetworks = map[string]struct {
	seed    uint32
	seconds float64
	make    func(n *Network) []output
}{
	"net_ensemble_array": {2, 0.2, func(n *Network) []output {
		a := n.EnsembleArrayOf("array", 20, 3, 2)
		a.NeuronOutput()
		product := a.AddVectorOutput("product", func(x []float64) []float64 { return []float64{x[0] * x[1]} })
		mixed := a.AddVectorOutput("mixed", nil,
			func(x []float64) []float64 { return x[:1] },
			func(x []float64) []float64 { return []float64{x[1], x[0], 1} })
		stop := a.NeuronInput()
		u := stepwise(n, map[float64][]float64{0: {0.5, -0.5, 0.25, 1, -1, 0.1}, 0.1: {-0.3, 0.2, 0.7, -0.7, 0.4, 0.9}})
		off := stepwise(n, map[float64][]float64{0: {0}, 0.15: {-1}})
		n.Connect(u, a.Input)
		n.Connect(off, stop).Transform(Fill(60, 1, 1))
		return []output{{"output", a.Output}, {"product", product}, {"mixed", mixed}, {"neurons", a.NeuronOutput()}}
	}},
	"net_product": {3, 0.2, func(n *Network) []output {
		p := n.Product("product", 41, 2).InputMagnitude(2)
		n.Connect(n.Node("a", Constant(1.5, -0.5)), p.A)
		n.Connect(n.Node("b", Constant(0.5, 2)), p.B)
		return []output{{"output", p.Output}}
	}},
	"net_circular_convolution": {4, 0.3, func(n *Network) []output {
		c := n.CircularConvolution("bind", 20, 5)
		inverse := n.CircularConvolution("unbind", 16, 4).Invert(true, false).InputMagnitude(1.5)
		a := n.Node("a", Constant(0.5, -0.5, 0.25, 0.6, 0.1))
		b := n.Node("b", Constant(0.1, 0.7, -0.4, 0.3, 0.5))
		n.Connect(a, c.A)
		n.Connect(b, c.B)
		n.Connect(c.Output.Slice(0, 4), inverse.B)
		n.Connect(a.Slice(0, 4), inverse.A)
		return []output{{"bound", c.Output}, {"unbound", inverse.Output}}
	}},
	"net_action_selection": {5, 0.3, func(n *Network) []output {
		plain := n.BasalGanglia("plain", 30, 3)
		biased := n.BasalGanglia("biased", 25, 2).OutputWeight(-2).InputBias(0.25)
		thalamus := n.Thalamus("thalamus", 20, 3)
		sharp := n.Thalamus("sharp", 15, 2).MutualInhibition(2).Threshold(0.1)
		u := stepwise(n, map[float64][]float64{0: {0.8, 0.4, 0.4}, 0.15: {0.3, 0.9, 0.5}})
		n.Connect(u, plain.Input)
		n.Connect(u.At(1, 2), biased.Input)
		n.Connect(plain.Output, thalamus.Input)
		n.Connect(biased.Output, sharp.Input)
		return []output{{"plain", plain.Output}, {"biased", biased.Output}, {"thalamus", thalamus.Output}, {"sharp", sharp.Output}}
	}},
	"net_associative_memory": {6, 0.3, func(n *Network) []output {
		known := [][]float64{{1, 0, 0, 0}, {0.6, 0.8, 0, 0}, {0, 0, -0.6, 0.8}}
		var reversed, negative, short [][]float64
		for i, v := range known {
			r := slices.Clone(v)
			slices.Reverse(r)
			reversed = append(reversed, r)
			negative = append(negative, negated(v))
			short = append(short, known[len(known)-1-i][:2])
		}
		plain := n.AssociativeMemory("plain", 20, known, short)
		full := n.AssociativeMemory("full", 25, known, nil).Thresholds(0.2, 0.3, 0.4).InputScales(1, 0.9, 1.1).Inhibitable()
		other := full.AddOutput("other", reversed)
		second := full.AddInput("second", negative, 0.5)
		full.DefaultOutput(full.Output, []float64{0.5, 0.5, 0.5, 0.5}, 15, 0.4)
		full.WinnerTakeAll(2, Lowpass(0.007))
		full.ThresholdOutputs(18, 8)
		full.DefaultOutput(other, []float64{1, 0, 0, 1}, 12, 0.5)
		u := stepwise(n, map[float64][]float64{0: {0.9, 0.3, 0, 0.1}, 0.1: {0.1, 0.1, -0.5, 0.8}, 0.2: {0, 0, 0, 0}})
		stop := stepwise(n, map[float64][]float64{0: {0}, 0.25: {1}})
		n.Connect(u, plain.Input)
		n.Connect(u, full.Input)
		n.Connect(u, second).Transform(Scalar(-0.5))
		n.Connect(stop, full.Inhibit)
		return []output{{"plain", plain.Output}, {"output", full.Output}, {"other", other}}
	}},
	"net_input_gated_memory": {7, 0.3, func(n *Network) []output {
		plain := n.InputGatedMemory("plain", 30, 2)
		quick := n.InputGatedMemory("quick", 25, 1).Feedback(0.9).DifferenceGain(5).
			DifferenceSynapse(Lowpass(0.05)).RecurrentSynapse(Lowpass(0.2))
		u := stepwise(n, map[float64][]float64{0: {0.7, -0.4}, 0.15: {-0.5, 0.5}})
		gate := stepwise(n, map[float64][]float64{0: {0}, 0.15: {1}})
		reset := stepwise(n, map[float64][]float64{0: {0}, 0.25: {1}})
		n.Connect(u, plain.Input)
		n.Connect(u.At(0), quick.Input)
		n.Connect(gate, plain.Gate)
		n.Connect(gate, quick.Gate)
		n.Connect(reset, plain.Reset)
		return []output{{"plain", plain.Output}, {"quick", quick.Output}}
	}},
	"net_dynamics": {8, 0.4, func(n *Network) []output {
		i := n.Integrator("integrator", 60, 2, 0.1)
		o := n.Oscillator("oscillator", 80, 0.1, 20)
		u := stepwise(n, map[float64][]float64{0: {1, -2}, 0.2: {0, 0}})
		n.Connect(u, i.Input)
		n.Connect(u, o.Input)
		return []output{{"integrator", i.Ensemble}, {"oscillator", o.Ensemble}}
	}},
}

func depthFirst(n *Network, visit func(n *Network)) {
	visit(n)
	for _, c := range n.networks {
		depthFirst(c, visit)
	}
}

// The networks that Nengo ships fire its spikes.
func TestRecordedNetworks(t *testing.T) {
	for name, c := range recordedNetworks {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) {
				r := open(t, name)
				n := New(name, Seed(c.seed))
				outputs := c.make(n)
				probes := map[string]*Probe{}
				for _, o := range outputs {
					probes[o.name] = n.Probe(o.of).Synapse(Lowpass(0.01))
				}
				var spikes []*Probe
				var ensembles []*Ensemble
				depthFirst(n, func(s *Network) { ensembles = append(ensembles, s.ensembles...) })
				for _, e := range ensembles {
					spikes = append(spikes, n.Probe(e.Neurons()))
				}
				s := mustBuild(t, n, On(b))
				checkNetworkSeeds(r, s, n)
				var gain, bias, weights []float64
				for _, e := range ensembles {
					gain = append(gain, s.Ensemble(e).Gain...)
					bias = append(bias, s.Ensemble(e).Bias...)
				}
				depthFirst(n, func(sub *Network) {
					for _, c := range sub.connections {
						if c.pre.ens != nil && !c.pre.neurons {
							weights = append(weights, s.Connection(c).Weights.Data...)
						}
					}
				})
				r.check("gain", gain)
				r.check("bias", bias)
				r.check("weights", weights)
				if err := s.Run(c.seconds); err != nil {
					t.Fatal(err)
				}
				for name, p := range probes {
					r.check("out_"+name, s.Data(p).Data)
				}
				var fired []float64
				for step := range s.Data(spikes[0]).Len() {
					for _, p := range spikes {
						d := s.Data(p)
						for _, x := range d.Data[step*d.Rows : step*d.Rows+d.Rows] {
							fired = append(fired, min(x, 1))
						}
					}
				}
				r.check("spikes", fired)
				r.all()
			})
		})
	}
}

// checkNetworkSeeds compares the seeds of all objects; those of a simulator are
// not recorded here.
func checkNetworkSeeds(r *recorded, s *Sim, n *Network) {
	r.t.Helper()
	k := 0
	depthFirst(n, func(n *Network) {
		for kind, objects := range map[string][]any{
			"seed": {n}, "connections": anys(n.connections), "ensembles": anys(n.ensembles),
			"networks": anys(n.networks), "nodes": anys(n.nodes), "probes": anys(n.probes),
		} {
			got := []float64{}
			for _, o := range objects {
				x, _ := s.SeedOf(o)
				got = append(got, float64(x))
			}
			r.check(fmt.Sprintf("net%d_%s", k, kind), got)
		}
		k++
	})
}
