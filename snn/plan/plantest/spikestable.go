package plantest

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// spikeTable has programs for every operation on spikes. Most say what comes out,
// worked out by hand.
func spikeTable() []program {
	var list []program
	add := func(steps int64, make func(b *builder), format string, args ...any) {
		list = append(list, program{fmt.Sprintf(format, args...), steps, make})
	}
	for _, n := range []int{1, 8, 11, 300} {
		add(3, func(b *builder) { collects(b, n) }, "collect/%d", n)
	}
	add(60, stamps, "stamp")
	add(4, func(b *builder) { delivers(b, 1) }, "deliver/sparse")
	add(8, func(b *builder) { delivers(b, 3) }, "deliver/segments")
	add(3, delivered, "deliver/dense, one-to-one, without self")
	add(3, wideRows, "deliver/rows of many blocks")
	add(6, dendrites, "deliver/dendritic delay")
	add(3, tinySums, "deliver/subnormal sums")
	add(3, statements, "deliver/order of statements")
	add(4, plastic, "column/plastic")
	add(3, columns, "column/shapes")
	add(6, pushes, "push")
	add(2, repeats, "map/repeat")
	add(2, elements, "elements")
	add(1, sparseSums, "sum/sparse")
	add(2, sparseSweep, "sweep/sparse")
	add(2, convolution, "deliver/convolution")
	add(2, generated, "deliver/generated")
	add(4, recorded, "record spikes")
	add(1, func(b *builder) {
		in := b.floats("in", 5, 1, -2.5, 4, 0.25, 8)
		out := b.floats("sum", 1)
		b.op(&plan.Reduce{Label: "sum", Operation: "sum", In: in, Out: out})
		b.expect(out, 10.75)
	}, "reduce/sum")
	add(40, func(b *builder) { kenyon(b) }, "Kenyon cells")
	return list
}

// firing adds a population in which neuron i fires in the steps when gives.
// The spikes are collected at the end of the step: call done last.
func (b *builder) firing(name string, n, slots int, when func(i int) (every, first float64)) (s plan.Spikes, done func()) {
	s = b.spikes(name, n, slots)
	var every, first []float64
	for i := range n {
		e, f := when(i)
		every, first = append(every, e), append(first, f)
	}
	mark, e, f, at := sym("fired", model.Var, model.Bool, model.Local), param("every"), param("first"), sym("step", model.StepNow, model.Int, model.Global)
	marks := b.bools(name+".fired", n, 0)
	since := sub(call(model.ToFloat, ref(at)), ref(f))
	m := &plan.Map{Label: name, N: n, Body: []model.Assign{
		set(mark, bin(model.And, bin(model.Ge, since, num(0)), bin(model.Eq, call(model.Mod, since, ref(e)), num(0)))),
	}, Bind: plan.Bind{mark: own(marks), e: own(b.floats(name+".every", n, every...)), f: own(b.floats(name+".first", n, first...))}}
	return s, func() {
		b.op(m)
		b.op(&plan.Collect{Label: name, Marks: marks, To: s})
	}
}

func always(int) (every, first float64) { return 1, 0 }

func collects(b *builder, n int) {
	s, done := b.firing("pop", n, 2, func(i int) (float64, float64) { return 1, float64(i % 3) })
	done()
	var all []float64
	for i := range n {
		all = append(all, float64(i))
	}
	before := 0 // in step 1, the slot behind that of step 2
	for i := range n {
		if i%3 < 2 {
			all = append(all, float64(i))
			before++
		}
	}
	b.expect(s.Count, float64(n), float64(before))
	all = append(all, make([]float64, 2*n-len(all))...)
	b.expect(s.List, all...)
}

// stamps has the times that GeNN 5.4 gives (tests/features/test_event_times.py):
// neuron i of 10 fires at i + 10m, seen with a delay of 20 and one step more.
func stamps(b *builder) {
	s, done := b.firing("pop", 10, 22, func(i int) (float64, float64) { return 10, float64(i) })
	last, prev := b.ints("st", 10, never), b.ints("prev_st", 10, never)
	own, ownPrev := b.ints("own st", 10, never), -1
	b.op(&plan.Stamp{Label: "pre", From: s, Delay: 21, Last: last, Prev: prev})
	done()
	b.op(&plan.Stamp{Label: "own", From: s, Delay: 0, Last: own, Prev: ownPrev})
	const T = 60 // steps made
	var st, before, ownSt []float64
	for i := range 10 {
		n := math.Floor(float64(T-22-i) / 10)
		st, before = append(st, float64(i+21)+10*n), append(before, float64(i+11)+10*n)
		ownSt = append(ownSt, float64(i)+10*math.Floor(float64(T-1-i)/10))
	}
	b.expect(last, st...)
	b.expect(prev, before...)
	b.expect(own, ownSt...)
}

