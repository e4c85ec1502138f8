package model

import "strings"

// lowering turns checked equations into the straight-line statements of one step.
type lowering struct {
	c       *checker
	g       *graph
	values  env // of the variables, as expressions of their values before the step
	bounds  map[*Symbol]bounds
	touched []*Symbol // variables in order of first assignment
	derived []Computed
	exacts  int       // symbols of matrix exponentials made so far
	noisy   *equation // the equation that uses the noise without a suffix

	// Of each white noise: the least locality of the variables it drives, and its draw.
	noiseLoc map[*Symbol]Locality
	noises   map[*Symbol]*Rand
}

// checkEquation checks expressions, flags and localities of one statement.
func (l *lowering) checkEquation(eq *equation) bool {
	c := l.c
	before := c.errs.count()
	c.where = map[Expr]*node{}
	eq.where = map[Expr]*node{}
	if eq.ode {
		l.checkODE(eq)
	} else {
		l.checkAssign(eq)
	}
	l.checkFlags(eq)
	return c.errs.count() == before
}

func (l *lowering) checkAssign(eq *equation) {
	c, s := l.c, eq.st
	e := c.expr(s.right)
	if e == nil {
		return
	}
	if s.op != "=" {
		if eq.sym.Type == Bool || e.Type() == Bool {
			c.fail(s.right, "", "%q wants numbers on both sides", s.op)
			return
		}
		var x Expr = &Ref{eq.sym}
		if s.op == "/=" {
			x, e = toFloat(x), toFloat(e)
		} else {
			x, e = unify(x, e)
		}
		e = &Binary{binaryOps[strings.TrimSuffix(s.op, "=")], x, e}
	}
	if e = c.coerce(s.right, e, eq.sym); e == nil {
		return
	}
	eq.right = e
	l.claimDraws(e, eq.sym.Locality)
	eq.value = l.g.substitute(e, nil, nil)
	l.checkLocality(s.right, eq.value, eq.sym)
}

// claimDraws notes that the draws of e belong to a variable of some locality.
func (l *lowering) claimDraws(e Expr, loc Locality) {
	if r, ok := e.(*Rand); ok {
		if _, done := l.g.rands[r]; !done {
			l.g.rands[r] = loc
		}
	}
	for _, k := range children(e) {
		l.claimDraws(k, loc)
	}
}

var localityNames = [...]string{Global: "shared: one value", PerPost: "per post: one value for each postsynaptic neuron", Local: "local"}

// checkLocality refuses to store a value that differs between elements in a variable that does not.
func (l *lowering) checkLocality(n *node, e Expr, s *Symbol) bool {
	if e == nil || l.g.locality(e) <= s.Locality {
		return true
	}
	var worst *Symbol
	for x := range l.g.symbols(e) {
		if x.Locality > s.Locality && (worst == nil || symbolText(x) < symbolText(worst)) {
			worst = x
		}
	}
	differs := "one neuron to the next"
	if l.c.src.Kind == Synapse || l.c.src.Kind == SpikingSynapse {
		differs = "one synapse to the next"
		if worst != nil && worst.Locality == PerPost {
			differs = "one postsynaptic neuron to the next"
		}
	}
	what := "its value"
	if worst != nil {
		what = symbolText(worst)
	}
	hint := "remove the flag"
	if (l.c.src.Kind == Neuron || l.c.src.Kind == SpikingNeuron) && worst != nil && worst.Kind == Var {
		hint += ", or use mean(" + worst.Name + ")"
	}
	l.c.fail(n, hint, "%q is %s, but %s differs from %s", s.Name, localityNames[s.Locality], what, differs)
	return false
}

// checkODE isolates the derivative.
func (l *lowering) checkODE(eq *equation) {
	c, g, s := l.c, l.g, eq.st
	if c.vars[s.deriv].Type != Float {
		c.fail(s.left, "", "%q has a derivative, so it must be a float", s.deriv)
		return
	}
	d := &Symbol{Name: "d" + s.deriv + "/dt", Kind: Temp}
	c.deriv, c.derivOf, c.noise = d, s.deriv, true
	left, right := c.expr(s.left), c.expr(s.right)
	c.deriv, c.derivOf, c.noise = nil, "", false
	if left != nil && left.Type() == Bool {
		left = c.wantNumber(s.left, "=")
	}
	if right != nil && right.Type() == Bool {
		right = c.wantNumber(s.right, "=")
	}
	if left == nil || right == nil {
		return
	}
	left, right = toFloat(left), toFloat(right)
	eq.left, eq.right = left, right
	l.claimDraws(left, eq.sym.Locality)
	l.claimDraws(right, eq.sym.Locality)
	for e, n := range c.where {
		eq.where[e] = n
	}
	li, ri := g.substitute(left, nil, eq.where), g.substitute(right, nil, eq.where)
	ls, bad := g.split(li, d)
	if bad == nil {
		var rs linear
		if rs, bad = g.split(ri, d); bad == nil {
			eq.den = g.subOpt(ls.coef, rs.coef)
			eq.num = g.orZero(g.subOpt(rs.rest, ls.rest))
		}
	}
	if bad != nil {
		l.termFail(eq, bad, "write the equation with the derivative in a sum or a product", "the derivative of %q cannot be isolated", s.deriv)
		return
	}
	if v, ok := constOf(g.orZero(eq.den)); ok && v == 0 {
		c.fail(s.left, "check the signs on both sides", "the derivative of %q cancels out", s.deriv)
		eq.den = nil
		return
	}
	l.normalise(eq)
	l.checkLocality(s.right, eq.den, eq.sym)
	l.splitNoise(eq)
	l.checkLocality(s.right, eq.num, eq.sym)
}

