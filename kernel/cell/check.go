package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// A definition is a variable that a cell defines outside of any block.
type definition struct {
	ident *ast.Ident
	obj   *types.Var
	slot  int    // its heap cell; 0 for a variable that stays in its cell
	name  string // what generated code calls it: "(*ꞋxꞋ1)"
	typ   string // its type in generated code; empty when it has no slot
}

// A checked cell is one without mistakes that the type checker sees.
type checked struct {
	*source
	explicit []imported // the cell's own import lines
	pkg      *types.Package
	info     *types.Info
	hoisted  []*ast.GenDecl // types and constants, in order
	defs     []*definition
	defOf    map[types.Object]*definition
	unused   map[int]bool // offsets of identifiers of variables that are not used
	imports  []imported   // those that are used
	last     *ast.ExprStmt
	main     bool                  // it declares func main
	kept     map[string]bool       // types that it declares just as they are already
	moved    map[string]*types.Var // earlier variables that go on with a renewed type
	notices  []string
}

// checker is the work of checking one cell.
//
// The statements of the cell become the body of a function, in the order in
// which they stand, and types, constants and functions become declarations of
// the package. A name that is defined a second time opens a new block, so that
// Go's own scopes tell the two apart. The bodies of functions must see the
// variables too, though these are local to the first function: go/types checks
// bodies in the order of their declarations, so at the end of the first body,
// signalled by a name that does not exist, the variables are put into the
// scope of the package (see signal).
type checker struct {
	c        *Compiler
	src      *source
	count    int
	problems []Problem

	pkg     *types.Package
	info    *types.Info
	entry   *ast.File // imports and statements
	decls   *ast.File // imports and declarations
	again   *ast.File // declarations of earlier cells, with imports of their own
	hoisted []*ast.GenDecl
	names   map[string]bool // names that declarations and import lines of the cell take
	idents  []*ast.Ident    // left sides of definitions at depth 0, in order
	defined map[string]bool // their names
	replace map[string]types.Object
	broken  map[string]error // packages that the table knows and that cannot be imported
	last    *ast.ExprStmt
	lastEnd token.Pos
	unused  map[int]bool
	idle    map[token.Pos]int // dot imports that one of the two files does not use
	cont    bool              // the last error was reported, so what continues it is too

	kept    map[string]bool       // see revision
	misfits map[*decl]string      // declarations of earlier cells that do not go with this one
	later   map[string]*entry     // variables whose types this cell declares anew: see renewVariables
	moved   map[string]*types.Var // those that go on with the new type
	stuck   map[string]stuck      // those that keep the former one
	lost    map[types.Object]bool // variables that only earlier functions may mention
}

// stuck says why a variable keeps a former type.
type stuck struct{ typ, why string }

// Names that are defined nowhere: their errors are the signals of the checker.
const (
	signalBegin = mark + "begin"
	signalEnd   = mark + "end"
)

func newChecker(c *Compiler, src *source, count int) *checker {
	return &checker{
		c: c, src: src, count: count,
		names:   map[string]bool{},
		defined: map[string]bool{},
		replace: map[string]types.Object{},
		broken:  map[string]error{},
		unused:  map[int]bool{},
		idle:    map[token.Pos]int{},
		misfits: map[*decl]string{},
		later:   map[string]*entry{},
		moved:   map[string]*types.Var{},
		stuck:   map[string]stuck{},
		lost:    map[types.Object]bool{},
	}
}

// check type-checks a parsed cell against the live scope.
func (k *checker) check(ctx context.Context) (*checked, []Problem, error) {
	c, src := k.c, k.src
	explicit, problems, err := c.explicitImports(ctx, src)
	if err != nil {
		return nil, nil, err
	}
	k.problems = problems
	for _, imp := range explicit {
		if imp.name != "." && imp.name != "_" {
			k.names[imp.name] = true
		}
		if imp.name == "." {
			if pkg, err := c.importPackage(ctx, imp.path); err == nil {
				for _, name := range exported(pkg) {
					k.names[name] = true
				}
			}
		}
	}
	k.collect()
	if len(k.problems) > 0 {
		return nil, k.problems, nil
	}
	k.pkg = types.NewPackage(cellPath, cellName)
	k.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	body := k.body()
	forEntry, forDecls := k.addImports(ctx, explicit)
	k.compose(body, forEntry, forDecls)
	files := []*ast.File{k.entry, k.decls}
	if k.again = k.composeAgain(ctx); k.again != nil {
		files = append(files, k.again)
	}
	k.insertLive()
	conf := types.Config{
		Importer: c.tool.Importer(),
		Error:    k.report,
	}
	// The result is in info; all errors went through report.
	_ = types.NewChecker(&conf, src.set, k.pkg, k.info).Files(files)
	k.refuseLost()
	if len(k.problems) > 0 {
		return nil, k.problems, nil
	}
	return k.result(explicit, append(forEntry, forDecls...)), nil, nil
}

