package display_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/display"
)

// filmOf returns a film of n frames with images of 8×8, 4×8 and 32×64 values
// that change as the weights of a network do that learns: each frame, a few
// receptive fields move a little, most do not.
func filmOf(n int) *display.Film {
	fig := display.Grid(2, 2).Size(8, 8)
	fig.At(0, 0).Image(nil, display.Gray).Title("Input")
	fig.At(0, 1).Image(nil, display.Gray).Title("Feature")
	fig.Span(1, 0, 1, 2).Image(nil, display.Gray).Range(0, 0.3).Title("Receptive fields").ColorBar()
	film := display.NewFilm(fig)
	r := rand.New(rand.NewPCG(1, 1))
	noise := func(rows, cols int, top float64) [][]float64 {
		m := make([][]float64, rows)
		for i := range m {
			m[i] = make([]float64, cols)
			for j := range m[i] {
				m[i][j] = top * r.Float64()
			}
		}
		return m
	}
	fields := noise(32, 64, 0.3)
	for range n {
		in, features := noise(8, 8, 1), noise(4, 8, 1)
		for i := range in {
			for j := range in[i] {
				in[i][j] = math.Round(in[i][j])
			}
		}
		for range 10 { // ten fields learn
			a, b := 8*r.IntN(4), 8*r.IntN(8)
			for i := range 8 {
				for j := range 8 {
					fields[a+i][b+j] = math.Abs(fields[a+i][b+j] + 0.01*r.NormFloat64())
				}
			}
		}
		film.Add(in, features, fields)
	}
	return film
}

// A thousand frames of 8×8, 8×4 and 64×32 values must stay below 1.5 MB, the
// aim of the bar-learning tutorial.
func TestPlayerSize(t *testing.T) {
	html := filmOf(1000).HTML()
	if len(html) > 1_500_000 {
		t.Errorf("the player of 1,000 frames has %d bytes, want at most 1,500,000", len(html))
	}
	t.Logf("1,000 frames: %d bytes", len(html))
}

type playerData struct {
	Width, Height, Frames int
	Interval              float64
	Colors                map[string][]uint32
	Parts                 []struct {
		Rows, Cols, X, Y, W, H int
		Map                    string
	}
	Data string
}

func readPlayer(t *testing.T, html string) (d playerData, values [][]uint8) {
	t.Helper()
	text := regexp.MustCompile(`const film = (.*);\n`).FindStringSubmatch(html)
	if text == nil {
		t.Fatal("the player has no data")
	}
	if err := json.Unmarshal([]byte(text[1]), &d); err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Parts {
		size := p.Rows * p.Cols
		if len(all) < size*d.Frames {
			t.Fatalf("the data end early")
		}
		v := all[:size*d.Frames]
		for i := size; i < len(v); i++ {
			v[i] += v[i-size]
		}
		values = append(values, v)
		all = all[size*d.Frames:]
	}
	if len(all) != 0 {
		t.Errorf("%d bytes are left over", len(all))
	}
	return d, values
}

// The player holds every value of every frame, as a place in the colour map.
func TestPlayerHoldsTheFrames(t *testing.T) {
	fig := display.Grid(1, 2)
	fig.At(0, 0).Image(nil, display.Viridis).Range(0, 254)
	fig.At(0, 1).Image(nil, display.Gray) // range of all frames: 0 to 12
	film := display.NewFilm(fig).Interval(40 * time.Millisecond)
	for k := range 5 {
		film.Add([][]int{{k, 10 * k, 50 * k}, {300, -1, 254}}, [][]float64{{0}, {3 * float64(k)}})
	}
	if err := film.Err(); err != nil {
		t.Fatal(err)
	}
	d, values := readPlayer(t, film.HTML())
	if d.Frames != 5 || d.Interval != 40 || len(d.Parts) != 2 || d.Parts[0].Rows != 2 || d.Parts[0].Cols != 3 {
		t.Fatalf("the player's head is %+v", d)
	}
	for k := range 5 {
		want := []uint8{uint8(k), uint8(10 * k), uint8(50 * k), 254, 0, 254}
		if got := values[0][6*k : 6*k+6]; !bytes.Equal(got, want) {
			t.Errorf("frame %d: image 0 has %v, want %v", k, got, want)
		}
		if got, want := values[1][2*k+1], uint8(math.Round(254*float64(k)/4)); got != want {
			t.Errorf("frame %d: image 1 has %d, want %d", k, got, want)
		}
	}
	if n := len(d.Colors["viridis"]); n != 256 {
		t.Errorf("the colour map has %d colours, want 256", n)
	}
	if c := d.Colors["gray"][254]; c != 0xffffffff {
		t.Errorf("the last gray is %x, want white", c)
	}
}

