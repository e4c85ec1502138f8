// Package display shows things: plots, images, films, tables and the progress
// of a loop. In a notebook they appear under the cell; in an ordinary program
// pictures go to files and text to the terminal.
//
// A [Figure] is a grid of panels; a [Panel] is one pair of axes or one image.
// Both are described by chained calls, in any order:
//
//	fig := display.Grid(2, 2).Size(8, 8)
//	fig.At(0, 0).Image(inputs, display.Gray).Title("Input")
//	fig.At(0, 1).Image(features, display.Gray).Title("Feature")
//	fig.Span(1, 0, 1, 2).Image(fields, display.Gray).Range(0, 0.3).Title("Receptive fields").ColorBar()
//	fig.Show()
//
// One panel needs no grid:
//
//	display.Line(t, v).Population("exc").HLine(-50).XLabel("Time (ms)").YLabel("V (mV)").Show()
//	display.Raster(times, neurons).XLabel("Time (ms)").YLabel("Neuron")
//	display.Histogram(weights, 30).XLabel("Weight")
//	display.Scatter(x, y).Equal()
//
// A cell of a notebook may end with a figure, a panel, a film or a table
// instead of calling Show. A [Film] is a figure whose images move. [Progress]
// is a loop that tells how far it is; [Table] is a small table.
//
// # Data
//
// Vectors are slices of any kind of number, or values with the methods of
// [Vector]. Matrices are slices of rows, or values with the methods of
// [Matrix], such as those of gonum. They are copied when they are given, so
// that a simulation may go on with its own. NaN leaves a gap in a line and a
// blank square in an image.
//
// # Units
//
// Figures are measured in inches, of which each is 96 pixels on the page;
// pictures are drawn with twice as many, for sharp screens and projectors.
// Lines and dots are measured in points, 1/72 inch. Data keep the unit they
// have; say it in the label: "Time (ms)".
//
// # Mistakes
//
// A wrong length, a range of NaN, a panel outside the grid: nothing panics. The
// figure keeps each mistake with the line of the call, and Show, Save and Err
// return them all; PNG draws their text.
//
// # Goroutines
//
// A figure, film or table belongs to one goroutine at a time. Different ones
// may be used and shown at once; [PopulationColor] and [Progress] may be called
// from several goroutines.
//
// # What is linked
//
// What draws (package draw, on gonum/plot, with its font) and what speaks to
// the notebook (package front, on gonbui) are linked into every program that
// imports display. A kernel that compiles cells with the build tag
// spikebook_cell links both into its worker instead, by importing the two
// packages there, and cells become as small as if they imported only fmt.
package display
