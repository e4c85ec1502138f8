package rng

import "testing"

func BenchmarkRandomState(b *testing.B) {
	r := NewRandomState(1)
	d, n := make([]float64, 1000), make([]int64, 1000)
	for _, c := range []struct {
		name string
		fill func()
	}{
		{"RandomSample", func() { r.FillRandomSample(d) }},
		{"Randn", func() { r.FillRandn(d) }},
		{"Exponential", func() { _ = r.FillExponential(d, 1) }},
		{"Gamma0.3", func() { _ = r.FillGamma(d, .3, 1) }},
		{"Gamma2.5", func() { _ = r.FillGamma(d, 2.5, 1) }},
		{"Beta0.5", func() { _ = r.FillBeta(d, .5, .5) }},
		{"Randint", func() { _ = r.FillRandint(n, 0, 1000) }},
		{"Binomial100", func() { _ = r.FillBinomial(n, 100, .4) }},
		{"Poisson20", func() { _ = r.FillPoisson(n, 20) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.fill()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/draw")
		})
	}
}
