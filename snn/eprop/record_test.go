package eprop

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// recorded is the tutorial's five iterations with the tutorial's recorders. Its
// nodes are numbered from 41 (inputs), 81 (recurrent) and 181 (readouts).
func recorded(t *testing.T) *Recording {
	t.Helper()
	n, r := tutorial(1, 1)
	sim := build(t, n)
	var p Probe
	p.Neurons = []int{81 - 41, 131 - 41}
	senders := []int{0, 1, 2, 40, 41, 42}
	targets := []int{40, 41, 42, 140, 141}
	for _, i := range senders {
		for _, j := range targets {
			if _, _, ok := sim.e.synapse([2]int{i, j}); ok {
				p.Synapses = append(p.Synapses, [2]int{i, j})
			}
		}
	}
	rec, err := sim.Record(p)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := sim.Train(trials(t, r, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return rec
}

func at(t *testing.T, times []float64, stamp float64) int {
	t.Helper()
	k, found := slices.BinarySearch(times, stamp)
	if !found {
		t.Fatalf("no row at %v ms", stamp)
	}
	return k
}

// The samples were recorded with NEST 3.10. Potentials and signals differ by
// rounding alone.
func TestRecordingIsNESTs(t *testing.T) {
	const tol = 1e-14
	rec := recorded(t)
	for o, rows := range []map[float64][5]float64{
		{ // V, signal, target, error; NaN is not compared
			2104: {0.00016930683432248941, 0, 0, 0},
			2105: {0.00016104964257661935, 0.49987353780742805, 0, 0.49987353780742805},
			2254: {0, 0.527151049053219, math.NaN(), math.NaN()},
		},
		{
			2104: {0.0006751556153966865, 0, 0, 0},
			2105: {0.0006422278874822155, 0.5001264621925718, 1, -0.49987353780742816},
			2254: {0, 0.47284895094678087, math.NaN(), math.NaN()},
		},
	} {
		table, err := rec.Readout(o)
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Times) != 5*2250 || table.Times[0] != 5 {
			t.Errorf("%d rows from %v ms, want 11250 from 5 ms", len(table.Times), table.Times[0])
		}
		for stamp, want := range rows {
			k := at(t, table.Times, stamp)
			for x, got := range []float64{table.V[k], table.Signal[k], table.Target[k], table.Error[k]} {
				if !math.IsNaN(want[x]) {
					near(t, fmt.Sprintf("readout %d at %v, column %d", o, stamp, x), got, want[x], tol)
				}
			}
			near(t, "unnormalised signal", table.Unnormalised[k], math.Exp(table.V[k]), tol)
		}
	}

	regular, err := rec.Neuron(81 - 41)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "V_m of 81 at 103", regular.V[at(t, regular.Times, 103)], -1.4784968884735539, tol)
	near(t, "V_m of 81 at 2106", regular.V[at(t, regular.Times, 2106)], -0.033241112529769114, tol)
	near(t, "learning signal of 81 at 2106", regular.LearningSignal[at(t, regular.Times, 2106)], -1.373567698809035, tol)
	near(t, "learning signal of 81 at 2105", regular.LearningSignal[at(t, regular.Times, 2105)], 0, 0)
	near(t, "V_m of 81 at 2109", regular.V[at(t, regular.Times, 2109)], 0.04769454340816525, tol)
	near(t, "surrogate of 81 at 2109", regular.Surrogate[at(t, regular.Times, 2109)], 0.039745452840137696, tol)
	near(t, "learning signal of 81 at 2109", regular.LearningSignal[at(t, regular.Times, 2109)], -1.3736161023197893, tol)
	near(t, "threshold of 81", regular.Threshold[0], 0.6, 0)

	adaptive, err := rec.Neuron(131 - 41)
	if err != nil {
		t.Fatal(err)
	}
	k := at(t, adaptive.Times, 103)
	near(t, "V_m of 131 at 103", adaptive.V[k], -0.14869904376812637, tol)
	near(t, "V_th_adapt of 131 at 103", adaptive.Threshold[k], 0.6347700766945753, tol)
	near(t, "adaptation of 131 at 103", adaptive.Adaptation[k], 1.99550661769379, tol)
	k = at(t, adaptive.Times, 2108)
	near(t, "V_m of 131 at 2108", adaptive.V[k], 0.10456759706871321, tol)
	near(t, "surrogate of 131 at 2108", adaptive.Surrogate[k], 0.0024967477816122408, tol)
	near(t, "learning signal of 131 at 2108", adaptive.LearningSignal[k], 0.21727162344412537, tol)
	near(t, "V_th_adapt of 131 at 2108", adaptive.Threshold[k], 0.7015714997307785, tol)
	near(t, "adaptation of 131 at 2108", adaptive.Adaptation[k], 5.829340028849396, 10*tol)
}

