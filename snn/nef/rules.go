package nef

import "fmt"

// LearningRule changes a connection while the simulation runs: [PES], [Voja],
// [BCM], [Oja] or [RLS]. A change computed in one step is applied at the start of the
// next.
type LearningRule interface{ check() error }

// Rule is a learning rule of a connection, the target of error and modulation
// connections.
type Rule struct {
	conn *Connection
	rule LearningRule
	site string
}

func (r *Rule) end() end { return end{rule: r} }

// size is how many numbers the rule takes in.
func (r *Rule) size() int {
	switch r.rule.(type) {
	case PES, RLS:
		if p := r.conn.post; p.neurons {
			return p.ens.d
		}
		return r.conn.post.size()
	case Voja:
		return 1
	}
	return 0
}

// PES lessens an error, output − wanted, that is connected to the rule:
//
//	ΔW = −Rate·dt/N · error ⊗ a
//
// where a are the N presynaptic activities (MacNeil and Eliasmith, PLoS ONE 6,
// 2011).
type PES struct {
	Rate       float64 // per second and activity; 0 learns nothing
	PreSynapse Synapse // filter of the activities
}

// DefaultPES has the rate 1e-4 and filters with 5 ms.
func DefaultPES() PES { return PES{1e-4, Lowpass(0.005)} }

func (p PES) check() error { return checkRule("PES", p.Rate, p.PreSynapse) }

// Voja moves the encoders of active neurons towards the input of their ensemble:
//
//	ΔE_i = Rate·dt·L · a_i (gain_i/radius · x − E_i)
//
// where L is 1 plus what is connected to the rule: −1 stops it (Voelker, Crawford
// and Eliasmith, 2014).
type Voja struct {
	Rate        float64
	PostSynapse Synapse // filter of the activities a
}

// DefaultVoja has the rate 0.01 and filters with 5 ms.
func DefaultVoja() Voja { return Voja{1e-2, Lowpass(0.005)} }

func (v Voja) check() error { return checkRule("Voja", v.Rate, v.PostSynapse) }

// BCM strengthens weights to neurons that fire more than usual and weakens those
// to neurons that fire less (Bienenstock, Cooper and Munro, J. Neurosci. 2, 1982):
//
//	ΔW = Rate·dt · (p (p − θ)) ⊗ a
type BCM struct {
	Rate                                  float64
	PreSynapse, PostSynapse, ThetaSynapse Synapse
}

// DefaultBCM has the rate 1e-9, filters activities with 5 ms and θ with 1 s.
func DefaultBCM() BCM { return BCM{1e-9, Lowpass(0.005), Lowpass(0.005), Lowpass(1)} }

func (b BCM) check() error {
	return checkRule("BCM", b.Rate, b.PreSynapse, b.PostSynapse, b.ThetaSynapse)
}

// Oja strengthens weights between neurons that fire together, and keeps them
// bounded (Oja, J. Math. Biol. 15, 1982):
//
//	ΔW = Rate·dt · (p ⊗ a − Beta·p² W)
type Oja struct {
	Rate, Beta              float64
	PreSynapse, PostSynapse Synapse
}

// DefaultOja has the rate 1e-6 and Beta 1, and filters with 5 ms.
func DefaultOja() Oja { return Oja{1e-6, 1, Lowpass(0.005), Lowpass(0.005)} }

func (o Oja) check() error {
	if !finite(o.Beta) {
		return fmt.Errorf("Oja.Beta is %g, want a finite number", o.Beta)
	}
	return checkRule("Oja", o.Rate, o.PreSynapse, o.PostSynapse)
}

// RLS lessens an error as [PES] does, by recursive least squares, which converges
// faster and costs the square of the number of neurons:
//
//	g = P a,  c = 1/(1 + a·g),  P ← P − c g gᵀ,  ΔW = −error ⊗ c g
//
// P begins as Rate·dt/N times the unit matrix (Sussillo and Abbott, Neuron 63, 2009).
type RLS struct {
	Rate       float64
	PreSynapse Synapse
}

// DefaultRLS has the rate 1e-3 and filters with 5 ms.
func DefaultRLS() RLS { return RLS{1e-3, Lowpass(0.005)} }

func (r RLS) check() error { return checkRule("RLS", r.Rate, r.PreSynapse) }

func checkRule(name string, rate float64, synapses ...Synapse) error {
	if !(rate >= 0) || !finite(rate) {
		return fmt.Errorf("%s.Rate is %g, want 0 or more", name, rate)
	}
	for _, s := range synapses {
		if err := s.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
