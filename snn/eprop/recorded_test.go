package eprop

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/npy"
	"github.com/spikebook/spikebook/snn/rng"
)

// recordedCase is a training recorded with NEST; see testdata/record.py.
type recordedCase struct {
	Name string
	Task struct {
		Inputs, Cues, Cue, Spacing, Delay, Recall int
		Prob                                      float64
	}
	Kernel            P
	Batch, Iterations int
	Populations       []struct {
		Model  string
		Count  int
		Params P
	}
	Readout, Synapse P
	Trace, Stride    int
	Etas             []float64
	Arrays           map[string][2]int

	values []float64
}

func (c *recordedCase) array(name string) []float64 {
	at := c.Arrays[name]
	return c.values[at[0]:][:at[1]]
}

type recordingFile struct {
	Cases  []recordedCase
	Online []recordedOnline
}

func recordings(t *testing.T) recordingFile {
	t.Helper()
	values, err := npy.Load[float64]("testdata/nest.npy")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/nest.json")
	if err != nil {
		t.Fatal(err)
	}
	var file recordingFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for k := range file.Cases {
		c := &file.Cases[k]
		c.values = values.Data
		optimizer := c.Synapse["optimizer"].(map[string]any)
		optimizer["batch_size"] = int(optimizer["batch_size"].(float64)) // JSON knows no integers
	}
	for k := range file.Online {
		file.Online[k].values = values.Data
	}
	return file
}

// network builds the case's network from NEST's parameters, and draws its
// batches.
func (c *recordedCase) network(t *testing.T) (*Sim, [][]Sequence) {
	t.Helper()
	neurons := 0
	for _, p := range c.Populations {
		neurons += p.Count
	}
	r := rng.NewRandomState(1)
	in := NormalMatrix(r, neurons, c.Task.Inputs, math.Sqrt(float64(c.Task.Inputs)))
	rec := NormalMatrix(r, neurons, neurons, math.Sqrt(float64(neurons)))
	out := GlorotMatrix(r, 2, neurons)
	feedback := FeedbackMatrix(r, neurons, 2, 1)
	kernel, err := NEST{}.Kernel(c.Kernel)
	if err != nil {
		t.Fatal(err)
	}
	readout, err := NEST{}.Readout(c.Readout)
	if err != nil {
		t.Fatal(err)
	}
	synapse, err := NEST{}.Synapse(c.Synapse)
	if err != nil {
		t.Fatal(err)
	}
	n := New(c.Name, kernel).Input(c.Task.Inputs).Readout(2, readout).
		InputWeights(in, synapse).RecurrentWeights(rec, synapse).OutputWeights(out, synapse).FeedbackWeights(feedback)
	for _, p := range c.Populations {
		model, err := NEST{}.Neuron(p.Model, p.Params)
		if err != nil {
			t.Fatal(err)
		}
		n.Recurrent(p.Model, p.Count, model)
	}
	task := datasets.DefaultEvidence()
	task.Inputs, task.Cues, task.CueSteps, task.SpacingSteps = c.Task.Inputs, c.Task.Cues, c.Task.Cue, c.Task.Spacing
	task.DelaySteps, task.RecallSteps, task.SpikeProb = c.Task.Delay, c.Task.Recall, c.Task.Prob
	var batches [][]Sequence
	for range c.Iterations {
		drawn, err := task.Draw(r, c.Batch)
		if err != nil {
			t.Fatal(err)
		}
		var batch []Sequence
		for _, d := range drawn {
			batch = append(batch, Sequence{Spikes: d.Spikes, Target: OneHot(d.Target, 2)})
		}
		batches = append(batches, batch)
	}
	return build(t, n), batches
}

// worst keeps the largest difference of a comparison and fails beyond tol.
type worst struct {
	t    *testing.T
	what string
	tol  float64
	by   float64
	bad  int
}

func (w *worst) compare(where string, got, want float64) {
	d := math.Abs(got - want)
	w.by = max(w.by, d)
	if !(d <= w.tol) {
		if w.bad++; w.bad <= 3 {
			w.t.Errorf("%s, %s: got %.17g, want %.17g ± %g (differs by %g)", w.what, where, got, want, w.tol, got-want)
		}
	}
}

