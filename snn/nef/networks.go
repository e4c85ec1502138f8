package nef

import (
	"fmt"
	"math"
)

// EnsembleArray represents a vector by several ensembles, each a part of it:
// cheaper than one large ensemble, and enough for functions of the parts.
type EnsembleArray struct {
	*Network
	Input, Output *Node
	Ensembles     []*Ensemble

	neurons, d                int
	neuronInput, neuronOutput *Node
}

// EnsembleArray adds a network of count one-dimensional ensembles.
func (n *Network) EnsembleArray(name string, neurons, count int, options ...Option) *EnsembleArray {
	return n.EnsembleArrayOf(name, neurons, count, 1, options...)
}

// EnsembleArrayOf adds a network of count ensembles of d dimensions each.
func (n *Network) EnsembleArrayOf(name string, neurons, count, d int, options ...Option) *EnsembleArray {
	a := &EnsembleArray{Network: n.Network(name, options...), neurons: neurons, d: d}
	if count < 1 || d < 1 || count > math.MaxInt32/d {
		n.mistake("ensemble array "+name, "it has %d ensembles of %d dimensions, want at least 1 of each and fewer than 2³¹ in all", count, d)
		count, a.d = 1, 1
	}
	d = a.d
	a.Input = a.Node("input", PassThrough(count*d))
	for i := range count {
		e := a.Ensemble(fmt.Sprintf("%s[%d]", name, i), neurons, d)
		a.Ensembles = append(a.Ensembles, e)
		a.Connect(a.Input.Slice(i*d, i*d+d), e).Synapse(NoSynapse)
	}
	a.neurons = a.Ensembles[0].n
	a.Output = a.AddVectorOutput("output")
	return a
}

// Each changes every ensemble alike, and returns the array.
func (a *EnsembleArray) Each(change func(e *Ensemble)) *EnsembleArray {
	for _, e := range a.Ensembles {
		change(e)
	}
	return a
}

// AddOutput adds a node with a function of each dimension, computed by the
// ensembles; nil is the identity.
func (a *EnsembleArray) AddOutput(name string, f func(x float64) float64) *Node {
	if f == nil {
		return a.AddVectorOutput(name)
	}
	return a.AddVectorOutput(name, func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	})
}

// AddVectorOutput adds a node with a function of each ensemble's vector, one after
// the other: one function for all ensembles, or one for each; nil, or none at all,
// is the identity.
func (a *EnsembleArray) AddVectorOutput(name string, fs ...func(x []float64) []float64) *Node {
	if len(fs) > 1 && len(fs) != len(a.Ensembles) {
		a.mistake("ensemble array "+a.name, "output %s has %d functions, want one, or one for each of %d ensembles", name, len(fs), len(a.Ensembles))
		fs = nil
	}
	// The node comes before the connections, so its size is found out here.
	function := func(i int) func(x []float64) []float64 {
		switch len(fs) {
		case 0:
			return nil
		case 1:
			return fs[0]
		}
		return fs[i]
	}
	sizes, size := make([]int, len(a.Ensembles)), 0
	for i := range a.Ensembles {
		sizes[i] = a.d
		if f := function(i); f != nil {
			sizes[i] = a.sizeOf(name, f)
		}
		size += sizes[i]
	}
	out := a.Node(name, PassThrough(size))
	at := 0
	for i, e := range a.Ensembles {
		c := a.Connect(e, out.Slice(at, at+sizes[i])).Synapse(NoSynapse)
		if f := function(i); f != nil {
			c.Function(f)
		}
		at += sizes[i]
	}
	return out
}

// sizeOf is the size of a function's result.
func (a *EnsembleArray) sizeOf(output string, f func(x []float64) []float64) (size int) {
	site := callSite()
	defer func() {
		if r := recover(); r != nil {
			size = a.d // what is wrong is reported by the connection
		} else if size < 1 {
			a.mistakeAt("ensemble array "+a.name, site, "the function of output %s returns nothing, want at least one number", output)
			size = 1
		}
	}()
	return len(f(make([]float64, a.d)))
}

// Connections are those of the array's ensembles to one of its outputs, in the
// order of the ensembles: to give all of them another solver, for example.
func (a *EnsembleArray) Connections(output *Node) []*Connection {
	var cs []*Connection
	for _, c := range a.connections {
		if c.post.node == output && c.pre.ens != nil {
			cs = append(cs, c)
		}
	}
	return cs
}

// NeuronInput is a node that goes straight to all neurons, those of the first
// ensemble first: to inhibit them, for example. The first call adds it.
func (a *EnsembleArray) NeuronInput() *Node {
	if a.neuronInput == nil {
		a.neuronInput = a.Node("neuron_input", PassThrough(a.neurons*len(a.Ensembles)))
		for i, e := range a.Ensembles {
			a.Connect(a.neuronInput.Slice(i*a.neurons, i*a.neurons+a.neurons), e.Neurons()).Synapse(NoSynapse)
		}
	}
	return a.neuronInput
}

