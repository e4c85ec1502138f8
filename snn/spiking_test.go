package snn_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// everywhere runs a test on every backend and in both precisions.
func everywhere(t *testing.T, test func(t *testing.T, on snn.BuildOption, precision snn.Option, float32 bool)) {
	for _, b := range backends(t) {
		t.Run(b.Name()+"/float64", func(t *testing.T) { test(t, snn.On(b), snn.Float64, false) })
		t.Run(b.Name()+"/float32", func(t *testing.T) { test(t, snn.On(b), snn.Float32, true) })
	}
}

func build(t *testing.T, net *snn.Network, on snn.BuildOption) *snn.Sim {
	t.Helper()
	sim, err := net.Build(on)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sim.Close() })
	return sim
}

func run(t *testing.T, sim *snn.Sim, d snn.Time) {
	t.Helper()
	if err := sim.Run(d); err != nil {
		t.Fatal(err)
	}
}

var tutorialLIF = snn.LIF{C: 0.2, TauM: 20, Vrest: -60, Vreset: -60, Vthresh: -50, TauRefrac: 2}

// Spec genn §5.2 S1: spikes and potentials of PyGeNN.
func TestLIFWithConstantCurrent(t *testing.T) {
	cases := []struct {
		current float64
		spikes  int
		first   []float64
		v       [3]float64 // after steps 1, 2, 100
	}{
		{0.099, 0, nil, [3]float64{-59.950623544007556, -59.90149335411677, -56.10465353115508}},
		{0.101, 2, []float64{92.3, 186.7}, [3]float64{-59.949626039846095, -59.8995033208666, -56.025959663097595}},
		{0.11, 4, []float64{47.9, 97.9, 147.9, 197.9}, [3]float64{-59.945137271119506, -59.89054817124085, -55.671837256838955}},
		{0.5, 31, []float64{4.4, 10.9, 17.4, 23.9, 30.4}, [3]float64{-59.75062395963412, -59.50249168745841, -51.972851038460384}},
		{1, 48, []float64{2.1, 6.3, 10.5, 14.7, 18.9}, [3]float64{-59.50124791926824, -59.00498337491682, -52.31163463866362}},
		{5, 80, []float64{0.4, 2.9, 5.4, 7.9, 10.4}, [3]float64{-57.506239596341175, -55.02491687458405, -60}},
	}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("lif", snn.Dt(0.1), precision)
		pop := net.Population("pop", tutorialLIF, len(cases))
		currents := make([]float64, len(cases))
		for i, c := range cases {
			currents[i] = c.current
		}
		pop.Init("Ioffset", currents)
		raster := net.RecordSpikes(pop)
		sim := build(t, net, on)
		tolerance := 1e-12
		if single {
			tolerance = 4e-5
		}
		for k, d := range []snn.Time{0.1, 0.1, 9.8} {
			run(t, sim, d)
			for i, v := range sim.Var(pop, "V").Values() {
				if math.Abs(v-cases[i].v[k]) > tolerance {
					t.Errorf("current %g: V %v, want %v", cases[i].current, v, cases[i].v[k])
				}
			}
		}
		run(t, sim, 190)
		spikes := sim.Spikes(raster)
		for i, c := range cases {
			got := spikes.Of(i)
			if len(got) != c.spikes {
				t.Errorf("current %g: %d spikes, want %d", c.current, len(got), c.spikes)
			}
			for k := range c.first {
				if k < len(got) && math.Abs(float64(got[k])-c.first[k]) > 1e-9 {
					t.Errorf("current %g: spike %d at %v, want %g", c.current, k, got[k], c.first[k])
				}
			}
		}
	})
}

// accumulate adds up its input: V is what arrived, in all.
var accumulate = snn.Spiking("V : init=0\nV += I", nil)

