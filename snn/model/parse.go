package model

import (
	"fmt"
	"sort"
	"strings"
)

// equation is a checked statement.
type equation struct {
	st       *statement
	sym      *Symbol
	ode      bool
	left     Expr // ODE: as written
	right    Expr // as written; of an assignment: the new value
	value    Expr // assignment: interned
	num, den Expr // ODE: dx/dt = num/den, interned
	noise    []noiseTerm
	method   string
	where    map[Expr]*node
	printed  int // spiking kinds: index of its Equation
}

// noiseTerm is coef·xi of an ODE's num.
type noiseTerm struct {
	xi   *Symbol
	coef Expr
}

// bounds of a variable, interned.
type bounds struct{ low, high Expr }

// Parse reads, checks and lowers a model. The error, if any, is an [Errors]
// that holds every mistake.
func Parse(src Source) (*Model, error) {
	c := &checker{
		src: src, errs: &errorList{}, params: map[string]*Symbol{}, vars: map[string]*Symbol{}, others: map[string]*Symbol{},
		funcs: map[string]*function{}, unknown: map[string]bool{}, where: map[Expr]*node{}, size: map[Expr]int{},
	}
	switch {
	case src.Kind > Update:
		c.errs.global("model", "", "", "kind %d is neither Neuron nor Synapse nor one of the spiking kinds", src.Kind)
		return nil, c.errs.err()
	case src.Kind >= SpikingNeuron:
		return parseSpiking(c)
	}
	c.checkSource()
	if src.Functions != "" {
		t := newText("functions", src.Functions)
		c.t = t
		c.declareFunctions(parseFunctions(t, c.errs))
	}
	t := newText("equations", src.Equations)
	c.t, c.equations = t, t
	statements, broken := parseStatements(t, c.errs, src.Params)
	for n := range broken {
		c.unknown[n] = true
		if _, isParam := src.Params[n]; isParam {
			c.param(n, Pos{})
		}
	}
	g := newGraph()
	l := &lowering{c: c, g: g, values: env{}, bounds: map[*Symbol]bounds{}, noiseLoc: map[*Symbol]Locality{}, noises: map[*Symbol]*Rand{}}
	eqs := c.declare(statements)
	if src.Kind == Synapse && c.vars["w"] == nil {
		w := &Symbol{Name: "w", Kind: Var, Locality: Local}
		c.vars["w"] = w
		c.varOrder = append([]*Symbol{w}, c.varOrder...)
	}
	if r := c.vars["r"]; src.Kind == Neuron && (r == nil && !broken["r"] || r != nil && r.Type != Float) {
		what := "defines no r"
		if r != nil {
			what = "has an r that is not a float"
		}
		c.errs.global("model", "", "add an equation for r, such as tau*dr/dt + r = sum(exc)", "a rate neuron transmits its variable r, but the model %s", what)
	}
	good := true
	for _, eq := range eqs {
		good = l.checkEquation(eq) && good
	}
	psp := l.checkPSP()
	c.t = t
	c.checkUnused()
	// Methods have mistakes of their own; look for them wherever all equations are understood.
	if good {
		l.run(eqs)
	}
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	return l.model(eqs, psp), nil
}

// checkSource looks at what is not text.
func (c *checker) checkSource() {
	names := make([]string, 0, len(c.src.Params))
	for n := range c.src.Params {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		v := c.src.Params[n]
		why := reservedName(n)
		switch {
		case !validName(n):
			c.errs.global("parameters", n, "use letters, digits and _", "%q cannot name a parameter", n)
		case why != "":
			c.errs.global("parameters", n, "choose another name", "%q cannot name a parameter: it is %s", n, why)
		case n == "w" && c.src.Kind == Synapse:
			c.errs.global("parameters", n, "set it where the populations are connected", "w is a variable of every synapse, not a parameter")
		}
		if !finite(v) {
			c.errs.global("parameters", n, "", "parameter %s is %v, want a finite number", n, v)
		}
	}
	for _, n := range c.src.PerElement {
		if _, ok := c.src.Params[n]; !ok {
			c.errs.global("parameters", n, hintOr(didYouMean(n, names), "give it a value, too"), "parameter %q is to have one value per element, but it is not among the parameters", n)
		}
	}
	if m := c.src.Method; m != "" && methods[m] == "" {
		if m == "event-driven" && c.src.Kind >= SpikingNeuron {
			c.errs.global("model", m, "write dx/dt = -x/tau : event-driven", "method %q belongs to single equations of a spiking synapse", m)
		} else if m == "event-driven" {
			c.errs.global("model", m, "use exact or exponential in rate models", "method %q belongs to spiking models, which this version does not have", m)
		} else {
			c.errs.global("model", m, hintOr(didYouMean(m, methodNames()), "methods are euler, exponential, midpoint, rk4, implicit, semiimplicit, exact, heun, milstein"), "unknown method %q", m)
		}
	}
	ops := []string{"sum", "max", "min", "mean"}
	if o := c.src.Operation; o != "" {
		known := false
		for _, k := range ops {
			known = known || k == o
		}
		if c.src.Kind == Neuron {
			c.errs.global("model", o, "give it with the synapse", "a neuron has no operation")
		} else if !known {
			c.errs.global("model", o, hintOr(didYouMean(o, ops), "operations are sum, max, min, mean"), "unknown operation %q", o)
		}
	}
	if c.src.Kind == Neuron && c.src.PSP != "" {
		c.errs.global("model", c.src.PSP, "give it with the synapse", "a neuron has no psp")
	}
}