// delivers has three neurons, of which the first fires in steps 0 and 1 and the
// last in step 1, and rows of up to three segments.
func delivers(b *builder, segments int) {
	s, done := b.firing("pre", 3, 2+segments, func(i int) (float64, float64) {
		return []float64{1, 1, 100}[i], []float64{0, 100, 1}[i]
	})
	rows := [][][]int32{{{0, 2, 2}, {1}, {3}}, {{0}, {0}, {0}}, {{1}, {}, {2, 0}}}
	for i := range rows {
		if segments == 1 {
			rows[i] = [][]int32{append(append(append([]int32{}, rows[i][0]...), rows[i][1]...), rows[i][2]...)}
		}
	}
	shape := b.sparse(rows, 4)
	// slots: 0 → 0, 2, 2, 1, 3; 1 → 0, 0, 0; 2 → 1, 2, 0
	g, in := local("g"), emitting("in", model.PostVar)
	out := b.floats("post.in", 4)
	b.op(&plan.Deliver{Label: "static", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(in, ref(g))},
		Bind: plan.Bind{g: own(b.floats("g", 11, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)), in: ofPost(out)}})
	done()
	if segments == 1 { // steps 1, 2, 3: neuron 0 three times, neuron 2 in step 2 alone
		b.expect(out, 3+1024, 3*8+256, 3*6+512, 3*16)
	} else { // step s has segment k of the spikes of s − 1 − k; 8 steps: 7, 6 and 5 times
		b.expect(out, 7+1024, 6*8+256, 7*6+512, 5*16)
	}
}

func delivered(b *builder) {
	s, done := b.firing("pre", 3, 2, always)
	for n, shape := range []plan.Shape{{Pre: 3, Post: 3}, {Pre: 3, Post: 3, NoSelf: true}, {Kind: plan.OneToOne, Pre: 3, Post: 3}} {
		g, in, back := local("g"), emitting("in", model.PostVar), emitting("back", model.PreVar)
		out, to := b.floats("in", 3), b.floats("back", 3)
		b.op(&plan.Deliver{Label: "g", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(in, ref(g)), set(back, num(1))},
			Bind: plan.Bind{g: own(b.floats("g", shape.Stored(), 1, 2, 4, 8, 16, 32, 64, 128, 256)), in: ofPost(out), back: ofPre(to)}})
		b.expect(out, [][]float64{{2 * 73, 2 * 146, 2 * 292}, {2 * 72, 2 * 130, 2 * 36}, {2, 4, 8}}[n]...)
		b.expect(to, []float64{6, 4, 2}[n], []float64{6, 4, 2}[n], []float64{6, 4, 2}[n])
	}
	off := b.bools("off", 1, 0)
	in, out := emitting("in", model.PostVar), b.floats("none", 3)
	b.op(&plan.Deliver{Label: "off", From: s, Delay: 1, Shape: plan.Shape{Pre: 3, Post: 3}, Enabled: off, Body: []model.Assign{set(in, num(1))}, Bind: plan.Bind{in: ofPost(out)}})
	done()
}

// wideRows has rows longer than a block, some of them with a computed value.
func wideRows(b *builder) {
	s, done := b.firing("pre", 3, 2, func(i int) (float64, float64) { return 2, float64(i % 2) })
	rows := make([][][]int32, 3)
	for i := range rows {
		rows[i] = make([][]int32, 1)
		for k := range 1300 {
			rows[i][0] = append(rows[i][0], int32((k*(i+3))%1100))
		}
	}
	for _, shape := range []plan.Shape{b.sparse(rows, 1100), {Pre: 3, Post: 1100}} {
		n := b.p.Stored(shape)
		for _, body := range []func(g, x, y model.Expr) model.Expr{
			func(g, x, y model.Expr) model.Expr { return g },
			func(g, x, y model.Expr) model.Expr { return num(0.1) },
			func(g, x, y model.Expr) model.Expr { return mul(g, add(x, y)) },
			func(g, x, y model.Expr) model.Expr { return x },
		} {
			g, x, y, in := local("g"), pre("x"), post("y"), emitting("in", model.PostVar)
			b.op(&plan.Deliver{Label: "g", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(in, body(ref(g), ref(x), ref(y)))},
				Bind: plan.Bind{g: own(b.floats("g", n, wave(97, 1)...)), x: ofPre(b.floats("x", 3, 0.3, 2, -1)),
					y: ofPost(b.floats("y", 1100, wave(31, 1)...)), in: ofPost(b.floats("in", 1100))}})
		}
	}
	done()
}

