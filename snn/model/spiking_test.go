package model

import (
	"math"
	"strings"
	"testing"
)

// tau·dv/dt + v = 2 from 0 with threshold 1 takes 70 steps of 0.1 ms: with 20
// refractory ones the period is 90 under every method that is exact here.
func TestRefractoryPeriod(t *testing.T) {
	for _, eq := range []string{
		"tau*dv/dt + v = 2 : exponential", "tau*dv/dt + v = 2", "dv/dt = (2 - v)/tau : exact", "v' = (2 - v)/tau : rk4",
		"dv/dt = (2 - v)/tau : 1 (unless refractory)", "v : init=0\nv += (2 - v)*(1 - exp(-dt/tau))",
	} {
		m := parse(t, Source{Kind: SpikingNeuron, Equations: eq, Spike: "v > 1", Reset: "v = 0", Refractory: "2", Params: params{"tau": 10}})
		k := newSpiker(m, 0.1)
		got := k.spikes(300)
		sameTimes(t, eq, got, []float64{6.9, 15.9, 24.9})
	}
	// 0.3 ms is 3 steps of 0.1, though 0.3/0.1 is below 3 in floating point.
	k := newSpiker(parse(t, Source{Kind: SpikingNeuron, Equations: "v : init=0; v += 1", Spike: "v >= 1", Reset: "v = 0", Refractory: "period", Params: params{"period": 0.3}}), 0.1)
	sameTimes(t, "period", k.spikes(12), []float64{0, 0.4, 0.8})
}

// While refractory, conductances go on and the rest keeps its value; with a
// flag somewhere, only flagged variables do.
func TestFreezing(t *testing.T) {
	base := Source{Kind: SpikingNeuron, Spike: "v > 1", Reset: "v = 0", Refractory: "1", Params: params{"tau": 10}}
	base.Equations = "tau*dv/dt = 5 - v\ntau*dg_exc/dt = -g_exc : init=1\ntau*dx/dt = -x : init=1\ny = 2*x"
	k := newSpiker(parse(t, base), 0.1)
	for !k.neuron() {
	}
	g, x, y := k.get("g_exc"), k.get("x"), k.get("y")
	for range 10 {
		k.neuron()
	}
	close(t, "v", k.get("v"), 0, 0)
	close(t, "x", k.get("x"), x, 0)
	close(t, "y", k.get("y"), y, 0)
	close(t, "g_exc", k.get("g_exc"), g*math.Exp(-0.1), 1e-15)
	k.neuron()
	if k.get("v") == 0 || k.get("x") == x {
		t.Error("nothing moves after the refractory period")
	}
	base.Equations = "tau*dv/dt = 5 - v : 1 (unless refractory)\ntau*dx/dt = -x : init=1"
	k = newSpiker(parse(t, base), 0.1)
	for !k.neuron() {
	}
	x = k.get("x")
	k.neuron()
	close(t, "v flagged", k.get("v"), 0, 0)
	close(t, "x not flagged", k.get("x"), x*math.Exp(-0.01), 1e-15)
}

// The condition of a spike is tested before the equations, too.
func TestAutoRefractory(t *testing.T) {
	src := Source{Kind: SpikingNeuron, Equations: "v : init=0; v += I", Spike: "v >= 2", AutoRefractory: true}
	k := newSpiker(parse(t, src), 1)
	k.inputs["I"] = 1
	sameTimes(t, "once", k.spikes(10), []float64{1})
	if n := len(newSpiker(parse(t, src), 1).spikes(10)); n != 0 {
		t.Errorf("%d spikes without input", n)
	}
	src.AutoRefractory = false
	k = newSpiker(parse(t, src), 1)
	k.inputs["I"] = 1
	if n := len(k.spikes(10)); n != 9 {
		t.Errorf("%d spikes, want one in every step from the second", n)
	}
}

