package model

// simpleEnd finds where the statement that starts here ends: at a semicolon, a
// brace, or the end of a line that the next line does not continue.
func (p *codeParser) simpleEnd(end int) int {
	start := p.i
	for i := start; i < end; i++ {
		k := p.toks[i]
		switch {
		case k.kind == tokSemi:
			return i
		case k.kind == tokOp && (k.text == "{" || k.text == "}"):
			return i
		case k.kind == tokOp && k.text == "(" && p.closed[i] > 0 && p.closed[i] < end:
			i = p.closed[i]
		case k.kind == tokNewline:
			next := i
			for next < end && p.toks[next].kind == tokNewline {
				next++
			}
			if next >= end || !p.continued(start, i, next, end) {
				return i
			}
		}
	}
	return end
}

// continued tells whether the line at next belongs to the statement start…last.
func (p *codeParser) continued(start, last, next, end int) bool {
	before, k := p.toks[last-1], p.toks[next]
	for i := last - 1; i >= start && before.kind == tokNewline; i-- {
		before = p.toks[i]
	}
	switch before.kind {
	case tokOp:
		step := (before.text == "+" || before.text == "-") && last-2 >= start && p.toks[last-2].text == before.text // i++
		if before.text != ")" && before.text != "]" && !step {
			return true
		}
	case tokName:
		switch before.text {
		case "if", "else", "elif", "and", "or", "not":
			return true
		}
	}
	switch k.kind {
	case tokSemi, tokDeriv, tokEnd:
		return false
	case tokOp:
		if k.text == "{" || k.text == "}" {
			return false
		}
		if next+1 < end && (k.text == "+" || k.text == "-") && p.toks[next+1].kind == tokOp && p.toks[next+1].text == k.text && p.toks[next+1].start == k.end {
			return false // ++i
		}
		switch k.text {
		case "(", "+", "-": // may start an equation
		default:
			return true
		}
	case tokName:
		switch k.text {
		case "else":
			return next+1 < end && p.is(next+1, ":")
		case "elif", "and", "or", "is":
			return true
		case "if", "for", "const", "not":
			return false
		}
		if _, ok := typeWords[k.text]; ok && next+1 < end && p.toks[next+1].kind == tokName || otherCode[k.text] != "" {
			return false
		}
		if _, ok := emitters[k.text]; ok && next+1 < end && p.is(next+1, "(") {
			return false
		}
		if next+1 >= end || p.toks[next+1].kind == tokNewline || p.toks[next+1].kind == tokSemi || p.is(next+1, ":") || p.is(next+1, "}") {
			return false // a declaration
		}
		if next+2 < end && (p.is(next+1, "+") || p.is(next+1, "-")) && p.is(next+2, p.toks[next+1].text) {
			return false // i++
		}
	}
	for i := next; i < end; i++ { // a line with an assignment stands for itself
		k := p.toks[i]
		if k.kind == tokNewline || k.kind == tokSemi || k.kind == tokOp && (k.text == "{" || k.text == "}" || k.text == ":") {
			return true
		}
		if isAssign(k) {
			return false
		}
		if k.kind == tokOp && k.text == "(" && p.closed[i] > 0 && p.closed[i] < end {
			i = p.closed[i]
		}
	}
	return true
}

// simple reads the statement that ends before token end. A declaration of
// several locals is several statements.
func (p *codeParser) simple(end int) []*code {
	group := withoutNewlines(p.toks[p.i:end])
	p.i = end
	if len(group) == 0 {
		return nil
	}
	first := group[0]
	if first.kind == tokName && len(group) > 1 {
		if first.text == "const" {
			return p.locals(group[1:], group[0])
		}
		if _, ok := typeWords[first.text]; ok && group[1].kind == tokName {
			return p.locals(group, group[0])
		}
	}
	if s := p.counting(group); s != nil {
		return []*code{s}
	}
	last := group[len(group)-1]
	s := &code{pos: first.pos, start: first.start, end: last.end}
	if first.kind == tokName && (len(group) == 1 || group[1].kind == tokOp && group[1].text == ":") && first.text != "else" && first.text != "elif" {
		s.kind = codeDeclare
		s.st = &statement{source: p.t, pos: first.pos, start: first.start, end: first.end, left: nameNode(first)}
		if len(group) == 1 {
			return []*code{s}
		}
		q := newParser(p.t, p.errs, group)
		q.i = 2
		q.flags(s.st)
		q.end("")
		if q.failed {
			p.note(group)
			return nil
		}
		return []*code{s}
	}
	if _, ok := emitters[first.text]; ok && first.kind == tokName && len(group) > 1 && group[1].text == "(" {
		q := newParser(p.t, p.errs, group)
		s.kind, s.call = codeCall, q.expr()
		q.end("write a semicolon or a new line between statements")
		if q.failed {
			p.note(group)
			return nil
		}
		if s.call.kind != nodeCall {
			p.fail(first, "write it as a statement of its own", "%s has no value", first.text)
			return nil
		}
		return []*code{s}
	}
	st := newParser(p.t, p.errs, group).statement()
	if st == nil {
		p.note(group)
		return nil
	}
	s.kind, s.st = codeAssign, st
	return []*code{s}
}

