package nef

import (
	"fmt"
	"math"
	"slices"
)

// Object is what can be connected or probed: a [*Node], an [*Ensemble], the
// [Neurons] of an ensemble, a [*Rule] (as a target), a [*Connection] (in a probe)
// or a [View] of some of the elements of one.
type Object interface{ end() end }

// end is one end of a connection.
type end struct {
	node    *Node
	ens     *Ensemble
	neurons bool // of ens
	rule    *Rule
	conn    *Connection
	pick    func(n int) ([]int, error) // of a view of n elements
	index   []int                      // nil is everything; set by resolve
	listed  bool                       // the view is a list of indices, not a range
	input   bool                       // of a node: what goes in
	bad     bool                       // a mistake was reported
}

func (e end) size() int {
	if e.index != nil {
		return len(e.index)
	}
	return e.whole()
}

// whole is the size without a view.
func (e end) whole() int {
	switch {
	case e.node != nil && e.input:
		return e.node.output.sizeIn
	case e.node != nil:
		return e.node.size()
	case e.ens != nil && e.neurons:
		return e.ens.n
	case e.ens != nil:
		return e.ens.d
	case e.rule != nil:
		return e.rule.size()
	}
	return 0
}

func (e end) what() string {
	view := ""
	if e.index != nil {
		view = fmt.Sprint(e.index)
	}
	switch {
	case e.node != nil:
		return e.node.name + view
	case e.ens != nil && e.neurons:
		return e.ens.name + ".neurons" + view
	case e.ens != nil:
		return e.ens.name + view
	case e.rule != nil:
		return "rule of " + e.rule.conn.label() + view
	case e.conn != nil:
		return e.conn.label()
	}
	return "nothing"
}

// top is the outermost network, or nil.
func (e end) top() *Network {
	switch {
	case e.node != nil:
		return e.node.net.top()
	case e.ens != nil:
		return e.ens.net.top()
	case e.rule != nil:
		return e.rule.conn.net.top()
	case e.conn != nil:
		return e.conn.net.top()
	}
	return nil
}

// View is some elements of an object, in an order.
type View struct{ e end }

func (v View) end() end { return v.e }

// at makes a view; negative indices count from the end.
func at(e end, indices []int) View {
	e.listed = len(indices) > 1
	e.pick = func(n int) ([]int, error) {
		if len(indices) == 0 {
			return nil, fmt.Errorf("the view of %s has no elements; give at least one index", e.what())
		}
		picked := make([]int, len(indices))
		for k, i := range indices {
			if i < -n || i >= n {
				return nil, fmt.Errorf("the view of %s has the index %d, want %d to %d", e.what(), i, -n, n-1)
			}
			if i < 0 {
				i += n
			}
			picked[k] = i
		}
		return picked, nil
	}
	return View{e}
}

// span is from, from+1, … below to; negative bounds count from the end.
func span(e end, from, to int) View {
	e.pick = func(n int) ([]int, error) {
		a, b := from, to
		if a < 0 {
			a += n
		}
		if b < 0 {
			b += n
		}
		if a < 0 || b > n || a >= b {
			return nil, fmt.Errorf("the slice of %s is %d to %d, want bounds from %d to %d that leave at least one element", e.what(), from, to, -n, n)
		}
		picked := make([]int, b-a)
		for k := range picked {
			picked[k] = a + k
		}
		return picked, nil
	}
	return View{e}
}

// stride is from, from+step, … before to, as Python's from:to:step.
func stride(e end, from, to, step int) View {
	e.pick = func(n int) ([]int, error) {
		var picked []int
		if step == 0 {
			return nil, fmt.Errorf("the slice of %s has the step 0, want another; nef.All leaves a bound out", e.what())
		}
		bound := func(i, all int) int {
			switch {
			case i == All:
				return all
			case i < 0:
				i += n
			}
			if step > 0 {
				return min(max(i, 0), n)
			}
			return min(max(i, -1), n-1)
		}
		a, b := 0, n
		if step < 0 {
			a, b = n-1, -1
		}
		for i, b := bound(from, a), bound(to, b); step > 0 && i < b || step < 0 && i > b; i += step {
			picked = append(picked, i)
		}
		if len(picked) == 0 {
			return nil, fmt.Errorf("the slice %d:%d:%d of %s, which has %d elements, has none of them; want at least one", from, to, step, e.what(), n)
		}
		return picked, nil
	}
	return View{e}
}

