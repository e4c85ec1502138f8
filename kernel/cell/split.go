package cell

import (
	"go/scanner"
	"go/token"
	"strings"
	"unicode/utf8"
)

// A segment is a stretch of the Go text of a cell that is parsed by itself.
type segment struct {
	kind       segmentKind
	start, end int // byte offsets in the cell's text
}

type segmentKind int

const (
	segmentStatements segmentKind = iota // statements and var, const, type declarations
	segmentImport                        // one import declaration
	segmentFunc                          // one function or method declaration
	segmentValues                        // the last line of a cell: expressions with commas between them
)

// A goToken is one token of the cell's text, comments left out.
type goToken struct {
	start, end int
	tok        token.Token
	auto       bool // a semicolon that Go put at the end of a line
}

// A splitting is what the splitter finds.
type splitting struct {
	segments []segment
	tokens   []goToken
	open     []goToken // brackets that are not closed
	comments []int     // offsets of all comments
	problem  *Problem  // a bracket that closes nothing; the text behind it is ignored
	choices  []int     // see source
}

// scanTokens cuts text into tokens. comments receives the offset of each
// comment. Errors are left to the parser, which meets them again.
func scanTokens(text string, comment func(start, end int)) []goToken {
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), func(token.Position, string) {}, scanner.ScanComments)
	var out []goToken
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out
		}
		start := file.Offset(pos)
		t := goToken{start: start, end: start + len(lit), tok: tok}
		switch {
		case tok == token.COMMENT:
			comment(start, min(len(text), start+len(lit)))
			continue
		case tok == token.SEMICOLON:
			t.auto = lit != ";"
			t.end = start + 1
			if t.auto {
				t.end = start
			}
		case tok == token.ILLEGAL:
			_, size := utf8.DecodeRuneInString(text[start:])
			t.end = start + size
		case lit == "":
			t.end = start + len(tok.String())
		}
		t.end = min(t.end, len(text))
		out = append(out, t)
	}
}

// splitGo cuts text where a declaration stands that Go allows outside of
// functions only: imports, functions and methods. Everything between them is
// parsed as the body of one function. A function literal that is called on
// the spot (func() { … }()) is a statement.
func splitGo(text string) *splitting {
	s := &splitting{}
	comments := map[int]int{} // index of the token that follows → start of the first comment on a line of its own
	n := 0                    // tokens so far
	lastEnd := 0
	s.tokens = scanTokens(text, func(start, end int) { s.comments = append(s.comments, start) })
	for _, c := range s.comments {
		for n < len(s.tokens) && s.tokens[n].start < c {
			lastEnd = s.tokens[n].end
			n++
		}
		if _, have := comments[n]; !have && (lastEnd == 0 || hasNewline(text[min(lastEnd, c):c])) {
			comments[n] = c
		}
	}
	toks := s.tokens
	from := 0 // start of the statements that are being gathered
	i := 0
	if len(toks) >= 2 && toks[0].tok == token.PACKAGE && toks[1].tok == token.IDENT {
		from = toks[1].end // a package clause means nothing in a cell
		i = 2
	}
	flush := func(to int) {
		if to > from {
			s.segments = append(s.segments, segment{kind: segmentStatements, start: from, end: to})
		}
	}
	atStart := true
	for i < len(toks) {
		t := toks[i]
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			s.open = append(s.open, t)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(s.open) == 0 {
				line, col := place(text, t.start)
				s.problem = &Problem{Line: line, Col: col, Message: "unexpected " + t.tok.String() + ", nothing is open here"}
				flush(t.start)
				return s
			}
			s.open = s.open[:len(s.open)-1]
		}
		if len(s.open) == 0 && atStart {
			kind := segmentStatements
			if t.tok == token.IMPORT {
				kind = segmentImport
			} else if t.tok == token.FUNC && declaresFunc(toks[i:]) {
				kind = segmentFunc
			}
			if kind != segmentStatements {
				start := t.start
				if c, ok := comments[i]; ok && c >= from {
					start = c
				}
				flush(start)
				next, end, problem := s.declarationEnd(text, i)
				s.segments = append(s.segments, segment{kind: kind, start: start, end: end})
				from, i, atStart = end, next, true
				if problem != nil {
					s.problem = problem
					return s
				}
				continue
			}
		}
		atStart = t.tok == token.SEMICOLON && len(s.open) == 0
		i++
	}
	flush(len(text))
	return s
}

// declarationEnd finds the semicolon that ends the declaration whose first
// token is tokens[i]. It returns the index of the token behind that semicolon
// and the offset at which the declaration ends.
func (s *splitting) declarationEnd(text string, i int) (next, end int, problem *Problem) {
	for ; i < len(s.tokens); i++ {
		t := s.tokens[i]
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			s.open = append(s.open, t)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(s.open) == 0 {
				line, col := place(text, t.start)
				return i, t.start, &Problem{Line: line, Col: col, Message: "unexpected " + t.tok.String() + ", nothing is open here"}
			}
			s.open = s.open[:len(s.open)-1]
		case token.SEMICOLON:
			if len(s.open) == 0 {
				return i + 1, t.end, nil
			}
		}
	}
	return i, len(text), nil
}

// refusedDirectives are comments that mean something to the compiler which a
// cell cannot have.
var refusedDirectives = map[string]string{
	"//go:linkname ": "a cell cannot reach into other packages",
	"//go:embed ":    "read the file with os.ReadFile",
	"//export ":      "cgo does not work in live cells",
}

// names lists what a text that cannot be parsed seems to define: the names on
// the left of := and behind var, const, func and type.
func (s *splitting) names(text string) (names []string) {
	name := func(i int) bool {
		ok := i >= 0 && i < len(s.tokens) && s.tokens[i].tok == token.IDENT
		if ok {
			names = append(names, text[s.tokens[i].start:s.tokens[i].end])
		}
		return ok
	}
	for i, t := range s.tokens {
		switch t.tok {
		case token.DEFINE:
			for k := i - 1; name(k) && k > 0 && s.tokens[k-1].tok == token.COMMA; k -= 2 {
			}
		case token.VAR, token.CONST, token.FUNC, token.TYPE:
			name(i + 1)
		}
	}
	return names
}

// directives reports comments that would be without effect.
func (s *splitting) directives(text string) (problems []Problem) {
	for _, c := range s.comments {
		for prefix, do := range refusedDirectives {
			if strings.HasPrefix(text[c:], prefix) {
				line, col := place(text, c)
				problems = append(problems, Problem{Line: line, Col: col, Message: strings.TrimSpace(prefix) + " does not work in a cell", Hint: do})
			}
		}
	}
	return problems
}

// declaresFunc reports whether the tokens, of which the first is func, begin a
// declaration: func name, or func (receiver) name followed by parameters.
func declaresFunc(toks []goToken) bool {
	if len(toks) < 2 {
		return false
	}
	if toks[1].tok == token.IDENT {
		return true
	}
	if toks[1].tok != token.LPAREN {
		return false
	}
	depth := 0
	for i := 1; i < len(toks); i++ {
		switch toks[i].tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
		if depth == 0 {
			return i+2 < len(toks) && toks[i+1].tok == token.IDENT && toks[i+2].tok == token.LPAREN
		}
	}
	return false
}

func hasNewline(s string) bool {
	for i := range len(s) {
		if s[i] == '\n' {
			return true
		}
	}
	return false
}
