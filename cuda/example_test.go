//go:build cgo && linux

package cuda_test

import (
	"fmt"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
)

// A rate that decays with a time constant of 10 ms, on the first GPU.
func Example() {
	net := snn.New("decay", snn.Dt(1))
	pop := net.Population("pop", snn.Rate("tau*dr/dt = -r", snn.P{"tau": 10}), 3).Init("r", 1)
	sim, err := net.Build(snn.On(cuda.Device(0)))
	if err != nil {
		fmt.Println(err) // for example: install the NVIDIA driver
		return
	}
	if err := sim.Run(2 * snn.Millisecond); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sim.Var(pop, "r").Values())
	// Output: [0.81 0.81 0.81]
}
