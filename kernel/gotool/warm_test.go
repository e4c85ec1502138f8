package gotool

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSecondToolFindsEverythingDone(t *testing.T) {
	first, ctx := warm(t), context.Background()
	start := time.Now()
	tool, err := Open(ctx, Options{CacheDir: cacheDir(), ModuleDir: shared.dir})
	if err != nil {
		t.Fatal(err)
	}
	opened := time.Since(start)
	tab := tool.known()
	if tab == nil {
		t.Fatal("the package table was not kept")
	}
	if !tool.IsWarm() {
		t.Error("IsWarm is false")
	}
	// A go command that fails proves that none is run.
	tool.chain.Go = "/nonexistent/go"
	done, total, steps := 0, 0, 0
	if err := tool.Warm(ctx, func(d, n int, what string) { done, total = d, n; steps++ }); err != nil {
		t.Fatal(err)
	}
	t.Logf("Open %v, Warm %v", opened, time.Since(start)-opened)
	if done != total || total == 0 || steps == 0 {
		t.Errorf("last progress: %d of %d after %d steps", done, total, steps)
	}
	w1, err1 := first.Worker(ctx)
	w2, err2 := tool.Worker(ctx)
	if err1 != nil || err2 != nil || w1 != w2 {
		t.Errorf("workers %q (%v) and %q (%v), want the same", w1, err1, w2, err2)
	}
	if _, err := tool.Importer().Import("net/http"); err != nil {
		t.Error(err)
	}
}

