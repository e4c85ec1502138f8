// Package eprop trains recurrent spiking networks with e-prop (Bellec et al.,
// Nature Communications 11:3625, 2020) as NEST does it, weight for weight.
//
// # The network
//
// Inputs send spikes to recurrent neurons, these to each other and to readouts.
// A readout compares its signal with a target; its error goes back to the
// recurrent neurons over fixed feedback weights, and there meets the eligibility
// of every synapse: how much the synapse has, lately, helped its neuron towards a
// spike. A [Network] describes this with the models of NEST that are named after
// the paper: [IAF], [AdaptiveIAF] and [Readout] for its neurons, [Synapse] and
// [Optimizer] for what its synapses have in common, [Kernel] for times, [Matrix]
// for weights. Parameters are struct values; [NEST] reads them under NEST's own
// names, of the versions 3.7 to 3.10.
//
// [Network.Build] makes a [Sim]. [Sim.Train] runs a batch of sequences and learns
// from it, [Sim.Evaluate] only runs one, [Sim.Finish] completes the last update,
// [Sim.Record] records what NEST's devices would, with their time stamps, and
// [Sim.Save] and [Sim.Load] interrupt a training.
//
//	net := eprop.New("evidence", eprop.Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
//		Input(40).
//		Recurrent("regular", 50, regular).
//		Recurrent("adaptive", 50, adaptive).
//		Readout(2, readout).
//		InputWeights(win, synapse).
//		RecurrentWeights(wrec, synapse).
//		OutputWeights(wout, synapse).
//		FeedbackWeights(feedback)
//	sim, err := net.Build()
//	…
//	result, err := sim.Train(batch)
//
// The example of the package is the whole of NEST's tutorial. The models with
// updates at every spike, eprop_iaf and its kin without bsshslm_2020 in their
// names, have other equations: [Online].
//
// # Units
//
// They are NEST's: ms, mV, pA, pF; rates in spikes/s. Weights are in pA, and
// since a spike's current lasts for a step, a weight of 1 moves the potential by
// 1 mV (times 1 − exp(−dt/TauM) without RegularSpikeArrival). Synaptic delays
// are one step.
//
// # What agrees with NEST
//
// Losses, spikes, recordings and weights agree with NEST 3.10 to rounding, which
// was at most 3e-15 in the cases of the tests: batches of 1, 2 and 4, with and
// without reset, both optimizers, and all four models of [Online]. This includes
// what NEST does at the boundaries of sequences, see boundary.go. The recordings
// stand in testdata, with the program that made them. What differs:
//
//   - All synapses are updated at the same time. In NEST the stored weight of a
//     synapse stays old until its source spikes.
//   - Evaluate does not learn. NEST's way to a test phase, a learning rate of 0,
//     still moves the moments of Adam; [Sim.SetEta] and Train do the same here.
//   - Without reset, NEST's forced final spikes do not pass neurons that happen
//     to be refractory, whose outgoing weights then stay an update behind until
//     their next spike. Finish updates all synapses.
//   - After [Sim.SetEta], Adam moves the synapses of silent sources with the new
//     rate, NEST with the old one.
//   - Connections are all to all, and Adam's moments start from 0.
//   - Not there: ignore_and_spike, refractory_input, connections from readouts to
//     readouts by hand (the softmax is built in). flush_event_send_interval is
//     read and has no effect, as in NEST.
//
// # Why its own engine
//
// Other models lower to package plan, a program of one step. Learning here is not
// a program of steps: after a sequence its history is run through backwards, which
// gives the gradient without any state per synapse (see backward.go), where a
// program of forward steps would keep four traces for each and take a hundred
// times as long. The operations of a plan cannot express a loop over past steps
// in reverse. So this package runs sequences itself, in float64 as NEST does.
//
// # On a GPU
//
//	sim, err := net.Build(eprop.On(cuda.Device(0)))
//	defer sim.Close()
//
// The sequences of a batch run side by side on the device, which has the weights,
// the moments of Adam and the gradients; results are the same bits. A backend that
// knows e-prop, see [Backend], gets the network as a [Program] and does steps,
// gradients and updates; this package keeps order: which sequence comes when, what
// happens at boundaries, and when an update is due. Without reset sequences run one
// after the other there too. A [Sim] that records runs its sequences here as well, to
// the same bits, and takes the recording from these. [Online.Build] takes the same
// option; a step is two launches there, a thread for each synapse in the first, so
// only networks with many synapses gain.
//
// # Goroutines
//
// Network, Sim and Recording are for one goroutine at a time. Train and Evaluate
// spread a batch over several themselves if neurons are reset between sequences;
// gradients are added in the order of the batch, so the result does not depend on
// their number, bit for bit. Products are rounded before they are added and
// exponentials come from package vmath, so it does not depend on the machine
// either.
package eprop
