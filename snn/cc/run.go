package cc

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/spikebook/spikebook/snn/plan"
)

type executor struct {
	p       *plan.Program
	lib     *library
	mem     *memory
	records []record
	wiring  []wiring
	spikes  []plan.Spikes
	how     sharing
	cost    int64         // what a step takes, roughly, without the spikes
	never   atomic.Uint32 // a stop word for callers without one
	budget  int64         // bytes of samples of one record in one call into C
}

// record is a Record or a RecordSpikes.
type record struct {
	every, offset int64
	buffer        int
	spikes        int // RecordSpikes: the neurons that may fire in a step; else 0
}

// newExecutor takes over lib.
func newExecutor(p *plan.Program, u *unit, lib *library, how sharing) (*executor, error) {
	x := &executor{p: p, lib: lib, budget: 64 << 20, how: how, cost: u.cost}
	for _, op := range p.Ops {
		switch r := op.(type) {
		case *plan.Record:
			x.records = append(x.records, record{every: r.Every, offset: r.Offset, buffer: r.Buffer})
		case *plan.RecordSpikes:
			x.records = append(x.records, record{every: 1, spikes: r.From.N})
		}
	}
	x.wiring, x.spikes = plug(p)
	m, err := newMemory(u, len(p.Buffers), len(x.records))
	if err != nil {
		lib.close()
		return nil, fmt.Errorf("cc: program %s: %d bytes of working memory: %w; close other programs or make the network smaller", p.Name, u.scratch, err)
	}
	x.mem = m
	runtime.SetFinalizer(x, (*executor).Close)
	return x, nil
}

// chunk bounds the steps of one call into C.
const chunk = 1 << 20

// Run makes n steps on s.
func (x *executor) Run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if x.mem == nil {
		return 0, fmt.Errorf("program %s: run after Close; compile it again", x.p.Name)
	}
	if err := s.Fits(x.p); err != nil {
		return 0, err
	}
	sorted, err := x.follow(s)
	if err != nil {
		return 0, err
	}
	if stop == nil {
		stop = &x.never
	}
	x.mem.bind(x.p, s)
	threads := x.how.threads
	if !sorted || x.cost < x.how.worth {
		threads = 1 // pieces of rows cannot be found, or are too small
	}
	x.mem.share(threads, x.how)
	if threads > 1 && n > 0 {
		defer x.mem.helpers(x.lib, threads-1)()
	}
	done := int64(0)
	for done < n {
		m := x.steps(n - done)
		if len(x.records) > 0 {
			x.reserve(s, m)
		}
		got := x.mem.run(x.lib, s.Step, m, stop)
		if len(x.records) > 0 {
			x.collect(s)
		}
		s.Step += got
		done += got
		if got < m && stop.Load() != 0 {
			break
		}
	}
	runtime.KeepAlive(x)
	return done, nil
}

// steps is how many of n steps the next call makes: as many as fit the budget
// of every record, at least one. Records of spikes end a call when they are full.
func (x *executor) steps(n int64) int64 {
	m := min(n, chunk)
	for _, r := range x.records {
		if r.spikes == 0 {
			b := x.p.Buffers[r.buffer]
			perSample := int64(b.Len*width(b.Type) + 8)
			m = min(m, max(1, x.budget/perSample*r.every))
		}
	}
	return m
}

// due is the number of steps from step on, of n, in which r takes a sample.
func due(r record, step, n int64) int {
	// The first such step is step + wait.
	wait := (r.offset - step) % r.every
	if wait < 0 {
		wait += r.every
	}
	if wait >= n {
		return 0
	}
	return int((n-1-wait)/r.every) + 1
}

// reserve makes room for the samples of n steps behind those that are there, or
// for the spikes of some.
func (x *executor) reserve(s *plan.State, n int64) {
	for i, r := range x.records {
		to := &s.Records[i]
		if r.spikes > 0 {
			// At least one step's, and more where much has been recorded already.
			k := max(r.spikes, 1024, len(to.I32)/2)
			values, steps := tail(&to.I32, k), tail(&to.Steps, k)
			x.mem.sample(i, values, steps, min(cap(to.I32)-len(to.I32), cap(to.Steps)-len(to.Steps)))
			continue
		}
		k := due(r, s.Step, n)
		if k == 0 {
			x.mem.sample(i, nil, nil, 0)
			continue
		}
		length := x.p.Buffers[r.buffer].Len
		var values unsafe.Pointer
		switch x.p.Buffers[r.buffer].Type {
		case plan.F64:
			values = tail(&to.F64, k*length)
		case plan.F32:
			values = tail(&to.F32, k*length)
		case plan.I64:
			values = tail(&to.I64, k*length)
		case plan.Bool:
			values = tail(&to.Bool, k*length)
		}
		x.mem.sample(i, values, tail(&to.Steps, k), k)
	}
}

// tail gives a slice room for n more elements and returns where they go.
func tail[T any](s *[]T, n int) unsafe.Pointer {
	*s = slices.Grow(*s, n)
	return unsafe.Pointer(unsafe.SliceData((*s)[len(*s) : len(*s)+n]))
}

// collect extends the records by the samples that were taken.
func (x *executor) collect(s *plan.State) {
	for i, r := range x.records {
		k := int(x.mem.got[i])
		to := &s.Records[i]
		to.Steps = to.Steps[:len(to.Steps)+k]
		if r.spikes > 0 {
			to.I32 = to.I32[:len(to.I32)+k]
			continue
		}
		n := k * x.p.Buffers[r.buffer].Len
		switch x.p.Buffers[r.buffer].Type {
		case plan.F64:
			to.F64 = to.F64[:len(to.F64)+n]
		case plan.F32:
			to.F32 = to.F32[:len(to.F32)+n]
		case plan.I64:
			to.I64 = to.I64[:len(to.I64)+n]
		case plan.Bool:
			to.Bool = to.Bool[:len(to.Bool)+n]
		}
	}
	x.mem.release()
}

// Close releases the library and the memory; Run fails afterwards.
func (x *executor) Close() error {
	if x.mem != nil {
		runtime.SetFinalizer(x, nil)
		x.mem.free()
		x.mem = nil
		x.lib.close()
	}
	return nil
}
