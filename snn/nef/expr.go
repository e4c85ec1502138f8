package nef

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Expression trees, written by hand: no term is reassociated on the way to the
// backend, so the order here is the order of rounding.

type expr = model.Expr

func num(v float64) expr     { return &model.Const{V: v, T: model.Float} }
func add(x, y expr) expr     { return &model.Binary{Op: model.Add, X: x, Y: y} }
func sub(x, y expr) expr     { return &model.Binary{Op: model.Sub, X: x, Y: y} }
func mul(x, y expr) expr     { return &model.Binary{Op: model.Mul, X: x, Y: y} }
func div(x, y expr) expr     { return &model.Binary{Op: model.Div, X: x, Y: y} }
func lt(x, y expr) expr      { return &model.Binary{Op: model.Lt, X: x, Y: y} }
func gt(x, y expr) expr      { return &model.Binary{Op: model.Gt, X: x, Y: y} }
func ge(x, y expr) expr      { return &model.Binary{Op: model.Ge, X: x, Y: y} }
func eq(x, y expr) expr      { return &model.Binary{Op: model.Eq, X: x, Y: y} }
func neg(x expr) expr        { return &model.Unary{Op: model.Neg, X: x} }
func pick(c, x, y expr) expr { return &model.Select{Cond: c, Then: x, Else: y} }

func call(fn model.Func, args ...expr) expr { return &model.Call{Fn: fn, Args: args} }

// body gathers the statements of one operation and the buffers they touch.
type body struct {
	assigns []model.Assign
	bind    plan.Bind
	symbols map[plan.Operand]*model.Symbol
}

func newBody() *body {
	return &body{bind: plan.Bind{}, symbols: map[plan.Operand]*model.Symbol{}}
}

func (b *body) symbol(s *signal, index plan.Index) *model.Symbol {
	o := plan.Operand{Buffer: s.buffer, Index: index}
	if sym, ok := b.symbols[o]; ok {
		return sym
	}
	locality := [...]model.Locality{plan.Scalar: model.Global, plan.Own: model.Local, plan.Pre: model.Local, plan.Post: model.PerPost}[index]
	sym := &model.Symbol{Name: s.name, Kind: model.Var, Type: model.Float, Locality: locality}
	b.symbols[o], b.bind[sym] = sym, o
	return sym
}

// own, pre, post and one read an element of a signal.
func (b *body) own(s *signal) expr  { return &model.Ref{Sym: b.symbol(s, plan.Own)} }
func (b *body) pre(s *signal) expr  { return &model.Ref{Sym: b.symbol(s, plan.Pre)} }
func (b *body) post(s *signal) expr { return &model.Ref{Sym: b.symbol(s, plan.Post)} }
func (b *body) one(s *signal) expr  { return &model.Ref{Sym: b.symbol(s, plan.Scalar)} }

// set assigns this element of a signal.
func (b *body) set(s *signal, x expr) {
	b.assigns = append(b.assigns, model.Assign{To: b.symbol(s, plan.Own), X: x})
}

// let names an intermediate value.
func (b *body) let(name string, x expr) expr {
	sym := &model.Symbol{Name: name, Kind: model.Temp, Type: x.Type(), Locality: x.Locality()}
	b.assigns = append(b.assigns, model.Assign{To: sym, X: x})
	return &model.Ref{Sym: sym}
}

// finite tells whether all numbers are.
func finite(xs ...float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
