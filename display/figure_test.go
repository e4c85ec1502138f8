package display_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/display"
)

var nan = math.NaN()

// square is a correct matrix for tests.
var square = [][]float64{{0, 1}, {2, 3}}

// Each wrong argument of an otherwise correct call is reported at once, by
// name, with the line of the caller, and nothing else is.
func TestNonsenseIsNamed(t *testing.T) {
	vec := []float64{1, 2, 3}
	for _, c := range []struct {
		name string
		make func() interface{ Err() error }
		want string
	}{
		{"ragged", func() interface{ Err() error } { return display.Image([][]float64{{1, 2}, {3}}, display.Gray) }, "1 values in row 1, but 2 in row 0"},
		{"empty matrix", func() interface{ Err() error } { return display.Image([][]float64{}, display.Gray) }, "is empty"},
		{"empty rows", func() interface{ Err() error } { return display.Image([][]float64{{}, {}}, display.Gray) }, "is empty"},
		{"all NaN", func() interface{ Err() error } { return display.Image([][]float64{{nan}}, display.Gray) }, "no finite value"},
		{"flat slice as matrix", func() interface{ Err() error } { return display.Image(vec, display.Gray) }, "of type []float64"},
		{"string as matrix", func() interface{ Err() error } { return display.Image("weights", display.Gray) }, "of type string"},
		{"nil matrix in a pointer", func() interface{ Err() error } { return display.Image((*mat.Dense)(nil), display.Gray) }, "cannot be read"},
		{"empty gonum matrix", func() interface{ Err() error } { return display.Image(&mat.Dense{}, display.Gray) }, "0×0"},
		{"colour map", func() interface{ Err() error } { return display.Image(square, "rainbow") }, `colour map is "rainbow"`},
		{"NaN range", func() interface{ Err() error } { return display.Image(square, display.Gray).Range(nan, 1) }, "range is NaN to 1"},
		{"reversed range", func() interface{ Err() error } { return display.Image(square, display.Gray).Range(1, 0) }, "range is 1 to 0"},
		{"infinite range", func() interface{ Err() error } { return display.Line(nil, vec).YRange(0, math.Inf(1)) }, "y range is 0 to +Inf"},
		{"range of a line", func() interface{ Err() error } { return display.Line(nil, vec).Range(0, 1) }, "not an image"},
		{"steps of an image", func() interface{ Err() error } { return display.Image(square, display.Gray).Steps() }, "not a line"},
		{"width", func() interface{ Err() error } { return display.Line(nil, vec).Width(-1) }, "width is -1 points"},
		{"blocks", func() interface{ Err() error } { return display.Image(square, display.Gray).Blocks(0, 8) }, "blocks of 0×8"},
		{"lengths", func() interface{ Err() error } { return display.Line(vec, vec[:2]) }, "3 values of x but 2 of y"},
		{"no values", func() interface{ Err() error } { return display.Line(nil, []float64{}) }, "no values"},
		{"nil values", func() interface{ Err() error } { return display.Scatter(vec, nil) }, "y is nil"},
		{"NaN values", func() interface{ Err() error } { return display.Scatter(vec, []float64{nan, nan, nan}) }, "y has no finite value"},
		{"bins", func() interface{ Err() error } { return display.Histogram(vec, 0) }, "0 bins"},
		{"NaN histogram", func() interface{ Err() error } { return display.Histogram([]float64{nan}, 10) }, "no finite value among 1"},
		{"raster lengths", func() interface{ Err() error } { return display.Raster(vec, []int{1}) }, "3 times but 1 neurons"},
		{"raster NaN", func() interface{ Err() error } { return display.Raster([]float64{1, nan}, []int{0, 1}) }, "spike 1 is (NaN, 1)"},
		{"mark", func() interface{ Err() error } { return display.Line(nil, vec).HLine(nan) }, "line across at NaN"},
		{"size", func() interface{ Err() error } { return display.Line(nil, vec).Size(nan, 4) }, "size is NaN×4"},
		{"size in pixels", func() interface{ Err() error } { return display.Line(nil, vec).Size(800, 600) }, "size is 800×600 inches"},
		{"grid", func() interface{ Err() error } { f := display.Grid(0, 3); f.At(0, 0); return f }, "grid is 0×3"},
		{"outside", func() interface{ Err() error } { f := display.Grid(2, 2); f.At(2, 0).Line(nil, vec); return f }, "panel (2, 0) of 1×1 cells lies outside"},
		{"overflow", func() interface{ Err() error } { f := display.Grid(2, 2); f.Span(1, 1, math.MaxInt, 1); return f }, "lies outside"},
		{"overlap", func() interface{ Err() error } {
			f := display.Grid(2, 2)
			f.Span(0, 0, 1, 2)
			f.At(0, 1).Line(nil, vec)
			return f
		}, "covers panel (0, 0)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.make().Err()
			if err == nil {
				t.Fatalf("no error, want one with %q", c.want)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %q, want %q in it", err, c.want)
			}
			if !strings.Contains(err.Error(), "figure_test.go:") {
				t.Errorf("error is %q, want the line of the caller in it", err)
			}
			if n := strings.Count(err.Error(), "\n"); n != 0 {
				t.Errorf("%d further mistakes are reported: %q", n, err)
			}
		})
	}
}

