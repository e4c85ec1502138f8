package eproptest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/plan"
)

// onlineAgrees runs a network that learns at every spike in both ways, in pieces:
// losses and weights are the same to the last bit after each.
func onlineAgrees(t *rapid.T, b plan.Backend) {
	count := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	inputs, neurons, readouts := count("inputs", 1, 4), count("neurons", 1, 8), count("readouts", 1, 3)
	if rapid.IntRange(0, 9).Draw(t, "large") == 0 {
		neurons += 300 // more than threads in a block
	}
	matrix := func(targets, sources int, scale float64) eprop.Matrix {
		m := eprop.NewMatrix(targets, sources)
		for k := range m.Data {
			m.Data[k] = max(-2, min(2, r.NormFloat64()*scale))
		}
		return m
	}
	neuron := eprop.DefaultOnlineNeuron(eprop.OnlineModel(count("model", 0, 3)))
	neuron.CM, neuron.EL, neuron.VM, neuron.VTh, neuron.VReset, neuron.VMin = 1, -1, -1, -0.5, -1.2, -2
	neuron.TRef, neuron.CReg, neuron.FTarget, neuron.IE = float64(count("refractory", 0, 3)), r.Float64(), 100*r.Float64(), 0.1*r.Float64()
	neuron.Surrogate = eprop.Surrogate{Shape: eprop.Shape(count("surrogate", 0, 3)), Height: 0.2 + r.Float64(), Width: 0.2 + r.Float64()}
	neuron.AdaptBeta, neuron.AdaptTau = 0.1*r.Float64(), 5+20*r.Float64()
	cutoff := []float64{math.Inf(1), 5, 2}
	neuron.TraceCutoff = cutoff[count("cut-off", 0, 2)]
	if rapid.Bool().Draw(t, "fires at first") {
		neuron.VM = 0
	}
	d := eprop.Online{
		Name: "online", Resolution: 1, Inputs: inputs, Neurons: neurons, Neuron: neuron,
		Readouts: readouts, Readout: eprop.Readout{CM: 1, TauM: 10, VMin: -math.MaxFloat64}, ReadoutCutoff: cutoff[count("readouts' cut-off", 0, 2)],
		Input: matrix(neurons, inputs, 0.7), Recurrent: matrix(neurons, neurons, 0.7/math.Sqrt(float64(neurons))),
		Output: matrix(readouts, neurons, 0.3), Feedback: matrix(neurons, readouts, 1),
		Optimizer: eprop.Optimizer{Method: eprop.Method(count("method", 0, 1)), BatchSize: 1, Eta: 0.01, WMin: -2, WMax: 2, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8},
	}
	var sims [2]*eprop.OnlineSim
	for k, options := range [][]eprop.BuildOption{nil, {eprop.On(b)}} {
		sim, err := d.Build(options...)
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		sims[k] = sim
	}
	for piece := range 3 {
		steps := count("steps", 1, 40)
		spikes, target, window := make([]bool, steps*inputs), make([]float64, steps*readouts), make([]bool, steps)
		for k := range spikes {
			spikes[k] = r.Float64() < 0.3
		}
		for k := range target {
			target[k] = r.NormFloat64()
		}
		for k := range window {
			window[k] = r.Float64() < 0.8
		}
		if piece == 1 {
			window = nil
		}
		var told [2]string
		for k, sim := range sims {
			loss, err := sim.Run(spikes, target, window)
			in, rec, out := sim.Weights()
			told[k] = fmt.Sprint(loss, math.Float64bits(loss), err, in, rec, out)
		}
		if told[0] != told[1] {
			t.Fatalf("piece %d: on %s\n%.400s\nwant\n%.400s", piece, b.Name(), told[1], told[0])
		}
	}
}
