package snn

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// link is how a projection is connected in one simulation.
type link struct {
	p        *Projection
	shape    plan.Shape
	synapses *synapses // SparseRows only
	delay    int       // steps, of the first segment
	back     int       // steps

	arrived *model.Symbol // variable of each synapse: the step of the last arrival, where delays differ
	ago     *model.Symbol // of each synapse between rates: its delay in steps, where delays differ
	delays  int           // the buffer of ago
	sees    int           // steps: the oldest value of the target that a rule reads as x[d], or 0
	emit    destination
}

// destination is where what a synapse sends arrives.
type destination struct {
	receptor *Receptor
	variable string // of the target, instead: a conductance g_…
}

func (k *link) segments() int {
	if k.synapses == nil {
		return 1
	}
	return k.synapses.segments
}

// link lists the synapses of a projection.
func (l *layout) link(p *Projection) error {
	k := &link{p: p, delay: 1, back: 1}
	l.links[p] = k
	if err := k.look(); err != nil {
		return err
	}
	if p.back > 0 {
		d, err := p.delaySteps(float64(p.back), true)
		if err != nil {
			return err
		}
		k.back = int(d)
	}
	k.shape = plan.Shape{Kind: p.kind(), Pre: p.pre.Len(), Post: p.post.Len()}
	switch k.shape.Kind {
	case plan.Dense:
		k.shape.NoSelf = p.noSelf()
	case plan.Generated:
		k.shape.Procedural = p.connector.procedure(p.stream(), p.pre == p.post)
	case plan.Convolution:
		g, err := p.connector.geometry(p.pre, p.post)
		if err != nil {
			return err
		}
		k.shape.Conv = g
	case plan.SparseRows:
		s, err := p.connector.generate(p.net.seed, p.stream(), p.from, p.to)
		if err != nil {
			return err
		}
		k.synapses = s
	}
	if p.delay == nil {
		return l.store(k)
	}
	if c, ok := p.delay.(constant); ok {
		d, err := p.delaySteps(float64(c), true)
		k.delay = int(d)
		if err != nil {
			return err
		}
		return l.store(k)
	}
	if k.synapses == nil {
		return fmt.Errorf("%s with different delays, want stored connections; leave out Procedural, or give one delay", p.connector)
	}
	if err := checkLength(p.delay, len(k.synapses.targets)); err != nil {
		return fmt.Errorf("delays: %w", err)
	}
	draw := p.delay.draw(rng.NewStream(p.net.seed, p.stream(), delayStream))
	_, each := p.delay.(given)
	from := k.synapses.from
	err := k.synapses.delayed(func(slot int) (int64, error) {
		if from != nil && each {
			slot = int(from[slot])
		}
		return p.delaySteps(draw(uint64(slot)), false)
	})
	if err != nil {
		return err
	}
	k.delay = int(k.synapses.minDelay)
	if k.segments() > 1 {
		if err := k.separate(l); err != nil {
			return err
		}
	}
	return l.store(k)
}

// separate prepares a projection whose synapses have different delays: what
// reads the time of the last arrival needs it for each synapse.
func (k *link) separate(l *layout) error {
	p := k.p
	if !p.spiking() {
		for _, s := range p.model.Symbols {
			if s.Kind == model.Var && s.Locality == model.PerPre {
				return fmt.Errorf("the rule keeps %s for each source, while the synapses have different delays; want one delay for all, or a variable of the synapse", s.Name)
			}
		}
		k.ago = &model.Symbol{Name: "delay", Kind: model.Param, Type: model.Int, Locality: model.Local}
		return nil
	}
	for _, s := range p.model.Symbols {
		switch {
		case s.Kind == model.PreVar || s.Kind == model.Var && s.Locality == model.PerPre:
			return fmt.Errorf("the rule reads %s of the source, as of the time of the spike, while the synapses have different delays; want one delay for all, or a rule of t - st_pre", s.Name)
		case s.Kind == model.LastSpike && s.Of == model.PreVar && s.Name != "st":
			return fmt.Errorf("the rule reads %s_pre while the synapses have different delays; want one delay for all, or a rule of st_pre", s.Name)
		case s.Kind == model.LastSpike && s.Of == model.PreVar:
			k.arrived = &model.Symbol{Name: "arrived", Kind: model.Var, Type: model.Int, Locality: model.Local}
		}
	}
	return nil
}

