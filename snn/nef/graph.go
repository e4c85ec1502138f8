package nef

import "github.com/spikebook/spikebook/snn/plan"

// signal is one array of the simulation: a vector, or a matrix with one row for
// each output. Matrices are stored by columns, as plans have them (the
// presynaptic index outermost).
type signal struct {
	name       string
	buffer     int
	rows, cols int // cols 0: a vector
	init       []float64
}

func (s *signal) len() int {
	if s.cols > 0 {
		return s.rows * s.cols
	}
	return s.rows
}

// operator is one piece of a step, with what it does to signals. Within a step
// a signal is first set, then incremented, then read, then updated for the next
// step.
type operator struct {
	label                      string
	sets, incs, reads, updates []*signal
	ops                        []plan.Op
	host                       func(x [][]float64, step int64) error // in place of ops
}

// order sorts operators so that every signal is set, then incremented, read and
// updated, by Kahn's method: first come, first served, and successors in the
// order in which their edges were found. The order decides in which order
// contributions are summed.
func order(all []*operator) ([]*operator, bool) {
	type uses struct{ sets, incs, reads, updates []int }
	of := map[*signal]*uses{}
	var signals []*signal
	note := func(s *signal) *uses {
		if of[s] == nil {
			of[s] = &uses{}
			signals = append(signals, s)
		}
		return of[s]
	}
	for i, o := range all {
		for _, s := range o.sets {
			u := note(s)
			u.sets = append(u.sets, i)
		}
		for _, s := range o.incs {
			u := note(s)
			u.incs = append(u.incs, i)
		}
		for _, s := range o.reads {
			u := note(s)
			u.reads = append(u.reads, i)
		}
		for _, s := range o.updates {
			u := note(s)
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
	for _, s := range signals {
		u := of[s]
		edge(u.sets, u.incs)
		edge(u.sets, u.reads)
		edge(u.incs, u.reads)
		edge(u.sets, u.updates)
		edge(u.incs, u.updates)
		edge(u.reads, u.updates)
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
