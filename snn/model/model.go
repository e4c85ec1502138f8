package model

// Kind says what a model describes.
type Kind uint8

const (
	Neuron  Kind = iota // a rate neuron: must define r
	Synapse             // a rate synapse: w is implicit
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
}

// Model is a checked model, ready to be put into a plan.
type Model struct {
	Source  Source
	Symbols []*Symbol // parameters and variables in order of declaration, then the others in order of mention
	Step    []Assign  // one step: straight-line, ODE methods and bounds written out
	PSP     Expr      // Synapse only
	Derived []Computed

	// ZeroWhen lists symbols such that, when the value of one is exactly 0 and
	// all other values are finite, Step leaves every Local variable as it is,
	// provided it is within its bounds. Backends may skip such rows. (A −0
	// would become +0.)
	ZeroWhen []*Symbol

	Equations []Equation // the statements, in order, as they were understood
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
