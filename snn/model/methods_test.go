package model

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Values that ANNarchy 5.0.3 gives (h = 1, tau = 10), to the printed digits:
// 1e-15 is about five units in the last place of float64 near 0.5, the spread
// of equivalent ways to write the formulas over ten steps.
func TestMethodsAgainstRecordedValues(t *testing.T) {
	for _, c := range []struct {
		method          string
		v1, v2, v10     float64 // tau·dv/dt + v = 1
		cv1, cu1        float64 // tau·dv/dt = 1 − v − u, tau·du/dt = v − u
		cv10, cu10      float64
		tol10, tolPair1 float64
	}{
		{"explicit", 0.1, 0.19, 0.6513215599, 0.1, 0, 0.5827565584, 0.2512524016, 5e-11, 1e-15},
		{"implicit", 0.0909090909090909, 0.1735537190082645, 0.6144567105704682, 0.0901639344262295, 0.0081967213114754, 0.5316320411611711, 0.2402902824647361, 1e-15, 1e-16},
		{"semiimplicit", 0.0909090909090909, 0.1735537190082645, 0.6144567105704684, 0.0909090909090909, 0, 0.5600903067469508, 0.2198452656236408, 1e-15, 1e-16},
		{"exponential", 0.0951625819640405, 0.1812692469220182, 0.6321205588285579, 0.0951625819640405, 0, 0.5713084428203631, 0.2345736269803615, 1e-15, 1e-16},
		{"midpoint", 0.095, 0.180975, 0.6314590151664482, 0.095, 0.005, 0.5543445963037230, 0.2466330800011678, 1e-15, 1e-16},
		{"rk4", 0.0951625, 0.18126909859375, 0.6321202255875016, 0.0950083333333333, 0.0046750000000000, 0.5553976938466350, 0.2458380645472465, 1e-15, 1e-16},
	} {
		t.Run(c.method, func(t *testing.T) {
			for _, text := range []string{
				"tau*dv/dt + v = 1 : M\nr = v", "tau*dv/dt = 1 - v : M; r = v", "dv/dt = (1 - v)/tau : M\nr = v", "v' = -(v - 1)/tau : M\nr = v",
				"0 = 1 - v - tau*dv/dt : M\nr = v", "1 - v = dv/dt*tau : M\nr = v", "dv/dt = -((v - 1)/tau) : M\nr = v",
			} {
				k := newMachine(neuron(t, replaceMethod(text, c.method), map[string]float64{"tau": 10}), 1)
				for i := 1; i <= 10; i++ {
					k.step()
					switch i {
					case 1:
						close(t, text+": v after 1", k.get("v"), c.v1, 1e-16+5e-17)
					case 2:
						close(t, text+": v after 2", k.get("v"), c.v2, 3e-16)
					case 10:
						close(t, text+": v after 10", k.get("v"), c.v10, c.tol10)
						close(t, text+": r after 10", k.get("r"), k.get("v"), 0)
					}
				}
			}
			m := parse(t, Source{Equations: "tau*dv/dt = 1 - v - u\ntau*du/dt = v - u\nr = v", Params: map[string]float64{"tau": 10}, Method: c.method})
			k := newMachine(m, 1)
			for i := 1; i <= 10; i++ {
				k.step()
				switch i {
				case 1:
					close(t, "coupled v after 1", k.get("v"), c.cv1, 2*c.tolPair1)
					close(t, "coupled u after 1", k.get("u"), c.cu1, 2*c.tolPair1)
				case 10:
					close(t, "coupled v after 10", k.get("v"), c.cv10, c.tol10)
					close(t, "coupled u after 10", k.get("u"), c.cu10, c.tol10)
				}
			}
		})
	}
}

func replaceMethod(text, method string) string {
	return strings.ReplaceAll(text, ": M", ": "+method)
}

