package model

import (
	"sort"
	"strings"
)

// part is one text of a spiking model and what it may do.
type part struct {
	name   string // for messages: "equations", "on pre"
	side   string // "pre" or "post": runs for that neuron; "" for the neuron or synapse itself
	event  bool   // runs on a spike or an event: no equations with derivatives
	emit   map[string]bool
	define bool // plain assignments define variables
}

// spiking compiles the texts of a spiking kind. Values are followed through
// the statements as expressions of those before the body; both sides of an if
// are computed, and each variable selects one.
type spiking struct {
	c *checker
	l *lowering
	g *graph
	m *Model

	part   part
	scopes []map[string]*Symbol
	locals map[*Symbol]bool // all that were declared
	drawn  Locality         // of draws in the present statement
	nested int              // statements under if and for
	steps  int              // statements carried out
	temps  int              // temporaries named so far

	emits     []*emission       // of the present body, in order
	side      map[string]string // of a pre or post variable: "pre", "post"
	refs      map[string]string // other names, from Source.Names
	weight    string
	special   map[*Symbol]string // by Symbol: "event-driven", "unless refractory"
	defined   map[string]*code   // by an equation or declaration
	odes      map[string]*code   // the equation with a derivative of a variable
	flags     map[*Symbol]propertiesOf
	parts     []Equation          // of the present part, for printing
	equations map[*code]*equation // with a derivative
	sections  []section
	constants map[Expr]*Symbol // see derive

	counter     *Symbol // refractory steps left
	awake       Expr    // not refractory before the step
	updated     *Symbol // step of the last update of event-driven variables
	eventDriven []*equation
	parsed      map[string][]*code

	measured bool            // some declaration has a unit: all are checked
	dims     map[*Symbol]dim // of variables and locals
	named    map[string]dim  // of parameters and inputs, from Source.Units
	literals map[*Const]dim  // units in expressions
	texts    map[string]*text
}

// emission is what a body adds to one input: the sum stands in values under key.
type emission struct {
	to    *Symbol
	delay Expr
	key   *Symbol
}

// maxSteps bounds the statements that a body carries out when loops are written out.
const maxSteps = 8000

func parseSpiking(c *checker) (*Model, error) {
	g := newGraph()
	l := &lowering{c: c, g: g, values: env{}, bounds: map[*Symbol]bounds{}, noiseLoc: map[*Symbol]Locality{}, noises: map[*Symbol]*Rand{}}
	s := &spiking{
		c: c, l: l, g: g, m: &Model{Source: c.src}, locals: map[*Symbol]bool{}, side: map[string]string{}, refs: c.src.Names,
		special: map[*Symbol]string{}, defined: map[string]*code{}, odes: map[string]*code{}, parsed: map[string][]*code{}, texts: map[string]*text{},
		drawn: Local, dims: map[*Symbol]dim{}, named: map[string]dim{}, literals: map[*Const]dim{},
	}
	c.spk, g.step = s, s.stepSymbol
	s.checkSource()
	s.givenUnits()
	if c.src.Functions != "" {
		t := newText("functions", c.src.Functions)
		c.t = t
		c.declareFunctions(parseFunctions(t, c.errs))
	}
	switch c.src.Kind {
	case SpikingNeuron:
		s.neuron()
	case SpikingSynapse:
		s.synapse()
	default:
		s.attached()
	}
	c.t = newText("equations", "")
	c.checkUnused()
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	s.finish()
	return s.m, nil
}

// field is a text of Source with the name that messages give it.
type field struct {
	name  string
	text  string
	kinds string // letters of the kinds that have it: N, S, R, C, U
}

func (src *Source) fields() []field {
	return []field{
		{"spike", src.Spike, "N"}, {"reset", src.Reset, "N"}, {"refractory", src.Refractory, "N"},
		{"on pre", src.OnPre, "S"}, {"on post", src.OnPost, "S"}, {"on pre event", src.OnPreEvent, "S"}, {"on post event", src.OnPostEvent, "S"},
		{"pre event", src.PreEvent, "S"}, {"post event", src.PostEvent, "S"}, {"pre equations", src.PreEquations, "S"},
		{"post equations", src.PostEquations, "S"}, {"pre spike", src.PreSpike, "S"}, {"post spike", src.PostSpike, "S"},
		{"weight", src.Weight, "S"}, {"psp", src.PSP, ""}, {"operation", src.Operation, ""},
	}
}

