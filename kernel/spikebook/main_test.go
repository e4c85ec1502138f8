package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// call runs a command line in an environment of its own.
func call(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = realMain(args, environment{&out, &errs, func(name string) string { return env[name] },
		func() (string, error) { return "/opt/bin/spikebook", nil }})
	return status, out.String(), errs.String()
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string // in what is written
	}{
		{"", 2, "usage: spikebook COMMAND"},
		{"help", 0, "doctor"},
		{"-h", 0, "usage"},
		{"frobnicate", 2, `no command "frobnicate"; there are install, lab, run, script, doctor, version, kernel`},
		{"install -h", 0, "--no-warm"},
		{"install --nonsense", 2, "flag provided but not defined"},
		{"install here", 2, `unexpected argument "here"`},
		{"install --user --prefix /tmp/x", 1, "one of --user, --prefix and --sys-prefix"},
		{"install --sys-prefix", 1, "no virtual environment is active"},
		{"run", 2, "no notebook named"},
		{"run a.ipynb --html", 2, "flags come first"},
		{"run --timeout -3s a.ipynb", 2, "--timeout is -3s"},
		{"lab a b", 1, "one folder at most"},
		{"kernel", 2, "--connection-file is required"},
		{"kernel --connection-file /nonexistent/c.json", 1, "/nonexistent/c.json: no such file"},
		{"version", 0, "built with go1"},
	} {
		status, out, errs := call(t, nil, strings.Fields(c.args)...)
		got := strings.ReplaceAll(out+errs, "  -no-warm", "  --no-warm")
		if status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("spikebook %s: status %d, %q\nwant status %d with %q", c.args, status, got, c.status, c.want)
		}
	}
}

