package eprop

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/vmath"
)

// Probe says what to record. Nodes are numbered from 0: the inputs, then the
// recurrent neurons, then the readouts.
type Probe struct {
	Neurons  []int    // nodes of recurrent neurons whose variables are recorded
	Synapses [][2]int // source and target nodes of synapses whose weights are recorded
}

// Recording holds what NEST's devices record: spikes of all neurons, variables
// of the readouts and of chosen neurons, weights of chosen synapses. Its times
// are the stamps of NEST, in ms since the start of the training, though they say
// little about when something acts: with dt the step and k the number of the
// sequence, T its length, step s is stamped
//
//	k·T + s·dt +
//	  2·dt   spikes of inputs
//	  3·dt   spikes, potential, surrogate and threshold of recurrent neurons
//	  4·dt   potential and unnormalised signal of readouts
//	  5·dt   signal, target and error of readouts
//	  6·dt   learning signal of recurrent neurons
//
// A row of a table holds what has the same stamp. Where a row needs what was not
// recorded, it has 0 for the learning signal before the first sequence, and NaN
// for the readouts' potential after the last if neurons are not reset.
type Recording struct {
	e      *engine
	dt     float64
	probe  Probe
	traces []*trace // of the sequences recorded, in order
	first  int64    // number of the first of them
	batch  int      // index of the first trace of the batch now run; −1 while evaluating
}

// trace is the record of one sequence. Slices are (steps, neurons) or (steps,
// readouts) in row-major order.
type trace struct {
	r                                           *Recording
	v, surrogate, adaptation, threshold, signal []float64
	out                                         []float64
	output, target, wrong                       []float64
	inputs, inputsAt, spikes, spikesAt          []int32
	weights                                     []float64 // of the probe's synapses in this sequence
	atZero                                      []float64 // weights of the probe's synapses for spikes of step 0
}

// Record starts to record the sequences of Train, in place of an earlier
// recording, until [Sim.StopRecording]. Every sequence takes memory of its own.
func (s *Sim) Record(p Probe) (*Recording, error) {
	e := s.e
	r := &Recording{e: e, dt: s.dt, probe: Probe{slices.Clone(p.Neurons), slices.Clone(p.Synapses)}, first: s.sequences}
	for _, node := range p.Neurons {
		if node < e.inputs || node >= e.inputs+e.recurrent {
			return nil, fmt.Errorf("recording of network %q: node %d is not a recurrent neuron, want %d to %d; add the number of inputs, %d, to the number of the neuron", s.name, node, e.inputs, e.inputs+e.recurrent-1, e.inputs)
		}
	}
	for _, pair := range p.Synapses {
		if _, _, ok := e.synapse(pair); !ok {
			return nil, fmt.Errorf("recording of network %q: there is no synapse from node %d to node %d, want one from an input (0 to %d) or a recurrent neuron (to %d) to another recurrent neuron or from these to a readout (to %d); correct the nodes", s.name, pair[0], pair[1], e.inputs-1, e.inputs+e.recurrent-1, e.inputs+e.recurrent+e.readouts-1)
		}
	}
	s.record = r
	return r, nil
}

// StopRecording ends the recording. What was recorded stays readable.
func (s *Sim) StopRecording() { s.record = nil }

// synapse is where the weight of a synapse stands: its projection (0 in, 1 rec,
// 2 out) and its index there.
func (e *engine) synapse(pair [2]int) (projection, index int, ok bool) {
	i, j := pair[0], pair[1]-e.inputs
	n := e.recurrent
	switch {
	case i < 0 || j < 0 || i >= e.inputs+n || j >= n+e.readouts:
		return 0, 0, false
	case i < e.inputs && j < n:
		return 0, i*n + j, true
	case i < e.inputs:
		return 0, 0, false
	case j < n:
		return 1, (i-e.inputs)*n + j, i-e.inputs != j
	}
	return 2, (i-e.inputs)*e.readouts + j - n, true
}

// begin makes traces for a batch.
func (r *Recording) begin(batch int, learning bool) {
	if r == nil {
		return
	}
	if !learning {
		r.batch = -1
		return
	}
	r.batch = len(r.traces)
	n, o, T := len(r.probe.Neurons), r.e.readouts, r.e.steps
	floats := func(count int) []float64 { return make([]float64, T*count) }
	for range batch {
		r.traces = append(r.traces, &trace{
			r: r, v: floats(n), surrogate: floats(n), adaptation: floats(n), threshold: floats(n), signal: floats(n),
			out: floats(o), output: floats(o), target: floats(o), wrong: floats(o),
			weights: make([]float64, len(r.probe.Synapses)), atZero: make([]float64, len(r.probe.Synapses)),
		})
	}
}

