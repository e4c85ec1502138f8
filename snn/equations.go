package snn

import (
	"maps"

	"github.com/spikebook/spikebook/snn/model"
)

// P holds the parameters of a model by name.
type P map[string]float64

// RateModel describes rate neurons by equations. It is a value: With and
// Method return changed copies.
type RateModel struct{ src model.Source }

// Rate describes neurons that carry a firing rate r, in the language of
// package model:
//
//	snn.Rate("tau*dr/dt + r = sum(exc) - sum(inh) : min=0", snn.P{"tau": 10})
//
// sum(T) is the weighted sum of all projections with target T. Times are in
// ms. Mistakes in the text are reported where the model is used.
func Rate(equations string, params P) RateModel {
	return RateModel{model.Source{Kind: model.Neuron, Equations: equations, Params: maps.Clone(params)}}
}

// With is the model with another value of one parameter.
func (m RateModel) With(name string, value float64) RateModel {
	m.src = with(m.src, name, value)
	return m
}

// Method is the model with another method for the equations that name none:
// "euler" (the default), "exponential", "midpoint", "rk4", "implicit",
// "semiimplicit" or "exact".
func (m RateModel) Method(name string) RateModel {
	m.src.Method = name
	return m
}

// Functions is the model with functions of its own for the equations to call,
// one a line: "half(x) = x/2".
func (m RateModel) Functions(text string) RateModel {
	m.src.Functions = text
	return m
}

// String is the checked model as it was understood, or its mistakes.
func (m RateModel) String() string { return m.neuron().describe() }

// SynapseModel describes a learning rule, or any synapse with equations.
type SynapseModel struct {
	src     model.Source
	derived []derivedParam
}

// Synapse describes synapses with a weight w, in the language of package
// model; pre.x and post.x are variables of the two neurons, as of this step; between
// spiking neurons post.x may also be a variable of the receptor that is led to,
// and post.x[d] is what it was d steps before.
// Between spiking neurons it becomes a model of spikes by [SynapseModel.OnPre]
// and the like; the equations then are done in every step, too:
//
//	snn.Synapse("tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0", snn.P{"tau": 2000, "alpha": 8})
func Synapse(equations string, params P) SynapseModel {
	return SynapseModel{src: model.Source{Kind: model.Synapse, Equations: equations, Params: maps.Clone(params)}}
}

// With is the model with another value of one parameter.
func (m SynapseModel) With(name string, value float64) SynapseModel {
	m.src = with(m.src, name, value)
	return m
}

// Method is the model with another default method; see [RateModel.Method].
func (m SynapseModel) Method(name string) SynapseModel {
	m.src.Method = name
	return m
}

// Functions is the model with functions of its own; see [RateModel.Functions].
func (m SynapseModel) Functions(text string) SynapseModel {
	m.src.Functions = text
	return m
}

// Transmit is the model with another value sent by one synapse in a step; the
// default is "w * pre.r".
func (m SynapseModel) Transmit(expr string) SynapseModel {
	m.src.PSP = expr
	return m
}

// Combine says how a neuron gathers what its synapses transmit: "sum" (the
// default), "max", "min" or "mean".
func (m SynapseModel) Combine(operation string) SynapseModel {
	m.src.Operation = operation
	return m
}

// String is the checked model as it was understood, or its mistakes.
func (m SynapseModel) String() string { return m.rule().describe() }

func with(src model.Source, name string, value float64) model.Source {
	src.Params = maps.Clone(src.Params)
	if src.Params == nil {
		src.Params = map[string]float64{}
	}
	src.Params[name] = value
	return src
}
