package gotool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// modulePath is the module that worker and toolkit belong to.
const modulePath = "github.com/spikebook/spikebook"

// workerMain is the main package of the worker.
const workerMain = modulePath + "/kernel/worker/main"

// findModule returns the folder with the sources of our module.
func findModule(dir string) (string, error) {
	from := "Options.ModuleDir"
	if dir == "" {
		dir, from = os.Getenv("SPIKEBOOK_MODULE"), "SPIKEBOOK_MODULE"
	}
	if dir != "" {
		abs, err := filepath.Abs(dir)
		if err == nil && isModule(abs) {
			return abs, nil
		}
		return "", &Error{
			What:  "sources of " + modulePath,
			Given: fmt.Sprintf("%s is %s, which has no go.mod of that module", from, dir),
			Want:  "the root of the module",
			Do:    "correct it, or leave it unset",
			Err:   err,
		}
	}
	// The folder this file was compiled from: this file is kernel/gotool/module.go.
	_, file, _, _ := runtime.Caller(0)
	if root := filepath.Dir(filepath.Dir(filepath.Dir(file))); filepath.IsAbs(root) && isModule(root) {
		return root, nil
	}
	// Built into bin/ of a folder that was moved or built with -trimpath.
	if exe, err := os.Executable(); err == nil {
		if root := moduleAbove(exe); root != "" {
			return root, nil
		}
	}
	// Built elsewhere with -trimpath: the module cache, when built by "go install".
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		if info.Main.Path != modulePath {
			version = ""
			for _, dep := range info.Deps {
				if dep.Path == modulePath {
					version = dep.Version
				}
			}
		}
	}
	if version != "" {
		if root := filepath.Join(moduleCache(), filepath.FromSlash(modulePath)+"@"+version); isModule(root) {
			return root, nil
		}
	}
	return "", &Error{
		What:  "sources of " + modulePath,
		Given: "neither in " + filepath.Dir(filepath.Dir(filepath.Dir(file))) + " nor in the module cache",
		Want:  "the module's folder, from which the worker is built",
		Do:    "set SPIKEBOOK_MODULE to a checkout, or build spikebook again where it is now",
	}
}

// moduleAbove returns the module in whose bin folder a program is, or "".
func moduleAbove(program string) string {
	if root := filepath.Dir(filepath.Dir(program)); isModule(root) {
		return root
	}
	return ""
}

// moduleCache returns the folder of downloaded modules without asking the go
// command, which is not known yet.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if list := filepath.SplitList(os.Getenv("GOPATH")); len(list) > 0 {
		return filepath.Join(list[0], "pkg", "mod")
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, "go", "pkg", "mod")
}

// isModule reports whether dir is the root of our module.
func isModule(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], `"`+"`") == modulePath
		}
	}
	return false
}

// writeWorkspace makes the module in which go commands run: it requires what our
// module requires, and our module itself from moduleDir. Cells can import exactly
// what this module provides. The folder is named by its content.
func writeWorkspace(cacheDir, moduleDir string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(moduleDir, "go.mod"))
	if err != nil {
		return "", &Error{What: "go.mod of " + modulePath, Given: err.Error(), Do: "make it readable", Err: err}
	}
	sum, err := os.ReadFile(filepath.Join(moduleDir, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", &Error{What: "go.sum of " + modulePath, Given: err.Error(), Do: "make it readable", Err: err}
	}
	mod = workspaceMod(mod, moduleDir)
	dir := filepath.Join(cacheDir, "workspace-"+digest(moduleDir, string(mod), string(sum)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", cacheError(cacheDir, err)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"go.mod", mod}, {"go.sum", sum}} {
		name := filepath.Join(dir, f.name)
		// The go command may have completed a file that is already there.
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if err := writeFile(name, f.data, 0o644); err != nil {
			return "", cacheError(cacheDir, err)
		}
	}
	return dir, nil
}

// workspaceMod derives the workspace's go.mod from our module's.
func workspaceMod(mod []byte, moduleDir string) []byte {
	var b bytes.Buffer
	b.WriteString("// Written by the Spikebook kernel; made again when the toolkit's go.mod changes.\n")
	for line := range strings.Lines(string(mod)) {
		switch f := strings.Fields(line); {
		case len(f) >= 2 && f[0] == "module":
			line = "module spikebook.local/notebook\n"
		case len(f) >= 3 && f[len(f)-2] == "=>" && strings.HasPrefix(f[len(f)-1], "."):
			// A replacement by a folder, given relative to our module.
			i := strings.LastIndex(line, f[len(f)-1])
			line = line[:i] + strconv.Quote(filepath.Join(moduleDir, f[len(f)-1])) + "\n"
		}
		b.WriteString(line)
	}
	fmt.Fprintf(&b, "\nrequire %s v0.0.0-00010101000000-000000000000\n", modulePath)
	fmt.Fprintf(&b, "\nreplace %s => %s\n", modulePath, strconv.Quote(moduleDir))
	return b.Bytes()
}
