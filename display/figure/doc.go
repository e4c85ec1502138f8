// Package figure holds the plain description of a picture: which panels it
// has, what lies in them, and how their axes read. Nothing here draws.
//
// Package display fills a [Figure] from what the user writes; package draw
// turns it into pixels. The two meet only in these types, so that a program
// (or a notebook cell) that describes pictures need not carry the fonts and
// rasteriser that draw them.
//
// A [Figure] is a grid of [Panel] values. A panel holds [Layer] values, drawn
// in order: [Image], [Series], [Bars], [Points], [Spikes], [Mark]. A [Film] is a figure
// whose images change from frame to frame.
//
// Lengths are inches; one inch is 96 CSS pixels and 192 pixels of the PNG.
// Data are in the user's units. The values are not copied and not checked
// here; a description must not be changed while it is drawn.
//
//	fig := figure.Figure{Width: 4, Height: 4, Rows: 1, Cols: 1, Panels: []*figure.Panel{{
//		RowSpan: 1, ColSpan: 1, Title: "Input",
//		Layers: []figure.Layer{&figure.Image{Rows: 2, Cols: 2, Data: []float64{0, 1, 1, 0}, Map: "gray"}},
//	}}}
//	picture, err := draw.PNG(&fig)
package figure
