package nef

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
	"pgregory.net/rapid"
)

// times is the product of a linear map and a vector, through the engine's own
// matrix.
func times(t interface{ Fatal(...any) }, m LinearMap, x []float64) []float64 {
	tr := m.linear()
	if tr.mistake != nil {
		t.Fatal(tr.mistake)
	}
	w, err := tr.full(tr.cols, tr.rows, rng.NewRandomState(0))
	if err != nil {
		t.Fatal(err)
	}
	return product(w, tr.rows, tr.cols, x, 1)
}

func randoms(seed uint32, n int) []float64 {
	x := make([]float64, n)
	rng.NewRandomState(seed).FillRandn(x)
	return x
}

func drawConvolution(t *rapid.T) Convolution {
	c := DefaultConvolution(rapid.IntRange(1, 3).Draw(t, "filters"), rapid.IntRange(1, 3).Draw(t, "channels"))
	c.Same, c.ChannelsFirst = rapid.Bool().Draw(t, "same"), rapid.Bool().Draw(t, "first")
	for range rapid.IntRange(1, 2).Draw(t, "dimensions") {
		k := rapid.IntRange(1, 4).Draw(t, "kernel")
		c.Kernel, c.Strides = append(c.Kernel, k), append(c.Strides, rapid.IntRange(1, 3).Draw(t, "stride"))
		c.Input = append(c.Input, rapid.IntRange(k, 7).Draw(t, "input"))
	}
	return c
}

// A convolution is the sum over windows, written down once more, plainly.
func TestConvolutionIsTheSumOverWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConvolution(t)
		size := c.Channels * c.Filters
		for _, k := range c.Kernel {
			size *= k
		}
		kernel := randoms(1, size)
		c.Init = Values(kernel)
		if size == 1 {
			c.Init = Values{kernel[0]}
		}
		two := func(x []int) (int, int) { // a line is a picture of one row
			if len(x) == 1 {
				return 1, x[0]
			}
			return x[0], x[1]
		}
		h, w := two(c.Input)
		kh, kw := two(c.Kernel)
		sh, sw := two(c.Strides)
		shape := c.OutputShape()
		oh, ow := two(shape[:len(shape)-1])
		at := func(hh, ww, channels, r, k, ch int) int {
			if c.ChannelsFirst {
				return (ch*hh+r)*ww + k
			}
			return (r*ww+k)*channels + ch
		}
		top, left := 0, 0
		if c.Same {
			top, left = max((oh-1)*sh+kh-h, 0)/2, max((ow-1)*sw+kw-w, 0)/2
		}
		x := randoms(2, h*w*c.Channels)
		want := make([]float64, c.SizeOut())
		for r := range oh {
			for k := range ow {
				for f := range c.Filters {
					sum := 0.0
					for a := range kh {
						for b := range kw {
							y, z := r*sh+a-top, k*sw+b-left
							if y < 0 || y >= h || z < 0 || z >= w {
								continue
							}
							for ch := range c.Channels {
								sum += x[at(h, w, c.Channels, y, z, ch)] * kernel[((a*kw+b)*c.Channels+ch)*c.Filters+f]
							}
						}
					}
					want[at(oh, ow, c.Filters, r, k, f)] = sum
				}
			}
		}
		if d := distance(times(t, c, x), want); d > 1e-12*(1+norm(want)) {
			t.Fatalf("%+v differs by %v", c, d)
		}
	})
}

// The transposed convolution is the transposed matrix: ⟨conv x, y⟩ = ⟨x, convᵀ y⟩,
// where the kernels' channels change places.
func TestTransposedConvolutionIsTransposed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConvolution(t)
		for i, k := range c.Kernel { // an even window of Same lies off its middle, on the other side when transposed
			if k%2 == 0 {
				c.Kernel[i]++
				c.Input[i]++
			}
		}
		// With a stride, Same puts zeros by the size of the output, and by that of the input when transposed.
		for i := range c.Strides {
			if c.Same {
				c.Strides[i] = 1
			}
		}
		shape := c.OutputShape()
		size := c.Channels * c.Filters
		for _, k := range c.Kernel {
			size *= k
		}
		kernel := randoms(3, size)
		turned := make([]float64, size)
		for p := range size / (c.Channels * c.Filters) {
			for ch := range c.Channels {
				for f := range c.Filters {
					turned[(p*c.Filters+f)*c.Channels+ch] = kernel[(p*c.Channels+ch)*c.Filters+f]
				}
			}
		}
		back := c
		back.Transposed, back.Filters, back.Channels = true, c.Channels, c.Filters
		back.Input, back.Output = shape[:len(shape)-1], c.Input
		c.Init, back.Init = Values(kernel), Values(turned)
		in := c.linear().cols
		x, y := randoms(4, in), randoms(5, c.SizeOut())
		a, b := dotProduct(times(t, c, x), y), dotProduct(x, times(t, back, y))
		if math.Abs(a-b) > 1e-11*(1+math.Abs(a)) {
			t.Fatalf("%+v: ⟨conv x, y⟩ is %v and ⟨x, convᵀ y⟩ %v", c, a, b)
		}
	})
}

