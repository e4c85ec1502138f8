package eprop

import (
	"math"
	"strings"
	"testing"
)

// Each part of the tutorial spoilt in turn: Build fails and names it.
func TestBuildNonsense(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	regular := func(change func(m *IAF)) func(n *Network) {
		return func(n *Network) {
			m := n.groups[0].model.(IAF)
			change(&m)
			n.groups[0].model = m
		}
	}
	synapse := func(change func(s *Synapse)) func(n *Network) {
		return func(n *Network) { change(&n.rec.synapse) }
	}
	for want, spoil := range map[string]func(n *Network){
		"LearningWindow is 2251 ms, want at most the UpdateInterval of 2250 ms": func(n *Network) { n.kernel.LearningWindow = 2251 },
		"LearningWindow is 149.5 ms, want a multiple":                           func(n *Network) { n.kernel.LearningWindow = 149.5 },
		"UpdateInterval is NaN ms":                                              func(n *Network) { n.kernel.UpdateInterval = nan },
		"UpdateInterval is 1 ms, want at least":                                 func(n *Network) { n.kernel.UpdateInterval, n.kernel.LearningWindow = 1, 1 },
		"Resolution is 0 ms":                                                    func(n *Network) { n.kernel.Resolution = 0 },
		"inputs (":                                                              func(n *Network) { n.inputs = 0 },
		"set a second time":                                                     func(n *Network) { n.Input(40) },
		"readouts (":                                                            func(n *Network) { n.readouts = -1 },
		"their number is 2097152":                                               func(n *Network) { n.groups[1].count = 1 << 21 },
		"there are none, want at least one":                                     func(n *Network) { n.groups = nil },
		"the model is *eprop.IAF":                                               func(n *Network) { n.groups[0].model = &IAF{} },
		"the model is eprop.OnlineNeuron":                                       func(n *Network) { n.groups[0].model = DefaultOnlineNeuron(OnlineIAF) },
		"the model is <nil>":                                                    func(n *Network) { n.groups[0].model = nil },
		"CM is 0 pF":                                                            regular(func(m *IAF) { m.CM = 0 }),
		"TauM is NaN ms":                                                        regular(func(m *IAF) { m.TauM = nan }),
		"TRef is -1 ms":                                                         regular(func(m *IAF) { m.TRef = -1 }),
		"VTh − VMin is -":                                                       regular(func(m *IAF) { m.VMin = m.VTh + 1 }),
		"EL is +Inf mV":                                                         regular(func(m *IAF) { m.EL = inf }),
		"CReg is -1":                                                            regular(func(m *IAF) { m.CReg = -1 }),
		"FTarget is -1 spikes/s":                                                regular(func(m *IAF) { m.FTarget = -1 }),
		"Surrogate.Width is 0 mV":                                               regular(func(m *IAF) { m.Surrogate.Width = 0 }),
		"Surrogate.Height is 0":                                                 regular(func(m *IAF) { m.Surrogate.Height = 0 }),
		"Surrogate.Shape is 4":                                                  regular(func(m *IAF) { m.Surrogate.Shape = 4 }),
		"AdaptTau is 0 ms":                                                      func(n *Network) { n.groups[1].model = AdaptiveIAF{IAF: n.groups[0].model.(IAF)} },
		"Loss is 2":                                                             func(n *Network) { n.readout.Loss = 2 },
		"readouts (network_test.go":                                             func(n *Network) { n.readouts = 0; n.site("readouts") },
		"recurrent weights (tutorial_test.go":                                   synapse(func(s *Synapse) { s.Delay = 2 }),
		"Delay is 2 ms, want one step, 1 ms":                                    synapse(func(s *Synapse) { s.Delay = 2 }),
		"TauMReadout is 10 ms, that of the input":                               synapse(func(s *Synapse) { s.TauMReadout = 10 }),
		"BatchSize is 0":                                                        synapse(func(s *Synapse) { s.Optimizer.BatchSize = 0 }),
		"BatchSize is 7, that of the input":                                     synapse(func(s *Synapse) { s.Optimizer.BatchSize = 7 }),
		"Eta is -1":                                                             synapse(func(s *Synapse) { s.Optimizer.Eta = -1 }),
		"Beta1 is 1, want 0 or more and less":                                   synapse(func(s *Synapse) { s.Optimizer.Beta1 = 1 }),
		"Epsilon is NaN":                                                        synapse(func(s *Synapse) { s.Optimizer.Epsilon = nan }),
		"Method is unknown (2)":                                                 synapse(func(s *Synapse) { s.Optimizer.Method = 2 }),
		"WMin is 1 pA and WMax 0 pA":                                            synapse(func(s *Synapse) { s.Optimizer.WMin, s.Optimizer.WMax = 1, 0 }),
		"want -0.1 to 0.1 pA":                                                   synapse(func(s *Synapse) { s.Optimizer.WMin, s.Optimizer.WMax = -0.1, 0.1 }),
		"want 100 targets × 40 sources":                                         func(n *Network) { n.in.weights = NewMatrix(40, 100) },
		"there are none, want 2 targets":                                        func(n *Network) { n.out.weights = Matrix{} },
		"weight (0, 1) is NaN":                                                  func(n *Network) { n.in.weights.Data[1] = nan },
		"feedback weights (tutorial_test.go":                                    func(n *Network) { n.feedback = NewMatrix(2, 100) },
		"UpdateInterval is 1e+300 ms, want a mult":                              func(n *Network) { n.kernel.UpdateInterval = 1e300 },
	} {
		n, _ := tutorial(1, 1)
		spoil(n)
		sim, err := n.Build()
		if err == nil || sim != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// All mistakes are told at once, and a second Build tells them again, once.
func TestBuildTellsAllMistakes(t *testing.T) {
	n, _ := tutorial(1, 1)
	n.kernel.LearningWindow = 3000
	n.readout.TauM = 0
	n.Input(40)
	for range 2 {
		_, err := n.Build()
		if err == nil {
			t.Fatal("Build succeeded")
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 {
			t.Errorf("%d mistakes, want 3:\n%v", len(lines), err)
		}
	}
}

func TestTrainNonsense(t *testing.T) {
	n, r := tutorial(1, 2)
	sim := build(t, n)
	good := trials(t, r, 2)
	before := bits(sim)
	spoilt := func(change func(q *Sequence)) []Sequence {
		qs := []Sequence{good[0], good[1]}
		change(&qs[1])
		return qs
	}
	for want, batch := range map[string][]Sequence{
		"no sequences given":             nil,
		"1 sequences given, want 2":      good[:1],
		"Spikes has 40 values, want 90":  spoilt(func(q *Sequence) { q.Spikes = q.Spikes[:40] }),
		"Target has 3 values, want 2":    spoilt(func(q *Sequence) { q.Target = make([]float64, 3) }),
		"Target has 0 values, want 2":    spoilt(func(q *Sequence) { q.Target = nil }),
		"Target[1] is NaN":               spoilt(func(q *Sequence) { q.Target = []float64{0, math.NaN()} }),
		"iteration 1, sequence 1: Targe": spoilt(func(q *Sequence) { q.Target = nil }),
	} {
		if _, err := sim.Train(batch); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if sim.Err() != nil || sim.Iteration() != 0 {
		t.Errorf("bad input left error %v and iteration %d, want none and 0", sim.Err(), sim.Iteration())
	}
	if _, err := sim.Train(good); err != nil {
		t.Fatal(err)
	}
	for k, b := range bits(sim) {
		if b != before[k] {
			t.Fatal("weights changed before the batch was finished")
		}
	}
}

func TestOneHot(t *testing.T) {
	for class, want := range map[int][3]float64{-1: {}, 0: {1, 0, 0}, 2: {0, 0, 1}, 3: {}} {
		if got := [3]float64(OneHot(class, 3)); got != want {
			t.Errorf("class %d: %v, want %v", class, got, want)
		}
	}
}
