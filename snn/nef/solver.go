package nef

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
)

// Solver finds the decoders of a connection: LstsqL2, Lstsq, LstsqL2nz, LstsqL1,
// LstsqNoise, LstsqMultNoise, LstsqDrop, Nnls, NnlsL2, NnlsL2nz or NoSolver.
type Solver interface {
	// solve returns X, n × k, for activities A, m × n, and targets Y, m × k, all
	// row by row. It may draw from r, and leaves in a the activities to which the
	// errors refer.
	solve(a []float64, m, n int, y []float64, k int, r *rng.RandomState) ([]float64, error)
	full() bool // weights between neurons are wanted
	check() error
}

// wholeSolver finds weights between neurons as a whole. Others find decoders, which
// are multiplied by transform and encoders.
type wholeSolver interface{ whole() }

// LstsqL2 is the least-squares solution with an L2 penalty: with σ = Reg·max A,
//
//	(AᵀA + m σ² 1) X = AᵀY
//
// solved by Cholesky's method, in the smaller of the two equivalent forms, or as By
// says.
type LstsqL2 struct {
	Reg     float64 // noise against which decoders are made robust, relative to the largest activity; more than 0
	Weights bool    // connect neurons with neurons by a full matrix of weights
	By      SubSolver
}

// DefaultLstsqL2 regularises with 0.1.
func DefaultLstsqL2() LstsqL2 { return LstsqL2{Reg: 0.1} }

func (s LstsqL2) full() bool { return s.Weights }

func (s LstsqL2) check() error {
	if !(s.Reg > 0) || !finite(s.Reg) {
		return fmt.Errorf("LstsqL2.Reg is %g, want more than 0; start from nef.DefaultLstsqL2()", s.Reg)
	}
	return checkSub(s.By)
}

func checkSub(s SubSolver) error {
	if s == nil {
		return nil
	}
	return s.check()
}

func (s LstsqL2) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	largest := 0.0
	for _, x := range a {
		largest = max(largest, x)
	}
	sigma := float64(s.Reg * largest)
	penalty := float64(float64(m) * float64(sigma*sigma))
	if s.By != nil && s.By != SubSolver(Cholesky{}) {
		return s.By.leastSquares(a, m, n, y, k, []float64{penalty})
	}
	if m < n { // X = Aᵀ (A Aᵀ + m σ²)⁻¹ Y
		g := gramOf(transpose(a, m, n), n, m, inOrder(m))
		if err := g.factor(penalty); err != nil {
			return nil, err
		}
		x := slices.Clone(y)
		g.solve(x, k)
		return transposed(a, m, n, x, k), nil
	}
	order := together(a, m, n)
	g := gramOf(a, m, n, order)
	if err := g.factor(penalty); err != nil {
		return nil, err
	}
	x := transposed(a, m, n, y, k)
	sorted := make([]float64, 0, n*k)
	for _, i := range order {
		sorted = append(sorted, x[i*k:i*k+k]...)
	}
	g.solve(sorted, k)
	for at, i := range order {
		copy(x[i*k:i*k+k], sorted[at*k:])
	}
	return x, nil
}

func transpose(a []float64, rows, cols int) []float64 {
	t := make([]float64, len(a))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = a[i*cols+j]
		}
	}
	return t
}

// gram is the upper triangle of AᵀA for A of m × n.
func gram(a []float64, m, n int) []float64 {
	g := gramOf(a, m, n, inOrder(n))
	flat := make([]float64, n*n)
	for i := range n {
		copy(flat[i*n+i:i*n+n], g.x[i*g.stride+i:])
	}
	return flat
}

func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// product is A·B for A of m × n and B of n × k.
func product(a []float64, m, n int, b []float64, k int) []float64 {
	c := make([]float64, m*k)
	parallel(m, n, func(i int) {
		row := c[i*k : i*k+k]
		for p, x := range a[i*n : i*n+n] {
			if x == 0 {
				continue
			}
			for j, y := range b[p*k : p*k+k] {
				row[j] += float64(x * y)
			}
		}
	})
	return c
}

// transposed is AᵀB for A of m × n and B of m × k.
func transposed(a []float64, m, n int, b []float64, k int) []float64 {
	c := make([]float64, n*k)
	const columns = 64 // at a time
	parallel((n+columns-1)/columns, n, func(part int) {
		from, to := part*columns, min(part*columns+columns, n)
		for i := range m {
			for p, x := range a[i*n+from : i*n+to] {
				if x == 0 {
					continue
				}
				for j, y := range b[i*k : i*k+k] {
					c[(from+p)*k+j] += float64(x * y)
				}
			}
		}
	})
	return c
}

// choleskySolve solves (G + penalty·1) X = Y in place of Y, n × k; only the upper
// triangle of G is read.
func choleskySolve(g []float64, n int, penalty float64, y []float64, k int) error {
	s := newSymmetric(n)
	for i := range n {
		copy(s.x[i*s.stride+i:], g[i*n+i:i*n+n])
	}
	if err := s.factor(penalty); err != nil {
		return err
	}
	s.solve(y, k)
	return nil
}
