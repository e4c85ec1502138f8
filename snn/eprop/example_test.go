package eprop_test

import (
	"fmt"
	"log"
	"math"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/rng"
)

// Learning to accumulate evidence: NEST's tutorial, five iterations of batch size
// 1, with the losses that NEST publishes.
func Example() {
	regular := eprop.DefaultIAF()
	regular.CM, regular.EL, regular.VM = 1, 0, 0
	regular.TauM, regular.TRef, regular.VTh = 20, 5, 0.6
	regular.Surrogate = eprop.Surrogate{Shape: eprop.PiecewiseLinear, Height: 0.5, Width: 0.6}
	regular.CReg, regular.FTarget = 300, 10
	adaptive := eprop.AdaptiveIAF{
		IAF:       regular,
		AdaptBeta: 1.7 * (1 - math.Exp(-1.0/2000)) / (1 - math.Exp(-1.0/20)),
		AdaptTau:  2000,
	}
	readout := eprop.Readout{CM: 1, TauM: 20, VMin: -math.MaxFloat64, Loss: eprop.CrossEntropy}
	synapse := eprop.Synapse{
		Delay: 1, TauMReadout: 20, AverageGradient: true,
		Optimizer: eprop.Optimizer{Method: eprop.Adam, BatchSize: 1, Eta: 5e-3, WMin: -100, WMax: 100, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	}

	r := rng.NewRandomState(1)
	win := eprop.NormalMatrix(r, 100, 40, math.Sqrt(40))
	wrec := eprop.NormalMatrix(r, 100, 100, math.Sqrt(100))
	wout := eprop.GlorotMatrix(r, 2, 100)
	feedback := eprop.FeedbackMatrix(r, 100, 2, 1)

	sim, err := eprop.New("evidence", eprop.Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
		Input(40).
		Recurrent("regular", 50, regular).
		Recurrent("adaptive", 50, adaptive).
		Readout(2, readout).
		InputWeights(win, synapse).
		RecurrentWeights(wrec, synapse).
		OutputWeights(wout, synapse).
		FeedbackWeights(feedback).
		Build()
	if err != nil {
		log.Fatal(err)
	}

	task := datasets.DefaultEvidence()
	for range 5 {
		trials, err := task.Draw(r, 1)
		if err != nil {
			log.Fatal(err)
		}
		trial := trials[0]
		result, err := sim.Train([]eprop.Sequence{{Spikes: trial.Spikes, Target: eprop.OneHot(trial.Target, 2)}})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("loss %.9f, recall error %v\n", result.Loss, result.ErrorRate)
	}
	if err := sim.Finish(); err != nil {
		log.Fatal(err)
	}
	w, _, _ := sim.Weights()
	fmt.Printf("weight from input 0 to neuron 0: %.12f pA\n", w.At(0, 0))
	// Output:
	// loss 0.741152550, recall error 1
	// loss 0.740388188, recall error 1
	// loss 0.665785233, recall error 0
	// loss 0.663644193, recall error 0
	// loss 0.729428963, recall error 1
	// weight from input 0 to neuron 0: 0.271214209567 pA
}

// A neuron that learns at every spike to bring its readout to 0.2.
func ExampleOnline() {
	neuron := eprop.DefaultOnlineNeuron(eprop.OnlineIAF)
	neuron.CM, neuron.EL, neuron.VM, neuron.VTh, neuron.TRef = 1, 0, 0, 0.5, 0
	readout := eprop.Readout{CM: 1, TauM: 10, VMin: -math.MaxFloat64}
	optimizer := eprop.DefaultOptimizer()
	optimizer.Eta = 0.002
	sim, err := eprop.Online{
		Name: "one neuron", Resolution: 1, Inputs: 1, Neurons: 1, Neuron: neuron,
		Readouts: 1, Readout: readout, ReadoutCutoff: math.Inf(1),
		Input:     eprop.Matrix{Targets: 1, Sources: 1, Data: []float64{0.4}},
		Recurrent: eprop.NewMatrix(1, 1),
		Output:    eprop.Matrix{Targets: 1, Sources: 1, Data: []float64{0.5}},
		Feedback:  eprop.Matrix{Targets: 1, Sources: 1, Data: []float64{0.1}},
		Optimizer: optimizer,
	}.Build()
	if err != nil {
		log.Fatal(err)
	}
	spikes, target := make([]bool, 200), make([]float64, 200)
	for s := range spikes {
		spikes[s], target[s] = s%2 == 0, 0.2
	}
	for range 4 {
		loss, err := sim.Run(spikes, target, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("loss %.2f\n", loss)
	}
	// Output:
	// loss 25.99
	// loss 0.26
	// loss 0.25
	// loss 0.23
}
