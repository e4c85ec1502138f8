package nef

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/spikebook/spikebook/snn"
)

func BenchmarkTutorialA(b *testing.B) {
	a := newAssociations()
	describe := func() memoryNet {
		n := newMemory(a, 0, OfTime(learnThenRecall))
		n.Probe(n.keys)
		n.Probe(n.values)
		n.Probe(n.learning)
		n.Probe(n.err).Synapse(Lowpass(0.005))
		n.Probe(n.recall)
		n.Probe(n.voja).Signal("scaled_encoders")
		return n
	}
	for _, on := range backends {
		if on.name == "cc" && !haveCC {
			continue
		}
		b.Run("build/"+on.name, func(b *testing.B) {
			for b.Loop() {
				s, err := describe().Build(On(on.b))
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
		b.Run("run/"+on.name, func(b *testing.B) {
			s, err := describe().Build(On(on.b))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for b.Loop() {
				s.Reset()
				if err := s.Run(3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBuild builds two connected one-dimensional ensembles.
func BenchmarkBuild(b *testing.B) {
	for _, neurons := range []int{1000, 2000, 5000} {
		b.Run(fmt.Sprint(neurons), func(b *testing.B) {
			for b.Loop() {
				n := New("pair", Seed(0))
				n.Connect(n.Ensemble("a", neurons, 1), n.Ensemble("b", neurons, 1))
				s, err := n.Build(On(snn.Ref))
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}

// BenchmarkLIF runs neurons without connections; ns/neuron-step is the measure.
func BenchmarkLIF(b *testing.B) {
	const neurons, steps = 100_000, 20
	for _, on := range backends {
		if on.name == "cc" && !haveCC {
			continue
		}
		b.Run(on.name, func(b *testing.B) {
			n := New("lif", Seed(0))
			n.Ensemble("a", neurons, 1).NEvalPoints(1)
			s, err := n.Build(On(on.b))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for b.Loop() {
				if err := s.RunSteps(steps); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/neurons/steps, "ns/neuron-step")
		})
	}
}

// BenchmarkConvolution binds vectors by the standard network, d dimensions with so
// many neurons for each product, and measures the build and one simulated second.
func BenchmarkConvolution(b *testing.B) {
	if !haveCC {
		b.Skip("needs a C compiler")
	}
	for _, size := range []struct{ neurons, d int }{{100, 50}, {200, 100}, {500, 500}} {
		b.Run(fmt.Sprintf("%dx%d", size.neurons, size.d), func(b *testing.B) {
			var build, run time.Duration
			const steps = 100
			for b.Loop() {
				start := time.Now()
				n := New("convolution", Seed(0))
				c := n.CircularConvolution("c", size.neurons, size.d)
				x := repeat(1/math.Sqrt(float64(size.d)), size.d)
				n.Connect(n.Node("a", Constant(x...)), c.A)
				n.Connect(n.Node("b", Constant(x...)), c.B)
				n.Probe(c.Output).Synapse(Lowpass(0.01))
				s, err := n.Build(On(snn.CC))
				if err != nil {
					b.Fatal(err)
				}
				build += time.Since(start)
				start = time.Now()
				if err := s.RunSteps(steps); err != nil {
					b.Fatal(err)
				}
				run += time.Since(start)
				s.Close()
			}
			b.ReportMetric(build.Seconds()/float64(b.N), "build-s")
			b.ReportMetric(run.Seconds()/float64(b.N)/steps*1000, "run-s/sim-s")
		})
	}
}
