package snn

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Connector is a pattern of connections: [AllToAll] or [OneToOne].
type Connector struct {
	kind plan.ShapeKind
	self bool
}

// AllToAll connects every neuron of the source with every neuron of the
// target; within one population no neuron with itself, unless Self is called.
func AllToAll() Connector { return Connector{kind: plan.Dense} }

// OneToOne connects neuron i with neuron i.
func OneToOne() Connector { return Connector{kind: plan.OneToOne} }

// Self allows connections of a neuron with itself.
func (c Connector) Self() Connector {
	c.self = true
	return c
}

func (c Connector) String() string {
	if c.kind == plan.OneToOne {
		return "one to one"
	}
	return "all to all"
}

// Projection is the synapses from one population to another.
type Projection struct {
	net       *Network
	index     int
	pre, post *Population
	connector Connector
	target    string
	source    model.Source
	model     *model.Model // nil after a mistake
	inits     map[string]Init
	every     Time
	plastic   bool
	site      string
}

// Connect adds a projection. Without Learn its weights are fixed.
func (n *Network) Connect(pre, post *Population, c Connector) *Projection {
	p := &Projection{net: n, index: len(n.projections), pre: pre, post: post, connector: c,
		source: model.Source{Kind: model.Synapse}, inits: map[string]Init{}, site: callSite()}
	if pre == nil || post == nil || pre.net != n || post.net != n {
		n.mistake("projection", fmt.Errorf("source or target is not a population of network %s; use what its Input and Population return", n.name))
		if len(n.populations) == 0 {
			n.addPopulation("(missing)", []int{1})
		}
		p.pre, p.post = n.populations[0], n.populations[0]
		n.projections = append(n.projections, p)
		return p
	}
	if c.kind == plan.OneToOne && pre.Len() != post.Len() {
		n.mistake(p.what(), fmt.Errorf("one to one, but %s has %d neurons and %s has %d; want equal numbers, or use snn.AllToAll()", pre.name, pre.Len(), post.name, post.Len()))
	}
	if post.input {
		n.mistake(p.what(), fmt.Errorf("the target is an input, which takes no connections; use a population with a model"))
	}
	p.parse()
	n.projections = append(n.projections, p)
	return p
}

// Target names the sum of the target's equations that this projection adds
// to. It may be left out when the target's model reads only one sum.
func (p *Projection) Target(name string) *Projection {
	if known := p.post.targets(); len(known) > 0 && !contains(known, name) && !contains(known, "") {
		p.net.mistake(p.what(), unknown("target", name, known))
	}
	p.target = name
	return p
}

// Learn gives the synapses a model: a learning rule and its parameters.
func (p *Projection) Learn(m SynapseModel) *Projection {
	p.source = m.src
	p.plastic = true
	p.parse()
	return p
}

func (p *Projection) parse() {
	parsed, err := model.Parse(p.source)
	if err != nil {
		p.net.mistake(p.what(), err)
		p.model = nil
		return
	}
	p.model = parsed
	for _, s := range parsed.Symbols {
		var of *Population
		switch s.Kind {
		case model.PreVar:
			of = p.pre
		case model.PostVar:
			of = p.post
		default:
			continue
		}
		if known := of.names(); (of.input || of.model != nil) && !contains(known, s.Name) {
			p.net.mistake(p.what(), fmt.Errorf("%d:%d: %w", s.Pos.Line, s.Pos.Col, unknown("variable of "+of.name, s.Name, known)))
		}
	}
}

// Weight gives the initial weights; see [Population.Init] for what it takes.
// A slice holds the weights in row-major order of (source, target).
func (p *Projection) Weight(value any) *Projection { return p.Init("w", value) }

// Init gives a variable of the synapses its initial value.
func (p *Projection) Init(name string, value any) *Projection {
	init, err := toInit(value)
	if err != nil {
		p.net.mistake(p.what(), fmt.Errorf("initial value of %q: %w", name, err))
		init = constant(0) // so that it does not count as missing too
	}
	p.inits[name] = init
	return p
}

// Every makes learning act only every so often, with a step of that length.
func (p *Projection) Every(period Time) *Projection {
	if n, err := steps(period, p.net.dt); err != nil || n < 1 {
		p.net.mistake(p.what(), fmt.Errorf("learning every %v, want a multiple of the step of %v", period, p.net.dt))
		return p
	}
	p.every = period
	return p
}

func (p *Projection) what() string {
	s := "projection " + p.pre.name + "→" + p.post.name
	if p.target != "" {
		s += ":" + p.target
	}
	return s
}

func (p *Projection) String() string {
	rule := "fixed weights"
	if p.plastic {
		rule = strings.TrimSpace(p.source.Equations)
	}
	return fmt.Sprintf("%s: %s, %d synapses, %s", p.what(), p.connector, p.synapses(), rule)
}

func (p *Projection) shape() plan.Shape {
	return plan.Shape{Kind: p.connector.kind, Pre: p.pre.Len(), Post: p.post.Len(),
		NoSelf: p.connector.kind == plan.Dense && p.pre == p.post && !p.connector.self}
}

func (p *Projection) synapses() int {
	s := p.shape()
	if s.NoSelf {
		return s.Stored() - s.Pre
	}
	return s.Stored()
}

// targets are the names in sum(…) of the population's equations.
func (p *Population) targets() []string {
	var names []string
	if p.model != nil {
		for _, s := range p.model.Symbols {
			if s.Kind == model.Input {
				names = append(names, s.Name)
			}
		}
	}
	return names
}
