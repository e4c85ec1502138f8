package eprop

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/rng"
)

// The numbers in this file are those of NEST 3.10 and its test suite
// (test_eprop_bsshslm_2020_plasticity.py), with NumPy 1.24.2 drawing weights and
// input. Where the suite compares with a relative tolerance of 1e-8, weights here
// are compared at 1e-12: all arithmetic agrees but for the order of summation,
// which was seen to move weights by up to 1e-14.
const weightTol = 1e-12

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.17g, want %.17g ± %g (differs by %g)", what, got, want, tol, got-want)
	}
}

type entry struct {
	j, i int
	want float64
}

// matches compares a matrix with recorded entries and sums. The sums hold up to
// 10000 terms of about 0.1 in another order, hence the factor 100.
func matches(t *testing.T, what string, m Matrix, sum, abs float64, entries ...entry) {
	t.Helper()
	near(t, what+" sum", m.Sum(), sum, 100*weightTol)
	if abs != 0 {
		total := 0.0
		for _, w := range m.Data {
			total += math.Abs(w)
		}
		near(t, what+" sum of absolute values", total, abs, 100*weightTol)
	}
	for _, e := range entries {
		near(t, fmt.Sprintf("%s[%d,%d]", what, e.j, e.i), m.At(e.j, e.i), e.want, weightTol)
	}
}

func TestClassificationStartsFromNESTsWeights(t *testing.T) {
	n, r := tutorial(1, 1)
	in, rec, out := build(t, n).Weights()
	matches(t, "W_in", in, 7.521171962181143, 0,
		entry{0, 0, 0.256831556558609}, entry{0, 1, -0.07069723308086395}, entry{0, 2, -0.06338440626859665}, entry{1, 0, -0.09672718495130539})
	matches(t, "W_rec", rec, 8.329745484426894, 0,
		entry{0, 0, 0}, entry{0, 1, -0.21373121440410614}, entry{0, 2, 0.0759064331650734}, entry{0, 3, -0.10333096235990524}, entry{1, 0, 0.014164167456328869})
	matches(t, "W_out", out, 3.4267764282412827, 0,
		entry{0, 0, -0.048078663647174835}, entry{0, 1, -0.0660872682929039}, entry{0, 2, 0.069733627140522}, entry{1, 0, 0.23489373922348022})
	matches(t, "B", n.feedback, -20.99715833971277, 0,
		entry{0, 0, -1.2907137870788574}, entry{0, 1, 1.4571166038513184}, entry{1, 0, 0.8186440467834473}, entry{1, 1, -0.03220296651124954})
	near(t, "the next random number", r.RandomSample(), 0.6883268211195016, 0)
}

func TestClassificationHasNESTsLosses(t *testing.T) {
	for _, c := range []struct {
		batch      int
		nest       []float64
		tensorflow []float64
		errors     []float64
		spikes     string
	}{
		{
			1,
			[]float64{0.741152550006, 0.740388187700, 0.665785233177, 0.663644193322, 0.729428962844},
			[]float64{0.741152524948, 0.740388214588, 0.665785133838, 0.663644134998, 0.729429066181},
			[]float64{1, 1, 0, 0, 1},
			"[3251] [2918] [2869] [3121] [3033]",
		},
		{
			2,
			[]float64{0.702163370672, 0.735555303152, 0.740354864111, 0.683882815282, 0.707841122268},
			nil,
			[]float64{0.5, 1, 1, 0.5, 1},
			"",
		},
	} {
		n, r := tutorial(1, c.batch)
		sim := build(t, n)
		var spikes []string
		for k := range 5 {
			res, err := sim.Train(trials(t, r, c.batch))
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("batch %d, iteration %d: loss", c.batch, k+1)
			near(t, what, res.Loss, c.nest[k], 2e-12) // printed with 12 digits
			if c.tensorflow != nil {
				near(t, what+" of TensorFlow, in float32,", res.Loss, c.tensorflow[k], 1e-6*c.tensorflow[k])
			}
			if res.ErrorRate != c.errors[k] {
				t.Errorf("batch %d, iteration %d: recall error %v, want %v", c.batch, k+1, res.ErrorRate, c.errors[k])
			}
			spikes = append(spikes, fmt.Sprint(res.Spikes))
		}
		if got := strings.Join(spikes, " "); c.spikes != "" && got != c.spikes {
			t.Errorf("spikes per sequence %s, want %s", got, c.spikes)
		}
	}
}

