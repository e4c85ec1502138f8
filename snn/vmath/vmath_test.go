package vmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

const prec = 300

func bf(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
func bz() *big.Float          { return new(big.Float).SetPrec(prec) }

var bigLn2 = bigLogSmall(bf(2))

// bigExp is e^x by halving the argument and the Taylor series.
func bigExp(x *big.Float) *big.Float {
	k := 0
	if x.Sign() != 0 {
		k = max(0, x.MantExp(nil)+40)
	}
	y := bz().SetMantExp(x, -k)
	sum, term := bf(1), bf(1)
	for n := 1; n < 60; n++ {
		term.Mul(term, y).Quo(term, bf(float64(n)))
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigAtanh is atanh(s) for |s| < 0.4.
func bigAtanh(s *big.Float) *big.Float {
	z := bz().Mul(s, s)
	sum, p := bz(), bz().Set(s)
	for n := 1; n < 400; n += 2 {
		sum.Add(sum, bz().Quo(p, bf(float64(n))))
		p.Mul(p, z)
	}
	return sum
}

func bigLogSmall(m *big.Float) *big.Float {
	s := bz().Quo(bz().Sub(m, bf(1)), bz().Add(m, bf(1)))
	return bz().Mul(bf(2), bigAtanh(s))
}

func bigLog(x *big.Float) *big.Float {
	m := bz()
	k := x.MantExp(m)
	m.SetMode(big.ToNearestEven)
	if m.Cmp(bf(0.7)) < 0 {
		m.Mul(m, bf(2))
		k--
	}
	return bz().Add(bigLogSmall(m), bz().Mul(bf(float64(k)), bigLn2))
}

// bigAtan halves the argument by atan x = 2·atan(x/(1+√(1+x²))) and sums.
func bigAtan(x *big.Float) *big.Float {
	y := bz().Set(x)
	const halvings = 12
	for range halvings {
		r := bz().Sqrt(bz().Add(bf(1), bz().Mul(y, y)))
		y.Quo(y, r.Add(r, bf(1)))
	}
	z := bz().Mul(y, y)
	sum, p := bz(), bz().Set(y)
	for n := 1; n < 60; n += 2 {
		t := bz().Quo(p, bf(float64(n)))
		if n%4 == 3 {
			t.Neg(t)
		}
		sum.Add(sum, t)
		p.Mul(p, z)
	}
	return sum.SetMantExp(sum, halvings)
}

// bigSinCos needs 1100 more bits to reduce large arguments.
func bigSinCos(x float64) (s, c *big.Float) {
	const p = 1500
	pi := bigPi(p)
	h := new(big.Float).SetPrec(p).Quo(pi, bf(2))
	a := new(big.Float).SetPrec(p).SetFloat64(x)
	q := new(big.Float).SetPrec(p).Quo(a, h)
	k, _ := q.Add(q, new(big.Float).SetFloat64(math.Copysign(0.5, x))).Int(nil)
	r := a.Sub(a, new(big.Float).SetPrec(p).Mul(h, new(big.Float).SetPrec(p).SetInt(k)))
	y := bz().Set(r)
	z := bz().Mul(y, y)
	s, c = bz(), bz()
	t := bf(1)
	for n := 0; n < 60; n++ {
		switch n % 4 {
		case 0:
			c.Add(c, t)
		case 1:
			s.Add(s, t)
		case 2:
			c.Sub(c, t)
		case 3:
			s.Sub(s, t)
		}
		t = bz().Quo(bz().Mul(t, y), bf(float64(n+1)))
	}
	_ = z
	switch new(big.Int).And(k, big.NewInt(3)).Int64() {
	case 1:
		s, c = c, bz().Neg(s)
	case 2:
		s, c = bz().Neg(s), bz().Neg(c)
	case 3:
		s, c = bz().Neg(c), s
	}
	return s, c
}

var piCache *big.Float

// bigPi by Machin's formula.
func bigPi(p uint) *big.Float {
	if piCache != nil {
		return piCache
	}
	inv := func(n int64) *big.Float {
		x := new(big.Float).SetPrec(p).Quo(new(big.Float).SetPrec(p).SetInt64(1), new(big.Float).SetInt64(n))
		sum, t := new(big.Float).SetPrec(p), new(big.Float).SetPrec(p).Set(x)
		n2 := new(big.Float).SetInt64(n * n)
		for k := int64(1); k < 2*int64(p); k += 2 {
			q := new(big.Float).SetPrec(p).Quo(t, new(big.Float).SetInt64(k))
			if k%4 == 1 {
				sum.Add(sum, q)
			} else {
				sum.Sub(sum, q)
			}
			t.Quo(t, n2)
		}
		return sum
	}
	a, b := inv(5), inv(239)
	a.Mul(a, new(big.Float).SetInt64(16))
	b.Mul(b, new(big.Float).SetInt64(4))
	piCache = new(big.Float).SetPrec(p).Sub(a, b)
	return piCache
}

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	if math.IsInf(w, 0) || math.IsInf(got, 0) {
		if w == got {
			return 0
		}
		return math.Inf(1)
	}
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	ulp := math.Abs(w - math.Nextafter(w, 0))
	if w == 0 || ulp == 0 {
		ulp = math.SmallestNonzeroFloat64
	}
	d, _ := bz().Quo(bz().Sub(bf(got), want), bf(ulp)).Float64()
	return math.Abs(d)
}

func uniform(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// wide draws numbers of every magnitude between 2^lo and 2^hi, of both signs.
func wide(r *rand.Rand, lo, hi float64) float64 {
	x := math.Exp2(uniform(r, lo, hi))
	if r.IntN(2) == 0 {
		return -x
	}
	return x
}

// TestAccuracy compares with sums of series in 300 bits. The documented bound
// is 1 ulp for all; tests of 20,000 arguments found at most the figures logged.
func TestAccuracy(t *testing.T) {
	one := bf(1)
	sinh := func(x float64) *big.Float {
		if math.Abs(x) < 1e-3 { // the difference below cancels; three terms reach 2^-140
			b, z := bf(x), bz().Mul(bf(x), bf(x))
			s := bz().Add(one, bz().Quo(z, bf(20)))
			s.Add(s, bz().Quo(bz().Mul(z, z), bf(840)))
			s = bz().Add(one, bz().Quo(bz().Mul(z, s), bf(6)))
			return s.Mul(s, b)
		}
		e := bigExp(bf(x))
		return bz().Quo(bz().Sub(e, bz().Quo(one, e)), bf(2))
	}
	cosh := func(x float64) *big.Float {
		e := bigExp(bf(x))
		return bz().Quo(bz().Add(e, bz().Quo(one, e)), bf(2))
	}
	root := func(x float64) *big.Float { return bz().Sqrt(bz().Sub(one, bz().Mul(bf(x), bf(x)))) }
	asin := func(x float64) *big.Float { return bigAtan(bz().Quo(bf(x), root(x))) }
	cases := []struct {
		name string
		f    func(float64) float64
		want func(float64) *big.Float
		args []func(*rand.Rand) float64
	}{
		{"exp", Exp, func(x float64) *big.Float { return bigExp(bf(x)) }, args(uni(-745, 709.7), uni(-1, 1), mag(-60, 3))},
		{"expm1", Expm1, func(x float64) *big.Float { return bz().Sub(bigExp(bf(x)), one) }, args(uni(-60, 709.7), uni(-2, 2), mag(-80, 3))},
		{"exprel", Exprel, func(x float64) *big.Float { return bz().Quo(bz().Sub(bigExp(bf(x)), one), bf(x)) }, args(uni(-60, 715), uni(-2, 2), mag(-80, 3))},
		{"log", Log, func(x float64) *big.Float { return bigLog(bf(x)) }, args(uni(0.5, 2), pos(-1070, 1023), uni(0.99, 1.01))},
		{"log1p", Log1p, func(x float64) *big.Float { return bigLog(bz().Add(one, bf(x))) }, args(uni(-0.999, 2), mag(-80, -1), pos(-30, 1023))},
		{"log10", Log10, func(x float64) *big.Float { return bz().Quo(bigLog(bf(x)), bigLog(bf(10))) }, args(uni(0.5, 2), pos(-1070, 1023), uni(0.99, 1.01))},
		{"sinh", Sinh, sinh, args(uni(-30, 30), uni(-1.2, 1.2), mag(-60, 9.4))},
		{"cosh", Cosh, cosh, args(uni(-30, 30), uni(-1, 1), mag(-60, 9.4))},
		{"tanh", Tanh, func(x float64) *big.Float { return bz().Quo(sinh(x), cosh(x)) }, args(uni(-25, 25), uni(-1, 1), mag(-60, 5))},
		{"sin", Sin, func(x float64) *big.Float { s, _ := bigSinCos(x); return s }, args(uni(-10, 10), mag(-30, 1023), mag(10, 30), nearHalfPi)},
		{"cos", Cos, func(x float64) *big.Float { _, c := bigSinCos(x); return c }, args(uni(-10, 10), mag(-30, 1023), mag(10, 30), nearHalfPi)},
		{"tan", Tan, func(x float64) *big.Float { s, c := bigSinCos(x); return bz().Quo(s, c) }, args(uni(-10, 10), mag(-30, 1023), mag(10, 30), nearHalfPi)},
		{"atan", Atan, func(x float64) *big.Float { return bigAtan(bf(x)) }, args(uni(-2, 2), mag(-60, 100), uni(-40, 40))},
		{"asin", Asin, asin, args(uni(-1, 1), mag(-60, 0), near1)},
		{"acos", Acos, func(x float64) *big.Float {
			return bz().Sub(bz().Quo(bz().Set(bigPi(1500)), bf(2)), asin(x))
		}, args(uni(-1, 1), mag(-60, 0), near1)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			worst, at := 0.0, 0.0
			for i := range 600 {
				x := c.args[i%len(c.args)](r)
				if u := ulps(c.f(x), c.want(x)); u > worst {
					worst, at = u, x
				}
			}
			t.Logf("largest error %.3f ulp at %v", worst, at)
			if worst > 1 {
				t.Errorf("%s(%v) = %v is off by %.3f ulp, want at most 1", c.name, at, c.f(at), worst)
			}
		})
	}
}

func args(a ...func(*rand.Rand) float64) []func(*rand.Rand) float64 { return a }
func uni(lo, hi float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return uniform(r, lo, hi) }
}
func mag(lo, hi float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return wide(r, lo, hi) }
}
func pos(lo, hi float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return math.Abs(wide(r, lo, hi)) }
}
func near1(r *rand.Rand) float64 {
	return math.Copysign(1-math.Exp2(uniform(r, -52, -1)), r.Float64()-0.5)
}