// The exact method against closed forms: a single decay, the coupled pair of
// the table (complex eigenvalues (−1 ± i)/tau), a singular matrix and a
// conserved system, which other simulators refuse.
func TestExact(t *testing.T) {
	const tol = 1e-14 // ten steps of values near 1, each right to a few ulp
	k := newMachine(neuron(t, "tau*dv/dt + v = 1 : exact\nr = v", map[string]float64{"tau": 10}), 1)
	pair := newMachine(neuron(t, "tau*dv/dt = 1 - v - u : exact\ntau*du/dt = v - u : exact\nr = v", map[string]float64{"tau": 10}), 1)
	ramp := newMachine(neuron(t, "dx/dt = c : exact\ndy/dt = x : exact\nr = y", map[string]float64{"c": 0.25}), 1)
	kept := newMachine(neuron(t, "da/dt = k*(b - a) : exact, init=1\ndb/dt = k*(a - b) : exact\nr = a + b", map[string]float64{"k": 0.3}), 1)
	for i := 1; i <= 10; i++ {
		for _, m := range []*machine{k, pair, ramp, kept} {
			m.step()
		}
		s := float64(i)
		close(t, "decay", k.get("v"), 1-math.Exp(-s/10), tol)
		// Steady state v = u = 1/2; the deviation turns with angle s/10 and shrinks with e^(−s/10).
		e, sin, cos := math.Exp(-s/10), math.Sin(s/10), math.Cos(s/10)
		close(t, "coupled v", pair.get("v"), 0.5+e*(-0.5*cos+0.5*sin), tol)
		close(t, "coupled u", pair.get("u"), 0.5+e*(-0.5*cos-0.5*sin), tol)
		close(t, "ramp x", ramp.get("x"), 0.25*s, tol)
		close(t, "ramp y", ramp.get("y"), 0.125*s*s, 10*tol)
		close(t, "kept a", kept.get("a"), 0.5+0.5*math.Exp(-0.6*s), tol)
		close(t, "kept sum", kept.get("r"), 1, tol)
	}
	// A shared variable drives a chain of local ones: entries of F that are 0
	// by structure do not appear, so the shared one stays shared.
	chain := newMachine(neuron(t, "dr/dt = y : exact\ndy/dt = x : exact\ndx/dt = c : exact, shared", map[string]float64{"c": 0.25}), 1)
	for range 4 {
		chain.step()
	}
	close(t, "chain x", chain.get("x"), 1, tol)
	close(t, "chain r", chain.get("r"), 0.25*64/6, tol)
	if n := len(chain.m.Derived[0].Out); n != 6 {
		t.Errorf("a chain of three has %d factors, want 6", n)
	}
	// A parameter changes without reading the model again.
	pair.set("tau", 5)
	pair.set("v", 0)
	pair.set("u", 0)
	pair.derive()
	pair.step()
	close(t, "v with tau 5", pair.get("v"), 0.5+math.Exp(-0.2)*(-0.5*math.Cos(0.2)+0.5*math.Sin(0.2)), tol)
}

// The order of convergence tells a wrong stage from a right one.
func TestOrderOfConvergence(t *testing.T) {
	// dv/dt = −v² + u, du/dt = −u·v: nonlinear and coupled.
	solve := func(method string, n int) float64 {
		m := parse(t, Source{Equations: "dv/dt = -v^2 + u : init=1\ndu/dt = -u*v : init=0.5\nr = v", Method: method})
		k := newMachine(m, 1/float64(n))
		for range n {
			k.step()
		}
		return k.get("v")
	}
	truth := solve("rk4", 2048)
	for method, order := range map[string]float64{"euler": 1, "midpoint": 2, "rk4": 4} {
		e1, e2 := math.Abs(solve(method, 16)-truth), math.Abs(solve(method, 32)-truth)
		if got := math.Log2(e1 / e2); math.Abs(got-order) > 0.2 {
			t.Errorf("%s: error falls with order %.2f, want %g ± 0.2 (errors %g, %g)", method, got, order, e1, e2)
		}
	}
}

// Backward Euler of a linear system: the step must satisfy x' = x + h·f(x'),
// whatever stands between the equations.
func TestImplicitSolvesItsEquation(t *testing.T) {
	m := neuron(t, `
		dx/dt = -a*x + b*y + 1      : implicit
		q = x                       # an assignment between the equations
		c*dy/dt = x - 2*y + z*g     : implicit
		dz/dt + z = a*y - x         : implicit
		r = x`, map[string]float64{"a": 0.3, "b": 0.7, "c": 5, "g": 0.9})
	k := newMachine(m, 0.5)
	for _, v := range []struct {
		n string
		v float64
	}{{"x", 0.3}, {"y", -0.8}, {"z", 1.1}} {
		k.set(v.n, v.v)
	}
	for range 5 {
		x0, y0, z0 := k.get("x"), k.get("y"), k.get("z")
		k.step()
		x, y, z := k.get("x"), k.get("y"), k.get("z")
		const tol = 1e-15 * 4 // a few ulp of values near 1
		close(t, "x", x, x0+0.5*(-0.3*x+0.7*y+1), tol)
		close(t, "y", y, y0+0.5*(x-2*y+z*0.9)/5, tol)
		close(t, "z", z, z0+0.5*(0.3*y-x-z), tol)
		close(t, "q", k.get("q"), x, 0)
	}
}

