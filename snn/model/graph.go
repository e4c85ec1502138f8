package model

import "math"

// graph builds expressions so that equal ones are one object: common
// subexpressions are found by the pointer. Constants are folded in float64,
// small whole powers become products, and nothing else is rearranged.
type graph struct {
	nodes map[nodeKey]Expr
	refs  map[*Symbol]*Ref
	loc   map[Expr]Locality
	rands map[*Rand]Locality // of the variable that a draw belongs to
	reads map[Expr]map[*Symbol]bool
	sizes map[Expr]int
	step  func() *Symbol // StepNow, in spiking models
}

type nodeKey struct {
	op      uint8 // kind × operator
	sub     uint8
	t       Type
	bits    uint64
	x, y, z Expr
}

func newGraph() *graph {
	return &graph{nodes: map[nodeKey]Expr{}, refs: map[*Symbol]*Ref{}, loc: map[Expr]Locality{}, rands: map[*Rand]Locality{}, reads: map[Expr]map[*Symbol]bool{}, sizes: map[Expr]int{}}
}

func (g *graph) intern(k nodeKey, make func() Expr) Expr {
	if e, ok := g.nodes[k]; ok {
		return e
	}
	e := make()
	g.nodes[k] = e
	return e
}

func (g *graph) constant(v float64, t Type) Expr {
	return g.intern(nodeKey{op: 1, t: t, bits: math.Float64bits(v)}, func() Expr { return &Const{v, t} })
}

func (g *graph) num(v float64) Expr { return g.constant(v, Float) }

func (g *graph) ref(s *Symbol) Expr {
	r, ok := g.refs[s]
	if !ok {
		r = &Ref{s}
		g.refs[s] = r
	}
	return r
}

