// Package cudatest lets tests of other packages run on the backend of package cuda.
package cudatest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Use puts, for this test, a driver and a compiler in place whose device is the
// processor (cuda/testdata). With SPIKEBOOK_TEST_GPU=1 there is a GPU, which is used
// instead.
func Use(t testing.TB) {
	t.Helper()
	if os.Getenv("SPIKEBOOK_TEST_GPU") == "1" {
		return
	}
	_, file, _, _ := runtime.Caller(0)
	dir := t.TempDir()
	if out, err := exec.Command(filepath.Join(filepath.Dir(file), "..", "testdata", "standin"), dir).CombinedOutput(); err != nil {
		t.Fatalf("cuda/testdata/standin: %v; install gcc and g++ (Debian: apt install g++), or name another compiler in CC\n%s", err, out)
	}
	for _, name := range []string{"SPIKEBOOK_CUDA", "SPIKEBOOK_FAKE", "SPIKEBOOK_CACHE"} {
		t.Setenv(name, dir)
	}
	t.Setenv("SPIKEBOOK_FAKE_CXX", cmp.Or(os.Getenv("CC"), "gcc"))
}
