package snn

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// Init makes initial values: [Constant], [Uniform], [Normal], [NormalClipped],
// [LogNormal], [Exponential], [Gamma], [Binomial] or [Values].
type Init interface {
	fmt.Stringer
	// draw is the value of element e, a number counted within the variable;
	// stream identifies the draw.
	draw(stream rng.Stream) func(e uint64) float64
	check() error
}

// Constant is the same value for all.
func Constant(value float64) Init { return constant(value) }

// Uniform draws from lo ≤ x < hi.
func Uniform(lo, hi float64) Init { return uniform{lo, hi} }

// Normal draws from the normal distribution.
func Normal(mean, sd float64) Init { return normal{mean, sd} }

// NormalClipped draws from the normal distribution until lo ≤ x ≤ hi.
func NormalClipped(mean, sd, lo, hi float64) Init { return clipped{mean, sd, lo, hi} }

// LogNormal draws exp(x) with x from the normal distribution.
func LogNormal(mu, sigma float64) Init { return logNormal{mu, sigma} }

// Exponential draws from the exponential distribution of a rate, so of mean 1/rate.
func Exponential(rate float64) Init { return exponential(rate) }

// Gamma draws from the gamma distribution of a shape and scale 1.
func Gamma(shape float64) Init { return gamma(shape) }

// Binomial draws the number of successes in n trials of probability p.
func Binomial(n int, p float64) Init { return binomial{n, p} }

// Values gives every element its own value, in row-major order; of a
// projection made of pairs, in the order of the pairs.
func Values(x []float64) Init { return given(append([]float64(nil), x...)) }

type (
	constant    float64
	uniform     struct{ lo, hi float64 }
	normal      struct{ mean, sd float64 }
	clipped     struct{ mean, sd, lo, hi float64 }
	logNormal   struct{ mu, sigma float64 }
	exponential float64
	gamma       float64
	binomial    struct {
		n int
		p float64
	}
	given []float64
)

func (c constant) String() string { return fmt.Sprintf("%g", float64(c)) }
func (u uniform) String() string  { return fmt.Sprintf("Uniform(%g, %g)", u.lo, u.hi) }
func (g normal) String() string   { return fmt.Sprintf("Normal(%g, %g)", g.mean, g.sd) }
func (g clipped) String() string {
	return fmt.Sprintf("NormalClipped(%g, %g, %g, %g)", g.mean, g.sd, g.lo, g.hi)
}
func (g logNormal) String() string   { return fmt.Sprintf("LogNormal(%g, %g)", g.mu, g.sigma) }
func (r exponential) String() string { return fmt.Sprintf("Exponential(%g)", float64(r)) }
func (g gamma) String() string       { return fmt.Sprintf("Gamma(%g)", float64(g)) }
func (b binomial) String() string    { return fmt.Sprintf("Binomial(%d, %g)", b.n, b.p) }
func (v given) String() string       { return fmt.Sprintf("%d given values", len(v)) }

