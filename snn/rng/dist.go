package rng

import (
	"math"

	"github.com/spikebook/spikebook/snn/vmath"
)

// at is the block of a stream for a step and an element. n numbers the blocks
// of draws that need several; steps count to 2^48.
func at(k0, k1 uint32, step int64, element uint64, n uint32) words {
	s := uint64(step)
	return philox(uint32(element), uint32(element>>32), uint32(s), uint32(s>>32)&0xffff|n<<16, k0, k1)
}

// unit makes a number of 53 bits in [0, 1).
func unit(lo, hi uint32) float64 {
	return float64(float64((uint64(hi)<<32|uint64(lo))>>11) * 0x1p-53)
}

func uniform(k0, k1 uint32, step int64, element uint64, lo, hi float64) float64 {
	w := at(k0, k1, step, element, 0)
	return lo + float64((hi-lo)*unit(w.a, w.b))
}

// standard is a normal number by the method of Box and Muller.
func standard(k0, k1 uint32, step int64, element uint64) float64 {
	w := at(k0, k1, step, element, 0)
	r := math.Sqrt(float64(-2 * vmath.Log(1-unit(w.a, w.b))))
	return float64(r * vmath.Cos(float64(0x1.921fb54442d18p+2*unit(w.c, w.d))))
}

func normal(k0, k1 uint32, step int64, element uint64, mean, sd float64) float64 {
	return mean + float64(sd*standard(k0, k1, step, element))
}

func lognormal(k0, k1 uint32, step int64, element uint64, mu, sigma float64) float64 {
	return vmath.Exp(mu + float64(sigma*standard(k0, k1, step, element)))
}

func exponential(k0, k1 uint32, step int64, element uint64, rate float64) float64 {
	w := at(k0, k1, step, element, 0)
	return -vmath.Log(1-unit(w.a, w.b)) / rate
}

func bernoulli(k0, k1 uint32, step int64, element uint64, p float64) float64 {
	w := at(k0, k1, step, element, 0)
	r := 0.0
	if unit(w.a, w.b) < p {
		r = 1
	}
	return r
}

// poisson counts events: by inversion for few, by Hörmann's transformed
// rejection PTRS for many (Insurance: Mathematics and Economics 12, 1993), and
// by rounding a normal number from 2^30 on, where the difference is below 1e-4
// of a standard deviation.
//
//c:noinline
func poisson(k0, k1 uint32, step int64, element uint64, lambda float64) float64 {
	if lambda != lambda {
		return lambda
	}
	if lambda <= 0 {
		return 0
	}
	if lambda < 10 {
		w := at(k0, k1, step, element, 0)
		u := unit(w.a, w.b)
		k := 0.0
		p := vmath.Exp(-lambda)
		s := p
		for u >= s && k < 200 {
			k = k + 1
			p = float64(p * (lambda / k))
			s = s + p
		}
		return k
	}
	if lambda >= 0x1p30 {
		return math.Floor(lambda + float64(math.Sqrt(lambda)*standard(k0, k1, step, element)) + 0.5)
	}
	b := 0.931 + float64(2.53*math.Sqrt(lambda))
	a := float64(0.02483*b) - 0.059
	ia := 1.1239 + 1.1328/(b-3.4)
	vr := 0.9277 - 3.6224/(b-2)
	l := vmath.Log(lambda)
	for n := uint32(0); n < 0xffff; n = n + 1 {
		w := at(k0, k1, step, element, n)
		u := unit(w.a, w.b) - 0.5
		v := 1 - unit(w.c, w.d)
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64((float64(2*a)/us+b)*u) + lambda + 0.43)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k >= 0 && (us >= 0.013 || v <= us) {
			if vmath.Log(float64(v*ia)/(a/(float64(us*us))+b)) <= float64(k*l)-lambda-logFactorial(k) {
				return k
			}
		}
	}
	return math.Floor(lambda) // not reached: the chance is below 0.6^65535
}

// logFactorial is log k! by the product or Stirling's series.
func logFactorial(k float64) float64 {
	if k < 16 {
		p := 1.0
		for n := 2.0; n <= k; n = n + 1 {
			p = float64(p * n)
		}
		return vmath.Log(p)
	}
	i := 1 / k
	z := float64(i * i)
	s := float64((float64((float64(0x1.a01a01a01a01ap-11*z)-0x1.6c16c16c16c17p-9)*z) + 0x1.5555555555555p-4) * i)
	return float64((k+0.5)*vmath.Log(k)) - k + (0x1.d67f1c864beb5p-1 + s)
}
