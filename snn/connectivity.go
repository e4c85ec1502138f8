package snn

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/rng"
)

// synapses is a list of synapses as rows: see [plan.Sparse].
type synapses struct {
	pre, post int
	segments  int
	minDelay  int64   // steps, of segment 0
	rows      []int64 // pre·segments + 1
	targets   []int32
	from      []int32 // Pairs: the pair that became each slot; else nil
}

// Streams of connectivity, beyond those of initial values.
const (
	rowStream   = 1<<32 - 1
	countStream = 1<<32 - 2
	delayStream = 1<<32 - 3
)

// procedure is the rows of a rule that draws them one by one.
func (c Connector) procedure(object uint32, same bool) *plan.Procedural {
	g := &plan.Procedural{Object: object, Stream: rowStream, NoSelf: same && !c.self}
	if c.rule == probability {
		g.Rule, g.Probability = "probability", c.p
	} else {
		g.Rule, g.Number = "number", c.number
	}
	return g
}

// generate lists the synapses of a rule. Numbers are counted, so the outcome
// does not depend on the number of goroutines.
func (c Connector) generate(seed uint64, object uint32, pre, post ends) (*synapses, error) {
	s := &synapses{pre: pre.pop.Len(), post: post.pop.Len(), segments: 1}
	n, m := pre.len(), post.len()
	same := pre.pop == post.pop && slices.Equal(pre.index, post.index)
	var lists [][]int32 // by number of the end
	switch c.rule {
	case allToAll:
		lists = each(n, func(i int, _ []int32) []int32 {
			row := make([]int32, 0, m)
			for j := range m {
				if pre.pop != post.pop || c.self || pre.at(i) != post.at(j) {
					row = append(row, int32(j))
				}
			}
			return row
		})
	case oneToOne:
		lists = each(n, func(i int, _ []int32) []int32 { return []int32{int32(i)} })
	case probability, fixedOut:
		if c.distinct {
			lists = each(n, func(i int, _ []int32) []int32 {
				return sample(rng.NewStream(seed, object, rowStream), uint64(i), m, c.number, same && !c.self, i)
			})
			break
		}
		g := c.procedure(object, same)
		lists = each(n, func(i int, room []int32) []int32 { return g.Row(seed, i, m, room) })
	case fixedIn:
		lists = c.columns(seed, object, n, m, same)
	case fixedTotal:
		var err error
		if lists, err = c.total(seed, object, n, m, same); err != nil {
			return nil, err
		}
	case nearby:
		var err error
		if lists, err = c.nearby(seed, object, pre, post); err != nil {
			return nil, err
		}
	case pairs:
		return c.given(pre, post)
	default:
		return nil, fmt.Errorf("%v has no list of synapses", c)
	}
	total := 0
	for _, l := range lists {
		total += len(l)
	}
	if total > math.MaxInt32 {
		return nil, fmt.Errorf("%d synapses, want fewer than 2³¹ in one projection; cut it into several", total)
	}
	s.rows, s.targets = make([]int64, s.pre+1), make([]int32, 0, total)
	rowOf := make([]int, s.pre) // number of the end, plus one
	for i := range n {
		rowOf[pre.at(i)] = i + 1
	}
	for i := range s.pre {
		if k := rowOf[i]; k > 0 {
			for _, j := range lists[k-1] {
				s.targets = append(s.targets, int32(post.at(int(j))))
			}
			if post.index != nil {
				slices.Sort(s.targets[s.rows[i]:])
			}
			lists[k-1] = nil
		}
		s.rows[i+1] = int64(len(s.targets))
	}
	return s, nil
}

// each makes n lists, shared among the cores. make may build its list in room.
func each(n int, make func(i int, room []int32) []int32) [][]int32 {
	lists := newLists(n)
	share(n, func(from, to int) {
		var room []int32
		for i := from; i < to; i++ {
			list := make(i, room[:0])
			lists[i] = slices.Clone(list)
			if cap(list) > cap(room) {
				room = list
			}
		}
	})
	return lists
}

func newLists(n int) [][]int32 { return make([][]int32, n) }

// share cuts 0 … n−1 into a part for each core.
func share(n int, part func(from, to int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 || n < 256 {
		part(0, n)
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			part(w*n/workers, (w+1)*n/workers)
		}()
	}
	wait.Wait()
}

