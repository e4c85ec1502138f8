package cuda

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// walk is how the synapses of a shape are gone through. Its variables are declared
// when it is made.
type walk struct {
	*emitter
	shape    plan.Shape
	generate string // Generated: the call that makes row i
	shares   int64  // threads for a column, each of which has every so-manieth synapse; 0 and 1: one
}

// walk declares what the loops over the synapses of a shape need; columns says
// whether the synapses of one postsynaptic neuron are looked for, sorted whether
// the order of targets matters. Blocks make rows of a Generated shape apart.
func (e *emitter) walk(s plan.Shape, columns, sorted bool, blocks int) *walk {
	w := &walk{emitter: e, shape: s}
	e.linef("\tconst int64_t pre = %s, post = %s;\n\t(void)pre; (void)post;", e.ints(s.Pre), e.ints(s.Post))
	switch s.Kind {
	case plan.SparseRows:
		r := s.Sparse
		e.linef("\tconst int64_t *const starts = (const int64_t *)%s;\n\tconst int32_t *const targets = (const int32_t *)%s;\n\tconst int64_t segments = %s;\n\t(void)starts; (void)targets; (void)segments;",
			e.buffer(r.Rows), e.buffer(r.Targets), e.ints(r.Segments))
		sources, starts, slots := r.Sources, r.Columns, r.Slots
		if columns && (sources < 0 || starts < 0 || slots < 0) {
			first := e.lists(s, true)
			sources, starts, slots = first, first+1, first+2
		}
		if columns {
			e.linef("\tconst int32_t *const sources = (const int32_t *)%s, *const slots_ = (const int32_t *)%s;\n\tconst int64_t *const columns = (const int64_t *)%s;\n\t(void)sources; (void)slots_; (void)columns;",
				e.buffer(sources), e.buffer(slots), e.buffer(starts))
		}
		if sorted {
			e.linef("\tconst int64_t sorted = *(const int64_t *)%s;", e.buffer(e.lists(s, false)+3))
		}
	case plan.Generated:
		g := s.Procedural
		n := s.Post
		if g.NoSelf {
			n--
		}
		key := e.key(rng.NewStream(e.p.Seed, g.Object, g.Stream).Key())
		e.calls["uniform"], e.rules[g.Rule] = true, true
		room := s.Post
		if g.Rule == "number" {
			room = 2 * g.Number
			e.linef("\tconst int64_t number = %s;", e.ints(g.Number))
		}
		e.linef("\tint32_t *const targets = (int32_t *)(A->scratch + %s) + SB_PART * %s;\n\tconst int64_t noself = %s;",
			e.size(e.room(int64(blocks)*int64(room)/2+1)), e.ints(room), e.size(map[bool]int64{true: 1}[g.NoSelf]))
		if g.Rule == "number" {
			w.generate = fmt.Sprintf("sb_number(%s, i, %s, number, targets)", key, e.ints(n))
		} else {
			e.calls["Log"] = true
			w.generate = fmt.Sprintf("sb_probability(%s, i, %s, %s, targets)", key, e.ints(n), e.float(vmath.Log1p(-g.Probability)))
			if g.Probability == 0 {
				w.generate = "0"
			}
		}
	case plan.Convolution:
		c := s.Conv
		for _, v := range []struct {
			name string
			n    int
		}{{"inHeight", c.InHeight}, {"inWidth", c.InWidth}, {"inChannels", c.In}, {"outHeight", c.OutHeight}, {"outWidth", c.OutWidth}, {"outChannels", c.Out},
			{"kernelHeight", c.KernelHeight}, {"kernelWidth", c.KernelWidth}, {"strideHeight", c.StrideHeight}, {"strideWidth", c.StrideWidth},
			{"padHeight", c.PadHeight}, {"padWidth", c.PadWidth}} {
			e.linef("\tconst int64_t %s = %s;\n\t(void)%s;", v.name, e.ints(v.n), v.name)
		}
	}
	return w
}

// element is the number of a synapse in random streams.
func element(s plan.Shape) string {
	if s.Kind == plan.Generated {
		if s.Procedural.Rule == "number" {
			return "i * number + q"
		}
		return "i * post + j"
	}
	return "at"
}

