package ref

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/rng"
)

// arrays are the buffers of a state, by type.
type arrays[F float] struct {
	f [][]F
	i [][]int64
	b [][]uint8
}

func arraysOf[F float](s *plan.State) arrays[F] {
	a := arrays[F]{i: s.I64, b: s.Bool}
	switch any(F(0)).(type) {
	case float64:
		a.f = any(s.F64).([][]F)
	case float32:
		a.f = any(s.F32).([][]F)
	}
	return a
}

// kernel runs the values of one ir.Kernel. The levels None, Pre and Post are
// kept whole, in full; those of level Both go through one block of scratch
// memory.
type kernel[F float] struct {
	k      *ir.Kernel
	ctx    context
	n      [4]int // values per level None, Pre, Post; Both is not used
	lower  [3]*code
	local  *code
	full   *registers[F] // levels below Both
	regs   *registers[F] // of local
	used   [3][]int32    // values of the levels that local reads
	bufs   arrays[F]
	tiny   F
	now    int64         // the present step
	room   *registers[F] // of local: memory for what is gathered from other places
	stored []bool        // per store: done by an instruction, see direct
	shift  int           // added to the elements of draws by evaluate
	mixed  bool          // two emits add to one buffer
	plain  bool          // local has no instructions and loads only what is Own

	single [4]bool // levels whose values are scalars to local
}

// orientation says along which index the inner loop over synapses runs.
type orientation uint8

const (
	elements    orientation = iota // no rows and columns: Map, OneToOne
	alongRow                       // over post; values of level Pre are scalars
	alongColumn                    // over pre; values of level Post are scalars
	scattered                      // over the synapses of a row, wherever they go; values of level Pre are scalars
	spikeRow                       // as scattered, for a few rows: level Pre one row at a time; there is no level Post
	spikeColumn                    // over the synapses of one column: level Post one column at a time; there is no level Pre
)

func newKernel[F float](p *plan.Program, k *ir.Kernel, o orientation, pre, post int, object uint32, dt float64) *kernel[F] {
	q := &kernel[F]{k: k, n: [4]int{1, pre, post, 0}, tiny: smallest[F]()}
	q.ctx = context{dt: dt, dtStep: p.Dt, streams: make([]rng.Stream, len(k.Values))}
	for i, v := range k.Values {
		if v.Op == ir.Rand {
			q.ctx.streams[i] = rng.NewStream(p.Seed, object, v.Stream)
		}
	}
	written := map[int32]bool{}
	for _, s := range k.Stores {
		written[s.Buf] = true
	}
	direct := map[int32]bool{} // loads that are stored as they are
	for _, s := range k.Stores {
		direct[s.Value] = true
	}
	base := int32(len(k.Values))
	for l := ir.None; l < ir.Both; l++ {
		q.lower[l] = compile(k, base, l, func(x ir.Level) bool { return l != ir.None && x == ir.None },
			func(v int32) bool { return written[k.Values[v].Buf] })
		base = q.lower[l].registers
	}
	q.full = newRegisters[F](base)
	q.single = [4]bool{ir.None: true, ir.Pre: o != alongColumn && o != spikeColumn, ir.Post: o != alongRow && o != scattered && o != spikeRow}
	q.local = compile(k, int32(len(k.Values)), ir.Both, func(l ir.Level) bool { return q.single[l] }, func(v int32) bool { return o != alongColumn && direct[v] && written[k.Values[v].Buf] })

	for l, c := range q.lower {
		for _, in := range c.ins {
			q.reserve(q.full, in.d, q.resultType(in), q.n[l])
		}
	}
	q.regs = newRegisters[F](q.local.registers)
	q.scratch()
	q.room = &registers[F]{}
	if o == scattered || o == spikeRow || o == spikeColumn || o == elements {
		q.room = newRegisters[F](q.local.registers)
		for _, v := range q.local.loads {
			q.reserve(q.room, v.reg, k.Values[v.value].Type, block)
		}
	}
	if o == alongColumn {
		for _, v := range q.local.loads {
			q.reserve(q.regs, v.reg, k.Values[v.value].Type, block)
		}
	}
	need := map[int32]bool{}
	for _, in := range q.local.ins {
		for _, r := range []int32{in.a, in.b, in.c, in.e} {
			if r >= 0 && int(r) < len(k.Values) {
				need[r] = true
			}
		}
	}
	for _, s := range k.Stores {
		need[s.Value] = true
	}
	for n, e := range k.Emits {
		need[e.Value] = true
		if e.Delay >= 0 {
			need[e.Delay] = true
		}
		for _, other := range k.Emits[:n] {
			q.mixed = q.mixed || other.Buf == e.Buf
		}
	}
	if k.Result >= 0 {
		need[k.Result] = true
	}
	for v := range int32(len(k.Values)) {
		if l := k.Values[v].Level; need[v] && l != ir.Both {
			q.used[l] = append(q.used[l], v)
			if o == scattered && l == ir.Post {
				q.reserve(q.room, v, k.Values[v].Type, block)
			}
		}
	}
	q.plain = len(q.local.ins) == 0 && len(q.used[ir.Post]) == 0
	for _, v := range q.local.loads {
		q.plain = q.plain && k.Values[v.value].Index == plan.Own
	}
	return q
}

