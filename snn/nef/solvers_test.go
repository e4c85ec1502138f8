package nef

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn"
	"pgregory.net/rapid"
)

// system draws activities of neurons with random thresholds, and targets.
func system(t *rapid.T) (a []float64, m, n int, y []float64, k int) {
	m, n, k = rapid.IntRange(20, 60).Draw(t, "points"), rapid.IntRange(2, 12).Draw(t, "neurons"), rapid.IntRange(1, 3).Draw(t, "targets")
	seed := rapid.Uint32Range(0, 1e6).Draw(t, "seed")
	x, slopes := randoms(seed, m), randoms(seed+1, 2*n)
	for i := range m {
		for j := range n {
			a = append(a, 100*max(0, slopes[2*j]*x[i]+math.Abs(slopes[2*j+1])))
		}
		for c := range k {
			y = append(y, math.Sin(float64(c+1)*x[i]))
		}
	}
	if slices.Max(a) == 0 {
		a[0] = 1
	}
	return a, m, n, y, k
}

// gradient is Aᵀ(Y − A X).
func gradient(a []float64, m, n int, y []float64, k int, x []float64) []float64 {
	rest := slices.Clone(y)
	for i, v := range product(a, m, n, x, k) {
		rest[i] -= v
	}
	return product(transpose(a, m, n), n, m, rest, k)
}

// Each solver's result meets the condition that makes it the solution.
func TestSolversMeetTheirConditions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, m, n, y, k := system(t)
		largest, size := slices.Max(a), 0.0
		for i := range n * k {
			size = max(size, math.Abs(gradient(a, m, n, y, k, make([]float64, n*k))[i]))
		}
		solve := func(s Solver) []float64 {
			if err := s.check(); err != nil {
				t.Fatal(err)
			}
			x, err := s.solve(slices.Clone(a), m, n, slices.Clone(y), k, nil)
			if err != nil {
				t.Fatalf("%T: %v", s, err)
			}
			return x
		}
		// The gradient of the penalised squares is 0.
		penalty := float64(m) * 0.1 * 0.1 * largest * largest
		for _, by := range []SubSolver{nil, Cholesky{}, SVD{}, Conjgrad{Tol: 1e-9, MaxIters: 20 * n}} {
			x := solve(LstsqL2{Reg: 0.1, By: by})
			for i, g := range gradient(a, m, n, y, k, x) {
				if math.Abs(g-penalty*x[i]) > 1e-6*size {
					t.Fatalf("LstsqL2 by %T: the gradient of element %d is %v of %v, want 0", by, i, g-penalty*x[i], size)
				}
			}
		}
		// Without negative numbers: 0 where x is above 0, and none above 0 elsewhere.
		for i, x := range solve(Nnls{}) {
			g := gradient(a, m, n, y, k, solve(Nnls{}))[i]
			if x < 0 || x > 0 && math.Abs(g) > 1e-6*size || g > 1e-6*size {
				t.Fatalf("Nnls: element %d is %v and its gradient %v of %v", i, x, g, size)
			}
		}
		for _, s := range []Solver{DefaultNnlsL2(), DefaultNnlsL2nz()} {
			if x := solve(s); slices.Min(x) < 0 {
				t.Fatalf("%T gives %v", s, slices.Min(x))
			}
		}
		// Elastic net: the gradient is ±L1 where x is not 0, and smaller elsewhere.
		net := LstsqL1{L1: 1e-3, L2: 1e-3, Tol: 1e-13, MaxIter: 100_000}
		x := solve(net)
		l1, l2 := float64(m)*net.L1*largest, float64(m)*net.L2*largest*largest
		for i, g := range gradient(a, m, n, y, k, x) {
			g -= l2 * x[i]
			if math.Abs(g) > l1*(1+1e-3)+1e-6*size || x[i] != 0 && math.Abs(g-math.Copysign(l1, x[i])) > 1e-3*l1+1e-5*size {
				t.Fatalf("LstsqL1: element %d is %v and its gradient %v, the penalty %v", i, x[i], g, l1)
			}
		}
		// A quarter and no more of the decoders is dropped, unless more are 0 anyway.
		zeros := 0
		before := solve(LstsqL2{Reg: 0.001})
		for i, v := range solve(DefaultLstsqDrop()) {
			if v == 0 && before[i] != 0 {
				zeros++
			}
		}
		if want := int(math.RoundToEven(0.25 * float64(n*k))); zeros > want {
			t.Fatalf("LstsqDrop drops %d of %d, want at most %d", zeros, n*k, want)
		}
	})
}

func TestSolverMistakes(t *testing.T) {
	for want, s := range map[string]Solver{
		"Conjgrad.Tol is 0":        LstsqL2{Reg: 0.1, By: Conjgrad{}},
		"MaxIters is -1":           LstsqL2{Reg: 0.1, By: Conjgrad{1, -1}},
		"BlockConjgrad.Tol is NaN": LstsqNoise{Noise: 0.1, By: BlockConjgrad{math.NaN()}},
		"one regularisation":       LstsqL2nz{Reg: 0.1, By: SVD{}},
		"LstsqL1 has the penal":    LstsqL1{},
		"3 rows given, want 10":    NoSolver{Decoders: Rows{{1}, {2}, {3}}},
		"row 0 has 2 numbers":      NoSolver{Decoders: Rows{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}},
		"want finite numbers":      NoSolver{Decoders: Rows{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {math.Inf(1)}}},
		"needs ensembles at both":  NoSolver{Weights: true},
		"LstsqDrop.Drop is 1":      LstsqDrop{Drop: 1, First: DefaultLstsqL2(), Second: DefaultLstsqL2()},
	} {
		n := New("net", Seed(0))
		n.Connect(n.Ensemble("e", 10, 1), n.Node("v", PassThrough(1))).Solver(s)
		_, err := n.Build(On(snn.Ref))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "solvers_test.go:") {
			t.Errorf("got %v, want %q and the line", err, want)
		}
	}
	for want, f := range map[string]func(n *Network, e *Ensemble) *Connection{
		"2 points and 1 values": func(n *Network, e *Ensemble) *Connection {
			return n.Connect(e, n.Node("v", PassThrough(1))).Targets(Rows{{0}, {1}}, Rows{{1}})
		},
		"decoded from neurons": func(n *Network, e *Ensemble) *Connection {
			return n.Connect(n.Node("u", Constant(1)), e).Targets(Rows{{0}}, Rows{{1}})
		},
		"the value 1 is [NaN]": func(n *Network, e *Ensemble) *Connection {
			return n.Connect(e, n.Node("v", PassThrough(1))).Targets(Rows{{0}, {1}}, Rows{{1}, {math.NaN()}})
		},
	} {
		n := New("net", Seed(0))
		f(n, n.Ensemble("e", 10, 1))
		if err := n.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
