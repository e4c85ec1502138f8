package draw

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"math"

	"github.com/spikebook/spikebook/display/figure"
)

// APNG draws a film as an animated PNG, one pixel per CSS pixel, that runs for
// ever. With maxFrames above 0 it takes at most so many frames, evenly spread,
// and shows each for accordingly longer.
//
// The format (W3C, PNG third edition, 2025, §11.3.6): the first frame is an
// ordinary PNG; chunk acTL before it counts the frames; a chunk fcTL before
// each frame gives its place and duration; further frames are zlib streams in
// chunks fdAT that begin with a sequence number.
func APNG(film *figure.Film, maxFrames int) ([]byte, error) {
	rl, err := newReel(film)
	if err != nil {
		return nil, err
	}
	return rl.apng(maxFrames, steps)
}

// apng draws at most maxFrames frames with at most levels colours of each map.
func (rl *reel) apng(maxFrames, levels int) ([]byte, error) {
	n := rl.frames
	if maxFrames > 0 && n > maxFrames {
		n = maxFrames
	}
	still := half(rl.still)
	k := newInks(rl.parts, levels)
	base := image.NewPaletted(still.Rect, k.colors)
	for y := range still.Rect.Dy() {
		for x := range still.Rect.Dx() {
			base.Pix[y*base.Stride+x] = k.nearest(still.RGBAAt(x, y))
		}
	}
	region := image.Rectangle{}
	for _, p := range rl.parts {
		region = region.Union(halfRect(p.rect))
	}
	out := apngWriter{frames: n, level: zlib.DefaultCompression}
	if levels < steps {
		out.level = zlib.BestCompression // the small form, for a page
	}
	var buf []uint8
	duration := rl.film.Interval * float64(rl.frames) / float64(n)
	for i := range n {
		frame := i * rl.frames / n
		for j, p := range rl.parts {
			buf = rl.indices(frame, j, false, buf)
			paint(base, halfRect(p.rect), p.img, buf, k)
		}
		at := region
		if i == 0 {
			at = base.Rect
		}
		if err := out.add(base.SubImage(at).(*image.Paletted), duration); err != nil {
			return nil, fmt.Errorf("film%s: frame %d cannot be encoded: %w", named(rl.film.Figure), frame, err)
		}
	}
	return out.finish(), nil
}

func halfRect(r image.Rectangle) image.Rectangle {
	return image.Rect((r.Min.X+1)/2, (r.Min.Y+1)/2, r.Max.X/2, r.Max.Y/2)
}

// paint writes an image given as colour indices into dst.
func paint(dst *image.Paletted, at image.Rectangle, img *figure.Image, idx []uint8, k *inks) {
	var table [256]uint8
	for v := range table {
		table[v] = k.ink(uint8(v), img.Map)
	}
	w, h := at.Dx(), at.Dy()
	for y := range h {
		src := idx[y*img.Rows/h*img.Cols:]
		row := dst.Pix[dst.PixOffset(at.Min.X, at.Min.Y+y):]
		for x := range w {
			row[x] = table[src[x*img.Cols/w]]
		}
	}
	if img.BlockRows > 0 && img.BlockCols > 0 {
		line := k.nearest(color.RGBA{0x80, 0x80, 0x80, 0xff})
		for i := img.BlockRows; i < img.Rows; i += img.BlockRows {
			row := dst.Pix[dst.PixOffset(at.Min.X, at.Min.Y+i*h/img.Rows):]
			for x := range w {
				row[x] = line
			}
		}
		for j := img.BlockCols; j < img.Cols; j += img.BlockCols {
			for y := range h {
				dst.Pix[dst.PixOffset(at.Min.X+j*w/img.Cols, at.Min.Y+y)] = line
			}
		}
	}
}

// apngWriter writes pictures of one palette as an animated PNG.
type apngWriter struct {
	frames int // how many will be added
	level  int // of compression, as in package zlib
	seq    uint32
	buf    bytes.Buffer
	pixels bytes.Buffer
	z      *zlib.Writer
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// add appends a frame, which lies where its bounds say and is shown for ms
// milliseconds. The first frame must cover the whole picture.
func (a *apngWriter) add(img *image.Paletted, ms float64) error {
	pixels, err := a.deflate(img)
	if err != nil {
		return err
	}
	if a.seq > 0 {
		a.control(img.Rect, ms)
		a.chunk("fdAT", append(a.next(), pixels...))
		return nil
	}
	a.buf.WriteString(pngMagic)
	head := binary.BigEndian.AppendUint32(nil, uint32(img.Rect.Dx()))
	head = binary.BigEndian.AppendUint32(head, uint32(img.Rect.Dy()))
	a.chunk("IHDR", append(head, 8, 3, 0, 0, 0)) // 8 bits, palette
	count := binary.BigEndian.AppendUint32(nil, uint32(a.frames))
	a.chunk("acTL", binary.BigEndian.AppendUint32(count, 0)) // 0: for ever
	var pal []byte
	for _, c := range img.Palette {
		r, g, b, _ := c.RGBA()
		pal = append(pal, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	a.chunk("PLTE", pal)
	a.control(img.Rect, ms)
	a.chunk("IDAT", pixels)
	return nil
}

// deflate returns the zlib stream of a picture. A row like the one above it is
// stored as differences, all zero: an image enlarged tenfold has nine such rows
// of ten. (The encoder of image/png stores palette rows as they are, and makes
// such pictures three times larger.)
func (a *apngWriter) deflate(img *image.Paletted) ([]byte, error) {
	a.pixels.Reset()
	if a.z == nil {
		var err error
		if a.z, err = zlib.NewWriterLevel(&a.pixels, a.level); err != nil {
			return nil, err
		}
	} else {
		a.z.Reset(&a.pixels)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	same := make([]byte, w+1)
	same[0] = 2 // filter "up"
	var above []byte
	for y := range h {
		row := img.Pix[y*img.Stride : y*img.Stride+w]
		var err error
		if y > 0 && bytes.Equal(row, above) {
			_, err = a.z.Write(same)
		} else if _, err = a.z.Write([]byte{0}); err == nil {
			_, err = a.z.Write(row)
		}
		if err != nil {
			return nil, err
		}
		above = row
	}
	if err := a.z.Close(); err != nil {
		return nil, err
	}
	return a.pixels.Bytes(), nil
}

// control writes the chunk fcTL of a frame.
func (a *apngWriter) control(at image.Rectangle, ms float64) {
	b := a.next()
	for _, v := range []int{at.Dx(), at.Dy(), at.Min.X, at.Min.Y} {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(math.Max(1, math.Min(math.Round(ms), 65535))))
	b = binary.BigEndian.AppendUint16(b, 1000) // of a second
	a.chunk("fcTL", append(b, 0, 0))           // the picture stays, and is overwritten
}

func (a *apngWriter) next() []byte {
	b := binary.BigEndian.AppendUint32(nil, a.seq)
	a.seq++
	return b
}

func (a *apngWriter) chunk(kind string, data []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(data)))
	a.buf.Write(n[:])
	sum := crc32.NewIEEE()
	sum.Write([]byte(kind))
	sum.Write(data)
	a.buf.WriteString(kind)
	a.buf.Write(data)
	binary.BigEndian.PutUint32(n[:], sum.Sum32())
	a.buf.Write(n[:])
}

func (a *apngWriter) finish() []byte {
	a.chunk("IEND", nil)
	return a.buf.Bytes()
}
