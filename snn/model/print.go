package model

import (
	"strconv"
	"strings"
)

// Binding strength of operators, loosest first.
const (
	bindCond = iota
	bindOr
	bindAnd
	bindNot
	bindCompare
	bindSum
	bindProduct
	bindSign
	bindPower
	bindAtom
)

// Text writes an expression in the model language; reading it again gives the
// same expression.
func Text(e Expr) string {
	var b strings.Builder
	writeText(&b, e, bindCond)
	return b.String()
}

// symbolText is how a symbol is written in an equation.
func symbolText(s *Symbol) string {
	switch s.Kind {
	case PreVar:
		return "pre." + s.Name
	case PostVar:
		return "post." + s.Name
	case Input:
		return "sum(" + s.Name + ")"
	case PreSum:
		return "pre.sum(" + s.Name + ")"
	case PostSum:
		return "post.sum(" + s.Name + ")"
	case Emit, LastSpike, Element:
		return sidedText(s)
	case Reduced:
		return s.Reduce + "(" + symbolText(&Symbol{Name: s.Name, Kind: s.Of}) + ")"
	}
	return s.Name
}

// sidedText is a symbol that may belong to one of the two neurons of a synapse.
func sidedText(s *Symbol) string {
	switch {
	case s.Kind == Element:
		return s.Name
	case s.Kind == Emit && s.Of == Var:
		return s.Name
	case s.Kind == Emit:
		name := s.Name
		if name == "" {
			name = "in"
		}
		return map[SymbolKind]string{PreVar: "pre.", PostVar: "post."}[s.Of] + name
	}
	return s.Name + map[SymbolKind]string{PreVar: "_pre", PostVar: "_post"}[s.Of]
}

func number(c *Const) string {
	if c.T == Bool {
		if c.V != 0 {
			return "True"
		}
		return "False"
	}
	return strconv.FormatFloat(c.V, 'g', -1, 64)
}

// binding of an operator, and the least binding its operands need unparenthesised.
func binding(op Op) (self, left, right int) {
	switch op {
	case Or:
		return bindOr, bindOr, bindAnd
	case And:
		return bindAnd, bindAnd, bindNot
	case Lt, Le, Gt, Ge, Eq, Ne:
		return bindCompare, bindSum, bindSum
	case Add, Sub:
		return bindSum, bindSum, bindProduct
	}
	return bindProduct, bindProduct, bindSign
}

// maxPrinted bounds printed expressions: shared parts are written out each
// time, so that a short model can make a long text.
const maxPrinted = 1 << 15

func writeText(b *strings.Builder, e Expr, outer int) {
	if b.Len() > maxPrinted {
		if !strings.HasSuffix(b.String()[b.Len()-4:], "…") {
			b.WriteString("…")
		}
		return
	}
	self := bindAtom
	switch e := e.(type) {
	case *Const:
		if e.V < 0 {
			self = bindSign
		}
	case *Unary:
		self = bindSign
		if e.Op == Not {
			self = bindNot
		}
	case *Binary:
		self, _, _ = binding(e.Op)
	case *Call:
		if e.Fn == Pow {
			self = bindPower
		}
	case *Select:
		self = bindCond
	}
	if self < outer {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	list := func(name string, args []Expr) {
		b.WriteString(name + "(")
		for i, a := range args {
			if i > 0 {
				b.WriteString(", ")
			}
			writeText(b, a, bindCond)
		}
		b.WriteByte(')')
	}
	switch e := e.(type) {
	case *Const:
		b.WriteString(number(e))
	case *Ref:
		b.WriteString(symbolText(e.Sym))
	case *Unary:
		if e.Op == Not {
			b.WriteString("not ")
			writeText(b, e.X, bindNot)
			return
		}
		b.WriteByte('-')
		writeText(b, e.X, bindSign)
	case *Binary:
		_, left, right := binding(e.Op)
		writeText(b, e.X, left)
		if e.Op == Mul || e.Op == Div {
			b.WriteString(opNames[e.Op])
		} else {
			b.WriteString(" " + opNames[e.Op] + " ")
		}
		writeText(b, e.Y, right)
	case *Call:
		if e.Fn == Pow {
			writeText(b, e.Args[0], bindAtom)
			b.WriteByte('^')
			writeText(b, e.Args[1], bindSign)
			return
		}
		if e.Fn == Past {
			writeText(b, e.Args[0], bindAtom)
			b.WriteByte('[')
			writeText(b, e.Args[1], bindCond)
			b.WriteByte(']')
			return
		}
		list(funcNames[e.Fn], e.Args)
	case *Select:
		writeText(b, e.Cond, bindOr)
		b.WriteString(" ? ")
		writeText(b, e.Then, bindCond)
		b.WriteString(" : ")
		writeText(b, e.Else, bindCond)
	case *Rand:
		list(distNames[e.Dist], e.Args)
	}
}
