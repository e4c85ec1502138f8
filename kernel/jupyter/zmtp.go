package jupyter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The part of ZMTP 3.0 that a gate in front of zmq4 has to understand: the
// greeting, the READY command and frame headers. zmq4 speaks the protocol
// itself; the gate looks at the bytes first, because zmq4 panics on some
// malformed handshakes, allocates any length a peer names, and does not
// answer PING.

const (
	flagMore    = 1 // another frame of the same message follows
	flagLong    = 2 // the length takes eight bytes
	flagCommand = 4 // a command, not a message

	greetingSize = 64
	maxHandshake = 4 << 10   // bytes of a READY command
	maxCommand   = 64 << 10  // bytes of any later command
	maxFrame     = 256 << 20 // bytes of one frame of a message
	maxMessage   = 1 << 30   // bytes of one message
	maxFrames    = 4096      // frames of one message
)

var errProtocol = errors.New("not ZMTP 3 with the NULL mechanism")

// greeting returns what this side sends first: signature, version 3.0,
// mechanism NULL, no server role.
func greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9] = 0xff, 0x7f
	g[10] = 3
	copy(g[12:], "NULL")
	return g
}

// checkGreeting reports why a peer's 64 bytes are not acceptable.
func checkGreeting(g []byte) error {
	switch {
	case len(g) != greetingSize || g[0] != 0xff || g[9] != 0x7f:
		return fmt.Errorf("%w: no greeting", errProtocol)
	case g[10] < 3:
		return fmt.Errorf("%w: version %d.%d", errProtocol, g[10], g[11])
	case string(bytes.TrimRight(g[12:32], "\x00")) != "NULL":
		return fmt.Errorf("%w: mechanism %q", errProtocol, bytes.TrimRight(g[12:32], "\x00"))
	case g[32] > 1:
		return fmt.Errorf("%w: server flag %d", errProtocol, g[32])
	}
	return nil
}

// frameHeader is the head of one frame on the wire.
type frameHeader struct {
	flags byte
	size  uint64
}

func (h frameHeader) more() bool    { return h.flags&flagMore != 0 }
func (h frameHeader) command() bool { return h.flags&flagCommand != 0 }

// append adds the wire form of h, two or nine bytes, to b.
func (h frameHeader) append(b []byte) []byte {
	if h.size > 255 {
		b = append(b, h.flags|flagLong)
		return binary.BigEndian.AppendUint64(b, h.size)
	}
	return append(b, h.flags&^flagLong, byte(h.size))
}

// readFrameHeader reads two or nine bytes. Undefined flag bits are an error.
func readFrameHeader(r io.Reader) (frameHeader, error) {
	var b [9]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return frameHeader{}, err
	}
	h := frameHeader{flags: b[0], size: uint64(b[1])}
	if h.flags&^(flagMore|flagLong|flagCommand) != 0 {
		return h, fmt.Errorf("%w: frame flags %#x", errProtocol, h.flags)
	}
	if h.flags&flagLong != 0 {
		if _, err := io.ReadFull(r, b[2:]); err != nil {
			return h, err
		}
		h.size = binary.BigEndian.Uint64(b[1:])
	}
	if h.command() && h.more() {
		return h, fmt.Errorf("%w: command in several frames", errProtocol)
	}
	return h, nil
}

// splitCommand separates a command's name from its data.
func splitCommand(body []byte) (name string, data []byte, err error) {
	if len(body) < 1 || len(body) < 1+int(body[0]) {
		return "", nil, fmt.Errorf("%w: truncated command", errProtocol)
	}
	n := int(body[0])
	return string(body[1 : 1+n]), body[1+n:], nil
}

// parseProperties reads the metadata of a READY command: name (one length
// byte), value (four length bytes), repeated. Names are returned in lower case.
func parseProperties(data []byte) (map[string]string, error) {
	props := make(map[string]string)
	for len(data) > 0 {
		n := int(data[0])
		if n == 0 || len(data) < 1+n+4 {
			return nil, fmt.Errorf("%w: truncated property", errProtocol)
		}
		name := strings.ToLower(string(data[1 : 1+n]))
		if !ascii(name) { // zmq4 folds some letters beyond ASCII into "Socket-Type"
			return nil, fmt.Errorf("%w: property name %q", errProtocol, name)
		}
		data = data[1+n:]
		size := uint64(binary.BigEndian.Uint32(data))
		data = data[4:]
		if size > uint64(len(data)) {
			return nil, fmt.Errorf("%w: truncated value of %s", errProtocol, name)
		}
		props[name] = string(data[:size])
		data = data[size:]
	}
	return props, nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// readReady reads a peer's READY command and checks its socket type against
// those allowed. It returns the bytes as they came.
func readReady(r io.Reader, peers []string) ([]byte, error) {
	h, err := readFrameHeader(r)
	if err != nil {
		return nil, err
	}
	if !h.command() || h.size > maxHandshake {
		return nil, fmt.Errorf("%w: want READY, got a frame with flags %#x and %d bytes", errProtocol, h.flags, h.size)
	}
	body := make([]byte, h.size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	name, data, err := splitCommand(body)
	if err != nil {
		return nil, err
	}
	if name != "READY" {
		return nil, fmt.Errorf("%w: want READY, got %q", errProtocol, name)
	}
	props, err := parseProperties(data)
	if err != nil {
		return nil, err
	}
	for _, p := range peers {
		if props["socket-type"] == p {
			return append(h.append(nil), body...), nil
		}
	}
	return nil, fmt.Errorf("%w: socket type %q, want one of %s", errProtocol, props["socket-type"], strings.Join(peers, ", "))
}

// pongFor answers a PING command: its data are two bytes of time to live and
// a context that is sent back.
func pongFor(data []byte) []byte {
	var context []byte
	if len(data) > 2 {
		context = data[2:min(len(data), 2+16)]
	}
	body := append([]byte("\x04PONG"), context...)
	return append(frameHeader{flags: flagCommand, size: uint64(len(body))}.append(nil), body...)
}

// frameTracker follows a stream of frames as it is written and knows whether
// the next byte begins a message: only there may a command be put in.
type frameTracker struct {
	head []byte // header bytes seen so far
	body uint64 // bytes of the current frame still to come
	more bool   // the current or last frame has a successor
}

// boundary reports whether the stream stands between two messages.
func (t *frameTracker) boundary() bool { return len(t.head) == 0 && t.body == 0 && !t.more }

// take consumes the bytes of p up to and including the end of a message and
// returns how many these are: len(p) when no message ends in p.
func (t *frameTracker) take(p []byte) int {
	n := 0
	for n < len(p) {
		if t.body > 0 {
			k := min(t.body, uint64(len(p)-n))
			t.body -= k
			n += int(k)
		} else {
			t.head = append(t.head, p[n])
			n++
			want := 2
			if t.head[0]&flagLong != 0 {
				want = 9
			}
			if len(t.head) < want {
				continue
			}
			t.more = t.head[0]&flagMore != 0
			if want == 9 {
				t.body = binary.BigEndian.Uint64(t.head[1:])
			} else {
				t.body = uint64(t.head[1])
			}
			t.head = t.head[:0]
		}
		if t.boundary() {
			return n
		}
	}
	return n
}