// resultType is the type of an instruction's destination.
func (q *kernel[F]) resultType(in instr) model.Type {
	if int(in.d) < len(q.k.Values) {
		return q.k.Values[in.d].Type
	}
	return in.typ // splats and views
}

func (q *kernel[F]) reserve(r *registers[F], reg int32, t model.Type, n int) {
	switch t {
	case model.Float:
		r.f[reg] = make([]F, n)
	case model.Int:
		r.i[reg] = make([]int64, n)
	case model.Bool:
		r.b[reg] = make([]uint8, n)
	}
}

// scratch gives the registers of local their pieces of memory. A piece is used
// by one type at a time, but has memory for each type that ever uses it.
func (q *kernel[F]) scratch() {
	pieces := newRegisters[F](q.local.pieces)
	for _, in := range q.local.ins {
		p := q.local.piece[in.d]
		switch q.resultType(in) {
		case model.Float:
			if pieces.f[p] == nil {
				pieces.f[p] = make([]F, block)
			}
			q.regs.f[in.d] = pieces.f[p]
		case model.Int:
			if pieces.i[p] == nil {
				pieces.i[p] = make([]int64, block)
			}
			q.regs.i[in.d] = pieces.i[p]
		case model.Bool:
			if pieces.b[p] == nil {
				pieces.b[p] = make([]uint8, block)
			}
			q.regs.b[in.d] = pieces.b[p]
		}
	}
}

// fork is q with room of its own for blocks, to be used beside it.
func (q *kernel[F]) fork() *kernel[F] {
	f := *q
	f.regs = newRegisters[F](q.local.registers)
	f.scratch()
	return &f
}

// bind points the loads at the buffers of a state.
func (q *kernel[F]) bind(a arrays[F]) {
	q.bufs = a
	for l, c := range q.lower {
		for _, v := range c.loads {
			q.show(q.full, v, 0, q.n[l])
		}
		q.showWhole(q.full, c)
	}
	q.showWhole(q.regs, q.local)
}

// show points the register of a load at elements lo to hi of its buffer.
func (q *kernel[F]) show(r *registers[F], v view, lo, hi int) {
	val := &q.k.Values[v.value]
	if val.Ring.Slots > 0 {
		at := q.row(val.Buf, val.Type, val.Ring)
		lo, hi = at+lo, at+hi
	}
	switch val.Type {
	case model.Float:
		r.f[v.reg] = q.bufs.f[val.Buf][lo:hi]
	case model.Int:
		r.i[v.reg] = q.bufs.i[val.Buf][lo:hi]
	case model.Bool:
		r.b[v.reg] = q.bufs.b[val.Buf][lo:hi]
	}
}

// showWhole points the registers of code that show all of a buffer.
func (q *kernel[F]) showWhole(r *registers[F], c *code) {
	for _, v := range c.whole {
		switch b := q.k.Values[v.value].Buf; q.k.Values[v.value].Type {
		case model.Float:
			r.f[v.reg] = q.bufs.f[b]
		case model.Int:
			r.i[v.reg] = q.bufs.i[b]
		case model.Bool:
			r.b[v.reg] = q.bufs.b[b]
		}
	}
}

// row is where the row of a ring begins in which an operation works now.
func (q *kernel[F]) row(b int32, t model.Type, r ir.Ring) int {
	if r.Slots == 0 {
		return 0
	}
	var n int
	switch t {
	case model.Float:
		n = len(q.bufs.f[b])
	case model.Int:
		n = len(q.bufs.i[b])
	case model.Bool:
		n = len(q.bufs.b[b])
	}
	return slot(q.now-int64(r.Lag), int(r.Slots)) * (n / int(r.Slots))
}

// slot is step mod slots, not negative.
func slot(step int64, slots int) int {
	m := int(step % int64(slots))
	if m < 0 {
		m += slots
	}
	return m
}

