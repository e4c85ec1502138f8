package nef

import (
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
	"gonum.org/v1/gonum/mat"
)

// Lstsq is the least-squares solution without a penalty; singular values below
// Cut times the largest are left out.
type Lstsq struct {
	Cut     float64
	Weights bool
}

// DefaultLstsq cuts at 0.01.
func DefaultLstsq() Lstsq { return Lstsq{Cut: 0.01} }

func (s Lstsq) full() bool { return s.Weights }
func (s Lstsq) check() error {
	if !(s.Cut > 0 && s.Cut < 1) {
		return fmt.Errorf("Lstsq.Cut is %g, want more than 0 and less than 1", s.Cut)
	}
	return nil
}

func (s Lstsq) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(m, n, a), mat.SVDThin) {
		return nil, fmt.Errorf("the singular values of the activities do not converge; use LstsqL2")
	}
	var u, v, z, x mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	z.Mul(u.T(), mat.NewDense(m, k, y))
	for i, sv := range values {
		f := 0.0
		if sv > s.Cut*values[0] {
			f = 1 / sv
		}
		for j := range k {
			z.Set(i, j, z.At(i, j)*f)
		}
	}
	x.Mul(&v, &z)
	return x.RawMatrix().Data, nil
}

// LstsqL2nz is [LstsqL2] with a penalty for each neuron that is in proportion to
// the fraction of points where it is active.
type LstsqL2nz struct {
	Reg     float64
	Weights bool
	By      SubSolver // nil: Cholesky
}

// DefaultLstsqL2nz regularises with 0.1.
func DefaultLstsqL2nz() LstsqL2nz { return LstsqL2nz{Reg: 0.1} }

func (s LstsqL2nz) full() bool   { return s.Weights }
func (s LstsqL2nz) check() error { return LstsqL2{Reg: s.Reg, By: s.By}.check() }

func (s LstsqL2nz) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	sigma := float64(s.Reg * slices.Max(a))
	penalty := make([]float64, n)
	for j := range n {
		active := 0
		for i := range m {
			if a[i*n+j] > 0 {
				active++
			}
		}
		p := float64(sigma * math.Sqrt(float64(active)/float64(m)))
		if p == 0 {
			p = 1
		}
		penalty[j] = float64(float64(m) * float64(p*p))
	}
	if s.By != nil {
		return s.By.leastSquares(a, m, n, y, k, penalty)
	}
	return normalEquations(a, m, n, y, k, penalty)
}

// normalEquations solves (AᵀA + diag(penalty)) X = AᵀY.
func normalEquations(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error) {
	g := gram(a, m, n)
	for j, p := range penalty {
		g[j*n+j] += p
	}
	x := product(transpose(a, m, n), n, m, y, k)
	return x, choleskySolve(g, n, 0, x, k)
}

// LstsqNoise makes decoders robust by adding normal noise of the standard
// deviation Noise · max|A| to the activities.
type LstsqNoise struct {
	Noise   float64
	Weights bool
	By      SubSolver // nil: Cholesky
}

// DefaultLstsqNoise adds noise of 0.1.
func DefaultLstsqNoise() LstsqNoise { return LstsqNoise{Noise: 0.1} }

func (s LstsqNoise) full() bool   { return s.Weights }
func (s LstsqNoise) check() error { return checkNoise("LstsqNoise", s.Noise, s.By) }

func checkNoise(name string, noise float64, by SubSolver) error {
	if !(noise > 0) || !finite(noise) {
		return fmt.Errorf("%s.Noise is %g, want more than 0; start from nef.Default%s()", name, noise, name)
	}
	return checkSub(by)
}

func (s LstsqNoise) solve(a []float64, m, n int, y []float64, k int, r *rng.RandomState) ([]float64, error) {
	largest := 0.0
	for _, x := range a {
		largest = max(largest, math.Abs(x))
	}
	noise := make([]float64, len(a))
	if err := r.FillNormal(noise, 0, float64(s.Noise*largest)); err != nil {
		return nil, err
	}
	for i, x := range noise {
		a[i] += x
	}
	return unregularised(s.By, a, m, n, y, k)
}

func unregularised(by SubSolver, a []float64, m, n int, y []float64, k int) ([]float64, error) {
	if by == nil {
		by = Cholesky{}
	}
	return by.leastSquares(a, m, n, y, k, []float64{0})
}

// LstsqMultNoise multiplies the activities by normal numbers with the mean 1 and
// the standard deviation Noise.
type LstsqMultNoise struct {
	Noise   float64
	Weights bool
	By      SubSolver // nil: Cholesky
}

