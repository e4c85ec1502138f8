//go:build cgo

package cc_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestManyFunctions: a neuron with several functions, whose spikes are stored
// block by block, gives the bits of the backend ref. 700 neurons are two blocks
// and a part of one, and no multiple of a vector.
func TestManyFunctions(t *testing.T) {
	for _, precision := range []snn.Option{snn.Float32, snn.Float64} {
		var want []float64
		var fired int
		for _, on := range []snn.Backend{snn.Ref, snn.CC} {
			net := snn.New("functions", snn.Dt(0.1), snn.Seed(3), precision)
			pop := net.Population("E", snn.Spiking(`dv/dt = (exp((v + 50)/8) - (v + 65) + 25*tanh(w) + 20)/20
				dw/dt = (log1p(exp((v + 60)/9)) - w)/30/exprel((v + 40)/7)`, nil).
				Spike("v > -35").Reset("v = -60").Refractory("2"), 700)
			pop.Init("v", snn.Uniform(-70, -50)).Init("w", snn.Uniform(-2, 2))
			v, spikes := net.Record(pop, "v"), net.RecordSpikes(pop)
			sim, err := net.Build(snn.On(on))
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Run(20); err != nil {
				t.Fatal(err)
			}
			got := slices.Concat(sim.Samples(v).Values...)
			n := len(sim.Spikes(spikes).Neurons)
			sim.Close()
			if on != snn.CC {
				want, fired = got, n
				continue
			}
			if fired == 0 || n != fired || !slices.Equal(got, want) {
				t.Errorf("the backend cc gives %d spikes and potentials like ref: %v; want %d spikes, more than 0, and true", n, slices.Equal(got, want), fired)
			}
		}
	}
}

// TestTurns: sines and cosines that are computed for a block at a time equal those
// of the backend ref, near and far from 0, and so do sines of sines.
func TestTurns(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	const n = 3000
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		p := &plan.Program{Name: "turns", Dt: 1, Float: f}
		bind := plan.Bind{}
		var v []*model.Symbol
		for k, name := range []string{"x", "sin", "cos", "both"} {
			p.Buffers = append(p.Buffers, plan.Buffer{Name: name, Type: f, Len: n})
			v = append(v, symbol(bind, name, model.Var, model.Float, model.Local, k, plan.Own))
		}
		p.Ops = []plan.Op{&plan.Map{Label: "turn", N: n, Bind: bind, Body: []model.Assign{
			set(v[1], call(model.Sin, of(v[0]))), set(v[2], call(model.Cos, product(of(v[0]), number(0.5)))),
			set(v[3], sum(of(v[3]), call(model.Sin, sum(call(model.Cos, of(v[0])), of(v[3])))))}}}
		r := rand.New(rand.NewPCG(5, 6))
		x := make([]float64, n)
		for k := range x {
			switch x[k] = (r.Float64() - 0.5) * math.Exp2(float64(r.IntN(50)-29)); {
			case k < 512:
				x[k] = float64(k-256) * math.Pi / 4
			case k < 768:
				x[k] *= 0x1p-6
			case k == 1500:
				x[k] = math.Inf(1)
			case k > 2048 && k%300 == 0:
				x[k] *= 0x1p60
			}
		}
		x[3], x[4], x[5] = 0, math.Copysign(0, -1), 0x1.921fb54442d18p-1
		var want *plan.State
		for _, b := range []plan.Backend{ref.New(), threads(t, 1), fine(t, 3)} {
			run, err := b.Compile(p)
			if err != nil {
				t.Fatal(err)
			}
			s := plan.NewState(p)
			for k := range x {
				if f == plan.F64 {
					s.F64[0][k] = x[k]
				} else {
					s.F32[0][k] = float32(x[k])
				}
			}
			if _, err := run.Run(s, 5, nil); err != nil {
				t.Fatal(err)
			}
			run.Close()
			if want == nil {
				want = s
			} else if d := plantest.Diff(p, s, want); d != "" {
				t.Errorf("%v: cc differs from ref: %s", f, d)
			}
		}
	}
}

// BenchmarkTurn is a step of 100,000 sines.
func BenchmarkTurn(b *testing.B) {
	const n = 100_000
	p := &plan.Program{Name: "turn", Dt: 1, Float: plan.F32, Buffers: []plan.Buffer{{Name: "x", Type: plan.F32, Len: n}}}
	bind := plan.Bind{}
	x := symbol(bind, "x", model.Var, model.Float, model.Local, 0, plan.Own)
	p.Ops = []plan.Op{&plan.Map{Label: "turn", N: n, Bind: bind, Body: []model.Assign{set(x, sum(call(model.Sin, of(x)), number(1.5)))}}}
	run, err := threads(b, 1).Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	defer run.Close()
	s := plan.NewState(p)
	for k := range n {
		s.F32[0][k] = float32(k) / 1000
	}
	for b.Loop() {
		if _, err := run.Run(s, 1, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
}
