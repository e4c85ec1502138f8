package model

import "slices"

// codeKind tells what a statement of code is.
type codeKind uint8

const (
	codeAssign  codeKind = iota // NAME = EXPRESSION and its kin, or an equation with a derivative
	codeDeclare                 // NAME, or NAME : flags: a variable
	codeLocal                   // scalar NAME = EXPRESSION
	codeCall                    // addToPost(EXPRESSION)
	codeIf
	codeFor
)

// code is one statement of a spiking model: the tree of its text.
type code struct {
	kind codeKind
	st   *statement // codeAssign; of codeDeclare and codeLocal left is the name, right the value or nil
	typ  localType  // codeLocal
	call *node      // codeCall

	cond      *node // codeIf, codeFor
	body, els []*code

	init, step *code // codeFor
	pos        Pos
	start, end int
}

// localType is the type a local was declared with.
type localType uint8

const (
	localFloat localType = iota
	localInt
	localBool
)

// typeWords start the declaration of a local.
var typeWords = map[string]localType{
	"scalar": localFloat, "float": localFloat, "double": localFloat, "int": localInt, "unsigned": localInt, "bool": localBool,
	"uint8_t": localInt, "uint16_t": localInt, "uint32_t": localInt, "int32_t": localInt, "long": localInt, "timepoint": localFloat,
}

// emitters are the functions that stand as statements, with the number of their arguments.
var emitters = map[string]int{"addToPost": 1, "addToPostDelay": 2, "addToPre": 1, "injectCurrent": 1, "inject": 2}

// otherCode are words of C that have no place here, and what to write instead.
var otherCode = map[string]string{
	"while": "use for with constant bounds", "do": "use for with constant bounds", "switch": "use if and else", "case": "use if and else",
	"return": "use if and else", "break": "use if and else", "continue": "use if and else", "goto": "use if and else",
	"printf": "record the variable instead", "assert": "leave it out", "struct": "use a variable for each member", "void": "leave it out",
	"for_each_synapse": "structure changes in Go", "typedef": "leave it out", "auto": "write scalar",
}

// newCode is a text of code: comments become blanks and $(name) becomes name,
// so that every position stays.
func newCode(part, s string) *text {
	t := newText(part, s)
	t.code = true
	rs := t.runes
	at := func(i int, r rune) bool { return i < len(rs) && rs[i] == r }
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if rs[i] != '\n' {
				rs[i] = ' '
			}
		}
	}
	for i := 0; i < len(rs); i++ {
		switch {
		case rs[i] == '#' || rs[i] == '/' && at(i+1, '/'):
			j := i
			for j < len(rs) && rs[j] != '\n' {
				j++
			}
			blank(i, j)
			i = j - 1
		case rs[i] == '/' && at(i+1, '*'):
			j := i + 2
			for j < len(rs) && !(rs[j] == '*' && at(j+1, '/')) {
				j++
			}
			j = min(j+2, len(rs))
			blank(i, j)
			i = j - 1
		case rs[i] == '$' && at(i+1, '('):
			j := i + 2
			for j < len(rs) && (isNamePart(rs[j]) || rs[j] == ' ') {
				j++
			}
			if at(j, ')') {
				rs[i], rs[i+1], rs[j] = ' ', ' ', ' '
			} else if at(j, ',') { // $(addToPost, x) is addToPost(x)
				name := slices.Clone(rs[i+2 : j])
				copy(rs[i+1:], name)
				rs[i], rs[i+1+len(name)], rs[j] = ' ', '(', ' '
			}
		}
	}
	return t
}

// codeParser reads the statements of a text.
type codeParser struct {
	t      *text
	errs   *errorList
	toks   []token // ends with tokEnd
	closed []int   // of an opening parenthesis or brace: where it closes, else -1
	i      int
	depth  int
	count  int
	broken map[string]bool // names in statements that could not be read
}

// parseCode reads a text of code.
func parseCode(t *text, errs *errorList, params map[string]float64) ([]*code, map[string]bool) {
	p := &codeParser{t: t, errs: errs, toks: codeTokens(t, errs, params), broken: map[string]bool{}}
	if p.toks == nil {
		return nil, p.broken
	}
	p.match()
	return p.block(len(p.toks) - 1), p.broken
}