// DefaultLstsqMultNoise multiplies by noise of 0.1.
func DefaultLstsqMultNoise() LstsqMultNoise { return LstsqMultNoise{Noise: 0.1} }

func (s LstsqMultNoise) full() bool   { return s.Weights }
func (s LstsqMultNoise) check() error { return checkNoise("LstsqMultNoise", s.Noise, s.By) }

func (s LstsqMultNoise) solve(a []float64, m, n int, y []float64, k int, r *rng.RandomState) ([]float64, error) {
	noise := make([]float64, len(a))
	if err := r.FillNormal(noise, 1, s.Noise); err != nil {
		return nil, err
	}
	for i, x := range noise {
		a[i] *= x
	}
	return unregularised(s.By, a, m, n, y, k)
}

// LstsqDrop leaves out the smallest decoders: it solves with First, sets the
// fraction Drop of the decoders with the least magnitude to 0, and solves for
// the others again with Second.
type LstsqDrop struct {
	Drop          float64
	First, Second LstsqL2
	Weights       bool
}

// DefaultLstsqDrop drops a quarter.
func DefaultLstsqDrop() LstsqDrop {
	return LstsqDrop{Drop: 0.25, First: LstsqL2{Reg: 0.001}, Second: LstsqL2{Reg: 0.1}}
}

func (s LstsqDrop) full() bool { return s.Weights }
func (s LstsqDrop) whole()     {}
func (s LstsqDrop) check() error {
	if !(s.Drop >= 0 && s.Drop < 1) {
		return fmt.Errorf("LstsqDrop.Drop is %g, want at least 0 and less than 1; start from nef.DefaultLstsqDrop()", s.Drop)
	}
	for _, l := range []LstsqL2{s.First, s.Second} {
		if err := l.check(); err != nil {
			return fmt.Errorf("LstsqDrop: %w", err)
		}
	}
	return nil
}

func (s LstsqDrop) solve(a []float64, m, n int, y []float64, k int, r *rng.RandomState) ([]float64, error) {
	x, err := s.First.solve(a, m, n, y, k, r)
	if err != nil {
		return nil, err
	}
	sizes := make([]float64, len(x))
	for i, v := range x {
		sizes[i] = math.Abs(v)
	}
	slices.Sort(sizes)
	threshold := sizes[int(math.RoundToEven(s.Drop*float64(len(x))))]
	for j := range k {
		var kept []int
		for i := range n {
			if math.Abs(x[i*k+j]) >= threshold && x[i*k+j] != 0 {
				kept = append(kept, i)
			}
			x[i*k+j] = 0
		}
		if len(kept) == 0 {
			continue
		}
		part, column := make([]float64, 0, m*len(kept)), make([]float64, m)
		for i := range m {
			for _, p := range kept {
				part = append(part, a[i*n+p])
			}
			column[i] = y[i*k+j]
		}
		z, err := s.Second.solve(part, m, len(kept), column, 1, r)
		if err != nil {
			return nil, err
		}
		for i, p := range kept {
			x[p*k+j] = z[i]
		}
	}
	return x, nil
}

// Nnls finds decoders that are not negative.
type Nnls struct{ Weights bool }

func (s Nnls) full() bool   { return s.Weights }
func (s Nnls) whole()       {}
func (s Nnls) check() error { return nil }

func (s Nnls) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	return nonNegative(a, m, n, y, k)
}

// NnlsL2 finds decoders that are not negative, with the penalty of [LstsqL2]: as
// in Nengo, the non-negative solution of the normal equations, with negative
// targets taken as 0.
type NnlsL2 struct {
	Reg     float64
	Weights bool
}

// DefaultNnlsL2 regularises with 0.1.
func DefaultNnlsL2() NnlsL2 { return NnlsL2{Reg: 0.1} }

func (s NnlsL2) full() bool   { return s.Weights }
func (s NnlsL2) whole()       {}
func (s NnlsL2) check() error { return LstsqL2{Reg: s.Reg}.check() }

func (s NnlsL2) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	sigma := float64(s.Reg * slices.Max(a))
	g := gram(a, m, n)
	for i := range n {
		g[i*n+i] += float64(float64(m) * float64(sigma*sigma))
		for j := range i {
			g[i*n+j] = g[j*n+i]
		}
	}
	targets := slices.Clone(y)
	for i, v := range targets {
		targets[i] = max(v, 0)
	}
	return nonNegative(g, n, n, product(transpose(a, m, n), n, m, targets, k), k)
}
