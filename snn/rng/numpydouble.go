package rng

import "math"

//go:generate go test -run ^TestTables$ . -update-tables

// double2 is the unevaluated sum hi + lo, with |lo| at most half an ulp of hi:
// about 106 bits.
type double2 struct{ hi, lo float64 }

// sum2 is a + b exactly.
func sum2(a, b float64) double2 {
	s := a + b
	t := s - a
	return double2{s, (a - (s - t)) + (b - t)}
}

// fastSum2 is a + b exactly, for |a| ≥ |b| or a = 0.
func fastSum2(a, b float64) double2 {
	s := a + b
	return double2{s, b - (s - a)}
}

// product2 is a·b exactly, if nothing underflows.
func product2(a, b float64) double2 {
	p := float64(a * b)
	return double2{p, math.FMA(a, b, -p)}
}

// plus and times have relative errors of a few 2^-104; plus only where nothing
// cancels.
func (x double2) plus(y double2) double2 {
	s := sum2(x.hi, y.hi)
	t := sum2(x.lo, y.lo)
	s = fastSum2(s.hi, s.lo+t.hi)
	return fastSum2(s.hi, s.lo+t.lo)
}

func (x double2) times(y double2) double2 {
	p := product2(x.hi, y.hi)
	return fastSum2(p.hi, p.lo+(float64(x.hi*y.lo)+float64(x.lo*y.hi)))
}
