//go:build cgo

package cc_test

import (
	"fmt"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// unstored is n neurons of which each fires with a chance in every step, with
// connections among themselves that are not stored: rows that are drawn by a rule,
// or a picture of side × side neurons that is folded.
func unstored(rule string, n, side int, chance float64) *plan.Program {
	m := &mushroom{p: &plan.Program{Name: "unstored " + rule, Dt: 0.1, Float: plan.F32, Seed: 1}, values: map[int]float64{}}
	shape := plan.Shape{Kind: plan.Generated, Pre: n, Post: n, Procedural: &plan.Procedural{Rule: rule, NoSelf: true, Object: 5, Stream: 1}}
	switch rule {
	case "probability":
		shape.Procedural.Probability = 0.1
	case "number":
		shape.Procedural.Number = n / 10
	default:
		n = side * side
		shape = plan.Shape{Kind: plan.Convolution, Pre: n, Post: 3 * n, Conv: &plan.Conv{InHeight: side, InWidth: side, In: 1,
			OutHeight: side, OutWidth: side, Out: 3, KernelHeight: 5, KernelWidth: 5, StrideHeight: 1, StrideWidth: 1, PadHeight: 2, PadWidth: 2}}
	}
	in, mark, s := m.buffer("in", plan.F32, shape.Post), m.buffer("mark", plan.Bool, n), m.spikes("cells", n)
	bind, fire := plan.Bind{}, plan.Bind{}
	out := &model.Symbol{Name: "in", Kind: model.Emit, Of: model.PostVar, Locality: model.PerPost}
	bind[out] = plan.Operand{Buffer: in, Index: plan.Post}
	var weight model.Expr = &model.Rand{Dist: model.UniformDist, Args: []model.Expr{number(0), number(1)}, Fixed: true, Stream: 3}
	if rule == "convolution" {
		w := symbol(bind, "w", model.Var, model.Float, model.Local, m.buffer("kernel", plan.F32, 75), plan.Own)
		weight = sum(of(w), number(0.37))
	}
	fires := symbol(fire, "mark", model.Var, model.Bool, model.Local, mark, plan.Own)
	m.p.Ops = []plan.Op{
		&plan.Deliver{Label: "add", From: s, Delay: 1, Shape: shape, Bind: bind, Enabled: -1, Object: 9, Body: []model.Assign{set(out, weight)}},
		&plan.Map{Label: "fire", N: n, Bind: fire, Body: []model.Assign{
			set(fires, bin(model.Lt, &model.Rand{Dist: model.UniformDist, Args: []model.Expr{number(0), number(1)}}, number(chance)))}},
		&plan.Collect{Label: "fire", Marks: mark, To: s},
	}
	return m.p
}

// TestUnstored compares with ref what connections deliver that are not stored. A
// third of the neurons fire, which is more rows than are drawn ahead.
func TestUnstored(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	for _, rule := range []string{"probability", "number", "convolution"} {
		p := unstored(rule, 300, 17, 0.3)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		var want *plan.State
		for n, b := range []plan.Backend{ref.New(), threads(t, 1), threads(t, 2), fine(t, 2), fine(t, 3)} {
			x, err := b.Compile(p)
			if err != nil {
				t.Fatal(err)
			}
			s := plan.NewState(p)
			if _, err := x.Run(s, 20, nil); err != nil {
				t.Fatal(err)
			}
			x.Close()
			if want == nil {
				want = s
			} else if d := plantest.Diff(p, s, want); d != "" {
				t.Errorf("%s: backend %d differs from ref: %s", rule, n, d)
			}
		}
		if received := want.F32[0][7]; received == 0 {
			t.Errorf("%s: neuron 7 receives nothing", rule)
		}
	}
}

// BenchmarkUnstored delivers about 20 spikes in a step to 20,000 neurons.
func BenchmarkUnstored(b *testing.B) {
	for _, rule := range []string{"probability", "number", "convolution"} {
		for n := 1; n <= 2; n++ {
			b.Run(fmt.Sprint(rule, "/", n), func(b *testing.B) {
				p := unstored(rule, 20_000, 141, 1e-3)
				x, err := threads(b, n).Compile(p)
				if err != nil {
					b.Fatal(err)
				}
				defer x.Close()
				s := plan.NewState(p)
				for b.Loop() {
					if _, err := x.Run(s, 10, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
