"""Records what Nengo computes, for the tests of package nef.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install nengo==4.1.0 scipy scikit-learn
    OPENBLAS_NUM_THREADS=1 /tmp/venv/bin/python record.py [folder [networks]]

writes the cases that README.md lists under "Second recording", and their lines in
index.json; other cases are left alone.
"""

import json
import os
import sys

# The C library's exp and log, not NumPy's own for AVX-512 processors.
os.environ.setdefault(
    "NPY_DISABLE_CPU_FEATURES", "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
)

import nengo
import numpy as np

HERE = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
NETWORKS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
nengo.rc.set("decoder_cache", "enabled", "False")
nengo.rc.set("progress", "progress_bar", "False")
DT = 0.001

cases = {}


def case(name, title, arrays):
    """arrays: name -> (values, tolerance)."""
    out, index = {}, {}
    for key, (values, tolerance) in arrays.items():
        a = np.asarray(values)
        a = (a != 0).astype(np.uint8) if tolerance == "spikes" else np.array(a, dtype="<f8", order="C")
        if a.ndim == 0:
            a = a.reshape(1)
        out[key] = a
        index[key] = {"shape": list(a.shape), "tolerance": tolerance}
    np.savez_compressed(os.path.join(HERE, name + ".npz"), **out)
    cases[name] = {"title": title, "arrays": index}


def simulate(net, seconds, dt=DT):
    sim = nengo.Simulator(net, dt=dt, optimize=False)
    sim.run(seconds)
    return sim


# --- networks drawn at random, described in random_networks.json --------------------


def functions():
    return {
        "square": lambda x: x**2,
        "sum": lambda x: [np.sum(x)],
        "zero2": lambda x: [0.0, 0.0],
    }


TYPES = {
    "LIF": nengo.LIF,
    "LIFRate": nengo.LIFRate,
    "AdaptiveLIF": nengo.AdaptiveLIF,
    "AdaptiveLIFRate": nengo.AdaptiveLIFRate,
    "RectifiedLinear": nengo.RectifiedLinear,
    "SpikingRectifiedLinear": nengo.SpikingRectifiedLinear,
    "Sigmoid": nengo.Sigmoid,
    "Tanh": nengo.Tanh,
    "Izhikevich": nengo.Izhikevich,
    "RegularSpiking": lambda: nengo.RegularSpiking(nengo.LIFRate()),
    "StochasticSpiking": lambda: nengo.StochasticSpiking(nengo.LIFRate()),
    "PoissonSpiking": lambda: nengo.PoissonSpiking(nengo.RectifiedLinear()),
    "Direct": nengo.Direct,
}


def synapse(s):
    if s is None:
        return None
    if s[0] == "lowpass":
        return nengo.Lowpass(s[1])
    if s[0] == "alpha":
        return nengo.Alpha(s[1])
    if s[0] == "triangle":
        return nengo.synapses.Triangle(s[1])
    if s[0] == "linear":
        return nengo.LinearFilter(s[1], s[2], method=s[3])
    return nengo.LinearFilter(s[1], s[2], analog=False)


def process(p):
    seed = p.get("seed")
    gauss = nengo.dists.Gaussian(0, p.get("std", 1))
    return {
        "white_noise": lambda: nengo.processes.WhiteNoise(gauss, seed=seed),
        "filtered_noise": lambda: nengo.processes.FilteredNoise(synapse(p.get("synapse")), gauss, seed=seed),
        "brown_noise": lambda: nengo.processes.BrownNoise(gauss, seed=seed),
        "white_signal": lambda: nengo.processes.WhiteSignal(
            p.get("period"), p.get("high"), rms=p.get("rms"), y0=p.get("y0"), seed=seed
        ),
        "piecewise": lambda: nengo.processes.Piecewise(
            {t: v for t, v in p.get("pieces")}, interpolation=p.get("interpolation")
        ),
        "present_input": lambda: nengo.processes.PresentInput(p.get("rows"), p.get("each")),
    }[p["kind"]]()


