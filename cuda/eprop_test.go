//go:build cgo && linux

package cuda_test

import (
	"strings"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/eprop"
	"github.com/spikebook/spikebook/snn/eprop/eproptest"
)

func TestEprop(t *testing.T) {
	defer few("40")()
	eproptest.Conformance(t, cuda.Device(0))
}

// The losses and weights that NEST recorded, on the device.
func TestEpropIsNESTs(t *testing.T) { eproptest.CheckNEST(t, cuda.Device(0)) }

// TestEpropNVRTC compiles the kernels for three generations of GPUs.
func TestEpropNVRTC(t *testing.T) {
	standIn(t)
	t.Setenv("SPIKEBOOK_CUDA", nvrtc(t))
	c, err := driver.OpenCompiler()
	if err != nil {
		t.Fatal(err)
	}
	source, err := cuda.EpropSource()
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"sm_70", "sm_80", "sm_90", "compute_90"} {
		code, err := c.Compile(source, arch, cuda.Options...)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes of source, %d of code", arch, len(source), len(code))
		if arch == "compute_90" {
			exact(t, string(code))
		}
	}
}

// Sequences of a batch for which there is no memory side by side run one after the
// other, to the same bits.
func TestEpropWithLittleMemory(t *testing.T) {
	defer few("10")()
	cuda.EpropLanes(1)
	defer cuda.EpropLanes(0)
	eproptest.Conformance(t, cuda.Device(0))
}

func TestEpropErrors(t *testing.T) {
	n, batch := eproptest.Small()
	if _, err := n.Build(eprop.On(snn.Ref)); err == nil || !strings.Contains(err.Error(), "backend ref does not know e-prop; want cuda.Device(0)") {
		t.Errorf("on ref: %v", err)
	}
	sim, err := n.Build(eprop.On(cuda.Device(0)))
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Train(batch); err == nil || !strings.Contains(err.Error(), "used after Close") {
		t.Errorf("after Close: %v", err)
	}
	if err := sim.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// A device that fails in the middle of a training stops it with an error that names
// the call; the network can be built again.
func TestEpropLostDevice(t *testing.T) {
	standIn(t)
	n, batch := eproptest.Small()
	for _, call := range []string{"cuLaunchKernel", "cuMemcpyDtoHAsync_v2", "cuMemcpyHtoDAsync_v2"} {
		sim, err := n.Build(eprop.On(cuda.Device(0)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sim.Train(batch); err != nil {
			t.Fatal(err)
		}
		t.Setenv("SPIKEBOOK_FAKE_FAIL", call+":700")
		_, err = sim.Train(batch)
		if err == nil || !strings.Contains(err.Error(), call) || !strings.Contains(err.Error(), "CUDA_ERROR_ILLEGAL_ADDRESS") {
			t.Errorf("%s fails: %v", call, err)
		}
		t.Setenv("SPIKEBOOK_FAKE_FAIL", "")
		if _, again := sim.Train(batch); again == nil || again.Error() != err.Error() {
			t.Errorf("the training goes on after %v", err)
		}
		sim.Close()
	}
	sim, err := n.Build(eprop.On(cuda.Device(0)))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if _, err := sim.Train(batch); err != nil {
		t.Error(err)
	}
}
