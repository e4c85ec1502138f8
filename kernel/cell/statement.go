package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// statement edits one statement outside of blocks and returns the offset at
// which it begins and its new text; empty for a declaration that is hoisted.
func (g *generator) statement(stmt ast.Stmt) (start int, text string) {
	inner, _ := unlabel(stmt)
	start, end := g.offset(stmt.Pos()), g.offset(stmt.End())
	if d, ok := inner.(*ast.DeclStmt); ok {
		gen, ok := d.Decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			if inner == stmt {
				return start, ""
			}
			g.ed.replace(g.offset(inner.Pos()), g.offset(inner.End()), "") // label: type T int
			return start, g.ed.render(start, end)
		}
		g.varDecl(gen)
		return start, g.finishStatement(stmt, inner)
	}
	switch s := inner.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			g.define(s)
		}
	case *ast.ExprStmt:
		g.expression(s)
	}
	g.edit(stmt)
	return start, g.finishStatement(stmt, inner)
}

// finishStatement adds what follows a statement and renders it.
func (g *generator) finishStatement(stmt, inner ast.Stmt) string {
	if slots := g.definedBy(inner); len(slots) > 0 {
		g.ed.insert(g.offset(inner.End()), fmt.Sprintf("; %s.Defined(%s)", g.need(livePath, liveName), strings.Join(slots, ", ")))
	}
	if g.displays(inner) {
		g.ed.insert(g.offset(inner.End()), "; "+g.need(gonbuiPath, gonbuiName)+".Sync()")
	}
	return g.ed.render(g.offset(stmt.Pos()), g.offset(stmt.End()))
}

// definedBy lists the slots of the variables that a statement defines.
func (g *generator) definedBy(s ast.Stmt) (slots []string) {
	add := func(e ast.Expr) {
		if d := g.definitionOf(e); d != nil && d.slot > 0 {
			slots = append(slots, strconv.Itoa(d.slot))
		}
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, lhs := range s.Lhs {
			add(lhs)
		}
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, id := range v.Names {
					add(id)
				}
			}
		}
	}
	return slots
}

// define edits x, y := e. Variables in slots are assigned to; those that stay
// in the cell are defined, and what is mixed goes through temporary ones.
func (g *generator) define(s *ast.AssignStmt) {
	var after strings.Builder
	local := false
	for _, lhs := range s.Lhs {
		if d := g.definitionOf(lhs); d != nil && d.slot == 0 {
			local = true
		}
	}
	if !local {
		at := g.offset(s.TokPos)
		g.ed.replace(at, at+2, "=")
		return
	}
	for _, lhs := range s.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		if d := g.definitionOf(lhs); d != nil && d.slot == 0 {
			after.WriteString("; _ = " + d.name)
			continue
		}
		g.flow++
		tmp := fmt.Sprintf("%s%st%d", mark, mark, g.flow)
		fmt.Fprintf(&after, "; %s = %s", g.identText(id), tmp)
		g.override[id] = tmp
	}
	g.ed.insert(g.offset(s.End()), after.String())
}

func (g *generator) definitionOf(e ast.Expr) *definition {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	return g.defOf[g.info.Defs[id]]
}

// varDecl edits var declarations into assignments:
//
//	var x, y int      (*Ꞌx), (*Ꞌy) = *new(int), *new(int)
//	var z float64 = 1 (*Ꞌz) = 1
//
// A group loses its parentheses; its lines end its statements. Variables that
// stay in the cell keep their declaration.
func (g *generator) varDecl(gen *ast.GenDecl) {
	remove := func(from, to int) {
		g.ed.replace(from, to, strings.Repeat("\n", strings.Count(g.text[from:to], "\n")))
	}
	start := g.offset(gen.TokPos)
	if gen.Lparen.IsValid() {
		remove(start, g.offset(gen.Lparen)+1)
		remove(g.offset(gen.Rparen), g.offset(gen.Rparen)+1)
	}
	for _, spec := range gen.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		local := false
		for _, id := range v.Names {
			if d := g.definitionOf(id); d != nil && d.slot == 0 {
				local = true
			}
		}
		if local {
			g.localVar(gen, v)
			continue
		}
		if !gen.Lparen.IsValid() {
			remove(start, g.offset(v.Pos()))
		}
		for _, id := range v.Names {
			g.ident(id)
		}
		for _, e := range v.Values {
			g.edit(e)
		}
		if v.Type == nil {
			continue
		}
		from, to := g.offset(v.Type.Pos()), g.offset(v.Type.End())
		if len(v.Values) > 0 {
			g.keepType(v.Type)
			// The lines of the type go behind the =, where a statement may break.
			to = g.offset(v.Values[0].Pos())
			g.ed.replace(from, to, "= "+strings.Repeat("\n", strings.Count(g.text[from:to], "\n")))
			continue
		}
		g.edit(v.Type)
		g.ed.insert(from, "= *new(")
		rest := ")"
		for _, id := range v.Names[1:] {
			typ, why := g.typeText(g.info.TypeOf(v.Type))
			if why != "" {
				g.problem(id.Pos(), "the type of "+id.Name+" cannot be written again: "+why, "declare it on a line of its own")
			}
			rest += ", *new(" + typ + ")"
		}
		g.ed.insert(to, rest)
	}
}

