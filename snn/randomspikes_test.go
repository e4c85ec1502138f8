package snn_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// randomNet is a network of random populations, connections, rules, receptors
// and delays.
type randomNet struct {
	net         *snn.Network
	populations []*snn.Population
	projections []*snn.Projection
	rasters     []*snn.SpikeRecording
}

func newRandomNet(seed uint64) randomNet {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(n int) int { return r.IntN(n) }
	precision := []snn.Option{snn.Float32, snn.Float64}[pick(2)]
	n := randomNet{net: snn.New(fmt.Sprintf("random %d", seed), snn.Dt(0.5), snn.Seed(seed), precision)}
	models := []snn.NeuronModel{
		snn.LIF{C: 0.2, TauM: 20, Vrest: -60, Vreset: -60, Vthresh: -50, TauRefrac: 2, Ioffset: 0.12},
		snn.Izhikevich{A: .02, B: .2, C: -65, D: 8},
		snn.PoissonSource{Rate: 60},
		snn.AdEx{C: 0.281, Gl: 0.03, El: -70.6, Vt: -50.4, DeltaT: 2, Vreset: -70.6, Vpeak: 20, A: 0.004, B: 0.0805, TauW: 144, Ioffset: 0.9, TauRefrac: 1},
		snn.Spiking("tau*dV/dt = -V + I : init=0\ntrace : init=0\ntrace *= 0.9", snn.P{"tau": 7, "th": 1}).Spike("V > th").Reset("V = 0; trace += 1").Refractory("1.5"),
	}
	for k := range 2 + pick(2) {
		m := models[pick(len(models))]
		p := n.net.Population(fmt.Sprint("p", k), m, 20+pick(60))
		if _, source := m.(snn.PoissonSource); !source {
			p.Inject("noise", snn.GaussianNoise{Mean: 0.5, SD: 2})
		}
		n.populations = append(n.populations, p)
		n.rasters = append(n.rasters, n.net.RecordSpikes(p))
	}
	connectors := []func() snn.Connector{
		snn.AllToAll, func() snn.Connector { return snn.FixedProbability(0.2) }, func() snn.Connector { return snn.FixedIn(7) },
		func() snn.Connector { return snn.FixedOut(5).Distinct() }, func() snn.Connector { return snn.FixedTotal(300) },
		func() snn.Connector { return snn.Gaussian(0.8, 0.2) },
	}
	rules := []snn.Rule{
		nil, nil,
		snn.STDP{TauPlus: 20, TauMinus: 20, Aplus: 0.1, Aminus: 0.12, Wmax: 3},
		snn.STDPAllToAll{TauPlus: 20, TauMinus: 20, Aplus: 0.1, Aminus: 0.12, Wmax: 3},
		snn.Triplet{TauPlus: 17, TauX: 100, TauMinus: 34, TauY: 125, A2Plus: .01, A3Plus: .02, A2Minus: .015, A3Minus: .002, Wmax: 3},
		snn.Symmetric{Tau: 15, Rho: 0.01, Eta: 0.1, Wmax: 3},
		snn.ShortTerm{U: 0.4, TauRec: 100, TauFacil: 30},
		snn.Synapse("tau*dx/dt = -x : event-driven", snn.P{"tau": 11}).OnPre("x = x + 1; addToPost(w*x)").OnPost("addToPre(w*0.1); w = 0.99*w"),
		snn.Synapse("", nil).OnPre("addToPostDelay(w, 3)"),
	}
	for range 2 + pick(3) {
		pre, post := n.populations[pick(len(n.populations))], n.populations[pick(len(n.populations))]
		rule := rules[pick(len(rules))]
		p := n.net.Connect(pre, post, connectors[pick(len(connectors))]()).Weight(snn.Uniform(0, 2)).DendriticDelay(2)
		if rule != nil {
			p.Learn(rule)
		}
		switch pick(3) {
		case 0:
			p.Delay(snn.Time(1+pick(5)) * 0.5)
		case 1:
			if _, traces := rule.(snn.STDP); traces || rule == nil {
				p.Delay(snn.Uniform(0.5, 4))
			}
		}
		switch pick(4) {
		case 0:
			p.Receptor(snn.ExpCurr{Tau: 4})
		case 1:
			p.Receptor(snn.AlphaCurr{Tau: 3})
		}
		n.projections = append(n.projections, p)
	}
	return n
}