// codeTokens lexes a text. What is assigned or declared there is no derivative.
func codeTokens(t *text, errs *errorList, params map[string]float64) []token {
	if len(t.runes) > maxTextLen {
		errs.global("model", "", "split the model", "%s have %d characters, want at most %d", t.part, len(t.runes), maxTextLen)
		return nil
	}
	assigned := map[string]bool{}
	isName := func(n string) bool { _, ok := params[n]; return ok || assigned[n] || n == "dt" }
	var probe errorList
	toks := lex(t, &probe, isName)
	again := false
	for i, k := range toks {
		if k.kind == tokName && i+1 < len(toks) && isAssign(toks[i+1]) && !assigned[k.text] {
			assigned[k.text] = true
			again = true
		}
	}
	if again {
		probe = errorList{}
		toks = lex(t, &probe, isName)
	}
	errs.list = append(errs.list, probe.list...)
	errs.more += probe.more
	return toks
}

// match finds the partner of every parenthesis and brace. Parentheses do not
// reach over braces, so that one which never closes swallows little.
func (p *codeParser) match() {
	p.closed = make([]int, len(p.toks))
	var round, curly []int
	for i, k := range p.toks {
		p.closed[i] = -1
		if k.kind != tokOp {
			continue
		}
		switch k.text {
		case "(":
			round = append(round, i)
		case ")":
			if len(round) > 0 {
				p.closed[round[len(round)-1]] = i
				round = round[:len(round)-1]
			}
		case "{":
			round = round[:0]
			curly = append(curly, i)
		case "}":
			round = round[:0]
			if len(curly) > 0 {
				p.closed[curly[len(curly)-1]] = i
				curly = curly[:len(curly)-1]
			}
		}
	}
}

func (p *codeParser) is(i int, s string) bool {
	k := p.toks[i]
	return (k.kind == tokOp || k.kind == tokName) && k.text == s
}

func (p *codeParser) fail(k token, hint, format string, args ...any) {
	p.errs.at(p.t, k.pos, p.t.slice(k.start, k.end), hint, format, args...)
}

func (p *codeParser) blanks(end int) {
	for p.i < end && (p.toks[p.i].kind == tokNewline || p.toks[p.i].kind == tokSemi) {
		p.i++
	}
}

// block reads statements up to token end.
func (p *codeParser) block(end int) []*code {
	var out []*code
	for p.blanks(end); p.i < end; p.blanks(end) {
		at := p.i
		if s := p.statement(end); s != nil {
			out = append(out, s...)
		}
		if p.i == at { // never stand still
			p.i++
		}
		if p.count++; p.count > maxStatements {
			p.fail(p.toks[at], "split the model", "%s have more than %d statements", p.t.part, maxStatements)
			p.i = end
		}
	}
	return out
}

func (p *codeParser) statement(end int) []*code {
	k := p.toks[p.i]
	switch {
	case p.depth > maxDepth:
		p.fail(k, "use a variable for a part of it", "statements are nested more than %d deep", maxDepth)
		p.i = end
		return nil
	case k.kind == tokOp && k.text == "{":
		body, ok := p.braces(end)
		if !ok {
			return nil
		}
		return []*code{{kind: codeIf, body: body, pos: k.pos, start: k.start, end: k.end}}
	case k.kind == tokOp && (k.text == "}" || k.text == ")"):
		p.fail(k, "remove it, or add the opening one", "%q without an opening one", k.text)
		p.i++
		return nil
	case k.kind == tokName && k.text == "if":
		if s := p.ifStatement(end); s != nil {
			return []*code{s}
		}
		return nil
	case k.kind == tokName && k.text == "for":
		if s := p.forStatement(end); s != nil {
			return []*code{s}
		}
		return nil
	case k.kind == tokName && k.text == "else" && !(p.i+1 < end && p.is(p.i+1, ":")):
		p.fail(k, "", "else without if")
		p.i++
		return nil
	case k.kind == tokName && otherCode[k.text] != "":
		p.fail(k, otherCode[k.text], "%q is not available", k.text)
		p.skip(end)
		return nil
	}
	return p.simple(p.simpleEnd(end))
}

// skip goes to the end of a statement that is not understood.
func (p *codeParser) skip(end int) {
	for p.i < end && p.toks[p.i].kind != tokSemi && p.toks[p.i].kind != tokNewline {
		if c := p.closed[p.i]; c > 0 && c < end {
			p.i = c
		}
		p.i++
	}
}

// braces reads { … }.
func (p *codeParser) braces(end int) ([]*code, bool) {
	closed := p.closed[p.i]
	if closed < 0 || closed >= end {
		p.fail(p.toks[p.i], "add }", "brace is not closed")
		p.i = end
		return nil, false
	}
	p.i++
	p.depth++
	body := p.block(closed)
	p.depth--
	p.i = closed + 1
	return body, true
}

