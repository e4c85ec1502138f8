// Package interrupt holds the one word that tells running code to stop.
//
// The worker process has a single word. The kernel asks for an interrupt, the
// worker sets the word, and code that watches it comes back: the checks that
// the kernel inserts at loop heads and function entries of cells, and the long
// runs of the toolkit.
//
//	for i := range steps {
//		if interrupt.Requested() {
//			interrupt.Panic() // in cell code; a library returns an error instead
//		}
//		step(i)
//	}
//
// The word stays set until the worker clears it before the next cell, so that
// every goroutine of the interrupted cell sees it, however late it looks.
//
// The package imports little, because every cell links it. It is the
// only package below kernel/ that the toolkit (snn, display, ...) may import;
// outside a notebook nobody sets the word and the checks cost two loads each.
// All functions are safe for concurrent use.
package interrupt
