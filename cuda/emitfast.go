package cuda

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// adding says how a kernel adds to neurons.
type adding uint8

const (
	alone       adding = iota // nobody else adds to them, so sums have an order
	atomically                // others add to them at the same time
	inRegisters               // atomically, while a thread sums for its postsynaptic neuron, in sum0, sum1 …
)

// many threads keep a device busy. With fewer neurons than that, several threads
// share the sum of one.
const many = 1 << 15

// library is the functions of CUDA's mathematics library, in double precision; those
// in single precision end with f.
var library = map[model.Func]string{
	model.Exp: "exp", model.Expm1: "expm1", model.Log: "log", model.Log1p: "log1p", model.Log10: "log10", model.Sqrt: "sqrt",
	model.Sin: "sin", model.Cos: "cos", model.Tan: "tan", model.Asin: "asin", model.Acos: "acos", model.Atan: "atan",
	model.Sinh: "sinh", model.Cosh: "cosh", model.Tanh: "tanh", model.Pow: "pow", model.Abs: "fabs", model.Floor: "floor", model.Ceil: "ceil",
}

// contracted is a sum or difference with a product in it as one operation; or "".
func (s *scope) contracted(v ir.Value, a, b string) string {
	if !s.fast || v.Type != model.Float || v.Op != ir.Add && v.Op != ir.Sub {
		return ""
	}
	product := func(id int32) (x, y string) {
		p := s.k.Values[id]
		if p.Op != ir.Mul || p.Type != model.Float {
			return "", ""
		}
		return s.read(p.A), s.read(p.B) // which may be staged, and not known here
	}
	if x, y := product(v.A); x != "" && y != "" {
		if v.Op == ir.Sub {
			b = "-" + b
		}
		return fmt.Sprintf("sb_fma(%s, %s, %s)", x, y, b)
	}
	if x, y := product(v.B); x != "" && y != "" {
		if v.Op == ir.Sub {
			x = "-" + x
		}
		return fmt.Sprintf("sb_fma(%s, %s, %s)", x, y, a)
	}
	return ""
}

