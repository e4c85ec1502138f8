package model

// synapse compiles a spiking synapse: what spikes and events do, its dynamics,
// and the variables of it that belong to the neurons.
func (s *spiking) synapse() {
	c, src, m := s.c, s.c.src, s.m
	both := map[string]bool{"post": true, "pre": true}
	equations := part{name: "equations", define: true, emit: both}
	pre := part{name: "pre equations", side: "pre", define: true}
	post := part{name: "post equations", side: "post", define: true}

	s.weight = src.Weight
	if s.weight == "" {
		s.weight = "w"
	}
	if _, param := src.Params[s.weight]; !param {
		if !validName(s.weight) || reservedName(s.weight) != "" {
			c.errs.global("model", s.weight, "use letters, digits and _", "%q cannot name the weight", s.weight)
		}
		s.declare(&Symbol{Name: s.weight, Kind: Var, Locality: Local}, "")
	}
	type defining struct {
		part part
		text string
		list []*code
	}
	parts := []*defining{{part: equations, text: src.Equations}, {part: pre, text: src.PreEquations}, {part: post, text: src.PostEquations}}
	for _, d := range parts {
		s.part = d.part
		d.list = s.read(d.part.name, d.text)
		c.t = s.texts[d.part.name]
		s.define(d.list, d.part.side)
	}
	s.checkUnits()
	s.equations = map[*code]*equation{}
	for _, d := range parts {
		s.part = d.part
		c.t = s.texts[d.part.name]
		s.readFlags(d.list, s.equations)
	}

	s.begin(equations)
	s.run(parts[0].list)
	s.section("equations")
	s.checkEventDriven()
	dynamics := s.changed()
	for _, eq := range s.eventDriven {
		for _, a := range dynamics {
			if s.g.mentions(a.X, eq.sym) {
				c.fail(&node{}, "leave event-driven out", "equations read %s, which is event-driven: it is up to date only when a spike arrives", eq.sym.Name)
				break
			}
		}
	}
	m.Step = s.schedule(s.derive(dynamics, false), false)
	for i, d := range parts[1:] {
		s.begin(d.part)
		s.run(d.list)
		s.section(d.part.name)
		body := s.sideBody()
		if i == 0 {
			m.PreStep = body
		} else {
			m.PostStep = body
		}
	}
	m.PreSpike = s.sideSpike("pre spike", "pre", src.PreSpike)
	m.PostSpike = s.sideSpike("post spike", "post", src.PostSpike)

	if len(s.eventDriven) > 0 {
		s.updated = &Symbol{Name: "updated", Kind: Var, Type: Int, Locality: Local}
		s.declare(s.updated, "")
	}
	onPre := src.OnPre
	if onPre == "" && src.Equations+src.OnPost+src.OnPreEvent+src.OnPostEvent+src.PreEvent+src.PostEvent+src.PreEquations+src.PostEquations+src.PreSpike+src.PostSpike == "" {
		onPre = "addToPost(" + s.weight + ")"
	}
	m.OnPre = s.onEvent("on pre", onPre, both)
	m.OnPreEvent = s.onEvent("on pre event", src.OnPreEvent, both)
	m.OnPost = s.onEvent("on post", src.OnPost, map[string]bool{"pre": true})
	m.OnPostEvent = s.onEvent("on post event", src.OnPostEvent, map[string]bool{"pre": true})
	m.PreEvent = s.eventCondition("pre event", "pre", src.PreEvent, src.OnPreEvent)
	m.PostEvent = s.eventCondition("post event", "post", src.PostEvent, src.OnPostEvent)
}

// onEvent compiles code that runs for a synapse on a spike or an event.
func (s *spiking) onEvent(name, text string, emit map[string]bool) []Assign {
	if text == "" {
		return nil
	}
	list := s.read(name, text)
	s.begin(part{name: name, event: true, emit: emit})
	s.catchUp()
	s.run(list)
	s.section(name)
	if s.c.errs.count() > 0 {
		return nil
	}
	return s.schedule(s.derive(s.changed(), false), true)
}

// sideBody writes the present body of a neuron's side.
func (s *spiking) sideBody() []Assign {
	if s.c.errs.count() > 0 {
		return nil
	}
	return s.schedule(s.derive(s.changed(), false), true)
}

func (s *spiking) sideSpike(name, side, text string) []Assign {
	if text == "" {
		return nil
	}
	list := s.read(name, text)
	s.begin(part{name: name, side: side, event: true})
	s.run(list)
	s.section(name)
	return s.sideBody()
}

func (s *spiking) eventCondition(name, side, text, code string) Expr {
	if text == "" {
		if code != "" {
			s.c.errs.global("model", "", "give its condition, such as "+side+".V > -40", "the synapse has code on %s, but no condition for it", name)
		}
		return nil
	}
	if code == "" {
		s.c.errs.global("model", text, "give the code that runs then, or leave the condition out", "the synapse has a condition for %s, but no code on it", name)
	}
	e := s.condition1(name, text, func(p part) {
		p.side = side
		s.begin(p)
	})
	if e == nil {
		return nil
	}
	return s.condition2(name, e)
}
