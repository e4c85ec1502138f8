"""Times the networks of mushroom and cobabench in PyGeNN, on its single-threaded CPU backend with optimised code.

    python genn_models.py mushroom|va|cuba|coba FOLDER

The models are generated and compiled in FOLDER. Prints one JSON object: version, seconds for building, and images per
second in training and in testing, or seconds per biological second and the mean rate of the excitatory neurons in Hz.
"""

import gzip
import json
import os
import pathlib
import sys
import time
from importlib import metadata

import numpy as np
from pygenn import (GeNNModel, create_current_source_model, create_custom_update_model, create_neuron_model, create_out_post_var_ref,
                    create_spike_time_var_ref, create_var_ref, create_weight_update_model, init_postsynaptic, init_sparse_connectivity,
                    init_var, init_weight_update)

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEVER = -np.finfo(np.float32).max  # when neurons last fired that have not


def genn(name, dt):
    """A model in single precision. Without optimize_code the compiler is called with -O0 and takes four times as long a run."""
    model = GeNNModel("float", name, backend="single_threaded_cpu", optimize_code=True)
    model.dt = dt
    model.seed = 1
    return model


def ready(model, steps=None):
    """Compiles and loads a model; returns the seconds that took."""
    begin = time.perf_counter()
    os.makedirs(sys.argv[2], exist_ok=True)
    model.build(sys.argv[2] + os.sep)
    model.load(num_recording_timesteps=steps)
    return time.perf_counter() - begin


