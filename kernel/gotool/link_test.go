package gotool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const emptyCell = `package main

func SpikebookLoad() {}

func SpikebookRun() []any { return []any{%d} }
` + tail

func TestCompilerMessagesAreKept(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	text := "package main\n\nfunc SpikebookRun() []any {\n//line Cell[4]:2:1\n\treturn []any{nosuch, other}\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := tool.Compile(context.Background(), Unit{Path: "cell/4", File: file})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	for _, want := range []string{"Cell[4]:2:15: undefined: nosuch\n", "Cell[4]:2:23: undefined: other\n"} {
		if !strings.Contains(e.Output, want) {
			t.Errorf("output is\n%s\nwant %q in it", e.Output, want)
		}
	}
	if e.What != "cell/4" {
		t.Errorf("error is about %q, want cell/4", e.What)
	}
}

func TestLinkerMessagesAreKept(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, emptyCell, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.File, []byte("this is no archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = tool.Link(context.Background(), a, filepath.Join(dir, "cell.so"))
	var e *Error
	if !errors.As(err, &e) || e.What != "cell/1" || e.Output == "" {
		t.Errorf("got %#v, want an *Error about cell/1 with the linker's output", err)
	}
	_, err = tool.Link(context.Background(), a, filepath.Join(dir, "none", "folder", "cell.so"))
	if err == nil {
		t.Error("no error for an output folder that does not exist")
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("the folder was made")
	}
}

func TestUnresolvedImportIsAnError(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, emptyCell, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file, Imports: []string{"example.org/x"}})
	if err == nil || !strings.Contains(err.Error(), "example.org/x") {
		t.Errorf("got %v, want an error that names the path", err)
	}
	if _, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: filepath.Join(dir, "absent.go")}); err == nil {
		t.Error("no error for a file that does not exist")
	}
}

// A host linker that fails costs time, not the cell.
func TestLinkFallsBackToTheCCompiler(t *testing.T) {
	good := warm(t)
	if good.chain.Host.Script == "" {
		t.Skip("the C compiler's own linker is the only one here")
	}
	chain := *good.chain
	chain.Host.Script = filepath.Join(script(t, "ld.sh", "echo broken >&2; exit 1\n"), "ld.sh")
	tool := &Tool{cacheDir: good.cacheDir, moduleDir: good.moduleDir, stateDir: good.stateDir, workspace: good.workspace, chain: &chain, log: t.Logf, table: good.known(), importer: good.importer}
	plugins := build(t, tool, cell{path: "cell/1", source: fmt.Sprintf(emptyCell, 7)})
	if plugins[0].Shared {
		t.Error("a linker that does nothing has shared the worker's packages")
	}
	out := load(t, good, plugins)
	if !strings.Contains(out, "values: [7]") {
		t.Errorf("got\n%s", out)
	}
}

// Every linker of this machine makes libraries that load.
func TestEachHostLinker(t *testing.T) {
	good, ctx := warm(t), context.Background()
	tried := map[string]bool{}
	for _, l := range linkerNames {
		path, err := findProgram(l.program)
		if err != nil || tried[l.name] {
			continue
		}
		tried[l.name] = true
		t.Run(l.name, func(t *testing.T) {
			// A folder with a blank: the script's name must survive the linker's flag.
			dir := filepath.Join(t.TempDir(), "with blank")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			chain := *good.chain
			chain.Host, err = tryLinkers(ctx, dir, &chain, map[string]string{l.program: path}, t.Logf)
			if err != nil || chain.Host.Name != l.name {
				t.Fatalf("host linker %+v, %v", chain.Host, err)
			}
			tool := &Tool{cacheDir: good.cacheDir, moduleDir: good.moduleDir, stateDir: good.stateDir, workspace: good.workspace, chain: &chain, log: t.Logf, table: good.known(), importer: good.importer}
			plugins := build(t, tool, types1, user2)
			for _, p := range plugins {
				if canShare() && !p.Shared {
					t.Errorf("%s does not use the worker's packages", p.Path)
				}
			}
			out := load(t, good, plugins)
			if !strings.Contains(out, "values: [47 7 [1 2] main.Ꞌpoint spike]") {
				t.Errorf("got\n%s", out)
			}
		})
	}
}

func TestHidePluginTable(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	// The names may also occur in the user's text, which must stay.
	text := strings.Replace(fmt.Sprintf(emptyCell, 1), "{1}", `{"go:plugin.tabs go:plugin.exports"}`, 1)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file})
	if err != nil {
		t.Fatal(err)
	}
	plain, err1 := os.ReadFile(a.File)
	hidden, err2 := os.ReadFile(a.library)
	if err1 != nil || err2 != nil || len(plain) != len(hidden) {
		t.Fatal(err1, err2, len(plain), len(hidden))
	}
	differ := 0
	for i := range plain {
		if plain[i] != hidden[i] {
			differ++
		}
	}
	if most := len("plugin.tabs") + len("plugin.exports"); differ == 0 || differ > most {
		t.Errorf("%d bytes differ, want 1 to %d", differ, most)
	}
	if !bytes.Contains(hidden, []byte("go:plugin.tabs go:plugin.exports")) {
		t.Error("a string of the cell was changed")
	}
	if got := hidePluginTable([]byte("no archive"), "0123456789"); string(got) != "no archive" {
		t.Errorf("got %q", got)
	}
}

func TestCellsCompileConcurrently(t *testing.T) {
	tool := warm(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			build(t, tool, cell{path: fmt.Sprint("cell/", i), source: fmt.Sprintf(emptyCell, i)})
		})
	}
	wg.Wait()
}

func TestCancelledBuildEnds(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, emptyCell, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if _, err := tool.Compile(ctx, Unit{Path: "cell/1", File: file}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Compile: %v, want the context's error", err)
	}
	if _, err := tool.Link(ctx, a, filepath.Join(dir, "cell.so")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Link: %v, want the context's error", err)
	}
}
