package plantest

import (
	"math"
	"math/big"
	"sync/atomic"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// Naive returns a backend that walks the expression trees for every element,
// with no preparation at all. It is slow and exists to be obviously right:
// package ref is tested against it, and shares nothing with it but vmath and rng.
func Naive() plan.Backend { return naive{} }

type naive struct{}

func (naive) Name() string { return "naive" }

func (naive) Compile(p *plan.Program) (plan.Executor, error) {
	return &walker{p: p}, p.Check()
}

// value is a number of any type.
type value struct {
	f float64
	i int64
	b bool
}

type walker struct{ p *plan.Program }

func (w *walker) Close() error { return nil }

func (w *walker) Run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if err := s.Fits(w.p); err != nil {
		return 0, err
	}
	for done := range n {
		if stop != nil && stop.Load() != 0 {
			return done, nil
		}
		records := 0
		for _, op := range w.p.Ops {
			switch op := op.(type) {
			case *plan.Map:
				w.body(s, op.Body, op.Bind, op.Object, w.p.Dt, plan.Shape{Kind: plan.OneToOne, Pre: op.N, Post: op.N})
			case *plan.Sweep:
				if due(s, op.Every, op.Offset, op.Enabled) {
					w.body(s, op.Body, op.Bind, op.Object, w.p.Dt*float64(op.Every), op.Shape)
				}
			case *plan.MatVec:
				w.matVec(s, op)
			case *plan.Reduce:
				w.reduce(s, op)
			case *plan.Record:
				if due(s, op.Every, op.Offset, op.Enabled) {
					r := &s.Records[records]
					r.Steps = append(r.Steps, s.Step)
					r.F64 = append(r.F64, s.F64[op.Buffer]...)
					r.F32 = append(r.F32, s.F32[op.Buffer]...)
					r.I64 = append(r.I64, s.I64[op.Buffer]...)
					r.Bool = append(r.Bool, s.Bool[op.Buffer]...)
				}
				records++
			}
		}
		s.Step++
	}
	return max(n, 0), nil
}

func due(s *plan.State, every, offset int64, enabled int) bool {
	return (s.Step-offset)%every == 0 && (enabled < 0 || s.Bool[enabled][0] != 0)
}

// site is one element at which expressions are evaluated.
type site struct {
	w       *walker
	old     *plan.State // values before the operation
	bind    plan.Bind
	object  uint32
	dt      float64
	shape   plan.Shape
	i, j    int
	env     map[*model.Symbol]value
	spreads map[*model.Symbol]int // of temporaries: 1 pre, 2 post, 3 both
	rand    int                   // spread of draws in this assignment
}

func (w *walker) body(s *plan.State, body []model.Assign, bind plan.Bind, object uint32, dt float64, shape plan.Shape) {
	at := &site{w: w, old: clone(s), bind: bind, object: object, dt: dt, shape: shape, spreads: map[*model.Symbol]int{}}
	for i := range shape.Pre {
		for j := range shape.Post {
			if shape.Kind == plan.OneToOne && i != j {
				continue
			}
			at.i, at.j, at.env = i, j, map[*model.Symbol]value{}
			for _, a := range body {
				at.rand = at.locality(a.To.Locality)
				at.spreads[a.To] = at.spread(a.X)
				at.env[a.To] = at.eval(a.X)
			}
			for _, a := range body {
				o, stored := bind[a.To]
				if a.To.Kind == model.Temp || !stored || shape.NoSelf && i == j && o.Index == plan.Own {
					continue
				}
				v, b, e := at.env[a.To], o.Buffer, at.index(o.Index)
				switch w.p.Buffers[b].Type {
				case plan.F64:
					s.F64[b][e] = w.flush(v.f)
				case plan.F32:
					s.F32[b][e] = float32(w.flush(v.f))
				case plan.I64:
					s.I64[b][e] = v.i
				case plan.Bool:
					s.Bool[b][e] = map[bool]uint8{true: 1}[v.b]
				}
			}
		}
	}
}

func (w *walker) flush(x float64) float64 {
	tiny := 0x1p-1022
	if w.p.Float == plan.F32 {
		tiny = 0x1p-126
	}
	if math.Abs(x) < tiny {
		return 0
	}
	return x
}

// round is the precision of the program.
func (w *walker) round(x float64) float64 {
	if w.p.Float == plan.F32 {
		return float64(float32(x))
	}
	return x
}

