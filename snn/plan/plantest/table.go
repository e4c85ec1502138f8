package plantest

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// program is one entry of the table.
type program struct {
	name  string
	steps int64
	make  func(b *builder)
}

// table has programs for every operation, shape and function, at sizes around
// the widths of vectors and blocks.
func table() []program {
	var list []program
	add := func(steps int64, make func(b *builder), format string, args ...any) {
		list = append(list, program{fmt.Sprintf(format, args...), steps, make})
	}
	for _, n := range []int{1, 3, 8, 255, 256, 257, 600, 1025} {
		add(7, func(b *builder) { leaky(b, n) }, "map/leaky/%d", n)
	}
	add(3, chains, "map/chains")
	add(3, functions, "map/functions")
	add(1, manyArguments, "map/functions/many")
	add(3, integers, "map/integers")
	add(4, draws, "map/draws")
	add(4, order, "map/order")
	add(12, subnormals, "map/subnormals")
	for _, op := range []string{"", "sum", "mean", "max", "min"} {
		for _, s := range shapes() {
			add(3, func(b *builder) { sums(b, op, s, false) }, "sum/%s/%v", op, s)
			add(3, func(b *builder) { sums(b, op, s, true) }, "sum/%s/general/%v", op, s)
		}
	}
	add(2, infiniteWeights, "sum/infinite weights")
	for _, s := range shapes() {
		add(6, func(b *builder) { oja(b, s) }, "sweep/oja/%v", s)
		add(6, func(b *builder) { perColumn(b, s) }, "sweep/per post/%v", s)
	}
	add(40, func(b *builder) { silence(b, 6, 10, 6) }, "sweep/silent columns")
	add(14, func(b *builder) { silence(b, 65, 66, 1.2) }, "sweep/silent columns/large")
	add(10, periods, "sweep/periods")
	add(3, reductions, "reduce")
	add(11, records, "record")
	return list
}

func shapes() []plan.Shape {
	return []plan.Shape{
		{Pre: 1, Post: 1}, {Pre: 3, Post: 1}, {Pre: 1, Post: 9}, {Pre: 5, Post: 7}, {Pre: 300, Post: 3}, {Pre: 3, Post: 300},
		{Pre: 1, Post: 1, NoSelf: true}, {Pre: 2, Post: 2, NoSelf: true}, {Pre: 9, Post: 9, NoSelf: true},
		{Pre: 45, Post: 45, NoSelf: true},
		{Kind: plan.OneToOne, Pre: 1, Post: 1}, {Kind: plan.OneToOne, Pre: 260, Post: 260},
	}
}

func wave(n int, scale float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = scale * math.Sin(float64(3*i+1))
	}
	return v
}

func leaky(b *builder, n int) {
	r, in, tau := local("r"), local("in"), param("tau")
	dt := ref(sym("dt", model.Dt, model.Float, model.Global))
	t := ref(sym("t", model.Time, model.Float, model.Global))
	b.op(&plan.Map{Label: "leaky", N: n, Object: b.object(), Body: []model.Assign{
		set(r, add(ref(r), mul(dt, div(sub(add(ref(in), t), ref(r)), ref(tau))))),
		set(r, atMost(atLeast(ref(r), num(0)), num(1.25))),
	}, Bind: plan.Bind{r: own(b.floats("r", n, wave(n, 1)...)), in: own(b.floats("in", n, wave(n, -1)...)), tau: one(b.floats("tau", 1, 10))}})
}

// specials are numbers at which functions are likely to go wrong.
var specials = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1e-9, -1e-9, 0.3, -0.3, 2.5, -2.5, 3.7, -3.7, 20.5, -20.5, 87, -87, 104, 700, -700,
	710, -745, 800, -800, 1e5, 3e6, 1e17, 1e30, 1e37, 1e300, -1e300, 1e-300, 0x1p-1074, 0x1p-140, math.Inf(1), math.Inf(-1), math.NaN(), math.Pi,
	1 + 0x1p-23, 1 - 0x1p-24, 0.99, 1.5, -1.5,
}

