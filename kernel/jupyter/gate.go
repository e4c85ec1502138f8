package jupyter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/transport"
)

// gate is the listener that zmq4 accepts connections from. Each client's
// handshake runs in a goroutine of its own under a deadline, so that a silent
// or malformed client delays nobody; zmq4 is given only connections whose
// handshake has been read and found good.
type gate struct {
	l      net.Listener
	peers  []string // socket types that may connect
	limits limits
	log    Logf

	// welcome makes the first message for a client that subscribes to a topic; nil:
	// there is none.
	welcome func(topic string) [][]byte

	ready chan *conn
	done  chan struct{}
	once  sync.Once

	mu      sync.Mutex
	conns   map[*conn]struct{}
	shaking int
}

// maxShaking is how many handshakes may be under way on one socket. More
// than that is no Jupyter client.
const maxShaking = 256

func newGate(l net.Listener, peers []string, lim limits, log Logf, welcome func(string) [][]byte) *gate {
	g := &gate{l: l, peers: peers, limits: lim, log: log, welcome: welcome,
		ready: make(chan *conn), done: make(chan struct{}), conns: make(map[*conn]struct{})}
	go g.acceptLoop()
	return g
}

func (g *gate) acceptLoop() {
	pause := time.Millisecond
	for {
		nc, err := g.l.Accept()
		if err != nil {
			select {
			case <-g.done:
				return
			case <-time.After(pause): // descriptors may be exhausted: do not spin
			}
			if pause *= 2; pause > time.Second {
				pause = time.Second
				g.log("accepting on %s: %v; trying on", g.l.Addr(), err)
			}
			continue
		}
		pause = time.Millisecond
		g.mu.Lock()
		full := g.shaking >= maxShaking
		if !full {
			g.shaking++
		}
		g.mu.Unlock()
		if full {
			nc.Close()
			continue
		}
		go g.handshake(nc)
	}
}

func (g *gate) handshake(nc net.Conn) {
	defer func() {
		g.mu.Lock()
		g.shaking--
		g.mu.Unlock()
	}()
	in := bufio.NewReader(nc)
	nc.SetDeadline(time.Now().Add(g.limits.handshake))
	head, err := shake(nc, in, g.peers)
	if err != nil {
		nc.Close()
		if errors.Is(err, errProtocol) { // one that goes away or stays silent is not news
			g.log("refused a connection to %s: %v", g.l.Addr(), err)
		}
		return
	}
	nc.SetDeadline(time.Time{})
	c := newConn(nc, in, head, g.limits, g.forget)
	c.welcome = g.welcome
	g.mu.Lock()
	g.conns[c] = struct{}{}
	g.mu.Unlock()
	select {
	case g.ready <- c:
	case <-g.done:
		c.Close()
	}
}

// shake sends our greeting and reads the client's greeting and READY, which
// it returns as they came. READY is left to zmq4 to answer.
func shake(w io.Writer, r io.Reader, peers []string) ([]byte, error) {
	if _, err := w.Write(greeting()); err != nil {
		return nil, err
	}
	head := make([]byte, greetingSize)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if err := checkGreeting(head); err != nil {
		return nil, err
	}
	ready, err := readReady(r, peers)
	if err != nil {
		return nil, err
	}
	return append(head, ready...), nil
}

func (g *gate) forget(c *conn) {
	g.mu.Lock()
	delete(g.conns, c)
	g.mu.Unlock()
}

// Accept returns the next client whose handshake is good.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case c := <-g.ready:
		return c, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

// Close stops listening; connections stay.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.done); g.l.Close() })
	return nil
}

func (g *gate) Addr() net.Addr { return g.l.Addr() }

// quiet reports whether every client's queue has been empty and unchanged for d.
func (g *gate) quiet(d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		if !c.quiet(d) {
			return false
		}
	}
	return true
}

// gates hands prepared gates to zmq4, which finds a listener only by the
// address given to Listen.
type gates struct {
	mu   sync.Mutex
	next int
	m    map[string]*gate
}

var allGates = &gates{m: make(map[string]*gate)}

// gateScheme is the transport under which zmq4 knows the gates.
const gateScheme = "spikebook"

func init() {
	if err := zmq4.RegisterTransport(gateScheme, allGates); err != nil {
		panic(err)
	}
}

// add keeps g until zmq4 asks for it and returns the endpoint to listen on.
func (gs *gates) add(g *gate) string {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	gs.next++
	name := fmt.Sprint(gs.next)
	gs.m[name] = g
	return gateScheme + "://" + name
}

func (gs *gates) Listen(_ context.Context, addr string) (net.Listener, error) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, ok := gs.m[addr]
	if !ok {
		return nil, fmt.Errorf("no listener named %q", addr)
	}
	delete(gs.m, addr)
	return g, nil
}

func (gs *gates) Dial(context.Context, transport.Dialer, string) (net.Conn, error) {
	return nil, fmt.Errorf("%s endpoints only listen", gateScheme)
}

func (gs *gates) Addr(ep string) (string, error) { return ep, nil }