// trace is everything a network has come to.
func (n randomNet) trace(sim *snn.Sim) []float64 {
	var out []float64
	for k, p := range n.populations {
		s := sim.Spikes(n.rasters[k])
		t, i := s.XY()
		out = append(append(out, t...), i...)
		_ = p
	}
	for _, p := range n.projections {
		out = append(out, sim.Var(p, "w").Values()...)
	}
	return out
}

// Random networks come to the same on every backend, at any number of threads,
// in one run or several, and after a reset.
func TestRandomSpikingNetworksAgree(t *testing.T) {
	fired := 0
	for seed := range uint64(8) {
		n := newRandomNet(seed)
		var want []float64
		on := []snn.Backend{snn.Ref}
		if len(backends(t)) > 1 {
			on = append(on, snn.CCOn(1), snn.CCOn(3))
		}
		for k, b := range on {
			sim, err := n.net.Build(snn.On(b))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			run(t, sim, 30)
			run(t, sim, 70)
			got := n.trace(sim)
			if k == 0 {
				want = got
				fired += sim.Spikes(n.rasters[0]).Len()
			}
			if !slices.Equal(got, want) {
				t.Errorf("seed %d: %s (%d) differs from ref\n%v", seed, sim.Backend(), k, n.net)
			}
			if err := sim.Reset(); err != nil {
				t.Fatal(err)
			}
			run(t, sim, 100)
			if got := n.trace(sim); !slices.Equal(got, want) {
				t.Errorf("seed %d: %s: after a reset one run of 100 ms differs from 30 and 70", seed, sim.Backend())
			}
			if k == len(on)-1 {
				batch, err := sim.Batch(3)
				if err != nil {
					t.Fatal(err)
				}
				batch.Reset()
				if err := batch.Run(100); err != nil {
					t.Fatal(err)
				}
				if got := n.trace(batch.Sim(0)); !slices.Equal(got, want) {
					t.Errorf("seed %d: copy 0 of a batch differs from the simulation", seed)
				}
				batch.Close()
			}
			sim.Close()
		}
	}
	if fired < 100 {
		t.Errorf("the networks fired %d times, too few to tell", fired)
	}
}

// Neurons in another order fire in that order.
func TestPermutedNeuronsPermuteSpikes(t *testing.T) {
	const n = 30
	order := rand.New(rand.NewPCG(5, 5)).Perm(n)
	currents, permuted := make([]float64, n), make([]float64, n)
	var pre, post, pre2, post2 []int
	for i := range n {
		currents[i] = 0.11 + 0.01*float64(i)
		permuted[order[i]] = currents[i]
		// One source for each target, so that sums have one order.
		pre, post = append(pre, i), append(post, (i+7)%n)
		pre2, post2 = append(pre2, order[i]), append(post2, order[(i+7)%n])
	}
	spikes := func(currents []float64, pre, post []int) snn.Spikes {
		net := snn.New("permute", snn.Dt(0.1))
		pop := net.Population("pop", tutorialLIF, n).Init("Ioffset", currents)
		net.Connect(pop, pop, snn.Pairs(pre, post)).Weight(0.3).Receptor(snn.ExpCurr{Tau: 3})
		raster := net.RecordSpikes(pop)
		sim := build(t, net, snn.On(snn.Ref))
		run(t, sim, 300)
		return sim.Spikes(raster)
	}
	a, b := spikes(currents, pre, post), spikes(permuted, pre2, post2)
	for i := range n {
		if !slices.Equal(a.Of(i), b.Of(order[i])) || len(a.Of(i)) == 0 {
			t.Errorf("neuron %d fires at %v, its copy at %v", i, a.Of(i), b.Of(order[i]))
		}
	}
}
