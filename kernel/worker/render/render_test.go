package render

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
)

type point struct{ X, Y int }

type nested struct {
	Name   string
	Points []point
	Next   *nested
	Any    any
}

type stringer struct{ v int }

func (s *stringer) String() string { return fmt.Sprint("stringer ", s.v) }

type rich struct{ point }

func (rich) HTML() string     { return "<b>rich</b>" }
func (rich) Markdown() string { return "**rich**" }
func (rich) Latex() string    { return "$x$" }
func (rich) SVG() string      { return "<svg/>" }
func (*rich) PNG() []byte     { return []byte{1, 2, 3} }
func (rich) PNGSize() (w, h int) {
	return 30, 20
}

// grid is a matrix as those of gonum are.
type grid [][]float64

func (g grid) Dims() (rows, columns int) {
	if len(g) == 0 {
		return 0, 0
	}
	return len(g), len(g[0])
}
func (g grid) At(i, j int) float64 { return g[i][j] }

type angry struct{ X int }

func (angry) String() string { panic("no text") }
func (angry) HTML() string   { var m map[int]int; m[1] = 1; return "" }

type stopped struct{}

func (stopped) HTML() string { interrupt.Panic(); return "" }

type leaving struct{}

func (leaving) String() string { live.Exit(3); return "" }

type asJSON struct{ A int }

func (a asJSON) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]int{"a": a.A}) }

type withJSON struct{}

func (withJSON) JSON() (map[string]int, error) { return map[string]int{"b": 2}, nil }

type failingJSON struct{}

func (failingJSON) JSON() (any, error) { return nil, errors.New("no data") }

type own struct{}

func (own) MIMEBundle() (data, metadata map[string]any) {
	return map[string]any{"text/html": "own", "image/png": []byte{1}}, map[string]any{"image/png": map[string]any{"width": 1}}
}

func TestTextIsWhatGoProgrammersExpect(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{6, "6"},
		{[]int{1, 4, 9}, "[1 4 9]"},
		{"text", "text"},
		{2.5, "2.5"},
		{1e6, "1e+06"},
		{true, "true"},
		{3 + 4i, "(3+4i)"},
		{point{1, 2}, "{X:1 Y:2}"},
		{&point{1, 2}, "&{X:1 Y:2}"},
		{map[string]int{"b": 2, "a": 1}, "map[a:1 b:2]"},
		{[]any{1, "a", nil}, "[1 a <nil>]"},
		{&stringer{3}, "stringer 3"},
		{stringer{3}, "stringer 3"}, // found on the pointer, as a notebook's user expects
		{(*stringer)(nil), "<nil>"},
		{[]int(nil), "[]"},
		{3 * time.Second, "3s"},
		{big.NewInt(7), "7"},
		{errors.New("wrong"), "wrong"},
		{strings.ToUpper, "func(string) string"},
		{image.NewRGBA(image.Rect(0, 0, 30, 20)), "*image.RGBA, 30×20 pixels"},
		{grid{{1, 2}, {3, 40}}, "⎡1   2⎤\n⎣3  40⎦"},
		{&grid{{1.0 / 3}}, "[0.33333]"},
		{grid{}, "matrix 0×0"},
		{grid{{1, 2}, {3}}, "(method At: panic: runtime error: index out of range [1] with length 1)"},
		{angry{1}, "(method String: panic: no text)"},
		{nil, "<nil>"},
	} {
		if got := Text(c.v); got != c.want {
			t.Errorf("Text(%T) = %q, want %q", c.v, got, c.want)
		}
	}
}

// Small values print exactly as fmt prints them.
func TestSmallValuesPrintAsFmt(t *testing.T) {
	points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) point {
		return point{rapid.Int().Draw(t, "x"), rapid.Int().Draw(t, "y")}
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		v := nested{rapid.String().Draw(t, "name"), points.Draw(t, "points"), nil, rapid.Float64().Draw(t, "any")}
		if got, want := Text(v), fmt.Sprintf("%+v", v); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		// The printer for large values agrees on small ones, pointers apart.
		p := printer{}
		p.top(reflect.ValueOf(v))
		if got, want := p.b.String(), fmt.Sprintf("%+v", v); got != want {
			t.Fatalf("printer: got %q, want %q", got, want)
		}
	})
}

