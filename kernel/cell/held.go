package cell

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// renewHeld is the call that lets values behind interfaces go on under the types
// that this cell declares again; empty when there can be none. What an interface
// holds is known only when it runs: see [live.Renew].
func (g *generator) renewHeld() string {
	var holders strings.Builder
	var interfaces []types.Type
	for _, name := range sortedKeys(g.c.live) {
		e := g.entry(name)
		if e.kind != entryVar || e.slot == 0 || e.from == nil {
			continue
		}
		found := false
		eachInterface(e.obj.Type(), map[types.Type]bool{}, func(i *types.Interface) {
			found = true
			if !slices.ContainsFunc(interfaces, func(t types.Type) bool { return types.Identical(t, i) }) {
				interfaces = append(interfaces, i)
			}
		})
		if found {
			fmt.Fprintf(&holders, "{%d, %q, %q}, ", e.slot, name, fmt.Sprintf("Cell [%d]", e.from.count))
		}
	}
	if holders.Len() == 0 {
		return ""
	}
	again := map[string]*types.Named{} // types of earlier cells by name
	r := newRenewal()
	for _, name := range g.pkg.Scope().Names() {
		obj, ok := g.pkg.Scope().Lookup(name).(*types.TypeName)
		e := g.c.live[name]
		if !ok || obj.Pkg() != g.pkg || e == nil || e.from == nil || e.obj == obj || g.kept[name] {
			continue
		}
		for _, id := range append(e.older[:len(e.older):len(e.older)], e.identity()) {
			if old, ok := id.(*types.TypeName); ok {
				r.types[old] = obj
			}
		}
		old, ok := e.obj.Type().(*types.Named)
		_, plain := obj.Type().(*types.Named)
		if ok && plain && !e.obj.(*types.TypeName).IsAlias() && !obj.IsAlias() && !types.IsInterface(old) && old.TypeParams().Len() == 0 {
			again[name] = old
		}
	}
	var pairs, tables strings.Builder
	for _, name := range sortedKeys(again) {
		renewed := g.pkg.Scope().Lookup(name).Type().(*types.Named)
		if renewed.TypeParams().Len() > 0 {
			continue
		}
		fmt.Fprintf(&pairs, "{%q, %s, %s, %q}, ", name, forms(g.cellName(g.c.live[name].from)+"."+renamed(name)), forms(renamed(name)), r.carries(again[name], renewed))
		// An assertion compares tables of methods. Those of later cells are the ones
		// that are compiled here, not those that are made as it runs.
		for _, i := range interfaces {
			typ, why := g.typeText(i)
			if why != "" || i.(*types.Interface).NumMethods() == 0 || r.mentions(i) {
				continue
			}
			if types.Implements(renewed, i.(*types.Interface)) {
				fmt.Fprintf(&tables, ", []%s{*new(%s)}", typ, renamed(name))
			}
			if types.Implements(types.NewPointer(renewed), i.(*types.Interface)) {
				fmt.Fprintf(&tables, ", []%s{(*%s)(nil)}", typ, renamed(name))
			}
		}
	}
	if pairs.Len() == 0 {
		return ""
	}
	live := g.need(livePath, liveName)
	return fmt.Sprintf("\t%s.Renew([]%s.Renewed{%s}, []%s.Holder{%s}%s)\n", live, live, pairs.String(), live, holders.String(), tables.String())
}

// forms are nil pointers to a type and to what is commonly made of one, as
// [live.Renewed] wants them.
func forms(typ string) string {
	var b strings.Builder
	for _, form := range []string{"T", "*T", "[]T", "[]*T", "[][]T", "map[string]T", "map[string]*T", "map[string][]T", "map[int]T", "map[int]*T", "chan T", "chan *T", "func() T", "func(T)"} {
		fmt.Fprintf(&b, "(*%s)(nil), ", strings.Replace(form, "T", typ, 1))
	}
	return "[]any{" + b.String() + "}"
}

// eachInterface calls do with every interface that the memory of t leads to, also
// behind pointers and in fields of types that cells declare.
func eachInterface(t types.Type, seen map[types.Type]bool, do func(*types.Interface)) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	each := func(t types.Type) { eachInterface(t, seen, do) }
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if _, isStruct := t.Underlying().(*types.Struct); !isStruct || isCellPackage(t.Obj().Pkg()) {
			each(t.Underlying())
		}
	case *types.Interface:
		do(t)
	case *types.Pointer:
		each(t.Elem())
	case *types.Slice:
		each(t.Elem())
	case *types.Array:
		each(t.Elem())
	case *types.Map:
		each(t.Key())
		each(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			each(t.Field(i).Type())
		}
	}
}
