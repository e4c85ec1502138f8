package plantest

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// builder makes a program together with the initial values of its buffers.
type builder struct {
	p    *plan.Program
	f    map[int][]float64
	i    map[int][]int64
	b    map[int][]uint8
	next uint32
}

func build(name string, f plan.Type) *builder {
	return &builder{p: &plan.Program{Name: name, Dt: 0.5, Float: f, Seed: 42},
		f: map[int][]float64{}, i: map[int][]int64{}, b: map[int][]uint8{}}
}

func (b *builder) buffer(name string, t plan.Type, n int) int {
	b.p.Buffers = append(b.p.Buffers, plan.Buffer{Name: name, Type: t, Len: n})
	return len(b.p.Buffers) - 1
}

// floats adds a buffer of n numbers; the values are repeated.
func (b *builder) floats(name string, n int, v ...float64) int {
	i := b.buffer(name, b.p.Float, n)
	b.f[i] = v
	return i
}

func (b *builder) ints(name string, n int, v ...int64) int {
	i := b.buffer(name, plan.I64, n)
	b.i[i] = v
	return i
}

func (b *builder) bools(name string, n int, v ...uint8) int {
	i := b.buffer(name, plan.Bool, n)
	b.b[i] = v
	return i
}

func (b *builder) op(op plan.Op) { b.p.Ops = append(b.p.Ops, op) }

func (b *builder) object() uint32 {
	b.next++
	return b.next
}

func (b *builder) record(buffer int) {
	b.op(&plan.Record{Label: "r", Buffer: buffer, Every: 1, Enabled: -1})
}

// state is a state with the initial values.
func (b *builder) state() *plan.State {
	s := plan.NewState(b.p)
	for i, v := range b.f {
		for k := range b.p.Buffers[i].Len {
			if len(v) == 0 {
				continue
			}
			if b.p.Float == plan.F32 {
				s.F32[i][k] = float32(v[k%len(v)])
			} else {
				s.F64[i][k] = v[k%len(v)]
			}
		}
	}
	for i, v := range b.i {
		for k := range min(len(s.I64[i]), len(s.I64[i])*len(v)) {
			s.I64[i][k] = v[k%len(v)]
		}
	}
	for i, v := range b.b {
		for k := range min(len(s.Bool[i]), len(s.Bool[i])*len(v)) {
			s.Bool[i][k] = v[k%len(v)]
		}
	}
	return s
}

// A few symbols that most programs want.

func local(name string) *model.Symbol  { return sym(name, model.Var, model.Float, model.Local) }
func shared(name string) *model.Symbol { return sym(name, model.Var, model.Float, model.Global) }
func perPost(name string) *model.Symbol {
	return sym(name, model.Var, model.Float, model.PerPost)
}
func param(name string) *model.Symbol { return sym(name, model.Param, model.Float, model.Global) }
func pre(name string) *model.Symbol   { return sym(name, model.PreVar, model.Float, model.Local) }
func post(name string) *model.Symbol  { return sym(name, model.PostVar, model.Float, model.PerPost) }

func own(b int) plan.Operand    { return plan.Operand{Buffer: b, Index: plan.Own} }
func one(b int) plan.Operand    { return plan.Operand{Buffer: b} }
func ofPre(b int) plan.Operand  { return plan.Operand{Buffer: b, Index: plan.Pre} }
func ofPost(b int) plan.Operand { return plan.Operand{Buffer: b, Index: plan.Post} }
