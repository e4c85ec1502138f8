package draw

import (
	"image/color"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// A colour map is a table of steps colours; images are stored as indices into
// it, and blank, one index more, stands for NaN.
const (
	steps = 255
	blank = steps
)

// Colours at equal distances, between which the maps are linear in sRGB.
var (
	grayStops = []uint32{0x000000, 0xffffff}
	// viridis of van der Walt and Smith (2015) at 33 places, taken from
	// Matplotlib 3.11 (CC0); what lies between differs from the original by 2 of
	// 255 at most.
	viridisStops = []uint32{
		0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453681, 0x424086, 0x3f4989,
		0x3b528b, 0x375a8d, 0x33638d, 0x2f6a8e, 0x2c728e, 0x297a8e, 0x26818e, 0x23898e,
		0x21908c, 0x1f988b, 0x1f9f88, 0x21a685, 0x28ae80, 0x31b57b, 0x3ebc74, 0x4cc26c,
		0x5dc963, 0x6ece58, 0x82d34c, 0x96d83f, 0xabdc32, 0xc0df24, 0xd5e21a, 0xeae51a,
		0xfde725,
	}
	// Red and blue of Brewer (colorbrewer2.org), with a centre of pure white.
	divergingStops = []uint32{0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xffffff,
		0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f}
)

// lut returns the steps colours of m and, last, the colour of NaN.
func lut(m figure.ColorMap) [steps + 1]color.RGBA {
	stops := grayStops
	reverse := false
	switch m {
	case "gray_r":
		reverse = true
	case "viridis":
		stops = viridisStops
	case "diverging":
		stops = divergingStops
	}
	var out [steps + 1]color.RGBA
	for i := range steps {
		x := float64(i) / (steps - 1)
		if reverse {
			x = 1 - x
		}
		out[i] = mix(stops, x)
	}
	out[blank] = blankColor
	return out
}

// mix returns the colour at x in [0, 1] along stops.
func mix(stops []uint32, x float64) color.RGBA {
	x *= float64(len(stops) - 1)
	k := min(int(x), len(stops)-2)
	f := x - float64(k)
	part := func(shift uint) uint8 {
		a, b := float64(stops[k]>>shift&0xff), float64(stops[k+1]>>shift&0xff)
		return uint8(math.Round(a + f*(b-a)))
	}
	return color.RGBA{part(16), part(8), part(0), 0xff}
}

// index returns the place of v in a colour map over r; values outside get the
// first or last colour, NaN gets blank.
func index(v float64, r figure.Range) uint8 {
	if math.IsNaN(v) {
		return blank
	}
	x := (v - r.Lo) / (r.Hi - r.Lo)
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return steps - 1
	}
	return uint8(x*(steps-1) + 0.5)
}

// colorRange returns the values of the first and last colour of an image.
func colorRange(img *figure.Image) figure.Range {
	if img.Range.Set {
		return img.Range
	}
	return niceRange(figure.RangeOf(img.Data), img.Map)
}

// niceRange makes a range usable for colours: not empty, and symmetric about 0
// for signed values.
func niceRange(r figure.Range, m figure.ColorMap) figure.Range {
	if !r.Set {
		return figure.Range{Lo: 0, Hi: 1, Set: true}
	}
	if m == "diverging" {
		a := math.Max(math.Abs(r.Lo), math.Abs(r.Hi))
		r.Lo, r.Hi = -a, a
	}
	if r.Lo == r.Hi {
		switch {
		case r.Lo == 0: // an image of silence is dark
			r.Hi = 1
			if m == "diverging" {
				r.Lo = -1
			}
		case r.Lo > 0:
			r.Lo = 0
		default:
			r.Hi = 0
		}
	}
	return r
}
