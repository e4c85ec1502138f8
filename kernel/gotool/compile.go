package gotool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Unit is the source of one cell.
type Unit struct {
	Path    string     // import path and plugin path: "cell/7"; no "@", no second use in one worker
	File    string     // generated Go file, package main; results are written beside it
	Imports []string   // import paths in the file, other than cells; must be resolved
	Cells   []*Archive // cells that the file imports
}

// Archive is a compiled cell.
type Archive struct {
	Path    string
	File    string // compiled package, for linking this cell
	library string // the same for cells that import it; see hidePluginTable
	hash    string // of the content
	imports []string
	cells   []*Archive
}

// Compile compiles a cell. When the compiler rejects it, Error.Output holds its
// messages, one "file:line:column: text" a line; file names are those of the
// //line directives, unchanged.
//
// Measured on two cores: 15 ms, also with gonum/plot imported.
func (t *Tool) Compile(ctx context.Context, u Unit) (*Archive, error) {
	tab, err := t.ensure(ctx, nil)
	if err != nil {
		return nil, err
	}
	return t.compile(ctx, tab, u)
}

// compile compiles a cell against the packages of a table.
func (t *Tool) compile(ctx context.Context, tab *table, u Unit) (*Archive, error) {
	file, err := filepath.Abs(u.File)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Path, err)
	}
	dir := filepath.Dir(file)
	stem := strings.TrimSuffix(file, ".go")
	a := &Archive{
		Path: u.Path, File: stem + ".a", library: stem + ".lib.a",
		imports: u.Imports, cells: u.Cells,
	}
	var cfg bytes.Buffer
	cfg.WriteString("# imports of " + u.Path + "\n")
	for _, path := range withRuntime(u.Imports) {
		if path == "unsafe" {
			continue
		}
		p := tab.Packages[path]
		if p == nil {
			return nil, fmt.Errorf("%s: package %q is not resolved; call Resolve before Compile", u.Path, path)
		}
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", path, p.Export)
	}
	for _, c := range u.Cells {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", c.Path, c.library)
	}
	cfgFile, runtimeFile := stem+".importcfg", stem+".runtime.go"
	for name, data := range map[string][]byte{cfgFile: cfg.Bytes(), runtimeFile: []byte(runtimeText)} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return nil, scratchError(dir, err)
		}
	}
	// -trimpath removes the folder that the compiler would put before the
	// relative names in //line directives. -dwarf=false saves time: the linker
	// would drop that data anyway.
	_, out, err := t.chain.runMerged(ctx, dir, t.chain.tool("compile"),
		"-p", u.Path, "-o", a.File, "-trimpath", dir+"=>", "-lang=go"+minGo, "-complete", "-dynlink",
		"-dwarf=false", "-linkshared", "-nolocalimports", "-pack", "-importcfg", cfgFile, file, runtimeFile)
	if err != nil {
		return nil, toolError(u.Path, "a cell that compiles", "", out, fmt.Errorf("the compiler rejects it: %w", err))
	}
	data, err := os.ReadFile(a.File)
	if err != nil {
		return nil, scratchError(dir, err)
	}
	sum := sha256.Sum256(data)
	a.hash = hex.EncodeToString(sum[:12])
	if err := os.WriteFile(a.library, hidePluginTable(data, a.hash), 0o644); err != nil {
		return nil, scratchError(dir, err)
	}
	return a, nil
}

// runtimePackages are what the linker adds to every plugin. Cells import them, so
// that the compiled package holds their fingerprints: the linker does not know
// these when it does not read the packages (see resident.go), and the runtime
// compares them when it opens the plugin.
var runtimePackages = []string{"runtime", "runtime/cgo"}

const runtimeText = "package main\n\nimport (\n\t_ \"runtime\"\n\t_ \"runtime/cgo\"\n)\n"

// withRuntime adds the packages of runtimeText to imports, each once.
func withRuntime(imports []string) []string {
	all := slices.Clone(imports)
	for _, path := range runtimePackages {
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// hidePluginTable returns an archive whose table of plugin exports has a name of
// its own.
//
// The compiler writes such a table into every package named main. A plugin that
// imports another cell would contain two of them, the linker would take that of
// the imported cell, and plugin.Open would look for symbols that are not there
// ("could not find symbol SpikebookLoad"). Under another name nothing refers to
// the imported table and the linker drops it. The names have the same length, so
// that no offset in the object file moves; they occur once, in its list of symbol
// names. mark, in hexadecimal digits, makes them differ from those of other cells.
func hidePluginTable(archive []byte, mark string) []byte {
	out := bytes.Clone(archive)
	// The object follows the export data and starts with this mark.
	start := max(bytes.Index(out, []byte("\x00go1")), 0)
	for _, name := range []string{"go:plugin.tabs", "go:plugin.exports"} {
		if i := bytes.Index(out[start:], []byte(name)); i >= 0 {
			// Each table has another letter, as the mark is the same.
			copy(out[start+i+len("go:"):start+i+len(name)], name[len("go:plugin."):][:1]+mark)
		}
	}
	return out
}

// scratchError explains a failure to write beside the generated file.
func scratchError(dir string, err error) error {
	e := &Error{What: "folder " + dir, Given: err.Error(), Want: "a folder that can be written, for compiled cells", Do: "change its permissions, or set TMPDIR to another folder", Err: err}
	if diskFull(err, "") {
		e.Given = "the disk is full"
		e.Do = "free some space, or set TMPDIR to a folder on another disk"
	}
	return e
}

// runMerged runs a tool that writes its messages to either stream and returns
// them in order.
func (c *toolchain) runMerged(ctx context.Context, dir, name string, args ...string) (stdout []byte, output string, err error) {
	out, errs, err := c.run(ctx, dir, name, args, nil)
	return out, string(out) + errs, err
}
