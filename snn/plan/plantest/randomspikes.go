package plantest

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// never is the step of a spike that has not been.
const never = -1 << 40

// cells is a population that fires, of a random program.
type cells struct {
	population
	marks, last, prev int
	in, back          int // added to by synapses
	late, lateSlots   int // ring that is added to with a delay
	past, pastSlots   int // ring of the values of buffers[0]
	fired             plan.Spikes
}

// spikes adds a ring of lists of spikes.
func (b *builder) spikes(name string, n, slots int) plan.Spikes {
	s := plan.Spikes{List: b.buffer(name+".spikes", plan.I32, n*slots), Count: b.bounds(name+".count", make([]int64, slots)), N: n, Slots: slots}
	b.keep[s.List] = true
	return s
}

// sparse adds the connectivity that rows describe: rows[i][k] are the targets
// of segment k of neuron i.
func (b *builder) sparse(rows [][][]int32, post int) plan.Shape {
	start := []int64{0}
	var targets, sources []int32
	for i, row := range rows {
		for _, segment := range row {
			targets = append(targets, segment...)
			start = append(start, int64(len(targets)))
			sources = append(sources, slices.Repeat([]int32{int32(i)}, len(segment))...)
		}
	}
	columns := make([]int64, post+1)
	for _, j := range targets {
		columns[j+1]++
	}
	for j := range post {
		columns[j+1] += columns[j]
	}
	slots, next := make([]int32, len(targets)), slices.Clone(columns)
	for slot, j := range targets {
		slots[next[j]] = int32(slot)
		next[j]++
	}
	return plan.Shape{Kind: plan.SparseRows, Pre: len(rows), Post: post, Sparse: &plan.Sparse{
		Rows: b.bounds("rows", start), Targets: b.indices("targets", targets), Segments: len(rows[0]),
		Sources: b.indices("sources", sources), Columns: b.bounds("columns", columns), Slots: b.indices("slots", slots),
	}}
}

func isym(name string, k model.SymbolKind, of model.SymbolKind) *model.Symbol {
	return &model.Symbol{Name: name, Kind: k, Type: model.Int, Locality: model.Local, Of: of}
}

func emitting(name string, of model.SymbolKind) *model.Symbol {
	return &model.Symbol{Name: name, Kind: model.Emit, Locality: model.Local, Of: of}
}

func (g *generator) cells(n int) cells {
	c := cells{population: population{n: n}}
	for range 1 + g.pick(2) {
		c.buffers = append(c.buffers, g.floats("v", n, g.numbers()...))
	}
	c.marks = g.bools("fired", n, 0)
	c.last, c.prev = g.ints("last", n, never), g.ints("prev", n, never)
	c.in, c.back = g.floats("in", n, g.numbers()...), g.floats("back", n)
	c.lateSlots, c.pastSlots = 1+g.pick(4), 1+g.pick(4)
	c.late, c.past = g.floats("late", n*c.lateSlots), g.floats("past", n*c.pastSlots, g.numbers()...)
	c.fired = g.builder.spikes("pop", n, 1+g.pick(5))
	return c
}

