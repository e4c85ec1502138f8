package plan

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
)

// spread is a set of bits: what a value depends on. It is the lattice of
// localities with rows beside columns.
type spread uint8

const (
	byPre  spread = 1
	byPost spread = 2
	byBoth spread = 3
)

func (s spread) String() string {
	return [...]string{"one value", "one value per presynaptic neuron", "one value per postsynaptic neuron", "one value per element"}[s]
}

// checked is what is known of an expression.
type checked struct {
	typ    model.Type
	spread spread
	ok     bool
}

// place is the kind of operation that a body belongs to.
type place uint8

const (
	inMap   place = iota
	inSweep       // may add to neurons, after the sweep has read them
	inSum         // one expression
	onSpike       // Deliver, Column: assigns synapses, adds to neurons
)

type bodyChecker struct {
	*checker
	bind  Bind
	l     lengths
	in    place
	temps map[*model.Symbol]checked
	past  map[*model.Symbol]bool // read by past
	rand  spread                 // of draws in this assignment
	done  map[model.Expr]checked
}

func (c *checker) newBody(bind Bind, l lengths, in place) *bodyChecker {
	b := &bodyChecker{checker: c, bind: bind, l: l, in: in, temps: map[*model.Symbol]checked{}, past: map[*model.Symbol]bool{}, rand: byBoth, done: map[model.Expr]checked{}}
	for s, o := range bind {
		b.operand(s, o)
	}
	return b
}

func (c *checker) body(body []model.Assign, bind Bind, l lengths, in place) {
	b := c.newBody(bind, l, in)
	for _, a := range body {
		b.assign(a)
	}
	// A buffer that is written has one name, else the order of loads and
	// stores would matter.
	written := map[int]*model.Symbol{}
	for _, a := range body {
		if a.To != nil && a.To.Kind != model.Temp {
			if o, ok := bind[a.To]; ok {
				written[o.Buffer] = a.To
			}
		}
	}
	for s := range b.past {
		if w, ok := written[bind[s].Buffer]; ok {
			c.errorf("%s is read by past, and assigned; want a ring that a Push fills", SymbolName(w))
		}
	}
	for s, o := range bind {
		if w, ok := written[o.Buffer]; ok && w != s && s != nil && !(w.Kind == model.Emit && s.Kind == model.Emit) {
			c.errorf("%s and %s are one buffer, and %s is assigned; want one symbol for it", SymbolName(s), SymbolName(w), SymbolName(w))
		}
	}
}

// operand checks one entry of a Bind.
func (b *bodyChecker) operand(s *model.Symbol, o Operand) {
	if s == nil {
		b.errorf("Bind has an entry for a nil symbol")
		return
	}
	length := 1
	switch o.Index {
	case Scalar:
	case Own:
		length = b.l.own
		if b.l.unstored {
			b.errorf("%s is one value per synapse of a shape that is generated, want Scalar, Pre or Post", SymbolName(s))
			return
		}
	case Pre:
		length = b.l.pre
	case Post:
		length = b.l.post
	default:
		b.errorf("%s has the Index %d, want Scalar, Own, Pre or Post", SymbolName(s), o.Index)
		return
	}
	if length == 0 {
		b.errorf("%s is bound with %s, want Scalar or Own in a map", SymbolName(s), o.Index)
		return
	}
	switch {
	case o.Slots < 0 || o.Slots > math.MaxInt32 || o.Lag < 0 || o.Lag > 0 && o.Lag >= o.Slots:
		b.errorf("%s is row step − %d of a ring of %d, want a lag of 0 to %d", SymbolName(s), o.Lag, o.Slots, max(o.Slots-1, 0))
		return
	case s.Kind == model.Emit && o.Lag != 0:
		b.errorf("%s is added to with the lag %d, want 0", SymbolName(s), o.Lag)
		return
	case o.Slots > 0:
		length *= o.Slots
	}
	t := b.p.Float
	switch s.Type {
	case model.Int:
		t = I64
	case model.Bool:
		t = Bool
	}
	b.buffer(SymbolName(s), o.Buffer, t, length)
}

