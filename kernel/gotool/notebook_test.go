package gotool

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newModule makes the module of a notebook in workDir.
func newModule(t testing.TB, workDir string) *Module {
	t.Helper()
	m, err := warm(t).NewModule(workDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(m.Dir()) })
	m.Progress = func(line string) { t.Log(line) }
	return m
}

// write makes files: name, content, name, content …
func write(t testing.TB, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// proxy makes a module proxy of files: path@version → files. It returns what
// GOPROXY is to be.
func proxy(t testing.TB, modules map[string][]string) string {
	t.Helper()
	root := t.TempDir()
	for id, files := range modules {
		path, version, _ := strings.Cut(id, "@")
		dir := filepath.Join(root, path, "@v")
		mod := ""
		for i := 0; i < len(files); i += 2 {
			if files[i] == "go.mod" {
				mod = files[i+1]
			}
		}
		write(t, dir, version+".info", fmt.Sprintf(`{"Version":%q,"Time":"2024-01-01T00:00:00Z"}`, version), version+".mod", mod)
		list, _ := os.ReadFile(filepath.Join(dir, "list"))
		write(t, dir, "list", string(list)+version+"\n")
		f, err := os.Create(filepath.Join(dir, version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		for i := 0; i < len(files); i += 2 {
			w, err := z.Create(id + "/" + files[i])
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte(files[i+1]))
		}
		if err := errors.Join(z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + root
}

// modCache is a folder for fetched modules; the go command writes them without
// the right to remove them.
func modCache(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
	})
	return dir
}

// uses is a cell that shows the value of an expression of a package, under the
// path that the package has now.
func uses(t testing.TB, m *Module, number int, path, expression string) cell {
	t.Helper()
	if err := m.Resolve(t.Context(), []string{path}); err != nil {
		t.Fatal(err)
	}
	p, err := m.Importer().Import(path)
	if err != nil {
		t.Fatal(err)
	}
	return cell{path: fmt.Sprint("cell/", number), imports: []string{p.Path()}, source: fmt.Sprintf("package main\n\nimport p %q\n\nfunc SpikebookLoad() {}\n\nfunc SpikebookRun() []any { return []any{%s} }\n%s", p.Path(), expression, tail)}
}

func TestAChangedPackageStandsBesideTheOld(t *testing.T) {
	local := t.TempDir()
	write(t, local, "go.mod", "module example.com/local\n\ngo 1.24\n",
		"p/p.go", "package p\n\nimport \"example.com/local/q\"\n\nfunc F() string { return \"one \" + q.G() }\n\ntype T struct{ A int }\n",
		"q/q.go", "package q\n\nimport _ \"embed\"\n\n//go:embed word.txt\nvar word string\n\nfunc G() string { return word }\n", "q/word.txt", "a",
		"r/r.go", "package r\n\nfunc R() string { return \"r\" }\n")
	m := newModule(t, filepath.Join(local, "notebooks"))
	cells := []cell{uses(t, m, 1, "example.com/local/p", `p.F()`), uses(t, m, 2, "example.com/local/r", `p.R()`)}

	// Nothing has changed.
	if changed, err := m.Refresh(t.Context()); err != nil || changed != nil {
		t.Fatalf("changed without a change: %v, %v", changed, err)
	}
	// The function's text changes, and the type's form.
	write(t, local, "p/p.go", "package p\n\nimport \"example.com/local/q\"\n\nfunc F() string { return \"two \" + q.G() }\n\ntype T struct{ B string }\n")
	changed, err := m.Refresh(t.Context())
	if err != nil || strings.Join(changed, " ") != "example.com/local/p" {
		t.Fatalf("changed: %v, %v", changed, err)
	}
	cells = append(cells, uses(t, m, 3, "example.com/local/p", `p.F(), p.T{B: "b"}.B`))
	// A file that it embeds through another package changes.
	write(t, local, "q/word.txt", "b")
	if changed, err = m.Refresh(t.Context()); err != nil || strings.Join(changed, " ") != "example.com/local/p example.com/local/q" {
		t.Fatalf("changed: %v, %v", changed, err)
	}
	cells = append(cells, uses(t, m, 4, "example.com/local/p", `p.F()`))
	// Edited back, the second version serves again.
	write(t, local, "q/word.txt", "a")
	if _, err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := uses(t, m, 5, "example.com/local/p", `p.F()`)
	if again.imports[0] != cells[2].imports[0] {
		t.Errorf("edited back: %s, want %s", again.imports[0], cells[2].imports[0])
	}
	got := load(t, m.tool, build(t, m, append(cells, again)...))
	want := []string{"[one a]", "[r]", "[two a b]", "[two b]", "[two a]"}
	for i, line := range strings.Split(strings.TrimSpace(got), "\n")[1:] { // the first is the worker's own
		if i < len(want) && !strings.Contains(line, want[i]) {
			t.Errorf("cell %d: %s, want %s", i+1, line, want[i])
		}
	}

	// A mistake is reported until it is mended.
	write(t, local, "p/p.go", "package p\n\nfunc F() int { return \"x\" }\n")
	m.Refresh(t.Context())
	err = m.Resolve(t.Context(), []string{"example.com/local/p"})
	if err == nil || !strings.Contains(err.Error(), "p.go:3") {
		t.Errorf("a package that does not compile: %v", err)
	}
	if err := m.Resolve(t.Context(), []string{"example.com/local/r", "fmt"}); err != nil {
		t.Errorf("the others: %v", err)
	}
	write(t, local, "p/p.go", "package p\n\nfunc F() int { return 3 }\n")
	if _, err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := load(t, m.tool, build(t, m, uses(t, m, 6, "example.com/local/p", `p.F()`))); !strings.Contains(got, "[3]") {
		t.Errorf("mended: %s", got)
	}
}

func TestMissingModulesAreFetched(t *testing.T) {
	m := newModule(t, t.TempDir())
	m.SetEnv("GOPROXY="+proxy(t, map[string][]string{
		"example.com/fetched@v1.0.0": {"go.mod", "module example.com/fetched\n\ngo 1.24\n\nrequire example.com/below v1.0.0\n", "f.go", "package fetched\n\nimport \"example.com/below\"\n\nfunc V() string { return \"v1.0.0 \" + below.B() }\n"},
		"example.com/fetched@v1.1.0": {"go.mod", "module example.com/fetched\n\ngo 1.24\n\nrequire example.com/below v1.1.0\n", "f.go", "package fetched\n\nimport \"example.com/below\"\n\nfunc V() string { return \"v1.1.0 \" + below.B() }\n"},
		"example.com/below@v1.0.0":   {"go.mod", "module example.com/below\n\ngo 1.24\n", "b.go", "package below\n\nfunc B() string { return \"b1.0\" }\n"},
		"example.com/below@v1.1.0":   {"go.mod", "module example.com/below\n\ngo 1.24\n", "b.go", "package below\n\nfunc B() string { return \"b1.1\" }\n"},
	})+",file://"+filepath.Join(m.tool.chain.Mods, "cache", "download"), "GOSUMDB=off", "GOMODCACHE="+modCache(t))
	var lines []string
	m.Progress = func(line string) { lines = append(lines, line) }
	m.AutoGet = false
	if err := m.Resolve(t.Context(), []string{"example.com/fetched"}); err == nil || !strings.Contains(err.Error(), "%get") {
		t.Errorf("without autoget: %v", err)
	}
	m.AutoGet = true
	if err := m.Get(t.Context(), "example.com/fetched@v1.0.0"); err != nil {
		t.Fatal(err)
	}
	cells := []cell{uses(t, m, 1, "example.com/fetched", "p.V()")}
	if told := strings.Join(lines, "\n"); !strings.Contains(told, "go get example.com/fetched@v1.0.0") || !strings.Contains(told, "added example.com/fetched v1.0.0") {
		t.Errorf("progress: %s", told)
	}
	mod, sum, err := m.Files()
	if err != nil || !strings.Contains(mod, "example.com/fetched v1.0.0") || !strings.Contains(sum, "example.com/below v1.0.0 h1:") || strings.Contains(mod, modulePath) {
		t.Errorf("files: %v\n%s\n%s", err, mod, sum)
	}
	// The next version stands beside it in the same worker.
	if err := m.Get(t.Context(), "example.com/fetched@latest"); err != nil {
		t.Fatal(err)
	}
	if changed, err := m.Refresh(t.Context()); err != nil || len(changed) != 2 {
		t.Fatalf("changed: %v, %v", changed, err)
	}
	cells = append(cells, uses(t, m, 2, "example.com/fetched", "p.V()"))
	got := load(t, m.tool, build(t, m, cells...))
	if !strings.Contains(got, "[v1.0.0 b1.0]") || !strings.Contains(got, "[v1.1.0 b1.1]") {
		t.Errorf("versions: %s", got)
	}
	// What does not exist is named.
	err = m.Resolve(t.Context(), []string{"example.com/nothing/here"})
	if bad := (*ImportError)(nil); !errors.As(err, &bad) || bad.Path != "example.com/nothing/here" {
		t.Errorf("a module that does not exist: %v", err)
	}

	// Another notebook gets the pinned versions.
	other := newModule(t, t.TempDir())
	other.SetEnv(m.Env()...)
	if err := other.Restore(mod, sum); err != nil {
		t.Fatal(err)
	}
	if got := load(t, m.tool, build(t, other, uses(t, other, 1, "example.com/fetched", "p.V()"))); !strings.Contains(got, "[v1.0.0 b1.0]") {
		t.Errorf("pinned: %s", got)
	}
}

func TestBrokenGoMod(t *testing.T) {
	m := newModule(t, t.TempDir())
	if err := m.Resolve(t.Context(), []string{"fmt"}); err != nil {
		t.Fatal(err)
	}
	write(t, m.Dir(), "go.mod", "modul broken\n")
	err := m.Resolve(t.Context(), []string{"example.com/anything"})
	if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "%reset go.mod") || !strings.Contains(err.Error(), "go.mod:1") {
		t.Errorf("broken go.mod: %v", err)
	}
	if err := m.Resolve(t.Context(), []string{"fmt", "net/http"}); err != nil {
		t.Errorf("the standard library: %v", err)
	}
	if err := m.Reset(); err != nil {
		t.Fatal(err)
	}
	m.AutoGet = false
	if err := m.Resolve(t.Context(), []string{"example.com/anything"}); err == nil || strings.Contains(err.Error(), "refuses") {
		t.Errorf("after a reset: %v", err)
	}
}

func TestAssemblyBesideItsOldVersion(t *testing.T) {
	// golang.org/x/sys/cpu has assembly; a copy that differs stands beside the
	// toolkit's, and the worker takes both.
	tool := warm(t)
	if err := tool.Resolve(context.Background(), []string{"golang.org/x/sys/cpu"}); err != nil {
		t.Skipf("the toolkit's module has no golang.org/x/sys here: %v", err)
	}
	from := ""
	if dir, err := tool.PackageDir(context.Background(), "golang.org/x/sys/cpu"); err == nil {
		from = filepath.Dir(dir)
	}
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "cpu"), os.DirFS(filepath.Join(from, "cpu"))); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, copied, "go.mod", string(data), "cpu/own.go", "package cpu\n\nconst Own = 7\n")
	m := newModule(t, t.TempDir())
	if _, errs, err := m.run(t.Context(), []string{"mod", "edit", "-replace=golang.org/x/sys=" + copied}, nil); err != nil {
		t.Fatal(errs)
	}
	first := cell{path: "cell/1", imports: []string{"golang.org/x/sys/cpu"}, source: "package main\n\nimport \"golang.org/x/sys/cpu\"\n\nfunc SpikebookLoad() {}\n\nfunc SpikebookRun() []any { return []any{cpu.Initialized} }\n" + tail}
	plugins := build(t, tool, first)
	m.mu.Lock()
	bad, err := m.fetch(t.Context(), []string{"golang.org/x/sys/cpu"})
	m.mu.Unlock()
	if err != nil || bad != nil {
		t.Fatal(bad, err)
	}
	second := uses(t, m, 2, "golang.org/x/sys/cpu", "p.Own, p.Initialized")
	if second.imports[0] != "golang.org/x/sys/cpu~2" {
		t.Errorf("the copy is %s", second.imports[0])
	}
	if got := load(t, tool, append(plugins, build(t, m, second)...)); !strings.Contains(got, "[7 true]") {
		t.Errorf("beside: %s", got)
	}
}

