// Package rng makes random numbers that depend on nothing but where they are
// used: a [Stream] belongs to one occurrence of a distribution in one object of
// one simulation, and its numbers are indexed by time step and element. There is
// no state, so the order of evaluation, the number of threads, the backend and
// the length of a run do not matter, and a run can be continued or repeated from
// any step.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011). Its
// key is made of seed, object and stream; the counter is step and element.
//
// All functions are in float64 and compute with package vmath alone, by the same
// operations in the same order on every machine; C sources for other backends
// are translated from this package (see package snn/vmath/cgen). Streams may be
// used from several goroutines.
//
//	s := rng.NewStream(1, 3, 0)              // seed 1, object 3, first draw of its model
//	w := s.Uniform(0, uint64(i), 0, 0.5)     // weight of synapse i: step 0, element i
//
// Apart from that, [RandomState] is NumPy's legacy generator, number for number,
// for networks whose originals drew from it. It has a state and belongs to one
// goroutine.
package rng
