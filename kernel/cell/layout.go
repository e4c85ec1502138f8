package cell

import (
	"fmt"
	"go/types"
	"runtime"
	"strings"
)

// Types that are declared again are new types, for Go and for the worker. A
// variable of the older one goes on if its memory means the same under the
// newer one; then only the kernel's view of it changes. See [live.Carry].

// A renewal maps types of earlier cells to their new declarations.
type renewal struct {
	types map[*types.TypeName]*types.TypeName
	done  map[types.Type]types.Type
	equal map[[2]types.Type]bool // layouts that were compared, or are being
}

func newRenewal() *renewal {
	return &renewal{types: map[*types.TypeName]*types.TypeName{}, done: map[types.Type]types.Type{}}
}

// mentions reports whether a type is made of a renewed one.
func (r *renewal) mentions(t types.Type) (found bool) {
	eachNamed(t, map[types.Type]bool{}, func(obj *types.TypeName) { found = found || r.types[obj] != nil })
	return found
}

// renew returns t with the new declarations in place of the older ones. What
// does not mention them is returned as it is.
func (r *renewal) renew(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if u, ok := r.done[t]; ok {
		return u
	}
	u := t
	if r.mentions(t) {
		u = r.rebuild(t)
	}
	r.done[t] = u
	return u
}

func (r *renewal) rebuild(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Alias:
		return r.renew(types.Unalias(t))
	case *types.Named:
		origin := types.Type(t.Origin())
		if obj := r.types[t.Origin().Obj()]; obj != nil {
			origin = types.Unalias(obj.Type())
		}
		if n, ok := origin.(*types.Named); ok && n.TypeParams().Len() != t.TypeArgs().Len() {
			return t // it has other type parameters now
		}
		args := make([]types.Type, t.TypeArgs().Len())
		for i := range args {
			args[i] = r.renew(t.TypeArgs().At(i))
		}
		if len(args) == 0 {
			return origin
		}
		if u, err := types.Instantiate(nil, origin, args, true); err == nil {
			return u
		}
		return t // it no longer takes these arguments
	case *types.Pointer:
		return types.NewPointer(r.renew(t.Elem()))
	case *types.Slice:
		return types.NewSlice(r.renew(t.Elem()))
	case *types.Array:
		return types.NewArray(r.renew(t.Elem()), t.Len())
	case *types.Map:
		return types.NewMap(r.renew(t.Key()), r.renew(t.Elem()))
	case *types.Chan:
		return types.NewChan(t.Dir(), r.renew(t.Elem()))
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, r.tuple(t.Params()), r.tuple(t.Results()), t.Variadic())
	case *types.Struct:
		var fields []*types.Var
		var tags []string
		for i := range t.NumFields() {
			f := t.Field(i)
			fields = append(fields, types.NewField(f.Pos(), f.Pkg(), f.Name(), r.renew(f.Type()), f.Embedded()))
			tags = append(tags, t.Tag(i))
		}
		return types.NewStruct(fields, tags)
	case *types.Interface:
		var methods []*types.Func
		var embedded []types.Type
		for i := range t.NumExplicitMethods() {
			m := t.ExplicitMethod(i)
			s := m.Signature()
			methods = append(methods, types.NewFunc(m.Pos(), m.Pkg(), m.Name(), types.NewSignatureType(nil, nil, nil, r.tuple(s.Params()), r.tuple(s.Results()), s.Variadic())))
		}
		for i := range t.NumEmbeddeds() {
			embedded = append(embedded, r.renew(t.EmbeddedType(i)))
		}
		return types.NewInterfaceType(methods, embedded).Complete()
	}
	return t
}

func (r *renewal) tuple(t *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for i := range t.Len() {
		v := t.At(i)
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), v.Name(), r.renew(v.Type())))
	}
	return types.NewTuple(vars...)
}

// sizes are those of the worker, which runs on this machine.
var sizes = types.SizesFor("gc", runtime.GOARCH)

// carries reports whether memory of type old means the same as type renewed.
// why names the first difference.
func (r *renewal) carries(old, renewed types.Type) (why string) {
	r.equal = map[[2]types.Type]bool{} // what was taken for granted need not be true
	if why := r.differ(old, renewed, ""); why != "" {
		return why
	}
	if sizes == nil || sizes.Sizeof(old) != sizes.Sizeof(renewed) || sizes.Alignof(old) != sizes.Alignof(renewed) {
		return "its size differs"
	}
	return ""
}

