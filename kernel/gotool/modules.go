//go:build spikebook_modules

package gotool

// Never built. Cells may import these, so go.mod and go.sum must know what they
// need, though nothing else of ours imports them.
import (
	_ "github.com/janpfeifer/gonb/gonbui/comms"
	_ "github.com/janpfeifer/gonb/gonbui/dom"
	_ "github.com/janpfeifer/gonb/gonbui/widgets"
	_ "gonum.org/v1/plot/plotutil"
	_ "gonum.org/v1/plot/vg/vgeps"
	_ "gonum.org/v1/plot/vg/vgpdf"
	_ "gonum.org/v1/plot/vg/vgsvg"
	_ "gonum.org/v1/plot/vg/vgtex"
)
