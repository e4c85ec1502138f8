package model

import (
	"math"
	"strings"
)

// run carries out statements in order. Consecutive equations with derivatives
// form a block.
func (s *spiking) run(list []*code) {
	var block []*equation
	flush := func() {
		if len(block) > 0 {
			s.block(block)
			block = nil
		}
	}
	for _, k := range list {
		if s.steps++; s.steps > maxSteps {
			if s.steps == maxSteps+1 {
				s.fail(k, "use fewer turns", "loops are too long: written out they have more than %d statements", maxSteps)
			}
			return
		}
		if k.kind == codeAssign && k.st.deriv != "" {
			if eq := s.ode(k); eq != nil {
				block = append(block, eq)
			}
			continue
		}
		flush()
		s.statement(k)
	}
	flush()
}

// fail reports a mistake at a statement.
func (s *spiking) fail(k *code, hint, format string, args ...any) {
	s.c.fail(&node{pos: k.pos, start: k.start, end: k.end}, hint, format, args...)
}

func (s *spiking) statement(k *code) {
	s.drawn = Local
	switch k.kind {
	case codeAssign:
		s.assign(k)
	case codeDeclare:
		if s.nested > 0 || !s.part.define {
			s.fail(k, "write scalar "+k.st.left.name+" = …, or declare it among the equations", "%q is declared where only locals can be", k.st.left.name)
		}
	case codeLocal:
		s.local(k)
	case codeCall:
		s.call(k)
	case codeIf:
		s.branch(k)
	case codeFor:
		s.loop(k)
	}
}

// value checks an expression and gives it with the present values put in.
func (s *spiking) value(n *node) Expr {
	if n == nil {
		return nil
	}
	e := s.c.expr(n)
	if e == nil {
		return nil
	}
	s.measure(n, e)
	s.l.claimDraws(e, s.drawn)
	return s.now(e)
}

func (s *spiking) now(e Expr) Expr { return s.g.substitute(e, s.l.values, nil) }

// condition is the value of n as a condition; a number is one when it is not 0, as in C.
func (s *spiking) condition(n *node) Expr {
	e := s.value(n)
	if e != nil && e.Type() != Bool {
		return s.g.binary(Ne, e, s.g.constant(0, e.Type()))
	}
	return e
}

func (s *spiking) assign(k *code) {
	st := k.st
	if hasDerivative(st) {
		s.fail(k, "move it to the equations", "an equation with a derivative stands where code runs on an event or under a condition")
		return
	}
	target := s.target(st.left, st.op)
	if target == nil {
		if st.right != nil { // it may hold mistakes of its own
			s.c.expr(st.right)
		}
		return
	}
	if target.Kind == Emit {
		s.emitTo(k, target, st.right, nil, st.op == "-=")
		return
	}
	s.drawn = min(target.Locality, Local)
	e := s.c.expr(st.right)
	if e == nil {
		return
	}
	if st.op != "=" {
		if target.Type == Bool || e.Type() == Bool {
			s.c.fail(st.right, "", "%q wants numbers on both sides", st.op)
			return
		}
		var x Expr = &Ref{target}
		if st.op == "/=" {
			x, e = toFloat(x), toFloat(e)
		} else {
			x, e = unify(x, e)
		}
		e = &Binary{binaryOps[strings.TrimSuffix(st.op, "=")], x, e}
	}
	if s.locals[target] {
		e = convert(e, target.Type)
	} else if e = s.c.coerce(st.right, e, target); e == nil {
		return
	}
	s.fitsUnit(st.right, e, target)
	s.l.claimDraws(e, s.drawn)
	x := s.now(e)
	if !s.locals[target] && !s.l.checkLocality(st.right, x, target) {
		return
	}
	if s.nested == 0 && target.Kind == Var {
		s.note(k, target, e)
	}
	s.store(target, x)
}

// store changes a variable. While its neuron is refractory it keeps its value.
func (s *spiking) store(v *Symbol, x Expr) {
	if s.locals[v] {
		s.l.values[v] = x
		return
	}
	before := s.now(s.g.ref(v))
	s.l.commit(v, x)
	if s.awake != nil && s.freezes(v) {
		s.l.values[v] = s.g.choose(s.awake, s.l.values[v], s.asleep(before))
	}
}

