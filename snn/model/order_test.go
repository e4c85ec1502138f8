package model

import (
	"math"
	"testing"
)

// Order inside one model: values that ANNarchy gives (h = 1, tau = 10).
func TestOrderOfStatements(t *testing.T) {
	k := newMachine(neuron(t, `
		tau*du/dt = v - u
		I = 1 - u
		tau*dk/dt = v - k
		tau*dv/dt = I - v - u + k : init=0.5
		r = v`, map[string]float64{"tau": 10}), 1)
	want := []map[string]float64{
		{"u": 0.05, "I": 0.95, "k": 0.05, "v": 0.54},
		{"u": 0.099, "I": 0.901, "k": 0.099, "v": 0.5712},
	}
	for i, w := range want {
		k.step()
		for n, v := range w {
			close(t, n, k.get(n), v, 2e-16) // two ulp of 0.5…1
			_ = i
		}
	}
}

func TestBoundsAtOnce(t *testing.T) {
	k := newMachine(neuron(t, `
		tau*dv/dt = 5 - v : max=0.8
		tau*du/dt = v - u
		x = 2*v : max=1
		y = x + u
		r = y`, map[string]float64{"tau": 10}), 1)
	for _, w := range []map[string]float64{
		{"v": 0.5, "u": 0, "x": 1, "y": 1},
		{"v": 0.8, "u": 0.05, "x": 1, "y": 1.05},
	} {
		k.step()
		for n, v := range w {
			close(t, n, k.get(n), v, 2e-16)
		}
	}
}

func TestBoundsMinThenMaxAndNaN(t *testing.T) {
	k := newMachine(neuron(t, "r = t : min=1, max=3", nil), 1)
	for _, want := range []float64{1, 1, 2, 3, 3} {
		k.step()
		close(t, "r", k.get("r"), want, 0)
	}
	k = newMachine(neuron(t, "r = x : min=lo, max=hi\nx = 0*r", map[string]float64{"lo": 2, "hi": 1}), 1)
	k.step()
	close(t, "min above max: the later bound", k.get("r"), 1, 0)
	k.set("x", math.NaN())
	k.step()
	if !math.IsNaN(k.get("r")) {
		t.Errorf("a NaN was hidden by the bounds: r = %v", k.get("r"))
	}
}

func TestFunctionsByNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"power(2, 3)": 8, "clip(-2, -1, 1)": -1, "clip(0, -1, 1)": 0, "clip(2, -1, 1)": 1, "modulo(7, 3)": 1, "-7 % 3": 2, "7 // 2": 3, "-7 // 2": -4,
		"pos(-2)": 0, "positive(3)": 3, "neg(-2)": -2, "negative(3)": 0, "abs(-3)": 3, "fabs(2)": 2, "ln(1)": 0, "log10(1000)": 3, "sqrt(16)": 4,
		"pow(2, 0.5)": math.Sqrt2, "exprel(0)": 1, "exprel(1)": math.E - 1, "sign(-4)": -1, "floor(2.7)": 2, "ceil(2.1)": 3, "min(3, 2)": 2, "max(3, 2, 5)": 5,
		"int(2.9)": 2, "int(-2.9)": -2, "int(3 > 2)": 1, "float(3 > 2)*2": 2, "ite(1 > 2, 3, 4)": 4, "if 1 > 2: 3 else: 4": 4, "1 > 2 ? 3 : 4": 4,
		"2^3^2": 512, "-2^2": -4, "2**-1": 0.5, "(-2)^2": 4, "2*3^2": 18, "10 - 4 - 3": 3, "16/4/2": 2, "1e-3": 1e-3, ".5 + 5.": 5.5, "+3": 3, "--3": 3,
		"if 1 > 2: 1 elif 2 > 1: 5 else: 3": 5, "2*(if 1 < 2: 3 else: 4) + 1": 7, "isnan(0) ? 1 : 2": 2, "isfinite(1) and not isnan(1) ? 1 : 0": 1,
		"not (1 > 2) && True ? 1 : 0": 1, "1 > 2 || 2 > 1 ? 1 : 0": 1, "!(1 > 2) ? 1 : 0": 1, "(1 > 2) == (2 > 3) ? 1 : 0": 1, "(1 > 2) is not (3 > 2) ? 1 : 0": 1,
		"2 − 1 · 3": -1, "1 ≤ 2 ? 1 : 0": 1, "expm1(0)": 0, "log1p(0)": 0, "round(2.4)": 2, "arctan(0)": 0, "cos(0)": 1, "pi": math.Pi, "2^-2": 0.25, "2^0": 1, "3^17": 129140163,
	} {
		k := newMachine(neuron(t, "r = "+text, nil), 1)
		k.step()
		close(t, text, k.get("r"), want, 1e-15*math.Abs(want))
	}
}

