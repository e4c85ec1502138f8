package nef

import (
	"fmt"
	"math"
	"math/big"
	"sync"

	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
	"gonum.org/v1/gonum/mat"
)

// QuasirandomSequence covers the unit cube evenly: the additive recurrence
// z_i = offset + i·α mod 1 with α_j = φ^(−j), where φ is the root of
// x^(d+1) = x + 1 (M. Roberts, 2018), in a random order.
type QuasirandomSequence struct{}

// Sample returns n points of the unit cube in d dimensions.
func (QuasirandomSequence) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	offset := make([]float64, d)
	r.FillRandomSample(offset)
	z := make([]float64, n*d)
	if d == 1 {
		step := 1 / float64(max(n, 1))
		for i := range z {
			z[i] = fraction(offset[0] + float64(step*float64(i)))
		}
	} else if d > 1 {
		alpha := recurrence(d)
		for i := range n {
			for j := range d {
				z[i*d+j] = fraction(offset[j] + float64(float64(i+1)*alpha[j]))
			}
		}
	}
	shuffleRows(z, n, d, r)
	return z, nil
}

func fraction(x float64) float64 { return math.Mod(x, 1) } // x ≥ 0

func shuffleRows(z []float64, n, d int, r *rng.RandomState) {
	r.Shuffle(n, func(i, j int) {
		for k := range d {
			z[i*d+k], z[j*d+k] = z[j*d+k], z[i*d+k]
		}
	})
}

var (
	recurrences     = map[int][]float64{}
	recurrencesLock sync.Mutex
)

// recurrence is α_1 … α_d: the powers of the float64 number 1/φ, each rounded
// once, since a rounding error grows with the number of the point.
func recurrence(d int) []float64 {
	recurrencesLock.Lock()
	defer recurrencesLock.Unlock()
	if a, ok := recurrences[d]; ok {
		return a
	}
	phi := 1.0
	for range 100 {
		power := vmath.Pow(phi, float64(d+1))
		slope := float64(float64(d+1)*vmath.Pow(phi, float64(d))) - 1
		step := (power - phi - 1) / slope
		phi -= step
		if math.Abs(step) < 1e-10 {
			break
		}
	}
	base := big.NewFloat(1 / phi).SetPrec(uint(64 * (d + 2)))
	power := big.NewFloat(1).SetPrec(uint(64 * (d + 2)))
	alpha := make([]float64, d)
	for j := range alpha {
		power.Mul(power, base)
		alpha[j], _ = power.Float64()
	}
	recurrences[d] = alpha
	return alpha
}

// ScatteredHypersphere covers the unit ball, or its surface, more evenly than
// chance: a quasirandom sequence in the cube, mapped to the sphere and turned by
// a random rotation. It is Nengo's default for encoders and evaluation points.
//
// For n = 0, and for a single point of a one-dimensional ball, where Nengo
// divides by zero, it returns nothing or the one point that is left.
type ScatteredHypersphere struct {
	Surface      bool
	MinMagnitude float64      // of a point in the ball, 0 to 1
	Base         Distribution // of points in the cube; nil is QuasirandomSequence
	Method       ScatterMethod
}

// ScatterMethod maps the cube to the sphere.
type ScatterMethod uint8

const (
	ApproximateSCT ScatterMethod = iota // angles are quantiles, looked up in Nengo's table: its default
	SCT                                 // the same, exactly
	TFWW                                // Fang and Wang, Number-theoretic Methods in Statistics, 1994, 4.3: fewer sines, and coarser
)

