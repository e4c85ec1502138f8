package cell

import (
	"context"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// checkOnly stands in for compiler and linker: it checks generated files with
// go/types, as the compiler would. Of packages it knows a few.
type checkOnly struct {
	std   types.Importer
	cells map[string]*types.Package
}

func (checkOnly) Resolve(ctx context.Context, paths []string) error {
	for _, p := range paths {
		switch p {
		case "errors", "sort", "unsafe", livePath, interruptPath:
		default:
			return gotool.ImportErrors{{Path: p, Reason: "it is not part of this test"}}
		}
	}
	return nil
}

func (c *checkOnly) Importer() types.Importer { return c }

func (c *checkOnly) Import(path string) (*types.Package, error) {
	if p := c.cells[path]; p != nil {
		return p, nil
	}
	source := map[string]string{
		livePath: `package live
			func Bind[T any](slot int) *T { return nil }
			func Carry[T any](slot, from int) *T { return nil }
			type Renewed struct { Name string; Old, New []any; Why string }
			type Holder struct { Slot int; Name, Cell string }
			func Renew(types []Renewed, holders []Holder, _ ...any) {}
			func Choice(args *[]string) int { return 0 }
			func Defined(numbers ...int) {}
			func Plain(text string) string { return text }
			func Recover(cell string) {}
			func Exit(code int) {}
			func Notice(text string) {}
			func Values(v ...any) []any { return v }
			type Pending struct{}
			func Call(cell string, line int, call string) Pending { return Pending{} }
			func (Pending) Warn(results ...any) {}
			func (Pending) Result(results ...any) []any { return nil }`,
		interruptPath: `package interrupt
			func Requested() bool { return false }
			func Panic() {}`,
	}[path]
	if source == "" {
		return c.std.Import(path)
	}
	return c.check(path, source)
}

func (c *checkOnly) check(path string, source any) (*types.Package, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: c}
	pkg, err := conf.Check(path, set, []*ast.File{file}, nil)
	if err == nil {
		c.cells[path] = pkg
	}
	return pkg, err
}

func (c *checkOnly) Compile(ctx context.Context, u gotool.Unit) (*gotool.Archive, error) {
	source, err := os.ReadFile(u.File)
	if err != nil {
		return nil, err
	}
	if _, err := c.check(u.Path, source); err != nil {
		return nil, &gotool.Error{What: u.Path, Output: err.Error()}
	}
	return &gotool.Archive{Path: u.Path}, nil
}

func (*checkOnly) Link(ctx context.Context, a *gotool.Archive, out string) (*gotool.Plugin, error) {
	return &gotool.Plugin{Path: a.Path, File: out}, nil
}

// accepted checks what must hold for any text: Build does not panic, and what
// it makes of an accepted cell is a correct program with places in the cell.
func accepted(t *testing.T, c *Compiler, code string) {
	t.Helper()
	built, err := c.Build(context.Background(), 1, "", code)
	if err != nil {
		var p *Problems
		if !errors.As(err, &p) {
			t.Fatalf("%q: %v", code, err)
		}
		if len(p.List) == 0 || p.Error() == "" || len(p.Traceback()) == 0 {
			t.Fatalf("%q: refused without a reason", code)
		}
		if strings.Contains(p.Error(), "the compiler rejects") {
			_, name, _ := strings.Cut(p.List[0].Hint, "generated source, ")
			data, _ := os.ReadFile(name)
			os.Remove(name)
			t.Fatalf("%q:\n%v\n%s", code, err, data)
		}
		for _, one := range p.List {
			if one.Line < 1 || one.Line > strings.Count(code, "\n")+1 || one.Col < 0 {
				t.Fatalf("%q: problem at %d:%d", code, one.Line, one.Col)
			}
		}
		return
	}
	commitAll(c, built)
	if built.Source == "" {
		return
	}
	lines := strings.Count(code, "\n") + 1
	for _, m := range regexp.MustCompile(`(?m)^//line `+regexp.QuoteMeta(built.file())+`:(\d+)$`).FindAllStringSubmatch(built.Source, -1) {
		if n, _ := strconv.Atoi(m[1]); n < 1 || n > lines {
			t.Fatalf("%q: directive for line %s", code, m[1])
		}
	}
}

// file is the name of the cell's text in positions.
func (cell *Cell) file() string {
	if cell.record == nil {
		return "none"
	}
	return cell.record.file
}

