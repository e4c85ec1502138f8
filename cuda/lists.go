package cuda

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/plan"
)

// wiring is what the kernels want to know of a sparse shape beside its rows: the
// source of every slot, the slots of every column, ascending, and whether the
// targets of every segment ascend.
type wiring struct {
	sources []int32
	columns []int64
	slots   []int32
	sorted  int64
}

// wire makes the wiring of a list of synapses, as much as is wanted, which is checked, for a kernel that
// trusted it would write to other people's memory.
func wire(p *plan.Program, l lists, s *plan.State) (*wiring, error) {
	shape := l.shape
	r := shape.Sparse
	rows, targets := s.I64[r.Rows], s.I32[r.Targets]
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("program %s: %s: %s; see what plan.CheckConnectivity says of the state", p.Name, p.Buffers[r.Rows].Name, fmt.Sprintf(format, args...))
	}
	n := rows[len(rows)-1]
	if n < 0 || n > int64(len(targets)) || n > math.MaxInt32 || rows[0] != 0 {
		return nil, wrong("the rows go from %d to %d, want 0 to at most %d", rows[0], n, min(len(targets), math.MaxInt32))
	}
	w := &wiring{sorted: 1}
	if l.columns {
		w.sources, w.columns, w.slots = make([]int32, len(targets)), make([]int64, shape.Post+1), make([]int32, len(targets))
	}
	for k := range len(rows) - 1 {
		if rows[k+1] < rows[k] || rows[k+1] > n {
			return nil, wrong("piece %d goes from %d to %d", k, rows[k], rows[k+1])
		}
		before := int32(-1)
		for x := rows[k]; x < rows[k+1]; x++ {
			j := targets[x]
			if j < 0 || int(j) >= shape.Post {
				return nil, wrong("synapse %d goes to neuron %d of %d", x, j, shape.Post)
			}
			if j < before {
				w.sorted = 0
			}
			before = j
			if l.columns {
				w.sources[x] = int32(k / r.Segments)
				w.columns[j+1]++
			}
		}
	}
	if !l.columns {
		return w, nil
	}
	for j := range shape.Post {
		w.columns[j+1] += w.columns[j]
	}
	next := append([]int64(nil), w.columns...)
	for x, j := range targets[:n] {
		w.slots[next[j]] = int32(x)
		next[j]++
	}
	return w, nil
}
