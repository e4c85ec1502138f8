package nef

import (
	"fmt"
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

var backends = []struct {
	name string
	b    snn.Backend
}{{"ref", snn.Ref}, {"cc", snn.CC}}

// eachBackend runs a test on all backends. A missing C compiler is the one
// reason to skip.
func eachBackend(t *testing.T, f func(t *testing.T, b snn.Backend)) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			if b.b == snn.CC && !haveCC {
				t.Skip("no C compiler")
			}
			f(t, b.b)
		})
	}
}

var haveCC = func() bool {
	net := New("probe")
	net.Node("x", PassThrough(1))
	_, err := net.Build(On(snn.CC))
	return err == nil
}()

// spikes are 1 where the output is not 0.
func spikes(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		if v != 0 {
			y[i] = 1
		}
	}
	return y
}

const (
	dt     = 0.001
	period = 0.3
	items  = 5
)

// cycle shows the rows one after the other, a period each.
func cycle(x Rows) func(t float64) []float64 {
	every := int(math.RoundToEven(period / dt))
	return func(t float64) []float64 {
		i := int(math.RoundToEven((t - dt) / dt))
		return x[i/every%len(x)]
	}
}

type associations struct {
	keys, values Rows
	intercept    float64
}

func newAssociations() associations {
	r := rng.NewRandomState(7)
	k, _ := UniformHypersphere{Surface: true}.Sample(items, 2, r)
	v, _ := UniformHypersphere{}.Sample(items, 4, r)
	a := associations{}
	for i := range items {
		a.keys = append(a.keys, k[2*i:2*i+2])
		a.values = append(a.values, v[4*i:4*i+4])
	}
	for i, x := range a.keys {
		for j, y := range a.keys {
			dot := x[0]*y[0] + x[1]*y[1]
			if i == j {
				dot--
			}
			a.intercept = max(a.intercept, dot)
		}
	}
	return a
}

// memory is the network of both tutorials.
type memoryNet struct {
	*Network
	keys, values, learning, recall *Node
	memory, err                    *Ensemble
	in, out, toPES                 *Connection
	voja, pes                      *Rule
}

func newMemory(a associations, seed uint32, learning Output) memoryNet {
	n := memoryNet{Network: New("memory", Seed(seed))}
	n.keys = n.Node("keys", OfTime(cycle(a.keys)))
	n.values = n.Node("values", OfTime(cycle(a.values)))
	n.learning = n.Node("learning", learning)
	n.recall = n.Node("recall", PassThrough(4))
	n.memory = n.Ensemble("memory", 200, 2).Intercepts(Values{a.intercept})

	voja := DefaultVoja()
	voja.Rate, voja.PostSynapse = 5e-2, NoSynapse
	n.in = n.Connect(n.keys, n.memory).Synapse(NoSynapse)
	n.voja = n.in.Learn(voja)
	n.Connect(n.learning, n.voja).Synapse(NoSynapse)

	pes := DefaultPES()
	pes.Rate = 1e-3
	n.out = n.Connect(n.memory, n.recall).Function(func([]float64) []float64 { return make([]float64, 4) })
	n.pes = n.out.Learn(pes)

	n.err = n.Ensemble("error", 200, 4)
	n.Connect(n.learning, n.err.Neurons()).Transform(Fill(200, 1, 10)).Synapse(NoSynapse)
	n.Connect(n.values, n.err).Transform(Scalar(-1)).Synapse(NoSynapse)
	n.Connect(n.recall, n.err).Synapse(NoSynapse)
	n.toPES = n.Connect(n.err, n.pes)
	return n
}

func learnThenRecall(t float64) []float64 {
	if t >= period*items {
		return []float64{-1}
	}
	return []float64{0}
}

func TestTutorialA(t *testing.T) {
	for _, seed := range []uint32{0, 7} {
		t.Run(fmt.Sprint("tutorial_a_net", seed), func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) { tutorialA(t, seed, b) })
		})
	}
}

