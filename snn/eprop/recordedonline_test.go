package eprop

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// recordedOnline is a run with NEST's models that learn at every spike.
type recordedOnline struct {
	Name, Model            string
	Neuron, Readout        map[string]any
	Optimizer              map[string]any
	Steps, Inputs, Neurons int
	Readouts, Open         int
	Prob                   float64
	Arrays                 map[string][2]int
	values                 []float64
}

func (c *recordedOnline) array(name string) []float64 {
	at := c.Arrays[name]
	return c.values[at[0]:][:at[1]]
}

func (c *recordedOnline) network(t *testing.T) (sim *OnlineSim, spikes []bool, target []float64, window []bool) {
	t.Helper()
	r := rng.NewRandomState(1)
	d := Online{Name: c.Name, Resolution: 1, Inputs: c.Inputs, Neurons: c.Neurons, Readouts: c.Readouts}
	d.Input = NormalMatrix(r, c.Neurons, c.Inputs, math.Sqrt(float64(c.Inputs)))
	d.Recurrent = NormalMatrix(r, c.Neurons, c.Neurons, math.Sqrt(float64(4*c.Neurons)))
	d.Output = NormalMatrix(r, c.Readouts, c.Neurons, math.Sqrt(float64(16*c.Neurons)))
	d.Feedback = FeedbackMatrix(r, c.Neurons, c.Readouts, 1)
	number := func(m map[string]any, name string) float64 {
		x, ok := m[name].(float64)
		if !ok {
			t.Fatalf("%s was not recorded", name)
		}
		return x
	}
	m := DefaultOnlineNeuron(OnlineModel(slices.Index(onlineNames, c.Model)))
	m.CM, m.EL, m.VM, m.IE = number(c.Neuron, "C_m"), number(c.Neuron, "E_L"), number(c.Neuron, "V_m"), number(c.Neuron, "I_e")
	m.TauM, m.TRef, m.VTh = number(c.Neuron, "tau_m"), number(c.Neuron, "t_ref"), number(c.Neuron, "V_th")
	m.CReg, m.FTarget = number(c.Neuron, "c_reg"), number(c.Neuron, "f_target")
	m.Kappa, m.KappaReg, m.TraceCutoff = number(c.Neuron, "kappa"), number(c.Neuron, "kappa_reg"), number(c.Neuron, "eprop_isi_trace_cutoff")
	shape := Shape(slices.Index(shapeNames, c.Neuron["surrogate_gradient_function"].(string)))
	m.Surrogate = Surrogate{shape, number(c.Neuron, "surrogate_gradient_height"), number(c.Neuron, "surrogate_gradient_width")}
	if low, given := c.Neuron["V_min"].(float64); given {
		m.VMin = low
	}
	if m.Model.adapts() {
		m.AdaptBeta, m.AdaptTau = number(c.Neuron, "adapt_beta"), number(c.Neuron, "adapt_tau")
	}
	if m.Model.delta() {
		m.VReset = number(c.Neuron, "V_reset")
	}
	d.Neuron = m
	d.Readout = DefaultReadout()
	d.Readout.CM, d.Readout.EL, d.Readout.VM = number(c.Readout, "C_m"), number(c.Readout, "E_L"), number(c.Readout, "V_m")
	d.Readout.IE = number(c.Readout, "I_e")
	d.Readout.TauM, d.ReadoutCutoff = number(c.Readout, "tau_m"), number(c.Readout, "eprop_isi_trace_cutoff")
	d.Optimizer = DefaultOptimizer()
	d.Optimizer.Method = Method(slices.Index(methodNames, c.Optimizer["type"].(string)))
	d.Optimizer.Eta, d.Optimizer.WMin, d.Optimizer.WMax = number(c.Optimizer, "eta"), number(c.Optimizer, "Wmin"), number(c.Optimizer, "Wmax")
	if d.Optimizer.Method == Adam {
		d.Optimizer.Beta1, d.Optimizer.Beta2, d.Optimizer.Epsilon = number(c.Optimizer, "beta_1"), number(c.Optimizer, "beta_2"), number(c.Optimizer, "epsilon")
	}
	for range c.Steps * c.Inputs {
		spikes = append(spikes, r.RandomSample() < c.Prob)
	}
	for range c.Steps * c.Readouts {
		target = append(target, r.RandomSample())
	}
	for s := range c.Steps {
		window = append(window, s >= c.Open)
	}
	sim, err := d.Build(on...)
	if err != nil {
		t.Fatal(err)
	}
	return sim, spikes, target, window
}

// Runs recorded with NEST 3.10 of the four models, with both optimisers, with and
// without refractory time and cut-off: errors of every step, spikes, and the
// weights that all spikes were sent with.
func TestOnlineRunsAreNESTs(t *testing.T) {
	for _, c := range recordings(t).Online {
		t.Run(c.Name, func(t *testing.T) {
			sim, bits, target, window := c.network(t)
			n, out := c.Neurons, c.Readouts
			errs := worst{t: t, what: "error", tol: 1e-11}
			sums := map[[2]int][3]float64{}
			sent := func(y *onlineSynapses, i, source, first int) {
				for j, w := range y.w[i*y.targets:][:y.targets] {
					if pair := [2]int{source, first + j}; source != first+j {
						sums[pair] = [3]float64{sums[pair][0] + 1, sums[pair][1] + w, w}
					}
				}
			}
			fired := make([]float64, 2*n)
			for s := range c.Steps {
				before := slices.Clone(sim.spikes)
				row := bits[s*c.Inputs:][:c.Inputs]
				if _, err := sim.Run(row, target[s*out:][:out], window[s:s+1]); err != nil {
					t.Fatal(err)
				}
				for i, spike := range row {
					if spike {
						sent(&sim.in, i, i, c.Inputs)
					}
				}
				for _, i := range before {
					sent(&sim.rec, int(i), c.Inputs+int(i), c.Inputs)
					sent(&sim.output, int(i), c.Inputs+int(i), c.Inputs+n)
				}
				for _, j := range sim.spikes {
					fired[2*j]++
					fired[2*j+1] += float64(s + 3)
				}
				for o, e := range sim.wrong[1] {
					errs.compare(fmt.Sprintf("step %d, readout %d", s, o), e, c.array("errors")[s*out+o])
				}
			}
			if want := c.array("spikes"); !slices.Equal(fired, want) {
				t.Errorf("number of spikes and sum of stamps %v, want %v", fired, want)
			}
			weights := worst{t: t, what: "transmitted weight", tol: weightTol}
			want := c.array("transmitted")
			compare := func(i, j int) {
				got := sums[[2]int{i, j}]
				where := fmt.Sprintf("synapse %d to %d", i, j)
				if got[0] != want[0] {
					t.Fatalf("%s carried %v spikes, want %v", where, got[0], want[0])
				}
				weights.compare(where+", mean", got[1]/max(1, got[0]), want[1]/max(1, got[0]))
				weights.compare(where+", last", got[2], want[2])
				want = want[3:]
			}
			for i := range c.Inputs + n {
				for j := c.Inputs; j < c.Inputs+n+out; j++ {
					if i != j && (i >= c.Inputs || j < c.Inputs+n) {
						compare(i, j)
					}
				}
			}
			t.Logf("largest differences: errors %.1g, transmitted weights %.1g", errs.by, weights.by)
		})
	}
}
