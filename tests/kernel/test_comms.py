"""Comms: opened by either side, served while a cell runs, closed with the worker, listed."""

import time

import pytest

IMPORT = 'import "github.com/spikebook/spikebook/kernel/comm"\n'


@pytest.fixture(scope="module", autouse=True)
def echo(k):
    """A target that answers each message with itself, and its buffers turned round."""
    k.ok(IMPORT + """
var heard []string
comm.Register("echo", func(c *comm.Comm, e comm.Event) {
	heard = append(heard, "open "+string(e.Data))
	c.OnMessage(func(e comm.Event) {
		heard = append(heard, string(e.Data))
		slices.Reverse(e.Buffers)
		c.Answer(e, map[string]any{"back": json.RawMessage(e.Data)}, e.Buffers...)
	})
	c.OnClose(func(comm.Event) { heard = append(heard, "closed") })
})""")


def send(k, kind, comm_id, buffers=None, **content):
    """Sends a comm message on shell and returns its id."""
    m = k.client.session.msg("comm_" + kind, dict(comm_id=comm_id, **content))
    k.client.session.send(k.client.shell_channel.socket, m, buffers=buffers)
    return m["header"]["msg_id"]


def until_idle(k, request, timeout=20):
    """What is published because of a request, up to its idle."""
    seen = []
    while True:
        m = k.client.get_iopub_msg(timeout=timeout)
        if m["parent_header"].get("msg_id") != request:
            continue
        seen.append(m)
        if m["content"].get("execution_state") == "idle":
            return seen


def kinds(messages):
    return [m["content"].get("execution_state", m["msg_type"]) for m in messages]


def info(k, **content):
    k.client.shell_channel.send(k.client.session.msg("comm_info_request", content))
    reply = k.client.get_shell_msg(timeout=10)
    k.quiet()
    return reply["content"]["comms"]


def test_front_end_opens(k):
    until_idle(k, send(k, "open", "a1", target_name="echo", data={"n": 1}))
    got = until_idle(k, send(k, "msg", "a1", data={"é": [1, None]}, buffers=[b"one", b"\x00two"]))
    assert kinds(got) == ["busy", "comm_msg", "idle"]
    assert got[1]["content"] == {"comm_id": "a1", "data": {"back": {"é": [1, None]}}}
    assert [bytes(b) for b in got[1]["buffers"]] == [b"\x00two", b"one"]
    assert info(k) == {"a1": {"target_name": "echo"}}
    assert info(k, target_name="echo") == {"a1": {"target_name": "echo"}}
    assert info(k, target_name="other") == {}
    until_idle(k, send(k, "close", "a1", data={}))
    assert info(k) == {}
    assert k.ok("heard").value == '[open {"n":1} {"é":[1,null]} closed]' or "closed" in k.ok("heard").value


def test_cell_opens(k):
    ran = k.ok(IMPORT + 'c, _ := comm.Open("clock", map[string]any{"zone": "UTC"})\nc.OnMessage(func(e comm.Event) { heard = append(heard, "clock"+string(e.Data)) })')
    opened = ran.of("comm_open")
    assert len(opened) == 1 and opened[0]["target_name"] == "clock" and opened[0]["data"] == {"zone": "UTC"}
    comm_id = opened[0]["comm_id"]
    assert info(k) == {comm_id: {"target_name": "clock"}}
    until_idle(k, send(k, "msg", comm_id, data={"tick": 1}))
    assert 'clock{"tick":1}' in k.ok("heard").value
    ran = k.ok('fmt.Println("first")\nc.Send(map[string]int{"time": 5})\nc.Close()')
    assert [x for x in ran.kinds if x.startswith("comm") or x == "stream"] == ["stream", "comm_msg", "comm_close"]
    assert info(k) == {}


def test_unknown_targets_and_comms(k):
    assert kinds(until_idle(k, send(k, "open", "u1", target_name="nobody", data={}))) == ["busy", "comm_close", "idle"]
    assert kinds(until_idle(k, send(k, "msg", "u1", data={}))) == ["busy", "idle"]
    assert kinds(until_idle(k, send(k, "close", "u1", data={}))) == ["busy", "idle"]
    for content in ({}, {"comm_id": 7}, {"comm_id": "x", "data": "text"}):  # nonsense
        m = k.client.session.msg("comm_msg", content)
        k.client.shell_channel.send(m)
        assert kinds(until_idle(k, m["header"]["msg_id"])) == ["busy", "idle"]
    assert k.ok("1").value == "1"


def test_served_while_a_cell_runs_and_waits(k):
    until_idle(k, send(k, "open", "r1", target_name="echo", data={}))
    k.ok("go1 := make(chan bool)\nheard = nil\ncomm.Register(\"go\", func(c *comm.Comm, e comm.Event) { c.OnMessage(func(comm.Event) { go1 <- true }) })")
    until_idle(k, send(k, "open", "g1", target_name="go", data={}))
    request = k.begin('fmt.Println("started")\n<-go1\nlen(heard)')
    for i in range(3):
        assert kinds(until_idle(k, send(k, "msg", "r1", data={"i": i}))) == ["busy", "comm_msg", "idle"]
    send(k, "msg", "g1", data={})  # ends the cell
    got = until_idle(k, request)
    assert [m["content"]["data"]["text/plain"] for m in got if m["msg_type"] == "execute_result"] == ["3"]
    assert k.client.get_shell_msg(timeout=10)["content"]["status"] == "ok"
    k.quiet()


