package nef

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/snn/rng"
)

// Solver finds the decoders of a connection: LstsqL2, Lstsq, LstsqL2nz, LstsqNoise,
// LstsqMultNoise, LstsqDrop, Nnls or NnlsL2.
type Solver interface {
	// solve returns X, n × k, for activities A, m × n, and targets Y, m × k, all
	// row by row. It may draw from r, and leaves in a the activities to which the
	// errors refer.
	solve(a []float64, m, n int, y []float64, k int, r *rng.RandomState) ([]float64, error)
	full() bool // weights between neurons are wanted
	check() error
}

// LstsqL2 is the least-squares solution with an L2 penalty: with σ = Reg·max A,
//
//	(AᵀA + m σ² 1) X = AᵀY
//
// solved by Cholesky's method, in the smaller of the two equivalent forms.
type LstsqL2 struct {
	Reg     float64 // noise against which decoders are made robust, relative to the largest activity; more than 0
	Weights bool    // connect neurons with neurons by a full matrix of weights
}

// DefaultLstsqL2 regularises with 0.1.
func DefaultLstsqL2() LstsqL2 { return LstsqL2{Reg: 0.1} }

func (s LstsqL2) full() bool { return s.Weights }

func (s LstsqL2) check() error {
	if !(s.Reg > 0) || !finite(s.Reg) {
		return fmt.Errorf("LstsqL2.Reg is %g, want more than 0; start from nef.DefaultLstsqL2()", s.Reg)
	}
	return nil
}

