package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/spikebook/spikebook/datasets/mnist"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/tests/bench/networks"
)

// rows are what is measured, small things first.
func rows(tiny bool) []row {
	sizes, scale := []int{10_000, 100_000, 1_000_000}, 1.0
	duration := snn.Time(1000)
	copies, batch, long := 32, 32, 3*time.Second
	if tiny {
		sizes, scale, duration, copies, batch, long = []int{200}, 0.003, 5, 2, 1, 0
	}
	list := []row{
		{"a step of one small copy", "µs", "", floor(tiny)},
		{"mushroom body, training", "images/s", "", mushroom(true, 1, long)},
		{"mushroom body, testing", "images/s", "", mushroom(false, 1, long)},
		{fmt.Sprintf("mushroom body, testing, %d copies", copies), "images/s", "", mushroom(false, copies, long)},
		{fmt.Sprintf("e-prop, an iteration of %d sequences of NEST's tutorial", batch), "ms", "", training(batch, long)},
	}
	for _, n := range sizes {
		list = append(list, row{fmt.Sprintf("Vogels-Abbott, %d neurons, 400 synapses each", n), "s per biological s", "",
			spiking(func() (*snn.Network, []*snn.SpikeRecording) { return networks.VogelsAbbott(n) }, duration)})
	}
	return append(list, row{fmt.Sprintf("cortical microcircuit at scale %g", scale), "s per biological s", "0.70 (GeNN, Titan RTX, scale 1)",
		spiking(func() (*snn.Network, []*snn.SpikeRecording) { return networks.Microcircuit(scale) }, duration)})
}

// floor is the time of the smallest step.
func floor(tiny bool) func(snn.Backend, float64) (float64, float64, error) {
	steps := int64(100_000)
	if tiny {
		steps = 20
	}
	return func(on snn.Backend, _ float64) (float64, float64, error) {
		p := &plan.Program{Name: "floor", Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 1}, {Name: "y", Len: 1}}}
		p.Ops = []plan.Op{&plan.Push{Label: "x", In: 0, Ring: 1, Slots: 1}}
		took, err := timed(on, p, steps)
		return took.Seconds() * 1e6 / float64(steps), 0, err
	}
}

// spiking is seconds per biological second of a network.
func spiking(describe func() (*snn.Network, []*snn.SpikeRecording), duration snn.Time) func(snn.Backend, float64) (float64, float64, error) {
	return func(on snn.Backend, bandwidth float64) (value, bound float64, err error) {
		net, rasters := describe()
		sim, err := net.Build(snn.On(on))
		if err != nil {
			return 0, 0, err
		}
		defer sim.Close()
		if err := sim.Run(duration / 5); err != nil { // to settle
			return 0, 0, err
		}
		for _, r := range rasters {
			sim.TakeSpikes(r)
		}
		begin := time.Now()
		if err := sim.Run(duration); err != nil {
			return 0, 0, err
		}
		took := time.Since(begin).Seconds()
		spikes, neurons := 0, 0
		for _, r := range rasters {
			s := sim.Spikes(r)
			spikes += s.Len()
			neurons += s.N
		}
		p := sim.Plan()
		steps := float64(duration) / p.Dt
		moved := bytesOfStep(p, float64(spikes)/float64(neurons)/steps) * steps
		biological := float64(duration) / 1000
		return took / biological, moved / bandwidth / biological, nil
	}
}

// mushroom is images per second, of copies that run side by side.
func mushroom(training bool, copies int, long time.Duration) func(snn.Backend, float64) (float64, float64, error) {
	return func(on snn.Backend, _ float64) (float64, float64, error) {
		images, err := mnist.Test(1000)
		if err != nil {
			return 0, 0, err
		}
		n := networks.NewMushroom(training)
		sim, err := n.Net.Build(snn.On(on))
		if err != nil {
			return 0, 0, err
		}
		defer sim.Close()
		sims := []*snn.Sim{sim}
		if copies > 1 {
			batch, err := sim.Batch(copies)
			if err != nil {
				return 0, 0, err
			}
			defer batch.Close()
			sims = sims[:0]
			for i := range copies {
				sims = append(sims, batch.Sim(i))
			}
		}
		for _, s := range sims { // graphs and caches
			if err := n.Present(s, images, 0); err != nil {
				return 0, 0, err
			}
		}
		done, errs := make([]int, len(sims)), make([]error, len(sims))
		var all sync.WaitGroup
		begin := time.Now()
		for c, s := range sims {
			all.Go(func() {
				for errs[c] == nil && (done[c] == 0 || time.Since(begin) < long) {
					errs[c] = n.Present(s, images, c+done[c]*copies)
					done[c]++
				}
			})
		}
		all.Wait()
		took := time.Since(begin).Seconds()
		total := 0
		for c := range sims {
			if errs[c] != nil {
				return 0, 0, errs[c]
			}
			total += done[c]
		}
		return float64(total) / took, 0, nil
	}
}

