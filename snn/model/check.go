package model

import (
	"fmt"
	"math"
	"strings"
)

const (
	maxNodes = 20000  // of one statement, after functions are written out
	maxTotal = 400000 // of a whole model
)

// checker turns syntax trees into typed expressions. It goes on after a
// mistake; an expression that holds one is nil.
type checker struct {
	src      Source
	errs     *errorList
	params   map[string]*Symbol // mentioned ones
	vars     map[string]*Symbol
	varOrder []*Symbol
	order    []*Symbol // parameters, in order of mention
	others   map[string]*Symbol
	mention  []*Symbol // the others, in order of mention
	funcs    map[string]*function
	unknown  map[string]bool
	usedFunc map[string]bool
	streams  int

	where map[Expr]*node // for messages
	size  map[Expr]int
	total int // expressions made

	equations *text
	spk       *spiking // compiles a spiking kind; nil for rate models

	// what is being checked
	t       *text
	quiet   bool            // inside a function's body: its mistakes are known already
	args    map[string]Expr // arguments of the function whose body is being checked
	deriv   *Symbol         // stands for the derivative of an ODE
	derivOf string
	place   string // "" for statements; "init", "min", "max", "psp": no draws there
	noise   bool   // xi allowed
}

// fail reports a mistake at a node. It returns nil, the expression that holds a mistake.
func (c *checker) fail(n *node, hint, format string, args ...any) Expr {
	if !c.quiet {
		c.errs.at(c.t, n.pos, c.t.slice(n.start, n.end), hint, format, args...)
	}
	return nil
}

// made notes where an expression comes from and guards against growth.
func (c *checker) made(n *node, e Expr) Expr {
	if e == nil {
		return nil
	}
	if _, ok := c.where[e]; !ok && !c.quiet {
		c.where[e] = n
	}
	if c.sizeOf(e) > maxNodes {
		return c.fail(n, "use variables for its parts", "expression grows beyond %d operations when functions are written out", maxNodes)
	}
	if c.total++; c.total > maxTotal {
		return c.fail(n, "simplify the functions", "model grows beyond %d operations when functions are written out", maxTotal)
	}
	return e
}

// sizeOf counts the nodes of an expression as a tree.
func (c *checker) sizeOf(e Expr) int {
	if size, ok := c.size[e]; ok {
		return size
	}
	size := 1
	for _, k := range children(e) {
		size = min(size+c.sizeOf(k), 1<<30)
	}
	c.size[e] = size
	return size
}

// children are the direct operands of an expression.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Unary:
		return []Expr{e.X}
	case *Binary:
		return []Expr{e.X, e.Y}
	case *Call:
		return e.Args
	case *Select:
		return []Expr{e.Cond, e.Then, e.Else}
	case *Rand:
		return e.Args
	}
	return nil
}

func (c *checker) expr(n *node) Expr { return c.made(n, c.expr1(n)) }

func (c *checker) expr1(n *node) Expr {
	switch n.kind {
	case nodeNumber:
		return &Const{V: n.num}
	case nodeBool:
		return &Const{V: n.num, T: Bool}
	case nodeName:
		return c.name(n)
	case nodeDotted:
		return c.dotted(n, n.side, n.name)
	case nodePast:
		return c.past(n)
	case nodeDeriv:
		if c.deriv == nil || n.name != c.derivOf {
			return c.fail(n, "give that derivative an equation of its own", "the derivative of %q cannot be used here", n.name)
		}
		return &Ref{c.deriv}
	case nodeUnary:
		x := c.expr(n.args[0])
		if x == nil {
			return nil
		}
		if n.op == "not" {
			if x.Type() != Bool {
				return c.wantCondition(n.args[0], x, "not")
			}
			return &Unary{Not, x}
		}
		if x.Type() == Bool {
			return c.wantNumber(n.args[0], n.op)
		}
		if n.op == "+" {
			return x
		}
		return &Unary{Neg, x}
	case nodeBinary:
		return c.binary(n)
	case nodeCall:
		return c.call(n)
	case nodeDotSum:
		return c.dotSum(n)
	case nodeCond:
		return c.conditional(n, n.args[0], n.args[1], n.args[2])
	}
	return c.fail(n, "", "not understood")
}

