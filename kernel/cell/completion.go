package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
)

// A Match is one proposal for the text at the cursor.
type Match struct {
	Text      string // replaces the text between Start and End of its Completion
	Kind      string // "function", "method", "variable", "field", "type", "constant", "package", "keyword", "magic", "path"
	Signature string // parameters and results, or a type; may be empty
}

// A Completion is what Complete proposes. Start and End are byte offsets.
type Completion struct {
	Matches    []Match
	Start, End int
}

// mostMatches bounds a completion; more than that nobody reads.
const mostMatches = 500

// An Assistant answers what people ask while they write a cell. It compiles
// nothing and changes nothing. Its methods may be called from any goroutine;
// while a cell is built they wait.
type Assistant struct {
	c    *Compiler
	docs docCache
}

// NewAssistant returns an Assistant that knows the live scope of c.
func NewAssistant(c *Compiler) *Assistant { return &Assistant{c: c} }

// Complete proposes how the text at the cursor, a byte offset, may go on:
//
//   - the names of the live scope, of the cell's own text, of packages, and keywords;
//   - behind a dot, members of a package, also of one that is not imported yet,
//     or fields and methods of an expression, qualified by what leads to them;
//   - fields in the literal of a struct, paths in an import, special lines.
//
// Names that begin like the text come in the order above; only when there are
// none, those that differ in case. It never fails: what it does not understand
// has no matches.
func (a *Assistant) Complete(code string, cursor int) (out Completion) {
	cursor = max(0, min(cursor, len(code)))
	nothing := Completion{Start: cursor, End: cursor}
	a.c.mu.Lock()
	defer a.c.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			a.c.trace("assist", fmt.Sprint("complete: ", p))
			out = nothing
		}
	}()
	_, rest, _, _ := splitMagics(code)
	if line, start, ok := specialLine(code, rest, cursor); ok {
		return completeMagic(line, start, cursor)
	}
	if kind, start := literalAt(rest, cursor); kind == '"' || kind == '`' {
		return a.completePath(rest, start, cursor)
	}
	s, ok := spotAt(rest, cursor)
	if !ok {
		return nothing
	}
	p := &proposals{typed: s.typed, seen: map[string]bool{}}
	l := a.c.look(rest[:s.start]+placeholder, rest[s.end:], placeholder, s.start)
	out = Completion{Start: s.start, End: cursor}
	if s.selects {
		p.lead = rest[s.chain:s.start]
		out.Start = s.chain
		a.members(p, s, l)
	} else {
		a.names(p, s, l)
	}
	out.Matches = p.result()
	if len(out.Matches) == 0 {
		return nothing
	}
	return out
}

// proposals gathers matches for what was typed.
type proposals struct {
	typed string
	lead  string // stands in front of each match
	seen  map[string]bool
	exact []Match
	alike []Match // differ in case
}

func (p *proposals) add(name, kind, signature string) {
	if p.seen[name] || name == p.typed && kind == "keyword" {
		return
	}
	m := Match{Text: p.lead + name, Kind: kind, Signature: signature}
	switch {
	case strings.HasPrefix(name, p.typed):
		p.exact = append(p.exact, m)
	case len(name) >= len(p.typed) && strings.EqualFold(name[:len(p.typed)], p.typed):
		p.alike = append(p.alike, m)
	default:
		return
	}
	p.seen[name] = true
}

// fits reports whether a name is worth looking at.
func (p *proposals) fits(name string) bool {
	return len(name) >= len(p.typed) && strings.EqualFold(name[:len(p.typed)], p.typed)
}

func (p *proposals) object(obj types.Object) {
	if p.fits(obj.Name()) {
		p.add(obj.Name(), kindOf(obj), signatureOf(obj))
	}
}

func (p *proposals) result() []Match {
	list := p.exact
	if len(list) == 0 {
		list = p.alike
	}
	return list[:min(len(list), mostMatches)]
}

