package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// layout says where the values of a network's objects lie in the buffers of
// its program.
type layout struct {
	net     *Network
	program *plan.Program
	slots   map[slotKey]slot
	derived []derivation
	reduced map[reduceKey]int // buffers of reductions
	records map[*Recording]int
	learns  map[*Projection]int // Bool buffers that switch learning

	links     map[*Projection]*link
	firing    map[any]*firing // of a *Population (spikes), or of an eventKey
	stamps    map[stampKey]*stamp
	rings     map[int]int // buffers of past values, by buffer
	rasters   map[*SpikeRecording]int
	recording map[any]int         // Bool buffers that switch a *Recording or *SpikeRecording
	dendrites map[*Receptor]int   // rings of waiting input
	backs     map[*Projection]int // what synapses send back
}

type slotKey struct {
	of   Owner // *Population, *Projection, *Receptor or *Source
	name string
}

// slot is one named variable, parameter or sum.
type slot struct {
	buffer int
	index  plan.Index
	symbol *model.Symbol // nil for sums and for the rate of an input
	shape  []int         // of its values: nil for one value
}

type reduceKey struct {
	buffer    int
	operation string
}

// derivation is a block of values computed from parameters in Go.
type derivation struct {
	of       Owner
	computed model.Computed
	function derivedParam // instead of computed
	out      []int        // buffers
	dt       float64
}

// lower writes the plan of one step: arrivals of spikes at synapses, as GeNN
// has them (spec genn §2.1); then in the order of ANNarchy (spec
// equations-annarchy-brian §2.7) sums of last step's rates, neurons, learning
// with this step's rates, recording.
func lower(n *Network) (*layout, error) {
	l := &layout{
		net:     n,
		program: &plan.Program{Name: n.name, Dt: float64(n.dt), Float: n.float, Seed: n.seed},
		slots:   map[slotKey]slot{}, reduced: map[reduceKey]int{},
		records: map[*Recording]int{}, learns: map[*Projection]int{},
		links: map[*Projection]*link{}, firing: map[any]*firing{}, stamps: map[stampKey]*stamp{},
		rings: map[int]int{}, rasters: map[*SpikeRecording]int{},
		recording: map[any]int{}, dendrites: map[*Receptor]int{}, backs: map[*Projection]int{},
	}
	for _, p := range n.projections {
		if err := l.link(p); err != nil {
			return nil, Mistakes{{p.what(), p.site, err}}
		}
	}
	for _, p := range n.populations {
		l.declarePopulation(p)
	}
	for _, p := range n.populations {
		for _, r := range p.receptors {
			l.declareReceptor(r)
		}
		for _, s := range p.sources {
			l.declare(s, s.model, s.made, p.name+"."+s.name+".", p.Len(), p.geometry)
		}
	}
	for _, p := range n.projections {
		l.declareProjection(p)
	}
	if err := l.arrivals(n); err != nil {
		return nil, err
	}
	l.sums(n)
	for _, p := range n.populations {
		if p.spiking() {
			if err := l.updateSpiking(p); err != nil {
				return nil, err
			}
		} else {
			l.updatePopulation(p)
		}
	}
	l.departures(n)
	l.reductions()
	for _, p := range n.projections {
		l.learn(p)
	}
	for _, r := range n.recordings {
		if err := l.record(r); err != nil {
			return nil, err
		}
	}
	for _, r := range n.rasters {
		l.recordSpikes(r)
	}
	if err := l.program.Check(); err != nil {
		return nil, fmt.Errorf("network %s: the plan is not valid, which is our mistake: %w", n.name, err)
	}
	return l, nil
}

func (l *layout) op(op plan.Op) { l.program.Ops = append(l.program.Ops, op) }

func (l *layout) buffer(name string, t plan.Type, length int) int {
	l.program.Buffers = append(l.program.Buffers, plan.Buffer{Name: name, Type: t, Len: length})
	return len(l.program.Buffers) - 1
}

