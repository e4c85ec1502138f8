package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// selector edits x.y. Members of imported packages stay, apart from those that
// something else stands in for.
func (g *generator) selector(sel *ast.SelectorExpr) bool {
	if f, ok := g.info.Uses[sel.Sel].(*types.Func); ok && strings.HasPrefix(f.FullName(), "(*log.Logger).Fatal") {
		g.loggerFatal(sel, f.Name())
		return true
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return true
	}
	if _, isPackage := g.info.Uses[x].(*types.PkgName); !isPackage {
		return true
	}
	if g.current != nil {
		ref := g.current.packages[x]
		start := g.offset(x.Pos())
		g.ed.replace(start, start+len(ref.name), g.foreign(ref.path))
	}
	if f, ok := g.info.Uses[sel.Sel].(*types.Func); ok {
		text := ""
		switch name := f.FullName(); {
		case name == "os.Exit":
			text = g.need(livePath, liveName) + ".Exit"
		case name == "log.Fatal", name == "log.Fatalf", name == "log.Fatalln", g.unmarked[sel]:
			text = g.standIn(f.Name())
		}
		if text != "" {
			g.ed.replace(g.offset(sel.Pos()), g.offset(sel.End()), text)
			if g.current == nil {
				g.replaced[x.Name+"."+sel.Sel.Name] = true
			}
		}
	}
	return false
}

// standIn returns the name of a function that the generated file declares.
func (g *generator) standIn(name string) string {
	g.standIns[name] = true
	return mark + mark + name
}

// writeStandIns declares those that are used.
func (g *generator) writeStandIns(b *strings.Builder) {
	for _, name := range sortedKeys(g.standIns) {
		text := standIns[name]
		names := []string{"live.", g.need(livePath, liveName) + "."}
		for _, pkg := range []string{"fmt", "log", "io"} {
			if !strings.Contains(text, pkg+".") {
				continue
			}
			alias, ok := g.needs[pkg]
			if !ok {
				alias = g.need(pkg, mark+mark+pkg)
			}
			names = append(names, pkg+".", alias+".")
		}
		text = strings.NewReplacer(names...).Replace(text)
		fmt.Fprintf(b, "\nfunc %s%s%s\n", mark, mark, text)
	}
}

// standIns do what the functions of their names do, and two things differently.
// The Fatal functions of log end the cell, not the process; the call depth makes
// log.Lshortfile name the user's line. Those of fmt leave out the letter that
// lower-case names have for the compiler, so that text which a program makes of
// its own values, or writes to a file, is what it would be elsewhere.
var standIns = map[string]string{
	"Fatal":   "Fatal(v ...any) { log.Output(2, fmt.Sprint(v...)); live.Exit(1) }",
	"Fatalf":  "Fatalf(format string, v ...any) { log.Output(2, fmt.Sprintf(format, v...)); live.Exit(1) }",
	"Fatalln": "Fatalln(v ...any) { log.Output(2, fmt.Sprintln(v...)); live.Exit(1) }",

	"LoggerFatal":   "LoggerFatal(l *log.Logger) func(v ...any) { return func(v ...any) { l.Output(2, fmt.Sprint(v...)); live.Exit(1) } }",
	"LoggerFatalf":  "LoggerFatalf(l *log.Logger) func(format string, v ...any) { return func(format string, v ...any) { l.Output(2, fmt.Sprintf(format, v...)); live.Exit(1) } }",
	"LoggerFatalln": "LoggerFatalln(l *log.Logger) func(v ...any) { return func(v ...any) { l.Output(2, fmt.Sprintln(v...)); live.Exit(1) } }",

	"Sprint":   "Sprint(a ...any) string { return live.Plain(fmt.Sprint(a...)) }",
	"Sprintf":  "Sprintf(format string, a ...any) string { return live.Plain(fmt.Sprintf(format, a...)) }",
	"Sprintln": "Sprintln(a ...any) string { return live.Plain(fmt.Sprintln(a...)) }",
	"Fprint":   "Fprint(w io.Writer, a ...any) (int, error) { return w.Write([]byte(live.Plain(fmt.Sprint(a...)))) }",
	"Fprintf":  "Fprintf(w io.Writer, format string, a ...any) (int, error) { return w.Write([]byte(live.Plain(fmt.Sprintf(format, a...)))) }",
	"Fprintln": "Fprintln(w io.Writer, a ...any) (int, error) { return w.Write([]byte(live.Plain(fmt.Sprintln(a...)))) }",
}

