package main

// Cells that use package display are compiled without what draws and what speaks
// to the notebook (tag spikebook_cell); both are linked here, once for all cells.
import (
	_ "github.com/spikebook/spikebook/display/draw"
	_ "github.com/spikebook/spikebook/display/front"
)
