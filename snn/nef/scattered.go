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
	MinMagnitude float64 // of a point in the ball, 0 to 1
}

// Sample returns n points of the ball in d dimensions.
func (s ScatteredHypersphere) Sample(n, d int, r *rng.RandomState) ([]float64, error) {
	m := s.MinMagnitude
	if !(m >= 0 && m < 1) {
		return nil, fmt.Errorf("MinMagnitude is %g, want at least 0 and less than 1", m)
	}
	base := QuasirandomSequence{}
	if d == 1 {
		if s.Surface {
			z, err := base.Sample(n, 1, r)
			for i, x := range z {
				z[i] = float64(sign(x - 0.5))
			}
			return z, err
		}
		pos, _ := base.Sample(n/2, 1, r)
		neg, err := base.Sample(n-n/2, 1, r)
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
	z, err := base.Sample(n, columns, r)
	if err != nil {
		return nil, err
	}
	points := make([]float64, n*d)
	for i := range n {
		row := z[i*columns : i*columns+columns]
		point := points[i*d : i*d+d]
		sphereMap(row[:d-1], point)
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
func sphereMap(y, point []float64) {
	k := len(y)
	product := 1.0
	for j, v := range y {
		omega := float64(math.Pi * angle(k-j, v))
		if j == k-1 {
			omega *= 2
		}
		point[j] = float64(product * vmath.Cos(omega))
		product = float64(product * vmath.Sin(omega))
	}
	point[k] = product
}

// angle is the quantile y of the angle of a hypersphere that has the density
// sin^(D−1), divided by π.
func angle(dims int, y float64) float64 {
	half := y
	if y >= 0.5 {
		half = 1 - y
	}
	theta := vmath.Asin(math.Sqrt(tableFor(dims).at(2*half))) / math.Pi
	if y >= 0.5 {
		return 1 - theta
	}
	return theta
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
