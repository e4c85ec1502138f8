package model

import "slices"

// past is x[d] in a rule of synapses between spiking neurons: a variable at the
// postsynaptic neuron as it was d steps before this step's update.
func (c *checker) past(n *node) Expr {
	x, d := n.args[0], n.args[1]
	if c.spk == nil || c.src.Kind != SpikingSynapse || c.place != "" || c.spk.part.side != "" {
		return c.fail(n, "keep the value in a variable of your own", "%q has no meaning here: past values are for what a synapse does with a variable of its target", c.t.slice(n.start, n.end))
	}
	if x.kind != nodeName && x.kind != nodeDotted {
		return c.fail(x, "name a variable of the target", "%q has no past", c.t.slice(x.start, x.end))
	}
	e, steps := c.expr(x), c.expr(d)
	if e == nil || steps == nil {
		return nil
	}
	r, ok := e.(*Ref)
	if !ok || r.Sym.Kind != PostVar && !(r.Sym.Kind == Var && r.Sym.Locality == PerPost) {
		return c.fail(x, "past values are kept of variables of the target; name one, as post.V", "%q is not a variable of the target neuron", c.t.slice(x.start, x.end))
	}
	if steps.Type() == Bool {
		return c.wantNumber(d, "[…]")
	}
	if k, ok := steps.(*Const); ok {
		if !(k.V >= 0 && k.V == float64(int(k.V)) && k.V < 1<<16) {
			return c.fail(d, "give a whole number of steps from 0 on", "%q steps ago cannot be", c.t.slice(d.start, d.end))
		}
		steps = &Const{V: k.V, T: Int}
	}
	if steps.Type() == Float {
		steps = &Call{ToInt, []Expr{steps}}
	}
	if holdsPast(steps) {
		return c.fail(d, "keep it in a variable", "%q reads a past value itself", c.t.slice(d.start, d.end))
	}
	return &Call{Past, []Expr{r, steps}}
}

func holdsPast(e Expr) bool {
	if c, ok := e.(*Call); ok && c.Fn == Past {
		return true
	}
	return slices.ContainsFunc(children(e), holdsPast)
}