// store makes the buffers of a list of synapses.
func (l *layout) store(k *link) error {
	if k.synapses == nil {
		return nil
	}
	s, p := k.synapses, k.p
	prefix := p.pre.name + "→" + p.post.name + "."
	sparse := &plan.Sparse{Segments: s.segments, Sources: -1, Columns: -1, Slots: -1}
	sparse.Rows = l.buffer(prefix+"rows", plan.I64, len(s.rows))
	n := max(len(s.targets), 1)
	sparse.Targets = l.buffer(prefix+"targets", plan.I32, n)
	if p.spiking() && p.model != nil && (len(p.model.OnPost) > 0 || len(p.model.OnPostEvent) > 0) {
		sparse.Sources = l.buffer(prefix+"sources", plan.I32, n)
		sparse.Columns = l.buffer(prefix+"columns", plan.I64, s.post+1)
		sparse.Slots = l.buffer(prefix+"slots", plan.I32, n)
	}
	if k.arrived != nil {
		l.slots[slotKey{p, "arrived"}] = slot{l.buffer(prefix+"arrived", plan.I64, n), plan.Own, k.arrived, []int{n}}
	}
	if k.ago != nil {
		k.delays = l.buffer(prefix+"delays", plan.I64, n)
	}
	k.shape.Sparse = sparse
	return nil
}

// fill writes the lists of synapses into a state.
func (k *link) fill(s *plan.State) {
	if k.synapses == nil {
		return
	}
	sp, list := k.shape.Sparse, k.synapses
	s.I64[sp.Rows] = list.rows
	put := func(b int, x []int32) {
		if len(x) > 0 {
			s.I32[b] = x
		}
	}
	put(sp.Targets, list.targets)
	if k.ago != nil && len(list.targets) > 0 {
		s.I64[k.delays] = list.delays()
	}
	if sp.Columns >= 0 {
		columns, slots := list.columns()
		s.I64[sp.Columns] = columns
		put(sp.Slots, slots)
		put(sp.Sources, list.sources())
	}
}

// numbered tells whether synapses are drawn by the number of their pair of neurons,
// not by that of their slot.
func (k *link) numbered() bool { return k.synapses != nil && k.p.connector.rule == probability }

// element is the number by which the initial value of a synapse is drawn: that
// of a procedural connection where there is one of the same kind.
func (k *link) element() func(slot int) uint64 {
	if !k.numbered() {
		return func(slot int) uint64 { return uint64(slot) }
	}
	s := k.synapses
	return func(slot int) uint64 {
		// The row is the last that begins at or before the slot.
		r, _ := slices.BinarySearch(s.rows, int64(slot)+1)
		return uint64((r-1)/s.segments)*uint64(s.post) + uint64(s.targets[slot])
	}
}

// replaced are values of synapses that are not stored, as expressions.
func (l *layout) replaced(p *Projection) (map[*model.Symbol]model.Expr, error) {
	if l.links[p].shape.Kind != plan.Generated {
		return nil, nil
	}
	with := map[*model.Symbol]model.Expr{}
	for k, name := range p.names() {
		s := symbol(p.model, name)
		if s.Locality != model.Local {
			continue
		}
		num := func(x float64) model.Expr { return &model.Const{V: x} }
		draw := func(d model.Dist, args ...float64) model.Expr {
			r := &model.Rand{Dist: d, Stream: initialStreams + k + 1, Fixed: true}
			for _, a := range args {
				r.Args = append(r.Args, num(a))
			}
			return r
		}
		switch init := p.inits[name].(type) {
		case nil:
			with[s] = num(0)
			if s.Kind == model.Param {
				with[s] = num(s.Value)
			}
		case constant:
			with[s] = num(float64(init))
		case uniform:
			with[s] = draw(model.UniformDist, init.lo, init.hi)
		case normal:
			with[s] = draw(model.NormalDist, init.mean, init.sd)
		case logNormal:
			with[s] = draw(model.LogNormalDist, init.mu, init.sigma)
		case exponential:
			with[s] = draw(model.ExponentialDist, float64(init))
		default:
			return nil, fmt.Errorf("procedural connections with %q of %v, want a number, Uniform, Normal, LogNormal or Exponential; or leave out Procedural", name, init)
		}
	}
	return with, nil
}
