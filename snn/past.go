package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Values of a neuron some steps ago, where how many differs between its synapses.

// delayed is statements of a synapse between rates with everything bound. Where
// delays differ, variables of the source are those of as many steps ago as the
// synapse says; by newer steps less.
func (l *layout) delayed(p *Projection, body []model.Assign, newer int) ([]model.Assign, plan.Bind) {
	bind, k := l.bindProjection(p, newer), l.links[p]
	if k.ago == nil {
		return body, bind
	}
	var n model.Expr = &model.Ref{Sym: k.ago}
	if newer > 0 {
		n = &model.Binary{Op: model.Sub, X: n, Y: &model.Const{V: float64(newer), T: model.Int}}
	}
	with := map[*model.Symbol]model.Expr{}
	for _, s := range p.model.Symbols {
		if s.Kind != model.PreVar {
			continue
		}
		at := l.slots[slotKey{p.pre, s.Name}]
		if at.index == plan.Scalar || at.symbol != nil && at.symbol.Kind != model.Var {
			continue // the same at all times
		}
		was := *s
		bind[&was] = l.past(at, plan.Pre, l.reach(p.pre))
		delete(bind, s)
		with[s] = &model.Call{Fn: model.Past, Args: []model.Expr{&model.Ref{Sym: &was}, n}}
	}
	bind[k.ago] = plan.Operand{Buffer: k.delays, Index: plan.Own}
	body = model.SubstituteAll(body, with)
	return body, used(body, bind)
}

// past is the ring of a variable's values of up to longest steps ago.
func (l *layout) past(at slot, index plan.Index, longest int) plan.Operand {
	o := l.lagged(at, index, max(longest, 2), 0, longest)
	o.Lag = 0
	return o
}

// look finds how far back rules read variables of the target.
func (k *link) look() (err error) {
	p := k.p
	if p.model == nil || !p.spiking() {
		return nil
	}
	for _, body := range [][]model.Assign{p.model.Step, p.model.OnPre, p.model.OnPost, p.model.OnPreEvent, p.model.OnPostEvent} {
		eachPast(body, func(c *model.Call) {
			if n, ok := c.Args[1].(*model.Const); ok {
				k.sees = max(k.sees, int(n.V)+1)
				return
			}
			longest, _ := steps(p.dendritic, p.net.dt)
			k.sees = max(k.sees, int(longest)+1)
			if longest == 0 {
				err = fmt.Errorf("the rule reads %s a number of steps ago that differs, want the longest delay; add .DendriticDelay(…)", c.Args[0].(*model.Ref).Sym.Name)
			}
		})
	}
	return err
}

// eachPast calls f for every x[d] of some statements.
func eachPast(body []model.Assign, f func(c *model.Call)) {
	for _, a := range body {
		for _, x := range []model.Expr{a.X, a.Delay} {
			walk(x, func(e model.Expr) {
				if c, ok := e.(*model.Call); ok && c.Fn == model.Past {
					f(c)
				}
			})
		}
	}
}

// seen binds what a rule reads as x[d]: before the neurons are updated, the newest
// value is that of the step before, which is one step ago.
func (l *layout) seen(k *link, body []model.Assign, bind plan.Bind) ([]model.Assign, error) {
	calls := map[*model.Call]model.Expr{}
	var err error
	eachPast(body, func(c *model.Call) {
		s := c.Args[0].(*model.Ref).Sym
		at, ok := l.ofTarget(k, s.Name)
		if s.Kind == model.Var {
			at, ok = l.slots[slotKey{k.p, s.Name}]
		}
		if !ok || at.symbol == nil || at.symbol.Kind != model.Var || at.index == plan.Scalar {
			err = fmt.Errorf("the rule reads past values of %s, which never change; leave out the brackets", s.Name)
			return
		}
		was := *s
		was.Kind = model.PostVar
		bind[&was] = l.past(at, plan.Post, l.reach(k.p.post))
		calls[c] = &model.Call{Fn: model.Past, Args: []model.Expr{&model.Ref{Sym: &was}, &model.Binary{Op: model.Add, X: c.Args[1], Y: &model.Const{V: 1, T: model.Int}}}}
	})
	if len(calls) == 0 || err != nil {
		return body, err
	}
	return model.ReplaceAll(body, func(e model.Expr) model.Expr {
		if c, ok := e.(*model.Call); ok {
			return calls[c]
		}
		return nil
	}), nil
}
