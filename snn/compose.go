package snn

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// composer writes the update of a spiking population as one operation: its
// receptors, what synapses send back, its current sources, its equations, the
// variables of synapse models that belong to its neurons, the test for
// spikes, the reset (spec genn §2.2).
type composer struct {
	l       *layout
	p       *Population
	body    []model.Assign
	bind    plan.Bind
	inputs  map[string]model.Expr // what has been injected so far
	temps   int
	streams int
	with    map[*model.Symbol]model.Expr // of the neuron's model
	was     *model.Symbol                // where substeps follow: whether the condition held before
	err     error
}

func (l *layout) updateSpiking(p *Population) error {
	c := &composer{l: l, p: p, bind: plan.Bind{}, inputs: map[string]model.Expr{}, with: map[*model.Symbol]model.Expr{}}
	c.begin()
	for _, r := range p.receptors {
		c.receptor(r)
	}
	for _, q := range l.net.projections {
		if q.pre == p && q.spiking() {
			c.back(q)
		}
	}
	for _, s := range p.sources {
		c.attach(s, s.model, s.port)
	}
	c.neuron()
	for _, q := range l.net.projections {
		if q.spiking() && q.pre == p {
			c.synapseSide(q, false, q.model.PreStep, nil)
		}
		if q.spiking() && q.post == p {
			c.synapseSide(q, true, q.model.PostStep, nil)
		}
	}
	c.events()
	c.fire()
	c.flush(0)
	if c.err != nil {
		return Mistakes{{p.what(), p.site, c.err}}
	}
	return nil
}

func (c *composer) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// flush writes what has been gathered as one operation.
func (c *composer) flush(repeat int) {
	if len(c.body) > 0 {
		c.l.op(&plan.Map{Label: c.p.what(), N: c.p.Len(), Body: c.body, Bind: used(c.body, c.bind), Object: c.p.stream(), Repeat: repeat})
	}
	c.body = nil
}

// add appends statements. Their draws get streams of their own.
func (c *composer) add(body []model.Assign) {
	body, n := renumber(body, c.streams)
	c.streams += n
	c.body = append(c.body, body...)
}

func (c *composer) temp(name string, x model.Expr) model.Expr {
	c.temps++
	t := &model.Symbol{Name: fmt.Sprintf("_%s%d", name, c.temps), Kind: model.Temp, Locality: model.Local}
	c.body = append(c.body, model.Assign{To: t, X: x})
	return &model.Ref{Sym: t}
}

// begin binds the neuron's own names.
func (c *composer) begin() {
	p, l := c.p, c.l
	for _, s := range p.model.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			at := l.slots[slotKey{p, s.Name}]
			c.bind[s] = plan.Operand{Buffer: at.buffer, Index: at.index}
		case model.Reduced:
			c.bind[s] = plan.Operand{Buffer: l.reduce(p, s), Index: plan.Scalar}
		case model.Size:
			c.with[s] = &model.Const{V: float64(p.Len()), T: model.Int}
		case model.LastSpike:
			c.bind[s] = l.lastSpike(s, p, p, 0, plan.Own)
		case model.Input:
			c.inputs[s.Name] = &model.Const{V: s.Value}
			if at, ok := l.slots[slotKey{p, sumName(s.Name)}]; ok { // of rates
				sum := &model.Symbol{Name: sumName(s.Name), Kind: model.Input, Locality: model.Local}
				c.bind[sum] = plan.Operand{Buffer: at.buffer, Index: plan.Own}
				c.inject(s.Name, &model.Ref{Sym: sum}, "")
			}
		}
	}
}

// inject adds to an input of the neuron. Nothing is added to a literal 0.
func (c *composer) inject(input string, x model.Expr, of string) {
	have, ok := c.inputs[input]
	if !ok && c.p.made.deaf {
		return
	}
	if !ok {
		var known []string
		for _, s := range c.p.model.Symbols {
			if s.Kind == model.Input {
				known = append(known, s.Name)
			}
		}
		c.fail(fmt.Errorf("%s: %w; the neuron's equations must read it", of, unknown("input", input, known)))
		return
	}
	if zero, isConst := have.(*model.Const); isConst && zero.V == 0 {
		c.inputs[input] = c.temp("I", x)
		return
	}
	c.inputs[input] = c.temp("I", &model.Binary{Op: model.Add, X: have, Y: x})
}

