package draw

import (
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// axis maps values to pixels.
type axis struct {
	r      figure.Range // in data values
	log    bool
	from   float64 // pixel of r.Lo
	to     float64 // pixel of r.Hi
	ticks  []tick
	factor string // of the labels: "×10^3"
	bare   bool   // ticks without labels: another panel of the group has them
}

func (a *axis) pos(v float64) float64 {
	lo, hi := a.r.Lo, a.r.Hi
	if a.log {
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return a.from + (a.to-a.from)*(v-lo)/(hi-lo)
}

// widest returns the largest width of a tick label.
func (a *axis) widest() float64 {
	w := 0.0
	if !a.bare {
		for _, t := range a.ticks {
			w = math.Max(w, textWidth(t.label, tickSize))
		}
	}
	return w
}

// plot is a panel on its way to the canvas.
type plot struct {
	*figure.Panel
	img    *figure.Image // the first image, nil if there is none
	colors figure.Range  // of img
	x, y   axis
	area   box     // what the layout gives for the data
	data   box     // what the data take: smaller where the aspect is fixed
	colour []int   // place in the palette of each layer
	labels float64 // room for tick labels left of the axis, that of all panels in line
	grown  bool    // the y range was widened for the legend
}

// margins are the widths needed around the data area for everything else.
type margins struct{ left, right, top, bottom float64 }

func newPlot(p *figure.Panel) *plot {
	q := &plot{Panel: p, colour: make([]int, len(p.Layers))}
	k := 0
	for i, l := range p.Layers {
		switch l := l.(type) {
		case *figure.Image:
			if q.img == nil {
				q.img = l
				q.colors = colorRange(l)
			}
		case *figure.Mark:
		default:
			q.colour[i] = k
			if c := l.Look().Color; !c.RGB && c.Index == 0 {
				k++
			}
		}
	}
	q.x.r, q.y.r = q.ranges()
	q.y.log = p.LogY
	return q
}

// ranges returns what the axes show, from the data where nothing is set.
func (q *plot) ranges() (x, y figure.Range) {
	padX, padY, zero := false, false, false
	for _, l := range q.Layers {
		switch l := l.(type) {
		case *figure.Image:
			if l == q.img {
				x.Union(figure.Range{Lo: -0.5, Hi: float64(l.Cols) - 0.5, Set: true})
				y.Union(figure.Range{Lo: -0.5, Hi: float64(l.Rows) - 0.5, Set: true})
			}
		case *figure.Series:
			x.Union(figure.RangeOf(l.X))
			if n := len(l.X); l.Steps && n > 1 {
				x.Extend(2*l.X[n-1] - l.X[n-2])
			}
			y.Union(q.yRange(l.Y))
			padY = true
		case *figure.Points:
			x.Union(figure.RangeOf(l.X))
			y.Union(q.yRange(l.Y))
			padX, padY = true, true
		case *figure.Bars:
			x.Union(figure.RangeOf(l.Edges))
			y.Union(q.yRange(l.Counts))
			if !q.LogY {
				y.Extend(0)
			}
			padY, zero = true, true
		case *figure.Spikes:
			x.Union(figure.RangeOf(l.T))
			y.Union(figure.RangeOf(l.N))
			if len(l.N) > 0 {
				y.Extend(0)
			}
		case *figure.Mark:
			if q.img != nil {
				continue
			}
			if l.Vertical {
				x.Extend(l.At)
			} else if !q.LogY || l.At > 0 {
				y.Extend(l.At)
			}
		}
	}
	if q.img == nil {
		if q.raster() && y.Set { // half a row above and below
			y.Lo, y.Hi = y.Lo-0.5, y.Hi+0.5
		}
		x = room(x, padX, false, false)
		if !padX {
			x = round(x)
		}
		y = room(y, padY, zero, q.LogY)
	}
	if q.XRange.Set {
		x = q.XRange
	}
	if q.YRange.Set && !(q.LogY && q.YRange.Lo <= 0) {
		y = q.YRange
	}
	return x, y
}

// yRange is the range of what a logarithmic axis can show, or of all.
func (q *plot) yRange(v []float64) figure.Range {
	if !q.LogY {
		return figure.RangeOf(v)
	}
	var r figure.Range
	for _, x := range v {
		if x > 0 {
			r.Extend(x)
		}
	}
	return r
}

// raster reports whether the panel shows spikes and nothing else.
func (q *plot) raster() bool {
	spikes := false
	for _, l := range q.Layers {
		switch l.(type) {
		case *figure.Spikes:
			spikes = true
		case *figure.Mark:
		default:
			return false
		}
	}
	return spikes
}

// room widens r so that it is not empty and, with pad, that nothing touches
// the ends; fromZero keeps an end that is 0.
func room(r figure.Range, pad, fromZero, log bool) figure.Range {
	if !r.Set {
		r = figure.Range{Lo: 0, Hi: 1, Set: true}
		if log {
			r.Lo = 0.1
		}
		return r
	}
	if log {
		r.Lo, r.Hi = math.Max(r.Lo, tiny), math.Max(r.Hi, tiny)
		d := 0.05 * (math.Log10(r.Hi) - math.Log10(r.Lo))
		if d < 1e-9 {
			d = 0.3
		}
		r.Lo, r.Hi = r.Lo*math.Pow(10, -d), r.Hi*math.Pow(10, d)
		// With Huge and tiny this may leave the exact powers of ten.
		r.Lo, r.Hi = math.Max(r.Lo, tiny), math.Min(r.Hi, figure.Huge)
		return r
	}
	lo, hi := r.Lo, r.Hi
	// A span lost in rounding cannot be divided.
	if !(hi-lo > math.Max(math.Abs(hi)*1e-12, tiny)) {
		d := math.Max(math.Abs(lo)*0.05, 0.5)
		return figure.Range{Lo: lo - d, Hi: hi + d, Set: true}
	}
	if pad {
		d := (hi - lo) * 0.05
		r.Lo, r.Hi = lo-d, hi+d
		if fromZero && lo == 0 {
			r.Lo = 0
		}
		if fromZero && hi == 0 {
			r.Hi = 0
		}
	}
	return r
}

// round moves the ends of r to round numbers that lie just outside: an axis
// from 0 to 499.9 looks better as 0 to 500.
func round(r figure.Range) figure.Range {
	step := roundStep(r.Span()/6, false)
	most := r.Span() * 0.025
	if lo := math.Floor(r.Lo/step) * step; r.Lo-lo <= most {
		r.Lo = lo
	}
	if hi := math.Ceil(r.Hi/step) * step; hi-r.Hi <= most {
		r.Hi = hi
	}
	return r
}

// hasTicks reports whether the panel shows ticks: plots always, images on
// request or when their axes have names or ranges.
func (q *plot) hasTicks() bool {
	return q.img == nil || q.Ticks || q.XLabel != "" || q.YLabel != "" || q.XRange.Set || q.YRange.Set
}

// place finds ticks for axes of the given lengths in pixels.
func (q *plot) place(w, h float64) {
	q.x.ticks, q.x.factor, q.y.ticks, q.y.factor = nil, "", nil, ""
	if !q.hasTicks() {
		return
	}
	wholeX := q.img != nil && !q.XRange.Set
	wholeY := q.img != nil && !q.YRange.Set || q.raster()
	most := min(int(w/(34*pt))+1, 8)
	for {
		q.x.ticks, q.x.factor = ticks(q.x.r, most, wholeX)
		// Labels must not touch: fewer ticks where they are wide.
		if n := len(q.x.ticks); n <= 2 || most <= 2 || (q.x.widest()+8*pt)*float64(n-1) < w {
			break
		}
		most--
	}
	mostY := min(int(h/(26*pt))+1, 7)
	if q.LogY {
		q.y.ticks = logTicks(q.y.r, mostY)
	} else {
		q.y.ticks, q.y.factor = ticks(q.y.r, mostY, wholeY)
	}
}

// need returns the margins, with the ticks found last.
func (q *plot) need() margins {
	m := margins{left: axisWidth, right: axisWidth, top: axisWidth, bottom: axisWidth}
	if q.hasTicks() {
		m.left += tickLength
		m.bottom += tickLength
		if !q.y.bare {
			m.left += tickGap + q.y.widest()
		}
		if !q.x.bare {
			m.bottom += tickGap + tickSize
			// The last label stands out over the end of the axis.
			if n := len(q.x.ticks); n > 0 {
				m.right = math.Max(m.right, textWidth(q.x.ticks[n-1].label, tickSize)/2)
			}
		}
		m.top = math.Max(m.top, tickSize/2)
	}
	if q.YLabel != "" && !q.y.bare {
		m.left += labelGap + labelSize
	}
	if q.XLabel != "" && !q.x.bare {
		m.bottom += labelGap + labelSize
	} else if q.x.factor != "" && !q.x.bare {
		m.bottom += labelSize
	}
	if q.y.factor != "" && !q.y.bare {
		m.top += tickSize + tickGap
	}
	if q.Title != "" {
		m.top += titleGap + titleSize*capHeight
	}
	if q.img != nil && q.ColorBar {
		m.right = math.Max(m.right, barSpace(q.colors, 3*dpi, q.BarLabel))
		m.top = math.Max(m.top, tickSize/2)
		m.bottom = math.Max(m.bottom, tickSize/2)
	}
	if q.legendOutside() {
		m.right += barGap + q.legendSize().w()
	}
	return m
}

// fit sets the place of the data within the area: all of it, or the largest
// part with the aspect that images and Equal ask for.
func (q *plot) fit() {
	q.data = q.area.even()
	switch {
	case q.img != nil && (q.Equal || !q.XRange.Set && !q.YRange.Set):
		cell := math.Min(q.area.w()/float64(q.img.Cols), q.area.h()/float64(q.img.Rows))
		if cell >= 2 && cell < 8 {
			cell = math.Floor(cell) // unequal squares would show where they are small
		}
		q.data = centred(q.area, cell*float64(q.img.Cols), cell*float64(q.img.Rows))
	case q.Equal && !q.LogY:
		unit := math.Min(q.area.w()/q.x.r.Span(), q.area.h()/q.y.r.Span())
		q.data = centred(q.area, unit*q.x.r.Span(), unit*q.y.r.Span())
	}
	q.x.from, q.x.to = q.data.x0, q.data.x1
	q.y.from, q.y.to = q.data.y1, q.data.y0
	if q.img != nil { // row 0 is at the top
		q.y.from, q.y.to = q.data.y0, q.data.y1
	}
}

func centred(in box, w, h float64) box {
	x0, y0 := in.x0+(in.w()-w)/2, in.y0+(in.h()-h)/2
	return box{x0, y0, x0 + w, y0 + h}.even()
}

// drawAxes draws everything around the data.
func (q *plot) drawAxes(c *canvas) {
	d := q.data
	if q.img != nil {
		c.frame(d, axisColor)
	} else {
		c.fill(box{d.x0 - axisWidth, d.y0, d.x0, d.y1 + axisWidth}, axisColor)
		c.fill(box{d.x0 - axisWidth, d.y1, d.x1, d.y1 + axisWidth}, axisColor)
	}
	bottom := d.y1 + axisWidth
	leftmost := d.x0 - axisWidth
	if q.hasTicks() {
		for _, t := range q.x.ticks {
			x := math.Round(q.x.pos(t.at))
			c.fill(box{x - axisWidth/2, bottom, x + axisWidth/2, bottom + tickLength}, axisColor)
			if !q.x.bare {
				c.text(t.label, tickSize, x, bottom+tickLength+tickGap, center, 1, inkColor)
			}
		}
		for _, t := range q.y.ticks {
			y := math.Round(q.y.pos(t.at))
			n := tickLength
			if t.minor {
				n /= 2
			}
			c.fill(box{leftmost - n, y - axisWidth/2, leftmost, y + axisWidth/2}, axisColor)
			if !q.y.bare {
				c.text(t.label, tickSize, leftmost-tickLength-tickGap, y, right, 0.5, inkColor)
			}
		}
		bottom += tickLength
		if !q.x.bare {
			bottom += tickGap + tickSize*capHeight
		}
		leftmost -= tickLength
		if !q.y.bare {
			leftmost -= tickGap + math.Max(q.y.widest(), q.labels)
		}
	}
	if !q.x.bare {
		c.text(q.XLabel, labelSize, (d.x0+d.x1)/2, bottom+labelGap, center, 1, inkColor)
		c.text(q.x.factor, tickSize, d.x1, bottom+labelGap, right, 1, inkColor)
	}
	if !q.y.bare {
		c.vertical(q.YLabel, labelSize, leftmost-labelGap, (d.y0+d.y1)/2, inkColor)
		c.text(q.y.factor, tickSize, d.x0, d.y0-tickGap-tickSize/2, left, 0, inkColor)
	}
	if q.Title != "" {
		top := d.y0 - axisWidth
		if q.y.factor != "" && !q.y.bare {
			top -= tickSize + tickGap
		}
		c.text(q.Title, titleSize, q.titleX(c), top-titleGap, center, 0, inkColor)
	}
}

// titleX is the middle of the title: over the data, moved inwards where the
// title would leave the figure.
func (q *plot) titleX(c *canvas) float64 {
	half := textWidth(q.Title, titleSize)/2 + 2*pt
	x := (q.data.x0 + q.data.x1) / 2
	return math.Max(half, math.Min(x, float64(c.w)-half))
}
