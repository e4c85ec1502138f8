package cell

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
	suggestMember := func(name string, known []string) string {
		near := suggest(name, known)
		switch {
		case len(known) == 0 || len(known) > mostMembers:
			return near
		case near == "":
			return "there are " + strings.Join(known, ", ")
		case utf8.RuneCountInString(name) <= shortName: // Get is as near to Set as to what reads a value
			return near + " there are " + strings.Join(known, ", ")
		}
		return near
	}
	switch {
	case strings.Contains(msg, cellName+".") && k.oldTypeHint(e) != "":
		return k.oldTypeHint(e)
	case k.hiddenHint(e) != "":
		return k.hiddenHint(e)
	case k.placeHint(e) != "":
		return k.placeHint(e)
	case strings.HasPrefix(msg, "undefined: "):
		name := strings.TrimPrefix(msg, "undefined: ")
		if pkg, member, ok := strings.Cut(name, "."); ok {
			if near := suggest(member, exported(k.packageNamed(pkg))); near != "" {
				return near
			}
			return k.inToolkit(member)
		}
		return k.undefinedHint(e, name)
	case strings.Contains(msg, " undefined (type ") && !strings.Contains(msg, ", but does have "):
		if sel := k.selectorAt(e); sel != nil {
			if start, end := k.src.offset(sel.X.Pos()), k.src.offset(sel.X.End()); start >= 0 && end > start {
				if call := asFunction(k.info.TypeOf(sel.X), k.src.text[start:end], sel.Sel.Name); call != "" {
					return call
				}
			}
			if hint := mistakeHint(msg); hint != "" {
				return hint
			}
			return suggestMember(sel.Sel.Name, membersOf(k.info.TypeOf(sel.X)))
		}
	case strings.HasPrefix(msg, "unknown field ") && !strings.Contains(msg, ", but does have "):
		if lit, field := k.literalAt(e); lit != nil {
			typ := k.info.TypeOf(lit)
			if typ == nil && lit.Type != nil {
				typ = k.info.TypeOf(lit.Type) // go/types gives no type to a literal with mistakes
			}
			return suggestMember(field, fieldsOf(typ))
		}
	case strings.HasSuffix(msg, " is not used"):
		return "only the last line of a cell is shown; use fmt.Println to print this one"
	case strings.HasPrefix(msg, "too many return values") && strings.Contains(msg, "want ()"):
		return "return ends the cell; write the value as its last line to show it"
	case conversion.MatchString(msg):
		m := conversion.FindStringSubmatch(msg)
		if isNumeric(m[2]) && isNumeric(m[3]) {
			return "convert it: " + m[3] + "(" + m[1] + ")"
		}
	case mismatched.MatchString(msg):
		m := mismatched.FindStringSubmatch(msg)
		if isNumeric(m[1]) && isNumeric(m[2]) {
			return "convert one of them, as in " + wider(m[1], m[2]) + "(…)"
		}
	case strings.HasSuffix(msg, " truncated to int"):
		return "an int has no fraction; convert it: float64(…)"
	case strings.HasPrefix(msg, "cannot convert ") && strings.HasSuffix(msg, " to type int"):
		return "text becomes a number by strconv.Atoi(s)"
	case strings.HasPrefix(msg, "cannot convert ") && strings.HasSuffix(msg, " to type string"):
		return "a value becomes text by fmt.Sprint(x)"
	case strings.Contains(msg, ", cannot infer "):
		return "write the type in brackets behind the name, as in F[float64](…)"
	}
	return mistakeHint(msg)
}

var (
	conversion = regexp.MustCompile(`^cannot use (\w+) \(\w+ of type (\w+)\) as (\w+) value`)
	mismatched = regexp.MustCompile(`\(mismatched types (\w+) and (\w+)\)$`)
)

// wider is the one of two numeric types that loses less.
func wider(a, b string) string {
	if strings.HasPrefix(b, "float") || strings.HasPrefix(b, "complex") {
		return b
	}
	return a
}

func isNumeric(typ string) bool {
	t, ok := types.Universe.Lookup(typ).(*types.TypeName)
	if !ok {
		return false
	}
	b, ok := t.Type().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// elsewhere names what other languages call things.
var elsewhere = map[string]string{
	"None": "nil", "null": "nil", "NULL": "nil", "str": "fmt.Sprint", "float": "float64", "double": "float64", "char": "rune", "long": "int64", "boolean": "bool", "list": "[]T", "dict": "map[K]V",
	"abs": "math.Abs", "sqrt": "math.Sqrt", "pow": "math.Pow", "round": "math.Round", "sorted": "slices.Sorted", "exit": "return", "printf": "fmt.Printf", "input": "fmt.Scanln",
	"try": "if err != nil { … }", "except": "if err != nil { … }", "raise": "return errors.New(…)", "self": "the name of the receiver, as in func (n *Neuron) step()", "this": "the name of the receiver, as in func (n *Neuron) step()",
}

const (
	mostMembers = 12 // so many names are listed where none is near
	shortName   = 3  // letters of a name to which another is near by chance
)

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
		for n := range byName() {
			known = append(known, n)
		}
	}
	if count, ok := k.c.gone[name]; ok {
		return "it was lost when the worker ended; run Cell [" + strconv.Itoa(count) + "] again"
	}
	if count, ok := k.c.stayed[name]; ok {
		return "it stayed in Cell [" + strconv.Itoa(count) + "], since its type is private to a package; give it an interface type there, such as var " + name + " any = …"
	}
	if e := k.c.unreached[name]; e != nil {
		return "Cell [" + strconv.Itoa(e.from.count) + "] would define it, but stopped before"
	}
	if count, ok := k.c.failed[name]; ok {
		return "Cell [" + strconv.Itoa(count) + "] defines it, but that cell has a mistake"
	}
	if here := elsewhere[name]; here != "" {
		return "in Go: " + here
	}
	if member := k.unqualified(name); member != "" {
		return "did you mean " + member + "?"
	}
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if k.assigns(e.Pos, name) {
		return "a new variable is defined by " + name + " := …"
	}
	if isPackage {
		return "if it is a package, import it by its path"
	}
	return ""
}

