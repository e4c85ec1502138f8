//go:build !spikebook_cell

package display

// A program gets the renderer and the notebook connection with display. Cells
// of the kernel do without: see package port.
import (
	_ "github.com/spikebook/spikebook/display/draw"
	_ "github.com/spikebook/spikebook/display/front"
)
