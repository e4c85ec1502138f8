package model

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParse: no text makes Parse panic or hang; what it accepts can be run,
// printed, and is well formed; what it refuses is refused with errors that
// have a message.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"tau*dr/dt + r = sum(exc) - sum(inh) : min=0", "tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=min_w",
		"tau*dv/dt = 1 - v - u : exact\ntau*du/dt = v - u : exact\nr = v", "r = if t > 1: 2 elif t < 0: 3 else: (4 : 5)",
		"dr/dt = -r + xi*tau : heun", "dr/dt = (1 - r)/tau + xi_a + xi_b : euler, init=0.5, max=1", "r' = -r\nv' = r*v : rk4",
		"dr/dt = a*r + v : implicit\ndv/dt = r - v : implicit\nx = 1", "r = ((((x^2)^16)^16)^16)^16 : init=2^16", "r = t ? 1 : 2", "r = 1 ; ; v = 2 \\\n + 3",
		"r = f(f(f(1)))", "n = 1 : int\nr = n/2 + n//2 + n % 2 + n^2", "b = True : bool\nr = b ? 1 : 0", "r = Uniform(0, 1) + rand() + DiscreteUniform(1, 3)",
		"d", "dr", "dr/", "dr/dt", "dr/dt=", "'", "r'", "=", "= =", ":", "r = :", "r = 1 :,", "r = 1 : (", "r=1:(min=0)", "r = 1 : 1 (shared)",
		"if", "else", "r = pre.", "r = pre.sum(", "w += mean(pre.r)", "\\", "\\\n", "#", "\x00", "\xff\xfe", "r = 1e", "r = 1e+", "r = .", "r = ..", "−1 = ≤",
		"r = 1\n\t\t\n  + 2", "x = 1\nx += 1\nx : 2", "theta += 1 : shared\nm = theta : per post\nw = m", "w = w_pre + w_post", "init = 1 : init=init", "r = max(r, 1, 2) : max=r, min=r",
	} {
		f.Add(s, "", uint8(0))
		f.Add(s, "f(x) = x*x + x\ng(x, y) = f(x) + y", uint8(1))
	}
	f.Add("r = f(1)", "f(x) = f(x)", uint8(2))
	f.Add("r = "+strings.Repeat("f(", 200)+"1"+strings.Repeat(")", 200), "f(x) = x^16 + clip(x, 0, x)", uint8(4))
	f.Add("r = "+strings.Repeat("-", 1000)+"1", "f(x", uint8(8))
	f.Fuzz(func(t *testing.T, equations, functions string, mode uint8) {
		src := Source{Kind: Kind(mode & 1), Equations: equations, Functions: functions, Params: map[string]float64{"tau": 10, "alpha": 2, "min_w": 0}}
		if mode&2 != 0 {
			src.Method = []string{"exponential", "rk4", "implicit", "exact"}[mode>>2&3]
		}
		if mode&16 != 0 {
			src.PerElement = []string{"tau"}
		}
		if mode&32 != 0 && src.Kind == Synapse {
			src.PSP = functions
		}
		m, err := Parse(src)
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 || m != nil {
				t.Fatalf("error is %T, model %v", err, m)
			}
			// Without the complaint about parameters that this text happens not to use, try again.
			only := map[string]float64{}
			for _, e := range list {
				if e.Message == "" || e.Error() == "" {
					t.Fatalf("an error without a message: %+v", e)
				}
			}
			for n, v := range src.Params {
				if strings.Contains(equations+functions, n) {
					only[n] = v
				}
			}
			src.Params, src.PerElement = only, nil
			if m, err = Parse(src); err != nil {
				return
			}
		}
		if m.String() == "" || m.Latex() == "" {
			t.Fatal("an accepted model prints nothing")
		}
		last := Global
		for _, a := range m.Step {
			if a.To.Locality < last || a.X.Type() != a.To.Type || a.X.Locality() > a.To.Locality {
				t.Fatalf("statement %s = %s is out of order or ill typed", a.To.Name, Text(a.X))
			}
			last = a.To.Locality
		}
		if len(m.Symbols) < 200 {
			k := newMachine(m, 0.5)
			k.draw = func(*Rand) float64 { return 0.5 }
			k.step()
			k.step()
		}
	})
}

