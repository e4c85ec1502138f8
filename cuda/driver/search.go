package driver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A library is looked for under these names, in these folders; "" is wherever the
// system's loader looks.
type search struct {
	names   []string
	folders []string
	missing string // what to do when it is not there
}

func forDriver() search {
	s := search{names: []string{"libcuda.so.1"}, folders: []string{"", "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64"},
		missing: "install the NVIDIA driver (Debian: apt install nvidia-driver; a container needs the NVIDIA container toolkit), or use another backend"}
	return s.overridden()
}

func forCompiler() search {
	s := search{names: []string{"libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12"}, folders: []string{""},
		missing: "install NVRTC (pip install nvidia-cuda-nvrtc-cu12, or NVIDIA's CUDA toolkit), or name its folder in SPIKEBOOK_CUDA"}
	for _, home := range []string{os.Getenv("CUDA_HOME"), os.Getenv("CUDA_PATH"), "/usr/local/cuda"} {
		if home != "" {
			s.folders = append(s.folders, filepath.Join(home, "lib64"), filepath.Join(home, "lib"))
		}
	}
	var roots []string
	if v := os.Getenv("VIRTUAL_ENV"); v != "" {
		roots = append(roots, v)
	} else if h, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(h, ".local"))
	}
	for _, r := range roots {
		for _, pattern := range []string{"cu13/lib", "cuda_nvrtc/lib"} {
			found, _ := filepath.Glob(filepath.Join(r, "lib", "python3*", "site-packages", "nvidia", pattern))
			s.folders = append(s.folders, found...)
		}
	}
	return s.overridden()
}

func (s search) overridden() search {
	if dir := os.Getenv("SPIKEBOOK_CUDA"); dir != "" {
		s.folders = []string{dir}
	}
	return s
}

// candidates are the names to give to the loader, in order.
func (s search) candidates() (c []string) {
	for _, f := range s.folders {
		for _, n := range s.names {
			c = append(c, filepath.Join(f, n))
		}
	}
	return c
}

// notFound is the error after all candidates; said is what the loader said of those
// that exist but cannot be loaded.
func (s search) notFound(said []string) error {
	where := make([]string, len(s.folders))
	for i, f := range s.folders {
		where[i] = f
		if f == "" {
			where[i] = "the system's library folders"
		}
	}
	text := ""
	if len(said) > 0 {
		text = " (" + strings.Join(said, "; ") + ")"
	}
	return fmt.Errorf("cuda: %s %w in %s%s; %s", strings.Join(s.names, ", "), ErrNotFound, strings.Join(where, ", "), text, s.missing)
}
