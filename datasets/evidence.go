package datasets

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/rng"
)

// Evidence is the evidence-accumulation task (Morcos and Harvey, Nature
// Neurosci. 19, 2016; as a learning task: Bellec et al., Nature Communications
// 11:3625, 2020). An animal runs along a track, sees a number of cues to its
// left and right, and has to turn, after a pause, to the side that had more.
//
// A trial has Cues cues, each of CueSteps after a gap of SpacingSteps; then a
// pause of DelaySteps; then RecallSteps, in which the answer is wanted. The
// inputs are four equal groups: the first fires during left cues (cue 0), the
// second during right cues (cue 1), the third during recall, and the rest is
// noise throughout.
type Evidence struct {
	Inputs       int     // input neurons, at least 4; what does not divide by 4 is noise
	Cues         int     // cues of a trial; take an odd number, or a tie counts as left
	CueSteps     int     // steps of a cue
	SpacingSteps int     // steps before each cue
	DelaySteps   int     // steps between the last cue and recall
	RecallSteps  int     // steps of recall, at the end of the trial
	RareSide     float32 // probability of a cue on the side that is not favoured
	SpikeProb    float64 // probability of a spike in a step of an active group; noise has a quarter
}

// DefaultEvidence is the task of NEST's tutorial: 40 inputs, 7 cues and 2250
// steps of 1 ms.
func DefaultEvidence() Evidence {
	return Evidence{Inputs: 40, Cues: 7, CueSteps: 100, SpacingSteps: 50, DelaySteps: 1050, RecallSteps: 150, RareSide: 0.3, SpikeProb: 0.04}
}

// Steps is the length of a trial.
func (e Evidence) Steps() int {
	return e.Cues*(e.SpacingSteps+e.CueSteps) + e.DelaySteps + e.RecallSteps
}

// EvidenceTrial is one trial of the task.
type EvidenceTrial struct {
	Drawn  int    // 0 or 1: which of the two cue probabilities was drawn; 0 favours right
	Cues   []int  // 0 is left, 1 is right
	Target int    // 1 if more than half of the cues are right, else 0
	Spikes []bool // (steps, inputs) in row-major order; none in step 0
}

// Draw draws a batch of trials, taking from r the numbers that NEST's tutorial
// takes from numpy.random: the favoured side of every trial, then the cues of
// every trial, then one number for each trial, step and input, whatever its
// probability.
func (e Evidence) Draw(r *rng.RandomState, batch int) ([]EvidenceTrial, error) {
	if err := e.check(batch); err != nil {
		return nil, err
	}
	drawn, err := r.Choice(2, batch, true, nil)
	if err != nil {
		return nil, err
	}
	trials := make([]EvidenceTrial, batch)
	for b := range trials {
		// The probabilities are float32 in the original, and so is 1 − RareSide.
		p := []float64{float64(e.RareSide), float64(1 - e.RareSide)}
		if drawn[b] == 1 {
			p[0], p[1] = p[1], p[0]
		}
		cues, err := r.Choice(2, e.Cues, true, p)
		if err != nil {
			return nil, err
		}
		right := 0
		for _, c := range cues {
			right += c
		}
		trials[b] = EvidenceTrial{Drawn: drawn[b], Cues: cues}
		if right > e.Cues/2 {
			trials[b].Target = 1
		}
	}
	probs := make([]float64, e.Inputs)
	for b := range trials {
		trials[b].Spikes = make([]bool, e.Steps()*e.Inputs)
		for s := range e.Steps() {
			e.probabilities(probs, trials[b].Cues, s)
			bits := trials[b].Spikes[s*e.Inputs:][:e.Inputs]
			for i, p := range probs {
				bits[i] = p > r.RandomSample()
			}
			if s == 0 { // NEST drops what arrives in the first step of a sequence
				clear(bits)
			}
		}
	}
	return trials, nil
}

// probabilities are those of a spike of each input in step s.
func (e Evidence) probabilities(probs []float64, cues []int, s int) {
	clear(probs)
	group := e.Inputs / 4
	set := func(g, end int, p float64) {
		for i := g * group; i < end; i++ {
			probs[i] = p
		}
	}
	if c := s / (e.SpacingSteps + e.CueSteps); c < e.Cues && s%(e.SpacingSteps+e.CueSteps) >= e.SpacingSteps {
		set(cues[c], (cues[c]+1)*group, e.SpikeProb)
	}
	if s >= e.Steps()-e.RecallSteps {
		set(2, 3*group, e.SpikeProb)
	}
	set(3, e.Inputs, e.SpikeProb/4)
}

func (e Evidence) check(batch int) error {
	type mistake struct {
		name string
		got  any
		want string
		bad  bool
	}
	for _, m := range []mistake{
		{"Inputs", e.Inputs, "4 or more", e.Inputs < 4 || e.Inputs > 1<<20},
		{"Cues", e.Cues, "1 to 10000", e.Cues < 1 || e.Cues > 10000},
		{"CueSteps", e.CueSteps, "1 to 1000000", e.CueSteps < 1 || e.CueSteps > 1e6},
		{"SpacingSteps", e.SpacingSteps, "0 to 1000000", e.SpacingSteps < 0 || e.SpacingSteps > 1e6},
		{"DelaySteps", e.DelaySteps, "0 to 1000000", e.DelaySteps < 0 || e.DelaySteps > 1e6},
		{"RecallSteps", e.RecallSteps, "1 to 1000000", e.RecallSteps < 1 || e.RecallSteps > 1e6},
		{"RareSide", e.RareSide, "0 to 1", !(e.RareSide >= 0 && e.RareSide <= 1)},
		{"SpikeProb", e.SpikeProb, "0 to 1", !(e.SpikeProb >= 0 && e.SpikeProb <= 1)},
		{"batch", batch, "1 to 100000", batch < 1 || batch > 100000},
	} {
		if m.bad {
			return fmt.Errorf("evidence task: %s is %v, want %s; set it, or start from datasets.DefaultEvidence()", m.name, m.got, m.want)
		}
	}
	return nil
}
