package eproptest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// Small is a network with one batch for it, of a few steps.
func Small() (*eprop.Network, []eprop.Sequence) {
	n, batches := network(rand.New(rand.NewPCG(5, 6)), shape{inputs: 3, regular: 3, adaptive: 2, readouts: 2, steps: 20, window: 10, batch: 2, iterations: 1, reset: true})
	return n, batches[0]
}

// Tutorial is the network of NEST's tutorial on evidence accumulation, and the
// generator from which its trials are drawn.
func Tutorial(batch int) (*eprop.Network, *rng.RandomState) {
	r := rng.NewRandomState(1)
	in := eprop.NormalMatrix(r, 100, 40, math.Sqrt(40))
	rec := eprop.NormalMatrix(r, 100, 100, math.Sqrt(100))
	out := eprop.GlorotMatrix(r, 2, 100)
	feedback := eprop.FeedbackMatrix(r, 100, 2, 1)
	regular := eprop.DefaultIAF()
	regular.CM, regular.EL, regular.VM, regular.TauM, regular.TRef, regular.VTh, regular.CReg = 1, 0, 0, 20, 5, 0.6, 300
	regular.Surrogate = eprop.Surrogate{Shape: eprop.PiecewiseLinear, Height: 0.3 / 0.6, Width: 0.6}
	adaptive := eprop.AdaptiveIAF{IAF: regular, AdaptTau: 2000}
	adaptive.AdaptBeta = 1.7 * ((1 - math.Exp(-1/adaptive.AdaptTau)) / (1 - math.Exp(-1/adaptive.TauM)))
	readout := eprop.Readout{CM: 1, TauM: 20, VMin: -math.MaxFloat64, Loss: eprop.CrossEntropy}
	synapse := eprop.DefaultSynapse()
	synapse.TauMReadout, synapse.AverageGradient = 20, true
	o := &synapse.Optimizer
	o.Method, o.BatchSize, o.Eta, o.Epsilon = eprop.Adam, batch, 5e-3, 1e-8
	return eprop.New("evidence", eprop.Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
		Input(40).Recurrent("regular", 50, regular).Recurrent("adaptive", 50, adaptive).Readout(2, readout).
		InputWeights(in, synapse).RecurrentWeights(rec, synapse).OutputWeights(out, synapse).FeedbackWeights(feedback), r
}

// Trials draws a batch of the tutorial.
func Trials(t testing.TB, r *rng.RandomState, batch int) (qs []eprop.Sequence) {
	t.Helper()
	trials, err := datasets.DefaultEvidence().Draw(r, batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		qs = append(qs, eprop.Sequence{Spikes: trial.Spikes, Target: eprop.OneHot(trial.Target, 2)})
	}
	return qs
}

// CheckNEST trains the tutorial on b and compares with the losses, spikes and a weight of
// NEST 3.10, which prints losses with 12 digits; weights agree to the order of summation.
func CheckNEST(t *testing.T, b plan.Backend) {
	for batch, want := range map[int][]float64{
		1: {0.741152550006, 0.740388187700, 0.665785233177, 0.663644193322, 0.729428962844},
		2: {0.702163370672, 0.735555303152, 0.740354864111, 0.683882815282, 0.707841122268},
	} {
		n, r := Tutorial(batch)
		sim, err := n.Build(eprop.On(b))
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		for k, loss := range want {
			res, err := sim.Train(Trials(t, r, batch))
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(res.Loss-loss) <= 2e-12) {
				t.Errorf("on %s, batch of %d, iteration %d: loss %.15g, want %.12g ± 2e-12", b.Name(), batch, k+1, res.Loss, loss)
			}
			if spikes := []int{3251, 2918, 2869, 3121, 3033}[k]; batch == 1 && res.Spikes[0] != spikes {
				t.Errorf("on %s, iteration %d: %d spikes, want %d", b.Name(), k+1, res.Spikes[0], spikes)
			}
		}
		if err := sim.Finish(); err != nil {
			t.Fatal(err)
		}
		in, rec, _ := sim.Weights()
		for _, c := range []struct{ got, want float64 }{{in.At(0, 0), 0.27121420956691766}, {in.At(99, 39), 0.06976273959093225}, {rec.At(99, 0), -0.060941390088881456}} {
			if batch == 1 && !(math.Abs(c.got-c.want) <= 1e-12) {
				t.Errorf("on %s: a weight ends at %.17g, want %.17g ± 1e-12", b.Name(), c.got, c.want)
			}
		}
	}
}
