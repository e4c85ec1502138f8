package nef

import (
	"math"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
	"pgregory.net/rapid"
)

// currents builds neurons with the currents j and runs them; the result is their
// output, one step a row.
func currents(t *testing.T, typ NeuronType, j []float64, steps int64, dt float64) Samples {
	t.Helper()
	n := New("currents", Seed(0))
	e := n.Ensemble("e", len(j), 1).Type(typ).GainBias(Values{1}, Values(j)).Seed(1)
	p := n.Probe(e.Neurons())
	s := mustBuild(t, n, Dt(dt), On(snn.Ref))
	if err := s.RunSteps(steps); err != nil {
		t.Fatal(err)
	}
	return s.Data(p)
}

// A LIF neuron fires as often as its rate says, at every moment, although it steps:
// the spike's moment inside the step is kept.
func TestLIFFiresAtItsRate(t *testing.T) {
	j := make([]float64, 60)
	for i := range j {
		j[i] = 0.5 + float64(i)/6
	}
	for _, dt := range []float64{0.001, 0.002} {
		for name, typ := range map[string]NeuronType{"LIF": DefaultLIF(), "slow": LIF{0.05, 0.004, 0, 1}, "RegularSpiking": RegularSpiking{DefaultLIFRate(), 1}} {
			out := currents(t, typ, j, 500, dt)
			for i, x := range j {
				rate, count := typ.rate(x), 0.0
				for k := range out.Len() {
					count += out.At(k, i) * dt
					// One spike for the initial voltage, one for the one to come.
					if want := rate * float64(k+1) * dt; math.Abs(count-want) > 1+1e-9 {
						t.Fatalf("%s, dt %g: with J = %.3g there are %v spikes after %d steps, want %.3f ± 1", name, dt, x, count, k+1, want)
					}
				}
			}
		}
	}
}

func TestLIFWithoutRefractoryPeriodFiresInEveryStep(t *testing.T) {
	out := currents(t, LIF{TauRC: 0.02, Amplitude: 1}, []float64{1e4}, 50, 0.001)
	for k := range out.Len() {
		if out.At(k, 0) != 1000 {
			t.Fatalf("no spike in step %d", k+1)
		}
	}
}

// Gains and biases give the rate at 1 and silence below the intercept, and lead back.
func TestGainsLeadBack(t *testing.T) {
	types := []NeuronType{
		DefaultLIF(), DefaultLIFRate(), DefaultAdaptiveLIF(), DefaultAdaptiveLIFRate(), DefaultRectifiedLinear(), DefaultSpikingRectifiedLinear(),
		DefaultSigmoid(), DefaultTanh(), RegularSpiking{DefaultLIFRate(), 1}, PoissonSpiking{DefaultSigmoid(), 1}, StochasticSpiking{DefaultTanh(), 1},
	}
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(t, "type")
		rate := rapid.Float64Range(205, 395).Draw(t, "rate") // above half of Sigmoid's end, which it has at its intercept
		intercept := rapid.Float64Range(-0.95, 0.95).Draw(t, "intercept")
		gain, bias := typ.gainBias(rate, intercept)
		if got := typ.rate(gain + bias); math.Abs(got-rate) > 1e-8*rate {
			t.Fatalf("%T: the rate at 1 is %v, want %v", typ, got, rate)
		}
		r, c := typ.maxRateIntercept(gain, bias)
		if math.Abs(r-rate) > 1e-8*rate || math.Abs(c-intercept) > 1e-8 {
			t.Fatalf("%T: back come %v and %v, want %v and %v", typ, r, c, rate, intercept)
		}
		switch typ.(type) {
		case Sigmoid, Tanh, PoissonSpiking, StochasticSpiking: // fire everywhere
			return
		}
		below, above := typ.rate(gain*(intercept-1e-6)+bias), typ.rate(gain*(intercept+1e-6)+bias)
		if below > 0 || !(above > 0) {
			t.Fatalf("%T: around the intercept the rates are %v and %v, want 0 and more", typ, below, above)
		}
	})
}

