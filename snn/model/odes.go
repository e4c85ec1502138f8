package model

// ode checks an equation with a derivative.
func (s *spiking) ode(k *code) *equation {
	c := s.c
	v := c.vars[k.st.deriv]
	switch {
	case v == nil:
		return nil // reported
	}
	eq := s.equations[k]
	if eq == nil {
		return nil
	}
	before := c.errs.count()
	c.where, eq.where = map[Expr]*node{}, map[Expr]*node{}
	s.drawn = min(v.Locality, Local)
	s.l.checkODE(eq)
	if c.errs.count() > before || eq.num == nil {
		return nil
	}
	left, known := s.measure(k.st.left, eq.left)
	right, known2 := s.measure(k.st.right, eq.right)
	if known && known2 && left != right && c.errs.count() == before {
		s.fail(k, "check the terms; a derivative is per ms", "the left side is in %s, the right side in %s", left, right)
		return nil
	}
	b := s.l.bounds[v]
	s.parts = append(s.parts, Equation{Var: v, ODE: true, Op: "=", Left: eq.left, Right: eq.right, Text: c.t.slice(k.st.start, k.st.end), Min: b.low, Max: b.high})
	eq.printed = len(s.parts) - 1
	return eq
}

// block advances the equations of a block by one step, with methods chosen
// where none is given.
func (s *spiking) block(block []*equation) {
	var clock []*equation
	for _, eq := range block {
		if s.special[eq.sym] == "event-driven" {
			eq.method = "event-driven"
			s.eventDriven = append(s.eventDriven, eq)
		} else {
			clock = append(clock, eq)
		}
	}
	s.choose(clock)
	for _, eq := range block {
		p := &s.parts[eq.printed]
		f := eq.num
		for _, n := range eq.noise {
			f = s.g.add(f, s.g.mul(n.coef, s.g.ref(n.xi)))
		}
		p.F, p.Method = s.g.div(f, eq.den), eq.method
	}
	if len(clock) == 0 {
		return
	}
	old := make(env, len(s.l.values))
	for v, x := range s.l.values {
		old[v] = x
	}
	s.l.block(clock)
	if s.awake == nil {
		return
	}
	for _, eq := range clock {
		if x := s.l.values[eq.sym]; x != nil && s.freezes(eq.sym) {
			was := old[eq.sym]
			if was == nil {
				was = s.g.ref(eq.sym)
			}
			s.l.values[eq.sym] = s.g.choose(s.awake, x, s.asleep(was))
		}
	}
}

// choose gives the equations of a block without a method that of the equations
// they are coupled with if it suits them, or the first that fits: exact for linear equations
// with constant coefficients, exponential for those linear in their own
// variable, rk4; euler or heun with noise.
func (s *spiking) choose(block []*equation) {
	for _, system := range s.l.systems(block) {
		var free []*equation
		method := ""
		for _, eq := range system {
			if eq.method == "" {
				free = append(free, eq)
			} else {
				method = eq.method
			}
		}
		if len(free) == 0 {
			continue
		}
		if method == "" || !s.suits(method, system, free) {
			method = s.fitting(free)
		}
		for _, eq := range free {
			eq.method = method
		}
	}
}

// suits tells whether equations can take the method that others of their system have.
func (s *spiking) suits(method string, system, free []*equation) bool {
	for _, eq := range free {
		if len(eq.noise) > 0 {
			return false
		}
	}
	switch method {
	case "exact":
		return s.quietly(func() bool { return s.constant(system) })
	case "exponential", "semiimplicit":
		return s.quietly(func() bool { return s.linear(free) })
	case "heun", "milstein":
		return false
	}
	return true
}

// quietly asks without reporting mistakes.
func (s *spiking) quietly(ask func() bool) bool {
	quiet := s.c.quiet
	s.c.quiet = true
	defer func() { s.c.quiet = quiet }()
	return ask()
}

// linear tells whether each equation is linear in its own variable.
func (s *spiking) linear(system []*equation) bool {
	for _, eq := range system {
		if _, ok := s.l.coefficient(eq, eq.sym, eq.num); !ok {
			return false
		}
	}
	return true
}

func (s *spiking) fitting(system []*equation) string {
	noisy := false
	for _, eq := range system {
		noisy = noisy || len(eq.noise) > 0
	}
	if noisy {
		for _, eq := range system {
			for _, n := range eq.noise {
				for _, v := range s.l.variable(s.g.div(n.coef, eq.den)) {
					if v.Kind == Var {
						return "heun"
					}
				}
			}
		}
		return "euler"
	}
	switch {
	case s.quietly(func() bool { return s.constant(system) }):
		return "exact"
	case s.quietly(func() bool { return s.linear(system) }):
		return "exponential"
	}
	return "rk4"
}

// constant tells whether method exact can take a system.
func (s *spiking) constant(system []*equation) bool {
	if len(system) > maxExact {
		return false
	}
	m, ok := s.l.matrix(system)
	if !ok {
		return false
	}
	for i, eq := range system {
		for j := range system {
			if m[i][j] != nil && len(s.l.variable(s.g.div(m[i][j], eq.den))) > 0 {
				return false
			}
		}
		if len(system) > 1 && len(s.l.variable(eq.den)) > 0 {
			return false
		}
	}
	return true
}

// checkEventDriven refuses event-driven equations that cannot be solved for any
// span of time in closed form.
func (s *spiking) checkEventDriven() {
	for _, eq := range s.eventDriven {
		fail := func(hint, format string, args ...any) { s.c.fail(statementNode(eq), hint, format, args...) }
		if len(eq.noise) > 0 {
			fail("leave event-driven out", "event-driven %s cannot have noise", eq.sym.Name)
			continue
		}
		for _, e := range []Expr{eq.num, eq.den} {
			for _, v := range s.l.variable(e) {
				if v != eq.sym {
					fail("leave event-driven out", "event-driven %s may depend on parameters and itself only, but reads %s", eq.sym.Name, symbolText(v))
				}
			}
		}
		s.l.coefficient(eq, eq.sym, eq.num)
	}
}

// catchUp brings event-driven variables to the present step: dx/dt = a·x + b
// over the time Δ since the last event is x + Δ·exprel(a·Δ)·(a·x + b), and
// x·e^(a·Δ) without b.
func (s *spiking) catchUp() {
	if len(s.eventDriven) == 0 || s.c.errs.count() > 0 {
		return
	}
	g := s.g
	since := g.mul(g.call(ToFloat, []Expr{g.binary(Sub, s.stepNow(), g.ref(s.updated))}), s.l.dt())
	for _, eq := range s.eventDriven {
		parts, bad := g.split(eq.num, eq.sym)
		if bad != nil {
			return
		}
		x := g.ref(eq.sym)
		gain := g.div(since, eq.den)
		switch {
		case parts.coef != nil && parts.rest == nil:
			x = g.mul(x, g.call(Exp, []Expr{g.mul(gain, parts.coef)}))
		case parts.coef != nil:
			x = g.add(x, g.mul(g.mul(gain, g.call(Exprel, []Expr{g.mul(gain, parts.coef)})), eq.num))
		default:
			x = g.add(x, g.mul(gain, eq.num))
		}
		s.l.commit(eq.sym, x)
	}
	s.l.commit(s.updated, s.stepNow())
}
