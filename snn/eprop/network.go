package eprop

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strings"
)

// Kernel is what NEST keeps in its kernel. Start from [DefaultKernel].
type Kernel struct {
	Resolution           float64 // [resolution] step, ms; positive
	UpdateInterval       float64 // [eprop_update_interval] length of a sequence, ms; a multiple of the step
	LearningWindow       float64 // [eprop_learning_window] ms, at the end of the interval; not longer than it
	ResetNeuronsOnUpdate bool    // [eprop_reset_neurons_on_update] neurons start every sequence from rest
}

// DefaultKernel has NEST's defaults, with a step of 1 ms.
func DefaultKernel() Kernel {
	return Kernel{Resolution: 1, UpdateInterval: 1000, LearningWindow: 1000, ResetNeuronsOnUpdate: true}
}

// Network describes inputs, recurrent neurons and readouts, and the weights
// between them. Its methods add to it in any order and return it; mistakes are
// kept and told by [Network.Build], all together. A Network must not be changed
// by several goroutines at a time.
type Network struct {
	name     string
	kernel   Kernel
	inputs   int
	groups   []group
	readouts int
	readout  Readout
	in, rec  projection // onto the recurrent neurons
	out      projection // from the recurrent neurons onto the readouts
	feedback Matrix
	sites    map[string]string // where each part was set
	mistakes []error
}

type group struct {
	name  string
	count int
	model Neuron
}

type projection struct {
	weights Matrix
	synapse Synapse
}

// New starts the description of a network.
func New(name string, k Kernel) *Network {
	n := &Network{name: name, kernel: k, sites: map[string]string{}}
	n.set("kernel")
	return n
}

// Input sets the number of input neurons, NEST's parrots.
func (n *Network) Input(count int) *Network {
	n.set("inputs")
	n.inputs = count
	return n
}

// Recurrent adds neurons of one model; recurrent neurons are numbered in the
// order in which they are added.
func (n *Network) Recurrent(name string, count int, model Neuron) *Network {
	n.site("population " + name)
	n.groups = append(n.groups, group{name, count, model})
	return n
}

// Readout sets number and model of the readouts.
func (n *Network) Readout(count int, model Readout) *Network {
	n.set("readouts")
	n.readouts, n.readout = count, model
	return n
}

// InputWeights connects all inputs to all recurrent neurons.
func (n *Network) InputWeights(w Matrix, s Synapse) *Network {
	n.set("input weights")
	n.in = projection{w, s}
	return n
}

// RecurrentWeights connects the recurrent neurons to each other. There are no
// self-connections: the diagonal of w is not used.
func (n *Network) RecurrentWeights(w Matrix, s Synapse) *Network {
	n.set("recurrent weights")
	n.rec = projection{w, s}
	return n
}

// OutputWeights connects all recurrent neurons to all readouts.
func (n *Network) OutputWeights(w Matrix, s Synapse) *Network {
	n.set("output weights")
	n.out = projection{w, s}
	return n
}

// FeedbackWeights are those by which the readouts' errors reach the recurrent
// neurons: row j, column o is the fixed weight from readout o to neuron j.
func (n *Network) FeedbackWeights(b Matrix) *Network {
	n.set("feedback weights")
	n.feedback = b
	return n
}

// set notes the caller's line of a part that may be given once.
func (n *Network) set(part string) {
	if _, twice := n.sites[part]; twice {
		n.fail(part, fmt.Errorf("set a second time, want it once; remove one of the two calls"))
	}
	n.site(part)
}

func (n *Network) site(part string) { n.sites[part] = callSite() }

func (n *Network) fail(part string, err error) {
	of := fmt.Sprintf("network %q: %s", n.name, part)
	if site := n.sites[part]; site != "" {
		of += " (" + site + ")"
	}
	n.mistakes = append(n.mistakes, fmt.Errorf("%s: %w", of, err))
}

