package plantest

import (
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
)

// CheckBars compares a backend with recorded values of the bar learning
// network: sums of weights and rates and single entries after 1 and 2 steps and
// after 1, 5 and 20 trials of 50 steps.
func CheckBars(t *testing.T, backend plan.Backend) {
	t.Helper()
	b := NewBars(plan.F64)
	x, err := backend.Compile(b.Program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	s := b.State()
	r, ff, lat := s.F64[b.R], s.F64[b.FF], s.F64[b.Lat]
	run := func(n int64) {
		t.Helper()
		if done, err := x.Run(s, n, nil); err != nil || done != n {
			t.Fatalf("%s: ran %d of %d steps: %v", backend.Name(), done, n, err)
		}
	}
	sum := func(a []float64) (v float64) {
		for _, x := range a {
			v += x
		}
		return v
	}
	// The recorded numbers have 12 digits after the point, so half a unit of
	// the last one is allowed beside tol, the difference of two orders of
	// summation.
	equal := func(what string, got, want, tol float64) {
		t.Helper()
		if tol += 0.5e-12; !(math.Abs(got-want) <= tol) {
			t.Errorf("%s: %s is %.13f, want %.13f ± %.1g", backend.Name(), what, got, want, tol)
		}
	}
	sums := func(when string, wff, wlat, rates float64, active int, tol float64) {
		t.Helper()
		equal("Σ wff after "+when, sum(ff), wff, 4*tol) // sums of 2048 numbers near 500 have errors of 1e-13 each way
		equal("Σ wlat after "+when, sum(lat), wlat, 4*tol)
		equal("Σ r after "+when, sum(r), rates, tol)
		n := 0
		for _, v := range r {
			if v > 0 {
				n++
			}
		}
		if active >= 0 && n != active {
			t.Errorf("%s: %d neurons are active after %s, want %d", backend.Name(), n, when, active)
		}
	}
	largest := func(when string, which int, want, tol float64) {
		t.Helper()
		for j, v := range r {
			if v > r[which] {
				t.Errorf("%s: largest rate after %s is r[%d] = %v, want r[%d]", backend.Name(), when, j, v, which)
			}
		}
		equal("largest r after "+when, r[which], want, tol)
	}
	w := func(post, pre int) float64 { return ff[pre*32+post] }
	l := func(post, pre int) float64 { return lat[pre*32+post] }

	const first, last = 1e-12, 1e-11
	var in Input
	in.Next(s.F64[b.In])
	run(1)
	sums("1 step", 511.655565421655, 490.487604325153, 6.378146679881, 32, first)
	equal("r[0] after 1 step", r[0], 0.232259663033, first)
	largest("1 step", 17, 0.240584737364, first)
	equal("wff[0][0] after 1 step", w(0, 0), 0.0064406317559, first)
	equal("wff[0][1] after 1 step", w(0, 1), 0.4305314612193, first)
	equal("wff[0][2] after 1 step", w(0, 2), 0.3547301797848, first)
	run(1)
	sums("2 steps", 511.646965845856, 490.489740168570, 2.384968889735, 28, first)
	largest("2 steps", 0, 0.213403731583, first)
	equal("wlat[0][1] after 2 steps", l(0, 1), 0.0296483830072, first)
	equal("wlat[0][2] after 2 steps", l(0, 2), 0.0523386328933, first)
	equal("wlat[0][3] after 2 steps", l(0, 3), 0.0750631073021, first)
	run(48)
	sums("1 trial", 505.047398352367, 490.633128423961, 4.384322394865, 9, first)
	equal("r[0] after 1 trial", r[0], 1.008644462363, first)
	equal("wff[31][61] after 1 trial", w(31, 61), 0.4592724987543, first)
	equal("wff[31][62] after 1 trial", w(31, 62), 0.3834702416783, first)
	equal("wff[31][63] after 1 trial", w(31, 63), 0.3078688079803, first)
	for range 4 {
		in.Next(s.F64[b.In])
		run(50)
	}
	sums("5 trials", 454.908783495073, 494.701414225860, 4.210203785619, -1, last)
	largest("5 trials", 18, 0.969768140131, last)
	equal("wff[0][0] after 5 trials", w(0, 0), 0.0170979913679, last)
	equal("wff[0][1] after 5 trials", w(0, 1), 0.3129591623568, last)
	equal("wff[0][2] after 5 trials", w(0, 2), 0.2600774343646, last)
	for range 15 {
		in.Next(s.F64[b.In])
		run(50)
	}
	sums("20 trials", 345.917821414320, 503.627062015217, 5.325148985240, 12, last)
	largest("20 trials", 2, 0.943463600916, last)
	for i := range 32 {
		if lat[i*32+i] != 0 {
			t.Errorf("%s: self-connection %d has the weight %v, want 0", backend.Name(), i, lat[i*32+i])
		}
	}
}
