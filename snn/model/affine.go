package model

// linear is an expression split in one symbol s: coef·s + rest. nil is 0.
type linear struct{ coef, rest Expr }

// notLinear tells which term of an expression is not affine in the symbol.
type notLinear struct {
	term Expr
	why  string
}

// split writes e as coef·s + rest. Both parts are free of s.
func (g *graph) split(e Expr, s *Symbol) (linear, *notLinear) {
	memo := map[Expr]linear{}
	var walk func(Expr) (linear, *notLinear)
	walk = func(e Expr) (linear, *notLinear) {
		if l, ok := memo[e]; ok {
			return l, nil
		}
		l, bad := g.splitOne(e, s, walk)
		if bad == nil {
			memo[e] = l
		}
		return l, bad
	}
	return walk(e)
}

func (g *graph) splitOne(e Expr, s *Symbol, walk func(Expr) (linear, *notLinear)) (linear, *notLinear) {
	if e == nil {
		return linear{}, nil
	}
	if !g.mentions(e, s) {
		return linear{nil, e}, nil
	}
	switch e := e.(type) {
	case *Ref:
		return linear{g.num(1), nil}, nil
	case *Unary:
		if e.Op != Neg {
			break
		}
		x, bad := walk(e.X)
		return linear{g.negateOpt(x.coef), g.negateOpt(x.rest)}, bad
	case *Binary:
		if e.Op > Div || e.Op < Add {
			break
		}
		switch e.Op {
		case Mul:
			if g.mentions(e.X, s) && g.mentions(e.Y, s) {
				return linear{}, &notLinear{e, "is a product of two terms with it"}
			}
		case Div:
			if g.mentions(e.Y, s) {
				return linear{}, &notLinear{e, "has it in a denominator"}
			}
		}
		x, bad := walk(e.X)
		if bad != nil {
			return linear{}, bad
		}
		y, bad := walk(e.Y)
		if bad != nil {
			return linear{}, bad
		}
		switch e.Op {
		case Add:
			return linear{g.addOpt(x.coef, y.coef), g.addOpt(x.rest, y.rest)}, nil
		case Sub:
			return linear{g.subOpt(x.coef, y.coef), g.subOpt(x.rest, y.rest)}, nil
		case Mul:
			return linear{g.mulOpt(x, y, true), g.mulOpt(x, y, false)}, nil
		}
		return linear{g.divOpt(x.coef, e.Y), g.divOpt(x.rest, e.Y)}, nil
	case *Select:
		if g.mentions(e.Cond, s) {
			return linear{}, &notLinear{e, "has it in a condition"}
		}
		x, bad := walk(e.Then)
		if bad != nil {
			return linear{}, bad
		}
		y, bad := walk(e.Else)
		if bad != nil {
			return linear{}, bad
		}
		return linear{g.chooseOpt(e.Cond, x.coef, y.coef), g.chooseOpt(e.Cond, x.rest, y.rest)}, nil
	case *Call:
		return linear{}, &notLinear{e, "has it inside " + funcNames[e.Fn]}
	case *Rand:
		return linear{}, &notLinear{e, "has it inside a random draw"}
	}
	return linear{}, &notLinear{e, "is not linear in it"}
}

func (g *graph) orZero(e Expr) Expr {
	if e == nil {
		return g.num(0)
	}
	return e
}

func (g *graph) negateOpt(x Expr) Expr {
	if x == nil {
		return nil
	}
	return g.negate(x)
}

func (g *graph) addOpt(x, y Expr) Expr {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	if u, ok := y.(*Unary); ok && u.Op == Neg {
		return g.sub(x, u.X)
	}
	return g.add(x, y)
}

func (g *graph) subOpt(x, y Expr) Expr {
	if y == nil {
		return x
	}
	if x == nil {
		return g.negate(y)
	}
	return g.sub(x, y)
}

func (g *graph) divOpt(x, y Expr) Expr {
	if x == nil {
		return nil
	}
	return g.div(x, y)
}

// mulOpt multiplies a split factor with one that is free of the symbol, the
// order of the factors kept.
func (g *graph) mulOpt(x, y linear, coef bool) Expr {
	if x.coef != nil { // y is free
		if y.rest == nil {
			return nil
		}
		part := x.rest
		if coef {
			part = x.coef
		}
		if part == nil {
			return nil
		}
		return g.mul(part, y.rest)
	}
	part := y.rest
	if coef {
		part = y.coef
	}
	if part == nil || x.rest == nil {
		return nil
	}
	return g.mul(x.rest, part)
}

func (g *graph) chooseOpt(c, x, y Expr) Expr {
	if x == nil && y == nil {
		return nil
	}
	return g.choose(c, g.orZero(x), g.orZero(y))
}
