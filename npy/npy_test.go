package npy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

type volts float64

// variable is what a simulation hands out.
type variable struct {
	shape []int
	data  []float32
	fail  error
}

func (v *variable) Array() ([]int, any) { return v.shape, v.data }
func (v *variable) SetArray(data any) error {
	copy(v.data, data.([]float32))
	return v.fail
}

// shapes draws 0 to 4 dimensions of 0 to 5.
var shapes = rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4)

func product(shape []int) int {
	n := 1
	for _, l := range shape {
		n *= l
	}
	return n
}

// roundTrip checks: written and read again is the same, as written, with bytes swapped, in Fortran order and as
// version 2 or 3.
func roundTrip[T Element](values *rapid.Generator[T]) func(*rapid.T) {
	return func(t *rapid.T) {
		shape := shapes.Draw(t, "shape")
		data := rapid.SliceOfN(values, product(shape), product(shape)).Draw(t, "data")
		a := &Array[T]{shape, data}
		var file bytes.Buffer
		if err := Write(&file, a); err != nil {
			t.Fatal(err)
		}
		same := func(what string, raw []byte) {
			b, err := Read[T](bytes.NewReader(raw))
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if !slices.Equal(a.Shape, b.Shape) || !bytes.Equal(bytesOf(a.Data), bytesOf(b.Data)) {
				t.Fatalf("%s: read %v, wrote %v", what, b, a)
			}
		}
		same("as written", file.Bytes())
		_, d, _ := plain(data)
		body := bytesOf(slices.Clone(data))
		d.big = !d.big
		swap(body, d.part())
		other := func(d dtype, fortran bool, major byte, body []byte) []byte {
			order := map[bool]string{false: "False", true: "True"}[fortran]
			// Keys in another order than NumPy writes them, other spaces and quotes.
			dict := fmt.Sprintf("{ \"shape\" :%s,'fortran_order': %s , 'descr':'%s'}\n", shapeString(shape), order, d)
			n := len(dict)
			head := []byte{0x93, 'N', 'U', 'M', 'P', 'Y', major, 0, byte(n), byte(n >> 8)}
			if major > 1 {
				head = append(head, 0, 0)
			}
			return slices.Concat(head, []byte(dict), body)
		}
		same("bytes swapped", other(d, false, 1, body))
		d.big = !d.big
		same("version 2", other(d, false, 2, bytesOf(data)))
		same("version 3", other(d, false, 3, bytesOf(data)))
		same("Fortran order", other(d, true, 1, bytesOf(toFortran(data, shape))))
	}
}