// Locals of the equations are seen by the condition and the reset with the values of this step.
func TestLocalsGoOn(t *testing.T) {
	m := parse(t, Source{Kind: SpikingNeuron, Equations: "v : init=0; kept : init=0\nscalar drive = v + I;\nv = drive;\nscalar twice = 2*scale;", Spike: "drive > twice", Reset: "kept = drive; v = 0; scalar drive = 1; v = v + drive - 1", Params: params{"scale": 2}})
	k := newSpiker(m, 1)
	k.inputs["I"] = 1.5
	sameTimes(t, "drive", k.spikes(6), []float64{2, 5})
	close(t, "kept", k.get("kept"), 4.5, 0)
}

func TestMethodsChosen(t *testing.T) {
	for _, c := range []struct{ eq, want string }{
		{"dv/dt = -v/tau", "exact"},
		{"dv/dt = (g - v)/tau; dg/dt = -g/tau", "exact"},
		{"dv/dt = (g*(2 - v) - v)/tau; dg/dt = -g/tau", "exponential"},
		{"dv/dt = (v*v - v)/tau", "rk4"},
		{"dv/dt = -v/tau + xi", "euler"},
		{"dv/dt = -v/tau + v*xi", "heun"},
		{"dv/dt = -v/tau*(t > 3 ? 1 : 0.5)", "exponential"},
		{"dv/dt = exp(v) + g; dg/dt = -g/tau : exponential", "rk4"},
		{"dv/dt = g - v; dg/dt = -g/tau : exponential", "exponential"},
		{"dv/dt = g - v; dg/dt = -g/tau : rk4", "rk4"},
	} {
		m := parse(t, Source{Kind: SpikingNeuron, Equations: c.eq, Params: params{"tau": 10}})
		if got := m.Equations[0].Method; got != c.want {
			t.Errorf("%s: method %s, want %s", c.eq, got, c.want)
		}
		if !strings.Contains(m.String(), "("+c.want+")") {
			t.Errorf("%s: the summary does not tell the method:\n%s", c.eq, m)
		}
	}
}

// A leaky neuron with an exponential current against the closed form.
func TestExactAgainstClosedForm(t *testing.T) {
	m := parse(t, Source{Kind: SpikingNeuron, Equations: "tau*dv/dt = g_exc - v\ntaus*dg_exc/dt = -g_exc : init=1", Params: params{"tau": 10, "taus": 4}})
	k := newSpiker(m, 0.1)
	for i := 1; i <= 100; i++ {
		k.neuron()
		s := float64(i) * 0.1
		close(t, "v", k.get("v"), 4.0/(10-4)*(math.Exp(-s/10)-math.Exp(-s/4)), 1e-14)
	}
}

