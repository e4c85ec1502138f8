// Package ir turns the expression trees of a plan's operations into straight-line
// code: a list of values, each made of earlier ones. Common subexpressions are
// merged, unused ones dropped, and every value knows its [Level]: whether it is
// one number, one per presynaptic neuron (row), one per postsynaptic neuron
// (column), or one per element. Backends compute each level once, outside of the
// loops that do not change it.
//
// None of this changes a result: values are computed by the operations of the
// tree, each once. Package plan/plantest holds backends against a walker of the
// trees to prove it.
//
//	k := ir.LowerSweep(program, sweep)
//	for _, v := range k.At(ir.Post) { … } // what is computed once per column
//
// The package trusts its input: programs pass plan.Program.Check before. It keeps
// no state and may be used by several goroutines.
package ir
