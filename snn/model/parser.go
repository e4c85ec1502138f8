package model

import "fmt"

// maxDepth bounds nested parentheses, conditionals and signs.
const maxDepth = 300

// parser reads one statement. After the first mistake it sees only the end,
// so that every function returns soon.
type parser struct {
	t      *text
	errs   *errorList
	toks   []token // ends with tokEnd
	i      int
	depth  int
	failed bool
}

func (p *parser) peek() token {
	if p.failed || p.i >= len(p.toks) {
		return token{kind: tokEnd, text: "end of line", pos: p.toks[len(p.toks)-1].pos}
	}
	return p.toks[p.i]
}

func (p *parser) next() token {
	k := p.peek()
	if k.kind != tokEnd {
		p.i++
	}
	return k
}

func (p *parser) isOp(s string) bool {
	k := p.peek()
	return k.kind == tokOp && k.text == s
}

func (p *parser) isWord(s string) bool {
	k := p.peek()
	return k.kind == tokName && k.text == s
}

func (p *parser) accept(s string) bool {
	if p.isOp(s) || p.isWord(s) {
		p.i++
		return true
	}
	return false
}

func (p *parser) fail(k token, hint, format string, args ...any) {
	if p.failed {
		return
	}
	what := ""
	if k.kind != tokEnd {
		what = p.t.slice(k.start, k.end)
	}
	p.errs.at(p.t, k.pos, what, hint, format, args...)
	p.failed = true
}

func (p *parser) expect(s, after string) token {
	k := p.peek()
	if !p.accept(s) {
		p.fail(k, "", "want %q %s, found %s", s, after, k)
	}
	return k
}

func newParser(t *text, errs *errorList, group []token) *parser {
	last := group[len(group)-1]
	end := token{kind: tokEnd, text: "end of line", pos: Pos{last.pos.Line, last.pos.Col + last.end - last.start}, start: last.end, end: last.end}
	return &parser{t: t, errs: errs, toks: append(group[:len(group):len(group)], end)}
}

// parseStatements reads all statements of the equations. names are those that
// occur in statements that could not be read.
func parseStatements(t *text, errs *errorList, params map[string]float64) (out []*statement, names map[string]bool) {
	names = map[string]bool{}
	for _, g := range readTokens(t, errs, params) {
		if s := newParser(t, errs, g).statement(); s != nil {
			out = append(out, s)
			continue
		}
		for _, k := range g {
			if k.kind == tokName || k.kind == tokDeriv {
				names[k.text] = true
			}
		}
	}
	return out, names
}

// parseExpression reads a text that is one expression. It returns nil after a mistake.
func parseExpression(t *text, errs *errorList, params map[string]float64) *node {
	groups := readTokens(t, errs, params)
	if len(groups) == 0 {
		return nil
	}
	p := newParser(t, errs, groups[0])
	n := p.expr()
	p.end("")
	if len(groups) > 1 && !p.failed {
		p.fail(groups[1][0], "", "%s must be one expression", t.part)
	}
	if p.failed {
		return nil
	}
	return n
}

// parseFunctions reads the lines "f(x, y) = expression".
func parseFunctions(t *text, errs *errorList) []*function {
	var out []*function
	for _, g := range readTokens(t, errs, nil) {
		p := newParser(t, errs, g)
		name := p.next()
		if name.kind != tokName || !p.isOp("(") {
			p.fail(name, "write f(x) = x^2", "want a function definition NAME(ARGUMENTS) = EXPRESSION")
			continue
		}
		f := &function{name: name.text, pos: name.pos, text: t}
		p.next()
		for !p.isOp(")") {
			a := p.next()
			if a.kind != tokName {
				p.fail(a, "", "want the name of an argument, found %s", a)
				break
			}
			for _, other := range f.args {
				if other == a.text {
					p.fail(a, "", "argument %q occurs twice", a.text)
				}
			}
			if why := reservedName(a.text); why != "" {
				p.fail(a, "choose another name", "%q cannot name an argument: it is %s", a.text, why)
			}
			f.args = append(f.args, a.text)
			if !p.isOp(")") {
				p.expect(",", "between arguments")
			}
			if p.failed {
				break
			}
		}
		p.expect(")", "after the arguments")
		p.expect("=", "after the arguments")
		f.body = p.expr()
		if !p.failed && p.isOp(":") {
			p.fail(p.peek(), "leave it out", "types of functions need not be given")
		}
		p.end("")
		if !p.failed {
			f.source = t.slice(g[0].start, g[len(g)-1].end)
			out = append(out, f)
		}
	}
	return out
}

