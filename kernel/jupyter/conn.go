package jupyter

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// limits bounds what one client can cost.
type limits struct {
	handshake time.Duration // for greeting and READY
	stall     time.Duration // without a byte accepted while bytes wait
	queue     int           // bytes waiting for one client
}

// defaultLimits suit clients on the same machine or a nearby network. A
// client that is stopped in a debugger for a minute keeps its connection.
var defaultLimits = limits{handshake: 10 * time.Second, stall: 2 * time.Minute, queue: 256 << 20}

// conn is the connection that zmq4 sees in place of a client's own. Writing
// never waits: bytes go to a queue that a goroutine empties, and a client
// that does not take them is cut off without delaying the others. Reading
// replays the handshake that the gate has checked, drops commands, answers
// PING and refuses frames of absurd length.
type conn struct {
	net.Conn
	limits limits
	closed func(*conn) // called once

	welcome func(topic string) [][]byte // of a socket that publishes; see subscribed

	// Reading; used by one goroutine.
	in      *bufio.Reader
	replay  []byte // given out before anything is read
	body    uint64 // bytes of the current frame still to give out
	more    bool   // the current frame has a successor
	frames  int    // of the current message
	message uint64 // bytes of the current message

	mu      sync.Mutex
	wake    *sync.Cond
	out     []byte // waiting to be written
	writing int    // bytes taken by the writer and not yet written
	skip    int    // bytes of zmq4's greeting to swallow: the gate sent ours
	track   frameTracker
	pongs   []byte    // waiting for the next message boundary
	last    time.Time // of the latest Write
	moved   time.Time // of the latest bytes that the client took
	err     error
}

func newConn(nc net.Conn, in *bufio.Reader, handshake []byte, lim limits, closed func(*conn)) *conn {
	c := &conn{Conn: nc, limits: lim, closed: closed, in: in, replay: handshake, skip: greetingSize, last: time.Now(), moved: time.Now()}
	c.wake = sync.NewCond(&c.mu)
	go c.pump()
	return c
}

// Read gives out the handshake, then the client's messages.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if len(c.replay) > 0 {
			n := copy(p, c.replay)
			c.replay = c.replay[n:]
			return n, nil
		}
		if c.body > 0 {
			n, err := c.in.Read(p[:min(uint64(len(p)), c.body)])
			c.body -= uint64(n)
			return n, err
		}
		if err := c.nextFrame(); err != nil {
			return 0, err
		}
	}
}

// nextFrame reads the next header, handles commands and leaves a message
// frame's header in replay.
func (c *conn) nextFrame() error {
	h, err := readFrameHeader(c.in)
	if err != nil {
		return err
	}
	if h.command() {
		if h.size > maxCommand {
			return fmt.Errorf("%w: command of %d bytes", errProtocol, h.size)
		}
		body := make([]byte, h.size)
		if _, err := io.ReadFull(c.in, body); err != nil {
			return err
		}
		if name, data, err := splitCommand(body); err != nil {
			return err
		} else if name == "PING" {
			c.command(pongFor(data))
		}
		return nil
	}
	if !c.more {
		c.frames, c.message = 0, 0
	}
	c.frames++
	if h.size > maxFrame || c.message > maxMessage-h.size || c.frames > maxFrames {
		return fmt.Errorf("%w: message too large (frame %d of %d bytes)", errProtocol, c.frames, h.size)
	}
	c.message += h.size
	c.more = h.more()
	c.body = h.size
	c.replay = h.append(c.replay[:0])
	if c.welcome != nil && c.frames == 1 && !c.more && h.size > 0 && h.size <= maxTopic {
		return c.subscribed()
	}
	return nil
}

// maxTopic is the longest topic, with the byte before it, that is welcomed.
const maxTopic = 256

// subscribed reads a message of a subscriber and welcomes a subscription before
// zmq4 learns of it: so the welcome is the first that the client gets. zmq4's own
// sockets have no place for such a message.
func (c *conn) subscribed() error {
	body := make([]byte, c.body)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return err
	}
	c.body = 0
	c.replay = append(c.replay, body...)
	if body[0] == 1 {
		c.insert(c.welcome(string(body[1:])))
	}
	return nil
}

