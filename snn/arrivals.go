package snn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// arrivals writes what spikes of earlier steps do at the synapses, in GeNN's
// order (spec genn §2.1): dynamics of all synapses, then presynaptic events and
// spikes, then postsynaptic ones.
func (l *layout) arrivals(n *Network) error {
	var dynamics, pre, post []plan.Op
	for _, p := range n.projections {
		if !p.spiking() {
			continue
		}
		if err := l.resolve(l.links[p]); err != nil {
			return Mistakes{{p.what(), p.site, err}}
		}
	}
	for _, p := range n.projections {
		if !p.spiking() {
			continue
		}
		k := l.links[p]
		m := p.model
		add := func(to *[]plan.Op, body []model.Assign, make func(body []model.Assign, bind plan.Bind, enabled int) plan.Op) error {
			if len(body) == 0 {
				return nil
			}
			body, bind, enabled, err := l.synapseBody(k, body)
			if err != nil {
				return Mistakes{{p.what(), p.site, err}}
			}
			*to = append(*to, make(body, bind, enabled))
			return nil
		}
		deliver := func(of any) func([]model.Assign, plan.Bind, int) plan.Op {
			return func(body []model.Assign, bind plan.Bind, enabled int) plan.Op {
				return &plan.Deliver{Label: p.what(), From: l.fires(of).spikes, Delay: k.delay, Shape: k.shape, Body: body, Bind: bind, Object: p.stream(), Enabled: enabled}
			}
		}
		column := func(of any) func([]model.Assign, plan.Bind, int) plan.Op {
			return func(body []model.Assign, bind plan.Bind, enabled int) plan.Op {
				return &plan.Column{Label: p.what(), From: l.fires(of).spikes, Delay: k.back, Shape: k.shape, Body: body, Bind: bind, Object: p.stream(), Enabled: enabled}
			}
		}
		every, _ := steps(p.period(), p.net.dt)
		onPre := m.OnPre
		if k.arrived != nil {
			step := &model.Symbol{Name: "step", Kind: model.StepNow, Type: model.Int}
			onPre = append(append([]model.Assign(nil), onPre...), model.Assign{To: k.arrived, X: &model.Ref{Sym: step}})
		}
		for _, err := range []error{
			add(&dynamics, m.Step, func(body []model.Assign, bind plan.Bind, enabled int) plan.Op {
				return &plan.Sweep{Label: p.what(), Shape: k.shape, Body: body, Bind: bind, Object: p.stream(), Every: every, Enabled: enabled}
			}),
			add(&pre, m.OnPreEvent, deliver(eventKey{p, false})),
			add(&pre, onPre, deliver(p.pre)),
			add(&post, m.OnPostEvent, column(eventKey{p, true})),
			add(&post, m.OnPost, column(p.post)),
		} {
			if err != nil {
				return err
			}
		}
	}
	l.program.Ops = append(l.program.Ops, l.stampOps(false)...)
	l.program.Ops = append(append(append(l.program.Ops, dynamics...), pre...), post...)
	return nil
}

// resolve finds where a projection's spikes arrive, and what post.x means in its
// model: a variable of the neuron, or else of that receptor.
func (l *layout) resolve(k *link) error {
	if err := l.findReceptor(k); err != nil {
		return err
	}
	known := k.p.post.names()
	if r := k.emit.receptor; r != nil {
		known = append(slices.Clip(known), r.names()...)
	}
	for _, s := range k.p.model.Symbols {
		if s.Kind == model.PostVar && !contains(known, s.Name) {
			return fmt.Errorf("%d:%d: %w", s.Pos.Line, s.Pos.Col, unknown("variable of "+k.p.post.name+" or of the receptor", s.Name, known))
		}
	}
	return nil
}

// ofTarget is where a variable stands that a model of synapses calls post.x.
func (l *layout) ofTarget(k *link, name string) (at slot, ok bool) {
	if at, ok = l.slots[slotKey{k.p.post, name}]; !ok && k.emit.receptor != nil {
		at, ok = l.slots[slotKey{k.emit.receptor, name}]
	}
	return at, ok
}

