package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"
)

// interruptCheck is put at loop heads and function entries. Requested is
// inlined: it is one atomic load.
var interruptCheck = "if " + irqName + ".Requested() { " + irqName + ".Panic() }; "

// edit notes the changes of one tree that do not depend on where it stands:
// names, interrupt checks, go statements, displays and unused variables.
func (g *generator) edit(root ast.Node) {
	var stack []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if !g.editNode(n, stack) {
			return false
		}
		stack = append(stack, n)
		return true
	})
}

// editNode edits one node; it returns false when its children are done or must
// stay as they are. stack holds the nodes around it, outermost first.
func (g *generator) editNode(n ast.Node, stack []ast.Node) bool {
	switch n := n.(type) {
	case *ast.Ident:
		g.ident(n)
	case *ast.SelectorExpr:
		return g.selector(n)
	case *ast.CallExpr:
		g.unmark(n)
	case *ast.ForStmt:
		g.check(n.Body)
		g.useIn(n.Body, n.Init)
	case *ast.RangeStmt:
		g.check(n.Body)
		g.useIn(n.Body, n)
	case *ast.IfStmt:
		g.useIn(n.Body, n.Init)
	case *ast.SwitchStmt:
		g.useInClauses(n.Body, n.Init)
	case *ast.TypeSwitchStmt:
		g.useInClauses(n.Body, n.Init, n.Assign)
	case *ast.CommClause:
		for _, name := range g.unusedIn(n.Comm) {
			g.ed.insert(g.offset(n.Colon)+1, " _ = "+name+"; ")
		}
		g.list(n.Body)
	case *ast.CaseClause:
		g.list(n.Body)
	case *ast.BlockStmt:
		g.list(n.List)
	case *ast.FuncDecl:
		if g.calls(n.Body) {
			g.check(n.Body)
		}
		if n.Recv == nil && n.Name.Name == "init" {
			name := fmt.Sprintf("%sinit%s%d", mark, mark, len(g.inits)+1)
			g.inits = append(g.inits, name)
			g.override[n.Name] = name
		}
	case *ast.FuncLit:
		if g.calls(n.Body) {
			g.check(n.Body)
		}
	case *ast.BranchStmt:
		if n.Tok == token.GOTO && n.Label != nil {
			if label := g.info.Uses[n.Label]; label != nil && label.Pos() < n.Pos() {
				g.needIRQ()
				g.ed.insert(g.offset(n.Pos()), interruptCheck)
			}
		}
		return false
	case *ast.LabeledStmt:
		g.edit(n.Stmt)
		return false
	case *ast.GoStmt:
		return g.goStmt(n)
	case *ast.StructType:
		g.structTags(n)
	}
	return true
}

func (g *generator) needIRQ() { g.need(interruptPath, irqName) }

// check puts an interrupt check at the start of a block.
func (g *generator) check(b *ast.BlockStmt) {
	g.needIRQ()
	g.ed.insert(g.offset(b.Lbrace)+1, " "+interruptCheck)
}

// calls reports whether a function body calls functions itself. Literals
// inside have checks of their own.
func (g *generator) calls(body ast.Stmt) bool {
	return g.hasCall(body, func(*ast.CallExpr) bool { return true })
}

// hasCall reports whether a statement has a call that is looked for, apart from
// those in function literals. Conversions and built-in functions are none.
func (g *generator) hasCall(s ast.Stmt, wanted func(*ast.CallExpr) bool) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if tv := g.info.Types[n.Fun]; !tv.IsType() && !tv.IsBuiltin() && wanted(n) {
				found = true
			}
		}
		return !found
	})
	return found
}

// ident renames one identifier.
func (g *generator) ident(id *ast.Ident) {
	if id.Name == "_" {
		return
	}
	text, ok := g.override[id]
	if !ok {
		text = g.identText(id)
	}
	if text != id.Name {
		start := g.offset(id.Pos())
		g.ed.replace(start, start+len(id.Name), text)
	}
}

