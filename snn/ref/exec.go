package ref

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// registers are the operands of a code: one slice per register, in the table of
// its type.
type registers[F float] struct {
	f [][]F
	i [][]int64
	b [][]uint8
}

func newRegisters[F float](n int32) *registers[F] {
	return &registers[F]{f: make([][]F, n), i: make([][]int64, n), b: make([][]uint8, n)}
}

// span is the indices of a block of elements: at + list[k], or at + k·step.
type span struct {
	at, step int
	list     []int32
}

// along is neighbours from at on, fixed the same index for all.
func along(at int) span { return span{at: at, step: 1} }
func fixed(at int) span { return span{at: at} }

func (s span) index(k int) int {
	if s.list != nil {
		return s.at + int(s.list[k])
	}
	return s.at + k*s.step
}

// from leaves out the first k.
func (s span) from(k int) span {
	if s.list != nil {
		s.list = s.list[k:]
	} else {
		s.at += k * s.step
	}
	return s
}

// where says which elements a block is made of.
type where struct {
	step                 int64
	draw, own, pre, post span // draw is the element of random draws
}

func (w *where) span(x plan.Index) *span {
	switch x {
	case plan.Pre:
		return &w.pre
	case plan.Post:
		return &w.post
	}
	return &w.own
}

// element is where for n elements from at on, all in order.
func element(step int64, at int) where {
	a := along(at)
	return where{step, a, a, a, a}
}

// context is what a kernel needs beside its values.
type context struct {
	dt      float64      // ms, of the operation
	dtStep  float64      // ms, of the program: t = step × dtStep
	streams []rng.Stream // per value; only those of draws are set
}

// run executes ins on n elements.
func run[F float](k *ir.Kernel, ins []instr, r *registers[F], n int, c *context, w *where) {
	for x := range ins {
		in := &ins[x]
		if in.direct && in.op == opMul && in.form == vs {
			mulFlushed(r.f[in.d][:n], r.f[in.a], r.f[in.b][0])
			continue
		}
		if in.op == opGather {
			at := r.i[in.a][:n]
			switch k.Values[in.d].Type {
			case model.Float:
				pickAt(r.f[in.d][:n], r.f[in.b], at)
			case model.Int:
				pickAt(r.i[in.d][:n], r.i[in.b], at)
			case model.Bool:
				pickAt(r.b[in.d][:n], r.b[in.b], at)
			}
			if in.direct {
				flush(r.f[in.d][:n])
			}
			continue
		}
		if in.op >= opAddMul {
			runFused(in, r, n)
			if in.direct {
				flush(r.f[in.d][:n])
			}
			continue
		}
		switch in.typ {
		case model.Float:
			runFloat(k, in, r, n, c, w)
		case model.Int:
			runInt(k, in, r, n, w)
		case model.Bool:
			runBool(in, r, n)
		}
		if in.direct {
			flush(r.f[in.d][:n])
		}
	}
}

func runFloat[F float](k *ir.Kernel, in *instr, r *registers[F], n int, c *context, w *where) {
	var a, b []F
	if in.a >= 0 {
		a = r.f[in.a]
	}
	if in.b >= 0 {
		b = r.f[in.b]
	}
	switch in.op {
	case opLt:
		compareLt(r.b[in.d][:n], a, b, in.form)
		return
	case opLe:
		compareLe(r.b[in.d][:n], a, b, in.form)
		return
	case opEq:
		eq(r.b[in.d][:n], a, b)
		return
	case opNe:
		ne(r.b[in.d][:n], a, b)
		return
	case opSelect:
		choose(r.f[in.d][:n], r.b[in.a], b, r.f[in.c], in.form)
		return
	case opCall:
		call(in, r, a, b, n)
		return
	}
	d := r.f[in.d][:n]
	switch in.op {
	case opConst:
		v := k.Values[in.value]
		x := v.Float()
		if v.Op == ir.Dt {
			x = c.dt
		}
		splat(d, F(x))
	case opTime:
		splat(d, F(float64(w.step)*c.dtStep))
	case opCopy:
		copy(d, a)
	case opSplat:
		splat(d, a[0])
	case opNeg:
		neg(d, a)
	case opAdd:
		if in.form == vs {
			addVS(d, a, b[0])
		} else {
			addVV(d, a, b)
		}
	case opSub:
		switch in.form {
		case vs:
			subVS(d, a, b[0])
		case sv:
			subSV(d, a[0], b)
		default:
			subVV(d, a, b)
		}
	case opMul:
		if in.form == vs {
			mulVS(d, a, b[0])
		} else {
			mulVV(d, a, b)
		}
	case opDiv:
		switch in.form {
		case vs:
			divVS(d, a, b[0])
		case sv:
			divSV(d, a[0], b)
		default:
			divVV(d, a, b)
		}
	case opMin:
		if in.form == sv {
			minSV(d, a[0], b)
		} else {
			minVV(d, a, b)
		}
	case opMax:
		if in.form == sv {
			maxSV(d, a[0], b)
		} else {
			maxVV(d, a, b)
		}
	case opRand:
		v := &k.Values[in.value]
		step := w.step
		if v.Fixed {
			step = 0
		}
		draw(v.Dist, c.streams[in.value], d, a, b, step, w.draw)
	}
}

