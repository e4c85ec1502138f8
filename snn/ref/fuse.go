package ref

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// Fused instructions do in one loop what neuron equations do most: every value
// in between is rounded as if it had been stored, so results stay the same.

// match recognises a fused instruction that makes v and tells which values it
// makes on the way. Those are used by v alone.
func (c *compiler) match(v int32) (in instr, inner []int32, ok bool) {
	val := c.k.Values[v]
	in = instr{d: v, a: -1, b: -1, c: -1, e: -1, typ: model.Float, value: v}
	if c.isScalar(v) {
		return in, nil, false
	}
	switch {
	case val.Op >= ir.Lt && val.Op <= ir.Ge:
		return c.matchChosen(in, val)
	case val.Op == ir.And:
		return c.matchAnd(in, val)
	case val.Type != model.Float:
		return in, nil, false
	case val.Op == ir.Select:
		// e ? a ± b : c and e ? c : a ± b with a number b, as of time that is left
		if c.isScalar(val.A) || c.isScalar(val.B) || c.isScalar(val.C) || val.B == val.C {
			return in, nil, false
		}
		in.op, in.c, in.e = opSelectAdd, val.C, val.A
		for _, sum := range []int32{val.B, val.C} {
			if c.only(sum, ir.Sub) || c.only(sum, ir.Add) {
				if x, s, ok := c.number(c.k.Values[sum]); ok {
					in.a, in.b = x, s
					if c.k.Values[sum].Op == ir.Sub {
						in.form = vs
					}
					return in, []int32{sum}, true
				}
			}
			in.op, in.c = opSelectOr, val.B
		}
		return in, nil, false
	case val.Op == ir.Mul:
		// (a + b)·c with numbers b, c
		if sum, t, ok := c.number(val); ok && c.only(sum, ir.Add) {
			if x, s, ok := c.number(c.k.Values[sum]); ok {
				in.op, in.a, in.b, in.c = opAddMul, x, s, t
				return in, []int32{sum}, true
			}
		}
		return in, nil, false
	case val.Op != ir.Add && val.Op != ir.Sub:
		return in, nil, false
	}
	minus := val.Op == ir.Sub
	if minus {
		in.form = vs // of fused instructions: a difference
	}
	// a ± b·(c − e) with a number b
	for n, pair := range [][2]int32{{val.A, val.B}, {val.B, val.A}} {
		if minus && n == 1 || c.isScalar(pair[0]) || !c.only(pair[1], ir.Mul) {
			continue
		}
		if d, s, ok := c.number(c.k.Values[pair[1]]); ok && c.only(d, ir.Sub) {
			if x := c.k.Values[d]; !c.isScalar(x.A) && !c.isScalar(x.B) {
				in.op, in.a, in.b, in.c, in.e = opApproach, pair[0], s, x.A, x.B
				return in, []int32{pair[1], d}, true
			}
		}
	}
	// a·b ± c·e with numbers b, e
	if c.only(val.A, ir.Mul) && c.only(val.B, ir.Mul) && val.A != val.B {
		x, s, ok1 := c.number(c.k.Values[val.A])
		y, t, ok2 := c.number(c.k.Values[val.B])
		if ok1 && ok2 {
			in.op, in.a, in.b, in.c, in.e = opMulMul, x, s, y, t
			return in, []int32{val.A, val.B}, true
		}
	}
	if product, u, ok := c.number(val); ok && !minus && c.only(product, ir.Mul) {
		// (a + b)·c + e with numbers b, c, e
		if sum, t, ok := c.number(c.k.Values[product]); ok && c.only(sum, ir.Add) {
			if x, s, ok := c.number(c.k.Values[sum]); ok {
				in.op, in.a, in.b, in.c, in.e = opAffine, x, s, t, u
				return in, []int32{product, sum}, true
			}
		}
	}
	// c ± a·b with a number b
	for n, pair := range [][2]int32{{val.A, val.B}, {val.B, val.A}} {
		if minus && n == 1 || c.isScalar(pair[0]) || !c.only(pair[1], ir.Mul) {
			continue
		}
		if x, s, ok := c.number(c.k.Values[pair[1]]); ok {
			in.op, in.a, in.b, in.c = opMulAdd, x, s, pair[0]
			return in, []int32{pair[1]}, true
		}
	}
	return in, nil, false
}

// matchAnd recognises c and (a < b) with a number b, and the like.
func (c *compiler) matchAnd(in instr, val ir.Value) (instr, []int32, bool) {
	for _, pair := range [][2]int32{{val.B, val.A}, {val.A, val.B}} {
		cmp := c.k.Values[pair[0]]
		if cmp.Op < ir.Lt || cmp.Op > ir.Ge || !c.only(pair[0], cmp.Op) || c.isScalar(pair[1]) || pair[0] == pair[1] {
			continue
		}
		if c.k.Values[cmp.A].Type != model.Float || c.isScalar(cmp.A) || !c.isScalar(cmp.B) {
			continue
		}
		in.op, in.a, in.b, in.c = opAndLt+opcode(cmp.Op-ir.Lt), cmp.A, cmp.B, pair[1]
		return in, []int32{pair[0]}, true
	}
	return in, nil, false
}

