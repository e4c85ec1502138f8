package cell

import (
	"fmt"
	"go/types"
	"strings"
)

// traceSplit tells what the splitter made of a cell.
func (c *Compiler) traceSplit(magics []Magic, text string, s *splitting) {
	if c.Trace == nil {
		return
	}
	var b strings.Builder
	for _, m := range magics {
		fmt.Fprintf(&b, "line %d: special %s %s\n", m.Line, m.Name, m.Args)
	}
	kinds := map[segmentKind]string{segmentStatements: "statements", segmentImport: "import", segmentFunc: "func"}
	for _, seg := range s.segments {
		piece := strings.TrimSpace(text[seg.start:seg.end])
		if piece == "" {
			continue
		}
		lead := len(text[seg.start:seg.end]) - len(strings.TrimLeft(text[seg.start:seg.end], " \t\r\n"))
		line, _ := place(text, seg.start+lead)
		first, _, more := strings.Cut(piece, "\n")
		if more {
			first += " …"
		}
		fmt.Fprintf(&b, "line %d: %s: %s\n", line, kinds[seg.kind], first)
	}
	c.trace("split", b.String())
}

// traceCheck tells what the checker found out.
func (c *Compiler) traceCheck(ck *checked) {
	if c.Trace == nil {
		return
	}
	var b strings.Builder
	for _, imp := range ck.imports {
		origin := "added"
		if imp.spec != nil {
			origin = "written"
		}
		fmt.Fprintf(&b, "import %s %q (%s)\n", imp.name, imp.path, origin)
	}
	for _, d := range ck.carried {
		fmt.Fprintf(&b, "%s of Cell [%d] is compiled again\n", d, d.home.count)
	}
	for _, name := range sortedKeys(ck.kept) {
		fmt.Fprintf(&b, "type %s stays as it is\n", name)
	}
	for _, name := range sortedKeys(ck.moved) {
		fmt.Fprintf(&b, "variable %s goes on with its renewed type\n", name)
	}
	for _, line := range ck.notices {
		b.WriteString(line + "\n")
	}
	for _, d := range ck.defs {
		line, _ := ck.place(d.ident.Pos())
		fmt.Fprintf(&b, "line %d: variable %s %s\n", line, d.ident.Name, plainNames(types.TypeString(d.obj.Type(), types.RelativeTo(ck.pkg))))
	}
	if ck.last != nil {
		if tv, ok := ck.info.Types[ck.last.X]; ok && tv.Type != nil {
			line, _ := ck.place(ck.last.Pos())
			fmt.Fprintf(&b, "line %d: result %s\n", line, plainNames(tv.Type.String()))
		}
	}
	c.trace("check", b.String())
}
