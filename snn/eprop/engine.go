package eprop

import (
	"math"

	"github.com/spikebook/spikebook/snn/vmath"
)

// engine is a network lowered to the constants of one step. It does not change
// after Build and is shared by all goroutines.
type engine struct {
	steps, window     int // of an interval, of its learning window
	inputs, recurrent int
	readouts          int
	reset             bool
	pops              []population
	readout           integrator
	feedback          []float64 // (readouts, recurrent): B transposed, one readout's weights in a row
	kappa             float64   // of the synapses onto recurrent neurons, exp(−dt/TauMReadout)
	independent       bool      // sequences do not depend on each other: reset, and no spike in step 0
}

// population is a run of recurrent neurons with the same constants. Potentials
// are relative to EL.
type population struct {
	first, end int // neurons first … end−1

	alpha, zeta  float64
	current      float64 // τ/C·(1−α)·IE, what the constant current adds per step
	vth, vmin    float64
	adapts       bool
	rho, beta    float64 // of the adaptive threshold; 0 without
	refractory   int32   // steps
	surrogate    Surrogate
	creg         float64
	target       float64 // spikes per step
	v0, a0, rest float64 // at the start; rest is EL
}

// integrator is the readouts' membrane.
type integrator struct {
	kappa, zeta, current, vmin, v0, rest float64
	loss                                 Loss
}

func lower(n *Network) *engine {
	k := n.kernel
	dt := k.Resolution
	e := &engine{
		steps:     int(math.Round(k.UpdateInterval / dt)),
		window:    int(math.Round(k.LearningWindow / dt)),
		inputs:    n.inputs,
		recurrent: n.recurrent(),
		readouts:  n.readouts,
		reset:     k.ResetNeuronsOnUpdate,
		kappa:     vmath.Exp(-dt / n.rec.synapse.TauMReadout),
	}
	e.independent = e.reset
	first := 0
	for _, g := range n.groups {
		m := g.model.adaptive()
		p := population{
			first: first, end: first + g.count,
			alpha: vmath.Exp(-dt / m.TauM), zeta: 1,
			vth: m.VTh - m.EL, vmin: m.VMin - m.EL,
			refractory: int32(min(math.Round(m.TRef/dt), math.MaxInt32)), surrogate: m.Surrogate,
			creg: m.CReg, target: m.FTarget / 1000 * dt,
			v0: m.VM - m.EL, a0: m.Adaptation, rest: m.EL,
		}
		p.current = m.TauM / m.CM * (1 - p.alpha) * m.IE
		if !m.RegularSpikeArrival {
			p.zeta = 1 - p.alpha
		}
		if _, adapts := g.model.(AdaptiveIAF); adapts {
			p.adapts, p.rho, p.beta = true, vmath.Exp(-dt/m.AdaptTau), m.AdaptBeta
		}
		if max(p.current, p.vmin) >= p.vth {
			e.independent = false
		}
		e.pops = append(e.pops, p)
		first = p.end
	}
	r := n.readout
	e.readout = integrator{kappa: vmath.Exp(-dt / r.TauM), zeta: 1, vmin: r.VMin - r.EL, v0: r.VM - r.EL, rest: r.EL, loss: r.Loss}
	e.readout.current = r.TauM / r.CM * (1 - e.readout.kappa) * r.IE
	if !r.RegularSpikeArrival {
		e.readout.zeta = 1 - e.readout.kappa
	}
	e.feedback = make([]float64, e.readouts*e.recurrent)
	for o := range e.readouts {
		for j := range e.recurrent {
			e.feedback[o*e.recurrent+j] = n.feedback.At(j, o)
		}
	}
	return e
}

// state is what passes from step to step, and without reset from sequence to
// sequence.
type state struct {
	v, a, z []float64 // (recurrent): potential, adaptation, own spike of the last step as 0 or 1
	r       []int32   // (recurrent): refractory steps left
	out     []float64 // (readouts): potential

	// next is, for the synapses from a recurrent neuron to the readouts, the first
	// interval for which they have not yet been updated; see boundary.go.
	next []int64
}

func (e *engine) newState() *state {
	n := e.recurrent
	st := &state{
		v: make([]float64, n), a: make([]float64, n), z: make([]float64, n), r: make([]int32, n),
		out: make([]float64, e.readouts), next: make([]int64, n),
	}
	for _, p := range e.pops {
		for j := p.first; j < p.end; j++ {
			st.v[j], st.a[j] = p.v0, p.a0
		}
	}
	for o := range st.out {
		st.out[o] = e.readout.v0
	}
	for i := range st.next {
		st.next[i] = 1
	}
	return st
}

// rest puts all neurons to rest, as at the start of a sequence with reset.
func (st *state) rest() {
	clear(st.v)
	clear(st.a)
	clear(st.z)
	clear(st.r)
	clear(st.out)
}

func (st *state) copyFrom(from *state) {
	copy(st.v, from.v)
	copy(st.a, from.a)
	copy(st.z, from.z)
	copy(st.r, from.r)
	copy(st.out, from.out)
	copy(st.next, from.next)
}

// warmUp runs the steps that NEST makes before the first sequence begins: two
// of the recurrent neurons and three of the readouts, the first of them without
// the constant current. They matter only without reset.
func (e *engine) warmUp(st *state, ws *workspace) {
	for u := range 2 {
		clear(ws.arrived)
		for _, p := range e.pops {
			if u == 0 {
				p.current = 0
			}
			p.step(st, ws.arrived, ws.surrogate[:e.recurrent], nil)
		}
	}
	for u := range 3 {
		r := e.readout
		if u == 0 {
			r.current = 0
		}
		clear(ws.arrivedOut)
		r.step(st.out, ws.arrivedOut)
	}
}
