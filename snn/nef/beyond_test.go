package nef

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

func TestSpikesOnly(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		n := newMemory(newAssociations(), 1, OfTime(learnThenRecall))
		dense, sparse := n.Probe(n.memory.Neurons()), n.Probe(n.memory.Neurons()).SpikesOnly()
		s := mustBuild(t, n.Network, On(b))
		if err := s.Run(0.3); err != nil {
			t.Fatal(err)
		}
		var want Spikes
		d := s.Data(dense)
		for i, time := range d.Times {
			for j := range d.Rows {
				if v := d.At(i, j); v != 0 {
					want.Times, want.Neurons, want.Values = append(want.Times, time), append(want.Neurons, j), append(want.Values, v)
				}
			}
		}
		if got := s.Spikes(sparse); len(got.Times) < 1000 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d spikes kept, %d in the dense recording, or at other times", len(got.Times), len(want.Times))
		}
		if s.Data(sparse).Len() != 0 {
			t.Error("a probe of spikes keeps dense samples")
		}
		if s.Reset(); len(s.Spikes(sparse).Times) != 0 {
			t.Error("spikes are left after a reset")
		}
		if s.Spikes(dense); s.Err() == nil {
			t.Error("spikes of a dense probe are no error")
		}
	})
}

func TestRunUntil(t *testing.T) {
	n := New("until", Seed(0))
	u := n.Node("u", OfTime(func(t float64) []float64 { return []float64{t} }))
	p := n.Probe(u)
	s := mustBuild(t, n)
	passed := func() bool { return s.Value(p).At(0, 0) > 0.0505 }
	for _, c := range []struct {
		limit float64
		done  bool
		steps int64
	}{{0.02, false, 20}, {1, true, 52}, {1, true, 52}} { // asked every second step
		done, err := s.RunUntil(passed, 0.002, c.limit)
		if err != nil || done != c.done || s.Steps() != c.steps {
			t.Errorf("done %v after %d steps (%v), want %v after %d", done, s.Steps(), err, c.done, c.steps)
		}
	}
	if _, err := s.RunUntil(passed, 0, 1); err == nil {
		t.Error("a period of 0 is no error")
	}
}

// A simulation that goes on from a snapshot, in another simulation, gives what one
// without a break gives: learning, filters, tables, noise and drawn spikes included.
func TestSnapshot(t *testing.T) {
	eachBackend(t, func(t *testing.T, b snn.Backend) {
		describe := func() (*Network, []*Probe) {
			n := newMemory(newAssociations(), 5, OfTime(learnThenRecall))
			e := n.Ensemble("drawn", 10, 1).Type(PoissonSpiking{DefaultLIFRate(), 1}).Noise(WhiteNoise(Gaussian(0, 0.1)))
			return n.Network, []*Probe{n.Probe(n.memory.Neurons()), n.Probe(n.recall).Synapse(Alpha(0.01)), n.Probe(n.out).Signal("weights").Every(0.0015), n.Probe(e.Neurons())}
		}
		n, probes := describe()
		whole := mustBuild(t, n, On(b))
		if err := whole.Run(0.1); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := gob.NewEncoder(&file).Encode(whole.Snapshot()); err != nil {
			t.Fatal(err)
		}
		if err := whole.Run(0.15); err != nil {
			t.Fatal(err)
		}
		var shot Snapshot
		if err := gob.NewDecoder(&file).Decode(&shot); err != nil {
			t.Fatal(err)
		}
		m, again := describe()
		second := mustBuild(t, m, On(b))
		if err := second.Restore(shot); err != nil {
			t.Fatal(err)
		}
		if err := second.Run(0.15); err != nil {
			t.Fatal(err)
		}
		for i, p := range probes {
			all, part := whole.Data(p), second.Data(again[i])
			k := len(all.Data) - len(part.Data)
			if part.Len() == 0 || !slices.Equal(all.Data[k:], part.Data) || !slices.Equal(all.Times[all.Len()-part.Len():], part.Times) {
				t.Errorf("%s differs after the snapshot", p.what())
			}
		}
		shot.Names[3] += "?"
		if err := second.Restore(shot); err == nil || !strings.Contains(err.Error(), "describe the same network") {
			t.Errorf("a snapshot of another network: %v", err)
		}
	})
}

