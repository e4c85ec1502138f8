//go:build cgo && linux

package cuda

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/eprop"
)

// onlineTable is sb_online in eprop.cu.
type onlineTable struct {
	inputs, n, readouts, delta, refractory, adam                                  int64
	dt, alpha, rho, beta, current, vth, vmin, vreset, want, creg, kappa, kappareg float64
	okappa, ocurrent, ovmin, orest, cutoff, ocutoff                               float64
	eta, wmin, wmax, beta1, beta2, epsilon                                        float64
	population, feedback                                                          driver.Memory
	w, zbar, eps, filtered, regulartrace, m, v                                    driver.Memory
	potential, adaptation, spiked, rate, learning, left, out, psi, regular, wrong driver.Memory
	spike, spikes, last, before, done                                             driver.Memory
	first, steps                                                                  int64
	at, in, target, open, rates                                                   driver.Memory
	now, loss                                                                     driver.Memory
}

type onlineExecutor struct {
	p       *eprop.OnlineProgram
	weights int64
	gpu     *gpu
	stream  *driver.Stream
	module  *driver.Module
	learn   driver.Function
	step    driver.Function
	graph   *driver.Graph // of stepsPerGraph steps; those after the last do nothing

	table onlineTable
	self  driver.Memory // the table's copy on the device
	state allocation    // everything but the input of a run
	inbox allocation
}

