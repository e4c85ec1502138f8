package ref_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestConformanceOfHelpers shares out every map, in blocks of four neurons.
func TestConformanceOfHelpers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer ref.SetWorthwhile(1)()
	defer ref.SetBlock(4)()
	plantest.Conformance(t, ref.New(), plantest.Naive())
}

// TestHelpers: 20,000 neurons get help, their results are those of one core, and
// runs side by side take no more cores than there are.
func TestHelpers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n, steps = 20_000, 300
	want := kenyonCells(t, n, steps, 0)
	runtime.GOMAXPROCS(3)
	kenyonCells(t, n, steps, 2).same(t, want)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { kenyonCells(t, n, steps, -1).same(t, want) })
	}
	all.Wait()
}

type kenyon struct{ s *plan.State }

// kenyonCells makes steps of n neurons in three runs; helpers is how many it should
// have had, -1 for any number.
func kenyonCells(t *testing.T, n int, steps int64, helpers int) kenyon {
	p, s := plantest.KenyonCells(n)
	x, err := ref.New().Compile(p)
	if err != nil {
		t.Error(err)
		return kenyon{s}
	}
	defer x.Close()
	for range 3 {
		if _, err := x.Run(s, steps/3, nil); err != nil {
			t.Error(err)
		}
	}
	if got := ref.Helped(x); got != helpers && helpers >= 0 {
		t.Errorf("%d helpers for %d neurons on %d cores, want %d", got, n, runtime.GOMAXPROCS(0), helpers)
	}
	return kenyon{s}
}

func (k kenyon) same(t *testing.T, want kenyon) {
	t.Helper()
	for b := range k.s.F32 {
		if !slices.Equal(k.s.F32[b], want.s.F32[b]) || !slices.Equal(k.s.Bool[b], want.s.Bool[b]) {
			t.Errorf("buffer %d differs from that of one core", b)
		}
	}
}
