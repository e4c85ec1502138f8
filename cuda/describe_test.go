//go:build cgo && linux

package cuda_test

import (
	"strings"
	"testing"

	"github.com/spikebook/spikebook/cuda"
)

func TestDescribe(t *testing.T) {
	standIn(t)
	text, ok := cuda.Describe()
	for _, want := range []string{"CUDA 12.9", "GPU 0: processor, compute capability 9.0, 2 multiprocessors, 4.0 GiB", "compiled for sm_90", "NVRTC 12.9"} {
		if !ok || !strings.Contains(text, want) {
			t.Errorf("ok %v, description\n%s\nwant it to have %q", ok, text, want)
		}
	}
	t.Setenv("SPIKEBOOK_CUDA", t.TempDir())
	if text, ok := cuda.Describe(); ok || !strings.Contains(text, "install the NVIDIA driver") {
		t.Errorf("without libraries: ok %v, description %s", ok, text)
	}
}
