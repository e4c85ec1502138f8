package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/vmath"
)

// NeuronType is what the neurons of an ensemble compute from their input
// current J: LIF, LIFRate, AdaptiveLIF, AdaptiveLIFRate, RectifiedLinear,
// SpikingRectifiedLinear, Sigmoid, Tanh, Izhikevich; RegularSpiking,
// StochasticSpiking or PoissonSpiking of a type of rates; or Direct. Times are in
// seconds, rates in spikes per second. A type is a struct of parameters: start from
// DefaultLIF() and its kin, or set every field.
type NeuronType interface {
	check() error
	// states are the variables of a neuron and where their initial values come from.
	states() []state
	// gainBias turns a maximum rate (at the end of the range) and an intercept
	// (where the neuron begins to fire) into gain and bias.
	gainBias(maxRate, intercept float64) (gain, bias float64)
	maxRateIntercept(gain, bias float64) (maxRate, intercept float64)
	// rate is the static response to a constant current.
	rate(j float64) float64
	step(n *neuronBody)
}

type state struct {
	name  string
	init  Distribution
	inner bool // of a type that another one wraps: drawn by a generator of its own
}

// neuronBody is one step of one neuron: j is its input current.
type neuronBody struct {
	*body
	j, dt  expr
	param  func(name string, value float64) expr
	signal func(state string) *signal
	out    *signal
	step   float64 // dt
}

func (n *neuronBody) state(name string) expr       { return n.own(n.signal(name)) }
func (n *neuronBody) setState(name string, x expr) { n.set(n.signal(name), x) }
func (n *neuronBody) output(x expr)                { n.set(n.out, x) }
func (n *neuronBody) letState(name string) expr    { return n.let(name+"0", n.state(name)) }

func positive(typ string, pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if x := pairs[i+1].(float64); !(x > 0) || math.IsInf(x, 0) {
			return fmt.Errorf("%s.%s is %g, want more than 0; set it, or start from nef.Default%s()", typ, pairs[i], x, typ)
		}
	}
	return nil
}

// LIF is a leaky integrate-and-fire neuron, with the moment of a spike inside
// the step:
//
//	TauRC dv/dt = J − v,  spike above 1, then 0 for TauRef
//
// Between spikes the update is exact for a constant current.
type LIF struct {
	TauRC      float64 // membrane time constant, s; more than 0
	TauRef     float64 // refractory period, s; 0 is none
	MinVoltage float64 // the voltage stays at or above; −Inf is no floor
	Amplitude  float64 // of the output: a spike is Amplitude/dt in its step
}

// DefaultLIF has a time constant of 20 ms and a refractory period of 2 ms.
func DefaultLIF() LIF { return LIF{TauRC: 0.02, TauRef: 0.002, Amplitude: 1} }

func (m LIF) check() error {
	if err := positive("LIF", "TauRC", m.TauRC, "Amplitude", m.Amplitude); err != nil {
		return err
	}
	if !(m.TauRef >= 0) {
		return fmt.Errorf("LIF.TauRef is %g, want 0 or more", m.TauRef)
	}
	if !(m.MinVoltage <= 0) {
		return fmt.Errorf("LIF.MinVoltage is %g, want 0 or less", m.MinVoltage)
	}
	return nil
}

func (m LIF) states() []state {
	return []state{{name: "voltage", init: Uniform(0, 1)}, {name: "refractory_time", init: Choice(0)}}
}

func (m LIF) gainBias(r, c float64) (gain, bias float64) {
	return m.Rate().gainBias(r, c)
}

func (m LIF) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.Rate().maxRateIntercept(gain, bias)
}

func (m LIF) rate(j float64) float64 { return m.Rate().rate(j) }

// Rate is the type without spikes that has the same static response.
func (m LIF) Rate() LIFRate { return LIFRate{m.TauRC, m.TauRef, m.Amplitude} }

func (m LIF) step(n *neuronBody) { m.stepOn(n, n.j) }

