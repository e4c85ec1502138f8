package cell

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// testTool returns a tool on a small module: the stand-in worker of testdata
// with the real packages live and interrupt. Its place is fixed, so that a
// second run of the tests finds everything compiled.
var testTool = sync.OnceValues(func() (*gotool.Tool, error) {
	root := filepath.Join(os.TempDir(), "spikebook-test-cache")
	if dir := os.Getenv("SPIKEBOOK_TEST_CACHE"); dir != "" {
		root = dir
	}
	module := filepath.Join(root, "cell-module")
	put := func(name string, data []byte) error {
		name = filepath.Join(module, name)
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, data, 0o644)
	}
	copyFrom := func(dir fs.FS, pattern, to string) error {
		names, err := fs.Glob(dir, pattern)
		if err != nil {
			return err
		}
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			data, err := fs.ReadFile(dir, n)
			if err != nil {
				return err
			}
			if err := put(filepath.Join(to, n), data); err != nil {
				return err
			}
		}
		return nil
	}
	repo := os.DirFS(filepath.Join("..", ".."))
	for _, err := range []error{
		copyFrom(repo, "go.*", ""),
		copyFrom(repo, "kernel/live/*.go", ""),
		copyFrom(repo, "kernel/interrupt/*.go", ""),
		copyFrom(os.DirFS("testdata/module"), "kernel/worker/main/*.go", ""),
	} {
		if err != nil {
			return nil, err
		}
	}
	tool, err := gotool.Open(context.Background(), gotool.Options{CacheDir: root, ModuleDir: module})
	if err != nil {
		return nil, err
	}
	return tool, tool.Warm(context.Background(), nil)
})

// A notebook is a compiler with a worker process.
type notebook struct {
	t       testing.TB
	c       *Compiler
	count   int
	in      *os.File
	answer  *bufio.Reader
	readOut func() string // what cells wrote to stdout and stderr since the last call
	read    int
	missing []string // what the last cell did not come to define
	free    []int    // what it left without a name
}

func newNotebook(t testing.TB) *notebook {
	t.Helper()
	tool, err := testTool()
	if err != nil {
		t.Fatal(err)
	}
	worker, err := tool.Worker(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	n := &notebook{t: t, c: New(tool)}
	t.Cleanup(func() { n.c.Close() })
	cmd := exec.Command(worker)
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answerR, answerW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	outFile, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.ExtraFiles = inR, []*os.File{answerW}
	cmd.Stdout, cmd.Stderr = outFile, outFile
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	inR.Close()
	answerW.Close()
	n.in, n.answer = inW, bufio.NewReader(answerR)
	t.Cleanup(func() {
		inW.Close()
		cmd.Wait()
		answerR.Close()
		if t.Failed() {
			data, _ := os.ReadFile(outFile.Name())
			t.Logf("worker wrote:\n%s", tail(string(data), 4000))
		}
	})
	n.readOut = func() string {
		data, _ := os.ReadFile(outFile.Name())
		text := string(data[n.read:])
		n.read = len(data)
		return text
	}
	return n
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// send gives the worker a command and returns its answer.
func (n *notebook) send(line string) string {
	n.t.Helper()
	fmt.Fprintln(n.in, line)
	var b strings.Builder
	for {
		text, err := n.answer.ReadString('\n')
		if err != nil {
			n.t.Fatalf("worker died during %q", line)
		}
		if text == "done\n" {
			return b.String()
		}
		b.WriteString(text)
	}
}

// build builds a cell or fails the test.
func (n *notebook) build(code string) *Cell {
	n.t.Helper()
	n.count++
	built, err := n.c.Build(context.Background(), n.count, "", code)
	if err != nil {
		n.t.Fatalf("cell %d:\n%s\n%v\n%s", n.count, code, err, n.source(code, err))
	}
	return built
}

// source shows the generated file of a cell that the compiler rejected.
func (n *notebook) source(code string, err error) string {
	var problems *Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "rejects") {
		return ""
	}
	_, name, _ := strings.Cut(problems.List[0].Hint, "generated source, ")
	data, _ := os.ReadFile(name)
	os.Remove(name)
	return string(data)
}

// run builds, loads, commits and runs a cell. It returns what the cell wrote,
// with the marks removed as the kernel does, followed by its values.
func (n *notebook) run(code string) string {
	n.t.Helper()
	built := n.build(code)
	if built.Plugin != nil && !built.Unchanged {
		if msg := n.send("load " + built.Plugin.File); msg != "" {
			n.t.Fatalf("cell %d: %s\n%s", n.count, msg, built.Source)
		}
	}
	n.c.Commit(built)
	if built.Plugin == nil {
		return ""
	}
	values := n.finish(built, n.send("run "+built.Plugin.File))
	notices := ""
	for _, line := range built.Notices {
		notices += line + "\n"
	}
	return strings.ReplaceAll(notices+n.readOut()+values, mark, "")
}

// finish tells the compiler what a run has defined, and the worker what is free.
// It returns the rest of the worker's answer.
func (n *notebook) finish(built *Cell, answer string) (values string) {
	n.t.Helper()
	var slots []int
	for line := range strings.Lines(answer) {
		if list, ok := strings.CutPrefix(line, "defined ["); ok {
			for _, f := range strings.Fields(strings.TrimSuffix(list, "]\n")) {
				slot, _ := strconv.Atoi(f)
				slots = append(slots, slot)
			}
			continue
		}
		values += line
	}
	n.missing, n.free = n.c.Defined(built, slots)
	for _, slot := range n.free {
		n.send(fmt.Sprint("free ", slot))
	}
	return values
}

// want runs a cell and compares what it gives.
func (n *notebook) want(code, want string) {
	n.t.Helper()
	got := strings.TrimSpace(n.run(code))
	if got != want {
		n.t.Errorf("cell %d:\n%s\ngot:\n%s\nwant:\n%s", n.count, code, got, want)
	}
}

// fails builds a cell that has mistakes and returns them.
func (n *notebook) fails(code string) *Problems {
	n.t.Helper()
	n.count++
	_, err := n.c.Build(context.Background(), n.count, "", code)
	var problems *Problems
	if !errors.As(err, &problems) {
		n.t.Fatalf("cell %d:\n%s\nerr = %v, want problems", n.count, code, err)
	}
	return problems
}

// wantError checks the one mistake of a cell: "line:column: message (hint)".
func (n *notebook) wantErrors(code string, want ...string) {
	n.t.Helper()
	p := n.fails(code)
	var got []string
	for _, one := range p.List {
		text := fmt.Sprintf("%d:%d: %s", one.Line, one.Col, one.Message)
		if one.Hint != "" {
			text += " (" + one.Hint + ")"
		}
		got = append(got, text)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		n.t.Errorf("cell %d:\n%s\ngot:\n%s\nwant:\n%s", n.count, code, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
