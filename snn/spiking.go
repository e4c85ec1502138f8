package snn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
)

// described is what all kinds of models are: text for package model, and
// parameters that are computed from others.
type described struct {
	src     model.Source
	derived []derivedParam
	name    string // of a built-in model
	err     error  // a mistake in the parameters of a built-in model
	deaf    bool   // neurons that take no input, and ignore what arrives
}

// derivedParam is a parameter whose value Go computes, in float64, whenever a
// parameter changes: a decay factor, for example.
type derivedParam struct {
	name    string
	compute func(p P, dt float64) float64
}

// NeuronModel describes the neurons of a population: [RateModel],
// [SpikingModel], or a built-in one such as [LIF].
type NeuronModel interface{ neuron() described }

// SpikingModel describes neurons that fire: equations, a condition and a
// reset. It is a value: every method returns a changed copy.
type SpikingModel struct{ described }

// Spiking describes spiking neurons in the language of package model:
//
//	snn.Spiking("tau*dV/dt = Vrest - V + R*I", snn.P{"tau": 20, "Vrest": -65, "R": 100, "Vthresh": -50}).
//		Spike("V > Vthresh").Reset("V = Vrest").Refractory("2")
//
// I is the input of the step: what receptors and current sources inject, and
// sum(T) what arrives for target T. Times are in ms. A line that is only a
// name, or "name : init=-65", declares a variable. Statements may be written
// as C too: "if (V > 0) { … }". In each step the inputs are gathered, the
// equations advance, the condition is tested, and those who fire are reset
// (spec genn §2.2).
func Spiking(equations string, params P) SpikingModel {
	return SpikingModel{described{src: model.Source{Kind: model.SpikingNeuron, Equations: equations, Params: maps.Clone(params)}}}
}

func (m SpikingModel) neuron() described { return m.described }
func (m RateModel) neuron() described    { return described{src: m.src} }

// Spike is the model with a condition for firing, tested after the equations.
func (m SpikingModel) Spike(condition string) SpikingModel {
	m.src.Spike = condition
	return m
}

// Reset is the model with statements for a neuron that has fired.
func (m SpikingModel) Reset(statements string) SpikingModel {
	m.src.Reset = statements
	return m
}

// Refractory is the model with a time in ms after a spike in which a neuron
// neither integrates nor fires: a number or an expression.
func (m SpikingModel) Refractory(period string) SpikingModel {
	m.src.Refractory = period
	return m
}

// OnRise is the model with spikes only where the condition has become true: a
// neuron that stays above its threshold fires once.
func (m SpikingModel) OnRise() SpikingModel {
	m.src.AutoRefractory = true
	return m
}

// Input is the model with one more input that receptors and current sources
// can be led to; value is what it begins each step with.
func (m SpikingModel) Input(name string, value float64) SpikingModel {
	m.src.Inputs = maps.Clone(m.src.Inputs)
	if m.src.Inputs == nil {
		m.src.Inputs = map[string]float64{}
	}
	m.src.Inputs[name] = value
	return m
}

// Derived is the model with a parameter that is computed from the others and
// the step in ms, in float64, at Build and whenever a parameter is set.
func (m SpikingModel) Derived(name string, compute func(p P, dt float64) float64) SpikingModel {
	m.described = m.withDerived(name, compute)
	return m
}

// With is the model with another value of one parameter.
func (m SpikingModel) With(name string, value float64) SpikingModel {
	m.src = with(m.src, name, value)
	return m
}

// Method is the model with another method for equations that name none; see
// [RateModel.Method]. Without it linear models are solved exactly.
func (m SpikingModel) Method(name string) SpikingModel {
	m.src.Method = name
	return m
}

// Functions is the model with functions of its own; see [RateModel.Functions].
func (m SpikingModel) Functions(text string) SpikingModel {
	m.src.Functions = text
	return m
}

// String is the checked model as it was understood, or its mistakes.
func (m SpikingModel) String() string { return m.describe() }

func (d described) withDerived(name string, compute func(P, float64) float64) described {
	d.derived = append(slices.Clip(d.derived), derivedParam{name, compute})
	return d
}

// parse reads the text. Derived parameters count as parameters.
func (d described) parse() (*model.Model, error) {
	if d.err != nil {
		return nil, d.err
	}
	src := d.source()
	if m := d.substepped(src); m != nil {
		return m, nil
	}
	return model.Parse(src)
}

// substepped is a model that fires on rises and advances in substeps. The
// composer remembers for it whether the condition held before: written out by
// package model, all substeps would be one long expression. Nil if src is none.
func (d described) substepped(src model.Source) *model.Model {
	if !src.AutoRefractory {
		return nil
	}
	src.AutoRefractory = false
	m, err := model.Parse(src)
	if err != nil || m.Substeps < 2 {
		return nil
	}
	return m
}

func (d described) source() model.Source {
	src := d.src
	if len(d.derived) > 0 {
		src.Params = maps.Clone(src.Params)
		if src.Params == nil {
			src.Params = map[string]float64{}
		}
		src.Unmentioned = map[string]bool{}
		for name := range src.Params {
			src.Unmentioned[name] = true
		}
		for _, p := range d.derived {
			if _, ok := src.Params[p.name]; !ok {
				src.Params[p.name] = 0
			}
		}
	}
	return src
}

func (d described) isDerived(name string) bool {
	return slices.ContainsFunc(d.derived, func(p derivedParam) bool { return p.name == name })
}

func (d described) describe() string {
	m, err := d.parse()
	if err != nil {
		return fmt.Sprintf("model with mistakes:\n%v", err)
	}
	return strings.TrimRight(m.String(), "\n")
}

// want reports parameters of a built-in model that are out of range.
func want(of string, conditions ...any) error {
	var wrong []string
	for i := 0; i+1 < len(conditions); i += 2 {
		if !conditions[i].(bool) {
			wrong = append(wrong, conditions[i+1].(string))
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%s: want %s; set it in the braces", of, strings.Join(wrong, ", "))
}