func FuzzBuild(f *testing.F) {
	for _, c := range runCases {
		var all []string
		for _, s := range c.steps {
			f.Add(s.code)
			all = append(all, s.code)
		}
		f.Add(strings.Join(all, "\n"))
	}
	for _, c := range completeCases {
		f.Add(c.code)
	}
	for _, s := range nonsense {
		f.Add(s)
	}
	for _, s := range again {
		f.Add(s)
	}
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	f.Fuzz(func(t *testing.T, code string) {
		c := newCompiler(&checkOnly{std: imp, cells: map[string]*types.Package{}})
		defer c.Close()
		accepted(t, c, "x, y := 1, \"s\"\ntype pt struct{ a int; pt2 }\ntype pt2 struct { B string }\nfunc (p pt) m() int { return p.a }\nfunc gen[T any](v T) T { return v }\nconst k = 3")
		accepted(t, c, "func f(p pt) (pt2, int) { return p.pt2, k + x }\nvar pts = map[string]*pt{}\ntype more struct { list []pt }\nvar m more")
		accepted(t, c, code)
		accepted(t, c, code)
		accepted(t, c, "func (p pt) added() int { return k }\nfunc use(p pt) int { return p.added() }")
	})
}

// Declarations of the first cell's names.
var again = []string{
	"type pt struct{ a int; pt2 }", "type pt struct{ a int; pt2 }\nfunc (p pt) m() int { return 3 }", "type pt struct{ b int }", "type pt int", "type pt = pt2", "type pt pt", "type pt pt2",
	"type pt2 struct { p *pt }", "type pt2 pt", "type pt2 struct { B string }; func (p pt2) m() int { return 2 }", "type pt2 interface { m() int }", "type pt2 = pt", "type pt2[T any] struct { t T }",
	"func (p pt) m() string { return p.B }", "func (p pt) a() {}", "func (p pt2) m() int { return 1 }", "func (p pt2) up() pt { return pt{1, p} }", "func (p *pt) m() {}", "func (p **pt) q() {}", "func (p pt[int]) q() {}",
	"type q = pt; func (p q) n() {}", "type q = *pt; func (p q) n() {}", "type q pt; func (p q) n() {}", "type q = q; func (p q) n() {}",
	"pt := pt{}", "pt2 := 1; func (p pt) n() {}", "func pt() {}", "const pt = 1", "import pt \"sort\"", "import m \"sort\"; func (p pt) n() { m.Ints(nil) }",
	"func gen[T any](v T) []T { return []T{v} }", "func gen(v int) int { return v }", "gen := 1", "type gen int", "const k = \"s\"", "const k = 3", "const k pt = 3", "k := pt{}", "var k = k",
	"x := pt{1, pt2{}}; func (p pt) n() pt { return x }", "x := y; y := x; func f() { x = y }; f()", "var all = []pt{{}}; func (p pt) n() int { return len(all) }; all[0].n()",
}

