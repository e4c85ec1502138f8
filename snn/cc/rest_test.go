//go:build cgo

package cc_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// seldom is a population that hardly gets any input: 40 neurons fire at random,
// each with a chance of 1 in 4000 in a step, to 3 of n neurons that forget by half
// in every step, so that they are at 0 again after 150 steps in float32. Where
// rest is not 0 that is what they come back to.
func seldom(n int, rest float64) (*mushroom, *plan.State) {
	m := &mushroom{p: &plan.Program{Name: "seldom", Dt: 0.1, Float: plan.F32, Seed: 7}, values: map[int]float64{}}
	const sources, fan = 40, 3
	shape := plan.Sparse{Rows: m.buffer("rows", plan.I64, sources+1), Targets: m.buffer("targets", plan.I32, sources*fan), Segments: 1, Sources: -1, Columns: -1, Slots: -1}
	in, v, mark := m.buffer("in", plan.F32, n), m.buffer("v", plan.F32, n), m.buffer("mark", plan.Bool, n)
	drive, now, fired := m.buffer("drive", plan.Bool, sources), m.spikes("source", sources), m.spikes("cell", n)
	bind := plan.Bind{}
	fires := symbol(bind, "mark", model.Var, model.Bool, model.Local, drive, plan.Own)
	chance := bin(model.Lt, &model.Rand{Dist: model.UniformDist, Args: []model.Expr{number(0), number(1)}}, number(1./4000))
	cell := plan.Bind{}
	V := symbol(cell, "v", model.Var, model.Float, model.Local, v, plan.Own)
	I := symbol(cell, "in", model.Var, model.Float, model.Local, in, plan.Own)
	mine := symbol(cell, "mark", model.Var, model.Bool, model.Local, mark, plan.Own)
	low := m.parameter(cell, "low", rest)
	m.p.Ops = []plan.Op{
		m.add(now, plan.Shape{Kind: plan.SparseRows, Pre: sources, Post: n, Sparse: &shape}, in, 0.9),
		&plan.Map{Label: "source", N: sources, Bind: bind, Body: []model.Assign{set(fires, chance)}},
		&plan.Map{Label: "cell", N: n, Bind: cell, Body: []model.Assign{
			set(V, sum(sum(low, product(difference(of(V), low), number(0.5))), of(I))), set(I, product(of(I), number(0.5))), set(mine, bin(model.Gt, of(V), sum(low, number(0.75))))}},
		&plan.Collect{Label: "source", Marks: drive, To: now}, &plan.Collect{Label: "cell", Marks: mark, To: fired},
		&plan.RecordSpikes{Label: "cell", From: fired, Enabled: -1},
	}
	s := plan.NewState(m.p)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range sources {
		s.I64[shape.Rows][i+1] = int64((i + 1) * fan)
		for k := range fan {
			s.I32[shape.Targets][i*fan+k] = int32(k*n/fan + r.IntN(n/fan))
		}
	}
	for b, x := range m.values {
		for k := range s.F32[b] {
			s.F32[b][k] = float32(x)
		}
	}
	for k := range s.F32[v] {
		s.F32[v][k] = float32(rest + r.Float64())
	}
	return m, s
}