// identText is what an identifier is called in generated code.
func (g *generator) identText(id *ast.Ident) string {
	obj := g.info.Uses[id]
	def := g.info.Defs[id]
	if obj == nil {
		obj = def
	}
	if obj == nil {
		return id.Name
	}
	switch obj := obj.(type) {
	case *types.Var:
		if obj.IsField() {
			if !obj.Exported() && isCellPackage(obj.Pkg()) {
				return mark + id.Name
			}
			return id.Name
		}
		if d := g.defOf[obj]; d != nil {
			if d.slot == 0 && g.inFunc {
				g.problem(id.Pos(), "variable "+id.Name+" stays local to the statements of this cell, since its type cannot be written outside of its package; a function cannot use it",
					"give it an interface type (var "+id.Name+" any = …), or pass it to the function")
			}
			return d.name
		}
		return g.outside(id.Name, obj)
	case *types.Func:
		if obj.Signature().Recv() != nil {
			if !obj.Exported() && isCellPackage(obj.Pkg()) {
				return mark + id.Name
			}
			return id.Name
		}
		return g.outside(id.Name, obj)
	case *types.TypeName:
		if v, ok := def.(*types.Var); ok && v.Embedded() && obj.Pkg() == nil {
			return g.aliasOf(id.Name)
		}
		return g.outside(id.Name, obj)
	case *types.Const:
		return g.outside(id.Name, obj)
	}
	return id.Name
}

// outside spells a name that is not local to a function: declared at package
// level of this cell, by an earlier cell, or brought by a dot import.
func (g *generator) outside(name string, obj types.Object) string {
	pkg := obj.Pkg()
	if pkg == nil {
		return name // Go's universe
	}
	if pkg == g.pkg {
		if packageLevel(obj) {
			return renamed(name)
		}
		return name // local
	}
	e := g.entry(name)
	if e == nil || e.obj != obj {
		return name // the cell's own dot import
	}
	switch {
	case e.slot > 0:
		typ, why := g.typeText(obj.Type())
		if why != "" {
			return name
		}
		g.use("slot %s %d", name, e.slot)
		return "(*" + g.slotName(name, e.slot, typ) + ")"
	case e.kind == entryForeign:
		g.use("package %s %s", name, pkg.Path())
		return g.foreign(pkg.Path()) + "." + name
	}
	if !g.kept[name] {
		g.use("cell %s %d", name, e.from.id)
	}
	return g.cellName(e.from) + "." + renamed(name)
}

// list edits what stands between the statements of a block: a variable that is
// not used is used, a display waits until it has arrived, and behind what waits for
// input it is looked whether to stop, since an interrupt ends the waiting.
func (g *generator) list(stmts []ast.Stmt) {
	for i, s := range stmts {
		if i > 0 && g.waits(stmts[i-1]) {
			g.needIRQ()
			g.ed.insert(g.offset(s.Pos()), interruptCheck)
		}
		g.afterStatement(s)
	}
}

// waits reports whether a statement may wait for input: an interrupt lets the call
// come back with an error, which many do not look at.
func (g *generator) waits(s ast.Stmt) bool {
	return g.hasCall(s, func(call *ast.CallExpr) bool {
		f := g.callee(call)
		if f == nil || f.Pkg() == nil {
			return false
		}
		switch f.Pkg().Path() {
		case "fmt", "bufio", "io", "os":
			return waitingName.MatchString(f.Name())
		case gonbuiPath, modulePath + "/display/cell":
			return true
		}
		return false
	})
}

var waitingName = regexp.MustCompile(`^(F?[Ss]can|Read|Copy|Peek|WriteTo$)`)

// afterStatement appends to a statement of a block.
func (g *generator) afterStatement(s ast.Stmt) {
	inner, _ := unlabel(s)
	switch inner.(type) {
	case *ast.AssignStmt, *ast.DeclStmt:
		for _, name := range g.unusedIn(inner) {
			g.ed.insert(g.offset(inner.End()), "; _ = "+name)
		}
	}
	if g.displays(inner) {
		g.ed.insert(g.offset(inner.End()), "; "+g.need(gonbuiPath, gonbuiName)+".Sync()")
	}
}

// unusedIn lists the unused variables that a simple statement or a range
// clause defines.
func (g *generator) unusedIn(s ast.Node) []string {
	var ids []*ast.Ident
	add := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok && g.unused[g.offset(id.Pos())] && g.defOf[g.info.Defs[id]] == nil {
			ids = append(ids, id)
		}
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			for _, e := range s.Lhs {
				add(e)
			}
		}
	case *ast.RangeStmt:
		if s.Tok == token.DEFINE {
			add(s.Key)
			add(s.Value)
		}
	case *ast.DeclStmt:
		if gen, ok := s.Decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
			for _, spec := range gen.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, id := range v.Names {
						add(id)
					}
				}
			}
		}
	}
	var names []string
	for _, id := range ids {
		names = append(names, id.Name)
	}
	return names
}