// Every spelling of a conditional, of a loop and of arithmetic does what Go does.
func TestCode(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       func(x float64) float64
	}{
		{"else if", "if (x > 2) { y = 1; } else if (x > 1) y = 2; else { y = 3; }", func(x float64) float64 {
			switch {
			case x > 2:
				return 1
			case x > 1:
				return 2
			}
			return 3
		}},
		{"nested", "y = 1\nif (x > 0) {\n  scalar a = x*2;\n  if (a > 3) { a += 1; y = a }\n  y += a\n}", func(x float64) float64 {
			y := 1.0
			if x > 0 {
				a := x * 2
				if a > 3 {
					a++
					y = a
				}
				y += a
			}
			return y
		}},
		{"shadow", "scalar a = 1; { scalar a = 5; y = a; } y += a", func(float64) float64 { return 6 }},
		{"loop", "y = 0; for (int i = 0; i < 4; i++) { y += i*x; }", func(x float64) float64 { return 0 + 0*x + 1*x + 2*x + 3*x }},
		{"loops", "y = 0\nfor (int i = 3; i > 0; --i)\n  for (int j = i; j <= 4; j += 2) y = y + x*i + j;", func(x float64) float64 {
			y := 0.0
			for i := 3; i > 0; i-- {
				for j := i; j <= 4; j += 2 {
					y = y + x*float64(i) + float64(j)
				}
			}
			return y
		}},
		{"counting", "y = x; y++; ++y; y--", func(x float64) float64 { return x + 1 + 1 - 1 }},
		{"lines", "y = x +\n 1\n - 2\n", func(x float64) float64 { return x + 1 - 2 }},
		{"casts", "y = (scalar)(int)(x*1.7f) + (int)2.9 + ((bool)3 ? 1 : 0)", func(x float64) float64 { return math.Trunc(x*1.7) + 2 + 1 }},
		{"types", "int n = x*1.7; unsigned int k = 3; bool b = x > 1; y = n + k + (b ? 1 : 0)", func(x float64) float64 {
			y := math.Trunc(x*1.7) + 3
			if x > 1 {
				y++
			}
			return y
		}},
		{"old names", "$(y) = $(x) * 2.0;", func(x float64) float64 { return x * 2 }},
		{"functions", "y = fmin(x, 1.0) + fmax(x, 1) + fabs(-x) + pow(x, 2) + fmod(-7, 4) + clip(x, 0, 1)", func(x float64) float64 {
			return math.Min(x, 1) + math.Max(x, 1) + math.Abs(x) + x*x + -3 + math.Max(0, math.Min(1, x))
		}},
		{"rint", "y = 10*rint(x) + rint(2.5) + rint(3.5) + rint(-0.5)", func(x float64) float64 { return 10*math.RoundToEven(x) + 2 + 4 }},
		{"comments", "y = 1; // y = 2;\n/* y = 3;\n y = 4; */ y += x # y = 5", func(x float64) float64 { return 1 + x }},
		{"commas", "const scalar a = x, b = a*2;\ny = a + b;", func(x float64) float64 { return x + x*2 }},
		{"numbers as conditions", "if (x) { y = 1 } else { y = 2 }", func(x float64) float64 {
			if x != 0 {
				return 1
			}
			return 2
		}},
		{"not and or", "y = (!(x > 1) && x >= 0 || x == -1) ? 1 : 0", func(x float64) float64 {
			if !(x > 1) && x >= 0 || x == -1 {
				return 1
			}
			return 0
		}},
		{"python's", "y = if x > 1: 2\nelif x > 0: 3\nelse: 4", func(x float64) float64 {
			switch {
			case x > 1:
				return 2
			case x > 0:
				return 3
			}
			return 4
		}},
	} {
		m, err := Parse(Source{Kind: SpikingNeuron, Equations: "x : init=0; y : init=0\n" + c.code})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, x := range []float64{-1.5, -1, 0, 0.5, 1, 1.5, 2.25, 5} {
			k := newSpiker(m, 1)
			k.set("x", x)
			k.neuron()
			if got := k.get("y"); got != c.want(x) {
				t.Errorf("%s: y(%g) = %g, want %g\n%s", c.name, x, got, c.want(x), m)
			}
		}
	}
}

// What a synapse adds, where, and when.
func TestEmissions(t *testing.T) {
	m := parse(t, Source{Kind: SpikingSynapse, Weight: "g", Equations: "d : int, init=3\nx : init=0\naddToPost(g*2)\naddToPostDelay(g, 1)",
		OnPre:  "addToPost(g); addToPostDelay(g, d); addToPostDelay(2*g, d);\nif (g > 1) { addToPost(10); addToPre(g) } else { x += 1 }\npost.V += 0.5*g; g_target += 1; post.in -= 2; V_pre += g",
		OnPost: "addToPre(g*pre.V)\ng += 1"})
	for _, c := range []struct{ g, in float64 }{{0.5, 0.5 + 1 - 2}, {2, 2 + 10 + 1 - 2}} {
		k := newSpiker(m, 1)
		k.set("g", c.g)
		k.run(m.OnPre)
		close(t, "addToPost", k.emitted["post.in"], c.in, 0)
		close(t, "delayed", k.delayed["post.in"][3], 3*c.g, 0)
		close(t, "post.V", k.emitted["post.V"], 0.5*c.g, 0)
		close(t, "pre.V", k.emitted["pre.V"], c.g, 0)
		if want := c.g; c.g > 1 {
			close(t, "addToPre", k.emitted["pre.in"], want, 0)
		} else {
			close(t, "nothing to pre", k.emitted["pre.in"], 0, 0)
			close(t, "x", k.get("x"), 1, 0)
		}
		clear(k.emitted)
		k.run(m.Step)
		close(t, "dynamics", k.emitted["post.in"], 2*c.g, 0)
		close(t, "dynamics delayed", k.delayed["post.in"][1], c.g, 0)
		clear(k.emitted)
		k.set("pre.V", 3)
		k.run(m.OnPost)
		close(t, "addToPre on post", k.emitted["pre.in"], 3*c.g, 0)
		close(t, "g", k.get("g"), c.g+1, 0)
	}
	for _, body := range [][]Assign{m.OnPre, m.OnPost, m.Step} {
		seen := map[string]bool{}
		for _, a := range body {
			key := symbolText(a.To)
			if a.Delay != nil {
				key += Text(a.Delay)
			}
			if a.To.Kind == Emit && seen[key] {
				t.Errorf("%s is emitted twice", key)
			}
			seen[key] = true
		}
	}
	if m := parse(t, Source{Kind: SpikingSynapse}); len(m.OnPre) != 1 || assignText(m.OnPre[0]) != "post.in += w" {
		t.Errorf("the plain synapse does %v", m.OnPre)
	}
	m = parse(t, Source{Kind: SpikingSynapse, Weight: "g", OnPre: "addToPost(g)", Params: params{"g": 0.5}})
	if s := m.Symbols[0]; s.Name != "g" || s.Kind != Param {
		t.Errorf("a weight among the parameters is %+v", s)
	}
}

