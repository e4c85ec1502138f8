package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/rng"
)

// Convolution moves a small window over a picture, or over a line: every output is
// the sum of the window's inputs times a kernel that is the same everywhere. It is a
// [LinearMap] for connections from nodes and neurons; rules do not learn it.
//
// A picture is a vector with its channels next to each other: element
// (row·columns + column)·channels + channel, unless ChannelsFirst.
type Convolution struct {
	Filters       int   // channels of the output
	Channels      int   // of the input
	Input         []int // rows and columns of the input, or its length
	Kernel        []int // rows and columns of the window, or its length
	Strides       []int // by which the window moves, one for each of Input
	Same          bool  // the input has zeros around it, so that the output is ceil(input/stride); else windows lie inside
	ChannelsFirst bool
	Groups        int // channels of one group of filters see one group of inputs only; 1 is all of them

	// Init draws the kernel: for each position of the window a number for each input
	// channel of a group and each filter. Values{…} gives all of them in that order.
	Init Distribution

	// Transposed goes the other way: each input spreads over a window of the output, and
	// Strides move the window there. Output is then the size of the output, or nil for
	// the smallest of which Input is the convolution.
	Transposed bool
	Output     []int
}

// DefaultConvolution has windows of three in each direction that move by one and
// lie inside, and a kernel from Uniform(−1, 1). Input is rows and columns, or a length.
func DefaultConvolution(filters, channels int, input ...int) Convolution {
	c := Convolution{Filters: filters, Channels: channels, Input: input, Groups: 1, Init: Uniform(-1, 1)}
	for range input {
		c.Kernel, c.Strides = append(c.Kernel, 3), append(c.Strides, 1)
	}
	return c
}

// DefaultConvolutionTranspose is DefaultConvolution that goes the other way.
func DefaultConvolutionTranspose(filters, channels int, input ...int) Convolution {
	c := DefaultConvolution(filters, channels, input...)
	c.Transposed = true
	return c
}

func (c Convolution) check() error {
	n := len(c.Input)
	if n != 1 && n != 2 {
		return fmt.Errorf("the convolution has an input of %d dimensions, want a length, or rows and columns", n)
	}
	if len(c.Kernel) != n || len(c.Strides) != n {
		return fmt.Errorf("the convolution has the window %v and the strides %v, want %d numbers in each, as in the input %v", c.Kernel, c.Strides, n, c.Input)
	}
	size := 1
	for i := range n {
		if c.Input[i] < 1 || c.Kernel[i] < 1 || c.Strides[i] < 1 || c.Input[i] > 1<<24 || c.Kernel[i] > 1<<24 {
			return fmt.Errorf("the convolution has the input %v, the window %v and the strides %v, want at least 1 and at most 2²⁴; start from nef.DefaultConvolution", c.Input, c.Kernel, c.Strides)
		}
		if !c.Transposed && !c.Same && c.Kernel[i] > c.Input[i] {
			return fmt.Errorf("the window %v is larger than the input %v; make it smaller, or set Same", c.Kernel, c.Input)
		}
		size *= c.Input[i]
	}
	switch {
	case c.Filters < 1 || c.Channels < 1 || c.Groups < 1:
		return fmt.Errorf("the convolution has %d filters, %d channels and %d groups, want at least 1 of each; start from nef.DefaultConvolution", c.Filters, c.Channels, c.Groups)
	case c.Filters%c.Groups != 0 || c.Channels%c.Groups != 0:
		return fmt.Errorf("the convolution has %d filters, %d channels and %d groups, want multiples of the groups", c.Filters, c.Channels, c.Groups)
	case c.Transposed && c.Groups != 1:
		return fmt.Errorf("a transposed convolution has %d groups, want 1", c.Groups)
	case c.Init == nil:
		return fmt.Errorf("the convolution has no kernel; set Init, or start from nef.DefaultConvolution")
	case !c.Transposed && c.Output != nil:
		return fmt.Errorf("Output is for transposed convolutions; leave it out")
	case c.Output != nil && len(c.Output) != n:
		return fmt.Errorf("the output %v has %d dimensions, want %d, as the input %v", c.Output, len(c.Output), n, c.Input)
	}
	for i, out := range c.Output {
		if out < 1 || forwardSize(out, c.Kernel[i], c.Strides[i], c.Same) != c.Input[i] {
			return fmt.Errorf("a convolution of the output %v does not give the input %v; want an output such as %v", c.Output, c.Input, c.outputs())
		}
	}
	if size > (1<<31)/c.Channels/c.Kernel[0] {
		return fmt.Errorf("the input %v with %d channels is too large for a convolution; want less than 2³¹ connections", c.Input, c.Channels)
	}
	return nil
}

