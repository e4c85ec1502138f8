package display

import (
	"sync"

	"github.com/spikebook/spikebook/display/figure"
)

// ColorMap turns values into colours.
type ColorMap = figure.ColorMap

// The colour maps.
const (
	Gray      ColorMap = "gray"      // black to white
	GrayR     ColorMap = "gray_r"    // white to black: ink on paper
	Viridis   ColorMap = "viridis"   // magnitudes; even steps, safe for colour blindness
	Diverging ColorMap = "diverging" // signed values: blue below 0, white at 0, red above
)

func knownMaps() string { return "gray, gray_r, viridis, diverging" }

func knownMap(m ColorMap) bool {
	return m == Gray || m == GrayR || m == Viridis || m == Diverging
}

// Color is the colour of a line, dots, bars or spikes.
type Color figure.Color

// PaletteColor returns colour k of the palette, from 0. It has eight colours,
// told apart also by colour-blind readers, and begins again after them.
func PaletteColor(k int) Color {
	if k %= 8; k < 0 {
		k += 8
	}
	return Color{Index: k + 1}
}

// RGB returns a colour by its red, green and blue parts.
func RGB(r, g, b uint8) Color { return Color{RGB: true, R: r, G: g, B: b} }

var populations struct {
	sync.Mutex
	index map[string]int
}

// PopulationColor returns the colour of a population: names get the colours of
// the palette in the order in which they are first asked for, and keep them
// until the program ends. It may be called from several goroutines.
func PopulationColor(name string) Color {
	populations.Lock()
	defer populations.Unlock()
	k, ok := populations.index[name]
	if !ok {
		if populations.index == nil {
			populations.index = map[string]int{}
		}
		k = len(populations.index)
		populations.index[name] = k
	}
	return PaletteColor(k)
}
