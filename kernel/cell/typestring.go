package cell

import (
	"fmt"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// An unwritable is a type that no other package can name.
type unwritable struct{ reason string }

// typeText writes a type as generated code spells it, in one line. why is not
// empty when it cannot be written, for example because it is an unexported
// type of another package.
func (g *generator) typeText(t types.Type) (text, why string) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case unwritable:
			text, why = "", p.reason
		default:
			panic(p)
		}
	}()
	var b strings.Builder
	g.writeType(&b, t)
	return b.String(), ""
}

func (g *generator) writeType(b *strings.Builder, t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		switch {
		case t.Kind() == types.UnsafePointer:
			b.WriteString(g.foreign("unsafe") + ".Pointer")
		case t.Info()&types.IsUntyped != 0 || t.Kind() == types.Invalid:
			panic(unwritable{"its type is not known"})
		default:
			b.WriteString(t.Name())
		}
	case *types.Alias:
		if name, ok := g.typeName(t.Obj()); ok {
			b.WriteString(name)
			g.writeArgs(b, t.TypeArgs())
			return
		}
		g.writeType(b, types.Unalias(t))
	case *types.Named:
		name, ok := g.typeName(t.Obj())
		if !ok {
			if isCellPackage(t.Obj().Pkg()) {
				panic(unwritable{"type " + t.Obj().Name() + " is declared inside a function"})
			}
			panic(unwritable{"type " + t.Obj().Pkg().Name() + "." + t.Obj().Name() + " is private to its package"})
		}
		b.WriteString(name)
		g.writeArgs(b, t.TypeArgs())
	case *types.Pointer:
		b.WriteByte('*')
		g.writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		g.writeType(b, t.Elem())
	case *types.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		g.writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		g.writeType(b, t.Key())
		b.WriteByte(']')
		g.writeType(b, t.Elem())
	case *types.Chan:
		switch t.Dir() {
		case types.SendOnly:
			b.WriteString("chan<- ")
		case types.RecvOnly:
			b.WriteString("<-chan ")
		default:
			b.WriteString("chan ")
		}
		// Parentheses tell chan (<-chan T) from chan<- (chan T).
		b.WriteByte('(')
		g.writeType(b, t.Elem())
		b.WriteByte(')')
	case *types.Signature:
		b.WriteString("func")
		g.writeSignature(b, t)
	case *types.Struct:
		g.writeStruct(b, t)
	case *types.Interface:
		g.writeInterface(b, t)
	case *types.TypeParam:
		panic(unwritable{"it depends on a type parameter"})
	default:
		panic(unwritable{fmt.Sprintf("its type is a %T", t)})
	}
}

func (g *generator) writeArgs(b *strings.Builder, args *types.TypeList) {
	if args.Len() == 0 {
		return
	}
	b.WriteByte('[')
	for i := range args.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		g.writeType(b, args.At(i))
	}
	b.WriteByte(']')
}

func (g *generator) writeSignature(b *strings.Builder, s *types.Signature) {
	if s.TypeParams().Len() > 0 {
		panic(unwritable{"it is generic"})
	}
	tuple := func(t *types.Tuple, variadic bool) {
		b.WriteByte('(')
		for i := range t.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			if variadic && i == t.Len()-1 {
				b.WriteString("...")
				g.writeType(b, t.At(i).Type().(*types.Slice).Elem())
				continue
			}
			g.writeType(b, t.At(i).Type())
		}
		b.WriteByte(')')
	}
	tuple(s.Params(), s.Variadic())
	if s.Results().Len() > 0 {
		b.WriteByte(' ')
		tuple(s.Results(), false)
	}
}

func (g *generator) writeStruct(b *strings.Builder, s *types.Struct) {
	b.WriteString("struct{")
	for i := range s.NumFields() {
		f := s.Field(i)
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		if !f.Exported() && f.Name() != "_" && !isCellPackage(f.Pkg()) {
			panic(unwritable{"it has a field that is private to package " + f.Pkg().Name()})
		}
		tag := s.Tag(i)
		if f.Embedded() {
			g.writeEmbedded(b, f.Type())
		} else {
			name := f.Name()
			if name != "_" {
				name = renamed(name)
			}
			b.WriteString(name + " ")
			g.writeType(b, f.Type())
		}
		if tag == "" && needsTag(f) {
			tag = hiddenTag
		}
		if tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
	}
	b.WriteString(" }")
}

// writeEmbedded writes an embedded field. One of a predeclared type, such as
// error, would be a lower-case field; an alias gives it a name that other
// cells can use.
func (g *generator) writeEmbedded(b *strings.Builder, t types.Type) {
	inner := t
	if p, ok := t.(*types.Pointer); ok {
		b.WriteByte('*')
		inner = p.Elem()
	}
	if name, ok := predeclared(inner); ok {
		b.WriteString(g.aliasOf(name))
		return
	}
	g.writeType(b, inner)
}

// predeclared returns the name of a type of Go's universe.
func predeclared(t types.Type) (string, bool) {
	switch t := t.(type) {
	case *types.Basic:
		return t.Name(), t.Kind() != types.UnsafePointer
	case *types.Named:
		return t.Obj().Name(), t.Obj().Pkg() == nil
	case *types.Alias:
		return t.Obj().Name(), t.Obj().Pkg() == nil
	}
	return "", false
}

// aliasOf declares an alias of a predeclared type in the generated file.
func (g *generator) aliasOf(name string) string {
	g.aliases[name] = true
	return mark + name
}

// hiddenTag keeps encoders away from fields that are lower-case for the user
// and upper-case for the compiler.
const hiddenTag = `json:"-" xml:"-" yaml:"-"`

// needsTag reports whether a field without tag would become visible to
// encoders by its new name. Embedded structs are looked through anyhow.
func needsTag(f *types.Var) bool {
	if f.Exported() || f.Name() == "_" || !isCellPackage(f.Pkg()) {
		return false
	}
	if !f.Embedded() {
		return true
	}
	t := f.Type()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, isStruct := t.Underlying().(*types.Struct)
	return !isStruct
}

func (g *generator) writeInterface(b *strings.Builder, t *types.Interface) {
	if t.Empty() && t.NumEmbeddeds() == 0 {
		b.WriteString("interface{}")
		return
	}
	b.WriteString("interface{")
	sep := " "
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		if !m.Exported() && !isCellPackage(m.Pkg()) {
			panic(unwritable{"it has a method that is private to package " + m.Pkg().Name()})
		}
		b.WriteString(sep + renamed(m.Name()))
		g.writeSignature(b, m.Type().(*types.Signature))
		sep = "; "
	}
	for i := range t.NumEmbeddeds() {
		b.WriteString(sep)
		g.writeType(b, t.EmbeddedType(i))
		sep = "; "
	}
	b.WriteString(" }")
}

// typeName spells the name of a declared type; ok is false when this package
// cannot name it.
func (g *generator) typeName(obj *types.TypeName) (name string, ok bool) {
	pkg := obj.Pkg()
	switch {
	case pkg == nil:
		return obj.Name(), true
	case pkg == g.pkg:
		return renamed(obj.Name()), packageLevel(obj)
	case isCellPackage(pkg):
		if !packageLevel(obj) {
			return "", false
		}
		r := g.c.byPackage[pkg]
		if r == nil {
			return "", false
		}
		return g.cellName(r) + "." + renamed(obj.Name()), true
	case !token.IsExported(obj.Name()) || obj.Parent() != pkg.Scope():
		return "", false
	}
	alias := g.foreign(pkg.Path())
	if alias == "" {
		return "", false
	}
	return alias + "." + obj.Name(), true
}
