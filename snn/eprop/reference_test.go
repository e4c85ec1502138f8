package eprop

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slow is e-prop the long way: one object for every synapse with its own
// eligibility traces, run forwards in time, updated when a spike passes it as
// NEST does. It shares no code with the engine but the surrogate functions.
type slow struct {
	n     *Network
	k     int // interval
	T, W  int
	rec   []*slowNeuron
	out   []float64 // potentials of the readouts
	in    [][]*slowSynapse
	recs  [][]*slowSynapse // [source][target], nil for self-connections
	outs  [][]*slowSynapse
	kappa float64
}

type slowNeuron struct {
	m       AdaptiveIAF
	adapts  bool
	v, a, z float64
	r       int
	psi     float64
	count   float64
}

// slowSynapse follows one synapse. next is the interval before whose end it need
// not be updated.
type slowSynapse struct {
	w, m, v            float64
	next, updates      int
	zbar, eps, ebar, g float64
	lastTerm, sumE     float64
	full, late         []float64 // gradients of all intervals that ended
	sum                float64
	collected          int
	sent               WeightTable
}

func newSlow(n *Network) *slow {
	dt := n.kernel.Resolution
	s := &slow{n: n, T: int(math.Round(n.kernel.UpdateInterval / dt)), W: int(math.Round(n.kernel.LearningWindow / dt)), out: make([]float64, n.readouts)}
	s.kappa = math.Exp(-dt / n.rec.synapse.TauMReadout)
	for _, g := range n.groups {
		_, adapts := g.model.(AdaptiveIAF)
		for range g.count {
			m := g.model.adaptive()
			s.rec = append(s.rec, &slowNeuron{m: m, adapts: adapts, v: m.VM - m.EL, a: m.Adaptation})
		}
	}
	table := func(m Matrix, self bool) [][]*slowSynapse {
		all := make([][]*slowSynapse, m.Sources)
		for i := range all {
			all[i] = make([]*slowSynapse, m.Targets)
			for j := range all[i] {
				if self || i != j {
					all[i][j] = &slowSynapse{w: m.At(j, i), next: 1}
				}
			}
		}
		return all
	}
	s.in, s.recs, s.outs = table(n.in.weights, true), table(n.rec.weights, false), table(n.out.weights, true)
	return s
}

// spike is a presynaptic spike arriving in step s of interval k: the weight it
// is sent with, and whether it counts.
func (y *slowSynapse) spike(p Synapse, steps, window, k, s int, recurrent bool) (w float64, counts bool) {
	if recurrent && s == 0 {
		return 0, false
	}
	defer func() {
		stamp := k*steps + s + 3
		if recurrent { // sent a step before
			stamp--
		}
		y.sent.Times = append(y.sent.Times, float64(stamp)*p.Delay)
		y.sent.Weights = append(y.sent.Weights, w)
	}()
	if k > y.next || k == y.next && s > 0 {
		y.learn(p, window, k, recurrent && s == 1)
		y.next = k + 1
		return y.w, true
	}
	return y.w, s > 0 || k == 0
}

// learn catches up with all intervals before k.
func (y *slowSynapse) learn(p Synapse, window, k int, late bool) {
	for y.collected < k {
		g := y.full[y.collected]
		if late && y.collected == k-1 {
			g = y.late[y.collected]
		}
		if p.AverageGradient {
			g /= float64(window)
		}
		y.sum += g
		y.collected++
		o := p.Optimizer
		if y.collected%o.BatchSize != 0 {
			continue
		}
		g = y.sum / float64(o.BatchSize)
		y.sum = 0
		y.updates++
		if o.Method == GradientDescent {
			y.w -= o.Eta * g
		} else {
			y.m = o.Beta1*y.m + (1-o.Beta1)*g
			y.v = o.Beta2*y.v + (1-o.Beta2)*g*g
			c := math.Sqrt(1-math.Pow(o.Beta2, float64(y.updates))) / (1 - math.Pow(o.Beta1, float64(y.updates)))
			y.w -= o.Eta * c * y.m / (math.Sqrt(y.v) + o.Epsilon)
		}
		y.w = math.Max(o.WMin, math.Min(o.WMax, y.w))
	}
}

