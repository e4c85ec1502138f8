package plantest

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// builder makes a program together with the initial values of its buffers.
type builder struct {
	p    *plan.Program
	f    map[int][]float64
	i    map[int][]int64
	b    map[int][]uint8
	c    map[int][]int32
	keep map[int]bool // indices and counts, which stay as they are between runs
	next uint32

	split    int64             // runs in pieces have this many steps more in the first
	expected map[int][]float64 // of buffers after the steps of the program; the values are repeated
	recorded []float64         // what the first record has got, if not nil
}

func build(name string, f plan.Type) *builder {
	return &builder{p: &plan.Program{Name: name, Dt: 0.5, Float: f, Seed: 42},
		f: map[int][]float64{}, i: map[int][]int64{}, b: map[int][]uint8{}, c: map[int][]int32{}, keep: map[int]bool{}, expected: map[int][]float64{}}
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

// indices adds a buffer of these indices.
func (b *builder) indices(name string, v []int32) int {
	i := b.buffer(name, plan.I32, max(len(v), 1))
	b.c[i], b.keep[i] = v, true
	return i
}

// bounds adds a buffer of these places in a list.
func (b *builder) bounds(name string, v []int64) int {
	i := b.ints(name, len(v), v...)
	b.keep[i] = true
	return i
}

// expect says what a buffer holds after the program's steps.
func (b *builder) expect(buffer int, v ...float64) { b.expected[buffer] = v }

// expectRecord says what the first record holds after the program's steps.
func (b *builder) expectRecord(v ...float64) { b.recorded = v }

// unexpected tells what is not as expected, or "".
func (b *builder) unexpected(s *plan.State) string {
	compare := func(name string, got plan.Samples, want []float64) string {
		var v []float64
		v = append(v, got.F64...)
		for _, x := range got.F32 {
			v = append(v, float64(x))
		}
		for _, x := range got.I64 {
			v = append(v, float64(x))
		}
		for _, x := range got.I32 {
			v = append(v, float64(x))
		}
		for k := range v {
			if v[k] != want[k%len(want)] {
				return fmt.Sprintf("%s is %v, want %v", name, v, want)
			}
		}
		return ""
	}
	for buffer, want := range b.expected {
		if d := compare(b.p.Buffers[buffer].Name, samples(s, buffer), want); d != "" {
			return d
		}
	}
	if b.recorded != nil {
		r := s.Records[0]
		if n := len(r.F64) + len(r.F32) + len(r.I64) + len(r.I32); n != len(b.recorded) {
			return fmt.Sprintf("the record has %d values, want %d", n, len(b.recorded))
		}
		return compare("the record", r, b.recorded)
	}
	return ""
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
	for i, v := range b.c {
		copy(s.I32[i], v)
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
