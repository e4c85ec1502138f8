package rng

import (
	"archive/zip"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/npy"
)

// npz reads a zip of npy files of float64.
func npz(t *testing.T, name string) map[string][]float64 {
	t.Helper()
	z, err := zip.OpenReader("testdata/" + name)
	must(t, err)
	defer z.Close()
	arrays := map[string][]float64{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		a, err := npy.Read[float64](r)
		must(t, err)
		arrays[strings.TrimSuffix(f.Name, ".npy")] = a.Data
		r.Close()
	}
	return arrays
}

// The draws recorded beside Nengo with NumPy 1.24.2: the sequences of the legacy
// generator have not changed since. Each array starts anew from the seed; its
// _next is the word that follows. The tolerances are those of the recording: 1
// ulp for normal numbers, relative 1e-14 for what is computed from them, else
// none.
func TestNengoDraws(t *testing.T) {
	p4 := []float64{.1, .2, .3, .4}
	p6 := []float64{.1, .1, .2, .2, .3, .1}
	fill := func(f func(r *RandomState, d []float64)) func(*RandomState, int) []float64 {
		return func(r *RandomState, n int) []float64 {
			d := make([]float64, n)
			f(r, d)
			return d
		}
	}
	ints := func(f func(r *RandomState, d []int64) error) func(*RandomState, int) []float64 {
		return func(r *RandomState, n int) []float64 {
			d := make([]int64, n)
			must(t, f(r, d))
			return asFloats(d)
		}
	}
	randint := func(low, high int64) func(*RandomState, int) []float64 {
		return ints(func(r *RandomState, d []int64) error { return r.FillRandint(d, low, high) })
	}
	choice := func(n int, replace bool, p []float64) func(*RandomState, int) []float64 {
		return func(r *RandomState, size int) []float64 {
			d, err := r.Choice(n, size, replace, p)
			must(t, err)
			return asFloats(d)
		}
	}
	words := func(skip int) func(*RandomState, int) []float64 {
		return fill(func(r *RandomState, d []float64) {
			for range skip {
				r.Uint32()
			}
			for i := range d {
				d[i] = float64(r.Uint32())
			}
		})
	}
	binomial := func(n int64, p float64) func(*RandomState, int) []float64 {
		return ints(func(r *RandomState, d []int64) error { return r.FillBinomial(d, n, p) })
	}
	poisson := func(lam float64) func(*RandomState, int) []float64 {
		return ints(func(r *RandomState, d []int64) error { return r.FillPoisson(d, lam) })
	}
	gamma := func(shape float64) func(*RandomState, int) []float64 {
		return fill(func(r *RandomState, d []float64) { must(t, r.FillGamma(d, shape, 1)) })
	}
	randn := fill(func(r *RandomState, d []float64) { r.FillRandn(d) })
	draws := map[string]struct {
		draw     func(*RandomState, int) []float64
		ulp, rel float64
	}{
		"state":                   {fill(func(r *RandomState, d []float64) { k := r.GetState().Key; copy(d, asFloats(k[:])) }), 0, 0},
		"words":                   {words(0), 0, 0},
		"words_614_to_633":        {words(614), 0, 0},
		"words_1980_to_1999":      {words(1980), 0, 0},
		"random_sample":           {fill((*RandomState).FillRandomSample), 0, 0},
		"uniform_m2_3":            {fill(func(r *RandomState, d []float64) { must(t, r.FillUniform(d, -2, 3)) }), 0, 0},
		"uniform_200_400":         {fill(func(r *RandomState, d []float64) { must(t, r.FillUniform(d, 200, 400)) }), 0, 0},
		"randn":                   {randn, 1, 0},
		"randn_7":                 {randn, 1, 0},
		"randn_4x5":               {randn, 1, 0},
		"normal_1_2":              {fill(func(r *RandomState, d []float64) { must(t, r.FillNormal(d, 1, 2)) }), 0, 1e-14},
		"kept_normal":             {keptNormal, 1, 0},
		"randint_max":             {fill(func(r *RandomState, d []float64) { drawSeeds(r, d) }), 0, 0},
		"randint_0_1":             {randint(0, 1), 0, 0},
		"randint_0_2":             {randint(0, 2), 0, 0},
		"randint_0_3":             {randint(0, 3), 0, 0},
		"randint_0_7":             {randint(0, 7), 0, 0},
		"randint_0_8":             {randint(0, 8), 0, 0},
		"randint_0_10":            {randint(0, 10), 0, 0},
		"randint_5_17":            {randint(5, 17), 0, 0},
		"randint_m3_4":            {randint(-3, 4), 0, 0},
		"randint_0_1000":          {randint(0, 1000), 0, 0},
		"randint_0_65537":         {randint(0, 65537), 0, 0},
		"randint_2p32":            {randint(0, 1<<32), 0, 0},
		"randint_2p32_1":          {randint(0, 1<<32+1), 0, 0},
		"randint_2p40":            {randint(0, 1<<40), 0, 0},
		"permutation_10":          {permutation, 0, 0},
		"permutation_1":           {permutation, 0, 0},
		"permutation_100":         {permutation, 0, 0},
		"permutation_rows":        {shuffledRows, 0, 0},
		"choice_5":                {choice(5, true, nil), 0, 0},
		"choice_array":            {primes, 0, 0},
		"choice_5_3_noreplace":    {choice(5, false, nil), 0, 0},
		"choice_100_10_noreplace": {choice(100, false, nil), 0, 0},
		"choice_p":                {choice(4, true, p4), 0, 0},
		"choice_p_noreplace":      {choice(6, false, p6), 0, 0},
		"exponential_2":           {fill(func(r *RandomState, d []float64) { must(t, r.FillExponential(d, 2)) }), 0, 1e-14},
		"binomial_1_01":           {binomial(1, .1), 0, 0},
		"binomial_1_05":           {binomial(1, .5), 0, 0},
		"binomial_1_09":           {binomial(1, .9), 0, 0},
		"binomial_10_03":          {binomial(10, .3), 0, 0},
		"binomial_10_07":          {binomial(10, .7), 0, 0},
		"binomial_100_04":         {binomial(100, .4), 0, 0},
		"poisson_05":              {poisson(.5), 0, 0},
		"poisson_3":               {poisson(3), 0, 0},
		"poisson_20":              {poisson(20), 0, 0},
		"standard_gamma_03":       {gamma(.3), 0, 1e-14},
		"standard_gamma_1":        {gamma(1), 0, 1e-14},
		"standard_gamma_25":       {gamma(2.5), 0, 1e-14},
		"beta_05_1":               {fill(func(r *RandomState, d []float64) { must(t, r.FillBeta(d, .5, 1)) }), 0, 1e-14},
		"beta_05_75":              {fill(func(r *RandomState, d []float64) { must(t, r.FillBeta(d, .5, 7.5)) }), 0, 1e-14},
		"shuffle_10":              {permutation, 0, 0},
		"shuffle_rows":            {shuffledRows, 0, 0},
	}
	for name, seed := range map[string]uint32{"rng_seed_0.npz": 0, "rng_seed_1.npz": 1, "rng_seed_7.npz": 7, "rng_seed_max.npz": math.MaxUint32} {
		arrays := npz(t, name)
		for array, want := range arrays {
			draw, known := strings.CutSuffix(array, "_next")
			if draw == "shuffle_0" || draw == "shuffle_1" {
				r := NewRandomState(seed)
				r.Shuffle(int(draw[len(draw)-1]-'0'), func(i, j int) { t.Errorf("%s: %s swaps %d and %d", name, draw, i, j) })
				if got := float64(r.Uint32()); got != want[0] {
					t.Errorf("%s: the word after %s is %.0f, want %.0f", name, draw, got, want[0])
				}
				continue
			}
			d, ok := draws[draw]
			if !ok {
				t.Errorf("%s: no draw for %s", name, array)
				continue
			}
			r := NewRandomState(seed)
			if known {
				d.draw(r, len(arrays[draw]))
				if got := float64(r.Uint32()); got != want[0] {
					t.Errorf("%s: the word after %s is %.0f, want %.0f", name, draw, got, want[0])
				}
				continue
			}
			got := d.draw(r, len(want))
			for i, w := range want {
				if !(ulps(got[i], w) <= uint64(d.ulp) || math.Abs(got[i]-w) <= d.rel*math.Abs(w)) {
					t.Errorf("%s: %s[%d] = %v, want %v (within %v ulp or relative %v)", name, draw, i, got[i], w, d.ulp, d.rel)
				}
			}
		}
		if len(arrays) < 90 {
			t.Errorf("%s has only %d arrays", name, len(arrays))
		}
	}
	arrays := npz(t, "rng_seed_array.npz")
	for array, seeds := range map[string][]uint32{"array_1_2_3_words": {1, 2, 3}, "array_0_words": {0}} {
		r, err := NewRandomStateArray(seeds)
		must(t, err)
		for i, w := range arrays[array] {
			if got := float64(r.Uint32()); got != w {
				t.Errorf("%s[%d] = %.0f, want %.0f", array, i, got, w)
			}
		}
	}
}

