package vmath

import (
	"math"
	"math/bits"
)

// Sqrt is the square root, rounded correctly.
func Sqrt(x float64) float64 { return math.Sqrt(x) }

// Abs is the magnitude.
func Abs(x float64) float64 { return math.Abs(x) }

// Floor is the greatest integer not above x.
func Floor(x float64) float64 { return math.Floor(x) }

// Ceil is the least integer not below x.
func Ceil(x float64) float64 { return math.Ceil(x) }

// Round is the nearest integer; halves go away from zero.
func Round(x float64) float64 {
	t := math.Trunc(x)
	d := math.Abs(x - t)
	if d >= 0.5 {
		one := 1.0
		if x < 0 {
			one = -1
		}
		t = t + one
	}
	return t
}

// Sign is 1, -1, or x itself where x is 0 or NaN.
func Sign(x float64) float64 {
	s := x
	if x > 0 {
		s = 1
	}
	if x < 0 {
		s = -1
	}
	return s
}

// Mod is the remainder of x/y with the sign of y, exactly, as Python's
// operator %; NaN for y = 0 and for infinite x.
//
//c:noinline
func Mod(x, y float64) float64 {
	a := math.Abs(x)
	b := math.Abs(y)
	if !(a <= math.MaxFloat64) || !(b > 0) {
		return math.NaN()
	}
	r := a
	if a >= b {
		r = remainder(a, b)
	}
	if x < 0 {
		r = -r
	}
	if r == 0 {
		r = 0
		if y < 0 {
			r = -r
		}
	} else if (r < 0) != (y < 0) {
		r = r + y
	}
	return r
}

// remainder is a modulo b for finite a ≥ b > 0: long division of the mantissas,
// 11 bits at a time.
//
//c:noinline
func remainder(a, b float64) float64 {
	ua := math.Float64bits(a)
	ub := math.Float64bits(b)
	ea := int64(ua >> 52)
	eb := int64(ub >> 52)
	ma := ua & 0xfffffffffffff
	mb := ub & 0xfffffffffffff
	if ea > 0 {
		ma = ma | 0x10000000000000
	} else {
		ea = 1
	}
	if eb > 0 {
		mb = mb | 0x10000000000000
	} else {
		eb = 1
	}
	n := ea - eb
	ma = ma % mb
	for n > 0 {
		s := n
		if s > 11 {
			s = 11
		}
		ma = (ma << uint64(s)) % mb
		n = n - s
	}
	if ma == 0 {
		return 0
	}
	// ma·2^(eb-1075) with eb ≥ 1.
	z := int64(bits.LeadingZeros64(ma)) - 11
	if z < eb {
		return math.Float64frombits(((ma << uint64(z)) & 0xfffffffffffff) | uint64(eb-z)<<52)
	}
	return math.Float64frombits(ma << uint64(eb-1))
}
