package rng

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func bigLog(x float64) *big.Float {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = m*2, k-1
	}
	return big0().Add(bigLogNear1(bigOf(m)), big0().Mul(bigOf(float64(k)), bigLn2()))
}

func bigExp(x *big.Float) *big.Float {
	k := math.Round(toFloat(bigQuo(x, bigLn2())))
	z := big0().Sub(x, big0().Mul(bigOf(k), bigLn2()))
	sum, term := bigOf(1), bigOf(1)
	for n := 1.0; term.Sign() != 0 && term.MantExp(nil) > -tableBits-10; n++ {
		term.Mul(term, bigQuo(z, bigOf(n)))
		sum.Add(sum, term)
	}
	return sum.SetMantExp(sum, int(k))
}

// The functions are correctly rounded: against 300 bits, over the arguments that
// the generators use and over all others.
func TestCorrectlyRounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	wide := func(low, high float64) float64 { return math.Ldexp(1+r.Float64(), int(low+(high-low)*r.Float64())) }
	check := func(name string, got float64, want *big.Float, x ...float64) {
		t.Helper()
		if w := toFloat(want); got != w {
			t.Errorf("%s(%x) = %x, want %x", name, x, got, w)
		}
	}
	errors := map[string]float64{}
	worst := func(name string, got double2, want *big.Float, limit float64) {
		t.Helper()
		e := bigQuo(big0().Sub(big0().Add(bigOf(got.hi), bigOf(got.lo)), want), want)
		errors[name] = max(errors[name], math.Abs(toFloat(e)))
		if !(errors[name] < limit) {
			t.Fatalf("%s has the relative error 2^%.1f, want below 2^%.0f", name, math.Log2(errors[name]), math.Log2(limit))
		}
	}
	logs := []float64{1, 2, 0.5, math.SmallestNonzeroFloat64, math.MaxFloat64, 0x1p-1022, math.Nextafter(1, 0), math.Nextafter(1, 2),
		math.Sqrt2, math.Sqrt2 / 2, math.Nextafter(math.Sqrt2, 0), math.Nextafter(math.Sqrt2/2, 0), math.E}
	for range 2000 {
		logs = append(logs, r.Float64(), wide(-1074, 1023), 1+math.Copysign(wide(-52, -2), r.Float64()-0.5))
	}
	for _, x := range logs {
		want := bigLog(x)
		check("log", roundedLog(x), want, x)
		if x != 1 {
			worst("log, quick", reduceLog(x).quick(), want, quickError)
			worst("log", reduceLog(x).log(), want, 0x1p-97)
		}
	}
	exps := []float64{0, 1, -1, 709.78, 709.782712893384, 709.7827128933841, -745.1, -745.2, -708.4, -708.3, -744.4, 1e-300, -1e-17}
	for range 1500 {
		exps = append(exps, -10*r.Float64(), 710-1456*r.Float64(), -708-38*r.Float64(), math.Copysign(wide(-60, 0), r.Float64()-0.5))
	}
	for _, x := range exps {
		check("exp", roundedExp(x), bigExp(bigOf(x)), x)
		if x > -746 && x < 710 {
			a := reduceExp(double2{x, 0})
			want := bigExp(bigOf(x))
			want.SetMantExp(want, -(a.k >> expBits))
			worst("exp, quick", a.quick(), want, quickError)
		}
	}
	for range 2000 {
		x, y := r.Float64(), 1/wide(-9, 9)
		if r.IntN(3) == 0 { // results over the whole range
			x = wide(-1074, 1023)
			y = (710 - 1456*r.Float64()) / math.Log(x)
		}
		check("pow", roundedPow(x, y), bigExp(big0().Mul(bigLog(x), bigOf(y))), x, y)
	}
	for name, e := range errors {
		t.Logf("%s: relative error up to 2^%.1f", name, math.Log2(e))
	}
}

func TestRoundedSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, x := range []float64{0, math.Copysign(0, -1), -1, inf, -inf, nan, 1e308, -1e308, 1} {
		if got, want := roundedLog(x), math.Log(x); got != want && want == want {
			t.Errorf("log(%g) = %g, want %g", x, got, want)
		}
		if got, want := roundedExp(x), math.Exp(x); got != want && want == want {
			t.Errorf("exp(%g) = %g, want %g", x, got, want)
		}
		for _, y := range []float64{0, 1, 2, inf, 1e308, 1e-308, 5e-324, nan} {
			if got, want := roundedPow(math.Abs(x), y), math.Pow(math.Abs(x), y); got != want && want == want {
				t.Errorf("pow(%g, %g) = %g, want %g", math.Abs(x), y, got, want)
			}
		}
	}
}
