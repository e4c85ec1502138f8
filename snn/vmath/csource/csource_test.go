package csource

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGenerated fails when vmath or rng have changed since go generate.
func TestGenerated(t *testing.T) {
	out := filepath.Join(t.TempDir(), "functions.inc")
	if text, err := exec.Command("go", "run", "../cgen", "../..", out).CombinedOutput(); err != nil {
		t.Fatalf("cgen: %v\n%s", err, text)
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != functions {
		t.Error("functions.inc is not what cgen makes of vmath and rng; run go generate ./snn/vmath/csource")
	}
}

func TestSourceRefusesUnknownNames(t *testing.T) {
	if _, err := Source("Exp", "Xep"); err == nil {
		t.Error("Source(\"Xep\") gave no error")
	}
}