// lists is the number of the first buffer of the lists of a sparse shape; columns
// says that sources, columns and slots are wanted too.
func (e *emitter) lists(s plan.Shape, columns bool) int {
	for k, l := range e.u.lists {
		if l.shape.Pre == s.Pre && l.shape.Post == s.Post && *l.shape.Sparse == *s.Sparse {
			e.u.lists[k].columns = l.columns || columns
			return l.first
		}
	}
	first := len(e.p.Buffers) + 4*len(e.u.lists)
	e.u.lists = append(e.u.lists, lists{s, first, columns})
	return first
}

// column emits the loop over the synapses to neuron j in ascending order of
// presynaptic neurons; inner is what is done at synapse at from i to j, and may
// continue.
func (w *walk) column(in string, inner func(in string)) {
	switch w.shape.Kind {
	case plan.Dense:
		if w.shares > 1 {
			w.linef("%sfor (int64_t i = share; i < pre; i += shares) {", in)
		} else {
			w.linef("%sfor (int64_t i = 0; i < pre; i++) {", in)
		}
		if w.shape.NoSelf {
			w.linef("%s\tif (i == j) continue;", in)
		}
		w.linef("%s\tconst int64_t at = i * post + j;\n%s\t(void)at;", in, in)
	case plan.SparseRows:
		from, by := "columns[j]", "x++"
		if w.shares > 1 {
			from, by = "columns[j] + share", "x += shares"
		}
		w.linef("%sfor (int64_t x = "+from+"; x < columns[j + 1]; "+by+") {\n%s\tconst int64_t at = slots_[x], i = sources[at];\n%s\t(void)i;", in, in, in)
	case plan.Convolution:
		w.linef("%sconst int64_t y0 = j / outChannels / outWidth * strideHeight - padHeight, x0 = j / outChannels %% outWidth * strideWidth - padWidth, co = j %% outChannels;", in)
		w.linef("%sfor (int64_t a = 0; a < kernelHeight; a++) for (int64_t b = 0; b < kernelWidth; b++) for (int64_t ci = 0; ci < inChannels; ci++) {", in)
		w.linef("%s\tconst int64_t y = y0 + a, x = x0 + b;\n%s\tif (y < 0 || y >= inHeight || x < 0 || x >= inWidth) continue;", in, in)
		w.linef("%s\tconst int64_t i = (y * inWidth + x) * inChannels + ci, at = ((a * kernelWidth + b) * inChannels + ci) * outChannels + co;\n%s\t(void)i; (void)at;", in, in)
	}
	inner(in + "\t")
	w.linef("%s}", in)
}

// row emits the loop over the synapses of row i that are stored; k is the segment
// of a list, or "" for all.
func (w *walk) row(in, k string, inner func(in string)) {
	switch w.shape.Kind {
	case plan.Dense:
		w.linef("%sfor (int64_t j = 0; j < post; j++) {", in)
		if w.shape.NoSelf {
			w.linef("%s\tif (i == j) continue;", in)
		}
		w.linef("%s\tconst int64_t at = i * post + j;\n%s\t(void)at;", in, in)
	case plan.SparseRows:
		from, to := "i * segments", "(i + 1) * segments"
		if k != "" {
			from, to = "i * segments + "+k, "i * segments + "+k+" + 1"
		}
		w.linef("%sfor (int64_t at = starts[%s]; at < starts[%s]; at++) {\n%s\tconst int64_t j = targets[at];\n%s\t(void)j;", in, from, to, in, in)
	case plan.Convolution:
		w.outputs(in)
		w.linef("%sfor (int64_t o = 0; o < fan; o++) {", in)
		w.output(in + "\t")
	}
	inner(in + "\t")
	w.linef("%s}", in)
}

// outputs declares the range of outputs that see input i of a convolution, output
// the o-th of them.
func (w *walk) outputs(in string) {
	w.linef("%sconst int64_t y = i / inChannels / inWidth + padHeight, x = i / inChannels %% inWidth + padWidth, ci = i %% inChannels;", in)
	for _, d := range [][3]string{{"y", "Height", "r"}, {"x", "Width", "c"}} {
		w.linef("%sconst int64_t %s0 = %s < kernel%s ? 0 : (%s - kernel%s + stride%s) / stride%s, %s1 = %s / stride%s < out%s - 1 ? %s / stride%s : out%s - 1;",
			in, d[2], d[0], d[1], d[0], d[1], d[1], d[1], d[2], d[0], d[1], d[1], d[0], d[1], d[1])
	}
	w.linef("%sconst int64_t fan = r1 < r0 || c1 < c0 ? 0 : (r1 - r0 + 1) * (c1 - c0 + 1) * outChannels;", in)
}

