package cell

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/token"
	"go/types"
	"strings"
	"unicode/utf8"
)

// A Description is what is known about a name.
type Description struct {
	Signature string // declaration in Go, without its body
	Where     string // what declares it: "package strings", "Cell [3]"
	Doc       string // its comment as the source has it; may be empty
	Source    string // text of its declaration, for detail 1; may be empty

	links *packageDoc // the package whose comment Doc is; nil for a cell's
}

// Inspect describes the name at the cursor, a byte offset: or, when there is
// none, the function whose arguments are being written there. It never fails:
// ok is false for what is not known.
func (a *Assistant) Inspect(code string, cursor, detail int) (d Description, ok bool) {
	a.c.mu.Lock()
	defer a.c.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			a.c.trace("assist", fmt.Sprint("inspect: ", p))
			d, ok = Description{}, false
		}
	}()
	cursor = max(0, min(cursor, len(code)))
	_, rest, _, _ := splitMagics(code)
	if _, start, special := specialLine(code, rest, cursor); special {
		return describeMagic(code[start:])
	}
	s, ok := spotAt(rest, cursor)
	if !ok || s.start == s.end {
		if s, ok = callAround(rest, cursor); !ok {
			return d, false
		}
	}
	d, ok = a.describe(s)
	if detail < 1 {
		d.Source = ""
	}
	return d, ok
}

// Describe answers a Question; code is the text of the cell above it.
func (a *Assistant) Describe(code string, q Question) (Description, bool) {
	if strings.HasPrefix(q.Name, "%") {
		return describeMagic(q.Name)
	}
	text := strings.TrimRight(code, " \t\r\n") + "\n" + q.Name
	return a.Inspect(text, len(text), q.Detail)
}

// callAround finds the function in whose argument list the cursor lies.
func callAround(text string, cursor int) (s spot, ok bool) {
	toks := scanTokens(text[:cursor], func(int, int) {})
	depth := 0
	for i := len(toks) - 1; i > 0; i-- {
		switch toks[i].tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth++
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if depth--; depth < 0 {
				if toks[i].tok == token.LPAREN && toks[i-1].tok == token.IDENT {
					return spotAt(text, toks[i-1].end)
				}
				if toks[i].tok == token.LBRACE {
					return s, false
				}
				depth = 0
			}
		}
	}
	return s, false
}

func describeMagic(line string) (Description, bool) {
	name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	name, _, _ = strings.Cut(name, "\n")
	name = strings.TrimRight(name, "?")
	if strings.HasPrefix(name, "!") {
		name = "!"
	}
	for _, m := range magicTable {
		if m.name == name {
			return Description{Signature: m.usage, Doc: m.summary, Where: "special line"}, true
		}
	}
	return Description{}, false
}

// describe describes the name of a spot.
func (a *Assistant) describe(s spot) (Description, bool) {
	name := s.text[s.start:s.end]
	if l := a.c.look(s.text[:s.end], s.text[s.end:], name, s.start); l != nil {
		if obj, base := l.refersTo(); obj != nil {
			return a.object(obj, base, s.text)
		}
	}
	if !s.selects {
		if e := a.c.live[name]; e != nil {
			return a.object(e.obj, "", s.text)
		}
		if obj := types.Universe.Lookup(name); obj != nil {
			return a.object(obj, "", s.text)
		}
		if paths := a.pathsOf(name); len(paths) > 0 {
			return a.packageAt(paths[0])
		}
		return Description{}, false
	}
	if s.chain == s.start {
		return Description{}, false
	}
	// A package that is not compiled yet, or one of several of its name.
	for _, path := range a.pathsOf(strings.TrimSuffix(s.text[s.chain:s.start], ".")) {
		if pkg, err := a.imported(path); err == nil {
			if obj := pkg.Scope().Lookup(name); obj != nil && obj.Exported() {
				return a.object(obj, "", s.text)
			}
		} else if p := a.docs.of(a.c, path); p != nil && p.source[name] != "" {
			signature, _, _ := strings.Cut(stripComment(p.source[name]), "{")
			return Description{Signature: strings.TrimSpace(signature), Where: "package " + path, Doc: p.text("", name), Source: p.source[name], links: p}, true
		}
	}
	return Description{}, false
}

