package main

import (
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// notebookFile writes a notebook of code cells.
func notebookFile(t *testing.T, cells ...string) string {
	t.Helper()
	list := []any{map[string]any{"cell_type": "markdown", "id": "words", "metadata": map[string]any{}, "source": "Words are left out."}}
	for i, code := range cells {
		list = append(list, map[string]any{"cell_type": "code", "id": string(rune('a' + i)), "metadata": map[string]any{},
			"source": code, "outputs": []any{}, "execution_count": nil})
	}
	raw, err := json.Marshal(map[string]any{"cells": list, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 5})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "n.ipynb")
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// useTestCache lets commands work in the cache of the tests, if there is one.
func useTestCache(t *testing.T) {
	if dir := os.Getenv("SPIKEBOOK_TEST_CACHE"); dir != "" {
		t.Setenv("SPIKEBOOK_CACHE", dir)
	}
}

func TestScriptIsAProgramThatDoesTheSame(t *testing.T) {
	useTestCache(t)
	file := notebookFile(t,
		"%env GREETING=hello\nn := 3\nfunc fib(k int) int {\n\tif k < 2 {\n\t\treturn k\n\t}\n\treturn fib(k-1) + fib(k-2)\n}",
		"!ls\nfor i := range n {\n\tfmt.Print(fib(i+5), \" \")\n}",
		"type point struct{ x, y int }\nfunc (p point) sum() int { return p.x + p.y }",
		"n := \"n has another type now\" // 😀",
		"p := point{1, 2}\nfmt.Println(strings.ToUpper(n), p.sum())\np",
		"", "%vars",
	)
	status, program, errs := call(t, nil, "script", file)
	if status != 0 {
		t.Fatalf("status %d: %s", status, errs)
	}
	if _, err := format.Source([]byte(program)); err != nil || strings.Contains(program, "%env") || strings.Contains(program, "!ls") {
		t.Errorf("%v; the program is\n%s", err, program)
	}
	run := func(dir string) string {
		c := exec.Command("go", "run", ".")
		c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, program)
		}
		return string(out)
	}
	const want = "5 8 13 N HAS ANOTHER TYPE NOW 3\n"
	folder := filepath.Join(t.TempDir(), "module")
	if status, out, errs := call(t, nil, "script", "--out", folder, file); status != 0 || out != "" {
		t.Fatalf("--out: status %d, %q, %s", status, out, errs)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "main.go")); err != nil || string(text) != program {
		t.Errorf("--out wrote another program (%v):\n%s", err, text)
	}
	if got := run(folder); !strings.HasPrefix(got, want) {
		t.Errorf("the program prints %q, want %q", got, want)
	}
}

func TestScriptNamesWhatIsWrong(t *testing.T) {
	useTestCache(t)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, 2, "0 notebooks named, want one"},
		{[]string{"a.ipynb", "b.ipynb"}, 2, "2 notebooks named, want one"},
		{[]string{"/nonexistent/n.ipynb"}, 1, "/nonexistent/n.ipynb"},
		{[]string{notebookFile(t, "x := 1", "x + nothing")}, 1, "code cell 2"},
		{[]string{notebookFile(t, "x := (1")}, 1, "code cell 1"},
		{[]string{"--out", "/dev/null/m", notebookFile(t, "x := 1")}, 1, "/dev/null"},
	} {
		status, out, errs := call(t, nil, append([]string{"script"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("script %q: status %d, %q, %q; want %d with %q", c.args, status, out, errs, c.status, c.want)
		}
	}
}
