"""Records NEST's e-prop on evidence-accumulation networks, for the tests of this folder.

    python3 record.py [CASE ...]      writes nest.json and nest.npy beside itself

Recorded with NEST 3.10.0 and NumPy 2.4.6, Python 3.11, x86-64, one thread. nest.json
holds the parameters of every case under NEST's names, and where its arrays stand in
nest.npy: [start, length]. Weights are (targets, sources) matrices in row-major order.

Every run ends with a forced spike through all inputs and recurrent neurons, which
brings the last update into the stored weights: "stored_*". Neurons that are refractory
then, as happens without reset, do not pass it on at that time, but a few steps later;
"later_*" are the stored weights ten steps on.
"""
import json
import os
import sys

import nest
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATORS, RECURRENT, SIGNAL = 1, 3, 5  # ms after step s of a sequence: its stamp in a recording

arrays, cases, online = [], [], []
used = 0


def keep(values):
    """Appends values to nest.npy."""
    global used
    flat = np.asarray(values, dtype=np.float64).ravel()
    arrays.append(flat)
    used += len(flat)
    return [used - len(flat), len(flat)]


def task_steps(task):
    return task["cues"] * (task["spacing"] + task["cue"]) + task["delay"] + task["recall"]


def draw(task, batch):
    """One batch of trials: bits (batch, steps, inputs) and targets (batch)."""
    steps, n = task_steps(task), task["inputs"]
    sides = np.random.choice([0, 1], batch)
    likely = np.array([[0.3, 0.7], [0.7, 0.3]], dtype=np.float32)
    cues = [np.random.choice([0, 1], task["cues"], p=likely[side]) for side in sides]
    group, prob = n // 4, task["prob"]
    probs = np.zeros((batch, steps, n))
    for b in range(batch):
        for c, cue in enumerate(cues[b]):
            begin = c * (task["spacing"] + task["cue"]) + task["spacing"]
            probs[b, begin:begin + task["cue"], cue * group:(cue + 1) * group] = prob
    probs[:, steps - task["recall"]:, 2 * group:3 * group] = prob
    probs[:, :, 3 * group:] = prob / 4
    bits = probs > np.random.rand(batch * steps * n).reshape(batch, steps, n)
    bits[:, 0, :] = False
    return bits, [int(np.sum(c) > task["cues"] // 2) for c in cues]


def matrix(sources, targets, full):
    """Stored weights of a projection; 0 where there is no synapse."""
    w = np.zeros((len(targets), len(sources)))
    got = nest.GetConnections(sources, targets, synapse_model=full).get(["source", "target", "weight"])
    j = np.atleast_1d(got["target"]) - targets[0].global_id
    i = np.atleast_1d(got["source"]) - sources[0].global_id
    w[j, i] = np.atleast_1d(got["weight"])
    return w


def run(name, task, reset, batch, iterations, populations, readout, synapse, window=None, trace=0, stride=1, later=None, etas=()):
    """Trains one network. trace: every which step of the last two sequences has its
    potentials and signals recorded, 0 for none. stride: every which synapse has its
    transmitted weights compared. etas: learning rates of the iterations after the first."""
    window = window or task["recall"]
    later = not reset if later is None else later
    T = task_steps(task)
    first = synapse["optimizer"]["eta"]
    synapse = {**synapse, "optimizer": {**synapse["optimizer"], "batch_size": batch}}
    kernel = {
        "resolution": 1.0, "eprop_update_interval": float(T), "eprop_learning_window": float(window),
        "eprop_reset_neurons_on_update": reset,
    }
    n_in, n_rec, n_out = task["inputs"], sum(p["count"] for p in populations), 2
    np.random.seed(1)
    single = lambda w: w.astype(np.float32)
    w_in = single(np.random.randn(n_in, n_rec).T / np.sqrt(n_in))
    w_rec = single(np.random.randn(n_rec, n_rec).T / np.sqrt(n_rec))
    limit = np.sqrt(3 * (1 / max(1, (n_rec + n_out) / 2)))
    w_out = single(np.random.uniform(-limit, limit, (n_rec, n_out)).T)
    feedback = single(np.random.randn(n_rec, n_out))
    drawn = [draw(task, batch) for _ in range(iterations)]
    bits = np.concatenate([b for b, _ in drawn])
    classes = np.concatenate([c for _, c in drawn])
    sequences = len(classes)
    end = sequences * T

    nest.ResetKernel()
    nest.set(total_num_virtual_procs=1, **kernel)
    generators = nest.Create("spike_generator", n_in)
    inputs = nest.Create("parrot_neuron", n_in)
    recurrent = None
    for p in populations:
        nodes = nest.Create(p["model"], p["count"], p["params"])
        recurrent = nodes if recurrent is None else recurrent + nodes
    readouts = nest.Create("eprop_readout_bsshslm_2020", n_out, readout)
    targets = nest.Create("step_rate_generator", n_out)
    last = nest.Create("spike_generator", 1, {"spike_times": [float(end + 3)]})
    steps = np.arange(end)
    for i in range(n_in):
        generators[i].set(spike_times=(steps[bits[:, :, i].ravel()] + GENERATORS).astype(float))
    for o in range(n_out):
        targets[o].set(amplitude_times=np.arange(sequences) * float(T) + 4.0, amplitude_values=(classes == o).astype(float))

    weights = nest.Create("weight_recorder", {"start": 0.0, "stop": float(end + 2)})
    spikes = nest.Create("spike_recorder")
    probed = [recurrent[0], recurrent[n_rec - 1]]
    meters = []
    for nodes, model in [(probed[0], populations[0]["model"]), (probed[1], populations[-1]["model"])]:
        names = ["V_m", "surrogate_gradient", "learning_signal"]
        if "adapt" in model:
            names += ["V_th_adapt", "adaptation"]
        meter = nest.Create("multimeter", {"record_from": names, "interval": 1.0})
        nest.Connect(meter, nodes)
        meters.append((meter, names))
    signals = ["V_m", "readout_signal", "readout_signal_unnorm", "target_signal", "error_signal"]
    out_meters = []
    for o in range(n_out):
        meter = nest.Create("multimeter", {"record_from": signals, "interval": 1.0})
        nest.Connect(meter, readouts[o])
        out_meters.append(meter)

    common = {k: v for k, v in synapse.items() if k in ("optimizer", "average_gradient")}
    nest.SetDefaults("eprop_synapse_bsshslm_2020", {"weight": 0.0})  # the default of 1 may lie outside the bounds
    nest.SetDefaults("eprop_synapse_bsshslm_2020", {**common, "weight_recorder": weights})
    plastic = {"synapse_model": "eprop_synapse_bsshslm_2020", "delay": 1.0, "tau_m_readout": synapse["tau_m_readout"]}
    all_to_all = {"rule": "all_to_all"}
    no_self = {"rule": "all_to_all", "allow_autapses": False}
    nest.Connect(generators, inputs, "one_to_one", {"delay": 1.0})
    nest.Connect(inputs, recurrent, all_to_all, {**plastic, "weight": w_in})
    if n_rec > 1:
        nest.Connect(recurrent, recurrent, no_self, {**plastic, "weight": w_rec})
    nest.Connect(recurrent, readouts, all_to_all, {**plastic, "weight": w_out})
    nest.Connect(readouts, recurrent, all_to_all,
                 {"synapse_model": "eprop_learning_signal_connection_bsshslm_2020", "delay": 1.0, "weight": feedback})
    nest.Connect(targets, readouts, "one_to_one", {"synapse_model": "rate_connection_delayed", "delay": 1.0, "receptor_type": 2})
    nest.Connect(readouts, readouts, no_self,
                 {"synapse_model": "rate_connection_delayed", "delay": 1.0, "receptor_type": 1, "weight": 1.0})
    nest.Connect(last, inputs + recurrent, all_to_all, {"weight": 1000.0, "delay": 1.0})
    nest.Connect(inputs + recurrent, spikes)

    # A rate counts for gradients collected from now on: synapses remember it when they are updated.
    now = 0
    for k, eta in enumerate(etas):
        then = (k + 1) * batch * T + 3
        nest.Simulate(float(then - now))
        now = then
        nest.SetDefaults("eprop_synapse_bsshslm_2020", {"optimizer": {"eta": eta}})
    nest.Simulate(float(end + 5 - now))
    out = {}
    projections = {"in": (inputs, recurrent), "rec": (recurrent, recurrent), "out": (recurrent, readouts)}
    for key, (a, b) in projections.items():
        if key != "rec" or n_rec > 1:
            out["stored_" + key] = keep(matrix(a, b, "eprop_synapse_bsshslm_2020"))
    recorded = [m.get("events") for m in out_meters]
    if later:
        nest.Simulate(10.0)
        for key, (a, b) in projections.items():
            if key != "rec" or n_rec > 1:
                out["later_" + key] = keep(matrix(a, b, "eprop_synapse_bsshslm_2020"))

    # Signals of step s of sequence k are stamped k·T + s + 5.
    rows = slice(SIGNAL - 1, SIGNAL - 1 + end)
    shape = (iterations, batch, T)
    y, wanted = ([e[c][rows].reshape(shape)[:, :, T - window:] for e in recorded] for c in ("readout_signal", "target_signal"))
    y, wanted = np.array(y), np.array(wanted)
    if readout["loss"] == "cross_entropy":
        loss = -np.mean(np.sum(wanted * np.log(y), axis=0), axis=(1, 2))
    else:
        loss = 0.5 * np.mean(np.sum((y - wanted) ** 2, axis=3), axis=(0, 2))
    said, want = np.argmax(y.mean(axis=3), axis=0), np.argmax(wanted.mean(axis=3), axis=0)
    out["loss"] = keep(loss)
    out["error_rate"] = keep(1 - np.mean(said == want, axis=1))

    # Spikes: per sequence their number and the sum of stamp × (node + 1), nodes from 0.
    events = spikes.get("events")
    node, stamp = events["senders"] - inputs[0].global_id, np.round(events["times"]).astype(int)
    table = []
    for kind, late in ((node < n_in, 2), (node >= n_in, RECURRENT)):
        for k in range(sequences):
            here = kind & (stamp >= k * T + late) & (stamp < (k + 1) * T + late)
            table += [np.sum(here), np.sum(stamp[here] * (node[here] + 1))]
    out["spikes"] = keep(table)
    zero = (node >= n_in) & (stamp == end + RECURRENT)
    out["end_zero"] = keep(np.sort(node[zero] - n_in))  # spiked by themselves in step 0 after the last sequence
    forced = (node >= n_in) & (stamp == end + RECURRENT + 1)
    out["end_forced"] = keep(np.sort(node[forced] - n_in))  # passed on the forced spike

    # Transmitted weights: per synapse their number, sum, and sum weighted by stamp mod 97 + 1.
    got = weights.get("events")
    source, target = got["senders"] - inputs[0].global_id, got["targets"] - inputs[0].global_id
    nodes = n_in + n_rec + n_out
    key = source * nodes + target
    factor = np.round(got["times"]).astype(int) % 97 + 1
    digest = [np.bincount(key, x, nodes * nodes) for x in (None, got["weights"], got["weights"] * factor)]
    pairs = [(i, j) for i in range(n_in) for j in range(n_in, n_in + n_rec)]
    pairs += [(i, j) for i in range(n_in, n_in + n_rec) for j in range(n_in, nodes) if i != j]
    chosen = [i * nodes + j for i, j in pairs][::stride]
    out["transmitted"] = keep([[d[c] for d in digest] for c in chosen])

    if trace:
        window_rows = slice(max(0, end - 2 * T), end, trace)
        cut = lambda column, first: np.asarray(column)[first - 1:first - 1 + end][window_rows]
        for x, (meter, names) in enumerate(meters):
            table = meter.get("events")
            out["neuron_%d" % x] = keep([cut(table[c], RECURRENT) for c in names])
        for o, table in enumerate(recorded):
            out["readout_%d" % o] = keep([cut(table[c], SIGNAL) for c in signals])
    cases.append({
        "name": name, "task": task, "kernel": kernel, "batch": batch, "iterations": iterations, "populations": populations,
        "etas": [first, *etas],
        "readout": readout, "synapse": synapse, "trace": trace, "stride": stride, "arrays": out,
    })
    print(name, loss[0], loss[-1], "recurrent spikes", len(node[node >= n_in]), "end", len(node[zero]), len(node[forced]), flush=True)


def run_online(name, model, neuron, optimizer, steps=400, n_in=12, n_rec=10, n_out=2, prob=0.05, open_from=100, cutoff=1e9, **rest):
    """Trains a network that learns at every spike. Errors count from step open_from on."""
    kind = {"gradient_descent": {}, "adam": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}}[optimizer["type"]]
    optimizer = {"batch_size": 1, "optimize_each_step": True, **kind, **optimizer}
    readout = {"C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "I_e": 0.0, "tau_m": 15.0, "eprop_isi_trace_cutoff": cutoff, **rest}
    neuron = {**neuron, "eprop_isi_trace_cutoff": cutoff}
    np.random.seed(1)
    single = lambda w: w.astype(np.float32)
    w_in = single(np.random.randn(n_in, n_rec).T / np.sqrt(n_in))
    w_rec = single(np.random.randn(n_rec, n_rec).T / np.sqrt(4 * n_rec))
    w_out = single(np.random.randn(n_rec, n_out).T / np.sqrt(16 * n_rec))
    feedback = single(np.random.randn(n_rec, n_out))
    bits = np.random.rand(steps, n_in) < prob
    wanted = np.random.rand(steps, n_out)

    nest.ResetKernel()
    nest.set(total_num_virtual_procs=1, resolution=1.0)
    generators = nest.Create("spike_generator", n_in)
    inputs = nest.Create("parrot_neuron", n_in)
    recurrent = nest.Create(model, n_rec, neuron)
    readouts = nest.Create("eprop_readout", n_out, readout)
    targets = nest.Create("step_rate_generator", n_out)
    window = nest.Create("step_rate_generator", 1, {"amplitude_times": [open_from + 2.0], "amplitude_values": [1.0]})
    for i in range(n_in):
        generators[i].set(spike_times=(np.flatnonzero(bits[:, i]) + 1).astype(float))
    for o in range(n_out):
        targets[o].set(amplitude_times=np.arange(steps) + 2.0, amplitude_values=wanted[:, o])
    weights = nest.Create("weight_recorder", {"start": 0.0, "stop": steps + 1.0})
    spikes = nest.Create("spike_recorder")
    meters = []
    for o in range(n_out):
        meter = nest.Create("multimeter", {"record_from": ["error_signal"], "interval": 1.0})
        nest.Connect(meter, readouts[o])
        meters.append(meter)
    nest.SetDefaults("eprop_synapse", {"optimizer": optimizer, "weight_recorder": weights})
    no_self = {"rule": "all_to_all", "allow_autapses": False}
    nest.Connect(generators, inputs, "one_to_one", {"delay": 1.0})
    nest.Connect(inputs, recurrent, "all_to_all", {"synapse_model": "eprop_synapse", "delay": 1.0, "weight": w_in})
    nest.Connect(recurrent, recurrent, no_self, {"synapse_model": "eprop_synapse", "delay": 1.0, "weight": w_rec})
    nest.Connect(recurrent, readouts, "all_to_all", {"synapse_model": "eprop_synapse", "delay": 1.0, "weight": w_out})
    nest.Connect(readouts, recurrent, "all_to_all",
                 {"synapse_model": "eprop_learning_signal_connection", "delay": 1.0, "weight": feedback})
    nest.Connect(targets, readouts, "one_to_one", {"synapse_model": "rate_connection_delayed", "delay": 1.0, "receptor_type": 2})
    nest.Connect(window, readouts, "all_to_all", {"synapse_model": "rate_connection_delayed", "delay": 1.0, "receptor_type": 1})
    nest.Connect(recurrent, spikes)
    nest.Simulate(steps + 5.0)

    # The error of step s is stamped s + 3, a recurrent spike of step s too.
    errors = np.array([m.get("events")["error_signal"][2:2 + steps] for m in meters])
    events = spikes.get("events")
    node, stamp = events["senders"] - recurrent[0].global_id, np.round(events["times"]).astype(int)
    fired = np.array([np.sum(node == j) for j in range(n_rec)])
    here = (stamp >= 3) & (stamp < 3 + steps)
    out = {"errors": keep(errors.T), "spikes": keep([[np.sum(here & (node == j)), np.sum(stamp[here & (node == j)])] for j in range(n_rec)])}

    # Per synapse: number of spikes carried, sum of their weights, the last of these.
    got = weights.get("events")
    first = inputs[0].global_id
    nodes = n_in + n_rec + n_out
    sums = np.zeros((nodes * nodes, 3))
    order = np.argsort(got["times"], kind="stable")
    for i, j, w in zip(got["senders"][order] - first, got["targets"][order] - first, got["weights"][order]):
        sums[i * nodes + j] += (1, w, 0)
        sums[i * nodes + j][2] = w
    pairs = [(i, j) for i in range(n_in) for j in range(n_in, n_in + n_rec)]
    pairs += [(i, j) for i in range(n_in, n_in + n_rec) for j in range(n_in, nodes) if i != j]
    out["transmitted"] = keep([sums[i * nodes + j] for i, j in pairs])
    online.append({
        "name": name, "model": model, "neuron": neuron, "readout": readout, "optimizer": optimizer, "steps": steps, "inputs": n_in,
        "neurons": n_rec, "readouts": n_out, "prob": prob, "open": open_from, "arrays": out,
    })
    print(name, 0.5 * np.sum(errors ** 2) / n_out, "recurrent spikes", fired, flush=True)


NEURON = {
    "C_m": 1.0, "E_L": 0.0, "I_e": 0.0, "V_m": 0.0, "tau_m": 20.0, "V_th": 0.6, "t_ref": 5.0, "regular_spike_arrival": True,
    "c_reg": 300.0, "f_target": 10.0,
    "surrogate_gradient_function": "piecewise_linear", "surrogate_gradient_height": 0.5, "surrogate_gradient_width": 0.6,
}
ADAPTS = {"adapt_tau": 2000.0, "adapt_beta": 1.7 * ((1 - np.exp(-1 / 2000)) / (1 - np.exp(-1 / 20)))}
READOUT = {
    "C_m": 1.0, "E_L": 0.0, "I_e": 0.0, "V_m": 0.0, "tau_m": 20.0, "regular_spike_arrival": False, "loss": "cross_entropy",
}
ADAM = {"type": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "eta": 5e-3, "Wmin": -100.0, "Wmax": 100.0}
DESCENT = {"type": "gradient_descent", "eta": 5e-3, "Wmin": -100.0, "Wmax": 100.0}


def neurons(regular, adaptive, **changes):
    params = {**NEURON, **changes}
    both = [
        {"model": "eprop_iaf_bsshslm_2020", "count": regular, "params": params},
        {"model": "eprop_iaf_adapt_bsshslm_2020", "count": adaptive, "params": {**params, **ADAPTS}},
    ]
    return [p for p in both if p["count"]]


def synapses(optimizer, **changes):
    return {"tau_m_readout": 20.0, "average_gradient": True, **changes, "optimizer": optimizer}


# Cues begin in step 1, so that inputs often spike there, and firing is dense.
SMALL = {"inputs": 8, "cues": 3, "cue": 20, "spacing": 1, "delay": 17, "recall": 20, "prob": 0.3}
TUTORIAL = {"inputs": 40, "cues": 7, "cue": 100, "spacing": 50, "delay": 1050, "recall": 150, "prob": 0.04}
FIVE = {"inputs": 4, "cues": 1, "cue": 1, "spacing": 0, "delay": 3, "recall": 1, "prob": 0.0}

plan = {}
for batch, iterations in ((1, 8), (2, 5), (4, 4)):
    for reset in (True, False):
        for kind, optimizer in (("adam", ADAM), ("descent", {**DESCENT, "eta": 0.2})):
            plan["batch %d, %s, reset %s" % (batch, kind, "on" if reset else "off")] = dict(
                task=SMALL, reset=reset, batch=batch, iterations=iterations, populations=neurons(8, 8), readout=READOUT,
                synapse=synapses(optimizer), trace=1 if batch == 2 and kind == "adam" else 0)
for reset in (True, False):
    # Currents, a resting potential, currents spread over the step, another surrogate, squared error, narrow bounds.
    plan["otherwise, reset %s" % ("on" if reset else "off")] = dict(
        task=SMALL, reset=reset, batch=2, iterations=5,
        populations=neurons(6, 6, E_L=-0.2, V_m=-0.3, V_th=-0.1, V_min=-0.6, I_e=0.012, t_ref=0.0 if reset else 3.0, f_target=20.0,
                            regular_spike_arrival=False, surrogate_gradient_function="fast_sigmoid_derivative"),
        readout={**READOUT, "E_L": 0.1, "V_m": 0.2, "I_e": 0.01, "loss": "mean_squared_error"},
        synapse=synapses({**DESCENT, "eta": 1e-3, "Wmin": -0.815, "Wmax": 0.773}, average_gradient=False, tau_m_readout=15.0), trace=1)
for reset in (True, False):
    # Narrow bounds for Adam; learning rates that change.
    plan["bounds, reset %s" % ("on" if reset else "off")] = dict(
        task=SMALL, reset=reset, batch=2, iterations=5, populations=neurons(8, 8), readout=READOUT,
        synapse=synapses({**ADAM, "eta": 5e-2, "Wmin": -0.82, "Wmax": 0.78}))
    plan["rates, reset %s" % ("on" if reset else "off")] = dict(
        task=SMALL, reset=reset, batch=2, iterations=5, populations=neurons(8, 8), readout=READOUT,
        synapse=synapses({**DESCENT, "eta": 0.2}), etas=[0.0, 0.1, 0.3, 0.05])
    # With Adam every synapse has to carry a spike in every batch: one that stays silent would keep its rate.
    plan["rates, adam, reset %s" % ("on" if reset else "off")] = dict(
        task={**SMALL, "prob": 0.6}, reset=reset, batch=4, iterations=2, populations=neurons(8, 8, V_th=0.1), readout=READOUT,
        synapse=synapses(ADAM), etas=[0.02])
for reset, count in ((False, 5), (False, 6), (True, 5)):
    # A current drives one neuron to a spike in step 0 of every sequence, and in no other step.
    plan["step 0 alone, %d times, reset %s" % (count, "on" if reset else "off")] = dict(
        task=FIVE, reset=reset, batch=1, iterations=count, window=5, later=False,
        populations=neurons(1, 0, V_m=-0.6, V_th=0.5, I_e=0.8 / (20 * (1 - np.exp(-1 / 20))), c_reg=0.0),
        readout={**READOUT, "loss": "mean_squared_error"}, synapse=synapses({**DESCENT, "eta": 0.1}), trace=1)
for reset in (True, False):
    plan["tutorial, batch 4, reset %s" % ("on" if reset else "off")] = dict(
        task=TUTORIAL, reset=reset, batch=4, iterations=3, populations=neurons(50, 50), readout=READOUT,
        synapse=synapses(ADAM), trace=30, stride=41, later=False)

ONLINE = {
    "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "I_e": 0.0, "tau_m": 20.0, "V_th": 0.6, "c_reg": 0.5, "f_target": 50.0, "kappa": 0.95,
    "kappa_reg": 0.9, "surrogate_gradient_function": "piecewise_linear", "surrogate_gradient_height": 0.5, "surrogate_gradient_width": 0.4,
}
online_plan = {}
for model in ("eprop_iaf", "eprop_iaf_adapt", "eprop_iaf_psc_delta", "eprop_iaf_psc_delta_adapt"):
    for kind, eta in (("gradient_descent", 5e-4), ("adam", 2e-4)):
        for cutoff, t_ref in ((1e9, 0.0), (8.0, 3.0)):
            neuron = {**ONLINE, "t_ref": t_ref}
            if "adapt" in model:
                neuron.update(adapt_beta=0.2, adapt_tau=50.0)
            if "delta" in model:
                neuron.update(V_reset=-0.1)
            rest = {}
            if t_ref > 0:  # and a resting potential, currents, a floor, another surrogate
                neuron.update(E_L=-0.2, V_m=-0.3, V_th=0.4, V_min=-0.6, I_e=0.01, surrogate_gradient_function="exponential")
                if "delta" in model:
                    neuron.update(V_reset=-0.3)
                rest = {"E_L": 0.1, "V_m": 0.2, "I_e": 0.02}
            name = "%s, %s, cut-off %g, t_ref %g" % (model, kind, cutoff, t_ref)
            online_plan[name] = dict(model=model, neuron=neuron, cutoff=cutoff, **rest,
                                     optimizer={"type": kind, "eta": eta, "Wmin": -100.0, "Wmax": 100.0})

nest.verbosity = nest.VerbosityLevel.ERROR
for name, what in plan.items():
    if name in sys.argv[1:] or not sys.argv[1:]:
        run(name, **what)
for name, what in online_plan.items():
    if name in sys.argv[1:] or not sys.argv[1:]:
        run_online(name, **what)
np.save(os.path.join(HERE, "nest.npy"), np.concatenate(arrays))
with open(os.path.join(HERE, "nest.json"), "w") as f:
    lines = ",\n".join(json.dumps(c) for c in cases)
    more = ",\n".join(json.dumps(c) for c in online)
    f.write('{"nest": "%s", "numpy": "%s", "cases": [\n%s\n], "online": [\n%s\n]}\n' % (nest.__version__, np.__version__, lines, more))
