// Package eproptest has the tests that every backend of package eprop must pass.
package eproptest

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/plan"
)

// Conformance trains networks on b and on package eprop's own engine. Everything that
// Save writes must be the same to the last bit after every call: weights, moments,
// gradients and states; so must results and recordings.
func Conformance(t *testing.T, b plan.Backend) {
	t.Run("random", func(t *testing.T) {
		spikes := 0
		rapid.Check(t, func(t *rapid.T) {
			n, batches := random(t)
			spikes += agree(t, b, n, batches, rapid.Bool().Draw(t, "recorded"))
		})
		if spikes < 50 {
			t.Errorf("only %d spikes in all networks: nothing was tested", spikes)
		}
	})
	// More neurons than threads in a block, more than two blocks of them; a batch.
	t.Run("large", func(t *testing.T) {
		for _, reset := range []bool{true, false} {
			r := rand.New(rand.NewPCG(1, 2))
			n, batches := network(r, shape{inputs: 30, regular: 300, adaptive: 280, readouts: 3, steps: 12, window: 5, batch: 5, iterations: 2, reset: reset, loss: eprop.CrossEntropy, method: eprop.Adam})
			if spikes := agree(t, b, n, batches, false); spikes < 5000 {
				t.Errorf("%d spikes, want thousands", spikes)
			}
		}
	})
	t.Run("diverges", func(t *testing.T) { diverges(t, b) })
	t.Run("online", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { onlineAgrees(t, b) })
	})
}

