package gonb

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
)

// Kind is what a declaration declares.
type Kind int

// Kinds, in the order in which they are written and listed.
const (
	Import Kind = iota
	Const
	Type
	Var
	Func
)

// A Decl is one declaration: an import, a type, a function, a group of constants,
// or variables that one call defines together.
type Decl struct {
	Kind Kind
	Keys []string // by which it is replaced and removed; the name of an import
	Text string   // Go source; of an import what follows the word import
	Path string   // of an import

	Cell, Line int // where it stands: execution count of the cell, line of the first byte
	Col        int // columns by which the first line of Text is longer than in the cell

	Test bool // a function for go test
}

// A Cell is what a cell's Go text consists of.
type Cell struct {
	Count int
	Decls []*Decl
	Main  *Decl // func main; nil when there is none
	// Stmts are statements outside of functions, in order. A program runs them in
	// func main.
	Stmts []Stmt

	script bool // var declarations outside of functions are statements
}

// A Stmt is a statement outside of functions.
type Stmt struct {
	Text      string
	Line, Col int
	Defines   []string // names on the left of :=
	Value     bool     // an expression, whose value a notebook shows
	Call      bool     // a call, which may have no value

	Var   bool   // a var declaration of one line; only in scripts
	Type  string // of a var declaration; empty when it follows from Right
	Right string // what is assigned; may be empty in a var declaration
}

// Parse cuts the Go text of a cell. Text that the parser does not accept gives an
// error; callers have checked the syntax before. live turns definitions outside of
// functions, x := 1, into variables: in a live notebook they are.
func Parse(count int, text string, live bool) (*Cell, error) {
	return parse(&Cell{Count: count}, text, live)
}

// ParseScript cuts the Go text of a live cell so that the order of what it does is
// kept: its var declarations are statements.
func ParseScript(count int, text string) (*Cell, error) {
	return parse(&Cell{Count: count, script: true}, text, false)
}

func parse(c *Cell, text string, live bool) (*Cell, error) {
	for _, p := range cell.Pieces(text) {
		part := text[p.Start:p.End]
		line := 1 + strings.Count(text[:p.Start], "\n")
		var err error
		switch p.Kind {
		case cell.Import:
			err = c.imports(part, line)
		case cell.Function:
			err = c.function(part, line)
		default:
			err = c.statements(part, line, live)
		}
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", c.Count, err)
		}
	}
	return c, nil
}

// A piece is text with its tree. Offsets of nodes are those in text.
type piece struct {
	set    *token.FileSet
	text   string
	line   int // of its first byte
	prefix int // length of what was put before
}

func (p *piece) offset(pos token.Pos) int {
	return min(max(p.set.Position(pos).Offset-p.prefix, 0), len(p.text))
}

// cut is the text of a node and the line where it begins.
func (p *piece) cut(from, to token.Pos) (text string, line, col int) {
	start, end := p.offset(from), p.offset(to)
	before := p.text[:start]
	return p.text[start:end], p.line + strings.Count(before, "\n"), start - (strings.LastIndexByte(before, '\n') + 1)
}

func parsePiece(prefix, text, suffix string, line int) (*piece, *ast.File, error) {
	p := &piece{set: token.NewFileSet(), text: text, line: line, prefix: len(prefix)}
	f, err := parser.ParseFile(p.set, "", prefix+text+suffix, parser.ParseComments|parser.SkipObjectResolution)
	return p, f, err
}