func (s *slow) run(q Sequence) (loss float64) {
	n, nIn, nRec, nOut := s.n, s.n.inputs, len(s.rec), s.n.readouts
	before := make([]bool, nRec) // recurrent spikes of the last step
	for step := range s.T {
		if step == 0 && n.kernel.ResetNeuronsOnUpdate {
			for _, j := range s.rec {
				j.rest()
			}
			clear(s.out)
		}
		acts := make([][]float64, nRec) // [target][source] 1 where a spike acts
		arrived := make([]float64, nRec)
		for j := range s.rec {
			acts[j] = make([]float64, nIn+nRec)
			for i := range nIn + nRec {
				var y *slowSynapse
				p := n.in.synapse
				spikes := false
				if i < nIn {
					y, spikes = s.in[i][j], q.Spikes[step*nIn+i]
				} else {
					y, spikes, p = s.recs[i-nIn][j], before[i-nIn] && step > 0, n.rec.synapse
				}
				if y == nil || !spikes {
					continue
				}
				if w, counts := y.spike(p, s.T, s.W, s.k, step, true); counts {
					arrived[j] += w
					acts[j][i] = 1
				}
			}
		}
		now := make([]bool, nRec)
		for j, x := range s.rec {
			now[j] = x.step(n.kernel.Resolution, arrived[j])
		}
		wrong := make([]float64, nOut)
		kappa := math.Exp(-n.kernel.Resolution / n.readout.TauM)
		zeta := 1.0
		if !n.readout.RegularSpikeArrival {
			zeta = 1 - kappa
		}
		counted := make([][]float64, nOut)
		for o := range s.out {
			counted[o] = make([]float64, nRec)
			sum := 0.0
			for i := range nRec {
				if now[i] {
					w, counts := s.outs[i][o].spike(n.out.synapse, s.T, s.W, s.k, step, false)
					sum += w
					if counts {
						counted[o][i] = 1
					}
				}
			}
			s.out[o] = math.Max(n.readout.TauM/n.readout.CM*(1-kappa)*n.readout.IE+zeta*sum+kappa*s.out[o], n.readout.VMin-n.readout.EL)
		}
		if step >= s.T-s.W {
			target := q.Target
			if len(target) != nOut {
				target = target[step*nOut:][:nOut]
			}
			norm := 0.0
			for o := range s.out {
				norm += math.Exp(s.out[o] + n.readout.EL)
			}
			for o := range s.out {
				y := s.out[o] + n.readout.EL
				if n.readout.Loss == CrossEntropy {
					y = math.Exp(y) / norm
					if target[o] != 0 {
						loss -= target[o] * math.Log(y)
					}
				} else {
					loss += (y - target[o]) * (y - target[o]) / 2
				}
				wrong[o] = y - target[o]
			}
		}
		for j, x := range s.rec {
			L := 0.0
			for o := range wrong {
				L += n.feedback.At(j, o) * wrong[o]
			}
			for i := range nIn + nRec {
				if i < nIn {
					s.in[i][j].trace(x, s.kappa, n.kernel.Resolution, acts[j][i], L)
				} else if y := s.recs[i-nIn][j]; y != nil {
					y.trace(x, s.kappa, n.kernel.Resolution, acts[j][i], L)
				}
			}
		}
		for o := range s.out {
			for i := range nRec {
				y := s.outs[i][o]
				y.zbar = kappa*y.zbar + zeta*counted[o][i]
				y.g += wrong[o] * y.zbar
			}
		}
		before = now
	}
	for j, x := range s.rec {
		F := x.m.CReg * (x.count/float64(s.T) - x.m.FTarget/1000*n.kernel.Resolution) / float64(s.T)
		x.count = 0
		for i := range nIn + nRec {
			if i < nIn {
				s.in[i][j].end(F)
			} else if y := s.recs[i-nIn][j]; y != nil {
				y.end(F)
			}
		}
	}
	for i := range s.outs {
		for _, y := range s.outs[i] {
			y.end(0)
		}
	}
	s.k++
	return loss
}

