package model

// nodeKind tells what a node of the syntax tree is.
type nodeKind uint8

const (
	nodeNumber nodeKind = iota
	nodeBool            // True, False
	nodeName
	nodeDotted // pre.NAME, post.NAME: name is NAME, side is "pre" or "post"
	nodeDeriv  // derivative of name
	nodeUnary  // op "-", "+" or "not"
	nodeBinary
	nodeCall   // name(args)
	nodeDotSum // pre.sum(NAME), post.sum(NAME)
	nodeCond   // args: condition, then, else
	nodePast   // args: variable, steps
)

// node is one node of the syntax tree. start and end are code points in the text.
type node struct {
	kind       nodeKind
	name, side string
	op         string
	num        float64
	args       []*node
	pos        Pos
	start, end int
}

// flag is one word group after the colon of a statement, with its value if it has one.
type flag struct {
	word  string
	value *node
	pos   Pos
	text  string
	unit  bool // a product of words or a number: a unit
}

// statement is one line of a model.
type statement struct {
	left, right *node
	op          string // "=", "+=", "-=", "*=", "/="
	flags       []flag
	pos         Pos
	start, end  int // without flags
	source      *text
	deriv       string // ODE: name of the variable
}

// function is a user's function.
type function struct {
	name string
	args []string
	body *node
	pos  Pos
	text *text
	// set by the checker
	state  uint8 // 0 not looked at, 1 being looked at, 2 good, 3 bad
	source string
}

// walk calls f for n and everything below it.
func (n *node) walk(f func(*node)) {
	if n == nil {
		return
	}
	f(n)
	for _, a := range n.args {
		a.walk(f)
	}
}

func (t *text) slice(start, end int) string {
	if start < 0 || end > len(t.runes) || start >= end {
		return ""
	}
	return string(t.runes[start:end])
}
