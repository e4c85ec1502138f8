package nef

import (
	"cmp"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/snn/nef/internal/tile"
)

// symmetric is a symmetric matrix of n × n, of which the upper triangle is stored,
// in squares of 8 × 8: element (i, j) is x[i·stride + j].
type symmetric struct {
	n, stride int // stride is n rounded up to a multiple of 8; so many rows are there
	x         []float64
}

func newSymmetric(n int) *symmetric {
	stride := (n + tile.Width - 1) / tile.Width * tile.Width
	return &symmetric{n, stride, make([]float64, stride*stride)}
}

const (
	chunkRows = 128 // rows of activities whose products are added at a time
	spanRows  = 16  // rows in which neurons that are silent are passed over
)

// gramOf is AᵀA for A of m × n, with the columns in an order. A square of 8 × 8
// neurons only looks at spans of rows in which some neuron of each eight is active;
// it pays when rows next to each other have the same neurons active, and columns
// next to each other are active in the same rows. Every sum has the same order
// whatever the number of threads.
func gramOf(a []float64, m, n int, columns []int) *symmetric {
	g := newSymmetric(n)
	panels := g.stride / tile.Width
	const size = chunkRows * tile.Width
	packed := make([]float64, panels*size)
	active := make([]uint64, panels) // a bit for each span
	for first := 0; first < m; first += chunkRows {
		rows := min(chunkRows, m-first)
		parallel(panels, n, func(p int) {
			to := packed[p*size : p*size+size]
			active[p] = 0
			for i := range rows {
				row := a[(first+i)*n : (first+i)*n+n]
				for j := range tile.Width {
					x := 0.0
					if at := p*tile.Width + j; at < n {
						x = row[columns[at]]
					}
					to[i*tile.Width+j] = x
					if x != 0 {
						active[p] |= 1 << (i / spanRows)
					}
				}
			}
		})
		parallel(panels, n, func(p int) {
			for q := p; q < panels; q++ {
				both := active[p] & active[q]
				for s := 0; s*spanRows < rows; s++ {
					if both>>s&1 == 0 {
						continue
					}
					from := s * spanRows
					for both>>s&1 != 0 {
						s++
					}
					to := min(s*spanRows, rows)
					tile.Add(g.x[p*tile.Width*g.stride+q*tile.Width:], g.stride,
						packed[p*size+from*tile.Width:p*size+to*tile.Width], packed[q*size+from*tile.Width:q*size+to*tile.Width])
				}
			}
		})
	}
	return g
}

// parallel does work for 0 … count−1, on all processors when the matrix has n rows
// or more that are worth it. Neighbours go to different processors, which levels
// out triangles.
func parallel(count, n int, work func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), count)
	if n < 128 || workers < 2 {
		for i := range count {
			work(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < count; i += workers {
				work(i)
			}
		})
	}
	wait.Wait()
}

// together is an order of the columns of A, m × n, in which neurons that are
// active in the same rows are next to each other: by the mean of those rows.
func together(a []float64, m, n int) []int {
	mean, sum := make([]float64, n), make([]float64, n)
	for i := range m {
		for j, x := range a[i*n : i*n+n] {
			if x != 0 {
				mean[j] += float64(i)
				sum[j]++
			}
		}
	}
	order := make([]int, n)
	for j := range order {
		order[j] = j
		mean[j] /= max(sum[j], 1)
	}
	slices.SortStableFunc(order, func(p, q int) int { return cmp.Compare(mean[p], mean[q]) })
	return order
}

var errIndefinite = errors.New("the matrix of activities is not positive definite; raise the regularisation, or give more evaluation points")

// The factor is made in blocks of rows, these in strips; what is right of a strip
// within its block, and below a block, is brought up to date at once.
const (
	blockRows = 128
	stripRows = 16
)

// factor adds the penalty to the diagonal and puts the matrix's factor R in its
// place, G = RᵀR with R upper triangular (Cholesky).
func (g *symmetric) factor(penalty float64) error {
	for i := range g.stride {
		if i < g.n {
			g.x[i*g.stride+i] += penalty
		} else {
			g.x[i*g.stride+i] = 1
		}
	}
	buffer := make([]float64, 2*blockRows*g.stride)
	for first := 0; first < g.stride; first += blockRows {
		last := min(first+blockRows, g.stride)
		for p := first; p < last; p += stripRows {
			end := min(p+stripRows, last)
			if err := g.strip(p, end); err != nil {
				return err
			}
			g.subtract(p, end, end, last, buffer)
		}
		g.subtract(first, last, last, g.stride, buffer)
	}
	return nil
}

// strip factors the rows from … to−1, from which all rows above have been
// subtracted.
func (g *symmetric) strip(from, to int) error {
	for p := from; p < to; p++ {
		row := g.x[p*g.stride : p*g.stride+g.stride]
		if pivot := row[p]; !(pivot > 0) || math.IsInf(pivot, 0) {
			return errIndefinite
		}
		root := math.Sqrt(row[p])
		row[p] = root
		inverse := 1 / root
		for q := p + 1; q < len(row); q++ {
			row[q] *= inverse
		}
		for i := p + 1; i < to; i++ {
			x, below, above := row[i], g.x[i*g.stride+i:i*g.stride+g.stride], row[i:]
			for q := range below {
				below[q] -= float64(x * above[q])
			}
		}
	}
	return nil
}

// subtract takes the products of the factor's rows from … to−1 from the rows
// first … last−1.
func (g *symmetric) subtract(from, to, first, last int, buffer []float64) {
	if first >= last {
		return
	}
	k := to - from
	size := k * tile.Width
	panels := (g.stride - first) / tile.Width
	right, negative := buffer[:panels*size], buffer[panels*size:2*panels*size]
	for p := range panels {
		for i := range k {
			row := g.x[(from+i)*g.stride+first+p*tile.Width:][:tile.Width]
			copy(right[p*size+i*tile.Width:], row)
			if first+p*tile.Width < last {
				for j, x := range row {
					negative[p*size+i*tile.Width+j] = -x
				}
			}
		}
	}
	parallel((last-first)/tile.Width, panels*k/4, func(p int) {
		for q := p; q < panels; q++ {
			tile.Add(g.x[(first+p*tile.Width)*g.stride+first+q*tile.Width:], g.stride, negative[p*size:p*size+size], right[q*size:q*size+size])
		}
	})
}

// solve solves RᵀR X = Y in place of Y, n × k, where g holds R.
func (g *symmetric) solve(y []float64, k int) {
	for p := range g.n { // Rᵀ Z = Y
		row := g.x[p*g.stride : p*g.stride+g.n]
		for j := range k {
			y[p*k+j] /= row[p]
		}
		for i := p + 1; i < g.n; i++ {
			for j, z := range y[p*k : p*k+k] {
				y[i*k+j] -= float64(row[i] * z)
			}
		}
	}
	for p := g.n - 1; p >= 0; p-- { // R X = Z
		row, to := g.x[p*g.stride:p*g.stride+g.n], y[p*k:p*k+k]
		for i := p + 1; i < g.n; i++ {
			for j, x := range y[i*k : i*k+k] {
				to[j] -= float64(row[i] * x)
			}
		}
		for j := range to {
			to[j] /= row[p]
		}
	}
}
