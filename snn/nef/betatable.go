package nef

import (
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
	"gonum.org/v1/gonum/mathext"
)

// betaTable approximates the inverse of the regularised incomplete beta function
// I(D/2, ½; y) by linear interpolation. Nengo looks its points up in such a
// table, so the exact function would give other points, by up to 2e-2.
type betaTable struct{ x, y []float64 }

// tabulated are the D of the tables. The points of those from 41 on hold random
// numbers, drawn one table after the other.
var tabulated = []int{
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 30, 35,
	41, 48, 56, 65, 75, 88, 102, 119, 138, 161, 188, 219, 254, 296, 345, 402, 468, 544, 634, 738, 859, 1000,
}

const (
	tablePoints = 200
	drawnFrom   = 41 // first D with random points
)

var (
	tables     = map[int]*betaTable{}
	tablesLock sync.Mutex
)

// tableFor is the table of D, blended from its neighbours where there is none.
// Above 1000 it is that of 1000.
func tableFor(dims int) *betaTable {
	tablesLock.Lock()
	defer tablesLock.Unlock()
	dims = min(dims, tabulated[len(tabulated)-1])
	if t := tables[dims]; t != nil {
		return t
	}
	i := sort.SearchInts(tabulated, dims)
	if tabulated[i] != dims {
		low, high := tabulatedTable(tabulated[i-1]), tabulatedTable(tabulated[i])
		t := &betaTable{make([]float64, tablePoints), make([]float64, tablePoints)}
		a := float64(dims-tabulated[i-1]) / float64(tabulated[i]-tabulated[i-1])
		for k := range tablePoints {
			x := float64((1-a)*low.x[k]) + float64(a*high.x[k])
			t.x[k] = x
			t.y[k] = float64((1-a)*low.at(x)) + float64(a*high.at(x))
		}
		tables[dims] = t
		return t
	}
	return tabulatedTable(dims)
}

func tabulatedTable(dims int) *betaTable {
	if t := tables[dims]; t != nil {
		return t
	}
	if dims < drawnFrom {
		tables[dims] = makeTable(dims, nil)
		return tables[dims]
	}
	r := rng.NewRandomState(0)
	for _, d := range tabulated {
		if d >= drawnFrom {
			tables[d] = makeTable(d, r)
		}
	}
	return tables[dims]
}

func makeTable(dims int, r *rng.RandomState) *betaTable {
	a := float64(dims) / 2
	x := make([]float64, 0, tablePoints)
	for i := range 40 {
		x = append(x, spaced(0, 1, 40, i))
	}
	for i := range 160 {
		x = append(x, mathext.RegIncBeta(a, 0.5, spaced(1e-16, 1-1e-7, 160, i)))
	}
	slices.Sort(x)
	x = slices.Compact(x)
	for len(x) < tablePoints && r != nil {
		more := make([]float64, tablePoints-len(x))
		r.FillRandomSample(more)
		x = append(x, more...)
		slices.Sort(x)
		x = slices.Compact(x)
	}
	y := make([]float64, len(x))
	for i, q := range x {
		y[i] = inverseBeta(dims, q)
	}
	return &betaTable{x, y}
}

// spaced is point i of n equally spaced from low to high.
func spaced(low, high float64, n, i int) float64 {
	if i == n-1 {
		return high
	}
	return low + float64(float64(i)*((high-low)/float64(n-1)))
}

func inverseBeta(dims int, q float64) float64 {
	switch {
	case q <= 0:
		return 0
	case q >= 1:
		return 1
	case dims == 1:
		s := vmath.Sin(float64(math.Pi * q / 2))
		return float64(s * s)
	case dims == 2:
		return 1 - float64((1-q)*(1-q))
	}
	return mathext.InvRegIncBeta(float64(dims)/2, 0.5, q)
}

// at interpolates, and stays at the ends beyond them.
func (t *betaTable) at(x float64) float64 {
	j := sort.SearchFloat64s(t.x, x)
	switch {
	case j < len(t.x) && t.x[j] == x:
		return t.y[j]
	case j == 0:
		return t.y[0]
	case j == len(t.x):
		return t.y[j-1]
	}
	j--
	slope := (t.y[j+1] - t.y[j]) / (t.x[j+1] - t.x[j])
	return float64(slope*(x-t.x[j])) + t.y[j]
}
