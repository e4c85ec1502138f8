package eprop

import (
	"fmt"
	"strings"
)

// String is a table of the network's parts.
func (n *Network) String() string {
	var b strings.Builder
	k := n.kernel
	start := "goes on from the one before"
	if k.ResetNeuronsOnUpdate {
		start = "starts from rest"
	}
	fmt.Fprintf(&b, "network %q: sequences of %v ms in steps of %v ms; each %s; learning in the last %v ms\n", n.name, k.UpdateInterval, k.Resolution, start, k.LearningWindow)
	fmt.Fprintf(&b, "%6d inputs\n", n.inputs)
	for _, g := range n.groups {
		if g.model == nil {
			fmt.Fprintf(&b, "%6d %s: no model\n", g.count, g.name)
			continue
		}
		m := g.model.adaptive()
		fmt.Fprintf(&b, "%6d %s: %s, tau_m %v ms, V_th %v mV, t_ref %v ms, surrogate %v of height %v and width %v mV, c_reg %v, f_target %v spikes/s",
			g.count, g.name, g.model.modelName(), m.TauM, m.VTh, m.TRef, m.Surrogate.Shape, m.Surrogate.Height, m.Surrogate.Width, m.CReg, m.FTarget)
		if _, adapts := g.model.(AdaptiveIAF); adapts {
			fmt.Fprintf(&b, ", adapt_beta %.6g, adapt_tau %v ms", m.AdaptBeta, m.AdaptTau)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%6d readouts: tau_m %v ms, loss %v\n", n.readouts, n.readout.TauM, n.readout.Loss)
	for _, p := range []struct {
		name string
		projection
	}{{"inputs → recurrent", n.in}, {"recurrent → recurrent", n.rec}, {"recurrent → readouts", n.out}} {
		o := p.synapse.Optimizer
		fmt.Fprintf(&b, "  %s: %d×%d weights, %v, eta %v, batch of %d\n", p.name, p.weights.Targets, p.weights.Sources, o.Method, o.Eta, o.BatchSize)
	}
	fmt.Fprintf(&b, "  readouts → recurrent: %d×%d feedback weights\n", n.feedback.Targets, n.feedback.Sources)
	return b.String()
}

// String says how far the training has come.
func (s *Sim) String() string {
	text := fmt.Sprintf("network %q: %d inputs, %d recurrent neurons, %d readouts; trained for %d iterations of %d sequences", s.name, s.e.inputs, s.e.recurrent, s.e.readouts, s.iteration, s.batch)
	if s.err != nil {
		text += "; stopped: " + s.err.Error()
	}
	return text
}
