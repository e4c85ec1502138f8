package nef

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
)

// What Nengo's users have asked for: spike times instead of dense matrices,
// stopping on a condition, going on with what was learned.

// SpikesOnly keeps the times of the values that are not 0, instead of every value
// of every step: of neurons, their spikes. They are read with [Sim.Spikes].
func (p *Probe) SpikesOnly() *Probe {
	p.sparse = true
	return p
}

// Spikes are the spikes that a probe has kept, in order of time, then of neurons.
type Spikes struct {
	Times   []float64 // s, at the end of the step
	Neurons []int
	Values  []float64 // the output in that step, such as 1/dt
}

// Spikes is what a probe with [Probe.SpikesOnly] has kept since the start or the
// last reset.
func (s *Sim) Spikes(p *Probe) Spikes {
	if _, ok := s.probes[p]; !ok || !p.sparse {
		s.fail(fmt.Errorf("simulation %s: %s keeps no spikes here; give it SpikesOnly() before Build, and ask the simulation of its network", s.net.name, p.what()))
		return Spikes{}
	}
	return s.spikes[p]
}

// sparseChunk bounds the steps whose values are in memory at a time.
const sparseChunk = 1024

// drain turns what was recorded for sparse probes into spikes.
func (s *Sim) drain() {
	records := s.parts[len(s.parts)-1].state.Records
	for _, p := range s.order {
		if !p.sparse {
			continue
		}
		r := &records[s.probes[p]]
		width := s.l.probes[p].rows
		kept := s.spikes[p]
		for i, step := range r.Steps {
			for j, v := range r.F64[i*width : i*width+width] {
				if v != 0 {
					kept.Times = append(kept.Times, float64(step+1)*s.l.dt)
					kept.Neurons = append(kept.Neurons, j)
					kept.Values = append(kept.Values, v)
				}
			}
		}
		s.spikes[p] = kept
		*r = plan.Samples{Steps: r.Steps[:0], F64: r.F64[:0]}
	}
}

// RunUntil runs until done says so, asking before the first step and then each
// time a period (s) has passed, or until a duration (s) is over. It reports
// whether done said so.
func (s *Sim) RunUntil(done func() bool, period, limit float64) (bool, error) {
	each, err := steps(period, s.l.dt)
	if err == nil && each < 1 {
		err = fmt.Errorf("the period is %g s, want at least a step of %g s", period, s.l.dt)
	}
	left, err2 := steps(limit, s.l.dt)
	for _, err := range []error{err, err2} {
		if err != nil {
			return false, s.fail(fmt.Errorf("simulation %s: run until: %w", s.net.name, err))
		}
	}
	for {
		if s.err != nil {
			return false, s.err
		}
		if done() {
			return true, nil
		}
		if left == 0 {
			return false, nil
		}
		n := min(each, left)
		if err := s.RunSteps(n); err != nil {
			return false, err
		}
		left -= n
	}
}

// Value is a signal as it is now, by the names that [Probe.Signal] takes: of the
// probe p, whatever its period.
func (s *Sim) Value(p *Probe) snn.Matrix {
	sig := s.l.probes[p]
	if sig == nil {
		s.fail(fmt.Errorf("simulation %s: this probe belongs to another network", s.net.name))
		return snn.Matrix{}
	}
	return s.matrix(sig)
}

func (s *Sim) matrix(sig *signal) snn.Matrix {
	x := s.signals[sig.buffer]
	if sig.cols == 0 {
		return snn.Matrix{Rows: sig.rows, Cols: 1, Data: slices.Clone(x)}
	}
	return snn.Matrix{Rows: sig.rows, Cols: sig.cols, Data: transpose(x, sig.cols, sig.rows)}
}

// Weights are the weights of a connection as they are now: decoders times
// transform, one output a row.
func (s *Sim) Weights(c *Connection) (snn.Matrix, error) {
	line := s.l.lines[c]
	if line == nil || line.weights == nil {
		return snn.Matrix{}, fmt.Errorf("simulation %s: %s has no matrix of weights here", s.net.name, c.what())
	}
	return s.matrix(line.weights), nil
}

// ScaledEncoders are the encoders of an ensemble as they are now, times
// gain/radius.
func (s *Sim) ScaledEncoders(e *Ensemble) (snn.Matrix, error) {
	sig := s.l.ensembles[e]
	if sig == nil || e.direct() {
		return snn.Matrix{}, fmt.Errorf("simulation %s: %s has no encoders here", s.net.name, e.what())
	}
	return s.matrix(sig.encoders), nil
}

// As gives the ensemble the neurons of a trained one as they are now in its
// simulation: type, radius, gains, biases, encoders and evaluation points, to the last
// bit. The decoders belong to connections: give [NoSolver] with [ColumnsOf] of
// [Sim.Weights] to one from the ensemble, or [Dense] of them to one from Neurons().
func (e *Ensemble) As(s *Sim, trained *Ensemble) *Ensemble {
	f, err := s.FreezeEnsemble(trained)
	switch {
	case err != nil:
		e.net.mistake(e.what(), "%w", err)
		return e
	case trained.n != e.n || trained.d != e.d:
		e.net.mistake(e.what(), "it has %d neurons and %d dimensions, %s has %d and %d; want equal numbers", e.n, e.d, trained.name, trained.n, trained.d)
		return e
	}
	return e.Frozen(f)
}
