package cell

import (
	"strings"
	"testing"
)

// What the rewriter makes of single lines. The compiler's own view of it is
// tested by running: see TestRun.
func TestRewrite(t *testing.T) {
	n := newNotebook(t)
	n.run("x := 1\ntype point struct{ a int }\nfunc (p point) get() int { return p.a }\nfunc f(k int) error { return nil }\nconst limit = 3\nfunc gen[T any](v T) T { return v }")
	cases := []struct{ name, code, want string }{
		{"variable", "x + 1", "ꞋꞋout = []any{(*ꞋxꞋ1) + 1}"},
		{"definition", "x := x + limit", "(*ꞋxꞋ1) = (*ꞋxꞋ1) + ꞋꞋc1.Ꞌlimit"},
		{"comments and spacing stay", "x  =  /* why */ 2", "(*ꞋxꞋ1)  =  /* why */ 2"},
		{"fields and methods", "_ = point{a: x}.get()", "_ = ꞋꞋc1.Ꞌpoint{Ꞌa: (*ꞋxꞋ1)}.Ꞌget()"},
		{"function through its slot", "_ = f(x)", "_ = (*ꞋfꞋ2)((*ꞋxꞋ1))"},
		{"generic function", "_ = gen[int](x)", "_ = ꞋꞋc1.Ꞌgen[int]((*ꞋxꞋ1))"},
		{"error of a call", "f(1)\nx", `ꞋꞋlive.Call("Cell [2]", 1, "f(1)").Warn((*ꞋfꞋ2)(1))`},
		{"last error", "f(1)", `ꞋꞋout = ꞋꞋlive.Call("Cell [2]", 1, "f(1)").Result((*ꞋfꞋ2)(1))`},
		{"loop", "for x > 0 { x-- }", "for (*ꞋxꞋ1) > 0 { if ꞋꞋirq.Requested() { ꞋꞋirq.Panic() };  (*ꞋxꞋ1)-- }"},
		{"function entry", "func g() { f(1) }", "func Ꞌg() { if ꞋꞋirq.Requested() { ꞋꞋirq.Panic() };  (*ꞋfꞋ2)(1) }"},
		{"statement behind a call", "f(1); x = 2", "\nif ꞋꞋirq.Requested() { ꞋꞋirq.Panic() }; (*ꞋxꞋ1) = 2"},
		{"statement behind a read", "func g(k int) int {\n\tfmt.Scan(&k)\n\treturn k\n}", "fmt.Scan(&k)\n\tif ꞋꞋirq.Requested() { ꞋꞋirq.Panic() }; return k"},
		{"no check behind another call", "func g(k int) int {\n\tfmt.Println()\n\treturn k\n}", "fmt.Println()\n\treturn k"},
		{"no check where nothing is called", "func g() int { return x }", "func Ꞌg() int { return (*ꞋxꞋ1) }"},
		{"goroutine", "go func() { x = 1 }()", `go func() { defer ꞋꞋlive.Recover("Cell [2]");  (*ꞋxꞋ1) = 1 }()`},
		{"goroutine of a function", "go f(x)", `{ ꞋꞋg10 := (*ꞋxꞋ1); go func() { defer ꞋꞋlive.Recover("Cell [2]"); (*ꞋfꞋ2)(ꞋꞋg10) }() }`},
		{"goroutine of a method", "go point{x}.get()", `{ ꞋꞋg1f := ꞋꞋc1.Ꞌpoint{(*ꞋxꞋ1)}.Ꞌget; go func() { defer ꞋꞋlive.Recover("Cell [2]"); ꞋꞋg1f() }() }`},
		{"exit", "os.Exit(1)", "ꞋꞋlive.Exit(1)"},
		{"display", "gonbui.DisplayHTML(\"b\")", "gonbui.DisplayHTML(\"b\"); ꞋꞋgonbui.Sync()"},
		{"display in a function", "func show() { gonbui.DisplayMarkdown(\"b\") }", "gonbui.DisplayMarkdown(\"b\"); ꞋꞋgonbui.Sync() }"},
		{"hidden field", "type T struct { a, b int; C string }", "type T struct { Ꞌa, Ꞌb int `json:\"-\" xml:\"-\" yaml:\"-\"`; C string }"},
		{"own name shadows", "func g(x int) int { return x }", "func Ꞌg(x int) int { return x }"},
		{"zero value", "var y, z []int", "(*ꞋyꞋ1), (*ꞋzꞋ2)"},
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			n.count = 1
			source := n.build(c.code).Source
			if c.name == "zero value" { // its slots are new
				if !strings.Contains(source, " = *new([]int), *new([]int); ꞋꞋlive.Defined(") {
					t.Errorf("got:\n%s", source)
				}
				return
			}
			if !strings.Contains(source, c.want) {
				t.Errorf("%s\ngot:\n%s\nwant in it:\n%s", c.code, source, c.want)
			}
		})
	}
}
