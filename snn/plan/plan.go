package plan

import "github.com/spikebook/spikebook/snn/model"

// Type is the storage type of a buffer.
type Type uint8

const (
	F64 Type = iota
	F32
	I64
	Bool // one byte, 0 or 1
	I32  // indices of neurons and synapses; expressions do not read it
)

// Buffer is one array of the state. Matrices of synapses are stored with the
// presynaptic index as the row: element (i, j) of an all-to-all projection is
// at i*Post + j, so that loops over the postsynaptic neurons are contiguous
// and sums over i run in ascending order for every j.
type Buffer struct {
	Name string // "pop.r", "inp→pop:exc.w": for printing
	Type Type
	Len  int
	Part *Part // nil: memory of its own
}

// Part makes a buffer some elements of another one, in the same memory. An
// operation that writes one of the two does not use the other.
type Part struct {
	Of    int // buffer with memory of its own and the same type
	First int // its element that is element 0 of the part
}

// Index says which element of a buffer an expression at an element reads.
type Index uint8

const (
	Scalar Index = iota // element 0
	Own                 // this neuron, or this synapse
	Pre                 // the presynaptic neuron of this synapse
	Post                // the postsynaptic neuron of this synapse
)

// Operand binds a symbol of a model to a buffer.
type Operand struct {
	Buffer int // index into Program.Buffers
	Index  Index

	// Slots > 0 makes the buffer a ring of Slots rows, one for each step; the
	// operand is row (step − Lag) mod Slots, with 0 ≤ Lag < Slots, counted from 0
	// also where step − Lag is negative. Assignments write that row. The function
	// Past reads row (step − Lag − n) mod Slots, where n is its second argument
	// clamped to 0 … Slots − 1 − Lag.
	Slots, Lag int
}

// Bind maps the symbols of an operation's expressions to buffers. Temps, Time,
// Dt, StepNow and Element need no entry.
type Bind map[*model.Symbol]Operand

// Program is one step of a network: buffers and operations in order. It holds
// no values, so parameters and states change without building again.
type Program struct {
	Name    string
	Dt      float64 // ms
	Float   Type    // F64 or F32: the precision of expressions
	Seed    uint64
	Buffers []Buffer
	Ops     []Op
}

// Op is one operation: *Map, *Sweep, *MatVec, *Reduce, *Record, or one of those
// that deal with spikes: *Collect, *Stamp, *Deliver, *Column, *Push, *RecordSpikes.
type Op interface{ op() }

// Map evaluates Body for every element of a population. A statement sees the
// values that earlier statements assigned for its element, and for everything
// else those from before the operation. Statements of Global symbols are done
// once, in their place among the others: what reads such a symbol before its
// assignment sees the old value, what reads it after sees the new one.
type Map struct {
	Label  string
	N      int
	Body   []model.Assign
	Bind   Bind
	Object uint32 // key of the random streams

	// Repeat is how often Body is evaluated in a step, each time with Dt / Repeat
	// and what the last time left; 0 is once. If more, nothing Global is assigned,
	// and draws number r·N + i in repetition r of element i.
	Repeat int
}

// Shape is the connectivity of a projection.
type Shape struct {
	Kind      ShapeKind
	Pre, Post int
	NoSelf    bool // Dense within one population: element (i, i) does not exist; its storage stays 0 and is skipped

	Sparse     *Sparse     // Kind SparseRows
	Procedural *Procedural // Kind Generated
	Conv       *Conv       // Kind Convolution
}

type ShapeKind uint8

const (
	Dense       ShapeKind = iota // every pair; storage i*Post + j
	OneToOne                     // pair (i, i); storage i
	SparseRows                   // rows of a list of synapses
	Generated                    // rows drawn anew whenever they are needed; no storage
	Convolution                  // rows by geometry; storage is the kernel, shared by all
)

// MatVec adds the weighted sum of every postsynaptic neuron to Out:
//
//	Out[j] += Σ_i Term(i, j)      i ascending, starting from 0
//
// With Operation "max", "min" or "mean" that of the terms is added instead
// (0 for a neuron without synapses). A step zeroes Out before the first
// MatVec that adds to it (Zero is set on that one). Operation "" is "sum".
//
// A silent neuron transmits nothing: where Term is a product with a factor that
// depends on the presynaptic neuron alone, as w * pre.r does, and that factor is
// 0, the synapse adds nothing to a sum or mean, even if its weight is infinite
// or NaN. (Of several such factors, the one highest in the tree counts, the
// left one before the right one.)
type MatVec struct {
	Label     string
	Shape     Shape
	Term      model.Expr
	Bind      Bind
	Out       int // buffer
	Operation string
	Zero      bool
	Object    uint32 // key of the random streams of Term
}

// Sweep evaluates Body for every synapse, when (step − Offset) mod Every is 0.
// Assignments to PerPost and Global symbols are done once per postsynaptic
// neuron or once. As in Map, a statement sees the values of earlier statements
// and for everything else those from before the operation, whatever the
// localities. Dt inside Body is Program.Dt × Every. An assignment to an Emit
// symbol adds to neurons, as in [Deliver], synapses in order of their storage.
// Shapes Dense, OneToOne and SparseRows.
type Sweep struct {
	Label         string
	Shape         Shape
	Body          []model.Assign
	Bind          Bind
	Object        uint32
	Every, Offset int64 // Every ≥ 1
	Enabled       int   // Bool buffer of length 1, or -1: skipped when it holds 0
}

// Reduce stores one number made of a whole buffer: "min", "max", "mean",
// "norm1", "norm2", "sum", elements in ascending order.
type Reduce struct {
	Label     string
	Operation string
	In, Out   int
}

// Record appends a copy of a buffer to a growing record in every step with
// (step − Offset) mod Every = 0, where step counts from 0. It is done in its
// place among the operations, so front ends put it last (or after the sums, to
// record what a neuron received).
type Record struct {
	Label         string
	Buffer        int
	Every, Offset int64
	Enabled       int // Bool buffer of length 1, or -1
}

func (*Map) op()    {}
func (*MatVec) op() {}
func (*Sweep) op()  {}
func (*Reduce) op() {}
func (*Record) op() {}
