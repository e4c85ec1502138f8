package ref

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// New returns the backend in pure Go. It needs nothing and never fails.
func New() plan.Backend { return backend{} }

type backend struct{}

func (backend) Name() string { return "ref" }

// Compile prepares p for execution, after checking it.
func (backend) Compile(p *plan.Program) (plan.Executor, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if p.Float == plan.F32 {
		return compileProgram[float32](p), nil
	}
	return compileProgram[float64](p), nil
}

type executor[F float] struct {
	p   *plan.Program
	ops []operation[F]
}

func compileProgram[F float](p *plan.Program) *executor[F] {
	e := &executor[F]{p: p}
	records := 0
	for _, op := range p.Ops {
		switch op := op.(type) {
		case *plan.Map:
			q := newKernel[F](p, ir.LowerMap(op), elements, 0, 0, op.Object, p.Dt/float64(max(op.Repeat, 1)))
			q.direct()
			e.ops = append(e.ops, &mapOp[F]{q: q, n: op.N, repeat: op.Repeat, gate: always()})
		case *plan.Sweep:
			e.ops = append(e.ops, compileSweep[F](p, op))
		case *plan.MatVec:
			e.ops = append(e.ops, compileMatVec[F](p, op))
		case *plan.Reduce:
			e.ops = append(e.ops, &reduce[F]{op: *op})
		case *plan.Record:
			e.ops = append(e.ops, &record[F]{op: *op, gate: gate{every: op.Every, offset: op.Offset, enabled: op.Enabled}, at: records})
			records++
		case *plan.Collect:
			e.ops = append(e.ops, &collect[F]{op: *op})
		case *plan.Stamp:
			e.ops = append(e.ops, &stamp[F]{op: *op})
		case *plan.Deliver:
			e.ops = append(e.ops, compileDeliver[F](p, op))
		case *plan.Column:
			e.ops = append(e.ops, compileColumn[F](p, op))
		case *plan.Push:
			e.ops = append(e.ops, &push[F]{op: *op, typ: p.Buffers[op.In].Type})
		case *plan.RecordSpikes:
			e.ops = append(e.ops, &recordSpikes[F]{op: *op, gate: gate{every: 1, enabled: op.Enabled}, at: records})
			records++
		}
	}
	return e
}

func compileSweep[F float](p *plan.Program, op *plan.Sweep) operation[F] {
	k := ir.LowerSweep(p, op)
	g := gate{every: op.Every, offset: op.Offset, enabled: op.Enabled}
	dt := p.Dt * float64(op.Every)
	pre, post := op.Shape.Pre, op.Shape.Post
	switch {
	case op.Shape.Kind == plan.OneToOne:
		return &mapOp[F]{q: newKernel[F](p, k, elements, 0, 0, op.Object, dt), n: pre, gate: g}
	case op.Shape.Kind == plan.SparseRows || len(k.Emits) > 0:
		q := newKernel[F](p, k, scattered, pre, post, op.Object, dt)
		return &sweepAll[F]{q: q, rows: newRows(p, op.Shape), gate: g}
	case k.Skip != nil:
		q := newKernel[F](p, k, alongColumn, pre, post, op.Object, dt)
		w := &sweepColumns[F]{q: q, shape: op.Shape, gate: g, asleep: make([]bool, post), still: make([]bool, post)}
		if pre*post > small {
			rows := newKernel[F](p, k, alongRow, pre, post, op.Object, dt)
			rows.full = q.full // prepared once for both
			w.dense = &sweepRows[F]{q: rows, shape: op.Shape}
		}
		return w
	}
	q := newKernel[F](p, k, alongRow, pre, post, op.Object, dt)
	return &sweepRows[F]{q: q, shape: op.Shape, gate: g}
}

func compileMatVec[F float](p *plan.Program, op *plan.MatVec) operation[F] {
	k := ir.LowerMatVec(op)
	pre, post := op.Shape.Pre, op.Shape.Post
	if op.Shape.Kind == plan.OneToOne {
		return &oneToOne[F]{q: newKernel[F](p, k, elements, 0, 0, op.Object, p.Dt), op: *op}
	}
	if op.Shape.Kind != plan.Dense {
		return &sumRows[F]{q: newKernel[F](p, k, scattered, pre, post, op.Object, p.Dt), op: *op,
			rows: newRows(p, op.Shape), acc: make([]F, post), n: make([]int32, post)}
	}
	m := &matVec[F]{
		q: newKernel[F](p, k, alongRow, pre, post, op.Object, p.Dt), op: *op, acc: make([]F, post), plain: -1,
	}
	if v := k.Values[k.Result]; k.Factor >= 0 && (v.A == k.Factor || v.B == k.Factor) {
		other := v.A + v.B - k.Factor
		if w := k.Values[other]; w.Op == ir.Load && w.Level == ir.Both && w.Type == model.Float {
			m.plain = other
		}
	}
	return m
}

// Run makes n steps on s.
func (e *executor[F]) Run(s *plan.State, n int64, stop *atomic.Uint32) (done int64, err error) {
	if e.ops == nil && len(e.p.Ops) > 0 {
		return 0, fmt.Errorf("program %s: run after Close; compile it again", e.p.Name)
	}
	if err := s.Fits(e.p); err != nil {
		return 0, err
	}
	a := arraysOf[F](s)
	for _, op := range e.ops {
		op.bind(s, a)
	}
	// Indices in a state are data: a list of synapses or spikes may be wrong.
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(runtime.Error); !ok {
				panic(r)
			}
			err = fmt.Errorf("program %s: step %d cannot be made, with %v; see what plan.CheckConnectivity says of the state", e.p.Name, s.Step, r)
		}
	}()
	busy.Add(1)
	defer busy.Add(-1)
	c := assemble(e.helpers(n))
	defer c.dismiss()
	for _, op := range e.ops {
		if m, ok := op.(*mapOp[F]); ok {
			m.share(c)
		}
	}
	for ; done < n; done++ {
		if stop != nil && stop.Load() != 0 {
			return done, nil
		}
		for _, op := range e.ops {
			op.step(s.Step)
		}
		s.Step++
	}
	return done, nil
}

// helpers is how many helpers n steps have use for.
func (e *executor[F]) helpers(n int64) int {
	most := 0
	for _, op := range e.ops {
		if m, ok := op.(*mapOp[F]); ok && n > 1 {
			most = max(most, m.helpers())
		}
	}
	return min(most, runtime.GOMAXPROCS(0)-1)
}

// Close releases the executor; Run fails afterwards.
func (e *executor[F]) Close() error {
	e.ops = nil
	return nil
}
