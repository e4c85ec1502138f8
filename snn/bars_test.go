package snn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn"
)

// bars is the network of the bar-learning tutorial.
type bars struct {
	net     *snn.Network
	in, pop *snn.Population
	ff, lat *snn.Projection
}

func newBars(ff, lat any, seed uint64) bars {
	leaky := snn.Rate("tau*dr/dt + r = sum(exc) - sum(inh) : min=0", snn.P{"tau": 10})
	oja := snn.Synapse("tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=min_w",
		snn.P{"tau": 2000, "alpha": 8, "min_w": 0})
	var b bars
	b.net = snn.New("bars", snn.Seed(seed))
	b.in = b.net.Input("inp", 8, 8)
	b.pop = b.net.Population("pop", leaky, 8, 4)
	b.ff = b.net.Connect(b.in, b.pop, snn.AllToAll()).Target("exc").Learn(oja).Weight(ff)
	b.lat = b.net.Connect(b.pop, b.pop, snn.AllToAll()).Target("inh").Learn(oja.With("alpha", 0.3)).Weight(lat)
	return b
}

// tested are the backends of tests with recorded numbers.
var tested = []snn.Backend{snn.Ref, snn.CC}

func backends(t *testing.T) []snn.Backend {
	t.Helper()
	return tested
}

// checkValues are those of the spec equations-annarchy-brian §4.6, recorded
// from ANNarchy 5.0.3.
var checkValues = []struct {
	steps           int // in all, from the start
	wff, wlat, r    float64
	active, largest int // neurons with r > 0; the one with the largest r, or -1 when not recorded
	value           float64
	tolerance       float64
}{
	{1, 511.655565421655, 490.487604325153, 6.378146679881, 32, 17, 0.240584737364, 1e-12},
	{2, 511.646965845856, 490.489740168570, 2.384968889735, 28, 0, 0.213403731583, 1e-12},
	{50, 505.047398352367, 490.633128423961, 4.384322394865, 9, 0, 1.008644462363, 1e-12},
	{250, 454.908783495073, 494.701414225860, 4.210203785619, -1, 18, 0.969768140131, 1e-11},
	{1000, 345.917821414320, 503.627062015217, 5.325148985240, 12, 2, 0.943463600916, 1e-11},
}

func TestBarLearningCheckValues(t *testing.T) {
	ff := make([]float64, 64*32)
	for i := range 32 { // feature
		for j := range 64 { // pixel
			ff[j*32+i] = 0.5 * float64(((64*i+j)*7919+13)%1009) / 1009
		}
	}
	lat := make([]float64, 32*32)
	for i := range 32 { // the neuron inhibited
		for k := range 32 {
			if k != i {
				lat[k*32+i] = float64(((32*i+k)*6101+7)%1013) / 1013
			}
		}
	}
	for _, backend := range backends(t) {
		t.Run(backend.Name(), func(t *testing.T) {
			b := newBars(ff, lat, 1)
			sim, err := b.net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			defer sim.Close()
			s := uint32(12345)
			bar := func() bool {
				s = (1103515245*s + 12345) & (1<<31 - 1)
				return (s>>16)%8 == 0
			}
			done := 0
			next := func() {
				if done%50 == 0 { // a new trial
					sim.Var(b.in, "r").Fill(0)
					for row := range 8 {
						if bar() {
							sim.Var(b.in.Row(row), "r").Fill(1)
						}
					}
					for col := range 8 {
						if bar() {
							sim.Var(b.in.Col(col), "r").Fill(1)
						}
					}
				}
				if err := sim.Run(1); err != nil {
					t.Fatal(err)
				}
				done++
			}
			for _, want := range checkValues {
				for done < want.steps {
					next()
				}
				r := sim.Var(b.pop, "r").Values()
				active, largest := 0, 0
				for i, x := range r {
					if x > 0 {
						active++
					}
					if x > r[largest] {
						largest = i
					}
				}
				// The table has twelve decimals; relative to the sums' size.
				near := func(what string, got, want, tol float64) {
					t.Helper()
					if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))+5e-13) {
						t.Errorf("after %d steps: %s = %.15g, want %.15g ± %g", done, what, got, want, tol)
					}
				}
				near("Σ wff", sum(sim.Var(b.ff, "w").Values()), want.wff, want.tolerance)
				near("Σ wlat", sum(sim.Var(b.lat, "w").Values()), want.wlat, want.tolerance)
				near("Σ r", sum(r), want.r, want.tolerance)
				near(fmt.Sprintf("r[%d]", want.largest), r[want.largest], want.value, want.tolerance)
				if largest != want.largest || want.active >= 0 && active != want.active {
					t.Errorf("after %d steps: largest r[%d], %d active; want r[%d], %d", done, largest, active, want.largest, want.active)
				}
			}
		})
	}
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