// Spec genn §5.2 S2: currents of the postsynaptic models after one spike.
func TestReceptors(t *testing.T) {
	cases := []struct {
		receptor snn.ReceptorModel
		delay    snn.Time
		want     []float64
	}{
		{snn.ExpCurr{Tau: 3}, 0.1, []float64{0, 0.9835169855398229, 0.9512734635116449, 0.920087009869745, 0.8899229697903636, 0.8607478245700014}},
		{snn.ExpCurr{Tau: 5}, 0.1, []float64{0, 0.9900663346622374, 0.970461707721607, 0.9512452784037272, 0.9324093598806484}},
		{snn.DeltaCurr{}, 0.1, []float64{0, 1, 0, 0}},
		{snn.ExpCurr{Tau: 3}, 0.6, []float64{0, 0, 0, 0, 0, 0, 0.9835169855398229, 0.9512734635116449}},
	}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		for _, c := range cases {
			net := snn.New("receptors", snn.Dt(0.1), precision)
			source := net.SpikeSource("source", [][]snn.Time{{0}})
			target := net.Population("target", snn.Spiking("V : init=0\nV = I", nil), 1)
			net.Connect(source, target, snn.AllToAll()).Weight(1).Receptor(c.receptor).Delay(c.delay)
			record := net.Record(target, "V")
			sim := build(t, net, on)
			run(t, sim, snn.Time(len(c.want))*0.1)
			tolerance := 1e-14
			if single {
				tolerance = 1e-7
			}
			for k, got := range sim.Samples(record).Of(0) {
				if math.Abs(got-c.want[k]) > tolerance {
					t.Errorf("%#v after %v: step %d: %v, want %v", c.receptor, c.delay, k, got, c.want[k])
				}
			}
		}
	})
}

// Spec genn §5.2 S3: one pair of spikes, the postsynaptic one o ms later.
func TestPairRules(t *testing.T) {
	offsets := []int{-30, -10, -5, -1, 0, 1, 5, 10, 30}
	rules := map[string]struct {
		rule snn.Rule
		want []float64
	}{
		"STDP": {snn.STDP{TauPlus: 20, TauMinus: 20, Aplus: 0.1, Aminus: 0.12, Wmin: 0, Wmax: 1},
			[]float64{0.4732243807821884, 0.427216320834484, 0.4065439060314314, 0.3858524690599143, 0.5, 0.5951229424500715, 0.5778800783071405, 0.5606530659712633, 0.522313016014843}},
		"symmetric": {snn.Symmetric{Tau: 15, Rho: 0.01, Eta: 0.1, Wmin: 0, Wmax: 1},
			[]float64{0.5115335283236613, 0.5493417119032592, 0.5696531310573789, 0.5915506985031618, 0.698, 0.5915506985031618, 0.5696531310573789, 0.5493417119032592, 0.5115335283236613}},
	}
	connectors := map[string]snn.Connector{
		"one to one": snn.OneToOne(),
		"pairs":      snn.Pairs([]int{8, 7, 6, 5, 4, 3, 2, 1, 0}, []int{8, 7, 6, 5, 4, 3, 2, 1, 0}),
	}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		for name, r := range rules {
			for how, connector := range connectors {
				net := snn.New("pairs", snn.Dt(1), precision)
				before, after := make([][]snn.Time, len(offsets)), make([][]snn.Time, len(offsets))
				for i, o := range offsets {
					before[i], after[i] = []snn.Time{50}, []snn.Time{snn.Time(50 + o)}
				}
				pre, post := net.SpikeSource("pre", before), net.SpikeSource("post", after)
				p := net.Connect(pre, post, connector).Weight(0.5).Learn(quiet(r.rule))
				sim := build(t, net, on)
				run(t, sim, 100)
				tolerance := 1e-15
				if single {
					tolerance = 1e-7
				}
				for i, w := range sim.Var(p, "w").Values() {
					if math.Abs(w-r.want[i]) > tolerance {
						t.Errorf("%s, %s, offset %d: %v, want %v", name, how, offsets[i], w, r.want[i])
					}
				}
			}
		}
	})
}

