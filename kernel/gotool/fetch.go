package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fetch compiles packages that are not known yet, after fetching modules that are
// missing. The caller holds m.mu.
func (m *Module) fetch(ctx context.Context, paths []string) (ImportErrors, error) {
	all, err := m.list(ctx, paths)
	if err != nil {
		return nil, err
	}
	var bad ImportErrors
	obtained := 0
	for _, path := range paths {
		if !absent(whyOf(all, path)) {
			continue
		}
		if e := m.obtain(ctx, path); e != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			bad = append(bad, e)
			continue
		}
		obtained++
	}
	if obtained > 0 {
		if all, err = m.list(ctx, paths); err != nil {
			return nil, err
		}
	}
	return append(bad, m.absorb(ctx, all, paths, bad)...), nil
}

// Obtain adds to go.mod what a program needs that imports a package: the toolkit's
// own modules in the versions that it has, modules near the notebook, and any other
// by fetching it.
func (m *Module) Obtain(ctx context.Context, path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, _, err := m.run(ctx, []string{"list", "-deps", "--", path}, nil); err == nil {
		return nil // what was added for another package brought it
	}
	if e := m.obtain(ctx, path); e != nil {
		return e
	}
	return ctx.Err()
}

// Complete adds to go.mod and go.sum what the program in the module's folder and
// its tests need of modules that are required already.
func (m *Module) Complete(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, errs, err := m.run(ctx, []string{"list", "-mod=mod", "-deps", "-test", "."}, m.tell)
	if err != nil {
		return fmt.Errorf("%s", lastLines(errs, 6))
	}
	return nil
}

func (m *Module) obtain(ctx context.Context, path string) *ImportError {
	if module, version := longest(m.tool.required(), path); module != "" && !m.mentions(path) {
		edits := []string{"mod", "edit", "-require=" + module + "@" + version}
		if module == modulePath {
			edits = append(edits, "-replace="+module+"="+m.tool.moduleDir)
		}
		_, errs, err := m.run(ctx, edits, nil)
		if err == nil {
			_, errs, err = m.run(ctx, []string{"list", "-mod=mod", "-deps", "--", path}, m.tell)
		}
		if err != nil {
			return &ImportError{path, "its module cannot be added to the notebook's go.mod", "the go command says:\n" + lastLines(errs, 6)}
		}
		return nil
	}
	if module, to := longest(m.required(), path); strings.HasPrefix(to, "=> .") || strings.HasPrefix(to, "=> /") {
		// Replaced by a folder, and perhaps not required: go get would ask for
		// other versions.
		_, errs, err := m.run(ctx, []string{"mod", "edit", "-require=" + module + "@" + ownVersion}, nil)
		if err == nil {
			_, errs, err = m.run(ctx, []string{"list", "-mod=mod", "-deps", "--", path}, m.tell)
		}
		if err != nil {
			return &ImportError{path, "its module, which go.mod replaces by a folder, cannot be used", "the go command says:\n" + lastLines(errs, 6)}
		}
		return nil
	}
	if dir := m.localModule(path); dir != "" {
		if err := m.useLocal(ctx, path); err != nil {
			return &ImportError{path, "its module, in " + dir + ", cannot be added to the notebook's go.mod", err.Error()}
		}
		return nil
	}
	if !m.AutoGet {
		return &ImportError{path, "no module of the notebook's go.mod has this package", "fetch it with %get " + path + ", or let imports do so with %autoget"}
	}
	if output, err := m.goGet(ctx, path); err != nil {
		return getError(path, output)
	}
	return nil
}

// absent tells whether the go command lacks a module or its checksum.
func absent(why string) bool {
	for _, sign := range []string{"no required module provides package", "cannot find module providing package", "missing go.sum entry", "is replaced but not required", "is not in std", "updates to go.mod needed", "is not in your go.mod file"} {
		if strings.Contains(why, sign) {
			return true
		}
	}
	return false
}

// whyOf is what kept a package from being compiled.
func whyOf(all []listed, path string) string {
	for i := range all {
		if all[i].ImportPath == path {
			return all[i].why()
		}
	}
	return "the go command does not mention it"
}

