//go:build cgo

package cc_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// scattered is n neurons that fire at random, 3.2 times in a second, with so many
// synapses in each of 24 segments of delays, to neurons of a population as large.
func scattered(n, synapses int) (*plan.Program, *plan.State) {
	const segments = 24
	m := &mushroom{p: &plan.Program{Name: "scattered", Dt: 0.1, Float: plan.F32, Seed: 1}, values: map[int]float64{}}
	r := plan.Sparse{Rows: m.buffer("rows", plan.I64, n*segments+1), Targets: m.buffer("targets", plan.I32, n*segments*synapses),
		Segments: segments, Sources: -1, Columns: -1, Slots: -1}
	w, in, mark := m.buffer("w", plan.F32, n*segments*synapses), m.buffer("in", plan.F32, n), m.buffer("mark", plan.Bool, n)
	s := plan.Spikes{List: m.buffer("spikes", plan.I32, n*32), Count: m.buffer("count", plan.I64, 32), N: n, Slots: 32}
	bind := plan.Bind{}
	weight := symbol(bind, "w", model.Var, model.Float, model.Local, w, plan.Own)
	out := &model.Symbol{Name: "in", Kind: model.Emit, Of: model.PostVar, Locality: model.PerPost}
	bind[out] = plan.Operand{Buffer: in, Index: plan.Post}
	m.p.Ops = append(m.p.Ops, &plan.Deliver{Label: "add", From: s, Delay: 1, Shape: plan.Shape{Kind: plan.SparseRows, Pre: n, Post: n, Sparse: &r},
		Body: []model.Assign{set(out, of(weight))}, Bind: bind, Enabled: -1})
	bind = plan.Bind{}
	fires := symbol(bind, "mark", model.Var, model.Bool, model.Local, mark, plan.Own)
	m.p.Ops = append(m.p.Ops, &plan.Map{Label: "fire", N: n, Bind: bind, Body: []model.Assign{
		set(fires, bin(model.Lt, &model.Rand{Dist: model.UniformDist, Args: []model.Expr{number(0), number(1)}}, number(3.2e-4)))}},
		&plan.Collect{Label: "fire", Marks: mark, To: s})
	state := plan.NewState(m.p)
	random := rand.New(rand.NewPCG(1, 2))
	rows, targets, weights := state.I64[r.Rows], state.I32[r.Targets], state.F32[w]
	for k := range n * segments {
		rows[k+1] = int64((k + 1) * synapses)
		at := 0
		for x := range synapses {
			at += random.IntN(2 * (n - 1 - at) / (synapses - x + 1))
			targets[k*synapses+x] = int32(at)
			weights[k*synapses+x] = float32(random.Float64())
		}
	}
	return m.p, state
}

// TestScattered compares with ref, at several numbers of threads.
func TestScattered(t *testing.T) {
	var want *plan.State
	for _, b := range []plan.Backend{ref.New(), threads(t, 1), threads(t, 2), threads(t, 3)} {
		p, s := scattered(20_000, 8)
		x, err := b.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Run(s, 60, nil); err != nil {
			t.Fatal(err)
		}
		x.Close()
		if want == nil {
			want = s
		} else if d := plantest.Diff(p, s, want); d != "" {
			t.Errorf("%s differs from ref: %s", b.Name(), d)
		}
	}
}

// BenchmarkScattered is steps of 0.1 ms in a network the size of a cortical
// microcircuit, with an eighth of its synapses: their weights and targets fill
// 300 MB.
func BenchmarkScattered(b *testing.B) {
	const n, synapses = 77169, 20
	p, s := scattered(n, synapses)
	for k := 1; k <= 2; k++ {
		b.Run(fmt.Sprintf("%d threads", k), func(b *testing.B) {
			x, err := threads(b, k).Compile(p)
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			for b.Loop() {
				if _, err := x.Run(s, 100, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(100*n*3.2e-4*24*synapses), "ns/synapse")
		})
	}
}
