package snn

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spikebook/spikebook/snn/plan"
)

// SpikeRecording asks for the spikes of a population. They are read from a
// simulation with [Sim.Spikes].
type SpikeRecording struct {
	net  *Network
	pop  *Population
	of   any // what fires: the population, or an eventKey
	site string
}

// RecordSpikes keeps every spike of a population.
func (n *Network) RecordSpikes(p *Population) *SpikeRecording {
	r := &SpikeRecording{net: n, pop: p, of: p, site: callSite()}
	if p == nil || p.net != n {
		n.mistake("recording of spikes", fmt.Errorf("it is not of a population of network %s; give what Population returned", n.name))
		return r
	}
	if !p.spiking() {
		n.mistake(r.what(), fmt.Errorf("%s does not fire; use Record for its variables", p.what()))
		return r
	}
	n.rasters = append(n.rasters, r)
	return r
}

// RecordEvents keeps the events of the source neurons that the projection's
// model defines with OnPreEvent.
func (n *Network) RecordEvents(p *Projection) *SpikeRecording {
	r := &SpikeRecording{net: n, site: callSite()}
	if p == nil || p.net != n || p.model == nil || p.model.PreEvent == nil {
		n.mistake("recording of events", fmt.Errorf("it is not of a projection whose rule has OnPreEvent"))
		return r
	}
	r.pop, r.of = p.pre, eventKey{p, false}
	n.rasters = append(n.rasters, r)
	return r
}

func (r *SpikeRecording) what() string {
	if r.pop == nil {
		return "recording of spikes"
	}
	return "spikes of " + r.pop.name
}

func (r *SpikeRecording) label() string { return r.what() }

func (r *SpikeRecording) String() string { return "record " + r.what() }

func (l *layout) recordSpikes(r *SpikeRecording) {
	n := 0
	for _, op := range l.program.Ops {
		switch op.(type) {
		case *plan.Record, *plan.RecordSpikes:
			n++
		}
	}
	l.rasters[r] = n
	l.op(&plan.RecordSpikes{Label: r.pop.name, From: l.fires(r.of).spikes, Enabled: l.recordingSwitch(r, r.pop.name)})
}

// Spikes are spikes in order of time, and of neurons within a step. A spike of
// the first step has time 0.
type Spikes struct {
	Times   []Time
	Neurons []int
	N       int // neurons of the population
}

// Spikes is what a recording has gathered since the start, the last reset, or
// the last [Sim.TakeSpikes].
func (s *Sim) Spikes(r *SpikeRecording) Spikes {
	k, ok := s.layout.rasters[r]
	if !ok {
		s.fail(fmt.Errorf("simulation %s: this recording belongs to another network", s.net.name))
		return Spikes{}
	}
	s.take()
	raw := s.state.Records[k]
	out := Spikes{Times: make([]Time, len(raw.Steps)), Neurons: make([]int, len(raw.Steps)), N: r.pop.Len()}
	for i, step := range raw.Steps {
		out.Times[i] = Time(step) * s.net.dt
		out.Neurons[i] = int(raw.I32[i])
	}
	return out
}

// TakeSpikes is Spikes, after which the recording begins anew.
func (s *Sim) TakeSpikes(r *SpikeRecording) Spikes {
	out := s.Spikes(r)
	if k, ok := s.layout.rasters[r]; ok {
		raw := &s.state.Records[k]
		raw.Steps, raw.I32 = raw.Steps[:0], raw.I32[:0]
	}
	return out
}

// String counts the spikes and names the first: "12 spikes of 100 neurons, from
// 3 ms to 9 ms: 41 at 3 ms, 7 at 3.2 ms, …".
func (s Spikes) String() string {
	if len(s.Times) == 0 {
		return fmt.Sprintf("no spikes of %d neurons", s.N)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d spikes of %d neurons, from %v to %v: ", len(s.Times), s.N, s.Times[0], s.Times[len(s.Times)-1])
	for i := range min(len(s.Times), 6) {
		fmt.Fprintf(&b, "%d at %v, ", s.Neurons[i], s.Times[i])
	}
	if len(s.Times) > 6 {
		return b.String() + "…"
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// Len is the number of spikes.
func (s Spikes) Len() int { return len(s.Times) }

// Of are the times at which a neuron fired.
func (s Spikes) Of(neuron int) []Time {
	var t []Time
	for i, n := range s.Neurons {
		if n == neuron {
			t = append(t, s.Times[i])
		}
	}
	return t
}

// Between are the spikes with from ≤ time < to.
func (s Spikes) Between(from, to Time) Spikes {
	a := sort.Search(len(s.Times), func(i int) bool { return s.Times[i] >= from })
	b := sort.Search(len(s.Times), func(i int) bool { return s.Times[i] >= to })
	return Spikes{s.Times[a:max(a, b)], s.Neurons[a:max(a, b)], s.N}
}

// Counts is the number of spikes of each neuron.
func (s Spikes) Counts() []int {
	c := make([]int, s.N)
	for _, n := range s.Neurons {
		c[n]++
	}
	return c
}

// Active is the neurons that fired, ascending.
func (s Spikes) Active() []int {
	a := slices.Clone(s.Neurons)
	slices.Sort(a)
	return slices.Compact(a)
}

// Rate is the mean rate of a neuron in Hz over a duration.
func (s Spikes) Rate(over Time) float64 {
	if s.N == 0 || over <= 0 {
		return 0
	}
	return float64(len(s.Times)) / float64(s.N) / float64(over) * 1000
}

// XY are times in ms and neurons as numbers, for a raster plot.
func (s Spikes) XY() (times, neurons []float64) {
	times, neurons = make([]float64, len(s.Times)), make([]float64, len(s.Times))
	for i := range s.Times {
		times[i], neurons[i] = float64(s.Times[i]), float64(s.Neurons[i])
	}
	return times, neurons
}
