package cell

import (
	"go/ast"
	"go/token"
	"go/types"
)

// capture finds out whose memory may be held by closures and pointers: variables
// that function literals mention or whose address is taken. When such a variable
// gets another type its memory stays with them; that of the others is freed.
// Functions are looked at when it comes to that, see [Compiler.freeable].
func (g *generator) capture() {
	look := func(root ast.Node, function bool) {
		var stack []ast.Node
		ast.Inspect(root, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			if id, ok := n.(*ast.Ident); ok {
				if slot := g.slotOf(id); slot > 0 && (insideLiteral(stack) || g.addressTaken(stack)) {
					g.c.captured[slot] = true
				}
			}
			return true
		})
	}
	for _, s := range g.stmts {
		look(s, false)
	}
	for _, f := range g.funcs {
		look(f, true)
	}
	for _, c := range g.carried {
		if c.node != nil {
			look(c.node, true)
		}
	}
}

// slotOf returns the slot of the variable that a name means, or 0.
func (g *generator) slotOf(id *ast.Ident) int {
	v, ok := g.info.Uses[id].(*types.Var)
	if !ok {
		v, ok = g.info.Defs[id].(*types.Var)
	}
	if !ok {
		return 0
	}
	if d := g.defOf[v]; d != nil {
		return d.slot
	}
	if e := g.entry(id.Name); e != nil && e.obj == types.Object(v) {
		return e.slot
	}
	return 0
}

func insideLiteral(stack []ast.Node) bool {
	for _, n := range stack {
		if _, ok := n.(*ast.FuncLit); ok {
			return true
		}
	}
	return false
}

// addressTaken reports whether the innermost node of stack, a name, is what &
// or a slice expression or a call of a pointer's method refers to.
func (g *generator) addressTaken(stack []ast.Node) bool {
	for i := len(stack) - 2; i >= 0; i-- {
		inner := stack[i+1].(ast.Expr)
		switch n := stack[i].(type) {
		case *ast.ParenExpr:
		case *ast.UnaryExpr:
			return n.Op == token.AND
		case *ast.SliceExpr:
			_, array := g.info.TypeOf(n.X).Underlying().(*types.Array)
			return n.X == inner && array
		case *ast.IndexExpr:
			if n.X != inner {
				return false
			}
			if _, array := g.info.TypeOf(n.X).Underlying().(*types.Array); !array {
				return false // what is behind a slice, map or pointer is elsewhere
			}
		case *ast.SelectorExpr:
			sel := g.info.Selections[n]
			if sel == nil || n.X != inner {
				return false
			}
			if sel.Kind() != types.FieldVal {
				_, pointer := sel.Obj().(*types.Func).Signature().Recv().Type().Underlying().(*types.Pointer)
				return pointer && !sel.Indirect()
			}
			if sel.Indirect() {
				return false
			}
		default:
			return false
		}
	}
	return false
}
