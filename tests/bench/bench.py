"""Timings: the kernel over the wire, and the tutorials beside their originals.

    make bench
    ANNARCHY_PYTHON=/path/to/python make bench    # a Python that has ANNarchy; likewise NENGO_PYTHON, NEST_PYTHON

Prints one table in Markdown. Nothing here passes or fails.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parents[2]
rows = []


def row(what, value, aim=""):
    rows.append((what, value, aim))
    print(f"  {what}: {value}", file=sys.stderr)


def spread(seconds):
    seconds = sorted(seconds)
    p95 = seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))]
    return f"{1000 * statistics.median(seconds):.0f} ms, p95 {1000 * p95:.0f} ms (n = {len(seconds)})"


class Kernel:
    def __init__(self):
        self.start = time.perf_counter()
        self.manager = KernelManager(kernel_name="spikebook")
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.ready = time.perf_counter() - self.start

    def run(self, code, timeout=300):
        """Executes a cell; returns seconds from request to idle, and the text it showed."""
        begin = time.perf_counter()
        request = self.client.execute(code)
        text = []
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
                raise RuntimeError("\n".join(content["traceback"]))
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return time.perf_counter() - begin, "".join(text)

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def private_memory(pid):
    """Private bytes of a process (not shared with the page cache)."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M))


def kernel():
    k = Kernel()
    row("kernel start → ready for requests", f"{k.ready:.2f} s")
    k.run("0")
    row("kernel start → first result", f"{time.perf_counter() - k.start:.2f} s", "1.5 s")
    row("new trivial cell, execute → idle", spread([k.run(f"x{i} := {i}")[0] for i in range(40)]), "350 ms")
    k.run("var net *snn.Network; var fig *display.Panel")
    row("new cell with snn and display", spread([k.run(
        f'net = snn.New("n{i}"); fig = display.Line(nil, []float64{{1, 2, {i}}})')[0] for i in range(30)]), "350 ms")
    row("the same with a picture drawn", spread([k.run(
        f'display.Line(nil, []float64{{1, 2, {i}}})')[0] for i in range(10)]))
    k.run("x0 + 1")
    row("unchanged cell again", spread([k.run("x0 + 1")[0] for _ in range(100)]), "20 ms")
    seconds, text = k.run("for i := range 100_000 {\n\tfmt.Println(i)\n}")
    assert text.split() == [str(i) for i in range(100_000)], "lines lost"
    row("100,000 printed lines", f"{seconds:.2f} s", "2 s")
    _, pid = k.run("os.Getpid()")
    k.run("runtime.GC(); debug.FreeOSMemory()")
    before = private_memory(int(pid))
    for i in range(200):
        k.run(f'fmt.Println("cell", {i})')
    k.run("runtime.GC(); debug.FreeOSMemory()")
    row("private memory per cell over 200 cells", f"{(private_memory(int(pid)) - before) / 200 / 1e6:.2f} MB", "3 MB")
    k.stop()


def bar_learning():
    text = subprocess.run(["go", "test", "-run", "^$", "-bench", "BarLearning|BuildCold", "-benchtime", "3x", "-count", "3", "./snn"],
                          cwd=ROOT, check=True, capture_output=True, text=True).stdout
    figures = {}
    for name, ns in re.findall(r"^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(\d+) ns/op", text, re.M):
        figures.setdefault(name, []).append(int(ns) / 1e9)
    for name, what, aim in (("BarLearning/cc", "bar learning, 10,000 trials with input and readout, cc", "1 s"),
                            ("BarLearning/ref", "the same, ref", "6 s"),
                            ("BuildCold", "C compile of the model, empty cache", "0.5 s")):
        row(what, f"{statistics.median(figures[name]):.2f} s", aim)
    python = os.environ.get("ANNARCHY_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import ANNarchy"], capture_output=True).returncode:
        row("the same, ANNarchy", "not installed (set ANNARCHY_PYTHON)")
        return
    with tempfile.TemporaryDirectory() as folder:
        # ANNarchy's build looks for tools of its own Python on the PATH.
        env = dict(os.environ, PATH=os.path.dirname(python) + os.pathsep + os.environ["PATH"], OMP_NUM_THREADS="1")
        out = subprocess.run([python, ROOT / "tests/bench/annarchy_bars.py", "10000", folder + "/build"],
                             cwd=folder, env=env, check=True, capture_output=True, text=True).stdout
    figure = json.loads(out.splitlines()[-1])
    row(f"the same, ANNarchy {figure['version']}, one thread", f"{figure['run']:.1f} s, after {figure['compile']:.1f} s of compiling")


