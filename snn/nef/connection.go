package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// Connection carries a vector, a function of it, or activities from one object
// to another.
type Connection struct {
	net        *Network
	pre, post  end
	synapse    Synapse
	function   func(x []float64) []float64
	middle     int // size of the function's result
	transform  Transform
	solver     Solver
	evalPoints Distribution
	targets    Rows // values of the function at the points
	unscaled   bool
	rules      []*Rule
	seed       *uint32
	site       string
}

// Connect adds a connection: a low-pass synapse of 5 ms, no function and no
// transform, unless the methods say otherwise.
func (n *Network) Connect(pre, post Object) *Connection {
	c := &Connection{net: n, synapse: Lowpass(0.005), solver: DefaultLstsqL2(), site: callSite()}
	n.connections = append(n.connections, c)
	if pre == nil || post == nil {
		n.mistake("connection", "one end is nil; give a node, an ensemble, neurons or a rule")
		c.pre.bad, c.post.bad = true, true
		return c
	}
	var preErr, postErr error
	c.pre, preErr = pre.end().resolve(false)
	c.post, postErr = post.end().resolve(true)
	for _, err := range []error{preErr, postErr} {
		if err != nil {
			n.mistake(c.what(), "%w", err)
			c.pre.bad = true
		}
	}
	if c.pre.rule != nil || c.pre.conn != nil || c.post.conn != nil {
		n.mistake(c.what(), "it may begin at a node, an ensemble or neurons, and end there or at a learning rule")
		c.pre.bad = true
	}
	for _, e := range []end{c.pre, c.post} {
		if t := e.top(); t != nil && t != n.top() {
			n.mistake(c.what(), "%s belongs to network %s, which is another one", e.what(), t.name)
			c.pre.bad = true
		}
	}
	c.middle = c.pre.size()
	return c
}

// Synapse filters what arrives.
func (c *Connection) Synapse(s Synapse) *Connection {
	if err := s.check(); err != nil {
		c.net.mistake(c.what(), "%w", err)
		return c
	}
	c.synapse = s
	return c
}

// Function is what is computed of the vector on the way. It is called once with
// zeros to learn its size; x is only valid during the call.
func (c *Connection) Function(f func(x []float64) []float64) *Connection {
	if c.pre.bad {
		return c
	}
	if c.pre.neurons || c.pre.node != nil && c.pre.node.passes() {
		c.net.mistake(c.what(), "functions cannot be computed from neurons or pass-through nodes; compute it where the value is made, or use a transform")
		return c
	}
	site := callSite()
	defer func() {
		if r := recover(); r != nil {
			c.net.mistakeAt(c.what(), site, "its function panics with zeros: %v", r)
		}
	}()
	y := f(make([]float64, c.pre.size()))
	if len(y) == 0 {
		c.net.mistake(c.what(), "its function returns nothing, want at least one number")
		return c
	}
	c.function, c.middle = f, len(y)
	return c
}

// Transform multiplies the vector, or the function of it.
func (c *Connection) Transform(t LinearMap) *Connection {
	if t == nil {
		c.net.mistake(c.what(), "the transform is nil; leave it out, or give one such as nef.Scalar(1)")
		return c
	}
	c.transform = t.linear()
	return c
}

// Solver is how the decoders are found.
func (c *Connection) Solver(s Solver) *Connection {
	if s == nil {
		c.net.mistake(c.what(), "the solver is nil; use nef.DefaultLstsqL2()")
		return c
	}
	c.solver = s
	return c
}

// EvalPoints are where the decoders are fitted, in units of the ensemble's
// radius, in place of the ensemble's own points.
func (c *Connection) EvalPoints(d Distribution) *Connection {
	c.evalPoints, c.unscaled = d, false
	return c
}

// UnscaledEvalPoints are EvalPoints in the units of the vector.
func (c *Connection) UnscaledEvalPoints(d Distribution) *Connection {
	c.evalPoints, c.unscaled = d, true
	return c
}

