package vmath

import "math"

// atanParts is atan(a + e) for a ≥ 0 and small e, as an unevaluated sum. The
// argument is brought to at most 1/32 by a table of atan(k/16):
//
//	atan a = atan c + atan((a - c)/(1 + c·a))
func atanParts(a, e float64) dd {
	n := 0.0
	t := a
	hi := 0.0
	lo := 0.0
	if a <= 1 {
		n = (float64(16*a) + shifter) - shifter
		if n > 0 {
			c := float64(n * 0.0625)
			t = (a - c) / (1 + float64(c*a))
			hi = atanHi[int64(n)]
			lo = atanLo[int64(n)]
		}
	} else { // π/2 - atan(1/a)
		n = (16/a + shifter) - shifter
		t = -1 / a
		if n > 0 {
			c := float64(n * 0.0625)
			t = (float64(c*a) - 1) / (a + c)
		}
		hi = acotHi[int64(n)]
		lo = acotLo[int64(n)]
	}
	z := float64(t * t)
	p := -0x1.745d1745d1746p-4 // -1/11
	p = float64(p*z) + 0x1.c71c71c71c71cp-4
	p = float64(p*z) - 0x1.2492492492492p-3
	p = float64(p*z) + 0x1.999999999999ap-3
	p = float64(p*z) - 0x1.5555555555555p-2
	if e != 0 {
		e = e / (1 + float64(a*a))
	}
	s := twoSum(hi, t)
	return fastSum(s.hi, s.lo+(float64(float64(z*t)*p)+(lo+e)))
}

// Atan is the arc tangent in radians; the error is below 1 ulp.
func Atan(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-28 || x != x {
		return x
	}
	r := atanParts(a, 0)
	y := r.hi + r.lo
	if x < 0 {
		y = -y
	}
	return y
}

// rootParts is √(1 - a²) for 0 ≤ a ≤ 1, a not tiny.
func rootParts(a float64) dd {
	p := twoProd(a, a)
	d := twoSum(1, -p.hi)
	d = fastSum(d.hi, d.lo-p.lo)
	if !(d.hi > 0) {
		return dd{0, 0}
	}
	s := math.Sqrt(d.hi)
	q := twoProd(s, s)
	return fastSum(s, (((d.hi-q.hi)-q.lo)+d.lo)/(float64(2*s)))
}

// asinParts is asin a for 2^-28 ≤ a < 1.
func asinParts(a float64) dd {
	q := ddDiv(dd{a, 0}, rootParts(a))
	return atanParts(q.hi, q.lo)
}

// Asin is the arc sine in radians; the error is below 1 ulp.
func Asin(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-28 || x != x {
		return x
	}
	if a > 1 {
		return math.NaN()
	}
	y := pio2Hi
	if a < 1 {
		r := asinParts(a)
		y = r.hi + r.lo
	}
	if x < 0 {
		y = -y
	}
	return y
}

// Acos is the arc cosine in radians; the error is below 1 ulp.
func Acos(x float64) float64 {
	a := math.Abs(x)
	if !(a <= 1) {
		return math.NaN()
	}
	if a < 0x1p-60 {
		return pio2Hi
	}
	if a <= 0.5 {
		r := dd{a, 0}
		if a > 0x1p-28 {
			r = asinParts(a)
		}
		if x < 0 {
			r = dd{-r.hi, -r.lo}
		}
		s := twoSum(pio2Hi, -r.hi)
		return s.hi + (s.lo + (pio2Lo - r.lo))
	}
	q := ddDiv(rootParts(a), dd{a, 0})
	r := atanParts(q.hi, q.lo)
	if x > 0 {
		return r.hi + r.lo
	}
	s := twoSum(2*pio2Hi, -r.hi)
	return s.hi + (s.lo + (2*pio2Lo - r.lo))
}
