package display

import (
	"slices"
	"testing"
	"time"
)

type millisecond float64

// Slices of named kinds of numbers are numbers, of anything else are not.
func TestNamedNumbers(t *testing.T) {
	for _, v := range []any{[]millisecond{1, 2.5}, []time.Duration{1, 2}, []rune{1, 2}} {
		x, err := values(v)
		if err != nil || len(x) != 2 || x[0] != 1 {
			t.Errorf("%T: %v, %v", v, x, err)
		}
	}
	if x, _ := values([]millisecond{1, 2.5}); !slices.Equal(x, []float64{1, 2.5}) {
		t.Errorf("%v", x)
	}
	for _, v := range []any{[]string{"1"}, "12", 3, []complex128{1}} {
		if _, err := values(v); err == nil {
			t.Errorf("%T is taken for numbers", v)
		}
	}
}