func asFloats[T Integer](d []T) []float64 {
	out := make([]float64, len(d))
	for i, v := range d {
		out[i] = float64(v)
	}
	return out
}

func drawSeeds(r *RandomState, d []float64) {
	for i := range d {
		d[i] = float64(r.DrawSeed())
	}
}

func permutation(r *RandomState, n int) []float64 { return asFloats(r.Permutation(n)) }

// shuffledRows are the rows of a matrix of n numbers 0, 1, … in three columns.
func shuffledRows(r *RandomState, n int) []float64 {
	var d []float64
	for _, i := range r.Permutation(n / 3) {
		d = append(d, float64(3*i), float64(3*i+1), float64(3*i+2))
	}
	return d
}

func primes(r *RandomState, n int) []float64 {
	d := make([]int, n)
	if r.FillChoice(d, 4, true, nil) != nil {
		return nil
	}
	for i, c := range d {
		d[i] = []int{2, 3, 5, 7}[c]
	}
	return asFloats(d)
}

// keptNormal mixes normal numbers with others, which do not touch the kept one.
func keptNormal(r *RandomState, _ int) []float64 {
	d := []float64{r.Randn(), r.RandomSample(), r.Randn()}
	n, _ := r.Randint(0, 10)
	d = append(d, float64(n), r.Randn())
	d = append(d, asFloats(r.Permutation(3))...)
	return append(d, r.Randn())
}

