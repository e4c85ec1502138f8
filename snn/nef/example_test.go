package nef_test

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/nef"
)

// An ensemble represents a sine, another one its square.
func Example() {
	net := nef.New("square", nef.Seed(0))
	input := net.Node("input", nef.OfTime(func(t float64) []float64 { return []float64{math.Sin(t)} }))
	a := net.Ensemble("A", 100, 1)
	b := net.Ensemble("B", 100, 1)
	net.Connect(input, a)
	net.Connect(a, b).Function(func(x []float64) []float64 { return []float64{x[0] * x[0]} })
	decoded := net.Probe(b).Synapse(nef.Lowpass(0.03))

	sim, err := net.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	if err := sim.Run(1); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("sin² %.2f, decoded %.2f\n", math.Sin(1)*math.Sin(1), sim.Data(decoded).Last().At(0, 0))
	// Output: sin² 0.71, decoded 0.68
}

// Noise with a seed of its own is the same in every run and on every machine.
func ExampleProcess_Run() {
	rows, err := nef.WhiteSignal(1, 5).RMS(0.5).Seed(3).Run(3, 0.001)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range rows {
		fmt.Printf("%.4f\n", row[0])
	}
	fmt.Println(nef.FilteredNoise(nef.Lowpass(0.01), nef.Gaussian(0, 1)).Seed(7))
	// Output:
	// 0.0977
	// 0.1088
	// 0.1199
	// FilteredNoise, seed 7
}

// A simulation ends when a neuron has fired ten times.
func ExampleSim_RunUntil() {
	net := nef.New("until", nef.Seed(0))
	a := net.Ensemble("A", 1, 1).GainBias(nef.Values{1}, nef.Values{3}).InitialState("voltage", nef.Values{0})
	spikes := net.Probe(a.Neurons()).SpikesOnly()
	sim, err := net.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	tenth := func() bool { return len(sim.Spikes(spikes).Times) == 10 }
	done, err := sim.RunUntil(tenth, 0.001, 1)
	fmt.Printf("%v, after %.3f s, %v\n", done, sim.Time(), err)
	// Output: true, after 0.100 s, <nil>
}

// A trained ensemble moves to another network to the last bit, here by plain arrays.
func ExampleSim_Freeze() {
	net := nef.New("trained", nef.Seed(4))
	a := net.Ensemble("A", 50, 1)
	line := net.Connect(a, net.Node("out", nef.PassThrough(1)))
	sim, err := net.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	frozen, err := sim.Freeze()
	if err != nil {
		fmt.Println(err)
		return
	}
	weights := frozen.Connections["A→out"]

	other := nef.New("other", nef.Seed(5))
	b := other.Ensemble("B", 50, 1).Frozen(frozen.Ensembles["A"])
	again := other.Connect(b, other.Node("out", nef.PassThrough(1))).Solver(nef.NoSolver{Decoders: nef.ColumnsOf(weights)})
	second, err := other.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer second.Close()
	x, y := sim.Connection(line).Weights, second.Connection(again).Weights
	fmt.Println(x.Data[0] == y.Data[0], sim.Ensemble(a).Gain[7] == second.Ensemble(b).Gain[7])
	// Output: true true
}
