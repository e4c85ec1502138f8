package cell

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// checkedPackage type-checks declarations as a package of cells.
func checkedPackage(t *testing.T, code string) *types.Package {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "x.go", "package main\n"+code, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.Default(), Error: func(err error) { t.Error(err) }}
	pkg, _ := conf.Check(cellPath, set, []*ast.File{f}, nil)
	return pkg
}

func TestLayouts(t *testing.T) {
	const twice = "type T struct { a int; next *T; byName map[string]T; s string `tag` }\n"
	for _, c := range []struct{ name, before, after, typ, want string }{
		{"the same", twice, twice, "T", ""},
		{"a method more", twice, twice + "func (t *T) sum() int { return t.a }", "map[string][]*T", ""},
		{"another tag", "type T struct { a int `x` }", "type T struct { a int `y` }", "T", ""},
		{"a field exported", "type T struct { a int }", "type T struct { A int }", "[]T", ""},
		{"a new field", "type T struct { a int }", "type T struct { a, b int }", "T", "field b is new"},
		{"a new field in front", "type T struct { a int }", "type T struct { b, a int }", "T", "field b is new"},
		{"a field less", "type T struct { a, b int }", "type T struct { a int }", "T", "field b is gone"},
		{"another field", "type T struct { a int }", "type T struct { b int }", "T", "field a is gone"},
		{"fields changed places", "type T struct { a, b int }", "type T struct { b, a int }", "T", "fields a and b have changed places"},
		{"a field of another type", "type T struct { a int }", "type T struct { a int64 }", "*T", "field a was int and is int64"},
		{"behind a pointer", "type U struct{ a int }\ntype T struct { u *U }", "type U struct{ a string }\ntype T struct { u *U }", "T", "field a was int and is string"},
		{"keys of maps", "type T struct { a, b int8 }", "type T struct { a, b int8 }\nfunc (T) m() {}", "map[T]bool", ""},
		{"numbers", "type T float64", "type T float32", "T", "it was float64 and is float32"},
		{"a number with methods", "type T float64", "type T float64\nfunc (t T) String() string { return \"\" }", "[3]T", ""},
		{"a struct that was a number", "type T int", "type T struct{ a int }", "T", "it was int and is struct{a int}"},
		{"arrays", "type T [3]int", "type T [4]int", "T", "it was [3]int and is [4]int"},
		{"channels and functions", twice, twice, "struct { c chan T; f func(T, ...*T) error }", ""},
		{"functions with other types", "type T int", "type T string", "func(T)", "it was int and is string"},
		{"an interface", "type T int", "type T int\nfunc (T) m() {}", "interface { get() T }", "it is an interface that mentions the type"},
		{"an interface with a name", "type T interface { get() int }", "type T interface { get() int }", "[]T", "it is an interface that was declared again"},
		{"an empty interface with a name", "type T any", "type T any", "map[string]T", ""},
		{"any interface", "type T int", "type T int\nfunc (T) m() {}", "struct { v any; t T }", ""},
		{"generic", "type T[E any] struct { list []E }\ntype U int", "type T[E any] struct { list []E }\nfunc (t T[E]) n() int { return 0 }\ntype U int", "T[U]", ""},
		{"generic with another field", "type T[E any] struct { list []E }", "type T[E any] struct { m map[int]E }", "T[string]", "field list is gone"},
		{"mutual recursion", "type T struct { u *U }\ntype U struct { t *T }", "type T struct { u *U }\ntype U struct { t *T; n int }", "T", "field n is new"},
		{"mutual recursion, the same", "type T struct { u *U }\ntype U struct { t *T }", "type T struct { u *U }\ntype U struct { t *T }", "[]U", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := checkedPackage(t, c.before+"\nvar v "+c.typ)
			after := checkedPackage(t, c.after)
			r := newRenewal()
			for _, name := range after.Scope().Names() {
				if old, ok := before.Scope().Lookup(name).(*types.TypeName); ok {
					r.types[old] = after.Scope().Lookup(name).(*types.TypeName)
				}
			}
			old := before.Scope().Lookup("v").Type()
			renewed := r.renew(old)
			if types.Identical(old, renewed) || r.mentions(renewed) {
				t.Errorf("%v was not renewed: %v", old, renewed)
			}
			if got := r.carries(old, renewed); got != c.want {
				t.Errorf("difference %q, want %q", got, c.want)
			}
		})
	}
}
