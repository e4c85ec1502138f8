package session

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gonb"
)

// initPrefix begins the names of functions that GoNB runs in every cell.
const initPrefix = "init_"

// callInits lets a live cell call all functions whose names begin with init_,
// sorted: those of earlier cells and its own. They run after its variables are
// defined and before its func main. No line moves.
func (p *plan) callInits(memory gonb.Memory) {
	if p.empty() {
		return
	}
	var names []string
	for _, d := range memory.Decls() {
		if d.Kind == gonb.Func && strings.HasPrefix(d.Keys[0], initPrefix) {
			names = append(names, d.Keys[0])
		}
	}
	own := strings.Contains(p.text, initPrefix)
	if len(names) == 0 && !own {
		return
	}
	c, err := gonb.Parse(p.count, p.text, true)
	if err != nil {
		return // the build says why
	}
	for _, d := range c.Decls {
		if d.Kind == gonb.Func && strings.HasPrefix(d.Keys[0], initPrefix) && !slices.Contains(names, d.Keys[0]) {
			names = append(names, d.Keys[0])
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	calls := strings.Join(names, "(); ") + "();"
	if at := mainBody(p.text); at >= 0 {
		p.text = p.text[:at] + " " + calls + p.text[at:]
		return
	}
	if n := len(c.Stmts); n > 0 && c.Stmts[n-1].Value {
		p.text = calls + " " + p.text // the last line's value is to be shown
		return
	}
	p.text = strings.TrimRight(p.text, " \t\n") + "\n" + calls
}

// mainBody is the offset behind the opening brace of func main, or -1.
func mainBody(text string) int {
	for _, piece := range cell.Pieces(text) {
		if piece.Kind != cell.Function {
			continue
		}
		const head = "package p;"
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, "", head+text[piece.Start:piece.End], parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "main" && fn.Body != nil {
				return piece.Start + set.Position(fn.Body.Lbrace).Offset - len(head) + 1
			}
		}
	}
	return -1
}
