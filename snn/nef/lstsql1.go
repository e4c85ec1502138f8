package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// LstsqL1 is the least-squares solution with an L1 and an L2 penalty (an elastic
// net), in which many decoders or weights are exactly 0:
//
//	|Y − A X|²/(2m) + a·Σ|X| + b·Σ X²/2,  a = L1·max A,  b = L2·(max A)²
//
// It goes round the neurons and solves for one at a time (Friedman, Hastie and
// Tibshirani, J. Stat. Softw. 33, 2010), until the duality gap is below Tol·|Y|². It
// stops near the minimum, not at it: other programs with the same parameters, and
// Nengo with another version of scikit-learn, agree to about Tol.
type LstsqL1 struct {
	L1, L2  float64 // 0 or more, and one of them more
	Tol     float64 // more than 0
	MaxIter int     // rounds, at least 1
	Weights bool
}

// DefaultLstsqL1 has the penalties 1e-4 and 1e-6, and makes up to 1000 rounds until
// the gap is below 1e-4.
func DefaultLstsqL1() LstsqL1 { return LstsqL1{L1: 1e-4, L2: 1e-6, Tol: 1e-4, MaxIter: 1000} }

func (s LstsqL1) full() bool { return s.Weights }
func (s LstsqL1) whole()     {}

func (s LstsqL1) check() error {
	if !(s.L1 >= 0 && s.L2 >= 0 && s.L1+s.L2 > 0) || !finite(s.L1, s.L2) || !(s.Tol > 0) || s.MaxIter < 1 {
		return fmt.Errorf("LstsqL1 has the penalties %g and %g, the tolerance %g and %d rounds, want penalties of 0 or more, not both 0, a tolerance above 0 and at least 1 round; start from nef.DefaultLstsqL1()", s.L1, s.L2, s.Tol, s.MaxIter)
	}
	return nil
}

func (s LstsqL1) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	largest := 0.0
	for _, x := range a {
		largest = max(largest, x)
	}
	columns := transpose(a, m, n)
	l1, l2 := float64(m)*s.L1*largest, float64(m)*s.L2*largest*largest
	out := make([]float64, n*k)
	target := make([]float64, m)
	for c := range k {
		for i := range target {
			target[i] = y[i*k+c]
		}
		for i, w := range elasticNet(columns, n, target, l1, l2, s.Tol, s.MaxIter) {
			out[i*k+c] = w
		}
	}
	return out, nil
}

func dotProduct(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v * y[i])
	}
	return s
}

// elasticNet minimises |y − Aw|²/2 + l1·Σ|w| + l2·Σw²/2; columns are those of A, one
// after the other.
func elasticNet(columns []float64, n int, y []float64, l1, l2, tol float64, rounds int) []float64 {
	m := len(y)
	w, rest := make([]float64, n), append([]float64(nil), y...)
	column := func(j int) []float64 { return columns[j*m : j*m+m] }
	norms := make([]float64, n)
	for j := range norms {
		norms[j] = dotProduct(column(j), column(j))
	}
	limit := tol * dotProduct(y, y)
	for round := range rounds {
		change, largest := 0.0, 0.0
		for j, norm := range norms {
			if norm == 0 {
				continue
			}
			old := w[j]
			pull := dotProduct(column(j), rest) + float64(old*norm)
			w[j] = math.Copysign(max(math.Abs(pull)-l1, 0), pull) / (norm + l2)
			if d := w[j] - old; d != 0 {
				for i, v := range column(j) {
					rest[i] -= float64(d * v)
				}
			}
			change, largest = max(change, math.Abs(w[j]-old)), max(largest, math.Abs(w[j]))
		}
		if largest != 0 && change/largest >= tol && round < rounds-1 {
			continue
		}
		// The gap between the value and a lower bound of it.
		steepest, sum := 0.0, 0.0
		for j := range w {
			steepest = max(steepest, math.Abs(dotProduct(column(j), rest)-float64(l2*w[j])))
			sum += math.Abs(w[j])
		}
		shrink, square := 1.0, dotProduct(rest, rest)
		gap := square
		if steepest > l1 {
			shrink = l1 / steepest
			gap = 0.5 * (square + float64(square*shrink*shrink))
		}
		gap += float64(l1*sum) - float64(shrink*dotProduct(rest, y)) + 0.5*l2*(1+shrink*shrink)*dotProduct(w, w)
		if gap < limit {
			break
		}
	}
	return w
}