// remember notes the names that a cell with mistakes would have defined.
func (k *checker) remember() {
	for _, names := range []map[string]bool{k.names, k.defined} {
		for name := range names {
			k.c.failed[name] = k.count
		}
	}
}

// collect finds what the cell declares at package level.
func (k *checker) collect() {
	take := func(id *ast.Ident) {
		if id.Name == "SpikebookLoad" || id.Name == "SpikebookRun" {
			k.problem(id.Pos(), "the name "+id.Name+" is taken by the kernel", "choose another one")
		}
		k.names[id.Name] = true
	}
	ownTypes := map[string]*ast.TypeSpec{}
	for _, stmt := range k.src.stmts {
		decl, ok := stmt.(*ast.DeclStmt)
		if !ok {
			continue
		}
		gen, ok := decl.Decl.(*ast.GenDecl)
		if !ok || gen.Tok == token.VAR {
			continue
		}
		k.hoisted = append(k.hoisted, gen)
		for _, spec := range gen.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				take(s.Name)
				ownTypes[s.Name.Name] = s
			case *ast.ValueSpec:
				for _, id := range s.Names {
					take(id)
				}
			}
		}
	}
	for _, c := range k.src.carried {
		if c.kind == declMethod {
			continue
		}
		for _, name := range c.names {
			if !slices.ContainsFunc(c.blank, func(id *ast.Ident) bool { return c.written[id] == name }) {
				k.names[name] = true
			}
		}
		if gen, ok := c.node.(*ast.GenDecl); ok && c.kind == declType {
			ownTypes[c.names[0]] = gen.Specs[0].(*ast.TypeSpec)
		}
	}
	var funcs []*ast.FuncDecl
	for _, f := range k.src.funcs {
		if f.Body == nil {
			k.problem(f.Name.Pos(), "func "+f.Name.Name+" has no body", "functions of a cell are written in Go; assembly is not possible here")
			continue
		}
		if f.Recv == nil {
			if f.Name.Name != "init" {
				take(f.Name)
			}
			funcs = append(funcs, f)
			continue
		}
		if base := k.foreignBase(receiverBase(f.Recv), ownTypes); base != "" {
			k.problem(f.Name.Pos(), fmt.Sprintf("method %s: type %s of Cell [%d] cannot be compiled again", f.Name.Name, base, k.c.live[base].home().count),
				"run that cell again, or move the method into it")
			continue
		}
		funcs = append(funcs, f)
	}
	k.src.funcs = funcs
	for _, c := range k.src.carried {
		if f, ok := c.node.(*ast.FuncDecl); ok && f.Recv != nil {
			if base := k.foreignBase(receiverBase(f.Recv), ownTypes); base != "" {
				k.misfits[c.decl] = "its type " + base + " is not compiled again"
				c.node = nil
			}
		}
	}
	k.shieldTypes(ownTypes)
	k.eachIdent(func(id *ast.Ident) {
		if strings.Contains(id.Name, mark) {
			k.problem(id.Pos(), "the letter "+mark+" (U+A78B) is used by the kernel and cannot be part of a name", "")
		}
	})
}

// foreignBase follows the name in a receiver through the aliases at hand. It
// returns the name at which it ends if that is a type of an earlier cell: the
// checker takes for granted that such a name is declared in the files at hand.
func (k *checker) foreignBase(name string, ownTypes map[string]*ast.TypeSpec) string {
	for range len(ownTypes) + 1 {
		spec := ownTypes[name]
		if spec == nil {
			break
		}
		if !spec.Assign.IsValid() {
			return ""
		}
		name = typeBase(spec.Type)
	}
	e := k.c.live[name]
	if e == nil || e.from == nil || ownTypes[name] != nil || k.names[name] {
		return ""
	}
	if _, isType := e.obj.(*types.TypeName); !isType {
		return ""
	}
	return name
}

// shieldTypes puts parentheses around the right side of "type T U" where U is
// of an earlier cell. The search for cycles in go/types follows such names and
// takes for granted that whatever stands in the package's scope is declared in
// the files at hand.
func (k *checker) shieldTypes(ownTypes map[string]*ast.TypeSpec) {
	for _, spec := range ownTypes {
		if id, ok := spec.Type.(*ast.Ident); ok && k.c.live[id.Name] != nil && !k.names[id.Name] {
			spec.Type = &ast.ParenExpr{Lparen: id.Pos(), X: id, Rparen: id.End() - 1}
		}
	}
}