// A sparse transform gives the numbers of the dense one, bit for bit, whether it is
// multiplied as a matrix or as a list.
func TestSparseEqualsDense(t *testing.T) {
	for _, size := range []int{20, 600} { // 600 × 600 is above denseBelow
		r := rng.NewRandomState(7)
		var indices [][2]int
		var values Values
		full := make([][]float64, size)
		for i := range full {
			full[i] = make([]float64, size)
		}
		for range 3 * size {
			i, j := int(r.DrawSeed())%size, int(r.DrawSeed())%size
			v := r.Randn()
			if full[i][j] != 0 {
				continue
			}
			indices, values = append(indices, [2]int{i, j}), append(values, v)
			full[i][j] = v
		}
		eachBackend(t, func(t *testing.T, b snn.Backend) {
			n := New("sparse", Seed(0))
			u := n.Node("u", WhiteSignal(0.1, 50).Size(size))
			a, c := n.Node("a", PassThrough(size)), n.Node("c", PassThrough(size))
			n.Connect(u, a).Transform(Sparse(size, size, indices, values))
			n.Connect(u, c).Transform(Matrix(full...))
			pa, pc := n.Probe(a), n.Probe(c)
			s := mustBuild(t, n, On(b))
			if err := s.RunSteps(20); err != nil {
				t.Fatal(err)
			}
			if x, y := s.Data(pa).Data, s.Data(pc).Data; !slices.Equal(x, y) || norm(x) == 0 {
				t.Errorf("size %d: the sparse product differs from the dense one", size)
			}
		})
	}
}

// Views pick what Python's slices pick.
func TestStrides(t *testing.T) {
	for _, c := range []struct {
		from, to, step int
		want           []int
	}{
		{All, All, 1, []int{0, 1, 2, 3, 4}}, {All, All, -1, []int{4, 3, 2, 1, 0}}, {1, All, 2, []int{1, 3}}, {All, -1, 2, []int{0, 2}},
		{-2, All, 1, []int{3, 4}}, {3, 0, -2, []int{3, 1}}, {-100, 100, 3, []int{0, 3}}, {100, -100, -3, []int{4, 1}}, {4, All, -2, []int{4, 2, 0}},
	} {
		v := New("n").Node("v", PassThrough(5)).Stride(c.from, c.to, c.step)
		e, err := v.end().resolve(false)
		if err != nil || !slices.Equal(e.index, c.want) {
			t.Errorf("%d:%d:%d picks %v (%v), want %v", c.from, c.to, c.step, e.index, err, c.want)
		}
	}
	v, err := New("n").Ensemble("e", 3, 3).Mask(true, false, true).end().resolve(false)
	if err != nil || !slices.Equal(v.index, []int{0, 2}) {
		t.Errorf("the mask picks %v (%v), want 0 and 2", v.index, err)
	}
}

func TestTransformMistakes(t *testing.T) {
	change := func(f func(c *Convolution)) LinearMap {
		c := DefaultConvolution(2, 2, 4, 4)
		f(&c)
		return c
	}
	for want, m := range map[string]LinearMap{
		"transform is nil":                  nil,
		"no values":                         Sparse(2, 32, [][2]int{{0, 0}}, nil),
		"row 2 and column 0":                Sparse(2, 32, [][2]int{{2, 0}}, Values{1}),
		"2 values given, want 1":            Sparse(8, 32, [][2]int{{0, 0}}, Values{1, 2}),
		"is 3 × 32, want 8 × 32":            Sparse(3, 32, [][2]int{{0, 0}}, Values{1}),
		"no distribution":                   Random(nil),
		"window [5 3] is larger":            change(func(c *Convolution) { c.Kernel = []int{5, 3} }),
		"input of 3 dimensions":             DefaultConvolution(2, 2, 4, 4, 4),
		"0 filters":                         change(func(c *Convolution) { c.Filters = 0 }),
		"multiples of the groups":           change(func(c *Convolution) { c.Groups = 3 }),
		"no kernel":                         change(func(c *Convolution) { c.Init = nil }),
		"strides [0 1]":                     change(func(c *Convolution) { c.Strides = []int{0, 1} }),
		"window [3]":                        change(func(c *Convolution) { c.Kernel = []int{3} }),
		"Output is for transposed":          change(func(c *Convolution) { c.Output = []int{2, 2} }),
		"does not give the input":           change(func(c *Convolution) { c.Transposed, c.Output = true, []int{9, 9} }),
		"has 2 groups, want 1":              change(func(c *Convolution) { c.Transposed, c.Groups = true, 2 }),
		"5 values given, want 36":           change(func(c *Convolution) { c.Init = Values{1, 2, 3, 4, 5} }),
		"is 8 × 18, want 8 × 32":            DefaultConvolution(8, 2, 3, 3),
		"too large for a convolution; want": change(func(c *Convolution) { c.Input = []int{1 << 20, 1 << 20}; c.Same = true }),
	} {
		n := New("net", Seed(0))
		n.Connect(n.Node("u", Constant(make([]float64, 32)...)), n.Node("v", PassThrough(8))).Transform(m)
		_, err := n.Build(On(snn.Ref))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "transform_test.go:") {
			t.Errorf("got %v, want %q and the line", err, want)
		}
	}
	// Rules do not learn what has no matrix.
	n := New("net", Seed(0))
	a := n.Ensemble("a", 4, 1)
	n.Connect(a.Neurons(), n.Node("v", PassThrough(2))).Transform(Sparse(2, 4, [][2]int{{0, 0}}, Values{1})).Learn(DefaultPES())
	n.Connect(n.Node("u", Constant(0, 0)).Stride(0, 2, 0), a)
	n.Connect(n.Node("w", Constant(0, 0)).Stride(2, 2, 1), a)
	n.Connect(n.Node("x", Constant(0, 0)).Mask(false, false), a)
	_, err := n.Build(On(snn.Ref))
	for _, want := range []string{"no matrix of weights", "the step 0", "2:2:1", "mask of x"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
