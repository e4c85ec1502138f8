"""Records the networks that Nengo ships, and two that are made of single ensembles: the cases net_*.npz of this folder.

    pip install nengo==4.1.0 scipy
    python3 record_networks.py [FOLDER]      writes the cases and their lines of index.json, beside itself by default

Spikes of every neuron in every step, gains, biases and decoders of every ensemble, the seeds of every object, and filtered
outputs. Ensembles and connections are in depth-first order: those of a network, then those of its subnetworks in order.
NumPy is told to do without AVX-512, so that exp, log and the like are those of the C library.
"""

import io
import json
import os
import pathlib
import sys
import zipfile

os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import nengo  # noqa: E402
import numpy as np  # noqa: E402

nengo.rc["decoder_cache"]["enabled"] = "False"
FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
FOLDER = FOLDER if FOLDER.is_dir() else FOLDER.parent



def of_time(values):
    """A function that keeps each value from its moment on: 0 before the first."""
    times = sorted(values)
    size = len(np.atleast_1d(values[times[0]]))

    def f(t):
        now = [u for u in times if u <= t]
        return np.atleast_1d(values[now[-1]]) if now else np.zeros(size)

    return f


def networks(net):
    yield net
    for sub in net.networks:
        yield from networks(sub)


def record(name, title, net, seconds, outputs):
    """Runs a network and keeps what it did; outputs are pairs of a name and an object, filtered by 10 ms."""
    with net:
        probes = [(label, nengo.Probe(target, synapse=0.01)) for label, target in outputs]
        spikes = [nengo.Probe(e.neurons) for e in net.all_ensembles]
    sim = nengo.Simulator(net, optimize=False, progress_bar=False)
    sim.run(seconds)
    seeds = sim.model.seeds
    arrays = {}
    for k, n in enumerate(networks(net)):
        for kind in ("connections", "ensembles", "networks", "nodes", "probes"):
            arrays[f"net{k}_{kind}"] = ("exact", np.array([seeds[o] for o in getattr(n, kind)], dtype=float))
        arrays[f"net{k}_seed"] = ("exact", np.array([seeds[n]], dtype=float))
    built = [sim.data[e] for e in net.all_ensembles]
    arrays["gain"] = ("gain", np.concatenate([b.gain for b in built]))
    arrays["bias"] = ("gain", np.concatenate([b.bias for b in built]))
    arrays["weights"] = ("scaled", np.concatenate([
        sim.data[c].weights.ravel() for n in networks(net) for c in n.connections if isinstance(c.pre_obj, nengo.Ensemble)]))
    for label, p in probes:
        arrays["out_" + label] = ("value", sim.data[p])
    arrays["spikes"] = ("spikes", np.hstack([sim.data[p] for p in spikes]).astype(bool).astype(np.uint8))
    sim.close()

    with zipfile.ZipFile(FOLDER / f"{name}.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, (_, a) in arrays.items():
            data = io.BytesIO()
            np.save(data, np.ascontiguousarray(a))
            z.writestr(zipfile.ZipInfo(key + ".npy"), data.getvalue(), zipfile.ZIP_DEFLATED)
    index = json.loads((FOLDER / "index.json").read_text())
    index["cases"][name] = {"title": title, "arrays": {k: {"shape": list(a.shape), "tolerance": t} for k, (t, a) in arrays.items()}}
    lines = ",\n".join(json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in sorted(index["cases"].items()))
    (FOLDER / "index.json").write_text('{"cases":{\n' + lines + "\n}}\n")
    print(name, arrays["spikes"][1].shape, int(arrays["spikes"][1].sum()), "spikes", (FOLDER / f"{name}.npz").stat().st_size, "bytes")


def ensemble_array():
    with nengo.Network(seed=2) as net:
        a = nengo.networks.EnsembleArray(20, 3, ens_dimensions=2)
        a.add_neuron_output()
        product = a.add_output("product", lambda x: x[0] * x[1])
        mixed = a.add_output("mixed", [lambda x: x, lambda x: x[0], lambda x: [x[1], x[0], 1]])
        stop = a.add_neuron_input()
        u = nengo.Node(of_time({0: [0.5, -0.5, 0.25, 1, -1, 0.1], 0.1: [-0.3, 0.2, 0.7, -0.7, 0.4, 0.9]}))
        off = nengo.Node(of_time({0: 0, 0.15: -1}))
        nengo.Connection(u, a.input)
        nengo.Connection(off, stop, transform=np.ones((60, 1)))
    return net, 0.2, [("output", a.output), ("product", product), ("mixed", mixed), ("neurons", a.neuron_output)]


def product():
    with nengo.Network(seed=3) as net:
        p = nengo.networks.Product(41, 2, input_magnitude=2)
        nengo.Connection(nengo.Node([1.5, -0.5]), p.input_a)
        nengo.Connection(nengo.Node([0.5, 2]), p.input_b)
    return net, 0.2, [("output", p.output)]


def circular_convolution():
    with nengo.Network(seed=4) as net:
        c = nengo.networks.CircularConvolution(20, 5)
        inverse = nengo.networks.CircularConvolution(16, 4, invert_a=True, invert_b=False, input_magnitude=1.5)
        a, b = nengo.Node([0.5, -0.5, 0.25, 0.6, 0.1]), nengo.Node([0.1, 0.7, -0.4, 0.3, 0.5])
        nengo.Connection(a, c.input_a)
        nengo.Connection(b, c.input_b)
        nengo.Connection(c.output[:4], inverse.input_b)
        nengo.Connection(a[:4], inverse.input_a)
    return net, 0.3, [("bound", c.output), ("unbound", inverse.output)]


def action_selection():
    with nengo.Network(seed=5) as net:
        plain = nengo.networks.BasalGanglia(3, n_neurons_per_ensemble=30)
        biased = nengo.networks.BasalGanglia(2, n_neurons_per_ensemble=25, output_weight=-2, input_bias=0.25)
        thalamus = nengo.networks.Thalamus(3, n_neurons_per_ensemble=20)
        sharp = nengo.networks.Thalamus(2, n_neurons_per_ensemble=15, mutual_inhib=2, threshold=0.1)
        u = nengo.Node(of_time({0: [0.8, 0.4, 0.4], 0.15: [0.3, 0.9, 0.5]}))
        nengo.Connection(u, plain.input)
        nengo.Connection(u[1:], biased.input)
        nengo.Connection(plain.output, thalamus.input)
        nengo.Connection(biased.output, sharp.input)
    return net, 0.3, [("plain", plain.output), ("biased", biased.output), ("thalamus", thalamus.output), ("sharp", sharp.output)]


def associative_memory():
    vectors = np.array([[1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 0, -0.6, 0.8]])
    with nengo.Network(seed=6) as net:
        plain = nengo.networks.AssociativeMemory(vectors, vectors[::-1, :2], n_neurons=20)
        full = nengo.networks.AssociativeMemory(vectors, n_neurons=25, threshold=[0.2, 0.3, 0.4], input_scales=[1, 0.9, 1.1], inhibitable=True)
        full.add_output_mapping("other", vectors[:, ::-1])
        full.add_input_mapping("second", -vectors, input_scales=0.5)
        full.add_default_output_vector([0.5, 0.5, 0.5, 0.5], n_neurons=15, min_activation_value=0.4)
        full.add_wta_network(2, 0.007)
        full.add_threshold_to_outputs(n_neurons=18, inhibit_scale=8)
        full.add_default_output_vector([1, 0, 0, 1], output_name="other", n_neurons=12)
        u = nengo.Node(of_time({0: [0.9, 0.3, 0, 0.1], 0.1: [0.1, 0.1, -0.5, 0.8], 0.2: [0, 0, 0, 0]}))
        stop = nengo.Node(of_time({0: 0, 0.25: 1}))
        nengo.Connection(u, plain.input)
        nengo.Connection(u, full.input)
        nengo.Connection(u, full.second, transform=-0.5)
        nengo.Connection(stop, full.inhibit)
    return net, 0.3, [("plain", plain.output), ("output", full.output), ("other", full.other)]


def input_gated_memory():
    with nengo.Network(seed=7) as net:
        plain = nengo.networks.InputGatedMemory(30, 2)
        quick = nengo.networks.InputGatedMemory(25, 1, feedback=0.9, difference_gain=5, recurrent_synapse=0.2, difference_synapse=0.05)
        u = nengo.Node(of_time({0: [0.7, -0.4], 0.15: [-0.5, 0.5]}))
        gate = nengo.Node(of_time({0: 0, 0.15: 1}))
        reset = nengo.Node(of_time({0: 0, 0.25: 1}))
        nengo.Connection(u, plain.input)
        nengo.Connection(u[0], quick.input)
        nengo.Connection(gate, plain.gate)
        nengo.Connection(gate, quick.gate)
        nengo.Connection(reset, plain.reset)
    return net, 0.3, [("plain", plain.output), ("quick", quick.output)]


def dynamics():
    """Not networks of Nengo: an integrator and an oscillator, each in a network of its own."""
    tau, frequency = 0.1, 20
    with nengo.Network(seed=8) as net:
        with nengo.Network() as integrator:
            i_in = nengo.Node(size_in=2)
            i = nengo.Ensemble(60, 2)
            nengo.Connection(i, i, synapse=tau)
            nengo.Connection(i_in, i, transform=tau, synapse=tau)
        with nengo.Network() as oscillator:
            o_in = nengo.Node(size_in=2)
            o = nengo.Ensemble(80, 2)
            nengo.Connection(o, o, synapse=tau, transform=[[1, -tau * frequency], [tau * frequency, 1]])
            nengo.Connection(o_in, o, synapse=None)
        u = nengo.Node(of_time({0: [1, -2], 0.2: [0, 0]}))
        nengo.Connection(u, i_in)
        nengo.Connection(u, o_in)
    return net, 0.4, [("integrator", i), ("oscillator", o)]


for make in (ensemble_array, product, circular_convolution, action_selection, associative_memory, input_gated_memory, dynamics):
    network, duration, results = make()
    record("net_" + make.__name__, make.__name__.replace("_", " "), network, duration, results)