// names proposes what may stand where no dot is in front.
func (a *Assistant) names(p *proposals, s spot, l *look) {
	var imports []string
	if l != nil {
		for _, field := range literalFields(l) {
			p.object(field)
		}
		l.visible(p.object)
		for _, spec := range l.src.imports {
			if spec.Name != nil {
				imports = append(imports, spec.Name.Name)
			} else {
				imports = append(imports, lastElement(strings.Trim(spec.Path.Value, "\"`")))
			}
		}
	} else {
		for _, name := range sortedKeys(a.c.live) {
			p.object(a.c.live[name].obj)
		}
	}
	if s.typed == "" {
		return // the user's own names are enough when nothing is known
	}
	imports = append(imports, sortedKeys(a.c.imports)...)
	for name := range byName() {
		imports = append(imports, name)
	}
	sort.Strings(imports)
	for _, name := range imports {
		if name != "." && name != "_" {
			p.add(name, "package", strings.Join(a.pathsOf(name), ", "))
		}
	}
	for _, name := range types.Universe.Names() {
		p.object(types.Universe.Lookup(name))
	}
	for t := token.BREAK; t <= token.VAR; t++ {
		if t != token.PACKAGE {
			p.add(t.String(), "keyword", "")
		}
	}
}

// members proposes what may stand behind the dot.
func (a *Assistant) members(p *proposals, s spot, l *look) {
	if l != nil {
		if sel := l.selector(); sel != nil {
			if id, ok := sel.X.(*ast.Ident); ok {
				if pkg, ok := l.info.Uses[id].(*types.PkgName); ok {
					a.packageMembers(p, pkg.Imported(), pkg.Name())
					return
				}
			}
			if tv, ok := l.info.Types[sel.X]; ok && tv.Type != nil && tv.Type != types.Typ[types.Invalid] {
				for _, obj := range membersOfType(tv.Type, tv.IsType()) {
					p.object(obj)
				}
				return
			}
		}
	}
	// The text around is not understood, or the package is not compiled yet.
	name, _, _ := strings.Cut(strings.TrimSuffix(s.text[s.chain:s.start], "."), ".")
	if s.chain == s.start || strings.TrimSuffix(s.text[s.chain:s.start], ".") != name {
		return
	}
	if e := a.c.live[name]; e != nil {
		_, isType := e.obj.(*types.TypeName)
		for _, obj := range membersOfType(e.obj.Type(), isType) {
			p.object(obj)
		}
		return
	}
	a.packageMembers(p, nil, name)
}

// packageMembers proposes the exported names of a package. Of several of one
// name the next is looked at when the first has nothing that fits, as the
// import of a cell does.
func (a *Assistant) packageMembers(p *proposals, first *types.Package, name string) {
	take := func(pkg *types.Package) bool {
		for _, member := range exported(pkg) {
			p.object(pkg.Scope().Lookup(member))
		}
		return len(p.exact) > 0
	}
	if first != nil && take(first) {
		return
	}
	paths := a.pathsOf(name)
	if first != nil && !slices.Contains(paths, first.Path()) {
		return // imported by a line of the cell
	}
	for _, path := range paths {
		if first != nil && path == first.Path() {
			continue
		}
		if pkg, err := a.imported(path); err == nil {
			if take(pkg) {
				return
			}
			continue
		}
		if d := a.docs.of(a.c, path); d != nil {
			d.eachName(func(name, kind string) { p.add(name, kind, "") })
			if len(p.exact) > 0 {
				return
			}
		}
	}
}

// pathsOf lists what a package name may stand for, best first.
func (a *Assistant) pathsOf(name string) []string {
	if path := a.c.imports[name]; path != "" {
		return []string{path}
	}
	return byName()[name]
}

// imported returns a package that is compiled already.
func (a *Assistant) imported(path string) (*types.Package, error) {
	probe := &Compiler{tool: knownOnly{a.c.tool}}
	return probe.importPackage(context.Background(), path)
}

// literalFields lists the fields of the struct literal in which the name
// stands as a key, or may become one.
func literalFields(l *look) (fields []types.Object) {
	lit, ok := l.parent(1).(*ast.CompositeLit)
	if kv, isPair := l.parent(1).(*ast.KeyValueExpr); isPair && kv.Key == l.ident {
		lit, ok = l.parent(2).(*ast.CompositeLit)
	}
	if !ok || lit.Type == l.ident {
		return nil
	}
	t := l.info.TypeOf(lit)
	if t == nil {
		return nil
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	written := map[string]bool{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				written[id.Name] = true
			}
		}
	}
	for i := range st.NumFields() {
		if f := st.Field(i); reachable(f) && !written[f.Name()] {
			fields = append(fields, f)
		}
	}
	return fields
}