func validName(n string) bool {
	for i, r := range n {
		if i == 0 && !isNameStart(r) || !isNamePart(r) {
			return false
		}
	}
	return n != ""
}

// declare finds the variables, their types and localities.
func (c *checker) declare(statements []*statement) []*equation {
	var eqs []*equation
	defined := map[string]*statement{}
	localityOf := map[string]string{}
	typeOf := map[string]string{}
	for _, s := range statements {
		target := c.assigned(s)
		if target == nil {
			continue
		}
		name := target.name
		if !c.canAssign(target, s.deriv != "") {
			continue
		}
		if s.op == "=" {
			if first := defined[name]; first != nil {
				c.fail(target, "change it further with +=, or choose another name", "%q is defined twice, first in line %d", name, first.pos.Line)
				continue
			}
			defined[name] = s
		}
		sym := c.vars[name]
		if sym == nil {
			sym = &Symbol{Name: name, Kind: Var, Locality: Local, Pos: target.pos}
			c.vars[name] = sym
			c.varOrder = append(c.varOrder, sym)
		}
		eq := &equation{st: s, sym: sym, ode: s.deriv != ""}
		c.properties(eq, localityOf, typeOf)
		eqs = append(eqs, eq)
	}
	return eqs
}

// assigned is the node that names the variable of a statement, or nil after a mistake.
func (c *checker) assigned(s *statement) *node {
	var d *node
	several := false
	find := func(n *node) {
		if n.kind != nodeDeriv {
			return
		}
		if d != nil && d.name != n.name {
			several = true
		}
		if d == nil {
			d = n
		}
	}
	s.left.walk(find)
	s.right.walk(find)
	switch {
	case several:
		c.fail(s.left, "give each variable an equation of its own", "one equation with the derivatives of several variables")
		return nil
	case d != nil && s.op != "=":
		c.fail(d, "write it with =", "an equation with a derivative cannot use %q", s.op)
		return nil
	case d != nil:
		s.deriv = d.name
		return d
	}
	switch n := s.left; n.kind {
	case nodeName:
		return n
	case nodeDotted, nodeDotSum:
		c.fail(n, "give the neuron an equation for it", "an equation cannot change %s.%s, which belongs to a neuron", n.side, n.name)
	case nodeCall:
		if n.name == "sum" {
			c.fail(n, "", "sum(…) is the input; it cannot be assigned")
		} else {
			c.fail(n, "give it with the model's functions", "functions are not defined among the equations")
		}
	default:
		c.fail(n, "write NAME = EXPRESSION, or use a derivative dNAME/dt", "the left side %q is neither a name nor holds a derivative", c.t.slice(n.start, n.end))
	}
	return nil
}

func (c *checker) canAssign(n *node, ode bool) bool {
	name := n.name
	if why := reservedName(name); why != "" {
		c.fail(n, "choose another name", "%q cannot name a variable: it is %s", name, why)
		return false
	}
	if c.funcs[name] != nil {
		c.fail(n, "choose another name", "%q is both a function and a variable", name)
		return false
	}
	if v, ok := c.src.Params[name]; ok {
		c.param(name, n.pos)
		c.fail(n, "choose another name for the variable, or remove the parameter", "%q is a parameter (%g); an equation cannot change it", name, v)
		return false
	}
	if c.src.Kind == Synapse && (strings.HasSuffix(name, "_pre") || strings.HasSuffix(name, "_post")) {
		c.fail(n, "choose another name", "%q cannot name a variable of a synapse: names with _pre and _post read the neurons", name)
		return false
	}
	return true
}