func (y *slowSynapse) trace(x *slowNeuron, kappa, dt, z, L float64) {
	alpha, rho, beta, zeta := math.Exp(-dt/x.m.TauM), 0.0, 0.0, 1.0
	if x.adapts {
		rho, beta = math.Exp(-dt/x.m.AdaptTau), x.m.AdaptBeta
	}
	if !x.m.RegularSpikeArrival {
		zeta = 1 - alpha
	}
	y.zbar = alpha*y.zbar + zeta*z
	e := x.psi * (y.zbar - beta*y.eps)
	y.eps = rho*y.eps + e
	y.ebar = kappa*y.ebar + (1-kappa)*e
	y.lastTerm = L * y.ebar
	y.g += y.lastTerm
	y.sumE += e
}

func (y *slowSynapse) end(F float64) {
	y.full = append(y.full, y.g+F*y.sumE)
	y.late = append(y.late, y.g-y.lastTerm+F*y.sumE)
	y.zbar, y.eps, y.ebar, y.g, y.lastTerm, y.sumE = 0, 0, 0, 0, 0, 0
}

func (x *slowNeuron) rest() { x.v, x.a, x.z, x.r = 0, 0, 0, 0 }

// step says whether the neuron spikes.
func (x *slowNeuron) step(dt, arrived float64) bool {
	alpha := math.Exp(-dt / x.m.TauM)
	zeta := 1.0
	if !x.m.RegularSpikeArrival {
		zeta = 1 - alpha
	}
	vth := x.m.VTh - x.m.EL
	if x.r > 0 {
		x.r--
	}
	x.v = math.Max(x.m.TauM/x.m.CM*(1-alpha)*x.m.IE+zeta*arrived+alpha*x.v-vth*x.z, x.m.VMin-x.m.EL)
	th := vth
	if x.adapts {
		x.a = math.Exp(-dt/x.m.AdaptTau)*x.a + x.z
		th += x.m.AdaptBeta * x.a
	}
	x.z, x.psi = 0, 0
	if x.r > 0 {
		return false
	}
	x.psi = x.m.Surrogate.At(x.v - th)
	if x.v < th {
		return false
	}
	x.z, x.r = 1, int(math.Round(x.m.TRef/dt))
	x.count++
	return true
}

// finish gives the weights after the last update. Synapses of recurrent neurons
// that spike in step 0 after the last sequence are updated before its last learning
// signal arrives.
func (s *slow) finish() (in, rec, out Matrix) {
	late := make([]bool, len(s.rec))
	for j, x := range s.rec {
		next := *x
		if s.n.kernel.ResetNeuronsOnUpdate {
			next.rest()
		}
		late[j] = next.step(s.n.kernel.Resolution, 0)
	}
	read := func(all [][]*slowSynapse, targets int, p Synapse, late []bool) Matrix {
		m := NewMatrix(targets, len(all))
		for i := range all {
			for j, y := range all[i] {
				if y != nil {
					y.learn(p, s.W, s.k, late != nil && late[i])
					m.Data[j*len(all)+i] = y.w
				}
			}
		}
		return m
	}
	return read(s.in, len(s.rec), s.n.in.synapse, nil), read(s.recs, len(s.rec), s.n.rec.synapse, late), read(s.outs, s.n.readouts, s.n.out.synapse, nil)
}

// synapse is that from node to node, numbered as in a Probe.
func (s *slow) synapse(pair [2]int) *slowSynapse {
	i, j := pair[0]-s.n.inputs, pair[1]-s.n.inputs
	switch {
	case i < 0:
		return s.in[pair[0]][j]
	case j < len(s.rec):
		return s.recs[i][j]
	}
	return s.outs[i][j-len(s.rec)]
}