// Points scattered over the sphere keep further apart than those drawn one by one.
func TestScatteredPointsKeepApart(t *testing.T) {
	nearest := func(d Distribution, dims int) float64 {
		const n = 300
		x, err := d.Sample(n, dims, rng.NewRandomState(3))
		if err != nil {
			t.Fatal(err)
		}
		least := math.Inf(1)
		for i := range n {
			p := x[i*dims : i*dims+dims]
			if math.Abs(norm(p)-1) > 1e-5 {
				t.Fatalf("point %d has the length %v", i, norm(p))
			}
			for j := range i {
				s := 0.0
				for k := range dims {
					s += (p[k] - x[j*dims+k]) * (p[k] - x[j*dims+k])
				}
				least = min(least, s)
			}
		}
		return math.Sqrt(least)
	}
	for _, dims := range []int{2, 3, 7, 8} {
		for _, m := range []ScatterMethod{ApproximateSCT, SCT, TFWW} {
			a, b := nearest(ScatteredHypersphere{Surface: true, Method: m}, dims), nearest(UniformHypersphere{Surface: true}, dims)
			if a < 1.2*b {
				t.Errorf("%d dimensions, method %d: the nearest two are %v apart, want more than 1.2 times %v", dims, m, a, b)
			}
		}
	}
}

// One more object moves no seed of an object of a kind that comes before it, nor
// any within other networks.
func TestSeedsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint32Range(0, 1<<31).Draw(t, "seed")
		kinds := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 8).Draw(t, "objects")
		build := func(extra bool) (all []uint32) {
			n := New("seeds", Seed(seed))
			var objects []any
			var last *Ensemble
			sub := n.Network("sub")
			for _, k := range append([]int{0}, kinds...) {
				switch k {
				case 0:
					last = n.Ensemble("e", 5, 1)
					objects = append(objects, last)
				case 1:
					objects = append(objects, n.Connect(last, last))
				case 2:
					objects = append(objects, sub.Ensemble("inner", 5, 1))
				case 3:
					objects = append(objects, sub)
				}
			}
			if extra { // nodes and probes come after connections, ensembles and networks
				n.Node("more", Constant(1))
				n.Probe(last)
				sub.Node("more", Constant(1))
			}
			s := n.drawSeeds()
			for _, o := range objects {
				all = append(all, s.of[o])
			}
			return append(all, s.simulator)
		}
		if a, b := build(false), build(true); !slices.Equal(a, b) {
			t.Fatalf("seeds %v became %v", a, b)
		}
	})
}

// A run in pieces is a run, for any pieces.
func TestRunsInPieces(t *testing.T) {
	n, probes := noisy(6)
	s := mustBuild(t, n)
	if err := s.RunSteps(300); err != nil {
		t.Fatal(err)
	}
	var want [][]float64
	for _, p := range probes {
		want = append(want, slices.Clone(s.Data(p).Data))
	}
	rapid.Check(t, func(t *rapid.T) {
		s.Reset()
		for left := int64(300); left > 0; {
			steps := rapid.Int64Range(0, min(left, 200)).Draw(t, "steps")
			if err := s.RunSteps(steps); err != nil {
				t.Fatal(err)
			}
			if left -= steps; steps == 0 {
				break
			}
		}
		for i, p := range probes {
			got := s.Data(p).Data
			if !slices.Equal(got, want[i][:len(got)]) {
				t.Fatalf("%s differs", p.what())
			}
		}
	})
}

// Neurons in another order fire the same spikes in that order, and decode the same
// value to rounding.
func TestPermutedNeurons(t *testing.T) {
	r := rng.NewRandomState(12)
	const neurons = 40
	gains, biases, encoders := make(Values, neurons), make(Values, neurons), make(Rows, neurons)
	start := make(Values, neurons)
	for i := range neurons {
		gains[i], biases[i], start[i] = 1+4*r.RandomSample(), 3*r.RandomSample(), r.RandomSample()
		encoders[i] = []float64{r.Randn(), r.Randn()}
	}
	points := make(Rows, 200)
	for i := range points {
		points[i] = []float64{2*r.RandomSample() - 1, 2*r.RandomSample() - 1}
	}
	run := func(order []int) (spikes, decoded Samples) {
		var g, b, v Values
		var e Rows
		for _, i := range order {
			g, b, v, e = append(g, gains[i]), append(b, biases[i]), append(v, start[i]), append(e, encoders[i])
		}
		n := New("order", Seed(0))
		a := n.Ensemble("a", neurons, 2).GainBias(g, b).Encoders(e).EvalPoints(points).InitialState("voltage", v)
		n.Connect(n.Node("u", OfTime(func(t float64) []float64 { return []float64{1 - 8*t, 4 * t} })), a).Synapse(NoSynapse)
		ps, pd := n.Probe(a.Neurons()), n.Probe(a).Synapse(Lowpass(0.01))
		s := mustBuild(t, n)
		if err := s.Run(0.2); err != nil {
			t.Fatal(err)
		}
		return s.Data(ps), s.Data(pd)
	}
	spikes, decoded := run(rng.NewRandomState(0).Permutation(neurons))
	straight := make([]int, neurons)
	for i := range straight {
		straight[i] = i
	}
	want, value := run(straight)
	for at, i := range rng.NewRandomState(0).Permutation(neurons) {
		if !slices.Equal(spikes.Of(at), want.Of(i)) {
			t.Fatalf("neuron %d fires at other moments at place %d", i, at)
		}
	}
	for i, x := range decoded.Data {
		if math.Abs(x-value.Data[i]) > 1e-10 {
			t.Fatalf("sample %d is decoded as %v, want %v", i, x, value.Data[i])
		}
	}
}

