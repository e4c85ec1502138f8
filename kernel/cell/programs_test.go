package cell

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// withoutLinking leaves out the last stage, which has nothing to say about a program.
type withoutLinking struct{ *gotool.Tool }

func (withoutLinking) Link(ctx context.Context, a *gotool.Archive, out string) (*gotool.Plugin, error) {
	return &gotool.Plugin{Path: a.Path, File: out}, nil
}

// goPrograms returns Go's own test programs, which use every corner of the
// language. Those that cannot be cells are left out.
func goPrograms(t *testing.T, patterns ...string) (names []string) {
	t.Helper()
	root := filepath.Join(runtime.GOROOT(), "test")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("%s is not there: this distribution of Go comes without its test programs", root)
	}
	exceptions := map[string]bool{
		"const4.go": true, // a constant that is the length of a variable
		"noinit.go": true, // go:linkname
		"nested.go": true, // wants the names of types as reflect writes them in programs
		"const8.go": true, // an implicit repetition that shadows what it repeats
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			code, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(code), "// run\n") && !exceptions[filepath.Base(name)] {
				names = append(names, name)
			}
		}
	}
	return names
}

// every takes each n-th program; fewer with -short.
func every(n int, names []string) (out []string) {
	if testing.Short() {
		n *= 5
	}
	for i := 0; i < len(names); i += n {
		out = append(out, names[i])
	}
	return out
}

// A program is accepted as a cell, and the compiler accepts what becomes of it.
func TestGoPrograms(t *testing.T) {
	names := goPrograms(t, "*.go", "typeparam/*.go", "chan/*.go", "interface/*.go")
	tool, err := testTool()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range every(4, names) {
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newCompiler(withoutLinking{tool})
		if _, err := c.Build(context.Background(), 1, "", string(code)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
	}
}

// cellsOf cuts a program into cells, one for each declaration; methods stay
// with their type. Its main function gets another name, so that it is kept.
func cellsOf(t *testing.T, name string) (imports string, cells []string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	code := strings.Replace(string(data), "func main()", "func theMain()", 1)
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, code, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := func(n ast.Node) string { return code[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset] }
	home := map[string]int{} // type → its cell
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		if g.Tok == token.IMPORT {
			imports += text(g) + "\n"
			continue
		}
		cells = append(cells, text(g))
		for _, s := range g.Specs {
			if s, ok := s.(*ast.TypeSpec); ok {
				home[s.Name.Name] = len(cells) - 1
			}
		}
	}
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fd.Recv != nil {
			if i, ok := home[receiverBase(fd.Recv)]; ok {
				cells[i] += "\n" + text(fd)
				continue
			}
		}
		cells = append(cells, text(fd))
	}
	return imports, cells
}

// commitAll takes a cell for one whose statements have all run.
func commitAll(c *Compiler, built *Cell) {
	c.Commit(built)
	if built.record == nil {
		return
	}
	var slots []int
	for _, v := range built.record.vars {
		slots = append(slots, v.entry.slot)
	}
	c.Defined(built, slots)
}

// cellByCell feeds a program to a compiler, one declaration a cell. A cell that
// needs what comes later waits; what needs each other goes into one cell.
func cellByCell(t *testing.T, name string, run func(code string) error) {
	t.Helper()
	imports, cells := cellsOf(t, name)
	check := func(code string, must bool) bool {
		err := run(code)
		if problems := (*Problems)(nil); err != nil && (must || !errors.As(err, &problems) || strings.Contains(err.Error(), "the compiler rejects")) {
			t.Errorf("%s:\n%s\n%v", name, code, err)
		}
		return err == nil
	}
	check(imports, true)
	for len(cells) > 0 {
		var waiting []string
		for _, c := range cells {
			if !check(c, false) {
				waiting = append(waiting, c)
			}
		}
		if len(waiting) == len(cells) {
			check(strings.Join(waiting, "\n"), true)
			break
		}
		cells = waiting
	}
	check("theMain()", true)
}

// Names, fields, methods, types and generic functions of one cell work in the
// others: programs compile when every declaration is a cell of its own.
func TestGoProgramsCellByCell(t *testing.T) {
	names := goPrograms(t, "[a-m]*.go", "typeparam/*.go")
	tool, err := testTool()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range every(8, names) {
		c, count := newCompiler(withoutLinking{tool}), 0
		cellByCell(t, name, func(code string) error {
			count++
			built, err := c.Build(context.Background(), count, "", code)
			if err == nil {
				commitAll(c, built)
			}
			return err
		})
		c.Close()
	}
}

// And they do what they do as one program.
func TestGoProgramsRunCellByCell(t *testing.T) {
	for _, name := range goPrograms(t, "closure.go", "method.go", "typeparam/list.go", "typeparam/interfacearg.go", "typeparam/stringer.go") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			n, output := newNotebook(t), ""
			cellByCell(t, name, func(code string) error {
				n.count++
				built, err := n.c.Build(context.Background(), n.count, "", code)
				if err != nil {
					return err
				}
				if built.Plugin != nil {
					if msg := n.send("load " + built.Plugin.File); msg != "" {
						t.Fatalf("%s\n%s", msg, code)
					}
				}
				n.c.Commit(built)
				if built.Plugin != nil {
					output += n.finish(built, n.send("run "+built.Plugin.File)) + n.readOut()
				}
				return nil
			})
			// These programs say nothing, or panic.
			want, _ := os.ReadFile(strings.TrimSuffix(name, ".go") + ".out")
			if got := strings.ReplaceAll(output, mark, ""); got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}
