package ref_test

import (
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestRefractory: loops that leave out neurons that are all refractory, or all not,
// give what the equations say, for every comparison, sign and mixture. left counts
// down in steps of 0.5 where the condition holds, or up where it does not.
func TestRefractory(t *testing.T) {
	const n, steps = 100, 12
	of := func(s *model.Symbol) model.Expr { return &model.Ref{Sym: s} }
	num := func(x float64) model.Expr { return &model.Const{V: x} }
	bin := func(op model.Op, x, y model.Expr) model.Expr { return &model.Binary{Op: op, X: x, Y: y} }
	for _, cmp := range []model.Op{model.Lt, model.Le, model.Gt, model.Ge} {
		for _, sum := range []model.Op{model.Add, model.Sub} {
			for _, then := range []bool{false, true} {
				p := &plan.Program{Name: "refractory", Dt: 1, Float: plan.F32, Buffers: []plan.Buffer{
					{Name: "left", Len: n, Type: plan.F32}, {Name: "free", Len: n, Type: plan.Bool}, {Name: "fires", Len: n, Type: plan.Bool}, {Name: "V", Len: n, Type: plan.F32}}}
				left, v := &model.Symbol{Name: "left", Kind: model.Var}, &model.Symbol{Name: "V", Kind: model.Var}
				free, fires := &model.Symbol{Name: "free", Kind: model.Var, Type: model.Bool}, &model.Symbol{Name: "fires", Kind: model.Var, Type: model.Bool}
				was := &model.Symbol{Name: "was", Kind: model.Temp, Type: model.Bool}
				choice := &model.Select{Cond: of(was), Then: of(left), Else: bin(sum, of(left), num(0.5))}
				if then {
					choice.Then, choice.Else = choice.Else, choice.Then
				}
				p.Ops = []plan.Op{&plan.Map{N: n, Body: []model.Assign{
					{To: was, X: bin(cmp, of(left), num(0))},
					{To: left, X: choice},
					{To: free, X: bin(cmp, of(left), num(0))},
					{To: fires, X: bin(model.And, of(free), bin(cmp, of(v), num(1)))},
					{To: v, X: &model.Select{Cond: of(fires), Then: num(-3), Else: bin(model.Add, of(v), num(0.25))}},
				}, Bind: plan.Bind{left: {Buffer: 0, Index: plan.Own}, free: {Buffer: 1, Index: plan.Own}, fires: {Buffer: 2, Index: plan.Own}, v: {Buffer: 3, Index: plan.Own}}}}
				run := func(b plan.Backend) *plan.State {
					x, err := b.Compile(p)
					if err != nil {
						t.Fatal(err)
					}
					defer x.Close()
					s := plan.NewState(p)
					for i := range n {
						switch { // 32 alike, 32 alike, then mixed
						case i < 32:
							s.F32[0][i] = -1
						case i < 64:
							s.F32[0][i] = 1
						default:
							s.F32[0][i] = float32(i*i%7)/2 - 1.5
						}
						s.F32[3][i] = float32(i % 5)
					}
					if _, err := x.Run(s, steps, nil); err != nil {
						t.Fatal(err)
					}
					return s
				}
				got, want := run(ref.New()), run(plantest.Naive())
				for b := range p.Buffers {
					if !slices.Equal(got.F32[b], want.F32[b]) || !slices.Equal(got.Bool[b], want.Bool[b]) {
						t.Errorf("%v, %v, then %v: %s differs:\n%v %v\nwant\n%v %v", cmp, sum, then, p.Buffers[b].Name, got.F32[b], got.Bool[b], want.F32[b], want.Bool[b])
					}
				}
			}
		}
	}
}
