package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"
)

// Names of the packages that generated code itself uses. Two marks: a user's
// own name has one at most.
const (
	liveName   = mark + mark + "live"
	irqName    = mark + mark + "irq"
	gonbuiName = mark + mark + "gonbui"
	outName    = mark + mark + "out" // the result of SpikebookRun

	livePath      = modulePath + "/kernel/live"
	interruptPath = modulePath + "/kernel/interrupt"
)

// A generator writes the Go file of one cell.
type generator struct {
	*checked
	c       *Compiler
	ctx     context.Context
	file    string // name in //line directives
	label   string // "Cell [3]", in messages at run time
	ed      *edits
	entries map[string]*entry // what the cell declares

	needs    map[string]string   // import path → name, for generated code
	cells    map[*record]bool    // earlier cells that are imported
	slots    map[string]*slotVar // generated pointer variables, by name
	aliases  map[string]bool     // predeclared types that need an alias
	override map[*ast.Ident]string
	fatal    map[string]bool // replacements of log.Fatal… in use
	replaced map[string]bool // members of packages that were replaced; they keep the import in use
	kept     map[string]bool // types that the edited text leaves out; they keep imports in use
	inits    []string
	inFunc   bool // a function declaration is being edited
	uses     map[string]bool
	notices  []string
	problems []Problem
	flow     int // number of the next temporary name
}

// A slotVar is a package variable that points to a heap cell.
type slotVar struct {
	slot int
	typ  string
}

// generated is the result: a Go file and what must be known to compile it.
type generated struct {
	text    string
	imports []string // import paths, cells apart
	cells   []*record
	uses    []string // what its outside names resolved to, sorted
	entries map[string]*entry
}

// generate edits a checked cell into the Go file of its plugin.
func (c *Compiler) generate(ctx context.Context, ck *checked, r *record) (*generated, []Problem) {
	g := &generator{
		checked: ck, c: c, ctx: ctx, file: r.file, label: fmt.Sprintf("Cell [%d]", r.count),
		ed:      &edits{text: ck.text},
		entries: map[string]*entry{},
		needs:   map[string]string{}, cells: map[*record]bool{}, slots: map[string]*slotVar{},
		aliases: map[string]bool{}, override: map[*ast.Ident]string{}, fatal: map[string]bool{}, replaced: map[string]bool{}, kept: map[string]bool{}, uses: map[string]bool{},
	}
	g.declare(r)
	var body, decls strings.Builder
	for _, d := range g.hoisted {
		g.edit(d)
		start, end := g.offset(d.Pos()), g.offset(d.End())
		g.piece(&decls, start, g.ed.render(start, end))
	}
	g.inFunc = true
	for _, f := range g.funcs {
		g.edit(f)
		start, end := g.funcStart(f), g.offset(f.End())
		g.piece(&decls, start, g.ed.render(start, end))
	}
	g.inFunc = false
	for _, stmt := range g.stmts {
		start, text := g.statement(stmt)
		if text != "" {
			g.piece(&body, start, text)
		}
	}
	if len(g.problems) > 0 {
		return nil, g.problems
	}
	return g.assemble(body.String(), decls.String()), nil
}

