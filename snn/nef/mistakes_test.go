package nef

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

func TestMistakes(t *testing.T) {
	one := func(x ...float64) Rows { return Rows{x} }
	for name, c := range map[string]struct {
		describe func(n *Network)
		want     []string
	}{
		"no neurons":        {func(n *Network) { n.Ensemble("e", 0, 1) }, []string{"ensemble e", "0 neurons"}},
		"no dimensions":     {func(n *Network) { n.Ensemble("e", 1, 0) }, []string{"ensemble e", "0 dimensions"}},
		"intercept 1":       {func(n *Network) { n.Ensemble("e", 3, 1).Intercepts(Values{1}) }, []string{"ensemble e", "intercept 1", "below 1"}},
		"intercept 1.1":     {func(n *Network) { n.Ensemble("e", 3, 1).Intercepts(Values{1.1}) }, []string{"intercept 1.1"}},
		"rate out of reach": {func(n *Network) { n.Ensemble("e", 3, 1).MaxRates(Values{500}) }, []string{"maximum rate 500", "TauRef"}},
		"zero encoder":      {func(n *Network) { n.Ensemble("e", 1, 2).Encoders(one(0, 0)) }, []string{"encoder of neuron 0 is 0"}},
		"encoder shape":     {func(n *Network) { n.Ensemble("e", 2, 2).Encoders(one(0, 1)) }, []string{"encoders", "1 rows given, want 2"}},
		"encoder length":    {func(n *Network) { n.Ensemble("e", 1, 2).Encoders(one(1)) }, []string{"row 0 has 1 numbers, want 2"}},
		"NaN encoder":       {func(n *Network) { n.Ensemble("e", 1, 1).Encoders(one(math.NaN())) }, []string{"number 0 is NaN"}},
		"only a gain":       {func(n *Network) { n.Ensemble("e", 3, 1).GainBias(Values{1}, nil) }, []string{"only one of gain and bias"}},
		"radius":            {func(n *Network) { n.Ensemble("e", 3, 1).Radius(math.NaN()) }, []string{"radius is NaN"}},
		"neuron type":       {func(n *Network) { n.Ensemble("e", 3, 1).Type(LIF{}) }, []string{"LIF.TauRC is 0", "nef.DefaultLIF()"}},
		"spikes of spikes": {func(n *Network) {
			n.Ensemble("e", 3, 1).Type(RegularSpiking{DefaultSpikingRectifiedLinear(), 1})
		}, []string{"RegularSpiking.Of is nef.SpikingRectifiedLinear", "fires spikes itself"}},
		"nil type":         {func(n *Network) { n.Ensemble("e", 3, 1).Type(nil) }, []string{"type is nil"}},
		"state":            {func(n *Network) { n.Ensemble("e", 3, 1).InitialState("v", Values{0}) }, []string{`no state "v"`, "voltage"}},
		"ensemble seed":    {func(n *Network) { n.Ensemble("e", 3, 1).Seed(math.MaxUint32) }, []string{"seed is 4294967295"}},
		"Izhikevich":       {func(n *Network) { n.Ensemble("e", 3, 1).Type(DefaultIzhikevich()).MaxRates(Values{1500}) }, []string{"1500 spikes per second", "GainBias"}},
		"nil distribution": {func(n *Network) { n.Ensemble("e", 3, 1).EvalPoints(nil) }, []string{"distribution is nil"}},
		"NaN constant":     {func(n *Network) { n.Node("u", Constant(math.NaN())) }, []string{"node u", "finite"}},
		"empty node":       {func(n *Network) { n.Node("u", PassThrough(0)) }, []string{"size is 0"}},
		"panicking node":   {func(n *Network) { n.Node("u", OfTime(func(float64) []float64 { panic("oh") })) }, []string{"node u", "panics", "oh"}},
		"NaN function":     {func(n *Network) { n.Node("u", OfTime(func(float64) []float64 { return []float64{math.NaN()} })) }, []string{"returns [NaN] at t = 0"}},
		"sizes": {func(n *Network) { n.Connect(n.Node("u", Constant(1, 2)), n.Ensemble("e", 3, 3)) },
			[]string{"connection u→e", "2 numbers go to 3", "3 × 2"}},
		"transform shape": {func(n *Network) {
			n.Connect(n.Node("u", Constant(1, 2)), n.Ensemble("e", 3, 3)).Transform(Matrix([]float64{1, 2, 3}, []float64{1, 2, 3}))
		}, []string{"transform is 2 × 3, want 3 × 2"}},
		"ragged transform": {func(n *Network) {
			n.Connect(n.Node("u", Constant(1, 2)), n.Ensemble("e", 3, 2)).Transform(Matrix([]float64{1, 2}, []float64{1}))
		}, []string{"different lengths"}},
		"no pieces":   {func(n *Network) { n.Node("u", Piecewise(nil)) }, []string{"node u", "no values"}},
		"ragged rows": {func(n *Network) { n.Node("u", Piecewise(map[float64][]float64{0: {1}, 1: {1, 2}})) }, []string{"2 numbers at 1 s"}},
		"no time":     {func(n *Network) { n.Node("u", PresentInput([][]float64{{1}}, 0)) }, []string{"0 s each"}},
		"no input":    {func(n *Network) { n.Connect(n.Node("u", Constant(1)), n.Node("v", Constant(1))) }, []string{"v takes no input"}},
		"nil end":     {func(n *Network) { n.Connect(nil, n.Ensemble("e", 3, 1)) }, []string{"one end is nil"}},
		"foreign":     {func(n *Network) { n.Connect(New("other").Node("u", Constant(1)), n.Ensemble("e", 3, 1)) }, []string{"belongs to network other"}},
		"index":       {func(n *Network) { n.Connect(n.Node("u", Constant(1)), n.Ensemble("e", 3, 2).At(2)) }, []string{"index 2, want -2 to 1"}},
		"slice":       {func(n *Network) { n.Connect(n.Node("u", Constant(1)), n.Ensemble("e", 3, 2).Slice(1, 1)) }, []string{"slice of e is 1 to 1"}},
		"function of neurons": {func(n *Network) {
			e := n.Ensemble("e", 3, 1)
			n.Connect(e.Neurons(), e).Function(func(x []float64) []float64 { return x })
		}, []string{"functions cannot be computed from neurons"}},
		"no points": {func(n *Network) { n.Connect(n.Ensemble("e", 3, 1).NEvalPoints(0), n.Node("v", PassThrough(1))) }, []string{"no evaluation points"}},
		"silent": {func(n *Network) {
			n.Connect(n.Ensemble("e", 3, 1).EvalPoints(Rows{{0}}).Intercepts(Values{0.5}), n.Node("v", PassThrough(1)))
		}, []string{"no neuron of e is active"}},
		"regularisation": {func(n *Network) { n.Connect(n.Ensemble("e", 3, 1), n.Node("v", PassThrough(1))).Solver(LstsqL2{}) }, []string{"LstsqL2.Reg is 0"}},
		"function NaN": {func(n *Network) {
			n.Connect(n.Ensemble("e", 3, 1), n.Node("v", PassThrough(1))).Function(func(x []float64) []float64 { return []float64{math.Sqrt(x[0])} })
		}, []string{"its function returns"}},
		"synapse": {func(n *Network) { n.Connect(n.Node("u", Constant(1)), n.Ensemble("e", 3, 1)).Synapse(Lowpass(-1)) }, []string{"time constant -1"}},
		"PES without weights": {func(n *Network) {
			n.Connect(n.Node("u", Constant(1)), n.Ensemble("e", 3, 1)).Learn(DefaultPES())
		}, []string{"PES of u→e", "no matrix of weights"}},
		"Voja to a node": {func(n *Network) {
			n.Connect(n.Node("u", Constant(1)), n.Node("v", PassThrough(1))).Learn(DefaultVoja())
		}, []string{"Voja learns encoders"}},
		"Voja and weights": {func(n *Network) {
			n.Connect(n.Ensemble("a", 3, 1), n.Ensemble("b", 3, 1)).Solver(LstsqL2{Reg: 0.1, Weights: true}).Learn(DefaultVoja())
		}, []string{"which full weights go round"}},
		"RLS of weights": {func(n *Network) {
			n.Connect(n.Ensemble("a", 3, 1), n.Ensemble("b", 3, 1)).Solver(LstsqL2{Reg: 0.1, Weights: true}).Learn(DefaultRLS())
		}, []string{"RLS learns decoders"}},
		"PES of a node": {func(n *Network) {
			n.Connect(n.Node("u", Constant(1)), n.Node("v", PassThrough(1))).Transform(Matrix([]float64{1})).Learn(DefaultPES())
		}, []string{"PES learns from neurons"}},
		"error of the wrong size": {func(n *Network) {
			r := n.Connect(n.Ensemble("a", 3, 2), n.Node("v", PassThrough(2))).Learn(DefaultPES())
			n.Connect(n.Node("u", Constant(1)), r)
		}, []string{"1 numbers go to 2"}},
		"BCM of decoders": {func(n *Network) {
			n.Connect(n.Ensemble("a", 3, 1), n.Ensemble("b", 3, 1)).Learn(DefaultBCM())
		}, []string{"from neurons to neurons"}},
		"rule rate": {func(n *Network) {
			n.Connect(n.Ensemble("a", 3, 1), n.Ensemble("b", 3, 1)).Learn(PES{Rate: math.NaN()})
		}, []string{"PES.Rate is NaN"}},
		"rule without input": {func(n *Network) {
			r := n.Connect(n.Ensemble("a", 3, 1), n.Ensemble("b", 3, 1)).Solver(LstsqL2{Reg: 0.1, Weights: true}).Learn(DefaultOja())
			n.Connect(n.Node("u", Constant(1)), r)
		}, []string{"takes no input"}},
		"signal":      {func(n *Network) { n.Probe(n.Ensemble("e", 3, 1).Neurons()).Signal("spikes") }, []string{"probe of e.neurons", `no signal "spikes"`, "input, output, refractory_time, voltage"}},
		"nil probe":   {func(n *Network) { n.Probe(nil) }, []string{"object is nil"}},
		"period":      {func(n *Network) { n.Probe(n.Ensemble("e", 3, 1)).Every(0) }, []string{"every 0 s"}},
		"loop":        {func(n *Network) { v := n.Node("v", PassThrough(1)); n.Connect(v, v).Synapse(NoSynapse) }, []string{"form a loop"}},
		"global seed": {func(n *Network) { n.Network("inner", GlobalSeed(1)) }, []string{"network inner", "outermost"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := New("net", Seed(0))
			c.describe(n)
			_, err := n.Build(On(snn.Ref))
			if err == nil {
				t.Fatal("Build found no mistake")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error is %q, want %q in it", err, w)
				}
			}
			var m snn.Mistakes
			if name != "loop" && (!errors.As(err, &m) || !strings.HasPrefix(m[0].Site, "mistakes_test.go:")) {
				t.Errorf("the error is %v, want the line of this file that made it", err)
			}
		})
	}
}