// sample draws k of m numbers without replacement, ascending (Floyd 1987);
// without the number not, if skip.
func sample(s rng.Stream, element uint64, m, k int, skip bool, not int) []int32 {
	if skip {
		m--
	}
	chosen := make(map[int32]bool, k)
	for step := m - k; step < m; step++ {
		j := int32(s.Uniform(int64(step), element, 0, float64(step+1)))
		j = min(j, int32(step))
		if chosen[j] {
			j = int32(step)
		}
		chosen[j] = true
	}
	row := make([]int32, 0, k)
	for j := range chosen {
		if skip && int(j) >= not {
			j++
		}
		row = append(row, j)
	}
	slices.Sort(row)
	return row
}

// columns draws c.number sources for every target.
func (c Connector) columns(seed uint64, object uint32, n, m int, same bool) [][]int32 {
	s := rng.NewStream(seed, object, rowStream)
	skip := same && !c.self
	sources := each(m, func(j int, room []int32) []int32 {
		if c.distinct {
			return sample(s, uint64(j), n, c.number, skip, j)
		}
		column := room
		among := n
		if skip {
			among--
		}
		for k := range c.number {
			i := min(int32(s.Uniform(int64(k), uint64(j), 0, float64(among))), int32(among-1))
			if skip && int(i) >= j {
				i++
			}
			column = append(column, i)
		}
		return column
	})
	lengths := make([]int, n)
	for _, column := range sources {
		for _, i := range column {
			lengths[i]++
		}
	}
	lists := newLists(n)
	for i := range lists {
		lists[i] = make([]int32, 0, lengths[i])
	}
	for j, column := range sources {
		for _, i := range column {
			lists[i] = append(lists[i], int32(j))
		}
	}
	return lists
}

// total draws c.number pairs: first the source of each, then the targets of
// every source.
func (c Connector) total(seed uint64, object uint32, n, m int, same bool) ([][]int32, error) {
	skip := same && !c.self
	if c.distinct {
		return c.totalDistinct(seed, object, n, m, skip)
	}
	s := rng.NewStream(seed, object, countStream)
	lengths := make([]int64, n)
	var lock sync.Mutex
	share(c.number, func(from, to int) {
		mine := make([]int64, n)
		for k := from; k < to; k++ {
			mine[min(int(s.Uniform(0, uint64(k), 0, float64(n))), n-1)]++
		}
		lock.Lock()
		for i, x := range mine {
			lengths[i] += x
		}
		lock.Unlock()
	})
	return each(n, func(i int, room []int32) []int32 {
		g := plan.Procedural{Rule: "number", Number: int(lengths[i]), Object: object, Stream: rowStream, NoSelf: skip}
		return g.Row(seed, i, m, room)
	}), nil
}

func (c Connector) totalDistinct(seed uint64, object uint32, n, m int, skip bool) ([][]int32, error) {
	width := m
	if skip {
		width--
	}
	if n*width > math.MaxInt32 {
		return nil, fmt.Errorf("%v without replacement among %d pairs, want fewer than 2³¹ pairs; use FixedProbability, or leave out Distinct()", c, n*width)
	}
	lists := newLists(n)
	for _, k := range sample(rng.NewStream(seed, object, rowStream), 0, n*width, c.number, false, 0) {
		i, j := int(k)/width, int(k)%width
		if skip && j >= i {
			j++
		}
		lists[i] = append(lists[i], int32(j))
	}
	return lists, nil
}

func (c Connector) nearby(seed uint64, object uint32, pre, post ends) ([][]int32, error) {
	s := rng.NewStream(seed, object, rowStream)
	from, to := positions(pre), positions(post)
	var wrong error
	var once sync.Once
	lists := each(len(from), func(i int, _ []int32) []int32 {
		var row []int32
		for j := range to {
			if pre.pop == post.pop && !c.self && pre.at(i) == post.at(j) {
				continue
			}
			p := c.near(math.Hypot(from[i][0]-to[j][0], from[i][1]-to[j][1]))
			if !(p >= 0 && p <= 1) {
				once.Do(func() {
					wrong = fmt.Errorf("the probability at distance %.3g is %g, want 0 to 1", math.Hypot(from[i][0]-to[j][0], from[i][1]-to[j][1]), p)
				})
				return nil
			}
			if s.Uniform(0, uint64(i)*uint64(len(to))+uint64(j), 0, 1) < p {
				row = append(row, int32(j))
			}
		}
		return row
	})
	return lists, wrong
}

// positions are the places of an end's neurons in the unit square.
func positions(e ends) [][2]float64 {
	rows, cols := 1, 1
	if g := e.pop.geometry; len(g) > 0 {
		rows, cols = plane(g)
	}
	at := make([][2]float64, e.len())
	for i := range at {
		k := e.at(i)
		at[i] = [2]float64{(float64(k/cols) + 0.5) / float64(rows), (float64(k%cols) + 0.5) / float64(cols)}
	}
	return at
}

