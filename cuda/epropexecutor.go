//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/eprop"
)

// epropTable is what the kernels of e-prop read: sb_eprop in eprop.cu, which says
// what stands where. Fields are 8 bytes each.
type epropTable struct {
	steps, window, inputs, n, readouts, entropy           int64
	kappa, okappa, ozeta, ocurrent, ovmin, orest          float64
	population, of, feedback                              driver.Memory
	arrays                                                [eprop.Arrays]driver.Memory
	finite                                                driver.Memory
	average, rate, batch                                  [3]float64
	wmin, wmax, beta1, beta2, epsilon                     [3]float64
	adam                                                  [3]int64
	lanes, kept                                           int64
	at, in, when, step, wanted, stride, target, old, zero driver.Memory
	tardy, v0, a0, z0, out0, r0                           driver.Memory
	v, a, z, out, r, count, loss, predicted, expected     driver.Memory
	psi, lated, spike, time, spikeat                      driver.Memory
	arrived, signal, wrong, raw, losses, means, gradient  driver.Memory
}

// epropPopulation is sb_population.
type epropPopulation struct {
	alpha, zeta, current, vth, vmin, rho, beta, creg, want, height, width float64
	refractory, shape                                                     int64
}

var epropNames = []string{
	"sb_block_forward", "sb_each_arrive", "sb_each_readout", "sb_each_signal", "sb_each_means", "sb_each_class",
	"sb_each_backward", "sb_each_backout", "sb_each_gradient", "sb_each_outgradient", "sb_each_collect",
	"sb_each_settle", "sb_each_update", "sb_each_finite",
}

type epropExecutor struct {
	p       *eprop.Program
	parts   [3]int64 // weights of the three projections
	weights int64    // all of them
	gpu     *gpu
	stream  *driver.Stream
	module  *driver.Module
	kernels map[string]driver.Function

	table  epropTable
	self   driver.Memory // the table's copy on the device
	inbox  allocation    // what a run needs
	outbox allocation    // what comes of it
	lanes  int64         // sequences for which there is memory
	memory []allocation  // for the whole life
	scrap  []allocation  // for lanes
}

// load compiles source, unless the cache has it, and loads it onto GPU n.
func load(source string, n int) (*gpu, *driver.Module, error) {
	g, err := open(n)
	if err != nil {
		return nil, nil, err
	}
	c, err := driver.OpenCompiler()
	if err != nil {
		return nil, nil, err
	}
	arch, err := target(g.device, c)
	if err != nil {
		return nil, nil, err
	}
	image, err := compiled(c, source, arch)
	if err != nil {
		return nil, nil, err
	}
	m, err := g.Load(image)
	return g, m, err
}