// prepare computes the values below level Both and stores those variables.
func (q *kernel[F]) prepare(step int64) {
	q.now = step
	w := element(step, 0)
	for l, c := range q.lower {
		for _, v := range c.loads {
			if q.k.Values[v.value].Ring.Slots > 0 {
				q.show(q.full, v, 0, q.n[l])
			}
		}
		run(q.k, c.ins, q.full, q.n[l], &q.ctx, &w)
	}
	for _, s := range q.k.Stores {
		if s.Level == ir.Both {
			continue
		}
		n := q.n[s.Level]
		one := q.k.Values[s.Value].Level != s.Level // a single value for all
		t := q.k.Values[s.Value].Type
		at := q.row(s.Buf, t, s.Ring)
		switch t {
		case model.Float:
			d, a := q.bufs.f[s.Buf][at:at+n], q.full.f[s.Value]
			if one {
				splat(d, flushed(a[0], q.tiny))
			} else {
				storeFlushed(d, a)
			}
		case model.Int:
			storeWhole(q.bufs.i[s.Buf][at:at+n], q.full.i[s.Value], one)
		case model.Bool:
			storeWhole(q.bufs.b[s.Buf][at:at+n], q.full.b[s.Value], one)
		}
	}
}

func storeWhole[T any](d, a []T, one bool) {
	if one {
		splat(d, a[0])
	} else {
		copy(d, a)
	}
}

// use makes elements lo to hi of the values of a level visible to local.
func (q *kernel[F]) use(l ir.Level, lo, hi int) {
	for _, v := range q.used[l] {
		switch q.k.Values[v].Type {
		case model.Float:
			q.regs.f[v] = q.full.f[v][lo:hi]
		case model.Int:
			q.regs.i[v] = q.full.i[v][lo:hi]
		case model.Bool:
			q.regs.b[v] = q.full.b[v][lo:hi]
		}
	}
}

// evaluate runs local on n elements from start on, which are contiguous.
func (q *kernel[F]) evaluate(start, n int, step int64) {
	for _, v := range q.local.loads {
		q.show(q.regs, v, start, start+n)
	}
	if q.stored != nil {
		q.aim(start, n)
	}
	w := element(step, start)
	w.draw.at += q.shift
	run(q.k, q.local.ins, q.regs, n, &q.ctx, &w)
}

// store writes the variables of n contiguous elements.
func (q *kernel[F]) store(start, n int) {
	for i, s := range q.k.Stores {
		if s.Level != ir.Both || q.stored != nil && q.stored[i] {
			continue
		}
		r := q.local.result(s.Value)
		t := q.k.Values[s.Value].Type
		lo := start + q.row(s.Buf, t, s.Ring)
		switch t {
		case model.Float:
			storeFlushed(q.bufs.f[s.Buf][lo:lo+n], q.regs.f[r])
		case model.Int:
			copy(q.bufs.i[s.Buf][lo:lo+n], q.regs.i[r])
		case model.Bool:
			copy(q.bufs.b[s.Buf][lo:lo+n], q.regs.b[r])
		}
	}
}

// evaluateColumn runs local on n elements from start on, stride apart.
func (q *kernel[F]) evaluateColumn(start, stride, n int, step int64) {
	for _, v := range q.local.loads {
		val := &q.k.Values[v.value]
		at := start + q.row(val.Buf, val.Type, val.Ring)
		switch val.Type {
		case model.Float:
			gather(q.regs.f[v.reg][:n], q.bufs.f[val.Buf], at, stride)
		case model.Int:
			gather(q.regs.i[v.reg][:n], q.bufs.i[val.Buf], at, stride)
		case model.Bool:
			gather(q.regs.b[v.reg][:n], q.bufs.b[val.Buf], at, stride)
		}
	}
	w := where{step: step, draw: span{at: start, step: stride}}
	run(q.k, q.local.ins, q.regs, n, &q.ctx, &w)
}

// storeColumn writes the variables of n elements, stride apart, leaving out
// number skip of them (-1 for none). It tells whether any variable changed.
func (q *kernel[F]) storeColumn(start, stride, n, skip int) (changed bool) {
	for _, s := range q.k.Stores {
		if s.Level != ir.Both {
			continue
		}
		r := q.local.result(s.Value)
		at := start + q.row(s.Buf, q.k.Values[s.Value].Type, s.Ring)
		switch q.k.Values[s.Value].Type {
		case model.Float:
			d, a, tiny := q.bufs.f[s.Buf], q.regs.f[r][:n], q.tiny
			for k, x := range a {
				if x < tiny && x > -tiny {
					x = 0
				}
				if k != skip {
					if x != d[at] {
						changed = true
					}
					d[at] = x // even if equal: -0 becomes +0
				}
				at += stride
			}
		case model.Int:
			changed = scatter(q.bufs.i[s.Buf], q.regs.i[r][:n], at, stride, skip) || changed
		case model.Bool:
			changed = scatter(q.bufs.b[s.Buf], q.regs.b[r][:n], at, stride, skip) || changed
		}
	}
	return changed
}

func scatter[T comparable](d, a []T, at, stride, skip int) (changed bool) {
	for k, x := range a {
		if k != skip && x != d[at] {
			d[at] = x
			changed = true
		}
		at += stride
	}
	return changed
}