// toFortran is the definition: element (i, j, …) goes to i + shape[0]·(j + shape[1]·(…)).
func toFortran[T any](data []T, shape []int) []T {
	out := make([]T, len(data))
	for c, v := range data {
		f, scale := 0, 1
		rest, index := c, make([]int, len(shape))
		for k := len(shape) - 1; k >= 0; k-- {
			index[k] = rest % shape[k]
			rest /= shape[k]
		}
		for k, i := range index {
			f += i * scale
			scale *= shape[k]
		}
		out[f] = v
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	t.Run("bool", rapid.MakeCheck(roundTrip(rapid.Bool())))
	t.Run("int8", rapid.MakeCheck(roundTrip(rapid.Int8())))
	t.Run("int16", rapid.MakeCheck(roundTrip(rapid.Int16())))
	t.Run("int32", rapid.MakeCheck(roundTrip(rapid.Int32())))
	t.Run("int64", rapid.MakeCheck(roundTrip(rapid.Int64())))
	t.Run("int", rapid.MakeCheck(roundTrip(rapid.Int())))
	t.Run("uint8", rapid.MakeCheck(roundTrip(rapid.Uint8())))
	t.Run("uint16", rapid.MakeCheck(roundTrip(rapid.Uint16())))
	t.Run("uint32", rapid.MakeCheck(roundTrip(rapid.Uint32())))
	t.Run("uint64", rapid.MakeCheck(roundTrip(rapid.Uint64())))
	t.Run("Float16", rapid.MakeCheck(roundTrip(rapid.Map(rapid.Uint16(), func(u uint16) Float16 { return Float16(u) }))))
	t.Run("float32", rapid.MakeCheck(roundTrip(rapid.Map(rapid.Uint32(), math.Float32frombits))))
	t.Run("float64", rapid.MakeCheck(roundTrip(rapid.Map(rapid.Uint64(), math.Float64frombits))))
	t.Run("volts", rapid.MakeCheck(roundTrip(rapid.Map(rapid.Float64(), func(f float64) volts { return volts(f) }))))
	t.Run("complex64", rapid.MakeCheck(roundTrip(rapid.Custom(func(t *rapid.T) complex64 {
		return complex(rapid.Float32().Draw(t, "re"), rapid.Float32().Draw(t, "im"))
	}))))
	t.Run("complex128", rapid.MakeCheck(roundTrip(rapid.Custom(func(t *rapid.T) complex128 {
		return complex(rapid.Float64().Draw(t, "re"), rapid.Float64().Draw(t, "im"))
	}))))
}

// The cases are worked out by hand: which values of one type are values of another.
func TestLoadKeepsValuesOrFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	save := func(data any) {
		t.Helper()
		if err := Save(path, data); err != nil {
			t.Fatal(err)
		}
	}
	keeps := func(what string, err error, kept bool) {
		t.Helper()
		if (err == nil) != kept {
			t.Errorf("%s: error %v, want kept %v", what, err, kept)
		}
		if err != nil && !strings.Contains(err.Error(), "npy.Convert") {
			t.Errorf("%s: error %v, want the way out", what, err)
		}
	}
	float := func(v float64, f32, i64, i8, u64, f16 bool) {
		t.Helper()
		save([]float64{v})
		_, err := Load[float32](path)
		keeps(fmt.Sprint("float64 ", v, " as float32"), err, f32)
		_, err = Load[int64](path)
		keeps(fmt.Sprint("float64 ", v, " as int64"), err, i64)
		_, err = Load[int8](path)
		keeps(fmt.Sprint("float64 ", v, " as int8"), err, i8)
		_, err = Load[uint64](path)
		keeps(fmt.Sprint("float64 ", v, " as uint64"), err, u64)
		_, err = Load[Float16](path)
		keeps(fmt.Sprint("float64 ", v, " as Float16"), err, f16)
	}
	float(0.5, true, false, false, false, true)
	float(0.1, false, false, false, false, false)
	float(-3, true, true, true, false, true)
	float(200, true, true, false, true, true)
	float(math.NaN(), true, false, false, false, true)
	float(math.Inf(1), true, false, false, false, true)
	float(0x1p63, true, false, false, true, false)
	float(-0x1p63, true, true, false, false, false)
	float(0x1p64, true, false, false, false, false)
	float(1e300, false, false, false, false, false)
	float(65504, true, true, false, true, true)
	float(65505, true, true, false, true, false)

	integer := func(data any, f64, i32, u64 bool) {
		t.Helper()
		save(data)
		_, err := Load[float64](path)
		keeps(fmt.Sprint(data, " as float64"), err, f64)
		_, err = Load[int32](path)
		keeps(fmt.Sprint(data, " as int32"), err, i32)
		_, err = Load[uint64](path)
		keeps(fmt.Sprint(data, " as uint64"), err, u64)
	}
	integer([]int64{1 << 53}, true, false, true)
	integer([]int64{1<<53 + 1}, false, false, true)
	integer([]int64{math.MaxInt64}, false, false, true)
	integer([]int64{math.MinInt64}, true, false, false)
	integer([]int{-1}, true, true, false)
	integer([]uint64{math.MaxUint64}, false, false, true)
	integer([]uint64{1 << 63}, true, false, true)
	integer([]uint8{255}, true, true, true)

	save([]complex128{0.1 + 1i})
	_, err := Load[complex64](path)
	keeps("complex", err, false)
	if _, err := Load[float64](path); err == nil || !strings.Contains(err.Error(), "load it as complex128") {
		t.Errorf("complex as float64: %v", err)
	}
	save([]bool{true})
	if _, err := Load[uint8](path); err == nil || !strings.Contains(err.Error(), "load it as bool") {
		t.Errorf("bool as uint8: %v", err)
	}
	// The error names the first element that changes.
	save([]float64{1, 2, 0.1, 0.2})
	if _, err := Load[float32](path); err == nil || !strings.Contains(err.Error(), "element 2, 0.1,") {
		t.Errorf("error %v, want element 2", err)
	}
	a, err := Load[float64](path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Convert[float32](a); err != nil || !slices.Equal(b.Data, []float32{1, 2, 0.1, 0.2}) {
		t.Errorf("Convert = %v, %v", b, err)
	}
	if _, err := Convert[bool](a); err == nil {
		t.Error("Convert to bool: no error")
	}
}

// Every Float16 becomes a float32 and back; and rounding is to the nearest, ties to even,
// checked against a search over all of them.
func TestFloat16(t *testing.T) {
	for u := range 1 << 16 {
		h := Float16(u)
		f := h.Float32()
		if f != f {
			if g := ToFloat16(f).Float32(); g == g {
				t.Fatalf("%#04x: NaN became %v", u, g)
			}
			continue
		}
		if g := ToFloat16(f); g != h {
			t.Fatalf("%#04x → %v → %#04x", u, f, uint16(g))
		}
	}
	// Between neighbours a < b: below the middle a, above it b, at the middle the even one.
	for u := range 0x7bff {
		a, b := Float16(u), Float16(u+1)
		mid := (a.Float32() + b.Float32()) / 2 // exact: float32 has 13 bits more
		even := a
		if u&1 == 1 {
			even = b
		}
		for _, c := range []struct {
			f    float32
			want Float16
		}{{mid, even}, {math.Nextafter32(mid, 0), a}, {math.Nextafter32(mid, 1e9), b}} {
			if got := ToFloat16(c.f); got != c.want {
				t.Fatalf("ToFloat16(%v) = %v, want %v", c.f, got, c.want)
			}
			if got := ToFloat16(-c.f); got != c.want|0x8000 {
				t.Fatalf("ToFloat16(%v) = %v, want -%v", -c.f, got, c.want)
			}
		}
	}
	for f, want := range map[float32]Float16{65519.996: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, float32(math.Inf(-1)): 0xfc00} {
		if got := ToFloat16(f); got != want {
			t.Errorf("ToFloat16(%v) = %#04x, want %#04x", f, uint16(got), uint16(want))
		}
	}
}

func TestMatrices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.npy")
	rapid.Check(t, func(t *rapid.T) {
		r, c := rapid.IntRange(1, 6).Draw(t, "r"), rapid.IntRange(1, 6).Draw(t, "c")
		m := mat.NewDense(r, c, rapid.SliceOfN(rapid.Float64(), r*c, r*c).Draw(t, "m"))
		view := m.Slice(0, rapid.IntRange(1, r).Draw(t, "rows"), 0, rapid.IntRange(1, c).Draw(t, "cols"))
		for _, src := range []mat.Matrix{m, view, m.T(), view.T()} {
			if err := Save(path, src); err != nil {
				t.Fatal(err)
			}
			var into mat.Dense
			if err := LoadInto(path, &into); err != nil {
				t.Fatal(err)
			}
			if !mat.Equal(src, &into) {
				t.Fatalf("saved %v, loaded %v", mat.Formatted(src), mat.Formatted(&into))
			}
			a, err := Load[float64](path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := a.Dense()
			if err != nil || !mat.Equal(src, d) {
				t.Fatalf("Dense: %v", err)
			}
		}
	})
	if err := Save(path, mat.NewVecDense(3, []float64{1, 2, 3})); err != nil {
		t.Fatal(err)
	}
	if info, err := Stat(path); err != nil || !slices.Equal(info.Shape, []int{3}) {
		t.Errorf("a vector has shape %v, %v, want (3,)", info.Shape, err)
	}
	if err := LoadInto(path, new(mat.Dense)); err == nil || !strings.Contains(err.Error(), "two dimensions") {
		t.Errorf("vector into a matrix: %v", err)
	}
	m := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	if err := Save(path, mat.NewDense(2, 3, nil)); err != nil {
		t.Fatal(err)
	}
	if err := LoadInto(path, m); err == nil || !strings.Contains(err.Error(), "2×2") || m.At(1, 1) != 4 {
		t.Errorf("wrong size: %v", err)
	}
	// A float32 file goes into a view of a larger matrix and leaves the rest alone.
	if err := Save(path, []float32{8, 9}, 2, 1); err != nil {
		t.Fatal(err)
	}
	if err := LoadInto(path, m.Slice(0, 2, 1, 2).(*mat.Dense)); err != nil {
		t.Fatal(err)
	}
	if want := mat.NewDense(2, 2, []float64{1, 8, 3, 9}); !mat.Equal(m, want) {
		t.Errorf("view filled: %v", mat.Formatted(m))
	}
}

func TestSourceAndTarget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.npy")
	v := &variable{[]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}, nil}
	if err := Save(path, v); err != nil {
		t.Fatal(err)
	}
	w := &variable{[]int{2, 3}, make([]float32, 6), nil}
	if err := LoadInto(path, w); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.data, w.data) {
		t.Errorf("loaded %v, want %v", w.data, v.data)
	}
	// From float64 when the values allow it.
	if err := Save(path, []float64{6, 5, 4, 3, 2, 1}, 2, 3); err != nil {
		t.Fatal(err)
	}
	if err := LoadInto(path, w); err != nil || w.data[0] != 6 {
		t.Errorf("from float64: %v, %v", w.data, err)
	}
	if err := Save(path, []float64{0.1, 5, 4, 3, 2, 1}, 2, 3); err != nil {
		t.Fatal(err)
	}
	if err := LoadInto(path, w); err == nil || w.data[0] != 6 {
		t.Errorf("inexact: %v, %v", w.data, err)
	}
	if err := Save(path, []float32{1, 2, 3, 4, 5, 6}, 3, 2); err != nil {
		t.Fatal(err)
	}
	if err := LoadInto(path, w); err == nil || !strings.Contains(err.Error(), "(3, 2)") || !strings.Contains(err.Error(), "(2, 3)") {
		t.Errorf("wrong shape: %v", err)
	}
	w.shape, w.fail = []int{3, 2}, errors.New("frozen")
	if err := LoadInto(path, w); !errors.Is(err, w.fail) {
		t.Errorf("error %v, want the target's", err)
	}
	if err := Save(path, v, 6); err != nil { // another shape of as many
		t.Error(err)
	}
	if err := Save(path, v, 7); err == nil {
		t.Error("shape (7,) for 6 elements: no error")
	}
	s := make([]volts, 6)
	if err := LoadInto(path, s); err != nil || s[5] != 6 {
		t.Errorf("slice: %v, %v", s, err)
	}
	if err := LoadInto(path, s[:5]); err == nil || !strings.Contains(err.Error(), "length 5") {
		t.Errorf("short slice: %v", err)
	}
}

