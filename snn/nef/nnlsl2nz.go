package nef

import (
	"math"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
)

// NnlsL2nz finds decoders that are not negative, with the penalty of [LstsqL2nz]:
// that of [NnlsL2], for each neuron in proportion to how often it is active.
type NnlsL2nz struct {
	Reg     float64
	Weights bool
}

// DefaultNnlsL2nz regularises with 0.1.
func DefaultNnlsL2nz() NnlsL2nz { return NnlsL2nz{Reg: 0.1} }

func (s NnlsL2nz) full() bool   { return s.Weights }
func (s NnlsL2nz) whole()       {}
func (s NnlsL2nz) check() error { return LstsqL2{Reg: s.Reg}.check() }

func (s NnlsL2nz) solve(a []float64, m, n int, y []float64, k int, _ *rng.RandomState) ([]float64, error) {
	largest := slices.Max(a)
	g := gram(a, m, n)
	for j := range n {
		active := 0
		for i := range m {
			if a[i*n+j] > 0 {
				active++
			}
		}
		sigma := 1.0
		if active > 0 {
			sigma = float64(float64(s.Reg*largest) * math.Sqrt(float64(active)/float64(m)))
		}
		g[j*n+j] += float64(float64(m) * float64(sigma*sigma))
		for i := range j {
			g[j*n+i] = g[i*n+j]
		}
	}
	targets := slices.Clone(y)
	for i, v := range targets {
		targets[i] = max(v, 0)
	}
	return nonNegative(g, n, n, product(transpose(a, m, n), n, m, targets, k), k)
}
