package snn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"pgregory.net/rapid"
)

// expression draws the text of an expression over names, nested to a depth.
func expression(t *rapid.T, names []string, depth int) string {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		if rapid.Bool().Draw(t, "number") {
			return fmt.Sprintf("%.3g", rapid.Float64Range(0.1, 3).Draw(t, "value"))
		}
		return rapid.SampledFrom(names).Draw(t, "name")
	}
	x := func() string { return expression(t, names, depth-1) }
	switch rapid.IntRange(0, 8).Draw(t, "form") {
	case 0:
		return fmt.Sprintf("(%s + %s)", x(), x())
	case 1:
		return fmt.Sprintf("(%s - %s)", x(), x())
	case 2:
		return fmt.Sprintf("%s*%s", x(), x())
	case 3:
		return fmt.Sprintf("%s/(1 + (%s)^2)", x(), x())
	case 4:
		return fmt.Sprintf("%s(%s)", rapid.SampledFrom([]string{"tanh", "sin", "cos", "abs", "pos", "floor"}).Draw(t, "function"), x())
	case 5:
		return fmt.Sprintf("exp(-(%s)^2)", x())
	case 6:
		return fmt.Sprintf("(%s > %s ? %s : %s)", x(), x(), x(), x())
	case 7:
		return fmt.Sprintf("clip(%s, -2, 2)", x())
	}
	return rapid.SampledFrom([]string{"Uniform(-1, 1)", "Normal(0, 1)", "-pi", "t/10", "log(1 + t)"}).Draw(t, "term")
}

// Models drawn from a grammar give the same bits on both backends, in either
// precision: two neuron variables by any method, a rule with a trace per
// postsynaptic neuron, two targets, recordings.
func TestRandomModelsAgreeBitForBit(t *testing.T) {
	models := 0
	rapid.Check(t, func(t *rapid.T) {
		// A C compiler runs for each model, so a sample of rapid's cases is taken.
		if models++; models > 24 {
			return
		}
		method := rapid.SampledFrom([]string{"euler", "midpoint", "rk4"}).Draw(t, "method")
		neuron := []string{"r", "u", "a", "sum(exc)", "sum(inh)", "mean(r)"}
		equations := fmt.Sprintf("5*dr/dt = -r + tanh(%s) : min=-1, max=2, init=0.5\n20*du/dt + u = a + clip(%s, -3, 3)\ns = sum(exc) + sum(inh)",
			expression(t, neuron, 3), expression(t, neuron, 2))
		rule := fmt.Sprintf("10*dq/dt = post.r - q : per post\n50*dw/dt = pre.r*post.r - q*w + 0.1*b*tanh(%s) : min=-1, max=1",
			expression(t, []string{"w", "q", "pre.r", "post.r", "pre.u", "b"}, 3))
		leaky := snn.Rate(equations, snn.P{"a": 0.7}).Method(method)
		plastic := snn.Synapse(rule, snn.P{"b": 0.3})
		self := snn.AllToAll()
		if rapid.Bool().Draw(t, "self") {
			self = self.Self()
		}
		precision := snn.Option(snn.Float64)
		if rapid.Bool().Draw(t, "float32") {
			precision = snn.Float32
		}
		n := rapid.IntRange(1, 19).Draw(t, "n")
		net := snn.New("random", snn.Seed(rapid.Uint64().Draw(t, "seed")), precision)
		pop := net.Population("pop", leaky, n).Init("u", snn.Normal(0, 1))
		other := net.Population("other", leaky.With("a", -0.2), n)
		p := net.Connect(pop, other, snn.OneToOne()).Target("inh").Weight(-0.5)
		q := net.Connect(other, pop, snn.AllToAll()).Target("exc").Learn(plastic).Weight(snn.Uniform(-1, 1))
		r := net.Connect(pop, pop, self).Target("exc").Learn(plastic.With("b", 2)).Weight(snn.Normal(0, 0.3)).Every(2)
		rates := net.Record(other, "u").Every(3)

		run := func(backend snn.Backend) []float64 {
			sim, err := net.Build(snn.On(backend))
			if err != nil {
				t.Fatalf("%s: %v\n%s\n%s", backend.Name(), err, equations, rule)
			}
			defer sim.Close()
			for range 3 {
				if err := sim.Run(13); err != nil {
					t.Fatal(err)
				}
			}
			var all []float64
			for _, v := range []snn.Var{sim.Var(pop, "r"), sim.Var(pop, "u"), sim.Var(other, "r"), sim.Var(other, "s"), sim.Var(p, "w"), sim.Var(q, "w"), sim.Var(q, "q"), sim.Var(r, "w")} {
				all = append(all, v.Values()...)
			}
			for _, row := range sim.Samples(rates).Values {
				all = append(all, row...)
			}
			return all
		}
		want, got := run(snn.Ref), run(snn.CC)
		for i := range want {
			if math.Float64bits(want[i]) != math.Float64bits(got[i]) && !(math.IsNaN(want[i]) && math.IsNaN(got[i])) {
				t.Fatalf("value %d: ref %v, cc %v\n%s\n%s\n%v", i, want[i], got[i], equations, rule, net)
			}
		}
	})
}