// A cell that is cancelled while the tool warms up does not wait for the end.
func TestCancelWhileWarming(t *testing.T) {
	tool := open(t, copyModule(t))
	started := make(chan struct{})
	hold := make(chan struct{})
	first := make(chan error, 1)
	go func() {
		begun := false
		first <- tool.Warm(context.Background(), func(int, int, string) {
			if !begun {
				begun = true
				close(started)
				<-hold
			}
		})
	}()
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tool.Resolve(ctx, []string{"fmt"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	close(hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestChangedSourcesAreNoticed(t *testing.T) {
	dir, ctx := copyModule(t), context.Background()
	old := open(t, dir)
	if err := old.Warm(ctx, nil); err != nil {
		t.Fatal(err)
	}
	oldWorker, err := old.Worker(ctx)
	if err != nil {
		t.Fatal(err)
	}
	npy := cell{path: "cell/1", imports: []string{modulePath + "/npy"}, source: `package main

import "github.com/spikebook/spikebook/npy"

func SpikebookLoad() {}

func SpikebookRun() []any { return []any{npy.Word()} }
` + tail}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	// An embedded file, and the sources of a package that the worker links.
	write("npy/word.txt", "changed")
	if next := open(t, dir); next.known() != nil || next.IsWarm() {
		t.Error("a changed embedded file is not noticed")
	}
	write("kernel/live/more.go", "package live\n\n// More is new.\nfunc More() string { return \"more\" }\n")
	next := open(t, dir)
	if next.known() != nil {
		t.Error("a new source file is not noticed")
	}
	worker, err := next.Worker(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if worker == oldWorker {
		t.Error("the worker is not built again")
	}
	if out := load(t, next, build(t, next, npy)); !strings.Contains(out, "values: [changed]") {
		t.Errorf("got\n%s", out)
	}

	// The running kernel goes on with what it has...
	if out := load(t, old, build(t, old, npy)); !strings.Contains(out, "values: [spike]") {
		t.Errorf("the older tool mixes sources:\n%s", out)
	}
	// ... and refuses to mix: this package imports one that has changed.
	os.MkdirAll(filepath.Join(dir, "npy", "extra"), 0o755)
	write("npy/extra/extra.go", "package extra\n\nimport \"github.com/spikebook/spikebook/npy\"\n\nvar Word = npy.Word()\n")
	err = old.Resolve(ctx, []string{modulePath + "/npy/extra"})
	if err == nil || !strings.Contains(err.Error(), "restart the kernel") {
		t.Errorf("import of changed sources: got %v, want an error that says to restart", err)
	}
	if err := next.Resolve(ctx, []string{modulePath + "/npy/extra"}); err != nil {
		t.Error(err)
	}
}

func TestBrokenToolkitPackageIsReportedWhereItIsUsed(t *testing.T) {
	dir, ctx := copyModule(t), context.Background()
	file := filepath.Join(dir, "npy", "npy.go")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(good, []byte("\nvar Bad int = \"text\"\n")...), 0o644); err != nil {
		t.Fatal(err)
	}
	tool := open(t, dir)
	if err := tool.Warm(ctx, nil); err != nil {
		t.Fatalf("one broken package spoils the rest: %v", err)
	}
	err = tool.Resolve(ctx, []string{"fmt", modulePath + "/npy"})
	if err == nil || !strings.Contains(err.Error(), "npy.go") || !strings.Contains(err.Error(), "cannot be compiled") {
		t.Errorf("got %v, want the compiler's message", err)
	}
	if err := os.WriteFile(file, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Resolve(ctx, []string{modulePath + "/npy"}); err != nil {
		t.Errorf("after the correction: %v", err)
	}
}

// Files may be cut off by a power failure or emptied by hand: the next process
// makes them again.
func TestDamagedCacheIsMadeAgain(t *testing.T) {
	dir, ctx := copyModule(t), context.Background()
	first := open(t, dir)
	if err := first.Warm(ctx, nil); err != nil {
		t.Fatal(err)
	}
	worker, err := first.Worker(ctx)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := first.exportFile(modulePath + "/npy")
	if err != nil {
		t.Fatal(err)
	}
	cut := func(name string, size int64) func() error { return func() error { return os.Truncate(name, size) } }
	write := func(name, text string) func() error {
		return func() error { return os.WriteFile(name, []byte(text), 0o644) }
	}
	for _, test := range []struct {
		what   string
		damage func() error
	}{
		{"worker cut", cut(worker, 100_000)},
		{"worker empty", cut(worker, 0)},
		{"worker gone", func() error { return os.Remove(worker) }},
		{"worker's packages cut", cut(packagesFile(worker), 50)},
		{"worker's packages of another kind", write(packagesFile(worker), `{"fmt":"x"}`)},
		{"archive cut", cut(archive, 1000)},
		{"archive empty", cut(archive, 0)},
		{"archive gone", func() error { return os.Remove(archive) }},
		{"table cut", cut(first.tableFile(), 1000)},
		{"table of nothing", write(first.tableFile(), "{}")},
		{"table of null", write(first.tableFile(), "null")},
		{"table without packages", write(first.tableFile(), `{"Packages":{"fmt":null}}`)},
	} {
		if err := test.damage(); err != nil {
			t.Fatal(err)
		}
		tool := open(t, dir)
		if tool.IsWarm() {
			t.Errorf("%s: IsWarm is true", test.what)
		}
		if err := tool.Warm(ctx, nil); err != nil {
			t.Errorf("%s: %v", test.what, err)
			continue
		}
		if !tool.IsWarm() {
			t.Errorf("%s: IsWarm is false after Warm", test.what)
		}
	}
	tool := open(t, dir)
	out := load(t, tool, build(t, tool, cell{path: "cell/1", imports: []string{modulePath + "/npy"}, source: `package main

import "github.com/spikebook/spikebook/npy"

func SpikebookLoad() {}

func SpikebookRun() []any { return []any{npy.Word()} }
` + tail}))
	if !strings.Contains(out, "values: [spike]") {
		t.Errorf("got\n%s", out)
	}
}

// Worker and plugins agree on all they share, and the plugin knows what it holds.
func TestPluginAndWorkerAgreeOnPackages(t *testing.T) {
	tool, ctx := warm(t), context.Background()
	plugins := build(t, tool, types1, user2)
	worker, err := tool.Worker(ctx)
	if err != nil {
		t.Fatal(err)
	}
	have, err := WorkerPackages(worker)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plugins {
		shared := 0
		for path, id := range p.Packages {
			if id == "" {
				t.Errorf("%s: %s has no build id", p.Path, path)
			}
			if w, ok := have[path]; ok {
				shared++
				if w != id {
					t.Errorf("%s: %s is %s, the worker has %s", p.Path, path, id, w)
				}
			}
		}
		// A plugin that carries its packages lists all it reaches.
		if shared < 3 || shared < 20 && !p.Shared {
			t.Errorf("%s shares %d packages with the worker, want all of the runtime", p.Path, shared)
		}
	}
	for _, path := range []string{"runtime", "runtime/cgo", "fmt", "strconv", modulePath + "/kernel/live", modulePath + "/npy", "cell/1", "cell/2"} {
		if plugins[1].Packages[path] == "" {
			t.Errorf("cell/2 does not list %s", path)
		}
	}
	if plugins[0].Packages["cell/1"] != plugins[1].Packages["cell/1"] {
		t.Error("the two plugins disagree on cell/1")
	}
	if _, err := WorkerPackages(worker + "x"); err == nil {
		t.Error("no error for a worker that does not exist")
	}
}

// The closure that Link computes must be what the go command knows: a package too
// few and the linker fails, one with other content and the worker breaks.
func TestClosureAgreesWithGoList(t *testing.T) {
	tool := warm(t)
	tab := tool.known()
	for _, path := range []string{"net/http", "gonum.org/v1/plot", modulePath + "/kernel/clib", "os/user"} {
		out, errs, err := tool.runGo(context.Background(), []string{"list", "-deps", "-f", "{{.ImportPath}}", path}, nil)
		if err != nil {
			t.Fatal(err, errs)
		}
		want := map[string]bool{}
		for _, p := range strings.Fields(string(out)) {
			if p != "unsafe" {
				want[p] = true
			}
		}
		paths, missing := tab.closure(path)
		got := map[string]bool{}
		for _, p := range paths {
			got[p] = true
		}
		if len(missing) > 0 || !maps.Equal(got, want) {
			t.Errorf("%s: closure has %d packages, go list %d; missing %v", path, len(got), len(want), missing)
		}
	}
}
