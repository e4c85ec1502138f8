package vmath

import "math"

// Split of ln 2 for logarithms: k·ln2High is exact.
const (
	ln2High = 0x1.62e42fefa38p-1
	ln2Low  = 0x1.ef35793c7673p-45
)

// Log is the natural logarithm; the error is below 1 ulp.
func Log(x float64) float64 {
	z := x
	e := 0.0
	if z < 0x1p-1022 {
		z = float64(z * 0x1p54)
		e = -54
	}
	// z = m·2^k with m from √½ to √2. The bits of √½ are subtracted and those
	// of 2^-1024 kept, so that the shift sees a positive number.
	u := math.Float64bits(z)
	k := (u - 0x3fe6a09e667f3bcd + 0x4000000000000000) >> 52
	m := math.Float64frombits(u - k<<52 + 0x4000000000000000)
	e = e + (math.Float64frombits(k|0x4330000000000000) - 0x1.00000000004p52) // k - 1024
	f := m - 1
	s := f / (2 + f)
	q := float64(s * s)
	p := 0x1.8618618618618p-4 // 2/21
	p = float64(p*q) + 0x1.af286bca1af28p-4
	p = float64(p*q) + 0x1.e1e1e1e1e1e1ep-4
	p = float64(p*q) + 0x1.1111111111111p-3
	p = float64(p*q) + 0x1.3b13b13b13b14p-3
	p = float64(p*q) + 0x1.745d1745d1746p-3
	p = float64(p*q) + 0x1.c71c71c71c71cp-3
	p = float64(p*q) + 0x1.2492492492492p-2
	p = float64(p*q) + 0x1.999999999999ap-2
	p = float64(p*q) + 0x1.5555555555555p-1
	h := float64(float64(0.5*f) * f)
	t := float64(s*(h+float64(p*q))) + float64(e*ln2Low)
	y := float64(e*ln2High) - ((h - t) - f)
	if !(x > 0) {
		y = math.NaN()
	}
	if x == 0 {
		y = math.Inf(-1)
	}
	if x > math.MaxFloat64 {
		y = x
	}
	return y
}

// logParts is log x for positive finite x, with a relative error of about 2^-64.
func logParts(x float64) dd {
	e := 0.0
	if x < 0x1p-1022 {
		x = float64(x * 0x1p54)
		e = -54
	}
	u := math.Float64bits(x)
	k := (u - 0x3fe6a09e667f3bcd + 0x4000000000000000) >> 52
	m := math.Float64frombits(u - k<<52 + 0x4000000000000000)
	e = e + (math.Float64frombits(k|0x4330000000000000) - 0x1.00000000004p52)
	f := m - 1
	// log m = 2·atanh(s) = 2s + 2/3·s³ + s⁵·(2/5 + 2/7·s² + …), s = f/(2 + f)
	s := ddDiv(dd{f, 0}, twoSum(2, f))
	z := ddMul(s, s)
	c := ddMul(ddMul(z, s), dd{0x1.5555555555555p-1, 0x1.5555555555555p-55})
	q := z.hi
	p := 0x1.642c8590b2164p-4 // 2/23
	p = float64(p*q) + 0x1.8618618618618p-4
	p = float64(p*q) + 0x1.af286bca1af28p-4
	p = float64(p*q) + 0x1.e1e1e1e1e1e1ep-4
	p = float64(p*q) + 0x1.1111111111111p-3
	p = float64(p*q) + 0x1.3b13b13b13b14p-3
	p = float64(p*q) + 0x1.745d1745d1746p-3
	p = float64(p*q) + 0x1.c71c71c71c71cp-3
	p = float64(p*q) + 0x1.2492492492492p-2
	p = float64(p*q) + 0x1.999999999999ap-2
	p = float64(float64(float64(q*q)*s.hi) * p)
	a := twoSum(float64(e*ln2High), float64(2*s.hi))
	b := twoSum(a.hi, c.hi)
	return fastSum(b.hi, b.lo+(a.lo+(float64(2*s.lo)+(c.lo+(p+float64(e*ln2Low))))))
}

// Log1p is log(1 + x); the error is below 1 ulp, also near 0.
func Log1p(x float64) float64 {
	u := twoSum(1, x)
	l := logParts(u.hi)
	y := l.hi + (l.lo + u.lo/u.hi)
	if !(x > -1) {
		y = math.NaN()
	}
	if x == -1 {
		y = math.Inf(-1)
	}
	if !(math.Abs(x) >= 0x1p-54) || x > math.MaxFloat64 { // or NaN
		y = x
	}
	return y
}

// Log10 is the logarithm to the base 10; the error is below 1 ulp.
func Log10(x float64) float64 {
	l := ddMul(logParts(x), dd{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57})
	y := l.hi + l.lo
	if !(x > 0) {
		y = math.NaN()
	}
	if x == 0 {
		y = math.Inf(-1)
	}
	if x > math.MaxFloat64 {
		y = x
	}
	return y
}
