package cc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/cpu"

	"github.com/spikebook/spikebook/snn/plan"
)

// Backend compiles programs with one C compiler into one cache folder.
type Backend struct {
	compiler string   // path
	version  string   // first line of its --version
	flags    []string // all but the files
	machine  string   // features of the processor
	dir      string
	notice   string
	threads  int // 0: as many as the program may use
	sharing  sharing
}

// sharing says what is shared out among threads. Tests make it finer.
type sharing struct {
	worth int64 // from this cost on, in sixteenths of a nanosecond, roughly
	grain int64 // pieces have at least so many neurons
	block uint  // blocks that rest have 1<<block neurons, at most longest
	least int   // populations of fewer neurons have no such blocks

	threads int // at most
}

// Handing over work costs half a microsecond. Pieces of 64 neurons begin at the
// beginning of a cache line.
var normal = sharing{worth: 16 * 3000, grain: 64, block: 9, least: 128}

// Option changes how a backend runs.
type Option func(*Backend)

// Threads bounds the threads that make the steps of one simulation; by default
// they are as many as the program may use (runtime.GOMAXPROCS). Results do not
// depend on it. Threads are used where a step does enough at a time.
func Threads(n int) Option { return func(b *Backend) { b.threads = n } }

// flags keep every operation as written, at full optimisation otherwise. Without
// -fno-trapping-math, which concerns the flags of the floating-point unit and no
// value, gcc does not vectorise a choice between two results for SSE and AVX2.
func flags() []string {
	f := []string{"-std=gnu11", "-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fwrapv", "-w", "-pipe"}
	switch runtime.GOARCH {
	case "amd64", "386":
		f = append(f, "-march=native")
	case "arm64":
		f = append(f, "-mcpu=native")
	}
	return f
}

// New finds a compiler ($CC, else cc, gcc or clang in the path) and the cache
// folder. Without a compiler, or in a program built without cgo, it returns an
// error that says what to install; package ref needs neither.
//
// Calling it again is cheap while $CC, $PATH and $SPIKEBOOK_CACHE stay the same.
func New(options ...Option) (plan.Backend, error) {
	found.Lock()
	defer found.Unlock()
	setting := [...]string{os.Getenv("CC"), os.Getenv("PATH"), os.Getenv("SPIKEBOOK_CACHE"), os.Getenv("HOME"), os.Getenv("XDG_CACHE_HOME")}
	if found.backend == nil || found.setting != setting {
		b, err := newBackend()
		if err != nil {
			return nil, err
		}
		found.backend, found.setting = b, setting
	}
	if len(options) == 0 {
		return found.backend, nil
	}
	b := *found.backend
	for _, o := range options {
		o(&b)
	}
	if b.threads < 0 {
		return nil, fmt.Errorf("cc: %d threads, want 1 or more, or 0 for as many as the program may use", b.threads)
	}
	return &b, nil
}

// found is the backend that New made last. It is a cache: another copy of this
// package in the same process works as well with its own.
var found struct {
	sync.Mutex
	setting [5]string
	backend *Backend
}

func newBackend() (*Backend, error) {
	if !haveCgo {
		return nil, errors.New("cc: this program was built without cgo, which is needed to load compiled models; install gcc (Debian: apt install gcc libc6-dev) and build again, with CGO_ENABLED=1 if that is set to 0, or use the backend ref")
	}
	names := []string{"cc", "gcc", "clang"}
	if c := strings.TrimSpace(os.Getenv("CC")); c != "" {
		names = []string{c}
	}
	b := &Backend{flags: flags(), machine: machine(), sharing: normal}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			b.compiler = path
			break
		}
	}
	if b.compiler == "" {
		return nil, fmt.Errorf("cc: no C compiler: looked for %s in PATH, want gcc or clang; install one (Debian: apt install gcc), or use the backend ref",
			strings.Join(names, ", "))
	}
	out, err := exec.Command(b.compiler, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("cc: %s --version: %w; want a working gcc or clang: install it again (Debian: apt install gcc), or set CC to another", b.compiler, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	b.version = strings.TrimSpace(line)
	if b.dir, b.notice, err = cacheFolder(); err != nil {
		return nil, err
	}
	return b, nil
}

// machine describes the processor as far as -march=native depends on it.
func machine() string {
	s := fmt.Sprintf("%s %s %+v %+v", runtime.GOOS, runtime.GOARCH, cpu.X86, cpu.ARM64)
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			key, _, _ := strings.Cut(line, ":")
			switch strings.TrimSpace(key) {
			case "model", "cpu family", "flags", "Features", "CPU part", "isa":
				s += " " + strings.TrimSpace(line)
			case "":
				return s // the first processor tells all
			}
		}
	}
	return s
}

