package gotool

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Module is the Go module of one notebook: a folder with go.mod and go.sum of
// its own, which begins with what the toolkit requires. Cells import what it
// provides. Its packages are compiled when a cell first imports them, missing
// modules are fetched, and a package whose sources have changed is compiled anew
// beside the old one.
//
// # Side by side
//
// A worker cannot exchange a package that it has loaded. So a second version of
// example.com/p is compiled under the path example.com/p~2, and cells built from
// then on get that one; values and functions of the first live on. The paths that
// cells are compiled with are those of the versions, so a cell that imports p is
// built again when p has changed. The standard library, gonbui and the toolkit
// itself are never doubled.
//
// A Module has the methods of a [Tool] that a compiler of cells needs.
type Module struct {
	// AutoGet fetches modules that an import needs and that are missing.
	AutoGet bool
	// Progress is told in lines what is fetched; nil means nobody.
	Progress func(line string)

	tool    *Tool
	dir     string // of go.mod
	workDir string // the notebook's folder

	mu       sync.Mutex
	env      []string          // set by the user, over the tool's
	extra    map[string]*pkg   // packages that the tool's table lacks, by path
	current  map[string]string // import path → path of its version now, where they differ
	versions map[string]int    // import path → number of the last version
	roots    map[string]bool   // import paths that cells asked for and the tool's table lacks
	bad      map[string]*ImportError
	gone     map[string]bool   // roots that go.mod does not provide any more
	stamps   map[string]string // folder → stamp of changeable sources
	embeds   map[string]string
	stamp    string // of go.mod, go.sum and go.work when they were last looked at
	importer *exportImporter

	modStamp    string            // of go.mod when modRequired was read
	modRequired map[string]string // see required
}

// NewModule makes a module for the notebook in workDir. Its folder, gonb_ and
// eight hexadecimal digits, is made below the one for temporary files, and is the
// caller's to remove.
func (t *Tool) NewModule(workDir string) (*Module, error) {
	var digits [4]byte
	rand.Read(digits[:])
	m := &Module{
		AutoGet: true,
		tool:    t, workDir: workDir,
		dir:   filepath.Join(os.TempDir(), "gonb_"+hex.EncodeToString(digits[:])),
		extra: map[string]*pkg{}, current: map[string]string{}, versions: map[string]int{}, roots: map[string]bool{},
		bad: map[string]*ImportError{}, gone: map[string]bool{}, stamps: map[string]string{}, embeds: map[string]string{},
	}
	m.importer = &exportImporter{tool: t, file: m.exportFile}
	if err := os.Mkdir(m.dir, 0o755); err != nil {
		return nil, &Error{What: "folder of the notebook's go.mod", Given: err.Error(), Want: "a folder for temporary files that can be written", Do: "set TMPDIR to another folder", Err: err}
	}
	return m, m.Reset()
}

// Dir is the folder with go.mod, go.sum and, after each cell, main.go.
func (m *Module) Dir() string { return m.dir }

// Name is the module's path: that of its folder.
func (m *Module) Name() string { return filepath.Base(m.dir) }

// Reset begins a new go.mod, which requires nothing. The checksums of what the
// toolkit requires are put beside it, so that no network is needed for that.
func (m *Module) Reset() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum, err := os.ReadFile(filepath.Join(m.tool.workspace, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	os.Remove(filepath.Join(m.dir, "go.work"))
	os.Remove(filepath.Join(m.dir, "go.work.sum"))
	return m.write(fmt.Sprintf("module %s\n\ngo %s\n", m.Name(), strings.TrimPrefix(m.tool.chain.Version, "go")), string(sum))
}

// Files returns go.mod and go.sum as they are to be pinned: without what differs
// from machine to machine, our own module's place.
func (m *Module) Files() (mod, sum string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	modFile, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return "", "", err
	}
	sumFile, err := os.ReadFile(filepath.Join(m.dir, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(modFile)) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 2 && f[0] == "module":
			line = "module notebook\n"
		case len(f) >= 2 && slices.Contains(f[:2], modulePath): // require and replace of our own
			continue
		}
		b.WriteString(line)
	}
	return strings.TrimRight(b.String(), "\n") + "\n", string(sumFile), nil
}

// Restore replaces go.mod and go.sum by pinned ones.
func (m *Module) Restore(mod, sum string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	seen := false
	for line := range strings.Lines(mod) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			line, seen = "module "+m.Name()+"\n", true
		}
		b.WriteString(line)
	}
	if !seen {
		return &Error{What: "the notebook's pinned go.mod", Given: "it has no line that begins with module", Want: "a go.mod as %pin writes it", Do: "remove it from the notebook's metadata, or pin again"}
	}
	return m.write(b.String(), sum)
}

func (m *Module) write(mod, sum string) error {
	for name, text := range map[string]string{"go.mod": mod, "go.sum": sum} {
		if err := writeFile(filepath.Join(m.dir, name), []byte(text), 0o644); err != nil {
			return scratchError(m.dir, err)
		}
	}
	return nil
}

