"""Messages: counting, order, aborting, several clients, signatures, shutdown."""

import json
import os
import queue
import signal
import socket
import time

import pytest
import zmq


def test_ready_is_quick_and_info_is_complete(start):
    k = start()
    k.client.kernel_info()
    info = k.client.get_shell_msg(timeout=5)["content"]
    assert info["status"] == "ok" and info["protocol_version"].startswith("5.")
    language = info["language_info"]
    assert (language["name"], language["file_extension"], language["mimetype"]) == ("go", ".go", "text/x-go")
    assert language["version"][:2] == "1."


def test_counter_and_silent(k):
    first = k.ok("1").reply["content"]["execution_count"]
    assert k.run("2", silent=True).kinds == ["busy", "idle"]
    assert k.run("", silent=True).reply["content"]["execution_count"] == first
    assert k.run("2", store_history=False).reply["content"]["execution_count"] == first
    assert k.run("nothing here", store_history=True).reply["content"]["execution_count"] == first + 1
    assert k.ok("3").reply["content"]["execution_count"] == first + 2


def test_stop_on_error_aborts_what_waits(k):
    requests = [k.send("ran := 0"), k.send("panic(1)"), k.send("ran = 1"), k.send("ran = 2")]
    k.client.kernel_info()
    statuses = {}
    while len(statuses) < 5:
        m = k.client.get_shell_msg(timeout=60)
        statuses[m["parent_header"]["msg_id"]] = m["content"]["status"]
    assert [statuses[r] for r in requests] == ["ok", "error", "aborted", "aborted"]
    assert list(statuses.values())[-1] == "ok"  # kernel_info is served
    k.quiet()
    assert k.ok("ran").value == "0"


def test_stop_on_error_false_goes_on(k):
    a, b = k.send("panic(1)", stop_on_error=False), k.send("5")
    assert k.wait(a).status == "error"
    assert k.wait(b).value == "5"


def test_run_all_burst_with_a_syntax_error_first(k):
    requests = [k.send("func {")] + [k.send(f"{i}") for i in range(30)]
    ran = [k.wait(r).status for r in requests]
    assert ran == ["error"] + ["aborted"] * 30


def test_bad_signatures_are_dropped(k):
    session = k.client.session
    good_key = session.key
    session.key = b"wrong"
    k.send("fmt.Println(1)")
    session.key = good_key
    with pytest.raises(queue.Empty):
        k.client.get_iopub_msg(timeout=0.5)
    # Raw garbage on every socket, from clients that do not even speak ZMTP.
    info = k.client.get_connection_info()
    for port in ("shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"):
        s = socket.create_connection(("127.0.0.1", info[port]))
        s.sendall(os.urandom(300))
        s.close()
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.connect(f"tcp://127.0.0.1:{info['shell_port']}")
    for frames in ([b"x"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"], [b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"]):
        dealer.send_multipart(frames)
    assert k.ok("7").value == "7"
    dealer.close()
    context.term()


def test_silent_connections_and_stalled_subscribers_delay_nobody(k):
    info = k.client.get_connection_info()
    silent = [socket.create_connection(("127.0.0.1", info[p])) for p in ("shell_port", "control_port", "iopub_port", "hb_port") for _ in range(3)]
    context = zmq.Context()
    stalled = context.socket(zmq.SUB)
    stalled.linger = 0
    stalled.setsockopt(zmq.RCVHWM, 1)
    stalled.setsockopt(zmq.RCVBUF, 4096)
    stalled.subscribe(b"")
    stalled.connect(f"tcp://127.0.0.1:{info['iopub_port']}")
    late = k.connect()  # others still get in
    late.stop_channels()
    k.quiet()
    ran = k.ok('for i := range 20000 {\n\tfmt.Println("row", i, strings.Repeat("x", 60))\n}')
    assert ran.stream().count("\n") == 20000
    for s in silent:
        s.close()
    stalled.close()
    context.term()


def test_two_clients(k):
    other = k.connect()
    k.quiet()
    while True:
        try:
            other.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            break
    ran = k.ok('fmt.Println("for all")')
    seen = []
    while "idle" not in seen:
        m = other.get_iopub_msg(timeout=5)
        seen.append(m["content"].get("execution_state", m["msg_type"]))
    assert seen == ran.kinds
    with pytest.raises(queue.Empty):
        other.get_shell_msg(timeout=0.2)
    other.stop_channels()


