"""Small modules that stand in for those that the published GoNB tutorial imports and that not
every module proxy has, as a proxy of files: same paths, same names, no pictures worth looking at."""

import json
import zipfile

SVG = '''
	fmt.Fprintf(w, "<svg xmlns=\\"http://www.w3.org/2000/svg\\" width=\\"%d\\" height=\\"%d\\"></svg>", d.width, d.height)
'''

MODULES = {
    "github.com/benc-uk/gofract@v0.1.0": {
        "go.mod": "module github.com/benc-uk/gofract\n\ngo 1.20\n",
        "pkg/colors/colors.go": '''package colors

type GradientTable []struct {
	Colour string
	At     float64
}

func (g *GradientTable) AddToTable(colour string, at float64) {
	*g = append(*g, struct {
		Colour string
		At     float64
	}{colour, at})
}
''',
        "pkg/fractals/fractals.go": '''package fractals

import (
	"image"

	"github.com/benc-uk/gofract/pkg/colors"
)

type ComplexPair struct{ R, I float64 }

type Fractal struct {
	FractType         string
	Center, JuliaSeed ComplexPair
	MagFactor         float64
	MaxIter, W, H     float64
	ImgWidth          int
	InnerColor        string
	FullScreen        bool
	ColorRepeats      float64
}

func (f *Fractal) Render(img *image.RGBA, g colors.GradientTable) float64 { return float64(len(g)) }
''',
    },
    "github.com/erkkah/margaid@v0.1.1-0.20210103154446-d60b2efd2f5a": {
        "go.mod": "module github.com/erkkah/margaid\n\ngo 1.20\n",
        "margaid.go": '''package margaid

import (
	"fmt"
	"io"
)

type Axis int

const (
	XAxis Axis = iota
	YAxis
	Y2Axis
	Log
)

type Value struct{ X, Y float64 }

type Series struct{ values []Value }

type Option func()

type Diagram struct{ width, height int }

func NewSeries() *Series               { return &Series{} }
func (s *Series) Add(v ...Value)       { s.values = append(s.values, v...) }
func MakeValue(x, y float64) Value     { return Value{x, y} }
func WithAutorange(Axis, *Series) Option { return nil }
func WithProjection(a, b Axis) Option  { return nil }
func WithInset(float64) Option         { return nil }
func WithPadding(float64) Option       { return nil }
func WithColorScheme(int) Option       { return nil }
func WithBackgroundColor(string) Option { return nil }
func UsingAxes(a, b Axis) Option       { return nil }
func UsingMarker(string) Option        { return nil }
func UsingStrokeWidth(float64) Option  { return nil }

func New(width, height int, o ...Option) *Diagram { return &Diagram{width, height} }

func (d *Diagram) Line(*Series, ...Option)   {}
func (d *Diagram) Smooth(*Series, ...Option) {}
func (d *Diagram) ValueTicker(style byte, precision, base int) int { return 0 }
func (d *Diagram) Axis(s *Series, a Axis, ticker int, grid bool, title string) {}
func (d *Diagram) Frame()                    {}
func (d *Diagram) Title(string)              {}

func (d *Diagram) Render(w io.Writer) error {''' + SVG + '''	return nil
}
''',
    },
    "github.com/MetalBlueberry/go-plotly@v0.7.0": {
        "go.mod": "module github.com/MetalBlueberry/go-plotly\n\ngo 1.20\n",
        "pkg/types/types.go": '''package types

type Trace interface{ GetType() string }

type DataArrayType struct{ Values any }

func DataArray[T any](v []T) *DataArrayType { return &DataArrayType{v} }
''',
        "generated/v2.34.0/graph_objects/grob.go": '''package grob

import "github.com/MetalBlueberry/go-plotly/pkg/types"

type Fig struct {
	Data   []types.Trace
	Layout *Layout
}

type Layout struct {
	Title    *LayoutTitle
	Template any
}

type LayoutTitle struct{ Text string }

type Bar struct{ X, Y *types.DataArrayType }

func (*Bar) GetType() string { return "bar" }
''',
    },
}


def escaped(path):
    """A module path in a proxy: upper-case letters are written !lower."""
    return "".join("!" + c.lower() if c.isupper() else c for c in path)


def proxy(root, modules=MODULES):
    """Writes the modules as a proxy below root and returns what GOPROXY calls it."""
    for name, files in modules.items():
        path, version = name.split("@")
        at = root / escaped(path) / "@v"
        at.mkdir(parents=True, exist_ok=True)
        (at / f"{version}.info").write_text(json.dumps({"Version": version, "Time": "2021-01-03T15:44:46Z"}))
        (at / f"{version}.mod").write_text(files["go.mod"])
        with open(at / "list", "a") as listing:
            if version.count("-") < 2:
                listing.write(version + "\n")
        latest = at.parent / "@latest"
        latest.write_text(json.dumps({"Version": version, "Time": "2021-01-03T15:44:46Z"}))
        # A query by commit asks for the commit's name.
        commit = version.rsplit("-", 1)[-1]
        for alias in {commit, "d60b2efd2f5acc5d8fbbe13eaf85f1532e11a2fb"} if len(commit) == 12 else ():
            (at / f"{alias}.info").write_text(json.dumps({"Version": version, "Time": "2021-01-03T15:44:46Z"}))
        with zipfile.ZipFile(at / f"{version}.zip", "w") as z:
            for file, text in files.items():
                z.writestr(f"{name}/{file}", text)
    return f"file://{root}"


NOSUM = "github.com/benc-uk/*,github.com/erkkah/*,github.com/MetalBlueberry/*"