func TestMistakesAreReportedTogether(t *testing.T) {
	f := display.Grid(1, 2).Name("weights")
	f.At(0, 0).Image([][]float64{{1, 2}, {3}}, display.Gray).Range(0, 1).Title("A")
	f.At(0, 1).Histogram([]float64{1}, -4)
	f.Size(-1, 2)
	err := f.Show()
	if err == nil {
		t.Fatal("Show returned no error")
	}
	for _, want := range []string{"figure weights, panel (0, 0)", "figure weights, panel (0, 1)", "size is -1×2"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %q, want %q in it", err, want)
		}
	}
	// The picture tells the mistakes instead of showing nothing.
	if _, err := png.Decode(bytes.NewReader(f.PNG())); err != nil {
		t.Errorf("PNG of a figure with mistakes: %v", err)
	}
	if w, h := f.PNGSize(); w < 100 || h < 20 {
		t.Errorf("PNG of a figure with mistakes is %d×%d CSS pixels", w, h)
	}
}

func TestUnfinishedFigures(t *testing.T) {
	if err := display.Grid(1, 1).Show(); err == nil || !strings.Contains(err.Error(), "no panels") {
		t.Errorf("empty grid: error is %v, want \"no panels\" in it", err)
	}
	if err := display.Image(nil, display.Gray).Show(); err == nil || !strings.Contains(err.Error(), "no data") {
		t.Errorf("image without data: error is %v, want \"no data\" in it", err)
	}
	f := display.Grid(5, 5).Size(1, 1)
	f.At(0, 0).Line(nil, []int{1, 2}).Title("Title")
	if err := f.Save(filepath.Join(t.TempDir(), "a.png")); err == nil || !strings.Contains(err.Error(), "do not fit") {
		t.Errorf("25 panels on one inch: error is %v, want \"do not fit\" in it", err)
	}
}

