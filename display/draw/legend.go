package draw

import (
	"image/color"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

const (
	legendSize   = 11 * pt
	legendRow    = 15 * pt
	legendSwatch = 18 * pt
	legendPad    = 5 * pt
)

// labelled returns the layers that the legend lists.
func (q *plot) labelled() []int {
	var list []int
	if q.Legend == figure.LegendNone {
		return nil
	}
	for i, l := range q.Layers {
		if _, image := l.(*figure.Image); l.Look().Label != "" && !image {
			list = append(list, i)
		}
	}
	return list
}

func (q *plot) legendOutside() bool {
	return q.Legend == figure.LegendRight && len(q.labelled()) > 0
}

// legendSize returns the size of the legend, as a box at 0, 0.
func (q *plot) legendSize() box {
	w := 0.0
	list := q.labelled()
	for _, i := range list {
		w = math.Max(w, textWidth(q.Layers[i].Look().Label, legendSize))
	}
	return box{0, 0, w + legendSwatch + 3*legendPad, float64(len(list))*legendRow + legendPad}
}

// drawLegend draws the legend in the corner where it hides least, or outside.
func (q *plot) drawLegend(c *canvas) {
	list := q.labelled()
	if len(list) == 0 {
		return
	}
	size := q.legendSize()
	var at box
	if q.legendOutside() {
		x := q.data.x1 + barGap
		if q.img != nil && q.ColorBar {
			x += barSpace(q.colors, q.data.h(), q.BarLabel)
		}
		at = box{x, q.data.y0, x + size.w(), q.data.y0 + size.h()}
	} else {
		at = q.emptiest(size)
		c.fill(at, color.RGBA{0xff, 0xff, 0xff, 0xd0})
	}
	for row, i := range list {
		y := at.y0 + legendPad/2 + (float64(row)+0.5)*legendRow
		x := at.x0 + legendPad
		q.swatch(c, q.Layers[i], layerColor(q.Layers[i].Look().Color, q.colour[i]), x, y)
		c.text(q.Layers[i].Look().Label, legendSize, x+legendSwatch+legendPad, y, left, 0.5, inkColor)
	}
}

// swatch draws the sample of a layer, centred at height y.
func (q *plot) swatch(c *canvas, l figure.Layer, col color.RGBA, x, y float64) {
	all := box{0, 0, float64(c.w), float64(c.h)}
	p := pen{color: col, width: lineWidth * 1.2}
	switch l := l.(type) {
	case *figure.Series:
		if l.Dashed {
			p.dashes = []float64{5 * pt, 3 * pt}
		}
		c.polyline(p, all, []xy{{x, math.Round(y)}, {x + legendSwatch, math.Round(y)}})
	case *figure.Mark:
		p.dashes = []float64{4 * pt, 3 * pt}
		if !l.Color.RGB && l.Color.Index == 0 {
			p.color = markColor
		}
		c.polyline(p, all, []xy{{x, math.Round(y)}, {x + legendSwatch, math.Round(y)}})
	case *figure.Points:
		c.stamp(dot(6*pt), xy{x + legendSwatch/2, y}, col, all)
	default:
		if _, ok := l.(*figure.Bars); ok && q.several() {
			col.A = overlaid
		}
		c.fill(box{x + 2*pt, y - 4*pt, x + legendSwatch - 2*pt, y + 4*pt}, col)
	}
}

// emptiest returns the corner of the panel that the fewest data cross.
func (q *plot) emptiest(size box) box {
	corners := q.corners(size)
	best, least := 0, math.MaxInt
	for k, b := range corners {
		if n := q.hits(b); n < least {
			best, least = k, n
		}
	}
	return corners[best]
}

// makeRoom widens the y axis upwards where the legend would hide data in every
// corner, at most by half. It reports whether it did.
func (q *plot) makeRoom() bool {
	if q.grown || q.YRange.Set || q.LogY || q.img != nil || q.Equal || q.legendOutside() || len(q.labelled()) == 0 {
		return false
	}
	size := q.legendSize()
	for _, b := range q.corners(size) {
		if q.hits(b) == 0 {
			return false
		}
	}
	h := size.h() + 6*pt
	if h > 0.42*q.data.h() {
		return false
	}
	q.grown = true
	q.y.r.Hi += q.y.r.Span() * h / (q.data.h() - h)
	return true
}

// corners returns the places of a legend inside, in the order of preference.
func (q *plot) corners(size box) []box {
	d := q.data
	m := 4 * pt
	return []box{
		{d.x1 - m - size.w(), d.y0 + m, d.x1 - m, d.y0 + m + size.h()},
		{d.x0 + m, d.y0 + m, d.x0 + m + size.w(), d.y0 + m + size.h()},
		{d.x1 - m - size.w(), d.y1 - m - size.h(), d.x1 - m, d.y1 - m},
		{d.x0 + m, d.y1 - m - size.h(), d.x0 + m + size.w(), d.y1 - m},
	}
}

// hits counts data inside b, of a sample of each layer.
func (q *plot) hits(b box) int {
	n := 0
	in := func(x, y float64) {
		if x >= b.x0 && x <= b.x1 && y >= b.y0 && y <= b.y1 {
			n++
		}
	}
	each := func(xs, ys []float64) {
		stride := len(xs)/2000 + 1
		for k := 0; k < len(xs); k += stride {
			x, y := q.x.pos(xs[k]), q.y.pos(ys[k])
			in(x, y)
			if next := k + stride; next < len(xs) && len(xs) < 200 { // along the line as well
				x2, y2 := q.x.pos(xs[next]), q.y.pos(ys[next])
				for s := 1.0; s < 32; s++ {
					in(x+(x2-x)*s/32, y+(y2-y)*s/32)
				}
			}
		}
	}
	for _, l := range q.Layers {
		switch l := l.(type) {
		case *figure.Series:
			each(l.X, l.Y)
		case *figure.Points:
			each(l.X, l.Y)
		case *figure.Spikes:
			each(l.T, l.N)
		case *figure.Mark:
			if l.Vertical {
				each([]float64{l.At, l.At}, []float64{q.y.r.Lo, q.y.r.Hi})
			} else {
				each([]float64{q.x.r.Lo, q.x.r.Hi}, []float64{l.At, l.At})
			}
		case *figure.Bars:
			for k, h := range l.Counts {
				x0, x1 := q.x.pos(l.Edges[k]), q.x.pos(l.Edges[k+1])
				if x1 >= b.x0 && x0 <= b.x1 && q.y.pos(h) <= b.y1 {
					n += 5
				}
			}
		}
	}
	return n
}
