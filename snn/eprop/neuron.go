package eprop

import (
	"math"
	"strconv"

	"github.com/spikebook/spikebook/snn/vmath"
)

// Neuron is a recurrent neuron model: [IAF] or [AdaptiveIAF].
type Neuron interface {
	adaptive() AdaptiveIAF
	modelName() string
}

// IAF is NEST's eprop_iaf_bsshslm_2020, a leaky integrate-and-fire neuron with
// delta-shaped currents. With v = V − EL and z the neuron's own spike of the step
// before,
//
//	v ← max(α·v + ζ·Σ w·spikes + τ/C·(1−α)·I − (VTh − EL)·z, VMin − EL),  α = exp(−dt/TauM)
//
// and a spike where v reaches VTh − EL outside the refractory time. ζ is 1, or
// 1 − α without RegularSpikeArrival.
//
// Names in brackets are NEST's. The zero IAF is not valid; start from
// [DefaultIAF].
type IAF struct {
	CM                  float64 // [C_m] membrane capacitance, pF; positive
	EL                  float64 // [E_L] resting potential, mV
	IE                  float64 // [I_e] constant current, pA
	RegularSpikeArrival bool    // [regular_spike_arrival] spikes arrive at the end of a step
	TRef                float64 // [t_ref] refractory time, ms, rounded to steps; 0 means none
	TauM                float64 // [tau_m] membrane time constant, ms; positive
	VM                  float64 // [V_m] potential at the start, mV
	VMin                float64 // [V_min] lowest potential, mV; at most VTh
	VTh                 float64 // [V_th] threshold, mV; it is also what a spike subtracts, less EL
	CReg                float64 // [c_reg] strength of the firing-rate regulariser; 0 means none. Of NEST 3.10, see [FromNEST]
	FTarget             float64 // [f_target] rate it aims at, spikes/s
	Surrogate           Surrogate
}

// AdaptiveIAF is NEST's eprop_iaf_adapt_bsshslm_2020: an IAF with the threshold
// VTh + AdaptBeta·a, where a ← exp(−dt/AdaptTau)·a + z. A spike still subtracts
// VTh − EL.
type AdaptiveIAF struct {
	IAF
	AdaptBeta  float64 // [adapt_beta] 0 or more
	AdaptTau   float64 // [adapt_tau] ms; positive
	Adaptation float64 // [adaptation] a at the start
}

// DefaultIAF has NEST's defaults.
func DefaultIAF() IAF {
	return IAF{
		CM: 250, EL: -70, RegularSpikeArrival: true, TRef: 2, TauM: 10, VM: -70, VMin: -math.MaxFloat64, VTh: -55,
		FTarget: 10, Surrogate: Surrogate{PiecewiseLinear, 0.3, 1},
	}
}

// DefaultAdaptiveIAF has NEST's defaults.
func DefaultAdaptiveIAF() AdaptiveIAF {
	return AdaptiveIAF{IAF: DefaultIAF(), AdaptBeta: 1, AdaptTau: 10}
}

func (n IAF) adaptive() AdaptiveIAF { return AdaptiveIAF{IAF: n, AdaptTau: 1} }

func (n AdaptiveIAF) adaptive() AdaptiveIAF { return n }

func (IAF) modelName() string         { return "eprop_iaf_bsshslm_2020" }
func (AdaptiveIAF) modelName() string { return "eprop_iaf_adapt_bsshslm_2020" }

// Readout is NEST's eprop_readout_bsshslm_2020, a leaky integrator without
// spikes. Its signal y is V, or with [CrossEntropy] the softmax of V over all
// readouts. Start from [DefaultReadout].
type Readout struct {
	CM                  float64 // [C_m] pF; positive
	EL                  float64 // [E_L] mV
	IE                  float64 // [I_e] pA
	RegularSpikeArrival bool    // [regular_spike_arrival]
	TauM                float64 // [tau_m] ms; positive
	VM                  float64 // [V_m] mV
	VMin                float64 // [V_min] mV
	Loss                Loss    // [loss]
}

// DefaultReadout has NEST's defaults.
func DefaultReadout() Readout {
	return Readout{CM: 250, RegularSpikeArrival: true, TauM: 10, VMin: -math.MaxFloat64}
}

// Loss is what training makes small.
type Loss int

const (
	MeanSquaredError Loss = iota // ½·Σ(y − y*)² over the steps of the window, averaged over batch and readouts
	CrossEntropy                 // −Σ y*·ln y over the readouts, averaged over batch and steps of the window
)

var lossNames = []string{"mean_squared_error", "cross_entropy"}

// String is NEST's name of the loss.
func (l Loss) String() string { return nameOf(lossNames, int(l)) }

// Surrogate is the function that stands in for the derivative of the spike, of
// x = V − threshold. It is 0 while the neuron is refractory.
type Surrogate struct {
	Shape  Shape   // [surrogate_gradient_function]
	Height float64 // [surrogate_gradient_height] value at x = 0; positive
	Width  float64 // [surrogate_gradient_width] mV; positive
}

// Shape is the form of a [Surrogate], with h and w its height and width.
type Shape int

const (
	PiecewiseLinear       Shape = iota // h·max(0, 1 − |x|/w)
	Exponential                        // h·exp(−|x|/w)
	FastSigmoidDerivative              // h/(1 + |x|/w)²
	ArctanDerivative                   // h/(1 + (x/w)²)
)

var shapeNames = []string{"piecewise_linear", "exponential", "fast_sigmoid_derivative", "arctan_derivative"}

// String is NEST's name of the shape.
func (s Shape) String() string { return nameOf(shapeNames, int(s)) }

// At is the surrogate at x = V − threshold.
func (g Surrogate) At(x float64) float64 {
	row := [1]float64{x}
	g.apply(row[:])
	return row[0]
}

// apply replaces every x by the surrogate at x. At ±Inf, which stands for a
// refractory neuron, all shapes are 0.
func (g Surrogate) apply(x []float64) {
	h, w := g.Height, g.Width
	switch g.Shape {
	case PiecewiseLinear:
		for j, d := range x {
			if d = math.Abs(d); d < w {
				x[j] = h * (1 - d/w)
			} else {
				x[j] = 0
			}
		}
	case Exponential:
		for j, d := range x {
			x[j] = h * vmath.Exp(-math.Abs(d)/w)
		}
	case FastSigmoidDerivative:
		for j, d := range x {
			y := 1 + math.Abs(d)/w
			x[j] = h / float64(y*y)
		}
	case ArctanDerivative:
		for j, d := range x {
			y := d / w
			x[j] = h / (1 + float64(y*y))
		}
	}
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "unknown (" + strconv.Itoa(i) + ")"
	}
	return names[i]
}
