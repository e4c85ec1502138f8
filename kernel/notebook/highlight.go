package notebook

import (
	"go/scanner"
	"go/token"
	"go/types"
	"html"
	"strings"
)

// goHTML colours the code of a cell: Go by the standard scanner, and lines that begin with % or ! as
// commands of the kernel. Any text is accepted; what is no Go stays plain.
func goHTML(code string) string {
	var b strings.Builder
	for code != "" {
		code = code[goPart(&b, code):]
		if code == "" {
			break
		}
		line := code
		if i := strings.IndexByte(code, '\n'); i >= 0 {
			line = code[:i]
		}
		classed(&b, "magic", line)
		code = code[len(line):]
	}
	return b.String()
}

// goPart colours code up to the next command line and returns how far it came.
func goPart(b *strings.Builder, code string) int {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), func(token.Position, string) {}, scanner.ScanComments)

	at := 0              // all before is written
	class, from := "", 0 // of the token before, which ends where the next begins, or earlier
	length := 0
	flush := func(next int) { // writes the gap before the token, and the token
		end := min(from+length, next)
		b.WriteString(html.EscapeString(code[at:from]))
		classed(b, class, code[from:end])
		at = end
	}
	previous := token.ILLEGAL
	for {
		pos, tok, lit := s.Scan()
		offset := file.Offset(pos)
		if tok == token.SEMICOLON && lit != ";" {
			continue
		}
		if tok == token.LPAREN && class == "name" {
			class = "call"
		}
		command := (tok == token.REM || tok == token.NOT || tok == token.REM_ASSIGN || tok == token.NEQ) && (offset == 0 || code[offset-1] == '\n')
		flush(offset)
		if tok == token.EOF || command {
			b.WriteString(html.EscapeString(code[at:offset]))
			return offset
		}
		from, length, class = offset, len(lit), ""
		switch {
		case tok.IsKeyword():
			class = "keyword"
		case tok == token.COMMENT:
			class = "comment"
		case tok == token.STRING || tok == token.CHAR:
			class = "string"
		case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
			class = "number"
		case tok == token.IDENT:
			class = "name"
			if previous != token.PERIOD && types.Universe.Lookup(lit) != nil {
				class = "builtin"
			}
		case tok.IsOperator():
			length = len(tok.String())
		}
		previous = tok
	}
}

// classed writes text in a span of a class; names and operators stay plain.
func classed(b *strings.Builder, class, text string) {
	switch class {
	case "", "name":
		b.WriteString(html.EscapeString(text))
	default:
		b.WriteString(`<span class="` + class + `">` + html.EscapeString(text) + "</span>")
	}
}