func TestAsRefusesOtherSizes(t *testing.T) {
	n := New("trained", Seed(0))
	e := n.Ensemble("e", 10, 1)
	s := mustBuild(t, n)
	other := New("other", Seed(0))
	other.Ensemble("e", 11, 1).As(s, e)
	if err := other.Err(); err == nil || !strings.Contains(err.Error(), "want equal numbers") {
		t.Errorf("got %v", err)
	}
}

// A trained network goes on learning from a file, in another process as it were: bit
// for bit as without the break.
func TestSnapshotFile(t *testing.T) {
	describe := func() (memoryNet, *Probe) {
		n := newMemory(newAssociations(), 5, OfTime(learnThenRecall))
		return n, n.Probe(n.recall)
	}
	n, p := describe()
	whole := mustBuild(t, n.Network)
	if err := whole.Run(0.2); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "memory.gob")
	if err := whole.Snapshot().Save(path); err != nil {
		t.Fatal(err)
	}
	if err := whole.Run(0.2); err != nil {
		t.Fatal(err)
	}
	shot, err := LoadSnapshot(path)
	if err != nil {
		t.Fatal(err)
	}
	m, q := describe()
	second := mustBuild(t, m.Network)
	if err := errors.Join(second.Restore(shot), second.Run(0.2)); err != nil {
		t.Fatal(err)
	}
	all, part := whole.Data(p).Data, second.Data(q).Data
	if !slices.Equal(all[len(all)-len(part):], part) || len(part) != 800 {
		t.Error("the recall differs after saving and loading")
	}
	for _, c := range []struct {
		a, b *Connection
	}{{n.out, m.out}} {
		x, err1 := whole.Weights(c.a)
		y, err2 := second.Weights(c.b)
		if err := errors.Join(err1, err2); err != nil || !slices.Equal(x.Data, y.Data) {
			t.Errorf("the weights differ after saving, loading and learning (%v)", err)
		}
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSnapshot(path); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a file of nonsense: %v", err)
	}
	if _, err := LoadSnapshot(path + "?"); err == nil {
		t.Error("a file that is not there is no error")
	}
}

func TestCurves(t *testing.T) {
	n := New("curves", Seed(0))
	e := n.Ensemble("e", 20, 2).Radius(2)
	p := n.Probe(e)
	s := mustBuild(t, n)
	b := s.Ensemble(e)
	// At an encoder's end a neuron has its maximum rate, and below its intercept none.
	ends := make(Rows, 20)
	for j := range ends {
		ends[j] = []float64{2 * b.Encoders.At(j, 0), 2 * b.Encoders.At(j, 1)}
	}
	tuning, err := s.TuningCurves(e, ends)
	if err != nil {
		t.Fatal(err)
	}
	places := append([]float64{-1, 1}, b.Intercepts...)
	response, err := s.ResponseCurves(e, places)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 20 {
		if x := tuning.At(j, j); math.Abs(x-b.MaxRates[j]) > 1e-9*b.MaxRates[j] {
			t.Errorf("neuron %d fires at %v at the end of its encoder, want %v", j, x, b.MaxRates[j])
		}
		if low, high, at := response.At(0, j), response.At(1, j), response.At(2+j, j); math.Abs(high-b.MaxRates[j]) > 1e-9*high || low > at || at > 60 {
			t.Errorf("neuron %d fires at %v, %v and %v at −1, its intercept and 1", j, low, at, high)
		}
	}
	if _, err := s.TuningCurves(e, Rows{{1}}); err == nil {
		t.Error("a point of one dimension is no error")
	}
	if _, err := s.ResponseCurves(New("other").Ensemble("x", 3, 1), places); err == nil {
		t.Error("an ensemble of another network is no error")
	}
	if err := s.Run(0.01); err != nil {
		t.Fatal(err)
	}
	if s.ClearProbes(); s.Data(p).Len() != 0 {
		t.Error("samples are left after ClearProbes")
	}
	if err := s.Run(0.005); err != nil || s.Data(p).Len() != 5 || math.Abs(s.Data(p).Times[0]-0.011) > 1e-12 {
		t.Errorf("after ClearProbes there are %d samples from %v s on (%v), want 5 from 0.011 s", s.Data(p).Len(), s.Data(p).Times, err)
	}
}
