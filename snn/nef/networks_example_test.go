package nef_test

import (
	"fmt"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/nef"
)

// Basal ganglia choose the action with the largest utility, the thalamus passes
// it on.
func ExampleNetwork_BasalGanglia() {
	net := nef.New("choice", nef.Seed(0))
	utilities := net.Node("utilities", nef.Piecewise(map[float64][]float64{0: {0.8, 0.4, 0.4}, 0.25: {0.4, 0.4, 0.8}}))
	ganglia := net.BasalGanglia("ganglia", 50, 3)
	thalamus := net.Thalamus("thalamus", 50, 3)
	net.Connect(utilities, ganglia.Input)
	net.Connect(ganglia.Output, thalamus.Input)
	actions := net.Probe(thalamus.Output).Synapse(nef.Lowpass(0.03))

	sim := snn.Must(net.Build())
	defer sim.Close()
	for range 2 {
		if err := sim.Run(0.25); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("at %.2f s: %.1f\n", sim.Time(), sim.Data(actions).Last().Data)
	}
	// Output:
	// at 0.25 s: [0.9 0.0 0.0]
	// at 0.50 s: [0.0 0.0 1.0]
}