func TestLongValuesAreCutWithACount(t *testing.T) {
	xs := make([]float64, 1_000_000)
	for i := range xs {
		xs[i] = float64(i)
	}
	want := "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 … 999997 999998 999999] (1000000 values)"
	if got := Text(xs); got != want {
		t.Errorf("got %q", got)
	}
	m := map[int]string{}
	for i := range 10_000 {
		m[i] = "v"
	}
	if got := Text(m); !strings.HasPrefix(got, "map[0:v 1:v 2:v ") || !strings.HasSuffix(got, " …] (10000 keys)") {
		t.Errorf("got %q", got)
	}
	matrix := make([][]float64, 1000)
	for i := range matrix {
		matrix[i] = make([]float64, 1000)
	}
	if got := Text(matrix); len(got) > 10_000 || !strings.HasSuffix(got, "(1000 values)] (1000 values)") {
		t.Errorf("matrix: %d bytes, end %q", len(got), got[max(0, len(got)-60):])
	}
	if got := Text(strings.Repeat("x", 1<<20)); len(got) > longestText+100 || !strings.HasSuffix(got, "(1048576 bytes in all)") {
		t.Errorf("string: %d bytes", len(got))
	}
}

func TestLargeMatricesShowTheirCorners(t *testing.T) {
	g := make(grid, 100)
	for i := range g {
		g[i] = make([]float64, 50)
		for j := range g[i] {
			g[i][j] = float64(100*i + j)
		}
	}
	lines := strings.Split(Text(g), "\n")
	if len(lines) != 21 || lines[20] != "(100×50)" {
		t.Fatalf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	if want := "⎡   0     1     2     3     4     5     6     7  …    47    48    49⎤"; lines[0] != want {
		t.Errorf("first row\n%s, want\n%s", lines[0], want)
	}
	if want := "⎣9900  9901  9902  9903  9904  9905  9906  9907  …  9947  9948  9949⎦"; lines[19] != want {
		t.Errorf("last row\n%s, want\n%s", lines[19], want)
	}
	if !strings.HasPrefix(lines[16], "⎢   ⋮ ") {
		t.Errorf("row of what is left out: %q", lines[16])
	}
}

func TestValuesThatContainThemselvesEnd(t *testing.T) {
	loop := []any{nil}
	loop[0] = loop
	if got := Text(loop); len(got) > 10_000 {
		t.Errorf("%d bytes", len(got))
	}
	ring := map[string]any{}
	ring["ring"] = ring
	Text(ring)
	n := &nested{Name: "a"}
	n.Next = n
	Text(n)
	Text(*n)
}

func TestRichForms(t *testing.T) {
	data, metadata := Bundle(rich{point{1, 2}})
	for mime, want := range map[string]string{
		"text/html": "<b>rich</b>", "text/markdown": "**rich**", "text/latex": "$x$", "image/svg+xml": "<svg/>",
		"image/png": "AQID", "text/plain": "{point:{X:1 Y:2}}",
	} {
		if data[mime] != want {
			t.Errorf("%s is %q, want %q", mime, data[mime], want)
		}
	}
	if got := fmt.Sprint(metadata["image/png"]); got != "map[height:20 width:30]" {
		t.Errorf("metadata %s", got)
	}
	data, _ = Bundle(image.NewGray(image.Rect(0, 0, 3, 2)))
	png, err := base64.StdEncoding.DecodeString(fmt.Sprint(data["image/png"]))
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("image: %.20q, %v", png, err)
	}
	data, metadata = Bundle(own{})
	if data["text/html"] != "own" || data["image/png"] != "AQ==" || metadata["image/png"] == nil {
		t.Errorf("own bundle: %v %v", data, metadata)
	}
	if data, _ := Bundle((*rich)(nil)); len(data) != 1 {
		t.Errorf("nil pointer: %v", data)
	}
	if data, _ := Bundle(1, "a"); data["text/plain"] != "1, a" {
		t.Errorf("two values: %v", data)
	}
}

func TestJSONForm(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{asJSON{1}, "map[a:1]"},
		{withJSON{}, "map[b:2]"},
		{json.RawMessage(`[1,2]`), "[1 2]"},
		{time.Unix(0, 0), "<nil>"}, // has a text form
		{big.NewInt(1), "<nil>"},   // has a text form
		{point{}, "<nil>"},         // only the method counts
		{failingJSON{}, "<nil>"},
	} {
		data, _ := Bundle(c.v)
		if got := fmt.Sprint(data["application/json"]); got != c.want {
			t.Errorf("%T: %s, want %s", c.v, got, c.want)
		}
	}
	data, _ := Bundle(failingJSON{})
	if got := fmt.Sprint(data["text/plain"]); got != "{}\n(method JSON: no data)" {
		t.Errorf("text %q", got)
	}
}

func TestMethodsThatPanicHarmNothing(t *testing.T) {
	data, _ := Bundle(angry{1})
	want := "(method String: panic: no text)\n(method HTML: panic: assignment to entry in nil map)"
	if data["text/plain"] != want || data["text/html"] != nil {
		t.Errorf("got %q", data)
	}
	for _, v := range []any{stopped{}, leaving{}} {
		func() {
			defer func() {
				switch recover().(type) {
				case interrupt.Interrupted, live.Exited:
				default:
					t.Errorf("%T: the panic that ends a cell was swallowed", v)
				}
			}()
			Bundle(v)
		}()
	}
}
