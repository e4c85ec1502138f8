package draw

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	idraw "image/draw"
	"image/png"
	"math"
	"strings"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// canvas draws in pixels, x to the right and y down, on gonum's raster canvas.
type canvas struct {
	vg   vgdraw.Canvas
	img  *image.RGBA
	w, h int
}

// parsed reads the font at the first use, not when the program starts.
var parsed = sync.OnceValues(func() (*opentype.Font, error) {
	return opentype.Parse(liberationsansregular.TTF)
})

func newCanvas(w, h int) (*canvas, error) {
	if _, err := parsed(); err != nil {
		return nil, fmt.Errorf("draw: the embedded font cannot be read: %w", err)
	}
	c := vgimg.NewWith(vgimg.UseWH(length(float64(w)), length(float64(h))), vgimg.UseDPI(dpi))
	img, ok := c.Image().(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("draw: the raster canvas holds a %T, want *image.RGBA", c.Image())
	}
	return &canvas{vg: vgdraw.New(c), img: img, w: w, h: h}, nil
}

// length converts pixels to gonum's points.
func length(px float64) vg.Length { return vg.Length(px / pt) }

func (c *canvas) at(x, y float64) vg.Point {
	return vg.Point{X: length(x), Y: length(float64(c.h) - y)}
}

// box is a rectangle in pixels; y0 is the upper side.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) w() float64 { return b.x1 - b.x0 }
func (b box) h() float64 { return b.y1 - b.y0 }

// snap moves the sides of b to whole pixels.
func (b box) snap() box {
	return box{math.Round(b.x0), math.Round(b.y0), math.Round(b.x1), math.Round(b.y1)}
}

// even moves the sides of b to whole pixels of the page, so that a picture at
// single density is crisp too.
func (b box) even() box {
	x0, y0 := 2*math.Round(b.x0/2), 2*math.Round(b.y0/2)
	return box{x0, y0, math.Max(2*math.Round(b.x1/2), x0+2), math.Max(2*math.Round(b.y1/2), y0+2)}
}

func (b box) rect() image.Rectangle {
	s := b.snap()
	return image.Rect(int(s.x0), int(s.y0), int(s.x1), int(s.y1))
}

// fill paints whole pixels, without smoothing at the sides.
func (c *canvas) fill(b box, col color.RGBA) {
	idraw.Draw(c.img, b.rect(), image.NewUniform(premultiply(col)), image.Point{}, idraw.Over)
}

// premultiply turns a colour written with plain alpha into Go's form.
func premultiply(c color.RGBA) color.RGBA {
	a := uint32(c.A)
	return color.RGBA{uint8(uint32(c.R) * a / 255), uint8(uint32(c.G) * a / 255), uint8(uint32(c.B) * a / 255), c.A}
}

// frame draws the four sides of b, of the axes' width, outside b.
func (c *canvas) frame(b box, col color.RGBA) {
	b = b.snap()
	const w = axisWidth
	c.fill(box{b.x0 - w, b.y0 - w, b.x1 + w, b.y0}, col)
	c.fill(box{b.x0 - w, b.y1, b.x1 + w, b.y1 + w}, col)
	c.fill(box{b.x0 - w, b.y0, b.x0, b.y1}, col)
	c.fill(box{b.x1, b.y0, b.x1 + w, b.y1}, col)
}

// pen is how a line is drawn.
type pen struct {
	color  color.RGBA
	width  float64   // pixels
	dashes []float64 // pixels; nil: solid
}

// xy is a position in pixels.
type xy struct{ x, y float64 }

// polyline draws connected points, cut at the sides of clip.
func (c *canvas) polyline(p pen, clip box, pts []xy) {
	if len(pts) < 2 {
		return
	}
	line := make([]vg.Point, len(pts))
	for i, q := range pts {
		line[i] = c.at(q.x, q.y)
	}
	style := vgdraw.LineStyle{Color: p.color, Width: length(p.width)}
	for _, d := range p.dashes {
		style.Dashes = append(style.Dashes, length(d))
	}
	area := c.vg
	lo, hi := c.at(clip.x0, clip.y1), c.at(clip.x1, clip.y0)
	area.Rectangle = vg.Rectangle{Min: lo, Max: hi}
	area.StrokeLines(style, area.ClipLinesXY(line)...)
}

