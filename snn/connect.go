package snn

import (
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// Connector is a pattern of connections, such as [AllToAll] or
// [FixedProbability]. It is a value: methods return changed copies.
type Connector struct {
	rule       rule
	self       bool
	distinct   bool
	procedural bool
	p          float64
	number     int
	near       func(distance float64) float64
	pre, post  []int
	conv       Conv
}

type rule uint8

const (
	allToAll rule = iota
	oneToOne
	probability
	fixedIn
	fixedOut
	fixedTotal
	nearby
	pairs
	convolution
)

// AllToAll connects every neuron of the source with every neuron of the
// target; within one population no neuron with itself, unless Self is called.
func AllToAll() Connector { return Connector{rule: allToAll} }

// OneToOne connects neuron i with neuron i.
func OneToOne() Connector { return Connector{rule: oneToOne} }

// FixedProbability connects every pair with probability p; within one
// population no neuron with itself, unless Self is called.
func FixedProbability(p float64) Connector { return Connector{rule: probability, p: p} }

// FixedIn gives every target neuron n synapses from sources drawn uniformly,
// with replacement: the same pair may occur several times.
func FixedIn(n int) Connector { return Connector{rule: fixedIn, number: n, self: true} }

// FixedOut gives every source neuron n synapses to targets drawn uniformly,
// with replacement.
func FixedOut(n int) Connector { return Connector{rule: fixedOut, number: n, self: true} }

// FixedTotal makes n synapses between pairs drawn uniformly, with replacement.
func FixedTotal(n int) Connector { return Connector{rule: fixedTotal, number: n, self: true} }

// Nearby connects pairs with a probability that depends on the distance of the
// neurons. Every geometry is laid out on the unit square, neurons in the
// middle of equal cells; a population of one dimension on a line.
func Nearby(probability func(distance float64) float64) Connector {
	return Connector{rule: nearby, near: probability}
}

// Gaussian is [Nearby] with probability peak·exp(−d²/(2·width²)).
func Gaussian(peak, width float64) Connector {
	return Nearby(func(d float64) float64 { return peak * math.Exp(-d*d/(2*width*width)) })
}

// Pairs makes synapse k between source pre[k] and target post[k]. Values for
// the synapses are given in the same order.
func Pairs(pre, post []int) Connector {
	return Connector{rule: pairs, pre: slices.Clone(pre), post: slices.Clone(post), self: true}
}

// Conv is a convolution: the geometry of both populations is height × width
// (× channels), and all outputs share one kernel of KernelHeight × KernelWidth
// × channels in × channels out, which is what Weight gives. An output sees the
// inputs from (row·Stride − Pad, column·Stride − Pad) on. Zero lengths of
// Stride count as 1.
type Conv struct{ KernelHeight, KernelWidth, StrideHeight, StrideWidth, PadHeight, PadWidth int }

// Convolve connects as a convolution.
func Convolve(c Conv) Connector {
	c.StrideHeight, c.StrideWidth = max(c.StrideHeight, 1), max(c.StrideWidth, 1)
	return Connector{rule: convolution, conv: c, self: true}
}

// Self allows connections of a neuron with itself.
func (c Connector) Self() Connector {
	c.self = true
	return c
}

// NoSelf forbids connections of a neuron with itself.
func (c Connector) NoSelf() Connector {
	c.self = false
	return c
}

// Distinct draws without replacement: no pair occurs twice.
func (c Connector) Distinct() Connector {
	c.distinct = true
	return c
}

// Procedural stores neither connections nor weights: they are drawn anew for
// every spike, always the same: those that would be stored (in a Float32
// network up to the rounding of the distribution's parameters). For
// FixedProbability and FixedOut, with weights that are a number or drawn, and
// without learning.
func (c Connector) Procedural() Connector {
	c.procedural = true
	return c
}

func (c Connector) String() string {
	switch c.rule {
	case oneToOne:
		return "one to one"
	case probability:
		return fmt.Sprintf("probability %g", c.p)
	case fixedIn:
		return fmt.Sprintf("%d to each target", c.number)
	case fixedOut:
		return fmt.Sprintf("%d from each source", c.number)
	case fixedTotal:
		return fmt.Sprintf("%d in total", c.number)
	case nearby:
		return "by distance"
	case pairs:
		return fmt.Sprintf("%d given pairs", len(c.pre))
	case convolution:
		return fmt.Sprintf("convolution %d×%d", c.conv.KernelHeight, c.conv.KernelWidth)
	}
	return "all to all"
}

// ends are the neurons of a population that take part: all, or those of a view.
type ends struct {
	pop   *Population
	index []int // nil: all
	shape []int
	view  View
}

func endOf(o Owner) (ends, error) {
	switch o := o.(type) {
	case *Population:
		if o == nil {
			break
		}
		return ends{pop: o, shape: o.geometry}, nil
	case View:
		if o.err != nil {
			return ends{pop: o.pop}, o.err
		}
		if o.pop == nil {
			break
		}
		return ends{pop: o.pop, index: o.index, shape: o.shape, view: o}, nil
	}
	return ends{}, fmt.Errorf("it is %s, want a population or a view of one", describeOwner(o))
}

func describeOwner(o Owner) string {
	if absent(o) {
		return "nothing (nil)"
	}
	return "a " + o.what()
}

func (e ends) len() int {
	if e.index != nil {
		return len(e.index)
	}
	return e.pop.Len()
}

// at is the neuron of the population that is number i of the end.
func (e ends) at(i int) int {
	if e.index != nil {
		return e.index[i]
	}
	return i
}

// check tells what is wrong with a connector between two ends.
func (c Connector) check(pre, post ends) error {
	n, m := pre.len(), post.len()
	same := pre.pop == post.pop && pre.index == nil && post.index == nil
	possible := n
	switch c.rule {
	case oneToOne:
		if n != m {
			return fmt.Errorf("one to one, but %s has %d neurons and %s has %d; want equal numbers, or use snn.AllToAll()", pre.pop.name, n, post.pop.name, m)
		}
	case probability:
		if !(c.p >= 0 && c.p <= 1) {
			return fmt.Errorf("the probability is %g, want 0 to 1", c.p)
		}
	case fixedIn, fixedOut, fixedTotal:
		if c.number < 0 || c.number > math.MaxInt32 {
			return fmt.Errorf("the number of synapses is %d, want 0 to 2³¹−1", c.number)
		}
		of, what := pre.pop.name, "source"
		switch c.rule {
		case fixedOut:
			possible, of, what = m, post.pop.name, "target"
		case fixedTotal:
			possible, of, what = n*m, "the projection", "pair"
		}
		if same && !c.self {
			possible--
			if c.rule == fixedTotal {
				possible = n * (m - 1)
			}
		}
		if c.distinct && c.number > possible {
			return fmt.Errorf("%v without replacement, but %s has only %d to draw from (%ss); want at most that, or leave out Distinct()", c, of, possible, what)
		}
		if possible < 1 && c.number > 0 {
			return fmt.Errorf("%v, but there is nothing to draw from; allow Self() or use more neurons", c)
		}
	case nearby:
		if c.near == nil {
			return fmt.Errorf("the probability is nil, want a function of the distance")
		}
	case pairs:
		if len(c.pre) != len(c.post) {
			return fmt.Errorf("pairs of %d sources and %d targets, want as many", len(c.pre), len(c.post))
		}
		for k := range c.pre {
			if c.pre[k] < 0 || c.pre[k] >= n || c.post[k] < 0 || c.post[k] >= m {
				return fmt.Errorf("pair %d is (%d, %d), want a source from 0 to %d and a target from 0 to %d", k, c.pre[k], c.post[k], n-1, m-1)
			}
		}
	case convolution:
		if pre.index != nil || post.index != nil {
			return fmt.Errorf("a convolution between views; use whole populations")
		}
		_, err := c.geometry(pre.pop, post.pop)
		return err
	}
	if c.procedural {
		switch {
		case c.rule != probability && c.rule != fixedOut || c.distinct:
			return fmt.Errorf("%v cannot be procedural; use FixedProbability or FixedOut with replacement", c)
		case pre.index != nil || post.index != nil:
			return fmt.Errorf("procedural connections between views; use whole populations")
		}
	}
	return nil
}

// geometry is the convolution as a plan has it.
func (c Connector) geometry(pre, post *Population) (*plan.Conv, error) {
	side := func(p *Population) (h, w, channels int, err error) {
		switch g := p.geometry; len(g) {
		case 2:
			return g[0], g[1], 1, nil
		case 3:
			return g[0], g[1], g[2], nil
		}
		return 0, 0, 0, fmt.Errorf("a convolution, but the geometry of %s is %s; want height × width or height × width × channels", p.name, times(p.geometry))
	}
	g := &plan.Conv{KernelHeight: c.conv.KernelHeight, KernelWidth: c.conv.KernelWidth,
		StrideHeight: c.conv.StrideHeight, StrideWidth: c.conv.StrideWidth, PadHeight: c.conv.PadHeight, PadWidth: c.conv.PadWidth}
	var err error
	if g.InHeight, g.InWidth, g.In, err = side(pre); err != nil {
		return nil, err
	}
	if g.OutHeight, g.OutWidth, g.Out, err = side(post); err != nil {
		return nil, err
	}
	if g.KernelHeight < 1 || g.KernelWidth < 1 || g.PadHeight < 0 || g.PadWidth < 0 {
		return nil, fmt.Errorf("a convolution with kernel %d×%d and padding %d, %d; want a kernel of at least 1×1 and padding of at least 0", g.KernelHeight, g.KernelWidth, g.PadHeight, g.PadWidth)
	}
	h := (g.InHeight+2*g.PadHeight-g.KernelHeight)/g.StrideHeight + 1
	w := (g.InWidth+2*g.PadWidth-g.KernelWidth)/g.StrideWidth + 1
	if h != g.OutHeight || w != g.OutWidth {
		return nil, fmt.Errorf("a convolution of %d×%d gives %d×%d outputs, but %s is %s; give it that geometry", g.InHeight, g.InWidth, h, w, post.name, times(post.geometry))
	}
	return g, nil
}