// randomSpikes makes a program of populations that fire at random and
// projections of all shapes and plasticities between them.
func randomSpikes(t *rapid.T, f plan.Type) *builder {
	g := &generator{builder: build("random spikes", f), t: t}
	g.p.Seed = uint64(g.pick(1000))
	g.split = int64(g.pick(5))
	sizes := []int{1, 2, 3, 5, 8, 17, 40, 300}
	var pops []cells
	for range 1 + g.pick(2) {
		pops = append(pops, g.cells(sizes[g.pick(len(sizes))]))
	}
	conv := g.conv()
	if conv != nil {
		pops = append(pops, g.cells(conv.InHeight*conv.InWidth*conv.In), g.cells(conv.OutHeight*conv.OutWidth*conv.Out))
	}
	for range 1 + g.pick(6) {
		a, c := pops[g.pick(len(pops))], pops[g.pick(len(pops))]
		s := g.anyShape(a.n, c.n)
		if conv != nil && g.chance(30) {
			a, c = pops[len(pops)-2], pops[len(pops)-1]
			s = plan.Shape{Kind: plan.Convolution, Pre: a.n, Post: c.n, Conv: conv}
		}
		switch g.pick(8) {
		case 0:
			g.op(&plan.Stamp{From: a.fired, Delay: g.pick(a.fired.Slots), Last: a.last, Prev: []int{-1, a.prev}[g.pick(2)]})
		case 1:
			w := g.synapses(s, a, c, false)
			g.op(&plan.MatVec{Shape: s, Term: w.expr(model.Float, 3, model.Local), Bind: w.bind, Out: c.in,
				Operation: []string{"", "sum", "mean", "max", "min"}[g.pick(5)], Zero: g.chance(30), Object: g.object()})
		case 2:
			if s.Kind == plan.Generated || s.Kind == plan.Convolution {
				continue
			}
			w := g.synapses(s, a, c, true)
			g.op(&plan.Sweep{Shape: s, Body: append(w.body(), w.emits(a, c)...), Bind: w.bind, Object: g.object(),
				Every: int64(1 + g.pick(2)), Enabled: -1})
		case 3, 4:
			if s.Kind == plan.Generated || s.Kind == plan.Convolution {
				continue
			}
			w := g.synapses(s, a, c, true)
			w.visits = true
			g.op(&plan.Column{From: c.fired, Delay: g.pick(c.fired.Slots), Shape: s, Body: append(w.body(), w.emits(a, c)...),
				Bind: w.bind, Object: g.object(), Enabled: g.maybe()})
		default:
			segments := 1
			if s.Kind == plan.SparseRows {
				segments = s.Sparse.Segments
			}
			if segments > a.fired.Slots {
				continue
			}
			w := g.synapses(s, a, c, true)
			w.visits = true
			body := w.emits(a, c)
			if g.chance(60) {
				body = append(w.body(), body...)
			}
			g.op(&plan.Deliver{From: a.fired, Delay: g.pick(a.fired.Slots - segments + 1), Shape: s, Body: body,
				Bind: w.bind, Object: g.object(), Enabled: g.maybe()})
		}
	}
	for _, c := range pops {
		g.neurons(c)
	}
	return g.builder
}

// maybe is a switch, or none.
func (g *generator) maybe() int {
	if g.chance(80) {
		return -1
	}
	return g.bools("enabled", 1, uint8(g.pick(2)))
}

// neurons adds the Map of a population and what keeps its spikes and values.
func (g *generator) neurons(c cells) {
	w := g.words(false)
	v := w.add(local("v"), own(c.buffers[0]))
	in := w.add(local("in"), own(c.in))
	late := w.add(local("late"), plan.Operand{Buffer: c.late, Index: plan.Own, Slots: c.lateSlots})
	w.add(sym("past", model.Param, model.Float, model.Local), plan.Operand{Buffer: c.past, Index: plan.Own, Slots: c.pastSlots, Lag: g.pick(c.pastSlots)})
	w.add(isym("i", model.Element, model.Var), plan.Operand{})
	delete(w.bind, w.syms[len(w.syms)-1])
	w.add(isym("st", model.LastSpike, model.Var), own(c.last))
	mark := w.add(sym("fired", model.Var, model.Bool, model.Local), own(c.marks))
	body := []model.Assign{
		set(v, add(mul(num(0.9), ref(v)), add(ref(in), ref(late)))), set(in, num(0)), set(late, num(0)),
	}
	w.visits = true // assigns nothing that is one value for all
	body = append(body, w.body()...)
	w.stream++
	u := &model.Rand{Dist: model.UniformDist, Args: []model.Expr{num(0), num(1)}, Stream: w.stream}
	body = append(body, set(mark, bin(model.Or, lt(u, num(0.25)), gt(ref(v), num(1.5)))), set(v, atMost(atLeast(ref(v), num(-2)), num(2))))
	g.op(&plan.Map{N: c.n, Body: body, Bind: w.bind, Object: g.object(), Repeat: g.pick(4)})
	g.op(&plan.Collect{Marks: c.marks, To: c.fired})
	g.op(&plan.Push{In: c.buffers[0], Ring: c.past, Slots: c.pastSlots})
	if g.chance(50) {
		g.op(&plan.RecordSpikes{From: c.fired, Enabled: g.maybe()})
	}
}

// conv is a small convolution, or nil.
func (g *generator) conv() *plan.Conv {
	if g.chance(60) {
		return nil
	}
	one := func(n int) int { return 1 + g.pick(n) }
	return &plan.Conv{InHeight: one(5), InWidth: one(5), In: one(2), OutHeight: one(5), OutWidth: one(4), Out: one(3),
		KernelHeight: one(4), KernelWidth: one(3), StrideHeight: one(3), StrideWidth: one(2), PadHeight: g.pick(3), PadWidth: g.pick(2)}
}

