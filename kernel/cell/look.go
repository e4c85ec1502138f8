package cell

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/spikebook/spikebook/kernel/gotool"
)

// placeholder stands in unfinished text where a name is being written.
const placeholder = mark + mark + "cursor"

// A look is an unfinished cell as far as parser and type checker understand it.
type look struct {
	*checker
	ident *ast.Ident
	path  []ast.Node // from a file of the checker down to ident
}

// A knownOnly tool imports what is compiled already and compiles nothing.
type knownOnly struct{ toolchain }

// Resolve refuses what would have to be compiled.
func (t knownOnly) Resolve(ctx context.Context, paths []string) error {
	names, ok := t.toolchain.(interface{ PackageName(string) string })
	for _, p := range paths {
		if !ok || names.PackageName(p) == "" {
			return &gotool.ImportError{Path: p, Reason: "it is not compiled yet"}
		}
	}
	return t.toolchain.Resolve(ctx, paths)
}

// look understands a cell around a name. before is its text up to and with the
// name, after is the rest. Text that is open at the name is closed in one of
// several ways: the first is taken that the parser accepts. The caller holds
// c.mu. It returns nil if the name is not found in what is understood.
func (c *Compiler) look(before, after, name string, at int) *look {
	var fallback *source
	for i, text := range completions(before, after) {
		src, clean := parseTolerant(text)
		if len(findIdent(src, name, at)) == 0 {
			continue
		}
		if clean {
			return c.checkTolerant(src, name, at)
		}
		if fallback == nil && i > 0 { // what follows the cursor may be of a time before this line
			fallback = src
		}
	}
	if fallback == nil {
		return nil
	}
	return c.checkTolerant(fallback, name, at)
}

// completions lists texts that may be what an unfinished one becomes: with
// what follows it, or with its brackets closed.
func completions(before, after string) []string {
	var open []byte
	for _, t := range scanTokens(before, func(int, int) {}) {
		switch t.tok {
		case token.LPAREN:
			open = append(open, ')')
		case token.LBRACK:
			open = append(open, ']')
		case token.LBRACE:
			open = append(open, '}')
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if n := len(open); n > 0 && open[n-1] == before[t.start] {
				open = open[:n-1]
			}
		}
	}
	var closing strings.Builder
	for i := len(open) - 1; i >= 0; i-- {
		if open[i] == '}' {
			closing.WriteByte('\n')
		}
		closing.WriteByte(open[i])
	}
	list := []string{before + after}
	// What may follow a name: nothing, a block (if, for, func), a call (go,
	// defer), a colon (case); and behind the brackets a block.
	for _, end := range []string{"", "{}"} {
		for _, next := range []string{"", "{}", "()", ":"} {
			list = append(list, before+next+closing.String()+end)
		}
	}
	return list
}

// parseTolerant parses as parseGo does, and keeps what can be understood of
// pieces with mistakes.
func parseTolerant(text string) (src *source, clean bool) {
	s := splitGo(text)
	src = &source{text: text, own: len(text), set: token.NewFileSet()}
	clean = s.problem == nil
	for _, seg := range s.cutValues(text) {
		prefix, suffix := seg.enclosed()
		base := src.set.Base()
		full := prefix + text[seg.start:seg.end] + suffix
		file, err := parser.ParseFile(src.set, "", full, parser.AllErrors)
		src.parts = append(src.parts, part{base: base, size: len(full), shift: seg.start - len(prefix), start: seg.start, end: seg.end})
		clean = clean && err == nil
		if file == nil {
			continue
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if imp, ok := spec.(*ast.ImportSpec); ok && imp.Path != nil {
						src.imports = append(src.imports, imp)
					}
				}
			case *ast.FuncDecl:
				if seg.kind == segmentFunc {
					src.funcs = append(src.funcs, d)
					continue
				}
				if d.Body == nil {
					continue
				}
				for _, stmt := range d.Body.List {
					switch stmt.(type) {
					case *ast.EmptyStmt, *ast.BadStmt:
					default:
						src.stmts = append(src.stmts, stmt)
					}
				}
			}
		}
	}
	return src, clean
}

// findIdent returns the nodes from a root of src down to the name at an offset.
func findIdent(src *source, name string, at int) (path []ast.Node) {
	for _, s := range src.stmts {
		if path = pathTo(src, s, name, at); path != nil {
			return path
		}
	}
	for _, f := range src.funcs {
		if path = pathTo(src, f, name, at); path != nil {
			return path
		}
	}
	return nil
}

