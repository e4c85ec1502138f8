package cc

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/spikebook/spikebook/snn/plan"
)

// C code follows connectivity and lists of spikes without looking, so a state is
// looked through before it runs. Lists of spikes are short and always checked.
// Connectivity may have 10⁹ numbers: it is checked when its buffers are others
// than in the last run, or have other values at some places.

// wiring is what is known of the buffers of one plan.Sparse.
type wiring struct {
	of      plan.Sparse
	pre     int
	post    int
	print   [5]print
	sorted  bool // targets ascend within every segment
	checked bool
}

// print recognises a slice: where it is, how long, and its values, or 256
// of them.
type print struct {
	at  unsafe.Pointer
	n   int
	sum uint64
}

func printOf[T int32 | int64](v []T) print {
	p := print{unsafe.Pointer(unsafe.SliceData(v)), len(v), 0}
	step := max(1, len(v)/256)
	for k := 0; k < len(v); k += step {
		p.sum = (p.sum^uint64(v[k]))*0x9E3779B97F4A7C15 + 1
	}
	return p
}

// plug lists what a program follows.
func plug(p *plan.Program) (w []wiring, s []plan.Spikes) {
	add := func(x plan.Shape) {
		if x.Kind == plan.SparseRows && !slices.ContainsFunc(w, func(y wiring) bool { return y.of == *x.Sparse && y.post == x.Post }) {
			w = append(w, wiring{of: *x.Sparse, pre: x.Pre, post: x.Post})
		}
	}
	fired := func(x plan.Spikes) {
		if !slices.Contains(s, x) {
			s = append(s, x)
		}
	}
	for _, op := range p.Ops {
		switch op := op.(type) {
		case *plan.Sweep:
			add(op.Shape)
		case *plan.MatVec:
			add(op.Shape)
		case *plan.Deliver:
			add(op.Shape)
			fired(op.From)
		case *plan.Column:
			add(op.Shape)
			fired(op.From)
		case *plan.Stamp:
			fired(op.From)
		case *plan.RecordSpikes:
			fired(op.From)
		}
	}
	return w, s
}

// follow checks what C code follows in s. sorted tells whether pieces of rows can
// be found.
func (x *executor) follow(s *plan.State) (sorted bool, err error) {
	for _, f := range x.spikes {
		if err := x.lists(s, f); err != nil {
			return false, err
		}
	}
	sorted = true
	for i := range x.wiring {
		w := &x.wiring[i]
		p := [5]print{printOf(s.I64[w.of.Rows]), printOf(s.I32[w.of.Targets])}
		if w.of.Sources >= 0 {
			p[2] = printOf(s.I32[w.of.Sources])
		}
		if w.of.Columns >= 0 {
			p[3] = printOf(s.I64[w.of.Columns])
		}
		if w.of.Slots >= 0 {
			p[4] = printOf(s.I32[w.of.Slots])
		}
		if !w.checked || p != w.print {
			w.checked = false
			if err := x.rows(s, w); err != nil {
				return false, err
			}
			w.print, w.checked = p, true
		}
		sorted = sorted && w.sorted
	}
	return sorted, nil
}

func (x *executor) wrong(buf int, format string, args ...any) error {
	return fmt.Errorf("program %s: buffer %s of the state: %s", x.p.Name, x.p.Buffers[buf].Name, fmt.Sprintf(format, args...))
}

// lists checks a ring of spikes.
func (x *executor) lists(s *plan.State, f plan.Spikes) error {
	for k, c := range s.I64[f.Count] {
		if c < 0 || c > int64(f.N) {
			return x.wrong(f.Count, "slot %d has %d spikes, want 0 to %d, the number of neurons", k, c, f.N)
		}
		for _, i := range s.I32[f.List][k*f.N : k*f.N+int(c)] {
			if i < 0 || int(i) >= f.N {
				return x.wrong(f.List, "slot %d has a spike of neuron %d, want 0 to %d", k, i, f.N-1)
			}
		}
	}
	return nil
}

// rows checks connectivity.
func (x *executor) rows(s *plan.State, w *wiring) error {
	rows, targets := s.I64[w.of.Rows], s.I32[w.of.Targets]
	if err := x.ascending(w.of.Rows, rows, len(targets)); err != nil {
		return err
	}
	w.sorted = true
	for k := range rows[:len(rows)-1] {
		last := int32(0)
		for slot, j := range targets[rows[k]:rows[k+1]] {
			if uint32(j) >= uint32(w.post) {
				return x.wrong(w.of.Targets, "synapse %d goes to neuron %d, want 0 to %d", rows[k]+int64(slot), j, w.post-1)
			}
			if j < last {
				w.sorted = false
			}
			last = j
		}
	}
	if w.of.Columns < 0 || w.of.Slots < 0 || w.of.Sources < 0 {
		return nil
	}
	columns, slots, sources := s.I64[w.of.Columns], s.I32[w.of.Slots], s.I32[w.of.Sources]
	if err := x.ascending(w.of.Columns, columns, len(slots)); err != nil {
		return err
	}
	for slot, i := range sources[:rows[len(rows)-1]] {
		if i < 0 || int(i) >= w.pre {
			return x.wrong(w.of.Sources, "synapse %d comes from neuron %d, want 0 to %d", slot, i, w.pre-1)
		}
	}
	for j := range columns[:len(columns)-1] {
		last := int32(-1)
		for _, slot := range slots[columns[j]:columns[j+1]] {
			if slot <= last || int64(slot) >= rows[len(rows)-1] {
				return x.wrong(w.of.Slots, "column %d has synapse %d after %d, want ascending numbers below %d", j, slot, last, rows[len(rows)-1])
			}
			last = slot
		}
	}
	return nil
}

// ascending checks where rows or columns begin.
func (x *executor) ascending(buf int, v []int64, most int) error {
	last := int64(0)
	for k, at := range v {
		if at < last || at > int64(most) {
			return x.wrong(buf, "number %d is %d, want %d to %d", k, at, last, most)
		}
		last = at
	}
	return nil
}
