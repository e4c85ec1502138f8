package cuda

import (
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// spikesOf declares the list and the counts of a ring of spikes, the slot of
// step − delay, first, and the number of spikes of this and further segments.
func (e *emitter) spikesOf(s plan.Spikes, delay, segments int) {
	e.linef("\tconst int32_t *const list = (const int32_t *)%s;\n\tconst int64_t *const count = (const int64_t *)%s;", e.buffer(s.List), e.buffer(s.Count))
	e.linef("\tconst int64_t neurons = %s, slots = %s, first = sb_row(step - %s, slots), total = sb_spikes(count, first, slots, %s);",
		e.ints(s.N), e.ints(s.Slots), e.ints(delay), e.ints(segments))
	e.linef("\tif (total == 0) return;")
}

// fired declares neuron number q of the list.
func (e *emitter) fired(in, name string) {
	e.linef("%sconst int64_t %s = list[first * neurons + q];\n%s(void)%s;", in, name, in, name)
}

// firedIn declares neuron number q of all segments, and its segment.
func (e *emitter) firedIn(in string) {
	e.linef("%sint64_t row_ = first, q_ = q;\n%sconst int64_t segment = sb_segment(count, slots, &row_, &q_), i = list[row_ * neurons + q_];\n%s(void)i;", in, in, in)
}

// deliver emits the visits to the rows of neurons that fired. A thread has a
// postsynaptic neuron, and goes through the spikes in order; where nothing is
// added to neurons, all synapses are alike.
func (e *emitter) deliver(op *plan.Deliver) {
	shape := op.Shape
	o := e.operation(ir.LowerDeliver(op), op.Object, e.p.Dt, gate{1, 0, op.Enabled})
	o.at[ir.Both] = element(shape)
	toPre, toPost, stores := o.emitsTo(plan.Pre), o.emitsTo(plan.Post), o.storesAt(ir.Both)
	if !stores && len(o.k.Emits) == 0 {
		return
	}
	segments := 1
	if shape.Kind == plan.SparseRows {
		segments = shape.Sparse.Segments
	}
	spikes := int64(op.From.N) * int64(segments)
	if e.fast && e.deliverFast(o, op, segments) {
		return
	}
	s := o.enter(o.roots(true, ir.Both, true))
	e.spikesOf(op.From, op.Delay, segments)
	neuron := func(in string) { // that fired
		if segments > 1 {
			e.firedIn(in)
		} else {
			e.fired(in, "i")
		}
	}
	segment := ""
	if segments > 1 {
		segment = "segment"
	}
	switch {
	case shape.Kind == plan.OneToOne:
		s.linef("\tSB_EACH(q, total) {")
		e.fired("\t\t", "at")
		s.values("\t\t", ir.None)
		s.rowsOfEmits("\t\t")
		s.synapse("\t\t", ir.Both)
		s.linef("\t}")
		e.end(each, blocksFor(spikes))
	case shape.Kind == plan.Generated, shape.Kind == plan.SparseRows && toPost && !toPre, shape.Kind == plan.Convolution && stores && !toPre:
		e.deliverRows(s, op, neuron, segment, toPre)
	case toPre && (toPost || segments > 1 || shape.Kind == plan.Convolution && stores):
		w := e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(alone, 1) {")
		s.values("\t\t", ir.None)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tfor (int64_t q = 0; q < total; q++) {")
		neuron("\t\t\t")
		s.values("\t\t\t", ir.Pre)
		w.row("\t\t\t", segment, func(in string) { s.synapse(in, ir.Post, ir.Both) })
		s.linef("\t\t}\n\t}")
		e.end(each, 1)
	case toPre:
		w := e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(q, total) {")
		neuron("\t\t")
		s.values("\t\t", ir.None, ir.Pre)
		s.rowsOfEmits("\t\t")
		w.row("\t\t", segment, func(in string) { s.synapse(in, ir.Post, ir.Both) })
		s.linef("\t}")
		e.end(each, blocksFor(spikes))
	case shape.Kind == plan.SparseRows: // nothing is added
		e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(lane, total * 32) {\n\t\tconst int64_t q = lane / 32;")
		neuron("\t\t")
		k := "0"
		if segment != "" {
			k = segment
		}
		s.values("\t\t", ir.None, ir.Pre)
		s.linef("\t\tconst int64_t row = i * segments + %s;", k)
		s.linef("\t\tfor (int64_t at = starts[row] + lane %% 32; at < starts[row + 1]; at += 32) {\n\t\t\tconst int64_t j = targets[at];\n\t\t\t(void)j;")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(spikes*32))
	case shape.Kind == plan.Convolution:
		e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(j, post) {")
		s.values("\t\t", ir.None, ir.Post)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tconst int64_t r = j / outChannels / outWidth, c = j / outChannels %% outWidth, co = j %% outChannels;")
		s.linef("\t\tfor (int64_t q = 0; q < total; q++) {")
		e.fired("\t\t\t", "i")
		s.linef("\t\t\tconst int64_t a = i / inChannels / inWidth + padHeight - r * strideHeight, b = i / inChannels %% inWidth + padWidth - c * strideWidth;")
		s.linef("\t\t\tif (a < 0 || a >= kernelHeight || b < 0 || b >= kernelWidth) continue;")
		s.linef("\t\t\tconst int64_t at = ((a * kernelWidth + b) * inChannels + i %% inChannels) * outChannels + co;\n\t\t\t(void)at;")
		s.synapse("\t\t\t", ir.Pre, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(int64(shape.Post)))
	case toPost: // dense
		e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(j, post) {")
		s.values("\t\t", ir.None, ir.Post)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tfor (int64_t q = 0; q < total; q++) {")
		e.fired("\t\t\t", "i")
		e.pairOf(shape, "\t\t\t")
		s.synapse("\t\t\t", ir.Pre, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(int64(shape.Post)))
	default: // dense, nothing is added
		e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(x, total * post) {\n\t\tconst int64_t q = x / post, j = x - q * post;")
		e.fired("\t\t", "i")
		e.pairOf(shape, "\t\t")
		s.synapse("\t\t", ir.None, ir.Pre, ir.Post, ir.Both)
		s.linef("\t}")
		e.end(each, blocksFor(spikes*int64(shape.Post)))
	}
}

// pairOf declares the place of synapse (i, j) of a matrix.
func (e *emitter) pairOf(s plan.Shape, in string) {
	if s.NoSelf {
		e.linef("%sif (i == j) continue;", in)
	}
	e.linef("%sconst int64_t at = i * post + j;\n%s(void)at;", in, in)
}

// deliverRows emits a kernel of blocks that go through the spikes together, row by
// row. Each has some of the postsynaptic neurons, and of these every thread some,
// so that a neuron gets what is added to it in order. Elements of a convolution's
// kernel belong to many neurons, so there is one block that does a row at a time.
func (e *emitter) deliverRows(s *scope, op *plan.Deliver, neuron func(in string), segment string, alone bool) {
	shape := op.Shape
	blocks := parts(shape.Post)
	if alone || shape.Kind == plan.Convolution {
		blocks = 1
	}
	w := e.walk(shape, false, shape.Kind == plan.SparseRows, blocks)
	if shape.Kind != plan.Convolution {
		e.cut()
	}
	s.values("\t", ir.None)
	s.rowsOfEmits("\t")
	s.linef("\tfor (int64_t q = 0; q < total; q++) {")
	switch shape.Kind {
	case plan.Generated:
		// Inside, q is the number of a synapse.
		neuron("\t\t")
		s.values("\t\t", ir.Pre)
		w.drawRow("\t\t", alone, func(in string) { s.synapse(in, ir.Post, ir.Both) })
	case plan.Convolution:
		neuron("\t\t")
		s.values("\t\t", ir.Pre)
		w.outputs("\t\t")
		s.linef("\t\tSB_THREADS(t) for (int64_t o = t; o < fan; o += SB_BLOCK) {")
		w.output("\t\t\t")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}")
	case plan.SparseRows:
		neuron("\t\t")
		k := "0"
		if segment != "" {
			k = segment
		}
		s.values("\t\t", ir.Pre)
		s.linef("\t\tint64_t from = starts[i * segments + %s], to = starts[i * segments + %s + 1];", k, k)
		s.linef("\t\tif (sorted) {\n\t\t\tfrom = sb_find(targets, from, to, lo);\n\t\t\tto = sb_find(targets, from, to, hi);\n\t\t}")
		s.linef("\t\tSB_THREADS(t) for (int64_t at = from; at < to; at++) {\n\t\t\tconst int64_t j = targets[at];")
		s.linef("\t\t\tif (j < lo || j >= hi || j %% SB_BLOCK != t) continue;")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}")
	}
	s.linef("\t}")
	e.end(together, blocks)
}

// column emits the visits to the columns of neurons that fired.
func (e *emitter) column(op *plan.Column) {
	shape := op.Shape
	o := e.operation(ir.LowerColumn(op), op.Object, e.p.Dt, gate{1, 0, op.Enabled})
	toPre, toPost := o.emitsTo(plan.Pre), o.emitsTo(plan.Post)
	if !o.storesAt(ir.Both) && len(o.k.Emits) == 0 {
		return
	}
	s := o.enter(o.roots(true, ir.Both, true))
	e.spikesOf(op.From, op.Delay, 1)
	spikes := int64(op.From.N)
	if shape.Kind == plan.OneToOne {
		s.linef("\tSB_EACH(q, total) {")
		e.fired("\t\t", "at")
		s.values("\t\t", ir.None)
		s.rowsOfEmits("\t\t")
		s.synapse("\t\t", ir.Both)
		s.linef("\t}")
		e.end(each, blocksFor(spikes))
		return
	}
	w := e.walk(shape, true, false, 1)
	if e.fast && (toPre || toPost) {
		o.adding = atomically
		toPre, toPost = false, false // all synapses are alike
	}
	switch {
	case toPre && toPost:
		s.linef("\tSB_EACH(alone, 1) {")
		s.values("\t\t", ir.None)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tfor (int64_t q = 0; q < total; q++) {")
		e.fired("\t\t\t", "j")
		s.values("\t\t\t", ir.Post)
		w.column("\t\t\t", func(in string) { s.synapse(in, ir.Pre, ir.Both) })
		s.linef("\t\t}\n\t}")
		e.end(each, 1)
	case toPost:
		s.linef("\tSB_EACH(q, total) {")
		e.fired("\t\t", "j")
		s.values("\t\t", ir.None, ir.Post)
		s.rowsOfEmits("\t\t")
		w.column("\t\t", func(in string) { s.synapse(in, ir.Pre, ir.Both) })
		s.linef("\t}")
		e.end(each, blocksFor(spikes))
	case toPre && shape.Kind == plan.Dense:
		s.linef("\tSB_EACH(i, pre) {")
		s.values("\t\t", ir.None, ir.Pre)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tfor (int64_t q = 0; q < total; q++) {")
		e.fired("\t\t\t", "j")
		e.pairOf(shape, "\t\t\t")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(int64(shape.Pre)))
	case toPre:
		// A thread has some of the presynaptic neurons.
		s.linef("\tconst int64_t mine = SB_PARTS * SB_BLOCK;")
		s.values("\t", ir.None)
		s.rowsOfEmits("\t")
		s.linef("\tfor (int64_t q = 0; q < total; q++) {")
		e.fired("\t\t", "j")
		s.values("\t\t", ir.Post)
		s.linef("\t\tSB_THREADS(t) for (int64_t x = columns[j]; x < columns[j + 1]; x++) {\n\t\t\tconst int64_t at = slots_[x], i = sources[at];")
		s.linef("\t\t\tif (i %% mine != SB_PART * SB_BLOCK + t) continue;")
		s.synapse("\t\t\t", ir.Pre, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(together, parts(shape.Pre))
	case shape.Kind == plan.SparseRows: // nothing is added
		s.linef("\tSB_EACH(lane, total * 32) {\n\t\tconst int64_t q = lane / 32;")
		e.fired("\t\t", "j")
		s.values("\t\t", ir.None, ir.Post)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tfor (int64_t x = columns[j] + lane %% 32; x < columns[j + 1]; x += 32) {\n\t\t\tconst int64_t at = slots_[x], i = sources[at];\n\t\t\t(void)i;")
		s.synapse("\t\t\t", ir.Pre, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(spikes*32))
	default: // dense, nothing is added
		s.linef("\tSB_EACH(x, total * pre) {\n\t\tconst int64_t q = x / pre, i = x - q * pre;")
		e.fired("\t\t", "j")
		e.pairOf(shape, "\t\t")
		s.rowsOfEmits("\t\t")
		s.synapse("\t\t", ir.None, ir.Pre, ir.Post, ir.Both)
		s.linef("\t}")
		e.end(each, blocksFor(spikes*int64(shape.Pre)))
	}
}

// collect makes the list of a step in three rounds of one block: every thread
// counts the marks of its piece, one adds up, every thread writes its piece.
func (e *emitter) collect(op *plan.Collect) {
	if op.To.N > 2*marksPerBlock {
		e.collectParts(op)
		return
	}
	e.begin()
	e.linef("\tSB_SHARED int64_t begins[SB_BLOCK + 1];")
	e.linef("\tconst uint8_t *const marks = (const uint8_t *)%s;\n\tconst int64_t n = %s, row = sb_row(step, %s), piece = (n + SB_BLOCK - 1) / SB_BLOCK;",
		e.buffer(op.Marks), e.ints(op.To.N), e.ints(op.To.Slots))
	e.linef("\tint32_t *const list = (int32_t *)%s + row * n;\n\tint64_t *const count = (int64_t *)%s;", e.buffer(op.To.List), e.buffer(op.To.Count))
	e.linef(`	SB_THREADS(t) {
		int64_t c = 0;
		for (int64_t x = t * piece; x < n && x < (t + 1) * piece; x++) c += marks[x] != 0;
		begins[t + 1] = c;
	}
	SB_THREADS(t) if (t == 0) {
		begins[0] = 0;
		for (int x = 0; x < SB_BLOCK; x++) begins[x + 1] += begins[x];
		count[row] = begins[SB_BLOCK];
	}
	SB_THREADS(t) {
		int64_t c = begins[t];
		for (int64_t x = t * piece; x < n && x < (t + 1) * piece; x++) if (marks[x]) list[c++] = (int32_t)x;
	}`)
	e.end(together, 1)
}

func (e *emitter) stamp(op *plan.Stamp) {
	e.begin()
	e.spikesOf(op.From, op.Delay, 1)
	e.linef("\tint64_t *const last = (int64_t *)%s;", e.buffer(op.Last))
	if op.Prev >= 0 {
		e.linef("\tint64_t *const prev = (int64_t *)%s;", e.buffer(op.Prev))
	}
	e.linef("\tSB_EACH(q, total) {")
	e.fired("\t\t", "i")
	if op.Prev >= 0 {
		e.linef("\t\tprev[i] = last[i];")
	}
	e.linef("\t\tlast[i] = step;\n\t}")
	e.end(each, blocksFor(int64(op.From.N)))
}

// copied is the C type in which elements of a buffer are copied, and what of.
func copied(t plan.Type) string {
	return [...]string{plan.F64: "int64_t", plan.F32: "int32_t", plan.I64: "int64_t", plan.Bool: "uint8_t", plan.I32: "int32_t"}[t]
}

func (e *emitter) push(op *plan.Push) {
	b := e.p.Buffers[op.In]
	t := copied(b.Type)
	e.begin()
	e.linef("\tconst int64_t n = %s;\n\tconst %s *const in = (const %s *)%s;\n\t%s *const out = (%s *)%s + sb_row(step, %s) * n;",
		e.ints(b.Len), t, t, e.buffer(op.In), t, t, e.buffer(op.Ring), e.ints(op.Slots))
	e.linef("\tSB_EACH(x, n) out[x] = in[x];")
	e.end(each, blocksFor(int64(b.Len)))
}

// reduce emits one block: its threads bring a tile into shared memory, one of them
// goes through it in order.
func (e *emitter) reduce(op *plan.Reduce) {
	if e.fast {
		e.reduceFast(op)
		return
	}
	e.begin()
	e.linef("\tSB_SHARED F tile[SB_BLOCK], r;\n\tconst F *const x = (const F *)%s;\n\tF *const out = (F *)%s;\n\tconst int64_t n = %s;",
		e.buffer(op.In), e.buffer(op.Out), e.ints(e.p.Buffers[op.In].Len))
	begin, add, end := "0", "r += tile[k];", "r"
	switch op.Operation {
	case "min":
		begin, add = "x[0]", "r = tile[k] < r ? tile[k] : r;"
	case "max":
		begin, add = "x[0]", "r = tile[k] > r ? tile[k] : r;"
	case "mean":
		end = "r / (F)n"
	case "norm1":
		add = "r += (F)SB_FABS((double)tile[k]);"
	case "norm2":
		add, end = "{ const F y = tile[k] * tile[k]; r += y; }", "(F)SB_SQRT((double)r)"
	}
	e.linef("\tSB_THREADS(t) if (t == 0) r = %s;\n\tfor (int64_t at = 0; at < n; at += SB_BLOCK) {\n\t\tSB_THREADS(t) if (at + t < n) tile[t] = x[at + t];", begin)
	e.linef("\t\tSB_THREADS(t) if (t == 0) for (int k = 0; k < SB_BLOCK && at + k < n; k++) %s\n\t}", add)
	e.linef("\tSB_THREADS(t) if (t == 0) out[0] = sb_flush(%s);", end)
	e.end(together, 1)
}

// record copies a buffer to the memory for samples, rec[2r], and the step to
// rec[2r+1]. The kernel next counts the samples that are due.
func (e *emitter) record(op *plan.Record, r int) {
	b := e.p.Buffers[op.Buffer]
	t := copied(b.Type)
	e.begin()
	e.gate(gate{op.Every, op.Offset, op.Enabled})
	e.linef("\tconst int64_t n = %s, r = %s;\n\tconst %s *const in = (const %s *)%s;\n\t%s *const out = (%s *)A->rec[2 * r] + A->got[r] * n;",
		e.ints(b.Len), e.ints(r), t, t, e.buffer(op.Buffer), t, t)
	e.linef("\tSB_EACH(x, n) {\n\t\tif (x == 0) {\n\t\t\t((int64_t *)A->rec[2 * r + 1])[A->got[r]] = step;\n\t\t\tA->due[r] = 1;\n\t\t}\n\t\tout[x] = in[x];\n\t}")
	e.end(each, blocksFor(int64(b.Len)))
}

// recordSpikes copies the list of this step behind those that are there.
func (e *emitter) recordSpikes(op *plan.RecordSpikes, r int) {
	e.begin()
	e.gate(gate{1, 0, op.Enabled})
	e.spikesOf(op.From, 0, 1)
	e.linef("\tconst int64_t r = %s, got = A->got[r];\n\tint32_t *const to = (int32_t *)A->rec[2 * r] + got;\n\tint64_t *const steps = (int64_t *)A->rec[2 * r + 1] + got;", e.ints(r))
	e.linef("\tSB_EACH(q, total) {\n\t\tif (q == 0) A->due[r] = total;\n\t\tto[q] = list[first * neurons + q];\n\t\tsteps[q] = step;\n\t}")
	e.end(each, blocksFor(int64(op.From.N)))
}

// next ends a step: it counts what was recorded, and halts all kernels from the
// next step on when a record has no room for one step more.
func (e *emitter) next(records int) {
	e.begin()
	e.linef("\tSB_EACH(alone, 1) {\n\t\tfor (int64_t r = 0; r < %s; r++) {", e.ints(records))
	e.linef("\t\t\tA->got[r] += A->due[r];\n\t\t\tA->due[r] = 0;\n\t\t\tif (A->got[r] + A->need[r] > A->room[r]) A->now[1] = 1;\n\t\t}\n\t\tA->now[0] = step + 1;\n\t}")
	e.end(each, 1)
}
