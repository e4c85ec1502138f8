package model

import (
	"fmt"
	"math"
	"strings"
)

// name finds what a name of a spiking model means.
func (s *spiking) name(n *node) Expr {
	c := s.c
	if c.place == "" {
		for i := len(s.scopes) - 1; i >= 0; i-- {
			if sym := s.scopes[i][n.name]; sym != nil {
				return &Ref{sym}
			}
		}
	}
	switch n.name {
	case "pi", "M_PI":
		return &Const{V: math.Pi}
	case "t", "dt", "DT":
		if c.place == "init" && n.name == "t" {
			return c.fail(n, "", "an initial value cannot depend on time")
		}
		if n.name == "t" {
			return &Ref{s.time()}
		}
		return s.l.dt()
	}
	if v := c.vars[n.name]; v != nil {
		return s.variable(n, v)
	}
	if p := c.param(n.name, n.pos); p != nil {
		if p.Locality == Local && s.part.side != "" {
			return c.fail(n, "give it one value", "%s cannot read parameter %q, which has a value for every synapse: it runs once for a neuron", s.part.name, n.name)
		}
		return &Ref{p}
	}
	if full, ok := s.refs[n.name]; ok {
		side, name, _ := strings.Cut(full, ".")
		return s.dotted(n, side, name)
	}
	if n.name == "xi" || strings.HasPrefix(n.name, "xi_") {
		if !c.noise || c.place != "" {
			return c.fail(n, "use Normal(0, 1) elsewhere", "white noise %s belongs into an equation with a derivative", n.name)
		}
		return &Ref{c.other(n.name, func() *Symbol { return &Symbol{Name: n.name, Kind: Temp, Locality: Local, Pos: n.pos} })}
	}
	if e, ok := s.given(n); ok {
		if c.place == "init" && e != nil {
			return c.fail(n, "use numbers and parameters", "an initial value cannot depend on %q", n.name)
		}
		return e
	}
	if c.src.Kind == SpikingSynapse || c.src.Kind == Receptor || c.src.Kind == Current {
		for _, side := range []string{"pre", "post"} {
			if base, ok := strings.CutSuffix(n.name, "_"+side); ok && base != "" {
				return s.dotted(n, side, base)
			}
		}
	}
	if u, ok := unitTable[n.name]; ok && len(n.name) > 1 && s.nearDeclared(n.name) == "" { // 10*mV
		k := &Const{V: u.size}
		s.literals[k] = u.dim
		return k
	}
	return c.unknownName(n)
}

