package ir

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// LowerMap lowers the body of a Map.
func LowerMap(m *plan.Map) *Kernel {
	return lower(m.Body, nil, m.Bind, setting{own: m.N})
}

// LowerSweep lowers the body of a Sweep of p. It needs the program to tell
// which buffers keep their values during a run.
func LowerSweep(p *plan.Program, s *plan.Sweep) *Kernel {
	k := lower(s.Body, nil, s.Bind, ofShape(s.Shape))
	if s.Shape.Kind == plan.Dense && len(k.Emits) == 0 {
		k.Skip = findSkip(p, k)
	}
	return k
}

// LowerMatVec lowers the term of a MatVec.
func LowerMatVec(m *plan.MatVec) *Kernel {
	k := lower(nil, m.Term, m.Bind, ofShape(m.Shape))
	if m.Shape.Kind != plan.OneToOne && (m.Operation == "" || m.Operation == "sum" || m.Operation == "mean") {
		k.Factor = k.rowFactor(k.Result)
	}
	return k
}

// LowerDeliver lowers the body of a Deliver.
func LowerDeliver(d *plan.Deliver) *Kernel {
	return lower(d.Body, nil, d.Bind, visiting(d.Shape))
}

// LowerColumn lowers the body of a Column.
func LowerColumn(c *plan.Column) *Kernel {
	return lower(c.Body, nil, c.Bind, visiting(c.Shape))
}

// rowFactor finds a factor of level Pre in the product v, or -1.
func (k *Kernel) rowFactor(v int32) int32 {
	val := k.Values[v]
	if val.Op != Mul || val.Type != model.Float || val.Level&Post == 0 {
		return -1
	}
	for _, o := range []int32{val.A, val.B} {
		if k.Values[o].Level == Pre {
			return o
		}
	}
	for _, o := range []int32{val.A, val.B} {
		if f := k.rowFactor(o); f >= 0 {
			return f
		}
	}
	return -1
}

// setting is what the kind of an operation means for its body.
type setting struct {
	pairs  bool // elements are synapses of two neurons with numbers of their own
	visits bool // Deliver, Column: every draw belongs to a synapse

	own, pre, post int // neurons; own is 0 for pairs
}

func ofShape(s plan.Shape) setting {
	if s.Kind == plan.OneToOne {
		return setting{own: s.Pre}
	}
	return setting{pairs: true, pre: s.Pre, post: s.Post}
}

func visiting(s plan.Shape) setting {
	how := ofShape(s)
	how.visits = true
	return how
}

type lowering struct {
	setting
	k     *Kernel
	bind  plan.Bind
	known map[Value]int32
	env   map[*model.Symbol]int32 // values assigned so far
	rand  Level                   // level of draws in the present assignment
	done  map[model.Expr]int32    // in the present assignment: trees may share parts
}

func lower(body []model.Assign, result model.Expr, bind plan.Bind, how setting) *Kernel {
	l := &lowering{
		setting: how, k: &Kernel{Result: -1, Factor: -1}, bind: bind,
		known: map[Value]int32{}, env: map[*model.Symbol]int32{}, rand: Both,
		done: map[model.Expr]int32{},
	}
	var written []*model.Symbol
	for _, a := range body {
		l.rand = l.localityLevel(a.To)
		clear(l.done)
		v := l.expr(a.X)
		if a.To.Kind == model.Emit {
			l.emitTo(a, v)
			continue
		}
		if a.To.Kind != model.Temp {
			if _, again := l.env[a.To]; again {
				written = remove(written, a.To)
			}
			written = append(written, a.To)
		}
		l.env[a.To] = v
	}
	for _, s := range written {
		o := bind[s]
		l.k.Stores = append(l.k.Stores, Store{
			Value: l.env[s], Buf: int32(o.Buffer), Index: l.index(o.Index), Ring: ring(o), Level: l.level(o.Index),
		})
	}
	if result != nil {
		clear(l.done)
		l.k.Result = l.expr(result)
	}
	l.dropUnused()
	return l.k
}

