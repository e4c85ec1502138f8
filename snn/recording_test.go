package snn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// Recordings are switched between runs, and by a function in a run: here, while
// V is above 2.
func TestRecordingUnderACondition(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("recording", snn.Dt(1), precision)
		pop := net.Population("pop", snn.Spiking("V : init=0\nV = V > 4 ? 0 : V + 1", nil).Spike("V > 0"), 1)
		v, raster := net.Record(pop, "V"), net.RecordSpikes(pop)
		sim := build(t, net, on)
		if err := sim.Recording(raster, false); err != nil {
			t.Fatal(err)
		}
		sim.Every(1, func(s *snn.Sim) error {
			return s.Recording(v, s.Var(pop, "V").Value() > 2)
		})
		run(t, sim, 12) // V is 1 2 3 4 5 0 1 2 3 4 5 0
		if got := sim.Samples(v).Of(0); !slices.Equal(got, []float64{1, 4, 5, 0, 4, 5, 0}) {
			t.Errorf("recorded %v", got)
		}
		if n := sim.Spikes(raster).Len(); n != 0 {
			t.Errorf("%d spikes recorded by a recording that is off", n)
		}
		sim.Recording(raster, true)
		run(t, sim, 6)
		if n := sim.Spikes(raster).Len(); n != 5 {
			t.Errorf("%d spikes recorded, want 5", n)
		}
	})
}

func TestSpikesInWords(t *testing.T) {
	for _, c := range []struct {
		s    snn.Spikes
		want string
	}{
		{snn.Spikes{N: 3}, "no spikes of 3 neurons"},
		{snn.Spikes{[]snn.Time{1, 1.5}, []int{2, 0}, 3}, "2 spikes of 3 neurons, from 1 ms to 1.5 ms: 2 at 1 ms, 0 at 1.5 ms"},
		{snn.Spikes{make([]snn.Time, 7), make([]int, 7), 1}, "7 spikes of 1 neurons, from 0 ms to 0 ms: " + strings.Repeat("0 at 0 ms, ", 6) + "…"},
	} {
		if got := c.s.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
