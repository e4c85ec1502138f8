package plan

import (
	"errors"
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/model"
)

// Check tells what is wrong with a program, all mistakes together, or nil.
// Backends compile only programs that pass it, and then trust every index,
// length, type and locality. A mistake here is one of the front end that made
// the program, so the text names operations and buffers.
func (p *Program) Check() error {
	c := &checker{p: p}
	if !(p.Dt > 0) || math.IsInf(p.Dt, 0) {
		c.errorf("Dt is %v ms, want a finite number greater than 0", p.Dt)
	}
	if p.Float != F64 && p.Float != F32 {
		c.errorf("Float is %v, want plan.F64 or plan.F32", p.Float)
	}
	for i, b := range p.Buffers {
		if b.Type > I32 {
			c.errorf("buffer %d %q: Type is %d, want F64, F32, I64, Bool or I32", i, b.Name, b.Type)
		}
		if b.Len < 1 {
			c.errorf("buffer %d %q: Len is %d, want at least 1", i, b.Name, b.Len)
		}
		c.part(i, b)
	}
	for i, op := range p.Ops {
		c.op = fmt.Sprintf("operation %d", i+1)
		switch op := op.(type) {
		case *Map:
			c.label("map", op.Label)
			if op.N < 1 {
				c.errorf("N is %d, want at least 1", op.N)
				continue
			}
			c.repeat(op)
			c.body(op.Body, op.Bind, lengths{own: op.N}, inMap)
		case *Sweep:
			c.label("sweep", op.Label)
			c.period(op.Every)
			c.enabled(op.Enabled)
			if l, ok := c.shape(op.Shape, "sweep", Dense, OneToOne, SparseRows); ok {
				c.body(op.Body, op.Bind, l, inSweep)
			}
		case *MatVec:
			c.label("sum", op.Label)
			c.matVec(op)
		case *Reduce:
			c.label("reduce", op.Label)
			switch op.Operation {
			case "min", "max", "mean", "norm1", "norm2", "sum":
			default:
				c.errorf("Operation is %q, want min, max, mean, norm1, norm2 or sum", op.Operation)
			}
			c.buffer("In", op.In, p.Float, 0)
			c.buffer("Out", op.Out, p.Float, 1)
		case *Record:
			c.label("record", op.Label)
			c.period(op.Every)
			c.enabled(op.Enabled)
			if op.Buffer < 0 || op.Buffer >= len(p.Buffers) {
				c.errorf("Buffer is %d, want 0 to %d", op.Buffer, len(p.Buffers)-1)
			} else if p.Buffers[op.Buffer].Type == I32 {
				c.errorf("Buffer is %s of type int32, want numbers; plan.RecordSpikes records spikes", p.Buffers[op.Buffer].Name)
			}
		case *Collect, *Stamp, *Deliver, *Column, *Push, *RecordSpikes:
			c.spiking(op)
		default:
			c.errorf("unknown kind %T, want a pointer to one of the operations of package plan", op)
		}
	}
	return errors.Join(c.errs...)
}

type checker struct {
	p    *Program
	op   string // the operation being checked
	errs []error
}

func (c *checker) errorf(format string, args ...any) {
	where := c.op
	if where != "" {
		where += ": "
	}
	c.errs = append(c.errs, fmt.Errorf("plan %s: %s%s", c.p.Name, where, fmt.Sprintf(format, args...)))
}

func (c *checker) label(kind, label string) { c.op += " (" + kind + " " + label + ")" }

func (c *checker) period(every int64) {
	if every < 1 {
		c.errorf("Every is %d steps, want at least 1", every)
	}
}

func (c *checker) enabled(b int) {
	if b != -1 {
		c.buffer("Enabled", b, Bool, 1)
	}
}

// buffer checks the index, type and length of a buffer; length 0 is any.
func (c *checker) buffer(field string, b int, t Type, length int) bool {
	switch {
	case b < 0 || b >= len(c.p.Buffers):
		c.errorf("%s is buffer %d, want 0 to %d", field, b, len(c.p.Buffers)-1)
	case c.p.Buffers[b].Type != t:
		c.errorf("%s is %s of type %s, want %s", field, c.p.Buffers[b].Name, c.p.Buffers[b].Type, t)
	case length > 0 && c.p.Buffers[b].Len != length:
		c.errorf("%s is %s with %d values, want %d", field, c.p.Buffers[b].Name, c.p.Buffers[b].Len, length)
	default:
		return true
	}
	return false
}

func (c *checker) matVec(op *MatVec) {
	switch op.Operation {
	case "", "sum", "max", "min", "mean":
	default:
		c.errorf("Operation is %q, want sum, max, min or mean", op.Operation)
	}
	l, ok := c.shape(op.Shape, "sum", Dense, OneToOne, SparseRows, Generated, Convolution)
	if !ok {
		return
	}
	c.buffer("Out", op.Out, c.p.Float, l.post)
	for s, o := range op.Bind {
		if s != nil && o.Buffer == op.Out {
			c.errorf("Term may not read %s, the buffer it adds to", c.symbol(s))
		}
	}
	if op.Term == nil {
		c.errorf("Term is nil, want an expression")
		return
	}
	b := c.newBody(op.Bind, l, inSum)
	if x := b.expr(op.Term); x.ok && x.typ != model.Float {
		c.errorf("Term has the type %s, want float", typeName(x.typ))
	}
}

func (c *checker) symbol(s *model.Symbol) string { return SymbolName(s) }

// part checks that a buffer lies within the one of which it is a part.
func (c *checker) part(i int, b Buffer) {
	if b.Part == nil {
		return
	}
	of, first := b.Part.Of, b.Part.First
	switch {
	case of < 0 || of >= len(c.p.Buffers) || c.p.Buffers[of].Part != nil:
		c.errorf("buffer %d %q: it is part of buffer %d, want one of %d with memory of its own", i, b.Name, of, len(c.p.Buffers))
	case c.p.Buffers[of].Type != b.Type:
		c.errorf("buffer %d %q: its type is %s and that of %s, of which it is a part, %s; want the same", i, b.Name, b.Type, c.p.Buffers[of].Name, c.p.Buffers[of].Type)
	case first < 0 || first > c.p.Buffers[of].Len-b.Len:
		c.errorf("buffer %d %q: elements %d to %d of %s, which has %d", i, b.Name, first, first+b.Len-1, c.p.Buffers[of].Name, c.p.Buffers[of].Len)
	}
}