// matchChosen recognises a < b where a is x < b ? x : y, as of time that is left:
// that is x < b or a < b, and where all are, as when no neuron is refractory,
// there is nothing to compare.
func (c *compiler) matchChosen(in instr, val ir.Value) (instr, []int32, bool) {
	a := c.k.Values[val.A]
	if a.Op != ir.Select || a.Type != model.Float || a.Level != c.level || c.isScalar(val.A) || !c.isScalar(val.B) {
		return in, nil, false
	}
	cond := c.k.Values[a.A]
	if cond.Op != val.Op || cond.A != a.B || cond.B != val.B || c.isScalar(a.A) || c.fused[a.A] {
		return in, nil, false
	}
	c.uses[a.A]++
	in.op, in.a, in.b, in.c = opOrLt+opcode(val.Op-ir.Lt), val.A, val.B, a.A
	return in, nil, true
}

// only tells whether x is the result of op and has no other use.
func (c *compiler) only(x int32, op ir.Op) bool {
	v := c.k.Values[x]
	return v.Op == op && v.Level == c.level && c.uses[x] == 1 && !c.fused[x] && !c.isScalar(x)
}

// number splits the operands of an operation into one that differs between
// elements and one that does not.
func (c *compiler) number(v ir.Value) (x, number int32, ok bool) {
	switch a, b := c.isScalar(v.A), c.isScalar(v.B); {
	case !a && b:
		return v.A, v.B, true
	case a && !b && v.Op != ir.Sub:
		return v.B, v.A, true
	}
	return 0, 0, false
}

func runFused[F float](in *instr, r *registers[F], n int) {
	x, s := r.f[in.a][:n], r.f[in.b][0]
	switch in.op {
	case opAddMul:
		d, t := r.f[in.d][:n], r.f[in.c][0]
		for k := range d {
			d[k] = F(x[k]+s) * t
		}
	case opAffine:
		d, t, u := r.f[in.d][:n], r.f[in.c][0], r.f[in.e][0]
		for k := range d {
			d[k] = F(F(x[k]+s)*t) + u
		}
	case opMulAdd:
		d, y := r.f[in.d][:n], r.f[in.c][:n]
		if in.form == vs {
			for k := range d {
				d[k] = y[k] - F(x[k]*s)
			}
		} else {
			for k := range d {
				d[k] = y[k] + F(x[k]*s)
			}
		}
	case opMulMul:
		d, y, t := r.f[in.d][:n], r.f[in.c][:n], r.f[in.e][0]
		if in.form == vs {
			for k := range d {
				d[k] = F(x[k]*s) - F(y[k]*t)
			}
		} else {
			for k := range d {
				d[k] = F(x[k]*s) + F(y[k]*t)
			}
		}
	case opApproach:
		d, y, z := r.f[in.d][:n], r.f[in.c][:n], r.f[in.e][:n]
		if in.form == vs {
			for k := range d {
				d[k] = x[k] - F(s*F(y[k]-z[k]))
			}
		} else {
			for k := range d {
				d[k] = x[k] + F(s*F(y[k]-z[k]))
			}
		}
	case opSelectAdd, opSelectOr:
		selectSum(r.f[in.d][:n], r.b[in.e], x, s, r.f[in.c], in)
	case opAndLt, opAndLe, opAndGt, opAndGe:
		compareIn(r.b[in.d][:n], r.b[in.c], x, s, in.op-opAndLt, every)
	case opOrLt, opOrLe, opOrGt, opOrGe:
		compareIn(r.b[in.d][:n], r.b[in.c], x, s, in.op-opOrLt, none)
	}
}

// compareIn compares x with s where c is so, and keeps c elsewhere; op counts from <.
func compareIn[F float](d, c []uint8, x []F, s F, op opcode, so mask) {
	c = c[:len(d)]
	for k := 0; k < len(d); {
		n, is := alike(c[k:])
		d, c, x := d[k:k+n], c[k:k+n], x[k:k+n]
		k += n
		if is != some && is != so {
			copy(d, c)
			continue
		}
		switch op {
		case 0:
			for k := range d {
				d[k] = bit(x[k] < s)
			}
		case 1:
			for k := range d {
				d[k] = bit(x[k] <= s)
			}
		case 2:
			for k := range d {
				d[k] = bit(x[k] > s)
			}
		case 3:
			for k := range d {
				d[k] = bit(x[k] >= s)
			}
		}
		switch {
		case is != some:
		case so == every:
			for k := range d {
				d[k] &= c[k]
			}
		default:
			for k := range d {
				d[k] |= c[k]
			}
		}
	}
}

// selectSum is c ? x ± s : y, or c ? y : x ± s. d may be x or y.
func selectSum[F float](d []F, c []uint8, x []F, s F, y []F, in *instr) {
	c = c[:len(d)]
	other := none // where c is so, y is taken
	if in.op == opSelectOr {
		other = every
	}
	for k := 0; k < len(d); {
		n, is := alike(c[k:])
		d, c, x, y := d[k:k+n], c[k:], x[k:], y[k:]
		switch {
		case is == other:
			copy(d, y)
		case is != some && in.form == vs:
			subVS(d, x, s)
		case is != some:
			addVS(d, x, s)
		default:
			for k := range d {
				v := x[k]
				switch {
				case (c[k] == 0) == (other == none):
					v = y[k]
				case in.form == vs:
					v -= s
				default:
					v += s
				}
				d[k] = v
			}
		}
		k += n
	}
}

