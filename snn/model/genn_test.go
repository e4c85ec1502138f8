package model

import (
	"math"
	"testing"
)

type params = map[string]float64

// The built-in models of GeNN, with derived parameters written out.
var (
	lif = Source{Kind: SpikingNeuron, Equations: `
		V : init=-60
		RefracTime : init=0
		if (RefracTime <= 0.0) {
			const scalar alpha = ((Isyn + Ioffset) * (TauM / C)) + Vrest;
			V = alpha - (exp(-dt / TauM) * (alpha - V));
		}
		else {
			RefracTime -= dt;
		}`,
		Spike: "RefracTime <= 0.0 && V >= Vthresh", Reset: "V = Vreset;\nRefracTime = TauRefrac;",
		Params: params{"C": 0.2, "TauM": 20, "Vrest": -60, "Vreset": -60, "Vthresh": -50, "Ioffset": 0, "TauRefrac": 2}}
	izhikevich = Source{Kind: SpikingNeuron, Equations: `
		V : init=-65
		U : init=-20
		if (V >= 30.0){
			V = c;
			U += d;
		}
		V += 0.5*(0.04*V*V + 5.0*V + 140.0 - U + Isyn)*dt; // two half steps
		V += 0.5*(0.04*V*V + 5.0*V + 140.0 - U + Isyn)*dt;
		U += a*(b*V - U)*dt;
		if (V > 30.0) { /* cut the peak */
			V = 30.0;
		}`,
		Spike: "V >= 29.99", Params: params{"a": 0.02, "b": 0.2, "c": -65, "d": 8}}
	poisson = Source{Kind: SpikingNeuron, Equations: `
		timeStepToSpike : init=0
		if (timeStepToSpike <= 0.0f) {
			timeStepToSpike += (1000.0 / (rate * dt)) * gennrand_exponential();
		}
		timeStepToSpike -= 1.0;`,
		Spike: "timeStepToSpike <= 0.0", Params: params{"rate": 20}}
	rulkov = Source{Kind: SpikingNeuron, Equations: `
		V : init=-60
		preV : init=-60
		const scalar ip0 = Vspike * Vspike * alpha;
		const scalar ip1 = Vspike * y;
		const scalar ip2 = (Vspike * alpha) + (Vspike * y);
		if (V <= 0) {
			preV = V;
			V = ip0 / (Vspike - V - (beta * Isyn)) + ip1;
		}
		else {
			if (V < ip2 && preV <= 0) {
				preV = V;
				V = ip2;
			}
			else {
				preV = V;
				V = -Vspike;
			}
		}`,
		Spike: "V >= ip2", Params: params{"Vspike": 60, "alpha": 3, "y": -2.468, "beta": 0.0165}}
	traubMiles = Source{Kind: SpikingNeuron, Equations: `
		V : init=-60; m : init=0.0529324; h : init=0.3176767; n : init=0.5961207
		scalar Imem;
		unsigned int mt;
		const scalar mdt = dt / 25.0;
		for (mt = 0; mt < 25; mt++) {
			Imem = -(m * m * m * h * gNa * (V - (ENa)) +
				n * n * n * n * gK * (V - (EK)) +
				gl * (V - (El)) - Isyn);
			scalar a;
			if (V == -52.0) { a = 1.28; }
			else { a = 0.32 * (-52.0 - V) / (exp((-52.0 - V) / 4.0) - 1.0); }
			scalar b;
			if (V == -25.0) { b = 1.4; }
			else { b = 0.28 * (V + 25.0) / (exp((V + 25.0) / 5.0) - 1.0); }
			m += (a * (1.0 - m) - b * m) * mdt;
			a = 0.128 * exp((-48.0 - V) / 18.0);
			b = 4.0 / (exp((-25.0 - V) / 5.0) + 1.0);
			h += (a * (1.0 - h) - b * h) * mdt;
			if (V == -50.0) { a = 0.16; }
			else { a = 0.032 * (-50.0 - V) / (exp((-50.0 - V) / 5.0) - 1.0); }
			b = 0.5 * exp((-55.0 - V) / 40.0);
			n += (a * (1.0 - n) - b * n) * mdt;
			V += Imem / C * mdt;
		}`,
		Spike:  "V >= 0.0",
		Params: params{"gNa": 7.15, "ENa": 50, "gK": 1.43, "EK": -95, "gl": 0.02672, "El": -63.563, "C": 0.143}}
	stdp = Source{Kind: SpikingSynapse, Weight: "g", OnPre: `
		addToPost(g);
		const scalar dt = t - st_post;
		if (dt > 0) {
			const scalar timing = exp(-dt / tauMinus);
			const scalar newWeight = g - (Aminus * timing);
			g = fmax(Wmin, fmin(Wmax, newWeight));
		}`, OnPost: `
		const scalar dt = t - st_pre;
		if (dt > 0) {
			const scalar timing = exp(-dt / tauPlus);
			const scalar newWeight = g + (Aplus * timing);
			g = fmax(Wmin, fmin(Wmax, newWeight));
		}`,
		Params: params{"tauPlus": 20, "tauMinus": 20, "Aplus": 0.1, "Aminus": 0.12, "Wmin": 0, "Wmax": 1}}
	symmetric = Source{Kind: SpikingSynapse, Weight: "g", OnPre: `
		const scalar dt = t - st_post;
		const scalar timing = exp(-dt / tau) - rho;
		const scalar newWeight = g + (eta * timing);
		g = fmin(wMax, fmax(wMin, newWeight)); // addToPost(g);`, OnPost: `
		const scalar dt = t - st_pre;
		const scalar timing = exp(-dt / tau) - rho;
		const scalar newWeight = g + (eta * timing);
		g = fmin(wMax, fmax(wMin, newWeight));`,
		Params: params{"tau": 15, "rho": 0.01, "eta": 0.1, "wMin": 0, "wMax": 1}}
	expCurr = Source{Kind: Receptor, Equations: "injectCurrent((tau * (1.0 - exp(-dt / tau))) * (1.0 / dt) * inSyn);\ninSyn *= exp(-dt / tau);", Params: params{"tau": 3}}
	expCond = Source{Kind: Receptor, Equations: "injectCurrent(inSyn * (E - V));\ninSyn *= exp(-dt / tau);", Params: params{"tau": 5, "E": 0}, Names: map[string]string{"V": "post.V"}}
	delta   = Source{Kind: Receptor, Equations: "injectCurrent(inSyn);\ninSyn = 0.0;"}
)

