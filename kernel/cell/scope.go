package cell

import (
	"go/token"
	"go/types"
	"os"
	"slices"
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
	from *record // the cell whose package declares it; nil for foreign

	// Of types, constants and functions:
	decl    *decl            // its source; it may stand in an earlier cell than from
	methods map[string]*decl // of a type
	older   []identity       // what the name meant before
	shares  []int            // of a variable that went on with a renewed type: its former slots, which have the same memory
}

// home is the cell in which the declaration stands.
func (e *entry) home() *record {
	if e.decl != nil {
		return e.decl.home
	}
	return e.from
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
	id        int
	file      string // name in //line directives and in frames of the runtime
	count     int    // execution count of the last build
	cellID    string // the front end's name of the cell; may be empty
	forgotten int    // see Compiler.Stale
	pkg       *types.Package
	built     *Cell
	archive   *gotool.Archive
	uses      []string          // what its outside names resolved to, sorted
	entries   map[string]*entry // what it declares, variables apart, and variables that go on with a renewed type
	vars      []variable        // what its statements define, in order
	slots     []int             // heap cells that it is bound to
	cells     []*record         // earlier cells that it imports
	imports   map[string]string // name → path, for later cells
	hides     []string          // names that its imports take over
	stays     []string          // its variables that later cells cannot have
}

// A variable is one that a cell's statement defines.
type variable struct {
	name  string
	entry *entry
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

// Commit makes the declarations of a cell visible to later cells: its types,
// constants, functions and imports. It is called when the cell's plugin has been
// loaded; [Compiler.Defined] follows when it has run.
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
		if e.kind == entryVar && built.Unchanged {
			continue // it went on when the cell was loaded, and may be another one by now
		}
		if e.kind == entryVar && c.lost[name] != nil && c.live[name] == nil {
			c.lost[name] = e // only its type was declared again
			continue
		}
		c.enter(name, e)
	}
	for name, path := range r.imports {
		c.imports[name] = path
	}
	c.remember(built.text, r)
	c.clean(built)
}

// enter gives a name a new meaning.
func (c *Compiler) enter(name string, e *entry) {
	for _, list := range []map[string]int{c.stayed, c.gone, c.failed} {
		delete(list, name)
	}
	delete(c.imports, name)
	delete(c.lost, name)
	delete(c.unreached, name)
	if old := c.live[name]; old != nil && old != e && old.identity() != e.identity() {
		for _, id := range append(slices.Clip(old.older), old.identity()) {
			if !slices.Contains(e.older, id) {
				e.older = append(e.older, id)
			}
		}
	}
	c.live[name] = e
}

// Defined makes the variables visible that a cell has defined. slots are those
// that its statements have come to, as the worker reports them. Variables behind
// the statement at which the cell stopped are returned by name, sorted; they
// keep the meaning that they had, if any. free lists slots whose variables have
// got another type and that no other code can reach: the worker may zero and
// forget them.
func (c *Compiler) Defined(built *Cell, slots []int) (missing []string, free []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if built == nil || built.record == nil {
		return nil, nil
	}
	before := map[string]*entry{}
	done := map[string]bool{}
	for _, v := range built.record.vars {
		if !slices.Contains(slots, v.entry.slot) {
			continue
		}
		if _, have := before[v.name]; !have {
			before[v.name] = c.live[v.name]
		}
		done[v.name] = true
		c.enter(v.name, v.entry)
	}
	for _, v := range built.record.vars {
		if !done[v.name] && !slices.Contains(missing, v.name) {
			missing = append(missing, v.name)
		}
		if !done[v.name] && c.live[v.name] == nil {
			c.unreached[v.name] = v.entry
		}
	}
	sort.Strings(missing)
	for name, old := range before {
		if old != nil && old.kind == entryVar && old.slot != c.live[name].slot && c.freeable(old) {
			free = append(free, old.slot)
			c.dropped[old.slot] = true
		}
	}
	sort.Ints(free)
	return missing, free
}

// freeable reports whether nothing but the registry of variables leads to the
// memory of a variable whose name means something else by now: no closure, no
// pointer, no function that was not compiled again.
func (c *Compiler) freeable(old *entry) bool {
	slots := append([]int{old.slot}, old.shares...)
	if slices.ContainsFunc(slots, func(slot int) bool { return c.captured[slot] }) {
		return false
	}
	for _, e := range c.live {
		if slices.Contains(slots, e.slot) && e.slot > 0 {
			return false
		}
		if e.decl == nil {
			continue
		}
		for _, d := range append([]*decl{e.decl}, mapValues(e.methods)...) {
			for _, slot := range slots {
				if d.uses[slotNumber(slot)] {
					return false
				}
			}
		}
	}
	return true
}

// clean removes the files of a cell that is loaded: the worker keeps its
// mapping. What later cells import of it stays.
func (c *Compiler) clean(built *Cell) {
	if built.Plugin == nil || c.dir == "" {
		return
	}
	c.cleanFiles(strings.TrimSuffix(built.Plugin.File, ".so"))
}

func (c *Compiler) cleanFiles(stem string) {
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