// nearHalfPi draws the numbers nearest to multiples of π/2.
func nearHalfPi(r *rand.Rand) float64 {
	k := math.Floor(math.Exp2(uniform(r, 0, 40)))
	x, _ := bz().Mul(bf(k), bz().Quo(bz().Set(bigPi(1500)), bf(2))).Float64()
	return x
}

func TestPowAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	worst, wx, wy := 0.0, 0.0, 0.0
	for i := range 2000 {
		x := math.Abs(wide(r, -1070, 1023))
		if i%2 == 0 {
			x = uniform(r, 0.5, 2)
		}
		// so that the logarithm of the result covers its whole range
		y := uniform(r, -745, 709.7) / math.Log(x)
		if i%5 == 0 {
			y = float64(r.IntN(40) - 20)
		}
		want := bigExp(bz().Mul(bf(y), bigLog(bf(x))))
		if u := ulps(Pow(x, y), want); u > worst {
			worst, wx, wy = u, x, y
		}
	}
	t.Logf("largest error %.3f ulp at %v, %v", worst, wx, wy)
	if worst > 1 {
		t.Errorf("pow(%v, %v) = %v is off by %.3f ulp, want at most 1", wx, wy, Pow(wx, wy), worst)
	}
}

var special = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, 2.5, -2.5, 1e-320, -1e-320, 5e-324, 0x1p-1022,
	1e300, -1e300, 1e-300, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(),
	math.Pi, 709.7, 710.5, -745.13, -745.2, 88, 0x1p53, 0x1p53 + 2, 0x1p52 + 1, -0x1p52 - 1, 1 + 0x1p-52, 1 - 0x1p-53,
}

