//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

// contexts are the devices in use. A primary context is retained once for the life
// of the process.
var contexts struct {
	sync.Mutex
	lib    *driver.Library
	opened map[int]*gpu
}

// gpu is a device with its context.
type gpu struct {
	*driver.Context
	device *driver.Device
}

func open(n int) (*gpu, error) {
	contexts.Lock()
	defer contexts.Unlock()
	l, err := driver.Open()
	if err != nil {
		return nil, err
	}
	if contexts.lib != l {
		contexts.lib, contexts.opened = l, map[int]*gpu{}
	}
	if g := contexts.opened[n]; g != nil {
		return g, nil
	}
	d, err := l.Device(n)
	if err != nil {
		return nil, err
	}
	c, err := d.Context()
	if err != nil {
		return nil, err
	}
	g := &gpu{c, d}
	contexts.opened[n] = g
	return g, nil
}

type executor struct {
	p       *plan.Program
	u       *unit
	gpu     *gpu
	stream  *driver.Stream
	module  *driver.Module
	kernels []driver.Function
	graph   *driver.Graph // of stepsPerGraph steps
	single  *driver.Graph // of one
	records []record
	written []bool // per buffer with memory of its own: a step changes it

	memory []allocation    // everything allocated
	buf    []driver.Memory // per buffer, then those of unit.lists
	args   driver.Memory   // sb_args
	got    driver.Memory   // per record, then due; all reset by one copy
	limits driver.Memory   // room and need per record
	now    driver.Memory   // step, halt
	batch  int64           // steps between looks at the stop word
}

type allocation struct {
	m driver.Memory
	n int64
}

// record is a Record or a RecordSpikes: samples on the device.
type record struct {
	buffer        int
	spikes        int           // RecordSpikes: the neurons that may fire in a step; else 0
	values, steps driver.Memory // room for that many
	room          int64
	width         int64 // bytes of a sample
}

// stepsPerGraph are recorded in one graph: a launch of it costs as much as that of
// a few kernels.
const stepsPerGraph = 16

// budget is the device memory for the samples of one record.
const budget = 16 << 20

func newExecutor(p *plan.Program, u *unit, n int) (plan.Executor, error) {
	g, err := open(n)
	if err != nil {
		return nil, err
	}
	c, err := driver.OpenCompiler()
	if err != nil {
		return nil, err
	}
	arch, err := target(g.device, c)
	if err != nil {
		return nil, err
	}
	image, err := compiled(c, u.source, arch)
	if err != nil {
		return nil, err
	}
	x := &executor{p: p, u: u, gpu: g, batch: stepsPerGraph, written: make([]bool, len(p.Buffers))}
	for _, op := range p.Ops {
		for _, b := range plan.Writes(op) {
			x.written[x.root(b)] = true
		}
	}
	if err := x.prepare(image); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	runtime.SetFinalizer(x, (*executor).Close)
	return x, nil
}

func (x *executor) root(b int) int {
	if part := x.p.Buffers[b].Part; part != nil {
		return part.Of
	}
	return b
}

// alloc is device memory until Close.
func (x *executor) alloc(n int64) (driver.Memory, error) {
	m, err := x.gpu.Alloc(n)
	if err == nil {
		x.memory = append(x.memory, allocation{m, n})
	}
	return m, err
}

// prepare loads the kernels and allocates everything.
func (x *executor) prepare(image []byte) (err error) {
	if x.stream, err = x.gpu.Stream(); err != nil {
		return err
	}
	if x.module, err = x.gpu.Load(image); err != nil {
		return err
	}
	for _, k := range x.u.kernels {
		f, err := x.module.Function(k)
		if err != nil {
			return err
		}
		x.kernels = append(x.kernels, f)
	}
	x.buf = make([]driver.Memory, len(x.p.Buffers)+4*len(x.u.lists))
	for i, b := range x.p.Buffers {
		if b.Part == nil {
			if x.buf[i], err = x.alloc(int64(b.Len * width(b.Type))); err != nil {
				return err
			}
		}
	}
	for i, b := range x.p.Buffers {
		if b.Part != nil {
			x.buf[i] = x.buf[b.Part.Of] + driver.Memory(b.Part.First*width(b.Type))
		}
	}
	for _, l := range x.u.lists {
		slots := int64(x.p.Buffers[l.shape.Sparse.Targets].Len)
		for k, n := range [4]int64{4 * slots, 8 * int64(l.shape.Post+1), 4 * slots, 8} {
			if x.buf[l.first+k], err = x.alloc(n); err != nil {
				return err
			}
		}
	}
	return x.tables()
}

