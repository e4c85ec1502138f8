package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
)

// Names of the packages that generated code itself uses. Two marks: a user's
// own name has one at most.
const (
	liveName   = mark + mark + "live"
	irqName    = mark + mark + "irq"
	gonbuiName = mark + mark + "gonbui"
	osName     = mark + mark + "os"
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

	needs     map[string]string   // import path → name, for generated code
	cells     map[*record]bool    // earlier cells that are imported
	slots     map[string]*slotVar // generated pointer variables, by name
	aliases   map[string]bool     // predeclared types that need an alias
	override  map[*ast.Ident]string
	standIns  map[string]bool            // functions that take the place of others
	unmarked  map[*ast.SelectorExpr]bool // functions of fmt in calls whose text may show names of cells
	replaced  map[string]bool            // members of packages that were replaced; they keep the import in use
	mentioned map[string]bool            // types that the edited text leaves out; they keep imports in use
	inits     []string
	inFunc    bool // a function declaration is being edited
	uses      map[string]bool
	owners    map[string]string // type → first type of its group
	owner     string            // the type whose declaration or method is being edited; uses are marked with it
	renewed   map[string]*entry // earlier variables that go on with a renewed type
	carry     map[string]int    // pointer variable of such a one → slot of the memory
	vars      []variable
	messages  []string // notices at run time
	problems  []Problem
	flow      int      // number of the next temporary name
	current   *carried // what is being edited, if it is of an earlier cell
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
	vars    []variable
	slots   []int
}

// generate edits a checked cell into the Go file of its plugin.
func (c *Compiler) generate(ctx context.Context, ck *checked, r *record) (*generated, []Problem) {
	g := &generator{
		checked: ck, c: c, ctx: ctx, file: r.file, label: fmt.Sprintf("Cell [%d]", r.count),
		ed:      &edits{text: ck.text},
		entries: map[string]*entry{},
		needs:   map[string]string{}, cells: map[*record]bool{}, slots: map[string]*slotVar{},
		aliases: map[string]bool{}, override: map[*ast.Ident]string{}, standIns: map[string]bool{}, unmarked: map[*ast.SelectorExpr]bool{}, replaced: map[string]bool{}, mentioned: map[string]bool{}, uses: map[string]bool{},
		owners: map[string]string{}, renewed: map[string]*entry{}, carry: map[string]int{},
	}
	for _, d := range g.hoisted {
		for _, spec := range d.Specs {
			if s, ok := spec.(*ast.TypeSpec); ok {
				g.owners[s.Name.Name] = ownerOf(d)
			}
		}
	}
	g.declare(r)
	var body, decls strings.Builder
	for _, d := range g.hoisted {
		g.owner = ownerOf(d)
		g.edit(d)
		start, end := g.offset(d.Pos()), g.offset(d.End())
		g.piece(&decls, start, g.ed.render(start, end))
	}
	g.inFunc = true
	for _, f := range g.funcs {
		g.owner = ""
		if f.Recv != nil {
			g.owner = g.owners[receiverBase(f.Recv)]
		}
		g.edit(f)
		start, end := g.funcStart(f), g.offset(f.End())
		g.piece(&decls, start, g.ed.render(start, end))
	}
	g.owner = ""
	for _, c := range g.carried {
		g.again(&decls, c)
	}
	g.inFunc = false
	for i, stmt := range g.stmts {
		start, text := g.statement(stmt)
		switch {
		case text == "":
		case g.choices != nil:
			text = g.choose(i, text)
		case i > 0 && g.calls(g.stmts[i-1]):
			// What was called may have come back because of an interrupt.
			g.needIRQ()
			text = interruptCheck + text
		}
		if text != "" {
			g.piece(&body, start, text)
		}
	}
	if len(g.problems) > 0 {
		return nil, g.problems
	}
	g.capture()
	g.keep(r)
	return g.assemble(body.String(), decls.String()), nil
}

