package snn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// initialise writes the initial values of all variables but those of the
// objects to keep; the first time it writes the parameters too.
func (s *Sim) initialise(keep []Owner, first bool) error {
	var mistakes Mistakes
	for key, at := range s.layout.slots {
		if slices.Contains(keep, key.of.(Owner)) || !first && at.symbol != nil && at.symbol.Kind == model.Param {
			continue
		}
		if err := s.initialiseSlot(key, at); err != nil {
			mistakes = append(mistakes, Mistake{key.of.(Owner).what(), siteOf(key.of), err})
		}
	}
	if mistakes != nil {
		slices.SortFunc(mistakes, func(a, b Mistake) int { return strings.Compare(a.Error(), b.Error()) })
		return mistakes
	}
	// Initial values given as expressions read parameters, which are set now.
	for key, at := range s.layout.slots {
		given := inits(key.of)[key.name] != nil
		if slices.Contains(keep, key.of.(Owner)) || given || at.symbol == nil || at.symbol.Kind != model.Var || at.symbol.Init == nil {
			continue
		}
		for i := range s.layout.program.Buffers[at.buffer].Len {
			s.set(at.buffer, i, model.Eval(at.symbol.Init, s.lookup(key.of, i)))
		}
	}
	for _, b := range s.layout.reduced {
		s.set(b, 0, 0)
	}
	if first {
		for _, b := range s.layout.learns {
			s.state.Bool[b][0] = 1
		}
	}
	s.stale = true
	s.derive()
	return nil
}

// initialiseSlot writes the value a user gave, that of the model, or zero.
func (s *Sim) initialiseSlot(key slotKey, at slot) error {
	n := s.layout.program.Buffers[at.buffer].Len
	init := inits(key.of)[key.name]
	if init == nil {
		init = constant(0)
		if at.symbol != nil && at.symbol.Kind == model.Param {
			init = constant(at.symbol.Value)
		}
	}
	object, variable := streamOf(key)
	values, err := init.values(n, rng.NewStream(s.net.seed, object, variable))
	if err != nil {
		return fmt.Errorf("initial value of %q: %w", key.name, err)
	}
	for i, x := range values {
		s.set(at.buffer, i, x)
	}
	if p, ok := key.of.(*Projection); ok && p.shape().NoSelf && at.index == plan.Own {
		for i := range p.pre.Len() {
			s.set(at.buffer, i*p.post.Len()+i, 0)
		}
	}
	return nil
}

// initialStreams is where the streams of initial values begin, beyond those
// that equations draw from in a step.
const initialStreams = 1 << 31

// streamOf is the object and the number of a variable within it, which name
// its stream of initial values.
func streamOf(key slotKey) (object, variable uint32) {
	switch o := key.of.(type) {
	case *Population:
		return o.stream(), initialStreams + uint32(slices.Index(o.names(), key.name)+1)
	case *Projection:
		return o.stream(), initialStreams + uint32(slices.Index(modelNames(o.model), key.name)+1)
	}
	return 0, 0
}

func inits(of any) map[string]Init {
	switch o := of.(type) {
	case *Population:
		return o.inits
	case *Projection:
		return o.inits
	}
	return nil
}

// siteOf is the line that made a population or projection.
func siteOf(of any) string {
	switch o := of.(type) {
	case *Population:
		return o.site
	case *Projection:
		return o.site
	}
	return ""
}

// lookup gives the parameters of an object, as element i sees them.
func (s *Sim) lookup(of any, i int) func(*model.Symbol) float64 {
	return func(sym *model.Symbol) float64 {
		at, ok := s.layout.slots[slotKey{of, sym.Name}]
		if !ok || sym.Kind == model.Dt {
			return float64(s.net.dt)
		}
		if s.layout.program.Buffers[at.buffer].Len == 1 {
			return s.get(at.buffer, 0)
		}
		return s.get(at.buffer, i)
	}
}

// derive computes the values that depend on parameters only, when one changed.
func (s *Sim) derive() {
	if !s.stale {
		return
	}
	s.stale = false
	for _, d := range s.layout.derived {
		n := 1
		for _, b := range d.out {
			n = max(n, s.layout.program.Buffers[b].Len)
		}
		in := make([]float64, len(d.computed.In))
		out := make([]float64, len(d.computed.Out))
		for i := range n {
			params := s.lookup(d.of, i)
			for k, e := range d.computed.In {
				in[k] = model.Eval(e, func(sym *model.Symbol) float64 {
					if sym.Kind == model.Dt {
						return d.dt
					}
					return params(sym)
				})
			}
			d.computed.Compute(in, out)
			for k, b := range d.out {
				if i < s.layout.program.Buffers[b].Len {
					s.set(b, i, out[k])
				}
			}
		}
	}
}

// get and set convert between a buffer's type and float64.
func (s *Sim) get(b, i int) float64 {
	switch s.layout.program.Buffers[b].Type {
	case plan.F64:
		return s.state.F64[b][i]
	case plan.F32:
		return float64(s.state.F32[b][i])
	case plan.I64:
		return float64(s.state.I64[b][i])
	}
	return float64(s.state.Bool[b][i])
}

func (s *Sim) set(b, i int, x float64) {
	switch s.layout.program.Buffers[b].Type {
	case plan.F64:
		s.state.F64[b][i] = x
	case plan.F32:
		s.state.F32[b][i] = float32(x)
	case plan.I64:
		s.state.I64[b][i] = int64(x)
	default:
		s.state.Bool[b][i] = 0
		if x != 0 {
			s.state.Bool[b][i] = 1
		}
	}
}
