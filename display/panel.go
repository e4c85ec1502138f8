package display

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// Panel is one pair of axes, or one framed image, of a [Figure].
//
// Methods that add a layer (Image, Line, Histogram, Scatter, Raster, HLine,
// VLine) copy the data. Methods that describe a layer (Label, Population,
// Color, Steps, Range, …) concern the layer added last. Everything returns the
// panel, and Show, Save, PNG and Err are those of its figure, so a cell may end with any of them.
type Panel struct {
	owner *Figure
	desc  *figure.Panel
	last  figure.Layer
}

// Image, Line, Histogram, Scatter and Raster begin a figure of one panel with
// that layer; see the methods of [Panel] of the same names.

// Image is a figure with one image; see [Panel.Image].
func Image(m any, colors ColorMap) *Panel { return Grid(1, 1).At(0, 0).Image(m, colors) }

// Line is a figure with one line; see [Panel.Line].
func Line(x, y any) *Panel { return Grid(1, 1).At(0, 0).Line(x, y) }

// Histogram is a figure with one histogram; see [Panel.Histogram].
func Histogram(v any, bins int) *Panel { return Grid(1, 1).At(0, 0).Histogram(v, bins) }

// Scatter is a figure with one scatter plot; see [Panel.Scatter].
func Scatter(x, y any) *Panel { return Grid(1, 1).At(0, 0).Scatter(x, y) }

// Raster is a figure with one raster; see [Panel.Raster].
func Raster(times, neurons any) *Panel { return Grid(1, 1).At(0, 0).Raster(times, neurons) }

// Figure returns the figure that the panel belongs to.
func (p *Panel) Figure() *Figure { return p.owner }

// Image adds a matrix as an image, one square of one colour per entry, row 0
// at the top. m is a slice of rows, [][]float64 or of other numbers, or a
// [Matrix]; all rows are equally long. NaN stays blank. The colour range is
// that of the data unless [Panel.Range] sets it; for [Diverging] it is made
// symmetric about 0. In the figure of a [Film] m may be nil.
func (p *Panel) Image(m any, colors ColorMap) *Panel {
	l := &figure.Image{Map: colors}
	if !knownMap(colors) {
		p.fail(fmt.Errorf("colour map is %q, want one of %s; use display.Gray and the like", string(colors), knownMaps()))
		l.Map = Gray
	}
	if m != nil {
		data, rows, cols, err := matrix(m)
		if err != nil {
			return p.failed("image: matrix", err)
		}
		if allNaN(data) {
			return p.failed("image: matrix", fmt.Errorf("has no finite value in %d×%d entries; look for NaN in the simulation", rows, cols))
		}
		l.Rows, l.Cols, l.Data = rows, cols, data
	}
	return p.add(l)
}

// Line adds a line through the points (x[k], y[k]), []float64 or other numbers
// or a [Vector]. A nil x counts 0, 1, 2 and so on. NaN in y leaves a gap.
func (p *Panel) Line(x, y any) *Panel {
	xs, ys, err := pairs("line", "x", x, "y", y)
	if err != nil {
		return p.failed("", err)
	}
	return p.add(&figure.Series{X: xs, Y: ys})
}

// Scatter adds a dot at every (x[k], y[k]).
func (p *Panel) Scatter(x, y any) *Panel {
	xs, ys, err := pairs("scatter", "x", x, "y", y)
	if err != nil {
		return p.failed("", err)
	}
	return p.add(&figure.Points{X: xs, Y: ys})
}

// Raster adds spikes: times[k] is when neurons[k] fired, its index from 0.
// Time goes to the right, the neuron's index up. Hundreds of thousands of
// spikes are no trouble. An empty raster is allowed: silence is a result.
func (p *Panel) Raster(times, neurons any) *Panel {
	t, err := values(times)
	if err != nil {
		return p.failed("raster: times", err)
	}
	n, err := values(neurons)
	if err != nil {
		return p.failed("raster: neurons", err)
	}
	if len(t) != len(n) {
		return p.failed("", fmt.Errorf("raster: %d times but %d neurons; give one neuron index per spike", len(t), len(n)))
	}
	for k := range t {
		if !finite(t[k]) || !finite(n[k]) {
			return p.failed("", fmt.Errorf("raster: spike %d is (%v, %v), want a finite time and neuron index; leave such spikes out", k, t[k], n[k]))
		}
	}
	return p.add(&figure.Spikes{T: t, N: n})
}