// The seeds of a Nengo network: one for each object, kind after kind.
func TestNengoSeeds(t *testing.T) {
	arrays := npz(t, "seeds_flat.npz")
	for name, seed := range map[string]int64{"seed0_net0_": 0, "seed7_net0_": 7, "seed4294967294_net0_": 4294967294} {
		s, err := CheckSeed(seed)
		must(t, err)
		r := NewRandomState(s)
		for _, kind := range []string{"connections", "ensembles", "networks", "nodes", "probes"} {
			want, ok := arrays[name+kind]
			if !ok {
				t.Errorf("seeds_flat.npz has no %s%s", name, kind)
			}
			for i, w := range want {
				if got := float64(r.DrawSeed()); got != w {
					t.Errorf("%s%s[%d] = %.0f, want %.0f", name, kind, i, got, w)
				}
			}
		}
	}
}

// A state continues where it was taken, the kept normal number included, and
// filling an array is the same as drawing one after the other.
func TestStateContinues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewRandomState(rapid.Uint32().Draw(t, "seed"))
		for range rapid.IntRange(0, 700).Draw(t, "words") {
			a.Uint32()
		}
		for range rapid.IntRange(0, 3).Draw(t, "normals") {
			a.Randn()
		}
		b := new(RandomState)
		if err := b.SetState(a.GetState()); err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, 50).Draw(t, "n")
		one, all := make([]float64, n), make([]float64, n)
		for i := range one {
			one[i], _ = a.Gamma(1.5, 2)
		}
		if err := b.FillGamma(all, 1.5, 2); err != nil {
			t.Fatal(err)
		}
		for i := range one {
			if one[i] != all[i] {
				t.Fatalf("draw %d is %v one at a time, %v in an array", i, one[i], all[i])
			}
		}
		if a.GetState() != b.GetState() {
			t.Fatal("the states differ afterwards")
		}
	})
}