// The block stands alone: no reference leaves the page, and what it shows
// without a script is a picture.
func TestPlayerIsSelfContained(t *testing.T) {
	html := filmOf(3).HTML()
	if m := regexp.MustCompile(`(src|href)="[^d#]|https?://|import\(`).FindString(html); m != "" {
		t.Errorf("the player refers to something outside: %q", m)
	}
	img := regexp.MustCompile(`<img [^>]*src="data:image/png;base64,([^"]+)"`).FindStringSubmatch(html)
	if img == nil {
		t.Fatal("the player has no picture")
	}
	data, err := base64.StdEncoding.DecodeString(img[1])
	if err != nil {
		t.Fatal(err)
	}
	if got := len(readAPNG(t, data).frames); got != 3 {
		t.Errorf("the picture has %d frames, want 3", got)
	}
}

// apng is an animated PNG taken apart.
type apng struct {
	frames []frame
	loops  uint32
}

type frame struct {
	w, h, x, y, num, den int
	pix                  []uint8 // palette indices of the whole picture after the frame
	color                func(i int) [3]uint8
}

// readAPNG is a second implementation of the format, strict about order,
// sequence numbers, checksums and sizes. It knows 8-bit palettes and the
// filters that do not look sideways.
func readAPNG(t *testing.T, data []byte) apng {
	t.Helper()
	if !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		t.Fatal("not a PNG")
	}
	var a apng
	var pal, packed []byte
	var width, height, seq, want int
	var canvas []uint8
	kinds := ""
	finish := func() {
		if packed == nil {
			return
		}
		f := &a.frames[len(a.frames)-1]
		z, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil || len(raw) != f.h*(f.w+1) {
			t.Fatalf("frame %d has %d bytes, want %d: %v", len(a.frames), len(raw), f.h*(f.w+1), err)
		}
		above := make([]byte, f.w)
		for y := range f.h {
			row := raw[y*(f.w+1)+1 : (y+1)*(f.w+1)]
			switch raw[y*(f.w+1)] {
			case 0:
			case 2:
				for x := range row {
					row[x] += above[x]
				}
			default:
				t.Fatalf("filter %d", raw[y*(f.w+1)])
			}
			above = row
			copy(canvas[(f.y+y)*width+f.x:], row)
		}
		f.pix = bytes.Clone(canvas)
		f.color = func(i int) [3]uint8 { return [3]uint8(pal[3*i : 3*i+3]) }
		packed = nil
	}
	next := func(b []byte) {
		if got := int(binary.BigEndian.Uint32(b)); got != seq {
			t.Fatalf("sequence number %d, want %d", got, seq)
		}
		seq++
	}
	for p := 8; p < len(data); {
		n := int(binary.BigEndian.Uint32(data[p:]))
		kind, body := string(data[p+4:p+8]), data[p+8:p+8+n]
		if crc32.ChecksumIEEE(data[p+4:p+8+n]) != binary.BigEndian.Uint32(data[p+8+n:]) {
			t.Fatalf("chunk %s has a wrong checksum", kind)
		}
		p += 12 + n
		kinds += kind + " "
		switch kind {
		case "IHDR":
			width, height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
			canvas = make([]uint8, width*height)
			if body[8] != 8 || body[9] != 3 {
				t.Fatalf("depth %d, colour type %d, want an 8-bit palette", body[8], body[9])
			}
		case "acTL":
			want, a.loops = int(binary.BigEndian.Uint32(body)), binary.BigEndian.Uint32(body[4:])
		case "PLTE":
			pal = body
		case "fcTL":
			finish()
			next(body)
			u := func(k int) int { return int(binary.BigEndian.Uint32(body[k:])) }
			f := frame{w: u(4), h: u(8), x: u(12), y: u(16), num: int(binary.BigEndian.Uint16(body[20:])), den: int(binary.BigEndian.Uint16(body[22:]))}
			if f.w < 1 || f.h < 1 || f.x+f.w > width || f.y+f.h > height {
				t.Fatalf("frame %+v lies outside %d×%d", f, width, height)
			}
			if len(a.frames) == 0 && (f.w != width || f.h != height) {
				t.Fatal("the first frame does not cover the picture")
			}
			a.frames = append(a.frames, f)
		case "IDAT":
			packed = append(packed, body...)
		case "fdAT":
			next(body)
			packed = append(packed, body[4:]...)
		case "IEND":
			finish()
		}
	}
	if !strings.HasPrefix(kinds, "IHDR acTL PLTE fcTL IDAT ") || !strings.HasSuffix(kinds, " IEND ") {
		t.Errorf("chunks are %.60s…", kinds)
	}
	if len(a.frames) != want {
		t.Errorf("%d frames, but the head says %d", len(a.frames), want)
	}
	return a
}

