// Package snn describes networks of neurons and simulates them.
//
// A description is made of populations, projections and recordings; models are
// equations as text, in the language of package model. Build turns the
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
// Times are in milliseconds; the other quantities have the units that the
// equations give them. A step computes, in this order: weighted sums from the
// rates of the last step, the neurons, the learning rules from the rates of
// this step, recordings (spec equations-annarchy-brian §2.7).
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
