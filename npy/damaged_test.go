package npy

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// file makes a version 1 file of a header's text and a body.
func file(dict string, body ...byte) []byte {
	return slices.Concat([]byte("\x93NUMPY\x01\x00"), []byte{byte(len(dict)), byte(len(dict) >> 8)}, []byte(dict), body)
}

var damaged = []struct {
	name string
	raw  []byte
	want string
}{
	{"empty", nil, "ends after 0 bytes"},
	{"short magic", []byte("\x93NUM"), "ends after 4 bytes"},
	{"other file", []byte("hello, world"), "no .npy file"},
	{"short other file", []byte("hi"), "no .npy file"},
	{"pickle", []byte("\x80\x04\x95aaaaaaaa"), "pickle"},
	{"hdf5", []byte("\x89HDF\r\n\x1a\n"), "HDF5"},
	{"version 0", []byte("\x93NUMPY\x00\x00\x00\x00"), "version 0.0"},
	{"version 4", []byte("\x93NUMPY\x04\x00\x00\x00"), "version 4.0"},
	{"version 1.1", []byte("\x93NUMPY\x01\x01\x00\x00"), "version 1.1"},
	{"no length", []byte("\x93NUMPY\x01\x00\x05"), "ends within its header"},
	{"header of 4 GB", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{"), "header claims"},
	{"header cut", []byte("\x93NUMPY\x01\x00\x40\x00{'descr'"), "header"},
	{"empty header", file(""), `"{" is missing`},
	{"no dictionary", file("\n"), `"{" is missing`},
	{"empty dictionary", file("{}"), "'descr' is missing"},
	{"no shape", file("{'descr': '<f8', 'fortran_order': False}"), "'shape' is missing"},
	{"no order", file("{'descr': '<f8', 'shape': ()}"), "'fortran_order' is missing"},
	{"unknown key", file("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}"), "unknown key"},
	{"key twice", file("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': ()}"), "twice"},
	{"number as order", file("{'descr': '<f8', 'fortran_order': 0, 'shape': ()}"), "neither True nor False"},
	{"no end", file("{'descr': '<f8', 'fortran_order': False, 'shape': ()"), `"," is missing`},
	{"string without end", file("{'descr"), "no end"},
	{"text after", file("{'descr': '<f8', 'fortran_order': False, 'shape': ()} x"), "text after"},
	{"list as shape", file("{'descr': '<f8', 'fortran_order': False, 'shape': [2]}"), `"(" is missing`},
	{"number as shape", file("{'descr': '<f8', 'fortran_order': False, 'shape': (2)}"), "comma"},
	{"negative length", file("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}"), "negative"},
	{"two negative lengths", file("{'descr': '<u1', 'fortran_order': False, 'shape': (-1, -1)}", 0), "negative"},
	{"length too long", file("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "no length"},
	{"empty length", file("{'descr': '<f8', 'fortran_order': False, 'shape': (,)}"), "no length"},
	{"float length", file("{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,)}"), `"," is missing`},
	{"product overflows", file("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"), "larger than memory"},
	{"product overflows to 8", file("{'descr': '<u1', 'fortran_order': False, 'shape': (4611686018427387904, 4, 2)}", 1, 2, 3, 4, 5, 6, 7, 8), "larger than memory"},
	{"bytes overflow", file("{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}"), "larger than memory"},
	{"many dimensions", file("{'descr': '<f8', 'fortran_order': False, 'shape': (" + strings.Repeat("1,", 65) + ")}"), "64 dimensions"},
	{"1 TB claimed", file("{'descr': '<f8', 'fortran_order': False, 'shape': (125000000000,)}", 1, 2, 3), "file ends after 3 bytes"},
	{"1 TB in Fortran order", file("{'descr': '>f8', 'fortran_order': True, 'shape': (125000, 1000000)}", 1, 2, 3), "file ends after 3 bytes"},
	{"cut data", file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 1, 2, 3, 4, 5), "file ends after 5 bytes"},
	{"no data", file("{'descr': '<f4', 'fortran_order': False, 'shape': ()}"), "file ends after 0 bytes"},
	{"unknown type", file("{'descr': '<q8', 'fortran_order': False, 'shape': ()}"), "element type \"<q8\""},
	{"float of 1 byte", file("{'descr': '|f1', 'fortran_order': False, 'shape': ()}"), "element type"},
	{"no byte order", file("{'descr': '|f8', 'fortran_order': False, 'shape': ()}"), "no byte order"},
	{"empty type", file("{'descr': '', 'fortran_order': False, 'shape': ()}"), "element type \"\""},
	{"odd type", file("{'descr': '<', 'fortran_order': False, 'shape': ()}"), "element type"},
	{"binary type", file("{'descr': '<\xff\x00', 'fortran_order': False, 'shape': ()}"), "element type"},
}

// Each damaged file is refused with the reason, as a file, as a stream, and by Stat, without
// taking the memory that it claims.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i, c := range damaged {
		path := filepath.Join(dir, fmt.Sprint(i, ".npy"))
		if err := os.WriteFile(path, c.raw, 0o666); err != nil {
			t.Fatal(err)
		}
		_, byLoad := Load[float64](path)
		_, byStat := Stat(path)
		byInto := LoadInto(path, new(mat.Dense))
		for what, err := range map[string]error{"Load": byLoad, "Stat": byStat, "LoadInto": byInto} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %s: %v, want %q", c.name, what, err, c.want)
			} else if !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%s: %s: %v, want the path first", c.name, what, err)
			}
		}
		if _, err := Read[float64](bytes.NewReader(c.raw)); err == nil {
			t.Errorf("%s: Read: no error", c.name)
		}
	}
	runtime.ReadMemStats(&after)
	// Streams of unknown length take at most 1 MiB ahead; no case brings more than some bytes.
	if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(len(damaged))*(2<<20); took > limit {
		t.Errorf("damaged files made us take %d bytes, want at most %d", took, limit)
	}
}

