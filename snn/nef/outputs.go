package nef

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Piecewise is a function of time that keeps each value from its moment (s) to the
// next one, and is 0 before the first.
func Piecewise(values map[float64][]float64) Output {
	times := slices.Sorted(maps.Keys(values))
	if len(times) == 0 {
		return Output{mistake: fmt.Errorf("Piecewise has no values; give at least one, such as 0: {1}")}
	}
	width := len(values[times[0]])
	for _, t := range times {
		if len(values[t]) != width || math.IsNaN(t) {
			return Output{mistake: fmt.Errorf("Piecewise has %d numbers at %g s and %d at %g s, want equal sizes", len(values[t]), t, width, times[0])}
		}
	}
	rest := make([]float64, width)
	return OfTime(func(t float64) []float64 {
		i, found := slices.BinarySearch(times, t)
		if found {
			i++
		}
		if i == 0 {
			return rest
		}
		return values[times[i-1]]
	})
}

// PresentInput shows the rows one after the other, each for a time in seconds, and
// then begins again.
func PresentInput(rows [][]float64, each float64) Output {
	if len(rows) == 0 || !(each > 0) || !finite(each) {
		return Output{mistake: fmt.Errorf("PresentInput has %d rows for %g s each, want at least one and more than 0 s", len(rows), each)}
	}
	return OfTime(func(t float64) []float64 {
		// A hair later than the moment, so that rounding does not keep a row for a
		// step too long; the first step shows the first row.
		i := int((t-1e-7)/each + 1e-7)
		return rows[max(i, 0)%len(rows)]
	})
}