// An ensemble represents a value, and PES finds one that it is not told.
func TestRepresentationAndPES(t *testing.T) {
	n := New("pes", Seed(3))
	u := n.Node("u", Constant(0.5, -0.5))
	a, b := n.Ensemble("a", 200, 2), n.Ensemble("b", 200, 2)
	n.Connect(u, a)
	decoders := n.Connect(a, b).Function(func([]float64) []float64 { return []float64{0, 0} })
	full := n.Ensemble("full", 200, 2)
	weights := n.Connect(a, full).Solver(LstsqL2{Reg: 0.1, Weights: true})
	between := n.Ensemble("between", 200, 2)
	neurons := n.Connect(a.Neurons(), between.Neurons()).Transform(Fill(200, 200, 0))
	target := []float64{-0.4, 0.3}
	probes := map[string]*Probe{"the input": n.Probe(a).Synapse(Lowpass(0.05))}
	for name, c := range map[string]*Connection{"b": decoders, "full": weights, "between": neurons} {
		c.Seed(1)
		e := n.Node("error "+name, PassThrough(2))
		rule := DefaultPES()
		rule.Rate = 1e-3
		if name == "between" {
			rule.Rate = 2e-5 // currents are multiplied by the gains once more
		}
		n.Connect(c.post.ens, e)
		n.Connect(n.Node("target "+name, Constant(target...)), e).Transform(Scalar(-1))
		n.Connect(e, c.Learn(rule))
		probes[name] = n.Probe(c.post.ens).Synapse(Lowpass(0.05))
	}
	s := mustBuild(t, n)
	if err := s.Run(0.6); err != nil {
		t.Fatal(err)
	}
	for name, p := range probes {
		want := target
		if name == "the input" {
			want = []float64{0.5, -0.5}
		}
		for k, w := range want {
			if x := s.Data(p).Last().At(k, 0); math.Abs(x-w) > 0.1 {
				t.Errorf("%s: element %d is %v, want %v ± 0.1", name, k, x, w)
			}
		}
	}
}

// Voja turns encoders of neurons that fire to the input and leaves the others.
func TestVojaTurnsEncoders(t *testing.T) {
	const radius = 2.0
	n := New("voja", Seed(5))
	x := []float64{1, 1.2, -0.8}
	intercepts := make(Values, 200)
	for i := range intercepts {
		intercepts[i] = []float64{-1, 0.99}[i%2]
	}
	u := n.Node("u", Constant(x...))
	e := n.Ensemble("e", 200, 3).Radius(radius).Intercepts(intercepts)
	rule := n.Connect(u, e).Synapse(NoSynapse).Learn(Voja{0.1, NoSynapse})
	off := n.Node("off", Piecewise(map[float64][]float64{0.8: {-1}}))
	n.Connect(off, rule).Synapse(NoSynapse)
	spikes, encoders := n.Probe(e.Neurons()).SpikesOnly(), n.Probe(e).Signal("scaled_encoders")
	s := mustBuild(t, n)
	if err := s.Run(1); err != nil {
		t.Fatal(err)
	}
	fired := map[int]bool{}
	for _, i := range s.Spikes(spikes).Neurons {
		fired[i] = true
	}
	b, d := s.Ensemble(e), s.Data(encoders)
	last := d.Last()
	turned := 0
	for i := range 200 {
		for k := range 3 {
			now := last.At(i, k) / (b.Gain[i] / radius)
			if fired[i] && i%2 == 0 {
				turned++
				if math.Abs(now-x[k]) > 0.01 {
					t.Fatalf("encoder %d is %v in dimension %d, want %v, the input", i, now, k, x[k])
				}
			} else if !fired[i] && last.At(i, k) != b.ScaledEncoders.At(i, k) {
				t.Fatalf("encoder %d of a silent neuron has changed", i)
			}
		}
	}
	if turned < 150 {
		t.Errorf("%d numbers of encoders were compared, want at least 150", turned)
	}
	if before := d.Sample(805); !slices.Equal(before.Data, last.Data) {
		t.Error("encoders change after the rule was switched off")
	}
}

