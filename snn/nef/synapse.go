package nef

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/spikebook/spikebook/snn/vmath"
	"gonum.org/v1/gonum/mat"
)

// Synapse filters a signal. On a connection or probe it also delays by one
// step, even with a time constant of 0; [NoSynapse] neither filters nor delays.
type Synapse struct {
	kind     synapseKind
	tau      float64   // s
	num, den []float64 // transfer function, highest power first
	discrete bool      // the transfer function is in z, for steps of any length
	method   Method
}

type synapseKind uint8

const (
	noSynapse synapseKind = iota
	lowpass
	linearFilter
	triangle
)

// Method makes steps of a synapse that is described in continuous time.
type Method uint8

const (
	ZeroOrderHold Method = iota // exact for an input that is constant during a step
	Euler                       // forward differences
	Backward                    // backward differences
	Bilinear                    // the trapezoidal rule (Tustin's method)
)

func (m Method) String() string {
	return [...]string{"ZeroOrderHold", "Euler", "Backward", "Bilinear"}[m&3]
}

// NoSynapse passes a signal on in the same step.
var NoSynapse = Synapse{}

// Lowpass decays exponentially with a time constant in seconds: 1/(tau·s + 1).
func Lowpass(tau float64) Synapse {
	return Synapse{kind: lowpass, tau: tau, num: []float64{1}, den: []float64{tau, 1}}
}

// Alpha rises and falls: 1/(tau·s + 1)², tau in seconds.
func Alpha(tau float64) Synapse {
	return LinearFilter([]float64{1}, []float64{float64(tau * tau), 2 * tau, 1})
}

// LinearFilter has the transfer function of two polynomials in s (1/seconds),
// highest power first. The numerator may not have the higher power.
func LinearFilter(num, den []float64) Synapse {
	return Synapse{kind: linearFilter, num: leading(num), den: leading(den)}
}

// leading is a polynomial without zeros in front.
func leading(c []float64) []float64 {
	for len(c) > 1 && c[0] == 0 {
		c = c[1:]
	}
	return c
}

// DiscreteFilter has the transfer function of two polynomials in z, highest power
// first, whatever the length of a step: y_k·den[0] + y_(k−1)·den[1] + … =
// u_k·num[0] + u_(k−1)·num[1] + … for polynomials of the same length. The numerator
// may not have the higher power. A filter without a term for the input of the same
// step is read after its states have changed, as in Nengo, so that it costs no step
// of delay of its own.
func DiscreteFilter(num, den []float64) Synapse {
	return Synapse{kind: linearFilter, num: leading(num), den: leading(den), discrete: true}
}

// By chooses how the synapse is turned into steps; a zero-order hold without it.
// Triangle and DiscreteFilter know no other way.
func (s Synapse) By(m Method) Synapse { s.method = m; return s }

// Combine is this synapse followed by another one, as a single linear filter in
// continuous or in discrete time.
func (s Synapse) Combine(other Synapse) (Synapse, error) {
	for _, f := range []Synapse{s, other} {
		if err := f.check(); err != nil {
			return Synapse{}, err
		}
		if len(f.den) == 0 {
			return Synapse{}, fmt.Errorf("%v has no transfer function; combine Lowpass, Alpha, LinearFilter or DiscreteFilter", f)
		}
	}
	if s.discrete != other.discrete {
		return Synapse{}, fmt.Errorf("%v and %v are in discrete and in continuous time; want both in the same", s, other)
	}
	c := LinearFilter(polynomialProduct(s.num, other.num), polynomialProduct(s.den, other.den))
	c.discrete = s.discrete
	return c, nil
}

func polynomialProduct(a, b []float64) []float64 {
	c := make([]float64, len(a)+len(b)-1)
	for i, x := range a {
		for j, y := range b {
			c[i+j] += float64(x * y)
		}
	}
	return c
}

// Evaluate is the transfer function at frequencies in hertz: its magnitude is how
// much a sine wave is weakened, its argument by how much it is shifted. The
// frequencies of a discrete filter are in cycles per step.
func (s Synapse) Evaluate(frequencies []float64) ([]complex128, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	y := make([]complex128, len(frequencies))
	for i, f := range frequencies {
		if s.kind == noSynapse {
			y[i] = 1
			continue
		}
		if len(s.den) == 0 {
			return nil, fmt.Errorf("%v has no transfer function; evaluate Lowpass, Alpha, LinearFilter or DiscreteFilter", s)
		}
		w := complex(0, 2*math.Pi*f)
		if s.discrete {
			w = cmplx.Exp(w)
		}
		y[i] = polynomial(s.num, w) / polynomial(s.den, w)
	}
	return y, nil
}

func polynomial(c []float64, x complex128) (y complex128) {
	for _, v := range c {
		y = y*x + complex(v, 0)
	}
	return y
}

// Triangle falls linearly to zero within t seconds.
func Triangle(t float64) Synapse { return Synapse{kind: triangle, tau: t} }

func (s Synapse) String() string {
	switch s.kind {
	case lowpass:
		return fmt.Sprintf("Lowpass(%g s)", s.tau)
	case triangle:
		return fmt.Sprintf("Triangle(%g s)", s.tau)
	case linearFilter:
		if s.discrete {
			return fmt.Sprintf("DiscreteFilter(%v, %v)", s.num, s.den)
		}
		return fmt.Sprintf("LinearFilter(%v, %v)", s.num, s.den)
	}
	return "NoSynapse"
}