func TestClassificationEndsWithNESTsWeights(t *testing.T) {
	n, r := tutorial(1, 1)
	sim := build(t, n)
	for range 5 {
		if _, err := sim.Train(trials(t, r, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := sim.Finish(); err != nil {
		t.Fatal(err)
	}
	in, rec, out := sim.Weights()
	matches(t, "W_in", in, 7.717068383819101, 507.1028403853684,
		entry{0, 0, 0.27121420956691766}, entry{0, 1, -0.06474489533523436}, entry{0, 2, -0.05178676552818759},
		entry{1, 0, -0.07883266220426832}, entry{99, 39, 0.06976273959093225})
	matches(t, "W_rec", rec, 7.764904824270065, 795.5476229004898,
		entry{0, 0, 0}, entry{0, 1, -0.19908840194771824}, entry{0, 2, 0.07945729374204401}, entry{1, 0, 0.010114612509956539}, entry{99, 0, -0.060941390088881456})
	matches(t, "W_out", out, 3.4267764282412827, 24.426347446248982,
		entry{0, 0, -0.05076738876278839}, entry{0, 1, -0.07837760390459515}, entry{0, 2, 0.05998417234407627},
		entry{1, 0, 0.23758246433909377}, entry{1, 99, 0.12191143057944158})
	for _, c := range []struct {
		m        Matrix
		min, max float64
	}{
		{in, -0.513135763580439, 0.6144926882584916},
		{rec, -0.38045613385368193, 0.4001693190768099},
		{out, -0.24944835538867471, 0.25633753376941604},
	} {
		low, high := math.Inf(1), math.Inf(-1)
		for _, w := range c.m.Data {
			low, high = min(low, w), max(high, w)
		}
		near(t, "smallest weight", low, c.min, weightTol)
		near(t, "largest weight", high, c.max, weightTol)
	}
}

// regression is the network and the one sequence of NEST's regression test.
func regression(t testing.TB) (*Network, Sequence) {
	t.Helper()
	r := rng.NewRandomState(1)
	in := NormalMatrix(r, 100, 100, 10)
	rec := NormalMatrix(r, 100, 100, 10)
	out := NormalMatrix(r, 1, 100, 10)
	feedback := FeedbackMatrix(r, 100, 1, 10)
	trial, err := datasets.DefaultPattern().Draw(r)
	if err != nil {
		t.Fatal(err)
	}

	iaf := DefaultIAF()
	iaf.CM, iaf.EL, iaf.VM = 1, 0, 0
	iaf.TauM, iaf.TRef, iaf.VTh = 30, 0, 0.03
	iaf.RegularSpikeArrival, iaf.CReg = false, 300
	iaf.Surrogate = Surrogate{PiecewiseLinear, 0.3 / 0.03, 0.03}
	readout := DefaultReadout()
	readout.CM, readout.TauM, readout.RegularSpikeArrival = 1, 30, false
	syn := DefaultSynapse()
	syn.TauMReadout = 30
	n := New("waves", DefaultKernel()).Input(100).Recurrent("regular", 100, iaf).Readout(1, readout).
		InputWeights(in, syn).RecurrentWeights(rec, syn).OutputWeights(out, syn).FeedbackWeights(feedback)
	return n, Sequence{Spikes: trial.Spikes, Target: trial.Target}
}

func TestRegressionIsNESTs(t *testing.T) {
	n, q := regression(t)
	sim := build(t, n)
	for k, want := range []struct {
		nest, tensorflow float64
		spikes           int
	}{
		{101.964356999041, 101.964363098144, 3999},
		{103.466731126205, 103.466735839843, 3434},
		{103.340607074771, 103.340606689453, 3136},
		{103.680244037686, 103.680244445800, 2963},
		{104.412775748752, 104.412780761718, 2857},
	} {
		res, err := sim.Train([]Sequence{q})
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("iteration %d: loss", k+1)
		near(t, what, res.Loss, want.nest, 2e-12*want.nest)
		near(t, what+" of TensorFlow, in float32,", res.Loss, want.tensorflow, 1e-7*want.tensorflow)
		if res.Spikes[0] != want.spikes {
			t.Errorf("iteration %d: %d spikes, want %d", k+1, res.Spikes[0], want.spikes)
		}
	}
	if err := sim.Finish(); err != nil {
		t.Fatal(err)
	}
	in, rec, out := sim.Weights()
	matches(t, "W_in", in, 2.2636795954543683, 794.0150653556773,
		entry{0, 0, 0.16230177499103174}, entry{0, 1, -0.04477796080649431}, entry{0, 2, -0.040160800658662225})
	matches(t, "W_rec", rec, 4.059505415800793, 792.6902461763048,
		entry{0, 1, -0.14613005377940033}, entry{0, 2, -0.04767917696597384})
	matches(t, "W_out", out, 2.05145009344053, 9.287239527151305,
		entry{0, 0, -0.19232395781035866}, entry{0, 1, -0.015328586739892562}, entry{0, 2, -0.0736289796805893})
}
