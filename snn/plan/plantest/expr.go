package plantest

import "github.com/spikebook/spikebook/snn/model"

// Short constructors of expressions, so that programs read like formulas.

func num(v float64) model.Expr                   { return &model.Const{V: v} }
func ref(s *model.Symbol) model.Expr             { return &model.Ref{Sym: s} }
func bin(o model.Op, x, y model.Expr) model.Expr { return &model.Binary{Op: o, X: x, Y: y} }
func add(x, y model.Expr) model.Expr             { return bin(model.Add, x, y) }
func sub(x, y model.Expr) model.Expr             { return bin(model.Sub, x, y) }
func mul(x, y model.Expr) model.Expr             { return bin(model.Mul, x, y) }
func div(x, y model.Expr) model.Expr             { return bin(model.Div, x, y) }
func lt(x, y model.Expr) model.Expr              { return bin(model.Lt, x, y) }
func gt(x, y model.Expr) model.Expr              { return bin(model.Gt, x, y) }

func call(f model.Func, args ...model.Expr) model.Expr { return &model.Call{Fn: f, Args: args} }
func choose(c, x, y model.Expr) model.Expr             { return &model.Select{Cond: c, Then: x, Else: y} }

// atLeast is x < lo ? lo : x, the flag min.
func atLeast(x, lo model.Expr) model.Expr { return choose(lt(x, lo), lo, x) }

// atMost is x > hi ? hi : x, the flag max.
func atMost(x, hi model.Expr) model.Expr { return choose(gt(x, hi), hi, x) }

func sym(name string, k model.SymbolKind, t model.Type, l model.Locality) *model.Symbol {
	return &model.Symbol{Name: name, Kind: k, Type: t, Locality: l}
}

func set(s *model.Symbol, x model.Expr) model.Assign { return model.Assign{To: s, X: x} }
