package plantest

import (
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// synapse is one synapse of a shape: its neurons, the index of its variables
// and of its draws.
type synapse struct{ pre, post, own, drawn, segment int }

// synapses lists the synapses of a shape in order.
func (w *walker) synapses(s *plan.State, shape plan.Shape) (list []synapse) {
	add := func(i, j, own, drawn, segment int) { list = append(list, synapse{i, j, own, drawn, segment}) }
	for i := range shape.Pre {
		switch shape.Kind {
		case plan.OneToOne:
			add(i, i, i, i, 0)
		case plan.Dense:
			for j := range shape.Post {
				if !shape.NoSelf || i != j {
					add(i, j, i*shape.Post+j, i*shape.Post+j, 0)
				}
			}
		case plan.SparseRows:
			for k := range shape.Sparse.Segments {
				at := s.I64[shape.Sparse.Rows][i*shape.Sparse.Segments+k:]
				for slot := int(at[0]); slot < int(at[1]); slot++ {
					add(i, int(s.I32[shape.Sparse.Targets][slot]), slot, slot, k)
				}
			}
		case plan.Generated:
			for k, j := range w.generate(shape, i) {
				drawn := i*shape.Post + j
				if shape.Procedural.Rule == "number" {
					drawn = i*shape.Procedural.Number + k
				}
				add(i, j, 0, drawn, 0)
			}
		case plan.Convolution:
			c := shape.Conv
			for j := range shape.Post {
				ci, co := i%c.In, j%c.Out
				a := i/c.In/c.InWidth - (j/c.Out/c.OutWidth*c.StrideHeight - c.PadHeight)
				b := i/c.In%c.InWidth - (j/c.Out%c.OutWidth*c.StrideWidth - c.PadWidth)
				if a >= 0 && a < c.KernelHeight && b >= 0 && b < c.KernelWidth {
					own := ((a*c.KernelWidth+b)*c.In+ci)*c.Out + co
					add(i, j, own, own, 0)
				}
			}
		}
	}
	return list
}

// generate draws the targets of row i.
func (w *walker) generate(shape plan.Shape, i int) (to []int) {
	g := shape.Procedural
	s := rng.NewStream(w.p.Seed, g.Object, g.Stream)
	columns := shape.Post
	if g.NoSelf {
		columns--
	}
	switch {
	case columns == 0:
	case g.Rule == "number":
		for n := range g.Number {
			to = append(to, int(math.Floor(s.Uniform(int64(n), uint64(i), 0, 1)*float64(columns))))
		}
		slices.Sort(to)
	case g.Probability > 0:
		j := 0.0
		for n := int64(0); ; n++ {
			u := 1 - s.Uniform(n, uint64(i), 0, 1)
			if j += math.Floor(vmath.Log(u) / vmath.Log1p(-g.Probability)); j >= float64(columns) {
				break
			}
			to = append(to, int(j))
			j++
		}
	}
	for k, j := range to {
		if g.NoSelf && j >= i {
			to[k] = j + 1
		}
	}
	return to
}

// fired lists the neurons of a ring that fired in step now − delay.
func fired(s *plan.State, from plan.Spikes, delay int) (list []int) {
	k := floorMod(s.Step-int64(delay), from.Slots)
	for _, i := range s.I32[from.List][k*from.N:][:s.I64[from.Count][k]] {
		list = append(list, int(i))
	}
	return list
}

// spiking does the operations on spikes.
func (w *walker) spiking(s *plan.State, op plan.Op) {
	switch op := op.(type) {
	case *plan.Collect:
		k := floorMod(s.Step, op.To.Slots)
		n := 0
		for i, m := range s.Bool[op.Marks] {
			if m != 0 {
				s.I32[op.To.List][k*op.To.N+n] = int32(i)
				n++
			}
		}
		s.I64[op.To.Count][k] = int64(n)
	case *plan.Stamp:
		for _, i := range fired(s, op.From, op.Delay) {
			if op.Prev >= 0 {
				s.I64[op.Prev][i] = s.I64[op.Last][i]
			}
			s.I64[op.Last][i] = s.Step
		}
	case *plan.Push:
		k := floorMod(s.Step, op.Slots)
		n := w.p.Buffers[op.In].Len
		for i := range n {
			switch w.p.Buffers[op.In].Type {
			case plan.F64:
				s.F64[op.Ring][k*n+i] = s.F64[op.In][i]
			case plan.F32:
				s.F32[op.Ring][k*n+i] = s.F32[op.In][i]
			case plan.I64:
				s.I64[op.Ring][k*n+i] = s.I64[op.In][i]
			case plan.Bool:
				s.Bool[op.Ring][k*n+i] = s.Bool[op.In][i]
			case plan.I32:
				s.I32[op.Ring][k*n+i] = s.I32[op.In][i]
			}
		}
	case *plan.Deliver:
		if !due(s, 1, 0, op.Enabled) {
			return
		}
		all := w.synapses(s, op.Shape)
		segments := 1
		if op.Shape.Kind == plan.SparseRows {
			segments = op.Shape.Sparse.Segments
		}
		for k := range segments {
			for _, i := range fired(s, op.From, op.Delay+k) {
				for _, x := range all {
					if x.pre == i && x.segment == k {
						w.visit(s, x, op.Body, op.Bind, op.Object, op.Shape)
					}
				}
			}
		}
	case *plan.Column:
		if !due(s, 1, 0, op.Enabled) {
			return
		}
		all := w.synapses(s, op.Shape)
		for _, j := range fired(s, op.From, op.Delay) {
			for _, x := range all {
				if x.post == j {
					w.visit(s, x, op.Body, op.Bind, op.Object, op.Shape)
				}
			}
		}
	}
}

// visit evaluates a body at one synapse, with the values of this moment.
func (w *walker) visit(s *plan.State, x synapse, body []model.Assign, bind plan.Bind, object uint32, shape plan.Shape) {
	at := &site{w: w, old: s, bind: bind, object: object, dt: w.p.Dt, shape: shape, spreads: map[*model.Symbol]int{}, visits: true}
	at.to(x)
	at.evaluate(body, s)
	at.store(s, body, func(plan.Index) bool { return true })
}

// add adds x to what an Emit symbol stands for.
func (at *site) add(s *plan.State, a model.Assign, x float64) {
	o := at.bind[a.To]
	e := at.index(o)
	if a.Delay != nil {
		d := min(max(at.eval(a.Delay).i, 0), int64(o.Slots-1))
		n := at.w.p.Buffers[o.Buffer].Len / o.Slots
		e = e%n + floorMod(s.Step+d, o.Slots)*n
	}
	if at.w.p.Float == plan.F32 {
		s.F32[o.Buffer][e] = float32(at.w.flush(at.w.round(float64(s.F32[o.Buffer][e]) + x)))
	} else {
		s.F64[o.Buffer][e] = at.w.flush(s.F64[o.Buffer][e] + x)
	}
}