def images(n):
    """The first n test images, each with a sum of 80, and their labels."""
    data = ROOT / "datasets" / "mnist" / "data"
    pixels = np.frombuffer(gzip.decompress((data / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((data / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    x = pixels.reshape(-1, 784)[:n].astype(np.float32)
    return 80 * x / x.sum(axis=1, keepdims=True), labels[:n]


# The mushroom body.

LIF = {"C": 0.2, "TauM": 20.0, "Vrest": -60.0, "Vreset": -60.0, "Vthresh": -50.0, "Ioffset": 0.0, "TauRefrac": 2.0}

gain_control = create_neuron_model("gain_control", params=["Vthresh"], vars=[("V", "scalar")], sim_code="V += Isyn;",
                                   threshold_condition_code="V >= Vthresh", reset_code="V = 0;")
magnitude = create_current_source_model("magnitude", vars=[("magnitude", "scalar")], injection_code="injectCurrent(magnitude);")
# The rule adds nothing to the neurons: while they learn they answer to the label alone.
symmetric = create_weight_update_model(
    "symmetric", params=["tau", "rho", "eta", "wMax"], vars=[("g", "scalar")],
    pre_spike_syn_code="g = fmin(wMax, fmax(0, g + eta * (exp((st_post - t) / tau) - rho)));",
    post_spike_syn_code="g = fmin(wMax, fmax(0, g + eta * (exp((st_pre - t) / tau) - rho)));")


def put_back(model, what, names):
    """Sets variables to values in the custom update "rest"; names are of (reference, value)."""
    refs = {f"x{i}": ref for i, (ref, _) in enumerate(names)}
    code = "\n".join(f"x{i} = {value};" for i, (_, value) in enumerate(names))
    kind = "timepoint" if what.startswith("times") else "scalar"
    update = create_custom_update_model("rest_" + what, var_refs=[(name, kind) for name in refs], update_code=code)
    model.add_custom_update("rest_" + what, "rest", update, {}, {}, refs)


def mushroom(training, seconds=3.0):
    model = genn("training" if training else "testing", 0.1)
    pn = model.add_neuron_population("pn", 784, "LIF", LIF | {"TauRefrac": 100.0}, {"V": -60.0, "RefracTime": 0.0})
    kc = model.add_neuron_population("kc", 20_000, "LIF", LIF, {"V": -60.0, "RefracTime": 0.0})
    ggn = model.add_neuron_population("ggn", 1, gain_control, {"Vthresh": 200.0}, {"V": 0.0})
    mbon = model.add_neuron_population("mbon", 10, "LIF", LIF, {"V": -60.0, "RefracTime": 0.0})
    mbon.spike_recording_enabled = True
    image = model.add_current_source("image", magnitude, pn, {}, {"magnitude": 0.0})

    def weight(g):
        return init_weight_update("StaticPulseConstantWeight", {"g": g})

    def current(tau):
        return init_postsynaptic("ExpCurr", {"tau": tau})

    pn_kc = model.add_synapse_population("pn_kc", "SPARSE", pn, kc, weight(0.2), current(3.0),
                                         init_sparse_connectivity("FixedNumberPreWithReplacement", {"num": 20}))
    model.add_synapse_population("kc_ggn", "DENSE", kc, ggn, weight(1.0), init_postsynaptic("DeltaCurr"))
    ggn_kc = model.add_synapse_population("ggn_kc", "DENSE", ggn, kc, weight(-5.0), current(5.0))
    if training:
        label = model.add_current_source("label", magnitude, mbon, {}, {"magnitude": 0.0})
        learns = init_weight_update(symmetric, {"tau": 15.0, "rho": 0.01, "eta": 2e-5, "wMax": 0.0233}, {"g": 0.0})
        kc_mbon = model.add_synapse_population("kc_mbon", "DENSE", kc, mbon, learns, current(3.0))
    else:
        weights = init_weight_update("StaticPulse", {}, {"g": init_var("Uniform", {"min": 0.0, "max": 0.0046})})
        kc_mbon = model.add_synapse_population("kc_mbon", "DENSE", kc, mbon, weights, current(3.0))
    for name, pop, inputs in (("pn", pn, []), ("kc", kc, [pn_kc, ggn_kc]), ("mbon", mbon, [kc_mbon])):
        lif = [(create_var_ref(pop, "V"), "-60.0"), (create_var_ref(pop, "RefracTime"), "0.0")]
        put_back(model, name, lif + [(create_out_post_var_ref(s), "0.0") for s in inputs])
    put_back(model, "ggn", [(create_var_ref(ggn, "V"), "0.0")])
    if training:
        for name, pop in (("kc", kc), ("mbon", mbon)):
            put_back(model, "times_" + name, [(create_spike_time_var_ref(pop), repr(float(NEVER)))])
    built = ready(model, 200)

    pixels, labels = images(1000)
    begin, done, fired = time.perf_counter(), 0, 0
    while done < 3 or time.perf_counter() - begin < seconds:
        image.vars["magnitude"].view[:] = pixels[done]
        image.vars["magnitude"].push_to_device()
        if training:
            label.vars["magnitude"].view[:] = 0
            label.vars["magnitude"].view[labels[done]] = 5
            label.vars["magnitude"].push_to_device()
        model.timestep = 0
        for _ in range(200):
            model.step_time()
        model.pull_recording_buffers_from_device()
        fired += len(mbon.spike_recording_data[0][0])
        model.custom_update("rest")
        done += 1
    return built, done / (time.perf_counter() - begin), fired / done


# Balanced networks of 3200 excitatory and 800 inhibitory neurons: equations, time step, probability, weights, as in cobabench.

cuba = create_neuron_model(
    "cuba", vars=[("v", "scalar"), ("ge", "scalar"), ("gi", "scalar"), ("left", "scalar")],
    additional_input_vars=[("In", "scalar", 0.0)], params=["ee", "ei", "em", "fe", "fi"],
    sim_code="""
        if(left <= 0) v = -49 + (v + 49 - fe*ge - fi*gi)*em + (fe*ge*ee + fi*gi*ei);
        else left -= dt;
        ge = ge*ee + Isyn;
        gi = gi*ei + In;""",
    threshold_condition_code="left <= 0 && v > -50", reset_code="v = -60; left = 5;")
coba = create_neuron_model(
    "coba", vars=[("v", "scalar"), ("ge", "scalar"), ("gi", "scalar"), ("left", "scalar")],
    additional_input_vars=[("In", "scalar", 0.0)], params=["ee", "ei"],
    sim_code="""
        if(left <= 0) {
            const scalar g = 1 + ge + gi, end = (-40 - 80*gi)/g;
            v = end + (v - end)*exp(-dt*g/20);
        }
        else left -= dt;
        ge = ge*ee + Isyn;
        gi = gi*ei + In;""",
    threshold_condition_code="left <= 0 && v > -50", reset_code="v = -60; left = 5;")


def balanced(which):
    dt = 1.0 if which == "va" else 0.1
    model = genn(which, dt)
    between = init_var("Uniform", {"min": -60.0, "max": -50.0})
    decays = {"ee": np.exp(-dt / 5), "ei": np.exp(-dt / 10)}
    pops = []
    for name, n in (("E", 3200), ("I", 800)):
        if which == "va":
            params = {"C": 1.0, "TauM": 20.0, "Vrest": -49.0, "Vreset": -60.0, "Vthresh": -50.0, "Ioffset": 0.0, "TauRefrac": 5.0}
            pop = model.add_neuron_population(name, n, "LIF", params, {"V": between, "RefracTime": 0.0})
        else:
            params = dict(decays)
            if which == "cuba":  # dv/dt = (ge + gi - (v + 49))/20 with conductances that decay: exact
                params |= {"em": np.exp(-dt / 20), "fe": 1 / (1 - 20 / 5), "fi": 1 / (1 - 20 / 10)}
            pop = model.add_neuron_population(name, n, cuba if which == "cuba" else coba, params, {"v": between, "ge": 0.0, "gi": 0.0, "left": 0.0})
        pop.spike_recording_enabled = True
        pops.append(pop)
    p = 0.1 if which == "va" else 0.02
    weights = {"va": (0.0008, -0.0102), "cuba": (1.62, -9.0), "coba": (0.6, 6.7)}[which]
    for pre, g, tau in zip(pops, weights, (5.0, 10.0)):
        for post in pops:
            same = "FixedProbability" if pre is not post else "FixedProbabilityNoAutapse"
            to = init_postsynaptic("ExpCurr", {"tau": tau}) if which == "va" else init_postsynaptic("DeltaCurr")
            s = model.add_synapse_population(pre.name + post.name, "SPARSE", pre, post, init_weight_update("StaticPulseConstantWeight", {"g": g}),
                                             to, init_sparse_connectivity(same, {"prob": p}))
            if which != "va" and pre is pops[1]:
                s.post_target_var = "In"
    model.fuse_postsynaptic_models = True
    duration, piece = 2.0, 2000
    built = ready(model, piece)
    begin, fired = time.perf_counter(), 0
    for _ in range(round(1000 * duration / dt) // piece):
        for _ in range(piece):
            model.step_time()
        model.pull_recording_buffers_from_device()
        fired += len(pops[0].spike_recording_data[0][0])
    return {"build": built, "run": (time.perf_counter() - begin) / duration, "rate": fired / 3200 / duration}


result = {"version": metadata.version("pygenn")}
if sys.argv[1] == "mushroom":
    for name, training in (("train", True), ("test", False)):
        result["build " + name], result[name], result[name + " spikes"] = mushroom(training)
else:
    result |= balanced(sys.argv[1])
print(json.dumps(result))
