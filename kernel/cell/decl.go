package cell

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A decl is one declaration that later cells may have to compile again: a
// function, a method, a type, or a declaration of constants. It is kept with
// its source text, where that stands, and what it mentions.
type decl struct {
	id       int // the same in every cell that compiles it again
	kind     declKind
	names    []string // what it declares; of a method its own name
	recv     string   // of a method: the name of its type
	via      string   // and that in its receiver, which may be an alias
	lead     string   // put before text: "type " for one line of a group
	text     string
	line     int            // of the first byte of text in its cell
	home     *record        // the cell where it stands
	packages map[int]string // offset in text of a package's name → import path

	// uses holds what its names meant when it was last compiled, and the types
	// of all that it mentions.
	uses map[identity]bool
}

// An identity tells whether a name still means the same: the slot of a variable
// or function, which stays when these are defined again with the same type, or
// the object of a type, constant or generic function.
type identity any

type slotNumber int

func (e *entry) identity() identity {
	if e.slot > 0 {
		return slotNumber(e.slot)
	}
	return e.obj
}

type declKind int

const (
	declFunc declKind = iota
	declMethod
	declType
	declConst
)

// String names a declaration for people: "f", "method point.sum".
func (d *decl) String() string {
	switch d.kind {
	case declMethod:
		return "method " + d.recv + "." + d.names[0]
	case declType:
		return "type " + d.names[0]
	}
	return strings.Join(d.names, ", ")
}

// carried is a declaration of an earlier cell that is part of this one.
type carried struct {
	*decl
	start, end int // of lead and text in source.text
	node       ast.Decl
	blank      []*ast.Ident              // constants that were declared again meanwhile: they become _
	written    map[*ast.Ident]string     // how they are written
	packages   map[*ast.Ident]packageRef // names of packages
}

// A packageRef is a package's name in a declaration that is compiled again. The
// cell at hand may use the name for something else, so it gets another one.
type packageRef struct {
	path string
	name string // as the user wrote it
}

// carry appends the declarations to the source, behind the cell's own text.
// skip tells which constants are left out.
func (s *source) carry(decls []*decl, skip func(*decl, string) bool) []Problem {
	var problems []Problem
	paths := map[string]int{}
	for _, d := range decls {
		s.text += "\n"
		c := &carried{decl: d, start: len(s.text), packages: map[*ast.Ident]packageRef{}, written: map[*ast.Ident]string{}}
		s.text += d.lead + d.text + "\n"
		c.end = len(s.text) - 1
		base := s.set.Base()
		full := filePrefix + d.lead + d.text + "\n"
		file, err := parser.ParseFile(s.set, "", full, parser.SkipObjectResolution)
		s.parts = append(s.parts, part{base: base, size: len(full), shift: c.start - len(filePrefix), start: c.start, end: c.end})
		if err != nil || file == nil || len(file.Decls) != 1 {
			continue // it was parsed before, so this does not happen
		}
		c.node = file.Decls[0]
		ast.Inspect(c.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				id, ok := n.X.(*ast.Ident)
				if !ok {
					break
				}
				if path := d.packages[s.offset(id.Pos())-c.start-len(d.lead)]; path != "" {
					if _, have := paths[path]; !have {
						paths[path] = len(paths) + 1
					}
					c.packages[id] = packageRef{path: path, name: id.Name}
					id.Name = carriedPackage(id.Name, paths[path])
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					if d.kind == declConst && id.Name != "_" && skip(d, id.Name) {
						c.blank = append(c.blank, id)
						c.written[id] = id.Name
						id.Name = "_"
					}
				}
			}
			return true
		})
		s.carried = append(s.carried, c)
	}
	return problems
}

// carriedPackage is the name of a package in declarations compiled again.
func carriedPackage(name string, n int) string {
	return mark + "p" + mark + strings.Repeat("i", n) + name
}

// carriedAt returns the carried declaration at an offset, or nil.
func (s *source) carriedAt(offset int) *carried {
	if offset < s.own {
		return nil
	}
	for _, c := range s.carried {
		if offset >= c.start && offset <= c.end {
			return c
		}
	}
	return nil
}

// lineOf returns the cell and the line in which an offset of the source stands;
// the record is nil for the cell at hand.
func (s *source) lineOf(offset int) (home *record, line int) {
	c := s.carriedAt(offset)
	if c == nil {
		line, _ = place(s.text, offset)
		return nil, line
	}
	return c.home, c.line + strings.Count(s.text[c.start:offset], "\n")
}