func (l *layout) storage(t model.Type) plan.Type {
	switch t {
	case model.Int:
		return plan.I64
	case model.Bool:
		return plan.Bool
	}
	return l.program.Float
}

func (l *layout) declarePopulation(p *Population) {
	if p.input {
		b := l.buffer(p.name+".r", l.program.Float, p.Len())
		l.slots[slotKey{p, "r"}] = slot{b, plan.Own, nil, p.geometry}
		return
	}
	l.declare(p, p.model, p.made, p.name+".", p.Len(), p.geometry)
	if p.spiking() {
		return
	}
	for _, s := range p.model.Symbols {
		if s.Kind == model.Input {
			l.sum(p, s.Name)
		}
	}
}

// declare makes the buffers of a model with one value, or n, of everything.
func (l *layout) declare(of Owner, m *model.Model, made described, prefix string, n int, shape []int) {
	for _, s := range m.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			at := slot{index: plan.Scalar, symbol: s}
			length := 1
			if s.Locality != model.Global {
				at.index, at.shape, length = plan.Own, shape, n
			}
			at.buffer = l.buffer(prefix+s.Name, l.storage(s.Type), length)
			l.slots[slotKey{of, s.Name}] = at
		}
	}
	l.derive(of, m, made, float64(l.net.dt))
}

// sum is the slot of a population's weighted sum.
func (l *layout) sum(p *Population, target string) slot {
	key := slotKey{p, sumName(target)}
	at, ok := l.slots[key]
	if !ok {
		at = slot{l.buffer(p.name+"."+key.name, l.program.Float, p.Len()), plan.Own, nil, p.geometry}
		l.slots[key] = at
	}
	return at
}

func sumName(target string) string { return "sum(" + target + ")" }

func (l *layout) declareProjection(p *Projection) {
	shape := l.links[p].shape
	prefix := p.pre.name + "→" + p.post.name + ":" + p.sumTarget() + "."
	for _, s := range p.model.Symbols {
		if s.Kind != model.Var && s.Kind != model.Param && s.Kind != model.Derived {
			continue
		}
		at := slot{index: plan.Scalar, symbol: s}
		length := 1
		switch s.Locality {
		case model.PerPre:
			at.index, at.shape, length = plan.Pre, p.pre.geometry, p.pre.Len()
		case model.PerPost:
			at.index, at.shape, length = plan.Post, p.post.geometry, p.post.Len()
		case model.Local:
			if shape.Kind == plan.Generated {
				continue // not stored: see link.replace
			}
			at.index, length = plan.Own, l.program.Stored(shape)
			at.shape = p.storedShape(length)
			if length == 0 {
				length = 1
			}
		}
		at.buffer = l.buffer(prefix+s.Name, l.storage(s.Type), length)
		l.slots[slotKey{p, s.Name}] = at
	}
	l.derive(p, p.model, p.made, float64(p.period()))
	if p.plastic {
		l.learns[p] = l.buffer(prefix+"learning", plan.Bool, 1)
	}
}

// storedShape is the shape of the values of a variable with one per synapse.
func (p *Projection) storedShape(n int) []int {
	switch p.kind() {
	case plan.Dense:
		return []int{p.pre.Len(), p.post.Len()}
	case plan.Convolution:
		if g, err := p.connector.geometry(p.pre, p.post); err == nil {
			return []int{g.KernelHeight, g.KernelWidth, g.In, g.Out}
		}
	}
	return []int{n}
}

func (l *layout) derive(of Owner, m *model.Model, made described, dt float64) {
	for _, c := range m.Derived {
		d := derivation{of: of, computed: c, dt: dt}
		for _, s := range c.Out {
			d.out = append(d.out, l.slots[slotKey{of, s.Name}].buffer)
		}
		l.derived = append(l.derived, d)
	}
	for _, f := range made.derived {
		if at, ok := l.slots[slotKey{of, f.name}]; ok {
			l.derived = append(l.derived, derivation{of: of, function: f, dt: dt, out: []int{at.buffer}})
		}
	}
}

