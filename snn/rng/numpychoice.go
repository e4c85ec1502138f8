package rng

import (
	"fmt"
	"math"
	"sort"
)

// Shuffle brings n things into a random order, each order equally often, where
// swap exchanges two of them: numbers of a slice, or rows of a matrix, which
// NumPy shuffles alike.
func (r *RandomState) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, r.below(i+1))
	}
}

// Permutation is permutation(n): 0 to n-1 in a random order. To permute an array
// take its entries or rows at these indices. It is empty for n ≤ 0.
func (r *RandomState) Permutation(n int) []int {
	p := make([]int, max(n, 0))
	r.FillPermutation(p)
	return p
}

// FillPermutation is permutation(len(dst)).
func (r *RandomState) FillPermutation(dst []int) {
	for i := range dst {
		dst[i] = i
	}
	for i := len(dst) - 1; i > 0; i-- {
		j := r.below(i + 1)
		dst[i], dst[j] = dst[j], dst[i]
	}
}

// Choice is choice(n, size, replace, p): size indices in [0, n), each equally
// often or, if p is not nil, with the probability p[i]. To choose from an array
// take its entries at these indices. p must have n entries and the sum 1 (to
// 1.5e-8). Without replacement each index occurs at most once.
func (r *RandomState) Choice(n, size int, replace bool, p []float64) ([]int, error) {
	if size < 0 {
		return nil, fmt.Errorf("rng.RandomState.Choice: size is %d, want 0 or more; give the number of indices to draw", size)
	}
	if !replace && size > max(n, 0) { // before memory is asked for
		return nil, tooMany("Choice", n, size)
	}
	dst := make([]int, size)
	if err := r.fillChoice("Choice", dst, n, replace, p); err != nil {
		return nil, err
	}
	return dst, nil
}

// FillChoice is choice(n, len(dst), replace, p), see Choice.
func (r *RandomState) FillChoice(dst []int, n int, replace bool, p []float64) error {
	return r.fillChoice("FillChoice", dst, n, replace, p)
}

func (r *RandomState) fillChoice(name string, dst []int, n int, replace bool, p []float64) error {
	if n < 0 || n == 0 && len(dst) > 0 {
		return fmt.Errorf("rng.RandomState.%s: n is %d, want more than 0; give the number of things to choose from", name, n)
	}
	if p != nil {
		if err := checkProbabilities(name, n, p); err != nil {
			return err
		}
	}
	if !replace && len(dst) > n {
		return tooMany(name, n, len(dst))
	}
	switch {
	case p == nil && replace:
		for i := range dst {
			dst[i] = r.below(n)
		}
	case p == nil:
		// NumPy draws the whole permutation, however few are wanted.
		copy(dst, r.Permutation(n))
	case replace:
		sums := cumulative(p)
		for i := range dst {
			dst[i] = search(sums, r.mt.double())
		}
	default:
		possible := 0
		for _, x := range p {
			if x > 0 {
				possible++
			}
		}
		if possible < len(dst) {
			return fmt.Errorf("rng.RandomState.%s: %d different indices wanted, but only %d entries of p are more than 0; want fewer, or choose with replacement", name, len(dst), possible)
		}
		r.chooseOnce(dst, p)
	}
	return nil
}

func tooMany(name string, n, size int) error {
	return fmt.Errorf("rng.RandomState.%s: %d different indices of %d wanted, want at most %d; choose fewer, or with replacement", name, size, n, n)
}

// chooseOnce chooses without replacement: it draws as many as are missing, keeps
// the first of each index, sets the probability of those found to zero, and
// repeats.
func (r *RandomState) chooseOnce(dst []int, p []float64) {
	p = append([]float64(nil), p...)
	draws := make([]float64, len(dst))
	for n := 0; n < len(dst); {
		draws = draws[:len(dst)-n]
		r.FillRandomSample(draws)
		sums := cumulative(p)
		for _, u := range draws {
			// In this round p still holds what the sums were made of, but an
			// index found is marked at once.
			if i := search(sums, u); p[i] >= 0 {
				p[i] = -1
				dst[n] = i
				n++
			}
		}
		for _, i := range dst[:n] {
			p[i] = 0
		}
	}
}

// cumulative is the sums of p from its start, divided by the last one.
func cumulative(p []float64) []float64 {
	sums := make([]float64, len(p))
	s := 0.0
	for i, x := range p {
		s += x
		sums[i] = s
	}
	for i := range sums {
		sums[i] /= s
	}
	return sums
}

// search is the number of sums that are at most u; the last one is 1, above u.
func search(sums []float64, u float64) int {
	return sort.Search(len(sums), func(i int) bool { return sums[i] > u })
}

func checkProbabilities(name string, n int, p []float64) error {
	if len(p) != n {
		return fmt.Errorf("rng.RandomState.%s: p has %d entries, want n, which is %d; give one probability for each", name, len(p), n)
	}
	if n == 0 {
		return nil
	}
	// The sum is compensated (Kahan), as NumPy's for this check.
	sum, c := p[0], 0.0
	for i, x := range p {
		if !(x >= 0) {
			return fmt.Errorf("rng.RandomState.%s: p[%d] is %g, want 0 to 1; give probabilities", name, i, x)
		}
		if i > 0 {
			y := x - c
			t := sum + y
			c = (t - sum) - y
			sum = t
		}
	}
	if !(math.Abs(sum-1) <= 0x1p-26) { // the root of the unit of rounding
		return fmt.Errorf("rng.RandomState.%s: p has the sum %g, want 1; divide it by its sum", name, sum)
	}
	return nil
}
