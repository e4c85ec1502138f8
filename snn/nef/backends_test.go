package nef

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// equalRuns runs a network on ref and on cc and compares every signal after the
// run, and everything recorded, bit for bit.
func equalRuns(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, describe func() (*Network, []*Probe), steps int64) {
	var sims []*Sim
	var probes [][]*Probe
	for _, b := range backends {
		n, p := describe()
		s, err := n.Build(On(b.b))
		if err != nil {
			t.Fatalf("%s: %v", b.name, err)
		}
		defer s.Close()
		if err := s.RunSteps(steps); err != nil {
			t.Fatalf("%s: %v", b.name, err)
		}
		sims, probes = append(sims, s), append(probes, p)
	}
	for i := range probes[0] {
		a, b := sims[0].Data(probes[0][i]), sims[1].Data(probes[1][i])
		for k, x := range a.Data {
			if math.Float64bits(x) != math.Float64bits(b.Data[k]) && !(x == 0 && b.Data[k] == 0) {
				t.Errorf("%s: sample %d is %v on ref and %v on cc\n%v", probes[0][i].what(), k/max(a.Rows*a.Cols, 1), x, b.Data[k], sims[0].net)
				break
			}
		}
	}
	for i, x := range sims[0].signals {
		for k, v := range x {
			if w := sims[1].signals[i][k]; v != w && (v == v || w == w) {
				t.Errorf("signal %s, element %d, ends as %v on ref and %v on cc\n%v", sims[0].l.signals[i].name, k, v, w, sims[0].net)
				break
			}
		}
	}
}

// The recorded random networks agree between the backends, bit for bit. Compiling
// takes longer than running, so some stand for all; NENGO_RECORDED with a folder of
// networks by testdata/record.py takes every one of them.
func TestRandomNetworksOnBothBackends(t *testing.T) {
	if !haveCC {
		t.Skip("no C compiler")
	}
	b, err := os.ReadFile(filepath.Join(folder(), "random_networks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var specs []randomNetwork
	if err := json.Unmarshal(b, &specs); err != nil {
		t.Fatal(err)
	}
	for k := range specs {
		hosts := 0 // each function of inputs cuts a step into one program more
		for _, o := range specs[k].Objects {
			if o.Kind == "input" || o.Type == "PoissonSpiking" || o.Type == "StochasticSpiking" || o.Type == "Direct" {
				hosts++
			}
		}
		if os.Getenv("NENGO_RECORDED") == "" && (k%16 != 0 || hosts > 2) {
			continue
		}
		t.Run(fmt.Sprint(k), func(t *testing.T) { equalRuns(t, specs[k].build, 60) })
	}
}

// Networks whose parameters differ and whose plans do not, so that they are
// compiled once: the backends agree whatever the numbers are.
func TestBackendsAgreeOnAnyParameters(t *testing.T) {
	if !haveCC {
		t.Skip("no C compiler")
	}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint32Range(0, 1000).Draw(t, "seed")
		number := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(t, name) }
		lif := LIF{TauRC: number("tau_rc", 0.012, 0.1), TauRef: number("tau_ref", 0, 0.002), MinVoltage: -number("floor", 0, 2), Amplitude: number("amplitude", 0.1, 2)}
		radius, high := number("radius", 0.5, 3), number("high", 10, 100)
		tau, rate, voja := number("tau", 0.001, 0.1), number("rate", 0, 1e-3), number("voja", 0, 0.1)
		weight, std := number("weight", -3, 3), number("std", 0, 0.3)
		equalRuns(t, func() (*Network, []*Probe) {
			n := New("any", Seed(seed))
			u := n.Node("u", WhiteSignal(0.1, high).Size(2))
			a := n.Ensemble("a", 12, 2).Type(lif).Radius(radius).Noise(WhiteNoise(Gaussian(0, std)))
			b := n.Ensemble("b", 10, 1).Type(AdaptiveLIF{lif, 0.1, 0.05})
			in := n.Connect(u, a).Synapse(Lowpass(tau))
			in.Learn(Voja{voja, Lowpass(tau)})
			out := n.Connect(a, b).Transform(Matrix([]float64{weight, -weight / 2})).Synapse(Alpha(tau))
			n.Connect(b, out.Learn(PES{rate, Lowpass(tau)}))
			n.Connect(b.Neurons(), a.Neurons()).Transform(Fill(12, 10, weight/1e4)).Learn(Oja{1e-7, 1, Lowpass(0.005), Lowpass(0.005)})
			return n, []*Probe{
				n.Probe(a.Neurons()), n.Probe(b.Neurons()).Signal("voltage"), n.Probe(b).Synapse(Lowpass(tau)),
				n.Probe(out).Signal("weights").Every(0.01), n.Probe(a).Signal("scaled_encoders").Every(0.02),
			}
		}, 80)
	})
}
