package draw

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/display/figure"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// A picture agrees with its golden one if at most so many pixels differ by
// more than a little. Another machine may contract a multiplication and an
// addition, which moves the edge of a letter by a shade.
const (
	shade     = 12    // of 255
	different = 0.001 // of all pixels
)

func TestGolden(t *testing.T) {
	for name, f := range golden() {
		t.Run(name, func(t *testing.T) {
			got, err := PNG(f)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; look at the picture and write it with go test -update", err)
			}
			if n, why := compare(t, got, want); n > different {
				out := filepath.Join(os.TempDir(), "spikebook-"+name+".png")
				os.WriteFile(out, got, 0o666)
				t.Errorf("%s; the picture is in %s", why, out)
			}
		})
	}
}

// compare returns the share of pixels that differ, 1 for another size.
func compare(t *testing.T, got, want []byte) (float64, string) {
	t.Helper()
	a, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	b, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if a.Bounds() != b.Bounds() {
		return 1, "size is " + a.Bounds().String() + ", want " + b.Bounds().String()
	}
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2)} {
				if max(d, -d)>>8 > shade {
					n++
					break
				}
			}
		}
	}
	part := float64(n) / float64(a.Bounds().Dx()*a.Bounds().Dy())
	return part, "too many pixels differ"
}

func one(p figure.Panel, w, h float64) *figure.Figure {
	p.RowSpan, p.ColSpan = 1, 1
	return &figure.Figure{Width: w, Height: h, Rows: 1, Cols: 1, Panels: []*figure.Panel{&p}}
}

func img(rows, cols int, m figure.ColorMap, f func(i, j int) float64) *figure.Image {
	l := &figure.Image{Rows: rows, Cols: cols, Map: m}
	for i := range rows {
		for j := range cols {
			l.Data = append(l.Data, f(i, j))
		}
	}
	return l
}

// golden are small figures of every kind.
func golden() map[string]*figure.Figure {
	r := rand.New(rand.NewPCG(3, 4))
	var x, y, y2, t, n []float64
	for k := range 200 {
		x = append(x, float64(k))
		y = append(y, -65+10*math.Sin(float64(k)/20))
		y2 = append(y2, -60+5*math.Cos(float64(k)/12))
	}
	y[100] = math.NaN()
	for range 300 {
		t = append(t, 500*r.Float64())
		n = append(n, float64(r.IntN(40)))
	}
	grid := &figure.Figure{Width: 4, Height: 4, Rows: 2, Cols: 2, Title: "Bar learning", Panels: []*figure.Panel{
		{RowSpan: 1, ColSpan: 1, Title: "Input", Layers: []figure.Layer{img(8, 8, "gray", func(i, j int) float64 { return float64((i ^ j) & 1) })}},
		{Col: 1, RowSpan: 1, ColSpan: 1, Title: "Feature", Layers: []figure.Layer{img(4, 8, "gray", func(i, j int) float64 { return float64(i * j) })}},
		{Row: 1, RowSpan: 1, ColSpan: 2, Title: "Receptive fields", ColorBar: true, Layers: []figure.Layer{func() *figure.Image {
			l := img(32, 64, "gray", func(i, j int) float64 { return 0.3 * float64((i/8+j/8)%4) / 3 })
			l.Range = figure.Range{Lo: 0, Hi: 0.3, Set: true}
			l.BlockRows, l.BlockCols = 8, 8
			return l
		}()}},
	}}
	shared := &figure.Figure{Width: 5, Height: 2, Rows: 1, Cols: 3, SharedBar: true, BarLabel: "Weight"}
	for k := range 3 {
		shared.Panels = append(shared.Panels, &figure.Panel{Col: k, RowSpan: 1, ColSpan: 1,
			Layers: []figure.Layer{img(5, 5, "viridis", func(i, j int) float64 { return float64(k * (i + j)) })}})
	}
	stack := &figure.Figure{Width: 4, Height: 3, Rows: 2, Cols: 1, ShareX: true, Panels: []*figure.Panel{
		{RowSpan: 1, ColSpan: 1, YLabel: "Neuron", Legend: figure.LegendRight, Layers: []figure.Layer{
			&figure.Spikes{Style: figure.Style{Label: "exc", Color: figure.Color{Index: 2}}, T: t, N: n}}},
		{Row: 1, RowSpan: 1, ColSpan: 1, XLabel: "Time (ms)", YLabel: "V (mV)", Layers: []figure.Layer{&figure.Series{X: x, Y: y}}},
	}}
	return map[string]*figure.Figure{
		"grid":   grid,
		"shared": shared,
		"stack":  stack,
		"lines": one(figure.Panel{Title: "Two neurons", XLabel: "Time (ms)", YLabel: "Potential (mV)", Layers: []figure.Layer{
			&figure.Series{Style: figure.Style{Label: "exc"}, X: x, Y: y},
			&figure.Series{Style: figure.Style{Label: "inh"}, X: x, Y: y2, Dashed: true},
			&figure.Mark{Style: figure.Style{Label: "threshold"}, At: -50}}}, 4, 3),
		"steps": one(figure.Panel{XLabel: "Trial", Layers: []figure.Layer{
			&figure.Series{X: []float64{0, 1, 2, 3}, Y: []float64{2, 12_000, 7000, 0}, Steps: true}}}, 4, 2),
		"histogram": one(figure.Panel{XLabel: "Weight", YLabel: "Synapses", Layers: []figure.Layer{
			&figure.Bars{Edges: []float64{0, 0.1, 0.2, 0.3}, Counts: []float64{10, 25, 5}}}}, 3, 2),
		"scatter": one(figure.Panel{Equal: true, Layers: []figure.Layer{&figure.Points{X: t[:100], Y: t[100:200]}}}, 3, 3),
		"diverging": one(figure.Panel{ColorBar: true, BarLabel: "Weight (nS)", XLabel: "Pre", YLabel: "Post", Layers: []figure.Layer{
			img(6, 9, "diverging", func(i, j int) float64 { return float64(i-2) * float64(j) })}}, 4, 3),
		"log": one(figure.Panel{LogY: true, XLabel: "Iteration", YLabel: "Loss", Layers: []figure.Layer{
			&figure.Series{X: x, Y: func() (e []float64) {
				for k := range x {
					e = append(e, math.Exp(-float64(k)/20))
				}
				return
			}()}}}, 3, 2),
	}
}

