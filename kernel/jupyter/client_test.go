package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// toy is an evaluator whose cells are lists of commands, one a line:
//
//	print TEXT     to stdout
//	show ID TEXT   a display; "update ID TEXT" replaces it
//	flood N        N lines, one Stream call each
//	value TEXT     the result
//	fail TEXT      an error
//	panic TEXT     a bug of the evaluator
//	wait           until interrupted, then an error
//	pause DURATION
//	later TEXT     printed 50 ms after the cell has ended
type toy struct {
	started chan struct{} // one token for each "wait" reached
	end     chan struct{} // closed by Close

	mu         sync.Mutex
	cells      []Request
	interrupts int
	closed     int
}

func newToy() *toy {
	return &toy{started: make(chan struct{}, 100), end: make(chan struct{})}
}

func (e *toy) Execute(ctx context.Context, r Request, out Output) Result {
	e.mu.Lock()
	e.cells = append(e.cells, r)
	e.mu.Unlock()
	res := Result{Metadata: map[string]any{"timing": map[string]int{"run": 1}}}
	for line := range strings.SplitSeq(r.Code, "\n") {
		verb, arg, _ := strings.Cut(line, " ")
		id, text, _ := strings.Cut(arg, " ")
		switch verb {
		case "print":
			out.Stream("stdout", arg+"\n")
		case "show", "update":
			out.Display(Display{Data: map[string]any{"text/plain": text}, ID: id, Update: verb == "update"})
		case "clear":
			out.ClearOutput(true)
		case "flood":
			var n int
			fmt.Sscan(arg, &n)
			for i := range n {
				out.Stream("stdout", fmt.Sprintln("line", i))
			}
		case "value":
			res.Value = &Display{Data: map[string]any{"text/plain": arg}}
		case "fail":
			res.Err = &Error{Name: "Toy", Value: arg, Traceback: []string{"Toy: " + arg, "Cell [1], line 1"}}
			return res
		case "panic":
			panic(arg)
		case "later":
			time.AfterFunc(50*time.Millisecond, func() { out.Stream("stdout", arg+"\n") })
		case "pause":
			d, _ := time.ParseDuration(arg)
			time.Sleep(d)
		case "wait":
			e.started <- struct{}{}
			select {
			case <-ctx.Done():
				res.Err = &Error{Name: "Interrupted", Value: "interrupted"}
			case <-e.end:
				res.Err = &Error{Name: "Died", Value: "closed"}
			}
			return res
		}
	}
	return res
}

func (e *toy) Interrupt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.interrupts++
}

func (e *toy) IsComplete(code string) (string, string) {
	if strings.HasSuffix(code, "{") {
		return "incomplete", "\t"
	}
	return "complete", ""
}

func (e *toy) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed++; e.closed == 1 {
		close(e.end)
	}
	return nil
}

// client speaks to a kernel over real sockets.
type client struct {
	t    *testing.T
	conn Connection
	sign *Signer
	from origin

	shell, control, stdin, hb, sub zmq4.Socket

	shellIn, controlIn, stdinIn, pubIn chan *Message
}

// startKernel runs a kernel on free ports and returns a connected client that
// has seen it answer. The kernel ends with the test.
func startKernel(t *testing.T, ev Evaluator) (*Kernel, *client) {
	t.Helper()
	k, err := NewKernel(Options{Connection: LocalConnection(), Evaluator: ev, Version: "0",
		GoVersion: func() string { return "1.26" }, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	k.logf = newLimitedLog(nil) // t.Logf must not be called after the test
	go func() { defer close(ended); k.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("Run did not return after its context ended")
		}
	})
	c := connect(t, k.Connection())
	c.ready()
	return k, c
}

