package nef

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
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
// simulation: type, radius, gains, biases and encoders, learned ones included. The
// decoders belong to connections; give [Dense] of [Sim.Weights] to one from
// Neurons().
func (e *Ensemble) As(s *Sim, trained *Ensemble) *Ensemble {
	scaled, err := s.ScaledEncoders(trained)
	switch {
	case err != nil:
		e.net.mistake(e.what(), "%w", err)
		return e
	case trained.n != e.n || trained.d != e.d:
		e.net.mistake(e.what(), "it has %d neurons and %d dimensions, %s has %d and %d; want equal numbers", e.n, e.d, trained.name, trained.n, trained.d)
		return e
	}
	b := s.Ensemble(trained)
	for i, g := range b.Gain {
		for k := range e.d {
			scaled.Data[i*e.d+k] = scaled.Data[i*e.d+k] / g * trained.radius
		}
	}
	e.typ, e.radius = trained.typ, trained.radius
	return e.RawEncoders(RowsOf(scaled)).GainBias(Values(b.Gain), Values(b.Bias))
}

// Snapshot is a simulation at one moment: everything that goes on changing. Its
// fields are plain values, for encoding/json or encoding/gob. What probes recorded
// is not in it.
type Snapshot struct {
	Network    string
	Dt         float64
	Step       int64
	Names      []string
	Values     [][]float64
	Generators []rng.LegacyState // of neurons and noise that draw numbers
}

// Snapshot copies the state.
func (s *Sim) Snapshot() Snapshot {
	shot := Snapshot{Network: s.net.name, Dt: s.l.dt, Step: s.step}
	for i, sig := range s.l.signals {
		shot.Names = append(shot.Names, sig.name)
		shot.Values = append(shot.Values, slices.Clone(s.signals[i]))
	}
	for _, r := range s.l.generators {
		shot.Generators = append(shot.Generators, r.GetState())
	}
	return shot
}

// Restore continues from a snapshot of a simulation of the same network. Probes
// begin anew. Nothing is changed if there is an error.
func (s *Sim) Restore(shot Snapshot) error {
	if shot.Dt != s.l.dt || len(shot.Names) != len(s.l.signals) || len(shot.Values) != len(s.l.signals) || len(shot.Generators) != len(s.l.generators) || shot.Step < 0 {
		return fmt.Errorf("simulation %s: restore: the snapshot of %s has a step of %g s and %d signals, want %g s and %d; describe the same network", s.net.name, shot.Network, shot.Dt, len(shot.Names), s.l.dt, len(s.l.signals))
	}
	for i, sig := range s.l.signals {
		if shot.Names[i] != sig.name || len(shot.Values[i]) != sig.len() || !finite(shot.Values[i]...) && !slices.Contains(sig.init, shot.Values[i][0]) {
			return fmt.Errorf("simulation %s: restore: signal %d of the snapshot is %s with %d values, want %s with %d finite ones; describe the same network", s.net.name, i, shot.Names[i], len(shot.Values[i]), sig.name, sig.len())
		}
	}
	for i, g := range shot.Generators {
		if err := rng.NewRandomState(0).SetState(g); err != nil {
			return fmt.Errorf("simulation %s: restore: generator %d: %w", s.net.name, i, err)
		}
	}
	s.initialise()
	for i, v := range shot.Values {
		copy(s.signals[i], v)
	}
	for i, g := range shot.Generators {
		if err := s.l.generators[i].SetState(g); err != nil {
			return s.fail(err)
		}
	}
	s.step = shot.Step
	for _, p := range s.parts {
		if p.state != nil {
			p.state.Step = shot.Step
		}
	}
	return nil
}
