"""One kernel, many executions, clients that come and go: nothing grows.

    make soak                                   10,000 executions
    SPIKEBOOK_SOAK=500 pytest tests/soak -s     fewer; a short form is part of make test

Clients leave politely, in the middle of a cell, or without reading what they subscribed to;
others send garbage. Looked at are goroutines, descriptors and memory of the kernel and of the worker.
"""

import os
import pathlib
import random
import re
import signal
import socket
import time

import pytest
import zmq
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

EXECUTIONS = int(os.environ.get("SPIKEBOOK_SOAK", "150"))
PER_CLIENT = 25  # executions before the client is exchanged

# Cells are drawn from these; every tenth has a text of its own and is compiled.
CELLS = [
    "total++",
    "total",
    'fmt.Println("line", total)',
    "for i := range 2000 {\n\tfmt.Println(i)\n}",
    "func bump(n int) int { return n + total }",
    "bump(3)",
    "list = append(list[:0], make([]byte, 1<<20)...)\nlen(list)",
    'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.DisplayHTML("<b>x</b>")',
    "go func() { time.Sleep(10 * time.Millisecond); total++ }()",
    'fmt.Fprintln(os.Stderr, "to stderr")',
    "var none []int\nnone[3]",  # fails
    "undefined_ + 1",  # fails
]


def own_memory(pid):
    """Bytes of a process that are not pages of files."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.M)[1])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Soak:
    def __init__(self, folder):
        self.errors = open(folder / "kernel.log", "w+")
        self.manager = KernelManager(kernel_name="spikebook")
        self.manager.start_kernel(cwd=str(folder), stderr=self.errors,
                                  env=dict(os.environ, SPIKEBOOK_HISTORY=str(folder / "history"), GOTRACEBACK="all"))
        self.connect()

    @property
    def pid(self):
        return self.manager.provisioner.process.pid

    def connect(self):
        self.client = BlockingKernelClient(connection_file=self.manager.connection_file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code):
        """Executes a cell; returns its status and text."""
        request, text = self.client.execute(code), []
        while True:
            m = self.client.get_iopub_msg(timeout=60)
            if m["parent_header"].get("msg_id") != request:
                continue
            if m["content"].get("execution_state") == "idle":
                break
            text.append(m["content"].get("text", "") or m["content"].get("data", {}).get("text/plain", ""))
        while (reply := self.client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request:
            pass
        return reply["content"]["status"], "".join(text)

    def number(self, code):
        status, text = self.run(code)
        assert status == "ok", text
        return int(text)

    def settle(self):
        """Waits until what the last clients and cells left has gone, then measures."""
        time.sleep(1)
        worker = self.number("os.Getpid()")
        self.run("list = nil; runtime.GC(); debug.FreeOSMemory()")
        return {"kernel descriptors": descriptors(self.pid), "worker descriptors": descriptors(worker),
                "worker goroutines": self.number("runtime.NumGoroutine()"),
                "kernel MB": own_memory(self.pid) / 1e6, "worker MB": own_memory(worker) / 1e6}

    def end(self):
        """Ends the kernel with a dump; returns the number of its goroutines."""
        self.client.stop_channels()
        time.sleep(1)
        os.kill(self.pid, signal.SIGQUIT)
        self.manager.provisioner.process.wait(10)
        self.errors.seek(0)
        dump = self.errors.read()
        self.manager.cleanup_resources()
        return len(re.findall(r"^goroutine \d+ ", dump, re.M))


def garbage(info, rng):
    """Connects to each port, says something that is no ZeroMQ, or nothing, and goes."""
    for port in (info["shell_port"], info["iopub_port"], info["control_port"], info["stdin_port"], info["hb_port"]):
        with socket.create_connection((info["ip"], port), timeout=5) as s:
            if said := rng.randbytes(rng.randrange(200)):
                s.sendall(said)


@pytest.fixture
def soak(tmp_path):
    kernels = []

    def start():
        kernels.append(Soak(tmp_path))
        return kernels[-1]

    yield start
    for k in kernels:
        if k.manager.has_kernel and k.manager.is_alive():
            k.manager.shutdown_kernel(now=True)


def warm(s):
    s.run("total := 0\nlist := []byte{}")
    for code in CELLS:
        s.run(code)


def test_nothing_grows(soak):
    rng = random.Random(1)
    fresh = soak()
    warm(fresh)
    goroutines = fresh.end()

    s = soak()
    warm(s)
    before = s.settle()
    context, compiled = zmq.Context(), 0
    for i in range(EXECUTIONS):
        if i % PER_CLIENT == PER_CLIENT - 1:
            kind = rng.choice(["polite", "in the middle", "deaf", "garbage"])
            info = s.client.get_connection_info()
            if kind == "in the middle":
                s.client.execute("time.Sleep(100 * time.Millisecond)\nfmt.Println(total)")
            elif kind == "deaf":  # subscribes and never reads
                deaf = context.socket(zmq.SUB)
                deaf.rcvhwm, deaf.linger = 1, 0
                deaf.subscribe(b"")
                deaf.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
                for _ in range(5):
                    s.run("for i := range 20_000 {\n\tfmt.Println(i)\n}")
                deaf.close()
            elif kind == "garbage":
                garbage(info, rng)
            s.client.stop_channels()
            s.connect()
        code = rng.choice(CELLS)
        if i % 10 == 0:
            code, compiled = f"v{i % 50} := {i}\nfmt.Println(v{i % 50})", compiled + 1
        status, text = s.run(code)
        if "none" in code or "undefined_" in code:
            assert status == "error", f"execution {i}: {code}"
        else:
            assert status == "ok", f"execution {i}: {code}\n{text}"
        if i % 20 == 7:
            s.client.complete("strings.HasPre", 14)
        if i % 500 == 499:
            print(i + 1, s.settle(), flush=True)
    after = s.settle()
    context.term()
    began = time.perf_counter()
    s.run("total")
    idle = time.perf_counter() - began
    left = s.end()
    print(f"{EXECUTIONS} executions, {compiled} compiled: {before} -> {after}; goroutines of the kernel {goroutines} -> {left}; last cell {idle:.3f} s")

    # The runtime keeps a thread or a pipe more or less; what grew with the executions
    # would be a multiple of EXECUTIONS/PER_CLIENT.
    assert after["kernel descriptors"] <= before["kernel descriptors"] + 4
    assert after["worker descriptors"] <= before["worker descriptors"] + 4
    assert after["worker goroutines"] <= before["worker goroutines"] + 3
    assert left <= goroutines + 5
    # Sources, history and types of compiled cells stay, and their code in the worker (0.5 MB each);
    # 30 MB is what the collectors of both processes leave unused.
    assert after["kernel MB"] <= before["kernel MB"] + 30 + 0.05 * compiled
    assert after["worker MB"] <= before["worker MB"] + 30 + 0.5 * compiled
