package gotool

import (
	"fmt"
	"go/importer"
	"go/types"
	"io"
	"os"
	"runtime"
	"sync"
)

// exportImporter is the tool's one importer. The standard library's importer
// keeps what it has read, so that a path has one *types.Package for ever, also
// for packages that are resolved later and refer to it.
type exportImporter struct {
	tool *Tool
	file func(path string) (string, error) // the archive of a package; nil means tool.exportFile
	mu   sync.Mutex
	imp  types.Importer // made at first use
}

// Import implements types.Importer.
func (e *exportImporter) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.imp == nil {
		e.imp = importer.ForCompiler(e.tool.fset, "gc", e.open)
	}
	p, err := e.imp.Import(path)
	if err != nil && !versionAtLeast(runtime.Version(), e.tool.chain.Version) {
		err = fmt.Errorf("%w (this kernel was built by %s and reads packages compiled by %s; build the kernel again with the newer one)",
			err, runtime.Version(), e.tool.chain.Version)
	}
	return p, err
}

func (e *exportImporter) open(path string) (io.ReadCloser, error) {
	file := e.file
	if file == nil {
		file = e.tool.exportFile
	}
	name, err := file(path)
	if err != nil {
		return nil, err
	}
	return os.Open(name)
}