// with is a model with other values of parameters.
func (src Source) with(p params) Source {
	all := params{}
	for n, v := range src.Params {
		all[n] = v
	}
	for n, v := range p {
		all[n] = v
	}
	src.Params = all
	return src
}

// Values recorded from a run of the original in double precision: times to
// the step, V to a few ulp (1e-12) where the models are not chaotic.
func TestLIFRecorded(t *testing.T) {
	for _, c := range []struct {
		current      float64
		count        int
		spikes       []float64
		v1, v2, v100 float64
	}{
		{0.099, 0, nil, -59.950623544007556, -59.90149335411677, -56.10465353115508},
		{0.101, 2, []float64{92.3, 186.7}, -59.949626039846095, -59.8995033208666, -56.025959663097595},
		{0.11, 4, []float64{47.9, 97.9, 147.9, 197.9}, -59.945137271119506, -59.89054817124085, -55.671837256838955},
		{0.5, 31, []float64{4.4, 10.9, 17.4, 23.9, 30.4}, -59.75062395963412, -59.50249168745841, -51.972851038460384},
		{1, 48, []float64{2.1, 6.3, 10.5, 14.7, 18.9}, -59.50124791926824, -59.00498337491682, -52.31163463866362},
		{5, 80, []float64{0.4, 2.9, 5.4, 7.9, 10.4}, -57.506239596341175, -55.02491687458405, -60},
	} {
		k := newSpiker(parse(t, lif.with(params{"Ioffset": c.current})), 0.1)
		var got []float64
		for i := 1; i <= 2000; i++ {
			got = append(got, k.spikes(1)...)
			if want, ok := map[int]float64{1: c.v1, 2: c.v2, 100: c.v100}[i]; ok {
				close(t, "V", k.get("V"), want, 1e-12)
			}
		}
		if len(got) != c.count {
			t.Errorf("current %g: %d spikes, want %d", c.current, len(got), c.count)
		}
		sameTimes(t, "LIF", got, c.spikes)
	}
}

