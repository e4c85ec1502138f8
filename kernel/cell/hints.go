package cell

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// hint says what a type error may have meant.
func (k *checker) hint(e types.Error) string {
	msg := e.Msg
	suggest := func(name string, known []string) string {
		if near := nearest(name, known); near != "" {
			return "did you mean " + near + "?"
		}
		return ""
	}
	switch {
	case strings.HasPrefix(msg, "undefined: "):
		name := strings.TrimPrefix(msg, "undefined: ")
		if pkg, member, ok := strings.Cut(name, "."); ok {
			return suggest(member, exported(k.packageNamed(pkg)))
		}
		return k.undefinedHint(e, name)
	case strings.Contains(msg, " undefined (type ") && !strings.Contains(msg, ", but does have "):
		if sel := k.selectorAt(e); sel != nil {
			return suggest(sel.Sel.Name, membersOf(k.info.TypeOf(sel.X)))
		}
	case strings.HasPrefix(msg, "unknown field ") && !strings.Contains(msg, ", but does have "):
		if lit, field := k.literalAt(e); lit != nil {
			return suggest(field, fieldsOf(k.info.TypeOf(lit)))
		}
	case strings.HasSuffix(msg, " is not used"):
		return "only the last line of a cell is shown; use fmt.Println to print this one"
	case strings.HasPrefix(msg, "too many return values") && strings.Contains(msg, "want ()"):
		return "return ends the cell; write the value as its last line to show it"
	case strings.HasPrefix(msg, "cannot use ") || strings.HasPrefix(msg, "invalid operation: "):
		return k.oldTypeHint(e)
	}
	return ""
}

// undefinedHint explains a name that is not known.
func (k *checker) undefinedHint(e types.Error, name string) string {
	for i, id := range k.idents {
		// Defined further down: go/types knows nothing of it yet.
		if id.Name == name && k.src.offset(id.Pos()) > k.src.offset(e.Pos) && !slices.ContainsFunc(k.idents[:i], func(d *ast.Ident) bool { return d.Name == name }) {
			line, _ := k.src.place(id.Pos())
			return "it is defined below, in line " + strconv.Itoa(line)
		}
	}
	isPackage := false
	for _, use := range packageUses(k.nodes()) {
		isPackage = isPackage || use.name == name
	}
	if err := k.broken[name]; err != nil {
		return err.Error()
	}
	var known []string
	for n := range k.c.live {
		known = append(known, n)
	}
	for n := range k.names {
		known = append(known, n)
	}
	for n := range k.defined {
		known = append(known, n)
	}
	known = append(known, types.Universe.Names()...)
	if isPackage {
		for n := range k.c.imports {
			known = append(known, n)
		}
		for n := range byName {
			known = append(known, n)
		}
	}
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if isPackage {
		return "if it is a package, import it by its path"
	}
	return ""
}

// oldTypeHint notices that a value has the type of an earlier declaration,
// which prints just as the new one does.
func (k *checker) oldTypeHint(e types.Error) string {
	for name := range k.names {
		old := k.c.live[name]
		if old == nil {
			continue
		}
		if _, isType := old.obj.(*types.TypeName); !isType {
			continue
		}
		if strings.Contains(e.Msg, cellName+"."+name) {
			return "type " + name + " is declared again in this cell; older variables keep the type of Cell [" + strconv.Itoa(old.from.count) + "]: make them again"
		}
	}
	return ""
}

// packageNamed finds an imported package of the cell by its name there.
func (k *checker) packageNamed(name string) *types.Package {
	for _, obj := range k.info.Uses {
		if p, ok := obj.(*types.PkgName); ok && p.Name() == name {
			return p.Imported()
		}
	}
	return nil
}

func exported(pkg *types.Package) []string {
	if pkg == nil {
		return nil
	}
	return slices.DeleteFunc(pkg.Scope().Names(), func(n string) bool { return !pkg.Scope().Lookup(n).Exported() })
}

// selectorAt finds the selection whose last name is at the place of an error.
func (k *checker) selectorAt(e types.Error) (found *ast.SelectorExpr) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Pos() == e.Pos || found == nil && sel.Pos() == e.Pos) {
				found = sel
			}
			return true
		})
	}
	return found
}

// literalAt finds the struct literal around an unknown field.
func (k *checker) literalAt(e types.Error) (found *ast.CompositeLit, field string) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			for _, el := range lit.Elts {
				if kv, ok := el.(*ast.KeyValueExpr); ok && kv.Key.Pos() == e.Pos {
					if id, ok := kv.Key.(*ast.Ident); ok {
						found, field = lit, id.Name
					}
				}
			}
			return true
		})
	}
	return found, field
}

// membersOf lists the fields and methods that can follow a dot.
func membersOf(t types.Type) []string {
	if t == nil {
		return nil
	}
	out := fieldsOf(t)
	set := types.NewMethodSet(t)
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer {
		set = types.NewMethodSet(types.NewPointer(t))
	}
	if types.IsInterface(t) {
		set = types.NewMethodSet(t)
	}
	for i := range set.Len() {
		if obj := set.At(i).Obj(); obj.Exported() || isCellPackage(obj.Pkg()) {
			out = append(out, obj.Name())
		}
	}
	return out
}

// fieldsOf lists the fields of a struct, those of embedded structs included.
func fieldsOf(t types.Type) []string {
	var out []string
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for i := range s.NumFields() {
			f := s.Field(i)
			if f.Exported() || isCellPackage(f.Pkg()) {
				out = append(out, f.Name())
			}
			if f.Embedded() {
				walk(f.Type())
			}
		}
	}
	if t != nil {
		walk(t)
	}
	return out
}