func tutorialA(t *testing.T, seed uint32, b snn.Backend) {
	r := open(t, fmt.Sprint("tutorial_a_net", seed))
	a := newAssociations()
	r.check("intercept", []float64{a.intercept})
	r.check("intercept_used", []float64{a.intercept})
	r.check("keys", flat(a.keys))
	r.check("values", flat(a.values))
	n := newMemory(a, seed, OfTime(learnThenRecall))
	probes := map[string]*Probe{
		"probe_keys": n.Probe(n.keys), "probe_values": n.Probe(n.values), "probe_learning": n.Probe(n.learning),
	}
	probes["probe_error"] = n.Probe(n.err).Synapse(Lowpass(0.005))
	probes["probe_recall"] = n.Probe(n.recall)
	encoders := n.Probe(n.voja).Signal("scaled_encoders")
	// Row order of creation is that of the recording from here on.
	memorySpikes, errorSpikes := n.Probe(n.memory.Neurons()), n.Probe(n.err.Neurons())
	weights := n.Probe(n.out).Signal("weights")
	first := map[string]*Probe{}
	if seed == 0 {
		first["memory_J"] = n.Probe(n.memory.Neurons()).Signal("input")
		first["memory_voltage"] = n.Probe(n.memory.Neurons()).Signal("voltage")
		first["memory_refractory_time"] = n.Probe(n.memory.Neurons()).Signal("refractory_time")
		first["memory_input"] = n.Probe(n.memory).Signal("input")
		first["voja_delta"] = n.Probe(n.voja).Signal("delta")
		first["pes_error"] = n.Probe(n.pes).Signal("error")
		first["pes_activities"] = n.Probe(n.pes).Signal("activities")
		first["pes_delta"] = n.Probe(n.pes).Signal("delta")
		first["pes_weights"] = weights
		first["error_J"] = n.Probe(n.err.Neurons()).Signal("input")
		first["error_voltage"] = n.Probe(n.err.Neurons()).Signal("voltage")
		first["error_refractory_time"] = n.Probe(n.err.Neurons()).Signal("refractory_time")
		first["error_input"] = n.Probe(n.err).Signal("input")
	}
	sim, err := n.Build(On(b))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	r.built("memory_", sim, n.memory)
	r.built("error_", sim, n.err)
	r.check("error_decoders", sim.Connection(n.toPES).Weights.Data)
	r.check("error_rmses", sim.Connection(n.toPES).RMSE)
	if err := sim.Run(2 * period * items); err != nil {
		t.Fatal(err)
	}
	r.check("memory_spikes", spikes(sim.Data(memorySpikes).Data))
	r.check("error_spikes", spikes(sim.Data(errorSpikes).Data))
	for name, p := range probes {
		r.check(name, sim.Data(p).Data)
	}
	e, w := sim.Data(encoders), sim.Data(weights)
	r.check("probe_encoders_step_1", e.Sample(0).Data)
	var es, ws []float64
	for k := 100; k <= 3000; k += 100 {
		es = append(es, e.Sample(k-1).Data...)
		ws = append(ws, w.Sample(k-1).Data...)
	}
	r.check("probe_encoders", es)
	r.check("weights", ws)
	for name, p := range first {
		s := sim.Data(p)
		r.check("first_"+name, s.Data[:20*s.Rows*s.Cols])
	}
	r.all()
}

func TestTutorialB(t *testing.T) {
	for _, seed := range []uint32{0, 7} {
		t.Run(fmt.Sprint("tutorial_b_net", seed), func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b snn.Backend) { tutorialB(t, seed, b) })
		})
	}
}

func tutorialB(t *testing.T, seed uint32, b snn.Backend) {
	r := open(t, fmt.Sprint("tutorial_b_net", seed))
	a := newAssociations()
	n := newMemory(a, seed, Constant(0))
	n.memory.Seed(7)
	decoders, encoders := n.Probe(n.out).Signal("weights").Every(0.01), n.Probe(n.memory).Signal("scaled_encoders").Every(0.01)
	recall := n.Probe(n.recall)
	memorySpikes, errorSpikes := n.Probe(n.memory.Neurons()), n.Probe(n.err.Neurons())
	train, err := n.Build(On(b))
	if err != nil {
		t.Fatal(err)
	}
	defer train.Close()
	if err := train.Run(period * items); err != nil {
		t.Fatal(err)
	}
	r.built("train_memory_", train, n.memory)
	r.built("train_error_", train, n.err)
	r.check("train_error_decoders", train.Connection(n.toPES).Weights.Data)
	r.check("train_memory_spikes", spikes(train.Data(memorySpikes).Data))
	r.check("train_error_spikes", spikes(train.Data(errorSpikes).Data))
	r.check("train_recall", train.Data(recall).Data)
	e, d := train.Data(encoders), train.Data(decoders)
	r.check("train_samples", []float64{float64(e.Len())})
	var es, ds []float64
	for i := 9; i < e.Len(); i += 10 {
		es = append(es, e.Sample(i).Data...)
		ds = append(ds, d.Sample(i).Data...)
	}
	r.check("train_encoders", es)
	r.check("train_weights", ds)
	r.check("enc", e.Last().Data)
	r.check("dec", d.Last().Data)

	// The last sample is that of the last step, so the encoders are as they are now.
	for name, prepare := range map[string]func(m *Ensemble){
		"test":  func(m *Ensemble) { m.Encoders(RowsOf(e.Last())).Intercepts(Values{a.intercept}) },
		"exact": func(m *Ensemble) { m.As(train, n.memory) },
	} {
		test := New(name, Seed(seed))
		keys := test.Node("keys", OfTime(cycle(a.keys)))
		values := test.Node("values", OfTime(cycle(a.values)))
		test.Node("learning", Constant(-1))
		recall := test.Node("recall", PassThrough(4))
		memory := test.Ensemble("memory", 200, 2).NEvalPoints(0).Seed(7)
		prepare(memory)
		test.Connect(keys, memory).Synapse(NoSynapse)
		test.Connect(memory.Neurons(), recall).Transform(Dense(d.Last()))
		pValues, pRecall := test.Probe(values).Synapse(Lowpass(0.005)), test.Probe(recall).Synapse(Lowpass(0.005))
		pSpikes := test.Probe(memory.Neurons())
		s := mustBuild(t, test, On(b))
		if err := s.Run(period * items); err != nil {
			t.Fatal(err)
		}
		r.built(name+"_memory_", s, memory)
		r.check(name+"_expected", s.Data(pValues).Data)
		r.check(name+"_recall", s.Data(pRecall).Data)
		r.check(name+"_spikes", spikes(s.Data(pSpikes).Data))
	}
	r.check("intercept", []float64{a.intercept})
	r.check("keys", flat(a.keys))
	r.check("values", flat(a.values))
	r.all()
}

func flat(rows Rows) (x []float64) {
	for _, row := range rows {
		x = append(x, row...)
	}
	return x
}
