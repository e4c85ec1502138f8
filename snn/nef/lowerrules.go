package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// ruleInput is the signal that connections to a rule add to.
func (l *lowering) ruleInput(r *Rule) *signal {
	m := l.rules[r]
	if m == nil {
		m = map[string]*signal{}
		l.rules[r] = m
	}
	if m["error"] == nil {
		value := 0.0
		if _, ok := r.rule.(Voja); ok {
			value = 1
		}
		m["error"] = l.vector("rule of "+r.conn.label()+".input", max(r.size(), 1))
		l.reset(m["error"], value)
	}
	return m["error"]
}

func (l *lowering) rule(r *Rule, c *Connection, line *lineSignals, full bool) error {
	if l.rules[r] == nil {
		l.rules[r] = map[string]*signal{}
	}
	sig := l.rules[r]
	label := "rule of " + c.label()
	alpha := func(x float64) *signal { return l.scalar(label+".rate", x) }
	// learns makes delta, which is applied at the start of the next step.
	learns := func(target *signal) *signal {
		delta := l.matrix(label+".delta", target.rows, target.cols, nil)
		sig["delta"] = delta
		apply := newBody()
		apply.set(target, add(apply.own(target), apply.own(delta)))
		l.add(&operator{incs: []*signal{target}, reads: []*signal{delta}, ops: []plan.Op{&plan.Sweep{
			Label: label + " applied", Shape: plan.Shape{Kind: plan.Dense, Pre: target.cols, Post: target.rows},
			Body: apply.assigns, Bind: apply.bind, Every: 1, Enabled: -1}}})
		return delta
	}
	// learn computes delta, after other operations if need be.
	learn := func(delta *signal, reads []*signal, make func(b *body) expr, before ...plan.Op) {
		b := newBody()
		b.set(delta, make(b))
		l.add(&operator{updates: []*signal{delta}, reads: reads, ops: append(before, &plan.Sweep{
			Label: label, Shape: plan.Shape{Kind: plan.Dense, Pre: delta.cols, Post: delta.rows},
			Body: b.assigns, Bind: b.bind, Every: 1, Enabled: -1})})
	}
	needsWeights := func() error {
		if line.weights == nil {
			return fmt.Errorf("the connection has no matrix of weights to learn; connect from an ensemble, or give a transform nef.Matrix(…)")
		}
		return nil
	}
	betweenNeurons := func() error {
		if err := needsWeights(); err != nil {
			return err
		}
		if c.pre.ens == nil || c.post.ens == nil || !full && !(c.pre.neurons && c.post.neurons && c.post.index == nil) {
			return fmt.Errorf("the rule needs weights from neurons to neurons; use a solver with Weights, or connect Neurons() to Neurons()")
		}
		return nil
	}
	switch rule := r.rule.(type) {
	case PES:
		if err := needsWeights(); err != nil {
			return err
		}
		if c.pre.ens == nil || c.pre.ens.direct() {
			return fmt.Errorf("PES learns from neurons; connect from an ensemble or its Neurons()")
		}
		delta := learns(line.weights)
		input := l.ruleInput(r)
		a := l.filter(label+".activities", rule.PreSynapse, line.input, true)
		local := input
		if full || c.post.neurons {
			local = l.localError(label, c, input)
		}
		sig["activities"] = a
		rate := alpha(-rule.Rate * l.dt / float64(line.input.rows))
		learn(delta, []*signal{a, local}, func(b *body) expr {
			return mul(mul(b.one(rate), b.post(local)), b.pre(a))
		})
	case Voja:
		if c.post.ens == nil || c.post.neurons || c.post.ens.direct() {
			return fmt.Errorf("Voja learns encoders; connect to an ensemble")
		}
		if full {
			return fmt.Errorf("Voja learns encoders, which full weights go round; leave the solver's Weights out")
		}
		e := l.ensembles[c.post.ens]
		delta := learns(e.encoders)
		p := l.filter(label+".post", rule.PostSynapse, e.out, true)
		input := l.ruleInput(r)
		sig["post_filtered"], sig["scaled_encoders"] = p, e.encoders
		gains := make([]float64, e.out.rows)
		for i, g := range l.built[c.post.ens].Gain {
			gains[i] = g / c.post.ens.radius
		}
		scale := l.vector(label+".scale", len(gains), gains...)
		rate := alpha(rule.Rate * l.dt)
		learn(delta, []*signal{e.input, p, e.encoders, input}, func(b *body) expr {
			k := mul(b.one(rate), b.one(input))
			return mul(k, sub(mul(b.post(scale), mul(b.post(p), b.pre(e.input))), mul(b.post(p), b.own(e.encoders))))
		})
	case BCM:
		if err := betweenNeurons(); err != nil {
			return err
		}
		delta := learns(line.weights)
		post := l.ensembles[c.post.ens].out
		a := l.filter(label+".pre", rule.PreSynapse, line.input, true)
		p := l.filter(label+".post", rule.PostSynapse, post, true)
		theta := l.filter(label+".theta", rule.ThetaSynapse, post, true)
		sig["pre_filtered"], sig["post_filtered"], sig["theta"] = a, p, theta
		rate := alpha(rule.Rate * l.dt)
		learn(delta, []*signal{a, p, theta}, func(b *body) expr {
			return mul(mul(mul(b.one(rate), b.post(p)), sub(b.post(p), b.post(theta))), b.pre(a))
		})
	case Oja:
		if err := betweenNeurons(); err != nil {
			return err
		}
		delta := learns(line.weights)
		a := l.filter(label+".pre", rule.PreSynapse, line.input, true)
		p := l.filter(label+".post", rule.PostSynapse, l.ensembles[c.post.ens].out, true)
		sig["pre_filtered"], sig["post_filtered"] = a, p
		rate := alpha(rule.Rate * l.dt)
		decay := l.scalar(label+".decay", rule.Beta*rule.Rate*l.dt)
		learn(delta, []*signal{a, p, line.weights}, func(b *body) expr {
			return sub(mul(b.one(rate), mul(b.post(p), b.pre(a))), mul(mul(b.one(decay), mul(b.post(p), b.post(p))), b.own(line.weights)))
		})
	case RLS:
		if err := needsWeights(); err != nil {
			return err
		}
		if c.pre.ens == nil || c.pre.ens.direct() || full || c.post.neurons {
			return fmt.Errorf("RLS learns decoders; connect from an ensemble or its Neurons(), and not to neurons")
		}
		delta := learns(line.weights)
		a := l.filter(label+".pre", rule.PreSynapse, line.input, true)
		input := l.ruleInput(r)
		n := a.rows
		start := make([]float64, n*n)
		for i := range n {
			start[i*n+i] = rule.Rate * l.dt / float64(n)
		}
		p := l.matrix(label+".inv_gamma", n, n, start)
		g, scaled, dot := l.vector(label+".g", n), l.vector(label+".cg", n), l.vector(label+".a·g", 1)
		sig["pre_filtered"], sig["inv_gamma"] = a, p
		gain, b := newBody(), newBody()
		b.set(scaled, mul(div(num(1), add(num(1), b.one(dot))), b.own(g)))
		square := plan.Shape{Kind: plan.Dense, Pre: n, Post: n}
		shrink := newBody()
		shrink.set(p, sub(shrink.own(p), mul(shrink.post(scaled), shrink.pre(g))))
		product := newBody()
		learn(delta, []*signal{a, input}, func(b *body) expr {
			return mul(neg(b.post(input)), b.pre(scaled))
		},
			&plan.MatVec{Label: label + " g", Shape: square, Term: mul(gain.pre(a), gain.own(p)), Bind: gain.bind, Out: g.buffer, Zero: true},
			&plan.MatVec{Label: label + " a·g", Shape: plan.Shape{Kind: plan.Dense, Pre: n, Post: 1}, Term: mul(product.pre(a), product.pre(g)), Bind: product.bind, Out: dot.buffer, Zero: true},
			mapOp(label+" c g", n, b),
			&plan.Sweep{Label: label + " P", Shape: square, Body: shrink.assigns, Bind: shrink.bind, Every: 1, Enabled: -1})
	default:
		return fmt.Errorf("unknown learning rule %T; use PES, Voja, BCM, Oja or RLS", r.rule)
	}
	return nil
}

