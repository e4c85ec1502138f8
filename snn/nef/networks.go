package nef

import (
	"fmt"
	"math"
)

// EnsembleArray represents each dimension of a vector by an ensemble of its own:
// cheaper than one large ensemble, and enough for functions of single dimensions.
type EnsembleArray struct {
	*Network
	Input, Output *Node
	Ensembles     []*Ensemble
}

// EnsembleArray adds a network of count one-dimensional ensembles.
func (n *Network) EnsembleArray(name string, neurons, count int, options ...Option) *EnsembleArray {
	a := &EnsembleArray{Network: n.Network(name, options...)}
	if count < 1 {
		n.mistake("ensemble array "+name, "it has %d ensembles, want at least 1", count)
		count = 1
	}
	a.Input = a.Node("input", PassThrough(count))
	for i := range count {
		e := a.Ensemble(fmt.Sprintf("%s[%d]", name, i), neurons, 1)
		a.Ensembles = append(a.Ensembles, e)
		a.Connect(a.Input.At(i), e).Synapse(NoSynapse)
	}
	a.Output = a.AddOutput("output", nil)
	return a
}

// Each changes every ensemble alike, and returns the array.
func (a *EnsembleArray) Each(change func(e *Ensemble)) *EnsembleArray {
	for _, e := range a.Ensembles {
		change(e)
	}
	return a
}

// AddOutput adds a node with a function of each dimension; nil is the identity.
func (a *EnsembleArray) AddOutput(name string, f func(x float64) float64) *Node {
	out := a.Node(name, PassThrough(len(a.Ensembles)))
	for i, e := range a.Ensembles {
		c := a.Connect(e, out.At(i)).Synapse(NoSynapse)
		if f != nil {
			c.Function(func(x []float64) []float64 { return []float64{f(x[0])} })
		}
	}
	return out
}

// Product multiplies two vectors element by element, by the squares of their sum
// and difference: a·b = ((a+b)² − (a−b)²)/4.
type Product struct {
	*Network
	A, B, Output *Node
}

// Product adds a network that multiplies vectors of d dimensions with elements
// between −1 and 1; each product has so many neurons.
func (n *Network) Product(name string, neurons, d int, options ...Option) *Product {
	p := &Product{Network: n.Network(name, options...)}
	p.A, p.B, p.Output = p.Node("input_a", PassThrough(d)), p.Node("input_b", PassThrough(d)), p.Node("output", PassThrough(d))
	wide := func(e *Ensemble) { e.Radius(math.Sqrt2) }
	half := max(1, neurons/2)
	sum := p.EnsembleArray("sq1", half, d).Each(wide)
	difference := p.EnsembleArray("sq2", half, d).Each(wide)
	r := 1 / math.Sqrt2
	p.Connect(p.A, sum.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.B, sum.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.A, difference.Input).Transform(Scalar(r)).Synapse(NoSynapse)
	p.Connect(p.B, difference.Input).Transform(Scalar(-r)).Synapse(NoSynapse)
	square := func(x float64) float64 { return float64(x * x) }
	p.Connect(sum.AddOutput("square", square), p.Output).Transform(Scalar(0.5)).Synapse(NoSynapse)
	p.Connect(difference.AddOutput("square", square), p.Output).Transform(Scalar(-0.5)).Synapse(NoSynapse)
	return p
}

// CircularConvolution binds two vectors: c_k = Σ_i a_i b_(k−i), by the product of
// their Fourier transforms.
type CircularConvolution struct {
	*Network
	A, B, Output *Node
}

// CircularConvolution adds a network for vectors of d dimensions of about unit
// length; each of the 4·(d/2+1) products of Fourier coefficients has so many
// neurons.
func (n *Network) CircularConvolution(name string, neurons, d int, options ...Option) *CircularConvolution {
	c := &CircularConvolution{Network: n.Network(name, options...)}
	if d < 1 {
		n.mistake("circular convolution "+name, "it has %d dimensions, want at least 1", d)
		d = 1
	}
	half := d/2 + 1
	c.A, c.B = c.Node("input_a", PassThrough(d)), c.Node("input_b", PassThrough(d))
	product := c.Product("product", neurons, 4*half)
	c.Output = c.Node("output", PassThrough(d))
	// Rows of the real and the imaginary part of coefficient k, and what its four
	// products add to the output: Re = rr − ii, Im = ri + ir.
	var inA, inB [][]float64
	out := make([][]float64, d)
	for k := range half {
		re, im := make([]float64, d), make([]float64, d)
		for i := range d {
			s, co := math.Sincos(-2 * math.Pi * float64(k*i%d) / float64(d))
			re[i], im[i] = co, s
		}
		inA = append(inA, re, im, re, im)
		inB = append(inB, re, im, im, re)
		weight := 2 / float64(d)
		if k == 0 || 2*k == d {
			weight = 1 / float64(d)
		}
		for i := range d {
			out[i] = append(out[i], weight*re[i], -weight*re[i], weight*im[i], weight*im[i])
		}
	}
	c.Connect(c.A, product.A).Transform(Matrix(inA...)).Synapse(NoSynapse)
	c.Connect(c.B, product.B).Transform(Matrix(inB...)).Synapse(NoSynapse)
	c.Connect(product.Output, c.Output).Transform(Matrix(out...)).Synapse(NoSynapse)
	return c
}
