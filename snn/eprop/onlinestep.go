package eprop

import "math"

// advance runs one of NEST's update steps and gives the readouts' errors.
//
// A spike that arrives in step t is sent with the weight that has learnt from
// all steps up to t−2: the error of step u+1 is the first to contain what a
// neuron did in step u. So ψ, rate term and error of the last two steps are kept.
func (s *OnlineSim) advance(input []bool, target []float64, open bool) []float64 {
	u := s.step - 2
	if u >= 0 {
		s.learn(u)
	}
	s.psi[0], s.psi[1] = s.psi[1], s.psi[0]
	s.regular[0], s.regular[1] = s.regular[1], s.regular[0]
	s.wrong[0], s.wrong[1] = s.wrong[1], s.wrong[0]

	n, t := s.d.Neurons, s.step
	clear(s.arrived)
	clear(s.sumO)
	for i, spike := range input {
		if spike {
			add(s.arrived, s.in.w[i*n:])
			s.in.arrive(i, t)
		}
	}
	for _, i := range s.spikes {
		add(s.arrived, s.rec.w[int(i)*n:])
		add(s.sumO, s.output.w[int(i)*s.d.Readouts:])
		s.rec.arrive(int(i), t)
		s.output.arrive(int(i), t)
	}
	s.neurons()
	s.out.step(s.outV, s.sumO)
	wrong := s.wrong[1]
	clear(wrong)
	for o := range wrong {
		if open {
			wrong[o] = s.outV[o] + s.out.rest - target[o]
		}
	}
	// The learning signal of a step is the error of the next one.
	clear(s.learning)
	for o, e := range wrong {
		for j := range s.learning {
			s.learning[j] += float64(s.d.Feedback.Data[j*s.d.Readouts+o] * e)
		}
	}
	s.step++
	return wrong
}

// neurons advances the recurrent neurons by one step.
func (s *OnlineSim) neurons() {
	m := &s.d.Neuron
	delta := m.Model.delta()
	psi, regular := s.psi[1], s.regular[1]
	s.spikes = s.spikes[:0]
	for j := range s.v {
		v, left := s.v[j], s.r[j]
		if left > 0 {
			left--
		}
		if !delta || s.r[j] == 0 { // psc_delta neurons stand still while refractory
			v = s.current + s.arrived[j] + float64(s.alpha*v)
			if v < s.vmin {
				v = s.vmin
			}
			s.a[j] = float64(s.rho*s.a[j]) + s.z[j]
		}
		threshold := s.vth + float64(s.beta*s.a[j])
		psi[j] = v - threshold
		if left > 0 {
			psi[j] = math.Inf(1)
		}
		spike := 0.0
		if v >= threshold && (delta || left == 0) {
			spike, left = 1, s.refractory
			s.spikes = append(s.spikes, int32(j))
			if delta {
				v = s.reset
			} else {
				v -= s.vth
			}
		}
		s.v[j], s.r[j], s.z[j] = v, left, spike
		s.rate[j] = float64(m.KappaReg*s.rate[j]) + float64((1-m.KappaReg)*(spike/s.d.Resolution))
		regular[j] = m.CReg * (s.rate[j] - s.target)
	}
	m.Surrogate.apply(psi)
}

// onlineSynapses are the synapses of one projection with their traces, those of
// one source side by side.
type onlineSynapses struct {
	sources, targets  int
	cutoff            float64 // steps
	last              []int64 // (sources): step in which the last spike arrived; −1 for none
	before            []int64 // (sources): the same as of the step before the last arrival
	w, zbar, eps      []float64
	filtered, regular []float64
	m, v              []float64
	done              []int64 // (sources): steps for which the optimiser has run
}

func newOnlineSynapses(m Matrix, cutoff float64) onlineSynapses {
	floats := func() []float64 { return make([]float64, len(m.Data)) }
	y := onlineSynapses{
		sources: m.Sources, targets: m.Targets, cutoff: cutoff,
		last: make([]int64, m.Sources), before: make([]int64, m.Sources), done: make([]int64, m.Sources),
		w: floats(), zbar: floats(), eps: floats(), filtered: floats(), regular: floats(), m: floats(), v: floats(),
	}
	for i := range y.last {
		y.last[i], y.before[i] = -1, -1
	}
	fromMatrix(y.w, m)
	return y
}

