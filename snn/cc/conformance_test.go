//go:build cgo

package cc_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

func TestConformance(t *testing.T) { plantest.Conformance(t, backend(t), ref.New()) }

// TestLongRun compares ref and cc after 500 trials of the bar learning network,
// in which columns fall silent and wake again thousands of times.
func TestLongRun(t *testing.T) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		bars := plantest.NewBars(f)
		var states []*plan.State
		for _, b := range []plan.Backend{ref.New(), backend(t)} {
			x, err := b.Compile(bars.Program)
			if err != nil {
				t.Fatal(err)
			}
			s := bars.State()
			var in plantest.Input
			pixels := make([]float64, 64)
			for range 500 {
				in.Next(pixels)
				for i, v := range pixels {
					if f == plan.F64 {
						s.F64[bars.In][i] = v
					} else {
						s.F32[bars.In][i] = float32(v)
					}
				}
				if _, err := x.Run(s, 50, nil); err != nil {
					t.Fatal(err)
				}
			}
			x.Close()
			states = append(states, s)
		}
		if d := plantest.Diff(bars.Program, states[1], states[0]); d != "" {
			t.Errorf("%v: cc differs from ref after 500 trials: %s", f, d)
		}
	}
}