// Matplotlib 3.11 gives viridis these colours at 0, 1/8, … 1.
func TestViridis(t *testing.T) {
	table := lut("viridis")
	for k, want := range []uint32{0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725} {
		c := table[int(math.Round(float64(k)/8*(steps-1)))]
		for shift, got := range map[uint]uint8{16: c.R, 8: c.G, 0: c.B} {
			// Straight lines between 33 places, and 255 places instead of 256.
			if d := int(got) - int(want>>shift&0xff); d > 3 || d < -3 {
				t.Errorf("colour %d/8 is %v, want %06x ± 3", k, c, want)
			}
		}
	}
}

// A greater value is never darker in gray and viridis; 0 is white in the middle
// of the diverging map.
func TestColourOrder(t *testing.T) {
	for _, m := range []figure.ColorMap{"gray", "viridis"} {
		table := lut(m)
		before := -1.0
		for k, c := range table[:steps] {
			y := 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) // luminance (Rec. 709)
			if y < before-0.003 {                                             // half a step of 255 in green
				t.Errorf("%s: colour %d is darker than the one before", m, k)
			}
			before = y
		}
	}
	l := &figure.Image{Rows: 1, Cols: 3, Data: []float64{-1, 0, 4}, Map: "diverging"}
	if c := lut(l.Map)[index(0, colorRange(l))]; c.R != 255 || c.G != 255 || c.B != 255 {
		t.Errorf("0 among -1 … 4 is %v, want white", c)
	}
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		most   int
		want   string
		factor string
	}{
		{0, 500, 6, "0 100 200 300 400 500", ""},
		{0, 0.3, 4, "0.0 0.1 0.2 0.3", ""},
		{-72, -50, 5, "−70 −65 −60 −55 −50", ""},
		{-72, -50, 4, "−70 −60 −50", ""},
		{0, 20_000, 5, "0 5,000 10,000 15,000 20,000", ""},
		{0, 2_000, 5, "0 500 1000 1500 2000", ""},
		{0, 3e6, 4, "0 1 2 3", "×10^6"},
		{0, 4e-5, 5, "0 1 2 3 4", "×10^−5"},
		{0, 1, 3, "0.0 0.5 1.0", ""},
		{999_998.4, 1_000_000.1, 4, "0.9999985 0.9999990 0.9999995 1.0000000", "×10^6"},
	} {
		list, factor := ticks(figure.Range{Lo: c.lo, Hi: c.hi}, c.most, false)
		got := ""
		for k, x := range list {
			if k > 0 {
				got += " "
			}
			got += x.label
		}
		if got != c.want || factor != c.factor {
			t.Errorf("%v to %v: ticks %q %q, want %q %q", c.lo, c.hi, got, factor, c.want, c.factor)
		}
	}
}

