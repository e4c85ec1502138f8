package cell

import (
	"context"
	"go/ast"
	"go/build"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A packageDoc is the documentation of a package, read from its sources.
type packageDoc struct {
	path   string
	set    *token.FileSet
	doc    *doc.Package
	source map[string]string // "Fields", "Builder.Len" → text of the declaration
}

// A docCache keeps what was read: the sources of compiled packages are taken
// as fixed while a kernel runs.
type docCache struct {
	mu   sync.Mutex
	read map[string]*packageDoc // nil for what has no sources
}

// of returns the documentation of a package, or nil if its sources are not
// found or not understood.
func (d *docCache) of(c *Compiler, path string) *packageDoc {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.read[path]; ok {
		return p
	}
	tool, ok := c.tool.(interface {
		PackageDir(ctx context.Context, path string) (string, error)
	})
	if !ok {
		return nil
	}
	var p *packageDoc
	if dir, err := tool.PackageDir(context.Background(), path); err == nil {
		p = readDoc(path, dir)
	}
	if d.read == nil {
		d.read = map[string]*packageDoc{}
	}
	d.read[path] = p
	return p
}

// readDoc parses the files of a package that are for this machine.
func readDoc(path, dir string) *packageDoc {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	p := &packageDoc{path: path, set: token.NewFileSet(), source: map[string]string{}}
	var files []*ast.File
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if match, err := build.Default.MatchFile(dir, name); (err != nil || !match) && path != "builtin" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		f, err := parser.ParseFile(p.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || len(files) > 0 && f.Name.Name != files[0].Name.Name {
			continue
		}
		files = append(files, f)
		p.keepSource(f, string(text))
	}
	if len(files) == 0 {
		return nil
	}
	mode := doc.Mode(0)
	if path == "builtin" {
		mode = doc.AllDecls
	}
	if p.doc, err = doc.NewFromFiles(p.set, files, path, mode); err != nil {
		return nil
	}
	return p
}

// keepSource notes the text of each declaration, before go/doc takes it apart.
func (p *packageDoc) keepSource(f *ast.File, text string) {
	cut := func(from, to token.Pos) string {
		file := p.set.File(f.Pos())
		return text[file.Offset(from):file.Offset(to)]
	}
	start := func(node ast.Node, comment *ast.CommentGroup) token.Pos {
		if comment != nil {
			return comment.Pos()
		}
		return node.Pos()
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiverBase(d.Recv) + "." + name
			}
			p.source[name] = cut(start(d, d.Doc), d.End())
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				from, comment, lead := ast.Node(spec), (*ast.CommentGroup)(nil), d.Tok.String()+" "
				var names []*ast.Ident
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names, comment = []*ast.Ident{s.Name}, s.Doc
				case *ast.ValueSpec:
					names, comment = s.Names, s.Doc
				}
				if !d.Lparen.IsValid() {
					from, comment, lead = d, d.Doc, ""
				}
				source := lead + cut(from.Pos(), spec.End())
				if comment != nil {
					source = strings.TrimSpace(cut(comment.Pos(), comment.End())) + "\n" + source
				}
				for _, id := range names {
					p.source[id.Name] = source
				}
			}
		}
	}
}

// eachName lists the exported names of a package in order of their kinds.
func (p *packageDoc) eachName(yield func(name, kind string)) {
	funcs := p.doc.Funcs
	for _, t := range p.doc.Types {
		funcs = append(funcs[:len(funcs):len(funcs)], t.Funcs...)
		yield(t.Name, "type")
	}
	for _, f := range funcs {
		yield(f.Name, "function")
	}
	p.eachValue(func(name, _ string, constant bool) {
		if constant {
			yield(name, "constant")
		} else {
			yield(name, "variable")
		}
	})
}

// eachValue lists constants and variables with their comments.
func (p *packageDoc) eachValue(yield func(name, text string, constant bool)) {
	values := append(append([]*doc.Value{}, p.doc.Consts...), p.doc.Vars...)
	for _, t := range p.doc.Types {
		values = append(append(values, t.Consts...), t.Vars...)
	}
	for _, v := range values {
		for _, spec := range v.Decl.Specs {
			s, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			text := s.Doc.Text() + s.Comment.Text()
			if text == "" {
				text = v.Doc
			}
			for _, id := range s.Names {
				if token.IsExported(id.Name) || p.path == "builtin" {
					yield(id.Name, text, v.Decl.Tok == token.CONST)
				}
			}
		}
	}
}

// typeNamed finds a type.
func (p *packageDoc) typeNamed(name string) *doc.Type {
	for _, t := range p.doc.Types {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// text returns the comment of a declaration; base is the type of a method or
// field, empty for what is declared outside of types.
func (p *packageDoc) text(base, name string) string {
	if base != "" {
		t := p.typeNamed(base)
		if t == nil {
			return ""
		}
		for _, m := range t.Methods {
			if m.Name == name {
				return m.Doc
			}
		}
		return memberComment(t.Decl, base, name)
	}
	if t := p.typeNamed(name); t != nil {
		return t.Doc
	}
	funcs := p.doc.Funcs
	for _, t := range p.doc.Types {
		funcs = append(funcs[:len(funcs):len(funcs)], t.Funcs...)
	}
	for _, f := range funcs {
		if f.Name == name {
			return f.Doc
		}
	}
	found := ""
	p.eachValue(func(n, text string, _ bool) {
		if n == name && found == "" {
			found = text
		}
	})
	return found
}

// memberComment returns the comment of a field, or of a method of an interface.
func memberComment(decl *ast.GenDecl, base, name string) string {
	for _, spec := range decl.Specs {
		s, ok := spec.(*ast.TypeSpec)
		if !ok || s.Name.Name != base {
			continue
		}
		var list *ast.FieldList
		switch t := s.Type.(type) {
		case *ast.StructType:
			list = t.Fields
		case *ast.InterfaceType:
			list = t.Methods
		}
		if list == nil {
			return ""
		}
		for _, f := range list.List {
			for _, id := range f.Names {
				if id.Name == name {
					return f.Doc.Text() + f.Comment.Text()
				}
			}
		}
	}
	return ""
}

// typeDecl writes a type's declaration without what is private to the package.
func (p *packageDoc) typeDecl(name string) string {
	t := p.typeNamed(name)
	if t == nil {
		return ""
	}
	decl := *t.Decl
	decl.Doc = nil
	var b strings.Builder
	if err := format.Node(&b, p.set, &decl); err != nil {
		return ""
	}
	return b.String()
}