func (c *checker) wantNumber(n *node, op string) Expr {
	return c.fail(n, "write float(…), or ite(condition, 1, 0)", "%q wants a number, but %q is a condition", op, c.t.slice(n.start, n.end))
}

func (c *checker) wantCondition(n *node, x Expr, op string) Expr {
	return c.fail(n, fmt.Sprintf("write (%s) != 0 if that is meant", c.t.slice(n.start, n.end)), "%q wants a condition, but %q is a number", op, c.t.slice(n.start, n.end))
}

func typeName(t Type) string { return [...]string{"float", "int", "bool"}[t] }

// toFloat converts an int; conditions are refused by the callers.
func toFloat(e Expr) Expr {
	if e.Type() == Float {
		return e
	}
	if k, ok := e.(*Const); ok {
		return &Const{V: k.V}
	}
	return &Call{ToFloat, []Expr{e}}
}

// wholeConst is a whole constant as an int, or nil.
func wholeConst(e Expr) Expr {
	if k, ok := e.(*Const); ok && k.T == Float && k.V == math.Trunc(k.V) && math.Abs(k.V) < 1<<53 {
		return &Const{V: k.V, T: Int}
	}
	if u, ok := e.(*Unary); ok && u.Op == Neg {
		if x := wholeConst(u.X); x != nil {
			return &Unary{Neg, x}
		}
	}
	return nil
}

// unify gives two numbers one type: int stays int beside whole constants.
func unify(x, y Expr) (Expr, Expr) {
	if x.Type() == y.Type() {
		return x, y
	}
	if x.Type() == Int {
		if k := wholeConst(y); k != nil {
			return x, k
		}
	} else if k := wholeConst(x); k != nil {
		return k, y
	}
	return toFloat(x), toFloat(y)
}

var binaryOps = map[string]Op{
	"+": Add, "-": Sub, "*": Mul, "/": Div, "<": Lt, "<=": Le, ">": Gt, ">=": Ge, "==": Eq, "!=": Ne, "and": And, "or": Or,
}

func (c *checker) binary(n *node) Expr {
	x, y := c.expr(n.args[0]), c.expr(n.args[1])
	if x == nil || y == nil {
		return nil
	}
	xb, yb := x.Type() == Bool, y.Type() == Bool
	switch n.op {
	case "and", "or":
		if !xb {
			return c.wantCondition(n.args[0], x, n.op)
		}
		if !yb {
			return c.wantCondition(n.args[1], y, n.op)
		}
		return &Binary{binaryOps[n.op], x, y}
	case "==", "!=":
		if xb && yb { // written with and, or, not: backends compare numbers only
			same := &Binary{Or, &Binary{And, x, y}, &Binary{And, &Unary{Not, x}, &Unary{Not, y}}}
			if n.op == "==" {
				return same
			}
			return &Unary{Not, same}
		}
	}
	if xb {
		return c.wantNumber(n.args[0], n.op)
	}
	if yb {
		return c.wantNumber(n.args[1], n.op)
	}
	switch n.op {
	case "/":
		return &Binary{Div, toFloat(x), toFloat(y)}
	case "^":
		return &Call{Pow, []Expr{toFloat(x), toFloat(y)}}
	case "%":
		return &Call{Mod, []Expr{toFloat(x), toFloat(y)}}
	case "//":
		return &Call{Floor, []Expr{&Binary{Div, toFloat(x), toFloat(y)}}}
	}
	x, y = unify(x, y)
	return &Binary{binaryOps[n.op], x, y}
}

func (c *checker) conditional(n, cn, an, bn *node) Expr {
	k, x, y := c.expr(cn), c.expr(an), c.expr(bn)
	if k != nil && k.Type() != Bool {
		k = c.wantCondition(cn, k, "if")
	}
	if k == nil || x == nil || y == nil {
		return nil
	}
	if (x.Type() == Bool) != (y.Type() == Bool) {
		return c.fail(n, "give both branches the same type", "one branch is a condition, the other a number")
	}
	if x.Type() != Bool {
		x, y = unify(x, y)
	}
	return &Select{k, x, y}
}