func quiet(r snn.Rule) snn.Rule {
	if s, ok := r.(snn.Symmetric); ok {
		s.Silent = true
		return s
	}
	return r
}

// Spec genn §5.3: the generator of deterministic cases.
type splitMix uint64

func (s *splitMix) next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// mushroom is the network of the tutorial (spec genn §3.1).
type mushroom struct {
	net                 *snn.Network
	pn, kc, ggn, mbon   *snn.Population
	image, label        *snn.Source
	plastic             *snn.Projection
	pnS, kcS, ggnS, mbS *snn.SpikeRecording
}

func newMushroom(eta float64, options ...snn.Option) mushroom {
	var m mushroom
	m.net = snn.New("mushroom body", append([]snn.Option{snn.Dt(0.1)}, options...)...)
	lif := tutorialLIF
	once := lif
	once.TauRefrac = 100
	m.pn = m.net.Population("PN", once, 28, 28)
	m.image = m.pn.Inject("image", snn.Magnitude{})
	m.kc = m.net.Population("KC", lif, 20000)
	m.ggn = m.net.Population("GGN", snn.Spiking("V : init=0\nV += Isyn", snn.P{"Vthresh": 200}).Spike("V >= Vthresh").Reset("V = 0"), 1)
	m.mbon = m.net.Population("MBON", lif, 10)
	m.label = m.mbon.Inject("label", snn.Magnitude{})
	pre, post := tutorialPairs()
	m.net.Connect(m.pn, m.kc, snn.Pairs(pre, post)).Weight(0.2).Receptor(snn.ExpCurr{Tau: 3})
	m.net.Connect(m.kc, m.ggn, snn.AllToAll()).Weight(1)
	m.net.Connect(m.ggn, m.kc, snn.AllToAll()).Weight(-5).Receptor(snn.ExpCurr{Tau: 5})
	m.plastic = m.net.Connect(m.kc, m.mbon, snn.AllToAll()).Weight(0).Receptor(snn.ExpCurr{Tau: 3}).
		Learn(snn.Symmetric{Tau: 15, Rho: 0.01, Eta: eta, Wmin: 0, Wmax: 0.0233, Silent: true})
	m.pnS, m.kcS, m.ggnS, m.mbS = m.net.RecordSpikes(m.pn), m.net.RecordSpikes(m.kc), m.net.RecordSpikes(m.ggn), m.net.RecordSpikes(m.mbon)
	return m
}

// tutorialPairs is connectivity M1.
func tutorialPairs() (pre, post []int) {
	random := splitMix(42)
	pre, post = make([]int, 400000), make([]int, 400000)
	for k := range pre {
		pre[k], post[k] = int(random.next()%784), k/20
	}
	return pre, post
}

// train shows one image with its label, and brings the network to rest.
func (m mushroom) train(sim *snn.Sim, image []float64, label int, look func()) error {
	if err := sim.Var(m.image, "magnitude").Set(image); err != nil {
		return err
	}
	current := make([]float64, 10)
	current[label] = 5
	sim.Var(m.label, "magnitude").Set(current)
	if err := sim.Run(20); err != nil {
		return err
	}
	if look != nil {
		look()
	}
	return sim.Reset(snn.Keep(m.plastic, "w"), snn.Clock, snn.Queues)
}

// synthetic is image k of case M2.
func synthetic(k int) []float64 {
	random := splitMix(1000 + k)
	x := make([]float64, 784)
	sum := float32(0)
	for i := range x {
		a, b := random.next(), random.next()
		if a%5 == 0 {
			x[i] = float64(b % 256)
			sum += float32(x[i])
		}
	}
	for i := range x {
		x[i] = float64(float32(x[i]) / sum * 80)
	}
	return x
}

