package snn

import (
	"fmt"
	"maps"
	"math"

	"github.com/spikebook/spikebook/snn/model"
)

// CurrentModel describes a current source: [CurrentEquations], or a built-in
// one such as [DC].
type CurrentModel interface{ current() described }

// CurrentEquations is a current source in the language of package model.
type CurrentEquations struct{ described }

// Currents describes a current source by statements, done in every step for
// every neuron before its equations; I += x (or injectCurrent(x)) passes a
// current to the neuron:
//
//	snn.Currents("magnitude : init=0\nI += magnitude", nil)
func Currents(statements string, params P) CurrentEquations {
	return CurrentEquations{described{src: model.Source{Kind: model.Current, Equations: statements, Params: maps.Clone(params)}}}
}

func (m CurrentEquations) current() described { return m.described }

// Derived is the model with a parameter computed from the others; see [SpikingModel.Derived].
func (m CurrentEquations) Derived(name string, compute func(p P, dt float64) float64) CurrentEquations {
	m.described = m.withDerived(name, compute)
	return m
}

// Names is the model with other names for variables; see [ReceptorEquations.Names].
func (m CurrentEquations) Names(names map[string]string) CurrentEquations {
	m.src.Names = maps.Clone(names)
	return m
}

// String is the checked model as it was understood, or its mistakes.
func (m CurrentEquations) String() string { return m.describe() }

// DC injects the same current in every step. Its parameter is amp; give each
// neuron its own with Init("amp", …).
type DC struct{ Amp float64 }

func (m DC) current() described { return Currents("injectCurrent(amp)", P{"amp": m.Amp}).described }

// Magnitude injects the value of its variable magnitude, 0 at first, which is
// set from outside: one value per neuron.
type Magnitude struct{}

func (Magnitude) current() described {
	return Currents("magnitude : init=0\ninjectCurrent(magnitude)", nil).described
}

// GaussianNoise injects a normal draw in every step; its parameters are mu and
// sigma.
type GaussianNoise struct{ Mean, SD float64 }

func (m GaussianNoise) current() described {
	d := Currents("injectCurrent(mu + sigma*randn())", P{"mu": m.Mean, "sigma": m.SD}).described
	d.err = want("GaussianNoise", m.SD >= 0, "an SD of at least 0")
	return d
}

// PoissonExp is the current of Poisson spikes at a Rate in Hz through synapses
// of one Weight and an exponential receptor with Tau in ms. Its variable is
// current.
type PoissonExp struct{ Weight, Tau, Rate float64 }

func (m PoissonExp) current() described {
	d := Currents("current : init=0\ncurrent += jump*Poisson(lambda); injectCurrent(current); current *= decay",
		P{"weight": m.Weight, "tau": m.Tau, "rate": m.Rate}).
		Derived("lambda", func(p P, dt float64) float64 { return p["rate"] * dt / 1000 }).
		Derived("jump", func(p P, dt float64) float64 { return p["weight"] * p["tau"] * (1 - math.Exp(-dt/p["tau"])) / dt }).
		Derived("decay", expDecay).described
	d.err = want("PoissonExp", m.Tau > 0, "Tau above 0", m.Rate >= 0, "a Rate of at least 0")
	return d
}

// Source is a current source of a population.
type Source struct{ attached }

// Inject gives the population a current source.
func (p *Population) Inject(name string, m CurrentModel) *Source {
	s := &Source{p.attached(name)}
	for _, q := range p.sources {
		if q.name == name {
			p.net.mistake(s.what(), fmt.Errorf("there is a current source %q already; give each its own name", name))
		}
	}
	p.sources = append(p.sources, s)
	if m == nil {
		p.net.mistake(s.what(), fmt.Errorf("the model is nil, want snn.DC{Amp: 1}, for example"))
		return s
	}
	if !p.spiking() && p.model != nil || p.input {
		p.net.mistake(s.what(), fmt.Errorf("%s does not take currents; use a spiking model", p.what()))
		return s
	}
	s.parse(s.what(), m.current())
	return s
}

// Into leads the current to another input of the neuron than I.
func (s *Source) Into(input string) *Source {
	s.port = input
	return s
}

// Init gives a variable or parameter its initial value; see [Population.Init].
func (s *Source) Init(name string, value any) *Source {
	setInit(s.net, s.what(), s.inits, name, value, s.names())
	return s
}

func (s *Source) what() string { return "current source " + s.pop.name + "." + s.name }