// Noise: with the draws fixed, the steps equal the formulas.
func TestNoise(t *testing.T) {
	const dW0 = 0.7 // N(0, 1)
	params := map[string]float64{"tau": 4, "s": 0.3}
	start := func(text string) *machine {
		k := newMachine(neuron(t, text, params), 0.25)
		k.draw = func(r *Rand) float64 {
			if r.Dist != NormalDist || Eval(r.Args[0], nil) != 0 || Eval(r.Args[1], nil) != 1 {
				t.Errorf("white noise draws %s", Text(r))
			}
			return dW0
		}
		k.set("r", 2)
		k.step()
		return k
	}
	h, dW := 0.25, 0.5*dW0
	for _, method := range []string{"euler", "heun", "milstein"} { // the same for additive noise
		close(t, method, start("tau*dr/dt = -r + s*xi : "+method).get("r"), 2+h*(-2.0/4)+0.3/4*dW, 1e-15)
	}
	// Multiplicative: f = −r/tau, g = s·r/tau.
	gx := 0.3 * 2 / 4
	s := 2 + gx*dW
	close(t, "heun", start("tau*dr/dt = -r + s*r*xi : heun").get("r"), 2+h*(-2.0/4)+0.5*dW*(gx+0.3*s/4), 1e-15)
	s = 2 + h*(-2.0/4) + math.Sqrt(h)*gx
	close(t, "milstein", start("tau*dr/dt = -r + s*r*xi : milstein").get("r"), 2+h*(-2.0/4)+gx*dW+(0.3*s/4-gx)*dW*dW/(2*math.Sqrt(h)), 1e-15)
}

// One name of a noise is one draw; two names are two streams.
func TestNoiseStreams(t *testing.T) {
	count := func(text string) map[int]bool {
		streams := map[int]bool{}
		k := newMachine(neuron(t, text, nil), 1)
		k.draw = func(r *Rand) float64 { streams[r.Stream] = true; return 1 }
		k.step()
		return streams
	}
	if got := count("dr/dt = xi_a - r\ndv/dt = xi_a - v"); len(got) != 1 {
		t.Errorf("one noise used twice draws from streams %v, want one stream", got)
	}
	if got := count("dr/dt = xi_a - r\ndv/dt = xi_b - v"); len(got) != 2 {
		t.Errorf("two noises draw from streams %v, want two", got)
	}
	if got := count("r = Uniform(0, 1) + Uniform(0, 1)"); len(got) != 2 {
		t.Errorf("two draws with the same text use streams %v, want two", got)
	}
	if got := count("u = Uniform(0, 1)\nr = u + u^2"); len(got) != 1 {
		t.Errorf("one draw read twice uses streams %v, want one", got)
	}
}

// Draws are made where their variable lives, in statements of their own.
func TestDrawsBelongToTheirVariable(t *testing.T) {
	for text, want := range map[string][]Locality{
		"r = Normal(0, 1)":                              {Local},
		"r = 2 + Normal(0, s)*Uniform(r, 1)":            {Local, Local},
		"g = Normal(0, s) : shared\nr = g":              {Global},
		"dg/dt = xi_a - g/s : shared\ndr/dt = xi_a - r": {Global},
		"dr/dt = xi_a - r\ndg/dt = xi_a - g/s : shared": {Global},
		"dr/dt = xi - r\ng = rand() : shared":           {Global, Local},
		"r = f(1) + f(1)\ng = s*f(r)":                   {Local, Local, Local},
	} {
		m := parse(t, Source{Equations: text + "\nunused = s", Params: map[string]float64{"s": 2}, Functions: "f(x) = x*rand()"})
		var got []Locality
		for _, a := range m.Step {
			if _, ok := a.X.(*Rand); ok {
				got = append(got, a.To.Locality)
			}
			for _, k := range children(a.X) {
				if _, ok := k.(*Rand); ok {
					t.Errorf("%q: a draw stands inside %s = %s", text, a.To.Name, Text(a.X))
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: draws have localities %v, want %v\n%v", text, got, want, m)
		}
	}
}