// All leaves a bound out in a Stride: Stride(All, All, -1) is everything backwards.
const All = math.MinInt

// mask is the elements for which keep is true.
func mask(e end, keep []bool) View {
	e.listed = true
	e.pick = func(n int) ([]int, error) {
		if len(keep) != n || !slices.Contains(keep, true) {
			return nil, fmt.Errorf("the mask of %s has %d values, want %d, at least one of them true", e.what(), len(keep), n)
		}
		var picked []int
		for i, k := range keep {
			if k {
				picked = append(picked, i)
			}
		}
		return picked, nil
	}
	return View{e}
}

// resolve turns a view into indices: of what goes into the object, or of what
// comes out of it.
func (e end) resolve(input bool) (end, error) {
	if e.node != nil && input {
		e.input = true
	}
	if e.pick == nil {
		return e, nil
	}
	var err error
	e.index, err = e.pick(e.whole())
	return e, err
}

// Node is an input, a function, or a junction.
type Node struct {
	net    *Network
	name   string
	output Output
	width  int // of the output
	site   string
}

// Output is what a node puts out: [Constant], [OfTime], [OfInput] or [PassThrough].
type Output struct {
	sizeIn   int
	constant []float64
	ofTime   func(t float64) []float64
	ofInput  func(t float64, x []float64) []float64
	process  *Process
}

func (o Output) output() Output { return o }

// Constant is always the same.
func Constant(values ...float64) Output { return Output{constant: values} }

// OfTime is a function of the time in seconds. It is called once with 0 to learn
// its size, then once for every step in order; the first step is at dt. It may be
// called some steps ahead of the simulation, never beyond the end of a run.
func OfTime(f func(t float64) []float64) Output { return Output{ofTime: f} }

// OfInput is a function of the time in seconds and of the sum of what is
// connected to the node, of sizeIn numbers. It is called once with zeros to learn
// its size, then once in every step; x is only valid during the call.
func OfInput(sizeIn int, f func(t float64, x []float64) []float64) Output {
	return Output{sizeIn: sizeIn, ofInput: f}
}

// PassThrough puts out the sum of what is connected to the node, in the same step.
func PassThrough(size int) Output { return Output{sizeIn: size} }

// Node adds a node.
func (n *Network) Node(name string, source Source) *Node {
	var output Output
	if source != nil {
		output = source.output()
	}
	e := &Node{net: n, name: name, output: output, site: callSite()}
	n.nodes = append(n.nodes, e)
	switch {
	case source == nil:
		n.mistake(e.what(), "its output is nil; give one, such as nef.Constant(0) or nef.PassThrough(1)")
		e.width, e.output = 1, Constant(0)
	case output.process != nil:
		e.width = max(output.process.size, 1)
		if output.process.start == nil && output.process.mistake == nil {
			output.process.fail("the process is empty; make one with nef.WhiteNoise, nef.WhiteSignal or another of its kind")
		}
		if err := output.process.mistake; err != nil {
			n.mistake(e.what(), "%w", err)
			e.output = Output{constant: make([]float64, e.width)}
		}
	case output.constant != nil:
		e.width = len(output.constant)
		if !finite(output.constant...) {
			n.mistake(e.what(), "its output is %v, want finite numbers", output.constant)
		}
	case output.ofTime != nil:
		e.width = e.probe(func() []float64 { return output.ofTime(0) })
	case output.ofInput != nil:
		e.width = e.probe(func() []float64 { return output.ofInput(0, make([]float64, max(output.sizeIn, 0))) })
	default:
		e.width = output.sizeIn
		if output.sizeIn < 1 {
			n.mistake(e.what(), "its size is %d, want at least 1", output.sizeIn)
			e.width, e.output.sizeIn = 1, 1
		}
	}
	if output.ofInput != nil && output.sizeIn < 1 {
		n.mistake(e.what(), "its input has the size %d, want at least 1; use nef.OfTime for a function of the time alone", output.sizeIn)
		e.output.sizeIn = 1
	}
	return e
}

