package draw

import (
	"image/color"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// drawLayers draws the data of a panel, in order.
func (q *plot) drawLayers(c *canvas) {
	for i, l := range q.Layers {
		col := layerColor(l.Look().Color, q.colour[i])
		switch l := l.(type) {
		case *figure.Image:
			q.drawImage(c, l)
		case *figure.Series:
			q.drawSeries(c, l, col)
		case *figure.Bars:
			q.drawBars(c, l, col)
		case *figure.Points:
			q.drawPoints(c, l, col)
		case *figure.Spikes:
			q.drawSpikes(c, l, col)
		case *figure.Mark:
			q.drawMark(c, l)
		}
	}
}

// drawImage fills the data area with the squares of a matrix. Where several
// entries fall on one pixel, it shows their mean.
func (q *plot) drawImage(c *canvas, l *figure.Image) {
	if len(l.Data) != l.Rows*l.Cols || l.Rows == 0 || l.Cols == 0 {
		return // a film's frame fills it
	}
	table := lut(l.Map)
	r := colorRange(l)
	if l == q.img {
		r = q.colors
	}
	b := q.data.rect()
	w, h := b.Dx(), b.Dy()
	for py := range h {
		i0, i1 := share(py, h, l.Rows)
		row := c.img.Pix[c.img.PixOffset(b.Min.X, b.Min.Y+py):]
		if py > 0 && i1 == i0+1 {
			if j0, j1 := share(py-1, h, l.Rows); j0 == i0 && j1 == i1 { // the same row of squares
				copy(row[:4*w], c.img.Pix[c.img.PixOffset(b.Min.X, b.Min.Y+py-1):])
				continue
			}
		}
		for px := range w {
			j0, j1 := share(px, w, l.Cols)
			v := l.Data[i0*l.Cols+j0]
			if i1-i0 > 1 || j1-j0 > 1 {
				v = mean(l, i0, i1, j0, j1)
			}
			col := table[index(v, r)]
			row[4*px], row[4*px+1], row[4*px+2], row[4*px+3] = col.R, col.G, col.B, 0xff
		}
	}
	q.drawBlocks(c, l)
}

// share returns the entries lo to hi-1, of n, that fall on pixel p of size.
func share(p, size, n int) (lo, hi int) {
	lo = p * n / size
	hi = (p + 1) * n / size
	return lo, max(hi, lo+1)
}

func mean(l *figure.Image, i0, i1, j0, j1 int) float64 {
	sum, n := 0.0, 0
	for i := i0; i < i1; i++ {
		for j := j0; j < j1; j++ {
			if v := l.Data[i*l.Cols+j]; !math.IsNaN(v) {
				sum += v
				n++
			}
		}
	}
	return sum / float64(n) // NaN for none
}

// drawBlocks draws the lines between receptive fields.
func (q *plot) drawBlocks(c *canvas, l *figure.Image) {
	if l.BlockRows == 0 || l.BlockCols == 0 {
		return
	}
	col := color.RGBA{0x80, 0x80, 0x80, 0xb0}
	d := q.data.snap()
	for i := l.BlockRows; i < l.Rows; i += l.BlockRows {
		y := math.Round(d.y0 + d.h()*float64(i)/float64(l.Rows))
		c.fill(box{d.x0, y - 1, d.x1, y + 1}, col)
	}
	for j := l.BlockCols; j < l.Cols; j += l.BlockCols {
		x := math.Round(d.x0 + d.w()*float64(j)/float64(l.Cols))
		c.fill(box{x - 1, d.y0, x + 1, d.y1}, col)
	}
}

func (q *plot) drawSeries(c *canvas, l *figure.Series, col color.RGBA) {
	p := pen{color: col, width: lineWidth}
	if l.Width > 0 {
		p.width = l.Width * pt
	}
	if l.Dashed {
		p.dashes = []float64{5 * pt, 3 * pt}
	}
	clip := q.data
	clip.y0 -= p.width / 2 // half of a line along the border
	var run []xy
	flush := func() {
		switch len(run) {
		case 0:
		case 1: // a single value between gaps
			c.stamp(dot(p.width*1.5), run[0], col, q.data)
		default:
			c.polyline(p, clip, thin(run))
		}
		run = run[:0]
	}
	for k := range l.X {
		x, y := q.x.pos(l.X[k]), q.y.pos(l.Y[k])
		if math.IsNaN(x+y) || math.IsInf(x+y, 0) {
			flush()
			continue
		}
		// Far away points would overflow the rasteriser's fixed point.
		x, y = near(x, q.data.x0, q.data.x1), near(y, q.data.y0, q.data.y1)
		if l.Steps && len(run) > 0 {
			run = append(run, xy{x, run[len(run)-1].y})
		}
		run = append(run, xy{x, y})
	}
	if n := len(l.X); l.Steps && n > 1 && len(run) > 0 {
		if x := q.x.pos(2*l.X[n-1] - l.X[n-2]); !math.IsNaN(x) && !math.IsInf(x, 0) {
			run = append(run, xy{near(x, q.data.x0, q.data.x1), run[len(run)-1].y})
		}
	}
	flush()
}

// near moves v to within ten widths of the interval.
func near(v, lo, hi float64) float64 {
	d := 10 * (hi - lo)
	return math.Max(lo-d, math.Min(v, hi+d))
}

// thin reduces a line of many points to at most four per column of pixels:
// the first, the lowest, the highest and the last, which look the same. Lines
// that run back and forth are left alone.
func thin(pts []xy) []xy {
	if len(pts) < 4000 {
		return pts
	}
	out := make([]xy, 0, 4096)
	for k := 0; k < len(pts); {
		col := math.Floor(pts[k].x)
		low, high, end := k, k, k
		for end < len(pts) && math.Floor(pts[end].x) == col {
			if pts[end].y < pts[low].y {
				low = end
			}
			if pts[end].y > pts[high].y {
				high = end
			}
			end++
		}
		if end < len(pts) && pts[end].x < col {
			return pts
		}
		out = append(out, pts[k])
		a, b := min(low, high), max(low, high)
		for _, i := range []int{a, b} {
			if i != k && i != end-1 {
				out = append(out, pts[i])
			}
		}
		if end-1 != k {
			out = append(out, pts[end-1])
		}
		k = end
	}
	return out
}

// overlaid is the opacity of histograms that show through each other.
const overlaid = 0x90

func (q *plot) drawBars(c *canvas, l *figure.Bars, col color.RGBA) {
	shade := col
	if q.several() {
		shade.A = overlaid
	}
	base := q.data.y1
	if !q.LogY {
		base = math.Min(math.Max(q.y.pos(0), q.data.y0), q.data.y1)
	}
	for k, n := range l.Counts {
		if !(n > 0) && (q.LogY || n == 0) {
			continue
		}
		b := box{q.x.pos(l.Edges[k]), q.y.pos(n), q.x.pos(l.Edges[k+1]), base}.snap()
		if b.w() >= 8 {
			b.x1-- // a hair between neighbours
			b.x0++
		}
		c.fill(clipBox(b, q.data), shade)
	}
}

func (q *plot) several() bool {
	n := 0
	for _, l := range q.Layers {
		if _, ok := l.(*figure.Bars); ok {
			n++
		}
	}
	return n > 1
}

func clipBox(b, in box) box {
	return box{math.Max(b.x0, in.x0), math.Max(b.y0, in.y0), math.Min(b.x1, in.x1), math.Min(b.y1, in.y1)}
}

func (q *plot) drawPoints(c *canvas, l *figure.Points, col color.RGBA) {
	d := dotDiameter
	if l.Diameter > 0 {
		d = l.Diameter * pt
	}
	if len(l.X) > 300 {
		col.A = 0xb0 // a cloud shows where it is dense
	}
	m := dot(d)
	reach := box{q.data.x0 - d/2, q.data.y0 - d/2, q.data.x1 + d/2, q.data.y1 + d/2}
	for k := range l.X {
		x, y := q.x.pos(l.X[k]), q.y.pos(l.Y[k])
		if x >= q.data.x0 && x <= q.data.x1 && y >= q.data.y0 && y <= q.data.y1 {
			c.stamp(m, xy{x, y}, col, reach)
		}
	}
}

// mask is the coverage, 0 to 255, of a small round dot.
type mask struct {
	size  int
	cover []uint8
}

// dot makes a disc of the given diameter in pixels, by 8×8 samples a pixel.
func dot(diameter float64) mask {
	n := int(math.Ceil(diameter)) | 1 // odd: it has a middle pixel
	m := mask{size: n, cover: make([]uint8, n*n)}
	mid, r2 := float64(n)/2, diameter*diameter/4
	for y := range n {
		for x := range n {
			hits := 0
			for s := range 64 {
				dx := float64(x) + (float64(s%8)+0.5)/8 - mid
				dy := float64(y) + (float64(s/8)+0.5)/8 - mid
				if dx*dx+dy*dy <= r2 {
					hits++
				}
			}
			m.cover[y*n+x] = uint8(hits * 255 / 64)
		}
	}
	return m
}

// stamp paints m centred at p, cut at the sides of clip.
func (c *canvas) stamp(m mask, p xy, col color.RGBA, clip box) {
	r := clip.rect().Intersect(c.img.Rect)
	x0, y0 := int(math.Floor(p.x))-m.size/2, int(math.Floor(p.y))-m.size/2
	for y := max(0, r.Min.Y-y0); y < m.size && y0+y < r.Max.Y; y++ {
		for x := max(0, r.Min.X-x0); x < m.size && x0+x < r.Max.X; x++ {
			if a := uint32(m.cover[y*m.size+x]) * uint32(col.A) / 255; a > 0 {
				i := c.img.PixOffset(x0+x, y0+y)
				pix := c.img.Pix[i : i+4]
				pix[0] = uint8((uint32(col.R)*a + uint32(pix[0])*(255-a)) / 255)
				pix[1] = uint8((uint32(col.G)*a + uint32(pix[1])*(255-a)) / 255)
				pix[2] = uint8((uint32(col.B)*a + uint32(pix[2])*(255-a)) / 255)
				pix[3] = 0xff
			}
		}
	}
}

// drawSpikes writes the ticks of a raster straight into the pixels, so that a
// hundred thousand of them take milliseconds.
func (q *plot) drawSpikes(c *canvas, l *figure.Spikes, col color.RGBA) {
	b := q.data.rect().Intersect(c.img.Rect)
	rowHeight := math.Abs(q.y.to-q.y.from) / math.Max(q.y.r.Span(), 1)
	h := int(math.Max(2, math.Min(math.Round(rowHeight*0.8), 16*pt)))
	w := 2
	if len(l.T) < 2000 && h > 6 {
		w = 3
	}
	for k := range l.T {
		if l.T[k] < q.x.r.Lo || l.T[k] > q.x.r.Hi || l.N[k] < q.y.r.Lo || l.N[k] > q.y.r.Hi {
			continue
		}
		x0 := int(math.Round(q.x.pos(l.T[k]))) - w/2
		y0 := int(math.Round(q.y.pos(l.N[k]) - float64(h)/2))
		for y := max(y0, b.Min.Y); y < min(y0+h, b.Max.Y); y++ {
			for x := max(x0, b.Min.X); x < min(x0+w, b.Max.X); x++ {
				i := c.img.PixOffset(x, y)
				c.img.Pix[i], c.img.Pix[i+1], c.img.Pix[i+2] = col.R, col.G, col.B
			}
		}
	}
}

func (q *plot) drawMark(c *canvas, l *figure.Mark) {
	col := markColor
	if l.Color.RGB || l.Color.Index > 0 {
		col = layerColor(l.Color, 0)
	}
	p := pen{color: col, width: 1.2 * pt, dashes: []float64{4 * pt, 3 * pt}}
	if l.Vertical {
		x := math.Round(q.x.pos(l.At))
		c.polyline(p, q.data, []xy{{x, q.data.y1}, {x, q.data.y0}})
		return
	}
	y := math.Round(q.y.pos(l.At))
	c.polyline(p, q.data, []xy{{q.data.x0, y}, {q.data.x1, y}})
}
