package nef

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/rng"
)

// noisy has processes with and without seeds, as nodes and as noise.
func noisy(seed uint32) (*Network, []*Probe) {
	n := New("noisy", Seed(seed))
	a := n.Node("white", WhiteNoise(Gaussian(0, 0.1)).Size(2))
	b := n.Node("signal", WhiteSignal(0.3, 20).Y0(0.2))
	c := n.Node("brown", BrownNoise(Gaussian(0, 1)).Seed(3))
	d := n.Node("filtered", FilteredNoise(Alpha(0.01), Uniform(-1, 1)))
	e := n.Ensemble("e", 20, 2).Noise(FilteredNoise(Lowpass(0.01), Gaussian(0, 0.05)))
	f := n.Ensemble("drawn", 10, 1).Type(PoissonSpiking{DefaultLIFRate(), 1}).Noise(WhiteNoise(Gaussian(0, 0.1)))
	n.Connect(a, e)
	n.Connect(b, e.At(0))
	n.Connect(c, e.At(1)).Synapse(Triangle(0.004))
	n.Connect(d, f).Synapse(NoSynapse)
	pes := n.Connect(e, f).Transform(Matrix([]float64{1, 0.5})).Learn(DefaultPES())
	n.Connect(f, pes)
	return n, []*Probe{n.Probe(a), n.Probe(b), n.Probe(c), n.Probe(d), n.Probe(e.Neurons()), n.Probe(e.Neurons()).Signal("input"), n.Probe(f.Neurons())}
}

// A simulation that goes on from a snapshot has the noise of one without a break,
// whatever the seed of the simulation that goes on, and also after an interrupt in the
// middle of a table.
func TestSnapshotOfProcesses(t *testing.T) {
	eachBackend(t, func(t *testing.T, on snn.Backend) {
		n, probes := noisy(1)
		whole := mustBuild(t, n, On(on))
		if err := whole.RunSteps(300); err != nil {
			t.Fatal(err)
		}
		for _, steps := range []int64{0, 1, 127, 128, 200} {
			m, _ := noisy(1)
			first := mustBuild(t, m, On(on))
			if err := first.RunSteps(steps); err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := gob.NewEncoder(&file).Encode(first.Snapshot()); err != nil {
				t.Fatal(err)
			}
			if err := first.RunSteps(2); err != nil { // going on does not change what was taken
				t.Fatal(err)
			}
			var shot Snapshot
			if err := gob.NewDecoder(&file).Decode(&shot); err != nil {
				t.Fatal(err)
			}
			m, again := noisy(1)
			second := mustBuild(t, m, On(on), ProcessSeed(77))
			if err := second.RunSteps(5); err != nil {
				t.Fatal(err)
			}
			if err := second.Restore(shot); err != nil {
				t.Fatal(err)
			}
			if err := second.RunSteps(300 - steps); err != nil {
				t.Fatal(err)
			}
			for i, p := range probes {
				all, part := whole.Data(p), second.Data(again[i])
				if part.Len() != int(300-steps) || !slices.Equal(all.Data[len(all.Data)-len(part.Data):], part.Data) {
					t.Errorf("%s differs after a snapshot at step %d", p.what(), steps)
				}
			}
			before := second.Steps()
			whole := shot.Processes[1].Memory
			shot.Processes[1].Memory = append(shot.Processes[1].Memory, 0)
			if err := second.Restore(shot); err == nil || !strings.Contains(err.Error(), "describe the same network") || second.Steps() != before {
				t.Errorf("a snapshot of another process: %v", err)
			}
			shot.Processes[1].Memory = whole
			shot.Processes = shot.Processes[:2]
			if err := second.Restore(shot); err == nil || !strings.Contains(err.Error(), "2 processes") {
				t.Errorf("a snapshot with too few processes: %v", err)
			}
		}
	})
}

