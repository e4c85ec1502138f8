package jupyter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// Options describes a kernel.
type Options struct {
	Connection Connection
	Evaluator  Evaluator
	Version    string        // of this kernel
	GoVersion  func() string // of the toolchain that compiles cells, without "go"; must be quick
	History    string        // file of the inputs of all sessions; empty: only those of this one are known
	Log        Logf          // one line a call; nil: nothing is logged
}

// Kernel serves one connection file. Make one with NewKernel, then call Run.
type Kernel struct {
	options Options
	conn    Connection
	ev      Evaluator
	sign    *Signer
	origin  origin
	topic   string // prefix of every publication's topic
	logf    *limitedLog

	shell, control, stdin, iopub, hb socket

	history *history

	queue   *queue
	comms   *queue        // messages of open comms
	asking  chan struct{} // holds a value while a question is asked
	done    chan struct{} // closed when a shutdown has been answered
	closing sync.Once
	ctx     context.Context // of Run
	cell    sync.Mutex      // held while a cell is served

	pub  sync.Mutex // orders publications
	mute bool       // guarded by pub: nothing is published any more

	mu         sync.Mutex
	count      int                // number of the latest counted cell
	interrupts int                // how many there were
	stop       context.CancelFunc // interrupts the cell being served; nil between cells
	ending     bool               // a shutdown is under way
	displays   map[string]struct{}
	subshells  map[string]*subshell
	question   *question // that waits for an answer; nil: none
	evaluator  sync.Once // closes ev
}

// NewKernel binds the sockets of a connection. Ports given as 0 are replaced
// by free ones: see Connection.
func NewKernel(o Options) (*Kernel, error) {
	if o.Evaluator == nil {
		return nil, errors.New("jupyter: Options.Evaluator is nil, want something that runs cells")
	}
	k := &Kernel{options: o, conn: o.Connection, ev: o.Evaluator,
		sign: NewSigner(o.Connection.Key), origin: newOrigin(), logf: newLimitedLog(o.Log),
		queue: newQueue(), comms: newQueue(), asking: make(chan struct{}, 1), done: make(chan struct{}),
		displays: make(map[string]struct{}), subshells: make(map[string]*subshell)}
	k.history = newHistory(o.History, k.logf.limited)
	k.topic = "kernel." + k.origin.session + "."
	c := &k.conn
	for _, s := range []struct {
		name string
		to   *socket
		kind zmq4.SocketType
		port *int
	}{
		{"heartbeat", &k.hb, zmq4.Rep, &c.HBPort},
		{"iopub", &k.iopub, zmq4.Pub, &c.IOPubPort},
		{"control", &k.control, zmq4.Router, &c.ControlPort},
		{"stdin", &k.stdin, zmq4.Router, &c.StdinPort},
		{"shell", &k.shell, zmq4.Router, &c.ShellPort},
	} {
		network, address := c.address(*s.port)
		var welcome func(string) [][]byte
		if s.kind == zmq4.Pub {
			welcome = k.welcome
		}
		sock, err := listen(s.kind, network, address, defaultLimits, k.logf.limited, welcome)
		if err != nil {
			k.closeSockets()
			return nil, fmt.Errorf("%s socket: %w; another process may hold the port: restart the kernel", s.name, err)
		}
		*s.to = sock
		if a, ok := sock.Addr().(*net.TCPAddr); ok {
			*s.port = a.Port
		}
	}
	return k, nil
}

// Connection returns the connection with the ports in use.
func (k *Kernel) Connection() Connection { return k.conn }

// Run serves clients until one of them asks for a shutdown, which is
// answered before Run returns, or until ctx ends. It closes the evaluator
// and the sockets.
func (k *Kernel) Run(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	k.mu.Lock()
	k.ctx = inner
	k.mu.Unlock()
	k.status(nil, "starting")
	go k.heartbeat()
	go k.readShell()
	go k.serveQueue(inner, k.queue)
	go k.serveComms()
	go k.serveControl()
	go k.serveStdin()
	select {
	case <-ctx.Done():
	case <-k.done:
	}
	cancel()
	k.eachQueue((*queue).close)
	k.comms.close()
	k.closeEvaluator()
	k.flush()
	k.closeSockets()
	return nil
}

