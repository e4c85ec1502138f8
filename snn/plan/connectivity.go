package plan

import (
	"errors"
	"fmt"
)

// CheckConnectivity checks the indices in a state, which are data, against the
// sizes of p: places in lists of synapses ascend, neurons are within their
// populations, the columns of a list have its synapses each once, and lists of
// spikes are ascending. It tells the first mistake of every list, or nil.
//
// Backends trust these indices: call it after a state was filled by hand or from
// a file and before it is run. Runs themselves keep them right. It takes a few
// nanoseconds a synapse.
func CheckConnectivity(p *Program, s *State) error {
	if err := s.Fits(p); err != nil {
		return err
	}
	c := &connectivity{p: p, s: s, sparse: map[Sparse]bool{}, spikes: map[Spikes]bool{}}
	for _, op := range p.Ops {
		switch op := op.(type) {
		case *Sweep:
			c.shape(op.Shape)
		case *MatVec:
			c.shape(op.Shape)
		case *Collect:
			c.fired(op.To)
		case *Stamp:
			c.fired(op.From)
		case *Deliver:
			c.shape(op.Shape)
			c.fired(op.From)
		case *Column:
			c.shape(op.Shape)
			c.fired(op.From)
		case *RecordSpikes:
			c.fired(op.From)
		}
	}
	return errors.Join(c.errs...)
}

type connectivity struct {
	p      *Program
	s      *State
	sparse map[Sparse]bool // checked
	spikes map[Spikes]bool
	errs   []error
}

func (c *connectivity) errorf(buffer int, format string, args ...any) bool {
	c.errs = append(c.errs, fmt.Errorf("program %s: %s: %s", c.p.Name, c.p.bufferName(buffer), fmt.Sprintf(format, args...)))
	return false
}

func (c *connectivity) shape(s Shape) {
	if s.Kind != SparseRows || c.sparse[*s.Sparse] {
		return
	}
	c.sparse[*s.Sparse] = true
	r := s.Sparse
	rows, targets := c.s.I64[r.Rows], c.s.I32[r.Targets]
	if !c.places(r.Rows, rows, int64(len(targets)), "synapses") {
		return
	}
	n := int(rows[len(rows)-1])
	if !c.within(r.Targets, targets[:n], s.Post) {
		return
	}
	if r.Sources >= 0 {
		sources := c.s.I32[r.Sources]
		for i := range s.Pre {
			for slot := rows[i*r.Segments]; slot < rows[(i+1)*r.Segments]; slot++ {
				if int(sources[slot]) != i {
					c.errorf(r.Sources, "synapse %d is in the row of neuron %d, but its source is %d; want %d", slot, i, sources[slot], i)
					return
				}
			}
		}
	}
	if r.Columns < 0 || r.Slots < 0 {
		return
	}
	columns, slots := c.s.I64[r.Columns], c.s.I32[r.Slots]
	if !c.places(r.Columns, columns, int64(n), "synapses") {
		return
	}
	if last := columns[s.Post]; last != int64(n) {
		c.errorf(r.Columns, "the columns have %d synapses, the rows %d; want equal numbers", last, n)
		return
	}
	for j := range s.Post {
		before := int32(-1)
		for _, slot := range slots[columns[j]:columns[j+1]] {
			if slot <= before || int(slot) >= n {
				c.errorf(r.Slots, "column %d has synapse %d after %d; want ascending numbers below %d", j, slot, before, n)
				return
			}
			if int(targets[slot]) != j {
				c.errorf(r.Slots, "column %d has synapse %d, which goes to neuron %d; want those to neuron %d", j, slot, targets[slot], j)
				return
			}
			before = slot
		}
	}
}

// places checks where pieces of a list begin: from 0, ascending, up to at most n.
func (c *connectivity) places(buffer int, at []int64, n int64, what string) bool {
	if at[0] != 0 {
		return c.errorf(buffer, "the first piece begins at %d, want 0", at[0])
	}
	for i := range at[1:] {
		if at[i+1] < at[i] || at[i+1] > n {
			return c.errorf(buffer, "piece %d goes from %d to %d, want ascending places of %d %s", i, at[i], at[i+1], n, what)
		}
	}
	return true
}

func (c *connectivity) within(buffer int, index []int32, n int) bool {
	for k, j := range index {
		if j < 0 || int(j) >= n {
			return c.errorf(buffer, "entry %d is neuron %d, want 0 to %d", k, j, n-1)
		}
	}
	return true
}

// fired checks a ring of lists of spikes.
func (c *connectivity) fired(s Spikes) {
	if c.spikes[s] {
		return
	}
	c.spikes[s] = true
	list, count := c.s.I32[s.List], c.s.I64[s.Count]
	for k, n := range count {
		if n < 0 || n > int64(s.N) {
			c.errorf(s.Count, "slot %d has %d spikes, want 0 to %d", k, n, s.N)
			return
		}
		before := int32(-1)
		for _, i := range list[k*s.N : k*s.N+int(n)] {
			if i <= before || int(i) >= s.N {
				c.errorf(s.List, "slot %d has neuron %d after %d, want ascending neurons below %d", k, i, before, s.N)
				return
			}
			before = i
		}
	}
}