def run_measured(command, **kwargs):
    """Runs a command; returns what it printed and the peak of its memory in bytes."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, **kwargs)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}:\n{text}")
    return text, 1024 * usage.ru_maxrss


def evidence_accumulation():
    with tempfile.TemporaryDirectory() as folder:
        binary = folder + "/eprop.test"
        subprocess.run(["go", "test", "-c", "-o", binary, "./snn/eprop"], cwd=ROOT, check=True)

        def bench(name, times):
            text, memory = run_measured([binary, "-test.run", "^$", "-test.bench", name, "-test.benchtime", times], cwd=ROOT)
            return int(re.search(r"\s(\d+)(?:\.\d+)? ns/op", text)[1]) / 1e9, memory

        seconds, memory = bench("^BenchmarkTutorial$", "5x")
        row("evidence accumulation, 5 iterations of 1 trial", f"{seconds:.3f} s, {memory / 1e6:.0f} MB", "0.1 s")
        seconds, memory = bench("^BenchmarkBatch32$/^draw=true$", "50x")
        row(f"the same, 50 iterations of 32 trials, {os.cpu_count()} cores", f"{50 * seconds:.1f} s, {memory / 1e6:.0f} MB", "25 s")
    python = os.environ.get("NEST_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import nest"], capture_output=True).returncode:
        row("the same, NEST", "not installed (set NEST_PYTHON)")
        return
    # All 50 iterations take NEST five minutes and more, so two are measured; later ones have more spikes and take longer.
    for iterations, batch, what in ((5, 1, "5 iterations of 1 trial"), (2, 32, "2 of 50 iterations of 32 trials")):
        out = subprocess.run([python, ROOT / "tests/bench/nest_eprop.py", str(iterations), str(batch)],
                             check=True, capture_output=True, text=True).stdout
        figure = json.loads(out.splitlines()[-1])
        seconds = figure["draw"] + figure["build"] + figure["run"]
        row(f"{what}, NEST {figure['version']}, one thread", f"{seconds:.1f} s, {figure['memory'] / 1e6:.0f} MB")


def associations():
    text = subprocess.run(["go", "test", "-run", "^$", "-bench", "TutorialA/.*/cc|Build/2000|LIF", "-count", "3", "./snn/nef"],
                          cwd=ROOT, check=True, capture_output=True, text=True).stdout
    figures = {}
    for name, ns in re.findall(r"^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(\d+) ns/op", text, re.M):
        figures.setdefault(name, []).append(int(ns) / 1e9)
    for name, what, aim in (("TutorialA/build/cc", "learning associations, build", "30 ms"),
                            ("TutorialA/run/cc", "learning associations, 3 s run, cc", "30 ms")):
        row(what, f"{1000 * statistics.median(figures[name]):.0f} ms", aim)
    row("two ensembles of 2,000 neurons, build", f"{statistics.median(figures['Build/2000']):.2f} s", "0.5 s")
    python = os.environ.get("NENGO_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import nengo"], capture_output=True).returncode:
        row("the same, Nengo", "not installed (set NENGO_PYTHON)")
        return
    out = subprocess.run([python, ROOT / "tests/bench/nengo_models.py"], check=True, capture_output=True, text=True).stdout
    figure = json.loads(out.splitlines()[-1])
    row(f"the same three, Nengo {figure['version']}", f"{1000 * figure['build']:.0f} ms, {1000 * figure['run']:.0f} ms, {figure['pairs']['2000']:.1f} s")


def main():
    parts = {"kernel": kernel, "bars": bar_learning, "nef": associations, "eprop": evidence_accumulation}
    for name in sys.argv[1:] or parts:
        parts[name]()
    print("| What | Measured | Aim |\n|---|---|---|")
    for what, value, aim in rows:
        print(f"| {what} | {value} | {aim} |")


main()