func connect(t *testing.T, conn Connection) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &client{t: t, conn: conn, sign: NewSigner(conn.Key), from: origin{session: newID(), username: "test"},
		shellIn: make(chan *Message, 1000), controlIn: make(chan *Message, 1000), stdinIn: make(chan *Message, 1000), pubIn: make(chan *Message, 300000)}
	id := zmq4.WithID(zmq4.SocketIdentity(newID()))
	c.shell, c.control, c.stdin = zmq4.NewDealer(ctx, id), zmq4.NewDealer(ctx, id), zmq4.NewDealer(ctx, id)
	c.hb, c.sub = zmq4.NewReq(ctx), zmq4.NewSub(ctx)
	for _, d := range []struct {
		s    zmq4.Socket
		port int
	}{{c.shell, conn.ShellPort}, {c.control, conn.ControlPort}, {c.stdin, conn.StdinPort}, {c.hb, conn.HBPort}, {c.sub, conn.IOPubPort}} {
		if err := d.s.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", d.port)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	go c.pump(c.shell, c.shellIn)
	go c.pump(c.control, c.controlIn)
	go c.pump(c.stdin, c.stdinIn)
	go c.pump(c.sub, c.pubIn)
	t.Cleanup(func() {
		cancel()
		for _, s := range []zmq4.Socket{c.shell, c.control, c.stdin, c.hb, c.sub} {
			s.Close()
		}
	})
	return c
}

func (c *client) pump(s zmq4.Socket, to chan<- *Message) {
	verify := NewSigner(c.conn.Key)
	for {
		m, err := s.Recv()
		if err != nil {
			return
		}
		parsed, err := ParseMessage(m.Frames, verify)
		if err != nil {
			c.t.Errorf("client got a bad message: %v", err)
			return
		}
		to <- parsed
	}
}

// ready asks for kernel_info until the answer and its idle have been seen,
// then waits for silence.
func (c *client) ready() {
	c.t.Helper()
	for range 50 {
		c.send(c.shell, "kernel_info_request", nil, nil)
		select {
		case <-c.pubIn:
			for {
				select {
				case <-c.pubIn:
				case <-c.shellIn:
				case <-time.After(100 * time.Millisecond):
					return
				}
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
	c.t.Fatal("the kernel publishes nothing")
}

func (c *client) send(s zmq4.Socket, msgType string, metadata, content any) *Message {
	c.t.Helper()
	m := c.from.message(msgType, nil, metadata, content)
	var h map[string]any
	json.Unmarshal(m.Header, &h)
	m.ID = h["msg_id"].(string)
	if err := s.SendMulti(zmq4.NewMsgFrom(m.Frames(c.sign)...)); err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *client) execute(code string, more ...any) *Message {
	c.t.Helper()
	content := map[string]any{"code": code, "silent": false, "store_history": true, "user_expressions": map[string]any{},
		"allow_stdin": false, "stop_on_error": true}
	for i := 0; i+1 < len(more); i += 2 {
		content[more[i].(string)] = more[i+1]
	}
	return c.send(c.shell, "execute_request", map[string]any{"cellId": "cell-1"}, content)
}

// next returns the next message of a channel.
func (c *client) next(in <-chan *Message) *Message {
	c.t.Helper()
	select {
	case m := <-in:
		return m
	case <-time.After(10 * time.Second):
		c.t.Fatal("no message within 10 s")
		return nil
	}
}

// answer returns the reply to req and everything published for it, from busy
// to idle.
func (c *client) answer(req *Message, in <-chan *Message) (reply *Message, published []*Message) {
	c.t.Helper()
	for {
		m := c.next(c.pubIn)
		if parentID(m) != req.ID {
			c.t.Fatalf("published %s %s with parent %s while waiting for those of %s", m.Type, m.Content, m.Parent, req.Header)
		}
		published = append(published, m)
		if m.Type == "status" && strings.Contains(string(m.Content), `"idle"`) {
			break
		}
	}
	reply = c.next(in)
	if parentID(reply) != req.ID {
		c.t.Fatalf("reply %s to %s, want one to %s", reply.Type, reply.Parent, req.Header)
	}
	return reply, published
}

func parentID(m *Message) string {
	var h struct {
		ID string `json:"msg_id"`
	}
	json.Unmarshal(m.Parent, &h)
	return h.ID
}

// kinds lists messages as "type" or, for status, "type:state".
func kinds(ms []*Message) string {
	var out []string
	for _, m := range ms {
		name := m.Type
		if name == "status" {
			name = field(m, "execution_state")
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// field returns a field of the content as text.
func field(m *Message, name string) string {
	var c map[string]any
	json.Unmarshal(m.Content, &c)
	if v, ok := c[name]; ok {
		return fmt.Sprint(v)
	}
	return "<absent>"
}