// FuzzSpiking is FuzzParse for the spiking kinds: first is the equations, second
// the condition and code on events, third what else the kind has.
func FuzzSpiking(f *testing.F) {
	for kind, texts := range map[uint8][][3]string{
		0: {
			{lif.Equations, lif.Spike, lif.Reset}, {izhikevich.Equations, izhikevich.Spike, ""}, {traubMiles.Equations, traubMiles.Spike, ""},
			{rulkov.Equations, rulkov.Spike, "V = 1"}, {poisson.Equations, poisson.Spike, ""},
			{"tau*dv/dt + v = g_exc + xi : init=1, min=0\ng_exc' = -g_exc/tau", "v > 1 and not (v > 2)", "v = 0; v -= 1"},
			{"v : init=0\nfor (int i = 0; i < 3; i++) v += i*dt", "v > (scalar)2", "if (v > 1) v = 0; else { v = 1 }"},
			{"{", "}", "("}, {"if", "if (", "if (1) else"}, {"for", "for (;;) {", "for (int i=0;i<9;i++)"}, {"v : ", "v", "v++"}, {"/*", "//", "#"},
			{"scalar", "scalar a", "const scalar a = 1, b"}, {"v = 1 ? 2", "1e", "0.5f"}, {"$(v) = 1", "$(", "$(v"}, {"a++b", "++", "v ++ +v"},
			{"x = 1\nelse : 2\nelif", "v'", "v' = 1"}, {"scalar i = 1; { scalar i = i; v = i; }\nv : int", "i > 0", "v = i"},
		},
		1: {
			{"", stdp.OnPre, stdp.OnPost}, {"", symmetric.OnPre, symmetric.OnPost},
			{"dx/dt = -x/tau : event-driven\nd : int\naddToPostDelay(x, d)", "addToPost(x); post.V += 1; g_target -= w", "addToPre(w)"},
			{"x : init=1, min=0", "addToPostDelay(w, id_pre); $(addToPost, w);", "x = st_pre - prev_st_post"}, {"x_pre", "y_post += 1", "pre.x += i + j"},
		},
		2: {{expCurr.Equations, "", ""}, {delta.Equations, "", ""}, {"din/dt = -in/tau; inject(exc, post.V)", "", ""}},
		3: {{"a : init=0\ninjectCurrent(a*gennrand_normal()); I += rint(a)", "", ""}},
		4: {{"V = 1; s = 2*s", "", ""}, {"W = V", "", ""}},
	} {
		for _, s := range texts {
			f.Add(kind, s[0], s[1], s[2])
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, first, second, third string) {
		src := Source{Kind: SpikingNeuron + Kind(kind%5), Equations: first, Params: map[string]float64{}}
		switch src.Kind {
		case SpikingNeuron:
			src.Spike, src.Reset = second, third
			if kind&32 != 0 {
				src.Refractory = "2"
			}
			src.AutoRefractory = kind&64 != 0
		case SpikingSynapse:
			src.OnPre, src.OnPost = second, third
			if kind&32 != 0 {
				src.PreEquations, src.PreSpike, src.PostEquations, src.PostSpike = first, second, "y : init=0", third
				src.Equations = ""
			}
		case Update:
			src.Refs = map[string]bool{"V": true, "s": false}
		default:
			src.Names = map[string]string{"V": "post.V"}
		}
		for n, v := range map[string]float64{"tau": 10, "Vspike": 60, "alpha": 3, "C": 0.2, "gNa": 7} {
			if strings.Contains(first+second+third, n) {
				src.Params[n] = v
			}
		}
		m, err := Parse(src)
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 || m != nil {
				t.Fatalf("error is %T, model %v", err, m)
			}
			for _, e := range list {
				if e.Message == "" || e.Error() == "" {
					t.Fatalf("an error without a message: %+v", e)
				}
			}
			return
		}
		if m.String() == "" || m.Latex() == "" {
			t.Fatal("an accepted model prints nothing")
		}
		known := map[*Symbol]bool{}
		for _, s := range m.Symbols {
			known[s] = true
		}
		k := newSpiker(m, 0.5)
		k.draw = func(*Rand) float64 { return 0.5 }
		set := map[*Symbol]bool{} // temporaries
		for _, body := range [][]Assign{m.Before, m.Step, m.Reset, m.OnPre, m.OnPost, m.PreStep, m.PostStep, m.PreSpike, m.PostSpike} {
			assigned := map[*Symbol]bool{}
			for _, a := range body {
				if a.To.Kind == Var && assigned[a.To] {
					t.Fatalf("%s is assigned twice", a.To.Name)
				}
				assigned[a.To] = true
				if a.X.Type() != a.To.Type || a.Delay != nil && a.Delay.Type() != Int {
					t.Fatalf("statement %s is ill typed", assignText(a))
				}
				for _, e := range []Expr{a.X, a.Delay} {
					for s := range newGraph().symbols(e) {
						if !known[s] && !set[s] {
							t.Fatalf("statement %s reads %s, which has no value", assignText(a), s.Name)
						}
						if s.Kind == Emit {
							t.Fatalf("statement %s reads what is emitted", assignText(a))
						}
					}
				}
				if a.To.Kind == Temp {
					set[a.To] = true
				} else if !known[a.To] {
					t.Fatalf("statement %s changes what is no symbol of the model", assignText(a))
				}
			}
			k.run(body)
		}
		if m.Spike != nil {
			k.value(m.Spike)
		}
	})
}