// termFail reports which term of an equation is in the way, at its place if known.
func (l *lowering) termFail(eq *equation, bad *notLinear, hint, format string, args ...any) {
	n := eq.where[bad.term]
	text := Text(bad.term)
	if n == nil {
		n = eq.st.right
		if eq.st.left.kind != nodeDeriv && eq.st.left.kind != nodeName {
			n = &node{pos: eq.st.pos, start: eq.st.start, end: eq.st.end}
		}
	} else if n.kind != nodeCall || isBuiltin(n.name) {
		text = l.c.t.slice(n.start, n.end)
	}
	if r := []rune(text); len(r) > 60 {
		text = string(r[:59]) + "…"
	}
	l.c.fail(n, hint, format+": %q %s", append(args, text, bad.why)...)
}

// normalise moves a common denominator from num to den, so that
// dx/dt = (a − x)/tau and tau·dx/dt = a − x are one equation.
func (l *lowering) normalise(eq *equation) {
	g := l.g
	for {
		num, negated := eq.num, false
		if u, ok := num.(*Unary); ok && u.Op == Neg {
			num, negated = u.X, true
		}
		b, ok := num.(*Binary)
		if !ok || b.Op != Div || g.locality(b.Y) > eq.sym.Locality {
			return
		}
		for s := range g.symbols(b.Y) {
			if s.Kind != Param && s.Kind != Dt {
				return
			}
		}
		eq.num, eq.den = b.X, g.mul(eq.den, b.Y)
		if negated {
			eq.num = g.negate(b.X)
		}
	}
}

// splitNoise takes the terms with white noise out of num.
func (l *lowering) splitNoise(eq *equation) {
	g := l.g
	for _, xi := range l.c.mention {
		if xi.Kind != Temp {
			continue
		}
		if g.mentions(eq.den, xi) {
			l.termFail(eq, &notLinear{eq.den, "multiplies the derivative"}, "add noise as a term of its own", "white noise %s is in the way", xi.Name)
			return
		}
		if !g.mentions(eq.num, xi) {
			continue
		}
		parts, bad := g.split(eq.num, xi)
		if bad == nil && parts.coef != nil {
			for _, other := range l.c.mention {
				if other.Kind == Temp && g.mentions(parts.coef, other) {
					bad = &notLinear{parts.coef, "multiplies two noises"}
				}
			}
		}
		if bad != nil {
			l.termFail(eq, bad, "add noise as a term of its own, such as + sigma*xi", "white noise %s must occur linearly", xi.Name)
			return
		}
		if xi.Name == "xi" {
			if l.noisy != nil && l.noisy != eq {
				l.c.fail(statementNode(eq), "name them: xi_1 and xi_2 are independent, the same name twice is the same noise", "white noise xi occurs in two equations, of %s and %s", l.noisy.sym.Name, eq.sym.Name)
			}
			l.noisy = eq
		}
		if loc, ok := l.noiseLoc[xi]; !ok || eq.sym.Locality < loc {
			l.noiseLoc[xi] = eq.sym.Locality
		}
		eq.noise = append(eq.noise, noiseTerm{xi, parts.coef})
		eq.num = g.orZero(parts.rest)
		l.checkLocality(eq.st.right, parts.coef, eq.sym)
	}
}