def build(spec):
    f = functions()
    with nengo.Network(seed=spec["seed"]) as top:
        pass
    nets = [top]
    for parent in spec["networks"]:
        with nets[parent]:
            nets.append(nengo.Network())
    objects = {}
    for i, o in enumerate(spec["objects"]):
        with nets[o["net"]]:
            if o["kind"] == "ensemble":
                extra = {}
                if o["type"] == "Izhikevich":
                    extra = dict(max_rates=nengo.dists.Uniform(20, 40))
                if o["noise"]:
                    extra["noise"] = process(o["noise"])
                objects[i] = nengo.Ensemble(
                    o["n"], o["d"], neuron_type=TYPES[o["type"]](), radius=o["radius"], seed=o["seed"], **extra
                )
            elif o["kind"] == "constant":
                objects[i] = nengo.Node(o["values"])
            elif o["kind"] == "pass":
                objects[i] = nengo.Node(size_in=o["size"])
            elif o["kind"] == "time":
                objects[i] = nengo.Node(
                    lambda t, k=o["size"]: [(t * 10 * (j + 1)) % 1 - 0.5 for j in range(k)], size_in=0, size_out=o["size"]
                )
            elif o["kind"] == "input":
                objects[i] = nengo.Node(lambda t, x: x * x + t, size_in=o["size"], size_out=o["size"])
            else:
                objects[i] = nengo.Node(process(o), size_out=o["size"])

    rules = {}

    def end(e):
        if "rule" in e:
            return rules[e["rule"]]
        obj = objects[e["object"]]
        if e.get("neurons"):
            obj = obj.neurons
        if e.get("slice"):
            obj = obj[slice(*e["slice"])]
        elif e.get("list"):
            obj = obj[e["list"]]
        return obj

    lines = []
    for i, c in enumerate(spec["connections"]):
        extra = {}
        if c.get("function"):
            extra["function"] = f[c["function"]]
        if c.get("transform") is not None:
            extra["transform"] = c["transform"]
        if c.get("weights"):
            extra["solver"] = nengo.solvers.LstsqL2(weights=True)
        if c.get("rule"):
            r = c["rule"]
            extra["learning_rule_type"] = {
                "PES": lambda: nengo.PES(r["rate"], pre_synapse=synapse(r["pre"])),
                "Voja": lambda: nengo.Voja(r["rate"], post_synapse=synapse(r["pre"])),
                "Oja": lambda: nengo.Oja(r["rate"], pre_synapse=synapse(r["pre"])),
                "BCM": lambda: nengo.BCM(r["rate"], pre_synapse=synapse(r["pre"]), theta_synapse=0.05),
                "RLS": lambda: nengo.RLS(r["rate"], pre_synapse=synapse(r["pre"])),
            }[r["kind"]]()
        with nets[c["net"]]:
            conn = nengo.Connection(end(c["pre"]), end(c["post"]), synapse=synapse(c["synapse"]), **extra)
        lines.append(conn)
        if c.get("rule"):
            rules[i] = conn.learning_rule
    probes = []
    for p in spec["probes"]:
        with nets[p["net"]]:
            target = lines[p["connection"]] if "connection" in p else end(p)
            probes.append(nengo.Probe(target, p.get("attr"), synapse=synapse(p["synapse"])))
    return top, probes