// Histogram adds the counts of v in bins equal intervals from its least to its
// greatest value. NaN and infinite values are not counted.
func (p *Panel) Histogram(v any, bins int) *Panel {
	x, err := values(v)
	if err != nil {
		return p.failed("histogram: values", err)
	}
	if bins < 1 || bins > 10_000 {
		return p.failed("", fmt.Errorf("histogram: %d bins, want 1 to 10000; 30 is usual", bins))
	}
	r := figure.RangeOf(x)
	if !r.Set {
		return p.failed("", fmt.Errorf("histogram: no finite value among %d; check what was recorded", len(x)))
	}
	if r.Lo == r.Hi { // one value only: a bin around it
		pad := math.Max(math.Abs(r.Lo)/1e3, 0.5)
		r.Lo, r.Hi = r.Lo-pad, r.Hi+pad
	}
	l := &figure.Bars{Edges: make([]float64, bins+1), Counts: make([]float64, bins)}
	for k := range l.Edges {
		l.Edges[k] = r.Lo + r.Span()*float64(k)/float64(bins)
	}
	for _, v := range x {
		if v >= r.Lo && v <= r.Hi {
			k := int((v - r.Lo) / r.Span() * float64(bins))
			l.Counts[min(max(k, 0), bins-1)]++
		}
	}
	return p.add(l)
}

// HLine adds a thin dashed line across the panel at y, such as a threshold.
func (p *Panel) HLine(y float64) *Panel { return p.mark(y, false) }

// VLine adds a thin dashed line across the panel at x, such as a stimulus.
func (p *Panel) VLine(x float64) *Panel { return p.mark(x, true) }

func (p *Panel) mark(at float64, vertical bool) *Panel {
	if !finite(at) {
		return p.failed("", fmt.Errorf("line across at %v, want a finite value; check how it was computed", at))
	}
	return p.add(&figure.Mark{At: at, Vertical: vertical})
}

// Title sets the title over the panel.
func (p *Panel) Title(text string) *Panel {
	p.desc.Title = text
	return p
}

// XLabel names the x axis, with its unit: "Time (ms)".
func (p *Panel) XLabel(text string) *Panel {
	p.desc.XLabel = text
	return p
}

// YLabel names the y axis, with its unit.
func (p *Panel) YLabel(text string) *Panel {
	p.desc.YLabel = text
	return p
}

// XRange sets the ends of the x axis.
func (p *Panel) XRange(lo, hi float64) *Panel {
	p.setRange("x range", &p.desc.XRange, lo, hi)
	return p
}

// YRange sets the ends of the y axis.
func (p *Panel) YRange(lo, hi float64) *Panel {
	p.setRange("y range", &p.desc.YRange, lo, hi)
	return p
}

// LogY makes the y axis logarithmic; values that are not positive are left out.
func (p *Panel) LogY() *Panel {
	p.desc.LogY = true
	return p
}

// Equal makes one unit as long on x as on y.
func (p *Panel) Equal() *Panel {
	p.desc.Equal = true
	return p
}

// Ticks gives an image ticks that count its rows and columns.
func (p *Panel) Ticks() *Panel {
	p.desc.Ticks = true
	return p
}

// ColorBar adds the scale of the image's colours at its right. See
// [Panel.BarLabel] for its label and [Figure.ColorBar] for one that is shared.
func (p *Panel) ColorBar() *Panel {
	p.desc.ColorBar = true
	return p
}

// BarLabel adds the scale of the image's colours with a label, such as "Weight".
func (p *Panel) BarLabel(text string) *Panel {
	p.desc.ColorBar, p.desc.BarLabel = true, text
	return p
}

// LegendRight puts the legend outside, at the right. Without it the legend is
// in the emptiest corner; it appears as soon as a layer has a label.
func (p *Panel) LegendRight() *Panel {
	p.desc.Legend = figure.LegendRight
	return p
}

// NoLegend leaves the legend out.
func (p *Panel) NoLegend() *Panel {
	p.desc.Legend = figure.LegendNone
	return p
}

// Range sets the values of the first and the last colour of the image added
// last; values outside get the nearest colour.
func (p *Panel) Range(lo, hi float64) *Panel {
	img, ok := p.last.(*figure.Image)
	if !ok {
		return p.misplaced("Range", "an image", "use XRange or YRange for axes")
	}
	p.setRange("range", &img.Range, lo, hi)
	return p
}

// Transpose swaps rows and columns of the image added last, and of the frames
// that a film will give it.
func (p *Panel) Transpose() *Panel {
	img, ok := p.last.(*figure.Image)
	if !ok {
		return p.misplaced("Transpose", "an image", "call it after Image")
	}
	img.Transposed = !img.Transposed
	if img.Data != nil {
		img.Data = transpose(img.Data, img.Rows, img.Cols)
		img.Rows, img.Cols = img.Cols, img.Rows
	}
	return p
}

// transpose turns a row-major matrix.
func transpose(data []float64, rows, cols int) []float64 {
	t := make([]float64, len(data))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = data[i*cols+j]
		}
	}
	return t
}