// Traces of the neurons (one value for a neuron) and event-driven ones of the
// synapse give the same weights: pair rule with all pairs.
func TestTraces(t *testing.T) {
	p := params{"taup": 20, "taum": 15, "ap": 0.01, "am": 0.012}
	sides := parse(t, Source{Kind: SpikingSynapse, PreEquations: "dapre/dt = -apre/taup", PostEquations: "dapost/dt = -apost/taum",
		PreSpike: "apre += ap", PostSpike: "apost -= am", OnPre: "addToPost(w); w += apost", OnPost: "w += apre", Params: p})
	driven := parse(t, Source{Kind: SpikingSynapse, Equations: "dapre/dt = -apre/taup : 1 (event-driven)\ntaum*dapost/dt = -apost : event-driven",
		OnPre: "addToPost(w); apre += ap; w += apost", OnPost: "apost -= am; w += apre", Params: p})
	a, b := newSpiker(sides, 0.5), newSpiker(driven, 0.5)
	want, apre, apost := 0.0, 0.0, 0.0
	for n := range 400 {
		a.n, b.n = n, n
		pre, post := n%37 == 0, n%23 == 5
		a.run(sides.PreStep)
		a.run(sides.PostStep)
		if n > 0 {
			apre *= math.Exp(-0.5 / 20)
			apost *= math.Exp(-0.5 / 15)
		}
		if pre {
			a.run(sides.PreSpike)
			a.run(sides.OnPre)
			b.run(driven.OnPre)
			apre += 0.01
			want += apost
		}
		if post {
			a.run(sides.PostSpike)
			a.run(sides.OnPost)
			b.run(driven.OnPost)
			apost -= 0.012
			want += apre
		}
	}
	close(t, "weight with traces of the neurons", a.get("w"), want, 1e-14)
	close(t, "weight with event-driven traces", b.get("w"), want, 1e-14)
	for name, loc := range map[string]Locality{"apre": PerPre, "apost": PerPost, "w": Local} {
		if s := a.symbol(name); s == nil || s.Locality != loc || s.Kind != Var {
			t.Errorf("%s is %+v, want locality %d", name, s, loc)
		}
	}
	// An inhomogeneous one: dx/dt = (1 − x)/tau.
	m := parse(t, Source{Kind: SpikingSynapse, Equations: "dx/dt = (1 - x)/tau : event-driven", OnPre: "addToPost(x*w); x -= 0.5*x", Params: params{"tau": 30}})
	k := newSpiker(m, 1)
	x, last := 0.0, 0
	for _, n := range []int{3, 4, 10, 60, 1000} {
		k.n = n
		k.run(m.OnPre)
		x = 1 + (x-1)*math.Exp(-float64(n-last)/30)
		x, last = x-0.5*x, n
		close(t, "x", k.get("x"), x, 1e-15)
	}
}