// An interrupt leaves rows of the tables that were evaluated and not used. A
// snapshot there, and going on from there, have the noise of a run without a break.
func TestSnapshotAfterInterrupt(t *testing.T) {
	n, probes := noisy(4)
	whole := mustBuild(t, n)
	if err := whole.RunSteps(400); err != nil {
		t.Fatal(err)
	}
	m, _ := noisy(4)
	first := mustBuild(t, m)
	if err := first.RunSteps(130); err != nil {
		t.Fatal(err)
	}
	// What RunSteps does that is interrupted after 37 of 100 steps.
	first.fill(100)
	done, err := first.advance(37)
	if err != nil || done != 37 {
		t.Fatalf("%d steps: %v", done, err)
	}
	first.step += done
	first.filled -= int(done)
	at := first.Steps()
	shot := first.Snapshot()
	m, again := noisy(4)
	second := mustBuild(t, m)
	if err := second.Restore(shot); err != nil {
		t.Fatal(err)
	}
	if err := second.RunSteps(400 - at); err != nil {
		t.Fatal(err)
	}
	if err := first.RunSteps(400 - at); err != nil {
		t.Fatal(err)
	}
	for i, p := range probes {
		all, part := whole.Data(p), second.Data(again[i])
		if !slices.Equal(all.Data[len(all.Data)-len(part.Data):], part.Data) {
			t.Errorf("%s differs after a snapshot at step %d, where the run was interrupted", p.what(), at)
		}
	}
	for i := range first.signals {
		if !slices.Equal(first.signals[i], whole.signals[i]) && !strings.HasSuffix(first.l.signals[i].name, " ahead") && first.l.signals[i] != first.l.tick {
			t.Errorf("the interrupted simulation ends with another %s", first.l.signals[i].name)
		}
	}
}

func TestProcessSeeds(t *testing.T) {
	run := func(s *Sim, probes []*Probe) string {
		if err := s.RunSteps(150); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range probes {
			all = append(all, fmt.Sprint(s.Data(p).Data))
		}
		return strings.Join(all, "\n")
	}
	n, probes := noisy(1)
	s := mustBuild(t, n)
	first := run(s, probes)
	if s.Reset(); run(s, probes) != first {
		t.Error("after Reset the noise is another")
	}
	s.ResetWith(8)
	other := run(s, probes)
	if other == first {
		t.Error("after ResetWith the noise is the same")
	}
	m, again := noisy(1)
	if run(mustBuild(t, m, ProcessSeed(8)), again) != other {
		t.Error("ProcessSeed and ResetWith with the same seed differ")
	}
	if brown := again[2]; fmt.Sprint(s.Data(probes[2]).Data) != strings.Split(first, "\n")[2] {
		t.Errorf("%s has a seed of its own and changes with the simulation's", brown.what())
	}
}

// The statistics of processes are those of their descriptions.
func TestProcessStatistics(t *testing.T) {
	moments := func(x []float64) (mean, deviation float64) {
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			deviation += (v - mean) * (v - mean) / float64(len(x))
		}
		return mean, math.Sqrt(deviation)
	}
	column := func(p Process, steps int, dt float64) []float64 {
		rows, err := p.Seed(11).Run(steps, dt)
		if err != nil {
			t.Fatal(err)
		}
		return flat(rows)
	}
	// 40,000 numbers: the standard error of a deviation is 0.35 %.
	if _, d := moments(column(WhiteNoise(Gaussian(0, 2)), 40000, 0.001)); math.Abs(d/2*math.Sqrt(0.001)-1) > 0.02 {
		t.Errorf("white noise has the deviation %v, want 2/√dt", d)
	}
	if _, d := moments(column(WhiteNoise(Gaussian(0, 2)).Unscaled(), 40000, 0.001)); math.Abs(d/2-1) > 0.02 {
		t.Errorf("unscaled noise has the deviation %v, want 2", d)
	}
	// Brown noise has independent steps of deviation √dt.
	x := column(BrownNoise(Gaussian(0, 1)), 40000, 0.001)
	steps := make([]float64, len(x)-1)
	for i := range steps {
		steps[i] = x[i+1] - x[i]
	}
	if _, d := moments(steps); math.Abs(d/math.Sqrt(0.001)-1) > 0.02 {
		t.Errorf("brown noise has steps of the deviation %v, want √dt", d)
	}
	for _, c := range []struct{ period, high, rms, dt float64 }{{1, 10, 0.5, 0.001}, {0.507, 60, 2, 0.001}, {2, 250, 0.1, 0.002}, {0.262, 100, 1, 0.001}} {
		n := 2 * int(math.Ceil(c.period/c.dt/2))
		x := column(WhiteSignal(c.period, c.high).RMS(c.rms), 2*n, c.dt)
		if !slices.Equal(x[:n], x[n:]) {
			t.Errorf("%+v: the second period differs from the first", c)
		}
		mean, d := moments(x[:n])
		waves := c.high * c.period
		if math.Abs(mean) > 1e-12 || math.Abs(d/c.rms-1) > 3/math.Sqrt(waves) {
			t.Errorf("%+v: mean %v and RMS %v", c, mean, d)
		}
		// No power above the highest frequency: a sum over all waves k of the period.
		for k := int(c.high*float64(n)*c.dt) + 2; k < n/2; k += 1 + n/20 {
			re, im := 0.0, 0.0
			for i, v := range x[:n] {
				re += v * math.Cos(2*math.Pi*float64(k*i)/float64(n))
				im += v * math.Sin(2*math.Pi*float64(k*i)/float64(n))
			}
			if p := math.Hypot(re, im) / float64(n); p > 1e-12*c.rms {
				t.Errorf("%+v: wave %d has the amplitude %v, want 0", c, k, p)
			}
		}
	}
	y := column(WhiteSignal(1, 20).Y0(0.3), 1000, 0.001)
	for _, v := range y {
		if math.Abs(v-0.3) < math.Abs(y[0]-0.3)-1e-9 {
			t.Fatalf("a signal with y0 = 0.3 begins at %v and comes to %v later", y[0], v)
		}
	}
}