// Learning does not depend on the step, to about its length.
func TestRulesAndSteps(t *testing.T) {
	learned := func(rule LearningRule, dt float64) []float64 {
		n := New("steps", Seed(2))
		u := n.Node("u", Constant(0.7))
		a, b := n.Ensemble("a", 10, 1).Type(DefaultLIFRate()).Seed(1), n.Ensemble("b", 10, 1).Type(DefaultLIFRate()).Seed(2)
		n.Connect(u, a).Synapse(Lowpass(0.01))
		c := n.Connect(a, b).Solver(LstsqL2{Reg: 0.1, Weights: true}).Seed(3)
		if r := c.Learn(rule); r.size() > 0 {
			n.Connect(b, r)
		}
		s := mustBuild(t, n, Dt(dt))
		if err := s.Run(0.1); err != nil {
			t.Fatal(err)
		}
		w, err := s.Weights(c)
		if err != nil {
			t.Fatal(err)
		}
		change := slices.Clone(w.Data)
		for i, v := range s.Connection(c).Weights.Data {
			change[i] -= v
		}
		return change
	}
	for _, rule := range []LearningRule{PES{1e-3, Lowpass(0.005)}, BCM{1e-9, Lowpass(0.005), Lowpass(0.005), Lowpass(0.1)}, Oja{1e-7, 1, Lowpass(0.005), Lowpass(0.005)}} {
		coarse, fine := learned(rule, 0.001), learned(rule, 0.0001)
		if d, size := distance(coarse, fine), norm(fine); !(size > 0) || d > 0.15*size {
			t.Errorf("%T: the change of the weights differs by %v of %v between steps of 1 and 0.1 ms", rule, d, size)
		}
	}
}

func distance(x, y []float64) float64 {
	d := make([]float64, len(x))
	for i := range x {
		d[i] = x[i] - y[i]
	}
	return norm(d)
}

// RLS on line finds the decoders of least squares over what it has seen.
func TestRLSEqualsLeastSquares(t *testing.T) {
	n := New("rls", Seed(4))
	u := n.Node("u", WhiteSignal(1, 5).Seed(1))
	a := n.Ensemble("a", 20, 1).Type(DefaultLIFRate())
	n.Connect(u, a).Synapse(NoSynapse)
	out, e := n.Node("out", PassThrough(1)), n.Node("error", PassThrough(1))
	c := n.Connect(a, out).Function(func([]float64) []float64 { return []float64{0} }).Synapse(NoSynapse)
	rule := c.Learn(RLS{Rate: 1e-3, PreSynapse: NoSynapse})
	n.Connect(out, e).Synapse(NoSynapse)
	n.Connect(u, e).Transform(Scalar(-1)).Synapse(NoSynapse)
	n.Connect(e, rule).Synapse(NoSynapse)
	pa, pu := n.Probe(a.Neurons()), n.Probe(u)
	s := mustBuild(t, n)
	if err := s.Run(1); err != nil {
		t.Fatal(err)
	}
	acts, values := s.Data(pa), s.Data(pu)
	// The recursion minimises |u − A w|² + |w|²/p with P₀ = p·1.
	m, size := acts.Len()-1, 20
	penalty := repeat(float64(size)/(1e-3*0.001), size)
	w, err := normalEquations(slices.Clone(acts.Data[:m*size]), m, size, values.Data[:m], 1, penalty)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := s.Weights(c)
	if d := distance(got.Data, w); d > 1e-6*norm(w) {
		t.Errorf("on-line decoders differ from least squares by %v of %v", d, norm(w))
	}
}