func TestRequirements(t *testing.T) {
	got := requirements(`module x // a comment
go 1.26
require example.com/a v1.2.3
require (
	"example.com/b" v0.1.0 // indirect
	example.com/c/v2 v2.0.0
)
replace example.com/a => ../a
replace (
	example.com/c/v2 v2.0.0 => example.com/fork/v2 v2.1.0
	example.com/d => "/a folder"
)
exclude example.com/e v1.0.0
`)
	want := map[string]string{"example.com/a": "=> ../a", "example.com/b": "v0.1.0", "example.com/c/v2": "=> example.com/fork/v2 v2.1.0", "example.com/d": `=> "/a folder"`}
	for path, at := range want {
		if got[path] != at {
			t.Errorf("%s: %q, want %q", path, got[path], at)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	if module, at := longest(got, "example.com/c/v2/pkg"); module != "example.com/c/v2" || at == "" {
		t.Errorf("longest: %q %q", module, at)
	}
	if module, _ := longest(got, "example.com/cc"); module != "" {
		t.Errorf("longest: %q", module)
	}
	if dirs := strings.Join(usesOf("go 1.26\nuse ./a // here\nuse (\n\t../b\n\t\"/c d\"\n)\nreplace x => y\n"), "|"); dirs != "./a|../b|/c d" {
		t.Errorf("uses: %s", dirs)
	}
}

func FuzzRequirements(f *testing.F) {
	f.Add("require (\n\ta b\n)")
	f.Add("replace =>")
	f.Add("use (")
	f.Fuzz(func(t *testing.T, text string) {
		longest(requirements(text), "a/b")
		usesOf(text)
	})
}
