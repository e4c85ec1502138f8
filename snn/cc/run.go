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
	records []*plan.Record
	never   atomic.Uint32 // a stop word for callers without one
	budget  int64         // bytes of samples of one record in one call into C
}

// newExecutor takes over lib.
func newExecutor(p *plan.Program, u *unit, lib *library) (*executor, error) {
	x := &executor{p: p, lib: lib, budget: 64 << 20}
	for _, op := range p.Ops {
		if r, ok := op.(*plan.Record); ok {
			x.records = append(x.records, r)
		}
	}
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
	if stop == nil {
		stop = &x.never
	}
	x.mem.bind(x.p, s)
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
		if got < m {
			break
		}
	}
	runtime.KeepAlive(x)
	return done, nil
}

// steps is how many of n steps the next call makes: as many as fit the budget
// of every record, at least one.
func (x *executor) steps(n int64) int64 {
	m := min(n, chunk)
	for _, r := range x.records {
		b := x.p.Buffers[r.Buffer]
		perSample := int64(b.Len*width(b.Type) + 8)
		m = min(m, max(1, x.budget/perSample*r.Every))
	}
	return m
}

// due is the number of steps from step on, of n, in which r takes a sample.
func due(r *plan.Record, step, n int64) int {
	// The first such step is step + wait.
	wait := (r.Offset - step) % r.Every
	if wait < 0 {
		wait += r.Every
	}
	if wait >= n {
		return 0
	}
	return int((n-1-wait)/r.Every) + 1
}

// reserve makes room for the samples of n steps behind those that are there.
func (x *executor) reserve(s *plan.State, n int64) {
	for i, r := range x.records {
		k := due(r, s.Step, n)
		if k == 0 {
			x.mem.sample(i, nil, nil)
			continue
		}
		to, length := &s.Records[i], x.p.Buffers[r.Buffer].Len
		var values unsafe.Pointer
		switch x.p.Buffers[r.Buffer].Type {
		case plan.F64:
			values = tail(&to.F64, k*length)
		case plan.F32:
			values = tail(&to.F32, k*length)
		case plan.I64:
			values = tail(&to.I64, k*length)
		case plan.Bool:
			values = tail(&to.Bool, k*length)
		}
		x.mem.sample(i, values, tail(&to.Steps, k))
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
		to, n := &s.Records[i], k*x.p.Buffers[r.Buffer].Len
		to.Steps = to.Steps[:len(to.Steps)+k]
		switch x.p.Buffers[r.Buffer].Type {
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
