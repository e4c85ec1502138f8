package jupyter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"testing"
	"time"
)

// FuzzComm: whatever the content of a comm message, it is read or refused.
func FuzzComm(f *testing.F) {
	f.Add([]byte(`{"comm_id":"a","target_name":"t","data":{"x":1}}`))
	f.Add([]byte(`{"comm_id":{},"data":null}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := &Message{Type: "comm_msg", Content: content}
		c, err := commOf(m)
		if err == nil && len(c.Data) > 0 && !json.Valid(c.Data) {
			t.Errorf("data %q", c.Data)
		}
	})
}

// FuzzConn: whatever a peer sends after its handshake, the connection gives zmq4
// whole message frames or an error, and answers in whole frames.
func FuzzConn(f *testing.F) {
	f.Add([]byte{0, 1, 1}, true)                                 // a subscription
	f.Add([]byte{1, 1, 'a', 0, 2, 'b', 'c'}, false)              // two frames
	f.Add([]byte("\x04\x08\x04PING\x00\x00x\x00\x01\x00"), true) // a command, then a message
	f.Add([]byte{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, true)
	f.Add([]byte{0x80, 0}, false)
	f.Fuzz(func(t *testing.T, data []byte, publishes bool) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go io.Copy(io.Discard, theirs)
		c := newConn(ours, bufio.NewReader(bytes.NewReader(data)), nil, limits{time.Second, time.Second, 1 << 20}, nil)
		defer c.Close()
		c.skip = 0
		if publishes {
			c.welcome = func(topic string) [][]byte { return [][]byte{[]byte(topic), []byte("welcome")} }
		}
		got, err := io.ReadAll(io.LimitReader(c, int64(len(data))+1))
		if len(got) > len(data) {
			t.Fatalf("%d bytes came of %d", len(got), len(data))
		}
		if err != nil {
			return
		}
		// What passes is frames without commands; the last may be cut off.
		for rest := bufio.NewReader(bytes.NewReader(got)); ; {
			h, err := readFrameHeader(rest)
			if err != nil {
				break
			}
			if h.command() {
				t.Fatalf("a command passed: % x", got)
			}
			if _, err := io.CopyN(io.Discard, rest, int64(h.size)); err != nil {
				break
			}
		}
	})
}

// A client that subscribes again and again without reading is cut off before its
// welcomes fill the memory.
func TestSubscriptionsAreBounded(t *testing.T) {
	ours, theirs := net.Pipe() // nobody reads theirs
	defer theirs.Close()
	const queue = 1 << 20
	subscriptions := bytes.NewReader(bytes.Repeat([]byte{0, 1, 1}, 100_000))
	c := newConn(ours, bufio.NewReader(subscriptions), nil, limits{time.Second, time.Minute, queue}, nil)
	defer c.Close()
	c.skip = 0
	c.welcome = func(string) [][]byte { return [][]byte{make([]byte, 100), make([]byte, 300)} }
	io.Copy(io.Discard, c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil || len(c.out)+c.writing > queue {
		t.Errorf("%d bytes wait for the client, error %v", len(c.out)+c.writing, c.err)
	}
}
