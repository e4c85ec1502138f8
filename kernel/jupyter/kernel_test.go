package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

func TestExecuteOrder(t *testing.T) { // P-13, P-20, P-24, P-46, P-47
	ev := newToy()
	_, c := startKernel(t, ev)
	req := c.execute("print hello\nshow x 1\nupdate x 2\nupdate y 3\nclear\nvalue 42")
	reply, pub := c.answer(req, c.shellIn)
	if got, want := kinds(pub), "busy execute_input stream display_data update_display_data display_data clear_output execute_result idle"; got != want {
		t.Errorf("published %s\nwant      %s", got, want)
	}
	if got := field(reply, "status") + field(reply, "execution_count"); got != "ok1" {
		t.Errorf("reply %s", reply.Content)
	}
	for _, m := range append(pub, reply) {
		if !bytes.Equal(m.Parent, req.Header) { // P-4
			t.Errorf("%s has parent %s, want the header of the request %s", m.Type, m.Parent, req.Header)
		}
	}
	var meta map[string]any
	json.Unmarshal(reply.Metadata, &meta)
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(meta["started"])); err != nil {
		t.Errorf("metadata.started: %v", err)
	}
	if _, ok := meta["timing"]; !ok {
		t.Errorf("the evaluator's metadata are missing in %s", reply.Metadata)
	}
	if ev.cells[0].CellID != "cell-1" || ev.cells[0].Count != 1 {
		t.Errorf("the evaluator got %+v", ev.cells[0])
	}
	for _, m := range pub {
		if len(m.Identities) != 1 || len(m.Identities[0]) == 0 { // P-5
			t.Errorf("%s has topic %q", m.Type, m.Identities)
		}
	}
}

func TestCounter(t *testing.T) { // P-19, P-21
	_, c := startKernel(t, newToy())
	steps := []struct {
		code   string
		more   []any
		count  string
		pub    string
		status string
	}{
		{"", []any{"silent", true}, "0", "busy idle", "ok"},
		{"value 1", nil, "1", "busy execute_input execute_result idle", "ok"},
		{"", nil, "1", "busy execute_input idle", "ok"},
		{" \n", nil, "1", "busy execute_input idle", "ok"},
		{"print x\nvalue 1", []any{"silent", true}, "1", "busy stream idle", "ok"},
		{"value 1", []any{"store_history", false}, "1", "busy execute_input execute_result idle", "ok"},
		{"fail no", nil, "2", "busy execute_input error idle", "error"},
		{"fail no", []any{"silent", true}, "2", "busy error idle", "error"},
		{"panic no", nil, "3", "busy execute_input error idle", "error"},
		{"value 1", []any{"silent", true, "store_history", true}, "3", "busy idle", "ok"},
		{"value 1", nil, "4", "busy execute_input execute_result idle", "ok"},
	}
	for i, s := range steps {
		reply, pub := c.answer(c.execute(s.code, s.more...), c.shellIn)
		if got := field(reply, "execution_count"); got != s.count || kinds(pub) != s.pub || field(reply, "status") != s.status {
			t.Errorf("step %d (%q %v): %s, count %s, published %s\nwant %s, count %s, published %s",
				i, s.code, s.more, field(reply, "status"), got, kinds(pub), s.status, s.count, s.pub)
		}
	}
}

func TestErrorReplyHasEveryField(t *testing.T) {
	_, c := startKernel(t, newToy())
	reply, pub := c.answer(c.execute("fail because"), c.shellIn)
	for _, f := range []string{"status", "ename", "evalue", "traceback", "execution_count", "payload", "user_expressions"} {
		if v := field(reply, f); v == "<absent>" || v == "<nil>" {
			t.Errorf("reply has no %s: %s", f, reply.Content)
		}
	}
	if !strings.Contains(string(pub[2].Content), `"Toy: because"`) {
		t.Errorf("error message %s", pub[2].Content)
	}
}