// Any prefix of a good file is damaged, and so is a longer one.
func TestCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.npy")
	whole, err := os.ReadFile("testdata/f4_fortran.npy")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load[float32](path); err == nil {
			t.Errorf("the first %d of %d bytes: no error", n, len(whole))
		}
		if _, err := Read[float32](bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("the first %d of %d bytes as a stream: no error", n, len(whole))
		}
	}
	if err := os.WriteFile(path, append(whole, 0), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load[float32](path); err == nil || !strings.Contains(err.Error(), "1 bytes more") {
		t.Errorf("one byte more: %v", err)
	}
}

// Arrays follow one another in a stream; Python 2 wrote long integers.
func TestStreamAndOldHeaders(t *testing.T) {
	var b bytes.Buffer
	for i := range 3 {
		if err := Write(&b, []int32{int32(i), 7}); err != nil {
			t.Fatal(err)
		}
	}
	b.Write(file("{'descr': '<i2', 'fortran_order': False, 'shape': (1L, 2L), }   \n", 1, 0, 2, 0))
	for i := range 3 {
		if a, err := Read[int32](&b); err != nil || a.Data[0] != int32(i) {
			t.Fatalf("array %d: %v, %v", i, a, err)
		}
	}
	if a, err := Read[int16](&b); err != nil || !slices.Equal(a.Data, []int16{1, 2}) || !slices.Equal(a.Shape, []int{1, 2}) {
		t.Errorf("Python 2: %v, %v", a, err)
	}
	// Booleans other than 0 and 1 are true, as for NumPy.
	a, err := Read[bool](bytes.NewReader(file("{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", 0, 1, 2, 255)))
	if err != nil || !slices.Equal(a.Data, []bool{false, true, true, true}) {
		t.Errorf("booleans: %v, %v", a, err)
	}
}

// A stream's memory grows with what arrives, past the first step too.
func TestLargeStream(t *testing.T) {
	data := make([]uint16, 3<<20+5)
	for i := range data {
		data[i] = uint16(i * 7)
	}
	var b bytes.Buffer
	if err := Write(&b, data); err != nil {
		t.Fatal(err)
	}
	a, err := Read[uint16](&b)
	if err != nil || !slices.Equal(a.Data, data) {
		t.Errorf("large stream: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range damaged {
		f.Add(c.raw)
	}
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil || len(files) < 40 {
		f.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		// What is read can be written, and is then read the same.
		a, err := Read[float64](bytes.NewReader(raw))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, a); err != nil {
			t.Fatal(err)
		}
		again, err := Read[float64](&b)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.Shape, again.Shape) || !bytes.Equal(bytesOf(a.Data), bytesOf(again.Data)) {
			t.Fatalf("%v became %v", a, again)
		}
	})
}
