package rng_test

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/rng"
)

// What NumPy's RandomState(7) gives, in the same order: two normal numbers, three
// choices of five, a permutation, and weights for a matrix of two rows.
func ExampleRandomState() {
	r := rng.NewRandomState(7)
	fmt.Println(r.Randn(), r.Randn())
	chosen, err := r.Choice(5, 3, false, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(chosen, r.Permutation(6))
	weights := make([]float64, 2*3)
	if err := r.FillUniform(weights, -1, 1); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n%.3f\n", weights[:3], weights[3:])
	_, err = r.Binomial(10, 1.2)
	fmt.Println(err)
	// Output:
	// 1.690525703800356 -0.4659373705408328
	// [0 3 2] [4 5 3 2 1 0]
	// [-0.968 0.056 0.738]
	// [-0.338 -0.214 0.349]
	// rng.RandomState.Binomial: n is 10 and p is 1.2, want n at least 0 and p from 0 to 1; give a number of trials and a probability
}