// assigns reports whether an = at this place gives a value to name.
func (k *checker) assigns(pos token.Pos, name string) (found bool) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if s, ok := n.(*ast.AssignStmt); ok && s.Tok == token.ASSIGN {
				for _, lhs := range s.Lhs {
					id, ok := lhs.(*ast.Ident)
					found = found || ok && id.Pos() == pos && id.Name == name
				}
			}
			return !found
		})
	}
	return found
}

// everyday lists the packages whose functions beginners write without the
// package's name.
var everyday = []string{"fmt", "math", "strings", "strconv", "time", "os", "sort", "errors"}

// unqualified finds the exported name of an everyday package: "fmt.Println" for
// Println.
func (k *checker) unqualified(name string) string {
	if !token.IsExported(name) {
		return ""
	}
	for _, path := range everyday {
		pkg, err := k.c.importPackage(context.Background(), path)
		if err == nil && pkg.Scope().Lookup(name) != nil {
			return path + "." + name
		}
	}
	return ""
}

// inToolkit names the package of Spikebook that has what another was asked for:
// widget.Interact for display.Interact.
func (k *checker) inToolkit(name string) string {
	for _, path := range toolkit {
		if !strings.HasPrefix(path, modulePath) || !token.IsExported(name) {
			continue
		}
		if pkg, err := k.c.importPackage(context.Background(), path); err == nil && pkg.Scope().Lookup(name) != nil {
			return "did you mean " + pkg.Name() + "." + name + "?"
		}
	}
	return ""
}

// hiddenHint notices that a variable of an earlier cell hides a type or function
// of Go's own, or a package: string := "a", max := 3, fmt := 1.
func (k *checker) hiddenHint(e types.Error) string {
	hidden := ""
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Pos() == e.Pos {
				hidden = id.Name
			}
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Pos() == e.Pos {
				if id, ok := sel.X.(*ast.Ident); ok {
					hidden = id.Name
				}
			}
			return hidden == ""
		})
	}
	if hidden != "" && k.defined[hidden] && len(byName()[hidden]) > 0 && strings.Contains(e.Msg, " undefined (type ") {
		return hidden + " is a variable of this cell and hides the package; give it another name"
	}
	entry := k.c.live[hidden]
	if entry == nil || entry.kind != entryVar || k.names[hidden] || k.defined[hidden] {
		return ""
	}
	is := hidden + " is a variable of Cell [" + strconv.Itoa(entry.from.count) + "] and hides "
	switch call := strings.Contains(e.Msg, "cannot call "); {
	case types.Universe.Lookup(hidden) != nil && (call || strings.HasSuffix(e.Msg, " is not a type")):
		return is + "Go's own " + hidden + "; rename it there, restart the kernel and run the cells again"
	case len(byName()[hidden]) > 0 && strings.Contains(e.Msg, " undefined (type "):
		return is + "the package; write import " + quote(byName()[hidden][0]) + " to have that back"
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
			return "type " + name + " is declared again in this cell; older variables and functions keep the type of Cell [" + strconv.Itoa(old.from.count) + "]: make them again"
		}
	}
	for _, id := range k.namesNear(e.Pos) {
		obj := k.info.Uses[id]
		if obj == nil {
			continue
		}
		name := k.replaced(obj.Type())
		if name == "" || !strings.Contains(e.Msg, cellName+"."+name) {
			continue
		}
		again := "type " + name + " was declared again in Cell [" + strconv.Itoa(k.c.live[name].from.count) + "]; " + id.Name
		if e := k.c.live[id.Name]; e == nil || e.obj != obj {
			return again + " has the older one, by a function or variable of an earlier cell: run that cell again"
		}
		return again + " keeps the older one: run the cell that defines " + id.Name + " again"
	}
	return ""
}

// namesNear lists the variables and functions of the innermost statement at pos,
// those at pos itself first.
func (k *checker) namesNear(pos token.Pos) (ids []*ast.Ident) {
	var near ast.Node
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if n == nil || pos < n.Pos() || pos >= n.End() {
				return false
			}
			switch n.(type) {
			case ast.Stmt, *ast.FuncDecl:
				near = n
			}
			return true
		})
	}
	if near == nil {
		return nil
	}
	ast.Inspect(near, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch k.info.Uses[id].(type) {
		case *types.Var, *types.Func:
			if id.Pos() == pos {
				ids = append([]*ast.Ident{id}, ids...)
			} else {
				ids = append(ids, id)
			}
		}
		return true
	})
	return ids
}

// replaced names a type within t that an earlier cell declared and a later one
// declared again; empty if there is none.
func (k *checker) replaced(t types.Type) (name string) {
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if t == nil || seen[t] || name != "" {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			obj := t.Origin().Obj()
			if e := k.c.live[obj.Name()]; isCellPackage(obj.Pkg()) && e != nil && e.obj != obj && e.from != nil {
				if _, isType := e.obj.(*types.TypeName); isType {
					name = obj.Name()
				}
			}
		case *types.Pointer:
			walk(t.Elem())
		case *types.Slice:
			walk(t.Elem())
		case *types.Array:
			walk(t.Elem())
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Chan:
			walk(t.Elem())
		case *types.Signature:
			walk(t.Params())
			walk(t.Results())
		case *types.Tuple:
			for i := range t.Len() {
				walk(t.At(i).Type())
			}
		}
	}
	walk(t)
	return name
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
