package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// Recording asks for the values of one variable over time. Samples are read
// from a simulation with [Sim.Samples].
type Recording struct {
	net   *Network
	of    Owner // never a View
	name  string
	every Time
	site  string
}

// Record keeps a variable, a parameter or a sum such as "sum(exc)" of a
// population or projection at the end of every step.
func (n *Network) Record(of Owner, name string) *Recording {
	r := &Recording{net: n, of: of, name: name, every: n.dt, site: callSite()}
	if absent(of) {
		r.of = nil
		n.mistake("recording "+r.label(), fmt.Errorf("it is of nothing (nil); give what Population, Input or Connect returned"))
		return r
	}
	if of.owned().net != n {
		n.mistake("recording "+r.label(), fmt.Errorf("it belongs to network %s; record a population or projection of %s", of.owned().net.name, n.name))
		return r
	}
	if _, isView := of.(View); isView {
		n.mistake("recording "+r.label(), fmt.Errorf("a view cannot be recorded; record its population and pick the neurons from the samples"))
		return r
	}
	n.recordings = append(n.recordings, r)
	return r
}

// Every keeps one sample in each period: at the end of the steps that complete
// one.
func (r *Recording) Every(period Time) *Recording {
	if n, err := steps(period, r.net.dt); err != nil || n < 1 {
		r.net.mistake("recording "+r.label(), fmt.Errorf("a sample every %v, want a multiple of the step of %v", period, r.net.dt))
		return r
	}
	r.every = period
	return r
}

// recordingSwitch is the buffer that switches a recording on and off.
func (l *layout) recordingSwitch(r any, label string) int {
	b := l.buffer(label+".recording", plan.Bool, 1)
	l.recording[r] = b
	return b
}

// Recording switches a recording, of a variable or of spikes, on or off: at
// first all are on. Together with [Sim.Every] it records under a condition.
func (s *Sim) Recording(r interface{ label() string }, on bool) error {
	b, ok := s.layout.recording[r]
	if !ok {
		return s.fail(fmt.Errorf("simulation %s: this recording belongs to another network", s.net.name))
	}
	x := 0.0
	if on {
		x = 1
	}
	s.set(b, 0, x)
	return nil
}

func (r *Recording) label() string {
	if r.of == nil {
		return r.name
	}
	return r.of.what() + "." + r.name
}

func (r *Recording) String() string { return fmt.Sprintf("record %s every %v", r.label(), r.every) }

// Samples is what a recording has gathered.
type Samples struct {
	Times  []Time      // at the end of the steps
	Values [][]float64 // one row per time: the values in row-major order
	Dim    []int       // shape of one row
}

// Dims and At make samples a matrix of times × elements, for plots.
func (s Samples) Dims() (r, c int) {
	if len(s.Values) == 0 {
		return 0, 0
	}
	return len(s.Values), len(s.Values[0])
}

// At is the value of element j at sample i.
func (s Samples) At(i, j int) float64 { return s.Values[i][j] }

// Of is the course of element j over time.
func (s Samples) Of(j int) []float64 {
	x := make([]float64, len(s.Values))
	for i := range x {
		x[i] = s.Values[i][j]
	}
	return x
}

// Array is the samples as one array of shape (times, shape…), for package npy.
func (s Samples) Array() (shape []int, data any) {
	flat := []float64{}
	for _, row := range s.Values {
		flat = append(flat, row...)
	}
	return append([]int{len(s.Times)}, s.Dim...), flat
}