func (at *site) dense() bool { return at.shape.Kind == plan.Dense }

func (at *site) locality(l model.Locality) int {
	switch {
	case l == model.Global:
		return 0
	case l == model.PerPost && at.dense():
		return 2
	}
	return 3
}

func (at *site) spread(e model.Expr) int {
	all := func(xs ...model.Expr) (s int) {
		for _, x := range xs {
			s |= at.spread(x)
		}
		return s
	}
	switch e := e.(type) {
	case *model.Ref:
		if s, ok := at.spreads[e.Sym]; ok {
			return s
		}
		o, ok := at.bind[e.Sym]
		switch {
		case !ok || o.Index == plan.Scalar:
			return 0
		case at.dense() && o.Index == plan.Pre:
			return 1
		case at.dense() && o.Index == plan.Post:
			return 2
		}
		return 3
	case *model.Unary:
		return all(e.X)
	case *model.Binary:
		return all(e.X, e.Y)
	case *model.Call:
		return all(e.Args...)
	case *model.Select:
		return all(e.Cond, e.Then, e.Else)
	case *model.Rand:
		return at.rand | all(e.Args...)
	}
	return 0
}

func (at *site) index(x plan.Index) int {
	switch x {
	case plan.Scalar:
		return 0
	case plan.Own:
		if at.dense() {
			return at.i*at.shape.Post + at.j
		}
		return at.i
	case plan.Pre:
		return at.i
	}
	return at.j
}

func (at *site) read(s *model.Symbol) value {
	if v, ok := at.env[s]; ok {
		return v
	}
	switch s.Kind {
	case model.Time:
		return value{f: at.w.round(float64(at.old.Step) * at.w.p.Dt)}
	case model.Dt:
		return value{f: at.w.round(at.dt)}
	}
	o := at.bind[s]
	e := at.index(o.Index)
	switch at.w.p.Buffers[o.Buffer].Type {
	case plan.F64:
		return value{f: at.old.F64[o.Buffer][e]}
	case plan.F32:
		return value{f: float64(at.old.F32[o.Buffer][e])}
	case plan.I64:
		return value{i: at.old.I64[o.Buffer][e]}
	}
	return value{b: at.old.Bool[o.Buffer][e] != 0}
}