// asleep is what a frozen variable was before this step.
func (s *spiking) asleep(before Expr) Expr {
	if k, ok := before.(*Select); ok && k.Cond == s.awake {
		return k.Else
	}
	return before
}

// convert gives a value the type of a local, as C does.
func convert(e Expr, t Type) Expr {
	have := e.Type()
	switch {
	case have == t:
		return e
	case t == Float:
		return toFloat(e)
	case t == Bool:
		return &Binary{Ne, e, &Const{T: have}}
	case have == Bool:
		return &Call{ToInt, []Expr{toFloat(e)}}
	}
	if k, ok := e.(*Const); ok {
		return &Const{V: math.Trunc(k.V), T: Int}
	}
	return &Call{ToInt, []Expr{e}}
}

// shadowed are the reserved names that a local may take, as GeNN's code does.
var shadowed = map[string]bool{"t": true, "dt": true, "i": true, "j": true, "t_pre": true, "t_post": true, "pi": true}

func (s *spiking) local(k *code) {
	name := k.st.left.name
	if why := reservedName(name); why != "" && !shadowed[name] {
		s.c.fail(k.st.left, "choose another name", "%q cannot name a local variable: it is %s", name, why)
		return
	}
	top := s.scopes[len(s.scopes)-1]
	if top[name] != nil {
		s.c.fail(k.st.left, "leave the type out to change it", "local variable %q is declared twice", name)
		return
	}
	sym := &Symbol{Name: name, Kind: Temp, Locality: Local, Pos: k.st.left.pos, Type: [...]Type{localFloat: Float, localInt: Int, localBool: Bool}[k.typ]}
	s.locals[sym] = true
	var x Expr = s.g.constant(0, sym.Type)
	if k.st.right != nil {
		e := s.c.expr(k.st.right)
		if e != nil {
			s.l.claimDraws(e, s.drawn)
			e = convert(e, sym.Type)
			s.fitsUnit(k.st.right, e, sym)
			x = s.now(e)
			if s.nested == 0 {
				s.note(k, sym, e)
			}
		}
	}
	top[name] = sym
	s.l.values[sym] = x
}

// branch carries out both sides of an if, then selects.
func (s *spiking) branch(k *code) {
	if k.cond == nil { // braces alone
		s.inside(k.body)
		return
	}
	cond := s.condition(k.cond)
	before := s.l.values
	side := func(list []*code) env {
		s.l.values = make(env, len(before))
		for v, x := range before {
			s.l.values[v] = x
		}
		s.nested++
		s.inside(list)
		s.nested--
		return s.l.values
	}
	then := side(k.body)
	els := side(k.els)
	merged := make(env, len(then))
	if cond == nil {
		s.l.values = before
		return
	}
	// Emissions and variables that one side changes only have their old value on the other.
	value := func(e env, v *Symbol) Expr {
		if x, ok := e[v]; ok {
			return x
		}
		if v.Kind == Emit {
			return s.g.num(0)
		}
		return s.g.ref(v)
	}
	for _, e := range []env{then, els} {
		for v := range e {
			if _, done := merged[v]; done {
				continue
			}
			if s.locals[v] && before[v] == nil {
				continue // a local of that side
			}
			merged[v] = s.g.choose(cond, value(then, v), value(els, v))
		}
	}
	s.l.values = merged
}

// inside carries out statements with locals of their own.
func (s *spiking) inside(list []*code) {
	s.scopes = append(s.scopes, map[string]*Symbol{})
	s.run(list)
	s.scopes = s.scopes[:len(s.scopes)-1]
}

// loop writes the turns of a loop out.
func (s *spiking) loop(k *code) {
	s.scopes = append(s.scopes, map[string]*Symbol{})
	defer func() { s.scopes = s.scopes[:len(s.scopes)-1] }()
	before := s.c.errs.count()
	s.statement(k.init)
	name := k.init.st
	if name == nil || s.c.errs.count() > before {
		return
	}
	s.nested++
	defer func() { s.nested-- }()
	for {
		cond := s.condition(k.cond)
		if cond == nil || s.c.errs.count() > before {
			return
		}
		v, ok := constOf(cond)
		if !ok {
			s.c.fail(k.cond, "write for (int i = 0; i < 10; i++)", "a loop needs bounds that are numbers: its turns are written out")
			return
		}
		if v == 0 {
			return
		}
		if s.steps++; s.steps > maxSteps {
			s.fail(k, "use fewer turns", "loop is too long: written out it has more than %d statements", maxSteps)
			return
		}
		s.inside(k.body)
		if s.c.errs.count() > before {
			return
		}
		s.statement(k.step)
	}
}