func TestNestedAndScalar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.npy")
	for _, c := range []struct {
		data  any
		shape []int
		flat  any
	}{
		{[][]float64{{1, 2, 3}, {4, 5, 6}}, []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}},
		{[][2]volts{{1, 2}, {3, 4}, {5, 6}}, []int{3, 2}, []float64{1, 2, 3, 4, 5, 6}},
		{[2][2]int8{{1, 2}, {3, 4}}, []int{2, 2}, []int8{1, 2, 3, 4}},
		{[][][]bool{{{true}, {false}}}, []int{1, 2, 1}, []bool{true, false}},
		{[][]int32{}, []int{0, 0}, []int32{}},
		{[][]int32{{}, {}}, []int{2, 0}, []int32{}},
		{3.5, []int{}, []float64{3.5}},
		{volts(2), []int{}, []float64{2}},
		{true, []int{}, []bool{true}},
	} {
		if err := Save(path, c.data); err != nil {
			t.Error(err)
			continue
		}
		shape, flat, err := load(path)
		if err != nil || !slices.Equal(shape, c.shape) || fmt.Sprint(flat) != fmt.Sprint(c.flat) || reflect.TypeOf(flat) != reflect.TypeOf(c.flat) {
			t.Errorf("%v: loaded %v %v, %v; want %v %v", c.data, shape, flat, err, c.shape, c.flat)
		}
	}
}

