package ref

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// operation is one operation of a program, compiled.
type operation[F float] interface {
	bind(s *plan.State, a arrays[F]) // at the start of every Run
	step(step int64)
}

// mapOp is a Map, or a Sweep of a one-to-one projection.
type mapOp[F float] struct {
	q      *kernel[F]
	n      int
	repeat int
	gate   gate
	job    job
	forks  []*kernel[F] // of the helpers, made when they are first needed
	now    int64
	crew   *crew // of the present run; nil where all blocks are done here
}

// worthwhile is the number of instructions on single elements, about half a
// nanosecond each, from which on helpers are of use. Tests change it.
var worthwhile = 40_000

// blocks is how many blocks there are, and helpers how many may help.
func (m *mapOp[F]) blocks() int { return (m.n + block - 1) / block }

func (m *mapOp[F]) helpers() int {
	if len(m.q.k.Emits) > 0 || len(m.q.local.whole) > 0 || m.n*len(m.q.local.ins)*max(m.repeat, 1) < worthwhile {
		return 0
	}
	return max(m.blocks()/2-1, 0) // at least two blocks for everybody
}

// share lets the helpers of a run take part.
func (m *mapOp[F]) share(c *crew) {
	m.crew = nil
	if m.helpers() == 0 || len(c.hands) == 0 {
		return
	}
	m.crew = c
	for len(m.forks) < len(c.hands) {
		m.forks = append(m.forks, m.q.fork())
	}
	m.job.n = int64(m.blocks())
	m.job.do = func(hand, number int) {
		q := m.q
		if hand > 0 {
			q = m.forks[hand-1]
			q.now, q.bufs = m.now, m.q.bufs
			q.use(ir.None, 0, 1)
		}
		m.block(q, number*block)
	}
}

func (m *mapOp[F]) bind(s *plan.State, a arrays[F]) {
	m.q.bind(a)
	m.gate.bind(s)
}

func (m *mapOp[F]) step(step int64) {
	if !m.gate.open(step) {
		return
	}
	m.q.prepare(step)
	m.q.use(ir.None, 0, 1)
	if m.now = step; m.crew != nil {
		m.crew.run(&m.job)
		return
	}
	for lo := 0; lo < m.n; lo += block {
		m.block(m.q, lo)
	}
}

// block does the elements from lo on.
func (m *mapOp[F]) block(q *kernel[F], lo int) {
	n := min(block, m.n-lo)
	if len(q.k.Emits) > 0 { // of a one-to-one projection
		w := element(m.now, lo)
		q.visit(&w, n)
		return
	}
	for r := range max(m.repeat, 1) {
		q.shift = r * m.n
		q.evaluate(lo, n, m.now)
		q.store(lo, n)
	}
}

// gate says in which steps an operation is done.
type gate struct {
	every, offset int64
	enabled       int // buffer, or -1
	flag          []uint8
}

func always() gate { return gate{every: 1, enabled: -1} }

func (g *gate) bind(s *plan.State) {
	g.flag = nil
	if g.enabled >= 0 {
		g.flag = s.Bool[g.enabled]
	}
}

func (g *gate) open(step int64) bool {
	if g.every > 1 && (step-g.offset)%g.every != 0 {
		return false
	}
	return g.flag == nil || g.flag[0] != 0
}

// sweepRows is a Sweep of a dense projection, row by row.
type sweepRows[F float] struct {
	q     *kernel[F]
	shape plan.Shape
	gate  gate
	saved registers[F] // of the element (i, i), per store
}

func (w *sweepRows[F]) bind(s *plan.State, a arrays[F]) {
	w.q.bind(a)
	w.gate.bind(s)
}

func (w *sweepRows[F]) step(step int64) {
	if !w.gate.open(step) {
		return
	}
	w.q.prepare(step)
	w.rows(step)
}

// rows evaluates level Both, after prepare.
func (w *sweepRows[F]) rows(step int64) {
	w.q.use(ir.None, 0, 1)
	post := w.shape.Post
	for i := range w.shape.Pre {
		w.q.use(ir.Pre, i, i+1)
		for lo := 0; lo < post; lo += block {
			n := min(block, post-lo)
			w.q.use(ir.Post, lo, lo+n)
			w.q.evaluate(i*post+lo, n, step)
			if w.shape.NoSelf && lo <= i && i < lo+n {
				w.q.store(i*post+lo, i-lo)
				w.storeAfter(i*post+i+1, i-lo+1, n)
			} else {
				w.q.store(i*post+lo, n)
			}
		}
	}
}