// training is milliseconds for an iteration of e-prop, on a GPU or by the engine of
// package eprop; it has one mode.
func training(batch int, long time.Duration) func(snn.Backend, float64) (float64, float64, error) {
	return func(on snn.Backend, _ float64) (float64, float64, error) {
		net, sequences, err := networks.Evidence(batch)
		if err != nil {
			return 0, 0, err
		}
		var options []eprop.BuildOption
		if on.Name() == "cuda" {
			options = append(options, eprop.On(on))
		}
		sim, err := net.Build(options...)
		if err != nil {
			return 0, 0, err
		}
		defer sim.Close()
		if _, err := sim.Train(sequences); err != nil {
			return 0, 0, err
		}
		begin, done := time.Now(), 0
		for done == 0 || time.Since(begin) < long {
			if _, err := sim.Train(sequences); err != nil {
				return 0, 0, err
			}
			done++
		}
		return time.Since(begin).Seconds() * 1000 / float64(done), 0, nil
	}
}

// bytesOfStep is what a step must read and write at least when every neuron fires
// with probability active: the values of neurons once, and of every synapse that is
// visited its target, its values, and the input of the target.
func bytesOfStep(p *plan.Program, active float64) float64 {
	total := 0.0
	for _, op := range p.Ops {
		switch op := op.(type) {
		case *plan.Map:
			total += moved(p, op, op.Bind, float64(op.N))
		case *plan.Collect:
			total += float64(op.To.N)
		case *plan.Push:
			total += 2 * float64(p.Buffers[op.In].Len) * width(p, op.In)
		case *plan.Deliver:
			total += visits(p, op, op.Shape, op.Bind, active)
		case *plan.Column:
			total += visits(p, op, op.Shape, op.Bind, active)
		case *plan.Sweep:
			total += visits(p, op, op.Shape, op.Bind, 1/float64(op.Every))
		case *plan.MatVec:
			total += visits(p, op, op.Shape, op.Bind, 1)
		}
	}
	return total
}

func width(p *plan.Program, b int) float64 {
	return [...]float64{plan.F64: 8, plan.F32: 4, plan.I64: 8, plan.Bool: 1, plan.I32: 4}[p.Buffers[b].Type]
}

// moved is the bytes of what is bound for n elements of an operation, and, of other
// elements, of what is written.
func moved(p *plan.Program, op plan.Op, bind plan.Bind, n float64) (bytes float64) {
	times := map[int]float64{}
	for _, b := range plan.Writes(op) {
		times[b] = 2
	}
	seen := map[int]bool{}
	for _, o := range bind {
		if seen[o.Buffer] || o.Index != plan.Own && times[o.Buffer] == 0 {
			continue
		}
		seen[o.Buffer] = true
		bytes += n * width(p, o.Buffer) * max(times[o.Buffer], 1)
	}
	return bytes
}

// visits is the bytes for a part of the synapses of a shape.
func visits(p *plan.Program, op plan.Op, s plan.Shape, bind plan.Bind, part float64) float64 {
	n := float64(p.Stored(s))
	if g := s.Procedural; s.Kind == plan.Generated {
		n = float64(s.Pre) * float64(g.Number)
		if g.Rule == "probability" {
			n = float64(s.Pre) * float64(s.Post) * g.Probability
		}
	}
	targets := 0.0
	if s.Kind == plan.SparseRows {
		targets = 4
	}
	return moved(p, op, bind, n*part) + targets*n*part
}
