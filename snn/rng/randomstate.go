package rng

import "fmt"

// RandomState draws the numbers that NumPy's numpy.random.RandomState draws from
// the same seed: the Mersenne Twister MT19937 with the distributions that NumPy
// froze in 2019. It exists so that a model written in Python, of NumPy's global
// functions or of Nengo, gets the same weights, connections and trials here.
// Everything that happens during a run uses a [Stream] instead.
//
// The methods carry NumPy's names: RandomSample, Uniform, Randn (which is also
// standard_normal), Normal, Exponential, Gamma (with scale 1: standard_gamma),
// Beta, Randint, Binomial, Poisson, Choice, Shuffle, Permutation, Tomaxint and
// Bytes. One draw each is Uniform(lo, hi); an array is FillUniform(dst, lo, hi),
// row by row as NumPy fills it, and without allocation. A parameter array in
// NumPy is the same as one draw for each entry, in order.
//
// # What is equal, and how far
//
// Everything made of words, products and roots alone is equal bit by bit on
// every machine: the words, RandomSample, Uniform, Randint and its kin, Choice,
// Shuffle, Permutation, Tomaxint, Bytes, seeds, the state. The other numbers go
// through log, exp and pow. NumPy takes these from the C library of the machine,
// which misrounds up to one result in a thousand, not the same ones on all
// processors; here they are correctly rounded (see numpylog.go), everywhere.
//
// Measured over 10^6 draws of each kind against NumPy 2.4.6 with glibc 2.36
// (testdata/record.py): no binomial and no Poisson number differs, nor any
// decision to draw again, so that the sequences stay in step. In the last places,
// relative 8e-16 at most, differ 0.035 % of normal numbers, 0.08 % of exponential
// ones and 0.005 to 0.09 % of gamma and beta. The same code with the log, exp and pow of that library
// instead gives none that differ; NumPy without the processor's fused products
// differs from itself in 0.005 to 0.07 %.
//
// A NaN as a parameter is an error, also where NumPy lets it through and
// answers NaN.
//
// A RandomState is not safe for use by several goroutines at a time. Its zero
// value is not valid and panics when used; start from [NewRandomState],
// [NewRandomStateArray] or SetState.
type RandomState struct {
	mt       mt19937
	hasGauss bool
	gauss    float64 // the normal number kept for the next call, if hasGauss

	// What the last binomial and Poisson draws derived from their parameters.
	binomial binomialSetup
	poisson  poissonSetup
}

// NewRandomState is numpy.random.RandomState(seed).
func NewRandomState(seed uint32) *RandomState {
	r := new(RandomState)
	r.Seed(seed)
	return r
}

// NewRandomStateArray is numpy.random.RandomState(list). A list of one number
// gives another sequence than the number itself. (A NumPy array with a single
// element counts as the number.)
func NewRandomStateArray(seeds []uint32) (*RandomState, error) {
	if len(seeds) == 0 {
		return nil, fmt.Errorf("rng.NewRandomStateArray: no seeds given, want at least one; use NewRandomState(0) for a single seed")
	}
	r := new(RandomState)
	r.mt.seedArray(seeds)
	return r, nil
}

// CheckSeed makes a seed of a number, with an error if NumPy would not take it.
func CheckSeed(seed int64) (uint32, error) {
	if seed < 0 || seed > 1<<32-1 {
		return 0, fmt.Errorf("rng: seed is %d, want 0 to 4294967295; choose another seed", seed)
	}
	return uint32(seed), nil
}

// Seed starts the sequence of a seed, as numpy.random.seed does, and forgets a
// kept normal number.
func (r *RandomState) Seed(seed uint32) {
	r.mt.seed(seed)
	r.hasGauss, r.gauss = false, 0
}

// DrawSeed draws a seed from 0 to 2^31-2 for another generator, as Nengo does
// for each object of a network: randint(2^31-1).
func (r *RandomState) DrawSeed() uint32 {
	return r.masked32(1<<31-2, 1<<31-1)
}

// Uint32 is the next word of the Mersenne Twister.
func (r *RandomState) Uint32() uint32 { return r.mt.next() }

// Uint64 is the next two words, the first one high. It makes a RandomState a
// source for package math/rand/v2.
func (r *RandomState) Uint64() uint64 { return r.mt.next64() }

// LegacyState is where a RandomState stands: the four values that NumPy's
// get_state() gives after the name 'MT19937'.
type LegacyState struct {
	Key      [624]uint32
	Pos      int     // words of Key already used, 0 to 624
	HasGauss bool    // a normal number is kept for the next call
	Gauss    float64 // that number
}

// GetState is a copy of the state, from which SetState continues.
func (r *RandomState) GetState() LegacyState {
	return LegacyState{r.mt.key, mtWords - r.mt.left, r.hasGauss, r.gauss}
}

// SetState continues from a state, for example one that NumPy's get_state gave.
// Nothing is changed if there is an error.
func (r *RandomState) SetState(s LegacyState) error {
	if s.Pos < 0 || s.Pos > mtWords {
		return fmt.Errorf("rng.RandomState.SetState: Pos is %d, want 0 to %d; give the third value of get_state()", s.Pos, mtWords)
	}
	m := mt19937{s.Key, mtWords - s.Pos}
	if m.dead() {
		return fmt.Errorf("rng.RandomState.SetState: Key is all zeros, from which only zeros follow; give the second value of get_state()")
	}
	if s.HasGauss && s.Gauss != s.Gauss {
		return fmt.Errorf("rng.RandomState.SetState: Gauss is NaN, want a number; give the fifth value of get_state()")
	}
	r.mt, r.hasGauss, r.gauss = m, s.HasGauss, s.Gauss
	if !s.HasGauss {
		r.gauss = 0
	}
	return nil
}
