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

	// Shared says that it uses the worker's packages and carries only what the
	// worker lacks. See resident.go.
	Shared bool
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
	if r := t.resident(ctx); r != nil {
		p, err := t.linkShared(ctx, tab, r, a, out)
		if err == nil || ctx.Err() != nil {
			return p, err
		}
		t.log("%s is linked with all it needs: %v", a.Path, err)
	}
	// What the linker adds by itself, the imports, and the imports of imported cells.
	roots := slices.Clone(runtimePackages)
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
	if library && c.Host.Script != "" {
		output, err := c.linkBy(ctx, c.Host.extld(), out, args)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || diskFull(err, output) {
			return linkError(what, output, err)
		}
	}
	if output, err := c.linkBy(ctx, []string{"-extld", c.CC}, out, args); err != nil {
		return linkError(what, output, err)
	}
	return nil
}

// linkByScript makes a library with the wrapper script or not at all.
func (c *toolchain) linkByScript(ctx context.Context, out, what string, args ...string) error {
	if output, err := c.linkBy(ctx, c.Host.extld(), out, args); err != nil {
		return linkError(what, output, err)
	}
	return nil
}

// linkBy runs the Go linker with the program that links for it.
func (c *toolchain) linkBy(ctx context.Context, extld []string, out string, args []string) (output string, err error) {
	all := append(slices.Clone(extld), "-o", out, "-installsuffix", "dynlink", "-s", "-w", "-linkmode=external")
	if runtime.GOOS == "linux" { // see hostlinker.go
		all = append(all, "-B", "none", "-compressdwarf=false")
	}
	// The linker's heap stays below 100 MB; collecting it less often links a
	// large cell 10 % faster.
	hasty := *c
	hasty.Env = append(slices.Clone(c.Env), "GOGC=400")
	_, output, err = hasty.runMerged(ctx, filepath.Dir(out), c.tool("link"), append(all, args...)...)
	return output, err
}

func linkError(what, output string, err error) error {
	return toolError(what, "a program that links", "", output, fmt.Errorf("the linker fails: %w", err))
}