// given sorts pairs into rows; within a row the targets ascend, and pairs that
// occur several times keep their order.
func (c Connector) given(pre, post ends) (*synapses, error) {
	s := &synapses{pre: pre.pop.Len(), post: post.pop.Len(), segments: 1,
		rows: make([]int64, pre.pop.Len()+1), targets: make([]int32, len(c.pre)), from: make([]int32, len(c.pre))}
	if len(c.pre) > math.MaxInt32 {
		return nil, fmt.Errorf("%d pairs, want fewer than 2³¹ in one projection; cut it into several", len(c.pre))
	}
	for k := range s.from {
		s.from[k] = int32(k)
	}
	slices.SortStableFunc(s.from, func(a, b int32) int {
		if d := pre.at(c.pre[a]) - pre.at(c.pre[b]); d != 0 {
			return d
		}
		return post.at(c.post[a]) - post.at(c.post[b])
	})
	for slot, k := range s.from {
		s.targets[slot] = int32(post.at(c.post[k]))
		s.rows[pre.at(c.pre[k])+1]++
	}
	for i := range s.pre {
		s.rows[i+1] += s.rows[i]
	}
	return s, nil
}

// delayed cuts every row into segments by delay in steps; delay is asked for
// every slot before the cut.
func (s *synapses) delayed(delay func(slot int) (int64, error)) error {
	if len(s.targets) == 0 {
		s.minDelay = 1
		return nil
	}
	steps := make([]int32, len(s.targets))
	lowest, highest := int64(math.MaxInt32), int64(0)
	var lock sync.Mutex
	var wrong error
	share(len(steps), func(from, to int) {
		lo, hi := int64(math.MaxInt32), int64(0)
		for k := from; k < to; k++ {
			d, err := delay(k)
			if err != nil {
				lock.Lock()
				wrong = err
				lock.Unlock()
				return
			}
			steps[k] = int32(d)
			lo, hi = min(lo, d), max(hi, d)
		}
		lock.Lock()
		lowest, highest = min(lowest, lo), max(highest, hi)
		lock.Unlock()
	})
	if wrong != nil {
		return wrong
	}
	s.minDelay = lowest
	d := int(highest - lowest + 1)
	if d == 1 {
		return nil
	}
	const most = 1 << 12
	if d > most {
		return fmt.Errorf("delays from %d to %d steps, want a range of at most %d steps; use a longer step or delays that differ less", lowest, highest, most)
	}
	rows := make([]int64, s.pre*d+1)
	targets := make([]int32, len(s.targets))
	var from []int32
	if s.from != nil {
		from = make([]int32, len(s.from))
	}
	share(s.pre, func(first, end int) {
		count := make([]int64, d+1)
		for i := first; i < end; i++ {
			clear(count)
			for k := s.rows[i]; k < s.rows[i+1]; k++ {
				count[int64(steps[k])-lowest+1]++
			}
			at := s.rows[i]
			for k := range d {
				at += count[k]
				count[k] = at
				rows[i*d+k] = at
			}
			for k := s.rows[i]; k < s.rows[i+1]; k++ {
				c := &count[int64(steps[k])-lowest]
				targets[*c] = s.targets[k]
				if from != nil {
					from[*c] = s.from[k]
				}
				*c++
			}
		}
	})
	rows[s.pre*d] = int64(len(targets))
	s.rows, s.targets, s.from, s.segments = rows, targets, from, d
	return nil
}

// sources is the presynaptic neuron of each slot.
func (s *synapses) sources() []int32 {
	out := make([]int32, len(s.targets))
	for i := range s.pre {
		row := out[s.rows[i*s.segments]:s.rows[(i+1)*s.segments]]
		for k := range row {
			row[k] = int32(i)
		}
	}
	return out
}

// columns is the slots of every postsynaptic neuron.
func (s *synapses) columns() (columns []int64, slots []int32) {
	columns, slots = make([]int64, s.post+1), make([]int32, len(s.targets))
	for _, j := range s.targets {
		columns[j+1]++
	}
	for j := range s.post {
		columns[j+1] += columns[j]
	}
	next := slices.Clone(columns)
	for slot, j := range s.targets {
		slots[next[j]] = int32(slot)
		next[j]++
	}
	return columns, slots
}

// delays is the delay of each slot in steps.
func (s *synapses) delays() []int64 {
	out := make([]int64, len(s.targets))
	for r := range s.pre * s.segments {
		for k := s.rows[r]; k < s.rows[r+1]; k++ {
			out[k] = s.minDelay + int64(r%s.segments)
		}
	}
	return out
}
