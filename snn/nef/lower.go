package nef

import (
	"errors"
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// lowering turns a network into signals and operators.
type lowering struct {
	net       *Network
	dt        float64
	seeds     seeds
	signals   []*signal
	operators []*operator
	errs      snn.Mistakes

	built       map[*Ensemble]*Built
	connections map[*Connection]*BuiltConnection
	shared      map[sharedKey]*decoded
	ensembles   map[*Ensemble]*ensembleSignals
	nodeIn      map[*Node]*signal
	nodeOut     map[*Node]*signal
	lines       map[*Connection]*lineSignals
	rules       map[*Rule]map[string]*signal
	probes      map[*Probe]*signal
	tables      []table
	slots       *signal // 0, 1, 2, …: rows of the tables
	tick        *signal // the row of this step
	dtSignal    *signal
	resets      []func() error // of generators
	generators  []*rng.RandomState
	flags       int // Bool buffers behind those of the signals
}

// sharedKey names decoders that are the same for several connections.
type sharedKey struct {
	ens    *Ensemble
	solver Solver
}

type ensembleSignals struct {
	input, encoders, gain, j, out *signal
	states                        map[string]*signal
}

// lineSignals are those of a connection: what comes in, the weights, and what
// goes out after the synapse.
type lineSignals struct{ input, weights, output *signal }

// table holds the output of a function of time for the next steps.
type table struct {
	node  *Node
	steps *signal // tableRows × size, row by row
}

// tableRows is how many steps ahead functions of time are evaluated.
const tableRows = 128

func (l *lowering) fail(of, site string, err error) {
	l.errs = append(l.errs, snn.Mistake{Of: of, Site: site, Err: err})
}

func (l *lowering) vector(name string, n int, init ...float64) *signal {
	s := &signal{name: name, buffer: len(l.signals), rows: n, init: init}
	l.signals = append(l.signals, s)
	return s
}

func (l *lowering) scalar(name string, x float64) *signal { return l.vector(name, 1, x) }

// matrix takes its values row by row.
func (l *lowering) matrix(name string, rows, cols int, values []float64) *signal {
	s := l.vector(name, rows)
	s.cols = cols
	if values != nil {
		s.init = transpose(values, rows, cols)
	}
	return s
}

func (l *lowering) add(o *operator) { l.operators = append(l.operators, o) }

func mapOp(label string, n int, b *body) plan.Op {
	return &plan.Map{Label: label, N: n, Body: b.assigns, Bind: b.bind}
}

func (l *lowering) reset(s *signal, value float64) {
	b := newBody()
	b.set(s, num(value))
	l.add(&operator{sets: []*signal{s}, ops: []plan.Op{mapOp(s.name+" reset", s.rows, b)}})
}

func (l *lowering) copy(to, from *signal) {
	b := newBody()
	b.set(to, b.own(from))
	l.add(&operator{sets: []*signal{to}, reads: []*signal{from}, ops: []plan.Op{mapOp(to.name+" copy", to.rows, b)}})
}

// increment adds from, times scale if there is one, to the elements of to that
// index names.
func (l *lowering) increment(label string, to, from, scale *signal, index []int) {
	if index != nil {
		if scale != nil {
			scale = l.selected(scale, index)
			product := l.vector(label+" scaled", from.rows)
			b := newBody()
			b.set(product, mul(b.own(scale), b.own(from)))
			l.add(&operator{sets: []*signal{product}, reads: []*signal{from, scale}, ops: []plan.Op{mapOp(label+" scaled", from.rows, b)}})
			from = product
		}
		m := make([]float64, to.rows*len(index))
		for j, i := range index {
			m[i*len(index)+j] = 1
		}
		l.multiply(label, to, l.matrix(label+" places", to.rows, len(index), m), from, false)
		return
	}
	b := newBody()
	x := b.own(from)
	reads := []*signal{from}
	if scale != nil {
		x = mul(b.own(scale), x)
		reads = append(reads, scale)
	}
	b.set(to, add(b.own(to), x))
	l.add(&operator{incs: []*signal{to}, reads: reads, ops: []plan.Op{mapOp(label, to.rows, b)}})
}

// multiply sets or increments to by matrix times vector. Where the vector is 0
// the column is passed over.
func (l *lowering) multiply(label string, to, m, x *signal, set bool) {
	b := newBody()
	op := &plan.MatVec{
		Label: label, Shape: plan.Shape{Kind: plan.Dense, Pre: m.cols, Post: m.rows},
		Term: mul(b.pre(x), b.own(m)), Bind: b.bind, Out: to.buffer, Zero: set,
	}
	o := &operator{reads: []*signal{m, x}, ops: []plan.Op{op}}
	if set {
		o.sets = []*signal{to}
	} else {
		o.incs = []*signal{to}
	}
	l.add(o)
}

// selected is the elements of a signal that index names.
func (l *lowering) selected(s *signal, index []int) *signal {
	if index == nil {
		return s
	}
	m := make([]float64, len(index)*s.rows)
	init := make([]float64, len(index))
	for j, i := range index {
		m[j*s.rows+i] = 1
		if s.init != nil {
			init[j] = s.init[i]
		}
	}
	out := l.vector(fmt.Sprint(s.name, index), len(index), init...)
	l.multiply(out.name, out, l.matrix(out.name+" places", len(index), s.rows, m), s, true)
	return out
}

// filter passes a signal through a synapse. With now the result is that of this
// step; else it is what is read in the next.
func (l *lowering) filter(label string, s Synapse, from *signal, now bool) *signal {
	if s.kind == noSynapse {
		return from
	}
	d := s.discretise(l.dt)
	out := l.vector(label+" filtered", from.rows)
	b := newBody()
	u := b.own(from)
	param := func(name string, x float64) expr { return b.one(l.scalar(label+" "+name, x)) }
	switch {
	case d.oneStep:
		b.set(out, add(mul(param("decay", d.a[0]), b.own(out)), mul(param("input", d.b[0]), u)))
	case d.taps != nil:
		past := make([]*signal, len(d.taps)-1)
		for i := range past {
			past[i] = l.vector(fmt.Sprintf("%s u[-%d]", label, i+1), from.rows)
		}
		y := mul(param("tap 0", d.taps[0]), u)
		for i, p := range past {
			y = add(y, mul(param(fmt.Sprint("tap ", i+1), d.taps[i+1]), b.own(p)))
		}
		b.set(out, y)
		for i := len(past) - 1; i > 0; i-- {
			b.set(past[i], b.own(past[i-1]))
		}
		if len(past) > 0 {
			b.set(past[0], u)
		}
	default:
		states := make([]*signal, d.order)
		news := make([]expr, d.order)
		for i := range states {
			states[i] = l.vector(fmt.Sprintf("%s x%d", label, i), from.rows)
		}
		for i := range states {
			var x expr
			for j := range states {
				term := mul(param(fmt.Sprintf("a%d%d", i, j), d.a[i*d.order+j]), b.own(states[j]))
				if x == nil {
					x = term
				} else {
					x = add(x, term)
				}
			}
			news[i] = b.let(fmt.Sprint("x", i), add(x, mul(param(fmt.Sprint("b", i), d.b[i]), u)))
		}
		var y expr = num(0)
		for i := range states {
			x := news[i]
			if d.d != 0 {
				x = b.own(states[i])
			}
			y = add(y, mul(param(fmt.Sprint("c", i), d.c[i]), x))
		}
		if d.d != 0 {
			y = add(y, mul(param("d", d.d), u))
		}
		b.set(out, y)
		for i, s := range states {
			b.set(s, news[i])
		}
	}
	o := &operator{reads: []*signal{from}, ops: []plan.Op{mapOp(label+" "+s.String(), from.rows, b)}}
	if now {
		o.sets = []*signal{out}
	} else {
		o.updates = []*signal{out}
	}
	l.add(o)
	return out
}

func (l *lowering) network(n *Network) {
	for _, e := range n.ensembles {
		l.ensemble(e)
	}
	for _, e := range n.nodes {
		l.node(e)
	}
	for _, s := range n.networks {
		l.network(s)
	}
	for _, c := range n.connections {
		if err := l.connect(c, l.seeds.of[c]); err != nil {
			l.fail(c.what(), c.site, err)
		}
	}
	for _, p := range n.probes {
		if err := l.probe(p); err != nil {
			l.fail(p.what(), p.site, err)
		}
	}
}

func (l *lowering) ensemble(e *Ensemble) {
	built, err := e.build(l.seeds.of[e])
	if err != nil {
		l.fail(e.what(), e.site, err)
		return
	}
	l.built[e] = built
	s := &ensembleSignals{states: map[string]*signal{}}
	s.input = l.vector(e.name+".input", e.d)
	s.j = l.vector(e.name+".J", e.n)
	s.out = l.vector(e.name+".output", e.n)
	s.gain = l.vector(e.name+".gain", e.n, built.Gain...)
	s.encoders = l.matrix(e.name+".scaled_encoders", e.n, e.d, built.ScaledEncoders.Data)
	l.ensembles[e] = s
	l.reset(s.input, 0)
	if e.direct() {
		return
	}
	l.copy(s.j, l.vector(e.name+".bias", e.n, built.Bias...))

	b := newBody()
	var touched []*signal
	if _, ok := e.typ.(drawing); !ok {
		touched = append(touched, s.out)
	}
	for _, st := range e.typ.states() {
		s.states[st.name] = l.vector(e.name+"."+st.name, e.n, built.Initial[st.name]...)
		touched = append(touched, s.states[st.name])
	}
	body := &neuronBody{
		body: b, j: b.own(s.j), dt: b.one(l.dtSignal), out: s.out, step: l.dt,
		param:  func(name string, x float64) expr { return b.one(l.scalar(e.name+"."+name, x)) },
		signal: func(name string) *signal { return s.states[name] },
	}
	e.typ.step(body)
	l.add(&operator{reads: []*signal{s.j}, sets: touched, ops: []plan.Op{mapOp(e.name+" neurons", e.n, b)}})
	l.draws(e, s, built.generator)
	l.multiply(e.name+" encode", s.j, s.encoders, s.input, false)
}

func (l *lowering) node(e *Node) {
	switch o := e.output; {
	case o.constant != nil:
		l.nodeOut[e] = l.vector(e.name, e.width, o.constant...)
	case o.ofTime != nil:
		if e.width == 0 {
			return
		}
		out := l.vector(e.name, e.width)
		l.nodeOut[e] = out
		if l.slots == nil {
			rows := make([]float64, tableRows)
			for i := range rows {
				rows[i] = float64(i)
			}
			l.slots = l.vector("rows", tableRows, rows...)
			l.tick = l.scalar("row", 0)
		}
		t := l.vector(e.name+" ahead", tableRows)
		t.rows, t.cols = e.width, tableRows
		l.tables = append(l.tables, table{e, t})
		b := newBody()
		here := call(model.ToFloat, eq(b.pre(l.slots), b.one(l.tick)))
		l.add(&operator{sets: []*signal{out}, ops: []plan.Op{&plan.MatVec{
			Label: e.name, Shape: plan.Shape{Kind: plan.Dense, Pre: tableRows, Post: e.width},
			Term: mul(here, b.own(t)), Bind: b.bind, Out: out.buffer, Zero: true,
		}}})
	case o.ofInput != nil:
		in := l.vector(e.name+".input", o.sizeIn)
		l.nodeIn[e] = in
		l.reset(in, 0)
		op := &operator{label: e.name, reads: []*signal{in}}
		out := in
		if e.width > 0 {
			out = l.vector(e.name, e.width)
			l.nodeOut[e] = out
			op.sets = []*signal{out}
		}
		x := make([]float64, o.sizeIn)
		op.host = func(f [][]float64, step int64) error {
			copy(x, f[in.buffer])
			t := float64(step+1) * l.dt
			return e.take(f[out.buffer], o.ofInput(t, x), t)
		}
		l.add(op)
	default:
		in := l.vector(e.name, e.width)
		l.reset(in, 0)
		l.nodeIn[e], l.nodeOut[e] = in, in
	}
}

// take stores what a node's function returned.
func (e *Node) take(to, v []float64, t float64) error {
	if e.width == 0 && len(v) == 0 {
		return nil
	}
	if len(v) != e.width || !finite(v...) {
		return fmt.Errorf("%s (%s): its function returns %v at t = %g s, want %d finite numbers as at t = 0", e.what(), e.site, v, t, e.width)
	}
	copy(to, v)
	return nil
}

// connect lowers a connection; a probe's connection has no place in the network.
func (l *lowering) connect(c *Connection, seed uint32) error {
	if c.pre.bad || c.post.bad {
		return nil
	}
	for _, e := range []*Ensemble{c.pre.ens, c.post.ens} {
		if e != nil && l.built[e] == nil {
			return nil // reported
		}
	}
	built := &BuiltConnection{Seed: seed}
	r := rng.NewRandomState(seed)
	line := &lineSignals{}
	direct := c.pre.ens != nil && c.pre.ens.direct()
	full := c.pre.ens != nil && !direct && !c.pre.neurons && c.solver.full()
	for _, p := range []end{c.pre, c.post} {
		if p.neurons && p.ens.direct() {
			return fmt.Errorf("%s has no neurons, because its type is Direct; connect to the ensemble", p.ens.name)
		}
	}
	if full && (c.post.ens == nil || c.post.neurons) {
		return errors.New("a solver for full weights needs ensembles at both ends; connect to the ensemble, not to its neurons")
	}
	if err := c.solver.check(); err != nil {
		return err
	}
	var current *signal
	label := c.label()
	if c.pre.node != nil || direct {
		if direct {
			current = l.ensembles[c.pre.ens].input
		} else if current = l.nodeOut[c.pre.node]; current == nil {
			return fmt.Errorf("node %s has no output", c.pre.node.name)
		}
		current = l.selected(current, c.pre.index)
		line.input = current
		if c.function != nil {
			current = l.onHost(c, label, current)
		}
	} else {
		current = l.ensembles[c.pre.ens].out
		if c.pre.neurons {
			current = l.selected(current, c.pre.index)
		}
		line.input = current
	}
	if c.post.size() == 0 {
		return fmt.Errorf("%s takes no input; connect to an ensemble, a node made with nef.OfInput or nef.PassThrough, or a rule that has an input", c.post.what())
	}
	if err := c.transform.check(c.middle, c.post.size()); err != nil {
		return err
	}

	weights, out := []float64(nil), c.post.size() // weights row by row
	switch {
	case c.pre.ens != nil && !c.pre.neurons && !direct:
		d, err := l.decoders(c, r)
		if err != nil {
			return err
		}
		built.EvalPoints = snn.Matrix{Rows: d.m, Cols: c.pre.ens.d, Data: d.points}
		built.RMSE = d.rmse
		weights = d.decoders
		n := c.pre.ens.n
		if c.transform.kind != noTransform {
			t, err := c.transform.full(c.middle, out, r)
			if err != nil {
				return fmt.Errorf("transform: %w", err)
			}
			weights = product(t, out, c.middle, weights, n)
		}
		if full {
			e := c.post.ens
			enc := l.built[e].ScaledEncoders.Data
			if c.post.index != nil {
				enc = make([]float64, e.n*out)
				for i := range e.n {
					for j, at := range c.post.index {
						enc[i*out+j] = l.built[e].ScaledEncoders.Data[i*e.d+at]
					}
				}
			}
			weights = product(enc, e.n, out, weights, n)
			out = e.n
		}
	case c.transform.kind == matrixTransform || c.transform.kind == randomTransform:
		t, err := c.transform.full(c.middle, out, r)
		if err != nil {
			return fmt.Errorf("transform: %w", err)
		}
		weights = t
	}
	switch {
	case weights != nil:
		line.weights = l.matrix(label+".weights", out, current.rows, weights)
		built.Weights = snn.Matrix{Rows: out, Cols: current.rows, Data: weights}
		weighted := l.vector(label+" weighted", out)
		l.multiply(label+" weights", weighted, line.weights, current, true)
		current = weighted
	case c.transform.kind != noTransform:
		w := repeat(c.transform.scalar, out)
		if c.transform.kind == diagonalTransform {
			w = c.transform.diagonal
		}
		scale := l.vector(label+".weights", out, w...)
		weighted := l.vector(label+" weighted", out)
		b := newBody()
		b.set(weighted, mul(b.own(scale), b.own(current)))
		l.add(&operator{sets: []*signal{weighted}, reads: []*signal{scale, current}, ops: []plan.Op{mapOp(label+" weights", out, b)}})
		current = weighted
	}
	current = l.filter(label, c.synapse, current, false)
	line.output = current
	l.lines[c], l.connections[c] = line, built

	switch p := c.post; {
	case p.node != nil:
		l.increment(label, l.nodeIn[p.node], current, nil, p.index)
	case p.ens != nil && full:
		l.increment(label, l.ensembles[p.ens].j, current, nil, nil)
	case p.ens != nil && p.neurons:
		l.increment(label, l.ensembles[p.ens].j, current, l.ensembles[p.ens].gain, p.index)
	case p.ens != nil:
		l.increment(label, l.ensembles[p.ens].input, current, nil, p.index)
	case p.rule != nil:
		to := l.ruleInput(p.rule)
		l.increment(label, to, current, nil, p.index)
	}
	for _, rule := range c.rules {
		if err := l.rule(rule, c, line, full); err != nil {
			l.fail(fmt.Sprintf("%T of %s", rule.rule, c.label()), rule.site, err)
		}
	}
	return nil
}

// onHost computes a connection's function of a node's output in Go.
func (l *lowering) onHost(c *Connection, label string, from *signal) *signal {
	to := l.vector(label+" function", c.middle)
	x := make([]float64, from.rows)
	l.add(&operator{label: label, sets: []*signal{to}, reads: []*signal{from}, host: func(f [][]float64, step int64) error {
		copy(x, f[from.buffer])
		y := c.function(x)
		if len(y) != c.middle || !finite(y...) {
			return fmt.Errorf("%s (%s): its function returns %v at %v, want %d finite numbers", c.what(), c.site, y, x, c.middle)
		}
		copy(f[to.buffer], y)
		return nil
	}})
	return to
}

func (l *lowering) decoders(c *Connection, r *rng.RandomState) (*decoded, error) {
	e := c.pre.ens
	b := l.built[e]
	if c.evalPoints == nil {
		key := sharedKey{e, c.solver}
		_, same := c.solver.(LstsqL2) // draws nothing
		plain := same && c.function == nil && c.pre.index == nil
		if d := l.shared[key]; plain && d != nil {
			return d, nil
		}
		d, err := c.decode(b, b.EvalPoints.Data, b.EvalPoints.Rows, r)
		if plain && err == nil {
			l.shared[key] = d
		}
		return d, err
	}
	m := b.EvalPoints.Rows
	if f, ok := c.evalPoints.(fixed); ok {
		m = f.rows()
	}
	points, err := sample(c.evalPoints, m, e.d, r)
	if err != nil {
		return nil, fmt.Errorf("evaluation points: %w", err)
	}
	if !c.unscaled {
		for i := range points {
			points[i] *= e.radius
		}
	}
	return c.decode(b, points, m, r)
}

// steps is the number of steps of a duration: the nearest, halves to even.
func steps(t, dt float64) (int64, error) {
	if !(t >= 0) || math.IsInf(t, 0) {
		return 0, fmt.Errorf("the duration is %g s, want 0 or more", t)
	}
	return int64(math.RoundToEven(t / dt)), nil
}