// Times of spikes are compared and subtracted in steps.
func TestSpikeTimes(t *testing.T) {
	m := parse(t, Source{Kind: SpikingSynapse, Equations: "a : init=0; b : init=0; c : init=0; d : init=0",
		OnPre: "a = t - st_post; b = st_post - st_pre; c = st_post == t ? 1 : 0; scalar last = st_post; d = t - last; if (t > prev_st_pre) { c += 10 }"})
	k := newSpiker(m, 0.1)
	k.n = 1 << 30 // 3.4 years: products of float64 are right to 1e-8 only
	k.stamps["st_post"], k.stamps["st_pre"] = 1<<30-3, 1<<30
	k.run(m.OnPre)
	dt := 0.1 // a variable: constants are exact in Go
	close(t, "t − st_post", k.get("a"), 3*dt, 0)
	close(t, "st_post − st_pre", k.get("b"), -3*dt, 0)
	close(t, "through a local", k.get("d"), 3*dt, 0)
	close(t, "comparisons", k.get("c"), 10, 0)
	for _, a := range m.OnPre {
		if strings.Contains(" "+assignText(a), " t - ") {
			t.Errorf("a difference of times in floats: %s", assignText(a))
		}
	}
}

func TestEvents(t *testing.T) {
	m := parse(t, Source{Kind: SpikingSynapse, Weight: "g", PreEvent: "V_pre > Epre", OnPreEvent: "addToPost(fmax(0.0, g*tanh((V_pre - Epre)/Vslope)*dt)); x = t - set_pre",
		Equations: "x : init=0", PostEvent: "post.V < lim && lim > 0", OnPostEvent: "x = 0", PostEquations: "lim : init=1", Params: params{"Epre": -40, "Vslope": 10}})
	k := newSpiker(m, 0.1)
	k.set("g", 2)
	for _, v := range []float64{-41, -40, -30} {
		k.set("pre.V", v)
		if got := k.value(m.PreEvent) != 0; got != (v > -40) {
			t.Errorf("event at %g is %v", v, got)
		}
	}
	k.run(m.OnPreEvent)
	close(t, "graded", k.emitted["post.in"], 2*math.Tanh(1)*0.1, 1e-16)
	if m.PostEvent == nil || len(m.OnPostEvent) == 0 {
		t.Error("the postsynaptic event is missing")
	}
}

func TestUpdateAndCurrent(t *testing.T) {
	m := parse(t, Source{Kind: Update, Equations: "V = Vrest; RefracTime = 0\nscale = 2*scale", Refs: map[string]bool{"V": true, "RefracTime": true, "scale": false}, Params: params{"Vrest": -60}})
	k := newSpiker(m, 0.1)
	k.set("scale", 4)
	k.run(m.Step)
	close(t, "V", k.get("V"), -60, 0)
	close(t, "scale", k.get("scale"), 8, 0)
	if k.symbol("scale").Locality != Global || k.symbol("V").Locality != Local {
		t.Error("references have wrong localities")
	}
	m = parse(t, Source{Kind: Current, Equations: "magnitude : init=2; count : init=0\ninjectCurrent(magnitude*(V - E)); inject(exc, 1); I += id; count += 1", Names: map[string]string{"V": "post.V"}, Params: params{"E": 1}})
	k = newSpiker(m, 1)
	k.set("post.V", 3)
	k.run(m.Step)
	close(t, "injected", k.emitted["I"], 4, 0)
	close(t, "injected into exc", k.emitted["exc"], 1, 0)
	close(t, "count", k.get("count"), 1, 0)
}

// Symbols of inputs, sizes and indices are of the kinds that plans bind.
func TestGivenNames(t *testing.T) {
	m := parse(t, Source{Kind: SpikingNeuron, Equations: "tau*dV/dt = -V + I + Isyn + sum() + sum(exc) + g_inh + gain*bias\nn = id + num_neurons - st", Params: params{"tau": 10},
		Inputs: map[string]float64{"gain": 1, "bias": 0}})
	kinds := map[string]int{}
	for _, s := range m.Symbols {
		if s.Kind == Input {
			kinds[s.Name]++
			if want := map[string]float64{"gain": 1}[s.Name]; s.Value != want {
				t.Errorf("input %s begins with %g, want %g", s.Name, s.Value, want)
			}
		}
		if (s.Kind == Element || s.Kind == Size || s.Kind == LastSpike) && (s.Type != Int || s.Of != Var) {
			t.Errorf("%s is %+v", s.Name, s)
		}
	}
	for _, n := range []string{"I", "exc", "inh", "gain", "bias"} {
		if kinds[n] != 1 {
			t.Errorf("input %s occurs %d times, want once", n, kinds[n])
		}
	}
}

