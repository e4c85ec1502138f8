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
				n := max(op.Repeat, 1)
				for k := range n {
					w.body(s, op.Body, op.Bind, op.Object, w.p.Dt/float64(n), plan.Shape{Kind: plan.OneToOne, Pre: op.N, Post: op.N}, k*op.N)
				}
			case *plan.Sweep:
				if due(s, op.Every, op.Offset, op.Enabled) {
					w.body(s, op.Body, op.Bind, op.Object, w.p.Dt*float64(op.Every), op.Shape, 0)
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
			case *plan.RecordSpikes:
				if due(s, 1, 0, op.Enabled) {
					for _, i := range fired(s, op.From, 0) {
						r := &s.Records[records]
						r.Steps, r.I32 = append(r.Steps, s.Step), append(r.I32, int32(i))
					}
				}
				records++
			default:
				w.spiking(s, op)
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
	own     int  // index of variables of the synapse
	drawn   int  // index of its random draws
	visits  bool // of spikes
	env     map[*model.Symbol]value
	spreads map[*model.Symbol]int // of temporaries: 1 pre, 2 post, 3 both
	rand    int                   // spread of draws in this assignment
}

// body evaluates a body for every element. Draws of an element are those of
// element number + first.
func (w *walker) body(s *plan.State, body []model.Assign, bind plan.Bind, object uint32, dt float64, shape plan.Shape, first int) {
	at := &site{w: w, old: clone(s), bind: bind, object: object, dt: dt, shape: shape, spreads: map[*model.Symbol]int{}}
	if at.pairs() { // what there is once per column, also in columns without synapses
		for j := range shape.Post {
			at.to(synapse{post: j})
			at.evaluate(body, nil)
			at.store(s, body, func(x plan.Index) bool { return x != plan.Own })
		}
	}
	for _, x := range w.synapses(s, shape) {
		x.drawn += first
		at.to(x)
		at.evaluate(body, s)
		at.store(s, body, func(x plan.Index) bool { return !at.pairs() || x == plan.Own })
	}
}

// to goes to a synapse.
func (at *site) to(x synapse) { at.i, at.j, at.own, at.drawn = x.pre, x.post, x.own, x.drawn }

// evaluate finds the values of all statements, and adds those of Emit symbols
// to s unless it is nil.
func (at *site) evaluate(body []model.Assign, s *plan.State) {
	at.env = map[*model.Symbol]value{}
	for _, a := range body {
		at.rand = at.locality(a.To)
		v := at.eval(a.X)
		if a.To.Kind == model.Emit {
			if s != nil {
				at.add(s, a, v.f)
			}
			continue
		}
		at.spreads[a.To] = at.spread(a.X)
		at.env[a.To] = v
	}
}

// store writes the variables whose Index is wanted.
func (at *site) store(s *plan.State, body []model.Assign, wanted func(plan.Index) bool) {
	for _, a := range body {
		o, stored := at.bind[a.To]
		if a.To.Kind == model.Temp || a.To.Kind == model.Emit || !stored || !wanted(o.Index) {
			continue
		}
		v, b, e := at.env[a.To], o.Buffer, at.index(o)
		switch at.w.p.Buffers[b].Type {
		case plan.F64:
			s.F64[b][e] = at.w.flush(v.f)
		case plan.F32:
			s.F32[b][e] = float32(at.w.flush(v.f))
		case plan.I64:
			s.I64[b][e] = v.i
		case plan.Bool:
			s.Bool[b][e] = map[bool]uint8{true: 1}[v.b]
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

func (at *site) pairs() bool { return at.shape.Kind != plan.OneToOne }

func (at *site) locality(s *model.Symbol) int {
	switch {
	case at.visits || s.Kind == model.Emit:
		return 3
	case s.Locality == model.Global:
		return 0
	case s.Locality == model.PerPost && at.pairs():
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
		if e.Sym.Kind == model.Element {
			o, ok = plan.Operand{Index: map[model.SymbolKind]plan.Index{model.Var: plan.Own, model.PreVar: plan.Pre, model.PostVar: plan.Post}[e.Sym.Of]}, true
		}
		switch {
		case !ok || o.Index == plan.Scalar:
			return 0
		case at.pairs() && o.Index == plan.Pre:
			return 1
		case at.pairs() && o.Index == plan.Post:
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

// index is where the value of an operand is in its buffer.
func (at *site) index(o plan.Operand) int {
	e := at.j
	switch o.Index {
	case plan.Scalar:
		e = 0
	case plan.Own:
		e = at.own
	case plan.Pre:
		e = at.i
	}
	if o.Slots == 0 {
		return e
	}
	return e + floorMod(at.old.Step-int64(o.Lag), o.Slots)*(at.w.p.Buffers[o.Buffer].Len/o.Slots)
}

func floorMod(x int64, n int) int {
	return int(((x % int64(n)) + int64(n)) % int64(n))
}

func (at *site) read(s *model.Symbol) value { return at.readPast(s, 0) }

// readPast is the value of an operand n rows back.
func (at *site) readPast(s *model.Symbol, n int64) value {
	if v, ok := at.env[s]; ok {
		return v
	}
	switch s.Kind {
	case model.Time:
		return value{f: at.w.round(float64(at.old.Step) * at.w.p.Dt)}
	case model.Dt:
		return value{f: at.w.round(at.dt)}
	case model.StepNow:
		return value{i: at.old.Step}
	case model.Element:
		switch s.Of {
		case model.PreVar:
			return value{i: int64(at.i)}
		case model.PostVar:
			return value{i: int64(at.j)}
		}
		return value{i: int64(at.own)}
	}
	o := at.bind[s]
	if n > 0 {
		o.Lag += int(min(n, int64(o.Slots-1-o.Lag)))
	}
	e := at.index(o)
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
	if e.Fn == model.Past {
		return at.readPast(e.Args[0].(*model.Ref).Sym, at.eval(e.Args[1]).i)
	}
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
	element := [...]int{0, at.i, at.j, at.drawn}[at.spread(e)]
	step, n := at.old.Step, uint64(element)
	if e.Fixed {
		step = 0
	}
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
