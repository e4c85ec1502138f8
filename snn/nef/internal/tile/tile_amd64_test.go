package tile

import (
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// Each vector unit gives the bits of plain Go, not only the one that Add takes on
// this machine.
func TestVectorUnits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for k := 1; k < 70; k++ {
		a, b, c := make([]float64, k*Width), make([]float64, k*Width), make([]float64, 7*9+8)
		for _, x := range [][]float64{a, b, c} {
			for i := range x {
				x[i] = r.NormFloat64()
			}
		}
		want := slices.Clone(c)
		plain(want, 9, a, b, k)
		if cpu.X86.HasAVX2 {
			got := slices.Clone(c)
			avx2(&got[0], 9, &a[0], &b[0], k)
			avx2(&got[4*9], 9, &a[4], &b[0], k)
			if !slices.Equal(got, want) {
				t.Errorf("AVX2, k = %d: got %v, want %v", k, got, want)
			}
		}
		if cpu.X86.HasAVX512F {
			got := slices.Clone(c)
			avx512(&got[0], 9, &a[0], &b[0], k)
			if !slices.Equal(got, want) {
				t.Errorf("AVX-512, k = %d: got %v, want %v", k, got, want)
			}
		}
	}
}