// NeuronOutput is a node that holds the output of all neurons. The first call adds
// it.
func (a *EnsembleArray) NeuronOutput() *Node {
	if a.neuronOutput == nil {
		a.neuronOutput = a.Node("neuron_output", PassThrough(a.neurons*len(a.Ensembles)))
		for i, e := range a.Ensembles {
			a.Connect(e.Neurons(), a.neuronOutput.Slice(i*a.neurons, i*a.neurons+a.neurons)).Synapse(NoSynapse)
		}
	}
	return a.neuronOutput
}

// Product multiplies two vectors element by element, by the squares of their sum
// and difference: a·b = ((a+b)² − (a−b)²)/4.
type Product struct {
	*Network
	A, B, Output *Node

	sum, difference *EnsembleArray
}

// Product adds a network that multiplies vectors of d dimensions with elements
// between −1 and 1; each product has so many neurons.
func (n *Network) Product(name string, neurons, d int, options ...Option) *Product {
	p := &Product{Network: n.Network(name, options...)}
	p.A, p.B, p.Output = p.Node("input_a", PassThrough(d)), p.Node("input_b", PassThrough(d)), p.Node("output", PassThrough(d))
	half := max(1, neurons/2)
	p.sum, p.difference = p.EnsembleArray("sq1", half, d), p.EnsembleArray("sq2", half, d)
	p.InputMagnitude(1)
	r := 1 / math.Sqrt2
	p.Connect(p.A, p.sum.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.B, p.sum.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.A, p.difference.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.B, p.difference.Input).Transform(Scalar(-r)).Synapse(NoSynapse)
	square := func(x float64) float64 { return float64(x * x) }
	p.Connect(p.sum.AddOutput("square", square), p.Output).Transform(Scalar(0.5)).Synapse(NoSynapse)
	p.Connect(p.difference.AddOutput("square", square), p.Output).Transform(Scalar(-0.5)).Synapse(NoSynapse)
	return p
}

// InputMagnitude is the largest absolute value of an input element; 1 without it.
func (p *Product) InputMagnitude(largest float64) *Product {
	for _, a := range []*EnsembleArray{p.sum, p.difference} {
		a.Each(func(e *Ensemble) { e.Radius(largest * math.Sqrt2) })
	}
	return p
}

// CircularConvolution binds two vectors: c_k = Σ_i a_i b_(k−i), by the product of
// their Fourier transforms.
type CircularConvolution struct {
	*Network
	A, B, Output *Node

	product  *Product
	toA, toB *Connection
	d        int
}

// CircularConvolution adds a network for vectors of d dimensions of about unit
// length; each of the 4·(d/2+1) products of Fourier coefficients has so many
// neurons.
func (n *Network) CircularConvolution(name string, neurons, d int, options ...Option) *CircularConvolution {
	c := &CircularConvolution{Network: n.Network(name, options...), d: d}
	if d < 1 {
		n.mistake("circular convolution "+name, "it has %d dimensions, want at least 1", d)
		c.d = 1
	}
	d = c.d
	c.A, c.B = c.Node("input_a", PassThrough(d)), c.Node("input_b", PassThrough(d))
	c.product = c.Product("product", neurons, 4*(d/2+1))
	c.InputMagnitude(1)
	c.Output = c.Node("output", PassThrough(d))
	c.toA = c.Connect(c.A, c.product.A).Synapse(NoSynapse)
	c.toB = c.Connect(c.B, c.product.B).Synapse(NoSynapse)
	c.Invert(false, false)
	// What the four products of coefficient k add to the output: with real parts
	// rr − ii and imaginary parts ri + ir.
	out := make([][]float64, d)
	for k := range d/2 + 1 {
		re, im := fourierRow(k, d)
		weight := 2 / float64(d)
		if k == 0 || 2*k == d {
			weight = 1 / float64(d)
		}
		for i := range d {
			out[i] = append(out[i], weight*re[i], -weight*re[i], weight*im[i], weight*im[i])
		}
	}
	c.Connect(c.product.Output, c.Output).Transform(Matrix(out...)).Synapse(NoSynapse)
	return c
}

// InputMagnitude is the largest length of the inputs; 1 without it.
func (c *CircularConvolution) InputMagnitude(largest float64) *CircularConvolution {
	c.product.InputMagnitude(2 * largest)
	return c
}

// Invert takes the (approximate) inverse of inputs, a_0 a_(d−1) … a_1, in place of
// a: the network then unbinds.
func (c *CircularConvolution) Invert(a, b bool) *CircularConvolution {
	var inA, inB [][]float64
	for k := range c.d/2 + 1 {
		re, im := fourierRow(k, c.d)
		imA, imB := im, im
		if a {
			imA = negated(im)
		}
		if b {
			imB = negated(im)
		}
		inA = append(inA, re, imA, re, imA)
		inB = append(inB, re, imB, imB, re)
	}
	c.toA.Transform(Matrix(inA...))
	c.toB.Transform(Matrix(inB...))
	return c
}

// fourierRow is row k of the Fourier transform in d dimensions, its real and its
// imaginary part.
func fourierRow(k, d int) (re, im []float64) {
	re, im = make([]float64, d), make([]float64, d)
	for i := range d {
		im[i], re[i] = math.Sincos(-2 * math.Pi * float64(k*i%d) / float64(d))
	}
	return re, im
}

func negated(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = -v
	}
	return y
}