func TestStopOnError(t *testing.T) { // P-23
	ev := newToy()
	_, c := startKernel(t, ev)
	type sent struct {
		req    *Message
		status string
	}
	list := []sent{
		{c.execute("pause 50ms\nfail first"), "error"},
		{c.execute("print never"), "aborted"},
		{c.send(c.shell, "kernel_info_request", nil, nil), "ok"},
		{c.send(c.shell, "comm_info_request", nil, nil), "ok"},
		{c.execute("print never"), "aborted"},
		{c.send(c.shell, "is_complete_request", nil, map[string]string{"code": "x {"}), "incomplete"},
	}
	for i, s := range list {
		reply, pub := c.answer(s.req, c.shellIn)
		if field(reply, "status") != s.status {
			t.Errorf("request %d: %s, want %s", i, reply.Content, s.status)
		}
		if s.status == "aborted" {
			if kinds(pub) != "busy idle" {
				t.Errorf("aborted request published %s", kinds(pub))
			}
			if field(reply, "execution_count") != "<absent>" || field(reply, "ename") == "<absent>" {
				t.Errorf("aborted reply %s", reply.Content)
			}
		}
	}
	// Sent after the failure is known: runs.
	if reply, _ := c.answer(c.execute("value 1"), c.shellIn); field(reply, "status") != "ok" {
		t.Errorf("a cell sent after the failure: %s", reply.Content)
	}
	// stop_on_error false and silent failures abort nothing.
	for _, more := range [][]any{{"stop_on_error", false}, {"silent", true}} {
		a := c.execute("pause 30ms\nfail x", more...)
		b := c.execute("value 2")
		c.answer(a, c.shellIn)
		if reply, _ := c.answer(b, c.shellIn); field(reply, "status") != "ok" {
			t.Errorf("after a failure with %v: %s", more, reply.Content)
		}
	}
}

// A cell that fails at once fails while the client is still sending. A busy
// machine may hold the client up for longer than the kernel waits, so one
// good try of five will do; without waiting there is none.
func TestStopOnErrorInABurst(t *testing.T) {
	_, c := startKernel(t, newToy())
	ran := 0
	for range 5 {
		reqs := []*Message{c.execute("fail at once")}
		for range 200 {
			reqs = append(reqs, c.execute("value 1"))
		}
		ran = 0
		for _, r := range reqs {
			if reply, _ := c.answer(r, c.shellIn); field(reply, "status") == "ok" {
				ran++
			}
		}
		if ran == 0 {
			return
		}
	}
	t.Errorf("%d cells of the burst ran after the first had failed", ran)
}

func TestInterrupt(t *testing.T) { // P-3, P-30, P-32
	ev := newToy()
	k, c := startKernel(t, ev)
	for name, interrupt := range map[string]func() *Message{
		"message": func() *Message { return c.send(c.control, "interrupt_request", nil, nil) },
		"signal":  func() *Message { k.Interrupt(); return nil },
	} {
		running := c.execute("print a\nwait")
		queued := c.execute("value 1")
		<-ev.started
		req := interrupt()
		var reply *Message
		if req != nil {
			reply = c.next(c.controlIn)
			if parentID(reply) != req.ID || field(reply, "status") != "ok" || reply.Type != "interrupt_reply" {
				t.Errorf("%s: reply %s %s", name, reply.Type, reply.Content)
			}
		}
		got := map[string]string{} // replies on shell
		for range 2 {
			m := c.next(c.shellIn)
			got[parentID(m)] = field(m, "status") + " " + field(m, "ename")
		}
		if got[running.ID] != "error Interrupted" || got[queued.ID] != "aborted Aborted" {
			t.Errorf("%s: running cell %q, waiting cell %q", name, got[running.ID], got[queued.ID])
		}
		drain(c)
	}
	// When nothing runs, an interrupt may still end a handler, and the next cell runs.
	c.answer(c.send(c.control, "interrupt_request", nil, nil), c.controlIn)
	if reply, _ := c.answer(c.execute("value 1"), c.shellIn); field(reply, "status") != "ok" {
		t.Errorf("cell after an idle interrupt: %s", reply.Content)
	}
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if ev.interrupts != 3 {
		t.Errorf("the evaluator was interrupted %d times, want 3", ev.interrupts)
	}
}