// sumTarget is the target given, or the only one that the target's model reads.
func (p *Projection) sumTarget() string {
	if p.target == "" {
		if t := p.post.targets(); len(t) == 1 {
			return t[0]
		}
	}
	return p.target
}

func (p *Projection) period() Time {
	if p.every > 0 {
		return p.every
	}
	return p.net.dt
}

// sums writes the weighted sums of all projections, and the totals read as sum().
func (l *layout) sums(n *Network) {
	zeroed := map[int]bool{}
	for _, p := range n.projections {
		if p.spiking() {
			continue
		}
		out := l.sum(p.post, p.sumTarget()).buffer
		operation := p.model.Source.Operation
		if operation == "" {
			operation = "sum"
		}
		term, bind := l.delayed(p, []model.Assign{{X: p.model.PSP}}, 0)
		l.program.Ops = append(l.program.Ops, &plan.MatVec{
			Label: p.what(), Shape: l.links[p].shape, Term: term[0].X, Bind: bind,
			Out: out, Operation: operation, Zero: !zeroed[out],
		})
		zeroed[out] = true
	}
	for _, p := range n.populations {
		if !p.spiking() && contains(p.targets(), "") {
			l.total(n, p)
		}
	}
}

// total adds the sums of all targets of a population into its sum().
func (l *layout) total(n *Network, p *Population) {
	to := &model.Symbol{Name: "sum()", Kind: model.Var, Locality: model.Local}
	bind := plan.Bind{to: {Buffer: l.sum(p, "").buffer, Index: plan.Own}}
	var x model.Expr = &model.Const{}
	seen := map[string]bool{"": true}
	for _, q := range n.projections {
		target := q.sumTarget()
		if q.post != p || seen[target] {
			continue
		}
		seen[target] = true
		from := &model.Symbol{Name: target, Kind: model.Input, Locality: model.Local}
		bind[from] = plan.Operand{Buffer: l.sum(p, target).buffer, Index: plan.Own}
		if c, zero := x.(*model.Const); zero && c.V == 0 {
			x = &model.Ref{Sym: from}
		} else {
			x = &model.Binary{Op: model.Add, X: x, Y: &model.Ref{Sym: from}}
		}
	}
	l.program.Ops = append(l.program.Ops, &plan.Map{Label: p.name + ".sum()", N: p.Len(),
		Body: []model.Assign{{To: to, X: x}}, Bind: bind, Object: p.stream()})
}

// stream is the key of an object's random numbers.
func (p *Population) stream() uint32 { return uint32(2 * p.index) }
func (p *Projection) stream() uint32 { return uint32(2*p.index + 1) }

func (l *layout) updatePopulation(p *Population) {
	if p.input || len(p.model.Step) == 0 {
		return
	}
	bind := plan.Bind{}
	for _, s := range p.model.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			at := l.slots[slotKey{p, s.Name}]
			bind[s] = plan.Operand{Buffer: at.buffer, Index: at.index}
		case model.Input:
			bind[s] = plan.Operand{Buffer: l.sum(p, s.Name).buffer, Index: plan.Own}
		case model.Reduced:
			bind[s] = plan.Operand{Buffer: l.reduce(p, s), Index: plan.Scalar}
		}
	}
	l.program.Ops = append(l.program.Ops, &plan.Map{Label: p.what(), N: p.Len(), Body: p.model.Step, Bind: bind, Object: p.stream()})
}

// reduce is the buffer of a global operation over one variable of p.
func (l *layout) reduce(p *Population, s *model.Symbol) int {
	key := reduceKey{l.slots[slotKey{p, s.Name}].buffer, s.Reduce}
	b, ok := l.reduced[key]
	if !ok {
		b = l.buffer(fmt.Sprintf("%s(%s.%s)", s.Reduce, p.name, s.Name), l.program.Float, 1)
		l.reduced[key] = b
	}
	return b
}