// While the toolchain is looked for and the cache is made warm, a console is told all
// the same whether a text is finished.
func TestIsCompleteNeedsNoToolchain(t *testing.T) {
	b := newBackend(t.TempDir(), false, t.Logf) // it was not started, so nothing is there
	for code, want := range map[string]string{"for {": "incomplete \t", "1": "complete ", "x := )": "invalid ", "x?": "complete "} {
		status, indent := b.IsComplete(code)
		if got := status + " " + indent; got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestInstall(t *testing.T) {
	prefix := t.TempDir()
	env := map[string]string{"SPIKEBOOK_CACHE": "/var/cache/spikebook"}
	for range 2 { // installing again replaces
		if status, _, errs := call(t, env, "install", "--no-warm", "--prefix", prefix, "--name", "Go-Spike", "--display-name", "Go & more"); status != 0 {
			t.Fatalf("status %d: %s", status, errs)
		}
	}
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "go-spike")
	b, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	if err := json.Unmarshal(b, &spec); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"argv":         []any{"/opt/bin/spikebook", "kernel", "--connection-file", "{connection_file}"},
		"display_name": "Go & more", "language": "go", "interrupt_mode": "message",
		"env": map[string]any{"SPIKEBOOK_CACHE": "/var/cache/spikebook"}, "metadata": map[string]any{},
	}
	if got, want := encode(t, spec), encode(t, want); got != want {
		t.Errorf("kernel.json is %s\nwant %s", got, want)
	}
	for name, side := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil || img.Bounds().Dx() != side || img.Bounds().Dy() != side {
			t.Errorf("%s: %v, %v", name, img, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("folder holds %v, %v; want four files and nothing temporary", entries, err)
	}
	for _, e := range entries {
		if info, _ := e.Info(); info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInstallPlaces(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, c := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{nil, nil, filepath.Join(home, ".local/share/jupyter")},
		{map[string]string{"XDG_DATA_HOME": filepath.Join(home, "xdg")}, []string{"--user"}, filepath.Join(home, "xdg/jupyter")},
		{map[string]string{"JUPYTER_DATA_DIR": filepath.Join(home, "data")}, nil, filepath.Join(home, "data")},
		{map[string]string{"VIRTUAL_ENV": filepath.Join(home, "venv")}, []string{"--sys-prefix"}, filepath.Join(home, "venv/share/jupyter")},
		{map[string]string{"CONDA_PREFIX": filepath.Join(home, "conda")}, []string{"--sys-prefix"}, filepath.Join(home, "conda/share/jupyter")},
	} {
		status, out, errs := call(t, c.env, append([]string{"install", "--no-warm"}, c.args...)...)
		if status != 0 {
			t.Errorf("%v: %s", c.args, errs)
		}
		if _, ok := readSpec(c.want, defaultName); !ok {
			t.Errorf("%v %v: no kernel in %s; %s", c.env, c.args, c.want, out)
		}
	}
	if status, _, errs := call(t, nil, "install", "--no-warm", "--prefix", home, "--name", "a b"); status != 1 || !strings.Contains(errs, `kernel name "a b"`) {
		t.Errorf("bad name: %d, %s", status, errs)
	}
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := call(t, nil, "install", "--no-warm", "--prefix", file); status != 1 || !strings.Contains(errs, "another place with --prefix") {
		t.Errorf("prefix that is a file: %d, %s", status, errs)
	}
}

func TestInstallFromGoRun(t *testing.T) {
	_, err := newSpec("", environment{executable: func() (string, error) { return "/tmp/go-build123/b001/exe/spikebook", nil }})
	if err == nil || !strings.Contains(err.Error(), "go install") {
		t.Errorf("error %v, want one that says how to make a lasting binary", err)
	}
}

func TestLabArguments(t *testing.T) {
	for _, c := range []struct{ args, folder, jupyter string }{
		{"", "", ""},
		{"nb", "nb", ""},
		{"-- --ip=0.0.0.0 --no-browser", "", "--ip=0.0.0.0 --no-browser"},
		{"nb -- --no-browser", "nb", "--no-browser"},
		{"nb --", "nb", ""},
	} {
		args := strings.Fields(c.args)
		fs := flags(environment{stderr: &bytes.Buffer{}}, "lab", "")
		if err := parse(fs, args, true); err != nil {
			t.Fatal(err)
		}
		folder, jupyter, err := splitLabArgs(args[len(args)-fs.NArg():], args)
		if err != nil || folder != c.folder || strings.Join(jupyter, " ") != c.jupyter {
			t.Errorf("lab %s: folder %q, JupyterLab gets %q, %v", c.args, folder, jupyter, err)
		}
	}
}

func TestFindLab(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Chdir(t.TempDir())
	if _, err := findLab(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "pip install jupyterlab") {
		t.Errorf("without JupyterLab: %v", err)
	}
	program := filepath.Join(".venv", "bin", "jupyter-lab")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir() // an active environment without JupyterLab
	got, err := findLab(func(string) string { return elsewhere })
	if want, _ := filepath.Abs(program); err != nil || got != want {
		t.Errorf("found %s, %v; want %s", got, err, want)
	}
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b)
	for i := range 100 { // a quick work says nothing
		p.show(i, 100, "compiling fmt")
	}
	p.end(nil)
	if b.Len() != 0 {
		t.Errorf("a quick work wrote %q", b.String())
	}
	p.start = p.start.Add(-5 * time.Second)
	for i := range 100 {
		p.show(i, 100, "compiling "+strings.Repeat("long/", 20))
	}
	p.end(errors.New("the disk is full"))
	if got := b.String(); strings.Contains(got, "warm in") {
		t.Errorf("a failed work wrote %q", got)
	}
	p.end(nil)
	if got := b.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "0 of 100 · …") {
		t.Errorf("a slow work wrote %q", got)
	}
}

func TestErrorsAreToldUnderTheirPart(t *testing.T) {
	for what, want := range map[string]string{
		"cache folder /var/cache": "cache", "cache folder": "cache", "sources of x": "sources", "go.mod of x": "sources",
		"go command": "Go", "C compiler": "C compiler", "C compiler /usr/bin/gcc": "C compiler", "operating system": "toolchain",
	} {
		if got := part(fmt.Errorf("open: %w", &gotool.Error{What: what})); got != want {
			t.Errorf("%s: told under %s, want %s", what, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	var b bytes.Buffer
	c := &checkup{w: &b}
	c.line("ok", "Go", "1.26")
	c.line("absent", "JupyterLab", "not there\ninstall it\n")
	if c.broken {
		t.Error("an absent front end must not count as broken")
	}
	c.line("missing", "C compiler", "none")
	if !c.broken {
		t.Error("a missing compiler must count as broken")
	}
	want := "ok       Go           1.26\nabsent   JupyterLab   not there\n                      install it\nmissing  C compiler   none\n"
	if b.String() != want {
		t.Errorf("report\n%swant\n%s", b.String(), want)
	}
}
