package model

import (
	"math"
	"testing"
)

// Models in the habits of other simulators are understood, and a few of their
// numbers are right.
func TestDialects(t *testing.T) {
	for _, src := range []Source{
		{Kind: SpikingNeuron, Equations: "dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I + g_exc - g_inh : init = -65.\ndu/dt = a * (b*v - u) : init = -13.", Spike: "v > 30.0", Reset: "v = c\nu += d", Refractory: "0.0",
			Params: params{"a": 0.02, "b": 0.2, "c": -65, "d": 8}},
		{Kind: SpikingNeuron, Equations: `
			I = noise * Normal(0.0, 1.0) + I_0
			C * dv/dt = gL * (EL - v) + gL * DeltaT * exp((v - VT)/DeltaT) - u + I + g_exc : init=-70.6
			tauw * du/dt = a * (v - EL) - u
			tau_exc * dg_exc/dt = - g_exc : exponential`,
			Spike: "v > Vcut", Reset: "v = EL\nu += b", Refractory: "refr",
			Params: params{"noise": 0, "I_0": 1, "C": 281, "gL": 30, "EL": -70.6, "DeltaT": 2, "VT": -50.4, "tauw": 144, "a": 4, "tau_exc": 5, "Vcut": -40, "b": 80.5, "refr": 2}},
		{Kind: SpikingNeuron, Equations: `
			dv/dt = (gl*(El-v) + ge*(Ee-v) + gi*(Ei-v) - g_na*(m*m*m)*h*(v-ENa) - g_kd*(n*n*n*n)*(v-EK))/Cm : volt
			dm/dt = 0.32*(13.*mV-v+VT)/(exp((13.*mV-v+VT)/(4.*mV))-1.)/mV/ms*(1-m) - 0.28*(v-VT-40.*mV)/(exp((v-VT-40.*mV)/(5.*mV))-1.)/mV/ms*m : 1
			dn/dt = 0.032/ms*5*exprel((15.*mV-v+VT)/(5.*mV))^-1*(1.-n) - .5*exp((10.*mV-v+VT)/(40.*mV))/ms*n : 1
			dh/dt = 0.128*exp((17.*mV-v+VT)/(18.*mV))/ms*(1.-h) - 4./(1+exp((40.*mV-v+VT)/(5.*mV)))/ms*h : 1
			dge/dt = -ge*(1./taue) : siemens
			dgi/dt = -gi*(1./taui) : siemens`, Spike: "v > -20*mV", Refractory: "3*ms", Method: "exponential_euler",
			Params: params{"gl": 0.01, "El": -60, "Ee": 0, "Ei": -80, "g_na": 20, "ENa": 50, "g_kd": 6, "EK": -90, "Cm": 0.2, "VT": -63, "taue": 5, "taui": 10},
			Units:  map[string]string{"gl": "uS", "El": "mV", "Ee": "mV", "Ei": "mV", "g_na": "uS", "ENa": "mV", "g_kd": "uS", "EK": "mV", "Cm": "nF", "VT": "mV", "taue": "ms", "taui": "ms"}},
		{Kind: SpikingSynapse, Equations: "dA_pre/dt_ : init=0", OnPre: "addToPost(w)"}, // nonsense: refused
		{Kind: SpikingSynapse, Equations: "tau_plus  * dx/dt = -x : event-driven\ntau_minus * dy/dt = -y : event-driven\nw : min=0, max=1",
			OnPre: "g_target += w\nx += A_plus * w_max\nw = clip(w + y, w_min, w_max)", OnPost: "y -= A_minus * w_max\nw = clip(w + x, w_min, w_max)",
			Params: params{"tau_plus": 20, "tau_minus": 20, "A_plus": 0.01, "A_minus": 0.01, "w_min": 0, "w_max": 1}},
		{Kind: SpikingSynapse, Equations: "dx/dt = (1 - x)/tau_rec : init=1, event-driven\ndu/dt = (U - u)/tau_facil : init=0.5, event-driven",
			OnPre: "g_target += w * u * x\nx *= (1 - u)\nu += U * (1 - u)", Params: params{"tau_rec": 100, "tau_facil": 10, "U": 0.5}},
		{Kind: SpikingSynapse, Weight: "g", OnPre: "$(addToPost, $(g));\nscalar dt = $(t) - $(sT_post); $(g) += dt"},
		{Kind: SpikingSynapse, Weight: "g", PreEquations: "r1 : init=0; r2 : init=0", PostEquations: "o1 : init=0; o2 : init=0",
			PreSpike:  "const scalar dt = t - st_pre;\nr1 = r1*exp(-dt/tauPlus) + 1.0;\nr2 = r2*exp(-dt/tauX) + 1.0;",
			PostSpike: "const scalar dt = t - st_post;\no1 = o1*exp(-dt/tauMinus) + 1.0;\no2 = o2*exp(-dt/tauY) + 1.0;",
			OnPre:     "addToPost(g);\nscalar dtPost = t - st_post;\nif (dtPost > 0) { g = fmax(0.0, g - o1*exp(-dtPost/tauMinus)*(A2 + A3*r2)); }",
			OnPost:    "const scalar dtPre = t - st_pre;\nif (dtPre > 0) { g = fmin(1.0, g + r1*exp(-dtPre/tauPlus)*(A2 + A3*o2)); }",
			Params:    params{"tauPlus": 17, "tauX": 100, "tauMinus": 34, "tauY": 114, "A2": 1e-3, "A3": 6e-3}},
	} {
		m, err := Parse(src)
		if refused := src.Equations == "dA_pre/dt_ : init=0"; refused != (err != nil) {
			t.Errorf("%s%s: refused is %v:\n%v", src.Equations, src.OnPre, err != nil, err)
		} else if err == nil && (m.String() == "" || m.Latex() == "") {
			t.Errorf("%s prints nothing", src.Equations)
		}
	}
}

// Short-term depression and facilitation against the recursion from spike to spike.
func TestShortTermPlasticity(t *testing.T) {
	p := params{"tau_rec": 100, "tau_facil": 50, "U": 0.2}
	m := parse(t, Source{Kind: SpikingSynapse, Equations: "dx/dt = (1 - x)/tau_rec : init=1, event-driven\ndu/dt = (U - u)/tau_facil : init=U, event-driven",
		OnPre: "g_target += w*u*x; x *= 1 - u; u += U*(1 - u)", Params: p})
	k := newSpiker(m, 0.1)
	k.set("w", 2)
	x, u, last := 1.0, 0.2, 0
	for _, n := range []int{100, 150, 400, 401, 5000} {
		k.n = n
		clear(k.emitted)
		k.run(m.OnPre)
		s := float64(n-last) * 0.1
		x, u = 1+(x-1)*math.Exp(-s/100), 0.2+(u-0.2)*math.Exp(-s/50)
		close(t, "transmitted", k.emitted["post.in"], 2*u*x, 1e-14)
		x, u, last = x*(1-u), u+0.2*(1-u), n
	}
}
