package snn

import "fmt"

// View is some of the neurons of a population, such as a row or a column of
// its geometry. It is made by the methods of [Population] and read and set
// through [Sim.Var]. A view that cannot be (row 9 of 8) says so there.
type View struct {
	pop   *Population
	index []int // ranks of its neurons
	shape []int
	label string
	err   error
}

// Row is row i of a population of two or more dimensions: all neurons whose
// first coordinate is i. Negative i counts from the end.
func (p *Population) Row(i int) View { return p.along(0, "row", i) }

// Col is column j: all neurons whose second coordinate is j. Negative j counts
// from the end.
func (p *Population) Col(j int) View { return p.along(1, "column", j) }

// Slice is the neurons with ranks from ≤ k < to, in row-major order.
func (p *Population) Slice(from, to int) View {
	v := View{pop: p, shape: []int{to - from}, label: fmt.Sprintf("%s[%d:%d]", p.name, from, to)}
	if from < 0 || to > p.Len() || from >= to {
		v.err = fmt.Errorf("slice %d:%d of population %s, want 0 ≤ from < to ≤ %d", from, to, p.name, p.Len())
		return v
	}
	for k := from; k < to; k++ {
		v.index = append(v.index, k)
	}
	return v
}

// along fixes coordinate axis to i.
func (p *Population) along(axis int, word string, i int) View {
	v := View{pop: p, label: fmt.Sprintf("%s %s %d", p.name, word, i)}
	if axis >= len(p.geometry) || len(p.geometry) < 2 {
		v.err = fmt.Errorf("%s %d of population %s: its geometry is %s, want two dimensions; use Slice", word, i, p.name, times(p.geometry))
		return v
	}
	length := p.geometry[axis]
	if i < 0 {
		i += length
	}
	if i < 0 || i >= length {
		v.err = fmt.Errorf("%s of population %s (%s), want 0 to %d", v.label[len(p.name)+1:], p.name, times(p.geometry), length-1)
		return v
	}
	inner := 1 // neurons per step of the coordinate
	for _, g := range p.geometry[axis+1:] {
		inner *= g
	}
	outer := p.Len() / (inner * length)
	v.index = make([]int, 0, inner*outer)
	for o := range outer {
		start := (o*length + i) * inner
		for k := range inner {
			v.index = append(v.index, start+k)
		}
	}
	for a, g := range p.geometry {
		if a != axis {
			v.shape = append(v.shape, g)
		}
	}
	return v
}

func (v View) what() string { return "population " + v.label }

// Len is the number of neurons.
func (v View) Len() int { return len(v.index) }
