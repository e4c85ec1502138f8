package main

import (
	"bytes"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/spikebook/spikebook/kernel/worker/render"
)

// Size of a plot in a notebook, in CSS pixels of 1/96 inch, and the points in one.
const (
	plotWidth  = 480
	plotHeight = 320
	cssPixel   = 0.75 * vg.Length(1)
)

func init() { render.AddPicture(plotPicture) }

// plotPicture draws a plot of gonum/plot, at double density.
func plotPicture(v any) render.Picture {
	p, ok := v.(interface{ Draw(draw.Canvas) })
	if !ok {
		return nil
	}
	return func() ([]byte, int, int, error) {
		c := vgimg.NewWith(vgimg.UseWH(plotWidth*cssPixel, plotHeight*cssPixel), vgimg.UseDPI(2*96))
		p.Draw(draw.New(c))
		var b bytes.Buffer
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(&b)
		return b.Bytes(), plotWidth, plotHeight, err
	}
}