// probe calls the node's function for the first time.
func (e *Node) probe(f func() []float64) (size int) {
	defer func() {
		if r := recover(); r != nil {
			e.net.mistakeAt(e.what(), e.site, "its function panics at t = 0: %v", r)
			size = 1
		}
	}()
	v := f()
	if !finite(v...) {
		e.net.mistake(e.what(), "its function returns %v at t = 0, want finite numbers", v)
	}
	return len(v)
}

func (e *Node) passes() bool {
	return e.output.constant == nil && e.output.ofTime == nil && e.output.ofInput == nil && e.output.process == nil
}

func (e *Node) size() int    { return e.width }
func (e *Node) end() end     { return end{node: e} }
func (e *Node) what() string { return "node " + e.name }

// At is some of the node's elements; negative indices count from the end.
func (e *Node) At(indices ...int) View { return at(e.end(), indices) }

// Slice is the elements from … to−1; negative bounds count from the end.
func (e *Node) Slice(from, to int) View { return span(e.end(), from, to) }

// Stride is the elements from, from+step, … before to, as Python's from:to:step; [All]
// leaves a bound out.
func (e *Node) Stride(from, to, step int) View { return stride(e.end(), from, to, step) }

// Mask is the elements for which keep is true.
func (e *Node) Mask(keep ...bool) View { return mask(e.end(), keep) }

func (e *Node) String() string {
	kind := "passes on its input"
	switch {
	case e.output.constant != nil:
		kind = fmt.Sprintf("constant %v", e.output.constant)
	case e.output.ofTime != nil:
		kind = "function of time"
	case e.output.process != nil:
		kind = e.output.process.String()
	case e.output.ofInput != nil:
		kind = fmt.Sprintf("function of time and %d inputs", e.output.sizeIn)
	}
	return fmt.Sprintf("%s: %d outputs, %s", e.what(), e.width, kind)
}

// Ensemble is a group of neurons that represents a vector.
type Ensemble struct {
	net        *Network
	name       string
	n, d       int
	radius     float64
	encoders   Distribution
	normalize  bool
	intercepts Distribution
	maxRates   Distribution
	evalPoints Distribution
	nEval      int // -1: by the formula
	typ        NeuronType
	gain, bias Distribution
	initial    map[string]Distribution
	noise      *Process
	frozen     *FrozenEnsemble
	seed       *uint32
	site       string
}

// Ensemble adds n neurons that represent a vector of d dimensions: LIF neurons
// with maximum rates in Uniform(200, 400), intercepts in Uniform(−1, 0.9),
// encoders scattered over the unit sphere and evaluation points in the ball of
// radius 1, unless the methods say otherwise.
func (n *Network) Ensemble(name string, neurons, dimensions int) *Ensemble {
	e := &Ensemble{
		net: n, name: name, n: neurons, d: dimensions, radius: 1, normalize: true, nEval: -1,
		encoders: ScatteredHypersphere{Surface: true}, evalPoints: ScatteredHypersphere{},
		intercepts: Uniform(-1, 0.9), maxRates: Uniform(200, 400), typ: DefaultLIF(),
		initial: map[string]Distribution{}, site: callSite(),
	}
	if neurons < 1 || neurons > math.MaxInt32 {
		n.mistake(e.what(), "it has %d neurons, want at least 1", neurons)
		e.n = 1
	}
	if dimensions < 1 || dimensions > math.MaxInt32/e.n {
		n.mistake(e.what(), "it has %d dimensions, want at least 1 and fewer than 2³¹ encoder values", dimensions)
		e.d = 1
	}
	n.ensembles = append(n.ensembles, e)
	return e
}

// Radius is the length of the vectors that are represented well.
func (e *Ensemble) Radius(r float64) *Ensemble {
	if !(r > 0) || math.IsInf(r, 0) {
		e.net.mistake(e.what(), "the radius is %g, want more than 0", r)
		return e
	}
	e.radius = r
	return e
}

// Encoders are the directions that the neurons prefer; each is brought to unit
// length, unless [Ensemble.RawEncoders] gives them.
func (e *Ensemble) Encoders(d Distribution) *Ensemble {
	e.encoders, e.normalize = d, true
	return e
}

// RawEncoders are encoders whose length is kept.
func (e *Ensemble) RawEncoders(d Distribution) *Ensemble {
	e.encoders, e.normalize = d, false
	return e
}

