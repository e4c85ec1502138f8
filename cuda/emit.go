package cuda

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/vmath/csource"
)

// version of the emitter is part of the key under which compiled programs are
// kept.
const version = "1"

// unit is a program as CUDA C++: the source, which holds operations but no sizes,
// parameters, seeds or names, the table of numbers it reads, and the kernels of a
// step in order.
type unit struct {
	source   string
	kernels  []string // names of the functions
	n        []int64  // one block per launch
	launches []launch
	persist  persist // all launches as one kernel
	lists    []lists // of sparse shapes, made by the host
	used     []bool  // per buffer with memory of its own: a kernel uses it
	scratch  int     // bytes
}

// launch is one kernel of a step.
type launch struct {
	kernel int // index into unit.kernels
	block  int // where its numbers begin in unit.n
	blocks int // of threads, each of blockSize
	label  string

	kind    kind
	touches map[int]bool // the buffers that it uses, true for those that it writes
	scratch bool         // it uses scratch memory
	records bool         // it uses the counts of samples
}

// lists says which lists of a sparse shape a program's kernels want beside those
// of its state: buffers first to first+3 are sources, columns, slots, and one
// number that tells whether the targets of every segment ascend.
type lists struct {
	shape   plan.Shape
	first   int
	columns bool // else only that number is wanted
}

// blockSize is the number of threads of every block; kernels.go has it too.
const blockSize = 256

// most is the number of blocks of a launch whose threads go on to further
// elements: a few for every multiprocessor of a large device.
const most = 1024

// text is the source of kernels. Kernels that differ in nothing but their numbers
// are one: a network of a thousand ensembles compiles as fast as one of two.
type text struct {
	calls   map[string]bool // functions of csource
	fast    bool            // see Fast
	apart   bool            // no kernels of whole steps
	rules   map[string]bool // of Generated shapes in use
	known   map[string]int  // kernels by what they do
	names   []string
	kernels strings.Builder
}

func newText() *text {
	return &text{calls: map[string]bool{}, rules: map[string]bool{}, known: map[string]int{}}
}

type emitter struct {
	*text
	p *plan.Program
	u unit

	body    strings.Builder // of the kernel being emitted
	touches map[int]bool    // the buffers that it uses, true for those that it writes
	writes  []int           // what the operation being emitted writes
	n       []int64         // its numbers
	label   string
	scratch int // of the operation being emitted
}

// emit translates a checked program.
func emit(p *plan.Program, fast bool) (*unit, error) {
	t := newText()
	t.fast = fast
	u := t.add(p)
	var err error
	u.kernels = t.names
	u.source, err = t.source(p.Float)
	return u, err
}

// add translates a checked program into kernels of t.
func (t *text) add(p *plan.Program) *unit {
	e := &emitter{text: t, p: p}
	e.u.used = make([]bool, len(p.Buffers))
	records := 0
	for _, op := range p.Ops {
		e.scratch, e.writes = 0, plan.Writes(op)
		switch op := op.(type) {
		case *plan.Map:
			e.label = "map " + op.Label
			dt := p.Dt
			if op.Repeat > 1 {
				dt /= float64(op.Repeat)
			}
			e.elements(e.operation(ir.LowerMap(op), op.Object, dt, always), op.N, op.Repeat, nil)
		case *plan.Sweep:
			e.label = "sweep " + op.Label
			o := e.operation(ir.LowerSweep(p, op), op.Object, p.Dt*float64(op.Every), gate{op.Every, op.Offset, op.Enabled})
			if op.Shape.Kind == plan.OneToOne {
				e.elements(o, op.Shape.Pre, 1, nil)
			} else {
				e.sweep(o, op.Shape)
			}
		case *plan.MatVec:
			e.label = "sum " + op.Label
			o := e.operation(ir.LowerMatVec(op), op.Object, p.Dt, always)
			if op.Shape.Kind == plan.OneToOne {
				e.elements(o, op.Shape.Pre, 1, op)
			} else {
				e.sum(o, op)
			}
		case *plan.Deliver:
			e.label = "deliver " + op.Label
			e.deliver(op)
		case *plan.Column:
			e.label = "column " + op.Label
			e.column(op)
		case *plan.Collect:
			e.label = "collect " + op.Label
			e.collect(op)
		case *plan.Stamp:
			e.label = "stamp " + op.Label
			e.stamp(op)
		case *plan.Push:
			e.label = "push " + op.Label
			e.push(op)
		case *plan.Reduce:
			e.label = "reduce " + op.Label
			e.reduce(op)
		case *plan.Record:
			e.label = "record " + op.Label
			e.record(op, records)
			records++
		case *plan.RecordSpikes:
			e.label = "record spikes " + op.Label
			e.recordSpikes(op, records)
			records++
		}
		e.u.scratch = max(e.u.scratch, e.scratch)
	}
	e.label, e.scratch, e.writes = "next step", 0, nil
	e.next(records)
	if !t.apart {
		e.together()
	}
	return &e.u
}

// source puts everything together.
func (t *text) source(float plan.Type) (string, error) {
	var names []string
	for c := range t.calls {
		names = append(names, c)
	}
	functions, err := csource.Source(names...)
	if err != nil {
		return "", err
	}
	rules := ""
	for _, r := range []string{"probability", "number"} {
		if t.rules[r] {
			rules += generators[r]
		}
	}
	f, tiny := "double", "0x1p-1022"
	if float == plan.F32 {
		f, tiny = "float", "0x1p-126f"
	}
	return "#define F " + f + "\n#define SB_TINY " + tiny + "\n" + head + inCUDA.Replace(functions) + helpers + rules + parted + t.kernels.String() + unparted, nil
}