// declare gives the cell's variables and functions their slots and enters all
// of its declarations into entries.
func (g *generator) declare(r *record) {
	fresh := map[string]*entry{} // variables of this cell, newest version of each name
	for i, d := range g.defs {
		typ, why := g.typeText(d.obj.Type())
		name := d.ident.Name
		if why != "" {
			d.name = fmt.Sprintf("%s%s%sL%d", mark, name, mark, i+1)
			line, _ := g.place(d.ident.Pos())
			g.notices = append(g.notices, fmt.Sprintf("%s, line %d: %s stays in this cell: %s, so other cells cannot hold it; give it an interface type to keep it, for example: var %s any = …", g.label, line, name, why, name))
			delete(fresh, name)
			continue
		}
		slot := 0
		old := fresh[name]
		if old == nil {
			old = g.c.live[name]
		}
		if old != nil && old.slot > 0 && types.Identical(old.obj.Type(), d.obj.Type()) {
			slot = old.slot
		} else {
			slot = g.c.newSlot()
		}
		d.slot, d.typ = slot, typ
		d.name = "(*" + g.slotName(name, slot, typ) + ")"
		fresh[name] = &entry{kind: entryVar, obj: d.obj, slot: slot, from: r}
	}
	for name, e := range fresh {
		g.entries[name] = e
	}
	scope := g.pkg.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if obj.Pkg() != g.pkg || obj.Parent() != scope || name == "main" || name == "init" || name == "_" {
			continue
		}
		switch obj := obj.(type) {
		case *types.Func:
			if name == mark+"cell" {
				continue
			}
			e := &entry{kind: entryDirect, obj: obj, from: r}
			if typ, why := g.typeText(obj.Type()); why == "" {
				old := g.c.live[name]
				if old != nil && old.slot > 0 && types.Identical(old.obj.Type(), obj.Type()) {
					e.slot = old.slot
				} else {
					e.slot = g.c.newSlot()
				}
				e.kind = entryFunc
				g.slotName(name, e.slot, typ)
			}
			g.entries[name] = e
		case *types.TypeName, *types.Const:
			g.entries[name] = &entry{kind: entryDirect, obj: obj, from: r}
		}
	}
	// Whatever a cell's own dot import brought stays available.
	for _, imp := range g.explicit {
		if imp.name != "." {
			continue
		}
		pkg, err := g.c.importPackage(g.ctx, imp.path)
		if err != nil {
			continue
		}
		for _, name := range exported(pkg) {
			if g.entries[name] == nil {
				g.entries[name] = &entry{kind: entryForeign, obj: pkg.Scope().Lookup(name), from: r}
			}
		}
	}
}

// slotName returns the name of the pointer variable of a slot.
func (g *generator) slotName(name string, slot int, typ string) string {
	full := fmt.Sprintf("%s%s%s%d", mark, name, mark, slot)
	g.slots[full] = &slotVar{slot: slot, typ: typ}
	return full
}

// need imports a package for generated code.
func (g *generator) need(path, name string) string {
	g.needs[path] = name
	return name
}

// foreign returns the name under which generated code uses a package that is
// no cell, or "" if it cannot be imported.
func (g *generator) foreign(path string) string {
	if name, ok := g.needs[path]; ok {
		return name
	}
	if _, err := g.c.importPackage(g.ctx, path); err != nil {
		return ""
	}
	return g.need(path, fmt.Sprintf("%s%sp%d", mark, mark, len(g.needs)+1))
}

// cellName returns the name under which generated code uses an earlier cell.
func (g *generator) cellName(r *record) string {
	g.cells[r] = true
	return fmt.Sprintf("%s%sc%d", mark, mark, r.id)
}

// funcStart is where the text of a function begins: at the comments above it,
// which may hold directives such as //go:noinline.
func (g *generator) funcStart(f *ast.FuncDecl) int {
	at := g.offset(f.Pos())
	for _, p := range g.parts {
		if at >= p.start && at < p.end {
			if strings.Contains(g.text[p.start:at], "//go:") {
				lead := g.text[p.start:at]
				return p.start + len(lead) - len(strings.TrimLeft(lead, " \t\r\n"))
			}
		}
	}
	return at
}

// piece appends user's text under a directive that names its place.
func (g *generator) piece(b *strings.Builder, offset int, text string) {
	line, _ := place(g.text, offset)
	fmt.Fprintf(b, "//line %s:%d\n%s\n", g.file, line, text)
}

