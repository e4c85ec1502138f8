package model

import (
	"strconv"
	"strings"
)

// neuron compiles a spiking neuron: equations, then the condition of a spike,
// then what a spike changes. Locals of the equations stay visible in the others.
func (s *spiking) neuron() {
	c, src := s.c, s.c.src
	equations := part{name: "equations", define: true}
	s.part = equations
	list := s.read("equations", src.Equations)
	c.t = s.texts["equations"]
	s.define(list, "")
	if v, err := strconv.ParseFloat(strings.TrimSpace(src.Refractory), 64); src.Refractory != "" && !(err == nil && v == 0) {
		s.counter = &Symbol{Name: "refractory", Kind: Var, Type: Int, Locality: Local}
		s.declare(s.counter, "")
		s.awake = s.g.binary(Le, s.g.ref(s.counter), s.g.constant(0, Int))
	}
	s.checkUnits()
	s.begin(equations)
	s.equations = map[*code]*equation{}
	s.readFlags(list, s.equations)
	s.run(list)
	s.section("equations")
	if s.counter != nil {
		one := s.g.binary(Sub, s.g.ref(s.counter), s.g.constant(1, Int))
		s.l.commit(s.counter, s.g.choose(s.awake, s.g.constant(0, Int), one))
	}
	step := s.changed()
	scope, values := s.scopes[0], s.l.values

	// What follows sees the variables after the equations, and the locals:
	// those made of parameters as what they are, the others by name.
	after := func(p part) {
		s.begin(p)
		s.awake = nil
		s.scopes[0] = map[string]*Symbol{}
		for name, v := range scope {
			s.scopes[0][name] = v
			if x := values[v]; x != nil && len(s.l.variable(x)) == 0 && !contains(x, isDraw) {
				s.l.values[v] = x
			}
		}
		s.scopes = append(s.scopes, map[string]*Symbol{})
	}
	crossing := map[*Symbol]bool{}
	note := func(e Expr) {
		for v := range s.g.symbols(e) {
			if s.locals[v] {
				crossing[v] = true
			}
		}
	}

	var reset []Assign
	if src.Spike != "" {
		cond := s.condition1("spike", src.Spike, after)
		note(cond)
		if cond != nil {
			s.m.Spike = cond
			s.before(cond, src)
		}
	}
	if src.Reset != "" || s.counter != nil {
		if src.Spike == "" {
			c.errs.global("model", "", "give Spike, such as V >= -50", "the neuron has a reset or a refractory period, but no condition for a spike")
		}
		list := s.read("reset", src.Reset)
		var steps Expr
		if s.counter != nil {
			steps = s.refractorySteps(after)
			note(steps)
		}
		after(part{name: "reset", event: true})
		s.run(list)
		s.section("reset")
		if steps != nil {
			s.l.commit(s.counter, steps)
		}
		reset = s.changed()
		for _, a := range reset {
			note(a.X)
		}
	}
	if c.errs.count() > 0 {
		return
	}
	substeps, once := 0, []Assign(nil)
	if s.counter == nil && !src.AutoRefractory && len(crossing) == 0 {
		substeps, once = s.substeps(equations, list)
	}
	if substeps > 0 {
		s.m.Substeps = substeps
		s.m.Step = s.schedule(s.derive(once, true), true)
	} else {
		for _, k := range list { // in order of declaration
			if k.kind == codeLocal {
				if v := scope[k.st.left.name]; crossing[v] {
					step = append(step, Assign{To: v, X: values[v]})
				}
			}
		}
		s.m.Step = s.schedule(s.derive(step, false), false)
	}
	s.m.Before = s.schedule(s.derive(s.m.Before, false), false)
	s.m.Reset = s.schedule(s.derive(reset, false), true)
	if s.m.Spike != nil {
		s.m.Spike = s.condition2("spike", s.m.Spike)
	}
}

// condition1 compiles a text that is one condition.
func (s *spiking) condition1(name, body string, begin func(part)) Expr {
	n := s.expressionText(name, body)
	begin(part{name: name, event: true})
	if n == nil {
		return nil
	}
	e := s.value(n)
	if e == nil {
		return nil
	}
	if e.Type() != Bool {
		s.c.wantCondition(n, e, name)
		return nil
	}
	s.sections = append(s.sections, section{title: name, lines: codeLines(body), value: e})
	return e
}

// condition2 finishes a condition. It is one expression, without temporaries.
func (s *spiking) condition2(name string, e Expr) Expr {
	e = s.derive([]Assign{{X: e}}, false)[0].X
	if s.g.treeSize(e) > maxNodes {
		s.c.errs.global(name, "", "compute a part of it in a variable", "the condition has more than %d operations when locals are written out", maxNodes)
	}
	return e
}

// expressionText reads a text that is one expression, ended by a semicolon or not.
func (s *spiking) expressionText(name, body string) *node {
	t := newCode(name, body)
	s.texts[name] = t
	s.c.t = t
	toks := codeTokens(t, s.c.errs, s.c.src.Params)
	if toks == nil {
		return nil
	}
	var group []token
	for _, k := range toks[:len(toks)-1] {
		if k.kind != tokNewline {
			group = append(group, k)
		}
	}
	for len(group) > 0 && group[len(group)-1].kind == tokSemi {
		group = group[:len(group)-1]
	}
	if len(group) == 0 {
		s.c.errs.global("model", body, "leave it empty for none", "%s is given, but holds no expression", name)
		return nil
	}
	for _, k := range group {
		if k.kind == tokSemi || isAssign(k) {
			s.c.errs.at(t, k.pos, k.text, "compare with ==; compute values in the equations", "%s is one expression", name)
			return nil
		}
	}
	p := newParser(t, s.c.errs, group)
	n := p.expr()
	p.end("")
	if p.failed {
		for _, k := range group {
			if k.kind == tokName {
				s.c.unknown[k.text] = true
				s.c.param(k.text, Pos{})
			}
		}
		return nil
	}
	return n
}

