package model

import "strconv"

// Every method writes x' as an expression of the values before the step. With
// dx/dt = num/den, dt·f is (dt/den)·num, so that dt/tau leaves the loop over
// the elements. t does not advance within a step.

// euler is x' = x + dt·f, plus coef·dW for additive noise, dW = √dt·N(0, 1).
func (l *lowering) euler(system []*equation, next env) bool {
	g := l.g
	for _, eq := range system {
		x := g.add(g.ref(eq.sym), l.slope(eq, nil))
		for _, n := range eq.noise {
			coef := g.div(n.coef, eq.den)
			for _, s := range l.variable(coef) {
				if s.Kind == Var {
					l.termFail(eq, &notLinear{n.coef, "depends on " + s.Name}, "use heun or milstein for noise that depends on a variable",
						"euler takes additive noise only, but the factor of %s varies", n.xi.Name)
					return false
				}
			}
			x = g.add(x, g.mul(g.mul(l.rootDt(), coef), l.normal(n.xi)))
		}
		next[eq.sym] = x
	}
	return true
}

func (l *lowering) rootDt() Expr { return l.g.call(Sqrt, []Expr{l.dt()}) }

// normal is the draw behind a white noise: one for every element and step. A
// noise that also drives a variable with fewer values than another is drawn
// once for those.
func (l *lowering) normal(xi *Symbol) Expr {
	r := l.noises[xi]
	if r == nil {
		r = l.c.newRand(NormalDist, []Expr{l.g.num(0), l.g.num(1)}).(*Rand)
		l.noises[xi] = r
		l.g.rands[r] = l.noiseLoc[xi]
	}
	return r
}

// exponential is x' = x + (1 − e^(−dt/τ))·(S − x) with f = A·x + B, τ = −1/A,
// S = −B/A; written with exprel(z) = (e^z − 1)/z it is x + dt·exprel(dt·A)·f,
// which holds for A = 0 too. semiimplicit is x' = x + dt·f/(1 − dt·A).
func (l *lowering) exponential(system []*equation, next env) bool {
	g := l.g
	for _, eq := range system {
		coef, ok := l.coefficient(eq, eq.sym, eq.num)
		if !ok {
			return false
		}
		gain := l.gain(eq)
		if coef != nil {
			hA := g.mul(gain, coef)
			if eq.method == "exponential" {
				gain = g.mul(gain, g.call(Exprel, []Expr{hA}))
			} else {
				gain = g.div(gain, g.sub(g.num(1), hA))
			}
		}
		next[eq.sym] = g.add(g.ref(eq.sym), g.mul(gain, eq.num))
	}
	return true
}

// coefficient is that of s in num, or false when num is not affine in s.
func (l *lowering) coefficient(eq *equation, s *Symbol, num Expr) (Expr, bool) {
	hint := "use euler, midpoint or rk4"
	if l.g.mentions(eq.den, s) {
		l.termFail(eq, &notLinear{eq.den, "stands in the denominator"}, hint, "method %s needs an equation that is linear in %s", eq.method, s.Name)
		return nil, false
	}
	parts, bad := l.g.split(num, s)
	if bad != nil {
		l.termFail(eq, bad, hint, "method %s needs an equation that is linear in %s", eq.method, s.Name)
		return nil, false
	}
	return parts.coef, true
}

// midpoint is k = f(x), x' = x + dt·f(x + dt·k/2), all variables of the system at their half step.
func (l *lowering) midpoint(system []*equation, next env) {
	half := l.stage(system, l.slopes(system, nil), 0.5)
	for _, eq := range system {
		next[eq.sym] = l.g.add(l.g.ref(eq.sym), l.slope(eq, half))
	}
}

// slopes are dt·f of every equation of the system.
func (l *lowering) slopes(system []*equation, at env) []Expr {
	out := make([]Expr, len(system))
	for i, eq := range system {
		out[i] = l.slope(eq, at)
	}
	return out
}

// stage are the values x + part·slope.
func (l *lowering) stage(system []*equation, slopes []Expr, part float64) env {
	out := env{}
	for i, eq := range system {
		out[eq.sym] = l.g.add(l.g.ref(eq.sym), l.g.mul(l.g.num(part), slopes[i]))
	}
	return out
}

