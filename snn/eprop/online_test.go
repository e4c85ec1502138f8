package eprop

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// onlineRegression is NEST's test_eprop_regression of test_eprop_plasticity.py:
// its network and the spikes and targets of one iteration of 100 steps.
func onlineRegression(model OnlineModel, method Method) (Online, []bool, []float64) {
	const f = 1 - 0.97
	r := rng.NewRandomState(1)
	d := Online{Name: model.String(), Resolution: 1, Inputs: 100, Neurons: 100, Readouts: 1, ReadoutCutoff: 100}
	d.Input, d.Recurrent = NormalMatrix(r, 100, 100, 10), NormalMatrix(r, 100, 100, 10)
	d.Output = NormalMatrix(r, 1, 100, 10)
	d.Feedback = FeedbackMatrix(r, 100, 1, 10)
	scale := func(m Matrix, by func(w float32) float32) {
		for k, w := range m.Data {
			m.Data[k] = float64(by(float32(w)))
		}
	}
	times := func(w float32) float32 { return w * float32(f) }
	m := DefaultOnlineNeuron(model)
	m.CM, m.EL, m.VM, m.TauM, m.TRef, m.VTh = 1, 0, 0, 30, 0, 0.03
	m.CReg, m.TraceCutoff = 3, 100
	m.Surrogate = Surrogate{PiecewiseLinear, 10, 0.03}
	scale(d.Output, times)
	if model.delta() {
		m.VTh, m.VReset, m.CReg = 0.5, -0.5, 0.02/(f*f)
		scale(d.Feedback, func(w float32) float32 { return w / float32(f) })
	} else {
		scale(d.Input, times)
		scale(d.Recurrent, times)
		scale(d.Feedback, times)
	}
	if model == OnlineIAFAdapt {
		m.AdaptBeta, m.AdaptTau = 0.0174, 2000
	}
	d.Neuron = m
	d.Readout = DefaultReadout()
	d.Readout.CM, d.Readout.TauM = 1, 30
	d.Optimizer = DefaultOptimizer()
	d.Optimizer.Method, d.Optimizer.Eta = method, 1e-4*f*f
	spikes := make([]bool, 100*100)
	for k := range spikes {
		spikes[k] = r.RandomSample() < 0.05
	}
	return d, spikes, make([]float64, 100)
}

func TestOnlineRegressionIsNESTs(t *testing.T) {
	for _, c := range []struct {
		model  OnlineModel
		method Method
		want   [5]float64
	}{
		{OnlineIAF, Adam, [5]float64{0.14000491891386, 0.28735818029752, 0.22263713699860, 0.23015072431384, 0.17565248170694}},
		{OnlineIAFAdapt, GradientDescent, [5]float64{0.02242584487453, 0.01916753791522, 0.00571493935652, 0.00037875376195, 0.00037823157578}},
		{OnlineIAFPSCDelta, GradientDescent, [5]float64{0.27039631749159, 0.51390204375229, 0.53473859833866, 0.53608474802202, 0.49323580244201}},
		{OnlineIAFPSCDeltaAdapt, GradientDescent, [5]float64{0.16416646182675, 0.27952159282830, 0.29937515524341, 0.26160957500433, 0.26384514215024}},
	} {
		d, spikes, target := onlineRegression(c.model, c.method)
		sim, err := d.Build(on...)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range c.want {
			got, err := sim.Run(spikes, target, nil)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("%v, iteration %d: loss", c.model, k+1), got, want, 1e-14+1e-11*want)
		}
	}
}

// One eprop_iaf driven over a resting threshold, from NEST's
// test_eprop_surrogate_gradients: the last five recorded values.
func TestSurrogatesAreNESTs(t *testing.T) {
	for shape, want := range [][5]float64{
		PiecewiseLinear:       {0.21030100902759, 0.18933659619924, 0.17036721102500, 0.15320300152221, 0.13767218251307},
		Exponential:           {0.28011776848615, 0.26861558105999, 0.25861553046549, 0.24988832085299, 0.24224569105944},
		FastSigmoidDerivative: {0.20044113201621, 0.19020804299944, 0.18160934703950, 0.17432167613232, 0.16809903522604},
		ArctanDerivative:      {0.37433498786304, 0.36073812744784, 0.34852165076370, 0.33759316659435, 0.32784181049728},
	} {
		d := single()
		d.Neuron.Surrogate.Shape = Shape(shape)
		sim, err := d.Build(on...)
		if err != nil {
			t.Fatal(err)
		}
		for s := range 17 { // the generator's time minus 1 is the step; stamp 15 is step 12
			fires := map[int]bool{0: true, 1: true, 2: true, 4: true, 8: true, 10: true}
			if _, err := sim.Run([]bool{fires[s]}, []float64{0}, nil); err != nil {
				t.Fatal(err)
			}
			if s >= 12 {
				near(t, fmt.Sprintf("%v at stamp %d", Shape(shape), s+3), sim.psi[1][0], want[s-12], 1e-14)
			}
		}
	}
}

// single is a network of one neuron and one readout.
func single() Online {
	m := DefaultOnlineNeuron(OnlineIAF)
	m.CM, m.EL, m.VM, m.VTh, m.TRef = 1, 0, 0, 0.6, 3
	m.Surrogate = Surrogate{PiecewiseLinear, 0.5, 1 / 1.7}
	d := Online{
		Name: "single", Resolution: 1, Inputs: 1, Neurons: 1, Neuron: m, Readouts: 1, Readout: DefaultReadout(), ReadoutCutoff: math.Inf(1),
		Input: Matrix{1, 1, []float64{0.3}}, Recurrent: NewMatrix(1, 1), Output: Matrix{1, 1, []float64{0.5}}, Feedback: Matrix{1, 1, []float64{1}},
		Optimizer: DefaultOptimizer(),
	}
	d.Optimizer.Eta = 0
	return d
}

