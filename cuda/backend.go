package cuda

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

// Device is the backend that runs networks on GPU number n, from 0 as nvidia-smi
// counts them:
//
//	sim, err := net.Build(snn.On(cuda.Device(0)))
//
// What is missing, a driver, a GPU or NVRTC, is the error of Build.
func Device(n int, options ...Option) plan.Backend {
	b := &backend{n: n}
	for _, o := range options {
		if o != nil {
			o(b)
		}
	}
	return b
}

// Option changes how a device is used.
type Option func(*backend)

// Fast gives up that results equal those of other backends bit for bit, for speed:
//
//	net.Build(snn.On(cuda.Device(0, cuda.Fast)))
//
// Sums are added up in no particular order, by many threads at once, products and
// sums are contracted, and functions are those of CUDA, in single precision where
// the network is. What differs is rounding, also from run to run. Random draws and
// connections stay the same.
func Fast(b *backend) { b.fast = true }

type backend struct {
	n      int
	fast   bool
	graphs bool // no persistent kernel
}

// Name is "cuda".
func (*backend) Name() string { return "cuda" }

// Compile translates p, compiles it with NVRTC unless the cache has it, and loads
// it onto the device.
func (b *backend) Compile(p *plan.Program) (plan.Executor, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	u, err := emit(p, b.fast)
	if err != nil {
		return nil, fmt.Errorf("cuda: program %s: %w", p.Name, err)
	}
	x, err := newExecutor(p, u, b)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	return x, nil
}

// options of NVRTC: every operation as written. Divisions and square roots are
// correctly rounded and subnormals kept, which are its defaults too.
var options = []string{"--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true", "--std=c++17"}

// target is what the compiler makes code for: the device itself, or, for a device
// that is newer than the compiler, PTX that the driver compiles to the end.
func target(d *driver.Device, c *driver.Compiler) (string, error) {
	have := d.Major*10 + d.Minor
	best := 0
	for _, a := range c.Archs() {
		if a == have {
			return d.Arch(), nil
		}
		if a < have {
			best = max(best, a)
		}
	}
	if best == 0 {
		return "", fmt.Errorf("cuda: %s has compute capability %d.%d, but NVRTC %d.%d (%s) compiles for %v; install an older NVRTC and name its folder in SPIKEBOOK_CUDA, or use another backend",
			d.Name, d.Major, d.Minor, c.Major, c.Minor, c.Path(), c.Archs())
	}
	return fmt.Sprintf("compute_%d", best), nil
}

// compiled finds the cubin of a source for a device: in memory, in the cache
// folder, or from the compiler.
func compiled(c *driver.Compiler, source, arch string) ([]byte, error) {
	h := sha256.New()
	for _, s := range append([]string{version, source, arch, fmt.Sprint(c.Major, ".", c.Minor), c.Path()}, options...) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	key := hex.EncodeToString(h.Sum(nil)[:20])
	kept.Lock()
	defer kept.Unlock()
	if image := kept.images[key]; image != nil {
		return image, nil
	}
	file := ""
	if dir := folder(); dir != "" {
		file = filepath.Join(dir, key+".cubin")
		if image, err := os.ReadFile(file); err == nil && whole(image) {
			now := time.Now()
			os.Chtimes(file, now, now) // for evict
			image = image[:len(image)-len(ending)]
			keep(key, image)
			return image, nil
		}
	}
	image, err := c.Compile(source, arch, options...)
	if err != nil {
		return nil, err
	}
	keep(key, image)
	if file != "" {
		save(file, image) // a cache that cannot be written costs time only
		evict(filepath.Dir(file), 256<<20)
	}
	return image, nil
}

// kept is what this process has compiled or read.
var kept struct {
	sync.Mutex
	images map[string][]byte
	bytes  int
}

func keep(key string, image []byte) {
	if kept.images == nil || kept.bytes > 64<<20 {
		kept.images, kept.bytes = map[string][]byte{}, 0
	}
	kept.images[key] = image
	kept.bytes += len(image)
}

// ending stands behind a finished file, so that one that lost its end is not used.
const ending = "\nspikebook: the kernels are whole\n"

func whole(b []byte) bool { return len(b) > len(ending) && strings.HasSuffix(string(b), ending) }

// folder is where compiled kernels are kept: below SPIKEBOOK_CACHE, else below the
// user's cache folder; "" if there is none that can be made.
func folder() string {
	dir := os.Getenv("SPIKEBOOK_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(base, "spikebook")
	}
	dir = filepath.Join(dir, "cuda")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}

func save(file string, image []byte) {
	f, err := os.CreateTemp(filepath.Dir(file), "build-*.tmp")
	if err != nil {
		return
	}
	_, err = f.Write(append(slices.Clone(image), ending...))
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), file) != nil {
		os.Remove(f.Name())
	}
}

// evict removes the oldest files until the folder has at most max bytes. Another
// process may be doing the same, so errors do not matter.
func evict(dir string, max int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= max {
			return
		}
		if os.Remove(filepath.Join(dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}