// receptor takes in what has arrived.
func (c *composer) receptor(r *Receptor) {
	in := symbol(r.model, "in")
	if in != nil {
		if ring, slots, ok := c.l.hasDendrite(r); ok {
			row := &model.Symbol{Name: "arriving", Kind: model.Var, Locality: model.Local}
			c.bind[row] = plan.Operand{Buffer: ring, Index: plan.Own, Slots: slots}
			at := c.l.slots[slotKey{r, "in"}]
			c.bind[in] = plan.Operand{Buffer: at.buffer, Index: at.index}
			c.body = append(c.body,
				model.Assign{To: in, X: &model.Binary{Op: model.Add, X: &model.Ref{Sym: in}, Y: &model.Ref{Sym: row}}},
				model.Assign{To: row, X: &model.Const{}})
		}
	}
	c.attach(r, r.model, r.port)
}

// attach adds the statements of a receptor or current source.
func (c *composer) attach(of Owner, m *model.Model, port string) {
	with := map[*model.Symbol]model.Expr{}
	for _, s := range m.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			at := c.l.slots[slotKey{of, s.Name}]
			c.bind[s] = plan.Operand{Buffer: at.buffer, Index: at.index}
		case model.PostVar:
			with[s] = &model.Ref{Sym: symbol(c.p.model, s.Name)}
		case model.Size:
			with[s] = &model.Const{V: float64(c.p.Len()), T: model.Int}
		case model.LastSpike:
			c.bind[s] = c.l.lastSpike(s, c.p, c.p, 0, plan.Own)
		}
	}
	before := len(c.body)
	c.add(model.SubstituteAll(m.Step, with))
	added := append([]model.Assign(nil), c.body[before:]...)
	c.body = c.body[:before]
	for _, a := range added {
		if a.To.Kind != model.Emit {
			c.body = append(c.body, a)
			continue
		}
		input := a.To.Name
		if input == "I" || input == "" {
			input = port
		}
		c.inject(input, a.X, of.what())
	}
}

// back takes in what the synapses of q have sent back to their source.
func (c *composer) back(q *Projection) {
	b, ok := c.l.backs[q]
	if !ok {
		return
	}
	s := &model.Symbol{Name: "back", Kind: model.Var, Locality: model.Local}
	c.bind[s] = plan.Operand{Buffer: b, Index: plan.Own}
	c.inject(q.backInto, &model.Ref{Sym: s}, q.what())
	c.body = append(c.body, model.Assign{To: s, X: &model.Const{}})
}

// neuron adds the equations. Those that advance in small steps become an
// operation of their own, which finds the inputs in buffers.
func (c *composer) neuron() {
	m := c.p.model
	if m.Substeps > 1 {
		for _, s := range m.Symbols {
			if s.Kind != model.Input {
				continue
			}
			b := c.l.buffer(c.p.name+".input "+s.Name, c.l.program.Float, c.p.Len())
			v := &model.Symbol{Name: s.Name, Kind: model.Var, Locality: model.Local}
			c.bind[v] = plan.Operand{Buffer: b, Index: plan.Own}
			c.body = append(c.body, model.Assign{To: v, X: c.inputs[s.Name]})
			c.inputs[s.Name] = &model.Ref{Sym: v}
		}
	}
	for _, s := range m.Symbols {
		if s.Kind == model.Input {
			c.with[s] = c.inputs[s.Name]
		}
	}
	c.add(model.SubstituteAll(m.Before, c.with))
	if m.Substeps > 1 {
		if c.p.made.src.AutoRefractory && m.Spike != nil {
			c.was = &model.Symbol{Name: "above", Kind: model.Var, Type: model.Bool, Locality: model.Local}
			c.bind[c.was] = plan.Operand{Buffer: c.l.buffer(c.p.name+".above", plan.Bool, c.p.Len()), Index: plan.Own}
			c.add([]model.Assign{{To: c.was, X: model.Substitute(m.Spike, c.with)}})
		}
		c.flush(0)
		c.add(model.SubstituteAll(m.Step, c.with))
		c.flush(m.Substeps)
		return
	}
	c.add(model.SubstituteAll(m.Step, c.with))
}

// synapseSide adds statements of a synapse model about its neurons' own
// variables, on the side of p; where is nil for always.
func (c *composer) synapseSide(q *Projection, post bool, body []model.Assign, where *model.Symbol) {
	if len(body) == 0 {
		return
	}
	c.add(c.conditional(model.SubstituteAll(body, c.sideNames(q, post)), where))
}

