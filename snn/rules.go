package snn

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
)

// Rule describes the synapses of a projection: [SynapseModel], or a built-in
// one such as [STDP].
type Rule interface{ rule() described }

// spiking is m as a model of synapses that act on spikes.
func (m SynapseModel) spikes() SynapseModel {
	m.src.Kind = model.SpikingSynapse
	return m
}

// OnPre is the model with statements for a spike that arrives from the
// presynaptic neuron. addToPost(x), or g_target += x, sends x to the receptor,
// addToPostDelay(x, d) d steps later, addToPre(x) sends x back. Without any
// statements of this kind a spike sends the weight. Within statements, t −
// st_pre and t − st_post are the times since the last spikes of the neurons as
// seen at the synapse (spec genn §2.5).
func (m SynapseModel) OnPre(statements string) SynapseModel {
	m = m.spikes()
	m.src.OnPre = statements
	return m
}

// OnPost is the model with statements for a spike of the postsynaptic neuron,
// one step after it.
func (m SynapseModel) OnPost(statements string) SynapseModel {
	m = m.spikes()
	m.src.OnPost = statements
	return m
}

// OnPreEvent is the model with statements for events of the presynaptic
// neuron: steps after whose neuron update the condition holds.
func (m SynapseModel) OnPreEvent(condition, statements string) SynapseModel {
	m = m.spikes()
	m.src.PreEvent, m.src.OnPreEvent = condition, statements
	return m
}

// OnPostEvent is [SynapseModel.OnPreEvent] for the postsynaptic neuron.
func (m SynapseModel) OnPostEvent(condition, statements string) SynapseModel {
	m = m.spikes()
	m.src.PostEvent, m.src.OnPostEvent = condition, statements
	return m
}

// Pre is the model with variables of its own for each presynaptic neuron:
// equations, done in every step, and statements for the neuron's spikes.
func (m SynapseModel) Pre(equations, onSpike string) SynapseModel {
	m = m.spikes()
	m.src.PreEquations, m.src.PreSpike = equations, onSpike
	return m
}

// Post is [SynapseModel.Pre] for the postsynaptic neurons.
func (m SynapseModel) Post(equations, onSpike string) SynapseModel {
	m = m.spikes()
	m.src.PostEquations, m.src.PostSpike = equations, onSpike
	return m
}

// Weighted is the model with another name for the weight than w.
func (m SynapseModel) Weighted(name string) SynapseModel {
	m.src.Weight = name
	return m
}

// Names is the model with other names for variables, as a model copied from
// elsewhere has them: Names(map[string]string{"V": "pre.V"}).
func (m SynapseModel) Names(names map[string]string) SynapseModel {
	m.src.Names = names
	return m
}

// Derived is the model with a parameter computed from the others; see [SpikingModel.Derived].
func (m SynapseModel) Derived(name string, compute func(p P, dt float64) float64) SynapseModel {
	m.derived = described{derived: m.derived}.withDerived(name, compute).derived
	return m
}

func (m SynapseModel) rule() described { return described{src: m.src, derived: m.derived} }

// StaticGraded transmits in every step in which the presynaptic potential V is
// above Epre: w·tanh((V − Epre)/Vslope)·dt, where that is positive.
type StaticGraded struct{ Epre, Vslope float64 }

func (m StaticGraded) rule() described {
	d := Synapse("", P{"Epre": m.Epre, "Vslope": m.Vslope}).
		OnPreEvent("pre.V > Epre", "addToPost(max(0.0, w*tanh((pre.V - Epre)/Vslope)*dt))").rule()
	d.name = "StaticGraded"
	d.err = want("StaticGraded", m.Vslope != 0, "a Vslope that is not 0")
	return d
}

// STDP is the additive pair rule of nearest neighbours: a presynaptic spike
// takes Aminus·exp(−Δ/TauMinus) from the weight, Δ being the time since the
// last postsynaptic spike; a postsynaptic spike adds Aplus·exp(−Δ/TauPlus).
// Simultaneous spikes change nothing (spec genn §1.5).
type STDP struct{ TauPlus, TauMinus, Aplus, Aminus, Wmin, Wmax float64 }

func (m STDP) rule() described {
	d := Synapse("", P{"tauPlus": m.TauPlus, "tauMinus": m.TauMinus, "Aplus": m.Aplus, "Aminus": m.Aminus, "Wmin": m.Wmin, "Wmax": m.Wmax}).
		OnPre(`addToPost(w);
			scalar since = t - st_post;
			if (since > 0) { w = fmin(Wmax, fmax(Wmin, w - Aminus*exp(-since/tauMinus))); }`).
		OnPost(`scalar since = t - st_pre;
			if (since > 0) { w = fmin(Wmax, fmax(Wmin, w + Aplus*exp(-since/tauPlus))); }`).rule()
	d.name = "STDP"
	d.err = want("STDP", m.TauPlus > 0, "TauPlus above 0", m.TauMinus > 0, "TauMinus above 0", m.Wmin <= m.Wmax, "Wmin of at most Wmax")
	return d
}

// STDPAllToAll is the additive rule in which all pairs count: each neuron has a
// trace that grows by 1 with every spike and decays (Song, Miller and Abbott 2000).
type STDPAllToAll struct{ TauPlus, TauMinus, Aplus, Aminus, Wmin, Wmax float64 }

