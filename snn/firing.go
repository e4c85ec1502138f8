package snn

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// firing is the spikes of a population, or the events of a projection's source
// or target: marks, and a ring of lists.
type firing struct {
	label  string
	marks  int
	mark   *model.Symbol
	spikes plan.Spikes
}

// eventKey names the events that a projection's model defines.
type eventKey struct {
	p    *Projection
	post bool
}

// stampKey names the times of arrival of spikes or events after a delay in
// steps; 0 is the time of the spike itself.
type stampKey struct {
	of    any // *Population or eventKey
	delay int
}

type stamp struct{ last, prev int }

// never is the step of the last spike of a neuron that has not fired: so long
// ago that exp(−Δ/τ) is 0, yet within what float32 can tell.
const never = -1 << 40

// fires is the record of a population's spikes, or of events.
func (l *layout) fires(of any) *firing {
	if f, ok := l.firing[of]; ok {
		return f
	}
	var pop *Population
	name := "spike"
	switch o := of.(type) {
	case *Population:
		pop = o
	case eventKey:
		pop, name = o.p.pre, o.p.pre.name+"→"+o.p.post.name+".event"
		if o.post {
			pop, name = o.p.post, name+".post"
		}
	}
	if name == "spike" {
		name = pop.name + ".spike"
	}
	n := pop.Len()
	f := &firing{label: name, mark: &model.Symbol{Name: "spike", Kind: model.Var, Type: model.Bool, Locality: model.Local}}
	f.marks = l.buffer(name, plan.Bool, n)
	slots := max(2, l.reach(pop)+1)
	f.spikes = plan.Spikes{
		List: l.buffer(name+"s", plan.I32, slots*n), Count: l.buffer(name+"s.count", plan.I64, slots), N: n, Slots: slots,
	}
	l.firing[of] = f
	return f
}

// reach is the longest delay in steps with which spikes or variables of a
// population are asked for.
func (l *layout) reach(pop *Population) int {
	d := 1
	for p, k := range l.links {
		if p.pre == pop {
			d = max(d, k.delay+k.segments()-1)
		}
		if p.post == pop {
			d = max(d, k.back, k.sees)
		}
	}
	return d
}

// stamp is the buffer of the last arrivals, or of those before.
func (l *layout) stamp(key stampKey, previous bool) int {
	f := l.fires(key.of)
	t, ok := l.stamps[key]
	if !ok {
		t = &stamp{last: l.buffer(f.label+".last", plan.I64, f.spikes.N), prev: -1}
		l.stamps[key] = t
	}
	if !previous {
		return t.last
	}
	if t.prev < 0 {
		t.prev = l.buffer(f.label+".previous", plan.I64, f.spikes.N)
	}
	return t.prev
}

// stampOps are the operations that note arrivals: those of spikes themselves
// (delay 0), or all others.
func (l *layout) stampOps(own bool) []plan.Op {
	var ops []plan.Op
	// In the order of their buffers, so that the plan is always the same.
	for b := range l.program.Buffers {
		for key, t := range l.stamps {
			if t.last == b && (key.delay == 0) == own {
				f := l.firing[key.of]
				ops = append(ops, &plan.Stamp{Label: f.label, From: f.spikes, Delay: key.delay, Last: t.last, Prev: t.prev})
			}
		}
	}
	return ops
}

// lastSpike binds a symbol for a time of a spike or event.
func (l *layout) lastSpike(s *model.Symbol, spikes, events any, delay int, index plan.Index) plan.Operand {
	of := spikes
	if s.Name == "set" || s.Name == "prev_set" {
		of = events
	}
	previous := s.Name == "prev_st" || s.Name == "prev_set"
	return plan.Operand{Buffer: l.stamp(stampKey{of, delay}, previous), Index: index}
}

// lagged is a variable as it was d steps ago. d up to 1 is the last step, whose
// values are still there.
func (l *layout) lagged(at slot, index plan.Index, d, newer int, reach int) plan.Operand {
	if at.index == plan.Scalar {
		return plan.Operand{Buffer: at.buffer, Index: plan.Scalar}
	}
	if d <= 1 || at.symbol != nil && at.symbol.Kind != model.Var {
		return plan.Operand{Buffer: at.buffer, Index: index}
	}
	slots := max(reach, d) + 1
	ring, ok := l.rings[at.buffer]
	if !ok {
		b := l.program.Buffers[at.buffer]
		ring = l.buffer(b.Name+".past", b.Type, slots*b.Len)
		l.rings[at.buffer] = ring
	} else {
		slots = l.program.Buffers[ring].Len / l.program.Buffers[at.buffer].Len
	}
	return plan.Operand{Buffer: ring, Index: index, Slots: slots, Lag: d - newer}
}

// departures writes what follows the neurons: lists of those who fired, past
// values, times of spikes.
func (l *layout) departures(n *Network) {
	for b := range l.program.Buffers {
		for _, f := range l.firing {
			if f.marks == b {
				l.op(&plan.Collect{Label: f.label, Marks: f.marks, To: f.spikes})
			}
		}
	}
	l.program.Ops = append(l.program.Ops, l.stampOps(true)...)
	for b := range l.program.Buffers {
		if ring, ok := l.rings[b]; ok {
			l.op(&plan.Push{Label: l.program.Buffers[b].Name, In: b, Ring: ring,
				Slots: l.program.Buffers[ring].Len / l.program.Buffers[b].Len})
		}
	}
}