// getError explains a go get that failed.
func getError(path, output string) *ImportError {
	text := lastLines(output, 6)
	switch {
	case offline(output):
		return &ImportError{path, "its module cannot be fetched", "connect to the network, or set GOPROXY with %env; the go command says:\n" + text}
	case strings.Contains(output, "404 Not Found"), strings.Contains(output, "not found"), strings.Contains(output, "unrecognized import path"):
		return &ImportError{path, "no module of this path is found", "check the spelling; for a private module set GOPRIVATE with %env; the go command says:\n" + text}
	}
	return &ImportError{path, "its module cannot be fetched", "the go command says:\n" + text}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Get carries out go get with arguments such as "example.com/p@v1.2.0". What it
// fetches is told to Progress.
func (m *Module) Get(ctx context.Context, args ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range args {
		path, _, _ := strings.Cut(a, "@")
		if dir := m.localModule(path); dir != "" && !strings.Contains(a, "@") {
			if err := m.useLocal(ctx, path); err != nil {
				return err
			}
			continue
		}
		if output, err := m.goGet(ctx, a); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return getError(a, output)
		}
	}
	return nil
}

func (m *Module) goGet(ctx context.Context, args ...string) (output string, err error) {
	if m.Progress != nil {
		m.Progress("go get " + strings.Join(args, " "))
	}
	_, output, err = m.run(ctx, append([]string{"get"}, args...), m.tell)
	return output, err
}

// Env is the environment in which go commands of the user run in the module's
// folder: theirs, with what was set since.
func (m *Module) Env() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.env)
}

// run runs the go command in the module's folder.
func (m *Module) run(ctx context.Context, args []string, each func(string)) (out []byte, errs string, err error) {
	chain := *m.tool.chain
	env := []string{}
	for _, kv := range append(slices.Clone(chain.Env), m.env...) {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GOFLAGS", "GOWORK":
			continue
		case "GOCACHE", "GOTOOLCHAIN", "GOOS", "GOARCH", "GOROOT", "CGO_ENABLED", "GO111MODULE":
			if slices.Contains(m.env, kv) {
				continue // these decide what a worker can load
			}
		}
		env = append(env, kv)
	}
	flags := "-mod=readonly"
	if args[0] == "get" || args[0] == "mod" {
		flags = "-mod=mod"
	}
	if _, err := os.Stat(filepath.Join(m.dir, "go.work")); err == nil {
		flags = "-mod=readonly"
		if args[0] == "get" {
			env = append(env, "GOWORK=off")
			flags = "-mod=mod"
		}
	} else {
		env = append(env, "GOWORK=off")
	}
	chain.Env = append(env, "GOFLAGS="+flags)
	return chain.run(ctx, m.dir, chain.Go, args, each)
}

// list compiles packages as the notebook's go.mod says, and describes them.
func (m *Module) list(ctx context.Context, paths []string) ([]listed, error) {
	m.stamp = m.fileStamps()
	args := append([]string{"list", "-e", "-export", "-deps", "-json=" + listFields + ",GoFiles,CgoFiles,SFiles,EmbedPatterns,Module"}, buildFlags...)
	out, errs, err := m.run(ctx, append(append(args, "--"), paths...), func(line string) {
		if m.Progress != nil && strings.HasPrefix(line, "go: downloading") {
			m.Progress(strings.TrimPrefix(line, "go: "))
		}
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Error{
			What: "go.mod of the notebook, " + filepath.Join(m.dir, "go.mod"), Given: "the go command refuses it",
			Want: "one that describes which modules cells may import", Do: "mend it by !*go mod edit …, or begin a new one with %reset go.mod", Output: lastLines(errs, 8), Err: err,
		}
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, toolError("go list", "a list of packages", "", errs, err)
		}
		all = append(all, l)
	}
}

// goMod is the part of "go mod edit -json" that is used.
type goMod struct {
	Module  struct{ Path string }
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
}

