package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// listed is the part of the go command's package description that is used.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	Export     string
	BuildID    string
	Standard   bool
	Imports    []string
	ImportMap  map[string]string
	EmbedFiles []string
	Error      *struct{ Err string }
	DepsErrors []*struct{ Err string }

	// Only asked for packages of a notebook's module.
	GoFiles, CgoFiles, SFiles, EmbedPatterns []string
	Module                                   *struct{ Path, Dir, GoVersion string }
}

// buildFlags apply to every package that cells and worker link. Without data for
// debuggers, which nobody sees in a plugin, the build cache takes a third less
// space and a cell links 10 % faster. The tag leaves what draws out of package
// display: only the worker links it, once for all cells.
//
// -linkshared lets packages refer to each other by name, since what they refer to
// may be in the worker: see resident.go.
//
// Maps of packages must be filled by the package itself: by default the compiler
// puts that into a function of its own, which the linker drops from a plugin that
// does not use the map. A package is initialised once in a process, so a later
// plugin that does use it would find it empty.
var buildFlags = []string{"-buildmode=plugin", "-gcflags=all=-dwarf=false -linkshared -d=wrapglobalmapctl=1", "-tags=spikebook_cell"}

const listFields = "ImportPath,Name,Dir,Export,BuildID,Standard,Imports,ImportMap,EmbedFiles,Error,DepsErrors"

// basePackages lists what is compiled in advance: all a cell commonly imports.
// The last ones stand for their modules, whose other packages are compiled when
// first imported.
func (t *Tool) basePackages() []string {
	return append([]string{
		"std",
		"github.com/janpfeifer/gonb/gonbui",
		"github.com/sbinet/npyio",
		"gonum.org/v1/gonum/mat",
		"gonum.org/v1/gonum/stat",
		"gonum.org/v1/plot",
		"gonum.org/v1/plot/plotter",
		"gonum.org/v1/plot/plotutil",
		"gonum.org/v1/plot/vg/draw",
		"gonum.org/v1/plot/vg/vgimg",
		"gonum.org/v1/plot/palette/moreland",
	}, t.ownPackages()...)
}

// ownNames are our packages that cells import or that generated code needs.
var ownNames = []string{
	"kernel/worker/main", "kernel/live", "kernel/live/timeit", "kernel/interrupt",
	"snn", "snn/nef", "snn/eprop", "display", "display/widget", "display/cell", "npy", "datasets", "datasets/mnist", "cuda",
}

// ownPackages returns the import paths of those that exist.
func (t *Tool) ownPackages() []string {
	var paths []string
	for _, name := range ownNames {
		files, _ := filepath.Glob(filepath.Join(t.moduleDir, filepath.FromSlash(name), "*.go"))
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				paths = append(paths, modulePath+"/"+name)
				break
			}
		}
	}
	return paths
}