// dendrites has one spike, of step 0, that arrives after 0 to 2 steps more.
func dendrites(b *builder) {
	s, done := b.firing("pre", 1, 2, func(int) (float64, float64) { return 100, 0 })
	shape := b.sparse([][][]int32{{{0, 0, 1, 1, 1}}}, 2)
	g, d, in := local("g"), sym("d", model.Param, model.Int, model.Local), emitting("in", model.PostVar)
	ring := b.floats("ring", 2*3)
	b.op(&plan.Deliver{Label: "late", From: s, Delay: 1, Shape: shape, Enabled: -1,
		Body: []model.Assign{{To: in, X: ref(g), Delay: ref(d)}},
		Bind: plan.Bind{g: own(b.floats("g", 5, 1, 2, 4, 8, 16)), d: own(b.ints("d", 5, 0, 2, 1, 99, -3)), in: plan.Operand{Buffer: ring, Index: plan.Post, Slots: 3}}})
	row, v := local("in"), local("v")
	vb := b.floats("v", 2)
	b.op(&plan.Map{Label: "post", N: 2, Body: []model.Assign{set(v, ref(row)), set(row, num(0))},
		Bind: plan.Bind{v: own(vb), row: plan.Operand{Buffer: ring, Index: plan.Own, Slots: 3}}})
	b.record(vb)
	done()
	// Step 1: slots 0 and 4 (clamped to 0); step 2: slot 2; step 3: slots 1 and 3 (clamped to 2).
	b.expectRecord(0, 0, 1, 16, 0, 4, 2, 8, 0, 0, 0, 0)
}

// tinySums adds what is too small to be stored: sums stay 0, however it is added.
func tinySums(b *builder) {
	tiny := 0x1p-1022
	if b.p.Float == plan.F32 {
		tiny = 0x1p-126
	}
	s, done := b.firing("pre", 2, 2, always)
	for _, shape := range []plan.Shape{b.sparse([][][]int32{{{0, 1}}, {{1, 0}}}, 2), {Pre: 2, Post: 2}, {Kind: plan.OneToOne, Pre: 2, Post: 2}} {
		g := own(b.floats("g", b.p.Stored(shape), tiny/4, -tiny/2))
		for _, late := range []bool{false, true} {
			for _, x := range []func(g model.Expr) model.Expr{
				func(g model.Expr) model.Expr { return g },
				func(g model.Expr) model.Expr { return mul(num(tiny), num(0.25)) },
			} {
				w, in, back := local("g"), emitting("in", model.PostVar), emitting("back", model.PreVar)
				out, to := b.floats("in", 4), b.floats("back", 2)
				body := []model.Assign{set(in, x(ref(w))), set(back, x(ref(w)))}
				if late {
					body[0].Delay = &model.Const{V: 1, T: model.Int}
				}
				b.op(&plan.Deliver{Label: "tiny", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: body,
					Bind: plan.Bind{w: g, in: plan.Operand{Buffer: out, Index: plan.Post, Slots: 2}, back: ofPre(to)}})
				b.expect(out, 0)
				b.expect(to, 0)
			}
		}
	}
	done()
}

// statements has a body that sends a weight, changes it and sends it again.
func statements(b *builder) {
	s, done := b.firing("pre", 2, 2, always)
	shape := b.sparse([][][]int32{{{0, 0}}, {{0}}}, 1)
	g, in, tmp := local("g"), emitting("in", model.PostVar), sym("_1", model.Temp, model.Float, model.Local)
	out, w := b.floats("in", 1), b.floats("g", 3, 1, 10, 100)
	b.op(&plan.Deliver{Label: "g", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{
		set(in, ref(g)), set(tmp, mul(ref(g), num(2))), set(g, ref(tmp)), set(in, mul(ref(g), num(0.5))), set(g, add(ref(g), num(1))),
	}, Bind: plan.Bind{g: own(w), in: ofPost(out)}})
	done()
	// Twice: in += g + g, g = 2g + 1: 1, 3, 7 and 10, 21, 43 and 100, 201, 403.
	b.expect(w, 7, 43, 403)
	b.expect(out, 2*(1+3+10+21+100+201))
}