// end reports what stands after a complete expression.
func (p *parser) end(hint string) {
	k := p.peek()
	if k.kind == tokEnd {
		return
	}
	switch {
	case k.kind == tokOp && k.text == ")":
		p.fail(k, "remove it, or add the opening one", "closing parenthesis without an opening one")
	case k.kind == tokOp && k.text == "(" && p.i > 0:
		p.fail(k, "write * to multiply", "want an operator before %q", "(")
	case k.kind == tokName && p.i > 0 && p.toks[p.i-1].kind == tokNumber && p.toks[p.i-1].end == k.start:
		p.fail(k, fmt.Sprintf("write %s*%s", p.toks[p.i-1].text, k.text), "want an operator between a number and a name")
	case k.kind == tokName && k.text == "else":
		p.fail(k, "write if CONDITION: VALUE else: VALUE", "else without if")
	case k.kind == tokName && p.i > 0 && p.toks[p.i-1].pos.Line < k.pos.Line, k.kind == tokNumber && p.i > 0 && p.toks[p.i-1].pos.Line < k.pos.Line:
		p.fail(k, "a line without = continues the line before it", "want an operator or the end of the statement, found %s", k)
	case isAssign(k):
		p.fail(k, "write one statement a line; compare with ==", "a second assignment in one statement")
	default:
		if hint == "" && k.kind == tokName {
			hint = "write * to multiply"
		}
		p.fail(k, hint, "want an operator or the end of the statement, found %s", k)
	}
}

func (p *parser) statement() *statement {
	first := p.peek()
	if first.kind == tokName && p.i+1 < len(p.toks) {
		if k := p.toks[p.i+1]; k.kind == tokOp && k.text == ":" && first.text != "if" && first.text != "else" && first.text != "elif" {
			p.fail(first, "give its value with the model's parameters, and leave the line out", "%q is declared without an equation", first.text)
			return nil
		}
	}
	s := &statement{source: p.t, pos: first.pos, start: first.start}
	s.left = p.expr()
	op := p.peek()
	if !isAssign(op) {
		if op.kind == tokEnd {
			p.fail(first, "write NAME = EXPRESSION, or an equation with dNAME/dt", "statement without an assignment")
		}
		p.end("")
		return nil
	}
	p.next()
	s.op = op.text
	s.right = p.expr()
	if p.failed {
		return nil
	}
	s.end = p.toks[p.i-1].end
	if p.accept(":") {
		p.flags(s)
	} else if p.isOp(",") {
		p.fail(p.peek(), "write a colon before the flags", "flags must follow a colon")
	}
	p.end("")
	if p.failed {
		return nil
	}
	return s
}

// flags reads what follows the colon: words with or without values, separated
// by commas; or a unit, and flags in parentheses.
func (p *parser) flags(s *statement) {
	for {
		if p.accept("(") { // after a unit
			p.flags(s)
			p.expect(")", "after the flags")
			return
		}
		k := p.peek()
		f := flag{pos: k.pos}
		switch k.kind {
		case tokName:
			p.next()
			f.word = k.text
			for {
				n := p.peek()
				if n.kind == tokName {
					f.word += " " + n.text
					p.next()
				} else if n.kind == tokOp && n.text == "-" && p.i+1 < len(p.toks) && p.toks[p.i+1].kind == tokName {
					p.next()
					f.word += "-" + p.next().text
				} else {
					break
				}
			}
			if p.accept("=") {
				f.value = p.expr()
			}
		case tokNumber:
			p.next()
			f.word, f.unit = k.text, true
		default:
			p.fail(k, "flags are min=0, max=1, init=0, a method, a type, shared or per post", "want a flag after the colon, found %s", k)
			return
		}
		for f.value == nil && (p.isOp("*") || p.isOp("/") || p.isOp("^") || p.isOp("-") || f.unit && p.peek().kind == tokName || f.unit && p.peek().kind == tokNumber) {
			f.unit = true
			f.word += p.next().text
			if k := p.peek(); k.kind == tokName || k.kind == tokNumber {
				f.word += p.next().text
			}
		}
		if p.failed {
			return
		}
		f.text = p.t.slice(k.start, p.toks[p.i-1].end)
		s.flags = append(s.flags, f)
		if p.accept(",") {
			continue
		}
		if p.isOp("(") {
			continue
		}
		return
	}
}