// nearDeclared is a variable or parameter that differs from a unit's name in
// case only, and may be meant.
func (s *spiking) nearDeclared(name string) string {
	for n := range s.c.vars {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	for n := range s.c.src.Params {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return ""
}

func (s *spiking) time() *Symbol {
	return s.c.other("t", func() *Symbol { return &Symbol{Name: "t", Kind: Time} })
}

func (s *spiking) stepSymbol() *Symbol {
	return s.c.other("step", func() *Symbol { return &Symbol{Name: "step", Kind: StepNow, Type: Int} })
}

func (s *spiking) stepNow() Expr { return s.g.ref(s.stepSymbol()) }

// variable is one that the model declares, where it may be read.
func (s *spiking) variable(n *node, v *Symbol) Expr {
	if s.c.place == "init" {
		return s.c.fail(n, "use numbers and parameters", "an initial value cannot depend on variable %q", n.name)
	}
	if why := s.hidden(v); why != "" {
		return s.c.fail(n, "", "%s cannot read %q, %s", s.part.name, n.name, why)
	}
	return &Ref{v}
}

// hidden says why this part cannot see a variable, or "".
func (s *spiking) hidden(v *Symbol) string {
	switch side := s.side[v.Name]; {
	case s.part.side == "" || side == s.part.side:
		return ""
	case side == "":
		return "which has a value for every synapse: it runs once for a neuron"
	default:
		return "which belongs to the " + side + "synaptic neuron"
	}
}

// given finds the names that every model of this kind has.
func (s *spiking) given(n *node) (Expr, bool) {
	name, kind := n.name, s.c.src.Kind
	if kind == SpikingNeuron {
		switch name {
		case "I", "Isyn", "I_syn":
			return s.input("I", n), true
		case "t_last", "last_spike", "lastspike":
			return s.spikeTime("st", Var), true
		case "not_refractory":
			if s.counter == nil {
				return s.c.fail(n, "give Refractory", "%q needs a refractory period", name), true
			}
			return &Binary{Le, &Ref{s.counter}, &Const{T: Int}}, true
		case "refractory":
			if s.counter != nil {
				return &Ref{s.counter}, true
			}
		}
		if _, ok := s.c.src.Inputs[name]; ok {
			return s.input(name, n), true
		}
		if target, ok := strings.CutPrefix(name, "g_"); ok && target != "" {
			return s.input(target, n), true
		}
	}
	if kind == SpikingSynapse {
		switch name {
		case "t_pre":
			return s.sided(n, "st", "pre")
		case "t_post":
			return s.sided(n, "st", "post")
		case "i":
			return s.sided(n, "id", "pre")
		case "j":
			return s.sided(n, "id", "post")
		}
		for _, side := range []string{"pre", "post"} {
			if base, ok := strings.CutSuffix(name, "_"+side); ok {
				switch base {
				case "st", "prev_st", "set", "prev_set", "id", "num":
					return s.sided(n, base, side)
				case "sT":
					return s.sided(n, "st", side)
				}
			}
		}
		if s.part.side != "" && (name == "id" || name == "num_neurons") {
			return s.sided(n, strings.TrimSuffix(name, "_neurons"), s.part.side)
		}
		return nil, false
	}
	switch name {
	case "id":
		return s.index("id", Element, Var), true
	case "num_neurons", "N":
		return s.index("num_neurons", Size, Var), true
	case "st", "prev_st", "set", "prev_set":
		if kind == SpikingNeuron {
			return s.spikeTime(name, Var), true
		}
	case "batch", "num_batch":
		return s.c.fail(n, "leave it out", "%q is not known to a model: every trial of a batch runs the same code", name), true
	}
	return nil, false
}

// sided is a name of one of the two neurons: a spike time, an index or a size.
func (s *spiking) sided(n *node, base, side string) (Expr, bool) {
	if s.part.side != "" && side != s.part.side {
		return s.c.fail(n, "", "%s cannot read %q: it runs once for a %ssynaptic neuron", s.part.name, n.name, s.part.side), true
	}
	of := PreVar
	if side == "post" {
		of = PostVar
	}
	switch base {
	case "id":
		return s.index("id_"+side, Element, of), true
	case "num":
		return s.index("num_"+side, Size, of), true
	}
	return s.spikeTime(base, of), true
}

func (s *spiking) index(name string, kind, of SymbolKind) Expr {
	loc := Local
	if of == PostVar {
		loc = PerPost
	}
	if kind == Size {
		loc = Global
	}
	return &Ref{s.c.other(name, func() *Symbol { return &Symbol{Name: name, Kind: kind, Type: Int, Locality: loc, Of: of} })}
}

// spikeTime is a time in ms: its step times dt. Differences are taken in steps,
// see [graph.elapsed].
func (s *spiking) spikeTime(name string, of SymbolKind) Expr {
	loc, key := Local, name
	switch of {
	case PreVar:
		key += "_pre"
	case PostVar:
		key, loc = key+"_post", PerPost
	}
	last := s.c.other(key, func() *Symbol { return &Symbol{Name: name, Kind: LastSpike, Type: Int, Locality: loc, Of: of} })
	return &Binary{Mul, &Call{ToFloat, []Expr{&Ref{last}}}, s.l.dt()}
}

// input is an input of a neuron.
func (s *spiking) input(name string, n *node) Expr {
	return &Ref{s.c.other("sum("+name+")", func() *Symbol {
		return &Symbol{Name: name, Kind: Input, Locality: Local, Value: s.c.src.Inputs[name], Pos: n.pos}
	})}
}

func (s *spiking) sum(n *node, target string) Expr {
	if s.c.src.Kind != SpikingNeuron {
		return s.c.fail(n, "the neuron's equations read it", "a %s has no sums", kindNames[s.c.src.Kind])
	}
	if target == "" {
		target = "I"
	}
	return s.input(target, n)
}

// dotted is pre.NAME or post.NAME, read.
func (s *spiking) dotted(n *node, side, name string) Expr {
	c := s.c
	if c.place == "init" {
		return c.fail(n, "use numbers and parameters", "an initial value cannot depend on a neuron's variable")
	}
	if v := c.vars[name]; v != nil && s.side[name] == side {
		return s.variable(n, v)
	}
	switch c.src.Kind {
	case SpikingSynapse:
		if s.part.side != "" && side != s.part.side {
			return c.fail(n, "", "%s cannot read %q: it runs once for a %ssynaptic neuron", s.part.name, side+"."+name, s.part.side)
		}
	case Receptor, Current:
		if side == "pre" {
			return c.fail(n, "post.NAME is a variable of the neuron", "a %s belongs to one neuron and knows no presynaptic one", kindNames[c.src.Kind])
		}
	default:
		return c.fail(n, "write "+name+" for the neuron's own variable, or sum(TARGET) for its input", "%s.%s has no meaning in a %s: it belongs into a synapse", side, name, kindNames[c.src.Kind])
	}
	kind, loc := PreVar, Local
	if side == "post" {
		kind = PostVar
		if c.src.Kind == SpikingSynapse {
			loc = PerPost
		}
	}
	return &Ref{c.other(side+"."+name, func() *Symbol { return &Symbol{Name: name, Kind: kind, Locality: loc, Pos: n.pos} })}
}

// known are further names for suggestions.
func (s *spiking) known() []string {
	var out []string
	for _, scope := range s.scopes {
		for n := range scope {
			out = append(out, n)
		}
	}
	for n := range s.refs {
		out = append(out, n)
	}
	for n := range s.c.src.Inputs {
		out = append(out, n)
	}
	switch s.c.src.Kind {
	case SpikingNeuron:
		out = append(out, "Isyn")
	case SpikingSynapse:
		out = append(out, "st_pre", "st_post", "id_pre", "id_post")
	}
	return out
}

// target is the variable, local or input that a statement changes, or nil after a mistake.
func (s *spiking) target(n *node, op string) *Symbol {
	c := s.c
	side, name := "", n.name
	switch n.kind {
	case nodeName:
		for i := len(s.scopes) - 1; i >= 0; i-- {
			if sym := s.scopes[i][name]; sym != nil {
				return sym
			}
		}
		if v := c.vars[name]; v != nil {
			return s.assignable(n, v)
		}
		if full, ok := s.refs[name]; ok {
			side, name, _ = strings.Cut(full, ".")
			break
		}
		if v, ok := c.src.Params[name]; ok {
			c.param(name, n.pos)
			c.fail(n, "declare a variable instead of the parameter", "%q is a parameter (%g); code cannot change it", name, v)
			return nil
		}
		added := op == "+=" || op == "-="
		switch {
		case added && c.src.Kind == SpikingSynapse && name == "g_target":
			return s.emit("", PostVar, n)
		case added && (c.src.Kind == Receptor || c.src.Kind == Current) && (name == "I" || name == "Isyn"):
			return s.emit("I", Var, n)
		case c.src.Kind == SpikingNeuron && (name == "I" || name == "Isyn" || strings.HasPrefix(name, "g_")):
			if strings.HasPrefix(name, "g_") {
				break
			}
			c.fail(n, "copy it: scalar x = "+name, "%q is the input; it cannot be assigned", name)
			return nil
		}
		for _, end := range []string{"pre", "post"} {
			if base, ok := strings.CutSuffix(name, "_"+end); ok && base != "" && c.src.Kind == SpikingSynapse {
				side, name = end, base
			}
		}
		if side == "" {
			s.undeclared(n)
			return nil
		}
	case nodeDotted:
		side = n.side
	case nodeDotSum, nodeCall:
		c.fail(n, "", "%q cannot be assigned", c.t.slice(n.start, n.end))
		return nil
	default:
		c.fail(n, "write NAME = EXPRESSION, or use a derivative dNAME/dt", "the left side %q is neither a name nor holds a derivative", c.t.slice(n.start, n.end))
		return nil
	}
	if v := c.vars[name]; v != nil && s.side[name] == side {
		return s.assignable(n, v)
	}
	if c.src.Kind != SpikingSynapse || s.part.side != "" {
		c.fail(n, "", "%s of a %s cannot change %s.%s, which belongs to a neuron", s.part.name, kindNames[c.src.Kind], side, name)
		return nil
	}
	if op != "+=" && op != "-=" {
		c.fail(n, fmt.Sprintf("write %s.%s += …", side, name), "a synapse can only add to %s.%s, which belongs to a neuron: several synapses may do so at once", side, name)
		return nil
	}
	if name == "in" || name == "inSyn" {
		name = ""
		if side == "post" {
			return s.emit("", PostVar, n)
		}
	}
	if side == "post" {
		return s.add(name, PostVar, n)
	}
	return s.add(name, PreVar, n)
}

// add is the symbol of a neuron's variable or input that a synapse adds to.
func (s *spiking) add(name string, of SymbolKind, n *node) *Symbol {
	way := map[SymbolKind]string{PostVar: "post", PreVar: "pre"}[of]
	if name == "I" || name == "Isyn" {
		name = "I"
	}
	return s.c.other("emit "+way+"."+name, func() *Symbol {
		return &Symbol{Name: name, Kind: Emit, Locality: Local, Of: of, Pos: n.pos}
	})
}

func (s *spiking) assignable(n *node, v *Symbol) *Symbol {
	if why := s.hidden(v); why != "" {
		s.c.fail(n, "", "%s cannot change %q, %s", s.part.name, n.name, why)
		return nil
	}
	switch {
	case s.c.src.Kind == SpikingSynapse && s.part.side == "" && s.side[v.Name] != "":
		s.c.fail(n, fmt.Sprintf("change it in the %s equations or the %s spike code", s.side[v.Name], s.side[v.Name]),
			"%s cannot change %q, which has one value for a %ssynaptic neuron and all its synapses", s.part.name, n.name, s.side[v.Name])
		return nil
	case s.part.event && v.Locality == Global, s.part.event && v.Locality == PerPost && s.part.side == "":
		s.c.fail(n, "change it in the equations", "%s cannot change %q, which is %s", s.part.name, n.name, localityNames[v.Locality])
		return nil
	}
	return v
}

// undeclared reports an assignment to a name that nothing declares.
func (s *spiking) undeclared(n *node) {
	c := s.c
	if c.unknown[n.name] {
		return
	}
	c.unknown[n.name] = true
	if why := reservedName(n.name); why != "" {
		c.fail(n, "choose another name", "%q cannot name a variable: it is %s", n.name, why)
		return
	}
	where := "equations"
	if s.part.side != "" {
		where = s.part.side + " equations"
	}
	hint := fmt.Sprintf("add the line %q to the %s, or write scalar %s = … for a local", n.name+" : init=0", where, n.name)
	if near := didYouMean(n.name, c.known()); near != "" {
		hint = near + " If not, " + hint
	} else if c.src.Kind == SpikingSynapse && s.part.side == "" {
		hint = fmt.Sprintf("add to a neuron's variable with post.%s += …; declare one of the synapse by the line %q in the equations; or write scalar %s = … for a local", n.name, n.name+" : init=0", n.name)
	}
	if s.c.src.Kind == Update {
		hint = hintOr(didYouMean(n.name, c.known()), "name it among the references")
	}
	c.fail(n, hint, "%q is assigned, but not declared", n.name)
}
