package cell

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// heldNotices names variables whose interfaces may hold values of a former
// declaration. Such a value brings its methods along, so that a new method or
// type does not reach it; what is behind an interface is known only when it runs.
func (rev *revision) heldNotices(k *checker) (lines []string) {
	for _, name := range k.pkg.Scope().Names() {
		obj, ok := k.pkg.Scope().Lookup(name).(*types.TypeName)
		e := rev.c.live[name]
		if !ok || e == nil || e.decl == nil || obj.Pkg() != k.pkg || obj.IsAlias() {
			continue
		}
		old, ok := e.obj.Type().(*types.Named)
		if !ok || old.TypeParams().Len() > 0 || types.IsInterface(old) {
			continue
		}
		changed := func(method string) bool {
			return rev.ownTypes[name] && !rev.kept[name] || rev.own[name+"."+method] && e.methods[method] != nil
		}
		var held, cells []string
		for _, v := range sortedKeys(rev.c.live) {
			x := rev.c.live[v]
			if x.kind != entryVar || k.defined[v] || k.names[v] || k.stuck[v].typ != "" {
				continue
			}
			found := false
			eachInterface(x.obj.Type(), map[types.Type]bool{}, func(i *types.Interface) {
				if !types.Implements(old, i) && !types.Implements(types.NewPointer(old), i) {
					return
				}
				for m := range i.NumMethods() {
					found = found || changed(i.Method(m).Name())
				}
			})
			if found {
				held = append(held, v)
				if cell := fmt.Sprintf("Cell [%d]", x.from.count); !slices.Contains(cells, cell) {
					cells = append(cells, cell)
				}
			}
		}
		if len(held) > 0 {
			lines = append(lines, fmt.Sprintf("%s may hold values of the former type %s, with its methods; run %s again to make them anew",
				strings.Join(held, ", "), name, strings.Join(cells, ", ")))
		}
	}
	return lines
}

// eachInterface calls do with every interface with methods in the memory of t,
// also behind pointers and in fields of types that cells declare.
func eachInterface(t types.Type, seen map[types.Type]bool, do func(*types.Interface)) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	each := func(t types.Type) { eachInterface(t, seen, do) }
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if _, ok := t.Underlying().(*types.Interface); ok || isCellPackage(t.Obj().Pkg()) {
			each(t.Underlying())
		}
		for i := range t.TypeArgs().Len() {
			each(t.TypeArgs().At(i))
		}
	case *types.Interface:
		if t.NumMethods() > 0 {
			do(t)
		}
	case *types.Pointer:
		each(t.Elem())
	case *types.Slice:
		each(t.Elem())
	case *types.Array:
		each(t.Elem())
	case *types.Map:
		each(t.Key())
		each(t.Elem())
	case *types.Chan:
		each(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			each(t.Field(i).Type())
		}
	}
}