func (m STDPAllToAll) rule() described {
	d := Synapse("", P{"tauPlus": m.TauPlus, "tauMinus": m.TauMinus, "Aplus": m.Aplus, "Aminus": m.Aminus, "Wmin": m.Wmin, "Wmax": m.Wmax}).
		Derived("plusDecay", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauPlus"]) }).
		Derived("minusDecay", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauMinus"]) }).
		Pre("tracePre : init=0\ntracePre *= plusDecay", "tracePre += 1").
		Post("tracePost : init=0\ntracePost *= minusDecay", "tracePost += 1").
		OnPre("addToPost(w); w = clip(w - Aminus*tracePost, Wmin, Wmax)").
		OnPost("w = clip(w + Aplus*tracePre, Wmin, Wmax)").rule()
	d.name = "STDPAllToAll"
	d.err = want("STDPAllToAll", m.TauPlus > 0, "TauPlus above 0", m.TauMinus > 0, "TauMinus above 0", m.Wmin <= m.Wmax, "Wmin of at most Wmax")
	return d
}

// Triplet is the rule of spike triplets (Pfister and Gerstner 2006) with all
// pairs counting: traces r1, r2 of the presynaptic and o1, o2 of the
// postsynaptic neuron; the slow ones are read as they were before the spike.
type Triplet struct {
	TauPlus, TauX, TauMinus, TauY float64
	A2Plus, A3Plus                float64
	A2Minus, A3Minus              float64
	Wmin, Wmax                    float64
}

func (m Triplet) rule() described {
	d := Synapse("", P{"tauPlus": m.TauPlus, "tauX": m.TauX, "tauMinus": m.TauMinus, "tauY": m.TauY,
		"A2plus": m.A2Plus, "A3plus": m.A3Plus, "A2minus": m.A2Minus, "A3minus": m.A3Minus, "Wmin": m.Wmin, "Wmax": m.Wmax}).
		Derived("dr1", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauPlus"]) }).
		Derived("dr2", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauX"]) }).
		Derived("do1", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauMinus"]) }).
		Derived("do2", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauY"]) }).
		Pre("r1 : init=0\nr2 : init=0\nr2before : init=0\nr1 *= dr1\nr2 *= dr2\nr2before = r2", "r1 += 1; r2 += 1").
		Post("o1 : init=0\no2 : init=0\no2before : init=0\no1 *= do1\no2 *= do2\no2before = o2", "o1 += 1; o2 += 1").
		OnPre("addToPost(w); w = clip(w - o1*(A2minus + A3minus*r2before), Wmin, Wmax)").
		OnPost("w = clip(w + r1*(A2plus + A3plus*o2before), Wmin, Wmax)").rule()
	d.name = "Triplet"
	d.err = want("Triplet", m.TauPlus > 0 && m.TauX > 0 && m.TauMinus > 0 && m.TauY > 0, "time constants above 0", m.Wmin <= m.Wmax, "Wmin of at most Wmax")
	return d
}

// Symmetric is the rule of the mushroom body: with every spike on either side,
//
//	w ← clip(w + Eta·(exp(−Δ/Tau) − Rho), Wmin, Wmax)
//
// Δ being the time since the last spike of the other side (spec genn §3.1).
// Nothing is transmitted while Silent is set.
type Symmetric struct {
	Tau, Rho, Eta, Wmin, Wmax float64
	Silent                    bool
}

func (m Symmetric) rule() described {
	pre := "addToPost(w);\n"
	if m.Silent {
		pre = ""
	}
	d := Synapse("", P{"tau": m.Tau, "rho": m.Rho, "eta": m.Eta, "wMin": m.Wmin, "wMax": m.Wmax}).
		OnPre(pre + "w = fmin(wMax, fmax(wMin, w + eta*(exp(-(t - st_post)/tau) - rho)))").
		OnPost("w = fmin(wMax, fmax(wMin, w + eta*(exp(-(t - st_pre)/tau) - rho)))").rule()
	d.name = "Symmetric"
	d.err = want("Symmetric", m.Tau > 0, "Tau above 0", m.Wmin <= m.Wmax, "Wmin of at most Wmax")
	return d
}

// ShortTerm is short-term plasticity (Tsodyks, Pawelzik and Markram 1998): a
// spike sends w·u·x, where u is the use of resources, which facilitates with
// TauFacil, and x the resources left, which recover with TauRec, both in ms.
type ShortTerm struct{ U, TauRec, TauFacil float64 }

func (m ShortTerm) rule() described {
	// Every synapse of a neuron has the same u and x: they belong to the neuron.
	s := Synapse("", P{"U": m.U, "tauRec": m.TauRec, "tauFacil": m.TauFacil}).
		Derived("recover", func(p P, dt float64) float64 { return math.Exp(-dt / p["tauRec"]) }).
		Derived("forget", func(p P, dt float64) float64 {
			if p["tauFacil"] <= 0 {
				return 0
			}
			return math.Exp(-dt / p["tauFacil"])
		}).
		Pre("u : init=U\nx : init=1\nrelease : init=0\nu = U + (u - U)*forget\nx = 1 + (x - 1)*recover",
			"release = u*x; x -= release; u += U*(1 - u)").
		OnPre("addToPost(w*release)")
	d := s.rule()
	d.name = "ShortTerm"
	d.err = want("ShortTerm", m.U > 0 && m.U <= 1, "U above 0 and at most 1", m.TauRec > 0, "TauRec above 0", m.TauFacil >= 0, "TauFacil of at least 0")
	return d
}