// Draws keep to their ranges, whatever the parameters, and end.
func TestRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRandomState(rapid.Uint32().Draw(t, "seed"))
		low, high := rapid.Int64().Draw(t, "low"), rapid.Int64().Draw(t, "high")
		if x, err := r.Randint(low, high); (err == nil) != (low < high) || err == nil && (x < low || x >= high) {
			t.Errorf("Randint(%d, %d) = %d, %v", low, high, x, err)
		}
		d := make([]int8, 20)
		l8, h8 := rapid.Int8().Draw(t, "low8"), rapid.Int8().Draw(t, "high8")
		if err := RandomIntegers(r, d, l8, h8); (err == nil) != (l8 <= h8) {
			t.Errorf("RandomIntegers(%d, %d): %v", l8, h8, err)
		} else if err == nil {
			for _, x := range d {
				if x < l8 || x > h8 {
					t.Errorf("RandomIntegers(%d, %d) = %d", l8, h8, x)
				}
			}
		}
		n, p := rapid.Int64Range(0, 1<<50).Draw(t, "n"), rapid.Float64Range(0, 1).Draw(t, "p")
		if x, err := r.Binomial(n, p); err != nil || x < 0 || x > n {
			t.Errorf("Binomial(%d, %v) = %d, %v", n, p, x, err)
		}
		lam := rapid.Float64Range(0, 1e18).Draw(t, "lam")
		if x, err := r.Poisson(lam); err != nil || x < 0 {
			t.Errorf("Poisson(%v) = %d, %v", lam, x, err)
		}
		shape := rapid.Float64Range(0, 1e6).Draw(t, "shape")
		if x, err := r.Gamma(shape, 1); err != nil || !(x >= 0) {
			t.Errorf("Gamma(%v) = %v, %v", shape, x, err)
		}
		a, b := rapid.Float64Range(1e-3, 1e6).Draw(t, "a"), rapid.Float64Range(1e-3, 1e6).Draw(t, "b")
		if x, err := r.Beta(a, b); err != nil || !(x >= 0 && x <= 1) {
			t.Errorf("Beta(%v, %v) = %v, %v", a, b, x, err)
		}
		k := rapid.IntRange(0, 40).Draw(t, "k")
		c, err := r.Choice(40, k, false, nil)
		seen := map[int]bool{}
		for _, i := range c {
			if i < 0 || i >= 40 || seen[i] {
				t.Errorf("Choice(40, %d) without replacement = %v", k, c)
			}
			seen[i] = true
		}
		if err != nil || len(c) != k {
			t.Errorf("Choice(40, %d) gives %d indices, %v", k, len(c), err)
		}
	})
}

// A RandomState is a source for math/rand/v2, and Tomaxint are the same words.
func TestUint64(t *testing.T) {
	a, b := NewRandomState(5), NewRandomState(5)
	var source rand.Source = a
	for range 3 {
		hi, lo := uint64(b.Uint32()), uint64(b.Uint32())
		if got, want := source.Uint64(), hi<<32|lo; got != want {
			t.Errorf("Uint64 is %#x, want %#x", got, want)
		}
	}
	if x, y := a.Tomaxint(), b.Uint64(); uint64(x) != y>>1 {
		t.Errorf("Tomaxint is %#x of the words %#x", x, y)
	}
}

// Filling allocates nothing.
func TestFillsDoNotAllocate(t *testing.T) {
	r := NewRandomState(1)
	d, n := make([]float64, 100), make([]int64, 100)
	if a := testing.AllocsPerRun(10, func() {
		r.FillRandomSample(d)
		_ = r.FillUniform(d, -1, 1)
		r.FillRandn(d)
		_ = r.FillNormal(d, 0, 1)
		_ = r.FillExponential(d, 1)
		_ = r.FillGamma(d, .5, 1)
		_ = r.FillBeta(d, .5, .5)
		_ = r.FillRandint(n, 0, 10)
		_ = r.FillBinomial(n, 100, .4)
		_ = r.FillPoisson(n, 20)
		_ = RandomIntegers(r, n, 0, 10)
		_, _ = r.Uniform(0, 1)
		_, _ = r.Randint(0, 5)
	}); a != 0 {
		t.Errorf("%v allocations, want 0", a)
	}
}