func (g *generator) anyShape(pre, post int) plan.Shape {
	s := plan.Shape{Pre: pre, Post: post}
	kind := plan.ShapeKind(g.pick(5))
	if kind == plan.Dense && pre*post > 1500 || kind == plan.Convolution {
		kind = plan.SparseRows
	}
	if kind == plan.OneToOne && pre != post {
		kind = plan.Generated
	}
	switch kind {
	case plan.Dense:
		s.NoSelf = pre == post && g.chance(50)
	case plan.OneToOne:
		s.Kind = kind
	case plan.SparseRows:
		segments, long := 1+g.pick(3), pre > 1 && g.chance(20)
		rows := make([][][]int32, pre)
		for i := range rows {
			rows[i] = make([][]int32, segments)
			for k := range segments {
				n := g.pick(3)
				if long && i == 1 {
					n = 250 + g.pick(20)
				}
				for range n {
					rows[i][k] = append(rows[i][k], int32(g.pick(post)))
				}
				if g.chance(70) {
					slices.Sort(rows[i][k])
				}
			}
		}
		return g.sparse(rows, post)
	case plan.Generated:
		s.Kind = kind
		s.Procedural = &plan.Procedural{Rule: []string{"probability", "number"}[g.pick(2)], Number: g.pick(5),
			Probability: []float64{0, 0.02, 0.3, 1}[g.pick(4)], NoSelf: pre == post && g.chance(40), Object: 900, Stream: uint32(g.pick(3))}
	}
	return s
}

// synapses makes the words of a body for synapses from a to c.
func (g *generator) synapses(s plan.Shape, a, c cells, adds bool) *words {
	w := g.words(s.Kind != plan.OneToOne)
	if s.Kind != plan.Generated {
		n := g.p.Stored(s)
		w.add(local("w"), own(g.floats("w", n, g.numbers()...)))
		g.common(w, n)
	} else {
		w.add(param("p"), one(g.floats("p", 1, g.numbers()...)))
	}
	w.add(pre("x"), ofPre(a.buffers[0]))
	w.add(post("y"), ofPost(c.buffers[len(c.buffers)-1]))
	w.add(pre("past"), plan.Operand{Buffer: a.past, Index: plan.Pre, Slots: a.pastSlots, Lag: g.pick(a.pastSlots)})
	w.add(post("past"), plan.Operand{Buffer: c.past, Index: plan.Post, Slots: c.pastSlots, Lag: g.pick(c.pastSlots)})
	w.add(isym("st", model.LastSpike, model.PreVar), ofPre(a.last))
	w.add(isym("st", model.LastSpike, model.PostVar), ofPost(c.last))
	for _, x := range []*model.Symbol{isym("i", model.Element, model.PreVar), isym("j", model.Element, model.PostVar), isym("step", model.StepNow, 0)} {
		w.add(x, plan.Operand{})
		delete(w.bind, x)
	}
	if adds && g.chance(30) && s.Kind != plan.Generated {
		w.add(perPost("c"), ofPost(g.floats("c", s.Post, g.numbers()...)))
	}
	return w
}

// emits makes statements that add to neurons.
func (w *words) emits(a, c cells) (body []model.Assign) {
	g := w.g
	toPost, toPre, later := emitting("in", model.PostVar), emitting("back", model.PreVar), emitting("late", model.PostVar)
	w.bind[toPost], w.bind[toPre] = ofPost(c.in), ofPre(a.back)
	w.bind[later] = plan.Operand{Buffer: c.late, Index: plan.Post, Slots: c.lateSlots}
	for range g.pick(3) + 1 {
		x := w.expr(model.Float, 2, model.Local)
		if g.chance(30) {
			x = ref(w.syms[0])
		}
		switch g.pick(5) {
		case 0:
			body = append(body, set(toPre, x))
		case 1, 2:
			var d model.Expr
			if g.chance(70) {
				d = w.expr(model.Int, 2, model.Local)
			}
			body = append(body, model.Assign{To: later, X: x, Delay: d})
		default:
			body = append(body, set(toPost, x))
		}
	}
	return body
}
