// Package ref runs programs of package plan in pure Go. It needs nothing, runs
// everywhere, and defines the results of all backends.
//
// Every operation is compiled once into instructions (package plan/ir), which run
// over blocks of 1024 elements, one Go loop per instruction; a step allocates
// nothing. Values that do not change along a row or column of synapses are
// computed once for it. Learning rules whose changes are products with a
// postsynaptic value go column by column and leave out columns that would not
// change (see ir.Skip), which makes the bar learning network faster by a factor of two to three.
//
// What neuron equations do most, as (a + b)·c + d or a − b·(c − d), is one loop
// (fuse.go). Neurons are mostly alike, none refractory and none firing, so choices
// between two values are made for all neighbours that agree at once. Blocks of
// large populations are shared between the cores (crew.go); the results do not depend on
// who computed what. Spikes visit the synapses of a row or column in blocks too (visit.go):
// values of the synapses of a row that lie side by side are worked on where they
// are, others are copied together, and what is sent is added in order.
//
//	run, err := ref.New().Compile(program)
//	done, err := run.Run(state, 50, nil)
//
// Time is in steps of Program.Dt milliseconds. The backend may be used by several
// goroutines, an executor by one at a time.
package ref
