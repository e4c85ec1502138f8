// Package plan says exactly what one step of a network does: a [Program] is a
// list of buffers and an ordered list of operations on them. Front ends (package
// snn) make programs, backends (packages ref, cc and others) run them, and
// everybody can read them: a Program prints as pseudo-code.
//
// # Operations
//
// [Map] evaluates expressions for every element of a population; [MatVec] sums
// over the synapses of every postsynaptic neuron; [Sweep] evaluates expressions
// for every synapse; [Reduce] makes one number of a buffer; [Record] keeps a copy.
// The order is the front end's: nothing is moved.
//
// Spikes are lists of neurons, in rings with one list a step ([Spikes]). [Collect]
// makes the list of a step, [Stamp] notes when its spikes arrive, [RecordSpikes]
// keeps it. [Deliver] evaluates expressions for the synapses of the neurons that
// fired some steps ago, [Column] for the synapses to them: these change variables
// of the synapse and add to the neurons at its ends, at once or in a later step.
// [Push] keeps past values of a variable. Connectivity is a [Shape]: all pairs,
// one to one, rows of a list, rows drawn anew whenever they are needed, or a
// convolution.
//
// # Values
//
// A Program has no values. They are in a [State], one slice per buffer, which the
// user may change between runs: changing a parameter never compiles anything.
// Bool buffers hold 0 and 1. Time is counted in steps; t in milliseconds is
// step × Dt.
//
// # Results
//
// Results are defined to the last bit, the same on every backend and machine:
//
//   - Expressions are evaluated as they are written, operation by operation, in
//     the precision Program.Float. Nothing is reassociated or contracted. Both
//     branches of a Select are evaluated, one is taken.
//   - Functions such as exp are those of package vmath, computed in float64 and
//     rounded to the precision of the program; so are random draws, by package rng.
//   - pow with a literal exponent 2, 3 or 4 is x·x, (x·x)·x or (x·x)·(x·x).
//   - Sums run over ascending indices, starting from 0.
//   - A Float that is stored with a magnitude below the smallest normal number
//     (2^-1022, or 2^-126 in float32) becomes +0, and so does -0. Values within an
//     expression are not touched. (Traces that decay would otherwise make every
//     operation a hundred times slower.)
//   - Int is int64 and wraps around; division truncates, x/0 and x mod 0 are 0, mod
//     has the sign of the divisor. ToInt truncates; NaN becomes 0, and numbers out
//     of range the nearest int64.
//   - A random draw depends on seed, Object, stream, step and element: the neuron,
//     or the storage index of a synapse (i*Post + j if all pairs are connected); the
//     postsynaptic neuron in an assignment to a PerPost symbol; 0 in one to a Global
//     symbol. Draws that are Fixed have the step 0.
//   - All NaNs count as one value.
//
// # Backends
//
// A [Backend] prepares a program, an [Executor] runs it on a state. Programs are
// checked before ([Program.Check]); a backend trusts them. Lists of synapses are
// values of a state, not of a program: [CheckConnectivity] checks those. Package plan/ir lowers
// the expression trees to straight-line code for backends that want it, and
// package plan/plantest is the suite that every backend passes.
//
//	p := &plan.Program{Name: "decay", Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 10}}}
//	x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
//	half := &model.Binary{Op: model.Mul, X: &model.Ref{Sym: x}, Y: &model.Const{V: 0.5}}
//	p.Ops = []plan.Op{&plan.Map{Label: "decay", N: 10, Body: []model.Assign{{To: x, X: half}},
//		Bind: plan.Bind{x: {Buffer: 0, Index: plan.Own}}}}
//	run, err := ref.New().Compile(p)
//	s := plan.NewState(p)
//	s.F64[0][0] = 1
//	n, err := run.Run(s, 3, nil) // x[0] is 0.125
//
// A Program must not change while somebody uses it, and may be used by several
// goroutines. Executors and states belong to one goroutine at a time.
package plan