// plastic is a rule whose two halves look at the last spike of the other side,
// with the steps of §2.5 in GeNN's order: a pair of one step sees 0 twice.
func plastic(b *builder) {
	a, doneA := b.firing("pre", 2, 2, func(i int) (float64, float64) { return 100, float64(i) }) // steps 0, 1
	c, doneC := b.firing("post", 1, 2, func(int) (float64, float64) { return 2, 0 })             // steps 0, 2
	shape := b.sparse([][][]int32{{{0}}, {{0}}}, 1)
	lastA, lastC := b.ints("pre.st", 2, never), b.ints("post.st", 1, never)
	b.op(&plan.Stamp{Label: "pre", From: a, Delay: 1, Last: lastA, Prev: -1})
	b.op(&plan.Stamp{Label: "post", From: c, Delay: 1, Last: lastC, Prev: -1})
	g := b.floats("g", 2)
	rule := func(other *model.Symbol, at plan.Operand, scale float64) ([]model.Assign, plan.Bind) {
		s, step := local("g"), sym("step", model.StepNow, model.Int, model.Global)
		since := sub(call(model.ToFloat, bin(model.Sub, ref(step), ref(other))), num(0))
		x := choose(lt(since, num(1000)), mul(num(scale), add(since, num(1))), num(0))
		return []model.Assign{set(s, add(ref(s), x))}, plan.Bind{s: own(g), other: at}
	}
	body, bind := rule(isym("st", model.LastSpike, model.PostVar), ofPost(lastC), 1)
	b.op(&plan.Deliver{Label: "pre", From: a, Delay: 1, Shape: shape, Enabled: -1, Body: body, Bind: bind})
	body, bind = rule(isym("st", model.LastSpike, model.PreVar), ofPre(lastA), 100)
	b.op(&plan.Column{Label: "post", From: c, Delay: 1, Shape: shape, Enabled: -1, Body: body, Bind: bind})
	doneA()
	doneC()
	// Step 1: pre 0 sees 0 steps: 1. Post sees pre 0 after 0 steps: 100, pre 1 never.
	// Step 2: pre 1 sees post after 1 step: 2. Step 3: post sees pre 0 after 2, pre 1 after 1: 300, 200.
	b.expect(g, 401, 202)
}

func columns(b *builder) {
	s, done := b.firing("post", 3, 2, func(i int) (float64, float64) { return []float64{1, 100, 1}[i], []float64{0, 100, 1}[i] })
	// Neuron 0 fires in steps 0 and 1, neuron 2 in step 1, as seen in steps 1 and 2.
	for n, shape := range []plan.Shape{{Pre: 2, Post: 3}, {Pre: 3, Post: 3, NoSelf: true}, {Kind: plan.OneToOne, Pre: 3, Post: 3},
		b.sparse([][][]int32{{{2, 0}, {0}}, {{}, {1, 2}}}, 3)} {
		w, x, back := local("w"), pre("x"), emitting("back", model.PreVar)
		wb, out := b.floats("w", b.p.Stored(shape)), b.floats("back", shape.Pre)
		b.op(&plan.Column{Label: "w", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(w, add(ref(w), ref(x))), set(back, ref(w))},
			Bind: plan.Bind{w: own(wb), x: ofPre(b.floats("x", shape.Pre, 1, 10, 100)), back: ofPre(out)}})
		b.expect(wb, [][]float64{{2, 0, 1, 20, 0, 10}, {0, 0, 1, 20, 0, 10, 200, 0, 0}, {2, 0, 100}, {1, 2, 2, 0, 10}}[n]...)
		b.expect(out, [][]float64{{1 + 2 + 1, 10 + 20 + 10}, {1, 30 + 10, 300}, {3, 0, 100}, {2*(1+2) + 1, 10}}[n]...)
	}
	done()
}