func TestIzhikevichRecorded(t *testing.T) {
	for _, c := range []struct {
		name string
		p    params
		dt   float64
		want []float64
	}{
		{"RS", params{"a": .02, "b": .2, "c": -65, "d": 8}, 0.1, []float64{2.1, 5.9, 36.8, 81.9, 127.0, 172.1}},
		{"IB", params{"a": .02, "b": .2, "c": -55, "d": 4}, 0.1, []float64{2.1, 3.8, 5.9, 8.8, 42.0, 73.5, 105.1, 136.7, 168.3, 199.8}},
		{"CH", params{"a": .02, "b": .2, "c": -50, "d": 2}, 0.1, []float64{2.1, 3.3, 4.6, 6.0, 7.5, 9.2, 11.1, 13.2, 15.8, 19.4, 66.7, 68.7, 71.0, 73.9, 79.9, 127.8, 129.8, 132.1, 135.0, 141.0, 188.9, 190.9, 193.2, 196.1}},
		{"RS", params{"a": .02, "b": .2, "c": -65, "d": 8}, 1, []float64{2, 7, 44, 93, 147}},
		{"CH", params{"a": .02, "b": .2, "c": -50, "d": 2}, 1, []float64{2, 4, 6, 9, 13, 68, 72, 120, 123, 127, 176, 180}},
		{"IB", params{"a": .02, "b": .2, "c": -55, "d": 4}, 1, []float64{2, 5, 9, 47, 87, 121, 155, 189}},
		{"FS", params{"a": .1, "b": .2, "c": -65, "d": 2}, 1, []float64{2, 7, 23, 46, 58, 75}},
	} {
		k := newSpiker(parse(t, izhikevich.with(c.p)), c.dt)
		k.inputs["I"] = 10
		got := k.spikes(int(math.Round(200 / c.dt)))
		sameTimes(t, c.name, got, c.want)
		if c.name != "FS" && len(got) != len(c.want) {
			t.Errorf("%s: %d spikes, want %d", c.name, len(got), len(c.want))
		}
	}
}

func TestTraubMilesRecorded(t *testing.T) {
	m := parse(t, traubMiles)
	if m.Substeps != 25 {
		t.Errorf("the loop is done %d times, want 25 substeps", m.Substeps)
	}
	k := newSpiker(m, 0.1)
	k.inputs["I"] = 0.2
	var up []float64
	above := 0
	last := -60.0
	for i := range 2000 {
		if k.neuron() {
			above++
		}
		v := k.get("V")
		if last < 0 && v >= 0 {
			up = append(up, float64(i)*0.1)
		}
		last = v
		if i == 99 {
			close(t, "V after 100 steps", v, -57.727838, 1e-6)
		}
	}
	sameTimes(t, "upward crossings", up, []float64{12.5, 28.0, 43.5, 59.1, 74.6, 90.1, 105.7, 121.2, 136.7, 152.3, 167.8, 183.3, 198.9})
	if above != 70 {
		t.Errorf("%d steps above 0, want 70", above)
	}
}

func TestRulkovRecorded(t *testing.T) {
	k := newSpiker(parse(t, rulkov), 1)
	k.inputs["I"] = 10
	for i, want := range []float64{-57.95607960946299, -56.392242015206364, -55.1585831897568, -54.16171603646467, -53.340428760549955, -52.65292613531848} {
		k.neuron()
		close(t, "V of step "+string(rune('1'+i)), k.get("V"), want, 1e-12)
	}
}

func TestPoissonCountsDown(t *testing.T) {
	k := newSpiker(parse(t, poisson), 1)
	k.draw = func(r *Rand) float64 {
		if r.Dist != ExponentialDist {
			t.Errorf("drew %v, want an exponential", r.Dist)
		}
		return 0.05
	}
	// isi = 50 steps; 50·0.05 = 2.5: fires when the rest is below 0, that is in every third step, then after 2, 3, …
	sameTimes(t, "Poisson", k.spikes(10), []float64{2, 4, 7, 9})
}

func TestReceptorsRecorded(t *testing.T) {
	for _, c := range []struct {
		src  Source
		tau  float64
		want []float64
	}{
		{expCurr, 3, []float64{0, 0.9835169855398229, 0.9512734635116449, 0.920087009869745, 0.8899229697903636, 0.8607478245700014}},
		{expCurr, 5, []float64{0, 0.9900663346622374, 0.970461707721607, 0.9512452784037272, 0.9324093598806484}},
		{delta, 0, []float64{0, 1, 0, 0}},
	} {
		if c.tau != 0 {
			c.src = c.src.with(params{"tau": c.tau})
		}
		k := newSpiker(parse(t, c.src), 0.1)
		for i, want := range c.want {
			if i == 1 {
				k.set("in", k.get("in")+1)
			}
			clear(k.emitted)
			k.run(k.m.Step)
			close(t, "injected", k.emitted["I"], want, 1e-14)
		}
	}
	k := newSpiker(parse(t, expCond), 0.1)
	k.set("in", 2)
	k.set("post.V", -60)
	k.run(k.m.Step)
	close(t, "conductance", k.emitted["I"], 120, 1e-12)
	close(t, "decay", k.get("in"), 2*math.Exp(-0.1/5), 1e-15)
}

