package plantest

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Bars is the program of the bar learning network, built by hand: 8 × 8
// inputs, 32 leaky neurons, Oja's rule on every synapse, Euler's method at 1 ms:
//
//	τ·dr/dt = Σexc − Σinh − r,              r ≥ 0,  τ = 10 ms
//	τw·dw/dt = pre.r·post.r − α·post.r²·w,  w ≥ 0,  τw = 2000 ms, α = 8 and 0.3
type Bars struct {
	Program         *plan.Program
	In, R, Exc, Inh int // buffers: input rates, rates, weighted sums
	FF, Lat         int // buffers: weights, element (pre, post) at pre·32 + post
	params          map[int]float64
	Enabled         int // switch of learning
	Alpha           [2]int
}

// NewBars builds the program with expressions of type f.
func NewBars(f plan.Type) *Bars {
	b := &Bars{params: map[int]float64{}}
	p := &plan.Program{Name: "bars", Dt: 1, Float: f, Seed: 1}
	b.Program = p
	buffer := func(name string, t plan.Type, n int) int {
		p.Buffers = append(p.Buffers, plan.Buffer{Name: name, Type: t, Len: n})
		return len(p.Buffers) - 1
	}
	param := func(name string, v float64) int {
		i := buffer(name, f, 1)
		b.params[i] = v
		return i
	}
	b.In, b.R = buffer("inp.r", f, 64), buffer("pop.r", f, 32)
	b.Exc, b.Inh = buffer("pop.sum(exc)", f, 32), buffer("pop.sum(inh)", f, 32)
	b.FF, b.Lat = buffer("inp→pop:exc.w", f, 64*32), buffer("pop→pop:inh.w", f, 32*32)
	b.Enabled = buffer("learning", plan.Bool, 1)

	r := sym("r", model.Var, model.Float, model.Local)
	exc, inh := sym("exc", model.Input, model.Float, model.Local), sym("inh", model.Input, model.Float, model.Local)
	tau, rmin := sym("tau", model.Param, model.Float, model.Global), sym("min_r", model.Param, model.Float, model.Global)
	dt := ref(sym("dt", model.Dt, model.Float, model.Global))
	// tau*dr/dt + r = sum(exc) - sum(inh)
	f1 := div(sub(sub(ref(exc), ref(inh)), ref(r)), ref(tau))
	neuron := &plan.Map{Label: "pop", N: 32, Object: 1, Body: []model.Assign{
		set(r, add(ref(r), mul(dt, f1))),
		set(r, atLeast(ref(r), ref(rmin))),
	}, Bind: plan.Bind{
		r: {Buffer: b.R, Index: plan.Own}, exc: {Buffer: b.Exc, Index: plan.Own}, inh: {Buffer: b.Inh, Index: plan.Own},
		tau: {Buffer: param("pop.tau", 10)}, rmin: {Buffer: param("pop.min_r", 0)},
	}}

	connect := func(name string, pre, w, out int, s plan.Shape, alpha float64, which int) (*plan.MatVec, *plan.Sweep) {
		sw := sym("w", model.Var, model.Float, model.Local)
		preR, postR := sym("r", model.PreVar, model.Float, model.Local), sym("r", model.PostVar, model.Float, model.PerPost)
		tw, al := sym("tau", model.Param, model.Float, model.Global), sym("alpha", model.Param, model.Float, model.Global)
		wmin := sym("min_w", model.Param, model.Float, model.Global)
		mv := &plan.MatVec{Label: name, Shape: s, Term: mul(ref(sw), ref(preR)), Out: out, Zero: true, Bind: plan.Bind{
			sw: {Buffer: w, Index: plan.Own}, preR: {Buffer: pre, Index: plan.Pre},
		}}
		b.Alpha[which] = param(name+".alpha", alpha)
		oja := div(sub(mul(ref(preR), ref(postR)),
			mul(mul(ref(al), call(model.Pow, ref(postR), num(2))), ref(sw))), ref(tw))
		return mv, &plan.Sweep{Label: name, Shape: s, Object: 2, Every: 1, Enabled: b.Enabled, Body: []model.Assign{
			set(sw, add(ref(sw), mul(dt, oja))),
			set(sw, atLeast(ref(sw), ref(wmin))),
		}, Bind: plan.Bind{
			sw: {Buffer: w, Index: plan.Own}, preR: {Buffer: pre, Index: plan.Pre}, postR: {Buffer: b.R, Index: plan.Post},
			tw: {Buffer: param(name+".tau", 2000)}, al: {Buffer: b.Alpha[which]}, wmin: {Buffer: param(name+".min_w", 0)},
		}}
	}
	m1, s1 := connect("inp→pop:exc", b.In, b.FF, b.Exc, plan.Shape{Pre: 64, Post: 32}, 8, 0)
	m2, s2 := connect("pop→pop:inh", b.R, b.Lat, b.Inh, plan.Shape{Pre: 32, Post: 32, NoSelf: true}, 0.3, 1)
	p.Ops = []plan.Op{m1, m2, neuron, s1, s2}
	return b
}

// State returns a state with the parameters and the initial weights of the
// recorded check values.
func (b *Bars) State() *plan.State {
	s := plan.NewState(b.Program)
	put := func(buf, i int, v float64) {
		if b.Program.Float == plan.F32 {
			s.F32[buf][i] = float32(v)
		} else {
			s.F64[buf][i] = v
		}
	}
	for buf, v := range b.params {
		put(buf, 0, v)
	}
	for post := range 32 {
		for pre := range 64 {
			put(b.FF, pre*32+post, 0.5*(float64(((64*post+pre)*7919+13)%1009)/1009))
		}
		for pre := range 32 {
			if pre != post {
				put(b.Lat, pre*32+post, float64(((32*post+pre)*6101+7)%1013)/1013)
			}
		}
	}
	s.Bool[b.Enabled][0] = 1
	return s
}

// Input draws bars as the check values do: every row and column is on with
// probability 1/8. The zero value starts the recorded sequence.
type Input struct {
	s       uint32
	started bool
}

// Next writes the next pattern of 8 × 8 pixels.
func (in *Input) Next(pixel []float64) {
	if !in.started {
		in.s, in.started = 12345, true
	}
	on := func() bool {
		in.s = (1103515245*in.s + 12345) & (1<<31 - 1)
		return (in.s>>16)%8 == 0
	}
	clear(pixel)
	for row := range 8 {
		if on() {
			for c := range 8 {
				pixel[8*row+c] = 1
			}
		}
	}
	for c := range 8 {
		if on() {
			for row := range 8 {
				pixel[8*row+c] = 1
			}
		}
	}
}
