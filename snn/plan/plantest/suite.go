// Package plantest is the conformance suite of backends: programs for every
// operation and shape and random programs, run on two backends that must agree
// bit for bit, and the check values of the bar learning network.
//
//	func TestConformance(t *testing.T) { plantest.Conformance(t, myBackend, ref.New()) }
package plantest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Conformance compares got with want, the definition.
func Conformance(t *testing.T, got, want plan.Backend) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		t.Run(f.String(), func(t *testing.T) {
			for _, c := range append(table(), spikeTable()...) {
				t.Run(c.name, func(t *testing.T) {
					b := build(c.name, f)
					c.make(b)
					compareRuns(t, got, want, b, c.steps)
				})
			}
			t.Run("random", func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					b := random(t, f)
					compareRuns(t, got, want, b, 5)
				})
			})
			t.Run("random spikes", func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					b := randomSpikes(t, f)
					compareRuns(t, got, want, b, 6)
				})
			})
		})
	}
	t.Run("stop", func(t *testing.T) { stops(t, got, want) })
	t.Run("stop spikes", func(t *testing.T) { stopsSpikes(t, got) })
}

// failer is *testing.T or *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// compareRuns runs b on both backends: in one go, and in pieces.
func compareRuns(t failer, got, want plan.Backend, b *builder, steps int64) {
	t.Helper()
	run := func(backend plan.Backend, touch bool, pieces ...int64) *plan.State {
		t.Helper()
		x, err := backend.Compile(b.p)
		if err != nil {
			t.Fatalf("%s: compile: %v", backend.Name(), err)
		}
		defer x.Close()
		s := b.state()
		for i, n := range pieces {
			if touch && i > 0 {
				disturb(s, b.keep)
			}
			if done, err := x.Run(s, n, nil); err != nil || done != n {
				t.Fatalf("%s: %d of %d steps: %v", backend.Name(), done, n, err)
			}
		}
		return s
	}
	expected := run(want, false, steps)
	once := run(got, false, steps)
	if d := b.unexpected(once); d != "" {
		t.Fatalf("%s: %s\n%s", got.Name(), d, b.p)
	}
	if d := Diff(b.p, once, expected); d != "" {
		t.Fatalf("%s differs from %s: %s\n%s", got.Name(), want.Name(), d, b.p)
	}
	if d := Diff(b.p, run(got, false, 1+b.split, 0, steps-1-b.split), expected); d != "" {
		t.Fatalf("%s in two runs differs from %s in one: %s\n%s", got.Name(), want.Name(), d, b.p)
	}
	half := steps/2 + 1
	if d := Diff(b.p, run(got, true, half, half), run(want, true, half, half)); d != "" {
		t.Fatalf("%s differs from %s when the state is changed between two runs: %s\n%s", got.Name(), want.Name(), d, b.p)
	}
}

// disturb changes every number of a state but indices, as a user may between
// runs.
func disturb(s *plan.State, keep map[int]bool) {
	for _, b := range s.F64 {
		for i := range b {
			b[i] = b[i]*0.5 + 0.25
		}
	}
	for _, b := range s.F32 {
		for i := range b {
			b[i] = b[i]*0.5 + 0.25
		}
	}
	for k, b := range s.I64 {
		if keep[k] {
			continue
		}
		for i := range b {
			b[i] ^= 3
		}
	}
	for _, b := range s.Bool {
		for i := range b {
			b[i] ^= 1
		}
	}
}

