package ir

import (
	"math"

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
	Call   // Fn of A and, for functions of two arguments, B
	Select // A ? B : C
	Rand   // Dist with arguments A, B; Stream
)

// Level says on which indices of a synapse a value depends. It is a set of
// bits: a value of level Pre is the same along a row, one of level Post is the
// same along a column. In operations over the elements of a population, and in
// one-to-one projections, only None and Both occur.
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
	Index   plan.Index // Load
	A, B, C int32
	Buf     int32  // Load
	Stream  uint32 // Rand
	Bits    uint64 // Const: the bits of the float64
}

// Float is the number of a Const.
func (v Value) Float() float64 { return math.Float64frombits(v.Bits) }

// Store writes a value to a buffer when all values of an element are known. Its
// level is that of the variable, at least that of the value. Float values with
// a magnitude below the smallest normal number are stored as +0, and so is -0.
type Store struct {
	Value int32
	Buf   int32
	Index plan.Index
	Level Level
}

// Kernel is the body of a Map, Sweep or MatVec as straight-line code.
type Kernel struct {
	Values []Value
	Stores []Store // one per buffer written, in order of the last assignment
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
