package nef

import (
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// signal is one array of the simulation: a vector, or a matrix with one row for
// each output. Matrices are stored by columns, as plans have them (the
// presynaptic index outermost).
type signal struct {
	name       string
	buffer     int
	rows, cols int // cols 0: a vector
	init       []float64
	base       *signal // of which it is a part, or nil
	shared     bool    // its memory is that of base from element first on
	first      int
}

func (s *signal) len() int {
	if s.cols > 0 {
		return s.rows * s.cols
	}
	return s.rows
}

func (s *signal) whole() *signal {
	if s.base != nil {
		return s.base
	}
	return s
}

// operator is one piece of a step, with what it does to signals. Within a step
// a signal is first set, then incremented, then read, then updated for the next
// step. Some operators do nothing: they stand where Nengo has one, since operators
// decide in which order contributions are summed and processes get seeds.
type operator struct {
	label                      string
	sets, incs, reads, updates []*signal
	ops                        []plan.Op
	host                       func(x [][]float64, step int64) error // after ops
	process                    bool                                  // a process or a synapse, for which the simulation draws a seed
	table                      *table                                // from which it reads
}

// uses are the operators that use one signal or part of one.
type uses struct{ sets, incs, reads, updates []int }

// order sorts operators so that every signal is set, then incremented, read and
// updated, by Kahn's method: first come, first served, and successors in the
// order in which their edges were found.
func order(all []*operator) ([]*operator, bool) {
	of := map[*signal]*uses{}
	parts := map[*signal][]*signal{} // of a signal, itself included
	note := func(s *signal) *uses {
		if of[s] == nil {
			of[s] = &uses{}
			parts[s.whole()] = append(parts[s.whole()], s)
		}
		return of[s]
	}
	var incremented, read, updated []*signal // in the order in which they first were
	first := func(list *[]*signal, s *signal, seen []int) {
		if len(seen) == 0 {
			*list = append(*list, s)
		}
	}
	for i, o := range all {
		for _, s := range o.sets {
			u := note(s)
			u.sets = append(u.sets, i)
		}
		for _, s := range o.incs {
			u := note(s)
			first(&incremented, s, u.incs)
			u.incs = append(u.incs, i)
		}
		for _, s := range o.reads {
			u := note(s)
			first(&read, s, u.reads)
			u.reads = append(u.reads, i)
		}
		for _, s := range o.updates {
			u := note(s)
			first(&updated, s, u.updates)
			u.updates = append(u.updates, i)
		}
	}
	next := make([][]int, len(all))
	waits := make([]int, len(all))
	edges := map[[2]int]bool{}
	edge := func(from, to []int) { // an operator that reads what it increments waits for itself
		for _, a := range from {
			for _, b := range to {
				if !edges[[2]int{a, b}] {
					edges[[2]int{a, b}] = true
					next[a] = append(next[a], b)
					waits[b]++
				}
			}
		}
	}
	// before gathers operators that use s: those of s itself, then those of the parts
	// of the same signal.
	before := func(s *signal, take func(u *uses) []int) []int {
		ops := slices.Clone(take(of[s]))
		for _, p := range parts[s.whole()] {
			if p != s {
				ops = append(ops, take(of[p])...)
			}
		}
		return ops
	}
	for _, s := range incremented {
		edge(before(s, func(u *uses) []int { return u.sets }), of[s].incs)
	}
	for _, s := range read {
		edge(before(s, func(u *uses) []int { return slices.Concat(u.sets, u.incs) }), of[s].reads)
	}
	for _, s := range updated {
		edge(before(s, func(u *uses) []int { return slices.Concat(u.sets, u.incs, u.reads) }), of[s].updates)
	}
	var queue []int
	for i := range all {
		if waits[i] == 0 {
			queue = append(queue, i)
		}
	}
	var sorted []*operator
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		sorted = append(sorted, all[i])
		for _, j := range next[i] {
			if waits[j]--; waits[j] == 0 {
				queue = append(queue, j)
			}
		}
	}
	return sorted, len(sorted) == len(all)
}
