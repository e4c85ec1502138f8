package snn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

// schedule is when the neurons of a spike source fire.
type schedule struct{ times [][]Time }

// SpikeSource adds neurons that fire at given times, one list for each neuron.
// Times are rounded to steps; a time before the present step is missed.
func (n *Network) SpikeSource(name string, times [][]Time) *Population {
	p := n.Population(name, SpikeSource{}, max(len(times), 1))
	if len(times) == 0 {
		n.mistake(p.what(), fmt.Errorf("it has no neurons; give a list of spike times for each"))
	}
	for i, ts := range times {
		for _, t := range ts {
			if !finite(float64(t)) || t < 0 {
				n.mistake(p.what(), fmt.Errorf("neuron %d fires at %v, want times of at least 0", i, t))
				return p
			}
		}
	}
	p.schedule = &schedule{times}
	return p
}

// SetTimes gives a spike source other times.
func (s *Sim) SetTimes(p *Population, times [][]Time) error {
	if p == nil || p.net != s.net || p.schedule == nil {
		return s.fail(fmt.Errorf("simulation %s: spike times of something that is no spike source; use what SpikeSource returned", s.net.name))
	}
	if len(times) != p.Len() {
		return s.fail(fmt.Errorf("simulation %s: spike times of %d neurons for %s, want %d", s.net.name, len(times), p.what(), p.Len()))
	}
	s.times[p] = times
	s.plays()
	return nil
}

// Fire makes neurons of a spike source fire in the step to come.
func (s *Sim) Fire(p *Population, neurons ...int) error {
	if p == nil || p.net != s.net || !p.spiking() || p.model.Spike != nil {
		return s.fail(fmt.Errorf("simulation %s: Fire of something that is no spike source; use what SpikeSource returned", s.net.name))
	}
	for _, k := range neurons {
		if k < 0 || k >= p.Len() {
			return s.fail(fmt.Errorf("simulation %s: Fire of neuron %d of %s, want 0 to %d", s.net.name, k, p.what(), p.Len()-1))
		}
	}
	if f := s.layout.firing[any(p)]; f != nil { // else nobody listens
		for _, k := range neurons {
			s.fired = append(s.fired, firedNeuron{f, k})
		}
	}
	return nil
}

// play is one spike of a schedule, firedNeuron one of the step to come.
type play struct {
	step int64
	firedNeuron
}

type firedNeuron struct {
	of     *firing
	neuron int
}

// plays lists the schedules of all sources by step.
func (s *Sim) plays() {
	s.agenda, s.next = nil, 0
	for p, times := range s.times {
		f := s.layout.firing[any(p)]
		if f == nil {
			continue
		}
		for i, ts := range times {
			for _, t := range ts {
				s.agenda = append(s.agenda, play{int64(math.Round(float64(t / s.net.dt))), firedNeuron{f, i}})
			}
		}
	}
	slices.SortFunc(s.agenda, func(a, b play) int { return cmp.Compare(a.step, b.step) })
}

// advance makes n steps. Runs are cut where a source fires or a hook is due.
func (s *Sim) advance(n int64) (done int64, err error) {
	stop := interrupt.Word()
	for done < n {
		now := s.state.Step
		m := n - done
		for s.next > 0 && s.agenda[s.next-1].step >= now {
			s.next--
		}
		for s.next < len(s.agenda) && s.agenda[s.next].step < now {
			s.next++
		}
		for k := s.next; k < len(s.agenda) && s.agenda[k].step == now; k++ {
			s.fired = append(s.fired, s.agenda[k].firedNeuron)
		}
		if len(s.fired) > 0 {
			m = 1
		} else if s.next < len(s.agenda) {
			m = min(m, s.agenda[s.next].step-now)
		}
		for _, h := range s.hooks {
			m = min(m, h.every-now%h.every)
		}
		for _, f := range s.fired {
			s.set(f.of.marks, f.neuron, 1)
		}
		k, err := s.executor.Run(s.state, m, stop)
		done += k
		if k > 0 {
			for _, f := range s.fired {
				s.set(f.of.marks, f.neuron, 0)
			}
			s.fired = s.fired[:0]
		}
		if err != nil || k < m {
			return done, err
		}
		for _, h := range s.hooks {
			if s.state.Step%h.every == 0 {
				if err := h.call(s); err != nil {
					return done, fmt.Errorf("at %v: %w", s.Time(), err)
				}
				s.derive()
			}
		}
	}
	return done, nil
}

// hook is a Go function that is called between steps.
type hook struct {
	every int64 // steps
	call  func(*Sim) error
}

// Every calls a function whenever a period has been simulated: it may read and
// set variables, make sources fire, and end the run with an error.
func (s *Sim) Every(period Time, call func(*Sim) error) error {
	n, err := steps(period, s.net.dt)
	if err != nil || n < 1 || call == nil {
		return s.fail(fmt.Errorf("simulation %s: a call every %v, want a function and a multiple of the step of %v", s.net.name, period, s.net.dt))
	}
	s.hooks = append(s.hooks, hook{n, call})
	return nil
}