// TestRest: blocks of neurons at rest are left out and wake when something arrives,
// when the user changes something, and when a piece has a part of a block only.
func TestRest(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	const n = 6000 // 11 blocks and a part of one
	for _, low := range []float64{0, -60} {
		m, _ := seldom(n, low)
		var want *plan.State
		for _, b := range []struct {
			name string
			plan.Backend
		}{{"ref", ref.New()}, {"1 thread", threads(t, 1)}, {"2", threads(t, 2)}, {"3, all shared out", fine(t, 3)}, {"1, small blocks", fine(t, 1)}} {
			x, err := b.Compile(m.p)
			if err != nil {
				t.Fatal(err)
			}
			_, s := seldom(n, low)
			most := 0
			for k, steps := range []int64{1, 399, 1000, 2, 700} {
				if k == 3 { // nobody but the user wakes these up
					s.F32[3][17], s.F32[3][n-1] = 3, 5
				}
				if _, err := x.Run(s, steps, nil); err != nil {
					t.Fatal(err)
				}
				if b.name == "1 thread" {
					most = max(most, cc.Resting(x))
				}
			}
			x.Close()
			switch {
			case want == nil:
				want = s
				if spikes := len(s.Records[0].I32); spikes < 10 {
					t.Fatalf("%d spikes, want 10 or more", spikes)
				}
			case b.name == "1 thread" && (most < 3 || most > 12):
				t.Errorf("rest at %v: at most %d blocks of 12 rest at the end of a run, want 3 or more", low, most)
				fallthrough
			default:
				if d := plantest.Diff(m.p, s, want); d != "" {
					t.Errorf("rest at %v: %s differs from ref: %s", low, b.name, d)
				}
			}
		}
	}
}

// TestNoRest: operations that may change something by themselves, or by what all
// share, never rest.
func TestNoRest(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	const n = 2000
	for name, c := range map[string]struct {
		change func(x *model.Symbol, common model.Expr) model.Expr
		rests  bool
	}{
		"constant": {func(x *model.Symbol, _ model.Expr) model.Expr { return of(x) }, true},
		"time": {func(x *model.Symbol, _ model.Expr) model.Expr {
			return choose(compare(model.Gt, of(&model.Symbol{Name: "t", Kind: model.Time}), 5), sum(of(x), number(1)), of(x))
		}, false},
		"chance": {func(x *model.Symbol, _ model.Expr) model.Expr {
			return choose(compare(model.Lt, &model.Rand{Dist: model.UniformDist, Args: []model.Expr{number(0), number(1)}}, 1e-3), sum(of(x), number(1)), of(x))
		}, false},
		"shared": {func(x *model.Symbol, common model.Expr) model.Expr {
			return choose(compare(model.Gt, common, 40), sum(of(x), number(1)), of(x))
		}, false},
	} {
		m := &mushroom{p: &plan.Program{Name: fmt.Sprint("no rest ", name), Dt: 0.1, Float: plan.F32, Seed: 7}, values: map[int]float64{}}
		v, clock := m.buffer("v", plan.F32, n), m.buffer("clock", plan.F32, 1)
		tick := plan.Bind{}
		c0 := symbol(tick, "clock", model.Var, model.Float, model.Local, clock, plan.Own)
		bind := plan.Bind{}
		x := symbol(bind, "v", model.Var, model.Float, model.Local, v, plan.Own)
		common := symbol(bind, "clock", model.Param, model.Float, model.Global, clock, plan.Scalar)
		m.p.Ops = []plan.Op{
			&plan.Map{Label: "clock", N: 1, Bind: tick, Body: []model.Assign{set(c0, sum(of(c0), number(1)))}},
			&plan.Map{Label: "v", N: n, Bind: bind, Body: []model.Assign{set(x, c.change(x, of(common)))}},
		}
		if name != "shared" {
			delete(bind, common)
		}
		if err := m.p.Check(); err != nil {
			t.Fatal(err)
		}
		var want *plan.State
		for _, b := range []plan.Backend{ref.New(), threads(t, 1), fine(t, 3)} {
			x, err := b.Compile(m.p)
			if err != nil {
				t.Fatal(err)
			}
			s := plan.NewState(m.p)
			if _, err := x.Run(s, 100, nil); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = s
			} else if d := plantest.Diff(m.p, s, want); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			if b.Name() == "cc" && cc.Resting(x) > 0 != c.rests && want != s {
				t.Errorf("%s: %d blocks rest; want some: %v", name, cc.Resting(x), c.rests)
			}
			x.Close()
		}
	}
}

// BenchmarkSeldom is a step of 100,000 neurons of which nearly all rest.
func BenchmarkSeldom(b *testing.B) {
	m, s := seldom(100_000, -60)
	x, err := threads(b, 1).Compile(m.p)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	if _, err := x.Run(s, 300, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := x.Run(s, 200, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/step")
}