// trace is that of sequence k of the batch, nil if it is not recorded.
func (r *Recording) trace(k int) *trace {
	if r == nil || r.batch < 0 {
		return nil
	}
	return r.traces[r.batch+k]
}

// drop forgets the traces of a batch that failed.
func (r *Recording) drop() {
	if r != nil && r.batch >= 0 {
		r.traces = r.traces[:r.batch]
	}
}

func (e *engine) populationOf(j int) *population {
	for p := range e.pops {
		if j < e.pops[p].end {
			return &e.pops[p]
		}
	}
	return nil
}

// recurrent keeps the neurons' variables after step s.
func (t *trace) recurrent(e *engine, ws *workspace, st *state, s int) {
	for x, node := range t.r.probe.Neurons {
		j := node - e.inputs
		p := e.populationOf(j)
		k := s*len(t.r.probe.Neurons) + x
		t.v[k], t.surrogate[k] = st.v[j]+p.rest, ws.surrogate[s*e.recurrent+j]
		t.threshold[k] = p.vth + p.rest
		if p.adapts {
			t.adaptation[k], t.threshold[k] = st.a[j], p.vth+float64(p.beta*st.a[j])+p.rest
		}
	}
}

// readouts keeps the readouts' potentials after step s.
func (t *trace) readouts(e *engine, st *state, s int) {
	for o, v := range st.out {
		t.out[s*e.readouts+o] = v + e.readout.rest
	}
}

// finish keeps what is known when the sequence has been run.
func (t *trace) finish(e *engine, ws *workspace, q Sequence, w *weights, zero func(i int32) []float64) {
	if t == nil {
		return
	}
	start := e.steps - e.window
	copy(t.output[start*e.readouts:], ws.signal)
	copy(t.wrong[start*e.readouts:], ws.errors)
	for s := start; s < e.steps; s++ {
		copy(t.target[s*e.readouts:], e.target(q, s))
		e.learningSignals(ws, s)
		for x, node := range t.r.probe.Neurons {
			t.signal[s*len(t.r.probe.Neurons)+x] = ws.learning[node-e.inputs]
		}
	}
	t.inputs, t.inputsAt = slices.Clone(ws.inputs), slices.Clone(ws.inputsAt)
	t.spikes, t.spikesAt = slices.Clone(ws.spikes), slices.Clone(ws.spikesAt)
	for x, pair := range t.r.probe.Synapses {
		projection, index, _ := e.synapse(pair)
		t.weights[x] = w.parts()[projection][index]
		t.atZero[x] = t.weights[x]
		if projection == 2 && zero != nil {
			i := int32(pair[0] - e.inputs)
			_, spiked := slices.BinarySearch(ws.spikes[:ws.spikesAt[1]], i)
			if spiked && !ws.atZero[i] {
				t.atZero[x] = zero(i)[pair[1]-e.inputs-e.recurrent]
			}
		}
	}
}

// stamp is the time of NEST for step s of the recorded sequence k.
func (r *Recording) stamp(k, s, shift int) float64 {
	return float64((r.first+int64(k))*int64(r.e.steps)+int64(s+shift)) * r.dt
}

// NeuronTable is what a multimeter records from a recurrent neuron, one row for
// every step.
type NeuronTable struct {
	Times          []float64 // ms
	V              []float64 // [V_m] mV
	Surrogate      []float64 // [surrogate_gradient]
	LearningSignal []float64 // [learning_signal] pA
	Threshold      []float64 // [V_th_adapt] mV; V_th without adaptation
	Adaptation     []float64 // [adaptation]
}

// Neuron is the table of a recurrent neuron of the probe.
func (r *Recording) Neuron(node int) (NeuronTable, error) {
	x := slices.Index(r.probe.Neurons, node)
	if x < 0 {
		return NeuronTable{}, fmt.Errorf("recording: node %d was not recorded, want one of %v; name it in Probe.Neurons", node, r.probe.Neurons)
	}
	var table NeuronTable
	n := len(r.probe.Neurons)
	column := func(of func(*trace) []float64) []float64 {
		var c []float64
		for _, t := range r.traces {
			for k := x; k < len(of(t)); k += n {
				c = append(c, of(t)[k])
			}
		}
		return c
	}
	for k := range r.traces {
		for s := range r.e.steps {
			table.Times = append(table.Times, r.stamp(k, s, 3))
		}
	}
	table.V = column(func(t *trace) []float64 { return t.v })
	table.Surrogate = column(func(t *trace) []float64 { return t.surrogate })
	table.Adaptation = column(func(t *trace) []float64 { return t.adaptation })
	table.Threshold = column(func(t *trace) []float64 { return t.threshold })
	signal := column(func(t *trace) []float64 { return t.signal })
	late := min(3, len(signal)) // steps by which the learning signal is stamped later
	table.LearningSignal = append(make([]float64, late), signal[:len(signal)-late]...)
	return table, nil
}