// Every frame of the animated picture shows the values of that frame.
func TestAPNG(t *testing.T) {
	film := display.NewFilm(display.Image(nil, display.Gray).Range(0, 1).Size(2, 2)).Interval(50 * time.Millisecond)
	for k := range 4 {
		m := [][]float64{{0, 0}, {0, 0}}
		m[k/2][k%2] = 1
		film.Add(m)
	}
	data, err := film.APNG()
	if err != nil {
		t.Fatal(err)
	}
	a := readAPNG(t, data)
	if len(a.frames) != 4 || a.loops != 0 {
		t.Fatalf("%d frames, %d loops, want 4 and 0 (for ever)", len(a.frames), a.loops)
	}
	const w = 192
	for k, f := range a.frames {
		if f.num != 50 || f.den != 1000 {
			t.Errorf("frame %d lasts %d/%d s, want 50/1000", k, f.num, f.den)
		}
		for q := range 4 {
			got := f.color(int(f.pix[(w/4+w/2*(q/2))*w+w/4+w/2*(q%2)]))
			want := [3]uint8{}
			if q == k {
				want = [3]uint8{255, 255, 255}
			}
			if got != want {
				t.Errorf("frame %d, square %d is %v, want %v", k, q, got, want)
			}
		}
	}
	// What knows nothing of animation sees the first frame.
	if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != w {
		t.Errorf("image/png: %v", err)
	}
}

func TestFilmMistakes(t *testing.T) {
	gray := func() *display.Panel { return display.Image(nil, display.Gray) }
	for _, c := range []struct {
		name string
		make func() *display.Film
		want string
	}{
		{"no frames", func() *display.Film { return display.NewFilm(gray()) }, "has no frames"},
		{"nil figure", func() *display.Film { return display.NewFilm(nil) }, "the figure is nil"},
		{"no image", func() *display.Film { return display.NewFilm(display.Line(nil, []int{1})) }, "no image to move"},
		{"two images in a panel", func() *display.Film { return display.NewFilm(gray().Image(nil, display.Gray)) }, "2 images"},
		{"number of matrices", func() *display.Film { f := display.NewFilm(gray()); f.Add(square, square); return f }, "frame 0 has 2 matrices, want 1"},
		{"size changes", func() *display.Film {
			f := display.NewFilm(gray())
			f.Add(square)
			f.Add([][]float64{{1}})
			return f
		}, "frame 1: matrix 0 is 1×1, but the image is 2×2"},
		{"ragged", func() *display.Film { f := display.NewFilm(gray()); f.Add([][]int{{1}, {}}); return f }, "0 values in row 1"},
		{"interval", func() *display.Film { f := display.NewFilm(gray()).Interval(-1); f.Add(square); return f }, "interval is -1ns"},
		{"figure", func() *display.Film { f := display.NewFilm(gray().Range(nan, 1)); f.Add(square); return f }, "range is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.make()
			for _, err := range []error{f.Err(), f.Show(), f.Save(filepath.Join(t.TempDir(), "a.png"))} {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want %q in it", err, c.want)
				}
			}
			if _, err := f.APNG(); err == nil {
				t.Error("APNG returned no error")
			}
			if html := f.HTML(); !strings.HasPrefix(html, "<pre") {
				t.Errorf("HTML is %.50q, want the text of the mistake", html)
			}
		})
	}
}

// A mistake in a loop of thousands of frames is told once.
func TestFilmKeepsTheFirstMistake(t *testing.T) {
	f := display.NewFilm(display.Image(nil, display.Gray))
	for range 1000 {
		f.Add()
	}
	if n := strings.Count(f.Err().Error(), "\n") + 1; n != 1 {
		t.Errorf("%d mistakes are told, want 1", n)
	}
}

// NaN, infinities and constant frames make films too.
func TestFilmOfOddValues(t *testing.T) {
	f := display.NewFilm(display.Image(nil, display.Diverging).Transpose())
	f.Add([][]float64{{nan, math.Inf(1), 1e300}})
	f.Add([][]float64{{0, 0, 0}})
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	d, values := readPlayer(t, f.HTML())
	if d.Parts[0].Rows != 3 || d.Parts[0].Cols != 1 {
		t.Errorf("a transposed 1×3 matrix became %d×%d", d.Parts[0].Rows, d.Parts[0].Cols)
	}
	if want := []uint8{255, 254, 254, 127, 127, 127}; !bytes.Equal(values[0], want) {
		t.Errorf("places in the colour map are %v, want %v", values[0], want)
	}
	all := display.NewFilm(display.Image(nil, display.Gray))
	all.Add([][]float64{{nan}})
	if err := all.Err(); err != nil {
		t.Errorf("a frame may be blank: %v", err)
	}
	if html := all.HTML(); strings.HasPrefix(html, "<pre") {
		t.Errorf("a film of blanks: %.200s", html)
	}
}

func TestFilmFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(display.FiguresEnv, dir)
	f := filmOf(2)
	for _, name := range []string{"a.png", "a.apng", "sub/a.html"} {
		if err := f.Save(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	html, err := os.ReadFile(filepath.Join(dir, "sub/a.html"))
	if err != nil || !bytes.HasPrefix(html, []byte("<!doctype html>")) {
		t.Errorf("page begins %.20q, %v", html, err)
	}
	if err := f.Save(filepath.Join(dir, "a.mp4")); err == nil || !strings.Contains(err.Error(), ".html") {
		t.Errorf("Save as .mp4: error is %v, want the names that can be given", err)
	}
	out := captureStdout(t, func() {
		if err := f.Show(); err != nil {
			t.Error(err)
		}
	})
	if !strings.HasSuffix(strings.TrimSpace(out), ".html") {
		t.Errorf("Show printed %q, want the path of a page", out)
	}
}
