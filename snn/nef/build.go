package nef

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// Built is an ensemble as it was built: what was drawn and what follows from it.
type Built struct {
	Seed           uint32
	EvalPoints     snn.Matrix // one point a row, times the radius
	Encoders       snn.Matrix // one neuron a row
	MaxRates       []float64
	Intercepts     []float64
	Gain, Bias     []float64
	ScaledEncoders snn.Matrix           // encoder · gain/radius
	Initial        map[string][]float64 // state variables before the first step

	generator *rng.RandomState // after the initial state
}

// countPoints is how many evaluation points a distribution is asked for.
func (e *Ensemble) countPoints(d Distribution) int {
	if rows, ok := d.(fixed); ok {
		return rows.rows()
	}
	if e.nEval >= 0 {
		return e.nEval
	}
	return max(min(max(500*e.d, 750), 2500), 2*e.n)
}

// build draws an ensemble's parameters from its seed, in Nengo's order.
func (e *Ensemble) build(seed uint32) (*Built, error) {
	r := rng.NewRandomState(seed)
	b := &Built{Seed: seed, Initial: map[string][]float64{}}
	if e.frozen != nil {
		return b, e.thaw(b)
	}
	nEval := e.countPoints(e.evalPoints)
	points, err := sample(e.evalPoints, nEval, e.d, r)
	if err != nil {
		return nil, fmt.Errorf("evaluation points: %w", err)
	}
	for i := range points {
		points[i] *= e.radius
	}
	b.EvalPoints = snn.Matrix{Rows: nEval, Cols: e.d, Data: points}

	if e.direct() {
		return b, nil
	}
	encoders, err := sample(e.encoders, e.n, e.d, r)
	if err != nil {
		return nil, fmt.Errorf("encoders: %w", err)
	}
	if e.normalize {
		for i := range e.n {
			row := encoders[i*e.d : i*e.d+e.d]
			s := norm(row)
			if s == 0 {
				return nil, fmt.Errorf("the encoder of neuron %d is 0, want a direction", i)
			}
			for k := range row {
				row[k] /= s
			}
		}
	}
	b.Encoders = snn.Matrix{Rows: e.n, Cols: e.d, Data: encoders}

	if err := e.buildGains(b, r); err != nil {
		return nil, err
	}
	scaled := make([]float64, len(encoders))
	for i := range e.n {
		s := b.Gain[i] / e.radius
		for k := range e.d {
			scaled[i*e.d+k] = float64(encoders[i*e.d+k] * s)
		}
	}
	b.ScaledEncoders = snn.Matrix{Rows: e.n, Cols: e.d, Data: scaled}

	return b, e.buildStates(b)
}

// thaw takes what was built from a frozen ensemble.
func (e *Ensemble) thaw(b *Built) error {
	f := e.frozen
	b.EvalPoints, b.Encoders, b.ScaledEncoders = f.EvalPoints, f.Encoders, f.ScaledEncoders
	b.MaxRates, b.Intercepts, b.Gain, b.Bias = f.MaxRates, f.Intercepts, f.Gain, f.Bias
	if e.nEval == 0 {
		b.EvalPoints = snn.Matrix{Cols: e.d}
	}
	if e.direct() {
		return errors.New("its type is Direct, which has no neurons to freeze; leave Frozen out")
	}
	return e.buildStates(b)
}

// buildStates draws the states before the first step: the neurons have a generator
// of their own.
func (e *Ensemble) buildStates(b *Built) (err error) {
	r, inner := rng.NewRandomState(b.Seed+1), rng.NewRandomState(b.Seed+1)
	for _, s := range e.typ.states() {
		init := s.init
		if d, ok := e.initial[s.name]; ok {
			init = d
		}
		from := r
		if s.inner {
			from = inner
		}
		if b.Initial[s.name], err = sample(init, e.n, 1, from); err != nil {
			return fmt.Errorf("initial %s: %w", s.name, err)
		}
	}
	b.generator = r
	for name := range e.initial {
		if b.Initial[name] == nil {
			return fmt.Errorf("%T has no state %q; it has %v", e.typ, name, stateNames(e.typ))
		}
	}
	return nil
}

func stateNames(t NeuronType) []string {
	names := []string{}
	for _, s := range t.states() {
		names = append(names, s.name)
	}
	return names
}