// refersTo returns what the name means, and for a field or method the name of
// the type it belongs to.
func (l *look) refersTo() (obj types.Object, base string) {
	obj = l.info.Uses[l.ident]
	if obj == nil {
		obj = l.info.Defs[l.ident]
	}
	if obj == nil {
		return nil, ""
	}
	if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil {
		return obj, baseName(f.Signature().Recv().Type())
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		var t types.Type
		if sel := l.selector(); sel != nil {
			t = l.info.TypeOf(sel.X)
		} else if lit, ok := l.parent(2).(*ast.CompositeLit); ok {
			t = l.info.TypeOf(lit)
		}
		if t != nil {
			base = fieldOwner(t, v, map[*types.Struct]bool{})
		}
	}
	return obj, base
}

// baseName is the name of a type or of what it points to.
func baseName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// fieldOwner finds the named type that declares a field of t, itself or
// through embedded structs.
func fieldOwner(t types.Type, field *types.Var, visited map[*types.Struct]bool) string {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || visited[st] {
		return ""
	}
	visited[st] = true
	for i := range st.NumFields() {
		f := st.Field(i)
		if f.Origin() == field.Origin() {
			return baseName(t)
		}
		if f.Embedded() {
			if name := fieldOwner(f.Type(), field, visited); name != "" {
				return name
			}
		}
	}
	return ""
}

// object describes what a name refers to. text is the cell that asks.
func (a *Assistant) object(obj types.Object, base, text string) (Description, bool) {
	switch obj := obj.(type) {
	case *types.PkgName:
		return a.packageAt(obj.Imported().Path())
	case *types.Builtin, *types.Nil:
		return a.builtin(obj.Name())
	}
	if obj.Pkg() == nil {
		return a.builtin(obj.Name())
	}
	d := Description{Signature: declarationOf(obj, base)}
	if !isCellPackage(obj.Pkg()) {
		d.Where = "package " + obj.Pkg().Path()
		p := a.docs.of(a.c, obj.Pkg().Path())
		if p == nil {
			return d, true
		}
		d.links, d.Doc = p, p.text(base, obj.Name())
		d.Source = p.source[strings.TrimPrefix(base+"."+obj.Name(), ".")]
		if _, isType := obj.(*types.TypeName); isType {
			if decl := p.typeDecl(obj.Name()); decl != "" {
				d.Signature = decl
			}
		}
		return d, true
	}
	from := a.c.byPackage[obj.Pkg()]
	if d := a.c.declOf(obj, base); d != nil {
		from = d.home // not the cell that compiled it again
	}
	if from != nil {
		d.Where = fmt.Sprintf("Cell [%d]", from.count)
		_, text, _, _ = splitMagics(from.built.text)
	} else {
		d.Where = "this cell"
	}
	decl := findDeclaration(text, base, obj.Name())
	d.Doc, d.Source = decl.comment, decl.source
	if _, isType := obj.(*types.TypeName); isType && decl.source != "" {
		d.Signature = stripComment(decl.source)
	}
	return d, true
}

// declarationOf writes the declaration of an object in one line.
func declarationOf(obj types.Object, base string) string {
	switch obj := obj.(type) {
	case *types.Var:
		if obj.IsField() {
			if base != "" {
				base += "."
			}
			return "field " + base + obj.Name() + " " + types.TypeString(obj.Type(), shortNames)
		}
	case *types.Const:
		return types.ObjectString(obj, shortNames) + " = " + obj.Val().String()
	}
	return types.ObjectString(obj, shortNames)
}

// builtin describes a name of Go's universe.
func (a *Assistant) builtin(name string) (Description, bool) {
	d := Description{Signature: name, Where: "built into Go"}
	p := a.docs.of(a.c, "builtin")
	if p == nil || p.source[name] == "" {
		return d, true
	}
	d.Signature, d.Doc, d.links = stripComment(p.source[name]), p.text("", name), p
	return d, true
}

// packageAt describes a package.
func (a *Assistant) packageAt(path string) (Description, bool) {
	d := Description{Signature: fmt.Sprintf("import %q", path), Where: "package " + path}
	p := a.docs.of(a.c, path)
	if p == nil {
		return d, true
	}
	d.links, d.Doc = p, p.doc.Doc
	var b strings.Builder
	p.eachName(func(name, kind string) { fmt.Fprintf(&b, "// %s %s.%s\n", kind, p.doc.Name, name) })
	d.Source = b.String()
	return d, true
}

