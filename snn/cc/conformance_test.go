//go:build cgo

package cc_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// turns compiles for 1, 2, 3, 1, … threads, which share out even what is too
// small for that. The suite compiles every program three times or more. Of the
// random programs it optimises one in four, to be done in half a minute.
type turns struct {
	whole, quick [3]plan.Backend
	next, random int
	last         *plan.Program
}

func (*turns) Name() string { return "cc" }

func (t *turns) Compile(p *plan.Program) (plan.Executor, error) {
	b := &t.whole
	if strings.HasPrefix(p.Name, "random") {
		if p != t.last {
			t.random++
		}
		if t.random%4 != 0 {
			b = &t.quick
		}
	}
	t.last = p
	t.next = (t.next + 1) % len(b)
	return b[t.next].Compile(p)
}

func TestConformance(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		f.Value.Set("25")
		defer f.Value.Set(f.DefValue)
	}
	var b turns
	for n := range b.whole {
		var err error
		if b.whole[n], err = cc.New(cc.Threads(n+1), cc.Fine); err != nil {
			t.Fatal(err)
		}
		if b.quick[n], err = cc.New(cc.Threads(n+1), cc.Fine, cc.Quick); err != nil {
			t.Fatal(err)
		}
	}
	plantest.Conformance(t, &b, ref.New())
}

// TestLongRun compares ref and cc after 500 trials of the bar learning network,
// in which columns fall silent and wake again thousands of times.
func TestLongRun(t *testing.T) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		bars := plantest.NewBars(f)
		var states []*plan.State
		for _, b := range []plan.Backend{ref.New(), backend(t)} {
			x, err := b.Compile(bars.Program)
			if err != nil {
				t.Fatal(err)
			}
			s := bars.State()
			var in plantest.Input
			pixels := make([]float64, 64)
			for range 500 {
				in.Next(pixels)
				for i, v := range pixels {
					if f == plan.F64 {
						s.F64[bars.In][i] = v
					} else {
						s.F32[bars.In][i] = float32(v)
					}
				}
				if _, err := x.Run(s, 50, nil); err != nil {
					t.Fatal(err)
				}
			}
			x.Close()
			states = append(states, s)
		}
		if d := plantest.Diff(bars.Program, states[1], states[0]); d != "" {
			t.Errorf("%v: cc differs from ref after 500 trials: %s", f, d)
		}
	}
}
