package mnist

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// idx writes a file in the IDX format.
func idx(shape []int, data []byte) []byte {
	content := []byte{0, 0, 8, byte(len(shape))}
	for _, length := range shape {
		content = binary.BigEndian.AppendUint32(content, uint32(length))
	}
	return append(content, data...)
}

func pack(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

// small is a file of count images of 28×28 that are not all alike, and what is
// known of it.
func small(name string, count int) (file, []byte) {
	data := make([]byte, count*Pixels)
	for k := range data {
		data[k] = byte(k * k >> 3)
	}
	content := idx([]int{count, Side, Side}, data)
	sum := sha256.Sum256(content)
	return file{name, []int{count, Side, Side}, hex.EncodeToString(sum[:])}, content
}

func TestReadSound(t *testing.T) {
	f, content := small("small", 5)
	for name, form := range map[string][]byte{"plain": content, "gzip": pack(content)} {
		for n := range 6 {
			for _, r := range []io.Reader{bytes.NewReader(form), iotest.OneByteReader(bytes.NewReader(form)), iotest.DataErrReader(bytes.NewReader(form))} {
				data, err := f.read(r, n)
				if err != nil || !bytes.Equal(data, content[16:16+n*Pixels]) {
					t.Errorf("%s, %d images: %v, or other data", name, n, err)
				}
			}
		}
	}
}

func TestReadDamaged(t *testing.T) {
	f, content := small("small-images", 5)
	packed := pack(content)
	change := func(b []byte, at int, to byte) []byte {
		b = bytes.Clone(b)
		b[at] = to
		return b
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "ends after 0 bytes, want a header of 16"},
		{"one byte", content[:1], "ends after 1 bytes"},
		{"cut in the header", content[:15], "ends after 15 bytes"},
		{"cut in the data", content[:16+1000], "ends after 1000 of 3920 bytes of data"},
		{"cut before the last byte", content[:len(content)-1], "ends after 3919 of 3920 bytes of data"},
		{"gzip cut in its header", packed[:5], "is cut off in its gzip header"},
		{"gzip cut in the middle", packed[:len(packed)/2], "of 3920 bytes of data"},
		{"gzip cut in its checksum", packed[:len(packed)-3], "is cut off at its end"},
		{"gzip with a wrong checksum", change(packed, len(packed)-6, ^packed[len(packed)-6]), "is not sound gzip (gzip: invalid checksum)"},
		{"gzip of another kind", change(packed, 2, 7), "is not sound gzip (gzip: invalid header)"},
		{"gzip with a bad block", change(packed, 10, 7), "is not sound gzip (flate"},
		{"wrong magic", change(content, 3, 1), "starts with the bytes 00 00 08 01, want 00 00 08 03"},
		{"a web page", []byte("<!DOCTYPE html><html>Please log in</html>"), "starts with the bytes 3C 21 44 4F"},
		{"too few images", idx([]int{4, 28, 28}, content[16:][:4*Pixels]), "holds 4×28×28 values, want 5×28×28"},
		{"huge count", change(content, 4, 0xff), "holds 4278190085×28×28 values, want 5×28×28"},
		{"other rows", change(content, 11, 14), "holds 5×14×28 values"},
		{"longer", append(bytes.Clone(content), 0), "goes on after its 3920 bytes of data"},
		{"altered", change(content, 500, ^content[500]), "was altered: its SHA-256 is "},
		{"altered and packed", pack(change(content, 500, ^content[500])), "was altered"},
		{"altered after what is wanted", change(content, len(content)-1, 1), "was altered"},
	} {
		for _, n := range []int{1, 5} {
			data, err := f.read(bytes.NewReader(c.content), n)
			var d *damage
			if err == nil || !strings.Contains(err.Error(), c.want) || data != nil || !errors.As(err, &d) {
				t.Errorf("%s: %d bytes and error %v, want a *damage with %q", c.name, len(data), err, c.want)
			}
		}
	}
}

// A failing disk is no damaged file.
func TestReadKeepsErrorsOfTheDisk(t *testing.T) {
	f, content := small("small", 2)
	broken := errors.New("the cable is out")
	for _, form := range [][]byte{content, pack(content)} {
		for _, at := range []int{0, 1, 4, 100, len(form) - 1} {
			_, err := f.read(io.MultiReader(bytes.NewReader(form[:at]), iotest.ErrReader(broken)), 2)
			var d *damage
			if !errors.Is(err, broken) || errors.As(err, &d) {
				t.Errorf("broken at byte %d: %v, want the disk's error", at, err)
			}
		}
	}
}

// Whatever the bytes, there is sound data or an error, and no panic.
func FuzzRead(f *testing.F) {
	known, content := small("small", 2)
	f.Add(content, 2)
	f.Add(pack(content), 1)
	f.Add(pack(content)[:40], 2)
	f.Add(content[:20], 2)
	f.Add([]byte{}, 0)
	f.Add([]byte{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 255, 255}, 2)
	f.Add([]byte{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, 2)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		n = ((n % 3) + 3) % 3
		data, err := known.read(bytes.NewReader(b), n)
		if err == nil && !bytes.Equal(data, content[16:16+n*Pixels]) {
			t.Errorf("accepted other data than the original")
		}
		if err != nil && data != nil {
			t.Errorf("data and the error %v", err)
		}
	})
}