func TestModuloOfTime(t *testing.T) {
	k := newMachine(neuron(t, "r = modulo(t, 3)", nil), 1)
	for _, want := range []float64{0, 1, 2, 0, 1, 2, 0, 1, 2, 0} {
		k.step()
		close(t, "r", k.get("r"), want, 0)
	}
}

func TestAugmentedAssignmentAndTypes(t *testing.T) {
	k := newMachine(neuron(t, `
		n = n + 1       : int, init=3
		n *= 2
		late = n > 20   : bool
		r = if late and n >= 0: n/4 else: -n
		r += 0.5; r -= 1; r /= 2`, nil), 1)
	for _, want := range []float64{(-8 - 0.5) / 2, (-18 - 0.5) / 2, (38.0/4 - 0.5) / 2} {
		k.step()
		close(t, "r", k.get("r"), want, 0)
	}
	if s := k.symbol("n"); s.Type != Int || s.Locality != Local {
		t.Errorf("n is %v, locality %v; want Int, Local", s.Type, s.Locality)
	}
	if s := k.symbol("late"); s.Type != Bool {
		t.Errorf("late is %v, want Bool", s.Type)
	}
}

func TestUserFunctions(t *testing.T) {
	m := parse(t, Source{
		Equations: "r = sigmoid(3*g, 2) + twice(square(1 + 1))", Params: map[string]float64{"g": 0.5},
		Functions: "sigmoid(x, k) = 1/(1 + exp(-k*x))\nsquare(x) = x^2 # squares\ntwice(x) = if x > 0: 2*x else: 0",
	})
	k := newMachine(m, 1)
	k.step()
	close(t, "r", k.get("r"), 1/(1+math.Exp(-3))+8, 1e-15)
}

func TestContinuationLines(t *testing.T) {
	k := newMachine(neuron(t, `
		# a comment
		x = if t > 1:   # the condition
				2
			else:
				3 : min=2.5
		y = (1 +
		     2) ; z = 4 +
		     5
		w2 = 1 \
		   + 1
		tau*dv/dt = 1
		   - v
		: min=0,
		  max=0.05
		r = x + y*z`, map[string]float64{"tau": 10}), 1)
	k.step()
	close(t, "r", k.get("r"), 3+27, 0)
	close(t, "w2", k.get("w2"), 2, 0)
	close(t, "v", k.get("v"), 0.05, 0)
	k.step()
	k.step()
	close(t, "r", k.get("r"), 2.5+27, 0)
}

// Two derivatives written as quotients of parameters stay quotients.
func TestParameterNamedLikeADerivative(t *testing.T) {
	k := newMachine(neuron(t, "r = delta/dt + dq/dt\ndq = 3", map[string]float64{"delta": 2}), 0.5)
	k.step()
	close(t, "r", k.get("r"), 4+0, 0) // dq is 0 before its first assignment
	k.step()
	close(t, "r", k.get("r"), 4+6, 0)
}

// A synapse with all three localities: shared and per-post values come first
// in Step, yet statements see the values that the order of the text gives them.
func TestLocalitiesAndOrder(t *testing.T) {
	m := parse(t, Source{Kind: Synapse, Equations: `
		before = theta + m
		theta += 1              : shared, init=10
		m = post.r + theta      : per post
		after = theta + m
		w += pre.r*m`})
	last := Global
	for _, a := range m.Step {
		if a.To.Locality < last {
			t.Fatalf("step is not in order of locality:\n%v", m)
		}
		last = a.To.Locality
		if a.X.Locality() > a.To.Locality {
			t.Errorf("%s = %s reads values that differ more than it", a.To.Name, Text(a.X))
		}
	}
	k := newMachine(m, 1)
	k.set("post.r", 2)
	k.set("pre.r", 3)
	k.set("m", 100)
	k.step()
	for n, want := range map[string]float64{"before": 110, "theta": 11, "m": 13, "after": 24, "w": 39} {
		close(t, n, k.get(n), want, 0)
	}
	if theta := k.symbol("theta"); theta.Locality != Global || k.symbol("m").Locality != PerPost || k.symbol("w").Locality != Local {
		t.Error("localities are not as flagged")
	}
}

func TestPerElementParameter(t *testing.T) {
	m := parse(t, Source{Equations: "tau*dr/dt + r = 1", Params: map[string]float64{"tau": 10}, PerElement: []string{"tau"}})
	for _, a := range m.Step {
		if a.To.Locality != Local {
			t.Errorf("%s = %s is computed once, but tau differs between elements", a.To.Name, Text(a.X))
		}
	}
	m = parse(t, Source{Equations: "tau*dr/dt = u - r : exact\ntau*du/dt = 1 - u : exact", Params: map[string]float64{"tau": 10}, PerElement: []string{"tau"}})
	for _, s := range m.Derived[0].Out {
		if s.Locality != Local {
			t.Errorf("%s is computed once, but tau differs between elements", s.Name)
		}
	}
}