func remove(list []*model.Symbol, s *model.Symbol) []*model.Symbol {
	for i, x := range list {
		if x == s {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

// emitTo lowers an assignment to an Emit symbol.
func (l *lowering) emitTo(a model.Assign, v int32) {
	o := l.bind[a.To]
	e := Emit{Value: v, Delay: -1, Buf: int32(o.Buffer), Index: l.index(o.Index), Ring: ring(o)}
	if a.Delay != nil {
		e.Delay = l.expr(a.Delay)
	}
	l.k.Emits = append(l.k.Emits, e)
}

func ring(o plan.Operand) Ring { return Ring{int32(o.Slots), int32(o.Lag)} }

// localityLevel is the level of draws in an assignment to s.
func (l *lowering) localityLevel(s *model.Symbol) Level {
	switch {
	case l.visits || s.Kind == model.Emit:
		return Both
	case s.Locality == model.Global:
		return None
	case s.Locality == model.PerPost && l.pairs:
		return Post
	}
	return Both
}

// index normalises an index: where every element has its own pair of neurons,
// all but Scalar are the number of the element.
func (l *lowering) index(x plan.Index) plan.Index {
	if !l.pairs && x != plan.Scalar {
		return plan.Own
	}
	return x
}

func (l *lowering) level(x plan.Index) Level {
	switch l.index(x) {
	case plan.Scalar:
		return None
	case plan.Pre:
		return Pre
	case plan.Post:
		return Post
	}
	return Both
}

// emit adds a value unless the kernel has an equal one.
func (l *lowering) emit(v Value) int32 {
	for _, o := range [3]int32{v.A, v.B, v.C} {
		if o >= 0 {
			v.Level |= l.k.Values[o].Level
		}
	}
	if id, ok := l.known[v]; ok {
		return id
	}
	id := int32(len(l.k.Values))
	l.k.Values = append(l.k.Values, v)
	l.known[v] = id
	return id
}

func (l *lowering) op(op Op, t model.Type, operands ...int32) Value {
	v := Value{Op: op, Type: t, A: -1, B: -1, C: -1, Buf: -1}
	for i, o := range operands {
		switch i {
		case 0:
			v.A = o
		case 1:
			v.B = o
		case 2:
			v.C = o
		}
	}
	return v
}

var binary = [...]Op{
	model.Add: Add, model.Sub: Sub, model.Mul: Mul, model.Div: Div, model.Lt: Lt, model.Le: Le,
	model.Gt: Gt, model.Ge: Ge, model.Eq: Eq, model.Ne: Ne, model.And: And, model.Or: Or,
}

func (l *lowering) expr(e model.Expr) int32 {
	if v, ok := l.done[e]; ok {
		return v
	}
	v := l.visit(e)
	l.done[e] = v
	return v
}

func (l *lowering) visit(e model.Expr) int32 {
	switch e := e.(type) {
	case *model.Const:
		v := l.op(Const, e.T)
		v.Bits = math.Float64bits(e.V)
		return l.emit(v)
	case *model.Ref:
		return l.ref(e.Sym)
	case *model.Unary:
		op := Neg
		if e.Op == model.Not {
			op = Not
		}
		return l.emit(l.op(op, e.Type(), l.expr(e.X)))
	case *model.Binary:
		x := l.expr(e.X)
		y := l.expr(e.Y)
		return l.emit(l.op(binary[e.Op], e.Type(), x, y))
	case *model.Select:
		c, x, y := l.expr(e.Cond), l.expr(e.Then), l.expr(e.Else)
		return l.emit(l.op(Select, e.Type(), c, x, y))
	case *model.Call:
		if e.Fn == model.Pow {
			if v, ok := l.power(e); ok {
				return v
			}
		}
		if e.Fn == model.Past {
			return l.past(e)
		}
		args := make([]int32, len(e.Args))
		for i, a := range e.Args {
			args[i] = l.expr(a)
		}
		v := l.op(Call, e.Type(), args...)
		v.Fn = e.Fn
		return l.emit(v)
	case *model.Rand:
		args := make([]int32, len(e.Args))
		for i, a := range e.Args {
			args[i] = l.expr(a)
		}
		v := l.op(Rand, model.Float, args...)
		v.Dist, v.Stream, v.Fixed, v.Level = e.Dist, uint32(e.Stream), e.Fixed, l.rand
		return l.emit(v)
	}
	panic("ir: expression of unknown kind; plan.Check should have refused it")
}

// past lowers a read of a ring some steps back: the row, times its length, plus
// the element.
func (l *lowering) past(e *model.Call) int32 {
	s := e.Args[0].(*model.Ref).Sym
	o := l.bind[s]
	num := func(x int) int32 {
		v := l.op(Const, model.Int)
		v.Bits = math.Float64bits(float64(x))
		return l.emit(v)
	}
	do := func(op Op, x, y int32) int32 { return l.emit(l.op(op, model.Int, x, y)) }
	call := func(fn model.Func, x, y int32) int32 {
		v := l.op(Call, model.Int, x, y)
		v.Fn = fn
		return l.emit(v)
	}
	n := call(model.Min, call(model.Max, l.expr(e.Args[1]), num(0)), num(o.Slots-1-o.Lag))
	row := call(model.Mod, do(Sub, do(Sub, l.emit(l.op(Step, model.Int)), num(o.Lag)), n), num(o.Slots))
	at := row
	if o.Index != plan.Scalar {
		at = do(Mul, row, num(map[plan.Index]int{plan.Own: l.own, plan.Pre: l.pre, plan.Post: l.post}[l.index(o.Index)]))
		v := l.op(Element, model.Int)
		v.Index, v.Level = l.index(o.Index), l.level(o.Index)
		at = do(Add, at, l.emit(v))
	}
	v := l.op(Gather, s.Type, at)
	v.Buf = int32(o.Buffer)
	return l.emit(v)
}

// power lowers powers with a literal exponent 2, 3 or 4 to products: x·x,
// (x·x)·x and (x·x)·(x·x). This is part of the definition of a program's
// results.
func (l *lowering) power(e *model.Call) (int32, bool) {
	c, ok := e.Args[1].(*model.Const)
	if !ok || !(c.V == 2 || c.V == 3 || c.V == 4) {
		return 0, false
	}
	x := l.expr(e.Args[0])
	xx := l.emit(l.op(Mul, model.Float, x, x))
	switch c.V {
	case 3:
		return l.emit(l.op(Mul, model.Float, xx, x)), true
	case 4:
		return l.emit(l.op(Mul, model.Float, xx, xx)), true
	}
	return xx, true
}

func (l *lowering) ref(s *model.Symbol) int32 {
	if v, ok := l.env[s]; ok {
		return v
	}
	switch s.Kind {
	case model.Time:
		return l.emit(l.op(Time, model.Float))
	case model.Dt:
		return l.emit(l.op(Dt, model.Float))
	case model.StepNow:
		return l.emit(l.op(Step, model.Int))
	case model.Element:
		v := l.op(Element, model.Int)
		x := map[model.SymbolKind]plan.Index{model.Var: plan.Own, model.PreVar: plan.Pre, model.PostVar: plan.Post}[s.Of]
		v.Index, v.Level = l.index(x), l.level(x)
		return l.emit(v)
	}
	o := l.bind[s]
	v := l.op(Load, s.Type)
	v.Buf, v.Index, v.Ring, v.Level = int32(o.Buffer), l.index(o.Index), ring(o), l.level(o.Index)
	return l.emit(v)
}

// dropUnused removes values that no store and no result needs.
func (l *lowering) dropUnused() {
	k := l.k
	used := make([]bool, len(k.Values))
	if k.Result >= 0 {
		used[k.Result] = true
	}
	for _, s := range k.Stores {
		used[s.Value] = true
	}
	for _, e := range k.Emits {
		used[e.Value] = true
		if e.Delay >= 0 {
			used[e.Delay] = true
		}
	}
	for i := len(k.Values) - 1; i >= 0; i-- {
		if used[i] {
			for _, o := range k.Values[i].Operands() {
				used[o] = true
			}
		}
	}
	to := make([]int32, len(k.Values))
	kept := k.Values[:0]
	for i, v := range k.Values {
		if !used[i] {
			continue
		}
		for _, o := range []*int32{&v.A, &v.B, &v.C} {
			if *o >= 0 {
				*o = to[*o]
			}
		}
		to[i] = int32(len(kept))
		kept = append(kept, v)
	}
	k.Values = kept
	if k.Result >= 0 {
		k.Result = to[k.Result]
	}
	for i := range k.Stores {
		k.Stores[i].Value = to[k.Stores[i].Value]
	}
	for i := range k.Emits {
		e := &k.Emits[i]
		e.Value = to[e.Value]
		if e.Delay >= 0 {
			e.Delay = to[e.Delay]
		}
	}
}
