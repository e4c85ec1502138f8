//go:build ignore

// Gen draws the kernel's logo: a spike on the lines of a notebook page. It
// writes logo-svg.svg and, from the same geometry, logo-32x32.png and
// logo-64x64.png.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"strings"
)

// The drawing is 64 × 64 units.
const (
	side   = 64.0
	corner = 13.0
	width  = 4.5 // of the trace
)

var (
	paper = color.NRGBA{0x0b, 0x3c, 0x49, 0xff} // deep teal
	line  = color.NRGBA{0x2b, 0x62, 0x70, 0xff}
	trace = color.NRGBA{0xff, 0xc8, 0x57, 0xff} // amber

	rules  = []float64{20, 32, 44} // heights of the page's lines
	points = [][2]float64{{7, 44}, {20, 44}, {25, 38}, {31, 9}, {37, 54}, {42, 44}, {57, 44}}
)

func main() {
	write("logo-svg.svg", svg())
	for _, size := range []int{32, 64} {
		var b bytes.Buffer
		if err := png.Encode(&b, raster(size)); err != nil {
			log.Fatal(err)
		}
		write(fmt.Sprintf("logo-%dx%d.png", size, size), b.Bytes())
	}
}

func write(name string, b []byte) {
	if err := os.WriteFile(name, b, 0o644); err != nil {
		log.Fatal(err)
	}
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func svg() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\">\n", side, side)
	fmt.Fprintf(&b, "<rect width=\"%g\" height=\"%g\" rx=\"%g\" fill=\"%s\"/>\n", side, side, corner, hex(paper))
	for _, y := range rules {
		fmt.Fprintf(&b, "<path d=\"M7 %gH57\" stroke=\"%s\" stroke-width=\"1.5\"/>\n", y, hex(line))
	}
	b.WriteString("<polyline points=\"")
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%g,%g", p[0], p[1])
	}
	fmt.Fprintf(&b, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n</svg>\n", hex(trace), width)
	return []byte(b.String())
}

// raster averages 8 × 8 samples a pixel.
func raster(size int) image.Image {
	const n = 8
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, a float64
			for sy := range n {
				for sx := range n {
					x := (float64(px) + (float64(sx)+0.5)/n) * side / float64(size)
					y := (float64(py) + (float64(sy)+0.5)/n) * side / float64(size)
					if c, ok := at(x, y); ok {
						r, g, b, a = r+float64(c.R), g+float64(c.G), b+float64(c.B), a+1
					}
				}
			}
			if a > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(r/a + 0.5), uint8(g/a + 0.5), uint8(b/a + 0.5), uint8(255*a/(n*n) + 0.5)})
			}
		}
	}
	return img
}

// at gives the colour of a point; ok is false outside the rounded square.
func at(x, y float64) (c color.NRGBA, ok bool) {
	dx := math.Max(0, math.Abs(x-side/2)-(side/2-corner))
	dy := math.Max(0, math.Abs(y-side/2)-(side/2-corner))
	if math.Hypot(dx, dy) > corner {
		return c, false
	}
	for i := 1; i < len(points); i++ {
		if distance(x, y, points[i-1], points[i]) <= width/2 {
			return trace, true
		}
	}
	for _, r := range rules {
		if math.Abs(y-r) <= 0.75 && x >= 7 && x <= 57 {
			return line, true
		}
	}
	return paper, true
}

// distance is that of (x, y) from the segment a–b.
func distance(x, y float64, a, b [2]float64) float64 {
	ux, uy := b[0]-a[0], b[1]-a[1]
	t := ((x-a[0])*ux + (y-a[1])*uy) / (ux*ux + uy*uy)
	t = math.Max(0, math.Min(1, t))
	return math.Hypot(x-a[0]-t*ux, y-a[1]-t*uy)
}
