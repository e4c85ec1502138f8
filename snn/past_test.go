package snn_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn"
)

// TestRatesWithDifferentDelays compares sums of delayed rates, and a rule that
// learns from them, with a plain loop over a full history.
func TestRatesWithDifferentDelays(t *testing.T) {
	for _, backend := range backends(t) {
		t.Run(backend.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { ratesWithDelays(t, backend) })
		})
	}
}

func ratesWithDelays(t *rapid.T, backend snn.Backend) {
	const n, m, steps = 3, 2, 25
	type synapse struct {
		i, j, d int
		w       float64
	}
	var list []synapse
	var pre, post []int
	var weights, delays []float64
	for range rapid.IntRange(1, 8).Draw(t, "synapses") {
		s := synapse{rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, m-1).Draw(t, "j"), rapid.IntRange(1, 6).Draw(t, "d"), rapid.Float64Range(-1, 1).Draw(t, "w")}
		list = append(list, s)
		pre, post, weights, delays = append(pre, s.i), append(post, s.j), append(weights, s.w), append(delays, float64(s.d))
	}
	operation := rapid.SampledFrom([]string{"sum", "max"}).Draw(t, "operation")

	net := snn.New("delays", snn.Dt(1))
	a := net.Population("a", snn.Rate("r = 0.8*r + 0.3*cos(0.3*t + phase)", snn.P{"phase": 0}), n).Init("phase", []float64{0, 1, 2})
	b := net.Population("b", snn.Rate("r = sum(exc) + 0.1", nil), m)
	rule := snn.Synapse("w += 0.01*pre.r*(post.r - w)", nil)
	if operation == "max" {
		rule = snn.Synapse("w += 0.01*pre.r*(post.r - w)", nil).Combine("max")
	}
	p := net.Connect(a, b, snn.Pairs(pre, post)).Weight(weights).Delay(delays).Target("exc").Learn(rule)
	sim, err := net.Build(snn.On(backend))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()

	// ra[k] is r after k steps, 0 at the beginning and before.
	was := func(h [][]float64, k, i int) float64 {
		if k < 1 {
			return 0
		}
		return h[k][i]
	}
	ra, rb := [][]float64{{0, 0, 0}}, make([]float64, m)
	for k := 1; k <= steps; k++ {
		now := make([]float64, n)
		for i := range now {
			now[i] = 0.8*ra[k-1][i] + 0.3*math.Cos(0.3*float64(k-1)+float64(i))
		}
		ra = append(ra, now)
		sum, any := make([]float64, m), make([]bool, m)
		for _, s := range list {
			x := s.w * was(ra, k-s.d, s.i)
			switch {
			case operation == "sum":
				sum[s.j] += x
			case !any[s.j] || x > sum[s.j]:
				sum[s.j], any[s.j] = x, true
			}
		}
		for j := range rb {
			rb[j] = sum[j] + 0.1
		}
		for q := range list {
			s := &list[q]
			s.w += 0.01 * was(ra, k+1-s.d, s.i) * (rb[s.j] - s.w)
		}
		if err := sim.Run(1); err != nil {
			t.Fatal(err)
		}
		for j, x := range sim.Var(b, "r").Values() {
			// Sums are of up to eight products below 1 in another order.
			if !(math.Abs(x-rb[j]) < 1e-13) {
				t.Fatalf("step %d: b.r[%d] = %v, want %v with %+v", k, j, x, rb[j], list)
			}
		}
	}
	i, j, d := sim.Synapses(p)
	w := sim.Var(p, "w").Values()
	for k := range i {
		found := false
		for _, s := range list {
			found = found || s.i == i[k] && s.j == j[k] && s.d == d[k] && math.Abs(s.w-w[k]) < 1e-13
		}
		if !found {
			t.Fatalf("synapse %d→%d with a delay of %d has the weight %v, want one of %+v", i[k], j[k], d[k], w[k], list)
		}
	}
}