// assemble puts the parts of the file together.
func (g *generator) assemble(body, decls string) *generated {
	out := &generated{entries: g.entries}
	var b strings.Builder
	for _, name := range sortedKeys(g.aliases) {
		fmt.Fprintf(&b, "type %s%s = %s\n", mark, name, name)
	}
	for _, name := range sortedKeys(g.slots) {
		fmt.Fprintf(&b, "var %s *%s\n", name, g.slots[name].typ)
	}
	for _, typ := range sortedKeys(g.kept) {
		fmt.Fprintf(&b, "var _ *%s\n", typ)
	}
	for _, name := range sortedKeys(g.replaced) {
		fmt.Fprintf(&b, "var _ = %s\n", name)
	}
	if len(g.fatal) > 0 {
		g.need("fmt", mark+mark+"fmt")
		g.need("log", mark+mark+"log")
		g.need(livePath, liveName)
	}
	for _, name := range sortedKeys(g.fatal) {
		b.WriteString(fatalHelpers[name])
	}
	b.WriteString("\nfunc main() {}\n\nfunc SpikebookLoad() {\n")
	for _, name := range sortedKeys(g.slots) {
		s := g.slots[name]
		fmt.Fprintf(&b, "\t%s = %s.Bind[%s](%d)\n", name, g.need(livePath, liveName), s.typ, s.slot)
	}
	fmt.Fprintf(&b, "}\n\nfunc SpikebookRun() (%s []any) {\n", outName)
	// At each run: a cell that is run again makes its functions the newest.
	for _, name := range sortedKeys(g.entries) {
		if e := g.entries[name]; e.kind == entryFunc {
			fmt.Fprintf(&b, "\t*%s%s%s%d = %s\n", mark, name, mark, e.slot, renamed(name))
		}
	}
	for _, n := range g.notices {
		fmt.Fprintf(&b, "\t%s.Notice(%q)\n", g.need(livePath, liveName), n)
	}
	b.WriteString(body)
	b.WriteString("//line spikebook:1\n")
	// As in a program: variables first, then init, then main.
	for _, name := range g.inits {
		fmt.Fprintf(&b, "\t%s()\n", name)
	}
	if g.main {
		fmt.Fprintf(&b, "\t%smain()\n", mark)
	}
	fmt.Fprintf(&b, "\treturn %s\n}\n\n", outName)
	b.WriteString(decls)
	rest := b.String()

	var head strings.Builder
	head.WriteString("// Code generated by spikebook from " + g.label + "; DO NOT EDIT.\n\npackage main\n\n")
	seen := map[string]bool{}
	add := func(name, path string) {
		fmt.Fprintf(&head, "import %s %q\n", name, path)
		if !seen[path] {
			seen[path] = true
			out.imports = append(out.imports, path)
		}
	}
	for _, imp := range g.imports {
		add(imp.name, imp.path)
	}
	// Not all that was looked at is used, for example when a type turned out
	// to be one that cannot be written.
	for _, path := range sortedKeys(g.needs) {
		if strings.Contains(rest, g.needs[path]+".") {
			add(g.needs[path], path)
		}
	}
	for r := range g.cells {
		if strings.Contains(rest, g.cellName(r)+".") {
			out.cells = append(out.cells, r)
		}
	}
	sort.Slice(out.cells, func(i, j int) bool { return out.cells[i].id < out.cells[j].id })
	for _, r := range out.cells {
		fmt.Fprintf(&head, "import %s %q\n", g.cellName(r), unitPath(r.id))
	}
	out.text = head.String() + "\n" + rest
	for u := range g.uses {
		out.uses = append(out.uses, u)
	}
	for _, imp := range g.imports {
		out.uses = append(out.uses, "import "+imp.name+" "+imp.path)
	}
	sort.Strings(out.uses)
	return out
}

// unitPath is the import path of a cell for compiler and linker.
func unitPath(id int) string { return fmt.Sprintf("cell/%d", id) }

// fatalHelpers do what functions of package log do, but end the cell instead
// of the process. The call depth makes log.Lshortfile name the user's line.
var fatalHelpers = map[string]string{
	"Fatal":   "\nfunc " + mark + mark + "Fatal(v ...any) { " + mark + mark + "log.Output(2, " + mark + mark + "fmt.Sprint(v...)); " + liveName + ".Exit(1) }\n",
	"Fatalf":  "\nfunc " + mark + mark + "Fatalf(format string, v ...any) { " + mark + mark + "log.Output(2, " + mark + mark + "fmt.Sprintf(format, v...)); " + liveName + ".Exit(1) }\n",
	"Fatalln": "\nfunc " + mark + mark + "Fatalln(v ...any) { " + mark + mark + "log.Output(2, " + mark + mark + "fmt.Sprintln(v...)); " + liveName + ".Exit(1) }\n",
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// problem notes a mistake that only the rewriter sees.
func (g *generator) problem(pos token.Pos, message, hint string) {
	line, col := g.place(pos)
	g.problems = append(g.problems, Problem{Line: max(line, 1), Col: col, Message: message, Hint: hint})
}
