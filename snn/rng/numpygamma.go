package rng

import (
	"fmt"
	"math"
)

// Gamma has the given shape ≥ 0 and scale ≥ 0, and thus the mean shape·scale.
func (r *RandomState) Gamma(shape, scale float64) (float64, error) {
	var d [1]float64
	err := r.fillGamma("Gamma", d[:], shape, scale)
	return d[0], err
}

// FillGamma is gamma(shape, scale, len(dst)).
func (r *RandomState) FillGamma(dst []float64, shape, scale float64) error {
	return r.fillGamma("FillGamma", dst, shape, scale)
}

func (r *RandomState) fillGamma(name string, dst []float64, shape, scale float64) error {
	if err := notNegative(name, "shape", shape); err != nil {
		return err
	}
	if err := notNegative(name, "scale", scale); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = float64(scale * r.standardGamma(shape))
	}
	return nil
}

// standardGamma has the scale 1.
func (r *RandomState) standardGamma(shape float64) float64 {
	switch {
	case shape == 0:
		return 0
	case shape == 1:
		return r.standardExponential()
	case shape < 1:
		return r.gammaBelow1(shape)
	}
	return r.gammaAbove1(shape)
}

// gammaBelow1 rejects from a power law up to 1 and an exponential beyond (Ahrens
// and Dieter, Computing 12, 1974).
func (r *RandomState) gammaBelow1(shape float64) float64 {
	for {
		u := r.mt.double()
		e := r.standardExponential()
		if u <= 1-shape {
			if x := roundedPow(u, 1/shape); x <= e {
				return x
			}
			continue
		}
		y := -roundedLog((1 - u) / shape)
		if x := roundedPow(1-shape+float64(shape*y), 1/shape); x <= e+y {
			return x
		}
	}
}

// gammaAbove1 takes the cube of a normal number, with rejection (Marsaglia and
// Tsang, ACM Trans. Math. Softw. 26, 2000).
func (r *RandomState) gammaAbove1(shape float64) float64 {
	b := shape - 1.0/3
	c := 1 / math.Sqrt(float64(9*b))
	for {
		x, v := 0.0, 0.0
		for v <= 0 {
			x = r.Randn()
			v = 1 + float64(c*x)
		}
		v = float64(float64(v*v) * v)
		u := r.mt.double()
		xx := float64(x * x)
		if u < 1-float64(float64(0.0331*xx)*xx) { // nearly always: no logarithm needed
			return float64(b * v)
		}
		if roundedLog(u) < float64(float64(0.5*x)*x)+float64(b*(1-v+roundedLog(v))) {
			return float64(b * v)
		}
	}
}

// Beta has the density x^(a-1)·(1-x)^(b-1), up to a factor, on [0, 1]; a and b
// are positive.
func (r *RandomState) Beta(a, b float64) (float64, error) {
	var d [1]float64
	err := r.fillBeta("Beta", d[:], a, b)
	return d[0], err
}

// FillBeta is beta(a, b, len(dst)).
func (r *RandomState) FillBeta(dst []float64, a, b float64) error {
	return r.fillBeta("FillBeta", dst, a, b)
}

func (r *RandomState) fillBeta(name string, dst []float64, a, b float64) error {
	if !(a > 0) || !(b > 0) {
		return fmt.Errorf("rng.RandomState.%s: a is %g and b is %g, want both more than 0; give positive numbers", name, a, b)
	}
	for i := range dst {
		if a <= 1 && b <= 1 {
			dst[i] = r.betaBelow1(a, b)
			continue
		}
		x := r.standardGamma(a)
		y := r.standardGamma(b)
		dst[i] = x / (x + y)
	}
	return nil
}

// betaBelow1 divides two powers of uniform numbers whose sum is at most 1
// (Jöhnk, Metrika 8, 1964). Where both underflow it goes on with logarithms.
func (r *RandomState) betaBelow1(a, b float64) float64 {
	for {
		u := r.mt.double()
		v := r.mt.double()
		x := roundedPow(u, 1/a)
		y := roundedPow(v, 1/b)
		s := x + y
		if s > 1 {
			continue
		}
		if s > 0 {
			return x / s
		}
		lx := roundedLog(u) / a
		ly := roundedLog(v) / b
		m := ly
		if lx > ly {
			m = lx
		}
		lx -= m
		ly -= m
		return roundedExp(lx - roundedLog(roundedExp(lx)+roundedExp(ly)))
	}
}
