//go:build cgo

package cc_test

import (
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// TestManyFunctions: a neuron with several functions, whose spikes are stored
// block by block, gives the bits of the backend ref. 700 neurons are two blocks
// and a part of one, and no multiple of a vector.
func TestManyFunctions(t *testing.T) {
	for _, precision := range []snn.Option{snn.Float32, snn.Float64} {
		var want []float64
		var fired int
		for _, on := range []snn.Backend{snn.Ref, snn.CC} {
			net := snn.New("functions", snn.Dt(0.1), snn.Seed(3), precision)
			pop := net.Population("E", snn.Spiking(`dv/dt = (exp((v + 50)/8) - (v + 65) + 25*tanh(w) + 20)/20
				dw/dt = (log1p(exp((v + 60)/9)) - w)/30/exprel((v + 40)/7)`, nil).
				Spike("v > -35").Reset("v = -60").Refractory("2"), 700)
			pop.Init("v", snn.Uniform(-70, -50)).Init("w", snn.Uniform(-2, 2))
			v, spikes := net.Record(pop, "v"), net.RecordSpikes(pop)
			sim, err := net.Build(snn.On(on))
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Run(20); err != nil {
				t.Fatal(err)
			}
			got := slices.Concat(sim.Samples(v).Values...)
			n := len(sim.Spikes(spikes).Neurons)
			sim.Close()
			if on != snn.CC {
				want, fired = got, n
				continue
			}
			if fired == 0 || n != fired || !slices.Equal(got, want) {
				t.Errorf("the backend cc gives %d spikes and potentials like ref: %v; want %d spikes, more than 0, and true", n, slices.Equal(got, want), fired)
			}
		}
	}
}
