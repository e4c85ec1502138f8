// Package draw turns the descriptions of package figure into pixels, under
// one theme: Liberation Sans, thin axes with few ticks at round numbers,
// colours that colour-blind readers tell apart, images with crisp squares.
//
// [PNG] draws a figure. [APNG] draws a film as an animated PNG, which every
// browser plays without a script, and [Player] makes a block of HTML with a
// slider. Importing the package also makes it the renderer of package display;
// ordinary programs need not do so, since display imports it.
//
// Drawing is done on the raster canvas of gonum/plot. Positions inside this
// package are pixels of the PNG, x to the right and y down; lengths of the
// theme are points, of which 72 make an inch; a pixel is 1/192 inch. Data
// values become positions in one place, [axis.pos].
//
// The functions may be called from several goroutines as long as nobody
// changes the descriptions meanwhile.
//
//	picture, err := draw.PNG(&figure.Figure{Width: 4, Height: 3, Rows: 1, Cols: 1, Panels: panels})
package draw
