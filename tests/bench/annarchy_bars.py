"""Times the bar-learning tutorial on ANNarchy (`pip install ANNarchy nanobind`, cmake), for tests/bench/bench.py.

Prints one JSON object: version, seconds to compile, seconds of 10,000 trials with input and readout.
"""

import json
import os
import sys
import time

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")
import ANNarchy as ann

TRIALS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
rng = np.random.default_rng(1)

net = ann.Network(dt=1.0, seed=1)
rates = ann.Neuron(parameters=dict(tau=10.0), equations=ann.Variable("tau*dr/dt + r = sum(exc) - sum(inh)", min=0.0))
rule = ann.Synapse(parameters=dict(tau=2000.0, alpha=8.0, min_w=0.0),
                   equations=ann.Variable("tau*dw/dt = pre.r*post.r - alpha*post.r^2*w", min="min_w"))
image = net.create(ann.InputArray(geometry=(8, 8)))
features = net.create(geometry=(8, 4), neuron=rates)
forward = net.connect(image, features, target="exc", synapse=rule)
forward.all_to_all(weights=ann.Uniform(0.0, 0.5))
lateral = net.connect(features, features, target="inh", synapse=rule)
lateral.all_to_all(weights=ann.Uniform(0.0, 1.0))
lateral.alpha = 0.3

start = time.perf_counter()
net.compile(directory=sys.argv[2] if len(sys.argv) > 2 else "annarchy")
compiled = time.perf_counter() - start

frames = []
start = time.perf_counter()
for trial in range(TRIALS):
    image.r = 0.0
    for i in np.flatnonzero(rng.random(8) < 1 / 8):
        image[int(i), :].r = 1.0
    for j in np.flatnonzero(rng.random(8) < 1 / 8):
        image[:, int(j)].r = 1.0
    net.simulate(50.0)
    if trial % 10 == 0:
        frames.append((image.r, features.r, forward.receptive_fields()))
print(json.dumps({"version": ann.__version__, "compile": compiled, "run": time.perf_counter() - start, "trials": TRIALS}))