// localError is the error as the neurons feel it at which a connection ends:
// encoders times error, for the neurons and of the dimensions that it goes to.
func (l *lowering) localError(label string, c *Connection, input *signal) *signal {
	encoders := l.ensembles[c.post.ens].encoders
	places := func(name string, rows int, of []int, across bool) *signal {
		m := make([]float64, rows*len(of))
		for j, i := range of {
			if across {
				m[j*rows+i] = 1
			} else {
				m[i*len(of)+j] = 1
			}
		}
		if across {
			return l.matrix(label+name, len(of), rows, m)
		}
		return l.matrix(label+name, rows, len(of), m)
	}
	var ops []plan.Op
	from := input
	if c.post.index != nil && !c.post.neurons { // the other dimensions have no error
		from = l.vector(label+".whole error", encoders.cols)
		ops = append(ops, matVec(from.name, from, places(".dimensions", encoders.cols, c.post.index, false), input, true))
	}
	local := l.vector(label+".local error", encoders.rows)
	ops = append(ops, matVec(local.name, local, encoders, from, true))
	if c.post.index != nil && c.post.neurons {
		all := local
		local = l.vector(label+".some errors", len(c.post.index))
		ops = append(ops, matVec(local.name, local, places(".neurons", all.rows, c.post.index, true), all, true))
	}
	l.add(&operator{sets: []*signal{local}})
	l.add(&operator{incs: []*signal{local}, reads: []*signal{encoders, input}, ops: ops})
	return local
}