// ReadoutTable is what a multimeter records from a readout, one row for every
// step.
type ReadoutTable struct {
	Times        []float64 // ms
	V            []float64 // [V_m] mV, of the step after that of the signals
	Signal       []float64 // [readout_signal]
	Unnormalised []float64 // [readout_signal_unnorm], of the step after that of the signals
	Target       []float64 // [target_signal]
	Error        []float64 // [error_signal]
}

// Readout is the table of readout o, counted from 0.
func (r *Recording) Readout(o int) (ReadoutTable, error) {
	e := r.e
	if o < 0 || o >= e.readouts {
		return ReadoutTable{}, fmt.Errorf("recording: no readout %d, want 0 to %d; count readouts from 0", o, e.readouts-1)
	}
	var table ReadoutTable
	for k, t := range r.traces {
		for s := range e.steps {
			x := s*e.readouts + o
			table.Times = append(table.Times, r.stamp(k, s, 5))
			table.V = append(table.V, t.out[x])
			table.Signal = append(table.Signal, t.output[x])
			table.Target = append(table.Target, t.target[x])
			table.Error = append(table.Error, t.wrong[x])
		}
	}
	if len(table.V) > 0 {
		next := math.NaN()
		if e.reset && e.independent { // all start from rest, and no spike comes in step 0
			next = max(e.readout.current, e.readout.vmin) + e.readout.rest
		}
		table.V = append(table.V[1:], next)
	}
	table.Unnormalised = slices.Clone(table.V)
	if e.readout.loss == CrossEntropy {
		for k, v := range table.V {
			table.Unnormalised[k] = vmath.Exp(v)
		}
	}
	return table, nil
}

// Spike is an event of a spike recorder.
type Spike struct {
	Time float64 // ms
	Node int
}

// Spikes are those of inputs and recurrent neurons, by time and then by node.
func (r *Recording) Spikes() []Spike {
	var all []Spike
	for k, t := range r.traces {
		for s := range r.e.steps {
			for _, i := range t.inputs[t.inputsAt[s]:t.inputsAt[s+1]] {
				all = append(all, Spike{r.stamp(k, s, 2), int(i)})
			}
			for _, j := range t.spikes[t.spikesAt[s]:t.spikesAt[s+1]] {
				all = append(all, Spike{r.stamp(k, s, 3), r.e.inputs + int(j)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Spike) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Node, b.Node))
	})
	return all
}

// WeightTable is what a weight recorder records from a synapse: a row for every
// spike that it carries, with the weight that the spike was sent with.
type WeightTable struct {
	Times   []float64 // ms
	Weights []float64 // pA
}

// Weight is the table of a synapse of the probe. Spikes that the boundary of a
// sequence swallows leave no row.
func (r *Recording) Weight(source, target int) (WeightTable, error) {
	x := slices.Index(r.probe.Synapses, [2]int{source, target})
	if x < 0 {
		return WeightTable{}, fmt.Errorf("recording: the synapse from node %d to node %d was not recorded, want one of %v; name it in Probe.Synapses", source, target, r.probe.Synapses)
	}
	var table WeightTable
	projection, _, _ := r.e.synapse(r.probe.Synapses[x])
	for k, t := range r.traces {
		spikes, at, shift, from, to, neuron := t.spikes, t.spikesAt, 3, 0, r.e.steps, int32(source-r.e.inputs)
		switch projection {
		case 0:
			spikes, at, shift, from, neuron = t.inputs, t.inputsAt, 2, 1, int32(source)
		case 1:
			to-- // what is sent in the last step arrives on the boundary
		}
		for s := from; s < to; s++ {
			if _, spiked := slices.BinarySearch(spikes[at[s]:at[s+1]], neuron); spiked {
				w := t.weights[x]
				if s == 0 {
					w = t.atZero[x]
				}
				table.Times = append(table.Times, r.stamp(k, s, shift))
				table.Weights = append(table.Weights, w)
			}
		}
	}
	return table, nil
}
