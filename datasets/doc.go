// Package datasets makes and loads the data of the tutorials.
//
// [Bars] draws the images of the bar-learning tutorial; [BarOf] and
// [Selective] measure what a network has learnt from them. Random draws come
// from a generator that the caller seeds, so a seed gives the same images on
// every machine:
//
//	r := rand.New(rand.NewPCG(1, 0))
//	image := datasets.Bars(r, 8)
//
// MNIST, the database of handwritten digits, has a package of its own beside
// this one, datasets/mnist, since it brings megabytes of images and an HTTP
// client along.
//
// [Evidence] draws the trials of the evidence-accumulation tutorial, [Pattern]
// the one of the pattern-generation tutorial, with the numbers that NEST's
// examples take from numpy.random:
//
//	r := rng.NewRandomState(1)
//	trials, err := datasets.DefaultEvidence().Draw(r, 32)
//	trial, err := datasets.DefaultPattern().Draw(r)
//
// A generator is not safe for concurrent use; nothing else here keeps state.
package datasets