// differ compares two types as memory, down through all that can be reached
// from it. Names of types do not count, methods neither; names of fields do,
// since two fields of one type may have changed places. at says where we are.
func (r *renewal) differ(a, b types.Type, at string) (why string) {
	a, b = types.Unalias(a), types.Unalias(b)
	if types.Identical(a, b) {
		return ""
	}
	if r.equal[[2]types.Type{a, b}] {
		return "" // compared before, or being compared further up
	}
	_, namedA := a.(*types.Named)
	_, namedB := b.(*types.Named)
	if namedA || namedB {
		// An interface's values carry the table of methods of its declaration: calls
		// would do, comparisons would not.
		if i, ok := a.Underlying().(*types.Interface); ok && !i.Empty() {
			return orIt(at) + " is an interface that was declared again"
		}
		r.equal[[2]types.Type{a, b}] = true
		why := r.differ(a.Underlying(), b.Underlying(), at)
		if why != "" {
			delete(r.equal, [2]types.Type{a, b})
		}
		return why
	}
	other := fmt.Sprintf("%s was %s and is %s", orIt(at), typeName(a), typeName(b))
	switch a := a.(type) {
	case *types.Basic:
		return other // identical ones were sorted out above
	case *types.Pointer:
		if b, ok := b.(*types.Pointer); ok {
			return r.differ(a.Elem(), b.Elem(), at)
		}
	case *types.Slice:
		if b, ok := b.(*types.Slice); ok {
			return r.differ(a.Elem(), b.Elem(), at)
		}
	case *types.Array:
		if b, ok := b.(*types.Array); ok && a.Len() == b.Len() {
			return r.differ(a.Elem(), b.Elem(), at)
		}
	case *types.Map:
		if b, ok := b.(*types.Map); ok {
			if why := r.differ(a.Key(), b.Key(), at); why != "" {
				return why
			}
			return r.differ(a.Elem(), b.Elem(), at)
		}
	case *types.Chan:
		if b, ok := b.(*types.Chan); ok && a.Dir() == b.Dir() {
			return r.differ(a.Elem(), b.Elem(), at)
		}
	case *types.Signature:
		if b, ok := b.(*types.Signature); ok && a.Variadic() == b.Variadic() && a.TypeParams().Len()+b.TypeParams().Len() == 0 {
			if why := r.differTuple(a.Params(), b.Params(), at); why != "" {
				return why
			}
			return r.differTuple(a.Results(), b.Results(), at)
		}
	case *types.Struct:
		b, ok := b.(*types.Struct)
		if !ok {
			return other
		}
		for i := range a.NumFields() {
			f := a.Field(i)
			if i >= b.NumFields() {
				return "field " + f.Name() + " is gone"
			}
			g := b.Field(i)
			if !strings.EqualFold(f.Name(), g.Name()) { // x may have become X
				if hasField(b, f.Name()) {
					if hasField(a, g.Name()) {
						return "fields " + f.Name() + " and " + g.Name() + " have changed places"
					}
					return "field " + g.Name() + " is new"
				}
				return "field " + f.Name() + " is gone"
			}
			if why := r.differ(f.Type(), g.Type(), "field "+f.Name()); why != "" {
				return why
			}
		}
		if b.NumFields() > a.NumFields() {
			return "field " + b.Field(a.NumFields()).Name() + " is new"
		}
		return ""
	case *types.Interface:
		// The tables of methods belong to the older interface.
		return orIt(at) + " is an interface that mentions the type"
	}
	return other
}

func orIt(at string) string {
	if at == "" {
		return "it"
	}
	return at
}

func (r *renewal) differTuple(a, b *types.Tuple, at string) string {
	if a.Len() != b.Len() {
		return orIt(at) + " has other parameters or results"
	}
	for i := range a.Len() {
		if why := r.differ(a.At(i).Type(), b.At(i).Type(), at); why != "" {
			return why
		}
	}
	return ""
}

func hasField(s *types.Struct, name string) bool {
	for i := range s.NumFields() {
		if strings.EqualFold(s.Field(i).Name(), name) {
			return true
		}
	}
	return false
}

func typeName(t types.Type) string {
	return plainNames(types.TypeString(t, func(p *types.Package) string { return p.Name() }))
}