func toInt(x float64) int64 {
	switch {
	case math.IsNaN(x):
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

func (at *site) eval(e model.Expr) value {
	switch e := e.(type) {
	case *model.Const:
		return value{f: at.w.round(e.V), i: toInt(e.V), b: e.V != 0}
	case *model.Ref:
		return at.read(e.Sym)
	case *model.Unary:
		x := at.eval(e.X)
		return value{f: -x.f, i: -x.i, b: !x.b}
	case *model.Select:
		if at.eval(e.Cond).b {
			return at.eval(e.Then)
		}
		return at.eval(e.Else)
	case *model.Binary:
		return at.binary(e.Op, e.X.Type(), at.eval(e.X), at.eval(e.Y))
	case *model.Call:
		return at.call(e)
	case *model.Rand:
		return at.draw(e)
	}
	panic("unknown expression")
}

func compare[T float64 | int64](op model.Op, x, y T) bool {
	switch op {
	case model.Lt:
		return x < y
	case model.Le:
		return x <= y
	case model.Gt:
		return x > y
	case model.Ge:
		return x >= y
	case model.Eq:
		return x == y
	}
	return x != y
}

func (at *site) binary(op model.Op, t model.Type, x, y value) value {
	switch op {
	case model.And:
		return value{b: x.b && y.b}
	case model.Or:
		return value{b: x.b || y.b}
	case model.Lt, model.Le, model.Gt, model.Ge, model.Eq, model.Ne:
		switch t {
		case model.Float:
			return value{b: compare(op, x.f, y.f)}
		case model.Int:
			return value{b: compare(op, x.i, y.i)}
		}
		return value{b: (x.b == y.b) == (op == model.Eq)}
	}
	if t == model.Int {
		switch op {
		case model.Add:
			return value{i: x.i + y.i}
		case model.Sub:
			return value{i: x.i - y.i}
		case model.Mul:
			return value{i: x.i * y.i}
		}
		if y.i == 0 {
			return value{}
		}
		return value{i: x.i / y.i}
	}
	// Rounding a float64 result of float32 operands once more gives the float32
	// result: 53 bits are more than twice 24 plus two.
	switch op {
	case model.Add:
		return value{f: at.w.round(x.f + y.f)}
	case model.Sub:
		return value{f: at.w.round(x.f - y.f)}
	case model.Mul:
		return value{f: at.w.round(float64(x.f * y.f))}
	}
	return value{f: at.w.round(x.f / y.f)}
}

func (at *site) call(e *model.Call) value {
	x := at.eval(e.Args[0])
	var y value
	if len(e.Args) > 1 {
		y = at.eval(e.Args[1])
	}
	t := e.Args[0].Type()
	switch e.Fn {
	case model.Min, model.Max:
		less := x.f < y.f
		greater := x.f > y.f
		if t == model.Int {
			less, greater = x.i < y.i, x.i > y.i
		}
		if e.Fn == model.Min && less || e.Fn == model.Max && greater {
			return x
		}
		return y
	case model.ToFloat:
		switch t {
		case model.Int:
			x.f = at.w.round(float64(x.i))
		case model.Bool:
			x.f = map[bool]float64{true: 1}[x.b]
		}
		return x
	case model.ToInt:
		switch t {
		case model.Float:
			x.i = toInt(x.f)
		case model.Bool:
			x.i = map[bool]int64{true: 1}[x.b]
		}
		return x
	case model.IsNaN:
		return value{b: math.IsNaN(x.f)}
	case model.IsFinite:
		return value{b: !math.IsNaN(x.f) && !math.IsInf(x.f, 0)}
	}
	if t == model.Int {
		switch e.Fn {
		case model.Abs:
			return value{i: max(x.i, -x.i)}
		case model.Sign:
			switch {
			case x.i > 0:
				return value{i: 1}
			case x.i < 0:
				return value{i: -1}
			}
			return value{}
		}
		if y.i == 0 {
			return value{}
		}
		r := new(big.Int).Rem(big.NewInt(x.i), big.NewInt(y.i))
		if r.Sign()*big.NewInt(y.i).Sign() < 0 {
			r.Add(r, big.NewInt(y.i))
		}
		return value{i: r.Int64()}
	}
	switch e.Fn {
	case model.Mod:
		return value{f: at.w.round(vmath.Mod(x.f, y.f))}
	case model.Pow:
		// A literal exponent of 2, 3 or 4 means products.
		if c, ok := e.Args[1].(*model.Const); ok {
			xx := at.w.round(float64(x.f * x.f))
			switch c.V {
			case 2:
				return value{f: xx}
			case 3:
				return value{f: at.w.round(float64(xx * x.f))}
			case 4:
				return value{f: at.w.round(float64(xx * xx))}
			}
		}
		return value{f: at.w.round(vmath.Pow(x.f, y.f))}
	}
	return value{f: at.w.round(vmath.Unary(e.Fn)(x.f))}
}

func (at *site) draw(e *model.Rand) value {
	s := rng.NewStream(at.w.p.Seed, at.object, uint32(e.Stream))
	element := [...]int{0, at.i, at.j, at.index(plan.Own)}[at.spread(e)]
	step, n := at.old.Step, uint64(element)
	a := at.eval(e.Args[0]).f
	b := 0.0
	if len(e.Args) > 1 {
		b = at.eval(e.Args[1]).f
	}
	x := 0.0
	switch e.Dist {
	case model.UniformDist:
		x = s.Uniform(step, n, a, b)
	case model.NormalDist:
		x = s.Normal(step, n, a, b)
	case model.ExponentialDist:
		x = s.Exponential(step, n, a)
	case model.LogNormalDist:
		x = s.LogNormal(step, n, a, b)
	case model.PoissonDist:
		x = s.Poisson(step, n, a)
	case model.BernoulliDist:
		x = s.Bernoulli(step, n, a)
	}
	return value{f: at.w.round(x)}
}

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
	for j := range op.Shape.Post {
		acc, n := 0.0, 0
		for i := range op.Shape.Pre {
			if op.Shape.Kind == plan.OneToOne && i != j || op.Shape.NoSelf && i == j {
				continue
			}
			at.i, at.j = i, j
			n++
			switch op.Operation {
			case "max", "min":
				t := at.eval(op.Term).f
				if n == 1 || op.Operation == "max" && t > acc || op.Operation == "min" && t < acc {
					acc = t
				}
			default:
				if f, ok := at.silent(op.Term); ok && at.dense() && at.eval(f).f == 0 {
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
	if op.Operation == "mean" || op.Operation == "norm1" || op.Operation == "norm2" {
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
		case "mean":
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
