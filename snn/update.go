package snn

import (
	"fmt"
	"maps"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Update is something done on demand, by [Sim.Do]: statements for all neurons
// of a population or all synapses of a projection, reductions, transposes, one
// after the other.
type Update struct {
	net    *Network
	name   string
	stages []stage
	site   string
}

// Alias is a variable under a name that statements of an [Update] use.
type Alias struct {
	as   string
	of   Owner
	name string
}

// As refers to a variable, parameter or accumulated input of a population,
// receptor, current source or projection as name.
func As(name string, of Owner, variable string) Alias { return Alias{name, of, variable} }

type stage struct {
	statements string
	params     P
	refs       []Alias
	reduce     string
	transpose  bool
	site       string
}

// Update starts an update; Do and Reduce say what it does.
func (n *Network) Update(name string) *Update {
	u := &Update{net: n, name: name, site: callSite()}
	n.updates = append(n.updates, u)
	return u
}

// Do adds statements, in the language of package model. The variables that
// refs name must belong to the neurons of one population or to the synapses of
// one projection, or be one value for all.
func (u *Update) Do(statements string, params P, refs ...Alias) *Update {
	u.stages = append(u.stages, stage{statements: statements, params: maps.Clone(params), refs: refs, site: callSite()})
	return u
}

// Reduce stores one number made of all values of a variable: "sum", "min",
// "max", "mean", "norm1" or "norm2". to is a variable with one value.
func (u *Update) Reduce(operation string, from, to Alias) *Update {
	u.stages = append(u.stages, stage{reduce: operation, refs: []Alias{from, to}, site: callSite()})
	return u
}

// Transpose copies a variable of an all-to-all projection into one of another
// whose source is the target of the first, and whose target is its source.
func (u *Update) Transpose(from, to Alias) *Update {
	u.stages = append(u.stages, stage{transpose: true, refs: []Alias{from, to}, site: callSite()})
	return u
}

func (u *Update) what() string { return "update " + u.name }

// prepared is an update ready to run: operations, or a Go function.
type prepared struct {
	executor plan.Executor
	call     func()
}

// Do makes an update now. Time does not advance.
func (s *Sim) Do(u *Update) error {
	if s.err != nil {
		return s.err
	}
	if u == nil || u.net != s.net {
		return s.fail(fmt.Errorf("simulation %s: an update that is not of network %s; use what Update returned", s.net.name, s.net.name))
	}
	s.derive()
	stages, ok := s.updates[u]
	if !ok {
		for _, st := range u.stages {
			p, err := s.prepare(u, st)
			if err != nil {
				return s.fail(Mistakes{{u.what(), st.site, err}})
			}
			stages = append(stages, p)
		}
		s.updates[u] = stages
	}
	for _, p := range stages {
		if p.call != nil {
			p.call()
			continue
		}
		state := *s.state
		state.Records = nil
		if _, err := p.executor.Run(&state, 1, nil); err != nil {
			return s.fail(fmt.Errorf("simulation %s: %s: %w", s.net.name, u.what(), err))
		}
	}
	s.stale = true
	return nil
}

func (s *Sim) prepare(u *Update, st stage) (prepared, error) {
	slots := make([]slot, len(st.refs))
	for i, r := range st.refs {
		if absent(r.of) {
			return prepared{}, fmt.Errorf("%q refers to nothing (nil)", r.as)
		}
		if view, isView := r.of.(View); isView {
			return prepared{}, fmt.Errorf("%q is of %s, and an update is of all neurons; name %s", r.as, view.what(), view.pop.what())
		}
		at, ok := s.layout.slots[slotKey{r.of, r.name}]
		if !ok {
			return prepared{}, fmt.Errorf("%q: %s: %w", r.as, r.of.what(), unknown("variable", r.name, readable(r.of)))
		}
		slots[i] = at
	}
	lengths := func(i int) int { return s.layout.program.Buffers[slots[i].buffer].Len }
	l := s.layout
	program := *l.program
	program.Name += " " + u.name
	program.Ops = nil
	switch {
	case st.transpose:
		from, ok := st.refs[0].of.(*Projection)
		to, ok2 := st.refs[1].of.(*Projection)
		if !ok || !ok2 || from.kind() != plan.Dense || to.kind() != plan.Dense || from.pre.Len() != to.post.Len() || from.post.Len() != to.pre.Len() ||
			slots[0].index != plan.Own || slots[1].index != plan.Own {
			return prepared{}, fmt.Errorf("a transpose of %s.%s into %s.%s, want variables of all-to-all projections of opposite sizes",
				st.refs[0].of.what(), st.refs[0].name, st.refs[1].of.what(), st.refs[1].name)
		}
		return prepared{call: func() {
			rows, cols := from.pre.Len(), from.post.Len()
			s.read(slots[0].buffer)
			s.write(slots[1].buffer, true)
			for i := range rows {
				for j := range cols {
					s.put(slots[1].buffer, j*rows+i, s.peek(slots[0].buffer, i*cols+j))
				}
			}
		}}, nil
	case st.reduce != "":
		if lengths(1) != 1 {
			return prepared{}, fmt.Errorf("a reduction into %s.%s, which has %d values; want a variable with one, flagged shared", st.refs[1].of.what(), st.refs[1].name, lengths(1))
		}
		program.Ops = []plan.Op{&plan.Reduce{Label: u.name, Operation: st.reduce, In: slots[0].buffer, Out: slots[1].buffer}}
	default:
		op, err := s.statements(u, st, slots)
		if err != nil {
			return prepared{}, err
		}
		program.Ops = []plan.Op{op}
	}
	if err := program.Check(); err != nil {
		return prepared{}, err
	}
	e, err := s.compiler.Compile(&program)
	if r, ok := e.(plan.Resident); ok && s.resident != nil {
		state := *s.state
		state.Records = nil
		err = r.Keep(&state)
	}
	return prepared{executor: e}, err
}

// statements makes the operation of a stage's statements.
func (s *Sim) statements(u *Update, st stage, slots []slot) (plan.Op, error) {
	src := model.Source{Kind: model.Update, Equations: st.statements, Params: st.params, Refs: map[string]bool{}}
	for i, r := range st.refs {
		src.Refs[r.as] = slots[i].index != plan.Scalar
	}
	m, err := model.Parse(src)
	if err != nil {
		return nil, err
	}
	var synapses *Projection
	var population *Population
	bind := plan.Bind{}
	with := map[*model.Symbol]model.Expr{}
	for i, r := range st.refs {
		index := slots[i].index
		var of *Population
		switch o := r.of.(type) {
		case *Population:
			of = o
		case *Receptor:
			of = o.pop
		case *Source:
			of = o.pop
		case *Projection:
			switch index {
			case plan.Own:
				if synapses != nil && synapses != o {
					return nil, fmt.Errorf("variables of %s and of %s, want synapses of one projection", synapses.what(), o.what())
				}
				synapses = o
			case plan.Pre:
				of = o.pre
			case plan.Post:
				of = o.post
			}
		}
		if index != plan.Scalar && of != nil {
			if population != nil && population != of {
				return nil, fmt.Errorf("variables of the neurons of %s and of %s, want neurons of one population", population.name, of.name)
			}
			population = of
		}
		if sym := symbol(m, r.as); sym != nil {
			if index != plan.Scalar && synapses == nil {
				index = plan.Own
			}
			bind[sym] = plan.Operand{Buffer: slots[i].buffer, Index: index}
		}
	}
	if synapses != nil && population != nil {
		return nil, fmt.Errorf("variables of synapses and of neurons together; want one of them")
	}
	for _, sym := range m.Symbols {
		switch {
		case sym.Kind == model.Param:
			with[sym] = &model.Const{V: sym.Value}
		case sym.Kind == model.Size && population != nil:
			with[sym] = size(sym, population, population)
		case sym.Kind == model.Size && synapses != nil:
			with[sym] = size(sym, synapses.pre, synapses.post)
		}
	}
	body := model.SubstituteAll(m.Step, with)
	object := uint32(1<<30) + uint32(len(s.updates))
	if synapses != nil {
		return &plan.Sweep{Label: u.what(), Shape: s.layout.links[synapses].shape, Body: body, Bind: used(body, bind), Object: object, Every: 1, Enabled: -1}, nil
	}
	n := 1
	if population != nil {
		n = population.Len()
	}
	return &plan.Map{Label: u.what(), N: n, Body: body, Bind: used(body, bind), Object: object}, nil
}
