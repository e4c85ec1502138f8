package vmath

import "math"

// The reduction of exp: x = k·ln 2 + r with |r| ≤ ln 2 / 2. ln2Hi has 32 bits,
// so that k·ln2Hi is exact.
const (
	log2e   = 0x1.71547652b82fep+0
	ln2Hi   = 0x1.62e42feep-1
	ln2Lo   = 0x1.a39ef35793c76p-33
	shifter = 0x1.8p52 // adding it rounds to an integer, which is then in the low bits
)

// parts is (hi + lo)·2^k.
type parts struct {
	hi, lo float64
	k      int64
}

// expTail is e^r - 1 - r for |r| ≤ 0.35: the Taylor series to r^13/13!, which
// leaves out less than 2^-57.
func expTail(r float64) float64 {
	p := 0x1.6124613a86d09p-33 // 1/13!
	p = float64(p*r) + 0x1.1eed8eff8d898p-29
	p = float64(p*r) + 0x1.ae64567f544e4p-26
	p = float64(p*r) + 0x1.27e4fb7789f5cp-22
	p = float64(p*r) + 0x1.71de3a556c734p-19
	p = float64(p*r) + 0x1.a01a01a01a01ap-16
	p = float64(p*r) + 0x1.a01a01a01a01ap-13
	p = float64(p*r) + 0x1.6c16c16c16c17p-10
	p = float64(p*r) + 0x1.1111111111111p-7
	p = float64(p*r) + 0x1.5555555555555p-5
	p = float64(p*r) + 0x1.5555555555555p-3
	p = float64(p*r) + 0.5
	return float64(float64(r*r) * p)
}

// expReduce writes e^(x + e), for |x| ≤ 1100 and a small e, as (1 + hi + lo)·2^k,
// where hi + lo = e^r - 1 and hi = r.
func expReduce(x, e float64) parts {
	kd := float64(x*log2e) + shifter
	k := int64(math.Float64bits(kd) - math.Float64bits(shifter))
	kd = kd - shifter
	hi := x - float64(kd*ln2Hi)
	lo := float64(kd*ln2Lo) - e
	r := hi - lo
	c := (hi - r) - lo
	return parts{r, c + expTail(r), k}
}

// expParts is e^(x + e) with a relative error of about 2^-60, for |x| ≤ 1100
// and a small e.
func expParts(x, e float64) parts {
	u := expReduce(x, e)
	s := fastSum(1, u.hi)
	s = fastSum(s.hi, s.lo+u.lo)
	return parts{s.hi, s.lo, u.k}
}

// minusOne is (1 + u.hi + u.lo)·2^k - 1 for the u of expReduce and k from -1022 to
// 1023, with a relative error of about 2^-60.
func minusOne(u parts) dd {
	p := power2(u.k)
	a := twoSum(p, -1)
	b := twoSum(a.hi, float64(p*u.hi))
	return fastSum(b.hi, b.lo+(a.lo+float64(p*u.lo)))
}

// power2 is 2^k for k from -1022 to 1023.
func power2(k int64) float64 { return math.Float64frombits(uint64(k+1023) << 52) }

// scale is x·2^k for k from -2044 to 2046, rounded once.
func scale(x float64, k int64) float64 {
	a := int64(uint64(k+4096)>>1) - 2048 // k/2 rounded down
	return float64(float64(x*power2(a)) * power2(k-a))
}

// rounded is (1 + u.hi + u.lo)·2^k for the u of expReduce.
func rounded(u parts) float64 {
	s := fastSum(1, u.hi)
	return scale(s.hi+(s.lo+u.lo), u.k)
}

// Exp is e^x; the error is below 1 ulp.
func Exp(x float64) float64 {
	z := x
	if z > 710 {
		z = 710
	}
	if z < -746 {
		z = -746
	}
	return rounded(expReduce(z, 0))
}

// Expm1 is e^x - 1; the error is below 1 ulp, also near 0.
func Expm1(x float64) float64 {
	u := expReduce(x, 0)
	m := minusOne(u)
	y := m.hi + m.lo
	if x > 50 { // the 1 is less than 2^-72 of it
		y = rounded(u)
	}
	if x > 710 {
		y = math.Inf(1)
	}
	if x < -50 {
		y = -1
	}
	if !(math.Abs(x) >= 0x1p-54) { // or NaN
		y = x
	}
	return y
}

// Exprel is (e^x - 1)/x, and 1 at 0; the error is below 1 ulp.
func Exprel(x float64) float64 {
	u := expReduce(x, 0)
	m := minusOne(u)
	if x > 50 { // the 1 is less than 2^-72 of e^x
		s := fastSum(1, u.hi)
		m = fastSum(s.hi, s.lo+u.lo)
	}
	if x < -50 {
		m = dd{-1, 0}
	}
	q := ddDiv(m, dd{x, 0})
	y := q.hi + q.lo
	if x > 50 {
		y = scale(y, u.k)
	}
	if x > 720 {
		y = math.Inf(1)
	}
	if x < -50 { // the error of ddDiv overflows for large x
		y = m.hi / x
	}
	if math.Abs(x) < 0x1p-54 {
		y = 1
	}
	if x != x {
		y = x
	}
	return y
}