// drain reads publications until nothing comes for 100 ms.
func drain(c *client) {
	for {
		select {
		case <-c.pubIn:
		case <-time.After(100 * time.Millisecond):
			return
		}
	}
}

func TestControlAndHeartbeatWhileBusy(t *testing.T) { // P-3, heartbeat
	ev := newToy()
	_, c := startKernel(t, ev)
	c.execute("wait")
	<-ev.started
	c.send(c.control, "kernel_info_request", nil, nil)
	if m := c.next(c.controlIn); m.Type != "kernel_info_reply" {
		t.Errorf("control answered %s", m.Type)
	}
	for i := range 100 {
		ping := fmt.Sprint("ping ", i)
		if err := c.hb.Send(zmq4.NewMsgString(ping)); err != nil {
			t.Fatal(err)
		}
		m, err := c.hb.Recv()
		if err != nil || string(m.Bytes()) != ping {
			t.Fatalf("heartbeat %d: %q, %v", i, m.Bytes(), err)
		}
	}
	c.send(c.control, "interrupt_request", nil, nil)
	c.next(c.controlIn)
	c.next(c.shellIn)
}

func TestOtherRequests(t *testing.T) {
	k, c := startKernel(t, newToy())
	for _, s := range []struct {
		request string
		content any
		want    string // JSON fields of the reply
	}{
		{"is_complete_request", map[string]string{"code": "func f() {"}, `{"status":"incomplete","indent":"\t"}`},
		{"is_complete_request", map[string]string{"code": "1"}, `{"status":"complete"}`},
		{"comm_info_request", nil, `{"status":"ok","comms":{}}`},
		{"complete_request", map[string]any{"code": "😀; fmt.Pri", "cursor_pos": 10}, `{"status":"ok","matches":[],"cursor_start":10,"cursor_end":10,"metadata":{}}`},
		{"complete_request", map[string]any{"code": "ab", "cursor_pos": 99}, `{"status":"ok","matches":[],"cursor_start":2,"cursor_end":2,"metadata":{}}`},
		{"inspect_request", map[string]any{"code": "fmt", "cursor_pos": 1}, `{"status":"ok","found":false,"data":{},"metadata":{}}`},
		{"history_request", map[string]any{"hist_access_type": "tail", "n": 3}, `{"status":"ok","history":[]}`},
		{"connect_request", nil, fmt.Sprintf(`{"status":"ok","shell_port":%d,"iopub_port":%d,"stdin_port":%d,"hb_port":%d,"control_port":%d}`,
			k.conn.ShellPort, k.conn.IOPubPort, k.conn.StdinPort, k.conn.HBPort, k.conn.ControlPort)},
	} {
		reply, pub := c.answer(c.send(c.shell, s.request, nil, s.content), c.shellIn)
		if kinds(pub) != "busy idle" {
			t.Errorf("%s published %s", s.request, kinds(pub))
		}
		var got, want any
		json.Unmarshal(reply.Content, &got)
		json.Unmarshal([]byte(s.want), &want)
		if fmt.Sprint(got) != fmt.Sprint(want) || reply.Type != replyType(s.request) {
			t.Errorf("%s %v: %s %s, want %s", s.request, s.content, reply.Type, reply.Content, s.want)
		}
	}
}