func (m LIF) stepOn(n *neuronBody, j expr) (out expr) {
	dt, tau := n.dt, n.param("tau_rc", m.TauRC)
	rho := n.let("ρ", sub(n.state("refractory_time"), dt))
	delta := n.let("δ", call(model.Min, call(model.Max, sub(dt, rho), num(0)), dt))
	v0 := n.state("voltage")
	decay, back := lifFunctions(n, m.TauRC, delta)
	v := n.let("v", sub(v0, mul(sub(j, v0), decay(div(neg(delta), tau)))))
	spike := n.let("spike", gt(v, num(1)))
	since := add(dt, mul(tau, back(div(sub(v, num(1)), sub(j, num(1))))))
	floor := n.param("min_voltage", m.MinVoltage)
	// Products with 0 and 1 in place of choices: compilers make vector code of them.
	fired := call(model.ToFloat, spike)
	silent := call(model.ToFloat, &model.Unary{Op: model.Not, X: spike})
	out = n.let("out", mul(fired, div(n.param("amplitude", m.Amplitude), dt)))
	n.setState("refractory_time", pick(spike, add(n.param("tau_ref", m.TauRef), since), rho))
	n.setState("voltage", mul(silent, pick(lt(v, floor), floor, v)))
	n.output(out)
	return out
}

// lifFunctions are expm1 and ln(1 − z) as a LIF neuron needs them. While the step
// is short and no voltage begins above 1, their arguments are small: expm1 is
// taken at −δ/TauRC with 0 ≤ δ ≤ dt, and z = (v − 1)/(J − 1) of a spike is between 0 and
// 1 − exp(−dt/TauRC), because v came from v₀ ≤ 1 by v − 1 = (v₀ − 1)e + (J − 1)(1 − e).
// There, series without branches are exact to the last bit or two and many
// times faster. A neuron without a spike may compute nonsense, which is not used.
func lifFunctions(n *neuronBody, tau float64, delta expr) (decay, back func(x expr) expr) {
	small := n.step/tau <= 0.1
	for _, v := range n.signal("voltage").init {
		small = small && v <= 1
	}
	if !small {
		return func(x expr) expr { return call(model.Expm1, x) }, func(z expr) expr { return call(model.Log1p, neg(z)) }
	}
	decay = func(x expr) expr {
		x = n.let("x", x)
		sum := num(1.0 / 3628800) // 1/10!: the rest is below 3e-18 of the result
		for _, c := range []float64{362880, 40320, 5040, 720, 120, 24, 6, 2} {
			sum = add(num(1/c), mul(x, sum))
		}
		whole := n.param("expm1(-dt/tau_rc)", vmath.Expm1(-n.step/tau))
		return pick(eq(delta, n.dt), whole, add(x, mul(mul(x, x), sum)))
	}
	back = func(z expr) expr { // ln(1 − z) = −2 artanh(z/(2 − z))
		z = n.let("z", z)
		s := n.let("s", div(z, sub(num(2), z)))
		q := n.let("s²", mul(s, s))
		sum := num(1.0 / 11) // the rest is below 3e-17 of the result
		for _, c := range []float64{9, 7, 5, 3, 1} {
			sum = add(num(1/c), mul(q, sum))
		}
		return mul(num(-2), mul(s, sum))
	}
	return decay, back
}

// LIFRate is the firing rate of a LIF neuron with a constant current:
// Amplitude/(TauRef + TauRC ln(1 + 1/(J − 1))) for J > 1.
type LIFRate struct {
	TauRC     float64 // s; more than 0
	TauRef    float64 // s
	Amplitude float64
}

// DefaultLIFRate has the parameters of DefaultLIF.
func DefaultLIFRate() LIFRate { return DefaultLIF().Rate() }

func (m LIFRate) check() error {
	return LIF{m.TauRC, m.TauRef, 0, m.Amplitude}.check()
}

func (m LIFRate) states() []state { return nil }

func (m LIFRate) gainBias(r, c float64) (gain, bias float64) {
	x := 1 / (1 - vmath.Exp((m.TauRef-1/r)/m.TauRC))
	gain = (1 - x) / (c - 1)
	return gain, 1 - float64(gain*c)
}

func (m LIFRate) maxRateIntercept(gain, bias float64) (float64, float64) {
	c := (1 - bias) / gain
	r := 1 / (m.TauRef - float64(m.TauRC*vmath.Log1p(1/(float64(gain*(c-1))-1))))
	if !finite(r) {
		r = 0
	}
	return r, c
}

func (m LIFRate) rate(j float64) float64 {
	if j <= 1 {
		return 0
	}
	return m.Amplitude / (m.TauRef + float64(m.TauRC*logRatio(j)))
}

// logRatio is ln(1 + 1/(j − 1)) = ln(j/(j − 1)) = 2 artanh(1/(2j − 1)), as a series
// where that converges fast: it is needed for every neuron at every point.
func logRatio(j float64) float64 {
	if j < 2 {
		return vmath.Log1p(1 / (j - 1))
	}
	s := 1 / (float64(2*j) - 1) // at most ⅓; the rest of the series is below 1e-17
	q := float64(s * s)
	sum := 0.0
	for _, c := range artanh {
		sum = c + float64(q*sum)
	}
	return float64(2 * s * sum)
}

