package model

// Kind says what a model describes.
type Kind uint8

const (
	Neuron         Kind = iota // a rate neuron: must define r
	Synapse                    // a rate synapse: w is implicit
	SpikingNeuron              // equations, a spike condition, a reset
	SpikingSynapse             // code that runs on spikes; the weight is implicit
	Receptor                   // what a neuron does with the input that has arrived: reads and changes "in", emits
	Current                    // a current source of a neuron: emits
	Update                     // on demand: every variable of it belongs to somebody else
)

// Source is what a user writes: equations as text, one statement a line, and
// the values of the parameters.
type Source struct {
	Kind       Kind
	Equations  string
	Params     map[string]float64
	PerElement []string // parameters with one value per neuron or synapse, so Local; the others are Global
	Functions  string   // "f(x) = x^2" lines; "" means none
	PSP        string   // Synapse: what one synapse transmits; "" means "w * pre.r"
	Operation  string   // Synapse: "sum" (also ""), "max", "min", "mean"
	Method     string   // default method of ODEs without a flag; "" means euler

	// SpikingNeuron.
	Spike          string             // condition, tested after the equations; "" never
	Reset          string             // statements on a spike
	Refractory     string             // duration in ms, an expression; "" none
	AutoRefractory bool               // no spike when the condition was true before the equations already
	Inputs         map[string]float64 // further inputs with the value they begin each step with

	// SpikingSynapse; Equations are its dynamics in every step.
	Weight                  string // name of the weight; "" means w
	OnPre, OnPost           string // on a spike of the presynaptic, of the postsynaptic neuron; OnPre "" with all else "" is addToPost(w)
	OnPreEvent, OnPostEvent string // on an event
	PreEvent, PostEvent     string // conditions of events, tested in the neuron's update
	PreEquations            string // variables of the presynaptic neuron that belong to this synapse model, every step
	PostEquations           string
	PreSpike, PostSpike     string // statements on those when their neuron fires

	Unmentioned map[string]bool // parameters that no equation need mention: others are computed from them

	Names map[string]string // other names: {"V": "post.V"}
	Units map[string]string // spiking kinds: units of parameters, where variables have some: {"tau": "ms"}
	Refs  map[string]bool   // Update: the variables; true if there is one value each, false if one for all
}

// Model is a checked model, ready to be put into a plan.
type Model struct {
	Source  Source
	Symbols []*Symbol // parameters and variables in order of declaration, then the others in order of mention
	Step    []Assign  // one step: straight-line, ODE methods and bounds written out
	PSP     Expr      // Synapse only

	// Spiking kinds. All are straight-line and independent of each other: each
	// sees the values that were there when it begins. Spike and Reset may also
	// read temporaries of Before and Step (never where Substeps is set).
	Substeps            int      // Step is done so often with dt/Substeps; 0 is once
	Spike               Expr     // SpikingNeuron: after Step; false while refractory; nil never
	Before              []Assign // SpikingNeuron: what must be kept from before Step (AutoRefractory, refractory counters)
	Reset               []Assign // for a neuron that fires
	OnPre, OnPost       []Assign // for a synapse
	OnPreEvent          []Assign
	OnPostEvent         []Assign
	PreEvent, PostEvent Expr     // for a neuron, reading PreVar and PerPre, or PostVar and PerPost symbols
	PreStep, PostStep   []Assign // for a neuron
	PreSpike, PostSpike []Assign // for a neuron that fires
	Derived             []Computed

	// ZeroWhen lists symbols such that, when the value of one is exactly 0 and
	// all other values are finite, Step leaves every Local variable as it is,
	// provided it is within its bounds. Backends may skip such rows. (A −0
	// would become +0.)
	ZeroWhen []*Symbol

	Equations []Equation // the statements, in order, as they were understood

	sections []section // spiking kinds: their texts, for printing
}

// Equation is one statement of a model, for printing.
type Equation struct {
	Text   string // as written, without flags
	Var    *Symbol
	ODE    bool
	Op     string // "=", "+=", "-=", "*=", "/="
	Left   Expr   // ODE: both sides as written; the derivative is a Temp named "dr/dt"
	Right  Expr
	F      Expr   // ODE: right-hand side after the derivative is isolated
	Method string // ODE: the method used
	Min    Expr   // bounds of Var, or nil
	Max    Expr
}

// Computed are global or per-element values computed from parameters in Go
// whenever the model is built or a parameter changes (matrix exponentials).
// In may read parameters and Dt only. Compute maps their values to those of Out.
type Computed struct {
	In      []Expr
	Out     []*Symbol
	Compute func(in, out []float64)
}
