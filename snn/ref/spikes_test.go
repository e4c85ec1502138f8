package ref_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestStepsAllocateNothing: a run binds its operations once; its steps, with
// every operation on spikes, add nothing but the growth of a record.
func TestStepsAllocateNothing(t *testing.T) {
	p, s := plantest.Spiking()
	x, err := ref.New().Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	run := func(n int64) func() {
		return func() {
			s.Records[0].Steps, s.Records[0].I32 = s.Records[0].Steps[:0], s.Records[0].I32[:0]
			if _, err := x.Run(s, n, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(2000)() // room for the record
	few, many := testing.AllocsPerRun(20, run(1)), testing.AllocsPerRun(20, run(500))
	if many > few {
		t.Errorf("a run of 500 steps allocates %v times, one of 1 step %v times; want equal numbers", many, few)
	}
}