// pushes reads what was pushed two steps ago; rows that were never written are 0.
func pushes(b *builder) {
	v, late, step := local("v"), sym("late", model.Param, model.Float, model.Local), sym("step", model.StepNow, model.Int, model.Global)
	vb, ring, out := b.floats("v", 2), b.floats("ring", 2*3), b.floats("out", 2)
	o := local("out")
	b.op(&plan.Map{Label: "late", N: 2, Body: []model.Assign{set(o, ref(late))},
		Bind: plan.Bind{late: plan.Operand{Buffer: ring, Index: plan.Own, Slots: 3, Lag: 2}, o: own(out)}})
	b.record(out)
	b.op(&plan.Map{Label: "v", N: 2, Body: []model.Assign{set(v, add(ref(v), add(num(1), call(model.ToFloat, ref(step)))))}, Bind: plan.Bind{v: own(vb)}})
	b.op(&plan.Push{Label: "v", In: vb, Ring: ring, Slots: 3})
	b.expectRecord(0, 0, 0, 0, 1, 1, 3, 3, 6, 6, 10, 10)
}

func repeats(b *builder) {
	x, y, dt := local("x"), local("y"), sym("dt", model.Dt, model.Float, model.Global)
	xb, yb := b.floats("x", 300, 1), b.floats("y", 300)
	b.op(&plan.Map{Label: "growth", N: 300, Repeat: 4, Object: 3, Bind: plan.Bind{x: own(xb), y: own(yb)}, Body: []model.Assign{
		set(x, add(ref(x), mul(mul(num(2), ref(dt)), ref(x)))), // dt/4 = 1/8
		set(y, add(ref(y), &model.Rand{Dist: model.UniformDist, Args: []model.Expr{num(0), num(1)}})),
	}})
	b.expect(xb, math.Pow(5./4, 8)) // eight factors of 5/4 are exact in 24 bits
}

func elements(b *builder) {
	i, at, step := isym("i", model.Element, model.Var), local("x"), sym("step", model.StepNow, model.Int, model.Global)
	float := func(s *model.Symbol) model.Expr { return call(model.ToFloat, ref(s)) }
	xb := b.floats("x", 3)
	b.op(&plan.Map{Label: "x", N: 3, Body: []model.Assign{set(at, add(float(i), mul(num(10), float(step))))}, Bind: plan.Bind{at: own(xb)}})
	b.expect(xb, 10, 11, 12)
	for n, shape := range []plan.Shape{{Pre: 2, Post: 3}, b.sparse([][][]int32{{{2}}, {{0, 2}}}, 3), {Kind: plan.OneToOne, Pre: 3, Post: 3}} {
		w, p, q := local("w"), isym("i", model.Element, model.PreVar), isym("j", model.Element, model.PostVar)
		wb := b.floats("w", b.p.Stored(shape))
		b.op(&plan.Sweep{Label: "w", Shape: shape, Every: 1, Enabled: -1, Body: []model.Assign{set(w, add(mul(num(10), float(p)), float(q)))}, Bind: plan.Bind{w: own(wb)}})
		b.expect(wb, [][]float64{{0, 1, 2, 10, 11, 12}, {2, 10, 12}, {0, 11, 22}}[n]...)
	}
}

func sparseSums(b *builder) {
	shape := b.sparse([][][]int32{{{0, 3, 0}, {3}}, {{3}, {}}, {{}, {0}}}, 4)
	for n, op := range []string{"", "mean", "max", "min"} {
		w, x := local("w"), pre("x")
		out := b.floats("out", 4)
		b.op(&plan.MatVec{Label: op, Shape: shape, Operation: op, Out: out, Zero: true, Term: mul(ref(w), ref(x)),
			Bind: plan.Bind{w: own(b.floats("w", 6, 1, 2, 3, 4, math.Inf(1), -5)), x: ofPre(b.floats("x", 3, 2, 0, 1))}})
		// Column 0: 2, 6, −5; column 3: 4, 8, and nothing of silent neuron 1.
		if n < 2 {
			b.expect(out, []float64{3, 1}[n], 0, 0, []float64{12, 4}[n])
		}
	}
	w, y := local("w"), post("y")
	out := b.floats("out", 4)
	b.op(&plan.MatVec{Label: "post", Shape: shape, Operation: "max", Out: out, Zero: true, Term: mul(ref(w), ref(y)),
		Bind: plan.Bind{w: own(b.floats("w", 6, 1, 2, 3, 4, 1, -5)), y: ofPost(b.floats("y", 4, 1, 1, 1, -1))}})
	b.expect(out, 3, 0, 0, -1)
}

