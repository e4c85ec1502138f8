"""Times the evidence-accumulation tutorial on NEST (`pip install nest-simulator`), for tests/bench/bench.py.

    python nest_eprop.py ITERATIONS BATCH [THREADS]

Prints one JSON object: version, seconds of drawing, of building and of simulating, losses of the iterations, and the
peak of the memory. Weights and trials are drawn as in the tutorial, from seed 1. Recorded is only what the loss needs.
"""

import json
import resource
import sys
import time

import nest
import numpy as np

ITERATIONS, BATCH = int(sys.argv[1]), int(sys.argv[2])
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
CUE, GAP, CUES, PAUSE, RECALL = 100, 50, 7, 1050, 150
STEPS = CUES * (CUE + GAP) + PAUSE + RECALL
INPUTS, HALF, READOUTS = 40, 50, 2
TRIALS = ITERATIONS * BATCH

began = time.perf_counter()
rng = np.random.RandomState(1)
single = np.float32
w_in = (rng.randn(INPUTS, 2 * HALF).T / np.sqrt(INPUTS)).astype(single)
w_rec = (rng.randn(2 * HALF, 2 * HALF).T / np.sqrt(2 * HALF)).astype(single)
np.fill_diagonal(w_rec, 0)
bound = np.sqrt(3 / max(1, (2 * HALF + READOUTS) / 2))
w_out = rng.uniform(-bound, bound, (2 * HALF, READOUTS)).T.astype(single)
feedback = rng.randn(2 * HALF, READOUTS).astype(single)

times, targets = [[] for _ in range(INPUTS)], []
for iteration in range(ITERATIONS):
    rare_first = rng.choice([0, 1], BATCH)
    sides = np.array([0.3, 0.7], single)
    cues = [rng.choice([0, 1], CUES, p=sides if first == 0 else sides[::-1]) for first in rare_first]
    for number, sequence in enumerate(cues):
        p = np.zeros((STEPS, INPUTS))
        for k, side in enumerate(sequence):
            begin = k * (CUE + GAP) + GAP
            p[begin:begin + CUE, 10 * side:10 * side + 10] = 0.04
        p[-RECALL:, 20:30] = 0.04
        p[:, 30:] = 0.04 / 4
        spikes = p > rng.random_sample(p.shape)
        spikes[0] = False
        start = (iteration * BATCH + number) * STEPS + 1
        for i in range(INPUTS):
            times[i].extend((start + np.flatnonzero(spikes[:, i])).tolist())
        targets.append(int(sequence.sum() > CUES // 2))
drawn = time.perf_counter() - began

began = time.perf_counter()
nest.set_verbosity("M_ERROR")
nest.ResetKernel()
nest.set(resolution=1.0, total_num_virtual_procs=THREADS, eprop_update_interval=float(STEPS),
         eprop_learning_window=float(RECALL), eprop_reset_neurons_on_update=True)
neuron = dict(C_m=1.0, E_L=0.0, I_e=0.0, V_m=0.0, V_th=0.6, tau_m=20.0, t_ref=5.0, regular_spike_arrival=True,
              c_reg=300.0, f_target=10.0, surrogate_gradient_function="piecewise_linear",
              surrogate_gradient_height=0.5, surrogate_gradient_width=0.6)
beta = 1.7 * (1 - np.exp(-1 / 2000)) / (1 - np.exp(-1 / 20))
generators = nest.Create("spike_generator", INPUTS)
inputs = nest.Create("parrot_neuron", INPUTS)
recurrent = (nest.Create("eprop_iaf_bsshslm_2020", HALF, neuron)
             + nest.Create("eprop_iaf_adapt_bsshslm_2020", HALF, neuron | dict(adapt_beta=beta, adapt_tau=2000.0)))
readouts = nest.Create("eprop_readout_bsshslm_2020", READOUTS, dict(
    C_m=1.0, E_L=0.0, I_e=0.0, V_m=0.0, tau_m=20.0, regular_spike_arrival=False, loss="cross_entropy"))
teachers = nest.Create("step_rate_generator", READOUTS)
meter = nest.Create("multimeter", params=dict(
    interval=1.0, start=4.0, stop=4.0 + TRIALS * STEPS, record_from=["readout_signal", "target_signal"]))

learning = dict(tau_m_readout=20.0, average_gradient=True, optimizer=dict(
    type="adam", batch_size=BATCH, eta=5e-3, Wmin=-100.0, Wmax=100.0, beta_1=0.9, beta_2=0.999, epsilon=1e-8))
nest.CopyModel("eprop_synapse_bsshslm_2020", "learning", learning)


def dense(sources, targets, model, weights, **rule):
    nest.Connect(sources, targets, dict(rule="all_to_all", **rule), dict(synapse_model=model, delay=1.0, weight=weights))


nest.Connect(generators, inputs, "one_to_one", dict(delay=1.0))
dense(inputs, recurrent, "learning", w_in)
dense(recurrent, recurrent, "learning", w_rec, allow_autapses=False)
dense(recurrent, readouts, "learning", w_out)
dense(readouts, recurrent, "eprop_learning_signal_connection_bsshslm_2020", feedback)
nest.Connect(teachers, readouts, "one_to_one",
             dict(synapse_model="rate_connection_delayed", delay=1.0, receptor_type=2))
nest.Connect(readouts, readouts, dict(rule="all_to_all", allow_autapses=False),
             dict(synapse_model="rate_connection_delayed", delay=1.0, receptor_type=1, weight=1.0))
nest.Connect(meter, readouts)
for generator, when in zip(generators, times):
    generator.set(spike_times=np.array(when, float))
for k, teacher in enumerate(teachers):
    teacher.set(amplitude_times=np.arange(TRIALS) * float(STEPS) + 4,
                amplitude_values=[float(target == k) for target in targets])
built = time.perf_counter() - began

began = time.perf_counter()
nest.Simulate(float(TRIALS * STEPS + 5))
simulated = time.perf_counter() - began

events = meter.get("events")
shape = (ITERATIONS, BATCH, STEPS)


def of(readout, name):
    return np.asarray(events[name])[events["senders"] == readout.global_id].reshape(shape)[:, :, -RECALL:]


cross = sum(of(k, "target_signal") * np.log(of(k, "readout_signal")) for k in readouts)
print(json.dumps({
    "version": nest.__version__, "draw": drawn, "build": built, "run": simulated,
    "losses": (-cross.mean(axis=(1, 2))).tolist(),
    "memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
}))
