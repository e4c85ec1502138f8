package draw

import (
	"fmt"
	"math"
	"strings"

	"github.com/spikebook/spikebook/display/figure"
	"github.com/spikebook/spikebook/display/internal/port"
)

type renderer struct{}

func init() { port.Draw = renderer{} }

func (renderer) PNG(f *figure.Figure) ([]byte, error) { return PNG(f) }
func (renderer) Size(f *figure.Figure) (width, height int, err error) {
	s, err := layout(f)
	if err != nil {
		return 0, 0, err
	}
	return s.w / figure.Density, s.h / figure.Density, nil
}

func (renderer) Message(text string) []byte { return message(text) }
func (renderer) RGB(c figure.Color) (r, g, b uint8) {
	col := layerColor(c, 0)
	return col.R, col.G, col.B
}

// PNG draws a figure at two pixels per CSS pixel. It fails if the panels do
// not fit into the figure.
func PNG(f *figure.Figure) ([]byte, error) {
	c, _, err := render(f)
	if err != nil {
		return nil, err
	}
	return c.encode()
}

// sheet is a figure laid out: where everything lies.
type sheet struct {
	fig   *figure.Figure
	w, h  int
	plots []*plot
	bar   *plot // the image whose colours the shared bar shows, nil without one
	grid  box   // all data areas
}

// render lays a figure out and draws it.
func render(f *figure.Figure) (*canvas, *sheet, error) {
	s, err := layout(f)
	if err != nil {
		return nil, nil, err
	}
	c, err := newCanvas(s.w, s.h)
	if err != nil {
		return nil, nil, err
	}
	c.text(f.Title, figureSize, float64(s.w)/2, edge+titleGap/2, center, 1, inkColor)
	for _, q := range s.plots {
		q.drawLayers(c)
		q.drawAxes(c)
		if q.img != nil && q.ColorBar && s.bar == nil {
			drawBar(c, q.data, q.colors, q.img.Map, q.BarLabel)
		}
		q.drawLegend(c)
	}
	if s.bar != nil {
		drawBar(c, s.grid, s.bar.colors, s.bar.img.Map, f.BarLabel)
	}
	return c, s, nil
}

// layout finds the place of every panel. All cells of the grid have data areas
// of one size, so that axes stand in line; what surrounds them (labels,
// titles, colour bars) is given the room that the most demanding panel of a
// row or column needs.
func layout(f *figure.Figure) (*sheet, error) {
	s := &sheet{fig: f}
	for _, p := range f.Panels {
		s.plots = append(s.plots, newPlot(p))
	}
	s.share()
	width, height := size(f, s.plots)
	s.w = int(math.Round(width*figure.CSSPerInch)) * figure.Density
	s.h = int(math.Round(height*figure.CSSPerInch)) * figure.Density

	outer := box{edge, edge, float64(s.w) - edge, float64(s.h) - edge}
	if f.Title != "" {
		outer.y0 += figureSize*capHeight + titleGap*1.5
	}
	if s.bar != nil {
		outer.x1 -= barSpace(s.bar.colors, outer.h(), f.BarLabel)
	}
	left, right := make([]float64, f.Cols), make([]float64, f.Cols)
	top, bottom := make([]float64, f.Rows), make([]float64, f.Rows)
	// Ticks depend on the size of the axes and the size on the ticks' labels;
	// the third round changes nothing that can be seen.
	for range 3 {
		cw := (outer.w() - total(left, right)) / float64(f.Cols)
		ch := (outer.h() - total(top, bottom)) / float64(f.Rows)
		if cw < 12*pt || ch < 12*pt {
			return nil, fmt.Errorf("figure%s: %d×%d panels with their labels do not fit into %.3g×%.3g inches; make it larger with Size",
				named(f), f.Rows, f.Cols, width, height)
		}
		for _, q := range s.plots {
			q.area = box{start(outer.x0, q.Col, cw, left, right), start(outer.y0, q.Row, ch, top, bottom), 0, 0}
			q.area.x1 = start(outer.x0, q.Col+q.ColSpan-1, cw, left, right) + cw
			q.area.y1 = start(outer.y0, q.Row+q.RowSpan-1, ch, top, bottom) + ch
			q.fit()
			q.place(q.data.w(), q.data.h())
			if q.makeRoom() {
				q.place(q.data.w(), q.data.h())
			}
		}
		clear(left)
		clear(right)
		clear(top)
		clear(bottom)
		for _, q := range s.plots {
			if s.bar != nil {
				q.ColorBar = false
			}
			m := q.need()
			left[q.Col] = math.Max(left[q.Col], m.left)
			right[q.Col+q.ColSpan-1] = math.Max(right[q.Col+q.ColSpan-1], m.right)
			top[q.Row] = math.Max(top[q.Row], m.top)
			bottom[q.Row+q.RowSpan-1] = math.Max(bottom[q.Row+q.RowSpan-1], m.bottom)
		}
	}
	for _, q := range s.plots {
		for _, p := range s.plots {
			if p.data.x0 == q.data.x0 && p.hasTicks() && !p.y.bare {
				q.labels = math.Max(q.labels, p.y.widest())
			}
		}
	}
	for k, q := range s.plots {
		if k == 0 {
			s.grid = q.data
		}
		s.grid = box{math.Min(s.grid.x0, q.data.x0), math.Min(s.grid.y0, q.data.y0),
			math.Max(s.grid.x1, q.data.x1), math.Max(s.grid.y1, q.data.y1)}
	}
	return s, nil
}

func named(f *figure.Figure) string {
	if f.Name == "" {
		return ""
	}
	return " " + f.Name
}