// branch reads what belongs to an if, an else or a for: braces or one statement.
func (p *codeParser) branch(end int) ([]*code, bool) {
	for p.i < end && p.toks[p.i].kind == tokNewline {
		p.i++
	}
	if p.i < end && p.is(p.i, "{") {
		return p.braces(end)
	}
	if p.i < end && p.toks[p.i].kind == tokSemi { // an empty statement
		p.i++
		return nil, true
	}
	if p.i >= end {
		p.fail(p.toks[max(0, p.i-1)], "write { … }", "want a statement, found the end")
		return nil, false
	}
	p.depth++
	body := p.statement(end)
	p.depth--
	return body, body != nil
}

// round reads ( … ) and returns the tokens in it, without ends of lines.
func (p *codeParser) round(end int, after string) []token {
	k := p.toks[p.i-1]
	if p.i >= end || !p.is(p.i, "(") {
		p.fail(k, "write "+after+" (…) { … }", "want a parenthesis after %q", after)
		p.skip(end)
		return nil
	}
	closed := p.closed[p.i]
	if closed < 0 || closed >= end {
		p.fail(p.toks[p.i], "", "parenthesis is not closed")
		p.skip(end)
		return nil
	}
	group := withoutNewlines(p.toks[p.i+1 : closed])
	if len(group) == 0 {
		p.fail(p.toks[p.i], "", "nothing stands between the parentheses after %q", after)
	}
	p.i = closed + 1
	return group
}

func withoutNewlines(toks []token) []token {
	out := make([]token, 0, len(toks))
	for _, k := range toks {
		if k.kind != tokNewline {
			out = append(out, k)
		}
	}
	return out
}

// expression reads tokens that are one expression, or nil after a mistake.
func (p *codeParser) expression(group []token) *node {
	if len(group) == 0 {
		return nil
	}
	for _, k := range group {
		if k.kind == tokSemi {
			p.fail(k, "", "a semicolon inside an expression")
			return nil
		}
	}
	q := newParser(p.t, p.errs, group)
	n := q.expr()
	q.end("")
	if q.failed {
		p.note(group)
		return nil
	}
	return n
}

// note keeps the names of a statement that could not be read, so that they are not called unknown.
func (p *codeParser) note(group []token) {
	for _, k := range group {
		if k.kind == tokName || k.kind == tokDeriv {
			p.broken[k.text] = true
		}
	}
}

func (p *codeParser) ifStatement(end int) *code {
	k := p.toks[p.i]
	p.i++
	group := p.round(end, "if")
	if len(group) == 0 {
		return nil
	}
	s := &code{kind: codeIf, cond: p.expression(group), pos: k.pos, start: k.start}
	if p.i < end && p.is(p.i, ":") {
		p.fail(p.toks[p.i], "write if (…) { … } else { … }, or x = if c: a else: b", "a statement under if stands in braces")
		p.skip(end)
		return nil
	}
	var ok bool
	if s.body, ok = p.branch(end); !ok {
		return nil
	}
	s.end = p.toks[p.i-1].end
	j := p.i
	for j < end && (p.toks[j].kind == tokNewline || p.toks[j].kind == tokSemi) {
		j++
	}
	if j < end && p.is(j, "else") {
		p.i = j + 1
		if p.i < end && p.is(p.i, "if") {
			p.depth++
			e := p.statement(end)
			p.depth--
			if e == nil {
				return nil
			}
			s.els = e
		} else if s.els, ok = p.branch(end); !ok {
			return nil
		}
		s.end = p.toks[p.i-1].end
	}
	if s.cond == nil {
		return nil
	}
	return s
}

func (p *codeParser) forStatement(end int) *code {
	k := p.toks[p.i]
	p.i++
	group := p.round(end, "for")
	if len(group) == 0 {
		return nil
	}
	var parts [][]token
	from := 0
	for i, t := range group {
		if t.kind == tokSemi {
			parts = append(parts, group[from:i])
			from = i + 1
		}
	}
	parts = append(parts, group[from:])
	if len(parts) != 3 || len(parts[0]) == 0 || len(parts[1]) == 0 || len(parts[2]) == 0 {
		p.fail(k, "write for (int i = 0; i < 10; i++) { … }", "a loop wants a start, a condition and a step")
		p.branch(end)
		return nil
	}
	s := &code{kind: codeFor, pos: k.pos, start: k.start}
	one := func(group []token) *code {
		q := &codeParser{t: p.t, errs: p.errs, toks: append(slices.Clone(group), token{kind: tokEnd, pos: group[len(group)-1].pos}), broken: p.broken}
		q.match()
		list := q.simple(len(group))
		if len(list) != 1 {
			return nil
		}
		return list[0]
	}
	s.init, s.cond, s.step = one(parts[0]), p.expression(parts[1]), one(parts[2])
	var ok bool
	if s.body, ok = p.branch(end); !ok || s.init == nil || s.cond == nil || s.step == nil {
		return nil
	}
	s.end = p.toks[p.i-1].end
	return s
}