// storeAfter stores elements from number skip of the block on, at start.
func (w *sweepRows[F]) storeAfter(start, skip, n int) {
	q := w.q
	for _, s := range q.k.Stores {
		if s.Level != ir.Both {
			continue
		}
		r := q.local.result(s.Value)
		start := start + q.row(s.Buf, q.k.Values[s.Value].Type, s.Ring)
		switch q.k.Values[s.Value].Type {
		case model.Float:
			storeFlushed(q.bufs.f[s.Buf][start:start+n-skip], q.regs.f[r][skip:])
		case model.Int:
			copy(q.bufs.i[s.Buf][start:start+n-skip], q.regs.i[r][skip:])
		case model.Bool:
			copy(q.bufs.b[s.Buf][start:start+n-skip], q.regs.b[r][skip:])
		}
	}
}

// sweepColumns is a Sweep of a dense projection, column by column, leaving out
// columns as ir.Skip allows. In a matrix that the first cache does not hold, a
// column costs about three times what it costs as a part of all rows, so there
// the steps in which many columns are awake go row by row.
type sweepColumns[F float] struct {
	q      *kernel[F]
	shape  plan.Shape
	gate   gate
	asleep []bool        // per column: conditions 1 and 2 of ir.Skip, now
	still  []bool        // per column: condition 3
	dense  *sweepRows[F] // nil for a small matrix
}

// small is the number of synapses up to which columns are as fast as rows.
const small = 4096

func (w *sweepColumns[F]) bind(s *plan.State, a arrays[F]) {
	w.q.bind(a)
	w.gate.bind(s)
	clear(w.still)
	if w.dense != nil {
		w.dense.q.bind(a)
	}
}

func (w *sweepColumns[F]) step(step int64) {
	if !w.gate.open(step) {
		return
	}
	q, skip := w.q, w.q.k.Skip
	q.prepare(step)
	bounded := true // condition 2 for the values that all columns share
	for _, v := range skip.Bounded {
		if q.k.Values[v].Level != ir.Post {
			bounded = bounded && within(q.full.f[v])
		}
	}
	pre, post := w.shape.Pre, w.shape.Post
	awake := post
	for j := range post {
		w.asleep[j] = bounded && w.quiet(j)
		w.still[j] = w.still[j] && w.asleep[j]
		if w.asleep[j] {
			awake--
		}
	}
	if w.dense != nil && 3*awake > post {
		w.dense.q.now = step
		w.dense.rows(step) // changes nothing in columns that are still
		return
	}
	q.use(ir.None, 0, 1)
	for j := range post {
		if w.still[j] {
			continue
		}
		q.use(ir.Post, j, j+1)
		changed := false
		for lo := 0; lo < pre; lo += block {
			n := min(block, pre-lo)
			q.use(ir.Pre, lo, lo+n)
			q.evaluateColumn(lo*post+j, post, n, step)
			self := -1
			if w.shape.NoSelf {
				self = j - lo
			}
			if q.storeColumn(lo*post+j, post, n, self) {
				changed = true
			}
		}
		w.still[j] = w.asleep[j] && !changed && w.ownWithin(j)
	}
}

// quiet tells whether conditions 1 and 2 of ir.Skip hold at j.
func (w *sweepColumns[F]) quiet(j int) bool {
	q := w.q
	for _, v := range q.k.Skip.Zero {
		if q.full.f[v][j] != 0 {
			return false
		}
	}
	for _, v := range q.k.Skip.Bounded {
		if q.k.Values[v].Level == ir.Post && !within(q.full.f[v][j:j+1]) {
			return false
		}
	}
	return true
}

func (w *sweepColumns[F]) ownWithin(j int) bool {
	for _, v := range w.q.k.Skip.Own {
		b := w.q.bufs.f[w.q.k.Values[v].Buf] // no ring, see ir.Skip
		for at := j; at < len(b); at += w.shape.Post {
			if !(b[at] <= ir.Limit && b[at] >= -ir.Limit) {
				return false
			}
		}
	}
	return true
}

func within[F float](a []F) bool {
	for _, x := range a {
		if !(x <= ir.Limit && x >= -ir.Limit) {
			return false
		}
	}
	return true
}

// matVec is a MatVec of a dense projection.
type matVec[F float] struct {
	q     *kernel[F]
	op    plan.MatVec
	acc   []F
	plain int32 // the factor that is not Factor, when it is a weight of the synapse alone; -1 if not
}

func (m *matVec[F]) bind(s *plan.State, a arrays[F]) { m.q.bind(a) }

func (m *matVec[F]) step(step int64) {
	q, k := m.q, m.q.k
	q.prepare(step)
	q.use(ir.None, 0, 1)
	pre, post := m.op.Shape.Pre, m.op.Shape.Post
	acc := m.acc
	clear(acc)
	var factor []F
	if k.Factor >= 0 {
		factor = q.full.f[k.Factor]
	}
	for i := range pre {
		if factor != nil && factor[i] == 0 {
			continue
		}
		var own F
		if m.op.Shape.NoSelf {
			own = acc[i]
		}
		if m.plain >= 0 {
			at := i*post + q.row(k.Values[m.plain].Buf, model.Float, k.Values[m.plain].Ring)
			row := q.bufs.f[k.Values[m.plain].Buf][at : at+post]
			addProducts(acc, row, factor[i])
		} else {
			m.row(i, step)
		}
		if m.op.Shape.NoSelf {
			acc[i] = own
		}
	}
	n := pre
	if m.op.Shape.NoSelf {
		n--
	}
	finish(q.bufs.f[m.op.Out], acc, m.op, n, q.tiny)
}

