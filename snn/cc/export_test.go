package cc

import (
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// Fine shares out everything among threads, however small, neuron by neuron.
func Fine(b *Backend) { b.sharing = sharing{worth: 0, grain: 1, block: 2, least: 1} }

// Quick compiles in a quarter of the time, without vectors.
func Quick(b *Backend) {
	b.flags = slices.Clone(b.flags)
	for i, f := range b.flags {
		if f == "-O3" {
			b.flags[i] = "-O1"
		}
	}
}

// Resting is the number of blocks of neurons that rest at the end of a run on one
// thread.
func Resting(x plan.Executor) (n int) {
	for _, b := range x.(*executor).mem.rest {
		if b == 255 {
			n++
		}
	}
	return n
}
