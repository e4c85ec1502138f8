package npy

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Load reads the array in a file. T need not be the file's type as long as every value is
// kept exactly; see [Stat] for what a file holds.
func Load[T Element](path string) (*Array[T], error) {
	f, limit, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := read[T](f, limit, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// Read reads one array from a stream and nothing behind it, so that arrays written one after
// another can be read so.
func Read[T Element](r io.Reader) (*Array[T], error) {
	a, err := read[T](r, -1, false)
	if err != nil {
		return nil, fmt.Errorf("npy.Read: %w", err)
	}
	return a, nil
}

// LoadInto reads the array in a file into dst, which is a slice of its length (in C order), a
// *mat.Dense of its shape (or an empty one, which takes the shape on), or a [Target] of its
// shape. When it fails on the file, dst is unchanged.
func LoadInto(path string, dst any) error {
	f, limit, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h, err := readHeader(f, limit)
	if err == nil {
		err = extra(h, limit)
	}
	if err == nil {
		err = loadInto(f, h, dst)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Stat reads the header of a file and checks that the file is as long as it says.
func Stat(path string) (Info, error) {
	f, limit, err := open(path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	h, err := readHeader(f, limit)
	if err == nil {
		err = extra(h, limit)
	}
	if err != nil {
		return Info{}, fmt.Errorf("%s: %w", path, err)
	}
	return Info{h.dtype.goName(), h.dtype.String(), h.shape, h.fortran, h.version, h.bytes}, nil
}

// open opens path; limit is the file's size, or -1 for what has none (a pipe).
func open(path string) (f *os.File, limit int64, err error) {
	f, err = os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, 0, fmt.Errorf("%s: %w; check the name, relative names start from the notebook's folder", path, os.ErrNotExist)
		}
		return nil, 0, fmt.Errorf("%s: cannot be read: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder, want a .npy file in it")
	}
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, info.Size(), nil
}

// extra refuses a file that goes on after its data: its header or its data is not what was meant.
func extra(h *header, limit int64) error {
	if limit >= 0 && h.length+h.bytes != limit {
		return fmt.Errorf("header says shape %s of %s, %s, but the file has %s more; if it holds several arrays, open it and call npy.Read for each, else write it again",
			shapeString(h.shape), h.dtype, byteSize(h.bytes), byteSize(limit-h.length-h.bytes))
	}
	return nil
}

func read[T Element](r io.Reader, limit int64, whole bool) (*Array[T], error) {
	h, err := readHeader(r, limit)
	if err != nil {
		return nil, err
	}
	if whole {
		if err := extra(h, limit); err != nil {
			return nil, err
		}
	}
	var wanted []T
	dst, d, _ := plain(wanted)
	if err := convertible(h.dtype, d); err != nil {
		return nil, err
	}
	known := limit >= 0
	if d.kind == h.dtype.kind && d.size == h.dtype.size {
		data, err := readData[T](r, h, known)
		return &Array[T]{h.shape, data}, err
	}
	src, err := readPlain(r, h, known)
	if err != nil {
		return nil, err
	}
	data := make([]T, h.count)
	dst, _, _ = plain(data)
	if at := convert(dst, src); at >= 0 {
		return nil, inexact(h, src, at, d)
	}
	return &Array[T]{h.shape, data}, nil
}

// inexact explains that element at of src would change its value as a d.
func inexact(h *header, src any, at int, d dtype) error {
	return fmt.Errorf("holds %s, and element %d, %s, would change as %s; load it as %s, then use npy.Convert where rounding is meant",
		h.dtype, at, element(src, at), d.goName(), h.dtype.goName())
}

// loadInto reads the data behind h into dst.
func loadInto(r io.Reader, h *header, dst any) error {
	known := true // by open; a pipe's data grows as it comes
	if f, ok := r.(*os.File); ok {
		info, err := f.Stat()
		known = err == nil && info.Mode().IsRegular()
	}
	if m, ok := dst.(*mat.Dense); ok {
		if m == nil {
			return errors.New("destination is a nil *mat.Dense, want a matrix; pass new(mat.Dense)")
		}
		if err := convertible(h.dtype, dtype{'f', 8, hostBig}); err != nil {
			return err
		}
		if err := denseShape(m, h.shape); err != nil {
			return err
		}
		src, err := readPlain(r, h, known)
		if err != nil {
			return err
		}
		data := make([]float64, h.count)
		if at := convert(data, src); at >= 0 {
			return inexact(h, src, at, dtype{'f', 8, hostBig})
		}
		return setDense(m, h.shape, data)
	}

	target, isTarget := dst.(Target)
	shape, place := []int(nil), dst
	if isTarget {
		shape, place = target.Array()
	}
	have, d, ok := plain(place)
	if !ok {
		return fmt.Errorf("destination is a %T, want a slice of numbers, a *mat.Dense or an npy.Target", dst)
	}
	if isTarget {
		if !slices.Equal(shape, h.shape) {
			return fmt.Errorf("holds shape %s, but the destination has %s; load it with npy.Load and cut or reshape it",
				shapeString(h.shape), shapeString(shape))
		}
	} else if n := length(have); n != h.count {
		return fmt.Errorf("holds shape %s, %d elements, but the destination has length %d; make it as long",
			shapeString(h.shape), h.count, n)
	}
	if err := convertible(h.dtype, d); err != nil {
		return err
	}
	src, err := readPlain(r, h, known)
	if err != nil {
		return err
	}
	// A target gets a slice of its own type, named types included.
	fresh := makeLike(place, h.count)
	into, _, _ := plain(fresh)
	if at := convert(into, src); at >= 0 {
		return inexact(h, src, at, d)
	}
	if isTarget {
		return target.SetArray(fresh)
	}
	copyInto(have, into)
	return nil
}

// denseShape checks that an array of that shape can fill m.
func denseShape(m *mat.Dense, shape []int) error {
	if len(shape) != 2 || shape[0] == 0 || shape[1] == 0 {
		return fmt.Errorf("shape is %s, want two dimensions without zeros, as a *mat.Dense has; use a slice and reshape it", shapeString(shape))
	}
	if r, c := m.Dims(); !m.IsEmpty() && (r != shape[0] || c != shape[1]) {
		return fmt.Errorf("shape is %s, but the matrix is %d×%d; pass one of that size or new(mat.Dense)", shapeString(shape), r, c)
	}
	return nil
}

// setDense puts C-ordered data into m, whose shape has been checked.
func setDense(m *mat.Dense, shape []int, data []float64) error {
	filled := mat.NewDense(shape[0], shape[1], data)
	if m.IsEmpty() {
		*m = *filled
		return nil
	}
	m.Copy(filled)
	return nil
}

// intoDense copies an array into an empty matrix.
func intoDense[T Element](m *mat.Dense, a *Array[T]) error {
	src, d, _ := plain(a.Data)
	if err := convertible(d, dtype{'f', 8, hostBig}); err != nil {
		return err
	}
	n, err := elements(a.Shape, d.size)
	if err == nil && n != len(a.Data) {
		err = fmt.Errorf("shape %s has %d elements, but there are %d values; set Shape and Data together", shapeString(a.Shape), n, len(a.Data))
	}
	if err == nil {
		err = denseShape(m, a.Shape)
	}
	if err != nil {
		return err
	}
	data := make([]float64, n)
	if at := convert(data, src); at >= 0 {
		return fmt.Errorf("element %d, %s, is not exactly a float64; use npy.Convert[float64] first", at, element(src, at))
	}
	return setDense(m, a.Shape, data)
}

// readPlain reads the data in the file's own type: a []float32, say, for f4.
func readPlain(r io.Reader, h *header, known bool) (any, error) {
	switch h.dtype.kind {
	case 'b':
		return readData[bool](r, h, known)
	case 'c':
		if h.dtype.size == 8 {
			return readData[complex64](r, h, known)
		}
		return readData[complex128](r, h, known)
	case 'f':
		switch h.dtype.size {
		case 2:
			return readData[Float16](r, h, known)
		case 4:
			return readData[float32](r, h, known)
		}
		return readData[float64](r, h, known)
	case 'i':
		switch h.dtype.size {
		case 1:
			return readData[int8](r, h, known)
		case 2:
			return readData[int16](r, h, known)
		case 4:
			return readData[int32](r, h, known)
		}
		return readData[int64](r, h, known)
	}
	switch h.dtype.size {
	case 1:
		return readData[uint8](r, h, known)
	case 2:
		return readData[uint16](r, h, known)
	case 4:
		return readData[uint32](r, h, known)
	}
	return readData[uint64](r, h, known)
}

// readData reads h.count elements of T, which has the size of h.dtype, straight into their place;
// then it mends byte order, booleans and array order. When it is not known that so much
// follows, memory grows with what arrives.
func readData[T Element](r io.Reader, h *header, known bool) ([]T, error) {
	const step = 1 << 20 // bytes taken in advance of what has been seen
	data := make([]T, 0, min(h.count, step/h.dtype.size))
	if known {
		data = make([]T, 0, h.count)
	}
	for len(data) < h.count {
		if len(data) == cap(data) {
			data = slices.Grow(data, min(len(data), h.count-len(data)))
		}
		from := len(data)
		data = data[:min(cap(data), h.count)]
		raw := bytesOf(data[from:])
		if n, err := io.ReadFull(r, raw); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fmt.Errorf("header says shape %s of %s, %s, but the file ends after %s of data; write or download it again",
					shapeString(h.shape), h.dtype, byteSize(h.bytes), byteSize(int64(from)*int64(h.dtype.size)+int64(n)))
			}
			return nil, fmt.Errorf("reading its data failed: %w", err)
		}
		if h.dtype.kind == 'b' { // any other byte is no Go bool
			for i, b := range raw {
				if b > 1 {
					raw[i] = 1
				}
			}
		}
	}
	if h.dtype.big != hostBig && h.dtype.size > 1 {
		swap(bytesOf(data), h.dtype.part())
	}
	if h.fortran {
		data = fromFortran(data, h.shape)
	}
	return data, nil
}

// swap reverses each run of size bytes.
func swap(raw []byte, size int) {
	switch size {
	case 2:
		for i := 0; i+2 <= len(raw); i += 2 {
			raw[i], raw[i+1] = raw[i+1], raw[i]
		}
	case 4, 8:
		for i := 0; i+size <= len(raw); i += size {
			slices.Reverse(raw[i : i+size])
		}
	}
}

// fromFortran rearranges data whose first index runs fastest so that the last one does.
func fromFortran[T any](data []T, shape []int) []T {
	if len(shape) < 2 || len(data) < 2 {
		return data
	}
	// stride[k]: how far apart in data the neighbours along dimension k lie.
	stride, n := make([]int, len(shape)), 1
	for k, length := range shape {
		stride[k] = n
		n *= length
	}
	out := make([]T, len(data))
	index := make([]int, len(shape))
	last := len(shape) - 1
	from := 0
	for to := 0; to < len(out); {
		for j := range shape[last] {
			out[to] = data[from+j*stride[last]]
			to++
		}
		for k := last - 1; k >= 0; k-- { // count the other indices up, the last of them first
			index[k]++
			from += stride[k]
			if index[k] < shape[k] {
				break
			}
			from -= index[k] * stride[k]
			index[k] = 0
		}
	}
	return out
}