def test_order_of_an_open_behind_a_cell(k):
    """A comm for a target that a queued cell registers is opened after that cell."""
    cell = k.send('time.Sleep(300*time.Millisecond)\ncomm.Register("late", func(c *comm.Comm, e comm.Event) { heard = append(heard, "late") })')
    opening = send(k, "open", "l1", target_name="late", data={})
    assert kinds(until_idle(k, opening)) == ["busy", "idle"]
    k.client.get_shell_msg(timeout=10)
    assert "late" in k.ok("heard").value and cell
    until_idle(k, send(k, "close", "l1", data={}))


def test_output_of_handlers_is_shown_under_the_cell_of_the_comm(k):
    opening = k.ok('p, _ := comm.Open("printer", nil)\np.OnMessage(func(comm.Event) { fmt.Println("printed") })')
    comm_id = opening.of("comm_open")[0]["comm_id"]
    k.ok("1")  # another cell has run since
    m = send(k, "msg", comm_id, data={})
    parents = []
    while True:
        got = k.client.get_iopub_msg(timeout=10)
        if got["msg_type"] == "stream":
            parents.append(got["parent_header"]["msg_id"])
            assert got["content"]["text"] == "printed\n"
        if got["content"].get("execution_state") == "idle" and got["parent_header"]["msg_id"] == m:
            break
    assert parents == [opening.reply["parent_header"]["msg_id"]]
    k.ok("p.Close()")


def test_handler_that_panics_or_never_ends(k):
    opening = k.ok("""
bad, _ := comm.Open("bad", nil)
turns := 0
bad.OnMessage(func(e comm.Event) {
	switch string(e.Data) {
	case `{"do":"panic"}`:
		panic("in the handler")
	case `{"do":"loop"}`:
		for { turns++ }
	case `{"do":"wait"}`:
		<-make(chan int)
	}
	fmt.Println("served")
})""")
    comm_id = opening.of("comm_open")[0]["comm_id"]
    send(k, "msg", comm_id, data={"do": "panic"})
    text = ""
    while "in the handler" not in text:
        m = k.client.get_iopub_msg(timeout=10)
        text += m["content"].get("text", "")
    assert "panic in a handler" in text
    for what in ("loop", "wait"):
        k.quiet()
        begin = time.perf_counter()
        request = send(k, "msg", comm_id, data={"do": what})
        time.sleep(0.3)
        k.interrupt()
        until_idle(k, request)
        assert time.perf_counter() - begin < 10, what
        k.quiet()
        assert kinds(until_idle(k, send(k, "msg", comm_id, data={}))) == ["busy", "idle"]
        k.quiet()
    assert k.ok("turns > 0").value == "true"
    k.ok("bad.Close()")


def test_interrupt_of_a_cell_leaves_comms_alive(k):
    until_idle(k, send(k, "open", "i1", target_name="echo", data={}))
    request = k.begin('fmt.Println("started")\nfor { }')
    k.interrupt()
    assert k.wait(request).reply["content"]["ename"] == "Interrupted"
    assert "comm_msg" in kinds(until_idle(k, send(k, "msg", "i1", data={})))
    until_idle(k, send(k, "close", "i1", data={}))


def test_death_of_the_worker_closes_comms(start):
    k = start()
    opening = k.ok(IMPORT + 'c, _ := comm.Open("gone", nil)\n_ = c')
    comm_id = opening.of("comm_open")[0]["comm_id"]
    died = k.send('syscall.Kill(os.Getpid(), syscall.SIGKILL)\ntime.Sleep(5*time.Second)')
    closed = idle = False
    while not (closed and idle):
        m = k.client.get_iopub_msg(timeout=20)
        closed = closed or m["msg_type"] == "comm_close" and m["content"]["comm_id"] == comm_id
        idle = idle or m["content"].get("execution_state") == "idle" and m["parent_header"]["msg_id"] == died
    assert k.client.get_shell_msg(timeout=10)["content"]["status"] == "error"
    assert info(k) == {}
    assert k.ok("2").value == "2"


def test_thousands_of_messages_arrive_in_order(k):
    until_idle(k, send(k, "open", "m1", target_name="echo", data={}))
    k.ok("heard = nil")
    last = None
    for i in range(2000):
        last = send(k, "msg", "m1", data={"i": i})
    until_idle(k, last, timeout=60)
    k.quiet()
    assert k.ok('fmt.Sprintln(len(heard), heard[0], heard[1999])').value == '2000 {"i":0} {"i":1999}\n'
    until_idle(k, send(k, "close", "m1", data={}))
