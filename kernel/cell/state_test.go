package cell

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// S-4, P-46: a cell that comes again as it was is run, not compiled, as long
// as what it uses is the same.
func TestUnchangedCellIsNotCompiledAgain(t *testing.T) {
	n := newNotebook(t)
	again := func(code string, want bool) *Cell {
		t.Helper()
		built := n.build(code)
		if built.Unchanged != want {
			t.Errorf("%q: Unchanged = %v, want %v", code, built.Unchanged, want)
		}
		if !built.Unchanged {
			if msg := n.send("load " + built.Plugin.File); msg != "" {
				t.Fatal(msg)
			}
		}
		n.c.Commit(built)
		n.finish(built, n.send("run "+built.Plugin.File))
		return built
	}
	first := again("x := 1", false)
	again("type T struct{ a int }\nfunc f(t T) int { return t.a + x }\nvar t1 T", false)
	if second := again("x := 1", true); second.ID != first.ID || second.Plugin != first.Plugin {
		t.Errorf("the second build has cell %d, want %d", second.ID, first.ID)
	}
	again("type T struct{ a int }\nfunc f(t T) int { return t.a + x }\nvar t1 T", true)
	again("f(t1)", false) // types and functions are still the same ones
	again("f(t1)", true)
	again("x += 1", false)
	again("x += 1", true)
	again("x := \"other type\"", false)
	again("x += \"y\"", false)
	again("x := 1", false) // f, which had stayed with the former x, is compiled again
	again("x += 1", false)
	n.want("x", "=> 2")
	again("func f(t T) int { return 7 }", false)
	n.want("f(t1)", "=> 7")
	again("func f(t T) int { return 8 }", false)
	// The position of the second run is that of the new execution count.
	if count, line, ok := n.c.Position("Cell[1]", 1); !ok || count != 3 || line != 1 {
		t.Errorf("Position(Cell[1], 1) = %d, %d, %v; want the count of the last run, 3", count, line, ok)
	}
}

func TestRerunOfAFunctionCellBringsItBack(t *testing.T) {
	n := newNotebook(t)
	n.run("func f() int { return 1 }")
	n.run("func g() int { return 10 * f() }")
	n.run("func f() int { return 2 }")
	n.want("g()", "=> 20")
	n.run("func f() int { return 1 }")
	n.want("g()", "=> 10")
}

func TestFailedBuildChangesNothing(t *testing.T) {
	n := newNotebook(t)
	n.run("x := 1\nfunc f() int { return x }")
	n.fails("x := \"s\"\nfunc f() string { return y }")
	n.want("x + f()", "=> 2")
	n.build("x := \"never committed\"")
	n.want("x", "=> 1")
}

func TestLostForgetsEverything(t *testing.T) {
	n := newNotebook(t)
	n.run("b, a := 1, 2\nfunc f() {}\ntype T int")
	if got := n.c.Lost(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Lost() = %v, want [a b]", got)
	}
	n.wantErrors("a", "1:1: undefined: a (it was lost when the worker ended; run Cell [1] again)")
	if n.build("b, a := 1, 2\nfunc f() {}\ntype T int").Unchanged {
		t.Error("a plugin of the dead worker is taken for loaded")
	}
}

// Tight loops, recursion and backward gotos of cell code stop at an interrupt.
func TestInterrupt(t *testing.T) {
	n := newNotebook(t)
	n.run("x := 42")
	for _, code := range []string{
		"for { }",
		"for i := 0; ; i++ { x++ }",
		"s := 0.0\nfor i := range 1 << 60 { s += float64(i) }",
		"again: x++; goto again",
		"func rec(n int) int { if n == 0 { return 0 }; a, b := rec(n-1), rec(n-1); return a + b }\nrec(60)",
		"func() { for { func() {}() } }()",
		"m := map[int]int{}\nfor { m[len(m)] = 1; if len(m) > 1000 { clear(m) } }",
		"for { defer func() { recover() }(); break }; for x > 0 { }",
	} {
		n.send("interrupt")
		start := time.Now()
		if got := n.run(code); !strings.Contains(got, "interrupted") {
			t.Errorf("%q: %q, want interrupted", code, got)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%q took %v", code, d)
		}
	}
	n.want("x >= 42", "=> true")
}

func TestCompilerRejectionIsReported(t *testing.T) {
	n := newNotebook(t)
	// go/types, as we use it, does not know how large an address space is.
	n.count++
	_, err := n.c.Build(context.Background(), 1, "", "x := 1\nfunc huge() { var a [1 << 52]byte; a[x] = 1; fmt.Println(a[x]) }")
	var p *Problems
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a rejection by the compiler", err)
	}
	if p.List[0].Line != 2 || !strings.Contains(p.List[0].Message, "the compiler rejects this cell") {
		t.Errorf("got %+v", p.List[0])
	}
	_, file, ok := strings.Cut(p.List[0].Hint, "generated source, ")
	if _, err := os.Stat(file); !ok || err != nil {
		t.Errorf("generated source is not kept: %q, %v", file, err)
	}
	os.Remove(file)
}

func TestTraceShowsEveryStage(t *testing.T) {
	n := newNotebook(t)
	var stages []string
	all := map[string]string{}
	n.c.Trace = func(stage, text string) { stages = append(stages, stage); all[stage] = text }
	n.run("%help\nfunc f() int { return 1 }\nx := f()\nx")
	if want := []string{"split", "check", "rewrite", "compile"}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	if !strings.Contains(all["split"], "line 2: func: func f() int { return 1 }") || !strings.Contains(all["check"], "line 3: variable x int") || !strings.Contains(all["check"], "line 4: result int") {
		t.Errorf("split:\n%s\ncheck:\n%s", all["split"], all["check"])
	}
}
