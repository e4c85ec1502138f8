package ir_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/plan/plantest"
)

// TestBarsLevels: what Oja's rule computes once per step, per column and per
// synapse.
func TestBarsLevels(t *testing.T) {
	p := plantest.NewBars(plan.F64).Program
	k := ir.LowerSweep(p, p.Ops[3].(*plan.Sweep))
	// dt, alpha, tau, min_w; pre.r; post.r, post.r², alpha·post.r²;
	// w, pre·post, α·post²·w, difference, /τ, ·dt, sum, comparison, choice
	for _, c := range []struct {
		level ir.Level
		want  int
	}{{ir.None, 4}, {ir.Pre, 1}, {ir.Post, 3}, {ir.Both, 9}} {
		if n := len(k.At(c.level)); n != c.want {
			t.Errorf("level %d has %d values, want %d", c.level, n, c.want)
		}
	}
	if len(k.Stores) != 1 || k.Stores[0].Level != ir.Both {
		t.Errorf("stores %+v, want one of level Both", k.Stores)
	}
	if k.Skip == nil || len(k.Skip.Zero) != 2 {
		t.Fatalf("skip %+v, want columns with post.r = 0 and α·post.r² = 0 left out", k.Skip)
	}
	for _, v := range k.Skip.Zero {
		if k.Values[v].Level != ir.Post {
			t.Errorf("a condition of level %d, want Post", k.Values[v].Level)
		}
	}
	m := ir.LowerMatVec(p.Ops[0].(*plan.MatVec))
	if m.Factor < 0 || m.Values[m.Factor].Level != ir.Pre {
		t.Errorf("w * pre.r has the factor %d, want pre.r", m.Factor)
	}
}

// TestSharedTrees: a tree that doubles a shared part forty times has 2^40
// leaves, and 41 values.
func TestSharedTrees(t *testing.T) {
	x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
	var e model.Expr = &model.Ref{Sym: x}
	for range 40 {
		e = &model.Binary{Op: model.Add, X: e, Y: e}
	}
	m := &plan.Map{N: 1, Body: []model.Assign{{To: x, X: e}}, Bind: plan.Bind{x: {Index: plan.Own}}}
	p := &plan.Program{Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 1}}, Ops: []plan.Op{m}}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	if n := len(ir.LowerMap(m).Values); n != 41 {
		t.Errorf("%d values, want 41", n)
	}
}