// Blocks draws thin lines into the image added last, every rows rows and every
// cols columns: the borders of receptive fields in a mosaic.
func (p *Panel) Blocks(rows, cols int) *Panel {
	img, ok := p.last.(*figure.Image)
	if !ok {
		return p.misplaced("Blocks", "an image", "call it after Image")
	}
	if rows < 1 || cols < 1 {
		return p.failed("", fmt.Errorf("blocks of %d×%d, want at least 1×1; give the size of one receptive field", rows, cols))
	}
	img.BlockRows, img.BlockCols = rows, cols
	return p
}

// Label names the layer added last in the legend.
func (p *Panel) Label(text string) *Panel {
	if p.last != nil {
		p.last.Look().Label = text
	}
	return p
}

// Population labels the layer added last and gives it the colour that belongs
// to this name in every figure of the program; see [PopulationColor].
func (p *Panel) Population(name string) *Panel {
	return p.Label(name).Color(PopulationColor(name))
}

// Color sets the colour of the layer added last. Without it, layers take the
// colours of the palette in turn.
func (p *Panel) Color(c Color) *Panel {
	if p.last != nil {
		p.last.Look().Color = figure.Color(c)
	}
	return p
}

// Steps makes the line added last a staircase: y[k] holds from x[k] to x[k+1].
func (p *Panel) Steps() *Panel {
	l, ok := p.last.(*figure.Series)
	if !ok {
		return p.misplaced("Steps", "a line", "call it after Line")
	}
	l.Steps = true
	return p
}

// Dashed makes the line added last dashed.
func (p *Panel) Dashed() *Panel {
	l, ok := p.last.(*figure.Series)
	if !ok {
		return p.misplaced("Dashed", "a line", "call it after Line")
	}
	l.Dashed = true
	return p
}

// Width sets the width of the line, or the diameter of the dots, added last,
// in points.
func (p *Panel) Width(points float64) *Panel {
	if !(points > 0 && points <= 100) {
		return p.failed("", fmt.Errorf("width is %v points, want more than 0 and at most 100; a usual line has 1.5, a dot 4", points))
	}
	switch l := p.last.(type) {
	case *figure.Series:
		l.Width = points
	case *figure.Points:
		l.Diameter = points
	default:
		return p.misplaced("Width", "a line or dots", "call it after Line or Scatter")
	}
	return p
}

func (p *Panel) add(l figure.Layer) *Panel {
	p.last = l
	p.desc.Layers = append(p.desc.Layers, l)
	return p
}

func (p *Panel) where() string { return fmt.Sprintf("panel (%d, %d)", p.desc.Row, p.desc.Col) }

func (p *Panel) fail(err error) { p.owner.fail(p.where(), err) }

// failed keeps a mistake in adding or describing a layer. Descriptions that
// follow in the chain meet a layer that is not drawn.
func (p *Panel) failed(what string, err error) *Panel {
	if what != "" {
		err = fmt.Errorf("%s %w", what, err)
	}
	p.fail(err)
	p.last = nil
	return p
}

// misplaced keeps the mistake of describing a layer of another kind, unless
// the layer itself failed, which is reported already.
func (p *Panel) misplaced(method, want, do string) *Panel {
	if p.last != nil || len(p.owner.errs) == 0 {
		p.fail(fmt.Errorf("%s was called, but the layer added last is not %s; %s", method, want, do))
	}
	return p
}

func (p *Panel) setRange(what string, r *figure.Range, lo, hi float64) {
	if !(lo < hi) || lo < -figure.Huge || hi > figure.Huge {
		p.fail(fmt.Errorf("%s is %v to %v, want two finite numbers, the smaller first; for example 0, 0.3", what, lo, hi))
		return
	}
	*r = figure.Range{Lo: lo, Hi: hi, Set: true}
}

// pairs copies two vectors of one length; a nil x counts from 0.
func pairs(what, nameX string, x any, nameY string, y any) (xs, ys []float64, err error) {
	if ys, err = values(y); err != nil {
		return nil, nil, fmt.Errorf("%s: %s %w", what, nameY, err)
	}
	if x == nil {
		xs = make([]float64, len(ys))
		for k := range xs {
			xs[k] = float64(k)
		}
	} else if xs, err = values(x); err != nil {
		return nil, nil, fmt.Errorf("%s: %s %w", what, nameX, err)
	}
	if len(xs) != len(ys) {
		return nil, nil, fmt.Errorf("%s: %d values of %s but %d of %s; give one %s for every %s", what, len(xs), nameX, len(ys), nameY, nameX, nameY)
	}
	if len(ys) == 0 {
		return nil, nil, fmt.Errorf("%s: no values, want at least one; check that the simulation has recorded something", what)
	}
	if allNaN(ys) {
		return nil, nil, fmt.Errorf("%s: %s has no finite value among %d; look for NaN in the simulation", what, nameY, len(ys))
	}
	if allNaN(xs) {
		return nil, nil, fmt.Errorf("%s: %s has no finite value among %d; look for NaN in the simulation", what, nameX, len(xs))
	}
	return xs, ys, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