// train runs the tutorial's trials.
func (b bars) train(sim *snn.Sim, r *rand.Rand, trials int) error {
	input := sim.Var(b.in, "r")
	for range trials {
		input.Set(datasets.Bars(r, 8))
		if err := sim.Run(50 * snn.Millisecond); err != nil {
			return err
		}
	}
	return sim.Err()
}

// responses is the response test of the spec §4.3: bars whose strongest
// neuron also responds most to that bar.
func (b bars) responses(sim *snn.Sim) int {
	sim.Learning(b.ff, false)
	sim.Learning(b.lat, false)
	response := make([][]float64, 16)
	image := make([]float64, 64)
	for bar := range response {
		clear(image)
		for _, pixel := range datasets.Bar(8, bar) {
			image[pixel] = 1
		}
		sim.Var(b.in, "r").Set(image)
		sim.Var(b.pop, "r").Fill(0)
		sim.Run(50)
		response[bar] = sim.Var(b.pop, "r").Values()
	}
	count := 0
	for bar, r := range response {
		winner := argmax(r)
		own := make([]float64, 16)
		for k := range own {
			own[k] = response[k][winner]
		}
		if argmax(own) == bar {
			count++
		}
	}
	return count
}

func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// The acceptance of the spec §4.3, on 20 seeds fixed in advance: 1 to 20.
func TestBarLearningSucceeds(t *testing.T) {
	const seeds = 20
	covered, worst, perfect := 0, 16, 0
	for seed := uint64(1); seed <= seeds; seed++ {
		b := newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), seed)
		sim, err := b.net.Build()
		if err != nil {
			t.Fatal(err)
		}
		if before, _, _ := datasets.Selective(sim.Var(b.ff, "w").Values(), 8, 32); before != 0 {
			t.Errorf("seed %d: %d bars covered before training, want 0", seed, before)
		}
		if err := b.train(sim, rand.New(rand.NewPCG(seed, 0)), 10_000); err != nil {
			t.Fatal(err)
		}
		coverage, selective, err := datasets.Selective(sim.Var(b.ff, "w").Values(), 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		responses := b.responses(sim)
		t.Logf("seed %d: %d of 16 bars covered, %d selective neurons, response test %d", seed, coverage, selective, responses)
		if coverage < 12 || responses < 15 {
			t.Errorf("seed %d: coverage %d, response test %d; want at least 12 and 15", seed, coverage, responses)
		}
		covered += coverage
		worst = min(worst, coverage)
		if responses == 16 {
			perfect++
		}
		sim.Close()
	}
	if mean := float64(covered) / seeds; mean < 14.5 || perfect < 18 {
		t.Errorf("mean coverage %.2f, %d perfect response tests; want at least 14.5 and 18", mean, perfect)
	}
	t.Logf("mean coverage %.2f, least %d, perfect response tests %d of %d", float64(covered)/seeds, worst, perfect, seeds)
}

func BenchmarkBarLearning(b *testing.B) {
	for _, backend := range []snn.Backend{snn.Ref, snn.CC} {
		b.Run(backend.Name(), func(b *testing.B) {
			for range b.N {
				net := newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), 1)
				sim, err := net.net.Build(snn.On(backend))
				if err != nil {
					b.Fatal(err)
				}
				if err := net.train(sim, rand.New(rand.NewPCG(1, 0)), 10_000); err != nil {
					b.Fatal(err)
				}
				sim.Close()
			}
		})
	}
}

// BenchmarkBuildCold builds on CC with an empty cache, so that the C compiler runs.
func BenchmarkBuildCold(b *testing.B) {
	for range b.N {
		b.Setenv("SPIKEBOOK_CACHE", b.TempDir())
		sim, err := newBars(snn.Uniform(0, 0.5), snn.Uniform(0, 1), 1).net.Build(snn.On(snn.CC))
		if err != nil {
			b.Fatal(err)
		}
		sim.Close()
	}
}
