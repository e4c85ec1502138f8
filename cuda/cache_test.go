//go:build cgo && linux

package cuda

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spikebook/spikebook/cuda/driver"
)

// TestCache: a source is compiled once; a file that was cut off is made again; the
// oldest files go.
func TestCache(t *testing.T) {
	if os.Getenv("SPIKEBOOK_TEST_GPU") == "1" {
		t.Skip("the compiler of a GPU wants CUDA; run without SPIKEBOOK_TEST_GPU")
	}
	dir := t.TempDir()
	t.Setenv("SPIKEBOOK_CACHE", dir)
	c, err := driver.OpenCompiler()
	if err != nil {
		t.Fatal(err)
	}
	const source = "int a;"
	first, err := compiled(c, source, "sm_90")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cuda", "*.cubin"))
	if len(files) != 1 {
		t.Fatalf("files %v, want one", files)
	}
	forget := func() { kept.images = nil }
	forget()
	if again, err := compiled(c, source, "sm_90"); err != nil || string(again) != string(first) {
		t.Errorf("%q, %v; want what was made first", again, err)
	}
	forget()
	if err := os.Truncate(files[0], 20); err != nil {
		t.Fatal(err)
	}
	if again, err := compiled(c, source, "sm_90"); err != nil || string(again) == string(first) {
		t.Errorf("%q, %v; want another library than from the file that is cut off", again, err)
	}
	for i, name := range []string{"old", "new"} {
		f := filepath.Join(dir, name)
		os.WriteFile(f, make([]byte, 1000), 0o600)
		os.Chtimes(f, time.Time{}, time.Now().Add(time.Duration(i-5)*time.Hour))
	}
	evict(dir, 1500)
	if _, err := os.Stat(filepath.Join(dir, "old")); err == nil {
		t.Error("the oldest file is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err != nil {
		t.Error("the newest file is gone")
	}
}