func nameNode(k token) *node {
	return &node{kind: nodeName, name: k.text, pos: k.pos, start: k.start, end: k.end}
}

// counting reads i++, ++i, i-- and --i.
func (p *codeParser) counting(group []token) *code {
	if len(group) != 3 {
		return nil
	}
	name, a, b := group[0], group[1], group[2]
	if name.kind != tokName {
		name, a, b = group[2], group[0], group[1]
	}
	if name.kind != tokName || a.kind != tokOp || b.kind != tokOp || a.text != b.text || a.text != "+" && a.text != "-" || a.end != b.start {
		return nil
	}
	st := &statement{source: p.t, pos: name.pos, start: group[0].start, end: group[2].end, left: nameNode(name), op: a.text + "=",
		right: &node{kind: nodeNumber, num: 1, pos: a.pos, start: a.start, end: b.end}}
	return &code{kind: codeAssign, st: st, pos: group[0].pos, start: st.start, end: st.end}
}

// locals reads scalar a = 1, b; the type may have several words.
func (p *codeParser) locals(group []token, from token) []*code {
	i, typ, typed := 0, localFloat, false
	for i < len(group) && group[i].kind == tokName {
		w, ok := typeWords[group[i].text]
		if !ok && group[i].text != "const" {
			break
		}
		if ok && (!typed || w == localInt) {
			typ = w
		}
		typed = typed || ok
		i++
	}
	if !typed {
		p.fail(from, "write const scalar x = …", "want a type after const")
		p.note(group)
		return nil
	}
	var out []*code
	for {
		if i >= len(group) || group[i].kind != tokName {
			k := from
			if i < len(group) {
				k = group[i]
			}
			p.fail(k, "write scalar x = …", "want the name of a local variable")
			p.note(group)
			return out
		}
		name := group[i]
		st := &statement{source: p.t, pos: name.pos, start: name.start, end: name.end, left: nameNode(name), op: "="}
		i++
		if i < len(group) && isAssign(group[i]) && group[i].text == "=" {
			to := i + 1
			for depth := 0; to < len(group) && (depth > 0 || group[to].text != "," || group[to].kind != tokOp); to++ {
				switch group[to].text {
				case "(":
					depth++
				case ")":
					depth--
				}
			}
			if to == i+1 {
				p.fail(group[i], "", "want a value after %q", "=")
				return out
			}
			if st.right = p.expression(group[i+1 : to]); st.right == nil {
				p.broken[name.text] = true
				return out
			}
			st.end = group[to-1].end
			i = to
		}
		out = append(out, &code{kind: codeLocal, st: st, typ: typ, pos: name.pos, start: name.start, end: st.end})
		if i >= len(group) {
			return out
		}
		if group[i].text != "," {
			p.fail(group[i], "write a semicolon or a new line between statements", "want a comma or the end of the declaration, found %s", group[i])
			p.note(group[i:])
			return out
		}
		i++
	}
}

// cast reads (int)x, or returns nil when something else stands there.
func (p *parser) cast() *node {
	i, typ := p.i+1, localFloat
	for i < len(p.toks) && p.toks[i].kind == tokName {
		w, ok := typeWords[p.toks[i].text]
		if !ok {
			return nil
		}
		typ = w
		i++
	}
	if i == p.i+1 || i+1 >= len(p.toks) || p.toks[i].text != ")" || p.toks[i].kind != tokOp || p.toks[i+1].kind == tokEnd {
		return nil
	}
	k := p.toks[p.i]
	p.i = i + 1
	if !p.enter() {
		return p.bad()
	}
	defer func() { p.depth-- }()
	x := p.unary()
	name := [...]string{localFloat: "float", localInt: "int", localBool: "(bool)"}[typ]
	return &node{kind: nodeCall, name: name, args: []*node{x}, pos: k.pos, start: k.start, end: x.end}
}
