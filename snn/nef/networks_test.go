package nef

import (
	"math"
	"testing"
)

func TestSeedsOfStandardNetworks(t *testing.T) {
	r := open(t, "seeds_standard_networks")
	n := New("standard", Seed(0))
	u := n.Node("u", Constant(0.5, -0.25, 0.125))
	a := n.EnsembleArray("array", 10, 3)
	n.Product("product", 20, 2)
	n.CircularConvolution("convolution", 10, 4)
	n.Connect(u, a.Input)
	n.Probe(a.Output)
	checkSeeds(r, "", mustBuild(t, n), n)
	r.all()
}

// The network's transforms make the convolution exactly; its neurons blur it.
func TestCircularConvolution(t *testing.T) {
	for _, d := range []int{4, 5} {
		a, b := []float64{0.5, -0.5, 0.25, 0.6, 0.1}[:d], []float64{0.1, 0.7, -0.4, 0.3, 0.5}[:d]
		n := New("convolution", Seed(1))
		c := n.CircularConvolution("c", 200, d)
		n.Connect(n.Node("a", Constant(a...)), c.A)
		n.Connect(n.Node("b", Constant(b...)), c.B)
		p := n.Probe(c.Output).Synapse(Lowpass(0.05))
		s := mustBuild(t, n)
		if err := s.Run(0.4); err != nil {
			t.Fatal(err)
		}
		for k := range d {
			want := 0.0
			for i := range d {
				want += a[i] * b[(k-i+d)%d]
			}
			// The decoding error of a product with 200 neurons is a few hundredths.
			if got := s.Data(p).Last().At(k, 0); math.Abs(got-want) > 0.1 {
				t.Errorf("%d dimensions: element %d is %v, want %v ± 0.1", d, k, got, want)
			}
		}
	}
}