// chains has the chains of operations that neuron equations are made of, in
// every order of operands, into other variables and into their own.
func chains(b *builder) {
	n := len(specials) * 25
	x, y, z, c := local("x"), local("y"), local("z"), sym("c", model.Var, model.Bool, model.Local)
	s, t, u := param("s"), param("t"), param("u")
	var ys []float64
	for k := range specials {
		ys = append(ys, specials[(k*7+3)%len(specials)])
	}
	bind := plan.Bind{x: own(b.floats("x", n, specials...)), y: own(b.floats("y", n, ys...)), z: own(b.floats("z", n, wave(41, 3)...)),
		c: own(b.bools("c", n, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
		s: one(b.floats("s", 1, 0.3)), t: one(b.floats("t", 1, -1.7)), u: one(b.floats("u", 1, 60))}
	X, Y, Z, C, S, T, U := ref(x), ref(y), ref(z), ref(c), ref(s), ref(t), ref(u)
	and := func(p, q model.Expr) model.Expr { return bin(model.And, p, q) }
	var body []model.Assign
	for _, e := range []model.Expr{
		mul(add(X, S), T), mul(T, add(S, X)), add(mul(add(X, S), T), U), add(U, mul(T, add(S, X))), sub(mul(add(X, S), T), U),
		add(Y, mul(X, S)), add(mul(S, X), Y), sub(Y, mul(S, X)), sub(mul(S, X), Y), add(S, mul(T, X)),
		add(mul(X, S), mul(T, Y)), sub(mul(S, X), mul(Y, T)), add(mul(X, S), mul(X, S)),
		add(Z, mul(S, sub(X, Y))), sub(Z, mul(sub(X, Y), S)), add(mul(S, sub(X, Z)), X), sub(mul(S, sub(X, Z)), X), add(X, mul(S, sub(X, T))),
		choose(C, sub(X, S), Y), choose(C, add(S, X), Y), choose(C, sub(S, X), Y), choose(C, S, Y), choose(C, X, T), choose(C, S, T), choose(C, X, Y),
		and(C, lt(X, S)), and(lt(X, S), C), and(C, gt(X, S)), and(C, bin(model.Le, X, S)), and(C, bin(model.Ge, X, S)), and(lt(X, S), gt(Y, T)),
		and(lt(S, X), lt(S, T)), lt(S, X), bin(model.Ge, X, S), bin(model.Le, S, X), gt(S, X),
	} {
		o := sym("o", model.Var, e.Type(), model.Local)
		if e.Type() == model.Bool {
			bind[o] = own(b.bools("o", n))
		} else {
			bind[o] = own(b.floats("o", n))
		}
		body = append(body, set(o, e))
	}
	b.op(&plan.Map{Label: "chains", N: n, Body: body, Bind: bind})
	for _, f := range []func(v model.Expr) model.Expr{
		func(v model.Expr) model.Expr { return mul(v, S) },
		func(v model.Expr) model.Expr { return choose(C, v, Y) },
		func(v model.Expr) model.Expr { return choose(C, Y, v) },
		func(v model.Expr) model.Expr { return choose(C, sub(v, S), v) },
		func(v model.Expr) model.Expr { return choose(C, sub(v, S), Y) },
		func(v model.Expr) model.Expr { return sub(v, mul(S, sub(Y, v))) },
		func(v model.Expr) model.Expr { return add(mul(v, S), mul(Y, T)) },
	} {
		v, w := local("v"), local("w") // w keeps what v was
		m := &plan.Map{Label: "own", N: n, Body: []model.Assign{set(v, f(ref(v)))}, Bind: plan.Bind{v: own(b.floats("v", n, specials...))}}
		b.op(m)
		both := &plan.Map{Label: "own", N: n, Body: []model.Assign{set(w, add(ref(w), ref(v))), set(v, f(ref(v)))},
			Bind: plan.Bind{v: own(b.floats("v", n, specials...)), w: own(b.floats("w", n))}}
		late := &plan.Map{Label: "own", N: n, Body: []model.Assign{set(v, f(ref(v))), set(w, ref(v))},
			Bind: plan.Bind{v: own(b.floats("v", n, specials...)), w: own(b.floats("w", n))}}
		b.op(both)
		b.op(late)
		for _, m := range []*plan.Map{m, both, late} {
			for _, k := range []*model.Symbol{y, c, s, t} {
				m.Bind[k] = bind[k]
			}
		}
	}
}

func functions(b *builder) {
	n := len(specials)
	x := local("x")
	in := own(b.floats("x", n, specials...))
	for f := model.Exp; f <= model.ToInt; f++ {
		switch f {
		case model.Pow, model.Min, model.Max, model.Mod:
			y := local("y")
			for k := range 5 { // every argument with some others
				o := local("out")
				b.op(&plan.Map{Label: plan.FuncName(f), N: n, Body: []model.Assign{set(o, call(f, ref(x), ref(y)))},
					Bind: plan.Bind{x: in, y: own(b.floats("y", n, append(specials[7*k+3:], specials[:7*k+3]...)...)), o: own(b.floats("out", n))}})
			}
			continue
		}
		o, buf := local("out"), 0
		switch f {
		case model.IsNaN, model.IsFinite:
			o, buf = sym("out", model.Var, model.Bool, model.Local), b.bools("out", n)
		case model.ToInt:
			o, buf = sym("out", model.Var, model.Int, model.Local), b.ints("out", n)
		default:
			buf = b.floats("out", n)
		}
		b.op(&plan.Map{Label: plan.FuncName(f), N: n, Body: []model.Assign{set(o, call(f, ref(x)))}, Bind: plan.Bind{x: in, o: own(buf)}})
	}
	for _, c := range []float64{2, 3, 4, 5, -1, 0.5} {
		o := local("out")
		b.op(&plan.Map{Label: "power", N: n, Body: []model.Assign{set(o, call(model.Pow, ref(x), num(c)))},
			Bind: plan.Bind{x: in, o: own(b.floats("out", n))}})
	}
}

// manyArguments gives every function some thousand arguments of all magnitudes,
// so that a vectorised or translated version meets all its branches.
func manyArguments(b *builder) {
	const n = 6000
	v, u := make([]float64, n), make([]float64, n)
	for i := range v {
		x, y := math.Sin(float64(i)*1.37), math.Sin(float64(i)*0.91+1)
		switch i % 4 {
		case 0:
			v[i], u[i] = 3*x, 5*y
		case 1:
			v[i], u[i] = 800*x, 20*y
		case 2:
			v[i], u[i] = math.Copysign(math.Exp2(1000*y), x), math.Copysign(math.Exp2(9*x), y)
		case 3:
			v[i], u[i] = 1+x*math.Exp2(-40*y*y), 1e3*y
		}
	}
	x, y := local("x"), local("y")
	bind := plan.Bind{x: own(b.floats("x", n, v...)), y: own(b.floats("y", n, u...))}
	var body []model.Assign
	for f := model.Exp; f <= model.Exprel; f++ {
		o := local("out")
		bind[o] = own(b.floats("out", n))
		switch f {
		case model.Pow, model.Min, model.Max, model.Mod:
			body = append(body, set(o, call(f, ref(x), ref(y))))
		default:
			body = append(body, set(o, call(f, ref(x))))
		}
	}
	b.op(&plan.Map{Label: "functions", N: n, Body: body, Bind: bind})
}

func integers(b *builder) {
	v := []int64{0, 1, -1, 2, -2, 7, -7, math.MaxInt64, math.MinInt64, 1 << 40, 12345}
	n := len(v) * len(v)
	var xs, ys []int64
	for _, x := range v {
		for _, y := range v {
			xs, ys = append(xs, x), append(ys, y)
		}
	}
	isym := func(name string) *model.Symbol { return sym(name, model.Var, model.Int, model.Local) }
	x, y := isym("x"), isym("y")
	bind := plan.Bind{x: own(b.ints("x", n, xs...)), y: own(b.ints("y", n, ys...))}
	var body []model.Assign
	out := func(e model.Expr) {
		o := sym("o", model.Var, e.Type(), model.Local)
		switch e.Type() {
		case model.Int:
			bind[o] = own(b.ints("o", n))
		case model.Bool:
			bind[o] = own(b.bools("o", n))
		default:
			bind[o] = own(b.floats("o", n))
		}
		body = append(body, set(o, e))
	}
	for _, op := range []model.Op{model.Add, model.Sub, model.Mul, model.Div, model.Lt, model.Le, model.Gt, model.Ge, model.Eq, model.Ne} {
		out(bin(op, ref(x), ref(y)))
	}
	for _, f := range []model.Func{model.Min, model.Max, model.Mod} {
		out(call(f, ref(x), ref(y)))
	}
	for _, f := range []model.Func{model.Abs, model.Sign, model.ToFloat, model.ToInt} {
		out(call(f, ref(x)))
	}
	less := lt(ref(x), ref(y))
	out(choose(less, ref(x), &model.Const{V: -5, T: model.Int}))
	out(&model.Unary{Op: model.Neg, X: ref(x)})
	out(&model.Unary{Op: model.Not, X: less})
	for _, op := range []model.Op{model.And, model.Or, model.Eq, model.Ne} {
		out(bin(op, less, gt(ref(x), &model.Const{V: 1, T: model.Int})))
	}
	out(call(model.ToFloat, less))
	out(call(model.ToInt, less))
	out(choose(less, bin(model.Eq, ref(x), ref(y)), &model.Const{V: 1, T: model.Bool}))
	b.op(&plan.Map{Label: "integers", N: n, Body: body, Bind: bind})
}

func draws(b *builder) {
	const n = 300
	dists := func(a, c model.Expr) []model.Expr {
		var es []model.Expr
		for d := model.UniformDist; d <= model.BernoulliDist; d++ {
			args := []model.Expr{a}
			switch d {
			case model.UniformDist, model.NormalDist, model.LogNormalDist:
				args = append(args, c)
			}
			es = append(es, &model.Rand{Dist: d, Args: args, Stream: len(es)})
		}
		return es
	}
	for _, object := range []uint32{7, 8} {
		bind := plan.Bind{}
		var body []model.Assign
		a := local("a")
		bind[a] = own(b.floats("a", n, 0.5, 0.1, 3, 12, 25, 1000, 1e7, 1e12, 0, -1))
		for _, x := range dists(ref(a), num(1.5)) {
			o := local("o")
			bind[o] = own(b.floats("o", n))
			body = append(body, set(o, x))
		}
		for _, x := range dists(num(0.25), num(2)) {
			o := shared("o")
			bind[o] = one(b.floats("o", 1))
			body = append(body, set(o, x))
		}
		b.op(&plan.Map{Label: "draws", N: n, Object: object, Body: body, Bind: bind})
	}
	// Global, per column and per synapse in one rule; in a sum; of one neuron.
	for _, s := range []plan.Shape{{Pre: 3, Post: 5}, {Pre: 4, Post: 4, NoSelf: true}, {Kind: plan.OneToOne, Pre: 6, Post: 6}} {
		g, c, w := shared("g"), perPost("c"), local("w")
		sweep := &plan.Sweep{Label: "draws", Shape: s, Object: 9, Every: 1, Enabled: -1, Bind: plan.Bind{
			g: one(b.floats("g", 1)), c: ofPost(b.floats("c", s.Post)), w: own(b.floats("w", s.Stored())),
		}}
		for k, v := range []*model.Symbol{g, c, w} {
			sweep.Body = append(sweep.Body, set(v, &model.Rand{Dist: model.UniformDist, Args: []model.Expr{num(-1), num(1)}, Stream: k}))
		}
		b.op(sweep)
		x := pre("x")
		b.op(&plan.MatVec{Label: "draws", Shape: s, Object: 10, Out: b.floats("out", s.Post), Zero: true,
			Term: mul(ref(x), &model.Rand{Dist: model.NormalDist, Args: []model.Expr{num(0), num(1)}, Stream: 5}),
			Bind: plan.Bind{x: ofPre(b.floats("x", s.Pre, 0.5, 0, 2))}})
	}
}

// order has statements that see earlier ones, and old values of what is
// assigned later, across localities.
func order(b *builder) {
	const n = 5
	x, y, z, g := local("x"), local("y"), local("z"), shared("g")
	tmp := sym("_1", model.Temp, model.Float, model.Local)
	b.op(&plan.Map{Label: "order", N: n, Body: []model.Assign{
		set(x, add(ref(g), ref(y))), // both old
		set(g, add(ref(g), num(1))),
		set(tmp, mul(ref(x), ref(g))), // both new
		set(y, add(ref(tmp), ref(z))), // new, old
		set(z, ref(x)),
		set(x, ref(y)),
	}, Bind: plan.Bind{x: own(b.floats("x", n, wave(n, 1)...)), y: own(b.floats("y", n, wave(n, 2)...)),
		z: own(b.floats("z", n, wave(n, 3)...)), g: one(b.floats("g", 1, 0.25))}})
	// Exchange: stored values are loads of buffers that are stored too.
	p, q := local("p"), local("q")
	tp := sym("_2", model.Temp, model.Float, model.Local)
	b.op(&plan.Map{Label: "exchange", N: 400, Body: []model.Assign{set(tp, ref(p)), set(p, ref(q)), set(q, ref(tp))},
		Bind: plan.Bind{p: own(b.floats("p", 400, wave(400, 1)...)), q: own(b.floats("q", 400, wave(400, 5)...))}})
	for _, s := range []plan.Shape{{Pre: 3, Post: 4}, {Pre: 4, Post: 4, NoSelf: true}} {
		u, v, c, d := local("u"), local("v"), perPost("c"), perPost("d")
		b.op(&plan.Sweep{Label: "exchange", Shape: s, Every: 1, Enabled: -1, Body: []model.Assign{
			set(tp, ref(u)), set(u, add(ref(v), ref(c))), set(v, ref(tp)),
			set(c, ref(d)), set(d, add(ref(c), num(1))), set(u, add(ref(u), ref(c))),
		}, Bind: plan.Bind{u: own(b.floats("u", s.Stored(), wave(16, 1)...)), v: own(b.floats("v", s.Stored(), wave(16, 2)...)),
			c: ofPost(b.floats("c", s.Post, wave(4, 1)...)), d: ofPost(b.floats("d", s.Post, wave(4, 2)...))}})
	}
}

// subnormals decay through the smallest normal number to 0.
func subnormals(b *builder) {
	x := local("x")
	tiny := 0x1p-1022
	if b.p.Float == plan.F32 {
		tiny = 0x1p-126
	}
	b.op(&plan.Map{Label: "decay", N: 9, Body: []model.Assign{set(x, mul(ref(x), num(0.75)))},
		Bind: plan.Bind{x: own(b.floats("x", 9, tiny, -tiny, 10*tiny, tiny*1.25, -3*tiny, 0, math.Copysign(0, -1), 1, tiny/4))}})
	w, y := local("w"), pre("y")
	b.op(&plan.MatVec{Label: "tiny", Shape: plan.Shape{Pre: 2, Post: 3}, Term: mul(ref(w), ref(y)), Out: b.floats("sum", 3), Zero: true,
		Bind: plan.Bind{w: own(b.floats("w", 6, tiny, 2*tiny, -tiny, 1)), y: ofPre(b.floats("y", 2, 0.5, 0.25))}})
}

func sums(b *builder, operation string, s plan.Shape, general bool) {
	w, x, g, y := local("w"), pre("x"), param("g"), post("y")
	bind := plan.Bind{w: own(b.floats("w", s.Stored(), wave(97, 1)...)), x: ofPre(b.floats("x", s.Pre, 0, 1, 0.5, 0, -2, 0, 0.1, math.Copysign(0, -1)))}
	term := mul(ref(w), ref(x))
	if general {
		bind[g], bind[y] = one(b.floats("g", 1, 0.7)), ofPost(b.floats("y", s.Post, wave(13, 1)...))
		term = sub(mul(ref(g), call(model.Tanh, mul(ref(w), ref(x)))), mul(ref(y), ref(w)))
	}
	out := b.floats("out", s.Post, wave(11, 1)...)
	b.op(&plan.MatVec{Label: "first", Shape: s, Term: term, Bind: bind, Out: out, Operation: operation, Zero: true})
	b.op(&plan.MatVec{Label: "second", Shape: s, Term: mul(ref(x), mul(num(0.3), ref(w))), Bind: plan.Bind{w: bind[w], x: bind[x]}, Out: out, Operation: operation})
	b.op(&plan.MatVec{Label: "third", Shape: s, Term: num(-1), Out: out, Operation: operation})
}

// infiniteWeights shows that a silent presynaptic neuron transmits nothing even
// through an infinite weight, and an active one does.
func infiniteWeights(b *builder) {
	w, x := local("w"), pre("x")
	bind := plan.Bind{w: own(b.floats("w", 12, math.Inf(1), 1, math.NaN(), -2)), x: ofPre(b.floats("x", 4, 0, 1, math.Copysign(0, -1), 2))}
	for _, op := range []string{"sum", "mean", "max"} {
		b.op(&plan.MatVec{Label: op, Shape: plan.Shape{Pre: 4, Post: 3}, Term: mul(ref(w), ref(x)), Bind: bind, Out: b.floats("out", 3), Operation: op, Zero: true})
		b.op(&plan.MatVec{Label: op, Shape: plan.Shape{Pre: 4, Post: 3}, Term: mul(num(2), mul(ref(x), ref(w))), Bind: bind, Out: b.floats("out", 3), Operation: op, Zero: true})
	}
}

func oja(b *builder, s plan.Shape) {
	w, x, y, tau, alpha := local("w"), pre("x"), post("y"), param("tau"), param("alpha")
	dt := ref(sym("dt", model.Dt, model.Float, model.Global))
	f := div(sub(mul(ref(x), ref(y)), mul(mul(ref(alpha), mul(ref(y), ref(y))), ref(w))), ref(tau))
	b.op(&plan.Sweep{Label: "oja", Shape: s, Every: 1, Enabled: -1, Body: []model.Assign{
		set(w, add(ref(w), mul(dt, f))), set(w, atLeast(ref(w), num(0.125))),
	}, Bind: plan.Bind{
		w: own(b.floats("w", s.Stored(), wave(89, 1)...)), x: ofPre(b.floats("x", s.Pre, wave(31, 2)...)),
		y: ofPost(b.floats("y", s.Post, 0, 1.5, 0.5, 0)), tau: one(b.floats("tau", 1, 30)), alpha: one(b.floats("alpha", 1, 0.3)),
	}})
}

// perColumn has variables of all three localities.
func perColumn(b *builder, s plan.Shape) {
	w, x, y, theta, g := local("w"), pre("x"), post("y"), perPost("theta"), shared("g")
	b.op(&plan.Sweep{Label: "bcm", Shape: s, Every: 1, Enabled: -1, Body: []model.Assign{
		set(g, add(mul(ref(g), num(0.9)), num(0.01))),
		set(theta, add(ref(theta), mul(ref(g), sub(mul(ref(y), ref(y)), ref(theta))))),
		set(w, add(ref(w), mul(ref(g), mul(ref(x), mul(ref(y), sub(ref(y), ref(theta))))))),
		set(w, atMost(ref(w), num(0.9))),
	}, Bind: plan.Bind{
		w: own(b.floats("w", s.Stored(), wave(83, 1)...)), x: ofPre(b.floats("x", s.Pre, wave(29, 2)...)),
		y: ofPost(b.floats("y", s.Post, wave(7, 1)...)), theta: ofPost(b.floats("theta", s.Post, 0.5)), g: one(b.floats("g", 1, 0.1)),
	}})
}

// silence switches postsynaptic neurons off and on again between sweeps of
// Hebb's and Oja's rules, with weights that are infinite, out of bounds, and
// with presynaptic rates that become infinite: every reason for which columns
// may, or may not, be left out.
//
// A large spread of phases keeps a constant share of the neurons active, a
// small one makes it go up and down.
func silence(b *builder, pres, posts int, spread float64) {
	t := ref(sym("t", model.Time, model.Float, model.Global))
	y, phase := local("y"), local("phase")
	yb := b.floats("y", posts, 1)
	b.op(&plan.Map{Label: "post", N: posts, Body: []model.Assign{
		set(y, atLeast(call(model.Sin, add(mul(t, num(0.7)), ref(phase))), num(0))),
	}, Bind: plan.Bind{y: own(yb), phase: own(b.floats("phase", posts, wave(posts, spread)...))}})
	x, k := local("x"), local("k")
	xb := b.floats("x", pres, 1)
	b.op(&plan.Map{Label: "pre", N: pres, Body: []model.Assign{
		// from t = 12 on neuron 3 is infinite for a while
		set(x, choose(bin(model.And, gt(mul(t, ref(k)), num(12)), lt(mul(t, ref(k)), num(15))), num(math.Inf(1)), call(model.Cos, mul(t, num(0.3))))),
	}, Bind: plan.Bind{x: own(xb), k: own(b.floats("k", pres, 0, 0, 0, map[bool]float64{true: 1}[pres < 10], 0, 0))}})
	shape := plan.Shape{Pre: pres, Post: posts}
	large := 1e308
	if b.p.Float == plan.F32 {
		large = 1e38
	}
	rule := func(w int, limit float64, f func(w, x, y model.Expr) model.Expr) {
		s, px, py, lo := local("w"), pre("x"), post("y"), param("lo")
		b.op(&plan.Sweep{Label: "rule", Shape: shape, Every: 1, Enabled: -1, Body: []model.Assign{
			set(s, add(ref(s), mul(num(0.01), f(ref(s), ref(px), ref(py))))), set(s, atLeast(ref(s), ref(lo))),
		}, Bind: plan.Bind{s: own(w), px: ofPre(xb), py: ofPost(yb), lo: one(b.floats("lo", 1, limit))}})
	}
	hebb := func(w, x, y model.Expr) model.Expr { return mul(x, y) }
	oja := func(w, x, y model.Expr) model.Expr {
		return sub(mul(x, y), mul(mul(num(2), call(model.Pow, y, num(2))), w))
	}
	if pres > 10 { // the rest at one size
		w := b.floats("w", pres*posts, wave(17, 1)...)
		rule(w, -0.5, oja)
		b.record(w)
		return
	}
	for n, initial := range [][]float64{wave(17, 1), {math.Inf(1), 1, -1, 0.2}, {math.NaN(), 2}, {1e-310, math.Copysign(0, -1), -5, 1e30}} {
		if n == 1 {
			rule(b.floats("w", pres*posts, initial...), -0.5, hebb)
		}
		rule(b.floats("w", pres*posts, initial...), -0.5, oja)
	}
	// A factor of 0 times something that overflows in some steps.
	heavy := b.floats("w", pres*posts, large)
	b.record(heavy)
	rule(heavy, -0.5, func(w, x, y model.Expr) model.Expr {
		return mul(y, mul(mul(num(5), sub(num(1), x)), w))
	})
	// A decay that goes on in silent columns.
	fading := b.floats("w", pres*posts, wave(17, 1)...)
	b.record(fading)
	rule(fading, -0.5, func(w, x, y model.Expr) model.Expr { return sub(mul(x, y), mul(num(20), w)) })
	// Two rules for one weight: the second takes it out of the first one's bounds.
	w := b.floats("w", pres*posts, 0.9)
	rule(w, 0.5, hebb)
	rule(w, -1, func(w, x, y model.Expr) model.Expr { return mul(num(-30), w) })
	b.record(w)
}

func periods(b *builder) {
	on := b.bools("on", 1, 1)
	off := b.bools("off", 1, 0)
	dt := ref(sym("dt", model.Dt, model.Float, model.Global))
	for k, c := range []struct {
		every, offset int64
		enabled       int
	}{{1, 0, on}, {3, 0, -1}, {3, 1, on}, {4, 7, -1}, {2, -1, -1}, {1, 0, off}} {
		for _, s := range []plan.Shape{{Pre: 2, Post: 3}, {Kind: plan.OneToOne, Pre: 3, Post: 3}} {
			w := local("w")
			b.op(&plan.Sweep{Label: "w", Shape: s, Every: c.every, Offset: c.offset, Enabled: c.enabled, Object: uint32(k),
				Body: []model.Assign{set(w, add(mul(ref(w), num(0.5)), dt))}, Bind: plan.Bind{w: own(b.floats("w", s.Stored(), 1))}})
		}
	}
}

func reductions(b *builder) {
	for _, v := range [][]float64{{3}, {1, 2, -3.5}, wave(300, 1), {math.NaN(), 1, 2}, {1, math.NaN(), 2}, {1e300, 1e300}, {math.Copysign(0, -1), 0}, {1e-310}} {
		in := b.floats("in", len(v), v...)
		for _, op := range []string{"min", "max", "mean", "norm1", "norm2"} {
			b.op(&plan.Reduce{Label: op, Operation: op, In: in, Out: b.floats(op, 1)})
		}
	}
}

func records(b *builder) {
	x, n, f := local("x"), sym("n", model.Var, model.Int, model.Local), sym("f", model.Var, model.Bool, model.Global)
	xb, nb, fb := b.floats("x", 3, 1, 2, 3), b.ints("n", 2, 5, -5), b.bools("f", 1, 1)
	b.op(&plan.Record{Label: "before", Buffer: xb, Every: 1, Enabled: -1})
	b.op(&plan.Map{Label: "x", N: 3, Body: []model.Assign{set(x, mul(ref(x), num(1.5)))}, Bind: plan.Bind{x: own(xb)}})
	b.op(&plan.Map{Label: "n", N: 2, Body: []model.Assign{
		set(n, add(ref(n), &model.Const{V: 1, T: model.Int})), set(f, &model.Unary{Op: model.Not, X: ref(f)}),
	}, Bind: plan.Bind{n: own(nb), f: one(fb)}})
	b.op(&plan.Record{Label: "after", Buffer: xb, Every: 3, Offset: 1, Enabled: -1})
	b.op(&plan.Record{Label: "n", Buffer: nb, Every: 2, Enabled: -1})
	b.op(&plan.Record{Label: "if f", Buffer: fb, Every: 1, Enabled: fb}) // f alternates: every other step
	b.op(&plan.Record{Label: "late", Buffer: xb, Every: 5, Offset: 104, Enabled: -1})
}
