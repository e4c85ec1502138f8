package cc

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/vmath/csource"
)

// version of the emitter is part of the key under which compiled programs are
// kept. The source itself is too, so it only needs to change when the meaning
// of the tables below changes.
const version = "3"

// unit is a program as C: the source, which holds operations and buffer numbers
// but no sizes, parameters, seeds or names, and the tables of numbers it reads.
type unit struct {
	source  string
	n       []int64   // sizes, periods, offsets into scratch
	d       []float64 // step lengths
	k       []uint32  // keys of random streams
	scratch int       // bytes
	rest    int       // bytes that last for a run
	store   int       // bytes of rows that are drawn ahead
	cost    int64     // of a step, in sixteenths of a nanosecond, roughly
}

type emitter struct {
	p     *plan.Program
	how   sharing
	u     unit
	calls map[string]bool // functions of csource
	body  strings.Builder
	op    *operation // the one being emitted

	around  string // the body of a function around that of the operation, see emitrest.go
	drawers int    // operations that draw ahead

	writers map[int][]writer // by buffer, see emitrest.go

	generate string          // the call that makes row i of a Generated shape
	rules    map[string]bool // of Generated shapes in use
	poisson  bool            // poissonSums is in use
	near     bool            // so is near
}

// head comes before the functions of csource; sb_args is the same in load_cgo.go.
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
	int64_t *room;
	void *pool;
	int64_t threads, worth, grain, shift;
	uint8_t *rest;
	char *store;
} sb_args;
` + csource.Prelude + `
SB_INLINE F sb_flush(F x) { return SB_ABS(x) < SB_TINY ? (F)0 : x; }
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
func emit(p *plan.Program, how sharing) (*unit, error) {
	e := &emitter{p: p, how: how, calls: map[string]bool{}, rules: map[string]bool{}}
	e.dt(p.Dt) // d[0]
	all := &shared{number: map[string]int{}}
	records := 0
	begin := func() {
		e.body.Reset()
		e.around = ""
		e.u.n, e.u.scratch = nil, 0
		e.op = &operation{count: -1}
	}
	end := func() {
		e.op.resolve(p.Buffers)
		all.add(e.op, e.body.String(), e.around, e.u.n, e.u.scratch)
	}
	for _, op := range p.Ops {
		begin()
		switch op := op.(type) {
		case *plan.Map:
			e.elements(ir.LowerMap(op), op.N, op.Object, p.Dt, op.Repeat, op, nil)
		case *plan.Sweep:
			k := ir.LowerSweep(p, op)
			dt := p.Dt * float64(op.Every)
			e.gate(op.Every, op.Offset, op.Enabled)
			if op.Shape.Kind == plan.OneToOne {
				e.elements(k, op.Shape.Pre, op.Object, dt, 1, nil, nil)
			} else {
				e.rows(k, op.Shape, op.Object, dt, nil)
			}
		case *plan.MatVec:
			k := ir.LowerMatVec(op)
			if op.Shape.Kind == plan.OneToOne {
				e.elements(k, op.Shape.Pre, op.Object, p.Dt, 1, nil, op)
			} else {
				e.rows(k, op.Shape, op.Object, p.Dt, op)
			}
		case *plan.Deliver:
			if op.Shape.Kind == plan.Generated {
				e.drawAhead(op)
				end()
				begin()
			}
			e.gate(1, 0, op.Enabled)
			e.deliver(op)
		case *plan.Column:
			e.gate(1, 0, op.Enabled)
			e.column(op)
		case *plan.Collect:
			e.collect(op)
		case *plan.Stamp:
			e.stamp(op)
		case *plan.Push:
			e.push(op)
		case *plan.Reduce:
			e.reduce(op)
		case *plan.Record:
			e.gate(op.Every, op.Offset, op.Enabled)
			e.record(op, records)
			records++
		case *plan.RecordSpikes:
			e.gate(1, 0, op.Enabled)
			e.recordSpikes(op, records)
			all.room = append(all.room, int64(records), int64(op.From.N))
			records++
		}
		end()
	}
	e.u.n, e.u.scratch, e.u.cost = all.table()
	var names []string
	for c := range e.calls {
		names = append(names, c)
	}
	functions, err := csource.Source(names...)
	if err != nil {
		return nil, err
	}
	rules := ""
	for _, r := range []string{"probability", "number"} {
		if e.rules[r] {
			rules += generators[r]
		}
	}
	if e.poisson {
		rules += poissonSums
	}
	if e.near {
		rules += near
	}
	f, tiny, abs := "double", "0x1p-1022", "__builtin_fabs"
	if p.Float == plan.F32 {
		f, tiny, abs = "float", "0x1p-126f", "__builtin_fabsf"
	}
	e.u.source = "#define F " + f + "\n#define SB_TINY " + tiny + "\n#define SB_ABS " + abs + "\n" + head + functions + helpers + rules + all.source.String() + all.loop() + stepper
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
	return fmt.Sprintf("(%s *)(A->scratch + %s)", ctype(t), e.bytes(n*8))
}

