package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
)

// A revision finds out what of earlier cells a cell has to compile again: all
// declarations of a type that it adds a method to, and whatever mentions a
// type, constant or function that it declares anew. Go on the machine knows no
// late binding, so what was compiled against the older declaration stays with
// that.
//
// What is compiled again becomes part of the cell. Checking it may show that
// more has to follow, or that some of it does not go with the new declarations
// and has to stay as it is; then the cell is checked once more.
type revision struct {
	c      *Compiler
	cellID string
	code   string // text of the cell

	kept     map[string]bool // types of this cell that are declared just so already
	own      map[string]bool // names that the cell declares; methods as "T.m"
	ownTypes map[string]bool
	removed  map[int]bool // methods that stood in this cell and no longer do
	wanted   map[int]*decl
	failed   map[int]string    // why a wanted declaration stays as it is
	stale    map[int]bool      // declarations that had stayed behind before
	live     map[identity]bool // what names mean before this cell; made when needed
}

// understand parses and checks a cell together with what it compiles again.
func (c *Compiler) understand(ctx context.Context, text string, split *splitting, count int, cellID, code string) (*checked, []Problem, error) {
	rev := &revision{
		c: c, cellID: cellID, code: code,
		kept: map[string]bool{}, own: map[string]bool{}, ownTypes: map[string]bool{}, removed: map[int]bool{},
		wanted: map[int]*decl{}, failed: map[int]string{}, stale: map[int]bool{},
	}
	for first := true; ; first = false {
		src, problems := parseGo(text, split)
		if len(problems) > 0 {
			return nil, problems, nil
		}
		if first {
			rev.begin(src)
		}
		rev.apply(src)
		k := newChecker(c, src, count)
		k.kept = rev.kept
		ck, problems, err := k.check(ctx)
		if err != nil {
			return nil, nil, err
		}
		if k.pkg != nil && (rev.extend(k) || rev.exclude(k)) {
			continue
		}
		if len(problems) > 0 {
			k.remember()
			return nil, problems, nil
		}
		ck.kept = rev.kept
		ck.notices = slices.Concat(rev.notices(), k.stuckNotices())
		return ck, nil, nil
	}
}

// begin looks at what the cell declares: types that are what they were, and
// types of earlier cells that get methods here.
func (rev *revision) begin(src *source) {
	specs := typeSpecs(src)
	texts := map[string]string{} // of own types and methods, as a decl has it
	var groups [][]string        // names of types that are declared together
	for _, stmt := range src.stmts {
		gen := declarationOfStmt(stmt)
		if gen == nil || gen.Tok == token.VAR {
			continue
		}
		var names []string
		for _, spec := range gen.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				texts[s.Name.Name] = "type " + src.text[src.offset(s.Pos()):src.offset(s.End())]
				rev.own[s.Name.Name], rev.ownTypes[s.Name.Name] = true, true
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					rev.own[id.Name] = true
				}
			}
		}
		if gen.Tok == token.TYPE {
			groups = append(groups, names)
		}
	}
	methods := map[string][]string{} // type → own methods
	for _, f := range src.funcs {
		text := src.text[src.offset(f.Pos()):src.offset(f.End())]
		if f.Recv == nil {
			rev.own[f.Name.Name] = true
			continue
		}
		base := rev.base(receiverBase(f.Recv), specs)
		if base == "" {
			continue
		}
		rev.own[base+"."+f.Name.Name] = true
		texts[base+"."+f.Name.Name] = text
		methods[base] = append(methods[base], f.Name.Name)
	}
	rev.findRemoved()

	// A type is kept if its text, that of its methods here and all they mention
	// are what they were. Types that mention each other are kept together.
	for _, names := range groups {
		for _, name := range names {
			rev.kept[name] = rev.sameType(name, texts, methods[name])
		}
	}
	for changed := true; changed; {
		changed = false
		drop := func(name string) {
			if rev.kept[name] {
				delete(rev.kept, name)
				changed = true
			}
		}
		for _, names := range groups {
			for _, name := range names {
				if !rev.kept[name] {
					for _, other := range names {
						drop(other)
					}
				}
			}
		}
		anew := map[identity]bool{} // types that this cell does declare anew
		for name := range specs {
			if e := rev.c.live[name]; e != nil && !rev.kept[name] {
				anew[e.identity()] = true
			}
		}
		for name := range rev.kept {
			e := rev.c.live[name]
			if !rev.kept[name] {
				delete(rev.kept, name)
				continue
			}
			for _, d := range append([]*decl{e.decl}, mapValues(e.methods)...) {
				for id := range d.uses {
					if anew[id] {
						drop(name)
					}
				}
			}
		}
	}
	// Methods for types of earlier cells. Those that are what they were need
	// nothing.
	for base, list := range methods {
		e := rev.c.live[base]
		if specs[base] != nil && !rev.kept[base] || e == nil || e.decl == nil {
			continue
		}
		for _, m := range list {
			if rev.kept[base] {
				continue
			}
			if !rev.sameMethod(e, m, texts[base+"."+m]) {
				rev.wantType(base)
			}
		}
		if rev.wantedType(base) == nil {
			rev.kept[base] = true // with all its methods here
		}
	}
	for name, e := range rev.c.live {
		for _, d := range e.methods {
			if rev.removed[d.id] && !(rev.own[name] && specs[name] != nil) {
				rev.wantType(name)
				delete(rev.kept, name)
			}
		}
	}
}