// before keeps what the condition of a spike needs from before the step.
func (s *spiking) before(cond Expr, src Source) {
	keep := func(x Expr) Expr {
		v := &Symbol{Kind: Temp, Type: Bool, Locality: Local}
		s.m.Before = append(s.m.Before, Assign{To: v, X: x})
		return s.g.ref(v)
	}
	if src.AutoRefractory {
		for v := range s.g.symbols(cond) {
			if s.locals[v] {
				s.c.errs.global("spike", v.Name, "compare variables", "the condition is also tested before the equations, where local %q has no value", v.Name)
				return
			}
		}
		s.m.Spike = s.g.binary(And, cond, s.g.unary(Not, keep(cond)))
	}
	if s.counter != nil {
		s.m.Spike = s.g.binary(And, keep(s.g.binary(Le, s.g.ref(s.counter), s.g.constant(0, Int))), s.m.Spike)
	}
}

// refractorySteps is the period in whole steps, to the nearest.
func (s *spiking) refractorySteps(begin func(part)) Expr {
	n := s.expressionText("refractory", s.c.src.Refractory)
	begin(part{name: "refractory", event: true})
	if n == nil {
		return nil
	}
	e := s.c.expr(n)
	if e == nil {
		return nil
	}
	if d, known := s.measure(n, e); known && d != ofTime {
		s.c.fail(n, "write 2*ms", "a refractory period is a time, but this is in %s", d)
		return nil
	}
	s.l.claimDraws(e, Local)
	e = s.now(e)
	if e.Type() == Bool {
		s.c.fail(n, "give the period in ms", "a refractory period is a time, but this is a condition")
		return nil
	}
	if v, ok := constOf(e); ok && v < 0 {
		s.c.fail(n, "", "a refractory period of %g ms is negative", v)
		return nil
	}
	g := s.g
	s.sections = append(s.sections, section{title: "refractory", lines: codeLines(s.c.src.Refractory), value: e})
	return g.call(ToInt, []Expr{g.call(Round, []Expr{g.div(s.now(toFloat(e)), s.l.dt())})})
}

// substeps recognises equations that are one loop whose turns are alike, and
// gives what one turn does. 0 when there is none.
func (s *spiking) substeps(p part, list []*code) (int, []Assign) {
	if len(list) == 0 || list[len(list)-1].kind != codeFor {
		return 0, nil
	}
	for _, k := range list[:len(list)-1] {
		if k.kind != codeLocal && k.kind != codeDeclare {
			return 0, nil
		}
	}
	streams, quiet := s.c.streams, s.c.quiet
	s.c.quiet = true
	defer func() { s.c.streams, s.c.quiet = streams, quiet }()
	s.begin(p)
	s.run(list[:len(list)-1])
	k := list[len(list)-1]
	s.scopes = append(s.scopes, map[string]*Symbol{})
	s.statement(k.init)
	// Locals of before the loop that it changes must not hand anything on from turn to turn.
	changing := map[*Symbol]bool{}
	start := s.l.values
	for again := true; again; {
		s.l.values, s.l.touched = env{}, nil
		for v, x := range start {
			if !changing[v] {
				s.l.values[v] = x
			}
		}
		again = false
		if k.init.kind == codeLocal {
			v := s.scopes[len(s.scopes)-1][k.init.st.left.name]
			changing[v] = true
			delete(s.l.values, v)
		} else if v := s.target(k.init.st.left, "="); v != nil {
			changing[v] = true
			delete(s.l.values, v)
		}
		s.nested++
		s.inside(k.body)
		s.nested--
		for v, x := range start {
			if s.locals[v] && !changing[v] && s.l.values[v] != x {
				changing[v] = true
				again = true
			}
		}
	}
	once := s.changed()
	for _, a := range once {
		if a.To.Locality != Local {
			return 0, nil
		}
		for v := range s.g.symbols(a.X) {
			if changing[v] {
				return 0, nil
			}
		}
		if contains(a.X, isDraw) {
			return 0, nil
		}
	}
	return s.turns(k), once
}

// turns counts those of a loop with constant bounds.
func (s *spiking) turns(k *code) int {
	s.statement(k.init)
	for n := 0; n <= maxSteps; n++ {
		cond := s.condition(k.cond)
		if cond == nil {
			return 0
		}
		if v, ok := constOf(cond); !ok || v == 0 {
			return n
		}
		s.statement(k.step)
	}
	return 0
}

// contains tells whether some part of an expression is one that is asked for.
// Shared parts are looked at once.
func contains(e Expr, wanted func(Expr) bool) bool {
	seen := map[Expr]bool{}
	var walk func(Expr) bool
	walk = func(e Expr) bool {
		if seen[e] {
			return false
		}
		seen[e] = true
		if wanted(e) {
			return true
		}
		for _, k := range children(e) {
			if walk(k) {
				return true
			}
		}
		return false
	}
	return walk(e)
}

func isDraw(e Expr) bool { _, ok := e.(*Rand); return ok }
func isCall(e Expr) bool { _, ok := e.(*Call); return ok }
