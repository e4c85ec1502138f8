package eprop

import (
	"encoding/gob"
	"fmt"
	"io"
)

// checkpoint is all that changes in a Sim, in the form in which it is stored.
type checkpoint struct {
	Format                             int
	Steps, Inputs, Recurrent, Readouts int
	Batch                              int
	Iteration                          int
	Sequences                          int64
	Now, Before                        [3][]float64
	Sum, Full                          [3][]float64
	Late                               [2][]float64
	Settled                            int
	Open                               bool
	PendingEta                         [3]float64
	PendingIteration                   int
	Eta, Power1, Power2                [3]float64
	M, V                               [3][]float64
	Potential, Adaptation, Spiked, Out []float64
	Refractory                         []int32
	Next                               []int64
}

const checkpointFormat = 1

// Save writes the state of the training: weights, the optimisers' moments, the
// gradient of the last batch, and the neurons. [Sim.Load] goes on from it to the
// same bits. Where the trials come from is the caller's: keep the state of the
// random generator beside it.
func (s *Sim) Save(w io.Writer) error {
	if err := s.pull(); err != nil {
		return s.deviceFailed(err)
	}
	e, p := s.e, &s.pending
	c := checkpoint{
		Format: checkpointFormat, Steps: e.steps, Inputs: e.inputs, Recurrent: e.recurrent, Readouts: e.readouts,
		Batch: s.batch, Iteration: s.iteration, Sequences: s.sequences,
		Now: s.now.parts(), Before: s.before.parts(), Sum: p.sum.parts(), Full: p.full.parts(),
		Late: [2][]float64{p.late.in, p.late.rec}, Settled: p.settled, Open: p.open, PendingEta: p.eta, PendingIteration: p.iteration,
		Potential: s.st.v, Adaptation: s.st.a, Spiked: s.st.z, Out: s.st.out, Refractory: s.st.r, Next: s.st.next,
	}
	for k, o := range s.optimizers {
		c.Eta[k], c.Power1[k], c.Power2[k], c.M[k], c.V[k] = o.Eta, o.power1, o.power2, o.m, o.v
	}
	if err := gob.NewEncoder(w).Encode(c); err != nil {
		return fmt.Errorf("network %q: saving the training: %w; check that the file can be written", s.name, err)
	}
	return nil
}

// Load goes on from a training that was saved, of a network of the same shape. A
// failure of the simulation is forgotten. If Load returns an error, nothing has
// changed, unless it is of the device.
func (s *Sim) Load(r io.Reader) error {
	var c checkpoint
	if err := gob.NewDecoder(r).Decode(&c); err != nil {
		return fmt.Errorf("network %q: loading a training: %w; give what Sim.Save wrote, whole", s.name, err)
	}
	e, p := s.e, &s.pending
	got := [...]int{c.Format, c.Steps, c.Inputs, c.Recurrent, c.Readouts, c.Batch}
	if want := [...]int{checkpointFormat, e.steps, e.inputs, e.recurrent, e.readouts, s.batch}; got != want {
		return fmt.Errorf("network %q: loading a training: format, steps, inputs, recurrent neurons, readouts and batch size are %v, want %v; build the network that was saved", s.name, got, want)
	}
	type pair struct{ to, from []float64 }
	pairs := []pair{{p.late.in, c.Late[0]}, {p.late.rec, c.Late[1]}, {s.st.v, c.Potential}, {s.st.a, c.Adaptation}, {s.st.z, c.Spiked}, {s.st.out, c.Out}}
	for k, o := range s.optimizers {
		pairs = append(pairs, pair{s.now.parts()[k], c.Now[k]}, pair{s.before.parts()[k], c.Before[k]},
			pair{p.sum.parts()[k], c.Sum[k]}, pair{p.full.parts()[k], c.Full[k]}, pair{o.m, c.M[k]}, pair{o.v, c.V[k]})
	}
	sound := len(c.Refractory) == e.recurrent && len(c.Next) == e.recurrent && c.Iteration >= 0 && c.Sequences >= 0 && c.Settled >= 0 && c.Settled < s.batch
	for _, x := range pairs {
		sound = sound && len(x.to) == len(x.from) && notFinite(x.from) < 0
	}
	if !sound {
		return fmt.Errorf("network %q: loading a training: the file holds values of a wrong number, or not finite, want those of Sim.Save with the same optimisers; save again", s.name)
	}
	for _, x := range pairs {
		copy(x.to, x.from)
	}
	copy(s.st.r, c.Refractory)
	copy(s.st.next, c.Next)
	s.iteration, s.sequences, s.err = c.Iteration, c.Sequences, nil
	p.settled, p.open, p.eta, p.iteration = c.Settled, c.Open, c.PendingEta, c.PendingIteration
	for k := range s.optimizers {
		o := &s.optimizers[k]
		o.Eta, o.power1, o.power2 = c.Eta[k], c.Power1[k], c.Power2[k]
	}
	if err := s.push(); err != nil {
		return s.deviceFailed(err)
	}
	return nil
}