def test_clients_come_and_go(k):
    """A hundred clients leave no descriptors behind."""
    info = k.client.get_connection_info()
    context = zmq.Context()

    def visit():
        sockets = []
        for kind, port in ((zmq.DEALER, "shell_port"), (zmq.SUB, "iopub_port"), (zmq.DEALER, "control_port"), (zmq.REQ, "hb_port")):
            s = context.socket(kind)
            s.linger = 0
            s.connect(f"tcp://127.0.0.1:{info[port]}")
            sockets.append(s)
        sockets[1].subscribe(b"")
        sockets[3].send(b"ping")
        assert sockets[3].poll(5000) and sockets[3].recv() == b"ping"
        for s in sockets:
            s.close()

    def descriptors():
        return len(os.listdir(f"/proc/{k.pid}/fd"))

    visit()
    before = descriptors()
    for _ in range(100):
        visit()
    context.term()
    for _ in range(50):
        if descriptors() <= before:
            break
        time.sleep(0.1)
    assert descriptors() <= before
    assert k.ok("6 * 7").value == "42"


def test_small_requests(k):
    client = k.client
    for send, check in [
        (lambda: client.comm_info(), lambda c: c["comms"] == {}),
        (lambda: client.complete("fmt.Pr"), lambda c: c["cursor_end"] == 6 and isinstance(c["matches"], list)),
        (lambda: client.inspect("fmt"), lambda c: isinstance(c["data"], dict)),
        (lambda: client.history(hist_access_type="tail", n=3), lambda c: isinstance(c["history"], list)),
    ]:
        send()
        content = client.get_shell_msg(timeout=10)["content"]
        assert content["status"] == "ok" and check(content), content
    k.quiet()


def test_unknown_comm_is_closed(k):
    message = k.client.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    k.client.shell_channel.send(message)
    kinds = []
    while "idle" not in kinds:
        m = k.client.get_iopub_msg(timeout=5)
        kinds.append(m["content"].get("execution_state", m["msg_type"]))
    assert kinds == ["busy", "comm_close", "idle"]


def test_heartbeat_and_control_while_busy(start):
    k = start()
    request = k.begin('fmt.Println("started")\nfor { }')
    heart = zmq.Context.instance().socket(zmq.REQ)
    heart.linger = 0
    heart.connect(f"tcp://127.0.0.1:{k.client.get_connection_info()['hb_port']}")
    for i in range(20):
        heart.send(b"beat %d" % i)
        assert heart.poll(1000), "no heartbeat while a cell runs"
        assert heart.recv() == b"beat %d" % i
    heart.close()
    k.client.control_channel.send(k.client.session.msg("kernel_info_request", {}))
    assert k.client.get_control_msg(timeout=5)["msg_type"] == "kernel_info_reply"
    k.quiet()
    k.interrupt()
    assert k.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == request


def control(k, kind, **content):
    k.client.control_channel.send(k.client.session.msg(kind, content))
    reply = k.client.get_control_msg(timeout=10)
    k.quiet()
    return reply


def test_subshells(start):
    k = start()
    assert "kernel subshells" in control(k, "kernel_info_request")["content"]["supported_features"]
    created = control(k, "create_subshell_request")
    assert created["msg_type"] == "create_subshell_reply" and created["content"]["status"] == "ok"
    sub = created["content"]["subshell_id"]
    assert control(k, "list_subshell_request")["content"] == {"status": "ok", "subshell_id": [sub]}
    running = k.begin('fmt.Println("started")\nfor { }')
    ask = k.client.session.msg("complete_request", {"code": "strings.HasPre", "cursor_pos": 14})
    ask["header"]["subshell_id"] = sub
    k.client.shell_channel.send(ask)
    reply = k.client.get_shell_msg(timeout=20)  # while the cell runs
    assert reply["parent_header"]["msg_id"] == ask["header"]["msg_id"] and reply["content"]["matches"] == ["strings.HasPrefix"]
    k.interrupt()
    assert k.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == running
    assert control(k, "delete_subshell_request", subshell_id=sub)["content"]["status"] == "ok"
    assert control(k, "delete_subshell_request", subshell_id=sub)["content"]["status"] == "error"


