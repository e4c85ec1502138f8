//go:build cgo

package cc_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// What is written to a part of a buffer is seen in the buffer and in other parts,
// in the order of the operations, however they are shared out.
func TestParts(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	const n = 64
	p := &plan.Program{Name: "parts", Dt: 1, Float: plan.F64, Buffers: []plan.Buffer{
		{Name: "x", Len: n}, {Name: "sum", Len: 1},
		{Name: "low", Len: n / 2, Part: &plan.Part{Of: 0}}, {Name: "high", Len: n / 2, Part: &plan.Part{Of: 0, First: n / 2}},
		{Name: "middle", Len: n / 2, Part: &plan.Part{Of: 0, First: n / 4}}, {Name: "copy", Len: n / 2},
	}}
	set := func(to int, size int, value func(own func(b int) model.Expr) model.Expr) {
		bind := plan.Bind{}
		symbols := map[int]*model.Symbol{}
		symbol := func(b int) *model.Symbol {
			if symbols[b] == nil {
				symbols[b] = &model.Symbol{Name: p.Buffers[b].Name, Kind: model.Var, Type: model.Float, Locality: model.Local}
				bind[symbols[b]] = plan.Operand{Buffer: b, Index: plan.Own}
			}
			return symbols[b]
		}
		x := value(func(b int) model.Expr { return &model.Ref{Sym: symbol(b)} })
		p.Ops = append(p.Ops, &plan.Map{Label: p.Buffers[to].Name, N: size, Body: []model.Assign{{To: symbol(to), X: x}}, Bind: bind})
	}
	num := func(v float64) model.Expr { return &model.Const{V: v} }
	two := func(op model.Op, x, y model.Expr) model.Expr { return &model.Binary{Op: op, X: x, Y: y} }
	type own = func(b int) model.Expr
	set(0, n, func(own) model.Expr { return num(1) })                            // 1 everywhere
	set(2, n/2, func(b own) model.Expr { return two(model.Add, b(2), num(1)) })  // 2 below the half
	set(3, n/2, func(b own) model.Expr { return two(model.Mul, b(3), num(10)) }) // 10 above it
	set(5, n/2, func(b own) model.Expr { return b(4) })                          // a quarter of 2, a quarter of 10
	set(4, n/2, func(b own) model.Expr { return two(model.Add, b(4), b(5)) })    // 4 and 20 in the middle
	p.Ops = append(p.Ops, &plan.Reduce{Operation: "sum", In: 0, Out: 1})         // 16·(2 + 4 + 20 + 10)
	set(0, n, func(b own) model.Expr { return two(model.Add, b(0), num(1)) })    // and 1 more
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	threads, err := cc.New(cc.Fine, cc.Threads(3))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []plan.Backend{ref.New(), backend(t), threads} {
		x, err := b.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		s := plan.NewState(p)
		if _, err := x.Run(s, 3, nil); err != nil {
			t.Fatal(err)
		}
		x.Close()
		want := plan.NewState(p)
		for i := range n {
			want.F64[0][i] = [...]float64{3, 5, 21, 11}[4*i/n]
		}
		want.F64[1][0] = 16 * (2 + 4 + 20 + 10)
		copy(want.F64[5], want.F64[0][n/4:])
		for i := range want.F64[5] {
			want.F64[5][i] = [...]float64{2, 10}[2*i/(n/2)]
		}
		want.Step = s.Step
		if d := plantest.Diff(p, s, want); d != "" {
			t.Errorf("%s: %s", b.Name(), d)
		}
	}
}