// TestNoSkip: rules that change silent columns are never left out.
func TestNoSkip(t *testing.T) {
	sym := func(name string, k model.SymbolKind, l model.Locality) *model.Symbol {
		return &model.Symbol{Name: name, Kind: k, Locality: l}
	}
	w, x, y := sym("w", model.Var, model.Local), sym("r", model.PreVar, model.Local), sym("r", model.PostVar, model.PerPost)
	tm := sym("t", model.Time, model.Global)
	ref := func(s *model.Symbol) model.Expr { return &model.Ref{Sym: s} }
	bin := func(o model.Op, a, b model.Expr) model.Expr { return &model.Binary{Op: o, X: a, Y: b} }
	rand := &model.Rand{Dist: model.UniformDist, Args: []model.Expr{&model.Const{V: 0}, &model.Const{V: 1}}}
	for name, c := range map[string]struct {
		change model.Expr
		skip   bool
	}{
		"pre·post":             {bin(model.Mul, ref(x), ref(y)), true},
		"post·(pre - w)":       {bin(model.Mul, ref(y), bin(model.Sub, ref(x), ref(w))), true},
		"pre":                  {ref(x), false},
		"pre + post":           {bin(model.Add, ref(x), ref(y)), false},
		"pre·t":                {bin(model.Mul, ref(x), ref(tm)), false},
		"post/pre":             {bin(model.Div, ref(y), ref(x)), false},
		"post·(1/pre)":         {bin(model.Mul, ref(y), bin(model.Div, &model.Const{V: 1}, ref(x))), false},
		"post·exp(pre)":        {bin(model.Mul, ref(y), &model.Call{Fn: model.Exp, Args: []model.Expr{ref(x)}}), false},
		"pre·post + noise":     {bin(model.Add, bin(model.Mul, ref(x), ref(y)), rand), false},
		"1/(pre·post)":         {bin(model.Div, &model.Const{V: 1}, bin(model.Mul, ref(x), ref(y))), false},
		"pre·post > 0 ? t : 0": {&model.Select{Cond: bin(model.Gt, bin(model.Mul, ref(x), ref(y)), &model.Const{}), Then: ref(tm), Else: &model.Const{}}, false},
	} {
		neuron := sym("r", model.Var, model.Local)
		p := &plan.Program{Dt: 1, Buffers: []plan.Buffer{{Name: "w", Len: 6}, {Name: "x", Len: 2}, {Name: "y", Len: 3}}}
		s := &plan.Sweep{Shape: plan.Shape{Pre: 2, Post: 3}, Every: 1, Enabled: -1,
			Body: []model.Assign{{To: w, X: bin(model.Add, ref(w), c.change)}},
			Bind: plan.Bind{w: {Buffer: 0, Index: plan.Own}, x: {Buffer: 1, Index: plan.Pre}, y: {Buffer: 2, Index: plan.Post}}}
		p.Ops = []plan.Op{s}
		for b, n := range []int{2, 3} { // both populations change
			p.Ops = append(p.Ops, &plan.Map{N: n, Body: []model.Assign{{To: neuron, X: bin(model.Add, ref(neuron), ref(tm))}},
				Bind: plan.Bind{neuron: {Buffer: b + 1, Index: plan.Own}}})
		}
		if err := p.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := ir.LowerSweep(p, s).Skip != nil; got != c.skip {
			t.Errorf("%s: may be left out: %v, want %v", name, got, c.skip)
		}
	}
}

// TestSpikes: what the operations on spikes lower to.
func TestSpikes(t *testing.T) {
	p, _ := plantest.Spiking()
	k := ir.LowerDeliver(p.Ops[1].(*plan.Deliver)) // in += g; g -= 0.01·post.V(past)
	if len(k.Emits) != 1 || len(k.Stores) != 1 || k.Emits[0].Delay != -1 || k.Emits[0].Index != plan.Post || k.Stores[0].Index != plan.Own {
		t.Errorf("emits %+v and stores %+v, want one to Post and one of Own", k.Emits, k.Stores)
	}
	rings := 0
	for _, v := range k.At(ir.Post) {
		if k.Values[v].Ring == (ir.Ring{Slots: 2, Lag: 1}) {
			rings++
		}
	}
	if rings != 1 {
		t.Errorf("%d loads of a ring per column, want 1", rings)
	}
	r := k.Raise(ir.Post)
	if len(r.At(ir.Post)) != 0 || len(r.At(ir.Both)) != len(k.At(ir.Both))+len(k.At(ir.Post)) || len(k.At(ir.Post)) == 0 {
		t.Errorf("raised: %d values per column, %d per synapse", len(r.At(ir.Post)), len(r.At(ir.Both)))
	}
	k = ir.LowerColumn(p.Ops[2].(*plan.Column)) // g += exp(-(step - pre.st))
	steps := 0
	for _, v := range k.At(ir.None) {
		if k.Values[v].Op == ir.Step {
			steps++
		}
	}
	if steps != 1 || len(k.At(ir.Pre)) != 5 { // st, difference, float, sign, exp
		t.Errorf("%d step numbers and %d values per row, want 1 and 5", steps, len(k.At(ir.Pre)))
	}
	k = ir.LowerDeliver(p.Ops[3].(*plan.Deliver)) // a fixed draw with a delay of 2
	e := k.Emits[0]
	if e.Ring.Slots != 3 || e.Delay < 0 || k.Values[e.Delay].Float() != 2 || !k.Values[e.Value].Fixed || k.Values[e.Value].Level != ir.Both {
		t.Errorf("emit %+v of %+v", e, k.Values)
	}
}
