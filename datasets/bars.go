package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Bars draws one image of the bars problem (Földiák, Biol. Cybern. 64, 1990):
// n×n pixels in row-major order, in which each of the n rows and n columns is
// on with probability 1/n, independently. A pixel of any bar that is on is 1,
// also where two cross; the others are 0. It takes 2n numbers from r: those of
// the rows come first.
func Bars(r *rand.Rand, n int) []float64 {
	image := make([]float64, n*n)
	for bar := range 2 * n {
		if r.Float64() < 1/float64(n) {
			for _, pixel := range Bar(n, bar) {
				image[pixel] = 1
			}
		}
	}
	return image
}

// Bar is the pixels of one of the 2n bars of an n×n image: bars 0 to n−1 are
// the rows, n to 2n−1 the columns.
func Bar(n, bar int) []int {
	pixels := make([]int, n)
	for k := range pixels {
		if bar < n {
			pixels[k] = bar*n + k
		} else {
			pixels[k] = k*n + bar - n
		}
	}
	return pixels
}

// BarOf finds the bar that a receptive field of n×n weights has specialised
// in: the bar with the largest mean weight over its pixels, and the ratio of
// that mean to the next best. A ratio of 2 or more counts as selective.
func BarOf(field []float64, n int) (bar int, ratio float64, err error) {
	if n < 1 || len(field) != n*n {
		return 0, 0, fmt.Errorf("bars: a field of %d weights, want %d×%d", len(field), n, n)
	}
	best, second := math.Inf(-1), math.Inf(-1)
	for b := range 2 * n {
		mean := 0.0
		for _, pixel := range Bar(n, b) {
			mean += field[pixel] / float64(n)
		}
		if mean > best {
			best, second, bar = mean, best, b
		} else if mean > second {
			second = mean
		}
	}
	return bar, best / second, nil
}

// Selective counts how many of the 2n bars have at least one neuron selective
// for them, and how many neurons are selective. Column j of weights, stored as
// (pixel, neuron) in row-major order, is the field of neuron j.
func Selective(weights []float64, n, neurons int) (bars, selective int, err error) {
	if neurons < 1 || len(weights) != n*n*neurons {
		return 0, 0, fmt.Errorf("bars: %d weights, want %d pixels × %d neurons", len(weights), n*n, neurons)
	}
	covered := make([]bool, 2*n)
	field := make([]float64, n*n)
	for j := range neurons {
		for i := range field {
			field[i] = weights[i*neurons+j]
		}
		bar, ratio, err := BarOf(field, n)
		if err != nil {
			return 0, 0, err
		}
		if ratio >= 2 {
			selective++
			covered[bar] = true
		}
	}
	for _, c := range covered {
		if c {
			bars++
		}
	}
	return bars, selective, nil
}
