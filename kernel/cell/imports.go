package cell

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spikebook/spikebook/kernel/gotool"
)

//go:generate go run genstd.go

// modulePath is the toolkit's own module.
const modulePath = "github.com/spikebook/spikebook"

// gonbuiPath is the display library of GoNB, through which pictures leave a cell.
const gonbuiPath = "github.com/janpfeifer/gonb/gonbui"

// toolkit lists what a cell may use without an import line beside the
// standard library. Earlier entries win over later ones of the same name.
var toolkit = []string{
	modulePath + "/snn",
	modulePath + "/snn/model",
	modulePath + "/snn/plan",
	modulePath + "/snn/rng",
	modulePath + "/snn/nef",
	modulePath + "/snn/eprop",
	modulePath + "/display",
	modulePath + "/display/widget",
	modulePath + "/display/cell",
	modulePath + "/npy",
	modulePath + "/datasets",
	modulePath + "/datasets/mnist",
	gonbuiPath,
	gonbuiPath + "/dom",
	gonbuiPath + "/comms",
	gonbuiPath + "/widgets",
	"github.com/janpfeifer/gonb/cache",
	"gonum.org/v1/gonum/mat",
	"gonum.org/v1/gonum/floats",
	"gonum.org/v1/gonum/stat",
	"gonum.org/v1/gonum/stat/distuv",
	"gonum.org/v1/gonum/optimize",
	"gonum.org/v1/gonum/integrate",
	"gonum.org/v1/gonum/interp",
	"gonum.org/v1/gonum/dsp/fourier",
	"gonum.org/v1/plot",
	"gonum.org/v1/plot/plotter",
	"gonum.org/v1/plot/plotutil",
	"gonum.org/v1/plot/palette",
	"gonum.org/v1/plot/palette/moreland",
	"gonum.org/v1/plot/vg",
	"gonum.org/v1/plot/vg/draw",
	"gonum.org/v1/plot/vg/vgimg",
}

// preferred decides between packages of one name where nothing else does.
// A package that lacks a member that the cell uses gives way to the next.
var preferred = map[string]string{
	"rand":     "math/rand/v2",
	"template": "text/template",
	"pprof":    "runtime/pprof",
	"scanner":  "text/scanner",
	"trace":    "runtime/trace",
	"version":  "go/version",
}

// byName maps a package name to the paths it may stand for, best first. It is made
// at first use: before that, a kernel has to answer its first client.
var byName = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for _, p := range append(slices.Clone(stdPaths), toolkit...) {
		m[lastElement(p)] = append(m[lastElement(p)], p)
	}
	for name, best := range preferred {
		slices.SortStableFunc(m[name], func(a, b string) int {
			switch {
			case a == best && b != best:
				return -1
			case b == best && a != best:
				return 1
			}
			return 0
		})
	}
	return m
})

var versionElement = regexp.MustCompile(`^v[0-9]+$`)

// lastElement is the name that a package of this path has by custom.
func lastElement(p string) string {
	base := path.Base(p)
	if versionElement.MatchString(base) && strings.Contains(p, "/") {
		base = path.Base(path.Dir(p))
	}
	return base
}

// An imported is one import of a cell.
type imported struct {
	name string          // the name in the cell; "." and "_" as in Go
	path string          // of the package's version, as cells are compiled with it; see gotool.Module
	spec *ast.ImportSpec // the user's import line; nil when it was added
}

// packageUse is a name in front of a dot that may be a package.
type packageUse struct {
	name    string
	members []string
}

// packageUses collects the names in front of dots that nothing in their own
// piece of text declares.
func packageUses(nodes []ast.Node) []packageUse {
	var out []packageUse
	index := map[string]int{}
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if !ok || id.Obj != nil {
				return true
			}
			i, have := index[id.Name]
			if !have {
				i = len(out)
				index[id.Name] = i
				out = append(out, packageUse{name: id.Name})
			}
			if !slices.Contains(out[i].members, sel.Sel.Name) {
				out[i].members = append(out[i].members, sel.Sel.Name)
			}
			return true
		})
	}
	return out
}

// choose returns the path that a package name without an import stands for.
func (c *Compiler) choose(ctx context.Context, use packageUse) (string, bool) {
	paths := byName()[use.name]
	if len(paths) == 0 {
		return c.chooseModule(ctx, use)
	}
	if len(paths) > 1 {
		for _, p := range paths {
			pkg, err := c.importPackage(ctx, p)
			if err == nil && hasMembers(pkg, use.members) {
				return p, true
			}
		}
	}
	return paths[0], true
}

func hasMembers(pkg *types.Package, members []string) bool {
	for _, m := range members {
		if obj := pkg.Scope().Lookup(m); obj == nil || !obj.Exported() {
			return false
		}
	}
	return true
}

// importPackage loads the export data of one package.
func (c *Compiler) importPackage(ctx context.Context, p string) (*types.Package, error) {
	if p == "unsafe" {
		return types.Unsafe, nil
	}
	if err := c.tool.Resolve(ctx, []string{p}); err != nil {
		return nil, err
	}
	return c.tool.Importer().Import(p)
}

// explicitImports reads the import lines of a cell. Each path is loaded, so
// that one that does not exist is reported at its line.
func (c *Compiler) explicitImports(ctx context.Context, src *source) ([]imported, []Problem, error) {
	var out []imported
	var problems []Problem
	for _, spec := range src.imports {
		complain := func(message, hint string) {
			line, col := src.place(spec.Path.Pos())
			problems = append(problems, Problem{Line: line, Col: col, Message: message, Hint: hint})
		}
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil || p == "" {
			complain("invalid import path "+spec.Path.Value, "")
			continue
		}
		if p == "C" {
			complain(`import "C": cgo does not work in live cells`, "put the C code into a package of a module and import that")
			continue
		}
		pkg, err := c.importPackage(ctx, p)
		if err != nil {
			var bad *gotool.ImportError
			if !errors.As(err, &bad) {
				return nil, nil, err // the machine's fault, not the cell's
			}
			complain(fmt.Sprintf("import %q: %s", p, bad.Reason), bad.Do)
			continue
		}
		name := pkg.Name()
		if spec.Name != nil {
			name = spec.Name.Name
		}
		out = append(out, imported{name: name, path: pkg.Path(), spec: spec})
	}
	return out, problems, nil
}
