package draw

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

func (renderer) APNG(film *figure.Film, maxFrames int) ([]byte, error) { return APNG(film, maxFrames) }
func (renderer) Player(film *figure.Film) (string, error)              { return Player(film) }

// reel is a film laid out: one picture without its moving parts, and these.
type reel struct {
	film   *figure.Film
	still  *image.RGBA // the figure with blank images
	frames int
	parts  []part
}

// part is one moving image of a reel.
type part struct {
	img  *figure.Image
	rect image.Rectangle // in pixels of still
	r    figure.Range
}

// newReel lays a film out. Colour ranges that are not set hold the values of
// all frames.
func newReel(film *figure.Film) (*reel, error) {
	if len(film.Frames) == 0 {
		return nil, fmt.Errorf("film%s: has no frames, want at least one; call Add in the loop", named(film.Figure))
	}
	f, images := blankCopy(film)
	c, s, err := render(f)
	if err != nil {
		return nil, err
	}
	rl := &reel{film: film, still: c.img, frames: len(film.Frames)}
	for _, img := range images {
		for _, q := range s.plots {
			if q.img == img {
				rl.parts = append(rl.parts, part{img: img, rect: q.data.rect(), r: q.colors})
			}
		}
	}
	if len(rl.parts) != len(film.Images) {
		return nil, fmt.Errorf("film%s: %d images move, but %d can be seen; put one image into each panel",
			named(film.Figure), len(film.Images), len(rl.parts))
	}
	return rl, nil
}

// blankCopy returns a copy of the film's figure in which the moving images
// have the size and range of the frames, and no data.
func blankCopy(film *figure.Film) (*figure.Figure, []*figure.Image) {
	f := *film.Figure
	f.Panels = nil
	images := make([]*figure.Image, len(film.Images))
	for _, p := range film.Figure.Panels {
		np := *p
		np.Layers = nil
		for _, l := range p.Layers {
			for k, img := range film.Images {
				if l == figure.Layer(img) {
					ni := *img
					ni.Data = nil
					if !ni.Range.Set {
						ni.Range = niceRange(frameRange(film, k), ni.Map)
						ni.Range.Set = true
					}
					images[k] = &ni
					l = &ni
				}
			}
			np.Layers = append(np.Layers, l)
		}
		f.Panels = append(f.Panels, &np)
	}
	return &f, images
}

// frameRange returns the range of image k over all frames.
func frameRange(film *figure.Film, k int) figure.Range {
	var r figure.Range
	for _, frame := range film.Frames {
		for _, v := range frame[k] {
			r.Extend(float64(v))
		}
	}
	return r
}

// indices returns the places in the colour map of image k in a frame, one byte
// per entry, row-major.
// With coarse set only every second place is used.
func (rl *reel) indices(frame, k int, coarse bool, out []uint8) []uint8 {
	out = out[:0]
	r := rl.parts[k].r
	for _, v := range rl.film.Frames[frame][k] {
		i := index(float64(v), r)
		if coarse && i != blank {
			i &^= 1
		}
		out = append(out, i)
	}
	return out
}

// half returns img at half its size, the mean of each 2×2 pixels: one pixel
// per CSS pixel.
func half(img *image.RGBA) *image.RGBA {
	w, h := img.Rect.Dx()/2, img.Rect.Dy()/2
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		a := img.Pix[2*y*img.Stride:]
		b := img.Pix[(2*y+1)*img.Stride:]
		o := out.Pix[y*out.Stride:]
		for x := range w {
			for k := range 4 {
				sum := int(a[8*x+k]) + int(a[8*x+4+k]) + int(b[8*x+k]) + int(b[8*x+4+k])
				o[4*x+k] = uint8((sum + 2) / 4)
			}
		}
	}
	return out
}

// inks is the palette of an animated picture: grays for text, the colours of
// lines, and as many colours of each colour map as there is room for, at most
// a given number.
type inks struct {
	colors color.Palette
	first  map[figure.ColorMap]int // where a map's colours begin
	levels int                     // colours per map
	near   map[color.RGBA]uint8    // colours looked up before
}

func newInks(parts []part, most int) *inks {
	const grays = 32
	k := &inks{first: map[figure.ColorMap]int{}, near: map[color.RGBA]uint8{}}
	for i := range grays {
		v := uint8(i * 255 / (grays - 1))
		k.colors = append(k.colors, color.RGBA{v, v, v, 0xff})
	}
	for _, c := range palette {
		k.colors = append(k.colors, c)
	}
	k.colors = append(k.colors, blankColor)
	var maps []figure.ColorMap
	for _, p := range parts {
		if _, ok := k.first[p.img.Map]; !ok {
			k.first[p.img.Map] = 0
			maps = append(maps, p.img.Map)
		}
	}
	k.levels = min((256-len(k.colors))/max(len(maps), 1), most)
	for _, m := range maps {
		k.first[m] = len(k.colors)
		table := lut(m)
		for i := range k.levels {
			k.colors = append(k.colors, table[int(math.Round(float64(i)*(steps-1)/float64(k.levels-1)))])
		}
	}
	return k
}

// ink returns the place in the palette of index v of colour map m.
func (k *inks) ink(v uint8, m figure.ColorMap) uint8 {
	if v == blank {
		return uint8(32 + len(palette))
	}
	return uint8(k.first[m] + int(math.Round(float64(v)*float64(k.levels-1)/(steps-1))))
}

// nearest returns the place in the palette of the colour most like c.
func (k *inks) nearest(c color.RGBA) uint8 {
	i, ok := k.near[c]
	if !ok {
		i = uint8(k.colors.Index(c))
		k.near[c] = i
	}
	return i
}
