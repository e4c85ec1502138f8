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

// talker is a toy that asks, calculates and has comms. Its cells may also hold:
//
//	ask PROMPT     prints the answer, or why there is none
//	target NAME    takes comms for NAME from now on
//	send ID TEXT   a comm message
type talker struct {
	*toy
	mu      sync.Mutex
	targets map[string]bool
	open    map[string]string
	hold    chan struct{} // handlers wait for it; nil: they do not
}

func newTalker() *talker {
	return &talker{toy: newToy(), targets: map[string]bool{}, open: map[string]string{}}
}

func (e *talker) Execute(ctx context.Context, r Request, out Output) Result {
	for line := range strings.SplitSeq(r.Code, "\n") {
		verb, arg, _ := strings.Cut(line, " ")
		switch verb {
		case "ask":
			if r.Ask == nil {
				out.Stream("stdout", "nobody to ask\n")
				continue
			}
			text, err := r.Ask(ctx, arg, arg == "secret")
			out.Stream("stdout", fmt.Sprintf("%s %v\n", text, err))
		case "target":
			e.mu.Lock()
			e.targets[arg] = true
			e.mu.Unlock()
		case "send":
			id, text, _ := strings.Cut(arg, " ")
			data, _ := json.Marshal(map[string]string{"text": text})
			out.Comm(Comm{Kind: "msg", ID: id, Data: data, Metadata: json.RawMessage(`{"m":1}`), Buffers: [][]byte{{0, 1}}})
		case "next":
			return Result{Next: &Next{Text: arg, Replace: true}}
		default:
			if res := e.toy.Execute(ctx, Request{Code: line, Count: r.Count}, out); res.Err != nil {
				return res
			}
		}
	}
	return Result{}
}

func (e *talker) Evaluate(_ context.Context, expressions map[string]string, _ Output) map[string]Value {
	values := map[string]Value{}
	for name, x := range expressions {
		if x == "bad" {
			values[name] = Value{Err: &Error{Name: "Bad", Value: "no"}}
			continue
		}
		values[name] = Value{Display: &Display{Data: map[string]any{"text/plain": "<" + x + ">"}}}
	}
	return values
}

func (e *talker) Knows(m Comm) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open[m.ID] != ""
}

func (e *talker) Comms() map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]string{}
	for id, target := range e.open {
		all[id] = target
	}
	return all
}

func (e *talker) Comm(m Comm, out Output, done func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch m.Kind {
	case "open":
		if !e.targets[m.Target] {
			out.Comm(Comm{Kind: "close", ID: m.ID})
			done()
			return
		}
		e.open[m.ID] = m.Target
	case "close":
		delete(e.open, m.ID)
	case "msg":
		out.Comm(Comm{Kind: "msg", ID: m.ID, Data: m.Data})
	}
	if hold := e.hold; hold != nil && m.Kind == "msg" {
		go func() { <-hold; done() }()
		return
	}
	done()
}

// comm sends a comm message.
func (c *client) comm(kind, id string, content map[string]any) *Message {
	content["comm_id"] = id
	return c.send(c.shell, "comm_"+kind, nil, content)
}

// until reads publications up to the idle of a request, and returns those that it
// caused.
func (c *client) until(req *Message) (mine []*Message) {
	c.t.Helper()
	for {
		m := c.next(c.pubIn)
		if parentID(m) != req.ID {
			continue
		}
		mine = append(mine, m)
		if field(m, "execution_state") == "idle" {
			return mine
		}
	}
}

func text(ms []*Message) string {
	var b strings.Builder
	for _, m := range ms {
		if m.Type == "stream" {
			b.WriteString(field(m, "text"))
		}
	}
	return b.String()
}

