package model

// Substitute rebuilds an expression with others in place of symbols. Parts that
// do not change are kept, and parts that are shared stay shared. The result is
// not simplified: a backend computes it operation by operation, as before.
func Substitute(e Expr, with map[*Symbol]Expr) Expr {
	return substituter{with, map[Expr]Expr{}}.expr(e)
}

// SubstituteAll is [Substitute] for every value and delay of a body. What is
// assigned to stays as it is. The body itself is not changed.
func SubstituteAll(body []Assign, with map[*Symbol]Expr) []Assign {
	return substituter{with, map[Expr]Expr{}}.all(body)
}

// ReplaceAll is statements in which expressions are those that with gives for them;
// nil keeps one, with its parts replaced.
func ReplaceAll(body []Assign, with func(Expr) Expr) []Assign {
	memo := map[Expr]Expr{}
	var find func(e Expr)
	seen := map[Expr]bool{}
	find = func(e Expr) {
		if seen[e] {
			return
		}
		seen[e] = true
		if x := with(e); x != nil {
			memo[e] = x
			return
		}
		for _, part := range children(e) {
			find(part)
		}
	}
	for _, a := range body {
		for _, x := range []Expr{a.X, a.Delay} {
			if x != nil {
				find(x)
			}
		}
	}
	return substituter{nil, memo}.all(body)
}

func (s substituter) all(body []Assign) []Assign {
	out := make([]Assign, len(body))
	for i, a := range body {
		out[i] = Assign{To: a.To, X: s.expr(a.X)}
		if a.Delay != nil {
			out[i].Delay = s.expr(a.Delay)
		}
	}
	return out
}

type substituter struct {
	with map[*Symbol]Expr
	memo map[Expr]Expr
}

func (s substituter) expr(e Expr) Expr {
	if e == nil {
		return nil
	}
	if r, ok := s.memo[e]; ok {
		return r
	}
	r := s.rebuild(e)
	s.memo[e] = r
	return r
}

func (s substituter) rebuild(e Expr) Expr {
	switch e := e.(type) {
	case *Ref:
		if x, ok := s.with[e.Sym]; ok {
			return x
		}
	case *Unary:
		if x := s.expr(e.X); x != e.X {
			return &Unary{e.Op, x}
		}
	case *Binary:
		if x, y := s.expr(e.X), s.expr(e.Y); x != e.X || y != e.Y {
			return &Binary{e.Op, x, y}
		}
	case *Call:
		if args, changed := s.list(e.Args); changed {
			return &Call{e.Fn, args}
		}
	case *Select:
		c, x, y := s.expr(e.Cond), s.expr(e.Then), s.expr(e.Else)
		if c != e.Cond || x != e.Then || y != e.Else {
			return &Select{c, x, y}
		}
	case *Rand:
		if args, changed := s.list(e.Args); changed {
			return &Rand{e.Dist, args, e.Stream, e.Fixed}
		}
	}
	return e
}

func (s substituter) list(args []Expr) (out []Expr, changed bool) {
	out = make([]Expr, len(args))
	for i, a := range args {
		out[i] = s.expr(a)
		changed = changed || out[i] != a
	}
	return out, changed
}
