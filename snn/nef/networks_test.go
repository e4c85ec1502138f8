package nef

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
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

// An action with the largest utility is chosen, whichever it is.
func TestActionSelection(t *testing.T) {
	for want := range 3 {
		utilities := []float64{0.4, 0.5, 0.45}
		utilities[want] = 0.8
		n := New("choice", Seed(uint32(want)))
		b := n.BasalGanglia("ganglia", 40, 3)
		th := n.Thalamus("thalamus", 40, 3)
		n.Connect(n.Node("utilities", Constant(utilities...)), b.Input)
		n.Connect(b.Output, th.Input)
		p := n.Probe(th.Output).Synapse(Lowpass(0.03))
		s := mustBuild(t, n)
		if err := s.Run(0.25); err != nil {
			t.Fatal(err)
		}
		x := s.Data(p).Last().Data
		for i, v := range x {
			// The chosen action is at about 1, the others are silenced: ½ lies far from both.
			if (v > 0.5) != (i == want) {
				t.Errorf("utilities %v: the actions are at %v, want more than 0.5 for action %d alone", utilities, x, want)
			}
		}
	}
}

// A memory cleans up a noisy vector, answers with its default when it knows
// nothing alike, and is silent when it is inhibited.
func TestAssociativeMemory(t *testing.T) {
	known := [][]float64{{1, 0, 0}, {0, 1, 0}}
	for name, c := range map[string]struct{ in, want []float64 }{
		"noisy":     {[]float64{0.1, 0.9, 0.3, 0}, known[1]},
		"unknown":   {[]float64{0, 0, 1, 0}, []float64{0, 0, 1}},
		"inhibited": {[]float64{0.1, 0.9, 0.3, 1}, []float64{0, 0, 0}},
	} {
		n := New("memory", Seed(1))
		m := n.AssociativeMemory("memory", 40, known, nil).Inhibitable().WinnerTakeAll(1.5, Lowpass(0.005)).ThresholdOutputs(40, 10)
		m.DefaultOutput(m.Output, []float64{0, 0, 1}, 40, 0.5)
		u := n.Node("u", Constant(c.in...))
		n.Connect(u.Slice(0, 3), m.Input)
		n.Connect(u.At(3), m.Inhibit).Transform(Scalar(2))
		p := n.Probe(m.Output).Synapse(Lowpass(0.03))
		s := mustBuild(t, n)
		if err := s.Run(0.3); err != nil {
			t.Fatal(err)
		}
		got := s.Data(p).Last().Data
		for i, want := range c.want {
			// Answers are all or nothing; 40 neurons are off by about a tenth.
			if math.Abs(got[i]-want) > 0.25 {
				t.Errorf("%s: the answer is %v, want %v ± 0.25", name, got, c.want)
				break
			}
		}
	}
}

func TestNetworkMistakes(t *testing.T) {
	vectors := [][]float64{{1, 0}, {0, 1}}
	for name, c := range map[string]struct {
		describe func(n *Network)
		want     []string
	}{
		"no ensembles":  {func(n *Network) { n.EnsembleArray("a", 10, 0) }, []string{"ensemble array a", "0 ensembles"}},
		"no dimensions": {func(n *Network) { n.EnsembleArrayOf("a", 10, 2, 0) }, []string{"2 ensembles of 0 dimensions"}},
		"no neurons":    {func(n *Network) { n.EnsembleArray("a", 0, 2) }, []string{"ensemble a[0]", "0 neurons"}},
		"functions":     {func(n *Network) { n.EnsembleArray("a", 10, 3).AddVectorOutput("o", nil, nil) }, []string{"output o has 2 functions", "3 ensembles"}},
		"empty function": {func(n *Network) {
			n.EnsembleArray("a", 10, 2).AddVectorOutput("o", func([]float64) []float64 { return nil })
		}, []string{"output o returns nothing"}},
		"panic":         {func(n *Network) { n.EnsembleArray("a", 10, 2).AddOutput("o", func(float64) float64 { panic("oh") }) }, []string{"panics with zeros: oh"}},
		"product":       {func(n *Network) { n.Product("p", 20, 0) }, []string{"size is 0"}},
		"magnitude":     {func(n *Network) { n.Product("p", 20, 1).InputMagnitude(-1) }, []string{"radius is -1"}},
		"convolution":   {func(n *Network) { n.CircularConvolution("c", 20, 0) }, []string{"circular convolution c", "0 dimensions"}},
		"no actions":    {func(n *Network) { n.BasalGanglia("b", 20, 0); n.Thalamus("t", 20, 0) }, []string{"basal ganglia b", "thalamus t"}},
		"nothing known": {func(n *Network) { n.AssociativeMemory("m", 20, nil, nil) }, []string{"associative memory m", "0 vectors to know"}},
		"answers":       {func(n *Network) { n.AssociativeMemory("m", 20, vectors, vectors[:1]) }, []string{"2 vectors to know and 1 to answer"}},
		"ragged":        {func(n *Network) { n.AssociativeMemory("m", 20, [][]float64{{1}, {1, 2}}, nil) }, []string{"vectors to know", "one length"}},
		"NaN":           {func(n *Network) { n.AssociativeMemory("m", 20, [][]float64{{math.NaN()}}, nil) }, []string{"finite numbers"}},
		"thresholds":    {func(n *Network) { n.AssociativeMemory("m", 20, vectors, nil).Thresholds(1, 2, 3) }, []string{"thresholds are [1 2 3]", "2 vectors"}},
		"scales":        {func(n *Network) { n.AssociativeMemory("m", 20, vectors, nil).InputScales() }, []string{"input scales are []"}},
		"late inhibition": {func(n *Network) { n.AssociativeMemory("m", 20, vectors, nil).ThresholdOutputs(20, 10).Inhibitable() },
			[]string{"Inhibitable comes after"}},
		"default": {func(n *Network) {
			m := n.AssociativeMemory("m", 20, vectors, nil)
			m.DefaultOutput(m.Output, []float64{1}, 20, 0.5)
		}, []string{"the default output has 1 numbers"}},
		"twice": {func(n *Network) {
			m := n.AssociativeMemory("m", 20, vectors, nil).ThresholdOutputs(20, 10).ThresholdOutputs(20, 10)
			m.WinnerTakeAll(1, NoSynapse).WinnerTakeAll(1, NoSynapse)
		}, []string{"ThresholdOutputs is called twice", "WinnerTakeAll is called twice"}},
		"integrator": {func(n *Network) { n.Integrator("i", 20, 1, 0); n.Oscillator("o", 20, math.NaN(), 1) }, []string{"integrator i", "0 s", "oscillator o", "NaN s"}},
	} {
		n := New("net", Seed(0))
		c.describe(n)
		err := n.Err()
		if err == nil {
			if _, err = n.Build(On(snn.Ref)); err == nil {
				t.Errorf("%s: no mistake is found", name)
				continue
			}
		}
		for _, w := range append(slices.Clone(c.want), "networks_test.go:") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: the error is %q, want %q in it", name, err, w)
			}
		}
	}
}
