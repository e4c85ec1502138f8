//go:build cgo

package cc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// BenchmarkBarLearning makes trials of 50 steps: 3040 plastic synapses, input
// drawn anew. 10,000 of them are the tutorial.
func BenchmarkBarLearning(b *testing.B) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		for _, backend := range []plan.Backend{ref.New(), backend(b)} {
			name := backend.Name()
			if f == plan.F32 {
				name += "/float32"
			}
			b.Run(name, func(b *testing.B) {
				bars := plantest.NewBars(f)
				x, err := backend.Compile(bars.Program)
				if err != nil {
					b.Fatal(err)
				}
				defer x.Close()
				s := bars.State()
				var in plantest.Input
				pixels := make([]float64, 64)
				b.ReportAllocs()
				for b.Loop() {
					in.Next(pixels)
					for i, v := range pixels {
						if f == plan.F32 {
							s.F32[bars.In][i] = float32(v)
						} else {
							s.F64[bars.In][i] = v
						}
					}
					if _, err := x.Run(s, 50, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkCompile is the first compilation of the bar learning network, and
// the ones after it.
func BenchmarkCompile(b *testing.B) {
	bars := plantest.NewBars(plan.F64)
	compile := func(b *testing.B, backend plan.Backend) {
		x, err := backend.Compile(bars.Program)
		if err != nil {
			b.Fatal(err)
		}
		x.Close()
	}
	b.Run("first", func(b *testing.B) {
		dir := b.TempDir()
		b.Setenv("SPIKEBOOK_CACHE", dir)
		backend, err := cc.New()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			compile(b, backend)
			b.StopTimer()
			os.RemoveAll(filepath.Join(dir, "cc"))
			b.StartTimer()
		}
	})
	b.Run("cached", func(b *testing.B) {
		backend := backend(b)
		for b.Loop() {
			compile(b, backend)
		}
	})
}
