package session

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// buildPlugin compiles and links a cell's generated source, without loading it.
func buildPlugin(t *testing.T, id, source string, imports ...string) *gotool.Plugin {
	t.Helper()
	ctx := t.Context()
	if err := shared.Resolve(ctx, imports); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cell.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	archive, err := shared.Compile(ctx, gotool.Unit{Path: "cell/" + id, File: file, Imports: imports})
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := shared.Link(ctx, archive, strings.TrimSuffix(file, ".go")+".so")
	if err != nil {
		t.Fatal(err)
	}
	return plugin
}

const heavySource = `package main

import (
	"fmt"

	"github.com/spikebook/spikebook/display"
	"github.com/spikebook/spikebook/snn"
)

var net *snn.Network

func SpikebookLoad() {}

func SpikebookRun() []any {
	net = snn.New("n")
	fmt.Println(net, display.Line(nil, []float64{1, 2, 3}))
	return nil
}

func main() {}
`

// What a new cell costs must not grow with the packages that it imports: the
// worker holds their code, and the plugin none of it.
func TestCellsCarryNoPackages(t *testing.T) {
	plugin := buildPlugin(t, "carry", heavySource, "fmt",
		"github.com/spikebook/spikebook/snn", "github.com/spikebook/spikebook/display")
	if !plugin.Shared {
		t.Fatal("the cell was linked with all it needs")
	}
	info, err := os.Stat(plugin.File)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 100_000 {
		t.Errorf("the plugin has %d bytes, want less than 100,000", info.Size())
	}
	f, err := elf.Open(plugin.File)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var elsewhere []string
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC {
			continue
		}
		if s.Section == elf.SHN_UNDEF {
			elsewhere = append(elsewhere, s.Name)
			continue
		}
		for _, prefix := range []string{"fmt.", "os.", "reflect.", "github.com/"} {
			if strings.HasPrefix(s.Name, prefix) {
				t.Errorf("the plugin carries %s", s.Name)
			}
		}
	}
	for _, name := range []string{"github.com/spikebook/spikebook/snn.New", "github.com/spikebook/spikebook/display.Line"} {
		if !slices.Contains(elsewhere, name) {
			t.Errorf("the plugin does not refer to %s of the worker, only to %v", name, elsewhere)
		}
	}
}

// Cells of all kinds run the same, whether the worker has their packages or not.
func TestCellsShareTheWorkersPackages(t *testing.T) {
	n := open(t)
	// The operator is the ninth word that DrawMask gets in a register, one that jumps
	// between C libraries may change. A mask that lets nothing through leaves the
	// picture as it is, unless the operator is another.
	n.want(`picture := image.NewGray(image.Rect(0, 0, 1, 1))
picture.Pix[0] = 200
draw.DrawMask(picture, picture.Rect, image.Black, image.Point{}, image.Transparent, image.Point{}, draw.Over)
picture.Pix[0]`, "200")
	// A package that the worker lacks, on top of those that it has.
	n.want(`index := suffixarray.New([]byte("banana"))
len(index.Lookup([]byte("an"), -1))`, "2")
	n.want(`import "html/template"
var page = template.Must(template.New("p").Parse("<b>{{.}}</b>"))
var text bytes.Buffer
page.Execute(&text, "a<b")
text.String()`, "<b>a&lt;b</b>")
	// Methods of types of the worker behind interfaces of the cell, and the reverse.
	n.want(`type Namer interface{ String() string }
type Own struct{ time.Duration; n int }
func (o *Own) Write(p []byte) (int, error) { o.n += len(p); return len(p), nil }
own := &Own{Duration: 3 * time.Second}
fmt.Fprintf(own, "%v", "four")
fmt.Sprint(Namer(own).String(), own.n, errors.Is(fmt.Errorf("x: %w", io.EOF), io.EOF))`, "3s4 true")
	// Types that exist in the cell and in the worker are one type.
	n.want(`var anything any = map[string][]time.Duration{"a": {1}}
same, ok := anything.(map[string][]time.Duration)
reflect.TypeOf(anything) == reflect.MapOf(reflect.TypeFor[string](), reflect.TypeFor[[]time.Duration]()) && ok && len(same) == 1`, "true")
	// Generic functions and types of the worker's packages with types of the cell.
	n.want(`type Item struct{ Name string; At time.Time }
items := []Item{{"b", time.Now()}, {"a", time.Now()}}
slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.Name, b.Name) })
var latest atomic.Pointer[Item]
latest.Store(&items[0])
latest.Load().Name`, "a")
	// Memory that only globals of cells reach is kept.
	n.want(`var kept []*Own
for i := range 1000 { kept = append(kept, &Own{n: i}) }
for range 20 { runtime.GC(); _ = make([]byte, 1<<20) }
sum := 0
for _, o := range kept { sum += o.n }
sum`, "499500")
	n.want(`sum = 0
for range 5 { runtime.GC() }
for i, o := range kept { if o.n == i { sum++ } }
sum`, "1000")
	// So is what globals of packages hold that the worker lacks.
	n.want(`import "github.com/janpfeifer/gonb/gonbui/dom"
for range 5 { runtime.GC(); _ = make([]byte, 1<<20) }
dom.LoadScriptOrRequireJSModuleAndRunTransient("a", "b", map[string]string{"c": "d"}, "e") == nil`, "true")
	// Packages with C code, and of other modules.
	n.want(`who, err := user.Current()
fmt.Sprint(who != nil, err)`, "true <nil>")
	n.want(`m := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
mat.Det(m) < -1.99`, "true")
	// A panic in a package of the worker is reported at the cell's line.
	if e := n.fails(`strings.Repeat("x", -1)`, "panic"); !strings.Contains(e.EValue, "negative Repeat count") {
		t.Errorf("got %+v", e)
	}
}
