package cell

import (
	"go/ast"
	"go/token"
)

// body arranges the statements. A definition of names that all exist already
// is a redefinition: it opens a block that reaches to the end of the cell.
func (k *checker) body() *ast.BlockStmt {
	top := &ast.BlockStmt{}
	block := top
	here := map[string]bool{} // names of the innermost block
	redefine := func() {
		inner := &ast.BlockStmt{}
		block.List = append(block.List, inner)
		block = inner
		here = map[string]bool{}
	}
	define := func(id *ast.Ident) {
		here[id.Name] = true
		k.defined[id.Name] = true
		k.idents = append(k.idents, id)
	}
	for i, stmt := range k.src.stmts {
		inner, relabel := unlabel(stmt)
		switch s := inner.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				break
			}
			var names []*ast.Ident
			fresh := false
			for _, lhs := range s.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && id.Name != "_" {
					names = append(names, id)
					fresh = fresh || !k.defined[id.Name]
				}
			}
			if len(names) > 0 && !fresh {
				redefine()
			}
			// A name of an outer block beside a new one is assigned to, as it
			// would be if there were no blocks.
			copied := *s
			copied.Lhs = append([]ast.Expr(nil), s.Lhs...)
			var assign []ast.Stmt
			for j, lhs := range s.Lhs {
				id, ok := lhs.(*ast.Ident)
				if !ok || id.Name == "_" {
					continue
				}
				if fresh && k.defined[id.Name] && !here[id.Name] {
					tmp := &ast.Ident{NamePos: id.NamePos, Name: id.Name + mark}
					copied.Lhs[j] = tmp
					assign = append(assign, &ast.AssignStmt{Lhs: []ast.Expr{id}, TokPos: s.TokPos, Tok: token.ASSIGN, Rhs: []ast.Expr{&ast.Ident{NamePos: id.NamePos, Name: tmp.Name}}})
				}
			}
			for _, id := range names {
				if !fresh || !k.defined[id.Name] || here[id.Name] {
					define(id)
				}
			}
			if assign != nil {
				block.List = append(append(block.List, relabel(&copied)), assign...)
				continue
			}
		case *ast.DeclStmt:
			gen, ok := s.Decl.(*ast.GenDecl)
			if !ok {
				break
			}
			if gen.Tok != token.VAR {
				continue // hoisted
			}
			// Every line of a group is a declaration of its own, so that a
			// group can define a name again.
			for _, spec := range gen.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				again := false
				for _, id := range v.Names {
					again = again || (id.Name != "_" && here[id.Name])
				}
				if again {
					redefine()
				}
				one := *gen
				one.Specs = []ast.Spec{v}
				block.List = append(block.List, relabel(&ast.DeclStmt{Decl: &one}))
				relabel = func(s ast.Stmt) ast.Stmt { return s }
				for _, id := range v.Names {
					if id.Name != "_" {
						define(id)
					}
				}
			}
			continue
		case *ast.ExprStmt:
			if k.src.choices == nil && (i < len(k.src.stmts)-1 || !k.src.lastIsStmt) {
				break
			}
			k.last = s
			if call, ok := s.X.(*ast.CallExpr); ok && k.src.values {
				assign := &ast.AssignStmt{TokPos: s.Pos(), Tok: token.ASSIGN, Rhs: call.Args}
				for range call.Args {
					assign.Lhs = append(assign.Lhs, &ast.Ident{NamePos: s.Pos(), Name: "_"})
				}
				block.List = append(block.List, assign)
				continue
			}
			if !isCallOrReceive(s.X) {
				block.List = append(block.List, relabel(&ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: s.Pos(), Name: "_"}}, TokPos: s.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{s.X}}))
				continue
			}
		}
		block.List = append(block.List, stmt)
	}
	block.List = append(block.List, signal(signalEnd))
	top.List = append([]ast.Stmt{signal(signalBegin)}, top.List...)
	return top
}

// unlabel takes the labels off a statement; relabel puts them on another one.
func unlabel(stmt ast.Stmt) (inner ast.Stmt, relabel func(ast.Stmt) ast.Stmt) {
	l, ok := stmt.(*ast.LabeledStmt)
	if !ok {
		return stmt, func(s ast.Stmt) ast.Stmt { return s }
	}
	inner, more := unlabel(l.Stmt)
	return inner, func(s ast.Stmt) ast.Stmt {
		copied := *l
		copied.Stmt = more(s)
		return &copied
	}
}

func isCallOrReceive(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return true
	case *ast.UnaryExpr:
		return x.Op == token.ARROW
	}
	return false
}

// signal is a statement that the checker reports, so that it calls us back
// when it gets there.
func signal(name string) ast.Stmt {
	return &ast.ExprStmt{X: &ast.Ident{Name: name}}
}
