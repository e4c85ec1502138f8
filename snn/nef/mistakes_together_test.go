package nef

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// Every mistake of a network comes back from one Build, each with the line that
// made the object.
func TestMistakesOfDifferentObjectsTogether(t *testing.T) {
	n := New("net", Seed(0))
	var lines []int
	here := func() { // called on the line before that of the mistake
		_, _, line, _ := runtime.Caller(1)
		lines = append(lines, line+1)
	}
	u, post := n.Node("u", Constant(1, 2)), n.Ensemble("post", 10, 2)
	here()
	n.Connect(u, post).Learn(DefaultPES())
	here()
	n.Ensemble("late", 3, 1).Intercepts(Values{0, 1, 0})
	here()
	n.Ensemble("lost", 2, 2).Encoders(Rows{{1, 0}, {0, 0}})
	here()
	n.Connect(u, post).Transform(Matrix([]float64{1, 2, 3}))
	here()
	n.Node("odd", OfTime(func(float64) []float64 { return []float64{math.NaN()} }))
	here()
	n.Connect(post, n.Node("v", PassThrough(1))).Function(func(x []float64) []float64 { return make([]float64, 1+int(math.Ceil(math.Abs(x[0])))) })
	_, err := n.Build(On(snn.Ref))
	var m snn.Mistakes
	if !errors.As(err, &m) || len(m) != len(lines) {
		t.Fatalf("got %d mistakes, want %d:\n%v", len(m), len(lines), err)
	}
	for k, want := range []string{"no matrix of weights", "intercept 1", "encoder of neuron 1 is 0", "the transform is 1 × 3", "NaN", "want 1 finite"} {
		site := fmt.Sprintf("mistakes_together_test.go:%d", lines[k])
		found := false
		for _, x := range m {
			found = found || x.Site == site && strings.Contains(x.Error(), want)
		}
		if !found {
			t.Errorf("no mistake of %s says %q:\n%v", site, want, err)
		}
	}
}