// Nonsense that came up while this was written, and some that might.
var nonsense = []string{
	"}", "{", "(", ")", "]", ";", ";;", ":=", "x :=", ":= 1", "x, := 1", ", y := 1", "x.y := 1", "_ := 1", "x, x := 1, 2",
	"func", "func (", "func ()", "func () {}", "func f", "func f(", "func f() {", "func (r) f() {}", "func (r T) f", "func (T) f() {}",
	"type", "type T", "type T struct", "type T struct {", "type T T", "type (", "type T[P any] []P\nvar t T", "type T = T",
	"var", "var x", "var (", "var x = x", "var x T", "var x, y = 1", "const", "const c", "const c = x", "const (\na = iota\nb\n",
	"import", "import (", "import \"\"", "import x", "import . \"errors\"\nimport . \"errors\"", "import _ \"errors\"", "import errors \"sort\"\nerrors.Ints(nil)",
	"package", "package x", "package x; y := 1", "package x\npackage y",
	"for", "for {", "for ;;", "for x := range", "if", "if x", "if x {", "else", "switch {", "switch x := y.(type) {", "select {", "case 1:", "default:",
	"go", "go f", "go f()", "go func() {}", "go 1", "defer", "defer 1", "return", "return 1", "goto", "goto L", "L:", "L: L:", "break", "continue", "fallthrough",
	"\"", "`", "'", "'a", "\"\\", "/*", "//", "/", "!", "%", "%%", "!!", "% x", "%help\\", "! \\\n\\\n", "\x00", "\xff", "\ufeff", "é", "Ꞌ", "Ꞌx := 1",
	"x.", "x.(", "x.(int)", "x[", "x[1", "x[1:", "x(", "x(1", "x(1,", "&", "*", "<-", "...", "f(x...)", "[]int{", "map[", "[...]int{1}", "struct{}{}", "interface{}", "func() {}",
	"x := func() { x() }", "x := x", "x, err := 1, 2; y, err := 3, \"\"", "x := 1; { x := 2 }; x := 3", "x = y = z", "x++ + 1", "x := 1 y := 2",
	"func init() int { return 1 }", "func main(a int) {}", "func f() {}; f := 1", "type f int; func f() {}", "func (x pt) m() {}", "func (p *pt) q() {}",
	"type pt int; func (p pt) m() int { return 1 }; pt(3).m()", "pt{}.zz", "pt{1, pt2{}}", "pt{a: 1}", "x := pt{a: 1}.a", "gen(x)", "gen[int]", "gen", "pt", "k", "nil", "len", "iota", "_", "true",
	"goto a; x := 1; a: x++", "{ goto b; y := 1; _ = y; b: }", "a: for { continue a; break a }",
	strings.Repeat("(", 500), strings.Repeat("{", 500), strings.Repeat("[]", 2000) + "int", strings.Repeat("x := x\n", 60),
	"//line foo.go:7\nx := 1\npanic(x)", "/*line foo:3:1*/ x := 1", "var x struct { a, B int; c struct { d int } }; x.c.d",
	"type a struct { *a; b *b }; type b struct { a }", "type i interface { i }", "type t struct { t }",
	"var a, b, c = 1, \"s\", pt{}; a, b, c", "x, y = y, x", "switch x := x; x { case 1: }", "func() (a, b int) { return }()",
	"type E struct { error; *int; string }; E{}.string", "var s struct { error }; s.error", "x; y", "x\n;", "x;;", "x /* c */ ;", "x // ;",
	"var (\n)", "const (\n)", "type (\n)", "import (\n)", "var ( x = 1; y = x ); y", "var x, _ = 1, 2", "var _ = 1", "var _, _ = 1, 2",
	"select { case x = <-make(chan int): ; case y, ok := <-make(chan string): ; default: }", "for x = 0; x < 3; x++ { }", "for x, y = range map[int]string{} { }",
	"go func(a ...int) { }(1, 2)", "go gen(1)", "go len(y)", "go (func() {})()", "go pt{}.m()", "defer func() { recover() }()",
}

func FuzzMagics(f *testing.F) {
	for _, s := range []string{"%help\nx", "!ls \\\n -l\n", "`\n%x\n`", "/*\n!x\n*/", "'\n%help", "\"\n!a", "%help\r\nx\r\n", "x := 1\n%", "!\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		magics, rest, problems, _ := splitMagics(code)
		if len(rest) != len(code) || strings.Count(rest, "\n") != strings.Count(code, "\n") {
			t.Errorf("%q: lines or offsets moved: %q", code, rest)
		}
		lines := strings.Count(code, "\n") + 1
		for _, m := range magics {
			if m.Line < 1 || m.Line > lines {
				t.Errorf("%q: magic in line %d", code, m.Line)
			}
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines {
				t.Errorf("%q: problem in line %d", code, p.Line)
			}
		}
	})
}

// The segments of any text follow each other and cover it up to a bracket
// that closes nothing, but for a package clause.
func FuzzSplit(f *testing.F) {
	for _, s := range nonsense {
		f.Add(s)
	}
	for _, c := range runCases {
		for _, s := range c.steps {
			f.Add(s.code)
		}
	}
	f.Fuzz(func(t *testing.T, code string) {
		s := splitGo(code)
		at := -1
		for _, seg := range s.segments {
			if seg.end <= seg.start && seg.kind != segmentStatements || seg.end > len(code) {
				t.Errorf("%q: segment %+v", code, seg)
			}
			if at >= 0 && seg.start != at {
				t.Errorf("%q: segment %+v does not start at %d", code, seg, at)
			}
			at = seg.end
		}
		if at >= 0 && at < len(code) && s.problem == nil {
			t.Errorf("%q: text behind %d is lost", code, at)
		}
	})
}
