package ref

import (
	"encoding/binary"
	"math"
	"math/bits"

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
	case val.Op == ir.And:
		return c.matchAnd(in, val)
	case val.Type != model.Float:
		return in, nil, false
	case val.Op == ir.Select:
		// e ? a ± b : c with a number b, as of time that is left
		if !c.isScalar(val.A) && !c.isScalar(val.C) && val.B != val.C && (c.only(val.B, ir.Sub) || c.only(val.B, ir.Add)) {
			if x, s, ok := c.number(c.k.Values[val.B]); ok {
				in.op, in.a, in.b, in.c, in.e = opSelectAdd, x, s, val.C, val.A
				if c.k.Values[val.B].Op == ir.Sub {
					in.form = vs
				}
				return in, []int32{val.B}, true
			}
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
	case opSelectAdd:
		d, c := r.f[in.d][:n], r.b[in.e][:n]
		copy(d, r.f[in.c])
		for k := 0; k < n; k += 8 {
			end := min(k+8, n)
			if end == k+8 && binary.LittleEndian.Uint64(c[k:]) == 0 {
				continue
			}
			for k := k; k < end; k++ {
				switch {
				case c[k] == 0:
				case in.form == vs:
					d[k] = x[k] - s
				default:
					d[k] = x[k] + s
				}
			}
		}
	case opAndLt:
		d, c := r.b[in.d][:n], r.b[in.c][:n]
		for k := range d {
			d[k] = c[k] & bit(x[k] < s)
		}
	case opAndLe:
		d, c := r.b[in.d][:n], r.b[in.c][:n]
		for k := range d {
			d[k] = c[k] & bit(x[k] <= s)
		}
	case opAndGt:
		d, c := r.b[in.d][:n], r.b[in.c][:n]
		for k := range d {
			d[k] = c[k] & bit(x[k] > s)
		}
	case opAndGe:
		d, c := r.b[in.d][:n], r.b[in.c][:n]
		for k := range d {
			d[k] = c[k] & bit(x[k] >= s)
		}
	}
}

// direct lets instructions write into the buffers that their values are stored
// in, where nothing else needs the value before it is flushed, or what the
// buffer held. It is for kernels that are only evaluated and stored.
func (q *kernel[F]) direct() {
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
				if w := q.k.Values[l.value]; w.Buf == s.Buf &&
					(last[l.reg] > i || stores[l.value] > 0 || in.op == opSelect && in.b == l.reg || in.op == opSelectAdd && in.a == l.reg) { // choose writes before it has read all
					free = false
				}
			}
			in.direct, q.stored[n] = free, free
		}
	}
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
	for k := range d {
		if bits.RotateLeft32(math.Float32bits(d[k]), 1)-1 < 1<<24-1 {
			d[k] = 0
		}
	}
}

func flush64(d []float64) {
	for k := range d {
		if bits.RotateLeft64(math.Float64bits(d[k]), 1)-1 < 1<<53-1 {
			d[k] = 0
		}
	}
}