// sample draws, and checks what came.
func sample(d Distribution, n, dims int, r *rng.RandomState) ([]float64, error) {
	if d == nil {
		return nil, fmt.Errorf("the distribution is nil; give one, such as nef.Uniform(-1, 1)")
	}
	x, err := d.Sample(n, dims, r)
	if err != nil {
		return nil, err
	}
	if len(x) != n*dims {
		return nil, fmt.Errorf("the distribution gave %d numbers, want %d × %d", len(x), n, dims)
	}
	for i, v := range x {
		if !finite(v) {
			return nil, fmt.Errorf("number %d is %g, want a finite one", i, v)
		}
	}
	return x, nil
}

func (e *Ensemble) buildGains(b *Built, r *rng.RandomState) (err error) {
	n := e.n
	if e.gain != nil {
		if b.Gain, err = sample(e.gain, n, 1, r); err != nil {
			return fmt.Errorf("gain: %w", err)
		}
		if b.Bias, err = sample(e.bias, n, 1, r); err != nil {
			return fmt.Errorf("bias: %w", err)
		}
		b.MaxRates, b.Intercepts = make([]float64, n), make([]float64, n)
		for i := range n {
			b.MaxRates[i], b.Intercepts[i] = e.typ.maxRateIntercept(b.Gain[i], b.Bias[i])
		}
		return nil
	}
	if b.MaxRates, err = sample(e.maxRates, n, 1, r); err != nil {
		return fmt.Errorf("maximum rates: %w", err)
	}
	if b.Intercepts, err = sample(e.intercepts, n, 1, r); err != nil {
		return fmt.Errorf("intercepts: %w", err)
	}
	b.Gain, b.Bias = make([]float64, n), make([]float64, n)
	if _, ok := e.typ.(Izhikevich); ok {
		if b.Gain, b.Bias, err = searchGains(e.typ, b.MaxRates, b.Intercepts); err != nil {
			return err
		}
	}
	for i := range n {
		if g, c := e.typ.gainBias(b.MaxRates[i], b.Intercepts[i]); !math.IsNaN(g) {
			b.Gain[i], b.Bias[i] = g, c
		}
		if !finite(b.Gain[i], b.Bias[i]) || b.Gain[i] <= 0 {
			return fmt.Errorf("neuron %d has the maximum rate %g and the intercept %g, for which %T has no positive gain; want an intercept below 1 and a rate within the type's reach (1/TauRef)",
				i, b.MaxRates[i], b.Intercepts[i], e.typ)
		}
	}
	return nil
}

