package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The number of bars on is binomial with 2n trials of probability 1/n.
func TestBarsFrequencies(t *testing.T) {
	const n, images = 8, 20_000
	r := rand.New(rand.NewPCG(1, 0))
	on := make([]float64, 2*n)
	empty := 0.0
	for range images {
		image := Bars(r, n)
		sum := 0.0
		for b := range 2 * n {
			full := true
			for _, pixel := range Bar(n, b) {
				full = full && image[pixel] == 1
			}
			if full {
				on[b]++
			}
		}
		for _, x := range image {
			if x != 0 && x != 1 {
				t.Fatalf("pixel %g, want 0 or 1", x)
			}
			sum += x
		}
		if sum == 0 {
			empty++
		}
	}
	// Five standard deviations of a binomial share. A bar that is off looks on
	// only when all bars across it are on: probability 8^-8.
	sd := math.Sqrt(1.0 / 8 * 7 / 8 / images)
	for b, count := range on {
		if share := count / images; math.Abs(share-1.0/8) > 5*sd {
			t.Errorf("bar %d is on in a share of %.4f of the images, want 0.125 ± %.4f", b, share, 5*sd)
		}
	}
	want := math.Pow(7.0/8, 16) // 11.8 %
	if share := empty / images; math.Abs(share-want) > 5*math.Sqrt(want*(1-want)/images) {
		t.Errorf("a share of %.4f of the images is empty, want %.4f", share, want)
	}
}

func TestBarsAreTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	got := ""
	for range 3 {
		image, bars := Bars(r, 8), ""
		for b := range 16 {
			full := true
			for _, pixel := range Bar(8, b) {
				full = full && image[pixel] == 1
			}
			if full {
				bars += fmt.Sprint(b, " ")
			}
		}
		got += bars + "| "
	}
	if got != goldenBars {
		t.Errorf("bars of seed 1: %q, want %q", got, goldenBars)
	}
}

const goldenBars = "2 6 7 10 13 | 2 6 14 | 2 6 7 8 | "

func TestSelective(t *testing.T) {
	const n, neurons = 4, 3
	w := make([]float64, n*n*neurons)
	set := func(neuron, bar int, x float64) {
		for _, p := range Bar(n, bar) {
			w[p*neurons+neuron] = x
		}
	}
	for i := range w {
		w[i] = 0.05
	}
	set(0, 1, 1) // selective for row 1: its mean 1, a column's (1+3·0.05)/4 = 0.29
	set(1, 1, 1) // the same bar again
	set(2, 5, 0.06)
	bars, selective, err := Selective(w, n, neurons)
	if bars != 1 || selective != 2 || err != nil {
		t.Errorf("bars %d, selective neurons %d, %v; want 1, 2", bars, selective, err)
	}
	if bar, ratio, _ := BarOf([]float64{0, 1, 0, 1}, 2); bar != 3 || ratio != 2 {
		t.Errorf("BarOf: bar %d, ratio %g, want 3 (column 1), 2", bar, ratio)
	}
	for _, bad := range []func() error{
		func() error { _, _, err := BarOf(nil, 8); return err },
		func() error { _, _, err := Selective(w, 4, 0); return err },
		func() error { _, _, err := Selective(w[1:], 4, 3); return err },
	} {
		if bad() == nil {
			t.Error("no error for a wrong length")
		}
	}
}