// Intercepts are where along its encoder a neuron begins to fire, in units of the
// radius; less than 1.
func (e *Ensemble) Intercepts(d Distribution) *Ensemble { e.intercepts = d; return e }

// MaxRates are the rates of the neurons at the radius along their encoders, in
// spikes per second.
func (e *Ensemble) MaxRates(d Distribution) *Ensemble { e.maxRates = d; return e }

// EvalPoints are where decoders are fitted, in units of the radius.
func (e *Ensemble) EvalPoints(d Distribution) *Ensemble { e.evalPoints = d; return e }

// NEvalPoints is how many points are drawn. Without it there are 500 for each
// dimension, but 750 to 2500, and at least two for each neuron.
func (e *Ensemble) NEvalPoints(n int) *Ensemble {
	if n < 0 {
		e.net.mistake(e.what(), "the number of evaluation points is %d, want 0 or more", n)
		return e
	}
	e.nEval = n
	return e
}

// Type is what the neurons compute.
func (e *Ensemble) Type(t NeuronType) *Ensemble {
	if t == nil {
		e.net.mistake(e.what(), "the neuron type is nil; use nef.DefaultLIF() or another type")
		return e
	}
	if err := t.check(); err != nil {
		e.net.mistake(e.what(), "%w", err)
		return e
	}
	e.typ = t
	return e
}

// GainBias gives gain and bias in place of maximum rates and intercepts:
// J = gain·(encoder·x/radius) + bias.
func (e *Ensemble) GainBias(gain, bias Distribution) *Ensemble {
	e.gain, e.bias = gain, bias
	if gain == nil || bias == nil {
		e.net.mistake(e.what(), "only one of gain and bias is given; give both, or maximum rates and intercepts")
		e.gain, e.bias = nil, nil
	}
	return e
}

// InitialState gives a state variable its values before the first step.
func (e *Ensemble) InitialState(variable string, d Distribution) *Ensemble {
	e.initial[variable] = d
	return e
}

// Seed decides this ensemble's random numbers, whatever the network's seed.
func (e *Ensemble) Seed(seed uint32) *Ensemble {
	if seed == math.MaxUint32 {
		e.net.mistake(e.what(), "the seed is %d, want less, because the neurons' states take the next one", seed)
		return e
	}
	e.seed = &seed
	return e
}

// Name is the name given at creation.
func (e *Ensemble) Name() string { return e.name }

func (e *Ensemble) end() end     { return end{ens: e} }
func (e *Ensemble) what() string { return "ensemble " + e.name }

// At is some of the dimensions; negative indices count from the end.
func (e *Ensemble) At(dimensions ...int) View { return at(e.end(), dimensions) }

// Slice is the dimensions from … to−1; negative bounds count from the end.
func (e *Ensemble) Slice(from, to int) View { return span(e.end(), from, to) }

// Stride is the dimensions from, from+step, … before to, as Python's from:to:step; [All]
// leaves a bound out.
func (e *Ensemble) Stride(from, to, step int) View { return stride(e.end(), from, to, step) }

// Mask is the dimensions for which keep is true.
func (e *Ensemble) Mask(keep ...bool) View { return mask(e.end(), keep) }

// Neurons are the neurons themselves, for connections and probes that go round
// encoders and decoders.
func (e *Ensemble) Neurons() Neurons { return Neurons{e} }

func (e *Ensemble) String() string {
	return fmt.Sprintf("%s: %d neurons, %d dimensions, radius %g, %T", e.what(), e.n, e.d, e.radius, e.typ)
}

// Neurons are the neurons of an ensemble.
type Neurons struct{ ens *Ensemble }

func (n Neurons) end() end { return end{ens: n.ens, neurons: true} }

// At is some of the neurons; negative indices count from the end.
func (n Neurons) At(neurons ...int) View { return at(n.end(), neurons) }

// Slice is the neurons from … to−1; negative bounds count from the end.
func (n Neurons) Slice(from, to int) View { return span(n.end(), from, to) }

// Stride is the neurons from, from+step, … before to, as Python's from:to:step; [All]
// leaves a bound out.
func (n Neurons) Stride(from, to, step int) View { return stride(n.end(), from, to, step) }

// Mask is the neurons for which keep is true.
func (n Neurons) Mask(keep ...bool) View { return mask(n.end(), keep) }