// Places of a text relative to its position: fractions of its width and of the
// height of a capital letter.
const (
	left   = 0.0
	center = 0.5
	right  = 1.0
)

// capHeight is the height of Liberation Sans' capital letters in ems.
const capHeight = 0.729

func face(size float64) font.Face {
	f, _ := parsed() // newCanvas has reported the error
	return font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: length(size)}, Face: f}
}

// textWidth returns the width of s in pixels. The exponent in "×10^3" is
// raised.
func textWidth(s string, size float64) float64 {
	base, sup := splitSuper(s)
	f := face(size)
	w := float64(f.Width(base)) * pt
	if sup != "" {
		g := face(size * superSize)
		w += float64(g.Width(sup)) * pt
	}
	return w
}

const superSize = 0.7

// text draws s so that the point (x, y) lies at the given fractions of its
// width and capital height; ay 0 is the baseline, 1 the top of capitals.
func (c *canvas) text(s string, size, x, y, ax, ay float64, col color.RGBA) {
	if s == "" {
		return
	}
	x -= ax * textWidth(s, size)
	y += ay * capHeight * size
	base, sup := splitSuper(s)
	c.vg.SetColor(col)
	c.vg.FillString(face(size), c.at(x, y), base)
	if sup != "" {
		f := face(size)
		x += float64(f.Width(base)) * pt
		c.vg.FillString(face(size*superSize), c.at(x, y-0.38*size), sup)
	}
}

// vertical draws s upwards, centred at y, its baseline at x.
func (c *canvas) vertical(s string, size, x, y float64, col color.RGBA) {
	if s == "" {
		return
	}
	c.vg.Push()
	c.vg.SetColor(col)
	c.vg.Translate(c.at(x, y+textWidth(s, size)/2))
	c.vg.Rotate(math.Pi / 2)
	c.vg.FillString(face(size), vg.Point{}, s)
	c.vg.Pop()
}

// splitSuper cuts "×10^−3" into "×10" and "−3": a power of ten at the end.
func splitSuper(s string) (base, sup string) {
	const mark = "10^"
	i := strings.LastIndex(s, mark)
	if i < 0 || strings.Trim(s[i+len(mark):], "0123456789−") != "" {
		return s, ""
	}
	return s[:i+len(mark)-1], s[i+len(mark):]
}

// shorten cuts s so that it is no wider than max pixels.
func shorten(s string, size, max float64) string {
	if textWidth(s, size) <= max {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && textWidth(string(r)+"…", size) > max {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// encode returns the canvas as a PNG, with a palette where 256 colours are
// enough, which makes it several times smaller.
func (c *canvas) encode() ([]byte, error) {
	var img image.Image = c.img
	if p := paletted(c.img); p != nil {
		img = p
	}
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("draw: the picture of %d×%d pixels cannot be encoded: %w", c.w, c.h, err)
	}
	return buf.Bytes(), nil
}

// paletted returns img with a palette, or nil if it has over 256 colours.
func paletted(img *image.RGBA) *image.Paletted {
	seen := map[uint32]uint8{}
	var pal color.Palette
	b := img.Bounds()
	out := &image.Paletted{Pix: make([]uint8, b.Dx()*b.Dy()), Stride: b.Dx(), Rect: image.Rect(0, 0, b.Dx(), b.Dy())}
	var lastKey uint32
	var last uint8
	for y := range b.Dy() {
		row := img.Pix[y*img.Stride : y*img.Stride+4*b.Dx()]
		for x := range b.Dx() {
			key := uint32(row[4*x])<<24 | uint32(row[4*x+1])<<16 | uint32(row[4*x+2])<<8 | uint32(row[4*x+3])
			if len(pal) == 0 || key != lastKey {
				k, ok := seen[key]
				if !ok {
					if len(pal) == 256 {
						return nil
					}
					k = uint8(len(pal))
					seen[key] = k
					pal = append(pal, color.RGBA{row[4*x], row[4*x+1], row[4*x+2], row[4*x+3]})
				}
				lastKey, last = key, k
			}
			out.Pix[y*out.Stride+x] = last
		}
	}
	out.Palette = pal
	return out
}