func (w *walk) output(in string) {
	w.linef("%sconst int64_t co = o %% outChannels, c = c0 + o / outChannels %% (c1 - c0 + 1), r = r0 + o / outChannels / (c1 - c0 + 1);", in)
	w.linef("%sconst int64_t j = (r * outWidth + c) * outChannels + co, at = (((y - r * strideHeight) * kernelWidth + x - c * strideWidth) * inChannels + ci) * outChannels + co;", in)
	w.linef("%s(void)j; (void)at;", in)
}

// drawRow emits, in a kernel of blocks that each have the postsynaptic neurons lo
// to hi-1, the making of row i of a Generated shape and the visits to its
// synapses. A thread has every SB_BLOCK-th neuron, and so all synapses of a neuron
// in order; alone says that one thread does everything in order.
func (w *walk) drawRow(in string, alone bool, inner func(in string)) {
	w.linef("%sconst int64_t drawn = %s;", in, w.generate)
	w.linef("%sSB_THREADS(t) for (int64_t q = t; q < drawn; q += SB_BLOCK) targets[q] += (int32_t)(noself & (targets[q] >= i));", in)
	w.linef("%sconst int64_t from = sb_find(targets, 0, drawn, lo), to = sb_find(targets, from, drawn, hi);", in)
	w.linef("%sSB_THREADS(t) for (int64_t q = from; q < to; q++) {\n%s\tconst int64_t j = targets[q];", in, in)
	if alone {
		w.linef("%s\tif (t != 0) continue;", in)
	} else {
		w.linef("%s\tif (j %% SB_BLOCK != t) continue;", in)
	}
	inner(in + "\t")
	w.linef("%s}", in)
}

// cut declares the postsynaptic neurons of a block.
func (e *emitter) cut() {
	e.linef("\tconst int64_t lo = post * SB_PART / SB_PARTS, hi = post * (SB_PART + 1) / SB_PARTS;")
}

// emitsTo tells whether something is added to neurons of that index.
func (o *operation) emitsTo(x plan.Index) bool {
	return slices.ContainsFunc(o.k.Emits, func(em ir.Emit) bool { return em.Index == x })
}

func (o *operation) storesAt(l ir.Level) bool {
	return slices.ContainsFunc(o.k.Stores, func(st ir.Store) bool { return st.Level == l })
}

// sweep emits a Sweep of pairs of neurons: a thread per synapse, or per neuron
// where something is added to neurons, so that each of them gets it in order.
func (e *emitter) sweep(o *operation, shape plan.Shape) {
	pre, post := shape.Pre, shape.Post
	o.stage(pre, post)
	toPre, toPost := o.emitsTo(plan.Pre), o.emitsTo(plan.Post)
	if o.storesAt(ir.Both) || toPre || toPost {
		s := o.enter(o.roots(true, ir.Both, true))
		blocks := 1
		if e.fast && (toPre || toPost) && !(toPost && !toPre && post >= many) && !(toPre && !toPost && pre >= many) {
			o.adding = atomically
			toPre, toPost = false, false // all synapses are alike
		}
		switch {
		case toPre && toPost:
			w := e.walk(shape, false, false, 1)
			s.linef("\tSB_EACH(alone, 1) {")
			s.values("\t\t", ir.None)
			s.rowsOfEmits("\t\t")
			s.linef("\t\tfor (int64_t i = 0; i < pre; i++) {")
			s.values("\t\t\t", ir.Pre)
			w.row("\t\t\t", "", func(in string) { s.synapse(in, ir.Post, ir.Both) })
			s.linef("\t\t}")
		case toPost:
			w := e.walk(shape, true, false, 1)
			blocks = blocksFor(int64(post))
			s.linef("\tSB_EACH(j, post) {")
			s.values("\t\t", ir.None, ir.Post)
			s.rowsOfEmits("\t\t")
			w.column("\t\t", func(in string) { s.synapse(in, ir.Pre, ir.Both) })
		case toPre:
			w := e.walk(shape, false, false, 1)
			blocks = blocksFor(int64(pre))
			s.linef("\tSB_EACH(i, pre) {")
			s.values("\t\t", ir.None, ir.Pre)
			s.rowsOfEmits("\t\t")
			w.row("\t\t", "", func(in string) { s.synapse(in, ir.Post, ir.Both) })
		case shape.Kind == plan.SparseRows:
			e.walk(shape, true, false, 1)
			blocks = blocksFor(int64(e.p.Stored(shape)))
			s.linef("\tSB_EACH(at, starts[pre * segments]) {\n\t\tconst int64_t i = sources[at], j = targets[at];\n\t\t(void)i; (void)j;")
			s.rowsOfEmits("\t\t")
			s.synapse("\t\t", ir.None, ir.Pre, ir.Post, ir.Both)
		default:
			e.walk(shape, false, false, 1)
			blocks = blocksFor(int64(pre) * int64(post))
			s.linef("\tSB_EACH(at, pre * post) {\n\t\tconst int64_t i = at / post, j = at - i * post;\n\t\t(void)i; (void)j;")
			if shape.NoSelf {
				s.linef("\t\tif (i == j) continue;")
			}
			s.rowsOfEmits("\t\t")
			s.synapse("\t\t", ir.None, ir.Pre, ir.Post, ir.Both)
		}
		s.linef("\t}")
		e.end(each, blocks)
	}
	o.lower(pre, post)
}