func TestKernelInfo(t *testing.T) {
	_, c := startKernel(t, newToy())
	reply, _ := c.answer(c.send(c.shell, "kernel_info_request", nil, nil), c.shellIn)
	for field, want := range map[string]string{"status": "ok", "protocol_version": "5.5", "implementation": "spikebook"} {
		var got map[string]any
		json.Unmarshal(reply.Content, &got)
		if got[field] != want {
			t.Errorf("%s is %v, want %s", field, got[field], want)
		}
	}
	if !strings.Contains(string(reply.Content), `"file_extension":".go"`) || !strings.Contains(string(reply.Content), `"name":"go"`) {
		t.Errorf("language_info in %s", reply.Content)
	}
}

func TestUnknownComm(t *testing.T) { // P-41, P-6
	_, c := startKernel(t, newToy())
	c.send(c.shell, "comm_open", nil, map[string]any{"comm_id": "c1", "target_name": "nobody", "data": map[string]any{}})
	var seen []*Message
	for len(seen) < 3 {
		seen = append(seen, c.next(c.pubIn))
	}
	if kinds(seen) != "busy comm_close idle" || field(seen[1], "comm_id") != "c1" {
		t.Errorf("published %s, %s", kinds(seen), seen[1].Content)
	}
	for _, kind := range []string{"comm_msg", "comm_close", "no_such_message"} {
		c.send(c.shell, kind, nil, map[string]any{"comm_id": "c9"})
		if got := kinds([]*Message{c.next(c.pubIn), c.next(c.pubIn)}); got != "busy idle" {
			t.Errorf("%s published %s", kind, got)
		}
	}
	select {
	case m := <-c.shellIn:
		t.Errorf("unexpected reply %s", m.Type)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestBackgroundOutput(t *testing.T) { // P-16
	_, c := startKernel(t, newToy())
	first := c.execute("later tick")
	c.answer(first, c.shellIn)
	m := c.next(c.pubIn)
	if m.Type != "stream" || parentID(m) != first.ID {
		t.Errorf("background output: %s with parent %s", m.Type, m.Parent)
	}
}

func TestUserExpressionsDoNotFail(t *testing.T) { // P-22
	_, c := startKernel(t, newToy())
	reply, _ := c.answer(c.execute("value 1", "user_expressions", map[string]string{"a": "x", "b": "("}), c.shellIn)
	var r struct {
		Status      string                    `json:"status"`
		Expressions map[string]map[string]any `json:"user_expressions"`
	}
	json.Unmarshal(reply.Content, &r)
	if r.Status != "ok" || len(r.Expressions) != 2 || r.Expressions["a"]["status"] != "error" {
		t.Errorf("reply %s", reply.Content)
	}
}

// Bad messages are dropped without a trace, and good ones after them served.
func TestBadMessagesAreDropped(t *testing.T) { // P-10, P-11
	ev := newToy()
	_, c := startKernel(t, ev)
	good := c.from.message("execute_request", nil, nil, map[string]string{"code": "print never"})
	frames := good.Frames(c.sign)
	change := func(i int, b []byte) [][]byte {
		out := append([][]byte(nil), frames...)
		out[i] = b
		return out
	}
	wrong := NewSigner("another key")
	for name, f := range map[string][][]byte{
		"signature of another key": good.Frames(wrong),
		"no signature":             change(1, nil),
		"signature not hex":        change(1, []byte(strings.Repeat("z", 64))),
		"content changed":          change(5, []byte(`{"code":"evil"}`)),
		"no delimiter":             frames[1:],
		"too few frames":           frames[:5],
		"nothing":                  {{}},
		"signed garbage":           signed(c.sign, "not json", "{}", "{}", "{}"),
		"signed bad UTF-8":         signed(c.sign, `{"msg_type":"execute_request"}`, "{}", "{}", "{\"code\":\"\xff\"}"),
		"signed list as header":    signed(c.sign, `[]`, "{}", "{}", "{}"),
		"no msg_type":              signed(c.sign, `{}`, "{}", "{}", "{}"),
	} {
		if err := c.shell.SendMulti(zmq4.NewMsgFrom(f...)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	once := c.from.message("execute_request", nil, nil, map[string]string{"code": "print once"})
	for range 3 { // the second and third are replays
		if err := c.shell.SendMulti(zmq4.NewMsgFrom(once.Frames(c.sign)...)); err != nil {
			t.Fatal(err)
		}
	}
	req := c.execute("value 1")
	for {
		m := c.next(c.pubIn)
		if id := parentID(m); id == req.ID && field(m, "execution_state") == "idle" {
			break
		}
	}
	if len(ev.cells) != 2 || ev.cells[0].Code != "print once" {
		t.Errorf("the evaluator got %+v, want one \"print once\" and the last cell", ev.cells)
	}
}

// signed returns the frames of a message with arbitrary parts.
func signed(s *Signer, parts ...string) [][]byte {
	var b [][]byte
	for _, p := range parts {
		b = append(b, []byte(p))
	}
	return append([][]byte{delimiter, s.Sign(b)}, b...)
}

// The browser code of gonbui sends headers with hardly anything in them.
func TestIncompleteHeader(t *testing.T) { // P-6
	_, c := startKernel(t, newToy())
	f := signed(c.sign, `{"msg_type":"kernel_info_request","msg_id":"m1"}`, "null", "", "{}")
	if err := c.shell.SendMulti(zmq4.NewMsgFrom(f...)); err != nil {
		t.Fatal(err)
	}
	if m := c.next(c.shellIn); m.Type != "kernel_info_reply" || parentID(m) != "m1" {
		t.Errorf("reply %s %s", m.Type, m.Parent)
	}
}

func TestTwoClients(t *testing.T) { // P-1
	k, a := startKernel(t, newToy())
	b := connect(t, k.Connection())
	b.ready()
	drain(a)
	req := a.execute("print x")
	a.answer(req, a.shellIn)
	var seen []*Message
	for range 4 {
		seen = append(seen, b.next(b.pubIn))
	}
	if kinds(seen) != "busy execute_input stream idle" {
		t.Errorf("the other client saw %s", kinds(seen))
	}
	if len(b.shellIn) > 0 {
		t.Error("the other client got the reply")
	}
}

func TestShutdown(t *testing.T) {
	for _, restart := range []bool{false, true} {
		for _, busy := range []bool{false, true} {
			ev := newToy()
			k, err := NewKernel(Options{Connection: LocalConnection(), Evaluator: ev})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- k.Run(context.Background()) }()
			c := connect(t, k.Connection())
			c.ready()
			if busy {
				c.execute("wait")
				<-ev.started
				drain(c)
			}
			req := c.send(c.control, "shutdown_request", nil, map[string]bool{"restart": restart})
			reply := c.next(c.controlIn)
			if reply.Type != "shutdown_reply" || field(reply, "restart") != fmt.Sprint(restart) || parentID(reply) != req.ID {
				t.Errorf("reply %s %s", reply.Type, reply.Content)
			}
			var broadcast, idle bool
			for !broadcast || !idle {
				m := c.next(c.pubIn)
				broadcast = broadcast || m.Type == "shutdown_reply" && parentID(m) == req.ID
				idle = idle || field(m, "execution_state") == "idle" && parentID(m) == req.ID
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("Run: %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Error("Run did not return")
			}
			if ev.closed != 1 {
				t.Errorf("the evaluator was closed %d times", ev.closed)
			}
		}
	}
}

// Nothing is lost, and all is in order, for a burst of separate messages.
func TestFlood(t *testing.T) {
	_, c := startKernel(t, newToy())
	const n = 100_000
	_, pub := c.answer(c.execute(fmt.Sprint("flood ", n)), c.shellIn)
	if len(pub) != n+3 {
		t.Fatalf("%d messages, want %d", len(pub), n+3)
	}
	for i, m := range pub[2 : n+2] {
		if got, want := field(m, "text"), fmt.Sprintln("line", i); got != want {
			t.Fatalf("message %d is %q, want %q", i, got, want)
		}
	}
}
