package rng

import (
	"math"
	"testing"
)

// TestPhiloxKnownAnswers are the vectors published with the generator
// (Random123, kat_vectors, philox4x32 with 10 rounds).
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox4x32(c.ctr, c.key); got != c.want {
			t.Errorf("Philox4x32(%x, %x) = %x, want %x", c.ctr, c.key, got, c.want)
		}
	}
}

// TestGolden holds the numbers of one stream fixed: changing them would change
// every saved experiment.
func TestGolden(t *testing.T) {
	s := NewStream(1, 3, 5)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"uniform", s.Uniform(10, 7, -1, 3), 1.5736583840954443},
		{"normal", s.Normal(10, 7, 2, 0.5), 2.6731486494510692},
		{"exponential", s.Exponential(10, 7, 4), 0.2577953763682131},
		{"lognormal", s.LogNormal(10, 7, 0.5, 0.25), 2.308445431769361},
		{"poisson 3", s.Poisson(10, 7, 3), 3},
		{"poisson 50", s.Poisson(10, 7, 50), 53},
		{"poisson 1e12", s.Poisson(10, 7, 1e12), 1.000001346297e+12},
		{"bernoulli", s.Bernoulli(10, 7, 0.5), 0},
		{"far away", s.Uniform(1<<40, 1<<50, 0, 1), 0.22634310027898097},
	} {
		if c.got != c.want {
			t.Errorf("%s = %v (%b), want %v", c.name, c.got, c.got, c.want)
		}
	}
}

// moments draws n numbers over steps and elements.
func moments(n int, draw func(step int64, element uint64) float64) (mean, variance float64) {
	for i := range n {
		x := draw(int64(i%317), uint64(i/317))
		mean += x
		variance += x * x
	}
	mean /= float64(n)
	return mean, variance/float64(n) - mean*mean
}

// TestMoments compares mean and variance with theory. The tolerance is five
// standard errors, σ/√n and about √(2..20)·σ²/√n for the heavier tails.
func TestMoments(t *testing.T) {
	const n = 200_000
	s := NewStream(42, 1, 0)
	for _, c := range []struct {
		name           string
		draw           func(int64, uint64) float64
		mean, variance float64
		kurtosis       float64 // fourth central moment / variance²
	}{
		{"uniform", func(k int64, e uint64) float64 { return s.Uniform(k, e, 2, 5) }, 3.5, 0.75, 1.8},
		{"normal", func(k int64, e uint64) float64 { return s.Normal(k, e, -1, 2) }, -1, 4, 3},
		{"exponential", func(k int64, e uint64) float64 { return s.Exponential(k, e, 4) }, 0.25, 0.0625, 9},
		{"lognormal", func(k int64, e uint64) float64 { return s.LogNormal(k, e, 0, 0.5) }, math.Exp(0.125), (math.Exp(0.25) - 1) * math.Exp(0.25), 8.9},
		{"poisson 0.5", func(k int64, e uint64) float64 { return s.Poisson(k, e, 0.5) }, 0.5, 0.5, 5},
		{"poisson 9.9", func(k int64, e uint64) float64 { return s.Poisson(k, e, 9.9) }, 9.9, 9.9, 3.2},
		{"poisson 10", func(k int64, e uint64) float64 { return s.Poisson(k, e, 10) }, 10, 10, 3.1},
		{"poisson 400", func(k int64, e uint64) float64 { return s.Poisson(k, e, 400) }, 400, 400, 3},
		{"poisson 2e9", func(k int64, e uint64) float64 { return s.Poisson(k, e, 2e9) - 2e9 }, 0, 2e9, 3},
		{"bernoulli", func(k int64, e uint64) float64 { return s.Bernoulli(k, e, 0.3) }, 0.3, 0.21, 1.8},
	} {
		mean, variance := moments(n, c.draw)
		if tol := 5 * math.Sqrt(c.variance/n); !(math.Abs(mean-c.mean) < tol) {
			t.Errorf("%s: mean %v, want %v ± %v", c.name, mean, c.mean, tol)
		}
		if tol := 5 * c.variance * math.Sqrt((c.kurtosis-1)/n); !(math.Abs(variance-c.variance) < tol) {
			t.Errorf("%s: variance %v, want %v ± %v", c.name, variance, c.variance, tol)
		}
	}
}

