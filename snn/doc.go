// Package snn describes networks of neurons and simulates them.
//
// A description is made of populations, projections and recordings; models are
// built in, or equations as text in the language of package model. Build turns the
// description into a plan, an ordered list of operations of one step, and
// hands it to a backend: CC compiles it with the system's C compiler, Ref runs
// it in pure Go. Both give the same bits.
//
//	leaky := snn.Rate("tau*dr/dt + r = sum(exc) - sum(inh) : min=0", snn.P{"tau": 10})
//	oja := snn.Synapse("tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0", snn.P{"tau": 2000, "alpha": 8})
//
//	net := snn.New("bars", snn.Seed(1))
//	in := net.Input("inp", 8, 8)
//	pop := net.Population("pop", leaky, 8, 4)
//	ff := net.Connect(in, pop, snn.AllToAll()).Target("exc").Learn(oja).Weight(snn.Uniform(0, 0.5))
//
//	sim, err := net.Build()
//	sim.Var(in.Row(3), "r").Fill(1)
//	err = sim.Run(50 * snn.Millisecond)
//	rates := sim.Var(pop, "r").Values()
//
// # Spiking networks
//
// Neurons that fire are built in ([LIF], [Izhikevich], [PoissonSource], …) or
// written as equations ([Spiking]). A spike acts on synapses one step later, or
// after Delay; what they send waits at a receptor of the target ([ExpCurr],
// [ExpCond], …), which turns it into a current. Rules change weights on spikes
// ([STDP], …, or [SynapseModel.OnPre] and OnPost).
//
//	net := snn.New("balanced", snn.Dt(1), snn.Seed(1), snn.Float32)
//	cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
//	exc := net.Population("exc", cell, 3200).Init("V", snn.Uniform(-60, -50))
//	inh := net.Population("inh", cell, 800).Init("V", snn.Uniform(-60, -50))
//	for _, target := range []*snn.Population{exc, inh} {
//		net.Connect(exc, target, snn.FixedProbability(0.1)).Weight(0.0008).Receptor(snn.ExpCurr{Tau: 5})
//		net.Connect(inh, target, snn.FixedProbability(0.1)).Weight(-0.0102).Receptor(snn.ExpCurr{Tau: 10})
//	}
//	raster := net.RecordSpikes(exc)
//
//	sim, err := net.Build()
//	err = sim.Run(1 * snn.Second)
//	fmt.Println(sim.Spikes(raster).Rate(sim.Time()), "Hz")
//
// Between runs, [Sim.Reset] begins a new trial, [Sim.Do] makes an [Update],
// [Sim.Rewire] changes connections; [Sim.Batch] runs trials side by side.
//
// # Order of a step
//
// Times are in milliseconds; the other quantities have the units that the
// equations give them (those of the built-in models: mV, nA, nF, MΩ, µS). A
// step does, in this order: what arrives at synapses (their dynamics,
// presynaptic events and spikes, postsynaptic ones: spec genn §2.1), weighted
// sums from the rates of the last step, the neurons (receptors, current
// sources, equations, test for spikes, reset: spec genn §2.2), the learning of
// rates from this step (spec equations-annarchy-brian §2.7), recordings.
//
// A mistake in a description is kept with the line that made it and the handle
// stays usable; Build returns all mistakes together. A simulation keeps its
// first failure: [Sim.Err].
//
// Random numbers are counted, not drawn in sequence: the same seed gives the
// same network and the same run on every backend and machine.
//
// Networks and simulations are not safe for concurrent use; different ones do
// not share anything.
package snn
