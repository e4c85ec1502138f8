package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/session"
	"github.com/spikebook/spikebook/kernel/worker"
)

// checkup collects the lines of a report.
type checkup struct {
	w      io.Writer
	broken bool // cells cannot run
}

// line reports one thing. state is "ok", "missing" (cells cannot run without
// it) or "absent" (something else cannot).
func (c *checkup) line(state, what, text string) {
	c.broken = c.broken || state == "missing"
	for i, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			state, what = "", ""
		}
		fmt.Fprintf(c.w, "%-8s %-12s %s\n", state, what, l)
	}
}

func doctor(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "doctor", `
Reports what is present, what is missing and what to install. The exit status
is 1 when cells cannot run. It compiles and runs one cell if the build cache is
warm.`)
	if err := parse(fs, args, false); err != nil {
		return err
	}
	c := &checkup{w: e.stdout}
	tool, err := gotool.Open(ctx, gotool.Options{})
	if err != nil {
		checkPrograms(c, e, err)
		c.line("missing", part(err), err.Error())
	} else {
		c.line("ok", "toolchain", tool.ToolchainVersion())
		c.line("ok", "sources", tool.ModuleDir())
		if checkCache(ctx, c, tool) {
			checkCell(ctx, c, tool)
		}
	}
	checkKernelspec(c, e)
	if name, err := findLab(e.getenv); err != nil {
		c.line("absent", "JupyterLab", err.Error())
	} else {
		c.line("ok", "JupyterLab", name)
	}
	checkCUDA(c)
	if c.broken {
		return errReported
	}
	return nil
}

// part names the line that an error of gotool.Open belongs to.
func part(err error) string {
	what := ""
	if e := new(gotool.Error); errors.As(err, &e) {
		what = e.What
	}
	for _, p := range []struct{ prefix, name string }{
		{"cache folder", "cache"}, {"sources", "sources"}, {"go.", "sources"}, {"go command", "Go"}, {"C compiler", "C compiler"},
	} {
		if strings.HasPrefix(what, p.prefix) {
			return p.name
		}
	}
	return "toolchain"
}

// checkPrograms tells of the programs that are there or missing, since the
// toolchain's own search, whose error is err, ends at the first.
func checkPrograms(c *checkup, e environment, err error) {
	about := part(err) // told by the caller
	if name, err := exec.LookPath("go"); err == nil && about != "Go" {
		c.line("ok", "Go", name)
	}
	if about == "C compiler" {
		return
	}
	compilers := []string{"gcc", "clang", "cc"}
	if cc := strings.Fields(e.getenv("CC")); len(cc) > 0 {
		compilers = cc[:1]
	}
	for _, name := range compilers {
		if path, err := exec.LookPath(name); err == nil {
			c.line("ok", "C compiler", path)
			return
		}
	}
	c.line("missing", "C compiler", "no "+strings.Join(compilers, ", ")+" in PATH; install one, for example with apt install gcc libc6-dev")
}

// checkCache reports whether the cache is warm. The folder has been written
// to by gotool.Open. Making it warm is the business of install, so the
// attempt ends as soon as there is something to compile.
func checkCache(ctx context.Context, c *checkup, tool *gotool.Tool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cold := false
	err := tool.Warm(ctx, func(done, total int, what string) {
		if total == 0 {
			cold = true
			cancel()
		}
	})
	switch {
	case cold:
		c.line("absent", "cache", tool.CacheDir()+" can be written, but is not warm: the first cell will take a minute or so; make it warm with spikebook install")
		return false
	case err != nil:
		c.line("missing", "cache", err.Error())
		return false
	}
	c.line("ok", "cache", tool.CacheDir()+" can be written and is warm")
	return true
}

// checkCell compiles, loads and runs a cell.
func checkCell(ctx context.Context, c *checkup, tool *gotool.Tool) {
	start := time.Now()
	s := session.New(session.Options{Tool: tool, Log: func(string, ...any) {}})
	defer s.Close()
	res := s.Execute(ctx, session.Request{Code: "6 * 7", Count: 1}, nothing{})
	switch {
	case res.Err != nil:
		c.line("missing", "cell", fmt.Sprintf("a trivial cell does not run: %s: %s", res.Err.EName, res.Err.EValue))
	case res.Value == nil || fmt.Sprint(res.Value.Data["text/plain"]) != "42":
		c.line("missing", "cell", fmt.Sprintf("a trivial cell gives %v instead of 42", res.Value))
	default:
		c.line("ok", "cell", fmt.Sprintf("compiled, loaded and run, %.1f s with the start of the worker", time.Since(start).Seconds()))
	}
}

// nothing drops what a cell shows.
type nothing struct{}

func (nothing) Stream(string, string)  {}
func (nothing) Display(worker.Display) {}
func (nothing) ClearOutput(bool)       {}

// checkKernelspec looks where Jupyter looks, without asking it.
func checkKernelspec(c *checkup, e environment) {
	for _, dir := range dataDirs(e.getenv) {
		spec, ok := readSpec(dir, defaultName)
		if !ok {
			continue
		}
		where := dir + "/kernels/" + defaultName
		if !isExecutable(spec.Argv[0]) {
			c.line("absent", "kernelspec", where+" starts "+spec.Argv[0]+", which is gone; install again with spikebook install")
		} else {
			c.line("ok", "kernelspec", where+", starts "+spec.Argv[0])
		}
		return
	}
	c.line("absent", "kernelspec", "none named "+defaultName+"; install it with spikebook install (spikebook lab works without)")
}