// Targets is a function that is known at some points only, in units of the
// ensemble's radius: the row i of values belongs to point i. It is decoded as a function
// would be.
func (c *Connection) Targets(points, values Rows) *Connection {
	switch {
	case c.pre.bad:
		return c
	case c.pre.ens == nil || c.pre.neurons || c.pre.ens.direct():
		c.net.mistake(c.what(), "values at points are decoded from neurons; connect from an ensemble that has some")
		return c
	case len(points) == 0 || len(points) != len(values) || len(values[0]) == 0:
		c.net.mistake(c.what(), "%d points and %d values are given, want as many values as points, and at least one", len(points), len(values))
		return c
	}
	for i, v := range values {
		if len(v) != len(values[0]) || !finite(v...) {
			c.net.mistake(c.what(), "the value %d is %v, want %d finite numbers", i, v, len(values[0]))
			return c
		}
	}
	c.evalPoints, c.unscaled = points, false
	c.targets, c.function, c.middle = values, nil, len(values[0])
	return c
}

// Seed decides this connection's random numbers, whatever the network's seed.
func (c *Connection) Seed(seed uint32) *Connection { c.seed = &seed; return c }

// Learn adds a learning rule and returns it, as a target for error and
// modulation connections.
func (c *Connection) Learn(r LearningRule) *Rule {
	rule := &Rule{conn: c, rule: r, site: callSite()}
	if r == nil {
		c.net.mistake(c.what(), "the learning rule is nil; use nef.DefaultPES() or another rule")
		return rule
	}
	if err := r.check(); err != nil {
		c.net.mistake(c.what(), "%w", err)
	}
	c.rules = append(c.rules, rule)
	return rule
}

func (c *Connection) end() end      { return end{conn: c} }
func (c *Connection) label() string { return c.pre.what() + "→" + c.post.what() }
func (c *Connection) what() string  { return "connection " + c.label() }

func (c *Connection) String() string {
	s := fmt.Sprintf("%s: %v", c.what(), c.synapse)
	for _, r := range c.rules {
		s += fmt.Sprintf(", learns by %T", r.rule)
	}
	return s
}

// LinearMap is the linear part of a connection: a [Transform] or a [Convolution].
type LinearMap interface{ linear() Transform }

// Transform is the linear part of a connection; its zero value is none. It is made
// by [Scalar], [Diagonal], [Matrix], [Fill], [Dense], [Random], [Sparse] or
// [NoTransform].
type Transform struct {
	kind       transformKind
	scalar     float64
	diagonal   []float64
	rows, cols int
	matrix     []float64 // row by row: rows are outputs
	random     Distribution
	sparse     *sparse
	mistake    error
}

func (t Transform) linear() Transform { return t }

// NoTransform takes a transform away again.
func NoTransform() Transform { return Transform{} }

type transformKind uint8

const (
	noTransform transformKind = iota
	scalarTransform
	diagonalTransform
	matrixTransform
	randomTransform
	sparseTransform
)

// Scalar multiplies everything by x.
func Scalar(x float64) Transform { return Transform{kind: scalarTransform, scalar: x} }

// Diagonal multiplies each element by its own number.
func Diagonal(xs ...float64) Transform { return Transform{kind: diagonalTransform, diagonal: xs} }

// Matrix has one row for each output and one column for each input.
func Matrix(rows ...[]float64) Transform {
	t := Transform{kind: matrixTransform, rows: len(rows)}
	for _, r := range rows {
		if t.cols == 0 {
			t.cols = len(r)
		}
		if len(r) != t.cols {
			t.cols = -1 // reported by the connection
		}
		t.matrix = append(t.matrix, r...)
	}
	return t
}

// Fill is a matrix with the same number everywhere.
func Fill(rows, cols int, x float64) Transform {
	return Transform{kind: matrixTransform, rows: rows, cols: cols, matrix: repeat(x, max(rows*cols, 0))}
}

// Dense is a matrix from elsewhere, such as [Samples.Last] of recorded weights.
func Dense(m snn.Matrix) Transform {
	return Transform{kind: matrixTransform, rows: m.Rows, cols: m.Cols, matrix: m.Data}
}

// Random draws the matrix.
func Random(d Distribution) Transform { return Transform{kind: randomTransform, random: d} }