// Name is "cc".
func (b *Backend) Name() string { return "cc" }

// Notice is a sentence for the user when the cache folder could not be used,
// else "".
func (b *Backend) Notice() string { return b.notice }

// Compile translates p, compiles the C source unless the cache has its library,
// and loads it.
func (b *Backend) Compile(p *plan.Program) (plan.Executor, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	how := b.sharing
	if how.threads = b.threads; how.threads == 0 {
		how.threads = runtime.GOMAXPROCS(0)
	}
	how.threads = min(how.threads, most)
	u, err := emit(p, how)
	if err != nil {
		return nil, err
	}
	lib, err := b.library(u.source)
	if err != nil {
		return nil, fmt.Errorf("cc: program %s: %w", p.Name, err)
	}
	return newExecutor(p, u, lib, how)
}

// library returns the compiled source, from the cache if it is there.
func (b *Backend) library(source string) (*library, error) {
	// The folder may have been removed since New.
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, fullDisk(b.dir, err, "")
	}
	file := filepath.Join(b.dir, b.key(source)+".so")
	if _, err := os.Stat(file); err == nil {
		if lib, err := openWhole(file); err == nil {
			now := time.Now()
			os.Chtimes(file, now, now) // for evict; a read-only cache works without
			return lib, nil
		}
		os.Remove(file) // damaged
	}
	if err := b.build(source, file); err != nil {
		return nil, err
	}
	lib, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be loaded: %w; if its folder does not allow programs (noexec), name another in SPIKEBOOK_CACHE, or use the backend ref", file, err)
	}
	evict(b.dir, limit, time.Now())
	return lib, nil
}

// ending stands behind a finished library, where loaders do not look. One that
// lost its end on the way to the disk would be mapped and end the process.
const ending = "\nspikebook: the library is whole\n"

// openWhole opens a library of the cache unless its end is missing.
func openWhole(file string) (*library, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	end := make([]byte, len(ending))
	if _, err := f.Seek(-int64(len(end)), io.SeekEnd); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(f, end); err != nil {
		return nil, err
	}
	if string(end) != ending {
		return nil, fmt.Errorf("%s is cut off", file)
	}
	return open(file)
}

func (b *Backend) key(source string) string {
	h := sha256.New()
	for _, s := range append([]string{source, version, b.compiler, b.version, b.machine}, b.flags...) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// build compiles source into file, by way of a temporary name, so that another
// process sees all of it or nothing.
func (b *Backend) build(source, file string) error {
	out, err := os.CreateTemp(b.dir, "build-*.tmp.so.tmp")
	if err != nil {
		return fullDisk(b.dir, err, "")
	}
	out.Close()
	defer os.Remove(out.Name())
	cmd := exec.Command(b.compiler, append(append([]string{}, b.flags...), "-x", "c", "-o", out.Name(), "-", "-lm")...)
	cmd.Stdin = strings.NewReader(source)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+b.dir)
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Run(); err != nil {
		return fullDisk(b.dir, fmt.Errorf("%s: %w", b.compiler, err), text.String())
	}
	if err := finish(out.Name()); err != nil {
		return fullDisk(b.dir, err, "")
	}
	if err := os.Rename(out.Name(), file); err != nil {
		return fullDisk(b.dir, err, "")
	}
	return nil
}

// finish writes the ending.
func finish(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(ending)
	return errors.Join(err, f.Close())
}

// fullDisk makes an error of a failed build: what the compiler said, and what
// to do.
func fullDisk(dir string, err error, said string) error {
	if full(err) || strings.Contains(said, "No space left") || strings.Contains(said, "quota exceeded") {
		return fmt.Errorf("no space left in %s (%w); free some space, or name another folder in SPIKEBOOK_CACHE", dir, err)
	}
	if said = strings.TrimSpace(said); said != "" {
		said = ":\n" + said
	}
	return fmt.Errorf("the compiler failed: %w%s\nuse the backend ref, and report this with the printed plan", err, said)
}