func forwardSize(in, kernel, stride int, same bool) int {
	if !same {
		in += 1 - kernel
	}
	return (in + stride - 1) / stride
}

// outputs is the size of the output in space.
func (c Convolution) outputs() []int {
	var out []int
	for i, in := range c.Input {
		switch {
		case c.Transposed && c.Output != nil:
			out = append(out, c.Output[i])
		case c.Transposed && c.Same:
			out = append(out, 1+(in-1)*c.Strides[i])
		case c.Transposed:
			out = append(out, (in-1)*c.Strides[i]+c.Kernel[i])
		default:
			out = append(out, forwardSize(in, c.Kernel[i], c.Strides[i], c.Same))
		}
	}
	return out
}

// OutputShape is the size of the output in space, and then its channels, or nil
// if the convolution is not well formed.
func (c Convolution) OutputShape() []int {
	if c.check() != nil {
		return nil
	}
	return append(c.outputs(), c.Filters)
}

// SizeOut is how many numbers come out.
func (c Convolution) SizeOut() int {
	size := 1
	for _, n := range c.OutputShape() {
		size *= n
	}
	return size
}

func (c Convolution) linear() Transform {
	if err := c.check(); err != nil {
		return Transform{kind: sparseTransform, mistake: err}
	}
	in, out, kernel, strides := c.Input, c.outputs(), c.Kernel, c.Strides
	if len(in) == 1 { // a picture of one row
		in, out, kernel, strides = []int{1, in[0]}, []int{1, out[0]}, []int{1, kernel[0]}, []int{1, strides[0]}
	}
	group, filters := c.Channels/c.Groups, c.Filters/c.Groups
	place := func(size []int, channels, row, column, channel int) int32 {
		if c.ChannelsFirst {
			return int32((channel*size[0]+row)*size[1] + column)
		}
		return int32((row*size[1]+column)*channels + channel)
	}
	s := &sparse{}
	rows, columns := c.windows(in[0], out[0], kernel[0], strides[0]), c.windows(in[1], out[1], kernel[1], strides[1])
	for _, r := range rows {
		for _, k := range columns {
			for f := range c.Filters {
				for g := range group {
					s.entries = append(s.entries, entry{
						out:    place(out, c.Filters, r.out, k.out, f),
						in:     place(in, c.Channels, r.in, k.in, f/filters*group+g),
						weight: ((r.kernel*kernel[1]+k.kernel)*group+g)*c.Filters + f,
					})
				}
			}
		}
	}
	size := kernel[0] * kernel[1] * group * c.Filters
	s.draw = func(r *rng.RandomState) ([]float64, error) {
		if given, ok := c.Init.(Values); ok && len(given) > 1 {
			return sample(given, size, 1, r)
		}
		var all []float64
		for range kernel[0] * kernel[1] {
			w, err := sample(c.Init, group, c.Filters, r)
			if err != nil {
				return nil, fmt.Errorf("kernel: %w", err)
			}
			all = append(all, w...)
		}
		return all, nil
	}
	return Transform{kind: sparseTransform, rows: c.SizeOut(), cols: c.Channels * in[0] * in[1], sparse: s}
}

// window is one pair of an output and an input in one direction of space, and
// their place in the kernel.
type window struct{ out, in, kernel int }

func (c Convolution) windows(in, out, kernel, stride int) (all []window) {
	if !c.Transposed {
		before := 0
		if c.Same {
			before = max((out-1)*stride+kernel-in, 0) / 2
		}
		for o := range out {
			for a := range kernel {
				if i := o*stride + a - before; i >= 0 && i < in {
					all = append(all, window{o, i, a})
				}
			}
		}
		return all
	}
	// The input is spread out by the stride, has zeros around it, and is convolved with
	// the kernel turned round.
	around := 2 * (kernel - 1)
	if c.Same {
		around = min(max(out+kernel-1-((in-1)*stride+1), 0), around)
	}
	for o := range out {
		for a := range kernel {
			at := o + a - (around+1)/2
			if at >= 0 && at < out && at%stride == 0 && at/stride < in {
				all = append(all, window{o, at / stride, kernel - 1 - a})
			}
		}
	}
	return all
}
