package cc

import "github.com/spikebook/spikebook/snn/plan"

// spikesOf declares the list l and the counts of a ring of spikes.
func (e *emitter) spikesOf(s plan.Spikes) {
	e.linef("\tconst int32_t *const list = A->buf[%d];\n\tconst int64_t *const count = A->buf[%d];", s.List, s.Count)
	e.linef("\tconst int64_t neurons = %s, slots = %s;", e.size(int64(s.N)), e.size(int64(s.Slots)))
}

// collect emits the search for marks. Pieces make lists of their own; who ends last
// puts them one behind the other.
func (e *emitter) collect(op *plan.Collect) {
	e.cutBy(op.To.N, false)
	e.linef("\tconst int64_t row = sb_row(step, %s);", e.size(int64(op.To.Slots)))
	e.linef("\tint32_t *const list = (int32_t *)A->buf[%d] + row * n;\n\tint64_t *const count = (int64_t *)A->buf[%d] + row;", op.To.List, op.To.Count)
	e.linef("\tif (parts == 1) {\n\t\t*count = sb_collect(A->buf[%d], 0, n, list);\n\t\treturn;\n\t}", op.Marks)
	e.linef("\tint32_t *const lists = (int32_t *)(A->scratch + %s);\n\tint64_t *const done = (int64_t *)(A->rest + %s), *const got = done + 1;",
		e.bytes(4*op.To.N), e.lasting(8*(most+1)))
	e.linef("\tgot[part] = sb_collect(A->buf[%d], lo, hi, lists + lo);", op.Marks)
	e.linef(`	if (__atomic_add_fetch(done, 1, __ATOMIC_ACQ_REL) < parts) return;
	int64_t c = 0;
	for (int64_t p = 0; p < parts; c += got[p++])
		__builtin_memcpy(list + c, lists + sb_cut(n, p, parts, A->grain), (size_t)got[p] * 4);
	*count = c;
	__atomic_store_n(done, 0, __ATOMIC_RELAXED);`)
	e.op.cut = int64(op.To.N)
	e.op.use(int32(op.Marks), false, neuron)
	e.op.lists(op.To, 0, 1, true)
	e.op.cost = int64(op.To.N) / 4
}

func (e *emitter) stamp(op *plan.Stamp) {
	e.spikesOf(op.From)
	e.linef("\tconst int64_t row = sb_row(step - %s, slots), c = count[row];", e.size(int64(op.Delay)))
	e.linef("\tint64_t *const last = A->buf[%d];", op.Last)
	e.op.writes(op.Last)
	if op.Prev >= 0 {
		e.linef("\tint64_t *const prev = A->buf[%d];", op.Prev)
		e.op.writes(op.Prev)
	}
	e.linef("\tfor (int64_t q = 0; q < c; q++) {\n\t\tconst int64_t i = list[row * neurons + q];")
	if op.Prev >= 0 {
		e.linef("\t\tprev[i] = last[i];")
	}
	e.linef("\t\tlast[i] = step;\n\t}")
	e.op.spikes(op.From, op.Delay, 1, 48)
}

// spikes sets the cost for each spike of the lists that an operation goes through.
func (o *operation) spikes(s plan.Spikes, delay, segments int, cost int64) {
	o.lists(s, delay, segments, false)
	o.neurons = int64(s.N)
	o.count, o.delay, o.slots, o.segments, o.perSpike = int64(s.Count), int64(delay), int64(s.Slots), int64(segments), cost
}

func (e *emitter) push(op *plan.Push) {
	b := e.p.Buffers[op.In]
	bytes := int64(b.Len * width(b.Type))
	e.linef("\tconst int64_t bytes = %s;", e.size(bytes))
	e.linef("\t__builtin_memcpy((char *)A->buf[%d] + sb_row(step, %s) * bytes, A->buf[%d], (size_t)bytes);", op.Ring, e.size(int64(op.Slots)), op.In)
	e.op.reads(op.In)
	e.op.writes(op.Ring)
	e.op.cost = bytes / 2
}

// recordSpikes copies the list of this step behind those that are there: neurons
// to rec[2r], the step to rec[2r+1] for each. sb_run has seen to the room.
func (e *emitter) recordSpikes(op *plan.RecordSpikes, r int) {
	e.spikesOf(op.From)
	e.linef("\tconst int64_t row = sb_row(step, slots), c = count[row], got = A->got[%d];", r)
	e.linef("\t__builtin_memcpy((int32_t *)A->rec[%d] + got, list + row * neurons, (size_t)c * 4);", 2*r)
	e.linef("\tfor (int64_t q = 0; q < c; q++) ((int64_t *)A->rec[%d])[got + q] = step;", 2*r+1)
	e.linef("\tA->got[%d] = got + c;", r)
	e.op.spikes(op.From, 0, 1, 16)
}