// at is the spread of an operand.
func (b *bodyChecker) at(x Index) spread {
	switch {
	case x == Scalar:
		return 0
	case b.l.pairs && x == Pre:
		return byPre
	case b.l.pairs && x == Post:
		return byPost
	}
	return byBoth
}

func (b *bodyChecker) assign(a model.Assign) {
	if a.To == nil || a.X == nil {
		b.errorf("an assignment has no target or no value")
		return
	}
	b.rand = byBoth
	switch {
	case b.in == onSpike || a.To.Kind == model.Emit:
	case a.To.Locality == model.Global:
		b.rand = 0
	case a.To.Locality == model.PerPost && b.l.pairs:
		b.rand = byPost
	}
	clear(b.done)
	x := b.expr(a.X)
	name := SymbolName(a.To)
	if x.ok && x.typ != a.To.Type {
		b.errorf("%s is %s, its value is %s; want equal types", name, typeName(a.To.Type), typeName(x.typ))
		x.ok = false
	}
	if a.Delay != nil {
		b.delayed(a)
	}
	switch a.To.Kind {
	case model.Emit:
		b.emit(a.To)
	case model.Temp:
		b.temps[a.To] = checked{a.To.Type, x.spread, x.ok}
	case model.Var, model.Derived:
		o, ok := b.bind[a.To]
		if !ok {
			b.errorf("%s is assigned, but has no buffer in Bind", name)
			return
		}
		if o.Index == Pre {
			b.errorf("%s is assigned, but bound to the presynaptic neuron", name)
			return
		}
		if b.in == onSpike && o.Index != Own {
			b.errorf("%s is assigned for a spike, but bound with %s; want a variable of the synapse", name, o.Index)
			return
		}
		if x.ok && b.at(o.Index)|x.spread != b.at(o.Index) {
			b.errorf("%s has %s, its new value has %s", name, b.at(o.Index), x.spread)
		}
	default:
		b.errorf("%s is assigned, want a variable or a temporary", name)
	}
}

// emit checks what is added to.
func (b *bodyChecker) emit(s *model.Symbol) {
	o, ok := b.bind[s]
	switch {
	case !ok:
		b.errorf("%s is added to, but has no buffer in Bind", SymbolName(s))
	case b.in == inMap || b.in == inSum:
		b.errorf("%s is added to, want that in a sweep, deliver or column only", SymbolName(s))
	case s.Type != model.Float:
		b.errorf("%s is added to and %s, want float", SymbolName(s), typeName(s.Type))
	case o.Index != Pre && o.Index != Post:
		b.errorf("%s is added to, but bound with %s; want Pre or Post", SymbolName(s), o.Index)
	}
}

// delayed checks the delay of an assignment.
func (b *bodyChecker) delayed(a model.Assign) {
	name := SymbolName(a.To)
	if x := b.expr(a.Delay); x.ok && x.typ != model.Int {
		b.errorf("%s has a delay of type %s, want int", name, typeName(x.typ))
	}
	switch o, ok := b.bind[a.To]; {
	case a.To.Kind != model.Emit:
		b.errorf("%s is assigned with a delay, want that of what is added to only", name)
	case ok && o.Slots == 0:
		b.errorf("%s is added to with a delay, but bound to no ring; want Slots of at least 1", name)
	}
}

// expr checks an expression and returns its type and spread.
func (b *bodyChecker) expr(e model.Expr) checked {
	if x, ok := b.done[e]; ok {
		return x
	}
	x := b.visit(e)
	b.done[e] = x
	return x
}

