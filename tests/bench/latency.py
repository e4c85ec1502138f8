"""Latency of Jupyter kernels, each measured by the same code in the same run.

    python tests/bench/latency.py [--quick] [KERNEL…]     ours ipykernel gonb

Ours and ipykernel are those of this Python. GoNB is measured when $GONB names its binary,
or is built for it from the module cache or proxy when this is possible; goimports, which it
calls for each cell, and gopls, which it asks for completions, are looked for in PATH and
beside it. Kernels take turns, so that a busy machine is busy for all.
"""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

GONB = "v0.11.4"

# What a user would type in each language for the same thing. {i} makes a text new.
GO = {
    "new": "x{i} := {i}",
    "same": "same + 1",
    "before same": "same := 41",
    "print": "for i := range 100_000 {{\n\tfmt.Println(i)\n}}",
    "small": 'fmt.Println("cell", {i})',
    "complete": "strings.HasPre",
    "inspect": "strings.HasPrefix",
    "pid": "os.Getpid()",
    "collect": "runtime.GC(); debug.FreeOSMemory()",
}
LANGUAGES = {
    "ours": GO | {
        "before heavy": "var net *snn.Network; var fig *display.Panel",
        "heavy": 'net = snn.New("n{i}"); fig = display.Line(nil, []float64{{1, 2, {i}}})',
    },
    "ipykernel": {
        "new": "x{i} = {i}", "before same": "same = 41", "same": "same + 1", "print": "for i in range(100_000): print(i)",
        "small": 'print("cell", {i})', "complete": "import os; os.path.isfi", "inspect": "len", "pid": "import os; os.getpid()",
        "collect": "import gc; gc.collect();",
    },
    # A program for each cell: declarations stay, values do not, and none outlives its cell.
    "gonb": {
        "new": "var x{i} = {i}", "before same": "var same = 41", "same": "%%\nfmt.Println(same + 1)",
        "print": "%%\nfor i := range 100_000 {{\n\tfmt.Println(i)\n}}", "complete": "%%\nstrings.HasPre", "inspect": "%%\nstrings.HasPrefix(",
    },
}


class Kernel:
    """A kernel with one client; runs cells and takes their time."""

    def __init__(self, name, specs, env=None):
        began = time.perf_counter()
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
        self.manager.start_kernel(env=env or dict(os.environ), stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        # Clients ask once a second; what is wanted here is when the first could have had an answer.
        self.client.kernel_info()
        self.client.get_shell_msg(timeout=120)
        self.started = time.perf_counter() - began
        self.client.wait_for_ready(timeout=120)

    def run(self, code, timeout=300):
        """Executes a cell; returns seconds from request to idle, and the text it showed."""
        began = time.perf_counter()
        request = self.client.execute(code)
        text, error = [], None
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                text.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                text.append(content["data"].get("text/plain", ""))
            elif message["msg_type"] == "error":
                error = "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                seconds = time.perf_counter() - began
                break
        while self.client.get_shell_msg(timeout=timeout)["parent_header"]["msg_id"] != request:
            pass
        if error:
            raise RuntimeError(f"{code}\n{error}")
        return seconds, "".join(text)

    def ask(self, request, timeout=10):
        """Seconds from a request on the shell channel to its reply."""
        began = time.perf_counter()
        sent = request()
        while self.client.get_shell_msg(timeout=timeout)["parent_header"]["msg_id"] != sent:
            pass
        return time.perf_counter() - began

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


def memory(pid):
    """Bytes of a process: its own, and pages of files that only it has mapped, which the system can take back."""
    kB = {k: int(n) for k, n in re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)}
    return 1024 * kB["Anonymous"], 1024 * (kB["Private_Clean"] + kB["Private_Dirty"] - kB["Anonymous"])


def spread(seconds):
    """Median and 95th percentile, in milliseconds."""
    seconds = sorted(seconds)
    p95 = seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))]
    digits = 1 if seconds[-1] < 0.02 else 0
    return f"{1000 * statistics.median(seconds):.{digits}f}, p95 {1000 * p95:.{digits}f} ms"


def gonb_binary(folder):
    """GoNB's binary: that of $GONB, else one built in folder; None and the reason when there is none."""
    if os.environ.get("GONB"):
        return os.environ["GONB"], ""
    if shutil.which("go") is None:
        return None, "no go in PATH"
    (folder / "go.mod").write_text(f"module bench\n\ngo 1.26\n\nrequire (\n\tgithub.com/janpfeifer/gonb {GONB}\n\tgolang.org/x/tools v0.36.0\n)\n")
    env = dict(os.environ, GOFLAGS="-mod=mod")
    for package in ("github.com/janpfeifer/gonb", "golang.org/x/tools/cmd/goimports"):
        done = subprocess.run(["go", "build", "-o", f"{folder}/", package], cwd=folder, env=env, capture_output=True, text=True)
        if done.returncode:
            return None, done.stderr.strip().splitlines()[-1]
    return str(folder / "gonb"), ""


class Specs(KernelSpecManager):
    """The kernelspecs of this Python, and GoNB's binary as a kernel of its own name."""

    binary = None

    def get_kernel_spec(self, kernel_name):
        if kernel_name == "bench-gonb":
            return KernelSpec(argv=[self.binary, "--kernel", "{connection_file}"], language="go", display_name="GoNB")
        return super().get_kernel_spec(kernel_name)