// bytes is where n bytes of scratch memory begin.
func (e *emitter) bytes(n int) string {
	at := e.u.scratch
	e.u.scratch += (n + 127) &^ 63
	e.op.rooms = append(e.op.rooms, len(e.u.n))
	return e.size(int64(at))
}

// lasting is where n bytes begin that keep what is in them until the end of a run.
// They are 0 at its beginning.
func (e *emitter) lasting(n int) string {
	at := e.u.rest
	e.u.rest += (n + 63) &^ 63
	return e.size(int64(at))
}

// gate leaves the operation in steps in which it is not due.
func (e *emitter) gate(every, offset int64, enabled int) {
	if every > 1 {
		e.linef("\tif ((step - %s) %% %s != 0) return;", e.size(offset), e.size(every))
	}
	if enabled >= 0 {
		e.op.reads(enabled)
		e.linef("\tif (!*(const uint8_t *)A->buf[%d]) return;", enabled)
	}
}

// ctype is the type of a value; Bool values in buffers are bytes.
func ctype(t model.Type) string { return [...]string{"F", "int64_t", "int"}[t] }

func stype(t model.Type) string { return [...]string{"F", "int64_t", "uint8_t"}[t] }

func (e *emitter) linef(format string, args ...any) { fmt.Fprintf(&e.body, format+"\n", args...) }

func (e *emitter) reduce(op *plan.Reduce) {
	e.op.reads(op.In)
	e.op.writes(op.Out)
	e.op.cost = int64(e.p.Buffers[op.In].Len) * 16
	e.linef("\tconst F *x = A->buf[%d];\n\tF *out = A->buf[%d];\n\tconst int64_t n = %s;",
		op.In, op.Out, e.size(int64(e.p.Buffers[op.In].Len)))
	switch op.Operation {
	case "min", "max":
		c := map[string]string{"min": "<", "max": ">"}[op.Operation]
		e.linef("\tF r = x[0];\n\tfor (int64_t i = 1; i < n; i++) r = x[i] %s r ? x[i] : r;\n\tout[0] = sb_flush(r);", c)
	case "sum":
		e.linef("\tF r = 0;\n\tfor (int64_t i = 0; i < n; i++) r += x[i];\n\tout[0] = sb_flush(r);")
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
	e.op.reads(op.Buffer)
	e.op.cost = int64(b.Len * width(b.Type) / 2)
	e.linef("\tconst int64_t n = %s;", e.size(int64(b.Len*width(b.Type))))
	e.linef("\t__builtin_memcpy((char *)A->rec[%d] + A->got[%d] * n, A->buf[%d], (size_t)n);", 2*r, r, op.Buffer)
	e.linef("\t((int64_t *)A->rec[%d])[A->got[%d]++] = step;", 2*r+1, r)
}

// width is the number of bytes of an element.
func width(t plan.Type) int {
	return [...]int{plan.F64: 8, plan.F32: 4, plan.I64: 8, plan.Bool: 1, plan.I32: 4}[t]
}