// bindProjection binds every symbol of a projection's model. Variables of the
// source are those of the step that is delivered now; by newer steps less.
func (l *layout) bindProjection(p *Projection, newer int) plan.Bind {
	bind := plan.Bind{}
	k := l.links[p]
	neuron := func(s *model.Symbol, of *Population, name string, index plan.Index, delay int) {
		at, ok := l.slots[slotKey{of, name}]
		if !ok {
			at = l.sum(of, s.Name)
		}
		bind[s] = l.lagged(at, index, delay, newer, l.reach(of))
	}
	for _, s := range p.model.Symbols {
		switch s.Kind {
		case model.Var, model.Param, model.Derived:
			at, stored := l.slots[slotKey{p, s.Name}]
			if !stored {
				continue
			}
			bind[s] = plan.Operand{Buffer: at.buffer, Index: at.index}
			switch at.index {
			case plan.Pre:
				bind[s] = l.lagged(at, plan.Pre, k.delay, newer, k.delay)
			case plan.Post:
				if p.spiking() {
					bind[s] = l.lagged(at, plan.Post, k.back, newer, k.back)
				}
			}
		case model.PreVar:
			neuron(s, p.pre, s.Name, plan.Pre, k.delay)
		case model.PostVar:
			if at, ok := l.ofTarget(k, s.Name); ok {
				bind[s] = l.lagged(at, plan.Post, k.back, newer, l.reach(p.post))
			} else {
				neuron(s, p.post, s.Name, plan.Post, k.back)
			}
		case model.PreSum:
			neuron(s, p.pre, sumName(s.Name), plan.Pre, 1)
		case model.PostSum:
			neuron(s, p.post, sumName(s.Name), plan.Post, 1)
		case model.Reduced:
			of := p.pre
			if s.Of == model.PostVar {
				of = p.post
			}
			bind[s] = plan.Operand{Buffer: l.reduce(of, s), Index: plan.Scalar}
		}
	}
	return bind
}

// reductions writes the global operations that the models read, after the
// neurons: a neuron's equation sees last step's, a synapse's this step's.
// Those of the projections are declared before the operations are written.
func (l *layout) reductions() {
	byBuffer := map[int]reduceKey{}
	for key, b := range l.reduced {
		byBuffer[b] = key
	}
	for b := range l.program.Buffers {
		if key, ok := byBuffer[b]; ok {
			l.program.Ops = append(l.program.Ops, &plan.Reduce{
				Label: l.program.Buffers[b].Name, Operation: key.operation, In: key.buffer, Out: b})
		}
	}
}

func (l *layout) learn(p *Projection) {
	if p.spiking() || !p.plastic || len(p.model.Step) == 0 {
		return
	}
	every, _ := steps(p.period(), p.net.dt)
	body, bind := l.delayed(p, p.model.Step, 1)
	l.program.Ops = append(l.program.Ops, &plan.Sweep{
		Label: p.what(), Shape: l.links[p].shape, Body: body, Bind: bind,
		Object: p.stream(), Every: every, Enabled: l.learns[p],
	})
}

func (l *layout) record(r *Recording) error {
	at, ok := l.slots[slotKey{r.of, r.name}]
	if !ok {
		return Mistakes{{Of: "recording " + r.label(), Site: r.site, Err: unknown("variable", r.name, readable(r.of))}}
	}
	every, _ := steps(r.every, Time(l.program.Dt))
	l.records[r] = len(l.records)
	l.program.Ops = append(l.program.Ops, &plan.Record{Label: r.label(), Buffer: at.buffer, Every: every, Offset: every - 1, Enabled: l.recordingSwitch(r, r.label())})
	return nil
}
