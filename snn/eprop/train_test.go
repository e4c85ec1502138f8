package eprop

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// bits are the weights of a simulation, for comparing bit by bit.
func bits(s *Sim) []uint64 {
	var all []uint64
	in, rec, out := s.Weights()
	for _, m := range []Matrix{in, rec, out} {
		for _, w := range m.Data {
			all = append(all, math.Float64bits(w))
		}
	}
	return all
}

func TestResultsDoNotDependOnWorkers(t *testing.T) {
	var first []uint64
	var firstResults string
	for _, workers := range []int{1, 2, 3, 8} {
		n, r := tutorial(4, 4)
		sim := build(t, n).Workers(workers)
		var results []Result
		for range 3 {
			res, err := sim.Train(trials(t, r, 4))
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, res)
		}
		if err := sim.Finish(); err != nil {
			t.Fatal(err)
		}
		got, gotResults := bits(sim), fmt.Sprintf("%b", results)
		if first == nil {
			first, firstResults = got, gotResults
		}
		if !slices.Equal(got, first) || gotResults != firstResults {
			t.Errorf("%d workers: other bits than with one", workers)
		}
	}
}

// With neuron reset a batch may be run in order too; that path, which is the one
// without reset, must agree to the bit.
func TestInOrderAgreesWithParallel(t *testing.T) {
	var runs [2][]uint64
	for k := range runs {
		n, r := tutorial(2, 2)
		sim := build(t, n)
		sim.e.independent = k == 0
		for range 4 {
			if _, err := sim.Train(trials(t, r, 2)); err != nil {
				t.Fatal(err)
			}
		}
		if err := sim.Finish(); err != nil {
			t.Fatal(err)
		}
		runs[k] = bits(sim)
	}
	if !slices.Equal(runs[0], runs[1]) {
		t.Error("running a batch in order gives other bits than side by side")
	}
}