// TestPastOfTarget: rules read variables of the target, and of the receptor that
// they lead to, as they were some steps ago (spec genn §5, post_psm_vars and its kin): in every
// step, on spikes of the source and of the target.
func TestPastOfTarget(t *testing.T) {
	const n, steps, start = 21, 40, -7.0
	for _, backend := range backends(t) {
		for _, owner := range []string{"neuron", "receptor"} {
			// x is the number of steps done; at the synapses of step k it is k more than at the start, and k − d then.
			net := snn.New("past", snn.Dt(1))
			var all []snn.Time
			for k := range steps {
				all = append(all, snn.Time(k))
			}
			a := net.SpikeSource("a", [][]snn.Time{all})
			neuron, receptor := snn.Spiking("x : init=-7\nx = x + 1 + 0*I", nil).Spike("x > -7"), snn.Receptors("I += in; in = 0", nil)
			if owner == "receptor" {
				neuron, receptor = snn.Spiking("y : init=0\ny = y + 1 + 0*I", nil).Spike("y > 0"), snn.Receptors("x : init=-7\nx = x + 1\nI += in; in = 0", nil)
			}
			b := net.Population("b", neuron, n)
			d := make([]float64, n)
			for j := range d {
				d[j] = float64(j)
			}
			rule := snn.Synapse("d : int, init=0\nalways : init=-1\narrived : init=-1\nback : init=-1\nthree : init=-1\nalways = post.x[d]\nthree = post.x[3]", nil).
				OnPre("arrived = post.x[d]").OnPost("back = post.x[d + 1]")
			p := net.Connect(a, b, snn.AllToAll()).Weight(0).Receptor(receptor).Learn(rule).Init("d", d).DendriticDelay(n)
			sim, err := net.Build(snn.On(backend))
			if err != nil {
				t.Fatal(err)
			}
			for k := range steps {
				if err := sim.Run(1); err != nil {
					t.Fatal(err)
				}
				for name, extra := range map[string]int{"always": 0, "arrived": 0, "back": 1} {
					for j, got := range sim.Var(p, name).Values() {
						want := start
						if k-j-extra > 0 {
							want += float64(k - j - extra)
						}
						if k == 0 && name != "always" {
							want = -1 // nothing has fired
						}
						if got != want {
							t.Errorf("%s of a %s: step %d, synapse %d: %s is %v, want %v", backend.Name(), owner, k, j, name, got, want)
						}
					}
				}
				if got := sim.Var(p, "three").Values()[0]; got != start+float64(max(k-3, 0)) {
					t.Errorf("%s: step %d: three steps ago is %v", backend.Name(), k, got)
				}
			}
			sim.Close()
		}
	}
}

// A rule reads variables of the receptor that it leads to, also where it keeps a
// variable for the target; a name that neither has is a mistake.
func TestRulesReadReceptors(t *testing.T) {
	for _, backend := range backends(t) {
		net := snn.New("receptors", snn.Dt(1))
		a := net.SpikeSource("a", [][]snn.Time{{1, 3}})
		b := net.Population("b", snn.Spiking("y : init=0\ny = y + I", nil).Spike("y > 1000"), 2)
		rule := snn.Synapse("seen : init=-1", nil).
			Post("kept : init=0\nkept = 10*post.x", "kept = kept").
			OnPre("addToPost(w); seen = post.x + post.y")
		p := net.Connect(a, b, snn.AllToAll()).Weight(1).Receptor(snn.Receptors("x : init=0\nx = 0.5*x + in\nI += x; in = 0", nil)).Learn(rule)
		sim, err := net.Build(snn.On(backend))
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		x, y, seen := 0.0, 0.0, -1.0
		for k := range 8 {
			if k == 2 || k == 4 { // a spike of step 1 arrives in step 2
				seen = x + y
				x = 0.5*x + 1
			} else {
				x *= 0.5
			}
			y += x
			if err := sim.Run(1); err != nil {
				t.Fatal(err)
			}
			if got := sim.Var(p, "seen").Values()[1]; got != seen {
				t.Errorf("%s: step %d: seen is %v, want %v", backend.Name(), k, got, seen)
			}
			if got := sim.Var(p, "kept").Values()[0]; got != 10*x {
				t.Errorf("%s: step %d: kept is %v, want %v", backend.Name(), k, got, 10*x)
			}
		}
	}
	net := snn.New("misspelt")
	a, b := net.SpikeSource("a", [][]snn.Time{{1}}), net.Population("b", snn.LIF{C: 1, TauM: 20, Vrest: -65, Vreset: -65, Vthresh: -50}, 2)
	net.Connect(a, b, snn.AllToAll()).Weight(1).Learn(snn.Synapse("", nil).OnPre("w = post.Voltage"))
	if _, err := net.Build(); err == nil || !strings.Contains(err.Error(), `no variable of b or of the receptor "Voltage"`) {
		t.Errorf("error %v, want that Voltage is no variable", err)
	}
}
