package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// goStmt makes a panic in a goroutine that a cell starts end that goroutine
// only. A literal gets a deferred call:
//
//	go func(i int) { defer live.Recover("Cell [3]"); … }(i)
//
// Any other call is wrapped. Function value and arguments are evaluated by the
// go statement, as Go says, so they go into variables first; constants and nil
// stay where they are, since a variable would fix their type:
//
//	go v.run(x, 1)
//	{ f, a0 := v.run, x; go func() { defer live.Recover("Cell [3]"); f(a0, 1) }() }
//
// It returns false when the children have been edited.
func (g *generator) goStmt(s *ast.GoStmt) bool {
	g.need(livePath, liveName)
	deferred := fmt.Sprintf("defer %s.Recover(%q); ", liveName, g.label)
	call := s.Call
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		g.ed.insert(g.offset(lit.Body.Lbrace)+1, " "+deferred)
		return true
	}
	if len(call.Args) == 1 {
		if t, ok := g.info.TypeOf(call.Args[0]).(*types.Tuple); ok && t.Len() != 1 {
			return true // go f(g()) with several results: left as it is
		}
	}
	g.edit(call)
	render := func(n ast.Node) string { return g.ed.render(g.offset(n.Pos()), g.offset(n.End())) }
	g.flow++
	var left, right, args []string
	keep := func(suffix, value string) string {
		name := fmt.Sprintf("%s%sg%d%s", mark, mark, g.flow, suffix)
		left = append(left, name)
		right = append(right, value)
		return name
	}
	fun := render(call.Fun)
	if !g.fixed(call.Fun) {
		fun = keep("f", fun)
	}
	for i, a := range call.Args {
		tv := g.info.Types[a]
		text := render(a)
		if tv.Value == nil && !tv.IsNil() && !tv.IsType() {
			if b, ok := tv.Type.(*types.Basic); !ok || b.Info()&types.IsUntyped == 0 {
				text = keep(fmt.Sprint(i), text)
			}
		}
		args = append(args, text)
	}
	last := ""
	if call.Ellipsis.IsValid() {
		last = "..."
	}
	// Line ends inside the arguments stay, since the texts keep them; those
	// between arguments are put back at the end.
	body := fmt.Sprintf("go func() { %s%s(%s%s) }()", deferred, fun, strings.Join(args, ", "), last)
	text := body
	if len(left) > 0 {
		text = fmt.Sprintf("{ %s := %s; %s }", strings.Join(left, ", "), strings.Join(right, ", "), body)
	}
	start, end := g.offset(s.Pos()), g.offset(s.End())
	if missing := strings.Count(g.text[start:end], "\n") - strings.Count(text, "\n"); missing > 0 {
		text += strings.Repeat("\n", missing)
	}
	g.ed.replace(start, end, text)
	return false
}

// fixed reports whether the function of a call is a declared function or a
// builtin, which has the same value whenever it is looked at.
func (g *generator) fixed(fun ast.Expr) bool {
	if tv := g.info.Types[fun]; tv.IsBuiltin() || tv.IsType() {
		return true
	}
	e := ast.Unparen(fun)
	switch x := e.(type) {
	case *ast.IndexExpr:
		e = x.X
	case *ast.IndexListExpr:
		e = x.X
	}
	var id *ast.Ident
	switch x := e.(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return false
	}
	f, ok := g.info.Uses[id].(*types.Func)
	return ok && f.Signature().Recv() == nil && token.IsIdentifier(id.Name)
}