// reachable reports whether a cell can name a field or method.
func reachable(obj types.Object) bool {
	return obj.Exported() || isCellPackage(obj.Pkg())
}

// membersOfType lists the fields and methods of a type, fields first, those of
// embedded structs too. Of a type, as opposed to a value, only methods.
func membersOfType(t types.Type, isType bool) (members []types.Object) {
	seen := map[string]bool{"_": true}
	take := func(obj types.Object) {
		if !seen[obj.Name()] && reachable(obj) {
			seen[obj.Name()] = true
			members = append(members, obj)
		}
	}
	structOf := func(t types.Type) *types.Struct {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, _ := t.Underlying().(*types.Struct)
		return st
	}
	if !isType {
		level := []*types.Struct{structOf(t)}
		visited := map[*types.Struct]bool{nil: true}
		for len(level) > 0 {
			var next []*types.Struct
			for _, st := range level {
				if visited[st] {
					continue
				}
				visited[st] = true
				for i := range st.NumFields() {
					f := st.Field(i)
					take(f)
					if f.Embedded() {
						next = append(next, structOf(f.Type()))
					}
				}
			}
			level = next
		}
	}
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		t = tp.Constraint()
	}
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) && !isType {
		t = types.NewPointer(t) // values of cells can be addressed
	}
	set := types.NewMethodSet(t)
	for i := range set.Len() {
		take(set.At(i).Obj())
	}
	return members
}

func kindOf(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		if obj.Signature().Recv() != nil {
			return "method"
		}
		return "function"
	case *types.Builtin:
		return "function"
	case *types.Var:
		if obj.IsField() {
			return "field"
		}
		return "variable"
	case *types.TypeName:
		return "type"
	case *types.PkgName:
		return "package"
	}
	return "constant" // nil is one, too
}

// signatureOf is what a list of proposals shows beside a name.
func signatureOf(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		return strings.TrimPrefix(types.TypeString(obj.Type(), shortNames), "func")
	case *types.TypeName:
		return ""
	case *types.Builtin, *types.Nil:
		return ""
	}
	return types.TypeString(obj.Type(), shortNames)
}

// shortNames qualifies names as people write them: by the package's name, and
// those of cells not at all.
func shortNames(p *types.Package) string {
	if isCellPackage(p) {
		return ""
	}
	return p.Name()
}

// completeMagic proposes special lines; a shell command has no proposals.
func completeMagic(line string, start, cursor int) Completion {
	out := Completion{Start: start, End: cursor}
	for _, m := range magicTable {
		if m.name != "!" && strings.HasPrefix(m.name, line) {
			out.Matches = append(out.Matches, Match{Text: m.name, Kind: "magic", Signature: m.summary})
		}
	}
	if out.Matches == nil {
		out.Start = cursor
	}
	return out
}

// completePath proposes import paths in the string that starts at start, if it
// is one of an import declaration.
func (a *Assistant) completePath(text string, start, cursor int) Completion {
	nothing := Completion{Start: cursor, End: cursor}
	toks := scanTokens(text[:start], func(int, int) {})
	if !importOpen(toks) {
		return nothing
	}
	typed := text[start+1 : cursor]
	out := Completion{Start: start + 1, End: cursor}
	for _, p := range append(slices.Clone(stdPaths), toolkit...) {
		if strings.HasPrefix(p, typed) {
			out.Matches = append(out.Matches, Match{Text: p, Kind: "path"})
		}
	}
	if out.Matches == nil {
		return nothing
	}
	return out
}

// importOpen reports whether an import path follows the tokens.
func importOpen(toks []goToken) bool {
	for i := len(toks) - 1; i >= 0; i-- {
		switch toks[i].tok {
		case token.IMPORT:
			return true
		case token.LPAREN, token.STRING, token.IDENT, token.PERIOD:
		case token.SEMICOLON:
			// In a group; outside of one an import has ended there.
			for k := i - 1; k >= 0; k-- {
				switch toks[k].tok {
				case token.LPAREN:
					return k > 0 && toks[k-1].tok == token.IMPORT
				case token.STRING, token.IDENT, token.PERIOD, token.SEMICOLON:
				default:
					return false
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}
