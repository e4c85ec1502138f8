package gotool

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Cells use what the worker holds already. A plugin as the go command makes it
// carries its own copy of the machine code of all it can reach, so the time to link
// and to load a cell, and the memory it takes, grow with the packages it imports,
// however little of them it calls. Ours refer to the packages in the worker instead,
// by the Go linker's mode for shared libraries (-linkshared). In the place of a
// library it reads a stand-in of some hundred bytes, made for each cell, that has the
// symbols the cell refers to and no code. The dynamic loader finds them in the worker.
//
// For that the worker is linked whole where cells reach: see residentStd and
// residentSource. What it lacks, or holds in another version, goes into the plugin.
// Where anything about this does not work, the cell is linked in the ordinary way.
//
// Measured on two cores, mold, for a cell that imports snn and display and makes a
// network and a panel: "go tool link" 0.25 s → 0.03 s, a file of 10 MB → 21 KB.
//
// The Go linker is not made for plugins and shared libraries at once. Three places
// are mended here: runtimePackages, startText and settle.

// residentStd are packages that the worker holds whole, with all that they import.
var residentStd = []string{
	"archive/zip", "bufio", "bytes", "cmp", "compress/gzip", "container/heap", "container/list", "container/ring", "context", "embed",
	"encoding/base64", "encoding/binary", "encoding/csv", "encoding/gob", "encoding/hex", "encoding/json", "encoding/xml", "errors", "flag", "fmt",
	"hash/crc32", "hash/fnv", "hash/maphash", "html/template", "image", "image/color", "image/draw", "image/gif", "image/jpeg", "image/png",
	"io", "io/fs", "io/ioutil", "iter", "log", "log/slog", "maps", "math", "math/big", "math/bits", "math/cmplx", "math/rand", "math/rand/v2",
	"net/http", "net/url", "os", "os/exec", "os/signal", "os/user", "path", "path/filepath", "reflect", "regexp", "runtime", "runtime/debug", "runtime/metrics",
	"runtime/trace", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "text/tabwriter", "text/template", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

// residentModules are packages of other modules that it holds too.
var residentModules = []string{
	"github.com/janpfeifer/gonb/gonbui", "gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/stat",
	"gonum.org/v1/plot", "gonum.org/v1/plot/plotter", "gonum.org/v1/plot/plotutil", "gonum.org/v1/plot/vg/draw", "gonum.org/v1/plot/vg/vgimg",
}

// standInName is the name under which the worker's packages are a library.
const standInName = "libspikebook-worker.so"

// standInHash is compared when a plugin is loaded; what matters is compared before
// (see [Plugin].Packages).
const standInHash = "spikebook"

// residentVersion changes when residentSource does.
const residentVersion = "1"

// canShare reports whether cells can be linked against the worker here: where the
// layout of files and calls is the one that this file knows.
func canShare() bool { return runtime.GOOS == "linux" && runtime.GOARCH == "amd64" }

// residentPackages returns the packages that an executable around main holds
// whole, in ascending order.
func (t *Tool) residentPackages(tab *table, main string) []string {
	if !canShare() || main != workerMain {
		return nil
	}
	var roots []string
	for _, path := range append(append(slices.Clone(residentStd), residentModules...), t.ownPackages()...) {
		if tab.Packages[path] != nil {
			roots = append(roots, path)
		}
	}
	paths, _ := tab.closure(roots...)
	return slices.DeleteFunc(paths, func(path string) bool { return tab.Packages[path].Name == "main" })
}

// residentSource is Go code that mentions all functions of some packages, and all
// their exported types and variables, so that the linker keeps them.
func (t *Tool) residentSource(tab *table, paths []string) ([]byte, error) {
	var imports, decls, functions, values bytes.Buffer
	n := 0
	for i, path := range paths {
		p, err := t.importer.Import(path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&imports, "import p%d %q\n", i, path)
		fmt.Fprintf(&values, "\t// %s\n", path)
		mentioned := false
		for _, name := range p.Scope().Names() {
			switch o := p.Scope().Lookup(name).(type) {
			case *types.Var:
				if o.Exported() {
					fmt.Fprintf(&values, "\t&p%d.%s,\n", i, name)
					mentioned = true
				}
			case *types.TypeName:
				if o.Exported() && canName(o) {
					fmt.Fprintf(&values, "\t(*p%d.%s)(nil),\n", i, name)
					mentioned = true
				}
			}
		}
		if !mentioned {
			imports.Truncate(bytes.LastIndexByte(imports.Bytes()[:imports.Len()-1], '\n') + 1)
			fmt.Fprintf(&imports, "import _ %q\n", path)
		}
		archive, err := os.ReadFile(tab.Packages[path].Export)
		if err != nil {
			return nil, err
		}
		defined, _, _, err := objectSymbols(archive)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", path, err)
		}
		for _, s := range defined {
			if s.text && !s.asm && strings.HasPrefix(s.name, path+".") && !strings.ContainsAny(s.name, "[ \t\"") {
				fmt.Fprintf(&decls, "//go:linkname f%d %s\nfunc f%d()\n", n, s.name, n)
				fmt.Fprintf(&functions, "\tf%d,\n", n)
				n++
			}
		}
	}
	return fmt.Appendf(nil, "\n%s\n//go:linkname hash go:link.abihash.%s\nvar hash = %q\n\n%s\nvar functions = [...]func(){\n%s}\n\nvar values = [...]any{\n\t&hash,\n%s}\n\n//go:noinline\nfunc keep([]func(), []any) {}\n",
		imports.Bytes(), standInName, standInHash, decls.Bytes(), functions.Bytes(), values.Bytes()), nil
}

