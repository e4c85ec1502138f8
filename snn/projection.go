package snn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Projection is the synapses from one population to another, or between views
// of them.
type Projection struct {
	owner
	index     int
	from, to  ends
	pre, post *Population
	connector Connector
	target    string
	every     Time
	plastic   bool

	delay     Init // ms; nil is one step
	back      Time // 0 is one step
	dendritic Time // longest
	receptor  *Receptor
	backInto  string // input of the presynaptic neuron for addToPre
}

// Connect adds a projection between populations or views of them. Without
// Learn its weights are fixed. Between spiking neurons a spike of one step
// arrives in the next, unless Delay is given.
func (n *Network) Connect(pre, post Owner, c Connector) *Projection {
	p := &Projection{owner: n.owner(), index: len(n.projections), connector: c, backInto: "I"}
	defer func() { n.projections = append(n.projections, p) }()
	from, err := endOf(pre)
	to, err2 := endOf(post)
	if err == nil {
		err = err2
	}
	if err == nil && (from.pop.net != n || to.pop.net != n) {
		err = errors.New("it belongs to another network")
	}
	if err != nil {
		n.mistake("projection", fmt.Errorf("source or target: %w; use what Input and Population of network %s return", err, n.name))
		if len(n.populations) == 0 {
			n.addPopulation("(missing)", []int{1})
		}
		p.pre, p.post = n.populations[0], n.populations[0]
		p.from, p.to = ends{pop: p.pre}, ends{pop: p.post}
		return p
	}
	p.from, p.to, p.pre, p.post = from, to, from.pop, to.pop
	if err := c.check(from, to); err != nil && !p.pre.shapeless && !p.post.shapeless {
		n.mistake(p.what(), err)
	}
	if p.post.input {
		n.mistake(p.what(), fmt.Errorf("the target is an input, which takes no connections; use a population with a model"))
	}
	p.made.src.Kind = model.Synapse
	if p.pre.spiking() {
		p.made.src.Kind = model.SpikingSynapse
	}
	p.parse()
	return p
}

// Target names what this projection leads to: the sum(…) of the target's
// equations, a receptor of the population, or an input of its neurons. It may be
// left out when the target's model reads only one sum.
func (p *Projection) Target(name string) *Projection {
	if known := p.post.targets(); len(known) > 0 && !contains(known, name) && !contains(known, "") {
		p.net.mistake(p.what(), unknown("target", name, known))
	}
	p.target = name
	return p
}

// Receptor gives the projection a receptor of its own. Without one, and
// without a target, spikes act as currents of one step ([DeltaCurr]).
func (p *Projection) Receptor(m ReceptorModel) *Projection {
	if p.receptor != nil {
		p.net.mistake(p.what(), fmt.Errorf("it has a receptor already; call Receptor once"))
		return p
	}
	p.receptor = newReceptor(p.post, p.pre.name+"→"+p.post.name, m)
	p.post.receptors = append(p.post.receptors, p.receptor)
	return p
}

// Learn gives the synapses a model: a learning rule and its parameters.
func (p *Projection) Learn(m Rule) *Projection {
	if m == nil {
		p.net.mistake(p.what(), fmt.Errorf("the rule is nil, want snn.Synapse(…), or a built-in rule such as snn.STDP{…}"))
		return p
	}
	p.made = m.rule()
	if src := &p.made.src; p.pre.spiking() {
		src.Kind = model.SpikingSynapse
		if src.OnPre == "" && !sends(src.Equations, src.OnPreEvent) {
			src.OnPre = "addToPost(" + p.weight() + ")"
		}
	} else if p.made.src.Kind == model.SpikingSynapse && (p.made.src.OnPre != "" || p.made.src.PreEvent == "" && p.made.src.OnPost == "") {
		p.net.mistake(p.what(), fmt.Errorf("the rule acts on spikes of %s, which does not fire; use a spiking model there", p.pre.name))
	}
	p.plastic = true
	p.parse()
	return p
}

func (p *Projection) parse() {
	p.model = nil
	parsed, err := p.made.parse()
	if err != nil {
		p.net.mistake(p.what(), err)
		return
	}
	p.model = parsed
	for _, s := range parsed.Symbols {
		var of *Population
		switch s.Kind {
		case model.PreVar:
			of = p.pre
		case model.PostVar:
			if p.spiking() {
				continue // it may be of the receptor: see layout.resolve
			}
			of = p.post
		default:
			continue
		}
		if known := of.names(); (of.input || of.model != nil) && !contains(known, s.Name) {
			p.net.mistake(p.what(), fmt.Errorf("%d:%d: %w", s.Pos.Line, s.Pos.Col, unknown("variable of "+of.name, s.Name, known)))
		}
	}
}

func (p *Projection) spiking() bool { return p.made.src.Kind == model.SpikingSynapse }

// weight is the name of the weight.
func (p *Projection) weight() string {
	if w := p.made.src.Weight; w != "" {
		return w
	}
	return "w"
}

// Weight gives the initial weights; see [Population.Init] for what it takes. A
// slice holds the weights in row-major order of (source, target), or in the
// order of [Pairs].
func (p *Projection) Weight(value any) *Projection { return p.Init(p.weight(), value) }

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

