package ir

import (
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Op is the operation of a Value.
type Op uint8

const (
	Const Op = iota // Bits
	Load            // Buf at Index
	Time            // step × Program.Dt, in ms
	Dt              // step length of the operation, in ms
	Neg             // A
	Not             // A
	Add             // A, B; Float or Int
	Sub
	Mul
	Div
	Lt // A, B of one type; Bool
	Le
	Gt
	Ge
	Eq
	Ne
	And
	Or
	Call    // Fn of A and, for functions of two arguments, B
	Select  // A ? B : C
	Rand    // Dist with arguments A, B; Stream, Fixed
	Step    // Int: the number of the present step
	Element // Int: the index of the neuron that Index names, Own, Pre or Post
	Gather  // element A of Buf, which the kernel does not store to
)

// Level says on which indices of a synapse a value depends. It is a set of
// bits: a value of level Pre is the same along a row, one of level Post is the
// same along a column. In operations over the elements of a population, and in
// one-to-one projections, only None and Both occur, and every Index is Scalar or
// Own, the number of the element.
//
// A level is a fact about a value, not an order: a backend that visits few
// synapses, as those of neurons that fired, may compute values of level Post at
// every synapse (see [Kernel.Raise]). In the bodies of Deliver and Column values
// of the levels None, Pre and Post do not change while the operation runs.
type Level uint8

const (
	None Level = 0          // one value
	Pre  Level = 1          // one value per presynaptic neuron
	Post Level = 2          // one value per postsynaptic neuron
	Both Level = Pre | Post // one value per element
)

// Value is one instruction and its result. Operands are indices of earlier
// values, -1 where there is none. Values are comparable: two equal values of a
// kernel are one (common subexpressions are merged).
type Value struct {
	Op      Op
	Type    model.Type
	Level   Level
	Fn      model.Func
	Dist    model.Dist
	Index   plan.Index // Load, Element
	Fixed   bool       // Rand: drawn as in step 0
	A, B, C int32
	Buf     int32  // Load
	Ring    Ring   // Load
	Stream  uint32 // Rand
	Bits    uint64 // Const: the bits of the float64
}

// Ring makes a buffer a ring of rows, one for a step each, when Slots is not 0.
// An element of it is that of row (step − Lag) mod Slots, counted from 0 to
// Slots − 1 also where step − Lag is negative; a row has the Slots-th part of the
// buffer's length.
type Ring struct{ Slots, Lag int32 }

// Float is the number of a Const.
func (v Value) Float() float64 { return math.Float64frombits(v.Bits) }

// Store writes a value to a buffer when all values of an element are known. Its
// level is that of the variable, at least that of the value. Float values with
// a magnitude below the smallest normal number are stored as +0, and so is -0.
// In Deliver and Column all stores are Own, done before the next synapse is
// visited.
type Store struct {
	Value int32
	Buf   int32
	Index plan.Index
	Ring  Ring
	Level Level
}

// Emit adds a value to an element of a buffer, for every synapse whatever the
// level of the value:
//
//	buf[e] = flushed(buf[e] + value)
//
// where flushed is what a Store does to small numbers. Synapses come in the order
// of the operation, and the emits of one synapse in theirs: two of them may add
// to one buffer. No value of the kernel loads that buffer.
//
// With Delay the row of the ring is (step + d) mod Slots, where d is the value
// Delay (Int, of any level) clamped to 0 … Slots − 1. Without, it is step mod
// Slots, or the buffer is no ring.
type Emit struct {
	Value int32
	Delay int32 // a value, or -1
	Buf   int32
	Index plan.Index // Pre or Post; Own in one-to-one projections
	Ring  Ring       // Lag is 0
}

// Kernel is the body of a Map, Sweep, Deliver or Column, or the term of a MatVec,
// as straight-line code.
type Kernel struct {
	Values []Value
	Stores []Store // one per buffer written, in order of the last assignment
	Emits  []Emit  // Sweep, Deliver, Column: in order of the statements
	Result int32   // MatVec: the term; else -1

	// Factor is a value of level Pre, or -1. Where it is 0 the whole row of a
	// MatVec contributes nothing: see RowFactor.
	Factor int32
	Skip   *Skip // Sweep: when columns need no evaluation; nil if never
}

// At lists the values of a level that are computed, in order.
func (k *Kernel) At(l Level) []int32 {
	var vs []int32
	for i, v := range k.Values {
		if v.Level == l {
			vs = append(vs, int32(i))
		}
	}
	return vs
}

// Raise returns k with the values of a level made Both: computed at every synapse
// from loads that gather. Stores keep their level.
func (k *Kernel) Raise(l Level) *Kernel {
	r := *k
	r.Values = slices.Clone(k.Values)
	for i := range r.Values {
		if r.Values[i].Level == l {
			r.Values[i].Level = Both
		}
	}
	r.Factor, r.Skip = -1, nil
	return &r
}

// Operands returns the operands of v without the -1.
func (v Value) Operands() []int32 {
	ops := make([]int32, 0, 3)
	for _, o := range [3]int32{v.A, v.B, v.C} {
		if o >= 0 {
			ops = append(ops, o)
		}
	}
	return ops
}
