package plantest

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// silent finds the factor of a term that depends on the presynaptic neuron
// alone: where it is 0 the synapse contributes nothing to a sum.
func (at *site) silent(e model.Expr) (model.Expr, bool) {
	var factors []model.Expr
	switch e := e.(type) {
	case *model.Binary:
		if e.Op == model.Mul {
			factors = []model.Expr{e.X, e.Y}
		}
	case *model.Call:
		if c, ok := e.Args[len(e.Args)-1].(*model.Const); e.Fn == model.Pow && ok && (c.V == 2 || c.V == 3 || c.V == 4) {
			factors = e.Args[:1]
		}
	}
	if at.spread(e)&2 == 0 {
		return nil, false
	}
	for _, f := range factors {
		if at.spread(f) == 1 {
			return f, true
		}
	}
	for _, f := range factors {
		if s, ok := at.silent(f); ok {
			return s, true
		}
	}
	return nil, false
}

func (w *walker) matVec(s *plan.State, op *plan.MatVec) {
	at := &site{w: w, old: clone(s), bind: op.Bind, object: op.Object, dt: w.p.Dt, shape: op.Shape, rand: 3}
	out := func(j int) float64 {
		if w.p.Float == plan.F32 {
			return float64(s.F32[op.Out][j])
		}
		return s.F64[op.Out][j]
	}
	columns := make([][]synapse, op.Shape.Post)
	for _, x := range w.synapses(s, op.Shape) {
		columns[x.post] = append(columns[x.post], x)
	}
	for j, column := range columns {
		acc, n := 0.0, 0
		for _, x := range column {
			at.to(x)
			n++
			switch op.Operation {
			case "max", "min":
				t := at.eval(op.Term).f
				if n == 1 || op.Operation == "max" && t > acc || op.Operation == "min" && t < acc {
					acc = t
				}
			default:
				if f, ok := at.silent(op.Term); ok && at.pairs() && at.eval(f).f == 0 {
					continue
				}
				acc = w.round(acc + at.eval(op.Term).f)
			}
		}
		if op.Operation == "mean" && n > 0 {
			acc = w.round(acc / w.round(float64(n)))
		}
		if !op.Zero {
			acc = w.round(acc + out(j))
		}
		if w.p.Float == plan.F32 {
			s.F32[op.Out][j] = float32(w.flush(acc))
		} else {
			s.F64[op.Out][j] = w.flush(acc)
		}
	}
}

func (w *walker) reduce(s *plan.State, op *plan.Reduce) {
	var in []float64
	in = append(in, s.F64[op.In]...)
	for _, x := range s.F32[op.In] {
		in = append(in, float64(x))
	}
	acc := in[0]
	if op.Operation == "mean" || op.Operation == "sum" || op.Operation == "norm1" || op.Operation == "norm2" {
		acc = 0
	}
	for _, x := range in {
		switch op.Operation {
		case "min":
			if x < acc {
				acc = x
			}
		case "max":
			if x > acc {
				acc = x
			}
		case "mean", "sum":
			acc = w.round(acc + x)
		case "norm1":
			acc = w.round(acc + math.Abs(x))
		case "norm2":
			acc = w.round(acc + w.round(float64(x*x)))
		}
	}
	switch op.Operation {
	case "mean":
		acc = w.round(acc / w.round(float64(len(in))))
	case "norm2":
		acc = w.round(math.Sqrt(acc))
	}
	if w.p.Float == plan.F32 {
		s.F32[op.Out][0] = float32(w.flush(acc))
	} else {
		s.F64[op.Out][0] = w.flush(acc)
	}
}
