package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

type tokenKind uint8

const (
	tokEnd     tokenKind = iota
	tokNewline           // end of a line, outside parentheses
	tokSemi              // ";"
	tokNumber
	tokName
	tokDeriv // dNAME/dt or NAME': text is NAME
	tokOp
)

type token struct {
	kind       tokenKind
	text       string // canonical: "and" for "&&", "^" for "**"
	num        float64
	pos        Pos
	start, end int // code points in the text
}

// operators, longest first. Values are the canonical spelling.
var operators = []struct{ text, canon string }{
	{"**=", ""}, {"//=", ""},
	{"**", "^"}, {"//", "//"}, {"<=", "<="}, {">=", ">="}, {"==", "=="}, {"!=", "!="}, {"<>", ""},
	{"+=", "+="}, {"-=", "-="}, {"*=", "*="}, {"/=", "/="}, {"&&", "and"}, {"||", "or"},
	{"^", "^"}, {"+", "+"}, {"-", "-"}, {"*", "*"}, {"/", "/"}, {"%", "%"}, {"<", "<"}, {">", ">"}, {"=", "="},
	{"!", "not"}, {"(", "("}, {")", ")"}, {",", ","}, {":", ":"}, {"?", "?"}, {".", "."},
	{"−", "-"}, {"·", "*"}, {"×", "*"}, {"≤", "<="}, {"≥", ">="}, {"≠", "!="},
}

// operatorsBy finds the operators that start with a character, longest first.
var operatorsBy = func() map[rune][]operator {
	out := map[rune][]operator{}
	for _, o := range operators {
		w := []rune(o.text)
		out[w[0]] = append(out[w[0]], operator{w, o.canon})
	}
	return out
}()

type operator struct {
	runes []rune
	canon string
}

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }
func isNamePart(r rune) bool  { return isNameStart(r) || unicode.IsDigit(r) }

// lex splits a text into tokens. A "dNAME/dt" becomes one token unless
// isName says that dNAME is a name of the model.
func lex(t *text, errs *errorList, isName func(string) bool) []token {
	var toks []token
	open := 0 // brackets
	rs := t.runes
	line, lineStart := 1, 0
	i := 0
	pos := func(at int) Pos { return Pos{Line: line, Col: at - lineStart + 1} }
	newline := func(at int) { line++; lineStart = at + 1 }
	for i < len(rs) {
		r := rs[i]
		switch {
		case r == '\n':
			toks = append(toks, token{kind: tokNewline, text: "end of line", pos: pos(i), start: i, end: i})
			newline(i)
			i++
		case r == '\\':
			j := i + 1
			for j < len(rs) && rs[j] != '\n' && unicode.IsSpace(rs[j]) {
				j++
			}
			if j < len(rs) && rs[j] == '\n' {
				newline(j)
				i = j + 1
				continue
			}
			errs.at(t, pos(i), "\\", "", "a backslash may stand only at the end of a line, where it joins the next one")
			i++
		case unicode.IsSpace(r) || r == '\ufeff':
			i++
		case r == '#':
			for i < len(rs) && rs[i] != '\n' {
				i++
			}
		case r == ';':
			toks = append(toks, token{kind: tokSemi, text: ";", pos: pos(i), start: i, end: i + 1})
			i++
		case r >= '0' && r <= '9' || r == '.' && i+1 < len(rs) && rs[i+1] >= '0' && rs[i+1] <= '9':
			j := numberEnd(rs, i)
			s := string(rs[i:j])
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || math.IsInf(v, 0) {
				errs.at(t, pos(i), s, "", "number %s is outside the range of float64 (about ±1.8e308)", s)
				v = 1
			}
			if t.code {
				j = suffixEnd(rs, j)
			}
			toks = append(toks, token{kind: tokNumber, text: s, num: v, pos: pos(i), start: i, end: j})
			i = j
		case t.code && (r == '{' || r == '}'):
			toks = append(toks, token{kind: tokOp, text: string(r), pos: pos(i), start: i, end: i + 1})
			i++
		case r == '[' && len(toks) > 0 && toks[len(toks)-1].kind == tokName || r == ']' && open > 0: // a past value
			toks = append(toks, token{kind: tokOp, text: string(r), pos: pos(i), start: i, end: i + 1})
			open += map[rune]int{'[': 1, ']': -1}[r]
			i++
		case isNameStart(r):
			j := i
			for j < len(rs) && isNamePart(rs[j]) {
				j++
			}
			name := string(rs[i:j])
			if j < len(rs) && (rs[j] == '\'' || rs[j] == '′') {
				toks = append(toks, token{kind: tokDeriv, text: name, pos: pos(i), start: i, end: j + 1})
				i = j + 1
				continue
			}
			if end := derivativeEnd(rs, i, j); end > 0 && !isName(name) {
				toks = append(toks, token{kind: tokDeriv, text: string(rs[i+1 : j]), pos: pos(i), start: i, end: end})
				i = end
				continue
			}
			toks = append(toks, token{kind: tokName, text: name, pos: pos(i), start: i, end: j})
			i = j
		default:
			found := false
			for _, op := range operatorsBy[r] {
				if len(rs)-i < len(op.runes) || !slices.Equal(rs[i:i+len(op.runes)], op.runes) {
					continue
				}
				canon, end := op.canon, i+len(op.runes)
				if canon == "" {
					text := string(op.runes)
					canon = "="
					if text == "<>" {
						errs.at(t, pos(i), text, `use "!="`, "%q is not an operator", text)
						canon = "!="
					} else {
						errs.at(t, pos(i), text, "write x = x "+strings.TrimSuffix(text, "=")+" …", "%q is not an operator", text)
					}
				}
				toks = append(toks, token{kind: tokOp, text: canon, pos: pos(i), start: i, end: end})
				i, found = end, true
				break
			}
			if !found {
				hint := ""
				switch r {
				case '[', ']', '{', '}':
					hint = "use round parentheses"
					if t.code {
						hint = "arrays are not available: use a variable for each value"
					}
				case '&':
					hint = `use "and" or "&&"`
				case '|':
					hint = `use "or" or "||"`
				case '"', '\'', '`':
					hint = "names are written without quotes"
				}
				errs.at(t, pos(i), string(r), hint, "character %q has no meaning here", r)
				i++
			}
		}
	}
	return append(toks, token{kind: tokEnd, text: "end of text", pos: pos(i), start: i, end: i})
}

