package nef

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
	"gonum.org/v1/gonum/mat"
)

// Interpolation is what [Piecewise] does between its moments.
type Interpolation uint8

const (
	Zero      Interpolation = iota // keep the value
	Nearest                        // the value of the nearest moment, the earlier of two
	Linear                         // straight lines
	Quadratic                      // a spline of the second degree, with its knots halfway between moments
	Cubic                          // a spline of the third degree, without knots at the second moment and the last but one
)

// Piecewise keeps each value from its moment in seconds to the next one, and is 0
// before the first. [Process.Interpolate] connects the values instead.
func Piecewise(values map[float64][]float64) Process {
	p := Process{name: "Piecewise"}
	times := slices.Sorted(maps.Keys(values))
	if len(times) == 0 {
		p.fail("Piecewise has no values; give at least one, such as 0: {1}")
		return p
	}
	p.size = len(values[times[0]])
	y := make(Rows, len(times))
	for i, t := range times {
		y[i] = slices.Clone(values[t])
		if len(y[i]) != p.size || p.size == 0 || !finite(t) || !finite(y[i]...) {
			p.fail("Piecewise has %d numbers at %g s, %v, want finite ones and as many as at %g s, %d, at least one", len(y[i]), t, y[i], times[0], p.size)
			return p
		}
	}
	p.limits = func(p Process, _ int, _ float64) error {
		_, err := interpolate(times, y, p.own.interpolation)
		return err
	}
	p.start = func(p Process, size int, dt float64, _ *rng.RandomState) (*stepper, error) {
		if p.own.interpolation != Zero {
			between, err := interpolate(times, y, p.own.interpolation)
			return &stepper{next: func(step int64, out []float64) error {
				between(float64(step)*dt, out)
				return nil
			}}, err
		}
		return &stepper{next: func(step int64, out []float64) error {
			// Half a step more, so that rounding does not move a change by a step.
			i, _ := slices.BinarySearch(times, float64(step)*dt+0.5*dt)
			if clear(out); i > 0 {
				copy(out, y[i-1])
			}
			return nil
		}}, nil
	}
	return p
}

// Interpolate chooses how [Piecewise] connects its values; then it is 0 before the
// first moment and after the last.
func (p Process) Interpolate(by Interpolation) Process {
	switch {
	case p.name != "Piecewise":
		p.fail("%s has nothing to interpolate; leave Interpolate out", p.name)
	case by > Cubic:
		p.fail("Piecewise has the interpolation %d, want nef.Zero, Nearest, Linear, Quadratic or Cubic", by)
	}
	p.own.interpolation = by
	return p
}

// interpolate is a function through the rows of y at the times x, ascending.
func interpolate(x []float64, y Rows, by Interpolation) (func(t float64, out []float64), error) {
	last := len(x) - 1
	if last < int(by)-1 {
		return nil, fmt.Errorf("%d moments are too few for a spline of the degree %d; want at least %d", last+1, by-1, by)
	}
	// inside is 0 outside.
	inside := func(f func(t float64, out []float64)) func(t float64, out []float64) {
		return func(t float64, out []float64) {
			if clear(out); t >= x[0] && t <= x[last] {
				f(t, out)
			}
		}
	}
	switch by {
	case Zero:
		return nil, nil
	case Nearest:
		return inside(func(t float64, out []float64) {
			i := 0
			for i < last && t > x[i]+(x[i+1]-x[i])/2 {
				i++
			}
			copy(out, y[i])
		}), nil
	case Linear:
		return inside(func(t float64, out []float64) {
			i, _ := slices.BinarySearch(x, t)
			i = min(max(i, 1), last)
			for k := range out {
				slope := (y[i][k] - y[i-1][k]) / (x[i] - x[i-1])
				out[k] = float64(slope*(t-x[i-1])) + y[i-1][k]
			}
		}), nil
	}
	b := splineBasis(x, int(by)-1)
	n, size := len(x), len(y[0])
	points, values := mat.NewDense(n, n, nil), mat.NewDense(n, size, nil)
	for i, t := range x {
		points.SetRow(i, b(t))
		values.SetRow(i, y[i])
	}
	var c mat.Dense
	if err := c.Solve(points, values); err != nil {
		return nil, fmt.Errorf("no spline passes through the values: %w", err)
	}
	return inside(func(t float64, out []float64) {
		for i, w := range b(t) {
			for k := range out {
				out[k] += float64(w * c.At(i, k))
			}
		}
	}), nil
}

// splineBasis are the B-splines of a degree at t, one for each of x (de Boor, A
// Practical Guide to Splines, 1978): of odd degree with knots at moments, of even
// degree halfway between them, and as many left out at both ends as a spline
// through all moments has too many.
func splineBasis(x []float64, degree int) func(t float64) []float64 {
	inner := x
	if degree%2 == 0 {
		inner = make([]float64, len(x)-1)
		for i := range inner {
			inner[i] = (x[i] + x[i+1]) / 2
		}
		inner = inner[degree/2 : len(inner)-degree/2]
	} else {
		inner = x[(degree+1)/2 : len(x)-(degree+1)/2]
	}
	var knots []float64
	knots = append(knots, repeat(x[0], degree+1)...)
	knots = append(knots, inner...)
	knots = append(knots, repeat(x[len(x)-1], degree+1)...)
	return func(t float64) []float64 {
		b := make([]float64, len(knots)-1)
		at := degree
		for at < len(knots)-degree-2 && t >= knots[at+1] {
			at++
		}
		b[at] = 1
		for k := 1; k <= degree; k++ {
			for i := range len(b) - k {
				var left, right float64
				if d := knots[i+k] - knots[i]; d > 0 {
					left = (t - knots[i]) / d * b[i]
				}
				if d := knots[i+k+1] - knots[i+1]; d > 0 {
					right = (knots[i+k+1] - t) / d * b[i+1]
				}
				b[i] = left + right
			}
		}
		return b[:len(x)]
	}
}