// kept notes what a checked cell declares, for the cells that may compile it
// again. What this cell itself has carried keeps its number and its home.
func (g *generator) keep(r *record) {
	methods := map[string]map[string]*decl{}
	enter := func(d *decl) {
		if d.kind == declMethod {
			if methods[d.recv] == nil {
				methods[d.recv] = map[string]*decl{}
			}
			methods[d.recv][d.names[0]] = d
			return
		}
		for _, name := range d.names {
			if e := g.entries[name]; e != nil && e.kind != entryVar {
				e.decl = d
			}
		}
	}
	cut := func(kind declKind, node ast.Node, start, end int, lead string, names ...string) *decl {
		g.c.decls++
		line, _ := place(g.text, start)
		d := &decl{
			id: g.c.decls, kind: kind, names: names, lead: lead, text: g.text[start:end], line: line, home: r,
			packages: map[int]string{},
		}
		ast.Inspect(node, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if p, ok := g.info.Uses[id].(*types.PkgName); ok {
					d.packages[g.offset(id.Pos())-start] = p.Imported().Path()
				}
			}
			return true
		})
		d.uses = g.usesOf(node)
		return d
	}
	for _, gen := range g.hoisted {
		if gen.Tok == token.CONST {
			var names []string
			for _, spec := range gen.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					names = append(names, id.Name)
				}
			}
			enter(cut(declConst, gen, g.offset(gen.Pos()), g.offset(gen.End()), "", names...))
			continue
		}
		for _, spec := range gen.Specs {
			s := spec.(*ast.TypeSpec)
			if gen.Lparen.IsValid() {
				enter(cut(declType, s, g.offset(s.Pos()), g.offset(s.End()), "type ", s.Name.Name))
			} else {
				enter(cut(declType, s, g.offset(gen.Pos()), g.offset(gen.End()), "", s.Name.Name))
			}
		}
	}
	for _, f := range g.funcs {
		kind, recv, via := declFunc, "", ""
		if f.Recv != nil {
			kind, recv, via = declMethod, receiverBase(f.Recv), receiverBase(f.Recv)
			if obj, ok := g.info.Defs[f.Name].(*types.Func); ok {
				recv = baseName(obj.Signature().Recv().Type()) // through aliases
			}
		}
		if kind == declFunc && (f.Name.Name == "init" || f.Name.Name == "main" || f.Name.Name == "_") {
			continue
		}
		d := cut(kind, f, g.funcStart(f), g.offset(f.End()), "", f.Name.Name)
		d.recv, d.via = recv, via
		enter(d)
	}
	for _, c := range g.carried {
		again := *c.decl
		again.uses = g.usesOf(c.node)
		for _, id := range c.blank {
			again.names = slices.DeleteFunc(slices.Clone(again.names), func(name string) bool { return name == c.written[id] })
		}
		enter(&again)
	}
	// What a declaration says of itself is no dependence.
	for _, e := range g.entries {
		if e.decl != nil && (e.decl.kind == declFunc || e.decl.kind == declConst) {
			delete(e.decl.uses, e.identity())
		}
	}
	for base, list := range methods {
		if e := g.entries[base]; e != nil {
			e.methods = list
		}
	}
}

// usesOf collects what a declaration mentions: what cells declare, and the
// types of cells in the types of all its names.
func (g *generator) usesOf(node ast.Node) map[identity]bool {
	uses := map[identity]bool{}
	seen := map[types.Type]bool{}
	ast.Inspect(node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := g.info.Uses[id]
		if obj == nil {
			obj = g.info.Defs[id]
		}
		switch o := obj.(type) {
		case nil, *types.PkgName, *types.Label:
			return true
		case *types.Var:
			if d := g.defOf[o]; d != nil && d.slot > 0 {
				uses[slotNumber(d.slot)] = true
			} else if e := g.entry(id.Name); e != nil && e.obj == obj {
				uses[e.identity()] = true
			}
		case *types.Func, *types.Const, *types.TypeName:
			if e := g.entries[id.Name]; e != nil && e.obj == obj {
				uses[e.identity()] = true
			} else if e := g.entry(id.Name); e != nil && e.obj == obj {
				uses[e.identity()] = true
			} else if packageLevel(obj) {
				uses[obj] = true
			}
		}
		eachNamed(obj.Type(), seen, func(t *types.TypeName) { uses[t] = true })
		return true
	})
	return uses
}

// eachNamed calls do with every type of a cell that t mentions. It does not
// look into the declarations of named types.
func eachNamed(t types.Type, seen map[types.Type]bool, do func(*types.TypeName)) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	each := func(t types.Type) { eachNamed(t, seen, do) }
	switch t := t.(type) {
	case *types.Alias:
		if packageLevel(t.Obj()) {
			do(t.Obj())
		}
		each(types.Unalias(t))
	case *types.Named:
		if packageLevel(t.Origin().Obj()) {
			do(t.Origin().Obj())
		}
		for i := range t.TypeArgs().Len() {
			each(t.TypeArgs().At(i))
		}
	case *types.Pointer:
		each(t.Elem())
	case *types.Slice:
		each(t.Elem())
	case *types.Array:
		each(t.Elem())
	case *types.Map:
		each(t.Key())
		each(t.Elem())
	case *types.Chan:
		each(t.Elem())
	case *types.Tuple:
		for i := range t.Len() {
			each(t.At(i).Type())
		}
	case *types.Signature:
		if t.Recv() != nil {
			each(t.Recv().Type())
		}
		each(t.Params())
		each(t.Results())
	case *types.Struct:
		for i := range t.NumFields() {
			each(t.Field(i).Type())
		}
	case *types.Interface:
		for i := range t.NumExplicitMethods() {
			m := t.ExplicitMethod(i).Signature()
			each(m.Params())
			each(m.Results())
		}
		for i := range t.NumEmbeddeds() {
			each(t.EmbeddedType(i))
		}
	case *types.Union:
		for i := range t.Len() {
			each(t.Term(i).Type())
		}
	}
}

// sameText compares two declarations token by token, comments left out.
func sameText(a, b string) bool {
	if a == b {
		return true
	}
	x, y := scanTokens(a, func(int, int) {}), scanTokens(b, func(int, int) {})
	return slices.EqualFunc(x, y, func(s, t goToken) bool {
		return s.tok == t.tok && (s.auto || a[s.start:s.end] == b[t.start:t.end])
	})
}

// declOf returns the declaration of a live function, type, constant or method;
// base is the type of a method.
func (c *Compiler) declOf(obj types.Object, base string) *decl {
	if base != "" {
		if e := c.live[base]; e != nil && e.obj.Pkg() == obj.Pkg() {
			if d := e.methods[obj.Name()]; d != nil {
				return d
			}
			return e.decl // of a field
		}
		return nil
	}
	if e := c.live[obj.Name()]; e != nil && e.obj == obj {
		return e.decl
	}
	return nil
}
