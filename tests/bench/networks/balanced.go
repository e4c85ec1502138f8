package networks

import "github.com/spikebook/spikebook/snn"

// VogelsAbbott is the balanced network of Vogels and Abbott (2005) with currents, of
// any size: four of five neurons are excitatory, and every neuron has 400 synapses
// on average, as in the original of 4000 neurons.
func VogelsAbbott(neurons int) (*snn.Network, []*snn.SpikeRecording) {
	net := snn.New("Vogels-Abbott", snn.Dt(1), snn.Seed(1), snn.Float32)
	cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
	exc := net.Population("E", cell, neurons*4/5).Init("V", snn.Uniform(-60, -50))
	inh := net.Population("I", cell, neurons-neurons*4/5).Init("V", snn.Uniform(-60, -50))
	p := min(400/float64(neurons), 0.1)
	for _, pop := range []*snn.Population{exc, inh} {
		pop.Receptor("exc", snn.ExpCurr{Tau: 5})
		pop.Receptor("inh", snn.ExpCurr{Tau: 10})
		net.Connect(exc, pop, snn.FixedProbability(p)).Weight(0.0008).Target("exc")
		net.Connect(inh, pop, snn.FixedProbability(p)).Weight(-0.0102).Target("inh")
	}
	return net, []*snn.SpikeRecording{net.RecordSpikes(exc), net.RecordSpikes(inh)}
}
