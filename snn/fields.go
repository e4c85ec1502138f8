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
// a matrix of 64×32. Missing synapses are 0.
func (s *Sim) ReceptiveFields(p *Projection, name string) Matrix {
	v := s.Var(p, name)
	if v.err != nil {
		return Matrix{}
	}
	shape := p.shape()
	if v.Len() != shape.Stored() {
		s.fail(fmt.Errorf("simulation %s: %q of %s is not a value of every synapse, so it has no receptive fields", s.net.name, name, p.what()))
		return Matrix{}
	}
	h, w := plane(p.pre.geometry)
	rows, cols := plane(p.post.geometry)
	m := Matrix{rows * h, cols * w, make([]float64, rows*h*cols*w)}
	for j := range shape.Post {
		top, left := j/cols*h, j%cols*w
		for i := range shape.Pre {
			at := i*shape.Post + j
			if shape.Kind == plan.OneToOne { // one to one: only the pair (j, j)
				if i != j {
					continue
				}
				at = j
			}
			m.Data[(top+i/w)*m.Cols+left+i%w] = s.get(v.buffer, at)
		}
	}
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
