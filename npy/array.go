package npy

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Array is what a file holds: Data in C order (the last index runs fastest), with one
// length per dimension in Shape. An array without dimensions is a single number.
type Array[T Element] struct {
	Shape []int
	Data  []T
}

// Source is anything that can be saved: a variable of a simulation, a recording. Array
// returns its shape and its values as a slice of an [Element] type in C order. The slice is
// read before Save returns and not kept, so it may be the source's own memory.
type Source interface {
	Array() (shape []int, data any)
}

// Target is a Source that can be filled from a file. [LoadInto] calls SetArray with a slice of
// the type and length that Array returned; the target copies or keeps it.
type Target interface {
	Source
	SetArray(data any) error
}

// Array makes an Array a [Source].
func (a *Array[T]) Array() (shape []int, data any) { return a.Shape, a.Data }

// Dense is a two-dimensional array of real numbers as a gonum matrix. The matrix has memory
// of its own. It is an error if a value is not exactly a float64.
func (a *Array[T]) Dense() (*mat.Dense, error) {
	m := new(mat.Dense)
	if err := intoDense(m, a); err != nil {
		return nil, fmt.Errorf("npy.Array: %w", err)
	}
	return m, nil
}

// String gives type, shape and the first values.
func (a *Array[T]) String() string {
	const most = 8
	var b strings.Builder
	_, d, _ := plain(a.Data)
	fmt.Fprintf(&b, "%s %s [", d.goName(), shapeString(a.Shape))
	for i, v := range a.Data {
		if i == most {
			b.WriteString(" …")
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, v)
	}
	b.WriteByte(']')
	return b.String()
}

// Info is what a file says of itself.
type Info struct {
	Type    string  // element type in Go: "float64", "npy.Float16"
	DType   string  // element type in NumPy: "<f8"
	Shape   []int   // lengths as the user of the array sees them, whatever the order on disk
	Fortran bool    // on disk, the first index runs fastest; Load turns this into C order
	Version [2]byte // of the format
	Bytes   int64   // size of the data
}

// String gives the information in one line.
func (i Info) String() string {
	order := "C order"
	if i.Fortran {
		order = "Fortran order"
	}
	return fmt.Sprintf("%s %s, %s (%s), %s, version %d.%d",
		i.Type, shapeString(i.Shape), i.DType, order, byteSize(i.Bytes), i.Version[0], i.Version[1])
}
