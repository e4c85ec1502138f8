package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// Matrix is a plain matrix in row-major order, as plots take it.
type Matrix struct {
	Rows, Cols int
	Data       []float64
}

func (m Matrix) Dims() (r, c int)    { return m.Rows, m.Cols }
func (m Matrix) At(i, j int) float64 { return m.Data[i*m.Cols+j] }
func (m Matrix) Array() ([]int, any) { return []int{m.Rows, m.Cols}, m.Data }

// ReceptiveFields lays out a synapse variable of a projection as a mosaic: the
// field of each target neuron, in the geometry of the source, at the place the
// neuron has in the geometry of the target. 8×8 neurons projecting to 8×4 make
// a matrix of 64×32. Missing synapses are 0; of several between two neurons the
// last counts.
func (s *Sim) ReceptiveFields(p *Projection, name string) Matrix {
	v := s.Var(p, name)
	if v.err != nil {
		return Matrix{}
	}
	if p.pre.Len() == 0 || v.Len() == 0 || s.layout.slots[slotKey{p, name}].index != plan.Own || p.kind() == plan.Convolution {
		s.fail(fmt.Errorf("simulation %s: %q of %s is not a value of every synapse, so it has no receptive fields", s.net.name, name, p.what()))
		return Matrix{}
	}
	h, w := plane(p.pre.geometry)
	rows, cols := plane(p.post.geometry)
	m := Matrix{rows * h, cols * w, make([]float64, rows*h*cols*w)}
	s.synapses(p, func(slot, i, j int) {
		top, left := j/cols*h, j%cols*w
		m.Data[(top+i/w)*m.Cols+left+i%w] = s.get(v.buffer, slot)
	})
	return m
}

// plane is a geometry as rows and columns: one dimension is a row, more than
// two are stacked.
func plane(geometry []int) (rows, cols int) {
	cols = geometry[len(geometry)-1]
	rows = 1
	for _, g := range geometry[:len(geometry)-1] {
		rows *= g
	}
	return rows, cols
}

// synapses calls f for every stored synapse with its slot, source and target.
func (s *Sim) synapses(p *Projection, f func(slot, i, j int)) {
	k := s.layout.links[p]
	switch k.shape.Kind {
	case plan.Dense:
		for i := range k.shape.Pre {
			for j := range k.shape.Post {
				if !k.shape.NoSelf || i != j {
					f(i*k.shape.Post+j, i, j)
				}
			}
		}
	case plan.OneToOne:
		for i := range k.shape.Pre {
			f(i, i, i)
		}
	case plan.SparseRows:
		list := k.synapses
		for i := range list.pre {
			for slot := list.rows[i*list.segments]; slot < list.rows[(i+1)*list.segments]; slot++ {
				f(int(slot), i, int(list.targets[slot]))
			}
		}
	}
}

// Synapses are the source and target neuron of every synapse of a projection
// and its delay in steps, in the order in which [Sim.Var] gives the values of
// its variables: by source, delay and target.
func (s *Sim) Synapses(p *Projection) (pre, post, delay []int) {
	if p == nil || s.layout.links[p] == nil {
		s.fail(fmt.Errorf("simulation %s: synapses of nothing, or of another network; give what Connect returned", s.net.name))
		return nil, nil, nil
	}
	k := s.layout.links[p]
	var steps []int64
	if k.synapses != nil {
		steps = k.synapses.delays()
	}
	s.synapses(p, func(slot, i, j int) {
		pre, post = append(pre, i), append(post, j)
		d := k.delay
		if k.segments() > 1 {
			d = int(steps[slot])
		}
		delay = append(delay, d)
	})
	return pre, post, delay
}