func TestSaveNonsense(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	var nilVar *variable
	var nilMat *mat.Dense
	for _, c := range []struct {
		data  any
		shape []int
		want  string
	}{
		{nil, nil, "data is nil"},
		{nilVar, nil, "nil *npy.variable"},
		{nilMat, nil, "nil *mat.Dense"},
		{"text", nil, "data is a string"},
		{[]string{"a"}, nil, "data is a []string"},
		{struct{}{}, nil, "data is a struct"},
		{[]any{1.0}, nil, "data is a []interface"},
		{[][]float64{{1}, {2, 3}}, nil, "ragged"},
		{[]float64{1, 2, 3}, []int{2, 2}, "shape (2, 2) has 4 elements, but there are 3 values"},
		{[]float64{1, 2, 3}, []int{-1, 3}, "negative"},
		{[]float64{}, []int{math.MaxInt, math.MaxInt}, "larger than memory"},
		{[]float64{}, []int{0, math.MaxInt, math.MaxInt}, "larger than memory"},
		{[]float64{1}, make([]int, 65), "65 dimensions"},
		{mat.NewDense(2, 2, nil), []int{3}, "shape (3,) has 3 elements"},
		{&variable{[]int{2}, make([]float32, 3), nil}, nil, "shape (2,) has 2 elements, but there are 3 values"},
	} {
		err := Save(path, c.data, c.shape...)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("Save(%v, %v): %v, want %q", c.data, c.shape, err, c.want)
		}
	}
	for name, want := range map[string]string{
		"":                             "empty",
		dir:                            "no regular file",
		filepath.Join(dir, "a", "b"):   "create the folder",
		filepath.Join(dir, "nul\x00c"): "cannot be written",
	} {
		if err := Save(name, []float64{1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Save(%q): %v, want %q", name, err, want)
		}
	}
	for _, dst := range []any{nil, 3, "x", new([]float64), nilMat, []string{}, map[int]int{}} {
		if err := LoadInto("testdata/f8.npy", dst); err == nil || !strings.Contains(err.Error(), "destination") {
			t.Errorf("LoadInto(%T): %v", dst, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("failed saves left %v, %v", left, err)
	}
}

// A failed or interrupted save leaves the old file as it was.
func TestSaveIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.npy")
	if err := Save(path, []float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := Save(path, []float64{1, 2, 3}, 2); err == nil {
		t.Fatal("no error")
	}
	full := errors.New("disk full")
	err := saveAtomic(path, func(w io.Writer) error {
		w.Write([]byte("half"))
		return full
	})
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the old file changed")
	}
	link := filepath.Join(dir, "link.npy")
	if err := os.Symlink("w.npy", link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Save(link, []int8{7}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o666 {
		t.Errorf("file behind the link: %v, %v; want a regular file of mode 0666", info.Mode(), err)
	}
	if a, err := Load[int8](path); err != nil || a.Data[0] != 7 {
		t.Errorf("behind the link: %v, %v", a, err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("folder holds %v, want the file and the link", entries)
	}
}

func TestString(t *testing.T) {
	a := &Array[float32]{[]int{3, 4}, make([]float32, 12)}
	if got, want := a.String(), "float32 (3, 4) [0 0 0 0 0 0 0 0 …]"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	info, err := Stat("testdata/f8_big_fortran.npy")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.String(), "float64 (4, 3), >f8 (Fortran order), 96 bytes, version 1.0"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