func (b *bodyChecker) visit(e model.Expr) checked {
	switch e := e.(type) {
	case *model.Const:
		if e.T > model.Bool {
			b.errorf("a constant has the type %d", e.T)
			return checked{}
		}
		if e.T == model.Int && e.V != math.Trunc(e.V) || e.T == model.Bool && e.V != 0 && e.V != 1 {
			b.errorf("the %s constant is %v", typeName(e.T), e.V)
		}
		return checked{e.T, 0, true}
	case *model.Ref:
		return b.ref(e.Sym)
	case *model.Unary:
		x := b.expr(e.X)
		switch {
		case !x.ok:
		case e.Op == model.Not && x.typ != model.Bool, e.Op == model.Neg && x.typ == model.Bool,
			e.Op != model.Not && e.Op != model.Neg:
			b.errorf("%s of %s: operator and type do not go together", opName(e.Op), typeName(x.typ))
			return checked{}
		}
		return x
	case *model.Binary:
		x, y := b.expr(e.X), b.expr(e.Y)
		if !x.ok || !y.ok {
			return checked{}
		}
		t := x.typ
		good := x.typ == y.typ
		switch e.Op {
		case model.Add, model.Sub, model.Mul, model.Div:
			good = good && t != model.Bool
		case model.Lt, model.Le, model.Gt, model.Ge:
			good = good && t != model.Bool
			t = model.Bool
		case model.Eq, model.Ne:
			t = model.Bool
		case model.And, model.Or:
			good = good && t == model.Bool
		default:
			good = false
		}
		if !good {
			b.errorf("%s %s %s: operator and types do not go together", typeName(x.typ), opName(e.Op), typeName(y.typ))
			return checked{}
		}
		return checked{t, x.spread | y.spread, true}
	case *model.Select:
		c, x, y := b.expr(e.Cond), b.expr(e.Then), b.expr(e.Else)
		if !c.ok || !x.ok || !y.ok {
			return checked{}
		}
		if c.typ != model.Bool || x.typ != y.typ {
			b.errorf("%s ? %s : %s: want bool and two values of one type", typeName(c.typ), typeName(x.typ), typeName(y.typ))
			return checked{}
		}
		return checked{x.typ, c.spread | x.spread | y.spread, true}
	case *model.Call:
		return b.call(e)
	case *model.Rand:
		return b.draw(e)
	}
	b.errorf("an expression is %T, want one of package model", e)
	return checked{}
}

func (b *bodyChecker) ref(s *model.Symbol) checked {
	switch {
	case s == nil:
		b.errorf("a reference has no symbol")
		return checked{}
	case s.Kind == model.Time || s.Kind == model.Dt:
		if s.Type != model.Float {
			b.errorf("%s is %s, want float", SymbolName(s), typeName(s.Type))
			return checked{}
		}
		return checked{model.Float, 0, true}
	case s.Kind == model.StepNow || s.Kind == model.Element:
		return b.counted(s)
	case s.Kind == model.Emit:
		b.errorf("%s is read, but can only be added to", SymbolName(s))
		return checked{}
	case s.Kind == model.Temp:
		x, ok := b.temps[s]
		if !ok {
			b.errorf("%s is read before it is assigned", SymbolName(s))
		}
		return x
	}
	o, ok := b.bind[s]
	if !ok {
		b.errorf("%s is read, but has no buffer in Bind", SymbolName(s))
		return checked{}
	}
	return checked{s.Type, b.at(o.Index), true}
}

// counted checks a symbol that is the number of a step or neuron.
func (b *bodyChecker) counted(s *model.Symbol) checked {
	if s.Type != model.Int {
		b.errorf("%s is %s, want int", SymbolName(s), typeName(s.Type))
		return checked{}
	}
	if s.Kind == model.StepNow {
		return checked{model.Int, 0, true}
	}
	switch {
	case b.in == inMap && s.Of == model.Var:
		return checked{model.Int, b.at(Own), true}
	case b.in != inMap && s.Of == model.PreVar:
		return checked{model.Int, b.at(Pre), true}
	case b.in != inMap && s.Of == model.PostVar:
		return checked{model.Int, b.at(Post), true}
	}
	b.errorf("%s is the number of a neuron that is not there; want one of the own in a map, of the pre- or postsynaptic one elsewhere", SymbolName(s))
	return checked{}
}