var artanh = func() (c [17]float64) { // 1/33, …, ⅓, 1
	for i := range c {
		c[i] = 1 / float64(33-2*i)
	}
	return c
}()

func (m LIFRate) step(n *neuronBody) { n.output(m.rateExpr(n, n.j)) }

func (m LIFRate) rateExpr(n *neuronBody, j expr) expr {
	x := sub(j, num(1))
	r := div(n.param("amplitude", m.Amplitude), add(n.param("tau_ref", m.TauRef), mul(n.param("tau_rc", m.TauRC), call(model.Log1p, div(num(1), x)))))
	return pick(gt(x, num(0)), r, num(0))
}

// AdaptiveLIF is a LIF neuron whose current is lessened by a variable that each
// spike raises: J − n, with TauN dn/dt = IncN·output − n.
type AdaptiveLIF struct {
	LIF
	TauN float64 // time constant of the adaptation, s; more than 0
	IncN float64 // how much a spike adds
}

// DefaultAdaptiveLIF adapts slowly: 1 s, by 0.01 a spike.
func DefaultAdaptiveLIF() AdaptiveLIF { return AdaptiveLIF{DefaultLIF(), 1, 0.01} }

func (m AdaptiveLIF) check() error {
	if err := m.LIF.check(); err != nil {
		return err
	}
	return positive("AdaptiveLIF", "TauN", m.TauN)
}

func (m AdaptiveLIF) states() []state {
	return append(m.LIF.states(), state{name: "adaptation", init: Choice(0)})
}

func (m AdaptiveLIF) step(n *neuronBody) {
	a := n.letState("adaptation")
	out := m.stepOn(n, n.let("J", sub(n.j, a)))
	n.setState("adaptation", adapt(n, a, out, m.TauN, m.IncN))
}

func adapt(n *neuronBody, a, out expr, tau, inc float64) expr {
	return add(a, mul(div(n.dt, n.param("tau_n", tau)), sub(mul(n.param("inc_n", inc), out), a)))
}

// AdaptiveLIFRate is the rate form of AdaptiveLIF.
type AdaptiveLIFRate struct {
	LIFRate
	TauN float64 // s; more than 0
	IncN float64
}

// DefaultAdaptiveLIFRate has the parameters of DefaultAdaptiveLIF.
func DefaultAdaptiveLIFRate() AdaptiveLIFRate { return AdaptiveLIFRate{DefaultLIFRate(), 1, 0.01} }

func (m AdaptiveLIFRate) check() error {
	if err := m.LIFRate.check(); err != nil {
		return err
	}
	return positive("AdaptiveLIFRate", "TauN", m.TauN)
}

func (m AdaptiveLIFRate) states() []state { return []state{{name: "adaptation", init: Choice(0)}} }

func (m AdaptiveLIFRate) step(n *neuronBody) { n.output(m.rateExpr(n, n.j)) }

func (m AdaptiveLIFRate) rateExpr(n *neuronBody, j expr) expr {
	a := n.letState("adaptation")
	out := n.let("out", m.LIFRate.rateExpr(n, n.let("J", sub(j, a))))
	n.setState("adaptation", adapt(n, a, out, m.TauN, m.IncN))
	return out
}

// RectifiedLinear is Amplitude·max(J, 0).
type RectifiedLinear struct{ Amplitude float64 }

// DefaultRectifiedLinear has the amplitude 1.
func DefaultRectifiedLinear() RectifiedLinear { return RectifiedLinear{1} }

func (m RectifiedLinear) check() error {
	return positive("RectifiedLinear", "Amplitude", m.Amplitude)
}
func (m RectifiedLinear) states() []state { return nil }

func (m RectifiedLinear) gainBias(r, c float64) (gain, bias float64) {
	gain = r / (1 - c)
	return gain, float64(-c * gain)
}

func (m RectifiedLinear) maxRateIntercept(gain, bias float64) (float64, float64) {
	c := -bias / gain
	return float64(gain * (1 - c)), c
}

func (m RectifiedLinear) rate(j float64) float64 { return float64(m.Amplitude * max(j, 0)) }

func (m RectifiedLinear) step(n *neuronBody) {
	n.output(m.rateExpr(n, n.j))
}

// SpikingRectifiedLinear integrates max(J, 0) and fires each time a whole
// number is passed, several times a step if need be.
type SpikingRectifiedLinear struct{ RectifiedLinear }