// tables makes what sb_args points at.
func (x *executor) tables() error {
	for _, op := range x.p.Ops {
		r := record{}
		switch op := op.(type) {
		case *plan.Record:
			b := x.p.Buffers[op.Buffer]
			r.buffer, r.width = op.Buffer, int64(b.Len*width(b.Type))
			r.room = max(1, budget/(r.width+8))
		case *plan.RecordSpikes:
			r.spikes, r.width = op.From.N, 4
			r.room = max(int64(r.spikes), budget/(r.width+8))
		default:
			continue
		}
		var err error
		if r.values, err = x.alloc(r.room * r.width); err != nil {
			return err
		}
		if r.steps, err = x.alloc(r.room * 8); err != nil {
			return err
		}
		x.records = append(x.records, r)
	}
	n := len(x.records)
	limits, rec := make([]int64, 2*n), make([]driver.Memory, 2*n)
	for i, r := range x.records {
		limits[i], limits[n+i] = r.room, int64(max(r.spikes, 1))
		rec[2*i], rec[2*i+1] = r.values, r.steps
	}
	scratch, err := x.alloc(int64(x.u.scratch))
	if err != nil {
		return err
	}
	var tables [6]driver.Memory
	for i, t := range [][]byte{raw(x.buf), raw(x.u.n), raw(rec), raw(make([]int64, 2*n)), raw(limits), raw(make([]int64, 2))} {
		if tables[i], err = x.alloc(int64(len(t))); err != nil {
			return err
		}
		if err := x.stream.Upload(tables[i], t); err != nil {
			return err
		}
	}
	x.got, x.limits, x.now = tables[3], tables[4], tables[5]
	due := driver.Memory(8 * n)
	args := []driver.Memory{tables[0], tables[1], scratch, tables[2], x.got, x.got + due, x.limits, x.limits + due, x.now}
	if x.args, err = x.alloc(int64(8 * len(args))); err != nil {
		return err
	}
	return x.stream.Upload(x.args, raw(args))
}

// raw is the memory of a slice of numbers.
func raw[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// values is the memory of buffer i in a state.
func values(t plan.Type, s *plan.State, i int) []byte {
	switch t {
	case plan.F64:
		return raw(s.F64[i])
	case plan.F32:
		return raw(s.F32[i])
	case plan.I64:
		return raw(s.I64[i])
	case plan.I32:
		return raw(s.I32[i])
	}
	return raw(s.Bool[i])
}

// Run makes n steps on s: the state goes to the device, steps are made there, and
// what they change comes back. After an error s is as it was before.
func (x *executor) Run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if x.stream == nil {
		return 0, fmt.Errorf("program %s: run after Close; compile it again", x.p.Name)
	}
	if err := s.Fits(x.p); err != nil {
		return 0, err
	}
	if n <= 0 || stop != nil && stop.Load() != 0 {
		return 0, nil
	}
	done, err := x.run(s, n, stop)
	if err != nil {
		return 0, fmt.Errorf("program %s, steps from %d on: %w", x.p.Name, s.Step, err)
	}
	return done, nil
}

func (x *executor) run(s *plan.State, n int64, stop *atomic.Uint32) (int64, error) {
	if err := x.upload(s); err != nil {
		return 0, err
	}
	if err := x.capture(); err != nil {
		return 0, err
	}
	defer runtime.KeepAlive(x)
	samples := make([]plan.Samples, len(x.records)) // of this run
	now := []int64{s.Step, 0}
	for end := s.Step + n; now[0] < end && (stop == nil || stop.Load() == 0); {
		m := min(x.batch, end-now[0])
		begin := time.Now()
		if err := x.steps(m); err != nil {
			return 0, err
		}
		before := now[0]
		if err := x.stream.Download(raw(now), x.now); err != nil {
			return 0, err
		}
		halted := now[1] != 0
		if now[0]-before != m && !halted {
			return 0, fmt.Errorf("cuda: %d of %d steps were made on %s; report this with the printed plan", now[0]-before, m, x.gpu.device.Name)
		}
		if halted || now[0] >= end || stop != nil && stop.Load() != 0 {
			if err := x.collect(samples); err != nil {
				return 0, err
			}
			now[1] = 0
			if err := x.stream.Upload(x.now, raw(now)); err != nil {
				return 0, err
			}
		}
		// A look takes a few microseconds; a user waits some milliseconds.
		switch d := time.Since(begin); {
		case !halted && d < 4*time.Millisecond:
			x.batch = min(2*x.batch, 1<<20)
		case d > 16*time.Millisecond:
			x.batch = max(x.batch/2, stepsPerGraph)
		}
	}
	if err := x.collect(samples); err != nil {
		return 0, err
	}
	if err := x.download(s); err != nil {
		return 0, err
	}
	for i, r := range samples {
		to := &s.Records[i]
		to.Steps, to.F64, to.F32 = append(to.Steps, r.Steps...), append(to.F64, r.F64...), append(to.F32, r.F32...)
		to.I64, to.Bool, to.I32 = append(to.I64, r.I64...), append(to.Bool, r.Bool...), append(to.I32, r.I32...)
	}
	done := now[0] - s.Step
	s.Step = now[0]
	return done, nil
}

