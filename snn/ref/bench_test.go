package ref_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// BenchmarkKenyonCells makes steps of 20,000 neurons; 200 of them are an image
// of the mushroom body.
func BenchmarkKenyonCells(b *testing.B) {
	const n = 20000
	p, s := plantest.KenyonCells(n)
	x, err := ref.New().Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	if _, err := x.Run(s, 50, nil); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if _, err := x.Run(s, int64(b.N), nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/neuron")
	b.ReportMetric(float64(b.N)/200/b.Elapsed().Seconds(), "images/s")
}
