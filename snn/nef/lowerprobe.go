package nef

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// probe finds or makes the signal that a probe records.
func (l *lowering) probe(p *Probe) error {
	if p.of.bad {
		return nil
	}
	if e := p.of.ens; e != nil && l.built[e] == nil {
		return nil // reported
	}
	name := p.signalName()
	if e := p.of.ens; e != nil && !p.of.neurons && name == "decoded_output" {
		// An unlisted connection to a buffer of the probe's own.
		if e.direct() {
			p.solver = DefaultLstsqL2() // not used
		}
		if p.solver == nil || p.solver.full() {
			return fmt.Errorf("its solver has full weights or is nil, want one for decoders")
		}
		into := &Node{net: p.net, name: p.what(), width: p.of.size(), output: PassThrough(p.of.size()), site: p.site}
		l.node(into)
		c := &Connection{net: p.net, pre: p.of, post: end{node: into, input: true}, synapse: p.synapse, solver: p.solver, middle: p.of.size(), site: p.site}
		if err := l.connect(c, l.seeds.of[p]); err != nil {
			return err
		}
		l.probes[p] = l.nodeOut[into]
		l.add(&operator{reads: []*signal{l.probes[p]}})
		return nil
	}
	known := map[string]*signal{}
	switch o := p.of; {
	case o.node != nil:
		known["output"] = l.nodeOut[o.node]
		if in := l.nodeIn[o.node]; in != nil {
			known["input"] = in
		}
	case o.ens != nil && o.ens.direct():
		if !o.neurons {
			known["input"] = l.ensembles[o.ens].input
		}
	case o.ens != nil && o.neurons:
		s := l.ensembles[o.ens]
		known["output"], known["input"] = s.out, s.j
		for state, sig := range s.states {
			known[state] = sig
		}
	case o.ens != nil:
		known["input"], known["scaled_encoders"] = l.ensembles[o.ens].input, l.ensembles[o.ens].encoders
	case o.rule != nil:
		for k, s := range l.rules[o.rule] {
			_, pes := o.rule.rule.(PES)
			if _, rls := o.rule.rule.(RLS); k == "error" && !pes && !rls {
				continue
			}
			known[k] = s
		}
	case o.conn != nil:
		line := l.lines[o.conn]
		if line == nil {
			return nil // reported
		}
		known["output"], known["input"], known["weights"] = line.output, line.input, line.weights
	}
	s := known[name]
	if s == nil {
		var names []string
		for k, v := range known {
			if v != nil {
				names = append(names, k)
			}
		}
		slices.Sort(names)
		return fmt.Errorf("no signal %q; it has %s", name, strings.Join(names, ", "))
	}
	if p.of.index != nil {
		if s.cols > 0 {
			return fmt.Errorf("a view of %q cannot be recorded; record all of it and pick from the samples", name)
		}
		s = l.selected(s, p.of)
	}
	if p.synapse.kind != noSynapse {
		if s.cols > 0 {
			return fmt.Errorf("a synapse on %q, which is a matrix; record it without one", name)
		}
		filtered := l.filter(p.what(), p.synapse, s, false)
		shown := l.vector(p.what()+" shown", s.rows)
		l.copy(shown, filtered)
		s = shown
	}
	if p.sparse && s.cols > 0 {
		return fmt.Errorf("%q is a matrix, which has no spikes to keep; leave SpikesOnly out", name)
	}
	l.probes[p] = s
	l.add(&operator{reads: []*signal{s}})
	return nil
}

// records are the operations at the end of a step that take samples, one for each
// probe, in order.
func (l *lowering) records(probes []*Probe) (ops []plan.Op) {
	var count *signal
	flags := map[float64]int{} // period in steps → Bool buffer
	b := newBody()
	bools := 0
	for _, p := range probes {
		r := &plan.Record{Label: p.what(), Buffer: l.probes[p].buffer, Every: 1, Enabled: -1}
		period := 1.0
		if p.every > 0 {
			period = p.every / l.dt
		}
		switch {
		case period <= 1:
		case period == math.Trunc(period) && period < 1<<53:
			r.Every = int64(period)
			r.Offset = r.Every - 1
		default:
			// Step n is recorded when n mod period is below 1.
			if count == nil {
				count = l.scalar("steps", 0)
				b.set(count, add(b.own(count), num(1)))
			}
			flag, ok := flags[period]
			if !ok {
				// Bool buffers follow those of signals.
				flag = -2 - bools
				bools++
				flags[period] = flag
				sym := &model.Symbol{Name: "sample", Kind: model.Var, Type: model.Bool, Locality: model.Local}
				b.bind[sym] = plan.Operand{Buffer: flag, Index: plan.Own}
				b.assigns = append(b.assigns, model.Assign{To: sym, X: lt(call(model.Mod, b.own(count), num(period)), num(1))})
			}
			r.Enabled = flag
		}
		ops = append(ops, r)
	}
	// Now the number of signals is known.
	place := func(flag int) int { return len(l.signals) + (-2 - flag) }
	for sym, o := range b.bind {
		if o.Buffer <= -2 {
			b.bind[sym] = plan.Operand{Buffer: place(o.Buffer), Index: o.Index}
		}
	}
	for _, op := range ops {
		if r := op.(*plan.Record); r.Enabled <= -2 {
			r.Enabled = place(r.Enabled)
		}
	}
	l.flags = bools
	if len(b.assigns) > 0 {
		ops = append([]plan.Op{mapOp("sampling", 1, b)}, ops...)
	}
	return ops
}