// SetEnv sets variables of the environment of the go command and the compiler:
// NAME=VALUE, or NAME alone to remove one. Those that decide which toolchain
// compiles are left as they are.
func (m *Module) SetEnv(list ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, kv := range list {
		name, _, _ := strings.Cut(kv, "=")
		m.env = slices.DeleteFunc(slices.Clone(m.env), func(old string) bool { return strings.HasPrefix(old, name+"=") })
		if strings.Contains(kv, "=") {
			m.env = append(m.env, kv)
		}
	}
}

// SetWorkDir tells where the notebook is, for local modules.
func (m *Module) SetWorkDir(dir string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.workDir = dir
}

// fileStamps changes when go.mod, go.sum or go.work changes.
func (m *Module) fileStamps() string {
	return fileStamp(filepath.Join(m.dir, "go.mod")) + "\n" + fileStamp(filepath.Join(m.dir, "go.work"))
}

// lookup returns what a path stands for now, or nil.
func (m *Module) lookup(path string) *pkg {
	if to := m.current[path]; to != "" {
		path = to
	}
	if p := m.extra[path]; p != nil {
		return p
	}
	if tab := m.tool.known(); tab != nil {
		return tab.Packages[path]
	}
	return nil
}

// table is everything that cells of this notebook can be linked from.
func (m *Module) table(ctx context.Context) (*table, error) {
	tab, err := m.tool.ensure(ctx, nil)
	if err != nil || len(m.extra) == 0 {
		return tab, err
	}
	all := tab.clone()
	maps.Copy(all.Packages, m.extra)
	return all, nil
}

// Resolve makes sure that packages and all they need are compiled and known to
// [Module.Importer]. Paths that cells cannot import are reported together, as
// ImportErrors.
func (m *Module) Resolve(ctx context.Context, paths []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tab, err := m.tool.ensure(ctx, nil)
	if err != nil {
		return err
	}
	var bad ImportErrors
	var unknown, ours []string
	for _, path := range paths {
		switch {
		case path == "unsafe":
		case m.bad[path] != nil:
			bad = append(bad, m.bad[path])
		case m.lookup(path) != nil && !m.gone[path] && !m.overridden(tab, path):
		default:
			if e := m.tool.refuse(tab, path); e != nil {
				bad = append(bad, e)
			} else if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") && !m.local(path) && !m.mentions(path) || m.provided(path) {
				ours = append(ours, path)
			} else {
				unknown = append(unknown, path)
			}
		}
	}
	if len(ours) > 0 {
		if err := m.tool.Resolve(ctx, ours); err != nil {
			var more ImportErrors
			if !errors.As(err, &more) {
				return err
			}
			// A package of a module that is there may need modules that are not.
			for _, e := range more {
				first, _, _ := strings.Cut(e.Path, "/")
				if strings.Contains(first, ".") && !strings.HasPrefix(e.Path, modulePath) && !strings.HasPrefix(e.Reason, "module ") {
					unknown = append(unknown, e.Path)
				} else {
					bad = append(bad, e)
				}
			}
		}
	}
	if len(unknown) > 0 {
		more, err := m.fetch(ctx, unknown)
		if err != nil {
			return err
		}
		bad = append(bad, more...)
	}
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// provided tells whether the toolkit's own go.mod provides a path and the
// notebook's does not name another version: then the tool's table, which all
// notebooks share and which is kept, answers.
func (m *Module) provided(path string) bool {
	module, version := longest(m.tool.required(), path)
	if module == "" {
		return false
	}
	own, at := longest(m.required(), path)
	return own == "" || module == modulePath || own == module && at == version
}

// mentions tells whether the notebook's go.mod names a module of this path.
func (m *Module) mentions(path string) bool {
	own, _ := longest(m.required(), path)
	return own != ""
}

// overridden tells whether the tool's table has a package, but the notebook's
// go.mod names another version of its module.
func (m *Module) overridden(tab *table, path string) bool {
	p := tab.Packages[path]
	if p == nil || p.Std || m.extra[path] != nil || m.current[path] != "" || m.roots[path] || protected(path) {
		return false
	}
	return m.mentions(path) && !m.provided(path)
}

// longest is the module among those given that has a path, with its version.
func longest(modules map[string]string, path string) (module, version string) {
	for name, at := range modules {
		if (path == name || strings.HasPrefix(path, name+"/")) && len(name) > len(module) {
			module, version = name, at
		}
	}
	return module, version
}

// required are the modules that the toolkit's go.mod requires, with their
// versions, and itself.
func (t *Tool) required() map[string]string {
	data, err := os.ReadFile(filepath.Join(t.moduleDir, "go.mod"))
	if err != nil {
		return map[string]string{modulePath: ""}
	}
	all := requirements(string(data))
	all[modulePath] = ownVersion
	return all
}

// ownVersion stands for the toolkit in go.mod files, which replace it by a folder.
const ownVersion = "v0.0.0-00010101000000-000000000000"

