// Package vmath has the elementary functions of models, computed by the same
// additions, multiplications and divisions in the same order everywhere: on every
// processor, and in C, to which this package is translated (see csource). So
// results agree bit for bit, which those of C libraries and of package math do not.
//
// Errors are below 1 unit in the last place; tests compare with series summed in
// 300 bits, over all magnitudes. Special values are those of C and package math;
// arguments may be any float64, the largest angles included.
//
//	y := vmath.Exp(-0.1)
//
// # Rules for this package
//
// The files except table.go keep to what csource/../cgen can translate: functions
// of numbers and small structs with one result, assignments, if, for, return.
// Every product of floats is written float64(a*b): the Go language allows x*y + z
// to be fused into one operation, and an explicit conversion forbids it.
// After a change run go generate ./snn/vmath/csource.
//
// Exp, Expm1, Exprel, the logarithms and Tanh are written for compilers that make
// vectors of loops: one path computes every case, and its result is replaced where
// another holds. No value of an if is an integer, and arguments are clamped only
// where nothing after it depends on the same comparison, since gcc splits the path
// there and then finds integers that differ.
// All functions may be called from several goroutines.
package vmath
