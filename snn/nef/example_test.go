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