func newEpropExecutor(p *eprop.Program, source string, n int) (eprop.Executor, error) {
	g, module, err := load(source, n)
	if err != nil {
		return nil, err
	}
	x := &epropExecutor{p: p, gpu: g, module: module, kernels: map[string]driver.Function{}}
	if err := x.prepare(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	runtime.SetFinalizer(x, (*epropExecutor).Close)
	return x, nil
}

// prepare allocates what stays and fills in what does not change.
func (x *epropExecutor) prepare() (err error) {
	if x.stream, err = x.gpu.Stream(); err != nil {
		return err
	}
	for _, name := range epropNames {
		if x.kernels[name], err = x.module.Function(name); err != nil {
			return err
		}
	}
	p, t := x.p, &x.table
	n := int64(p.Recurrent)
	x.parts = [3]int64{int64(p.Inputs) * n, n * n, n * int64(p.Readouts)}
	x.weights = x.parts[0] + x.parts[1] + x.parts[2]
	t.steps, t.window, t.inputs, t.n, t.readouts = int64(p.Steps), int64(p.Window), int64(p.Inputs), n, int64(p.Readouts)
	if p.Readout.Loss == eprop.CrossEntropy {
		t.entropy = 1
	}
	r := p.Readout
	t.kappa, t.okappa, t.ozeta, t.ocurrent, t.ovmin, t.orest = p.Kappa, r.Kappa, r.Zeta, r.Current, r.VMin, r.EL
	pops, of := make([]epropPopulation, len(p.Populations)), make([]int32, n)
	for k, q := range p.Populations {
		s := q.Surrogate
		pops[k] = epropPopulation{q.Alpha, q.Zeta, q.Current, q.VTh, q.VMin, q.Rho, q.Beta, q.CReg, q.SpikesWant, s.Height, s.Width, int64(q.Refractory), int64(s.Shape)}
		for j := q.First; j < q.End; j++ {
			of[j] = int32(k)
		}
	}
	for _, u := range []struct {
		to   *driver.Memory
		from []byte
	}{{&t.population, raw(pops)}, {&t.of, raw(of)}, {&t.feedback, raw(p.Feedback)}} {
		if *u.to, err = x.alloc(&x.memory, int64(len(u.from))); err != nil {
			return err
		}
		if err := x.stream.Upload(*u.to, u.from); err != nil {
			return err
		}
	}
	for k, o := range p.Optimizers {
		t.average[k], t.batch[k], t.wmin[k], t.wmax[k] = p.Average[k], float64(o.BatchSize), o.WMin, o.WMax
		t.beta1[k], t.beta2[k], t.epsilon[k] = o.Beta1, o.Beta2, o.Epsilon
		if o.Method == eprop.Adam {
			t.adam[k] = 1
		}
	}
	for k := range t.arrays {
		if t.arrays[k], err = x.alloc(&x.memory, 8*x.weights); err != nil {
			return err
		}
		if err := x.stream.Zero(t.arrays[k], 8*x.weights); err != nil {
			return err
		}
	}
	if t.finite, err = x.alloc(&x.memory, 8); err != nil {
		return err
	}
	x.self, err = x.alloc(&x.memory, int64(unsafe.Sizeof(x.table)))
	return err
}

func (x *epropExecutor) alloc(list *[]allocation, n int64) (driver.Memory, error) {
	m, err := x.gpu.Alloc(n)
	if err == nil {
		*list = append(*list, allocation{m, n})
	}
	return m, err
}

// free puts memory back into the pool. Nothing may be running.
func (x *epropExecutor) free(list *[]allocation) {
	for _, a := range *list {
		x.gpu.Release(a.m, a.n)
	}
	*list = nil
}

// launch runs a kernel with the table as it is on the device, in so many threads.
func (x *epropExecutor) launch(name string, threads int64) error {
	return x.stream.Launch(x.kernels[name], blocksFor(threads), blockSize, x.self, 0)
}

var errClosed = errors.New("cuda: the simulation is used after Close; build it again")

func (x *epropExecutor) usable() error {
	if x.stream == nil {
		return errClosed
	}
	return nil
}

// each does f with the place on the device and the length in bytes of every part.
func (x *epropExecutor) each(a eprop.Array, parts [3][]float64, f func(m driver.Memory, b []byte) error) error {
	if err := x.usable(); err != nil {
		return err
	}
	m := x.table.arrays[a]
	for k, part := range parts {
		if part != nil {
			if int64(len(part)) != x.parts[k] {
				return fmt.Errorf("cuda: e-prop: projection %d has %d weights, want %d; build the network again", k, len(part), x.parts[k])
			}
			if err := f(m, raw(part)); err != nil {
				return err
			}
		}
		m += driver.Memory(8 * x.parts[k])
	}
	return nil
}

func (x *epropExecutor) Read(a eprop.Array, to [3][]float64) error {
	return x.each(a, to, func(m driver.Memory, b []byte) error { return x.stream.Download(b, m) })
}

func (x *epropExecutor) Write(a eprop.Array, from [3][]float64) error {
	return x.each(a, from, func(m driver.Memory, b []byte) error { return x.stream.Upload(m, b) })
}

// Run runs as many sequences at a time as there is memory for.
func (x *epropExecutor) Run(runs []eprop.Run, learn bool) error {
	if err := x.usable(); err != nil {
		return err
	}
	defer runtime.KeepAlive(x)
	if err := x.reserve(int64(len(runs))); err != nil {
		return err
	}
	for first := 0; first < len(runs); first += int(x.lanes) {
		end := min(first+int(x.lanes), len(runs))
		var next *eprop.Run
		if end < len(runs) {
			next = &runs[end]
		}
		if err := x.some(runs[first:end], next, learn); err != nil {
			return err
		}
	}
	return nil
}

// epropLanes is how many sequences may run side by side; tests lower it.
var epropLanes int64 = 1 << 20

// reserve finds memory for sequences that run side by side: for all, or for as many
// as half of the memory that is free holds, at least one.
func (x *epropExecutor) reserve(count int64) error {
	if x.lanes >= count {
		return nil
	}
	t := &x.table
	sizes := []struct {
		to   *driver.Memory
		each int64 // bytes per sequence
	}{
		{&t.psi, 8 * t.steps * t.n}, {&t.lated, 8 * t.steps * t.n}, {&t.spike, 4 * t.steps * t.n}, {&t.time, 4 * t.steps * t.n}, {&t.spikeat, 8 * (t.steps + 1)},
		{&t.arrived, 8 * t.steps * t.readouts}, {&t.signal, 8 * t.window * t.readouts}, {&t.wrong, 8 * t.window * t.readouts}, {&t.raw, 8 * t.window * t.readouts},
		{&t.losses, 8 * t.window}, {&t.means, 16 * t.readouts}, {&t.gradient, 8 * x.weights},
	}
	total := int64(0)
	for _, s := range sizes {
		total += s.each
	}
	free, err := x.gpu.Free()
	if err != nil {
		return err
	}
	lanes := max(1, min(count, epropLanes, (free/2+x.lanes*total)/total))
	if lanes <= x.lanes {
		return nil
	}
	if err := x.stream.Wait(); err != nil {
		return err
	}
	x.free(&x.scrap)
	x.lanes = 0
	for _, s := range sizes {
		if *s.to, err = x.alloc(&x.scrap, lanes*s.each); err != nil {
			return fmt.Errorf("%w; shorten the sequences, or make the network smaller", err)
		}
	}
	x.lanes = lanes
	return nil
}

// parcel gathers slices to be copied at once.
type parcel struct {
	bytes []byte
	to    []*driver.Memory
	at    []int
}

func put[T any](p *parcel, to *driver.Memory, values []T) {
	for len(p.bytes)%8 != 0 {
		p.bytes = append(p.bytes, 0)
	}
	p.to, p.at = append(p.to, to), append(p.at, len(p.bytes))
	p.bytes = append(p.bytes, raw(values)...)
}

// reserveFor makes sure that a has room and says where in it everything stands.
func reserveFor(g *gpu, s *driver.Stream, p *parcel, a *allocation) error {
	if n := int64(len(p.bytes)); a.n < n {
		if err := s.Wait(); err != nil {
			return err
		}
		g.Release(a.m, a.n)
		*a = allocation{}
		m, err := g.Alloc(n + n/4)
		if err != nil {
			return err
		}
		*a = allocation{m, n + n/4}
	}
	for k, to := range p.to {
		*to = a.m + driver.Memory(p.at[k])
	}
	return nil
}

// some runs sequences side by side; next is the one after them, if there is one.
func (x *epropExecutor) some(runs []eprop.Run, next *eprop.Run, learn bool) error {
	t, lanes := &x.table, int64(len(runs))
	t.lanes, t.kept = lanes, 0
	if learn {
		t.kept = lanes
		if next == nil {
			t.kept--
		}
	}
	in := x.pack(runs, next)
	out := &parcel{}
	floats := func(to *driver.Memory, n int64) []float64 {
		v := make([]float64, lanes*n)
		put(out, to, v)
		return v
	}
	v, a, z, o := floats(&t.v, t.n), floats(&t.a, t.n), floats(&t.z, t.n), floats(&t.out, t.readouts)
	loss := floats(&t.loss, 1)
	predicted, expected := make([]int64, lanes), make([]int64, lanes)
	put(out, &t.predicted, predicted)
	put(out, &t.expected, expected)
	left, count := make([]int32, lanes*t.n), make([]int32, lanes*t.n)
	put(out, &t.r, left)
	put(out, &t.count, count)
	for _, err := range []error{reserveFor(x.gpu, x.stream, in, &x.inbox), reserveFor(x.gpu, x.stream, out, &x.outbox)} {
		if err != nil {
			return err
		}
	}
	if err := x.stream.Upload(x.inbox.m, in.bytes); err != nil {
		return err
	}
	if err := x.stream.Upload(x.self, raw([]epropTable{*t})); err != nil {
		return err
	}
	type step struct {
		name    string
		threads int64
	}
	steps := []step{
		{"sb_block_forward", lanes * blockSize},
		{"sb_each_arrive", lanes * t.steps * t.readouts},
		{"sb_each_readout", lanes * t.readouts},
		{"sb_each_signal", lanes * t.window},
		{"sb_each_means", lanes * t.readouts},
		{"sb_each_class", lanes},
	}
	if learn {
		steps = append(steps, step{"sb_each_backward", lanes * t.n}, step{"sb_each_backout", lanes * t.readouts},
			step{"sb_each_gradient", lanes * (t.inputs + t.n) * t.n}, step{"sb_each_outgradient", lanes * t.n * t.readouts}, step{"sb_each_collect", x.weights})
	}
	for _, s := range steps {
		if err := x.launch(s.name, s.threads); err != nil {
			return err
		}
	}
	if err := x.stream.Download(out.bytes, x.outbox.m); err != nil {
		return err
	}
	for k, values := range [][]byte{raw(v), raw(a), raw(z), raw(o), raw(loss), raw(predicted), raw(expected), raw(left), raw(count)} {
		copy(values, out.bytes[out.at[k]:])
	}
	n, m := int(t.n), int(t.readouts)
	for k := range runs {
		r := &runs[k]
		copy(r.V, v[k*n:])
		copy(r.A, a[k*n:])
		copy(r.Z, z[k*n:])
		copy(r.R, left[k*n:])
		copy(r.Out, o[k*m:])
		copy(r.Counts, count[k*n:])
		r.Loss, r.Predicted, r.Expected = loss[k], int(predicted[k]), int(expected[k])
	}
	return nil
}

// pack makes the lists and tables of sequences that the kernels read.
func (x *epropExecutor) pack(runs []eprop.Run, next *eprop.Run) *parcel {
	t, lanes := &x.table, len(runs)
	T, I, n, O := int(t.steps), int(t.inputs), int(t.n), int(t.readouts)
	spikes := 0
	for _, r := range runs {
		spikes += len(r.Inputs)
	}
	at, in := make([]int64, 0, lanes*(T+1)), make([]int32, 0, spikes)
	when, step := make([]int64, 1, lanes*I+1), make([]int32, spikes)
	wanted, stride := make([]int64, lanes), make([]int64, lanes)
	var target []float64
	old, zero, tardy := make([]uint8, lanes*n), make([]uint8, lanes*n), make([]uint8, lanes*I)
	v, a, z, out := make([]float64, 0, lanes*n), make([]float64, 0, lanes*n), make([]float64, 0, lanes*n), make([]float64, 0, lanes*O)
	left := make([]int32, 0, lanes*n)
	filled := make([]int64, I)
	for k, r := range runs {
		base := int64(len(in))
		for _, s := range r.InputsAt {
			at = append(at, base+int64(s))
		}
		in = append(in, r.Inputs...)
		// The same spikes by input: how many each has, then where they stand.
		clear(filled)
		for _, i := range r.Inputs {
			filled[i]++
		}
		for i, c := range filled {
			filled[i] = when[len(when)-1]
			when = append(when, filled[i]+c)
		}
		for s := range T {
			for _, i := range r.Inputs[r.InputsAt[s]:r.InputsAt[s+1]] {
				step[filled[i]] = int32(s)
				filled[i]++
			}
		}
		wanted[k] = int64(len(target))
		if len(r.Target) != O {
			stride[k] = int64(O)
		}
		target = append(target, r.Target...)
		flags(old[k*n:], r.Old)
		flags(zero[k*n:], r.AtZero)
		after := next
		if k+1 < lanes {
			after = &runs[k+1]
		}
		if after != nil { // its inputs of step 1
			flags(tardy[k*I:], after.Spikes[I:2*I])
		}
		v, a, z, out, left = append(v, r.V...), append(a, r.A...), append(z, r.Z...), append(out, r.Out...), append(left, r.R...)
	}
	p := &parcel{}
	put(p, &t.at, at)
	put(p, &t.in, in)
	put(p, &t.when, when)
	put(p, &t.step, step)
	put(p, &t.wanted, wanted)
	put(p, &t.stride, stride)
	put(p, &t.target, target)
	put(p, &t.old, old)
	put(p, &t.zero, zero)
	put(p, &t.tardy, tardy)
	put(p, &t.v0, v)
	put(p, &t.a0, a)
	put(p, &t.z0, z)
	put(p, &t.out0, out)
	put(p, &t.r0, left)
	return p
}

// flags writes facts as bytes.
func flags(to []uint8, from []bool) {
	for k, is := range from {
		to[k] = 0
		if is {
			to[k] = 1
		}
	}
}

func (x *epropExecutor) Settle(late []bool) error {
	if err := x.usable(); err != nil {
		return err
	}
	p := &parcel{}
	tardy := make([]uint8, len(late))
	flags(tardy, late)
	put(p, &x.table.tardy, tardy)
	if err := reserveFor(x.gpu, x.stream, p, &x.inbox); err != nil {
		return err
	}
	if err := x.stream.Upload(x.inbox.m, p.bytes); err != nil {
		return err
	}
	if err := x.stream.Upload(x.self, raw([]epropTable{x.table})); err != nil {
		return err
	}
	return x.launch("sb_each_settle", x.weights)
}

func (x *epropExecutor) Update(rates [3]float64) (finite bool, err error) {
	if err := x.usable(); err != nil {
		return false, err
	}
	x.table.rate = rates
	return x.ask("sb_each_update")
}

func (x *epropExecutor) Finite() (bool, error) {
	if err := x.usable(); err != nil {
		return false, err
	}
	return x.ask("sb_each_finite")
}

// ask runs a kernel over all weights that clears the number finite if something is not.
func (x *epropExecutor) ask(kernel string) (bool, error) {
	finite := []int64{1}
	if err := x.stream.Upload(x.table.finite, raw(finite)); err != nil {
		return false, err
	}
	if err := x.stream.Upload(x.self, raw([]epropTable{x.table})); err != nil {
		return false, err
	}
	if err := x.launch(kernel, x.weights); err != nil {
		return false, err
	}
	err := x.stream.Download(raw(finite), x.table.finite)
	return finite[0] == 1, err
}

// Close releases the device's memory and the kernels.
func (x *epropExecutor) Close() error {
	if x.module == nil {
		return nil
	}
	runtime.SetFinalizer(x, nil)
	var errs []error
	if x.stream != nil {
		errs = append(errs, x.stream.Wait(), x.stream.Close())
	}
	errs = append(errs, x.module.Unload())
	x.free(&x.scrap)
	x.free(&x.memory)
	x.gpu.Release(x.inbox.m, x.inbox.n)
	x.gpu.Release(x.outbox.m, x.outbox.n)
	x.stream, x.module = nil, nil
	return errors.Join(errs...)
}
