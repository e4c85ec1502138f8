package npy

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// Element is a type that an array can hold. Named types count as what they are
// made of, so a slice of snn.Voltage is a slice of float64; int and uint have
// the size they have on this machine. [Float16] is the only 16-bit float.
type Element interface {
	~bool |
		~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// dtype is the element type of a file: a letter as NumPy uses it (b bool, i
// signed, u unsigned, f float, c complex), the size in bytes, and the byte order.
type dtype struct {
	kind byte
	size int
	big  bool // most significant byte first; false for one-byte types
}

// hostBig reports whether this machine stores the most significant byte first.
var hostBig = func() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 0
}()

// String gives the type as NumPy writes it in a header: "<f8", "|b1", ">i4".
func (d dtype) String() string {
	order := "<"
	switch {
	case d.size == 1:
		order = "|"
	case d.big:
		order = ">"
	}
	return order + string(d.kind) + strconv.Itoa(d.size)
}

// goName is the Go type of one element: "float64", "npy.Float16".
func (d dtype) goName() string {
	switch d.kind {
	case 'b':
		return "bool"
	case 'i':
		return "int" + strconv.Itoa(8*d.size)
	case 'u':
		return "uint" + strconv.Itoa(8*d.size)
	case 'c':
		return "complex" + strconv.Itoa(8*d.size)
	}
	if d.size == 2 {
		return "npy.Float16"
	}
	return "float" + strconv.Itoa(8*d.size)
}

// part is the size of what byte order applies to: complex numbers are pairs.
func (d dtype) part() int {
	if d.kind == 'c' {
		return d.size / 2
	}
	return d.size
}

// parseDtype reads a type as headers carry it. The byte order may be <, >, | (for
// one byte), = or missing (both: this machine's).
func parseDtype(s string) (dtype, error) {
	rest, big, ordered := s, hostBig, false
	if s != "" {
		switch s[0] {
		case '<', '>', '|', '=':
			rest = s[1:]
			big = s[0] == '>' || s[0] == '=' && hostBig
			ordered = s[0] == '<' || s[0] == '>'
		}
	}
	switch rest {
	case "b1", "i1", "u1":
		return dtype{rest[0], 1, false}, nil
	case "?":
		return dtype{'b', 1, false}, nil
	case "i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8":
		if !ordered && s[0] == '|' {
			return dtype{}, fmt.Errorf("type %s has no byte order, want < or >", quote(s))
		}
		return dtype{rest[0], int(rest[1] - '0'), big}, nil
	case "c16":
		if !ordered && s[0] == '|' {
			return dtype{}, fmt.Errorf("type %s has no byte order, want < or >", quote(s))
		}
		return dtype{'c', 16, big}, nil
	}
	what := "is not known here"
	if rest != "" {
		switch rest[0] {
		case 'O':
			what = "is Python objects, which only Python can read (and should not, from strangers)"
		case 'U', 'S', 'a':
			what = "is text"
		case 'M', 'm':
			what = "is dates or durations"
		case 'V':
			what = "is raw records"
		case 'f', 'c':
			what = "is a float of a size that Go lacks"
		}
	}
	return dtype{}, fmt.Errorf("element type %s %s; want bool, an integer, a float of 16 to 64 bits or a complex number: in Python, save array.astype(numpy.float64)", quote(s), what)
}

// dtypeOf is the file type for elements of type t, in this machine's byte order.
func dtypeOf(t reflect.Type) (dtype, bool) {
	size := int(t.Size())
	d := dtype{0, size, hostBig && size > 1}
	switch t.Kind() {
	case reflect.Bool:
		d.kind = 'b'
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.kind = 'i'
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.kind = 'u'
		if t == reflect.TypeFor[Float16]() {
			d.kind = 'f'
		}
	case reflect.Float32, reflect.Float64:
		d.kind = 'f'
	case reflect.Complex64, reflect.Complex128:
		d.kind = 'c'
	default:
		return dtype{}, false
	}
	return d, true
}

// plain gives slice (any []T with T an Element) as the slice of the predeclared
// type of the same layout: []Voltage as []float64, []int as []int64. Memory is shared.
// The second result is false for anything else.
func plain(slice any) (any, dtype, bool) {
	v := reflect.ValueOf(slice)
	if v.Kind() != reflect.Slice {
		return nil, dtype{}, false
	}
	d, ok := dtypeOf(v.Type().Elem())
	if !ok {
		return nil, dtype{}, false
	}
	p, n := v.UnsafePointer(), v.Len()
	switch d.kind {
	case 'b':
		return unsafe.Slice((*bool)(p), n), d, true
	case 'c':
		if d.size == 8 {
			return unsafe.Slice((*complex64)(p), n), d, true
		}
		return unsafe.Slice((*complex128)(p), n), d, true
	case 'f':
		switch d.size {
		case 2:
			return unsafe.Slice((*Float16)(p), n), d, true
		case 4:
			return unsafe.Slice((*float32)(p), n), d, true
		}
		return unsafe.Slice((*float64)(p), n), d, true
	case 'i':
		switch d.size {
		case 1:
			return unsafe.Slice((*int8)(p), n), d, true
		case 2:
			return unsafe.Slice((*int16)(p), n), d, true
		case 4:
			return unsafe.Slice((*int32)(p), n), d, true
		}
		return unsafe.Slice((*int64)(p), n), d, true
	}
	switch d.size {
	case 1:
		return unsafe.Slice((*uint8)(p), n), d, true
	case 2:
		return unsafe.Slice((*uint16)(p), n), d, true
	case 4:
		return unsafe.Slice((*uint32)(p), n), d, true
	}
	return unsafe.Slice((*uint64)(p), n), d, true
}

// bytesOf is the memory of data as bytes.
func bytesOf[T Element](data []T) []byte {
	if len(data) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), len(data)*int(unsafe.Sizeof(zero)))
}
