package gotool

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"time"
)

// openCache returns the absolute cache folder, made if absent, after writing to
// it once: a folder that cannot be written is better reported now.
func openCache(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("SPIKEBOOK_CACHE")
	}
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", &Error{
				What:  "cache folder",
				Given: err.Error(),
				Want:  "a folder for compiled packages",
				Do:    "set SPIKEBOOK_CACHE to one",
				Err:   err,
			}
		}
		dir = filepath.Join(base, "spikebook")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", cacheError(dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", cacheError(dir, err)
	}
	if err := probe(dir); err != nil {
		return "", cacheError(dir, err)
	}
	return dir, nil
}

// probe writes a small file to a folder. It has some content, since an empty
// file fits on a full disk.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	os.Remove(f.Name())
	return err
}

// writeFile writes a file so that other processes see all of it or nothing.
func writeFile(name string, data []byte, perm os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// lockCache waits until no other process fills the cache, so that several
// kernels that start together compile the standard library once.
func (t *Tool) lockCache(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(t.cacheDir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, cacheError(t.cacheDir, err)
	}
	for waited := false; ; waited = true {
		locked, err := tryLock(f)
		if err != nil {
			// A file system without locks: building twice is only slower.
			t.log("cache lock: %v", err)
		}
		if locked || err != nil {
			return func() { f.Close() }, nil
		}
		if !waited {
			t.log("waiting for another process that fills %s", t.cacheDir)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// digest returns a short name for a list of texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		io.WriteString(h, p)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:10])
}

// removeOld deletes files that match pattern in dir and were not used for the
// given time. Failures are left for the next call.
func removeOld(dir, pattern string, age time.Duration) {
	names, _ := filepath.Glob(filepath.Join(dir, pattern))
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > age {
			os.RemoveAll(name)
		}
	}
}
