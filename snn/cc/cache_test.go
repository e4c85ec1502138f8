//go:build cgo

package cc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
)

func libraries(t *testing.T, dir string) []string {
	t.Helper()
	l, err := filepath.Glob(filepath.Join(dir, "*.so"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newTest(t *testing.T) *Backend {
	t.Helper()
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend)
}

func compileBars(t *testing.T, b *Backend, bars *plantest.Bars) plan.Executor {
	t.Helper()
	x, err := b.Compile(bars.Program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// TestOneLibraryForManyPrograms: sizes, seeds, names and periods are data.
func TestOneLibraryForManyPrograms(t *testing.T) {
	b := newTest(t)
	compileBars(t, b, plantest.NewBars(plan.F64))
	other := plantest.NewBars(plan.F64)
	other.Program.Name, other.Program.Seed, other.Program.Dt = "other", 99, 0.1
	for i := range other.Program.Buffers {
		other.Program.Buffers[i].Name = fmt.Sprint(i)
	}
	for _, op := range other.Program.Ops {
		switch op := op.(type) {
		case *plan.Sweep:
			op.Object = 77
		case *plan.MatVec:
			op.Label = "x"
		}
	}
	compileBars(t, b, other)
	if l := libraries(t, b.dir); len(l) != 1 {
		t.Errorf("programs that differ in data only made %d libraries, want 1", len(l))
	}
	compileBars(t, b, plantest.NewBars(plan.F32))
	if l := libraries(t, b.dir); len(l) != 2 {
		t.Errorf("float64 and float32 made %d libraries, want 2", len(l))
	}
}

// TestCacheIsUsed: a second compilation does not start the compiler, a damaged
// library is built again, another compiler version gets its own.
func TestCacheIsUsed(t *testing.T) {
	b := newTest(t)
	bars := plantest.NewBars(plan.F64)
	compileBars(t, b, bars)
	broken := *b
	broken.compiler, broken.flags = b.compiler, b.flags
	l := libraries(t, b.dir)[0]
	old := time.Now().Add(-time.Hour)
	os.Chtimes(l, old, old)
	t.Setenv("PATH", "")
	compileBars(t, &broken, bars)
	if info, _ := os.Stat(l); info.ModTime().Equal(old) {
		t.Error("use of a library did not renew its time, by which the oldest are removed")
	}
	t.Setenv("PATH", "/usr/bin:/bin")
	whole, err := os.ReadFile(l)
	if err != nil {
		t.Fatal(err)
	}
	// One that is cut off would be mapped and end the process with a bus error.
	for _, damaged := range [][]byte{[]byte("not a library"), {}, whole[:4096], whole[:len(whole)/2], whole[:len(whole)-1]} {
		if err := os.WriteFile(l+".tmp", damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(l+".tmp", l); err != nil { // not in place: the loaded one is mapped
			t.Fatal(err)
		}
		compileBars(t, b, bars)
		if again, err := os.ReadFile(l); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("a library of %d bytes was not built again (%d bytes, %v)", len(damaged), len(again), err)
		}
	}
	newer := *b
	newer.version = "cc 99"
	compileBars(t, &newer, bars)
	if n := len(libraries(t, b.dir)); n != 2 {
		t.Errorf("%d libraries for two compiler versions, want 2", n)
	}
}

func TestCompilesAtOnce(t *testing.T) {
	b := newTest(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			x, err := b.Compile(plantest.NewBars(plan.F64).Program)
			if err != nil {
				t.Error(err)
				return
			}
			x.Close()
		})
	}
	wg.Wait()
	entries, _ := os.ReadDir(b.dir)
	if len(entries) != 1 {
		t.Errorf("the folder holds %d files after four compilations of one program, want 1", len(entries))
	}
}

func TestEviction(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	put := func(name string, size int, age time.Duration) {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(f, now.Add(-age), now.Add(-age))
	}
	put("old.so", 600, 3*time.Hour)
	put("older.so", 600, 4*time.Hour)
	put("new.so", 600, time.Minute)
	put("build-1.tmp.so.tmp", 10, 2*time.Hour)
	put("build-2.tmp.so.tmp", 10, time.Minute)
	put("notes.txt", 5000, 9*time.Hour)
	evict(dir, 1300, now)
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got, want := strings.Join(left, " "), "build-2.tmp.so.tmp new.so notes.txt old.so"; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestUnwritableCacheFallsBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("SPIKEBOOK_CACHE", file) // not a folder; works as root too
	backend, err := New()
	if err != nil {
		t.Fatal(err)
	}
	b := backend.(*Backend)
	if n := b.Notice(); !strings.Contains(n, file) || !strings.Contains(n, "SPIKEBOOK_CACHE") || !strings.Contains(n, b.dir) {
		t.Errorf("notice %q does not name the folder %s, the one used, %s, and the variable", n, file, b.dir)
	}
	compileBars(t, b, plantest.NewBars(plan.F64))
	if again, _ := New(); again != backend {
		t.Error("New made another temporary folder")
	}
}

func TestNoCompiler(t *testing.T) {
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	b, err := New()
	if err == nil || b != nil {
		t.Fatal("New without a compiler gave no error")
	}
	for _, part := range []string{"no C compiler", "gcc", "clang", "apt install gcc", "ref"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not contain %q", err, part)
		}
	}
	t.Setenv("CC", "/no/such/compiler")
	if _, err := New(); err == nil || !strings.Contains(err.Error(), "/no/such/compiler") {
		t.Errorf("with CC=/no/such/compiler: error %v", err)
	}
}

// TestFullDisk uses a compiler that fails as gcc does on a full disk, and the
// system's own error.
func TestFullDisk(t *testing.T) {
	b := newTest(t)
	fake := filepath.Join(t.TempDir(), "gcc")
	script := "#!/bin/sh\necho 'fatal error: error writing to -: No space left on device' >&2\nexit 1\n"
	if err := os.WriteFile(fake, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	broken := *b
	broken.compiler = fake
	_, err := broken.Compile(plantest.NewBars(plan.F64).Program)
	if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "SPIKEBOOK_CACHE") {
		t.Errorf("full disk: %v", err)
	}
	if entries, _ := os.ReadDir(b.dir); len(entries) != 0 {
		t.Errorf("a failed build left %d files", len(entries))
	}
	if err := fullDisk("/cache", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, ""); !strings.Contains(err.Error(), "free some space") {
		t.Errorf("ENOSPC: %v", err)
	}
}

func TestCompilerMessageIsShown(t *testing.T) {
	b := newTest(t)
	_, err := b.library("this is not C")
	if err == nil || !strings.Contains(err.Error(), "error:") || !strings.Contains(err.Error(), "ref") {
		t.Errorf("error of the compiler: %v", err)
	}
}

// TestStatesAndCollection: an executor may change between states, and the
// garbage collector may run at any time.
func TestStatesAndCollection(t *testing.T) {
	b := newTest(t)
	bars := plantest.NewBars(plan.F64)
	x := compileBars(t, b, bars)
	want := bars.State()
	var in plantest.Input
	in.Next(want.F64[bars.In])
	if _, err := x.Run(want, 20, nil); err != nil {
		t.Fatal(err)
	}
	one, two := bars.State(), bars.State()
	copy(one.F64[bars.In], want.F64[bars.In])
	copy(two.F64[bars.In], want.F64[bars.In])
	for range 20 {
		for _, s := range []*plan.State{one, two} {
			if _, err := x.Run(s, 1, nil); err != nil {
				t.Fatal(err)
			}
			runtime.GC()
		}
	}
	for _, s := range []*plan.State{one, two} {
		if d := plantest.Diff(bars.Program, s, want); d != "" {
			t.Error(d)
		}
	}
	// An executor that is dropped without Close must not disturb the collector.
	if _, err := b.Compile(bars.Program); err != nil {
		t.Fatal(err)
	}
	func() {
		y, _ := b.Compile(bars.Program)
		y.Run(bars.State(), 1, nil)
	}()
	for range 3 {
		runtime.GC()
	}
}

func TestMisuse(t *testing.T) {
	b := newTest(t)
	bars := plantest.NewBars(plan.F64)
	x := compileBars(t, b, bars)
	if _, err := x.Run(nil, 1, nil); err == nil {
		t.Error("Run(nil state) gave no error")
	}
	s := bars.State()
	s.F64[bars.R] = s.F64[bars.R][:31]
	if _, err := x.Run(s, 1, nil); err == nil || !strings.Contains(err.Error(), "pop.r") {
		t.Errorf("Run with a short buffer: %v", err)
	}
	if n, err := x.Run(bars.State(), -5, nil); n != 0 || err != nil {
		t.Errorf("Run(-5 steps) = %d, %v; want 0 and no error", n, err)
	}
	x.Close()
	if _, err := x.Run(bars.State(), 1, nil); err == nil {
		t.Error("Run after Close gave no error")
	}
	if err := x.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestRecordsOverTheBudget: a long run is cut into calls that leave no trace in
// the records.
func TestRecordsOverTheBudget(t *testing.T) {
	b := newTest(t)
	bars := plantest.NewBars(plan.F64)
	bars.Program.Ops = append(bars.Program.Ops,
		&plan.Record{Label: "r", Buffer: bars.R, Every: 1, Enabled: -1},
		&plan.Record{Label: "w", Buffer: bars.FF, Every: 7, Offset: 3, Enabled: -1})
	var states []*plan.State
	for _, budget := range []int64{64 << 20, 3000, 1} {
		x := compileBars(t, b, bars)
		x.(*executor).budget = budget
		s := bars.State()
		for i := range s.F64[bars.In] {
			s.F64[bars.In][i] = float64(i % 2)
		}
		if n, err := x.Run(s, 100, nil); n != 100 || err != nil {
			t.Fatalf("budget %d: %d of 100 steps, error %v", budget, n, err)
		}
		states = append(states, s)
	}
	if n := len(states[0].Records[1].F64); n != 14*2048 {
		t.Errorf("the second record has %d numbers, want 14 samples of 2048", n)
	}
	for _, s := range states[1:] {
		if d := plantest.Diff(bars.Program, s, states[0]); d != "" {
			t.Error(d)
		}
	}
}