// call carries out addToPost(x) and its kin.
func (s *spiking) call(k *code) {
	n := k.call
	if want := emitters[n.name]; len(n.args) != want {
		s.c.fail(n, "", "%s takes %s, got %d", n.name, plural(want, "argument"), len(n.args))
		return
	}
	var to *Symbol
	var delay, value *node
	switch n.name {
	case "addToPost":
		to, value = s.emit("", PostVar, n), n.args[0]
	case "addToPostDelay":
		to, value, delay = s.emit("", PostVar, n), n.args[0], n.args[1]
	case "addToPre":
		to, value = s.emit("", PreVar, n), n.args[0]
	case "injectCurrent":
		to, value = s.emit("I", Var, n), n.args[0]
	case "inject":
		if n.args[0].kind != nodeName {
			s.c.fail(n.args[0], "write inject(exc, x)", "inject wants the name of an input first")
			return
		}
		to, value = s.emit(n.args[0].name, Var, n), n.args[1]
	}
	if to == nil {
		s.c.expr(value)
		return
	}
	s.emitTo(k, to, value, delay, false)
}

// emit is the symbol of an input that this body may add to, or nil after a mistake.
func (s *spiking) emit(name string, of SymbolKind, n *node) *Symbol {
	way := map[SymbolKind]string{PostVar: "post", PreVar: "pre", Var: "own"}[of]
	if !s.part.emit[way] {
		hint, what := "", "add to the input of a neuron"
		switch {
		case s.c.src.Kind == SpikingNeuron:
			hint = "use a current source, or write the term into the equation"
		case s.part.side != "":
			hint = "only code of synapses transmits: on pre, on post, events, equations"
		case s.c.src.Kind == SpikingSynapse && way == "post":
			hint, what = "transmit on pre, in the equations, or with addToPre", "add to the input of the postsynaptic neuron"
		case s.c.src.Kind == SpikingSynapse:
			hint, what = "use addToPost", "inject a current"
		case s.c.src.Kind == Update:
			hint = "assign its variables"
		default:
			hint = "use injectCurrent"
		}
		s.c.fail(n, hint, "%s of a %s cannot %s", s.part.name, kindNames[s.c.src.Kind], what)
		return nil
	}
	return s.c.other("emit "+way+"."+name, func() *Symbol {
		return &Symbol{Name: name, Kind: Emit, Locality: Local, Of: of, Pos: n.pos}
	})
}

// emitTo adds a value to what the body emits.
func (s *spiking) emitTo(k *code, to *Symbol, value, delay *node, negative bool) {
	e := s.c.expr(value)
	if e == nil {
		return
	}
	if e.Type() == Bool {
		s.c.wantNumber(value, "emission")
		return
	}
	s.measure(value, e)
	if e = toFloat(e); negative {
		e = &Unary{Neg, e}
	}
	s.l.claimDraws(e, s.drawn)
	x := s.now(e)
	if s.nested == 0 {
		st := &statement{start: k.start, end: k.end, op: "+="}
		s.note(&code{st: st}, to, e)
	}
	var d Expr
	if delay != nil {
		if d = s.value(delay); d == nil {
			return
		}
		if d.Type() == Bool {
			s.c.wantNumber(delay, "delay")
			return
		}
		d = s.now(convert(d, Int))
	}
	var out *emission
	for _, old := range s.emits {
		if old.to == to && old.delay == d {
			out = old
		}
	}
	if out == nil {
		out = &emission{to, d, &Symbol{Kind: Emit, Locality: Local}}
		s.emits = append(s.emits, out)
		s.l.touched = append(s.l.touched, out.key)
	}
	if sum := s.l.values[out.key]; sum != nil {
		if v, ok := constOf(sum); !ok || v != 0 {
			x = s.g.add(sum, x)
		}
	}
	s.l.values[out.key] = x
}
