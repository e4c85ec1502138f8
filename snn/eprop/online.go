package eprop

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spikebook/spikebook/snn/vmath"
)

// OnlineModel is one of NEST's recurrent neurons that learn at every spike.
type OnlineModel int

const (
	OnlineIAF              OnlineModel = iota // a spike subtracts VTh − EL at once
	OnlineIAFAdapt                            // the same with an adaptive threshold
	OnlineIAFPSCDelta                         // a spike sets V to VReset, where it stays while refractory
	OnlineIAFPSCDeltaAdapt                    // the same with an adaptive threshold; as in NEST it does not adapt if TRef is more than 0
)

var onlineNames = []string{"eprop_iaf", "eprop_iaf_adapt", "eprop_iaf_psc_delta", "eprop_iaf_psc_delta_adapt"}

// String is NEST's name of the model.
func (m OnlineModel) String() string { return nameOf(onlineNames, int(m)) }

func (m OnlineModel) adapts() bool { return m == OnlineIAFAdapt || m == OnlineIAFPSCDeltaAdapt }
func (m OnlineModel) delta() bool  { return m == OnlineIAFPSCDelta || m == OnlineIAFPSCDeltaAdapt }

// OnlineNeuron has the parameters of an [OnlineModel]. Start from
// [DefaultOnlineNeuron].
type OnlineNeuron struct {
	Model       OnlineModel
	AdaptiveIAF         // without RegularSpikeArrival, which has no effect; CReg is not per sequence here
	VReset      float64 // [V_reset] mV; of the psc_delta models
	Kappa       float64 // [kappa] factor per step of the filtered eligibility; in [0, 1]
	KappaReg    float64 // [kappa_reg] factor per step of the running rate; in [0, 1]
	TraceCutoff float64 // [eprop_isi_trace_cutoff] ms after a presynaptic spike in which it is learnt from; +Inf means always
}

// DefaultOnlineNeuron has NEST's defaults.
func DefaultOnlineNeuron(model OnlineModel) OnlineNeuron {
	return OnlineNeuron{Model: model, AdaptiveIAF: DefaultAdaptiveIAF(), VReset: -70, Kappa: 0.97, KappaReg: 0.97, TraceCutoff: math.Inf(1)}
}

// Online describes a network that learns at every spike: NEST's e-prop models
// without bsshslm_2020 in their names. There are no sequences and no learning at
// their ends; every synapse follows its own eligibility, and its weight changes
// step by step:
//
//	z̄ ← α·z̄ + z,  e = ψ·(z̄ − β·ε),  ε ← ρ·ε + e
//	ē ← Kappa·ē + e,  e_reg ← KappaReg·e_reg + (1 − KappaReg)·e
//	gradient = L·ē + CReg·(f − f_target)·e_reg
//
// with the running rate f of the neuron; of a readout, gradient = error·z̄. The
// loss is the squared error. All fields are required.
type Online struct {
	Name          string
	Resolution    float64      // ms
	Inputs        int          // input neurons
	Neurons       int          // recurrent neurons
	Neuron        OnlineNeuron // of all recurrent neurons
	Readouts      int
	Readout       Readout   // RegularSpikeArrival has no effect, Loss must be MeanSquaredError
	ReadoutCutoff float64   // [eprop_isi_trace_cutoff] of the readouts, ms; +Inf means always
	Input         Matrix    // weights from inputs to recurrent neurons
	Recurrent     Matrix    // weights among recurrent neurons; the diagonal is not used
	Output        Matrix    // weights from recurrent neurons to readouts
	Feedback      Matrix    // row j, column o: from readout o to neuron j
	Optimizer     Optimizer // BatchSize must be 1; it runs in every step, NEST's optimize_each_step
}

