package figure

import "math"

// CSSPerInch is the number of CSS pixels of a page in one inch of a figure.
const CSSPerInch = 96

// Density is the number of pixels of a PNG for one CSS pixel, in each
// direction.
const Density = 2

// MaxSide is the largest side of a figure, in inches: 10,000 pixels. A larger
// one is taken for a mistake (pixels given as inches).
const MaxSide = 52

// Figure is one picture: panels on a grid.
type Figure struct {
	Name          string  // used for the file name and in errors; may be empty
	Title         string  // over all panels; may be empty
	Width, Height float64 // inches; 0: what the panels need
	Rows, Cols    int     // size of the grid, at least 1 each
	Panels        []*Panel
	SharedBar     bool   // one colour range and one colour bar for all images
	BarLabel      string // label of the shared colour bar
	ShareX        bool   // panels of a column have one x range, ticks only at the bottom
	ShareY        bool   // panels of a row have one y range, ticks only at the left
}

// Panel is one pair of axes, or one framed image.
type Panel struct {
	Row, Col         int // of the upper left cell, from 0
	RowSpan, ColSpan int // at least 1
	Title            string
	XLabel, YLabel   string
	XRange, YRange   Range // not set: from the data
	LogY             bool
	Equal            bool // one unit is as long on x as on y
	Ticks            bool // ticks on an image; other panels always have them
	ColorBar         bool
	BarLabel         string
	Legend           LegendAt
	Layers           []Layer
}

// LegendAt says where the legend of a panel goes.
type LegendAt int

// Places of a legend. A legend is drawn only if a layer has a label.
const (
	LegendBest  LegendAt = iota // the corner with the fewest data
	LegendRight                 // outside, right of the axes
	LegendNone
)

// Range is an interval of data values.
type Range struct {
	Lo, Hi float64
	Set    bool // false: taken from the data
}

// Span returns Hi - Lo.
func (r Range) Span() float64 { return r.Hi - r.Lo }

// Huge is the largest value that an axis or a colour range can hold. Larger
// ones are treated as infinite, so that sums and spans of values never overflow.
const Huge = 1e300

// Extend widens r to hold v; NaN, infinite and huge values change nothing.
func (r *Range) Extend(v float64) {
	if !(math.Abs(v) <= Huge) {
		return
	}
	if !r.Set {
		*r = Range{Lo: v, Hi: v, Set: true}
		return
	}
	r.Lo = math.Min(r.Lo, v)
	r.Hi = math.Max(r.Hi, v)
}

// Union widens r to hold all of s.
func (r *Range) Union(s Range) {
	if s.Set {
		r.Extend(s.Lo)
		r.Extend(s.Hi)
	}
}

// RangeOf returns the interval of the finite values of v; it is not set if
// there are none.
func RangeOf(v []float64) Range {
	var r Range
	for _, x := range v {
		r.Extend(x)
	}
	return r
}

// Style is what all layers have in common.
type Style struct {
	Label string // in the legend; empty: not listed
	Color Color  // zero: the next colour of the palette
}

// Color is a colour of a layer: a place in the palette, or red, green, blue.
type Color struct {
	Index   int // 1 is the first colour of the palette; 0 means none or RGB
	RGB     bool
	R, G, B uint8 // with RGB
}

// Layer is one thing drawn in a panel.
type Layer interface{ Look() *Style }

// Image shows a matrix, one coloured square per entry, row 0 at the top.
type Image struct {
	Style
	Rows, Cols int
	Data       []float64 // row-major, Rows*Cols; nil: filled by the frames of a film
	Map        ColorMap
	Range      Range // values of the first and last colour
	Transposed bool  // the frames of a film are to be turned before they are stored
	BlockRows  int   // thin lines every so many rows; 0: none
	BlockCols  int
}

// Series is a line through points, or a staircase.
type Series struct {
	Style
	X, Y   []float64 // same length; NaN interrupts the line
	Steps  bool      // Y[k] holds from X[k] to X[k+1]
	Width  float64   // points; 0: the theme's
	Dashed bool
}

// Bars is a histogram: Counts[k] lies between Edges[k] and Edges[k+1].
type Bars struct {
	Style
	Edges, Counts []float64 // len(Edges) = len(Counts)+1
}

// Points is a scatter plot.
type Points struct {
	Style
	X, Y     []float64 // same length
	Diameter float64   // points; 0: the theme's
}

// Spikes is a raster: one short vertical tick per spike.
type Spikes struct {
	Style
	T, N []float64 // same length: time of each spike, index of its neuron
}

// Mark is a straight line across the panel at one value of x or y.
type Mark struct {
	Style
	At       float64
	Vertical bool
}

// Look returns the layer's style.
func (s *Style) Look() *Style { return s }

// ColorMap names a table of colours.
type ColorMap string

// Film is a figure whose images change.
type Film struct {
	Figure   *Figure
	Images   []*Image      // the images that change, in the order of the frames' data
	Frames   [][][]float32 // by frame, then by image: row-major values
	Interval float64       // milliseconds between frames
}
