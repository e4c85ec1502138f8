package snn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// initialise writes the initial values of all variables but those to keep; the
// first time it writes the parameters and connections too.
func (s *Sim) initialise(keep kept, first bool) error {
	if first {
		for _, k := range s.layout.links {
			k.fill(s.state)
		}
		if err := plan.CheckConnectivity(s.layout.program, s.state); err != nil {
			return fmt.Errorf("network %s: the connections are not valid, which is our mistake: %w", s.net.name, err)
		}
		if err := s.keep(); err != nil {
			return err
		}
	}
	var mistakes Mistakes
	for key, at := range s.layout.slots {
		if keep.has(key) || !first && (at.symbol != nil && at.symbol.Kind == model.Param || !s.changed[at.buffer]) {
			continue
		}
		if err := s.initialiseSlot(key, at); err != nil {
			mistakes = append(mistakes, Mistake{key.of.what(), key.of.owned().site, err})
		}
	}
	if mistakes != nil {
		slices.SortFunc(mistakes, func(a, b Mistake) int { return strings.Compare(a.Error(), b.Error()) })
		return mistakes
	}
	// Initial values given as expressions read parameters, which are set now.
	for key, at := range s.layout.slots {
		given := key.of.owned().inits[key.name] != nil
		if keep.has(key) || given || at.symbol == nil || at.symbol.Kind != model.Var || at.symbol.Init == nil {
			continue
		}
		if x, ok := s.sameForAll(key.of, at.symbol.Init); ok {
			s.fillWith(at.buffer, x)
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
			s.set(b, 0, 1)
		}
		for _, b := range s.layout.recording {
			s.set(b, 0, 1)
		}
	}
	s.forget(keep, first)
	s.noteWritten(keep)
	if first { // later, setting a parameter asks for it
		s.stale = true
		s.derive()
	}
	return nil
}

// noteWritten marks the buffers that a step writes as changed, and of the
// others only what has been kept: these differ from their initial values after
// a run.
func (s *Sim) noteWritten(keep kept) {
	before := s.changed
	s.changed = make([]bool, len(s.layout.program.Buffers))
	for key, at := range s.layout.slots {
		if before != nil && keep.has(key) {
			s.changed[at.buffer] = before[at.buffer]
		}
	}
	for _, op := range s.layout.program.Ops {
		for _, b := range plan.Writes(op) {
			s.changed[b] = true
		}
	}
}

// forget empties what is on its way: lists of spikes, past values, waiting
// input, and times of spikes.
func (s *Sim) forget(keep kept, first bool) {
	zero := func(b int) { s.fillWith(b, 0) }
	if !keep.queues {
		for _, f := range s.layout.firing {
			zero(f.spikes.Count)
			zero(f.marks)
		}
		for _, b := range s.layout.rings {
			zero(b)
		}
		s.rememberStart()
		for _, b := range s.layout.dendrites {
			zero(b)
		}
		for _, b := range s.layout.backs {
			zero(b)
		}
	}
	for _, t := range s.layout.stamps {
		if keep.spikeTimes && !first {
			break
		}
		for _, b := range []int{t.last, t.prev} {
			if b >= 0 {
				s.fillWith(b, never)
			}
		}
	}
}

// rememberStart gives variables of spiking models the past that they have in
// GeNN: before the start they were what they are now. That of rates is 0, as in ANNarchy.
func (s *Sim) rememberStart() {
	for key, at := range s.layout.slots {
		ring, ok := s.layout.rings[at.buffer]
		kind := key.of.owned().made.src.Kind
		if !ok || kind == model.Neuron || kind == model.Synapse {
			continue
		}
		n := s.layout.program.Buffers[at.buffer].Len
		for i := range s.layout.program.Buffers[ring].Len {
			s.set(ring, i, s.get(at.buffer, i%n))
		}
	}
}

// sameForAll is the value of an initial expression, when no parameter in it
// differs between elements.
func (s *Sim) sameForAll(of Owner, e model.Expr) (float64, bool) {
	same := true
	walk(e, func(x model.Expr) {
		switch x := x.(type) {
		case *model.Ref:
			same = same && x.Sym.Locality == model.Global
		case *model.Rand:
			same = false
		}
	})
	if !same {
		return 0, false
	}
	return model.Eval(e, s.lookup(of, 0)), true
}

