package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// drawing is a neuron type that draws random numbers in every step, from the
// generator of its initial state as Nengo does.
type drawing interface {
	// draw turns the rates of the neurons into outputs.
	draw(rates, out []float64, dt float64, r *rng.RandomState) error
}

// StochasticSpiking turns the rate of another type into spikes: the whole part of
// rate·dt, and one more with the probability of the rest.
type StochasticSpiking struct {
	Of        RateType
	Amplitude float64
}

// PoissonSpiking turns the rate of another type into spikes at random moments:
// their number in a step has a Poisson distribution.
type PoissonSpiking struct {
	Of        RateType
	Amplitude float64
}

func (m StochasticSpiking) check() error { return checkSpiking("StochasticSpiking", m.Of, m.Amplitude) }
func (m PoissonSpiking) check() error    { return checkSpiking("PoissonSpiking", m.Of, m.Amplitude) }

func checkSpiking(name string, of RateType, amplitude float64) error {
	if of == nil {
		return fmt.Errorf("%s.Of is nil, want a type of rates such as nef.DefaultLIFRate()", name)
	}
	if _, spikes := of.(SpikingRectifiedLinear); spikes {
		return fmt.Errorf("%s.Of is %T, which fires spikes itself; want a type of rates such as nef.DefaultRectifiedLinear()", name, of)
	}
	if err := of.check(); err != nil {
		return err
	}
	if !(amplitude > 0) || !finite(amplitude) {
		return fmt.Errorf("%s.Amplitude is %g, want more than 0", name, amplitude)
	}
	return nil
}

// wrapped are the states of a type of rates inside another type, and the rate.
func wrapped(of RateType) []state {
	var all []state
	for _, s := range of.states() {
		s.inner = true
		all = append(all, s)
	}
	return append(all, state{name: "rate_out", init: Values{0}, inner: true})
}

func (m StochasticSpiking) states() []state { return wrapped(m.Of) }
func (m PoissonSpiking) states() []state    { return wrapped(m.Of) }

func (m StochasticSpiking) gainBias(r, c float64) (float64, float64) { return m.Of.gainBias(r, c) }
func (m PoissonSpiking) gainBias(r, c float64) (float64, float64)    { return m.Of.gainBias(r, c) }

func (m StochasticSpiking) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.Of.maxRateIntercept(gain, bias)
}
func (m PoissonSpiking) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.Of.maxRateIntercept(gain, bias)
}

func (m StochasticSpiking) rate(j float64) float64 { return float64(m.Amplitude * m.Of.rate(j)) }
func (m PoissonSpiking) rate(j float64) float64    { return float64(m.Amplitude * m.Of.rate(j)) }

func (m StochasticSpiking) step(n *neuronBody) { n.setState("rate_out", m.Of.rateExpr(n, n.j)) }
func (m PoissonSpiking) step(n *neuronBody)    { n.setState("rate_out", m.Of.rateExpr(n, n.j)) }

func (m StochasticSpiking) draw(rates, out []float64, dt float64, r *rng.RandomState) error {
	for i, x := range rates {
		whole, rest := math.Modf(math.Abs(float64(x * dt)))
		if r.RandomSample() < rest {
			whole++
		}
		out[i] = float64(math.Copysign(m.Amplitude/dt, x) * whole)
	}
	return nil
}

func (m PoissonSpiking) draw(rates, out []float64, dt float64, r *rng.RandomState) error {
	for i, x := range rates {
		k, err := r.Poisson(math.Abs(float64(x * dt)))
		if err != nil {
			return err
		}
		out[i] = float64(math.Copysign(m.Amplitude/dt, x) * float64(k))
	}
	return nil
}

// Direct is no neurons at all: the ensemble holds its vector exactly, and
// functions of it are computed in Go in every step.
type Direct struct{}

func (Direct) check() error                                         { return nil }
func (Direct) states() []state                                      { return nil }
func (Direct) gainBias(float64, float64) (float64, float64)         { return 1, 0 }
func (Direct) maxRateIntercept(float64, float64) (float64, float64) { return 0, 0 }
func (Direct) rate(j float64) float64                               { return j }
func (Direct) step(*neuronBody)                                     {}
func (e *Ensemble) direct() bool                                    { _, ok := e.typ.(Direct); return ok }

// Noise is added to the input currents of the neurons, without passing through
// their encoders or gains: WhiteNoise of a distribution, or another process. It has as
// many numbers as the ensemble has neurons.
func (e *Ensemble) Noise(p Process) *Ensemble {
	switch {
	case p.mistake != nil:
		e.net.mistake(e.what(), "noise: %w", p.mistake)
		return e
	case p.start == nil:
		e.net.mistake(e.what(), "the noise is empty; give one, such as nef.WhiteNoise(nef.Gaussian(0, 1))")
		return e
	case p.size != 0 && p.size != e.n:
		e.net.mistake(e.what(), "the noise has %d numbers, want one for each of %d neurons; leave Size out", p.size, e.n)
		return e
	}
	e.noise = &p
	return e
}

// draws lowers what is drawn for the neurons of an ensemble in every step.
func (l *lowering) draws(e *Ensemble, s *ensembleSignals, r *rng.RandomState) {
	if d, ok := e.typ.(drawing); ok {
		start := r.GetState()
		l.generators = append(l.generators, r)
		l.resets = append(l.resets, func() error { return r.SetState(start) })
		rates := s.states["rate_out"]
		l.add(&operator{label: e.name, reads: []*signal{rates}, sets: []*signal{s.out}, host: func(x [][]float64, _ int64) error {
			if err := d.draw(x[rates.buffer], x[s.out.buffer], l.dt, r); err != nil {
				return fmt.Errorf("%s (%s): %w", e.what(), e.site, err)
			}
			return nil
		}})
	}
	if p := e.noise; p != nil {
		if err := p.fits(e.n, l.dt); err != nil {
			l.fail(e.what(), e.site, fmt.Errorf("noise: %w", err))
			return
		}
		l.tabulate(s.j, true, &table{what: e.name + " noise", site: e.site, process: p})
	}
}
