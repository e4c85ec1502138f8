package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stub starts the worker's main function. The worker's main package is compiled
// like any other, in plugin form and under its import path, so that it may use
// cgo and shares every package with the plugins.
const stub = `package main

import (
	_ "unsafe" // for linkname

	_ %[1]q
)
%[2]s
//go:linkname run %[1]s.main
func run()

func main() {
	run()
	%[3]s
}
`

// Worker returns the path of the worker executable, built if absent. The path
// changes with the content, so a running kernel's worker stays what it is.
//
// The worker is linked as a position-independent executable from the packages
// that plugins are linked from (an ordinary executable made of them crashes at
// its start), which saves compiling everything a second time.
func (t *Tool) Worker(ctx context.Context) (string, error) {
	return t.executable(ctx, workerMain)
}

// executablePlan is what an executable is made of.
type executablePlan struct {
	name      string // file; named by everything below
	importcfg []byte
	packages  map[string]string // import path → build id
	path      string            // the main package
	resident  []string          // packages that are linked whole
}

// plan works out what goes into the executable of the main package at path.
func (t *Tool) plan(tab *table, path string) (*executablePlan, error) {
	if tab.Packages[path] == nil {
		if why := tab.Broken[path]; why != "" {
			return nil, toolError("worker", "a worker that compiles", "correct it (it belongs to Spikebook, not to your notebook)", why, fmt.Errorf("%s cannot be compiled", path))
		}
		return nil, &Error{What: "worker", Given: t.moduleDir + " has no package " + path, Want: "the whole source of Spikebook", Do: "set SPIKEBOOK_MODULE to a complete checkout"}
	}
	whole := t.residentPackages(tab, path)
	paths, missing := tab.closure(append([]string{path, "runtime", "runtime/cgo"}, whole...)...)
	if len(missing) > 0 {
		return nil, &Error{What: "worker", Given: fmt.Sprintf("its packages %v are not compiled", missing), Want: "a complete build cache", Do: "remove " + t.cacheDir + " and start again"}
	}
	var cfg bytes.Buffer
	packages := make(map[string]string, len(paths))
	for _, p := range paths {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", p, tab.Packages[p].Export)
		packages[p] = tab.Packages[p].BuildID
	}
	list, err := json.Marshal(packages) // sorted by key
	if err != nil {
		return nil, err
	}
	name := filepath.Join(t.stateDir, "worker-"+digest(string(list), stub, residentVersion, path, strings.Join(whole, " ")))
	return &executablePlan{name, cfg.Bytes(), packages, path, whole}, nil
}

// source is the Go code that starts an executable.
func (t *Tool) source(tab *table, plan *executablePlan) ([]byte, error) {
	if len(plan.resident) == 0 {
		return fmt.Appendf(nil, stub, plan.path, "", ""), nil
	}
	decls, err := t.residentSource(tab, plan.resident)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, stub, plan.path, decls, "keep(functions[:], values[:])"), nil
}

// executable links the main package at path.
func (t *Tool) executable(ctx context.Context, path string) (string, error) {
	tab, err := t.ensure(ctx, nil)
	if err != nil {
		return "", err
	}
	plan, err := t.plan(tab, path)
	if err != nil {
		return "", err
	}
	name := plan.name
	if isWhole(name) {
		now := time.Now() // in use: not to be removed
		os.Chtimes(name, now, now)
		os.Chtimes(packagesFile(name), now, now)
		return name, nil
	}
	work, err := os.MkdirTemp(t.stateDir, "link-*")
	if err != nil {
		return "", cacheError(t.cacheDir, err)
	}
	defer os.RemoveAll(work)
	source, err := t.source(tab, plan)
	if err != nil {
		return "", err
	}
	for file, data := range map[string][]byte{"main.go": source, "importcfg": plan.importcfg} {
		if err := os.WriteFile(filepath.Join(work, file), data, 0o644); err != nil {
			return "", cacheError(t.cacheDir, err)
		}
	}
	_, out, err := t.chain.runMerged(ctx, work, t.chain.tool("compile"),
		"-p", "main", "-o", "main.a", "-trimpath", work+"=>", "-lang=go"+minGo, "-dynlink", "-linkshared", "-dwarf=false", "-pack", "-importcfg", "importcfg", "main.go")
	if err != nil {
		return "", toolError("worker", "a stub that compiles", "report this", out, err)
	}
	exe := filepath.Join(work, "worker")
	if err := t.chain.link(ctx, exe, "worker", false, "-importcfg", "importcfg", "-buildmode=pie", "-checklinkname=0", "main.a"); err != nil {
		// All of it has been compiled by the go command: no mistake of the user's.
		if e := new(Error); errors.As(err, &e) && e.Do == "" {
			e.Do = "something in the cache is damaged: remove " + t.cacheDir + " and start again"
		}
		return "", err
	}
	info, err := os.Stat(exe)
	if err != nil {
		return "", cacheError(t.cacheDir, err)
	}
	list, err := json.Marshal(contents{info.Size(), plan.packages})
	if err != nil {
		return "", err
	}
	if err := writeFile(packagesFile(name), list, 0o644); err != nil {
		return "", cacheError(t.cacheDir, err)
	}
	if err := os.Rename(exe, name); err != nil {
		return "", cacheError(t.cacheDir, err)
	}
	removeOld(t.stateDir, "worker-*", 30*24*time.Hour)
	removeOld(t.stateDir, "link-*", 24*time.Hour)
	return name, nil
}

// contents is kept beside a worker.
type contents struct {
	Size     int64             // of the worker's file, in bytes
	Packages map[string]string // import path → build id
}

// isWhole reports whether a worker is there, with its list of packages, and not
// cut off, as files may be after a power failure.
func isWhole(worker string) bool {
	_, err := WorkerPackages(worker)
	return err == nil
}

func packagesFile(worker string) string { return worker + ".packages" }

// WorkerPackages returns what is linked into the worker at path, import path →
// build id, to be compared with Plugin.Packages before a plugin is loaded.
func WorkerPackages(path string) (map[string]string, error) {
	data, err := os.ReadFile(packagesFile(path))
	if err != nil {
		return nil, fmt.Errorf("worker %s: %w", path, err)
	}
	var list contents
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("worker %s: list of packages: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() != list.Size {
		return nil, fmt.Errorf("worker %s: a file of %d bytes, want %d; remove it, it will be built again", path, info.Size(), list.Size)
	}
	return list.Packages, nil
}