var kindNames = [...]string{
	Neuron: "rate neuron", Synapse: "rate synapse", SpikingNeuron: "spiking neuron", SpikingSynapse: "spiking synapse",
	Receptor: "receptor", Current: "current source", Update: "custom update",
}

// checkSource looks at what is not text, and for texts that the kind does not have.
func (s *spiking) checkSource() {
	c := s.c
	c.checkSource()
	letter := [...]string{SpikingNeuron: "N", SpikingSynapse: "S", Receptor: "R", Current: "C", Update: "U"}[c.src.Kind]
	for _, f := range c.src.fields() {
		if f.text != "" && !strings.Contains(f.kinds, letter) {
			c.errs.global("model", f.text, "leave it out", "a %s has no %s", kindNames[c.src.Kind], f.name)
		}
	}
	if len(c.src.Refs) > 0 && c.src.Kind != Update {
		c.errs.global("model", "", "leave them out", "a %s has no references; a custom update does", kindNames[c.src.Kind])
	}
	if len(c.src.Inputs) > 0 && c.src.Kind != SpikingNeuron {
		c.errs.global("model", "", "leave them out", "a %s has no inputs; a spiking neuron does", kindNames[c.src.Kind])
	}
	for _, n := range sortedNames(c.src.Inputs) {
		if !validName(n) || reservedName(n) != "" {
			c.errs.global("model", n, "use letters, digits and _", "%q cannot name an input", n)
		}
		if !finite(c.src.Inputs[n]) {
			c.errs.global("model", n, "", "input %s begins with %v, want a finite number", n, c.src.Inputs[n])
		}
	}
	for _, n := range sortedNames(c.src.Names) {
		side, name, ok := strings.Cut(c.src.Names[n], ".")
		if !ok || side != "pre" && side != "post" || !validName(name) || !validName(n) {
			c.errs.global("model", n, `write {"V": "post.V"}`, "name %q stands for %q, want pre.NAME or post.NAME", n, c.src.Names[n])
		}
	}
}

func sortedNames[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// read parses a text once.
func (s *spiking) read(name, body string) []*code {
	if list, ok := s.parsed[name]; ok {
		return list
	}
	t := newCode(name, body)
	s.texts[name] = t
	list, broken := parseCode(t, s.c.errs, s.c.src.Params)
	for n := range broken {
		s.c.unknown[n] = true
		if _, isParam := s.c.src.Params[n]; isParam {
			s.c.param(n, Pos{})
		}
	}
	s.parsed[name] = list
	return list
}

// begin starts a body: every variable has its value from before it.
func (s *spiking) begin(p part) {
	s.part = p
	s.l.values, s.l.touched = env{}, nil
	s.emits = nil
	s.scopes = []map[string]*Symbol{{}}
	s.steps, s.nested, s.drawn = 0, 0, Local
	if t := s.texts[p.name]; t != nil {
		s.c.t, s.c.equations = t, t
	}
}

// changed are the values that the present body gives, in order of the first change.
func (s *spiking) changed() []Assign {
	var out []Assign
	seen := map[*Symbol]bool{} // both sides of an if may touch a variable first
	for _, v := range s.l.touched {
		x := s.l.values[v]
		if x == nil || x == s.g.ref(v) || seen[v] {
			continue
		}
		seen[v] = true
		if v.Kind == Var {
			out = append(out, Assign{To: v, X: x})
			continue
		}
		for _, e := range s.emits {
			if c, ok := constOf(x); e.key == v && !(ok && c == 0) {
				out = append(out, Assign{To: e.to, X: x, Delay: e.delay})
			}
		}
	}
	return out
}

// finish puts the symbols together.
func (s *spiking) finish() {
	c, m := s.c, s.m
	m.sections = s.sections
	m.Symbols = append(append(m.Symbols, c.order...), c.varOrder...)
	for _, sym := range c.mention {
		if sym.Kind != Temp {
			m.Symbols = append(m.Symbols, sym)
		}
	}
	m.Derived = s.l.derived
	for _, d := range s.l.derived {
		m.Symbols = append(m.Symbols, d.Out...)
	}
}
