package cc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// limit is the size over which the cache removes what was not used for longest.
const limit = 256 << 20

// cacheFolder finds a folder that can be written, and a notice when it is not
// the one that was asked for.
func cacheFolder() (dir, notice string, err error) {
	dir = os.Getenv("SPIKEBOOK_CACHE")
	if dir != "" {
		dir = filepath.Join(dir, "cc")
	} else if base, e := os.UserCacheDir(); e == nil {
		dir = filepath.Join(base, "spikebook", "cc")
	} else {
		err = e
	}
	if err == nil {
		if err = writable(dir); err == nil {
			return dir, "", nil
		}
	}
	if full(err) {
		return "", "", fmt.Errorf("cc: cache folder %s: %w; free some space, or name another folder in SPIKEBOOK_CACHE", dir, err)
	}
	temp, e := temporary()
	if e != nil {
		return "", "", fmt.Errorf("cc: cache folder %s cannot be written (%w), nor a temporary one (%v); name a folder in SPIKEBOOK_CACHE", dir, err, e)
	}
	return temp, fmt.Sprintf("cc: cache folder %s cannot be written (%v); compiled models are kept in %s; name a folder that can be written in SPIKEBOOK_CACHE",
		dir, err, temp), nil
}

// temporary is the user's own folder for compiled programs among the temporary
// files. One that somebody else could write into is not used.
func temporary() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("spikebook-cc-%d", os.Getuid()))
	err := os.Mkdir(dir, 0o700)
	if err == nil || errors.Is(err, fs.ErrExist) && private(dir) {
		if err = writable(dir); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "spikebook-cc-")
}

// writable makes the folder and tries to write into it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "try-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	return err
}

// evict removes the oldest files until the folder is within max bytes, and what
// broken compilations left an hour ago. Errors do not matter: another process
// may be doing the same.
func evict(dir string, max int64, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	var libs []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch {
		case strings.HasSuffix(e.Name(), ".so"):
			libs = append(libs, info)
			total += info.Size()
		case strings.Contains(e.Name(), ".tmp") && now.Sub(info.ModTime()) > time.Hour:
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(libs, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, l := range libs {
		if total <= max {
			return
		}
		if os.Remove(filepath.Join(dir, l.Name())) == nil {
			total -= l.Size()
		}
	}
}
