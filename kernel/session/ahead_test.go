package session

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/gonb"
)

// behind executes a cell behind which another one waits, then that one. It returns
// the time that the second took to compile, and what they came to.
func (n *notebook) behind(first, second string) (compile time.Duration, a, b Result) {
	n.t.Helper()
	out := &shown{}
	next := Request{Code: second, Count: n.count + 2}
	a = n.s.Execute(context.Background(), Request{Code: first, Count: n.count + 1, Coming: func() (Request, bool) { return next, true }}, out)
	b = n.s.Execute(context.Background(), next, out)
	n.count += 2
	return b.Timing.Stages.Compile + b.Timing.Stages.Link, a, b
}

func TestTheNextCellIsCompiledAhead(t *testing.T) {
	n := open(t)
	compile, a, b := n.behind("x := 20\ntype pair struct{ a int }\nfunc f(p pair) int { return p.a + x }\ntime.Sleep(time.Second)", "y := f(pair{1})\nx, y := x + 1, y + 1\nx * 100 + y")
	if a.Err != nil || b.Err != nil || b.Value.Data["text/plain"] != "2122" {
		t.Fatalf("%v, %v, %v", a.Err, b.Err, b.Value)
	}
	if compile != 0 {
		t.Errorf("the cell that waited was compiled in %v after its turn came", compile)
	}
	n.want("x + y", "43")
	n.want("y", "22")

	// Special lines that leave the code alone do not keep it from being compiled.
	compile, a, b = n.behind("time.Sleep(time.Second)\nz := 5", "%timing on\n%main 3 4\nfmt.Println(z, os.Args[2])")
	if a.Err != nil || b.Err != nil || compile != 0 {
		t.Errorf("with special lines: %v, %v; compiled in %v after its turn came", a.Err, b.Err, compile)
	}
	n.ok("%timing off\n%args")
	n.ok("func init_count() { x += 0 }")
	if compile, a, b = n.behind("time.Sleep(time.Second)", "x + 0"); a.Err != nil || b.Err != nil || compile != 0 {
		t.Errorf("with init functions: %v, %v; compiled in %v after its turn came", a.Err, b.Err, compile)
	}
	n.ok("%rm init_count")
	for code, want := range map[string]string{
		"!ls\nx": "", "%env A=b\nx": "", "%mode program\nx": "", "%get a.b/c\nx": "", "%%bash\nls": "", "%nonsense\nx": "", "x?": "", "%vars": "",
		"%time x\ny": "      x\ny", "%vars\nx": "     \nx", "%exec f": "\nfunc main() { flag.Parse(); f() }",
	} {
		if text, ok := aheadText(code, gonb.Memory{}); text != want && ok || ok != (want != "") {
			t.Errorf("%q: ahead %q, %v; want %q", code, text, ok, want)
		}
	}

	// What is defined otherwise than was expected is compiled anew.
	n.ok("v := 1")
	_, a, b = n.behind("time.Sleep(300 * time.Millisecond)\nif x > 0 {\n\tpanic(\"early\")\n}\nv := \"text\"", "v")
	if a.Err == nil || b.Err != nil || b.Value.Data["text/plain"] != "1" {
		t.Errorf("after a panic: %v, %v, %v", a.Err, b.Err, b.Value)
	}
	// A mistake in the next cell is its own.
	_, a, b = n.behind("time.Sleep(200 * time.Millisecond)\nlate := 5", "late + missing")
	if a.Err != nil || b.Err == nil || !strings.Contains(b.Err.EValue, "undefined: missing") {
		t.Errorf("a mistake: %v, %v", a.Err, b.Err)
	}
	n.want("late", "5")
	// A cell that was built ahead and does not come leaves nothing behind.
	next := Request{Code: "ghost := 1", Count: 99}
	n.s.Execute(context.Background(), Request{Code: "time.Sleep(500 * time.Millisecond)", Count: 98, Coming: func() (Request, bool) { return next, true }}, &shown{})
	n.count = 99
	n.fails("ghost", "CompileError")
	n.want("late + x", "26")
}