// rk4 is the classical scheme, x' = x + dt/6·(k1 + 2k2 + 2k3 + k4).
func (l *lowering) rk4(system []*equation, next env) {
	g := l.g
	k1 := l.slopes(system, nil)
	k2 := l.slopes(system, l.stage(system, k1, 0.5))
	k3 := l.slopes(system, l.stage(system, k2, 0.5))
	k4 := l.slopes(system, l.stage(system, k3, 1))
	for i, eq := range system {
		middle := g.mul(g.num(2), g.add(k2[i], k3[i]))
		sum := g.add(g.add(k1[i], middle), k4[i])
		next[eq.sym] = g.add(g.ref(eq.sym), g.div(sum, g.num(6)))
	}
}

// matrix returns the coefficients of num in the variables of the system: num_i = Σ_j P[i][j]·x_j + …
func (l *lowering) matrix(system []*equation) ([][]Expr, bool) {
	out := make([][]Expr, len(system))
	for i, eq := range system {
		out[i] = make([]Expr, len(system))
		rest := eq.num
		for j, other := range system {
			if l.g.mentions(eq.den, other.sym) || rest != nil && l.g.mentions(rest, other.sym) {
				coef, ok := l.coefficient(eq, other.sym, rest)
				if !ok {
					return nil, false
				}
				for _, third := range system {
					if coef != nil && l.g.mentions(coef, third.sym) {
						l.termFail(eq, &notLinear{eq.num, "multiplies " + other.sym.Name + " and " + third.sym.Name}, "use euler, midpoint or rk4",
							"method %s needs equations that are linear in all variables of the system", eq.method)
						return nil, false
					}
				}
				out[i][j] = coef
				parts, _ := l.g.split(rest, other.sym)
				rest = parts.rest
			}
		}
	}
	return out, true
}

// implicit solves (x' − x)/dt = f(x') for the whole system by elimination,
// without exchanging rows, in the increments δ = x' − x:
//
//	δ_i − (dt/den_i)·Σ_j P[i][j]·δ_j = (dt/den_i)·num_i
func (l *lowering) implicit(system []*equation, next env) bool {
	g := l.g
	if len(system) > maxImplicit {
		l.c.fail(statementNode(system[0]), "use exact or exponential", "implicit solves at most %d equations together, the model has %d", maxImplicit, len(system))
		return false
	}
	p, ok := l.matrix(system)
	if !ok {
		return false
	}
	n := len(system)
	m := make([][]Expr, n)
	rhs := make([]Expr, n)
	for i, eq := range system {
		gain := l.gain(eq)
		rhs[i] = g.mul(gain, eq.num)
		m[i] = make([]Expr, n)
		for j := range system {
			if p[i][j] != nil {
				m[i][j] = g.negate(g.mul(gain, p[i][j]))
			}
		}
		m[i][i] = g.addOpt(g.num(1), m[i][i])
	}
	for k := range n {
		for i := k + 1; i < n; i++ {
			if m[i][k] == nil {
				continue
			}
			factor := g.div(m[i][k], m[k][k])
			for j := k + 1; j < n; j++ {
				if m[k][j] != nil {
					m[i][j] = g.subOpt(m[i][j], g.mul(factor, m[k][j]))
				}
			}
			rhs[i] = g.sub(rhs[i], g.mul(factor, rhs[k]))
		}
	}
	delta := make([]Expr, n)
	for i := n - 1; i >= 0; i-- {
		x := rhs[i]
		for j := i + 1; j < n; j++ {
			if m[i][j] != nil {
				x = g.sub(x, g.mul(m[i][j], delta[j]))
			}
		}
		delta[i] = g.div(x, m[i][i])
		next[system[i].sym] = g.add(g.ref(system[i].sym), delta[i])
	}
	return true
}

