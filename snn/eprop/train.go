package eprop

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Sim trains a network. It is not safe for use by several goroutines at a time;
// it runs several itself, and what it computes does not depend on their number.
//
// A Sim keeps its first failure: later calls of Train and Evaluate return it
// and change nothing. Weights, Snapshot and Restore still work.
type Sim struct {
	name       string
	dt         float64 // ms
	e          *engine
	now        weights // in use
	before     weights // before the last update
	optimizers [3]optimizer
	batch      int
	pending    pending

	iteration int   // calls of Train
	sequences int64 // intervals run in training
	st        *state
	scratch   *state

	workers int
	ws      []*workspace
	slots   []weights // gradients of the sequences of a batch
	runs    []run
	record  *Recording
	device  Executor     // nil without On; then it has the weights and all that is like them, and those here are copies of earlier times
	short   []*workspace // for a device: step 0 of the sequences of a batch
	err     error
}

// run is what is kept of each sequence of a batch.
type run struct {
	loss                float64
	predicted, expected int
	spikes              int
}

// Result tells of one batch.
type Result struct {
	Iteration int     // 1 for the first batch trained; in Evaluate that of the last batch trained
	Loss      float64 // see [Loss]
	ErrorRate float64 // share of the sequences in which Predicted is not Expected
	Predicted []int   // for each sequence: the readout with the largest mean signal in the window
	Expected  []int   // for each sequence: the readout with the largest mean target
	Spikes    []int   // for each sequence: spikes of all recurrent neurons
}

func (r Result) String() string {
	return fmt.Sprintf("iteration %d: loss %.12g, error rate %.4g", r.Iteration, r.Loss, r.ErrorRate)
}

func newSim(n *Network) *Sim {
	e := lower(n)
	s := &Sim{
		name: n.name, dt: n.kernel.Resolution, e: e, now: e.newWeights(), before: e.newWeights(), batch: n.in.synapse.Optimizer.BatchSize,
		pending: pending{sum: e.newWeights(), full: e.newWeights(), late: e.newWeights()},
		st:      e.newState(), scratch: e.newState(),
	}
	for k, p := range []projection{n.in, n.rec, n.out} {
		s.optimizers[k] = newOptimizer(p.synapse, e.window, len(p.weights.Data))
		fromMatrix(s.now.parts()[k], p.weights)
	}
	s.clearDiagonal()
	s.before.copyFrom(&s.now)
	s.ws = []*workspace{e.newWorkspace()}
	if !e.reset {
		e.warmUp(s.st, s.ws[0])
	}
	return s.Workers(runtime.GOMAXPROCS(0))
}

// fromMatrix and toMatrix turn targets × sources into rows of one source.
func fromMatrix(w []float64, m Matrix) {
	for j := range m.Targets {
		for i := range m.Sources {
			w[i*m.Targets+j] = m.Data[j*m.Sources+i]
		}
	}
}

func toMatrix(w []float64, targets, sources int) Matrix {
	m := NewMatrix(targets, sources)
	for j := range targets {
		for i := range sources {
			m.Data[j*sources+i] = w[i*targets+j]
		}
	}
	return m
}

func (s *Sim) clearDiagonal() {
	for i := range s.e.recurrent {
		s.now.rec[i*s.e.recurrent+i] = 0
	}
}

// Workers sets how many goroutines run the sequences of a batch, at first
// GOMAXPROCS. Less than 1 counts as 1. Without reset there is one in any case,
// since each sequence goes on from the one before.
func (s *Sim) Workers(n int) *Sim {
	s.workers = max(1, n)
	return s
}

// Weights are those that the last batch ran with, as (targets × sources)
// matrices. Call [Sim.Finish] first to have the last batch learnt from.
func (s *Sim) Weights() (input, recurrent, output Matrix) {
	e := s.e
	if err := s.pull(Now); err != nil && s.err == nil { // the matrices are those last seen
		s.err = s.deviceFailed(err)
	}
	return toMatrix(s.now.in, e.recurrent, e.inputs), toMatrix(s.now.rec, e.recurrent, e.recurrent), toMatrix(s.now.out, e.readouts, e.recurrent)
}

