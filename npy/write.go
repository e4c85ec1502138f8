package npy

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// Save writes data as a .npy file. data is
//
//   - a slice of an [Element] type, in C order; shape gives the lengths, none means one dimension;
//   - a slice of slices of equal length, to any depth;
//   - a gonum matrix (two dimensions) or vector (one);
//   - a [Source];
//   - a single number (no dimensions).
//
// shape may be given for all of them; its product must be the number of elements. The
// file appears under its name only when it is complete.
func Save(path string, data any, shape ...int) error {
	err := saveAtomic(path, func(w io.Writer) error { return write(w, data, shape) })
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Write writes data to a stream as [Save] does to a file. Arrays may follow one another.
func Write(w io.Writer, data any, shape ...int) error {
	if err := write(w, data, shape); err != nil {
		return fmt.Errorf("npy.Write: %w", err)
	}
	return nil
}

// write finds out what data is. User code (Array, At) may panic; that is theirs and passes through.
func write(w io.Writer, data any, shape []int) error {
	switch v := data.(type) {
	case nil:
		return errors.New("data is nil, want numbers: a slice, a matrix or an npy.Source")
	case Source:
		if isNil(v) {
			return fmt.Errorf("data is a nil %T, want one that holds numbers", data)
		}
		own, values := v.Array()
		if shape == nil {
			shape = own
			if shape == nil {
				shape = []int{}
			}
		} else if _, err := fit(own, shape); err != nil {
			return err
		}
		if _, again := values.(Source); again {
			return fmt.Errorf("Array of %T returned a %T, want a slice of numbers", data, values)
		}
		data = values
	case mat.Matrix:
		if isNil(v) {
			return fmt.Errorf("data is a nil %T, want a matrix", data)
		}
		return writeMatrix(w, v, shape)
	}

	slice, d, ok := plain(data)
	if !ok {
		v := reflect.ValueOf(data)
		if scalar, is := dtypeOf(v.Type()); is {
			d = scalar
			one := reflect.MakeSlice(reflect.SliceOf(v.Type()), 1, 1)
			one.Index(0).Set(v)
			slice, _, _ = plain(one.Interface())
			if shape == nil {
				shape = []int{}
			}
		} else {
			flat, own, err := flatten(v)
			if err != nil {
				return err
			}
			slice, d, _ = plain(flat)
			if shape == nil {
				shape = own
			}
		}
	}
	n := length(slice)
	if shape == nil {
		shape = []int{n}
	}
	count, err := checked(shape, d)
	if err != nil {
		return err
	}
	if count != n {
		return fmt.Errorf("shape %s has %d elements, but there are %d values; correct the shape", shapeString(shape), count, n)
	}
	if err := put(w, appendHeader(nil, d, shape)); err != nil {
		return err
	}
	return put(w, rawBytes(slice))
}

// checked is [elements] with the limit on dimensions.
func checked(shape []int, d dtype) (int, error) {
	if len(shape) > maxDims {
		return 0, fmt.Errorf("shape has %d dimensions, want at most %d, as NumPy has", len(shape), maxDims)
	}
	n, err := elements(shape, d.size)
	if err != nil {
		return 0, fmt.Errorf("%w; give lengths whose product is the number of values", err)
	}
	return n, nil
}

// fit checks that two shapes hold equally many elements.
func fit(have, want []int) (int, error) {
	one := dtype{'u', 1, false}
	n, err := checked(have, one)
	if err != nil {
		return 0, err
	}
	m, err := checked(want, one)
	if err == nil && m != n {
		err = fmt.Errorf("shape %s has %d elements, but the data has shape %s, %d; correct the shape", shapeString(want), m, shapeString(have), n)
	}
	return m, err
}

// writeMatrix writes a gonum matrix row by row; a vector has one dimension.
func writeMatrix(w io.Writer, m mat.Matrix, shape []int) error {
	rows, cols := m.Dims()
	own := []int{rows, cols}
	if v, ok := m.(mat.Vector); ok {
		own = []int{v.Len()}
	}
	if shape == nil {
		shape = own
	} else if _, err := fit(own, shape); err != nil {
		return err
	}
	d := dtype{'f', 8, hostBig}
	if err := put(w, appendHeader(nil, d, shape)); err != nil {
		return err
	}
	if raw, ok := m.(mat.RawMatrixer); ok {
		b := raw.RawMatrix()
		if b.Stride == b.Cols && b.Rows == rows && b.Cols == cols {
			return put(w, bytesOf(b.Data[:rows*cols]))
		}
	}
	buf := bufio.NewWriterSize(w, 1<<16)
	row := make([]float64, cols)
	for i := range rows {
		for j := range cols {
			row[j] = m.At(i, j)
		}
		if err := put(buf, bytesOf(row)); err != nil {
			return err
		}
	}
	if err := buf.Flush(); err != nil {
		return writing(err)
	}
	return nil
}

// flatten copies slices (or arrays) of slices of equal length into one slice.
func flatten(v reflect.Value) (flat any, shape []int, err error) {
	t := v.Type()
	depth := 0
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
		depth++
	}
	if _, ok := dtypeOf(t); !ok || depth == 0 {
		return nil, nil, fmt.Errorf("data is a %s, want a slice of numbers, a gonum matrix or an npy.Source (a type with a method Array() (shape []int, data any))", v.Type())
	}
	if depth > maxDims {
		return nil, nil, fmt.Errorf("data has %d dimensions, want at most %d", depth, maxDims)
	}
	shape = make([]int, depth)
	for i := range shape {
		shape[i] = -1
	}
	out := reflect.MakeSlice(reflect.SliceOf(t), 0, 0)
	var walk func(v reflect.Value, dim int) error
	walk = func(v reflect.Value, dim int) error {
		switch {
		case shape[dim] < 0:
			shape[dim] = v.Len()
		case shape[dim] != v.Len():
			return fmt.Errorf("data is ragged: dimension %d has lengths %d and %d, want one length; fill it up or save the parts by themselves", dim, shape[dim], v.Len())
		}
		if dim == depth-1 {
			if v.Kind() == reflect.Array && !v.CanAddr() {
				addressable := reflect.New(v.Type()).Elem()
				addressable.Set(v)
				v = addressable
			}
			out = reflect.AppendSlice(out, v.Slice(0, v.Len()).Convert(out.Type()))
			return nil
		}
		for i := range v.Len() {
			if err := walk(v.Index(i), dim+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(v, 0); err != nil {
		return nil, nil, err
	}
	for i, n := range shape {
		if n < 0 { // below an empty dimension nothing was seen
			shape[i] = 0
		}
	}
	return out.Interface(), shape, nil
}

// rawBytes is the memory of a slice that [plain] gave.
func rawBytes(slice any) []byte {
	switch s := slice.(type) {
	case []bool:
		return bytesOf(s)
	case []int8:
		return bytesOf(s)
	case []int16:
		return bytesOf(s)
	case []int32:
		return bytesOf(s)
	case []int64:
		return bytesOf(s)
	case []uint8:
		return s
	case []uint16:
		return bytesOf(s)
	case []uint32:
		return bytesOf(s)
	case []uint64:
		return bytesOf(s)
	case []Float16:
		return bytesOf(s)
	case []float32:
		return bytesOf(s)
	case []float64:
		return bytesOf(s)
	case []complex64:
		return bytesOf(s)
	case []complex128:
		return bytesOf(s)
	}
	panic(fmt.Sprintf("npy: bytes of %T", slice)) // callers pass what plain gave
}

func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

func put(w io.Writer, raw []byte) error {
	if _, err := w.Write(raw); err != nil {
		return writing(err)
	}
	return nil
}

func writing(err error) error {
	return fmt.Errorf("writing failed: %w; check the space left on the disk", err)
}

// saveAtomic lets fill write a file beside path and renames it to path when all went well.
// A symbolic link at path is kept and its target replaced.
func saveAtomic(path string, fill func(io.Writer) error) (err error) {
	if path == "" {
		return errors.New("the file name is empty, want a name such as weights.npy")
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode, replaced := os.FileMode(0o666), false // a new file's mode is less the process's umask
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return errors.New("is there already and no regular file, want the name of a file; choose another name")
		}
		mode, replaced = info.Mode().Perm(), true
	}
	f, err := createBeside(path, mode)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot be written: %w; create the folder %s first", err, filepath.Dir(path))
		}
		return fmt.Errorf("cannot be written: %w; choose a folder in which you may write", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if replaced {
		if err := f.Chmod(mode); err != nil {
			return writing(err)
		}
	}
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return writing(err)
	}
	if err := f.Close(); err != nil {
		return writing(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

// createBeside creates a new, hidden file in the folder of path, which a crash may leave behind.
func createBeside(path string, mode os.FileMode) (*os.File, error) {
	dir, _ := filepath.Split(path)
	for {
		f, err := os.OpenFile(dir+".npy-"+rand.Text()[:10]+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}
