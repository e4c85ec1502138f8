package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// property is one entry of a READY command's metadata.
func property(name, value string) []byte {
	b := append([]byte{byte(len(name))}, name...)
	b = append(b, byte(len(value)>>24), byte(len(value)>>16), byte(len(value)>>8), byte(len(value)))
	return append(b, value...)
}

func command(name string, data ...[]byte) []byte {
	body := append([]byte{byte(len(name))}, name...)
	for _, d := range data {
		body = append(body, d...)
	}
	return append(frameHeader{flags: flagCommand, size: uint64(len(body))}.append(nil), body...)
}

func frame(body string, more bool) []byte {
	h := frameHeader{size: uint64(len(body))}
	if more {
		h.flags = flagMore
	}
	return append(h.append(nil), body...)
}

// dial opens a plain TCP connection to a port of the kernel.
func dial(t *testing.T, port int) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc
}

// Clients that say nothing, or nonsense, cost the others nothing; some of
// these bytes end a process that hands them to zmq4 unchecked.
func TestHostileClients(t *testing.T) {
	k, c := startKernel(t, newToy())
	conn := k.Connection()
	hello := greeting()
	ready := func(props ...[]byte) []byte {
		return append(append([]byte(nil), hello...), command("READY", props...)...)
	}
	dealer := ready(property("Socket-Type", "DEALER"), property("Identity", "evil"))
	sub := ready(property("Socket-Type", "SUB"))
	huge := append([]byte{flagLong}, bytes.Repeat([]byte{0xff}, 8)...)
	attacks := map[string][]byte{
		"silent":                  nil,
		"half a greeting":         hello[:20],
		"HTTP":                    []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + strings.Repeat("x", 100)),
		"greeting, then silence":  hello,
		"version 2":               append([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 1}, make([]byte, 53)...),
		"mechanism CURVE":         bytes.Replace(hello, []byte("NULL"), []byte("CURVE"), 1)[:64],
		"unknown socket type":     ready(property("Socket-Type", "NONSENSE")),
		"wrong socket type":       ready(property("Socket-Type", "PULL")),
		"folded property name":    ready(property("Socket-Type", "DEALER"), property("\u017focket-Type", "NONSENSE")),
		"no socket type":          ready(),
		"truncated property":      ready([]byte{200, 'a'}),
		"truncated value":         ready([]byte{1, 'a', 0xff, 0xff, 0xff, 0xff}),
		"empty command":           append(append([]byte(nil), hello...), flagCommand, 0),
		"message before READY":    append(append([]byte(nil), hello...), frame("hi", false)...),
		"huge READY":              append(append(append([]byte(nil), hello...), flagCommand), huge...),
		"huge frame":              append(append([]byte(nil), dealer...), huge...),
		"frame of a terabyte":     append(append([]byte(nil), dealer...), flagLong, 0, 0, 1, 0, 0, 0, 0, 0),
		"bad flags":               append(append([]byte(nil), dealer...), 0xf0, 1, 'x'),
		"frame in two halves":     append(append([]byte(nil), dealer...), 0, 100, 'x'),
		"endless frames":          append(append([]byte(nil), dealer...), bytes.Repeat(frame("", true), maxFrames+10)...),
		"empty message":           append(append([]byte(nil), dealer...), frame("", false)...),
		"message to iopub":        append(append([]byte(nil), sub...), bytes.Repeat(frame("not a topic", false), 50)...),
		"unknown command, PING":   append(append(append([]byte(nil), dealer...), command("HUH", []byte("x"))...), command("PING", []byte{0, 1, 'c'})...),
		"command without a name":  append(append([]byte(nil), dealer...), flagCommand, 2, 9, 'x'),
		"command in several":      append(append([]byte(nil), dealer...), flagCommand|flagMore, 2, 1, 'x'),
		"subscription, then junk": append(append(append([]byte(nil), sub...), frame("\x01", false)...), 0xff, 0xff),
	}
	var silent []net.Conn
	for _, port := range []int{conn.ShellPort, conn.ControlPort, conn.IOPubPort, conn.HBPort, conn.StdinPort} {
		for name, b := range attacks {
			nc := dial(t, port)
			if b == nil {
				silent = append(silent, nc)
			}
			if _, err := nc.Write(b); err != nil {
				t.Logf("%s: %v", name, err)
			}
		}
	}
	time.Sleep(100 * time.Millisecond)
	drain(c)
	if reply, pub := c.answer(c.execute("print still here"), c.shellIn); field(reply, "status") != "ok" || kinds(pub) != "busy execute_input stream idle" {
		t.Errorf("after hostile clients: %s, %s", reply.Content, kinds(pub))
	}
	late := connect(t, conn) // and new clients get in
	late.ready()
	// They did so before the silent ones had been given up.
	for _, nc := range silent {
		nc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if b, err := io.ReadAll(nc); !errors.Is(err, os.ErrDeadlineExceeded) || len(b) != greetingSize {
			t.Errorf("a silent client has read %d bytes, then %v; want the greeting and an open connection", len(b), err)
		}
	}
}

