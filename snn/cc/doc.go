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
//	backend, err := cc.New()       // needs gcc or clang, and a build with cgo
//	x, err := backend.Compile(p)
//	n, err := x.Run(state, 50, &stop)
//
// The backend may be used from several goroutines; an executor from one at a
// time. One call of Run makes all its steps in C; it looks at stop before every
// step.
package cc
