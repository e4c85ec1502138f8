package eprop

// What a Sim does when a device has its weights: step 0 of the recurrent neurons,
// in which nothing arrives, and the rules of boundary.go stay here; all steps after
// it, gradients and updates happen there.

// deviceRun prepares a sequence whose step 0 has been run in ws on st. The state is
// that of st, which the device moves on.
func deviceRun(ws *workspace, st *state, q Sequence) Run {
	return Run{Sequence: q, Inputs: ws.inputs, InputsAt: ws.inputsAt, V: st.v, A: st.a, Z: st.z, R: st.r, Out: st.out, Counts: make([]int32, len(st.v))}
}

// newShortWorkspace is a workspace for step 0 alone.
func (e *engine) newShortWorkspace() *workspace {
	n := e.recurrent
	return &workspace{
		st: e.newState(), inputsAt: make([]int32, e.steps+1), spikesAt: make([]int32, e.steps+1),
		surrogate: make([]float64, n), arrived: make([]float64, n), atZero: make([]bool, n),
	}
}

// runOnDevice runs sequences that do not depend on each other.
func (s *Sim) runOnDevice(batch []Sequence, learn bool) error {
	for len(s.short) < len(batch) {
		s.short = append(s.short, s.e.newShortWorkspace())
	}
	runs := make([]Run, len(batch))
	sideBySide(s.workers, len(batch), func(_, k int) {
		ws := s.short[k]
		s.e.begin(ws, ws.st, batch[k])
		runs[k] = deviceRun(ws, ws.st, batch[k])
	})
	if err := s.device.Run(runs, learn); err != nil {
		return s.deviceFailed(err)
	}
	for k, r := range runs {
		s.runs[k] = r.outcome()
	}
	return nil
}

func (r *Run) outcome() run {
	spikes := 0
	for _, c := range r.Counts {
		spikes += int(c)
	}
	return run{r.Loss, r.Predicted, r.Expected, spikes}
}

// trainOnDevice is trainParallel on the device. A recording is made by running the
// sequences here as well.
func (s *Sim) trainOnDevice(batch []Sequence) {
	if s.record != nil {
		if err := s.pull(Now); err != nil {
			s.err = s.deviceFailed(err)
			return
		}
		s.spread(len(batch), func(ws *workspace, k int) {
			ws.trace = s.record.trace(k)
			s.e.begin(ws, ws.st, batch[k])
			s.e.run(ws, ws.st, batch[k], &s.now, nil)
			ws.trace.finish(s.e, ws, batch[k], &s.now, nil)
			ws.trace = nil
		})
	}
	if s.err = s.runOnDevice(batch, true); s.err != nil {
		return
	}
	s.pending.settled += len(batch) - 1
	s.open()
}

// oneOnDevice runs the sequence whose step 0 has been run in ws on st.
func (s *Sim) oneOnDevice(ws *workspace, st *state, q Sequence, old func(i int32) bool, learn bool) (Run, error) {
	r := deviceRun(ws, st, q)
	r.Old, r.AtZero = make([]bool, s.e.recurrent), ws.atZero
	for _, i := range ws.spikes[:ws.spikesAt[1]] {
		r.Old[i] = old(i)
	}
	if ws.trace != nil { // also here, for the recording
		if err := s.pull(Now, Before); err != nil {
			return r, s.deviceFailed(err)
		}
		copied := s.e.newState()
		copied.copyFrom(st)
		zero := s.rowOf(old)
		s.e.run(ws, copied, q, &s.now, zero)
		ws.trace.finish(s.e, ws, q, &s.now, zero)
	}
	one := []Run{r}
	if err := s.device.Run(one, learn); err != nil {
		return r, s.deviceFailed(err)
	}
	return one[0], nil
}

// carried notes which recurrent neurons spiked in interval k after step 0, in which
// those of first did.
func (r *Run) carried(st *state, first []int32, k int64) {
	for _, i := range first {
		r.Counts[i]--
	}
	for i, c := range r.Counts {
		if c > 0 {
			st.next[i] = k + 1
		}
	}
}
