package gotool

import (
	"context"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sync"
)

// Options says where things are. The zero value suits an installed kernel.
type Options struct {
	// CacheDir holds the build cache, the package table and the worker. Empty
	// means $SPIKEBOOK_CACHE, else "spikebook" in the user's cache folder.
	CacheDir string

	// ModuleDir is the source of github.com/spikebook/spikebook, from which
	// worker and toolkit are built. Empty means $SPIKEBOOK_MODULE, else the
	// folder this program was built from, else the one above this program's
	// folder (bin/), else the module cache.
	ModuleDir string

	// Log receives notes about what is done and why; nil drops them.
	Log func(format string, args ...any)
}

// Tool is a Go toolchain with a cache of compiled packages.
type Tool struct {
	cacheDir  string     // absolute
	moduleDir string     // absolute
	workspace string     // folder of the module in which go commands run
	stateDir  string     // belongs to one toolchain and one go.mod
	chain     *toolchain // go command, C compiler, linker
	log       func(format string, args ...any)

	warming     chan struct{} // holds one element while the go command fills the table
	mu          sync.RWMutex  // guards table, shared and sharedKnown
	table       *table        // nil until known
	shared      *resident     // the worker that cells are linked against; nil when they cannot be
	sharedKnown bool          // shared was looked for
	fset        *token.FileSet
	importer    *exportImporter
}

// Open finds the toolchain and reads what the cache already knows. It does not
// build anything: see [Tool.Warm]. What is missing is an [*Error].
func Open(ctx context.Context, opts Options) (*Tool, error) {
	t := &Tool{log: opts.Log, fset: token.NewFileSet(), warming: make(chan struct{}, 1)}
	if t.log == nil {
		t.log = func(string, ...any) {}
	}
	t.importer = &exportImporter{tool: t}
	var err error
	if t.cacheDir, err = openCache(opts.CacheDir); err != nil {
		return nil, err
	}
	if t.moduleDir, err = findModule(opts.ModuleDir); err != nil {
		return nil, err
	}
	if t.workspace, err = writeWorkspace(t.cacheDir, t.moduleDir); err != nil {
		return nil, err
	}
	if t.chain, err = findToolchain(ctx, t.cacheDir, t.workspace, t.log); err != nil {
		return nil, err
	}
	t.stateDir = filepath.Join(t.cacheDir, "state-"+digest(t.chain.key(), filepath.Base(t.workspace)))
	if err := os.MkdirAll(t.stateDir, 0o755); err != nil {
		return nil, cacheError(t.cacheDir, err)
	}
	if t.table = t.readTable(); t.table != nil {
		t.keepAlive(t.table)
	}
	return t, nil
}

// lockTable waits for the right to replace the table.
func (t *Tool) lockTable(ctx context.Context) (unlock func(), err error) {
	select {
	case t.warming <- struct{}{}:
		return func() { <-t.warming }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// GoVersion returns the version of the Go toolchain, such as "go1.26.8".
func (t *Tool) GoVersion() string { return t.chain.Version }

// ToolchainVersion names everything that shapes a build, for reports:
// "go1.26.8 linux/amd64, gcc, linker mold".
func (t *Tool) ToolchainVersion() string { return t.chain.describe() }

// CacheDir returns the folder that holds everything the tool keeps.
func (t *Tool) CacheDir() string { return t.cacheDir }

// ModuleDir returns the folder with the sources of worker and toolkit.
func (t *Tool) ModuleDir() string { return t.moduleDir }

// Importer reads packages from compiled export data. It is one importer for the
// tool's life: the same path always gives the same *types.Package. Paths must
// have been resolved ([Tool.Resolve]); dependencies of a resolved path are.
func (t *Tool) Importer() types.Importer { return t.importer }

// FileSet holds the positions of imported objects.
func (t *Tool) FileSet() *token.FileSet { return t.fset }

// GoCommand returns the path of the go command.
func (t *Tool) GoCommand() string { return t.chain.Go }

// GoRoot returns the folder of the Go installation.
func (t *Tool) GoRoot() string { return t.chain.Root }

// RunGo runs the go command with an environment of the caller's and returns what
// it says. Neither the cache of plugins nor its flags have a part in it.
func (t *Tool) RunGo(ctx context.Context, dir string, env []string, args ...string) (output string, err error) {
	chain := *t.chain
	chain.Env = append(env[:len(env):len(env)], "GOTOOLCHAIN=local", "PWD="+dir)
	_, output, err = chain.runMerged(ctx, dir, chain.Go, args...)
	return output, err
}
