package gotool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Plugin is a file that the worker can load.
type Plugin struct {
	File string // shared library
	Path string // plugin path: "cell/7"

	// Packages holds everything linked in, import path → build id. Two files can
	// be loaded into one process only if they agree where they overlap.
	Packages map[string]string
}

// Link makes a plugin of a compiled cell and all it needs.
func (t *Tool) Link(ctx context.Context, a *Archive, out string) (*Plugin, error) {
	tab, err := t.ensure(ctx, nil)
	if err != nil {
		return nil, err
	}
	return t.linkCell(ctx, tab, a, out)
}

// linkCell makes a plugin from the packages of a table.
func (t *Tool) linkCell(ctx context.Context, tab *table, a *Archive, out string) (*Plugin, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Path, err)
	}
	// What the linker adds by itself, the imports, and the imports of imported cells.
	roots := []string{"runtime", "runtime/cgo"}
	cells := map[string]*Archive{}
	var visit func(c *Archive)
	visit = func(c *Archive) {
		if cells[c.Path] != nil {
			return
		}
		cells[c.Path] = c
		roots = append(roots, c.imports...)
		for _, d := range c.cells {
			visit(d)
		}
	}
	visit(a)
	paths, missing := tab.closure(roots...)
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: packages %s are not resolved; call Resolve before Link", a.Path, strings.Join(missing, ", "))
	}
	p := &Plugin{File: out, Path: a.Path, Packages: make(map[string]string, len(paths)+len(cells))}
	var cfg bytes.Buffer
	cfg.WriteString("# everything in " + a.Path + "\n")
	for _, path := range paths {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", path, tab.Packages[path].Export)
		p.Packages[path] = tab.Packages[path].BuildID
	}
	for path, c := range cells {
		if c != a {
			fmt.Fprintf(&cfg, "packagefile %s=%s\n", path, c.library)
		}
		p.Packages[path] = c.hash
	}
	cfgFile := strings.TrimSuffix(a.File, ".a") + ".linkcfg"
	if err := os.WriteFile(cfgFile, cfg.Bytes(), 0o644); err != nil {
		return nil, scratchError(filepath.Dir(cfgFile), err)
	}
	if err := t.chain.link(ctx, out, a.Path, true, "-importcfg", cfgFile, "-buildmode=plugin", "-pluginpath", a.Path, a.File); err != nil {
		return nil, err
	}
	return p, nil
}

// link runs the Go linker. Libraries go through the wrapper script; if that fails
// they are tried once more with the plain C compiler, so that a misjudged linker
// costs time, not cells. Executables need start files that only the C compiler
// knows.
func (c *toolchain) link(ctx context.Context, out, what string, library bool, args ...string) error {
	args = append([]string{"-o", out, "-installsuffix", "dynlink", "-s", "-w", "-linkmode=external"}, args...)
	if runtime.GOOS == "linux" { // see hostlinker.go
		args = append([]string{"-B", "none", "-compressdwarf=false"}, args...)
	}
	dir, linker := filepath.Dir(out), c.tool("link")
	// The linker's heap stays below 100 MB; collecting it less often links a
	// large cell 10 % faster.
	hasty := *c
	hasty.Env = append(slices.Clone(c.Env), "GOGC=400")
	c = &hasty
	if extld := c.Host.extld(); library && extld != nil {
		_, output, err := c.runMerged(ctx, dir, linker, append(extld, args...)...)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || diskFull(err, output) {
			return linkError(what, output, err)
		}
	}
	if _, output, err := c.runMerged(ctx, dir, linker, append([]string{"-extld", c.CC}, args...)...); err != nil {
		return linkError(what, output, err)
	}
	return nil
}

func linkError(what, output string, err error) error {
	return toolError(what, "a program that links", "", output, fmt.Errorf("the linker fails: %w", err))
}