func (c *Cell) imports(text string, line int) error {
	p, f, err := parsePiece("package p;", text, "\n", line)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ImportSpec)
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			_, line, _ := p.cut(spec.Pos(), spec.End())
			decl := &Decl{Kind: Import, Path: path, Text: strconv.Quote(path), Keys: []string{ImportName(path)}, Cell: c.Count, Line: line}
			if spec.Name != nil {
				decl.Text = spec.Name.Name + " " + decl.Text
				decl.Keys = []string{spec.Name.Name}
				if spec.Name.Name == "_" || spec.Name.Name == "." {
					decl.Keys = []string{spec.Name.Name + "~" + path}
				}
			}
			if path == "C" && f.Comments != nil {
				decl.Text = strings.TrimRight(p.text[:p.offset(gen.Pos())], " \t\n") + "\nimport \"C\"" // with its preamble
			}
			c.Decls = append(c.Decls, decl)
		}
	}
	return nil
}

// ImportName is the name that the package of an import path has by custom.
func ImportName(path string) string {
	parts := strings.Split(path, "/")
	base := parts[len(parts)-1]
	if len(parts) > 1 && len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = parts[len(parts)-2]
	}
	if i := strings.LastIndex(base, ".v"); i > 0 && strings.Trim(base[i+2:], "0123456789") == "" {
		base = base[:i]
	}
	base = strings.TrimPrefix(base, "go-")
	base = strings.TrimSuffix(base, "-go")
	return strings.ReplaceAll(base, "-", "_")
}

func (c *Cell) function(text string, line int) error {
	p, f, err := parsePiece("package p;", text, "\n", line)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		decl := &Decl{Kind: Func, Cell: c.Count, Line: line, Text: strings.TrimRight(text, " \t\r\n"), Keys: []string{fn.Name.Name}}
		if lead := len(decl.Text) - len(strings.TrimLeft(decl.Text, " \t\r\n")); lead > 0 {
			decl.Line += strings.Count(decl.Text[:lead], "\n")
			decl.Text = decl.Text[lead:]
		}
		switch {
		case fn.Recv != nil && len(fn.Recv.List) > 0:
			decl.Keys[0] = receiver(fn.Recv.List[0].Type) + "~" + fn.Name.Name
		case fn.Name.Name == "main":
			c.Main = decl
			continue
		case strings.HasPrefix(fn.Name.Name, "init_"):
			at := strings.Index(decl.Text, fn.Name.Name)
			if off := p.offset(fn.Name.Pos()) - (len(text) - len(strings.TrimLeft(text, " \t\r\n"))); off >= 0 && strings.HasPrefix(decl.Text[off:], fn.Name.Name) {
				at = off
			}
			decl.Text = decl.Text[:at] + "init" + decl.Text[at+len(fn.Name.Name):]
		default:
			decl.Test = isTest(fn)
		}
		c.Decls = append(c.Decls, decl)
	}
	return nil
}

// receiver is the name of the type that a method belongs to.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.ParenExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

// isTest tells functions that go test runs.
func isTest(f *ast.FuncDecl) bool {
	name := f.Name.Name
	for prefix, argument := range map[string]string{"Test": "T", "Benchmark": "B", "Fuzz": "F", "Example": ""} {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
			continue
		}
		params := f.Type.Params.List
		if argument == "" {
			return len(params) == 0
		}
		if len(params) != 1 {
			continue
		}
		star, ok := params[0].Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		sel, ok := star.X.(*ast.SelectorExpr)
		if ok && sel.Sel.Name == argument {
			return true
		}
	}
	return false
}