// total returns the room that margins and the gaps between cells take.
func total(before, after []float64) float64 {
	sum := panelGap * float64(len(before)-1)
	for k := range before {
		sum += before[k] + after[k]
	}
	return sum
}

// start returns where the data area of cell k begins.
func start(from float64, k int, size float64, before, after []float64) float64 {
	for i := range k {
		from += before[i] + size + after[i] + panelGap
	}
	return from + before[k]
}

// share makes ranges common where the figure asks for it, and leaves labels
// out where a neighbour has them.
func (s *sheet) share() {
	if s.fig.SharedBar {
		var r figure.Range
		for _, q := range s.plots {
			if q.img != nil {
				r.Union(q.colors)
				if s.bar == nil {
					s.bar = q
				}
			}
		}
		for _, q := range s.plots {
			q.colors = r
		}
	}
	if s.fig.ShareX {
		join(s.plots, func(q *plot) (*axis, int, int) { return &q.x, q.Col*1000 + q.ColSpan, q.Row })
	}
	if s.fig.ShareY {
		join(s.plots, func(q *plot) (*axis, int, int) { return &q.y, q.Row*1000 + q.RowSpan, -q.Col })
	}
}

// join gives the axes of one group a common range; labels stay at the last one
// of the group.
func join(plots []*plot, axisOf func(*plot) (a *axis, group, place int)) {
	type key struct {
		group int
		log   bool
	}
	ranges := map[key]figure.Range{}
	last := map[int]int{}
	for _, q := range plots {
		a, g, at := axisOf(q)
		k := key{g, a.log}
		r := ranges[k]
		r.Union(a.r)
		ranges[k] = r
		if l, ok := last[g]; !ok || at > l {
			last[g] = at
		}
	}
	for _, q := range plots {
		a, g, at := axisOf(q)
		a.r = ranges[key{g, a.log}]
		a.bare = at != last[g]
	}
}

// size returns the size of a figure in inches. Where none is set it is 6.4×4
// for one plot; grids get less per panel, and images the height that their
// aspect needs.
func size(f *figure.Figure, plots []*plot) (w, h float64) {
	if f.Width > 0 && f.Height > 0 {
		return f.Width, f.Height
	}
	cell := 5.4
	switch {
	case f.Cols == 2:
		cell = 3.6
	case f.Cols > 2:
		cell = math.Max(10/float64(f.Cols)-0.4, 0.8)
	}
	rows := make([]float64, f.Rows)
	for _, q := range plots {
		need := 3.3
		if f.Rows > 1 || f.Cols > 1 {
			need = math.Min(2.2, cell*0.75)
		}
		if q.Equal && q.img == nil && !q.LogY {
			need = math.Max(1, math.Min(cell*q.y.r.Span()/q.x.r.Span(), 4.2))
			if f.Rows == 1 && f.Cols == 1 {
				cell = math.Max(1.5, math.Min(cell, need*q.x.r.Span()/q.y.r.Span()))
			}
		}
		if q.img != nil {
			if q.img.Cols > 0 && !q.XRange.Set && !q.YRange.Set {
				need = cell * float64(q.ColSpan) * float64(q.img.Rows) / float64(q.img.Cols)
			}
			need = math.Max(0.6, math.Min(need, 4.2))
			if f.Rows == 1 && f.Cols == 1 && q.img.Rows > 0 {
				cell = math.Max(1.5, math.Min(cell, need*float64(q.img.Cols)/float64(q.img.Rows)))
			}
		}
		for r := q.Row; r < q.Row+q.RowSpan; r++ {
			rows[r] = math.Max(rows[r], need/float64(q.RowSpan))
		}
	}
	w, h = 0.2, 0.2
	left, right := make([]float64, f.Cols), make([]float64, f.Cols)
	top, bottom := make([]float64, f.Rows), make([]float64, f.Rows)
	for _, q := range plots {
		q.place(cell*dpi, rows[q.Row]*dpi)
		m := q.need()
		left[q.Col] = math.Max(left[q.Col], m.left)
		right[q.Col+q.ColSpan-1] = math.Max(right[q.Col+q.ColSpan-1], m.right)
		top[q.Row] = math.Max(top[q.Row], m.top)
		bottom[q.Row+q.RowSpan-1] = math.Max(bottom[q.Row+q.RowSpan-1], m.bottom)
	}
	w += cell*float64(f.Cols) + total(left, right)/dpi
	h += total(top, bottom) / dpi
	for _, r := range rows {
		h += r
	}
	if f.Title != "" {
		h += 0.4
	}
	return math.Min(w, figure.MaxSide), math.Min(h, figure.MaxSide)
}

// message draws lines of text; it is what stands in for a picture that could
// not be drawn.
func message(text string) []byte {
	const size, row = 11 * pt, 16 * pt
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		lines = append(lines, wrap(l, size, 8*dpi)...)
	}
	if len(lines) > 40 {
		lines = append(lines[:40], "…")
	}
	c, err := newCanvas(int(8*dpi+4*edge), int(row*float64(len(lines))+4*edge))
	if err != nil {
		return nil
	}
	c.frame(box{4, 4, float64(c.w) - 4, float64(c.h) - 4}, errorColor)
	for k, l := range lines {
		c.text(l, size, 2*edge, 2*edge+row*(float64(k)+0.5), left, 0.5, errorColor)
	}
	out, err := c.encode()
	if err != nil {
		return nil
	}
	return out
}

// wrap cuts s at spaces into lines no wider than max pixels.
func wrap(s string, size, max float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = shorten(word, size, max)
		if line != "" && textWidth(line+" "+word, size) > max {
			lines = append(lines, line)
			line = "    "
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