// After a spike in step 0 a psc_delta neuron stays at VReset for TRef of 2 ms,
// the others go on from V − VTh.
func TestOnlineRefractoryTime(t *testing.T) {
	decay := math.Exp(-0.1)
	for model, want := range map[OnlineModel][]float64{
		OnlineIAF:         {0.4, 0.4 * decay, 0.4 * decay * decay},
		OnlineIAFPSCDelta: {-0.2, -0.2, -0.2, -0.2 * decay, -0.2 * decay * decay},
	} {
		d := single()
		d.Neuron.Model, d.Neuron.TRef, d.Neuron.VTh, d.Neuron.VReset = model, 2, 0.5, -0.2
		d.Input.Data[0] = 0.9
		sim, err := d.Build(on...)
		if err != nil {
			t.Fatal(err)
		}
		for s, v := range want {
			if _, err := sim.Run([]bool{s == 0}, []float64{0}, nil); err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("%v: V after step %d", model, s), sim.v[0], v, 1e-15)
		}
	}
}

// Outside the window nothing is learnt but the rate, inside the output weight
// follows error·z̄, seen by spikes two steps later.
func TestOnlineWindow(t *testing.T) {
	d := single()
	d.Input.Data[0], d.Neuron.TRef, d.Optimizer.Eta = 0.7, 0, 0.1
	run := func(open int) []float64 {
		sim, err := d.Build(on...)
		if err != nil {
			t.Fatal(err)
		}
		var ws []float64
		for s := range 6 {
			if _, err := sim.Run([]bool{s == 0}, []float64{0}, []bool{s == open}); err != nil {
				t.Fatal(err)
			}
			_, _, out := sim.Weights()
			ws = append(ws, out.Data[0])
		}
		return ws
	}
	for s, w := range run(-1) {
		near(t, fmt.Sprintf("closed: output weight after step %d", s), w, 0.5, 0)
	}
	// The spike of step 0 arrives in step 1, where V = 0.5 and z̄ = 1.
	for s, w := range run(1) {
		want := 0.5
		if s >= 3 {
			want -= 0.1 * 0.5
		}
		near(t, fmt.Sprintf("open in step 1: output weight after step %d", s), w, want, 1e-16)
	}
}

func TestOnlineNonsense(t *testing.T) {
	for want, spoil := range map[string]func(d *Online){
		"Neuron.Model is unknown (4)":   func(d *Online) { d.Neuron.Model = 4 },
		"Neuron.Kappa is 1.5":           func(d *Online) { d.Neuron.Kappa = 1.5 },
		"Neuron.KappaReg is NaN":        func(d *Online) { d.Neuron.KappaReg = math.NaN() },
		"Neuron.TraceCutoff is -1 ms":   func(d *Online) { d.Neuron.TraceCutoff = -1 },
		"ReadoutCutoff is NaN ms":       func(d *Online) { d.ReadoutCutoff = math.NaN() },
		"Neuron.VReset is 0.6 mV":       func(d *Online) { d.Neuron.Model, d.Neuron.VReset = OnlineIAFPSCDelta, 0.6 },
		"Readout.Loss is cross_entropy": func(d *Online) { d.Readout.Loss = CrossEntropy },
		"Optimizer.BatchSize is 2":      func(d *Online) { d.Optimizer.BatchSize = 2 },
		"TauM is 0 ms":                  func(d *Online) { d.Neuron.TauM = 0 },
		"Resolution is 0 ms":            func(d *Online) { d.Resolution = 0 },
		"inputs (":                      func(d *Online) { d.Inputs = 0 },
		"weights are 1×1":               func(d *Online) { d.Inputs = 2 },
	} {
		d := single()
		spoil(&d)
		if sim, err := d.Build(); err == nil || sim != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	sim, err := single().Build(on...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spikes []bool
		target []float64
		window []bool
		want   string
	}{
		{nil, nil, nil, "0 spikes given"},
		{[]bool{true}, nil, nil, "0 targets given, want 1"},
		{[]bool{true}, []float64{math.Inf(1)}, nil, "target[0] is +Inf"},
		{[]bool{true}, []float64{0}, []bool{true, true}, "window has 2 values, want 1"},
	} {
		if _, err := sim.Run(c.spikes, c.target, c.window); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	if sim.Err() != nil {
		t.Errorf("bad input left error %v", sim.Err())
	}
}

func TestOnlineDivergenceNamesTheStep(t *testing.T) {
	d := single()
	d.Feedback.Data[0] = 0 // the neuron goes on firing
	d.Input.Data[0], d.Neuron.TRef, d.Optimizer.Eta, d.Optimizer.WMin, d.Optimizer.WMax = 0.7, 0, 1e300, -math.MaxFloat64, math.MaxFloat64
	sim, err := d.Build(on...)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		step := sim.step - 2
		if _, err = sim.Run([]bool{true}, []float64{0}, nil); err != nil {
			if !strings.Contains(err.Error(), fmt.Sprintf("step %d: the loss is", step)) {
				t.Errorf("in step %d: error %v, want one that names it", step, err)
			}
			break
		}
	}
	if _, again := sim.Run([]bool{true}, []float64{0}, nil); err == nil || again != err {
		t.Errorf("after error %v: %v, want it again", err, again)
	}
}
