//go:build cgo && linux

package cuda_test

import (
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/eprop/eproptest"
)

// One iteration of NEST's tutorial on evidence accumulation with 32 sequences, here
// and on the device.
func BenchmarkEpropBatch32(b *testing.B) {
	for _, on := range []struct {
		name    string
		options []eprop.BuildOption
	}{{"go", nil}, {"cuda", []eprop.BuildOption{eprop.On(cuda.Device(0))}}} {
		b.Run(on.name, func(b *testing.B) {
			n, r := eproptest.Tutorial(32)
			sim, err := n.Build(on.options...)
			if err != nil {
				b.Fatal(err)
			}
			defer sim.Close()
			batch := eproptest.Trials(b, r, 32)
			for b.Loop() {
				if _, err := sim.Train(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(32*float64(b.N)/b.Elapsed().Seconds(), "sequences/s")
		})
	}
}
