package snn_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// synapsesOf builds a projection from n to m neurons and lists its synapses.
func synapsesOf(t *testing.T, n, m int, c snn.Connector, recurrent bool) (pre, post []int) {
	t.Helper()
	net := snn.New("connections", snn.Seed(7))
	a := net.Population("a", every, n)
	b := a
	if !recurrent {
		b = net.Population("b", every, m)
	}
	p := net.Connect(a, b, c).Weight(1)
	sim := build(t, net, snn.On(snn.Ref))
	pre, post, _ = sim.Synapses(p)
	return pre, post
}

func countsOf(index []int, n int) []int {
	c := make([]int, n)
	for _, i := range index {
		c[i]++
	}
	return c
}

func allAre(x []int, want int) bool {
	return !slices.ContainsFunc(x, func(y int) bool { return y != want })
}

// Counts are exact where a rule fixes them, and partners uniform: χ² of the
// counts on the free side, with 99.9 % bounds by Wilson and Hilferty.
func TestConnectorsCount(t *testing.T) {
	const n, m = 200, 150
	chiSquared := func(counts []int) bool {
		mean := 0.0
		for _, c := range counts {
			mean += float64(c) / float64(len(counts))
		}
		x := 0.0
		for _, c := range counts {
			x += (float64(c) - mean) * (float64(c) - mean) / mean
		}
		k := float64(len(counts) - 1)
		z := (math.Cbrt(x/k) - (1 - 2/(9*k))) / math.Sqrt(2/(9*k))
		return math.Abs(z) < 3.3
	}
	for name, c := range map[string]struct {
		connector snn.Connector
		check     func(pre, post []int) bool
	}{
		"in": {snn.FixedIn(20), func(pre, post []int) bool {
			return allAre(countsOf(post, m), 20) && chiSquared(countsOf(pre, n))
		}},
		"in, distinct": {snn.FixedIn(20).Distinct(), func(pre, post []int) bool {
			return allAre(countsOf(post, m), 20) && distinct(pre, post, m)
		}},
		"out": {snn.FixedOut(30), func(pre, post []int) bool {
			return allAre(countsOf(pre, n), 30) && chiSquared(countsOf(post, m))
		}},
		"out, distinct": {snn.FixedOut(30).Distinct(), func(pre, post []int) bool {
			return allAre(countsOf(pre, n), 30) && distinct(pre, post, m)
		}},
		"total": {snn.FixedTotal(4000), func(pre, post []int) bool {
			return len(pre) == 4000 && chiSquared(countsOf(pre, n)) && chiSquared(countsOf(post, m))
		}},
		"total, distinct": {snn.FixedTotal(4000).Distinct(), func(pre, post []int) bool {
			return len(pre) == 4000 && distinct(pre, post, m)
		}},
		"probability": {snn.FixedProbability(0.1), func(pre, post []int) bool {
			sd := math.Sqrt(n * m * 0.1 * 0.9)
			return math.Abs(float64(len(pre))-n*m*0.1) < 4*sd && distinct(pre, post, m)
		}},
		"everything": {snn.FixedProbability(1), func(pre, post []int) bool { return len(pre) == n*m && distinct(pre, post, m) }},
		"nothing":    {snn.FixedProbability(0), func(pre, post []int) bool { return len(pre) == 0 }},
		"nearby": {snn.Nearby(func(d float64) float64 {
			if d < 0.1 {
				return 1
			}
			return 0
		}), func(pre, post []int) bool {
			for k := range pre {
				if math.Abs((float64(pre[k])+0.5)/n-(float64(post[k])+0.5)/m) >= 0.1 {
					return false
				}
			}
			return len(pre) > n*m/10 && distinct(pre, post, m)
		}},
	} {
		if pre, post := synapsesOf(t, n, m, c.connector, false); !c.check(pre, post) {
			t.Errorf("%s: %d synapses; counts of sources %v, of targets %v", name, len(pre), countsOf(pre, n), countsOf(post, m))
		}
	}
}

func distinct(pre, post []int, m int) bool {
	seen := map[int]bool{}
	for k := range pre {
		if seen[pre[k]*m+post[k]] {
			return false
		}
		seen[pre[k]*m+post[k]] = true
	}
	return true
}

func TestNoNeuronConnectsWithItselfUnlessAsked(t *testing.T) {
	for name, c := range map[string]snn.Connector{
		"all": snn.AllToAll(), "probability": snn.FixedProbability(0.5), "in": snn.FixedIn(9).NoSelf(), "in distinct": snn.FixedIn(9).NoSelf().Distinct(),
		"out": snn.FixedOut(9).NoSelf(), "out distinct": snn.FixedOut(9).NoSelf().Distinct(), "total": snn.FixedTotal(200).NoSelf(),
		"total distinct": snn.FixedTotal(200).NoSelf().Distinct(), "nearby": snn.Gaussian(1, 10),
	} {
		self := func(c snn.Connector) (k int) {
			pre, post := synapsesOf(t, 20, 20, c, true)
			for i := range pre {
				if pre[i] == post[i] {
					k++
				}
			}
			return k
		}
		if k := self(c); k != 0 {
			t.Errorf("%s: %d neurons connect with themselves", name, k)
		}
		if k := self(c.Self()); k == 0 {
			t.Errorf("%s with Self: no neuron connects with itself", name)
		}
	}
}