func (s Synapse) check() error {
	switch s.kind {
	case lowpass, triangle:
		if !(s.tau >= 0) || math.IsInf(s.tau, 0) {
			return fmt.Errorf("the synapse has the time constant %g s, want 0 or more", s.tau)
		}
	case linearFilter:
		if len(s.den) == 0 || len(s.num) == 0 || len(s.num) > len(s.den) || s.den[0] == 0 || !finite(s.den...) || !finite(s.num...) {
			return fmt.Errorf("the synapse has the transfer function %v over %v, want finite numbers, the first of the denominator not 0, and no higher power above", s.num, s.den)
		}
	}
	return nil
}

// discrete is a synapse for one step length: a state space
//
//	x ← A·x + B·u,  y = C·x + D·u
//
// where y is taken after the update if D is 0, else before it; or taps: the
// weights of this input and those before it.
type discrete struct {
	order   int
	a       []float64 // order × order
	b, c    []float64
	d       float64
	taps    []float64
	oneStep bool // Lowpass: y ← a·y + b·u
}

func (s Synapse) discretise(dt float64) discrete {
	switch s.kind {
	case lowpass:
		// A time constant far below the step leaves nothing to filter.
		if s.tau <= 0.03*dt {
			return discrete{d: 1}
		}
		if s.method != ZeroOrderHold {
			break
		}
		x := -dt / s.tau
		return discrete{order: 1, oneStep: true, a: []float64{vmath.Exp(x)}, b: []float64{-vmath.Expm1(x)}, c: []float64{1}}
	case triangle:
		n := int(math.RoundToEven(s.tau/dt)) + 1
		taps := make([]float64, n)
		sum := 0.0
		for i := range taps {
			taps[i] = float64(n - i)
			sum += taps[i]
		}
		for i := range taps {
			taps[i] /= sum
		}
		return discrete{taps: taps}
	}
	n := len(s.den) - 1
	norm := make([]float64, n+1)
	for i, x := range s.den {
		norm[i] = x / s.den[0]
	}
	num := make([]float64, n+1) // padded in front
	for i, x := range s.num {
		num[n+1-len(s.num)+i] = x / s.den[0]
	}
	r := discrete{order: n, d: num[0], b: make([]float64, n), c: make([]float64, n), a: make([]float64, n*n)}
	if n == 0 {
		return r
	}
	// The controllable form.
	for j := range n {
		r.a[j] = -norm[j+1]
		r.c[j] = num[j+1] - float64(norm[j+1]*num[0])
		if j > 0 {
			r.a[j*n+j-1] = 1
		}
	}
	r.b[0] = 1
	switch {
	case s.discrete:
	case s.method == ZeroOrderHold:
		r.hold(dt)
	default:
		r.difference(dt, map[Method]float64{Euler: 0, Backward: 1, Bilinear: 0.5}[s.method])
	}
	if n == 1 && r.d == 0 {
		return discrete{order: 1, oneStep: true, a: r.a, b: []float64{float64(r.c[0] * r.b[0])}, c: []float64{1}}
	}
	return r
}

// hold turns a state space in continuous time into steps, by the exponential of A
// and B side by side.
func (r *discrete) hold(dt float64) {
	n := r.order
	m := mat.NewDense(n+1, n+1, nil)
	for i := range n {
		for j := range n {
			m.Set(i, j, r.a[i*n+j]*dt)
		}
		m.Set(i, n, r.b[i]*dt)
	}
	scale := balance(m)
	var e mat.Dense
	e.Exp(m)
	at := func(i, j int) float64 { return e.At(i, j) * scale[i] / scale[j] }
	for i := range n {
		r.b[i] = at(i, n)
		for j := range n {
			r.a[i*n+j] = at(i, j)
		}
	}
}

// balance brings the rows and columns of m to about equal sizes, by powers of two:
// m becomes S⁻¹ m S with a diagonal S, which it returns (Parlett and Reinsch, Numer.
// Math. 13, 1969). The coefficients of a filter of high order differ by many powers of
// ten, which would cost its exponential as many digits.
func balance(m *mat.Dense) []float64 {
	n, _ := m.Dims()
	scale := repeat(1, n)
	for range 100 {
		changed := false
		for i := range n {
			row, column := 0.0, 0.0
			for j := range n {
				if j != i {
					row += math.Abs(m.At(i, j))
					column += math.Abs(m.At(j, i))
				}
			}
			if row == 0 || column == 0 {
				continue
			}
			f := math.Exp2(math.Round(math.Log2(row/column) / 2))
			if column*f+row/f > 0.95*(column+row) {
				continue
			}
			changed = true
			scale[i] *= f
			for j := range n {
				m.Set(j, i, m.At(j, i)*f)
			}
			for j := range n {
				m.Set(i, j, m.At(i, j)/f)
			}
		}
		if !changed {
			break
		}
	}
	return scale
}

// difference replaces the derivative by the difference over a step, of which the
// part alpha is taken at its end: (1 − α dt A) x' = (1 + (1 − α) dt A) x + dt B u.
func (r *discrete) difference(dt, alpha float64) {
	n := r.order
	end, begin, b, c := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil), mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		for j := range n {
			x := r.a[i*n+j] * dt
			end.Set(i, j, -alpha*x)
			begin.Set(i, j, (1-alpha)*x)
		}
		end.Set(i, i, end.At(i, i)+1)
		begin.Set(i, i, begin.At(i, i)+1)
		b.Set(i, 0, dt*r.b[i])
		c.Set(i, 0, r.c[i])
	}
	var a, bd, cd mat.Dense
	// The matrices are well conditioned: α dt A is small where a filter is of use.
	_ = a.Solve(end, begin)
	_ = bd.Solve(end, b)
	_ = cd.Solve(end.T(), c)
	for i := range n {
		r.b[i], r.c[i] = bd.At(i, 0), cd.At(i, 0)
		for j := range n {
			r.a[i*n+j] = a.At(i, j)
		}
	}
	for i := range n {
		r.d += alpha * c.At(i, 0) * r.b[i]
	}
}
