// Package cc runs programs of package plan as C, compiled by the system's C
// compiler while the program runs, loaded as a shared library and kept for the
// next time.
//
// One source is made per program. It holds the operations only: sizes,
// parameters, periods, seeds and names are data, so programs that differ in
// these share one library. The library is kept in a folder under a key made of
// the source, the compiler and its version, the flags and the machine; the
// folder is $SPIKEBOOK_CACHE/cc or, without that variable, spikebook/cc in the
// user's cache folder. Files that were not used for longest are removed when the
// folder grows over 256 MB. Several processes may share it.
//
// Results equal those of package ref bit for bit: the compiler is told to keep
// every operation as written (no -ffast-math, no contraction), and functions such
// as exp are translated from package vmath.
//
// # Order and threads
//
// What a step does in which order is a table beside the source (schedule.go).
// Operations that do not need each other's results form a stage, as chains of those
// that do, each as early as what comes before allows: the deliveries to a
// population, its equations and the search for its spikes are one chain as a rule. A
// stage that is worth it is shared out among threads, every chain cut by ranges of
// neurons (emitstep.go), so that a thread keeps its neurons. What a neuron receives
// keeps its order, so results do not depend on the number of threads. Operations that
// cannot be cut by neurons, as deliveries that add to the presynaptic side too, are
// done in one piece, beside other chains. A thread that the system has put on the
// processor of the one that it helps sleeps instead of being in its way.
//
//   - Maps are loops over neurons without branches, which compilers turn into vectors,
//     functions such as exp and log included (emitvector.go);
//     Poisson numbers, sines and cosines are computed a block at a time (emitdraw.go).
//   - Blocks of 512 neurons that a step would leave as they are, to the last bit, are
//     left out until something arrives (emitrest.go). A call of Run begins with all
//     blocks awake, so only runs of many steps gain.
//   - Rows that are not stored are drawn by all threads, then delivered by all
//     (emitahead.go).
//   - Deliveries of sparse rows look up 64 rows at a time, so that memory is waited
//     for once and not 64 times; in a row targets must ascend within a segment for
//     more than one thread.
//   - Columns of a matrix are put side by side in blocks before they are computed;
//     where neighbours fired last at the same step, or never, what depends on that is
//     computed once.
//
// Connectivity and lists of spikes of a state are checked before a run, since C code
// follows them blindly. Whoever changes connectivity in place between two runs of
// an executor must put a new slice into the state: the numbers of one seen before
// are looked at by sample.
//
//	backend, err := cc.New()       // needs gcc or clang, and a build with cgo
//	x, err := backend.Compile(p)
//	n, err := x.Run(state, 50, &stop)
//
// The backend may be used from several goroutines; an executor from one at a
// time. One call of Run makes all its steps in C; it looks at stop before every
// step.
package cc
