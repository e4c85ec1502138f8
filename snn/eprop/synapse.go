package eprop

// Synapse is what the e-prop synapses of one projection have in common: NEST's
// eprop_synapse_bsshslm_2020. Start from [DefaultSynapse].
type Synapse struct {
	Delay           float64   // [delay] ms; must be one step
	TauMReadout     float64   // [tau_m_readout] ms, filters the eligibility trace; give it TauM of the readout
	AverageGradient bool      // [average_gradient] divide the gradient by the steps of the window
	Optimizer       Optimizer // [optimizer]
}

// DefaultSynapse has NEST's defaults.
func DefaultSynapse() Synapse {
	return Synapse{Delay: 1, TauMReadout: 10, Optimizer: DefaultOptimizer()}
}

// Method is the rule that turns a gradient g into a new weight.
type Method int

const (
	// GradientDescent is w ← w − Eta·g.
	GradientDescent Method = iota
	// Adam is, at update n = 1, 2, …,
	//
	//	m ← Beta1·m + (1−Beta1)·g,  v ← Beta2·v + (1−Beta2)·g²
	//	w ← w − Eta·√(1−Beta2ⁿ)/(1−Beta1ⁿ) · m/(√v + Epsilon)
	//
	// the form of TensorFlow 1, with Epsilon outside the correction.
	Adam
)

var methodNames = []string{"gradient_descent", "adam"}

// String is NEST's name of the method.
func (m Method) String() string { return nameOf(methodNames, int(m)) }

// Optimizer changes the weights once per batch, then holds them in WMin … WMax.
// Start from [DefaultOptimizer].
type Optimizer struct {
	Method    Method  // [type]
	BatchSize int     // [batch_size] sequences per update; the same in all projections
	Eta       float64 // [eta] learning rate; 0 or more
	WMin      float64 // [Wmin] pA
	WMax      float64 // [Wmax] pA
	Beta1     float64 // [beta_1] of Adam, in [0, 1)
	Beta2     float64 // [beta_2] of Adam, in [0, 1)
	Epsilon   float64 // [epsilon] of Adam; 0 or more
}

// DefaultOptimizer has the defaults of NEST 3.10.
func DefaultOptimizer() Optimizer {
	return Optimizer{BatchSize: 1, Eta: 1e-4, WMin: -100, WMax: 100, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7}
}
