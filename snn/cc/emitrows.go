package cc

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// walk is how the synapses of a row are gone through in C. Its variables are
// declared when it is made.
type walk struct {
	*emitter
	shape    plan.Shape
	synapses int64  // about so many in all rows
	element  string // number of a synapse in random streams

	// Of a matrix whose diagonal does not exist: what the loop changes at element
	// self of the row and synapse base + self, so that a row can be done whole and
	// that be put back. Without it the row is done in two halves, which is slower
	// where rows are short.
	kept []string

	ahead string // how a row that is drawn is found, see useAhead; "": it is drawn
}

// cuttable tells whether the rows of a shape can be gone through by ranges of
// postsynaptic neurons without doing things twice.
func cuttable(s plan.Shape) bool { return s.Kind == plan.Dense || s.Kind == plan.SparseRows }

func (e *emitter) walk(s plan.Shape) *walk {
	w := &walk{emitter: e, shape: s, element: "at", synapses: int64(s.Pre) * int64(s.Post)}
	e.linef("\tconst int64_t pre = %s, post = %s;\n\t(void)pre; (void)post;", e.size(int64(s.Pre)), e.size(int64(s.Post)))
	switch s.Kind {
	case plan.OneToOne:
		w.synapses = int64(s.Pre)
	case plan.SparseRows:
		r := s.Sparse
		e.linef("\tconst int64_t *const starts = A->buf[%d];\n\tconst int32_t *const targets = A->buf[%d];\n\tconst int64_t segments = %s;", r.Rows, r.Targets, e.size(int64(r.Segments)))
		e.op.reads(r.Rows, r.Targets)
		w.synapses = int64(e.p.Buffers[r.Targets].Len)
	case plan.Generated:
		g := s.Procedural
		columns := s.Post
		if g.NoSelf {
			columns--
		}
		key := e.key(rng.NewStream(e.p.Seed, g.Object, g.Stream).Key())
		e.calls["uniform"], e.rules[g.Rule] = true, true
		e.linef("\tint32_t *const room = (int32_t *)(A->scratch + %s);", e.bytes(rowBytes(s)))
		if g.Rule == "number" {
			e.linef("\tconst int64_t number = %s;", e.size(int64(g.Number)))
			w.element = "i * number + q"
			w.synapses = int64(s.Pre) * int64(g.Number)
			e.generate = fmt.Sprintf("sb_number(%s, i, %s, number, drawn)", key, e.size(int64(columns)))
		} else {
			e.calls["Log"] = true
			w.element = "i * post + j"
			w.synapses = int64(float64(w.synapses)*g.Probability) + 1
			e.generate = fmt.Sprintf("sb_probability(%s, i, %s, %s, drawn)", key, e.size(int64(columns)), e.dt(vmath.Log1p(-g.Probability)))
			if g.Probability == 0 {
				e.generate = "0"
			}
		}
		e.linef("\tconst int64_t noself = %s;", e.size(map[bool]int64{true: 1}[g.NoSelf]))
	case plan.Convolution:
		c := s.Conv
		w.synapses = int64(s.Pre) * int64(c.Fan())
		for _, v := range []struct {
			name string
			n    int
		}{{"inWidth", c.InWidth}, {"inChannels", c.In}, {"outHeight", c.OutHeight}, {"outWidth", c.OutWidth}, {"outChannels", c.Out},
			{"kernelHeight", c.KernelHeight}, {"kernelWidth", c.KernelWidth}, {"strideHeight", c.StrideHeight}, {"strideWidth", c.StrideWidth},
			{"padHeight", c.PadHeight}, {"padWidth", c.PadWidth}} {
			e.linef("\tconst int64_t %s = %s;", v.name, e.size(int64(v.n)))
		}
	}
	return w
}

