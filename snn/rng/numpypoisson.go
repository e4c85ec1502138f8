package rng

import (
	"fmt"
	"math"
)

// poissonMax is the largest mean that NumPy takes: 2^63 - 10·√(2^63).
const poissonMax = 9223372006484771328

// Poisson is a number of events with the mean lam, 0 to 9.2e18.
func (r *RandomState) Poisson(lam float64) (int64, error) {
	var d [1]int64
	err := r.fillPoisson("Poisson", d[:], lam)
	return d[0], err
}

// FillPoisson is poisson(lam, len(dst)).
func (r *RandomState) FillPoisson(dst []int64, lam float64) error {
	return r.fillPoisson("FillPoisson", dst, lam)
}

func (r *RandomState) fillPoisson(name string, dst []int64, lam float64) error {
	if !(lam >= 0) || lam > poissonMax {
		return fmt.Errorf("rng.RandomState.%s: lam is %g, want 0 to 9.223372006e18; give the mean number of events", name, lam)
	}
	if r.poisson.lam != lam {
		r.poisson = newPoissonSetup(lam)
	}
	for i := range dst {
		switch {
		case lam >= 10:
			dst[i] = r.poissonMany(&r.poisson)
		case lam == 0:
			dst[i] = 0
		default:
			dst[i] = r.poissonFew(&r.poisson)
		}
	}
	return nil
}

// poissonSetup is what only depends on the mean. The zero value is that of the
// mean 0.
type poissonSetup struct {
	lam, floor         float64 // floor is e^-lam, for lam < 10
	log                float64 // the rest is for lam ≥ 10; log of lam
	a, b, alpha, quick float64
}

func newPoissonSetup(lam float64) poissonSetup {
	s := poissonSetup{lam: lam}
	if lam < 10 {
		s.floor = roundedExp(-lam)
		return s
	}
	s.log = roundedLog(lam)
	s.b = 0.931 + float64(2.53*math.Sqrt(lam))
	s.a = -0.059 + float64(0.02483*s.b)
	s.alpha = roundedLog(1.1239 + 1.1328/(s.b-3.4))
	s.quick = 0.9277 - 3.6224/(s.b-2)
	return s
}

// poissonFew multiplies uniform numbers until the product is at most e^-lam.
func (r *RandomState) poissonFew(s *poissonSetup) int64 {
	k := int64(0)
	for p := r.mt.double(); p > s.floor; p = float64(p * r.mt.double()) {
		k++
	}
	return k
}

// poissonMany is the transformed rejection PTRS (Hörmann, Insurance: Mathematics
// and Economics 12, 1993).
func (r *RandomState) poissonMany(s *poissonSetup) int64 {
	for {
		u := r.mt.double() - 0.5
		v := r.mt.double()
		us := 0.5 - math.Abs(u)
		k := toInt64(math.Floor(float64((float64(2*s.a)/us+s.b)*u) + s.lam + 0.43))
		if us >= 0.07 && v <= s.quick {
			return k
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		x := roundedLog(v) + s.alpha - roundedLog(s.a/float64(us*us)+s.b)
		if x <= -s.lam+float64(float64(k)*s.log)-logGamma(float64(k)+1) {
			return k
		}
	}
}

// logGamma is log Γ(x) for x ≥ 1, by Stirling's series for x ≥ 7 and the
// recurrence below. The last bits matter, since they decide between accepting
// and rejecting: the terms, their number and their order are those of NumPy.
func logGamma(x float64) float64 {
	if x == 1 || x == 2 {
		return 0
	}
	steps := 0
	if x < 7 {
		steps = int(7 - x)
	}
	z := x + float64(steps)
	q := float64((1 / z) * (1 / z))
	s := stirling[len(stirling)-1]
	for i := len(stirling) - 2; i >= 0; i-- {
		s = float64(s*q) + stirling[i]
	}
	const log2Pi = 1.8378770664093453
	g := s/z + 0.5*log2Pi + float64((z-0.5)*roundedLog(z)) - z
	for range steps {
		g -= roundedLog(z - 1)
		z--
	}
	return g
}

// stirling is B(2i)/(2i·(2i-1)), B the Bernoulli numbers, to 16 digits.
var stirling = [...]float64{
	8.333333333333333e-02, -2.777777777777778e-03, 7.936507936507937e-04, -5.952380952380952e-04,
	8.417508417508418e-04, -1.917526917526918e-03, 6.410256410256410e-03, -2.955065359477124e-02,
	1.796443723688307e-01, -1.39243221690590e+00,
}

// toInt64 drops the fraction of x. What does not fit becomes the most negative
// number, as on the processors on which NumPy's numbers are known.
func toInt64(x float64) int64 {
	if !(x >= -0x1p63 && x < 0x1p63) {
		return math.MinInt64
	}
	return int64(x)
}
