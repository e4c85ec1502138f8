//go:build unix

package leftover

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestRemoveTakesOnlyWhatIsNobodys(t *testing.T) {
	tmp := t.TempDir()
	now := time.Now()
	made := func(name string, age time.Duration) string {
		t.Helper()
		path := filepath.Join(tmp, name)
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := func(name string, age time.Duration, fill func(dir string)) string {
		t.Helper()
		dir := filepath.Join(tmp, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if fill != nil {
			fill(dir)
		}
		return made(name, age)
	}
	file := func(name string, age time.Duration) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(tmp, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		return made(name, age)
	}
	locked := func(dir string) { t.Cleanup(Hold(dir)) }
	freed := func(dir string) { Hold(dir)() }
	pipes := func(dir string) {
		for _, name := range []string{"display", "back"} {
			if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func(dir string) {
		pipes(dir)
		f, err := os.OpenFile(filepath.Join(dir, "back"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
	}
	gone := []string{
		folder("spikebook-cells-1", time.Hour, freed),
		folder("spikebook-worker-1", time.Hour, pipes),
		folder("spikebook-worker-empty", time.Hour, nil),
		file("spikebook-output-1.txt", 8*24*time.Hour),
	}
	folder("spikebook-cells-2", time.Hour, locked)
	folder("spikebook-cells-3", time.Hour, nil) // not marked
	folder("spikebook-cells-4", 10*time.Second, freed)
	folder("spikebook-cells-5", -time.Hour, freed) // the clock has jumped
	folder("spikebook-worker-2", time.Hour, read)
	folder("spikebook-worker-3", 10*time.Second, pipes)
	file("spikebook-output-2.txt", time.Hour)
	folder("spikebook-output-3", 8*24*time.Hour, nil)
	folder("another-1", time.Hour, freed)
	file("spikebook-cells-6", time.Hour)
	target := folder("target", time.Hour, freed)
	if err := os.Symlink(target, filepath.Join(tmp, "spikebook-cells-7")); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	if got := Remove(tmp, now); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(gone))) {
		t.Errorf("removed %q,\nwant %q", got, gone)
	}
	after, err := os.ReadDir(tmp)
	if err != nil || len(after) != len(before)-len(gone) {
		t.Errorf("%d of %d are left, want %d less; %v", len(after), len(before), len(gone), err)
	}
	if Remove(tmp, now) != nil || Remove(filepath.Join(tmp, "missing"), now) != nil {
		t.Error("a second time something was removed")
	}
}

func TestALockEndsWithItsOwner(t *testing.T) {
	dir := t.TempDir()
	release := Hold(dir)
	if unlocked(dir) {
		t.Error("a folder that is held counts as nobody's")
	}
	Hold(dir)() // another owner is none
	if unlocked(dir) {
		t.Error("who failed to hold a folder has freed it")
	}
	release()
	if !unlocked(dir) {
		t.Error("a folder that was released counts as held")
	}
	Hold(filepath.Join(dir, "missing"))()
}
