package tile

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What runs on this machine, and the plain loop, are bit for bit the sum as the
// package defines it.
func TestAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		k, stride := r.IntN(40), 8+r.IntN(5)
		a, b := make([]float64, k*Width), make([]float64, k*Width)
		c := make([]float64, 7*stride+8)
		for _, x := range [][]float64{a, b, c} {
			for i := range x {
				if r.IntN(4) > 0 {
					x[i] = r.NormFloat64() * math.Exp2(float64(r.IntN(20)))
				}
			}
		}
		want, inGo := append([]float64(nil), c...), append([]float64(nil), c...)
		for i := range Width {
			for j := range Width {
				sum := 0.0
				for n := range k {
					sum += float64(a[n*Width+i] * b[n*Width+j])
				}
				want[i*stride+j] += sum
			}
		}
		Add(c, stride, a, b)
		plain(inGo, stride, a, b, k)
		for i := range c {
			if c[i] != want[i] || inGo[i] != want[i] {
				t.Fatalf("k = %d, stride %d: element %d is %v, in plain Go %v, want %v", k, stride, i, c[i], inGo[i], want[i])
			}
		}
	}
}

func TestAddChecksLengths(t *testing.T) {
	for name, f := range map[string]func(){
		"short c": func() { Add(make([]float64, 63), 8, make([]float64, 8), make([]float64, 8)) },
		"short b": func() { Add(make([]float64, 64), 8, make([]float64, 16), make([]float64, 8)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Add did not panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkAdd(b *testing.B) {
	x, y, c := make([]float64, 128*Width), make([]float64, 128*Width), make([]float64, 64)
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			Add(c, 8, x, y)
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			plain(c, 8, x, y, 128)
		}
	})
}
