package rng

import (
	"fmt"
	"math"
)

// Binomial is the number of successes in n ≥ 0 trials of probability p.
func (r *RandomState) Binomial(n int64, p float64) (int64, error) {
	var d [1]int64
	err := r.fillBinomial("Binomial", d[:], n, p)
	return d[0], err
}

// FillBinomial is binomial(n, p, len(dst)).
func (r *RandomState) FillBinomial(dst []int64, n int64, p float64) error {
	return r.fillBinomial("FillBinomial", dst, n, p)
}

func (r *RandomState) fillBinomial(name string, dst []int64, n int64, p float64) error {
	if n < 0 || !(p >= 0 && p <= 1) {
		return fmt.Errorf("rng.RandomState.%s: n is %d and p is %g, want n at least 0 and p from 0 to 1; give a number of trials and a probability", name, n, p)
	}
	// What is rarer is counted.
	rare := p
	if p > 0.5 {
		rare = 1 - p
	}
	if b := &r.binomial; !b.valid || b.n != n || b.p != rare {
		*b = newBinomialSetup(n, rare)
	}
	for i := range dst {
		var k int64
		if r.binomial.few {
			k = r.binomialFew(&r.binomial)
		} else {
			k = r.binomialMany(&r.binomial)
		}
		if p > 0.5 {
			k = n - k
		}
		dst[i] = k
	}
	return nil
}

// binomialSetup is what only depends on n and p ≤ ½.
type binomialSetup struct {
	valid bool
	n     int64
	p, q  float64
	few   bool // n·p is at most 30: inversion

	none  float64 // probability of no success
	bound int64   // more successes than this are not believed

	// For BTPE: see binomialMany.
	mode, npq                      float64
	m                              int64 // the most frequent number
	p1, p2, p3, p4                 float64
	middle, left, right, c, al, ar float64
}

func newBinomialSetup(n int64, p float64) binomialSetup {
	s := binomialSetup{valid: true, n: n, p: p, q: 1 - p}
	fn := float64(n)
	np := float64(fn * p)
	if np <= 30 {
		s.few = true
		s.none = roundedExp(float64(fn * roundedLog(s.q)))
		s.bound = toInt64(min(fn, np+float64(10*math.Sqrt(float64(np*s.q)+1))))
		return s
	}
	s.npq = float64(np * s.q)
	s.mode = np + p
	s.m = toInt64(math.Floor(s.mode))
	fm := float64(s.m)
	s.p1 = math.Floor(float64(2.195*math.Sqrt(s.npq))-float64(4.6*s.q)) + 0.5
	s.middle = fm + 0.5
	s.left = s.middle - s.p1
	s.right = s.middle + s.p1
	s.c = 0.134 + 20.5/(15.3+fm)
	slope := func(a float64) float64 { return float64(a * (1 + a/2)) }
	s.al = slope((s.mode - s.left) / (s.mode - float64(s.left*p)))
	s.ar = slope((s.right - s.mode) / float64(s.right*s.q))
	s.p2 = float64(s.p1 * (1 + float64(2*s.c)))
	s.p3 = s.p2 + s.c/s.al
	s.p4 = s.p3 + s.c/s.ar
	return s
}

// binomialFew inverts: it subtracts the probabilities of 0, 1, … successes from
// a uniform number.
func (r *RandomState) binomialFew(s *binomialSetup) int64 {
	k := int64(0)
	px := s.none
	u := r.mt.double()
	for u > px {
		k++
		if k > s.bound {
			k = 0
			px = s.none
			u = r.mt.double()
			continue
		}
		u -= px
		px = float64(float64(float64(s.n-k+1)*s.p)*px) / float64(float64(k)*s.q)
	}
	return k
}

// binomialMany is BTPE: rejection from a triangle, a parallelogram and two
// exponential tails over the distribution (Kachitvichyanukul and Schmeiser,
// Commun. ACM 31, 1988).
func (r *RandomState) binomialMany(s *binomialSetup) int64 {
	for {
		u := float64(r.mt.double() * s.p4)
		v := r.mt.double()
		var k int64
		switch {
		case u <= s.p1: // the triangle lies below the distribution
			return toInt64(math.Floor(s.middle - float64(s.p1*v) + u))
		case u <= s.p2:
			x := s.left + (u-s.p1)/s.c
			v = float64(v*s.c) + 1 - math.Abs(float64(s.m)-x+0.5)/s.p1
			if v > 1 {
				continue
			}
			k = toInt64(math.Floor(x))
		case u <= s.p3:
			if v == 0 {
				continue
			}
			k = toInt64(math.Floor(s.left + roundedLog(v)/s.al))
			if k < 0 {
				continue
			}
			v = float64(float64(v*(u-s.p2)) * s.al)
		default:
			if v == 0 {
				continue
			}
			k = toInt64(math.Floor(s.right - roundedLog(v)/s.ar))
			if k > s.n {
				continue
			}
			v = float64(float64(v*(u-s.p3)) * s.ar)
		}
		if s.accept(k, v) {
			return k
		}
	}
}

// accept compares v with the probability of k relative to that of the mode.
func (s *binomialSetup) accept(k int64, v float64) bool {
	d := k - s.m
	if d < 0 {
		d = -d
	}
	fd := float64(d)
	if d <= 20 || fd >= s.npq/2-1 { // near the mode, or far out: by the recurrence
		odds := s.p / s.q
		a := float64(odds * float64(s.n+1))
		f := 1.0
		for i := s.m + 1; i <= k; i++ {
			f = float64(f * (a/float64(i) - odds))
		}
		for i := k + 1; i <= s.m; i++ {
			f /= a/float64(i) - odds
		}
		return v <= f
	}
	// A parabola between two bounds decides most cases.
	width := float64((fd / s.npq) * (float64(fd*(fd/3+0.625)+0.16666666666666666)/s.npq + 0.5))
	t := float64(-d*d) / float64(2*s.npq)
	a := roundedLog(v)
	if a < t-width {
		return true
	}
	if a > t+width {
		return false
	}
	// The logarithm of the ratio by Stirling's formula. In the correction the
	// signs of the last two terms and the 13680 (for 13860) are not right, but
	// they are NumPy's, and the numbers with them.
	x := float64(k) + 1
	f := float64(s.m) + 1
	z := float64(s.n) + 1 - float64(s.m)
	w := float64(s.n) - float64(k) + 1
	return !(a > float64(s.middle*roundedLog(f/x))+
		float64((float64(s.n-s.m)+0.5)*roundedLog(z/w))+
		float64(float64(k-s.m)*roundedLog(float64(w*s.p)/float64(x*s.q)))+
		correction(f)+correction(z)+correction(x)+correction(w))
}

// correction is the rest of Stirling's formula for log Γ(x), nearly.
func correction(x float64) float64 {
	q := float64(x * x)
	return (13680 - (462-(132-(99-140/q)/q)/q)/q) / x / 166320
}