// Ticks lie on the axis, rise in equal steps, are few, and read differently.
func TestTicksProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e9, 1e9).Draw(t, "lo")
		span := math.Pow(10, rapid.Float64Range(-4, 12).Draw(t, "log span"))
		r := figure.Range{Lo: lo, Hi: lo + span}
		if span < 1e-6*math.Abs(lo) {
			return // seven digits cannot tell the labels apart
		}
		most := rapid.IntRange(2, 8).Draw(t, "most")
		whole := rapid.Bool().Draw(t, "whole") && span > 4
		list, _ := ticks(r, most, whole)
		if len(list) > most || len(list) == 0 && span > 1 && !whole {
			t.Fatalf("%d ticks, want 1 to %d", len(list), most)
		}
		seen := map[string]bool{}
		for k, x := range list {
			if x.at < r.Lo-1e-6*span || x.at > r.Hi+1e-6*span {
				t.Fatalf("tick %v lies outside %v", x, r)
			}
			if whole && x.at != math.Trunc(x.at) {
				t.Fatalf("tick %v is not whole", x)
			}
			if seen[x.label] {
				t.Fatalf("two ticks read %q in %v", x.label, list)
			}
			seen[x.label] = true
			if k > 1 && math.Abs(list[k].at-2*list[k-1].at+list[k-2].at) > 1e-6*span {
				t.Fatalf("steps are not equal: %v", list)
			}
		}
	})
}

// Nothing of a figure is cut off: the outermost pixels stay white whatever the
// labels are.
func TestNothingIsCutOff(t *testing.T) {
	for name, f := range golden() {
		c, _, err := render(f)
		if err != nil {
			t.Fatal(err)
		}
		b := c.img.Rect
		white := func(x, y int) bool {
			p := c.img.RGBAAt(x, y)
			return p.R == 255 && p.G == 255 && p.B == 255
		}
		for x := range b.Max.X {
			if !white(x, 0) || !white(x, b.Max.Y-1) {
				t.Errorf("%s: ink on the border at x = %d", name, x)
				break
			}
		}
		for y := range b.Max.Y {
			if !white(0, y) || !white(b.Max.X-1, y) {
				t.Errorf("%s: ink on the border at y = %d", name, y)
				break
			}
		}
	}
}

// Panels do not overlap, and those of one column stand in line.
func TestLayout(t *testing.T) {
	s, err := layout(golden()["stack"])
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.plots[0].data, s.plots[1].data
	if a.x0 != b.x0 || a.x1 != b.x1 {
		t.Errorf("axes of one column are at %v…%v and %v…%v", a.x0, a.x1, b.x0, b.x1)
	}
	if math.Abs(a.h()-b.h()) > 2 || a.y1 >= b.y0 {
		t.Errorf("rows are %v and %v", a, b)
	}
	if s.plots[0].x.r != s.plots[1].x.r {
		t.Errorf("shared x ranges differ: %v, %v", s.plots[0].x.r, s.plots[1].x.r)
	}
}

// A thinned line covers the same pixels: in each column the same lowest and
// highest value.
func TestThin(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var pts []xy
	for k := range 50_000 {
		pts = append(pts, xy{float64(k) / 100, 100 * r.Float64()})
	}
	few := thin(pts)
	if len(few) > 4*501 {
		t.Errorf("%d points are left of %d, want at most 4 per column", len(few), len(pts))
	}
	extent := func(p []xy) map[int][2]float64 {
		m := map[int][2]float64{}
		for _, q := range p {
			k := int(q.x)
			e, ok := m[k]
			if !ok {
				e = [2]float64{q.y, q.y}
			}
			m[k] = [2]float64{min(e[0], q.y), max(e[1], q.y)}
		}
		return m
	}
	a, b := extent(pts), extent(few)
	for k := range a {
		if a[k] != b[k] {
			t.Fatalf("column %d spans %v, want %v", k, b[k], a[k])
		}
	}
}

// With 256 colours or fewer a picture is stored with a palette; either way the
// pixels are the same.
func TestEncode(t *testing.T) {
	for _, colours := range []int{256, 257} {
		c, err := newCanvas(300, 2)
		if err != nil {
			t.Fatal(err)
		}
		for x := range colours {
			c.img.Pix[4*x], c.img.Pix[4*x+1] = uint8(x), uint8(x>>8)
		}
		data, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for x := range 300 {
			for y := range 2 {
				if r1, g1, b1, _ := got.At(x, y).RGBA(); [3]uint32{r1, g1, b1} != rgb(c.img, x, y) {
					t.Fatalf("pixel %d, %d differs", x, y)
				}
			}
		}
	}
}

func rgb(m image.Image, x, y int) [3]uint32 {
	r, g, b, _ := m.At(x, y).RGBA()
	return [3]uint32{r, g, b}
}

func BenchmarkRaster100k(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	l := &figure.Spikes{}
	for range 100_000 {
		l.T = append(l.T, 1000*r.Float64())
		l.N = append(l.N, float64(r.IntN(2000)))
	}
	f := one(figure.Panel{Layers: []figure.Layer{l}}, 6, 4)
	for b.Loop() {
		if _, err := PNG(f); err != nil {
			b.Fatal(err)
		}
	}
}