// sum emits a MatVec of pairs of neurons: a thread per postsynaptic neuron.
func (e *emitter) sum(o *operation, mv *plan.MatVec) {
	shape := mv.Shape
	pre, post := shape.Pre, shape.Post
	o.at[ir.Both] = element(shape)
	o.stage(pre, post)
	if e.fast && e.sumFast(o, mv) {
		return
	}
	if shape.Kind == plan.Generated {
		e.sumGenerated(o, mv)
		return
	}
	s := o.enter(o.roots(false, ir.Both, false), mv.Out)
	w := e.walk(shape, true, false, 1)
	s.linef("\tSB_EACH(j, post) {\n\t\tF acc = 0;\n\t\tint64_t fan = 0;\n\t\t(void)fan;")
	s.values("\t\t", ir.None, ir.Post)
	w.column("\t\t", func(in string) { s.term(mv, in, "acc", "fan") })
	s.total(mv, "acc", "j", "\t\t", "(fan > 0 ? fan : 1)")
	s.linef("\t}")
	e.end(each, blocksFor(int64(post)))
}

// term adds the term of a synapse to acc; fan counts synapses.
func (s *scope) term(mv *plan.MatVec, in, acc, fan string) {
	extreme := mv.Operation == "max" || mv.Operation == "min"
	if mv.Operation == "mean" {
		s.linef("%s%s++;", in, fan)
	}
	s.values(in, ir.Pre)
	if s.k.Factor >= 0 {
		s.linef("%sif (%s == 0) continue;", in, s.read(s.k.Factor))
	}
	s.values(in, ir.Post, ir.Both)
	t := s.read(s.k.Result)
	if !extreme {
		s.linef("%s%s += %s;", in, acc, t)
		return
	}
	than := map[string]string{"max": ">", "min": "<"}[mv.Operation]
	s.linef("%sconst F t_ = %s;\n%s%s = %s++ == 0 ? t_ : t_ %s %s ? t_ : %s;", in, t, in, acc, fan, than, acc, acc)
}

// sumGenerated draws every row in turn, in blocks that each have some of the
// postsynaptic neurons.
func (e *emitter) sumGenerated(o *operation, mv *plan.MatVec) {
	shape := mv.Shape
	blocks := parts(shape.Post)
	s := o.enter(o.roots(false, ir.Both, false), mv.Out)
	w := e.walk(shape, false, false, blocks)
	e.cut()
	s.linef("\tF *const acc = (F *)(A->scratch + %s);\n\tint64_t *const fan = (int64_t *)(A->scratch + %s);", e.size(e.room(int64(shape.Post))), e.size(e.room(int64(shape.Post))))
	s.linef("\tSB_THREADS(t) for (int64_t j = lo + t; j < hi; j += SB_BLOCK) acc[j] = 0, fan[j] = 0;")
	s.values("\t", ir.None)
	s.linef("\tfor (int64_t i = 0; i < pre; i++) {")
	w.drawRow("\t\t", false, func(in string) { s.term(mv, in, "acc[j]", "fan[j]") })
	s.linef("\t}")
	s.linef("\tSB_THREADS(t) for (int64_t j = lo + t; j < hi; j += SB_BLOCK) {")
	s.total(mv, "acc[j]", "j", "\t\t", "(fan[j] > 0 ? fan[j] : 1)")
	s.linef("\t}")
	e.end(together, blocks)
}

// parts is the number of blocks that share out n postsynaptic neurons.
func parts(n int) int { return min(max(n/blockSize, 1), 128) }
