package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spikebook/spikebook/kernel/worker/render"
)

// plotted draws as a plot of gonum does, which this module need not link here.
type plotted struct{ size *vg.Point }

func (p plotted) Draw(c draw.Canvas) { *p.size = c.Size() }

func TestAPlotIsShownAsAPicture(t *testing.T) {
	var size vg.Point
	data, metadata := render.Bundle(&plotted{&size})
	raw, err := base64.StdEncoding.DecodeString(fmt.Sprint(data["image/png"]))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil || img.Width != 2*plotWidth || img.Height != 2*plotHeight {
		t.Errorf("picture %v, %v; want %d×%d", img, err, 2*plotWidth, 2*plotHeight)
	}
	if size.X != plotWidth*cssPixel || size.Y != plotHeight*cssPixel {
		t.Errorf("canvas %v", size)
	}
	if got := fmt.Sprint(metadata["image/png"]) + fmt.Sprint(data["text/plain"]); got != "map[height:320 width:480]*main.plotted" {
		t.Errorf("metadata and text: %s", got)
	}
}
