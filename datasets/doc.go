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
// A generator is not safe for concurrent use; nothing else here keeps state.
package datasets