// Build checks the description and makes a simulation, which copies the weights and
// runs here or, with [On], on a device.
func (d Online) Build(options ...BuildOption) (*OnlineSim, error) {
	var o buildOptions
	for _, option := range options {
		option(&o)
	}
	n := New(d.Name, Kernel{Resolution: d.Resolution, UpdateInterval: 2 * d.Resolution, LearningWindow: d.Resolution})
	synapse := DefaultSynapse()
	synapse.Delay, synapse.Optimizer = d.Resolution, d.Optimizer
	n.Input(d.Inputs).Recurrent("recurrent", d.Neurons, d.Neuron.AdaptiveIAF).Readout(d.Readouts, d.Readout).
		InputWeights(d.Input, synapse).RecurrentWeights(d.Recurrent, synapse).OutputWeights(d.Output, synapse).FeedbackWeights(d.Feedback)
	n.check()
	neuron := d.Neuron
	fail := func(format string, args ...any) {
		n.mistakes = append(n.mistakes, fmt.Errorf("network %q: "+format, append([]any{d.Name}, args...)...))
	}
	if neuron.Model < 0 || int(neuron.Model) >= len(onlineNames) {
		fail("Neuron.Model is %v, want one of %s; choose eprop.OnlineIAF for example", neuron.Model, strings.Join(onlineNames, ", "))
	}
	for name, x := range map[string]float64{"Kappa": neuron.Kappa, "KappaReg": neuron.KappaReg} {
		if !(x >= 0 && x <= 1) {
			fail("Neuron.%s is %v, want 0 to 1; set it, or start from eprop.DefaultOnlineNeuron", name, x)
		}
	}
	for name, x := range map[string]float64{"Neuron.TraceCutoff": neuron.TraceCutoff, "ReadoutCutoff": d.ReadoutCutoff} {
		if !(x >= 0) {
			fail("%s is %v ms, want 0 or more; set it, math.Inf(1) for none", name, x)
		}
	}
	if neuron.Model.delta() && !(neuron.VReset < neuron.VTh) {
		fail("Neuron.VReset is %v mV, want less than VTh, %v mV; lower it", neuron.VReset, neuron.VTh)
	}
	if d.Readout.Loss != MeanSquaredError {
		fail("Readout.Loss is %v, want mean_squared_error, the only one of online learning; change it, or use a Network", d.Readout.Loss)
	}
	if d.Optimizer.BatchSize != 1 {
		fail("Optimizer.BatchSize is %d, want 1, since there are no batches; set it", d.Optimizer.BatchSize)
	}
	if len(n.mistakes) > 0 {
		return nil, errors.Join(n.mistakes...)
	}
	s := newOnlineSim(d)
	if o.backend != nil {
		if err := s.compile(o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// OnlineSim runs an [Online] network. It is for one goroutine at a time. It keeps
// its first failure; later calls of Run return it.
type OnlineSim struct {
	d    Online
	step int64 // NEST's update steps run
	err  error

	alpha, rho, beta, current float64
	vth, vmin, reset          float64 // relative to EL
	refractory                int32
	target                    float64 // of the rate, spikes per step
	out                       integrator

	v, a, z, rate  []float64 // (neurons)
	r              []int32
	outV           []float64 // (readouts)
	arrived, sumO  []float64
	spikes         []int32      // of the step before
	learning       []float64    // (neurons): learning signal of the step before the last
	psi, regular   [2][]float64 // (neurons): of the last two steps, the older first
	wrong          [2][]float64 // (readouts): errors, likewise
	in, rec        onlineSynapses
	output         onlineSynapses
	power1, power2 []float64      // Beta1ⁿ and Beta2ⁿ
	device         OnlineExecutor // nil without On; then it has the state after the steps before the first
}

func newOnlineSim(d Online) *OnlineSim {
	m, dt := d.Neuron, d.Resolution
	s := &OnlineSim{
		d: d, alpha: vmath.Exp(-dt / m.TauM), vth: m.VTh - m.EL, vmin: m.VMin - m.EL, reset: m.VReset - m.EL,
		refractory: int32(min(math.Round(m.TRef/dt), math.MaxInt32)), target: m.FTarget / 1000 * dt,
		power1: []float64{1}, power2: []float64{1},
	}
	if m.Model.adapts() {
		s.rho, s.beta = vmath.Exp(-dt/m.AdaptTau), m.AdaptBeta
	}
	s.current = m.TauM / m.CM * (1 - s.alpha) * m.IE
	r := d.Readout
	s.out = integrator{kappa: vmath.Exp(-dt / r.TauM), zeta: 1, vmin: r.VMin - r.EL, rest: r.EL}
	s.out.current = r.TauM / r.CM * (1 - s.out.kappa) * r.IE
	n := d.Neurons
	floats := func() []float64 { return make([]float64, n) }
	s.v, s.a, s.z, s.rate, s.arrived, s.r = floats(), floats(), floats(), floats(), floats(), make([]int32, n)
	for j := range s.v {
		s.v[j], s.a[j] = m.VM-m.EL, m.Adaptation
	}
	s.outV, s.sumO = make([]float64, d.Readouts), make([]float64, d.Readouts)
	for o := range s.outV {
		s.outV[o] = r.VM - r.EL
	}
	for k := range 2 {
		s.psi[k], s.regular[k], s.wrong[k] = floats(), floats(), make([]float64, d.Readouts)
	}
	s.learning = floats()
	s.in = newOnlineSynapses(d.Input, m.TraceCutoff/dt)
	s.rec = newOnlineSynapses(d.Recurrent, m.TraceCutoff/dt)
	s.output = newOnlineSynapses(d.Output, d.ReadoutCutoff/dt)
	for i := range n {
		s.rec.w[i*n+i] = 0
	}
	// NEST's first input acts in update step 2. Constant currents act from step 1
	// on, in psc_delta neurons from step 0.
	neuron, readout := s.current, s.out.current
	s.out.current = 0
	if !m.Model.delta() {
		s.current = 0
	}
	s.advance(nil, nil, false)
	s.current, s.out.current = neuron, readout
	s.advance(nil, nil, false)
	return s
}

// Weights are those that the next spikes are sent with, as (targets × sources)
// matrices.
func (s *OnlineSim) Weights() (input, recurrent, output Matrix) {
	n := s.d.Neurons
	if s.device != nil {
		if err := s.device.Weights([3][]float64{s.in.w, s.rec.w, s.output.w}); err != nil && s.err == nil { // the matrices are those last seen
			s.err = fmt.Errorf("network %q: %w", s.d.Name, err)
		}
	}
	return toMatrix(s.in.w, n, s.d.Inputs), toMatrix(s.rec.w, n, n), toMatrix(s.output.w, s.d.Readouts, n)
}

// Err is the first failure of the simulation.
func (s *OnlineSim) Err() error { return s.err }

// Run goes on for a number of steps, learning all the while. spikes holds a fact
// for each step and input; target one value for each step and readout, both in
// row-major order; window says of each step whether errors count, nil that all do.
// The loss is ½·Σ(y − y*)² over the steps of the window, averaged over readouts.
//
// A recurrent spike reaches recurrent neurons and readouts one step later.
func (s *OnlineSim) Run(spikes []bool, target []float64, window []bool) (loss float64, err error) {
	if s.err != nil {
		return 0, s.err
	}
	steps := len(spikes) / s.d.Inputs
	first := s.step - 2 // for the user, counting starts with the first input
	switch {
	case steps == 0 || len(spikes) != steps*s.d.Inputs:
		return 0, fmt.Errorf("network %q, step %d: %d spikes given, want a multiple of %d, the number of inputs; give one for each step and input", s.d.Name, first, len(spikes), s.d.Inputs)
	case len(target) != steps*s.d.Readouts:
		return 0, fmt.Errorf("network %q, step %d: %d targets given, want %d, for %d steps × %d readouts; give one for each", s.d.Name, first, len(target), steps*s.d.Readouts, steps, s.d.Readouts)
	case window != nil && len(window) != steps:
		return 0, fmt.Errorf("network %q, step %d: window has %d values, want %d, one for each step; or give nil", s.d.Name, first, len(window), steps)
	}
	if k := notFinite(target); k >= 0 {
		return 0, fmt.Errorf("network %q, step %d: target[%d] is %v, want a finite number; check how the targets are made", s.d.Name, first, k, target[k])
	}
	if s.device != nil {
		if loss, s.err = s.runOnDevice(spikes, target, window, steps); s.err != nil {
			return 0, s.err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			s.err = s.diverged(loss)
			return loss, s.err
		}
		return loss / float64(s.d.Readouts), nil
	}
	for k := range steps {
		open := window == nil || window[k]
		wrong := s.advance(spikes[k*s.d.Inputs:][:s.d.Inputs], target[k*s.d.Readouts:][:s.d.Readouts], open)
		for _, e := range wrong {
			loss += float64(0.5 * e * e)
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			s.err = s.diverged(loss)
			return loss, s.err
		}
	}
	return loss / float64(s.d.Readouts), nil
}

// diverged is the error after a step with an infinite loss.
func (s *OnlineSim) diverged(loss float64) error {
	return fmt.Errorf("network %q, step %d: the loss is %v, want a finite number; lower Eta or CReg, or look at the input. The simulation stays at this step", s.d.Name, s.step-3, loss)
}
