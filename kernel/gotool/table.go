package gotool

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tableFormat is part of every key; change it when table or build flags change.
const tableFormat = "spikebook table 2"

// table is what is known about compiled packages. It is never changed once
// published: additions make a copy.
type table struct {
	Packages map[string]*pkg   // import path → compiled package
	Broken   map[string]string // import path of a base package → why it does not compile
	Sources  map[string]string // folder of changeable sources → stamp
	Embeds   map[string]string // embedded file → stamp
	Listed   time.Time         // when the go command last confirmed the base packages
}

// pkg is one package, compiled in plugin form.
type pkg struct {
	Name    string
	Export  string   // archive with export data and object code
	Size    int64    // of that file, in bytes
	BuildID string   // changes with the content
	Imports []string // import paths after vendoring, without "unsafe" and "C"
	Std     bool     `json:",omitempty"`

	Dir  string `json:",omitempty"` // folder of its sources; only for packages of a notebook's module
	From string `json:",omitempty"` // build id that the go command gave it, where ours differs
}

func (t *Tool) tableFile() string { return filepath.Join(t.stateDir, "packages.json") }

// readTable returns the table of an earlier process, or nil if there is none or
// if sources have changed since.
func (t *Tool) readTable() *table {
	data, err := os.ReadFile(t.tableFile())
	if err != nil {
		return nil
	}
	var tab table
	if err := json.Unmarshal(data, &tab); err != nil {
		t.log("package table: %v", err)
		return nil
	}
	if why := t.stale(&tab); why != "" {
		t.log("package table is out of date: %s", why)
		return nil
	}
	return &tab
}

// stale says why a table no longer describes the sources; empty if it does.
func (t *Tool) stale(tab *table) string {
	for dir, stamp := range tab.Sources {
		if sourceStamp(dir) != stamp {
			return "sources in " + dir + " changed"
		}
	}
	for name, stamp := range tab.Embeds {
		if fileStamp(name) != stamp {
			return name + " changed"
		}
	}
	if len(tab.Packages) == 0 {
		return "it is empty"
	}
	for path := range tab.Broken {
		return path + " did not compile" // what it lacked may be there now
	}
	for _, path := range t.ownPackages() {
		if tab.Packages[path] == nil {
			return path + " is new"
		}
	}
	// The go command removes what it has not used for days, and makes again
	// what was cut off by a power failure.
	for path, p := range tab.Packages {
		if p == nil {
			return "it is damaged at " + path
		}
		if p.Export == "" {
			continue
		}
		if info, err := os.Stat(p.Export); err != nil {
			return "the compiled form of " + path + " is gone"
		} else if info.Size() != p.Size {
			return "the compiled form of " + path + " is damaged"
		}
	}
	return ""
}

// writeTable keeps a table for the next process. Failure costs only time.
func (t *Tool) writeTable(tab *table) {
	data, err := json.Marshal(tab)
	if err == nil {
		err = writeFile(t.tableFile(), data, 0o644)
	}
	if err != nil {
		t.log("package table not kept: %v", err)
	}
}

// known returns the table, or nil when nothing is known yet.
func (t *Tool) known() *table {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.table
}

func (t *Tool) publish(tab *table) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.table = tab
}

// clone returns a copy to which packages can be added.
func (tab *table) clone() *table {
	c := *tab
	c.Packages = maps.Clone(tab.Packages)
	c.Broken = maps.Clone(tab.Broken)
	c.Sources = maps.Clone(tab.Sources)
	c.Embeds = maps.Clone(tab.Embeds)
	return &c
}

// closure returns all packages that the given ones need, themselves included, in
// ascending order. Packages that the table lacks are returned as missing.
func (tab *table) closure(roots ...string) (paths, missing []string) {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] || path == "unsafe" {
			return
		}
		seen[path] = true
		p := tab.Packages[path]
		if p == nil {
			missing = append(missing, path)
			return
		}
		paths = append(paths, path)
		for _, q := range p.Imports {
			visit(q)
		}
	}
	for _, path := range roots {
		visit(path)
	}
	slices.Sort(paths)
	slices.Sort(missing)
	return paths, missing
}

// sourceStamp changes when a source file in a folder is added, removed or written.
func sourceStamp(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "absent"
	}
	var parts []string
	for _, e := range entries { // sorted by name
		name := e.Name()
		switch filepath.Ext(name) {
		case ".go", ".s", ".S", ".c", ".cc", ".cpp", ".h", ".hpp", ".syso":
		default:
			continue
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		if info, err := e.Info(); err == nil {
			parts = append(parts, fmt.Sprint(name, info.Size(), info.ModTime().UnixNano()))
		}
	}
	return digest(parts...)
}
