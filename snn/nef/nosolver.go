package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// NoSolver takes decoders as they are given and looks at no evaluation points: those
// of an earlier simulation, or zeros for a rule to begin with.
type NoSolver struct {
	Decoders Rows // one row a neuron, one number for each result of the function; nil is zeros
	Weights  bool // connect neurons with neurons by decoders times the encoders of the target
}

// ColumnsOf are the columns of a matrix: of weights, which have one output a row,
// the rows that [NoSolver] takes.
func ColumnsOf(m snn.Matrix) Rows {
	rows := make(Rows, m.Cols)
	for j := range rows {
		rows[j] = make([]float64, m.Rows)
		for i := range m.Rows {
			rows[j][i] = m.Data[i*m.Cols+j]
		}
	}
	return rows
}

func (s NoSolver) full() bool   { return s.Weights }
func (s NoSolver) check() error { return nil }

func (s NoSolver) solve(_ []float64, _, n int, _ []float64, k int, _ *rng.RandomState) ([]float64, error) {
	if s.Decoders == nil {
		return make([]float64, n*k), nil
	}
	x, err := s.Decoders.Sample(n, k, nil)
	if err != nil {
		return nil, fmt.Errorf("decoders: %w; want a row for each neuron and a number for each decoded dimension", err)
	}
	for i, v := range x {
		if !finite(v) {
			return nil, fmt.Errorf("decoders: that of neuron %d is %v, want finite numbers", i/k, x[i/k*k:i/k*k+k])
		}
	}
	return x, nil
}
