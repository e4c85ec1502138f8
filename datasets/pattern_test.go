package datasets

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// The values were recorded from NEST's regression example with NumPy 1.24.2, seed
// 1, after its weights: 202×100 normal numbers.
func TestPatternDrawsTheExamplesTrial(t *testing.T) {
	r := rng.NewRandomState(1)
	r.FillRandn(make([]float64, 202*100))
	p := DefaultPattern()
	trial, err := p.Draw(r)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want []float64) {
		t.Helper()
		for k := range want {
			if !(math.Abs(got[k]-want[k]) <= 1e-15) {
				t.Errorf("%s %d: got %.17g, want %.17g", what, k, got[k], want[k])
			}
		}
	}
	near("amplitude", trial.Amplitudes, []float64{0.9265425331289192, 0.6448293827956626, 1.8457375292541578, 1.8557974141181244})
	near("phase", trial.Phases, []float64{5.125405926614921, 1.268701526418772, 0.32480182542520974, 4.984642119205695})
	near("target", trial.Target, []float64{0, 0.011049927676518722, 0.0223986542783051, 0.034040020483917945})

	spikes, second := 0, []int(nil)
	for k, spike := range trial.Spikes {
		if !spike {
			continue
		}
		spikes++
		switch k / p.Inputs {
		case 0:
			t.Errorf("a spike of input %d in step 0", k)
		case 1:
			second = append(second, k%p.Inputs)
		}
	}
	if got := fmt.Sprint(spikes, second); got != "5053 [20 64 93]" {
		t.Errorf("spikes, and inputs that spike in step 1: %s, want 5053 [20 64 93]", got)
	}
}

func TestPatternIsScaledAndClosed(t *testing.T) {
	for seed := range uint32(20) {
		p := DefaultPattern()
		p.Inputs, p.Steps = 1, 200+37*int(seed)
		trial, err := p.Draw(rng.NewRandomState(seed))
		if err != nil {
			t.Fatal(err)
		}
		largest := 0.0
		for _, y := range trial.Target {
			largest = max(largest, math.Abs(y))
		}
		// Whole periods end where they began, at 0.
		if first, last := trial.Target[0], trial.Target[p.Steps-1]; first != 0 || math.Abs(last) > 1e-12 || largest != 1 {
			t.Errorf("seed %d: begins at %v, ends at %v, largest distance from 0 is %v; want 0, 0 and 1", seed, first, last, largest)
		}
	}
}

// A trial shorter than all periods has no whole period: NEST's curve is flat then.
func TestPatternOfShortTrialsIsFlat(t *testing.T) {
	p := DefaultPattern()
	p.Steps = 100
	trial, err := p.Draw(rng.NewRandomState(1))
	if err != nil {
		t.Fatal(err)
	}
	for s, y := range trial.Target {
		if y != 0 {
			t.Fatalf("target is %v in step %d, want 0", y, s)
		}
	}
}

func TestPatternRefusesNonsense(t *testing.T) {
	for name, spoil := range map[string]func(*Pattern){
		"Inputs":       func(p *Pattern) { p.Inputs = 0 },
		"Steps":        func(p *Pattern) { p.Steps = 1 },
		"SpikeProb":    func(p *Pattern) { p.SpikeProb = math.NaN() },
		"Periods":      func(p *Pattern) { p.Periods = nil },
		"Periods[1]":   func(p *Pattern) { p.Periods[1] = 0 },
		"MinAmplitude": func(p *Pattern) { p.MinAmplitude = math.Inf(-1) },
		"MaxAmplitude": func(p *Pattern) { p.MaxAmplitude = math.NaN() },
	} {
		p := DefaultPattern()
		spoil(&p)
		_, err := p.Draw(rng.NewRandomState(1))
		if err == nil || !strings.Contains(err.Error(), name+" is") || !strings.Contains(err.Error(), "DefaultPattern") {
			t.Errorf("%s: got error %v, want one that names it and datasets.DefaultPattern()", name, err)
		}
	}
}