// random draws a small network and its sequences.
func random(t *rapid.T) (n *Network, batches [][]Sequence) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	count := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	matrix := func(targets, sources int, scale float64) Matrix {
		m := NewMatrix(targets, sources)
		for k := range m.Data {
			m.Data[k] = r.NormFloat64() * scale
		}
		return m
	}
	inputs, readouts, steps, batch := count("inputs", 1, 5), count("readouts", 1, 3), count("steps", 2, 40), count("batch", 1, 3)
	dt := []float64{1, 0.5}[count("step length", 0, 1)]
	n = New("random", Kernel{Resolution: dt, UpdateInterval: float64(steps) * dt, LearningWindow: float64(count("window", 1, steps)) * dt, ResetNeuronsOnUpdate: yes("reset")})
	n.Input(inputs)
	for g := range count("populations", 1, 3) {
		m := DefaultIAF()
		m.CM, m.EL, m.TauM, m.TRef = 1, -3, 2+20*r.Float64(), float64(count("refractory", 0, 4))
		m.VTh, m.VM, m.CReg, m.FTarget = m.EL+0.5, m.EL, 3*r.Float64(), 100*r.Float64()
		m.RegularSpikeArrival = yes("regular")
		if yes("floor") {
			m.VMin = m.EL - 0.3
		}
		if yes("current") { // up to 1.2 times what reaches the threshold in the end
			m.IE = 0.6 / m.TauM * r.Float64()
		}
		m.Surrogate = Surrogate{Shape(count("shape", 0, 3)), 0.2 + r.Float64(), 0.2 + r.Float64()}
		if yes("adaptive") {
			n.Recurrent(string(rune('a'+g)), count("neurons", 1, 4), AdaptiveIAF{IAF: m, AdaptBeta: r.Float64(), AdaptTau: 5 + 50*r.Float64()})
		} else {
			n.Recurrent(string(rune('a'+g)), count("neurons", 1, 4), m)
		}
	}
	readout := DefaultReadout()
	readout.CM, readout.EL, readout.TauM, readout.Loss, readout.RegularSpikeArrival = 1, 0.1, 2+20*r.Float64(), Loss(count("loss", 0, 1)), yes("regular readout")
	n.Readout(readouts, readout)
	rec := n.recurrent()
	syn := DefaultSynapse()
	syn.Delay, syn.TauMReadout, syn.AverageGradient = dt, 2+20*r.Float64(), yes("average")
	// With a small Epsilon Adam makes whole steps of gradients that are rounding errors.
	syn.Optimizer = Optimizer{Method(count("method", 0, 1)), batch, 0.01, -1.5, 1.5, 0.9, 0.99, 1e-2}
	clamped := func(m Matrix) Matrix {
		for k, w := range m.Data {
			m.Data[k] = max(-1.5, min(1.5, w))
		}
		return m
	}
	n.InputWeights(clamped(matrix(rec, inputs, 1)), syn).RecurrentWeights(clamped(matrix(rec, rec, 0.7)), syn).OutputWeights(clamped(matrix(readouts, rec, 0.7)), syn).FeedbackWeights(matrix(rec, readouts, 1))
	perStep := yes("target per step")
	for range count("iterations", 1, 4) {
		qs := make([]Sequence, batch)
		for k := range qs {
			bits := make([]bool, steps*inputs)
			for x := range bits {
				bits[x] = r.Float64() < 0.3
			}
			target := OneHot(r.IntN(readouts), readouts)
			if perStep {
				target = make([]float64, steps*readouts)
				for x := range target {
					target[x] = r.Float64()
				}
			}
			qs[k] = Sequence{bits, target}
		}
		batches = append(batches, qs)
	}
	return n, batches
}

// The engine, whose gradient runs backwards in time, agrees with one eligibility
// trace per synapse on random networks: all surrogates, losses and optimisers,
// with and without reset, adaptation, refractory time, currents and bounds.
// Differences are rounding: at most 12 sequences of 40 steps with gradients of
// order 10 and learning rate 0.01, for Adam amplified by 1/Epsilon = 100.
func TestAgreesWithTracesPerSynapse(t *testing.T) {
	spikes := 0
	rapid.Check(t, func(t *rapid.T) {
		n, batches := random(t)
		spikes += agree(t, n, batches)
	})
	if spikes < 100 {
		t.Errorf("only %d spikes in all networks: nothing was tested", spikes)
	}
}

