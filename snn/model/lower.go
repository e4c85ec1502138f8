package model

import "sort"

// maxImplicit is the largest system that is solved by written-out elimination.
const maxImplicit = 8

// maxExact is the largest system whose matrix exponential is computed: its
// factors are up to maxExact² values.
const maxExact = 32

// run goes through the equations in order and follows the values of the
// variables. Consecutive equations with derivatives form a block: all right
// sides are computed from the values before the block.
func (l *lowering) run(eqs []*equation) {
	var implicit []*equation
	for _, eq := range eqs {
		if eq.ode && eq.method == "implicit" {
			implicit = append(implicit, eq)
		}
	}
	solved := false
	for i := 0; i < len(eqs); {
		if !eqs[i].ode {
			eq := eqs[i]
			l.commit(eq.sym, l.g.substitute(eq.value, l.values, nil))
			i++
			continue
		}
		var block []*equation
		for ; i < len(eqs) && eqs[i].ode; i++ {
			if eqs[i].method != "implicit" {
				block = append(block, eqs[i])
			} else if !solved {
				// All implicit equations of a model are one system, solved where the first stands.
				block = append(block, implicit...)
				solved = true
			}
		}
		l.block(block)
	}
}

// commit stores a new value and applies the variable's bounds.
func (l *lowering) commit(s *Symbol, x Expr) {
	if _, ok := l.values[s]; !ok {
		l.touched = append(l.touched, s)
	}
	l.values[s] = x
	b := l.bounds[s] // a bound may read the variable itself: max sees it after min
	if b.low != nil {
		x = l.g.bounded(x, l.g.substitute(b.low, l.values, nil), nil)
		l.values[s] = x
	}
	if b.high != nil {
		l.values[s] = l.g.bounded(x, nil, l.g.substitute(b.high, l.values, nil))
	}
}

// block advances the equations of a block by one step.
func (l *lowering) block(block []*equation) {
	next := env{}
	ok := true
	systems := l.systems(block)
	if l.c.spk != nil {
		systems = byMethod(systems)
	}
	for _, system := range systems {
		for _, eq := range system[1:] {
			if eq.method != system[0].method {
				l.c.fail(statementNode(eq), "give both the same method, or put an assignment between them",
					"%s and %s are coupled but have different methods, %s and %s", system[0].sym.Name, eq.sym.Name, system[0].method, eq.method)
				ok = false
			}
		}
		if ok && !l.advance(system, next) {
			ok = false
		}
	}
	if !ok {
		return
	}
	before := make(env, len(l.values))
	for s, x := range l.values {
		before[s] = x
	}
	for _, eq := range block {
		l.commit(eq.sym, l.g.substitute(next[eq.sym], before, nil))
	}
}

// byMethod cuts systems into parts of one method; a part holds the variables of
// the others over the step.
func byMethod(systems [][]*equation) [][]*equation {
	var out [][]*equation
	for _, system := range systems {
		at := map[string]int{}
		for _, eq := range system {
			i, ok := at[eq.method]
			if !ok {
				i = len(out)
				at[eq.method] = i
				out = append(out, nil)
			}
			out[i] = append(out[i], eq)
		}
	}
	return out
}

func statementNode(eq *equation) *node {
	return &node{pos: eq.st.pos, start: eq.st.start, end: eq.st.end}
}

// systems groups the equations of a block that read each other's variables,
// the order of declaration kept.
func (l *lowering) systems(block []*equation) [][]*equation {
	group := make([]int, len(block))
	for i := range group {
		group[i] = i
	}
	for i, a := range block {
		for j, b := range block {
			if i != j && (l.reads(a, b.sym) || a.method == "implicit" && b.method == "implicit") && group[i] != group[j] {
				from, to := max(group[i], group[j]), min(group[i], group[j])
				for k := range group {
					if group[k] == from {
						group[k] = to
					}
				}
			}
		}
	}
	var out [][]*equation
	for i := range block {
		var system []*equation
		for k := range block {
			if group[k] == i {
				system = append(system, block[k])
			}
		}
		if system != nil {
			out = append(out, system)
		}
	}
	return out
}

