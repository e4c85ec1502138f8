package rng

import "math"

// roundedExp is e^x, correctly rounded.
func roundedExp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	a := reduceExp(double2{x, 0})
	if f, ok := a.rounded(quickError); ok {
		return f
	}
	return a.exp()
}

// roundedPow is x^y for x ≥ 0, correctly rounded.
func roundedPow(x, y float64) float64 {
	if !(x > 0) || x == 1 || x > math.MaxFloat64 || !(math.Abs(y) <= math.MaxFloat64) || y == 0 {
		return math.Pow(x, y) // exact
	}
	if y == 1 {
		return x
	}
	// The error of the logarithm counts y·log x times.
	a := reduceLog(x)
	l := a.quick()
	p := float64(l.hi * y)
	switch {
	case p > 710:
		return math.Inf(1)
	case p < -746:
		return 0
	case math.Abs(p) < 0x1p-60:
		return 1 // to within 2^-60
	}
	e := product2(l.hi, y)
	b := reduceExp(fastSum2(e.hi, e.lo+float64(l.lo*y)))
	if f, ok := b.rounded((1 + math.Abs(p)) * quickError); ok {
		return f
	}
	l = a.log()
	e = product2(l.hi, y)
	return reduceExp(fastSum2(e.hi, e.lo+float64(l.lo*y))).exp()
}

// reducedExp says that e^x = 2^(k/expSteps)·e^z, |z| < 2^-8.5.
type reducedExp struct {
	k int
	z double2
}

// reduceExp takes x from -746 to 710.
func reduceExp(x double2) reducedExp {
	k := math.RoundToEven(float64(x.hi * (expSteps / math.Ln2)))
	z := sum2(x.hi-float64(k*expA), -float64(k*expB)) // the first difference is exact
	return reducedExp{int(k), z.plus(double2{x.lo, -float64(k * expC)})}
}

// rounded is e^x, and true if it is correctly rounded, given the relative error
// e of the argument and of the computation.
func (a reducedExp) rounded(e float64) (float64, bool) {
	n := a.k >> expBits
	if n < -1021 || n > 1022 {
		return 0, false
	}
	y := a.quick()
	e = float64(e * y.hi)
	f := y.hi + (y.lo - e)
	return float64(f * math.Float64frombits(uint64(n+1023)<<52)), f == y.hi+(y.lo+e)
}

// quick is 2^j·e^z, j being the fraction of k/expSteps, with a relative error
// below quickError. lo may be larger than half an ulp of hi.
func (a reducedExp) quick() double2 {
	t := expTable[a.k&(expSteps-1)]
	// e^z = 1 + z + z²·(1/2 + z/6 + …)
	z := a.z.hi
	p := 1.0 / 5040
	p = float64(p*z) + 1.0/720
	p = float64(p*z) + 1.0/120
	p = float64(p*z) + 1.0/24
	p = float64(p*z) + 1.0/6
	p = float64(p*z) + 1.0/2
	p = float64(float64(z*z) * p)
	b := product2(t.hi, z)
	s := fastSum2(t.hi, b.hi)
	return double2{s.hi, s.lo + (b.lo + (float64(t.hi*(p+a.z.lo)) + float64(t.lo*z) + t.lo))}
}

// exp is e^x with a relative error of about 2^-98, rounded once.
func (a reducedExp) exp() float64 {
	s := factorials[len(factorials)-1]
	for i := len(factorials) - 2; i >= 0; i-- {
		s = s.times(a.z).plus(factorials[i])
	}
	y := s.times(expTable[a.k&(expSteps-1)])
	return scale2(y, a.k>>expBits)
}

// scale2 is x·2^n for x from ½ to 4, rounded once, also where the result is
// subnormal.
func scale2(x double2, n int) float64 {
	if n > 1023 {
		return math.Ldexp(x.hi+x.lo, n)
	}
	if n > -1022 || n == -1022 && x.hi >= 1 {
		return float64((x.hi + x.lo) * math.Float64frombits(uint64(n+1023)<<52))
	}
	// Round to a multiple of 2^-1074, the unit of subnormal numbers.
	hi := math.Ldexp(x.hi, n+1074) // below 2^53, exact
	lo := math.Ldexp(x.lo, n+1074)
	u := math.Floor(hi)
	if d := (hi - u - 0.5) + lo; d > 0 || d == 0 && math.Mod(u, 2) == 1 {
		u++
	}
	return math.Ldexp(u, -1074)
}
