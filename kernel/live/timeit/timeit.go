// Package timeit times code of cells for %timeit. Cells that use it are the only
// ones that link it.
package timeit

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

// Bounds of one measurement.
const (
	enough = 200 * time.Millisecond // one round takes about so long
	rounds = 7
)

// Run calls f, which repeats what is timed n times, until it knows how long once
// takes, and prints it: the shortest and the median of several rounds. n and r are
// the repetitions of a round and the number of rounds; 0 means as many as needed.
func Run(n, r int, f func(n int)) {
	if r <= 0 {
		r = rounds
	}
	f(1) // caches, first allocations
	if n <= 0 {
		n = repetitions(f)
	}
	times := make([]float64, 0, r)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range r {
		if interrupt.Requested() {
			interrupt.Panic()
		}
		start := time.Now()
		f(n)
		times = append(times, time.Since(start).Seconds()/float64(n))
	}
	runtime.ReadMemStats(&after)
	total := uint64(n) * uint64(r)
	best, middle := summary(times)
	fmt.Fprintf(os.Stdout, "%s per loop (median %s), %d rounds of %d; %d B and %d allocations per loop\n",
		duration(best), duration(middle), r, n, (after.TotalAlloc-before.TotalAlloc)/total, (after.Mallocs-before.Mallocs)/total)
}

// repetitions finds how many fill a round.
func repetitions(f func(int)) int {
	n := 1
	for {
		start := time.Now()
		f(n)
		d := time.Since(start)
		if d > enough/2 || n >= 1<<30 {
			return n
		}
		next := 2 * n
		if d > time.Millisecond {
			next = int(float64(n) * float64(enough) / float64(d))
		} else if d < 10*time.Microsecond {
			next = 10 * n
		}
		n = max(n+1, min(next, 100*n))
	}
}

// summary is the smallest and the median of times.
func summary(times []float64) (best, middle float64) {
	sorted := append([]float64(nil), times...)
	for i := range sorted { // few: insertion
		for k := i; k > 0 && sorted[k] < sorted[k-1]; k-- {
			sorted[k], sorted[k-1] = sorted[k-1], sorted[k]
		}
	}
	m := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[0], sorted[m]
	}
	return sorted[0], (sorted[m-1] + sorted[m]) / 2
}

// duration is a time in seconds with three digits and a unit.
func duration(s float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}} {
		if s >= u.size || u.name == "ns" {
			v := s / u.size
			digits := 2
			if v > 0 {
				digits = max(0, 2-int(math.Floor(math.Log10(v))))
			}
			return fmt.Sprintf("%.*f %s", min(digits, 3), v, u.name)
		}
	}
	return ""
}

// Keep makes the compiler believe that a value is used.
func Keep(any) {}