// tolerate makes unfinished text ready for a look: methods for types of earlier
// cells bring these along.
func (rev *revision) tolerate(src *source) {
	specs := typeSpecs(src)
	for _, f := range src.funcs {
		if f.Recv == nil {
			continue
		}
		if base := rev.base(receiverBase(f.Recv), specs); base != "" && specs[base] == nil {
			rev.own[base+"."+f.Name.Name] = true
		}
	}
	for name := range rev.own {
		base, _, _ := strings.Cut(name, ".")
		rev.wantType(base)
	}
	src.carry(mapValues(rev.wanted), rev.skips)
}

// typeSpecs lists the types that a cell's text declares.
func typeSpecs(src *source) map[string]*ast.TypeSpec {
	specs := map[string]*ast.TypeSpec{}
	for _, stmt := range src.stmts {
		if gen := declarationOfStmt(stmt); gen != nil {
			for _, spec := range gen.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok {
					specs[s.Name.Name] = s
				}
			}
		}
	}
	return specs
}

// declarationOfStmt returns the declaration that a statement is, or nil.
func declarationOfStmt(stmt ast.Stmt) *ast.GenDecl {
	if d, ok := stmt.(*ast.DeclStmt); ok {
		gen, _ := d.Decl.(*ast.GenDecl)
		return gen
	}
	return nil
}

func mapValues[K comparable, V any](m map[K]V) (list []V) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// base follows aliases from the name in a receiver to that of the type itself.
func (rev *revision) base(name string, own map[string]*ast.TypeSpec) string {
	for range len(own) + 1 {
		spec := own[name]
		if spec == nil || !spec.Assign.IsValid() {
			break
		}
		name = typeBase(spec.Type)
	}
	if own[name] != nil {
		return name
	}
	e := rev.c.live[name]
	if e == nil {
		return ""
	}
	obj, ok := e.obj.(*types.TypeName)
	if !ok || !isCellPackage(obj.Pkg()) {
		return ""
	}
	if obj.IsAlias() {
		rev.want(e.decl)
		typ := types.Unalias(obj.Type())
		if p, ok := typ.(*types.Pointer); ok {
			typ = types.Unalias(p.Elem())
		}
		named, ok := typ.(*types.Named)
		if !ok || !isCellPackage(named.Obj().Pkg()) {
			return ""
		}
		return named.Obj().Name()
	}
	return name
}

// findRemoved finds methods that stood in this cell when it ran before, and no
// longer do.
func (rev *revision) findRemoved() {
	if rev.cellID == "" {
		return
	}
	for name, e := range rev.c.live {
		for m, d := range e.methods {
			if d.home.cellID == rev.cellID && d.home.built.text != rev.code && !rev.own[name+"."+m] {
				rev.removed[d.id] = true
			}
		}
	}
}

// sameType reports whether a type and its methods of this cell are what is live
// already.
func (rev *revision) sameType(name string, texts map[string]string, methods []string) bool {
	e := rev.c.live[name]
	if e == nil || e.decl == nil || e.decl.kind != declType {
		return false
	}
	if !sameText(texts[name], e.decl.lead+e.decl.text) || !rev.current(e.decl) {
		return false
	}
	for _, d := range e.methods {
		if rev.removed[d.id] {
			return false
		}
	}
	for _, m := range methods {
		if !rev.sameMethod(e, m, texts[name+"."+m]) {
			return false
		}
	}
	return true
}

