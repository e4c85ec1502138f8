package nef

import (
	"fmt"
	"math"
	"sort"

	"github.com/spikebook/spikebook/snn/model"
)

// Izhikevich is the two-variable model of Izhikevich (IEEE Trans. Neural Networks
// 14, 2003), in millivolts and milliseconds. It has no closed form for its rate,
// which is taken as the number of spikes in a simulated second; gains and biases are
// searched in those rates, as in Nengo, so they are coarse.
type Izhikevich struct {
	TauRecovery   float64
	Coupling      float64
	ResetVoltage  float64 // mV
	ResetRecovery float64
}

// DefaultIzhikevich is the regular spiking neuron.
func DefaultIzhikevich() Izhikevich { return Izhikevich{0.02, 0.2, -65, 8} }

func (m Izhikevich) check() error {
	if !finite(m.TauRecovery, m.Coupling, m.ResetVoltage, m.ResetRecovery) {
		return fmt.Errorf("Izhikevich has the parameters %+v, want finite numbers; start from nef.DefaultIzhikevich()", m)
	}
	return nil
}

func (m Izhikevich) states() []state {
	return []state{{name: "voltage", init: Uniform(0, 1)}, {name: "recovery", init: Choice(0)}}
}

func (m Izhikevich) gainBias(float64, float64) (float64, float64) {
	return math.NaN(), math.NaN() // searched for all neurons together
}

func (m Izhikevich) maxRateIntercept(gain, bias float64) (float64, float64) {
	return settledMaxRateIntercept(m, gain, bias)
}

// rate is the number of spikes in a second after a first step, from rest at 0.
func (m Izhikevich) rate(j float64) float64 {
	const dt = 0.001
	if j < -30 {
		j = -30
	}
	v, u, spikes := 0.0, 0.0, 0
	for k := range 1001 {
		dv := float64((float64(float64(0.04*float64(v*v))+float64(5*v)) + 140 - u + j) * 1000)
		v += float64(dv * dt)
		spike := v >= 30
		if spike {
			v = m.ResetVoltage
		}
		du := float64(float64(m.TauRecovery*(float64(m.Coupling*v)-u)) * 1000)
		u += float64(du * dt)
		if spike {
			u += m.ResetRecovery
			if k > 0 {
				spikes++
			}
		}
	}
	return float64(spikes)
}

func (m Izhikevich) step(n *neuronBody) {
	j := call(model.Max, n.j, num(-30))
	v, u := n.letState("voltage"), n.letState("recovery")
	thousand := num(1000)
	dv := mul(add(sub(add(add(mul(num(0.04), mul(v, v)), mul(num(5), v)), num(140)), u), j), thousand)
	v1 := n.let("v", add(v, mul(dv, n.dt)))
	spike := n.let("spike", ge(v1, num(30)))
	v2 := n.let("v2", pick(spike, n.param("reset_voltage", m.ResetVoltage), v1))
	du := mul(mul(n.param("tau_recovery", m.TauRecovery), sub(mul(n.param("coupling", m.Coupling), v2), u)), thousand)
	u1 := n.let("u", add(u, mul(du, n.dt)))
	n.output(pick(spike, div(num(1), n.dt), num(0)))
	n.setState("voltage", v2)
	n.setState("recovery", pick(spike, add(u1, n.param("reset_recovery", m.ResetRecovery)), u1))
}

// searchGains finds gains and biases of a type without a formula, in its rates at
// 101 currents between the last without a spike and the first with the highest
// rate: linearly between two of them (as Nengo does for any type).
func searchGains(t NeuronType, maxRates, intercepts []float64) (gains, biases []float64, err error) {
	const count = 101
	highest := 0.0
	for _, r := range maxRates {
		highest = max(highest, r)
	}
	rates := func(low, high float64) (j, r []float64) {
		j, r = make([]float64, count), make([]float64, count)
		step := (high - low) / (count - 1)
		for i := range j {
			j[i] = float64(float64(i)*step) + low
			if i == count-1 {
				j[i] = high
			}
			r[i] = t.rate(j[i])
		}
		return j, r
	}
	threshold, top := math.NaN(), math.NaN()
	reach := 10.0
	for range 10 {
		j, r := rates(-reach, reach)
		for i := range j {
			if math.IsNaN(threshold) && r[count-1-i] <= 0 {
				threshold = j[count-1-i]
			}
			if math.IsNaN(top) && r[i] >= highest {
				top = j[i]
			}
		}
		if finite(threshold, top) {
			break
		}
		reach *= 2
	}
	if !finite(threshold, top) {
		return nil, nil, fmt.Errorf("no current gives %T neurons %g spikes per second; lower MaxRates, or give GainBias", t, highest)
	}
	j, r := rates(threshold, top)
	gains, biases = make([]float64, len(maxRates)), make([]float64, len(maxRates))
	for i, rate := range maxRates {
		// The last current whose rate is not above.
		k := sort.Search(count, func(k int) bool { return r[k] > rate }) - 1
		at := j[max(k, 0)]
		if k >= 0 && k < count-1 && r[k] != rate {
			at = float64((j[k+1]-j[k])/(r[k+1]-r[k])*(rate-r[k])) + j[k]
		}
		gains[i] = (threshold - at) / (intercepts[i] - 1)
		biases[i] = at - gains[i]
	}
	return gains, biases, nil
}

// settledMaxRateIntercept is the rate at the end of the range, and the last of 101
// points of the range before a neuron begins to fire.
func settledMaxRateIntercept(t NeuronType, gain, bias float64) (rate, intercept float64) {
	const count = 101
	at := func(x float64) float64 { return t.rate(float64(gain*x) + bias) }
	point := func(i int) float64 { return float64(float64(i)*(2.0/(count-1))) - 1 }
	first := 0
	for i := range count {
		if at(point(i)) > 0 {
			first = i
			break
		}
	}
	return at(1), point(max(first-1, 0))
}
