package vmath

import (
	"math"
	"math/bits"
)

// π/2 in pieces of 33 bits and a rest: k times a piece is exact for |k| < 2^20.
const (
	pio2A = 0x1.921fb544p+0
	pio2B = 0x1.0b4611a6p-34
	pio2C = 0x1.3198a2ep-69
	pio2D = 0x1.b839a252049c1p-104

	pio2Hi = 0x1.921fb54442d18p+0
	pio2Lo = 0x1.1a62633145c07p-54
)

// mulHi is the upper half of a·b.
func mulHi(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi
}

// reduce writes a ≥ 0 as k·π/2 + hi + lo with |hi + lo| ≤ π/4 (and a little),
// with an absolute error of about 2^-100 or a relative one of 2^-70; k is
// modulo 4 (from 2^20 on) or whole.
func reduce(a float64) parts {
	if a <= 0x1.921fb54442d18p-1 {
		return parts{a, 0, 0}
	}
	if a < 0x1p20 {
		kd := (float64(a*0x1.45f306dc9c883p-1) + shifter) - shifter
		x := a - float64(kd*pio2A)
		y := twoSum(x, -float64(kd*pio2B))
		z := twoSum(y.hi, -float64(kd*pio2C))
		r := twoSum(z.hi, (y.lo+z.lo)-float64(kd*pio2D))
		return parts{r.hi, r.lo, int64(kd)}
	}
	return reduceLarge(a)
}

// reduceLarge does so for a ≥ 2^20 by the method of Payne and Hanek: a = m·2^e
// is multiplied by those 192 bits of 2/π that matter modulo 4.
//
//c:noinline
func reduceLarge(a float64) parts {
	u := math.Float64bits(a)
	m := u&0xfffffffffffff | 0x10000000000000
	e := int64(u>>52) - 1075
	// The window starts at bit e-1 after the point, 64 bits further in the table.
	at := uint64(e - 2 + 64)
	w := at >> 6
	n := at & 63
	b2 := twoOverPi[w]
	b1 := twoOverPi[w+1]
	b0 := twoOverPi[w+2]
	if n > 0 {
		b2 = b2<<n | b1>>(64-n)
		b1 = b1<<n | b0>>(64-n)
		b0 = b0<<n | twoOverPi[w+3]>>(64-n)
	}
	// m·(b2 b1 b0) modulo 2^192, in units of 2^-190.
	p0 := m * b0
	h := mulHi(m, b0)
	p1 := m*b1 + h
	c := uint64(0)
	if p1 < h {
		c = 1
	}
	p2 := m*b2 + mulHi(m, b1) + c
	k := int64(p2 >> 62)
	p2 = p2<<2 | p1>>62
	p1 = p1<<2 | p0>>62
	p0 = p0 << 2
	sign := 1.0
	if p2>>63 != 0 { // the fraction is at least ½: go up to the next quadrant
		k = (k + 1) & 3
		sign = -1
		p2 = ^p2
		p1 = ^p1
		p0 = ^p0 // one unit of 2^-192 short of the negative, which does not matter
	}
	// The fraction as hi + lo, each from 53 bits.
	shift := 0.0
	if p2 == 0 {
		p2 = p1
		p1 = p0
		p0 = 0
		shift = -64
	}
	z := uint64(bits.LeadingZeros64(p2))
	if z > 0 {
		p2 = p2<<z | p1>>(64-z)
		p1 = p1<<z | p0>>(64-z)
	}
	hi := float64(float64(p2>>11) * 0x1p-53)
	lo := float64(float64((p2<<53|p1>>11)>>11) * 0x1p-106)
	y := ddMul(dd{hi, lo}, dd{pio2Hi, pio2Lo})
	s := float64(sign * power2(int64(shift)-int64(z)))
	return parts{float64(y.hi * s), float64(y.lo * s), k}
}

// sinParts is sin(x + e) for |x| ≤ 0.8 and small e, as an unevaluated sum: the
// Taylor series to x^17.
func sinParts(x, e float64) dd {
	z := float64(x * x)
	p := 0x1.952c77030ad4ap-49 // 1/17!
	p = float64(p*z) - 0x1.ae7f3e733b81fp-41
	p = float64(p*z) + 0x1.6124613a86d09p-33
	p = float64(p*z) - 0x1.ae64567f544e4p-26
	p = float64(p*z) + 0x1.71de3a556c734p-19
	p = float64(p*z) - 0x1.a01a01a01a01ap-13
	p = float64(p*z) + 0x1.1111111111111p-7
	p = float64(p*z) - 0x1.5555555555555p-3
	return fastSum(x, float64(float64(z*x)*p)+(e-float64(0.5*float64(z*e))))
}

// cosParts is cos(x + e) for |x| ≤ 0.8 and small e, to x^18.
func cosParts(x, e float64) dd {
	z := float64(x * x)
	p := -0x1.6827863b97d97p-53 // -1/18!
	p = float64(p*z) + 0x1.ae7f3e733b81fp-45
	p = float64(p*z) - 0x1.93974a8c07c9dp-37
	p = float64(p*z) + 0x1.1eed8eff8d898p-29
	p = float64(p*z) - 0x1.27e4fb7789f5cp-22
	p = float64(p*z) + 0x1.a01a01a01a01ap-16
	p = float64(p*z) - 0x1.6c16c16c16c17p-10
	p = float64(p*z) + 0x1.5555555555555p-5
	h := float64(0.5 * z)
	s := fastSum(1, -h)
	return fastSum(s.hi, s.lo+(float64(float64(z*z)*p)-float64(x*e)))
}

// Sin is the sine of x radians; the error is below 1 ulp for every x.
func Sin(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-28 {
		return x
	}
	if !(a <= math.MaxFloat64) {
		return math.NaN()
	}
	r := reduce(a)
	y := sinParts(r.hi, r.lo)
	if r.k&1 != 0 {
		y = cosParts(r.hi, r.lo)
	}
	s := y.hi + y.lo
	if (r.k&2 != 0) != (x < 0) {
		s = -s
	}
	return s
}

// Cos is the cosine of x radians; the error is below 1 ulp for every x.
func Cos(x float64) float64 {
	a := math.Abs(x)
	if !(a <= math.MaxFloat64) {
		return math.NaN()
	}
	r := reduce(a)
	y := cosParts(r.hi, r.lo)
	if r.k&1 != 0 {
		y = sinParts(r.hi, r.lo)
	}
	s := y.hi + y.lo
	if (r.k+1)&2 != 0 {
		s = -s
	}
	return s
}

// Tan is the tangent of x radians; the error is below 1 ulp for every x.
func Tan(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-28 {
		return x
	}
	if !(a <= math.MaxFloat64) {
		return math.NaN()
	}
	r := reduce(a)
	s := sinParts(r.hi, r.lo)
	c := cosParts(r.hi, r.lo)
	q := ddDiv(s, c)
	if r.k&1 != 0 {
		q = ddDiv(dd{-c.hi, -c.lo}, s)
	}
	y := q.hi + q.lo
	if x < 0 {
		y = -y
	}
	return y
}
