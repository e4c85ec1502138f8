package session

import (
	"maps"
	"strings"
	"sync/atomic"
	"testing"
)

// values are the texts of expressions, or "ename: …" of those without a value.
func (n *notebook) values(expressions map[string]string) map[string]string {
	n.t.Helper()
	texts := map[string]string{}
	for name, v := range n.s.Evaluate(n.t.Context(), expressions, &shown{}) {
		switch {
		case v.Err != nil:
			texts[name] = v.Err.EName + ": " + v.Err.EValue
			if len(v.Err.Traceback) == 0 {
				n.t.Errorf("%s: no traceback", name)
			}
		default:
			texts[name], _ = v.Display.Data["text/plain"].(string)
		}
	}
	return texts
}

func TestExpressionsAreCompiledTogether(t *testing.T) {
	n := open(t)
	var compiled atomic.Int32
	n.s.compiler.Trace = func(stage, text string) {
		if stage == "compile" {
			compiled.Add(1)
		}
	}
	if r, _ := n.run("x, done := 6, false\nlist := []int{1, 4, 9}\ncalls := 0\nfunc next() int { calls++; return calls }"); r.Err != nil {
		t.Fatal(r.Err.EValue)
	}
	compiled.Store(0)
	asked := map[string]string{
		"a": "x*7", "b": "!done", "c": "x", "d": "list[x]", "e": "nothing + 1", "f": "1 +", "g": "next()",
		"h": "strings.Repeat(\"ab\", 2) // twice", "i": "os.Exit(3)", "j": "len(os.Args)", "k": "errors.New(\"no\")", "l": "func() {}()", "m": "x := 1", "n": "list[\n0]",
	}
	want := map[string]string{
		"a": "42", "b": "true", "c": "6", "d": "panic: runtime error: index out of range [6] with length 3", "g": "1",
		"h": "abab", "i": "Exit: exit status 3: the cell called os.Exit or log.Fatal; its variables are kept", "j": "1", "k": "error: no",
		"l": "NoValue: func() {}() gives no value", "n": "1",
	}
	got := n.values(asked)
	for name, kind := range map[string]string{"e": "CompileError: ", "f": "SyntaxError: ", "m": "SyntaxError: "} {
		if !strings.HasPrefix(got[name], kind) {
			t.Errorf("%s: got %q, want %s…", asked[name], got[name], kind)
		}
		delete(got, name)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
	if n := compiled.Load(); n != 1 {
		t.Errorf("%d compilations, want 1", n)
	}

	// The same question is not compiled again, and asks anew.
	if got := n.values(asked); got["g"] != "2" || got["a"] != "42" || got["d"] != want["d"] {
		t.Errorf("asked again: got %q", got)
	}
	if n := compiled.Load(); n != 1 {
		t.Errorf("%d compilations after asking twice, want 1", n)
	}
	// Variables alone need no compiler at all, and a mistake is none of a cell's.
	if got := n.values(map[string]string{"a": "x", "b": "list[1]", "c": "nothing.x"}); got["a"] != "6" || got["b"] != "4" {
		t.Errorf("variables: got %q", got)
	}
	if n := compiled.Load(); n != 1 {
		t.Errorf("%d compilations after asking for variables, want 1", n)
	}
	if r, _ := n.run("_ = x*7\n(!done)"); r.Err != nil || r.Value.Data["text/plain"] != "true" {
		t.Errorf("a cell of the same lines: got %+v", r)
	}
}