// check tells whether t takes in numbers to out.
func (t Transform) check(in, out int) error {
	if t.mistake != nil {
		return t.mistake
	}
	switch t.kind {
	case noTransform, scalarTransform:
		if in != out {
			return fmt.Errorf("%d numbers go to %d; add a transform of %d × %d, or connect parts with At and Slice", in, out, out, in)
		}
		if !finite(t.scalar) {
			return fmt.Errorf("the transform is %g, want a finite number", t.scalar)
		}
	case diagonalTransform:
		if len(t.diagonal) != in || in != out {
			return fmt.Errorf("%d numbers go to %d with a diagonal of %d; want three equal sizes", in, out, len(t.diagonal))
		}
		if !finite(t.diagonal...) {
			return fmt.Errorf("the transform is %v, want finite numbers", t.diagonal)
		}
	case sparseTransform:
		if t.rows != out || t.cols != in {
			return fmt.Errorf("the transform is %d × %d, want %d × %d, a row for each output and a column for each input", t.rows, t.cols, out, in)
		}
	case randomTransform:
		if t.random == nil {
			return fmt.Errorf("the transform has no distribution; give one, such as nef.Gaussian(0, 1)")
		}
	case matrixTransform:
		if t.cols == -1 {
			return fmt.Errorf("the rows of the transform have different lengths; want %d numbers in each of %d rows", in, out)
		}
		if t.rows != out || t.cols != in || len(t.matrix) != in*out {
			return fmt.Errorf("the transform is %d × %d, want %d × %d, a row for each output and a column for each input", t.rows, t.cols, out, in)
		}
		if !finite(t.matrix...) {
			return fmt.Errorf("the transform holds numbers that are not finite")
		}
	}
	return nil
}

// full is the matrix of t, drawn if need be.
func (t Transform) full(in, out int, r *rng.RandomState) ([]float64, error) {
	switch t.kind {
	case matrixTransform:
		return t.matrix, nil
	case randomTransform:
		return sample(t.random, out, in, r)
	case sparseTransform:
		return t.sparse.full(out, in, r)
	}
	m := make([]float64, in*out)
	for i := range out {
		switch t.kind {
		case scalarTransform:
			m[i*in+i] = t.scalar
		case diagonalTransform:
			m[i*in+i] = t.diagonal[i]
		default:
			m[i*in+i] = 1
		}
	}
	return m, nil
}

// Probe records a signal.
type Probe struct {
	net     *Network
	of      end
	signal  string
	synapse Synapse
	every   float64 // s; 0 is every step
	solver  Solver
	sparse  bool
	seed    *uint32
	site    string
}

// Probe adds a probe of an object's default signal: what an ensemble represents
// (decoded), or the output of neurons, a node or a connection. [Probe.Signal]
// names another one. There is no synapse unless one is given.
func (n *Network) Probe(of Object) *Probe {
	p := &Probe{net: n, solver: DefaultLstsqL2(), site: callSite()}
	n.probes = append(n.probes, p)
	if of == nil {
		n.mistake("probe", "its object is nil; give a node, an ensemble, neurons, a connection or a rule")
		p.of.bad = true
		return p
	}
	var err error
	if p.of, err = of.end().resolve(false); err != nil {
		n.mistake(p.what(), "%w", err)
		p.of.bad = true
	}
	if t := p.of.top(); t != nil && t != n.top() {
		n.mistake(p.what(), "it belongs to network %s, which is another one", t.name)
		p.of.bad = true
	}
	return p
}

// Signal chooses what is recorded: of an ensemble "decoded_output", "input" or
// "scaled_encoders"; of neurons "output", "input" or a state such as "voltage"; of a
// node "output"; of a connection "output", "input" or "weights"; of a rule the
// quantities it computes.
func (p *Probe) Signal(name string) *Probe { p.signal = name; return p }

// Synapse filters what is recorded.
func (p *Probe) Synapse(s Synapse) *Probe {
	if err := s.check(); err != nil {
		p.net.mistake(p.what(), "%w", err)
		return p
	}
	p.synapse = s
	return p
}

// Every takes a sample when a period, in seconds, is complete; without it every
// step is recorded.
func (p *Probe) Every(period float64) *Probe {
	if !(period > 0) || !finite(period) {
		p.net.mistake(p.what(), "a sample every %g s, want more than 0", period)
		return p
	}
	p.every = period
	return p
}

// Solver is how the decoders of an ensemble's probe are found.
func (p *Probe) Solver(s Solver) *Probe { p.solver = s; return p }

// Seed decides this probe's random numbers, whatever the network's seed.
func (p *Probe) Seed(seed uint32) *Probe { p.seed = &seed; return p }

func (p *Probe) what() string { return "probe of " + p.of.what() }
func (p *Probe) String() string {
	return fmt.Sprintf("%s: %s, %v", p.what(), p.signalName(), p.synapse)
}

func (p *Probe) signalName() string {
	switch {
	case p.signal != "":
		return p.signal
	case p.of.ens != nil && !p.of.neurons:
		return "decoded_output"
	}
	return "output"
}
