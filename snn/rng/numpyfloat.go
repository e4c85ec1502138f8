package rng

import (
	"fmt"
	"math"
)

// RandomSample is uniform in [0, 1), a multiple of 2^-53.
func (r *RandomState) RandomSample() float64 { return r.mt.double() }

// FillRandomSample is random_sample(len(dst)).
func (r *RandomState) FillRandomSample(dst []float64) {
	for i := range dst {
		dst[i] = r.mt.double()
	}
}

// Uniform is in [low, high), or in (high, low] if that is the order. The range
// high - low must be finite.
func (r *RandomState) Uniform(low, high float64) (float64, error) {
	var d [1]float64
	err := r.fillUniform("Uniform", d[:], low, high)
	return d[0], err
}

// FillUniform is uniform(low, high, len(dst)).
func (r *RandomState) FillUniform(dst []float64, low, high float64) error {
	return r.fillUniform("FillUniform", dst, low, high)
}

func (r *RandomState) fillUniform(name string, dst []float64, low, high float64) error {
	width := high - low
	if !(math.Abs(width) <= math.MaxFloat64) {
		return fmt.Errorf("rng.RandomState.%s: range %g to %g has the width %g, want a finite one; give nearer bounds", name, low, high, width)
	}
	for i := range dst {
		dst[i] = low + float64(width*r.mt.double())
	}
	return nil
}

// Randn is a standard normal number by Marsaglia's polar method, which makes two
// at a time: the second is kept for the next call, whatever else is drawn in
// between. standard_normal is the same.
func (r *RandomState) Randn() float64 {
	if r.hasGauss {
		g := r.gauss
		r.hasGauss, r.gauss = false, 0
		return g
	}
	for {
		x := float64(2*r.mt.double()) - 1
		y := float64(2*r.mt.double()) - 1
		s := float64(x*x) + float64(y*y)
		if s >= 1 || s == 0 {
			continue // not inside the unit circle
		}
		f := math.Sqrt(float64(-2*roundedLog(s)) / s)
		r.hasGauss, r.gauss = true, float64(f*x)
		return float64(f * y)
	}
}

// FillRandn is randn(len(dst)), and for a matrix in dst randn(rows, columns).
func (r *RandomState) FillRandn(dst []float64) {
	for i := range dst {
		dst[i] = r.Randn()
	}
}

// Normal has the mean loc and the standard deviation scale ≥ 0.
func (r *RandomState) Normal(loc, scale float64) (float64, error) {
	var d [1]float64
	err := r.fillNormal("Normal", d[:], loc, scale)
	return d[0], err
}

// FillNormal is normal(loc, scale, len(dst)).
func (r *RandomState) FillNormal(dst []float64, loc, scale float64) error {
	return r.fillNormal("FillNormal", dst, loc, scale)
}

func (r *RandomState) fillNormal(name string, dst []float64, loc, scale float64) error {
	if loc != loc {
		return fmt.Errorf("rng.RandomState.%s: loc is NaN, want a number; give the mean", name)
	}
	if err := notNegative(name, "scale", scale); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = loc + float64(scale*r.Randn())
	}
	return nil
}

// Exponential has the mean scale ≥ 0.
func (r *RandomState) Exponential(scale float64) (float64, error) {
	var d [1]float64
	err := r.fillExponential("Exponential", d[:], scale)
	return d[0], err
}

// FillExponential is exponential(scale, len(dst)).
func (r *RandomState) FillExponential(dst []float64, scale float64) error {
	return r.fillExponential("FillExponential", dst, scale)
}

func (r *RandomState) fillExponential(name string, dst []float64, scale float64) error {
	if err := notNegative(name, "scale", scale); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = float64(scale * r.standardExponential())
	}
	return nil
}

func (r *RandomState) standardExponential() float64 { return -roundedLog(1 - r.mt.double()) }

// notNegative refuses what NumPy does: also -0; and NaN.
func notNegative(method, parameter string, x float64) error {
	if !(x >= 0) || math.Signbit(x) {
		return fmt.Errorf("rng.RandomState.%s: %s is %g, want 0 or more; give a number that is not negative", method, parameter, x)
	}
	return nil
}
