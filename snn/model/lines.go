package model

import "strings"

const (
	maxTextLen    = 64 << 10 // code points of one text
	maxStatements = 400      // of one text
)

func isAssign(k token) bool {
	if k.kind != tokOp {
		return false
	}
	switch k.text {
	case "=", "+=", "-=", "*=", "/=":
		return true
	}
	return false
}

// splitStatements groups tokens into statements. A line that has no assignment
// before its first colon continues the statement before it, as does every line
// after an open parenthesis or an operator.
func splitStatements(toks []token) [][]token {
	// Parentheses that never close do not swallow the following lines.
	closed := make([]bool, len(toks))
	var open []int
	for i, k := range toks {
		if k.kind == tokOp && k.text == "(" {
			open = append(open, i)
		} else if k.kind == tokOp && k.text == ")" && len(open) > 0 {
			closed[open[len(open)-1]], closed[i] = true, true
			open = open[:len(open)-1]
		}
	}
	var out [][]token
	var line []token
	depth := 0
	joinNext := false // the statement before was not ended by ";"
	flush := func(hard bool) {
		if len(line) > 0 {
			if joinNext && len(out) > 0 && continues(out[len(out)-1], line) {
				out[len(out)-1] = append(out[len(out)-1], line...)
			} else {
				out = append(out, line)
			}
			line = nil
			joinNext = true
		}
		if hard {
			joinNext = false
		}
	}
	for i, k := range toks {
		switch {
		case k.kind == tokEnd, k.kind == tokSemi && depth == 0:
			flush(true)
		case k.kind == tokNewline && depth == 0:
			flush(false)
		case k.kind == tokNewline:
		default:
			if k.kind == tokOp && closed[i] {
				if k.text == "(" {
					depth++
				} else {
					depth--
				}
			}
			line = append(line, k)
		}
	}
	return out
}

// continues tells whether line belongs to the statement before it.
func continues(before, line []token) bool {
	last := before[len(before)-1]
	switch last.kind {
	case tokOp:
		if last.text != ")" && last.text != "]" {
			return true
		}
	case tokName:
		switch last.text {
		case "if", "else", "elif", "and", "or", "not":
			return true
		}
	}
	if len(line) > 1 && line[0].kind == tokName && line[1].kind == tokOp && line[1].text == ":" && line[0].text != "else" {
		return false // NAME : UNIT, a declaration in another simulator's style
	}
	if line[0].kind == tokDeriv {
		return false
	}
	depth := 0
	for _, k := range line {
		if k.kind == tokOp && k.text == "(" {
			depth++
		}
		if k.kind == tokOp && k.text == ")" {
			depth--
		}
		if depth == 0 && k.kind == tokOp && k.text == ":" {
			break
		}
		if depth == 0 && isAssign(k) {
			return false
		}
	}
	return true
}

// readTokens lexes a text and groups its statements. params are names that
// must not be taken for a derivative ("delta/dt" with a parameter delta).
func readTokens(t *text, errs *errorList, params map[string]float64) [][]token {
	if len(t.runes) > maxTextLen {
		errs.global("model", "", "split the model", "%s have %d characters, want at most %d", t.part, len(t.runes), maxTextLen)
		return nil
	}
	assigned := map[string]bool{}
	isName := func(n string) bool { _, ok := params[n]; return ok || assigned[n] || n == "dt" }
	var probe errorList
	groups := splitStatements(lex(t, &probe, isName))
	again := false
	for _, g := range groups {
		if len(g) > 1 && g[0].kind == tokName && isAssign(g[1]) && !assigned[g[0].text] {
			assigned[g[0].text] = true
			again = again || strings.HasPrefix(g[0].text, "d")
		}
	}
	if again {
		probe = errorList{}
		groups = splitStatements(lex(t, &probe, isName))
	}
	errs.list = append(errs.list, probe.list...)
	errs.more += probe.more
	if len(groups) > maxStatements {
		k := groups[maxStatements][0]
		errs.at(t, k.pos, k.text, "split the model", "%s have %d statements, want at most %d", t.part, len(groups), maxStatements)
		groups = groups[:maxStatements]
	}
	return groups
}