// keepType mentions a type that the edited statement leaves out, so that the
// packages it names stay in use.
func (g *generator) keepType(typ ast.Expr) {
	names := false
	ast.Inspect(typ, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		_, isPackage := g.info.Uses[id].(*types.PkgName)
		obj := g.info.Uses[id] // a name of a dot import has no package before it
		names = names || isPackage || obj != nil && obj.Pkg() != nil && !isCellPackage(obj.Pkg())
		return true
	})
	if names {
		edits := len(g.ed.list)
		g.edit(typ)
		g.mentioned[g.ed.render(g.offset(typ.Pos()), g.offset(typ.End()))] = true
		g.ed.list = g.ed.list[:edits] // these are for the copy only
	}
}

// localVar edits one line of a var declaration that stays a declaration.
func (g *generator) localVar(gen *ast.GenDecl, v *ast.ValueSpec) {
	if gen.Lparen.IsValid() {
		g.ed.insert(g.offset(v.Pos()), "var ")
	}
	for _, id := range v.Names {
		d := g.definitionOf(id)
		switch {
		case d == nil:
			continue
		case d.slot == 0:
			g.ident(id)
			g.ed.insert(g.offset(v.End()), "; _ = "+d.name)
		default:
			g.flow++
			tmp := fmt.Sprintf("%s%st%d", mark, mark, g.flow)
			g.override[id] = tmp
			g.ident(id)
			g.ed.insert(g.offset(v.End()), "; "+d.name+" = "+tmp)
		}
	}
	if v.Type != nil {
		g.edit(v.Type)
	}
	for _, e := range v.Values {
		g.edit(e)
	}
}

// expression edits a statement that is an expression. The last one of a cell
// becomes its result; an error that a call returns is shown.
func (g *generator) expression(s *ast.ExprStmt) {
	start, end := g.offset(s.Pos()), g.offset(s.End())
	before := func(text string) { g.ed.insert(start, text) }
	after := func(text string) { g.ed.insert(end, text) }
	tv := g.info.Types[s.X]
	last := s == g.last || g.choices != nil
	show := last && !g.quiet
	line, _ := g.place(s.Pos())
	source := g.text[start:end]
	if k := strings.IndexByte(source, '\n'); k >= 0 {
		source = strings.TrimSpace(source[:k]) + " …"
	}
	if s == g.last && g.values {
		args := s.X.(*ast.CallExpr).Args
		switch {
		case !show:
			before(strings.Repeat("_, ", len(args)-1) + "_ = ")
		case isError(g.info.TypeOf(args[len(args)-1])):
			before(fmt.Sprintf("%s = %s.Call(%q, %d, %q).Result(", outName, g.need(livePath, liveName), g.label, line, source))
			after(")")
		default:
			before(outName + " = []any{")
			after("}")
		}
		return
	}
	call, isCall := ast.Unparen(s.X).(*ast.CallExpr)
	if isCall {
		fun := g.info.Types[call.Fun]
		if fun.IsType() || fun.IsBuiltin() {
			isCall = false
		}
	}
	results := 1
	var final types.Type = tv.Type
	if t, ok := tv.Type.(*types.Tuple); ok {
		results = t.Len()
		final = nil
		if results > 0 {
			final = t.At(results - 1).Type()
		}
	}
	if tv.IsVoid() || final == nil {
		results = 0
	}
	prints := isCall && printsOnly(g.callee(call))
	failing := results > 0 && isError(final) && !prints
	switch {
	case results == 0 || (prints && last):
	case show && failing:
		before(fmt.Sprintf("%s = %s.Call(%q, %d, %q).Result(", outName, g.need(livePath, liveName), g.label, line, source))
		after(")")
	case show && results > 1:
		before(fmt.Sprintf("%s = %s.Values(", outName, g.need(livePath, liveName)))
		after(")")
	case show:
		before(outName + " = []any{")
		after("}")
	case failing && isCall:
		before(fmt.Sprintf("%s.Call(%q, %d, %q).Warn(", g.need(livePath, liveName), g.label, line, source))
		after(")")
	case last && !isCallOrReceive(s.X), last && !isCall && results > 0:
		before("_ = ") // x; at the end of a cell, and len(x); too
	}
}

// printsOnly reports whether a call's results are never looked at, because it
// prints.
func printsOnly(f *types.Func) bool {
	if f == nil || f.Pkg() == nil || f.Pkg().Path() != "fmt" {
		return false
	}
	return strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint")
}

// isError reports whether a type is exactly error.
func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}
