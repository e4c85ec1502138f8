//go:build unix

package leftover

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockName is the file of a folder that its owner keeps locked.
const lockName = "lock"

// Hold marks a folder as ours until release is called or this process ends. Where
// the file system has no locks nothing is marked, and nobody removes the folder.
func Hold(dir string) (release func()) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if !errors.Is(err, syscall.EWOULDBLOCK) { // there are no locks here
			os.Remove(f.Name())
		}
		f.Close()
		return func() {}
	}
	return func() { f.Close() }
}

const (
	young = time.Minute        // what is younger may be about to be marked
	old   = 7 * 24 * time.Hour // people may still want to read a file of outputs that is younger
)

// Remove deletes what nobody holds of the folders and files that kernels make in tmp,
// and returns their names. Those of other users, younger than a minute or with a time
// in the future stay.
func Remove(tmp string, now time.Time) (removed []string) {
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := filepath.Join(tmp, e.Name())
		var dead func(string) bool
		least := young
		switch {
		case strings.HasPrefix(e.Name(), "spikebook-cells-"):
			dead = unlocked
		case strings.HasPrefix(e.Name(), "spikebook-worker-"):
			dead = unread
		case strings.HasPrefix(e.Name(), "spikebook-output-"):
			dead, least = func(string) bool { return true }, old
		default:
			continue
		}
		info, err := os.Lstat(name)
		if err != nil || info.IsDir() == (least == old) || info.Mode()&os.ModeSymlink != 0 || now.Sub(info.ModTime()) < least {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
			continue
		}
		if dead(name) && os.RemoveAll(name) == nil {
			removed = append(removed, name)
		}
	}
	return removed
}

// unlocked reports whether a folder has a lock that nobody holds.
func unlocked(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// unread reports whether the named pipes of a worker are open nowhere: its kernel
// reads them as long as it lives.
func unread(dir string) bool {
	for _, pipe := range []string{"display", "back"} {
		fd, err := syscall.Open(filepath.Join(dir, pipe), syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if err == nil {
			syscall.Close(fd)
			return false
		}
		if !errors.Is(err, syscall.ENXIO) && !errors.Is(err, syscall.ENOENT) {
			return false
		}
	}
	return true
}
