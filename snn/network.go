package snn

import (
	"fmt"
	"math"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Network is the description of a network: populations, projections and
// recordings. It holds no values; [Network.Build] makes a simulation of it,
// as often as wanted. A mistake in the description is kept with the line that
// made it; the handles stay usable, and Build returns all mistakes together.
//
// A Network is not safe for concurrent use.
type Network struct {
	name        string
	dt          Time
	seed        uint64
	float       plan.Type
	populations []*Population
	projections []*Projection
	recordings  []*Recording
	rasters     []*SpikeRecording
	updates     []*Update
	mistakes    Mistakes
}

// Option is a property of a whole network, for [New].
type Option func(*Network)

// Dt is the length of a step; 1 ms without this option.
func Dt(t Time) Option {
	return func(n *Network) {
		if !(t > 0) || math.IsInf(float64(t), 0) {
			n.mistake("network "+n.name, fmt.Errorf("the step is %v, want more than 0; write snn.Dt(1) for 1 ms", t))
			return
		}
		n.dt = t
	}
}

// Seed is the seed of every random number of the network; 0 without this
// option. The same seed gives the same numbers on every backend and machine.
func Seed(seed uint64) Option { return func(n *Network) { n.seed = seed } }

// Float64 computes in double precision; this is the default.
func Float64(n *Network) { n.float = plan.F64 }

// Float32 computes in single precision.
func Float32(n *Network) { n.float = plan.F32 }

// New starts a network.
func New(name string, options ...Option) *Network {
	n := &Network{name: name, dt: Millisecond}
	for i, o := range options {
		if o == nil {
			n.mistake("network "+name, fmt.Errorf("option %d is nil, want snn.Dt, snn.Seed, snn.Float32 or snn.Float64", i+1))
			continue
		}
		o(n)
	}
	return n
}

func (n *Network) mistake(of string, err error) {
	n.mistakes = append(n.mistakes, Mistake{of, callSite(), err})
}

// Err is the mistakes made so far, or nil.
func (n *Network) Err() error {
	if len(n.mistakes) == 0 {
		return nil
	}
	return n.mistakes
}

// String is a table of the network's parts.
func (n *Network) String() string {
	var b strings.Builder
	precision := "float64"
	if n.float == plan.F32 {
		precision = "float32"
	}
	fmt.Fprintf(&b, "network %s: step %v, seed %d, %s\n", n.name, n.dt, n.seed, precision)
	for _, p := range n.populations {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	for _, p := range n.projections {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	for _, r := range n.recordings {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	for _, r := range n.rasters {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	if len(n.mistakes) > 0 {
		fmt.Fprintf(&b, "mistakes:\n%v\n", n.mistakes)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Population is a group of equal neurons with a geometry. Neurons are counted
// in row-major order.
type Population struct {
	owner
	index    int
	name     string
	geometry []int
	input    bool

	receptors []*Receptor // also those that belong to one projection
	sources   []*Source
	schedule  *schedule // of a spike source

	shapeless bool // the geometry was a mistake, and is a stand-in
}

// Population adds neurons of a model. The geometry is one or more lengths: 32,
// or 8, 4 for eight rows of four.
func (n *Network) Population(name string, m NeuronModel, geometry ...int) *Population {
	p := n.addPopulation(name, geometry)
	if m == nil {
		n.mistake(p.what(), fmt.Errorf("the model is nil, want snn.Rate(…), snn.Spiking(…), or a built-in model such as snn.LIF{…}"))
		return p
	}
	p.made = m.neuron()
	parsed, err := p.made.parse()
	if err != nil {
		n.mistake(p.what(), err)
		return p
	}
	p.model = parsed
	return p
}

func (p *Population) spiking() bool { return p.made.src.Kind == model.SpikingNeuron }

// Input adds neurons whose rate r is set from outside and otherwise stays as
// it is.
func (n *Network) Input(name string, geometry ...int) *Population {
	p := n.addPopulation(name, geometry)
	p.input = true
	return p
}

func (n *Network) addPopulation(name string, geometry []int) *Population {
	p := &Population{owner: n.owner(), index: len(n.populations), name: name, geometry: geometry}
	if name == "" {
		n.mistake("population", fmt.Errorf("the name is empty, want a name"))
	}
	for _, q := range n.populations {
		if q.name == name {
			n.mistake(p.what(), fmt.Errorf("there is a population %q already; give each its own name, or begin again with snn.New", name))
			break
		}
	}
	// Below 2^31 neurons, and no product that overflows on the way.
	size, ok := 1, len(geometry) > 0
	for _, g := range geometry {
		if g < 1 || size > math.MaxInt32/g {
			ok = false
			break
		}
		size *= g
	}
	if !ok {
		n.mistake(p.what(), fmt.Errorf("the geometry is %v, want one or more lengths of at least 1 and fewer than 2³¹ neurons in all", geometry))
		p.geometry, p.shapeless = []int{1}, true
	}
	n.populations = append(n.populations, p)
	return p
}

// Init gives a variable its initial value, or a parameter a value for each
// neuron: a number, an [Init] such as Uniform(0, 1), or a slice with one
// number per neuron.
func (p *Population) Init(name string, value any) *Population {
	known := p.names()
	if p.model == nil && !p.input {
		known = nil
	}
	setInit(p.net, p.what(), p.inits, name, value, known)
	return p
}

// setInit notes an initial value; known are the names that can have one, or
// nil when that is not known.
func setInit(n *Network, what string, inits map[string]Init, name string, value any, known []string) {
	init, err := toInit(value)
	if err != nil {
		n.mistake(what, fmt.Errorf("initial value of %q: %w", name, err))
		return
	}
	if known != nil && !contains(known, name) {
		n.mistake(what, unknown("variable or parameter", name, known))
		return
	}
	inits[name] = init
}

// Name is the name given at creation.
func (p *Population) Name() string { return p.name }

// Len is the number of neurons.
func (p *Population) Len() int {
	n := 1
	for _, g := range p.geometry {
		n *= g
	}
	return n
}

// Geometry is the lengths given at creation.
func (p *Population) Geometry() []int { return append([]int(nil), p.geometry...) }

func (p *Population) what() string { return "population " + p.name }

func (p *Population) String() string {
	kind := "input"
	if !p.input {
		kind = "model with mistakes"
		if p.made.name != "" {
			kind = p.made.name
		} else if p.model != nil {
			kind = strings.Join(strings.Fields(p.model.Source.Equations), " ")
			if c := p.model.Source.Spike; c != "" {
				kind += "; fires if " + c
			}
		}
	}
	return fmt.Sprintf("population %s: %s neurons, %s", p.name, times(p.geometry), kind)
}

// names are the variables and parameters a user may set or read.
func (p *Population) names() []string {
	if p.input {
		return []string{"r"}
	}
	return p.owner.names()
}

// symbol finds a name in a model, or nil.
func symbol(m *model.Model, name string) *model.Symbol {
	if m == nil {
		return nil
	}
	for _, s := range m.Symbols {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func times(geometry []int) string {
	parts := make([]string, len(geometry))
	for i, g := range geometry {
		parts[i] = fmt.Sprint(g)
	}
	return strings.Join(parts, "×")
}
