package snn

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// Init makes initial values: Constant, Uniform, Normal or Values.
type Init interface {
	fmt.Stringer
	// values makes n of them; stream identifies the draw.
	values(n int, stream rng.Stream) ([]float64, error)
	check() error
}

// Constant is the same value for all.
func Constant(value float64) Init { return constant(value) }

// Uniform draws from lo ≤ x < hi.
func Uniform(lo, hi float64) Init { return uniform{lo, hi} }

// Normal draws from the normal distribution.
func Normal(mean, sd float64) Init { return normal{mean, sd} }

// Values gives every element its own value, in row-major order.
func Values(x []float64) Init { return given(append([]float64(nil), x...)) }

type (
	constant float64
	uniform  struct{ lo, hi float64 }
	normal   struct{ mean, sd float64 }
	given    []float64
)

func (c constant) String() string { return fmt.Sprintf("%g", float64(c)) }
func (u uniform) String() string  { return fmt.Sprintf("Uniform(%g, %g)", u.lo, u.hi) }
func (g normal) String() string   { return fmt.Sprintf("Normal(%g, %g)", g.mean, g.sd) }
func (v given) String() string    { return fmt.Sprintf("%d given values", len(v)) }

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

func (v given) check() error {
	for i, x := range v {
		if !finite(x) {
			return fmt.Errorf("value %d is %g, want finite numbers", i, x)
		}
	}
	return nil
}

func (c constant) values(n int, _ rng.Stream) ([]float64, error) {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(c)
	}
	return x, nil
}

func (u uniform) values(n int, s rng.Stream) ([]float64, error) {
	x := make([]float64, n)
	for i := range x {
		x[i] = s.Uniform(0, uint64(i), u.lo, u.hi)
	}
	return x, nil
}

func (g normal) values(n int, s rng.Stream) ([]float64, error) {
	x := make([]float64, n)
	for i := range x {
		x[i] = s.Normal(0, uint64(i), g.mean, g.sd)
	}
	return x, nil
}

func (v given) values(n int, _ rng.Stream) ([]float64, error) {
	return v, checkLength(v, n)
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
	case []float64:
		init = Values(v)
	default:
		return nil, fmt.Errorf("a %T, want a number, a slice of float64, or snn.Constant, snn.Uniform, snn.Normal, snn.Values", value)
	}
	return init, init.check()
}