func runInt[F float](k *ir.Kernel, in *instr, r *registers[F], n int, w *where) {
	var a, b []int64
	if in.a >= 0 {
		a = r.i[in.a]
	}
	if in.b >= 0 {
		b = r.i[in.b]
	}
	switch in.op {
	case opLt:
		compareLt(r.b[in.d][:n], a, b, in.form)
		return
	case opLe:
		compareLe(r.b[in.d][:n], a, b, in.form)
		return
	case opEq:
		eq(r.b[in.d][:n], a, b)
		return
	case opNe:
		ne(r.b[in.d][:n], a, b)
		return
	case opSelect:
		choose(r.i[in.d][:n], r.b[in.a], b, r.i[in.c], in.form)
		return
	case opCall:
		callInt(in, r, a, b, n)
		return
	}
	d := r.i[in.d][:n]
	switch in.op {
	case opConst:
		splat(d, toInt(in.num))
	case opStep:
		splat(d, w.step)
	case opElement:
		x := w.span(k.Values[in.value].Index)
		for k := range d {
			d[k] = int64(x.index(k))
		}
	case opCopy:
		copy(d, a)
	case opSplat:
		splat(d, a[0])
	case opNeg:
		neg(d, a)
	case opAdd:
		if in.form == vs {
			addVS(d, a, b[0])
		} else {
			addVV(d, a, b)
		}
	case opSub:
		switch in.form {
		case vs:
			subVS(d, a, b[0])
		case sv:
			subSV(d, a[0], b)
		default:
			subVV(d, a, b)
		}
	case opMul:
		if in.form == vs {
			mulVS(d, a, b[0])
		} else {
			mulVV(d, a, b)
		}
	case opDiv:
		divInt(d, a, b)
	case opMin:
		if in.form == sv {
			minSV(d, a[0], b)
		} else {
			minVV(d, a, b)
		}
	case opMax:
		if in.form == sv {
			maxSV(d, a[0], b)
		} else {
			maxVV(d, a, b)
		}
	}
}

func runBool[F float](in *instr, r *registers[F], n int) {
	var a, b []uint8
	if in.a >= 0 {
		a = r.b[in.a]
	}
	if in.b >= 0 {
		b = r.b[in.b]
	}
	if in.op == opCall { // ToFloat, ToInt
		switch in.fn {
		case model.ToFloat:
			d := r.f[in.d][:n]
			for k := range d {
				d[k] = F(a[k])
			}
		case model.ToInt:
			d := r.i[in.d][:n]
			for k := range d {
				d[k] = int64(a[k])
			}
		}
		return
	}
	d := r.b[in.d][:n]
	switch in.op {
	case opConst:
		splat(d, bit(in.num != 0))
	case opCopy:
		copy(d, a)
	case opSplat:
		splat(d, a[0])
	case opNot:
		for k := range d {
			d[k] = a[k] ^ 1
		}
	case opEq:
		eq(d, a, b)
	case opNe:
		ne(d, a, b)
	case opAnd:
		for k := range d {
			d[k] = a[k] & b[k]
		}
	case opOr:
		for k := range d {
			d[k] = a[k] | b[k]
		}
	case opSelect:
		choose(d, r.b[in.a], b, r.b[in.c], in.form)
	}
}

// call applies a function to Float operands. All but the exact ones are
// computed in float64 and rounded to F.
func call[F float](in *instr, r *registers[F], a, b []F, n int) {
	switch in.fn {
	case model.IsNaN:
		d := r.b[in.d][:n]
		for k := range d {
			d[k] = bit(a[k] != a[k])
		}
		return
	case model.IsFinite:
		d := r.b[in.d][:n]
		for k := range d {
			x := float64(a[k])
			d[k] = bit(x <= math.MaxFloat64 && x >= -math.MaxFloat64)
		}
		return
	case model.ToInt:
		d := r.i[in.d][:n]
		for k := range d {
			d[k] = toInt(float64(a[k]))
		}
		return
	}
	d := r.f[in.d][:n]
	switch in.fn {
	case model.ToFloat:
		copy(d, a)
	case model.Pow:
		for k := range d {
			d[k] = F(vmath.Pow(float64(a[k]), float64(b[k])))
		}
	case model.Mod:
		for k := range d {
			d[k] = F(vmath.Mod(float64(a[k]), float64(b[k])))
		}
	default:
		f := vmath.Unary(in.fn)
		var x, y F // neighbours often have the same number, as all that never fired
		for k := range d {
			if a[k] != x || x == 0 { // 0 has two signs
				x = a[k]
				y = F(f(float64(x)))
			}
			d[k] = y
		}
	}
}

func callInt[F float](in *instr, r *registers[F], a, b []int64, n int) {
	if in.fn == model.ToFloat {
		d := r.f[in.d][:n]
		for k := range d {
			d[k] = F(float64(a[k]))
		}
		return
	}
	d := r.i[in.d][:n]
	switch in.fn {
	case model.Abs:
		for k := range d {
			x := a[k]
			if x < 0 {
				x = -x
			}
			d[k] = x
		}
	case model.Sign:
		for k := range d {
			d[k] = int64(bit(a[k] > 0)) - int64(bit(a[k] < 0))
		}
	case model.Mod:
		for k := range d {
			d[k] = modInt(a[k], b[k])
		}
	case model.ToInt:
		copy(d, a)
	}
}

func draw[F float](dist model.Dist, s rng.Stream, d, a, b []F, step int64, at span) {
	for k := range d {
		var x float64
		e := uint64(at.index(k))
		switch dist {
		case model.UniformDist:
			x = s.Uniform(step, e, float64(a[k]), float64(b[k]))
		case model.NormalDist:
			x = s.Normal(step, e, float64(a[k]), float64(b[k]))
		case model.ExponentialDist:
			x = s.Exponential(step, e, float64(a[k]))
		case model.LogNormalDist:
			x = s.LogNormal(step, e, float64(a[k]), float64(b[k]))
		case model.PoissonDist:
			x = s.Poisson(step, e, float64(a[k]))
		case model.BernoulliDist:
			x = s.Bernoulli(step, e, float64(a[k]))
		}
		d[k] = F(x)
	}
}
