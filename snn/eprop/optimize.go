package eprop

import "math"

// optimizer changes the weights of one projection.
type optimizer struct {
	Optimizer
	average float64   // 1, or what gradients are divided by
	m, v    []float64 // of Adam, one per weight
	power1  float64   // Beta1ⁿ and Beta2ⁿ for n updates
	power2  float64
}

func newOptimizer(s Synapse, window, count int) optimizer {
	o := optimizer{Optimizer: s.Optimizer, average: 1, power1: 1, power2: 1}
	if s.AverageGradient {
		o.average = float64(window)
	}
	if o.Method == Adam {
		o.m, o.v = make([]float64, count), make([]float64, count)
	}
	return o
}

// rate is what the next update multiplies with, for the learning rate that was set
// when the gradients were collected: of Adam with the corrections of its step.
func (o *optimizer) rate(eta float64) float64 {
	if o.Method == GradientDescent {
		return eta
	}
	o.power1 *= o.Beta1
	o.power2 *= o.Beta2
	return eta * math.Sqrt(1-o.power2) / (1 - o.power1)
}

// update makes new weights of the sum of a batch's gradients.
func (o *optimizer) update(w, sum []float64, rate float64) {
	batch := float64(o.BatchSize)
	if o.Method == GradientDescent {
		for k := range w {
			w[k] = o.clamp(w[k] - float64(rate*(sum[k]/batch)))
		}
		return
	}
	for k := range w {
		g := sum[k] / batch
		m := float64(o.Beta1*o.m[k]) + float64((1-o.Beta1)*g)
		v := float64(o.Beta2*o.v[k]) + float64(float64((1-o.Beta2)*g)*g)
		w[k] = o.clamp(w[k] - float64(rate*m)/(math.Sqrt(v)+o.Epsilon))
		o.m[k], o.v[k] = m, v
	}
}

func (o *optimizer) clamp(w float64) float64 { return max(o.WMin, min(o.WMax, w)) }
