"""Times one of the networks of cobabench in Brian2, C++ standalone, one thread.

    python brian2_models.py cuba|coba|cobahh FOLDER

Prints one JSON object: version, seconds per biological second of the run alone, seconds for everything, mean rate in Hz.
"""

import json
import sys
import time

import brian2
from brian2 import (Network, NeuronGroup, SpikeMonitor, Synapses, device, exp, exprel, mV, ms, msiemens, nS, prefs, rand, randn,  # noqa: F401
                    second, seed, set_device, siemens, uF, ufarad, um, cm, volt)

model, folder = sys.argv[1:3]
begin = time.time()
set_device("cpp_standalone", directory=folder, debug=False)
prefs.devices.cpp_standalone.openmp_threads = 0
brian2.defaultclock.dt = 0.1 * ms
seed(1)
DURATION = 2

if model == "cuba":
    group = NeuronGroup(4000, """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
                                 dge/dt = -ge/(5*ms) : volt
                                 dgi/dt = -gi/(10*ms) : volt""",
                        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact")
    group.v = "-60*mV + rand()*10*mV"
    weights = "ge += 1.62*mV", "gi -= 9*mV"
elif model == "coba":
    group = NeuronGroup(4000, """dv/dt = (-60*mV - v + ge*(0*mV - v) + gi*(-80*mV - v) + 20*mV)/(20*ms) : volt (unless refractory)
                                 dge/dt = -ge/(5*ms) : 1
                                 dgi/dt = -gi/(10*ms) : 1""",
                        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exponential_euler")
    group.v = "-60*mV + rand()*10*mV"
    weights = "ge += 0.6", "gi += 6.7"
else:
    area = 20000 * um**2
    names = dict(Cm=1 * ufarad * cm**-2 * area, gl=5e-5 * siemens * cm**-2 * area, El=-60 * mV, EK=-90 * mV, ENa=50 * mV,
                 g_na=100 * msiemens * cm**-2 * area, g_kd=30 * msiemens * cm**-2 * area, VT=-63 * mV, Ee=0 * mV, Ei=-80 * mV)
    group = NeuronGroup(4000, """
        dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK))/Cm : volt
        dm/dt = alpha_m*(1 - m) - beta_m*m : 1
        dn/dt = alpha_n*(1 - n) - beta_n*n : 1
        dh/dt = alpha_h*(1 - h) - beta_h*h : 1
        dge/dt = -ge/(5*ms) : siemens
        dgi/dt = -gi/(10*ms) : siemens
        alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms : Hz
        beta_m = 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms : Hz
        alpha_h = 0.128*exp((17*mV - v + VT)/(18*mV))/ms : Hz
        beta_h = 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms : Hz
        alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms : Hz
        beta_n = .5*exp((10*mV - v + VT)/(40*mV))/ms : Hz""",
                        threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler", namespace=names)
    group.v = "-60*mV + randn()*5*mV - 5*mV"
    group.ge = "(randn()*1.5 + 4)*10.*nS"
    group.gi = "(randn()*12 + 20)*10.*nS"
    weights = "ge += 6*nS", "gi += 67*nS"

synapses = []
for cells, weight in ((group[:3200], weights[0]), (group[3200:], weights[1])):
    s = Synapses(cells, group, on_pre=weight)
    s.connect(p=0.02)
    synapses.append(s)
spikes = SpikeMonitor(group)
Network(group, spikes, *synapses).run(DURATION * second)  # Brian2 does not look into lists by itself
print(json.dumps({"version": brian2.__version__, "run": device._last_run_time / DURATION, "all": time.time() - begin,
                  "rate": spikes.num_spikes / 4000 / DURATION}))
