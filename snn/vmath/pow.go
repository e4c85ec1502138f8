package vmath

import "math"

// Pow is x^y with the special values of C's pow; the error is below 1 ulp.
func Pow(x, y float64) float64 {
	if y == 0 || x == 1 {
		return 1
	}
	if x != x || y != y {
		return math.NaN()
	}
	a := math.Abs(x)
	// Is y an integer, and odd? From 2^53 on all numbers are even integers.
	whole := math.Abs(y) >= 0x1p53
	odd := false
	if !whole {
		n := int64(y)
		whole = float64(n) == y
		odd = whole && n&1 != 0
	}
	negative := math.Float64bits(x)>>63 != 0 && odd
	r := 0.0
	if a == 0 || a > math.MaxFloat64 {
		if (a == 0) != (y > 0) {
			r = math.Inf(1)
		}
	} else if math.Abs(y) > math.MaxFloat64 {
		if a == 1 {
			r = 1
		} else if (a > 1) == (y > 0) {
			r = math.Inf(1)
		}
	} else {
		if x < 0 && !whole {
			return math.NaN()
		}
		l := logParts(a)
		p := float64(l.hi * y)
		if p > 720 {
			r = math.Inf(1)
		} else if p > -760 {
			h := twoProd(l.hi, y)
			if math.Abs(p) < 0x1p-60 {
				h = dd{p, 0}
			}
			e := expParts(h.hi, h.lo+float64(l.lo*y))
			r = scale(e.hi+e.lo, e.k)
		}
	}
	if negative {
		r = -r
	}
	return r
}
