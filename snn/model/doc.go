// Package model reads models of neurons and synapses written as equations.
//
// A model is a text with one statement a line, and the values of its parameters:
//
//	m, err := model.Parse(model.Source{
//		Kind:      model.Neuron,
//		Equations: "tau*dr/dt + r = sum(exc) - sum(inh) : min=0",
//		Params:    map[string]float64{"tau": 10},
//	})
//
// [Parse] checks the text and writes one time step as straight-line typed
// assignments ([Model.Step]), with methods of integration and bounds written
// out. Backends run these; nothing of the text is left to interpret.
//
// # The language
//
// A statement is an equation with a derivative, which may stand anywhere as
// long as it occurs linearly (tau*dr/dt + r = x, dr/dt = (x − r)/tau, r' = …),
// or an assignment with =, +=, −=, *= or /=. ";" separates statements, "#"
// starts a comment; a line without an assignment continues the one before it.
//
// Operators, loosest first: c ? a : b; or, ||; and, &&; not, !; comparisons
// (== != < <= > >=, is, is not); + −; * / % //; sign; ^ or **, which groups to
// the right. "if c: a else: b" and ite(c, a, b) are c ? a : b; they nest and
// stand anywhere an expression may. Both values are computed, one is taken.
// Numbers are floats; conditions are no numbers: write float(c).
//
// Names: variables and parameters of the model; t (ms, at the start of the
// step, in all stages of a method), dt (ms), pi. In a neuron, sum(exc) is the
// weighted sum of target exc and sum() the total over all targets; mean(r),
// min(r), max(r), norm1(r) and norm2(r) reduce a variable of the population,
// with the values of the previous step. In a synapse, pre.r and post.r (or
// r_pre, r_post) are variables of the neurons, pre.sum(exc) and post.sum(exc)
// their sums, mean(pre.r) a reduction; w is the weight, a variable that is
// always there.
//
// Functions: exp expm1 exprel log (ln) log1p log10 sqrt pow power sin cos tan
// asin acos atan (arcsin…) sinh cosh tanh abs floor ceil round sign min max
// clip pos neg modulo int float isnan isfinite. Draws: Uniform(a, b),
// Normal(mean, sd), LogNormal(mu, sigma), Exponential(rate), Poisson(lambda),
// Bernoulli(p), DiscreteUniform(a, b), rand(), randn(): every occurrence is a
// stream of its own. White noise xi (unit ms^−½) stands in equations with a
// derivative; xi_a and xi_b are independent, the same name is the same noise.
//
// Flags follow a colon: init=, min= and max= with expressions; a method; int,
// bool; shared (one value) or per post (one for each postsynaptic neuron).
// Variables have one value per neuron or synapse unless flagged. Units are
// refused rather than ignored.
//
// # Order and methods
//
// Statements act in the order written. Consecutive equations with derivatives
// form a block: all right sides are computed from the values before it, then
// the variables are stored one after the other. Bounds are applied at once
// after every store: if x < min: x = min, then max. Equations of a block that
// read each other must use one method.
//
//	euler (explicit)      x' = x + dt·f; with additive noise + g·dW
//	exponential           exact for the linear part in x, all else held over the step
//	semiimplicit          x' = x + dt·f/(1 − dt·∂f/∂x)
//	implicit              backward Euler; all implicit equations of a model form one
//	                      linear system, solved where the first of them stands
//	midpoint (rk2), rk4   all variables of the system advance through the stages together
//	exact (linear)        matrix exponential; coefficients of parameters and dt only
//	heun, milstein        with white noise (Stratonovich)
//
// # Values and localities
//
// A [Symbol] is Global (one value), PerPost or Local; variables that a spiking
// synapse keeps for its presynaptic neurons are PerPre. Step lists Global
// assignments first, then PerPost, then Local ones, and is right in that
// order: where a later statement of the text needs a value from before an
// assignment, a temporary keeps it. [Model.Derived] are values that Go computes
// from parameters, for method exact.
//
// Arithmetic is in the precision of the network. Nothing is rearranged except
// that small whole powers become products, constants are folded, and dx/dt =
// (…)/tau is treated as tau·dx/dt = …, so that dt/tau is computed once.
//
// # Spiking models
//
// A [SpikingNeuron] has equations, a condition and a reset; a [SpikingSynapse]
// code on the spikes of its two neurons; a [Receptor] makes a current of the
// input that has arrived; a [Current] is a source beside a neuron; an [Update]
// changes variables on demand. All their texts share the language above and
// more, so that code written for GeNN, ANNarchy and Brian is understood:
//
//	model.Source{Kind: model.SpikingNeuron, Params: …,
//		Equations: "tau*dv/dt = E - v + R*I", Spike: "v > -50", Reset: "v = -60", Refractory: "2"}
//	model.Source{Kind: model.SpikingSynapse, Weight: "g", Params: …,
//		OnPre:  "addToPost(g); scalar late = t - st_post; if (late > 0) { g = fmax(0, g - A*exp(-late/tau)); }",
//		OnPost: "g += A*exp(-(t - st_pre)/tau)"}
//
// Variables are defined by an equation of their own at the top level of the
// equations (dv/dt = …, v = …), or declared by a line that is just the name,
// with or without flags: RefracTime : init=0. In [Source.PreEquations] and
// [Source.PostEquations] they belong to the neurons: one value for each. Locals
// have a type: scalar x = …, const int n = …; those of a neuron's equations are
// seen by its condition and reset.
//
// Code knows if (…) {…} else {…}, for with constant bounds (its turns are written
// out, unless they are all that the equations do: [Model.Substeps]), += and its
// kin, ++, casts, comments with //, /* and #, literals such as 0.5f, $(name).
// A number is a condition when it is not 0. / divides floats always; // is a
// comment, so whole division is floor(a/b).
//
// A neuron reads its inputs as I or Isyn or sum() (one and the same), sum(exc)
// or g_exc for target exc, and the names of [Source.Inputs]. st and prev_st are
// the times of its last spikes, id its index, num_neurons their number. A
// synapse reads pre.v or v_pre, post.v, st_pre, st_post, prev_st_…, set_… of
// events, id_pre, id_post, num_pre, num_post. Differences and comparisons of t
// and spike times are taken in steps and are exact; a spike that never was lies
// 2⁴⁰ steps back, so that exp(-(t - st_pre)/tau) is 0. post.v[d], or the same of a
// variable that it keeps for its target, is the value d steps before this one's.
//
// A synapse transmits with addToPost(x) (or g_target += x, post.in += x),
// addToPostDelay(x, steps), addToPre(x); post.V += x and pre.V += x add to a
// named input or variable. Receptors and current sources write injectCurrent(x)
// (or I += x), or inject(exc, x). Such statements become assignments to a symbol
// of kind [Emit]; one body has one for each symbol and delay.
//
// Equations without a method take exact where they are linear with constant
// coefficients, else exponential where each is linear in its own variable, else
// rk4; with noise euler, or heun if its factor varies. The summary tells which.
// Event-driven equations of a synapse are solved exactly for the time since the
// last event, counted in steps in the variable "updated".
//
// After a spike the neuron is refractory for round(period/dt) steps, counted
// in the variable "refractory": its condition is not tested and its variables
// keep their values, but for shared ones and conductances, whose names start
// with g_. Where a variable is flagged "unless refractory", only such are kept.
//
// Values are in ms, mV, nA, nF, MΩ, µS and kHz. 10*mV and 2*second are numbers
// in these. Where a declaration names a unit (v : mV, or : volt), all must, the
// parameters through [Source.Units], and dimensions are checked; nothing is
// known of other neurons' variables, and they pass.
//
// What is made of parameters and dt alone is computed in float64 by Go whenever
// a parameter changes, and rounded once: [Model.Derived], named _c1, _c2 ….
//
// # Errors
//
// Parse reports all mistakes together, as [Errors]: each with its position,
// the line with a caret, and what to do.
//
// Parse may be called from several goroutines. A Model is not changed after it
// is made, and may be shared.
package model