// Trainings recorded with NEST 3.10: batches of 1, 2 and 4, with and without
// reset, gradient descent and Adam, and what else the cases hold. Spikes are
// compared exactly, all else to rounding.
func TestTrainingsAreNESTs(t *testing.T) {
	var met corners
	for _, c := range recordings(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			sim, batches := c.network(t)
			e := sim.e
			pairs := synapsesOf(e, c.Stride)
			rec, err := sim.Record(Probe{Neurons: []int{e.inputs, e.inputs + e.recurrent - 1}, Synapses: pairs})
			if err != nil {
				t.Fatal(err)
			}
			loss := worst{t: t, what: "loss", tol: 1e-12}
			stored := newStored(sim)
			for k, batch := range batches {
				if k > 0 && len(c.Etas) > 1 {
					if err := sim.SetEta(c.Etas[k]); err != nil {
						t.Fatal(err)
					}
				}
				res, err := sim.Train(batch)
				if err != nil {
					t.Fatal(err)
				}
				loss.compare(fmt.Sprintf("iteration %d", k+1), res.Loss, c.array("loss")[k])
				near(t, fmt.Sprintf("iteration %d: recall error", k+1), res.ErrorRate, c.array("error_rate")[k], 1e-15)
				stored.follow(sim, rec.traces[len(rec.traces)-c.Batch:], &met)
			}
			c.compareSpikes(t, rec)
			sent := c.compareTransmitted(t, rec, pairs)
			traces := c.compareTraces(t, rec)
			weights := c.compareWeights(t, sim, stored, &met)
			t.Logf("largest differences: loss %.1g, weights %.1g, transmitted weights %.1g, traces %.1g",
				loss.by, weights, sent, traces)
		})
	}
	t.Logf("met %+v", met)
	for what, times := range map[string]int{
		"an input that spikes in step 1": met.lateInputs, "a recurrent neuron that spikes in step 0": met.lateRecurrent,
		"the same that does not count": met.uncounted, "a spike in the last step": met.last,
		"a neuron that does not pass on the forced spike": met.refractory, "a late update at the end": met.lateAtEnd,
	} {
		if times == 0 {
			t.Errorf("no case has %s: the rule for it was not tested", what)
		}
	}
}

// corners counts the cases of boundary.go that the recordings hold.
type corners struct {
	lateInputs, lateRecurrent, uncounted, last, refractory, lateAtEnd int
}

// synapsesOf are all plastic synapses in the order of the recording.
func synapsesOf(e *engine, stride int) [][2]int {
	var all [][2]int
	first, end, nodes := e.inputs, e.inputs+e.recurrent, e.inputs+e.recurrent+e.readouts
	for i := range end {
		for j := first; j < nodes; j++ {
			if _, _, ok := e.synapse([2]int{i, j}); ok {
				all = append(all, [2]int{i, j})
			}
		}
	}
	var chosen [][2]int
	for k := 0; k < len(all); k += stride {
		chosen = append(chosen, all[k])
	}
	return chosen
}

// stored follows the weights that NEST stores, which a synapse changes at the
// first spike that it carries in a new interval.
type stored struct {
	weights
	carried []bool // whether the synapses to the readouts carried a spike in the interval before
}

func newStored(sim *Sim) *stored {
	w := &stored{sim.e.newWeights(), make([]bool, sim.e.recurrent)}
	w.copyFrom(&sim.now)
	return w
}

// pass takes over the weights in use for all synapses of neuron i onto recurrent
// neurons, onto readouts, or both.
func (w *stored) pass(sim *Sim, i int, recurrent, readouts bool) {
	if n := sim.e.recurrent; recurrent {
		copy(w.rec[i*n:][:n], sim.now.rec[i*n:])
	}
	if n := sim.e.readouts; readouts {
		copy(w.out[i*n:][:n], sim.now.out[i*n:])
	}
}

// follow goes through the sequences of a batch that has just been trained.
func (w *stored) follow(sim *Sim, traces []*trace, met *corners) {
	sim.Weights() // brings those of a device
	for _, tr := range traces {
		carried := make([]bool, len(w.carried))
		last := tr.spikesAt[sim.e.steps-1]
		for x, i := range tr.spikes {
			first := int32(x) < tr.spikesAt[1]
			if carried[i] = carried[i] || !first || !w.carried[i]; !carried[i] {
				met.uncounted++
			}
			w.pass(sim, int(i), int32(x) < last, carried[i])
		}
		w.carried = carried
		met.lateInputs += int(tr.inputsAt[2] - tr.inputsAt[1])
		met.lateRecurrent += int(tr.spikesAt[1])
		met.last += len(tr.spikes) - int(last)
	}
}

func (c *recordedCase) compareSpikes(t *testing.T, rec *Recording) {
	t.Helper()
	e := rec.e
	sequences := c.Batch * c.Iterations
	got := make([]float64, 4*sequences)
	for _, s := range rec.Spikes() {
		at, shift := 0, 2
		if s.Node >= e.inputs {
			at, shift = 2*sequences, 3
		}
		at += 2 * ((int(s.Time) - shift) / e.steps)
		got[at]++
		got[at+1] += s.Time * float64(s.Node+1)
	}
	for k, want := range c.array("spikes") {
		if got[k] != want {
			kind := []string{"input", "recurrent"}[k/(2*sequences)]
			t.Fatalf("%s spikes of sequence %d: %s %v, want %v", kind, k/2%sequences, []string{"number", "sum of time × node"}[k%2], got[k], want)
		}
	}
}

