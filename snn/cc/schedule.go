package cc

import "github.com/spikebook/spikebook/snn/plan"

// operation is what the order of a step depends on: which buffers an operation
// reads and writes, and into how many pieces it can be cut.
type operation struct {
	access []access
	cut    int64 // it is cut by ranges of this many neurons; 0: never

	// What it takes, in sixteenths of a nanosecond, roughly: cost, and perSpike
	// for each spike of the lists of Count buffer count, unless that is -1.
	cost, perSpike         int64
	count                  int64
	delay, slots, segments int64
	neurons                int64

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
}

// apart tells whether two accesses are to parts of a buffer without an element in
// common.
func (x access) apart(y access) bool {
	return x.to > 0 && y.to > 0 && (x.to <= y.from || y.to <= x.from)
}

// resolve makes accesses to parts those to the buffers of which they are parts.
func (o *operation) resolve(buffers []plan.Buffer) {
	for i := range o.access {
		a := &o.access[i]
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
type chain struct{ ops []*operation }

// conflict tells whether o must come after the chain. aligned is true when every
// piece of o needs the same piece of the chain only.
func (c *chain) conflict(o *operation) (conflict, aligned bool) {
	aligned = true
	for _, p := range c.ops {
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
	}
	return conflict, aligned
}

// schedule puts the operations, in order, into stages of independent chains.
// Between two stages all threads wait for each other.
func schedule(ops []*operation) (stages [][]*chain) {
	var now []*chain
	for _, o := range ops {
		var after *chain
		fits := len(now) > 0
		for _, c := range now {
			if conflict, aligned := c.conflict(o); conflict {
				serial := o.cut == 0 && c.ops[0].cut == 0
				fits = fits && after == nil && (aligned || serial)
				after = c
			}
		}
		switch {
		case !fits || after == nil && len(now) == most:
			now = []*chain{{ops: []*operation{o}}}
			stages = append(stages, now)
		case after != nil:
			after.ops = append(after.ops, o)
		default:
			now = append(now, &chain{ops: []*operation{o}})
			stages[len(stages)-1] = now
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
//	a chain:         neurons by which it is cut, number of operations, 8 numbers for each
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
			n = append(n, make([]int64, 8*len(c.ops))...)
			for k, o := range c.ops {
				copy(n[ops+8*k:], []int64{o.function, int64(len(n)), o.cost, o.count, o.delay, o.slots, o.segments, o.perSpike})
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
