package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn"
)

// TuningCurves are the static rates of an ensemble's neurons, in spikes per second,
// where the ensemble represents the points: one point a row, one neuron a column. They
// follow from the encoders as they are now, learned ones included.
func (s *Sim) TuningCurves(e *Ensemble, points Rows) (snn.Matrix, error) {
	scaled, err := s.ScaledEncoders(e)
	if err != nil {
		return snn.Matrix{}, err
	}
	x, err := points.Sample(len(points), e.d, nil)
	if err != nil {
		return snn.Matrix{}, fmt.Errorf("simulation %s: tuning curves of %s: %w", s.net.name, e.name, err)
	}
	b := s.Ensemble(e)
	m := snn.Matrix{Rows: len(points), Cols: e.n, Data: make([]float64, len(points)*e.n)}
	for i := range points {
		for j := range e.n {
			current := dotProduct(x[i*e.d:i*e.d+e.d], scaled.Data[j*e.d:j*e.d+e.d])
			m.Data[i*e.n+j] = e.typ.rate(current + b.Bias[j])
		}
	}
	return m, nil
}

// ResponseCurves are the static rates of an ensemble's neurons along their own
// encoders, from −1 (the opposite direction at the radius) to 1: one place a row, one
// neuron a column.
func (s *Sim) ResponseCurves(e *Ensemble, places []float64) (snn.Matrix, error) {
	b := s.Ensemble(e)
	if b == nil || e.direct() {
		return snn.Matrix{}, fmt.Errorf("simulation %s: %s has no neurons here", s.net.name, e.what())
	}
	m := snn.Matrix{Rows: len(places), Cols: e.n, Data: make([]float64, len(places)*e.n)}
	for i, x := range places {
		for j := range e.n {
			m.Data[i*e.n+j] = e.typ.rate(float64(b.Gain[j]*x) + b.Bias[j])
		}
	}
	return m, nil
}
