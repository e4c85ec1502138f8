package nef

import (
	"fmt"
	"math"
	"strings"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// Network is the description of a model: ensembles, nodes, connections, probes
// and networks inside it. It holds no values; [Network.Build] makes a simulation
// of it. A mistake is kept with the line that made it and the handles stay
// usable; Build returns all mistakes together.
//
// A Network is not safe for concurrent use.
type Network struct {
	name        string
	parent      *Network
	seed        *uint32 // nil: 0 on top, drawn below
	global      *uint32 // seed of the generator that gives the seed
	ensembles   []*Ensemble
	nodes       []*Node
	networks    []*Network
	connections []*Connection
	probes      []*Probe
	mistakes    snn.Mistakes // of the outermost network
}

// Option is a property of a network, for [New] and [Network.Network].
type Option func(*Network)

// Seed decides every random number of a network, as Nengo's seed argument does;
// without it the outermost network has the seed 0, and an inner one a seed drawn
// from that of its parent.
func Seed(seed uint32) Option {
	return func(n *Network) {
		if seed > math.MaxUint32-1 {
			n.mistake(n.what(), "the seed is %d, want at most %d, because the simulation takes the next one", seed, uint32(math.MaxUint32-1))
			return
		}
		n.seed = &seed
	}
}

// GlobalSeed gives the outermost network the seed that an unseeded Nengo network
// gets after numpy.random.seed(seed).
func GlobalSeed(seed uint32) Option { return func(n *Network) { n.global = &seed } }

// New begins the description of a network.
func New(name string, options ...Option) *Network {
	n := &Network{name: name}
	for _, o := range options {
		o(n)
	}
	return n
}

// Network adds a network inside this one.
func (n *Network) Network(name string, options ...Option) *Network {
	sub := &Network{name: name, parent: n}
	n.networks = append(n.networks, sub)
	for _, o := range options {
		o(sub)
	}
	if sub.global != nil {
		n.mistake(sub.what(), "GlobalSeed is for the outermost network; use Seed")
	}
	return sub
}

func (n *Network) top() *Network {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

func (n *Network) what() string { return "network " + n.name }

// Name is the name given at creation.
func (n *Network) Name() string { return n.name }

// Err is the mistakes made so far, or nil.
func (n *Network) Err() error {
	if m := n.top().mistakes; len(m) > 0 {
		return m
	}
	return nil
}

// String is a table of the network's parts.
func (n *Network) String() string {
	var b strings.Builder
	n.print(&b, "")
	if m := n.top().mistakes; len(m) > 0 && n.parent == nil {
		fmt.Fprintf(&b, "mistakes:\n%v\n", m)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (n *Network) print(b *strings.Builder, indent string) {
	seed := "no seed of its own"
	if n.seed != nil {
		seed = fmt.Sprintf("seed %d", *n.seed)
	}
	fmt.Fprintf(b, "%snetwork %s: %s\n", indent, n.name, seed)
	indent += "  "
	for _, e := range n.ensembles {
		fmt.Fprintf(b, "%s%v\n", indent, e)
	}
	for _, e := range n.nodes {
		fmt.Fprintf(b, "%s%v\n", indent, e)
	}
	for _, s := range n.networks {
		s.print(b, indent)
	}
	for _, c := range n.connections {
		fmt.Fprintf(b, "%s%v\n", indent, c)
	}
	for _, p := range n.probes {
		fmt.Fprintf(b, "%s%v\n", indent, p)
	}
}

// seeds gives every object its seed. Each network draws one for every child,
// whether it needs it or not: connections, ensembles, networks, nodes, probes.
type seeds struct {
	of        map[any]uint32
	simulator uint32
}

func (n *Network) drawSeeds() seeds {
	s := seeds{of: map[any]uint32{}}
	switch {
	case n.seed != nil:
		s.of[n] = *n.seed
		s.simulator = *n.seed + 1
	case n.global != nil:
		r := rng.NewRandomState(*n.global)
		s.of[n] = r.DrawSeed()
		s.simulator = r.DrawSeed()
	default:
		s.of[n], s.simulator = 0, 1
	}
	n.seedChildren(s)
	return s
}

func (n *Network) seedChildren(s seeds) {
	r := rng.NewRandomState(s.of[n])
	draw := func(object any, own *uint32) {
		s.of[object] = r.DrawSeed()
		if own != nil {
			s.of[object] = *own
		}
	}
	for _, c := range n.connections {
		draw(c, c.seed)
	}
	for _, e := range n.ensembles {
		draw(e, e.seed)
	}
	for _, c := range n.networks {
		draw(c, c.seed)
	}
	for _, e := range n.nodes {
		draw(e, nil)
	}
	for _, p := range n.probes {
		draw(p, p.seed)
	}
	for _, c := range n.networks {
		c.seedChildren(s)
	}
}