func (l *layout) findReceptor(k *link) error {
	p := k.p
	switch {
	case p.receptor != nil:
		k.emit.receptor = p.receptor
		if p.target != "" {
			p.receptor.port = p.target
		}
		return nil
	case p.target != "":
		for _, r := range p.post.receptors {
			if r.shared && r.name == p.target {
				k.emit.receptor = r
				return nil
			}
		}
		if at, ok := l.slots[slotKey{p.post, "g_" + p.target}]; ok && at.symbol.Kind == model.Var {
			k.emit.variable = "g_" + p.target
			return nil
		}
	}
	return fmt.Errorf("it has no receptor, which is our mistake")
}

// ensureReceptors gives every projection that names nothing a receptor: what
// arrives is injected in one step.
func (n *Network) ensureReceptors() {
	for _, p := range n.projections {
		if !p.spiking() || p.receptor != nil || p.post.model == nil || p.model == nil {
			continue
		}
		port := "I"
		if p.target != "" {
			named := false
			for _, r := range p.post.receptors {
				named = named || r.shared && r.name == p.target
			}
			if s := symbol(p.post.model, "g_"+p.target); named || s != nil && s.Kind == model.Var {
				continue
			}
			port = p.target
		}
		p.receptor = newReceptor(p.post, p.pre.name+"→"+p.post.name, DeltaCurr{})
		p.receptor.port, p.receptor.site = port, p.site
		p.post.receptors = append(p.post.receptors, p.receptor)
	}
}

// synapseBody is a body of a synapse model, with everything bound.
func (l *layout) synapseBody(k *link, body []model.Assign) ([]model.Assign, plan.Bind, int, error) {
	p := k.p
	with, err := l.replaced(p)
	if err != nil {
		return nil, nil, 0, err
	}
	if with == nil {
		with = map[*model.Symbol]model.Expr{}
	}
	bind := l.bindProjection(p, 0)
	for _, s := range p.model.Symbols {
		switch s.Kind {
		case model.Size:
			with[s] = size(s, p.pre, p.post)
		case model.LastSpike:
			switch {
			case s.Of == model.PostVar:
				bind[s] = l.lastSpike(s, p.post, eventKey{p, true}, k.back, plan.Post)
			case k.arrived != nil:
				with[s] = &model.Ref{Sym: k.arrived}
			default:
				bind[s] = l.lastSpike(s, p.pre, eventKey{p, false}, k.delay, plan.Pre)
			}
		}
	}
	if k.arrived != nil {
		bind[k.arrived] = plan.Operand{Buffer: l.slots[slotKey{p, "arrived"}].buffer, Index: plan.Own}
	}
	if k.arrived != nil && body[len(body)-1].To == k.arrived {
		// For the spike that arrives now, its time is now.
		for s, x := range with {
			if r, ok := x.(*model.Ref); ok && r.Sym == k.arrived {
				with[s] = body[len(body)-1].X
			}
		}
	}
	body = model.SubstituteAll(body, with)
	if body, err = l.seen(k, body, bind); err != nil {
		return nil, nil, 0, err
	}
	body, enabled := l.guard(p, body, bind)
	for _, a := range body {
		switch {
		case a.To.Kind == model.Emit:
			o, err := l.emitTo(k, a.To, a.Delay != nil)
			if err != nil {
				return nil, nil, 0, err
			}
			bind[a.To] = o
		case a.To.Kind == model.Var:
			if _, ok := bind[a.To]; !ok {
				return nil, nil, 0, fmt.Errorf("the rule changes %s, but procedural connections store nothing; leave out Procedural", a.To.Name)
			}
		}
	}
	return body, used(body, bind), enabled, nil
}