// sideNames binds the names of a synapse model as one side's neurons see them.
func (c *composer) sideNames(q *Projection, post bool) map[*model.Symbol]model.Expr {
	with := map[*model.Symbol]model.Expr{}
	for _, s := range q.model.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			if s.Locality == model.Local {
				continue
			}
			at := c.l.slots[slotKey{q, s.Name}]
			index := plan.Own
			if at.index == plan.Scalar {
				index = plan.Scalar
			}
			c.bind[s] = plan.Operand{Buffer: at.buffer, Index: index}
		case model.PreVar, model.PostVar:
			if (s.Kind == model.PostVar) == post {
				of := symbol(c.p.model, s.Name)
				if r := c.l.links[q].emit.receptor; of == nil && r != nil {
					of = symbol(r.model, s.Name)
				}
				with[s] = &model.Ref{Sym: of}
			}
		case model.Size:
			with[s] = size(s, q.pre, q.post)
		case model.LastSpike:
			if s.Of != model.Var && (s.Of == model.PostVar) != post {
				continue
			}
			c.bind[s] = c.l.lastSpike(s, c.p, eventKey{q, post}, 0, plan.Own)
		}
	}
	return with
}

// conditional keeps the variables of neurons for which a mark is not set.
func (c *composer) conditional(body []model.Assign, where *model.Symbol) []model.Assign {
	if where == nil {
		return body
	}
	out := append([]model.Assign(nil), body...)
	for i, a := range out {
		if a.To.Kind != model.Temp {
			out[i].X = &model.Select{Cond: &model.Ref{Sym: where}, Then: a.X, Else: &model.Ref{Sym: a.To}}
		}
	}
	return out
}

// events marks the neurons for which the conditions of synapse models hold.
func (c *composer) events() {
	for _, q := range c.l.net.projections {
		if !q.spiking() {
			continue
		}
		for _, side := range []struct {
			post bool
			of   *Population
			x    model.Expr
		}{{false, q.pre, q.model.PreEvent}, {true, q.post, q.model.PostEvent}} {
			f, ok := c.l.firing[eventKey{q, side.post}]
			if !ok || side.of != c.p || side.x == nil {
				continue
			}
			c.bind[f.mark] = plan.Operand{Buffer: f.marks, Index: plan.Own}
			c.add([]model.Assign{{To: f.mark, X: model.Substitute(side.x, c.sideNames(q, side.post))}})
		}
	}
}

// fire marks the neurons that fire, and does what follows for them.
func (c *composer) fire() {
	m := c.p.model
	if m.Spike == nil {
		return
	}
	f := c.l.fires(c.p)
	c.bind[f.mark] = plan.Operand{Buffer: f.marks, Index: plan.Own}
	spike := model.Substitute(m.Spike, c.with)
	if c.was != nil {
		spike = &model.Binary{Op: model.And, X: spike, Y: &model.Unary{Op: model.Not, X: &model.Ref{Sym: c.was}}}
	}
	c.add([]model.Assign{{To: f.mark, X: spike}})
	for _, q := range c.l.net.projections {
		if q.spiking() && q.pre == c.p {
			c.synapseSide(q, false, q.model.PreSpike, f.mark)
		}
		if q.spiking() && q.post == c.p {
			c.synapseSide(q, true, q.model.PostSpike, f.mark)
		}
	}
	c.add(c.conditional(model.SubstituteAll(m.Reset, c.with), f.mark))
}

// declareReceptor makes the buffers of a receptor.
func (l *layout) declareReceptor(r *Receptor) {
	l.declare(r, r.model, r.made, strings.TrimPrefix(r.name, r.pop.name+".")+"."+r.pop.name+".", r.pop.Len(), r.pop.geometry)
	if _, ok := l.slots[slotKey{r, "in"}]; !ok {
		l.slots[slotKey{r, "in"}] = slot{l.buffer(r.name+".in", l.program.Float, r.pop.Len()), plan.Own, nil, r.pop.geometry}
	}
}

// dendrite is the ring in which input of a receptor waits, and its rows.
func (l *layout) dendrite(r *Receptor) (ring, slots int) {
	slots = 1
	for p, k := range l.links {
		if k.emit.receptor == r {
			n, _ := steps(p.dendritic, l.net.dt)
			slots = max(slots, int(n)+1)
		}
	}
	ring, ok := l.dendrites[r]
	if !ok {
		ring = l.buffer(r.name+".waiting", l.program.Float, slots*r.pop.Len())
		l.dendrites[r] = ring
	}
	return ring, slots
}

func (l *layout) hasDendrite(r *Receptor) (ring, slots int, ok bool) {
	if _, ok = l.dendrites[r]; !ok {
		return 0, 0, false
	}
	ring, slots = l.dendrite(r)
	return ring, slots, true
}

// backBuffer is where the synapses of a projection add what they send back.
func (l *layout) backBuffer(p *Projection) int {
	b, ok := l.backs[p]
	if !ok {
		b = l.buffer(p.pre.name+"→"+p.post.name+".back", l.program.Float, p.pre.Len())
		l.backs[p] = b
	}
	return b
}