func (c *Cell) statements(text string, line int, live bool) error {
	p, f, err := parsePiece("package p;func _(){", text, "\n}", line)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for _, s := range fn.Body.List {
			switch s := s.(type) {
			case *ast.EmptyStmt:
				continue
			case *ast.DeclStmt:
				if gen, ok := s.Decl.(*ast.GenDecl); ok && gen.Tok == token.VAR && c.script {
					c.variables(p, gen)
					continue
				} else if ok {
					c.group(p, gen)
					continue
				}
			case *ast.AssignStmt:
				if s.Tok == token.DEFINE {
					names, plain := definedNames(s.Lhs)
					if live && plain {
						right, rl, _ := p.cut(s.Rhs[0].Pos(), s.End())
						left, ll, col := p.cut(s.Pos(), s.TokPos)
						c.Decls = append(c.Decls, &Decl{Kind: Var, Keys: keysOf(names, left), Cell: c.Count, Line: ll, Col: len("var ") - col,
							Text: "var " + strings.TrimSpace(left) + " = " + strings.Repeat("\n", max(0, rl-ll-strings.Count(left, "\n"))) + right})
						continue
					}
					text, line, col := p.cut(s.Pos(), s.End())
					right, _, _ := p.cut(s.Rhs[0].Pos(), s.End())
					c.Stmts = append(c.Stmts, Stmt{Text: text, Line: line, Col: -col, Defines: names, Right: right})
					continue
				}
			}
			text, line, col := p.cut(s.Pos(), s.End())
			expr, value := s.(*ast.ExprStmt)
			call := false
			if value {
				_, call = expr.X.(*ast.CallExpr)
			}
			c.Stmts = append(c.Stmts, Stmt{Text: text, Line: line, Col: -col, Value: value, Call: call})
		}
	}
	return nil
}

// variables makes statements of a var declaration, one of each line.
func (c *Cell) variables(p *piece, gen *ast.GenDecl) {
	for _, s := range gen.Specs {
		spec := s.(*ast.ValueSpec)
		text, line, col := p.cut(spec.Pos(), spec.End())
		stmt := Stmt{Text: "var " + text, Line: line, Col: -col, Var: true}
		for _, n := range spec.Names {
			stmt.Defines = append(stmt.Defines, n.Name)
		}
		if spec.Type != nil {
			stmt.Type, _, _ = p.cut(spec.Type.Pos(), spec.Type.End())
		}
		if len(spec.Values) > 0 {
			stmt.Right, _, _ = p.cut(spec.Values[0].Pos(), spec.End())
		}
		c.Stmts = append(c.Stmts, stmt)
	}
}

func definedNames(lhs []ast.Expr) (names []string, plain bool) {
	plain = true
	for _, e := range lhs {
		id, ok := e.(*ast.Ident)
		if !ok {
			return nil, false
		}
		names = append(names, id.Name)
	}
	return names, plain
}

// group takes a var, const or type declaration apart.
func (c *Cell) group(p *piece, gen *ast.GenDecl) {
	if gen.Tok == token.CONST {
		// Values may count on (iota), so the group stays together.
		text, line, col := p.cut(gen.Pos(), gen.End())
		d := &Decl{Kind: Const, Text: text, Cell: c.Count, Line: line, Col: -col}
		for _, s := range gen.Specs {
			for _, n := range s.(*ast.ValueSpec).Names {
				d.Keys = append(d.Keys, keysOf([]string{n.Name}, text)...)
			}
		}
		c.Decls = append(c.Decls, d)
		return
	}
	for _, s := range gen.Specs {
		text, line, col := p.cut(s.Pos(), s.End())
		word := gen.Tok.String() + " "
		if !gen.Lparen.IsValid() {
			text, line, col = p.cut(gen.Pos(), s.End())
			word = ""
		}
		d := &Decl{Kind: Type, Text: word + text, Cell: c.Count, Line: line, Col: len(word) - col}
		switch s := s.(type) {
		case *ast.TypeSpec:
			d.Keys = []string{s.Name.Name}
		case *ast.ValueSpec:
			d.Kind = Var
			var names []string
			for _, n := range s.Names {
				names = append(names, n.Name)
			}
			d.Keys = keysOf(names, text)
		}
		c.Decls = append(c.Decls, d)
	}
}

// keysOf makes keys of names; a blank has one that depends on its text.
func keysOf(names []string, text string) []string {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = n
		if n == "_" {
			h := fnv.New32a()
			fmt.Fprint(h, i, text)
			keys[i] = fmt.Sprintf("_~%06d", h.Sum32()%1_000_000)
		}
	}
	return keys
}
