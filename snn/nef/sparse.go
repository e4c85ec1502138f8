package nef

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// entry is one number of a sparse matrix.
type entry struct {
	out, in int32
	weight  int // of those that are drawn
}

// sparse is a matrix of out × in that is 0 but for its entries.
type sparse struct {
	entries []entry
	draw    func(r *rng.RandomState) ([]float64, error) // the weights
}

// Sparse is a matrix of rows × cols (outputs × inputs) that is 0 but for the
// elements at the indices, each a row and a column. Values{…} gives one number for
// each, or a single one for all; other distributions draw them. Elements with the same
// index add up. Rules do not learn it.
func Sparse(rows, cols int, indices [][2]int, values Distribution) Transform {
	t := Transform{kind: sparseTransform, rows: rows, cols: cols}
	if values == nil {
		t.mistake = fmt.Errorf("the sparse transform has no values; give nef.Values{1} or a distribution")
		return t
	}
	s := &sparse{draw: func(r *rng.RandomState) ([]float64, error) { return sample(values, len(indices), 1, r) }}
	for k, at := range indices {
		if at[0] < 0 || at[0] >= rows || at[1] < 0 || at[1] >= cols {
			t.mistake = fmt.Errorf("the sparse transform has an element at row %d and column %d, want less than %d and %d", at[0], at[1], rows, cols)
			return t
		}
		s.entries = append(s.entries, entry{int32(at[0]), int32(at[1]), k})
	}
	t.sparse = s
	return t
}

// element is one number of a sparse matrix, drawn.
type element struct {
	out, in int32
	x       float64
}

// elements are the numbers of the matrix, output by output and in the order of the
// inputs, one for each pair.
func (s *sparse) elements(r *rng.RandomState) ([]element, []float64, error) {
	weights, err := s.draw(r)
	if err != nil {
		return nil, nil, err
	}
	sorted := slices.Clone(s.entries)
	slices.SortStableFunc(sorted, func(a, b entry) int { return cmp.Or(cmp.Compare(a.out, b.out), cmp.Compare(a.in, b.in)) })
	var all []element
	for _, e := range sorted {
		x := weights[e.weight]
		if k := len(all) - 1; k >= 0 && all[k].out == e.out && all[k].in == e.in {
			all[k].x += x
			continue
		}
		all = append(all, element{e.out, e.in, x})
	}
	return all, weights, nil
}

func (s *sparse) full(rows, cols int, r *rng.RandomState) ([]float64, error) {
	all, _, err := s.elements(r)
	m := make([]float64, rows*cols)
	for _, e := range all {
		m[int(e.out)*cols+int(e.in)] = e.x
	}
	return m, err
}

// denseBelow is the size up to which a sparse matrix is multiplied as a dense one,
// which keeps a step in one program. The sums are the same.
const denseBelow = 1 << 18

// multiplySparse makes the product of a sparse matrix and a vector.
func (l *lowering) multiplySparse(label string, t Transform, x *signal, r *rng.RandomState) (*signal, []float64, error) {
	all, weights, err := t.sparse.elements(r)
	if err != nil {
		return nil, nil, fmt.Errorf("transform: %w", err)
	}
	to := l.vector(label+" weighted", t.rows)
	if t.rows*t.cols <= denseBelow {
		m := make([]float64, t.rows*t.cols)
		for _, e := range all {
			m[int(e.out)*t.cols+int(e.in)] = e.x
		}
		l.multiply(label+" weights", to, l.matrix(label+".weights", t.rows, t.cols, m), x, true)
		return to, weights, nil
	}
	l.add(&operator{sets: []*signal{to}})
	l.add(&operator{label: label + " weights", incs: []*signal{to}, reads: []*signal{x}, ops: []plan.Op(nil), host: func(f [][]float64, _ int64) error {
		from, out := f[x.buffer], f[to.buffer]
		clear(out)
		for _, e := range all {
			if v := from[e.in]; v != 0 {
				out[e.out] += float64(v * e.x)
			}
		}
		return nil
	}})
	return to, weights, nil
}