func (rev *revision) sameMethod(e *entry, name, text string) bool {
	d := e.methods[name]
	return d != nil && sameText(text, d.text) && rev.current(d)
}

// current reports whether all that a declaration was compiled with is live.
func (rev *revision) current(d *decl) bool {
	if rev.live == nil {
		rev.live = map[identity]bool{}
		for _, e := range rev.c.live {
			rev.live[e.identity()] = true
		}
	}
	for id := range d.uses {
		if !rev.live[id] {
			return false
		}
	}
	return true
}

// want adds a declaration to what is compiled again.
func (rev *revision) want(d *decl) (added bool) {
	if d == nil || rev.wanted[d.id] != nil || rev.removed[d.id] {
		return false
	}
	if _, failed := rev.failed[d.id]; failed {
		return false
	}
	switch d.kind {
	case declMethod:
		if rev.own[d.recv+"."+d.names[0]] && !rev.kept[d.recv] {
			return false
		}
	case declConst:
		if !slices.ContainsFunc(d.names, func(name string) bool { return !rev.skips(d, name) }) {
			return false
		}
	default:
		if rev.own[d.names[0]] && !rev.kept[d.names[0]] {
			return false
		}
	}
	rev.wanted[d.id] = d
	return true
}

// wantType adds a type with all its methods.
func (rev *revision) wantType(name string) (added bool) {
	e := rev.c.live[name]
	if e == nil || e.decl == nil {
		return false
	}
	added = rev.want(e.decl)
	if rev.wanted[e.decl.id] != nil || rev.ownTypes[name] {
		for _, d := range e.methods {
			added = rev.want(d) || added
			if alias := rev.c.live[d.via]; rev.wanted[d.id] != nil && d.via != d.recv && alias != nil {
				added = rev.want(alias.decl) || added
			}
		}
	}
	return added
}

// wantedType returns the declaration of a type that is compiled again.
func (rev *revision) wantedType(name string) *decl {
	if e := rev.c.live[name]; e != nil && e.decl != nil {
		return rev.wanted[e.decl.id]
	}
	return nil
}

// skips reports whether one name of a constant declaration is left out when
// that is compiled again, since the name means something else by now.
func (rev *revision) skips(d *decl, name string) bool {
	e := rev.c.live[name]
	return rev.own[name] || e == nil || e.decl == nil || e.decl.id != d.id
}

// apply makes a source what the revision wants: without the types that are kept,
// and with what is compiled again behind it.
func (rev *revision) apply(src *source) {
	specs := typeSpecs(src)
	src.stmts = slices.DeleteFunc(src.stmts, func(stmt ast.Stmt) bool {
		gen := declarationOfStmt(stmt)
		if gen == nil || gen.Tok != token.TYPE {
			return false
		}
		for _, spec := range gen.Specs {
			if !rev.kept[spec.(*ast.TypeSpec).Name.Name] {
				return false
			}
		}
		src.lastIsStmt = src.lastIsStmt && stmt != src.stmts[len(src.stmts)-1]
		return len(gen.Specs) > 0
	})
	src.funcs = slices.DeleteFunc(src.funcs, func(f *ast.FuncDecl) bool {
		return f.Recv != nil && rev.kept[rev.base(receiverBase(f.Recv), specs)]
	})
	var list []*decl
	for _, d := range rev.wanted {
		if _, failed := rev.failed[d.id]; !failed {
			list = append(list, d)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].id < list[j].id })
	src.carry(list, rev.skips)
}

