package cell

import (
	"go/token"
	"strings"
)

// IsComplete says whether a console may run code or should ask for more lines:
// "complete", "incomplete" with the indent of the next line, or "invalid". Type
// errors do not make it invalid, and a question such as "name?" at the end does not
// either.
func IsComplete(code string) (status, indent string) {
	defer func() {
		if p := recover(); p != nil {
			status, indent = "unknown", ""
		}
	}()
	code, _, _ = SplitQuestion(code)
	return isComplete(code)
}

func isComplete(code string) (status, indent string) {
	_, text, problems, unfinished := splitMagics(code)
	if unfinished {
		return "incomplete", ""
	}
	s := splitGo(text)
	if s.problem != nil || len(problems) > 0 {
		return "invalid", ""
	}
	if openText(text) {
		return "incomplete", ""
	}
	src, syntax := parseGo(text, s)
	if len(s.open) > 0 {
		// A mistake before the end stays one, whatever follows.
		end, _ := place(text, len(strings.TrimRight(text, " \t\r\n")))
		for _, p := range syntax {
			if p.Line < end && !src.echoes(p, s) {
				return "invalid", ""
			}
		}
		braces := 0
		for _, t := range s.open {
			if t.tok == token.LBRACE {
				braces++
			}
		}
		return "incomplete", strings.Repeat("\t", braces)
	}
	if len(syntax) == 0 {
		return "complete", ""
	}
	if src.atEnd && len(syntax) == 1 {
		return "incomplete", ""
	}
	return "invalid", ""
}

// echoes reports whether a syntax error may come from a bracket that is not
// closed: it lies behind the first such bracket.
func (s *source) echoes(p Problem, split *splitting) bool {
	line, _ := place(s.text, split.open[0].start)
	return p.Line >= line
}

// openText reports whether a raw string or a block comment is not closed.
func openText(text string) bool {
	for i := 0; i < len(text); {
		next := skipToken(text, i)
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			if next-i < 4 || !strings.HasSuffix(text[i:next], "*/") {
				return true
			}
		case text[i] == '`':
			if next-i < 2 || text[next-1] != '`' {
				return true
			}
		}
		i = next
	}
	return false
}