// stops checks the stop word: set before a run, and while one is going on.
func stops(t *testing.T, got, want plan.Backend) {
	b := build("stop", plan.F64)
	x := local("x")
	b.op(&plan.Map{Label: "x", N: 100, Body: []model.Assign{set(x, call(model.Sin, add(ref(x), num(1))))},
		Bind: plan.Bind{x: own(b.floats("x", 100, wave(100, 1)...))}})
	b.op(&plan.Record{Label: "x", Buffer: 0, Every: 1000, Enabled: -1})
	g, err := got.Compile(b.p)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	s := b.state()
	var stop atomic.Uint32
	stop.Store(1)
	if n, err := g.Run(s, 10, &stop); n != 0 || err != nil || s.Step != 0 {
		t.Fatalf("%s: with stop set made %d steps (state at %d), error %v; want 0 and none", got.Name(), n, s.Step, err)
	}
	stop.Store(0)
	time.AfterFunc(20*time.Millisecond, func() { stop.Store(1) })
	const many = 1 << 40 // days
	begin := time.Now()
	n, err := g.Run(s, many, &stop)
	if err != nil || n <= 0 || n >= many || s.Step != n {
		t.Fatalf("%s: stopped after %d steps (state at %d), error %v", got.Name(), n, s.Step, err)
	}
	t.Logf("%s: stopped after %v and %d steps", got.Name(), time.Since(begin), n)
	w, err := want.Compile(b.p)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ws := b.state()
	if _, err := w.Run(ws, n, nil); err != nil {
		t.Fatal(err)
	}
	if d := Diff(b.p, s, ws); d != "" {
		t.Fatalf("%s stopped after %d steps differs: %s", got.Name(), n, d)
	}
	// and goes on
	if n, err := g.Run(s, 3, nil); n != 3 || err != nil {
		t.Fatalf("%s: after a stop made %d of 3 steps, error %v", got.Name(), n, err)
	}
}

// stopsSpikes stops a program with every operation on spikes somewhere, goes on,
// and compares with one run.
func stopsSpikes(t *testing.T, got plan.Backend) {
	p, s := Spiking()
	_, whole := Spiking()
	x, err := got.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var stop atomic.Uint32
	time.AfterFunc(5*time.Millisecond, func() { stop.Store(1) })
	n, err := x.Run(s, 1<<40, &stop)
	if err != nil || n <= 0 || s.Step != n {
		t.Fatalf("%s: stopped after %d steps (state at %d), error %v", got.Name(), n, s.Step, err)
	}
	for _, r := range []struct {
		s *plan.State
		n int64
	}{{s, 7}, {whole, n + 7}} {
		if done, err := x.Run(r.s, r.n, nil); done != r.n || err != nil {
			t.Fatalf("%s: made %d of %d steps, error %v", got.Name(), done, r.n, err)
		}
	}
	if d := Diff(p, s, whole); d != "" {
		t.Fatalf("%s: stopped after %d steps and continued differs from one run: %s", got.Name(), n, d)
	}
	if len(s.Records[0].I32) == 0 || whole.F32[17][0] == 0.5 {
		t.Errorf("%s: %d spikes in %d steps, first weight %v; want some, and a weight that has changed", got.Name(), len(s.Records[0].I32), n, whole.F32[17][0])
	}
}

// Oja is a program of one weighted sum and one sweep of Oja's rule over n × n
// synapses, with its initial state, for measurements.
func Oja(n int) (*plan.Program, *plan.State) {
	b := build(fmt.Sprintf("oja-%d", n), plan.F64)
	s := plan.Shape{Pre: n, Post: n}
	oja(b, s)
	sweep := b.p.Ops[0].(*plan.Sweep)
	var w, x *model.Symbol
	for sym, o := range sweep.Bind {
		switch {
		case o.Index == plan.Own:
			w = sym
		case o.Index == plan.Pre:
			x = sym
		}
	}
	b.p.Ops = []plan.Op{&plan.MatVec{Label: "sum", Shape: s, Term: mul(ref(w), ref(x)), Zero: true, Out: b.floats("sum", n),
		Bind: plan.Bind{w: sweep.Bind[w], x: sweep.Bind[x]}}, sweep}
	for _, o := range sweep.Bind { // rates that change, as far as a backend can tell
		if o.Index == plan.Pre || o.Index == plan.Post {
			r := local("r")
			b.op(&plan.Map{Label: "r", N: n, Body: []model.Assign{set(r, mul(num(1), ref(r)))}, Bind: plan.Bind{r: own(o.Buffer)}})
		}
	}
	return b.p, b.state()
}
