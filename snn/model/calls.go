package model

import (
	"fmt"
	"sort"
	"strings"
)

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// call checks a call of a built-in or user's function.
func (c *checker) call(n *node) Expr {
	if f := c.funcs[n.name]; f != nil {
		return c.userCall(n, f)
	}
	if c.spk != nil {
		if e, ok := c.spk.callOf(n); ok {
			return e
		}
	}
	if fn, ok := oneArg[n.name]; ok {
		a := c.numbers(n, 1)
		if a == nil {
			return nil
		}
		return &Call{fn, a}
	}
	if d, ok := dists[n.name]; ok {
		return c.draw(n, d)
	}
	if _, ok := otherFunctions[n.name]; ok {
		return c.special(n)
	}
	if hint, ok := laterFunctions[n.name]; ok {
		return c.fail(n, hint, "function %s is not available", n.name)
	}
	names := builtinNames()
	for f := range c.funcs {
		names = append(names, f)
	}
	hint := didYouMean(n.name, names)
	for _, k := range c.known() {
		if k == n.name {
			hint = "write * to multiply"
		}
	}
	for _, a := range n.args { // the arguments may hold mistakes of their own
		c.expr(a)
	}
	return c.fail(n, hintOr(hint, "define it with the model's functions"), "unknown function %q", n.name)
}

// numbers checks the arguments of a function that takes floats. It returns nil after a mistake.
func (c *checker) numbers(n *node, want int) []Expr {
	if len(n.args) != want {
		c.fail(n, "", "%s takes %s, got %d", n.name, plural(want, "argument"), len(n.args))
		return nil
	}
	out := make([]Expr, want)
	bad := false
	for i, a := range n.args {
		e := c.expr(a)
		if e != nil && e.Type() == Bool {
			e = c.wantNumber(a, n.name)
		}
		if e == nil {
			bad = true
			continue
		}
		out[i] = toFloat(e)
	}
	if bad {
		return nil
	}
	return out
}

// special checks the functions that are written out or mean a reduction.
func (c *checker) special(n *node) Expr {
	switch n.name {
	case "sum":
		return c.sum(n)
	case "mean", "norm1", "norm2":
		return c.reduction(n)
	case "min", "max":
		if len(n.args) == 1 {
			return c.reduction(n)
		}
		if len(n.args) == 0 {
			return c.fail(n, "", "%s takes two numbers, or one variable of a population", n.name)
		}
		fn := Min
		if n.name == "max" {
			fn = Max
		}
		a := c.numbers(n, len(n.args))
		if a == nil {
			return nil
		}
		e := a[0]
		for _, b := range a[1:] {
			e = &Call{fn, []Expr{e, b}}
		}
		return e
	case "ite":
		if len(n.args) != 3 {
			return c.fail(n, "write ite(condition, value if true, value if false)", "ite takes 3 arguments, got %d", len(n.args))
		}
		return c.conditional(n, n.args[0], n.args[1], n.args[2])
	case "int", "float":
		if len(n.args) != 1 {
			return c.fail(n, "", "%s takes 1 argument, got %d", n.name, len(n.args))
		}
		e := c.expr(n.args[0])
		if e == nil {
			return nil
		}
		if n.name == "float" {
			return toFloat(e)
		}
		if e.Type() == Bool {
			e = toFloat(e)
		}
		if e.Type() == Int {
			return e
		}
		return &Call{ToInt, []Expr{e}}
	}
	a := c.numbers(n, otherFunctions[n.name])
	if a == nil {
		return nil
	}
	zero := &Const{}
	switch n.name {
	case "pow", "power":
		return &Call{Pow, a}
	case "modulo", "mod":
		return &Call{Mod, a}
	case "pos", "positive":
		return below(a[0], zero)
	case "neg", "negative":
		return above(a[0], zero)
	case "clip":
		return above(below(a[0], a[1]), a[2])
	}
	return c.fail(n, "", "function %s is not available", n.name)
}

