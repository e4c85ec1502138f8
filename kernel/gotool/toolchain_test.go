package gotool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// wantError checks for a four-part error that names the thing and says what to do.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.What == "" || e.Given == "" || e.Want == "" || e.Do == "" {
		t.Errorf("a part is missing: %#v", e)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("got %q, want %q in it", err, p)
		}
	}
}

// script writes an executable shell script and returns its folder.
func script(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutUsualGo hides the go commands that are not in PATH.
func withoutUsualGo(t *testing.T) {
	saved := usualGo
	usualGo = nil
	t.Cleanup(func() { usualGo = saved })
	t.Setenv("GOROOT", "")
}

func openFresh(t *testing.T) error {
	t.Helper()
	_, err := Open(context.Background(), Options{CacheDir: t.TempDir(), ModuleDir: copyModule(t)})
	return err
}

func TestNoGoCommand(t *testing.T) {
	withoutUsualGo(t)
	t.Setenv("PATH", t.TempDir())
	wantError(t, openFresh(t), "go command: not found in PATH", "Go 1.26 or newer", "https://go.dev/dl")
}

func TestOldGoCommand(t *testing.T) {
	withoutUsualGo(t)
	dir := script(t, "go", `echo '{"GOVERSION": "go1.19.8", "GOROOT": "/usr/lib/go-1.19"}'`+"\n")
	t.Setenv("PATH", dir)
	wantError(t, openFresh(t), filepath.Join(dir, "go")+" is go1.19.8", "Go 1.26 or newer")
}

func TestBrokenGoCommand(t *testing.T) {
	withoutUsualGo(t)
	dir := script(t, "go", "echo 'go: something is wrong' >&2\nexit 1\n")
	t.Setenv("PATH", dir)
	wantError(t, openFresh(t), "go: something is wrong")
}

func TestNoCCompiler(t *testing.T) {
	tool := warm(t)
	t.Setenv("PATH", filepath.Join(tool.chain.Root, "bin"))
	wantError(t, openFresh(t), "C compiler: none of gcc, clang and cc is in PATH", "apt-get install gcc libc6-dev")
}

func TestCCompilerWithoutHeaders(t *testing.T) {
	tool := warm(t)
	dir := script(t, "gcc", "echo 'probe.c:1:10: fatal error: stdlib.h: No such file or directory' >&2\nexit 1\n")
	t.Setenv("PATH", dir+":"+filepath.Join(tool.chain.Root, "bin"))
	err := openFresh(t)
	wantError(t, err, "cannot compile a small program", "libc6-dev", "stdlib.h: No such file")
	var e *Error
	if errors.As(err, &e); !strings.Contains(e.Output, "fatal error") {
		t.Errorf("the compiler's output is lost: %#v", e)
	}
}

func TestCacheFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{CacheDir: filepath.Join(file, "cache"), ModuleDir: copyModule(t)})
	wantError(t, err, file, "SPIKEBOOK_CACHE")
	if _, err := os.Stat("/proc/self"); err == nil {
		_, err = Open(context.Background(), Options{CacheDir: "/proc/self/cache", ModuleDir: copyModule(t)})
		wantError(t, err, "/proc/self/cache", "SPIKEBOOK_CACHE")
	}
}

// A full disk is told from other failures, whether the system or a tool says so.
func TestFullDisk(t *testing.T) {
	wantError(t, cacheError("/cache", &os.PathError{Op: "write", Path: "/cache/x", Err: syscall.ENOSPC}),
		"cache folder /cache: the disk is full", "free some space")
	wantError(t, scratchError("/tmp/nb", &os.PathError{Op: "write", Path: "/tmp/nb/x", Err: syscall.ENOSPC}),
		"the disk is full", "free some space")
	wantError(t, toolError("cell/1", "", "", "link: writing output: no space left on device", errors.New("exit status 1")),
		"cell/1: the disk is full", "free some space", "TMPDIR")
}

func TestModulesThatAreNotDownloaded(t *testing.T) {
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOPROXY", "off")
	tool := open(t, copyModule(t))
	wantError(t, tool.Warm(context.Background(), nil), "not all downloaded", "connect to the network")
	if tool.known() != nil {
		t.Error("an incomplete table is used")
	}
}

