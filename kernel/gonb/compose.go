package gonb

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A Resolver knows packages.
type Resolver interface {
	// ImportPath is the path that a package name without an import stands for.
	ImportPath(ctx context.Context, name string, members []string) (path string, ok bool)
	// PackageName is the name that a package declares, or "" if it is not known.
	PackageName(path string) string
}

// Files are the sources of a program.
type Files struct {
	Main string // main.go
	Test string // main_test.go; empty when there are no tests

	places map[string][]place // file → lines
}

// A place maps lines of a file, from first on, to those of a cell.
type place struct {
	first, count int // in the file
	cell, line   int
	col          int // added to the column of the first line
}

// Place leads a position in a file, main.go or main_test.go, back to a cell. col
// may be 0; ok is false for lines that no cell has written.
func (f *Files) Place(file string, line, col int) (cell, cellLine, cellCol int, ok bool) {
	if i := strings.LastIndexAny(file, `/\`); i >= 0 {
		file = file[i+1:]
	}
	for _, p := range f.places[file] {
		if line >= p.first && line < p.first+p.count && p.line > 0 {
			if col > 0 && line == p.first {
				col = max(1, col-p.col)
			}
			return p.cell, p.line + line - p.first, col, true
		}
	}
	return 0, 0, 0, false
}

// A writer counts lines while a file is written.
type writer struct {
	b      strings.Builder
	line   int
	places []place
}

func (w *writer) text(s string) {
	w.b.WriteString(s)
	w.line += strings.Count(s, "\n")
}

// source writes text of a cell, with a line end.
func (w *writer) source(s string, cell, line, col int) {
	w.places = append(w.places, place{first: w.line, count: strings.Count(s, "\n") + 1, cell: cell, line: line, col: col})
	w.text(s + "\n")
}

// Compose writes the declarations, and the func main of the cell, as a program.
// Imports that nothing uses are left out and missing ones are added.
func (m Memory) Compose(ctx context.Context, c *Cell, r Resolver) (*Files, error) {
	return m.compose(ctx, c, r, "")
}

// ComposeWith adds source text of the kernel's own.
func (m Memory) ComposeWith(ctx context.Context, c *Cell, r Resolver, extra string) (*Files, error) {
	return m.compose(ctx, c, r, extra)
}

func (m Memory) compose(ctx context.Context, c *Cell, r Resolver, extra string) (*Files, error) {
	files := &Files{places: map[string][]place{}}
	main := func(w *writer) {
		if extra != "" {
			w.text(extra + "\n\n")
		}
		for _, d := range m.decls {
			if d.Kind != Import && !d.Test {
				w.source(d.Text, d.Cell, d.Line, d.Col)
				w.text("\n")
			}
		}
		switch {
		case c != nil && c.Main != nil && len(c.Stmts) == 0:
			w.source(c.Main.Text, c.Count, c.Main.Line, 0)
		case c != nil && c.Main != nil:
			// Statements outside of functions run before func main.
			w.text("func init() {\n")
			writeStmts(w, c)
			w.text("}\n\n")
			w.source(c.Main.Text, c.Count, c.Main.Line, 0)
		case c != nil && len(c.Stmts) > 0:
			w.text("func main() {\n\tflag.Parse()\n")
			writeStmts(w, c)
			w.text("}\n")
		default:
			w.text("func main() {\n\tflag.Parse()\n}\n")
		}
	}
	var err error
	if files.Main, err = m.file(ctx, r, files, "main.go", main); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(m.decls, func(d *Decl) bool { return d.Test }) {
		files.Test, err = m.file(ctx, r, files, "main_test.go", func(w *writer) {
			for _, d := range m.decls {
				if d.Test {
					w.source(d.Text, d.Cell, d.Line, d.Col)
					w.text("\n")
				}
			}
		})
	}
	return files, err
}

func writeStmts(w *writer, c *Cell) {
	for _, s := range c.Stmts {
		w.source("\t"+s.Text, c.Count, s.Line, 1+s.Col)
	}
}

// file writes one file of package main, whose body write writes.
func (m Memory) file(ctx context.Context, r Resolver, files *Files, name string, write func(*writer)) (string, error) {
	body := &writer{line: 1}
	write(body)
	imports, cgo, err := m.imports(ctx, r, body.b.String())
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	head := "package main\n\n"
	if cgo != "" {
		head += cgo + "\n\n"
	}
	if len(imports) > 0 {
		head += "import (\n"
		for _, i := range imports {
			head += "\t" + i + "\n"
		}
		head += ")\n\n"
	}
	shift := strings.Count(head, "\n")
	for i := range body.places {
		body.places[i].first += shift
	}
	files.places[name] = body.places
	return head + body.b.String(), nil
}

// imports are the import lines that a body needs, sorted.
func (m Memory) imports(ctx context.Context, r Resolver, body string) (lines []string, cgo string, err error) {
	uses, err := packageUses(body)
	if err != nil {
		return nil, "", err
	}
	done := map[string]bool{}
	for _, d := range m.decls {
		if d.Kind != Import {
			continue
		}
		name := d.Keys[0]
		switch {
		case d.Path == "C":
			if uses["C"] != nil {
				cgo, done["C"] = d.Text, true
			}
		case strings.HasPrefix(name, "_~"):
			lines = append(lines, d.Text)
		case strings.HasPrefix(name, ".~"):
			lines = append(lines, d.Text)
		default:
			if !strings.Contains(d.Text, " ") { // without a name of its own
				if real := r.PackageName(d.Path); real != "" {
					name = real
				}
			}
			if uses[name] != nil && !done[name] {
				done[name] = true
				lines = append(lines, d.Text)
			}
		}
	}
	for name, members := range uses {
		if done[name] {
			continue
		}
		sort.Strings(members)
		if path, ok := r.ImportPath(ctx, name, members); ok {
			line := strconv.Quote(path)
			if ImportName(path) != name {
				line = name + " " + line
			}
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b string) int {
		_, pa, _ := strings.Cut(a, `"`)
		_, pb, _ := strings.Cut(b, `"`)
		return strings.Compare(pa, pb)
	})
	return lines, cgo, nil
}

// packageUses maps the names in front of dots that the file does not declare to
// the members that are used.
func packageUses(body string) (map[string][]string, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "", "package main\n"+body, 0)
	if err != nil {
		return nil, err
	}
	open := map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		open[id] = true
	}
	uses := map[string][]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && open[id] && !slices.Contains(uses[id.Name], sel.Sel.Name) {
				uses[id.Name] = append(uses[id.Name], sel.Sel.Name)
			}
		}
		return true
	})
	return uses, nil
}
