package snn

import "math"

// The built-in neurons. Parameters are struct values and all must be given;
// units are mV, ms, nA, nF, MΩ and µS, except where a model has none. Figures
// and order of arithmetic are GeNN's (spec genn §1.3, §2.4), so the same
// network fires the same spikes.

// LIF is the leaky integrate-and-fire neuron, integrated exactly with the
// input held over the step:
//
//	V' = a − exp(−dt/TauM)·(a − V),  a = (I + Ioffset)·TauM/C + Vrest
//
// Refractory neurons ignore their input. Variables: V, RefracTime.
type LIF struct {
	C                      float64 // capacitance, nF
	TauM                   float64 // membrane time constant, ms
	Vrest, Vreset, Vthresh float64 // mV
	Ioffset                float64 // nA
	TauRefrac              float64 // ms
}

func (m LIF) neuron() described {
	d := Spiking(`V : init=Vrest
		RefracTime : init=0
		if (RefracTime <= 0) {
			scalar alpha = (Isyn + Ioffset)*Rmembrane + Vrest;
			V = alpha - ExpTC*(alpha - V);
		} else {
			RefracTime -= dt;
		}`,
		P{"C": m.C, "TauM": m.TauM, "Vrest": m.Vrest, "Vreset": m.Vreset, "Vthresh": m.Vthresh, "Ioffset": m.Ioffset, "TauRefrac": m.TauRefrac}).
		Derived("ExpTC", func(p P, dt float64) float64 { return math.Exp(-dt / p["TauM"]) }).
		Derived("Rmembrane", func(p P, dt float64) float64 { return p["TauM"] / p["C"] }).
		Spike("RefracTime <= 0 && V >= Vthresh").
		Reset("V = Vreset; RefracTime = TauRefrac").described
	d.name = "LIF"
	d.err = want("LIF", m.C > 0, "C above 0", m.TauM > 0, "TauM above 0", m.TauRefrac >= 0, "TauRefrac of at least 0")
	return d
}

// Izhikevich is the simple model of spiking neurons (Izhikevich 2003). Its
// variables V and U begin at −65 and −20. Give A, B, C and D one value per
// neuron with Init("a", …).
type Izhikevich struct{ A, B, C, D float64 }

func (m Izhikevich) neuron() described {
	d := Spiking(`V : init=-65
		U : init=-20
		if (V >= 30) { V = c; U += d; }
		V += 0.5*(0.04*V*V + 5*V + 140 - U + Isyn)*dt;
		V += 0.5*(0.04*V*V + 5*V + 140 - U + Isyn)*dt;
		U += a*(b*V - U)*dt;
		if (V > 30) { V = 30; }`,
		P{"a": m.A, "b": m.B, "c": m.C, "d": m.D}).
		Spike("V >= 29.99").described
	d.name = "Izhikevich"
	return d
}

// PoissonSource fires at random at a rate in Hz, without input. Give each
// neuron its own with Init("rate", …).
type PoissonSource struct{ Rate float64 }

func (m PoissonSource) neuron() described {
	d := Spiking(`timeStepToSpike : init=0
		if (timeStepToSpike <= 0) { timeStepToSpike += isi*Exponential(1.0); }
		timeStepToSpike -= 1;`, P{"rate": m.Rate}).
		Derived("isi", func(p P, dt float64) float64 {
			if p["rate"] <= 0 {
				return math.MaxFloat32 / 64
			}
			return 1000 / (p["rate"] * dt)
		}).
		Spike("timeStepToSpike <= 0").described
	d.deaf = true
	d.name = "PoissonSource"
	d.err = want("PoissonSource", m.Rate >= 0, "a Rate of at least 0")
	return d
}

// Rulkov is the map-based neuron (Rulkov 2002). Variables V and preV begin at
// −Vspike.
type Rulkov struct{ Vspike, Alpha, Y, Beta float64 }

func (m Rulkov) neuron() described {
	d := Spiking(`V : init=-Vspike
		preV : init=-Vspike
		scalar old = V;
		if (V <= 0) {
			V = ip0/(Vspike - V - beta*Isyn) + ip1;
		} else {
			if (V < ip2 && preV <= 0) { V = ip2; } else { V = -Vspike; }
		}
		preV = old;`, P{"Vspike": m.Vspike, "alpha": m.Alpha, "y": m.Y, "beta": m.Beta}).
		Derived("ip0", func(p P, dt float64) float64 { return p["Vspike"] * p["Vspike"] * p["alpha"] }).
		Derived("ip1", func(p P, dt float64) float64 { return p["Vspike"] * p["y"] }).
		Derived("ip2", func(p P, dt float64) float64 { return p["Vspike"]*p["alpha"] + p["Vspike"]*p["y"] }).
		Spike("V >= ip2").described
	d.name = "Rulkov"
	return d
}

// TraubMiles is the Hodgkin–Huxley neuron with the rates of Traub and Miles
// (1991), in 25 Euler steps of dt/25. It fires in every step in which V ≥ 0,
// unless Once is set: then only where V rises above 0. Variables: V, m, h, n.
type TraubMiles struct {
	GNa, ENa, GK, EK, Gl, El, C float64
	Once                        bool
}

