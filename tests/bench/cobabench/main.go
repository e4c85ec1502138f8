// Cobabench times networks that simulators are compared by: 3200 excitatory
// and 800 inhibitory neurons, sparsely connected at random.
//
//	go run ./tests/bench/cobabench -model cuba -time 1s
//
// Models are cuba, coba and cobahh (Brette et al. 2007, numbers 2, 1 and 3,
// dt 0.1 ms) and va (Vogels and Abbott 2005 with exponential currents, dt 1 ms).
// It prints the time for making the network, seconds of computing per biological
// second, and the mean rates.
package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spikebook/spikebook/snn"
)

// network is a model to be timed. p is the probability of a connection, exc
// and inh are the weights.
type network struct {
	dt       snn.Time
	neuron   snn.NeuronModel
	inits    map[string]any
	p        float64
	exc, inh float64
	shared   map[string]snn.ReceptorModel
}

var networks = map[string]network{
	// Potentials and weights in mV. Conductances go on while a neuron is refractory.
	"cuba": {dt: 0.1, p: 0.02, exc: 1.62, inh: -9, inits: map[string]any{"v": snn.Uniform(-60, -50)},
		neuron: snn.Spiking(`dv/dt = (g_exc + g_inh - (v + 49))/20
			dg_exc/dt = -g_exc/5
			dg_inh/dt = -g_inh/10`, nil).Spike("v > -50").Reset("v = -60").Refractory("5")},

	// Conductances in units of the leak.
	"coba": {dt: 0.1, p: 0.02, exc: 0.6, inh: 6.7, inits: map[string]any{"v": snn.Uniform(-60, -50)},
		neuron: snn.Spiking(`20*dv/dt = (-60 - v) + g_exc*(0 - v) + g_inh*(-80 - v) + 20
			dg_exc/dt = -g_exc/5
			dg_inh/dt = -g_inh/10`, nil).Spike("v > -50").Reset("v = -60").Refractory("5")},

	// Potentials in mV, conductances in µS, the capacitance in nF. The neuron
	// integrates on while it is refractory, 30 steps, but does not fire.
	"cobahh": {dt: 0.1, p: 0.02, exc: 6e-3, inh: 67e-3,
		inits: map[string]any{"v": snn.Normal(-65, 5), "g_exc": snn.Normal(0.04, 0.015), "g_inh": snn.Normal(0.2, 0.12)},
		neuron: snn.Spiking(`C*dv/dt = gl*(El - v) + g_exc*(Ee - v) + g_inh*(Ei - v) - gNa*m^3*h*(v - ENa) - gK*n^4*(v - EK) : exponential
			dm/dt = 0.32*4/exprel((13 - v + VT)/4)*(1 - m) - 0.28*5/exprel((v - VT - 40)/5)*m : exponential
			dn/dt = 0.032*5/exprel((15 - v + VT)/5)*(1 - n) - 0.5*exp((10 - v + VT)/40)*n : exponential
			dh/dt = 0.128*exp((17 - v + VT)/18)*(1 - h) - 4/(1 + exp((40 - v + VT)/5))*h : exponential
			dg_exc/dt = -g_exc/5
			dg_inh/dt = -g_inh/10
			late : init=0
			late = late - 1`,
			snn.P{"C": 0.2, "gl": 0.01, "gNa": 20, "gK": 6, "El": -60, "EK": -90, "ENa": 50, "VT": -63, "Ee": 0, "Ei": -80}).
			Spike("v > -20 and late <= 0").Reset("late = 30")},

	"va": {dt: 1, p: 0.1, exc: 0.0008, inh: -0.0102, inits: map[string]any{"V": snn.Uniform(-60, -50)},
		neuron: snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5},
		shared: map[string]snn.ReceptorModel{"exc": snn.ExpCurr{Tau: 5}, "inh": snn.ExpCurr{Tau: 10}}},
}

func main() {
	model := flag.String("model", "cuba", strings.Join(slices.Sorted(maps.Keys(networks)), ", "))
	simulated := flag.Duration("time", 10*time.Second, "biological time")
	backend := flag.String("backend", "cc", "cc or ref")
	double := flag.Bool("double", false, "compute in float64")
	seed := flag.Uint64("seed", 1, "of connections and initial values")
	flag.Parse()
	log.SetFlags(0)
	m, known := networks[*model]
	on := map[string]snn.Backend{"cc": snn.CC, "ref": snn.Ref}[*backend]
	duration := snn.Time(simulated.Milliseconds())
	if !known || on == nil || duration <= 0 {
		log.Fatalf("cobabench: -model %s -backend %s -time %v, want a model of %v, cc or ref, and at least 1 ms", *model, *backend, *simulated, slices.Sorted(maps.Keys(networks)))
	}

	precision := snn.Option(snn.Float32)
	if *double {
		precision = snn.Float64
	}
	begin := time.Now()
	net := snn.New(*model, snn.Dt(m.dt), snn.Seed(*seed), precision)
	exc, inh := net.Population("E", m.neuron, 3200), net.Population("I", m.neuron, 800)
	for _, pop := range []*snn.Population{exc, inh} {
		for _, name := range slices.Sorted(maps.Keys(m.inits)) {
			pop.Init(name, m.inits[name])
		}
		for _, name := range slices.Sorted(maps.Keys(m.shared)) {
			pop.Receptor(name, m.shared[name])
		}
		net.Connect(exc, pop, snn.FixedProbability(m.p)).Weight(m.exc).Target("exc")
		net.Connect(inh, pop, snn.FixedProbability(m.p)).Weight(m.inh).Target("inh")
	}
	excRaster, inhRaster := net.RecordSpikes(exc), net.RecordSpikes(inh)
	sim, err := net.Build(snn.On(on))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: made in %.2f s\n", *model, time.Since(begin).Seconds())

	begin = time.Now()
	if err := sim.Run(duration); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f s per biological second on %s\n", time.Since(begin).Seconds()/(float64(duration)/1000), sim.Backend())
	fmt.Printf("%.2f Hz excitatory, %.2f Hz inhibitory\n", sim.Spikes(excRaster).Rate(duration), sim.Spikes(inhRaster).Rate(duration))
}
