package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn"
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
	slots       *signal // 0, 1, 2, …: rows of the tables
	tick        *signal // the row of this step
	dtSignal    *signal
	time        *signal        // stands for the time, which processes read
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

// part is some elements of a signal that follow each other, in the same memory.
func (l *lowering) part(name string, of *signal, first, n int) *signal {
	s := l.vector(name, n)
	s.base, s.shared, s.first = of, true, first
	return s
}

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
// the view at names.
func (l *lowering) increment(label string, to, from, scale *signal, at end) {
	index := at.index
	if index != nil && scale == nil {
		l.scatter(label, to, from, index)
		return
	}
	if index != nil {
		// Nengo adds the product to a run of neurons at once, but others by a signal between.
		pick := l.constant(label+" scale", scale, index)
		product := l.vector(label+" scaled", from.rows)
		b := newBody()
		b.set(product, mul(b.own(pick), b.own(from)))
		o := &operator{reads: []*signal{pick, from}, ops: []plan.Op{mapOp(label+" scaled", from.rows, b)}}
		if !at.listed {
			o.incs = []*signal{{name: to.name, base: to}}
			o.ops = append(o.ops, l.scatterOp(label, to, product, index))
		} else {
			l.add(&operator{sets: []*signal{product}})
			l.scatter(label, to, product, index)
			o.incs = []*signal{product}
		}
		l.add(o)
		return
	}
	b := newBody()
	x := b.own(from)
	reads := []*signal{from}
	if scale != nil {
		x = mul(b.own(scale), x)
		reads = []*signal{scale, from}
	}
	b.set(to, add(b.own(to), x))
	l.add(&operator{incs: []*signal{to}, reads: reads, ops: []plan.Op{mapOp(label, to.rows, b)}})
}

// scatter adds element j of from to element index[j] of to.
func (l *lowering) scatter(label string, to, from *signal, index []int) {
	l.add(&operator{incs: []*signal{to}, reads: []*signal{from}, ops: []plan.Op{l.scatterOp(label, to, from, index)}})
}

func (l *lowering) scatterOp(label string, to, from *signal, index []int) plan.Op {
	if isRun(index) {
		part := l.part(label+" part", to, index[0], len(index))
		b := newBody()
		b.set(part, add(b.own(part), b.own(from)))
		return mapOp(label, len(index), b)
	}
	m := make([]float64, to.rows*len(index))
	for j, i := range index {
		m[i*len(index)+j] = 1
	}
	return matVec(label, to, l.matrix(label+" places", to.rows, len(index), m), from, false)
}

// isRun tells whether the indices follow each other.
func isRun(index []int) bool {
	for k, i := range index {
		if i != index[0]+k {
			return false
		}
	}
	return true
}

// multiply increments to by matrix times vector, or, with set, makes it their
// product. Where the vector is 0 the column is passed over.
func (l *lowering) multiply(label string, to, m, x *signal, set bool) {
	if set {
		l.add(&operator{sets: []*signal{to}})
	}
	l.add(&operator{incs: []*signal{to}, reads: []*signal{m, x}, ops: []plan.Op{matVec(label, to, m, x, set)}})
}

func matVec(label string, to, m, x *signal, set bool) plan.Op {
	b := newBody()
	return &plan.MatVec{
		Label: label, Shape: plan.Shape{Kind: plan.Dense, Pre: m.cols, Post: m.rows},
		Term: mul(b.pre(x), b.own(m)), Bind: b.bind, Out: to.buffer, Zero: set,
	}
}

// selected is the elements of a signal that a view names. A run of elements is a
// part of the signal, others are a signal of their own, as in Nengo.
func (l *lowering) selected(s *signal, of end) *signal {
	index := of.index
	if index == nil {
		return s
	}
	if isRun(index) && !of.listed {
		return l.part(fmt.Sprint(s.name, index), s, index[0], len(index))
	}
	m := make([]float64, len(index)*s.rows)
	for j, i := range index {
		m[j*s.rows+i] = 1
	}
	out := l.constant(fmt.Sprint(s.name, index), s, index)
	places := l.matrix(out.name+" places", len(index), s.rows, m)
	l.add(&operator{sets: []*signal{out}, reads: []*signal{s}, ops: []plan.Op{matVec(out.name, out, places, s, true)}})
	return out
}

// constant is the elements of a signal, with their initial values.
func (l *lowering) constant(name string, s *signal, index []int) *signal {
	init := make([]float64, len(index))
	for j, i := range index {
		if s.init != nil {
			init[j] = s.init[i]
		}
	}
	return l.vector(name, len(index), init...)
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
	o := &operator{process: true, reads: []*signal{l.time, from}, ops: []plan.Op{mapOp(label+" "+s.String(), from.rows, b)}}
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
	if e.direct() { // the vector passes, where Nengo has neurons
		s.out = &signal{name: e.name + ".output", buffer: s.input.buffer, rows: e.d}
		l.add(&operator{sets: []*signal{s.out}})
		l.add(&operator{incs: []*signal{s.out}, reads: []*signal{s.input}})
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
	from := s.j
	if _, ok := e.typ.(RegularSpiking); ok { // rates and spikes are two operators in Nengo
		from = &signal{name: e.name + ".rates"}
		l.add(&operator{reads: []*signal{s.j}, sets: []*signal{from}})
	}
	l.add(&operator{reads: []*signal{from}, sets: touched, ops: []plan.Op{mapOp(e.name+" neurons", e.n, b)}})
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
		l.nodeOut[e] = l.vector(e.name, e.width)
		l.tabulate(l.nodeOut[e], false, &table{what: e.what(), site: e.site, node: e})
	case o.process != nil:
		if err := o.process.fits(e.width, l.dt); err != nil {
			l.fail(e.what(), e.site, err)
		}
		l.nodeOut[e] = l.vector(e.name, e.width)
		l.tabulate(l.nodeOut[e], false, &table{what: e.what(), site: e.site, process: o.process})
	case o.ofInput != nil:
		in := l.vector(e.name+".input", o.sizeIn)
		l.nodeIn[e] = in
		l.reset(in, 0)
		op := &operator{label: e.name, reads: []*signal{l.time, in}}
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

// steps is the number of steps of a duration: the nearest, halves to even.
func steps(t, dt float64) (int64, error) {
	if !(t >= 0) || math.IsInf(t, 0) {
		return 0, fmt.Errorf("the duration is %g s, want 0 or more", t)
	}
	return int64(math.RoundToEven(t / dt)), nil
}
