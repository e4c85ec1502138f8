package snn

import (
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// Grown are synapses to add, for [Sim.Rewire].
type Grown struct {
	Pre, Post []int                // neurons
	Delay     []int                // steps; nil is the shortest of the projection
	Values    map[string][]float64 // of variables by name; those that are missing begin at 0
}

// Rewire changes the synapses of a projection: those for which keep is false
// go (nil keeps all), grown ones come. Values move with their synapses. For
// projections whose connections are a list: of probability, fixed numbers,
// distance or pairs.
func (s *Sim) Rewire(p *Projection, keep func(slot, pre, post int) bool, grown Grown) error {
	if s.err != nil {
		return s.err
	}
	if p == nil || s.layout.links[p] == nil {
		return s.fail(fmt.Errorf("simulation %s: rewiring of nothing, or of another network; give what Connect returned", s.net.name))
	}
	k := s.layout.links[p]
	wrong := func(format string, args ...any) error {
		return s.fail(fmt.Errorf("simulation %s: rewiring of %s: %w", s.net.name, p.what(), fmt.Errorf(format, args...)))
	}
	if k.synapses == nil {
		return wrong("its connections are %s, want a list of synapses; connect with snn.Pairs, for example", p.connector)
	}
	old := k.synapses
	if len(grown.Pre) != len(grown.Post) || grown.Delay != nil && len(grown.Delay) != len(grown.Pre) {
		return wrong("%d sources, %d targets and %d delays, want as many of each", len(grown.Pre), len(grown.Post), len(grown.Delay))
	}
	for i := range grown.Pre {
		if grown.Pre[i] < 0 || grown.Pre[i] >= old.pre || grown.Post[i] < 0 || grown.Post[i] >= old.post {
			return wrong("new synapse %d is (%d, %d), want a source from 0 to %d and a target from 0 to %d", i, grown.Pre[i], grown.Post[i], old.pre-1, old.post-1)
		}
		if grown.Delay != nil && (grown.Delay[i] < k.delay || grown.Delay[i] >= k.delay+old.segments) {
			return wrong("new synapse %d has a delay of %d steps, want %d to %d", i, grown.Delay[i], k.delay, k.delay+old.segments-1)
		}
	}
	for name, x := range grown.Values {
		if len(x) != len(grown.Pre) {
			return wrong("%d values of %q, want %d", len(x), name, len(grown.Pre))
		}
		if at, ok := s.layout.slots[slotKey{p, name}]; !ok || at.index != plan.Own {
			return wrong("%w", unknown("variable of the synapses", name, p.names()))
		}
		if !finite(x...) {
			return wrong("a value of %q that is not finite", name)
		}
	}
	type synapse struct {
		row  int // pre·segments + segment
		post int32
		from int // old slot, or −1 − number of the new one
	}
	var all []synapse
	s.synapses(p, func(slot, i, j int) {
		if keep == nil || keep(slot, i, j) {
			row, _ := slices.BinarySearch(old.rows, int64(slot)+1)
			all = append(all, synapse{row - 1, int32(j), slot})
		}
	})
	for n := range grown.Pre {
		segment := 0
		if grown.Delay != nil {
			segment = grown.Delay[n] - k.delay
		}
		all = append(all, synapse{grown.Pre[n]*old.segments + segment, int32(grown.Post[n]), -1 - n})
	}
	if len(all) > math.MaxInt32 {
		return wrong("%d synapses, want fewer than 2³¹", len(all))
	}
	slices.SortStableFunc(all, func(a, b synapse) int {
		if a.row != b.row {
			return a.row - b.row
		}
		return int(a.post - b.post)
	})
	list := &synapses{pre: old.pre, post: old.post, segments: old.segments, minDelay: old.minDelay,
		rows: make([]int64, len(old.rows)), targets: make([]int32, len(all))}
	for slot, x := range all {
		list.targets[slot] = x.post
		list.rows[x.row+1]++
	}
	for r := range len(list.rows) - 1 {
		list.rows[r+1] += list.rows[r]
	}

	n := max(len(all), 1)
	s.readAll(func(int) bool { return true })
	if s.err != nil {
		return s.err
	}
	program := *s.layout.program
	program.Buffers = slices.Clone(program.Buffers)
	state := *s.state
	state.F64, state.F32, state.I64, state.I32 = slices.Clone(state.F64), slices.Clone(state.F32), slices.Clone(state.I64), slices.Clone(state.I32)
	state.Bool = slices.Clone(state.Bool)
	resize := func(b int) {
		program.Buffers[b].Len = n
		switch program.Buffers[b].Type {
		case plan.F64:
			state.F64[b] = make([]float64, n)
		case plan.F32:
			state.F32[b] = make([]float32, n)
		case plan.I64:
			state.I64[b] = make([]int64, n)
		case plan.I32:
			state.I32[b] = make([]int32, n)
		case plan.Bool:
			state.Bool[b] = make([]uint8, n)
		}
	}
	moved := map[slotKey][]float64{}
	for key, at := range s.layout.slots {
		if key.of != Owner(p) || at.index != plan.Own {
			continue
		}
		x := make([]float64, len(all))
		for slot, from := range all {
			switch given := grown.Values[key.name]; {
			case from.from >= 0:
				x[slot] = s.get(at.buffer, from.from)
			case given != nil:
				x[slot] = given[-1-from.from]
			case key.name == "arrived":
				x[slot] = never
			}
		}
		moved[key] = x
		resize(at.buffer)
	}
	resize(k.shape.Sparse.Targets)
	if k.ago != nil {
		resize(k.delays)
	}
	if k.shape.Sparse.Columns >= 0 {
		resize(k.shape.Sparse.Sources)
		resize(k.shape.Sparse.Slots)
	}
	executor, err := s.compiler.Compile(&program)
	if err != nil {
		return wrong("%w", err)
	}
	s.executor.Close()
	s.executor = executor
	*s.layout.program = program
	*s.state = state
	k.synapses = list
	k.fill(s.state)
	if err := s.keep(); err != nil {
		return s.fail(err)
	}
	for key, x := range moved {
		at := s.layout.slots[key]
		if at.shape != nil {
			at.shape = []int{len(all)}
			s.layout.slots[key] = at
		}
		for slot, y := range x {
			s.set(at.buffer, slot, y)
		}
	}
	s.updates = map[*Update][]prepared{}
	return nil
}
