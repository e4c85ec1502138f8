package ref

import (
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// rows finds the synapses of one presynaptic neuron, for every shape but
// OneToOne.
type rows struct {
	shape   plan.Shape
	seed    uint64
	start   []int64 // SparseRows
	targets []int32 // SparseRows
	to, own []int32 // of the present row of Generated and Convolution
	w       where   // of the present row; here, so that a step allocates nothing
}

func newRows(p *plan.Program, s plan.Shape) rows {
	r := rows{shape: s, seed: p.Seed}
	switch s.Kind {
	case plan.Generated:
		n := s.Post
		if s.Procedural.Rule == "number" {
			n = s.Procedural.Number
		}
		r.to = make([]int32, 0, n)
	case plan.Convolution:
		n := s.Conv.Fan()
		r.to, r.own = make([]int32, 0, n), make([]int32, 0, n)
	}
	return r
}

func (r *rows) bind(s *plan.State) {
	if r.shape.Kind == plan.SparseRows {
		r.start, r.targets = s.I64[r.shape.Sparse.Rows], s.I32[r.shape.Sparse.Targets]
	}
}

// segments is the number of pieces of each row.
func (r *rows) segments() int {
	if r.shape.Kind == plan.SparseRows {
		return r.shape.Sparse.Segments
	}
	return 1
}

// visitor is called with the synapses of one row, or of two parts of it.
type visitor func(w *where, n int)

// row calls visit for segment k of row i.
func (r *rows) row(step int64, i, k int, visit visitor) {
	w := r.begin(step, i)
	post := r.shape.Post
	switch r.shape.Kind {
	case plan.Dense:
		at := i * post
		end := post
		if r.shape.NoSelf {
			end = i
		}
		w.own, w.draw, w.post = along(at), along(at), along(0)
		visit(w, end)
		if r.shape.NoSelf {
			w.own, w.draw, w.post = along(at+i+1), along(at+i+1), along(i+1)
			visit(w, post-i-1)
		}
	case plan.SparseRows:
		r.slots(r.start[i*r.shape.Sparse.Segments+k], r.start[i*r.shape.Sparse.Segments+k+1], w, visit)
	case plan.Generated:
		g := r.shape.Procedural
		r.to = g.Row(r.seed, i, post, r.to[:0])
		w.post = span{list: r.to}
		if w.draw = (span{at: i * post, list: r.to}); g.Rule == "number" {
			w.draw = along(i * g.Number)
		}
		visit(w, len(r.to))
	case plan.Convolution:
		r.to, r.own = r.shape.Conv.Row(i, r.to[:0], r.own[:0])
		w.own, w.post = span{list: r.own}, span{list: r.to}
		w.draw = w.own
		visit(w, len(r.to))
	}
}

func (r *rows) begin(step int64, i int) *where {
	r.w = where{step: step, pre: fixed(i)}
	return &r.w
}

// whole calls visit for all of row i.
func (r *rows) whole(step int64, i int, visit visitor) {
	if r.shape.Kind == plan.SparseRows {
		n := r.shape.Sparse.Segments
		r.slots(r.start[i*n], r.start[(i+1)*n], r.begin(step, i), visit)
		return
	}
	r.row(step, i, 0, visit)
}

func (r *rows) slots(from, to int64, w *where, visit visitor) {
	w.own, w.draw = along(int(from)), along(int(from))
	w.post = span{list: r.targets[from:to]}
	visit(w, int(to-from))
}

// sweepAll is a Sweep of rows of any shape that is stored.
type sweepAll[F float] struct {
	q     *kernel[F]
	rows  rows
	gate  gate
	visit visitor
}

func (s *sweepAll[F]) bind(state *plan.State, a arrays[F]) {
	s.q.bind(a)
	s.gate.bind(state)
	s.rows.bind(state)
	s.visit = s.q.all
}

func (s *sweepAll[F]) step(step int64) {
	if !s.gate.open(step) {
		return
	}
	s.q.prepare(step)
	s.q.use(ir.None, 0, 1)
	for i := range s.rows.shape.Pre {
		s.q.use(ir.Pre, i, i+1)
		s.rows.whole(step, i, s.visit)
	}
}

// sumRows is a MatVec of rows of any shape.
type sumRows[F float] struct {
	q     *kernel[F]
	op    plan.MatVec
	rows  rows
	acc   []F
	n     []int32 // synapses of every column
	visit visitor
	i     int // the present row
}

func (m *sumRows[F]) bind(s *plan.State, a arrays[F]) {
	m.q.bind(a)
	m.rows.bind(s)
	m.visit = m.synapses
}

func (m *sumRows[F]) step(step int64) {
	q := m.q
	q.prepare(step)
	q.use(ir.None, 0, 1)
	clear(m.acc)
	clear(m.n)
	for m.i = range m.op.Shape.Pre {
		if f := q.k.Factor; f >= 0 && m.op.Operation != "mean" && q.full.f[f][m.i] == 0 {
			continue
		}
		q.use(ir.Pre, m.i, m.i+1)
		m.rows.whole(step, m.i, m.visit)
	}
	out := q.bufs.f[m.op.Out]
	for j, x := range m.acc {
		if m.op.Operation == "mean" && m.n[j] > 0 {
			x /= F(m.n[j])
		}
		if !m.op.Zero {
			x += out[j]
		}
		out[j] = flushed(x, q.tiny)
	}
}

// synapses adds n terms of the present row.
func (m *sumRows[F]) synapses(w *where, n int) {
	q := m.q
	for lo := 0; lo < n; lo += block {
		b, n := where{w.step, w.draw.from(lo), w.own.from(lo), w.pre, w.post.from(lo)}, min(block, n-lo)
		if m.op.Operation == "mean" {
			for k := range n {
				m.n[b.post.index(k)]++
			}
			if f := q.k.Factor; f >= 0 && q.full.f[f][m.i] == 0 {
				continue
			}
		}
		q.compute(&b, n)
		t := q.regs.f[q.local.result(q.k.Result)][:n]
		switch m.op.Operation {
		case "max", "min":
			for k, x := range t {
				j := b.post.index(k)
				if m.n[j] == 0 || m.op.Operation == "max" && x > m.acc[j] || m.op.Operation == "min" && x < m.acc[j] {
					m.acc[j] = x
				}
				m.n[j]++
			}
		default:
			for k, x := range t {
				m.acc[b.post.index(k)] += x
			}
		}
	}
}
