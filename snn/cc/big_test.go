//go:build cgo

package cc_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// BenchmarkOja is one step of Oja's rule on a square of n neurons, most of them
// active.
func BenchmarkOja(b *testing.B) {
	for _, n := range []int{256, 1000, 1024} {
		for _, backend := range []plan.Backend{ref.New(), backend(b)} {
			p, s := plantest.Oja(n)
			x, err := backend.Compile(p)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(p.Name+"/"+backend.Name(), func(b *testing.B) {
				for b.Loop() {
					if _, err := x.Run(s, 1, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n*n), "ns/synapse")
			})
			x.Close()
		}
	}
}
