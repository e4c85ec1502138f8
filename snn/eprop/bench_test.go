package eprop

import (
	"fmt"
	"testing"

	"github.com/spikebook/spikebook/snn/rng"
)

// The whole tutorial: weights, trials, five iterations, final update.
func BenchmarkTutorial(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		n, r := tutorial(1, 1)
		sim := build(b, n)
		for range 5 {
			if _, err := sim.Train(trials(b, r, 1)); err != nil {
				b.Fatal(err)
			}
		}
		if err := sim.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}

// One iteration with 32 sequences, trials drawn or not.
func BenchmarkBatch32(b *testing.B) {
	for _, draw := range []bool{false, true} {
		b.Run(fmt.Sprintf("draw=%v", draw), func(b *testing.B) {
			b.ReportAllocs()
			n, r := tutorial(1, 32)
			sim := build(b, n)
			batch := trials(b, r, 32)
			for b.Loop() {
				if draw {
					batch = trials(b, r, 32)
				}
				if _, err := sim.Train(batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParts(b *testing.B) {
	n, r := tutorial(1, 1)
	sim := build(b, n)
	q := trials(b, r, 1)[0]
	e, ws := sim.e, sim.ws[0]
	b.Run("forward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e.begin(ws, ws.st, q)
			e.run(ws, ws.st, q, &sim.now, nil)
		}
	})
	b.Run("backward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e.gradient(ws, &sim.pending.full, nil, nil)
		}
	})
	b.Run("draw", func(b *testing.B) {
		r := rng.NewRandomState(1)
		for b.Loop() {
			trials(b, r, 1)
		}
	})
}