func (l *lowering) reads(eq *equation, s *Symbol) bool {
	g := l.g
	if g.mentions(eq.num, s) || g.mentions(eq.den, s) {
		return true
	}
	for _, n := range eq.noise {
		if g.mentions(n.coef, s) {
			return true
		}
	}
	return false
}

// advance computes the values of a system after one step, as expressions of
// the values before it, by the system's method.
func (l *lowering) advance(system []*equation, next env) bool {
	method := system[0].method
	noisy := false
	for _, eq := range system {
		if len(eq.noise) > 0 {
			noisy = true
			if method != "euler" && method != "heun" && method != "milstein" {
				l.c.fail(statementNode(eq), "use euler for additive noise, heun or milstein for multiplicative noise", "method %s cannot integrate white noise", method)
				return false
			}
		}
	}
	switch method {
	case "euler":
		return l.euler(system, next)
	case "heun", "milstein":
		if !noisy {
			l.c.fail(statementNode(system[0]), "use midpoint or rk4", "method %s is for equations with white noise xi, but %s has none", method, system[0].sym.Name)
			return false
		}
		if method == "heun" {
			l.heun(system, next)
			return true
		}
		return l.milstein(system, next)
	case "exponential", "semiimplicit":
		return l.exponential(system, next)
	case "midpoint":
		l.midpoint(system, next)
	case "rk4":
		l.rk4(system, next)
	case "implicit":
		return l.implicit(system, next)
	case "exact":
		return l.exact(system, next)
	}
	return true
}

func (l *lowering) dt() Expr {
	return l.g.ref(l.c.other("dt", func() *Symbol { return &Symbol{Name: "dt", Kind: Dt} }))
}

// gain is dt/den: computed once a step when den is one number.
func (l *lowering) gain(eq *equation) Expr { return l.g.div(l.dt(), eq.den) }

// slope is dt·f at the values of at (nil: before the step).
func (l *lowering) slope(eq *equation, at env) Expr {
	num, den := eq.num, eq.den
	if at != nil {
		num, den = l.g.substitute(num, at, nil), l.g.substitute(den, at, nil)
	}
	return l.g.mul(l.g.div(l.dt(), den), num)
}

// model puts the result together.
func (l *lowering) model(eqs []*equation, psp Expr) *Model {
	c, g := l.c, l.g
	m := &Model{Source: c.src, PSP: psp, Derived: l.derived}
	var roots []*Symbol
	for _, s := range l.touched {
		if l.values[s] != g.ref(s) {
			roots = append(roots, s)
		}
	}
	m.Step = g.schedule(roots, l.values)
	m.ZeroWhen = g.zeroWhen(c.mention, roots, l.values)
	m.Symbols = append(append(m.Symbols, c.order...), c.varOrder...)
	for _, s := range c.mention {
		if s.Kind != Temp {
			m.Symbols = append(m.Symbols, s)
		}
	}
	for _, d := range l.derived {
		m.Symbols = append(m.Symbols, d.Out...)
	}
	for _, eq := range eqs {
		b := l.bounds[eq.sym]
		e := Equation{
			Text: c.equations.slice(eq.st.start, eq.st.end), Var: eq.sym, ODE: eq.ode, Op: eq.st.op,
			Left: eq.left, Right: eq.right, Method: eq.method, Min: b.low, Max: b.high,
		}
		if eq.ode {
			f := eq.num
			for _, n := range eq.noise {
				f = g.add(f, g.mul(n.coef, g.ref(n.xi)))
			}
			e.F = g.div(f, eq.den)
		}
		m.Equations = append(m.Equations, e)
	}
	return m
}

// variable returns the symbols of e that are not parameters or dt, sorted by name.
func (l *lowering) variable(e Expr) []*Symbol {
	var out []*Symbol
	for s := range l.g.symbols(e) {
		if s.Kind != Param && s.Kind != Dt {
			out = append(out, s)
		}
	}
	sort.Slice(out, func(i, j int) bool { return symbolText(out[i]) < symbolText(out[j]) })
	return out
}