// deliverFast emits the visits to the rows of neurons that fired, by shape:
//
//   - sparse rows and convolutions: 32 threads for a row, more for long rows;
//   - generated rows: a block for a row, which draws it once;
//   - matrices with few columns: a thread for eight spikes and a column.
//
// Matrices with many columns have a thread for each, as otherwise; elements of a
// convolution's kernel that change are left to one block. ok is whether it did it.
func (e *emitter) deliverFast(o *operation, op *plan.Deliver, segments int) (ok bool) {
	shape := op.Shape
	stores := o.storesAt(ir.Both)
	if len(o.k.Emits) == 0 && shape.Kind != plan.Generated || shape.Kind == plan.OneToOne || shape.Kind == plan.Convolution && stores ||
		shape.Kind == plan.Dense && shape.Post >= many && !o.emitsTo(plan.Pre) {
		return false
	}
	o.adding = atomically
	s := o.enter(o.roots(true, ir.Both, true))
	e.spikesOf(op.From, op.Delay, segments)
	spikes := int64(op.From.N) * int64(segments)
	switch shape.Kind {
	case plan.SparseRows:
		lanes := lanesFor(e.p.Stored(shape) / max(shape.Pre*segments, 1))
		e.walk(shape, false, false, 1)
		s.linef("\tconst int64_t lanes = %s;\n\tSB_EACH(lane, total * lanes) {\n\t\tconst int64_t q = lane / lanes;", e.size(lanes))
		k := "0"
		if segments > 1 {
			e.firedIn("\t\t")
			k = "segment"
		} else {
			e.fired("\t\t", "i")
		}
		s.values("\t\t", ir.None, ir.Pre)
		s.rowsOfEmits("\t\t")
		s.linef("\t\tconst int64_t row = i * segments + %s;", k)
		s.linef("\t\tfor (int64_t at = starts[row] + lane %% lanes; at < starts[row + 1]; at += lanes) {\n\t\t\tconst int64_t j = targets[at];\n\t\t\t(void)j;")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(spikes*lanes))
	case plan.Convolution:
		w := e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(lane, total * 32) {\n\t\tconst int64_t q = lane / 32;")
		e.fired("\t\t", "i")
		s.values("\t\t", ir.None, ir.Pre)
		s.rowsOfEmits("\t\t")
		w.outputs("\t\t")
		s.linef("\t\tfor (int64_t o = lane %% 32; o < fan; o += 32) {")
		w.output("\t\t\t")
		s.synapse("\t\t\t", ir.Post, ir.Both)
		s.linef("\t\t}\n\t}")
		e.end(each, blocksFor(spikes*32))
	case plan.Generated:
		blocks := rowsAtOnce(shape, spikes)
		w := e.walk(shape, false, false, blocks)
		s.values("\t", ir.None)
		s.rowsOfEmits("\t")
		s.linef("\tfor (int64_t spike = SB_PART; spike < total; spike += SB_PARTS) {\n\t\tconst int64_t i = list[first * neurons + spike];")
		s.values("\t\t", ir.Pre)
		w.drawWhole("\t\t", func(in string) { s.synapse(in, ir.Post, ir.Both) })
		s.linef("\t}")
		e.end(together, blocks)
	case plan.Dense:
		const chunk = 8
		o.adding = inRegisters
		e.walk(shape, false, false, 1)
		s.linef("\tSB_EACH(x, (total + %d) / %d * post) {\n\t\tconst int64_t j = x %% post, from = x / post * %d, to = from + %d < total ? from + %d : total;", chunk-1, chunk, chunk, chunk, chunk)
		s.values("\t\t", ir.None, ir.Post)
		s.rowsOfEmits("\t\t")
		for n := range o.k.Emits {
			s.linef("\t\tF sum%d = 0;\n\t\t(void)sum%d;", n, n)
		}
		s.linef("\t\tfor (int64_t q = from; q < to; q++) {")
		e.fired("\t\t\t", "i")
		e.pairOf(shape, "\t\t\t")
		s.synapse("\t\t\t", ir.Pre, ir.Both)
		s.linef("\t\t}")
		for n, em := range o.k.Emits {
			if em.Index != plan.Post || em.Delay >= 0 {
				continue
			}
			at := "j"
			if em.Ring.Slots > 0 {
				at = fmt.Sprintf("now%d * length%d + j", n, n)
			}
			s.linef("\t\tif (sum%d != 0) SB_ADD(&%s[%s], sum%d);", n, s.names[place{buf: em.Buf}], at, n)
		}
		s.linef("\t}")
		e.end(each, blocksFor((spikes+chunk-1)/chunk*int64(shape.Post)))
	}
	return true
}

// lanesFor is the number of threads for a row of so many synapses.
func lanesFor(synapses int) int64 {
	if synapses >= 512 {
		return 128
	}
	return 32
}

// rowsAtOnce is the number of blocks that draw rows of a Generated shape, each in
// room of its own.
func rowsAtOnce(shape plan.Shape, rows int64) int {
	room := int64(shape.Post)
	if g := shape.Procedural; g.Rule == "number" {
		room = 2 * int64(g.Number)
	}
	return int(max(1, min(rows, most/2, 16<<20/max(room, 1))))
}

// drawWhole emits, in a kernel of blocks that have a row each, the making of row i
// of a Generated shape and the visits to its synapses.
func (w *walk) drawWhole(in string, inner func(in string)) {
	w.linef("%sconst int64_t drawn = %s;", in, w.generate)
	w.linef("%sSB_THREADS(t) for (int64_t q = t; q < drawn; q += SB_BLOCK) {\n%s\tconst int64_t j = targets[q] + (noself & (targets[q] >= i));", in, in)
	inner(in + "\t")
	w.linef("%s}", in)
}

