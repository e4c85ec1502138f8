package npy

import (
	"fmt"
	"reflect"
)

// Convert gives an array in another element type, as a Go conversion does for each value:
// floats are rounded to the nearest float32 or Float16, fractions are cut towards zero for integers,
// and integers that do not fit wrap around. It is an error between bool, real and complex.
func Convert[T, S Element](a *Array[S]) (*Array[T], error) {
	src, from, _ := plain(a.Data)
	data := make([]T, len(a.Data))
	dst, to, _ := plain(data)
	if err := convertible(from, to); err != nil {
		return nil, fmt.Errorf("npy.Convert: %w", err)
	}
	convert(dst, src)
	return &Array[T]{append([]int(nil), a.Shape...), data}, nil
}

// convertible says whether values of one type can be values of the other at all.
func convertible(from, to dtype) error {
	class := func(d dtype) byte {
		if d.kind == 'b' || d.kind == 'c' {
			return d.kind
		}
		return 'r'
	}
	if class(from) == class(to) {
		return nil
	}
	return fmt.Errorf("holds %s, which is no %s; load it as %s", from, to.goName(), from.goName())
}

type realNumber interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// convert sets dst to the values of src. Both are slices of predeclared types as [plain] gives them,
// equally long and convertible. It returns the index of the first element whose value
// is not kept, or -1; all elements are converted in any case.
func convert(dst, src any) int {
	switch s := src.(type) {
	case []bool:
		copy(dst.([]bool), s)
		return -1
	case []complex64:
		switch d := dst.(type) {
		case []complex64:
			copy(d, s)
		case []complex128:
			for i, v := range s {
				d[i] = complex128(v)
			}
		}
		return -1
	case []complex128:
		at := -1
		switch d := dst.(type) {
		case []complex128:
			copy(d, s)
		case []complex64:
			for i, v := range s {
				d[i] = complex64(v)
				if at < 0 && !(sameFloat(float64(real(d[i])), real(v)) && sameFloat(float64(imag(d[i])), imag(v))) {
					at = i
				}
			}
		}
		return at
	case []Float16:
		if d, ok := dst.([]Float16); ok {
			copy(d, s)
			return -1
		}
		wide := make([]float32, len(s))
		for i, v := range s {
			wide[i] = v.Float32()
		}
		return convert(dst, wide)
	}
	switch d := dst.(type) {
	case []int8:
		return fromAny(d, src)
	case []int16:
		return fromAny(d, src)
	case []int32:
		return fromAny(d, src)
	case []int64:
		return fromAny(d, src)
	case []uint8:
		return fromAny(d, src)
	case []uint16:
		return fromAny(d, src)
	case []uint32:
		return fromAny(d, src)
	case []uint64:
		return fromAny(d, src)
	case []float32:
		return fromAny(d, src)
	case []float64:
		return fromAny(d, src)
	case []Float16:
		narrow := make([]float32, len(d))
		at := convert(narrow, src)
		for i, v := range narrow {
			d[i] = ToFloat16(v)
			if !sameFloat(float64(d[i].Float32()), float64(v)) && (at < 0 || i < at) {
				at = i
			}
		}
		return at
	}
	panic(fmt.Sprintf("npy: convert to %T", dst)) // callers pass what plain gave
}

func fromAny[D realNumber](dst []D, src any) int {
	switch s := src.(type) {
	case []D:
		copy(dst, s)
		return -1
	case []int8:
		return fromReal(dst, s)
	case []int16:
		return fromReal(dst, s)
	case []int32:
		return fromReal(dst, s)
	case []int64:
		return fromReal(dst, s)
	case []uint8:
		return fromReal(dst, s)
	case []uint16:
		return fromReal(dst, s)
	case []uint32:
		return fromReal(dst, s)
	case []uint64:
		return fromReal(dst, s)
	case []float32:
		return fromReal(dst, s)
	case []float64:
		return fromReal(dst, s)
	}
	panic(fmt.Sprintf("npy: convert from %T", src)) // callers pass what plain gave
}

func fromReal[D, S realNumber](dst []D, src []S) int {
	// What a conversion out of range gives differs between processors (wrapped on
	// some, clamped on others), and a clamped value can survive the way back. Only
	// 64-bit integers are wide enough for that; they are checked against the range.
	var d0 D
	var s0 S
	limit := func(k reflect.Kind) float64 {
		switch k {
		case reflect.Int64:
			return 0x1p63
		case reflect.Uint64:
			return 0x1p64
		}
		return 0
	}
	dk, sk := reflect.TypeOf(d0).Kind(), reflect.TypeOf(s0).Kind()
	top := 0.0
	if sk == reflect.Float32 || sk == reflect.Float64 {
		top = limit(dk)
	}
	if dk == reflect.Float32 || dk == reflect.Float64 {
		top = limit(sk)
	}
	at := -1
	for i, s := range src {
		d := D(s)
		dst[i] = d
		if at >= 0 {
			continue
		}
		kept := S(d) == s && (d < 0) == (s < 0)
		if top != 0 && !(float64(s) < top && float64(d) < top) {
			kept = false
		}
		if !kept && !(s != s && d != d) { // a NaN stays a NaN
			at = i
		}
	}
	return at
}

// sameFloat reports equality, with all NaN equal.
func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

// element formats element i of a slice.
func element(slice any, i int) string {
	return fmt.Sprint(reflect.ValueOf(slice).Index(i).Interface())
}

func length(slice any) int { return reflect.ValueOf(slice).Len() }

// makeLike makes a slice of the type of slice.
func makeLike(slice any, n int) any {
	return reflect.MakeSlice(reflect.TypeOf(slice), n, n).Interface()
}

// copyInto copies src to dst, both slices of one type.
func copyInto(dst, src any) {
	reflect.Copy(reflect.ValueOf(dst), reflect.ValueOf(src))
}