// direct lets instructions write into the buffers that their values are stored
// in, where nothing else needs the value before it is flushed, or what the
// buffer held. It is for kernels that are only evaluated and stored.
func (q *kernel[F]) direct() {
	q.sink()
	uses := make(map[int32]int) // of registers, and where the last is
	last := make(map[int32]int)
	for i, in := range q.local.ins {
		for _, r := range []int32{in.a, in.b, in.c, in.e} {
			uses[r]++
			last[r] = i
		}
	}
	stores := map[int32]int{}
	for _, s := range q.k.Stores {
		stores[s.Value]++
	}
	q.stored = make([]bool, len(q.k.Stores))
	for n, s := range q.k.Stores {
		v := q.k.Values[s.Value]
		if s.Level != ir.Both || v.Level != ir.Both || v.Type != model.Float || v.Op == ir.Load || uses[s.Value] > 0 || stores[s.Value] > 1 {
			continue
		}
		for i := range q.local.ins {
			in := &q.local.ins[i]
			if in.d != s.Value {
				continue
			}
			free := true
			for _, l := range q.local.loads {
				if w := q.k.Values[l.value]; w.Buf == s.Buf && (last[l.reg] > i || stores[l.value] > 0) {
					free = false
				}
			}
			in.direct, q.stored[n] = free, free
		}
	}
}

// sink moves instructions that make what is stored from loads and numbers to the
// end, where nothing reads these loads any more.
func (q *kernel[F]) sink() {
	loaded, stored, read := map[int32]bool{}, map[int32]bool{}, map[int32]bool{}
	for _, l := range q.local.loads {
		loaded[l.reg] = true
	}
	for _, s := range q.k.Stores {
		stored[s.Value] = true
	}
	for _, in := range q.local.ins {
		for _, r := range []int32{in.a, in.b, in.c, in.e} {
			read[r] = true
		}
	}
	last := func(in instr) bool {
		for _, r := range []int32{in.a, in.b, in.c, in.e} {
			if r >= 0 && !loaded[r] && !q.constant(r) {
				return false
			}
		}
		return stored[in.d] && !read[in.d]
	}
	ins := q.local.ins
	q.local.ins = slices.DeleteFunc(slices.Clone(ins), last)
	for _, in := range ins {
		if last(in) {
			q.local.ins = append(q.local.ins, in)
		}
	}
}

// constant tells whether a register of local has one number for all elements.
func (q *kernel[F]) constant(r int32) bool {
	return int(r) < len(q.k.Values) && q.single[q.k.Values[r].Level]
}

// aim points the registers of direct instructions at n elements from start on.
func (q *kernel[F]) aim(start, n int) {
	for i, s := range q.k.Stores {
		if q.stored[i] {
			at := start + q.row(s.Buf, model.Float, s.Ring)
			q.regs.f[s.Value] = q.bufs.f[s.Buf][at : at+n]
		}
	}
}

// mulFlushed stores a·s in d.
func mulFlushed[F float](d, a []F, s F) {
	switch d := any(d).(type) {
	case []float32:
		mulBits32(d, any(a).([]float32), float32(s))
	case []float64:
		mulBits64(d, any(a).([]float64), float64(s))
	}
}

func mulBits32(d, a []float32, s float32) {
	a = a[:len(d)]
	for k := range d {
		x := a[k] * s
		if bits.RotateLeft32(math.Float32bits(x), 1)-1 < 1<<24-1 {
			x = 0
		}
		d[k] = x
	}
}

func mulBits64(d, a []float64, s float64) {
	a = a[:len(d)]
	for k := range d {
		x := a[k] * s
		if bits.RotateLeft64(math.Float64bits(x), 1)-1 < 1<<53-1 {
			x = 0
		}
		d[k] = x
	}
}

// storeFlushed stores a in d.
func storeFlushed[F float](d, a []F) {
	copy(d, a)
	flush(d)
}

// flush makes +0 of numbers below the smallest normal one.
func flush[F float](d []F) {
	switch d := any(d).(type) {
	case []float32:
		flush32(d)
	case []float64:
		flush64(d)
	}
}

// flush32: without its sign a number below the smallest normal one has bits below
// those of 0x1p-126; with the sign turned to the end and 1 subtracted, all of
// those but +0 are small, and rare.
func flush32(d []float32) {
	u := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(d))), len(d)) // a third faster than math.Float32bits
	for k := range u {
		if bits.RotateLeft32(u[k], 1)-1 < 1<<24-1 {
			u[k] = 0
		}
	}
}

func flush64(d []float64) {
	u := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(d))), len(d))
	for k := range u {
		if bits.RotateLeft64(u[k], 1)-1 < 1<<53-1 {
			u[k] = 0
		}
	}
}
