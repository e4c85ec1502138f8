package eprop

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// Matrix holds the weights of a projection, in pA, the way NEST takes them: a
// row for each target, a column for each source.
type Matrix struct {
	Targets, Sources int
	Data             []float64 // (Targets, Sources) in row-major order
}

// NewMatrix is a matrix of zeros.
func NewMatrix(targets, sources int) Matrix {
	return Matrix{targets, sources, make([]float64, max(0, targets)*max(0, sources))}
}

// At is the weight from source i to target j.
func (m Matrix) At(j, i int) float64 { return m.Data[j*m.Sources+i] }

// Sum is the sum of all weights.
func (m Matrix) Sum() float64 {
	sum := 0.0
	for _, w := range m.Data {
		sum += w
	}
	return sum
}

// NormalMatrix draws weights as NEST's examples do: an array (sources, targets)
// of numpy.random.randn, transposed, divided by divisor, rounded to float32.
func NormalMatrix(r *rng.RandomState, targets, sources int, divisor float64) Matrix {
	return transposed(targets, sources, func() float64 { return r.Randn() / divisor })
}

// GlorotMatrix draws weights as NEST's examples do: an array (sources, targets)
// uniform in ±√(6/(sources + targets)), transposed, rounded to float32.
func GlorotMatrix(r *rng.RandomState, targets, sources int) Matrix {
	limit := math.Sqrt(3 * (1 / max(1, float64(sources+targets)/2)))
	span := limit - -limit
	return transposed(targets, sources, func() float64 { return -limit + float64(span*r.RandomSample()) })
}

// FeedbackMatrix draws an array (neurons, readouts) of numpy.random.randn,
// divided by divisor and rounded to float32. Unlike [NormalMatrix] it fills row
// by row, since the neurons are the targets here.
func FeedbackMatrix(r *rng.RandomState, neurons, readouts int, divisor float64) Matrix {
	m := NewMatrix(neurons, readouts)
	for k := range m.Data {
		m.Data[k] = float64(float32(r.Randn() / divisor))
	}
	return m
}

func transposed(targets, sources int, draw func() float64) Matrix {
	m := NewMatrix(targets, sources)
	for i := range sources {
		for j := range targets {
			m.Data[j*sources+i] = float64(float32(draw()))
		}
	}
	return m
}

// check says whether m has the wanted shape and finite entries.
func (m Matrix) check(targets, sources int) error {
	if m.Targets != targets || m.Sources != sources || len(m.Data) != targets*sources {
		return fmt.Errorf("weights are %d×%d (%d values), want %d targets × %d sources; draw them with this shape", m.Targets, m.Sources, len(m.Data), targets, sources)
	}
	for k, w := range m.Data {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("weight (%d, %d) is %v, want a finite number; check how the weights are made", k/sources, k%sources, w)
		}
	}
	return nil
}
