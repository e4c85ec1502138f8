package mnist

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// file is what is known of a file in the IDX format of the original database:
// a header of big-endian 32-bit words, then the data in row-major order. The
// first word is the magic, 0x0800 (unsigned bytes) plus the number of
// dimensions; the others are the dimensions.
type file struct {
	name   string // without .gz
	shape  []int  // number of items, then the shape of an item
	digest string // SHA-256 of the unpacked file, in hex
}

// pair is the two files of a set.
type pair struct {
	name           string // for messages
	images, labels file
}

// The digests of train and test are those of the original files; someTrain is
// made by pack.go, which prints its digests.
var (
	train = pair{"MNIST training set",
		file{"train-images-idx3-ubyte", []int{60_000, Side, Side}, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
		file{"train-labels-idx1-ubyte", []int{60_000}, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}}
	test = pair{"MNIST test set",
		file{"t10k-images-idx3-ubyte", []int{10_000, Side, Side}, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
		file{"t10k-labels-idx1-ubyte", []int{10_000}, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}}
	someTrain = pair{"MNIST training set",
		file{"train-10000-images-idx3-ubyte", []int{Embedded, Side, Side}, "2889698e6bc3614913e76901316712919d1998fc2b44512451bfe65bc1e668b1"},
		file{"train-10000-labels-idx1-ubyte", []int{Embedded}, "651e38e2ac0632f5113ec18f1df4977117f953197819034009971a6675a0df78"}}
)

// check tells whether the first n images can be had.
func (p pair) check(n int) error {
	if all := p.images.shape[0]; n < 1 || n > all {
		return fmt.Errorf("%s: %d images asked for, want 1 to %d; change the number", p.name, n, all)
	}
	return nil
}

// damage says what is wrong with the content of a file, in words that follow the
// file's name.
type damage struct {
	text  string
	cause error // may be nil
}

func (d *damage) Error() string { return d.text }
func (d *damage) Unwrap() error { return d.cause }

func damaged(format string, args ...any) error {
	return &damage{text: fmt.Sprintf(format, args...)}
}

// item is the number of bytes of an item.
func (f file) item() int {
	n := 1
	for _, length := range f.shape[1:] {
		n *= length
	}
	return n
}

// size is the number of bytes of the unpacked file.
func (f file) size() int { return 4 + 4*len(f.shape) + f.shape[0]*f.item() }

// read reads the whole file from r, packed by gzip or not, checks all of it, and
// returns the data of the first n items. What is wrong with the content is a
// *damage; other errors are those of r. Memory is taken for what is wanted and not for
// what the file claims to hold.
func (f file) read(r io.Reader, n int) ([]uint8, error) {
	plain, err := unpack(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	plain = io.TeeReader(plain, sum)

	header := make([]byte, 4+4*len(f.shape))
	if got, err := io.ReadFull(plain, header); err != nil {
		return nil, cutShort(err, "ends after %d bytes, want a header of %d", got, len(header))
	}
	if magic := []byte{0, 0, 8, byte(len(f.shape))}; !bytes.Equal(header[:4], magic) {
		return nil, damaged("starts with the bytes % X, want % X (%s)", header[:4], magic, f.name)
	}
	shape := make([]int, len(f.shape))
	same := true
	for k := range shape {
		shape[k] = int(binary.BigEndian.Uint32(header[4+4*k:]))
		same = same && shape[k] == f.shape[k]
	}
	if !same {
		return nil, damaged("holds %s values, want %s", times(shape), times(f.shape))
	}

	data := make([]uint8, n*f.item())
	got, err := io.ReadFull(plain, data)
	rest := int64(f.shape[0]*f.item() - len(data))
	if err == nil {
		var more int64
		more, err = io.CopyN(io.Discard, plain, rest)
		got += int(more)
	}
	if err != nil {
		return nil, cutShort(err, "ends after %d of %d bytes of data", got, f.shape[0]*f.item())
	}
	if extra, err := io.CopyN(io.Discard, plain, 1); extra > 0 {
		return nil, damaged("goes on after its %d bytes of data", f.shape[0]*f.item())
	} else if err != io.EOF { // the end of a gzip stream holds a checksum
		return nil, cutShort(err, "is cut off at its end")
	}
	if digest := hex.EncodeToString(sum.Sum(nil)); digest != f.digest {
		return nil, damaged("was altered: its SHA-256 is %s, want %s", digest, f.digest)
	}
	return data, nil
}

// unpack returns what r holds, packed by gzip or not.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	start, err := b.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, cutShort(err, "is cut off in its gzip header")
	}
	return z, nil
}

// cutShort turns an error of reading into what is wrong with the file: that it
// ends too early, told by the format, or that its packing is broken. An error of
// the disk or the network stays what it is.
func cutShort(err error, format string, args ...any) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &damage{fmt.Sprintf(format, args...), io.ErrUnexpectedEOF}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return &damage{"is not sound gzip (" + err.Error() + ")", err}
	}
	return err
}

// times writes a shape as 60000×28×28.
func times(shape []int) string {
	words := make([]string, len(shape))
	for k, length := range shape {
		words[k] = strconv.Itoa(length)
	}
	return strings.Join(words, "×")
}
