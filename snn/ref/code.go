package ref

import (
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// block is the number of elements that one instruction works on: enough to make
// little of the cost of reading it, few enough for a handful of blocks to stay
// in the near caches. Tests change it.
var block = 1024

// instr is one operation over the elements of a block. a, b and c are
// registers; a register with scalar set in form holds one value.
type instr struct {
	op      opcode
	fn      model.Func
	typ     model.Type // of the operands a and b
	form    form
	d       int32
	a, b, c int32
	e       int32   // fused instructions only, else -1
	value   int32   // ir value, for draws and constants
	direct  bool    // d is the buffer itself: flush it
	num     float64 // opConst of type Int or Bool
}

type form uint8

const (
	vv form = iota // both operands are vectors
	vs             // b is a scalar
	sv             // a is a scalar
)

type opcode uint8

const (
	opConst opcode = iota
	opTime
	opCopy  // d = a
	opSplat // d = a[0]
	opNeg
	opNot
	opAdd
	opSub
	opMul
	opDiv
	opLt
	opLe
	opEq
	opNe
	opAnd
	opOr
	opMin // a < b ? a : b
	opMax // a > b ? a : b
	opSelect
	opCall
	opRand
	opStep
	opElement
	opGather // d = b[a], where b is a whole buffer

	// Fused, see match. In those of Float operands b is a number.
	opAddMul    // (a + b)·c, number c
	opAffine    // (a + b)·c + e, numbers c, e
	opMulAdd    // c ± a·b
	opMulMul    // a·b ± c·e, number e
	opApproach  // a ± b·(c − e)
	opSelectAdd // e ? a ± b : c
	opSelectOr  // e ? c : a ± b
	opAndLt     // c and a < b
	opAndLe
	opAndGt
	opAndGe
	opOrLt // c or a < b
	opOrLe
	opOrGt
	opOrGe
)

// code is what compile makes of the values of one level.
type code struct {
	ins       []instr
	registers int32   // values, then scratch registers
	loads     []view  // registers that the caller points at a buffer
	whole     []view  // registers that show all of a buffer, for a whole run
	piece     []int32 // per register: its piece of scratch memory, or -1
	pieces    int32
	splats    map[int32]int32 // value → register with one copy per element
}

// result is the register in which a stored value has one entry per element.
func (c *code) result(v int32) int32 {
	if r, ok := c.splats[v]; ok {
		return r
	}
	return v
}

// view is a load: the register reg shows the elements of a buffer.
type view struct{ value, reg int32 }

type compiler struct {
	k      *ir.Kernel
	scalar func(ir.Level) bool
	uses   []int // of every value, by values of any level and stores
	ins    []instr
	temps  int32 // registers beyond the values
	fused  map[int32]bool
	level  ir.Level
	made   map[int32]instr // fused instructions, by the value they make
	splats map[int32]int32
	loads  []view
	whole  []view
}

// compile turns the values of one level into instructions. The register of a
// value is its number. scalar tells which levels are constant in the loop;
// copied tells which loads must be copied because a store would change what
// they show. Scratch registers are numbered from base on, after the values.
func compile(k *ir.Kernel, base int32, level ir.Level, scalar func(ir.Level) bool, copied func(int32) bool) *code {
	c := &compiler{k: k, temps: base - int32(len(k.Values)), scalar: scalar, uses: make([]int, len(k.Values)), fused: map[int32]bool{}, level: level, made: map[int32]instr{}, splats: map[int32]int32{}}
	for _, v := range k.Values {
		for _, o := range v.Operands() {
			c.uses[o]++
		}
	}
	for _, s := range k.Stores {
		c.uses[s.Value]++
	}
	for _, e := range k.Emits {
		c.uses[e.Value]++
		if e.Delay >= 0 {
			c.uses[e.Delay]++
		}
	}
	if k.Result >= 0 {
		c.uses[k.Result]++
	}
	list := k.At(level)
	for _, v := range slices.Backward(list) { // results before what they are made of
		c.markFused(v)
	}
	for _, v := range list {
		if !c.fused[v] {
			c.emit(v, copied)
		}
	}
	keep := map[int32]bool{} // needed after the last instruction
	if level == ir.Both {
		for _, s := range k.Stores {
			if s.Level == ir.Both {
				keep[c.vector(s.Value)] = true
			}
		}
		for _, e := range k.Emits { // scalars are added as they are
			for _, v := range []int32{e.Value, e.Delay} {
				if v >= 0 && !c.isScalar(v) {
					keep[v] = true
				}
			}
		}
		if k.Result >= 0 {
			keep[c.vector(k.Result)] = true
		}
	}
	out := &code{ins: c.ins, registers: c.count(), loads: c.loads, whole: c.whole, splats: c.splats}
	out.piece, out.pieces = allocate(c.ins, out.registers, keep)
	return out
}

func (c *compiler) count() int32 { return int32(len(c.k.Values)) + c.temps }

// temp is a new register beyond those of the values.
func (c *compiler) temp() int32 {
	c.temps++
	return c.count() - 1
}

func (c *compiler) isScalar(v int32) bool { return c.scalar(c.k.Values[v].Level) }

// vector returns a register with v for every element.
func (c *compiler) vector(v int32) int32 {
	if v < 0 || !c.isScalar(v) {
		return v
	}
	if r, ok := c.splats[v]; ok {
		return r
	}
	r := c.temp()
	c.splats[v] = r
	c.ins = append(c.ins, instr{op: opSplat, typ: c.k.Values[v].Type, d: r, a: v, b: -1, c: -1, e: -1, value: v})
	return r
}

// bound recognises a < b ? b : a and a > b ? b : a, the shapes of flags min and
// max, and returns them as opMax(b, a) and opMin(b, a), which are the same
// comparison.
func (c *compiler) bound(v int32) (op opcode, x, y int32, ok bool) {
	s := c.k.Values[v]
	if s.Op != ir.Select || s.Type == model.Bool {
		return 0, 0, 0, false
	}
	cond := c.k.Values[s.A]
	switch {
	case cond.Op == ir.Lt && cond.A == s.C && cond.B == s.B: // a < b ? b : a
		return opMax, s.B, s.C, true
	case cond.Op == ir.Gt && cond.A == s.C && cond.B == s.B: // a > b ? b : a
		return opMin, s.B, s.C, true
	case cond.Op == ir.Lt && cond.A == s.B && cond.B == s.C: // a < b ? a : b
		return opMin, s.B, s.C, true
	case cond.Op == ir.Gt && cond.A == s.B && cond.B == s.C: // a > b ? a : b
		return opMax, s.B, s.C, true
	}
	return 0, 0, 0, false
}

func (c *compiler) markFused(v int32) {
	if c.fused[v] {
		return
	}
	if in, inner, ok := c.match(v); ok {
		c.made[v] = in
		for _, x := range inner {
			c.fused[x] = true
		}
		return
	}
	if _, _, _, ok := c.bound(v); ok {
		cond := c.k.Values[v].A
		if c.uses[cond] == 1 && c.k.Values[cond].Level == c.k.Values[v].Level {
			c.fused[cond] = true
		}
	}
}

func (c *compiler) emit(id int32, copied func(int32) bool) {
	v := c.k.Values[id]
	if in, ok := c.made[id]; ok {
		c.ins = append(c.ins, in)
		return
	}
	in := instr{d: id, a: v.A, b: v.B, c: v.C, e: -1, typ: v.Type, value: id}
	if v.A >= 0 {
		in.typ = c.k.Values[v.A].Type
	}
	if op, x, y, ok := c.bound(id); ok {
		in.op, in.typ, in.a, in.b, in.c = op, v.Type, x, y, -1
		c.arith(&in)
		return
	}
	switch v.Op {
	case ir.Load:
		reg := id
		if copied(id) {
			reg = c.temp()
			in.op, in.typ, in.a = opCopy, v.Type, reg
			c.ins = append(c.ins, in)
		}
		c.loads = append(c.loads, view{id, reg})
	case ir.Const, ir.Dt:
		in.op, in.typ, in.num = opConst, v.Type, v.Float()
		c.ins = append(c.ins, in)
	case ir.Time:
		in.op, in.typ = opTime, model.Float
		c.ins = append(c.ins, in)
	case ir.Step, ir.Element:
		in.op, in.typ = opStep, model.Int
		if v.Op == ir.Element {
			in.op = opElement
		}
		c.ins = append(c.ins, in)
	case ir.Gather:
		in.op, in.a, in.b = opGather, c.vector(v.A), c.temp()
		c.whole = append(c.whole, view{id, in.b})
		c.ins = append(c.ins, in)
	case ir.Neg, ir.Not:
		in.op = opNeg
		if v.Op == ir.Not {
			in.op = opNot
		}
		in.a = c.vector(v.A)
		c.ins = append(c.ins, in)
	case ir.Add, ir.Sub, ir.Mul, ir.Div:
		in.op = opAdd + opcode(v.Op-ir.Add)
		if v.Op == ir.Div && in.typ == model.Int {
			in.a, in.b = c.vector(v.A), c.vector(v.B)
			c.ins = append(c.ins, in)
			return
		}
		c.arith(&in)
	case ir.Lt, ir.Le, ir.Gt, ir.Ge:
		in.op = opLt
		if v.Op == ir.Le || v.Op == ir.Ge {
			in.op = opLe
		}
		if v.Op == ir.Gt || v.Op == ir.Ge {
			in.a, in.b = in.b, in.a
		}
		switch sa, sb := c.isScalar(in.a), c.isScalar(in.b); {
		case sb && !sa:
			in.form = vs
		case sa && !sb:
			in.form = sv
		case sa && sb:
			in.a, in.b = c.vector(in.a), c.vector(in.b)
		}
		c.ins = append(c.ins, in)
	case ir.Eq, ir.Ne, ir.And, ir.Or:
		in.a, in.b = c.vector(v.A), c.vector(v.B)
		switch v.Op {
		case ir.Eq:
			in.op = opEq
		case ir.Ne:
			in.op = opNe
		case ir.And:
			in.op = opAnd
		case ir.Or:
			in.op = opOr
		}
		c.ins = append(c.ins, in)
	case ir.Select:
		in.op, in.typ = opSelect, v.Type
		in.a = c.vector(v.A)
		switch sb, sc := c.isScalar(v.B), c.isScalar(v.C); {
		case sb && !sc:
			in.form = sv
		case sc && !sb:
			in.form = vs
		case sb && sc:
			in.b, in.c = c.vector(v.B), c.vector(v.C)
		}
		c.ins = append(c.ins, in)
	case ir.Call:
		switch v.Fn {
		case model.Min:
			in.op = opMin
			c.arith(&in)
			return
		case model.Max:
			in.op = opMax
			c.arith(&in)
			return
		}
		in.op, in.fn = opCall, v.Fn
		in.a, in.b = c.vector(v.A), c.vector(v.B)
		c.ins = append(c.ins, in)
	case ir.Rand:
		in.op, in.typ = opRand, model.Float
		in.a, in.b = c.vector(v.A), c.vector(v.B)
		c.ins = append(c.ins, in)
	}
}

// arith emits an operation that takes one scalar operand as it is.
func (c *compiler) arith(in *instr) {
	sa, sb := c.isScalar(in.a), c.isScalar(in.b)
	switch {
	case sa && sb:
		in.a, in.b = c.vector(in.a), c.vector(in.b)
	case sb && (in.op == opMin || in.op == opMax):
		in.b = c.vector(in.b)
	case sb:
		in.form = vs
	case sa && (in.op == opAdd || in.op == opMul):
		in.form, in.a, in.b = vs, in.b, in.a // commutative in every bit but a NaN's
	case sa:
		in.form = sv
	}
	c.ins = append(c.ins, *in)
}

// allocate gives every register that an instruction writes a piece of scratch
// memory, and pieces whose value is dead to later registers; -1 is for views.
func allocate(ins []instr, registers int32, keep map[int32]bool) (piece []int32, pieces int32) {
	last := make([]int, registers)
	for i := range last {
		last[i] = -1
	}
	for i, in := range ins {
		for _, o := range []int32{in.a, in.b, in.c, in.e} {
			if o >= 0 {
				last[o] = i
			}
		}
	}
	piece = slices.Repeat([]int32{-1}, int(registers))
	var free []int32
	for i, in := range ins {
		if n := len(free); n > 0 {
			piece[in.d] = free[n-1]
			free = free[:n-1]
		} else {
			piece[in.d] = pieces
			pieces++
		}
		released := map[int32]bool{}
		for _, o := range []int32{in.a, in.b, in.c, in.e} {
			if o >= 0 && last[o] == i && piece[o] >= 0 && !keep[o] && !released[o] && o != in.d {
				free = append(free, piece[o])
				released[o] = true
			}
		}
	}
	return piece, pieces
}