// receiverBase returns the name of the type that a method belongs to.
func receiverBase(recv *ast.FieldList) string {
	if len(recv.List) != 1 {
		return ""
	}
	return typeBase(recv.List[0].Type)
}

// typeBase returns T of T, *T and T[P]; empty for other types.
func typeBase(t ast.Expr) string {
	for {
		switch e := t.(type) {
		case *ast.ParenExpr:
			t = e.X
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// nodes lists the roots of all trees of the cell.
func (k *checker) nodes() []ast.Node {
	var out []ast.Node
	for _, s := range k.src.stmts {
		out = append(out, s)
	}
	for _, f := range k.src.funcs {
		out = append(out, f)
	}
	return out
}

func (k *checker) eachIdent(do func(*ast.Ident)) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				do(id)
			}
			return true
		})
	}
}

// addImports decides which packages the two files import: the cell's own
// import lines, imports of earlier cells, and what the table knows.
func (k *checker) addImports(ctx context.Context, explicit []imported) (entry, decls []imported) {
	entry = append(entry, explicit...)
	decls = append(decls, explicit...)
	var statements, declarations []ast.Node
	for _, s := range k.src.stmts {
		if d, ok := s.(*ast.DeclStmt); ok {
			if gen, ok := d.Decl.(*ast.GenDecl); ok && gen.Tok != token.VAR {
				declarations = append(declarations, s)
				continue
			}
		}
		statements = append(statements, s)
	}
	for _, f := range k.src.funcs {
		declarations = append(declarations, f)
	}
	find := func(use packageUse) (imported, bool) {
		if k.names[use.name] || k.c.live[use.name] != nil {
			return imported{}, false
		}
		p, ok := k.c.imports[use.name]
		if !ok {
			p, ok = k.c.choose(ctx, use)
		}
		if !ok {
			return imported{}, false
		}
		pkg, err := k.c.importPackage(ctx, p)
		if err != nil {
			k.broken[use.name] = err // the name stays undefined, with this as a hint
			return imported{}, false
		}
		return imported{name: use.name, path: pkg.Path()}, true
	}
	// Members used in statements and in declarations count together, so that
	// both files get the same package.
	all := packageUses(append(append([]ast.Node(nil), statements...), declarations...))
	paths := map[string]imported{}
	for _, use := range all {
		if imp, ok := find(use); ok {
			paths[use.name] = imp
		}
	}
	for _, use := range packageUses(statements) {
		if imp, ok := paths[use.name]; ok {
			entry = append(entry, imp)
		}
	}
	for _, use := range packageUses(declarations) {
		if imp, ok := paths[use.name]; ok && !k.defined[use.name] {
			decls = append(decls, imp)
		}
	}
	return entry, decls
}

// compose builds the two files that are checked.
func (k *checker) compose(body *ast.BlockStmt, forEntry, forDecls []imported) {
	file := func(imports []imported) *ast.File {
		f := &ast.File{Name: &ast.Ident{Name: cellName}}
		for _, imp := range imports {
			spec := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: quote(imp.path)}, Name: &ast.Ident{Name: imp.name}}
			if imp.spec != nil {
				spec.Path.ValuePos = imp.spec.Path.Pos()
				spec.Name.NamePos = imp.spec.Pos()
			}
			f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{spec}})
			f.Imports = append(f.Imports, spec)
		}
		return f
	}
	k.entry, k.decls = file(forEntry), file(forDecls)
	k.entry.Decls = append(k.entry.Decls, &ast.FuncDecl{
		Name: &ast.Ident{Name: mark + "cell"},
		Type: &ast.FuncType{Params: &ast.FieldList{}},
		Body: body,
	})
	for _, d := range k.hoisted {
		k.decls.Decls = append(k.decls.Decls, d)
	}
	for _, f := range k.src.funcs {
		k.decls.Decls = append(k.decls.Decls, f)
	}
}

var (
	pathUnused    = regexp.MustCompile(`imported (as .* )?and not used$`)
	implicitField = regexp.MustCompile(`^implicit assignment to unexported field .* in struct literal of type (main\.|struct\{)`)
	noise         = regexp.MustCompile(` in assignment to _ identifier| \(declared at [^)]*\)|local (variable\) is not a type)$`)
	gotoBlock     = regexp.MustCompile(`^goto .* jumps (over variable declaration|into block)`)
)

