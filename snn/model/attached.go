package model

// attached compiles what hangs on neurons: receptors, current sources, custom updates.
func (s *spiking) attached() {
	c, src := s.c, s.c.src
	p := part{name: "equations", define: true}
	switch src.Kind {
	case Receptor, Current:
		p.emit = map[string]bool{"own": true}
		if src.Kind == Receptor {
			in := &Symbol{Name: "in", Kind: Var, Locality: Local}
			s.declare(in, "")
			c.vars["inSyn"] = in
		}
	case Update:
		for _, name := range sortedNames(src.Refs) {
			v := &Symbol{Name: name, Kind: Var, Locality: Global}
			if src.Refs[name] {
				v.Locality = Local
			}
			if _, param := src.Params[name]; param || !validName(name) || reservedName(name) != "" {
				c.errs.global("model", name, "choose another name", "%q cannot name a reference", name)
				continue
			}
			s.declare(v, "")
		}
	}
	s.part = p
	list := s.read("equations", src.Equations)
	c.t = s.texts["equations"]
	s.define(list, "")
	s.checkUnits()
	s.begin(p)
	s.equations = map[*code]*equation{}
	s.readFlags(list, s.equations)
	s.run(list)
	s.section("equations")
	if c.errs.count() > 0 {
		return
	}
	s.m.Step = s.schedule(s.derive(s.changed(), false), false)
}
