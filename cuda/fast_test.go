//go:build cgo && linux

package cuda_test

import (
	"math"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestFast compares every program of the suite, step by step, with the definition.
func TestFast(t *testing.T) {
	plantest.Close(t, cuda.Device(0, cuda.Fast), ref.New())
}

// TestFastStatistics: in a balanced network, which is chaotic, spikes come at other
// times, and as many of them. Counts of 400 neurons over 300 ms in five networks
// vary by some per cent; a rounding that were wrong would show as a rate that is.
func TestFastStatistics(t *testing.T) {
	count := func(backend snn.Backend) (n float64) {
		for seed := range 3 {
			net := snn.New("balanced", snn.Dt(1), snn.Seed(uint64(seed)), snn.Float32)
			cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
			exc := net.Population("exc", cell, 320).Init("V", snn.Uniform(-60, -50))
			inh := net.Population("inh", cell, 80).Init("V", snn.Uniform(-60, -50))
			for _, to := range []*snn.Population{exc, inh} {
				net.Connect(exc, to, snn.FixedProbability(0.1)).Weight(0.008).Receptor(snn.ExpCurr{Tau: 5})
				net.Connect(inh, to, snn.FixedProbability(0.1)).Weight(-0.102).Receptor(snn.ExpCurr{Tau: 10})
			}
			raster := net.RecordSpikes(exc)
			sim, err := net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Run(300 * snn.Millisecond); err != nil {
				t.Fatal(err)
			}
			n += float64(sim.Spikes(raster).Len())
			sim.Close()
		}
		return n
	}
	got, want := count(cuda.Device(0, cuda.Fast)), count(snn.Ref)
	if want < 1000 || math.Abs(got-want) > 0.1*want {
		t.Errorf("%v spikes, want %v ± 10 %%", got, want)
	}
}
