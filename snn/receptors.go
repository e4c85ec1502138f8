package snn

import (
	"fmt"
	"maps"
	"math"

	"github.com/spikebook/spikebook/snn/model"
)

// ReceptorModel describes what a neuron does with the input that spikes have
// brought: [ReceptorEquations], or a built-in one such as [ExpCurr].
type ReceptorModel interface{ receptor() described }

// ReceptorEquations is a receptor in the language of package model: "in" is
// the input accumulated so far, I += x (or injectCurrent(x)) passes a current
// to the neuron, post.V is a variable of the neuron.
type ReceptorEquations struct{ described }

// Receptors describes a receptor by statements, done in every step for every
// neuron, before its equations:
//
//	snn.Receptors("I += in*(E - post.V); in *= exp(-dt/tau)", snn.P{"E": 0, "tau": 5})
func Receptors(statements string, params P) ReceptorEquations {
	return ReceptorEquations{described{src: model.Source{Kind: model.Receptor, Equations: statements, Params: maps.Clone(params)}}}
}

func (m ReceptorEquations) receptor() described { return m.described }

// Derived is the model with a parameter computed from the others; see [SpikingModel.Derived].
func (m ReceptorEquations) Derived(name string, compute func(p P, dt float64) float64) ReceptorEquations {
	m.described = m.withDerived(name, compute)
	return m
}

// Names is the model with other names for variables: Names(map[string]string{"V": "post.V"}).
func (m ReceptorEquations) Names(names map[string]string) ReceptorEquations {
	m.src.Names = maps.Clone(names)
	return m
}

// String is the checked model as it was understood, or its mistakes.
func (m ReceptorEquations) String() string { return m.describe() }

func expDecay(p P, dt float64) float64 { return math.Exp(-dt / p["tau"]) }

// DeltaCurr passes the input on in one step.
type DeltaCurr struct{}

func (DeltaCurr) receptor() described {
	return Receptors("injectCurrent(in); in = 0", nil).described
}

// ExpCurr is a current that decays exponentially with Tau in ms. It is scaled
// so that an input of 1 carries a charge of Tau (spec genn §2.3).
type ExpCurr struct{ Tau float64 }

func (m ExpCurr) receptor() described {
	d := Receptors("injectCurrent(scale*in); in *= decay", P{"tau": m.Tau}).
		Derived("scale", func(p P, dt float64) float64 { return p["tau"] * (1 - math.Exp(-dt/p["tau"])) / dt }).
		Derived("decay", expDecay).described
	d.err = want("ExpCurr", m.Tau > 0, "Tau above 0")
	return d
}

// ExpCond is a conductance that decays exponentially with Tau in ms, towards
// the reversal potential E in mV.
type ExpCond struct{ Tau, E float64 }

func (m ExpCond) receptor() described {
	d := Receptors("injectCurrent(in*(E - post.V)); in *= decay", P{"tau": m.Tau, "E": m.E}).
		Derived("decay", expDecay).described
	d.err = want("ExpCond", m.Tau > 0, "Tau above 0")
	return d
}

// AlphaCurr is a current of the shape t/Tau·exp(1 − t/Tau): an input of 1 has
// its peak of 1 after Tau ms.
type AlphaCurr struct{ Tau float64 }

func (m AlphaCurr) receptor() described {
	d := Receptors("x : init=0\nx += in*peak; in = 0; y : init=0\ny = decay*(y + dt/tau*x); x *= decay; injectCurrent(y)", P{"tau": m.Tau}).
		Derived("decay", expDecay).Derived("peak", func(P, float64) float64 { return math.E }).described
	d.err = want("AlphaCurr", m.Tau > 0, "Tau above 0")
	return d
}

// AlphaCond is a conductance of the shape of [AlphaCurr] towards the reversal
// potential E in mV.
type AlphaCond struct{ Tau, E float64 }

func (m AlphaCond) receptor() described {
	d := Receptors("x : init=0\nx += in*peak; in = 0; y : init=0\ny = decay*(y + dt/tau*x); x *= decay; injectCurrent(y*(E - post.V))", P{"tau": m.Tau, "E": m.E}).
		Derived("decay", expDecay).Derived("peak", func(P, float64) float64 { return math.E }).described
	d.err = want("AlphaCond", m.Tau > 0, "Tau above 0")
	return d
}

// Receptor is a receptor of a population, which several projections may lead
// to. Its variables are those of its model, and "in".
type Receptor struct {
	attached
	shared bool // given to the population, so that projections may name it
}

// Receptor gives the population a receptor; projections with Target(name) lead to it.
func (p *Population) Receptor(name string, m ReceptorModel) *Receptor {
	r := newReceptor(p, name, m)
	r.shared = true
	for _, q := range p.receptors {
		if q.shared && q.name == name {
			p.net.mistake(r.what(), fmt.Errorf("there is a receptor %q already; give each its own name", name))
		}
	}
	p.receptors = append(p.receptors, r)
	return r
}

func newReceptor(p *Population, name string, m ReceptorModel) *Receptor {
	r := &Receptor{attached: p.attached(name)}
	if m == nil {
		p.net.mistake(r.what(), fmt.Errorf("the model is nil, want snn.ExpCurr{Tau: 5}, for example"))
		return r
	}
	r.parse(r.what(), m.receptor())
	return r
}

// Into leads what the receptor injects to another input of the neuron than I.
func (r *Receptor) Into(input string) *Receptor {
	r.port = input
	return r
}

// Init gives a variable or parameter its initial value; see [Population.Init].
func (r *Receptor) Init(name string, value any) *Receptor {
	setInit(r.net, r.what(), r.inits, name, value, r.names())
	return r
}

func (r *Receptor) what() string { return "receptor " + r.pop.name + "." + r.name }