// upload copies the state and what is made of it.
func (x *executor) upload(s *plan.State) error {
	for _, l := range x.u.lists {
		w, err := wire(x.p, l.shape, s)
		if err != nil {
			return err
		}
		for k, b := range [4][]byte{raw(w.sources), raw(w.columns), raw(w.slots), raw([]int64{w.sorted})} {
			if err := x.stream.Upload(x.buf[l.first+k], b); err != nil {
				return err
			}
		}
	}
	for i, b := range x.p.Buffers {
		if b.Part == nil {
			if err := x.stream.Upload(x.buf[i], values(b.Type, s, i)); err != nil {
				return err
			}
		}
	}
	if err := x.stream.Upload(x.got, make([]byte, 16*len(x.records))); err != nil {
		return err
	}
	return x.stream.Upload(x.now, raw([]int64{s.Step, 0}))
}

// download copies what steps change. All of it has arrived or none: it goes by way
// of memory of its own.
func (x *executor) download(s *plan.State) error {
	arrived := make([][]byte, len(x.p.Buffers))
	for i, b := range x.p.Buffers {
		if b.Part == nil && x.written[i] {
			arrived[i] = make([]byte, b.Len*width(b.Type))
			if err := x.stream.Download(arrived[i], x.buf[i]); err != nil {
				return err
			}
		}
	}
	for i, b := range arrived {
		copy(values(x.p.Buffers[i].Type, s, i), b)
	}
	return nil
}

// capture records the graphs, once.
func (x *executor) capture() (err error) {
	step := func() error {
		for _, l := range x.u.launches {
			if err := x.stream.Launch(x.kernels[l.kernel], l.blocks, blockSize, x.args, int64(l.block)); err != nil {
				return fmt.Errorf("%s: %w", l.label, err)
			}
		}
		return nil
	}
	if x.single == nil {
		if x.single, err = x.stream.Record(step); err != nil {
			return err
		}
	}
	if x.graph == nil && len(x.u.launches) < 4096/stepsPerGraph {
		x.graph, err = x.stream.Record(func() error {
			for range stepsPerGraph {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// steps puts n steps on the stream.
func (x *executor) steps(n int64) error {
	for ; n >= stepsPerGraph && x.graph != nil; n -= stepsPerGraph {
		if err := x.graph.Launch(); err != nil {
			return err
		}
	}
	for ; n > 0; n-- {
		if err := x.single.Launch(); err != nil {
			return err
		}
	}
	return nil
}

// collect fetches the samples that were taken and makes room for more.
func (x *executor) collect(to []plan.Samples) error {
	if len(x.records) == 0 {
		return nil
	}
	got := make([]int64, len(x.records))
	if err := x.stream.Download(raw(got), x.got); err != nil {
		return err
	}
	for i, k := range got {
		r := x.records[i]
		if k == 0 {
			continue
		}
		if k > r.room {
			return fmt.Errorf("cuda: record %d has %d samples in room for %d; report this with the printed plan", i, k, r.room)
		}
		if err := fetch(x, &to[i].Steps, r.steps, k); err != nil {
			return err
		}
		if r.spikes > 0 {
			if err := fetch(x, &to[i].I32, r.values, k); err != nil {
				return err
			}
			continue
		}
		n := k * int64(x.p.Buffers[r.buffer].Len)
		var err error
		switch x.p.Buffers[r.buffer].Type {
		case plan.F64:
			err = fetch(x, &to[i].F64, r.values, n)
		case plan.F32:
			err = fetch(x, &to[i].F32, r.values, n)
		case plan.I64:
			err = fetch(x, &to[i].I64, r.values, n)
		case plan.Bool:
			err = fetch(x, &to[i].Bool, r.values, n)
		}
		if err != nil {
			return err
		}
	}
	return x.stream.Upload(x.got, make([]byte, 16*len(x.records)))
}

// fetch appends n values from the device.
func fetch[T any](x *executor, to *[]T, from driver.Memory, n int64) error {
	*to = slices.Grow(*to, int(n))
	end := len(*to) + int(n)
	if err := x.stream.Download(raw((*to)[len(*to):end]), from); err != nil {
		return err
	}
	*to = (*to)[:end]
	return nil
}

// Close releases the device's memory and the kernels; Run fails afterwards.
func (x *executor) Close() error {
	if x.stream == nil {
		return nil
	}
	runtime.SetFinalizer(x, nil)
	errs := []error{x.stream.Wait()}
	for _, g := range []*driver.Graph{x.graph, x.single} {
		if g != nil {
			errs = append(errs, g.Close())
		}
	}
	if x.module != nil {
		errs = append(errs, x.module.Unload())
	}
	errs = append(errs, x.stream.Close())
	for _, b := range x.memory {
		x.gpu.Release(b.m, b.n)
	}
	x.stream, x.memory = nil, nil
	return errors.Join(errs...)
}