func constOf(e Expr) (float64, bool) {
	k, ok := e.(*Const)
	if !ok {
		return 0, false
	}
	return k.V, true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (g *graph) unary(op Op, x Expr) Expr {
	if v, ok := constOf(x); ok {
		if op == Neg {
			return g.constant(-v, x.Type())
		}
		return g.constant(1-v, Bool)
	}
	if u, ok := x.(*Unary); ok && u.Op == op {
		return u.X
	}
	return g.intern(nodeKey{op: 2, sub: uint8(op), x: x}, func() Expr { return &Unary{op, x} })
}

func (g *graph) binary(op Op, x, y Expr) Expr {
	a, xc := constOf(x)
	b, yc := constOf(y)
	whole := g.step != nil && x.Type() == Int && op <= Mul // counters of loops
	if xc && yc && (x.Type() == Float || op >= Lt || whole) {
		if v := evalBinary(op, a, b); finite(v) && (!whole || math.Abs(v) < 1<<53) {
			t := x.Type()
			if op >= Lt {
				t = Bool
			}
			return g.constant(v, t)
		}
	}
	switch { // exact for every value, NaN and −0 included
	case op == Mul && xc && a == 1:
		return y
	case (op == Mul || op == Div) && yc && b == 1:
		return x
	case op == Sub && yc && b == 0 && !math.Signbit(b):
		return x
	}
	if e := g.elapsed(op, x, y); e != nil {
		return e
	}
	return g.intern(nodeKey{op: 3, sub: uint8(op), x: x, y: y}, func() Expr { return &Binary{op, x, y} })
}

// elapsed takes differences and comparisons of spike times in steps, where
// they are exact: t − st is float(step − last step)·dt. It returns nil for
// anything else.
func (g *graph) elapsed(op Op, x, y Expr) Expr {
	if op == Add || op == Mul || op == Div || op == And || op == Or {
		return nil
	}
	a, dt, spikeX := g.stepOf(x)
	b, dt2, spikeY := g.stepOf(y)
	if a == nil || b == nil || !spikeX && !spikeY {
		return nil
	}
	if dt == nil {
		dt = dt2
	}
	if op != Sub {
		return g.binary(op, a, b)
	}
	return g.mul(g.call(ToFloat, []Expr{g.binary(Sub, a, b)}), dt)
}

// stepOf is the step of a time, when e is t or the time of a spike, and dt if it is known.
func (g *graph) stepOf(e Expr) (step, dt Expr, spike bool) {
	if r, ok := e.(*Ref); ok && r.Sym.Kind == Time && g.step != nil {
		return g.ref(g.step()), nil, false
	}
	m, ok := e.(*Binary)
	if !ok || m.Op != Mul {
		return nil, nil, false
	}
	f, ok := m.X.(*Call)
	if !ok || f.Fn != ToFloat {
		return nil, nil, false
	}
	last, ok := f.Args[0].(*Ref)
	d, isDt := m.Y.(*Ref)
	if !ok || !isDt || last.Sym.Kind != LastSpike || d.Sym.Kind != Dt {
		return nil, nil, false
	}
	return last, m.Y, true
}

func (g *graph) add(x, y Expr) Expr { return g.binary(Add, x, y) }
func (g *graph) sub(x, y Expr) Expr { return g.binary(Sub, x, y) }
func (g *graph) mul(x, y Expr) Expr { return g.binary(Mul, x, y) }
func (g *graph) div(x, y Expr) Expr { return g.binary(Div, x, y) }

// negate is −x, with the sign moved inside where that is exact.
func (g *graph) negate(x Expr) Expr {
	switch e := x.(type) {
	case *Binary:
		switch e.Op {
		case Sub:
			return g.sub(e.Y, e.X)
		case Add:
			if u, ok := e.X.(*Unary); ok && u.Op == Neg {
				return g.sub(u.X, e.Y)
			}
			if u, ok := e.Y.(*Unary); ok && u.Op == Neg {
				return g.sub(u.X, e.X)
			}
		case Mul, Div:
			if u, ok := e.X.(*Unary); ok && u.Op == Neg {
				return g.binary(e.Op, u.X, e.Y)
			}
			if v, ok := constOf(e.X); ok {
				return g.binary(e.Op, g.num(-v), e.Y)
			}
		}
	}
	return g.unary(Neg, x)
}

func (g *graph) call(fn Func, args []Expr) Expr {
	if fn == Pow {
		if e := g.power(args[0], args[1]); e != nil {
			return e
		}
	}
	if fn == ToFloat {
		if c, ok := args[0].(*Call); ok && c.Fn == ToInt {
			if b, ok := c.Args[0].(*Call); ok && b.Fn == ToFloat && b.Args[0].Type() == Bool {
				return b // 0 or 1: whole already
			}
		}
	}
	v, all := make([]float64, len(args)), true
	for i, a := range args {
		var ok bool
		v[i], ok = constOf(a)
		all = all && ok
	}
	if all && foldable[fn] {
		if r := evalCall(fn, v); finite(r) {
			return g.constant(r, (&Call{fn, args}).Type())
		}
	}
	k := nodeKey{op: 4, sub: uint8(fn), x: args[0]}
	if len(args) > 1 {
		k.y = args[1]
	}
	return g.intern(k, func() Expr { return &Call{fn, args} })
}

// foldable are the functions that every backend computes exactly as Go does;
// the others would differ from the backends' own polynomials in the last bit.
var foldable = map[Func]bool{
	Sqrt: true, Abs: true, Floor: true, Ceil: true, Sign: true, Min: true, Max: true,
	IsNaN: true, IsFinite: true, ToFloat: true,
}

// power writes small whole powers as products: x^2 is x·x, x^4 is (x·x)·(x·x).
func (g *graph) power(x, n Expr) Expr {
	v, ok := constOf(n)
	if !ok {
		if u, isNeg := n.(*Unary); isNeg && u.Op == Neg {
			v, ok = constOf(u.X)
			v = -v
		}
	}
	if !ok {
		return nil
	}
	switch {
	case v == 0.5:
		return g.call(Sqrt, []Expr{x})
	case v != math.Trunc(v) || math.Abs(v) > 16:
		return nil
	case v == 0:
		return g.num(1)
	case v < 0:
		return g.div(g.num(1), g.product(x, int(-v)))
	}
	return g.product(x, int(v))
}

func (g *graph) product(x Expr, n int) Expr {
	if n == 1 {
		return x
	}
	half := g.product(x, n/2)
	p := g.mul(half, half)
	if n%2 == 1 {
		p = g.mul(p, x)
	}
	return p
}

func (g *graph) choose(c, x, y Expr) Expr {
	if v, ok := constOf(c); ok {
		if v != 0 {
			return x
		}
		return y
	}
	if g.step != nil { // code asks the same condition again and again
		if k, ok := x.(*Select); ok && k.Cond == c {
			x = k.Then
		}
		if k, ok := y.(*Select); ok && k.Cond == c {
			y = k.Else
		}
	}
	if x == y {
		return x
	}
	return g.intern(nodeKey{op: 5, x: c, y: x, z: y}, func() Expr { return &Select{c, x, y} })
}

// bounded applies a variable's bounds: min first, then max.
func (g *graph) bounded(x, low, high Expr) Expr {
	if low != nil {
		x = g.choose(g.binary(Lt, x, low), low, x)
	}
	if high != nil {
		x = g.choose(g.binary(Gt, x, high), high, x)
	}
	return x
}

// env gives variables their values at some moment of the step.
type env map[*Symbol]Expr

// substitute rebuilds e with the values of env in place of variables. where
// follows the expressions, when given.
func (g *graph) substitute(e Expr, values env, where map[Expr]*node) Expr {
	memo := map[Expr]Expr{}
	var walk func(Expr) Expr
	walk = func(e Expr) Expr {
		if r, ok := memo[e]; ok {
			return r
		}
		var r Expr
		switch e := e.(type) {
		case *Const:
			r = g.constant(e.V, e.T)
		case *Ref:
			if v, ok := values[e.Sym]; ok {
				r = v
			} else {
				r = g.ref(e.Sym)
			}
		case *Unary:
			r = g.unary(e.Op, walk(e.X))
		case *Binary:
			r = g.binary(e.Op, walk(e.X), walk(e.Y))
		case *Call:
			args := make([]Expr, len(e.Args))
			for i, a := range e.Args {
				args[i] = walk(a)
			}
			r = g.call(e.Fn, args)
		case *Select:
			r = g.choose(walk(e.Cond), walk(e.Then), walk(e.Else))
		case *Rand:
			args := make([]Expr, len(e.Args))
			same := true
			for i, a := range e.Args {
				args[i] = walk(a)
				same = same && args[i] == a
			}
			r = e
			if !same { // one stream, one draw: keep one object for equal arguments
				k := nodeKey{op: 6, sub: uint8(e.Dist), bits: uint64(e.Stream)}
				k.x = args[0]
				if len(args) > 1 {
					k.y = args[1]
				}
				r = g.intern(k, func() Expr {
					n := &Rand{e.Dist, args, e.Stream, e.Fixed}
					g.rands[n] = g.rands[e]
					return n
				})
			}
		}
		memo[e] = r
		if where != nil {
			if n := where[e]; n != nil && where[r] == nil {
				where[r] = n
			}
		}
		return r
	}
	return walk(e)
}

// locality of an interned expression, a draw counted where it belongs.
func (g *graph) locality(e Expr) Locality {
	if l, ok := g.loc[e]; ok {
		return l
	}
	l := Global
	switch e := e.(type) {
	case *Ref:
		l = e.Sym.Locality
		if l == PerPre { // beside PerPost: its neurons' other variables are Local
			l = Local
		}
	case *Rand:
		l = g.rands[e]
	}
	for _, k := range children(e) {
		l = max(l, g.locality(k))
	}
	g.loc[e] = l
	return l
}

// symbols are those that e reads. The map is shared: do not change it.
func (g *graph) symbols(e Expr) map[*Symbol]bool {
	if e == nil {
		return nil
	}
	if m, ok := g.reads[e]; ok {
		return m
	}
	var m map[*Symbol]bool
	if r, ok := e.(*Ref); ok {
		m = map[*Symbol]bool{r.Sym: true}
	} else {
		for _, k := range children(e) {
			s := g.symbols(k)
			if len(m) == 0 {
				m = s
				continue
			}
			if subset(s, m) {
				continue
			}
			union := make(map[*Symbol]bool, len(m)+len(s))
			for x := range m {
				union[x] = true
			}
			for x := range s {
				union[x] = true
			}
			m = union
		}
	}
	g.reads[e] = m
	return m
}

func subset(a, b map[*Symbol]bool) bool {
	for s := range a {
		if !b[s] {
			return false
		}
	}
	return true
}

func (g *graph) mentions(e Expr, s *Symbol) bool { return g.symbols(e)[s] }

// treeSize counts the nodes of an expression as a tree, up to 2³⁰.
func (g *graph) treeSize(e Expr) int {
	if n, ok := g.sizes[e]; ok {
		return n
	}
	n := 1
	for _, k := range children(e) {
		n = min(n+g.treeSize(k), 1<<30)
	}
	g.sizes[e] = n
	return n
}
