//go:build cgo && linux

package cuda_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// keeping runs every state as one that is kept, and brings everything back after
// every run.
type keeping struct{ plan.Backend }

func (k keeping) Compile(p *plan.Program) (plan.Executor, error) {
	x, err := k.Backend.Compile(p)
	if err != nil {
		return nil, err
	}
	return &keeper{x.(plan.Resident), p, nil}, nil
}

type keeper struct {
	plan.Resident
	p    *plan.Program
	kept *plan.State
}

func (k *keeper) Run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if s != k.kept {
		if err := k.Keep(s); err != nil {
			return 0, err
		}
		k.kept = s
	}
	for b := range k.p.Buffers {
		if err := k.Write(b, b%2 == 0); err != nil {
			return 0, err
		}
	}
	done, err := k.Resident.Run(s, n, stop)
	for b := range k.p.Buffers {
		if err := k.Read(b); err != nil {
			return done, err
		}
	}
	if err := k.Take(); err != nil {
		return done, err
	}
	return done, err
}

// TestKept runs the conformance suite on states that stay on the device.
func TestKept(t *testing.T) {
	defer few("3")()
	plantest.Conformance(t, keeping{cuda.Device(0)}, ref.New())
}

// TestStays: a state that is kept is not sent again, and its values come when they
// are asked for.
func TestStays(t *testing.T) {
	standIn(t)
	p, s := plantest.Spiking()
	_, want := plantest.Spiking()
	c, err := cuda.Device(0).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x := c.(plan.Resident)
	if err := x.Keep(s); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Run(s, 30, nil); err != nil {
		t.Fatal(err)
	}
	failing(t, "cuMemcpyHtoDAsync_v2:700")
	for range 3 {
		if n, err := x.Run(s, 40, nil); n != 40 || err != nil {
			t.Fatalf("%d of 40 steps, error %v; want no copy to the device", n, err)
		}
	}
	_, fresh := plantest.Spiking()
	fresh.Step = s.Step
	if d := plantest.Diff(p, s, fresh); d != "" {
		t.Errorf("before anything is read the host's values have changed: %s", d)
	}
	failing(t, "")
	for b := range p.Buffers {
		if err := x.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Take(); err != nil {
		t.Fatal(err)
	}
	r, _ := ref.New().Compile(p)
	r.Run(want, 150, nil)
	if d := plantest.Diff(p, s, want); d != "" {
		t.Error(d)
	}
	if _, err := x.Run(fresh, 1, nil); err == nil {
		t.Error("another state than the one that is kept was run without an error")
	}
}

// TestAfterLoss: after an error of a run the host's values are what they were, and
// the next run begins with them.
func TestAfterLoss(t *testing.T) {
	standIn(t)
	p, s := plantest.Spiking()
	_, want := plantest.Spiking()
	c, err := cuda.Device(0).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x := c.(plan.Resident)
	if err := x.Keep(s); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"cuMemcpyDtoHAsync_v2", "cuCtxSetCurrent", "cuMemcpyHtoDAsync_v2"} {
		failing(t, call+":700")
		if n, err := x.Run(s, 20, nil); n != 0 || err == nil {
			t.Fatalf("%d steps, error %v; want that of %s", n, err, call)
		}
	}
	failing(t, "")
	if n, err := x.Run(s, 20, nil); n != 20 || err != nil {
		t.Fatalf("%d of 20 steps, error %v", n, err)
	}
	for b := range p.Buffers {
		x.Read(b)
	}
	x.Take()
	r, _ := ref.New().Compile(p)
	r.Run(want, 20, nil)
	if d := plantest.Diff(p, s, want); d != "" {
		t.Error(d)
	}
}

// learning is a spiking network with plasticity, an update, and recordings.
func learning() (net *snn.Network, in *snn.Population, out *snn.Population, w *snn.Projection, raster *snn.SpikeRecording, trace *snn.Recording, decay *snn.Update) {
	net = snn.New("learning", snn.Dt(1), snn.Seed(3), snn.Float32)
	cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
	in = net.Population("in", cell, 60).Init("V", snn.Uniform(-60, -50))
	out = net.Population("out", cell, 20).Init("V", snn.Uniform(-60, -50))
	w = net.Connect(in, out, snn.FixedProbability(0.4)).Weight(snn.Uniform(0, 0.1)).Receptor(snn.ExpCurr{Tau: 5}).
		Learn(snn.STDP{TauPlus: 20, TauMinus: 20, Aplus: 0.01, Aminus: 0.012, Wmin: 0, Wmax: 0.2})
	net.Connect(out, out, snn.AllToAll()).Weight(snn.Normal(-0.05, 0.01)).Receptor(snn.ExpCurr{Tau: 10})
	raster = net.RecordSpikes(out)
	trace = net.Record(out, "V").Every(7 * snn.Millisecond)
	decay = net.Update("decay").Do("w *= 0.9", nil, snn.As("w", w, "w"))
	return
}

// TestSessions does with simulations what users do between runs, on the device and
// on Ref: all that can be read must be equal.
func TestSessions(t *testing.T) {
	session := func(backend snn.Backend) (numbers []float64) {
		net, in, out, w, raster, trace, decay := learning()
		sim, err := net.Build(snn.On(backend))
		if err != nil {
			t.Fatal(err)
		}
		see := func(s *snn.Sim) {
			for _, o := range []snn.Owner{in, out} {
				numbers = append(numbers, s.Var(o, "V").Values()...)
			}
			numbers = append(numbers, s.Var(w, "w").Values()...)
			for k, n := range s.Spikes(raster).Neurons {
				numbers = append(numbers, float64(n), float64(s.Spikes(raster).Times[k]))
			}
			for _, row := range s.Samples(trace).Values {
				numbers = append(numbers, row...)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(sim.Run(30 * snn.Millisecond))
		must(sim.Run(30 * snn.Millisecond))
		must(sim.Var(in, "V").Fill(-55))
		must(sim.Var(out.Slice(3, 9), "V").Fill(-52))
		must(sim.Run(20 * snn.Millisecond))
		numbers = append(numbers, float64(sim.TakeSpikes(raster).Len()))
		must(sim.Do(decay))
		must(sim.Run(20 * snn.Millisecond))
		must(sim.Do(decay))
		see(sim)
		must(sim.Reset(w))
		must(sim.Learning(w, false))
		must(sim.Run(25 * snn.Millisecond))
		see(sim)
		must(sim.Learning(w, true))
		must(sim.Rewire(w, func(slot, pre, post int) bool { return pre != 4 }, snn.Grown{Pre: []int{1, 2}, Post: []int{3, 3}}))
		must(sim.Run(25 * snn.Millisecond))
		must(sim.Do(decay))
		see(sim)
		b, err := sim.Batch(3)
		must(err)
		must(b.Sim(1).Var(out, "V").Fill(-51))
		must(b.Run(40 * snn.Millisecond))
		must(b.Mean(w, "w"))
		must(b.Run(10 * snn.Millisecond))
		for i := range b.Len() {
			see(b.Sim(i))
		}
		must(b.Close())
		must(sim.Run(10 * snn.Millisecond))
		must(sim.Close())
		see(sim)
		return numbers
	}
	got, want := session(cuda.Device(0)), session(snn.Ref)
	if len(want) < 1000 {
		t.Fatalf("%d numbers, want many", len(want))
	}
	if !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("number %d of %d is %v, want %v", i, len(want), got[i], want[i])
			}
		}
		t.Fatalf("%d numbers, want %d", len(got), len(want))
	}
}
