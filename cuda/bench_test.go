//go:build cgo && linux

package cuda_test

import (
	"fmt"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
)

// BenchmarkStep is the time of a step: of nothing but the launch of two kernels,
// and of Oja's rule on matrices.
func BenchmarkStep(b *testing.B) {
	one := &plan.Program{Name: "floor", Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 1}, {Name: "y", Len: 1}}}
	one.Ops = []plan.Op{&plan.Push{Label: "x", In: 0, Ring: 1, Slots: 1}}
	run := func(name string, p *plan.Program, s *plan.State) {
		b.Run(name, func(b *testing.B) {
			x, err := cuda.Device(0).Compile(p)
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			if _, err := x.Run(s, 100, nil); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			if _, err := x.Run(s, int64(b.N), nil); err != nil {
				b.Fatal(err)
			}
		})
	}
	run("floor", one, plan.NewState(one))
	for _, n := range []int{100, 1000} {
		p, s := plantest.Oja(n)
		run(fmt.Sprintf("oja-%d", n), p, s)
	}
}
