package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:generate sh -c "cd logo && go run gen.go"

var (
	//go:embed logo/logo-32x32.png
	logo32 []byte
	//go:embed logo/logo-64x64.png
	logo64 []byte
	//go:embed logo/logo-svg.svg
	logoSVG []byte
)

const (
	defaultName    = "spikebook"
	defaultDisplay = "Go (Spikebook)"

	// The name by which notebooks made with GoNB ask for their kernel.
	gonbName    = "gonb"
	gonbDisplay = "Go (gonb, by Spikebook)"
)

// kernelSpec is the content of kernel.json.
type kernelSpec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"` // "message": no signal to the kernel
	Env           map[string]string `json:"env"`
	Metadata      map[string]any    `json:"metadata"`
}

// newSpec describes the kernel that this very binary is. The places that the
// environment names now are kept for the kernel's later life.
func newSpec(display string, e environment) (kernelSpec, error) {
	self, err := e.executable()
	if err != nil {
		return kernelSpec{}, err
	}
	if strings.Contains(self, string(filepath.Separator)+"go-build") {
		return kernelSpec{}, fmt.Errorf("this binary, %s, was made by go run and will be deleted; make one with go build or go install", self)
	}
	s := kernelSpec{
		Argv:        []string{self, "kernel", "--connection-file", "{connection_file}"},
		DisplayName: display, Language: "go", InterruptMode: "message",
		Env: map[string]string{}, Metadata: map[string]any{},
	}
	for _, name := range []string{"SPIKEBOOK_MODULE", "SPIKEBOOK_CACHE"} {
		if v := e.getenv(name); v != "" {
			abs, err := filepath.Abs(v)
			if err != nil {
				return kernelSpec{}, err
			}
			s.Env[name] = abs
		}
	}
	return s, nil
}

var specName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// write puts the kernelspec into kernels/NAME under a Jupyter data folder.
// Each file appears whole or not at all, kernel.json last, so that a Jupyter
// that looks meanwhile sees no half kernel.
func (s kernelSpec) write(dataDir, name string) (dir string, err error) {
	if !specName.MatchString(name) {
		return "", fmt.Errorf("kernel name %q: want letters, digits, '-', '.' and '_' only", name)
	}
	dir = filepath.Join(dataDir, "kernels", strings.ToLower(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%w; choose another place with --prefix", err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return "", err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"logo-32x32.png", logo32}, {"logo-64x64.png", logo64}, {"logo-svg.svg", logoSVG}, {"kernel.json", b.Bytes()}} {
		if err := writeFile(filepath.Join(dir, f.name), f.data); err != nil {
			return "", fmt.Errorf("%w; choose another place with --prefix", err)
		}
	}
	return dir, nil
}

// writeFile replaces a file in one step.
func writeFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// readSpec reads a kernelspec; ok is false where there is none.
func readSpec(dataDir, name string) (s kernelSpec, ok bool) {
	b, err := os.ReadFile(filepath.Join(dataDir, "kernels", name, "kernel.json"))
	if err != nil || json.Unmarshal(b, &s) != nil || len(s.Argv) == 0 {
		return s, false
	}
	return s, true
}
