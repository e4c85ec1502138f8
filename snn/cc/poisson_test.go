//go:build cgo

package cc_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestPoisson: numbers that are drawn for a block at a time equal those that are
// drawn one by one.
func TestPoisson(t *testing.T) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		for _, repeat := range []int{0, 2} {
			p := &plan.Program{Name: "poisson", Dt: 1, Float: f, Seed: 7}
			rates := []float64{0, -1, math.NaN(), 1e-9, 0.1, 1.6, 5, 9.999, 10, 300}
			for k := range rates {
				rate := &model.Symbol{Name: "rate", Kind: model.Param}
				x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
				p.Buffers = append(p.Buffers, plan.Buffer{Name: "rate", Type: f, Len: 1}, plan.Buffer{Name: "x", Type: f, Len: 1000})
				draw := func(d model.Dist, stream int, args ...model.Expr) model.Expr {
					return &model.Rand{Dist: d, Args: args, Stream: stream}
				}
				p.Ops = append(p.Ops, &plan.Map{Label: "draw", N: 1000, Repeat: repeat, Object: uint32(k), Bind: plan.Bind{rate: {Buffer: 2 * k}, x: {Buffer: 2*k + 1, Index: plan.Own}},
					Body: []model.Assign{set(x, sum(product(of(x), number(0.5)), sum(draw(model.PoissonDist, 0, of(rate)), draw(model.NormalDist, 1, number(0), of(rate)))))}})
			}
			var want *plan.State
			for _, b := range []plan.Backend{ref.New(), threads(t, 1)} {
				x, err := b.Compile(p)
				if err != nil {
					t.Fatal(err)
				}
				s := plan.NewState(p)
				for k, r := range rates {
					if f == plan.F64 {
						s.F64[2*k][0] = r
					} else {
						s.F32[2*k][0] = float32(r)
					}
				}
				if _, err := x.Run(s, 20, nil); err != nil {
					t.Fatal(err)
				}
				x.Close()
				if want == nil {
					want = s
				} else if d := plantest.Diff(p, s, want); d != "" {
					t.Errorf("%v, repeat %d: cc differs from ref: %s", f, repeat, d)
				}
			}
		}
	}
}

// TestPoissonOfMany: so do those of a mean for each. Means above 10 and NaN make a
// block one of single draws.
func TestPoissonOfMany(t *testing.T) {
	const n = 1500
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		for _, most := range []float64{0.3, 9.9, 14} {
			p := &plan.Program{Name: "poisson of many", Dt: 1, Float: f, Seed: 7, Buffers: []plan.Buffer{{Name: "rate", Type: f, Len: n}, {Name: "x", Type: f, Len: n}}}
			rate := &model.Symbol{Name: "rate", Kind: model.Param, Locality: model.Local}
			x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
			draw := &model.Rand{Dist: model.PoissonDist, Args: []model.Expr{sum(of(rate), number(0.01))}}
			p.Ops = []plan.Op{&plan.Map{Label: "draw", N: n, Bind: plan.Bind{rate: {Buffer: 0, Index: plan.Own}, x: {Buffer: 1, Index: plan.Own}},
				Body: []model.Assign{set(x, sum(product(of(x), number(0.5)), product(draw, of(rate))))}}}
			var want *plan.State
			for _, b := range []plan.Backend{ref.New(), threads(t, 1), fine(t, 3)} {
				x, err := b.Compile(p)
				if err != nil {
					t.Fatal(err)
				}
				s := plan.NewState(p)
				r := rand.New(rand.NewPCG(1, 1))
				for k := range n {
					v := most * r.Float64()
					switch {
					case k%97 == 5:
						v = 0
					case k%97 == 6:
						v = -3
					case k == 1111 && most > 10:
						v = math.NaN()
					}
					if f == plan.F64 {
						s.F64[0][k] = v
					} else {
						s.F32[0][k] = float32(v)
					}
				}
				if _, err := x.Run(s, 30, nil); err != nil {
					t.Fatal(err)
				}
				x.Close()
				if want == nil {
					want = s
				} else if d := plantest.Diff(p, s, want); d != "" {
					t.Errorf("%v, means up to %v: cc differs from ref: %s", f, most, d)
				}
			}
		}
	}
}

// BenchmarkPoissonOfMany is the same step as that of BenchmarkPoisson, of means from
// 0 to 1.6.
func BenchmarkPoissonOfMany(b *testing.B) {
	const n = 77169
	p := &plan.Program{Name: "poisson", Dt: 0.1, Float: plan.F32, Seed: 7, Buffers: []plan.Buffer{{Name: "rate", Type: plan.F32, Len: n}, {Name: "x", Type: plan.F32, Len: n}}}
	rate := &model.Symbol{Name: "rate", Kind: model.Param, Locality: model.Local}
	x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
	p.Ops = []plan.Op{&plan.Map{Label: "draw", N: n, Bind: plan.Bind{rate: {Buffer: 0, Index: plan.Own}, x: {Buffer: 1, Index: plan.Own}}, Body: []model.Assign{
		set(x, sum(product(of(x), number(0.5)), &model.Rand{Dist: model.PoissonDist, Args: []model.Expr{of(rate)}}))}}}
	run, err := threads(b, 1).Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	defer run.Close()
	s := plan.NewState(p)
	for k := range n {
		s.F32[0][k] = 1.6 * float32(k) / n
	}
	for b.Loop() {
		if _, err := run.Run(s, 10, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(10*n), "ns/neuron")
}

// BenchmarkPoisson is a step of 77,169 neurons with a Poisson input each, of 1.6
// spikes a step.
func BenchmarkPoisson(b *testing.B) {
	const n = 77169
	p := &plan.Program{Name: "poisson", Dt: 0.1, Float: plan.F32, Seed: 7, Buffers: []plan.Buffer{{Name: "x", Type: plan.F32, Len: n}}}
	x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
	p.Ops = []plan.Op{&plan.Map{Label: "draw", N: n, Bind: plan.Bind{x: {Index: plan.Own}}, Body: []model.Assign{
		set(x, sum(product(of(x), number(0.5)), &model.Rand{Dist: model.PoissonDist, Args: []model.Expr{number(1.6)}}))}}}
	run, err := threads(b, 1).Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	defer run.Close()
	s := plan.NewState(p)
	for b.Loop() {
		if _, err := run.Run(s, 10, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(10*n), "ns/neuron")
}