// list compiles packages and all they need in plugin form and describes them.
// Packages that fail are described with their error. each, if not nil, gets the
// path of every package whose compilation begins.
func (t *Tool) list(ctx context.Context, paths []string, each func(path string)) ([]listed, error) {
	args := append([]string{"list", "-e", "-v", "-export", "-deps", "-json=" + listFields}, buildFlags...)
	args = append(append(args, "--"), paths...)
	out, errs, err := t.runGo(ctx, args, each)
	if err != nil {
		return nil, toolError("compiled packages", "the go command to compile the packages that cells import",
			"see its message below; the first time it needs the network for modules that are not downloaded yet", errs, err)
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

// runGo runs the go command in the workspace. The workspace's go.mod lacks
// nothing when our module's is complete; if the go command objects nevertheless,
// it may complete the workspace's copy.
func (t *Tool) runGo(ctx context.Context, args []string, each func(string)) (out []byte, errs string, err error) {
	out, errs, err = t.chain.run(ctx, t.workspace, t.chain.Go, args, each)
	if err != nil && (strings.Contains(errs, "updates to go.mod") || strings.Contains(errs, "missing go.sum entry")) {
		t.log("completing the workspace's go.mod: %s", firstLine(errs))
		out, errs, err = t.chain.run(ctx, t.workspace, t.chain.Go, append([]string{args[0], "-mod=mod"}, args[1:]...), each)
	}
	return out, errs, err
}

// add enters described packages into a table. Sources that may change are
// stamped: those outside GOROOT and the module cache.
func (t *Tool) add(tab *table, all []listed) {
	for _, l := range all {
		fixed := l.Standard || within(l.Dir, t.chain.Mods)
		if l.Dir != "" && !fixed {
			tab.Sources[l.Dir] = sourceStamp(l.Dir)
			for _, f := range l.EmbedFiles {
				name := filepath.Join(l.Dir, f)
				tab.Embeds[name] = fileStamp(name)
			}
		}
		if l.Export == "" {
			if why := l.why(); why != "" {
				tab.Broken[l.ImportPath] = why
			}
			continue
		}
		delete(tab.Broken, l.ImportPath)
		p := &pkg{Name: l.Name, Export: l.Export, BuildID: l.BuildID, Std: l.Standard}
		if info, err := os.Stat(l.Export); err == nil {
			p.Size = info.Size()
		}
		for _, path := range l.Imports {
			if mapped := l.ImportMap[path]; mapped != "" {
				path = mapped
			}
			switch path {
			case "unsafe":
			case "C": // what the code that cgo writes imports
				p.Imports = append(p.Imports, "runtime/cgo", "syscall")
			default:
				p.Imports = append(p.Imports, path)
			}
		}
		tab.Packages[l.ImportPath] = p
	}
}

// why returns what kept a package from being compiled.
func (l *listed) why() string {
	var msgs []string
	if l.Error != nil {
		msgs = append(msgs, strings.TrimSpace(l.Error.Err))
	}
	for _, e := range l.DepsErrors {
		if e != nil {
			msgs = append(msgs, strings.TrimSpace(e.Err))
		}
	}
	return strings.Join(msgs, "\n")
}

// within reports whether dir is parent or lies below it.
func within(dir, parent string) bool {
	rel, err := filepath.Rel(parent, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// ensure fills the table with the base packages unless it has them already.
func (t *Tool) ensure(ctx context.Context, progress func(done, total int, what string)) (*table, error) {
	if tab := t.known(); tab != nil {
		return tab, nil
	}
	release, err := t.lockTable(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if tab := t.known(); tab != nil {
		return tab, nil
	}
	unlock, err := t.lockCache(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if tab := t.readTable(); tab != nil { // another process was faster
		t.publish(tab)
		return tab, nil
	}
	if progress == nil {
		progress = func(int, int, string) {}
	}
	base := t.basePackages()
	progress(0, 0, "reading packages")
	// Stamps are taken before the go command reads the sources: what is written
	// in between makes the table stale instead of wrong.
	stamps := map[string]string{}
	out, errs, err := t.runGo(ctx, append([]string{"list", "-e", "-tags=spikebook_cell", "-deps", "-f", "{{.ImportPath}}\t{{if not .Standard}}{{.Dir}}{{end}}", "--"}, base...), nil)
	if err != nil {
		return nil, toolError("packages of "+modulePath, "a list of what cells import", "see the go command's message below; without network the modules must have been downloaded", errs, err)
	}
	total := 0
	for line := range strings.Lines(string(out)) {
		total++
		if _, dir, _ := strings.Cut(strings.TrimSpace(line), "\t"); dir != "" && !within(dir, t.chain.Mods) {
			stamps[dir] = sourceStamp(dir)
		}
	}
	done := 0
	all, err := t.list(ctx, base, func(line string) {
		if strings.HasPrefix(line, "go: ") || strings.HasPrefix(line, "#") || strings.ContainsAny(line, " \t:") {
			if strings.HasPrefix(line, "go: downloading") {
				progress(done, total+1, strings.TrimPrefix(line, "go: "))
			}
			return
		}
		if done < total {
			done++
		}
		progress(done, total+1, "compiling "+line)
	})
	if err != nil {
		return nil, err
	}
	tab := &table{Packages: map[string]*pkg{}, Broken: map[string]string{}, Sources: map[string]string{}, Embeds: map[string]string{}, Listed: time.Now()}
	t.add(tab, all)
	for dir := range tab.Sources {
		if s, ok := stamps[dir]; ok {
			tab.Sources[dir] = s
		}
	}
	if err := t.fatal(all); err != nil {
		return nil, err
	}
	for path, why := range tab.Broken {
		t.log("package %s cannot be used: %s", path, why)
	}
	t.writeTable(tab)
	t.publish(tab)
	progress(total, total+1, "packages are ready")
	return tab, nil
}

// fatal returns an error if the base packages failed in a way that would fail
// others too: a full disk, a standard library that does not compile, modules that
// are not there. One broken package of ours is no such reason.
func (t *Tool) fatal(all []listed) error {
	for i := range all {
		why := all[i].why()
		switch {
		case all[i].Export != "" || why == "":
		case diskFull(nil, why) || diskFull(probe(t.cacheDir), ""):
			// The go command takes files that it could not write for absent.
			return toolError("compiled packages", "", "", why, syscall.ENOSPC)
		case all[i].Standard && all[i].Name != "":
			return toolError("package "+all[i].ImportPath, "its compiled form, which cells need", installC, why, errors.New("it cannot be compiled"))
		case offline(why):
			return &Error{
				What:   "modules that cells import",
				Given:  "they are not all downloaded, and they cannot be now",
				Want:   "the modules named in " + filepath.Join(t.moduleDir, "go.mod"),
				Do:     "connect to the network (or set GOPROXY) and start again; it is needed only once",
				Output: firstLine(why),
			}
		}
	}
	return nil
}

// offline reports whether a message of the go command is about a module that
// could not be fetched.
func offline(why string) bool {
	for _, sign := range []string{"module lookup disabled", "dial tcp", "no such host", "network is unreachable", "i/o timeout", "TLS handshake", "proxyconnect", "connection refused"} {
		if strings.Contains(why, sign) {
			return true
		}
	}
	return false
}

// keepAlive marks the compiled packages as used when the table is older than a
// day: the go command removes from its cache what was not used for five days,
// and reading it directly, as we do, does not count.
func (t *Tool) keepAlive(tab *table) {
	if time.Since(tab.Listed) < 24*time.Hour {
		return
	}
	now := time.Now()
	for _, p := range tab.Packages {
		os.Chtimes(p.Export, now, now)
	}
}

// refresh lets the go command look at all base packages again when that was long
// ago, in the background, so that it keeps all it needs to find them unchanged.
func (t *Tool) refresh(tab *table) {
	if time.Since(tab.Listed) < 36*time.Hour {
		return
	}
	next := tab.clone()
	next.Listed = time.Now()
	t.writeTable(next) // first, so that other processes leave it to us
	go func() {
		if _, err := t.list(context.Background(), t.basePackages(), nil); err != nil {
			t.log("build cache not refreshed: %v", err)
		}
	}()
	removeOld(t.cacheDir, "state-*", 60*24*time.Hour)
	removeOld(t.cacheDir, "workspace-*", 60*24*time.Hour)
	now := time.Now()
	os.Chtimes(t.stateDir, now, now)
	os.Chtimes(t.workspace, now, now)
}

// exportFile returns the archive of a package.
func (t *Tool) exportFile(path string) (string, error) {
	tab := t.known()
	if tab == nil {
		return "", fmt.Errorf("package %s: nothing is compiled yet; call Resolve first", path)
	}
	if p := tab.Packages[path]; p != nil {
		return p.Export, nil
	}
	if why := tab.Broken[path]; why != "" {
		return "", fmt.Errorf("package %s cannot be compiled:\n%s", path, why)
	}
	return "", fmt.Errorf("package %s is not resolved; call Resolve first", path)
}