// loggerFatal edits x.Fatal of a *log.Logger, which may be embedded in x:
//
//	l.Fatal("no")    LoggerFatal(l)("no")
func (g *generator) loggerFatal(sel *ast.SelectorExpr, name string) {
	selection := g.info.Selections[sel]
	if selection == nil || selection.Kind() != types.MethodVal {
		return
	}
	typ, path := selection.Recv(), ""
	for _, i := range selection.Index()[:len(selection.Index())-1] {
		if p, ok := typ.Underlying().(*types.Pointer); ok {
			typ = p.Elem()
		}
		s, ok := typ.Underlying().(*types.Struct)
		if !ok {
			return
		}
		field := s.Field(i).Name()
		if isCellPackage(s.Field(i).Pkg()) {
			field = renamed(field)
		}
		typ, path = s.Field(i).Type(), path+"."+field
	}
	address := ""
	if _, ok := typ.Underlying().(*types.Pointer); !ok {
		address = "&"
	}
	g.ed.insert(g.offset(sel.Pos()), g.standIn("Logger"+name)+"("+address)
	g.ed.replace(g.offset(sel.X.End()), g.offset(sel.End()), path+")")
}

// unmark notes calls of fmt that make text of values whose names the kernel has
// changed. What goes to the notebook is rid of them later, so prints stay.
func (g *generator) unmark(call *ast.CallExpr) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	f := g.callee(call)
	if f == nil || f.Pkg() == nil || f.Pkg().Path() != "fmt" || f.Signature().Recv() != nil || standIns[f.Name()] == "" {
		return
	}
	args := call.Args
	if strings.HasPrefix(f.Name(), "F") && len(args) > 0 {
		if toNotebook(g, args[0]) {
			return
		}
		args = args[1:]
	}
	for _, a := range args {
		if showsNames(g.info.TypeOf(a), map[types.Type]bool{}) {
			g.unmarked[sel] = true
			return
		}
	}
}

// toNotebook reports whether a writer is os.Stdout or os.Stderr.
func toNotebook(g *generator, w ast.Expr) bool {
	sel, ok := w.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	v, ok := g.info.Uses[sel.Sel].(*types.Var)
	return ok && v.Pkg() != nil && v.Pkg().Path() == "os" && (v.Name() == "Stdout" || v.Name() == "Stderr")
}

// showsNames reports whether text made of a value may hold names of cells. What
// an interface holds is not known.
func showsNames(t types.Type, seen map[types.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if isCellPackage(t.Obj().Pkg()) {
			return true
		}
		if types.IsInterface(t) {
			return true
		}
		for i := range t.TypeArgs().Len() {
			if showsNames(t.TypeArgs().At(i), seen) {
				return true
			}
		}
		return false
	case *types.Interface, *types.TypeParam:
		return true
	case *types.Pointer:
		return showsNames(t.Elem(), seen)
	case *types.Slice:
		return showsNames(t.Elem(), seen)
	case *types.Array:
		return showsNames(t.Elem(), seen)
	case *types.Map:
		return showsNames(t.Key(), seen) || showsNames(t.Elem(), seen)
	case *types.Chan:
		return showsNames(t.Elem(), seen)
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); !f.Exported() && isCellPackage(f.Pkg()) || showsNames(f.Type(), seen) {
				return true
			}
		}
	case *types.Tuple: // f(g())
		for i := range t.Len() {
			if showsNames(t.At(i).Type(), seen) {
				return true
			}
		}
	}
	return false
}
