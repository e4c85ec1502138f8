package cc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/vmath/csource"
)

// version of the emitter is part of the key under which compiled programs are
// kept. The source itself is too, so it only needs to change when the meaning
// of the tables below changes.
const version = "1"

// unit is a program as C: the source, which holds operations and buffer numbers
// but no sizes, parameters, seeds or names, and the tables of numbers it reads.
type unit struct {
	source  string
	n       []int64   // sizes, periods, offsets into scratch
	d       []float64 // step lengths
	k       []uint32  // keys of random streams
	scratch int       // bytes
}

type emitter struct {
	p     *plan.Program
	u     unit
	calls map[string]bool // functions of csource
	body  strings.Builder
}

// head comes before the functions of csource; sb_args is the same in run.go.
const head = `#include <stdint.h>
#include <stddef.h>
typedef struct {
	void **buf;
	const int64_t *n;
	const double *d;
	const uint32_t *k;
	char *scratch;
	void **rec;
	int64_t *got;
} sb_args;
` + csource.Prelude + `
SB_INLINE F sb_flush(F x) { return (x < SB_TINY) & (x > -SB_TINY) ? (F)0 : x; }
SB_INLINE int64_t sb_toint(double x) {
	if (x >= 0x1p63) return INT64_MAX;
	if (x <= -0x1p63) return INT64_MIN;
	if (x != x) return 0;
	return (int64_t)x;
}
SB_INLINE int64_t sb_divint(int64_t x, int64_t y) { return y == 0 ? 0 : y == -1 ? (int64_t)-(uint64_t)x : x / y; }
SB_INLINE int64_t sb_modint(int64_t x, int64_t y) {
	if (y == 0 || y == -1) return 0;
	int64_t r = x % y;
	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
`

// emit translates a checked program.
func emit(p *plan.Program) (*unit, error) {
	e := &emitter{p: p, calls: map[string]bool{}}
	e.dt(p.Dt) // d[0]
	var steps strings.Builder
	records := 0
	for i, op := range p.Ops {
		name := fmt.Sprintf("op%d", i)
		fmt.Fprintf(&e.body, "static void %s(const sb_args *restrict A, int64_t step) {\n\tconst int64_t *restrict N = A->n;\n\t(void)N; (void)step;\n", name)
		gate := ""
		switch op := op.(type) {
		case *plan.Map:
			e.elements(ir.LowerMap(op), op.N, op.Object, p.Dt, nil)
		case *plan.Sweep:
			k := ir.LowerSweep(p, op)
			dt := p.Dt * float64(op.Every)
			gate = e.gate(op.Every, op.Offset, op.Enabled)
			if op.Shape.Kind == plan.OneToOne {
				e.elements(k, op.Shape.Pre, op.Object, dt, nil)
			} else {
				e.dense(k, op.Shape, op.Object, dt, nil)
			}
		case *plan.MatVec:
			k := ir.LowerMatVec(op)
			if op.Shape.Kind == plan.OneToOne {
				e.elements(k, op.Shape.Pre, op.Object, p.Dt, op)
			} else {
				e.dense(k, op.Shape, op.Object, p.Dt, op)
			}
		case *plan.Reduce:
			e.reduce(op)
		case *plan.Record:
			gate = e.gate(op.Every, op.Offset, op.Enabled)
			e.record(op, records)
			records++
		}
		e.body.WriteString("}\n")
		fmt.Fprintf(&steps, "\t\t%s%s(A, step);\n", gate, name)
	}
	var names []string
	for c := range e.calls {
		names = append(names, c)
	}
	functions, err := csource.Source(names...)
	if err != nil {
		return nil, err
	}
	f, tiny := "double", "0x1p-1022"
	if p.Float == plan.F32 {
		f, tiny = "float", "0x1p-126f"
	}
	e.u.source = "#define F " + f + "\n#define SB_TINY " + tiny + "\n" + head + functions + e.body.String() +
		"int64_t sb_run(const sb_args *A, int64_t step, int64_t n, const uint32_t *stop) {\n" +
		"\tconst int64_t *restrict N = A->n;\n\t(void)N;\n" +
		"\tfor (int64_t s = 0; s < n; s++, step++) {\n\t\tif (__atomic_load_n(stop, __ATOMIC_RELAXED)) return s;\n" +
		steps.String() + "\t}\n\treturn n;\n}\n"
	return &e.u, nil
}

// size, dt, key and room put numbers into the tables and return how the source
// reads them.
func (e *emitter) size(v int64) string {
	e.u.n = append(e.u.n, v)
	return fmt.Sprintf("N[%d]", len(e.u.n)-1)
}