def draw(seed):
    """A network drawn from a generator; every choice has a meaning in both languages."""
    r = np.random.RandomState(seed)
    pick = lambda *xs: xs[r.randint(len(xs))]
    spec = {"seed": int(r.randint(1000)), "networks": [], "objects": [], "connections": [], "probes": []}
    for _ in range(r.randint(3)):
        spec["networks"].append(int(r.randint(len(spec["networks"]) + 1)))
    nets = len(spec["networks"]) + 1

    def syn():
        return pick(
            ["lowpass", 0.005], ["lowpass", 0.0], ["lowpass", 0.02], ["alpha", 0.01], ["triangle", 0.004],
            ["linear", [0.01, 1], [0.02, 1], "zoh"], ["linear", [1], [1e-6, 3e-4, 3e-2, 1], "bilinear"],
            ["linear", [1], [0.01, 1], "euler"], ["discrete", [0.5, 0.25], [1, -0.5]],
        )

    def proc(kind):
        p = {"kind": kind, "seed": pick(None, None, int(r.randint(100)))}
        if kind in ("white_noise", "filtered_noise", "brown_noise"):
            p["std"] = pick(0.02, 0.05)
            if kind == "filtered_noise":
                p["synapse"] = syn()
        if kind == "white_signal":
            # A single wave comes equally close to 0 twice a period, so y0 needs several.
            p.update(period=pick(0.05, 0.126, 1.001), high=pick(30, 100), rms=pick(0.5, 0.25), y0=pick(None, 0, 0.3))
            if p["period"] * p["high"] < 2:
                p["y0"] = None
        return p

    sources, passes, inputs, ensembles = [], [], [], []
    for _ in range(r.randint(6, 13)):
        net, i = int(r.randint(nets)), len(spec["objects"])
        kind = pick(
            "constant", "time", "pass", "pass", "input", "ensemble", "ensemble", "ensemble", "ensemble",
            "white_noise", "filtered_noise", "brown_noise", "white_signal", "piecewise", "present_input",
        )
        size = int(r.randint(1, 4))
        o = {"net": net, "kind": kind, "size": size}
        if kind == "constant":
            o["values"] = [round(float(v), 3) for v in r.uniform(-1, 1, size)]
        elif kind == "ensemble":
            noise = pick(None, None, proc("white_noise"), proc("filtered_noise"))
            o.update(
                n=int(r.randint(8, 20)), d=size, type=pick(*(["LIF"] * 8 + list(TYPES))), radius=pick(1, 1, 1.5),
                seed=pick(None, None, int(r.randint(1000))), noise=noise,
            )
            if o["type"] == "Direct":
                o["noise"] = None
        elif kind in ("white_noise", "filtered_noise", "brown_noise", "white_signal"):
            o.update(proc(kind))
        elif kind == "piecewise":
            times = sorted(round(float(t), 4) for t in r.uniform(0, 0.06, 5))
            o["pieces"] = [[t, [round(float(v), 3) for v in r.uniform(-1, 1, size)]] for t in times]
            o["interpolation"] = pick("zero", "zero", "nearest", "linear", "quadratic", "cubic", "slinear")
        elif kind == "present_input":
            o["rows"] = [[round(float(v), 3) for v in r.uniform(-1, 1, size)] for _ in range(3)]
            o["each"] = pick(0.01, 0.0073, 0.0155)
        spec["objects"].append(o)
        {"ensemble": ensembles, "pass": passes, "input": inputs}.get(kind, sources).append(i)
    size = lambda i: spec["objects"][i]["size"]

    def part(i, e, n):
        """Perhaps some of n elements."""
        how = r.randint(5) if n > 1 else 0
        if how == 3:
            e["slice"] = pick([0, n - 1], [1, None], [None, None, -1], [0, None, 2])
            return len(range(n)[slice(*e["slice"])])
        if how == 4:
            e["list"] = [int(v) for v in r.permutation(n)[: r.randint(2, 4)]]
            if r.randint(3) == 0:
                e["list"][0] -= n
            return len(e["list"])
        return n

    def matrix(rows, cols, scale=1.0):
        return [[round(float(v), 4) for v in row] for row in r.uniform(-scale, scale, (rows, cols))]

    rules = []
    for _ in range(r.randint(8, 18)):
        pre = int(pick(*(sources + passes + inputs + ensembles * 2)))
        if not (passes + inputs + ensembles):
            break
        post = int(pick(*(passes + inputs + ensembles * 3)))
        a, b = spec["objects"][pre], spec["objects"][post]
        c = {"net": int(r.randint(nets)), "pre": {"object": pre}, "post": {"object": post}, "synapse": syn()}
        if pre in sources and r.randint(3) == 0:
            c["synapse"] = None
        pre_neurons = a["kind"] == "ensemble" and a["type"] != "Direct" and r.randint(5) == 0
        post_neurons = b["kind"] == "ensemble" and b["type"] != "Direct" and r.randint(5) == 0
        n_in, n_out = size(pre), size(post)
        if pre_neurons:
            c["pre"]["neurons"], n_in = True, a["n"]
        if post_neurons:
            c["post"]["neurons"], n_out = True, b["n"]
        n_in = part(pre, c["pre"], n_in)
        n_out = part(post, c["post"], n_out)
        mid = n_in
        if not pre_neurons and a["kind"] != "pass" and r.randint(3) == 0:
            c["function"] = pick("square", "sum", "zero2")
            mid = {"square": n_in, "sum": 1, "zero2": 2}[c["function"]]
        decoded = a["kind"] == "ensemble" and a["type"] != "Direct" and not pre_neurons
        repeated = "list" in c["post"] and len(set(v % 1000 for v in c["post"]["list"])) < len(c["post"]["list"])
        scale = 1e-3 if pre_neurons else 0.3
        if mid != n_out or pre_neurons or r.randint(2) == 0:
            c["transform"] = matrix(n_out, mid, scale)
        elif r.randint(2) == 0:
            c["transform"] = pick(0.5, [0.25] * mid)
        if decoded and b["kind"] == "ensemble" and b["type"] != "Direct" and not post_neurons and r.randint(4) == 0:
            c["weights"] = True
        whole_pre = not ("slice" in c["pre"] or "list" in c["pre"])
        whole_post = not ("slice" in c["post"] or "list" in c["post"])
        to_neurons = post_neurons or c.get("weights")
        kinds = []
        if decoded or pre_neurons and isinstance(c.get("transform"), list) and isinstance(c["transform"][0], list):
            if not (to_neurons and "list" in c["post"]):
                kinds.append("PES")
            if not to_neurons and whole_pre:
                kinds.append("RLS")
        if c.get("weights") or pre_neurons and post_neurons and whole_pre and whole_post:
            kinds += ["Oja", "BCM"]
        if b["kind"] == "ensemble" and b["type"] != "Direct" and not to_neurons:
            kinds.append("Voja")
        if kinds and r.randint(2) == 0:
            kind = pick(*kinds)
            rate = {"PES": 1e-3, "RLS": 1e-3, "Oja": 1e-6, "BCM": 1e-9, "Voja": 1e-2}[kind]
            c["rule"] = {"kind": kind, "rate": rate, "pre": pick(None, syn(), ["lowpass", 0.005])}
            if kind in ("Oja", "BCM", "RLS"):
                c["rule"]["pre"] = ["lowpass", 0.005]
            if kind in ("PES", "RLS"):
                rules.append((len(spec["connections"]), b["d"] if post_neurons else n_out))
            if kind == "Voja":
                rules.append((len(spec["connections"]), 1))
        spec["connections"].append(c)
    for at, n in rules:
        pre = int(pick(*(sources + ensembles + passes) or [0]))
        c = {"net": 0, "pre": {"object": pre}, "post": {"rule": at}, "synapse": syn(), "transform": matrix(n, size(pre), 0.5)}
        spec["connections"].append(c)
    for i in range(len(spec["objects"])):
        o = spec["objects"][i]
        spec["probes"].append({"net": o["net"], "object": i, "synapse": pick(None, None, syn())})
        if o["kind"] == "ensemble" and o["type"] != "Direct":
            spec["probes"].append({"net": o["net"], "object": i, "neurons": True, "synapse": None})
            spec["probes"].append({"net": 0, "object": i, "neurons": True, "attr": "input", "synapse": None})
    for i in range(len(spec["connections"])):
        if r.randint(2):
            spec["probes"].append({"net": 0, "connection": i, "synapse": None})
    return spec


