package jupyter

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/go-zeromq/zmq4"
)

// socket is one bound ZeroMQ socket as this package needs it.
//
// Send never waits for a client. On a ROUTER the first frame is the identity
// of the receiver, on a PUB it is the topic. Recv on a ROUTER returns the
// identity first. Both may be called from several goroutines, Send by one at
// a time with respect to the order of messages.
type socket interface {
	Send(frames [][]byte) error
	Recv() ([][]byte, error)
	// Flush waits until all that was sent is with the operating system.
	Flush(ctx context.Context) error
	Addr() net.Addr
	Close() error
}

// zmqSocket is a socket of go-zeromq/zmq4 behind a gate.
type zmqSocket struct {
	zmq4.Socket
	gate   *gate
	cancel context.CancelFunc
}

// peersOf lists the socket types that may connect to each kind we bind.
var peersOf = map[zmq4.SocketType][]string{
	zmq4.Router: {"DEALER", "REQ", "ROUTER"},
	zmq4.Rep:    {"REQ", "DEALER"},
	zmq4.Pub:    {"SUB", "XSUB"},
}

// listen binds a socket of the given kind. network is "tcp" or "unix"; welcome, if
// not nil, makes the first message for each subscription.
func listen(kind zmq4.SocketType, network, address string, lim limits, logf Logf, welcome func(topic string) [][]byte) (socket, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0)) // the gate reports better
	var z zmq4.Socket
	switch kind {
	case zmq4.Router:
		z = zmq4.NewRouter(ctx, quiet)
	case zmq4.Rep:
		z = zmq4.NewRep(ctx, quiet)
	case zmq4.Pub:
		z = zmq4.NewPub(ctx, quiet)
		// Zero is "no limit". Above a limit zmq4 drops messages in silence,
		// a lost "idle" among them; here the queue drains at memory speed
		// into the clients' own queues, which have a limit.
		if err := z.SetOption(zmq4.OptionHWM, 0); err != nil {
			cancel()
			l.Close()
			return nil, err
		}
	default:
		cancel()
		l.Close()
		return nil, fmt.Errorf("sockets of type %s are not used here", kind)
	}
	g := newGate(l, peersOf[kind], lim, logf, welcome)
	if err := z.Listen(allGates.add(g)); err != nil {
		cancel()
		g.Close()
		return nil, err
	}
	return &zmqSocket{Socket: z, gate: g, cancel: cancel}, nil
}

func (s *zmqSocket) Send(frames [][]byte) error {
	return s.Socket.SendMulti(zmq4.NewMsgFrom(frames...))
}

func (s *zmqSocket) Recv() ([][]byte, error) {
	m, err := s.Socket.Recv()
	return m.Frames, err
}

// Flush waits until the clients' queues are empty and stay so. zmq4's PUB
// hands messages on from a goroutine that cannot be asked whether it is
// done, but it never waits for a client here, so 20 ms without a new byte
// means that it is.
func (s *zmqSocket) Flush(ctx context.Context) error {
	const still = 20 * time.Millisecond
	for !s.gate.quiet(still) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

func (s *zmqSocket) Addr() net.Addr { return s.gate.Addr() }

func (s *zmqSocket) Close() error {
	s.gate.Close()
	err := s.Socket.Close()
	s.cancel()
	return err
}