// enter guards against texts nested so deeply that the stack would suffer.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.peek(), "use a variable for a part of it", "expression is nested more than %d deep", maxDepth)
		return false
	}
	return true
}

func (p *parser) bad() *node { return &node{kind: nodeNumber, num: 1, pos: p.peek().pos} }

// expr is the whole range of the language; lowest is c ? a : b.
func (p *parser) expr() *node {
	if !p.enter() {
		return p.bad()
	}
	defer func() { p.depth-- }()
	c := p.or()
	if !p.accept("?") {
		return c
	}
	a := p.expr()
	p.expect(":", "between the two values of ?")
	b := p.expr()
	return &node{kind: nodeCond, args: []*node{c, a, b}, pos: c.pos, start: c.start, end: b.end}
}

func (p *parser) binary(op string, x, y *node) *node {
	return &node{kind: nodeBinary, op: op, args: []*node{x, y}, pos: x.pos, start: x.start, end: y.end}
}

func (p *parser) or() *node {
	x := p.and()
	for p.accept("or") {
		x = p.binary("or", x, p.and())
	}
	return x
}

func (p *parser) and() *node {
	x := p.not()
	for p.accept("and") {
		x = p.binary("and", x, p.not())
	}
	return x
}

func (p *parser) not() *node {
	k := p.peek()
	if p.accept("not") {
		if !p.enter() {
			return p.bad()
		}
		defer func() { p.depth-- }()
		x := p.not()
		return &node{kind: nodeUnary, op: "not", args: []*node{x}, pos: k.pos, start: k.start, end: x.end}
	}
	return p.comparison()
}

func (p *parser) comparisonOp() string {
	k := p.peek()
	switch {
	case k.kind == tokOp:
		switch k.text {
		case "<", "<=", ">", ">=", "==", "!=":
			p.next()
			return k.text
		}
	case p.isWord("is"):
		p.next()
		if p.accept("not") {
			return "!="
		}
		return "=="
	}
	return ""
}

func (p *parser) comparison() *node {
	x := p.sum()
	op := p.comparisonOp()
	if op == "" {
		return x
	}
	x = p.binary(op, x, p.sum())
	k := p.peek()
	if p.comparisonOp() != "" {
		p.fail(k, "write a < b and b < c", "comparisons cannot be chained")
	}
	return x
}

func (p *parser) sum() *node {
	x := p.product()
	for {
		switch {
		case p.accept("+"):
			x = p.binary("+", x, p.product())
		case p.accept("-"):
			x = p.binary("-", x, p.product())
		default:
			return x
		}
	}
}

func (p *parser) product() *node {
	x := p.unary()
	for {
		k := p.peek()
		if k.kind != tokOp || k.text != "*" && k.text != "/" && k.text != "%" && k.text != "//" {
			return x
		}
		p.next()
		x = p.binary(k.text, x, p.unary())
	}
}

func (p *parser) unary() *node {
	k := p.peek()
	if k.kind == tokOp && (k.text == "-" || k.text == "+") {
		if !p.enter() {
			return p.bad()
		}
		defer func() { p.depth-- }()
		p.next()
		x := p.unary()
		return &node{kind: nodeUnary, op: k.text, args: []*node{x}, pos: k.pos, start: k.start, end: x.end}
	}
	return p.power()
}

// power binds tighter than a sign before it and looser than one after it: -x^-y is -(x^(-y)).
func (p *parser) power() *node {
	x := p.primary()
	if !p.accept("^") {
		return x
	}
	if !p.enter() {
		return p.bad()
	}
	defer func() { p.depth-- }()
	return p.binary("^", x, p.unary())
}