func sparseSweep(b *builder) {
	shape := b.sparse([][][]int32{{{0, 2, 0}}, {{2}}}, 3)
	w, c, g, x, in, back := local("w"), perPost("c"), shared("g"), pre("x"), emitting("in", model.PostVar), emitting("back", model.PreVar)
	wb, cb, gb, out, to := b.floats("w", 4, 1, 2, 4, 8), b.floats("c", 3, 1, 2, 3), b.floats("g", 1, 1), b.floats("in", 3), b.floats("back", 2)
	b.op(&plan.Sweep{Label: "w", Shape: shape, Every: 1, Enabled: -1, Body: []model.Assign{
		set(g, mul(ref(g), num(2))), set(c, add(ref(c), ref(g))), set(w, add(ref(w), mul(ref(c), ref(x)))), set(in, ref(w)), set(back, num(1)),
	}, Bind: plan.Bind{w: own(wb), c: ofPost(cb), g: one(gb), x: ofPre(b.floats("x", 2, 1, 10)), in: ofPost(out), back: ofPre(to)}})
	// g: 2, 4; c: 3 4 5, then 7 8 9 (also without synapses);
	// w: 4 7 7 58, then 11 16 14 148.
	b.expect(gb, 4)
	b.expect(cb, 7, 8, 9)
	b.expect(wb, 11, 16, 14, 148)
	b.expect(out, 4+7+11+14, 0, 7+58+16+148)
	b.expect(to, 6, 2)
	b.dense(plan.Shape{Pre: 2, Post: 2, NoSelf: true})
}

// dense has a Sweep that adds to neurons.
func (b *builder) dense(shape plan.Shape) {
	w, in := local("w"), emitting("in", model.PostVar)
	wb, out := b.floats("w", 4, 1, 2, 4, 8), b.floats("in", 2)
	b.op(&plan.Sweep{Label: "dense", Shape: shape, Every: 1, Enabled: -1, Body: []model.Assign{set(w, mul(ref(w), num(3))), set(in, ref(w))},
		Bind: plan.Bind{w: own(wb), in: ofPost(out)}})
	b.expect(wb, 1, 18, 36, 8)
	b.expect(out, 12+36, 6+18)
}

// convolution of a picture of 3 × 3 with a kernel of 2 × 2, which ends at the
// edges, and with a stride of 2 and padding of 1.
func convolution(b *builder) {
	s, done := b.firing("picture", 9, 2, func(i int) (float64, float64) {
		if i == 4 || i == 2 { // the middle, and the upper right corner
			return 100, 0
		}
		return 100, 100
	})
	for n, c := range []plan.Conv{
		{InHeight: 3, InWidth: 3, In: 1, OutHeight: 2, OutWidth: 2, Out: 1, KernelHeight: 2, KernelWidth: 2, StrideHeight: 1, StrideWidth: 1},
		{InHeight: 3, InWidth: 3, In: 1, OutHeight: 2, OutWidth: 2, Out: 2, KernelHeight: 2, KernelWidth: 2, StrideHeight: 2, StrideWidth: 2, PadHeight: 1, PadWidth: 1},
	} {
		shape := plan.Shape{Kind: plan.Convolution, Pre: 9, Post: c.OutHeight * c.OutWidth * c.Out, Conv: &c}
		g, in := local("g"), emitting("in", model.PostVar)
		out := b.floats("in", shape.Post)
		b.op(&plan.Deliver{Label: "g", From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(in, ref(g))},
			Bind: plan.Bind{g: own(b.floats("g", shape.Stored(), 1, 2, 4, 8, 16, 32, 64, 128)), in: ofPost(out)}})
		// First: the middle is element (1, 1) of the kernel for output (0, 0), (1, 0) for
		// (0, 1), (0, 1) for (1, 0), (0, 0) for (1, 1); the corner is (0, 1) for (0, 1).
		// Second: the middle is (0, 0) of output (1, 1), the corner (1, 1) of output (0, 1).
		b.expect(out, [][]float64{{8, 4 + 2, 2, 1}, {0, 0, 64, 128, 0, 0, 1, 2}}[n]...)
		w, x := local("w"), pre("x")
		b.op(&plan.MatVec{Label: "sum", Shape: shape, Zero: true, Out: b.floats("sum", shape.Post), Term: mul(ref(w), ref(x)),
			Bind: plan.Bind{w: own(b.floats("w", shape.Stored(), wave(7, 1)...)), x: ofPre(b.floats("x", 9, wave(5, 1)...))}})
	}
	done()
}

