package datasets

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// afterWeights is the generator of NEST's tutorial, seed 1, after its weights:
// 40×100 and 100×100 normal numbers, 100×2 uniform ones, 100×2 normal ones.
func afterWeights(t *testing.T) *rng.RandomState {
	t.Helper()
	r := rng.NewRandomState(1)
	r.FillRandn(make([]float64, 40*100+100*100))
	if err := r.FillUniform(make([]float64, 200), -1, 1); err != nil {
		t.Fatal(err)
	}
	r.FillRandn(make([]float64, 200))
	return r
}

// groups counts the spikes of the left, right, recall and noise inputs.
func groups(trial EvidenceTrial, inputs int) (n [4]int) {
	for k, spike := range trial.Spikes {
		if spike {
			n[min(k%inputs/(inputs/4), 3)]++
		}
	}
	return n
}

// The values were recorded from the tutorial's own generator with NumPy 1.24.2.
func TestEvidenceDrawsTheTutorialsTrials(t *testing.T) {
	r := afterWeights(t)
	type row struct {
		drawn  int
		cues   string
		target int
		spikes [4]int
		first  string // step and neuron of the first three spikes, neurons of one step in order
		next   float64
	}
	for n, want := range []row{
		{0, "[0 0 1 1 0 1 1]", 1, [4]int{136, 169, 61, 231}, "(1,31) (11,39) (32,32)", 0.11051704650142768},
		{0, "[1 1 0 1 1 1 0]", 1, [4]int{78, 215, 63, 206}, "(8,30) (13,35) (24,39)", 0.6752044208105819},
		{1, "[0 1 0 1 0 1 0]", 0, [4]int{141, 109, 63, 210}, "(5,31) (19,33) (23,38)", 0.3852641850649051},
		{1, "[0 0 1 0 0 1 0]", 0, [4]int{199, 82, 58, 215}, "(2,36) (8,38) (9,35)", 0.6712279956253862},
		{0, "[1 0 1 1 1 0 1]", 1, [4]int{76, 222, 57, 224}, "(2,34) (4,35) (25,30)", 0.8555357772501246},
	} {
		trials, err := DefaultEvidence().Draw(r, 1)
		if err != nil {
			t.Fatal(err)
		}
		tr := trials[0]
		var first []string
		for k, spike := range tr.Spikes {
			if spike && len(first) < 3 {
				first = append(first, fmt.Sprintf("(%d,%d)", k/40, k%40))
			}
		}
		state := r.GetState()
		got := row{tr.Drawn, fmt.Sprint(tr.Cues), tr.Target, groups(tr, 40), strings.Join(first, " "), r.RandomSample()}
		if err := r.SetState(state); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("iteration %d: got %+v, want %+v", n, got, want)
		}
	}
}

func TestEvidenceDrawsTheTutorialsBatches(t *testing.T) {
	r := afterWeights(t)
	for n, want := range []string{
		"[{0 [1 1 1 1 1 1 1] 1 594} {1 [0 0 1 0 0 1 0] 0 577}]",
		"[{1 [1 0 1 0 1 0 1] 1 576} {0 [1 1 1 0 0 0 1] 1 575}]",
		"[{0 [0 1 1 1 1 1 1] 1 542} {0 [1 1 0 0 1 1 0] 1 605}]",
		"[{1 [0 1 0 0 0 0 1] 0 532} {0 [0 0 1 1 1 1 1] 1 550}]",
		"[{1 [0 0 0 0 0 0 0] 0 552} {1 [1 0 0 1 0 0 0] 0 556}]",
	} {
		trials, err := DefaultEvidence().Draw(r, 2)
		if err != nil {
			t.Fatal(err)
		}
		type short struct {
			drawn  int
			cues   []int
			target int
			spikes int
		}
		got := make([]short, 2)
		for b, tr := range trials {
			g := groups(tr, 40)
			got[b] = short{tr.Drawn, tr.Cues, tr.Target, g[0] + g[1] + g[2] + g[3]}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("iteration %d: got %v, want %s", n, got, want)
		}
	}
}

// A group is silent outside its own time, and nothing fires in step 0, even
// when every probability is 1.
func TestEvidenceTiming(t *testing.T) {
	e := DefaultEvidence()
	e.SpikeProb = 1
	trials, err := e.Draw(rng.NewRandomState(3), 1)
	if err != nil {
		t.Fatal(err)
	}
	tr := trials[0]
	for s := range e.Steps() {
		for i, got := range tr.Spikes[s*40:][:40] {
			cue := s/150 < 7 && s%150 >= 50 && tr.Cues[min(s/150, 6)] == i/10
			want := s > 0 && (i < 20 && cue || i/10 == 2 && s >= 2100)
			if i < 30 && got != want {
				t.Fatalf("step %d, input %d: spike %v, want %v", s, i, got, want)
			}
		}
	}
}

func TestEvidenceNonsense(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(e *Evidence, batch *int)
	}{
		{"Inputs", func(e *Evidence, _ *int) { e.Inputs = 3 }},
		{"Cues", func(e *Evidence, _ *int) { e.Cues = 0 }},
		{"CueSteps", func(e *Evidence, _ *int) { e.CueSteps = -1 }},
		{"SpacingSteps", func(e *Evidence, _ *int) { e.SpacingSteps = -1 }},
		{"DelaySteps", func(e *Evidence, _ *int) { e.DelaySteps = -1 }},
		{"RecallSteps", func(e *Evidence, _ *int) { e.RecallSteps = 0 }},
		{"RareSide", func(e *Evidence, _ *int) { e.RareSide = float32(math.NaN()) }},
		{"SpikeProb", func(e *Evidence, _ *int) { e.SpikeProb = 1.5 }},
		{"batch", func(_ *Evidence, b *int) { *b = 0 }},
	} {
		e, batch := DefaultEvidence(), 1
		c.spoil(&e, &batch)
		if _, err := e.Draw(rng.NewRandomState(1), batch); err == nil || !strings.Contains(err.Error(), c.name+" is") {
			t.Errorf("%s: error %v, want one that names it", c.name, err)
		}
	}
}

func ExampleEvidence_Draw() {
	trials, err := DefaultEvidence().Draw(rng.NewRandomState(1), 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, trial := range trials {
		fmt.Println(trial.Cues, trial.Target, len(trial.Spikes))
	}
	// Output:
	// [1 0 0 0 0 0 0] 0 90000
	// [0 0 0 0 0 1 0] 0 90000
}