func (p *parser) primary() *node {
	k := p.peek()
	n := &node{pos: k.pos, start: k.start, end: k.end}
	switch k.kind {
	case tokNumber:
		p.next()
		n.kind, n.num = nodeNumber, k.num
		return n
	case tokDeriv:
		p.next()
		n.kind, n.name = nodeDeriv, k.text
		return n
	case tokName:
		return p.named(n)
	case tokOp:
		if k.text == "(" {
			if p.t.code {
				if c := p.cast(); c != nil {
					return c
				}
			}
			p.next()
			x := p.expr()
			close := p.peek()
			if !p.accept(")") {
				if isAssign(close) {
					p.fail(close, "compare with ==", "assignment inside parentheses")
				}
				p.fail(k, "", "parenthesis is not closed; found %s", close)
				return x
			}
			// The node covers its parentheses, so that messages quote them too.
			c := *x
			c.pos, c.start, c.end = k.pos, k.start, close.end
			return &c
		}
	}
	hint := ""
	if k.kind == tokOp && (k.text == "*" || k.text == "/" || k.text == "^") && p.i == 0 {
		hint = "a statement starts with a name or a term"
	}
	if isAssign(k) {
		hint = "compare with =="
	}
	p.fail(k, hint, "want a number, a name or a parenthesis, found %s", k)
	return p.bad()
}

func (p *parser) named(n *node) *node {
	k := p.next()
	switch k.text {
	case "if", "elif":
		if k.text == "elif" {
			p.fail(k, "", "elif without if")
			return p.bad()
		}
		return p.conditional(n)
	case "else", "and", "or", "is":
		p.fail(k, "", "want a number, a name or a parenthesis, found %s", k)
		return p.bad()
	case "True", "true", "False", "false":
		n.kind = nodeBool
		if k.text == "True" || k.text == "true" {
			n.num = 1
		}
		return n
	}
	n.kind, n.name = nodeName, k.text
	if p.isOp(".") {
		p.next()
		m := p.next()
		if m.kind != tokName {
			p.fail(m, "write pre.NAME or post.NAME", "want a name after the dot, found %s", m)
			return p.bad()
		}
		if k.text != "pre" && k.text != "post" {
			p.fail(k, "only pre.NAME and post.NAME have a dot", "%q has no parts", k.text)
			return p.bad()
		}
		n.kind, n.side, n.name, n.end = nodeDotted, k.text, m.text, m.end
		if p.isOp("(") {
			p.arguments(n)
			if !p.failed && m.text != "sum" {
				p.fail(m, "", "%s.%s cannot be called; only sum(TARGET) can", n.side, m.text)
			}
			n.kind = nodeDotSum
		}
		return p.past(n)
	}
	if p.isOp("(") {
		n.kind = nodeCall
		p.arguments(n)
	}
	return p.past(n)
}

// past reads the brackets of x[d], the value of x so many steps ago.
func (p *parser) past(x *node) *node {
	open := p.peek()
	if !p.accept("[") {
		return x
	}
	d := p.expr()
	close := p.peek()
	if !p.accept("]") {
		p.fail(open, "", "bracket is not closed; found %s", close)
		return x
	}
	return &node{kind: nodePast, args: []*node{x, d}, pos: x.pos, start: x.start, end: close.end}
}

func (p *parser) arguments(n *node) {
	open := p.next()
	for !p.isOp(")") && !p.failed {
		n.args = append(n.args, p.expr())
		k := p.peek()
		if p.accept(",") {
			if p.isOp(")") {
				p.fail(p.peek(), "", "want an argument after the comma")
			}
			continue
		}
		if !p.isOp(")") {
			switch {
			case k.kind == tokEnd:
				p.fail(open, "", "parenthesis is not closed")
			case isAssign(k):
				p.fail(k, "arguments are given by position; compare with ==", "assignment inside parentheses")
			default:
				p.fail(k, "", "want a comma or a closing parenthesis, found %s", k)
			}
		}
	}
	k := p.next()
	n.end = k.end
}

// conditional reads what follows "if".
func (p *parser) conditional(n *node) *node {
	if !p.enter() {
		return p.bad()
	}
	defer func() { p.depth-- }()
	c := p.expr()
	if k := p.peek(); isAssign(k) {
		p.fail(k, "compare with ==", "assignment inside a condition")
	}
	p.expect(":", "after the condition")
	a := p.expr()
	k := p.next()
	var b *node
	switch {
	case k.kind == tokName && k.text == "elif":
		b = p.conditional(&node{pos: k.pos, start: k.start})
	case k.kind == tokName && k.text == "else":
		p.expect(":", "after else")
		b = p.expr()
	default:
		p.fail(k, "write if CONDITION: VALUE else: VALUE", "want else after the value of if, found %s", k)
		return p.bad()
	}
	return &node{kind: nodeCond, args: []*node{c, a, b}, pos: n.pos, start: n.start, end: b.end}
}
