package nef

import (
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func one(t interface{ Fatal(...any) }, s Synapse, u []float64, dt float64) []float64 {
	x := make([][]float64, len(u))
	for i, v := range u {
		x[i] = []float64{v}
	}
	y, err := s.Filter(x, dt)
	if err != nil {
		t.Fatal(err)
	}
	return flat(y)
}

// The response to a step is that of the differential equation, to rounding, since a
// step is constant within each step of time.
func TestStepResponses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tau, dt := rapid.Float64Range(0.002, 0.2).Draw(t, "tau"), rapid.Float64Range(0.0002, 0.005).Draw(t, "dt")
		w, d := rapid.Float64Range(5, 200).Draw(t, "frequency"), rapid.Float64Range(0.05, 0.9).Draw(t, "damping")
		for name, c := range map[string]struct {
			s Synapse
			y func(t float64) float64
		}{
			"lowpass": {Lowpass(tau), func(t float64) float64 { return -math.Expm1(-t / tau) }},
			"alpha":   {Alpha(tau), func(t float64) float64 { return 1 - (1+t/tau)*math.Exp(-t/tau) }},
			"damped": {LinearFilter([]float64{w * w}, []float64{1, 2 * d * w, w * w}), func(t float64) float64 {
				r := math.Sqrt(1 - d*d)
				return 1 - math.Exp(-d*w*t)*(math.Cos(r*w*t)+d/r*math.Sin(r*w*t))
			}},
		} {
			y := one(t, c.s, repeat(1, 50), dt)
			for i, v := range y {
				if want := c.y(float64(i+1) * dt); math.Abs(v-want) > 1e-11 {
					t.Fatalf("%s: step %d is %v, want %v", name, i+1, v, want)
				}
			}
		}
	})
}

// Methods agree in the limit of small steps: the error of Euler and Backward falls
// with the step, that of Bilinear with its square.
func TestMethodsConverge(t *testing.T) {
	f := LinearFilter([]float64{0.01, 1}, []float64{0.0009, 0.06, 1})
	worst := func(m Method, dt float64) float64 {
		u := make([]float64, int(math.Round(0.2/dt)))
		for i := range u {
			u[i] = 1 - math.Cos(2*math.Pi*5*(float64(i)+1)*dt)
		}
		exact := make([]float64, len(u)) // by zero-order hold with a twentieth of the step
		fine := make([]float64, 20*len(u))
		for i := range fine {
			fine[i] = 1 - math.Cos(2*math.Pi*5*(float64(i)+1)*dt/20)
		}
		for i, v := range one(t, f, fine, dt/20) {
			if i%20 == 19 {
				exact[i/20] = v
			}
		}
		w := 0.0
		for i, v := range one(t, f.By(m), u, dt) {
			w = max(w, math.Abs(v-exact[i]))
		}
		return w
	}
	for m, least := range map[Method]float64{ZeroOrderHold: 1.7, Euler: 1.7, Backward: 1.7, Bilinear: 1.7} {
		if a, b := worst(m, 0.002), worst(m, 0.001); !(a/b > least) {
			t.Errorf("%v: errors of %v and %v with steps of 2 and 1 ms; want %v times less", m, a, b, least)
		}
	}
}

// A sine wave comes out as the transfer function says.
func TestEvaluateIsTheResponseToSines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64Range(1, 80).Draw(t, "frequency")
		tau := rapid.Float64Range(0.002, 0.02).Draw(t, "tau")
		s := rapid.SampledFrom([]Synapse{Lowpass(tau), Alpha(tau), LinearFilter([]float64{tau / 2, 1}, []float64{tau * tau, tau, 1})}).Draw(t, "synapse")
		h, err := s.Evaluate([]float64{f})
		if err != nil {
			t.Fatal(err)
		}
		const dt = 1e-5
		u := make([]float64, 40000)
		for i := range u {
			u[i] = math.Sin(2 * math.Pi * f * float64(i) * dt)
		}
		y := one(t, s, u, dt)
		for i := 39000; i < len(y); i += 100 { // what began at rest is forgotten
			at := float64(i) * dt
			want := cmplx.Abs(h[0]) * math.Sin(2*math.Pi*f*at+cmplx.Phase(h[0]))
			if math.Abs(y[i]-want) > 0.01 { // the hold shifts by half a step
				t.Fatalf("%v at %g Hz: %v at %g s, want %v", s, f, y[i], at, want)
			}
		}
	})
}

// Filters in series are the combined filter, and a filter that begins at y0 with the
// input that goes with it stays there.
func TestCombineAndBegin(t *testing.T) {
	a, b := Lowpass(0.01), LinearFilter([]float64{0.004, 1}, []float64{0.03, 1})
	c, err := a.Combine(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []float64{0, 3, 50, 1000} {
		x, _ := a.Evaluate([]float64{f})
		y, _ := b.Evaluate([]float64{f})
		z, _ := c.Evaluate([]float64{f})
		if cmplx.Abs(x[0]*y[0]-z[0]) > 1e-14 {
			t.Errorf("at %g Hz: %v, want %v", f, z[0], x[0]*y[0])
		}
	}
	for _, s := range []Synapse{Lowpass(0.01), Alpha(0.02), Triangle(0.007), c, NoSynapse, DiscreteFilter([]float64{0.5, 0.25}, []float64{1, -0.25})} {
		x := make([][]float64, 20)
		for i := range x {
			x[i] = []float64{0.75}
		}
		y, err := s.FilterFrom(x, 0.001, 0.75)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range flat(y) {
			if math.Abs(v-0.75) > 1e-12 {
				t.Errorf("%v: step %d is %v, want 0.75", s, i+1, v)
				break
			}
		}
	}
}

func TestSynapseMistakes(t *testing.T) {
	x := [][]float64{{1}, {2}}
	_, ragged := Lowpass(1).Filter([][]float64{{1}, {1, 2}}, 0.001)
	_, step := Lowpass(1).Filter(x, 0)
	_, high := LinearFilter([]float64{1, 0, 0}, []float64{1, 1}).Filter(x, 0.001)
	_, integrator := LinearFilter([]float64{1}, []float64{1, 0}).FilterFrom(x, 0.001, 1)
	_, no := LinearFilter([]float64{1, 0}, []float64{1, 2, 3}).FilterFrom(x, 0.001, 1)
	_, begin := Lowpass(1).FilterFrom(x, 0.001, math.NaN())
	_, mixed := Lowpass(1).Combine(DiscreteFilter([]float64{1}, []float64{1, 1}))
	_, triangle := Triangle(1).Combine(Lowpass(1))
	_, bode := Triangle(1).Evaluate([]float64{1})
	for want, err := range map[string]error{
		"row 1 has 2": ragged, "step is 0": step, "no higher power": high, "no steady state": integrator, "nothing of it": no,
		"begins at NaN": begin, "discrete and in continuous": mixed, "no transfer function; combine": triangle, "no transfer function; evaluate": bode,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