// pastOf checks past(x, n).
func (b *bodyChecker) pastOf(e *model.Call) checked {
	r, ok := e.Args[0].(*model.Ref)
	if !ok || r.Sym == nil {
		b.errorf("past of an expression, want one of a variable")
		return checked{}
	}
	x, n := b.ref(r.Sym), b.expr(e.Args[1])
	switch {
	case !x.ok || !n.ok:
		return checked{}
	case b.bind[r.Sym].Slots == 0:
		b.errorf("past(%s, …) of a buffer that is no ring, want Slots", SymbolName(r.Sym))
		return checked{}
	case b.l.pairs && b.bind[r.Sym].Index == Own:
		b.errorf("past(%s, …) of a variable of the synapse, want one of a neuron", SymbolName(r.Sym))
		return checked{}
	case n.typ != model.Int:
		b.errorf("past(%s, …) by %s, want int", SymbolName(r.Sym), typeName(n.typ))
		return checked{}
	}
	b.past[r.Sym] = true
	return checked{x.typ, x.spread | n.spread, true}
}

func (b *bodyChecker) call(e *model.Call) checked {
	if e.Fn == model.Past && len(e.Args) == 2 {
		return b.pastOf(e)
	}
	want := 1
	switch e.Fn {
	case model.Pow, model.Min, model.Max, model.Mod:
		want = 2
	}
	if e.Fn > model.ToInt || len(e.Args) != want {
		b.errorf("%s has %d arguments, want %d", FuncName(e.Fn), len(e.Args), want)
		return checked{}
	}
	r := checked{ok: true}
	for i, a := range e.Args {
		x := b.expr(a)
		if !x.ok {
			return checked{}
		}
		if i > 0 && x.typ != r.typ {
			b.errorf("%s of %s and %s, want one type", FuncName(e.Fn), typeName(r.typ), typeName(x.typ))
			return checked{}
		}
		r.typ, r.spread = x.typ, r.spread|x.spread
	}
	good := r.typ == model.Float
	switch e.Fn {
	case model.Abs, model.Sign, model.Min, model.Max, model.Mod:
		good = r.typ != model.Bool
	case model.ToFloat, model.ToInt:
		good = true
	}
	if !good {
		b.errorf("%s of %s; convert it with ToFloat", FuncName(e.Fn), typeName(r.typ))
		return checked{}
	}
	switch e.Fn {
	case model.IsNaN, model.IsFinite:
		r.typ = model.Bool
	case model.ToFloat:
		r.typ = model.Float
	case model.ToInt:
		r.typ = model.Int
	}
	return r
}

func (b *bodyChecker) draw(e *model.Rand) checked {
	want := 1
	switch e.Dist {
	case model.UniformDist, model.NormalDist, model.LogNormalDist:
		want = 2
	}
	if e.Dist > model.BernoulliDist || len(e.Args) != want {
		b.errorf("%s has %d arguments, want %d", DistName(e.Dist), len(e.Args), want)
		return checked{}
	}
	if e.Stream < 0 || e.Stream > math.MaxUint32 {
		b.errorf("%s has the stream %d, want 0 to 2^32-1", DistName(e.Dist), e.Stream)
		return checked{}
	}
	r := checked{typ: model.Float, spread: b.rand, ok: true}
	for _, a := range e.Args {
		x := b.expr(a)
		if !x.ok {
			return checked{}
		}
		if x.typ != model.Float {
			b.errorf("%s has an argument of type %s, want float", DistName(e.Dist), typeName(x.typ))
			return checked{}
		}
		r.spread |= x.spread
	}
	return r
}
