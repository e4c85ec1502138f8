package plan_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
)

var update = flag.Bool("update", false, "rewrite the recorded files")

// TestString compares the printed bar learning network with a recorded page.
func TestString(t *testing.T) {
	const file = "testdata/bars.txt"
	got := plantest.NewBars(plan.F64).Program.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\n(go test -update records it)", got, want)
	}
}

func TestPrintedParentheses(t *testing.T) {
	x := &model.Ref{Sym: &model.Symbol{Name: "x"}}
	b := func(o model.Op, x, y model.Expr) model.Expr { return &model.Binary{Op: o, X: x, Y: y} }
	neg := func(x model.Expr) model.Expr { return &model.Unary{Op: model.Neg, X: x} }
	not := func(x model.Expr) model.Expr { return &model.Unary{Op: model.Not, X: x} }
	sel := func(c, x, y model.Expr) model.Expr { return &model.Select{Cond: c, Then: x, Else: y} }
	two := &model.Const{V: -2}
	for want, e := range map[string]model.Expr{
		"x - (x - x)":                 b(model.Sub, x, b(model.Sub, x, x)),
		"x - x - x":                   b(model.Sub, b(model.Sub, x, x), x),
		"(x + x) * x":                 b(model.Mul, b(model.Add, x, x), x),
		"x / (x * x)":                 b(model.Div, x, b(model.Mul, x, x)),
		"-(x + x)":                    neg(b(model.Add, x, x)),
		"-x * x":                      b(model.Mul, neg(x), x),
		"x - (-2)":                    b(model.Sub, x, two),
		"not (x < x or x > x)":        not(b(model.Or, b(model.Lt, x, x), b(model.Gt, x, x))),
		"(x ? x : x) ? x : x ? x : x": sel(sel(x, x, x), x, sel(x, x, x)),
		"x + (x ? x : x)":             b(model.Add, x, sel(x, x, x)),
		"exprel(x + x)":               &model.Call{Fn: model.Exprel, Args: []model.Expr{b(model.Add, x, x)}},
		"Normal(x, -2)":               &model.Rand{Dist: model.NormalDist, Args: []model.Expr{x, two}},
	} {
		p := &plan.Program{Dt: 1, Buffers: []plan.Buffer{{Name: "out", Len: 1}}, Ops: []plan.Op{
			&plan.MatVec{Shape: plan.Shape{Pre: 1, Post: 1}, Term: e, Zero: true}}}
		if s := p.String(); !strings.Contains(s, "Σ_i "+want+"\n") {
			t.Errorf("printed as\n%s\nwant %s", s, want)
		}
	}
}

