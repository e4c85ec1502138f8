package timeit

import "testing"

func TestDuration(t *testing.T) {
	for s, want := range map[float64]string{1.5: "1.50 s", 0.25: "250 ms", 12.34e-6: "12.3 µs", 3.2e-9: "3.20 ns", 0.4e-9: "0.400 ns", 0: "0.00 ns", 75: "75.0 s"} {
		if got := duration(s); got != want {
			t.Errorf("%g s: %q, want %q", s, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	if best, middle := summary([]float64{3, 1, 2}); best != 1 || middle != 2 {
		t.Error(best, middle)
	}
	if best, middle := summary([]float64{4, 1, 3, 2}); best != 1 || middle != 2.5 {
		t.Error(best, middle)
	}
}

func TestRunCounts(t *testing.T) {
	calls, loops := 0, 0
	Run(10, 3, func(n int) { calls++; loops += n })
	if calls != 4 || loops != 31 { // once to begin with
		t.Errorf("%d calls, %d loops", calls, loops)
	}
}
