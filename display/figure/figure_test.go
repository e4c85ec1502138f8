package figure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The range of values is the smallest that holds the finite ones, and a union
// is the range of all values together.
func TestRanges(t *testing.T) {
	if r := RangeOf([]float64{math.NaN(), math.Inf(1)}); r.Set {
		t.Errorf("range of nothing finite is %v, want none", r)
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -2 * Huge}))
		a := rapid.SliceOf(value).Draw(t, "a")
		b := rapid.SliceOf(value).Draw(t, "b")
		r := RangeOf(a)
		r.Union(RangeOf(b))
		if want := RangeOf(append(append([]float64{}, a...), b...)); r != want {
			t.Fatalf("union is %v, want %v", r, want)
		}
		if s := r.Span(); math.IsNaN(s) || math.IsInf(s, 0) || s < 0 {
			t.Fatalf("span of %v is %v", r, s)
		}
	})
}