// Interrupt ends the running cell and keeps those that wait from starting
// (P-32). It does not wait for the cell to end.
func (k *Kernel) Interrupt() {
	k.eachQueue((*queue).abort)
	k.mu.Lock()
	k.interrupts++
	stop := k.stop
	k.mu.Unlock()
	if stop != nil {
		stop() // reaches also a cell that is just about to begin
	}
	k.ev.Interrupt() // between cells, handlers of comm messages may run
}

// heartbeat echoes; it shares nothing with the rest of the kernel.
func (k *Kernel) heartbeat() {
	for {
		frames, err := k.hb.Recv()
		if err == nil {
			err = k.hb.Send(frames)
		}
		if err != nil && !k.pause(err) {
			return
		}
	}
}

// pause reports whether a receive loop goes on after an error.
func (k *Kernel) pause(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) {
		return false
	}
	k.logf.limited("socket: %v", err)
	time.Sleep(10 * time.Millisecond)
	return true
}

// receive returns the next good message; bad ones are dropped without a
// reply and with at most one line of log a second (P-10). It returns nil
// when the socket has been closed.
func (k *Kernel) receive(s socket, name string) *Message {
	for {
		frames, err := s.Recv()
		if err != nil {
			if !k.pause(err) {
				return nil
			}
			continue
		}
		m, err := ParseMessage(frames, k.sign)
		if err != nil {
			k.logf.limited("dropped a message on %s: %v", name, err)
			continue
		}
		return m
	}
}

func (k *Kernel) readShell() {
	for {
		m := k.receive(k.shell, "shell")
		if m == nil {
			return
		}
		q, ok := k.queueOf(m)
		switch {
		case !ok:
			k.refuse(m)
		case k.early(m):
			k.comms.push(m)
		default:
			q.push(m)
		}
	}
}

func (k *Kernel) serveControl() {
	for {
		m := k.receive(k.control, "control")
		if m == nil {
			return
		}
		k.serve(context.Background(), k.control, queued{Message: m})
	}
}

// reply answers m on the socket it came in on.
func (k *Kernel) reply(s socket, m *Message, metadata, content any) {
	r := k.origin.message(replyType(m.Type), m, metadata, content)
	r.Identities = m.Identities
	if err := s.Send(r.Frames(k.sign)); err != nil {
		k.logf.limited("%s not sent: %v", r.Type, err)
	}
}

// shutdown answers a shutdown_request everywhere, then lets Run return.
func (k *Kernel) shutdown(s socket, m *Message) {
	var req struct {
		Restart bool `json:"restart"`
	}
	_ = decode(m, &req)
	k.closing.Do(func() {
		k.mu.Lock()
		k.ending = true
		k.mu.Unlock()
		k.eachQueue((*queue).close)
		k.closeEvaluator() // nothing of the user's survives the reply
		content := map[string]any{"status": "ok", "restart": req.Restart}
		k.reply(s, m, nil, content)
		k.publish("shutdown_reply", m, content)
		k.status(m, "idle")
		k.pub.Lock()
		k.mute = true
		k.pub.Unlock()
		close(k.done)
	})
}

// closeEvaluator ends the user's code, and gives up after some seconds: a
// client that waits kills the kernel anyway.
func (k *Kernel) closeEvaluator() {
	k.evaluator.Do(func() {
		ended := make(chan error, 1)
		go func() { ended <- k.ev.Close() }()
		select {
		case err := <-ended:
			if err != nil {
				k.logf.limited("closing: %v", err)
			}
		case <-time.After(3 * time.Second):
			k.logf.limited("closing: the evaluator did not end within 3 s")
		}
	})
}

func (k *Kernel) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range []socket{k.control, k.shell, k.iopub} {
		all.Go(func() {
			if err := s.Flush(ctx); err != nil {
				k.logf.limited("some messages were not taken by a client before the end: %v", err)
			}
		})
	}
	all.Wait()
}

func (k *Kernel) closeSockets() {
	for _, s := range []socket{k.shell, k.control, k.stdin, k.iopub, k.hb} {
		if s != nil {
			s.Close()
		}
	}
}
