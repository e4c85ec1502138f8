package plan

import (
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// Stored is the number of stored elements of a variable with one value per
// synapse, as far as the shape tells: 0 for Generated, and for SparseRows, where
// a buffer of the program tells (see [Program.Stored]).
func (s Shape) Stored() int {
	switch s.Kind {
	case Dense:
		return s.Pre * s.Post
	case OneToOne:
		return s.Pre
	case Convolution:
		if s.Conv != nil {
			return s.Conv.KernelHeight * s.Conv.KernelWidth * s.Conv.In * s.Conv.Out
		}
	}
	return 0
}

// Stored is the number of stored elements of a variable of s with one value per
// synapse.
func (p *Program) Stored(s Shape) int {
	if s.Kind == SparseRows {
		if s.Sparse != nil && s.Sparse.Targets >= 0 && s.Sparse.Targets < len(p.Buffers) {
			return p.Buffers[s.Sparse.Targets].Len
		}
		return 0
	}
	return s.Stored()
}

// Row appends the postsynaptic neurons of row i to to, ascending. The draws are
// those of stream rng.NewStream(seed, Object, Stream) at step n, element i, for
// the n-th draw of the row; u is uniform in [0, 1):
//
//	"probability":  next = previous + 1 + ⌊log(1 − u) / log1p(−Probability)⌋,
//	                first from −1, until next is beyond the last column
//	"number":       ⌊u · columns⌋, Number times, then sorted
//
// in float64 with the logarithms of package vmath. With NoSelf there is one
// column less, and columns from i on stand for the neuron after.
//
// Row neither allocates if to has room for post neurons more ("probability"), or
// for Number, nor looks at anything but p and its arguments.
func (p *Procedural) Row(seed uint64, i, post int, to []int32) []int32 {
	s := rng.NewStream(seed, p.Object, p.Stream)
	columns := post
	if p.NoSelf {
		columns--
	}
	begin := len(to)
	if p.Rule == "number" {
		if columns < 1 {
			return to
		}
		for n := range p.Number {
			to = append(to, int32(float64(s.Uniform(int64(n), uint64(i), 0, 1)*float64(columns))))
		}
		slices.Sort(to[begin:])
	} else if p.Probability > 0 {
		scale := vmath.Log1p(-p.Probability)
		next := -1.0
		for n := int64(0); ; n++ {
			gap := math.Floor(vmath.Log(1-s.Uniform(n, uint64(i), 0, 1)) / scale)
			next = next + 1 + gap
			if !(next < float64(columns)) {
				break
			}
			to = append(to, int32(next))
		}
	}
	if p.NoSelf {
		for k, j := range to[begin:] {
			if int(j) >= i {
				to[begin+k] = j + 1
			}
		}
	}
	return to
}

// Element is the number by which a draw of a body belongs to the k-th synapse of
// row i, which goes to neuron j.
func (p *Procedural) Element(i, post, k int, j int32) uint64 {
	if p.Rule == "number" {
		return uint64(i)*uint64(p.Number) + uint64(k)
	}
	return uint64(i)*uint64(post) + uint64(j)
}

// Row appends the postsynaptic neurons of presynaptic neuron i to to, ascending,
// and to own for each the index of its kernel element.
func (c *Conv) Row(i int, to, own []int32) (targets, kernel []int32) {
	row, column, ci := i/c.In/c.InWidth, i/c.In%c.InWidth, i%c.In
	firstRow, lastRow := outputs(row+c.PadHeight, c.KernelHeight, c.StrideHeight, c.OutHeight)
	firstColumn, lastColumn := outputs(column+c.PadWidth, c.KernelWidth, c.StrideWidth, c.OutWidth)
	for r := firstRow; r <= lastRow; r++ {
		a := row + c.PadHeight - r*c.StrideHeight
		for q := firstColumn; q <= lastColumn; q++ {
			b := column + c.PadWidth - q*c.StrideWidth
			at := (r*c.OutWidth + q) * c.Out
			k := ((a*c.KernelWidth+b)*c.In + ci) * c.Out
			for co := range c.Out {
				to, own = append(to, int32(at+co)), append(own, int32(k+co))
			}
		}
	}
	return to, own
}

// Fan is the largest number of synapses that a row of c can have.
func (c *Conv) Fan() int {
	return min(c.OutHeight, (c.KernelHeight-1)/c.StrideHeight+1) * min(c.OutWidth, (c.KernelWidth-1)/c.StrideWidth+1) * c.Out
}

// outputs is the range of outputs o, of n, that see the padded input x: those
// with 0 ≤ x − o·stride < kernel.
func outputs(x, kernel, stride, n int) (first, last int) {
	if x >= kernel {
		first = (x - kernel + stride) / stride
	}
	return first, min(x/stride, n-1)
}