// Formulas show plain statements as written and the others as what they come to.
func TestSpikingLatex(t *testing.T) {
	m := parse(t, Source{Kind: SpikingNeuron, Equations: "tau*dv/dt = E - v + I", Spike: "v > vt", Reset: "v = E\nif (v > 1) { v = 1 }", Refractory: "2", Params: params{"tau": 10, "E": -60, "vt": -50}})
	want := "\\begin{aligned}\n\\tau\\,\\frac{dv}{dt} &= E - v + \\textstyle\\sum_{\\mathrm{I}} \\\\\n\\text{spike:} &\\; v > \\mathrm{vt} \\\\\n\\text{refractory:} &\\; 2 \\\\\n\\text{reset:} & \\\\\n" +
		"v &= \\begin{cases}1 & \\text{if } E > 1 \\\\ E & \\text{else}\\end{cases}\n\\end{aligned}"
	if got := m.Latex(); got != want {
		t.Errorf("formula is\n%s\nwant\n%s", got, want)
	}
	m = parse(t, Source{Kind: SpikingSynapse, OnPre: "const scalar late = t - st_post\naddToPost(w*exp(-late))\npre.x -= 1"})
	want = "\\begin{aligned}\n\\text{on pre:} & \\\\\n\\mathrm{late} &= t - t_{\\mathrm{st}}^{\\mathrm{post}} \\\\\n\\mathrm{in}^{\\mathrm{post}} &\\mathrel{+}= w\\,\\exp\\left(-\\mathrm{late}\\right) \\\\\nx^{\\mathrm{pre}} &\\mathrel{+}= -1\n\\end{aligned}"
	if got := m.Latex(); got != want {
		t.Errorf("formula is\n%s\nwant\n%s", got, want)
	}
}

// Parts that do not change are kept, shared parts stay shared.
func TestSubstitute(t *testing.T) {
	x, y := &Symbol{Name: "x", Kind: Var}, &Symbol{Name: "y", Kind: Var, Type: Int}
	kept := &Binary{Add, &Ref{y}, &Const{V: 1, T: Int}}
	part := &Call{Exp, []Expr{&Ref{x}}}
	e := &Select{&Binary{Lt, kept, &Const{T: Int}}, part, &Unary{Neg, part}}
	got := Substitute(e, map[*Symbol]Expr{x: &Const{V: 2}}).(*Select)
	if got.Cond != e.Cond || got.Then == e.Then || got.Else.(*Unary).X != got.Then || Text(got) != "y + 1 < 0 ? exp(2) : -exp(2)" {
		t.Errorf("got %s", Text(got))
	}
	if Substitute(e, nil) != Expr(e) || Substitute(nil, nil) != nil {
		t.Error("nothing to replace gives something new")
	}
	r := &Rand{NormalDist, []Expr{&Ref{x}, part}, 3, true}
	body := []Assign{{To: x, X: r}, {To: y, X: &Ref{y}, Delay: kept}}
	out := SubstituteAll(body, map[*Symbol]Expr{x: &Ref{y}, y: &Const{V: 7, T: Int}})
	if n := out[0].X.(*Rand); n.Stream != 3 || !n.Fixed || Text(n) != "Normal(y, exp(y))" || out[0].To != x {
		t.Errorf("a draw becomes %s", Text(n))
	}
	if Text(out[1].X) != "7" || Text(out[1].Delay) != "7 + 1" || out[1].To != y || body[0].X != Expr(r) {
		t.Errorf("the second statement becomes %s after %s", Text(out[1].X), Text(out[1].Delay))
	}
}