func (e *emitter) dt(v float64) string {
	e.u.d = append(e.u.d, v)
	return fmt.Sprintf("A->d[%d]", len(e.u.d)-1)
}

func (e *emitter) key(k [2]uint32) string {
	e.u.k = append(e.u.k, k[0], k[1])
	return fmt.Sprintf("A->k[%d], A->k[%d]", len(e.u.k)-2, len(e.u.k)-1)
}

// room is scratch memory for n values, aligned for vectors.
func (e *emitter) room(t model.Type, n int) string {
	at := e.u.scratch
	e.u.scratch += (n*8 + 127) &^ 63
	return fmt.Sprintf("(%s *)(A->scratch + %s)", ctype(t), e.size(int64(at)))
}

func (e *emitter) gate(every, offset int64, enabled int) string {
	s := ""
	if every > 1 {
		s = fmt.Sprintf("if ((step - %s) %% %s == 0) ", e.size(offset), e.size(every))
	}
	if enabled >= 0 {
		s += fmt.Sprintf("if (*(const volatile uint8_t *)A->buf[%d]) ", enabled)
	}
	return s
}

// ctype is the type of a value; Bool values in buffers are bytes.
func ctype(t model.Type) string { return [...]string{"F", "int64_t", "int"}[t] }

func stype(t model.Type) string { return [...]string{"F", "int64_t", "uint8_t"}[t] }

func (e *emitter) linef(format string, args ...any) { fmt.Fprintf(&e.body, format+"\n", args...) }

// pointers declares one pointer per buffer of a kernel.
func (e *emitter) pointers(k *ir.Kernel, out int) {
	typ := map[int32]model.Type{}
	write := map[int32]bool{}
	for _, v := range k.Values {
		if v.Op == ir.Load {
			typ[v.Buf] = v.Type
		}
	}
	for _, s := range k.Stores {
		typ[s.Buf], write[s.Buf] = k.Values[s.Value].Type, true
	}
	if out >= 0 {
		typ[int32(out)], write[int32(out)] = model.Float, true
	}
	var bs []int32
	for b := range typ {
		bs = append(bs, b)
	}
	slices.Sort(bs)
	for _, b := range bs {
		c := "const "
		if write[b] {
			c = ""
		}
		e.linef("\t%s%s *restrict b%d = A->buf[%d];", c, stype(typ[b]), b, b)
	}
}

func (e *emitter) reduce(op *plan.Reduce) {
	e.linef("\tconst F *x = A->buf[%d];\n\tF *out = A->buf[%d];\n\tconst int64_t n = %s;",
		op.In, op.Out, e.size(int64(e.p.Buffers[op.In].Len)))
	switch op.Operation {
	case "min", "max":
		c := map[string]string{"min": "<", "max": ">"}[op.Operation]
		e.linef("\tF r = x[0];\n\tfor (int64_t i = 1; i < n; i++) r = x[i] %s r ? x[i] : r;\n\tout[0] = sb_flush(r);", c)
	case "mean":
		e.linef("\tF r = 0;\n\tfor (int64_t i = 0; i < n; i++) r += x[i];\n\tout[0] = sb_flush(r / (F)n);")
	case "norm1":
		e.linef("\tF r = 0;\n\tfor (int64_t i = 0; i < n; i++) r += (F)__builtin_fabs((double)x[i]);\n\tout[0] = sb_flush(r);")
	case "norm2":
		e.linef("\tF r = 0;\n\tfor (int64_t i = 0; i < n; i++) { const F y = x[i] * x[i]; r += y; }\n\tout[0] = sb_flush((F)__builtin_sqrt((double)r));")
	}
}

// record copies a buffer to the memory that run.go has made for all samples
// of the call, rec[2r], and the step to rec[2r+1].
func (e *emitter) record(op *plan.Record, r int) {
	b := e.p.Buffers[op.Buffer]
	e.linef("\tconst int64_t n = %s;", e.size(int64(b.Len*width(b.Type))))
	e.linef("\t__builtin_memcpy((char *)A->rec[%d] + A->got[%d] * n, A->buf[%d], (size_t)n);", 2*r, r, op.Buffer)
	e.linef("\t((int64_t *)A->rec[%d])[A->got[%d]++] = step;", 2*r+1, r)
}

// width is the number of bytes of an element.
func width(t plan.Type) int { return [...]int{plan.F64: 8, plan.F32: 4, plan.I64: 8, plan.Bool: 1}[t] }