// A neuron that fires in step 0 of every sequence and in no other: the first spike
// counts, those after it go to the readout with the old weight and uncounted, or
// with the new weight and counted, in turn.
func TestSpikesOnTheBoundaryAlone(t *testing.T) {
	m := DefaultIAF()
	m.CM, m.EL, m.VM, m.VTh, m.TauM, m.TRef = 1, 0, -0.6, 0.5, 20, 5
	m.IE = 0.8 / (20 * (1 - math.Exp(-1.0/20)))
	readout := DefaultReadout()
	readout.CM = 1
	syn := DefaultSynapse()
	syn.Optimizer.Eta = 0.1
	one := func(w float64) Matrix { return Matrix{1, 1, []float64{w}} }
	n := New("boundary", Kernel{Resolution: 1, UpdateInterval: 5, LearningWindow: 5}).Input(1).Recurrent("neuron", 1, m).Readout(1, readout).
		InputWeights(one(0), syn).RecurrentWeights(one(0), syn).OutputWeights(one(0.5), syn).FeedbackWeights(one(1))
	var batches [][]Sequence
	for range 6 {
		batches = append(batches, []Sequence{{make([]bool, 5), []float64{0.1}}})
	}
	if spikes := agree(t, n, batches); spikes != 6 {
		t.Errorf("%d spikes, want one in each of 6 sequences", spikes)
	}
	sim := build(t, n)
	before := bits(sim)
	if _, err := sim.Train(batches[0]); err != nil {
		t.Fatal(err)
	}
	if err := sim.Finish(); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(before, bits(sim)) {
		t.Error("nothing was learnt from the counted spike of the first sequence")
	}
}

// agree trains a network in both ways and compares losses, every spike that passes
// a synapse, and final weights. It counts the spikes of recurrent neurons.
func agree(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, n *Network, batches [][]Sequence) (spikes int) {
	sim, err := n.Build()
	if err != nil {
		t.Fatal(err)
	}
	ref := newSlow(n)
	if !n.kernel.ResetNeuronsOnUpdate {
		copyStart(ref, sim)
	}
	all := Probe{}
	nodes := n.inputs + n.recurrent() + n.readouts
	for i := range nodes {
		for j := range nodes {
			if _, _, ok := sim.e.synapse([2]int{i, j}); ok {
				all.Synapses = append(all.Synapses, [2]int{i, j})
			}
		}
	}
	recording, err := sim.Record(all)
	if err != nil {
		t.Fatal(err)
	}
	for k, qs := range batches {
		res, err := sim.Train(qs)
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for _, q := range qs {
			want += ref.run(q)
		}
		want /= float64(len(qs))
		if n.readout.Loss == CrossEntropy {
			want /= float64(ref.W)
		} else {
			want /= float64(n.readouts)
		}
		if !(math.Abs(res.Loss-want) <= 1e-10*(1+math.Abs(want))) {
			t.Fatalf("iteration %d: loss %v, want %v", k+1, res.Loss, want)
		}
		for _, c := range res.Spikes {
			spikes += c
		}
	}
	if err := sim.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, pair := range all.Synapses {
		got, err := recording.Weight(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		want := ref.synapse(pair).sent
		if len(got.Times) != len(want.Times) {
			t.Fatalf("synapse %v: %d spikes recorded, want %d", pair, len(got.Times), len(want.Times))
		}
		for k := range want.Times {
			if got.Times[k] != want.Times[k] || !(math.Abs(got.Weights[k]-want.Weights[k]) <= 1e-10) {
				t.Fatalf("synapse %v, spike %d: at %v with weight %v, want at %v with %v", pair, k, got.Times[k], got.Weights[k], want.Times[k], want.Weights[k])
			}
		}
	}
	in, rec, out := sim.Weights()
	wantIn, wantRec, wantOut := ref.finish()
	for _, c := range []struct {
		name      string
		got, want Matrix
	}{{"input", in, wantIn}, {"recurrent", rec, wantRec}, {"output", out, wantOut}} {
		for k, w := range c.got.Data {
			if !(math.Abs(w-c.want.Data[k]) <= 1e-10) {
				t.Fatalf("%s weight (%d, %d): %v, want %v", c.name, k/c.got.Sources, k%c.got.Sources, w, c.want.Data[k])
			}
		}
	}
	return spikes
}

// copyStart gives ref the potentials from which an unreset run starts.
func copyStart(ref *slow, sim *Sim) {
	for j, x := range ref.rec {
		x.v, x.a, x.z, x.r = sim.st.v[j], sim.st.a[j], sim.st.z[j], int(sim.st.r[j])
	}
	copy(ref.out, sim.st.out)
}
