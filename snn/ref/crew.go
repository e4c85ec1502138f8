package ref

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Maps of large populations are shared between the cores: whoever is free takes the
// next block. Blocks do not depend on each other, and each is computed as it
// would be alone, so results are the same whoever takes it.

// crew is the goroutines that help with one Run. They live as long as it does.
type crew struct {
	job   atomic.Pointer[job]
	over  atomic.Bool
	hands []*hand
	wait  sync.WaitGroup
}

// hand is one helper. It looks for work for some microseconds before it sleeps,
// since waking takes as long as a step of some thousand neurons.
type hand struct {
	number int // from 1; 0 is who runs the steps
	asleep atomic.Bool
	wake   chan struct{}
}

// job is blocks 0 to n − 1 of an operation, used again in every step. What do
// reads may change only while there is no block to take.
type job struct {
	n          int64
	next, done atomic.Int64
	do         func(hand, number int)
}

// busy counts the goroutines of all runs, so that simulations that run side by
// side do not get in each other's way.
var busy atomic.Int32

// looks is how often a helper looks for work before it sleeps: about 50 µs.
const looks = 40_000

// assemble starts up to want helpers, fewer where cores are missing.
func assemble(want int) *crew {
	c := &crew{}
	for k := range want {
		if int(busy.Add(1)) > runtime.GOMAXPROCS(0) {
			busy.Add(-1)
			break
		}
		h := &hand{number: k + 1, wake: make(chan struct{}, 1)}
		c.hands = append(c.hands, h)
		c.wait.Add(1)
		go c.help(h)
	}
	return c
}

// dismiss ends the helpers and waits for them.
func (c *crew) dismiss() {
	c.over.Store(true)
	c.rouse()
	c.wait.Wait()
	busy.Add(int32(-len(c.hands)))
}

func (c *crew) rouse() {
	for _, h := range c.hands {
		if h.asleep.Swap(false) {
			h.wake <- struct{}{}
		}
	}
}

// run does the blocks of j with the help of everybody.
func (c *crew) run(j *job) {
	j.done.Store(0)
	j.next.Store(0)
	c.job.Store(j)
	c.rouse()
	j.take(0)
	for j.done.Load() < j.n {
		runtime.Gosched()
	}
}

// take does blocks until none is left.
func (j *job) take(hand int) {
	for {
		k := j.next.Add(1) - 1
		if k >= j.n {
			return
		}
		j.do(hand, int(k))
		j.done.Add(1)
	}
}

func (c *crew) help(h *hand) {
	defer c.wait.Done()
	for look := 0; !c.over.Load(); look++ {
		if c.found() {
			c.job.Load().take(h.number)
			look = 0
		}
		switch {
		case look >= looks:
			h.asleep.Store(true)
			if !c.found() && !c.over.Load() {
				<-h.wake
			} else if !h.asleep.Swap(false) {
				<-h.wake // somebody saw it asleep
			}
			look = 0
		case look%256 == 255:
			runtime.Gosched()
		}
	}
}

// found tells whether there is a block to take.
func (c *crew) found() bool {
	j := c.job.Load()
	return j != nil && j.next.Load() < j.n
}
