package snn_test

import (
	"math"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

func sameTimes(got []snn.Time, want []float64) bool {
	return slices.EqualFunc(got, want, func(a snn.Time, b float64) bool { return math.Abs(float64(a)-b) < 1e-9 })
}

// Spec genn §5.2 S4.
func TestIzhikevich(t *testing.T) {
	fine := map[string][]float64{
		"RS": {2.1, 5.9, 36.8, 81.9, 127.0, 172.1},
		"IB": {2.1, 3.8, 5.9, 8.8, 42.0, 73.5, 105.1, 136.7, 168.3, 199.8},
		"CH": {2.1, 3.3, 4.6, 6.0, 7.5, 9.2, 11.1, 13.2, 15.8, 19.4, 66.7, 68.7, 71.0, 73.9, 79.9, 127.8, 129.8, 132.1, 135.0, 141.0, 188.9, 190.9, 193.2, 196.1},
	}
	coarse := map[string][]float64{
		"RS": {2, 7, 44, 93, 147},
		"CH": {2, 4, 6, 9, 13, 68, 72, 120, 123, 127, 176, 180},
		"IB": {2, 5, 9, 47, 87, 121, 155, 189},
	}
	names := []string{"RS", "FS", "CH", "IB"}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		for dt, want := range map[snn.Time]map[string][]float64{0.1: fine, 1: coarse} {
			net := snn.New("izhikevich", snn.Dt(dt), precision)
			pop := net.Population("pop", snn.Izhikevich{}, 4).
				Init("a", []float64{.02, .1, .02, .02}).Init("b", []float64{.2, .2, .2, .2}).
				Init("c", []float64{-65, -65, -50, -55}).Init("d", []float64{8, 2, 2, 4})
			pop.Inject("dc", snn.DC{Amp: 10})
			raster := net.RecordSpikes(pop)
			sim := build(t, net, on)
			run(t, sim, 200)
			for i, name := range names {
				got := sim.Spikes(raster).Of(i)
				if w, ok := want[name]; ok && !sameTimes(got, w) {
					t.Errorf("dt %v: %s fires at %v, want %v", dt, name, got, w)
				}
				if name == "FS" && dt == 1 && !sameTimes(got[:6], []float64{2, 7, 23, 46, 58, 75}) {
					t.Errorf("dt %v: FS fires at %v first", dt, got[:6])
				}
				if name == "FS" && dt == 0.1 && (len(got) != 27 || math.Abs(float64(got[11])-75.9) > 1e-9) {
					t.Errorf("dt %v: FS fires %d times, the twelfth at %v; want 27, 75.9", dt, len(got), got[11])
				}
			}
		}
	})
}

// Spec genn §5.2 S5.
func TestTraubMiles(t *testing.T) {
	want := []float64{12.5, 28.0, 43.5, 59.1, 74.6, 90.1, 105.7, 121.2, 136.7, 152.3, 167.8, 183.3, 198.9}
	cell := snn.TraubMiles{GNa: 7.15, ENa: 50, GK: 1.43, EK: -95, Gl: 0.02672, El: -63.563, C: 0.143}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("traub miles", snn.Dt(0.1), precision)
		once := cell
		once.Once = true
		every, crossing := net.Population("every", cell, 1), net.Population("once", once, 1)
		every.Inject("dc", snn.DC{Amp: 0.2})
		crossing.Inject("dc", snn.DC{Amp: 0.2})
		a, b := net.RecordSpikes(every), net.RecordSpikes(crossing)
		sim := build(t, net, on)
		run(t, sim, 10)
		v, tolerance := -57.727838, 1e-6
		if single {
			v, tolerance = -57.727871, 2e-4
		}
		if got := sim.Var(every, "V").Value(); math.Abs(got-v) > tolerance {
			t.Errorf("V after step 100: %v, want %v", got, v)
		}
		run(t, sim, 190)
		if got := sim.Spikes(a).Len(); got != 70 {
			t.Errorf("%d steps above 0 mV, want 70", got)
		}
		if got := sim.Spikes(b).Of(0); !sameTimes(got, want) {
			t.Errorf("crossings at %v, want %v", got, want)
		}
	})
}

// Spec genn §5.2 S6.
func TestRulkov(t *testing.T) {
	want := []float64{-57.95607960946299, -56.392242015206364, -55.1585831897568, -54.16171603646467, -53.340428760549955, -52.65292613531848}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		net := snn.New("rulkov", snn.Dt(1), precision)
		pop := net.Population("pop", snn.Rulkov{Vspike: 60, Alpha: 3, Y: -2.468, Beta: 0.0165}, 1)
		pop.Inject("dc", snn.DC{Amp: 10})
		record := net.Record(pop, "V")
		sim := build(t, net, on)
		run(t, sim, 6)
		tolerance := 1e-12
		if single {
			tolerance = 1e-4
		}
		for k, v := range sim.Samples(record).Of(0) {
			if math.Abs(v-want[k]) > tolerance {
				t.Errorf("V after step %d: %v, want %v", k+1, v, want[k])
			}
		}
	})
}

