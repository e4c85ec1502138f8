package cell

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// A source is the Go text of a cell with its syntax trees.
type source struct {
	text  string // the cell's text with blanks for special lines
	set   *token.FileSet
	parts []part

	imports []*ast.ImportSpec
	funcs   []*ast.FuncDecl
	stmts   []ast.Stmt // statements outside of blocks, in order; declarations among them

	own     int        // length of the cell's own text; behind it stands what it compiles again
	carried []*carried // declarations of earlier cells

	choices    []int // not nil: each statement is an expression with this number, see Compiler.BuildChoice
	lastIsStmt bool  // the cell's text ends in a statement, not in a function
	values     bool  // the last statement is a call that stands for several values: see cutValues
	quiet      bool  // a semicolon stands behind the last statement: do not show its value
	atEnd      bool  // a syntax error lies at the end of the text
}

// A part ties the positions of one parsed segment to offsets in the text.
type part struct {
	base, size int // token.Pos range
	shift      int // offset in text = (pos - base) + shift
	start, end int // the segment in text
}

// Text around a segment, so that the parser accepts it. No line ends before
// the user's text: lines of the part are lines of the segment.
const (
	filePrefix = "package p;"
	bodyPrefix = "package p;func _(){"
	bodySuffix = "\n}"

	valuesPrefix = "package p;func _(){_(" // a call of nothing, so that the list parses
	valuesSuffix = ")\n}"
)

// enclosed returns what the parser wants around a segment.
func (seg segment) enclosed() (prefix, suffix string) {
	switch seg.kind {
	case segmentStatements:
		return bodyPrefix, bodySuffix
	case segmentValues:
		return valuesPrefix, valuesSuffix
	}
	return filePrefix, "\n"
}

// cutValues puts the last statement of a cell into a segment of its own if it is
// several expressions with commas between them, which Go does not know:
//
//	x, y
func (s *splitting) cutValues(text string) []segment {
	n := len(s.segments) - 1
	if n < 0 || s.segments[n].kind != segmentStatements || s.problem != nil || len(s.open) > 0 {
		return s.segments
	}
	seg := s.segments[n]
	var last []goToken // of the last statement
	depth, commas, ended, other := 0, 0, false, false
	for _, t := range s.tokens {
		if t.start < seg.start {
			continue
		}
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		case token.SEMICOLON:
			if depth == 0 {
				ended = true
				continue
			}
		}
		if ended {
			last, commas, ended, other = nil, 0, false, false
		}
		last = append(last, t)
		if depth == 0 {
			switch {
			case t.tok == token.COMMA:
				commas++
			case t.tok == token.DEFINE, t.tok >= token.ADD_ASSIGN && t.tok <= token.AND_NOT_ASSIGN, t.tok == token.ASSIGN, t.tok == token.INC, t.tok == token.DEC,
				t.tok == token.COLON, t.tok.IsKeyword() && t.tok != token.FUNC && t.tok != token.STRUCT && t.tok != token.MAP && t.tok != token.CHAN && t.tok != token.INTERFACE:
				other = true // a statement of another kind
			}
		}
	}
	if commas == 0 || other || last[0].tok == token.COMMA || last[len(last)-1].tok == token.COMMA {
		return s.segments
	}
	start, end := last[0].start, last[len(last)-1].end
	return append(slices.Clone(s.segments[:n]), segment{segmentStatements, seg.start, start}, segment{segmentValues, start, end})
}