def test_welcome_comes_first(k):
    """A subscriber gets iopub_welcome before anything else, also while a cell prints."""
    request = k.begin('fmt.Println("started")\nfor range 200 {\n\tfmt.Println("x")\n\ttime.Sleep(5*time.Millisecond)\n}')
    context = zmq.Context()
    sub = context.socket(zmq.SUB)
    sub.linger = 0
    sub.connect(f"tcp://127.0.0.1:{k.client.get_connection_info()['iopub_port']}")
    sub.subscribe(b"")
    assert sub.poll(5000)
    frames = sub.recv_multipart()
    message = k.client.session.deserialize(k.client.session.feed_identities(frames)[1])
    assert message["msg_type"] == "iopub_welcome" and message["content"] == {"subscription": ""} and message["parent_header"] == {}
    sub.close()
    context.term()
    k.wait(request)


def test_debug_request_is_answered(k):
    reply = control(k, "debug_request", type="request", seq=1, command="debugInfo")
    assert reply["msg_type"] == "debug_reply" and reply["content"]["success"] is False
    assert "debugger" not in control(k, "kernel_info_request")["content"]["supported_features"]


def test_shutdown_ends_everything(start):
    k = start()
    k.ok("1")
    children = descendants(k.pid)
    assert children, "the worker should run"
    k.client.shutdown()
    reply = k.client.get_control_msg(timeout=10)
    assert reply["msg_type"] == "shutdown_reply" and reply["content"] == {"status": "ok", "restart": False}
    kinds = []
    while "shutdown_reply" not in kinds:
        kinds.append(k.client.get_iopub_msg(timeout=5)["msg_type"])
    process = k.manager.provisioner.process
    assert process.wait(timeout=10) == 0
    time.sleep(0.5)
    assert not [p for p in children if os.path.exists(f"/proc/{p}")]


def test_shutdown_while_a_cell_runs(start):
    k = start()
    k.begin('fmt.Println("started")\nfor { }')
    children = descendants(k.pid)
    begin = time.perf_counter()
    k.client.shutdown()
    assert k.client.get_control_msg(timeout=10)["msg_type"] == "shutdown_reply"
    assert k.manager.provisioner.process.wait(timeout=10) == 0
    assert time.perf_counter() - begin < 5
    time.sleep(0.5)
    assert not [p for p in children if os.path.exists(f"/proc/{p}")]


def test_restart_begins_anew(start):
    k = start()
    k.ok("gone := 1")
    before = k.client.session.session
    k.manager.restart_kernel(now=False)
    k.client.wait_for_ready(timeout=30)
    assert k.run("gone").status == "error"
    ran = k.ok("2")
    assert ran.reply["content"]["execution_count"] == 2 and before


def test_orphan_ends(binary, tmp_path):
    """A kernel whose parent is gone ends by itself."""
    connection = tmp_path / "c.json"
    connection.write_text(json.dumps(dict(transport="tcp", ip="127.0.0.1", shell_port=0, control_port=0, stdin_port=0, iopub_port=0, hb_port=0,
                                          key="k", signature_scheme="hmac-sha256")))
    import subprocess
    import sys

    parent = subprocess.run(
        [sys.executable, "-c",
         "import os, subprocess, sys\n"
         "env = dict(os.environ, JPY_PARENT_PID=str(os.getpid()))\n"
         f"p = subprocess.Popen([{str(binary)!r}, 'kernel', '--connection-file', {str(connection)!r}], env=env, start_new_session=True,\n"
         f"                     stdout=subprocess.DEVNULL, stderr=open({str(tmp_path / 'log')!r}, 'w'))\n"
         "print(p.pid)"], capture_output=True, text=True, check=True)
    pid = int(parent.stdout)
    for _ in range(100):
        if not running(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("still running 10 s after its parent ended: " + (tmp_path / "log").read_text())


def running(pid):
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid):
    """Process ids of all children, from /proc."""
    parents = {}
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat") as f:
                parents[int(p)] = int(f.read().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        children = [p for p, pp in parents.items() if pp == parent]
        found += children
        todo += children
    return found