func pathTo(src *source, root ast.Node, name string, at int) (found []ast.Node) {
	var stack []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		if id, ok := n.(*ast.Ident); ok && found == nil && id.Name == name && src.offset(id.Pos()) == at {
			found = append([]ast.Node(nil), stack...)
		}
		return true
	})
	return found
}

// checkTolerant type-checks as check does, whatever is wrong, and compiles
// nothing. Where even that fails it returns nil.
func (c *Compiler) checkTolerant(src *source, name string, at int) (l *look) {
	defer func() {
		if p := recover(); p != nil { // the checker is made for trees of whole programs
			c.trace("assist", fmt.Sprint("the checker gave up on unfinished text: ", p))
			l = nil
		}
	}()
	ctx := context.Background()
	probe := &Compiler{tool: knownOnly{c.tool}, live: c.live, imports: c.imports, byPackage: c.byPackage, byFile: c.byFile, lost: c.lost}
	(&revision{c: probe, own: map[string]bool{}, wanted: map[int]*decl{}}).tolerate(src)
	k := newChecker(probe, src, 0)
	explicit, _, err := probe.explicitImports(ctx, src)
	if err != nil {
		explicit = nil
	}
	for _, imp := range explicit {
		switch imp.name {
		case "_":
		case ".":
			if pkg, err := probe.importPackage(ctx, imp.path); err == nil {
				for _, name := range exported(pkg) {
					k.names[name] = true
				}
			}
		default:
			k.names[imp.name] = true
		}
	}
	k.collect()
	k.problems = nil
	k.pkg = types.NewPackage(cellPath, cellName)
	k.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}
	body := k.body()
	forEntry, forDecls := k.addImports(ctx, explicit)
	k.compose(body, forEntry, forDecls)
	files := []*ast.File{k.entry, k.decls}
	if k.again = k.composeAgain(ctx); k.again != nil {
		files = append(files, k.again)
	}
	k.insertLive()
	conf := types.Config{Importer: probe.tool.Importer(), Error: func(err error) {
		if e, ok := err.(types.Error); ok {
			switch e.Msg {
			case "undefined: " + signalBegin:
				k.renewVariables()
				for _, obj := range k.replace {
					k.info.Scopes[k.entry].Insert(obj)
				}
			case "undefined: " + signalEnd:
				k.publish()
			}
		}
	}}
	_ = types.NewChecker(&conf, src.set, k.pkg, k.info).Files(files)
	for _, f := range []*ast.File{k.entry, k.decls} {
		if path := pathTo(src, f, name, at); path != nil {
			return &look{checker: k, path: path, ident: path[len(path)-1].(*ast.Ident)}
		}
	}
	return nil
}

// parent returns the node n levels above the name.
func (l *look) parent(n int) ast.Node {
	if i := len(l.path) - 1 - n; i >= 0 {
		return l.path[i]
	}
	return nil
}

// selector returns the selection of which the name is the member.
func (l *look) selector() *ast.SelectorExpr {
	if sel, ok := l.parent(1).(*ast.SelectorExpr); ok && sel.Sel == l.ident {
		return sel
	}
	return nil
}

// visible lists what the name may refer to, innermost first, each name once.
// Variables that statements define further down are left out.
func (l *look) visible(yield func(types.Object)) {
	seen := map[string]bool{"_": true, mark + "cell": true, placeholder: true}
	inEntry := l.path[0] == l.entry
	take := func(s *types.Scope, local bool) {
		if s == nil {
			return
		}
		for _, name := range s.Names() {
			obj := s.Lookup(name)
			if seen[name] || strings.Contains(name, mark) {
				continue
			}
			if own := obj.Pkg() == l.pkg; own && obj.Pos() >= l.ident.Pos() {
				if _, isVar := obj.(*types.Var); local || inEntry && isVar {
					continue
				}
			}
			if _, isPackage := obj.(*types.PkgName); isPackage {
				continue // packages are listed apart
			}
			seen[name] = true
			yield(obj)
		}
	}
	for i := len(l.path) - 1; i >= 0; i-- {
		n := l.path[i]
		switch f := n.(type) {
		case *ast.FuncDecl:
			n = f.Type
		case *ast.FuncLit:
			n = f.Type
		}
		_, isFile := n.(*ast.File)
		take(l.info.Scopes[n], !isFile)
	}
	take(l.pkg.Scope(), false)
}