// below is x with a lower bound: if x < bound: bound else: x. A NaN stays visible.
func below(x, bound Expr) Expr { return &Select{&Binary{Lt, x, bound}, bound, x} }

// above is x with an upper bound.
func above(x, bound Expr) Expr { return &Select{&Binary{Gt, x, bound}, bound, x} }

func (c *checker) sum(n *node) Expr {
	target, ok := c.target(n)
	if !ok {
		return nil
	}
	if c.args != nil {
		return c.fail(n, "pass it as an argument", "a function knows its arguments only")
	}
	if c.src.Kind == Synapse {
		return c.fail(n, fmt.Sprintf("did you mean %q?", "post.sum("+target+")"), "a synapse has no sums of its own")
	}
	if c.spk != nil {
		return c.spk.sum(n, target)
	}
	if c.place == "init" {
		return c.fail(n, "use numbers and parameters", "an initial value cannot depend on the input")
	}
	return &Ref{c.other("sum("+target+")", func() *Symbol { return &Symbol{Name: target, Kind: Input, Locality: Local, Pos: n.pos} })}
}

// reduction is mean(x) and its kin over the elements of a population.
func (c *checker) reduction(n *node) Expr {
	if len(n.args) != 1 {
		return c.fail(n, "", "%s takes 1 argument, got %d", n.name, len(n.args))
	}
	if c.args != nil {
		return c.fail(n, "pass it as an argument", "a function knows its arguments only")
	}
	if c.place == "init" {
		return c.fail(n, "use numbers and parameters", "an initial value cannot depend on a population")
	}
	a := n.args[0]
	if a.kind != nodeName && a.kind != nodeDotted {
		return c.fail(n, "give the expression a variable, and reduce that", "%s over a population wants one variable, not an expression", n.name)
	}
	e := c.expr(a)
	if e == nil {
		return nil
	}
	r, ok := e.(*Ref)
	if !ok || r.Sym.Kind != Var && r.Sym.Kind != PreVar && r.Sym.Kind != PostVar {
		return c.fail(n, "", "%s over a population wants a variable, not %q", n.name, c.t.slice(a.start, a.end))
	}
	if c.spk != nil && c.src.Kind != SpikingNeuron {
		return c.fail(n, "", "%s over a population is not available in a %s", n.name, kindNames[c.src.Kind])
	}
	if c.src.Kind == Synapse && r.Sym.Kind == Var {
		return c.fail(n, fmt.Sprintf("reduce a neuron's variable: %s(pre.%s) or %s(post.%s)", n.name, r.Sym.Name, n.name, r.Sym.Name),
			"%s over synapses is not available", n.name)
	}
	if r.Sym.Type != Float {
		return c.fail(n, "", "%s wants a float variable, but %q is %s", n.name, r.Sym.Name, typeName(r.Sym.Type))
	}
	if r.Sym.Kind == Var && r.Sym.Locality != Local {
		return c.fail(n, "use it directly", "%s is shared: it has one value", r.Sym.Name)
	}
	return &Ref{c.other(n.name+"("+symbolText(r.Sym)+")", func() *Symbol {
		return &Symbol{Name: r.Sym.Name, Kind: Reduced, Reduce: n.name, Of: r.Sym.Kind, Pos: n.pos}
	})}
}

// draw is a random number. Every occurrence in the text is a stream of its own.
func (c *checker) draw(n *node, d dist) Expr {
	if c.place != "" {
		hint := "draw it in a statement of its own, and use that variable"
		if c.place == "init" {
			hint = "draw initial values when the network is built"
		}
		return c.fail(n, hint, "%s cannot be random", map[string]string{"init": "an initial value in the equations", "min": "a bound", "max": "a bound", "psp": "psp"}[c.place])
	}
	if len(n.args) != len(d.args) {
		want := "no arguments"
		if len(d.args) > 0 {
			want = strings.Join(d.args, ", ")
		}
		return c.fail(n, fmt.Sprintf("it takes %s", want), "%s takes %s, got %d", n.name, plural(len(d.args), "argument"), len(n.args))
	}
	a := c.numbers(n, len(d.args))
	if a == nil {
		return nil
	}
	if len(d.args) == 0 {
		a = []Expr{&Const{V: 0}, &Const{V: 1}}
	}
	if n.name == "DiscreteUniform" { // whole numbers from min to max, both included
		a[1] = &Binary{Add, a[1], &Const{V: 1}}
		return &Call{Floor, []Expr{c.newRand(d.dist, a)}}
	}
	return c.newRand(d.dist, a)
}