func (s LstsqL2) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	largest := 0.0
	for _, x := range a {
		largest = max(largest, x)
	}
	sigma := float64(s.Reg * largest)
	penalty := float64(float64(m) * float64(sigma*sigma))
	if m < n { // X = Aᵀ (A Aᵀ + m σ²)⁻¹ Y
		at := transpose(a, m, n)
		g := gram(at, n, m)
		x := slices.Clone(y)
		if err := choleskySolve(g, m, penalty, x, k); err != nil {
			return nil, err
		}
		return product(at, n, m, x, k), nil
	}
	g := gram(a, m, n)
	x := product(transpose(a, m, n), n, m, y, k)
	if err := choleskySolve(g, n, penalty, x, k); err != nil {
		return nil, err
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

// gram is the upper triangle of AᵀA for A of m × n. Eight rows are added at a
// time, without the neurons that are silent in all of them: it pays when rows next
// to each other have the same neurons active. Every sum has
// the same order whatever the number of threads.
func gram(a []float64, m, n int) []float64 {
	g := make([]float64, n*n)
	parallelRows(n, func(lo, hi int) {
		active := make([]int, 0, n)
		packed := make([]float64, 8*n)
		for i := 0; i < m; i += 8 {
			rows := min(8, m-i)
			// Neurons from lo on that are active in one of the rows, and their
			// activities packed; missing rows are 0.
			active = active[:0]
			for p := lo; p < n; p++ {
				any := false
				for k := range rows {
					any = any || a[(i+k)*n+p] != 0
				}
				if any {
					active = append(active, p)
				}
			}
			w := len(active)
			var r [8][]float64
			for k := range r {
				r[k] = packed[k*w : k*w+w]
				for j, p := range active {
					r[k][j] = 0
					if k < rows {
						r[k][j] = a[(i+k)*n+p]
					}
				}
			}
			for j, p := range active {
				if p >= hi {
					break
				}
				x0, x1, x2, x3, x4, x5, x6, x7 := r[0][j], r[1][j], r[2][j], r[3][j], r[4][j], r[5][j], r[6][j], r[7][j]
				row := g[p*n : p*n+n]
				qs := active[j:]
				w := len(qs) // all slices have this length, so that fewer bounds are checked
				s0, s1, s2, s3 := r[0][j:][:w], r[1][j:][:w], r[2][j:][:w], r[3][j:][:w]
				s4, s5, s6, s7 := r[4][j:][:w], r[5][j:][:w], r[6][j:][:w], r[7][j:][:w]
				for k, q := range qs {
					row[q] += ((float64(x0*s0[k]) + float64(x1*s1[k])) + (float64(x2*s2[k]) + float64(x3*s3[k]))) +
						((float64(x4*s4[k]) + float64(x5*s5[k])) + (float64(x6*s6[k]) + float64(x7*s7[k])))
				}
			}
		}
	})
	return g
}

// parallelRows shares the rows of an upper triangle of n rows among the
// processors, so that each has about the same number of elements.
func parallelRows(n int, work func(lo, hi int)) {
	workers := runtime.GOMAXPROCS(0)
	if n < 128 || workers == 1 {
		work(0, n)
		return
	}
	var wait sync.WaitGroup
	lo := 0
	for w := 1; w <= workers; w++ {
		// Rows below lo hold the part 1 − (1 − lo/n)² of the triangle.
		hi := int(float64(n) * (1 - math.Sqrt(1-float64(w)/float64(workers))))
		if w == workers {
			hi = n
		}
		from := lo
		wait.Go(func() { work(from, hi) })
		lo = hi
	}
	wait.Wait()
}

// product is A·B for A of m × n and B of n × k.
func product(a []float64, m, n int, b []float64, k int) []float64 {
	c := make([]float64, m*k)
	for i := range m {
		row := c[i*k : i*k+k]
		for p, x := range a[i*n : i*n+n] {
			if x == 0 {
				continue
			}
			for j, y := range b[p*k : p*k+k] {
				row[j] += float64(x * y)
			}
		}
	}
	return c
}

// choleskySolve solves (G + penalty·1) X = Y in place of Y, n × k; only the upper
// triangle of G is read, and overwritten by its factor R, G = RᵀR.
func choleskySolve(g []float64, n int, penalty float64, y []float64, k int) error {
	for i := range n {
		g[i*n+i] += penalty
	}
	const block = 4 // pivots at a time
	for first := 0; first < n; first += block {
		last := min(first+block, n)
		for p := first; p < last; p++ {
			pivot := g[p*n+p]
			if !(pivot > 0) || math.IsInf(pivot, 0) {
				return errors.New("the matrix of activities is not positive definite; raise the regularisation, or give more evaluation points")
			}
			root := math.Sqrt(pivot)
			row := g[p*n : p*n+n]
			row[p] = root
			inv := 1 / root
			for q := p + 1; q < n; q++ {
				row[q] = float64(row[q] * inv)
			}
			for i := p + 1; i < last; i++ {
				x, to, from := row[i], g[i*n+i:i*n+n], row[i:n]
				for q := range to {
					to[q] -= float64(x * from[q])
				}
			}
		}
		if last-first < block || last == n {
			continue
		}
		r0, r1, r2, r3 := g[first*n:first*n+n], g[first*n+n:first*n+2*n], g[first*n+2*n:first*n+3*n], g[first*n+3*n:first*n+4*n]
		parallelRows(n-last, func(lo, hi int) {
			for i := last + lo; i < last+hi; i++ {
				x0, x1, x2, x3 := r0[i], r1[i], r2[i], r3[i]
				to := g[i*n+i : i*n+n]
				w := len(to)
				s0, s1, s2, s3 := r0[i:][:w], r1[i:][:w], r2[i:][:w], r3[i:][:w]
				for q := range to {
					to[q] -= (float64(x0*s0[q]) + float64(x1*s1[q])) + (float64(x2*s2[q]) + float64(x3*s3[q]))
				}
			}
		})
	}
	for p := range n { // Rᵀ Z = Y
		inv := g[p*n+p]
		for j := range k {
			y[p*k+j] /= inv
		}
		for i := p + 1; i < n; i++ {
			if x := g[p*n+i]; x != 0 {
				for j := range k {
					y[i*k+j] -= float64(x * y[p*k+j])
				}
			}
		}
	}
	for p := n - 1; p >= 0; p-- { // R X = Z
		for j := range k {
			s := y[p*k+j]
			for i := p + 1; i < n; i++ {
				s -= float64(g[p*n+i] * y[i*k+j])
			}
			y[p*k+j] = s / g[p*n+p]
		}
	}
	return nil
}
