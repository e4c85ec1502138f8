package display

import (
	"fmt"
	"math"
	"reflect"
)

// Matrix is what [Panel.Image] and [Film.Add] read, beside slices of slices.
// The matrices of gonum and the weights of a simulation have these methods.
type Matrix interface {
	Dims() (rows, cols int)
	At(row, col int) float64
}

// Vector is what the other layers read, beside slices. The vectors of gonum
// have these methods.
type Vector interface {
	Len() int
	AtVec(i int) float64
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint | ~float32 | ~float64
}

// maxValues bounds one matrix or vector: 2^27 values, 1 GB as float64.
const maxValues = 1 << 27

// values copies v, a slice of numbers or booleans or a [Vector], to float64.
func values(v any) ([]float64, error) {
	switch v := v.(type) {
	case nil:
		return nil, fmt.Errorf("is nil, want a slice of numbers; give the values, for example []float64{…}")
	case []float64:
		return append([]float64{}, v...), nil
	case []float32:
		return floats(v), nil
	case []int:
		return floats(v), nil
	case []int64:
		return floats(v), nil
	case []int32:
		return floats(v), nil
	case []int16:
		return floats(v), nil
	case []int8:
		return floats(v), nil
	case []uint8:
		return floats(v), nil
	case []uint16:
		return floats(v), nil
	case []uint32:
		return floats(v), nil
	case []uint64:
		return floats(v), nil
	case []uint:
		return floats(v), nil
	case []bool:
		out := make([]float64, len(v))
		for i, b := range v {
			if b {
				out[i] = 1
			}
		}
		return out, nil
	case Vector:
		return guard(v, func() ([]float64, error) {
			n := v.Len()
			if n < 0 || n > maxValues {
				return nil, fmt.Errorf("has length %d, want 0 to %d; show a part of it", n, maxValues)
			}
			out := make([]float64, n)
			for i := range out {
				out[i] = v.AtVec(i)
			}
			return out, nil
		})
	}
	if x, ok := named(v); ok {
		return x, nil
	}
	return nil, fmt.Errorf("is of type %T, want a slice of numbers or a value with Len and AtVec; convert it to []float64", v)
}

// named converts slices of named kinds of numbers, such as durations.
func named(v any) ([]float64, bool) {
	r, float := reflect.ValueOf(v), reflect.TypeFor[float64]()
	if r.Kind() != reflect.Slice {
		return nil, false
	}
	switch k := r.Type().Elem().Kind(); {
	case k >= reflect.Int && k <= reflect.Uint64, k == reflect.Float32, k == reflect.Float64:
	default:
		return nil, false
	}
	out := make([]float64, r.Len())
	for i := range out {
		out[i] = r.Index(i).Convert(float).Float()
	}
	return out, true
}

func floats[T number](v []T) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// matrix copies v, a slice of rows or a [Matrix], to row-major float64.
func matrix(v any) (data []float64, rows, cols int, err error) {
	switch v := v.(type) {
	case nil:
		return nil, 0, 0, fmt.Errorf("is nil, want a matrix; give rows as [][]float64 or a value with Dims and At")
	case [][]float64:
		return fromRows(v)
	case [][]float32:
		return fromRows(v)
	case [][]int:
		return fromRows(v)
	case [][]uint8:
		return fromRows(v)
	case [][]bool:
		n := make([][]uint8, len(v))
		for i, row := range v {
			n[i] = make([]uint8, len(row))
			for j, b := range row {
				if b {
					n[i][j] = 1
				}
			}
		}
		return fromRows(n)
	case Matrix:
		data, err = guard(v, func() ([]float64, error) {
			rows, cols = v.Dims()
			if rows <= 0 || cols <= 0 || rows > maxValues/cols {
				return nil, fmt.Errorf("has %d×%d entries, want at least 1×1 and at most %d; give a matrix with data", rows, cols, maxValues)
			}
			out := make([]float64, rows*cols)
			for i := range rows {
				for j := range cols {
					out[i*cols+j] = v.At(i, j)
				}
			}
			return out, nil
		})
		return data, rows, cols, err
	}
	return nil, 0, 0, fmt.Errorf("is of type %T, want [][]float64 (or other numbers) or a value with Dims and At; a flat slice has no shape, cut it into rows", v)
}

func fromRows[T number](v [][]T) ([]float64, int, int, error) {
	if len(v) == 0 || len(v[0]) == 0 {
		return nil, 0, 0, fmt.Errorf("is empty, want at least one row with one value; check that the simulation has recorded something")
	}
	rows, cols := len(v), len(v[0])
	if rows > maxValues/cols {
		return nil, 0, 0, fmt.Errorf("has %d×%d entries, want at most %d; show a part of it", rows, cols, maxValues)
	}
	out := make([]float64, 0, rows*cols)
	for i, row := range v {
		if len(row) != cols {
			return nil, 0, 0, fmt.Errorf("has %d values in row %d, but %d in row 0; make all rows equally long", len(row), i, cols)
		}
		for _, x := range row {
			out = append(out, float64(x))
		}
	}
	return out, rows, cols, nil
}

// guard calls read, which runs a user's methods, and turns a panic there (a
// nil pointer in the interface, an index out of range) into an error.
func guard(v any, read func() ([]float64, error)) (out []float64, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("of type %T cannot be read: %v; give a value that is not nil and whose methods agree", v, p)
		}
	}()
	return read()
}

// allNaN reports whether v has no finite value.
func allNaN(v []float64) bool {
	for _, x := range v {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