// required are those of the notebook's go.mod; a replaced module has its
// replacement as version.
func (m *Module) required() map[string]string {
	name := filepath.Join(m.dir, "go.mod")
	if stamp := fileStamp(name); m.modStamp != stamp {
		data, _ := os.ReadFile(name)
		m.modRequired, m.modStamp = requirements(string(data)), stamp
	}
	return m.modRequired
}

// requirements reads the require and replace lines of a go.mod. A replacement
// stands for the version.
func requirements(mod string) map[string]string {
	all := map[string]string{}
	block := ""
	for line := range strings.Lines(mod) {
		line, _, _ := strings.Cut(line, "//")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
			continue
		case f[0] == ")":
			block = ""
			continue
		case len(f) > 1 && f[1] == "(":
			block = f[0]
			continue
		case block == "" && len(f) > 1:
			f = append([]string{}, f...)
		case block != "":
			f = append([]string{block}, f...)
		}
		switch {
		case f[0] == "require" && len(f) > 2:
			if name := unquoted(f[1]); all[name] == "" {
				all[name] = f[2]
			}
		case f[0] == "replace" && slices.Contains(f, "=>"):
			all[unquoted(f[1])] = strings.Join(f[slices.Index(f, "=>"):], " ")
		}
	}
	return all
}

// Importer reads packages from compiled export data; see [Tool.Importer]. A path
// means the version that cells get now.
func (m *Module) Importer() types.Importer { return moduleImporter{m} }

type moduleImporter struct{ m *Module }

func (i moduleImporter) Import(path string) (*types.Package, error) {
	i.m.mu.Lock()
	if to := i.m.current[path]; to != "" {
		path = to
	}
	i.m.mu.Unlock()
	return i.m.importer.Import(path)
}

func (m *Module) exportFile(path string) (string, error) {
	m.mu.Lock()
	p := m.extra[path]
	m.mu.Unlock()
	if p != nil {
		return p.Export, nil
	}
	return m.tool.exportFile(path)
}

// PackageName returns the name a resolved package declares, or "".
func (m *Module) PackageName(path string) string {
	if path == "unsafe" {
		return "unsafe"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.lookup(path); p != nil && m.bad[path] == nil {
		return p.Name
	}
	return ""
}

// Logical is the path by which people import the package of a version:
// example.com/p for example.com/p~2.
func (m *Module) Logical(path string) string {
	if base, number, ok := strings.Cut(path, "~"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.versions[base] > 0 {
			return base
		}
	}
	return path
}

// PathsNamed lists import paths that a package name without an import may mean,
// beside the standard library and the toolkit: packages that are known, modules of
// go.mod, and a few that everybody means by the name.
func (m *Module) PathsNamed(name string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var paths []string
	for path := range m.roots {
		if p := m.lookup(path); p != nil && p.Name == name {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	if mod, err := m.readMod(context.Background()); err == nil {
		for _, r := range mod.Require {
			if !r.Indirect && customName(r.Path) == name && !slices.Contains(paths, r.Path) {
				paths = append(paths, r.Path)
			}
		}
	}
	if path := wellKnown[name]; path != "" && !slices.Contains(paths, path) {
		paths = append(paths, path)
	}
	return paths
}

// wellKnown are packages outside of the standard library that notebooks use
// without an import line.
var wellKnown = map[string]string{
	"constraints": "golang.org/x/exp/constraints",
	"errgroup":    "golang.org/x/sync/errgroup",
	"require":     "github.com/stretchr/testify/require",
	"assert":      "github.com/stretchr/testify/assert",
	"uuid":        "github.com/google/uuid",
	"yaml":        "gopkg.in/yaml.v3",
}

// customName is the name that the package at the root of a module has by custom.
func customName(path string) string {
	parts := strings.Split(path, "/")
	base := parts[len(parts)-1]
	if len(parts) > 1 && len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = parts[len(parts)-2]
	}
	base, _, _ = strings.Cut(base, ".")
	base = strings.TrimPrefix(base, "go-")
	return strings.TrimSuffix(base, "-go")
}

// PackageDir returns the folder with the sources of a package.
func (m *Module) PackageDir(ctx context.Context, path string) (string, error) {
	path = m.Logical(path)
	m.mu.Lock()
	p := m.lookup(path)
	m.mu.Unlock()
	if p != nil && p.Dir != "" {
		return p.Dir, nil
	}
	return m.tool.PackageDir(ctx, path)
}

// Compile compiles a cell; see [Tool.Compile].
func (m *Module) Compile(ctx context.Context, u Unit) (*Archive, error) {
	m.mu.Lock()
	tab, err := m.table(ctx)
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return m.tool.compile(ctx, tab, u)
}

// Link makes a plugin of a compiled cell; see [Tool.Link].
func (m *Module) Link(ctx context.Context, a *Archive, out string) (*Plugin, error) {
	m.mu.Lock()
	tab, err := m.table(ctx)
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return m.tool.linkCell(ctx, tab, a, out)
}
