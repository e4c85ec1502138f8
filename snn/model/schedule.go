package model

import (
	"slices"
	"strconv"
)

// schedule writes the new values of variables as assignments. Global ones come
// first, then those per postsynaptic neuron, then those per element; values
// that several expressions use, or that are the same for many elements, are
// computed once, in temporaries. roots are the variables in order.
func (g *graph) schedule(roots []*Symbol, values env) []Assign {
	saved := map[*Symbol]bool{} // variables whose old value is read after the new one is stored
	for {
		out := g.emit(roots, values, saved)
		late := g.readLate(out, saved)
		if len(late) == 0 {
			renumber(out)
			return out
		}
		for s := range late {
			saved[s] = true
		}
	}
}

// readLate returns the variables whose old value is read after their assignment.
func (g *graph) readLate(out []Assign, saved map[*Symbol]bool) map[*Symbol]bool {
	late := map[*Symbol]bool{}
	stored := map[Expr]bool{} // *Ref of the old values that are gone
	for _, a := range out {
		var walk func(Expr)
		walk = func(e Expr) {
			if r, ok := e.(*Ref); ok && stored[r] && !saved[r.Sym] {
				late[r.Sym] = true
			}
			for _, k := range children(e) {
				walk(k)
			}
		}
		walk(a.X)
		if a.To.Kind == Var {
			stored[g.ref(a.To)] = true
		}
	}
	return late
}

func (g *graph) emit(roots []*Symbol, values env, saved map[*Symbol]bool) []Assign {
	uses := map[Expr]int{}
	var count func(Expr)
	count = func(e Expr) {
		uses[e]++
		if uses[e] > 1 {
			return
		}
		for _, k := range children(e) {
			count(k)
		}
	}
	for _, s := range roots {
		count(values[s])
	}

	var out []Assign
	holder := map[Expr]*Symbol{}
	store := func(e Expr, to *Symbol, x Expr) {
		out = append(out, Assign{To: to, X: x})
		holder[e] = to
	}
	temp := func(e Expr, loc Locality) *Symbol { return &Symbol{Kind: Temp, Type: e.Type(), Locality: loc} }
	for _, s := range roots {
		if saved[s] {
			r := g.ref(s)
			store(r, temp(r, s.Locality), &Ref{s})
		}
	}

	var tree func(e Expr) Expr // rebuilds e from leaves and temporaries
	var operand func(e Expr, loc Locality) Expr
	operand = func(e Expr, loc Locality) Expr {
		if s := holder[e]; s != nil {
			return &Ref{s}
		}
		switch e.(type) {
		case *Const, *Ref:
			return e
		}
		own := g.locality(e)
		_, draw := e.(*Rand)
		if draw || uses[e] > 1 || own < loc {
			x := tree(e)
			s := temp(e, own)
			store(e, s, x)
			return &Ref{s}
		}
		return tree(e)
	}
	tree = func(e Expr) Expr {
		loc := g.locality(e)
		switch e := e.(type) {
		case *Unary:
			return &Unary{e.Op, operand(e.X, loc)}
		case *Binary:
			x := operand(e.X, loc)
			return &Binary{e.Op, x, operand(e.Y, loc)}
		case *Call:
			args := make([]Expr, len(e.Args))
			for i, a := range e.Args {
				args[i] = operand(a, loc)
			}
			return &Call{e.Fn, args}
		case *Select:
			c := operand(e.Cond, loc)
			x := operand(e.Then, loc)
			return &Select{c, x, operand(e.Else, loc)}
		case *Rand:
			args := make([]Expr, len(e.Args))
			for i, a := range e.Args {
				args[i] = operand(a, loc)
			}
			return &Rand{e.Dist, args, e.Stream, e.Fixed}
		}
		return e
	}
	for _, s := range roots {
		e := values[s]
		if holder[e] == nil && g.locality(e) == s.Locality && !isLeaf(e) {
			store(e, s, tree(e))
			continue
		}
		out = append(out, Assign{To: s, X: operand(e, s.Locality)})
	}
	slices.SortStableFunc(out, func(a, b Assign) int { return int(a.To.Locality) - int(b.To.Locality) })
	return out
}

func isLeaf(e Expr) bool {
	switch e.(type) {
	case *Const, *Ref:
		return true
	}
	return false
}

// renumber names temporaries in the order of the step.
func renumber(out []Assign) {
	n := 0
	for _, a := range out {
		if a.To.Kind == Temp {
			n++
			a.To.Name = "_" + strconv.Itoa(n)
		}
	}
}

// zeroWhen finds the symbols of postsynaptic neurons that, being 0, keep every
// local variable from changing: each new value is the old one plus or minus a
// product with the symbol, under bounds.
func (g *graph) zeroWhen(candidates, roots []*Symbol, values env) []*Symbol {
	var out []*Symbol
next:
	for _, s := range candidates {
		if s.Kind != PostVar && s.Kind != PostSum && s.Kind != PreVar && s.Kind != PreSum {
			continue
		}
		any := false
		for _, v := range roots {
			if v.Locality != Local {
				continue
			}
			any = true
			if !g.unchanged(values[v], v, s) {
				continue next
			}
		}
		if any {
			out = append(out, s)
		}
	}
	return out
}

// unchanged tells whether e is the old value of v whenever s is 0 and v is within its bounds.
func (g *graph) unchanged(e Expr, v, s *Symbol) bool {
	switch e := e.(type) {
	case *Ref:
		return e.Sym == v
	case *Binary:
		switch e.Op {
		case Add:
			return g.unchanged(e.X, v, s) && g.vanishes(e.Y, s) || g.vanishes(e.X, s) && g.unchanged(e.Y, v, s)
		case Sub:
			return g.unchanged(e.X, v, s) && g.vanishes(e.Y, s)
		}
	case *Select: // a bound: if x < low: low else: x, where low does not change with this step
		if c, ok := e.Cond.(*Binary); ok && (c.Op == Lt || c.Op == Gt) && c.X == e.Else && c.Y == e.Then {
			for x := range g.symbols(e.Then) {
				if x.Kind != Param {
					return false
				}
			}
			return g.unchanged(e.Else, v, s)
		}
	}
	return false
}

// vanishes tells whether e is exactly 0 whenever s is and all else is finite.
func (g *graph) vanishes(e Expr, s *Symbol) bool {
	if !g.mentions(e, s) {
		v, ok := constOf(e)
		return ok && v == 0
	}
	switch e := e.(type) {
	case *Ref:
		return e.Sym == s
	case *Unary:
		return e.Op == Neg && g.vanishes(e.X, s)
	case *Binary:
		switch e.Op {
		case Mul:
			return g.vanishes(e.X, s) || g.vanishes(e.Y, s)
		case Div:
			for d := range g.symbols(e.Y) { // 0/0 is no zero
				if d.Kind != Param && d.Kind != Dt {
					return false
				}
			}
			return g.vanishes(e.X, s)
		case Add, Sub:
			return g.vanishes(e.X, s) && g.vanishes(e.Y, s)
		}
	case *Select:
		return g.vanishes(e.Then, s) && g.vanishes(e.Else, s)
	}
	return false
}