// canName reports whether a pointer to a type can be written outside of a
// declaration: not for generic types and constraints.
func canName(o *types.TypeName) bool {
	switch t := o.Type().(type) {
	case *types.Named:
		if t.TypeParams().Len() > 0 {
			return false
		}
	case *types.Alias:
		if t.TypeParams().Len() > 0 {
			return false
		}
	}
	i, ok := o.Type().Underlying().(*types.Interface)
	return !ok || i.IsMethodSet()
}

// resident is the worker as cells see it.
type resident struct {
	packages map[string]string // import path → build id
	whole    map[string]bool   // import paths of those that it holds whole
	exports  *exports
	start    []byte // object file of startText
}

// startText is how a plugin makes itself known to the runtime. The Go linker
// writes a call of runtime.addmoduledata, which it takes to be in the plugin. So
// there is one, which goes on to that in the worker; its name is put right
// afterwards, see settle. 516 is NOSPLIT and NOFRAME.
const startText = `TEXT runtime·addmoduledata(SB), 516, $0-0
	JMP runtime·addmoduledata·worker(SB)
`

const (
	startTarget = "runtime.addmoduledata.worker"
	startName   = "runtime.addmoduledata.abi0"
)

// assembleStart returns the object file of startText.
func (t *Tool) assembleStart(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp(t.stateDir, "start-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source, object := filepath.Join(dir, "start.s"), filepath.Join(dir, "start.o")
	if err := os.WriteFile(source, []byte(startText), 0o644); err != nil {
		return nil, err
	}
	if _, output, err := t.chain.runMerged(ctx, dir, t.chain.tool("asm"), "-p", "spikebook/start", "-dynlink", "-trimpath", dir+"=>", "-o", object, source); err != nil {
		return nil, fmt.Errorf("%w: %s", err, output)
	}
	return os.ReadFile(object)
}

// resident returns what cells can be linked against; nil when they cannot.
func (t *Tool) resident(ctx context.Context) *resident {
	if !canShare() || t.chain.Host.Script == "" {
		return nil
	}
	t.mu.RLock()
	r, known := t.shared, t.sharedKnown
	t.mu.RUnlock()
	if known {
		return r
	}
	r, err := t.openResident(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		t.log("cells are linked with all they need: %v", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared, t.sharedKnown = r, true
	return r
}

func (t *Tool) openResident(ctx context.Context) (*resident, error) {
	name, err := t.Worker(ctx)
	if err != nil {
		return nil, err
	}
	packages, err := WorkerPackages(name)
	if err != nil {
		return nil, err
	}
	x, err := openExports(name)
	if err != nil {
		return nil, err
	}
	if _, ok := x.lookup("go:link.abihash." + standInName); !ok {
		return nil, fmt.Errorf("%s offers nothing to cells", name)
	}
	if _, ok := x.lookup(startName); !ok {
		return nil, fmt.Errorf("%s has no %s", name, startName)
	}
	start, err := t.assembleStart(ctx)
	if err != nil {
		return nil, err
	}
	whole := map[string]bool{}
	for _, path := range t.residentPackages(t.known(), workerMain) {
		whole[path] = true
	}
	return &resident{packages, whole, x, start}, nil
}

// always are the symbols that the linker itself refers to.
var always = []symbol{
	{name: "runtime.lastmoduledatap", asm: true}, {name: "type:runtime.moduledata", asm: true},
	{name: "runtime.mapinitnoop"}, {name: "go:link.abihash." + standInName, asm: true}, {name: "runtime.unreachableMethod"},
}

// linkShared makes a plugin that refers to the worker's packages.
func (t *Tool) linkShared(ctx context.Context, tab *table, r *resident, a *Archive, out string) (*Plugin, error) {
	p := &Plugin{File: out, Path: a.Path, Packages: map[string]string{}, Shared: true}
	library := strings.TrimSuffix(out, ".so") + ".worker"
	if err := os.Mkdir(library, 0o755); err != nil {
		return nil, scratchError(filepath.Dir(library), err)
	}
	defer os.RemoveAll(library)
	library = filepath.Join(library, standInName)

	cfg := bytes.NewBufferString("# " + a.Path + ", the rest is in the worker\n")
	wanted, own := slices.Clone(always), map[symbol]bool{}
	read := func(file string) error {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		defined, refs, foreign, err := objectSymbols(data)
		if err == nil && foreign {
			err = fmt.Errorf("%s holds C code", file)
		}
		for _, s := range defined {
			own[symbol{name: s.name, asm: s.asm}] = true
		}
		wanted = append(wanted, refs...)
		return err
	}
	var visit func(path string) error
	visit = func(path string) error {
		if path == "unsafe" || p.Packages[path] != "" {
			return nil
		}
		q := tab.Packages[path]
		if q == nil {
			return fmt.Errorf("package %s is not resolved", path)
		}
		p.Packages[path] = q.BuildID
		if r.whole[path] && r.packages[path] == q.BuildID {
			fmt.Fprintf(cfg, "packageshlib %s=%s\n", path, library)
			return nil
		}
		fmt.Fprintf(cfg, "packagefile %s=%s\n", path, q.Export)
		for _, path := range q.Imports {
			if err := visit(path); err != nil {
				return err
			}
		}
		return read(q.Export)
	}
	var visitCell func(c *Archive) error
	visitCell = func(c *Archive) error {
		if p.Packages[c.Path] != "" {
			return nil
		}
		p.Packages[c.Path] = c.hash
		file := c.File
		if c != a {
			file = c.library
			fmt.Fprintf(cfg, "packagefile %s=%s\n", c.Path, file)
		}
		for _, d := range c.cells {
			if err := visitCell(d); err != nil {
				return err
			}
		}
		for _, path := range c.imports {
			if err := visit(path); err != nil {
				return err
			}
		}
		return read(file)
	}
	if err := visitCell(a); err != nil {
		return nil, err
	}
	for _, path := range runtimePackages {
		if err := visit(path); err != nil {
			return nil, err
		}
	}
	main := strings.TrimSuffix(a.File, ".a") + ".shared.a"
	archive, err := os.ReadFile(a.File)
	if err != nil {
		return nil, err
	}
	stub, err := r.standIn(wanted, own)
	if err != nil {
		return nil, err
	}
	cfgFile := strings.TrimSuffix(a.File, ".a") + ".sharedcfg"
	for name, data := range map[string][]byte{library: stub, cfgFile: cfg.Bytes(), main: appendObject(archive, "start.o", r.start)} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return nil, scratchError(filepath.Dir(name), err)
		}
	}
	if err := t.chain.linkByScript(ctx, out, a.Path, "-importcfg", cfgFile, "-buildmode=plugin", "-linkshared", "-E", startTarget, "-pluginpath", a.Path, main); err != nil {
		return nil, err
	}
	return p, settle(out)
}

// standIn makes the library that has those of the wanted symbols that the worker
// offers. It may lack some: names of functions that were inlined count as
// references too. The linker complains about what it does miss.
func (r *resident) standIn(wanted []symbol, own map[symbol]bool) ([]byte, error) {
	lib, seen := newStandIn(), map[symbol]bool{}
	for _, s := range wanted {
		s.text = false
		if own[s] || seen[s] {
			continue
		}
		seen[s] = true
		name := exportName(s.name)
		e, ok := r.exports.lookup(name)
		switch {
		case !ok:
			continue
		case e.kind != elf.STT_FUNC && strings.HasPrefix(name, "type:") && !strings.HasPrefix(name, "type:."):
			content, err := r.exports.content(e)
			if err != nil {
				return nil, err
			}
			lib.addType(name, e.kind, content)
		case e.kind != elf.STT_FUNC || strings.HasPrefix(name, "type:"):
			lib.add(name, e.kind, e.size, nil)
		case s.asm:
			if _, ok := r.exports.lookup(name + ".abi0"); ok {
				name += ".abi0"
			}
			lib.add(name, e.kind, e.size, nil)
		default:
			lib.add(name+goSuffix, e.kind, e.size, nil)
		}
	}
	lib.add(startTarget, elf.STT_FUNC, 0, nil)
	return lib.file(standInHash), nil
}

// goSuffix marks functions with Go's calling convention in shared libraries, so
// the linker refers to them with it; executables don't have it.
const goSuffix = ".abiinternal"

// settle changes what the system's linker has written where it fits C only.
//
// The suffix is removed from the names that the plugin refers to; they end with a
// zero byte, so they are cut in place.
//
// Calls into the worker go through a table of jumps. For calls that are resolved
// when first made, mold's loads the number of the entry into R11 before the jump.
// C does not use that register for arguments, Go does, for the ninth word. Plugins
// are resolved when they are loaded, so the instruction is replaced by one of the
// same length that does nothing.
func settle(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	e, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	rewrite := func(s *elf.Section, change func(data []byte) error) error {
		data, err := s.Data()
		if err == nil {
			err = change(data)
		}
		if err == nil {
			_, err = f.WriteAt(data, int64(s.Offset))
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", file, s.Name, err)
		}
		return nil
	}
	named := false
	for _, s := range e.Sections {
		switch {
		case s.Name == ".dynstr":
			named = true
			err = rewrite(s, renameSymbols)
		case strings.HasPrefix(s.Name, ".plt"):
			err = rewrite(s, sparePLT)
		}
		if err != nil {
			return err
		}
	}
	if !named {
		return fmt.Errorf("%s: no names of symbols", file)
	}
	return nil
}

// renameSymbols puts the names right in a table of names.
func renameSymbols(names []byte) error {
	replace := func(old, new string) {
		copy(names, bytes.ReplaceAll(names, []byte(old+"\x00"), append([]byte(new), make([]byte, len(old)-len(new)+1)...)))
	}
	replace(goSuffix, "")
	replace(startTarget, startName)
	return nil
}

// sparePLT replaces the loads of R11 in a table of jumps.
func sparePLT(code []byte) error {
	load, jump, nothing := []byte{0x41, 0xbb}, []byte{0xff, 0x25}, []byte{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00}
	for i := range code {
		if bytes.HasPrefix(code[i:], load) && i+8 <= len(code) && bytes.HasPrefix(code[i+6:], jump) {
			copy(code[i:], nothing)
		}
	}
	if bytes.Contains(code, load) {
		return fmt.Errorf("jumps of a kind that is not known")
	}
	return nil
}
