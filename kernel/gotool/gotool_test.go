package gotool

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// cacheDir is one folder for all of a user's test runs, also those of other
// packages: compiling the standard library takes a minute, once.
func cacheDir() string {
	if dir := os.Getenv("SPIKEBOOK_TEST_CACHE"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "spikebook", "test")
	}
	return filepath.Join(os.TempDir(), fmt.Sprint("spikebook-test-cache-", os.Getuid()))
}

// copyModule makes a small copy of our module: the stand-in worker of testdata
// with the real kernel/live and kernel/interrupt. The tests can change it, and
// other packages of the real module need not compile.
func copyModule(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..")
	files := []string{"go.mod", "go.sum"}
	for _, folder := range []string{"kernel/interrupt", "kernel/live"} {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() && !strings.HasSuffix(e.Name(), "_test.go") {
				files = append(files, filepath.Join(folder, e.Name()))
			}
		}
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open opens a tool on a module and removes afterwards what the shared cache
// need not keep.
func open(t testing.TB, moduleDir string) *Tool {
	t.Helper()
	tool, err := Open(context.Background(), Options{CacheDir: cacheDir(), ModuleDir: moduleDir, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		os.RemoveAll(tool.stateDir)
		os.RemoveAll(tool.workspace)
	})
	return tool
}

var shared struct {
	once sync.Once
	dir  string
	tool *Tool
}

// warm returns a tool that is warm, the same for all tests.
func warm(t testing.TB) *Tool {
	t.Helper()
	shared.once.Do(func() {
		shared.dir = copyModule(keeper{t})
		tool, err := Open(context.Background(), Options{CacheDir: cacheDir(), ModuleDir: shared.dir})
		if err != nil {
			t.Fatal(err)
		}
		start, last := time.Now(), ""
		err = tool.Warm(context.Background(), func(done, total int, what string) { last = fmt.Sprint(done, "/", total, " ", what) })
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("warm after %v: %s", time.Since(start), last)
		shared.tool = tool
	})
	if shared.tool == nil {
		t.Fatal("the shared tool could not be made; see the first test")
	}
	return shared.tool
}

// keeper is a testing.TB whose temporary folder outlives the test.
type keeper struct{ testing.TB }

func (k keeper) TempDir() string {
	dir, err := os.MkdirTemp("", "gotool-test-*")
	if err != nil {
		k.Fatal(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.tool != nil {
		os.RemoveAll(shared.tool.stateDir)
		os.RemoveAll(shared.tool.workspace)
	}
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// cell is the source of one cell of a test.
type cell struct {
	path, source string
	imports      []string
	cells        []string
}

// A builder makes plugins: a Tool, or the module of a notebook.
type builder interface {
	Resolve(ctx context.Context, paths []string) error
	Compile(ctx context.Context, u Unit) (*Archive, error)
	Link(ctx context.Context, a *Archive, out string) (*Plugin, error)
}

// build compiles and links cells in order.
func build(t testing.TB, tool builder, cells ...cell) []*Plugin {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	archives := map[string]*Archive{}
	var plugins []*Plugin
	for _, c := range cells {
		if err := tool.Resolve(ctx, c.imports); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, strings.ReplaceAll(c.path, "/", "-"))
		if err := os.WriteFile(name+".go", []byte(c.source), 0o644); err != nil {
			t.Fatal(err)
		}
		u := Unit{Path: c.path, File: name + ".go", Imports: c.imports}
		for _, path := range c.cells {
			u.Cells = append(u.Cells, archives[path])
		}
		start := time.Now()
		a, err := tool.Compile(ctx, u)
		if err != nil {
			t.Fatal(err)
		}
		compiled := time.Now()
		p, err := tool.Link(ctx, a, name+".so")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: compile %v, link %v", c.path, compiled.Sub(start), time.Since(compiled))
		archives[c.path] = a
		plugins = append(plugins, p)
	}
	return plugins
}

// load runs the stand-in worker on plugins and returns what it prints.
func load(t testing.TB, tool *Tool, plugins []*Plugin) string {
	t.Helper()
	worker, err := tool.Worker(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, p := range plugins {
		files = append(files, p.File)
	}
	cmd := exec.Command(worker, files...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	t.Log(strings.TrimSpace(stderr.String()))
	if err != nil {
		t.Fatalf("worker: %v\n%s\n%s", err, out, stderr.String())
	}
	return string(out)
}