// compareTransmitted compares the weights that every spike was sent with, by
// sums.
func (c *recordedCase) compareTransmitted(t *testing.T, rec *Recording, pairs [][2]int) float64 {
	t.Helper()
	w := worst{t: t, what: "mean transmitted weight", tol: weightTol}
	want := c.array("transmitted")
	if len(want) != 3*len(pairs) {
		t.Fatalf("%d sums recorded for %d synapses", len(want), len(pairs))
	}
	for k, pair := range pairs {
		table, err := rec.Weight(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		sum, weighted, factors := 0.0, 0.0, 0.0
		for x, stamp := range table.Times {
			factor := float64(int(stamp)%97 + 1)
			sum += table.Weights[x]
			weighted += factor * table.Weights[x]
			factors += factor
		}
		count := float64(len(table.Times))
		if count != want[3*k] {
			t.Fatalf("synapse %v carried %v spikes, want %v", pair, count, want[3*k])
		}
		if count > 0 {
			w.compare(fmt.Sprintf("synapse %v", pair), sum/count, want[3*k+1]/count)
			w.compare(fmt.Sprintf("synapse %v, weighted by time", pair), weighted/factors, want[3*k+2]/factors)
		}
	}
	return w.by
}

// compareTraces compares the recorded steps of the last two sequences.
func (c *recordedCase) compareTraces(t *testing.T, rec *Recording) float64 {
	t.Helper()
	w := worst{t: t, what: "trace", tol: 1e-12}
	if c.Trace == 0 {
		return 0
	}
	compare := func(name string, columns ...[]float64) {
		want := c.array(name)
		rows := 0
		for x := range columns {
			from := max(0, len(columns[x])-2*rec.e.steps)
			for s := from; s < len(columns[x]); s += c.Trace {
				if got := columns[x][s]; !math.IsNaN(got) {
					w.compare(fmt.Sprintf("%s column %d row %d", name, x, s), got, want[rows])
				}
				rows++
			}
		}
		if rows != len(want) {
			t.Errorf("%s: %d values, want %d", name, rows, len(want))
		}
	}
	e := rec.e
	for x, node := range []int{e.inputs, e.inputs + e.recurrent - 1} {
		table, err := rec.Neuron(node)
		if err != nil {
			t.Fatal(err)
		}
		columns := [][]float64{table.V, table.Surrogate, table.LearningSignal}
		if e.populationOf(node - e.inputs).adapts {
			columns = append(columns, table.Threshold, table.Adaptation)
		}
		compare(fmt.Sprintf("neuron_%d", x), columns...)
	}
	for o := range e.readouts {
		table, err := rec.Readout(o)
		if err != nil {
			t.Fatal(err)
		}
		compare(fmt.Sprintf("readout_%d", o), table.V, table.Signal, table.Unnormalised, table.Target, table.Error)
	}
	return w.by
}

// compareWeights compares the weights after NEST's forced last spike, and those
// that all synapses have once every neuron has passed it on.
func (c *recordedCase) compareWeights(t *testing.T, sim *Sim, stored *stored, met *corners) float64 {
	t.Helper()
	e := sim.e
	// The forced spike comes in step 1 of one more interval. Neurons that are
	// still refractory then do not pass it on.
	next := e.newState()
	next.copyFrom(sim.st)
	ws := e.newWorkspace()
	e.begin(ws, next, Sequence{Spikes: make([]bool, e.steps*e.inputs)})
	zero, forced := make([]bool, e.recurrent), make([]bool, e.recurrent)
	for _, i := range ws.spikes {
		zero[i] = true
		met.lateAtEnd++
	}
	for i := range forced {
		if forced[i] = next.r[i] <= 1; !forced[i] {
			met.refractory++
		}
	}
	c.compareSet(t, "spikes in step 0 after the last sequence", zero, "end_zero")
	c.compareSet(t, "neurons that pass on the forced spike", forced, "end_forced")

	if err := sim.Finish(); err != nil {
		t.Fatal(err)
	}
	sim.Weights()
	copy(stored.in, sim.now.in)
	for i := range e.recurrent {
		stored.pass(sim, i, forced[i] || zero[i], forced[i] || zero[i] && !stored.carried[i])
	}
	w := worst{t: t, what: "weight", tol: weightTol}
	compare := func(when string, got *weights) {
		for k, name := range []string{"in", "rec", "out"} {
			if _, recorded := c.Arrays[when+name]; !recorded {
				continue
			}
			want, targets := c.array(when+name), []int{e.recurrent, e.recurrent, e.readouts}[k]
			part := got.parts()[k]
			m := toMatrix(part, targets, len(part)/targets)
			for x, weight := range m.Data {
				w.compare(fmt.Sprintf("%s%s[%d,%d]", when, name, x/m.Sources, x%m.Sources), weight, want[x])
			}
		}
	}
	compare("stored_", &stored.weights)
	compare("later_", &sim.now)
	return w.by
}

func (c *recordedCase) compareSet(t *testing.T, what string, got []bool, name string) {
	t.Helper()
	want := make([]bool, len(got))
	for _, i := range c.array(name) {
		want[int(i)] = true
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
