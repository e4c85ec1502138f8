package draw

import (
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// barTicks returns the ticks of a colour bar of the given height in pixels.
func barTicks(r figure.Range, height float64) ([]tick, string) {
	return ticks(r, min(int(height/(30*pt))+1, 6), false)
}

// barSpace returns the width that a colour bar needs right of the image.
func barSpace(r figure.Range, height float64, label string) float64 {
	list, factor := barTicks(r, height)
	widest := textWidth(factor, tickSize) - barWidth
	for _, t := range list {
		widest = math.Max(widest, textWidth(t.label, tickSize))
	}
	w := barGap + barWidth + axisWidth + tickLength + tickGap + widest
	if label != "" {
		w += labelGap + labelSize*0.9
	}
	return w
}

// drawBar draws a colour bar right of b, as high as b.
func drawBar(c *canvas, b box, r figure.Range, m figure.ColorMap, label string) {
	b = b.snap()
	bar := box{b.x1 + math.Round(barGap), b.y0, b.x1 + math.Round(barGap) + math.Round(barWidth), b.y1}
	table := lut(m)
	rows := int(bar.h())
	for k := range rows {
		v := 1 - (float64(k)+0.5)/float64(rows)
		c.fill(box{bar.x0, bar.y0 + float64(k), bar.x1, bar.y0 + float64(k) + 1}, table[uint8(v*(steps-1)+0.5)])
	}
	c.frame(bar, axisColor)
	a := axis{r: r, from: bar.y1, to: bar.y0}
	a.ticks, a.factor = barTicks(r, bar.h())
	x := bar.x1 + axisWidth
	for _, t := range a.ticks {
		y := math.Round(a.pos(t.at))
		c.fill(box{x, y - axisWidth/2, x + tickLength, y + axisWidth/2}, axisColor)
		c.text(t.label, tickSize, x+tickLength+tickGap, y, left, 0.5, inkColor)
	}
	c.text(a.factor, tickSize, bar.x0, bar.y0-tickGap-axisWidth, left, 0, inkColor)
	if label != "" {
		c.vertical(label, labelSize, x+tickLength+tickGap+a.widest()+labelGap+labelSize*0.75, (bar.y0+bar.y1)/2, inkColor)
	}
}