// Iteration is the number of batches trained.
func (s *Sim) Iteration() int { return s.iteration }

// Err is the first failure of the simulation.
func (s *Sim) Err() error { return s.err }

// SetEta changes the learning rate of all projections from the next batch on. In
// NEST the synapses of a source that is silent for whole batches keep the rate of
// their last update until its next spike, which matters for Adam, whose moments
// still move them; here they take the new rate like all others.
func (s *Sim) SetEta(eta float64) error {
	if !(eta >= 0) || math.IsInf(eta, 0) {
		return fmt.Errorf("network %q: Eta is %v, want a finite number, 0 or more; choose another learning rate", s.name, eta)
	}
	for k := range s.optimizers {
		s.optimizers[k].Eta = eta
	}
	return nil
}

// Train runs one batch and learns from it. As in NEST the weights change when
// the next batch begins, or in [Sim.Finish].
//
// If loss or gradient are not finite, the batch is not learnt from: the weights
// stay those it ran with.
func (s *Sim) Train(batch []Sequence) (Result, error) {
	if err := s.ready(batch); err != nil {
		return Result{}, err
	}
	if len(batch) != s.batch {
		return Result{}, fmt.Errorf("network %q, iteration %d: %d sequences given, want %d, the BatchSize of the optimizer; give as many, or build with another BatchSize", s.name, s.iteration+1, len(batch), s.batch)
	}
	if s.e.independent {
		s.settleBefore(batch[0], nil)
	}
	if s.err != nil {
		return Result{}, s.err
	}
	s.iteration++
	s.makeRoom(len(batch), true)
	if s.e.independent && s.device != nil {
		s.trainOnDevice(batch)
	} else if s.e.independent {
		s.trainParallel(batch)
	} else {
		s.trainInOrder(batch)
	}
	if s.err != nil { // before anything was run
		s.iteration--
		s.record.drop()
		return Result{}, s.err
	}
	s.sequences += int64(len(batch))
	res := s.result(len(batch))
	s.checkFinite(res)
	return res, s.err
}

// Evaluate runs sequences, any number of them, without learning from them. It
// changes nothing but that the last trained batch is learnt from first, as it
// would be at the start of the next batch.
func (s *Sim) Evaluate(batch []Sequence) (Result, error) {
	if err := s.ready(batch); err != nil {
		return Result{}, err
	}
	s.makeRoom(len(batch), false)
	if s.e.independent {
		s.settleBefore(batch[0], nil)
		if s.err == nil && s.device != nil {
			s.err = s.runOnDevice(batch, false)
		} else if s.err == nil {
			s.spread(len(batch), func(ws *workspace, k int) {
				s.e.begin(ws, ws.st, batch[k])
				s.e.run(ws, ws.st, batch[k], &s.now, nil)
			})
		}
	} else {
		s.scratch.copyFrom(s.st)
		s.inOrder(s.scratch, batch, false)
	}
	return s.result(len(batch)), s.err
}

// Finish learns from the last batch. NEST's examples get there by a last spike
// through every synapse, too late for a learning signal to be late but of neurons
// that spike by themselves right after the batch. Finishing in the middle of a
// training leaves out, once, the corner case of learning signals that are late for
// inputs.
func (s *Sim) Finish() error {
	if s.err == nil && s.settle(nil, s.lateAtEnd()) {
		s.update()
	}
	return s.err
}

// lateAtEnd says which recurrent neurons will spike in step 0 of the next sequence,
// whatever it is; nil means none.
func (s *Sim) lateAtEnd() []bool {
	if s.e.independent {
		return nil
	}
	s.scratch.copyFrom(s.st)
	s.e.begin(s.ws[0], s.scratch, Sequence{Spikes: make([]bool, s.e.steps*s.e.inputs)})
	return s.ws[0].spiked(make([]bool, s.e.recurrent))
}

func (s *Sim) ready(batch []Sequence) error {
	if s.err != nil {
		return s.err
	}
	if len(batch) == 0 {
		return fmt.Errorf("network %q: no sequences given, want at least one; draw a batch first", s.name)
	}
	for k, q := range batch {
		if err := s.e.checkSequence(q); err != nil {
			return fmt.Errorf("network %q, iteration %d, sequence %d: %w", s.name, s.iteration+1, k, err)
		}
	}
	return nil
}

