package vmath

import "math"

// Sinh is (e^x - e^-x)/2; the error is below 1 ulp.
func Sinh(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-28 || x != x {
		return x
	}
	y := 0.0
	if a < 1 {
		z := float64(a * a)
		p := 0x1.71b8ef6dcf572p-66 // 1/21!
		p = float64(p*z) + 0x1.2f49b46814157p-57
		p = float64(p*z) + 0x1.952c77030ad4ap-49
		p = float64(p*z) + 0x1.ae7f3e733b81fp-41
		p = float64(p*z) + 0x1.6124613a86d09p-33
		p = float64(p*z) + 0x1.ae64567f544e4p-26
		p = float64(p*z) + 0x1.71de3a556c734p-19
		p = float64(p*z) + 0x1.a01a01a01a01ap-13
		p = float64(p*z) + 0x1.1111111111111p-7
		p = float64(p*z) + 0x1.5555555555555p-3
		y = a + float64(float64(a*z)*p)
	} else if a > 720 {
		y = math.Inf(1)
	} else {
		e := expParts(a, 0)
		if a > 22 { // e^-x is less than 2^-63 of e^x
			y = scale(e.hi+e.lo, e.k-1)
		} else {
			p := power2(e.k - 1)
			h := float64(e.hi * p)
			s := twoSum(h, -0.25/h)
			y = s.hi + (s.lo + float64(e.lo*p))
		}
	}
	if x < 0 {
		y = -y
	}
	return y
}

// Cosh is (e^x + e^-x)/2; the error is below 1 ulp.
func Cosh(x float64) float64 {
	a := math.Abs(x)
	if x != x {
		return x
	}
	if a > 720 {
		return math.Inf(1)
	}
	e := expParts(a, 0)
	if a > 22 {
		return scale(e.hi+e.lo, e.k-1)
	}
	p := power2(e.k - 1)
	h := float64(e.hi * p)
	s := twoSum(h, 0.25/h)
	return s.hi + (s.lo + float64(e.lo*p))
}

// Tanh is the hyperbolic tangent; the error is below 1 ulp.
func Tanh(x float64) float64 {
	a := math.Abs(x)
	z := a
	if z > 22 {
		z = 22
	}
	t := minusOne(expReduce(float64(2*z), 0)) // e^2a - 1
	d := twoSum(t.hi, 2)
	q := ddDiv(t, fastSum(d.hi, d.lo+t.lo))
	y := q.hi + q.lo
	if a >= 22 {
		y = 1
	}
	if x < 0 {
		y = -y
	}
	if !(a >= 0x1p-28) { // or NaN
		y = x
	}
	return y
}
