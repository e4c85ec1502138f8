package live

import (
	"reflect"
	"unsafe"
)

// A Renewed is a type of an earlier cell that was declared again.
//
// Old and New hold nil pointers to the type and to what is made of it, in one order:
// (*T)(nil), (**T)(nil), (*[]T)(nil), … The compiler makes these types, since those
// that package reflect makes are others for the assertions of later cells.
type Renewed struct {
	Name     string // as cells write it
	Old, New []any
	Why      string // why values of the former one cannot go on under the new one; empty: they can, their memory means the same
}

// A Holder is a variable in whose interfaces such values may be.
type Holder struct {
	Slot int
	Name string
	Cell string // "Cell [3]", which defined it
}

// Renew lets values that interfaces hold go on under the new declaration of their
// type: what a variable of a static type does by [Carry]. It looks through pointers,
// slices, arrays, maps and structs that cells declare; what closures and channels
// hold it does not see. Values that keep their former type are told of on standard
// error. It is called while a cell is loaded. The last arguments are not used: they
// are values of the new types as those interfaces that may hold them.
func Renew(types []Renewed, holders []Holder, _ ...any) {
	r := &renewer{former: map[reflect.Type]*Renewed{}, forms: map[reflect.Type]reflect.Type{}, holds: map[reflect.Type]bool{}}
	for i, t := range types {
		r.former[reflect.TypeOf(t.Old[0]).Elem()] = &types[i]
		for k := range t.Old {
			r.forms[reflect.TypeOf(t.Old[k]).Elem()] = reflect.TypeOf(t.New[k]).Elem()
		}
	}
	for _, h := range holders {
		p := Lookup(h.Slot)
		if p == nil {
			continue
		}
		r.seen, r.left = map[place]bool{}, nil
		r.walk(reflect.ValueOf(p).Elem())
		if r.left != nil {
			Notice(h.Name + " holds values of the former type " + r.left.Name + " (" + r.why + "); run " + h.Cell + " again to make them anew")
		}
	}
}

type renewer struct {
	former map[reflect.Type]*Renewed     // by former type
	forms  map[reflect.Type]reflect.Type // what is made of a former type → the same of the new one
	holds  map[reflect.Type]bool         // whether memory of a type can lead to an interface
	seen   map[place]bool                // memory that was walked

	left *Renewed // one that is still held
	why  string
}

// A place is memory under a type. Of a slice the length counts too: another one may
// begin at the same element.
type place struct {
	at  unsafe.Pointer
	n   int
	typ reflect.Type
}

func (r *renewer) first(at unsafe.Pointer, n int, t reflect.Type) bool {
	p := place{at, n, t}
	if at == nil || r.seen[p] {
		return false
	}
	r.seen[p] = true
	return true
}

// walk renews what v leads to. It reports whether memory of v itself has changed, so
// that a copy of an element of a map is put back.
func (r *renewer) walk(v reflect.Value) (changed bool) {
	if !r.leads(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return r.held(v)
	case reflect.Pointer:
		if r.first(v.UnsafePointer(), 1, v.Type()) {
			r.walk(v.Elem())
		}
	case reflect.Slice:
		if r.first(v.UnsafePointer(), v.Len(), v.Type()) {
			for i := range v.Len() {
				r.walk(v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			changed = r.walk(v.Index(i)) || changed
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i) // of lower case, perhaps: written by its address
			changed = r.walk(reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()) || changed
		}
	case reflect.Map:
		if r.first(v.UnsafePointer(), v.Len(), v.Type()) {
			r.entries(v)
		}
	}
	return changed
}

// entries renews the keys and values of a map.
func (r *renewer) entries(m reflect.Value) {
	type entry struct{ was, key, value reflect.Value }
	var list []entry
	for it := m.MapRange(); it.Next(); {
		key, value := copied(it.Key()), copied(it.Value())
		k, v := r.walk(key), r.walk(value)
		if k || v {
			list = append(list, entry{it.Key(), key, value})
		}
	}
	for _, e := range list {
		m.SetMapIndex(e.was, reflect.Value{})
		m.SetMapIndex(e.key, e.value)
	}
}

// held renews what an interface holds.
func (r *renewer) held(v reflect.Value) (changed bool) {
	if v.IsNil() {
		return false
	}
	if pair := r.mentions(v.Elem().Type()); pair != nil {
		t, why := r.forms[v.Elem().Type()], pair.Why
		switch {
		case why != "":
		case t == nil:
			why = "inside of " + Plain(v.Elem().Type().String())
		case !t.AssignableTo(v.Type()):
			why = "it no longer has the methods"
		}
		if why != "" {
			r.left, r.why = pair, why
			return false
		}
		v.Set(reflect.NewAt(t, copied(v.Elem()).Addr().UnsafePointer()).Elem())
		changed = true
	}
	switch v.Elem().Kind() {
	case reflect.Struct, reflect.Array: // an interface's value is never changed in place
		if box := copied(v.Elem()); r.walk(box) {
			v.Set(box)
			changed = true
		}
	default:
		r.walk(v.Elem())
	}
	return changed
}

// copied is an addressable copy.
func copied(v reflect.Value) reflect.Value {
	box := reflect.New(v.Type()).Elem()
	box.Set(v)
	return box
}

// mentions returns a former type of which t is made, or nil.
func (r *renewer) mentions(t reflect.Type) *Renewed {
	if p := r.former[t]; p != nil || t.Name() != "" {
		return p
	}
	switch t.Kind() {
	case reflect.Map:
		if p := r.mentions(t.Key()); p != nil {
			return p
		}
		return r.mentions(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return r.mentions(t.Elem())
	}
	return nil
}

// leads reports whether memory of a type can lead to an interface.
func (r *renewer) leads(t reflect.Type) bool {
	known, ok := r.holds[t]
	if !ok {
		known = leadsToInterface(t, map[reflect.Type]bool{})
		r.holds[t] = known
	}
	return known
}

func leadsToInterface(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return leadsToInterface(t.Elem(), seen)
	case reflect.Map:
		return leadsToInterface(t.Key(), seen) || leadsToInterface(t.Elem(), seen)
	case reflect.Struct:
		if t.Name() != "" && !ofCell(t.PkgPath()) {
			return false // the business of its package, which may hold a lock
		}
		for i := range t.NumField() {
			if leadsToInterface(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// ofCell reports whether a package is a cell's.
func ofCell(path string) bool {
	const cells = "cell/"
	return path == "main" || len(path) > len(cells) && path[:len(cells)] == cells
}