// generated delivers through rows that are drawn anew.
func generated(b *builder) {
	s, done := b.firing("pre", 40, 2, always)
	one := func(name string, g plan.Procedural) int {
		shape := plan.Shape{Kind: plan.Generated, Pre: 40, Post: 40, Procedural: &g}
		in := emitting("in", model.PostVar)
		out := b.floats(name, 40)
		b.op(&plan.Deliver{Label: name, From: s, Delay: 1, Shape: shape, Enabled: -1, Body: []model.Assign{set(in, num(1))}, Bind: plan.Bind{in: ofPost(out)}})
		weight := &model.Rand{Dist: model.NormalDist, Args: []model.Expr{num(0), num(1)}, Fixed: true}
		drawn := b.floats(name+" drawn", 40)
		b.op(&plan.Deliver{Label: name, From: s, Delay: 1, Shape: shape, Object: 5, Enabled: -1, Body: []model.Assign{set(in, weight)}, Bind: plan.Bind{in: ofPost(drawn)}})
		x := pre("x")
		b.op(&plan.MatVec{Label: name, Shape: shape, Object: 5, Zero: true, Out: b.floats(name+" sum", 40), Term: mul(ref(x), weight),
			Operation: "mean", Bind: plan.Bind{x: ofPre(b.floats("x", 40, 0, 1, 2))}})
		return out
	}
	b.expect(one("all", plan.Procedural{Rule: "probability", Probability: 1}), repeat(40, 40)...)
	b.expect(one("all others", plan.Procedural{Rule: "probability", Probability: 1, NoSelf: true}), repeat(40, 39)...)
	b.expect(one("nobody", plan.Procedural{Rule: "probability"}), repeat(40, 0)...)
	one("some", plan.Procedural{Rule: "probability", Probability: 0.2, Object: 1, Stream: 7})
	one("seven", plan.Procedural{Rule: "number", Number: 7, Object: 1, Stream: 8})
	one("seven others", plan.Procedural{Rule: "number", Number: 7, NoSelf: true, Object: 1, Stream: 9})
	done()
}

func repeat(n int, x float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = x
	}
	return v
}

func recorded(b *builder) {
	s, done := b.firing("pop", 5, 2, func(i int) (float64, float64) { return float64(i%2 + 1), float64(i % 3) })
	done()
	b.op(&plan.RecordSpikes{Label: "pop", From: s, Enabled: -1})
	b.op(&plan.RecordSpikes{Label: "off", From: s, Enabled: b.bools("off", 1, 0)})
	// Neurons 0, 2 and 4 fire in every step from 0, 2 and 1 on, 1 and 3 in every other from 1 and 0 on.
	b.expectRecord(0, 3, 0, 1, 4, 0, 2, 3, 4, 0, 1, 2, 4)
}

func kenyon(b *builder) {
	in1, in2 := b.floats("in1", 300, 0, 5, 0, 12), b.floats("in2", 300, 3, 0, -4)
	s := b.lif("KC", 300, in1, in2)
	b.op(&plan.RecordSpikes{Label: "KC", From: s, Enabled: -1})
}

