package plantest

import (
	"fmt"
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// clone copies the buffers and records of s.
func clone(s *plan.State) *plan.State {
	c := *s
	c.F64, c.F32, c.I64, c.Bool, c.I32 = copied(s.F64), copied(s.F32), copied(s.I64), copied(s.Bool), copied(s.I32)
	c.Records = make([]plan.Samples, len(s.Records))
	for i, r := range s.Records {
		c.Records[i] = plan.Samples{Steps: slices.Clone(r.Steps), F64: slices.Clone(r.F64), F32: slices.Clone(r.F32),
			I64: slices.Clone(r.I64), Bool: slices.Clone(r.Bool), I32: slices.Clone(r.I32)}
	}
	return &c
}

func copied[T any](a [][]T) [][]T {
	c := make([][]T, len(a))
	for i, x := range a {
		c[i] = slices.Clone(x)
	}
	return c
}

// Diff tells where two states of p differ, or "". Numbers are equal when their
// bits are; all NaNs count as one.
func Diff(p *plan.Program, got, want *plan.State) string {
	if got.Step != want.Step {
		return fmt.Sprintf("step %d, want %d", got.Step, want.Step)
	}
	for i, b := range p.Buffers {
		if d := diff(samples(got, i), samples(want, i)); d != "" {
			return fmt.Sprintf("buffer %d %s%s", i, b.Name, d)
		}
	}
	for i, g := range got.Records {
		w := want.Records[i]
		if !slices.Equal(g.Steps, w.Steps) {
			return fmt.Sprintf("record %d has samples at steps %v, want %v", i, g.Steps, w.Steps)
		}
		if d := diff(g, w); d != "" {
			return fmt.Sprintf("record %d%s", i, d)
		}
	}
	return ""
}

// samples are the values of buffer i.
func samples(s *plan.State, i int) plan.Samples {
	return plan.Samples{F64: s.F64[i], F32: s.F32[i], I64: s.I64[i], Bool: s.Bool[i], I32: s.I32[i]}
}

func diff(got, want plan.Samples) string {
	for _, d := range []string{
		differ(got.F64, want.F64, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y }),
		differ(got.F32, want.F32, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y }),
		differ(got.I64, want.I64, func(x, y int64) bool { return x == y }),
		differ(got.Bool, want.Bool, func(x, y uint8) bool { return x == y }),
		differ(got.I32, want.I32, func(x, y int32) bool { return x == y }),
	} {
		if d != "" {
			return d
		}
	}
	return ""
}

func differ[T any](got, want []T, equal func(x, y T) bool) string {
	if len(got) != len(want) {
		return fmt.Sprintf(" has %d values, want %d", len(got), len(want))
	}
	for i := range got {
		if !equal(got[i], want[i]) {
			return fmt.Sprintf("[%d] = %v, want %v", i, got[i], want[i])
		}
	}
	return ""
}
