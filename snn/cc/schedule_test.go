package cc

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
)

// Operations on parts of a buffer wait for those on the buffer and on parts with
// elements in common, and for no others.
func TestPartsInTheOrder(t *testing.T) {
	buffers := []plan.Buffer{
		{Name: "x", Len: 64}, {Name: "low", Len: 32, Part: &plan.Part{Of: 0}},
		{Name: "high", Len: 32, Part: &plan.Part{Of: 0, First: 32}}, {Name: "middle", Len: 32, Part: &plan.Part{Of: 0, First: 16}},
	}
	write := func(buf int, cut int64) *operation {
		o := &operation{cut: cut}
		o.use(int32(buf), true, neuron)
		o.resolve(buffers)
		return o
	}
	for name, c := range map[string]struct {
		first, then *operation
		conflict    bool
		aligned     bool
	}{
		"buffer and part": {write(0, 32), write(1, 32), true, false},
		"part and buffer": {write(2, 32), write(0, 32), true, false},
		"overlapping":     {write(1, 32), write(3, 32), true, false},
		"apart":           {write(1, 32), write(2, 32), false, true},
		"the same":        {write(3, 32), write(3, 32), true, true},
	} {
		needs, aligned := conflict(c.first, c.then)
		if needs != c.conflict || aligned != c.aligned {
			t.Errorf("%s: conflict %v, piece by piece %v; want %v, %v", name, needs, aligned, c.conflict, c.aligned)
		}
	}
}
