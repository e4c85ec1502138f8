package datasets

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
)

// Pattern is the pattern-generation task (as a learning task for e-prop: Bellec
// et al., Nature Communications 11:3625, 2020). The inputs fire at random, but in
// every trial exactly as in the first; from this frozen noise a network has to
// produce a given curve, a sum of sines.
//
// The curve begins at 0, and its largest distance from 0 is 1.
type Pattern struct {
	Inputs       int     // input neurons
	Steps        int     // steps of a trial
	SpikeProb    float64 // probability of a spike of an input in a step
	Periods      []int   // steps of each sine's period; Steps/Periods[k] whole periods are spread over the trial
	MinAmplitude float64 // amplitudes are uniform between the two, before the curve is scaled
	MaxAmplitude float64
}

// DefaultPattern is the task of NEST's regression example: 100 inputs, 1000 steps
// of 1 ms and four sines.
func DefaultPattern() Pattern {
	return Pattern{Inputs: 100, Steps: 1000, SpikeProb: 0.05, Periods: []int{1000, 500, 333, 200}, MinAmplitude: 0.5, MaxAmplitude: 2}
}

// PatternTrial is the one trial of the task.
type PatternTrial struct {
	Spikes     []bool    // (steps, inputs) in row-major order; none in step 0
	Target     []float64 // the curve, one value for each step
	Amplitudes []float64 // of the sines, before the curve is scaled
	Phases     []float64 // of the sines, rad
}

// Draw draws the trial, taking from r the numbers that NEST's example takes from
// numpy.random: one for each step and input, then the amplitudes, then the phases.
func (p Pattern) Draw(r *rng.RandomState) (PatternTrial, error) {
	if err := p.check(); err != nil {
		return PatternTrial{}, err
	}
	trial := PatternTrial{Spikes: make([]bool, p.Steps*p.Inputs)}
	for k := range trial.Spikes {
		trial.Spikes[k] = r.RandomSample() < p.SpikeProb
	}
	clear(trial.Spikes[:p.Inputs]) // NEST drops what arrives in the first step of a sequence
	for range p.Periods {
		trial.Amplitudes = append(trial.Amplitudes, p.MinAmplitude+float64((p.MaxAmplitude-p.MinAmplitude)*r.RandomSample()))
	}
	for range p.Periods {
		trial.Phases = append(trial.Phases, 2*math.Pi*r.RandomSample())
	}
	trial.Target = p.curve(trial.Amplitudes, trial.Phases)
	return trial, nil
}

// curve adds the sines, in the order of operations of numpy.linspace, whose last
// value is the end point itself.
func (p Pattern) curve(amplitudes, phases []float64) []float64 {
	y := make([]float64, p.Steps)
	for k, period := range p.Periods {
		a := phases[k]
		b := a + float64(float64(2*math.Pi)*float64(p.Steps/period))
		step := (b - a) / float64(p.Steps-1)
		for s := range y {
			x := a + float64(float64(s)*step)
			if s == p.Steps-1 {
				x = b
			}
			y[s] += float64(amplitudes[k] * math.Sin(x))
		}
	}
	first, largest := y[0], 1e-6 // the curve may be flat
	for s := range y {
		y[s] -= first
		largest = max(largest, math.Abs(y[s]))
	}
	for s := range y {
		y[s] /= largest
	}
	return y
}

func (p Pattern) check() error {
	type mistake struct {
		name string
		got  any
		want string
		bad  bool
	}
	mistakes := []mistake{
		{"Inputs", p.Inputs, "1 to 1000000", p.Inputs < 1 || p.Inputs > 1e6},
		{"Steps", p.Steps, "2 to 1000000", p.Steps < 2 || p.Steps > 1e6},
		{"SpikeProb", p.SpikeProb, "0 to 1", !(p.SpikeProb >= 0 && p.SpikeProb <= 1)},
		{"Periods", p.Periods, "at least one", len(p.Periods) == 0},
		{"MinAmplitude", p.MinAmplitude, "a finite number", math.IsNaN(p.MinAmplitude) || math.IsInf(p.MinAmplitude, 0)},
		{"MaxAmplitude", p.MaxAmplitude, "a finite number", math.IsNaN(p.MaxAmplitude) || math.IsInf(p.MaxAmplitude, 0)},
	}
	for k, period := range p.Periods {
		mistakes = append(mistakes, mistake{fmt.Sprintf("Periods[%d]", k), period, "1 step or more", period < 1})
	}
	for _, m := range mistakes {
		if m.bad {
			return fmt.Errorf("pattern task: %s is %v, want %s; set it, or start from datasets.DefaultPattern()", m.name, m.got, m.want)
		}
	}
	return nil
}