func (m *Module) readMod(ctx context.Context) (mod goMod, err error) {
	out, errs, err := m.run(ctx, []string{"mod", "edit", "-json"}, nil)
	if err != nil {
		return mod, fmt.Errorf("%s", lastLines(errs, 4))
	}
	return mod, json.Unmarshal(out, &mod)
}

// absorb enters packages that the go command has described, in the order of their
// dependencies. roots are what cells ask for; failed ones are not complained
// about again.
func (m *Module) absorb(ctx context.Context, all []listed, roots []string, failed ImportErrors) ImportErrors {
	tab := m.tool.known()
	same := map[string]bool{} // the package is what the go command has compiled
	why := map[string]string{}
	for i := range all {
		l := &all[i]
		if l.Dir != "" && !l.Standard && !within(l.Dir, m.tool.chain.Mods) {
			if _, ours := tab.Sources[l.Dir]; !ours {
				m.stamps[l.Dir] = sourceStamp(l.Dir)
				for _, f := range l.EmbedFiles {
					m.embeds[filepath.Join(l.Dir, f)] = fileStamp(filepath.Join(l.Dir, f))
				}
			}
		}
		if l.Export == "" {
			if text := l.why(); text != "" {
				why[l.ImportPath] = text
			}
			continue
		}
		if l.Standard {
			same[l.ImportPath] = true
			continue
		}
		p := m.describe(l)
		depsSame := true
		for _, d := range p.Imports {
			depsSame = depsSame && (same[d] || tab.Packages[d] != nil && tab.Packages[d].Std)
		}
		old := m.lookup(l.ImportPath)
		switch {
		case old != nil && protected(l.ImportPath):
			same[l.ImportPath] = old.BuildID == l.BuildID
		case old != nil && old.BuildID == l.BuildID && depsSame:
			same[l.ImportPath] = true
		case depsSame && m.first(l.ImportPath) != nil && m.first(l.ImportPath).BuildID == l.BuildID:
			m.use(l.ImportPath, 1) // it was edited back
			same[l.ImportPath] = true
		case old == nil && depsSame:
			m.extra[l.ImportPath] = p
			same[l.ImportPath] = true
		default:
			if text := m.beside(ctx, l, p, old); text != "" {
				if old != nil && tab.Packages[l.ImportPath] != nil {
					m.tool.log("%s stays as the kernel has it: %s", l.ImportPath, text)
					continue // the version of the kernel serves
				}
				why[l.ImportPath] = text
			}
		}
	}
	var bad ImportErrors
	for _, path := range roots {
		if slices.ContainsFunc(failed, func(e *ImportError) bool { return e.Path == path }) {
			continue
		}
		delete(m.bad, path)
		delete(m.gone, path)
		p := m.lookup(path)
		switch {
		case why[path] != "" && p != nil && absent(why[path]):
			m.gone[path] = true // the next import fetches it again
			m.roots[path] = true
		case why[path] != "" && p == nil && absent(why[path]):
			bad = append(bad, &ImportError{path, "it needs a module that the notebook's go.mod lacks", "the go command says:\n" + why[path]})
		case why[path] != "":
			m.roots[path] = true // so that a change is noticed
			m.bad[path] = &ImportError{path, "it cannot be compiled", "the go command says:\n" + why[path]}
			bad = append(bad, m.bad[path])
		case p == nil:
			bad = append(bad, &ImportError{path, "the go command does not find it", "check the spelling"})
		case p.Name == "main":
			bad = append(bad, &ImportError{path, "this is a program, not a package", "import one of its packages"})
		default:
			m.roots[path] = true
		}
	}
	return bad
}

// first is the first version of a package, or nil.
func (m *Module) first(path string) *pkg {
	if p := m.extra[path]; p != nil {
		return p
	}
	return m.tool.known().Packages[path]
}

