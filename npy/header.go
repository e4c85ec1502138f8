package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// magic opens every .npy file.
const magic = "\x93NUMPY"

const (
	maxHeader = 1 << 20 // bytes; NumPy's own are some hundred, it reads up to 10,000 unasked
	maxDims   = 64      // as NumPy has it
)

// header is what the first bytes of a file say.
type header struct {
	version [2]byte
	dtype   dtype
	fortran bool // the first index runs fastest
	shape   []int
	count   int   // elements
	bytes   int64 // of the data
	length  int64 // of all that comes before the data
}

// elements multiplies a shape. It fails where a length is negative or the data would not
// fit in the address space, also when another length is zero, as NumPy does.
func elements(shape []int, size int) (count int, err error) {
	count = 1
	limit := math.MaxInt / size
	zero := false
	for i, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("length %d of dimension %d is negative", n, i)
		}
		if n == 0 {
			zero = true
			continue
		}
		if count > limit/n {
			return 0, fmt.Errorf("an array of shape %s is larger than memory can be", shapeString(shape))
		}
		count *= n
	}
	if zero {
		count = 0
	}
	return count, nil
}

// shapeString writes a shape as Python does: (), (3,), (3, 4).
func shapeString(shape []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, n := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// appendHeader writes the header for C-ordered data. The data begins at a multiple of 64
// bytes, so that the file can be mapped. Like NumPy (1.23 and later) it leaves room for
// the first length to grow to 21 digits.
func appendHeader(dst []byte, d dtype, shape []int) []byte {
	dict := "{'descr': '" + d.String() + "', 'fortran_order': False, 'shape': " + shapeString(shape) + ", }"
	if len(shape) > 0 {
		dict += strings.Repeat(" ", 21-len(strconv.Itoa(shape[0])))
	}
	start := len(dst)
	prefix := len(magic) + 2 + 2
	major := byte(1)
	pad := func() int { return 64 - (prefix+len(dict)+1)%64 } // 1 to 64, as NumPy pads
	if len(dict)+1+pad() > math.MaxUint16 {
		major, prefix = 2, prefix+2
	}
	n := len(dict) + 1 + pad()
	dst = append(dst, magic...)
	dst = append(dst, major, 0)
	if major == 1 {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
	} else {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	dst = append(dst, dict...)
	for len(dst)-start < prefix+n-1 {
		dst = append(dst, ' ')
	}
	return append(dst, '\n')
}

// readHeader reads up to the first byte of the data and no further. limit is the number of
// bytes that can follow, or negative when unknown.
func readHeader(r io.Reader, limit int64) (*header, error) {
	var fixed [12]byte
	if n, err := io.ReadFull(r, fixed[:8]); err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		if n > 0 && !strings.HasPrefix(magic, string(fixed[:min(n, 6)])) {
			return nil, errors.New(notNpy(fixed[:n]))
		}
		return nil, fmt.Errorf("ends after %d bytes, within the header, want a whole .npy file; write or download it again", n)
	}
	if string(fixed[:6]) != magic {
		return nil, errors.New(notNpy(fixed[:8]))
	}
	h := &header{version: [2]byte(fixed[6:8])}
	if h.version[0] < 1 || h.version[0] > 3 || h.version[1] != 0 {
		return nil, fmt.Errorf("has format version %d.%d, want 1.0, 2.0 or 3.0; save it with numpy.save", h.version[0], h.version[1])
	}
	width := 2
	if h.version[0] > 1 {
		width = 4
	}
	if _, err := io.ReadFull(r, fixed[8:8+width]); err != nil {
		return nil, cutHeader(err)
	}
	n := int64(binary.LittleEndian.Uint32(append(fixed[8:8+width:8+width], 0, 0)[:4]))
	h.length = int64(8+width) + n
	if limit >= 0 && h.length > limit {
		return nil, fmt.Errorf("header claims %d bytes, but the file ends after %d; write or download it again", h.length, limit)
	}
	if n > maxHeader {
		return nil, fmt.Errorf("header claims %d bytes, want at most %d; this is no array of numbers", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, cutHeader(err)
	}
	if err := h.parse(string(text)); err != nil {
		return nil, err
	}
	if limit >= 0 && h.bytes > limit-h.length {
		return nil, fmt.Errorf("header says shape %s of %s, %s, but the file ends after %s of data; write or download it again",
			shapeString(h.shape), h.dtype, byteSize(h.bytes), byteSize(limit-h.length))
	}
	return h, nil
}

// cutHeader explains an end of input within the header.
func cutHeader(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("ends within its header, want a whole .npy file; write or download it again")
	}
	return err
}

// notNpy explains a file that begins with something else.
func notNpy(first []byte) string {
	if strings.HasPrefix(string(first), "PK") {
		return "is a .npz archive (several arrays in a zip file), want a single .npy; unpack it first, e.g. with unzip"
	}
	if strings.HasPrefix(string(first), "\x89HDF") {
		return "is an HDF5 file, want .npy; in Python, read it with h5py and write it with numpy.save"
	}
	if first[0] == 0x80 {
		return "looks like a Python pickle, want .npy; in Python, load it and write the array with numpy.save"
	}
	return fmt.Sprintf("begins with %q, want \"\\x93NUMPY\": this is no .npy file; write it with numpy.save or npy.Save", first)
}

// byteSize prints a number of bytes for people.
func byteSize(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// quote quotes text from a file, shortened.
func quote(s string) string {
	if len(s) > 60 {
		return strconv.QuoteToASCII(s[:60]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