// declare gives the cell's variables and functions their slots and enters all
// of its declarations into entries.
func (g *generator) declare(r *record) {
	g.renew()
	fresh := map[string]*entry{} // variables of this cell, newest version of each name
	for i, d := range g.defs {
		typ, why := g.typeText(d.obj.Type())
		name := d.ident.Name
		if why != "" {
			d.name = fmt.Sprintf("%s%s%sL%d", mark, name, mark, i+1)
			line, _ := g.place(d.ident.Pos())
			g.messages = append(g.messages, fmt.Sprintf("%s, line %d: %s stays in this cell: %s, so other cells cannot hold it; give it an interface type to keep it, for example: var %s any = …", g.label, line, name, why, name))
			delete(fresh, name)
			continue
		}
		slot := g.slotFor(name, fresh[name], d.obj.Type())
		d.slot, d.typ = slot, typ
		d.name = "(*" + g.slotName(name, slot, typ) + ")"
		fresh[name] = &entry{kind: entryVar, obj: d.obj, slot: slot, from: r}
		g.vars = append(g.vars, variable{name, fresh[name]})
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
				e.slot = g.slotFor(name, nil, obj.Type())
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
			if g.entries[name] == nil && fresh[name] == nil {
				g.entries[name] = &entry{kind: entryForeign, obj: pkg.Scope().Lookup(name), from: r}
			}
		}
	}
}

// slotFor returns the slot of a variable or function: that of an earlier one of
// the name and type, so that code which was compiled before sees the new value.
func (g *generator) slotFor(name string, old *entry, typ types.Type) int {
	same := func(e *entry) bool { return e != nil && e.slot > 0 && types.Identical(e.obj.Type(), typ) }
	for _, e := range []*entry{old, g.entry(name), g.c.lost[name], g.c.unreached[name]} {
		if same(e) {
			return e.slot
		}
		if e != nil && e != g.c.lost[name] {
			break // a newer meaning hides the others
		}
	}
	return g.c.newSlot()
}

// entry returns what a name of an earlier cell is in this one.
func (g *generator) entry(name string) *entry {
	if e := g.renewed[name]; e != nil {
		return e
	}
	if e := g.c.live[name]; e != nil {
		return e
	}
	return g.c.lost[name]
}

// renew gives slots of their own to the variables that go on with a renewed
// type. Both slots have the same memory.
func (g *generator) renew() {
	for _, name := range sortedKeys(g.moved) {
		old := g.entry(name)
		typ, why := g.typeText(g.moved[name].Type())
		if old == nil || why != "" {
			continue
		}
		e := &entry{kind: entryVar, obj: g.moved[name], slot: g.c.newSlot(), from: old.from, shares: append(slices.Clip(old.shares), old.slot), older: append(slices.Clip(old.older), old.identity())}
		g.carry[g.slotName(name, e.slot, typ)] = old.slot
		g.renewed[name] = e
		if g.c.captured[old.slot] {
			g.c.captured[e.slot] = true
		}
	}
}

// again adds a declaration of an earlier cell under the directive of its place.
func (g *generator) again(b *strings.Builder, c *carried) {
	if c.node == nil {
		return
	}
	label := g.label
	g.label = fmt.Sprintf("Cell [%d]", c.home.count)
	for _, id := range c.blank {
		start := g.offset(id.Pos())
		g.ed.replace(start, start+len(c.written[id]), "_")
	}
	g.current = c
	g.edit(c.node)
	g.current = nil
	g.label = label
	fmt.Fprintf(b, "//line %s:%d\n%s\n", c.home.file, c.line, g.ed.render(c.start, c.end))
	g.use("again %d", c.id)
}

// use notes what an outside name means. A cell that comes again is compiled only
// if one of these has changed. While a type is what it was nobody asks what that
// was made of, so what its declaration and methods use is marked with its name.
func (g *generator) use(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if g.owner != "" {
		line += inType + g.owner
	}
	g.uses[line] = true
}

const inType = " in type "

// ownerOf is the first type of a declaration: types of one group are kept or
// declared together.
func ownerOf(gen *ast.GenDecl) string {
	if gen.Tok != token.TYPE || len(gen.Specs) == 0 {
		return ""
	}
	return gen.Specs[0].(*ast.TypeSpec).Name.Name
}

// usePackages notes the packages that the cell's text names.
func (g *generator) usePackages() {
	look := func(root ast.Node, owner string) {
		g.owner = owner
		ast.Inspect(root, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if p, ok := g.info.Uses[id].(*types.PkgName); ok {
					g.use("import %s %s", p.Name(), p.Imported().Path())
				}
			}
			return true
		})
	}
	for _, s := range g.stmts {
		if gen := declarationOfStmt(s); gen == nil || gen.Tok == token.VAR {
			look(s, "")
		}
	}
	for _, d := range g.hoisted {
		look(d, ownerOf(d))
	}
	for _, f := range g.funcs {
		owner := ""
		if f.Recv != nil {
			owner = g.owners[receiverBase(f.Recv)]
		}
		look(f, owner)
	}
	g.owner = ""
	for _, imp := range g.explicit {
		if imp.name == "." || imp.name == "_" {
			g.use("import %s %s", imp.name, imp.path)
		}
	}
}