// Each bad parameter fails by name, and nothing is drawn.
func TestNonsense(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	r := NewRandomState(1)
	start := r.GetState()
	second := func(_ any, err error) error { return err }
	bad := start
	bad.Pos = 625
	dead := start
	dead.Key = [624]uint32{1} // the one bit of word 0 that counts is not set
	strange := start
	strange.HasGauss, strange.Gauss = true, nan
	for _, c := range []struct {
		err  error
		want string // part of the message
	}{
		{second(NewRandomStateArray(nil)), "no seeds given"},
		{second(CheckSeed(-1)), "seed is -1, want 0 to 4294967295"},
		{second(CheckSeed(1 << 32)), "seed is 4294967296"},
		{r.SetState(LegacyState{}), "Key is all zeros"},
		{r.SetState(dead), "Key is all zeros"},
		{r.SetState(bad), "Pos is 625"},
		{r.SetState(strange), "Gauss is NaN"},
		{second(r.Uniform(0, nan)), "Uniform: range 0 to NaN"},
		{second(r.Uniform(-1e308, 1e308)), "width +Inf"},
		{second(r.Uniform(inf, inf)), "width NaN"},
		{second(r.Normal(nan, 1)), "loc is NaN"},
		{second(r.Normal(0, -1)), "scale is -1"},
		{second(r.Normal(0, nan)), "scale is NaN"},
		{r.FillNormal(nil, 0, math.Copysign(0, -1)), "FillNormal: scale is -0"},
		{second(r.Exponential(-2)), "scale is -2"},
		{second(r.Gamma(-1, 1)), "shape is -1"},
		{second(r.Gamma(1, nan)), "scale is NaN"},
		{second(r.Beta(0, 1)), "a is 0 and b is 1"},
		{second(r.Beta(1, nan)), "b is NaN"},
		{second(r.Randint(5, 5)), "low is 5 and high is 5"},
		{RandomIntegers(r, make([]uint8, 1), 3, 2), "low is 3 and high is 2"},
		{second(r.Binomial(-1, .5)), "n is -1"},
		{second(r.Binomial(1, 1.5)), "p is 1.5"},
		{second(r.Binomial(1, nan)), "p is NaN"},
		{second(r.Poisson(-1)), "lam is -1"},
		{second(r.Poisson(nan)), "lam is NaN"},
		{second(r.Poisson(9.3e18)), "lam is 9.3e+18"},
		{second(r.Choice(0, 1, true, nil)), "n is 0"},
		{second(r.Choice(-1, 0, true, nil)), "n is -1"},
		{second(r.Choice(3, -1, true, nil)), "size is -1"},
		{second(r.Choice(3, math.MaxInt, false, nil)), "different indices of 3 wanted"},
		{second(r.Choice(3, 1, true, []float64{1})), "p has 1 entries, want n, which is 3"},
		{second(r.Choice(2, 1, true, []float64{.5, .6})), "sum 1.1, want 1"},
		{second(r.Choice(2, 1, true, []float64{1.5, -.5})), "p[1] is -0.5"},
		{second(r.Choice(2, 1, true, []float64{1, nan})), "p[1] is NaN"},
		{second(r.Choice(2, 1, true, []float64{inf, 0})), "sum"},
		{second(r.Choice(3, 2, false, []float64{1, 0, 0})), "only 1 entries of p"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", c.err, c.want)
		}
	}
	func() {
		defer func() {
			if e := recover(); !strings.Contains(fmt.Sprint(e), "rng.NewRandomState") {
				t.Errorf("the zero RandomState: panic %v, want one that names NewRandomState", e)
			}
		}()
		new(RandomState).Randn()
	}()
	if r.GetState() != start {
		t.Error("a refused call has changed the generator")
	}
}
