package cc

import "slices"

// Fine shares out everything among threads, however small, neuron by neuron.
func Fine(b *Backend) { b.sharing = sharing{worth: 0, grain: 1} }

// Quick compiles in a quarter of the time, without vectors.
func Quick(b *Backend) {
	b.flags = slices.Clone(b.flags)
	for i, f := range b.flags {
		if f == "-O3" {
			b.flags[i] = "-O1"
		}
	}
}