func TestModuleFolderThatIsNone(t *testing.T) {
	_, err := Open(context.Background(), Options{CacheDir: t.TempDir(), ModuleDir: t.TempDir()})
	wantError(t, err, "sources of "+modulePath, "Options.ModuleDir")
	t.Setenv("SPIKEBOOK_MODULE", "/nonexistent")
	_, err = Open(context.Background(), Options{CacheDir: t.TempDir()})
	wantError(t, err, "SPIKEBOOK_MODULE is /nonexistent")
}

func TestModuleFolderIsFoundFromThisFile(t *testing.T) {
	t.Setenv("SPIKEBOOK_MODULE", "")
	dir, err := findModule("")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := filepath.Abs(filepath.Join("..", ".."))
	if dir != want {
		t.Errorf("got %s, want %s", dir, want)
	}
}

// A program in bin/ of a checkout that was moved finds it by itself.
func TestMovedCheckout(t *testing.T) {
	dir := copyModule(t)
	if got := moduleAbove(filepath.Join(dir, "bin", "spikebook")); got != dir {
		t.Errorf("got %q, want %q", got, dir)
	}
	if got := moduleAbove(filepath.Join(t.TempDir(), "bin", "spikebook")); got != "" {
		t.Errorf("got %q where there is no module", got)
	}
}

func TestWorkspaceMod(t *testing.T) {
	got := string(workspaceMod([]byte("module github.com/spikebook/spikebook // us\n\ngo 1.26.0\n\nrequire a.b/c v1.2.3\n\nreplace a.b/c => ../c\n\nreplace (\n\td.e/f => ./f\n\tg.h/i => j.k/l v1.0.0\n)\n"), "/src/my book"))
	for _, want := range []string{
		"module spikebook.local/notebook\n", "require a.b/c v1.2.3\n", "a.b/c => \"/src/c\"\n", "d.e/f => \"/src/my book/f\"\n",
		"g.h/i => j.k/l v1.0.0\n", "replace github.com/spikebook/spikebook => \"/src/my book\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "module github.com") {
		t.Errorf("the module's own name is left:\n%s", got)
	}
}

func TestVersionAtLeast(t *testing.T) {
	tests := []struct {
		version, min string
		want         bool
	}{
		{"go1.26", "1.26", true}, {"go1.26.8", "1.26", true}, {"go1.27rc1", "1.26", true}, {"go1.26-custom", "1.26", true},
		{"go2.0", "1.26", true}, {"devel go1.27-abc", "1.26", true}, {"go1.25.9", "1.26", false}, {"go1.3", "1.26", false},
		{"", "1.26", false}, {"nonsense", "1.26", false}, {"go1.26.8", "go1.26.0", true}, {"go1.26.1", "go1.27.0", false},
	}
	for _, test := range tests {
		if got := versionAtLeast(test.version, test.min); got != test.want {
			t.Errorf("versionAtLeast(%q, %q) = %v", test.version, test.min, got)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{" /usr/lib/gcc/collect2 -o a.so --eh-frame-hdr\n", []string{"/usr/lib/gcc/collect2", "-o", "a.so", "--eh-frame-hdr"}},
		{` "/usr/bin/ld" "-z" "relro" "a b.o" ""`, []string{"/usr/bin/ld", "-z", "relro", "a b.o", ""}},
		{`ld a\ b \"c`, []string{"ld", "a b", `"c`}},
		{"", nil},
		{"  \n", nil},
	}
	for _, test := range tests {
		if got := splitCommand(test.line); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.line, got, test.want)
		}
	}
}

// Whatever is written as a command, the words between quotes survive.
func FuzzSplitCommand(f *testing.F) {
	f.Add("a b", `c"d`)
	f.Add(`back\slash`, "")
	f.Add("new\nline", "ü")
	f.Fuzz(func(t *testing.T, a, b string) {
		escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
		line := fmt.Sprintf("\"%s\" \"%s\"", escape.Replace(a), escape.Replace(b))
		if got := splitCommand(line); !slices.Equal(got, []string{a, b}) {
			t.Errorf("%q: got %q, want %q", line, got, []string{a, b})
		}
	})
}