func finite(x ...float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func (c constant) check() error {
	if !finite(float64(c)) {
		return fmt.Errorf("the value is %g, want a finite number", float64(c))
	}
	return nil
}

func (u uniform) check() error {
	if !finite(u.lo, u.hi) || u.lo > u.hi {
		return fmt.Errorf("%v, want finite bounds with the lower first", u)
	}
	return nil
}

func (g normal) check() error {
	if !finite(g.mean, g.sd) || g.sd < 0 {
		return fmt.Errorf("%v, want a finite mean and a standard deviation of 0 or more", g)
	}
	return nil
}

func (g clipped) check() error {
	switch {
	case !finite(g.mean, g.sd) || g.sd < 0 || math.IsNaN(g.lo) || math.IsNaN(g.hi) || g.lo > g.hi:
		return fmt.Errorf("%v, want a finite mean, a standard deviation of 0 or more, and bounds with the lower first", g)
	case g.sd == 0 && (g.mean < g.lo || g.mean > g.hi), g.lo > g.mean+5*g.sd, g.hi < g.mean-5*g.sd:
		return fmt.Errorf("%v: its bounds are over five standard deviations from the mean, so hardly a draw would be within; want wider bounds", g)
	case g.sd > 0 && g.hi-g.lo < 1e-4*g.sd:
		return fmt.Errorf("%v: its bounds are so close that hardly a draw would be within; use Uniform(%g, %g)", g, g.lo, g.hi)
	}
	return nil
}

func (g logNormal) check() error {
	if !finite(g.mu, g.sigma) || g.sigma < 0 {
		return fmt.Errorf("%v, want finite parameters and a sigma of 0 or more", g)
	}
	return nil
}

func (r exponential) check() error {
	if !finite(float64(r)) || r <= 0 {
		return fmt.Errorf("%v, want a rate above 0", r)
	}
	return nil
}

func (g gamma) check() error {
	if !finite(float64(g)) || g <= 0 {
		return fmt.Errorf("%v, want a shape above 0", g)
	}
	return nil
}

func (b binomial) check() error {
	if b.n < 0 || b.n > 1<<20 || !(b.p >= 0 && b.p <= 1) {
		return fmt.Errorf("%v, want 0 to 2²⁰ trials and a probability from 0 to 1", b)
	}
	return nil
}

func (v given) check() error {
	for i, x := range v {
		if !finite(x) {
			return fmt.Errorf("value %d is %g, want finite numbers", i, x)
		}
	}
	return nil
}

func (c constant) draw(rng.Stream) func(uint64) float64 {
	return func(uint64) float64 { return float64(c) }
}

func (u uniform) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 { return s.Uniform(0, e, u.lo, u.hi) }
}

func (g normal) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 { return s.Normal(0, e, g.mean, g.sd) }
}

// draw tries again with the next step of the stream.
func (g clipped) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 {
		for step := int64(0); ; step++ {
			if x := s.Normal(step, e, g.mean, g.sd); x >= g.lo && x <= g.hi {
				return x
			}
		}
	}
}

func (g logNormal) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 { return s.LogNormal(0, e, g.mu, g.sigma) }
}

func (r exponential) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 { return s.Exponential(0, e, float64(r)) }
}

// draw is by rejection from a cubed normal (Marsaglia and Tsang 2000); shapes
// below 1 by the next shape times a power of a uniform draw.
func (g gamma) draw(s rng.Stream) func(uint64) float64 {
	shape, small := float64(g), false
	if shape < 1 {
		shape, small = shape+1, true
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	return func(e uint64) float64 {
		for step := int64(0); ; step += 2 {
			x := s.Normal(step, e, 0, 1)
			v := 1 + c*x
			if v <= 0 {
				continue
			}
			v = v * v * v
			u := 1 - s.Uniform(step+1, e, 0, 1)
			if math.Log(u) >= 0.5*x*x+d*(1-v+math.Log(v)) {
				continue
			}
			if small {
				return d * v * math.Pow(1-s.Uniform(step+2, e, 0, 1), 1/float64(g))
			}
			return d * v
		}
	}
}

func (b binomial) draw(s rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 {
		k := 0
		for i := range b.n {
			if s.Uniform(int64(i), e, 0, 1) < b.p {
				k++
			}
		}
		return float64(k)
	}
}

func (v given) draw(rng.Stream) func(uint64) float64 {
	return func(e uint64) float64 { return v[e] }
}

// checkLength reports given values that are not n.
func checkLength(init Init, n int) error {
	if v, ok := init.(given); ok && len(v) != n {
		return fmt.Errorf("%d values, want %d", len(v), n)
	}
	return nil
}

// toInit accepts what users write for a value.
func toInit(value any) (Init, error) {
	var init Init
	switch v := value.(type) {
	case Init:
		init = v
	case float64:
		init = constant(v)
	case int:
		init = constant(v)
	case Time:
		init = constant(v)
	case []float64:
		init = Values(v)
	case []float32:
		x := make(given, len(v))
		for i, y := range v {
			x[i] = float64(y)
		}
		init = x
	default:
		return nil, fmt.Errorf("a %T, want a number, a slice of numbers, or snn.Constant, snn.Uniform, snn.Normal, snn.Values …", value)
	}
	return init, init.check()
}
