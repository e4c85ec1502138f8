package cuda

import "github.com/spikebook/spikebook/snn/plan"

// marksPerBlock is for how many neurons a block looks; with more than twice as many,
// several make the list of a step.
var marksPerBlock = 1 << 13

// collectParts makes the list of a step in two kernels of many blocks: in the first
// every block counts its marks, in the second it writes its piece behind those of
// the blocks before it.
func (e *emitter) collectParts(op *plan.Collect) {
	n := int64(op.To.N)
	blocks := int(min((n+int64(marksPerBlock)-1)/int64(marksPerBlock), most/2))
	at := e.room(int64(blocks))
	declare := func() {
		e.begin()
		e.linef("\tconst uint8_t *const marks = (const uint8_t *)%s;\n\tint64_t *const counts = (int64_t *)(A->scratch + %s);", e.buffer(op.Marks), e.size(at))
		e.linef("\tconst int64_t n = %s, piece = (n + SB_PARTS - 1) / SB_PARTS, lo = SB_PART * piece, hi = lo + piece < n ? lo + piece : n;", e.size(n))
	}
	declare()
	e.linef(`	SB_SHARED int64_t mine[SB_BLOCK];
	SB_THREADS(t) {
		int64_t c = 0;
		for (int64_t x = lo + t; x < hi; x += SB_BLOCK) c += marks[x] != 0;
		mine[t] = c;
	}
	SB_THREADS(t) if (t == 0) {
		int64_t c = 0;
		for (int x = 0; x < SB_BLOCK; x++) c += mine[x];
		counts[SB_PART] = c;
	}`)
	e.end(together, blocks)
	declare()
	e.linef("\tconst int64_t row = sb_row(step, %s);\n\tint32_t *const list = (int32_t *)%s + row * n;\n\tint64_t *const count = (int64_t *)%s;", e.ints(op.To.Slots), e.buffer(op.To.List), e.buffer(op.To.Count))
	e.linef(`	SB_SHARED int64_t before[SB_BLOCK], begins[SB_BLOCK + 1];
	const int64_t share = (piece + SB_BLOCK - 1) / SB_BLOCK;
	SB_THREADS(t) {
		int64_t c = 0;
		for (int64_t x = t; x < SB_PART; x += SB_BLOCK) c += counts[x];
		before[t] = c;
		c = 0;
		for (int64_t x = lo + t * share; x < hi && x < lo + (t + 1) * share; x++) c += marks[x] != 0;
		begins[t + 1] = c;
	}
	SB_THREADS(t) if (t == 0) {
		begins[0] = 0;
		for (int x = 0; x < SB_BLOCK; x++) begins[0] += before[x];
		for (int x = 0; x < SB_BLOCK; x++) begins[x + 1] += begins[x];
		if (SB_PART == SB_PARTS - 1) count[row] = begins[SB_BLOCK];
	}
	SB_THREADS(t) {
		int64_t c = begins[t];
		for (int64_t x = lo + t * share; x < hi && x < lo + (t + 1) * share; x++) if (marks[x]) list[c++] = (int32_t)x;
	}`)
	e.end(together, blocks)
}
