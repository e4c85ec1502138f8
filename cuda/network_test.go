//go:build cgo && linux

package cuda_test

import (
	"slices"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
)

// TestNetwork builds a spiking network from its description on the device and on Ref.
func TestNetwork(t *testing.T) {
	describe := func() (*snn.Network, *snn.SpikeRecording) {
		net := snn.New("balanced", snn.Dt(1), snn.Seed(1), snn.Float32)
		cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
		exc := net.Population("exc", cell, 320).Init("V", snn.Uniform(-60, -50))
		inh := net.Population("inh", cell, 80).Init("V", snn.Uniform(-60, -50))
		for _, to := range []*snn.Population{exc, inh} {
			net.Connect(exc, to, snn.FixedProbability(0.1)).Weight(0.008).Receptor(snn.ExpCurr{Tau: 5})
			net.Connect(inh, to, snn.FixedProbability(0.1)).Weight(-0.102).Receptor(snn.ExpCurr{Tau: 10})
		}
		return net, net.RecordSpikes(exc)
	}
	spikes := func(b snn.Backend) snn.Spikes {
		net, raster := describe()
		sim, err := net.Build(snn.On(b))
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		for range 2 {
			if err := sim.Run(60 * snn.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		return sim.Spikes(raster)
	}
	got, want := spikes(cuda.Device(0)), spikes(snn.Ref)
	if len(want.Neurons) < 100 {
		t.Fatalf("%d spikes on Ref, want many", len(want.Neurons))
	}
	if !slices.Equal(got.Neurons, want.Neurons) || !slices.Equal(got.Times, want.Times) {
		t.Errorf("%d spikes, which are others than the %d on Ref", len(got.Neurons), len(want.Neurons))
	}
}