// neighbours brings points into an order in which those next to each other are
// near: that of a curve that fills space (Morton's), with 8 bits for each of up to
// 8 dimensions. The sums of the solver are quicker so, see gram.
func neighbours(points []float64, m, d int) []float64 {
	used := min(d, 8)
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range points {
		low, high = min(low, x), max(high, x)
	}
	if !(high > low) {
		return points
	}
	keys, order := make([]uint64, m), make([]int, m)
	for i := range m {
		order[i] = i
		for bit := 7; bit >= 0; bit-- {
			for j := range used {
				level := uint64(float64((points[i*d+j] - low) / (high - low) * 255))
				keys[i] = keys[i]<<1 | level>>bit&1
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	sorted := make([]float64, 0, m*d)
	for _, i := range order {
		sorted = append(sorted, points[i*d:i*d+d]...)
	}
	return sorted
}

func silent(e *Ensemble) error {
	return fmt.Errorf("no neuron of %s is active at any evaluation point, so there is nothing to decode from; lower its intercepts", e.name)
}

// anyActive tells whether a neuron fires at one of the points.
func (e *Ensemble) anyActive(b *Built, points []float64, m int) bool {
	for i := range m {
		for _, x := range e.activities(b, points[i*e.d:i*e.d+e.d], 1) {
			if x != 0 {
				return true
			}
		}
	}
	return false
}

// activities are the rates of the neurons, m × n, at m points of the
// represented vector.
func (e *Ensemble) activities(b *Built, points []float64, m int) []float64 {
	a := make([]float64, m*e.n)
	parallel(m, e.n, func(i int) {
		p := points[i*e.d : i*e.d+e.d]
		for j := range e.n {
			x := 0.0
			for k, v := range b.Encoders.Data[j*e.d : j*e.d+e.d] {
				x += float64(p[k] * v)
			}
			a[i*e.n+j] = e.typ.rate(float64(b.Gain[j]*(x/e.radius)) + b.Bias[j])
		}
	})
	return a
}

// BuiltConnection is a connection as it was built.
type BuiltConnection struct {
	Seed       uint32
	EvalPoints snn.Matrix // where the decoders were fitted; empty without decoders
	Weights    snn.Matrix // decoders times transform, one output a row; empty when the signal passes untouched
	Kernel     []float64  // of a convolution, for each position, channel and filter; or the values of a sparse transform
	RMSE       []float64  // root mean square error of each decoded dimension over the points
}

// decoded is the part of a connection that several may share.
type decoded struct {
	points   []float64
	m        int
	decoders []float64 // size × n
	rmse     []float64
}

// target is where a solver for whole weights aims: n neurons, whose input
// currents are weights, n × the connection's middle, times the decoded value.
type target struct {
	weights []float64
	n       int
}

// values are what is to be decoded at m points, row by row.
func (c *Connection) values(points []float64, m int) ([]float64, error) {
	d, k := c.pre.ens.d, c.middle
	if c.targets != nil {
		if len(c.targets) != m {
			return nil, fmt.Errorf("%d values are given for %d evaluation points; want one row for each of EvalPoints(nef.Rows{…})", len(c.targets), m)
		}
		return c.targets.Sample(m, k, nil)
	}
	y := make([]float64, m*k)
	x := make([]float64, c.pre.size())
	for i := range m {
		p := points[i*d : i*d+d]
		copy(x, p)
		for j, at := range c.pre.index {
			x[j] = p[at]
		}
		v := x
		if c.function != nil {
			v = c.function(x)
			if len(v) != k || !finite(v...) {
				return nil, fmt.Errorf("its function returns %v at %v, want %d finite numbers", v, x, k)
			}
		}
		copy(y[i*k:], v)
	}
	return y, nil
}

// decode finds the decoders of a function of an ensemble, or, with a target, weights
// to its neurons.
func (c *Connection) decode(b *Built, points []float64, m int, r *rng.RandomState, onto *target) (*decoded, error) {
	e, given := c.pre.ens, points
	n, k := e.n, c.middle
	if _, ok := c.solver.(NoSolver); ok {
		x, err := c.solver.solve(nil, 0, n, nil, k, r)
		if err != nil {
			return nil, err
		}
		return &decoded{decoders: transpose(x, n, k)}, nil
	}
	if m == 0 {
		return nil, fmt.Errorf("there are no evaluation points to fit decoders at; raise NEvalPoints of %s, or connect from its Neurons()", e.name)
	}
	if math.IsNaN(e.typ.rate(1)) {
		return nil, fmt.Errorf("%T has no static rates to fit decoders to; connect from Neurons()", e.typ)
	}
	if s, ok := c.solver.(LstsqL2); ok && s.By == nil && c.targets == nil { // the others draw numbers point by point
		points = neighbours(points, m, e.d)
	}
	y, err := c.values(points, m)
	if err != nil {
		return nil, err
	}
	if onto != nil {
		y = product(y, m, k, transpose(onto.weights, onto.n, k), onto.n)
		k = onto.n
	}
	zero := true
	for _, v := range y {
		zero = zero && v == 0
	}
	d := &decoded{points: given, m: m, rmse: make([]float64, k)}
	if zero { // then so are the decoders, and it only matters whether any neuron is active
		if !e.anyActive(b, points, m) {
			return nil, silent(e)
		}
		d.decoders = make([]float64, n*k)
		return d, nil
	}
	a := e.activities(b, points, m)
	if !slices.ContainsFunc(a, func(x float64) bool { return x != 0 }) {
		return nil, silent(e)
	}
	solution, err := c.solver.solve(a, m, n, y, k, r)
	if err != nil {
		return nil, err
	}
	d.decoders = transpose(solution, n, k)
	fit := product(a, m, n, solution, k)
	for j := range k {
		s := 0.0
		for i := range m {
			e := y[i*k+j] - fit[i*k+j]
			s += float64(e * e)
		}
		d.rmse[j] = math.Sqrt(s / float64(m))
	}
	return d, nil
}
