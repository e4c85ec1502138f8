package networks

import (
	"math"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/rng"
)

// Evidence is the network of NEST's tutorial on e-prop, which accumulates evidence,
// and one batch of its trials.
func Evidence(batch int) (*eprop.Network, []eprop.Sequence, error) {
	regular := eprop.DefaultIAF()
	regular.CM, regular.EL, regular.VM = 1, 0, 0
	regular.TauM, regular.TRef, regular.VTh = 20, 5, 0.6
	regular.Surrogate = eprop.Surrogate{Shape: eprop.PiecewiseLinear, Height: 0.5, Width: 0.6}
	regular.CReg, regular.FTarget = 300, 10
	adaptive := eprop.AdaptiveIAF{IAF: regular, AdaptBeta: 1.7 * (1 - math.Exp(-1.0/2000)) / (1 - math.Exp(-1.0/20)), AdaptTau: 2000}
	readout := eprop.Readout{CM: 1, TauM: 20, VMin: -math.MaxFloat64, Loss: eprop.CrossEntropy}
	synapse := eprop.Synapse{Delay: 1, TauMReadout: 20, AverageGradient: true,
		Optimizer: eprop.Optimizer{Method: eprop.Adam, BatchSize: batch, Eta: 5e-3, WMin: -100, WMax: 100, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}}
	r := rng.NewRandomState(1)
	net := eprop.New("evidence", eprop.Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
		Input(40).
		Recurrent("regular", 50, regular).
		Recurrent("adaptive", 50, adaptive).
		Readout(2, readout).
		InputWeights(eprop.NormalMatrix(r, 100, 40, math.Sqrt(40)), synapse).
		RecurrentWeights(eprop.NormalMatrix(r, 100, 100, math.Sqrt(100)), synapse).
		OutputWeights(eprop.GlorotMatrix(r, 2, 100), synapse).
		FeedbackWeights(eprop.FeedbackMatrix(r, 100, 2, 1))
	drawn, err := datasets.DefaultEvidence().Draw(r, batch)
	if err != nil {
		return nil, nil, err
	}
	sequences := make([]eprop.Sequence, batch)
	for k, d := range drawn {
		sequences[k] = eprop.Sequence{Spikes: d.Spikes, Target: eprop.OneHot(d.Target, 2)}
	}
	return net, sequences, nil
}