// extend adds what depends on declarations that the checked cell replaces.
func (rev *revision) extend(k *checker) (added bool) {
	replaced := map[identity]bool{}  // whoever mentions these is compiled again
	former := map[identity]bool{}    // and whoever stayed with a former meaning of the name
	bodies := map[identity]*record{} // functions with a new body: callers of their own cell follow
	replace := func(e *entry) {
		replaced[e.identity()] = true
		for _, id := range e.older {
			former[id] = true
		}
	}
	for _, name := range k.pkg.Scope().Names() {
		obj := k.pkg.Scope().Lookup(name)
		e := rev.c.live[name]
		if e == nil || e.obj == obj || obj.Pkg() != k.pkg || obj.Parent() != k.pkg.Scope() {
			continue
		}
		// A name that was of another kind is only hidden: point := point{1, 2}.
		switch obj := obj.(type) {
		case *types.TypeName:
			if _, ok := e.obj.(*types.TypeName); ok {
				replace(e)
			}
		case *types.Const:
			if old, ok := e.obj.(*types.Const); ok && !(types.Identical(old.Type(), obj.Type()) && constant.Compare(old.Val(), token.EQL, obj.Val())) {
				replace(e)
			}
		case *types.Func:
			switch {
			case e.slot > 0 && types.Identical(e.obj.Type(), obj.Type()):
				bodies[e.identity()] = e.from
			case e.kind == entryFunc || e.kind == entryDirect && isFunc(e.obj):
				replace(e)
			}
		}
	}
	for name := range k.defined {
		e := rev.c.live[name]
		if e == nil || e.slot == 0 {
			continue
		}
		switch v := k.definedVar(name); {
		case v == nil || isInvalid(v.Type()):
		case !types.Identical(k.typeOf(name, e), v.Type()):
			replace(e)
		case e.kind == entryFunc:
			bodies[e.identity()] = e.from
		}
	}
	if len(replaced)+len(bodies) == 0 {
		return false
	}
	for name := range k.defined {
		rev.own[name] = true // a variable takes the place of the function
	}
	for name, e := range rev.c.live {
		if e.decl == nil {
			continue
		}
		// A type and its methods are one.
		hit, stale := rev.ownTypes[name] && !rev.kept[name], false
		for _, d := range append([]*decl{e.decl}, mapValues(e.methods)...) {
			for id := range d.uses {
				hit = hit || replaced[id] || bodies[id] != nil && bodies[id] == e.from
				stale = stale || former[id]
			}
			rev.stale[d.id] = rev.stale[d.id] || stale && !hit
		}
		if hit || stale {
			added = rev.wantType(name) || added
		}
	}
	return added
}

func isFunc(obj types.Object) bool {
	_, ok := obj.(*types.Func)
	return ok
}

func isInvalid(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Kind() == types.Invalid
}

// exclude leaves out declarations of earlier cells that do not go with the new
// ones.
func (rev *revision) exclude(k *checker) (excluded bool) {
	for d, why := range k.misfits {
		if _, have := rev.failed[d.id]; have {
			continue
		}
		rev.failed[d.id] = why
		excluded = true
		if d.kind == declType {
			for _, m := range rev.c.live[d.names[0]].methods {
				rev.failed[m.id] = ""
			}
		}
	}
	return excluded
}

// notices tells which declarations stay as they were.
func (rev *revision) notices() (lines []string) {
	var ids []int
	for id := range rev.failed {
		ids = append(ids, id)
	}
	sort.Ints(ids)
	for _, id := range ids {
		d, why := rev.wanted[id], rev.failed[id]
		if d == nil || why == "" || rev.stale[id] {
			continue
		}
		stays := "stays as it was"
		if d.kind == declMethod {
			stays = "is left out"
			if rev.failedType(d.recv) {
				continue
			}
		}
		lines = append(lines, fmt.Sprintf("%s of Cell [%d] does not go with this cell and %s: %s", d, d.home.count, stays, why))
	}
	return lines
}

func (rev *revision) failedType(name string) bool {
	e := rev.c.live[name]
	if e == nil || e.decl == nil {
		return false
	}
	_, failed := rev.failed[e.decl.id]
	return failed
}

// stuckNotices tells which variables keep a former declaration of their type,
// and the cells that would make them anew.
func (k *checker) stuckNotices() (lines []string) {
	type group struct{ typ, why string }
	variables := map[group][]string{}
	cells := map[group][]string{}
	var groups []group
	for _, name := range sortedKeys(k.stuck) {
		if k.defined[name] || k.names[name] {
			continue
		}
		s := k.stuck[name]
		g := group{s.typ, s.why}
		if variables[g] == nil {
			groups = append(groups, g)
		}
		variables[g] = append(variables[g], name)
		if cell := fmt.Sprintf("Cell [%d]", k.c.live[name].from.count); !slices.Contains(cells[g], cell) {
			cells[g] = append(cells[g], cell)
		}
	}
	for _, g := range groups {
		verb, them := "keeps", "it"
		if len(variables[g]) > 1 {
			verb, them = "keep", "them"
		}
		lines = append(lines, fmt.Sprintf("%s %s the former type %s (%s); run %s again to make %s anew",
			strings.Join(variables[g], ", "), verb, g.typ, g.why, strings.Join(cells[g], ", "), them))
	}
	return lines
}
