"""Times Nengo (`pip install nengo scipy`) on the associations tutorial and on large networks, for tests/bench/bench.py.

    python3 nengo_models.py [long]

Prints one JSON object: version, seconds to build and to run 3 s of the tutorial, seconds to build pairs of ensembles, ns for a
step of a neuron without connections, seconds to build circular convolutions and to run 1 s of them. The largest pair and the
largest convolution take minutes; they are left out without "long".
"""

import json
import sys
import time

import nengo
import numpy as np

PERIOD, ITEMS, NEURONS = 0.3, 5, 200
T = 2 * PERIOD * ITEMS


def cycle(rows):
    return lambda t: rows[int(round((t - 0.001) / 0.001)) // 300 % len(rows)]


def associations():
    rng = np.random.RandomState(7)
    keys = nengo.dists.UniformHypersphere(surface=True).sample(ITEMS, 2, rng=rng)
    values = nengo.dists.UniformHypersphere(surface=False).sample(ITEMS, 4, rng=rng)
    intercept = (keys @ keys.T - np.eye(ITEMS)).max()
    with nengo.Network(seed=0) as net:
        key, value = nengo.Node(cycle(keys)), nengo.Node(cycle(values))
        learning = nengo.Node(lambda t: -int(t >= T / 2))
        recall = nengo.Node(size_in=4)
        memory = nengo.Ensemble(NEURONS, 2, intercepts=[intercept] * NEURONS)
        inward = nengo.Connection(key, memory, synapse=None, learning_rule_type=nengo.Voja(post_synapse=None, learning_rate=5e-2))
        nengo.Connection(learning, inward.learning_rule, synapse=None)
        outward = nengo.Connection(memory, recall, learning_rule_type=nengo.PES(1e-3), function=lambda x: np.zeros(4))
        error = nengo.Ensemble(NEURONS, 4)
        nengo.Connection(learning, error.neurons, transform=[[10.0]] * NEURONS, synapse=None)
        nengo.Connection(value, error, transform=-1, synapse=None)
        nengo.Connection(recall, error, synapse=None)
        nengo.Connection(error, outward.learning_rule)
        for target, options in ((key, {}), (value, {}), (learning, {}), (error, {"synapse": 0.005}), (recall, {})):
            nengo.Probe(target, **options)
        nengo.Probe(inward.learning_rule, "scaled_encoders")
    return net


def pair(neurons):
    with nengo.Network(seed=0) as net:
        a, b = nengo.Ensemble(neurons, 1), nengo.Ensemble(neurons, 1)
        nengo.Connection(a, b)
    return net


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def convolution(neurons, d):
    with nengo.Network(seed=0) as net:
        c = nengo.networks.CircularConvolution(neurons, d)
        a, b = nengo.Node(np.ones(d) / np.sqrt(d)), nengo.Node(np.ones(d) / np.sqrt(d))
        nengo.Connection(a, c.input_a)
        nengo.Connection(b, c.input_b)
        nengo.Probe(c.output, synapse=0.01)
    return net


def neurons_alone(neurons, steps=200):
    """ns for a step of a neuron."""
    with nengo.Network(seed=0) as net:
        nengo.Ensemble(neurons, 1, n_eval_points=2)
    with nengo.Simulator(net, progress_bar=False) as sim:
        return timed(lambda: sim.run_steps(steps, progress_bar=False))[1] / neurons / steps * 1e9


def convolved(neurons, d, steps=100):
    """Seconds to build, and to run 1000 steps."""
    sim, build = timed(lambda: nengo.Simulator(convolution(neurons, d), progress_bar=False))
    run = timed(lambda: sim.run_steps(steps, progress_bar=False))[1]
    sim.close()
    return build, run / steps * 1000


long = sys.argv[1:] == ["long"]
sys.setrecursionlimit(10_000)
nengo.rc["decoder_cache"]["enabled"] = "False"
build, run = [], []
for _ in range(3):
    net = associations()
    sim, seconds = timed(lambda: nengo.Simulator(net, progress_bar=False))
    build.append(seconds)
    run.append(timed(lambda: sim.run(T))[1])
    sim.close()
pairs = {n: timed(lambda: nengo.Simulator(pair(n), progress_bar=False))[1] for n in (1000, 2000) + (5000,) * long}
convolutions = {f"{n}x{d}": convolved(n, d) for n, d in ((100, 50), (200, 100)) + ((500, 500),) * long}
print(json.dumps({"version": nengo.__version__, "build": sorted(build)[1], "run": sorted(run)[1], "pairs": pairs,
                  "lif": neurons_alone(100_000), "convolutions": convolutions}))