// insert queues one message between those that zmq4 writes.
func (c *conn) insert(frames [][]byte) {
	var b []byte
	for i, f := range frames {
		h := frameHeader{size: uint64(len(f))}
		if i < len(frames)-1 {
			h.flags = flagMore
		}
		b = append(h.append(b), f...)
	}
	c.command(b)
}

// Write takes p and returns at once.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	n := len(p)
	k := min(c.skip, len(p))
	c.skip -= k
	p = p[k:]
	if len(c.out)+c.writing+len(p) > c.limits.queue {
		c.fail(&net.OpError{Op: "write", Net: "zmtp", Err: fmt.Errorf("client takes nothing, %d bytes wait", len(c.out)+c.writing)})
		return 0, c.err
	}
	for len(p) > 0 {
		k := c.track.take(p)
		c.out = append(c.out, p[:k]...)
		p = p[k:]
		if len(c.pongs) > 0 && c.track.boundary() {
			c.out = append(c.out, c.pongs...)
			c.pongs = nil
		}
	}
	c.last = time.Now()
	c.wake.Signal()
	return n, nil
}

// command queues a command for the next message boundary.
func (c *conn) command(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.track.boundary() {
		if len(c.pongs) < maxCommand {
			c.pongs = append(c.pongs, b...)
		}
		return
	}
	if c.err != nil {
		return
	}
	if len(c.out)+c.writing+len(b) > c.limits.queue {
		c.fail(&net.OpError{Op: "write", Net: "zmtp", Err: fmt.Errorf("client takes nothing, %d bytes wait", len(c.out)+c.writing)})
		return
	}
	c.out = append(c.out, b...)
	c.wake.Signal()
}

// pump writes what is queued until the connection ends.
func (c *conn) pump() {
	const piece = 256 << 10 // written under one deadline
	var spare []byte
	for {
		c.mu.Lock()
		for len(c.out) == 0 && c.err == nil {
			c.wake.Wait()
		}
		if c.err != nil {
			c.mu.Unlock()
			return
		}
		b := c.out
		c.out, c.writing = spare[:0], len(b)
		c.mu.Unlock()

		for rest := b; len(rest) > 0; {
			n := min(len(rest), piece)
			c.Conn.SetWriteDeadline(time.Now().Add(c.limits.stall))
			k, err := c.Conn.Write(rest[:n])
			rest = rest[k:]
			c.mu.Lock()
			c.writing = len(rest)
			if k > 0 {
				c.moved = time.Now()
			}
			if err != nil && k == 0 {
				c.fail(err)
			}
			failed := c.err != nil
			c.mu.Unlock()
			if failed {
				return
			}
		}
		if spare = b; cap(spare) > 4*piece {
			spare = nil
		}
	}
}

// fail ends the connection; c.mu is held. The error that zmq4 gets has to be
// a net.Error that is no timeout, else it keeps the connection in its lists.
func (c *conn) fail(err error) {
	if c.err != nil {
		return
	}
	if e, ok := err.(net.Error); !ok || e.Timeout() {
		err = &net.OpError{Op: "write", Net: "zmtp", Err: fmt.Errorf("client gone: %v", err)}
	}
	c.err = err
	c.out, c.writing = nil, 0
	c.wake.Broadcast()
	c.Conn.Close()
	if c.closed != nil {
		go c.closed(c)
	}
}

// Close ends the connection; what is still queued is lost.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail(net.ErrClosed)
	return nil
}

// quiet reports whether everything written is with the operating system and
// nothing has been added for the given time. A client that has taken nothing
// for a while counts as quiet: waiting for it is in vain.
func (c *conn) quiet(d time.Duration) bool {
	const vain = 500 * time.Millisecond
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || time.Since(c.last) < d {
		return c.err != nil
	}
	return len(c.out) == 0 && c.writing == 0 || time.Since(c.last) > vain && time.Since(c.moved) > vain
}