// arrive notes that a spike of source i arrives in step t.
func (y *onlineSynapses) arrive(i int, t int64) { y.before[i], y.last[i] = y.last[i], t }

// learn changes all weights by the gradient of step u, two steps after it.
func (s *OnlineSim) learn(u int64) {
	s.powers(u + 1)
	s.learnRecurrent(&s.in, u)
	s.learnRecurrent(&s.rec, u)
	y, n := &s.output, s.d.Readouts
	for i := range y.sources {
		z, active, heard := y.at(i, u)
		if !heard {
			continue
		}
		zbar := y.zbar[i*n:][:n]
		for o := range zbar {
			zbar[o] = float64(s.out.kappa*zbar[o]) + z
			if active {
				s.optimize(y, i, i*n+o, u+1, float64(s.wrong[0][o]*zbar[o]))
			}
		}
		y.ran(i, active, u)
	}
}

// powers makes those of Adam's factors known for update n.
func (s *OnlineSim) powers(n int64) {
	for len(s.power1) <= int(n) {
		last := len(s.power1) - 1
		s.power1 = append(s.power1, s.power1[last]*s.d.Optimizer.Beta1)
		s.power2 = append(s.power2, s.power2[last]*s.d.Optimizer.Beta2)
	}
}

// learnRecurrent is learn for a projection onto the recurrent neurons.
func (s *OnlineSim) learnRecurrent(y *onlineSynapses, u int64) {
	m, n := &s.d.Neuron, s.d.Neurons
	psi, regular := s.psi[0], s.regular[0]
	for i := range y.sources {
		z, active, heard := y.at(i, u)
		if !heard {
			continue
		}
		for j := range n {
			if y == &s.rec && i == j {
				continue
			}
			k := i*n + j
			zbar := float64(s.alpha*y.zbar[k]) + z
			y.zbar[k] = zbar
			e := 0.0
			if active {
				e = psi[j] * (zbar - float64(s.beta*y.eps[k]))
			}
			y.eps[k] = float64(s.rho*y.eps[k]) + e
			y.filtered[k] = float64(m.Kappa*y.filtered[k]) + e
			y.regular[k] = float64(m.KappaReg*y.regular[k]) + float64((1-m.KappaReg)*e)
			if active {
				s.optimize(y, i, k, u+1, float64(s.learning[j]*y.filtered[k])+float64(regular[j]*y.regular[k]))
			}
		}
		y.ran(i, active, u)
	}
}

// at says of source i and step u whether a spike arrived, whether the synapses
// learn, which they do from a step before a spike until the cut-off, and whether
// there was a spike at all until the step after u.
func (y *onlineSynapses) at(i int, u int64) (z float64, active, heard bool) {
	if y.last[i] < 0 {
		return 0, false, false
	}
	if y.last[i] == u || y.before[i] == u {
		z = 1
	}
	return z, float64(u-(y.last[i]-1)) < y.cutoff, true
}

// ran notes that the optimiser has run for step u.
func (y *onlineSynapses) ran(i int, active bool, u int64) {
	if active {
		y.done[i] = u + 1
	}
}

// optimize changes weight k, of source i, by gradient g of update n. After a gap
// Adam takes g for the first update it has missed and 0 for the others, as NEST
// does.
func (s *OnlineSim) optimize(y *onlineSynapses, i, k int, n int64, g float64) {
	o := &s.d.Optimizer
	w := y.w[k]
	if o.Method == GradientDescent {
		w -= float64(o.Eta * g)
	} else if m, v := y.m[k], y.v[k]; m != 0 || v != 0 || g != 0 {
		for update := y.done[i] + 1; update <= n; update++ {
			m = float64(o.Beta1*m) + float64((1-o.Beta1)*g)
			v = float64(o.Beta2*v) + float64(float64((1-o.Beta2)*g)*g)
			rate := o.Eta * math.Sqrt(1-s.power2[update]) / (1 - s.power1[update])
			w -= float64(rate*m) / (math.Sqrt(v) + o.Epsilon)
			g = 0
		}
		y.m[k], y.v[k] = m, v
	}
	y.w[k] = max(o.WMin, min(o.WMax, w))
}
