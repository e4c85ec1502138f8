package nef

import "math"

// Integrator sums its input over time: the represented vector x follows
// dx/dt = u.
type Integrator struct {
	*Network
	Input    *Node
	Ensemble *Ensemble
}

// Integrator adds an ensemble of d dimensions that feeds back to itself through a
// low-pass synapse of tau seconds; a longer one (0.1) drifts less.
func (n *Network) Integrator(name string, neurons, d int, tau float64, options ...Option) *Integrator {
	g := &Integrator{Network: n.Network(name, options...)}
	tau = g.feedbackTime("integrator "+name, tau)
	g.Input = g.Node("input", PassThrough(d))
	g.Ensemble = g.Network.Ensemble("integrator", neurons, g.Input.size())
	g.Connect(g.Ensemble, g.Ensemble).Synapse(Lowpass(tau))
	g.Connect(g.Input, g.Ensemble).Transform(Scalar(tau)).Synapse(Lowpass(tau))
	return g
}

// Oscillator turns a vector of two dimensions at a constant angular frequency,
// once its input has kicked it.
type Oscillator struct {
	*Network
	Input    *Node
	Ensemble *Ensemble
}

// Oscillator adds an ensemble that feeds back to itself through a low-pass synapse
// of tau seconds so that it turns by frequency radians a second.
func (n *Network) Oscillator(name string, neurons int, tau, frequency float64, options ...Option) *Oscillator {
	o := &Oscillator{Network: n.Network(name, options...)}
	tau = o.feedbackTime("oscillator "+name, tau)
	o.Input = o.Node("input", PassThrough(2))
	o.Ensemble = o.Network.Ensemble("oscillator", neurons, 2)
	w := float64(tau * frequency)
	o.Connect(o.Ensemble, o.Ensemble).Synapse(Lowpass(tau)).Transform(Matrix([]float64{1, -w}, []float64{w, 1}))
	o.Connect(o.Input, o.Ensemble).Synapse(NoSynapse)
	return o
}

// feedbackTime is tau, or a usable one with the mistake kept.
func (n *Network) feedbackTime(of string, tau float64) float64 {
	if tau > 0 && !math.IsInf(tau, 0) {
		return tau
	}
	n.mistake(of, "the time constant of its feedback is %g s, want more than 0, such as 0.1", tau)
	return 0.1
}
