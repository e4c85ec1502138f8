package nef

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/npy"
	"github.com/spikebook/spikebook/snn"
)

func equalMatrix(a, b snn.Matrix) bool {
	return a.Rows == b.Rows && a.Cols == b.Cols && slices.Equal(a.Data, b.Data)
}

// A trained network goes to a file and comes back, every number to the last bit; a
// network that is made of it fires the spikes of the trained one.
func TestFreeze(t *testing.T) {
	n := newMemory(newAssociations(), 5, OfTime(learnThenRecall))
	s := mustBuild(t, n.Network)
	if err := s.Run(0.4); err != nil {
		t.Fatal(err)
	}
	frozen, err := s.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "memory.npz")
	if err := frozen.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadFrozen(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Ensembles) != 2 || len(loaded.Connections) != len(frozen.Connections) || len(loaded.Connections) < 2 {
		t.Fatalf("the file has %d ensembles and %d connections, want 2 and %d", len(loaded.Ensembles), len(loaded.Connections), len(frozen.Connections))
	}
	for name, want := range frozen.Connections {
		if !equalMatrix(loaded.Connections[name], want) {
			t.Errorf("connection %s differs after saving and loading", name)
		}
	}
	for name, want := range frozen.Ensembles {
		got := loaded.Ensembles[name]
		got.Type = want.Type
		wv, wm := want.parts()
		gv, gm := got.parts()
		for k, v := range wv {
			if !slices.Equal(*v, *gv[k]) {
				t.Errorf("%s of ensemble %s differs after saving and loading", k, name)
			}
		}
		for k, m := range wm {
			if !equalMatrix(*m, *gm[k]) {
				t.Errorf("%s of ensemble %s differs after saving and loading", k, name)
			}
		}
	}
	scaled, _ := s.ScaledEncoders(n.memory)
	weights, _ := s.Weights(n.out)
	if e := loaded.Ensembles["memory"]; !equalMatrix(e.ScaledEncoders, scaled) || !equalMatrix(loaded.Connections["memory→recall"], weights) {
		t.Error("the file does not hold what the simulation has learned")
	}

	// Recall only, once with the neurons of the file and once with those of the running
	// simulation.
	recall := func(take func(e *Ensemble) *Ensemble, w snn.Matrix) Samples {
		m := New("recall", Seed(1))
		e := take(m.Ensemble("memory", 200, 2).Seed(9))
		out := m.Node("out", PassThrough(4))
		m.Connect(m.Node("keys", OfTime(cycle(newAssociations().keys))), e).Synapse(NoSynapse)
		m.Connect(e, out).Function(func([]float64) []float64 { return make([]float64, 4) }).Solver(NoSolver{Decoders: ColumnsOf(w)})
		p := m.Probe(out)
		again := mustBuild(t, m)
		if err := again.Run(0.3); err != nil {
			t.Fatal(err)
		}
		if now, err := again.ScaledEncoders(e); err != nil || !equalMatrix(now, scaled) {
			t.Errorf("the new ensemble has other encoders (%v)", err)
		}
		return again.Data(p)
	}
	a := recall(func(e *Ensemble) *Ensemble { return e.Frozen(loaded.Ensembles["memory"]) }, loaded.Connections["memory→recall"])
	b := recall(func(e *Ensemble) *Ensemble { return e.As(s, n.memory) }, weights)
	if !slices.Equal(a.Data, b.Data) || a.Len() != 300 {
		t.Error("a network of frozen neurons differs from one of the trained ones")
	}
	most := 0.0
	for _, x := range a.Data {
		most = max(most, x)
	}
	if most < 0.1 {
		t.Errorf("the recalled values are at most %v; the memory has learned nothing", most)
	}
}

func TestFrozenRefusesNonsense(t *testing.T) {
	n := New("net", Seed(0))
	e := n.Ensemble("e", 4, 2)
	s := mustBuild(t, n)
	f, err := s.FreezeEnsemble(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(f *FrozenEnsemble){
		"4 gains":            func(f *FrozenEnsemble) { f.Gain = append(slices.Clone(f.Gain), 1) },
		"encoders":           func(f *FrozenEnsemble) { f.Encoders.Rows = 3 },
		"evaluation points":  func(f *FrozenEnsemble) { f.EvalPoints.Cols = 3 },
		"radius 0":           func(f *FrozenEnsemble) { f.Radius = 0 },
		"want to be finite":  func(f *FrozenEnsemble) { f.Bias = []float64{0, 0, 0, math.NaN()} },
		"want 4, one for ea": func(f *FrozenEnsemble) { f.MaxRates = nil },
	} {
		bad := f
		change(&bad)
		m := New("other", Seed(0))
		m.Ensemble("e", 4, 2).Frozen(bad)
		if err := m.Err(); err == nil || !strings.Contains(err.Error(), "frozen ensemble") || !strings.Contains(err.Error(), "freeze_test.go") {
			t.Errorf("%s: got %v, want a mistake with its line", name, err)
		}
	}
	// Files that Save did not write.
	for want, files := range map[string]map[string][]float64{
		"its name is not":   {"memory.npy": {1}},
		"want gain, bias":   {"ensemble/e/colour.npy": {1}},
		"want a matrix":     {"connection/a→b.npy": {1}},
		"maximum rates":     {"ensemble/e/gain.npy": {1, 2}, "ensemble/e/bias.npy": {1, 2}, "ensemble/e/intercepts.npy": {0, 0}},
		"radius with one n": {"ensemble/e/radius.npy": {1, 2}},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, x := range files {
			w, _ := z.Create(name)
			if err := npy.Write(w, x, len(x)); err != nil {
				t.Fatal(err)
			}
		}
		z.Close()
		path := filepath.Join(t.TempDir(), "bad.npz")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadFrozen(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	if _, err := LoadFrozen(filepath.Join(t.TempDir(), "none.npz")); err == nil {
		t.Error("a file that is not there is no error")
	}
}
