//go:build cgo && linux

package cuda_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// TestMain puts a driver and a compiler in place whose device is the processor: see
// testdata. Everything but these two libraries is what runs on a GPU.
//
// With SPIKEBOOK_TEST_GPU=1 there is a GPU, and tests run on it; see tests/gpu.
func TestMain(m *testing.M) {
	if onGPU {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "spikebook-cuda-")
	if err == nil {
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("SPIKEBOOK_CUDA", dir)
	os.Setenv("SPIKEBOOK_FAKE", dir)
	os.Setenv("SPIKEBOOK_FAKE_CXX", compiler())
	os.Setenv("SPIKEBOOK_CACHE", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var onGPU = os.Getenv("SPIKEBOOK_TEST_GPU") == "1"

// standIn skips a test of what only the stand-in can do.
func standIn(t *testing.T) {
	if onGPU {
		t.Skip("the driver of a GPU does not fail when told to; run without SPIKEBOOK_TEST_GPU")
	}
}

// compiler is the C compiler, which compiles C++ too.
func compiler() string {
	if c := os.Getenv("CC"); c != "" {
		return c
	}
	return "gcc"
}

func build(dir string) error {
	for source, lib := range map[string]string{"fakecuda.c": "libcuda.so.1", "fakenvrtc.c": "libnvrtc.so"} {
		out, err := exec.Command(compiler(), "-O1", "-w", "-shared", "-fPIC", "-o", filepath.Join(dir, lib), filepath.Join("testdata", source), "-ldl").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s does not compile testdata/%s: %w; install gcc and g++ (Debian: apt install g++), or name another in CC\n%s", compiler(), source, err, out)
		}
	}
	text, err := os.ReadFile("testdata/host.h")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "host.h"), text, 0o600)
}

// sumOfOnes counts the synapses of every postsynaptic neuron in a buffer.
func sumOfOnes(s plan.Shape, out int) plan.Op {
	return &plan.MatVec{Label: "count", Shape: s, Term: &model.Const{V: 1}, Bind: plan.Bind{}, Out: out, Zero: true}
}