// numberEnd returns where the number that starts at i ends.
func numberEnd(rs []rune, i int) int {
	digits := func() {
		for i < len(rs) && rs[i] >= '0' && rs[i] <= '9' {
			i++
		}
	}
	digits()
	if i < len(rs) && rs[i] == '.' {
		i++
		digits()
	}
	if i < len(rs) && (rs[i] == 'e' || rs[i] == 'E') {
		j := i + 1
		if j < len(rs) && (rs[j] == '+' || rs[j] == '-') {
			j++
		}
		if j < len(rs) && rs[j] >= '0' && rs[j] <= '9' {
			i = j
			digits()
		}
	}
	return i
}

// suffixEnd returns where the suffix of a C number ends: 0.5f, 1u.
func suffixEnd(rs []rune, i int) int {
	j := i
	for j < len(rs) && j < i+3 && strings.ContainsRune("fFdDuUlL", rs[j]) {
		j++
	}
	if j < len(rs) && isNamePart(rs[j]) {
		return i
	}
	return j
}

// derivativeEnd returns the end of "dNAME/dt" when the name at i…j begins one, else 0.
func derivativeEnd(rs []rune, i, j int) int {
	if rs[i] != 'd' || j-i < 2 || !isNameStart(rs[i+1]) {
		return 0
	}
	skip := func(k int) int {
		for k < len(rs) && (rs[k] == ' ' || rs[k] == '\t') {
			k++
		}
		return k
	}
	k := skip(j)
	if k >= len(rs) || rs[k] != '/' {
		return 0
	}
	k = skip(k + 1)
	if k+2 > len(rs) || rs[k] != 'd' || rs[k+1] != 't' || k+2 < len(rs) && isNamePart(rs[k+2]) {
		return 0
	}
	return k + 2
}

func (k token) String() string {
	switch k.kind {
	case tokEnd, tokNewline:
		return k.text
	}
	return fmt.Sprintf("%q", k.text)
}
