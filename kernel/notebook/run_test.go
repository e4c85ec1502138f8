package notebook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// write makes a notebook of cells; one that begins with "#" is Markdown. It returns its path.
func write(t *testing.T, dir, name string, cells ...string) string {
	t.Helper()
	nb := &Notebook{Metadata: map[string]any{"title": "kept"}}
	for _, source := range cells {
		c := &Cell{Type: "code", Source: source, Metadata: map[string]any{}}
		if strings.HasPrefix(source, "#") {
			c.Type = "markdown"
		}
		if tag, rest, ok := strings.Cut(source, "|"); ok {
			c.Source, c.Metadata["tags"] = rest, []any{"other", tag}
		}
		nb.Cells = append(nb.Cells, c)
	}
	nb.identify()
	path := filepath.Join(dir, name)
	if err := nb.writeFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// runToys runs notebooks with a toy session each.
func runToys(t *testing.T, o Options) (toys []*toy, log string, err error) {
	t.Helper()
	var text bytes.Buffer
	o.Log = &text
	o.NewSession = func(dir string) (Session, error) {
		s := newToy(dir)
		toys = append(toys, s)
		return s, nil
	}
	err = Run(context.Background(), o)
	for _, s := range toys {
		select {
		case <-s.closed:
		default:
			t.Error("a session was not closed")
		}
	}
	return toys, text.String(), err
}

func mustRead(t *testing.T, path string) *Notebook {
	t.Helper()
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// texts gives the stream text of each cell.
func texts(nb *Notebook) []string {
	var list []string
	for _, c := range nb.Cells {
		s := ""
		for _, o := range c.Outputs {
			text, _ := o["text"].(string)
			s += text
		}
		list = append(list, s)
	}
	return list
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a.ipynb", "# Title", "state", "", "  \n", "print two", "skip-execution|fail E no", "raises-exception|fail E yes", "state\nlater  late")
	b := write(t, dir, "b.ipynb", "state")
	before, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "build", "deep")
	toys, log, err := runToys(t, Options{Files: []string{a, b}, OutDir: out, HTML: true, GoVersion: "1.26.1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(toys) != 2 || toys[0].dir != dir {
		t.Errorf("%d sessions, the first in %q; want 2, in %q", len(toys), toys[0].dir, dir)
	}
	nb := mustRead(t, filepath.Join(out, "a.ipynb"))
	if got, want := texts(nb), []string{"", "1 " + dir, "", "", "two", "", "", "4 " + dir + " late"}; !reflect.DeepEqual(got, want) {
		t.Errorf("outputs %q, want %q", got, want)
	}
	var counts []int
	for _, c := range nb.Cells {
		n := 0
		if c.Count != nil {
			n = *c.Count
		}
		counts = append(counts, n)
	}
	if want := []int{0, 1, 0, 0, 2, 0, 3, 4}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	call := func(count, cell int) string {
		return fmt.Sprint(count, " ", nb.Cells[cell].ID, " ", nb.Cells[cell].Source)
	}
	want := []string{call(1, 1) + " | " + call(2, 4), call(2, 4) + " | " + call(3, 6), call(3, 6) + " | " + call(4, 7), call(4, 7)}
	if !slices.Equal(toys[0].calls, want) {
		t.Errorf("calls %q, want %q: each cell with the one behind it", toys[0].calls, want)
	}
	if nb.Cells[6].Outputs[0]["ename"] != "E" || nb.Cells[5].Outputs != nil {
		t.Errorf("tagged cells: %v and %v", nb.Cells[5].Outputs, nb.Cells[6].Outputs)
	}
	spec, _ := nb.Metadata["kernelspec"].(map[string]any)
	language, _ := nb.Metadata["language_info"].(map[string]any)
	if spec["name"] != "spikebook" || language["name"] != "go" || language["version"] != "1.26.1" || nb.Metadata["title"] != "kept" {
		t.Errorf("metadata %v", nb.Metadata)
	}
	if after, _ := os.ReadFile(a); !bytes.Equal(before, after) {
		t.Error("the notebook itself changed, though there is an output folder")
	}
	for _, want := range []string{"a.ipynb: cell 8 of 8", "b.ipynb: done"} {
		if !strings.Contains(log, want) {
			t.Errorf("log %q, want %q", log, want)
		}
	}
	for _, name := range []string{"a.html", "b.html"} {
		if page, err := os.ReadFile(filepath.Join(out, name)); err != nil || !bytes.Contains(page, []byte("<!DOCTYPE html>")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Running the result in place gives the same file: same session, same outputs.
	first, _ := os.ReadFile(filepath.Join(out, "b.ipynb"))
	second := write(t, dir, "b.ipynb", "state")
	if _, _, err := runToys(t, Options{Files: []string{second}, GoVersion: "1.26.1"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runToys(t, Options{Files: []string{second}, GoVersion: "1.26.1"}); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(second); !bytes.Equal(first, again) {
		t.Errorf("run again:\n%s\nfirst\n%s", again, first)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The first error ends a notebook; it is written all the same, without outputs of an earlier
// execution behind the error; the other notebooks run.
func TestRunStopsAtTheFirstError(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir, "bad.ipynb", "# Title", "print one", "print two\nfail TypeError \x1b[1mcannot use x\x1b[0m\\nmore", "print three")
	nb := mustRead(t, bad)
	seven := 7
	nb.Cells[3].Count, nb.Cells[3].Outputs = &seven, []CellOutput{{"output_type": "stream", "name": "stdout", "text": "old"}}
	if err := nb.writeFile(bad); err != nil {
		t.Fatal(err)
	}
	good := write(t, dir, "good.ipynb", "print fine")
	broken := filepath.Join(dir, "broken.ipynb")
	if err := os.WriteFile(broken, []byte("oops"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, log, err := runToys(t, Options{Files: []string{bad, broken, good}, HTML: true})
	var cell *CellError
	if !errors.As(err, &cell) {
		t.Fatalf("error %v, want a CellError", err)
	}
	if cell.File != bad || cell.Cell != 3 || cell.Count != 2 || cell.Name != "TypeError" || cell.Written != bad {
		t.Errorf("error %+v", cell)
	}
	want := bad + ": cell 3 (In [2]): cannot use x …; mend the cell and run the notebook again\n"
	if !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), broken+": is not JSON") {
		t.Errorf("error %q, want %q and the broken file", err, want)
	}
	if !strings.Contains(log, "TypeError: ") || !strings.Contains(log, "cannot use x") || strings.Contains(log, "\x1b") {
		t.Errorf("log %q, want the traceback without colours", log)
	}
	nb = mustRead(t, bad)
	if got := texts(nb); !reflect.DeepEqual(got, []string{"", "one", "two", ""}) || nb.Cells[3].Count != nil {
		t.Errorf("outputs %q, count %v; want nothing behind the error", got, nb.Cells[3].Count)
	}
	if n := len(nb.Cells[2].Outputs); n != 2 || nb.Cells[2].Outputs[1]["output_type"] != "error" {
		t.Errorf("failed cell has outputs %v", nb.Cells[2].Outputs)
	}
	if got := texts(mustRead(t, good)); got[0] != "fine" {
		t.Errorf("the next notebook gave %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "bad.html")); err != nil {
		t.Error(err)
	}
	if raw, _ := os.ReadFile(broken); string(raw) != "oops" {
		t.Errorf("the broken file became %q", raw)
	}
}

func TestRunTimeout(t *testing.T) {
	defer func(d time.Duration) { grace = d }(grace)
	grace = 50 * time.Millisecond
	for _, code := range []string{"print before\nwait", "print before\nignore"} {
		dir := t.TempDir()
		path := write(t, dir, "slow.ipynb", "raises-exception|"+code, "print never")
		_, _, err := runToys(t, Options{Files: []string{path}, Timeout: 20 * time.Millisecond})
		var cell *CellError
		if !errors.As(err, &cell) || cell.Name != "Timeout" || cell.Cell != 1 || !strings.Contains(err.Error(), "longer than the 20ms") {
			t.Errorf("%q: %v, want a timeout in cell 1", code, err)
		}
		nb := mustRead(t, path)
		if got := texts(nb); !reflect.DeepEqual(got, []string{"before", ""}) {
			t.Errorf("%q: outputs %q", code, got)
		}
		if last := nb.Cells[0].Outputs[len(nb.Cells[0].Outputs)-1]; last["output_type"] != "error" {
			t.Errorf("%q: last output %v, want an error", code, last)
		}
	}
}

func TestRunCancelled(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a.ipynb", "print before", "wait", "print never")
	b := write(t, dir, "b.ipynb", "print never")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	err := Run(ctx, Options{Files: []string{a, b}, NewSession: func(dir string) (Session, error) { return newToy(dir), nil }})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stopped in cell 2") || !strings.Contains(err.Error(), "1 notebooks not run, from "+b) {
		t.Errorf("error %v", err)
	}
	if got := texts(mustRead(t, a)); got[0] != "before" || got[2] != "" {
		t.Errorf("outputs %q", got)
	}
}

func TestRunNonsense(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.ipynb", "print x")
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o777); err != nil {
		t.Fatal(err)
	}
	twin := write(t, other, "a.ipynb", "print x")
	start := func(dir string) (Session, error) { return newToy(dir), nil }
	refused := errors.New("no Go toolchain found")
	for want, o := range map[string]Options{
		"no notebooks given":              {NewSession: start},
		"NewSession is nil":               {Files: []string{path}},
		"timeout is -1s":                  {Files: []string{path}, NewSession: start, Timeout: -time.Second},
		"would both be written":           {Files: []string{path, twin}, OutDir: filepath.Join(dir, "out"), NewSession: start},
		"and " + path + " would both":     {Files: []string{path, path}, NewSession: start},
		"cannot be made":                  {Files: []string{path}, OutDir: filepath.Join(path, "x"), NewSession: start},
		"no session: no Go toolchain":     {Files: []string{path}, NewSession: func(string) (Session, error) { return nil, refused }},
		"is a folder, want a notebook":    {Files: []string{dir}, NewSession: start},
		"file does not exist; check the ": {Files: []string{"nosuch.ipynb"}, NewSession: start},
	} {
		if err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	// A notebook that cannot be written is an error too.
	blocked := filepath.Join(dir, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, "a.ipynb"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), Options{Files: []string{path}, OutDir: blocked, NewSession: start}); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("blocked: %v", err)
	}
}
