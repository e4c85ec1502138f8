//go:build cgo && linux

package driver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func wants(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q, want it to contain %q", err, p)
		}
	}
}

// TestMissing: without the libraries, one error says what was looked for, where,
// and what to install.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SPIKEBOOK_CUDA", dir)
	_, err := Open()
	wants(t, err, "libcuda.so.1 not found", dir, "install the NVIDIA driver", "another backend")
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("%v is not ErrNotFound", err)
	}
	_, err = OpenCompiler()
	wants(t, err, "libnvrtc.so", "not found", dir, "pip install")

	// Something of that name that is no library.
	file := filepath.Join(dir, "libcuda.so.1")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open()
	wants(t, err, "not found", file)
}

// TestSearch: where libraries are looked for, as documented.
func TestSearch(t *testing.T) {
	home := t.TempDir()
	lib := filepath.Join(home, "lib", "python3.12", "site-packages", "nvidia", "cuda_nvrtc", "lib")
	if err := os.MkdirAll(lib, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SPIKEBOOK_CUDA", "")
	t.Setenv("VIRTUAL_ENV", home)
	t.Setenv("CUDA_HOME", "/somewhere")
	got := strings.Join(forCompiler().candidates(), " ")
	at := -1
	for _, want := range []string{"libnvrtc.so", "/somewhere/lib64/libnvrtc.so", "/usr/local/cuda/lib64/libnvrtc.so", filepath.Join(lib, "libnvrtc.so.12")} {
		k := strings.Index(got, want)
		if k <= at {
			t.Errorf("%s is not, or too early, in %s", want, got)
		}
		at = k
	}
	t.Setenv("SPIKEBOOK_CUDA", "/only")
	for _, c := range append(forCompiler().candidates(), forDriver().candidates()...) {
		if filepath.Dir(c) != "/only" {
			t.Errorf("with SPIKEBOOK_CUDA=/only looks for %s", c)
		}
	}
}

// TestAdvice: what errors tell to do.
func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		e    Error
		lost bool
		want string
	}{
		{Error{Call: "cuMemAlloc_v2", Code: 2, Name: "CUDA_ERROR_OUT_OF_MEMORY", Text: "out of memory", Doing: "cuda: 3 bytes"}, false,
			"cuda: 3 bytes: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (out of memory); make the network smaller"},
		{Error{Call: "cuStreamSynchronize", Code: 700, Name: "X"}, true, "start it again"},
		{Error{Call: "cuModuleLoadData", Code: 222, Name: "X"}, false, "install a newer driver"},
		{Error{Call: "nvrtcCompileProgram", Code: 2, Name: "X", Log: "line 3"}, false, "line 3"},
	} {
		if c.e.Lost() != c.lost {
			t.Errorf("%v: lost is %v", &c.e, c.e.Lost())
		}
		wants(t, &c.e, c.want)
	}
}
