package cell

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
)

// composeAgain builds the file of the declarations that are compiled again. It
// imports the packages that these were written with, under names of their own.
func (k *checker) composeAgain(ctx context.Context) *ast.File {
	if len(k.src.carried) == 0 {
		return nil
	}
	f := &ast.File{Name: &ast.Ident{Name: cellName}}
	have := map[string]bool{}
	for _, c := range k.src.carried {
		if c.node == nil {
			continue
		}
		for id, ref := range c.packages {
			if have[id.Name] {
				continue
			}
			if _, err := k.c.importPackage(ctx, ref.path); err != nil {
				k.misfits[c.decl] = err.Error()
				continue
			}
			have[id.Name] = true
			spec := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: quote(ref.path)}, Name: &ast.Ident{Name: id.Name}}
			f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{spec}})
			f.Imports = append(f.Imports, spec)
		}
	}
	for _, c := range k.src.carried {
		if c.node == nil {
			continue
		}
		f.Decls = append(f.Decls, c.node)
	}
	return f
}

// insertLive puts what earlier cells have declared into the scope, apart from
// what this cell declares or defines itself.
func (k *checker) insertLive() {
	former := map[*types.TypeName]bool{} // types that are declared anew
	for name := range k.names {
		if e := k.c.live[name]; e != nil {
			if obj, ok := e.obj.(*types.TypeName); ok {
				former[obj] = true
			}
			for _, id := range e.older {
				if obj, ok := id.(*types.TypeName); ok {
					former[obj] = true
				}
			}
		}
	}
	insert := func(name string, e *entry) {
		if e.kind == entryVar && len(former) > 0 {
			found := false
			eachNamed(e.obj.Type(), map[types.Type]bool{}, func(t *types.TypeName) { found = found || former[t] })
			if found {
				k.later[name] = e
				return
			}
		}
		k.insert(name, e.obj)
	}
	for name, e := range k.c.live {
		insert(name, e)
	}
	for name, e := range k.c.lost {
		if k.c.live[name] == nil {
			k.lost[e.obj] = true
			insert(name, e)
		}
	}
}

// insert makes a name of an earlier cell visible.
func (k *checker) insert(name string, obj types.Object) {
	switch {
	case k.names[name]:
		// a declaration or an import of this cell takes the name
	case k.defined[name]:
		if !k.lost[obj] {
			k.replace[name] = obj
		}
	default:
		k.pkg.Scope().Insert(obj)
	}
}

// renewVariables gives the variables of types that are declared anew their new
// types, where their memory means the same under them. It is called when the
// checker has done all types and begins with the statements.
func (k *checker) renewVariables() {
	if len(k.later) == 0 {
		return
	}
	r := newRenewal()
	for name := range k.names {
		e := k.c.live[name]
		obj, ok := k.pkg.Scope().Lookup(name).(*types.TypeName)
		if e == nil || !ok || obj.Pkg() != k.pkg {
			continue
		}
		if old, ok := e.obj.(*types.TypeName); ok {
			r.types[old] = obj
		}
		for _, id := range e.older {
			if old, ok := id.(*types.TypeName); ok {
				r.types[old] = obj
			}
		}
	}
	for name, e := range k.later {
		obj := e.obj
		if typ := r.renew(obj.Type()); r.mentions(obj.Type()) {
			why := ""
			if r.mentions(typ) {
				why = "it has other type parameters"
			} else if !k.lost[obj] { // there is no memory to be compared
				why = r.carries(obj.Type(), typ)
			}
			if why != "" {
				k.stuck[name] = stuck{typ: r.first(obj.Type()), why: why}
			} else {
				moved := types.NewVar(obj.Pos(), obj.Pkg(), name, typ)
				k.moved[name] = moved
				k.lost[moved] = k.lost[obj]
				obj = moved
			}
		}
		k.insert(name, obj)
	}
}

// first names a renewed type that t mentions.
func (r *renewal) first(t types.Type) (name string) {
	eachNamed(t, map[types.Type]bool{}, func(obj *types.TypeName) {
		if name == "" && r.types[obj] != nil {
			name = obj.Name()
		}
	})
	return name
}

// typeOf is the type that an earlier variable or function has in this cell.
func (k *checker) typeOf(name string, e *entry) types.Type {
	if v := k.moved[name]; v != nil {
		return v.Type()
	}
	return e.obj.Type()
}

// definedVar returns the variable that the statements define under a name: the
// last one, as later cells see it.
func (k *checker) definedVar(name string) *types.Var {
	for i := len(k.idents) - 1; i >= 0; i-- {
		if k.idents[i].Name == name {
			v, _ := k.info.Defs[k.idents[i]].(*types.Var)
			return v
		}
	}
	return nil
}

// refuseLost reports variables of a dead worker that this cell mentions. Only
// functions that came back may do so: they see them when they are defined again.
func (k *checker) refuseLost() {
	if len(k.lost) == 0 {
		return
	}
	for id, obj := range k.info.Uses {
		if k.lost[obj] && k.src.offset(id.Pos()) < k.src.own {
			err := types.Error{Fset: k.src.set, Pos: id.Pos(), Msg: "undefined: " + id.Name}
			k.problem(id.Pos(), err.Msg, k.undefinedHint(err, id.Name))
		}
	}
}