// finish adds the results of the n synapses of every column to out.
func finish[F float](out, acc []F, op plan.MatVec, n int, tiny F) {
	for j, x := range acc {
		if op.Operation == "mean" && n > 0 {
			x /= F(n)
		}
		if !op.Zero {
			x += out[j]
		}
		out[j] = flushed(x, tiny)
	}
}

func addProducts[F float](acc, row []F, p F) {
	row = row[:len(acc)]
	for j := range acc {
		acc[j] += F(row[j] * p)
	}
}

// row adds the terms of row i to acc.
func (m *matVec[F]) row(i int, step int64) {
	q, post := m.q, m.op.Shape.Post
	q.use(ir.Pre, i, i+1)
	extreme := m.op.Operation == "max" || m.op.Operation == "min"
	for lo := 0; lo < post; lo += block {
		n := min(block, post-lo)
		q.use(ir.Post, lo, lo+n)
		q.evaluate(i*post+lo, n, step)
		acc, t := m.acc[lo:lo+n], q.regs.f[q.local.result(q.k.Result)][:n]
		switch {
		case extreme && i == 0:
			copy(acc, t)
			continue
		case m.op.Operation == "max":
			maxVV(acc, t, acc)
		case m.op.Operation == "min":
			minVV(acc, t, acc)
		default:
			addVV(acc, acc, t)
		}
		if extreme && m.op.Shape.NoSelf && i == 1 && lo == 0 {
			acc[0] = t[0] // the first synapse of neuron 0
		}
	}
}

// oneToOne is a MatVec of a one-to-one projection: sum, mean, max and min of
// one term are the term.
type oneToOne[F float] struct {
	q  *kernel[F]
	op plan.MatVec
}

func (m *oneToOne[F]) bind(s *plan.State, a arrays[F]) { m.q.bind(a) }

func (m *oneToOne[F]) step(step int64) {
	q := m.q
	q.prepare(step)
	q.use(ir.None, 0, 1)
	out := q.bufs.f[m.op.Out]
	for lo := 0; lo < m.op.Shape.Pre; lo += block {
		n := min(block, m.op.Shape.Pre-lo)
		q.evaluate(lo, n, step)
		finish(out[lo:lo+n], q.regs.f[q.local.result(q.k.Result)][:n], m.op, 1, q.tiny)
	}
}

// reduce is a Reduce.
type reduce[F float] struct {
	op      plan.Reduce
	in, out []F
}

func (r *reduce[F]) bind(s *plan.State, a arrays[F]) { r.in, r.out = a.f[r.op.In], a.f[r.op.Out] }

func (r *reduce[F]) step(int64) {
	x := r.in[0]
	switch r.op.Operation {
	case "min":
		for _, y := range r.in[1:] {
			if y < x {
				x = y
			}
		}
	case "max":
		for _, y := range r.in[1:] {
			if y > x {
				x = y
			}
		}
	default:
		x = 0
		for _, y := range r.in {
			switch r.op.Operation {
			case "mean", "sum":
				x += y
			case "norm1":
				x += F(math.Abs(float64(y)))
			case "norm2":
				x += F(y * y)
			}
		}
		switch r.op.Operation {
		case "mean":
			x /= F(len(r.in))
		case "norm2":
			x = F(math.Sqrt(float64(x)))
		}
	}
	r.out[0] = flushed(x, smallest[F]())
}

// record is a Record.
type record[F float] struct {
	op    plan.Record
	gate  gate
	to    *plan.Samples
	state *plan.State
	at    int // which of the state's records
}

func (r *record[F]) bind(s *plan.State, _ arrays[F]) {
	r.gate.bind(s)
	r.state, r.to = s, &s.Records[r.at]
}

func (r *record[F]) step(step int64) {
	if !r.gate.open(step) {
		return
	}
	b, s := r.op.Buffer, r.state
	r.to.Steps = append(r.to.Steps, step)
	switch {
	case s.F64[b] != nil:
		r.to.F64 = append(r.to.F64, s.F64[b]...)
	case s.F32[b] != nil:
		r.to.F32 = append(r.to.F32, s.F32[b]...)
	case s.I64[b] != nil:
		r.to.I64 = append(r.to.I64, s.I64[b]...)
	case s.Bool[b] != nil:
		r.to.Bool = append(r.to.Bool, s.Bool[b]...)
	}
}