// report receives every error of the type checker.
func (k *checker) report(err error) {
	e, ok := err.(types.Error)
	if !ok {
		k.problems = append(k.problems, Problem{Line: 1, Message: err.Error()})
		return
	}
	if strings.HasPrefix(e.Msg, "\t") {
		if k.cont && len(k.problems) > 0 {
			last := &k.problems[len(k.problems)-1]
			if off := k.src.offset(e.Pos); off >= 0 {
				where := ""
				home, line := k.src.lineOf(off)
				if home != nil {
					where = fmt.Sprintf("Cell [%d], ", home.count)
				}
				last.Message += fmt.Sprintf("\n%sline %d: %s", where, line, strings.TrimSpace(plainNames(e.Msg)))
			} else {
				last.Message += "\n" + strings.TrimSpace(plainNames(e.Msg))
			}
		}
		return
	}
	k.cont = false
	switch {
	case e.Msg == "undefined: "+signalBegin:
		k.renewVariables()
		// What the cell defines again is visible to its statements until then,
		// but never to its functions.
		for _, obj := range k.replace {
			k.info.Scopes[k.entry].Insert(obj)
		}
		return
	case e.Msg == "undefined: "+signalEnd:
		k.publish()
		return
	case e.Soft && strings.HasPrefix(e.Msg, "declared and not used: "), e.Soft && strings.HasSuffix(e.Msg, " declared and not used") && !strings.HasPrefix(e.Msg, "label "):
		k.unused[k.src.offset(e.Pos)] = true
		return
	case e.Soft && pathUnused.MatchString(e.Msg):
		k.idle[e.Pos]++
		return
	case implicitField.MatchString(e.Msg), gotoBlock.MatchString(e.Msg):
		// The first is no mistake between cells; the second is judged by the
		// compiler, which sees no blocks.
		return
	case k.src.choices != nil && strings.HasSuffix(e.Msg, " is not used"):
		return
	case k.last != nil && strings.HasSuffix(e.Msg, " is not used") && e.Pos == k.last.X.Pos():
		return
	}
	if c := k.src.carriedAt(k.src.offset(e.Pos)); c != nil {
		k.cont = false
		if k.misfits[c.decl] == "" {
			_, line := k.src.lineOf(k.src.offset(e.Pos))
			k.misfits[c.decl] = fmt.Sprintf("line %d: %s", line, noise.ReplaceAllString(plainNames(e.Msg), "$1"))
		}
		return
	}
	k.cont = true
	line, col := k.src.place(e.Pos)
	k.problems = append(k.problems, Problem{Line: max(line, 1), Col: col, Message: noise.ReplaceAllString(plainNames(e.Msg), "$1"), Hint: k.hint(e)})
}

// publish makes the variables of the statements visible to the functions: of
// each name the last definition.
func (k *checker) publish() {
	final := map[string]*ast.Ident{}
	for _, id := range k.idents {
		if k.info.Defs[id] != nil {
			final[id.Name] = id
		}
	}
	for name, id := range final {
		if other := k.pkg.Scope().Insert(k.info.Defs[id]); other != nil {
			line, _ := k.src.place(other.Pos())
			k.problem(id.Pos(), fmt.Sprintf("%s is a variable here and declared otherwise in line %d of the same cell", name, line), "give one of them another name")
		}
	}
}

func (k *checker) problem(pos token.Pos, message, hint string) {
	line, col := k.src.place(pos)
	k.problems = append(k.problems, Problem{Line: max(line, 1), Col: col, Message: message, Hint: hint})
}

var cellQualifier = regexp.MustCompile(`\b` + cellName + `\.`)

// plainNames removes from a message what the user never wrote: the package
// name of cells and the mark of renamed names.
func plainNames(msg string) string {
	return cellQualifier.ReplaceAllString(strings.ReplaceAll(msg, mark, ""), "")
}

// result gathers what the later stages need.
func (k *checker) result(explicit, all []imported) *checked {
	r := &checked{
		source: k.src, explicit: explicit, pkg: k.pkg, info: k.info, hoisted: k.hoisted,
		defOf: map[types.Object]*definition{}, unused: k.unused, last: k.last, moved: k.moved,
	}
	for _, id := range k.idents {
		if v, ok := k.info.Defs[id].(*types.Var); ok {
			d := &definition{ident: id, obj: v}
			r.defs = append(r.defs, d)
			r.defOf[v] = d
		}
	}
	for _, f := range k.src.funcs {
		r.main = r.main || (f.Recv == nil && f.Name.Name == "main")
	}
	used := map[string]bool{}
	for _, obj := range k.info.Uses {
		if p, ok := obj.(*types.PkgName); ok {
			used[p.Name()+" "+p.Imported().Path()] = true
		}
	}
	for _, imp := range explicit {
		switch imp.name {
		case "_":
			used["_ "+imp.path] = true
		case ".":
			used[". "+imp.path] = k.idle[imp.spec.Pos()] < 2
		}
	}
	for _, imp := range all {
		if key := imp.name + " " + imp.path; used[key] {
			r.imports = append(r.imports, imp)
			used[key] = false
		}
	}
	return r
}
