package main

// Cells are compiled without what is large in the toolkit (tag spikebook_cell):
// what draws, what speaks to the notebook, what downloads. It is linked here, once
// for all cells.
import (
	_ "github.com/spikebook/spikebook/datasets/mnist/fetch"
	_ "github.com/spikebook/spikebook/display/draw"
	_ "github.com/spikebook/spikebook/display/front"
)
