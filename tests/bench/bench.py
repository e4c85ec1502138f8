"""Timings: the kernel over the wire, and the tutorials beside their originals.

    make bench
    ANNARCHY_PYTHON=/path/to/python make bench    # a Python that has ANNarchy; likewise NENGO_PYTHON, NEST_PYTHON, BRIAN2_PYTHON, PYGENN_PYTHON

Prints tables in Markdown: latency beside other kernels (latency.py), then what has no like. Nothing here
passes or fails.
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

import latency
from jupyter_client.kernelspec import KernelSpecManager

ROOT = pathlib.Path(__file__).resolve().parents[2]
rows = []


def row(what, value, aim=""):
    rows.append((what, value, aim))
    print(f"  {what}: {value}", file=sys.stderr)


def spread(seconds):
    seconds = sorted(seconds)
    p95 = seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))]
    return f"{1000 * statistics.median(seconds):.0f} ms, p95 {1000 * p95:.0f} ms (n = {len(seconds)})"


def kernel():
    began = time.perf_counter()
    k = latency.Kernel("spikebook", KernelSpecManager())
    row("kernel start → ready for requests", f"{time.perf_counter() - began:.2f} s")
    k.run("0")
    row("kernel start → first result", f"{time.perf_counter() - began:.2f} s", "1.5 s")
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
    before = sum(latency.memory(int(pid)))
    for i in range(200):
        k.run(f'fmt.Println("cell", {i})')
    k.run("runtime.GC(); debug.FreeOSMemory()")
    row("private memory per cell over 200 cells", f"{(sum(latency.memory(int(pid))) - before) / 200 / 1e6:.2f} MB", "3 MB")
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
    def bench(pattern, times, count):
        """Lines of `go test -bench`, each a dictionary of unit and value, by name."""
        text = subprocess.run(["go", "test", "-run", "^$", "-bench", pattern, "-benchtime", times, "-count", count, "./snn/nef"],
                              cwd=ROOT, check=True, capture_output=True, text=True).stdout
        lines = {}
        for name, values in re.findall(r"^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$", text, re.M):
            lines.setdefault(name, []).append({unit: float(n) for n, unit in re.findall(r"([\d.]+) (\S+)", values)})
        return lines

    figures = bench("TutorialA/.*/cc|Build/2000|LIF/cc", "1s", "3")
    figures.update(bench("Build/5000|Convolution", "1x", "1"))

    def median(name, unit="ns/op"):
        return statistics.median(line[unit] for line in figures[name])

    python = os.environ.get("NENGO_PYTHON", sys.executable)
    nengo = None
    if subprocess.run([python, "-c", "import nengo"], capture_output=True).returncode == 0:
        # The largest networks take Nengo some minutes.
        out = subprocess.run([python, ROOT / "tests/bench/nengo_models.py", "long"], check=True, capture_output=True, text=True).stdout
        nengo = json.loads(out.splitlines()[-1])
    else:
        row("the next rows in Nengo", "not installed (set NENGO_PYTHON)")

    def beside(what, value, theirs, aim=""):
        row(what, value if nengo is None else f"{value}; Nengo {nengo['version']}: {theirs(nengo)}", aim)

    beside("learning associations, build", f"{median('TutorialA/build/cc') / 1e6:.0f} ms", lambda n: f"{1000 * n['build']:.0f} ms", "30 ms")
    beside("learning associations, 3 s run, cc", f"{median('TutorialA/run/cc') / 1e6:.0f} ms", lambda n: f"{1000 * n['run']:.0f} ms", "30 ms")
    for neurons, aim in (("2000", "0.5 s"), ("5000", "6 s")):
        beside(f"two ensembles of {int(neurons):,} neurons, build", f"{median('Build/' + neurons) / 1e9:.2f} s",
               lambda n: f"{n['pairs'][neurons]:.1f} s", aim)
    beside("LIF neurons alone, 100,000, cc", f"{median('LIF/cc', 'ns/neuron-step'):.1f} ns a neuron and step", lambda n: f"{n['lif']:.0f} ns", "3 ns")
    for size in ("100x50", "200x100", "500x500"):
        neurons, d = size.split("x")
        name = "Convolution/" + size
        beside(f"circular convolution, {d} dimensions of {neurons} neurons, build and 1 s, cc",
               f"{median(name, 'build-s'):.1f} s, {median(name, 'run-s/sim-s'):.2f} s",
               lambda n: "{:.1f} s, {:.1f} s".format(*n["convolutions"][size]))


def spiking():
    def go(program, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            binary = folder + "/bench"
            subprocess.run(["go", "build", "-o", binary, "./tests/bench/" + program], cwd=ROOT, check=True)
            return run_measured([binary, *arguments], cwd=ROOT)

    def python(variable, module):
        """The Python that has a simulator, or None."""
        path = os.environ.get(variable, sys.executable)
        if subprocess.run([path, "-c", "import " + module], capture_output=True).returncode == 0:
            return path
        row(f"the next rows in {module}", f"not installed (set {variable})")

    def other(path, script, model):
        """What a script measures, with a folder for its build."""
        with tempfile.TemporaryDirectory() as folder:
            out = subprocess.run([path, ROOT / "tests/bench" / script, model, folder + "/build"], check=True, capture_output=True, text=True).stdout
        return json.loads(out.splitlines()[-1])

    genn, brian = python("PYGENN_PYTHON", "pygenn"), python("BRIAN2_PYTHON", "brian2")
    figures = json.loads(go("mushroom")[0])
    theirs = other(genn, "genn_models.py", "mushroom") if genn else {}
    for what, aim in (("train, one thread", "400"), ("train, two threads", "700"), ("test, one thread", "450"), ("test, two copies", "900"),
                      ("train, pure Go", "40")):
        name, _, threads = what.partition(", ")
        beside = f"; PyGeNN {theirs['version']}, CPU: {theirs[name]:.0f}" if genn and threads == "one thread" else ""
        row(f"mushroom body: {what}", f"{figures[what]:.0f} images/s{beside}", aim)
    for model in ("cuba", "coba", "cobahh", "va"):
        text, _ = go("cobabench", "-model", model, "-time", "2s")
        made, seconds, rate = (re.search(pattern, text)[1] for pattern in (r"made in ([\d.]+) s", r"([\d.]+) s per", r"([\d.]+) Hz exc"))
        theirs = ""
        if brian and model != "va":
            figure = other(brian, "brian2_models.py", model)
            theirs = f"; Brian2 {figure['version']}: {figure['run']:.3f} s, {figure['all'] - 2 * figure['run']:.0f} s around it, {figure['rate']:.1f} Hz"
        if genn and model != "cobahh":
            figure = other(genn, "genn_models.py", model)
            theirs += f"; PyGeNN {figure['version']}, CPU: {figure['run']:.3f} s, {figure['build']:.0f} s around it, {figure['rate']:.1f} Hz"
        row(f"{model.upper()}, 4,000 neurons, a biological second", f"{seconds} s, made in {made} s, {rate} Hz{theirs}")
    for scale, duration in (("0.1", "1s"), ("1", "200ms")):
        text, memory = go("microcircuit", "-scale", scale, "-time", duration)
        row(f"cortical microcircuit at scale {scale}, a biological second", "; ".join(text.splitlines()[:3]) + f"; {memory / 1e9:.1f} GB")


def beside_others():
    """A table of its own: ours, ipykernel and GoNB."""
    names = ["ours", "ipykernel", "gonb"]
    print(latency.measure(names).markdown(latency.AIMS), end="\n\n")


def main():
    parts = {"latency": beside_others, "kernel": kernel, "bars": bar_learning, "spiking": spiking, "nef": associations, "eprop": evidence_accumulation}
    for name in sys.argv[1:] or parts:
        parts[name]()
    print("| What | Measured | Aim |\n|---|---|---|")
    for what, value, aim in rows:
        print(f"| {what} | {value} | {aim} |")


main()
