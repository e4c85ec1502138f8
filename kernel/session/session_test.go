package session

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/worker"
)

// The tests run real cells: compiled, linked, loaded and run by a real worker.
var shared *gotool.Tool

func TestMain(m *testing.M) {
	ctx := context.Background()
	tool, err := gotool.Open(ctx, gotool.Options{CacheDir: os.Getenv("SPIKEBOOK_TEST_CACHE")})
	if err == nil {
		err = tool.Warm(ctx, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shared = tool
	os.Exit(m.Run())
}

// A notebook is a session under test, with what its cells have shown.
type notebook struct {
	t     *testing.T
	s     *Session
	dir   string
	count int
}

func open(t *testing.T) *notebook {
	t.Helper()
	dir := t.TempDir()
	n := &notebook{t: t, dir: dir, s: New(Options{Tool: shared, Dir: dir, Log: t.Logf})}
	t.Cleanup(func() {
		if err := n.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n
}

// shown records what one cell shows.
type shown struct {
	mu       sync.Mutex
	events   []string // "stdout:…", "stderr:…", "display:…", "update:…"
	displays []worker.Display
}

func (o *shown) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.events); n > 0 && strings.HasPrefix(o.events[n-1], name+":") {
		o.events[n-1] += text
		return
	}
	o.events = append(o.events, name+":"+text)
}

func (o *shown) Display(d worker.Display) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.displays = append(o.displays, d)
	kind, content := "display:", d.Data["text/html"]
	if d.Update {
		kind = "update:"
	}
	if content == nil {
		content = d.Data["text/plain"]
	}
	o.events = append(o.events, kind+fmt.Sprint(content))
}

func (o *shown) ClearOutput(bool) {}

func (o *shown) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.events, "|")
}

func (o *shown) stream(name string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var b strings.Builder
	for _, e := range o.events {
		if text, ok := strings.CutPrefix(e, name+":"); ok {
			b.WriteString(text)
		}
	}
	return b.String()
}

// start executes a cell and returns at once.
func (n *notebook) start(code string) (out *shown, done chan Result) {
	n.count++
	out, done = &shown{}, make(chan Result, 1)
	count := n.count
	go func() {
		done <- n.s.Execute(context.Background(), Request{Code: code, Count: count}, out)
	}()
	return out, done
}

// run executes a cell, and fails the test if that takes more than a minute.
func (n *notebook) run(code string) (Result, *shown) {
	n.t.Helper()
	out, done := n.start(code)
	select {
	case r := <-done:
		return r, out
	case <-time.After(time.Minute):
		n.t.Fatalf("cell does not end:\n%s\nshown: %s", code, out)
		panic("unreachable")
	}
}

// ok executes a cell that must succeed.
func (n *notebook) ok(code string) (string, *shown) {
	n.t.Helper()
	r, out := n.run(code)
	if r.Err != nil {
		n.t.Fatalf("cell\n%s\nfailed:\n%s", code, strings.Join(r.Err.Traceback, "\n"))
	}
	if r.Value == nil {
		return "", out
	}
	return fmt.Sprint(r.Value.Data["text/plain"]), out
}

// want executes a cell whose value has this text.
func (n *notebook) want(code, value string) {
	n.t.Helper()
	if got, _ := n.ok(code); got != value {
		n.t.Errorf("cell\n%s\ngave %q, want %q", code, got, value)
	}
}

// fails executes a cell that must fail.
func (n *notebook) fails(code, name string) *Error {
	n.t.Helper()
	r, out := n.run(code)
	if r.Err == nil {
		n.t.Fatalf("cell\n%s\nsucceeded with %v, want %s; shown: %s", code, r.Value, name, out)
	}
	if r.Err.EName != name {
		n.t.Errorf("cell\n%s\nfailed with %s, want %s:\n%s", code, r.Err.EName, name, strings.Join(r.Err.Traceback, "\n"))
	}
	if !strings.Contains(uncoloured(r.Err.Traceback[0]), strings.Split(r.Err.EValue, "\n")[0]) && name != "CompileError" {
		n.t.Errorf("first line of the traceback %q lacks the message %q", r.Err.Traceback[0], r.Err.EValue)
	}
	return r.Err
}

func uncoloured(s string) string {
	return strings.NewReplacer(red, "", bold, "", faint, "", plain, "").Replace(s)
}

func TestStateLivesFromCellToCell(t *testing.T) {
	n := open(t)
	n.want("x := 6\nx * 7", "42")
	n.want("x++\nx", "7")
	n.ok("type point struct{ x, y int }\nfunc (p point) sum() int { return p.x + p.y }")
	n.want("p := point{1, 2}\np.sum() + x", "10")
	n.want("p", "{x:1 y:2}")
	n.ok("func double(v int) int { return 2 * v }")
	n.want("double(x)", "14")
	n.want("[]int{1, 4, 9}", "[1 4 9]")
}
