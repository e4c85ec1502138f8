package eprop

import (
	"fmt"
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// learn runs one sequence and gives its gradient and the loss that it belongs to.
func learn(s *Sim, q Sequence) (weights, float64) {
	ws := s.ws[0]
	s.e.begin(ws, ws.st, q)
	s.e.run(ws, ws.st, q, &s.now, nil)
	g := s.e.newWeights()
	s.e.gradient(ws, &g, nil, nil)
	return g, ws.loss
}

// The loss depends on the output weights smoothly, since no spike does, and their
// gradient is exact: of Σ ½(y−y*)², and of −Σ y*·ln y where the targets of a step
// sum to 1.
func TestOutputGradientIsTheDerivativeOfTheLoss(t *testing.T) {
	for _, loss := range []Loss{MeanSquaredError, CrossEntropy} {
		n, r := tutorial(1, 1)
		n.readout.Loss = loss
		q := trials(t, r, 1)[0]
		sim := build(t, n)
		g, _ := learn(sim, q)
		for _, k := range []int{0, 1, 33, 100, 101, 199} {
			const h = 1e-5
			w := sim.now.out[k]
			sim.now.out[k] = w + h
			_, above := learn(sim, q)
			sim.now.out[k] = w - h
			_, below := learn(sim, q)
			sim.now.out[k] = w
			// Rounding of a loss of about 100: 1e-14·100/h = 1e-7; of third order: h²·100.
			near(t, fmt.Sprintf("%v: gradient of output weight %d", loss, k), g.out[k], (above-below)/(2*h), 1e-6)
			if g.out[k] == 0 {
				t.Errorf("%v: gradient of output weight %d is 0: nothing was tested", loss, k)
			}
		}
	}
}

// integral is a function whose derivative is the surrogate.
func (g Surrogate) integral(x float64) float64 {
	h, w, a, sign := g.Height, g.Width, math.Abs(x), math.Copysign(1, x)
	switch g.Shape {
	case PiecewiseLinear:
		a = min(a, w)
		return sign * h * (a - a*a/(2*w))
	case Exponential:
		return sign * h * w * (1 - math.Exp(-a/w))
	case FastSigmoidDerivative:
		return sign * h * a / (1 + a/w)
	default:
		return h * w * math.Atan(x/w)
	}
}

// For an input weight the gradient is the derivative of Σ_s c(s)·z(s), if spikes
// were a smooth function of the potential with the surrogate as its derivative,
// where reset and feedback through other neurons do not depend on the weight and
// c(s) = F + Σ_{u≥s} (1−κ)κ^(u−s)·L(u). The adaptation does depend on it.
func TestInputGradientIsTheDerivativeOfTheSurrogate(t *testing.T) {
	for shape := range shapeNames {
		for _, beta := range []float64{0, 0.3} {
			const steps, inputs = 200, 3
			r := rng.NewRandomState(uint32(shape))
			m := AdaptiveIAF{IAF: DefaultIAF(), AdaptBeta: beta, AdaptTau: 50}
			m.CM, m.EL, m.VM, m.VTh, m.TauM, m.CReg, m.TRef = 1, 0, 0, 0.5, 15, 2, 3
			m.Surrogate = Surrogate{Shape(shape), 0.4, 0.7}
			readout := DefaultReadout()
			readout.CM = 1
			syn := DefaultSynapse()
			n := New("one neuron", Kernel{Resolution: 1, UpdateInterval: steps, LearningWindow: 120, ResetNeuronsOnUpdate: true}).
				Input(inputs).Recurrent("neuron", 1, m).Readout(1, readout).
				InputWeights(Matrix{1, inputs, []float64{0.5, 0.3, -0.2}}, syn).RecurrentWeights(NewMatrix(1, 1), syn).
				OutputWeights(Matrix{1, 1, []float64{0.7}}, syn).FeedbackWeights(Matrix{1, 1, []float64{1.3}})
			q := Sequence{Spikes: make([]bool, steps*inputs), Target: []float64{0.4}}
			for k := range q.Spikes {
				q.Spikes[k] = k >= inputs && r.RandomSample() < 0.2
			}
			sim := build(t, n)
			g, _ := learn(sim, q)
			ws := sim.ws[0]
			if ws.counts[0] < 5 {
				t.Fatalf("only %v spikes", ws.counts[0])
			}
			spiked := make([]float64, steps)
			for s := range steps {
				spiked[s] = float64(ws.spikesAt[s+1] - ws.spikesAt[s])
			}
			kappa := math.Exp(-1.0 / 10)
			c := make([]float64, steps)
			filtered := 0.0
			for s := steps - 1; s >= 0; s-- {
				L := 0.0
				if s >= steps-120 {
					L = 1.3 * ws.errors[s-(steps-120)]
				}
				filtered = kappa*filtered + (1-kappa)*L
				c[s] = filtered + 2*(ws.counts[0]/steps-0.01)/steps
			}
			// smooth is Σ c·z for smooth spikes z, which move the adaptation by their
			// difference from base.
			smooth := func(w []float64, base []float64) (sum float64, zs []float64) {
				v, a, last, left := 0.0, 0.0, 0.0, 0
				for s := range steps {
					v = math.Exp(-1.0/15)*v - 0.5*last
					if s > 0 {
						for i := range inputs {
							if q.Spikes[s*inputs+i] {
								v += w[i]
							}
						}
						a = math.Exp(-1.0/50)*a + last
						if base != nil {
							a += zs[s-1] - base[s-1]
						}
					}
					left = max(0, left-1)
					z := 0.0
					if left == 0 {
						z = m.Surrogate.integral(v - 0.5 - beta*a)
					}
					if last = spiked[s]; last == 1 {
						left = 3
					}
					zs = append(zs, z)
					sum += c[s] * z
				}
				return sum, zs
			}
			w := []float64{0.5, 0.3, -0.2}
			_, base := smooth(w, nil)
			for i := range inputs {
				const h = 1e-5
				moved := func(by float64) float64 {
					x := append([]float64(nil), w...)
					x[i] += by
					sum, _ := smooth(x, base)
					return sum
				}
				want := (moved(h) - moved(-h)) / (2 * h)
				// Kinks of the surrogates within h of a potential cost up to h per step.
				near(t, fmt.Sprintf("%v, beta %v: gradient of weight %d", m.Surrogate.Shape, beta, i), g.in[i], want, 1e-4*math.Abs(want)+1e-8)
			}
		}
	}
}