// One presynaptic spike at 50 ms and one postsynaptic at 50 + o, dt 1.
func TestPairRulesRecorded(t *testing.T) {
	for _, c := range []struct{ o, stdp, symmetric float64 }{
		{-30, 0.4732243807821884, 0.5115335283236613}, {-10, 0.427216320834484, 0.5493417119032592}, {-5, 0.4065439060314314, 0.5696531310573789},
		{-1, 0.3858524690599143, 0.5915506985031618}, {0, 0.5, 0.698}, {1, 0.5951229424500715, 0.5915506985031618},
		{5, 0.5778800783071405, 0.5696531310573789}, {10, 0.5606530659712633, 0.5493417119032592}, {30, 0.522313016014843, 0.5115335283236613},
	} {
		for _, rule := range []struct {
			src  Source
			want float64
		}{{stdp, c.stdp}, {symmetric, c.symmetric}} {
			k := newSpiker(parse(t, rule.src), 1)
			k.set("g", 0.5)
			pre, post := 51, 51+int(c.o) // arrive one step after they are emitted
			for k.n = 0; k.n < 100; k.n++ {
				if k.n == pre {
					k.stamps["st_pre"] = float64(k.n)
				}
				if k.n == post {
					k.stamps["st_post"] = float64(k.n)
				}
				if k.n == pre {
					k.run(k.m.OnPre)
				}
				if k.n == post {
					k.run(k.m.OnPost)
				}
			}
			close(t, "weight", k.get("g"), rule.want, 2e-16)
		}
	}
}

// round32 computes an expression as a network in single precision does: every
// operation is rounded.
func round32(e Expr, lookup func(*Symbol) float64) float64 {
	var walk func(e Expr) float64
	walk = func(e Expr) float64 {
		var kids []Expr
		for _, k := range children(e) {
			kids = append(kids, &Const{V: walk(k), T: k.Type()})
		}
		var v float64
		switch e := e.(type) {
		case *Const:
			v = e.V
		case *Ref:
			v = lookup(e.Sym)
		case *Unary:
			v = Eval(&Unary{e.Op, kids[0]}, nil)
		case *Binary:
			v = Eval(&Binary{e.Op, kids[0], kids[1]}, nil)
		case *Call:
			v = Eval(&Call{e.Fn, kids}, nil)
		case *Select:
			v = Eval(&Select{kids[0], kids[1], kids[2]}, nil)
		}
		if e.Type() == Float {
			return float64(float32(v))
		}
		return v
	}
	return walk(e)
}

// Values recorded from the original in single precision, to all printed digits:
// what is made of parameters is computed in double precision and rounded once, there as here.
func TestLIFRecordedSingle(t *testing.T) {
	for _, c := range []struct{ current, v1, v2, v100 float64 }{
		{0.099, -59.950622558594, -59.901493072510, -56.104637145996}, {0.101, -59.949626922607, -59.899505615234, -56.025939941406},
		{1, -59.501243591309, -59.004974365234, -52.311607360840}, {5, -57.506225585938, -55.024902343750, -60},
	} {
		k := newSpiker(parse(t, lif.with(params{"Ioffset": c.current})), 0.1)
		for s, v := range k.values {
			k.values[s] = float64(float32(v))
		}
		lookup := func(s *Symbol) float64 { return float64(float32(k.lookup(s))) }
		for i := 1; i <= 100; i++ {
			for _, a := range k.m.Step {
				k.values[a.To] = round32(a.X, lookup)
			}
			if round32(k.m.Spike, lookup) != 0 {
				for _, a := range k.m.Reset {
					k.values[a.To] = round32(a.X, lookup)
				}
			}
			if want, ok := map[int]float64{1: c.v1, 2: c.v2, 100: c.v100}[i]; ok {
				close(t, "V in single precision", k.get("V"), want, 5e-13)
			}
		}
	}
}