// initialiseSlot writes the value a user gave, that of the model, or zero.
func (s *Sim) initialiseSlot(key slotKey, at slot) error {
	n := s.layout.program.Buffers[at.buffer].Len
	init := key.of.owned().inits[key.name]
	if init == nil {
		init = constant(0)
		if at.symbol != nil && at.symbol.Kind == model.Param {
			init = constant(at.symbol.Value)
		}
		if key.name == "arrived" && at.symbol != nil && at.symbol.Type == model.Int {
			init = constant(never)
		}
	}
	object, variable := streamOf(key)
	draw := init.draw(rng.NewStream(s.net.seed, object, variable))
	p, ofProjection := key.of.(*Projection)
	perSynapse := ofProjection && at.index == plan.Own
	_, isGiven := init.(given)
	var k *link
	if perSynapse {
		k = s.layout.links[p]
		if k.synapses != nil {
			n = len(k.synapses.targets)
		}
		if err := checkLength(init, n); err != nil {
			return fmt.Errorf("initial value of %q: %w", key.name, err)
		}
		switch {
		case isGiven && k.synapses != nil && k.synapses.from != nil:
			from, all := k.synapses.from, draw
			draw = func(slot uint64) float64 { return all(uint64(from[slot])) }
		case !isGiven && !isConstant(init):
			element, all := k.element(), draw
			draw = func(slot uint64) float64 { return all(element(int(slot))) }
		}
		if n == 0 {
			return nil
		}
	} else if err := checkLength(init, n); err != nil {
		return fmt.Errorf("initial value of %q: %w", key.name, err)
	}
	if c, ok := init.(constant); ok {
		s.fillWith(at.buffer, float64(c))
	} else if ok, err := s.drawThere(at.buffer, init, rng.NewStream(s.net.seed, object, variable), k); ok || err != nil {
		return err
	} else {
		s.fill(at.buffer, func(i int) float64 { return draw(uint64(i)) })
	}
	if perSynapse && p.kind() == plan.Dense && p.noSelf() {
		for i := range p.pre.Len() {
			s.set(at.buffer, i*p.post.Len()+i, 0)
		}
	}
	return nil
}

// fillWith sets every element of a buffer to x.
func (s *Sim) fillWith(b int, x float64) {
	s.write(b, true)
	switch s.layout.program.Buffers[b].Type {
	case plan.F64:
		fillWith(s.state.F64[b], x)
	case plan.F32:
		fillWith(s.state.F32[b], float32(x))
	case plan.I64:
		fillWith(s.state.I64[b], int64(x))
	default:
		s.fill(b, func(int) float64 { return x })
	}
}

func fillWith[T any](to []T, x T) {
	for i := range to {
		to[i] = x
	}
}

// fill sets every element of a buffer, shared among the cores.
func (s *Sim) fill(b int, value func(i int) float64) {
	s.write(b, true)
	switch s.layout.program.Buffers[b].Type {
	case plan.F64:
		fill(s.state.F64[b], value)
	case plan.F32:
		fill(s.state.F32[b], value)
	case plan.I64:
		fill(s.state.I64[b], value)
	default:
		for i := range s.state.Bool[b] {
			s.put(b, i, value(i))
		}
	}
}

func fill[T float32 | float64 | int64](x []T, value func(i int) float64) {
	share(len(x), func(from, to int) {
		for i := from; i < to; i++ {
			x[i] = T(value(i))
		}
	})
}

// lookup gives the parameters of an object, as element i sees them.
func (s *Sim) lookup(of Owner, i int) func(*model.Symbol) float64 {
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
		if d.function.compute != nil {
			s.deriveFunction(d, n)
			continue
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

// deriveFunction computes a derived parameter, of n elements.
func (s *Sim) deriveFunction(d derivation, n int) {
	m := d.of.owned().model
	p := P{}
	for i := range n {
		params := s.lookup(d.of, i)
		for _, sym := range m.Symbols {
			if sym.Kind == model.Param {
				p[sym.Name] = params(sym)
			}
		}
		s.set(d.out[0], i, d.function.compute(p, d.dt))
	}
}

// get and set convert between a buffer's type and float64.
func (s *Sim) get(b, i int) float64 {
	s.read(b)
	return s.peek(b, i)
}

func (s *Sim) set(b, i int, x float64) {
	s.write(b, false)
	s.put(b, i, x)
}

// peek and put are get and set for buffers that have been read, or are about to be
// written as was said.
func (s *Sim) peek(b, i int) float64 {
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

func (s *Sim) put(b, i int, x float64) {
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