// A figure of w×h inches is 2·96·w pixels wide.
func TestPixelsAndPageSize(t *testing.T) {
	p := display.Image(square, display.Viridis).Size(3, 2)
	img, err := png.Decode(bytes.NewReader(p.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds().Size(), image.Pt(576, 384); got != want {
		t.Errorf("PNG is %v pixels, want %v", got, want)
	}
	if w, h := p.PNGSize(); w != 288 || h != 192 {
		t.Errorf("PNGSize is %d, %d, want 288, 192", w, h)
	}
}

// The squares of an image have exactly the colours of their values, row 0 at
// the top, whatever kind of matrix they come from.
func TestImageColours(t *testing.T) {
	m := [][]float64{{0, 0.5, 1}, {1, 0, nan}}
	dense := mat.NewDense(2, 3, []float64{0, 0.5, 1, 1, 0, nan})
	want := [][]color.Gray{{{0}, {128}, {255}}, {{255}, {0}, {0xe6}}}
	for name, v := range map[string]any{
		"rows": m, "gonum": dense, "float32": [][]float32{{0, 0.5, 1}, {1, 0, float32(nan)}},
		"transposed": mat.DenseCopyOf(dense.T()).T(),
	} {
		img, err := png.Decode(bytes.NewReader(display.Image(v, display.Gray).Range(0, 1).Size(3, 2).PNG()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// The image fills the figure but for equal margins.
		b := img.Bounds()
		for i := range 2 {
			for j := range 3 {
				x, y := b.Dx()*(2*j+1)/6, b.Dy()*(2*i+1)/4
				if got := color.GrayModel.Convert(img.At(x, y)); got != want[i][j] {
					t.Errorf("%s: square (%d, %d) is %v, want %v", name, i, j, got, want[i][j])
				}
			}
		}
	}
}

// Given data are copied: changing them afterwards changes no picture.
func TestDataAreCopied(t *testing.T) {
	m := [][]float64{{0, 1}}
	x, y := []float64{0, 1}, []float64{0, 1}
	img, line := display.Image(m, display.Gray), display.Line(x, y)
	a, b := img.PNG(), line.PNG()
	m[0][0], x[0], y[1] = 7, -4, 12
	if !bytes.Equal(a, img.PNG()) || !bytes.Equal(b, line.PNG()) {
		t.Error("the picture changed with the caller's slice")
	}
}

func TestPopulationColoursStay(t *testing.T) {
	a, b := display.PopulationColor("test A"), display.PopulationColor("test B")
	if a == b {
		t.Error("two populations have one colour")
	}
	if display.PopulationColor("test A") != a {
		t.Error("the colour of a population changed")
	}
}

// No data whatever, finite or not, huge or tiny, make drawing panic or give a
// picture of another size.
func TestAnyDataCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(
		rapid.Float64Range(-10, 10),
		rapid.Float64(), // all magnitudes
		rapid.SampledFrom([]float64{0, nan, math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e15, 1e15 + 1}),
	)
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(value, 1, 8).Draw(t, "x")
		y := rapid.SliceOfN(value, len(x), len(x)).Draw(t, "y")
		f := display.Grid(2, 2).Size(5, 3)
		f.At(0, 0).Line(x, y).Label("a").Line(nil, y).Steps().Label("b")
		f.At(0, 1).Scatter(x, y)
		if rapid.Bool().Draw(t, "log") {
			f.At(0, 0).LogY()
		} else if rapid.Bool().Draw(t, "equal") {
			f.At(0, 1).Equal()
		}
		f.At(1, 0).Histogram(y, rapid.IntRange(1, 20).Draw(t, "bins"))
		f.At(1, 1).Image([][]float64{x, y}, rapid.SampledFrom([]display.ColorMap{display.Gray, display.Diverging}).Draw(t, "map")).ColorBar().Ticks()
		if f.Err() != nil {
			return // all NaN
		}
		img, err := png.Decode(bytes.NewReader(f.PNG()))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := img.Bounds().Size(), image.Pt(960, 576); got != want {
			t.Fatalf("picture is %v, want %v; it may hold an error: %v", got, want, f.Save(os.DevNull+".png"))
		}
	})
}

func TestShowWritesAFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(display.FiguresEnv, dir)
	out := captureStdout(t, func() {
		if err := display.Image(square, display.Gray).Name("first look").Show(); err != nil {
			t.Error(err)
		}
		if err := display.Image(square, display.Gray).Show(); err != nil {
			t.Error(err)
		}
	})
	lines := strings.Fields(strings.ReplaceAll(out, "first look", "first-look"))
	if len(lines) != 2 {
		t.Fatalf("Show printed %q, want two paths", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "first look.png")); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(filepath.Base(lines[1]), "display-") {
		t.Errorf("a figure without name went to %s, want display-….png", lines[1])
	}
	data, err := os.ReadFile(lines[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Error(err)
	}
}

func TestSaveErrors(t *testing.T) {
	p := display.Image(square, display.Gray)
	if err := p.Save("figure.jpg"); err == nil || !strings.Contains(err.Error(), ".png") {
		t.Errorf("Save as .jpg: error is %v, want \".png\" in it", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	err := p.Save(filepath.Join(file, "a.png"))
	var pathErr *os.PathError
	if !errors.As(err, &pathErr) {
		t.Errorf("Save below a file: error is %v, want one that wraps *os.PathError", err)
	}
}

func captureStdout(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = w
	f()
	os.Stdout = old
	w.Close()
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