// properties reads the flags that tell type and locality.
func (c *checker) properties(eq *equation, localityOf, typeOf map[string]string) {
	for _, f := range eq.st.flags {
		n := flagNode(eq.st, f)
		switch f.word {
		case "shared", "global", "population", "projection", "local", "per post", "per-post", "semiglobal", "postsynaptic":
			loc := Global
			switch f.word {
			case "local":
				loc = Local
			case "per post", "per-post", "semiglobal", "postsynaptic":
				loc = PerPost
			}
			if loc == PerPost && c.src.Kind == Neuron {
				c.fail(n, "use shared for one value", "%q has a meaning in synapses only", f.word)
				continue
			}
			if old := localityOf[eq.sym.Name]; old != "" && old != f.word {
				c.fail(n, "", "variable %q is %s already", eq.sym.Name, old)
				continue
			}
			if eq.sym.Name == "r" && c.src.Kind == Neuron && loc != Local {
				c.fail(n, "give the shared quantity a name of its own", "r has one value per neuron and cannot be %s", f.word)
				continue
			}
			localityOf[eq.sym.Name] = f.word
			eq.sym.Locality = loc
		case "int", "integer", "bool", "boolean", "float":
			t := Float
			switch f.word[0] {
			case 'i':
				t = Int
			case 'b':
				t = Bool
			}
			if old := typeOf[eq.sym.Name]; old != "" && old != f.word {
				c.fail(n, "", "variable %q is %s already", eq.sym.Name, old)
				continue
			}
			if eq.ode && t != Float {
				c.fail(n, "", "%q has a derivative, so it is a float", eq.sym.Name)
				continue
			}
			typeOf[eq.sym.Name] = f.word
			eq.sym.Type = t
		default:
			continue
		}
		if f.value != nil {
			c.fail(n, "write "+f.word+" alone", "flag %s takes no value", f.word)
		}
	}
}

// flagNode is a node at the place of a flag, for messages.
func flagNode(s *statement, f flag) *node {
	start := 0
	for l, i := 1, 0; i < len(s.source.runes) && l <= f.pos.Line; i++ {
		if l == f.pos.Line {
			start = i + f.pos.Col - 1
			break
		}
		if s.source.runes[i] == '\n' {
			l++
		}
	}
	return &node{pos: f.pos, start: start, end: start + len([]rune(f.text))}
}

// checkUnused reports parameters that no equation mentions. One that an unknown
// name was taken for has been reported there.
func (c *checker) checkUnused() {
	var unused []string
	for _, n := range sortedNames(c.src.Unmentioned) { // the order counts: it numbers random streams
		if _, ok := c.src.Params[n]; ok && c.params[n] == nil && validName(n) {
			c.param(n, Pos{})
		}
	}
	for n := range c.src.Params {
		if c.params[n] == nil && reservedName(n) == "" && validName(n) && !(n == "w" && c.src.Kind == Synapse) {
			unused = append(unused, n)
		}
	}
	sort.Strings(unused)
	for _, n := range unused {
		var unknown, names []string
		for u := range c.unknown {
			unknown = append(unknown, u)
		}
		if Nearest(n, unknown) != "" {
			continue
		}
		for k := range c.vars {
			names = append(names, k)
		}
		for k := range c.params {
			names = append(names, k)
		}
		c.errs.global("parameters", n, hintOr(didYouMean(n, names), "remove it, or use it"), "parameter %q is given, but no equation mentions it", n)
	}
}

// coerce gives e the type of a variable.
func (c *checker) coerce(n *node, e Expr, s *Symbol) Expr {
	have, want := e.Type(), s.Type
	switch {
	case have == want:
		return e
	case want == Float && have == Int:
		return toFloat(e)
	case want == Int && have == Float:
		if k := wholeConst(e); k != nil {
			return k
		}
		return c.fail(n, "write int(…) to cut the fraction off", "%q is int, but the value is a float", s.Name)
	case have == Bool:
		return c.fail(n, fmt.Sprintf("flag it with : bool, or write ite(%s, 1, 0)", c.t.slice(n.start, n.end)), "%q is %s, but the value is a condition", s.Name, typeName(want))
	}
	return c.fail(n, "write a comparison", "%q is bool, but the value is a number", s.Name)
}
