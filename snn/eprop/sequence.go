package eprop

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/vmath"
)

// Sequence is one trial: one update interval of input, and what the readouts
// should say.
type Sequence struct {
	// Spikes holds a fact for each step and input, in row-major order: the input
	// spikes, and acts on the recurrent neurons in this step. As in NEST, spikes
	// in step 0 are dropped.
	Spikes []bool
	// Target holds one value for each readout, held through the sequence, or one
	// for each step and readout in row-major order. Only the steps of the
	// learning window matter.
	Target []float64
}

// OneHot is the target of a class: 1 for its readout, 0 for the others.
func OneHot(class, readouts int) []float64 {
	target := make([]float64, readouts)
	if class >= 0 && class < readouts {
		target[class] = 1
	}
	return target
}

func (e *engine) checkSequence(q Sequence) error {
	if len(q.Spikes) != e.steps*e.inputs {
		return fmt.Errorf("Spikes has %d values, want %d, for %d steps × %d inputs; make the sequence one update interval long", len(q.Spikes), e.steps*e.inputs, e.steps, e.inputs)
	}
	if len(q.Target) != e.readouts && len(q.Target) != e.readouts*e.steps {
		return fmt.Errorf("Target has %d values, want %d, one for each readout, or %d, one for each step and readout; see eprop.OneHot", len(q.Target), e.readouts, e.readouts*e.steps)
	}
	for k, y := range q.Target {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("Target[%d] is %v, want a finite number; check how the targets are made", k, y)
		}
	}
	return nil
}

// weights are all plastic weights, those of one source side by side.
type weights struct {
	in  []float64 // (inputs, recurrent)
	rec []float64 // (recurrent, recurrent); the diagonal is 0
	out []float64 // (recurrent, readouts)
}

func (e *engine) newWeights() weights {
	n := e.recurrent
	return weights{make([]float64, e.inputs*n), make([]float64, n*n), make([]float64, n*e.readouts)}
}

func (w *weights) copyFrom(from *weights) {
	copy(w.in, from.in)
	copy(w.rec, from.rec)
	copy(w.out, from.out)
}

// parts are the three projections in the order in, rec, out.
func (w *weights) parts() [3][]float64 { return [3][]float64{w.in, w.rec, w.out} }

// workspace is the memory in which one goroutine runs a sequence.
type workspace struct {
	st *state

	inputs     []int32   // input spikes of all steps, ascending in each
	inputsAt   []int32   // (steps+1): those of step s are inputs[inputsAt[s]:inputsAt[s+1]]
	spikes     []int32   // recurrent spikes, likewise
	spikesAt   []int32   // (steps+1)
	counts     []float64 // (recurrent): spikes in this sequence
	surrogate  []float64 // (steps, recurrent)
	arrived    []float64 // (recurrent): weights of the spikes that arrive in this step
	arrivedOut []float64 // (readouts)
	raw        []float64 // (readouts): readout signals before normalisation
	signal     []float64 // (window, readouts)
	errors     []float64 // (window, readouts): signal − target
	atZero     []bool    // (recurrent): the spike of step 0 counts for the readouts, see boundary.go
	trace      *trace    // if not nil, what is recorded of this sequence

	full, late backward
	learning   []float64 // (recurrent): learning signals of a step
	silent     []float64 // (recurrent): zeros
	regular    []float64 // (recurrent): the rate regulariser
	backOut    []float64 // (readouts)

	loss                float64 // summed over readouts and window
	predicted, expected int     // the readout with the largest mean signal and target
}

func (e *engine) newWorkspace() *workspace {
	n, o := e.recurrent, e.readouts
	return &workspace{
		st:       e.newState(),
		inputsAt: make([]int32, e.steps+1), spikesAt: make([]int32, e.steps+1),
		counts: make([]float64, n), surrogate: make([]float64, e.steps*n),
		arrived: make([]float64, n), arrivedOut: make([]float64, o), raw: make([]float64, o),
		signal: make([]float64, e.window*o), errors: make([]float64, e.window*o), atZero: make([]bool, n),
		full: newBackward(n), late: newBackward(n),
		learning: make([]float64, n), silent: make([]float64, n), regular: make([]float64, n), backOut: make([]float64, o),
	}
}

// begin takes over the input and runs step 0 of the recurrent neurons. Nothing
// arrives at them in step 0, so no weights are needed yet.
func (e *engine) begin(ws *workspace, st *state, q Sequence) {
	if e.reset {
		st.rest()
	}
	ws.inputs = ws.inputs[:0]
	for s := range e.steps {
		ws.inputsAt[s] = int32(len(ws.inputs))
		for i, spike := range q.Spikes[s*e.inputs:][:e.inputs] {
			if spike {
				ws.inputs = append(ws.inputs, int32(i))
			}
		}
	}
	ws.inputsAt[e.steps] = int32(len(ws.inputs))
	ws.spikes = ws.spikes[:0]
	ws.spikesAt[0] = 0
	clear(ws.atZero)
	clear(ws.arrived)
	e.recurrentStep(ws, st, 0)
}