// tester is a test or a check of rapid.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// agree trains, evaluates, saves, loads and finishes in both ways. It counts spikes.
func agree(t tester, b plan.Backend, n *eprop.Network, batches [][]eprop.Sequence, recorded bool) (spikes int) {
	t.Helper()
	var sims [2]*eprop.Sim
	var recordings [2]*eprop.Recording
	for k, options := range [][]eprop.BuildOption{nil, {eprop.On(b)}} {
		sim, err := n.Build(options...)
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		if recorded {
			if recordings[k], err = sim.Record(eprop.Probe{}); err != nil {
				t.Fatal(err)
			}
		}
		sims[k] = sim
	}
	same := func(after string, result func(*eprop.Sim) (any, error)) {
		t.Helper()
		var saved [2]bytes.Buffer
		var told [2]string
		for k, sim := range sims {
			r, err := result(sim)
			told[k] = fmt.Sprint(r, err)
			if err := sim.Save(&saved[k]); err != nil {
				t.Fatal(err)
			}
			w, v, u := sim.Weights()
			told[k] += fmt.Sprint(math.Float64bits(w.Sum()), math.Float64bits(v.Sum()), math.Float64bits(u.Sum()))
		}
		if told[0] != told[1] {
			t.Fatalf("after %s: on %s %s\nwant %s", after, b.Name(), told[1], told[0])
		}
		if !bytes.Equal(saved[0].Bytes(), saved[1].Bytes()) {
			t.Fatalf("after %s: what is saved on %s differs", after, b.Name())
		}
	}
	for k, batch := range batches {
		same(fmt.Sprint("batch ", k), func(s *eprop.Sim) (any, error) {
			r, err := s.Train(batch)
			for _, c := range r.Spikes {
				spikes += c
			}
			return exact(r), err
		})
		if k == 0 {
			same("evaluation", func(s *eprop.Sim) (any, error) {
				r, err := s.Evaluate(append(batch, batch...))
				return exact(r), err
			})
			// Each goes on from what the other has saved.
			var saved [2]bytes.Buffer
			for k, sim := range sims {
				if err := sim.Save(&saved[k]); err != nil {
					t.Fatal(err)
				}
			}
			for k, sim := range sims {
				if err := sim.Load(&saved[1-k]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if recorded {
		var told [2]string
		for k, r := range recordings {
			table, err := r.Readout(0)
			if err != nil {
				t.Fatal(err)
			}
			told[k] = fmt.Sprint(table, r.Spikes())
		}
		if told[0] != told[1] {
			t.Fatalf("recordings on %s differ", b.Name())
		}
	}
	same("the end", func(s *eprop.Sim) (any, error) { return nil, s.Finish() })
	return spikes
}

// exact shows every bit of a result.
func exact(r eprop.Result) string {
	return fmt.Sprint(r.Iteration, math.Float64bits(r.Loss), r.Loss, r.ErrorRate, r.Predicted, r.Expected, r.Spikes)
}

type shape struct {
	inputs, regular, adaptive, readouts, steps, window, batch, iterations int
	reset, perStep, current, arrival, average                             bool
	surrogate                                                             eprop.Shape
	loss                                                                  eprop.Loss
	method                                                                eprop.Method
	eta                                                                   float64
}

func random(t *rapid.T) (*eprop.Network, [][]eprop.Sequence) {
	count := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	steps := count("steps", 2, 30)
	return network(r, shape{
		inputs: count("inputs", 1, 5), regular: count("regular", 1, 6), adaptive: count("adaptive", 1, 6), readouts: count("readouts", 1, 3),
		steps: steps, window: count("window", 1, steps), batch: count("batch", 1, 3), iterations: count("iterations", 1, 3),
		reset: yes("reset"), perStep: yes("target per step"), current: yes("current"), arrival: yes("regular arrival"), average: yes("average"),
		surrogate: eprop.Shape(count("surrogate", 0, 3)), loss: eprop.Loss(count("loss", 0, 1)), method: eprop.Method(count("method", 0, 1)),
	})
}

// network draws a network whose neurons fire in many steps, with batches for it.
func network(r *rand.Rand, s shape) (*eprop.Network, [][]eprop.Sequence) {
	neuron := eprop.DefaultIAF()
	neuron.CM, neuron.EL, neuron.VM, neuron.VTh, neuron.VMin = 1, -3, -3, -2.5, -3.4
	neuron.TauM, neuron.TRef, neuron.CReg, neuron.FTarget = 2+20*r.Float64(), float64(r.IntN(4)), 3*r.Float64(), 100*r.Float64()
	neuron.RegularSpikeArrival = s.arrival
	if s.current { // up to 1.2 times what reaches the threshold in the end
		neuron.IE = 0.6 / neuron.TauM * r.Float64()
		neuron.VM += 0.4
	}
	neuron.Surrogate = eprop.Surrogate{Shape: s.surrogate, Height: 0.2 + r.Float64(), Width: 0.2 + r.Float64()}
	adaptive := eprop.AdaptiveIAF{IAF: neuron, AdaptBeta: 0.3 * r.Float64(), AdaptTau: 5 + 50*r.Float64()}
	readout := eprop.DefaultReadout()
	readout.CM, readout.EL, readout.TauM, readout.Loss, readout.RegularSpikeArrival = 1, 0.1, 2+20*r.Float64(), s.loss, s.arrival
	synapse := eprop.DefaultSynapse()
	synapse.TauMReadout, synapse.AverageGradient = 2+20*r.Float64(), s.average
	synapse.Optimizer = eprop.Optimizer{Method: s.method, BatchSize: s.batch, Eta: 0.01, WMin: -1.5, WMax: 1.5, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}
	if s.eta > 0 {
		synapse.Optimizer.Eta, synapse.Optimizer.WMin, synapse.Optimizer.WMax, synapse.Optimizer.Epsilon = s.eta, -math.MaxFloat64, math.MaxFloat64, 0
	}
	matrix := func(targets, sources int, scale float64) eprop.Matrix {
		m := eprop.NewMatrix(targets, sources)
		for k := range m.Data {
			m.Data[k] = max(-1.5, min(1.5, r.NormFloat64()*scale))
		}
		return m
	}
	rec := s.regular + s.adaptive
	n := eprop.New("random", eprop.Kernel{Resolution: 1, UpdateInterval: float64(s.steps), LearningWindow: float64(s.window), ResetNeuronsOnUpdate: s.reset}).
		Input(s.inputs).Recurrent("regular", s.regular, neuron).Recurrent("adaptive", s.adaptive, adaptive).Readout(s.readouts, readout).
		InputWeights(matrix(rec, s.inputs, 1), synapse).RecurrentWeights(matrix(rec, rec, 0.7/math.Sqrt(float64(rec)/8)), synapse).
		OutputWeights(matrix(s.readouts, rec, 0.3), synapse).FeedbackWeights(matrix(rec, s.readouts, 1))
	var batches [][]eprop.Sequence
	for range s.iterations {
		batch := make([]eprop.Sequence, s.batch)
		for k := range batch {
			spikes, target := make([]bool, s.steps*s.inputs), eprop.OneHot(r.IntN(s.readouts), s.readouts)
			for x := range spikes {
				spikes[x] = r.Float64() < 0.3
			}
			if s.perStep {
				target = make([]float64, s.steps*s.readouts)
				for x := range target {
					target[x] = r.Float64()
				}
			}
			batch[k] = eprop.Sequence{Spikes: spikes, Target: target}
		}
		batches = append(batches, batch)
	}
	return n, batches
}

// diverges lets trainings fail by steps that are much too large: the same error, and
// weights that stay finite.
func diverges(t *testing.T, b plan.Backend) {
	// The loss, a gradient, and by Adam without Epsilon the weight of a synapse
	// without a gradient become infinite or NaN.
	for _, eta := range []float64{1e200, 1.7e308, 1} {
		s := shape{inputs: 3, regular: 3, adaptive: 2, readouts: 2, steps: 20, window: 10, batch: 2, iterations: 6, reset: true, eta: eta}
		if eta == 1 {
			s.method = eprop.Adam
		}
		n, batches := network(rand.New(rand.NewPCG(3, 4)), s)
		var told [2]string
		for k, options := range [][]eprop.BuildOption{nil, {eprop.On(b)}} {
			sim, err := n.Build(options...)
			if err != nil {
				t.Fatal(err)
			}
			defer sim.Close()
			for _, batch := range batches {
				sim.Train(batch)
			}
			if sim.Err() == nil {
				t.Fatalf("no error with Eta %v", eta)
			}
			var saved bytes.Buffer
			w, v, u := sim.Weights()
			told[k] = fmt.Sprint(sim.Err(), w, v, u, sim.Save(&saved), saved.Bytes())
		}
		if told[0] != told[1] {
			t.Errorf("Eta %v: on %s\n%.300s\nwant\n%.300s", eta, b.Name(), told[1], told[0])
		}
	}
}
