package cell

import (
	"context"
	"go/types"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// NewIn returns a Compiler whose cells import what a notebook's module provides.
func NewIn(m *gotool.Module) *Compiler { return newCompiler(m) }

// logical is the import path of a package whatever its version; see
// [gotool.Module].
func (c *Compiler) logical(path string) string {
	if m, ok := c.tool.(interface{ Logical(string) string }); ok {
		return m.Logical(path)
	}
	return path
}

// chooseModule finds a package by its name among the modules of the notebook.
func (c *Compiler) chooseModule(ctx context.Context, use packageUse) (string, bool) {
	m, ok := c.tool.(interface{ PathsNamed(string) []string })
	if !ok {
		return "", false
	}
	paths := m.PathsNamed(use.name)
	for _, p := range paths {
		if pkg, err := c.importPackage(ctx, p); err == nil && hasMembers(pkg, use.members) {
			return p, true
		}
	}
	if len(paths) == 0 {
		return "", false
	}
	return paths[0], true
}

// ImportPath is the path that a package name without an import line stands for in
// a cell that uses these members of it; ok is false when none is known.
func (c *Compiler) ImportPath(ctx context.Context, name string, members []string) (path string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.choose(ctx, packageUse{name: name, members: members})
}

// A Piece is a stretch of a cell's Go text that is parsed by itself.
type Piece struct {
	Kind       PieceKind
	Start, End int // byte offsets
}

// PieceKind says what a piece is.
type PieceKind int

// Kinds of pieces.
const (
	Statements PieceKind = PieceKind(segmentStatements) // statements, and var, const and type declarations
	Import     PieceKind = PieceKind(segmentImport)     // one import declaration
	Function   PieceKind = PieceKind(segmentFunc)       // one function or method, with the comments above it
)

// Pieces cuts the Go text of a cell where declarations stand that Go allows
// outside of functions only.
func Pieces(text string) []Piece {
	var out []Piece
	for _, s := range splitGo(text).segments {
		out = append(out, Piece{PieceKind(s.kind), s.start, s.end})
	}
	return out
}

// A Variable is a variable of the live scope.
type Variable struct {
	Name  string
	Type  string // as a cell writes it
	Slot  int    // its number in the worker
	Count int    // execution count of the cell that defined it
}

// Live lists the variables of the live scope that the worker holds, by name.
func (c *Compiler) Live() []Variable {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Variable
	for name, e := range c.live {
		if e.kind != entryVar || e.slot == 0 {
			continue
		}
		v := Variable{Name: name, Slot: e.slot, Type: plainNames(types.TypeString(e.obj.Type(), shortNames))}
		if e.from != nil {
			v.Count = e.from.count
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Forget removes names from the live scope: cells built from now on do not see
// them. It returns the slots of the variables among them that nothing leads to
// any more; functions and closures keep what they mention.
func (c *Compiler) Forget(names []string) (slots []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		delete(c.lost, name)
		delete(c.unreached, name)
		e := c.live[name]
		if e == nil {
			delete(c.imports, name)
			continue
		}
		delete(c.live, name)
		if e.kind == entryVar && e.slot > 0 && c.freeable(e) {
			slots = append(slots, e.slot)
			c.dropped[e.slot] = true
		}
		// A cell that is run again declares its names again.
		for text, list := range c.byText {
			c.byText[text] = slices.DeleteFunc(slices.Clone(list), func(r *record) bool { return r == e.from })
		}
	}
	return slots
}