// DefaultSpikingRectifiedLinear has the amplitude 1.
func DefaultSpikingRectifiedLinear() SpikingRectifiedLinear {
	return SpikingRectifiedLinear{DefaultRectifiedLinear()}
}

func (m SpikingRectifiedLinear) states() []state {
	return []state{{name: "voltage", init: Uniform(0, 1)}}
}

func (m SpikingRectifiedLinear) step(n *neuronBody) {
	v := n.let("v", add(n.state("voltage"), mul(call(model.Max, n.j, num(0)), n.dt)))
	k := n.let("k", call(model.Floor, v))
	n.output(mul(div(n.param("amplitude", m.Amplitude), n.dt), k))
	n.setState("voltage", sub(v, k))
}

// Sigmoid is the logistic function of the current, with 1/TauRef as its upper end.
type Sigmoid struct{ TauRef float64 }

// DefaultSigmoid ends at 400 spikes per second.
func DefaultSigmoid() Sigmoid { return Sigmoid{0.0025} }

func (m Sigmoid) check() error    { return positive("Sigmoid", "TauRef", m.TauRef) }
func (m Sigmoid) states() []state { return nil }

func (m Sigmoid) gainBias(r, c float64) (gain, bias float64) {
	inverse := -vmath.Log(1/m.TauRef/r - 1)
	gain = -inverse / (c - 1)
	return gain, inverse - gain
}

func (m Sigmoid) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.rate(gain + bias), -bias / gain
}

func (m Sigmoid) rate(j float64) float64 { return 1 / m.TauRef / (1 + vmath.Exp(-j)) }

func (m Sigmoid) step(n *neuronBody) {
	n.output(m.rateExpr(n, n.j))
}

// Tanh is the hyperbolic tangent of the current, from −1/TauRef to 1/TauRef.
type Tanh struct{ TauRef float64 }

// DefaultTanh ends at 400 spikes per second.
func DefaultTanh() Tanh { return Tanh{0.0025} }

func (m Tanh) check() error    { return positive("Tanh", "TauRef", m.TauRef) }
func (m Tanh) states() []state { return nil }

func (m Tanh) gainBias(r, c float64) (gain, bias float64) {
	inverse := math.Atanh(r * m.TauRef)
	gain = -inverse / (c - 1)
	return gain, inverse - gain
}

func (m Tanh) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.rate(gain + bias), -bias / gain
}

func (m Tanh) rate(j float64) float64 { return 1 / m.TauRef * vmath.Tanh(j) }

func (m Tanh) step(n *neuronBody) {
	n.output(m.rateExpr(n, n.j))
}

// RegularSpiking turns the rate of another type into spikes, as evenly spaced as
// steps allow; several a step if need be.
type RegularSpiking struct {
	Of        RateType
	Amplitude float64
}

// RateType is a [NeuronType] without spikes: LIFRate, AdaptiveLIFRate,
// RectifiedLinear, Sigmoid or Tanh.
type RateType interface {
	NeuronType
	rateExpr(n *neuronBody, j expr) expr
}

func (m RectifiedLinear) rateExpr(n *neuronBody, j expr) expr {
	return mul(n.param("amplitude", m.Amplitude), call(model.Max, j, num(0)))
}
func (m Sigmoid) rateExpr(n *neuronBody, j expr) expr {
	return div(div(num(1), n.param("tau_ref", m.TauRef)), add(num(1), call(model.Exp, neg(j))))
}
func (m Tanh) rateExpr(n *neuronBody, j expr) expr {
	return mul(div(num(1), n.param("tau_ref", m.TauRef)), call(model.Tanh, j))
}

func (m RegularSpiking) check() error { return checkSpiking("RegularSpiking", m.Of, m.Amplitude) }

func (m RegularSpiking) states() []state {
	return append(wrapped(m.Of), state{name: "voltage", init: Uniform(0, 1)})
}
func (m RegularSpiking) gainBias(r, c float64) (float64, float64) { return m.Of.gainBias(r, c) }
func (m RegularSpiking) maxRateIntercept(gain, bias float64) (float64, float64) {
	return m.Of.maxRateIntercept(gain, bias)
}
func (m RegularSpiking) rate(j float64) float64 { return float64(m.Amplitude * m.Of.rate(j)) }

func (m RegularSpiking) step(n *neuronBody) {
	r := n.let("rate", m.Of.rateExpr(n, n.j))
	v := n.let("v", add(n.state("voltage"), mul(r, n.dt)))
	k := n.let("k", call(model.Floor, v))
	n.setState("rate_out", r)
	n.output(mul(div(n.param("spike", m.Amplitude), n.dt), k))
	n.setState("voltage", sub(v, k))
}