// The handshake has a deadline, after which the connection is closed.
func TestHandshakeDeadline(t *testing.T) {
	lim := defaultLimits
	lim.handshake = 50 * time.Millisecond
	s, err := listen(zmq4.Router, "tcp", "127.0.0.1:0", lim, t.Logf, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	nc := dial(t, s.Addr().(*net.TCPAddr).Port)
	b, err := io.ReadAll(nc) // our greeting, then the end
	if err != nil || len(b) != greetingSize {
		t.Errorf("read %d bytes, %v; want the greeting and a closed connection", len(b), err)
	}
}

// A subscriber that stops reading loses its connection when too much waits
// for it; the others get everything at once.
func TestStalledSubscriber(t *testing.T) {
	lim := defaultLimits
	lim.queue = 1 << 20
	s, err := listen(zmq4.Pub, "tcp", "127.0.0.1:0", lim, t.Logf, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	port := s.Addr().(*net.TCPAddr).Port
	hello := append(greeting(), command("READY", property("Socket-Type", "SUB"))...)
	hello = append(hello, frame("\x01", false)...)
	stalled := dial(t, port)
	stalled.(*net.TCPConn).SetReadBuffer(4096)
	stalled.Write(hello)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sub := zmq4.NewSub(ctx)
	defer sub.Close()
	if err := sub.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", port)); err != nil {
		t.Fatal(err)
	}
	sub.SetOption(zmq4.OptionSubscribe, "")
	got := make(chan int, 100)
	go func() {
		for {
			m, err := sub.Recv()
			if err != nil {
				return
			}
			got <- len(m.Frames[1])
		}
	}()
	for { // both subscriptions must have arrived
		s.Send([][]byte{[]byte("t"), []byte("?")})
		if len(s.(*zmqSocket).Socket.(zmq4.Topics).Topics()) > 0 && len(got) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	// 32 MB in all: more than queue and socket buffers of the stalled client
	// hold. The other never has more than eight messages to come.
	const n, size = 1000, 32 << 10
	sent, seen := 0, 0
	for seen < n {
		for sent < min(n, seen+8) {
			if err := s.Send([][]byte{[]byte("t"), make([]byte, size)}); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		select {
		case k := <-got:
			if k == size {
				seen++
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("the reading client got %d of %d messages, then nothing for 20 s", seen, sent)
		}
	}
	ctx2, cancel2 := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel2()
	if err := s.Flush(ctx2); err != nil {
		t.Errorf("flush waits for the stalled client: %v", err)
	}
	g := s.(*zmqSocket).gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.conns); n != 1 {
		t.Errorf("%d connections left, want 1", n)
	}
}

// A client that takes nothing for longer than the limit is cut off.
func TestStallDeadline(t *testing.T) {
	a, b := net.Pipe() // unbuffered: the first write waits
	defer b.Close()
	closed := make(chan struct{})
	c := newConn(a, nil, nil, limits{stall: 50 * time.Millisecond, queue: 1 << 20}, func(*conn) { close(closed) })
	c.skip = 0
	c.Write(frame("x", false))
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Fatal("the connection stays open")
	}
	if _, err := c.Write(frame("y", false)); err == nil {
		t.Error("Write after the end succeeds")
	}
}

// PING is answered with its context, never inside a message.
func TestPong(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c := newConn(a, nil, nil, defaultLimits, nil)
	c.skip = 0
	first, second := frame("one", true), frame("two", false)
	c.Write(first)
	c.command(pongFor([]byte{0, 10, 'c', 't', 'x'}))
	c.Write(second[:1])
	c.Write(second[1:])
	c.Write(frame("three", false))
	want := append(append(append(append([]byte(nil), first...), second...), command("PONG", []byte("ctx"))...), frame("three", false)...)
	got := make([]byte, len(want))
	b.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadFull(b, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("wire has %q, %v\nwant    %q", got, err, want)
	}
}

// Clients that come and go leave nothing behind.
func TestManyConnections(t *testing.T) {
	k, _ := startKernel(t, newToy())
	for range 100 {
		c := connect(t, k.Connection())
		c.send(c.shell, "kernel_info_request", nil, nil)
		c.next(c.shellIn)
		for _, s := range []zmq4.Socket{c.shell, c.control, c.hb, c.sub} {
			s.Close()
		}
	}
	left := 0
	for range 100 {
		left = 0
		for _, s := range []socket{k.shell, k.control, k.hb, k.iopub} {
			g := s.(*zmqSocket).gate
			g.mu.Lock()
			left += len(g.conns)
			g.mu.Unlock()
		}
		if left <= 4 { // those of the first client
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d connections are kept after all but 4 have ended", left)
}

// ipc: the sockets are files <ip>-<port>.
func TestIPC(t *testing.T) {
	conn := Connection{Transport: "ipc", IP: t.TempDir() + "/k", ShellPort: 1, ControlPort: 2, StdinPort: 3, IOPubPort: 4, HBPort: 5, Key: "k"}
	k, err := NewKernel(Options{Connection: conn, Evaluator: newToy()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { k.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	s := zmq4.NewDealer(ctx)
	defer s.Close()
	if err := s.Dial("ipc://" + conn.IP + "-1"); err != nil {
		t.Fatal(err)
	}
	m := newOrigin().message("kernel_info_request", nil, nil, nil)
	s.SendMulti(zmq4.NewMsgFrom(m.Frames(NewSigner("k"))...))
	r, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := ParseMessage(r.Frames, NewSigner("k")); err != nil || reply.Type != "kernel_info_reply" {
		t.Errorf("%v, %v", reply, err)
	}
}

func FuzzHandshake(f *testing.F) {
	f.Add([]byte{})
	f.Add(greeting())
	f.Add(append(greeting(), command("READY", property("Socket-Type", "SUB"), property("Identity", ""))...))
	f.Add(append(greeting(), flagCommand|flagLong, 0, 0, 0, 0, 0, 0, 0, 1, 0))
	f.Add(append(greeting(), command("READY", []byte{255, 1, 2})...))
	f.Fuzz(func(t *testing.T, b []byte) {
		head, err := shake(io.Discard, bytes.NewReader(b), []string{"SUB", "XSUB"})
		if err != nil {
			return
		}
		// zmq4 must be able to take what passes: it panics on what it cannot.
		a, other := net.Pipe()
		defer other.Close()
		go io.Copy(io.Discard, other)
		c := newConn(a, nil, head, defaultLimits, nil)
		if _, err := zmq4.Open(c, nullForTest{}, zmq4.Pub, nil, true, nil); err != nil {
			t.Errorf("passes the gate and fails in zmq4: %q: %v", b, err)
		}
		c.Close()
	})
}

// nullForTest is zmq4's NULL mechanism, which it does not export: READY both ways.
type nullForTest struct{}

func (nullForTest) Type() zmq4.SecurityType { return zmq4.NullSecurity }
func (nullForTest) Handshake(c *zmq4.Conn, _ bool) error {
	cmd, err := c.RecvCmd()
	if err != nil {
		return err
	}
	return c.Peer.Meta.UnmarshalZMTP(cmd.Body)
}
func (nullForTest) Encrypt(w io.Writer, b []byte) (int, error) { return w.Write(b) }
func (nullForTest) Decrypt(w io.Writer, b []byte) (int, error) { return w.Write(b) }

func FuzzFrameTracker(f *testing.F) {
	f.Add([]byte("abc"), 1)
	f.Add(bytes.Repeat([]byte("x"), 300), 7)
	f.Fuzz(func(t *testing.T, body []byte, step int) {
		step = max(1, step)
		stream := append(frame(string(body), true), frame(string(body[:len(body)/2]), false)...)
		stream = append(stream, frame("", false)...)
		var tr frameTracker
		ends := 0
		for p := stream; len(p) > 0; {
			chunk := p[:min(step, len(p))]
			p = p[len(chunk):]
			for len(chunk) > 0 {
				n := tr.take(chunk)
				if n <= 0 {
					t.Fatal("take consumes nothing")
				}
				chunk = chunk[n:]
				if tr.boundary() {
					ends++
				}
			}
		}
		if ends != 2 || !tr.boundary() {
			t.Errorf("%d message ends, want 2", ends)
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	sign := NewSigner("")
	join := func(frames [][]byte) []byte { return bytes.Join(frames, []byte("\x00|")) }
	f.Add(join((&Message{Header: json.RawMessage(`{"msg_type":"execute_request","msg_id":"1"}`), Content: json.RawMessage(`{"code":"x"}`)}).Frames(sign)))
	f.Add(join([][]byte{[]byte("id"), delimiter, nil, []byte(`{"msg_type":7}`), nil, []byte("null"), []byte("[]")}))
	f.Add(join([][]byte{delimiter}))
	f.Add([]byte("<IDS|MSG>\x00|\x00|{\"msg_type\":\"a\"}\x00|{}\x00|{}\x00|{\"a\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(bytes.Split(b, []byte("\x00|")), sign)
		if err != nil {
			return
		}
		for _, part := range []json.RawMessage{m.Header, m.Parent, m.Metadata, m.Content} {
			var v map[string]any
			if err := json.Unmarshal(part, &v); err != nil || v == nil {
				t.Errorf("accepted part %q: %v", part, err)
			}
		}
		again, err := ParseMessage(m.Frames(sign), sign)
		if err != nil || again.Type != m.Type || !bytes.Equal(again.Content, m.Content) {
			t.Errorf("does not survive writing and reading: %v, %v", again, err)
		}
	})
}

// Flush gives up on a client that takes nothing.
func TestFlushIsNotHeldUp(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c := newConn(a, nil, nil, defaultLimits, nil)
	c.skip = 0
	c.Write(frame("x", false))
	if c.quiet(time.Millisecond) {
		t.Error("quiet while a byte waits")
	}
	for start := time.Now(); !c.quiet(time.Millisecond); {
		if time.Since(start) > 5*time.Second {
			t.Fatal("never quiet")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