// other returns the symbol of a name that is neither parameter nor variable.
func (c *checker) other(key string, make func() *Symbol) *Symbol {
	s, ok := c.others[key]
	if !ok {
		s = make()
		c.others[key] = s
		c.mention = append(c.mention, s)
	}
	return s
}

func (c *checker) name(n *node) Expr {
	if c.args != nil {
		if e, ok := c.args[n.name]; ok {
			return e
		}
	}
	if c.spk != nil && c.args == nil {
		return c.spk.name(n)
	}
	switch n.name {
	case "pi":
		return &Const{V: math.Pi}
	case "t", "dt":
		if c.args != nil {
			break
		}
		if c.place == "init" && n.name == "t" {
			return c.fail(n, "", "an initial value cannot depend on time")
		}
		kind := Time
		if n.name == "dt" {
			kind = Dt
		}
		return &Ref{c.other(n.name, func() *Symbol { return &Symbol{Name: n.name, Kind: kind, Pos: n.pos} })}
	}
	if c.args != nil {
		names := []string{"pi"}
		for a := range c.args {
			names = append(names, a)
		}
		return c.fail(n, hintOr(didYouMean(n.name, names), "pass it as an argument"), "unknown name %q: a function knows its arguments only", n.name)
	}
	if s, ok := c.vars[n.name]; ok {
		if c.place == "init" {
			return c.fail(n, "use numbers and parameters", "an initial value cannot depend on variable %q", n.name)
		}
		return &Ref{s}
	}
	if s := c.param(n.name, n.pos); s != nil {
		return &Ref{s}
	}
	if n.name == "xi" || strings.HasPrefix(n.name, "xi_") {
		if !c.noise || c.place != "" {
			return c.fail(n, "use Normal(0, 1) elsewhere", "white noise %s belongs into an equation with a derivative", n.name)
		}
		return &Ref{c.other(n.name, func() *Symbol { return &Symbol{Name: n.name, Kind: Temp, Locality: Local, Pos: n.pos} })}
	}
	if c.src.Kind == Synapse {
		if base, ok := strings.CutSuffix(n.name, "_pre"); ok && base != "" && !isSpikeTime(n.name) {
			return c.dotted(n, "pre", base)
		}
		if base, ok := strings.CutSuffix(n.name, "_post"); ok && base != "" && !isSpikeTime(n.name) {
			return c.dotted(n, "post", base)
		}
	}
	return c.unknownName(n)
}

// kindName is what a message calls the model.
func (c *checker) kindName() string {
	if c.spk != nil {
		return kindNames[c.src.Kind]
	}
	return "rate model"
}

func isSpikeTime(name string) bool { return name == "t_pre" || name == "t_post" }

func hintOr(hint, other string) string {
	if hint != "" {
		return hint
	}
	return other
}

// param returns the symbol of a parameter given with the model, or nil.
func (c *checker) param(name string, pos Pos) *Symbol {
	v, ok := c.src.Params[name]
	if !ok || reservedName(name) != "" {
		return nil
	}
	s, ok := c.params[name]
	if !ok {
		s = &Symbol{Name: name, Kind: Param, Value: v, Pos: pos}
		for _, p := range c.src.PerElement {
			if p == name {
				s.Locality = Local
			}
		}
		c.params[name] = s
		c.order = append(c.order, s)
	}
	return s
}

// known are the names that an equation may use.
func (c *checker) known() []string {
	out := []string{"t", "dt", "pi"}
	if c.spk != nil {
		out = append(out, c.spk.known()...)
	}
	for n := range c.vars {
		out = append(out, n)
	}
	for n := range c.src.Params {
		out = append(out, n)
	}
	return out
}

