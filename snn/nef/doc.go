// Package nef is the Neural Engineering Framework (Eliasmith and Anderson, 2003)
// with Nengo's objects and Nengo's numbers: the same seed gives the same neurons,
// the same decoders, the same noise and the same spikes.
//
// An [Ensemble] represents a vector by the activity of its neurons; a
// [Connection] decodes it, or a function of it, and carries it on; a [Node] brings
// values in, computes with them in Go or joins connections; a [Probe] records;
// a learning rule ([PES], [Voja], [BCM], [Oja], [RLS]) changes decoders, encoders or
// weights while the simulation runs. Methods of [Network] add networks that are made of
// these, such as [Network.EnsembleArray] and [Network.CircularConvolution]. Names are
// those of Nengo where there is one.
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
// # The parts
//
// Neurons: [LIF], [LIFRate], [AdaptiveLIF], [AdaptiveLIFRate], [RectifiedLinear],
// [SpikingRectifiedLinear], [Sigmoid], [Tanh], [Izhikevich]; [RegularSpiking],
// [StochasticSpiking] and [PoissonSpiking] of a type of rates; [Direct] for none.
//
// Nodes put out a [Constant], a function [OfTime] or [OfInput], what comes in
// ([PassThrough]), or a [Process]: [WhiteNoise], [FilteredNoise], [BrownNoise],
// [WhiteSignal], [Piecewise], [PresentInput]. Processes are also noise in the currents of
// neurons ([Ensemble.Noise]).
//
// Solvers: [LstsqL2] by [Cholesky], [SVD], [Conjgrad] or [BlockConjgrad], [Lstsq],
// [LstsqL2nz], [LstsqL1], [LstsqNoise], [LstsqMultNoise], [LstsqDrop], [Nnls], [NnlsL2],
// [NnlsL2nz], [NoSolver]; their field Weights connects neurons with neurons.
//
// Synapses: [Lowpass], [Alpha], [LinearFilter] of any order, [DiscreteFilter],
// [Triangle], [NoSynapse]; off line by [Synapse.Filter] and [Synapse.FiltFilt].
//
// Transforms: [Scalar], [Diagonal], [Matrix], [Dense], [Random], [Sparse],
// [Convolution]. At, Slice, Stride and Mask of an object are some of its elements.
//
// Networks: [Network.EnsembleArray], [Network.Product], [Network.CircularConvolution],
// [Network.BasalGanglia], [Network.Thalamus], [Network.AssociativeMemory],
// [Network.InputGatedMemory], [Network.Integrator], [Network.Oscillator].
//
// # What happens in a step
//
// Inputs of ensembles, nodes and rules begin at 0 (those of Voja at 1) and neurons
// at their bias; changes that rules computed in the last step are applied; then
// every value is made before it is read. A synapse delays by one step,
// [NoSynapse] does not. fmt.Println(sim.Plans()[0]) shows the whole order.
//
// Programs run on the backends of package snn in float64, with the same results
// on each, to the last bit. Functions of time and processes are evaluated ahead and do
// not slow a run; a function of a node's input, or of a connection from a node, neurons
// that draw numbers and very large sparse transforms are computed in Go between the
// backend's operations in every step.
//
// # What is equal to Nengo, and how far
//
// Tested against Nengo 4.1: seeds, also those that the simulation gives to processes
// without one; maximum rates, intercepts, initial states and spikes are equal;
// evaluation points and encoders to 1e-11 (at a few points of many dimensions to 1e-8,
// as far as Nengo agrees with itself between processors); gains and biases to 1e-12;
// decoders and everything recorded in a run to 1e-11. Solvers that stop near a solution
// agree less: conjugate gradients to 1e-5 of the largest decoder, LstsqL1 to 0.02. The
// configurations are listed in testdata/README.md; forty networks drawn at random are
// among them.
//
// Two things cannot be equal. The seed of a process without its own depends on the
// order of operators, which Nengo's optimizer changes in some networks: the order here
// is that of Simulator(optimize=False). And a [WhiteSignal] of a single wave with Y0 begins at one
// of two moments that are equally close, by the rounding of a Fourier transform in
// Nengo, at the first of them here.
//
// # Beyond Nengo
//
// Probes may keep spike times only ([Probe.SpikesOnly]); a run may end on a condition
// ([Sim.RunUntil]); a trained network is kept and continued, in memory or in a file
// ([Sim.Snapshot], [Snapshot.Save]); an ensemble takes over trained neurons to the last
// bit ([Ensemble.As]); a network becomes plain arrays, in memory or in one file for
// numpy.load ([Sim.Freeze]), and is made of them again ([Ensemble.Frozen], [NoSolver]).
// Weights and encoders are plain matrices at any time ([Sim.Weights],
// [Sim.ScaledEncoders]).
//
// # Not here
//
// Of Nengo's sub-solvers, LSMR, SciPy's conjugate gradients and the randomised
// singular value decomposition have no counterpart. Where Nengo draws a seed from a global generator,
// the seed of a network is 0 here unless it is given ([Seed], [GlobalSeed]).
package nef
