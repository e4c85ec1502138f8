package npy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	npyio "github.com/sbinet/npyio/npy"
)

// sample is one file that NumPy wrote, as testdata/make.py describes it.
type sample struct {
	DType   string
	Shape   []int
	Fortran bool
	Version byte
	Values  []any // text; for complex numbers pairs of text
}

// index is testdata/index.json.
type index struct {
	Files         map[string]sample
	HeaderLengths []int `json:"header_lengths"`
}

func readIndex(t testing.TB) index {
	t.Helper()
	raw, err := os.ReadFile("testdata/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var x index
	if err := json.Unmarshal(raw, &x); err != nil {
		t.Fatal(err)
	}
	if len(x.Files) < 40 || len(x.HeaderLengths) != 65 {
		t.Fatalf("testdata/index.json lists %d files and %d header lengths, want at least 40 and 65", len(x.Files), len(x.HeaderLengths))
	}
	return x
}

func samples(t testing.TB) map[string]sample { return readIndex(t).Files }

func TestHeaderLengths(t *testing.T) {
	for n, want := range readIndex(t).HeaderLengths {
		shape := make([]int, n)
		for i := range shape {
			shape[i] = 1
		}
		if got := len(appendHeader(nil, dtype{'f', 8, false}, shape)); got != want {
			t.Errorf("header for %d dimensions is %d bytes, NumPy's %d", n, got, want)
		}
	}
}

// load reads a file as its own type.
func load(path string) (shape []int, data any, err error) {
	info, err := Stat(path)
	if err != nil {
		return nil, nil, err
	}
	return loaders[info.Type](path)
}

var loaders = map[string]func(string) ([]int, any, error){
	"bool": loader[bool], "npy.Float16": loader[Float16],
	"int8": loader[int8], "int16": loader[int16], "int32": loader[int32], "int64": loader[int64],
	"uint8": loader[uint8], "uint16": loader[uint16], "uint32": loader[uint32], "uint64": loader[uint64],
	"float32": loader[float32], "float64": loader[float64],
	"complex64": loader[complex64], "complex128": loader[complex128],
}

func loader[T Element](path string) ([]int, any, error) {
	a, err := Load[T](path)
	if err != nil {
		return nil, nil, err
	}
	return a.Shape, a.Data, nil
}

// sameText compares one loaded value with the text NumPy printed for it. Floats are compared by
// bits (so -0 differs from 0), except that all NaN are equal.
func sameText(v any, text any) bool {
	float := func(x float64, s string) bool {
		y, err := strconv.ParseFloat(s, 64)
		return err == nil && (math.Float64bits(x) == math.Float64bits(y) || x != x && y != y)
	}
	switch v := v.(type) {
	case bool:
		return text == map[bool]string{true: "True", false: "False"}[v]
	case Float16:
		return float(float64(v.Float32()), text.(string))
	case float32:
		return float(float64(v), text.(string))
	case float64:
		return float(v, text.(string))
	case complex64:
		return sameText(complex128(v), text)
	case complex128:
		p := text.([]any)
		return float(real(v), p[0].(string)) && float(imag(v), p[1].(string))
	}
	return fmt.Sprint(v) == text
}

func TestReadsWhatNumPyWrote(t *testing.T) {
	for name, want := range samples(t) {
		path := filepath.Join("testdata", name+".npy")
		info, err := Stat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if info.DType != want.DType || !slices.Equal(info.Shape, want.Shape) || info.Fortran != want.Fortran || info.Version[0] != want.Version {
			t.Errorf("%s: Stat = %v, want %s %v fortran=%v version %d", name, info, want.DType, want.Shape, want.Fortran, want.Version)
		}
		shape, data, err := load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Equal(shape, want.Shape) {
			t.Errorf("%s: shape %v, want %v", name, shape, want.Shape)
		}
		v := reflect.ValueOf(data)
		if v.Len() != len(want.Values) {
			t.Errorf("%s: %d values, want %d", name, v.Len(), len(want.Values))
			continue
		}
		for i := range v.Len() {
			if !sameText(v.Index(i).Interface(), want.Values[i]) {
				t.Errorf("%s: element %d is %v, want %v", name, i, v.Index(i), want.Values[i])
			}
		}
	}
}

// NumPy reads ours: for the same array we write the bytes that NumPy wrote, where the file is
// one that Save can be asked for (C order, this machine's byte order, version 1).
func TestWritesWhatNumPyWrote(t *testing.T) {
	compared := 0
	for name, want := range samples(t) {
		native := dtype{big: hostBig, size: 2}.String()[0]
		if want.Fortran || want.Version != 1 || want.DType[0] != '|' && want.DType[0] != native {
			continue
		}
		path := filepath.Join("testdata", name+".npy")
		numpy, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shape, data, err := load(path)
		if err != nil {
			t.Fatal(err)
		}
		var ours bytes.Buffer
		if err := Write(&ours, data, shape...); err != nil {
			t.Error(err)
			continue
		}
		if len(shape) == 0 { // no lengths given to Write means one dimension: save the number itself
			ours.Reset()
			if err := Write(&ours, reflect.ValueOf(data).Index(0).Interface()); err != nil {
				t.Error(err)
			}
		}
		if !bytes.Equal(ours.Bytes(), numpy) {
			t.Errorf("%s: we write\n%q\nNumPy wrote\n%q", name, ours.Bytes(), numpy)
		}
		compared++
	}
	if compared < 20 {
		t.Errorf("compared %d files, want at least 20", compared)
	}
}

// npyio is the second opinion. It reads versions 1 and 2 of at most two dimensions; where it reads, it must
// agree.
func TestNpyioReadsOurs(t *testing.T) {
	dir := t.TempDir()
	check := func(name string, data any, shape ...int) {
		t.Helper()
		path := filepath.Join(dir, name+".npy")
		if err := Save(path, data, shape...); err != nil {
			t.Error(err)
			return
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(reflect.TypeOf(data))
		r, err := npyio.NewReader(bytes.NewReader(raw))
		if err == nil {
			err = r.Read(got.Interface())
		}
		if err != nil {
			t.Errorf("%s: npyio: %v", name, err)
			return
		}
		if !reflect.DeepEqual(got.Elem().Interface(), data) {
			t.Errorf("%s: npyio reads %v, want %v", name, got.Elem(), data)
		}
		if !slices.Equal(r.Header.Descr.Shape, shape) {
			t.Errorf("%s: npyio reads shape %v, want %v", name, r.Header.Descr.Shape, shape)
		}
	}
	check("f8", []float64{1, -2, 0.1, math.Inf(1), 5e-324, 6}, 2, 3)
	check("f4", []float32{1, -2, 0.1, math.MaxFloat32}, 4)
	check("i1", []int8{-128, 127}, 2, 1)
	check("i2", []int16{-1 << 15, 1<<15 - 1}, 2)
	check("i4", []int32{-1 << 31, 1<<31 - 1}, 1, 2)
	check("i8", []int64{-1 << 63, 1<<63 - 1}, 2)
	check("u1", []uint8{0, 255}, 2)
	check("u2", []uint16{0, 1<<16 - 1}, 2)
	check("u4", []uint32{0, 1<<32 - 1}, 2)
	check("u8", []uint64{0, 1<<64 - 1}, 2)
	check("b1", []bool{true, false, true}, 3)
	check("c16", []complex128{1 + 2i, -3i}, 2)
}

func TestRefusesByName(t *testing.T) {
	for file, want := range map[string]string{
		"bad_text":       "text",
		"bad_bytes":      "text",
		"bad_date":       "dates",
		"bad_record":     "records",
		"bad_object":     "Python objects",
		"bad_longdouble": "size that Go lacks",
		"bad_archive":    ".npz archive",
	} {
		path := filepath.Join("testdata", file+".npy")
		_, err := Load[float64](path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: error %v, want one that begins with the path and names %q", file, err, want)
		}
	}
	_, err := Load[float64]("testdata/nosuch.npy")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v, want os.ErrNotExist", err)
	}
	if _, err := Load[float64]("testdata"); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("folder: %v", err)
	}
}