// exact is x' = x + F·f with F = ∫₀^dt e^(A·s) ds, for f = A·x + B with B held
// over the step. A may depend on parameters and dt only; F comes from Go
// whenever one of them changes.
func (l *lowering) exact(system []*equation, next env) bool {
	g := l.g
	p, ok := l.matrix(system)
	if !ok {
		return false
	}
	n := len(system)
	if n > maxExact {
		l.c.fail(statementNode(system[0]), "use exponential or rk4", "exact solves at most %d coupled equations, the model has %d", maxExact, n)
		return false
	}
	type entry struct{ i, j int }
	var entries []entry
	in := []Expr{l.dt()}
	loc := Global
	reach := make([][]bool, n)
	for i, eq := range system {
		reach[i] = make([]bool, n)
		reach[i][i] = true
		for j := range system {
			if p[i][j] == nil {
				continue
			}
			a := g.div(p[i][j], eq.den)
			if vs := l.variable(a); len(vs) > 0 {
				l.termFail(eq, &notLinear{a, "depends on " + symbolText(vs[0])}, "use exponential, which takes the others as constant",
					"method exact needs constant coefficients, but that of %s is not", system[j].sym.Name)
				return false
			}
			entries = append(entries, entry{i, j})
			in = append(in, a)
			loc = max(loc, g.locality(a))
			reach[i][j] = true
		}
	}
	if n == 1 { // F is dt·exprel(dt·A): no matrix is needed
		gain := l.gain(system[0])
		if p[0][0] != nil {
			gain = g.mul(gain, g.call(Exprel, []Expr{g.mul(gain, p[0][0])}))
		}
		next[system[0].sym] = g.add(g.ref(system[0].sym), g.mul(gain, system[0].num))
		return true
	}
	for k := range n { // which x_j can reach x_i: the other entries of F are 0
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	var outAt []int
	c := Computed{In: in}
	factors := make([][]Expr, n)
	for i := range n {
		factors[i] = make([]Expr, n)
		for j := range n {
			if !reach[i][j] {
				continue
			}
			l.exacts++
			s := &Symbol{Name: "_exact" + strconv.Itoa(l.exacts), Kind: Derived, Locality: loc, Pos: system[i].st.pos}
			c.Out = append(c.Out, s)
			outAt = append(outAt, i*n+j)
			factors[i][j] = g.ref(s)
		}
	}
	at := make([]int, len(entries))
	for k, e := range entries {
		at[k] = e.i*n + e.j
	}
	c.Compute = func(in, out []float64) {
		a := make([]float64, n*n)
		for k, v := range in[1:] {
			a[at[k]] = v
		}
		f := integratedExp(a, n, in[0])
		for k, o := range outAt {
			out[k] = f[o]
		}
	}
	l.derived = append(l.derived, c)
	for i, eq := range system {
		x := g.ref(eq.sym)
		for j, other := range system {
			if factors[i][j] != nil {
				x = g.add(x, g.mul(g.div(factors[i][j], other.den), other.num))
			}
		}
		next[eq.sym] = x
	}
	return true
}

// heun is s = x + g(x)·dW; x' = x + dt·f(x) + ½·dW·(g(x) + g(s)), for the Stratonovich integral.
func (l *lowering) heun(system []*equation, next env) {
	g := l.g
	ahead := env{}
	dW := func(n noiseTerm) Expr { return g.mul(l.rootDt(), l.normal(n.xi)) }
	for _, eq := range system {
		x := g.ref(eq.sym)
		for _, n := range eq.noise {
			x = g.add(x, g.mul(g.div(n.coef, eq.den), dW(n)))
		}
		ahead[eq.sym] = x
	}
	for _, eq := range system {
		x := g.add(g.ref(eq.sym), l.slope(eq, nil))
		for _, n := range eq.noise {
			now := g.div(n.coef, eq.den)
			then := g.substitute(now, ahead, nil)
			x = g.add(x, g.mul(g.mul(g.num(0.5), dW(n)), g.add(now, then)))
		}
		next[eq.sym] = x
	}
}

// milstein is s = x + dt·f + √dt·g; x' = x + dt·f + g·dW + (g(s) − g(x))·dW²/(2√dt),
// for one noise per equation whose factor depends on the equation's own variable only.
func (l *lowering) milstein(system []*equation, next env) bool {
	g := l.g
	for _, eq := range system {
		x := g.add(g.ref(eq.sym), l.slope(eq, nil))
		if len(eq.noise) > 1 {
			l.c.fail(statementNode(eq), "use heun", "milstein takes one noise in an equation, %s has %d", eq.sym.Name, len(eq.noise))
			return false
		}
		for _, n := range eq.noise {
			now := g.div(n.coef, eq.den)
			for _, other := range system {
				if other != eq && g.mentions(now, other.sym) {
					l.termFail(eq, &notLinear{n.coef, "depends on " + other.sym.Name}, "use heun", "milstein needs noise whose factor depends on %s only", eq.sym.Name)
					return false
				}
			}
			dW := g.mul(l.rootDt(), l.normal(n.xi))
			ahead := env{eq.sym: g.add(x, g.mul(l.rootDt(), now))}
			change := g.sub(g.substitute(now, ahead, nil), now)
			x = g.add(x, g.mul(now, dW))
			if v, ok := constOf(change); !ok || v != 0 {
				if g.mentions(now, eq.sym) {
					x = g.add(x, g.div(g.mul(change, g.mul(dW, dW)), g.mul(g.num(2), l.rootDt())))
				}
			}
		}
		next[eq.sym] = x
	}
	return true
}
