package rng

import "math"

// A generator of random numbers repeats another's only if it takes the same
// decisions and rounds the same way. The logarithms, exponentials and powers of
// C libraries are correctly rounded but for about one argument in a thousand,
// and which one that is depends on the library and on the processor. The
// functions in this file and the next are correctly rounded always, to all that
// can be told: they compute with about 100 bits, so that a wrong last bit has
// the chance of 2^-45. They use no operation but sums, products, quotients and
// the fused product, and so give the same bits on every machine.

// roundedLog is the natural logarithm, correctly rounded. It first computes with
// an error below 2^-66, and again, slowly, if that leaves the last bit open,
// which is the case once in some thousands.
func roundedLog(x float64) float64 {
	if !(x > 0) || x > math.MaxFloat64 {
		return math.Log(x) // 0, +Inf, NaN and negative numbers
	}
	a := reduceLog(x)
	y := a.quick()
	e := float64(math.Abs(y.hi) * quickError)
	if f := y.hi + (y.lo - e); f == y.hi+(y.lo+e) {
		return f
	}
	y = a.log()
	return y.hi + y.lo
}

// quickError bounds the relative error of the quick forms of log and exp.
const quickError = 0x1p-66

// quick is the logarithm with a relative error below quickError. lo may be
// larger than half an ulp of hi.
func (a reducedLog) quick() double2 {
	z, entry := a.z, &logTable[a.entry]
	// log(1 + z) = z - z²/2 + z³·(1/3 - z/4 + …)
	square := product2(z.hi, z.hi)
	h := z.hi
	p := -1.0 / 10
	p = float64(p*h) + 1.0/9
	p = float64(p*h) - 1.0/8
	p = float64(p*h) + 1.0/7
	p = float64(p*h) - 1.0/6
	p = float64(p*h) + 1.0/5
	p = float64(p*h) - 1.0/4
	p = float64(p*h) + 1.0/3
	p = float64(float64(square.hi*h) * p)
	s := sum2(float64(a.k*ln2A), entry.log.hi)
	t := sum2(s.hi, h)
	u := sum2(t.hi, -0.5*square.hi)
	low := p - 0.5*square.lo + (z.lo - float64(h*z.lo)) + entry.log.lo + float64(a.k*ln2B) + s.lo + t.lo + u.lo
	return double2{u.hi, low}
}

// reducedLog says that x = 2^k·(1 + z)/r, r being that of an entry of the table.
type reducedLog struct {
	k     float64
	entry int
	z     double2 // exact; |z| < 2^-7.4
}

// reduceLog takes a positive finite x.
func reduceLog(x float64) reducedLog {
	k := 0
	if x < 0x1p-1022 {
		x *= 0x1p54
		k = -54
	}
	// x = m·2^k with m from √½ to √2
	b := math.Float64bits(x)
	const rootHalf = 0x3fe6a09e667f3bcd
	n := int64(b-rootHalf) >> 52
	m := math.Float64frombits(b - uint64(n)<<52)
	i := int(float64(m*logSteps) + 0.5)
	p := product2(m, logTable[i-logFirst].r)
	return reducedLog{float64(k + int(n)), i - logFirst, fastSum2(p.hi-1, p.lo)}
}

// log has a relative error of about 2^-98.
func (a reducedLog) log() double2 {
	// The series in Horner's form: z·(1 - z·(1/2 - z·(1/3 - …))).
	s := inverses[len(inverses)-1]
	for i := len(inverses) - 2; i >= 1; i-- {
		s = s.times(a.z)
		s = inverses[i].plus(double2{-s.hi, -s.lo})
	}
	s = s.times(a.z)
	y := logTable[a.entry].log
	if a.k != 0 {
		l := sum2(float64(a.k*ln2A), float64(a.k*ln2B)) // both exact
		l = fastSum2(l.hi, l.lo+float64(a.k*ln2C))
		y = l.plus(y)
	}
	return y.plus(s)
}
