package cell

import (
	"go/token"
	"go/types"
	"os"
	"sort"
	"strings"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// Every cell is a package of this path and name for the type checker, so that
// lower-case names of one cell are visible in the others.
const (
	cellPath = "cell"
	cellName = "main"
)

// An entry is a name of the live scope: what a later cell gets when it uses
// the name.
type entry struct {
	kind entryKind
	obj  types.Object
	slot int     // heap cell of a variable or function; 0 if it has none
	from *record // the cell that declared it; nil for foreign
}

type entryKind int

const (
	entryVar     entryKind = iota
	entryFunc              // called through its slot
	entryDirect            // type, constant, generic function: used by import of its cell
	entryForeign           // brought by a dot import of an earlier cell
)

// A record is a cell that was built: what is needed to commit it, to refer to
// it from later cells, and to recognise it when it comes again unchanged.
type record struct {
	id      int
	file    string // name in //line directives and in frames of the runtime
	count   int    // execution count of the last build
	pkg     *types.Package
	built   *Cell
	archive *gotool.Archive
	uses    []string          // what its outside names resolved to, sorted
	entries map[string]*entry // what it declares
	imports map[string]string // name → path, for later cells
	hides   []string          // names that its imports take over
	stays   []string          // its variables that later cells cannot have
}

// Lost names the variables that lived in a worker that died, and forgets all
// declarations: a new worker starts with nothing.
func (c *Compiler) Lost() (vars []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, e := range c.live {
		if e.kind == entryVar {
			vars = append(vars, name)
		}
		if e.from != nil {
			c.gone[name] = e.from.count
		}
	}
	sort.Strings(vars)
	c.live = map[string]*entry{}
	c.imports = map[string]string{}
	c.byText = map[string][]*record{}
	return vars
}

// Variables names the variables of the live scope, sorted, with their types.
func (c *Compiler) Variables() (names, typs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, e := range c.live {
		if e.kind == entryVar {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		typs = append(typs, plainNames(types.TypeString(c.live[name].obj.Type(), types.RelativeTo(c.live[name].obj.Pkg()))))
	}
	return names, typs
}

// Commit makes the declarations of a cell visible to later cells. It is
// called when the cell's plugin has been loaded.
func (c *Compiler) Commit(built *Cell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if built == nil || built.record == nil {
		return
	}
	r := built.record
	for _, name := range r.hides {
		delete(c.live, name)
	}
	for _, name := range r.stays {
		c.stayed[name] = r.count
	}
	for name, e := range r.entries {
		delete(c.imports, name)
		delete(c.stayed, name)
		delete(c.gone, name)
		delete(c.failed, name)
		c.live[name] = e
	}
	for name, path := range r.imports {
		c.imports[name] = path
	}
	c.remember(built.text, r)
	c.clean(built)
}

// clean removes the files of a cell that is loaded: the worker keeps its
// mapping. What later cells import of it stays.
func (c *Compiler) clean(built *Cell) {
	if built.Plugin == nil || c.dir == "" {
		return
	}
	stem := strings.TrimSuffix(built.Plugin.File, ".so")
	for _, ext := range []string{".so", ".a", ".go", ".importcfg", ".linkcfg"} {
		os.Remove(stem + ext)
	}
}

// remember keeps r as the newest build of a text.
func (c *Compiler) remember(text string, r *record) {
	list := c.byText[text]
	for i, old := range list {
		if old == r {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	c.byText[text] = append(list, r)
}

// isCellPackage reports whether a package is a cell's.
func isCellPackage(pkg *types.Package) bool {
	return pkg != nil && pkg.Path() == cellPath
}

// packageLevel reports whether a cell declares obj outside of functions.
func packageLevel(obj types.Object) bool {
	return isCellPackage(obj.Pkg()) && obj.Parent() == obj.Pkg().Scope()
}

// renamed is the name that an identifier of a cell has in generated code.
func renamed(name string) string {
	if token.IsExported(name) {
		return name
	}
	return mark + name
}

// mark is the letter in front of names that generated code changes: upper-case
// for Go, and in no name that a user writes. The kernel removes it from
// everything that leaves it.
const mark = "Ꞌ"