class Table:
    """Rows by kernel; a value that a kernel has no way to is a dash."""

    def __init__(self, kernels):
        self.kernels, self.rows = kernels, {}

    def set(self, what, kernel, value):
        self.rows.setdefault(what, {})[kernel] = value
        print(f"  {what}, {kernel}: {value}", file=sys.stderr)

    def markdown(self, aims):
        head = ["What", *self.kernels, "aim"]
        lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for what, values in self.rows.items():
            lines.append("| " + " | ".join([what, *(values.get(k, "–") for k in self.kernels), aims.get(what, "")]) + " |")
        return "\n".join(lines)


# Rows, in order, with the aim for ours.
START, FIRST = "start → kernel_info_reply", "start → first result"
NEW, HEAVY, SAME = "new cell", "new cell with snn and display", "unchanged cell again"
COMPLETE, INSPECT, INFO = "complete", "inspect", "kernel_info"
LINES, MEMORY = "100,000 printed lines", "private memory per new cell"
AIMS = {START: "100 ms", FIRST: "1 s", NEW: "250, p95 400 ms", HEAVY: "250, p95 400 ms", SAME: "20 ms", COMPLETE: "20, p95 100 ms",
        INSPECT: "20, p95 100 ms", INFO: "5 ms", LINES: "2 s", MEMORY: "0.5 MB"}


def measure(names, cells=20, memory_cells=100):
    """Measures the kernels in turns; returns the table."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        specs, env = Specs(), dict(os.environ, SPIKEBOOK_HISTORY="/dev/null")
        if "gonb" in names:
            specs.binary, why = gonb_binary(folder)
            if specs.binary is None:
                print(f"  GoNB {GONB} is not measured: {why}", file=sys.stderr)
                names = [n for n in names if n != "gonb"]
            else:
                env["PATH"] = os.pathsep.join([str(pathlib.Path(specs.binary).parent), env["PATH"]])
        ids = {"ours": "spikebook", "ipykernel": "python3", "gonb": "bench-gonb"}
        table = Table(names)

        def turns(what, times, work):
            """Runs work(kernel name, number) so many times for each kernel, alternating, after once without looking."""
            figures = {n: [] for n in names}
            for i in range(times + 1):
                for n in names:
                    if (seconds := work(n, i)) is not None and i > 0:
                        figures[n].append(seconds)
            for n in names:
                if figures[n]:
                    table.set(what, n, spread(figures[n]))

        def start(n):
            began = time.perf_counter()
            kernel = Kernel(ids[n], specs, env)
            ready = kernel.started
            kernel.run(LANGUAGES[n]["new"].format(i=1_000_000))
            return kernel, ready, time.perf_counter() - began

        for n in names:  # the first start of each reads its files from disk
            start(n)[0].stop()
        starts = {n: [] for n in names}
        for _ in range(5):
            for n in names:
                kernel, ready, first = start(n)
                starts[n].append((ready, first))
                kernel.stop()
        for n in names:
            table.set(START, n, spread([s[0] for s in starts[n]]))
        for n in names:
            table.set(FIRST, n, spread([s[1] for s in starts[n]]))
        running = {n: start(n)[0] for n in names}

        def cell(what):
            def work(n, i):
                code = LANGUAGES[n].get(what)
                return None if code is None else running[n].run(code.format(i=i))[0]
            return work

        def prepare(what):
            for n in names:
                if what in LANGUAGES[n]:
                    running[n].run(LANGUAGES[n][what].format(i=0))

        try:
            turns(NEW, cells, cell("new"))
            prepare("before heavy")
            turns(HEAVY, cells, cell("heavy"))
            prepare("before same")
            turns(SAME, cells, cell("same"))
            for what, code in ((COMPLETE, "complete"), (INSPECT, "inspect")):
                def work(n, i):
                    if code not in LANGUAGES[n]:
                        return None
                    text = LANGUAGES[n][code]
                    send = running[n].client.complete if code == "complete" else running[n].client.inspect
                    try:
                        return running[n].ask(lambda: send(text, len(text)), timeout=10)
                    except Exception:  # no reply
                        return None
                turns(what, cells, work)
            turns(INFO, cells, lambda n, i: running[n].ask(running[n].client.kernel_info))
            for n in names:
                seconds, text = running[n].run(LANGUAGES[n]["print"].format(i=0))
                lost = 100_000 - len(text.split())
                table.set(LINES, n, f"{seconds:.2f} s" + (f", {lost} lost" if lost else ""))
            for n in names:
                words = LANGUAGES[n]
                if "pid" not in words:
                    continue
                pid = int(running[n].run(words["pid"])[1].split()[-1])
                running[n].run(words["collect"])
                before = memory(pid)
                for i in range(memory_cells):
                    running[n].run(words["small"].format(i=i))
                running[n].run(words["collect"])
                own, files = ((now - was) / memory_cells / 1e6 for now, was in zip(memory(pid), before))
                table.set(MEMORY, n, f"{own:.2f} MB" + (f", and {files:.1f} MB of file pages" if files > 0.05 else ""))
        finally:
            for kernel in running.values():
                kernel.stop()
    return table


def main():
    args = [a for a in sys.argv[1:] if a != "--quick"]
    quick = "--quick" in sys.argv
    table = measure(args or ["ours", "ipykernel", "gonb"], cells=5 if quick else 20, memory_cells=20 if quick else 100)
    print(table.markdown(AIMS))
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the end")


if __name__ == "__main__":
    main()
