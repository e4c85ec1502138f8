package plantest

import (
	"math"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// generator makes random programs that pass plan.Check.
type generator struct {
	*builder
	t    *rapid.T
	pops []population
}

type population struct {
	n       int
	buffers []int // Float, one value per neuron
}

func (g *generator) pick(n int) int    { return rapid.IntRange(0, n-1).Draw(g.t, "n") }
func (g *generator) chance(p int) bool { return g.pick(100) < p }
func (g *generator) number() float64 {
	switch g.pick(12) {
	case 0:
		return specials[g.pick(len(specials))]
	case 1:
		return 0
	case 2:
		return float64(g.pick(5) - 2)
	}
	return float64(g.pick(4001)-2000) / 1000
}

func (g *generator) numbers() []float64 {
	v := make([]float64, 1+g.pick(7))
	for i := range v {
		v[i] = g.number()
	}
	return v
}

func random(t *rapid.T, f plan.Type) *builder {
	g := &generator{builder: build("random", f), t: t}
	g.p.Seed = uint64(g.pick(1000))
	sizes := []int{1, 2, 3, 5, 8, 9, 17, 33, 257}
	for range 1 + g.pick(2) {
		p := population{n: sizes[g.pick(len(sizes))]}
		for range 1 + g.pick(3) {
			p.buffers = append(p.buffers, g.floats("v", p.n, g.numbers()...))
		}
		g.pops = append(g.pops, p)
	}
	for range 1 + g.pick(5) {
		switch g.pick(8) {
		case 0, 1, 2:
			g.randomMap()
		case 3, 4, 5:
			g.randomSweep()
		case 6:
			g.randomMatVec()
		case 7:
			p := g.pops[g.pick(len(g.pops))]
			g.op(&plan.Reduce{Operation: []string{"min", "max", "mean", "norm1", "norm2", "sum"}[g.pick(6)],
				In: p.buffers[g.pick(len(p.buffers))], Out: g.floats("reduced", 1)})
		}
	}
	g.op(&plan.Record{Buffer: g.pick(len(g.p.Buffers)), Every: int64(1 + g.pick(3)), Offset: int64(g.pick(4)), Enabled: -1})
	return g.builder
}

// words is what an expression may use.
type words struct {
	g      *generator
	bind   plan.Bind
	syms   []*model.Symbol
	stream int
	dense  bool
	visits bool // only variables of the element itself are assigned
	temps  map[*model.Symbol]model.Locality
}

func (g *generator) words(dense bool) *words {
	return &words{g: g, bind: plan.Bind{}, dense: dense, temps: map[*model.Symbol]model.Locality{}}
}

func (w *words) add(s *model.Symbol, o plan.Operand) *model.Symbol {
	w.bind[s] = o
	w.syms = append(w.syms, s)
	return s
}

// level is the locality of what a symbol holds, rows counting as Local.
func (w *words) level(s *model.Symbol) model.Locality {
	if l, ok := w.temps[s]; ok {
		return l
	}
	o, ok := w.bind[s]
	switch {
	case s.Kind == model.Element:
		return model.Local
	case !ok || o.Index == plan.Scalar:
		return model.Global
	case w.dense && o.Index == plan.Post:
		return model.PerPost
	}
	return model.Local
}

func (g *generator) randomMap() {
	p := g.pops[g.pick(len(g.pops))]
	w := g.words(false)
	for i, b := range p.buffers {
		if i == 0 || g.chance(60) {
			w.add(local("v"), own(b))
		}
	}
	g.common(w, p.n)
	g.op(&plan.Map{N: p.n, Object: g.object(), Body: w.body(), Bind: w.bind})
}

// common adds parameters and variables of all types.
func (g *generator) common(w *words, n int) {
	w.add(param("p"), one(g.floats("p", 1, g.numbers()...)))
	w.add(sym("t", model.Time, model.Float, model.Global), plan.Operand{})
	delete(w.bind, w.syms[len(w.syms)-1])
	w.add(sym("dt", model.Dt, model.Float, model.Global), plan.Operand{})
	delete(w.bind, w.syms[len(w.syms)-1])
	if g.chance(50) {
		w.add(param("q"), own(g.floats("q", n, g.numbers()...)))
	}
	if g.chance(50) {
		w.add(shared("g"), one(g.floats("g", 1, g.numbers()...)))
	}
	if g.chance(40) {
		w.add(sym("k", model.Var, model.Int, model.Local), own(g.ints("k", n, int64(g.pick(9)-4), int64(g.pick(100)), -1)))
	}
	if g.chance(40) {
		w.add(sym("on", model.Var, model.Bool, model.Local), own(g.bools("on", n, uint8(g.pick(2)), uint8(g.pick(2)), 1)))
	}
	if g.chance(20) {
		w.add(sym("K", model.Var, model.Int, model.Global), one(g.ints("K", 1, int64(g.pick(9)-4))))
	}
}

func (g *generator) shape() (plan.Shape, population, population) {
	a, b := g.pops[g.pick(len(g.pops))], g.pops[g.pick(len(g.pops))]
	s := plan.Shape{Pre: a.n, Post: b.n}
	if a.n == b.n {
		switch g.pick(4) {
		case 0:
			s.Kind = plan.OneToOne
		case 1:
			s.NoSelf = true
		}
	}
	if s.Stored() > 700 { // keep the slow backends bearable
		s = plan.Shape{Kind: plan.OneToOne, Pre: a.n, Post: a.n}
		b = a
	}
	return s, a, b
}

func (g *generator) synapse() (plan.Shape, *words) {
	s, a, b := g.shape()
	w := g.words(s.Kind == plan.Dense)
	w.add(local("w"), own(g.floats("w", s.Stored(), g.numbers()...)))
	w.add(pre("x"), ofPre(a.buffers[g.pick(len(a.buffers))]))
	w.add(post("y"), ofPost(b.buffers[g.pick(len(b.buffers))]))
	if g.chance(40) {
		w.add(perPost("c"), ofPost(g.floats("c", s.Post, g.numbers()...)))
	}
	g.common(w, s.Stored())
	return s, w
}

func (g *generator) randomSweep() {
	s, w := g.synapse()
	enabled := -1
	if g.chance(20) {
		enabled = g.bools("enabled", 1, uint8(g.pick(2)))
	}
	body := w.body()
	if g.chance(50) { // a rule whose change is a product with a postsynaptic value
		weight, y := w.syms[0], w.syms[2]
		change := mul(w.expr(model.Float, 2, model.Local), ref(y))
		if g.chance(50) {
			change = sub(mul(ref(w.syms[1]), ref(y)), mul(mul(ref(y), ref(y)), ref(weight)))
		}
		body = append(body, set(weight, add(ref(weight), mul(num(0.1), change))), set(weight, atLeast(ref(weight), num(-1))))
	}
	g.op(&plan.Sweep{Shape: s, Body: body, Bind: w.bind, Object: g.object(), Every: int64(1 + g.pick(2)), Offset: int64(g.pick(2)), Enabled: enabled})
}

func (g *generator) randomMatVec() {
	s, w := g.synapse()
	term := w.expr(model.Float, 3, model.Local)
	if g.chance(50) {
		term = mul(ref(w.syms[0]), ref(w.syms[1]))
	}
	g.op(&plan.MatVec{Shape: s, Term: term, Bind: w.bind, Out: g.floats("out", s.Post, g.numbers()...),
		Operation: []string{"", "sum", "mean", "max", "min"}[g.pick(5)], Zero: g.chance(50), Object: g.object()})
}

// body makes a few assignments to the variables and to temporaries.
func (w *words) body() []model.Assign {
	var body []model.Assign
	for range 1 + w.g.pick(5) {
		if w.g.chance(30) {
			l := model.Locality(w.g.pick(3))
			if !w.dense && l == model.PerPost {
				l = model.Local
			}
			s := sym("_", model.Temp, model.Type(w.g.pick(3)), l)
			x := w.expr(s.Type, 3, l)
			body = append(body, set(s, x))
			w.syms = append(w.syms, s)
			w.temps[s] = l
			continue
		}
		var vars []*model.Symbol
		for _, s := range w.syms {
			if o, bound := w.bind[s]; bound && s.Kind == model.Var && !(w.visits && o.Index != plan.Own) {
				vars = append(vars, s)
			}
		}
		if len(vars) == 0 {
			break
		}
		s := vars[w.g.pick(len(vars))]
		x := w.expr(s.Type, 4, s.Locality)
		if s.Type == model.Float && w.g.chance(50) {
			x = atMost(atLeast(x, num(-3)), num(3))
		}
		body = append(body, set(s, x))
	}
	return body
}

// expr makes an expression of a type that depends on no more than l.
func (w *words) expr(t model.Type, depth int, l model.Locality) model.Expr {
	g := w.g
	if depth == 0 || g.chance(15) {
		return w.leaf(t, l)
	}
	sub := func(t model.Type) model.Expr { return w.expr(t, depth-1, l) }
	if g.chance(10) {
		return choose(sub(model.Bool), sub(t), sub(t))
	}
	switch t {
	case model.Bool:
		switch g.pick(6) {
		case 0:
			return &model.Unary{Op: model.Not, X: sub(model.Bool)}
		case 1:
			return bin([]model.Op{model.And, model.Or, model.Eq, model.Ne}[g.pick(4)], sub(model.Bool), sub(model.Bool))
		case 2:
			return call([]model.Func{model.IsNaN, model.IsFinite}[g.pick(2)], sub(model.Float))
		}
		u := model.Type(g.pick(2))
		return bin(model.Lt+model.Op(g.pick(6)), sub(u), sub(u))
	case model.Int:
		switch g.pick(5) {
		case 0:
			return &model.Unary{Op: model.Neg, X: sub(model.Int)}
		case 1:
			return call([]model.Func{model.Abs, model.Sign}[g.pick(2)], sub(model.Int))
		case 2:
			return call(model.ToInt, sub(model.Type(g.pick(3))))
		case 3:
			return call([]model.Func{model.Min, model.Max, model.Mod}[g.pick(3)], sub(model.Int), sub(model.Int))
		}
		return bin(model.Add+model.Op(g.pick(4)), sub(model.Int), sub(model.Int))
	}
	switch g.pick(10) {
	case 0:
		return &model.Unary{Op: model.Neg, X: sub(model.Float)}
	case 1:
		return call(model.ToFloat, sub(model.Type(g.pick(3))))
	case 2:
		f := []model.Func{model.Pow, model.Min, model.Max, model.Mod}[g.pick(4)]
		if f == model.Pow && g.chance(50) {
			return call(f, sub(model.Float), num(float64(g.pick(6))))
		}
		return call(f, sub(model.Float), sub(model.Float))
	case 3, 4:
		f := model.Func(g.pick(int(model.Exprel) + 1))
		switch f {
		case model.Pow, model.Min, model.Max, model.Mod:
			return call(f, sub(model.Float), sub(model.Float))
		}
		return call(f, sub(model.Float))
	case 5:
		if g.chance(60) {
			break
		}
		w.stream++
		d := model.Dist(g.pick(6))
		args := []model.Expr{sub(model.Float)}
		switch d {
		case model.UniformDist, model.NormalDist, model.LogNormalDist:
			args = append(args, sub(model.Float))
		}
		return &model.Rand{Dist: d, Args: args, Stream: w.stream, Fixed: g.chance(20)}
	}
	return bin(model.Add+model.Op(g.pick(4)), sub(model.Float), sub(model.Float))
}

func (w *words) leaf(t model.Type, l model.Locality) model.Expr {
	var fit []*model.Symbol
	for _, s := range w.syms {
		if s.Type == t && w.level(s) <= l {
			fit = append(fit, s)
		}
	}
	if len(fit) > 0 && w.g.chance(75) {
		s := fit[w.g.pick(len(fit))]
		if o := w.bind[s]; o.Slots > 0 && s.Kind != model.Var && w.g.chance(50) {
			return call(model.Past, ref(s), w.leaf(model.Int, l))
		}
		return ref(s)
	}
	switch t {
	case model.Bool:
		return &model.Const{V: float64(w.g.pick(2)), T: model.Bool}
	case model.Int:
		return &model.Const{V: float64(w.g.pick(7) - 3), T: model.Int}
	}
	v := w.g.number()
	if w.g.chance(2) {
		v = math.MaxFloat64
	}
	return num(v)
}
