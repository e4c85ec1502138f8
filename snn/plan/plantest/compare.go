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
	c.F64, c.F32, c.I64, c.Bool = copied(s.F64), copied(s.F32), copied(s.I64), copied(s.Bool)
	c.Records = make([]plan.Samples, len(s.Records))
	for i, r := range s.Records {
		c.Records[i] = plan.Samples{Steps: slices.Clone(r.Steps), F64: slices.Clone(r.F64), F32: slices.Clone(r.F32),
			I64: slices.Clone(r.I64), Bool: slices.Clone(r.Bool)}
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
		if d := diff(got.F64[i], got.F32[i], got.I64[i], got.Bool[i], want.F64[i], want.F32[i], want.I64[i], want.Bool[i]); d != "" {
			return fmt.Sprintf("buffer %d %s%s", i, b.Name, d)
		}
	}
	for i, g := range got.Records {
		w := want.Records[i]
		if !slices.Equal(g.Steps, w.Steps) {
			return fmt.Sprintf("record %d has samples at steps %v, want %v", i, g.Steps, w.Steps)
		}
		if d := diff(g.F64, g.F32, g.I64, g.Bool, w.F64, w.F32, w.I64, w.Bool); d != "" {
			return fmt.Sprintf("record %d%s", i, d)
		}
	}
	return ""
}

func diff(f64 []float64, f32 []float32, i64 []int64, b []uint8, wf64 []float64, wf32 []float32, wi64 []int64, wb []uint8) string {
	if d := differ(f64, wf64, func(x, y float64) bool {
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	}); d != "" {
		return d
	}
	if d := differ(f32, wf32, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	}); d != "" {
		return d
	}
	if d := differ(i64, wi64, func(x, y int64) bool { return x == y }); d != "" {
		return d
	}
	return differ(b, wb, func(x, y uint8) bool { return x == y })
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