func TestSavedTrainingContinuesToTheSameBits(t *testing.T) {
	for _, reset := range []bool{true, false} {
		n, r := tutorial(1, 2)
		n.kernel.ResetNeuronsOnUpdate = reset
		var batches [][]Sequence
		for range 5 {
			batches = append(batches, trials(t, r, 2))
		}
		train := func(s *Sim, batches [][]Sequence) {
			for _, b := range batches {
				if _, err := s.Train(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		whole := build(t, n)
		train(whole, batches)
		parts := build(t, n)
		train(parts, batches[:3])
		var file bytes.Buffer
		if err := parts.Save(&file); err != nil {
			t.Fatal(err)
		}
		for cut := 0; cut < file.Len(); cut += file.Len()/7 + 1 {
			if err := build(t, n).Load(bytes.NewReader(file.Bytes()[:cut])); err == nil {
				t.Errorf("reset %v: loading %d of %d bytes succeeded", reset, cut, file.Len())
			}
		}
		resumed := build(t, n)
		if err := resumed.Load(&file); err != nil {
			t.Fatal(err)
		}
		train(resumed, batches[3:])
		for _, s := range []*Sim{whole, resumed} {
			if err := s.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		if resumed.Iteration() != 5 || !slices.Equal(bits(whole), bits(resumed)) {
			t.Errorf("reset %v: five iterations differ from three, saved, loaded, and two", reset)
		}
	}
}

func TestLoadRefusesAnotherNetwork(t *testing.T) {
	n, _ := tutorial(1, 1)
	var file bytes.Buffer
	if err := build(t, n).Save(&file); err != nil {
		t.Fatal(err)
	}
	other, _ := tutorial(1, 2)
	if err := build(t, other).Load(&file); err == nil || !strings.Contains(err.Error(), "batch size") {
		t.Errorf("loading a training of batch size 1 into one of 2: %v", err)
	}
}

// Evaluating changes neither neurons nor weights, beyond settling the last batch.
func TestEvaluateDoesNotLearn(t *testing.T) {
	for _, reset := range []bool{true, false} {
		n, r := tutorial(1, 1)
		n.kernel.ResetNeuronsOnUpdate = reset
		q, test := trials(t, r, 1), trials(t, r, 3)
		sim := build(t, n)
		if _, err := sim.Train(q); err != nil {
			t.Fatal(err)
		}
		first, err := sim.Evaluate(test)
		if err != nil {
			t.Fatal(err)
		}
		before := bits(sim)
		second, err := sim.Evaluate(test)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(first, first.Spikes) != fmt.Sprint(second, second.Spikes) || !slices.Equal(before, bits(sim)) {
			t.Errorf("reset %v: evaluating twice gave %v, then %v", reset, first, second)
		}
		if sim.Iteration() != 1 || len(first.Predicted) != 3 {
			t.Errorf("reset %v: iteration %d and %d predictions, want 1 and 3", reset, sim.Iteration(), len(first.Predicted))
		}
	}
}

func TestNothingIsAllocatedInASequence(t *testing.T) {
	n, r := tutorial(1, 1)
	sim := build(t, n)
	q := trials(t, r, 1)[0]
	run := func() {
		ws := sim.ws[0]
		sim.e.begin(ws, ws.st, q)
		sim.e.run(ws, ws.st, q, &sim.now, nil)
		sim.e.gradient(ws, &sim.pending.full, &sim.pending.late, nil)
	}
	run() // the spike lists grow once
	if allocs := testing.AllocsPerRun(3, run); allocs != 0 {
		t.Errorf("%v allocations in a sequence, want none", allocs)
	}
}

// A learning rate that throws the weights about ends in a softmax of infinities.
func TestDivergingTrainingStopsWithItsStateKept(t *testing.T) {
	n, r := tutorial(1, 1)
	for _, p := range []*projection{&n.in, &n.rec, &n.out} {
		p.synapse.Optimizer.Method = GradientDescent
		p.synapse.Optimizer.Eta, p.synapse.Optimizer.WMin, p.synapse.Optimizer.WMax = 1e6, -1e9, 1e9
	}
	sim := build(t, n)
	failed := 0
	var err error
	for k := range 10 {
		if _, err = sim.Train(trials(t, r, 1)); err != nil {
			failed = k + 1
			break
		}
	}
	if failed == 0 {
		t.Fatal("ten iterations with Eta = 1e6 did not fail")
	}
	if want := fmt.Sprintf("iteration %d: the loss is", failed); !strings.Contains(err.Error(), want) {
		t.Errorf("error %q, want one that says %q", err, want)
	}
	for _, w := range bits(sim) {
		if x := math.Float64frombits(w); math.IsNaN(x) || math.IsInf(x, 0) {
			t.Fatalf("a weight is %v after the failure", x)
		}
	}
	before := bits(sim)
	if _, again := sim.Train(trials(t, r, 1)); again != err || sim.Finish() != err || sim.Err() != err {
		t.Errorf("after the failure: %v, want it again", again)
	}
	if !slices.Equal(before, bits(sim)) {
		t.Error("weights changed after the failure")
	}
}

// Rates can be set between batches: the gradient of the batch before was collected
// with the old one, and 0 stops learning.
func TestSetEta(t *testing.T) {
	for _, reset := range []bool{true, false} {
		n, r := tutorial(1, 1)
		n.kernel.ResetNeuronsOnUpdate = reset
		sim, other := build(t, n), build(t, n)
		step := func(sims ...*Sim) {
			q := trials(t, r, 1)
			for _, s := range sims {
				if _, err := s.Train(q); err != nil {
					t.Fatal(err)
				}
			}
		}
		step(sim, other)
		if err := sim.SetEta(0); err != nil {
			t.Fatal(err)
		}
		step(sim, other)
		learnt := bits(sim)
		if !slices.Equal(learnt, bits(other)) {
			t.Errorf("reset %v: SetEta changed the rate of the batch before", reset)
		}
		step(sim, other)
		if !slices.Equal(learnt, bits(sim)) || slices.Equal(learnt, bits(other)) {
			t.Errorf("reset %v: weights changed with Eta = 0, or stayed without", reset)
		}
		for _, eta := range []float64{-1, math.NaN(), math.Inf(1)} {
			if sim.SetEta(eta) == nil {
				t.Errorf("SetEta(%v) succeeded", eta)
			}
		}
	}
}

// Without reset the neurons have made NEST's steps before the first sequence:
// two of the recurrent neurons and three of the readouts, the first of each
// without the constant current.
func TestUnresetNeuronsStartWhereNESTsDo(t *testing.T) {
	n, _ := tutorial(1, 1)
	n.kernel.ResetNeuronsOnUpdate = false
	m := n.groups[0].model.(IAF)
	m.VM, m.IE = -0.5, 0.01
	n.groups[0].model = m
	n.readout.VM, n.readout.IE = 0.7, 0.02
	sim := build(t, n)
	alpha := math.Exp(-1.0 / 20)
	current := 20 * (1 - alpha) * 0.01
	near(t, "neuron", sim.st.v[0], alpha*alpha*-0.5+current, 1e-15)
	near(t, "readout", sim.st.out[0], alpha*(alpha*(alpha*0.7)+2*current)+2*current, 1e-15)
}

// FuzzLoad: files that are not what Save wrote give an error, and the simulation
// still trains to the same weights.
func FuzzLoad(f *testing.F) {
	n, q := regression(f)
	n.kernel = Kernel{Resolution: 1, UpdateInterval: 4, LearningWindow: 2, ResetNeuronsOnUpdate: true}
	q.Spikes, q.Target = q.Spikes[:400], q.Target[:4]
	var file bytes.Buffer
	if err := build(f, n).Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes()[:500])
	f.Add([]byte{})
	f.Add([]byte("not a training"))
	f.Add([]byte{0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		sim := build(t, n)
		before := bits(sim)
		if err := sim.Load(bytes.NewReader(data)); err == nil {
			return
		}
		if !slices.Equal(before, bits(sim)) {
			t.Error("a failed Load changed the weights")
		}
		if _, err := sim.Train([]Sequence{q}); err != nil {
			t.Error(err)
		}
	})
}

func TestPrinting(t *testing.T) {
	n, _ := tutorial(1, 2)
	for _, want := range []string{"sequences of 2250 ms", "50 adaptive: eprop_iaf_adapt_bsshslm_2020", "cross_entropy", "100×40 weights, adam, eta 0.005, batch of 2"} {
		if got := n.String(); !strings.Contains(got, want) {
			t.Errorf("%s\nwant it to contain %q", got, want)
		}
	}
	if got, want := build(t, n).String(), "100 recurrent neurons, 2 readouts; trained for 0 iterations of 2 sequences"; !strings.Contains(got, want) {
		t.Errorf("%s\nwant it to contain %q", got, want)
	}
	if got := New("empty", Kernel{}).Recurrent("a", 1, nil).String(); !strings.Contains(got, "no model") {
		t.Error(got)
	}
}

// With Epsilon = 0 Adam divides 0 by 0 where a synapse saw no spike: the update is
// undone and told, and what was recorded stays readable.
func TestUpdateToNaNIsUndone(t *testing.T) {
	for _, reset := range []bool{true, false} {
		n, r := tutorial(1, 2)
		n.kernel.ResetNeuronsOnUpdate = reset
		n.in.synapse.Optimizer.Epsilon = 0
		sim := build(t, n)
		rec, err := sim.Record(Probe{})
		if err != nil {
			t.Fatal(err)
		}
		quiet := func() []Sequence {
			qs := trials(t, r, 2)
			for _, q := range qs {
				for k := 0; k < len(q.Spikes); k += 40 {
					q.Spikes[k] = false // input 0
				}
			}
			return qs
		}
		before := bits(sim)
		if _, err := sim.Train(quiet()); err != nil {
			t.Fatal(err)
		}
		_, err = sim.Train(quiet())
		if err == nil || !strings.Contains(err.Error(), "iteration 1: a weight of the input projection became NaN") {
			t.Errorf("reset %v: error %v, want one that tells of the weight and iteration 1", reset, err)
		}
		if !slices.Equal(before, bits(sim)) {
			t.Errorf("reset %v: the update was not undone", reset)
		}
		if spikes := rec.Spikes(); len(spikes) < 1000 || spikes[len(spikes)-1].Time > 2*2250+3 {
			t.Errorf("reset %v: %d spikes recorded, want those of two sequences", reset, len(spikes))
		}
		if !strings.Contains(sim.String(), "stopped: ") {
			t.Errorf("a stopped simulation prints as %s", sim)
		}
		sim.StopRecording()
	}
}
