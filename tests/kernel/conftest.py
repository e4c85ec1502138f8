"""The kernel as a Jupyter client sees it: real processes, real sockets, jupyter_client."""

import os
import pathlib
import queue
import subprocess
import time
from dataclasses import dataclass, field

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "spikebook"


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    """The command: $SPIKEBOOK, else one built here."""
    given = os.environ.get("SPIKEBOOK")
    if given:
        return pathlib.Path(given).resolve()
    out = tmp_path_factory.mktemp("bin") / "spikebook"
    subprocess.run(["go", "build", "-o", out, "./kernel/spikebook"], cwd=ROOT, check=True)
    return out


@pytest.fixture(scope="session")
def kernels(binary, tmp_path_factory):
    """A kernelspec in a folder of its own, and a warm cache; yields the manager that finds it."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([binary, "install", "--compat", "gonb", "--prefix", prefix], check=True)
    os.environ["SPIKEBOOK_HISTORY"] = str(prefix / "history.jsonl")  # not that of whoever runs the tests
    manager = KernelSpecManager()
    manager.kernel_dirs = [str(prefix / "share" / "jupyter" / "kernels")]
    return manager


@dataclass
class Ran:
    """What one execute_request came to."""

    reply: dict
    published: list = field(default_factory=list)  # from busy to idle
    seconds: float = 0  # from the request to idle

    @property
    def status(self):
        return self.reply["content"]["status"]

    def of(self, *kinds):
        return [m["content"] for m in self.published if m["msg_type"] in kinds]

    def stream(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def value(self):
        """text/plain of the execute_result."""
        results = self.of("execute_result")
        assert len(results) == 1, f"{len(results)} results: {self.kinds}\n{self.trace}"
        return results[0]["data"]["text/plain"]

    @property
    def kinds(self):
        return [m["content"].get("execution_state", m["msg_type"]) for m in self.published]

    @property
    def trace(self):
        """The traceback without colours."""
        import re

        lines = [line for c in self.of("error") for line in c["traceback"]]
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


class Kernel:
    """A running kernel and one client of it."""

    def __init__(self, specs, cwd=None, env=None, name=NAME, stderr=None):
        self.stopped = False
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
        kwargs = {"cwd": str(cwd)} if cwd else {}
        if env:
            kwargs["env"] = dict(os.environ, **env)
        if stderr:
            kwargs["stderr"] = stderr
        self.manager.start_kernel(**kwargs)
        self.client = self.connect()

    def connect(self):
        """A client with an identity of its own."""
        client = BlockingKernelClient(connection_file=self.manager.connection_file)
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        return client

    def send(self, code, **content):
        return self.client.execute(code, **content)

    def wait(self, request, timeout=60):
        """Everything published for a request until its idle, and its reply. Output of other
        requests in between is a mistake, except late output and the busy and idle of an interrupt."""
        begin = time.perf_counter()
        published = []
        while True:
            m = self.client.get_iopub_msg(timeout=timeout)
            if m["parent_header"].get("msg_id") != request:
                by = m["parent_header"].get("msg_type")
                assert m["msg_type"] == "stream" or by == "interrupt_request", f"stray {m['msg_type']} {m['content']} of {by}"
                continue
            published.append(m)
            if m["content"].get("execution_state") == "idle":
                break
        seconds = time.perf_counter() - begin
        reply = self.client.get_shell_msg(timeout=timeout)
        assert reply["parent_header"]["msg_id"] == request
        return Ran(reply, published, seconds)

    def run(self, code, timeout=60, **content):
        return self.wait(self.send(code, **content), timeout)

    def ok(self, code, timeout=60):
        ran = self.run(code, timeout)
        assert ran.status == "ok", ran.trace
        return ran

    def begin(self, code, sign="started"):
        """Sends a cell and returns when it has printed sign."""
        request = self.send(code)
        seen = ""
        while sign not in seen:
            m = self.client.get_iopub_msg(timeout=60)
            assert m["msg_type"] != "error", "\n".join(m["content"]["traceback"])
            if m["msg_type"] == "stream":
                seen += m["content"]["text"]
        return request

    def interrupt(self):
        self.manager.interrupt_kernel()

    def quiet(self):
        """Drops what is waiting on iopub until nothing comes for a while."""
        while True:
            try:
                self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                return

    @property
    def pid(self):
        return self.manager.provisioner.process.pid

    def stop(self):
        if self.stopped:
            return
        self.stopped = True
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()


@pytest.fixture
def start(kernels):
    """Starts kernels that end with the test: start(cwd=…, env=…)."""
    running = []

    def begin(**kwargs):
        k = Kernel(kernels, **kwargs)
        running.append(k)
        return k

    yield begin
    for k in running:
        k.stop()


@pytest.fixture(scope="module")
def k(kernels):
    """One kernel for a file of tests; state carries over from test to test."""
    kernel = Kernel(kernels)
    yield kernel
    kernel.stop()
