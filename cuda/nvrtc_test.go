//go:build cgo && linux

package cuda_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// nvrtc is the folder of a real NVRTC, which the script beside fetches once into
// the cache. Without a network it cannot be had.
func nvrtc(t *testing.T) string {
	cmd := exec.Command("testdata/fetch-nvrtc")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("testdata/fetch-nvrtc: %v\n%s", err, &said)
	}
	return strings.TrimSpace(string(out))
}

// TestNVRTC compiles every kernel of the conformance suite for three generations
// of GPUs, and looks for contracted or approximate operations.
func TestNVRTC(t *testing.T) {
	standIn(t)
	dir := nvrtc(t)
	// The compiler is opened by the name of its folder; the driver stays as it is.
	t.Setenv("SPIKEBOOK_CUDA", dir)
	c, err := driver.OpenCompiler()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("NVRTC %d.%d for %v", c.Major, c.Minor, c.Archs())
	defer few("2")()
	defer cuda.MarksPerBlock(20)()
	draws, err := cuda.DrawSource()
	if err != nil {
		t.Fatal(err)
	}
	for name, fast := range map[string]bool{"strict": false, "fast": true} {
		g := cuda.NewGather(fast)
		t.Run("gather", func(t *testing.T) { plantest.Conformance(t, g, ref.New()) })
		for _, float := range []plan.Type{plan.F64, plan.F32} {
			source, n, err := g.Source(float)
			if err != nil {
				t.Fatal(err)
			}
			archs := []string{"sm_70", "sm_80", "sm_90", "compute_90"}
			if fast { // the same but for a few kernels
				archs = archs[2:]
			}
			for _, arch := range archs {
				t.Run(name+"/"+float.String()+"/"+arch, func(t *testing.T) {
					t.Parallel()
					code, err := c.Compile(source, arch, cuda.Options...)
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%d kernels, %d bytes of source, %d of code", n, len(source), len(code))
					switch {
					case arch != "compute_90":
					case fast:
						if !strings.Contains(string(code), "fma.rn.f") || !strings.Contains(string(code), "atom.") {
							t.Error("no contracted operation, or no atomic addition, in the PTX of fast kernels")
						}
					default:
						exact(t, string(code))
					}
				})
			}
		}
	}
	for _, arch := range []string{"sm_70", "sm_90"} {
		if _, err := c.Compile(draws, arch, cuda.Options...); err != nil {
			t.Error(err)
		}
	}
}

// exact looks for instructions that would not give the results of ref.
func exact(t *testing.T, ptx string) {
	if !strings.Contains(ptx, "div.rn.f") || !strings.Contains(ptx, "sqrt.rn.f64") {
		t.Error("no exact division and root in the PTX of the suite")
	}
	if bad := regexp.MustCompile(`\n.*(fma\.|\.approx|\.ftz|mad\.rn|\.full\.).*`).FindString(ptx); bad != "" {
		t.Errorf("an instruction that rounds otherwise:%s", bad)
	}
}
