package eprop

// What happens at the boundary between two sequences. NEST updates a synapse
// when the first spike of a new interval passes it, and a spike in the first
// step or two of an interval meets a gradient or a history that is not yet
// complete. The numbers depend on it:
//
//   - Spikes that arrive at a recurrent neuron in step 0 are dropped: input of
//     step 0, and recurrent spikes of the last step of the sequence before.
//   - If the first spike of a synapse onto a recurrent neuron arrives in step 1
//     of the interval right after the one that was learnt from, the learning
//     signal of that one's last step has not come in, and is missing from this
//     synapse's gradient. This concerns inputs that spike in step 1, and
//     recurrent neurons that spike in step 0.
//   - A recurrent spike of step 0 reaches the readouts on the boundary. If the
//     synapse carried a spike in the interval before, this one goes with the old
//     weight and is not counted in the gradient; if not, it goes with the new
//     weight and is counted. In the very first interval it is counted, and counts
//     as carried whether or not there was a spike. Such spikes need a run without
//     reset, or a constant current above threshold.
//
// So the gradient of a sequence is only complete when the next one has begun,
// and a Sim keeps the last one pending, in both versions.

// pending is the part of a batch's gradient that is still open.
type pending struct {
	sum       weights // of the sequences that are settled, each divided for AverageGradient
	settled   int
	open      bool
	full      weights // of the last sequence
	late      weights // the same without the learning signal of its last step; out is not used
	eta       [3]float64
	iteration int // in which the gradients were collected
}

// settle adds the open gradient to the sum, its rows of late inputs and late
// recurrent neurons without the last learning signal; nil means none is late. It
// reports whether the batch is now complete.
func (s *Sim) settle(lateInputs, lateRecurrent []bool) bool {
	p := &s.pending
	if !p.open {
		return false
	}
	if s.device != nil {
		late := make([]bool, s.e.inputs+s.e.recurrent)
		copy(late, lateInputs)
		copy(late[s.e.inputs:], lateRecurrent)
		if err := s.device.Settle(late); err != nil {
			s.err = s.deviceFailed(err)
			return false
		}
		p.settled++
	} else {
		n := s.e.recurrent
		for i, late := range lateInputs {
			if late {
				copy(p.full.in[i*n:][:n], p.late.in[i*n:][:n])
			}
		}
		for i, late := range lateRecurrent {
			if late {
				copy(p.full.rec[i*n:][:n], p.late.rec[i*n:][:n])
			}
		}
		s.collect(&p.full)
	}
	p.open = false
	return p.settled == s.batch
}

// collect adds the gradient of one sequence to the sum of the batch.
func (s *Sim) collect(g *weights) {
	sums := s.pending.sum.parts()
	for k, part := range g.parts() {
		sum, average := sums[k], s.optimizers[k].average
		for x, value := range part {
			sum[x] += value / average
		}
	}
	s.pending.settled++
}

// zeroOld tells, without counting on anything but st.next, whether a recurrent
// spike of step 0 of interval k reaches the readouts with the weights before the
// last update, and notes whether it counts.
func (s *Sim) zeroOld(ws *workspace, st *state, k int64, updated bool) func(i int32) bool {
	return func(i int32) bool {
		if st.next[i] == k { // carried a spike in the interval before
			return updated
		}
		st.next[i] = k + 1
		ws.atZero[i] = true
		return false
	}
}

// rowOf gives the weights with which a spike of step 0 reaches the readouts.
func (s *Sim) rowOf(old func(i int32) bool) func(i int32) []float64 {
	return func(i int32) []float64 {
		row := int(i) * s.e.readouts
		if old(i) {
			return s.before.out[row:]
		}
		return s.now.out[row:]
	}
}

// carried notes which recurrent neurons spiked in interval k after step 0.
func (ws *workspace) carried(st *state, k int64) {
	for _, i := range ws.spikes[ws.spikesAt[1]:] {
		st.next[i] = k + 1
	}
}