// Delay is the time from a spike, or a rate, to its effect: one duration for
// all synapses, or an [Init] in ms, such as NormalClipped, for one each,
// rounded to steps. At least one step, which is also the default.
func (p *Projection) Delay(delay any) *Projection {
	init, err := toInit(delay)
	if err != nil {
		p.net.mistake(p.what(), fmt.Errorf("delay: %w", err))
		return p
	}
	if c, ok := init.(constant); ok {
		if _, err := p.delaySteps(float64(c), true); err != nil {
			p.net.mistake(p.what(), err)
			return p
		}
	}
	p.delay = init
	return p
}

// delaySteps is a delay in steps. exact asks for a multiple of the step.
func (p *Projection) delaySteps(ms float64, exact bool) (int64, error) {
	n := math.Round(ms / float64(p.net.dt))
	if exact {
		if _, err := steps(Time(ms), p.net.dt); err != nil {
			return 0, fmt.Errorf("a delay of %v, want a multiple of the step of %v; %v is nearest, and snn.Dt gives a shorter step", Time(ms), p.net.dt, max(Time(n), 1)*p.net.dt)
		}
	}
	if !(n >= 1) || n > 1<<20 {
		return 0, fmt.Errorf("a delay of %v, want one step (%v) to 2²⁰ steps", Time(ms), p.net.dt)
	}
	return int64(n), nil
}

// BackDelay is the time from a spike of the target to its effect on the
// synapses (OnPost); one step without it.
func (p *Projection) BackDelay(delay Time) *Projection {
	if _, err := p.delaySteps(float64(delay), true); err != nil {
		p.net.mistake(p.what(), err)
		return p
	}
	p.back = delay
	return p
}

// DendriticDelay is the longest delay, in ms, that addToPostDelay may ask for, and
// the longest that post.x[d] may where d is no number.
func (p *Projection) DendriticDelay(longest Time) *Projection {
	if _, err := steps(longest, p.net.dt); err != nil || longest > Time(1<<16)*p.net.dt {
		p.net.mistake(p.what(), fmt.Errorf("a dendritic delay of up to %v, want a multiple of the step of %v, at most 2¹⁶ steps", longest, p.net.dt))
		return p
	}
	p.dendritic = longest
	return p
}

// BackInto leads what addToPre sends to another input of the source neurons
// than I.
func (p *Projection) BackInto(input string) *Projection {
	p.backInto = input
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
	name := func(e ends) string {
		if e.view.pop != nil {
			return e.view.label
		}
		return e.pop.name
	}
	s := "projection " + name(p.from) + "→" + name(p.to)
	if p.target != "" {
		s += ":" + p.target
	}
	return s
}

func (p *Projection) String() string {
	rule := "fixed weights"
	if p.plastic {
		src := p.made.src
		if rule = p.made.name; rule == "" {
			rule = strings.Join(strings.Fields(strings.Join([]string{src.Equations, src.OnPre, src.OnPost}, " ")), " ")
		}
	}
	count := ""
	if n := p.synapses(); n > 0 {
		count = fmt.Sprintf("%d synapses, ", n)
	}
	return fmt.Sprintf("%s: %s, %s%s", p.what(), p.connector, count, rule)
}

// kind is how the connections are held.
func (p *Projection) kind() plan.ShapeKind {
	whole := p.from.index == nil && p.to.index == nil
	varied := p.delay != nil && !isConstant(p.delay)
	switch {
	case p.connector.procedural:
		return plan.Generated
	case p.connector.rule == convolution:
		return plan.Convolution
	case whole && !varied && p.connector.rule == allToAll:
		return plan.Dense
	case whole && !varied && p.connector.rule == oneToOne:
		return plan.OneToOne
	}
	return plan.SparseRows
}

func isConstant(i Init) bool {
	_, ok := i.(constant)
	return ok
}

func (p *Projection) noSelf() bool {
	return p.connector.rule == allToAll && p.pre == p.post && !p.connector.self
}

// stored is the number of values of a variable with one per synapse, or -1
// when only building tells.
func (p *Projection) stored() int {
	switch p.kind() {
	case plan.Dense:
		return p.pre.Len() * p.post.Len()
	case plan.OneToOne:
		return p.pre.Len()
	case plan.Convolution:
		if g, err := p.connector.geometry(p.pre, p.post); err == nil {
			return g.KernelHeight * g.KernelWidth * g.In * g.Out
		}
	case plan.SparseRows:
		switch c := p.connector; c.rule {
		case pairs:
			return len(c.pre)
		case fixedTotal:
			return c.number
		case fixedIn:
			return c.number * p.to.len()
		case fixedOut:
			return c.number * p.from.len()
		}
	}
	return -1
}

// synapses is the number of synapses, or 0 when only building tells.
func (p *Projection) synapses() int {
	n := p.stored()
	switch {
	case n < 0 || p.kind() == plan.Convolution:
		return 0
	case p.kind() == plan.Dense && p.noSelf():
		return n - p.pre.Len()
	}
	return n
}

// targets are the names that a projection to p may lead to: those in sum(…) of
// its equations, its receptors, and its conductances g_….
func (p *Population) targets() []string {
	var names []string
	if p.model == nil {
		return names
	}
	for _, s := range p.model.Symbols {
		switch {
		case s.Kind == model.Input:
			names = append(names, s.Name)
		case p.spiking() && s.Kind == model.Var && strings.HasPrefix(s.Name, "g_"):
			names = append(names, s.Name[2:])
		}
	}
	for _, r := range p.receptors {
		if r.shared {
			names = append(names, r.name)
		}
	}
	return names
}