// row emits the loop over the synapses of row i that go to neurons lo to hi-1;
// inner is what is done at synapse at from i to j.
func (w *walk) row(in string, inner func(indent string)) {
	switch w.shape.Kind {
	case plan.Dense:
		w.linef("%sconst int64_t base = i * post;", in)
		if w.shape.NoSelf && w.kept == nil {
			w.linef("%sfor (int64_t half = 0; half < 2; half++) {", in)
			w.linef("%s\tconst int64_t from = half && i + 1 > lo ? i + 1 : lo, to = half || i > hi ? hi : i;", in)
			w.linef("%s\tfor (int64_t j = from; j < to; j++) {\n%s\t\tconst int64_t at = base + j;", in, in)
			inner(in + "\t\t")
			w.linef("%s\t}\n%s}", in, in)
			return
		}
		if w.shape.NoSelf {
			w.linef("%sconst int64_t self = i >= lo && i < hi ? i : lo;", in)
			for n, x := range w.kept {
				w.linef("%sconst __typeof__(%s) kept%d = %s;", in, x, n, x)
			}
		}
		w.linef("%sfor (int64_t j = lo; j < hi; j++) {\n%s\tconst int64_t at = base + j;", in, in)
		inner(in + "\t")
		w.linef("%s}", in)
		if w.shape.NoSelf {
			for n, x := range w.kept {
				w.linef("%sif (self == i) %s = kept%d;", in, x, n)
			}
		}
	case plan.SparseRows:
		w.linef("%sfor (int64_t k = i * segments; k < (i + 1) * segments; k++) {", in)
		w.segment(in+"\t", "starts[k]", "starts[k + 1]", inner)
		w.linef("%s}", in)
	case plan.Generated:
		if w.ahead == "" {
			w.linef("%sint32_t *const drawn = room;\n%sint64_t from = 0, to = %s;", in, in, w.generate)
		} else {
			w.linef("%s", w.ahead)
		}
		w.linef("%sfor (int64_t q = from; q < to; q++) {", in)
		w.linef("%s\tint64_t j = drawn[q];\n%s\tj += noself & (j >= i);", in, in)
		inner(in + "\t")
		w.linef("%s}", in)
	case plan.Convolution:
		w.linef("%sconst int64_t y = i / inChannels / inWidth + padHeight, x = i / inChannels %% inWidth + padWidth, ci = i %% inChannels;", in)
		for _, d := range [][3]string{{"y", "Height", "r"}, {"x", "Width", "q"}} {
			w.linef("%sconst int64_t %s0 = %s < kernel%s ? 0 : (%s - kernel%s + stride%s) / stride%s, %s1 = %s / stride%s < out%s - 1 ? %s / stride%s : out%s - 1;",
				in, d[2], d[0], d[1], d[0], d[1], d[1], d[1], d[2], d[0], d[1], d[1], d[0], d[1], d[1])
		}
		w.linef("%sconst int64_t line = outWidth * outChannels, top = lo / line > r0 ? lo / line : r0, bottom = (hi - 1) / line < r1 ? (hi - 1) / line : r1;", in)
		w.linef("%sfor (int64_t r = top; r <= bottom; r++) for (int64_t q = q0; q <= q1; q++) {", in)
		w.linef("%s\tconst int64_t out = (r * outWidth + q) * outChannels, kernel = (((y - r * strideHeight) * kernelWidth + x - q * strideWidth) * inChannels + ci) * outChannels;", in)
		w.linef("%s\tconst int64_t from = lo > out ? lo - out : 0, to = hi < out + outChannels ? hi - out : outChannels;", in)
		w.linef("%s\tfor (int64_t co = from; co < to; co++) {\n%s\t\tconst int64_t j = out + co, at = kernel + co;", in, in)
		inner(in + "\t\t")
		w.linef("%s\t}\n%s}", in, in)
	}
}

// segment emits the loop over the slots a to b-1 of one segment of a row.
func (w *walk) segment(in, a, b string, inner func(indent string)) {
	w.linef("%sint64_t from = %s, to = %s;", in, a, b)
	w.linef("%sif (parts > 1) {\n%s\tfrom = sb_find(targets, from, to, lo);\n%s\tto = sb_find(targets, from, to, hi);\n%s}", in, in, in, in)
	w.linef("%sfor (int64_t at = from; at < to; at++) {\n%s\tconst int64_t j = targets[at];", in, in)
	inner(in + "\t")
	w.linef("%s}", in)
}

// generators are the rules of plan.Procedural; see its method Row.
var generators = map[string]string{
	"probability": `
SB_CALL int64_t sb_probability(uint32_t k0, uint32_t k1, int64_t i, int64_t columns, double scale, int32_t *to) {
	double next = -1;
	int64_t c = 0;
	for (int64_t n = 0;; n++) {
		next = next + 1 + __builtin_floor(sb_Log(1 - sb_uniform(k0, k1, n, (uint64_t)i, 0, 1)) / scale);
		if (!(next < (double)columns)) return c;
		to[c++] = (int32_t)next;
	}
}
`,
	"number": `
/* Sorts v by bytes, with as much room behind it. */
static void sb_sort(int32_t *v, int64_t n, int64_t below) {
	if (n < 48) {
		for (int64_t x = 1; x < n; x++) {
			const int32_t w = v[x];
			int64_t y = x;
			for (; y > 0 && v[y - 1] > w; y--) v[y] = v[y - 1];
			v[y] = w;
		}
		return;
	}
	int32_t *from = v, *to = v + n;
	for (int shift = 0; shift < 32 && (below - 1) >> shift; shift += 8) {
		int64_t at[257] = {0};
		for (int64_t x = 0; x < n; x++) at[((from[x] >> shift) & 255) + 1]++;
		for (int b = 0; b < 256; b++) at[b + 1] += at[b];
		for (int64_t x = 0; x < n; x++) to[at[(from[x] >> shift) & 255]++] = from[x];
		int32_t *const swap = from;
		from = to;
		to = swap;
	}
	if (from != v) __builtin_memcpy(v, from, (size_t)n * 4);
}
SB_CALL int64_t sb_number(uint32_t k0, uint32_t k1, int64_t i, int64_t columns, int64_t number, int32_t *to) {
	if (columns < 1) return 0;
	for (int64_t n = 0; n < number; n++) to[n] = (int32_t)(sb_uniform(k0, k1, n, (uint64_t)i, 0, 1) * (double)columns);
	sb_sort(to, number, columns);
	return number;
}
`,
}
