package model

import "strings"

// define finds the variables of a text: declared ones, and those that an
// equation at its top level defines. side is that of pre or post variables.
func (s *spiking) define(list []*code, side string) {
	c := s.c
	for _, k := range list {
		switch k.kind {
		case codeDeclare:
			if v := s.newVariable(k.st.left, side, k); v != nil {
				s.describe(k, v)
			}
		case codeAssign:
			target := s.definition(k)
			if target == nil {
				continue
			}
			if k.st.deriv != "" {
				if first := s.odes[target.name]; first != nil {
					c.fail(target, "give one of them another name", "%q has two equations, the first in line %d", target.name, first.pos.Line)
					k.kind, k.body = codeIf, nil // not carried out
					continue
				}
				s.odes[target.name] = k
			}
			if v := s.newVariable(target, side, k); v != nil {
				s.describe(k, v)
			}
		}
	}
}

// definition is the name that a statement defines, or nil: an equation with a
// derivative, or NAME = … of a name that is nothing else.
func (s *spiking) definition(k *code) *node {
	st := k.st
	if hasDerivative(st) {
		n := s.c.assigned(st)
		if n == nil {
			k.kind, k.body = codeIf, nil // not carried out: reported
		}
		return n
	}
	n := st.left
	if n.kind != nodeName || st.op != "=" && len(st.flags) == 0 {
		return nil
	}
	if s.declaredLocal(k, n.name) || s.refs[n.name] != "" || s.c.src.Params[n.name] != 0 {
		return nil
	}
	if _, param := s.c.src.Params[n.name]; param {
		return nil
	}
	return n
}

// hasDerivative tells whether a statement is an equation with a derivative.
func hasDerivative(st *statement) bool {
	found := false
	find := func(n *node) { found = found || n.kind == nodeDeriv }
	st.left.walk(find)
	st.right.walk(find)
	return found
}

// declaredLocal tells whether a local of that name is declared in the text.
func (s *spiking) declaredLocal(k *code, name string) bool {
	for _, other := range s.parsed[s.part.name] {
		if other.kind == codeLocal && other.st.left.name == name {
			return true
		}
	}
	return false
}

// newVariable is the variable of a name, made when it is new; nil after a mistake.
func (s *spiking) newVariable(n *node, side string, k *code) *Symbol {
	c, name := s.c, n.name
	if v := c.vars[name]; v != nil {
		if s.side[name] != side {
			c.fail(n, "choose another name", "%q is declared twice, for the synapse or for different neurons", name)
			return nil
		}
		if first := s.defined[name]; first != nil && first.kind == codeDeclare && k.kind == codeDeclare {
			c.fail(n, "remove one of them", "%q is declared twice, first in line %d", name, first.pos.Line)
			return nil
		}
		if s.defined[name] == nil {
			s.defined[name] = k
		}
		return v
	}
	if c.src.Kind == Update {
		c.fail(n, hintOr(didYouMean(name, c.known()), "name it among the references"), "unknown variable %q: a custom update has none of its own", name)
		c.unknown[name] = true
		return nil
	}
	why := reservedName(name)
	switch {
	case c.src.Kind == SpikingNeuron && (name == "I" || name == "Isyn") && k.kind == codeAssign && k.st.deriv == "" && mentionsName(k.st.right, name):
		c.fail(n, "copy it: scalar x = "+name, "%q is the input; it cannot be assigned", name)
		return nil
	case why != "":
		c.fail(n, "choose another name", "%q cannot name a variable: it is %s", name, why)
		c.unknown[name] = true
		return nil
	case c.funcs[name] != nil:
		c.fail(n, "choose another name", "%q is both a function and a variable", name)
		return nil
	case s.refs[name] != "":
		c.fail(n, "choose another name", "%q stands for %s", name, s.refs[name])
		return nil
	case c.src.Kind == SpikingSynapse && (strings.HasSuffix(name, "_pre") || strings.HasSuffix(name, "_post")):
		c.fail(n, "choose another name", "%q cannot name a variable of a synapse: names with _pre and _post read the neurons", name)
		return nil
	}
	if v, ok := c.src.Params[name]; ok {
		c.param(name, n.pos)
		c.fail(n, "choose another name for the variable, or remove the parameter", "%q is a parameter (%g); an equation cannot change it", name, v)
		return nil
	}
	v := &Symbol{Name: name, Kind: Var, Locality: Local, Pos: n.pos}
	switch side {
	case "pre":
		v.Locality = PerPre
	case "post":
		v.Locality = PerPost
	}
	s.declare(v, side)
	s.defined[name] = k
	return v
}

func mentionsName(n *node, name string) bool {
	found := false
	n.walk(func(m *node) { found = found || m.kind == nodeName && m.name == name })
	return found
}

// declare adds a variable.
func (s *spiking) declare(v *Symbol, side string) {
	s.c.vars[v.Name] = v
	s.c.varOrder = append(s.c.varOrder, v)
	if side != "" {
		s.side[v.Name] = side
	}
}

// propertiesOf remembers which flag told locality and type.
type propertiesOf struct{ locality, typ map[string]string }

// describe reads the flags of a declaration or equation that tell type and locality.
func (s *spiking) describe(k *code, v *Symbol) {
	if s.flags == nil {
		s.flags = map[*Symbol]propertiesOf{}
	}
	p, ok := s.flags[v]
	if !ok {
		p = propertiesOf{map[string]string{}, map[string]string{}}
		s.flags[v] = p
	}
	eq := &equation{st: k.st, sym: v, ode: k.st.deriv != ""}
	loc := v.Locality
	s.c.properties(eq, p.locality, p.typ)
	if v.Locality != loc && (s.part.side != "" || s.c.src.Kind != SpikingNeuron && s.c.src.Kind != SpikingSynapse) {
		s.fail(k, "remove the flag", "%q has one value for each neuron", v.Name)
		v.Locality = loc
	}
	for _, f := range k.st.flags {
		switch f.word {
		case "unless refractory", "unless_refractory":
			if s.c.src.Kind == SpikingNeuron {
				s.special[v] = "unless refractory"
			}
		case "event-driven":
			s.special[v] = "event-driven"
		default:
			if unitFlag(f) {
				s.declareUnit(k, v, f)
			}
		}
	}
}

// readFlags reads bounds, initial values and methods of all definitions of a text.
func (s *spiking) readFlags(list []*code, equations map[*code]*equation) {
	for _, k := range list {
		if k.kind != codeDeclare && k.kind != codeAssign || k.st.left == nil {
			continue
		}
		name := k.st.left.name
		if k.st.deriv != "" {
			name = k.st.deriv
		}
		v := s.c.vars[name]
		if v == nil || k.kind == codeAssign && k.st.left.kind != nodeName && k.st.deriv == "" {
			if len(k.st.flags) > 0 && v == nil && k.kind == codeAssign {
				s.c.expr(k.st.right)
			}
			continue
		}
		if k.st.deriv == "" && len(k.st.flags) == 0 {
			continue
		}
		eq := &equation{st: k.st, sym: v, ode: k.st.deriv != ""}
		s.l.checkFlags(eq)
		if equations != nil {
			equations[k] = eq
		}
	}
}

// freezes tells whether a variable keeps its value while its neuron is
// refractory: the flagged ones, or, when none is flagged, all but conductances.
func (s *spiking) freezes(v *Symbol) bool {
	if v == s.counter {
		return false
	}
	for _, what := range s.special {
		if what == "unless refractory" {
			return s.special[v] == what
		}
	}
	return !strings.HasPrefix(v.Name, "g_") && v.Locality == Local
}
