package model

// Type is the type of an expression or symbol. Every number written in an
// equation is Float; Int and Bool arise from flags and comparisons.
type Type uint8

const (
	Float Type = iota // the network's precision, float32 or float64
	Int               // int64
	Bool
)

// Locality says how many values a symbol has: one for the object, one per
// postsynaptic neuron, or one per element (neuron or synapse). The order is
// the lattice of inference: an expression has the largest of its operands.
type Locality uint8

const (
	Global Locality = iota
	PerPost
	Local
	PerPre // beside PerPost; only pre variables of spiking synapses, assigned in PreStep and PreSpike
)

// SymbolKind says where the value of a symbol comes from.
type SymbolKind uint8

const (
	Param     SymbolKind = iota // set by the user, constant during a step
	Var                         // a state variable
	PreVar                      // pre.NAME: variable of the presynaptic neuron
	PostVar                     // post.NAME: variable of the postsynaptic neuron
	Input                       // sum(TARGET) of a neuron model
	PreSum                      // pre.sum(TARGET)
	PostSum                     // post.sum(TARGET)
	Reduced                     // mean(x), max(x), … over the elements of a population: Name is the variable, Reduce the operation
	Temp                        // written once in Step before it is read
	Derived                     // computed from parameters at build or parameter change; see Model.Derived
	Time                        // t in ms: step × dt, evaluated at the start of the step
	Dt                          // step length in ms (times the update period of a rule)
	Emit                        // written only: adds to the input NAME of neuron Of (PostVar or PreVar), or of the own one (Var)
	LastSpike                   // Int, a step: Name "st", "prev_st" (spikes), "set", "prev_set" (events); Of Var, PreVar or PostVar
	StepNow                     // Int: the number of the present step
	Element                     // Int: index of the neuron; Of Var (own), PreVar or PostVar
	Size                        // Int: number of neurons; Of as for Element
)

// Symbol is one name of a model. Expressions point to symbols; two
// occurrences of a name share one *Symbol.
type Symbol struct {
	Name     string // as written: "r", "tau", "exc"; temporaries are "_1", "_2", …
	Kind     SymbolKind
	Type     Type
	Locality Locality
	Init     Expr       // Var: initial value (constants and parameters only); nil is 0
	Value    float64    // Param: value given with the model
	Pos      Pos        // first mention
	Reduce   string     // Reduced: "min", "max", "mean", "norm1", "norm2"
	Of       SymbolKind // Reduced, Emit, LastSpike, Element, Size: Var, PreVar or PostVar
}

// Op is an operator of Unary and Binary.
type Op uint8

const (
	Neg Op = iota
	Not
	Add
	Sub
	Mul
	Div
	Lt
	Le
	Gt
	Ge
	Eq
	Ne
	And
	Or
)

// Func is a built-in function of Call. Every backend computes it by the same
// operations in the same order (package snn/vmath defines them), so that
// results agree bit for bit.
type Func uint8

const (
	Exp Func = iota
	Expm1
	Log
	Log1p
	Log10
	Sqrt
	Sin
	Cos
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Tanh
	Pow // two arguments
	Abs
	Floor
	Ceil
	Round
	Sign
	Min // two arguments: a < b ? a : b  (so min(NaN, b) = b)
	Max // two arguments: a > b ? a : b
	Mod // two arguments, result has the sign of the second, as in Python
	Exprel
	IsNaN
	IsFinite
	ToFloat // Bool or Int to Float
	ToInt   // truncates
	Past    // a variable and an Int: its value so many steps ago, see [plan.Operand]
)

// Dist is a distribution of Rand.
type Dist uint8

const (
	UniformDist     Dist = iota // args: min, max
	NormalDist                  // args: mean, standard deviation
	ExponentialDist             // args: rate
	LogNormalDist               // args: mu, sigma
	PoissonDist                 // args: lambda
	BernoulliDist               // args: p; a Float 0 or 1
)

// Expr is a checked, typed expression tree. The concrete types are *Const,
// *Ref, *Unary, *Binary, *Call, *Select and *Rand.
type Expr interface {
	Type() Type
	Locality() Locality
}

// Const is a literal or folded constant; Int and Bool values are stored in V too.
type Const struct {
	V float64
	T Type
}

// Ref reads a symbol.
type Ref struct{ Sym *Symbol }

// Unary is Neg or Not.
type Unary struct {
	Op Op
	X  Expr
}

// Binary is an arithmetic operation (Float or Int operands of one type), a
// comparison (Bool result) or And, Or (Bool operands, both evaluated).
type Binary struct {
	Op   Op
	X, Y Expr
}

// Call applies a built-in function.
type Call struct {
	Fn   Func
	Args []Expr
}

// Select is cond ? then : els; both branches are evaluated, one is taken.
type Select struct{ Cond, Then, Else Expr }

// Rand draws one number per element and step. Stream numbers the occurrence
// within its model, so every occurrence is a stream of its own.
type Rand struct {
	Dist   Dist
	Args   []Expr
	Stream int
	Fixed  bool // the draw of step 0 in every step: a value of the synapse that is not stored
}

func (c *Const) Type() Type       { return c.T }
func (*Const) Locality() Locality { return Global }

func (r *Ref) Type() Type         { return r.Sym.Type }
func (r *Ref) Locality() Locality { return r.Sym.Locality }

func (u *Unary) Type() Type         { return u.X.Type() }
func (u *Unary) Locality() Locality { return u.X.Locality() }

func (b *Binary) Type() Type {
	if b.Op >= Lt {
		return Bool
	}
	return b.X.Type()
}
func (b *Binary) Locality() Locality { return max(b.X.Locality(), b.Y.Locality()) }

func (c *Call) Type() Type {
	switch c.Fn {
	case IsNaN, IsFinite:
		return Bool
	case ToInt:
		return Int
	case ToFloat:
		return Float
	}
	return c.Args[0].Type()
}
func (c *Call) Locality() Locality { return localityOf(c.Args) }

func (s *Select) Type() Type { return s.Then.Type() }
func (s *Select) Locality() Locality {
	return max(s.Cond.Locality(), s.Then.Locality(), s.Else.Locality())
}

func (*Rand) Type() Type { return Float }

// Locality of a draw is that of the variable it is assigned to, so the least
// it can be is told by its arguments; the checker raises the Temp that holds it.
func (r *Rand) Locality() Locality { return localityOf(r.Args) }

func localityOf(args []Expr) Locality {
	l := Global
	for _, a := range args {
		l = max(l, a.Locality())
	}
	return l
}

// Assign stores the value of X in To (a Var or Temp). X is evaluated in the
// precision of the network, operation by operation, as written: no backend
// reassociates or contracts.
type Assign struct {
	To    *Symbol
	X     Expr
	Delay Expr // Emit only: an Int, steps after which the value arrives; nil is at once
}

// Pos is a position in the model's text; both count from 1, Col in code points.
type Pos struct{ Line, Col int }