// spiked fills which with the recurrent neurons that have spiked so far.
func (ws *workspace) spiked(which []bool) []bool {
	clear(which)
	for _, i := range ws.spikes {
		which[i] = true
	}
	return which
}

func (e *engine) recurrentStep(ws *workspace, st *state, s int) {
	psi := ws.surrogate[s*e.recurrent:][:e.recurrent]
	for p := range e.pops {
		ws.spikes = e.pops[p].step(st, ws.arrived, psi, ws.spikes)
	}
	ws.spikesAt[s+1] = int32(len(ws.spikes))
	if ws.trace != nil {
		ws.trace.recurrent(e, ws, st, s)
	}
}

// run does the rest of a sequence after begin. Spikes of step 0 reach the
// readouts with the weights that zero picks for them; nil means w.
func (e *engine) run(ws *workspace, st *state, q Sequence, w *weights, zero func(i int32) []float64) {
	ws.loss = 0
	e.readoutStep(ws, st, q, w, 0, zero)
	n := e.recurrent
	for s := 1; s < e.steps; s++ {
		// Order matters for the last bit: inputs, then recurrent, each ascending.
		clear(ws.arrived)
		for _, i := range ws.inputs[ws.inputsAt[s]:ws.inputsAt[s+1]] {
			add(ws.arrived, w.in[int(i)*n:])
		}
		for _, i := range ws.spikes[ws.spikesAt[s-1]:ws.spikesAt[s]] {
			add(ws.arrived, w.rec[int(i)*n:])
		}
		e.recurrentStep(ws, st, s)
		e.readoutStep(ws, st, q, w, s, nil)
	}
	clear(ws.counts)
	for _, i := range ws.spikes {
		ws.counts[i]++
	}
	ws.predicted, ws.expected = e.classes(ws, q)
}

func (e *engine) readoutStep(ws *workspace, st *state, q Sequence, w *weights, s int, zero func(i int32) []float64) {
	clear(ws.arrivedOut)
	for _, i := range ws.spikes[ws.spikesAt[s]:ws.spikesAt[s+1]] {
		row := w.out[int(i)*e.readouts:]
		if zero != nil {
			row = zero(i)
		}
		for o := range ws.arrivedOut {
			ws.arrivedOut[o] += row[o]
		}
	}
	e.readout.step(st.out, ws.arrivedOut)
	if s >= e.steps-e.window {
		ws.loss += e.signals(ws, st, q, s)
	}
	if ws.trace != nil {
		ws.trace.readouts(e, st, s)
	}
}

// target is the wanted signal of every readout in step s.
func (e *engine) target(q Sequence, s int) []float64 {
	if len(q.Target) == e.readouts {
		return q.Target
	}
	return q.Target[s*e.readouts:][:e.readouts]
}

// signals forms the readout signals and errors of step s and is their loss,
// summed over the readouts.
func (e *engine) signals(ws *workspace, st *state, q Sequence, s int) float64 {
	k := (s - (e.steps - e.window)) * e.readouts
	y, wrong, target := ws.signal[k:][:e.readouts], ws.errors[k:][:e.readouts], e.target(q, s)
	loss := 0.0
	if e.readout.loss == MeanSquaredError {
		for o, v := range st.out {
			y[o] = v + e.readout.rest
			wrong[o] = y[o] - target[o]
			loss += float64(0.5 * wrong[o] * wrong[o])
		}
		return loss
	}
	for o, v := range st.out {
		ws.raw[o] = vmath.Exp(v + e.readout.rest)
	}
	for o, own := range ws.raw {
		others := 0.0 // as they arrive in NEST: without the readout itself, whose value comes last
		for other, x := range ws.raw {
			if other != o {
				others += x
			}
		}
		y[o] = own / (others + own)
		wrong[o] = y[o] - target[o]
		if target[o] != 0 {
			loss -= float64(target[o] * vmath.Log(y[o]))
		}
	}
	return loss
}

// classes are the readouts with the largest mean of signal and target in the
// window; the first of equals.
func (e *engine) classes(ws *workspace, q Sequence) (predicted, expected int) {
	bestSignal, bestTarget := math.Inf(-1), math.Inf(-1)
	for o := range e.readouts {
		signal, target := 0.0, 0.0
		for k := range e.window {
			signal += ws.signal[k*e.readouts+o]
			target += e.target(q, e.steps-e.window+k)[o]
		}
		if signal > bestSignal {
			bestSignal, predicted = signal, o
		}
		if target > bestTarget {
			bestTarget, expected = target, o
		}
	}
	return predicted, expected
}

// add adds the first len(sum) values of row to sum.
func add(sum, row []float64) {
	row = row[:len(sum)]
	for len(sum) >= 4 && len(row) >= 4 {
		sum[0] += row[0]
		sum[1] += row[1]
		sum[2] += row[2]
		sum[3] += row[3]
		sum, row = sum[4:], row[4:]
	}
	for j := range sum {
		sum[j] += row[j]
	}
}