// useIn makes unused variables of a header used, at the start of its block.
func (g *generator) useIn(b *ast.BlockStmt, header ast.Node) {
	for _, name := range g.unusedIn(header) {
		g.ed.insert(g.offset(b.Lbrace)+1, " _ = "+name+"; ")
	}
}

// useInClauses does it in the first clause of a switch.
func (g *generator) useInClauses(b *ast.BlockStmt, headers ...ast.Node) {
	for _, header := range headers {
		for _, name := range g.unusedIn(header) {
			if len(b.List) == 0 {
				g.ed.insert(g.offset(b.Lbrace)+1, " default: _ = "+name+" ")
				continue
			}
			if c, ok := b.List[0].(*ast.CaseClause); ok {
				g.ed.insert(g.offset(c.Colon)+1, " _ = "+name+"; ")
			}
		}
	}
}

// displays reports whether a statement calls a function of gonbui that shows
// something. Function literals inside are statements of their own.
func (g *generator) displays(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt:
	default:
		return false
	}
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if f := g.callee(n); f != nil && f.Pkg() != nil && f.Pkg().Path() == gonbuiPath {
				for _, prefix := range []string{"Display", "Update", "Script", "SendData"} {
					found = found || strings.HasPrefix(f.Name(), prefix)
				}
			}
		}
		return !found
	})
	return found
}

// callee returns the declared function or method that a call names, or nil.
func (g *generator) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	var id *ast.Ident
	switch f := fun.(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return nil
	}
	f, _ := g.info.Uses[id].(*types.Func)
	return f
}

// structTags hides renamed fields from encoders. When a line declares fields
// of both kinds, each gets a declaration of its own, in the same order.
func (g *generator) structTags(s *ast.StructType) {
	for _, f := range s.Fields.List {
		if f.Tag != nil {
			if tag, err := strconv.Unquote(f.Tag.Value); err != nil || tag != "" {
				continue
			}
			g.ed.replace(g.offset(f.Tag.Pos()), g.offset(f.Tag.End()), "") // an empty tag is none
		}
		if len(f.Names) == 0 {
			if id := embeddedName(f.Type); id != nil {
				if v, ok := g.info.Defs[id].(*types.Var); ok && needsTag(v) {
					g.ed.insert(g.offset(f.Type.End()), " "+quoteTag())
				}
			}
			continue
		}
		hidden := 0
		for _, id := range f.Names {
			if id.Name != "_" && !token.IsExported(id.Name) {
				hidden++
			}
		}
		switch hidden {
		case 0:
		case len(f.Names):
			g.ed.insert(g.offset(f.Type.End()), " "+quoteTag())
		default:
			g.splitField(f)
		}
	}
}

// splitField writes "A, b int" as "A int; b int `…`".
func (g *generator) splitField(f *ast.Field) {
	g.edit(f.Type)
	typ := g.ed.render(g.offset(f.Type.Pos()), g.offset(f.Type.End()))
	if hasNewline(typ) {
		g.problem(f.Pos(), "fields with upper-case and lower-case names share a type of several lines", "declare them on lines of their own")
		return
	}
	var parts []string
	for _, id := range f.Names {
		part := id.Name + " " + typ
		if id.Name != "_" && !token.IsExported(id.Name) {
			part = mark + part + " " + quoteTag()
		}
		parts = append(parts, part)
	}
	g.ed.replace(g.offset(f.Pos()), g.offset(f.Type.End()), strings.Join(parts, "; "))
}

func quoteTag() string { return "`" + hiddenTag + "`" }

// embeddedName is the identifier that names an embedded field.
func embeddedName(t ast.Expr) *ast.Ident {
	switch t := t.(type) {
	case *ast.Ident:
		return t
	case *ast.StarExpr:
		return embeddedName(t.X)
	case *ast.SelectorExpr:
		return t.Sel
	case *ast.IndexExpr:
		return embeddedName(t.X)
	case *ast.IndexListExpr:
		return embeddedName(t.X)
	case *ast.ParenExpr:
		return embeddedName(t.X)
	}
	return nil
}