// The transform of a random sequence is what the sum says, for lengths with large
// and small factors.
func TestFourier(t *testing.T) {
	r := rng.NewRandomState(2)
	for _, n := range []int{1, 2, 3, 4, 6, 7, 12, 22, 35, 64, 97, 100, 128, 194} {
		a := make([]complex128, n)
		for i := range a {
			a[i] = complex(r.Randn(), r.Randn())
		}
		got := fourier(a)
		for j := range n {
			want := complex(0, 0)
			for k, x := range a {
				s, c := math.Sincos(2 * math.Pi * float64(j*k%n) / float64(n))
				want += x * complex(c, s)
			}
			if d := got[j] - want; math.Hypot(real(d), imag(d)) > 1e-12*float64(n) {
				t.Fatalf("length %d: element %d is %v, want %v", n, j, got[j], want)
			}
		}
	}
}

func TestProcessMistakes(t *testing.T) {
	gauss := Gaussian(0, 1)
	for name, c := range map[string]struct {
		p    Process
		want string
	}{
		"empty":             {Process{}, "process is empty"},
		"no distribution":   {WhiteNoise(nil), "no distribution"},
		"synapse":           {FilteredNoise(Lowpass(-1), gauss), "time constant -1"},
		"size":              {WhiteNoise(gauss).Size(0), "size 0"},
		"period":            {WhiteSignal(0, 5), "period of 0 s"},
		"high":              {WhiteSignal(1, 0.5), "want at least 1 Hz"},
		"nyquist":           {WhiteSignal(1, 501), "want at most 500 Hz"},
		"NaN":               {WhiteSignal(math.NaN(), 5), "period of NaN"},
		"long":              {WhiteSignal(1e9, 5), "shorten the period"},
		"rms":               {WhiteSignal(1, 5).RMS(0), "RMS of 0"},
		"rms of noise":      {WhiteNoise(gauss).RMS(1), "no RMS"},
		"y0":                {WhiteSignal(1, 5).Y0(math.Inf(1)), "begins at +Inf"},
		"y0 of noise":       {BrownNoise(gauss).Y0(1), "leave Y0 out"},
		"unscaled":          {WhiteSignal(1, 5).Unscaled(), "leave Unscaled out"},
		"interpolate":       {WhiteNoise(gauss).Interpolate(Linear), "leave Interpolate out"},
		"interpolation":     {Piecewise(map[float64][]float64{0: {1}}).Interpolate(9), "interpolation 9"},
		"few":               {Piecewise(map[float64][]float64{0: {1}, 1: {2}}).Interpolate(Cubic), "too few"},
		"size of Piecewise": {Piecewise(map[float64][]float64{0: {1}}).Size(2), "1 numbers, not 2"},
		"ragged rows":       {PresentInput([][]float64{{1}, {1, 2}}, 1), "row [1 2] at 1"},
		"NaN value":         {Piecewise(map[float64][]float64{0: {math.NaN()}}), "finite"},
	} {
		n := New("net", Seed(0))
		n.Node("p", c.p)
		_, err := n.Build(On(snn.Ref))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "node p (process_test.go:") {
			t.Errorf("%s: got %v, want %q and the line", name, err, c.want)
		}
		if _, err := c.p.Run(1, 0.001); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s off line: got %v, want %q", name, err, c.want)
		}
	}
	n := New("net", Seed(0))
	n.Node("nil", nil)
	e := n.Ensemble("e", 3, 1)
	e.Noise(WhiteNoise(gauss).Size(2))
	e.Noise(Process{})
	e.Noise(WhiteNoise(nil))
	if m := n.mistakes; len(m) != 4 {
		t.Errorf("got %v, want four mistakes", m)
	}
	if _, err := WhiteNoise(gauss).Run(-1, 0.001); err == nil {
		t.Error("-1 steps are no error")
	}
}