// used is the part of bind that a body mentions, so that the plan shows what
// matters.
func used(body []model.Assign, bind plan.Bind) plan.Bind {
	out := plan.Bind{}
	for _, a := range body {
		if o, ok := bind[a.To]; ok {
			out[a.To] = o
		}
		for _, x := range []model.Expr{a.X, a.Delay} {
			walk(x, func(e model.Expr) {
				if r, ok := e.(*model.Ref); ok {
					if o, ok := bind[r.Sym]; ok {
						out[r.Sym] = o
					}
				}
			})
		}
	}
	return out
}

// guard makes learning depend on its switch: a body that sends nothing is
// skipped as a whole, in others the variables keep their values.
func (l *layout) guard(p *Projection, body []model.Assign, bind plan.Bind) ([]model.Assign, int) {
	enabled, ok := l.learns[p]
	if !ok {
		return body, -1
	}
	sends, changes := false, false
	for _, a := range body {
		sends = sends || a.To.Kind == model.Emit
		changes = changes || a.To.Kind == model.Var
	}
	switch {
	case !changes:
		return body, -1
	case !sends && l.links[p].arrived == nil:
		return body, enabled
	}
	on := &model.Symbol{Name: "learning", Kind: model.Var, Type: model.Bool, Locality: model.Global}
	bind[on] = plan.Operand{Buffer: enabled, Index: plan.Scalar}
	out := append([]model.Assign(nil), body...)
	for i, a := range out {
		if a.To.Kind == model.Var && a.To != l.links[p].arrived {
			out[i].X = &model.Select{Cond: &model.Ref{Sym: on}, Then: a.X, Else: &model.Ref{Sym: a.To}}
		}
	}
	return out, -1
}

// emitTo is where an Emit symbol of a synapse model adds to.
func (l *layout) emitTo(k *link, s *model.Symbol, delayed bool) (plan.Operand, error) {
	p := k.p
	if s.Of == model.PreVar {
		return plan.Operand{Buffer: l.backBuffer(p), Index: plan.Pre}, nil
	}
	r := k.emit.receptor
	if s.Name != "" && (r == nil || s.Name != r.port) {
		at, ok := l.slots[slotKey{p.post, s.Name}]
		if !ok || at.symbol == nil || at.symbol.Kind != model.Var || at.index != plan.Own {
			return plan.Operand{}, fmt.Errorf("the rule adds to %q of %s; %w", s.Name, p.post.name, unknown("variable", s.Name, p.post.names()))
		}
		return plan.Operand{Buffer: at.buffer, Index: plan.Post}, nil
	}
	if r == nil {
		if delayed {
			return plan.Operand{}, fmt.Errorf("addToPostDelay into the variable %s, want a receptor; use Receptor(snn.DeltaCurr{}), for example", k.emit.variable)
		}
		return plan.Operand{Buffer: l.slots[slotKey{p.post, k.emit.variable}].buffer, Index: plan.Post}, nil
	}
	if delayed {
		if p.dendritic == 0 {
			return plan.Operand{}, fmt.Errorf("the rule uses addToPostDelay, want the longest delay; add .DendriticDelay(…)")
		}
		ring, slots := l.dendrite(r)
		return plan.Operand{Buffer: ring, Index: plan.Post, Slots: slots}, nil
	}
	return plan.Operand{Buffer: l.slots[slotKey{r, "in"}].buffer, Index: plan.Post}, nil
}

// size is the number of neurons that a Size symbol means.
func size(s *model.Symbol, pre, post *Population) model.Expr {
	n := post.Len()
	if s.Of == model.PreVar {
		n = pre.Len()
	}
	return &model.Const{V: float64(n), T: model.Int}
}

// sends tells whether statements send anything.
func sends(statements ...string) bool {
	for _, s := range statements {
		if strings.Contains(s, "addToPost") || strings.Contains(s, "g_target") || strings.Contains(s, "addToPre") || strings.Contains(s, "post.in") {
			return true
		}
	}
	return false
}