// sumFast emits a sum in which several threads share a neuron, or blocks the rows
// of a Generated shape. ok is whether it did it.
func (e *emitter) sumFast(o *operation, mv *plan.MatVec) (ok bool) {
	shape := mv.Shape
	if mv.Operation != "" && mv.Operation != "sum" || shape.Kind == plan.Convolution || shape.Kind == plan.Dense && shape.Post >= many {
		return false
	}
	if mv.Zero {
		e.begin()
		e.linef("\tF *const out = (F *)%s;\n\tSB_EACH(j, %s) out[j] = 0;", e.buffer(mv.Out), e.ints(shape.Post))
		e.end(each, blocksFor(int64(shape.Post)))
	}
	s := o.enter(o.roots(false, ir.Both, false), mv.Out)
	out := s.names[place{buf: int32(mv.Out)}]
	if shape.Kind == plan.Generated {
		blocks := rowsAtOnce(shape, int64(shape.Pre))
		w := e.walk(shape, false, false, blocks)
		s.values("\t", ir.None)
		s.linef("\tfor (int64_t i = SB_PART; i < pre; i += SB_PARTS) {")
		w.drawWhole("\t\t", func(in string) {
			s.linef("%sF acc = 0;", in)
			s.term(mv, in, "acc", "fan")
			s.linef("%sSB_ADD(&%s[j], acc);", in, out)
		})
		s.linef("\t}")
		e.end(together, blocks)
		return true
	}
	w := e.walk(shape, true, false, 1)
	fan := shape.Pre
	if shape.Kind == plan.SparseRows {
		fan = e.p.Stored(shape) / max(shape.Post, 1)
	}
	w.shares = int64(max(1, min(many/max(shape.Post, 1), fan/8, 256)))
	s.linef("\tconst int64_t shares = %s;\n\tSB_EACH(y, post * shares) {", e.size(w.shares))
	if shape.Kind == plan.Dense { // neighbours read neighbouring columns
		s.linef("\t\tconst int64_t j = y %% post, share = y / post;")
	} else { // or neighbouring slots
		s.linef("\t\tconst int64_t j = y / shares, share = y %% shares;")
	}
	s.linef("\t\tF acc = 0;")
	s.values("\t\t", ir.None, ir.Post)
	w.column("\t\t", func(in string) { s.term(mv, in, "acc", "fan") })
	s.linef("\t\tSB_ADD(&%s[j], acc);\n\t}", out)
	e.end(each, blocksFor(int64(shape.Post)*w.shares))
	return true
}

// reduceFast emits one block, whose threads go through the buffer by turns, and then
// join what they have in pairs.
func (e *emitter) reduceFast(op *plan.Reduce) {
	e.begin()
	e.linef("\tSB_SHARED F part[SB_BLOCK];\n\tconst F *const x = (const F *)%s;\n\tF *const out = (F *)%s;\n\tconst int64_t n = %s;",
		e.buffer(op.In), e.buffer(op.Out), e.ints(e.p.Buffers[op.In].Len))
	begin, add, join, end := "0", "r += x[k];", "a + b", "part[0]"
	switch op.Operation {
	case "min":
		begin, add, join = "x[0]", "r = x[k] < r ? x[k] : r;", "b < a ? b : a"
	case "max":
		begin, add, join = "x[0]", "r = x[k] > r ? x[k] : r;", "b > a ? b : a"
	case "mean":
		end = "part[0] / (F)n"
	case "norm1":
		add = "r += (F)SB_FABS((double)x[k]);"
	case "norm2":
		add, end = "r = sb_fma(x[k], x[k], r);", "(F)SB_SQRT((double)part[0])"
	}
	e.linef("\tSB_THREADS(t) {\n\t\tF r = %s;\n\t\tfor (int64_t k = t; k < n; k += SB_BLOCK) %s\n\t\tpart[t] = r;\n\t}", begin, add)
	e.linef("\tfor (int half = SB_BLOCK / 2; half > 0; half /= 2)\n\t\tSB_THREADS(t) if (t < half) { const F a = part[t], b = part[t + half]; part[t] = %s; }", join)
	e.linef("\tSB_THREADS(t) if (t == 0) out[0] = %s;", end)
	e.end(together, 1)
}