def random_networks(count=NETWORKS, steps=60):
    specs, arrays, seed = [], {}, 0
    while len(specs) < count:
        seed += 1
        spec = draw(seed)
        try:
            net, probes = build(spec)
            sim = simulate(net, steps * DT)
        except (nengo.exceptions.NengoException, ValueError, AssertionError, NotImplementedError, FloatingPointError) as err:
            print("seed", seed, "not a network:", type(err).__name__, str(err)[:90])
            continue
        if any(not np.all(np.abs(sim.data[p]) < 1e6) for p in probes):
            print("seed", seed, "grows without bounds")
            continue
        k = len(specs)
        specs.append(spec)
        for i, p in enumerate(probes):
            arrays[f"{k}_{i}"] = (sim.data[p], "value")
    case("random_networks", "networks drawn at random", arrays)
    with open(os.path.join(HERE, "random_networks.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(s, separators=(",", ":")) for s in specs) + "\n]\n")


# --- solvers ------------------------------------------------------------------------


def more_solvers():
    S, L = nengo.solvers, nengo.utils.least_squares_solvers
    values = np.round(np.random.RandomState(3).uniform(-1e-3, 1e-3, (30, 2)), 6)
    cases = {
        "conjgrad": S.LstsqL2(solver=L.Conjgrad()),
        "conjgrad_fine": S.LstsqL2(solver=L.Conjgrad(tol=1e-4)),
        "conjgrad_three": S.LstsqL2(solver=L.Conjgrad(tol=1e-4, maxiters=3)),
        "block_conjgrad": S.LstsqL2(solver=L.BlockConjgrad(tol=1e-3)),
        "svd": S.LstsqL2(reg=0.02, solver=L.SVD()),
        "l2nz_conjgrad": S.LstsqL2nz(solver=L.Conjgrad(tol=1e-4)),
        "noise_svd": S.LstsqNoise(solver=L.SVD()),
        "multnoise_svd": S.LstsqMultNoise(solver=L.SVD()),
        "nnlsl2nz": S.NnlsL2nz(),
        "l1": S.LstsqL1(),
        "l1_strong": S.LstsqL1(l1=0.01, l2=1e-3),
        "no_solver_zeros": S.NoSolver(),
        "no_solver": S.NoSolver(values),
    }
    weights = {
        "drop": S.LstsqDrop(weights=True),
        "nnls": S.Nnls(weights=True),
        "nnlsl2": S.NnlsL2(weights=True),
        "nnlsl2nz": S.NnlsL2nz(weights=True),
        "lstsq": S.Lstsq(weights=True),
        "l2nz": S.LstsqL2nz(weights=True),
        "noise": S.LstsqNoise(weights=True),
        "no_solver": S.NoSolver(values, weights=True),
    }
    arrays = {"no_solver_values": (values, "exact")}

    def add(name, **extra):
        with nengo.Network(seed=1) as net:
            pre = nengo.Ensemble(30, 2, seed=21)
            if name.startswith("weights_"):
                post = nengo.Ensemble(25, 2, radius=1.5, seed=22)
                extra["transform"] = [[1, 0], [0, 1]]
                if "sliced" in name:
                    post, extra["transform"] = post[1], [[0.5, -1]]
            else:
                post = nengo.Node(size_in=extra.pop("size", 2))
            c = nengo.Connection(pre, post, seed=31, **extra)
        built = nengo.Simulator(net, optimize=False).data[c]
        arrays[name] = (built.weights, "value" if name.startswith("l1") else "scaled")

    for k, v in cases.items():
        add(k, solver=v)
    for k, v in weights.items():
        add("weights_" + k, solver=v)
    add("weights_sliced_drop", solver=weights["drop"])
    # A function known at some points.
    points = np.round(np.random.RandomState(4).uniform(-1, 1, (60, 2)), 3)
    arrays["points"] = (points, "exact")
    arrays["point_values"] = (np.round(points[:, :1] * points[:, 1:], 6), "exact")
    add("function_points", eval_points=points, function=arrays["point_values"][0], size=1)
    # Points of the connection are as many as the formula says, not as the ensemble's.
    with nengo.Network(seed=1) as net:
        pre = nengo.Ensemble(30, 1, seed=21, eval_points=[[-1.0], [0.0], [1.0]])
        c = nengo.Connection(pre, nengo.Node(size_in=1), seed=31, eval_points=nengo.dists.Uniform(-1, 1))
    built = nengo.Simulator(net, optimize=False).data[c]
    arrays["connection_points"] = (built.eval_points, "value")
    arrays["connection_points_weights"] = (built.weights, "scaled")
    case("dec_more", "other solvers and ways to give functions", arrays)


# --- transforms ---------------------------------------------------------------------


def transforms():
    arrays = {}
    U = nengo.dists.Uniform
    conv = {
        "valid": dict(n_filters=2, input_shape=(5, 6, 3)),
        "same_strided": dict(n_filters=3, input_shape=(5, 6, 2), padding="same", strides=(2, 3), kernel_size=(4, 3)),
        "valid_strided": dict(n_filters=2, input_shape=(7, 6, 1), strides=(2, 2), kernel_size=(2, 3)),
        "line": dict(n_filters=2, input_shape=(9, 2), kernel_size=(3,), strides=(2,)),
        "line_same": dict(n_filters=1, input_shape=(8, 1), kernel_size=(4,), strides=(3,), padding="same"),
        "channels_first": dict(n_filters=2, input_shape=(3, 5, 4), channels_last=False, padding="same"),
        "groups": dict(n_filters=4, input_shape=(4, 4, 6), groups=2, init=nengo.dists.Gaussian(0, 1)),
    }
    transposed = {
        "t_valid": dict(n_filters=2, input_shape=(3, 4, 3)),
        "t_strided": dict(n_filters=3, input_shape=(3, 2, 2), strides=(2, 3), kernel_size=(4, 3)),
        "t_same": dict(n_filters=2, input_shape=(3, 4, 1), strides=(2, 1), kernel_size=(4, 2), padding="same"),
        "t_output": dict(n_filters=2, input_shape=(3, 3, 1), strides=(2, 2), output_shape=(8, 7, 2)),
        "t_line": dict(n_filters=1, input_shape=(4, 2), kernel_size=(3,), strides=(2,), padding="same"),
        "t_channels_first": dict(n_filters=2, input_shape=(3, 2, 3), channels_last=False),
    }
    indices = [[0, 1], [2, 3], [2, 0], [1, 2], [2, 3]]
    made = {k: nengo.Convolution(**v) for k, v in conv.items()}
    made.update({k: nengo.ConvolutionTranspose(**v) for k, v in transposed.items()})
    made["sparse"] = nengo.Sparse((3, 4), indices=indices, init=[0.5, -1, 2, 0.25, 4])
    made["sparse_drawn"] = nengo.Sparse((3, 4), indices=indices, init=U(-1, 1))
    made["dense_drawn"] = nengo.Dense((3, 4), init=U(-1, 1))
    for k, t in made.items():
        x = np.round(np.random.RandomState(len(k)).uniform(-1, 1, t.size_in), 3)
        with nengo.Network(seed=5) as net:
            u, v = nengo.Node(x), nengo.Node(size_in=t.size_out)
            c = nengo.Connection(u, v, transform=t, synapse=None, seed=7)
            p = nengo.Probe(v)
        sim = simulate(net, DT)
        w = sim.data[c].weights
        w = w.toarray() if hasattr(w, "toarray") else w
        arrays[k + "_in"] = (x, "exact")
        arrays[k + "_out"] = (sim.data[p], "value")
        arrays[k + "_weights"] = (w, "exact")
    case("transforms", "sparse, drawn and convolution transforms", arrays)


# --- filters off line ---------------------------------------------------------------


def filters():
    u = np.round(np.random.RandomState(9).uniform(-1, 1, (80, 2)), 4)
    arrays = {"u": (u, "exact")}
    fifth = ([1.0], list(np.poly([-100.0, -150, -200, -120, -80]) / np.poly([-100.0, -150, -200, -120, -80])[-1]))
    delay = ([0.0001, -0.02, 1], [0.0001, 0.02, 1])
    lead = ([0.01, 1], [0.0009, 0.06, 1])
    arrays["fifth_den"] = (fifth[1], "exact")
    for name, (num, den) in {"fifth": fifth, "delay": delay, "lead": lead}.items():
        for method in ("zoh", "euler", "backward_diff", "bilinear"):
            f = nengo.LinearFilter(num, den, method=method)
            arrays[f"{name}_{method}"] = (f.filt(u, dt=DT), "value")
            arrays[f"{name}_{method}_from"] = (f.filt(u, dt=DT, y0=0.5), "value")
        arrays[name + "_both"] = (f.filtfilt(u, dt=DT), "value")
        frequencies = np.array([0.0, 1.0, 10.0, 100.0])
        y = f.evaluate(frequencies)
        arrays[name + "_evaluate"] = (np.stack([y.real, y.imag], 1), "value")
    both = nengo.Lowpass(0.01).combine(nengo.Alpha(0.005))
    arrays["combined"] = (both.filt(u, dt=DT), "value")
    discrete = nengo.LinearFilter([0.2, 0.1, 0.05], [1, -0.9, 0.2, 0.01], analog=False)
    arrays["discrete"] = (discrete.filt(u, dt=DT), "value")
    arrays["discrete_from"] = (discrete.filt(u, dt=DT, y0=0.5), "value")
    y = discrete.evaluate(np.array([0.0, 0.1, 0.5]))
    arrays["discrete_evaluate"] = (np.stack([y.real, y.imag], 1), "value")
    arrays["triangle_from"] = (nengo.synapses.Triangle(0.01).filt(u, dt=DT, y0=0.5), "value")
    case("filters", "linear filters of other orders and methods, off line", arrays)


# --- Izhikevich neurons -------------------------------------------------------------


def izhikevich():
    with nengo.Network(seed=2) as net:
        u = nengo.Node(nengo.processes.Piecewise({0: [0.5, -0.25], 0.05: [-0.5, 0.75]}))
        a = nengo.Ensemble(20, 2, neuron_type=nengo.Izhikevich(), max_rates=nengo.dists.Uniform(20, 60))
        b = nengo.Ensemble(
            15, 1, neuron_type=nengo.Izhikevich(reset_recovery=6), gain=np.linspace(2, 9, 15), bias=np.linspace(3, 8, 15)
        )
        nengo.Connection(u, a, synapse=None)
        ab = nengo.Connection(a, b, function=lambda x: x[0] * x[1])
        probes = {"decoded": nengo.Probe(b, synapse=0.02), "spikes_a": nengo.Probe(a.neurons), "spikes_b": nengo.Probe(b.neurons)}
        probes["input_b"] = nengo.Probe(b.neurons, "input")
    sim = simulate(net, 0.1)
    arrays = {k: (sim.data[p], "spikes" if "spikes" in k else "value") for k, p in probes.items()}
    for k, e in {"a": a, "b": b}.items():
        for name, tol in {"gain": "gain", "bias": "gain", "max_rates": "gain", "intercepts": "gain"}.items():
            arrays[f"{k}_{name}"] = (getattr(sim.data[e], name), tol)
    arrays["weights"] = (sim.data[ab].weights, "scaled")
    case("izhikevich", "ensembles of Izhikevich neurons, gains searched and given", arrays)


# --- spikes of rates that adapt -----------------------------------------------------


def adaptive_spiking():
    base = nengo.AdaptiveLIFRate(tau_n=0.05, inc_n=0.02)
    arrays = {}
    with nengo.Network(seed=6) as net:
        u = nengo.Node(nengo.processes.WhiteSignal(0.1, 20, seed=1))
        probes = {}
        for name, t in {"regular": nengo.RegularSpiking, "stochastic": nengo.StochasticSpiking, "poisson": nengo.PoissonSpiking}.items():
            e = nengo.Ensemble(12, 1, neuron_type=t(base))
            nengo.Connection(u, e)
            probes[name + "_output"] = nengo.Probe(e.neurons)
            probes[name + "_rate_out"] = nengo.Probe(e.neurons, "rate_out")
            probes[name + "_adaptation"] = nengo.Probe(e.neurons, "adaptation")
            probes[name + "_decoded"] = nengo.Probe(e, synapse=0.01)
    sim = simulate(net, 0.1)
    case("adaptive_spiking", "RegularSpiking, StochasticSpiking and PoissonSpiking of AdaptiveLIFRate", {k: (sim.data[p], "value") for k, p in probes.items()})


if __name__ == "__main__":
    adaptive_spiking()
    random_networks()
    more_solvers()
    transforms()
    filters()
    izhikevich()
    path = os.path.join(HERE, "index.json")
    index = {}
    if os.path.exists(path):
        with open(path) as f:
            index = json.load(f)["cases"]
    index.update(cases)
    with open(path, "w") as f:
        lines = [json.dumps(c) + ":" + json.dumps(index[c], separators=(",", ":"), ensure_ascii=False) for c in sorted(index)]
        f.write('{"cases":{\n' + ",\n".join(lines) + "\n}}\n")