// unknownName reports a name once, with the best advice.
func (c *checker) unknownName(n *node) Expr {
	if c.quiet || c.unknown[n.name] {
		return nil
	}
	c.unknown[n.name] = true
	switch {
	case isBuiltin(n.name):
		return c.fail(n, "call it: "+n.name+"(…)", "%q is a function, not a value", n.name)
	case reserved[n.name] != "":
		return c.fail(n, "", "%q is reserved (%s) and has no meaning in a %s", n.name, reserved[n.name], c.kindName())
	case c.funcs[n.name] != nil:
		return c.fail(n, "call it: "+n.name+"(…)", "%q is a function, not a value", n.name)
	}
	if len(c.errs.list) >= maxErrors { // not shown; the search for likely names would take long
		return c.fail(n, "", "unknown name %q", n.name)
	}
	if hint := didYouMean(n.name, c.known()); hint != "" {
		return c.fail(n, hint, "unknown name %q", n.name)
	}
	if c.src.Kind == Synapse || c.src.Kind == SpikingSynapse {
		for _, side := range []string{"post", "pre"} {
			if _, ok := c.others[side+"."+n.name]; ok || n.name == "r" && side == "post" {
				return c.fail(n, fmt.Sprintf("did you mean %q?", side+"."+n.name), "unknown name %q: the synapse has no variable or parameter of that name", n.name)
			}
		}
	}
	if target, ok := strings.CutPrefix(n.name, "g_"); ok && target != "" && c.src.Kind == Neuron {
		return c.fail(n, fmt.Sprintf("write sum(%s) for the weighted sum of that target", target), "unknown name %q: conductances belong to spiking models", n.name)
	}
	if unitWords[n.name] && (c.spk == nil || len(n.name) > 1) {
		return c.fail(n, "leave units out: write plain numbers in ms, mV, nA, nF, MΩ, µS", "%q is a unit, and units are not checked yet", n.name)
	}
	hint := fmt.Sprintf("give %s a value with the parameters, or an equation", n.name)
	if c.src.Kind == Synapse || c.src.Kind == SpikingSynapse {
		hint += fmt.Sprintf("; a neuron's variable is post.%s or pre.%s", n.name, n.name)
	}
	return c.fail(n, hint, "unknown name %q: it has neither a value nor an equation", n.name)
}

// dotted is pre.NAME or post.NAME.
func (c *checker) dotted(n *node, side, name string) Expr {
	if c.args != nil {
		return c.fail(n, "pass it as an argument", "a function knows its arguments only")
	}
	if c.spk != nil {
		return c.spk.dotted(n, side, name)
	}
	if c.src.Kind != Synapse {
		return c.fail(n, "write "+name+" for the neuron's own variable, or sum(TARGET) for its input", "%s.%s has no meaning in a neuron: it belongs into a synapse", side, name)
	}
	if c.place == "init" {
		return c.fail(n, "use numbers and parameters", "an initial value cannot depend on a neuron's variable")
	}
	kind, loc := PreVar, Local
	if side == "post" {
		kind, loc = PostVar, PerPost
	}
	if name == "sum" {
		return c.fail(n, fmt.Sprintf("write %s.sum(TARGET)", side), "%s.sum needs a target", side)
	}
	return &Ref{c.other(side+"."+name, func() *Symbol { return &Symbol{Name: name, Kind: kind, Locality: loc, Pos: n.pos} })}
}

// target reads the argument of sum.
func (c *checker) target(n *node) (string, bool) {
	if len(n.args) == 0 {
		return "", true
	}
	if len(n.args) > 1 || n.args[0].kind != nodeName {
		c.fail(n, "write sum(exc), or sum() for all targets together", "sum wants the name of one target, not an expression")
		return "", false
	}
	return n.args[0].name, true
}

func (c *checker) dotSum(n *node) Expr {
	target, ok := c.target(n)
	if !ok {
		return nil
	}
	if c.args != nil || c.src.Kind != Synapse || c.place == "init" {
		return c.fail(n, "write sum(TARGET)", "%s.sum has no meaning here: it belongs into the equations of a synapse", n.side)
	}
	kind, loc := PreSum, Local
	if n.side == "post" {
		kind, loc = PostSum, PerPost
	}
	return &Ref{c.other(n.side+".sum("+target+")", func() *Symbol { return &Symbol{Name: target, Kind: kind, Locality: loc, Pos: n.pos} })}
}
