package draw

import (
	"image/color"

	"github.com/spikebook/spikebook/display/figure"
)

// Resolution of the drawing, in pixels per inch.
const dpi = figure.CSSPerInch * figure.Density

// pt is the length of a point in pixels.
const pt = dpi / 72.0

// Sizes of the theme in pixels. Text of 11 points is 15 pixels on the page,
// a little more than the text of a notebook: it must be readable when projected.
const (
	tickSize   = 11 * pt
	labelSize  = 12 * pt
	titleSize  = 13 * pt
	figureSize = 15 * pt // title of the whole figure

	axisWidth  = 2 // pixels: one pixel of the page
	tickLength = 4 * pt
	tickGap    = 3 * pt // between a tick and its label
	labelGap   = 5 * pt // between tick labels and the axis label
	titleGap   = 6 * pt
	panelGap   = 14 * pt // between panels, beside their labels
	edge       = 6 * pt  // around the figure

	barWidth = 11 * pt // of a colour bar
	barGap   = 8 * pt  // between image and colour bar

	lineWidth   = 1.6 * pt
	dotDiameter = 4.2 * pt
)

var (
	inkColor   = color.RGBA{0x26, 0x26, 0x26, 0xff} // text
	axisColor  = color.RGBA{0x4d, 0x4d, 0x4d, 0xff}
	blankColor = color.RGBA{0xe6, 0xe6, 0xe6, 0xff} // NaN in an image
	markColor  = color.RGBA{0x80, 0x80, 0x80, 0xff}
	errorColor = color.RGBA{0xb0, 0x1c, 0x1c, 0xff}
)

// palette are the colours of lines, dots and populations: those of Okabe and
// Ito (Color Universal Design, 2008) in an order that keeps neighbours far
// apart, gray in place of yellow, which is too faint on white.
var palette = [8]color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky
	{0x7f, 0x7f, 0x7f, 0xff}, // gray
	{0x1a, 0x1a, 0x1a, 0xff}, // black
}

// layerColor returns the colour of a layer that is the k-th of its panel
// without a colour of its own.
func layerColor(c figure.Color, k int) color.RGBA {
	switch {
	case c.RGB:
		return color.RGBA{c.R, c.G, c.B, 0xff}
	case c.Index > 0:
		return palette[(c.Index-1)%len(palette)]
	}
	return palette[k%len(palette)]
}