// What is drawn for every spike equals what would be stored.
func TestProceduralEqualsStored(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		for name, c := range map[string]snn.Connector{"probability": snn.FixedProbability(0.2), "out": snn.FixedOut(15)} {
			for _, weight := range []snn.Init{snn.Constant(0.5), snn.Uniform(0, 1), snn.Normal(1, 0.25)} {
				run1 := func(c snn.Connector) []float64 {
					net := snn.New("procedural", snn.Seed(3), precision)
					a, b := net.Population("a", snn.PoissonSource{Rate: 200}, 60), net.Population("b", accumulate, 50)
					net.Connect(a, b, c).Weight(weight).Delay(3)
					sim := build(t, net, on)
					run(t, sim, 40)
					return sim.Var(b, "V").Values()
				}
				stored, drawn := run1(c), run1(c.Procedural())
				if !slices.Equal(stored, drawn) || slices.Max(stored) == 0 {
					t.Errorf("%s, %v: stored gives %v, procedural %v", name, weight, stored[:5], drawn[:5])
				}
			}
		}
	})
}

// A convolution equals the sum over the kernel, for every input and stride.
func TestConvolution(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("convolution", snn.Seed(1), precision)
		const h, w, in, kernel, stride, pad, out = 7, 6, 2, 3, 2, 1, 3
		oh, ow := (h+2*pad-kernel)/stride+1, (w+2*pad-kernel)/stride+1
		a, b := net.Population("a", every, h, w, in), net.Population("b", accumulate, oh, ow, out)
		p := net.Connect(a, b, snn.Convolve(snn.Conv{KernelHeight: kernel, KernelWidth: kernel, StrideHeight: stride, StrideWidth: stride, PadHeight: pad, PadWidth: pad})).
			Weight(snn.Uniform(-1, 1))
		sim := build(t, net, on)
		run(t, sim, 2)
		k := sim.Var(p, "w").Values()
		for r := range oh {
			for c := range ow {
				for o := range out {
					want := 0.0
					for i := range kernel {
						for j := range kernel {
							y, x := r*stride-pad+i, c*stride-pad+j
							if y < 0 || y >= h || x < 0 || x >= w {
								continue
							}
							for ci := range in {
								want += k[((i*kernel+j)*in+ci)*out+o]
							}
						}
					}
					if got := sim.Var(b, "V").Values()[(r*ow+c)*out+o]; math.Abs(got-want) > 1e-5 {
						t.Errorf("output %d, %d, %d: %v, want %v", r, c, o, got, want)
					}
				}
			}
		}
	})
}

// Views as source and target.
func TestViewsConnect(t *testing.T) {
	net := snn.New("views")
	a, b := net.Population("a", every, 4, 5), net.Population("b", accumulate, 3, 5)
	p := net.Connect(a.Row(2), b.Col(1), snn.AllToAll()).Weight(1)
	q := net.Connect(a.Slice(0, 3), b.Slice(12, 15), snn.OneToOne()).Weight([]float64{1, 2, 3})
	sim := build(t, net, snn.On(snn.Ref))
	pre, post, _ := sim.Synapses(p)
	for k := range pre {
		if pre[k]/5 != 2 || post[k]%5 != 1 {
			t.Errorf("a synapse from %d to %d", pre[k], post[k])
		}
	}
	if len(pre) != 15 {
		t.Errorf("%d synapses, want 5 × 3", len(pre))
	}
	pre, post, _ = sim.Synapses(q)
	if !slices.Equal(pre, []int{0, 1, 2}) || !slices.Equal(post, []int{12, 13, 14}) {
		t.Errorf("one to one of slices: %v → %v", pre, post)
	}
}

// Values of pairs are given, and survive, in the order of the pairs if they
// are sorted; else by source.
func TestPairsKeepTheirValues(t *testing.T) {
	net := snn.New("pairs")
	a, b := net.Population("a", every, 3), net.Population("b", accumulate, 3)
	p := net.Connect(a, b, snn.Pairs([]int{2, 0, 1, 0, 2}, []int{1, 2, 0, 0, 1})).Weight([]float64{10, 20, 30, 40, 50})
	sim := build(t, net, snn.On(snn.Ref))
	pre, post, _ := sim.Synapses(p)
	want := map[[2]int][]float64{{0, 0}: {40}, {0, 2}: {20}, {1, 0}: {30}, {2, 1}: {10, 50}}
	for k, w := range sim.Var(p, "w").Values() {
		if !slices.Contains(want[[2]int{pre[k], post[k]}], w) {
			t.Errorf("synapse %d → %d has the weight %v", pre[k], post[k], w)
		}
	}
}

