package nef

import (
	"fmt"
	"math"
	"slices"
)

// nonNegative is the least-squares solution of A X = Y without negative numbers, A
// of m × n and Y of m × k, one column after the other, by the method of active sets
// (Lawson and Hanson, Solving Least Squares Problems, 1974).
func nonNegative(a []float64, m, n int, y []float64, k int) ([]float64, error) {
	columns := transpose(a, m, n)
	out := make([]float64, n*k)
	b, residual := make([]float64, m), make([]float64, m)
	w, size := make([]float64, n), make([]float64, n)
	for c := range k {
		clear(size)
		for i := range m {
			b[i] = y[i*k+c]
			for j, v := range a[i*n : i*n+n] {
				size[j] += math.Abs(float64(v * b[i]))
			}
		}
		x := make([]float64, n)
		free := newFit(columns, b)
		for iteration := 0; ; iteration++ {
			if iteration > 3*n+10 {
				return nil, fmt.Errorf("the search for non-negative decoders does not end; use LstsqL2")
			}
			// The decoder that would lessen the error most, of those that are 0.
			copy(residual, b)
			for _, j := range free.set {
				for i, v := range columns[j*m : j*m+m] {
					residual[i] -= float64(v * x[j])
				}
			}
			clear(w)
			for i, r := range residual {
				for j, v := range a[i*n : i*n+n] {
					w[j] += float64(v * r)
				}
			}
			best, most := -1, 0.0
			for j, v := range w {
				if v > most && v > 1e-13*size[j] && !slices.Contains(free.set, j) {
					best, most = j, v
				}
			}
			if best < 0 {
				break
			}
			free.add(best)
			for { // as far towards the solution of the free decoders as none is negative
				z := free.solve()
				step, ok := 1.0, true
				for p, j := range free.set {
					if z[p] <= 0 {
						ok = false
						step = min(step, x[j]/(x[j]-z[p]))
					}
				}
				var kept []int
				for p, j := range free.set {
					if ok {
						x[j] = z[p]
					} else if x[j] += float64(step * (z[p] - x[j])); x[j] <= 1e-300 {
						x[j] = 0
						continue
					}
					kept = append(kept, j)
				}
				if ok {
					break
				}
				free = newFit(columns, b)
				for _, j := range kept {
					free.add(j)
				}
			}
		}
		for j, v := range x {
			out[j*k+c] = v
		}
	}
	return out, nil
}

// fit is the least-squares fit of b by some columns, which grows by Householder's
// reflections: H_s … H_1 A = R, upper triangular.
type fit struct {
	columns   []float64 // all, one after the other
	set       []int     // those of the fit
	b         []float64 // reflected
	reflector [][]float64
	r         [][]float64 // columns of R
}

func newFit(columns, b []float64) *fit { return &fit{columns: columns, b: slices.Clone(b)} }

// reflect applies x − 2 v (v·x)/(v·v), for v of unit length, to the elements from
// the first of v on.
func reflect(x, v []float64) {
	x = x[len(x)-len(v):]
	s := 0.0
	for i, e := range v {
		s += float64(e * x[i])
	}
	s *= 2
	for i, e := range v {
		x[i] -= float64(s * e)
	}
}

func (f *fit) add(column int) {
	m, s := len(f.b), len(f.set)
	c := slices.Clone(f.columns[column*m : column*m+m])
	for _, v := range f.reflector {
		reflect(c, v)
	}
	f.set = append(f.set, column)
	var v []float64
	if s < m { // else R has no row left, and the column depends on the others
		v = slices.Clone(c[s:])
		v[0] += math.Copysign(norm(v), v[0])
		if length := norm(v); length > 0 {
			for i := range v {
				v[i] /= length
			}
		}
		reflect(c, v)
		reflect(f.b, v)
	}
	f.reflector = append(f.reflector, v)
	f.r = append(f.r, c[:min(s+1, m)])
}

// solve is the coefficients of the columns; those that depend on the columns
// before get 0.
func (f *fit) solve() []float64 {
	z := make([]float64, len(f.set))
	copy(z, f.b)
	for p := len(z) - 1; p >= 0; p-- {
		r := f.r[p]
		if len(r) <= p || math.Abs(r[p]) <= 1e-15*norm(r) {
			z[p] = 0
			continue
		}
		z[p] /= r[p]
		for q := range p {
			z[q] -= float64(r[q] * z[p])
		}
	}
	return z
}