// describe makes an entry of what the go command tells.
func (m *Module) describe(l *listed) *pkg {
	p := &pkg{Name: l.Name, Export: l.Export, BuildID: l.BuildID, Dir: l.Dir, From: l.BuildID}
	if info, err := os.Stat(l.Export); err == nil {
		p.Size = info.Size()
	}
	for _, path := range l.Imports {
		if mapped := l.ImportMap[path]; mapped != "" {
			path = mapped
		}
		switch path {
		case "unsafe":
		case "C":
			p.Imports = append(p.Imports, "runtime/cgo", "syscall")
		default:
			p.Imports = append(p.Imports, path)
		}
	}
	return p
}

// protected tells packages of which a worker must have one only: they hold what
// belongs to the process.
func protected(path string) bool {
	for _, module := range []string{modulePath, "github.com/janpfeifer/gonb"} {
		if path == module || strings.HasPrefix(path, module+"/") {
			return true
		}
	}
	return false
}

// Refresh looks whether go.mod, or the sources of packages that cells import, have
// changed, and compiles those that have. It returns the paths of which there is a
// new version, sorted. It takes a few microseconds when nothing has.
func (m *Module) Refresh(ctx context.Context) (changed []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.roots) == 0 || !m.stale() {
		return nil, nil
	}
	before := maps.Clone(m.current)
	roots := slices.Sorted(maps.Keys(m.roots))
	for dir := range m.stamps {
		m.stamps[dir] = sourceStamp(dir) // before the go command reads them
	}
	stamps := maps.Clone(m.stamps)
	for name := range m.embeds {
		m.embeds[name] = fileStamp(name)
	}
	all, err := m.list(ctx, roots)
	if err != nil {
		if ctx.Err() == nil {
			return nil, err
		}
		m.stamp = ""
		return nil, ctx.Err()
	}
	m.absorb(ctx, all, roots, nil)
	for dir, stamp := range stamps {
		m.stamps[dir] = stamp
	}
	for path, now := range m.current {
		if before[path] != now {
			changed = append(changed, path)
		}
	}
	slices.Sort(changed)
	return changed, nil
}

func (m *Module) stale() bool {
	if m.fileStamps() != m.stamp {
		return true
	}
	for dir, stamp := range m.stamps {
		if sourceStamp(dir) != stamp {
			return true
		}
	}
	for name, stamp := range m.embeds {
		if fileStamp(name) != stamp {
			return true
		}
	}
	return false
}

