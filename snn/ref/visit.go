package ref

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// all visits the n synapses of w in order, in blocks.
func (q *kernel[F]) all(w *where, n int) {
	size := block
	if q.plain && w.own.list == nil && w.own.step == 1 {
		size = n // nothing is computed, as when stored weights are added
	}
	if n <= size {
		if n > 0 {
			q.visit(w, n)
		}
		return
	}
	for lo := 0; lo < n; lo += size {
		b := where{w.step, w.draw.from(lo), w.own.from(lo), w.pre.from(lo), w.post.from(lo)}
		q.visit(&b, min(size, n-lo))
	}
}

// visit evaluates the body at n synapses, stores their variables and adds to the
// neurons. No two of them share a stored element: of one row or one column no
// two do, not even of a kernel.
func (q *kernel[F]) visit(w *where, n int) {
	q.compute(w, n)
	if len(q.k.Emits) > 0 {
		q.emit(w, n) // first: it may send what a store overwrites
	}
	q.put(w.own, n)
}

// compute runs local at n synapses.
func (q *kernel[F]) compute(w *where, n int) {
	for _, v := range q.local.loads {
		q.fetch(v, w, n)
	}
	if !q.single[ir.Post] {
		q.spread(w.post, n)
	}
	run(q.k, q.local.ins, q.regs, n, &q.ctx, w)
}

// fetch points the register of a load at its elements, or copies them into it.
func (q *kernel[F]) fetch(v view, w *where, n int) {
	val := &q.k.Values[v.value]
	s := *w.span(val.Index)
	s.at += q.row(val.Buf, val.Type, val.Ring)
	switch val.Type {
	case model.Float:
		q.regs.f[v.reg] = collected(q.bufs.f[val.Buf], s, n, q.room.f, v.reg)
	case model.Int:
		q.regs.i[v.reg] = collected(q.bufs.i[val.Buf], s, n, q.room.i, v.reg)
	case model.Bool:
		q.regs.b[v.reg] = collected(q.bufs.b[val.Buf], s, n, q.room.b, v.reg)
	}
}

// collected is the n elements of src at s: a part of src, or a copy in room.
func collected[T any](src []T, s span, n int, room [][]T, reg int32) []T {
	if s.list == nil && s.step == 1 {
		return src[s.at : s.at+n]
	}
	d := room[reg][:n]
	switch {
	case s.list != nil:
		src = src[s.at:]
		for k, x := range s.list[:n] {
			d[k] = src[x]
		}
	case s.step == 0:
		splat(d, src[s.at])
	default:
		gather(d, src, s.at, s.step)
	}
	return d
}

// spread makes the values of level Post, which were computed for all columns,
// visible at n synapses.
func (q *kernel[F]) spread(post span, n int) {
	for _, v := range q.used[ir.Post] {
		switch q.k.Values[v].Type {
		case model.Float:
			q.regs.f[v] = collected(q.full.f[v], post, n, q.room.f, v)
		case model.Int:
			q.regs.i[v] = collected(q.full.i[v], post, n, q.room.i, v)
		case model.Bool:
			q.regs.b[v] = collected(q.full.b[v], post, n, q.room.b, v)
		}
	}
}

// one computes the values of a level for neuron i alone.
func (q *kernel[F]) one(l ir.Level, i int) {
	c := q.lower[l]
	if len(q.used[l]) == 0 {
		return
	}
	for _, v := range c.loads {
		q.show(q.full, v, i, i+1)
	}
	w := element(q.now, i)
	run(q.k, c.ins, q.full, 1, &q.ctx, &w)
	q.use(l, 0, 1)
}

// shared computes the values that all synapses share, for kernels whose levels
// Pre or Post are done one neuron at a time.
func (q *kernel[F]) shared(step int64) {
	q.now = step
	c := q.lower[ir.None]
	for _, v := range c.loads {
		if q.k.Values[v.value].Ring.Slots > 0 {
			q.show(q.full, v, 0, 1)
		}
	}
	w := element(step, 0)
	run(q.k, c.ins, q.full, 1, &q.ctx, &w)
	q.use(ir.None, 0, 1)
}

// put stores the variables of n synapses.
func (q *kernel[F]) put(own span, n int) {
	for i := range q.k.Stores {
		s := &q.k.Stores[i]
		if s.Level != ir.Both {
			continue
		}
		r := q.local.result(s.Value)
		t := q.k.Values[s.Value].Type
		o := own
		o.at += q.row(s.Buf, t, s.Ring)
		switch t {
		case model.Float:
			d, a := q.bufs.f[s.Buf], q.regs.f[r][:n]
			if o.list == nil && o.step == 1 {
				storeFlushed(d[o.at:o.at+n], a)
				continue
			}
			for k, x := range a {
				d[o.index(k)] = flushed(x, q.tiny)
			}
		case model.Int:
			putAll(q.bufs.i[s.Buf], q.regs.i[r][:n], o)
		case model.Bool:
			putAll(q.bufs.b[s.Buf], q.regs.b[r][:n], o)
		}
	}
}

func putAll[T any](d, a []T, o span) {
	for k, x := range a {
		d[o.index(k)] = x
	}
}

// emit adds what n synapses send, in order.
func (q *kernel[F]) emit(w *where, n int) {
	if !q.mixed {
		for i := range q.k.Emits {
			e := &q.k.Emits[i]
			q.add(e, *w.span(e.Index), 0, n)
		}
		return
	}
	for k := range n {
		for i := range q.k.Emits {
			e := &q.k.Emits[i]
			q.add(e, w.span(e.Index).from(k), k, 1)
		}
	}
}

// add does one emit for n synapses from number first of the block on, which add
// to the elements to.
func (q *kernel[F]) add(e *ir.Emit, to span, first, n int) {
	out := q.bufs.f[e.Buf]
	x := q.regs.f[e.Value]
	one := q.single[q.k.Values[e.Value].Level]
	if !one {
		x = x[first : first+n]
	}
	switch {
	case e.Delay >= 0:
		d := q.regs.i[e.Delay]
		same := q.single[q.k.Values[e.Delay].Level]
		slots := int(e.Ring.Slots)
		length := len(out) / slots
		now := slot(q.now, slots)
		for k := range n {
			at, v := d[0], x[0]
			if !same {
				at = d[first+k]
			}
			if !one {
				v = x[k]
			}
			row := now + int(min(max(at, 0), int64(slots-1)))
			if row >= slots {
				row -= slots
			}
			p := &out[row*length+to.index(k)]
			*p = flushed(*p+v, q.tiny)
		}
		return
	case e.Ring.Slots > 0:
		length := len(out) / int(e.Ring.Slots)
		at := slot(q.now, int(e.Ring.Slots)) * length
		out = out[at : at+length]
	}
	out = out[to.at:]
	tiny := q.tiny
	switch {
	case to.list != nil && one:
		for _, j := range to.list[:n] {
			out[j] = flushed(out[j]+x[0], tiny)
		}
	case to.list != nil:
		x = x[:n]
		for k, j := range to.list[:n] {
			out[j] = flushed(out[j]+x[k], tiny)
		}
	case to.step == 1 && one:
		out = out[:n]
		for j := range out {
			out[j] = flushed(out[j]+x[0], tiny)
		}
	case to.step == 1:
		out, x = out[:n], x[:n]
		for j := range out {
			out[j] = flushed(out[j]+x[j], tiny)
		}
	default: // all to one neuron
		s := out[0]
		for k := range n {
			v := x[0]
			if !one {
				v = x[k]
			}
			s = flushed(s+v, tiny)
		}
		out[0] = s
	}
}