// Sample returns n points of the ball in d dimensions.
func (s ScatteredHypersphere) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	m := s.MinMagnitude
	if !(m >= 0 && m < 1) {
		return nil, fmt.Errorf("MinMagnitude is %g, want at least 0 and less than 1", m)
	}
	if s.Method > TFWW {
		return nil, fmt.Errorf("Method is %d, want nef.ApproximateSCT, SCT or TFWW", s.Method)
	}
	base := s.Base
	if base == nil {
		base = QuasirandomSequence{}
	}
	if d == 1 {
		if s.Surface {
			z, err := sample(base, n, 1, r)
			for i, x := range z {
				z[i] = float64(sign(x - 0.5))
			}
			return z, err
		}
		pos, err := sample(base, n/2, 1, r)
		if err != nil {
			return nil, err
		}
		neg, err := sample(base, n-n/2, 1, r)
		z := make([]float64, 0, n)
		for _, x := range pos {
			z = append(z, float64((1-m)*x)+m)
		}
		for _, x := range neg {
			z = append(z, -(float64((1-m)*x) + m))
		}
		shuffleRows(z, n, 1, r)
		return z, err
	}
	columns := d - 1
	if !s.Surface {
		columns = d
	}
	z, err := sample(base, n, columns, r)
	if err != nil {
		return nil, err
	}
	for _, x := range z {
		if x < 0 || x > 1 {
			return nil, fmt.Errorf("Base gives %g, want points of the unit cube", x)
		}
	}
	points := make([]float64, n*d)
	for i := range n {
		row := z[i*columns : i*columns+columns]
		point := points[i*d : i*d+d]
		if s.Method == TFWW {
			sphereTFWW(row[:d-1], point)
		} else {
			sphereMap(row[:d-1], point, s.Method == SCT)
		}
		if s.Surface {
			continue
		}
		u := row[d-1]
		if m != 0 {
			low := vmath.Pow(m, float64(d))
			u = float64((1-low)*u) + low
		}
		radius := vmath.Pow(u, 1/float64(d))
		for k := range point {
			point[k] *= radius
		}
	}
	q, err := rotation(d, r)
	if err != nil {
		return nil, err
	}
	turned := make([]float64, d)
	for i := range n {
		point := points[i*d : i*d+d]
		for c := range turned {
			sum := 0.0
			for k, x := range point {
				sum += float64(x * q[k*d+c])
			}
			turned[c] = sum
		}
		copy(point, turned)
	}
	return points, nil
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// sphereMap maps a point of the cube with k coordinates to the unit sphere in
// k+1 dimensions: each coordinate becomes the quantile of an angle.
func sphereMap(y, point []float64, exact bool) {
	k := len(y)
	product := 1.0
	for j, v := range y {
		omega := float64(math.Pi * angle(k-j, v, exact))
		if j == k-1 {
			omega *= 2
		}
		point[j] = float64(product * vmath.Cos(omega))
		product = float64(product * vmath.Sin(omega))
	}
	point[k] = product
}

// angle is the quantile y of the angle of a hypersphere that has the density
// sin^(D−1), divided by π; from the table unless exact.
func angle(dims int, y float64, exact bool) float64 {
	half := y
	if y >= 0.5 {
		half = 1 - y
	}
	square := 0.0
	if exact {
		square = inverseBeta(dims, 2*half)
	} else {
		square = tableFor(dims).at(2 * half)
	}
	theta := vmath.Asin(math.Sqrt(square)) / math.Pi
	if y >= 0.5 {
		return 1 - theta
	}
	return theta
}

// sphereTFWW maps a point of the cube with k coordinates to the unit sphere in
// k+1 dimensions, in pairs of coordinates: the squared lengths of the pairs (and, in an
// odd dimension, of a triple) are spacings of powers of the first coordinates, and the
// others are angles.
func sphereTFWW(y, point []float64) {
	k, dims := len(y), len(point)
	if dims == 2 {
		point[0], point[1] = vmath.Cos(float64(2*math.Pi*y[0])), vmath.Sin(float64(2*math.Pi*y[0]))
		return
	}
	m := dims / 2
	g := make([]float64, m+1)
	g[m] = 1
	for j := m - 1; j > 0; j-- {
		power := 1 / float64(j)
		if dims%2 == 1 {
			power = 2 / float64(2*j+1)
		}
		g[j] = float64(g[j+1] * vmath.Pow(y[j-1], power))
	}
	length := func(i int) float64 { return math.Sqrt(g[i+1] - g[i]) }
	pair := func(at, i int, phi float64) {
		omega := float64(2 * math.Pi * phi)
		point[at], point[at+1] = float64(length(i)*vmath.Cos(omega)), float64(length(i)*vmath.Sin(omega))
	}
	phi := y[m-1 : k]
	if dims%2 == 0 {
		for i := range m {
			pair(2*i, i, phi[i])
		}
		return
	}
	first := length(0)
	point[0] = float64(first * (1 - float64(2*phi[0])))
	f := float64(2 * first * math.Sqrt(float64(phi[0]*(1-phi[0]))))
	omega := float64(2 * math.Pi * phi[1])
	point[1], point[2] = float64(f*vmath.Cos(omega)), float64(f*vmath.Sin(omega))
	for i := 1; i < m; i++ {
		pair(2*i+1, i, phi[i+1])
	}
}

// rotation is a random orthogonal matrix: the polar factor of a matrix of normal
// numbers.
func rotation(d int, r *rng.RandomState) ([]float64, error) {
	g := make([]float64, d*d)
	r.FillRandn(g)
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(d, d, g), mat.SVDFull) {
		return nil, fmt.Errorf("the singular values of a random %d × %d matrix do not converge; choose another seed", d, d)
	}
	var u, v, q mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	q.Mul(&u, v.T())
	return q.RawMatrix().Data, nil
}
