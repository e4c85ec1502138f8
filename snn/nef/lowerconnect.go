package nef

import (
	"errors"
	"fmt"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// connect lowers a connection; a probe's connection has no place in the network.
func (l *lowering) connect(c *Connection, seed uint32) error {
	if c.pre.bad || c.post.bad {
		return nil
	}
	for _, e := range []*Ensemble{c.pre.ens, c.post.ens} {
		if e != nil && l.built[e] == nil {
			return nil // reported
		}
	}
	built := &BuiltConnection{Seed: seed}
	r := rng.NewRandomState(seed)
	line := &lineSignals{}
	direct := c.pre.ens != nil && c.pre.ens.direct()
	full := c.pre.ens != nil && !direct && !c.pre.neurons && c.solver.full()
	for _, p := range []end{c.pre, c.post} {
		if p.neurons && p.ens.direct() {
			return fmt.Errorf("%s has no neurons, because its type is Direct; connect to the ensemble", p.ens.name)
		}
	}
	if full && (c.post.ens == nil || c.post.neurons) {
		return errors.New("a solver for full weights needs ensembles at both ends; connect to the ensemble, not to its neurons")
	}
	if err := c.solver.check(); err != nil {
		return err
	}
	var current *signal
	label := c.label()
	if c.pre.node != nil || direct {
		if direct {
			current = l.ensembles[c.pre.ens].out
		} else if current = l.nodeOut[c.pre.node]; current == nil {
			return fmt.Errorf("node %s has no output", c.pre.node.name)
		}
		current = l.selected(current, c.pre)
		line.input = current
		if c.function != nil {
			current = l.onHost(c, label, current)
		}
	} else {
		current = l.ensembles[c.pre.ens].out
		if c.pre.neurons {
			current = l.selected(current, c.pre)
		}
		line.input = current
	}
	if c.post.size() == 0 {
		return fmt.Errorf("%s takes no input; connect to an ensemble, a node made with nef.OfInput or nef.PassThrough, or a rule that has an input", c.post.what())
	}
	if err := c.transform.check(c.middle, c.post.size()); err != nil {
		return err
	}

	weights, out := []float64(nil), c.post.size() // weights row by row
	switch {
	case c.pre.ens != nil && !c.pre.neurons && !direct:
		d, whole, err := l.decoders(c, r)
		if err != nil {
			return err
		}
		built.EvalPoints = snn.Matrix{Rows: d.m, Cols: c.pre.ens.d, Data: d.points}
		built.RMSE = d.rmse
		weights = d.decoders
		n := c.pre.ens.n
		if c.transform.kind != noTransform && !whole {
			t, err := c.transform.full(c.middle, out, r)
			if err != nil {
				return fmt.Errorf("transform: %w", err)
			}
			weights = product(t, out, c.middle, weights, n)
		}
		if full {
			if !whole {
				weights = product(l.encodersOf(c.post), c.post.ens.n, out, weights, n)
			}
			out = c.post.ens.n
		}
	case c.transform.kind == matrixTransform || c.transform.kind == randomTransform:
		t, err := c.transform.full(c.middle, out, r)
		if err != nil {
			return fmt.Errorf("transform: %w", err)
		}
		weights = t
	}
	switch {
	case weights == nil && c.transform.kind == sparseTransform:
		var err error
		if current, built.Kernel, err = l.multiplySparse(label, c.transform, current, r); err != nil {
			return err
		}
	case weights != nil:
		line.weights = l.matrix(label+".weights", out, current.rows, weights)
		built.Weights = snn.Matrix{Rows: out, Cols: current.rows, Data: weights}
		weighted := l.vector(label+" weighted", out)
		l.multiply(label+" weights", weighted, line.weights, current, true)
		current = weighted
	case c.transform.kind != noTransform:
		w := repeat(c.transform.scalar, out)
		if c.transform.kind == diagonalTransform {
			w = c.transform.diagonal
		}
		scale := l.vector(label+".weights", out, w...)
		weighted := l.vector(label+" weighted", out)
		b := newBody()
		b.set(weighted, mul(b.own(scale), b.own(current)))
		l.add(&operator{sets: []*signal{weighted}})
		l.add(&operator{incs: []*signal{weighted}, reads: []*signal{scale, current}, ops: []plan.Op{mapOp(label+" weights", out, b)}})
		current = weighted
	}
	current = l.filter(label, c.synapse, current, false)
	line.output = current
	l.lines[c], l.connections[c] = line, built

	switch p := c.post; {
	case p.node != nil:
		l.increment(label, l.nodeIn[p.node], current, nil, p)
	case p.ens != nil && full:
		l.increment(label, l.ensembles[p.ens].j, current, nil, end{})
	case p.ens != nil && p.neurons:
		l.increment(label, l.ensembles[p.ens].j, current, l.ensembles[p.ens].gain, p)
	case p.ens != nil:
		l.increment(label, l.ensembles[p.ens].input, current, nil, p)
	case p.rule != nil:
		to := l.ruleInput(p.rule)
		l.increment(label, to, current, nil, p)
	}
	for _, rule := range c.rules {
		if err := l.rule(rule, c, line, full); err != nil {
			l.fail(fmt.Sprintf("%T of %s", rule.rule, c.label()), rule.site, err)
		}
	}
	return nil
}

// onHost computes a connection's function of a node's output in Go.
func (l *lowering) onHost(c *Connection, label string, from *signal) *signal {
	to := l.vector(label+" function", c.middle)
	x := make([]float64, from.rows)
	l.add(&operator{label: label, sets: []*signal{to}, reads: []*signal{from}, host: func(f [][]float64, step int64) error {
		copy(x, f[from.buffer])
		y := c.function(x)
		if len(y) != c.middle || !finite(y...) {
			return fmt.Errorf("%s (%s): its function returns %v at %v, want %d finite numbers", c.what(), c.site, y, x, c.middle)
		}
		copy(f[to.buffer], y)
		return nil
	}})
	return to
}

func (l *lowering) decoders(c *Connection, r *rng.RandomState) (d *decoded, whole bool, err error) {
	e := c.pre.ens
	b := l.built[e]
	points, m := b.EvalPoints.Data, b.EvalPoints.Rows
	if c.evalPoints != nil {
		m = e.countPoints(c.evalPoints)
		if points, err = sample(c.evalPoints, m, e.d, r); err != nil {
			return nil, false, fmt.Errorf("evaluation points: %w", err)
		}
		for i := range points {
			if !c.unscaled {
				points[i] *= e.radius
			}
		}
	}
	if _, ok := c.solver.(wholeSolver); ok && c.solver.full() {
		t, err := c.transform.full(c.middle, c.post.size(), r)
		if err != nil {
			return nil, false, fmt.Errorf("transform: %w", err)
		}
		post := c.post.ens
		d, err := c.decode(b, points, m, r, &target{product(l.encodersOf(c.post), post.n, c.post.size(), t, c.middle), post.n})
		return d, true, err
	}
	// The same decoders serve several connections, where the solver draws nothing.
	if _, same := c.solver.(LstsqL2); !same || c.function != nil || c.pre.index != nil || c.evalPoints != nil {
		d, err := c.decode(b, points, m, r, nil)
		return d, false, err
	}
	key := sharedKey{e, c.solver}
	if l.shared[key] == nil {
		if d, err = c.decode(b, points, m, r, nil); err != nil {
			return nil, false, err
		}
		l.shared[key] = d
	}
	return l.shared[key], false, nil
}

// encodersOf are the scaled encoders of the dimensions that a connection ends at,
// one neuron a row.
func (l *lowering) encodersOf(post end) []float64 {
	e := post.ens
	all := l.built[e].ScaledEncoders.Data
	if post.index == nil {
		return all
	}
	some := make([]float64, 0, e.n*len(post.index))
	for i := range e.n {
		for _, at := range post.index {
			some = append(some, all[i*e.d+at])
		}
	}
	return some
}
