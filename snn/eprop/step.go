package eprop

import "math"

// The arithmetic of one step of the neurons stands in this file and nowhere
// else. Products are rounded before they are added (float64(…)), so that no
// compiler fuses them: the result decides about spikes.

// step advances a population by one step. arrived holds the summed weights of
// the spikes that arrive, in pA. It writes the surrogate derivatives to psi and
// appends the neurons that spike to spikes, in ascending order.
//
//	v ← max(current + ζ·arrived + α·v − vth·z, vmin)
//	a ← ρ·a + z,   threshold = vth + β·a
//	ψ ← surrogate(v − threshold), 0 while refractory
//	z ← 1 where v ≥ threshold and not refractory, else 0
//
// All slices cover all recurrent neurons.
func (p *population) step(st *state, arrived, psi []float64, spikes []int32) []int32 {
	n := p.end - p.first
	v, a, z, r := st.v[p.first:][:n], st.a[p.first:][:n], st.z[p.first:][:n], st.r[p.first:][:n]
	arrived, psi = arrived[p.first:][:n], psi[p.first:][:n]
	for j := range n {
		left := r[j]
		if left > 0 {
			left--
		}
		u := p.current + float64(p.zeta*arrived[j]) + float64(p.alpha*v[j])
		u -= float64(p.vth * z[j])
		if u < p.vmin {
			u = p.vmin
		}
		adapted := float64(p.rho*a[j]) + z[j]
		threshold := p.vth + float64(p.beta*adapted)
		spike := 0.0
		if left > 0 {
			psi[j] = math.Inf(1)
		} else {
			psi[j] = u - threshold
			if u >= threshold {
				spike, left = 1, p.refractory
				spikes = append(spikes, int32(p.first+j))
			}
		}
		v[j], a[j], z[j], r[j] = u, adapted, spike, left
	}
	p.surrogate.apply(psi)
	return spikes
}

// step advances the readouts by one step: v ← max(current + ζ·arrived + κ·v, vmin).
func (i *integrator) step(v, arrived []float64) {
	for o := range v {
		u := i.current + float64(i.zeta*arrived[o]) + float64(i.kappa*v[o])
		if u < i.vmin {
			u = i.vmin
		}
		v[o] = u
	}
}
