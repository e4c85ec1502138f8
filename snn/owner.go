package snn

import (
	"slices"

	"github.com/spikebook/spikebook/snn/model"
)

// Owner is what has variables: a [*Population], a [View] of one, a
// [*Projection], a [*Receptor] or a [*Source].
type Owner interface {
	what() string
	owned() *owner
}

// owner is what all owners have in common.
type owner struct {
	net   *Network
	made  described
	model *model.Model // nil for an input, or after a mistake
	inits map[string]Init
	site  string // the line that made it
}

func (n *Network) owner() owner {
	return owner{net: n, inits: map[string]Init{}, site: callSite()}
}

func (o *owner) owned() *owner { return o }

func (v View) owned() *owner { return &v.pop.owner }

// owners are all populations with their receptors and current sources, then
// all projections.
func (n *Network) owners() []Owner {
	var all []Owner
	for _, p := range n.populations {
		all = append(all, p)
		for _, r := range p.receptors {
			all = append(all, r)
		}
		for _, s := range p.sources {
			all = append(all, s)
		}
	}
	for _, p := range n.projections {
		all = append(all, p)
	}
	return all
}

// names are the variables and parameters that can be read and set.
func (o *owner) names() []string {
	var names []string
	if o.model == nil {
		return names
	}
	for _, s := range o.model.Symbols {
		if s.Kind == model.Var || s.Kind == model.Param {
			names = append(names, s.Name)
		}
	}
	return names
}

// absent reports an owner that is nil, or a view of no population.
func absent(of Owner) bool {
	switch o := of.(type) {
	case *Population:
		return o == nil
	case *Projection:
		return o == nil
	case *Receptor:
		return o == nil
	case *Source:
		return o == nil
	case View:
		return o.pop == nil && o.err == nil
	}
	return of == nil
}

// readable are the names of the variables, parameters and sums of an owner.
func readable(of Owner) []string {
	p, ok := of.(*Population)
	if !ok {
		return of.owned().names()
	}
	names := p.names()
	if !p.spiking() {
		for _, t := range p.targets() {
			names = append(names, sumName(t))
		}
	}
	return names
}

// initialStreams is where the streams of initial values begin, beyond those
// that equations draw from in a step.
const initialStreams = 1 << 31

// attachedStreams is where the objects of receptors and current sources begin.
const attachedStreams = 1 << 31

// streamOf is the object and the number of a variable within it, which name
// its stream of initial values.
func streamOf(key slotKey) (object, variable uint32) {
	names := key.of.owned().names()
	switch o := key.of.(type) {
	case *Population:
		object, names = o.stream(), o.names()
	case *Projection:
		object = o.stream()
	case *Receptor:
		object = attachedStreams + 2*uint32(slices.Index(o.pop.receptors, o)) + o.pop.stream()<<12
	case *Source:
		object = attachedStreams + 2*uint32(slices.Index(o.pop.sources, o)) + 1 + o.pop.stream()<<12
	}
	return object, initialStreams + uint32(slices.Index(names, key.name)+1)
}