func TestSpikeRecordingIsNESTs(t *testing.T) {
	rec := recorded(t)
	var inputs, recurrent []string
	perSequence := map[string]int{}
	for _, s := range rec.Spikes() {
		event := fmt.Sprintf("(%d,%v)", s.Node+41, s.Time)
		if s.Node < 40 {
			inputs = append(inputs, event)
			continue
		}
		recurrent = append(recurrent, event)
		kind := "regular"
		if s.Node >= 90 {
			kind = "adaptive"
		}
		perSequence[fmt.Sprintf("%s %d", kind, int(s.Time-3)/2250)]++
	}
	// The first input spike, with stamp 3, comes before NEST's recorder starts.
	if got, want := strings.Join(inputs[:4], " "), "(72,3) (80,13) (73,34) (74,36)"; got != want {
		t.Errorf("first input spikes %s, want %s", got, want)
	}
	sorted := func(s string) string { f := strings.Fields(s); slices.Sort(f); return strings.Join(f, " ") }
	// NEST writes the three spikes with stamp 56 in another order.
	if got, want := sorted(strings.Join(recurrent[:8], " ")), sorted("(114,37) (115,38) (158,55) (153,56) (164,56) (95,58) (137,58) (90,59)"); got != want {
		t.Errorf("first recurrent spikes %s, want %s", got, want)
	}
	for k, want := range [][2]int{{1942, 1309}, {1715, 1203}, {1697, 1172}, {1888, 1233}, {1844, 1189}} {
		if got := [2]int{perSequence[fmt.Sprint("regular ", k)], perSequence[fmt.Sprint("adaptive ", k)]}; got != want {
			t.Errorf("sequence %d: %v spikes of regular and adaptive neurons, want %v", k, got, want)
		}
	}
}

func TestWeightRecordingIsNESTs(t *testing.T) {
	rec := recorded(t)
	table, err := rec.Weight(81-41, 181-41)
	if err != nil {
		t.Fatal(err)
	}
	for stamp, want := range map[float64]float64{
		2131: -0.048078663647174835, 2151: -0.048078663647174835, 3221: -0.05307843807635494, 4388: -0.05307843807635494, 4702: -0.05773629100434328,
	} {
		near(t, fmt.Sprintf("weight 81 to 181 at %v", stamp), table.Weights[at(t, table.Times, stamp)], want, weightTol)
	}
	table, err = rec.Weight(0, 81-41)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "weight 41 to 81 at 79", table.Weights[at(t, table.Times, 79)], 0.256831556558609, 0)
	near(t, "weight 41 to 81 at 9901", table.Weights[at(t, table.Times, 9901)], 0.2699596918630021, weightTol)
	if last := table.Times[len(table.Times)-1]; last != 9901 {
		t.Errorf("last spike from 41 to 81 at %v, want 9901", last)
	}
	// NEST's recorder, from stamp 5 to 11254, has 3129 events for these synapses.
	// At its last stamp the forced final spikes pass all synapses of the six
	// sources: three inputs to three neurons, and three neurons to two others and
	// two readouts.
	events := 9 + 3*(2+2)
	for _, pair := range rec.probe.Synapses {
		table, err := rec.Weight(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, stamp := range table.Times {
			if stamp > 4 && stamp <= 11254 {
				events++
			}
		}
	}
	if events != 3129 {
		t.Errorf("%d events, want 3129", events)
	}
}

func TestRecordingDoesNotChangeTheTraining(t *testing.T) {
	for _, reset := range []bool{true, false} {
		var runs [2][]uint64
		for k := range runs {
			n, r := tutorial(3, 2)
			n.kernel.ResetNeuronsOnUpdate = reset
			sim := build(t, n)
			if k == 1 {
				if _, err := sim.Record(Probe{Neurons: []int{40, 90}, Synapses: [][2]int{{0, 40}, {40, 140}, {41, 40}}}); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				if _, err := sim.Train(trials(t, r, 2)); err != nil {
					t.Fatal(err)
				}
				if _, err := sim.Evaluate(trials(t, r, 1)); err != nil {
					t.Fatal(err)
				}
			}
			if err := sim.Finish(); err != nil {
				t.Fatal(err)
			}
			runs[k] = bits(sim)
			if k == 1 && len(sim.record.traces) != 6 {
				t.Errorf("%d sequences recorded, want the 6 trained ones", len(sim.record.traces))
			}
		}
		if !slices.Equal(runs[0], runs[1]) {
			t.Errorf("reset %v: recording changes the weights", reset)
		}
	}
}

func TestRecordNonsense(t *testing.T) {
	n, r := tutorial(1, 1)
	sim := build(t, n)
	for _, p := range []Probe{
		{Neurons: []int{39}}, {Neurons: []int{140}}, {Neurons: []int{-1}},
		{Synapses: [][2]int{{40, 40}}}, {Synapses: [][2]int{{0, 140}}}, {Synapses: [][2]int{{-1, 40}}}, {Synapses: [][2]int{{140, 141}}}, {Synapses: [][2]int{{0, 0}}}, {Synapses: [][2]int{{40, 142}}},
	} {
		if _, err := sim.Record(p); err == nil {
			t.Errorf("recording %+v succeeded", p)
		}
	}
	rec, err := sim.Record(Probe{})
	if err != nil {
		t.Fatal(err)
	}
	if table, err := rec.Readout(0); err != nil || len(table.V) != 0 {
		t.Errorf("readout before the training: %d rows and error %v, want none", len(table.V), err)
	}
	if _, err := sim.Train(trials(t, r, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := rec.Neuron(40); err == nil {
		t.Error("a neuron that was not recorded has a table")
	}
	if _, err := rec.Readout(2); err == nil {
		t.Error("readout 2 of 2 has a table")
	}
	if _, err := rec.Weight(0, 40); err == nil {
		t.Error("a synapse that was not recorded has a table")
	}
}