func TestInput(t *testing.T) { // P-34, P-35, P-37
	_, c := startKernel(t, newTalker())
	other := connect(t, c.conn)
	other.ready()
	drain(c)
	answer := func(c *client, value any) {
		c.send(c.stdin, "input_reply", nil, map[string]any{"value": value})
	}
	answer(c, "too early")
	time.Sleep(100 * time.Millisecond)
	req := c.execute("ask name?", "allow_stdin", true)
	q := c.next(c.stdinIn)
	if q.Type != "input_request" || parentID(q) != req.ID || string(q.Content) != `{"password":false,"prompt":"name?"}` {
		t.Errorf("asked by %s %s with parent %s", q.Type, q.Content, q.Parent)
	}
	answer(other, "theirs")
	answer(c, 7)                                                          // no text
	c.send(c.stdin, "execute_request", nil, map[string]any{"value": "x"}) // not an answer
	late := c.from.message("input_reply", req, nil, map[string]string{"value": "to another question"})
	if err := c.stdin.SendMulti(zmq4.NewMsgFrom(late.Frames(c.sign)...)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	answer(c, "Ada")
	if got := text(c.until(req)); got != "Ada <nil>\n" {
		t.Errorf("the cell got %q", got)
	}
	req = c.execute("ask secret", "allow_stdin", true)
	if q := c.next(c.stdinIn); field(q, "password") != "true" {
		t.Errorf("password: asked by %s", q.Content)
	}
	c.send(c.control, "interrupt_request", nil, nil)
	if got := text(c.until(req)); !strings.Contains(got, "canceled") {
		t.Errorf("interrupted: the cell got %q", got)
	}
	answer(c, "late")
	time.Sleep(50 * time.Millisecond)
	req = c.execute("ask name?", "allow_stdin", false)
	if got := text(c.until(req)); got != "nobody to ask\n" {
		t.Errorf("without stdin: the cell got %q", got)
	}
	select {
	case m := <-other.stdinIn:
		t.Errorf("another client was asked: %s", m.Type)
	default:
	}
}

func TestComms(t *testing.T) { // P-41, P-42
	ev := newTalker()
	_, c := startKernel(t, ev)
	c.until(c.execute("target t"))
	if got := kinds(c.until(c.comm("open", "a", map[string]any{"target_name": "t", "data": map[string]any{}}))); got != "busy idle" {
		t.Errorf("open published %s", got)
	}
	reply, _ := c.answer(c.send(c.shell, "comm_info_request", nil, nil), c.shellIn2(2))
	if string(reply.Content) != `{"comms":{"a":{"target_name":"t"}},"status":"ok"}` {
		t.Errorf("comm_info: %s", reply.Content)
	}
	got := c.until(c.comm("msg", "a", map[string]any{"data": map[string]any{"x": 1}}))
	if kinds(got) != "busy comm_msg idle" || !strings.Contains(string(got[1].Content), `"x":1`) {
		t.Errorf("msg published %s: %s", kinds(got), got[1].Content)
	}
	got = c.until(c.execute("send a hello"))
	if m := got[2]; m.Type != "comm_msg" || len(m.Buffers) != 1 || string(m.Metadata) != `{"m":1}` || !strings.Contains(string(m.Content), "hello") {
		t.Errorf("a cell's message: %s %s %s, %d buffers", m.Type, m.Content, m.Metadata, len(m.Buffers))
	}
	c.next(c.shellIn)

	// Served while a cell runs; one that its handler holds does not hold others.
	running := c.execute("wait")
	<-ev.started
	if got := kinds(c.until(c.comm("msg", "a", map[string]any{}))); got != "busy comm_msg idle" {
		t.Errorf("while a cell runs: %s", got)
	}
	ev.mu.Lock()
	ev.hold = make(chan struct{})
	ev.mu.Unlock()
	held := c.comm("msg", "a", map[string]any{})
	for m := c.next(c.pubIn); m.Type != "comm_msg"; m = c.next(c.pubIn) {
	}
	ev.mu.Lock()
	hold := ev.hold
	ev.hold = nil
	ev.mu.Unlock()
	second := c.comm("msg", "a", map[string]any{})
	c.until(second)
	close(hold)
	if got := kinds(c.until(held)); got != "idle" {
		t.Errorf("held handler: %s", got)
	}
	// What is for a comm that is not open yet keeps its place behind the cells.
	queued := c.execute("target late")
	opening := c.comm("open", "l", map[string]any{"target_name": "late"})
	message := c.comm("msg", "l", map[string]any{})
	c.send(c.control, "interrupt_request", nil, nil)
	c.until(running)
	c.until(queued)
	if got := kinds(c.until(opening)); got != "busy comm_close idle" { // the cell was aborted
		t.Errorf("open behind an aborted cell: %s", got)
	}
	c.until(message)
	c.until(c.comm("close", "a", map[string]any{}))
	if len(ev.Comms()) != 0 {
		t.Errorf("open after close: %v", ev.Comms())
	}
}

// shellIn2 drops n replies and returns the channel of replies.
func (c *client) shellIn2(n int) <-chan *Message {
	c.t.Helper()
	for range n - 1 {
		c.next(c.shellIn)
	}
	return c.shellIn
}

func TestSubshells(t *testing.T) { // JEP 91
	ev := newTalker()
	_, c := startKernel(t, ev)
	control := func(request string, content any) *Message {
		c.send(c.control, request, nil, content)
		return c.next(c.controlIn)
	}
	var created struct {
		Status string `json:"status"`
		ID     string `json:"subshell_id"`
	}
	reply := control("create_subshell_request", nil)
	json.Unmarshal(reply.Content, &created)
	if reply.Type != "create_subshell_reply" || created.Status != "ok" || created.ID == "" {
		t.Fatalf("%s %s", reply.Type, reply.Content)
	}
	if reply := control("list_subshell_request", nil); string(reply.Content) != `{"status":"ok","subshell_id":["`+created.ID+`"]}` {
		t.Errorf("list: %s", reply.Content)
	}
	to := func(subshell, msgType string, content any) *Message {
		m := c.from.message(msgType, nil, nil, content)
		var h map[string]any
		json.Unmarshal(m.Header, &h)
		h["subshell_id"] = subshell
		m.Header = object(h)
		if err := c.shell.SendMulti(zmq4.NewMsgFrom(m.Frames(c.sign)...)); err != nil {
			t.Fatal(err)
		}
		return m
	}
	running := c.execute("wait")
	<-ev.started
	asked := to(created.ID, "is_complete_request", map[string]string{"code": "x {"})
	if m := c.next(c.shellIn); parentID(m) != asked.ID || field(m, "status") != "incomplete" {
		t.Errorf("while a cell runs: %s %s", m.Type, m.Content)
	}
	waiting := to(created.ID, "execute_request", map[string]any{"code": "print second"})
	select {
	case m := <-c.shellIn:
		t.Errorf("a second cell ran beside the first: %s", m.Content)
	case <-time.After(100 * time.Millisecond):
	}
	unknown := to("nobody", "is_complete_request", map[string]string{"code": "x"})
	if m := c.next(c.shellIn); parentID(m) != unknown.ID || field(m, "status") != "error" {
		t.Errorf("unknown subshell: %s", m.Content)
	}
	c.send(c.control, "interrupt_request", nil, nil)
	got := map[string]string{}
	for range 2 {
		m := c.next(c.shellIn)
		got[parentID(m)] = field(m, "status")
	}
	if got[running.ID] != "error" || got[waiting.ID] != "aborted" { // P-32
		t.Errorf("after an interrupt: running cell %q, cell of a subshell %q", got[running.ID], got[waiting.ID])
	}
	c.next(c.controlIn)
	if reply := control("delete_subshell_request", map[string]string{"subshell_id": created.ID}); field(reply, "status") != "ok" {
		t.Errorf("delete: %s", reply.Content)
	}
	if reply := control("delete_subshell_request", map[string]string{"subshell_id": created.ID}); field(reply, "status") != "error" {
		t.Errorf("delete again: %s", reply.Content)
	}
	if reply := control("list_subshell_request", nil); string(reply.Content) != `{"status":"ok","subshell_id":[]}` {
		t.Errorf("list: %s", reply.Content)
	}
	c.send(c.shell, "create_subshell_request", nil, nil)
	if m := c.next(c.shellIn); field(m, "status") != "error" {
		t.Errorf("on shell: %s", m.Content)
	}
}

func TestWelcome(t *testing.T) { // JEP 65
	k, _ := startKernel(t, newToy())
	for _, topic := range []string{"", "kernel"} {
		sub := zmq4.NewSub(t.Context())
		defer sub.Close()
		if err := sub.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", k.Connection().IOPubPort)); err != nil {
			t.Fatal(err)
		}
		if err := sub.SetOption(zmq4.OptionSubscribe, topic); err != nil {
			t.Fatal(err)
		}
		got := make(chan zmq4.Msg, 1)
		go func() {
			if m, err := sub.Recv(); err == nil {
				got <- m
			}
		}()
		select {
		case raw := <-got:
			m, err := ParseMessage(raw.Frames, NewSigner(k.Connection().Key))
			if err != nil || m.Type != "iopub_welcome" || field(m, "subscription") != topic || string(m.Parent) != "{}" {
				t.Errorf("topic %q: the first message is %v, %v", topic, m, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("topic %q: no welcome", topic)
		}
	}
}

func TestExpressionsAndPayloads(t *testing.T) { // P-22, 1.9
	_, c := startKernel(t, newTalker())
	reply, _ := c.answer(c.execute("next y := 2", "user_expressions", map[string]any{"a": "x", "b": "bad", "c": 7, "d": " "}), c.shellIn)
	var r struct {
		Payload     []map[string]any          `json:"payload"`
		Expressions map[string]map[string]any `json:"user_expressions"`
	}
	json.Unmarshal(reply.Content, &r)
	if len(r.Payload) != 1 || r.Payload[0]["source"] != "set_next_input" || r.Payload[0]["text"] != "y := 2" || r.Payload[0]["replace"] != true {
		t.Errorf("payload %v", r.Payload)
	}
	if data, _ := r.Expressions["a"]["data"].(map[string]any); data["text/plain"] != "<x>" || r.Expressions["a"]["status"] != "ok" {
		t.Errorf("a: %v", r.Expressions["a"])
	}
	for _, name := range []string{"b", "c", "d"} {
		if r.Expressions[name]["status"] != "error" {
			t.Errorf("%s: %v", name, r.Expressions[name])
		}
	}
	// Not after a failure.
	reply, _ = c.answer(c.execute("fail x", "user_expressions", map[string]any{"a": "x"}), c.shellIn)
	if !strings.Contains(string(reply.Content), `"user_expressions":{}`) {
		t.Errorf("after a failure: %s", reply.Content)
	}
}

func TestDebugRequestIsAnswered(t *testing.T) {
	_, c := startKernel(t, newToy())
	c.send(c.control, "debug_request", nil, map[string]any{"seq": 3, "command": "initialize", "type": "request"})
	m := c.next(c.controlIn)
	if m.Type != "debug_reply" || field(m, "success") != "false" || field(m, "request_seq") != "3" || field(m, "command") != "initialize" {
		t.Errorf("%s %s", m.Type, m.Content)
	}
}
