package eprop

// The gradient of a sequence, computed backwards in time.
//
// Forward in time e-prop needs an eligibility trace for every synapse:
//
//	z̄_i(s)  = α·z̄_i(s−1) + ζ·z_i(s)                    filtered presynaptic spikes
//	e_ji(s) = ψ_j(s)·(z̄_i(s) − β·ε_ji(s))              eligibility
//	ε_ji(s+1) = ρ·ε_ji(s) + e_ji(s)                    its part through the adaptation
//	ē_ji(s) = κ·ē_ji(s−1) + (1−κ)·e_ji(s)
//	G_ji    = Σ_s L_j(s)·ē_ji(s) + F_j·Σ_s e_ji(s)
//
// All of it is linear in z̄_i with coefficients that depend on j only, so the
// order of summation can be turned round. Per neuron, from the last step to the
// first and starting from zeros,
//
//	Q ← κ·Q + (1−κ)·L_j(s)
//	g = Q + F_j
//	c = ψ_j(s)·(g + P)
//	P ← P·(ρ − β·ψ_j(s)) − β·ψ_j(s)·g
//	D ← α·D + ζ·c
//
// and G_ji is the sum of D_j(s) over the steps s in which a spike of i acts: one
// vector addition per presynaptic spike, and no state per synapse. For a readout
// D ← κ·D + ζ·error(s) does the same.

// backward is the state of the recursion, one value for each recurrent neuron.
type backward struct{ q, p, d []float64 }

func newBackward(n int) backward {
	return backward{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func (b *backward) clear() {
	clear(b.q)
	clear(b.p)
	clear(b.d)
}

// step goes back by one step for the neurons of one population. psi, learning
// and regular are ψ, L and F of all recurrent neurons.
func (b *backward) step(p *population, kappa float64, psi, learning, regular []float64) {
	n := p.end - p.first
	q, pp, d := b.q[p.first:][:n], b.p[p.first:][:n], b.d[p.first:][:n]
	psi, learning, regular = psi[p.first:][:n], learning[p.first:][:n], regular[p.first:][:n]
	for j, h := range psi {
		q[j] = float64(kappa*q[j]) + float64((1-kappa)*learning[j])
		g := q[j] + regular[j]
		c := h * (g + pp[j])
		bh := float64(p.beta * h)
		pp[j] = float64(pp[j]*(p.rho-bh)) - float64(bh*g)
		d[j] = float64(p.alpha*d[j]) + float64(p.zeta*c)
	}
}

// gradient adds up the gradient of the sequence in ws into g, of weights' shape.
//
// Synapses that are updated so early in the next sequence that the learning
// signal of the last step has not arrived (see boundary.go) get the gradient
// without it. Where the next sequence is known, lateInputs says of which inputs
// these are, and late is nil. Else lateInputs is nil and late receives the
// gradient that all synapses onto recurrent neurons have without that signal.
func (e *engine) gradient(ws *workspace, g, late *weights, lateInputs []bool) {
	clear(g.in)
	clear(g.rec)
	clear(g.out)
	if late != nil {
		clear(late.in)
		clear(late.rec)
	}
	two := late != nil
	for _, is := range lateInputs {
		two = two || is
	}
	n := e.recurrent
	for _, p := range e.pops {
		for j := p.first; j < p.end; j++ {
			T := float64(e.steps)
			ws.regular[j] = p.creg * (ws.counts[j]/T - p.target) / T
		}
	}
	ws.full.clear()
	ws.late.clear()
	clear(ws.backOut)
	for s := e.steps - 1; s >= 0; s-- {
		e.gradientOut(ws, g, s)
		if s == 0 {
			break // nothing acts on recurrent neurons in step 0
		}
		learning := ws.silent
		if s >= e.steps-e.window {
			learning = ws.learning
			e.learningSignals(ws, s)
		}
		psi := ws.surrogate[s*n:][:n]
		for p := range e.pops {
			ws.full.step(&e.pops[p], e.kappa, psi, learning, ws.regular)
		}
		if two {
			if s == e.steps-1 {
				learning = ws.silent
			}
			for p := range e.pops {
				ws.late.step(&e.pops[p], e.kappa, psi, learning, ws.regular)
			}
		}
		for _, i := range ws.inputs[ws.inputsAt[s]:ws.inputsAt[s+1]] {
			if late != nil {
				add(late.in[int(i)*n:][:n], ws.late.d)
			}
			if lateInputs != nil && lateInputs[i] {
				add(g.in[int(i)*n:][:n], ws.late.d)
			} else {
				add(g.in[int(i)*n:][:n], ws.full.d)
			}
		}
		for _, i := range ws.spikes[ws.spikesAt[s-1]:ws.spikesAt[s]] {
			add(g.rec[int(i)*n:][:n], ws.full.d)
			if late != nil {
				add(late.rec[int(i)*n:][:n], ws.late.d)
			}
		}
	}
}

// gradientOut goes back by one step for the readouts.
func (e *engine) gradientOut(ws *workspace, g *weights, s int) {
	k := s - (e.steps - e.window)
	for o := range ws.backOut {
		ws.backOut[o] *= e.readout.kappa
		if k >= 0 {
			ws.backOut[o] += float64(e.readout.zeta * ws.errors[k*e.readouts+o])
		}
	}
	for _, i := range ws.spikes[ws.spikesAt[s]:ws.spikesAt[s+1]] {
		if s > 0 || ws.atZero[i] {
			add(g.out[int(i)*e.readouts:][:e.readouts], ws.backOut)
		}
	}
}

// learningSignals are L_j(s) = Σ_o B_jo·error_o(s), summed in the order of the
// readouts, for a step of the window.
func (e *engine) learningSignals(ws *workspace, s int) {
	wrong := ws.errors[(s-(e.steps-e.window))*e.readouts:][:e.readouts]
	clear(ws.learning)
	for o, x := range wrong {
		b := e.feedback[o*e.recurrent:][:e.recurrent]
		for j := range ws.learning {
			ws.learning[j] += float64(b[j] * x)
		}
	}
}
