package nef

import (
	"fmt"
	"math"
	"sort"

	"github.com/spikebook/spikebook/snn/rng"
)

type integers struct{ low, high int64 }

// UniformInteger is one of the whole numbers from low up to, not including, high.
func UniformInteger(low, high int) Distribution { return integers{int64(low), int64(high)} }

func (u integers) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	v := make([]float64, n*d)
	for i := range v {
		k, err := r.Randint(u.low, u.high)
		if err != nil {
			return nil, err
		}
		v[i] = float64(k)
	}
	return v, nil
}

type pdf struct{ x, p []float64 }

// PDF has the density p at the points x, in ascending order: its distribution
// function is the sum of p from the left, with half of p at the point itself, and
// interpolated between the points.
func PDF(x, p []float64) Distribution { return pdf{x, p} }

func (f pdf) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	if len(f.x) == 0 || len(f.x) != len(f.p) || !sort.Float64sAreSorted(f.x) {
		return nil, fmt.Errorf("the density has %d points and %d values, want equal numbers and the points in ascending order", len(f.x), len(f.p))
	}
	sum := 0.0
	for _, p := range f.p {
		if !(p >= 0) {
			return nil, fmt.Errorf("the density is %g somewhere, want 0 or more", p)
		}
		sum += p
	}
	if !(sum > 0) || !finite(sum) {
		return nil, fmt.Errorf("the density has the sum %g, want more than 0", sum)
	}
	cdf := make([]float64, len(f.p))
	s := 0.0
	for i, p := range f.p {
		cdf[i] = s + p/sum/2
		s += p / sum
	}
	v := make([]float64, n*d)
	for i := range v {
		u := r.RandomSample()
		j := sort.SearchFloat64s(cdf, u)
		switch {
		case j == 0:
			v[i] = f.x[0]
		case j == len(cdf):
			v[i] = f.x[j-1]
		default:
			slope := (f.x[j] - f.x[j-1]) / (cdf[j] - cdf[j-1])
			v[i] = float64(slope*(u-cdf[j-1])) + f.x[j-1]
		}
	}
	return v, nil
}

type sqrtBeta struct{ n, m float64 }

// SqrtBeta is the root of a number with the distribution Beta(m/2, n/2): the length
// of the first m coordinates of a random unit vector of n+m.
func SqrtBeta(n, m float64) Distribution { return sqrtBeta{n, m} }

// SubvectorLength is the length of the first part coordinates of a random unit
// vector of dims.
func SubvectorLength(dims, part int) Distribution {
	return sqrtBeta{float64(dims - part), float64(part)}
}

func (b sqrtBeta) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	v := make([]float64, n*d)
	if err := r.FillBeta(v, b.m/2, b.n/2); err != nil {
		return nil, err
	}
	for i, x := range v {
		v[i] = math.Sqrt(x)
	}
	return v, nil
}

type cosineSimilarity struct{ dims int }

// CosineSimilarity is the scalar product of two random unit vectors.
func CosineSimilarity(dims int) Distribution { return cosineSimilarity{dims} }

func (c cosineSimilarity) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	sign, err := Choice(1, -1).Sample(n, d, r)
	if err != nil {
		return nil, err
	}
	v, err := SubvectorLength(c.dims, 1).Sample(n, d, r)
	for i := range v {
		v[i] *= sign[i]
	}
	return v, err
}
