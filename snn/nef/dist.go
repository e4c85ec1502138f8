package nef

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// Distribution is where points, encoders, rates, intercepts and initial states
// come from. The distributions of this package draw the numbers that Nengo's of
// the same name draw from the same generator.
type Distribution interface {
	// Sample returns n rows of d numbers, row by row.
	Sample(n, d int, r *rng.RandomState) ([]float64, error)
}

// fixed is a Distribution that draws nothing.
type fixed interface{ rows() int }

// Values gives each neuron its number, and draws nothing; a single number is
// for all of them.
type Values []float64

// Rows gives points or encoders, one a row, and draws nothing.
type Rows [][]float64

func (v Values) rows() int { return len(v) }
func (p Rows) rows() int   { return len(p) }

// Sample returns the values.
func (v Values) Sample(n, d int, _ *rng.RandomState) ([]float64, error) {
	if len(v) == 1 && d == 1 {
		return repeat(v[0], n), nil
	}
	if len(v) != n*d {
		return nil, fmt.Errorf("%d values given, want %d; give one for each, or a single one for all", len(v), n*d)
	}
	return slices.Clone(v), nil
}

// Sample returns the rows.
func (p Rows) Sample(n, d int, _ *rng.RandomState) ([]float64, error) {
	if len(p) != n {
		return nil, fmt.Errorf("%d rows given, want %d", len(p), n)
	}
	out := make([]float64, 0, n*d)
	for i, row := range p {
		if len(row) != d {
			return nil, fmt.Errorf("row %d has %d numbers, want %d, one for each dimension", i, len(row), d)
		}
		out = append(out, row...)
	}
	return out, nil
}

func repeat(x float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = x
	}
	return v
}

type uniform struct{ low, high float64 }

// Uniform is equally likely everywhere in [low, high).
func Uniform(low, high float64) Distribution { return uniform{low, high} }

func (u uniform) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	v := make([]float64, n*d)
	return v, r.FillUniform(v, u.low, u.high)
}

func (u uniform) String() string { return fmt.Sprintf("Uniform(%g, %g)", u.low, u.high) }

type gaussian struct{ mean, std float64 }

// Gaussian is normal with a mean and a standard deviation.
func Gaussian(mean, std float64) Distribution { return gaussian{mean, std} }

func (g gaussian) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	v := make([]float64, n*d)
	return v, r.FillNormal(v, g.mean, g.std)
}

type exponential struct{ scale, shift, high float64 }

// Exponential has the density exp(−(x − shift)/scale)/scale above shift;
// samples above high are set to the largest number below it.
func Exponential(scale, shift, high float64) Distribution { return exponential{scale, shift, high} }

func (e exponential) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	v := make([]float64, n*d)
	for i := range v {
		x, err := r.Exponential(e.scale)
		if err != nil {
			return nil, err
		}
		v[i] = min(x+e.shift, math.Nextafter(e.high, math.Inf(-1)))
	}
	return v, nil
}

type choice struct {
	options [][]float64
	weights []float64
}

// Choice is one of the options, each equally often. It draws a number for every
// sample, even when there is a single option.
func Choice(options ...float64) Distribution {
	c := choice{}
	for _, o := range options {
		c.options = append(c.options, []float64{o})
	}
	return c
}

// ChoiceOfRows is one of the rows, each equally often.
func ChoiceOfRows(rows ...[]float64) Distribution { return choice{options: rows} }

// WeightedChoice is one of the options, as often as the weights say.
func WeightedChoice(options, weights []float64) Distribution {
	c := Choice(options...).(choice)
	c.weights = weights
	return c
}

func (c choice) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	if len(c.options) == 0 {
		return nil, fmt.Errorf("a choice without options; give at least one")
	}
	width := len(c.options[0])
	if width != 1 && width != d {
		return nil, fmt.Errorf("the options have %d numbers, want %d, one for each dimension", width, d)
	}
	w := c.weights
	if w == nil {
		w = repeat(1, len(c.options))
	}
	if len(w) != len(c.options) {
		return nil, fmt.Errorf("%d weights for %d options; give one for each", len(w), len(c.options))
	}
	sum := 0.0
	for _, x := range w {
		sum += x
	}
	cum := make([]float64, len(w))
	s := 0.0
	for i, x := range w {
		s += x / sum
		cum[i] = s
	}
	per := d / width
	out := make([]float64, 0, n*d)
	for range n * per {
		u := r.RandomSample()
		i := min(sort.Search(len(cum), func(k int) bool { return cum[k] >= u }), len(cum)-1)
		if len(c.options[i]) != width {
			return nil, fmt.Errorf("option %d has %d numbers, option 0 has %d; want equal lengths", i, len(c.options[i]), width)
		}
		out = append(out, c.options[i]...)
	}
	return out, nil
}

// UniformHypersphere is uniform in the unit ball, or on its surface. The
// magnitude is at least MinMagnitude (ball only).
type UniformHypersphere struct {
	Surface      bool
	MinMagnitude float64
}

// Sample returns n points of the ball in d dimensions.
func (u UniformHypersphere) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	if !(u.MinMagnitude >= 0 && u.MinMagnitude < 1) {
		return nil, fmt.Errorf("MinMagnitude is %g, want at least 0 and less than 1", u.MinMagnitude)
	}
	v := make([]float64, n*d)
	r.FillRandn(v)
	for i := range n {
		row := v[i*d : i*d+d]
		s := norm(row)
		for k := range row {
			row[k] /= s
		}
	}
	if u.Surface {
		return v, nil
	}
	scale := make([]float64, n)
	if err := r.FillUniform(scale, vmath.Pow(u.MinMagnitude, float64(d)), 1); err != nil {
		return nil, err
	}
	for i, x := range scale {
		x = vmath.Pow(x, 1/float64(d))
		for k := range d {
			v[i*d+k] *= x
		}
	}
	return v, nil
}

// norm is the Euclidean length: squares summed from the left.
func norm(x []float64) float64 {
	s := 0.0
	for _, e := range x {
		s += float64(e * e)
	}
	return math.Sqrt(s)
}