// every fires in each step.
var every = snn.Spiking("V : init=0\nV += I", nil).Spike("V >= -1")

// Spec genn §5.2 S7: when what is sent arrives.
func TestRouting(t *testing.T) {
	cases := []struct {
		name   string
		rule   snn.Rule
		longer snn.Time
		want   float64
		back   bool
	}{
		{"dynamics", snn.Synapse("addToPost(w)", nil), 0, 8, false},
		{"on pre", snn.Synapse("", nil).OnPre("addToPost(w)"), 0, 6, false},
		{"dynamics, one step later", snn.Synapse("addToPostDelay(w, 1)", nil), 1, 6, false},
		{"on pre, one step later", snn.Synapse("", nil).OnPre("addToPostDelay(w, 1)"), 1, 4, false},
		{"on post", snn.Synapse("", nil).OnPre("addToPost(0.0)").OnPost("addToPre(w)"), 0, 6, true},
	}
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		for _, c := range cases {
			for how, connector := range map[string]snn.Connector{"dense": snn.AllToAll(), "sparse": snn.Pairs([]int{0, 0, 1, 1}, []int{0, 1, 0, 1})} {
				net := snn.New("routing", snn.Dt(1), precision)
				pre, post := net.Population("pre", every, 2), net.Population("post", every, 2)
				p := net.Connect(pre, post, connector).Weight(1).Learn(c.rule)
				if c.longer > 0 {
					p.DendriticDelay(c.longer)
				}
				sim := build(t, net, on)
				run(t, sim, 4)
				of := post
				if c.back {
					of = pre
				}
				for _, v := range sim.Var(of, "V").Values() {
					if v != c.want {
						t.Errorf("%s, %s: V = %v, want %v", c.name, how, sim.Var(of, "V").Values(), c.want)
						break
					}
				}
			}
		}
	})
}

// Ten sources fire at 0 … 9 ms; their synapses have delays of 10 … 1 ms, so all
// spikes arrive together (spec genn §5.2 S8).
func TestDelaysAlign(t *testing.T) {
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		fires := make([][]snn.Time, 10)
		delays := make([]float64, 10)
		index := make([]int, 10)
		for i := range fires {
			fires[i], delays[i], index[i] = []snn.Time{snn.Time(i)}, float64(10-i), i
		}
		for _, how := range []string{"axonal", "dendritic", "dynamics"} {
			net := snn.New("align", snn.Dt(1), precision)
			source := net.SpikeSource("source", fires)
			target := net.Population("target", snn.Spiking("V : init=0\nV = I", nil), 1)
			p := net.Connect(source, target, snn.Pairs(index, make([]int, 10))).Weight(1)
			if how == "axonal" {
				p.Delay(delays)
			} else {
				p.Learn(snn.Synapse("d : int, init=0", nil).OnPre("addToPostDelay(w, d)")).DendriticDelay(9)
				later := make([]float64, 10)
				for i := range later {
					later[i] = float64(9 - i)
				}
				p.Init("d", later)
			}
			record := net.Record(target, "V")
			sim := build(t, net, on)
			run(t, sim, 15)
			for n, v := range sim.Samples(record).Of(0) {
				want := 0.0
				if n == 10 {
					want = 10
				}
				if v != want {
					t.Errorf("%s: %v arrives in step %d, want %v", how, v, n, want)
				}
			}
		}
	})
}

// The time of the last arrival, with delays: spec genn §2.7. Neuron i fires at
// i + 10m; the rule notes what it sees.
func TestTimesOfSpikesWithDelays(t *testing.T) {
	const delay = 20
	see := func(i int, steps int) float64 { return float64(i + 21 + 10*floorDiv(steps-22-i, 10)) }
	everywhere(t, func(t *testing.T, on snn.BuildOption, precision snn.Option, single bool) {
		fires := make([][]snn.Time, 10)
		for i := range fires {
			for s := i; s < 100; s += 10 {
				fires[i] = append(fires[i], snn.Time(s))
			}
		}
		watch := snn.Synapse("seenPre : init=-1\nseenPost : init=-1\nseenPre = st_pre\nseenPost = st_post", nil)
		for _, side := range []string{"pre", "post"} {
			net := snn.New("times", snn.Dt(1), precision)
			a, b := net.SpikeSource("a", fires), net.SpikeSource("b", fires)
			p := net.Connect(a, b, snn.OneToOne()).Weight(0).Learn(watch)
			name := "seenPre"
			if side == "pre" {
				p.Delay((delay + 1))
			} else {
				p.BackDelay(delay + 1)
				name = "seenPost"
			}
			sim := build(t, net, on)
			for range 9 {
				run(t, sim, 11)
				steps := int(sim.Time())
				for i, got := range sim.Var(p, name).Values() {
					if want := see(i, steps); want >= 21 && got != want || want < 21 && got > -1e9 {
						t.Errorf("%s: after %d steps neuron %d is seen to have fired at %v, want %v", side, steps, i, got, want)
					}
				}
			}
		}
	})
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
