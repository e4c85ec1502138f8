package vmath

// dd is the unevaluated sum hi + lo of two numbers, with |lo| at most half an
// ulp of hi where a function says so: twice the precision of a float64.
type dd struct{ hi, lo float64 }

// twoSum is a + b exactly (Knuth).
func twoSum(a, b float64) dd {
	s := a + b
	t := s - a
	return dd{s, (a - (s - t)) + (b - t)}
}

// fastSum is a + b exactly, for |a| ≥ |b| or a = 0 (Dekker).
func fastSum(a, b float64) dd {
	s := a + b
	return dd{s, b - (s - a)}
}

// twoProd is a·b exactly, for products between 2^-960 and 2^990 (Dekker, with
// Veltkamp's splitting; no fused operation is needed).
func twoProd(a, b float64) dd {
	p := float64(a * b)
	ta := float64(a * 0x1.0000002p27)
	ah := ta - (ta - a)
	al := a - ah
	tb := float64(b * 0x1.0000002p27)
	bh := tb - (tb - b)
	bl := b - bh
	e := float64(ah*bh) - p
	e = e + float64(ah*bl)
	e = e + float64(al*bh)
	return dd{p, e + float64(al*bl)}
}

// ddMul is x·y with a relative error of a few 2^-104.
func ddMul(x, y dd) dd {
	p := twoProd(x.hi, y.hi)
	return fastSum(p.hi, p.lo+(float64(x.hi*y.lo)+float64(x.lo*y.hi)))
}

// ddDiv is x/y with a relative error of a few 2^-104.
func ddDiv(x, y dd) dd {
	q := x.hi / y.hi
	p := twoProd(q, y.hi)
	r := ((x.hi - p.hi) - p.lo) + (x.lo - float64(q*y.lo))
	return fastSum(q, r/y.hi)
}