// parseGo parses the segments. All syntax errors are returned together.
func parseGo(text string, s *splitting) (*source, []Problem) {
	src := &source{text: text, own: len(text), set: token.NewFileSet(), choices: s.choices}
	var problems []Problem
	for _, seg := range s.cutValues(text) {
		prefix, suffix := seg.enclosed()
		base := src.set.Base()
		full := prefix + text[seg.start:seg.end] + suffix
		// Resolution of local names (ast.Ident.Obj) is wanted: it tells which
		// names in front of a dot cannot be packages.
		file, err := parser.ParseFile(src.set, "", full, parser.AllErrors)
		src.parts = append(src.parts, part{base: base, size: len(full), shift: seg.start - len(prefix), start: seg.start, end: seg.end})
		if err != nil {
			problems = append(problems, src.syntaxErrors(err, s, seg, len(prefix))...)
			continue
		}
		if file == nil {
			continue
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if imp, ok := spec.(*ast.ImportSpec); ok {
						src.imports = append(src.imports, imp)
					}
				}
			case *ast.FuncDecl:
				if seg.kind == segmentFunc {
					src.funcs = append(src.funcs, d)
					src.lastIsStmt = false
					continue
				}
				for _, stmt := range d.Body.List {
					if _, empty := stmt.(*ast.EmptyStmt); !empty {
						src.stmts = append(src.stmts, stmt)
						src.lastIsStmt = true
						src.values = seg.kind == segmentValues
					}
				}
			}
		}
	}
	if src.lastIsStmt {
		end := src.offset(src.stmts[len(src.stmts)-1].End())
		for _, t := range s.tokens {
			if t.start >= end {
				src.quiet = t.tok == token.SEMICOLON && !t.auto
				break
			}
		}
	}
	return src, problems
}

// syntaxErrors turns what the parser says about a segment into problems.
func (s *source) syntaxErrors(err error, split *splitting, seg segment, prefix int) []Problem {
	cut, end := split.problem != nil, split.segments[len(split.segments)-1].end
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		line, _ := place(s.text, seg.start)
		return []Problem{{Line: line, Message: err.Error()}}
	}
	var out []Problem
	last := -1
	for _, e := range list {
		off, msg := max(seg.start+e.Pos.Offset-prefix, seg.start), e.Msg
		atEnd := off >= seg.end || strings.TrimSpace(s.text[off:seg.end]) == ""
		if atEnd {
			off = seg.start + len(strings.TrimRight(s.text[seg.start:seg.end], " \t\r\n"))
			if k := strings.Index(msg, "found "); k >= 0 {
				msg = msg[:k] + "found the end of the cell" // not our own closing brace
			}
		}
		line, col := place(s.text, off)
		if line == last {
			// What follows the first mistake of a line is an echo, but the scanner
			// knows better than the parser why a letter is not Go.
			if echo := &out[len(out)-1]; strings.HasPrefix(msg, "illegal character ") && strings.HasSuffix(echo.Message, "'ILLEGAL'") {
				echo.Message, echo.Hint = "syntax error: "+msg, syntaxHint(msg, s.text, off)
			}
			continue
		}
		if atEnd && cut && seg.end == end {
			continue // the text behind it is not parsed, for a reason of its own
		}
		if len(out) == 0 {
			s.atEnd = s.atEnd || atEnd
		}
		last = line
		hint := syntaxHint(msg, s.text, off)
		if atEnd && openText(s.text) {
			if !strings.Contains(msg, "not terminated") {
				continue // the brackets behind it were not read
			}
		} else if n := len(split.open); atEnd && n > 0 && seg.end == end {
			// The parser only notices that something is missing, far from where it began.
			open := split.open[n-1]
			line, col = place(s.text, open.start)
			msg, hint = "this "+open.tok.String()+" is not closed", ""
		} else if atEnd && len(out) > 0 {
			continue // an echo too
		}
		out = append(out, Problem{Line: line, Col: col, Message: "syntax error: " + msg, Hint: hint})
	}
	return out
}

// offset returns the place in the cell's text of a position. Positions of
// nodes that are not in the text give -1.
func (s *source) offset(pos token.Pos) int {
	for _, p := range s.parts {
		if int(pos) >= p.base && int(pos) <= p.base+p.size {
			return max(p.start, min(p.end, int(pos)-p.base+p.shift))
		}
	}
	return -1
}

// place returns line and column of a position; line 0 if it is not in the text.
func (s *source) place(pos token.Pos) (line, col int) {
	off := s.offset(pos)
	if off < 0 {
		return 0, 0
	}
	return place(s.text, off)
}