// stripComment removes the comment above a declaration.
func stripComment(source string) string {
	for {
		line, rest, more := strings.Cut(source, "\n")
		if !more || !strings.HasPrefix(strings.TrimSpace(line), "//") {
			return source
		}
		source = rest
	}
}

// A declaration is the text that declares a name in a cell.
type declaration struct {
	source  string
	comment string // without its slashes
}

// findDeclaration finds the last declaration of a name outside of functions in
// a cell's text; base is the type of a method or field.
func findDeclaration(text, base, name string) (d declaration) {
	src, _ := parseTolerant(text)
	take := func(n ast.Node) {
		from, to := src.offset(n.Pos()), src.offset(n.End())
		if from < 0 || to <= from {
			return
		}
		above := commentAbove(text, from)
		d = declaration{source: text[above:from] + text[from:to], comment: plainComment(text[above:from])}
	}
	for _, f := range src.funcs {
		if f.Name.Name == name && (f.Recv == nil) == (base == "") && (base == "" || receiverBase(f.Recv) == base) {
			take(f)
		}
	}
	for _, stmt := range src.stmts {
		inner, _ := unlabel(stmt)
		switch s := inner.(type) {
		case *ast.AssignStmt:
			for _, lhs := range s.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && s.Tok == token.DEFINE && base == "" && id.Name == name {
					take(stmt)
				}
			}
		case *ast.DeclStmt:
			gen, ok := s.Decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					switch {
					case base == "" && s.Name.Name == name:
						take(stmt)
					case base == s.Name.Name && d.source == "":
						if f := fieldNamed(s.Type, name); f != nil {
							take(f)
						}
					}
				case *ast.ValueSpec:
					for _, id := range s.Names {
						if base == "" && id.Name == name {
							take(stmt)
						}
					}
				}
			}
		}
	}
	return d
}

// fieldNamed finds a field or a method of an interface in a type's text.
func fieldNamed(t ast.Expr, name string) *ast.Field {
	var list *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	}
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			if id.Name == name {
				return f
			}
		}
	}
	return nil
}

// commentAbove returns the start of the lines of comment right above an offset.
func commentAbove(text string, at int) int {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	if strings.TrimSpace(text[start:at]) != "" {
		return at
	}
	found := at
	for start > 0 {
		above := strings.LastIndexByte(text[:start-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimSpace(text[above:start]), "//") {
			break
		}
		start, found = above, above
	}
	return found
}

// plainComment takes the slashes off a comment.
func plainComment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "//go:") {
			continue
		}
		b.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "//"), " ") + "\n")
	}
	return strings.TrimSpace(b.String())
}

// Plain is the description for a console.
func (d Description) Plain() string {
	var b strings.Builder
	b.WriteString(d.Signature + "\n")
	if d.Doc != "" {
		b.WriteString("\n")
		if d.links != nil {
			b.Write(d.links.doc.Text(d.Doc))
		} else {
			b.WriteString(d.Doc + "\n")
		}
	}
	if d.Where != "" {
		b.WriteString("\n" + d.Where + "\n")
	}
	if d.Source != "" {
		b.WriteString("\n" + strings.TrimRight(d.Source, "\n") + "\n")
	}
	return validText(b.String())
}

// Markdown is the description for a notebook.
func (d Description) Markdown() string {
	var b strings.Builder
	fence := func(text string) {
		ticks := "```"
		for strings.Contains(text, ticks) {
			ticks += "`"
		}
		b.WriteString(ticks + "go\n" + strings.TrimRight(text, "\n") + "\n" + ticks + "\n")
	}
	fence(d.Signature)
	if d.Doc != "" {
		b.WriteString("\n")
		if d.links != nil {
			printer := d.links.doc.Printer()
			printer.HeadingLevel = 4
			printer.DocLinkURL = func(l *comment.DocLink) string {
				link := *l
				if link.ImportPath == "" {
					link.ImportPath = d.links.path
				}
				return link.DefaultURL("https://pkg.go.dev")
			}
			b.Write(printer.Markdown(d.links.doc.Parser().Parse(d.Doc)))
		} else {
			var p comment.Parser
			var printer comment.Printer
			b.Write(printer.Markdown(p.Parse(d.Doc)))
		}
	}
	if d.Where != "" {
		b.WriteString("\n*" + d.Where + "*\n")
	}
	if d.Source != "" {
		b.WriteString("\n")
		fence(d.Source)
	}
	return validText(b.String())
}

// validText replaces what no message can carry.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
