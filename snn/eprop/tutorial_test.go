package eprop

import (
	"math"
	"testing"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/rng"
)

// tutorial is the network of NEST's evidence-accumulation tutorial and the
// generator from which its trials are drawn, for a batch size.
func tutorial(seed uint32, batch int) (*Network, *rng.RandomState) {
	r := rng.NewRandomState(seed)
	in := NormalMatrix(r, 100, 40, math.Sqrt(40))
	rec := NormalMatrix(r, 100, 100, math.Sqrt(100))
	out := GlorotMatrix(r, 2, 100)
	feedback := FeedbackMatrix(r, 100, 2, 1)

	regular := DefaultIAF()
	regular.CM, regular.EL, regular.VM = 1, 0, 0
	regular.TauM, regular.TRef, regular.VTh = 20, 5, 0.6
	regular.CReg = 300
	regular.Surrogate = Surrogate{PiecewiseLinear, 0.3 / 0.6, 0.6}
	adaptive := AdaptiveIAF{IAF: regular, AdaptTau: 2000}
	adaptive.AdaptBeta = 1.7 * ((1 - math.Exp(-1/adaptive.AdaptTau)) / (1 - math.Exp(-1/adaptive.TauM)))

	readout := DefaultReadout()
	readout.CM, readout.TauM, readout.RegularSpikeArrival, readout.Loss = 1, 20, false, CrossEntropy

	syn := DefaultSynapse()
	syn.TauMReadout, syn.AverageGradient = 20, true
	syn.Optimizer.Method, syn.Optimizer.BatchSize, syn.Optimizer.Eta, syn.Optimizer.Epsilon = Adam, batch, 5e-3, 1e-8

	return New("evidence", Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
		Input(40).
		Recurrent("regular", 50, regular).
		Recurrent("adaptive", 50, adaptive).
		Readout(2, readout).
		InputWeights(in, syn).
		RecurrentWeights(rec, syn).
		OutputWeights(out, syn).
		FeedbackWeights(feedback), r
}

// trials draws one batch of the tutorial.
func trials(t testing.TB, r *rng.RandomState, batch int) []Sequence {
	t.Helper()
	drawn, err := datasets.DefaultEvidence().Draw(r, batch)
	if err != nil {
		t.Fatal(err)
	}
	qs := make([]Sequence, batch)
	for k, d := range drawn {
		qs[k] = Sequence{Spikes: d.Spikes, Target: OneHot(d.Target, 2)}
	}
	return qs
}

func build(t testing.TB, n *Network) *Sim {
	t.Helper()
	sim, err := n.Build(on...)
	if err != nil {
		t.Fatal(err)
	}
	return sim
}