// Spiking is a small program with every operation on spikes, and its initial
// state: ten neurons that fire at random, a plastic projection to four others
// with delays of one to three steps, and a convolution and generated rows back
// among the ten.
func Spiking() (*plan.Program, *plan.State) {
	b := build("spiking", plan.F32)
	rows := make([][][]int32, 10)
	for i := range rows {
		rows[i] = [][]int32{{int32(i % 4)}, {}, {int32((i + 1) % 4), int32((i + 2) % 4)}}
	}
	sparse := b.sparse(rows, 4)
	for i, name := range []string{"PN→KC.rows", "PN→KC.targets", "PN→KC.sources", "PN→KC.columns", "PN→KC.slots"} {
		b.p.Buffers[i].Name = name
	}
	pn, kc := b.spikes("PN", 10, 4), b.spikes("KC", 4, 2)
	pnFired, kcFired := b.bools("PN.fired", 10, 0), b.bools("KC.fired", 4, 0)
	pnIn, kcIn := b.floats("PN.in", 10*3), b.floats("KC.in", 4)
	st, prev := b.ints("PN.st", 10, never), b.ints("PN.prev_st", 10, never)
	v, past, g := b.floats("KC.V", 4), b.floats("KC.V(past)", 4*2), b.floats("PN→KC.g", 30, 0.5)

	b.op(&plan.Stamp{Label: "PN", From: pn, Delay: 1, Last: st, Prev: prev})
	w, in, later, late := local("g"), emitting("in", model.PostVar), post("V"), isym("st", model.LastSpike, model.PreVar)
	b.op(&plan.Deliver{Label: "PN→KC", From: pn, Delay: 1, Shape: sparse, Enabled: b.bools("learning", 1, 1), Body: []model.Assign{
		set(in, ref(w)), set(w, sub(ref(w), mul(num(0.01), ref(later)))),
	}, Bind: plan.Bind{w: own(g), in: ofPost(kcIn), later: plan.Operand{Buffer: past, Index: plan.Post, Slots: 2, Lag: 1}}})
	step := sym("step", model.StepNow, model.Int, model.Global)
	b.op(&plan.Column{Label: "PN→KC", From: kc, Delay: 1, Shape: sparse, Enabled: -1, Body: []model.Assign{
		set(w, add(ref(w), call(model.Exp, &model.Unary{Op: model.Neg, X: call(model.ToFloat, bin(model.Sub, ref(step), ref(late)))}))),
	}, Bind: plan.Bind{w: own(g), late: ofPre(st)}})
	back := emitting("in", model.PostVar)
	ring := plan.Operand{Buffer: pnIn, Index: plan.Post, Slots: 3}
	number := func(x float64) model.Expr { return &model.Const{V: x, T: model.Int} }
	b.op(&plan.Deliver{Label: "KC→PN", From: kc, Delay: 1, Enabled: -1, Shape: plan.Shape{Kind: plan.Generated, Pre: 4, Post: 10,
		Procedural: &plan.Procedural{Rule: "probability", Probability: 0.3, Object: 1}},
		Body: []model.Assign{{To: back, X: &model.Rand{Dist: model.NormalDist, Args: []model.Expr{num(1), num(0.1)}, Fixed: true}, Delay: number(2)}},
		Bind: plan.Bind{back: ring}})
	k := local("k")
	b.op(&plan.Deliver{Label: "PN→PN", From: pn, Delay: 1, Enabled: -1, Shape: plan.Shape{Kind: plan.Convolution, Pre: 10, Post: 10, Conv: &plan.Conv{
		InHeight: 2, InWidth: 5, In: 1, OutHeight: 2, OutWidth: 5, Out: 1, KernelHeight: 3, KernelWidth: 3, StrideHeight: 1, StrideWidth: 1, PadHeight: 1, PadWidth: 1}},
		Body: []model.Assign{set(back, ref(k))}, Bind: plan.Bind{k: own(b.floats("PN→PN.k", 9, 0.1)), back: ring}})
	mark, row := sym("fired", model.Var, model.Bool, model.Local), local("in")
	u := &model.Rand{Dist: model.UniformDist, Args: []model.Expr{num(0), num(1)}}
	b.op(&plan.Map{Label: "PN", N: 10, Object: b.object(), Body: []model.Assign{set(mark, lt(u, add(num(0.2), ref(row)))), set(row, num(0))},
		Bind: plan.Bind{mark: own(pnFired), row: plan.Operand{Buffer: pnIn, Index: plan.Own, Slots: 3}}})
	x, y := local("V"), local("in")
	dt := sym("dt", model.Dt, model.Float, model.Global)
	b.op(&plan.Map{Label: "KC", N: 4, Repeat: 2, Body: []model.Assign{set(x, add(ref(x), mul(ref(dt), sub(ref(y), ref(x)))))}, Bind: plan.Bind{x: own(v), y: own(kcIn)}})
	b.op(&plan.Map{Label: "KC", N: 4, Body: []model.Assign{
		set(mark, gt(ref(x), num(1))), set(x, choose(ref(mark), num(0), ref(x))), set(y, num(0)),
	}, Bind: plan.Bind{mark: own(kcFired), x: own(v), y: own(kcIn)}})
	b.op(&plan.Collect{Label: "PN", Marks: pnFired, To: pn})
	b.op(&plan.Collect{Label: "KC", Marks: kcFired, To: kc})
	b.op(&plan.Push{Label: "KC.V", In: v, Ring: past, Slots: 2})
	b.op(&plan.Reduce{Label: "KC", Operation: "sum", In: v, Out: b.floats("KC.sum(V)", 1)})
	b.op(&plan.RecordSpikes{Label: "PN", From: pn, Enabled: -1})
	return b.p, b.state()
}