// Synapses go and come, and what they have learnt moves with them.
func TestRewire(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("rewire", precision)
		a, b := net.Population("a", every, 64), net.Population("b", every, 64)
		var pre, post []int
		for i := range 64 {
			for j := range i + 1 {
				pre, post = append(pre, i), append(post, j)
			}
		}
		p := net.Connect(a, b, snn.Pairs(pre, post)).Weight(0).Learn(snn.Synapse("", nil).OnPre("w = w + 1").OnPost("w = w + 0.25"))
		sim := build(t, net, on)
		run(t, sim, 5) // four arrivals on both sides
		if err := sim.Rewire(p, func(_, i, j int) bool { return i != j }, snn.Grown{Pre: []int{3}, Post: []int{60}, Values: map[string][]float64{"w": {100}}}); err != nil {
			t.Fatal(err)
		}
		run(t, sim, 4)
		pre, post, _ = sim.Synapses(p)
		if len(pre) != 64*63/2+1 {
			t.Fatalf("%d synapses, want %d", len(pre), 64*63/2+1)
		}
		for k, w := range sim.Var(p, "w").Values() {
			want := 8 * 1.25
			if pre[k] == 3 && post[k] == 60 {
				want = 105
			}
			if w != want {
				t.Errorf("synapse %d → %d: w = %v, want %v", pre[k], post[k], w, want)
			}
		}
	})
}

func TestConnectionsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		connector snn.Connector
		says      string
	}{
		{snn.FixedIn(11).Distinct(), "only 10 to draw from"},
		{snn.FixedOut(6).Distinct(), "only 5 to draw from"},
		{snn.FixedTotal(51).Distinct(), "only 50 to draw from"},
		{snn.FixedProbability(1.5), "want 0 to 1"},
		{snn.FixedProbability(math.NaN()), "want 0 to 1"},
		{snn.FixedIn(-1), "want 0 to"},
		{snn.Pairs([]int{0, 10}, []int{0, 0}), "pair 1 is (10, 0), want a source from 0 to 9"},
		{snn.Pairs([]int{0}, []int{0, 1}), "want as many"},
		{snn.OneToOne(), "want equal numbers"},
		{snn.Convolve(snn.Conv{KernelHeight: 3, KernelWidth: 3}), "want height × width"},
		{snn.FixedIn(3).Procedural(), "cannot be procedural"},
		{snn.Nearby(nil), "want a function"},
		{snn.Nearby(func(float64) float64 { return 2 }), "want 0 to 1"},
	} {
		net := snn.New("mistakes")
		net.Connect(net.Population("a", every, 10), net.Population("b", every, 5), c.connector).Weight(1)
		if _, err := net.Build(snn.On(snn.Ref)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want it to say %q", c.connector, err, c.says)
		}
	}
}

func TestSpikingMistakes(t *testing.T) {
	lif := tutorialLIF
	for name, c := range map[string]struct {
		make func(net *snn.Network)
		says string
	}{
		"delay below a step": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.AllToAll()).Weight(1).Delay(0)
		}, "one step"},
		"delay of half a step": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.AllToAll()).Weight(1).Delay(1.5)
		}, "multiple of the step"},
		"weights that are no numbers": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.AllToAll()).Weight([]float64{1, math.NaN(), 0, 0})
		}, "value 1 is NaN"},
		"too few weights": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.Pairs([]int{0}, []int{1})).Weight([]float64{1, 2})
		}, "2 values, want 1"},
		"a variable that is not there": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.AllToAll()).Weight(1).Learn(snn.Synapse("", nil).OnPre("addToPost(w*post.v)"))
		}, `did you mean "V"`},
		"learning that stores nothing": {func(n *snn.Network) {
			a := n.Population("a", lif, 20)
			n.Connect(a, a, snn.FixedProbability(0.1).Procedural()).Weight(1).Learn(snn.STDP{TauPlus: 20, TauMinus: 20, Wmax: 1})
		}, "procedural"},
		"a built-in model without its parameters": {func(n *snn.Network) { n.Population("a", snn.LIF{}, 2) }, "C above 0"},
		"a current into a rate model": {func(n *snn.Network) {
			n.Population("a", snn.Rate("r = 1", nil), 2).Inject("dc", snn.DC{Amp: 1})
		}, "spiking model"},
		"input that nothing reads": {func(n *snn.Network) {
			n.Population("a", snn.Spiking("V : init=0\nV += 1", nil).Spike("V > 3"), 2).Inject("dc", snn.DC{Amp: 1})
		}, `no input "I"`},
		"spikes of a rate model": {func(n *snn.Network) { n.RecordSpikes(n.Population("a", snn.Rate("r = 1", nil), 2)) }, "does not fire"},
		"a long dendritic delay": {func(n *snn.Network) {
			a := n.Population("a", lif, 2)
			n.Connect(a, a, snn.AllToAll()).Weight(1).Learn(snn.Synapse("", nil).OnPre("addToPostDelay(w, 3)"))
		}, "DendriticDelay"},
	} {
		net := snn.New("mistakes", snn.Dt(1))
		c.make(net)
		_, err := net.Build(snn.On(snn.Ref))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
}
