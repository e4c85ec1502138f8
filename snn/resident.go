package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// A backend may keep the state with itself between runs, as on a GPU. Values then
// travel when they are wanted: every access of the host to a buffer goes by way of
// the functions here.

// keep gives the state to an executor that keeps states.
func (s *Sim) keep() error {
	r, ok := s.executor.(plan.Resident)
	if !ok {
		s.resident = nil
		return nil
	}
	if err := r.Keep(s.state); err != nil {
		return fmt.Errorf("network %s: %w", s.net.name, err)
	}
	s.resident = r
	return nil
}

// read brings a buffer's values to the host. If that fails they are those that were
// read last, and the simulation has failed.
func (s *Sim) read(b int) {
	if s.resident != nil {
		if err := s.resident.Read(b); err != nil {
			s.fail(fmt.Errorf("simulation %s: %w", s.net.name, err))
		}
	}
}

// write says that the host is about to write to a buffer, or to all of it.
func (s *Sim) write(b int, whole bool) {
	if s.resident != nil {
		if err := s.resident.Write(b, whole); err != nil {
			s.fail(fmt.Errorf("simulation %s: %w", s.net.name, err))
		}
	}
}

// readAll brings the values of all buffers for which want holds, and samples.
func (s *Sim) readAll(want func(b int) bool) {
	if s.resident == nil {
		return
	}
	for b := range s.layout.program.Buffers {
		if want(b) {
			s.read(b)
		}
	}
	s.take()
}

// take brings the samples of recordings to the host.
func (s *Sim) take() {
	if s.resident != nil {
		if err := s.resident.Take(); err != nil {
			s.fail(fmt.Errorf("simulation %s: %w", s.net.name, err))
		}
	}
}

// drawThere lets the backend draw the initial values of a buffer where they are
// wanted; k is nil, or how the projection whose synapses they belong to is
// connected. The values are those that the host draws.
func (s *Sim) drawThere(b int, init Init, stream rng.Stream, k *link) (bool, error) {
	if s.resident == nil {
		return false, nil
	}
	d := plan.Draws{Key: stream.Key()}
	switch v := init.(type) {
	case uniform:
		d.Dist, d.Args = model.UniformDist, [2]float64{v.lo, v.hi}
	case normal:
		d.Dist, d.Args = model.NormalDist, [2]float64{v.mean, v.sd}
	case clipped:
		d.Dist, d.Args, d.Lo, d.Hi = model.NormalDist, [2]float64{v.mean, v.sd}, v.lo, v.hi
	case logNormal:
		d.Dist, d.Args = model.LogNormalDist, [2]float64{v.mu, v.sigma}
	case exponential:
		d.Dist, d.Args = model.ExponentialDist, [2]float64{float64(v)}
	default:
		return false, nil
	}
	if k != nil && k.numbered() {
		d.Pairs, d.Post = k.shape.Sparse, k.synapses.post
	}
	if k != nil && k.shape.Kind == plan.Dense && k.shape.NoSelf {
		d.Diagonal = k.shape.Post
	}
	return s.resident.Draw(b, d)
}