// TestPoissonProbabilities compares frequencies with e^-λ λ^k / k!, by χ².
func TestPoissonProbabilities(t *testing.T) {
	const n = 100_000
	s := NewStream(7, 1, 2)
	for _, lambda := range []float64{0.7, 6, 12, 30} {
		counts := map[float64]int{}
		for i := range n {
			counts[s.Poisson(3, uint64(i), lambda)]++
		}
		chi, cells := 0.0, 0
		p := math.Exp(-lambda)
		for k := 0.0; k < 200; k++ {
			if k > 0 {
				p *= lambda / k
			}
			if e := p * n; e > 20 {
				d := float64(counts[k]) - e
				chi += d * d / e
				cells++
			}
		}
		// χ² with f degrees of freedom has mean f and variance 2f.
		if f := float64(cells); chi > f+5*math.Sqrt(2*f) {
			t.Errorf("λ = %v: χ² is %.1f over %d cells", lambda, chi, cells)
		}
	}
}

// TestStreamsAreIndependent: seed, object, stream, step and element each change
// the numbers, and neighbours are not correlated.
func TestStreamsAreIndependent(t *testing.T) {
	const n = 20_000
	base := func(i int) float64 { return NewStream(1, 2, 3).Uniform(0, uint64(i), -1, 1) }
	for name, other := range map[string]func(i int) float64{
		"seed":      func(i int) float64 { return NewStream(2, 2, 3).Uniform(0, uint64(i), -1, 1) },
		"high seed": func(i int) float64 { return NewStream(1|1<<32, 2, 3).Uniform(0, uint64(i), -1, 1) },
		"object":    func(i int) float64 { return NewStream(1, 3, 3).Uniform(0, uint64(i), -1, 1) },
		"stream":    func(i int) float64 { return NewStream(1, 2, 4).Uniform(0, uint64(i), -1, 1) },
		"swapped":   func(i int) float64 { return NewStream(1, 3, 2).Uniform(0, uint64(i), -1, 1) },
		"step":      func(i int) float64 { return NewStream(1, 2, 3).Uniform(1, uint64(i), -1, 1) },
		"neighbour": func(i int) float64 { return NewStream(1, 2, 3).Uniform(0, uint64(i)+1, -1, 1) },
		"far":       func(i int) float64 { return NewStream(1, 2, 3).Uniform(0, uint64(i)|1<<32, -1, 1) },
	} {
		sum := 0.0
		for i := range n {
			sum += base(i) * other(i)
		}
		// Products of independent numbers have variance 1/9.
		if r := sum / n; !(math.Abs(r) < 5/3.0/math.Sqrt(n)) {
			t.Errorf("correlation with another %s: %v", name, 3*r)
		}
	}
}

func TestEdges(t *testing.T) {
	s := NewStream(1, 1, 1)
	nan := math.NaN()
	if x := s.Poisson(0, 0, -3); x != 0 {
		t.Errorf("Poisson(-3) = %v, want 0", x)
	}
	if x := s.Poisson(0, 0, nan); x == x {
		t.Errorf("Poisson(NaN) = %v", x)
	}
	if x := s.Poisson(0, 0, math.Inf(1)); !math.IsInf(x, 1) {
		t.Errorf("Poisson(∞) = %v", x)
	}
	for i := range 1000 {
		e := uint64(i)
		if x := s.Uniform(0, e, 0, 1); !(x >= 0 && x < 1) {
			t.Fatalf("Uniform(0, 1) = %v", x)
		}
		if s.Bernoulli(0, e, 1) != 1 || s.Bernoulli(0, e, 0) != 0 || s.Bernoulli(0, e, nan) != 0 {
			t.Fatal("Bernoulli with p = 1, 0, NaN")
		}
		if x := s.Exponential(0, e, 2); !(x >= 0 && x < 30) {
			t.Fatalf("Exponential(2) = %v", x)
		}
	}
	// log k! agrees between the product and Stirling's series.
	for k := 2.0; k < 30; k++ {
		want, _ := math.Lgamma(k + 1)
		if got := logFactorial(k); !(math.Abs(got-want) < 1e-11) { // the series' next term at k = 16 is 1/(1680·16⁷) = 2e-12
			t.Errorf("log %v! = %v, want %v", k, got, want)
		}
	}
}
