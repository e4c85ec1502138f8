//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

type executor struct {
	p       *plan.Program
	u       *unit
	gpu     *gpu
	stream  *driver.Stream
	module  *driver.Module
	kernels []driver.Function
	graph   *driver.Graph   // of stepsPerGraph steps
	single  *driver.Graph   // of one
	persist driver.Function // of any number of steps
	grid    int             // blocks of persist; 0: graphs are launched
	graphs  bool            // always
	records []record
	written []bool      // per buffer with memory of its own: a step changes it
	kept    *plan.State // nil: every run brings its state along

	memory  []allocation  // everything allocated that is no block
	blocks  []*block      // per buffer with memory of its own that kernels use
	wirings []*wired      // per unit.lists
	buf     driver.Memory // the table of buffers
	args    driver.Memory // sb_args
	got     driver.Memory // per record, then due; all reset by one copy
	limits  driver.Memory // room and need per record
	now     driver.Memory // step, halt
	gate    driver.Memory // arrivals at waits of persist
	step    int64         // what now holds
	waiting bool          // there may be samples on the device
	dirty   bool          // now and got are to be set
	batch   int64         // steps between looks at the stop word
}

type allocation struct {
	m driver.Memory
	n int64
}

func newExecutor(p *plan.Program, u *unit, b *backend) (plan.Executor, error) {
	g, err := open(b.n)
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
	x := &executor{graphs: b.graphs, p: p, u: u, gpu: g, batch: stepsPerGraph, written: make([]bool, len(p.Buffers))}
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

// root is the buffer with memory of its own that has buffer b.
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

// prepare loads the kernels and allocates everything but the buffers.
func (x *executor) prepare(image []byte) (err error) {
	need := int64(0)
	for b, used := range x.u.used {
		if used {
			need += int64(x.p.Buffers[b].Len * width(x.p.Buffers[b].Type))
		}
	}
	if err := x.gpu.Fits(need); err != nil {
		return err
	}
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
	if x.u.persist.name != "" && !x.graphs {
		if err := x.preparePersistent(); err != nil {
			return err
		}
	}
	return x.tables()
}

// preparePersistent finds the kernel of all launches, if the device can hold as many
// blocks at the same time as it wants.
func (x *executor) preparePersistent() (err error) {
	if x.persist, err = x.module.Function(x.u.persist.name); err != nil {
		return err
	}
	resident, err := x.gpu.Resident(x.persist, blockSize)
	if grid := gridFor(x.u.persist.blocks); err == nil && grid <= resident {
		x.grid = grid
	}
	return err
}

// tables makes what sb_args points at.
func (x *executor) tables() error {
	limits, rec, err := x.prepareRecords()
	if err != nil {
		return err
	}
	n := len(x.records)
	scratch, err := x.alloc(int64(x.u.scratch))
	if err != nil {
		return err
	}
	var tables [7]driver.Memory
	buffers := make([]driver.Memory, len(x.p.Buffers)+4*len(x.u.lists)) // see hold
	for i, t := range [][]byte{raw(buffers), raw(x.u.n), raw(rec), raw(make([]int64, 2*n)), raw(limits), raw(make([]int64, 2)), raw(make([]int64, 1))} {
		if tables[i], err = x.alloc(int64(len(t))); err != nil {
			return err
		}
		if err := x.stream.Send(tables[i], t); err != nil {
			return err
		}
	}
	x.buf, x.got, x.limits, x.now, x.gate = tables[0], tables[3], tables[4], tables[5], tables[6]
	due := driver.Memory(8 * n)
	args := []driver.Memory{tables[0], tables[1], scratch, tables[2], x.got, x.got + due, x.limits, x.limits + due, x.now, tables[1] + driver.Memory(8*x.u.persist.plan), x.gate}
	if x.args, err = x.alloc(int64(8 * len(args))); err != nil {
		return err
	}
	return x.stream.Upload(x.args, raw(args))
}

// hold finds or makes the memory for the buffers of s; shared says that others may
// keep states with the same arrays.
func (x *executor) hold(s *plan.State, shared bool) error {
	x.leave()
	table := make([]driver.Memory, len(x.p.Buffers)+4*len(x.u.lists))
	x.blocks = make([]*block, len(x.p.Buffers))
	for i, b := range x.p.Buffers {
		if b.Part != nil || !x.u.used[i] {
			continue
		}
		var err error
		if x.blocks[i], err = x.gpu.hold(values(b.Type, s, i), shared); err != nil {
			x.leave()
			return err
		}
		table[i] = x.blocks[i].m
	}
	for i, b := range x.p.Buffers {
		if b.Part != nil {
			table[i] = table[b.Part.Of] + driver.Memory(b.Part.First*width(b.Type))
		}
	}
	for _, l := range x.u.lists {
		r := l.shape.Sparse
		w, err := x.gpu.wiring(l, raw(s.I64[r.Rows]), raw(s.I32[r.Targets]), shared)
		if err != nil {
			x.leave()
			return err
		}
		x.wirings = append(x.wirings, w)
		copy(table[l.first:], w.m[:])
	}
	err := x.stream.Upload(x.buf, raw(table))
	if err != nil {
		x.leave()
	}
	return err
}

// leave ends the use of buffers.
func (x *executor) leave() {
	for _, b := range x.blocks {
		if b != nil {
			x.gpu.leave(b)
		}
	}
	for _, w := range x.wirings {
		x.gpu.unwire(w)
	}
	x.blocks, x.wirings = nil, nil
}

// capture records the graphs, once, if they are wanted.
func (x *executor) capture() (err error) {
	if x.grid > 0 {
		return nil
	}
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

// stepsPerGraph are recorded in one graph: a launch of it costs as much as that of
// a few kernels.
const stepsPerGraph = 16

// steps puts n steps on the stream.
func (x *executor) steps(n int64) error {
	if x.grid > 0 {
		if err := x.stream.Zero(x.gate, 8); err != nil {
			return err
		}
		return x.stream.LaunchTogether(x.persist, x.grid, blockSize, x.args, n)
	}
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
	x.leave()
	x.stream, x.memory = nil, nil
	return errors.Join(errs...)
}