// callSite is the first line outside this package's own files.
func callSite() string {
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		inside := strings.Contains(f.Function, "/snn/eprop.") && !strings.HasSuffix(f.File, "_test.go")
		if !inside && f.File != "" {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// Build checks the description and makes a simulation of it, which runs in this
// package's own engine or, with [On], on a device. The simulation keeps copies of
// the weights.
func (n *Network) Build(options ...BuildOption) (*Sim, error) {
	var o buildOptions
	for _, option := range options {
		option(&o)
	}
	kept := n.mistakes
	n.check()
	found := n.mistakes
	n.mistakes = kept
	if len(found) > 0 {
		return nil, errors.Join(found...)
	}
	s := newSim(n)
	if o.backend != nil {
		if err := s.compile(o.backend); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// recurrent is the number of recurrent neurons.
func (n *Network) recurrent() int {
	count := 0
	for _, g := range n.groups {
		count += g.count
	}
	return count
}

const maxNeurons = 1 << 20 // of one kind, so that sizes never overflow

func (n *Network) check() {
	n.checkKernel()
	n.checkCount("inputs", n.inputs, "Input")
	n.checkCount("readouts", n.readouts, "Readout")
	if len(n.groups) == 0 {
		n.fail("recurrent neurons", errors.New("there are none, want at least one; add them with Recurrent"))
	}
	for _, g := range n.groups {
		part := "population " + g.name
		n.checkCount(part, g.count, "Recurrent")
		switch g.model.(type) {
		case IAF, AdaptiveIAF:
		default: // others only have the methods by embedding, or are pointers
			n.fail(part, fmt.Errorf("the model is %T, want IAF or AdaptiveIAF; start from eprop.DefaultIAF()", g.model))
			continue
		}
		n.require(part, "eprop.DefaultIAF()", g.model.adaptive().ranges())
	}
	n.require("readouts", "eprop.DefaultReadout()", n.readout.ranges())
	if len(n.mistakes) > 0 {
		return // the shapes of the weights are not known
	}
	rec := n.recurrent()
	if rec > maxNeurons {
		n.checkCount("recurrent neurons", rec, "Recurrent")
		return
	}
	n.checkProjection("input weights", n.in, rec, n.inputs)
	n.checkProjection("recurrent weights", n.rec, rec, rec)
	n.checkProjection("output weights", n.out, n.readouts, rec)
	if err := n.feedback.check(rec, n.readouts); err != nil {
		n.fail("feedback weights", err)
	}
	if len(n.mistakes) > 0 {
		return
	}
	if a, b := n.in.synapse.TauMReadout, n.rec.synapse.TauMReadout; a != b {
		n.fail("recurrent weights", fmt.Errorf("TauMReadout is %v ms, that of the input weights %v ms, want the same; give both the TauM of the readouts", b, a))
	}
	for part, p := range map[string]projection{"recurrent weights": n.rec, "output weights": n.out} {
		if a, b := n.in.synapse.Optimizer.BatchSize, p.synapse.Optimizer.BatchSize; a != b {
			n.fail(part, fmt.Errorf("BatchSize is %d, that of the input weights %d, want the same; use one Optimizer for all", b, a))
		}
	}
}

func (n *Network) checkKernel() {
	k := n.kernel
	bad := len(n.mistakes)
	n.require("kernel", "eprop.DefaultKernel()", []within{
		{"Resolution", k.Resolution, "ms", 0, false, math.Inf(1)},
		{"UpdateInterval", k.UpdateInterval, "ms", 0, false, math.Inf(1)},
		{"LearningWindow", k.LearningWindow, "ms", 0, false, math.Inf(1)},
	})
	if len(n.mistakes) > bad {
		return
	}
	for name, d := range map[string]float64{"UpdateInterval": k.UpdateInterval, "LearningWindow": k.LearningWindow} {
		steps := math.Round(d / k.Resolution)
		if !(steps >= 1 && steps <= 1<<30) || math.Abs(steps*k.Resolution-d) > 1e-9*d {
			n.fail("kernel", fmt.Errorf("%s is %v ms, want a multiple of the step of %v ms, at most 2^30 steps; choose another", name, d, k.Resolution))
		}
	}
	if k.UpdateInterval < 1.5*k.Resolution {
		n.fail("kernel", fmt.Errorf("UpdateInterval is %v ms, want at least two steps of %v ms; lengthen it", k.UpdateInterval, k.Resolution))
	}
	if k.LearningWindow > k.UpdateInterval {
		n.fail("kernel", fmt.Errorf("LearningWindow is %v ms, want at most the UpdateInterval of %v ms; shorten the window or lengthen the interval", k.LearningWindow, k.UpdateInterval))
	}
}

func (n *Network) checkCount(part string, count int, method string) {
	if count < 1 || count > maxNeurons {
		n.fail(part, fmt.Errorf("their number is %d, want 1 to %d; set it with %s", count, maxNeurons, method))
	}
}

func (n *Network) checkProjection(part string, p projection, targets, sources int) {
	if p.weights.Data == nil {
		n.fail(part, fmt.Errorf("there are none, want %d targets × %d sources; give a matrix of zeros if nothing is connected", targets, sources))
		return
	}
	if err := p.weights.check(targets, sources); err != nil {
		n.fail(part, err)
		return
	}
	s, o := p.synapse, p.synapse.Optimizer
	if s.Delay != n.kernel.Resolution {
		n.fail(part, fmt.Errorf("Delay is %v ms, want one step, %v ms; e-prop synapses have no other delay", s.Delay, n.kernel.Resolution))
	}
	if o.Method < 0 || int(o.Method) >= len(methodNames) {
		n.fail(part, fmt.Errorf("Method is %v, want one of %s; choose eprop.Adam for example", o.Method, strings.Join(methodNames, ", ")))
	}
	if o.BatchSize < 1 {
		n.fail(part, fmt.Errorf("BatchSize is %d, want 1 or more; set it, or start from eprop.DefaultOptimizer()", o.BatchSize))
	}
	if !(o.WMin <= o.WMax) {
		n.fail(part, fmt.Errorf("WMin is %v pA and WMax %v pA, want WMin at most WMax; swap them, or start from eprop.DefaultOptimizer()", o.WMin, o.WMax))
		return
	}
	n.require(part, "eprop.DefaultSynapse()", []within{
		{"TauMReadout", s.TauMReadout, "ms", 0, false, math.Inf(1)},
		{"Eta", o.Eta, "", 0, true, math.Inf(1)},
		{"Beta1", o.Beta1, "", 0, true, 1},
		{"Beta2", o.Beta2, "", 0, true, 1},
		{"Epsilon", o.Epsilon, "", 0, true, math.Inf(1)},
	})
	for k, w := range p.weights.Data {
		j, i := k/sources, k%sources
		if part == "recurrent weights" && i == j {
			continue
		}
		if !(w >= o.WMin && w <= o.WMax) {
			n.fail(part, fmt.Errorf("weight (%d, %d) is %v pA, want %v to %v pA; scale the weights, or widen WMin and WMax", j, i, w, o.WMin, o.WMax))
			return
		}
	}
}

// within is a parameter and its range: low (itself allowed if closed) up to but
// not including high.
type within struct {
	name   string
	value  float64
	unit   string
	low    float64
	closed bool
	high   float64
}

func (n *Network) require(part, start string, rs []within) {
	for _, r := range rs {
		if r.value > r.low && r.value < r.high || r.closed && r.value == r.low {
			continue
		}
		want := fmt.Sprintf("more than %v", r.low)
		if math.IsInf(r.low, -1) || r.low == -math.MaxFloat64 {
			want = "a finite number"
		} else if r.closed {
			want = fmt.Sprintf("%v or more", r.low)
		}
		if !math.IsInf(r.high, 1) {
			want += fmt.Sprintf(" and less than %v", r.high)
		}
		n.fail(part, fmt.Errorf("%s is %v%s, want %s; set it, or start from %s", r.name, r.value, strings.TrimRight(" "+r.unit, " "), want, start))
	}
}

func (m AdaptiveIAF) ranges() []within {
	inf := math.Inf(1)
	shape := within{"Surrogate.Shape", float64(m.Surrogate.Shape), "", 0, true, float64(len(shapeNames))}
	return []within{
		{"CM", m.CM, "pF", 0, false, inf},
		{"EL", m.EL, "mV", -inf, false, inf},
		{"IE", m.IE, "pA", -inf, false, inf},
		{"TRef", m.TRef, "ms", 0, true, 1e9},
		{"TauM", m.TauM, "ms", 0, false, inf},
		{"VM", m.VM, "mV", -inf, false, inf},
		{"VTh", m.VTh, "mV", -inf, false, inf},
		{"VTh − VMin", m.VTh/2 - m.VMin/2, "mV", 0, true, inf},
		{"CReg", m.CReg, "", 0, true, inf},
		{"FTarget", m.FTarget, "spikes/s", 0, true, inf},
		{"Surrogate.Height", m.Surrogate.Height, "", 0, false, inf},
		{"Surrogate.Width", m.Surrogate.Width, "mV", 0, false, inf},
		{"AdaptBeta", m.AdaptBeta, "", 0, true, inf},
		{"AdaptTau", m.AdaptTau, "ms", 0, false, inf},
		{"Adaptation", m.Adaptation, "", -inf, false, inf},
		shape,
	}
}

func (m Readout) ranges() []within {
	inf := math.Inf(1)
	return []within{
		{"CM", m.CM, "pF", 0, false, inf},
		{"EL", m.EL, "mV", -inf, false, inf},
		{"IE", m.IE, "pA", -inf, false, inf},
		{"TauM", m.TauM, "ms", 0, false, inf},
		{"VM", m.VM, "mV", -inf, false, inf},
		{"VMin", m.VMin, "mV", -inf, false, inf},
		{"Loss", float64(m.Loss), "", 0, true, float64(len(lossNames))},
	}
}