// settleBefore completes the gradient of the sequence before q, and changes the
// weights if this completes a batch.
func (s *Sim) settleBefore(q Sequence, lateRecurrent []bool) (updated bool) {
	if !s.settle(s.e.lateInputs(q), lateRecurrent) {
		return false
	}
	s.update()
	return true
}

// lateInputs are the inputs that spike in step 1.
func (e *engine) lateInputs(q Sequence) []bool { return q.Spikes[e.inputs : 2*e.inputs] }

func (s *Sim) update() {
	now, sums := s.now.parts(), s.pending.sum.parts()
	var rates [3]float64
	for k := range s.optimizers {
		rates[k] = s.optimizers[k].rate(s.pending.eta[k])
	}
	s.pending.settled = 0
	if s.device != nil {
		finite, err := s.device.Update(rates)
		if err == nil && !finite {
			err = s.pull(Now, Before)
		}
		if err != nil {
			s.err = s.deviceFailed(err)
			return
		}
		if finite {
			return
		}
	} else {
		s.before.copyFrom(&s.now)
		for k := range s.optimizers {
			s.optimizers[k].update(now[k], sums[k], rates[k])
			clear(sums[k])
		}
		s.clearDiagonal()
	}
	for k, w := range now {
		if x := notFinite(w); x >= 0 {
			s.err = fmt.Errorf("network %q, iteration %d: a weight of the %s projection became %v, want finite weights; lower Eta, or raise Epsilon of Adam. The weights are those before this update", s.name, s.pending.iteration, partNames[k], w[x])
			s.now.copyFrom(&s.before)
			if s.device != nil {
				s.err = errors.Join(s.err, s.device.Write(Now, now))
			}
			return
		}
	}
}

var partNames = [3]string{"input", "recurrent", "output"}

// makeRoom provides workspaces, and gradients if learning, for a batch.
func (s *Sim) makeRoom(batch int, learning bool) {
	for s.device == nil && len(s.ws) < min(s.workers, batch) {
		s.ws = append(s.ws, s.e.newWorkspace())
	}
	for len(s.runs) < batch {
		s.runs = append(s.runs, run{})
	}
	for s.device == nil && learning && s.e.independent && len(s.slots) < batch-1 {
		s.slots = append(s.slots, s.e.newWeights())
	}
	s.record.begin(batch, learning)
}

// trainParallel runs the sequences of a batch side by side and adds up their
// gradients in the order of the batch. The last gradient stays open.
func (s *Sim) trainParallel(batch []Sequence) {
	last := len(batch) - 1
	s.spread(len(batch), func(ws *workspace, k int) {
		ws.trace = s.record.trace(k)
		s.e.begin(ws, ws.st, batch[k])
		s.e.run(ws, ws.st, batch[k], &s.now, nil)
		if k < last {
			s.e.gradient(ws, &s.slots[k], nil, s.e.lateInputs(batch[k+1]))
		} else {
			s.e.gradient(ws, &s.pending.full, &s.pending.late, nil)
		}
		ws.trace.finish(s.e, ws, batch[k], &s.now, nil)
		ws.trace = nil
	})
	for k := range last {
		s.collect(&s.slots[k])
	}
	s.open()
}

// open marks the gradient of the sequence just run as to be settled, with the
// learning rates of now.
func (s *Sim) open() {
	s.pending.open, s.pending.iteration = true, s.iteration
	for k := range s.optimizers {
		s.pending.eta[k] = s.optimizers[k].Eta
	}
}

// spread runs work for 0 … count−1 on the workers.
func (s *Sim) spread(count int, work func(ws *workspace, k int)) {
	one := func(ws *workspace, k int) {
		work(ws, k)
		s.runs[k] = run{ws.loss, ws.predicted, ws.expected, len(ws.spikes)}
	}
	sideBySide(min(s.workers, len(s.ws)), count, func(worker, k int) { one(s.ws[worker], k) })
}

