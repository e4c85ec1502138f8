//go:build cgo

package cc_test

import (
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// wired is 3 neurons with synapses 0→{0, 2}, 1→{}, 2→{1}, of which neurons 0 and
// 2 fire, with a delivery and a column.
func wired() (*plan.Program, plan.Sparse, plan.Spikes, func() *plan.State) {
	m := &mushroom{p: &plan.Program{Name: "wired", Dt: 1, Float: plan.F32}, values: map[int]float64{}}
	r := plan.Sparse{Rows: m.buffer("rows", plan.I64, 4), Targets: m.buffer("targets", plan.I32, 3), Segments: 1,
		Sources: m.buffer("sources", plan.I32, 3), Columns: m.buffer("columns", plan.I64, 4), Slots: m.buffer("slots", plan.I32, 3)}
	s := m.spikes("cells", 3)
	in, w := m.buffer("in", plan.F32, 3), m.buffer("w", plan.F32, 3)
	shape := plan.Shape{Kind: plan.SparseRows, Pre: 3, Post: 3, Sparse: &r}
	bind := plan.Bind{}
	weight := symbol(bind, "w", model.Var, model.Float, model.Local, w, plan.Own)
	out := &model.Symbol{Name: "in", Kind: model.Emit, Of: model.PostVar, Locality: model.PerPost}
	bind[out] = plan.Operand{Buffer: in, Index: plan.Post}
	m.p.Ops = []plan.Op{
		&plan.Deliver{Label: "d", From: s, Delay: 1, Shape: shape, Body: []model.Assign{set(out, sum(of(weight), number(1)))}, Bind: bind, Enabled: -1},
		&plan.Column{Label: "c", From: s, Delay: 1, Shape: shape, Body: []model.Assign{set(weight, sum(of(weight), number(1)))}, Bind: plan.Bind{weight: bind[weight]}, Enabled: -1},
		&plan.RecordSpikes{Label: "r", From: s, Enabled: -1},
	}
	return m.p, r, s, func() *plan.State {
		x := plan.NewState(m.p)
		copy(x.I64[r.Rows], []int64{0, 2, 2, 3})
		copy(x.I32[r.Targets], []int32{0, 2, 1})
		copy(x.I32[r.Sources], []int32{0, 0, 2})
		copy(x.I64[r.Columns], []int64{0, 1, 2, 3})
		copy(x.I32[r.Slots], []int32{0, 2, 1})
		copy(x.I64[s.Count], []int64{2, 2})
		copy(x.I32[s.List], []int32{0, 2, 0, 0, 2, 0})
		return x
	}
}

// TestBadConnectivity: numbers that would lead out of a buffer are an error, also
// when they come between two runs, and the state stays as it was.
func TestBadConnectivity(t *testing.T) {
	p, r, s, make := wired()
	x, err := threads(t, 2).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for name, c := range map[string]struct {
		spoil func(*plan.State)
		says  string
	}{
		"rows descend":       {func(x *plan.State) { x.I64[r.Rows][1] = 3 }, "rows"},
		"rows beyond":        {func(x *plan.State) { x.I64[r.Rows][3] = 4 }, "rows"},
		"rows negative":      {func(x *plan.State) { x.I64[r.Rows][0] = -1 }, "rows"},
		"target beyond":      {func(x *plan.State) { x.I32[r.Targets][1] = 3 }, "targets"},
		"target negative":    {func(x *plan.State) { x.I32[r.Targets][1] = -1 }, "targets"},
		"source beyond":      {func(x *plan.State) { x.I32[r.Sources][2] = 3 }, "sources"},
		"columns descend":    {func(x *plan.State) { x.I64[r.Columns][1] = 3 }, "columns"},
		"slot beyond":        {func(x *plan.State) { x.I32[r.Slots][0] = 3 }, "slots"},
		"slots twice":        {func(x *plan.State) { x.I64[r.Columns][1], x.I32[r.Slots][1] = 2, 0 }, "slots"},
		"more spikes":        {func(x *plan.State) { x.I64[s.Count][1] = 4 }, "cells.count"},
		"negative spikes":    {func(x *plan.State) { x.I64[s.Count][0] = -1 }, "cells.count"},
		"spike of nobody":    {func(x *plan.State) { x.I32[s.List][1] = 3 }, "cells.spikes"},
		"spike before first": {func(x *plan.State) { x.I32[s.List][0] = -1 }, "cells.spikes"},
	} {
		state := make()
		if n, err := x.Run(state, 2, nil); n != 2 || err != nil {
			t.Fatalf("%s: before: %d steps of 2, %v", name, n, err)
		}
		c.spoil(state)
		n, err := x.Run(state, 2, nil)
		if n != 0 || err == nil || !strings.Contains(err.Error(), "buffer "+c.says+" ") || state.Step != 2 {
			t.Errorf("%s: %d steps to %d, error %v; want none and an error that names %s", name, n, state.Step, err, c.says)
		}
	}
}

// TestUnsorted: rows whose targets do not ascend give the same results, on one
// thread.
func TestUnsorted(t *testing.T) {
	p, s := scattered(3000, 30)
	r := p.Ops[0].(*plan.Deliver).Shape.Sparse
	v := s.I32[r.Targets]
	for k := range v {
		if k%30 == 0 {
			v[k], v[k+29] = v[k+29], v[k]
		}
	}
	var states []*plan.State
	for _, b := range []plan.Backend{ref.New(), fine(t, 3)} {
		_, x := scattered(3000, 30)
		copy(x.I32[r.Targets], v)
		run, err := b.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Run(x, 100, nil); err != nil {
			t.Fatal(err)
		}
		run.Close()
		states = append(states, x)
	}
	if d := plantest.Diff(p, states[1], states[0]); d != "" {
		t.Errorf("cc differs from ref: %s", d)
	}
}

// TestManySpikes: records of spikes that outgrow their room any number of times
// in a run.
func TestManySpikes(t *testing.T) {
	p := &plan.Program{Name: "many", Dt: 1, Float: plan.F64, Buffers: []plan.Buffer{{Name: "mark", Type: plan.Bool, Len: 700},
		{Name: "spikes", Type: plan.I32, Len: 700}, {Name: "count", Type: plan.I64, Len: 1}}}
	s := plan.Spikes{List: 1, Count: 2, N: 700, Slots: 1}
	p.Ops = []plan.Op{&plan.Collect{Label: "c", Marks: 0, To: s}, &plan.RecordSpikes{Label: "r", From: s, Enabled: -1}}
	x, err := fine(t, 2).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	state := plan.NewState(p)
	for k := range 350 {
		state.Bool[0][2*k+1] = 1
	}
	if n, err := x.Run(state, 1000, nil); n != 1000 || err != nil {
		t.Fatalf("%d steps of 1000, %v", n, err)
	}
	got := state.Records[0]
	if len(got.Steps) != 350_000 || len(got.I32) != 350_000 {
		t.Fatalf("%d steps and %d neurons recorded, want 350,000 each", len(got.Steps), len(got.I32))
	}
	for k := range got.Steps {
		if got.Steps[k] != int64(k/350) || got.I32[k] != int32(k%350*2+1) {
			t.Fatalf("entry %d is neuron %d in step %d, want neuron %d in step %d", k, got.I32[k], got.Steps[k], k%350*2+1, k/350)
		}
	}
}