// TestCheckNamesEveryMistake breaks one thing at a time in a correct program.
func TestCheckNamesEveryMistake(t *testing.T) {
	if err := plantest.NewBars(plan.F64).Program.Check(); err != nil {
		t.Fatalf("the correct program: %v", err)
	}
	sum := func(p *plan.Program) *plan.MatVec { return p.Ops[1].(*plan.MatVec) }
	neuron := func(p *plan.Program) *plan.Map { return p.Ops[2].(*plan.Map) }
	sweep := func(p *plan.Program) *plan.Sweep { return p.Ops[4].(*plan.Sweep) }
	float := func(v float64) model.Expr { return &model.Const{V: v} }
	fresh := func(k model.SymbolKind, t model.Type, l model.Locality) *model.Symbol {
		return &model.Symbol{Name: "new", Kind: k, Type: t, Locality: l}
	}
	first := func(m *plan.Map) *model.Symbol { return m.Body[0].To }
	set := func(m *plan.Map, x model.Expr) { m.Body = []model.Assign{{To: first(m), X: x}} }
	for name, c := range map[string]struct {
		change func(p *plan.Program)
		want   string
	}{
		"dt zero":        {func(p *plan.Program) { p.Dt = 0 }, "Dt is 0"},
		"float type":     {func(p *plan.Program) { p.Float = plan.Bool }, "Float is bool"},
		"buffer type":    {func(p *plan.Program) { p.Buffers[0].Type = 9 }, "Type is 9"},
		"buffer length":  {func(p *plan.Program) { p.Buffers[0].Len = 0 }, "Len is 0"},
		"part of none":   {func(p *plan.Program) { p.Buffers[0].Part = &plan.Part{Of: 99} }, "part of buffer 99"},
		"part of a part": {func(p *plan.Program) { p.Buffers[0].Part = &plan.Part{Of: 0} }, "memory of its own"},
		"part too far":   {func(p *plan.Program) { p.Buffers[0].Part = &plan.Part{Of: 1, First: p.Buffers[1].Len} }, "which has"},
		"nil operation":  {func(p *plan.Program) { p.Ops[0] = nil }, "unknown kind"},
		"map size":       {func(p *plan.Program) { neuron(p).N = 0 }, "N is 0"},
		"map length":     {func(p *plan.Program) { neuron(p).N = 31 }, "with 32 values, want 31"},
		"map index":      {func(p *plan.Program) { m := neuron(p); m.Bind[first(m)] = plan.Operand{Buffer: 1, Index: plan.Pre} }, "want Scalar or Own"},
		"wrong index":    {func(p *plan.Program) { m := neuron(p); m.Bind[first(m)] = plan.Operand{Buffer: 1, Index: 9} }, "Index 9"},
		"buffer number":  {func(p *plan.Program) { m := neuron(p); m.Bind[first(m)] = plan.Operand{Buffer: 99, Index: plan.Own} }, "buffer 99"},
		"unbound target": {func(p *plan.Program) { m := neuron(p); delete(m.Bind, first(m)) }, "no buffer in Bind"},
		"nil symbol":     {func(p *plan.Program) { neuron(p).Bind[nil] = plan.Operand{} }, "nil symbol"},
		"nil value":      {func(p *plan.Program) { set(neuron(p), nil) }, "no target or no value"},
		"nil reference":  {func(p *plan.Program) { set(neuron(p), &model.Ref{}) }, "no symbol"},
		"nil operand":    {func(p *plan.Program) { set(neuron(p), &model.Unary{Op: model.Neg}) }, "<nil>"},
		"int constant":   {func(p *plan.Program) { set(neuron(p), &model.Const{V: 1.5, T: model.Int}) }, "int constant is 1.5"},
		"type of value":  {func(p *plan.Program) { set(neuron(p), &model.Const{V: 1, T: model.Int}) }, "its value is int"},
		"assigned param": {func(p *plan.Program) { m := neuron(p); m.Body[0].To = fresh(model.Param, model.Float, model.Global) }, "want a variable"},
		"temp before":    {func(p *plan.Program) { set(neuron(p), &model.Ref{Sym: fresh(model.Temp, model.Float, model.Local)}) }, "before it is assigned"},
		"unbound read":   {func(p *plan.Program) { set(neuron(p), &model.Ref{Sym: fresh(model.Var, model.Float, model.Local)}) }, "no buffer in Bind"},
		"mixed types": {func(p *plan.Program) {
			set(neuron(p), &model.Binary{Op: model.Add, X: float(1), Y: &model.Const{V: 1, T: model.Int}})
		}, "do not go together"},
		"not of a float":   {func(p *plan.Program) { set(neuron(p), &model.Unary{Op: model.Not, X: float(1)}) }, "do not go together"},
		"float condition":  {func(p *plan.Program) { set(neuron(p), &model.Select{Cond: float(1), Then: float(1), Else: float(1)}) }, "want bool"},
		"arguments":        {func(p *plan.Program) { set(neuron(p), &model.Call{Fn: model.Pow, Args: []model.Expr{float(1)}}) }, "want 2"},
		"unknown function": {func(p *plan.Program) { set(neuron(p), &model.Call{Fn: 200, Args: []model.Expr{float(1)}}) }, "Func(200)"},
		"exp of int": {func(p *plan.Program) {
			set(neuron(p), &model.Call{Fn: model.Exp, Args: []model.Expr{&model.Const{T: model.Int}}})
		}, "ToFloat"},
		"draw arguments": {func(p *plan.Program) {
			set(neuron(p), &model.Rand{Dist: model.NormalDist, Args: []model.Expr{float(1)}})
		}, "want 2"},
		"draw stream": {func(p *plan.Program) {
			set(neuron(p), &model.Rand{Dist: model.PoissonDist, Args: []model.Expr{float(1)}, Stream: -1})
		}, "stream -1"},
		"local to global": {func(p *plan.Program) {
			m := neuron(p)
			g := fresh(model.Var, model.Float, model.Global)
			m.Bind[g] = plan.Operand{Buffer: 7}
			m.Body = append(m.Body, model.Assign{To: g, X: &model.Ref{Sym: first(m)}})
		}, "its new value has one value per element"},
		"two names": {func(p *plan.Program) {
			m := neuron(p)
			s := fresh(model.Input, model.Float, model.Local)
			m.Bind[s] = plan.Operand{Buffer: 1, Index: plan.Own}
		}, "one buffer"},
		"shape":         {func(p *plan.Program) { sum(p).Shape.Pre = 0 }, "at least 1 × 1"},
		"shape kind":    {func(p *plan.Program) { sum(p).Shape.Kind = 7 }, "Dense, OneToOne"},
		"one-to-one":    {func(p *plan.Program) { sum(p).Shape = plan.Shape{Kind: plan.OneToOne, Pre: 2, Post: 3} }, "equal numbers"},
		"no self":       {func(p *plan.Program) { sum(p).Shape.Pre = 31 }, "dense square"},
		"huge shape":    {func(p *plan.Program) { sum(p).Shape = plan.Shape{Pre: 1 << 40, Post: 1 << 40} }, "more synapses"},
		"sum operation": {func(p *plan.Program) { sum(p).Operation = "median" }, "median"},
		"sum output":    {func(p *plan.Program) { sum(p).Out = 0 }, "with 64 values, want 32"},
		"no term":       {func(p *plan.Program) { sum(p).Term = nil }, "Term is nil"},
		"bool term":     {func(p *plan.Program) { sum(p).Term = &model.Const{V: 1, T: model.Bool} }, "has the type bool"},
		"sum reads out": {func(p *plan.Program) { sum(p).Out = 1 }, "may not read"},
		"period":        {func(p *plan.Program) { sweep(p).Every = 0 }, "Every is 0"},
		"switch":        {func(p *plan.Program) { sweep(p).Enabled = 0 }, "of type float64, want bool"},
		"reduce":        {func(p *plan.Program) { p.Ops = append(p.Ops, &plan.Reduce{Operation: "median", In: 0, Out: 7}) }, `"median", want min`},
		"reduce output": {func(p *plan.Program) { p.Ops = append(p.Ops, &plan.Reduce{Operation: "max", In: 0, Out: 1}) }, "want 1"},
		"record buffer": {func(p *plan.Program) { p.Ops = append(p.Ops, &plan.Record{Buffer: -1, Every: 1, Enabled: -1}) }, "Buffer is -1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := plantest.NewBars(plan.F64).Program
			c.change(p)
			err := p.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that contains %q", err, c.want)
			}
			_ = p.String() // a wrong program still prints
		})
	}
}

// TestCheckReportsAll: two mistakes, two errors.
func TestCheckReportsAll(t *testing.T) {
	p := plantest.NewBars(plan.F64).Program
	p.Dt = -1
	p.Ops[3].(*plan.Sweep).Every = 0
	err := p.Check()
	if n := len(strings.Split(err.Error(), "\n")); n != 2 {
		t.Errorf("%d lines of errors, want 2:\n%v", n, err)
	}
}

func TestStateFits(t *testing.T) {
	p := plantest.NewBars(plan.F64).Program
	if err := plan.NewState(p).Fits(p); err != nil {
		t.Errorf("a new state: %v", err)
	}
	for name, change := range map[string]func(s *plan.State){
		"length": func(s *plan.State) { s.F64[0] = s.F64[0][1:] },
		"type":   func(s *plan.State) { s.F32[0] = make([]float32, 64) },
		"number": func(s *plan.State) { s.F64 = s.F64[1:] },
		"record": func(s *plan.State) { s.Records = make([]plan.Samples, 1) },
	} {
		s := plan.NewState(p)
		change(s)
		if s.Fits(p) == nil {
			t.Errorf("a state with a wrong %s fits", name)
		}
	}
}