func TestAllMistakesTogether(t *testing.T) {
	n := New("net", Seed(math.MaxUint32))
	e := n.Ensemble("e", 3, 1).Radius(-1).Intercepts(Values{2})
	n.Connect(n.Node("u", Constant(1, 2)), e)
	n.Probe(e.Neurons()).Signal("nothing")
	_, err := n.Build(On(snn.Ref))
	var m snn.Mistakes
	if !errors.As(err, &m) || len(m) != 3 {
		t.Fatalf("got %v, want three mistakes: seed, radius, intercept (what follows from them is not repeated)", err)
	}
}

// A function that goes wrong in a run ends it with its line, and what came before
// is there.
func TestFunctionsThatFail(t *testing.T) {
	for name, out := range map[string]Output{
		"NaN":  OfTime(func(t float64) []float64 { return []float64{1 / min(1, math.Ceil((0.0105-t)*1000)) * 0} }),
		"size": OfInput(1, func(t float64, x []float64) []float64 { return make([]float64, 1+int(t/0.0105)) }),
	} {
		eachBackend(t, func(t *testing.T, b snn.Backend) {
			n := New(name)
			u := n.Node("u", out)
			p := n.Probe(u)
			s := mustBuild(t, n, On(b))
			err := s.Run(1)
			if err == nil || !strings.Contains(err.Error(), "node u (mistakes_test.go:") || !strings.Contains(err.Error(), "want 1 finite") {
				t.Fatalf("%s: got the error %v", name, err)
			}
			if s.Steps() != 10 || s.Data(p).Len() != 10 || s.Err() == nil || s.Run(1) == nil {
				t.Errorf("%s: %d steps and %d samples, want 10, and the error kept", name, s.Steps(), s.Data(p).Len())
			}
			if s.Reset(); s.Run(0.01) != nil || s.Data(p).Len() != 10 {
				t.Errorf("%s: after a reset the first ten steps do not run", name)
			}
		})
	}
}

func TestResetRepeats(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		n := newMemory(newAssociations(), 3, OfTime(learnThenRecall))
		p, w := n.Probe(n.memory.Neurons()), n.Probe(n.out).Signal("weights").Every(0.01)
		s := mustBuild(t, n.Network, On(b))
		var first []string
		for range 2 {
			if err := errors.Join(s.Run(0.1), s.Run(0.15)); err != nil {
				t.Fatal(err)
			}
			first = append(first, fmt.Sprint(s.Data(p).Data, s.Data(w).Data))
			s.Reset()
		}
		if first[0] != first[1] {
			t.Error("a second run after Reset differs from the first")
		}
		if err := s.Run(0.25); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(s.Data(p).Data, s.Data(w).Data) != first[0] {
			t.Error("one run of 0.25 s differs from two of 0.1 and 0.15 s")
		}
	})
}
