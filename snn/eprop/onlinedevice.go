package eprop

import (
	"fmt"
	"math"
	"slices"
)

// OnlineProgram is an [Online] network as backends run it, with its state before the
// first step. Its meaning is defined by onlinestep.go.
type OnlineProgram struct {
	Name                          string
	Inputs, Neurons, Readouts     int
	Delta                         bool // a psc_delta model
	Refractory                    int  // steps
	Resolution                    float64
	Alpha, Rho, Beta, Current     float64 // of a step; potentials are relative to EL
	VTh, VMin, VReset, SpikesWant float64
	CReg, Kappa, KappaReg         float64
	Surrogate                     Surrogate
	Readout                       Integrator
	Feedback                      []float64 // (neurons, readouts)
	Cutoff, ReadoutCutoff         float64   // steps
	Optimizer                     Optimizer
	Weights                       [3][]float64 // of input, recurrent and output synapses, those of one source side by side

	V, A, Z, Rate []float64    // (neurons)
	R, Spikes     []int32      // (neurons); neurons that fired in the step before
	Out           []float64    // (readouts)
	Psi, Regular  [2][]float64 // (neurons), of steps 0 and 1
	Last, Before  []int64      // (inputs+neurons): when spikes arrived last, and before that
}

// OnlineExecutor runs an [Online] network. It is not safe for concurrent use.
type OnlineExecutor interface {
	Run(r *OnlineRun) error
	// Weights copies the weights out.
	Weights(to [3][]float64) error
	Close() error
}

// OnlineRun is some steps, and what comes of them.
type OnlineRun struct {
	First  int64 // NEST's number of the first step
	Spikes []bool
	Target []float64
	Window []bool    // nil is always
	Rates  []float64 // Eta of update n = 0, 1, … to First+steps, with Adam's corrections

	Loss  float64 // summed over steps and readouts
	Steps int64   // made: all, or as many as there were when Loss was not finite any more
}

// compile makes the executor of s, which has made the steps before the first.
func (s *OnlineSim) compile(o buildOptions) error {
	backend, ok := o.backend.(Backend)
	if !ok {
		return errNoEprop(s.d.Name, o.backend)
	}
	m := &s.d.Neuron
	p := &OnlineProgram{
		Name: s.d.Name, Inputs: s.d.Inputs, Neurons: s.d.Neurons, Readouts: s.d.Readouts,
		Delta: m.Model.delta(), Refractory: int(s.refractory), Resolution: s.d.Resolution,
		Alpha: s.alpha, Rho: s.rho, Beta: s.beta, Current: s.current, VTh: s.vth, VMin: s.vmin, VReset: s.reset, SpikesWant: s.target,
		CReg: m.CReg, Kappa: m.Kappa, KappaReg: m.KappaReg, Surrogate: m.Surrogate,
		Readout:  Integrator{s.out.kappa, s.out.zeta, s.out.current, s.out.vmin, s.out.rest, MeanSquaredError},
		Feedback: s.d.Feedback.Data, Cutoff: s.in.cutoff, ReadoutCutoff: s.output.cutoff, Optimizer: s.d.Optimizer,
		Weights: [3][]float64{s.in.w, s.rec.w, s.output.w},
		V:       s.v, A: s.a, Z: s.z, Rate: s.rate, R: s.r, Spikes: s.spikes, Out: s.outV, Psi: s.psi, Regular: s.regular,
		Last: slices.Concat(s.in.last, s.rec.last), Before: slices.Concat(s.in.before, s.rec.before),
	}
	x, err := backend.CompileOnline(p)
	if err != nil {
		return fmt.Errorf("network %q: %w", s.d.Name, err)
	}
	s.device = x
	return nil
}

// runOnDevice makes steps on the device and gives their summed loss.
func (s *OnlineSim) runOnDevice(spikes []bool, target []float64, window []bool, steps int) (float64, error) {
	s.powers(s.step + int64(steps))
	r := OnlineRun{First: s.step, Spikes: spikes, Target: target, Window: window, Rates: make([]float64, len(s.power1))}
	for n := range r.Rates {
		r.Rates[n] = s.d.Optimizer.Eta * math.Sqrt(1-s.power2[n]) / (1 - s.power1[n])
	}
	if err := s.device.Run(&r); err != nil {
		return 0, fmt.Errorf("network %q, step %d: %w", s.d.Name, s.step-2, err)
	}
	s.step += r.Steps
	return r.Loss, nil
}

// Close gives back what a simulation holds on a device; it cannot run there any more.
// Without [On] it does nothing.
func (s *OnlineSim) Close() error {
	if s.device == nil {
		return nil
	}
	return s.device.Close()
}
