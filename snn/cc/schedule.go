package cc

import (
	"slices"

	"github.com/spikebook/spikebook/snn/plan"
)

// operation is what the order of a step depends on: which buffers an operation
// reads and writes, and into how many pieces it can be cut.
type operation struct {
	access []access
	cut    int64 // it is cut by ranges of this many neurons; 0: never

	// What it takes, in sixteenths of a nanosecond, roughly: cost, and perSpike
	// for each spike of the lists of Count buffer count, unless that is -1.
	cost, perSpike         int64
	perCut                 int64 // for each spike, when it is cut
	count                  int64
	delay, slots, segments int64
	neurons                int64

	chain    *chain
	function int64
	block    []int64
	rooms    []int // places in the block of the beginnings of scratch memory
	scratch  int   // bytes
}

// access of an operation to a buffer. side tells what a piece touches in it.
type access struct {
	buf      int32
	write    bool
	side     side
	from, to int // the elements when it is a part of the buffer; to is 0 for all
	slots    int // rows of a ring of lists of spikes; 0: it is none, or all of it
	lag, end int // the rows: those of step − lag to step − end + 1
}

// apart tells whether two accesses are to parts of a buffer, or rows of a ring,
// without an element in common.
func (x access) apart(y access) bool {
	if x.slots > 0 && x.slots == y.slots && max(x.end, y.end) <= x.slots {
		return x.end <= y.lag || y.end <= x.lag
	}
	return x.to > 0 && y.to > 0 && (x.to <= y.from || y.to <= x.from)
}

// resolve makes accesses to parts those to the buffers of which they are parts.
func (o *operation) resolve(buffers []plan.Buffer) {
	for i := range o.access {
		a := &o.access[i]
		if int(a.buf) >= len(buffers) {
			continue // rows that are drawn ahead
		}
		if p := buffers[a.buf].Part; p != nil {
			a.from, a.to, a.buf = p.First, p.First+buffers[a.buf].Len, int32(p.Of)
		}
	}
}

type side uint8

const (
	whole  side = iota // any element
	neuron             // the elements of its neurons
	byPost             // synapses of its postsynaptic neurons
	byPre              // synapses of its presynaptic neurons
)

func (o *operation) use(buf int32, write bool, s side) {
	o.access = append(o.access, access{buf: buf, write: write, side: s})
}

// lists notes the use of the lists of spikes of n steps, from step − delay back.
func (o *operation) lists(s plan.Spikes, delay, n int, write bool) {
	for _, b := range []int{s.List, s.Count} {
		o.access = append(o.access, access{buf: int32(b), write: write, slots: s.Slots, lag: delay, end: delay + n})
	}
}
func (o *operation) reads(bufs ...int) {
	for _, b := range bufs {
		o.use(int32(b), false, whole)
	}
}
func (o *operation) writes(bufs ...int) {
	for _, b := range bufs {
		o.use(int32(b), true, whole)
	}
}

// chain is a list of operations that a piece goes through in order.
type chain struct {
	ops   []*operation
	stage int
}

// conflict tells whether o must come after p. aligned is true when every piece of o
// needs the same piece of p only.
func conflict(p, o *operation) (conflict, aligned bool) {
	aligned = true
	for _, x := range p.access {
		for _, y := range o.access {
			if x.buf != y.buf || !x.write && !y.write || x.apart(y) {
				continue
			}
			conflict = true
			if x.side == whole || x.side != y.side || x.from != y.from || x.to != y.to || p.cut != o.cut || o.cut == 0 {
				aligned = false
			}
		}
	}
	return conflict, aligned
}

// schedule puts the operations into stages of independent chains, each as early as
// what comes before it in the program allows: behind the last operation that it
// must wait for, in the same chain if its pieces need the same pieces only. So what
// arrives at a population, its equations and the search for spikes are one chain,
// whose pieces stay with a thread and in its cache. Between two stages all threads
// wait for each other.
func schedule(ops []*operation) (stages [][]*chain) {
	written := map[int32]bool{}
	for _, o := range ops {
		for _, x := range o.access {
			written[x.buf] = written[x.buf] || x.write
		}
	}
	// Who uses a buffer that somebody writes, stage by stage.
	users := map[int32][][]*operation{}
	for _, o := range ops {
		stage, before, together := -1, []*chain(nil), true
		for _, x := range o.access {
			for s := len(users[x.buf]) - 1; s >= max(stage, 0); s-- {
				for _, p := range users[x.buf][s] {
					needs, aligned := conflict(p, o)
					if !needs {
						continue
					}
					if s > stage {
						stage, before, together = s, nil, true
					}
					together = together && aligned
					if !slices.Contains(before, p.chain) {
						before = append(before, p.chain)
					}
				}
			}
		}
		serial := o.cut == 0 && len(before) == 1 && before[0].ops[0].cut == 0
		if stage >= 0 && (together || serial) {
			// The chains become one, unless they are.
			first := before[0]
			for _, c := range before[1:] {
				for _, p := range c.ops {
					p.chain = first
				}
				first.ops = append(first.ops, c.ops...)
				stages[stage] = slices.DeleteFunc(stages[stage], func(d *chain) bool { return d == c })
			}
			first.ops = append(first.ops, o)
			o.chain = first
		} else {
			for stage++; stage < len(stages) && len(stages[stage]) == most; stage++ {
			}
			if stage == len(stages) {
				stages = append(stages, nil)
			}
			o.chain = &chain{ops: []*operation{o}, stage: stage}
			stages[stage] = append(stages[stage], o.chain)
		}
		for _, x := range o.access {
			if !written[x.buf] {
				continue
			}
			u := users[x.buf]
			for len(u) <= o.chain.stage {
				u = append(u, nil)
			}
			if at := u[o.chain.stage]; len(at) == 0 || at[len(at)-1] != o {
				u[o.chain.stage] = append(at, o)
			}
			users[x.buf] = u
		}
	}
	return stages
}

// table is what A->n holds, and the bytes of scratch memory that the operations
// need together. Each of a stage has its own; that of two stages overlaps. cost is
// a guess of what a step takes.
//
//	number of stages, place of the list of records, place of every stage
//	list of records: their number, then pairs of record and entries that it needs
//	a stage:         number of chains, place of every chain
//	a chain:         neurons by which it is cut, number of operations, 9 numbers for each
//	blocks of the operations
func (s *shared) table() (n []int64, scratch int, cost int64) {
	stages := schedule(s.ops)
	n = make([]int64, 2+len(stages))
	n[0], n[1] = int64(len(stages)), int64(len(n))
	n = append(append(n, int64(len(s.room)/2)), s.room...)
	for i, stage := range stages {
		n[2+i] = int64(len(n))
		at, bytes := len(n)+1, 0
		n = append(append(n, int64(len(stage))), make([]int64, len(stage))...)
		for j, c := range stage {
			n[at+j] = int64(len(n))
			n = append(n, c.ops[0].cut, int64(len(c.ops)))
			ops := len(n)
			n = append(n, make([]int64, 9*len(c.ops))...)
			for k, o := range c.ops {
				copy(n[ops+9*k:], []int64{o.function, int64(len(n)), o.cost, o.count, o.delay, o.slots, o.segments, o.perSpike, o.perCut})
				for _, r := range o.rooms {
					o.block[r] += int64(bytes)
				}
				bytes += o.scratch
				cost += o.cost + o.perSpike*o.neurons/500 // 20 Hz in steps of 0.1 ms
				n = append(n, o.block...)
			}
		}
		scratch = max(scratch, bytes)
	}
	return n, scratch, cost
}