// inCUDA makes C++ for the device of csource's C.
var inCUDA = strings.NewReplacer(
	"(sb_dd){", "sb_dd{", "(sb_parts){", "sb_parts{", "(sb_words){", "sb_words{",
	"static const ", "SB_TABLE ",
	"__builtin_fabs(", "SB_FABS(", "__builtin_sqrt(", "SB_SQRT(", "__builtin_floor(", "SB_FLOOR(", "__builtin_ceil(", "SB_CEIL(",
	"__builtin_trunc(", "SB_TRUNC(", "__builtin_inf()", "SB_INF", "__builtin_nan(\"\")", "SB_NAN",
)

// size puts a number into the table and returns how the kernel reads it.
func (e *emitter) size(v int64) string {
	e.n = append(e.n, v)
	return fmt.Sprintf("N[%d]", len(e.n)-1)
}

func (e *emitter) ints(v int) string { return e.size(int64(v)) }

func (e *emitter) float(v float64) string {
	return "sb_double((uint64_t)" + e.size(int64(math.Float64bits(v))) + ")"
}

// key is the two words of a random stream.
func (e *emitter) key(k [2]uint32) string {
	return fmt.Sprintf("(uint32_t)%s, (uint32_t)%s", e.size(int64(k[0])), e.size(int64(k[1])))
}

// buffer is where a buffer begins, as a pointer without a type.
func (e *emitter) buffer(b int) string {
	root := e.root(b)
	if b < len(e.p.Buffers) {
		e.u.used[root] = true
	}
	e.touches[root] = e.touches[root] || slices.ContainsFunc(e.writes, func(w int) bool { return e.root(w) == root })
	return "A->buf[" + e.ints(b) + "]"
}

// root is the buffer with memory of its own that has buffer b.
func (e *emitter) root(b int) int {
	if b < len(e.p.Buffers) && e.p.Buffers[b].Part != nil {
		return e.p.Buffers[b].Part.Of
	}
	return b
}

// room is scratch memory of the present operation for n values of 8 bytes.
func (e *emitter) room(n int64) int64 {
	at := e.scratch
	e.scratch += int(n*8+255) &^ 255
	return int64(at)
}

func (e *emitter) linef(format string, args ...any) { fmt.Fprintf(&e.body, format+"\n", args...) }

// kind of a kernel: its threads are alike and know nothing of each other, or
// those of a block work together. The name of its function begins with it.
type kind string

const (
	each     kind = "sb_each_"
	together kind = "sb_block_"
)

// begin starts a kernel, end finishes it. It is launched in so many blocks.
func (e *emitter) begin() {
	e.body.Reset()
	e.n, e.touches = nil, map[int]bool{}
}

func (e *emitter) end(k kind, blocks int) {
	id, ok := e.known[string(k)+e.body.String()]
	if !ok {
		id = len(e.names)
		e.known[string(k)+e.body.String()] = id
		name := fmt.Sprintf("%s%d", k, id)
		e.names = append(e.names, name)
		fmt.Fprintf(&e.kernels, "static __device__ void sb_body_%d(const sb_args *A, const int64_t *const N, const int64_t step, const int64_t sb_part, const int64_t sb_parts) {\n"+
			"\t(void)N; (void)step; (void)sb_part; (void)sb_parts;\n%s}\n"+
			"extern \"C\" __global__ void __launch_bounds__(SB_BLOCK) %s(const sb_args *A, int64_t sb_at) {\n"+
			"\tif (!A->now[1]) sb_body_%d(A, A->n + sb_at, A->now[0], SB_ME, SB_GRID);\n}\n",
			id, e.body.String(), name, id)
	}
	e.u.launches = append(e.u.launches, launch{kernel: id, block: len(e.u.n), blocks: blocks, label: e.label, kind: k, touches: e.touches,
		scratch: strings.Contains(e.body.String(), "A->scratch"), records: strings.Contains(e.body.String(), "A->got")})
	e.u.n = append(e.u.n, e.n...)
}

// blocksFor is the number of blocks for n threads.
func blocksFor(n int64) int { return int(min(max((n+blockSize-1)/blockSize, 1), most)) }

// gate says in which steps an operation is done.
type gate struct {
	every, offset int64
	enabled       int // buffer, or -1
}

var always = gate{every: 1, enabled: -1}

// gate leaves the kernel in steps in which it is not due.
func (e *emitter) gate(g gate) {
	if g.every > 1 {
		e.linef("\tif ((step - %s) %% %s != 0) return;", e.size(g.offset), e.size(g.every))
	}
	if g.enabled >= 0 {
		e.linef("\tif (!*(const uint8_t *)%s) return;", e.buffer(g.enabled))
	}
}

// ctype is the type of a value; Bool values in buffers are bytes.
func ctype(t model.Type) string { return [...]string{"F", "int64_t", "int"}[t] }

func stype(t model.Type) string { return [...]string{"F", "int64_t", "uint8_t"}[t] }

// width is the number of bytes of an element.
func width(t plan.Type) int {
	return [...]int{plan.F64: 8, plan.F32: 4, plan.I64: 8, plan.Bool: 1, plan.I32: 4}[t]
}
