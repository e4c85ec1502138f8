package model

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// integratedExp is ∫₀^h e^(A·s) ds of an n×n matrix (row-major): the upper
// right block of the exponential of [[A, 1], [0, 0]]·h (Van Loan, IEEE Trans.
// Automat. Contr. 23, 1978). It exists for singular A and complex eigenvalues
// too. A matrix that is not finite gives NaN.
func integratedExp(a []float64, n int, h float64) []float64 {
	out := make([]float64, n*n)
	norm := 0.0
	for _, v := range a {
		norm += math.Abs(v)
	}
	norm *= math.Abs(h)
	// Beyond this the scaling alone would take hundreds of squarings of an
	// overflowing matrix; no step of a simulation is that long.
	if !(norm < 1e9) || !finite(h) {
		for i := range out {
			out[i] = math.NaN()
		}
		return out
	}
	big := mat.NewDense(2*n, 2*n, nil)
	for i := range n {
		for j := range n {
			big.Set(i, j, a[i*n+j]*h)
		}
		big.Set(i, n+i, h)
	}
	var e mat.Dense
	e.Exp(big)
	for i := range n {
		for j := range n {
			out[i*n+j] = e.At(i, n+j)
		}
	}
	return out
}
