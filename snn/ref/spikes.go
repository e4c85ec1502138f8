package ref

import (
	"encoding/binary"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// spikes is a ring of lists in a state.
type spikes struct {
	plan.Spikes
	list  []int32
	count []int64
}

func (s *spikes) bind(state *plan.State) { s.list, s.count = state.I32[s.List], state.I64[s.Count] }

// at is the list of a step.
func (s *spikes) at(step int64) []int32 {
	k := slot(step, s.Slots)
	return s.list[k*s.N : k*s.N+int(s.count[k])]
}

// collect is a Collect.
type collect[F float] struct {
	op    plan.Collect
	to    spikes
	marks []uint8
}

func (c *collect[F]) bind(s *plan.State, _ arrays[F]) {
	c.to.Spikes = c.op.To
	c.to.bind(s)
	c.marks = s.Bool[c.op.Marks]
}

func (c *collect[F]) step(step int64) {
	k := slot(step, c.to.Slots)
	list := c.to.list[k*c.to.N : (k+1)*c.to.N]
	n, i := 0, 0
	for ; i+8 <= len(c.marks); i += 8 {
		if binary.LittleEndian.Uint64(c.marks[i:]) == 0 {
			continue
		}
		for j, m := range c.marks[i : i+8] {
			if m != 0 {
				list[n] = int32(i + j)
				n++
			}
		}
	}
	for ; i < len(c.marks); i++ {
		if c.marks[i] != 0 {
			list[n] = int32(i)
			n++
		}
	}
	c.to.count[k] = int64(n)
}

// stamp is a Stamp.
type stamp[F float] struct {
	op         plan.Stamp
	from       spikes
	last, prev []int64
}

func (t *stamp[F]) bind(s *plan.State, _ arrays[F]) {
	t.from.Spikes = t.op.From
	t.from.bind(s)
	t.last, t.prev = s.I64[t.op.Last], nil
	if t.op.Prev >= 0 {
		t.prev = s.I64[t.op.Prev]
	}
}

func (t *stamp[F]) step(step int64) {
	for _, i := range t.from.at(step - int64(t.op.Delay)) {
		if t.prev != nil {
			t.prev[i] = t.last[i]
		}
		t.last[i] = step
	}
}

// deliver is a Deliver of every shape but OneToOne.
type deliver[F float] struct {
	q     *kernel[F]
	op    plan.Deliver
	from  spikes
	rows  rows
	gate  gate
	visit visitor
}

func compileDeliver[F float](p *plan.Program, op *plan.Deliver) operation[F] {
	k := ir.LowerDeliver(op)
	g := gate{every: 1, enabled: op.Enabled}
	from := spikes{Spikes: op.From}
	if op.Shape.Kind == plan.OneToOne {
		return &passOn[F]{q: newKernel[F](p, k, elements, 0, 0, op.Object, p.Dt), from: from, delay: op.Delay, gate: g}
	}
	q := newKernel[F](p, k.Raise(ir.Post), spikeRow, 1, 1, op.Object, p.Dt)
	return &deliver[F]{q: q, op: *op, from: from, rows: newRows(p, op.Shape), gate: g}
}

func (d *deliver[F]) bind(s *plan.State, a arrays[F]) {
	d.q.bind(a)
	d.from.bind(s)
	d.rows.bind(s)
	d.gate.bind(s)
	d.visit = d.q.all
}

func (d *deliver[F]) step(step int64) {
	if !d.gate.open(step) {
		return
	}
	d.q.shared(step)
	for k := range d.rows.segments() {
		for _, i := range d.from.at(step - int64(d.op.Delay+k)) {
			d.q.one(ir.Pre, int(i))
			d.rows.row(step, int(i), k, d.visit)
		}
	}
}

// passOn is a Deliver or Column of a one-to-one projection.
type passOn[F float] struct {
	q     *kernel[F]
	from  spikes
	delay int
	gate  gate
}

func (d *passOn[F]) bind(s *plan.State, a arrays[F]) {
	d.q.bind(a)
	d.from.bind(s)
	d.gate.bind(s)
}

func (d *passOn[F]) step(step int64) {
	if !d.gate.open(step) {
		return
	}
	d.q.shared(step)
	fired := d.from.at(step - int64(d.delay))
	s := span{list: fired}
	w := where{step: step, draw: s, own: s, pre: s, post: s}
	d.q.all(&w, len(fired))
}

// column is a Column of a dense or sparse projection.
type column[F float] struct {
	q       *kernel[F]
	op      plan.Column
	from    spikes
	gate    gate
	columns []int64
	slots   []int32
	sources []int32
	pre     []int32 // sources of a block of synapses
}

func compileColumn[F float](p *plan.Program, op *plan.Column) operation[F] {
	k := ir.LowerColumn(op)
	g := gate{every: 1, enabled: op.Enabled}
	from := spikes{Spikes: op.From}
	if op.Shape.Kind == plan.OneToOne {
		return &passOn[F]{q: newKernel[F](p, k, elements, 0, 0, op.Object, p.Dt), from: from, delay: op.Delay, gate: g}
	}
	q := newKernel[F](p, k.Raise(ir.Pre), spikeColumn, 1, 1, op.Object, p.Dt)
	return &column[F]{q: q, op: *op, from: from, gate: g, pre: make([]int32, block)}
}

func (c *column[F]) bind(s *plan.State, a arrays[F]) {
	c.q.bind(a)
	c.from.bind(s)
	c.gate.bind(s)
	if r := c.op.Shape.Sparse; c.op.Shape.Kind == plan.SparseRows {
		c.columns, c.slots, c.sources = s.I64[r.Columns], s.I32[r.Slots], s.I32[r.Sources]
	}
}

func (c *column[F]) step(step int64) {
	if !c.gate.open(step) {
		return
	}
	c.q.shared(step)
	for _, j := range c.from.at(step - int64(c.op.Delay)) {
		j := int(j)
		c.q.one(ir.Post, j)
		if c.op.Shape.Kind == plan.SparseRows {
			c.scattered(step, j)
			continue
		}
		pre := c.op.Shape.Pre
		if c.op.Shape.NoSelf {
			c.dense(step, j, 0, j)
			c.dense(step, j, j+1, pre)
		} else {
			c.dense(step, j, 0, pre)
		}
	}
}

// dense visits the synapses of neurons lo to hi to neuron j.
func (c *column[F]) dense(step int64, j, lo, hi int) {
	post := c.op.Shape.Post
	own := span{at: lo*post + j, step: post}
	w := where{step: step, draw: own, own: own, pre: along(lo), post: fixed(j)}
	c.q.all(&w, hi-lo)
}

// scattered visits the synapses to neuron j of a list.
func (c *column[F]) scattered(step int64, j int) {
	slots := c.slots[c.columns[j]:c.columns[j+1]]
	for len(slots) > 0 {
		n := min(block, len(slots))
		for k, x := range slots[:n] {
			c.pre[k] = c.sources[x]
		}
		own := span{list: slots[:n]}
		w := where{step: step, draw: own, own: own, pre: span{list: c.pre[:n]}, post: fixed(j)}
		c.q.visit(&w, n)
		slots = slots[n:]
	}
}

// push is a Push.
type push[F float] struct {
	op    plan.Push
	typ   plan.Type
	state *plan.State
}

func (p *push[F]) bind(s *plan.State, _ arrays[F]) { p.state = s }

func (p *push[F]) step(step int64) {
	in, ring, s := p.op.In, p.op.Ring, p.state
	k := slot(step, p.op.Slots)
	switch p.typ {
	case plan.F64:
		pushRow(s.F64[ring], s.F64[in], k)
	case plan.F32:
		pushRow(s.F32[ring], s.F32[in], k)
	case plan.I64:
		pushRow(s.I64[ring], s.I64[in], k)
	case plan.Bool:
		pushRow(s.Bool[ring], s.Bool[in], k)
	case plan.I32:
		pushRow(s.I32[ring], s.I32[in], k)
	}
}

func pushRow[T any](ring, in []T, k int) { copy(ring[k*len(in):(k+1)*len(in)], in) }

// recordSpikes is a RecordSpikes.
type recordSpikes[F float] struct {
	op   plan.RecordSpikes
	from spikes
	gate gate
	to   *plan.Samples
	at   int
}

func (r *recordSpikes[F]) bind(s *plan.State, _ arrays[F]) {
	r.from.Spikes = r.op.From
	r.from.bind(s)
	r.gate.bind(s)
	r.to = &s.Records[r.at]
}

func (r *recordSpikes[F]) step(step int64) {
	if !r.gate.open(step) {
		return
	}
	fired := r.from.at(step)
	r.to.I32 = append(r.to.I32, fired...)
	for range fired {
		r.to.Steps = append(r.to.Steps, step)
	}
}