// checkFlags reads bounds, initial value and method; the rest was read by properties.
func (l *lowering) checkFlags(eq *equation) {
	c, s := l.c, eq.st
	for _, f := range s.flags {
		n := flagNode(s, f)
		name := f.word
		if name == "method" && f.value != nil && f.value.kind == nodeName {
			name, f.value = f.value.name, nil
			if methods[name] == "" {
				c.fail(n, hintOr(didYouMean(name, methodNames()), "see the list of methods"), "unknown method %q", name)
				continue
			}
		}
		switch name {
		case "init", "min", "max":
			l.valueFlag(eq, f, n)
			continue
		case "shared", "global", "population", "projection", "local", "per post", "per-post", "semiglobal", "postsynaptic",
			"int", "integer", "bool", "boolean", "float", "clock-driven", "1":
			continue
		case "event-driven":
			if c.spk != nil && c.src.Kind == SpikingSynapse && eq.ode {
				continue
			}
			if c.spk != nil {
				c.fail(n, "remove it", "event-driven equations with a derivative belong into the equations of a spiking synapse")
				continue
			}
			c.fail(n, "use exact or exponential, which give the same values at every step", "event-driven equations belong to spiking models, which this version does not have")
			continue
		case "unless refractory", "unless_refractory", "unless_post", "unless post":
			if c.src.Kind == SpikingNeuron && strings.HasSuffix(name, "refractory") {
				continue
			}
			if c.spk != nil {
				c.fail(n, "write if (st_pre != st_post) { … }, or give Refractory with the neuron", "flag %q has no meaning here", name)
				continue
			}
			c.fail(n, "leave it out in a rate model", "flag %q belongs to spiking models, which this version does not have", name)
			continue
		case "constant", "constant over dt", "linked", "summed":
			c.fail(n, map[string]string{
				"constant": "give it as a parameter", "constant over dt": "leave it out: every variable is computed once a step",
				"linked": "use pre.NAME, post.NAME or a connection", "summed": "write psp in the synapse and sum(TARGET) in the neuron",
			}[name], "flag %q is not available", name)
			continue
		}
		if m := methods[name]; m != "" {
			switch {
			case f.value != nil:
				c.fail(n, "write "+name+" alone", "flag %s takes no value", name)
			case !eq.ode:
				c.fail(n, "remove it", "%q is a method, but %q has no derivative", name, eq.sym.Name)
			case eq.method != "" && eq.method != m:
				c.fail(n, "choose one", "equation of %q has two methods, %s and %s", eq.sym.Name, eq.method, m)
			default:
				eq.method = m
			}
			continue
		}
		first, _, _ := strings.Cut(name, " ")
		if c.spk != nil && unitFlag(f) {
			continue // read with the declaration
		}
		if f.unit || unitWords[name] || unitWords[first] {
			c.fail(n, "leave it out: write plain numbers in ms, mV, nA, nF, MΩ, µS", "%q is a unit, and units are not checked yet", name)
			continue
		}
		c.fail(n, hintOr(didYouMean(name, append(methodNames(), flagWords...)), "flags are min=, max=, init=, a method, int, bool, shared, per post"), "unknown flag %q", name)
	}
	if eq.ode && eq.method == "" {
		eq.method = methods[l.c.src.Method]
		if eq.method == "" && c.spk == nil { // of a spiking kind one is chosen by its form
			eq.method = "euler"
		}
	}
}

// valueFlag reads init=, min= or max=.
func (l *lowering) valueFlag(eq *equation, f flag, n *node) {
	c, sym := l.c, eq.sym
	if f.value == nil {
		c.fail(n, "write "+f.word+"=0", "flag %s needs a value", f.word)
		return
	}
	b := l.bounds[sym]
	if f.word == "init" && sym.Init != nil || f.word == "min" && b.low != nil || f.word == "max" && b.high != nil {
		c.fail(n, "give it once", "%s of %q is given twice", f.word, sym.Name)
		return
	}
	if f.word != "init" && sym.Type == Bool {
		c.fail(n, "remove it", "%q is bool and has no bounds", sym.Name)
		return
	}
	c.place = f.word
	e := c.expr(f.value)
	if e != nil {
		e = c.coerce(f.value, e, sym)
	}
	c.place = ""
	if e == nil {
		return
	}
	if c.spk != nil {
		c.spk.fitsUnit(f.value, e, sym)
	}
	x := l.g.substitute(e, nil, nil)
	if l.g.treeSize(x) > maxNodes {
		c.fail(f.value, "use a variable", "value of %s is too large when powers are written out", f.word)
		return
	}
	if !l.checkLocality(f.value, x, sym) {
		return
	}
	switch f.word {
	case "init":
		sym.Init = x
	case "min":
		b.low = x
	case "max":
		b.high = x
	}
	if low, ok := constOf(l.g.orZero(b.low)); ok && b.low != nil && b.high != nil {
		if high, ok := constOf(b.high); ok && low > high {
			c.fail(n, "exchange them", "min of %q is %g, above its max %g", sym.Name, low, high)
			return
		}
	}
	l.bounds[sym] = b
}

// checkPSP reads what one synapse transmits.
func (l *lowering) checkPSP() Expr {
	c := l.c
	if c.src.Kind != Synapse {
		return nil
	}
	psp := c.src.PSP
	if strings.TrimSpace(psp) == "" {
		psp = "w * pre.r"
	}
	t := newText("psp", psp)
	n := parseExpression(t, c.errs, c.src.Params)
	if n == nil {
		return nil
	}
	c.t, c.place = t, "psp"
	c.where = map[Expr]*node{}
	e := c.expr(n)
	c.place = ""
	if e == nil {
		return nil
	}
	if e.Type() == Bool {
		c.wantNumber(n, "psp")
		return nil
	}
	x := l.g.substitute(toFloat(e), nil, nil)
	if l.g.treeSize(x) > maxNodes {
		c.fail(n, "use a variable of the synapse for a part of it", "psp is too large when powers are written out")
		return nil
	}
	return x
}
