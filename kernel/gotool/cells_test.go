package gotool

import (
	"strings"
	"testing"
)

const tail = "\nfunc main() {}\n"

var (
	types1 = cell{path: "cell/1", imports: []string{modulePath + "/kernel/live"}, source: `package main

import "github.com/spikebook/spikebook/kernel/live"

type Ꞌpoint struct{ ꞋX, Y int }

func (p Ꞌpoint) Ꞌsum() int { return p.ꞋX + p.Y }

type Ꞌsummer interface{ Ꞌsum() int }

const Ꞌk = 42

func ꞋMap[T, U any](xs []T, f func(T) U) []U {
	var r []U
	for _, x := range xs {
		r = append(r, f(x))
	}
	return r
}

var Ꞌn *int

func SpikebookLoad() { Ꞌn = live.Bind[int](1) }

func SpikebookRun() []any {
	*Ꞌn = 5
	return []any{*Ꞌn, Ꞌpoint{1, 2}}
}
` + tail}
	user2 = cell{path: "cell/2", imports: []string{"strconv", "fmt", modulePath + "/kernel/live", modulePath + "/npy"}, cells: []string{"cell/1"}, source: `package main

import (
	Ꞌ1 "cell/1"
	"fmt"
	"strconv"

	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/npy"
)

var Ꞌn *int
var Ꞌp *Ꞌ1.Ꞌpoint

func SpikebookLoad() {
	Ꞌn = live.Bind[int](1)
	Ꞌp = live.Bind[Ꞌ1.Ꞌpoint](2)
}

func SpikebookRun() []any {
	*Ꞌn += Ꞌ1.Ꞌk
	*Ꞌp = Ꞌ1.Ꞌpoint{ꞋX: 3, Y: 4}
	var s Ꞌ1.Ꞌsummer = *Ꞌp
	npy.Shared = 9
	return []any{*Ꞌn, s.Ꞌsum(), Ꞌ1.ꞋMap([]int{1, 2}, strconv.Itoa), fmt.Sprintf("%T", *Ꞌp), npy.Word()}
}
` + tail}
	user3 = cell{path: "cell/3", imports: []string{modulePath + "/kernel/live", modulePath + "/npy"}, cells: []string{"cell/1", "cell/2"}, source: `package main

import (
	Ꞌ1 "cell/1"
	Ꞌ2 "cell/2"

	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/npy"
)

var Ꞌp *Ꞌ1.Ꞌpoint

func SpikebookLoad() { Ꞌp = live.Bind[Ꞌ1.Ꞌpoint](2) }

func SpikebookRun() []any {
	// Data of a package that two plugins hold is one copy: cell/2 set its Ꞌp.
	_, is := any(*Ꞌp).(Ꞌ1.Ꞌsummer)
	return []any{*Ꞌp, Ꞌ2.Ꞌp == Ꞌp, is, npy.Shared}
}
` + tail}
)

// The experiment that decided the form of cells: one package main per cell,
// compiled once, imported by later cells under its path.
func TestCellsImportEachOther(t *testing.T) {
	tool := warm(t)
	out := load(t, tool, build(t, tool, types1, user2, user3))
	want := "six by C: 6 interrupted: false\n" +
		"values: [5 {1 2}]\n" +
		"values: [47 7 [1 2] main.Ꞌpoint spike]\n" +
		"values: [{3 4} true true 9]\n" +
		"slots: 2\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// A package of which the worker uses little must be whole for cells: large maps
// that the worker never mentions could have been dropped from its initialisation.
func TestCellsSeeWholePackages(t *testing.T) {
	tool := warm(t)
	out := load(t, tool, build(t, tool, cell{path: "cell/1", imports: []string{"unicode", "net/http", "time"}, source: `package main

import (
	"net/http"
	"time"
	"unicode"
)

func SpikebookLoad() {}

func SpikebookRun() []any {
	return []any{unicode.Is(unicode.Scripts["Greek"], 'α'), http.StatusText(404), time.Duration(1500) * time.Microsecond}
}
` + tail}))
	if !strings.Contains(out, "values: [true Not Found 1.5ms]\n") {
		t.Errorf("got\n%s", out)
	}
}

func TestPanicFramesNameTheCell(t *testing.T) {
	tool := warm(t)
	out := load(t, tool, build(t, tool, cell{path: "cell/12", source: `package main

func SpikebookLoad() {}

func SpikebookRun() []any {
//line Cell[12]:3:1
	return []any{Ꞌdivide(1, 0)}
}

//line Cell[12]:7
func Ꞌdivide(a, b int) int {
	return a / b
}
` + tail}))
	if want := "runtime error: integer divide by zero at Cell[12]:8 in cell/12.Ꞌdivide"; !strings.Contains(out, want) {
		t.Errorf("got\n%s\nwant a line with %s", out, want)
	}
}

func TestPlotCellLoads(t *testing.T) {
	tool := warm(t)
	out := load(t, tool, build(t, tool,
		cell{path: "cell/0", imports: []string{"fmt"}, source: `package main

import "fmt"

func SpikebookLoad() {}

func SpikebookRun() []any { return []any{fmt.Sprint(1)} }
` + tail},
		cell{path: "cell/1", imports: []string{"fmt", "gonum.org/v1/plot", "github.com/janpfeifer/gonb/gonbui"}, source: `package main

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/plot"
)

func SpikebookLoad() {}

func SpikebookRun() []any {
	p := plot.New()
	p.Title.Text = fmt.Sprint("title")
	return []any{p.Title.Text, gonbui.IsNotebook}
}
` + tail}))
	if !strings.Contains(out, "values: [title false]\n") {
		t.Errorf("got\n%s", out)
	}
}