// same is equality of bits, all NaNs being one.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// near allows for the errors of package math, which reach 1e-7 for pow with a
// large exponent; accuracy is tested elsewhere.
func near(a, b float64) bool {
	return same(a, b) || math.Abs(a-b) <= 1e-7*math.Abs(b) && math.Signbit(a) == math.Signbit(b)
}

// TestSpecialValues compares with package math at zeros, infinities, NaN and
// the ends of the ranges, signs of zeros included.
func TestSpecialValues(t *testing.T) {
	for _, c := range []struct {
		name    string
		f, want func(float64) float64
	}{
		{"exp", Exp, math.Exp}, {"expm1", Expm1, math.Expm1}, {"log", Log, math.Log}, {"log1p", Log1p, math.Log1p},
		{"log10", Log10, math.Log10}, {"sin", Sin, math.Sin}, {"cos", Cos, math.Cos}, {"tan", Tan, math.Tan},
		{"asin", Asin, math.Asin}, {"acos", Acos, math.Acos}, {"atan", Atan, math.Atan}, {"sinh", Sinh, math.Sinh},
		{"cosh", Cosh, math.Cosh}, {"tanh", Tanh, math.Tanh}, {"floor", Floor, math.Floor}, {"ceil", Ceil, math.Ceil},
		{"round", Round, math.Round}, {"sqrt", Sqrt, math.Sqrt}, {"abs", Abs, math.Abs},
	} {
		for _, x := range special {
			got, want := c.f(x), c.want(x)
			if 0 < x && x < 0x1p-1022 && (c.name == "log" || c.name == "log10") {
				want = c.want(x*0x1p60) - c.want(0x1p60) // package math is wrong here on some machines
			}
			if !near(got, want) {
				t.Errorf("%s(%v) = %v, want %v", c.name, x, got, want)
			}
		}
	}
	for _, x := range special {
		for _, y := range special {
			if got, want := Pow(x, y), math.Pow(x, y); !near(got, want) {
				t.Errorf("pow(%v, %v) = %v, want %v", x, y, got, want)
			}
			want := math.Mod(x, y)
			if math.IsInf(y, 0) && math.Abs(x) <= math.MaxFloat64 {
				want = x
			}
			if want == 0 {
				want = math.Copysign(0, y)
			} else if (want < 0) != (y < 0) {
				want += y
			}
			if got := Mod(x, y); !same(got, want) {
				t.Errorf("mod(%v, %v) = %v, want %v", x, y, got, want)
			}
		}
	}
	if Exprel(0) != 1 || Exprel(math.Inf(1)) != math.Inf(1) || Exprel(math.Inf(-1)) != 0 || !math.IsNaN(Exprel(math.NaN())) {
		t.Errorf("exprel at 0, ±Inf, NaN = %v, %v, %v, %v", Exprel(0), Exprel(math.Inf(1)), Exprel(math.Inf(-1)), Exprel(math.NaN()))
	}
}

func TestModIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		x, y := wide(r, -1070, 1023), wide(r, -1070, 1023)
		if r.IntN(2) == 0 {
			y = x / uniform(r, 1, 1e6)
		}
		want := math.Mod(x, y)
		if want == 0 {
			want = math.Copysign(0, y)
		} else if (want < 0) != (y < 0) {
			want += y
		}
		if got := Mod(x, y); !same(got, want) {
			t.Fatalf("mod(%v, %v) = %v, want %v", x, y, got, want)
		}
	}
}
