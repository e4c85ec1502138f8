package cuda

import (
	"fmt"
	"strings"
)

// persist is a kernel that makes many steps in one launch: every block does its part
// of one operation after the other, and waits for the others where an operation
// reads what another has written.
type persist struct {
	name   string // "": there is none
	plan   int    // where its numbers begin in unit.n
	blocks int    // as many as keep every thread of the largest operation busy
	waits  int    // in a step
}

// Beyond so many launches in a step, or so many that use memory shared by a block,
// there is no kernel of all: it would take too long to compile, or not fit.
const (
	mostLaunches = 128
	mostShared   = 11
)

// together emits the kernel of all launches of a step.
func (e *emitter) together() {
	shared := map[int]bool{}
	blocks := 1
	for _, l := range e.u.launches {
		blocks = max(blocks, l.blocks)
		if l.kind == together {
			shared[l.kernel] = true
		}
	}
	if len(e.u.launches) > mostLaunches || len(shared) > mostShared || blocks >= most {
		return
	}
	e.begin()
	e.linef("\tunsigned long long goal = 0;\n\tint64_t step = A->now[0];\n\tSB_SYNC; /* before anybody changes it */")
	e.linef("\tfor (const int64_t end = step + sb_steps; step < end; step++) {")
	waits := 0
	wait := func() {
		e.linef("\t\tSB_SYNC;")
		waits++
	}
	var since []launch // the last wait
	for _, l := range e.u.launches {
		for _, other := range since {
			if l.follows(other) {
				wait()
				since = nil
				break
			}
		}
		since = append(since, l)
		at := e.ints(l.block)
		if l.kind == each {
			e.linef("\t\tsb_body_%d(A, A->n + %s, step, SB_ME, SB_GRID);", l.kernel, at)
		} else {
			parts := e.ints(l.blocks)
			e.linef("\t\tfor (int64_t part = SB_ME; part < %s; part += SB_GRID) sb_body_%d(A, A->n + %s, step, part, %s);", parts, l.kernel, at, parts)
		}
	}
	wait()
	e.linef("\t\tif (A->now[1]) break;\n\t}")
	body := e.body.String()
	key := "persist" + body
	id, ok := e.known[key]
	if !ok {
		id = len(e.known)
		e.known[key] = id
		fmt.Fprintf(&e.kernels, "extern \"C\" __global__ void __launch_bounds__(SB_BLOCK) sb_persist_%d(const sb_args *A, int64_t sb_steps) {\n\tconst int64_t *const N = A->plan;\n%s}\n", id, body)
	}
	e.u.persist = persist{fmt.Sprintf("sb_persist_%d", id), len(e.u.n), blocks, waits}
	e.u.n = append(e.u.n, e.n...)
}

// follows tells whether l must wait for what comes before it.
func (l launch) follows(other launch) bool {
	if l.scratch && other.scratch || l.records && other.records && strings.Contains(l.label+other.label, "next step") {
		return true
	}
	for b, written := range l.touches {
		if w, ok := other.touches[b]; ok && (w || written) {
			return true
		}
	}
	return false
}

// gridFor is how many blocks share the work of so many: one, which waits for nobody,
// if it is hardly more.
var gridFor = func(blocks int) int {
	if blocks <= 2 {
		return 1
	}
	return blocks
}
