// Package nef is the Neural Engineering Framework (Eliasmith and Anderson, 2003)
// with Nengo's objects and Nengo's numbers: the same seed gives the same neurons,
// the same decoders and the same spikes.
//
// An [Ensemble] represents a vector by the activity of its neurons; a
// [Connection] decodes it, or a function of it, and carries it on; a [Node] brings
// values in, computes with them in Go or joins connections; a [Probe] records;
// a learning rule ([PES], [Voja], [BCM], [Oja], [RLS]) changes decoders, encoders or
// weights while the simulation runs. [Network.EnsembleArray], [Network.Product] and
// [Network.CircularConvolution] add networks that are made of these. Names are those
// of Nengo where there is one.
//
//	net := nef.New("channel", nef.Seed(0))
//	input := net.Node("input", nef.OfTime(func(t float64) []float64 { return []float64{math.Sin(t)} }))
//	a := net.Ensemble("A", 100, 1)
//	b := net.Ensemble("B", 100, 1)
//	net.Connect(input, a)
//	net.Connect(a, b).Function(func(x []float64) []float64 { return []float64{x[0] * x[0]} })
//	decoded := net.Probe(b).Synapse(nef.Lowpass(0.01))
//
//	sim, err := net.Build()
//	err = sim.Run(2)
//	squares := sim.Data(decoded)
//
// A mistake in a description is kept with the line that made it, and
// [Network.Build] returns all of them together. Networks and simulations are not
// safe for concurrent use; different ones share nothing that is changed.
//
// # Units
//
// Times are in seconds, as in Nengo, and rates in spikes per second; the step
// is 0.001 s unless [Dt] says otherwise. (Package snn counts in milliseconds.) A
// spike is an output of amplitude/dt during one step. The first step ends at dt.
//
// # What happens in a step
//
// Inputs of ensembles, nodes and rules begin at 0 (those of Voja at 1) and neurons
// at their bias; changes that rules computed in the last step are applied; then
// every value is made before it is read. A synapse delays by one step,
// [NoSynapse] does not. fmt.Println(sim.Plans()[0]) shows the whole order.
//
// Programs run on the backends of package snn in float64, with the same results
// on each. Functions of time are evaluated ahead and do not slow a run; a function
// of a node's input, or of a connection from a node, is called between the
// backend's operations in every step.
//
// # What is equal to Nengo, and how far
//
// Tested against Nengo 4.1.1.dev0: seeds, maximum rates, intercepts, initial
// states and spikes are equal; evaluation points and encoders to 1e-11 (at a few
// points of many dimensions to 1e-8, as far as Nengo agrees with itself between
// processors); gains and biases to 1e-12; decoders and everything recorded in a run
// to 1e-11. The configurations are listed in testdata/README.md.
//
// # Beyond Nengo
//
// Probes may keep spike times only ([Probe.SpikesOnly]); a run may end on a condition
// ([Sim.RunUntil]); a trained network is kept and continued ([Sim.Snapshot]); an
// ensemble takes over trained neurons exactly ([Ensemble.As]). Weights and encoders
// are plain matrices at any time ([Sim.Weights], [Sim.ScaledEncoders]).
//
// # Not here
//
// Nengo's sparse and convolutional transforms, its noise processes as nodes, a
// formula for the gains of Izhikevich neurons, and the basal ganglia, thalamus and
// associative memory networks. Where Nengo draws a seed from a global generator, the
// seed of a network is 0 here unless it is given ([Seed], [GlobalSeed]).
package nef