func newOnlineExecutor(p *eprop.OnlineProgram, source string, n int) (eprop.OnlineExecutor, error) {
	g, module, err := load(source, n)
	if err != nil {
		return nil, err
	}
	x := &onlineExecutor{p: p, gpu: g, module: module}
	if err := x.prepare(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	runtime.SetFinalizer(x, (*onlineExecutor).Close)
	return x, nil
}

// prepare takes the network and its state to the device.
func (x *onlineExecutor) prepare() (err error) {
	if x.stream, err = x.gpu.Stream(); err != nil {
		return err
	}
	if x.learn, err = x.module.Function("sb_each_learn"); err != nil {
		return err
	}
	if x.step, err = x.module.Function("sb_block_online"); err != nil {
		return err
	}
	p, t := x.p, &x.table
	n, sources := int64(p.Neurons), p.Inputs+p.Neurons
	var weights []float64
	for _, w := range p.Weights {
		weights = append(weights, w...)
	}
	x.weights = int64(len(weights))
	r, o, s := p.Readout, p.Optimizer, p.Surrogate
	*t = onlineTable{
		inputs: int64(p.Inputs), n: n, readouts: int64(p.Readouts), refractory: int64(p.Refractory),
		dt: p.Resolution, alpha: p.Alpha, rho: p.Rho, beta: p.Beta, current: p.Current, vth: p.VTh, vmin: p.VMin, vreset: p.VReset,
		want: p.SpikesWant, creg: p.CReg, kappa: p.Kappa, kappareg: p.KappaReg,
		okappa: r.Kappa, ocurrent: r.Current, ovmin: r.VMin, orest: r.EL, cutoff: p.Cutoff, ocutoff: p.ReadoutCutoff,
		eta: o.Eta, wmin: o.WMin, wmax: o.WMax, beta1: o.Beta1, beta2: o.Beta2, epsilon: o.Epsilon,
	}
	if p.Delta {
		t.delta = 1
	}
	if o.Method == eprop.Adam {
		t.adam = 1
	}
	zeros := make([]float64, max(len(weights), 2*p.Readouts))
	spike := make([]int32, 2*n) // those of step 1 in the second half
	copy(spike[n:], p.Spikes)
	b := &parcel{}
	put(b, &t.population, []epropPopulation{{height: s.Height, width: s.Width, shape: int64(s.Shape)}})
	put(b, &t.feedback, p.Feedback)
	put(b, &t.w, weights)
	for _, to := range []*driver.Memory{&t.zbar, &t.eps, &t.filtered, &t.regulartrace, &t.m, &t.v} {
		put(b, to, zeros[:len(weights)])
	}
	put(b, &t.potential, p.V)
	put(b, &t.adaptation, p.A)
	put(b, &t.spiked, p.Z)
	put(b, &t.rate, p.Rate)
	put(b, &t.learning, make([]float64, n))
	put(b, &t.left, p.R)
	put(b, &t.out, p.Out)
	put(b, &t.psi, append(p.Psi[0][:n:n], p.Psi[1]...))
	put(b, &t.regular, append(p.Regular[0][:n:n], p.Regular[1]...))
	put(b, &t.wrong, zeros[:2*p.Readouts])
	put(b, &t.spike, spike)
	put(b, &t.spikes, []int64{0, int64(len(p.Spikes))})
	put(b, &t.last, p.Last)
	put(b, &t.before, p.Before)
	put(b, &t.done, make([]int64, sources+p.Neurons))
	put(b, &t.now, make([]int64, 3)) // and the loss
	put(b, &x.self, make([]onlineTable, 1))
	if err := reserveFor(x.gpu, x.stream, b, &x.state); err != nil {
		return err
	}
	t.loss = t.now + 16
	return x.stream.Upload(x.state.m, b.bytes)
}

// capture records the graph, once.
func (x *onlineExecutor) capture() (err error) {
	if x.graph != nil {
		return nil
	}
	x.graph, err = x.stream.Record(func() error {
		for range stepsPerGraph {
			if err := x.stream.Launch(x.learn, blocksFor(x.weights), blockSize, x.self, 0); err != nil {
				return err
			}
			if err := x.stream.Launch(x.step, 1, blockSize, x.self, 0); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func (x *onlineExecutor) Run(r *eprop.OnlineRun) error {
	if x.stream == nil {
		return errClosed
	}
	defer runtime.KeepAlive(x)
	t := &x.table
	I := int(t.inputs)
	t.first, t.steps = r.First, int64(len(r.Spikes)/I)
	at, in := make([]int64, t.steps+1), []int32{}
	open := make([]uint8, t.steps)
	for k := range open {
		for i, spike := range r.Spikes[k*I:][:I] {
			if spike {
				in = append(in, int32(i))
			}
		}
		at[k+1] = int64(len(in))
		if r.Window == nil || r.Window[k] {
			open[k] = 1
		}
	}
	p := &parcel{}
	put(p, &t.at, at)
	put(p, &t.in, in)
	put(p, &t.target, r.Target)
	put(p, &t.open, open)
	put(p, &t.rates, r.Rates)
	if err := reserveFor(x.gpu, x.stream, p, &x.inbox); err != nil {
		return err
	}
	if err := x.capture(); err != nil {
		return err
	}
	result := [3]int64{}
	for _, u := range []struct {
		to   driver.Memory
		from []byte
	}{{x.inbox.m, p.bytes}, {x.self, raw([]onlineTable{*t})}, {t.now, raw(result[:])}} {
		if err := x.stream.Upload(u.to, u.from); err != nil {
			return err
		}
	}
	for k := int64(0); k < t.steps; k += stepsPerGraph {
		if err := x.graph.Launch(); err != nil {
			return err
		}
	}
	if err := x.stream.Download(raw(result[:]), t.now); err != nil {
		return err
	}
	r.Steps, r.Loss = result[0], *(*float64)(unsafe.Pointer(&result[2]))
	return nil
}

func (x *onlineExecutor) Weights(to [3][]float64) error {
	if x.stream == nil {
		return errClosed
	}
	m := x.table.w
	for _, part := range to {
		if err := x.stream.Download(raw(part), m); err != nil {
			return err
		}
		m += driver.Memory(8 * len(part))
	}
	return nil
}

// Close releases the device's memory and the kernels.
func (x *onlineExecutor) Close() error {
	if x.module == nil {
		return nil
	}
	runtime.SetFinalizer(x, nil)
	var errs []error
	if x.stream != nil {
		errs = append(errs, x.stream.Wait())
	}
	if x.graph != nil {
		errs = append(errs, x.graph.Close())
	}
	errs = append(errs, x.module.Unload())
	if x.stream != nil {
		errs = append(errs, x.stream.Close())
	}
	x.gpu.Release(x.state.m, x.state.n)
	x.gpu.Release(x.inbox.m, x.inbox.n)
	x.stream, x.module = nil, nil
	return errors.Join(errs...)
}
