"""Networks on a GPU from cells. Where there is none, stand-ins of libcuda and libnvrtc whose
device is the processor take its place: cuda/testdata."""

import os
import subprocess

import pytest
from conftest import ROOT

NETWORK = """
import (
	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
)

func balanced() (*snn.Network, *snn.SpikeRecording) {
	net := snn.New("balanced", snn.Dt(1), snn.Seed(1))
	cell := snn.LIF{C: 1, TauM: 20, Vrest: -49, Vreset: -60, Vthresh: -50, TauRefrac: 5}
	exc := net.Population("exc", cell, 80).Init("V", snn.Uniform(-60, -50))
	inh := net.Population("inh", cell, 20).Init("V", snn.Uniform(-60, -50))
	net.Connect(exc, inh, snn.FixedProbability(0.2)).Weight(0.1).Receptor(snn.ExpCurr{Tau: 5})
	net.Connect(inh, exc, snn.FixedProbability(0.2)).Weight(-0.2).Receptor(snn.ExpCurr{Tau: 10})
	return net, net.RecordSpikes(exc)
}

func spikes(on snn.Backend) (snn.Spikes, error) {
	net, raster := balanced()
	sim, err := net.Build(snn.On(on))
	if err != nil {
		return snn.Spikes{}, err
	}
	defer sim.Close()
	err = sim.Run(100 * snn.Millisecond)
	return sim.Spikes(raster), err
}
"""

EPROP = """
import (
	"math"

	"github.com/spikebook/spikebook/datasets"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/rng"
)

func losses(options ...eprop.BuildOption) (got []float64, err error) {
	r := rng.NewRandomState(1)
	neuron := eprop.DefaultIAF()
	neuron.CM, neuron.EL, neuron.VM, neuron.TauM, neuron.TRef, neuron.VTh = 1, 0, 0, 20, 5, 0.6
	synapse := eprop.DefaultSynapse()
	synapse.TauMReadout, synapse.Optimizer.Method, synapse.Optimizer.BatchSize = 20, eprop.Adam, 2
	sim, err := eprop.New("evidence", eprop.Kernel{Resolution: 1, UpdateInterval: 2250, LearningWindow: 150, ResetNeuronsOnUpdate: true}).
		Input(40).Recurrent("regular", 30, neuron).
		Readout(2, eprop.Readout{CM: 1, TauM: 20, VMin: -math.MaxFloat64, Loss: eprop.CrossEntropy}).
		InputWeights(eprop.NormalMatrix(r, 30, 40, math.Sqrt(40)), synapse).RecurrentWeights(eprop.NormalMatrix(r, 30, 30, math.Sqrt(30)), synapse).
		OutputWeights(eprop.GlorotMatrix(r, 2, 30), synapse).FeedbackWeights(eprop.FeedbackMatrix(r, 30, 2, 1)).
		Build(options...)
	if err != nil {
		return nil, err
	}
	defer sim.Close()
	for range 2 {
		trials, err := datasets.DefaultEvidence().Draw(r, 2)
		if err != nil {
			return nil, err
		}
		var batch []eprop.Sequence
		for _, trial := range trials {
			batch = append(batch, eprop.Sequence{Spikes: trial.Spikes, Target: eprop.OneHot(trial.Target, 2)})
		}
		result, err := sim.Train(batch)
		if err != nil {
			return nil, err
		}
		got = append(got, result.Loss)
	}
	return got, nil
}
"""

LOADED = 'import ("os"; "strings")\nmaps, _ := os.ReadFile("/proc/self/maps")\nstrings.Contains(string(maps), "libcuda")'


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    """The environment in which programs find the stand-ins."""
    folder = tmp_path_factory.mktemp("cuda")
    subprocess.run([ROOT / "cuda" / "testdata" / "standin", folder], check=True)
    return {"SPIKEBOOK_CUDA": str(folder), "SPIKEBOOK_FAKE": str(folder), "SPIKEBOOK_FAKE_CXX": os.environ.get("CC", "gcc")}


def test_without_a_driver_the_error_says_what_to_install(start, tmp_path):
    k = start(env={"SPIKEBOOK_CUDA": str(tmp_path)})  # in which there is nothing
    k.ok(NETWORK)
    ran = k.run("net, _ := balanced()\nsim, err := net.Build(snn.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}\nsim.Close()")
    assert ran.status == "error" and "libcuda.so.1" in ran.trace and "install the NVIDIA driver" in ran.trace
    assert k.ok(LOADED).value == "false", "a package that opens libraries when asked"
    assert int(k.ok("reference, err := spikes(snn.Ref)\nerr == nil, len(reference.Neurons)").value.split()[-1]) > 20
    k.ok(EPROP)
    ran = k.run("got, err := losses(eprop.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}\ngot")
    assert ran.status == "error" and "libcuda.so.1" in ran.trace


def test_networks_run_on_the_device(start, standin):
    k = start(env=standin)
    k.ok(NETWORK)
    k.ok("reference, err := spikes(snn.Ref)\nif err != nil {\n\tpanic(err)\n}")
    ran = k.ok('import "reflect"\ngpu, err := spikes(cuda.Device(0))\nif err != nil {\n\tpanic(err)\n}\nfmt.Println(len(gpu.Neurons), reflect.DeepEqual(gpu, reference))')
    count, equal = ran.stream().split()
    assert int(count) > 20 and equal == "true"
    assert k.ok(LOADED).value == "true"


def test_a_simulation_on_the_device_is_a_variable_like_others(start, standin):
    k = start(env=standin)
    k.ok(NETWORK)
    k.ok("net, raster := balanced()\nsim, err := net.Build(snn.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}")
    for _ in range(3):
        k.ok("if err := sim.Run(30 * snn.Millisecond); err != nil {\n\tpanic(err)\n}")
    k.ok("other, otherRaster := balanced()\nwhole, err := other.Build()\nif err != nil {\n\tpanic(err)\n}\nif err := whole.Run(90 * snn.Millisecond); err != nil {\n\tpanic(err)\n}")
    assert k.ok('import "slices"\na, b := sim.Spikes(raster), whole.Spikes(otherRaster)\nlen(b.Neurons) > 20 && slices.Equal(a.Neurons, b.Neurons) && slices.Equal(a.Times, b.Times)').value == "true"
    k.ok("sim.Close()")


def test_eprop_trains_on_the_device(start, standin):
    k = start(env=standin)
    k.ok('import "github.com/spikebook/spikebook/cuda"' + EPROP)
    k.ok("want, err := losses()\nif err != nil {\n\tpanic(err)\n}")
    k.ok("got, err := losses(eprop.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}")
    assert k.ok('import "slices"\nlen(want) == 2 && slices.Equal(got, want)').value == "true"


def test_a_device_that_fails_leaves_kernel_and_description(start, standin):
    k = start(env=standin)
    k.ok('import ("os"; "github.com/spikebook/spikebook/cuda")' + EPROP)
    k.ok("want, err := losses()\nif err != nil {\n\tpanic(err)\n}")
    ran = k.run('os.Setenv("SPIKEBOOK_FAKE_FAIL", "cuLaunchKernel:700")\ngot, err := losses(eprop.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}\ngot')
    assert ran.status == "error" and "cuLaunchKernel" in ran.trace and "CUDA_ERROR_ILLEGAL_ADDRESS" in ran.trace
    k.ok('os.Unsetenv("SPIKEBOOK_FAKE_FAIL")\nagain, err := losses(eprop.On(cuda.Device(0)))\nif err != nil {\n\tpanic(err)\n}')
    assert k.ok('import "slices"\nslices.Equal(again, want)').value == "true"