func (m TraubMiles) neuron() described {
	s := Spiking(`V : init=-60
		m : init=0.0529324
		h : init=0.3176767
		n : init=0.5961207
		for (int k = 0; k < 25; k++) {
			scalar Imem = -(m*m*m*h*gNa*(V - ENa) + n*n*n*n*gK*(V - EK) + gl*(V - El) - Isyn);
			scalar am = (V == -52) ? 1.28 : 0.32*(-52 - V)/(exp((-52 - V)/4) - 1);
			scalar bm = (V == -25) ? 1.4 : 0.28*(V + 25)/(exp((V + 25)/5) - 1);
			m += (am*(1 - m) - bm*m)*(dt/25);
			scalar ah = 0.128*exp((-48 - V)/18);
			scalar bh = 4/(exp((-25 - V)/5) + 1);
			h += (ah*(1 - h) - bh*h)*(dt/25);
			scalar an = (V == -50) ? 0.16 : 0.032*(-50 - V)/(exp((-50 - V)/5) - 1);
			scalar bn = 0.5*exp((-55 - V)/40);
			n += (an*(1 - n) - bn*n)*(dt/25);
			V += Imem/C*(dt/25);
		}`,
		P{"gNa": m.GNa, "ENa": m.ENa, "gK": m.GK, "EK": m.EK, "gl": m.Gl, "El": m.El, "C": m.C}).
		Spike("V >= 0")
	if m.Once {
		s = s.OnRise()
	}
	d := s.described
	d.name = "TraubMiles"
	d.err = want("TraubMiles", m.C > 0, "C above 0")
	return d
}

// AdEx is the adaptive exponential integrate-and-fire neuron (Brette and
// Gerstner 2005), by the Euler method. Variables V and u, the adaptation, begin
// at El and 0.
type AdEx struct {
	C              float64 // nF
	Gl             float64 // µS
	El, Vt, DeltaT float64 // mV
	Vreset, Vpeak  float64 // mV
	A              float64 // µS
	B              float64 // nA
	TauW           float64 // ms
	Ioffset        float64 // nA
	TauRefrac      float64 // ms
}

func (m AdEx) neuron() described {
	d := Spiking(`C*dV/dt = -gl*(V - El) + gl*DeltaT*exp(min((V - Vt)/DeltaT, 20)) - u + I + Ioffset : init=El, euler
		tauW*du/dt = a*(V - El) - u : init=0, euler`,
		P{"C": m.C, "gl": m.Gl, "El": m.El, "Vt": m.Vt, "DeltaT": m.DeltaT, "Vreset": m.Vreset, "Vpeak": m.Vpeak,
			"a": m.A, "b": m.B, "tauW": m.TauW, "Ioffset": m.Ioffset, "TauRefrac": m.TauRefrac}).
		Spike("V >= Vpeak").Reset("V = Vreset; u += b").described
	if m.TauRefrac > 0 {
		d.src.Refractory = "TauRefrac"
	} else {
		delete(d.src.Params, "TauRefrac")
	}
	d.name = "AdEx"
	d.err = want("AdEx", m.C > 0, "C above 0", m.DeltaT > 0, "DeltaT above 0", m.TauW > 0, "TauW above 0", m.TauRefrac >= 0, "TauRefrac of at least 0")
	return d
}

// HodgkinHuxley is the squid axon of Hodgkin and Huxley (1952) with rest at
// −65 mV; gates by exponential Euler. It fires where V rises above 0. Units:
// µF, mS, µA per cm².
type HodgkinHuxley struct{ C, GNa, ENa, GK, EK, Gl, El float64 }

func (m HodgkinHuxley) neuron() described {
	d := Spiking(`C*dV/dt = I - gNa*m^3*h*(V - ENa) - gK*n^4*(V - EK) - gl*(V - El) : init=-65, exponential
		dm/dt = exprel(-(V + 40)/10)^(-1)*(1 - m) - 4*exp(-(V + 65)/18)*m : init=0.0529, exponential
		dh/dt = 0.07*exp(-(V + 65)/20)*(1 - h) - h/(exp(-(V + 35)/10) + 1) : init=0.5961, exponential
		dn/dt = 0.1*exprel(-(V + 55)/10)^(-1)*(1 - n) - 0.125*exp(-(V + 65)/80)*n : init=0.3177, exponential`,
		P{"C": m.C, "gNa": m.GNa, "ENa": m.ENa, "gK": m.GK, "EK": m.EK, "gl": m.Gl, "El": m.El}).
		Spike("V >= 0").OnRise().described
	d.name = "HodgkinHuxley"
	d.err = want("HodgkinHuxley", m.C > 0, "C above 0")
	return d
}

// SpikeSource fires at given times: see [Network.SpikeSource]. As a model it
// never fires by itself; [Sim.Fire] makes its neurons fire.
type SpikeSource struct{}

func (SpikeSource) neuron() described {
	d := Spiking("", nil).described
	d.name, d.deaf = "spike source", true
	return d
}
