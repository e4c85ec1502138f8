package model

import "strconv"

// constantPrefix starts the names of values made of parameters and dt.
const constantPrefix = "_c"

// derive takes what is made of parameters and dt alone out of a body: Go
// computes it in float64 whenever a parameter changes. inside also takes dt
// itself, which a body that is done several times in a step would see cut.
func (s *spiking) derive(values []Assign, inside bool) []Assign {
	if s.constants == nil {
		s.constants = map[Expr]*Symbol{}
	}
	d := deriver{s, map[Expr]Expr{}, inside}
	out := make([]Assign, len(values))
	for i, a := range values {
		out[i] = Assign{To: a.To, X: d.expr(a.X)}
		if a.Delay != nil {
			out[i].Delay = d.expr(a.Delay)
		}
	}
	return out
}

type deriver struct {
	s      *spiking
	memo   map[Expr]Expr
	inside bool
}

func (d *deriver) expr(e Expr) Expr {
	if r, ok := d.memo[e]; ok {
		return r
	}
	r := d.rebuild(e)
	d.memo[e] = r
	return r
}

// derivable tells whether an expression is worth a value of its own.
func (d *deriver) derivable(e Expr) bool {
	g := d.s.g
	switch e := e.(type) {
	case *Const:
		return false
	case *Ref:
		return d.inside && e.Sym.Kind == Dt
	case *Unary:
		if isLeaf(e.X) {
			return false
		}
	}
	if e.Type() != Float {
		return false
	}
	for v := range g.symbols(e) {
		if v.Kind != Param && v.Kind != Dt {
			return false
		}
	}
	if g.treeSize(e) > maxNodes || contains(e, isDraw) { // computed as a tree
		return false
	}
	return g.locality(e) == Global || d.s.c.src.Kind != SpikingSynapse && contains(e, isCall)
}

func (d *deriver) rebuild(e Expr) Expr {
	s, g := d.s, d.s.g
	if d.derivable(e) {
		v := s.constants[e]
		if v == nil {
			v = &Symbol{Name: constantPrefix + strconv.Itoa(len(s.constants)+1), Kind: Derived, Locality: g.locality(e)}
			s.constants[e] = v
			s.l.derived = append(s.l.derived, Computed{In: []Expr{e}, Out: []*Symbol{v}, Compute: func(in, out []float64) { out[0] = in[0] }})
		}
		return g.ref(v)
	}
	list := func(in []Expr) []Expr {
		out := make([]Expr, len(in))
		for i, a := range in {
			out[i] = d.expr(a)
		}
		return out
	}
	switch e := e.(type) {
	case *Unary:
		return g.unary(e.Op, d.expr(e.X))
	case *Binary:
		return g.binary(e.Op, d.expr(e.X), d.expr(e.Y))
	case *Call:
		return g.call(e.Fn, list(e.Args))
	case *Select:
		return g.choose(d.expr(e.Cond), d.expr(e.Then), d.expr(e.Else))
	case *Rand:
		r := &Rand{e.Dist, list(e.Args), e.Stream, e.Fixed}
		g.rands[r] = g.rands[e]
		return r
	}
	return e
}
