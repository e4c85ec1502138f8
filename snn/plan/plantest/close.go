package plantest

import (
	"fmt"
	"math"
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
)

// Close runs the programs of the suite on a backend that rounds otherwise than want,
// the definition: after one step floats agree within 10⁻⁵ (F32) or 10⁻¹² (F64) of
// the largest of their buffer, and all else exactly. (In no program of the suite does
// the rounding of a sum decide whether a neuron fires.)
func Close(t *testing.T, got, want plan.Backend) {
	for _, f := range []plan.Type{plan.F64, plan.F32} {
		tol := 1e-12
		if f == plan.F32 {
			tol = 1e-5
		}
		t.Run(f.String(), func(t *testing.T) {
			for _, c := range append(table(), spikeTable()...) {
				t.Run(c.name, func(t *testing.T) {
					b := build(c.name, f)
					c.make(b)
					// A few steps of the definition come first, so that there are spikes.
					begin := b.state()
					w, err := want.Compile(b.p)
					if err != nil {
						t.Fatal(err)
					}
					defer w.Close()
					g, err := got.Compile(b.p)
					if err != nil {
						t.Fatal(err)
					}
					defer g.Close()
					for step := range min(c.steps, 4) {
						s := clone(begin)
						relink(b.p, s)
						if _, err := w.Run(begin, 1, nil); err != nil {
							t.Fatal(err)
						}
						if _, err := g.Run(s, 1, nil); err != nil {
							t.Fatal(err)
						}
						if d := apart(b.p, s, begin, tol); d != "" {
							t.Fatalf("step %d: %s\n%s", step, d, b.p)
						}
					}
				})
			}
		})
	}
}

// relink makes parts of buffers parts again, after clone.
func relink(p *plan.Program, s *plan.State) {
	for i, b := range p.Buffers {
		if b.Part == nil {
			continue
		}
		of, from, to := b.Part.Of, b.Part.First, b.Part.First+b.Len
		switch b.Type {
		case plan.F64:
			s.F64[i] = s.F64[of][from:to:to]
		case plan.F32:
			s.F32[i] = s.F32[of][from:to:to]
		case plan.I64:
			s.I64[i] = s.I64[of][from:to:to]
		case plan.Bool:
			s.Bool[i] = s.Bool[of][from:to:to]
		case plan.I32:
			s.I32[i] = s.I32[of][from:to:to]
		}
	}
}

// apart tells where floats differ by more than tol of the largest of their buffer
// (at least 1), or anything else at all.
func apart(p *plan.Program, got, want *plan.State, tol float64) string {
	for i, b := range p.Buffers {
		if b.Type != plan.F64 && b.Type != plan.F32 {
			if d := diff(samples(got, i), samples(want, i)); d != "" {
				return fmt.Sprintf("buffer %d %s%s", i, b.Name, d)
			}
			continue
		}
		value := func(s *plan.State, k int) float64 {
			if b.Type == plan.F32 {
				return float64(s.F32[i][k])
			}
			return s.F64[i][k]
		}
		largest := 1.0
		for k := range b.Len {
			if x := math.Abs(value(want, k)); x <= math.MaxFloat64 {
				largest = max(largest, x)
			}
		}
		for k := range b.Len {
			x, y := value(got, k), value(want, k)
			if !(math.Abs(x-y) <= tol*largest || x == y || x != x && y != y) {
				return fmt.Sprintf("buffer %d %s[%d] = %v, want %v within %.0e of the buffer's largest, %v", i, b.Name, k, x, y, tol, largest)
			}
		}
	}
	for i, g := range got.Records {
		if len(g.Steps) > 0 && len(g.Steps) != len(want.Records[i].Steps) {
			return fmt.Sprintf("record %d has %d samples, want %d", i, len(g.Steps), len(want.Records[i].Steps))
		}
	}
	return ""
}