// localModules maps the paths of modules near the notebook to their folders: the
// one it lies in, and those that a go.work above it uses.
func (m *Module) localModules() map[string]string {
	found := map[string]string{}
	add := func(dir string) {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			return
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
				path := strings.Trim(f[1], "\"`")
				if _, have := found[path]; !have && path != modulePath {
					found[path] = dir
				}
				return
			}
		}
	}
	work, mod := false, false
	for dir := m.workDir; dir != ""; dir = filepath.Dir(dir) {
		if data, err := os.ReadFile(filepath.Join(dir, "go.work")); err == nil && !work {
			work = true
			for _, use := range usesOf(string(data)) {
				if !filepath.IsAbs(use) {
					use = filepath.Join(dir, use)
				}
				add(use)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && !mod {
			mod = true
			add(dir)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return found
}

// usesOf reads the folders that a go.work uses.
func usesOf(work string) (dirs []string) {
	in := false
	for line := range strings.Lines(work) {
		line, _, _ = strings.Cut(line, "//")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "use" && len(f) > 1 && f[1] == "(":
			in = true
		case f[0] == ")":
			in = false
		case f[0] == "use" && len(f) > 1:
			dirs = append(dirs, unquoted(strings.TrimSpace(strings.TrimSpace(line)[len("use"):])))
		case in:
			dirs = append(dirs, unquoted(strings.TrimSpace(line)))
		}
	}
	return dirs
}

func unquoted(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// local tells whether a module near the notebook has a path.
func (m *Module) local(path string) bool { return m.localModule(path) != "" }

// localModule is the folder of the module near the notebook that has a path.
func (m *Module) localModule(path string) string {
	best, dir := "", ""
	for module, at := range m.localModules() {
		if (path == module || strings.HasPrefix(path, module+"/")) && len(module) > len(best) {
			best, dir = module, at
		}
	}
	return dir
}

// useLocal adds the local module that has a path to go.mod, with the replacements
// that its own go.mod makes.
func (m *Module) useLocal(ctx context.Context, path string) error {
	dir := m.localModule(path)
	edits := []string{"mod", "edit"}
	chain := m.tool.chain
	for module, at := range m.localModules() {
		out, errs, err := chain.run(ctx, at, chain.Go, []string{"mod", "edit", "-json"}, nil)
		if err != nil {
			if at == dir {
				return fmt.Errorf("%s: %s", filepath.Join(at, "go.mod"), lastLines(errs, 4))
			}
			continue
		}
		var mod goMod
		if err := json.Unmarshal(out, &mod); err != nil {
			return err
		}
		edits = append(edits, "-replace="+module+"="+at)
		if at == dir {
			edits = append(edits, "-require="+module+"@v0.0.0-00010101000000-000000000000")
		}
		for _, r := range mod.Replace {
			from, to := r.Old.Path, r.New.Path
			if r.Old.Version != "" {
				from += "@" + r.Old.Version
			}
			if strings.HasPrefix(to, ".") {
				to = filepath.Join(at, to)
			} else if r.New.Version != "" {
				to += "@" + r.New.Version
			}
			if r.Old.Path != modulePath {
				edits = append(edits, "-replace="+from+"="+to)
			}
		}
	}
	if _, errs, err := m.run(ctx, edits, nil); err != nil {
		return fmt.Errorf("%s", lastLines(errs, 4))
	}
	if m.Progress != nil {
		m.Progress("using the local module in " + dir)
	}
	// Not go get, which would ask for newer versions. What the module's own go.mod
	// requires gets its checksums, and is fetched.
	if _, errs, err := m.run(ctx, []string{"list", "-mod=mod", "-deps", "--", path}, m.tell); err != nil {
		return fmt.Errorf("%s", lastLines(errs, 6))
	}
	return nil
}

// tell passes on what the go command says that it does.
func (m *Module) tell(line string) {
	if m.Progress != nil && strings.HasPrefix(line, "go: ") {
		m.Progress(strings.TrimPrefix(line, "go: "))
	}
}

// WorkFix turns the folders that the module's go.work uses into replacements in
// its go.mod, and tells each module that it added.
func (m *Module) WorkFix(ctx context.Context) (added [][2]string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, err := os.ReadFile(filepath.Join(m.dir, "go.work"))
	if err != nil {
		return nil, fmt.Errorf("there is no go.work in %s; make one with !*go work init", m.dir)
	}
	for _, use := range usesOf(string(data)) {
		dir := use
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(m.dir, dir)
		}
		if dir == m.dir {
			continue
		}
		out, errs, err := m.tool.chain.run(ctx, dir, m.tool.chain.Go, []string{"mod", "edit", "-json"}, nil)
		if err != nil {
			return added, fmt.Errorf("%s: %s", dir, lastLines(errs, 2))
		}
		var mod goMod
		if err := json.Unmarshal(out, &mod); err != nil {
			return added, err
		}
		if _, errs, err := m.run(ctx, []string{"mod", "edit", "-replace=" + mod.Module.Path + "=" + dir}, nil); err != nil {
			return added, fmt.Errorf("%s", lastLines(errs, 2))
		}
		added = append(added, [2]string{mod.Module.Path, dir})
	}
	return added, nil
}

// LocalDirs are the folders that the module's go.mod and go.work use in place of
// modules, sorted.
func (m *Module) LocalDirs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var dirs []string
	add := func(dir string) {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(m.dir, dir)
		}
		if dir != m.dir && dir != m.tool.moduleDir && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, to := range m.required() {
		if name, ok := strings.CutPrefix(to, "=> "); ok && (strings.HasPrefix(unquoted(name), ".") || filepath.IsAbs(unquoted(name))) {
			add(unquoted(name))
		}
	}
	if data, err := os.ReadFile(filepath.Join(m.dir, "go.work")); err == nil {
		for _, dir := range usesOf(string(data)) {
			add(dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}
