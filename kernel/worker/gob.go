package worker

import (
	"encoding/gob"
	"fmt"
	"io"
	"iter"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

func init() {
	// Beside the types that protocol registers, programs may send nested JSON.
	gob.Register(map[string]any{})
	gob.Register([]any{})
}

// LargestDisplay bounds one display in bytes (rule O-7): more than that stalls a
// browser.
const LargestDisplay = 50 << 20

// errTooLarge says that a display was skipped.
type errTooLarge struct{ bytes int }

func (e errTooLarge) Error() string {
	return fmt.Sprintf("display of %s refused: a notebook shows at most %s at once; make the picture smaller or save it to a file",
		size(e.bytes), size(LargestDisplay))
}

// A gobReader decodes the stream of displays as its bytes arrive. gob messages
// carry their length, so an oversized one can be skipped without losing the
// stream. The decoder wants to block for input, so it runs as a coroutine that
// pauses when it has none.
type gobReader struct {
	raw    []byte // received, less than a message
	skip   int    // bytes of an oversized message still to drop
	inside bool   // the decoder has seen a part of a value
	err    error

	input  []byte // whole messages for the decoder
	hungry func(struct{}) bool
	decode func() (struct{}, bool) // runs the decoder until it has no input
	stop   func()
	show   func(*protocol.DisplayData)
}

func newGobReader() *gobReader {
	r := &gobReader{}
	r.decode, r.stop = iter.Pull(func(yield func(struct{}) bool) {
		r.hungry = yield
		r.err = r.decodeAll()
	})
	return r
}

// Read gives the decoder input, or pauses it.
func (r *gobReader) Read(b []byte) (int, error) {
	for len(r.input) == 0 {
		if !r.hungry(struct{}{}) {
			return 0, io.EOF
		}
	}
	n := copy(b, r.input)
	r.input = r.input[n:]
	return n, nil
}

// decodeAll decodes displays for ever. gob has panicked on hostile input before,
// and this stream comes from user code.
func (r *gobReader) decodeAll() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoding: %v", p)
		}
	}()
	decoder := gob.NewDecoder(r)
	for {
		data := new(protocol.DisplayData)
		if err := decoder.Decode(data); err != nil {
			return err
		}
		r.inside = false
		r.show(data)
	}
}

// feed adds bytes and calls show for each complete display, refuse for each that
// was too large. An error means that the stream is lost; it is returned for every
// later call too.
func (r *gobReader) feed(b []byte, show func(*protocol.DisplayData), refuse func(error)) error {
	r.show = show
	r.raw = append(r.raw, b...)
	for r.err == nil {
		if r.skip > 0 {
			n := min(r.skip, len(r.raw))
			r.raw = r.raw[n:]
			if r.skip -= n; r.skip > 0 {
				break
			}
		}
		length, header, ok := gobUint(r.raw)
		if !ok {
			break
		}
		whole := header + int(length)
		switch {
		case length == 0 || length > 1<<32:
			r.err = fmt.Errorf("a message of %d bytes is announced", length)
		case length > LargestDisplay && !r.inside:
			refuse(errTooLarge{int(length)})
			r.skip = whole
		case len(r.raw) < whole:
			return nil
		default:
			// A value may come in several messages, when it holds types that were
			// not sent before; types come before it.
			r.inside = r.inside || !describesType(r.raw[header:whole])
			r.input = append(r.input, r.raw[:whole]...)
			r.raw = r.raw[whole:]
			r.decode()
		}
	}
	if len(r.raw) == 0 {
		r.raw = nil
	}
	return r.err
}

// describesType tells whether a message describes a type: it begins with a
// negative type number, whose sign is in the lowest bit.
func describesType(message []byte) bool {
	number, _, ok := gobUint(message)
	return ok && number&1 == 1
}

// gobUint reads gob's variable-length unsigned integer: one byte below 128, or
// the negated number of bytes followed by them, most significant first. ok is
// false when b is too short; a length that cannot be is returned as 0.
func gobUint(b []byte) (value uint64, size int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	if b[0] < 128 {
		return uint64(b[0]), 1, true
	}
	n := -int(int8(b[0]))
	if n > 8 {
		return 0, 1, true
	}
	if len(b) < 1+n {
		return 0, 0, false
	}
	for _, c := range b[1 : 1+n] {
		value = value<<8 | uint64(c)
	}
	return value, 1 + n, true
}