// sideBySide does work for 0 … count−1 in some goroutines, each with a number.
func sideBySide(workers, count int, work func(worker, k int)) {
	workers = min(workers, count)
	if workers == 1 {
		for k := range count {
			work(0, k)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for k := int(next.Add(1)) - 1; k < count; k = int(next.Add(1)) - 1 {
				work(worker, k)
			}
		})
	}
	wait.Wait()
}

func (s *Sim) trainInOrder(batch []Sequence) {
	s.scratch.copyFrom(s.st)
	s.inOrder(s.st, batch, true)
	if s.err != nil {
		s.st.copyFrom(s.scratch)
	}
}

// inOrder runs sequences one after the other, each from the state that the one
// before left.
func (s *Sim) inOrder(st *state, batch []Sequence, learn bool) {
	ws := s.ws[0]
	defer func() { ws.trace = nil }()
	late := make([]bool, s.e.recurrent)
	for k, q := range batch {
		ws.trace = s.record.trace(k)
		interval := s.sequences + int64(k)
		s.e.begin(ws, st, q)
		updated := s.settleBefore(q, ws.spiked(late))
		if s.err != nil {
			return
		}
		old := s.zeroOld(ws, st, interval, updated)
		if s.device != nil {
			var r Run
			r, s.err = s.oneOnDevice(ws, st, q, old, learn)
			if s.err != nil {
				return
			}
			s.runs[k] = r.outcome()
			r.carried(st, ws.spikes[:ws.spikesAt[1]], interval)
		} else {
			zero := s.rowOf(old)
			s.e.run(ws, st, q, &s.now, zero)
			if learn {
				s.e.gradient(ws, &s.pending.full, &s.pending.late, nil)
			}
			s.runs[k] = run{ws.loss, ws.predicted, ws.expected, len(ws.spikes)}
			ws.trace.finish(s.e, ws, q, &s.now, zero)
			ws.carried(st, interval)
		}
		if learn {
			s.open()
		}
	}
}

func (s *Sim) result(count int) Result {
	if s.err != nil {
		return Result{Iteration: s.iteration}
	}
	r := Result{Iteration: s.iteration, Predicted: make([]int, count), Expected: make([]int, count), Spikes: make([]int, count)}
	for k, one := range s.runs[:count] {
		r.Loss += one.loss
		r.Predicted[k], r.Expected[k], r.Spikes[k] = one.predicted, one.expected, one.spikes
		if one.predicted != one.expected {
			r.ErrorRate++
		}
	}
	r.ErrorRate /= float64(count)
	if s.e.readout.loss == CrossEntropy {
		r.Loss /= float64(count * s.e.window)
	} else {
		r.Loss /= float64(count * s.e.readouts)
	}
	return r
}

// checkFinite fails the simulation if the batch just run cannot be learnt from.
func (s *Sim) checkFinite(res Result) {
	what, value := "the loss", res.Loss
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		what = ""
		if s.device != nil {
			finite, err := s.device.Finite()
			if err == nil && !finite {
				err = s.pull(Sum, Full, Late)
			}
			if err != nil {
				s.err = s.deviceFailed(err)
			}
			if finite || err != nil {
				return
			}
		}
		for _, g := range []*weights{&s.pending.sum, &s.pending.full, &s.pending.late} {
			for k, part := range g.parts() {
				if x := notFinite(part); x >= 0 && what == "" {
					what, value = "the gradient of the "+partNames[k]+" weights", part[x]
				}
			}
		}
	}
	if what == "" {
		return
	}
	s.err = fmt.Errorf("network %q, iteration %d: %s is %v, want a finite number; lower Eta or CReg, or look at the input. The weights are those this iteration ran with", s.name, s.iteration, what, value)
	s.record.drop()
	s.pending.open, s.pending.settled = false, 0
	for _, part := range s.pending.sum.parts() {
		clear(part)
	}
	if s.device != nil {
		s.err = errors.Join(s.err, s.device.Write(Sum, s.pending.sum.parts()))
	}
}

// notFinite is the index of the first NaN or infinity, or −1.
func notFinite(x []float64) int {
	for k, v := range x {
		if v-v != 0 {
			return k
		}
	}
	return -1
}
