package eprop

import (
	"errors"
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// BuildOption changes how [Network.Build] and [Online.Build] build.
type BuildOption func(*buildOptions)

type buildOptions struct {
	backend plan.Backend
}

// On trains on a backend that knows e-prop, which cuda.Device(0) does:
//
//	sim, err := net.Build(eprop.On(cuda.Device(0)))
//
// Results are those of this package's own engine, bit for bit. Close such a [Sim]
// when it is not needed any more.
func On(b plan.Backend) BuildOption { return func(o *buildOptions) { o.backend = b } }

// Backend is a backend that knows e-prop.
type Backend interface {
	plan.Backend
	CompileEprop(p *Program) (Executor, error)
	CompileOnline(p *OnlineProgram) (OnlineExecutor, error)
}

func errNoEprop(network string, b plan.Backend) error {
	return fmt.Errorf("network %q: backend %s does not know e-prop; want cuda.Device(0), or leave eprop.On away for this package's own engine", network, b.Name())
}

// Program is a network as backends run it. Its meaning is defined by this package's
// own engine: step.go, sequence.go, backward.go and optimize.go.
type Program struct {
	Name                        string
	Steps, Window               int // of a sequence, of its learning window
	Inputs, Recurrent, Readouts int
	Populations                 []Population // in the order of their neurons
	Readout                     Integrator
	Feedback                    []float64 // (readouts, recurrent)
	Kappa                       float64   // per step, of the synapses onto recurrent neurons
	Average                     [3]float64
	Optimizers                  [3]Optimizer // of the input, recurrent and output weights
}

// Population are neurons First to End−1, with the same constants of a step.
// Potentials are relative to EL.
type Population struct {
	First, End                                                   int
	Alpha, Zeta, Current, VTh, VMin, Rho, Beta, CReg, SpikesWant float64
	Refractory                                                   int // steps
	Surrogate                                                    Surrogate
}

// Integrator is the membrane of the readouts.
type Integrator struct {
	Kappa, Zeta, Current, VMin, EL float64
	Loss                           Loss
}

// Array is something that an [Executor] keeps for every weight, those of one source
// side by side: (inputs, recurrent), (recurrent, recurrent), (recurrent, readouts).
type Array int

const (
	Now     Array = iota // weights in use
	Before               // weights before the last update
	Sum                  // gradients of a batch that are settled
	Full                 // gradient of the last sequence
	Late                 // the same without the learning signal of its last step; not of output weights
	Moment1              // of Adam, m
	Moment2              // of Adam, v
	Arrays               // their number
)

// Executor holds the weights of a training and everything of their shape, and runs
// sequences. It is not safe for concurrent use.
type Executor interface {
	// Read and Write copy an array out and in. Moments of projections without Adam
	// are left out; those parts are nil.
	Read(a Array, to [3][]float64) error
	Write(a Array, from [3][]float64) error
	// Run runs sequences with the weights in use, each on its own. If it learns, it
	// adds the gradients to Sum, in order, each divided by Average, and leaves that
	// of the last one in Full and Late.
	Run(runs []Run, learn bool) error
	// Settle adds Full, divided by Average, to Sum, after the rows of late sources,
	// inputs and then recurrent neurons, have been taken from Late.
	Settle(late []bool) error
	// Update keeps Now as Before, changes it by Sum, clears Sum and the weights from
	// neurons to themselves, and tells whether all weights are finite. rates are Eta,
	// or that of Adam with the corrections of its step.
	Update(rates [3]float64) (finite bool, err error)
	// Finite tells whether Sum, Full and Late are.
	Finite() (bool, error)
	Close() error
}

// Run is a sequence from the end of its step 0 on, and what comes of it.
type Run struct {
	Sequence
	Inputs   []int32 // input spikes of all steps, ascending in each
	InputsAt []int32 // (steps+1): those of step s are Inputs[InputsAt[s]:InputsAt[s+1]]
	Old      []bool  // (recurrent): a spike of step 0 reaches the readouts with the weights of Before; nil means none
	AtZero   []bool  // (recurrent): a spike of step 0 counts for the output weights; nil means none

	// State, at the start after step 0, then after the last step.
	V, A, Z []float64 // (recurrent): potential, adaptation, spike of the last step as 0 or 1
	R       []int32   // (recurrent): refractory steps left
	Out     []float64 // (readouts): potential before step 0

	Loss                float64 // summed over readouts and window
	Predicted, Expected int
	Counts              []int32 // (recurrent): spikes, with step 0
}

// compile makes the executor of s.
func (s *Sim) compile(b plan.Backend) error {
	backend, ok := b.(Backend)
	if !ok {
		return errNoEprop(s.name, b)
	}
	e := s.e
	p := &Program{
		Name: s.name, Steps: e.steps, Window: e.window, Inputs: e.inputs, Recurrent: e.recurrent, Readouts: e.readouts,
		Readout:  Integrator{e.readout.kappa, e.readout.zeta, e.readout.current, e.readout.vmin, e.readout.rest, e.readout.loss},
		Feedback: e.feedback, Kappa: e.kappa,
	}
	for k, o := range s.optimizers {
		p.Optimizers[k], p.Average[k] = o.Optimizer, o.average
	}
	for _, q := range e.pops {
		p.Populations = append(p.Populations, Population{
			First: q.first, End: q.end, Alpha: q.alpha, Zeta: q.zeta, Current: q.current, VTh: q.vth, VMin: q.vmin,
			Rho: q.rho, Beta: q.beta, CReg: q.creg, SpikesWant: q.target, Refractory: int(q.refractory), Surrogate: q.surrogate,
		})
	}
	x, err := backend.CompileEprop(p)
	if err != nil {
		return fmt.Errorf("network %q: %w", s.name, err)
	}
	s.device = x
	if err := s.push(); err != nil {
		return fmt.Errorf("network %q: %w", s.name, errors.Join(err, s.Close()))
	}
	return nil
}

// arrays are the copies that s has of the executor's arrays.
func (s *Sim) arrays() (all [Arrays][3][]float64) {
	p := &s.pending
	all[Now], all[Before], all[Sum], all[Full], all[Late] = s.now.parts(), s.before.parts(), p.sum.parts(), p.full.parts(), p.late.parts()
	for k, o := range s.optimizers {
		all[Moment1][k], all[Moment2][k] = o.m, o.v
	}
	return all
}

// pull brings arrays from the device, all if none is named, and push takes all there.
// Without a device there is nothing to do.
func (s *Sim) pull(which ...Array) error {
	if s.device == nil {
		return nil
	}
	all := s.arrays()
	if len(which) == 0 {
		which = []Array{Now, Before, Sum, Full, Late, Moment1, Moment2}
	}
	for _, a := range which {
		if err := s.device.Read(a, all[a]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) push() error {
	if s.device == nil {
		return nil
	}
	for a, parts := range s.arrays() {
		if err := s.device.Write(Array(a), parts); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) deviceFailed(err error) error {
	return fmt.Errorf("network %q, iteration %d: %w", s.name, s.iteration, err)
}

// Close gives back what a simulation holds on a device; it cannot train there any
// more. Without [On] it does nothing.
func (s *Sim) Close() error {
	if s.device == nil {
		return nil
	}
	return s.device.Close()
}
