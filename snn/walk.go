package snn

import "github.com/spikebook/spikebook/snn/model"

// walk calls f once for an expression and for every part of it.
func walk(e model.Expr, f func(model.Expr)) { walkNew(e, f, map[model.Expr]bool{}) }

func walkNew(e model.Expr, f func(model.Expr), seen map[model.Expr]bool) {
	if e == nil || seen[e] {
		return
	}
	seen[e] = true
	f(e)
	for _, x := range parts(e) {
		walkNew(x, f, seen)
	}
}

func parts(e model.Expr) []model.Expr {
	switch e := e.(type) {
	case *model.Unary:
		return []model.Expr{e.X}
	case *model.Binary:
		return []model.Expr{e.X, e.Y}
	case *model.Call:
		return e.Args
	case *model.Select:
		return []model.Expr{e.Cond, e.Then, e.Else}
	case *model.Rand:
		return e.Args
	}
	return nil
}

// renumber shifts the streams of all draws in a body, so that models that are
// put into one operation draw from different streams. It returns the number of
// streams in use.
func renumber(body []model.Assign, base int) ([]model.Assign, int) {
	top := 0
	done := map[model.Expr]model.Expr{}
	var shift func(e model.Expr) model.Expr
	all := func(xs []model.Expr) []model.Expr {
		out := make([]model.Expr, len(xs))
		for i, x := range xs {
			out[i] = shift(x)
		}
		return out
	}
	shift = func(e model.Expr) model.Expr {
		if e == nil {
			return nil
		}
		if x, ok := done[e]; ok {
			return x
		}
		x := e
		switch e := e.(type) {
		case *model.Unary:
			x = &model.Unary{Op: e.Op, X: shift(e.X)}
		case *model.Binary:
			x = &model.Binary{Op: e.Op, X: shift(e.X), Y: shift(e.Y)}
		case *model.Call:
			x = &model.Call{Fn: e.Fn, Args: all(e.Args)}
		case *model.Select:
			x = &model.Select{Cond: shift(e.Cond), Then: shift(e.Then), Else: shift(e.Else)}
		case *model.Rand:
			top = max(top, e.Stream+1)
			x = &model.Rand{Dist: e.Dist, Args: all(e.Args), Stream: e.Stream + base, Fixed: e.Fixed}
		}
		done[e] = x
		return x
	}
	out := make([]model.Assign, len(body))
	for i, a := range body {
		out[i] = model.Assign{To: a.To, X: shift(a.X), Delay: shift(a.Delay)}
	}
	return out, top
}
