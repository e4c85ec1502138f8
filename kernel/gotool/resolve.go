package gotool

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Resolve makes sure that packages and all they need are compiled and known to
// [Tool.Importer]. It is quick for paths that are. Paths that cells cannot import
// are reported together, as ImportErrors.
func (t *Tool) Resolve(ctx context.Context, paths []string) error {
	tab, err := t.ensure(ctx, nil)
	if err != nil {
		return err
	}
	var bad ImportErrors
	var unknown []string
	for _, path := range paths {
		if path == "unsafe" || slices.Contains(unknown, path) {
			continue
		}
		if e := t.refuse(tab, path); e != nil {
			bad = append(bad, e)
		} else if tab.Packages[path] != nil {
			continue
		} else if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
			bad = append(bad, t.notStandard(tab, path)) // all of the library is known
		} else {
			unknown = append(unknown, path)
		}
	}
	if len(unknown) > 0 {
		more, err := t.resolveMore(ctx, unknown)
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

// PackageName returns the name a resolved package declares, or "" if the path is
// not known.
func (t *Tool) PackageName(path string) string {
	if path == "unsafe" {
		return "unsafe"
	}
	if tab := t.known(); tab != nil && tab.Packages[path] != nil {
		return tab.Packages[path].Name
	}
	return ""
}

// refuse says why a cell may not import a path, whether or not it is known.
func (t *Tool) refuse(tab *table, path string) *ImportError {
	if path == "C" {
		return &ImportError{path, "cells cannot contain C code", "put it into a package of a module"}
	}
	if path == "" || strings.ContainsAny(path, " \t\n\\\"`'!*?[]{}@") || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "-") || strings.Contains(path, "...") {
		return &ImportError{path, "this is no import path", `write one like "math/rand" or "gonum.org/v1/plot"`}
	}
	if strings.HasPrefix(path, ".") {
		return &ImportError{path, "cells have no folder to be relative to", "write the whole import path"}
	}
	for _, element := range strings.Split(path, "/") {
		if element == "internal" || element == "vendor" {
			return &ImportError{path, "packages below a folder " + element + " are private to their module", "use what the module exports"}
		}
	}
	if p := tab.Packages[path]; p != nil && p.Name == "main" {
		return &ImportError{path, "this is a program, not a package", "import one of its packages"}
	}
	return nil
}

// resolveMore compiles packages that the table lacks.
func (t *Tool) resolveMore(ctx context.Context, paths []string) (ImportErrors, error) {
	release, err := t.lockTable(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	all, err := t.list(ctx, paths, nil)
	if err != nil {
		return nil, err
	}
	tab := t.known()
	fresh := &table{Packages: map[string]*pkg{}, Broken: map[string]string{}, Sources: map[string]string{}, Embeds: map[string]string{}}
	t.add(fresh, all)
	// What is loaded cannot be exchanged: a package that came out differently
	// this time belongs to other sources than the worker.
	for path, p := range fresh.Packages {
		if old := tab.Packages[path]; old != nil && old.BuildID != p.BuildID {
			return nil, &Error{
				What:  fmt.Sprintf("import %q", paths[0]),
				Given: "the sources of " + path + " have changed since this kernel started",
				Want:  "the same ones as in the running worker",
				Do:    "restart the kernel",
			}
		}
	}
	next := tab.clone()
	for path, p := range fresh.Packages {
		next.Packages[path] = p
	}
	for dir, stamp := range fresh.Sources {
		if _, ok := next.Sources[dir]; !ok {
			next.Sources[dir] = stamp
		}
	}
	for name, stamp := range fresh.Embeds {
		if _, ok := next.Embeds[name]; !ok {
			next.Embeds[name] = stamp
		}
	}
	var bad ImportErrors
	for _, path := range paths {
		p := next.Packages[path]
		switch {
		case p == nil:
			bad = append(bad, t.explain(next, path, all))
		case p.Name == "main":
			delete(next.Packages, path) // its imports stay, they do no harm
			bad = append(bad, t.refuse(fresh, path))
		}
	}
	t.writeTable(next)
	t.publish(next)
	return bad, nil
}

// explain says why the go command found no package.
func (t *Tool) explain(tab *table, path string, all []listed) *ImportError {
	why, exists := "", false
	for i := range all {
		if all[i].ImportPath == path {
			why, exists = all[i].why(), all[i].Name != ""
		}
	}
	for _, module := range []string{modulePath, "gonum.org/v1/gonum", "gonum.org/v1/plot", "github.com/janpfeifer/gonb", "github.com/sbinet/npyio"} {
		if exists || offline(why) || path != module && !strings.HasPrefix(path, module+"/") {
			continue
		}
		e := &ImportError{path, "module " + module + " has no such package", "see https://pkg.go.dev/" + module}
		if near := tab.nearest(path); near != "" {
			e.Do = fmt.Sprintf("did you mean %q?", near)
		}
		return e
	}
	if offline(why) {
		return &ImportError{path, "its module is not downloaded", "connect to the network and try again:\n" + firstLine(why)}
	}
	if strings.Contains(why, "missing go.sum entry") || exists && strings.Contains(why, "cannot find module providing") {
		return &ImportError{path, "it needs a module that the toolkit does not have", "only the module of a notebook fetches others:\n" + firstLine(why)}
	}
	if !exists {
		return &ImportError{path, "no module of the toolkit has this package",
			"without a notebook's own module, cells can import the standard library, " + modulePath + "/..., github.com/janpfeifer/gonb/gonbui, gonum.org/v1/gonum/..., gonum.org/v1/plot/... and github.com/sbinet/npyio"}
	}
	return &ImportError{path, "it cannot be compiled", "the go command says:\n" + why}
}

// notStandard reports a path that looks like one of the standard library.
func (t *Tool) notStandard(tab *table, path string) *ImportError {
	e := &ImportError{path, "the standard library of " + t.chain.Version + " has no such package", "check the spelling"}
	if near := tab.nearest(path); near != "" {
		e.Do = fmt.Sprintf("did you mean %q?", near)
	}
	return e
}

// nearest returns the known importable path that is written most alike, or "".
func (tab *table) nearest(path string) string {
	best, at := "", 3 // up to two letters differ
	for known, p := range tab.Packages {
		if p.Name == "main" || strings.Contains(known, "internal") || strings.HasPrefix(known, "vendor/") {
			continue
		}
		if d := distance(path, known, at+1); d < at || d == at && best != "" && known < best {
			best, at = known, d
		}
	}
	if best == "" {
		// "rand" for "math/rand", when only one package ends so.
		for known, p := range tab.Packages {
			if p.Std && strings.HasSuffix(known, "/"+path) && !strings.Contains(known, "internal") && !strings.HasPrefix(known, "vendor/") {
				if best == "" || len(known) < len(best) || len(known) == len(best) && known < best {
					best = known
				}
			}
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b; anything from limit on is limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	before, prev, cur := rows[2], rows[0], rows[1]
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}
