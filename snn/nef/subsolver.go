package nef

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// SubSolver is how [LstsqL2] and its relatives solve their equations: [Cholesky],
// [SVD], [Conjgrad] or [BlockConjgrad]. The first two agree to rounding; the others
// stop when they are close.
type SubSolver interface {
	check() error
	// leastSquares returns X, n × k, for (AᵀA + diag(penalty)) X = AᵀY, with A of
	// m × n and Y of m × k, all row by row; one penalty for all, or one each.
	leastSquares(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error)
}

// Cholesky is the square root of the matrix: the default.
type Cholesky struct{}

func (Cholesky) check() error { return nil }

func (Cholesky) leastSquares(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error) {
	if len(penalty) == 1 {
		penalty = repeat(penalty[0], n)
	}
	return normalEquations(a, m, n, y, k, penalty)
}

// SVD is the singular value decomposition of the activities: slower than Cholesky,
// and accurate without any regularisation.
type SVD struct{}

func (SVD) check() error { return nil }

func (SVD) leastSquares(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error) {
	if len(penalty) > 1 {
		return nil, fmt.Errorf("SVD has one regularisation for all neurons; use nef.Cholesky{} where each has its own")
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(m, n, a), mat.SVDThin) {
		return nil, fmt.Errorf("the singular values of the activities do not converge; use nef.Cholesky{}")
	}
	var u, v, z, x mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	z.Mul(u.T(), mat.NewDense(m, k, y))
	for i, s := range svd.Values(nil) {
		f := 0.0
		if s > 0 {
			f = s / (float64(s*s) + penalty[0])
		}
		for j := range k {
			z.Set(i, j, z.At(i, j)*f)
		}
	}
	x.Mul(&v, &z)
	return x.RawMatrix().Data, nil
}

// Conjgrad follows conjugate gradients, one target after the other, until the
// residual is below Tol·√m for m points.
type Conjgrad struct {
	Tol      float64 // more than 0
	MaxIters int     // 0: as many as neurons
}

// DefaultConjgrad stops at 0.01.
func DefaultConjgrad() Conjgrad { return Conjgrad{Tol: 1e-2} }

func (s Conjgrad) check() error {
	if s.MaxIters < 0 {
		return fmt.Errorf("Conjgrad.MaxIters is %d, want 0 or more", s.MaxIters)
	}
	return checkTolerance("Conjgrad", s.Tol)
}

func checkTolerance(name string, tol float64) error {
	if !(tol > 0) || !finite(tol) {
		return fmt.Errorf("%s.Tol is %g, want more than 0; start from nef.Default%s()", name, tol, name)
	}
	return nil
}

func (s Conjgrad) leastSquares(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error) {
	A := mat.NewDense(m, n, a)
	times := normalProduct(A, penalty)
	limit := s.Tol * math.Sqrt(float64(m))
	iterations := n
	if s.MaxIters > 0 {
		iterations = s.MaxIters
	}
	var b mat.Dense
	b.Mul(A.T(), mat.NewDense(m, k, y))
	out := mat.NewDense(n, k, nil)
	for c := range k {
		x, r := mat.NewDense(n, 1, nil), mat.DenseCopyOf(b.Slice(0, n, c, c+1))
		p := mat.DenseCopyOf(r)
		dot := func(u, v *mat.Dense) float64 { return mat.Dot(u.ColView(0), v.ColView(0)) }
		old := dot(r, r)
		for range iterations {
			if old == 0 {
				break
			}
			ap := times(p)
			alpha := old / dot(p, ap)
			x.Add(x, scaledBy(alpha, p))
			r.Sub(r, scaledBy(alpha, ap))
			now := dot(r, r)
			if beta := now / old; math.Sqrt(now) < limit || beta < 1e-12 {
				break
			} else {
				p.Add(scaledBy(beta, p), r)
			}
			old = now
		}
		out.SetCol(c, x.RawMatrix().Data)
	}
	return out.RawMatrix().Data, nil
}

func scaledBy(f float64, m *mat.Dense) *mat.Dense {
	var s mat.Dense
	s.Scale(f, m)
	return &s
}

// normalProduct is x ↦ (AᵀA + diag(penalty)) x.
func normalProduct(a *mat.Dense, penalty []float64) func(x *mat.Dense) *mat.Dense {
	return func(x *mat.Dense) *mat.Dense {
		var ax, out mat.Dense
		ax.Mul(a, x)
		out.Mul(a.T(), &ax)
		out.Apply(func(i, j int, v float64) float64 { return v + penalty[i%len(penalty)]*x.At(i, j) }, &out)
		return &out
	}
}

// BlockConjgrad follows conjugate gradients for all targets together (O'Leary,
// Linear Algebra Appl. 29, 1980), until every residual is below Tol·√m.
type BlockConjgrad struct{ Tol float64 }

// DefaultBlockConjgrad stops at 0.01.
func DefaultBlockConjgrad() BlockConjgrad { return BlockConjgrad{1e-2} }

func (s BlockConjgrad) check() error { return checkTolerance("BlockConjgrad", s.Tol) }

func (s BlockConjgrad) leastSquares(a []float64, m, n int, y []float64, k int, penalty []float64) ([]float64, error) {
	A := mat.NewDense(m, n, a)
	times := normalProduct(A, penalty)
	limit := float64(s.Tol*s.Tol) * float64(m)
	var b mat.Dense
	b.Mul(A.T(), mat.NewDense(m, k, y))
	x, r, p := mat.NewDense(n, k, nil), &b, mat.DenseCopyOf(&b)
	var old mat.Dense
	old.Mul(r.T(), r)
	for range n/k + 1 {
		ap := times(p)
		var pap, alpha, step, now mat.Dense
		pap.Mul(p.T(), ap)
		if err := alpha.Solve(&pap, &old); err != nil && !conditioned(err) {
			return nil, fmt.Errorf("the targets depend on each other, so that block conjugate gradients do not work; use nef.DefaultConjgrad(): %w", err)
		}
		step.Mul(p, &alpha)
		x.Add(x, &step)
		step.Mul(ap, &alpha)
		r.Sub(r, &step)
		now.Mul(r.T(), r)
		done := true
		for i := range k {
			done = done && now.At(i, i) < limit
		}
		if done {
			break
		}
		var beta, next mat.Dense
		if err := beta.Solve(&old, &now); err != nil && !conditioned(err) {
			return nil, fmt.Errorf("the targets depend on each other, so that block conjugate gradients do not work; use nef.DefaultConjgrad(): %w", err)
		}
		next.Mul(p, &beta)
		p.Add(r, &next)
		old.CloneFrom(&now)
	}
	return x.RawMatrix().Data, nil
}

// conditioned tells whether an equation was solved all the same, with less accuracy.
func conditioned(err error) bool {
	c, ok := err.(mat.Condition)
	return ok && !math.IsInf(float64(c), 1)
}