func (c *checker) newRand(d Dist, args []Expr) Expr {
	r := &Rand{Dist: d, Args: args, Stream: c.streams}
	c.streams++
	if c.spk != nil {
		c.spk.g.rands[r] = c.spk.drawn
	}
	return r
}

// userCall writes a user's function out with its arguments in place.
func (c *checker) userCall(n *node, f *function) Expr {
	args := make([]Expr, len(n.args))
	bad := false
	for i, a := range n.args {
		args[i] = c.expr(a)
		bad = bad || args[i] == nil
	}
	if len(n.args) != len(f.args) {
		return c.fail(n, fmt.Sprintf("it is defined as %s", f.source), "%s takes %s, got %d", f.name, plural(len(f.args), "argument"), len(n.args))
	}
	c.checkFunction(f)
	if f.state == 1 {
		return c.fail(n, "", "function %s calls itself", f.name)
	}
	if bad || f.state != 2 {
		return nil
	}
	for i, a := range args {
		if a.Type() != Bool { // bodies are checked with numbers; a condition may still fit
			args[i] = toFloat(a)
		}
	}
	before := c.errs.count()
	e := c.body(f, args, true)
	if e == nil && !c.quiet && c.errs.count() == before {
		return c.fail(n, "", "%s does not take these arguments (numbers where conditions are wanted, or too much text when written out)", f.name)
	}
	return e
}

// body checks a function's body with its arguments bound.
func (c *checker) body(f *function, args []Expr, quiet bool) Expr {
	old := *c
	c.t, c.quiet, c.deriv, c.noise = f.text, quiet || old.quiet, nil, false
	c.args = make(map[string]Expr, len(args))
	for i, a := range f.args {
		c.args[a] = args[i]
	}
	e := c.expr(f.body)
	c.t, c.quiet, c.deriv, c.noise, c.args = old.t, old.quiet, old.deriv, old.noise, old.args
	return e
}

// checkFunction looks at a function once, by itself, with floats as arguments.
func (c *checker) checkFunction(f *function) {
	if f.state != 0 {
		return
	}
	f.state = 1
	args := make([]Expr, len(f.args))
	for i, a := range f.args {
		args[i] = &Ref{&Symbol{Name: a, Kind: Temp}}
	}
	place, streams, quiet := c.place, c.streams, c.quiet
	c.place, c.quiet = "", false
	e := c.body(f, args, false)
	c.place, c.streams, c.quiet = place, streams, quiet
	f.state = 2
	if e == nil {
		f.state = 3
	}
}

// declareFunctions takes the user's functions in and reports what is wrong with each.
func (c *checker) declareFunctions(fs []*function) {
	for _, f := range fs {
		if why := reservedName(f.name); why != "" {
			c.errs.at(f.text, f.pos, f.name, "choose another name", "%q cannot name a function: it is %s", f.name, why)
			continue
		}
		if _, ok := c.src.Params[f.name]; ok {
			c.errs.at(f.text, f.pos, f.name, "choose another name", "%q is both a function and a parameter", f.name)
			continue
		}
		if old := c.funcs[f.name]; old != nil {
			c.errs.at(f.text, f.pos, f.name, "", "function %q is defined twice, first in line %d", f.name, old.pos.Line)
			continue
		}
		c.funcs[f.name] = f
	}
	names := make([]string, 0, len(c.funcs))
	for n := range c.funcs {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		c.checkFunction(c.funcs[n])
	}
}
