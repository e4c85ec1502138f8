package nef

import (
	"archive/zip"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spikebook/spikebook/npy"
)

// recorded is one case of testdata: arrays that Nengo gave, and how closely each
// must be met. See testdata/README.md.
type recorded struct {
	t     *testing.T
	name  string
	file  *zip.ReadCloser
	index map[string]struct {
		Shape     []int
		Tolerance string
	}
	seen map[string]bool
}

// folder holds the cases. The environment variable NENGO_RECORDED may name another
// one, with more random networks by testdata/record.py.
func folder() string { return cmp.Or(os.Getenv("NENGO_RECORDED"), "testdata") }

// looked are the arrays that tests have looked at, "case/array".
var looked sync.Map

// TestMain fails after a run of all tests if an array of a recorded case was
// looked at by none of them.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""
	if code == 0 && whole {
		if missing := passedOver(); len(missing) > 0 {
			fmt.Printf("FAIL: no test looks at %d recorded arrays, such as %v\n", len(missing), missing[:min(len(missing), 10)])
			code = 1
		}
	}
	os.Exit(code)
}

func passedOver() (missing []string) {
	cases, err := index()
	if err != nil {
		return []string{err.Error()}
	}
	for name, raw := range cases {
		var c struct {
			Arrays map[string]struct{ Tolerance string }
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return []string{err.Error()}
		}
		for array, a := range c.Arrays {
			if _, ok := looked.Load(name + "/" + array); !ok && a.Tolerance != "info" {
				missing = append(missing, name+"/"+array)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// The index names the files that are there, so that none is passed over.
func TestIndex(t *testing.T) {
	cases, err := index()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder(), "*.npz"))
	if err != nil || len(files) != len(cases) || len(files) < 80 {
		t.Errorf("%d files and %d cases in the index (%v), want equal numbers and at least 80", len(files), len(cases), err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".npz"); cases[name] == nil {
			t.Errorf("%s is not in the index", name)
		}
	}
}

var index = sync.OnceValues(func() (map[string]json.RawMessage, error) {
	b, err := os.ReadFile(filepath.Join(folder(), "index.json"))
	if err != nil {
		return nil, err
	}
	var x struct{ Cases map[string]json.RawMessage }
	err = json.Unmarshal(b, &x)
	return x.Cases, err
})

func open(t *testing.T, name string) *recorded {
	t.Helper()
	f, err := zip.OpenReader(filepath.Join(folder(), name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	cases, err := index()
	if err != nil {
		t.Fatal(err)
	}
	r := &recorded{t: t, name: name, file: f, seen: map[string]bool{}}
	var c struct {
		Arrays map[string]struct {
			Shape     []int
			Tolerance string
		}
	}
	if err := json.Unmarshal(cases[name], &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r.index = c.Arrays
	return r
}

func (r *recorded) has(array string) bool { _, ok := r.index[array]; return ok }

// get is an array as numbers, and its shape.
func (r *recorded) get(array string) ([]float64, []int) {
	r.t.Helper()
	r.seen[array] = true
	looked.Store(r.name+"/"+array, true)
	f, err := r.file.Open(array + ".npy")
	if err != nil {
		r.t.Fatalf("%s: %v", r.name, err)
	}
	defer f.Close()
	if r.index[array].Tolerance == "spikes" {
		a, err := npy.Read[uint8](f)
		if err != nil {
			r.t.Fatalf("%s: %s: %v", r.name, array, err)
		}
		x := make([]float64, len(a.Data))
		for i, v := range a.Data {
			x[i] = float64(v)
		}
		return x, a.Shape
	}
	a, err := npy.Read[float64](f)
	if err != nil {
		r.t.Fatalf("%s: %s: %v", r.name, array, err)
	}
	return a.Data, a.Shape
}

func (r *recorded) one(array string) float64 { x, _ := r.get(array); return x[0] }

func (r *recorded) rows(array string) Rows {
	x, shape := r.get(array)
	rows := make(Rows, shape[0])
	w := len(x) / max(shape[0], 1)
	for i := range rows {
		rows[i] = x[i*w : i*w+w]
	}
	return rows
}

// check compares with an array at its tolerance.
func (r *recorded) check(array string, got []float64) {
	r.t.Helper()
	want, shape := r.get(array)
	if len(got) != len(want) {
		r.t.Errorf("%s: %s has %d values, want %d of shape %v", r.name, array, len(got), len(want), shape)
		return
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	tolerance := r.index[array].Tolerance
	limit := func(w float64) float64 {
		switch tolerance {
		case "exact", "spikes":
			return 0
		case "points", "value":
			return 1e-11 * max(1, largest)
		case "scaled":
			return 1e-11 * largest
		case "gain":
			return 1e-12 * max(1, math.Abs(w))
		case "rel14":
			return 1e-14 * math.Abs(w)
		}
		r.t.Fatalf("%s: %s has the tolerance %q", r.name, array, tolerance)
		return 0
	}
	width := 1
	if len(shape) > 1 {
		width = len(want) / max(shape[0], 1)
	}
	bad, first, worst, badRows, lastRow := 0, -1, 0.0, 0, -1
	for i, w := range want {
		d := math.Abs(got[i] - w)
		if d <= limit(w) || w == got[i] || w != w && got[i] != got[i] {
			continue
		}
		bad++
		if first < 0 {
			first = i
		}
		worst = max(worst, d)
		if math.IsNaN(d) {
			worst = math.Inf(1)
		}
		if i/width != lastRow {
			lastRow = i / width
			badRows++
		}
	}
	if tolerance == "points" && worst <= 1e-8 && badRows*100 <= shape[0] {
		return // see specification: the map to the sphere is ill-conditioned at a few points
	}
	if bad > 0 {
		r.t.Errorf("%s: %s differs in %d of %d values; the first is [%d] (row %d): got %v, want %v; largest difference %g (%s)",
			r.name, array, bad, len(want), first, first/width, got[first], want[first], worst, tolerance)
	}
}

// all fails if an array was never looked at.
func (r *recorded) all() {
	r.t.Helper()
	for name, a := range r.index {
		if !r.seen[name] && a.Tolerance != "info" {
			r.t.Errorf("%s: array %s is not compared", r.name, name)
		}
	}
}

// built compares an ensemble's parameters.
func (r *recorded) built(prefix string, s *Sim, e *Ensemble) {
	r.t.Helper()
	b := s.Ensemble(e)
	check := func(name string, got []float64) {
		r.t.Helper()
		if r.has(prefix + name) {
			r.check(prefix+name, got)
		}
	}
	check("seed", []float64{float64(b.Seed)})
	check("eval_points", b.EvalPoints.Data)
	check("encoders", b.Encoders.Data)
	check("max_rates", b.MaxRates)
	check("intercepts", b.Intercepts)
	check("gain", b.Gain)
	check("bias", b.Bias)
	check("scaled_encoders", b.ScaledEncoders.Data)
	for name, x := range b.Initial {
		check(name+"_initial", x)
	}
}
