package gotool

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPackageDir(t *testing.T) {
	tool := open(t, copyModule(t))
	for path, file := range map[string]string{
		"strings":                "builder.go",
		"builtin":                "builtin.go",
		"math/rand/v2":           "rand.go",
		modulePath + "/npy":      "npy.go",
		"gonum.org/v1/gonum/mat": "dense.go",
	} {
		dir, err := tool.PackageDir(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"", ".", "../x", "/etc", "-x", "all/...", "nosuch", "example.com/nosuch", modulePath + "/nosuch"} {
		if dir, err := tool.PackageDir(t.Context(), path); err == nil {
			t.Errorf("%q: %s, want an error", path, dir)
		}
	}
}
