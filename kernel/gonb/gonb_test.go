package gonb

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// someNames is a Resolver that knows a few packages.
type someNames struct{}

func (someNames) ImportPath(_ context.Context, name string, members []string) (string, bool) {
	path, ok := map[string]string{"fmt": "fmt", "flag": "flag", "testing": "testing", "rand": "math/rand/v2", "time": "time"}[name]
	return path, ok
}

func (someNames) PackageName(path string) string {
	return map[string]string{"example.com/go-oddly": "named"}[path]
}

func mustParse(t testing.TB, count int, text string) *Cell {
	t.Helper()
	c, err := Parse(count, text, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keys(m Memory) string {
	var list []string
	for _, d := range m.Decls() {
		list = append(list, kindNames[d.Kind]+" "+strings.Join(d.Keys, "+"))
	}
	return strings.Join(list, ", ")
}

func TestDeclarationsAreKeptByKey(t *testing.T) {
	var m Memory
	add := func(count int, text, want string) {
		t.Helper()
		m = m.With(mustParse(t, count, text))
		if got := keys(m); got != want {
			t.Errorf("after %q:\n%s\nwant\n%s", text, got, want)
		}
	}
	add(1, "import (\n\t\"fmt\"\n\tr \"math/rand/v2\"\n)\ntype T[K any] struct{}\nfunc (t *T[K]) M() {}\nfunc f() {}", "import fmt, import r, type T, func T~M, func f")
	add(2, "func (t T[K]) M() {}\nfunc main() {}\nfunc init_a() {}\nfunc init() {}", "import fmt, import r, type T, func T~M, func f, func init, func init_a")
	add(3, "var a, b = g()\nvar (\n\tc int\n\td = 4\n)\nconst (\n\tx = iota\n\ty\n)", "import fmt, import r, const x+y, type T, var a+b, var c, var d, func T~M, func f, func init, func init_a")
	add(4, "var b = 1\nconst y = 3\nimport r \"example.com/other\"", "import fmt, import r, const y, type T, var b, var c, var d, func T~M, func f, func init, func init_a")
	add(5, "type f int", "import fmt, import r, const y, type T, type f, var b, var c, var d, func T~M, func init, func init_a")
	next, removed, missing := m.Remove([]string{"T~M", "c", "nothing", "r"})
	if removed != ". removed func T~M\n. removed var c\n. removed import r\n" || missing != ". key \"nothing\" not found in any definition, not removed\n" {
		t.Errorf("removed %q, missing %q", removed, missing)
	}
	if got := keys(next); got != "import fmt, const y, type T, type f, var b, var d, func init, func init_a" {
		t.Error(got)
	}
	if keys(m) == keys(next) {
		t.Error("a memory changed")
	}
}

func TestComposedProgram(t *testing.T) {
	m := Memory{}.With(mustParse(t, 1, "import \"example.com/go-oddly\"\nimport \"unused/pkg\"\nimport m \"math\"\n\n// f is kept with its comment.\nfunc f() float64 { return m.Pi }\nfunc init_z() { named.Do() }\nfunc TestF(t *testing.T) { f() }"))
	cell := mustParse(t, 2, "func main() { flag.Parse();\nfmt.Println(f(),\n\trand.Int())\n}")
	files, err := m.With(cell).Compose(context.Background(), cell, someNames{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\t\"flag\"\n", "\t\"fmt\"\n", "\"math/rand/v2\"", "m \"math\"", "\"example.com/go-oddly\"", "// f is kept with its comment.\nfunc f()", "func init() { named.Do() }"} {
		if !strings.Contains(files.Main, want) {
			t.Errorf("no %q in\n%s", want, files.Main)
		}
	}
	if strings.Contains(files.Main, "unused/pkg") || strings.Contains(files.Main, "TestF") || !strings.Contains(files.Test, "TestF") || !strings.Contains(files.Test, "\"testing\"") || strings.Contains(files.Test, "\"fmt\"") {
		t.Errorf("main.go:\n%s\nmain_test.go:\n%s", files.Main, files.Test)
	}
	for _, text := range []string{files.Main, files.Test} {
		if _, err := parser.ParseFile(token.NewFileSet(), "", text, 0); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	for i, line := range strings.Split(files.Main, "\n") {
		if strings.Contains(line, "rand.Int()") {
			if count, at, col, ok := files.Place("/tmp/x/main.go", i+1, 2); !ok || count != 2 || at != 3 || col != 2 {
				t.Errorf("line %d is Cell[%d]:%d:%d, %v", i+1, count, at, col, ok)
			}
		}
		if strings.HasPrefix(line, "import") {
			if _, _, _, ok := files.Place("main.go", i+1, 1); ok {
				t.Error("an import line has a place in a cell")
			}
		}
	}
}

// Every line that a cell has written leads back to that line of the cell.
func TestPlacesLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Memory
		var last *Cell
		texts := map[int]string{}
		for count := range rapid.IntRange(1, 5).Draw(t, "cells") {
			var b strings.Builder
			for i := range rapid.IntRange(1, 4).Draw(t, "pieces") {
				mark := fmt.Sprintf("/*%d.%d*/", count+1, i)
				switch rapid.IntRange(0, 4).Draw(t, "kind") {
				case 0:
					fmt.Fprintf(&b, "func f%d() { %s\n\n_ = %q %s\n}\n", rapid.IntRange(0, 3).Draw(t, "f"), mark, mark, mark)
				case 1:
					fmt.Fprintf(&b, "var v%d, w%d = 1,\n 2 %s\n", i, i, mark)
				case 2:
					fmt.Fprintf(&b, "type (\n\n\tt%d struct {\n a int %s\n}\n)\n", i, mark)
				case 3:
					fmt.Fprintf(&b, "\n\nconst (\n\tc%d = iota %s\n)\n", i, mark)
				case 4:
					fmt.Fprintf(&b, "import \"p%d\" %s\n", i, mark)
				}
			}
			texts[count+1] = b.String()
			c, err := Parse(count+1, b.String(), false)
			if err != nil {
				t.Fatal(err)
			}
			m, last = m.With(c), c
		}
		files, err := m.Compose(context.Background(), last, someNames{})
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(files.Main, "\n") {
			at := strings.LastIndex(line, "/*")
			if at < 0 {
				continue
			}
			count, from, _, ok := files.Place("main.go", i+1, 0)
			if !ok {
				t.Fatalf("line %d of\n%s\nhas no place", i+1, files.Main)
			}
			source := strings.Split(texts[count], "\n")
			if from > len(source) || !strings.Contains(source[from-1], line[at:]) {
				t.Fatalf("line %d, %q, is Cell[%d]:%d in\n%s", i+1, line, count, from, texts[count])
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"x := 1\nfunc f() {}", "import \"C\"", "var (\n a, b = f()\n)", "func (", "const (\n a = iota; _; b)", "%", "func init_() {}", "if x {", "func main() {}\ny++"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, live := range []bool{false, true} {
			c, err := Parse(1, text, live)
			if err != nil {
				continue
			}
			m := Memory{}.With(c)
			m.Lists()
			files, err := m.Compose(context.Background(), c, someNames{})
			if err == nil {
				files.Place("main.go", 3, 1)
			}
		}
		if c, err := ParseScript(1, text); err == nil {
			(&Export{Cells: []*Cell{c}}).Write(context.Background(), someNames{})
		}
	})
}