// slotName returns the name of the pointer variable of a slot.
func (g *generator) slotName(name string, slot int, typ string) string {
	full := slotVariable(name, slot)
	g.slots[full] = &slotVar{slot: slot, typ: typ}
	return full
}

// slotVariable is the name of the pointer variable of a slot.
func slotVariable(name string, slot int) string {
	return fmt.Sprintf("%s%s%s%d", mark, name, mark, slot)
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
	return cellImport(r)
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
	out := &generated{entries: g.entries, vars: g.vars}
	var b strings.Builder
	for _, name := range sortedKeys(g.aliases) {
		fmt.Fprintf(&b, "type %s%s = %s\n", mark, name, name)
	}
	for _, name := range sortedKeys(g.slots) {
		fmt.Fprintf(&b, "var %s *%s\n", name, g.slots[name].typ)
	}
	for _, typ := range sortedKeys(g.mentioned) {
		fmt.Fprintf(&b, "var _ *%s\n", typ)
	}
	for _, name := range sortedKeys(g.replaced) {
		fmt.Fprintf(&b, "var _ = %s\n", name)
	}
	g.writeStandIns(&b)
	b.WriteString("\nfunc main() {}\n\nfunc SpikebookLoad() {\n")
	for _, name := range sortedKeys(g.slots) {
		s := g.slots[name]
		out.slots = append(out.slots, s.slot)
		if from, ok := g.carry[name]; ok {
			fmt.Fprintf(&b, "\t%s = %s.Carry[%s](%d, %d)\n", name, g.need(livePath, liveName), s.typ, s.slot, from)
			continue
		}
		fmt.Fprintf(&b, "\t%s = %s.Bind[%s](%d)\n", name, g.need(livePath, liveName), s.typ, s.slot)
	}
	b.WriteString(g.renewHeld())
	functions := ""
	for _, name := range sortedKeys(g.entries) {
		if e := g.entries[name]; e.kind == entryFunc {
			functions += fmt.Sprintf("\t*%s = %s\n", slotVariable(name, e.slot), renamed(name))
		}
	}
	// When it is loaded, since it is declared then; and at each run: a cell that
	// is run again makes its functions the newest.
	fmt.Fprintf(&b, "%s}\n\nfunc SpikebookRun() (%s []any) {\n%s", functions, outName, functions)
	for _, n := range g.messages {
		fmt.Fprintf(&b, "\t%s.Notice(%q)\n", g.need(livePath, liveName), n)
	}
	if g.choices != nil {
		fmt.Fprintf(&b, "\t%schoice := %s.Choice(&%s.Args)\n", mark+mark, g.need(livePath, liveName), g.need("os", osName))
	}
	b.WriteString(body)
	b.WriteString("//line spikebook:1\n")
	// As in a program: variables first, then init, then main.
	for _, name := range g.inits {
		fmt.Fprintf(&b, "\t%s()\n", name)
	}
	if g.main {
		fmt.Fprintf(&b, "\t%s.Main(%smain)\n", g.need(livePath, liveName), mark)
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
	g.usePackages()
	for u := range g.uses {
		out.uses = append(out.uses, u)
	}
	// A type that stays as it is counts as declared by the cell that has it.
	for name, e := range g.renewed { // committed with the rest: their memory is there
		out.entries[name] = e
	}
	for name, e := range g.entries {
		if _, isType := e.obj.(*types.TypeName); isType && e.kind == entryDirect {
			out.uses = append(out.uses, "type "+name+" self")
		}
	}
	for name := range g.kept {
		if e := g.c.live[name]; e != nil {
			out.uses = append(out.uses, fmt.Sprintf("type %s %d", name, e.from.id))
		}
	}
	sort.Strings(out.uses)
	return out
}

// unitPath is the import path of a cell for compiler and linker.
func unitPath(id int) string { return fmt.Sprintf("cell/%d", id) }

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