// Spec genn §5.3 M2: the training loop on synthetic images, after PyGeNN.
func TestMushroomBodyOnSyntheticImages(t *testing.T) {
	want := []struct {
		pn, first, last, pnSum, kc, kcSum, firstKC, ggn, mbon int
		weights                                               float64
		nonZero                                               int
		max                                                   float64
	}{
		{135, 22, 197, 7198, 240, 2595036, 42, 60, 8, 0.0208576, 240, 1.009512e-4},
		{139, 23, 187, 7101, 241, 2384761, 45, 60, 8, 0.0414209, 481, 1.009512e-4},
		{125, 18, 192, 6185, 217, 2260526, 41, 60, 8, 0.0608005, 698, 1.009512e-4},
		{124, 19, 192, 5910, 229, 2292707, 42, 58, 8, 0.0812947, 927, 1.009512e-4},
		{138, 19, 192, 7734, 233, 2403398, 41, 61, 8, 0.1015878, 1160, 1.009512e-4},
		{126, 18, 195, 6418, 250, 2475333, 41, 60, 8, 0.1237197, 1410, 1.009512e-4},
		{143, 23, 198, 8119, 285, 2723951, 45, 60, 8, 0.1482743, 1695, 1.009512e-4},
		{125, 19, 190, 6199, 261, 2680938, 43, 59, 8, 0.1710965, 1956, 1.009513e-4},
		{122, 17, 192, 6350, 256, 2659596, 41, 59, 8, 0.1937055, 2212, 1.009513e-4},
		{111, 18, 192, 5136, 217, 2065303, 36, 61, 8, 0.2134474, 2429, 1.009513e-4},
	}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		m := newMushroom(2e-5, precision)
		sim := build(t, m.net, on)
		for k, w := range want {
			begin := int(math.Round(float64(sim.Time()) * 10))
			if err := m.train(sim, synthetic(k), k, func() {
				steps := func(s snn.Spikes) []int {
					out := make([]int, s.Len())
					for i, x := range s.Times {
						out[i] = int(math.Round(float64(x)*10)) - begin
					}
					return out
				}
				pn, kc, ggn, mb := sim.Spikes(m.pnS), sim.Spikes(m.kcS), sim.Spikes(m.ggnS), sim.Spikes(m.mbS)
				at, kcAt, ggnAt := steps(pn), steps(kc), steps(ggn)
				got := fmt.Sprint(pn.Len(), at[0], at[len(at)-1], total(at), kc.Len(), total(kc.Neurons), kcAt[0], ggnAt, mb.Len())
				if expected := fmt.Sprint(w.pn, w.first, w.last, w.pnSum, w.kc, w.kcSum, w.firstKC, []int{w.ggn}, w.mbon); got != expected {
					t.Errorf("image %d: %s, want %s", k, got, expected)
				}
				weights := sim.Var(m.plastic, "w").Values()
				weightSum, nonZero := 0.0, 0
				for _, x := range weights {
					weightSum += x
					if x != 0 {
						nonZero++
					}
				}
				if math.Abs(weightSum-w.weights) > 1e-6 || nonZero != w.nonZero || math.Abs(slices.Max(weights)-w.max) > 2e-10 {
					t.Errorf("image %d: weights sum to %v, %d are not zero, the largest %v; want %v, %d, %v", k, weightSum, nonZero, slices.Max(weights), w.weights, w.nonZero, w.max)
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func (m mushroom) train2(sim *snn.Sim, image []float64, label int, look func()) error {
	sim.Var(m.image, "magnitude").Set(image)
	current := make([]float64, 10)
	current[label] = 5
	sim.Var(m.label, "magnitude").Set(current)
	if err := sim.Run(20); err != nil {
		return err
	}
	look()
	return sim.Reset(snn.Keep(m.plastic, "w"), snn.Clock, snn.Queues)
}

func total(x []int) int {
	s := 0
	for _, y := range x {
		s += y
	}
	return s
}
