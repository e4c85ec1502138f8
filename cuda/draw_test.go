//go:build cgo && linux

package cuda_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
)

// TestDraws: initial values that are drawn on the device are those that the host
// draws, of every distribution and kind of connection.
func TestDraws(t *testing.T) {
	defer cuda.DrawAtLeast(1)()
	for _, single := range []bool{false, true} {
		session := func(backend snn.Backend) (numbers []float64) {
			options := []snn.Option{snn.Dt(1), snn.Seed(5)}
			if single {
				options = append(options, snn.Float32)
			}
			net := snn.New("drawn", options...)
			cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
			a := net.Population("a", cell, 70).Init("V", snn.Uniform(-60, -50))
			b := net.Population("b", cell, 50).Init("V", snn.Normal(-55, 2))
			clipped := snn.NormalClipped(0, 0.1, 0.05, 0.1)
			projections := []*snn.Projection{
				net.Connect(a, b, snn.AllToAll()).Weight(snn.LogNormal(-1, 0.5)),
				net.Connect(b, b, snn.AllToAll()).Weight(snn.Exponential(3)),
				net.Connect(a, b, snn.FixedTotal(90)).Weight(snn.Gamma(2)), // by the host
				net.Connect(a, b, snn.FixedProbability(0.3)).Weight(clipped),
				net.Connect(a, b, snn.FixedProbability(0.3)).Weight(snn.Uniform(-1, 1)).Delay(snn.Uniform(1, 6)),
				net.Connect(b, a, snn.FixedOut(7)).Weight(clipped).Delay(snn.Uniform(1, 3)),
				net.Connect(b, a, snn.FixedProbability(0)).Weight(clipped),
			}
			for _, p := range projections {
				p.Receptor(snn.ExpCurr{Tau: 5})
			}
			sim, err := net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			defer sim.Close()
			if err := sim.Run(3 * snn.Millisecond); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for _, p := range projections {
					numbers = append(numbers, sim.Var(p, "w").Values()...)
				}
				numbers = append(numbers, sim.Var(a, "V").Values()...)
				numbers = append(numbers, sim.Var(b, "V").Values()...)
				if err := sim.Reset(); err != nil {
					t.Fatal(err)
				}
			}
			return numbers
		}
		got, want := session(cuda.Device(0)), session(snn.Ref)
		if !slices.Equal(got, want) {
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("float32 %v: number %d of %d is %v, want %v", single, i, len(want), got[i], want[i])
				}
			}
		}
	}
	if onGPU {
		return
	}
	failing(t, "cuLaunchKernel:999")
	net := snn.New("drawn")
	net.Population("a", snn.LIF{C: 1, TauM: 20, Vthresh: 1}, 70).Init("V", snn.Uniform(0, 1))
	if _, err := net.Build(snn.On(cuda.Device(0))); err == nil || !strings.Contains(err.Error(), "drawing a.V") {
		t.Errorf("error %v, want that values could not be drawn on the device", err)
	}
}
