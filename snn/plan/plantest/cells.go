package plantest

import (
	"math"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// KenyonCells is a program of n leaky integrate-and-fire neurons with two
// exponential inputs, of which one comes from 784 neurons that fire now and then
// through n·20 synapses, and its initial state: the greater part of the work of
// the mushroom body, for measurements.
func KenyonCells(n int) (*plan.Program, *plan.State) {
	b := build("Kenyon cells", plan.F32)
	b.p.Dt = 0.1
	const pn = 784
	fired := b.spikes("PN", pn, 2)
	marks := b.bools("PN.fired", pn, 0)
	rows := make([][][]int32, pn)
	for i := range rows {
		rows[i] = make([][]int32, 1)
	}
	x := uint32(1)
	for j := range n {
		for range 20 {
			x = x*1664525 + 1013904223
			i := (x >> 8) % pn
			rows[i][0] = append(rows[i][0], int32(j))
		}
	}
	s := b.sparse(rows, n)
	s.Sparse.Columns, s.Sparse.Slots, s.Sparse.Sources = -1, -1, -1
	in := b.floats("KC.in(PN)", n)
	g, to := param("g"), emitting("in", model.PostVar)
	b.op(&plan.Deliver{Label: "PN→KC", From: fired, Delay: 1, Shape: s, Enabled: -1, Body: []model.Assign{set(to, ref(g))},
		Bind: plan.Bind{g: one(b.floats("PN→KC.g", 1, 0.2)), to: ofPost(in)}})
	b.lif("KC", n, in, b.floats("KC.in(GGN)", n))
	mark, step, i := sym("fired", model.Var, model.Bool, model.Local), sym("step", model.StepNow, model.Int, model.Global), isym("i", model.Element, model.Var)
	whole := func(x float64) model.Expr { return &model.Const{V: x, T: model.Int} }
	b.op(&plan.Map{Label: "PN", N: pn, Bind: plan.Bind{mark: own(marks)}, Body: []model.Assign{ // one neuron in two steps
		set(mark, bin(model.Eq, call(model.Mod, add(ref(step), mul(ref(i), whole(611))), whole(1429)), whole(0))),
	}})
	b.op(&plan.Collect{Label: "PN", Marks: marks, To: fired})
	return b.p, b.state()
}

// lif adds the Map and the Collect of n leaky integrate-and-fire neurons whose
// inputs are exponential currents with τ = 3 and 5 ms.
func (b *builder) lif(name string, n, in1, in2 int) plan.Spikes {
	v, refrac := local("V"), local("RefracTime")
	first, second := local("in"), local("in")
	mark := sym("fired", model.Var, model.Bool, model.Local)
	dt := sym("dt", model.Dt, model.Float, model.Global)
	bind := plan.Bind{v: own(b.floats(name+".V", n, -60)), refrac: own(b.floats(name+".RefracTime", n, 0)),
		first: own(in1), second: own(in2), mark: own(b.bools(name+".fired", n, 0))}
	p := func(label string, x float64) model.Expr {
		s := param(label)
		bind[s] = one(b.floats(name+"."+label, 1, x))
		return ref(s)
	}
	const step = 0.1
	decay := func(tau float64) float64 { return math.Exp(-step / tau) }
	scale := func(tau float64) float64 { return tau * (1 - decay(tau)) / step }
	temp := func(t model.Type) *model.Symbol { return sym("_", model.Temp, t, model.Local) }
	i1, i2, i, held, a, spike := temp(model.Float), temp(model.Float), temp(model.Float), temp(model.Bool), temp(model.Float), temp(model.Bool)
	b.op(&plan.Map{Label: name, N: n, Object: b.object(), Bind: bind, Body: []model.Assign{
		set(i1, mul(p("scale1", scale(3)), ref(first))), set(first, mul(ref(first), p("decay1", decay(3)))),
		set(i2, mul(p("scale2", scale(5)), ref(second))), set(second, mul(ref(second), p("decay2", decay(5)))),
		set(i, add(ref(i1), ref(i2))),
		set(held, gt(ref(refrac), num(0))),
		set(a, add(mul(add(ref(i), p("Ioffset", 0)), p("R", 100)), p("Vrest", -60))),
		set(v, choose(ref(held), ref(v), sub(ref(a), mul(p("ExpTC", decay(20)), sub(ref(a), ref(v)))))),
		set(refrac, choose(ref(held), sub(ref(refrac), ref(dt)), ref(refrac))),
		set(spike, bin(model.And, bin(model.Le, ref(refrac), num(0)), bin(model.Ge, ref(v), p("Vthresh", -50)))),
		set(mark, ref(spike)),
		set(v, choose(ref(spike), p("Vreset", -60), ref(v))),
		set(refrac, choose(ref(spike), p("TauRefrac", 2), ref(refrac))),
	}})
	fired := b.spikes(name, n, 2)
	b.op(&plan.Collect{Label: name, Marks: bind[mark].Buffer, To: fired})
	return fired
}
